"""The cost of a linear model over rows: value, gradient and curvature are sums.

Parameters are one array theta of shape (n_features + 1, n_outputs), with the intercepts
last; outputs are z = X theta[:-1] + theta[-1].
"""

import copy
from collections import deque
from dataclasses import replace
from typing import Any

import numpy as np

from skmath import _arrays
from skmath._estimators.targets import as_outputs
from skmath._rows.checks import check_squares
from skmath._rows.rows import Rows, is_dask, weighted_indices
from skmath.calculus import (
    Binomial,
    Huber,
    LogLoss,
    Metric,
    Ordinal,
    SquaredEpsilonInsensitive,
    SquaredError,
    SquaredHinge,
    WithOffset,
    best_constant,
    best_shift,
    duality_gap,
)
from skmath.calculus.metrics import STILL, hessian_metric, singular_metric
from skmath.gd_linear_model.block_sums import (
    cross_moments_of_X,
    curvature_moments,
    curved_squares,
    curved_triangles,
    errors_about,
    less_offset,
    linear_outputs,
    loss_and_gradient,
    moments_of_targets,
    of_columns,
    sum_of_slack,
    sums_at_constant,
)
from skmath.gd_linear_model.column_products import ColumnProducts
from skmath.gd_linear_model.penalties import roots_of
from skmath.linear_algebra import Triangle
from skmath.statistics import column_moments

MIN_CURVATURE = 1e-10
"""Minimum curvature of every column, as a fraction of the loss's largest curvature, for
losses with linear pieces: about the rounding of the largest."""

CACHED_POINTS = 8
"""Points of a path whose loss is cached: each strength starts where the last one ended,
or at the best constant."""

CURVED = 1e-3
"""Minimum curvature of the columns, as a fraction of their mean squares."""

NEVER_NEGATIVE = (
    *(SquaredError, SquaredEpsilonInsensitive, Huber),
    *(LogLoss, Binomial, SquaredHinge, Ordinal),
)
"""Losses that are known to be nonnegative."""

SUM_ROUNDING = 16
"""Rounding units of a sum over rows, as blocks and processors sum in parts."""

SCALE_STEPS = 100
"""Maximum number of steps for the scale of errors; the search usually ends long
before."""


