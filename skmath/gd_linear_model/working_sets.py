r"""Descent in the few columns that matter: working sets.

If the penalty has a kink, most coefficients end at zero, and the gradient of all of
them shows which ones: coefficient j stays at zero as long as the slope
:math:`|g_j|` is below its kink :math:`\lambda_j`. A step of this rule

1. adds the columns to the working set that violate this condition most, in units of
   their lengths, and the next ones;
2. minimises the cost over the coefficients of the working set, with all others at zero:
   for a squared error by the lasso of a quadratic, for other losses by Newton steps;
3. evaluates the cost of all columns, whose gradient proves optimality or shows which
   columns are missing.

An iteration reads X once, and the working set's columns a few times. For a squared
error the products of columns are cached, also along a path of strengths. For a sparse
X, sweeps of coordinate descent come first, if Numba is installed.

References
----------
.. [1] M. Massias, A. Gramfort and J. Salmon, "Celer: a fast solver for the lasso with
   dual extrapolation", ICML 2018.
.. [2] Q. Bertrand et al., "Beyond L1: faster and better sparse models with skglm",
   NeurIPS 2022.
"""

import contextlib
import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import sparse

from skmath._rows.rows import one_thread
from skmath.calculus import RULES, Patience, descend, lasso_from
from skmath.calculus.descent import Rule, backtrack
from skmath.calculus.metrics import STILL
from skmath.gd_linear_model.coordinate_descent import CoordinateNewton
from skmath.gd_linear_model.curvature import Curvature
from skmath.gd_linear_model.support_newton import SupportNewton

__all__ = ["WORKING_SETS", "WorkingSets"]

WORKING_SETS = "working_sets"
"""The name of the solver."""

MAX_ADDED = 100
"""Maximum number of columns added to a small working set (a larger one may double): so
many cost less than another pass over X."""

MIN_ADDED = 25
"""Minimum number of columns that are added, including the next candidates."""

ROUGH_TOL = 0.1
"""Relative accuracy to which a working set is solved if columns are missing."""

FINAL_TOL = 1e-7
"""The same if none is missing."""

MAX_SIZE = 4_000
"""Size of a working set above which its systems take longer than plain steps."""

MAX_SIZE_CURVED = 1_500
"""The same for losses whose curvature changes, so that each step has other systems."""

MAX_VIOLATIONS_SPARSE = 1_000
"""Number of columns of a sparse X off their optimum above which no working set is
used."""

SET_PATIENCE = 3
"""Number of steps with the same working set after which only rounding changes."""

SLOPE_RATIO = 1e-2
"""Fraction of its slope at which a restricted descent stops: the next one continues."""

ONE_THREAD = 30_000_000
"""Entries of X below which one thread reads them in a few milliseconds."""

MAX_STEPS = 50
"""Maximum number of steps of a restricted descent in a Hessian's metric."""

MAX_DIAGONAL_STEPS = 500
"""The same in the diagonal metric."""


