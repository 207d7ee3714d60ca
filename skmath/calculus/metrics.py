r"""Metrics: in which a direction is steepest, and a step short.

The direction of steepest descent in a metric M is :math:`-M^{-1} \nabla f`. With M the
identity it is the seed's; with M the curvature along each column it does not depend on
the columns' units; with M the Hessian it is Newton's direction.

Parameters are arrays of shape (n_features + 1, n_outputs), the intercept last.

References
----------
.. [1] J. Nocedal and S. J. Wright, *Numerical Optimization*, 2nd edition, 2006,
   section 3.3.
.. [2] J. D. Lee, Y. Sun and M. A. Saunders, "Proximal Newton-type methods for
   minimizing composite functions", SIAM J. Optim., 24(3), 2014, equation (2.10).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from skmath import _arrays
from skmath.calculus.proximal_newton import quadratic_lasso

__all__ = ["HessianMetric", "Metric", "inner"]


@dataclass(frozen=True)
class Metric:
    """A length for each coefficient; the intercept is moved at the columns' centre.

    Moving the intercept with the coefficients, so that the outputs at the centre stay,
    is what centring the columns would do, without touching them.

    Parameters
    ----------
    scale : array of shape (n_features, n_outputs or 1)
        Diagonal of M for the coefficients.
    centre : array of shape (n_features, n_outputs or 1)
        Zero where there is no intercept.
    intercept_scale : array of shape (1, n_outputs or 1)
        Diagonal of M for the intercept.
    """

    scale: Any
    centre: Any
    intercept_scale: Any

    newton = False
    """Whether M is the second derivative: then a step of length 1 is Newton's."""

    def solve(self, g):
        """Return M^-1 g for the coefficients' part of a gradient."""
        return g / self.scale

    def direction(self, gradient):
        """Return M^-1 gradient, whose opposite is the steepest descent in M."""
        return self._minimising(gradient)

    def _minimising(self, gradient):
        """Return d whose opposite minimises gradient'd + d'Md / 2."""
        g_intercept = gradient[-1:, :]
        d = self.solve(gradient[:-1, :] - self.centre * g_intercept)
        return stack(d, g_intercept / self.intercept_scale - self._at_centre(d))

    def move(self, theta, gradient, step, penalty):
        """Return prox(theta - step M^-1 gradient)."""
        if penalty.is_smooth:
            return theta - step * self.direction(gradient)
        moved = theta - step * self._minimising(gradient)
        w = self._prox(moved[:-1, :], step, penalty)
        return stack(w, moved[-1:, :] - self._at_centre(w - moved[:-1, :]))

    def _prox(self, w, step, penalty):
        return penalty.prox(w, step / self.scale)

    def norm(self, d):
        """Return sqrt(d'Md)."""
        w, intercept = d[:-1, :], d[-1:, :] + self._at_centre(d[:-1, :])
        square = inner(self.scale * w, w)
        return (square + inner(self.intercept_scale * intercept, intercept)) ** 0.5

    def to_standard(self, gradient):
        """Return the gradient in coordinates in which M is the identity."""
        g = gradient[:-1, :] - self.centre * gradient[-1:, :]
        return stack(g / self.scale**0.5, gradient[-1:, :] / self.intercept_scale**0.5)

    def from_standard(self, step):
        """Return a step in those coordinates as one in the parameters'."""
        w = step[:-1, :] / self.scale**0.5
        return stack(w, step[-1:, :] / self.intercept_scale**0.5 - self._at_centre(w))

    def _at_centre(self, w):
        return _arrays.namespace(w).sum(self.centre * w, axis=0, keepdims=True)


@dataclass(frozen=True)
class HessianMetric(Metric):
    """Curvature of the objective, output by output.

    Parameters
    ----------
    scale, centre, intercept_scale : arrays
        As in `Metric`; scale holds the square roots of the Hessians' diagonals.
    hessian : array of shape (n_outputs, n_features, n_features)
        Rows and columns divided by scale: ones on the diagonals.
    coupled : bool
        Whether the outputs compete, as in softmax: adding the same to all of them then
        changes nothing, gradients sum to zero over them, and so do the directions here.
    """

    hessian: Any
    coupled: bool

    @property
    def newton(self):
        """Whether M is the whole second derivative."""
        return not self.coupled

    def solve(self, g):
        """Return M^-1 g, solving one linear system an output."""
        xp = _arrays.namespace(g)
        scaled = (g / self.scale).T[:, :, None]
        return xp.linalg.solve(self.hessian, scaled)[:, :, 0].T / self.scale

    def direction(self, gradient):
        """Return M^-1 gradient, less its mean over the outputs if they are coupled."""
        d = super().direction(gradient)
        if not self.coupled:
            return d
        # The metrics of the outputs differ; what they would let drift in the direction
        # that changes nothing would come back only at the penalty's pace.
        return d - _arrays.namespace(d).mean(d, axis=1, keepdims=True)

    def norm(self, d):
        """Return sqrt(d'Md)."""
        w, intercept = d[:-1, :], d[-1:, :] + self._at_centre(d[:-1, :])
        scaled = (self.scale * w).T[:, :, None]
        square = inner(self.hessian @ scaled, scaled)
        return (square + inner(self.intercept_scale * intercept, intercept)) ** 0.5

    def _prox(self, w, step, penalty):
        """Return argmin_u (u - w)'M(u - w) / (2 step) + kink(u), a lasso an output."""
        shape = (w.shape[1], w.shape[0])
        points = _arrays.to_numpy(w).astype(np.float64).T
        scale = np.broadcast_to(_arrays.to_numpy(self.scale).T, shape)
        hessian = _arrays.to_numpy(self.hessian).astype(np.float64)
        hessian = np.broadcast_to(hessian, (shape[0], *hessian.shape[1:]))
        kink = np.broadcast_to(_host(penalty.kink_strength).T, shape)
        wall = np.broadcast_to(_host(penalty.positive).T, shape)
        found = [
            quadratic_lasso(H, s * x, step * k / s, no_less)
            for H, x, s, k, no_less in zip(
                hessian, points, scale, kink, wall, strict=True
            )
        ]
        return _arrays.like((np.stack(found) / scale).T, w, "same")


def stack(w, intercept):
    """Return the coefficients and the intercept below them."""
    return _arrays.namespace(w).concat([w, intercept], axis=0)


def inner(a, b):
    """Return the sum of the products of two arrays' entries, a float."""
    with np.errstate(over="ignore", invalid="ignore"):
        return float(_arrays.namespace(a).sum(a * b))


def _host(x):
    return _arrays.to_numpy(x) if _arrays.is_array(x) else np.asarray(x)
