r"""Folded concave penalties: of small coefficients as l1, of large ones nothing more.

The minimax concave penalty (MCP) of Zhang and the smoothly clipped absolute deviation
(SCAD) of Fan and Li leave large coefficients without the lasso's bias. Their slopes at
w > 0, with a = alpha and the concavity kappa = c / gamma, are

.. math:: (a - \kappa w)_+ \qquad \text{and} \qquad
    \min\Bigl(a, \frac{(\gamma a / c - w)_+ \, c}{\gamma - 1}\Bigr).

c is the curvature of the loss along the column, so gamma has no unit: with gamma > 1
(MCP) or > 2 (SCAD) the cost is convex in each coefficient alone. It is not convex in
all of them together where columns depend on each other: a descent ends at a local
optimum, and there is no duality gap.

The proximal map of v > 0 with a step t is the best of the points where the slope of
(w - v)^2 / 2t + P(w) is zero: one on each of the pieces on which it is a line. In the
metric of a Hessian a few lassos, whose weights are the penalty's slopes at the last
one, go down to a local optimum (Zou and Li's local linear approximation).

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

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from skmath import _arrays
from skmath._arrays import host
from skmath.calculus.partly_smooth import NEARER
from skmath.calculus.proximal_newton import Factor, lasso_from

__all__ = ["MCP", "SCAD", "Folded"]

TANGENTS = 20
"""Lassos whose slopes are those of the penalty, to a quadratic's local optimum."""