class WorkingSets(Rule):
    """The rule that minimises the cost over the columns that matter.

    It is a rule for `skmath.calculus.descend`, for a `Cost` whose penalty has a kink.
    """

    def __init__(self):
        self.indices = np.empty(0, dtype=np.intp)
        self.patience, self.fallback = Patience(SET_PATIENCE), None
        self.restricted, self.coordinates = None, CoordinateNewton()

    def advance(self, here, metric, cost, penalty, learning_rate):
        """Return the next point."""
        X = cost.rows.X
        # Short products gain nothing from threads, which wait for one another.
        is_small = X.shape[0] * X.shape[1] < ONE_THREAD
        with one_thread() if is_small else contextlib.nullcontext():
            args = (here, metric, cost, penalty, learning_rate)
            return self.coordinates.advance(*args) or self._next(*args)

    def _next(self, here, metric, cost, penalty, learning_rate):
        """Return the minimiser over the working set, as a point for all columns."""
        if self.fallback is not None:
            return self.fallback.advance(here, metric, cost, penalty, learning_rate)
        quadratic = cost.loss.constant_curvature
        if quadratic:
            self.indices = cost.products.indices
        violations, scores = violations_of(here, metric, penalty)
        added = self._missing(violations, scores, penalty.whole_groups)
        if not self._is_worthwhile(cost, violations, added, here.theta.shape[1]):
            # Continue with a descent in all columns.
            is_supported = cost.loss.smooth_curvature and not cost.coupled
            is_supported = is_supported and hasattr(penalty, "kink_strength")
            self.fallback = SupportNewton() if is_supported else RULES["gd"]()
            return self.fallback.advance(here, metric, cost, penalty, learning_rate)
        if quadratic:
            is_incomplete = np.delete(violations, self.indices).any()
            tol = (ROUGH_TOL if is_incomplete else FINAL_TOL) * violations.max()
            theta = self._on_products(here, metric, cost, penalty, added, tol)
        else:
            theta = self._on_columns(here, cost, added)
        d = theta - here.theta
        new = backtrack(
            lambda step: here.theta + step * d,
            *(here, metric, cost, 1.0, here.value),
            slope=-0.0,
        )
        moves = new is not None and (added.size > 0 or new.value < here.value)
        return None if self.patience.ends(progress=moves) else new

    def _is_worthwhile(self, cost, violations, added, n_outputs):
        """Return True if working sets are faster than steps in all columns."""
        size = self.indices.size + added.size
        if sparse.issparse(cost.rows.X):
            # Products with X are cheap, and a Hessian of its columns is dense.
            return size > 0 and np.count_nonzero(violations) <= MAX_VIOLATIONS_SPARSE
        if cost.loss.constant_curvature or cost.coupled:
            return 0 < size <= MAX_SIZE
        return 0 < size * n_outputs**0.5 <= MAX_SIZE_CURVED

    def _missing(self, violations, scores, whole):
        """Return the columns to add to the working set: those with the lowest scores.

        None are added as long as the working set is farther from its own optimum.
        """
        violation_inside = violations[self.indices].max(initial=0.0)
        outside = violations.copy()
        outside[self.indices] = 0.0
        violating = int(np.count_nonzero(outside))
        if self.indices.size and violation_inside >= outside.max():
            return np.empty(0, dtype=np.intp)
        scores = scores.copy()
        scores[self.indices] = math.inf
        free = int(np.count_nonzero(scores == -math.inf))
        max_added = max(MAX_ADDED, self.indices.size)
        count = free + min(max_added, max(MIN_ADDED, 2 * violating))
        count = min(count, int(np.count_nonzero(scores < math.inf)))
        first = np.sort(np.argsort(scores)[:count])
        return np.setdiff1d(whole(first), self.indices, assume_unique=True)

    def _on_products(self, here, metric, cost, penalty, added, tol):
        """Minimise a squared error over the working set, from products of columns.

        The quadratic is expanded about the current point, with the gradient there, so
        that rounding of the products does not limit the accuracy.
        """
        products = cost.products
        if added.size:
            with one_thread():  # its blocks are small
                products.include(added)
        W, length = products.indices, products.length
        theta, at_mean = here.theta.copy(), here.gradient[-1:, :]
        centre = metric.centre[W]
        g = (here.gradient[W] - centre * at_mean) / length[:, None]
        is_separable = hasattr(penalty, "kink_strength")
        minimise = minimise_separable if is_separable else minimise_joint
        with one_thread():
            theta[W] = minimise(products, here.theta[W], g, penalty.of_columns(W), tol)
        if cost.fit_intercept:
            change = theta[W] - here.theta[W]
            theta[-1:, :] -= at_mean + (centre * change).sum(axis=0, keepdims=True)
        return theta

    def _on_columns(self, here, cost, added):
        """Minimise the cost over the working set, by a descent in its columns."""
        if added.size or self.restricted is None:
            self.indices = np.concatenate([self.indices, added])
            self.restricted = cost.of_columns(self.indices)
        part, rows = self.restricted, np.append(self.indices, here.theta.shape[0] - 1)
        theta = here.theta.copy()
        with one_thread():
            theta[rows] = restricted_minimum(part, theta[rows])
        return theta


