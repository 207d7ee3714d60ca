r"""Metrics: in which a direction is steepest, and a step short.

The direction of steepest descent in a metric M is :math:`-M^{-1} \nabla f`. With M the
identity it is the gradient's opposite; with M the curvature along each column it does
not depend on the columns' units; with M the Hessian it is Newton's direction.

Parameters are arrays of shape (n_features + 1, n_outputs), the intercept last.

References
----------
.. [1] J. Nocedal and S. J. Wright, *Numerical Optimization*, 2nd edition, 2006,
   section 3.3.
.. [2] J. D. Lee, Y. Sun and M. A. Saunders, "Proximal Newton-type methods for
   minimizing composite functions", SIAM J. Optim., 24(3), 2014, equation (2.10).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from skmath import _arrays
from skmath._arrays import host
from skmath.calculus.proximal_newton import Factor, lasso_from

__all__ = [
    "HessianMetric",
    "Metric",
    "SingularMetric",
    "hessian_metric",
    "inner",
    "singular_metric",
]

STILL = 1e150
"""Scale of a constant column's coefficient: it does not move, the intercept does. Its
square is still a number."""

ROUNDING = 16
"""Multiple of p times the rounding unit by which the diagonal of a Hessian is raised:
about the rounding error of a sum of p products."""


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

    coupled = False
    """Whether the outputs compete, as in softmax, and M takes them one by one."""

    def solve(self, gradient):
        """Return M^-1 gradient."""
        at_mean = gradient[-1:, :]
        d = self._divide(gradient[:-1, :] - self.centre * at_mean)
        intercept = at_mean / self.intercept_scale - self._at_centre(d)
        return _arrays.namespace(d).concat([d, intercept], axis=0)

    def direction(self, gradient):
        """Return M^-1 gradient, less its mean over the outputs if they are coupled.

        Its opposite is the steepest descent in M.
        """
        d = self.solve(gradient)
        if not self.coupled:
            return d
        # The metrics of the outputs differ; what they would let drift in the direction
        # that changes nothing would come back only at the penalty's pace.
        return d - _arrays.namespace(d).mean(d, axis=1, keepdims=True)

    def move(self, theta, gradient, step, penalty):
        """Return prox(theta - step M^-1 gradient)."""
        if penalty.is_smooth:
            return theta - step * self.direction(gradient)
        moved = theta - step * self.solve(gradient)
        w = self._prox(moved[:-1, :], step, penalty)
        intercept = moved[-1:, :] - self._at_centre(w - moved[:-1, :])
        return _arrays.namespace(w).concat([w, intercept], axis=0)

    def norm(self, d):
        """Return sqrt(d'Md)."""
        w, intercept = d[:-1, :], d[-1:, :] + self._at_centre(d[:-1, :])
        square = inner(self.scale * w, w)
        return (square + inner(self.intercept_scale * intercept, intercept)) ** 0.5

    def slope(self, point, penalty):
        """Return the length of the proximal gradient at a point: 0 at the optimum."""
        if penalty.is_smooth:
            return self.norm(self.direction(point.gradient))
        moved = self.move(point.theta, point.gradient, 1.0, penalty)
        return self.norm(moved - point.theta)

    def to_standard(self, gradient):
        """Return the gradient in coordinates in which M is the identity."""
        g = gradient[:-1, :] - self.centre * gradient[-1:, :]
        parts = [g / self.scale**0.5, gradient[-1:, :] / self.intercept_scale**0.5]
        return _arrays.namespace(g).concat(parts, axis=0)

    def from_standard(self, step):
        """Return a step in those coordinates as one in the parameters'."""
        w = step[:-1, :] / self.scale**0.5
        intercept = step[-1:, :] / self.intercept_scale**0.5 - self._at_centre(w)
        return _arrays.namespace(w).concat([w, intercept], axis=0)

    def _divide(self, g):
        """Return M^-1 g of the coefficients alone."""
        return g / self.scale

    def _prox(self, w, step, penalty):
        return penalty.prox(w, step / self.scale)

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

    def _divide(self, g):
        """Return M^-1 g, solving one linear system an output."""
        xp = _arrays.namespace(g)
        scaled = (g / self.scale).T[:, :, None]
        return xp.linalg.solve(self.hessian, scaled)[:, :, 0].T / self.scale

    def norm(self, d):
        """Return sqrt(d'Md)."""
        w, intercept = d[:-1, :], d[-1:, :] + self._at_centre(d[:-1, :])
        scaled = (self.scale * w).T[:, :, None]
        square = inner(self.hessian @ scaled, scaled)
        return (square + inner(self.intercept_scale * intercept, intercept)) ** 0.5

    def move(self, theta, gradient, step, penalty, share=0.0):
        """Return argmin_u g'(u - theta) + (u - theta)'M(u - theta) / (2 step) + k(u).

        It is a lasso an output, searched from theta, or what the penalty's own
        ``quadratic_minimum`` finds; g is the gradient. With a
        share, a lasso may miss its condition by that part of the smallest kink.
        """
        if penalty.is_smooth:
            return super().move(theta, gradient, step, penalty)
        w, at_mean = theta[:-1, :], gradient[-1:, :]
        g = gradient[:-1, :] - self.centre * at_mean
        new = self._lassos(w, g, step, penalty, share)
        intercept = theta[-1:, :] - step * at_mean / self.intercept_scale
        intercept = intercept - self._at_centre(new - w)
        return _arrays.namespace(new).concat([new, intercept], axis=0)

    @cached_property
    def _factors(self):
        """Factors of the supports that were met, by output: the Hessian stays."""
        return {}

    def _lassos(self, w, g, step, penalty, share):
        """Return the coefficients to which `move` leads."""
        shape = (w.shape[1], w.shape[0])
        start, g = (_arrays.to_numpy(a).astype(np.float64).T for a in (w, g))
        scale = np.broadcast_to(_arrays.to_numpy(self.scale).T, shape)
        hessian = _arrays.to_numpy(self.hessian).astype(np.float64, copy=False)
        hessian = np.broadcast_to(hessian, (shape[0], *hessian.shape[1:]))
        if hasattr(penalty, "quadratic_minimum"):
            b = np.matmul(hessian, (scale * start)[:, :, None])[:, :, 0]
            b = (b - step * g / scale).T
            new = penalty.quadratic_minimum(start.T, hessian, b, scale.T, step)
            return _arrays.like(new, w, "same")
        kink = np.broadcast_to(host(penalty.kink_strength).T, shape)
        wall = np.broadcast_to(host(penalty.positive).T, shape)
        found = []
        for k, H in enumerate(hessian):
            x, s = scale[k] * start[k], scale[k]
            b = H @ x - step * g[k] / s
            strength = step * kink[k] / s
            tol = share * strength[strength > 0].min(initial=np.inf) if share else 0.0
            factor = self._factors.setdefault(k, Factor())
            found.append(lasso_from(x, H, b, strength, wall[k], tol, factor) / s)
        return _arrays.like(np.stack(found).T, w, "same")


@dataclass(frozen=True)
class SingularMetric(Metric):
    """Curvature of the objective as R'R, by the singular values of R.

    The products R'R have lost the digits of directions in which columns are all but
    dependent; R has them. For penalties without kinks.

    Parameters
    ----------
    scale, centre, intercept_scale : arrays
        As in `HessianMetric`.
    s : array of shape (n_outputs, r)
        Singular values of R, its columns divided by scale.
    Vt : array of shape (n_outputs, r, n_features)
        Right singular vectors, a row each.
    inverse_squares : array of shape (n_outputs, r)
        1 / s^2; 0 for what is rounding, along which nothing moves.
    coupled : bool
        As in `HessianMetric`.
    """

    s: Any
    Vt: Any
    inverse_squares: Any
    coupled: bool

    newton = True

    def _divide(self, g):
        """Return M^-1 g, V s^-2 V' g output by output."""
        coordinates = self.Vt @ (g / self.scale).T[:, :, None]
        coordinates = coordinates * self.inverse_squares[:, :, None]
        xp = _arrays.namespace(g)
        back = xp.matrix_transpose(self.Vt) @ coordinates
        return back[:, :, 0].T / self.scale

    def null_space(self):
        """Return a basis of the w that M does not see, of length 1 each.

        They are not made orthogonal: of columns in very different units that would
        lose the digits of those with small coefficients.

        Returns
        -------
        array of shape (n_features, k)
            Of the first output; it is the same for all whose curvature is above 0.
        """
        still = self.inverse_squares[0, :] == 0
        basis = _arrays.to_numpy(self.Vt[0, ...])[_arrays.to_numpy(still)].T
        basis = basis / _arrays.to_numpy(self.scale[:, :1])
        basis = basis / np.linalg.norm(basis, axis=0)
        return _arrays.like(basis, self.scale, "same")

    def norm(self, d):
        """Return sqrt(d'Md)."""
        w, intercept = d[:-1, :], d[-1:, :] + self._at_centre(d[:-1, :])
        turned = self.s[:, :, None] * (self.Vt @ (self.scale * w).T[:, :, None])
        square = inner(turned, turned)
        return (square + inner(self.intercept_scale * intercept, intercept)) ** 0.5


def singular_metric(metric, factors, *, epsilon, coupled):
    """Return the `SingularMetric` of triangular factors of the Hessians.

    Parameters
    ----------
    metric : HessianMetric
        Whose scale, centre and curvature of the intercepts it takes.
    factors : sequence of n_outputs arrays of shape (n_features, n_features)
        R of each output, its columns divided by scale.
    epsilon : float
        Rounding unit of the factors.
    coupled : bool

    Returns
    -------
    SingularMetric
    """
    xp = _arrays.namespace(*factors)
    _, s, Vt = zip(*map(_arrays.svd, factors), strict=True)
    s, Vt = xp.stack(s), xp.stack(Vt)
    rounding = Vt.shape[-1] * epsilon * xp.max(s, axis=1, keepdims=True)
    kept = s > rounding
    inverse = xp.where(kept, 1 / xp.where(kept, s, 1.0) ** 2, 0.0)
    parts = (metric.scale, metric.centre, metric.intercept_scale)
    return SingularMetric(*parts, s, Vt, inverse, coupled)


def hessian_metric(hessian, centre, weights, *, ridge, varies, epsilon, coupled):
    """Return the `HessianMetric` of second derivatives, which may be singular.

    Parameters
    ----------
    hessian : array of shape (n_outputs, n_features, n_features)
    centre : array of shape (n_features, n_outputs)
    weights : array of shape (1, n_outputs)
        Second derivatives in the intercepts.
    ridge : array of shape (n_outputs or 1, n_features)
        Added to the diagonals.
    varies : array of bool of shape (n_features,)
        Which columns vary; the coefficients of others do not move.
    epsilon : float
        Rounding unit of the Hessians.
    coupled : bool
        As in `HessianMetric`.

    Returns
    -------
    HessianMetric
    """
    xp = _arrays.namespace(hessian)
    p = hessian.shape[-1]
    diagonal = xp.linalg.diagonal(hessian) + ridge
    moves = varies & (diagonal > 0)
    scale = xp.where(moves, xp.sqrt(diagonal), xp.full_like(diagonal, STILL))
    # Collinear columns leave directions without curvature: the gradient is zero there
    # too, and a little curvature keeps the system solvable.
    more = xp.where(moves, ridge / scale / scale, xp.ones_like(scale))
    more = more + p * epsilon * ROUNDING
    identity = xp.eye(p, dtype=hessian.dtype, device=_arrays.device(hessian))
    hessian = hessian / scale[:, :, None] / scale[:, None, :]
    hessian = hessian + more[:, :, None] * identity
    return HessianMetric(scale.T, centre, weights, hessian, coupled)


def inner(a, b):
    """Return the sum of the products of two arrays' entries, a float."""
    with np.errstate(over="ignore", invalid="ignore"):
        return float(_arrays.namespace(a).sum(a * b))
