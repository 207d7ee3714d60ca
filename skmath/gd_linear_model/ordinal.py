r"""Proportional odds: the cost for ordered classes, minimised over their thresholds.

The cost of coefficients w and thresholds t is jointly convex. The descent is on its
minimum over t,

.. math:: f(w) = \min_t \; \frac{1}{W} \sum_i v_i L(y_i, x_i^T w, t) + \alpha P(w),

which is again convex in w. At the optimal thresholds t(w)

- its gradient is the partial derivative in w, because that in t is 0;
- its second derivative is the Schur complement :math:`A - B T^{-1} B^T` of the joint
  Hessian, where T is tridiagonal, because a row has at most two thresholds.

So theta has the same form as for any other loss, and descents, penalties and
certificates are shared. Newton's step in w is the one in both: it converges as fast,
however strongly w and t are correlated. Finding t(w) only needs the outputs, which are
n numbers: X is not read again. A constant added to all outputs only shifts t, so the
intercept keeps the outputs centred.

References
----------
.. [1] P. McCullagh, "Regression models for ordinal data", Journal of the Royal
   Statistical Society B, 42(2), 1980.
.. [2] G. Golub and V. Pereyra, "Separable nonlinear least squares: the variable
   projection method and its applications", Inverse Problems, 19(2), 2003.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.linalg import solveh_banded

from skmath import _arrays
from skmath._estimators.targets import as_outputs
from skmath._rows.rows import Rows, is_dask
from skmath.calculus import WithOffset
from skmath.gd_linear_model.block_sums import linear_outputs, targets_and_outputs
from skmath.gd_linear_model.cost import Cost
from skmath.linear_algebra import Triangle, affine
from skmath.statistics import cross_moments, indicators

__all__ = ["OrdinalCost", "cumulative_outputs", "ordered", "threshold_sums"]

NEWTON_STEPS = 200
"""Maximum number of steps for the thresholds; about three are usual."""

STEP_TOL = 1e-12
"""Squared length of a step in T, per unit of weight, below which it is the last one:
the next would be about as long as this square."""

ROUNDING_TOL = 1e-8
"""The same limit if no step lowers the loss any more, for classes with tiny weights."""

SUFFICIENT = 1e-4
"""Fraction of the predicted decrease of the loss that a step must achieve."""

HALVINGS = 60
"""Maximum number of halvings of a step."""

ROUNDING = 16
"""Rounding units that are added to the diagonal of T, which is scaled to 1."""


@dataclass(frozen=True)
class OptimalThresholds:
    """The optimal thresholds at a theta.

    Parameters
    ----------
    theta : array of shape (n_features + 1, 1)
    thresholds : ndarray of shape (n_thresholds,)
    has_converged : bool
        Whether the search has converged.
    """

    theta: Any
    thresholds: Any
    has_converged: bool


class OrdinalCost(Cost):
    """The cost for ordered classes as a function of the coefficients only.

    Parameters
    ----------
    rows : Rows
        Rows with the classes' codes in y.
    options : Options
    offset : array, default=None
        As in `Cost`.
    """

    _optimal: Any = None
    _weights: Any = None

    def __init__(self, rows, options, offset=None):
        super().__init__(rows, replace(options, n_classes=0), offset)
        self.n_ordered = options.n_classes
        self._start = None

    def __call__(self, theta):
        """Return the minimum of the cost over the thresholds, and its gradient.

        It is infinite if the thresholds are not found, so that no step ends there.
        """
        self.take_thresholds(theta)
        value, gradient = super().__call__(theta)
        return value if self._optimal.has_converged else np.inf, gradient

    @property
    def line(self):
        """Not available: this cost along a line needs the rows, so steps are halved."""
        raise AttributeError("line")

    @property
    def has_optimum(self):
        """Whether each class has rows: without any, its thresholds would coincide."""
        return bool((self.class_weights > 0).all())

    @property
    def class_weights(self):
        """Total weights of the classes."""
        if self._weights is None:
            rows = self.rows
            if not is_dask(rows.X):
                rows = Rows(rows.y, rows.y, rows.weight)
            sums = rows.sum(weights_of_classes, self.n_ordered)
            self._weights = _arrays.to_numpy(sums)
        return self._weights

    def of(self, **changes):
        """Return the cost with other rows of the same data, another loss or penalty."""
        cost = super().of(**changes)
        if changes.get("rows") is not None:
            cost._optimal = cost._weights = None
        return cost

    # The thresholds

    def thresholds_at(self, theta):
        """Return the optimal thresholds for the outputs at theta."""
        xp = _arrays.namespace(theta)
        if self._optimal is not None and bool(xp.all(self._optimal.theta == theta)):
            return self._optimal.thresholds
        rows, at = self.rows, theta
        if not is_dask(rows.X):
            # Only the outputs are needed, not X.
            z = _arrays.widen(rows.map(linear_outputs, theta))
            rows, at = Rows(z, rows.y, rows.weight), np.array([[1.0], [0.0]])
            at = _arrays.like(at, z, "same")
        start = self._first_thresholds() if self._start is None else self._start
        optimal = optimal_thresholds(rows, at, self.loss, start, self.weight)
        self._optimal = OptimalThresholds(xp.asarray(theta, copy=True), *optimal)
        self._start = self._optimal.thresholds
        return self._start

    def take_thresholds(self, theta):
        """Set the loss's thresholds to the optimal ones at theta."""
        self.loss = with_thresholds(self.loss, self.thresholds_at(theta))

    def _first_thresholds(self):
        """Return the thresholds for zero outputs, from the class frequencies."""
        weights = self.class_weights
        if not self.has_optimum:
            code = int(np.flatnonzero(weights <= 0)[0])
            raise ValueError(
                f"Some subset of the rows, possibly of a fold, has no row of class "
                f"{code} of 0 to {self.n_ordered - 1}, so that its thresholds are not "
                "determined. Use fewer folds, or remove rare classes."
            )
        shares = np.cumsum(weights)[:-1] / weights.sum()
        with np.errstate(divide="ignore"):
            thresholds = self.plain_loss.cumulative_link.quantile(shares)
        if not (np.isfinite(thresholds).all() and (np.diff(thresholds) > 0).all()):
            raise ValueError(
                f"Class {int(np.argmin(weights))} of 0 to {self.n_ordered - 1} has a "
                "total weight so small that it is lost in rounding: remove it."
            )
        return thresholds

    # Methods of `Cost`, with thresholds

    def mean_loss(self, theta, fitted):
        """Return the mean loss of these rows, with thresholds of the fitted cost."""
        other = self.of()
        other.loss = with_thresholds(self.loss, fitted.thresholds_at(theta))
        return Cost.__call__(other, theta)[0] - self.penalty.value(theta[:-1, :])

    def best_constant(self, least=0.0):
        """Return theta of the best prediction without features: zeros."""
        mean = self.targets.mean
        xp, shape = _arrays.namespace(mean), (self.rows.n_features + 1, 1)
        theta = xp.zeros(shape, dtype=mean.dtype, device=_arrays.device(mean))
        return self.feasible(theta) if hasattr(self.penalty, "project") else theta

    def typical_curvature(self):
        """Return the loss's largest curvature, or 1."""
        return min(self.loss.curvature_bound, 1.0)

    def curvature_moments(self, theta):
        """Return the columns' moments whose scatter is the Schur complement."""
        self.take_thresholds(theta)
        rows = self.rows.in_blocks(widest_output=self.n_ordered, rows_per_feature=1)
        sums = rows.sum(curved_sums, theta, self.loss, self.columns.mean)
        moments, *others = sums
        products, sums, *thresholds = map(_arrays.to_numpy, others)
        centre = moments.mean
        if not hasattr(self.rows.X, "nnz"):
            centre = centre - self.columns.mean
        cross = products - _arrays.to_numpy(centre)[:, None] * sums
        schur_term = cross @ solve_tridiagonal(thresholds, cross.T)
        schur_term = 0.5 * (schur_term + schur_term.T)
        schur_term = _arrays.like(schur_term, moments.scatter, "same")
        return (replace(moments, scatter=moments.scatter - schur_term),)

    def triangles(self, theta, centre, scale):
        """Return the triangular factor of the Schur complement, the last block of one.

        In the factor of the joint Hessian, with thresholds first, it is the block of
        the columns after eliminating the thresholds.
        """
        self.take_thresholds(theta)
        widest = self.n_ordered + self.rows.n_features
        rows = self.rows.in_blocks(dense=True, widest_output=widest, rows_per_feature=2)
        scale = scale * self.weight**0.5
        triangle, *sums = rows.sum(pair_triangle, theta, self.loss, centre, scale)
        n_thresholds = self.n_ordered - 1
        gaps = np.zeros((n_thresholds - 1, triangle.R.shape[1]))
        at = np.arange(n_thresholds - 1)
        gaps[at, at], gaps[at, at + 1] = 1.0, -1.0
        gaps *= _arrays.to_numpy(sums[0])[:, None] ** 0.5
        whole = triangle + Triangle(_arrays.like(gaps, triangle.R, "same"))
        return (Triangle(whole.R[n_thresholds:, n_thresholds:]),)

    def parameters(self, theta):
        """Return the coefficients, and the intercept minus each threshold."""
        thresholds = _arrays.like(self.thresholds_at(theta), theta, "same")
        return theta[:-1, :], theta[-1, 0] - thresholds

    def like_theta(self, w, intercept):
        """Return a theta for w with centred outputs, to continue a search.

        Parameters
        ----------
        w : array of shape (n_features, 1)
        intercept : array of shape (1, n_thresholds)
            As returned by `parameters`.
        """
        mean = self.targets.mean
        w = _arrays.like(w, mean, "same")
        centre = -(self.columns.mean[None, :] @ w)
        theta = _arrays.namespace(mean).concat([w, centre], axis=0)
        theta = self.feasible(theta) if hasattr(self.penalty, "project") else theta
        self._start = float(centre[0, 0]) - _arrays.to_numpy(intercept)[0].astype(float)
        return theta


