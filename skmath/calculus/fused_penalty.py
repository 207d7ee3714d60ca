r"""The fused lasso: merges adjacent levels of an ordered category with similar effects.

.. math:: \alpha \sum_j v_j \, |w_j - w_{j-1}|

over the neighbours j - 1 and j in a block of columns, such as the indicators of the
levels of an ordered category. With w = C d, where d_j = w_j - w_{j-1} are the steps and
C their cumulative sums, it is a lasso in the steps,

.. math:: \tfrac{1}{2} w^T H w - b^T w + P(w)
    = \tfrac{1}{2} d^T (C^T H C) d - (C^T b)^T d + \alpha \sum_j v_j |d_j|,

in which the first level of a block is not penalised. This is exact in any metric, and
only changes the metric's p x p matrix: X is neither copied nor summed. The algorithms
for one line of levels (taut string, Condat's) would need the same metric for all
levels.

References
----------
.. [1] R. Tibshirani, M. Saunders, S. Rosset, J. Zhu and K. Knight, "Sparsity and
   smoothness via the fused lasso", J. Royal Stat. Soc. B, 67(1), 2005.
.. [2] J. Gertheiss and G. Tutz, "Sparse modeling of categorial explanatory variables",
   Annals of Applied Statistics, 4(4), 2010.
.. [3] L. Condat, "A direct algorithm for 1-D total variation denoising", IEEE Signal
   Processing Letters, 20(11), 2013.
"""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from skmath import _arrays
from skmath._arrays import host
from skmath.calculus.proximal_newton import lasso_from

__all__ = ["FusedLasso"]


@dataclass(frozen=True)
class FusedLasso:
    """alpha v |w_j - w_i|, summed over the neighbours i and j of each block of columns.

    Parameters
    ----------
    alpha : float
    groups : ndarray of int of shape (n_features,)
        The block of each column; within a block the columns are in the order of levels.
    weights : float or array of shape (n_features, 1), default=1.0
        v: weight of the step to each level. The first level of a block has none.
    unit : float or array of shape (n_features, n_outputs or 1), default=1.0
        Factor of the penalty: the size of the block's columns.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import FusedLasso
    >>> penalty = FusedLasso(0.5, np.array([0, 0, 0, 0]))
    >>> penalty.prox(np.array([[1.0], [2.0], [9.0], [9.5]]), 1.0).ravel()
    array([1.5, 2. , 9. , 9. ])
    """

    alpha: float
    groups: Any
    weights: Any = 1.0
    unit: Any = 1.0

    curvature = 0.0
    is_smooth = False
    has_kinks = True
    has_unpenalized = False
    keeps_nonzero = True

    if TYPE_CHECKING:  # computed below, and not fields of the dataclass
        order: Any = field(init=False)
        first: Any = field(init=False)

    def __post_init__(self) -> None:
        order = np.argsort(self.groups, kind="stable")
        first = np.append(True, np.diff(self.groups[order]) != 0)
        vars(self).update(order=order, first=first)

    @property
    def strength(self) -> Any:
        """Strength for each step, zero for the first level of a block."""
        strength = np.atleast_2d(self.alpha * host(self.weights) * host(self.unit))
        strength = np.broadcast_to(strength, (len(self.order), strength.shape[1]))
        return np.where(self.first[:, None], 0.0, strength[self.order])

    def in_units(self, slope: Any, curvature: Any) -> Self:
        """Return the penalty times the root mean square of the slopes of a block."""
        squares = host(slope) ** 2
        sizes = np.bincount(self.groups)
        means = np.stack(
            [np.bincount(self.groups, weights=column) / sizes for column in squares.T],
            axis=1,
        )
        return replace(self, unit=np.sqrt(means[self.groups]))

    def times(self, factor: float) -> Self:
        """Return the penalty with its strength multiplied by a factor."""
        return replace(self, alpha=self.alpha * factor)

    def largest_factor(self, gradient: Any) -> float:
        r"""Return the factor of the strength above which all levels stay merged.

        With the strengths s for alpha = 1, and the sums of the slopes from a level to
        the last of its block, which are the slopes of the steps,

        .. math:: \max_j \frac{1}{s_j} \Bigl|\sum_{i \geq j} g_i\Bigr|,

        at the point where the levels of each block are equal and optimal: the slopes of
        a block sum to zero there.
        """
        slopes = self.levels(np.eye(len(self.order))).T @ host(gradient)
        strengths = np.where(self.strength > 0, self.strength, np.inf)
        return float(np.max(np.abs(slopes) / strengths))

    def steps(self, w: Any) -> Any:
        """Return the steps from level to level of each block, the first level first."""
        w = w[self.order]
        d = np.diff(w, axis=0, prepend=0.0)
        return np.where(self.first[:, None], w, d)

    def levels(self, d: Any) -> Any:
        """Return w from its steps: their cumulative sums in each block."""
        # Block by block: sums over all blocks would lose the digits of small ones.
        blocks = np.split(d, np.flatnonzero(self.first)[1:])
        w = np.concatenate([np.cumsum(block, axis=0) for block in blocks])
        return w[np.argsort(self.order)]

    def value(self, w: Any) -> float:
        """Return the penalty summed over all coefficients, a number."""
        return float(np.sum(self.strength * np.abs(self.steps(host(w)))))

    def gradient(self, w: Any) -> Any:
        """Return zero: no part of the penalty is smooth."""
        return 0.0 * w

    def kink_slope(self, w: Any, d: Any) -> Any:
        """Return the derivative at w along d, for each output."""
        steps, along = self.steps(host(w)), self.steps(host(d))
        # Equal levels increase the penalty in either direction.
        signs = np.where(steps == 0, np.sign(along), np.sign(steps))
        return _arrays.like(np.sum(self.strength * signs * along, axis=0), d, "same")

    def prox(self, v: Any, step: Any) -> Any:
        """Return the w that minimises (w - v)^2 / 2 step + P(w)."""
        u, t = host(v), host(step)
        if not (t > 0).all():
            return v
        t = np.broadcast_to(t, u.shape)
        found = [
            self._minimum(u[:, k], np.diag(1 / t[:, k]), u[:, k] / t[:, k], k, 1.0)
            for k in range(u.shape[1])
        ]
        return _arrays.like(np.stack(found, axis=1), v, "same")

    def quadratic_minimum(
        self,
        start: Any,
        H: Any,
        b: Any,
        scale: Any,
        step: float,
        tol: float | None = None,
    ) -> Any:
        """Return the w that minimises x'Hx / 2 - b'x + step P(w), where x = scale w."""
        found = [
            self._minimum(start[:, k], H[k] * s * s[:, None], s * b[:, k], k, step)
            for k, s in enumerate(scale.T)
        ]
        return np.stack(found, axis=1)

    def _minimum(
        self, start: np.ndarray, H: np.ndarray, b: np.ndarray, k: int, step: float
    ) -> np.ndarray:
        """Return the w of output k that minimises w'Hw / 2 - b'w + step P(w)."""
        C = self.levels(np.eye(len(b)))
        H, b, d = C.T @ H @ C, C.T @ b, self.steps(start[:, None])[:, 0]
        strength = self.strength
        strength = strength[:, min(k, strength.shape[1] - 1)]
        s = np.sqrt(np.diag(H))
        free = np.zeros(len(b), dtype=bool)
        d = lasso_from(s * d, H / s / s[:, None], b / s, step * strength / s, free) / s
        return self.levels(d[:, None])[:, 0]
