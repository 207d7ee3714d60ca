"""The cost of a linear model over rows: its value, gradient and curvature are sums.

Parameters are one array theta of shape (n_features + 1, n_outputs), the intercepts
last; outputs are z = X theta[:-1] + theta[-1].
"""

import copy

import numpy as np

from skmath import _arrays
from skmath._estimators.targets import as_outputs, check_domain, target_moments
from skmath._rows.checks import check_squares
from skmath._rows.rows import Rows, is_dask
from skmath.calculus import HessianMetric, LogLoss, Metric
from skmath.linear_algebra import affine
from skmath.statistics import (
    column_moments,
    cross_moments,
)

STILL = 1e150
"""Scale of a constant column's coefficient: it keeps still, the intercept moves."""

LONG = 1e-2
"""Length of the last step to a level point, relative to the point, that is not the end
of a descent to it but a stretch of one to infinity."""

FLAT = 1e-10
"""Share of the loss's largest curvature that every column is granted at least, where
the loss has lines on which it has none."""


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
        self.loss, self.penalty = loss, penalty
        self.coupled = n_classes > 2 and not hasattr(loss, "steepest")
        self.n_classes, self.fit_intercept = n_classes, fit_intercept
        if n_classes < 3 and not is_dask(rows.X):
            # Once, and not in every block of every pass.
            rows = rows.with_y(as_outputs, rows.zero(), n_classes)
            self.n_classes = 0
        self.rows, self._columns = rows, None
        self.targets = self._over_targets().sum(target_moments, self.n_classes)
        check_squares(self.targets.scatter, "y")
        self.weight = float(self.targets.weight[0])

    def _over_targets(self):
        """Return rows for sums of y alone: in memory, without cutting X for it."""
        y = self.rows.y
        if is_dask(y) or self.n_classes:
            return self.rows
        return Rows(y, y, self.rows.weight)

    @property
    def columns(self):
        """Moments of the columns of X; read when they are first asked for."""
        if self._columns is None:
            self._columns = self.rows.sum(column_moments).significant()
            check_squares(self._columns.scatter)
        return self._columns

    @property
    def mean(self):
        """Mean of the targets, shape (n_outputs,)."""
        return self.targets.mean

    def check_targets(self, name):
        """Raise a ValueError if the loss of that name has no value for some target."""
        check_domain(self._over_targets(), self.loss, name, self.n_classes)
        with np.errstate(divide="ignore", invalid="ignore"):
            constant = self.best_constant()
        if not _arrays.all_finite(constant):
            raise ValueError(
                f"loss={name!r} has no finite optimum where y is zero in every row."
            )

    def of(self, *, rows=None, loss=None, penalty=None):
        """Return the cost of other rows of the same data, another loss or penalty."""
        if rows is None:
            self.columns  # noqa: B018  (once, for all that are made of it)
        cost = copy.copy(self)
        cost.loss, cost.penalty = loss or self.loss, penalty or self.penalty
        if rows is not None:
            cost.rows, cost._columns = rows, None
            cost.weight = _total_weight(rows)
        return cost

    def measure_as(self, sample):
        """Take the columns' moments from a sample, if all of them vary in it."""
        varies = sample.columns.variance > 0
        if self._columns is None and bool(_arrays.namespace(varies).all(varies)):
            self._columns = sample.columns

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

    def line(self, theta, d):
        """Return the cost along theta + s d: a function of s to slopes and curvatures.

        There is an s for each output. X is read once for all of them; the function
        reads vectors of n_samples.
        """
        xp = _arrays.namespace(theta)
        both = self.rows.map(linear_outputs, xp.concat([theta, d], axis=1))
        k = theta.shape[1]
        # Not views: their columns would be apart.
        z, dz = (xp.asarray(half, copy=True) for half in (both[:, :k], both[:, k:]))
        dz_squared = dz * dz
        y = as_outputs(self.rows.y, self.rows.X, self.n_classes)
        w, dw = theta[:-1, :], d[:-1, :]

        weight = self.rows.weight
        ridge = self.penalty.curvature

        def at(s):
            s = _arrays.like(s, z, "same")
            there, v = z + s * dz, w + s * dw
            slopes = _arrays.weigh(self.loss.gradient(y, there) * dz, weight)
            bends = _arrays.weigh(self.loss.curvature(y, there) * dz_squared, weight)
            slope = xp.sum(slopes, axis=0) / self.weight
            slope = slope + xp.sum(self.penalty.gradient(v) * dw, axis=0)
            slope = slope + self.penalty.kink_slope(v, dw)
            bend = xp.sum(bends, axis=0) / self.weight
            bend = bend + xp.sum(ridge * dw * dw, axis=0)
            return _arrays.to_numpy(slope), _arrays.to_numpy(bend)

        return at

    def slack(self, theta):
        """Return by how much a smoothed loss's gradient misses being the true one's.

        The cost with the true loss is at most this above its value elsewhere, plus the
        gradient of the smoothed one times the way there.
        """
        total = self.rows.sum(sum_of_slack, theta, self.loss, self.n_classes)
        return float(total) / self.weight

    def target_variance(self):
        """Return the variance of the targets, the largest of the outputs'."""
        variance = self.targets.significant().variance
        return float(_arrays.namespace(variance).max(variance))

    def output_scale(self):
        """Return the size of the outputs: the targets', where outputs are predictions.

        A loss with a link has outputs about as large as 1.
        """
        xp = _arrays.namespace(self.mean)
        own = self.loss.task == "regression"
        linked = not bool(xp.all(self.loss.link(self.mean) == self.mean))
        return (self.target_variance() ** 0.5 or 1.0) if own and not linked else 1.0

    def best_constant(self):
        """Return theta of the best prediction without features (zero, if through 0)."""
        xp = _arrays.namespace(self.mean)
        intercept = self.loss.link(self.mean) if self.fit_intercept else 0 * self.mean
        shape = (self.rows.n_features, self.mean.shape[0])
        w = xp.zeros(shape, dtype=self.mean.dtype, device=_arrays.device(self.mean))
        return xp.concat([w, intercept[None, :]], axis=0)

    def like_theta(self, w, intercept):
        """Return w and the intercept as a theta of this cost's namespace and dtype."""
        parts = [_arrays.like(part, self.mean, "same") for part in (w, intercept)]
        return _arrays.namespace(self.mean).concat(parts, axis=0)

    def add_moments(self, moments):
        """Let the columns and targets be those of earlier rows too."""
        columns, targets = moments
        self._columns, self.targets = columns + self.columns, targets + self.targets

    def scale_of_errors(self, theta, share, scale):
        """Return s with mean(min((e / s)^2, share^2)) = 1, searched from a scale."""
        for _ in range(100):
            within, beyond = self.rows.sum(
                errors_about, theta, share * scale, self.n_classes
            )
            inliers = self.weight - share**2 * float(beyond)
            before = scale
            if inliers > 0:
                scale = max((float(within) / inliers) ** 0.5, 1e-300)
            else:
                scale = 2 * scale
            if abs(scale - before) <= 1e-9 * scale:
                break
        return scale

    def is_separable(self, point, last_move):
        """Tell whether a descent without penalty was on its way to infinity.

        So it is if it separates the classes, or if its last step was long although the
        cost hardly fell any more (some classes separate some rows).
        """
        free = not _any_positive(self.penalty)
        if self.loss.task != "classification" or not free:
            return False
        if not isinstance(self.loss, LogLoss):
            return False
        return last_move > LONG

    def identity_metric(self):
        """Return the metric in which all coefficients are alike: the seed's."""
        ones = _arrays.namespace(self.columns.mean).ones_like(self.columns.mean)
        return Metric(ones[:, None], 0.0 * ones[:, None], ones[:1, None])

    def diagonal_metric(self, curvature=1.0):
        """Return the metric of the columns' variances, times the loss's curvature."""
        xp = _arrays.namespace(self.columns.mean)
        variance, centre = self.columns.variance, self.columns.mean
        if not self.fit_intercept:
            variance, centre = variance + centre * centre, 0.0 * centre
        scale = curvature * variance[:, None] + self.penalty.curvature
        varies = variance[:, None] > 0
        return Metric(
            xp.where(varies, scale, xp.full_like(scale, STILL)),
            centre[:, None],
            xp.full_like(scale[:1, :], curvature),
        )

    def typical_curvature(self):
        """Return the loss's largest curvature, or that at the best constant, or 1."""
        bound = self.loss.curvature_bound
        if bound < float("inf"):
            return bound
        z = self.loss.link(self.mean)[None, :]
        curvature = self.loss.curvature(self.mean[None, :], z)
        return float(_arrays.namespace(z).max(curvature)) or 1.0

    def hessian_metric(self, theta, flat=FLAT):
        """Return the metric of the cost's second derivative at theta.

        Output by output it is X' diag(h) X with h the loss's curvature: the moments
        of the columns with the curvature for weights, centred at their own mean. Of a
        loss with lines each column is granted a share, flat, of the largest curvature.
        """
        rows = self.rows.in_blocks(
            widest_output=0, rows_per_feature=1
        )  # each output's products have their cost
        moments = rows.sum(curvature_moments, theta, self.loss, self.n_classes)
        return self._metric_of(moments, flat)

    def _metric_of(self, moments, flat=FLAT):
        xp = _arrays.namespace(moments[0].mean)
        weights = xp.stack([m.weight / self.weight for m in moments], axis=1)
        hessians = [
            (m.significant().scatter if self.fit_intercept else m.about_zero())
            / self.weight
            for m in moments
        ]
        hessian = xp.stack(hessians)
        p = self.rows.n_features
        identity = xp.eye(p, dtype=hessian.dtype, device=_arrays.device(hessian))
        varies = self.columns.variance > 0
        if not self.fit_intercept:
            varies = varies | (self.columns.mean != 0)
        ridge = self.penalty.curvature
        ridge = ridge[:, 0] if getattr(ridge, "ndim", 0) == 2 else ridge
        if not self.loss.smooth_curvature:
            # Where the loss is a line there is no curvature; a step needs some.
            flat = flat * self.loss.curvature_bound
            ridge = ridge + flat * self.columns.variance
            weights = weights + flat
        diagonal = xp.linalg.diagonal(hessian) + ridge
        hessian = hessian + xp.where(varies, ridge + 0 * diagonal, 0.0)[:, :, None] * (
            identity
        )
        known = varies & (diagonal > 0)
        scale = xp.where(known, xp.sqrt(diagonal), xp.full_like(diagonal, STILL))
        hessian = hessian / scale[:, :, None] / scale[:, None, :]
        still = xp.astype(~known, hessian.dtype)
        hessian = hessian + still[:, :, None] * identity
        # Collinear columns leave directions without curvature: the gradient is zero
        # there too, and a little curvature keeps the system solvable.
        rounding = _arrays.epsilon(self.rows.X)
        hessian = hessian + p * rounding * 16 * identity
        centre = xp.stack([m.mean for m in moments], axis=1)
        return HessianMetric(
            scale=scale.T,
            centre=centre if self.fit_intercept else 0.0 * centre,
            intercept_scale=weights,
            hessian=hessian,
            coupled=self.coupled,
        )