def with_thresholds(loss, thresholds):
    """Return a loss, or one with an offset, with other thresholds."""
    if isinstance(loss, WithOffset):
        return replace(loss, loss=with_thresholds(loss.loss, thresholds))
    return replace(loss, thresholds=thresholds)


def optimal_thresholds(rows, theta, loss, start, weight):
    """Return the thresholds with the lowest loss for the outputs at theta.

    It uses Newton's method with step halving. Thresholds that coincide have an infinite
    loss, so they stay in order.

    Parameters
    ----------
    rows : Rows
    theta : array of shape (n_features + 1, 1)
    loss : Ordinal, or one with an offset
    start : ndarray of shape (n_thresholds,)
    weight : float
        Sum of the weights of the rows.

    Returns
    -------
    t : ndarray of shape (n_thresholds,)
    has_converged : bool
    """
    t, current = start, sums_at(rows, theta, loss, start)
    for _ in range(NEWTON_STEPS):
        if not np.isfinite(current.value):
            return t, False
        step = solve_tridiagonal(current.thresholds, current.slope)
        square, share = float(step @ current.slope), 1.0
        if square <= STEP_TOL * weight:
            return (t - step if (np.diff(t - step) > 0).all() else t), True
        for _ in range(HALVINGS):
            candidate = sums_at(rows, theta, loss, t - share * step)
            if candidate.value <= current.value - SUFFICIENT * share * square:
                break
            share /= 2
        else:
            return t, square <= ROUNDING_TOL * weight
        t, current = t - share * step, candidate
    return t, False


