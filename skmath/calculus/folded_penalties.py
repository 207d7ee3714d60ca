r"""Folded concave penalties: like l1 for small coefficients, constant for large ones.

The minimax concave penalty (MCP) of Zhang and the smoothly clipped absolute deviation
(SCAD) of Fan and Li do not have the lasso's bias for large coefficients. Their slopes
at w > 0, with a = alpha and the concavity kappa = c / gamma, are

.. math:: (a - \kappa w)_+ \qquad \text{and} \qquad
    \min\Bigl(a, \frac{(\gamma a / c - w)_+ \, c}{\gamma - 1}\Bigr).

c is the curvature of the loss along the column, so that gamma has no unit: with gamma >
1 (MCP) or > 2 (SCAD) the cost is convex in each single coefficient. It is not jointly
convex if columns are correlated: a descent ends at a local optimum, and there is no
duality gap.

The proximal map of v > 0 with a step t is the best of the points where the slope of
(w - v)^2 / 2t + P(w) is zero: one on each of the pieces on which it is a line. In the
metric of a Hessian a few lassos, whose weights are the penalty's slopes at the last
one, converge to a local optimum (Zou and Li's local linear approximation).

References
----------
.. [1] C.-H. Zhang, "Nearly unbiased variable selection under minimax concave penalty",
   Annals of Statistics, 38(2), 2010.
.. [2] J. Fan and R. Li, "Variable selection via nonconcave penalized likelihood and its
   oracle properties", J. Amer. Stat. Assoc., 96(456), 2001.
.. [3] H. Zou and R. Li, "One-step sparse estimates in nonconcave penalized likelihood
   models", Annals of Statistics, 36(4), 2008 (local linear approximation).
.. [4] P. Breheny and J. Huang, "Coordinate descent algorithms for nonconvex penalized
   regression", Annals of Applied Statistics, 5(1), 2011.
"""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from skmath import _arrays
from skmath._arrays import host
from skmath.calculus.partly_smooth import LEVEL, NEARER
from skmath.calculus.proximal_newton import Factor, lasso_from

__all__ = ["MCP", "SCAD", "Folded"]

TANGENTS = 20
"""Maximum number of lassos, with the penalty's slopes as weights, that approximate the
local optimum of a quadratic."""


DOUBLINGS = 10
"""Maximum number of times that a step towards this optimum is doubled."""


