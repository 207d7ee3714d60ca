r"""Linear models by gradient descent.

Picture a blindfolded descent from a mountain: feel in which direction the ground
descends, take a step that way, and repeat. The ground is the cost

.. math:: F(w, c) = \frac{1}{W} \sum_i v_i L(y_i, x_i^T w + c) + \alpha P(w)

with weights :math:`v_i`, their sum W, a loss L and a penalty P. Two steps are repeated:

1. compute the gradient, the first derivative at the current point: a sum over the rows;
2. move in the opposite direction, by ``learning_rate`` times the gradient (often called
   alpha elsewhere; here alpha is the strength of the penalty).

A step takes O(n p) time and reads X once. In the metric of the Hessian the first steps
take O(n p^2), or less with the curvature of a sample of rows. Memory beyond X is a
block, the metric, that sample (10,000 rows, or 50 p), and for losses with jumps in
their curvature a few numbers per row.

References
----------
J. Nocedal and S. J. Wright, *Numerical Optimization*, 2nd edition, 2006, chapter 3.
"""

import copy
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.callback import CallbackSupportMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from skmath import _arrays
from skmath._estimators import decorators
from skmath._estimators.base import Estimator
from skmath._estimators.fitting import forget, restored_if_it_fails, warn
from skmath._estimators.targets import check_domain, check_same_classes
from skmath._estimators.weights import check_class_weight, weigh_classes
from skmath._rows.checks import aligned_offset, rows_to_fit
from skmath.calculus import Huber, Loss, NegativeBinomial, Ordinal
from skmath.gd_linear_model.cost import Cost
from skmath.gd_linear_model.descent import Descent, HeldOut, Trace
from skmath.gd_linear_model.families import ORDINAL, loss_of, rows_for
from skmath.gd_linear_model.minimum_norm import minimum_norm_optimum
from skmath.gd_linear_model.options import (
    CONSTRAINTS,
    STOCHASTIC,
    check_partial_fit,
    options_for,
    options_of_stream,
)
from skmath.gd_linear_model.ordered_labels import ordered_labels
from skmath.gd_linear_model.ordinal import cumulative_outputs
from skmath.gd_linear_model.outputs import is_separable_by_output, stages_by_output
from skmath.gd_linear_model.path import PathMixin
from skmath.gd_linear_model.prediction import OffsetPredictions
from skmath.gd_linear_model.recession import find_recession
from skmath.gd_linear_model.stochastic import EpochDescent, Epochs, StochasticDescent
from skmath.gd_linear_model.summary import LinearModelSummary
from skmath.gd_linear_model.warm_start import resumed
from skmath.linear_algebra import affine

__all__ = ["GDLinearModel"]


def _streams(estimator):
    if estimator.solver not in STOCHASTIC:
        raise AttributeError(
            f"partial_fit is not available with solver={estimator.solver!r}; use "
            "solver='sgd' or 'adam'."
        )
    return True


