"""The shortest of the optima, where columns depend on each other and nothing penalises.

Coefficients w and w + d predict the same where X d is constant. Which of them a descent
ends at would depend on rounding, the order of the rows and how X is stored.
"""

import numpy as np

from skmath import _arrays
from skmath.calculus import Point
from skmath.calculus.metrics import ROUNDING, HessianMetric, SingularMetric

__all__ = ["shortest_optimum"]

UNCERTAIN = 1e-6
"""Eigenvalue below which a slope at the tolerance may be that of a long way down."""

MOST_COLUMNS = 2000
"""Columns up to which is looked for dependent ones: the eigenvalues of more products
would cost what the fit did."""

DEPENDENT = 4 * ROUNDING
"""Multiple of p rounding units below which an eigenvalue of products with ones on the
diagonal is rounding."""


def shortest_optimum(stage):
    """Return the best point of a stage, or the shortest one that is as good.

    What the coefficients have in the null space of the centred columns is taken out,
    after one more step of Newton's: the others are to be known to as many digits.

    Parameters
    ----------
    stage : Stage

    Returns
    -------
    Point
    """
    cost, best = stage.cost, stage.best
    basis = _null_space(stage)
    if not basis.shape[1]:
        return best
    if cost.penalty.is_smooth:
        best = _newton_step(stage)
    w, xp = best.theta[:-1, :], _arrays.namespace(best.theta)
    basis = _arrays.like(basis, w, "same")
    d = basis @ (xp.matrix_transpose(basis) @ w)
    intercept = best.theta[-1:, :]
    if cost.fit_intercept:
        intercept = intercept + cost.columns.mean[None, :] @ d
    return best._replace(theta=xp.concat([w - d, intercept], axis=0))


def _null_space(stage):
    """Return a basis of the w, of coefficients that are free, with X w constant."""
    cost = stage.cost
    charged, walled = cost.penalty.holds(cost.rows.n_features)
    free = ~(charged | walled)
    if isinstance(stage.reference, SingularMetric):
        return stage.reference.null_space()
    # Had there been one, the last stage would have had that metric.
    metric, smooth = getattr(stage.metric, "metric", None), cost.loss.smooth_curvature
    proven = isinstance(metric, HessianMetric) and smooth and cost.penalty.is_smooth
    if proven or not free.any() or len(free) > MOST_COLUMNS:
        return np.empty((len(free), 0))
    return _null_space_of_products(stage, free)


def _null_space_of_products(stage, free):
    """Return an orthonormal basis of the d, of free columns only, with X d constant.

    Note whether there are others that are too short for their slopes to be known.
    """
    cost = stage.cost
    moments = cost.moments_of_columns()
    centred = cost.fit_intercept
    products = moments.significant().scatter if centred else moments.about_zero()
    products = _arrays.to_numpy(products)
    free = free & (np.diag(products) > 0)
    products = products[np.ix_(free, free)]
    scale = np.sqrt(np.diag(products))
    rounding = DEPENDENT * len(free) * _arrays.epsilon(cost.rows.X)
    values, vectors = np.linalg.eigh(products / scale / scale[:, None])
    null = vectors[:, values <= rounding]
    stage.hides_some = bool((values[values > rounding] < UNCERTAIN).any())
    basis = np.zeros((len(free), null.shape[1]))
    basis[free] = np.linalg.qr(null / scale[:, None])[0]
    return basis


def _newton_step(stage):
    """Return the point to which a whole step leads, if it is nearer to the optimum."""
    cost, best, exact = stage.cost, stage.best, stage.reference
    if not isinstance(exact, SingularMetric):
        exact = cost.hessian_metric(best.theta)
    theta = exact.move(best.theta, best.gradient, 1.0, cost.penalty)
    new = Point(theta, *cost(theta), best.step)
    slopes = [stage.reference.slope(point, cost.penalty) for point in (new, best)]
    return new if slopes[0] < slopes[1] else best