@dataclass(frozen=True)
class ThresholdSums:
    """The loss at given thresholds, with its derivatives.

    Parameters
    ----------
    value : float
    slope : ndarray of shape (n_thresholds,)
    thresholds : tuple of ndarrays
        Diagonal and off-diagonal of the second derivative.
    """

    value: float
    slope: Any
    thresholds: Any


def sums_at(rows, theta, loss, t):
    """Return the `ThresholdSums`, with an infinite value if t is not in order."""
    if not (np.diff(t) > 0).all():
        return ThresholdSums(np.inf, None, None)
    sums = rows.sum(threshold_sums, theta, with_thresholds(loss, t))
    value, slope, *diagonals = map(_arrays.to_numpy, sums)
    return ThresholdSums(float(value), slope, diagonals)


def cumulative_outputs(X, w, intercepts):
    """Return X w minus each threshold: the link of P(y > k)."""
    return affine(X, w, 0 * intercepts[:1]) + intercepts


# Statistics of a block


def weights_of_classes(X, y, weight, n_classes):
    """Return the total weight of each class in a block."""
    codes = _arrays.to_numpy(as_outputs(y, X))[:, 0].astype(np.int64)
    weight = None if weight is None else _arrays.to_numpy(weight)
    return np.bincount(codes, weight, minlength=n_classes).astype(float)


