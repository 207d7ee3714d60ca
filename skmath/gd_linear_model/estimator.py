r"""Linear models by gradient descent.

A game explains it: on a mountain, blindfolded, one feels where the ground descends,
takes a step that way, and repeats. The ground is the cost

.. math:: F(w, c) = \frac{1}{W} \sum_i v_i L(y_i, x_i^T w + c) + \alpha P(w)

with weights :math:`v_i`, their sum W, a loss L and a penalty P, and two things are
repeated:

1. compute the gradient, the first derivative at the point where one stands: a sum over
   the rows of X;
2. move in the opposite direction, by ``learning_rate`` times the gradient (many texts
   call it alpha, which is the strength of the penalty here).

A step costs O(n p) time and reads X once. In the Hessian's metric the first steps cost
O(n p^2), or less where a sample of the rows tells the curvature. Memory beside X is
that of a block, of the metric and of that sample (10,000 rows, or 50 p), and for losses
with jumps in their curvature a few numbers a row.

References
----------
J. Nocedal and S. J. Wright, *Numerical Optimization*, 2nd edition, 2006, chapter 3.
"""

import copy

import numpy as np
from sklearn.base import _fit_context
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.metaestimators import available_if

from skmath import _arrays
from skmath._estimators.base import Estimator
from skmath._estimators.fitting import forget, restored_if_it_fails, warn
from skmath._estimators.targets import check_domain, check_same_classes
from skmath._estimators.weights import check_class_weight, weigh_classes
from skmath._rows.checks import offset_beside, rows_to_fit
from skmath.calculus import Huber, Loss, NegativeBinomial, Ordinal
from skmath.gd_linear_model.cost import Cost
from skmath.gd_linear_model.descent import Descent, HeldOut, Trace
from skmath.gd_linear_model.families import ORDINAL, loss_of, rows_for
from skmath.gd_linear_model.options import (
    CONSTRAINTS,
    STOCHASTIC,
    options_for,
    options_of_stream,
    refuse_what_needs_all_rows,
)
from skmath.gd_linear_model.ordered_labels import ordered_labels
from skmath.gd_linear_model.ordinal import cumulative_outputs
from skmath.gd_linear_model.outputs import goes_by_output, stages_by_output
from skmath.gd_linear_model.path import PathMixin
from skmath.gd_linear_model.prediction import OffsetPredictions
from skmath.gd_linear_model.recession import escape
from skmath.gd_linear_model.shortest import shortest_optimum
from skmath.gd_linear_model.stochastic import EpochDescent, Epochs, StochasticDescent
from skmath.gd_linear_model.summarized import Summarized
from skmath.gd_linear_model.warm_start import resumed
from skmath.linear_algebra import affine

__all__ = ["GDLinearModel"]


def _streams(estimator):
    if estimator.solver not in STOCHASTIC:
        raise AttributeError(
            f"solver={estimator.solver!r} has no partial_fit; use 'sgd' or 'adam'."
        )
    return True