def loss_and_gradient(X, y, weight, theta, loss, n_classes):
    """Return the sums over a block of the loss and of its gradient in theta."""
    xp = _arrays.namespace(theta)
    y, z = targets_and_outputs(X, y, theta, n_classes)
    value, residual = loss.value_and_gradient(y, z)
    value = xp.sum(_arrays.weigh(value, weight))
    residual = _arrays.weigh(residual, weight)
    at_intercept = xp.sum(residual, axis=0, keepdims=True)
    return value, xp.concat([X.T @ residual, at_intercept], axis=0)


def curvature_moments(X, y, weight, theta, loss, n_classes):
    """Return X's moments weighted by the loss's curvature, a tuple entry an output."""
    y, z = targets_and_outputs(X, y, theta, n_classes)
    h = _arrays.weigh(loss.curvature(y, z), weight)
    xp = _arrays.namespace(h)
    if loss.smooth_curvature:
        # Far from the boundary the curvature underflows; a system needs some.
        h = xp.clip(h, _arrays.epsilon(h) ** 2, None)
        return tuple(cross_moments(X, None, h[:, k]) for k in range(h.shape[1]))
    return tuple(_moments_of_bent(X, h[:, k]) for k in range(h.shape[1]))


def _moments_of_bent(X, h):
    """Return the moments of the rows on which the loss is not a line: often few."""
    bent = _arrays.namespace(h).nonzero(h)[0]
    if 2 * bent.shape[0] > h.shape[0]:
        return cross_moments(X, None, h)
    return cross_moments(_arrays.take_rows(X, bent), None, _arrays.take_rows(h, bent))


