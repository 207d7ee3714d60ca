r"""Metrics: they define the steepest direction, and the length of a step.

The direction of steepest descent in a metric M is :math:`-M^{-1} \nabla f`. With M the
identity it is the negative gradient; with M the curvature along each column it does not
depend on the columns' units; with M the Hessian it is Newton's direction.

Parameters are arrays of shape (n_features + 1, n_outputs), with the intercept last.

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
"""Scale of a constant column's coefficient, so that it does not move. Its square
is still finite."""

ROUNDING = 16
"""Multiple of p rounding units that is added to the diagonal of a Hessian: about the
rounding error of a sum of p products."""


@dataclass(frozen=True)
class Metric:
    """Diagonal metric: one scale per coefficient, and one for the intercept.

    Moving the intercept with the coefficients, so that the outputs at the centre stay
    the same, has the effect of centring the columns, without changing them.

    Parameters
    ----------
    scale : array of shape (n_features, n_outputs or 1)
        Diagonal of M for the coefficients.
    centre : array of shape (n_features, n_outputs or 1)
        Zero without an intercept.
    intercept_scale : array of shape (1, n_outputs or 1)
        Diagonal of M for the intercept.
    """

    scale: Any
    centre: Any
    intercept_scale: Any

    newton = False
    """Whether M is the Hessian, so that a step of length 1 is Newton's."""

    coupled = False
    """Whether the outputs compete, as in softmax, but M treats them one by one."""

    def solve(self, gradient: Any) -> Any:
        """Return M^-1 gradient."""
        at_mean = gradient[-1:, :]
        d = self._divide(gradient[:-1, :] - self.centre * at_mean)
        intercept = at_mean / self.intercept_scale - self._at_centre(d)
        return _arrays.namespace(d).concat([d, intercept], axis=0)

    def direction(self, gradient: Any) -> Any:
        """Return M^-1 gradient, minus its mean over the outputs if they are coupled.

        Its negative is the direction of steepest descent in M.
        """
        d = self.solve(gradient)
        if not self.coupled:
            return d
        # The metrics of the outputs differ; a drift in the direction that does not
        # change the loss would only be reversed slowly, by the penalty.
        return d - _arrays.namespace(d).mean(d, axis=1, keepdims=True)

    def move(self, theta: Any, gradient: Any, step: Any, penalty: Any) -> Any:
        """Return prox(theta - step M^-1 gradient)."""
        if penalty.is_smooth:
            return theta - step * self.direction(gradient)
        moved = theta - step * self.solve(gradient)
        w = self._prox(moved[:-1, :], step, penalty)
        intercept = moved[-1:, :] - self._at_centre(w - moved[:-1, :])
        return _arrays.namespace(w).concat([w, intercept], axis=0)

    def norm(self, d: Any) -> float:
        """Return sqrt(d'Md)."""
        w, intercept = d[:-1, :], d[-1:, :] + self._at_centre(d[:-1, :])
        square = inner(self.scale * w, w)
        return (square + inner(self.intercept_scale * intercept, intercept)) ** 0.5

    def slope(self, point: Any, penalty: Any) -> float:
        """Return the length of the proximal gradient at a point: 0 at the optimum."""
        if penalty.is_smooth:
            return self.norm(self.direction(point.gradient))
        new = self.move(point.theta, point.gradient, 1.0, penalty)
        return self.norm(new - point.theta)

    def to_standard(self, gradient: Any) -> Any:
        """Return the gradient in coordinates in which M is the identity."""
        g = gradient[:-1, :] - self.centre * gradient[-1:, :]
        parts = [g / self.scale**0.5, gradient[-1:, :] / self.intercept_scale**0.5]
        return _arrays.namespace(g).concat(parts, axis=0)

    def from_standard(self, step: Any) -> Any:
        """Convert a step in those coordinates to the parameters."""
        w = step[:-1, :] / self.scale**0.5
        intercept = step[-1:, :] / self.intercept_scale**0.5 - self._at_centre(w)
        return _arrays.namespace(w).concat([w, intercept], axis=0)

    def _divide(self, g: Any) -> Any:
        """Return M^-1 g for the coefficients only."""
        return g / self.scale

    def _prox(self, w: Any, step: float, penalty: Any) -> Any:
        return penalty.prox(w, step / self.scale)

    def _at_centre(self, w: Any) -> Any:
        return _arrays.namespace(w).sum(self.centre * w, axis=0, keepdims=True)


