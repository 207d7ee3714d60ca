r"""Linear models by gradient descent.

The game of the seed: on a mountain, blindfolded, one feels where the ground descends,
takes a step that way, and repeats. The ground is the cost

.. math:: F(w, c) = \frac{1}{W} \sum_i v_i L(y_i, x_i^T w + c) + \alpha P(w)

with weights :math:`v_i`, their sum W, a loss L and a penalty P, and two things are
repeated:

1. compute the gradient, the first derivative at the point where one stands: a sum over
   the rows of X;
2. move in the opposite direction, by alpha times the gradient (the seed's alpha is the
   ``learning_rate`` here).

An iteration costs O(n p) time (O(n p^2) in the Hessian's metric) and reads X once
(twice); memory beside X is that of a block and of the metric.

References
----------
J. Nocedal and S. J. Wright, *Numerical Optimization*, 2nd edition, 2006, chapter 3.
"""

import math
import warnings
from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator, _fit_context
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions

from skmath import _arrays
from skmath._cost import Cost
from skmath._fit import all_or_nothing
from skmath._registry import Configuration, Entry, Task
from skmath._rows import rows_to_fit
from skmath._targets import TaskByLossMixin
from skmath.calculus import LOSSES, PENALTIES, descend, resolve_loss

__all__ = ["GDLinearModel"]

PATIENCE = 200
"""Steps without a lower or flatter point after which only rounding moves a descent."""

HESSIAN_COLUMNS = 500
"""Columns up to which ``metric="auto"`` solves linear systems."""


