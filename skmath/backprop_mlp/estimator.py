r"""Multilayer perceptron by back-propagation.

Layer i of n has weights :math:`W_i` and an activation :math:`F_i`; from the input
:math:`X_0` the outputs follow one layer at a time, and the error compares the last with
the ground truth G:

.. math:: X_i = F_i(X_{i-1} W_i + b_i), \qquad E = L(G, X_n).

For each batch of rows:

1. forward: X_1 to X_n;
2. the error E, and its derivative with respect to X_n;
3. backward: by the chain rule dE/dW_n, from it dE/dW_(n-1), and so on to the first
   layer (`skmath.calculus.layers` has the formulas);
4. one update: all the weights change together, after all the gradients are known.

An epoch costs O(n P) time for n rows and P weights; memory beside X is that of the
weights and of a batch's outputs.

References
----------
D. E. Rumelhart, G. E. Hinton and R. J. Williams, "Learning representations by
back-propagating errors", Nature, 323, 1986.
"""

import copy
import math
from dataclasses import replace
from numbers import Integral, Real

import numpy as np
from sklearn.base import (
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    _fit_context,
)
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from skmath import _arrays
from skmath._estimators.base import Estimator
from skmath._estimators.fitting import learnt, restored_if_it_fails, warn
from skmath._estimators.held_out import hold_out
from skmath._estimators.host import fits_on_host, on_host
from skmath._estimators.targets import (
    TaskByLossMixin,
    check_domain,
    codes_among,
    target_moments,
)
from skmath._estimators.weights import check_class_weight, weigh_classes
from skmath._rows.checks import check_squares, rows_to_apply, rows_to_fit
from skmath._rows.rows import is_dask
from skmath._rows.threads import threads_for
from skmath.backprop_mlp.batches import Batches, Standardizer
from skmath.backprop_mlp.chunked_training import Chunks, one_epoch_on_chunks
from skmath.backprop_mlp.options import (
    ALL_ROWS_BLOCK,
    count_rows,
    options_to_go_on,
    resolve_options,
)
from skmath.backprop_mlp.training import (
    Training,
    backpropagate,
    epochs,
    minimize_over_all_rows,
    one_epoch,
    penalise,
)
from skmath.calculus import (
    ACTIVATIONS,
    LOSSES,
    SCHEDULES,
    STEP_RULES,
    Network,
    best_constant,
    forward,
    initial_weights,
    last_output,
    resolve_loss,
)
from skmath.statistics import column_moments

__all__ = ["BackpropMLP"]

FARTHEST = 1e18
"""Entries of new rows beyond which an overflow is possible: products of two such
numbers are near the largest of single precision."""

STRAYED = 0.1
"""Share of the constant's error by which the last steps may have raised the lowest
before they are taken back: noise of batches moves it by less."""

STEPS = (1e-5, 1e-6, 1e-7)
"""By how much a weight is moved for a finite difference: a shorter step where a kink
may lie within a longer one."""

CLOSE = 1e-7
"""Relative difference at which no other step is tried."""


