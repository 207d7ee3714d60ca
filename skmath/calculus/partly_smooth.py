r"""A quadratic with a penalty that is smooth in the coefficients that it does not hold.

.. math:: \min_x \; \tfrac{1}{2} x^T H x - b^T x + P(x)

A penalty with kinks or constraints holds some coefficients (at zero, at a bound) and is
smooth in the others. Two steps alternate:

1. proximal steps, x = prox(x - step (H x - b)), determine which coefficients are held.
   Each lowers the objective: step is at most 1 / (d'Hd / d'd) for its displacement d;
2. Newton steps in the other coefficients, along a line on which the objective
   decreases.

Once the first has found the coefficients that are held at the solution, the second
converges quadratically, and only one or two small linear systems are left.

References
----------
.. [1] A. Daniilidis, C. Sagastizabal and M. Solodov, "Identifying structure of
   nonsmooth convex functions by the bundle technique", SIAM J. Optim., 20(2), 2009.
.. [2] G. Bareilles, F. Iutzeler and J. Malick, "Newton acceleration on manifolds
   identified by proximal gradient methods", Mathematical Programming, 200, 2023.
"""

from typing import Any, Self

import numpy as np
from scipy.linalg import lapack

from skmath._arrays import host

__all__ = ["PartlySmooth", "host", "minimum_with"]

ROUNDS = 500
"""Maximum number of rounds of proximal and Newton steps."""

PROXIMAL_STEPS = 4
"""Proximal steps per round: each costs a product with H, a Newton step a system."""

NEWTON_STEPS = 6
"""Maximum number of Newton steps per round."""

HALVINGS = 12
"""Maximum number of halvings of a Newton step, after which a proximal step is
better."""

SETTLED = 1e-3
"""Fraction of the first Newton step below which the next round starts."""

LEVEL = 64
"""Rounding units of the slope that count as zero."""

NEARER = 1e-2
"""Fraction of the initial error to which a quadratic model is minimised: the next model
continues from there, and is more accurate."""


class PartlySmooth:
    """Interface of a penalty for `minimum_with`.

    ``value``, ``gradient``, ``prox``, ``curvature`` as for every penalty
    (`skmath.calculus.penalties`), and the methods below. Arrays have the shape of w.
    """

    def scaled(self, scale: Any) -> Self:
        """Return the penalty as a function of x = scale w."""
        raise NotImplementedError

    def free(self, w: Any) -> Any:
        """Return which coefficients are not held: near w the penalty is smooth in them.

        If this depends on the sign, or the side of a bound, that of w is meant.
        """
        raise NotImplementedError

    def slope(self, w: Any) -> Any:
        """Return the derivative of the kinked part where coefficients are not held."""
        raise NotImplementedError

    def hessian(self, w: Any, at: Any) -> Any:
        """Return the second derivative for some coefficients, a matrix or a diagonal.

        Parameters
        ----------
        w : ndarray of shape (n_features, n_outputs)
        at : tuple of two ndarrays of int
            Rows and columns of w.
        """
        return 0.0

    def kept(self, w: Any, new: Any) -> Any:
        """Return new, with entries that left the piece around w put on its border."""
        return new

    def next_kink(self, w: Any, d: Any) -> float:
        """Return the smallest s above 0 at which w + s d reaches a border of the piece.

        At w + s d `kept` puts these entries on the border; infinity if there is none.
        """
        return np.inf

    def unscaled(self, x: Any, scale: Any) -> Any:
        """Return w = x / scale, the inverse of x = scale w."""
        return x / scale

    def quadratic_minimum(
        self,
        start: Any,
        H: Any,
        b: Any,
        scale: Any,
        step: float,
        tol: float | None = None,
    ) -> Any:
        """Return the w that minimises x'Hx / 2 - b'x + step P(w), where x = scale w.

        Parameters
        ----------
        start : ndarray of shape (n_features, n_outputs)
            Starting point w.
        H : ndarray of shape (n_outputs, n_features, n_features)
            With diagonals of about one.
        b, scale : ndarrays of shape (n_features, n_outputs)
        step : float
        tol : float, default=None
            Largest accepted difference of x and prox(x - (H x - b)); None means a
            fraction of that at the start.

        Returns
        -------
        ndarray of shape (n_features, n_outputs)
        """
        x = minimum_with(self.scaled(scale), start * scale, H, b, step, tol)
        return self.unscaled(x, scale)


def minimum_with(
    penalty: Any,
    x: np.ndarray,
    H: np.ndarray,
    b: np.ndarray,
    step: float = 1.0,
    tol: float | None = None,
) -> np.ndarray:
    """Return the minimiser of x'Hx / 2 - b'x + step P(x), starting from x.

    Parameters
    ----------
    penalty : PartlySmooth
        Only its kinked part is used.
    x : ndarray of shape (p, k)
    H : ndarray of shape (k, p, p)
    b : ndarray of shape (p, k)
    step : float, default=1.0
    tol : float, default=None
        Largest accepted difference of x and prox(x - (H x - b)), in each coordinate;
        None means a fraction of that at the start.

    Returns
    -------
    ndarray of shape (p, k)

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import SparseGroup
    >>> pair = SparseGroup(1.0, 0.0, groups=np.array([0, 0]), sizes=np.array([1.0]))
    >>> b = np.array([[3.0], [4.0]])  # of length 5, of which 1 is taken
    >>> minimum_with(pair, 0 * b, np.eye(2)[None], b).ravel()
    array([2.4, 3.2])
    """
    problem = _Problem(penalty, H, b, step)
    level = LEVEL * np.finfo(H.dtype).eps * (np.abs(b).max() + 1e-300)
    here, before = problem.at(problem.prox(x, 0.0)), np.inf
    first = missed = problem.missed(here)
    end = max(NEARER * first if tol is None else tol, level)
    for _ in range(ROUNDS):
        if missed <= end:
            break
        here = problem.newton_steps(problem.proximal_steps(here))
        missed = problem.missed(here)
        if not here.value < before and missed <= 1e3 * level:
            break  # rounding
        before = here.value
    return here.x