@dataclass(frozen=True)
class HessianMetric(Metric):
    """Metric given by the Hessian of the objective, for each output.

    Parameters
    ----------
    scale, centre, intercept_scale : arrays
        As in `Metric`; scale holds the square roots of the Hessians' diagonals.
    hessian : array of shape (n_outputs, n_features, n_features)
        Rows and columns divided by scale: ones on the diagonals.
    coupled : bool
        Whether the outputs compete, as in softmax: adding the same to all of them
        changes nothing, gradients sum to zero over them, and so do the directions.
    """

    hessian: Any
    coupled: bool

    @property
    def newton(self) -> bool:  # type: ignore[override]  # it is computed
        """Whether M is the full Hessian."""
        return not self.coupled

    def _divide(self, g: Any) -> Any:
        """Return M^-1 g, solving one linear system per output."""
        xp = _arrays.namespace(g)
        scaled = (g / self.scale).T[:, :, None]
        return xp.linalg.solve(self.hessian, scaled)[:, :, 0].T / self.scale

    def norm(self, d: Any) -> float:
        """Return sqrt(d'Md)."""
        w, intercept = d[:-1, :], d[-1:, :] + self._at_centre(d[:-1, :])
        scaled = (self.scale * w).T[:, :, None]
        square = inner(self.hessian @ scaled, scaled)
        return (square + inner(self.intercept_scale * intercept, intercept)) ** 0.5

    def move(
        self, theta: Any, gradient: Any, step: Any, penalty: Any, share: Any = 0.0
    ) -> Any:
        """Return argmin_u g'(u - theta) + (u - theta)'M(u - theta) / (2 step) + k(u).

        g is the gradient. It is one lasso per output, solved from theta, or the result
        of the penalty's own ``quadratic_minimum``. With a share, a lasso may violate
        its optimality condition by that fraction of the smallest kink.
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
    def _factors(self) -> dict[int, Factor]:
        """Cached factors of the supports found so far, by output."""
        return {}

    def _lassos(self, w: Any, g: Any, step: float, penalty: Any, share: float) -> Any:
        """Return the coefficients after `move`."""
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
        nonnegative = np.broadcast_to(host(penalty.positive).T, shape)
        found = []
        for k, H in enumerate(hessian):
            x, s = scale[k] * start[k], scale[k]
            b = H @ x - step * g[k] / s
            strength = step * kink[k] / s
            tol = share * strength[strength > 0].min(initial=np.inf) if share else 0.0
            factor = self._factors.setdefault(k, Factor())
            found.append(lasso_from(x, H, b, strength, nonnegative[k], tol, factor) / s)
        return _arrays.like(np.stack(found).T, w, "same")


@dataclass(frozen=True)
class SingularMetric(Metric):
    """Metric R'R given by the singular values of R, for penalties without kinks.

    The product R'R loses the digits of directions in which columns are nearly
    collinear; R keeps them.

    Parameters
    ----------
    scale, centre, intercept_scale : arrays
        As in `HessianMetric`.
    s : array of shape (n_outputs, r)
        Singular values of R, with its columns divided by scale.
    Vt : array of shape (n_outputs, r, n_features)
        Right singular vectors, one per row.
    inverse_squares : array of shape (n_outputs, r)
        1 / s^2; 0 for singular values that are rounding errors, along which nothing
        moves.
    coupled : bool
        As in `HessianMetric`.
    """

    s: Any
    Vt: Any
    inverse_squares: Any
    coupled: bool

    newton = True

    def _divide(self, g: Any) -> Any:
        """Return M^-1 g, V s^-2 V' g for each output."""
        coordinates = self.Vt @ (g / self.scale).T[:, :, None]
        coordinates = coordinates * self.inverse_squares[:, :, None]
        xp = _arrays.namespace(g)
        back = xp.matrix_transpose(self.Vt) @ coordinates
        return back[:, :, 0].T / self.scale

    def null_space(self) -> Any:
        """Return a basis of the null space of M, of vectors of length 1.

        They are not orthogonalised: if columns have very different units, this would
        lose the digits of small coefficients.

        Returns
        -------
        array of shape (n_features, k)
            For the first output; it is the same for all with positive curvature.
        """
        still = self.inverse_squares[0, :] == 0
        basis = _arrays.to_numpy(self.Vt[0, ...])[_arrays.to_numpy(still)].T
        basis = basis / _arrays.to_numpy(self.scale[:, :1])
        basis = basis / np.linalg.norm(basis, axis=0)
        return _arrays.like(basis, self.scale, "same")

    def norm(self, d: Any) -> float:
        """Return sqrt(d'Md)."""
        w, intercept = d[:-1, :], d[-1:, :] + self._at_centre(d[:-1, :])
        rotated = self.s[:, :, None] * (self.Vt @ (self.scale * w).T[:, :, None])
        square = inner(rotated, rotated)
        return (square + inner(self.intercept_scale * intercept, intercept)) ** 0.5


def singular_metric(metric: Any, factors: Any, *, epsilon: Any, coupled: Any) -> Any:
    """Return the `SingularMetric` of triangular factors of the Hessians.

    Parameters
    ----------
    metric : HessianMetric
        Provides the scale, the centre and the curvature of the intercepts.
    factors : sequence of n_outputs arrays of shape (n_features, n_features)
        R of each output, with its columns divided by scale.
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


def hessian_metric(
    hessian: Any,
    centre: Any,
    weights: Any,
    *,
    ridge: Any,
    varies: Any,
    epsilon: Any,
    coupled: Any,
) -> Any:
    """Return the `HessianMetric` of Hessians, which may be singular.

    Parameters
    ----------
    hessian : array of shape (n_outputs, n_features, n_features)
    centre : array of shape (n_features, n_outputs)
    weights : array of shape (1, n_outputs)
        Second derivatives with respect to the intercepts.
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
    # Collinear columns have directions without curvature, in which the gradient is zero
    # too; a little curvature keeps the system solvable.
    more = xp.where(moves, ridge / scale / scale, xp.ones_like(scale))
    more = more + p * epsilon * ROUNDING
    identity = xp.eye(p, dtype=hessian.dtype, device=_arrays.device(hessian))
    hessian = hessian / scale[:, :, None] / scale[:, None, :]
    hessian = hessian + more[:, :, None] * identity
    return HessianMetric(scale.T, centre, weights, hessian, coupled)


def inner(a: Any, b: Any) -> float:
    """Return the sum of the elementwise product of two arrays, a float."""
    with np.errstate(over="ignore", invalid="ignore"):
        return float(_arrays.namespace(a).sum(a * b))
