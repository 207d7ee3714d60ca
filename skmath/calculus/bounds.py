r"""Bounds on the coefficients, combined with l1 and l2.

.. math:: P(w) = \sum_j a_j |w_j| + \tfrac{1}{2} b_j w_j^2, \quad
    l_j \leq w_j \leq h_j

In one coefficient, the minimiser of a convex function in an interval is its
unconstrained minimiser clipped to the interval. So the proximal map is that of the l1
part, clipped to the bounds. The conjugate is

.. math:: P^*(u) = \sum_j \max_{l_j \leq v \leq h_j}
    u_j v - a_j |v| - \tfrac{1}{2} b_j v^2,

which is finite if b_j > 0 or the bound in the direction of u_j is finite: with finite
bounds the duality gap needs neither l1 nor l2.

References
----------
.. [1] D. P. Bertsekas, "Projected Newton methods for optimization problems with simple
   constraints", SIAM J. Control Optim., 20(2), 1982.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from skmath import _arrays
from skmath._arrays import host
from skmath.calculus.partly_smooth import PartlySmooth
from skmath.calculus.penalties import ElasticNet

__all__ = ["Bounded"]


@dataclass(frozen=True)
class Bounded(PartlySmooth):
    """An `ElasticNet` penalty with bounds on the coefficients.

    Parameters
    ----------
    inner : ElasticNet
    lower, upper : ndarrays of shape (n_features, 1)
        Bounds; may be infinite.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import L2, Bounded
    >>> box = Bounded(L2(0.0), np.array([[0.0], [-1.0]]), np.array([[1.0], [np.inf]]))
    >>> box.prox(np.array([[3.0], [-4.0]]), 1.0).ravel()
    array([ 1., -1.])
    """

    inner: ElasticNet
    lower: Any
    upper: Any

    is_smooth = False
    has_constraints = True

    @property
    def curvature(self) -> Any:
        """Second derivative of the smooth part."""
        return self.inner.curvature

    @property
    def has_kinks(self) -> bool:
        """Whether some coefficients have a kink at zero."""
        return self.inner.has_kinks

    @property
    def has_unpenalized(self) -> bool:
        """Whether some coefficients are unpenalised and not bounded on both sides."""
        return not all(self.restricted(len(self.lower))[0])

    @property
    def keeps_nonzero(self) -> bool:
        """Whether the bounds exclude zero for some coefficients."""
        return bool(((self.lower > 0) | (self.upper < 0)).any())

    @property
    def _kink(self) -> Any:
        return host(self.inner.kink_strength)

    def in_units(self, slope: Any, curvature: Any) -> "Bounded":
        """Return the penalty in other units, with the same bounds."""
        return Bounded(self.inner.in_units(slope, curvature), self.lower, self.upper)

    def times(self, factor: float) -> "Bounded":
        """Return the penalty with its strength multiplied, and the same bounds."""
        return Bounded(self.inner.times(factor), self.lower, self.upper)

    def largest_factor(self, gradient: Any) -> float:
        """Return the factor of the strength above which w stays at rest.

        At rest each coefficient is as near to zero as the bounds allow.
        """
        g, rest = host(gradient), np.clip(0.0, self.lower, self.upper)
        up = np.where((rest >= 0) & (rest < self.upper), -g, 0.0)
        down = np.where((rest <= 0) & (rest > self.lower), g, 0.0)
        kinks = np.where(self._kink > 0, self._kink, np.inf)
        return float(np.max(np.maximum(up, down) / kinks))

    def scaled(self, scale: Any) -> "Bounded":
        """Return the penalty as a function of x = scale w."""
        parts = self._kink / scale, host(self.curvature) / scale**2
        inner = self.inner.with_parts(*parts)
        return Bounded(inner, self.lower * scale, self.upper * scale)

    def unscaled(self, x: Any, scale: Any) -> Any:
        """Return w = x / scale, with coefficients exactly at their bounds."""
        w = np.where(x == self.lower * scale, self.lower, x / scale)
        w = np.where(x == self.upper * scale, self.upper, w)
        return np.clip(w, self.lower, self.upper)

    def of_columns(self, indices: Any) -> "Bounded":
        """Return the penalty for some of the coefficients."""
        parts = self.lower[indices], self.upper[indices]
        return Bounded(self.inner.of_columns(indices), *parts)

    def value(self, w: Any) -> float:
        """Return the penalty of coefficients within the bounds, a number."""
        return self.inner.value(w)

    def kink_value(self, w: Any) -> float:
        """Return the part of the penalty with kinks."""
        return float(np.sum(self._kink * np.abs(w)))

    def gradient(self, w: Any) -> Any:
        """Return the gradient of the l2 part."""
        return self.inner.gradient(w)

    def kink_slope(self, w: Any, d: Any) -> Any:
        """Return the derivative of the kinks at w along d, for each output."""
        return self.inner.kink_slope(w, d)

    def largest_step(self, w: Any, d: Any) -> float:
        """Return the largest s with w + s d within the bounds, a number."""
        w, d = host(w), host(d)
        with np.errstate(divide="ignore", invalid="ignore"):
            steps = np.where(d > 0, (self.upper - w) / d, (self.lower - w) / d)
        return float(np.min(np.where(d == 0, np.inf, steps)))

    def prox(self, v: Any, step: Any) -> Any:
        """Move v towards zero by the l1 part, and clip it to the bounds."""
        return self.project(self.inner.prox(v, step))

    def project(self, w: Any, scale: Any = 1.0) -> Any:
        """Clip w to the bounds."""
        return _arrays.like(np.clip(host(w), self.lower, self.upper), w, "same")

    def free(self, w: Any) -> Any:
        """Return which coefficients are neither at a bound nor at a kink."""
        return (self.lower < w) & (w < self.upper) & ((w != 0) | (self._kink == 0))

    def slope(self, w: Any) -> Any:
        """Return the derivative of the l1 part."""
        return self._kink * np.sign(w)

    def kept(self, w: Any, new: Any) -> Any:
        """Return new, clipped to the bounds and stopped at kinks on the way."""
        new = np.where((new * w < 0) & (self._kink > 0), 0.0, new)
        return np.clip(new, self.lower, self.upper)

    def next_kink(self, w: Any, d: Any) -> float:
        """Return the first s at which w + s d reaches a bound or a kink."""
        moves = d != 0
        with np.errstate(divide="ignore", invalid="ignore"):
            ends = np.where(d > 0, self.upper - w, self.lower - w) / d
            kinks = np.where((self._kink > 0) & (w * d < 0), -w / d, np.inf)
        ends = np.where(moves, np.minimum(ends, kinks), np.inf)
        return float(ends.min(initial=np.inf))

    def restricted(self, n_features: int) -> tuple[Any, ...]:
        """Return which coefficients are penalised or bounded above, or only below.

        A coefficient with an upper bound counts as penalised: it is not checked whether
        the cost decreases forever along it.
        """
        penalized, positive = self.inner.restricted(n_features)
        below, above = (np.isfinite(x[:, 0]) for x in (self.lower, self.upper))
        return penalized | above, positive | (below & ~above)

    # What the slope of the loss says

    def slack(self, w: Any, g: Any) -> Any:
        """Return how far a slope of the loss is from moving a coefficient.

        It is minus infinity if a coefficient is not held.
        """
        up = g + self._kink * np.where(w == 0, 1.0, np.sign(w))
        down = -g + self._kink * np.where(w == 0, 1.0, -np.sign(w))
        up = np.where(w < self.upper, up, math.inf)
        down = np.where(w > self.lower, down, math.inf)
        return np.where(self.free(w), -math.inf, np.minimum(up, down))

    def whole_groups(self, indices: Any) -> Any:
        """Return the columns that must enter together with some: only these."""
        return indices

    def dual_scale(self, g: Any) -> float | None:
        """Return the largest fraction, up to 1, of a slope for which P* is finite.

        Return None if P* is finite for every slope.
        """
        u, ridge = -host(g), host(self.curvature)
        bounded = np.isfinite(self.lower) & np.isfinite(self.upper)
        if (bounded | (ridge > 0)).all():
            return None
        ends = np.isfinite(np.where(u > 0, self.upper, self.lower)) | (ridge > 0)
        fits = ends | (np.abs(u) <= self._kink)
        shares = np.where(fits, 1.0, self._kink / np.where(fits, 1.0, np.abs(u)))
        return float(np.min(shares))

    def fenchel_gap(self, w: Any, g: Any) -> float:
        """Return P(w) + P*(-g) + g'w, for a slope with finite P*."""
        w, g = host(w), host(g)
        a, b = self._kink + 0.0 * w, host(self.curvature) + 0.0 * w
        beyond = -np.sign(g) * np.maximum(np.abs(g) - a, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            v = np.where(beyond == 0, 0.0, beyond / b)
        v = np.clip(v, self.lower, self.upper)
        gap = a * (np.abs(w) - np.abs(v)) + 0.5 * b * (w**2 - v**2) + g * (w - v)
        return float(np.sum(gap))