@dataclass(frozen=True)
class Folded:
    """Base class of MCP and SCAD: penalties whose slope is piecewise linear.

    Parameters
    ----------
    alpha : float
    gamma : float
    weights : float or array of shape (n_features, 1), default=1.0
        Per-coefficient weights of the penalty.
    positive : bool or array of shape (n_features, 1), default=False
        Which coefficients must be nonnegative.
    curvature_unit : float or array, default=1.0
        c, the curvature of the loss along the columns.
    """

    alpha: float
    gamma: float
    weights: Any = 1.0
    positive: Any = False
    curvature_unit: Any = 1.0

    curvature = 0.0
    is_convex = False
    is_smooth = False
    has_kinks = True

    if TYPE_CHECKING:  # computed below, and not fields of the dataclass
        strength: Any = field(init=False)
        nonnegative: Any = field(init=False)
        has_constraints: bool = field(init=False)
        has_unpenalized: bool = field(init=False)

    def __post_init__(self) -> None:
        strength, nonnegative = host(self.alpha * self.weights), host(self.positive)
        vars(self).update(
            strength=strength,
            nonnegative=nonnegative,
            has_constraints=bool(nonnegative.any()),
            has_unpenalized=bool((strength == 0).any()),
        )

    def pieces(self) -> tuple[list[Any], list[Any], list[Any]]:
        """Return where the pieces start, the slope there, and its rate of change.

        Returns
        -------
        starts, slopes, turns : lists of arrays
            On a piece P'(w) = slope + rate (w - start).
        """
        raise NotImplementedError

    def in_units(self, slope: Any, curvature: Any) -> Self:
        """Return the penalty with its kinks multiplied by slope."""
        return replace(self, weights=host(self.weights) * host(slope))

    def times(self, factor: float) -> Self:
        """Return the penalty with its strength multiplied by a factor."""
        return replace(self, alpha=self.alpha * factor)

    def largest_factor(self, gradient: Any) -> float:
        """Return the factor of the strength above which all zeros stay zero.

        At zero the penalty has the lasso's kink.
        """
        g = host(gradient)
        outward = np.where(self.nonnegative & (g > 0), 0.0, np.abs(g))
        kinks = np.where(self.strength > 0, self.strength, np.inf)
        return float(np.max(outward / kinks))

    def with_curvature(self, curvature: Any) -> Self:
        """Return the penalty for a loss with that curvature along the columns."""
        unit = host(curvature)
        return replace(self, curvature_unit=np.where(unit > 0, unit, 1.0))

    def scaled(self, scale: Any) -> Self:
        """Return the penalty as a function of x = scale w."""
        unit = self.curvature_unit / scale**2
        return replace(self, weights=self.weights / scale, curvature_unit=unit)

    def of_columns(self, indices: Any) -> Self:
        """Return the penalty for some of the coefficients."""
        parts = {}
        for name in ("weights", "positive", "curvature_unit"):
            x = getattr(self, name)
            parts[name] = x[indices, ...] if np.ndim(x) and len(x) > 1 else x
        return replace(self, **parts)

    def whole_groups(self, indices: Any) -> Any:
        """Return the columns that must enter together with some: only these."""
        return indices

    def value(self, w: Any) -> float:
        """Return the penalty summed over all coefficients, a number."""
        return self.kink_value(host(w))

    def kink_value(self, w: Any) -> float:
        """Return the penalty of an ndarray of coefficients."""
        return float(np.sum(self._values(np.abs(w))))

    def _values(self, size: np.ndarray) -> np.ndarray:
        """Return the penalty of coefficients of these sizes, the slope's integral."""
        starts, slopes, bends = self.pieces()
        total, ends = np.zeros_like(size), [*starts[1:], np.inf]
        for start, end, slope, bend in zip(starts, ends, slopes, bends, strict=True):
            length = np.clip(size, start, end) - start
            total = total + length * (slope + 0.5 * bend * length)
        return total

    def gradient(self, w: Any) -> Any:
        """Return zero: no part of the penalty is smooth everywhere."""
        return 0.0 * w

    def kink_slope(self, w: Any, d: Any) -> Any:
        """Return the derivative at w along d, for each output."""
        u, along = host(w), host(d)
        signs = np.where(u == 0, np.sign(along), np.sign(u))
        rates = signs * self._slopes(np.abs(u)) * along
        return _arrays.like(np.sum(rates, axis=0), d, "same")

    def largest_step(self, w: Any, d: Any) -> float:
        """Return the largest s for which w + s d is feasible, a number."""
        w, d = host(w), host(d)
        falls = self.nonnegative & (d < 0)
        return float(np.min(np.where(falls, w / np.where(falls, -d, 1.0), np.inf)))

    def prox(self, v: Any, step: Any) -> Any:
        """Return the w that minimises (w - v)^2 / 2 step + P(w)."""
        u, t = host(v), host(step)
        size = np.where(self.nonnegative, np.maximum(u, 0.0), np.abs(u))
        best, cost = np.zeros_like(size), size**2 / 2
        starts, slopes, bends = self.pieces()
        for start, end, slope, bend in zip(
            starts, [*starts[1:], np.inf], slopes, bends, strict=True
        ):
            curvature = 1 + t * bend
            with np.errstate(divide="ignore", invalid="ignore"):
                w = (size - t * (slope - bend * start)) / curvature
            # On a concave piece the minimum is at one of its ends.
            w = np.clip(np.where(curvature > 0, w, start), start, end)
            here = (w - size) ** 2 / 2 + t * self._values(w)
            best, cost = np.where(here < cost, w, best), np.minimum(here, cost)
        return _arrays.like(np.sign(u) * best, v, "same")

    def restricted(self, n_features: int) -> tuple[Any, ...]:
        """Return which coefficients always cost more, and which must be nonnegative.

        Large ones do not: the penalty is constant there.
        """
        nonnegative = np.atleast_2d(self.nonnegative).any(axis=1)
        return tuple(
            np.broadcast_to(x, (n_features,))
            for x in (np.zeros(1, dtype=bool), nonnegative)
        )

    def slope(self, w: Any) -> Any:
        """Return the derivative at coefficients that are not zero."""
        return np.sign(w) * self._slopes(np.abs(w))

    def _slopes(self, size: Any) -> Any:
        """Return the slope at coefficients of given sizes; at zero that of the kink."""
        level, rate = self._lines(size)
        return level + rate * size

    def _lines(self, size: Any) -> tuple[Any, Any]:
        """Return level and rate of the lines, level + rate size, of the slope."""
        level = rate = 0.0 * size
        for start, first, bend in zip(*self.pieces(), strict=True):
            here = size >= start
            level = np.where(here, first - bend * start, level)
            rate = np.where(here, bend, rate)
        return level, rate

    def quadratic_minimum(
        self,
        start: Any,
        H: Any,
        b: Any,
        scale: Any,
        step: float,
        tol: float | None = None,
    ) -> Any:
        """Return a w with a low x'Hx / 2 - b'x + step P(w), where x = scale w.

        Each step replaces P by the lasso with its slopes, which majorises it: the
        minimum is lower, and at a local optimum it is the same point. The step is then
        extended while this lowers the cost, and to the points where the slope is zero
        on the pieces found there.
        """
        penalty, x = self.scaled(scale), start * scale
        nonnegative = np.broadcast_to(self.nonnegative, x.shape)
        factors = [Factor() for _ in H]
        level = LEVEL * np.finfo(H.dtype).eps * (np.abs(b).max() + 1e-300)
        end = NEARER * penalty._missed(x, H, b, step) if tol is None else tol
        end = max(end, level)
        for _ in range(TANGENTS):
            before = x
            strength = step * penalty._slopes(np.abs(x))
            problems = zip(x.T, H, b.T, strength.T, nonnegative.T, factors, strict=True)
            lassos = [
                lasso_from(*parts, 0.0, factor)  # type: ignore[call-arg]  # unpacked
                for *parts, factor in problems
            ]
            x = np.stack(lassos, axis=1)
            x = penalty._ahead(before, x, H, b, step)
            still = np.abs(x - before).max() <= level
            if still or penalty._missed(x, H, b, step) <= end:
                break
        return x / scale

    def _ahead(self, before: Any, x: Any, H: Any, b: Any, step: Any) -> Any:
        """Return the best of x, a stationary point on its pieces, and points beyond x.

        Points beyond are on the line from before to x, at distances that double.
        """
        total = self._total(x, H, b, step)
        for share in 2.0 ** np.arange(DOUBLINGS):
            beyond = x + share * (x - before)
            beyond = np.where(beyond * x <= 0, 0.0, beyond)  # not past a kink
            lower = self._total(beyond, H, b, step)
            if not (lower < total).any():
                break
            x, total = np.where(lower < total, beyond, x), np.minimum(lower, total)
        settled = self._on_pieces(x, H, b, step)
        return np.where(self._total(settled, H, b, step) < total, settled, x)

    def _on_pieces(self, x: Any, H: Any, b: Any, step: Any) -> Any:
        """Return the stationary point, if each coefficient stayed on its piece."""
        level, rate = self._lines(np.abs(x))
        level, rate = step * np.sign(x) * level, np.broadcast_to(step * rate, x.shape)
        new = np.zeros_like(x)
        for k, nonzero in enumerate((x != 0).T):
            S = np.flatnonzero(nonzero)
            bent = H[k][np.ix_(S, S)] + np.diag(rate[S, k])
            try:
                factor = cho_factor(bent, lower=True)
            except np.linalg.LinAlgError:  # not convex on these pieces
                new[:, k] = x[:, k]
                continue
            new[S, k] = cho_solve(factor, b[S, k] - level[S, k])
        return np.where(self.nonnegative, np.maximum(new, 0.0), new)

    def _total(self, x: Any, H: Any, b: Any, step: Any) -> Any:
        """Return x'Hx / 2 - b'x + step P(x) for each output."""
        product = np.matmul(H, x.T[:, :, None])[:, :, 0].T
        terms = x * (0.5 * product - b) + step * self._values(np.abs(x))
        return np.sum(terms, axis=0)

    def _missed(self, x: Any, H: Any, b: Any, step: Any) -> Any:
        """Return how far x is from prox(x - (H x - b)), in its largest coordinate."""
        slope = np.matmul(H, x.T[:, :, None])[:, :, 0].T - b
        return np.abs(self.prox(x - slope, step) - x).max()

    def slack(self, w: Any, g: Any) -> Any:
        """Return how far a slope of the loss is from moving a coefficient off zero.

        It is minus infinity if a coefficient is not held.
        """
        held = self.nonnegative & (g > 0)
        slack = self.strength - np.where(held, 0.0, np.abs(g))
        return np.where((w != 0) | ((self.strength == 0) & ~held), -np.inf, slack)


