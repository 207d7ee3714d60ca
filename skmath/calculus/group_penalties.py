r"""Penalties on groups of columns, which leave or enter a model together.

.. math:: \alpha \Bigl( (1 - \rho) \sum_g \sqrt{p_g} \, \|w_g\|_2
    + \rho \sum_j |w_j| \Bigr)

with rho the l1_ratio, w_g the coefficients of a group's columns for all outputs, and
p_g the number of its columns. With rho = 0 it is the group lasso of Yuan and Lin; with
groups of one column and several outputs the multi-task lasso; with rho between 0 and 1
the sparse group lasso, which also removes single columns of a group.

The proximal map with a step t_j for each coefficient first moves each by alpha rho t_j
towards zero, which gives u. Then, with the strength b of the group's norm, it shrinks
the group:

.. math:: w_j = \frac{r}{r + b t_j} u_j, \quad
    \sum_{j \in g} \Bigl( \frac{u_j}{r + b t_j} \Bigr)^2 = 1,

where r = ||w_g|| is the root of the second equation, or 0 if ||u / t|| <= b. The
inverse square root of its left side is concave in r, so that Newton's method converges
to the root from the left; in one step if the t_j of a group are equal.

References
----------
.. [1] M. Yuan and Y. Lin, "Model selection and estimation in regression with grouped
   variables", J. Royal Stat. Soc. B, 68(1), 2006.
.. [2] N. Simon, J. Friedman, T. Hastie and R. Tibshirani, "A sparse-group lasso", J.
   Comput. Graph. Stat., 22(2), 2013.
.. [3] G. Obozinski, B. Taskar and M. I. Jordan, "Joint covariate selection and joint
   subspace selection for multiple classification problems", Stat. Comput., 20, 2010.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from skmath import _arrays
from skmath._arrays import host
from skmath.calculus.partly_smooth import PartlySmooth

__all__ = ["SparseGroup"]

ROOT_STEPS = 50
"""Maximum number of Newton steps for the length of a group; 5 are usual."""

BISECTIONS = 60
"""Number of bisections for a fraction: to the last digit."""

ROUNDED = 1e-12
"""Fraction of a group's squares below which a step counts as leading to zero."""


