r"""Newton's steps on the support, without a Hessian: for sparse X and wide supports.

From a point w a proximal step guesses which coefficients are not zero in the end, and
their signs. For these the cost is smooth, and Newton's system

.. math:: H_{SS} d_S = -(g_S + \lambda_S \sigma_S) - H_{S\bar S} d_{\bar S}, \quad
    d_{\bar S} = -w_{\bar S}

is solved by conjugate gradients, each of which is one product with X and one with its
transpose. What would cross zero stays there. The proximal step's length sigma, in the
metric of the Hessian's diagonal D, says how far to go: D / sigma is added to H. With a
small sigma the step is the proximal one, with a large one it is Newton's. It grows
where the cost falls and shrinks where it does not.

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

from skmath.calculus.descent import Rule, arrive
from skmath.calculus.metrics import inner
from skmath.gd_linear_model.block_sums import curved_product, of_columns

__all__ = ["SupportNewton"]

MOST_PRODUCTS = 100
"""Products with the Hessian for one step."""

ROUGHLY = 0.3
"""Share of the system's residual that is left at most; less, the nearer the optimum."""

FIRST_SIGMA = 4.0
"""Length of the first proximal step, in the metric."""

FARTHER = 4.0
"""How many times longer the next is, or shorter where the cost did not fall."""

TRIALS = 30
"""Shorter and shorter steps of which none lowers the cost, where only rounding is."""


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
            new = arrive(system.solution(here.theta, roughness), 1.0, cost)
            if new.value < here.value:
                self.sigma *= FARTHER
                return new
            self.sigma /= FARTHER
        return None


@dataclass
class System:
    """Newton's system for the coefficients that are not zero in a guess.

    Only the columns of X take part that have a coefficient here or in the guess; all
    arrays are of these, the intercept last.

    Parameters
    ----------
    curved : Rows
        Their columns, with the loss's curvature for y.
    columns : ndarray of int
        Their indices in theta.
    signs : ndarray of shape (n_columns, n_outputs)
        In the guess.
    on : ndarray of shape (n_columns, n_outputs)
        1 where a coefficient may move, 0 where it is to be zero.
    right : ndarray of shape (n_columns, n_outputs)
        Minus the slope of the cost.
    ridge, scale : ndarrays that broadcast to it
        Second derivative of the penalty, and diagonal of the whole's.
    sigma : float
        The larger, the farther the solution may be.
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
        """Return the system of a guess made with `curved_metric`."""
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
        bends = (penalty.kink_strength > 0) | penalty.positive
        signs[:-1] *= bends
        return cls(curved, columns, signs, on, right, ridge, scale, sigma)

    def solution(self, theta, roughness):
        """Return theta with the solution; what would cross zero is zero."""
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
        """Return the second derivative times d."""
        slope, at_intercept = self.curved.sum(curved_product, d)
        return np.concatenate([slope, at_intercept]) + self.ridge * d

    def damped(self, d):
        """Return the same where a coefficient may move, and what keeps d near zero."""
        return self.on * (self.product(d) + self.scale / self.sigma * d)


def conjugate_gradients(system, right, roughness):
    """Return d with system.damped(d) = right, about, searched from zero."""
    d, r = 0.0 * right, right
    z = r / system.scale
    p, square = z, inner(r, z)
    end = roughness**2 * square
    for _ in range(MOST_PRODUCTS):
        if not square > end:
            break
        turn = system.damped(p)
        share = square / inner(p, turn)
        d, r = d + share * p, r - share * turn
        z = r / system.scale
        before, square = square, inner(r, z)
        p = z + (square / before) * p
    return d