def minimise_separable(products, w, g, penalty, tol):
    """Return the minimiser for a penalty that is a sum over coefficients.

    Parameters
    ----------
    products : ColumnProducts
    w : ndarray of shape (n_asked, n_outputs)
        Starting point.
    g : ndarray, shape of w
        Slope of the smooth part there, divided by the columns' lengths.
    penalty : ElasticNet
    tol : float
    """
    kink, ridge, wall = (
        np.broadcast_to(x, w.shape)
        for x in (penalty.kink_strength, penalty.curvature, penalty.positive)
    )
    length, new = products.length, w.copy()
    start = w * length[:, None]
    for j in range(w.shape[1]):
        H, factor = products.with_ridge(ridge[:, j] / length**2, j)
        b = H @ start[:, j] - g[:, j]
        problem = (H, b, kink[:, j] / length, wall[:, j], tol, factor)
        new[:, j] = lasso_from(start[:, j], *problem) / length
    return new


def minimise_joint(products, w, g, penalty, tol):
    """Return the minimiser for a penalty that couples coefficients."""
    length = products.length[:, None] + 0.0 * w
    ridge = penalty.curvature / products.length[:, None] ** 2 + 0.0 * w
    H = np.stack([products.with_ridge(r, 0)[0].copy() for r in ridge.T])
    b = np.stack([A @ x for A, x in zip(H, (w * length).T, strict=True)], axis=1) - g
    return penalty.quadratic_minimum(w, H, b, length, 1.0, tol)


def restricted_minimum(cost, theta):
    """Minimise a cost approximately; the next working set continues from there."""
    metric: Callable[[Any], Any] = Curvature(cost, cost, math.inf)
    rule, max_steps = "gd", MAX_STEPS
    if cost.coupled:
        # The Hessian of one output ignores its coupling to the others.
        diagonal = cost.diagonal_metric(cost.typical_curvature())
        max_steps = MAX_DIAGONAL_STEPS
        # A def would declare the name a second time, with another type.
        metric = lambda point: diagonal  # noqa: E731
    elif not cost.loss.smooth_curvature:
        rule = "newton"
    points = descend(
        cost,
        cost.penalty,
        theta,
        rule=RULES[rule](),
        metric=metric,
        reference=cost.diagonal_metric(),
    )
    for here in itertools.islice(points, max_steps + 1):
        if here.optimality <= SLOPE_RATIO:
            break
    point = here.point
    if rule == "newton":
        # These steps end near a kink; a full proximal step reaches it.
        args = cost, cost.penalty, "auto"
        point = RULES["gd"]().advance(point, metric(point), *args) or point
    return point.theta


def violations_of(point, metric, penalty):
    """Return how far each coefficient is from its optimum, and from leaving zero.

    Parameters
    ----------
    point : Point
    metric : Metric
        Metric whose scale is the columns' mean squares.
    penalty : ElasticNet

    Returns
    -------
    violations : array of shape (n_features,)
        Length of the proximal gradient, the largest of the outputs.
    scores : array of shape (n_features,)
        Distance of the slope from the value at which a coefficient leaves zero, in the
        column's length; minus infinity if it is not zero or not held there by a kink,
        infinity if it cannot move.
    """
    w, at_mean = point.theta[:-1, :], point.gradient[-1:, :]
    g = point.gradient[:-1, :] - metric.centre * at_mean
    length = metric.scale**0.5
    proximal = penalty.prox(w - g / metric.scale, 1 / metric.scale)
    violations = np.abs(proximal - w) * length
    scores = penalty.slack(w, g) / length
    scores = np.where(metric.scale >= STILL, math.inf, scores)
    return violations.max(axis=1), scores.min(axis=1)
