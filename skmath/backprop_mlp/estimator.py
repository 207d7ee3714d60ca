r"""Multilayer perceptron by back-propagation.

Layer i of n has weights :math:`W_i` and an activation :math:`F_i`; from the input
:math:`X_0` the outputs follow one layer at a time, and the error compares the last with
the ground truth G:

.. math:: X_i = F_i(X_{i-1} W_i + b_i), \qquad E = L(G, X_n).

For each epoch, for each batch of rows: forward, X_1 to X_n; the error E, and its
derivative with respect to X_n; backward, by the chain rule dE/dW_n, from it dE/dW_(n-1)
and so on to the first layer (`skmath.calculus.layers` has the formulas); then one
update, in which all weights change together (Rumelhart, Hinton and Williams,
"Learning representations by back-propagating errors", Nature, 323, 1986).

An epoch takes O(n P) time for n rows and P weights. In addition to X, memory is needed
for the weights and the outputs of a batch.
"""

from dataclasses import replace
from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.callback import CallbackSupportMixin
from sklearn.utils import check_random_state

from skmath._estimators.base import Estimator
from skmath._estimators.decorators import checks_parameters, with_callbacks
from skmath._estimators.fitting import fits_on_host, forget, restored_if_it_fails
from skmath._estimators.host import on_host
from skmath._estimators.quantiles import sorted_quantiles
from skmath._estimators.targets import (
    TaskByLossMixin,
    check_domain,
    check_one_class_is_meant,
    check_same_classes,
    codes_among,
)
from skmath._estimators.weights import weigh_classes
from skmath.backprop_mlp import prediction, reading
from skmath.backprop_mlp.batches import learn_scales
from skmath.backprop_mlp.calibration import temperature_on
from skmath.backprop_mlp.chunked_training import batches_for
from skmath.backprop_mlp.constant_columns import with_constant_columns
from skmath.backprop_mlp.encoding import learn_encoding
from skmath.backprop_mlp.inspection import Inspection
from skmath.backprop_mlp.members import parts_of
from skmath.backprop_mlp.options import (
    CONSTRAINTS,
    changeable_options,
    check_batch_size,
    pieces_of,
    resolve_options,
)
from skmath.backprop_mlp.resuming import reset_if_data_changed, resume
from skmath.backprop_mlp.tables import rows_to_predict
from skmath.backprop_mlp.training import begin, train, warn_if_not_converged
from skmath.calculus import Layer, resolve_loss

__all__ = ["BackpropMLP"]