@dataclass(frozen=True)
class SparseGroup(PartlySmooth):
    """alpha ((1 - l1_ratio) sqrt(p_g) ||v w_g|| + l1_ratio v |w|), summed over groups.

    Parameters
    ----------
    alpha : float
    l1_ratio : float
        0 for the group lasso, 1 for the lasso.
    groups : ndarray of int of shape (n_features,)
        The group of each column, from 0.
    weights : float or array of shape (n_features, 1), default=1.0
        v: per-coefficient weights, inside the norm of the group.
    positive : bool or array of shape (n_features, 1), default=False
        Which coefficients must be nonnegative.
    sizes : ndarray of shape (n_groups,), default=None
        p_g; None counts the columns.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import SparseGroup
    >>> penalty = SparseGroup(1.0, 0.0, groups=np.array([0, 0, 1]))
    >>> penalty.prox(np.array([[3.0], [4.0], [0.5]]), 1.0).round(2).ravel()
    array([2.15, 2.87, 0.  ])
    """

    alpha: float
    l1_ratio: float
    groups: Any
    weights: Any = 1.0
    positive: Any = False
    sizes: Any = None

    curvature = 0.0
    is_smooth = False
    has_kinks = True
    couples_outputs = True

    if TYPE_CHECKING:  # computed below, and not fields of the dataclass
        lengths: Any = field(init=False)
        l1_strength: Any = field(init=False)
        strength: Any = field(init=False)
        nonnegative: Any = field(init=False)
        has_constraints: bool = field(init=False)
        has_unpenalized: bool = field(init=False)

    def __post_init__(self) -> None:
        sizes = np.bincount(self.groups) if self.sizes is None else self.sizes
        weights, positive = (_column(x) for x in (self.weights, self.positive))
        vars(self).update(
            sizes=sizes,
            lengths=weights,
            l1_strength=self.alpha * self.l1_ratio * weights,
            strength=self.alpha * (1 - self.l1_ratio) * np.sqrt(sizes),
            nonnegative=positive,
            has_constraints=bool(positive.any()),
            has_unpenalized=bool((self.alpha * weights == 0).any()),
        )

    def in_units(self, slope: Any, curvature: Any) -> Self:
        """Return the penalty with each coefficient multiplied by slope."""
        slope = host(slope)
        lengths, l1_strength = self.lengths * slope, self.l1_strength * slope
        return self._with(lengths=lengths, l1_strength=l1_strength)

    def times(self, factor: float) -> Self:
        """Return the penalty with its strength multiplied by a factor."""
        return self.in_units(factor, None)

    def largest_factor(self, gradient: Any) -> float:
        """Return the factor of the strength above which all zeros stay zero."""
        unit = 1.0 / max(float(np.abs(host(gradient)).max()), 1e-300)
        share = self.dual_scale(unit * host(gradient))
        while share == 1.0 and unit < 1e100:
            unit *= 1e3
            share = self.dual_scale(unit * host(gradient))
        return 1.0 / (share * unit) if share > 0 else np.inf

    def scaled(self, scale: Any) -> Self:
        """Return the penalty as a function of x = scale w."""
        return self.in_units(1 / scale, None)

    def of_columns(self, indices: Any) -> Self:
        """Return the penalty for the columns of some groups."""
        groups = self.groups[indices]
        kept, codes = np.unique(groups, return_inverse=True)
        parts = {"groups": codes, "sizes": self.sizes[kept]}
        parts["strength"] = self.strength[kept]
        for name in ("weights", "positive", "lengths", "l1_strength", "nonnegative"):
            x = getattr(self, name)
            parts[name] = x[indices, ...] if np.ndim(x) and len(x) > 1 else x
        return self._with(**parts)

    def _with(self, **parts: Any) -> Any:
        other = object.__new__(type(self))
        vars(other).update({**vars(self), **parts})
        return other

    def whole_groups(self, indices: Any) -> Any:
        """Return all columns of the groups that these columns belong to."""
        is_affected = np.zeros(len(self.strength), dtype=bool)
        is_affected[self.groups[indices]] = True
        return np.flatnonzero(is_affected[self.groups])

    def value(self, w: Any) -> float:
        """Return the penalty summed over all coefficients, a number."""
        return self.kink_value(host(w))

    def kink_value(self, w: Any) -> float:
        """Return the penalty of an ndarray of coefficients."""
        norms = np.sqrt(self._sums((self.lengths * w) ** 2))
        return float(self.strength @ norms + np.sum(self.l1_strength * np.abs(w)))

    def gradient(self, w: Any) -> Any:
        """Return zero: no part of the penalty is smooth."""
        return 0.0 * w

    def kink_slope(self, w: Any, d: Any) -> Any:
        """Return the derivative at w along d, as a sum over the outputs."""
        w, along = host(w), host(d)
        r = self._norms(w)[self.groups][:, None]
        signs = np.where(w == 0, np.sign(along), np.sign(w))
        rates = (self.slope(w) - self.l1_strength * np.sign(w)) * along
        rates = np.where(r > 0, rates, 0.0) + self.l1_strength * signs * along
        rates = rates.sum(axis=0)
        # From zero the norm of a group increases in any direction.
        at_zero = np.sqrt(self._sums((self.lengths * np.where(r > 0, 0.0, along)) ** 2))
        rates[0] += self.strength @ at_zero
        return _arrays.like(rates, d, "same")

    def centred(self, w: Any) -> Any:
        """Subtract a number from each row of w to minimise the penalty.

        For the norms alone it is the row's mean. Return None with sign constraints or
        l1, or if outputs have different weights.
        """
        is_uniform = not np.ptp(self.lengths, axis=1).any()
        if self.has_constraints or np.any(self.l1_strength) or not is_uniform:
            return None
        u = host(w)
        return _arrays.like(u - u.mean(axis=1, keepdims=True), w, "same")

    def largest_step(self, w: Any, d: Any) -> float:
        """Return the largest s for which w + s d is feasible, a number."""
        w, d = host(w), host(d)
        falls = self.nonnegative & (d < 0)
        return float(np.min(np.where(falls, w / np.where(falls, -d, 1.0), np.inf)))

    def prox(self, v: Any, step: Any) -> Any:
        """Move each coefficient of v, and then each group, towards zero."""
        u, step = host(v), host(step)
        u = self._thresholded(u, self.l1_strength * step)
        return _arrays.like(self._shrunk(u, step), v, "same")

    def _thresholded(self, v: np.ndarray, shift: np.ndarray) -> np.ndarray:
        """Move v towards zero by shift, but not past it or a sign constraint."""
        free = np.sign(v) * np.maximum(np.abs(v) - shift, 0)
        if not np.any(self.nonnegative):
            return free
        return np.where(self.nonnegative, np.maximum(v - shift, 0), free)

    def _shrunk(self, u: np.ndarray, step: np.ndarray) -> np.ndarray:
        """Return the groups of u shrunk exactly (see the module docstring)."""
        b = self.strength[self.groups][:, None]
        t = self.lengths**2 * step
        v = self.lengths * u
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            slopes = np.where(v == 0, 0.0, u / (self.lengths * step))
            enters = np.sqrt(self._sums(slopes**2)) > self.strength
        r = np.where(enters, self._roots(v, b * t + 0.0 * v), 0.0)
        r = r[self.groups][:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(r > 0, r / (r + b * t), 0.0)
        return np.where(self.lengths == 0, 1.0, share) * u

    def _roots(self, v: np.ndarray, shift: np.ndarray) -> np.ndarray:
        """Return r of each group, with sum((v / (r + shift))^2) = 1, or 0."""
        most = np.zeros(len(self.strength))
        np.maximum.at(most, self.groups, shift.max(axis=1))
        r = np.maximum(np.sqrt(self._sums(v**2)) - most, 0.0)
        for _ in range(ROOT_STEPS):
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                below = r[self.groups][:, None] + shift
                ratios = np.where(v == 0, 0.0, v / below)
                square = self._sums(ratios**2)
                slope = self._sums(np.where(v == 0, 0.0, ratios**2 / below))
                # Newton's step on 1 / sqrt(square) - 1.
                more = square * (np.sqrt(square) - 1) / slope
            more = np.where(np.isfinite(more) & (more > 0), more, 0.0)
            r = r + more
            if (more <= 4 * np.finfo(float).eps * r).all():
                break
        return r

    def _sums(self, x: np.ndarray) -> np.ndarray:
        """Return the sums over the columns of each group, and over the outputs."""
        x = x.sum(axis=1)
        return np.bincount(self.groups, weights=x, minlength=len(self.strength))

    def restricted(self, n_features: int) -> tuple[Any, ...]:
        """Return which coefficients are penalised, and which must be nonnegative."""
        penalized = (self.alpha * self.lengths > 0).any(axis=1)
        nonnegative = np.atleast_2d(self.nonnegative).any(axis=1)
        return tuple(
            np.broadcast_to(x, (n_features,)) for x in (penalized, nonnegative)
        )

    # The pieces on which it is smooth

    def free(self, w: Any) -> Any:
        """Return which coefficients are not held at zero."""
        by_group = self._norms(w)[self.groups][:, None] > 0
        alone = (self.l1_strength == 0) & ~self.nonnegative
        return (w != 0) | (by_group & alone) | ((self.lengths == 0) & alone)

    def slope(self, w: Any) -> Any:
        """Return the derivative where a coefficient is not held."""
        r = self._norms(w)[self.groups][:, None]
        b = self.strength[self.groups][:, None]
        by_norm = b * self.lengths**2 * w / np.where(r > 0, r, 1.0)
        return by_norm + self.l1_strength * np.sign(w)

    def hessian(self, w: Any, at: Any) -> Any:
        """Return b (I / r - w w' / r^3) of each group."""
        g = self.groups[at[0]]
        r, b = self._norms(w)[g], self.strength[g]
        squares = np.broadcast_to(self.lengths**2, w.shape)[at]
        inverse = np.where(r > 0, 1 / np.where(r > 0, r, 1.0), 0.0)
        u = np.sqrt(b * inverse) * squares * w[at] * inverse
        H = -np.where(g[:, None] == g, u[:, None] * u, 0.0)
        H[np.diag_indices(g.size)] += b * squares * inverse
        return H

    def kept(self, w: Any, new: Any) -> Any:
        """Return new, with zeros where a kink or a bound was crossed."""
        new = np.where((new * w < 0) & self._alone, 0.0, new)
        # A group that crossed zero is set to its kink.
        squares = self.lengths**2
        turned = self._sums(squares * w * new) <= ROUNDED * self._sums(squares * w**2)
        turned &= self.strength > 0
        return np.where(turned[self.groups][:, None] & (squares > 0), 0.0, new)

    def next_kink(self, w: Any, d: Any) -> float:
        """Return the first s where w + s d zeroes a coefficient, or nearly a group."""
        squares = self.lengths**2
        falls = self._alone & (w * d < 0)
        ends = np.where(falls, -w / np.where(falls, d, 1.0), np.inf)
        along, square = self._sums(squares * w * d), self._sums(squares * d**2)
        nears = (along < 0) & (self.strength > 0)
        nearest = np.where(nears, -along / np.where(nears, square, 1.0), np.inf)
        return min(ends.min(initial=np.inf), nearest.min(initial=np.inf))

    @property
    def _alone(self) -> np.ndarray:
        """Which coefficients have their own kink or sign constraint."""
        return (self.l1_strength > 0) | self.nonnegative

    def _norms(self, w: np.ndarray) -> np.ndarray:
        return np.sqrt(self._sums((self.lengths * w) ** 2))

    # What the slope of the loss says

    def slack(self, w: Any, g: Any) -> Any:
        """Return how far a slope g of the loss is from moving a coefficient off zero.

        It is the same within a group; minus infinity for coefficients that are not
        held.
        """
        left = self._beyond(g)
        slack = (self.strength - np.sqrt(self._sums(left**2)))[self.groups][:, None]
        slack = slack * self.lengths
        nonzero = self._norms(w)[self.groups][:, None] > 0
        return np.where(nonzero | self.free(w), -np.inf, slack + 0.0 * w)

    def _beyond(self, g: Any) -> Any:
        """Return the part of a slope beyond the l1 strength, divided by the weights."""
        outward = np.where(self.nonnegative & (g > 0), 0.0, np.abs(g))
        left = np.maximum(outward - self.l1_strength, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(left == 0, 0.0, left / self.lengths)

    def dual_scale(self, g: Any) -> float:
        """Return the largest fraction of a slope for which the conjugate is finite."""
        g = host(g)
        if self._fits(g):
            return 1.0
        low, high = 0.0, 1.0
        if not np.any(self.l1_strength):
            norms = np.sqrt(self._sums(self._beyond(g) ** 2))
            beyond = norms > self.strength
            share = np.min(self.strength[beyond] / norms[beyond], initial=1.0)
            return float(share) * (1 - 4 * np.finfo(float).eps)
        for _ in range(BISECTIONS):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if self._fits(middle * g) else (low, middle)
        return low

    def _fits(self, g: Any) -> Any:
        """Return True if the conjugate of a slope is finite."""
        norms = np.sqrt(self._sums(self._beyond(g) ** 2))
        return bool((norms <= self.strength).all())

    def fenchel_gap(self, w: Any, g: Any) -> float:
        """Return P(w) + P*(-g) + g'w for a feasible g, where P* is zero."""
        w, g = host(w), host(g)
        return self.kink_value(w) + float(np.sum(g * w))


def _column(x: Any) -> np.ndarray:
    x = host(x)
    return x[:, None] if x.ndim == 1 else np.atleast_2d(x)