class GDLinearModel(
    CallbackSupportMixin, PathMixin, OffsetPredictions, Summarized, Estimator
):
    r"""Linear model of any loss, fitted by gradient descent to a certified optimum.

    Minimises the weighted mean of the loss plus alpha times the penalty; the intercept
    is not penalised. The loss makes it a regressor or a classifier.

    Parameters
    ----------
    loss : str or object, default="squared_error"
        For numbers: "squared_error" (half of it), "absolute_error", "huber",
        "quantile", "epsilon_insensitive", "squared_epsilon_insensitive"; for counts and
        positive amounts, with predictions e^z: "poisson", "negative_binomial", "gamma",
        "tweedie", "inverse_gaussian"; for shares of successes, with the number of
        trials for sample_weight: "binomial"; for labels: "log_loss" (logistic
        regression, multinomial for more than two classes), and one class against all
        others: "hinge", "squared_hinge", "modified_huber"; for labels in an order, that
        of sorting or of an ordered pandas Categorical: "ordinal", proportional odds
        P(y <= k) = F(t_k - x'w) with thresholds t [6]_. An object has the methods
        that `skmath.calculus.losses` lists; `skmath.calculus.Loss` has an example.
        "inverse_gaussian" and "tweedie" with a power above 2 are not convex: a fit that
        has converged is at a level point, of which there may be several, and
        duality_gap_ is infinite.
    penalty : str, None or object, default="l2"
        "l2" is half the sum of squares, "l1" the sum of absolute values, "elasticnet"
        both; "group" and "sparse_group" let columns leave together, "fused" merges
        neighbouring levels, "mcp" and "scad" leave large coefficients alone, which has
        local optima. "firth" makes the estimates of two classes or shares finite where
        they are separable, and less biased in few rows [5]_. `skmath.calculus` has the
        formula of each, under "See Also". An object has ``value``, ``gradient`` and
        ``prox`` (`skmath.calculus.penalties`) and its own strength.
    alpha : float, "auto", "cv" or array-like, default="auto"
        Strength of the penalty, in the units of the loss and of the coefficients; of
        several that which predicts rows held out best (`alpha_`). "cv" chooses among
        n_alphas, from that at which all coefficients are zero, or all levels of "fused"
        merged, in the units of "auto".
        "auto" is a weak penalty, 1e-4, of standardised columns in the loss's own units,
        so that coefficients follow any change of the units of X or y: l2 charges a
        coefficient 1e-4 k s_j^2 and l1 1e-4 k s s_j, with s_j the standard deviation of
        its column (without an intercept, its root mean square), s that of y, and k =
        (L'(m + s) - L'(m - s)) / 2s the rise of the loss's slope about the mean m of y;
        k is 1 of a squared error, 1 / s of an absolute one. With a log link s is 1 and
        m the logarithm of the mean, for labels s and k are 1.
    n_alphas : int, default=100
        Strengths of "cv", and of `path` without any.
    alpha_rule : {"min", "1se"}, default="min"
        Of several alphas that with the lowest mean loss of the rows held out, or the
        largest whose loss is within one standard error of it.
    cv : int, splitter, iterable or None, default=None
        Folds in which rows are held out; None is 5, of equal shares of the classes.
    l1_ratio : float, default=0.5
        Share of l1 in "elasticnet" and "sparse_group".
    penalty_weights : array-like of shape (n_features,), default=None
        How much of the penalty each coefficient is charged: 0 for nothing, None for 1
        each.
    groups : array-like of shape (n_features,), default=None
        A label for each column. Of "group" and "sparse_group": its coefficients of all
        outputs or classes are in that group. Of "fused": it is a level of that block,
        in the order of the columns; None for one block.
    gamma : float or "auto", default="auto"
        Of "mcp" and "scad": the lower, the more concave; "auto" is 3 and 3.7.
    penalty_matrix : array-like of shape (n_features, n_features), default=None
        Of "l2": P of w'Pw / 2 in place of half the sum of squares.
    positive : bool or array-like of shape (n_features,), default=False
        Which coefficients must not be negative: bounds=(0, inf).
    bounds : (lower, upper), default=None
        Numbers, or one for each feature, between which coefficients must stay, in their
        units; may be infinite. With "l2", "l1" and "elasticnet".
    constraints : (A, b) or scipy.optimize.LinearConstraint, default=None
        A w <= b, or lower <= A w <= upper, for the coefficients of each output. With
        losses without kinks, and "l2".
    fit_intercept : bool, default=True
        Whether there is an intercept; the thresholds of "ordinal" are always free.
    solver : str, default="auto"
        "auto", "gd", "momentum", "nesterov", "lbfgs", "newton", "sgd" or "adam".
        The rule by which a step is made of the gradients: "gd" is plain; the next
        two add a share of the last step, before or after they look at the gradient;
        "lbfgs" corrects the metric by the last steps (penalties without kinks);
        "newton" goes to the lowest point on the metric's way; "sgd" and "adam" take a
        step for each batch of rows. "auto" is "lbfgs", or "newton" where the loss's
        curvature jumps, or "gd" where the penalty has a kink or learning_rate is a
        number. Where a kink may leave few of many coefficients, it is "working_sets":
        each step minimises the cost over the columns that matter, of which there are
        more in the next one if the gradient of all says so. That is from 100 columns
        (of other losses than a squared error up to 250 rows for each, or from where
        there are too many for the metric "hessian") of NumPy arrays and CSR matrices.
        With the extra ``skmath[numba]`` steps for a sparse X are found by coordinate
        descent.
    metric : {"auto", "identity", "diagonal", "hessian"}, default="auto"
        In which a direction is steepest. "identity" is the plain descent and depends
        on the columns' units; "diagonal" measures each column in its standard
        deviation; "hessian" in the curvature of the cost, which is Newton's direction.
        The cost that is minimised is the same. "auto" is "hessian" up to 500 columns
        (2,000 of a squared error in memory) and 500 classes or outputs, for "auto",
        "lbfgs" and "newton" with ``learning_rate="auto"``, else "diagonal".
    learning_rate : float or "auto", default="auto"
        The length of a step. "auto" finds a length for each step by
        backtracking, and cannot diverge.
    batch_size : int or "auto", default="auto"
        Rows of a batch of "sgd" and "adam". "auto" is 256, and in `fit` of fewer than
        4,096 rows a sixteenth of them, 16 at least.
    max_iter : int, default=1000
        Steps over all rows at most, of all descents together where there are several
        (those of a smoothed loss, or with delta="auto"); epochs of "sgd" and "adam".
        Of several outputs and a loss with kinks, first of all together, then of each.
    tol : float, default=1e-6
        `optimality_` at which the descent ends. "sgd" and "adam" end, too, where the
        cost has not fallen by tol k s^2 (k and s as in alpha) for n_iter_no_change
        epochs, which is seldom at this optimality_.
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes, {label: weight}; "balanced" gives all the same total.
    early_stopping : bool, default=False
        Whether a share of the rows is held out, and the descent ends where their mean
        loss has not fallen for n_iter_no_change steps, at the best point for them.
    validation_fraction : float, default=0.1
        Share that is held out.
    n_iter_no_change : int, default=5
        See early_stopping and tol.
    warm_start : bool, default=False
        Whether `fit` starts from the last fit's coefficients.
    average : bool or int, default=False
        Whether an epoch of "sgd" and "adam" ends at the mean of its points; with
        `partial_fit`, whether the mean of all points after the first call is returned.
        A number is that of the rows, of all epochs or calls, from which on they count.
    quantile : float or array-like of shape (n_quantiles,), default=0.5
        Of loss="quantile". Of several, in ascending order, each has its coefficients,
        and `predict` returns a column each. These are sorted by row: quantiles do not
        cross (Chernozhukov, Fernandez-Val and Galichon 2010).
    delta : float or "auto", default=1.35
        Of loss="huber": the error, in the units of y, beyond which it counts linearly.
        "auto" is delta_scales times the scale of the errors, which is estimated with
        the coefficients (Huber's proposal 2, as in `HuberRegressor`), in `delta_`.
    delta_scales : float, default=1.35
        Of delta="auto": above 1, and the lower, the more errors count linearly.
    epsilon : float, default=0.1
        Of "epsilon_insensitive" and "squared_epsilon_insensitive": the error that costs
        nothing, in the units of y.
    power : float, default=1.5
        Of loss="tweedie", whose variance is proportional to mean^power: 0 (the squared
        error), or from 1 (Poisson) over 2 (gamma) to 3 (inverse Gaussian).
    link : str, default="auto"
        The function of the mean of y that is linear in X, of losses that have several;
        the first is that of "auto". "log_loss" of two classes, "binomial" and "ordinal"
        (of F): "logit", "probit", "cloglog" (log(-log(1 - p))). "poisson" and "gamma":
        "log", "identity", where all means of the rows stay positive. "squared_error":
        "identity", "log". Not convex are the last one, and "gamma" with "identity".
    dispersion : float or "auto", default=1.0
        Of loss="negative_binomial", whose variance is mean + dispersion mean^2. "auto"
        is the most likely one, estimated with the coefficients, in `dispersion_` (one
        for all outputs); 0 where counts vary no more than Poisson's.
    n_jobs : int or None, default=None
        Processes for the folds of "cv" (joblib's).
    random_state : int, RandomState instance or None, default=None
        Draws the sample of many rows whose curvature is used, the rows held out, and
        the order of the batches.

    Attributes
    ----------
    coef_ : array of shape (n_features,) or (n_outputs, n_features)
        For a classifier (1, n_features) or (n_classes, n_features).
    intercept_ : float or array of shape (n_outputs,)
        Of loss="ordinal" -thresholds_.
    thresholds_ : array of shape (n_classes - 1,)
        Of loss="ordinal".
    classes_ : array of shape (n_classes,)
        Labels in order; classifiers only.
    n_iter_ : int
        Steps taken over all rows, or epochs.
    loss_curve_ : list of n_iter_ + 1 floats
        Cost before each step and at the end (of a loss with kinks, that of the smoothed
        loss); of "sgd" and "adam" the lowest cost so far.
    step_sizes_ : list of n_iter_ floats
        Lengths of the steps in the metric used; empty for "sgd" and "adam".
    optimality_ : float
        Length of the proximal gradient, each column in its standard deviation, relative
        to that of the gradient at the best constant prediction: 0 at the optimum. Of a
        loss with kinks it is at least the share of the cost by which smoothing may have
        missed the optimum.
    duality_gap_ : float
        By how much the cost is above the optimum at most, in its own units; infinite
        where no bound is known (`skmath.calculus.duality_gap`).
    converged_ : bool
        Whether optimality_ is within tol, or duality_gap_ within tol times the cost.
    alpha_ : float
        The strength chosen of several. With "cv" in the units of "auto".
    cv_results_ : dict of arrays
        Of several alphas: `param_alpha`, from the largest, `mean_test_loss`,
        `std_error_test_loss` and `split0_test_loss` and so on.
    coef_path_, intercept_path_ : arrays of shape (n_alphas, ...)
        Of several alphas, coef_ and intercept_ of each.
    delta_ : float
        Of loss="huber".
    dispersion_ : float
        Of loss="negative_binomial".
    multipliers_ : ndarray of shape (n_constraints,) or (n_constraints, n_outputs)
        With constraints: how fast the cost falls as b grows; 0 in rows that do not
        bind, below 0 where a lower bound does.
    solver_, metric_ : str
        What ran.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X has them all as strings.

    See Also
    --------
    skmath.calculus.SparseGroup : Of groups of columns.
    skmath.calculus.FusedLasso : Of ordered levels.
    skmath.calculus.MCP, skmath.calculus.SCAD : Without the bias of l1.
    skmath.calculus.Tikhonov : Of a matrix.
    sklearn.linear_model.SGDRegressor : Noisy gradients; needs scaled columns.
    sklearn.linear_model.LogisticRegression : Its C is 1 / (alpha n_samples).
    skmath.callbacks.EarlyStopping : Ends a fit by a score on data of one's own.

    Notes
    -----
    The user guide has a table of scikit-learn's estimators and what they are here.

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
    _learnt_in_steps = ("coef_", "intercept_")

    def __init__(
        self,
        loss="squared_error",
        *,
        penalty="l2",
        alpha="auto",
        n_alphas=100,
        alpha_rule="min",
        cv=None,
        l1_ratio=0.5,
        penalty_weights=None,
        groups=None,
        gamma="auto",
        penalty_matrix=None,
        positive=False,
        bounds=None,
        constraints=None,
        fit_intercept=True,
        solver="auto",
        metric="auto",
        learning_rate="auto",
        batch_size="auto",
        max_iter=1000,
        tol=1e-6,
        class_weight=None,
        early_stopping=False,
        validation_fraction=0.1,
        n_iter_no_change=5,
        warm_start=False,
        average=False,
        quantile=0.5,
        delta=1.35,
        delta_scales=1.35,
        epsilon=0.1,
        power=1.5,
        link="auto",
        dispersion=1.0,
        n_jobs=None,
        random_state=None,
    ):
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

    @_fit_context(prefer_skip_nested_validation=True)
    @restored_if_it_fails
    @with_callbacks
    def fit(self, X, y, sample_weight=None, offset=None):
        """Descend from the best constant prediction.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Numbers for a regression, labels for a classification.
        sample_weight : array-like of shape (n_samples,), default=None
            A weight of 2 is the same row twice.
        offset : array-like of shape (n_samples,) or (n_samples, n_outputs), \
