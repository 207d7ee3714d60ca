r"""Multilayer perceptron by back-propagation.

Layer i of n has weights :math:`W_i` and an activation :math:`F_i`; from the input
:math:`X_0` the outputs follow one layer at a time, and the error compares the last with
the ground truth G:

.. math:: X_i = F_i(X_{i-1} W_i + b_i), \qquad E = L(G, X_n).

For each epoch, for each batch of rows: forward, X_1 to X_n; the error E, and its
derivative with respect to X_n; backward, by the chain rule dE/dW_n, from it dE/dW_(n-1)
and so on to the first layer (`skmath.calculus.layers` has the formulas); then one
update, in which all the weights change together (Rumelhart, Hinton and Williams,
"Learning representations by back-propagating errors", Nature, 323, 1986).

An epoch costs O(n P) time for n rows and P weights; memory beside X is that of the
weights and of a batch's outputs.
"""

from dataclasses import replace
from numbers import Integral

from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin, _fit_context
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.utils import check_random_state

from skmath._estimators.base import Estimator
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
    check_batch_size,
    decisions_to_go_on,
    pieces_of,
    resolve_options,
)
from skmath.backprop_mlp.resuming import look_at_data, resume
from skmath.backprop_mlp.tables import rows_to_predict
from skmath.backprop_mlp.training import begin, train, warn_unless_level
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
    r"""Neural network whose gradients are back-propagated in the open.

    Minimises E, the weighted mean of the loss plus alpha/2 times the sum of the squares
    of the weights W, batch by batch. The loss makes it a classifier or a regressor.

    Parameters
    ----------
    hidden_layer_sizes : int, sequence of int or "auto", default="auto"
        Units of each hidden layer; () is a linear model, 19 is (19,). "auto" is that of
        ``preset``, as are those below.
    loss : str or object, default="log_loss"
        What the last output is compared with the truth by: a name of
        `skmath.calculus.losses.LOSSES`, such as "log_loss", "squared_error", "huber",
        "absolute_error", "quantile" or "poisson", or an object like those of
        `skmath.calculus.losses`.
    activation : str, object or sequence of these, default="relu"
        F of the hidden layers, one for all or one for each: "identity", "logistic",
        "tanh", "relu", "leaky_relu", "elu", "gelu", "softplus", or an object like those
        of `skmath.calculus.layers`. The last layer's is the identity: the loss knows
        its link.
    solver : str, default="adam"
        Rule of the step: "sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw",
        "muon", or "lbfgs", SciPy's quasi-Newton method on all rows at once, in double
        precision. "muon" takes orthogonal matrices for the steps of the W between
        hidden layers and AdamW's for all else [10]_: of one hidden layer it is "adamw".
        A step shrinks the W of these two by learning_rate alpha, beside the gradients.
    learning_rate : float or "auto", default="auto"
        Length of the step.
    schedule : str, default="auto"
        By what the learning rate is multiplied: "constant"; "inverse_scaling", 1 over
        the root of 1 + the epoch; "warmup", up to 1 over 5% of max_iter; "plateau", a
        fifth whenever half of n_iter_no_change epochs brought nothing. Or planned, over
        max_iter epochs and then again: "cosine", from 1 to 0; "flat_cosine", 1 over
        half of them; "one_cycle", up from 1/25, then down; "coslog4", four waves, each
        twice as long; "warmup_stable_decay", up over 5%, down over the last 20%.
        "raised_cosine" starts at 2, or at 5 / (batches of an epoch) if that is more.
    alpha : float or "auto", default="auto"
        Strength of the penalty on the weights W (not b). "auto" is 0.03 min(n_features,
        10) / n, or 0.4 where no rows are left out: the fewer, the stronger, as a prior
        is. n is the number of rows, each as often as its weight says: the sum of the
        weights / u, with u the largest common divisor of whole numbers, or else the
        smallest weight if it divides the others; without one n is how many are above 0.
    dropout : float or sequence of float, default=0.0
        Share of the units of each hidden layer that a batch leaves out, at least 0 and
        below 1, one for all or one for each. Nothing is left out in predictions.
    batch_size : int or "auto", default="auto"
        Rows for each update; "auto" is 200, or in a table of less than 3,000 rows a
        15th of them, 32 at least; all of up to 100.
    max_iter : int or "auto", default="auto"
        Epochs at most; "auto" is 48 (100 of up to 100 rows), or fewer, 10 at least,
        where they would see more than 1,200,000 rows.
    tol : float, default=1e-4
        An epoch improves the loss if it lowers it by more than this; of "lbfgs", the
        largest slope of an optimum.
    n_iter_no_change : int or "auto", default="auto"
        Epochs without improvement after which training ends; under a schedule that is
        planned ("cosine", "one_cycle") not in the first half of it. "auto" is 10, or as
        many as have 30 steps.
    early_stopping : bool, default=False
        Whether it is the loss on other rows that has to improve: those given to `fit`,
        or a part of X that is held out.
    validation_fraction : float, default=0.1
        Share of the rows that early stopping and ``calibrate`` hold out, of each class
        alike.
    restore_best : bool, default=True
        Whether early stopping returns to the weights with the lowest validation loss.
    standardize : bool, default=True
        Whether columns are centred and divided by their standard deviation inside (a
        sparse X stays sparse), and the target of a loss that can be measured in other
        units too, so that units do not matter.
    numeric_embedding : {"auto", "piecewise"} or None, default="auto"
        What stands beside each column: "piecewise", the eight pieces between its
        quantiles (`PiecewiseLinear`), so that the first layer has any function of the
        column that is linear between them; for "auto" too, with up to 100 columns, a
        hidden layer and steps by batches.
    input_scales : bool or "auto", default="auto"
        Whether the first layer learns how much each of its inputs counts
        (`ScaledLayer`), which ends up in ``coefs_[0]``; "auto" with a hidden layer and
        a solver whose steps are about as long as the learning rate, such as "adam".
    n_members : int or "auto", default="auto"
        Networks that are trained at once, on the same batches. Each leaves out its own
        fifth of the rows, but with ``early_stopping``, and keeps the weights of the
        epoch that told them best; probabilities, or numbers, are averaged.
    preset : {"accurate", "fast"}, default="accurate"
        What "auto" means. "accurate": two members of layers (128, 128), pieces, scales
        and a cosine from a rate of 6e-3. "fast": one network of (100,), a
        "raised_cosine" of 1e-3, 200 epochs of batches of 200 at most; a third of the
        time.
    clip_norm : float or "auto", default="auto"
        Longest gradient of a batch; a longer one is shortened to it. "auto" is ten
        times the usual length.
    average : bool, int or "auto", default="auto"
        Whether predictions and validation use an exponential moving average of the
        weights. A number is how many steps it reaches back (its decay is 1 - 1 /
        average); True is those of five epochs; "auto" is True for `partial_fit`, whose
        last steps are long, but not for ``preset="fast"``.
    class_weight : dict, "balanced", list of these or None, default=None
        Weights of the classes; "balanced" makes the sums of their rows' weights equal.
        Of several labels a list has an entry for each column of y, which is weighed as
        if it were alone: ``[{0: 1, 1: 5}, "balanced", None]``.
    label_smoothing : float, default=0.0
        Share of each label that training spreads over all classes (Szegedy et al.
        2016), with ``loss="log_loss"``. Validation takes labels as they are.
    calibrate : bool, default=False
        Whether to divide the outputs of ``loss="log_loss"`` by the temperature at which
        the labels of rows not trained on are likeliest (Guo et al. 2017): of X_val, or
        else of ``validation_fraction`` of the rows.
    compute_dtype : {"auto", "float32", "float64"}, default="auto"
        Of the arithmetic. "auto" is float32, which is twice as fast, but float64 for
        float64 data that make one batch (up to 200 rows) or have columns of scales
        beyond 1e15, and for "lbfgs". Predictions have the dtype of X.
    warm_start : bool, default=False
        Whether `fit` goes on where the last one ended, with the same scales, averages
        of gradients and random numbers: 10 epochs and then 10 more are the same as 20
        with the same plan, to the last bit. A schedule's plan of max_iter epochs is
        repeated; of another max_iter a new one begins. Other steps, batches, averages
        and rules to stop take effect.
    shuffle : bool, default=True
        Whether rows are drawn in a new order each epoch.
    quantile : float or array-like of shape (n_quantiles,), default=0.5
        Of ``loss="quantile"``. Of several `predict` returns a column each, in ascending
        order: from the middle one they are log(1 + e^z) of an output z apart, and so
        cannot cross (Park et al. 2022).
    delta : float or "auto", default="auto"
        Where ``loss="huber"`` becomes linear, in the units of y; "auto" is 1.35 times
        the standard deviation of y.
    random_state : int, RandomState instance or None, default=None
        Of the first weights, the order of rows, dropout and what is held out.
    verbose : bool or int, default=False
        Whether to print the loss of each epoch, and of validation; k prints every k-th.

    Attributes
    ----------
    coefs_ : list of ndarray of shape (n_in, n_out) or (n_members, n_in, n_out)
        W of each layer but the embeddings, for standardised columns and targets;
        `unstandardized` has them in the data's own units.
    intercepts_ : list of ndarray of shape (n_out,) or (n_members, 1, n_out)
        b of each layer.
    categories_ : dict of list
        Categories of each column of text, say, as text and in order.
    embeddings_ : dict of ndarray of shape ([n_members,] n_categories + 2, 8)
        Of each column of ten categories or more: a row for each of ``categories_``, one
        for values that `fit` did not see, one for missing ones.
    classes_ : ndarray of shape (n_classes,)
        Sorted labels, or numbers of the columns of y; classifiers only.
    alpha_ : float
        The penalty's strength.
    loss_curve_ : list of float
        Mean loss and penalty of each epoch, as met during it.
    validation_curve_ : list of float
        Mean loss on the validation rows after each epoch, or of the members on those
        that they left out; empty without such rows.
    best_iteration_ : int
        Epoch of the lowest validation loss, counted from 0; with validation rows only.
    n_iter_ : int
        Epochs run, in all calls.
    mean_, scale_ : ndarray of shape (n_inputs,)
        What columns, of X or made of a table, are centred and divided by.
    temperature_ : float
        What the outputs are divided by; classifiers only. 1 unless ``calibrate``.
    target_mean_, target_scale_ : ndarray of shape (n_outputs,)
        What outputs are multiplied by and shifted to.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X has them all as strings.

    See Also
    --------
    sklearn.neural_network.MLPClassifier : Needs scaled columns; no choice of loss.
    GDLinearModel : The linear model, with a proven optimum.

    Notes
    -----
    With columns for samples :math:`X_n = F_n(W_n X_{n-1})`, :math:`E = L(G, X_n)`. With
    rows for samples and an intercept, :math:`Z_i = X_{i-1} W_i + b_i` and
    :math:`X_i = F_i(Z_i)`. The error depends on :math:`W_n` through :math:`X_n` only;
    so does it on :math:`W_{n-1}` through :math:`X_{n-1}`, and the chain rule gives one
    derivative from the next (Rumelhart et al. 1986, equations 4 to 9):

    .. math::

       \delta_n = \frac{\partial L}{\partial X_n} \odot F_n'(Z_n), \quad
       \frac{\partial E}{\partial W_n} = X_{n-1}^T \delta_n, \quad
       \delta_{n-1} = \delta_n W_n^T \odot F_{n-1}'(Z_{n-1}), \quad
       \frac{\partial E}{\partial W_{n-1}} = X_{n-2}^T \delta_{n-1},

    and so on to the first layer. :math:`\delta_{n-1}` holds the :math:`W_n` of the
    forward pass: therefore all weights change together, after all gradients are known.
    `gradients` returns them, `layer_outputs` the :math:`X_i`, and `check_gradients`
    compares them with finite differences.

    Training starts at the best constant: the last W is zero (not of classifiers with
    "sgd", "momentum" or "nesterov", whose steps it shortens), its b the link of the
    mean target. The other W are Glorot's; the first b place the planes where units bend
    within sqrt(3) standard deviations of the mean. A column that does not vary has
    weights of zero.

    An epoch whose loss diverges is undone and run again with a quarter of the step.

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
        hidden_layer_sizes="auto",
        *,
        loss="log_loss",
        activation="relu",
        solver="adam",
        learning_rate="auto",
        schedule="auto",
        alpha="auto",
        dropout=0.0,
        batch_size="auto",
        max_iter="auto",
        tol=1e-4,
        n_iter_no_change="auto",
        early_stopping=False,
        validation_fraction=0.1,
        restore_best=True,
        standardize=True,
        numeric_embedding="auto",
        input_scales="auto",
        n_members="auto",
        preset="accurate",
        clip_norm="auto",
        average="auto",
        class_weight=None,
        label_smoothing=0.0,
        calibrate=False,
        compute_dtype="auto",
        warm_start=False,
        shuffle=True,
        quantile=0.5,
        delta="auto",
        random_state=None,
        verbose=False,
    ):
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
    @_fit_context(prefer_skip_nested_validation=True)
    @restored_if_it_fails
    @with_callbacks
    def fit(
        self, X, y, sample_weight=None, X_val=None, y_val=None, sample_weight_val=None
    ):
        """Train the network.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Labels for a classification, numbers for a regression; several columns of
            zeros and ones are labels that do not exclude each other.
        sample_weight : array-like of shape (n_samples,), default=None
        X_val, y_val, sample_weight_val : as X, y and sample_weight, default=None
            Rows to validate each epoch on, instead of a part of X.

        Returns
        -------
        self : BackpropMLP

        Raises
        ------
        ValueError
            If X, y, a parameter of the layers or the validation set cannot be used.

        Warns
        -----
        ConvergenceWarning
            If the loss still fell after max_iter epochs, or the learning rate had to be
            lowered because the loss diverged.
        """
        if not self.warm_start:
            forget(self)
        validation = (X_val, y_val, sample_weight_val)
        names = ("sample_weight", "X_val", "y_val", "sample_weight_val")
        metadata = dict(zip(names, (sample_weight, *validation), strict=True))
        data = {"X": X, "y": y, "metadata": metadata}
        most = None if self.max_iter == "auto" else self.max_iter
        context = self._init_callback_context(max_subtasks=most)
        context.call_on_fit_task_begin(estimator=self, **data)

        def callbacks(theta):
            """Show the epoch that has ended; return whether a callback ends the fit."""
            self.n_iter_ = len(self.loss_curve_)
            epoch = context.subcontext(task_name="step")
            epoch.call_on_fit_task_begin(estimator=self)
            learnt = {"reconstruction_attributes": lambda: self._learnt(theta, held)}
            return epoch.call_on_fit_task_end(estimator=self, **data, **learnt)

        rows, held = self._learn_data(X, y, sample_weight, validation)
        check_batch_size(rows, self.batch_size)
        training = self._begin_or_go_on(rows, held)
        options, units = training.options, self._standardizer_
        codes = rows.y if self._n_classes_ else None
        parts = rows, units, options.n_members, self._seed_, codes
        parts = None if self.early_stopping else parts_of(*parts)
        batches, watched, run = batches_for(rows, held, units, options, parts)
        # For each epoch, for each batch: forward, backward, then all weights change.
        n_epochs = options.max_iter
        ended, theta = train(training, batches, watched, run, n_epochs, callbacks)
        vars(self).update(self._learnt(theta, held))
        warn_unless_level(training, ended)
        context.call_on_fit_task_end(
            estimator=self, **data, reconstruction_attributes={}
        )
        return self

    @fits_on_host
    @_fit_context(prefer_skip_nested_validation=True)
    @restored_if_it_fails
    def partial_fit(
        self,
        X,
        y,
        classes=None,
        sample_weight=None,
        X_val=None,
        y_val=None,
        sample_weight_val=None,
        n_epochs=1,
    ):
        """Train on these rows, from where the last call ended.

        Columns, and the target of a regression, are standardised as the first call's
        rows ask for. With ``early_stopping=True`` each epoch is validated, on X_val or
        on a part of the rows, and the best weights of all calls with the same
        validation rows are used; whether to go on is for the caller. Rows may change:
        whether an epoch diverges is judged by errors of the rows of its call.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        classes : array-like of shape (n_classes,), default=None
            All labels that will come; None are those of the first call.
        sample_weight : array-like of shape (n_samples,), default=None
        X_val, y_val, sample_weight_val : as X, y and sample_weight, default=None
        n_epochs : int, default=1
            How often to run over the rows; of ``solver="lbfgs"``, steps.

        Returns
        -------
        self : BackpropMLP

        Raises
        ------
        ValueError
            As `fit`; or if the rows have other columns or classes than those before.
        """
        if not (isinstance(n_epochs, Integral) and n_epochs >= 1):
            raise ValueError(f"n_epochs={n_epochs!r} must be an integer of 1 or more.")
        validation = (X_val, y_val, sample_weight_val)
        rows, held = self._learn_data(X, y, sample_weight, validation, classes)
        if not hasattr(self, "_training_") and self._n_classes_ == 1:
            check_one_class_is_meant(self.classes_, classes)
        training = self._begin_or_go_on(rows, held, n_epochs)
        parts = rows, held, self._standardizer_, training.options
        batches, watched, run = batches_for(*parts)
        ended, theta = train(training, batches, watched, run, n_epochs)
        vars(self).update(self._learnt(theta, held))
        if ended == "diverged" or training.back_offs:
            warn_unless_level(training, ended)
        return self

    def _begin_or_go_on(self, rows, held, n_epochs=None):
        """Return the training, new or as the last call left it.

        It goes on for n_epochs; None are those that are planned.
        """
        streams = n_epochs is not None
        if hasattr(self, "_training_"):
            old = self._training_.options
            changes = decisions_to_go_on(self, rows, old.validation_loss, streams)
            if streams and self.max_iter == "auto":
                changes["max_iter"] = old.max_iter  # a stream keeps its plan
            training = resume(self._training_, changes)
        else:
            # A huber's delta="auto" is in standard deviations, whatever the unit of y.
            relative = self.loss == "huber" and self.delta == "auto"
            encoding = learn_encoding(rows, self._table_)
            data = rows, encoding, self._loss_, self._n_classes_
            units = self.standardize, relative, pieces_of(self, rows)
            scales = learn_scales(*data, *units)
            options = resolve_options(self, rows, scales, streams)
            units = replace(scales.standardizer, dtype=options.dtype)
            self.mean_, self.scale_ = units.mean, scales.scale
            self.target_mean_ = units.target_mean
            self.target_scale_ = units.target_scale
            self._standardizer_, self.alpha_ = units, options.alpha
            training = begin(options, scales, self._seed_)
        n_epochs = n_epochs or training.options.max_iter
        look_at_data(training, rows, held, self._standardizer_, n_epochs)
        self.loss_curve_ = training.loss_curve
        self.validation_curve_ = training.validation_curve
        self._training_ = training
        return training

    def _learn_data(self, X, y, sample_weight, validation, classes=None):
        """Validate the data; return rows to train on, and to validate on or None."""
        resumed, known = hasattr(self, "_training_"), classes
        classifies = self._task() == "classification"
        reading.check_validation(*validation)
        parts = (self.early_stopping or self.calibrate) and validation[0] is None
        how = {"reset": not resumed, "trains": True, "holds_out": parts}
        how["table"] = getattr(self, "_table_", None)
        data = X, y, sample_weight
        rows, self._table_ = reading.read(self, data, classifies, **how)
        if resumed:
            reading.check_count(rows.y, self._n_targets_)
            known = getattr(self, "classes_", None)
            check_same_classes(classes, known)
        self._n_targets_ = reading.count_targets(rows.y)
        rows, self._n_classes_ = self._learn_targets(rows, known)
        reading.check_targets(self, rows, self._loss_, self._n_classes_)
        rows, held = reading.for_quantiles(rows, self._loss_), None
        if not resumed:
            self._seed_ = check_random_state(self.random_state).randint(2**31 - 1)
        if validation[0] is not None:
            held = self._validation_rows(*validation)
        elif parts:
            rows, held = reading.held_out(self, rows, self._n_classes_, self._seed_)
        if self.class_weight is not None and self._n_classes_:
            rows = weigh_classes(rows, self.class_weight, self.classes_)
        return rows.persisted(), held

    def _validation_rows(self, *validation):
        """Return the rows of a validation set, checked as those that are fitted."""
        try:
            rows = self._other_rows(*validation)
            check_domain(rows, self._loss_, self.loss, self._n_classes_)
        except ValueError as error:
            raise ValueError(f"X_val and y_val cannot be used: {error}") from error
        return rows

    def _other_rows(self, *data):
        """Return rows and targets of the columns and classes that are fitted."""
        classifies = self._task() == "classification"
        rows, _ = reading.read(self, data, classifies, self._table_)
        reading.check_count(rows.y, self._n_targets_)
        reading.check_labels(rows, self._labels_together_)
        if not self._n_classes_:
            return reading.for_quantiles(rows, self._loss_)
        rows = codes_among(rows, self.classes_)[1]
        return rows.in_blocks(widest_output=self._n_classes_)

    def _learnt(self, theta, held):
        """Return the fitted attributes that epochs change."""
        network = self._training_.network.like(theta.copy()).unscaled()
        network = with_constant_columns(network, self._standardizer_.constant)
        learnt = {
            "_first_layers_": network.layers[: len(network.before)],
            "coefs_": [layer.W for layer in network.dense],
            "intercepts_": [layer.b for layer in network.dense],
            "n_iter_": len(self.loss_curve_),
        }
        if self.calibrate:
            parameters = self._applied(network.layers, temperature=1.0)
            learnt["temperature_"] = temperature_on(held, parameters, self._n_classes_)
        elif self._task() == "classification":
            learnt["temperature_"] = 1.0
        if self.validation_curve_:
            learnt["best_iteration_"] = self._training_.best_iteration
        return learnt

    def _layers(self):
        """Return the layers of the fitted network."""
        network = self._training_.network
        dense = zip(self.coefs_, self.intercepts_, network.activations, strict=True)
        last = network.layers[len(network.layers) - len(network.after) :]
        return [*self._first_layers_, *map(Layer._make, dense), *last]

    def _outputs(self):
        temperature = getattr(self, "temperature_", 1.0)
        return prediction.outputs_of, self._applied(self._layers(), temperature)

    def _applied(self, layers, temperature):
        """Return the parameters of `outputs_of`."""
        first, *rest = layers
        first, to_input = self._standardizer_.folded_into(first)
        targets = self.target_mean_, self.target_scale_
        return [first, *rest], to_input, *targets, self._loss_, temperature

    @on_host
    def predict(self, X, return_std=False):
        """Predict numbers or classes, as the loss says.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
        return_std : bool, default=False
            Whether to return how far the members' numbers spread as well; it is what
            training leaves open, not the noise of y.

        Returns
        -------
        y : array of shape (n_samples,) or (n_samples, n_outputs)
        std : array of the same shape
            Standard deviation over the members; only with ``return_std=True``.

        Raises
        ------
        ValueError
            If the spread is asked for of classes, or of one network.
        """
        y = super().predict(X)
        if not return_std:
            return y
        if hasattr(self, "classes_") or self._training_.network.n_members is None:
            raise ValueError(
                "return_std=True is the spread of the numbers of several members: use "
                "n_members=2 or more and a regression; predict_proba says how sure a "
                "class is."
            )
        _, applied = self._outputs()
        rows = self._rows(X, "predict").in_blocks(widest_output=self._widest())
        return y, rows.map(prediction.spread_of_members, *applied)

    @on_host
    def transform(self, X):
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