def ordered(X, y, theta, loss):
    """Return a block's targets and outputs, with an offset added, and the loss."""
    y, z = targets_and_outputs(X, y, theta, 0)
    if isinstance(loss, WithOffset):
        y, z = loss.at(y, z)
        loss = loss.loss
    return y, z, loss


def threshold_sums(X, y, weight, theta, loss):
    """Return a block's sums of the loss, its slope in t, and T's diagonals."""
    y, z, loss = ordered(X, y, theta, loss)
    terms, n_classes = loss.terms(y, z), len(loss.thresholds) + 1
    return sums_of_thresholds(y, terms, weight, n_classes)


def sums_of_thresholds(y, terms, weight, n_classes):
    """Return these sums from the `IntervalTerms` of a block's rows."""
    columns = [
        _arrays.to_numpy(_arrays.weigh(column, weight))[:, 0]
        for column in (terms.value, *terms[2:])
    ]
    codes = _arrays.to_numpy(y)[:, 0].astype(np.int64)
    value, at_a, at_b, bend_a, bend_b, between = (
        np.bincount(codes, column, minlength=n_classes) for column in columns
    )
    return (
        value.sum(),
        at_a[1:] - at_b[:-1],
        (bend_a + between)[1:] + (bend_b + between)[:-1],
        -between[1:-1],
    )


def curved_sums(X, y, weight, theta, loss, centre):
    """Return the moments of X weighted by the curvature, and sums for the thresholds.

    Returns
    -------
    moments : CrossMoments
    products : array of shape (n_features, n_thresholds)
        Sum of x g', with the mixed second derivatives g in z and minus each threshold.
        A dense x is centred.
    sums : array of shape (n_thresholds,)
        Sum of g.
    diagonal, beside : ndarrays
        Diagonal and off-diagonal of T.
    """
    y, z, loss = ordered(X, y, theta, loss)
    xp, terms = _arrays.namespace(z), loss.terms(y, z)
    _, _, *diagonals = sums_of_thresholds(y, terms, weight, len(loss.thresholds) + 1)
    h = _arrays.weigh(terms.bend_a + terms.bend_b, weight)[:, 0]
    # Far from the thresholds the curvature underflows: keep it positive.
    h = xp.clip(h, _arrays.epsilon(h) ** 2 * (float(xp.max(h)) or 1.0), None)
    moments = cross_moments(X, None, h)
    members = indicators(y[:, 0], len(loss.thresholds) + 1, z)
    G = members[:, :-1] * terms.bend_b + members[:, 1:] * terms.bend_a
    G = _arrays.weigh(G, weight)
    X = _arrays.centre(X, centre) if _arrays.is_array(X) else X
    return moments, X.T @ G, xp.sum(G, axis=0), *diagonals


def pair_triangle(X, y, weight, theta, loss, centre, scale):
    """Return the `Triangle` of a block's pairs, and the sums that couple thresholds.

    Each row gives a pair, one for each of its thresholds, with a column for each
    threshold first.
    """
    *_, between = threshold_sums(X, y, weight, theta, loss)
    y, z, loss = ordered(X, y, theta, loss)
    xp, terms, n_classes = _arrays.namespace(z), loss.terms(y, z), len(between) + 2
    members = indicators(y[:, 0], n_classes, z)
    X = (_arrays.widen(X) - centre[:, 0]) / scale[:, 0]
    parts = [
        xp.concat([-one, X], axis=1) * _arrays.weigh(bend, weight) ** 0.5
        for one, bend in (
            (members[:, :-1], terms.bend_b),
            (members[:, 1:], terms.bend_a),
        )
    ]
    return Triangle(_arrays.triangle(xp.concat(parts, axis=0))), -between


def solve_tridiagonal(matrix, right):
    """Solve a symmetric tridiagonal system, after scaling its diagonal to 1."""
    diagonal, beside = matrix
    scale = np.sqrt(np.maximum(diagonal, np.finfo(float).tiny))
    size = scale.reshape((-1,) + (1,) * (right.ndim - 1))
    if len(scale) == 1:
        return right / size / size
    bands = np.ones((2, len(scale)))
    bands[0] += ROUNDING * np.finfo(float).eps
    bands[1, :-1], bands[1, -1] = beside / scale[1:] / scale[:-1], 0.0
    return solveh_banded(bands, right / size, lower=True) / size
