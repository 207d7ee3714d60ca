"""The cost of a linear model over rows: its value, gradient and curvature are sums.

Parameters are one array theta of shape (n_features + 1, n_outputs), the intercepts
last; outputs are z = X theta[:-1] + theta[-1].
"""

from skmath import _arrays
from skmath._rows import check_squares
from skmath._targets import as_outputs
from skmath.calculus import HessianMetric, Metric
from skmath.statistics import column_moments, cross_moments

STILL = 1e150
"""Scale of a constant column's coefficient: it keeps still, the intercept moves."""


class Cost:
    """Weighted mean of the loss plus the penalty, as a function of theta.

    Parameters
    ----------
    rows : Rows
    loss : object of `skmath.calculus.losses`
    penalty : object of `skmath.calculus.penalties`
    n_classes : int
        0 for a regression.
    fit_intercept : bool
    """

    def __init__(self, rows, loss, penalty, n_classes, fit_intercept):
        self.rows, self.loss, self.penalty = rows, loss, penalty
        self.n_classes, self.fit_intercept = n_classes, fit_intercept
        self.columns = rows.sum(column_moments).significant()
        check_squares(self.columns.scatter)
        self.weight = float(self.columns.weight[0])
        self._hessian_metric = None

    def __call__(self, theta):
        """Return the cost, and the gradient of all of it but the penalty's kink."""
        value, gradient = self.rows.sum(
            loss_and_gradient, theta, self.loss, self.n_classes
        )
        gradient = gradient / self.weight
        w, intercept = gradient[:-1, :], gradient[-1:, :]
        w = w + self.penalty.gradient(theta[:-1, :])
        if not self.fit_intercept:
            intercept = 0.0 * intercept
        xp = _arrays.namespace(w)
        value = float(value) / self.weight + self.penalty.value(theta[:-1, :])
        return value, xp.concat([w, intercept], axis=0)

    def best_constant(self):
        """Return theta of the best prediction without features (zero, if through 0)."""
        mean = self.rows.sum(sum_of_targets, self.n_classes) / self.weight
        xp = _arrays.namespace(mean)
        intercept = self.loss.link(mean) if self.fit_intercept else 0.0 * mean
        shape = (self.rows.n_features, mean.shape[0])
        w = xp.zeros(shape, dtype=mean.dtype, device=_arrays.device(mean))
        return xp.concat([w, intercept[None, :]], axis=0)

    def identity_metric(self):
        """Return the metric in which all coefficients are alike: the seed's."""
        ones = _arrays.namespace(self.columns.mean).ones_like(self.columns.mean)
        return Metric(ones[:, None], 0.0 * ones[:, None], ones[:1, None])

    def diagonal_metric(self):
        """Return the metric of the columns' variances."""
        xp = _arrays.namespace(self.columns.mean)
        bound, variance = self.loss.curvature_bound, self.columns.variance
        centre = self.columns.mean
        if not self.fit_intercept:
            variance, centre = variance + centre * centre, 0.0 * centre
        scale = bound * variance + self.penalty.curvature
        scale = xp.where(variance > 0, scale, xp.full_like(scale, STILL))
        return Metric(
            scale[:, None],
            centre[:, None],
            xp.full_like(scale[:1, None], bound),
        )

    def hessian_metric(self, theta):
        """Return the metric of the cost's second derivative at theta.

        Output by output it is X' diag(h) X with h the loss's curvature: the moments
        of the columns with the curvature for weights, centred at their own mean.
        """
        if self._hessian_metric is None or not self.loss.constant_curvature:
            moments = self.rows.sum(curvature_moments, theta, self.loss, self.n_classes)
            self._hessian_metric = self._metric_of(moments, theta)
        return self._hessian_metric

    def _metric_of(self, moments, theta):
        xp = _arrays.namespace(theta)
        weights = [m.weight / self.weight for m in moments]
        hessians = [
            (m.significant().scatter if self.fit_intercept else m.about_zero())
            / self.weight
            for m in moments
        ]
        hessian = xp.stack(hessians)
        p = self.rows.n_features
        identity = xp.eye(p, dtype=hessian.dtype, device=_arrays.device(hessian))
        varies = xp.linalg.diagonal(hessian) > 0
        hessian = hessian + self.penalty.curvature * identity
        diagonal = xp.linalg.diagonal(hessian)
        scale = xp.where(varies, xp.sqrt(diagonal), xp.full_like(diagonal, STILL))
        hessian = hessian / scale[:, :, None] / scale[:, None, :]
        flat = xp.astype(~varies, hessian.dtype)
        hessian = hessian + flat[:, :, None] * identity
        # Collinear columns leave directions without curvature: the gradient is zero
        # there too, and a little curvature keeps the system solvable.
        hessian = hessian + p * _arrays.epsilon(hessian) * 16 * identity
        centre = xp.stack([m.mean for m in moments], axis=1)
        return HessianMetric(
            scale=scale.T,
            centre=centre if self.fit_intercept else 0.0 * centre,
            intercept_scale=xp.stack(weights, axis=1),
            hessian=hessian,
            coupled=self.n_classes > 2,
        )


def loss_and_gradient(X, y, weight, theta, loss, n_classes):
    """Return the sums over a block of the loss and of its gradient in theta."""
    xp = _arrays.namespace(theta)
    y = as_outputs(y, X, n_classes)
    theta = _arrays.like(theta, y, "same")
    z = X @ theta[:-1, :] + theta[-1:, :]
    value = xp.sum(_arrays.weigh(loss.value(y, z), weight))
    residual = _arrays.weigh(loss.gradient(y, z), weight)
    at_intercept = xp.sum(residual, axis=0, keepdims=True)
    return value, xp.concat([X.T @ residual, at_intercept], axis=0)


def curvature_moments(X, y, weight, theta, loss, n_classes):
    """Return X's moments weighted by the loss's curvature, a tuple entry an output."""
    y = as_outputs(y, X, n_classes)
    theta = _arrays.like(theta, y, "same")
    z = X @ theta[:-1, :] + theta[-1:, :]
    h = _arrays.weigh(loss.curvature(y, z), weight)
    xp = _arrays.namespace(h)
    # Far from the boundary the curvature underflows; a system needs some.
    h = xp.clip(h, _arrays.epsilon(h) ** 2, None)
    return tuple(cross_moments(X, None, h[:, k]) for k in range(h.shape[1]))


def sum_of_targets(X, y, weight, n_classes):
    """Return the sum of a block's targets, as the loss sees them."""
    y = _arrays.weigh(as_outputs(y, X, n_classes), weight)
    return _arrays.namespace(y).sum(y, axis=0)
