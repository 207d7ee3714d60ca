"""The shortest of the optima, where columns depend on each other and nothing penalises.

Coefficients w and w + d predict the same where X d is constant. Which of them a descent
ends at would depend on rounding, the order of the rows and how X is stored.
"""

import numpy as np

from skmath import _arrays
from skmath.calculus import Point
from skmath.calculus.metrics import ROUNDING, HessianMetric

__all__ = ["shortest_optimum"]

COLUMNS = 2000
"""Columns up to which is looked for dependent ones: the eigenvalues of more products
would cost what the fit did."""

DEPENDENT = 4 * ROUNDING
"""Multiple of p rounding units below which an eigenvalue of products with ones on the
diagonal is rounding; those of a `HessianMetric` are raised by a quarter of it."""


def shortest_optimum(stage):
    """Return the best point of a stage, or the shortest one that is as good.

    After one more step of Newton's, since the optimum has to be known to more digits
    than the tolerance asks for, what the coefficients have in the null space of the
    centred columns is taken out.

    Parameters
    ----------
    stage : Stage

    Returns
    -------
    Point
    """
    cost, best = stage.cost, stage.best
    free = _unpenalised(cost)
    if not free.any() or len(free) > COLUMNS or _are_independent(stage, free):
        return best
    basis = _null_space(cost, free)
    if not basis.shape[1]:
        return best
    if cost.loss.smooth_curvature:
        best = _newton_step(stage)
    w, xp = best.theta[:-1, :], _arrays.namespace(best.theta)
    basis = _arrays.like(basis, w, "same")
    d = basis @ (basis.T @ w)
    intercept = best.theta[-1:, :]
    if cost.fit_intercept:
        intercept = intercept + cost.columns.mean[None, :] @ d
    return best._replace(theta=xp.concat([w - d, intercept], axis=0))


def _unpenalised(cost):
    """Return which columns have coefficients that may be any number at no cost."""
    penalty, n = cost.penalty, cost.rows.n_features
    if not hasattr(penalty, "kink_strength"):
        return np.zeros(n, dtype=bool)
    parts = (penalty.kink_strength, penalty.curvature, penalty.positive)
    parts = [
        _arrays.to_numpy(p) if _arrays.is_array(p) else np.asarray(p) for p in parts
    ]
    charged = sum(np.broadcast_to(np.atleast_2d(p != 0).any(axis=1), n) for p in parts)
    return charged == 0


def _are_independent(stage, free):
    """Tell whether the curvature that the descent used proves the columns independent.

    That of some rows does: dependent columns are so in all of them.
    """
    metric = getattr(stage.metric, "metric", None)
    if not (isinstance(metric, HessianMetric) and stage.cost.loss.smooth_curvature):
        return False
    H = _arrays.to_numpy(metric.hessian[0, ...])[np.ix_(free, free)]
    try:
        np.linalg.cholesky(H - _rounding(stage.cost) * np.eye(len(H), dtype=H.dtype))
    except np.linalg.LinAlgError:
        return False  # some eigenvalue is no more than rounding
    return True


def _rounding(cost):
    return DEPENDENT * cost.rows.n_features * _arrays.epsilon(cost.rows.X)


def _null_space(cost, free):
    """Return an orthonormal basis of the d, of free columns only, with X d constant."""
    moments = cost.column_products()
    centred = cost.fit_intercept
    products = moments.significant().scatter if centred else moments.about_zero()
    products = _arrays.to_numpy(products)
    free = free & (np.diag(products) > 0)
    products = products[np.ix_(free, free)]
    scale = np.sqrt(np.diag(products))
    values, vectors = np.linalg.eigh(products / scale / scale[:, None])
    null = vectors[:, values <= _rounding(cost)]
    basis = np.zeros((len(free), null.shape[1]))
    basis[free] = np.linalg.qr(null / scale[:, None])[0]
    return basis


def _newton_step(stage):
    """Return the point to which a whole step leads, if it is nearer to the optimum."""
    cost, best = stage.cost, stage.best
    metric = cost.hessian_metric(best.theta)
    theta = metric.move(best.theta, best.gradient, 1.0, cost.penalty)
    new = Point(theta, *cost(theta), best.step)
    slopes = [stage.reference.slope(point, cost.penalty) for point in (new, best)]
    return new if slopes[0] < slopes[1] else best