class BackpropMLP(
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
    hidden_layer_sizes : sequence of int, default=(100,)
        Units of each hidden layer; () is a linear model.
    loss : str or object, default="log_loss"
        What the last output is compared with the truth by: a name of
        `skmath.calculus.losses.LOSSES`, such as "log_loss", "squared_error", "huber",
        "absolute_error", "quantile" or "poisson", or an object like those of
        `skmath.calculus.losses`.
    activation : str, object or sequence of these, default="relu"
        F of the hidden layers, one for all or one for each: "identity", "logistic",
        "tanh", "relu", "leaky_relu", "elu", "gelu", "softplus", or an object like those
        of `skmath.calculus.activations`. The last layer's is the identity: the loss
        knows its link.
    solver : str, default="adam"
        Rule of the step: "sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw"
        (whose penalty shrinks the weights apart from Adam's averages), or "lbfgs",
        SciPy's quasi-Newton method on all rows at once, in double precision.
    learning_rate : float, default=1e-3
        Length of the step, the seed's alpha of gradient descent.
    schedule : str, default="auto"
        By what the learning rate is multiplied: "constant"; "inverse_scaling", 1 over
        the root of 1 + the epoch; "cosine", from 1 to 0 within max_iter epochs, then
        again; "one_cycle", up from 1/25, then down; "plateau", a fifth whenever half of
        n_iter_no_change epochs brought nothing; "auto", a cosine whose mean is 1, which
        starts at 2, or at 5 / (batches of an epoch) if that is more.
    alpha : float or "auto", default="auto"
        Strength of the penalty on the weights W (not b). "auto" is 0.4 min(n_features,
        10) divided by the sum of the rows' weights (their number): the fewer rows, the
        stronger, as a prior is.
    dropout : float or sequence of float, default=0.0
        Share of the units of each hidden layer that a batch leaves out, at least 0 and
        below 1, one for all or one for each. Nothing is left out in predictions.
    batch_size : int or "auto", default="auto"
        Rows for each update; "auto" is min(200, n_samples).
    max_iter : int, default=200
        Epochs at most.
    tol : float, default=1e-4
        An epoch improves the loss if it lowers it by more than this; of "lbfgs", the
        largest slope of an optimum.
    n_iter_no_change : int, default=10
        Epochs without improvement after which training ends.
    early_stopping : bool, default=False
        Whether it is the loss on other rows that has to improve: those given to `fit`,
        or a part of X that is held out.
    validation_fraction : float, default=0.1
        Share of the rows that early stopping holds out, of each class alike.
    restore_best : bool, default=True
        Whether early stopping returns to the weights with the lowest validation loss.
    standardize : bool, default=True
        Whether columns are centred and divided by their standard deviation inside (a
        sparse X stays sparse), and the target of a loss that can be measured in other
        units too, so that units do not matter.
    clip_norm : float or "auto", default="auto"
        Longest gradient of a batch; a longer one is shortened to it. "auto" is ten
        times the usual length.
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes; "balanced" makes the sums of their rows' weights equal.
    compute_dtype : {"auto", "float32", "float64"}, default="auto"
        Of the arithmetic. "auto" is float32, which is twice as fast, but float64 for
        float64 data that make one batch (up to 200 rows) or have columns of scales
        beyond 1e15, and for "lbfgs". Predictions have the dtype of X.
    warm_start : bool, default=False
        Whether `fit` goes on where the last one ended, with the same scales, averages
        of gradients and random numbers: 10 epochs and then 10 more are the same as 20,
        to the last bit.
    shuffle : bool, default=True
        Whether rows are drawn in a new order each epoch.
    quantile : float, default=0.5
        Of ``loss="quantile"``.
    delta : float or "auto", default="auto"
        Where ``loss="huber"`` becomes linear, in the units of y; "auto" is 1.35 times
        the standard deviation of y.
    random_state : int, RandomState instance or None, default=None
        Of the first weights, the order of rows, dropout and what is held out.

    Attributes
    ----------
    coefs_ : list of ndarray of shape (n_in, n_out)
        W of each layer, for standardised columns and targets; `unstandardized` has them
        in the data's own units.
    intercepts_ : list of ndarray of shape (n_out,)
        b of each layer.
    classes_ : ndarray of shape (n_classes,)
        Sorted labels, or numbers of the columns of y; classifiers only.
    alpha_ : float
        The penalty's strength.
    loss_curve_ : list of float
        Mean loss and penalty of each epoch, as met during it.
    validation_curve_ : list of float
        Mean loss on the validation rows after each epoch; empty without such rows.
    best_iteration_ : int
        Epoch of the lowest validation loss, counted from 0; with validation rows only.
    n_iter_ : int
        Epochs run, in all calls.
    mean_, scale_ : ndarray of shape (n_features,)
        What columns are centred and divided by.
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
    The seed writes :math:`X_n = F_n(W_n X_{n-1})` and :math:`E = L(G, X_n)`. With rows
    for samples and an intercept, :math:`Z_i = X_{i-1} W_i + b_i` and
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

    Training starts at the best constant prediction: the last W is zero, its b the link
    of the mean target. A column that does not vary has weights of zero.

    An epoch whose loss runs away is undone and run again with a quarter of the step.

    References
    ----------
    .. [1] D. E. Rumelhart, G. E. Hinton and R. J. Williams, "Learning representations
       by back-propagating errors", Nature, 323, 1986.
    .. [2] D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR
       2015.
    .. [3] D. J. C. MacKay, "A practical Bayesian framework for backpropagation
       networks", Neural Computation, 4(3), 1992, equation 3.
    .. [4] R. M. Neal, *Bayesian Learning for Neural Networks*, 1996, section 2.1.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from skmath import BackpropMLP
    >>> X, y = load_wine(return_X_y=True)
    >>> model = BackpropMLP(random_state=0).fit(X, y)
    >>> model.score(X, y) > 0.98
    True
    >>> model.transform(X).shape
    (178, 100)
    >>> model.check_gradients(X, y) < 1e-6
    True
    """

    _parameter_constraints = {
        "hidden_layer_sizes": ["array-like"],
        "loss": [StrOptions(set(LOSSES)), HasMethods(["value", "gradient"])],
        "activation": [
            StrOptions(set(ACTIVATIONS)),
            HasMethods(["value", "derivative"]),
            "array-like",
        ],
        "solver": [StrOptions({*STEP_RULES, "lbfgs"})],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "schedule": [StrOptions(set(SCHEDULES))],
        "alpha": [StrOptions({"auto"}), Interval(Real, 0, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left"), "array-like"],
        "batch_size": [
            StrOptions({"auto"}),
            Interval(Integral, 1, None, closed="left"),
        ],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "restore_best": ["boolean"],
        "standardize": ["boolean"],
        "clip_norm": [StrOptions({"auto"}), Interval(Real, 0, None, closed="neither")],
        "class_weight": [StrOptions({"balanced"}), dict, None],
        "compute_dtype": [StrOptions({"auto", "float32", "float64"})],
        "warm_start": ["boolean"],
        "shuffle": ["boolean"],
        "quantile": [Interval(Real, 0, 1, closed="neither")],
        "delta": [StrOptions({"auto"}), Interval(Real, 0, None, closed="neither")],
        "random_state": ["random_state"],
    }

    _fitted = "mean_"
    _learnt_in_steps = ("coefs_", "intercepts_")
    _takes_labels_together = True
    _rows_per_feature = 1

    def __init__(
        self,
        hidden_layer_sizes=(100,),
        *,
        loss="log_loss",
        activation="relu",
        solver="adam",
        learning_rate=1e-3,
        schedule="auto",
        alpha="auto",
        dropout=0.0,
        batch_size="auto",
        max_iter=200,
        tol=1e-4,
        n_iter_no_change=10,
        early_stopping=False,
        validation_fraction=0.1,
        restore_best=True,
        standardize=True,
        clip_norm="auto",
        class_weight=None,
        compute_dtype="auto",
        warm_start=False,
        shuffle=True,
        quantile=0.5,
        delta="auto",
        random_state=None,
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
        self.clip_norm = clip_norm
        self.class_weight = class_weight
        self.compute_dtype = compute_dtype
        self.warm_start = warm_start
        self.shuffle = shuffle
        self.quantile = quantile
        self.delta = delta
        self.random_state = random_state

    @fits_on_host
    @_fit_context(prefer_skip_nested_validation=True)
    @restored_if_it_fails
    @with_callbacks
    def fit(
        self,
        X,
        y,
        sample_weight=None,
        X_val=None,
        y_val=None,
        sample_weight_val=None,
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
            If X, y, a parameter of the layers or the validation set cannot be used, or
            y holds one class only.

        Warns
        -----
        ConvergenceWarning
            If the loss still fell after max_iter epochs, or the learning rate had to be
            lowered because the loss ran away.
        """
        self._keep_or_forget(self.warm_start)
        validation = (X_val, y_val, sample_weight_val)
        names = ("sample_weight", "X_val", "y_val", "sample_weight_val")
        metadata = dict(zip(names, (sample_weight, *validation), strict=True))
        data = {"X": X, "y": y, "metadata": metadata}
        context = self._init_callback_context(max_subtasks=self.max_iter)
        context.call_on_fit_task_begin(estimator=self, **data)

        def callbacks():
            """Show the epoch that has ended; return whether a callback ends the fit."""
            epoch = context.subcontext(task_name="step")
            epoch.call_on_fit_task_begin(estimator=self)
            weights = {"reconstruction_attributes": lambda: self._weights()}
            return epoch.call_on_fit_task_end(estimator=self, **data, **weights)

        rows, held = self._learn_data(X, y, sample_weight, validation)
        if self.batch_size != "auto":
            self._check_batch_size(rows)
        batches, held = self._begin_or_go_on(rows, held)
        ended = self._train(batches, held, self.max_iter, callbacks)
        self._warn_unless_converged(ended)
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
        on a part of the rows, and the best weights of all calls are used; whether to go
        on is for the caller.

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
        self._keep_or_forget(keep=True)
        validation = (X_val, y_val, sample_weight_val)
        rows, held = self._learn_data(X, y, sample_weight, validation, classes)
        batches, held = self._begin_or_go_on(rows, held)
        ended = self._train(batches, held, n_epochs)
        if ended == "diverged" or self._training_.back_offs:
            self._warn_unless_converged(ended)
        return self

    def _train(self, batches, held, n_epochs, callbacks=None):
        """Train for some epochs; return why it ended.

        For each epoch (`epochs`), for each batch (`one_epoch`): forward, backward, then
        all weights change together.

        Parameters
        ----------
        batches : Batches or Chunks
        held : Batches, Chunks or None
            Rows to validate each epoch on.
        n_epochs : int
            At most.
        callbacks : callable, default=None
            Called after each epoch; tells whether to end. Without it a level error does
            not end training either.

        Returns
        -------
        "callback", "level", "diverged", "unfinished" or None
        """
        training, ended = self._training_, None
        options, network = training.options, training.network

        with threads_for(batches.size, network.sizes):
            if training.constant_error is None:
                # So far the network predicts the best constant.
                error = batches.mean_loss(network, options.loss)
                training.constant_error = error
            if options.solver == "lbfgs":
                ended = minimize_over_all_rows(
                    training,
                    batches,
                    n_epochs,
                    lambda error: self._end_epoch(error, held, callbacks),
                )
            else:
                run = one_epoch_on_chunks if type(batches) is Chunks else one_epoch
                for error in epochs(training, batches, n_epochs, run):
                    ended = "diverged"
                    if math.isfinite(error):
                        ended = self._end_epoch(error, held, callbacks)
                    if ended:
                        break
        self.n_iter_ = len(self.loss_curve_)
        best = options.early_stopping and options.restore_best
        if not best and options.solver != "lbfgs":
            # The last steps' error is not known yet.
            error, unit = batches.mean_loss(network, options.loss), STRAYED
            best = error > training.lowest + unit * abs(training.constant_error)
            if options.early_stopping and best:
                training.progress.best = training.start
        vars(self).update(self._weights(best))
        if self.validation_curve_:
            self.best_iteration_ = int(np.argmin(self.validation_curve_))
        return ended

    def _end_epoch(self, error, held, callbacks):
        """Take note of an epoch's error; return why training ends here, or None."""
        training = self._training_
        self.loss_curve_.append(error)
        self.n_iter_ = len(self.loss_curve_)
        # An epoch's error is that of the weights that it began with; a validation
        # follows it.
        error, theta = error, training.start
        if held is not None:
            network = training.network
            value = held.mean_loss(network, training.options.loss)
            self.validation_curve_.append(value)
            if training.options.early_stopping:
                error, theta = value, network.theta
        is_level = training.progress.ends(error, theta)
        if callbacks is None:
            return None
        if callbacks():
            return "callback"
        return "level" if is_level else None

    def _keep_or_forget(self, keep):
        """Forget what was learnt, or copy what training changes in place."""
        if not keep:
            for name in learnt(self):
                delattr(self, name)
        elif hasattr(self, "_training_"):
            changed = ("_training_", "loss_curve_", "validation_curve_")
            vars(self).update(
                copy.deepcopy({name: getattr(self, name) for name in changed})
            )

    def _learn_data(self, X, y, sample_weight, validation, classes=None):
        """Validate the data; return rows to train on, and to validate on or None."""
        resumed = hasattr(self, "_training_")
        classifies = self._task() == "classification"
        # Steps on all rows at once, and parts of them, are for one machine.
        holds_out = self.early_stopping and validation[0] is None
        checks = {"accept_sparse": "csr", "multi_output": True}
        checks["takes_dask"] = not (self.solver == "lbfgs" or holds_out)
        checks["y_numeric"] = not classifies
        rows = rows_to_fit(self, X, y, sample_weight, reset=not resumed, **checks)
        rows.y = dense_targets(rows.y, classifies)
        known = getattr(self, "classes_", None) if resumed else classes
        rows, self._n_classes_ = self._learn_targets(rows, known)
        if not classifies:
            check_domain(rows, self._loss_, self.loss, self._n_classes_)
        if self.class_weight is not None:
            check_class_weight(self.class_weight, self._n_classes_ > 0)
        if not resumed:
            self._seed_ = check_random_state(self.random_state).randint(2**31 - 1)
        held = None
        if validation[0] is not None:
            held = self._validation_rows(*validation, **checks)
        elif holds_out:
            codes = rows.y if self._n_classes_ else None
            advice = " Or give X_val and y_val."
            rows, held = hold_out(
                rows, self.validation_fraction, self._seed_, codes, advice
            )
        if self.class_weight is not None:
            rows = weigh_classes(rows, self.class_weight, self.classes_)
        return rows, held

    def _validation_rows(self, X_val, y_val, sample_weight_val, **checks):
        """Return the rows of a validation set, checked as those that are fitted."""
        if y_val is None:
            raise ValueError("X_val needs y_val beside it.")
        try:
            rows = rows_to_fit(
                self, X_val, y_val, sample_weight_val, reset=False, **checks
            )
            rows.y = _arrays.dense(rows.y)
            if self._n_classes_:
                rows = codes_among(rows, self.classes_)[1]
                rows = rows.in_blocks(widest_output=self._n_classes_)
            check_domain(rows, self._loss_, self.loss, self._n_classes_)
        except ValueError as error:
            raise ValueError(f"X_val and y_val cannot be used: {error}") from error
        return rows

    def _check_batch_size(self, rows):
        """Raise a ValueError if a batch would have more rows than there are."""
        n = rows.sum(count_rows).n_rows
        if self.batch_size > n:
            raise ValueError(
                f"batch_size={self.batch_size} is above the {n} rows to train on; use "
                f"batch_size='auto', or {n} for a full batch."
            )

    def _begin_or_go_on(self, rows, held):
        """Return batches to train on, and to validate on or None."""
        if hasattr(self, "_training_"):
            options = options_to_go_on(self._training_.options, self)
            self._training_.options = options
        else:
            options = self._begin(rows)
        kind = Chunks if is_dask(rows.X) else Batches
        batches = kind(rows, self._standardizer_, options.batch_size)
        if held is not None:
            kind = Chunks if is_dask(held.X) else Batches
            held = kind(held, self._standardizer_, ALL_ROWS_BLOCK)
        return batches, held

    def _begin(self, rows):
        """Learn the scales; make a network that predicts the best constant.

        Returns the options of its training.
        """
        count = rows.sum(count_rows)
        columns = rows.sum(column_moments).significant()
        check_squares(columns.scatter)
        targets = rows.sum(target_moments, self._n_classes_).significant()
        check_squares(targets.scatter, "y")
        loss = self._learn_scales(columns, targets, rows.X.dtype)
        n_outputs = len(self.target_mean_)
        options = resolve_options(self, rows, count, self.scale_, loss, n_outputs)
        inverse = np.where(self._varies_, 1 / self.scale_, 0.0)
        self._standardizer_ = Standardizer(
            self.mean_,
            inverse.astype(self.mean_.dtype),
            self.target_mean_,
            self.target_scale_,
            self._n_classes_,
            options.dtype,
        )
        generator = np.random.default_rng(self._seed_)
        inputs = 0.0, self._varies_
        if not self.standardize:
            inputs = columns.mean, np.sqrt(columns.variance)
        theta = initial_weights(options.sizes, generator, options.dtype, *inputs)
        network = Network(options.sizes, options.activations, theta)
        first, last = network.layers[0], network.layers[-1]
        # A column that does not vary teaches nothing.
        first.W[~self._varies_] = 0
        # Training starts at the best constant prediction. What never or always
        # happened in n rows may have a chance of 1 / 2n.
        mean = (targets.mean - self.target_mean_) / self.target_scale_
        last.W[...] = 0
        last.b[...] = best_constant(loss, mean, 0.5 / count.repetitions)
        self.alpha_, self.loss_curve_, self.validation_curve_ = options.alpha, [], []
        self._training_ = Training(network, options, generator)
        return options

    def _learn_scales(self, columns, targets, dtype):
        """Learn what columns and targets are scaled by; return the loss of those."""
        self._varies_ = columns.scatter > 0
        scale = np.sqrt(columns.variance)
        scale[scale == 0] = 1.0
        self.mean_, self.scale_ = columns.mean.astype(dtype), scale.astype(dtype)
        if not self.standardize:
            self.mean_, self.scale_ = 0 * self.mean_, np.ones_like(self.scale_)
            self._varies_ = np.ones_like(self._varies_)
        mean, scale = targets.mean.astype(np.float64), np.sqrt(targets.variance)
        scale[scale == 0] = 1.0
        loss = scaled = self._loss_
        if not (self.delta == "auto" and self.loss == "huber"):
            scaled = loss.in_units(2.0)
        if scaled not in (None, loss):
            # A length on the scale of y is shared by all outputs.
            scale = np.full_like(scale, np.sqrt((scale**2).mean()))
            scaled = loss.in_units(float(scale[0]))
        if scaled is None or not self.standardize:
            mean, scale, scaled = 0 * mean, np.ones_like(scale), loss
        self.target_mean_, self.target_scale_ = mean, scale
        return scaled

    def _weights(self, best=False):
        """Return the fitted attributes that hold the network's weights."""
        network, best_theta = self._training_.network, self._training_.progress.best
        theta = best_theta if best and best_theta is not None else network.theta
        network = Network(network.sizes, network.activations, theta.copy())
        return {
            "coefs_": [layer.W for layer in network.layers],
            "intercepts_": [layer.b for layer in network.layers],
        }

    def _warn_unless_converged(self, ended):
        """Warn if training did not end at a level error, or steps were too long."""
        training = self._training_
        if ended == "diverged" or training.back_offs:
            warn(
                f"The loss diverged with learning_rate={self.learning_rate:g}; steps "
                f"of {training.learning_rate:.2g} were taken instead. Use a smaller "
                "learning_rate.",
                ConvergenceWarning,
            )
        elif ended not in ("callback", "level") and not training.schedule.is_planned:
            warn(
                f"The loss was still falling after max_iter={self.max_iter} epochs. "
                "Raise max_iter or tol.",
                ConvergenceWarning,
            )

    def _network(self, dtype=None):
        """Return the fitted network."""
        parts = zip(self.coefs_, self.intercepts_, strict=True)
        theta = np.concatenate([a.ravel() for part in parts for a in part])
        sizes = [self.coefs_[0].shape[0], *(W.shape[1] for W in self.coefs_)]
        F = self._training_.network.activations
        return Network(sizes, F, theta.astype(dtype or theta.dtype))

    def _widest(self):
        return max(W.shape[1] for W in self.coefs_)

    def _outputs(self):
        layers, to_input = self._layers_of_rows()
        return outputs_of, (layers, to_input, self.target_mean_, self.target_scale_)

    def _layers_of_rows(self):
        """Return layers that standardise, and what takes rows to their input."""
        first, *rest = self._network().layers
        first, to_input = self._standardizer_.folded_into(first)
        return [first, *rest], to_input

    @on_host
    def transform(self, X):
        """Return the outputs of the last hidden layer, X_(n-1).

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, hidden_layer_sizes[-1])
            The standardised X where there is no hidden layer.
        """
        rows = self._rows(X, "transform")
        if len(self.coefs_) == 1:
            return rows.map(_standardized, self._standardizer_)
        layers, to_input = self._layers_of_rows()
        return rows.in_blocks(widest_output=self._widest()).map(
            last_hidden, layers[:-1], to_input
        )

    @on_host
    def layer_outputs(self, X):
        """Return the outputs of every layer, X_0 to X_n.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)

        Returns
        -------
        list of ndarray of shape (n_samples, n_units)
            The first is the standardised X, the last what the loss compares with the
            standardised targets.
        """
        X = self._rows(X, "layer_outputs").X
        with np.errstate(over="ignore", invalid="ignore"):
            outputs, _ = forward(
                _dense(self._standardizer_.columns(X)), self._network().layers
            )
        check_squares(outputs[-1])
        return outputs

    @on_host
    def gradients(self, X, y, sample_weight=None):
        """Return the derivatives of the error with respect to every weight.

        Of E, the weighted mean of the loss of these rows plus the penalty, in double
        precision, nothing dropped out.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like of shape (n_samples,), default=None

        Returns
        -------
        coef_gradients : list of ndarray
            dE/dW of each layer, as coefs_.
        intercept_gradients : list of ndarray
            dE/db of each layer, as intercepts_.
        """
        network, batch = self._check_batch(X, y, sample_weight)
        slope = self._error_and_gradient(network, batch)[1]
        return [layer.W for layer in slope.layers], [layer.b for layer in slope.layers]

    @on_host
    def check_gradients(self, X, y, sample_weight=None, *, n_weights=1000):
        """Compare the gradients with central finite differences.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like of shape (n_samples,), default=None
        n_weights : int, default=1000
            How many of the weights to move, at two forward passes each: evenly chosen
            if there are more.

        Returns
        -------
        float
            Largest absolute difference, divided by the largest derivative: below 1e-6
            where the formulas are right, unless a row lies in a kink of an activation
            or of the loss, or all derivatives are as small as rounding.
        """
        network, batch = self._check_batch(X, y, sample_weight)
        slope = self._error_and_gradient(network, batch)[1].theta.copy()
        moved = np.arange(0, slope.size, max(1, slope.size // n_weights))
        size, worst = np.abs(slope).max(), 0.0
        for k in moved:
            error = math.inf
            for step in STEPS:
                difference = self._difference(network, batch, k, step)
                size = max(size, abs(difference))
                error = min(error, abs(slope[k] - difference))
                if error <= CLOSE * size:
                    break
            worst = max(worst, error)
        return float(worst / size) if size > 0 else 0.0

    def _difference(self, network, batch, k, step):
        """Return the central difference quotient of E for weight k."""
        here, errors = network.theta[k], []
        for moved in (here + step, here - step):
            network.theta[k] = moved
            errors.append(self._error_and_gradient(network, batch)[0])
        network.theta[k] = here
        return (errors[0] - errors[1]) / (2 * step)

    def _check_batch(self, X, y, sample_weight):
        """Return the network, and rows as one batch, in double precision."""
        check_is_fitted(self)
        checks = {"accept_sparse": "csr", "takes_dask": False, "multi_output": True}
        checks["y_numeric"] = not hasattr(self, "classes_")
        rows = rows_to_fit(self, X, y, sample_weight, reset=False, **checks)
        rows.y = dense_targets(rows.y, hasattr(self, "classes_"))
        if self._n_classes_:
            rows = codes_among(rows, self.classes_)[1]
        standardizer = replace(self._standardizer_, dtype=np.dtype(np.float64))
        [(X, G, weight)] = Batches(rows, standardizer, rows.X.shape[0]).shuffled()
        return self._network(np.float64), (X, G.astype(np.float64), weight)

    def _error_and_gradient(self, network, batch):
        """Return E, and its gradient as a network."""
        gradient, loss = network.gradient(), self._training_.options.loss
        error = backpropagate(network, loss, batch, gradient)
        penalise(network, gradient, self.alpha_)
        return error + 0.5 * self.alpha_ * network.weight_squares(), gradient

    def unstandardized(self):
        """Return the weights for columns and targets in the data's own units.

        Returns
        -------
        coefs : list of ndarray
            As coefs_; with these, X_0 is X itself.
        intercepts : list of ndarray
            As intercepts_; the last layer's output is in the units of y.
        """
        check_is_fitted(self)
        mean, inverse = self._standardizer_.mean, self._standardizer_.inverse
        layers = self._network(np.float64).layers
        coefs = [layer.W for layer in layers]
        intercepts = [layer.b for layer in layers]
        coefs[0] = inverse[:, None] * coefs[0]
        intercepts[0] = intercepts[0] - mean @ coefs[0]
        coefs[-1] = coefs[-1] * self.target_scale_
        intercepts[-1] = intercepts[-1] * self.target_scale_ + self.target_mean_
        return coefs, intercepts

    def _rows(self, X, method):
        return rows_to_apply(
            self, X, fitted=self._fitted, method=method, accept_sparse="csr"
        )

    def _resolve_loss(self):
        delta = 1.35 if self.delta == "auto" else self.delta
        return resolve_loss(self.loss, quantile=self.quantile, delta=delta)

    @property
    def _n_features_out(self):
        return self.coefs_[-1].shape[0]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        tags.array_api_support = True  # on the host: see skmath._estimators.host
        return tags


def outputs_of(X, layers, to_input, target_mean, target_scale):
    """Return X_n of a block, in the target's units."""
    with np.errstate(over="ignore", invalid="ignore"):
        Z = last_output(to_input(X), layers)
        if not _arrays.all_finite(Z):
            # Rows beyond what the network's dtype holds are as far as it does.
            near = np.clip(_dense(X), -FARTHEST, FARTHEST)
            Z = last_output(to_input(near), layers)
    return (Z * target_scale + target_mean).astype(X.dtype, copy=False)


def last_hidden(X, layers, to_input):
    """Return X_(n-1) of a block."""
    return last_output(to_input(X), layers).astype(X.dtype, copy=False)


def _standardized(X, standardizer):
    return _dense(standardizer.columns(X)).astype(X.dtype, copy=False)


def dense_targets(y, classifies):
    """Return y without zeros left out, and labels of one column as a vector."""
    y = _arrays.dense(y)
    if classifies and y.ndim == 2 and y.shape[1] == 1:
        return column_or_1d(y, warn=True)
    return y


def _dense(X):
    return X.toarray() if hasattr(X, "toarray") else X