class GDLinearModel(TaskByLossMixin, BaseEstimator):
    r"""Linear model of any loss, fitted by gradient descent to a certified optimum.

    Minimises the weighted mean of the loss plus alpha times the penalty; the intercept
    is not penalised. The loss makes it a regressor or a classifier.

    Parameters
    ----------
    loss : {"squared_error", "huber", "log_loss"} or object, default="squared_error"
        "squared_error" is half the squared error, "huber" its robust version,
        "log_loss" logistic regression, multinomial for more than two classes. An object
        has the methods that `skmath.calculus.losses` lists.
    penalty : {"l2", "l1", "elasticnet"} or None, default="l2"
        l2 is half the sum of squares, l1 the sum of absolute values.
    alpha : float, default=1e-4
        Strength of the penalty.
    l1_ratio : float, default=0.5
        Share of l1 in "elasticnet".
    fit_intercept : bool, default=True
        Whether there is an intercept.
    metric : {"auto", "identity", "diagonal", "hessian"}, default="auto"
        In which a direction is steepest. "identity" is the seed's descent and depends
        on the columns' units; "diagonal" measures each column in its standard
        deviation; "hessian" in the curvature of the cost, which is Newton's direction.
        "auto" is "hessian" up to 500 columns where loss and penalty are smooth, else
        "diagonal". The cost that is minimised is the same.
    learning_rate : float or "auto", default="auto"
        The seed's alpha: the length of a step. "auto" finds a length for each step by
        backtracking, and cannot diverge.
    max_iter : int, default=1000
        Steps at most.
    tol : float, default=1e-6
        `optimality_` at which the descent ends.

    Attributes
    ----------
    coef_ : array of shape (n_features,) or (n_outputs, n_features)
        For a classifier (1, n_features) or (n_classes, n_features).
    intercept_ : float or array of shape (n_outputs,)
    classes_ : array of shape (n_classes,)
        Sorted labels; classifiers only.
    n_iter_ : int
        Steps taken.
    loss_curve_ : list of n_iter_ + 1 floats
        Cost before each step and at the end.
    step_sizes_ : list of n_iter_ floats
        Lengths of the steps in the metric used.
    optimality_ : float
        Length of the proximal gradient, each column in its standard deviation, relative
        to that of the gradient at the best constant prediction: 0 at the optimum.
    converged_ : bool
        Whether optimality_ is within tol.
    metric_ : {"identity", "diagonal", "hessian"}
        What ran.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X has them all as strings.

    See Also
    --------
    sklearn.linear_model.SGDRegressor : Noisy gradients; needs scaled columns.
    sklearn.linear_model.LogisticRegression : Its C is 1 / (alpha n_samples).

    Notes
    -----
    ========================================  =======================================
    scikit-learn                              here
    ========================================  =======================================
    Ridge(alpha=a)                            squared_error, alpha = a / n_samples
    Lasso(alpha=a), ElasticNet(alpha=a)       squared_error, l1, elasticnet, alpha = a
    LogisticRegression(C=c)                   log_loss, alpha = 1 / (c n_samples)
    SGDClassifier(loss="log_loss", alpha=a)   log_loss, alpha = a
    ========================================  =======================================

    References
    ----------
    .. [1] J. Nocedal and S. J. Wright, *Numerical Optimization*, 2nd edition, 2006,
       sections 3.1 and 3.3.
    .. [2] J. Barzilai and J. M. Borwein, "Two-point step size gradient methods", IMA J.
       Numer. Anal., 8(1), 1988.

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

    _parameter_constraints = {
        "loss": [StrOptions(set(LOSSES)), HasMethods(["value", "gradient", "link"])],
        "penalty": [StrOptions({"l2", "l1", "elasticnet"}), None],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "l1_ratio": [Interval(Real, 0, 1, closed="both")],
        "fit_intercept": ["boolean"],
        "metric": [StrOptions({"auto", "identity", "diagonal", "hessian"})],
        "learning_rate": [
            StrOptions({"auto"}),
            Interval(Real, 0, None, closed="neither"),
        ],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
    }

    _fitted = "coef_"

    def __init__(
        self,
        loss="squared_error",
        *,
        penalty="l2",
        alpha=1e-4,
        l1_ratio=0.5,
        fit_intercept=True,
        metric="auto",
        learning_rate="auto",
        max_iter=1000,
        tol=1e-6,
    ):
        self.loss = loss
        self.penalty = penalty
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.fit_intercept = fit_intercept
        self.metric = metric
        self.learning_rate = learning_rate
        self.max_iter = max_iter
        self.tol = tol

    @_fit_context(prefer_skip_nested_validation=True)
    @all_or_nothing
    def fit(self, X, y, sample_weight=None):
        """Descend from the best constant prediction.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Numbers for a regression, labels for a classification.
        sample_weight : array-like of shape (n_samples,), default=None
            A weight of 2 is the same row twice.

        Returns
        -------
        self : GDLinearModel

        Raises
        ------
        ValueError
            If X or y cannot be used, or y holds one class only.

        Warns
        -----
        ConvergenceWarning
            If the descent did not reach tol, or a given learning_rate diverged.
        """
        task = {"multi_output": True, "y_numeric": True}
        if self._task() == "classification":
            task = {}
        rows = rows_to_fit(self, X, y, sample_weight, accept_sparse="csr", **task)
        rows, n_classes = self._learn_targets(rows.kept())
        loss = resolve_loss(self.loss)
        penalty = PENALTIES[self.penalty](self.alpha, self.l1_ratio)
        cost = Cost(rows, loss, penalty, n_classes, self.fit_intercept)
        metric, reference = self._choose_metric(cost)
        path = descend(
            cost,
            penalty,
            cost.best_constant(),
            metric=metric,
            reference=reference,
            learning_rate=self.learning_rate,
        )
        theta = self._follow(path, _arrays.epsilon_of_input(rows.X))
        self._store(theta, rows, n_classes)
        return self

    def _choose_metric(self, cost):
        """Return the metric of the steps, as a function of theta, and the reference."""
        diagonal = cost.diagonal_metric()
        self.metric_ = self.metric
        if self.metric == "auto":
            few = cost.rows.n_features <= HESSIAN_COLUMNS
            smooth = cost.loss.smooth_curvature and not cost.penalty.kink_strength
            solvable = few and smooth
            self.metric_ = "hessian" if solvable else "diagonal"
        if self.metric_ == "hessian" and cost.penalty.kink_strength:
            raise ValueError(
                f"metric='hessian' cannot follow the kink of penalty={self.penalty!r}; "
                "use metric='diagonal'."
            )
        metrics = {
            "identity": lambda theta: cost.identity_metric(),
            "diagonal": lambda theta: diagonal,
            "hessian": cost.hessian_metric,
        }
        return metrics[self.metric_], diagonal

    def _follow(self, path, eps):
        """Walk the path to its end, or to the best point met if that is not level."""
        values, steps, best = [], [], None
        flattest, stalled = math.inf, 0
        with np.errstate(over="ignore", invalid="ignore"):
            for here in path:
                if best is None and not math.isfinite(here.value):
                    raise ValueError(
                        "Input y contains values so large that the loss overflows. "
                        "Divide y by a constant first."
                    )
                values.append(here.value)
                steps.append(here.step)
                level = here.optimality <= self.tol
                lower = best is None or here.value < best.value - eps * abs(best.value)
                flatter = here.optimality < flattest
                stalled = 0 if lower or flatter else stalled + 1
                flattest = min(flattest, here.optimality)
                if level or best is None or here.value < best.value:
                    best = here
                ended = stalled > PATIENCE or not math.isfinite(here.value)
                if level or ended or len(steps) > self.max_iter:
                    break
        self.loss_curve_, self.step_sizes_ = values, steps[1:]
        self.n_iter_ = len(steps) - 1
        self.optimality_ = best.optimality
        self.converged_ = self.optimality_ <= self.tol
        self._warn_unless_converged()
        return best.theta

    def _warn_unless_converged(self):
        if self.converged_:
            return
        what = f"optimality_ is {self.optimality_:.1e}, above tol={self.tol:g}"
        if not self.loss_curve_[-1] <= self.loss_curve_[0]:
            what += (
                f"; learning_rate={self.learning_rate!r} is too long a step and "
                "diverged, the best point met is kept. Use learning_rate='auto'."
            )
        elif self.n_iter_ >= self.max_iter:
            what += f" after max_iter={self.max_iter} steps. Raise max_iter or tol."
        else:
            what += ": no step lowers the cost further in this precision. Raise tol."
        warnings.warn(what, ConvergenceWarning, stacklevel=4)

    def _store(self, theta, rows, n_classes):
        """Set coef_ and intercept_ in X's dtype and in scikit-learn's shapes."""
        xp = _arrays.namespace(theta)
        theta = xp.astype(theta, _arrays.float_dtype(rows.X, xp))
        self.coef_, self.intercept_ = theta[:-1, :].T, theta[-1, :]
        if not n_classes and rows.y.ndim == 1:
            self.coef_, self.intercept_ = self.coef_[0, :], self.intercept_[0]

    def _outputs(self):
        xp = _arrays.namespace(self.coef_)
        coef = xp.reshape(self.coef_, (-1, self.coef_.shape[-1]))
        return _linear, (coef, xp.reshape(xp.asarray(self.intercept_), (-1,)))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.array_api_support = True
        return tags


def _linear(X, coef, intercept):
    return X @ coef.T + intercept


def _tasks():
    from sklearn.datasets import load_breast_cancer, load_diabetes
    from sklearn.feature_selection import VarianceThreshold
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.model_selection import KFold, StratifiedKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    strengths = [1e-4, 1e-3, 1e-2]

    def breast_cancer(data, preparation, peer):
        return Task(
            data=data,
            load=lambda: load_breast_cancer(return_X_y=True),
            ours=make_pipeline(preparation, GDLinearModel("log_loss")),
            grid={"gdlinearmodel__alpha": strengths},
            peer=make_pipeline(preparation, peer),
            peer_grid={"logisticregression__C": [1 / (455 * a) for a in strengths]},
            scoring="accuracy",
            metric="accuracy",
            cv=StratifiedKFold(5, shuffle=True, random_state=0),
        )

    return [
        Task(
            data="diabetes, unscaled",
            load=lambda: load_diabetes(return_X_y=True, scaled=False),
            ours=make_pipeline(VarianceThreshold(), GDLinearModel()),
            grid={"gdlinearmodel__alpha": strengths},
            peer=make_pipeline(VarianceThreshold(), Ridge()),
            peer_grid={"ridge__alpha": [a * 353 for a in strengths]},
            scoring="r2",
            metric="R2",
            cv=KFold(5, shuffle=True, random_state=0),
        ),
        # The same cost on the same columns; lbfgs would not reach its optimum unscaled.
        breast_cancer(
            "breast cancer, unscaled",
            VarianceThreshold(),
            LogisticRegression(solver="newton-cholesky"),
        ),
        breast_cancer("breast cancer, scaled", StandardScaler(), LogisticRegression()),
    ]


_ANY = ("numpy", "memmap", "sparse", "dask", "array_api")

ENTRY = Entry(
    estimator=GDLinearModel,
    counterpart="SGDRegressor, Ridge, LogisticRegression",
    adds="no scaling needed, cannot diverge, certified optimum, any loss",
    configurations=(
        Configuration({}, _ANY),
        Configuration({"loss": "log_loss"}, _ANY),
        # Descents that stop short of the optimum stop at places that rounding chooses:
        # weights equal repetitions to the checks' 1e-7 only at a tighter tol.
        Configuration({"loss": "huber", "tol": 1e-11, "max_iter": 10_000}, _ANY),
        Configuration(
            {
                "penalty": "elasticnet",
                "alpha": 1e-3,
                "tol": 1e-11,
                "max_iter": 10_000,
            },
            _ANY,
        ),
        Configuration({"loss": "log_loss", "penalty": "l1", "alpha": 1e-2}, _ANY),
    ),
    tasks=_tasks,
    display="DescentDisplay",
)