def linear_outputs(X, theta):
    """Return X w + c."""
    theta = _arrays.like(theta, X, "same") if _arrays.is_array(X) else theta
    return affine(X, theta[:-1, :], theta[-1:, :])


def sum_of_slack(X, y, weight, theta, loss, n_classes):
    """Return the sum over a block of what the true loss is above its smoothed line."""
    y, z = targets_and_outputs(X, y, theta, n_classes)
    slack = _arrays.weigh(loss.slack(y, z), weight)
    return _arrays.namespace(slack).sum(slack)


def targets_and_outputs(X, y, theta, n_classes):
    """Return a block's y as columns, and z = X w + c."""
    y = as_outputs(y, X, n_classes)
    return y, linear_outputs(X, _arrays.like(theta, y, "same"))


def errors_about(X, y, weight, theta, limit, n_classes):
    """Return the sum of the squared errors within a limit, and the weight beyond it."""
    y, z = targets_and_outputs(X, y, theta, n_classes)
    xp = _arrays.namespace(z)
    e = z - y
    far = xp.abs(e) > limit
    within = _arrays.weigh(xp.where(far, xp.zeros_like(e), e * e), weight)
    return xp.sum(within), xp.sum(_arrays.weigh(xp.astype(far, e.dtype), weight))


def _any_positive(penalty):
    curvature = getattr(penalty, "curvature", 0.0)
    strength = getattr(penalty, "kink_strength", 1.0)
    both = curvature + strength
    return bool((both > 0).any()) if _arrays.is_array(both) else both > 0


def _total_weight(rows):
    if rows.weight is None:
        return float(rows.X.shape[0])
    return float(_arrays.namespace(rows.weight).sum(rows.weight))