class Cost:
    """Weighted mean of the loss plus the penalty, as a function of theta.

    Parameters
    ----------
    rows : Rows
    options : Options
        Provides loss, loss_name, penalty, in_units, estimates_scale, n_classes and
        fit_intercept.
    offset : array of shape (n_samples, 1 or n_outputs), default=None
        Added to the outputs.

    Attributes
    ----------
    weight : float
        Sum of the weights of the rows.
    targets : ColumnMoments
        Moments of the targets as columns.
    coupled : bool
        Whether the loss is not a sum over the outputs, as for softmax.
    basis : Basis or None
        If set, the columns of the rows are orthonormal combinations of those of X.
    dependence : tuple or None
        Cached facts about linearly dependent columns (`shortest`).
    outputs : tuple or None
        For the cost of a single output: its index, and theta of all.
    may_recede : bool
        Whether its optimum may be at infinity.
    """

    may_recede = True

    def __init__(self, rows, options, offset=None):
        n_classes = self.n_classes = options.n_classes
        self.loss, self.name = options.loss, options.loss_name
        self._penalty, self._in_units = options.penalty, options.in_units
        self._measured, self._estimates_scale = False, options.estimates_scale
        self.fit_intercept = options.fit_intercept
        self.coupled = n_classes > 2 and not hasattr(self.loss, "steepest")
        if offset is not None:
            rows = self._with_offset(rows, offset)
            n_classes = self.n_classes
        if self.loss.positive_outputs and not is_dask(rows.X):
            # A row without weight must not force its output to be positive.
            indices = weighted_indices(rows)
            rows = rows if indices.size == rows.X.shape[0] else rows.take(indices)
        targets: Any = rows
        self.offset: Any = 0.0
        if n_classes < 3 and not is_dask(rows.X):
            if options.centres_targets:
                # A large mean would cost the errors their digits.
                y = _arrays.widen(rows.y)
                y = y[:, None] if y.ndim == 1 else y
                self.offset = Rows(y, y, rows.weight).sum(column_moments).mean
                rows = rows.with_y(lambda _: y - _arrays.like(self.offset, y))
            # Convert y to columns once, not in every block of every pass.
            rows = rows.with_y(as_outputs, rows.zero(), n_classes)
            self.n_classes = 0
            # Sums over y alone do not need blocks of X.
            targets = Rows(rows.y, rows.y, rows.weight)
        self.rows, self._columns, self._units = rows, None, None
        self._products: Any = None
        self._cache: Any = None
        self.basis = self.outputs = self.dependence = None
        self.targets = targets.sum(moments_of_targets, self.loss, self.n_classes)
        check_squares(self.targets.scatter, "y")
        self.weight = float(self.targets.weight[0])

    def _with_offset(self, rows, offset):
        """Return the rows with an offset, subtracted from y or as columns of y."""
        n_targets = 1 if rows.y.ndim == 1 else rows.y.shape[1]
        if self.n_classes:
            n_targets = self.n_classes if self.n_classes > 2 else 1
            coded = (as_outputs, rows.zero(), self.n_classes)
            rows, self.n_classes = rows.with_y(*coded, n_columns=n_targets), 0
        rows = rows.with_columns(offset)
        if self.loss.is_translation_invariant:
            return rows.with_y(less_offset, n_targets, n_columns=n_targets)
        self.loss = WithOffset(self.loss, n_targets)
        return rows

    @property
    def plain_loss(self):
        """The loss without an offset."""
        return self.loss.loss if isinstance(self.loss, WithOffset) else self.loss

    @property
    def columns(self):
        """Moments of the columns of X; computed on first access."""
        if self._columns is None:
            self._columns = self.rows.sum(column_moments).significant()
            check_squares(self._columns.scatter)
        return self._columns

    @property
    def products(self):
        """Products of the columns of X, computed when they are needed."""
        if self._products is None:
            centre = self.columns.mean if self.fit_intercept else None
            self._products = ColumnProducts(
                self.rows, centre, self.squares(), self.weight
            )
        return self._products

    @property
    def penalty(self):
        """The penalty; with ``alpha="auto"`` in the units of the loss and the columns.

        A coefficient is penalised as if its column were divided by its standard
        deviation, in units of the loss's slope or curvature, for each output.
        """
        if self._measured:
            return self._penalty
        penalty = self._penalty
        if self._in_units:
            variance = self.squares()[:, None]
            curvature, spread = self.units
            slope = curvature * spread * variance**0.5
            penalty = penalty.in_units(slope, curvature * variance)
        if hasattr(penalty, "with_curvature"):
            scale = self.units[0] if self.loss.has_kink else self.typical_curvature()
            penalty = penalty.with_curvature(scale * self.squares()[:, None])
        self._penalty, self._measured = penalty, True
        return penalty

    def squares(self):
        """Return the columns' mean squares, about their means with an intercept."""
        variance, centre = self.columns.variance, self.columns.mean
        return variance if self.fit_intercept else variance + centre * centre

    def centring_ratios(self):
        """Return the columns' mean squares about zero over those about their means.

        They are 1 without an intercept, and 0 for a constant column.
        """
        variance, mean, about = self.columns.variance, self.columns.mean, self.squares()
        xp = _arrays.namespace(about)
        return (variance + mean**2) / xp.where(about > 0, about, xp.inf)

    def centred_epsilon(self):
        """Return the rounding unit of the centred columns, relative to their spread.

        Columns with a large mean lose digits when they are centred.
        """
        ratios = self.centring_ratios()
        largest = float(_arrays.namespace(ratios).max(ratios))
        return _arrays.epsilon(self.rows.X) * max(1.0, largest) ** 0.5

    @property
    def units(self):
        """Curvature of the loss over the targets' spread, and this spread."""
        if self._units is None:
            self._units = self._curvature_and_spread()
        return self._units

    def _curvature_and_spread(self):
        """Return the curvature of the loss over the targets' spread, and the spread.

        The curvature is (L'(c + s) - L'(c - s)) / 2s at the mean, where s is the
        standard deviation of the targets, or 1 unless the link is the identity: it is 1
        for a squared error, 1 / s for an absolute one. Labels have no units: then both
        are 1.
        """
        mean, loss = self.targets.mean, self.plain_loss
        if loss.task == "classification":
            return 1.0, 1.0
        xp, c = _arrays.namespace(mean), self._constant(0.5 / self.rows.X.shape[0])
        s = self.targets.significant().variance ** 0.5
        s = xp.where((s > 0) & (c == mean), s, xp.ones_like(s))
        if loss.constant_curvature or self._estimates_scale:
            return 1.0, s[None, :]  # for Huber's with estimated scale it is 1 at zero
        # Positive outputs must stay above half of their mean.
        d = xp.where(s < 0.5 * c, s, 0.5 * c) if loss.positive_outputs else s
        high, low = (loss.gradient(mean[None, :], z[None, :]) for z in (c + d, c - d))
        rise = (high - low) / (2 * d)
        # If errors of that size cost nothing, use the slope 1 of larger ones.
        return xp.where(rise > 0, rise, 1 / s), s[None, :]

    @property
    def is_convex(self):
        """Whether a stationary point is the optimum."""
        return self.loss.is_convex

    def moments_of_columns(self):
        """Return the `CrossMoments` of the columns of X."""
        return self.rows.in_blocks(rows_per_feature=1).sum(cross_moments_of_X)

    def of(self, *, rows=None, loss=None, penalty=None):
        """Return the cost with other rows of the same data, another loss or penalty."""
        cost = copy.copy(self)
        if isinstance(self.loss, WithOffset) and not isinstance(loss, WithOffset):
            loss = None if loss is None else replace(self.loss, loss=loss)
        cost.loss, cost._units = loss or self.loss, self.units
        cost._penalty, cost._measured = self.penalty, True
        if penalty is not None:
            cost._penalty, cost._in_units, cost._measured = penalty, False, False
        if rows is None:
            cost._columns = self.columns  # computed once, shared by all copies
        else:
            cost.rows, cost._columns, cost._products = rows, None, None
            cost.weight = _total_weight(rows)
        if loss is not None or rows is not None:
            cost._cache = None
        if penalty is not None or rows is not None:
            cost.dependence = None
        return cost

    def with_penalties(self, penalties):
        """Yield the costs with each of these penalties, which share cached results."""
        self._cache = deque(maxlen=CACHED_POINTS)
        for penalty in penalties:
            cost = self.of(penalty=penalty)
            cost._products = self.products
            yield cost

    def of_columns(self, indices):
        """Return the cost for some of the columns of X, which it copies."""
        cost, penalty, columns = copy.copy(self), self.penalty, self.columns
        cost.rows, cost._products = of_columns(self.rows, indices), None
        cost._cache = cost.dependence = None
        cost._columns = replace(
            columns, mean=columns.mean[indices], scatter=columns.scatter[indices]
        )
        cost._penalty, cost._measured = penalty.of_columns(indices), True
        return cost

    def of_output(self, j, theta):
        """Return the cost of one of several outputs; the others stay at theta."""
        cost, one = copy.copy(self), slice(j, j + 1)
        y = self.rows.y[:, one]
        cost.rows, cost._columns = self.rows.with_y(lambda _: y), self.columns
        cost._penalty, cost._in_units = self.penalty.of_output(j), False
        targets, offset = self.targets, self.offset
        cost.targets = replace(
            targets,
            mean=targets.mean[one],
            scatter=targets.scatter[one],
            rounding=targets.rounding[one],
        )
        cost.offset = offset[one] if _arrays.is_array(offset) else offset
        cost.loss = self.loss.of_output(j)
        cost._units = cost._cache = None
        cost.outputs = (j, theta)
        return cost

    def among_outputs(self, theta):
        """Return the theta of all outputs, with this output's theta inserted."""
        if self.outputs is None:
            return theta
        j, whole = self.outputs
        parts = [whole[:, :j], theta, whole[:, j + 1 :]]
        return _arrays.namespace(theta).concat(parts, axis=1)

    def take_columns_of(self, sample):
        """Use the columns' moments of a sample, if all columns vary in it."""
        varies = sample.columns.variance > 0
        if self._columns is None and bool(_arrays.namespace(varies).all(varies)):
            self._columns = sample.columns

    def add_moments(self, columns, targets):
        """Add the moments of columns and targets of earlier rows."""
        self._columns, self.targets = columns + self.columns, targets + self.targets

    # Value, gradient and certificate

    @property
    def epsilon(self):
        """Rounding unit of the losses and their gradients."""
        return _arrays.epsilon(self.rows.X)

    def __call__(self, theta):
        """Return the cost, and the gradient of all of it except the penalty's kink."""
        sums = None if self._cache is None else self._cached_at(theta)
        if sums is None:
            rows = self.rows.in_blocks(in_threads=False)
            sums = rows.sum(loss_and_gradient, theta, self.loss, self.n_classes)
            if self._cache is not None:
                point = _arrays.namespace(theta).asarray(theta, copy=True)
                self._cache.appendleft((point, sums))
        value, gradient = sums
        gradient, w = gradient / self.weight, theta[:-1, :]
        slope = gradient[:-1, :] + self.penalty.gradient(w)
        at_intercept = gradient[-1:, :] if self.fit_intercept else 0 * gradient[-1:, :]
        value = float(value) / self.weight + self.penalty.value(w)
        xp = _arrays.namespace(slope)
        return value, xp.concat([slope, at_intercept], axis=0)

    def mean_loss(self, theta, fitted):
        """Return the mean loss of these rows at a theta of the fitted cost."""
        return self(theta)[0] - self.penalty.value(theta[:-1, :])

    @property
    def has_optimum(self):
        """Whether any row has a positive weight."""
        return self.weight > 0

    def _cached_at(self, theta):
        """Return the cached sums at a point, or None."""
        xp = _arrays.namespace(theta)
        for k, (point, sums) in enumerate(self._cache):
            if bool(xp.all(point == theta)):
                del self._cache[k]
                self._cache.appendleft((point, sums))
                return sums
        return None

    def line(self, theta, d):
        """Return a function of s: slopes and curvatures of the cost at theta + s d.

        There is one s per output, or one for all if outputs are coupled. X is read
        once; the returned function only reads vectors of n_samples.
        """
        xp = _arrays.namespace(theta)
        both = self.rows.map(linear_outputs, xp.concat([theta, d], axis=1))
        k = theta.shape[1]
        # Copies instead of views, to have contiguous columns.
        z, dz = (xp.asarray(half, copy=True) for half in (both[:, :k], both[:, k:]))
        dz_squared = dz * dz
        y = as_outputs(self.rows.y, self.rows.X, self.n_classes)
        w, dw = theta[:-1, :], d[:-1, :]
        weight = self.rows.weight
        together = getattr(self.penalty, "couples_outputs", False)

        def at(s):
            s = _arrays.like(s, z, "same")
            point, v = z + s * dz, w + s * dw
            slopes = _arrays.weigh(self.loss.gradient(y, point) * dz, weight)
            second = self.loss.curvature(y, point) * dz_squared
            curvatures = _arrays.weigh(second, weight)
            slope = xp.sum(slopes, axis=0) / self.weight
            slope = slope + xp.sum(self.penalty.gradient(v) * dw, axis=0)
            slope = slope + self.penalty.kink_slope(v, dw)
            curvature = xp.sum(curvatures, axis=0) / self.weight
            curvature = curvature + xp.sum(self.penalty.gradient(dw) * dw, axis=0)
            if self.coupled or together:
                slope, curvature = xp.sum(slope)[None], xp.sum(curvature)[None]
            return _arrays.to_numpy(slope), _arrays.to_numpy(curvature)

        return at

    def curvature_at(self, theta):
        """Return the rows with the curvature at theta, over the total weight, as y.

        For coupled outputs, mixed derivatives between outputs are left out.
        """
        z = self.rows.map(linear_outputs, theta)
        y = as_outputs(self.rows.y, self.rows.X, self.n_classes)
        rows = copy.copy(self.rows)
        h = _arrays.weigh(self.loss.curvature(y, z), self.rows.weight)
        rows.y, rows.weight = h / self.weight, None
        return rows

    def curved_metric(self, curved, least):
        """Return the metric given by the diagonal of the Hessian.

        Parameters
        ----------
        curved : Rows
            As returned by `curvature_at`.
        least : Metric
            A fraction of its scale is the minimum.
        """
        squares, sums, total = curved.sum(curved_squares)
        xp = _arrays.namespace(squares)
        total = total + _arrays.epsilon(total)
        centre = sums / total if self.fit_intercept else 0.0 * sums
        scale = squares - total * centre * centre + self.penalty.curvature
        minimum = least.scale * CURVED
        scale = xp.where(scale > minimum, scale, minimum)
        return Metric(scale, centre, xp.where(total > CURVED, total, CURVED))

    def slack(self, theta):
        """Return by how much a smoothed loss's gradient fails to be a subgradient.

        The cost with the true loss is at most this much above its value at any other
        point, plus the smoothed gradient times the difference.
        """
        total = self.rows.sum(sum_of_slack, theta, self.loss, self.n_classes)
        return float(total) / self.weight

    def duality_gap(self, point, tol):
        """Bound how far the cost at a `Point` is above the optimum.

        The bound assumes that the slope in the intercepts is 0: it is infinite if this
        slope is more than tol times that of a prediction one spread off, or the loss is
        not convex.
        """
        if not self.is_convex:
            return float("inf")
        (curvature, spread), w = self.units, point.theta[:-1, :]
        xp = _arrays.namespace(w)
        is_off = xp.abs(point.gradient[-1:, :]) > tol * curvature * spread
        if bool(xp.any(is_off)):
            return float("inf")
        return duality_gap(
            self.penalty,
            w,
            point.gradient[:-1, :] - self.penalty.gradient(w),
            point.value - self.penalty.value(w),
            squared_error=isinstance(self.loss, SquaredError) and w.shape[1] == 1,
            least=0.0 if isinstance(self.plain_loss, NEVER_NEGATIVE) else None,
        )

    def multipliers(self, point):
        """Return the constraints' multipliers at a `Point`, per row and output."""
        metric, at_mean = self.diagonal_metric(), point.gradient[-1:, :]
        slope = point.gradient[:-1, :] - metric.centre * at_mean
        multipliers = self.penalty.multipliers(point.theta[:-1, :], slope, metric.scale)
        return multipliers[:, 0] if multipliers.shape[1] == 1 else multipliers

    # Starting point and units

    def best_constant(self, least=0.0):
        """Return theta of the best constant prediction (0 without an intercept).

        Parameters
        ----------
        least : float, default=0.0
            As in `skmath.calculus.best_constant`, in case its outputs are infinite.

        Raises
        ------
        ValueError
            If they are infinite, and least is 0.
        """
        mean = self.targets.mean
        xp = _arrays.namespace(mean)
        intercept = self._constant(least)
        if not _arrays.all_finite(intercept):
            one = self.loss.is_proportion
            where = "0 in every row, or 1" if one else "zero in every row"
            raise ValueError(
                f"loss={self.name!r} has no finite optimum if y is {where}. Use data "
                "in which y varies."
            )
        intercept = intercept if self.fit_intercept else 0 * mean
        if isinstance(self.loss, WithOffset) and self.fit_intercept:
            intercept = best_shift(self._sums_at, intercept)
        shape = (self.rows.n_features, mean.shape[0])
        w = xp.zeros(shape, dtype=mean.dtype, device=_arrays.device(mean))
        theta = xp.concat([w, intercept[None, :]], axis=0)
        return self.feasible(theta) if hasattr(self.penalty, "project") else theta

    def feasible(self, theta):
        """Return the nearest feasible theta with the same outputs at the centre."""
        xp, squares = _arrays.namespace(theta), self.squares()[:, None]
        scale = xp.where(squares > 0, squares, xp.ones_like(squares))
        w = self.penalty.project(theta[:-1, :], scale)
        change, intercept = w - theta[:-1, :], theta[-1:, :]
        if self.fit_intercept and bool(xp.any(change != 0)):
            intercept = intercept - self.columns.mean[None, :] @ change
        return xp.concat([w, intercept], axis=0)

    def _constant(self, least):
        """Return the outputs of the best constant prediction, without an offset."""
        mean = self.targets.mean
        with np.errstate(divide="ignore", invalid="ignore"):
            outputs = best_constant(self.plain_loss, mean)
            if least and not _arrays.all_finite(outputs):
                outputs = best_constant(self.plain_loss, mean, least)
        return outputs

    def _sums_at(self, c):
        """Return loss, slope and curvature in constant outputs c, summed over rows."""
        return self.rows.sum(sums_at_constant, c, self.loss)

    def like_theta(self, w, intercept):
        """Return w and the intercept as a theta in this cost's namespace and dtype."""
        mean = self.targets.mean
        w, intercept = (_arrays.like(part, mean, "same") for part in (w, intercept))
        theta = _arrays.namespace(mean).concat([w, intercept - self.offset], axis=0)
        return self.feasible(theta) if hasattr(self.penalty, "project") else theta

    def parameters(self, theta):
        """Return the coefficients and intercepts for the original targets."""
        return theta[:-1, :], theta[-1, :] + self.offset

    def in_columns(self, theta):
        """Return theta of all outputs, with coefficients for the columns of X."""
        theta = theta if self.basis is None else self.basis.in_columns(theta)
        return theta if self.outputs is None else self.among_outputs(theta)

    def original_targets(self):
        """Return the moments of the original targets."""
        return replace(self.targets, mean=self.targets.mean + self.offset)

    def target_variance(self):
        """Return the largest variance of the targets' outputs."""
        variance = self.targets.significant().variance
        return float(_arrays.namespace(variance).max(variance))

    def scale_of_errors(self, theta, share, scale):
        """Return s with mean(min((e / s)^2, share^2)) = 1, starting from a scale."""
        for _ in range(SCALE_STEPS):
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

    # Metrics

    def identity_metric(self):
        """Return the Euclidean metric, in which all coefficients are alike."""
        ones = _arrays.namespace(self.columns.mean).ones_like(self.columns.mean)
        return Metric(ones[:, None], 0.0 * ones[:, None], ones[:1, None])

    def diagonal_metric(self, curvature=None):
        """Return the metric of the columns' variances, times the loss's curvature."""
        xp = _arrays.namespace(self.columns.mean)
        curvature = self.units[0] if curvature is None else curvature
        variance, centre = self.squares(), self.columns.mean
        centre = centre if self.fit_intercept else 0.0 * centre
        scale = curvature * variance[:, None] + self.penalty.curvature
        varies = variance[:, None] > 0
        return Metric(
            xp.where(varies, scale, xp.full_like(scale, STILL)),
            centre[:, None],
            xp.zeros_like(scale[:1, :]) + curvature,
        )

    def typical_curvature(self):
        """Return the loss's largest curvature, or that at the best constant, or 1."""
        bound = self.loss.curvature_bound
        if bound < float("inf"):
            return bound
        z = self._constant(least=0.5 / self.rows.X.shape[0])[None, :]
        curvature = self.plain_loss.curvature(self.targets.mean[None, :], z)
        return float(_arrays.namespace(z).max(curvature)) or 1.0

    def slope_rounding(self):
        """Return the rounding error of the gradient at the best constant, a length.

        The errors of a prediction have its rounding errors, and so have their slopes; a
        column counts by its root mean square relative to its standard deviation.
        """
        curvature, spread = self.units
        xp = _arrays.namespace(self.columns.mean)
        c = self._constant(least=0.5 / self.rows.X.shape[0]) + self.offset
        size = float(xp.max(xp.maximum(xp.abs(c), spread + 0.0 * c)))
        length = (1 + float(xp.sum(self.centring_ratios()))) ** 0.5 * size
        length = length * float(xp.max(curvature + 0.0 * c)) ** 0.5
        return SUM_ROUNDING * _arrays.epsilon(self.rows.X) * length

    def hessian_metric(self, theta, min_curvature=MIN_CURVATURE):
        """Return the metric given by the cost's Hessian at theta.

        For each output it is X' diag(h) X with the loss's curvature h: the moments of
        the columns with h as weights, centred at their own mean. For a loss with linear
        pieces each column gets at least a fraction of the largest curvature.
        """
        return self.metric_of(self.curvature_moments(theta), min_curvature)

    def curvature_moments(self, theta):
        """Return the columns' moments weighted by the curvature, one per output."""
        # Each output's products have their cost.
        rows = self.rows.in_blocks(widest_output=0, rows_per_feature=1)
        return rows.sum(curvature_moments, theta, self.loss, self.n_classes)

    def singular_metric(self, theta):
        """Return the same metric from triangular factors of the rows; without kinks.

        The triangle R of the rows times the square root of the curvature keeps the
        digits that R'R loses, at twice the arithmetic.
        """
        metric = self.hessian_metric(theta)
        triangles = self.triangles(theta, metric.centre, metric.scale)
        ridges = roots_of(self.penalty, metric.scale)
        factors = [
            (t + Triangle(_arrays.like(r, t.R, "same"))).R
            for t, r in zip(triangles, ridges, strict=True)
        ]
        epsilon = self.centred_epsilon()
        return singular_metric(metric, factors, epsilon=epsilon, coupled=self.coupled)

    def triangles(self, theta, centre, scale):
        """Return triangular factors of the cost's Hessian, one per output."""
        rows = self.rows.in_blocks(dense=True, widest_output=0, rows_per_feature=2)
        at = (theta, self.loss, self.n_classes)
        return rows.sum(curved_triangles, *at, centre, scale * self.weight**0.5)

    def metric_of(self, moments, min_curvature=MIN_CURVATURE):
        """Return the `HessianMetric` of the columns' moments, one per output."""
        xp = _arrays.namespace(moments[0].mean)
        varies = self.columns.variance > 0
        centre = xp.stack([m.mean for m in moments], axis=1)
        if self.fit_intercept:
            products = xp.stack([m.significant().scatter for m in moments])
        else:
            products = xp.stack([m.about_zero() for m in moments])
            varies, centre = varies | (self.columns.mean != 0), 0.0 * centre
        weights = xp.stack([m.weight for m in moments], axis=1) / self.weight
        products = products / self.weight
        if hasattr(self.penalty, "hessians"):
            off_diagonal = self.penalty.hessians(products.shape[0])
            off_diagonal = off_diagonal * (1 - np.eye(off_diagonal.shape[-1]))
            products = products + _arrays.like(off_diagonal, products, "same")
        variance = self.columns.variance
        ridge = (self.penalty.curvature + 0.0 * variance[:, None]).T
        if not self.loss.smooth_curvature:
            min_curvature = min_curvature * self.loss.curvature_bound
            ridge, weights = ridge + min_curvature * variance, weights + min_curvature
        return hessian_metric(
            products,
            centre,
            weights,
            ridge=ridge,
            varies=varies,
            epsilon=_arrays.epsilon(self.rows.X),
            coupled=self.coupled,
        )


def _total_weight(rows):
    if rows.weight is None:
        return float(rows.X.shape[0])
    return float(_arrays.namespace(rows.weight).sum(rows.weight))
