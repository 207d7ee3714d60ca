r"""Newton steps on the support, without a Hessian: for sparse X and large supports.

From a point w a proximal step guesses which coefficients are nonzero at the optimum,
and their signs. For these the cost is smooth, and Newton's system

.. math:: H_{SS} d_S = -(g_S + \lambda_S \sigma_S) - H_{S\bar S} d_{\bar S}, \quad
    d_{\bar S} = -w_{\bar S}

is solved by conjugate gradients, with one product with X and one with its transpose per
iteration. Coefficients that would cross zero are set to zero. The proximal step's
length sigma, in the metric of the Hessian's diagonal D, limits the distance: D / sigma
is added to H. With a small sigma the step is the proximal one, with a large one
Newton's. It is increased if the cost decreases, and reduced if it does not.

References
----------
.. [1] M. Hintermueller, K. Ito and K. Kunisch, "The primal-dual active set strategy as
   a semismooth Newton method", SIAM J. Optim., 13(3), 2003.
.. [2] R. S. Dembo, S. C. Eisenstat and T. Steihaug, "Inexact Newton methods", SIAM J.
   Numer. Anal., 19(2), 1982.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from skmath.calculus.descent import Rule, point_at
from skmath.calculus.metrics import inner
from skmath.gd_linear_model.block_sums import curved_product, of_columns

__all__ = ["SupportNewton"]

MAX_PRODUCTS = 100
"""Maximum number of products with the Hessian per step."""

ROUGHLY = 0.3
"""Largest relative residual of the system; it is reduced near the optimum."""

FIRST_SIGMA = 4.0
"""Length of the first proximal step, in the metric."""

FARTHER = 4.0
"""Factor by which the next one is longer, or shorter if the cost did not decrease."""

TRIALS = 30
"""Number of ever shorter steps without a decrease, after which only rounding is
left."""


class SupportNewton(Rule):
    """The rule for a `Cost` with a kinked penalty whose curvature is smooth."""

    def __init__(self):
        self.first, self.sigma = None, FIRST_SIGMA

    def advance(self, here, metric, cost, penalty, learning_rate):
        """Return the next point."""
        slope = metric.slope(here, penalty)
        self.first = self.first or slope
        roughness = min(ROUGHLY, (slope / self.first) ** 0.5) if slope else ROUGHLY
        curved = cost.curvature_at(here.theta)
        metric = cost.curved_metric(curved, metric)
        for _ in range(TRIALS):
            guess = metric.move(here.theta, here.gradient, self.sigma, penalty)
            system = System.of(here, guess, metric, curved, cost, self.sigma)
            new = point_at(system.solution(here.theta, roughness), 1.0, cost)
            if new.value < here.value:
                self.sigma *= FARTHER
                return new
            self.sigma /= FARTHER
        return None


@dataclass
class System:
    """Newton's system for the coefficients that are nonzero in a guess.

    Only columns of X with a coefficient here or in the guess take part; all arrays are
    for these, with the intercept last.

    Parameters
    ----------
    curved : Rows
        These columns, with the loss's curvature as y.
    columns : ndarray of int
        Their indices in theta.
    signs : ndarray of shape (n_columns, n_outputs)
        Signs in the guess.
    on : ndarray of shape (n_columns, n_outputs)
        1 if a coefficient may move, 0 if it is set to zero.
    right : ndarray of shape (n_columns, n_outputs)
        Minus the slope of the cost.
    ridge, scale : ndarrays that broadcast to it
        Second derivative of the penalty, and diagonal of the full Hessian.
    sigma : float
        Larger values allow longer steps.
    """

    curved: Any
    columns: Any
    signs: Any
    on: Any
    right: Any
    ridge: Any
    scale: Any
    sigma: float

    @classmethod
    def of(cls, here, guess, metric, curved, cost, sigma):
        """Return the system for a guess made with `curved_metric`."""
        used = ((guess[:-1, :] != 0) | (here.theta[:-1, :] != 0)).any(axis=1)
        W = np.flatnonzero(used)
        columns = np.append(W, used.size)
        if 2 * W.size < used.size:
            curved = of_columns(curved, W)
        else:
            W, columns = np.arange(used.size), np.arange(used.size + 1)
        penalty, signs = cost.penalty.of_columns(W), np.sign(guess[columns])
        signs[-1] = 0.0
        on = np.abs(signs)
        on[-1] = float(cost.fit_intercept)
        right = -here.gradient[columns]
        right[:-1] -= penalty.kink_strength * signs[:-1]
        scale = np.concatenate([metric.scale[W], metric.intercept_scale]) + 0.0 * right
        ridge = np.append(
            0.0 * scale[:-1] + penalty.curvature, 0.0 * scale[-1:], axis=0
        )
        is_kinked = (penalty.kink_strength > 0) | penalty.positive
        signs[:-1] *= is_kinked
        return cls(curved, columns, signs, on, right, ridge, scale, sigma)

    def solution(self, theta, roughness):
        """Return theta with the solution; coefficients do not cross zero."""
        start = theta[self.columns]
        away = start * (self.on - 1)
        away[-1] = 0.0
        right = self.right - self.product(away) if away.any() else self.right
        d = conjugate_gradients(self, self.on * right, roughness)
        new = start + away + d
        theta = theta.copy()
        theta[self.columns] = np.where(new * self.signs < 0, 0.0, new)
        return theta

    def product(self, d):
        """Return the Hessian times d."""
        slope, at_intercept = self.curved.sum(curved_product, d)
        return np.concatenate([slope, at_intercept]) + self.ridge * d

    def damped(self, d):
        """Return the same for coefficients that may move, plus the damping term."""
        return self.on * (self.product(d) + self.scale / self.sigma * d)


def conjugate_gradients(system, right, roughness):
    """Return d with system.damped(d) = right, approximately, starting from zero."""
    d, r = 0.0 * right, right
    z = r / system.scale
    p, square = z, inner(r, z)
    end = roughness**2 * square
    for _ in range(MAX_PRODUCTS):
        if not square > end:
            break
        turn = system.damped(p)
        share = square / inner(p, turn)
        d, r = d + share * p, r - share * turn
        z = r / system.scale
        before, square = square, inner(r, z)
        p = z + (square / before) * p
    return d
