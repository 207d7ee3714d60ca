r"""Firth's penalised likelihood for two classes: finite even if they are separable.

Jeffreys' prior, the square root of the determinant of Fisher's information, multiplies
the likelihood (Firth 1993, section 3), so that the cost is

.. math:: F(\beta) = -\frac{1}{W} \Big( \sum_i v_i \log p_i(y_i)
    + \tfrac{1}{2} \log \det I(\beta) \Big), \quad
    I(\beta) = \sum_i v_i p_i (1 - p_i) x_i x_i^T,

where the last entry of x_i is the 1 of the intercept. The determinant goes to zero if
the probabilities go to 0 and 1: the optimum is finite for all data (Heinze and Schemper
2002, section 2). In the gradient, each row's score is modified by its leverage h_i, the
diagonal entry of the hat matrix,

.. math:: U(\beta)_j = \sum_i \big( v_i (y_i - p_i) + h_i (\tfrac{1}{2} - p_i) \big)
    x_{ij}, \quad h_i = v_i p_i (1 - p_i) \, x_i^T I(\beta)^{-1} x_i

(Heinze and Schemper 2002, section 2). An evaluation takes O(n p^2) time.

References
----------
.. [1] D. Firth, "Bias reduction of maximum likelihood estimates", Biometrika, 80(1),
   1993.
.. [2] G. Heinze and M. Schemper, "A solution to the problem of separation in logistic
   regression", Statistics in Medicine, 21(16), 2002.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from skmath import _arrays
from skmath.calculus import WithOffset
from skmath.gd_linear_model.block_sums import curvature_moments, targets_and_outputs
from skmath.gd_linear_model.cost import Cost
from skmath.linear_algebra import affine

__all__ = ["FirthCost"]

DEPENDENT = 4
"""Multiple of p rounding units below which an eigenvalue of the columns' correlations
counts as zero: a column is then a linear combination of others."""


class FirthCost(Cost):
    """The cost minus half the logarithm of the information's determinant.

    Linearly dependent columns add nothing to the information: the determinant is taken
    over the directions in which the rows differ.

    Parameters
    ----------
    rows : Rows
        Rows with one output in y.
    options : Options
    offset : array, default=None
        As in `Cost`.
    """

    is_convex = False
    may_recede = False
    _basis = None

    def __call__(self, theta):
        """Return the cost, and the gradient that each row's leverage modifies."""
        value, gradient = super().__call__(theta)
        information = self.information(theta)
        if information is None:
            return math.inf, gradient
        at = (theta, self.loss, self.n_classes)
        slopes = self.rows.sum(leverage_gradient, *at, information)
        value = value - 0.5 * information.log_determinant / self.weight
        slopes = _arrays.like(slopes / self.weight, gradient, "same")
        return value, gradient + slopes

    @property
    def line(self):
        """Not available: this cost along a line needs the rows, so steps are halved."""
        raise AttributeError("line")

    def of(self, **changes):
        """Return the cost with other rows of the same data, another loss or penalty."""
        cost = super().of(**changes)
        cost._basis = None
        return cost

    def information(self, theta):
        """Return the `Information` at theta, or None if its determinant is zero."""
        rows = self.rows.in_blocks(widest_output=0, rows_per_feature=1)
        (moments,) = rows.sum(curvature_moments, theta, self.loss, self.n_classes)
        linear, basis = self.fit_intercept, self.directions()
        products = moments.significant().scatter if linear else moments.about_zero()
        total = float(moments.weight[0])
        try:
            factor = np.linalg.cholesky(basis.T @ _arrays.to_numpy(products) @ basis)
        except np.linalg.LinAlgError:
            return None
        to_scores = np.linalg.solve(factor, basis.T).T
        log_determinant = 2 * float(np.log(np.diag(factor)).sum())
        offset = _arrays.to_numpy(moments.mean)[None, :] @ to_scores * linear
        if linear:
            log_determinant += math.log(total)
        at_intercept = 1 / total if linear else 0.0
        return Information(log_determinant, to_scores, offset, at_intercept)

    def directions(self):
        """Return a basis of the directions in which rows differ, in the columns' units.

        It is the same for all theta, so that determinants are comparable.
        """
        if self._basis is None:
            scale = _arrays.to_numpy(self.squares()) ** 0.5
            scale = np.where(scale > 0, scale, np.inf)
            moments, linear = self.moments_of_columns(), self.fit_intercept
            products = moments.significant().scatter if linear else moments.about_zero()
            products = _arrays.to_numpy(products) / self.weight
            values, vectors = np.linalg.eigh(products / scale / scale[:, None])
            rounding = DEPENDENT * len(values) * _arrays.epsilon(self.rows.X)
            self._basis = vectors[:, values > rounding] / scale[:, None]
        return self._basis


@dataclass(frozen=True)
class Information:
    """Fisher's information at a point: its determinant, and leverages from its inverse.

    Parameters
    ----------
    log_determinant : float
    to_scores : ndarray of shape (n_features, n_directions)
        R, such that x'I^-1 x = |x R - offset|^2 + at_intercept.
    offset : ndarray of shape (1, n_directions)
    at_intercept : float
        0 without an intercept.
    """

    log_determinant: float
    to_scores: Any
    offset: Any
    at_intercept: float


def leverage_gradient(X, y, weight, theta, loss, n_classes, information):
    """Return a block's sum of h (p - 1/2) x, with the intercept's entry last."""
    y, z = targets_and_outputs(X, y, theta, n_classes)
    xp = _arrays.namespace(z)
    R, offset = (
        _arrays.like(part, z, "same")
        for part in (information.to_scores, information.offset)
    )
    scores = affine(X, R, -offset)
    leverage = xp.sum(scores * scores, axis=1, keepdims=True)
    leverage = leverage + information.at_intercept
    h = _arrays.weigh(loss.curvature(y, z), weight) * leverage
    outputs = loss.at(y, z)[1] if isinstance(loss, WithOffset) else z
    p = loss.inverse_link(outputs)
    slopes = h * (p - 0.5)
    at_intercept = xp.sum(slopes, axis=0, keepdims=True)
    at_intercept = at_intercept * float(information.at_intercept > 0)
    return xp.concat([X.T @ slopes, at_intercept], axis=0)