class MCP(Folded):
    """Minimax concave penalty: alpha |w| - c w^2 / (2 gamma), constant for large |w|.

    It is constant from |w| = gamma alpha / c.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import MCP
    >>> MCP(alpha=1.0, gamma=3.0).prox(np.array([0.5, 2.0, 4.0]), 1.0)
    array([0. , 1.5, 4. ])
    """

    def pieces(self) -> tuple[list[Any], list[Any], list[Any]]:
        """Return starts, slopes and turns of the pieces."""
        a, kappa = self.strength, self.curvature_unit / self.gamma
        return [0.0 * a, a / kappa], [a, 0.0 * a], [-kappa, 0.0 * kappa]


class SCAD(Folded):
    """Smoothly clipped absolute deviation: alpha |w| up to |w| = alpha / c.

    Its slope then decreases, and from |w| = gamma alpha / c it is constant.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import SCAD
    >>> SCAD(alpha=1.0, gamma=3.0).prox(np.array([0.5, 2.0, 2.5, 4.0]), 1.0)
    array([0., 1., 2., 4.])
    """

    def pieces(self) -> tuple[list[Any], list[Any], list[Any]]:
        """Return starts, slopes and turns of the pieces."""
        a, c = self.strength, self.curvature_unit
        none, rate = 0.0 * a, -c / (self.gamma - 1)
        return [none, a / c, self.gamma * a / c], [a, a, none], [0.0 * c, rate, 0.0 * c]