class BackpropMLP(
    Inspection,
    CallbackSupportMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    TaskByLossMixin,
    Estimator,
):
    r"""Multilayer perceptron whose gradients you can inspect and check.

    It minimises E, the weighted mean of the loss plus alpha/2 times the sum of squares
    of the weights W, in batches. The loss makes it a classifier or a regressor.

    Parameters
    ----------
    hidden_layer_sizes : int, sequence of int or "auto", default="auto"
        Number of units per hidden layer; () is a linear model, 19 means (19,). "auto"
        is decided by ``preset``.
    loss : str or object, default="log_loss"
        Loss to minimise: a name in `skmath.calculus.losses.LOSSES`, such as "log_loss",
        "squared_error", "huber", "absolute_error", "quantile" or "poisson", or an
        object with the methods of those in `skmath.calculus.losses`.
    activation : str, object or sequence of these, default="relu"
        F of the hidden layers, one for all or one per layer: "identity", "logistic",
        "tanh", "relu", "leaky_relu", "elu", "gelu", "softplus", or an object with the
        methods of those in `skmath.calculus.layers`. The last layer has the identity;
        the loss applies its own link function.
    solver : str, default="adam"
        "sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw", "muon", or "lbfgs",
        SciPy's quasi-Newton method on all rows at once in double precision. "muon"
        makes orthogonal steps for the W between hidden layers and AdamW's elsewhere
        [10]_; with one hidden layer it equals "adamw". Both apply decoupled weight
        decay: each step also shrinks W by a fraction learning_rate * alpha.
    learning_rate : float or "auto", default="auto"
        Step size; "auto" is decided by ``preset``.
    schedule : str, default="auto"
        Factor of the learning rate over time: "constant"; "inverse_scaling", 1 / sqrt(1
        + epoch); "warmup", rising to 1 over 5% of max_iter; "plateau", divided by 5
        after n_iter_no_change / 2 epochs without improvement. Others are planned over
        max_iter epochs and then repeated: "cosine", from 1 to 0; "flat_cosine", 1 for
        the first half; "one_cycle", up from 1/25, then down; "coslog4", four waves,
        each twice as long; "warmup_stable_decay", up over 5%, down over the last 20%;
        "raised_cosine", a cosine from 2, or from 5 / (batches per epoch) if larger.
    alpha : float or "auto", default="auto"
        Regularization strength, for the weights W but not b. "auto" is 0.03
        min(n_features, 10) / n, with 0.4 in place of 0.03 for a single network, fewer
        than 25 rows, Dask arrays and `partial_fit`. n counts each row as often as its
        sample weight says: it is the sum of weights / u, with u the greatest common
        divisor of integer weights, or the smallest weight if it divides the others; if
        neither exists, n is the number of positive weights.
    dropout : float or sequence of float, default=0.0
        Fraction of the units of each hidden layer that each batch drops, in [0, 1), one
        for all or one per layer. Predictions use all units.
    batch_size : int or "auto", default="auto"
        Rows per update. "auto" is 200; in tables of less than 3,000 rows a 15th of
        them, at least 32; up to 100 rows make a single batch.
    max_iter : int or "auto", default="auto"
        Maximum number of epochs. "auto" is 48 (100 for up to 100 rows), or fewer, at
        least 10, so that at most 1,200,000 rows are processed.
    tol : float, default=1e-4
        Minimum decrease of the loss that counts as improvement; for "lbfgs", the
        largest derivative at an optimum.
    n_iter_no_change : int or "auto", default="auto"
        Training stops after this many epochs without improvement; with schedules such
        as "cosine" or "one_cycle" not in the first half of the plan. "auto" is 10, or
        the number of epochs that make 30 steps if that is more.
    early_stopping : bool, default=False
        Whether training stops when the loss on held-out rows no longer improves: on
        those passed to `fit`, or on a part of X.
    validation_fraction : float, default=0.1
        Fraction of the rows held out for early stopping and ``calibrate``, stratified
        by class.
    restore_best : bool, default=True
        Whether early stopping restores the weights with the lowest validation loss.
    standardize : bool, default=True
        Whether columns are centred and divided by their standard deviation internally
        (sparse X stays sparse), and so is the target if the loss allows it, so that
        results do not depend on units.
    numeric_embedding : {"auto", "piecewise"} or None, default="auto"
        Additional inputs per column. "piecewise" adds eight pieces between its
        quantiles (`PiecewiseLinear`), so that the first layer can fit any function that
        is linear between them. "auto" does so for up to 100 columns, with a hidden
        layer and a solver that uses batches.
    input_scales : bool or "auto", default="auto"
        Whether the first layer learns a scale per input (`ScaledLayer`), which is
        merged into ``coefs_[0]``. "auto" does, with a hidden layer and a solver with
        steps of about the length of the learning rate, such as "adam".
    n_members : int or "auto", default="auto"
        Number of networks trained together on the same batches; their probabilities or
        numbers are averaged. Without ``early_stopping`` each holds out another fifth of
        the rows, and keeps the weights of its best epoch on them.
    preset : {"accurate", "fast"}, default="accurate"
        Values of "auto". "accurate": two members with layers (128, 128), pieces, scales
        and a cosine from a rate of 6e-3. "fast": one network of (100,), a
        "raised_cosine" of 1e-3, at most 200 epochs of batches of 200; it takes a third
        of the time.
    clip_norm : float or "auto", default="auto"
        Maximum norm of a batch's gradient; longer ones are scaled down. "auto" is ten
        times the usual norm.
    average : bool, int or "auto", default="auto"
        Whether predictions and validation use an exponential moving average of the
        weights. An int is its length in steps (decay 1 - 1 / average), True is five
        epochs; "auto" is True for `partial_fit`, unless ``preset="fast"``.
    class_weight : dict, "balanced", list of these or None, default=None
        Weights of the classes; "balanced" gives every class the same total. For
        multilabel targets a list has one entry per column of y, which is weighted
        independently: ``[{0: 1, 1: 5}, "balanced", None]``.
    label_smoothing : float, default=0.0
        Fraction of each label that training spreads over all classes (Szegedy et al.
        2016), for ``loss="log_loss"``. Validation uses the labels as they are.
    calibrate : bool, default=False
        Whether the outputs of ``loss="log_loss"`` are divided by the temperature that
        maximises the likelihood of held-out rows (Guo et al. 2017): of X_val, or else
        ``validation_fraction`` of the rows.
    compute_dtype : {"auto", "float32", "float64"}, default="auto"
        Precision of training. "auto" is float32, which is twice as fast, but float64
        for "lbfgs", and for float64 data of up to 200 rows or with standard deviations
        beyond 1e15. Predictions have the dtype of X.
    warm_start : bool, default=False
        Whether `fit` continues from the last fit, with the same scales, averages of
        gradients and random numbers: 10 epochs and then 10 more equal 20 with the same
        plan, to the last bit. The schedule's plan of max_iter epochs is repeated, or
        begun again if max_iter changed. Changes of solver, batches, averages and
        stopping rules take effect.
    shuffle : bool, default=True
        Whether rows are shuffled before each epoch.
    quantile : float or array-like of shape (n_quantiles,), default=0.5
        Quantiles for ``loss="quantile"``. For several, `predict` returns one column
        each, in ascending order, which cannot cross: from the middle one they are
        log(1 + e^z) of an output z apart (Park et al. 2022).
    delta : float or "auto", default="auto"
        Residual at which ``loss="huber"`` becomes linear, in the units of y; "auto" is
        1.35 times the standard deviation of y.
    random_state : int, RandomState instance or None, default=None
        Controls weight initialisation, shuffling, dropout and the validation split.
    verbose : bool or int, default=False
        Whether to print training and validation loss per epoch; k prints every k-th.

    Attributes
    ----------
    coefs_ : list of ndarray of shape (n_in, n_out) or (n_members, n_in, n_out)
        W of each layer except embeddings, for standardised columns and targets;
        `unstandardized` returns them in the units of the data.
    intercepts_ : list of ndarray of shape (n_out,) or (n_members, 1, n_out)
        b of each layer.
    categories_ : dict of list
        Categories of each categorical column, as strings in sorted order.
    embeddings_ : dict of ndarray of shape ([n_members,] n_categories + 2, 8)
        Embedding of each column of ten categories or more, with one row for each of
        ``categories_``, one for unknown values and one for missing values.
    classes_ : ndarray of shape (n_classes,)
        Sorted labels, or indices of the columns of y; classifiers only.
    alpha_ : float
        Regularization strength used.
    loss_curve_ : list of float
        Mean training loss plus penalty in each epoch, computed while it ran.
    validation_curve_ : list of float
        Mean loss after each epoch on the validation rows, or on the rows that the
        members hold out; empty without such rows.
    best_iteration_ : int
        Epoch with the lowest validation loss, from 0; only with validation rows.
    n_iter_ : int
        Number of epochs run, in all calls together.
    mean_, scale_ : ndarray of shape (n_inputs,)
        Centre and divisor of each column, of X or encoded from a table.
    temperature_ : float
        Divisor of the outputs; classifiers only. It is 1 unless ``calibrate``.
    target_mean_, target_scale_ : ndarray of shape (n_outputs,)
        Shift and factor that convert outputs to the units of y.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if all column names of X are strings.

    See Also
    --------
    sklearn.neural_network.MLPClassifier : Requires scaled columns; has a fixed loss.
    GDLinearModel : Linear models, fitted to a verified optimum.

    Notes
    -----
    With samples in columns, :math:`X_n = F_n(W_n X_{n-1})` and :math:`E = L(G, X_n)`.
    With samples in rows and an intercept, :math:`Z_i = X_{i-1} W_i + b_i` and
    :math:`X_i = F_i(Z_i)`. The error depends on :math:`W_n` only through :math:`X_n`,
    and on :math:`W_{n-1}` only through :math:`X_{n-1}`, so the chain rule gives each
    derivative from the one behind it (Rumelhart et al. 1986, equations 4 to 9):

    .. math::

       \delta_n = \frac{\partial L}{\partial X_n} \odot F_n'(Z_n), \quad
       \frac{\partial E}{\partial W_n} = X_{n-1}^T \delta_n, \quad
       \delta_{n-1} = \delta_n W_n^T \odot F_{n-1}'(Z_{n-1}), \quad
       \frac{\partial E}{\partial W_{n-1}} = X_{n-2}^T \delta_{n-1},

    and so on to the first layer. :math:`\delta_{n-1}` contains the :math:`W_n` of the
    forward pass; therefore all weights are updated together, after all gradients are
    known. `gradients` returns them, `layer_outputs` the :math:`X_i`, and
    `check_gradients` compares the gradients with finite differences.

    Training starts at the best constant prediction: the last b is the link of the mean
    target and the last W is zero (except in classifiers with "sgd", "momentum" or
    "nesterov", where this would shorten the steps). The other W are initialised by
    Glorot's method; the first b place the kinks of the units within sqrt(3) standard
    deviations of the mean. Constant columns have weights of zero.

    An epoch whose loss diverges is undone and repeated with a quarter of the step size.

    References
    ----------
    .. [1] D. E. Rumelhart, G. E. Hinton and R. J. Williams, "Learning representations
       by back-propagating errors", Nature, 323, 1986.
    .. [2] D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR
       2015.
    .. [3] D. J. C. MacKay, "A practical Bayesian framework for backpropagation
       networks", Neural Computation, 4(3), 1992, equation 3.
    .. [4] R. M. Neal, *Bayesian Learning for Neural Networks*, 1996, section 2.1.
    .. [5] C. Szegedy, V. Vanhoucke, S. Ioffe, J. Shlens and Z. Wojna, "Rethinking the
       Inception architecture for computer vision", CVPR 2016, section 7.
    .. [6] C. Guo et al., "On calibration of modern neural networks", ICML 2017.
    .. [7] Y. Gorishniy, I. Rubachev and A. Babenko, "On embeddings for numerical
       features in tabular deep learning", NeurIPS 2022.
    .. [8] L. Breiman, "Bagging predictors", Machine Learning, 24, 1996.
    .. [9] Y. Park et al., "Learning quantile functions without quantile crossing for
       distribution-free time series forecasting", AISTATS 2022.
    .. [10] J. Liu et al., "Muon is scalable for LLM training", arXiv:2502.16982, 2025.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from skmath import BackpropMLP
    >>> X, y = load_wine(return_X_y=True)
    >>> model = BackpropMLP(random_state=0).fit(X, y)
    >>> model.score(X, y) > 0.98
    True
    >>> model.transform(X).shape
    (178, 256)
    >>> model.check_gradients(X, y) < 1e-6
    True
    """

    _parameter_constraints = CONSTRAINTS
    _fitted = "mean_"
    _learnt_in_steps = ("coefs_", "intercepts_", "_first_layers_", "temperature_")
    _takes_labels_together = True
    _takes_one_class = True
    _rows_per_feature = 1

    def __init__(
        self,
        hidden_layer_sizes: Any = "auto",
        *,
        loss: Any = "log_loss",
        activation: Any = "relu",
        solver: str = "adam",
        learning_rate: Any = "auto",
        schedule: str = "auto",
        alpha: Any = "auto",
        dropout: Any = 0.0,
        batch_size: Any = "auto",
        max_iter: Any = "auto",
        tol: float = 1e-4,
        n_iter_no_change: Any = "auto",
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        restore_best: bool = True,
        standardize: bool = True,
        numeric_embedding: str | None = "auto",
        input_scales: Any = "auto",
        n_members: Any = "auto",
        preset: str = "accurate",
        clip_norm: Any = "auto",
        average: Any = "auto",
        class_weight: Any = None,
        label_smoothing: float = 0.0,
        calibrate: bool = False,
        compute_dtype: str = "auto",
        warm_start: bool = False,
        shuffle: bool = True,
        quantile: Any = 0.5,
        delta: Any = "auto",
        random_state: Any = None,
        verbose: Any = False,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.loss = loss
        self.activation = activation
        self.solver = solver
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.alpha = alpha
        self.dropout = dropout
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.restore_best = restore_best
        self.standardize = standardize
        self.numeric_embedding = numeric_embedding
        self.input_scales = input_scales
        self.n_members = n_members
        self.preset = preset
        self.clip_norm = clip_norm
        self.average = average
        self.class_weight = class_weight
        self.label_smoothing = label_smoothing
        self.calibrate = calibrate
        self.compute_dtype = compute_dtype
        self.warm_start = warm_start
        self.shuffle = shuffle
        self.quantile = quantile
        self.delta = delta
        self.random_state = random_state
        self.verbose = verbose

    @fits_on_host
    @checks_parameters
    @restored_if_it_fails
    @with_callbacks
    def fit(
        self,
        X: Any,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        X_val: Any = None,
        y_val: ArrayLike | None = None,
        sample_weight_val: ArrayLike | None = None,
    ) -> Self:
        """Train the network.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Labels for classification or numbers for regression; several columns of
            zeros and ones are multilabel targets.
        sample_weight : array-like of shape (n_samples,), default=None
        X_val, y_val, sample_weight_val : as X, y and sample_weight, default=None
            Validation rows to use in each epoch, instead of a part of X.

        Returns
        -------
        self : BackpropMLP

        Raises
        ------
        ValueError
            If X, y, a parameter of the layers or the validation rows cannot be used.

        Warns
        -----
        ConvergenceWarning
            If the loss was still falling after max_iter epochs, or if the learning rate
            was lowered because training diverged.
        """
        if not self.warm_start:
            forget(self)
        validation = (X_val, y_val, sample_weight_val)
        data = {"X": X, "y": y, "metadata": {"sample_weight": sample_weight}}
        max_iter = None if self.max_iter == "auto" else self.max_iter
        context = self._init_callback_context(max_subtasks=max_iter)
        context.call_on_fit_task_begin(estimator=self, **data)

        def callbacks(theta):
            """Run the callbacks after an epoch; return whether one ends the fit."""
            self.n_iter_ = len(self.loss_curve_)
            epoch = context.subcontext(task_name="step")
            epoch.call_on_fit_task_begin(estimator=self)
            learned = {"reconstruction_attributes": lambda: self._learned(theta, held)}
            return epoch.call_on_fit_task_end(estimator=self, **data, **learned)

        rows, held = self._learn_data(X, y, sample_weight, validation)
        check_batch_size(rows, self.batch_size)
        training = self._begin_or_continue(rows, held)
        options, units, parts = training.options, self._standardizer_, None
        if not self.early_stopping:
            codes = rows.y if self._n_classes_ else None
            parts = parts_of(rows, units, options.n_members, self._seed_, codes)
        batches, monitored, run = batches_for(rows, held, units, options, parts)
        # For each epoch, for each batch: forward, backward, then all weights change.
        n_epochs = options.max_iter
        ended, theta = train(training, batches, monitored, run, n_epochs, callbacks)
        self.__dict__.update(self._learned(theta, held))
        warn_if_not_converged(training, ended)
        context.call_on_fit_task_end(
            estimator=self, **data, reconstruction_attributes={}
        )
        return self

    @fits_on_host
    @checks_parameters
    @restored_if_it_fails
    def partial_fit(
        self,
        X: Any,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        X_val: Any = None,
        y_val: ArrayLike | None = None,
        sample_weight_val: ArrayLike | None = None,
        n_epochs: int = 1,
    ) -> Self:
        """Continue training on these rows from where the last call ended.

        The rows of the first call determine how columns, and the target of a
        regression, are standardised. With ``early_stopping=True`` each epoch is
        validated, on X_val or on a part of the rows, and the best weights of all calls
        with the same validation rows are used; the caller decides when to stop. Each
        call may pass other rows: whether an epoch diverges is judged on its own rows.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        classes : array-like of shape (n_classes,), default=None
            All labels that any call may contain; None means those of the first call.
        sample_weight : array-like of shape (n_samples,), default=None
        X_val, y_val, sample_weight_val : as X, y and sample_weight, default=None
        n_epochs : int, default=1
            Number of passes over the rows; for ``solver="lbfgs"``, of steps.

        Returns
        -------
        self : BackpropMLP

        Raises
        ------
        ValueError
            As for `fit`; or if columns or classes differ from those of earlier calls.
        """
        if not (isinstance(n_epochs, Integral) and n_epochs >= 1):
            raise ValueError(f"n_epochs must be a positive integer, got {n_epochs!r}.")
        validation = (X_val, y_val, sample_weight_val)
        rows, held_out = self._learn_data(X, y, sample_weight, validation, classes)
        if not hasattr(self, "_training_") and self._n_classes_ == 1:
            check_one_class_is_meant(self.classes_, classes)
        training = self._begin_or_continue(rows, held_out, n_epochs)
        parts = rows, held_out, self._standardizer_, training.options
        ended, theta = train(training, *batches_for(*parts), n_epochs)
        self.__dict__.update(self._learned(theta, held_out))
        if ended == "diverged" or training.back_offs:
            warn_if_not_converged(training, ended)
        return self

    def _begin_or_continue(self, rows, held_out, n_epochs=None):
        """Return the training, new or as the last call left it.

        It runs for n_epochs, or for the planned number if that is None.
        """
        is_stream = n_epochs is not None
        if hasattr(self, "_training_"):
            old = self._training_.options
            changes = changeable_options(self, rows, old.validation_loss, is_stream)
            if is_stream and self.max_iter == "auto":
                changes["max_iter"] = old.max_iter  # a stream keeps its plan
            training = resume(self._training_, changes)
        else:
            # A huber's delta="auto" is in standard deviations, whatever the unit of y.
            relative = self.loss == "huber" and self.delta == "auto"
            encoding = learn_encoding(rows, self._table_)
            data = rows, encoding, self._loss_, self._n_classes_
            units = self.standardize, relative, pieces_of(self, rows)
            scales = learn_scales(*data, *units)
            options = resolve_options(self, rows, scales, is_stream)
            units = replace(scales.standardizer, dtype=options.dtype)
            self.mean_, self.scale_ = units.mean, scales.scale
            self.target_mean_ = units.target_mean
            self.target_scale_ = units.target_scale
            self._standardizer_, self.alpha_ = units, options.alpha
            training = begin(options, scales, self._seed_)
        n_epochs = n_epochs or training.options.max_iter
        reset_if_data_changed(training, rows, held_out, self._standardizer_, n_epochs)
        self.loss_curve_ = training.loss_curve
        self.validation_curve_ = training.validation_curve
        self._training_ = training
        return training

    def _learn_data(self, X, y, sample_weight, validation, classes=None):
        """Validate the data; return training rows, and validation rows or None."""
        is_resumed, known_classes = hasattr(self, "_training_"), classes
        classifies = self._task() == "classification"
        reading.check_validation(*validation)
        parts = (self.early_stopping or self.calibrate) and validation[0] is None
        how = {"reset": not is_resumed, "trains": True, "holds_out": parts}
        data, table = (X, y, sample_weight), getattr(self, "_table_", None)
        rows, table = reading.validated_rows(self, data, classifies, table, **how)
        self._table_ = table
        if is_resumed:
            reading.check_count(rows.y, self._n_targets_)
            known_classes = getattr(self, "classes_", None)
            check_same_classes(classes, known_classes)
        self._n_targets_ = reading.count_targets(rows.y)
        rows, self._n_classes_ = self._learn_targets(rows, known_classes)
        reading.check_targets(self, rows, self._loss_, self._n_classes_)
        rows, held_out = reading.for_quantiles(rows, self._loss_), None
        if not is_resumed:
            self._seed_ = check_random_state(self.random_state).randint(2**31 - 1)
        if validation[0] is not None:
            held_out = self._validation_rows(*validation)
        elif parts:
            rows, held_out = reading.held_out(self, rows, self._n_classes_, self._seed_)
        if self.class_weight is not None and self._n_classes_:
            rows = weigh_classes(rows, self.class_weight, self.classes_)
        return rows.persisted(), held_out

    def _validation_rows(self, *validation):
        """Return the rows of a validation set, after the checks of training rows."""
        try:
            rows = self._other_rows(*validation)
            check_domain(rows, self._loss_, self.loss, self._n_classes_)
        except ValueError as error:
            raise ValueError(f"X_val and y_val cannot be used: {error}") from error
        return rows

    def _other_rows(self, *data):
        """Return new rows and targets, checked against the fitted ones."""
        classifies = self._task() == "classification"
        rows, _ = reading.validated_rows(self, data, classifies, self._table_)
        reading.check_count(rows.y, self._n_targets_)
        reading.check_labels(rows, self._labels_together_)
        if not self._n_classes_:
            return reading.for_quantiles(rows, self._loss_)
        rows = codes_among(rows, self.classes_)[1]
        return rows.in_blocks(widest_output=self._n_classes_)

    def _learned(self, theta, held_out):
        """Return the fitted attributes that training changes."""
        network = self._training_.network.like(theta.copy()).unscaled()
        network = with_constant_columns(network, self._standardizer_.constant)
        learned = {
            "_first_layers_": network.layers[: len(network.before)],
            "coefs_": [layer.W for layer in network.dense],
            "intercepts_": [layer.b for layer in network.dense],
            "n_iter_": len(self.loss_curve_),
        }
        if self.calibrate:
            parts = self._output_parameters(network.layers, 1.0), self._n_classes_
            learned["temperature_"] = temperature_on(held_out, *parts)
        elif self._task() == "classification":
            learned["temperature_"] = 1.0
        if self.validation_curve_:
            learned["best_iteration_"] = self._training_.best_iteration
        return learned

    def _layers(self):
        """Return the layers of the fitted network."""
        network = self._training_.network
        dense = zip(self.coefs_, self.intercepts_, network.activations, strict=True)
        last = network.layers[len(network.layers) - len(network.after) :]
        return [*self._first_layers_, *map(Layer._make, dense), *last]

    def _outputs(self):
        layers, temperature = self._layers(), getattr(self, "temperature_", 1.0)
        return prediction.outputs_of, self._output_parameters(layers, temperature)

    def _output_parameters(self, layers, temperature):
        """Return the parameters of `outputs_of`."""
        first, *rest = layers
        first, to_input = self._standardizer_.folded_into(first)
        targets = self.target_mean_, self.target_scale_
        return [first, *rest], to_input, *targets, self._loss_, temperature

    @on_host
    def predict(self, X: Any, return_std: bool = False) -> Any:
        """Predict numbers or classes, depending on the loss.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
        return_std : bool, default=False
            Whether to return the standard deviation of the members' predictions too; it
            measures the uncertainty of the fit, not the noise of y.

        Returns
        -------
        y : array of shape (n_samples,) or (n_samples, n_outputs)
        std : array of the same shape
            Standard deviation over the members; only with ``return_std=True``.

        Raises
        ------
        ValueError
            If ``return_std=True`` for a classifier, or for a single network.
        """
        y = super().predict(X)
        if not return_std:
            return y
        if hasattr(self, "classes_") or self._training_.network.n_members is None:
            raise ValueError(
                "return_std=True requires a regression with several members: use "
                "n_members=2 or more; for a classifier use predict_proba."
            )
        _, parameters = self._outputs()
        rows = self._rows(X, "predict").in_blocks(widest_output=self._widest())
        return y, rows.map(prediction.spread_of_members, *parameters)

    @on_host
    def transform(self, X: Any) -> np.ndarray:
        """Return the outputs of the last hidden layer, X_(n-1).

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_members * hidden_layer_sizes[-1])
            The standardised X where there is no hidden layer.
        """
        rows = self._rows(X, "transform")
        if len(self.coefs_) == 1 and not self._first_layers_:
            return rows.map(prediction.standardized, self._standardizer_)
        _, (layers, to_input, *_) = self._outputs()
        rows = rows.in_blocks(widest_output=self._widest())
        return rows.map(prediction.last_hidden, layers[:-1], to_input)

    def _rows(self, X, method):
        return rows_to_predict(self, X, vars(self), fitted=self._fitted, method=method)

    def _resolve_loss(self):
        delta = 1.35 if self.delta == "auto" else self.delta
        quantile = sorted_quantiles(self.quantile)
        return resolve_loss(self.loss, quantile=quantile, delta=delta)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.categorical = tags.input_tags.string = True
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        tags.array_api_support = True  # on the host: see skmath._estimators.host
        return tags