class GDLinearModel(
    CallbackSupportMixin, PathMixin, OffsetPredictions, LinearModelSummary, Estimator
):
    r"""Linear model for any loss, fitted by gradient descent to a certified optimum.

    Minimises the weighted mean of the loss plus alpha times the penalty; the intercept
    is not penalised. The loss decides whether it is a regressor or a classifier.

    Parameters
    ----------
    loss : str or object, default="squared_error"
        For numbers: "squared_error" (half of it), "absolute_error", "huber",
        "quantile", "epsilon_insensitive", "squared_epsilon_insensitive". For counts and
        positive amounts, with predictions e^z: "poisson", "negative_binomial", "gamma",
        "tweedie", "inverse_gaussian". For proportions of successes, with the number of
        trials as sample_weight: "binomial". For labels: "log_loss" (logistic
        regression, multinomial for more than two classes), and one-vs-rest "hinge",
        "squared_hinge" and "modified_huber". For ordered labels (sorted, or an ordered
        pandas Categorical): "ordinal", the proportional odds model
        P(y <= k) = F(t_k - x'w) with thresholds t [6]_. A custom object has the methods
        listed in `skmath.calculus.losses`; `skmath.calculus.Loss` has an example.
        "inverse_gaussian", and "tweedie" with a power above 2, are not convex: a fit
        converges to a stationary point (there may be several) and duality_gap_ is inf.
    penalty : str, None or object, default="l2"
        "l2" is half the sum of squares, "l1" the sum of absolute values, "elasticnet" a
        mix of both. "group" and "sparse_group" set groups of columns to zero together,
        "fused" merges adjacent levels, "mcp" and "scad" do not shrink large
        coefficients but have local optima. "firth", for two classes or proportions,
        gives finite estimates for separable classes and less bias with few rows [5]_.
        The formulas are in the classes under See Also. A custom object has ``value``,
        ``gradient``, ``prox`` (`skmath.calculus.penalties`) and its own strength.
    alpha : float, "auto", "cv" or array-like, default="auto"
        Strength of the penalty, in the units of the loss and the coefficients. If
        several values are given, the one with the best held-out loss is used
        (`alpha_`). "cv" chooses among n_alphas values, from the smallest that sets all
        coefficients to zero (or merges all levels of "fused") downwards, in the units
        of "auto". "auto" is a weak penalty: 1e-4 for standardised columns and the
        loss's own units, so that fits do not depend on the units of X or y. l2 has the
        strength 1e-4 k s_j^2 for a coefficient, and l1 1e-4 k s s_j, with the standard
        deviations s_j of its column (the root mean square without an intercept) and s
        of y, and the slope k = (L'(m + s) - L'(m - s)) / 2s of the loss's derivative at
        the mean m of y (1 for a squared error, 1 / s for an absolute one). With a log
        link s is 1 and m is log(mean(y)); for labels s = k = 1.
    n_alphas : int, default=100
        Number of values for alpha="cv", and for `path` with ``alphas=None``.
    alpha_rule : {"min", "1se"}, default="min"
        Chooses among several alphas: the one with the lowest mean held-out loss, or the
        largest one whose loss is within one standard error of it.
    cv : int, splitter, iterable or None, default=None
        Folds for choosing alpha; None means 5, stratified by class.
    l1_ratio : float, default=0.5
        Fraction of l1 in "elasticnet" and "sparse_group".
    penalty_weights : array-like of shape (n_features,), default=None
        Per-coefficient weights of the penalty: 0 means unpenalised. None is 1 for all.
    groups : array-like of shape (n_features,), default=None
        A label per column. For "group" and "sparse_group" it is the group of the
        column's coefficients, for all outputs or classes. For "fused" it is the block
        whose levels the columns are, in order; None means one block.
    gamma : float or "auto", default="auto"
        Concavity of "mcp" and "scad": smaller is more concave. "auto" is 3 and 3.7.
    penalty_matrix : array-like of shape (n_features, n_features), default=None
        Matrix P for "l2", which is then w'Pw / 2 instead of half the sum of squares.
    positive : bool or array-like of shape (n_features,), default=False
        Which coefficients must be nonnegative: a short form of bounds=(0, inf).
    bounds : (lower, upper), default=None
        Bounds of the coefficients, in their units: each a number, or one per feature;
        may be infinite. Supported with "l2", "l1" and "elasticnet".
    constraints : (A, b) or scipy.optimize.LinearConstraint, default=None
        A w <= b, or lower <= A w <= upper, for the coefficients of each output.
        Supported for losses without kinks, with "l2".
    fit_intercept : bool, default=True
        If True, fit an intercept; the thresholds of "ordinal" are always fitted.
    solver : str, default="auto"
        "auto", "gd", "momentum", "nesterov", "lbfgs", "newton", "sgd" or "adam": how a
        step follows from the gradients. "gd" is plain gradient descent; "momentum" and
        "nesterov" add a fraction of the last step, before or after computing the
        gradient; "lbfgs" improves the metric by the last steps (penalties without
        kinks); "newton" minimises along the metric's direction; "sgd" and "adam" take a
        step per batch of rows. "auto" is "lbfgs", or "newton" if the loss's curvature
        jumps, or "gd" if the penalty has a kink or learning_rate is a number. For
        penalties with kinks and NumPy or CSR input it is "working_sets" from 100
        columns (for other losses than a squared error up to 250 rows per column, or
        beyond the size limit of metric="hessian"): each step minimises the cost over
        the few columns that matter, and adds those whose gradient requires it. With the
        extra ``skmath[numba]`` steps for sparse X use coordinate descent.
    metric : {"auto", "identity", "diagonal", "hessian"}, default="auto"
        Norm that defines the steepest-descent direction; the minimised cost is the
        same. "identity" is the textbook gradient, which depends on the columns' units;
        "diagonal" measures each column in its standard deviation; "hessian" is the
        cost's curvature (Newton's direction). "auto" is "hessian" for up to 500 columns
        (2,000 for a squared error in memory) and 500 classes or outputs with solver
        "auto", "lbfgs" or "newton" and learning_rate="auto", else "diagonal".
    learning_rate : float or "auto", default="auto"
        Length of a step; "auto" finds it by backtracking at each step: never diverges.
    batch_size : int or "auto", default="auto"
        Rows per batch for "sgd" and "adam". "auto" is 256, and in `fit` with fewer than
        4,096 rows a sixteenth of them, at least 16.
    max_iter : int, default=1000
        Maximum number of steps over all rows, in total if there are several descents
        (smoothed losses, or delta="auto"); epochs for "sgd" and "adam". With several
        outputs and a loss with kinks: of the joint fit, and then of each output.
    tol : float, default=1e-6
        The descent stops when `optimality_` is at most tol. "sgd" and "adam" also stop
        if the cost has not fallen by tol k s^2 (k and s as in alpha) for
        n_iter_no_change epochs, usually before that optimality_ is reached.
    class_weight : dict, "balanced" or None, default=None
        Class weights, {label: weight}; "balanced" gives all classes the same total.
    early_stopping : bool, default=False
        If True, hold out a fraction of the rows, stop when their mean loss has not
        fallen for n_iter_no_change steps, and keep the point with the lowest loss.
    validation_fraction : float, default=0.1
        Fraction of the rows held out by early_stopping.
    n_iter_no_change : int, default=5
        Number of steps or epochs without improvement; see early_stopping and tol.
    warm_start : bool, default=False
        If True, `fit` starts from the coefficients of the last fit.
    average : bool or int, default=False
        If True, average the iterates of "sgd" and "adam": over each epoch, or over all
        after the first `partial_fit`. An int is the number of rows before it starts.
    quantile : float or array-like of shape (n_quantiles,), default=0.5
        Quantiles for loss="quantile". Each of several, in ascending order, has its own
        coefficients and column in `predict`. Predictions are sorted per row, so that
        quantiles do not cross (Chernozhukov, Fernandez-Val and Galichon 2010).
    delta : float or "auto", default=1.35
        For loss="huber": error, in the units of y, above which the loss is linear.
        "auto" is delta_scales times the scale of the errors, estimated together with
        the coefficients (Huber's proposal 2, as in `HuberRegressor`); see `delta_`.
    delta_scales : float, default=1.35
        Factor, above 1, for delta="auto"; smaller values treat more errors linearly.
    epsilon : float, default=0.1
        Error without cost, in the units of y, in the two epsilon-insensitive losses.
    power : float, default=1.5
        Exponent of the "tweedie" variance, mean^power: 0 (squared error), or from 1
        (Poisson) over 2 (gamma) to 3 (inverse Gaussian).
    link : str, default="auto"
        Function of the mean of y that is linear in X, for losses with several; "auto"
        is the first. "log_loss" with two classes, "binomial" and "ordinal" (for F):
        "logit", "probit", "cloglog" (log(-log(1 - p))). "poisson" and "gamma": "log",
        "identity", which keeps the means of all rows positive. "squared_error":
        "identity", "log". Not convex: the last one, and "gamma" with "identity".
    dispersion : float or "auto", default=1.0
        For loss="negative_binomial", with variance mean + dispersion mean^2. "auto" is
        the maximum likelihood estimate for all outputs, 0 if Poisson's fits better.
    n_jobs : int or None, default=None
        Number of joblib workers for the folds of alpha="cv".
    random_state : int, RandomState instance or None, default=None
        Controls the sample of rows used for the curvature of large data, the held-out
        rows, and the order of the batches.

    Attributes
    ----------
    coef_ : array of shape (n_features,) or (n_outputs, n_features)
        For a classifier (1, n_features) or (n_classes, n_features).
    intercept_ : float or array of shape (n_outputs,)
        For loss="ordinal" it is -thresholds_.
    thresholds_ : array of shape (n_classes - 1,)
        For loss="ordinal" only.
    classes_ : array of shape (n_classes,)
        Class labels in order; classifiers only.
    n_iter_ : int
        Number of steps over all rows, or epochs.
    loss_curve_ : list of n_iter_ + 1 floats
        Cost before each step and at the end (smoothed for a loss with kinks); for "sgd"
        and "adam" the lowest cost so far.
    step_sizes_ : list of n_iter_ floats
        Step lengths in the metric used; empty for "sgd" and "adam".
    optimality_ : float
        Norm of the proximal gradient, with each column in its standard deviation,
        relative to the gradient at the best constant prediction: 0 at the optimum. For
        a loss with kinks at least the relative cost error that smoothing may cause.
    duality_gap_ : float
        Upper bound of the cost's distance from the minimum, in its own units; infinite
        if no bound is known (`skmath.calculus.duality_gap`).
    converged_ : bool
        Whether optimality_ is at most tol, or duality_gap_ at most tol times the cost.
    alpha_ : float
        The alpha chosen from several. With "cv" in the units of "auto".
    cv_results_ : dict of arrays
        For several alphas: `param_alpha` in descending order, `mean_test_loss`,
        `std_error_test_loss`, and `split0_test_loss` and so on.
    coef_path_, intercept_path_ : arrays of shape (n_alphas, ...)
        The coef_ and intercept_ of each of several alphas.
    delta_ : float
        For loss="huber": the delta used.
    dispersion_ : float
        For loss="negative_binomial": the dispersion used.
    multipliers_ : ndarray of shape (n_constraints,) or (n_constraints, n_outputs)
        With constraints: rate at which the cost falls as b grows; 0 for rows that are
        not active, negative where a lower bound is.
    solver_, metric_ : str
        Solver and metric actually used.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if X has names that are all strings.

    See Also
    --------
    skmath.calculus.SparseGroup : Penalty on groups of columns.
    skmath.calculus.FusedLasso : Penalty on differences of ordered levels.
    skmath.calculus.MCP, skmath.calculus.SCAD : Penalties without the bias of l1.
    skmath.calculus.Tikhonov : Quadratic penalty with a matrix.
    sklearn.linear_model.SGDRegressor : Noisy gradients; needs scaled columns.
    sklearn.linear_model.LogisticRegression : Its C is 1 / (alpha n_samples).
    skmath.callbacks.EarlyStopping : Stops a fit by a score on given validation data.

    Notes
    -----
    The user guide has a table of scikit-learn's estimators and their equivalents here.

    References
    ----------
    .. [1] J. Nocedal and S. J. Wright, *Numerical Optimization*, 2nd edition, 2006,
       sections 3.1, 3.3 and 7.2.
    .. [2] F. Roosta-Khorasani and M. W. Mahoney, "Sub-sampled Newton methods",
       Mathematical Programming, 174, 2019.
    .. [3] Y. Nesterov, "Smooth minimization of non-smooth functions", Mathematical
       Programming, 103(1), 2005.
    .. [4] P. McCullagh and J. A. Nelder, *Generalized Linear Models*, 2nd edition,
       1989, chapter 2 (families and links).
    .. [5] D. Firth, "Bias reduction of maximum likelihood estimates", Biometrika,
       80(1), 1993.
    .. [6] P. McCullagh, "Regression models for ordinal data", Journal of the Royal
       Statistical Society B, 42(2), 1980.

    Examples
    --------
    >>> from skmath import GDLinearModel
    >>> X, y = [[0.0], [1000.0], [2000.0]], [1.0, 3.0, 5.0]
    >>> GDLinearModel(alpha=0).fit(X, y).predict([[3000.0]]).round(6)
    array([7.])
    >>> model = GDLinearModel("log_loss").fit(X, ["no", "no", "yes"])
    >>> model.predict([[2500.0]])
    array(['yes'], dtype='<U3')
    """

    _parameter_constraints = CONSTRAINTS

    _fitted = "coef_"
    _moments_: Any
    _learnt_in_steps = ("coef_", "intercept_")

    def __init__(
        self,
        loss: Any = "squared_error",
        *,
        penalty: Any = "l2",
        alpha: Any = "auto",
        n_alphas: int = 100,
        alpha_rule: str = "min",
        cv: Any = None,
        l1_ratio: float = 0.5,
        penalty_weights: Any = None,
        groups: Any = None,
        gamma: Any = "auto",
        penalty_matrix: Any = None,
        positive: Any = False,
        bounds: Any = None,
        constraints: Any = None,
        fit_intercept: bool = True,
        solver: str = "auto",
        metric: str = "auto",
        learning_rate: Any = "auto",
        batch_size: Any = "auto",
        max_iter: int = 1000,
        tol: float = 1e-6,
        class_weight: Any = None,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 5,
        warm_start: bool = False,
        average: Any = False,
        quantile: Any = 0.5,
        delta: Any = 1.35,
        delta_scales: float = 1.35,
        epsilon: float = 0.1,
        power: float = 1.5,
        link: str = "auto",
        dispersion: Any = 1.0,
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.loss = loss
        self.penalty = penalty
        self.alpha = alpha
        self.n_alphas = n_alphas
        self.alpha_rule = alpha_rule
        self.cv = cv
        self.l1_ratio = l1_ratio
        self.penalty_weights = penalty_weights
        self.groups = groups
        self.gamma = gamma
        self.penalty_matrix = penalty_matrix
        self.positive = positive
        self.bounds = bounds
        self.constraints = constraints
        self.fit_intercept = fit_intercept
        self.solver = solver
        self.metric = metric
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.tol = tol
        self.class_weight = class_weight
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.warm_start = warm_start
        self.average = average
        self.quantile = quantile
        self.delta = delta
        self.delta_scales = delta_scales
        self.epsilon = epsilon
        self.power = power
        self.link = link
        self.dispersion = dispersion
        self.n_jobs = n_jobs
        self.random_state = random_state

    @decorators.checks_parameters
    @restored_if_it_fails
    @decorators.with_callbacks
    def fit(
        self,
        X: Any,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        offset: ArrayLike | None = None,
    ) -> Self:
        """Minimise the cost, starting from the best constant prediction.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Numbers for regression, labels for classification.
        sample_weight : array-like of shape (n_samples,), default=None
            A weight of 2 has the same effect as repeating the row.
        offset : array-like of shape (n_samples,) or (n_samples, n_outputs), \
default=None
            Added to the outputs. With a log link and the log of an exposure, the model
            is one of the rate: y counts in two years are equivalent to y / 2 per year
            with twice the weight.

        Returns
        -------
        self : GDLinearModel

        Raises
        ------
        ValueError
            If X, y or offset is invalid, or y has one class or values without a loss.

        Warns
        -----
        ConvergenceWarning
            If tol was not reached (as is usual with "sgd" and "adam"), a given
            learning_rate diverged, or the optimum is at infinity because unpenalised
            columns separate the classes, or the rows with zero counts or amounts.
        """
        start = self._coefficients() if self.warm_start else None
        width = getattr(self, "_width_", None) if start else None
        forget(self)
        context = self._init_callback_context(max_subtasks=self._max_steps(y))
        metadata = {"sample_weight": sample_weight}
        metadata |= {} if offset is None else {"offset": offset}
        data = {"X": X, "y": y, "metadata": metadata}
        context.call_on_fit_task_begin(estimator=self, **data)
        rows = self._learn_rows(X, y, sample_weight)
        options = options_for(self, rows, self._loss_, self._n_classes_)
        offset, held_out = self._checked_offset(rows, offset), None
        cost = options.cost(rows, options, offset)
        if options.searches_alpha:
            cost, start = self._with_chosen_alpha(cost, options)
        if self.early_stopping:
            held_out = self._hold_out(cost)
            cost = held_out.training
        theta = resumed(cost, start, getattr(self, "classes_", None))
        begin = (cost, theta, options, Trace(), start is None, width)
        # A step that is too long may overflow, which the stage detects.
        with np.errstate(over="ignore", invalid="ignore"):
            for stage in self._stages(*begin):
                for point, optimality in stage.points():  # gradient, direction, step
                    is_done = stage.add(point, optimality)  # is it the optimum?
                    if point.step and not stage.is_rough:
                        theta_of_columns = stage.cost.in_columns(point.theta)
                        parameters = cost.parameters(theta_of_columns)
                        stop = self._callbacks_stop(context, data, *parameters)
                        if (held_out and held_out.ends(theta_of_columns)) or stop:
                            is_done, stage.ended = True, "stopped"
                    if is_done:
                        break
        self._conclude(stage)
        best = stage.best.theta
        if held_out and held_out.best is not None:
            best = held_out.best
        self.__dict__.update(self._attributes(*cost.parameters(best)))
        context.call_on_fit_task_end(
            estimator=self, **data, reconstruction_attributes={}
        )
        return self

    @decorators.available_if(_streams)
    @decorators.checks_parameters
    @restored_if_it_fails
    def partial_fit(
        self,
        X: Any,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        offset: ArrayLike | None = None,
    ) -> Self:
        """Take one epoch of steps over the rows, continuing from earlier calls.

        For ``solver="sgd"`` and "adam". Rows are used in the given order. Steps are
        scaled by the spread of y and of the columns in all rows so far: the first call
        should therefore have several rows, with different values.

        Parameters
        ----------
        X, y : array-like
            As in `fit`, but no Dask array.
        classes : array-like of shape (n_classes,), default=None
            All labels that can occur; required in the first call of a classifier.
        sample_weight, offset : array-like, default=None
            As in `fit`.

        Returns
        -------
        self : GDLinearModel

        Raises
        ------
        ValueError
            If X, y or classes is invalid or inconsistent with earlier calls, or a
            parameter needs all rows, such as class_weight="balanced" or early_stopping.
        """
        descent = getattr(self, "_descent_", None)
        check_partial_fit(self, self._resolve_loss())
        rows = self._learn_rows(X, y, sample_weight, classes, reset=descent is None)
        options = options_for(self, rows, self._loss_, self._n_classes_)
        options = options_of_stream(self, options)
        cost = Cost(rows, options, self._checked_offset(rows, offset))
        if descent is None:
            # An event not observed in n rows may have a probability of 1 / 2n.
            theta = cost.best_constant(least=0.5 / rows.X.shape[0])
            descent = StochasticDescent(theta, options)
        else:
            descent = copy.deepcopy(descent)
            cost.add_moments(*self._moments_)
        self._moments_ = cost.columns, cost.targets
        descent.epoch(cost, options)
        if not _arrays.all_finite(descent.theta):
            raise ValueError(
                "X or y contains values so large that the loss overflows. Divide them "
                "by a constant first."
                if self.learning_rate == "auto"
                else f"Training diverged at learning_rate={self.learning_rate}; these "
                "rows were not used. Use learning_rate='auto' or a smaller value."
            )
        self._descent_, self.n_iter_ = descent, descent.epochs
        self.solver_, self.metric_ = self.solver, "diagonal"
        self.__dict__.update(self._attributes(*cost.parameters(descent.result)))
        return self

    def _learn_rows(self, X, y, sample_weight, classes=None, reset=True):
        """Validate the data; return rows with y in the form that the loss takes."""
        order = getattr(self, "_order_", None)
        if reset and isinstance(self.loss, str) and self.loss == ORDINAL:
            self._order_ = order = ordered_labels(y)
        y = y if order is None else order.codes(y)
        classifies = self._task() == "classification"
        checks: dict[str, Any] = {"accept_sparse": "csr", "reset": reset}
        checks |= {} if classifies else {"multi_output": True, "y_numeric": True}
        checks["takes_dask"] = not (self.solver in STOCHASTIC or self.early_stopping)
        rows = rows_to_fit(self, X, y, sample_weight, **checks)
        self._is_single_ = rows.y.ndim == 1
        known_classes = classes
        if not reset:
            known_classes = getattr(self, "classes_", None)
            check_same_classes(classes, known_classes)
            if order is not None:
                known_classes = order.codes(known_classes)
        self._dtype_ = str(rows.X.dtype).rpartition(".")[2]
        rows, self._n_classes_ = self._learn_targets(rows.persisted(), known_classes)
        if order is not None:
            self.classes_ = order.take(self.classes_)
        rows = rows_for(self._loss_, rows, self._n_classes_, self.link)
        self._is_single_ = self._is_single_ and rows.y.ndim == 1
        if self.class_weight is not None:
            check_class_weight(self.class_weight, classifies)
            rows = weigh_classes(rows, self.class_weight, self.classes_)
        if getattr(self._loss_.outside, "__func__", None) is not Loss.outside:
            check_domain(rows, self._loss_, self.loss, self._n_classes_)
        return rows

    def _checked_offset(self, rows, offset):
        """Return the offset with one column per output, or None."""
        if offset is None:
            return None
        n_outputs = 1 if rows.y.ndim == 1 else rows.y.shape[1]
        n_outputs = self._n_classes_ if self._n_classes_ > 2 else n_outputs
        return aligned_offset(offset, rows, n_outputs)

    def _hold_out(self, cost):
        """Split the rows; return the cost of the training and the held-out part."""
        parts = self.validation_fraction, self.n_iter_no_change
        return HeldOut.of(cost, *parts, check_random_state(self.random_state))

    def _stages(self, cost, theta, options, trace, from_constant, width=None):
        """Return the stages of the descent, to be run one after another."""
        self.solver_, self.metric_ = options.solver, options.metric
        random_state = check_random_state(self.random_state)
        if options.solver in STOCHASTIC:
            descent: Any = EpochDescent(options, random_state, trace)
        else:
            descent = Descent(options, random_state, trace, width)
        has_several = theta.shape[1] > 1 and not self.early_stopping
        if has_several and is_separable_by_output(cost, theta):
            return stages_by_output(descent, cost, theta, from_constant=from_constant)
        stages = descent.stages
        if options.estimates_scale:
            stages = descent.stages_with_scale
        elif options.estimates_dispersion:
            stages = descent.stages_with_dispersion
        return stages(cost, theta, from_constant=from_constant)

    def _max_steps(self, y):
        """Return the maximum number of steps, for all outputs together."""
        shape = y.shape if hasattr(y, "shape") else np.asarray(y).shape
        n_outputs = shape[1] if len(shape) == 2 else 1
        is_separate = n_outputs > 1 and self._resolve_loss().has_kink
        return self.max_iter * (1 + n_outputs) if is_separate else self.max_iter

    def _callbacks_stop(self, context, data, w, intercept):
        """Pass a step to the callbacks; return True if one of them stops the fit."""
        step = context.subcontext(task_name="step")
        step.call_on_fit_task_begin(estimator=self)
        return step.call_on_fit_task_end(
            estimator=self,
            **data,
            reconstruction_attributes=lambda: self._attributes(w, intercept),
        )

    def _conclude(self, stage):
        """Store the results of the last stage; warn if it is not at the optimum."""
        if isinstance(stage, Epochs):
            stage.certify()
        if self.solver in STOCHASTIC:
            self._descent_ = stage.continued()
            self._moments_ = stage.cost.columns, stage.cost.original_targets()
        elif stage.cost.penalty.has_unpenalized:
            stage.best = minimum_norm_optimum(stage)
        trace, cost = stage.trace, stage.cost
        if isinstance(cost.loss, Huber):
            self.delta_ = cost.loss.delta
        if isinstance(self._loss_, NegativeBinomial):
            self.dispersion_ = getattr(cost.loss, "dispersion", 0.0)
        self.loss_curve_, self.step_sizes_ = trace.values, trace.steps
        self.n_iter_ = len(trace.values) - 1
        self.optimality_ = stage.optimality
        self._width_ = getattr(stage, "width", None)
        self.duality_gap_ = stage.gap(self.tol)
        self.converged_ = stage.is_converged(self.duality_gap_)
        if hasattr(cost.penalty, "multipliers"):
            self.multipliers_ = cost.multipliers(stage.best)
        ended_by_itself = stage.ended not in ("stopped", "diverged")
        recession = None
        if cost.penalty.has_unpenalized and (self.converged_ or ended_by_itself):
            at_optimum = (cost, stage.best, stage.moves)
            recession = find_recession(*at_optimum, converged=self.converged_)
        if recession and (recession.direction is not None or self.converged_):
            names = getattr(self, "feature_names_in_", None)
            warn(recession.message(cost.loss, names), ConvergenceWarning)
            self.converged_ = False
        elif (
            not self.converged_
            and stage.ended != "stopped"
            # Input in single precision cannot give more digits than it has.
            and (self._dtype_ == "float64" or not stage.is_level())
        ):
            warn(stage.shortfall(), ConvergenceWarning)

    def _resolve_loss(self):
        return loss_of(self)

    def _coefficients(self):
        """Return the starting point of a warm start, or None before the first fit."""
        if not hasattr(self, "coef_"):
            return None
        return *self._outputs()[1], getattr(self, "classes_", None)

    def _attributes(self, w, intercept):
        """Return coef_ and intercept_ in X's dtype and in scikit-learn's shapes."""
        xp, coef = _arrays.namespace(w), w.T
        if not self._n_classes_ and self._is_single_:
            coef, intercept = coef[0, :], intercept[0]
        dtype = getattr(xp, self._dtype_)
        coef, intercept = (xp.astype(part, dtype) for part in (coef, intercept))
        if _arrays.is_numpy(intercept):
            intercept = np.asarray(intercept)[()]  # a number, of no dimensions
        attributes = {"coef_": coef, "intercept_": intercept}
        if isinstance(self._loss_, Ordinal):
            attributes["thresholds_"] = -intercept
        return attributes

    def _widest(self):
        return self.coef_.shape[0] if self.coef_.ndim == 2 else 1

    def _outputs(self):
        xp = _arrays.namespace(self.coef_)
        coef = xp.reshape(self.coef_, (-1, self.coef_.shape[-1]))
        outputs = cumulative_outputs if hasattr(self, "thresholds_") else affine
        return outputs, (coef.T, xp.reshape(xp.asarray(self.intercept_), (-1,)))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.array_api_support = True
        if tags.classifier_tags and isinstance(self._resolve_loss(), Ordinal):
            # The classes in scikit-learn's check are not ordered.
            tags.classifier_tags.poor_score = True
        return tags
