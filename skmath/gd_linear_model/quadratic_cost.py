"""The cost with a squared error, from the moments of one pass over the rows."""

import numpy as np

from skmath import _arrays
from skmath._arrays import host
from skmath._rows.checks import check_squares
from skmath.calculus.metrics import inner
from skmath.calculus.proximal_newton import Factor, lasso_from
from skmath.gd_linear_model.cost import MIN_CURVATURE, Cost
from skmath.gd_linear_model.warm_start import extrapolated
from skmath.statistics import ColumnMoments, CrossMoments
from skmath.statistics.moments import (
    common_centre,
    cross_moments,
    moments_about,
    products_about,
)

SOME_ROWS = 1000
"""Rows from all parts of X whose mean is subtracted before products are summed: it only
has to be within about a standard deviation of the mean."""


class QuadraticCost(Cost):
    """The cost with half the squared error, from the moments of one pass.

    It is quadratic in theta: its value, gradient and Hessian take O(p^2) time.

    Parameters
    ----------
    cost : Cost
        With `SquaredError`, and an l2 penalty, none, or one with a kink.
    moments : CrossMoments, default=None
        Moments of the columns of [X y] for the rows to use; None means all rows.
    """

    def __init__(self, cost, moments=None):
        vars(self).update(vars(cost))
        p, self.moments = self.rows.n_features, moments
        if moments is None:
            self.moments = moments_of(self.rows.in_blocks(rows_per_feature=1))
        self.weight = float(self.moments.weight[0])
        check_squares(self.moments.scatter)
        clean = self.moments.significant()
        xp = _arrays.namespace(clean.scatter)
        diagonal = xp.linalg.diagonal(clean.scatter)
        self._columns = ColumnMoments(clean.weight, clean.mean[:p], diagonal[:p])
        products = clean.scatter if self.fit_intercept else clean.about_zero()
        self._S = products[:p, :p] / self.weight
        self._s = products[:p, p:] / self.weight
        self._ss = xp.linalg.diagonal(products)[p:] / self.weight
        self._own = xp

    epsilon = 2.0**-52
    """Rounding unit of the moments, which are sums in the widest float."""

    def __call__(self, theta):
        """Return the cost, and the gradient of all of it except the penalty's kink."""
        xp, p = self._own, self.rows.n_features
        w, c = theta[:-1, :], theta[-1:, :]
        slope = self._S @ w - self._s
        value = 0.5 * float(xp.sum(w * (slope - self._s)) + xp.sum(self._ss))
        off = xp.zeros_like(c)
        if self.fit_intercept:
            mean = self.moments.mean
            off = c + mean[None, :p] @ w - mean[None, p:]
            value += 0.5 * float(xp.sum(off * off))
            slope = slope + mean[:p, None] * off
        gradient = xp.concat([slope + self.penalty.gradient(w), off], axis=0)
        # Rounding of the moments may make the value slightly negative.
        return value + self.penalty.value(w), gradient

    def losses(self, thetas):
        """Return the loss without the penalty at each of several theta.

        Parameters
        ----------
        thetas : sequence of m arrays of shape (n_features + 1, n_outputs)

        Returns
        -------
        ndarray of shape (m,)
        """
        xp, p, m = self._own, self.rows.n_features, len(thetas)
        theta = xp.concat(list(thetas), axis=1)
        w, c = theta[:-1, :], theta[-1, :]
        s = xp.concat([self._s] * m, axis=1)
        errors = xp.sum(w * (self._S @ w - 2 * s), axis=0)
        if self.fit_intercept:
            mean = self.moments.mean
            off = c + mean[:p] @ w - xp.concat([mean[p:]] * m)
            errors = errors + off * off
        errors = xp.sum(xp.reshape(errors, (m, -1)), axis=1)
        return 0.5 * _arrays.to_numpy(errors + xp.sum(self._ss))

    def hessian_metric(self, theta, min_curvature=MIN_CURVATURE):
        """Return the metric given by the Hessian, which is constant."""
        return self.metric_of((self.moments_of_columns(),), min_curvature)

    def lassos(self, factors, share):
        """Return theta of the optima with the kink times each of several factors.

        Without a ridge one system of products serves all of them. Between two changes
        of its support the optimum is linear in the kink, and each search starts on this
        line.

        Parameters
        ----------
        factors : sequence of m floats
        share : float
            Fraction of the smallest kink by which a coefficient may violate its
            condition.

        Returns
        -------
        list of m arrays of shape (n_features + 1, n_outputs)
        """
        metric, xp, p = self.hessian_metric(None), self._own, self._s.shape[0]
        H, scale, s = (
            _arrays.to_numpy(a) for a in (metric.hessian, metric.scale, self._s)
        )
        kinks = np.broadcast_to(host(self.penalty.kink_strength), s.shape) / scale
        walls = np.broadcast_to(host(self.penalty.positive), s.shape)
        columns = zip((s / scale).T, kinks.T, walls.T, strict=True)
        found = [lassos_along(factors, H[0], *each, share) for each in columns]
        w = _arrays.like(np.stack(found, axis=-1) / scale, self._s, "same")
        mean = self.moments.mean
        c = mean[p:] - xp.sum(mean[:p, None] * w, axis=1)
        c = c if self.fit_intercept else 0.0 * c
        theta = xp.concat([w, c[:, None, :]], axis=1)
        return [theta[k, ...] for k in range(len(factors))]

    def moments_of_columns(self):
        """Return the `CrossMoments` of the columns of X."""
        p, moments = self.rows.n_features, self.moments
        parts = (moments.mean[:p], moments.scatter[:p, :p], moments.rounding[:p])
        return CrossMoments(moments.weight, *parts)

    def resolves(self, point, tol):
        """Return True if rounding is below tol times the gradient at the start.

        The rounding errors of sums of products over n rows are relative to their size.
        """
        xp = self._own
        length = xp.sqrt(xp.linalg.diagonal(self._S))[:, None]
        inverse = xp.where(length > 0, 1 / xp.where(length > 0, length, 1.0), 0.0)
        terms = inverse * (xp.abs(self._S) @ xp.abs(point.theta[:-1, :]))
        unit = inner(inverse * self._s, inverse * self._s) ** 0.5
        rounding = 8 * _arrays.epsilon(self.rows.X) * inner(terms, terms) ** 0.5
        return rounding <= tol * unit


def lassos_along(factors, H, b, kink, wall, share):
    """Return the minimisers of x'Hx / 2 - b'x + factor kink'abs(x), one per row."""
    x, factor = np.zeros((len(factors), b.size)), Factor()
    smallest = kink[kink > 0].min(initial=np.inf)
    tol = share * smallest if np.isfinite(smallest) else 0.0
    for k, now in enumerate(factors):
        start = extrapolated(factors[: k + 1], x[:k]) if k else x[0]
        x[k] = lasso_from(start, H, b, now * kink, wall, now * tol, factor)
    return x


def moments_of(rows):
    """Return the `CrossMoments` of the columns of [X y] of all rows.

    All blocks are centred at the same point, the mean of some rows from all parts of X,
    which saves computing the mean of each block.

    Parameters
    ----------
    rows : Rows

    Returns
    -------
    CrossMoments
        For n_features + n_outputs columns.
    """
    some = rows.evenly_spaced(SOME_ROWS)
    if some is None:
        return rows.sum(cross_moments)
    centre = common_centre(some.sum(cross_moments))
    products, sums, total = rows.sum(products_about, centre)
    return moments_about(centre, products, sums, total, rows.X)
