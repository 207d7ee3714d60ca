r"""Tikhonov's penalty: alpha w'Pw / 2 with a given matrix P.

With P = D'D it penalises the entries of D w: for example differences of neighbouring
coefficients, so that they vary smoothly, or of regions with a common border.

Its conjugate is u' P^-1 u / (2 alpha), which gives the duality gap if P is invertible.

References
----------
.. [1] A. N. Tikhonov, "Solution of incorrectly formulated problems and the
   regularization method", Soviet Math. Dokl., 4, 1963.
"""

import math
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from skmath import _arrays
from skmath._arrays import host

__all__ = ["Tikhonov"]


@dataclass(frozen=True)
class Tikhonov:
    """alpha w'Pw / 2, for each output.

    Parameters
    ----------
    alpha : float
    P : ndarray of shape (n_features, n_features)
        Symmetric positive semidefinite matrix.
    lengths : float or array of shape (n_features, n_outputs or 1), default=1.0
        Factors of the coefficients, so that the penalty is for standardised columns.
    like : array, default=None
        Defines the namespace and dtype of the coefficients; None means NumPy.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import Tikhonov
    >>> Tikhonov(2.0, np.array([[2.0, -1.0], [-1.0, 2.0]])).value(np.ones((2, 1)))
    2.0
    """

    alpha: float
    P: Any
    lengths: Any = 1.0
    like: Any = None

    is_smooth = True
    has_kinks = False

    @property
    def curvature(self) -> Any:
        """Diagonal of the second derivative."""
        diagonal = self.alpha * np.diag(self.P)[:, None] * self.lengths**2
        if self.like is None:
            return diagonal
        return _arrays.widen(_arrays.like(diagonal, self.like, "same"))

    @property
    def has_unpenalized(self) -> bool:
        """Whether some coefficients are not penalised."""
        return not self.restricted(len(self.P))[0].all()

    def in_units(self, slope: Any, curvature: Any) -> Self:
        """Return the penalty for coefficients in units with that curvature."""
        return replace(self, lengths=host(curvature) ** 0.5)

    def times(self, factor: float) -> Self:
        """Return the penalty with its strength multiplied by a factor."""
        return replace(self, alpha=self.alpha * factor)

    def value(self, w: Any) -> float:
        """Return the penalty summed over all coefficients, a number."""
        return 0.5 * float(np.sum(host(w) * self._product(host(w))))

    def gradient(self, w: Any) -> Any:
        """Return alpha P w."""
        return _arrays.like(self._product(host(w)), w, "same")

    def _product(self, w: np.ndarray) -> np.ndarray:
        return self.alpha * self.lengths * (self.P @ (self.lengths * w))

    def prox(self, v: Any, step: Any) -> Any:
        """Return v: there is no kink."""
        return v

    def kink_slope(self, w: Any, d: Any) -> Any:
        """Return zero for each output, as there is no kink."""
        return 0.0 * d[0, :]

    def hessians(self, n_outputs: Any) -> Any:
        """Return the second derivative for each output."""
        r = np.broadcast_to(self.lengths, (len(self.P), n_outputs)).T
        return self.alpha * r[:, :, None] * self.P * r[:, None, :]

    def restricted(self, n_features: int) -> tuple[Any, ...]:
        """Return which coefficients are penalised, and which must be nonnegative."""
        penalized = self.alpha * np.diag(self.P) > 0
        return penalized, np.zeros(n_features, dtype=bool)

    def dual_scale(self, g: Any) -> float | None:
        """Return None if P is invertible, else NaN: no bound is known."""
        eigenvalues = np.linalg.eigvalsh(self.P)
        rounding = len(eigenvalues) * np.finfo(float).eps * eigenvalues.max(initial=0.0)
        is_regular = self.alpha > 0 and np.all(np.asarray(self.lengths) > 0)
        return None if is_regular and eigenvalues.min() > rounding else math.nan

    def fenchel_gap(self, w: Any, g: Any) -> float:
        """Return P(w) + g'(alpha P)^-1 g / 2 + g'w."""
        w, g = host(w), host(g)
        inverse = np.linalg.solve(self.alpha * self.P, g / self.lengths) / self.lengths
        return self.value(w) + float(np.sum(0.5 * g * inverse + g * w))
