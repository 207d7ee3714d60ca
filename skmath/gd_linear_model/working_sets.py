r"""Descent in the few columns that matter: working sets.

Where the penalty has a kink, most coefficients end at zero, and a gradient of all of
them tells which ones may: coefficient j stays at zero as long as the slope
:math:`|g_j|` is below its kink :math:`\lambda_j`. A step of this rule

1. adds to the working set the columns that miss that by most, measured in their
   lengths, and those that are next to it;
2. minimises the cost over the coefficients of the working set, all others at zero: of a
   squared error the lasso of a quadratic, of other losses Newton's steps;
3. is taken on the cost of all columns, whose gradient is the proof or says what the
   working set lacks.

An iteration reads X once, and the working set's part of it a few times. Products of
columns of a squared error are kept, for the strengths of a path too. In a sparse X
sweeps over the coordinates come first, where Numba compiles them.

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

FEWEST = 100
"""Columns that may be added to any working set, as many as it has to a larger one: so
many cost less than another pass over X."""

NEXT = 25
"""Columns that are added at least: the next ones that will be missed."""

ROUGH = 0.1
"""Share of what is missed to which a working set that lacks columns is solved."""

SOLVED = 1e-7
"""The same of one that lacks none."""

LARGEST = 4_000
"""Columns of a working set above which its systems take longer than plain steps."""

MOST_CURVED = 1_500
"""The same of losses whose curvature changes, so that each step has other systems."""

MOST_SPARSE = 1_000
"""Columns of a sparse X that miss their optimum above which no working set is made."""

SAME_SET = 3
"""Steps with the same working set after which only rounding moves."""

NEARER = 1e-2
"""Share of its slope to which a restricted descent goes: the next one goes on."""

ONE_THREAD = 30_000_000
"""Entries of X below which one thread reads them in a few milliseconds."""

MOST_STEPS = 50
"""Steps of a restricted descent in a Hessian's metric."""

MOST_PLAIN_STEPS = 500
"""The same in the columns' own."""


class WorkingSets(Rule):
    """The rule that minimises the cost over the columns that matter.

    It is one of `skmath.calculus.descend`, for a `Cost` whose penalty has a kink.
    """

    def __init__(self):
        self.indices = np.empty(0, dtype=np.intp)
        self.patience, self.instead = Patience(SAME_SET), None
        self.restricted, self.coordinates = None, CoordinateNewton()

    def advance(self, here, metric, cost, penalty, learning_rate):
        """Return the next point."""
        X = cost.rows.X
        # Short products gain nothing from threads, which wait for one another.
        few = X.shape[0] * X.shape[1] < ONE_THREAD
        with one_thread() if few else contextlib.nullcontext():
            args = (here, metric, cost, penalty, learning_rate)
            return self.coordinates.advance(*args) or self._next(*args)

    def _next(self, here, metric, cost, penalty, learning_rate):
        """Return the minimiser over the working set, as a point of all columns."""
        if self.instead is not None:
            return self.instead.advance(here, metric, cost, penalty, learning_rate)
        quadratic = cost.loss.constant_curvature
        if quadratic:
            self.indices = cost.products.indices
        missed, scores = misses_of(here, metric, penalty)
        more = self._missing(missed, scores, penalty.whole)
        if not self._pays(cost, missed, more, here.theta.shape[1]):
            # From here on a descent in all columns.
            followed = cost.loss.smooth_curvature and not cost.coupled
            followed = followed and hasattr(penalty, "kink_strength")
            self.instead = SupportNewton() if followed else RULES["gd"]()
            return self.instead.advance(here, metric, cost, penalty, learning_rate)
        if quadratic:
            share = ROUGH if np.delete(missed, self.indices).any() else SOLVED
            tol = share * missed.max()
            theta = self._on_products(here, metric, cost, penalty, more, tol)
        else:
            theta = self._on_columns(here, cost, more)
        d = theta - here.theta
        new = backtrack(
            lambda step: here.theta + step * d,
            *(here, metric, cost, 1.0, here.value),
            slope=-0.0,
        )
        moves = new is not None and (more.size > 0 or new.value < here.value)
        return None if self.patience.ends(progress=moves) else new

    def _pays(self, cost, missed, more, n_outputs):
        """Tell whether the working set is worth its systems, and will be."""
        size = self.indices.size + more.size
        if sparse.issparse(cost.rows.X):
            # Products with X are cheap, and a Hessian of its columns is dense.
            return size > 0 and np.count_nonzero(missed) <= MOST_SPARSE
        if cost.loss.constant_curvature or cost.coupled:
            return 0 < size <= LARGEST
        return 0 < size * n_outputs**0.5 <= MOST_CURVED

    def _missing(self, missed, scores, whole):
        """Return the columns to add to the working set: those with the least scores.

        None are added as long as the working set is farther from its own optimum.
        """
        inside = missed[self.indices].max(initial=0.0)
        outside = missed.copy()
        outside[self.indices] = 0.0
        violating = np.count_nonzero(outside)
        if self.indices.size and inside >= outside.max():
            return np.empty(0, dtype=np.intp)
        scores = scores.copy()
        scores[self.indices] = math.inf
        free = np.count_nonzero(scores == -math.inf)
        most = max(FEWEST, self.indices.size)
        count = free + min(most, max(NEXT, 2 * violating))
        count = min(count, np.count_nonzero(scores < math.inf))
        first = np.sort(np.argsort(scores)[:count])
        return np.setdiff1d(whole(first), self.indices, assume_unique=True)

    def _on_products(self, here, metric, cost, penalty, more, tol):
        """Return the minimiser of a squared error over the working set, from moments.

        The quadratic is that about the point where one stands, with the gradient there:
        rounding of the products does not limit what is reached.
        """
        products = cost.products
        if more.size:
            with one_thread():  # its blocks are small
                products.include(more)
        W, length = products.indices, products.length
        theta, at_mean = here.theta.copy(), here.gradient[-1:, :]
        centre = metric.centre[W]
        g = (here.gradient[W] - centre * at_mean) / length[:, None]
        lowest = on_separate if hasattr(penalty, "kink_strength") else on_joint
        with one_thread():
            theta[W] = lowest(products, here.theta[W], g, penalty.of_columns(W), tol)
        if cost.fit_intercept:
            moved = theta[W] - here.theta[W]
            theta[-1:, :] -= at_mean + (centre * moved).sum(axis=0, keepdims=True)
        return theta

    def _on_columns(self, here, cost, more):
        """Return the minimiser over the working set, by a descent in its columns."""
        if more.size or self.restricted is None:
            self.indices = np.concatenate([self.indices, more])
            self.restricted = cost.of_columns(self.indices)
        part, rows = self.restricted, np.append(self.indices, here.theta.shape[0] - 1)
        theta = here.theta.copy()
        with one_thread():
            theta[rows] = restricted_minimum(part, theta[rows])
        return theta