@dataclass(frozen=True)
class Folded:
    """What MCP and SCAD share: pieces on which the slope is a line.

    Parameters
    ----------
    alpha : float
    gamma : float
    weights : float or array of shape (n_features, 1), default=1.0
        How much of it each coefficient is charged.
    positive : bool or array of shape (n_features, 1), default=False
        Which coefficients must not be negative.
    curvature_unit : float or array, default=1.0
        c, the curvature of the loss along the columns.
    """

    alpha: float
    gamma: float
    weights: Any = 1.0
    positive: Any = False
    curvature_unit: Any = 1.0

    curvature = 0.0
    is_smooth = False
    has_kinks = True

    def __post_init__(self):
        strength, walls = host(self.alpha * self.weights), host(self.positive)
        vars(self).update(
            strength=strength,
            walls=walls,
            has_walls=bool(walls.any()),
            frees_some=bool((strength == 0).any()),
        )

    def pieces(self):
        """Return the ends of the pieces, slopes where they begin and what they turn by.

        Returns
        -------
        starts, slopes, turns : lists of arrays
            On a piece P'(w) = slope + turn (w - start).
        """
        raise NotImplementedError

    def in_units(self, slope, curvature):
        """Return the penalty with its kinks times slope."""
        return replace(self, weights=host(self.weights) * host(slope))

    def times(self, factor):
        """Return the penalty of that many times the strength."""
        return replace(self, alpha=self.alpha * factor)

    def strongest(self, gradient):
        """Return the factor of the strength from which these slopes leave zeros.

        At zero the penalty has the lasso's kink.
        """
        g = host(gradient)
        outward = np.where(self.walls & (g > 0), 0.0, np.abs(g))
        kinks = np.where(self.strength > 0, self.strength, np.inf)
        return float(np.max(outward / kinks))

    def with_curvature(self, curvature):
        """Return the penalty for a loss of that curvature along the columns."""
        unit = host(curvature)
        return replace(self, curvature_unit=np.where(unit > 0, unit, 1.0))

    def scaled(self, scale):
        """Return the penalty of x = scale w, as a function of x."""
        unit = self.curvature_unit / scale**2
        return replace(self, weights=self.weights / scale, curvature_unit=unit)

    def of_columns(self, indices):
        """Return the penalty of some of the coefficients."""
        parts = {}
        for name in ("weights", "positive", "curvature_unit"):
            x = getattr(self, name)
            parts[name] = x[indices, ...] if np.ndim(x) and len(x) > 1 else x
        return replace(self, **parts)

    def whole(self, indices):
        """Return the columns that leave or enter together with some: these alone."""
        return indices

    def value(self, w):
        """Return the penalty of all the coefficients, a number."""
        return self.kink_value(host(w))

    def kink_value(self, w):
        """Return the same of an ndarray."""
        return float(np.sum(self._values(np.abs(w))))

    def _values(self, size):
        """Return the penalty of coefficients of those sizes: integrals of the slope."""
        starts, slopes, turns = self.pieces()
        total, ends = 0.0, [*starts[1:], np.inf]
        for start, end, slope, turn in zip(starts, ends, slopes, turns, strict=True):
            length = np.clip(size, start, end) - start
            total = total + length * (slope + 0.5 * turn * length)
        return total

    def gradient(self, w):
        """Return zero: no part of it is smooth everywhere."""
        return 0.0 * w

    def kink_slope(self, w, d):
        """Return the derivative at w along d, output by output."""
        u, along = host(w), host(d)
        signs = np.where(u == 0, np.sign(along), np.sign(u))
        rates = signs * self._slopes(np.abs(u)) * along
        return _arrays.like(np.sum(rates, axis=0), d, "same")

    def longest(self, w, d):
        """Return the largest s with w + s d not behind a wall, a number."""
        w, d = host(w), host(d)
        falls = self.walls & (d < 0)
        return float(np.min(np.where(falls, w / np.where(falls, -d, 1.0), np.inf)))

    def prox(self, v, step):
        """Return the w with the least (w - v)^2 / 2 step + P(w)."""
        u, t = host(v), host(step)
        size = np.where(self.walls, np.maximum(u, 0.0), np.abs(u))
        best, cost = np.zeros_like(size), size**2 / 2
        starts, slopes, turns = self.pieces()
        for start, end, slope, turn in zip(
            starts, [*starts[1:], np.inf], slopes, turns, strict=True
        ):
            bend = 1 + t * turn
            with np.errstate(divide="ignore", invalid="ignore"):
                w = (size - t * (slope - turn * start)) / bend
            # Where the piece bends down its ends are as good as it gets.
            w = np.clip(np.where(bend > 0, w, start), start, end)
            here = (w - size) ** 2 / 2 + t * self._values(w)
            best, cost = np.where(here < cost, w, best), np.minimum(here, cost)
        return _arrays.like(np.sign(u) * best, v, "same")

    def holds(self, n_features):
        """Return which coefficients cost anything, and which must not be negative.

        A large one is charged, but no more than a larger one.
        """
        walls = np.atleast_2d(self.walls).any(axis=1)
        return tuple(
            np.broadcast_to(x, (n_features,)) for x in (np.zeros(1, dtype=bool), walls)
        )

    def slope(self, w):
        """Return the derivative where a coefficient is not zero."""
        return np.sign(w) * self._slopes(np.abs(w))

    def _slopes(self, size):
        """Return the slope at coefficients of those sizes, at zero that of the kink."""
        slope = 0.0 * size
        for start, first, turn in zip(*self.pieces(), strict=True):
            slope = np.where(size >= start, first + turn * (size - start), slope)
        return slope

    def quadratic_minimum(self, start, H, b, scale, step, tol=None):
        """Return a w with a low x'Hx / 2 - b'x + step P(w), where x = scale w.

        Each step replaces P by the lasso with its slopes, which is above it and touches
        it: the minimum is lower, and at a local optimum it is the same point.
        """
        penalty, x = self.scaled(scale), start * scale
        walls = np.broadcast_to(self.walls, x.shape)
        factors = [Factor() for _ in H]
        end = None
        for _ in range(TANGENTS):
            strength = step * penalty._slopes(np.abs(x))
            problems = zip(x.T, H, b.T, strength.T, walls.T, factors, strict=True)
            x = np.stack(
                [lasso_from(*parts, 0.0, factor) for *parts, factor in problems], axis=1
            )
            slope = np.matmul(H, x.T[:, :, None])[:, :, 0].T - b
            missed = np.abs(penalty.prox(x - slope, step) - x).max()
            end = NEARER * missed if end is None else end
            if missed <= (end if tol is None else tol):
                break
        return x / scale

    def slack(self, w, g):
        """Return by how much a slope of the loss misses moving a coefficient from zero.

        It is minus infinity where one is not held.
        """
        held = self.walls & (g > 0)
        slack = self.strength - np.where(held, 0.0, np.abs(g))
        return np.where((w != 0) | ((self.strength == 0) & ~held), -np.inf, slack)


class MCP(Folded):
    """alpha |w| - c w^2 / (2 gamma), up to |w| = gamma alpha / c; constant beyond.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import MCP
    >>> MCP(alpha=1.0, gamma=3.0).prox(np.array([0.5, 2.0, 4.0]), 1.0)
    array([0. , 1.5, 4. ])
    """

    def pieces(self):
        """Return starts, slopes and turns of the pieces."""
        a, kappa = self.strength, self.curvature_unit / self.gamma
        return [0.0 * a, a / kappa], [a, 0.0 * a], [-kappa, 0.0 * kappa]


class SCAD(Folded):
    """alpha |w| up to alpha / c, then ever less, from gamma alpha / c on constant.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import SCAD
    >>> SCAD(alpha=1.0, gamma=3.0).prox(np.array([0.5, 2.0, 2.5, 4.0]), 1.0)
    array([0., 1., 2., 4.])
    """

    def pieces(self):
        """Return starts, slopes and turns of the pieces."""
        a, c = self.strength, self.curvature_unit
        none, turn = 0.0 * a, -c / (self.gamma - 1)
        return [none, a / c, self.gamma * a / c], [a, a, none], [0.0 * c, turn, 0.0 * c]
