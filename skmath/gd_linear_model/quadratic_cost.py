"""The cost of a squared error, from the moments of one pass over the rows."""

import numpy as np

from skmath import _arrays
from skmath._rows.checks import check_squares
from skmath.calculus.metrics import inner
from skmath.calculus.partly_smooth import host
from skmath.calculus.proximal_newton import Factor, lasso_from
from skmath.gd_linear_model.cost import GRANTED, Cost
from skmath.statistics import ColumnMoments, CrossMoments
from skmath.statistics.moments import (
    common_centre,
    cross_moments,
    moments_about,
    products_about,
)

SOME_ROWS = 1000
"""Rows of all parts of X, about whose mean products are summed: it need only be nearer
to the mean than a deviation or so."""


class QuadraticCost(Cost):
    """The cost with half the squared error, from the moments of one pass.

    It is a quadratic in theta, whose value, gradient and Hessian cost O(p^2).

    Parameters
    ----------
    cost : Cost
        With `SquaredError`, an l2 or no penalty or one with a kink.
    moments : CrossMoments, default=None
        Of the columns of [X y] of the rows that it is to be of; None for all.
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
    """Rounding unit of a quadratic in moments: these are sums in the widest float."""

    def __call__(self, theta):
        """Return the cost, and the gradient of all of it but the penalty's kink."""
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
        # Rounding of the moments may take it below zero, where it still has a slope.
        return value + self.penalty.value(w), gradient

    def hessian_metric(self, theta, granted=GRANTED):
        """Return the metric of the second derivative, the same everywhere."""
        return self._metric_of((self.moments_of_columns(),), granted)

    def lassos(self, penalties, share):
        """Yield theta of the optimum with each of several kinks, from the last one.

        Without a ridge one system of products serves all of them.

        Parameters
        ----------
        penalties : sequence of ElasticNet
            Of which only the kink is another.
        share : float
            Of the smallest kink, by which a coefficient may miss its condition.
        """
        metric, xp = self.hessian_metric(None), self._own
        H, scale, s = (
            _arrays.to_numpy(a) for a in (metric.hessian, metric.scale, self._s)
        )
        b, factors = s / scale, [Factor() for _ in s.T]
        positive = np.broadcast_to(host(self.penalty.positive), s.shape)
        x, p = np.zeros_like(b), s.shape[0]
        for penalty in penalties:
            kinks = np.broadcast_to(host(penalty.kink_strength), s.shape) / scale
            for k, factor in enumerate(factors):
                tol = share * kinks[:, k][kinks[:, k] > 0].min(initial=np.inf)
                tol = tol if np.isfinite(tol) else 0.0
                parts = (x[:, k], H[0], b[:, k], kinks[:, k], positive[:, k])
                x[:, k] = lasso_from(*parts, tol, factor)
            w = _arrays.like(x / scale, self._s, "same")
            mean = self.moments.mean
            c = mean[None, p:] - mean[None, :p] @ w
            yield xp.concat([w, c if self.fit_intercept else 0.0 * c], axis=0)

    def moments_of_columns(self):
        """Return the `CrossMoments` of the columns of X."""
        p, moments = self.rows.n_features, self.moments
        parts = (moments.mean[:p], moments.scatter[:p, :p], moments.rounding[:p])
        return CrossMoments(moments.weight, *parts)

    def resolves(self, point, tol):
        """Tell whether rounding is below tol times the gradient at the start.

        Sums of products of n rows are rounded as numbers of their own size are.
        """
        xp = self._own
        length = xp.sqrt(xp.linalg.diagonal(self._S))[:, None]
        inverse = xp.where(length > 0, 1 / xp.where(length > 0, length, 1.0), 0.0)
        terms = inverse * (xp.abs(self._S) @ xp.abs(point.theta[:-1, :]))
        unit = inner(inverse * self._s, inverse * self._s) ** 0.5
        rounding = 8 * _arrays.epsilon(self.rows.X) * inner(terms, terms) ** 0.5
        return rounding <= tol * unit


def moments_of(rows):
    """Return the `CrossMoments` of the columns of [X y] of all rows.

    All blocks are centred at the same place, the mean of some rows in all parts of X,
    which spares the mean of each block.

    Parameters
    ----------
    rows : Rows

    Returns
    -------
    CrossMoments
        Of n_features + n_outputs columns.
    """
    some = rows.evenly_spaced(SOME_ROWS)
    if some is None:
        return rows.sum(cross_moments)
    centre = common_centre(some.sum(cross_moments))
    return moments_about(centre, *rows.sum(products_about, centre), rows.X)