class _At:
    """A point, with the slope of the quadratic and the objective."""

    def __init__(self, x: np.ndarray, slope: np.ndarray, value: float) -> None:
        self.x, self.slope, self.value = x, slope, value


class _Problem:
    """x'Hx / 2 - b'x + step P(x)."""

    def __init__(self, penalty: Any, H: np.ndarray, b: np.ndarray, step: float) -> None:
        self.penalty, self.H, self.b, self.step = penalty, H, b, step
        self.length = 1.0

    def prox(self, v: np.ndarray, length: float) -> np.ndarray:
        return self.penalty.prox(v, length * self.step)

    def product(self, x: np.ndarray) -> np.ndarray:
        return np.matmul(self.H, x.T[:, :, None])[:, :, 0].T

    def at(self, x: np.ndarray, slope: np.ndarray | None = None) -> _At:
        slope = self.product(x) - self.b if slope is None else slope
        kinks = self.penalty.kink_value(x)
        return _At(x, slope, 0.5 * np.sum(x * (slope - self.b)) + self.step * kinks)

    def missed(self, here: _At) -> float:
        """Return how far a point is from satisfying the condition of the solution."""
        return np.abs(self.prox(here.x - here.slope, 1.0) - here.x).max()

    def rounding(self, here: _At) -> float:
        """Return the possible rounding error of the objective at a point."""
        terms = np.sum(np.abs(here.x * here.slope)) + np.sum(np.abs(here.x * self.b))
        return LEVEL * np.finfo(self.H.dtype).eps * terms

    def proximal_steps(self, here: _At) -> _At:
        """Return the point after some proximal steps, each lowering the objective."""
        x, slope = here.x, here.slope
        for _ in range(PROXIMAL_STEPS):
            for _ in range(60):
                d = self.prox(x - self.length * slope, self.length) - x
                change = self.product(d)
                square, along = np.sum(d * d), np.sum(d * change)
                if self.length * along <= 1.0000001 * square:
                    break
                self.length *= max(0.25, min(0.95, square / (self.length * along)))
            x, slope = x + d, slope + change
            if not along > 0:
                break
            # Try a longer step next; it is shortened if necessary.
            self.length = square / along
        return self.at(x, slope)

    def newton_steps(self, here: _At) -> _At:
        """Return the point after Newton steps in the coefficients that are not held."""
        first = None
        for _ in range(NEWTON_STEPS):
            at = np.nonzero(self.penalty.free(here.x))
            if not at[0].size:
                return here
            d = self._direction(here, at)
            length = np.abs(d).max()
            first = length if first is None else first
            new = self._along(here, d)
            if new is None:
                return here
            here = new
            if length <= SETTLED * first:
                break
        return here

    def _direction(self, here: _At, at: tuple[np.ndarray, ...]) -> np.ndarray:
        """Return Newton's direction: zero where coefficients are held."""
        rows, outputs = at
        if self.b.shape[1] > 1:
            A = self.H[outputs[:, None], rows[:, None], rows]
            A = A * (outputs[:, None] == outputs)
        else:
            A = self.H[0][rows[:, None], rows]
        bend = self.step * self.penalty.hessian(here.x, at)
        if np.ndim(bend) == 2:
            A += bend
        else:
            A[np.diag_indices(rows.size)] += bend
        d = np.zeros_like(here.x)
        right = -(here.slope + self.step * self.penalty.slope(here.x))[at]
        d[at] = _solved(A, right)
        return d

    def _along(self, here: _At, d: np.ndarray) -> Any:
        """Return a lower point along the direction, or None if there is none.

        The quadratic model of the step holds up to the first border, which may be a
        small fraction of a step along correlated columns.
        """
        border = self.penalty.next_kink(here.x, d)
        for k in range(HALVINGS):
            new = self.at(self.penalty.kept(here.x, here.x + d))
            if new.value < here.value:
                return new
            if new.value <= here.value + self.rounding(here):
                # The decrease is hidden by rounding: accept the step if it is nearer.
                return new if self.missed(new) < self.missed(here) else None
            d = border * d if k == 0 and border < 0.5 else 0.5 * d
        return None


def _solved(A: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return A^-1 b, with the diagonal of A raised until it is positive definite."""
    more, diagonal = 0.0, np.abs(np.diag(A)).max()
    for _ in range(20):
        root, failed = lapack.dpotrf(A.T, lower=1, clean=0)
        if not failed:
            return lapack.dpotrs(root, b, lower=1)[0]
        raised = max(10 * more, 1e-12 * diagonal)
        A[np.diag_indices(len(A))] += raised - more
        more = raised
    return b / diagonal