def on_separate(products, w, g, penalty, tol):
    """Return the minimiser for a penalty that is a sum over coefficients.

    Parameters
    ----------
    products : ColumnProducts
    w : ndarray of shape (n_asked, n_outputs)
        Where it is searched from.
    g : ndarray, shape of w
        Slope of the smooth part there, over the columns' lengths.
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


def on_joint(products, w, g, penalty, tol):
    """Return the same for a penalty of several coefficients together."""
    length = products.length[:, None] + 0.0 * w
    ridge = penalty.curvature / products.length[:, None] ** 2 + 0.0 * w
    H = np.stack([products.with_ridge(r, 0)[0].copy() for r in ridge.T])
    b = np.stack([A @ x for A, x in zip(H, (w * length).T, strict=True)], axis=1) - g
    return penalty.quadratic_minimum(w, H, b, length, 1.0, tol)


def restricted_minimum(cost, theta):
    """Return about where a cost is lowest: the next working set goes on from there."""
    metric, rule, most = Curvature(cost, cost, math.inf), "gd", MOST_STEPS
    if cost.coupled:
        # A Hessian of one output leaves out what the others do.
        same, most = cost.diagonal_metric(cost.typical_curvature()), MOST_PLAIN_STEPS

        def metric(point):
            return same

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
    for here in itertools.islice(points, most + 1):
        if here.optimality <= NEARER:
            break
    point = here.point
    if rule == "newton":
        # Its steps end beside a kink, which a whole one reaches.
        args = cost, cost.penalty, "auto"
        point = RULES["gd"]().advance(point, metric(point), *args) or point
    return point.theta


def misses_of(point, metric, penalty):
    """Return by how much each coefficient misses its optimum, and how far it is off.

    Parameters
    ----------
    point : Point
    metric : Metric
        With the columns' mean squares for a scale.
    penalty : ElasticNet

    Returns
    -------
    missed : array of shape (n_features,)
        Length of the proximal gradient, the largest of the outputs.
    scores : array of shape (n_features,)
        How far the slope is from where a coefficient leaves zero, in the column's
        length; minus infinity where it is not at zero or no kink holds it there,
        infinity where it cannot move.
    """
    w, at_mean = point.theta[:-1, :], point.gradient[-1:, :]
    g = point.gradient[:-1, :] - metric.centre * at_mean
    length = metric.scale**0.5
    missed = np.abs(penalty.prox(w - g / metric.scale, 1 / metric.scale) - w) * length
    scores = penalty.slack(w, g) / length
    scores = np.where(metric.scale >= STILL, math.inf, scores)
    return missed.max(axis=1), scores.min(axis=1)