default=None
            Added to the outputs. With a logarithmic link the logarithm of an exposure
            makes the model one of the rate: a count of y in two years is one of y / 2
            a year, with twice the weight.

        Returns
        -------
        self : GDLinearModel

        Raises
        ------
        ValueError
            If X, y or offset cannot be used, or y holds one class only or values that
            the loss has no value for.

        Warns
        -----
        ConvergenceWarning
            If the descent did not reach tol, which epochs of "sgd" and "adam" seldom
            do, a given learning_rate diverged, or the optimum is at infinity: columns
            that are not penalised separate the classes, or the rows where a count or
            an amount is zero.
        """
        start = self._coefficients() if self.warm_start else None
        width = getattr(self, "_width_", None) if start else None
        forget(self)
        context = self._init_callback_context(max_subtasks=self._most_steps(y))
        metadata = {"sample_weight": sample_weight}
        metadata |= {} if offset is None else {"offset": offset}
        data = {"X": X, "y": y, "metadata": metadata}
        context.call_on_fit_task_begin(estimator=self, **data)
        rows = self._learn_rows(X, y, sample_weight)
        options = options_for(self, rows, self._loss_, self._n_classes_)
        cost, held_out = options.cost(rows, options, self._beside(rows, offset)), None
        if options.chooses_alpha:
            cost, start = self._with_chosen_alpha(cost, options)
        if self.early_stopping:
            held_out = self._hold_out(cost)
            cost = held_out.training
        theta = resumed(cost, start, getattr(self, "classes_", None))
        begin = (cost, theta, options, Trace(), start is None, width)
        # A step that is too long may overflow: the stage sees it.
        with np.errstate(over="ignore", invalid="ignore"):
            for stage in self._stages(*begin):
                for point, optimality in stage.points():  # gradient, direction, step
                    over = stage.add(point, optimality)  # is it the optimum?
                    if point.step and not stage.is_rough:
                        reached = stage.cost.in_columns(point.theta)
                        at = cost.parameters(reached)
                        stop = self._callbacks_stop(context, data, *at)
                        if (held_out and held_out.ends(reached)) or stop:
                            over, stage.ended = True, "stopped"
                    if over:
                        break
        self._conclude(stage)
        best = stage.best.theta
        if held_out and held_out.best is not None:
            best = held_out.best
        vars(self).update(self._attributes(*cost.parameters(best)))
        context.call_on_fit_task_end(
            estimator=self, **data, reconstruction_attributes={}
        )
        return self

    @available_if(_streams)
    @_fit_context(prefer_skip_nested_validation=True)
    @restored_if_it_fails
    def partial_fit(self, X, y, classes=None, sample_weight=None, offset=None):
        """Take one epoch of steps over the rows, and add them to what was learnt.

        For ``solver="sgd"`` and "adam". Rows are taken in their order. Steps are
        measured in the spread of y and of the columns in all rows so far: the first
        rows set these units, so they should be several, and of several values.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        classes : array-like of shape (n_classes,), default=None
            All labels that will come; needed in the first call of a classifier.
        sample_weight : array-like of shape (n_samples,), default=None
        offset : array-like of shape (n_samples,) or (n_samples, n_outputs), \
