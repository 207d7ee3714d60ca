"""Statistics of a linear model's cost over a block of rows.

Each is a statistic for `skmath._rows.rows.Rows.sum`, or a part of one.
"""

import copy

from skmath import _arrays
from skmath._estimators.targets import as_outputs
from skmath.calculus import WithOffset
from skmath.linear_algebra import Triangle, affine
from skmath.statistics import column_moments, cross_moments


def of_columns(rows, indices):
    """Return the same rows with a copy of some of the columns of X."""
    rows = copy.copy(rows)
    rows.X, rows.n_features = rows.X[:, indices], indices.size
    return rows


def moments_of_targets(X, y, weight, loss, n_classes):
    """Return the moments of a block's targets, without offset columns."""
    y = as_outputs(y, X, n_classes)
    if isinstance(loss, WithOffset):
        y = loss.targets(y)
    return column_moments(y, None, weight)


def less_offset(y, n_targets):
    """Return the targets minus the offset in the columns after them."""
    return y[:, :n_targets] - y[:, n_targets:]


def sums_at_constant(X, y, weight, c, loss):
    """Return a block's sums of the loss at constant outputs, and of its derivatives."""
    xp = _arrays.namespace(c)
    y = as_outputs(y, X)
    z = xp.zeros_like(loss.targets(y)) + _arrays.like(c, y, "same")
    value, slope = loss.value_and_gradient(y, z)
    sums = (value[:, None], slope, loss.curvature(y, z))
    value, *rest = (xp.sum(_arrays.weigh(s, weight), axis=0) for s in sums)
    return value[0], *rest


def loss_and_gradient(X, y, weight, theta, loss, n_classes):
    """Return a block's sums of the loss and of its gradient in theta."""
    xp = _arrays.namespace(theta)
    y, z = targets_and_outputs(X, y, theta, n_classes)
    value, residual = loss.value_and_gradient(y, z)
    value = xp.sum(_arrays.weigh(value, weight))
    residual = _arrays.weigh(residual, weight)
    at_intercept = xp.sum(residual, axis=0, keepdims=True)
    return value, xp.concat([X.T @ residual, at_intercept], axis=0)


def curved_product(X, h, weight, d):
    """Return a block's product of its Hessian with d, for the curvature h."""
    bent = h * linear_outputs(X, d)
    return X.T @ bent, _arrays.namespace(bent).sum(bent, axis=0, keepdims=True)


def curved_squares(X, h, weight):
    """Return a block's sums of h times X squared, h times X, and h."""
    squares = X * X if _arrays.is_array(X) else X.power(2)
    return squares.T @ h, X.T @ h, _arrays.namespace(h).sum(h, axis=0, keepdims=True)


def curvature_moments(X, y, weight, theta, loss, n_classes):
    """Return X's moments weighted by the loss's curvature, one per output."""
    y, z = targets_and_outputs(X, y, theta, n_classes)
    h = _arrays.weigh(loss.curvature(y, z), weight)
    xp = _arrays.namespace(h)
    if loss.smooth_curvature:
        # Far from the decision boundary the curvature underflows: keep it positive.
        h = xp.clip(h, _arrays.epsilon(h) ** 2 * (float(xp.max(h)) or 1.0), None)
        return tuple(cross_moments(X, None, h[:, k]) for k in range(h.shape[1]))
    return tuple(moments_where_curved(X, h[:, k]) for k in range(h.shape[1]))


def curved_triangles(X, y, weight, theta, loss, n_classes, centre, scale):
    """Return the `Triangle` of the columns weighted by the curvature, per output."""
    y, z = targets_and_outputs(X, y, theta, n_classes)
    h = _arrays.weigh(loss.curvature(y, z), weight) ** 0.5
    X = _arrays.widen(X)
    return tuple(
        Triangle(_arrays.triangle((X - centre[:, k]) / scale[:, k] * h[:, k : k + 1]))
        for k in range(h.shape[1])
    )


def cross_moments_of_X(X, y, weight):
    """Return the `CrossMoments` of the columns of a block of X."""
    return cross_moments(X, None, weight)


def moments_where_curved(X, h):
    """Return the moments of the rows where the loss has curvature, often few."""
    curved = _arrays.namespace(h).nonzero(h)[0]
    if 2 * curved.shape[0] > h.shape[0]:
        return cross_moments(X, None, h)
    X, h = _arrays.take_rows(X, curved), _arrays.take_rows(h, curved)
    return cross_moments(X, None, h)


def linear_outputs(X, theta):
    """Return X w + c."""
    theta = _arrays.like(theta, X, "same") if _arrays.is_array(X) else theta
    return affine(X, theta[:-1, :], theta[-1:, :])


def sum_of_slack(X, y, weight, theta, loss, n_classes):
    """Return a block's sum of the true loss minus its smoothed tangent."""
    y, z = targets_and_outputs(X, y, theta, n_classes)
    slack = _arrays.weigh(loss.slack(y, z), weight)
    return _arrays.namespace(slack).sum(slack)


def targets_and_outputs(X, y, theta, n_classes):
    """Return a block's y as columns, and z = X w + c."""
    y = as_outputs(y, X, n_classes)
    theta = _arrays.like(theta, y, "same")
    return y, affine(X, theta[:-1, :], theta[-1:, :])


def errors_about(X, y, weight, theta, limit, n_classes):
    """Return the sum of squared errors within a limit, and the weight beyond it."""
    y, z = targets_and_outputs(X, y, theta, n_classes)
    xp = _arrays.namespace(z)
    e = z - y
    far = xp.abs(e) > limit
    within = _arrays.weigh(xp.where(far, xp.zeros_like(e), e * e), weight)
    return xp.sum(within), xp.sum(_arrays.weigh(xp.astype(far, e.dtype), weight))
