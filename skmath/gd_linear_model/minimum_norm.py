"""The minimum-norm optimum, for linearly dependent columns without a penalty.

Coefficients w and w + d give the same predictions if X d is constant. Which of them a
descent ends at would depend on rounding, the order of the rows and the format of X.
"""

import numpy as np

from skmath import _arrays
from skmath.calculus.descent import point_at
from skmath.calculus.metrics import ROUNDING, HessianMetric, SingularMetric
from skmath.gd_linear_model.block_sums import linear_outputs

__all__ = ["dependence", "minimum_norm_optimum", "newton_step"]

UNCERTAIN_EIGENVALUE = 1e-6
"""Eigenvalue below which a slope within the tolerance may still be far from the
optimum."""

MAX_COLUMNS = 2000
"""Columns up to which dependent ones are searched: the eigenvalues of more products
would cost as much as the fit."""

DEPENDENT_ROUNDINGS = 4 * ROUNDING
"""Multiple of p rounding units below which an eigenvalue of products with unit diagonal
counts as zero."""


def minimum_norm_optimum(stage):
    """Return the best point of a stage, or the shortest one that is as good.

    The part of the coefficients in the null space of the centred columns is removed,
    after one more Newton step, so that the others are accurate.

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
    if cost.penalty.is_smooth and stage.null is None:
        best = newton_step(stage)
    w, xp = best.theta[:-1, :], _arrays.namespace(best.theta)
    basis = _arrays.to_numpy(basis)
    coefficients = np.linalg.lstsq(basis, _arrays.to_numpy(w), rcond=None)[0]
    d = _arrays.like(basis @ coefficients, w, "same")
    intercept = best.theta[-1:, :]
    if cost.fit_intercept:
        intercept = intercept + cost.columns.mean[None, :] @ d
    theta = xp.concat([w - d, intercept], axis=0)
    limit = best.value + stage.options.tol * abs(best.value)
    if stage.null is not None and not cost(theta)[0] <= limit:
        return best  # Large coefficients that cancel: the null space is not accurate.
    return best._replace(theta=theta)


def _null_space(stage):
    """Return a basis of the w, for free coefficients, with X w constant."""
    cost = stage.cost
    penalised, constrained = cost.penalty.restricted(cost.rows.n_features)
    free = ~(penalised | constrained)
    if stage.null is not None:
        return stage.null
    if isinstance(stage.reference, SingularMetric):
        return stage.reference.null_space()
    # With a null space the last stage would have had a `SingularMetric`.
    metric, smooth = getattr(stage.metric, "metric", None), cost.loss.smooth_curvature
    is_proven = isinstance(metric, HessianMetric) and smooth and cost.penalty.is_smooth
    if is_proven or not free.any() or len(free) > MAX_COLUMNS:
        return np.empty((len(free), 0))
    basis, stage.is_ill_conditioned = dependence(cost, free)
    return basis


def dependence(cost, free):
    """Return the free columns' linear dependencies, as far as their products show them.

    The result is cached.

    Parameters
    ----------
    cost : Cost
    free : ndarray of bool of shape (n_features,)

    Returns
    -------
    basis : ndarray of shape (n_features, n_null)
        Vectors d, for free columns only, with X d constant.
    is_ill_conditioned : bool
        Whether there are further directions whose slopes are lost in rounding.
    """
    if cost.dependence is None:
        cost.dependence = _dependence_of_products(cost, free)
    return cost.dependence


def _dependence_of_products(cost, free):
    products, scale, free = _correlations(cost, free)
    rounding = DEPENDENT_ROUNDINGS * len(free) * _arrays.epsilon(cost.rows.X)
    values, vectors = np.linalg.eigh(products)
    null = vectors[:, values <= rounding]
    is_ill_conditioned = bool((values[values > rounding] < UNCERTAIN_EIGENVALUE).any())
    basis = np.zeros((len(free), null.shape[1]))
    basis[free] = null / scale[:, None]
    # Error of such an eigenvector if all others have eigenvalues above UNCERTAIN.
    tolerance = (
        DEPENDENT_ROUNDINGS
        * len(free)
        * cost.centred_epsilon()
        / UNCERTAIN_EIGENVALUE**0.5
    )
    if null.shape[1] and _outputs_of(cost, basis).max() > tolerance:
        # The products have lost digits that the rows have.
        is_ill_conditioned, basis = True, basis[:, :0]
    return basis / np.linalg.norm(basis, axis=0), is_ill_conditioned


def _outputs_of(cost, basis):
    """Return the length of X d for each column d, about its mean with an intercept."""
    xp = _arrays.namespace(cost.columns.mean)
    d = _arrays.like(basis, cost.columns.mean, "same")
    centre = cost.columns.mean[None, :] @ d
    at_mean = -centre if cost.fit_intercept else 0.0 * centre
    squares = cost.rows.sum(squared_outputs, xp.concat([d, at_mean], axis=0))
    return _arrays.to_numpy(squares) ** 0.5


def squared_outputs(X, y, weight, theta):
    """Return a block's sums of the squares of X w + c."""
    z = linear_outputs(X, theta)
    return _arrays.namespace(z).sum(_arrays.weigh(z * z, weight), axis=0)


def _correlations(cost, free):
    """Return the products of free columns, divided by the columns' scales.

    Parameters
    ----------
    cost : Cost
    free : ndarray of bool of shape (n_features,)

    Returns
    -------
    products : ndarray of shape (n_free, n_free)
        With ones on the diagonal.
    scale : ndarray of shape (n_free,)
    free : ndarray of bool of shape (n_features,)
        Those of the free columns that are not constant, or without an intercept not 0.
    """
    moments = cost.moments_of_columns()
    centred = cost.fit_intercept
    products = moments.significant().scatter if centred else moments.about_zero()
    products = _arrays.to_numpy(products)
    free = free & (np.diag(products) > 0)
    products = products[np.ix_(free, free)]
    scale = np.sqrt(np.diag(products))
    return products / scale / scale[:, None], scale, free


def newton_step(stage):
    """Return the point after a full Newton step, if it is nearer to the optimum.

    Parameters
    ----------
    stage : Stage

    Returns
    -------
    Point
    """
    cost, best, exact = stage.cost, stage.best, stage.reference
    if not isinstance(exact, SingularMetric):
        exact = cost.hessian_metric(best.theta)
    theta = exact.move(best.theta, best.gradient, 1.0, cost.penalty)
    new = point_at(theta, best.step, cost)
    slopes = [stage.reference.slope(point, cost.penalty) for point in (new, best)]
    return new if slopes[0] < slopes[1] else best