default=None
            As in `fit`.

        Returns
        -------
        self : GDLinearModel

        Raises
        ------
        ValueError
            If X, y or classes cannot be used or do not belong to the rows before, or
            class_weight is "balanced" or early_stopping True, which need all rows.
        """
        descent = getattr(self, "_descent_", None)
        refuse_what_needs_all_rows(self, self._resolve_loss())
        rows = self._learn_rows(X, y, sample_weight, classes, reset=descent is None)
        options = options_for(self, rows, self._loss_, self._n_classes_)
        options = options_of_stream(self, options)
        cost = Cost(rows, options, self._beside(rows, offset))
        if descent is None:
            # What has not happened in n rows may have a chance of 1 / 2n.
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
                else f"learning_rate={self.learning_rate} is too long a step for these "
                "rows; they were left out. Use learning_rate='auto'."
            )
        self._descent_, self.n_iter_ = descent, descent.epochs
        self.solver_, self.metric_ = self.solver, "diagonal"
        vars(self).update(self._attributes(*cost.parameters(descent.result)))
        return self

    def _learn_rows(self, X, y, sample_weight, classes=None, reset=True):
        """Validate the data; return rows whose y the loss can use."""
        order = getattr(self, "_order_", None)
        if reset and isinstance(self.loss, str) and self.loss == ORDINAL:
            self._order_ = order = ordered_labels(y)
        y = y if order is None else order.codes(y)
        classifies = self._task() == "classification"
        checks = {} if classifies else {"multi_output": True, "y_numeric": True}
        checks["takes_dask"] = not (self.solver in STOCHASTIC or self.early_stopping)
        rows = rows_to_fit(
            self, X, y, sample_weight, accept_sparse="csr", reset=reset, **checks
        )
        self._is_single_ = rows.y.ndim == 1
        known = classes
        if not reset:
            known = getattr(self, "classes_", None)
            check_same_classes(classes, known)
            known = known if order is None else order.codes(known)
        self._dtype_ = str(rows.X.dtype).rpartition(".")[2]
        rows, self._n_classes_ = self._learn_targets(rows.persisted(), known)
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

    def _beside(self, rows, offset):
        """Return the offset as columns beside the rows' outputs, or None."""
        if offset is None:
            return None
        n_outputs = 1 if rows.y.ndim == 1 else rows.y.shape[1]
        n_outputs = self._n_classes_ if self._n_classes_ > 2 else n_outputs
        return offset_beside(offset, rows, n_outputs)

    def _hold_out(self, cost):
        """Return the cost of two parts of the rows, of which one is not fitted."""
        random_state = check_random_state(self.random_state)
        parts = self.validation_fraction, self.n_iter_no_change
        return HeldOut.of(cost, *parts, random_state)

    def _stages(self, cost, theta, options, trace, from_constant, width=None):
        """Return the stages of the descent, each to be walked in turn."""
        self.solver_, self.metric_ = options.solver, options.metric
        random_state = check_random_state(self.random_state)
        if options.solver in STOCHASTIC:
            descent = EpochDescent(options, random_state, trace)
        else:
            descent = Descent(options, random_state, trace, width)
        several = theta.shape[1] > 1 and not self.early_stopping
        if several and goes_by_output(cost, theta):
            alike = {"from_constant": from_constant}
            return stages_by_output(descent, cost, theta, **alike)
        stages = descent.stages
        if options.finds_scale:
            stages = descent.stages_with_scale
        elif options.finds_dispersion:
            stages = descent.stages_with_dispersion
        return stages(cost, theta, from_constant=from_constant)

    def _most_steps(self, y):
        """Return how many steps there may be: of several outputs each may take some."""
        shape = y.shape if hasattr(y, "shape") else np.asarray(y).shape
        n_outputs = shape[1] if len(shape) == 2 else 1
        apart = n_outputs > 1 and self._resolve_loss().has_kink
        return self.max_iter * (1 + n_outputs) if apart else self.max_iter

    def _callbacks_stop(self, context, data, w, intercept):
        """Show the callbacks a step; return whether one of them ends the fit."""
        step = context.subcontext(task_name="step")
        step.call_on_fit_task_begin(estimator=self)
        return step.call_on_fit_task_end(
            estimator=self,
            **data,
            reconstruction_attributes=lambda: self._attributes(w, intercept),
        )

    def _conclude(self, stage):
        """Keep what the last stage says of the optimum; warn if it is not there."""
        if isinstance(stage, Epochs):
            stage.certify()
        if self.solver in STOCHASTIC:
            self._descent_ = stage.continued()
            self._moments_ = stage.cost.columns, stage.cost.original_targets()
        elif stage.cost.penalty.frees_some:
            stage.best = shortest_optimum(stage)
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
        away = None
        if cost.penalty.frees_some and (self.converged_ or ended_by_itself):
            away = escape(cost, stage.best, stage.moves, converged=self.converged_)
        if away is not None and (away.direction is not None or self.converged_):
            names = getattr(self, "feature_names_in_", None)
            warn(away.message(cost.loss, names), ConvergenceWarning)
            self.converged_ = False
        elif not self.converged_ and stage.ended != "stopped":
            self._warn_of(stage)

    def _warn_of(self, stage):
        """Warn that a stage ended above tol."""
        # Who asks for single precision wants no more digits than it has.
        if self._dtype_ == "float64" or not stage.is_level():
            warn(stage.shortfall(), ConvergenceWarning)

    def _resolve_loss(self):
        return loss_of(self)

    def _coefficients(self):
        """Return what a warm start goes on from, or None before the first fit."""
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
        found = {"coef_": coef, "intercept_": intercept}
        if isinstance(self._loss_, Ordinal):
            found["thresholds_"] = -intercept
        return found

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
            # The blobs of scikit-learn's check have no order.
            tags.classifier_tags.poor_score = True
        return tags
