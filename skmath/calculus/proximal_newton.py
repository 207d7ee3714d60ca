r"""The lasso of a quadratic: the proximal map of a kink in the metric of a Hessian.

.. math:: \min_x \; \tfrac{1}{2} x^T H x - b^T x + \sum_j \lambda_j |x_j|

where some x_j may have to be nonnegative. Given the support and the signs of the
solution it is a linear system. Two methods find them:

- from the current point both are guessed, the system is solved, coefficients that would
  cross zero are set to zero, and so on. This is Newton's method on the condition
  x = prox(x - (H x - b)), and takes a few systems. If the objective would increase, as
  it may for similar columns, a step is kept near: the objective plus
  (x - here)^2 / (2 sigma) has a dual that Newton's method minimises from anywhere. With
  a growing sigma such steps converge to the solution, faster and faster;
- if rounding ends this too soon, the search of signs adds one coordinate at a time, the
  one that violates the condition most, and moves to the solution of the system, or to
  the first change of a sign on the way. Every step lowers the objective, so it ends at
  the solution.

References
----------
.. [1] M. Hintermueller, K. Ito and K. Kunisch, "The primal-dual active set strategy as
   a semismooth Newton method", SIAM J. Optim., 13(3), 2003.
.. [2] X. Li, D. Sun and K.-C. Toh, "A highly efficient semismooth Newton augmented
   Lagrangian method for solving lasso problems", SIAM J. Optim., 28(1), 2018.
.. [3] H. Lee, A. Battle, R. Raina and A. Y. Ng, "Efficient sparse coding algorithms",
   NIPS 2006, algorithm 1 (feature-sign search).
"""

from typing import Any

import numpy as np
from scipy.linalg import lapack

__all__ = ["Factor", "lasso_from", "quadratic_lasso"]

GUESSES = 100
"""Number of guesses of the support after which signs are searched one by one."""

SEARCHES = 20
"""Maximum number of steps of this search per coordinate, as rounding may cause
cycles."""

FEWEST_NEW = 20
"""Maximum number of coordinates that enter a small support in one guess; a larger one
may double. Far from the solution most candidates do not belong to the support."""

SETTLED = 1.0
"""Fraction of the candidates' violation above which the current support is solved
first: then fewer coordinates enter that would have to leave again."""

FEW = 0.05
"""Fraction of the support up to which all candidates enter at once: its system is
bordered by them."""

FIRST_SIGMA = 4.0
"""The first sigma of proximal points, in units of 1 / H_jj."""

FARTHER = 4.0
"""Factor from one sigma to the next."""

BORDER = 0.15
"""Fraction of a support that may change before its system is factorised again."""

NEWTON_STEPS = 20
"""Maximum number of Newton steps to a proximal point; 3 to 6 are usual."""

NEAR = 1e-3
"""Fraction of the first residual to which a proximal point is found."""

HALVINGS = 30
"""Maximum number of halvings of a Newton step."""

SUFFICIENT = 1e-4
"""Fraction of the predicted decrease that such a step must achieve."""


def quadratic_lasso(
    H: np.ndarray, v: np.ndarray, strength: np.ndarray, nonnegative: np.ndarray
) -> np.ndarray:
    """Return the minimiser x, given the minimiser v of the quadratic part, b = H v.

    Parameters
    ----------
    H : ndarray of shape (p, p)
        Positive definite, with unit diagonal.
    v : ndarray of shape (p,)
    strength : ndarray of shape (p,)
        lambda >= 0.
    nonnegative : ndarray of shape (p,), bool
        Where x must be nonnegative.

    Returns
    -------
    ndarray of shape (p,)

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus.proximal_newton import quadratic_lasso
    >>> free, strength = np.array([False, False]), np.array([1.0, 1.0])
    >>> quadratic_lasso(np.eye(2), np.array([3.0, -0.5]), strength, free)
    array([2., 0.])
    """
    return lasso_from(np.zeros_like(v), H, H @ v, strength, nonnegative)


class Factor:
    r"""Solves the systems of consecutive supports, which differ in few coordinates.

    The Cholesky factor of one of them is reused for the next: entering and leaving
    coordinates border it,

    .. math::

        \begin{pmatrix} H_{SS} & C \\ C^T & D \end{pmatrix}
        \begin{pmatrix} x_S \\ t \end{pmatrix} =
        \begin{pmatrix} b_S \\ b_t \end{pmatrix},

    with a column of H in C for each coordinate that enters, and a column of the
    identity, which requires a zero, for each that leaves.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Discard the factor, for example if it has accumulated rounding errors."""
        self.support = np.empty(0, dtype=np.intp)
        self.root: Any = None
        self.solved = np.empty((0, 0))
        self.columns: dict[int, int] = {}

    def solve(self, H: np.ndarray, support: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Solve the system with the rows and columns of H in the support."""
        in_base, in_support = np.zeros((2, H.shape[0]), dtype=bool)
        in_base[self.support] = in_support[support] = True
        enter, leave = (
            support[~in_base[support]],
            self.support[~in_support[self.support]],
        )
        change = enter.size + leave.size
        if self.root is None or change > BORDER * support.size:
            self.forget()
            root = _root(H[support[:, None], support])
            self.support, self.root, change = support, root, 0
        if not change:
            return _with_root(self.root, b)
        return self._bordered(H, support, b, enter, leave)

    def _bordered(
        self,
        H: np.ndarray,
        support: np.ndarray,
        b: np.ndarray,
        enter: np.ndarray,
        leave: np.ndarray,
    ) -> np.ndarray:
        """Return the solution by the Schur complement of the border."""
        base, first = self.support, enter.size
        in_base, in_support = np.zeros((2, H.shape[0]), dtype=bool)
        in_base[base] = in_support[support] = True
        stays, known = in_support[base], in_base[support]
        at = np.searchsorted(base, leave)
        Y = self._solve_border(H, enter, leave).T
        right = np.zeros(base.size)
        right[stays] = b[known]
        y = _with_root(self.root, right)
        rows = H[enter[:, None], base]
        complement = -np.concatenate([rows @ Y, Y[at]])
        complement[:first, :first] += H[enter[:, None], enter]
        t = np.linalg.solve(complement, np.concatenate([b[~known] - rows @ y, -y[at]]))
        x = np.empty(support.size)
        x[known], x[~known] = (y - Y @ t)[stays], t[:first]
        return x

    def _solve_border(
        self, H: np.ndarray, enter: np.ndarray, leave: np.ndarray
    ) -> np.ndarray:
        """Return (H_SS^-1 C)', reusing the columns of earlier borders."""
        both = np.concatenate([enter, leave])
        new = np.array([j for j in both if j not in self.columns], dtype=np.intp)
        if new.size:
            C, left = H[self.support[:, None], new], np.isin(new, leave)
            C[:, left] = self.support[:, None] == new[left]
            solved, first = _with_root(self.root, C).T, len(self.columns)
            if first:
                solved = np.concatenate([self.solved, solved])
            self.solved = solved
            self.columns.update({j: first + k for k, j in enumerate(new)})
        return self.solved[[self.columns[j] for j in both]]


def lasso_from(
    x: np.ndarray,
    H: np.ndarray,
    b: np.ndarray,
    strength: np.ndarray,
    nonnegative: np.ndarray,
    tol: float = 0.0,
    factor: Any = None,
) -> np.ndarray:
    """Return the minimiser, starting from x: the nearer x is, the faster.

    Parameters
    ----------
    x : ndarray of shape (p,)
    H : ndarray of shape (p, p)
        As in `quadratic_lasso`.
    b : ndarray of shape (p,)
        H times the minimiser of the quadratic part.
    strength, nonnegative : ndarray of shape (p,)
        As in `quadratic_lasso`.
    tol : float, default=0.0
        Largest accepted difference of x and prox(x - (H x - b)), in each coordinate.
    factor : Factor, default=None
        Factor of an earlier call with this H, which is reused if the supports are
        similar.

    Returns
    -------
    ndarray of shape (p,)
    """
    x = np.where(nonnegative, np.maximum(x, 0), x)
    problem = _Problem(H, b, strength, nonnegative, tol, factor or Factor())
    x, settled = problem.guess_supports(x)
    return x if settled else problem.search_signs(x)


class _Problem:
    """min x'Hx / 2 - b'x + strength'abs(x), with x >= 0 where required."""

    def __init__(
        self,
        H: np.ndarray,
        b: np.ndarray,
        strength: np.ndarray,
        nonnegative: np.ndarray,
        tol: float,
        factor: Factor,
    ) -> None:
        self.H, self.b, self.strength, self.nonnegative = H, b, strength, nonnegative
        self.factor = factor
        self.has_kink = nonnegative | (strength > 0)
        self.lowest = np.where(nonnegative, -np.inf, -strength)
        eps = np.finfo(H.dtype).eps
        self.level = 64 * eps * (np.abs(b).max() + strength.max() + 1e-300)
        self.level = max(self.level, tol)

    def at(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the objective and the slope of its quadratic part."""
        S = np.flatnonzero(x)
        # Use rows of the symmetric H, because they are contiguous.
        slope = x[S] @ self.H[S] if 5 * S.size < 2 * x.size else self.H @ x
        slope -= self.b
        return 0.5 * (x @ (slope - self.b)) + self.strength @ np.abs(x), slope

    def prox(self, u: np.ndarray, step: float = 1.0) -> np.ndarray:
        return u - np.minimum(np.maximum(u, step * self.lowest), step * self.strength)

    def with_signs(self, signs: np.ndarray) -> np.ndarray:
        """Return the minimiser over x with these zeros, assuming these signs."""
        S, x = np.flatnonzero(signs), np.zeros_like(self.b)
        if S.size:
            right = self.b[S] - self.strength[S] * signs[S]
            x[S] = self.factor.solve(self.H, S, right)
        return x

    def guess_supports(self, x: np.ndarray) -> tuple[np.ndarray, bool]:
        """Return x, and whether it is the solution."""
        (value, slope), sigma = self.at(x), FIRST_SIGMA
        for _ in range(GUESSES):
            guess = self.prox(x - slope)
            missed = np.abs(guess - x)
            if missed.max() <= self.level:
                return x, True
            here = self._from_guess(self._fewer(guess, x, missed))
            there, slope_there = self.at(here)
            if not there < value:
                here = self._proximal_point(x, slope, sigma)
                sigma *= FARTHER
                there, slope_there = self.at(here)
            if not there < value:
                # The decrease of the objective is hidden by rounding.
                nearer = np.abs(self.prox(here - slope_there) - here).max()
                if not nearer < missed.max():
                    if not self.factor.columns:
                        return x, False
                    self.factor.forget()
                    continue
            x, value, slope = here, there, slope_there
        return x, False

    def _from_guess(self, guess: np.ndarray) -> np.ndarray:
        """Return the solution for a guess's signs, zero where they would change."""
        signs = np.sign(guess)
        new = self.with_signs(signs)
        return np.where(self.has_kink & (new * signs < 0), 0.0, new)

    def _fewer(
        self, guess: np.ndarray, x: np.ndarray, missed: np.ndarray
    ) -> np.ndarray:
        """Return a guess in which at most about as many enter as are in the support."""
        enter = np.flatnonzero((guess != 0) & (x == 0))
        if enter.size == 0:
            return guess
        inside = missed[x != 0].max(initial=0.0)
        many = enter.size > FEW * np.count_nonzero(x)
        if many and inside > SETTLED * missed[enter].max():
            guess[enter] = 0.0
            return guess
        most = max(FEWEST_NEW, int(np.count_nonzero(x)))
        if enter.size > most:
            order = np.argpartition(missed[enter], -most)
            guess[enter[order[:-most]]] = 0.0
        return guess

    def _proximal_point(
        self, x: np.ndarray, slope: np.ndarray, sigma: float
    ) -> np.ndarray:
        """Return argmin_p objective(p) + (p - x)^2 / (2 sigma), approximately.

        It is p(v) = prox(x - sigma (H v - b)) for the v that minimises v'Hv / 2 +
        p(v)^2 / (2 sigma), whose slope is H (v - p(v)): the dual of the problem, convex
        and smooth. It is minimised by Newton steps.
        """
        v, product = x, slope + self.b
        value, p = self._dual(product, v, x, sigma)
        first = np.abs(v - p).max()
        for _ in range(NEWTON_STEPS):
            if np.abs(v - p).max() <= NEAR * first:
                break
            d = self._newton_direction(v, p, sigma)
            H_d, step = self.H @ d, 1.0
            slope = (v - p) @ H_d
            for _ in range(HALVINGS):
                there, p = self._dual(product + step * H_d, v + step * d, x, sigma)
                if there <= value + SUFFICIENT * step * slope:
                    break
                step /= 2
            v, product, value = v + step * d, product + step * H_d, there
        return p

    def _dual(
        self, product: np.ndarray, v: np.ndarray, x: np.ndarray, sigma: float
    ) -> tuple[float, np.ndarray]:
        """Return the dual objective at v, and p(v)."""
        p = self.prox(x - sigma * (product - self.b), sigma)
        return 0.5 * (v @ product) + p @ p / (2 * sigma), p

    def _newton_direction(
        self, v: np.ndarray, p: np.ndarray, sigma: float
    ) -> np.ndarray:
        """Return d with (I + sigma D H) d = p - v, where D selects p's support."""
        S = np.flatnonzero(p)
        d = p - v
        if not S.size:
            return d
        right = d[S] / sigma
        d[S] = 0.0
        A = self.H[S[:, None], S]
        A[np.diag_indices(S.size)] += 1 / sigma
        d[S] = _with_root(_root(A), right - (self.H @ d)[S])
        return d

    def search_signs(self, x: np.ndarray) -> np.ndarray:
        """Return the solution, from any x."""
        signs = np.sign(x)
        for _ in range(SEARCHES * x.size):
            new = self.with_signs(signs)
            crossed = (new * signs < 0) & self.has_kink
            if crossed.any():
                # Move to the first zero on the way, where a coordinate leaves.
                shares = x[crossed] / (x[crossed] - new[crossed])
                x = x + shares.min() * (new - x)
                x[np.flatnonzero(crossed)[shares == shares.min()]] = 0.0
                signs = np.where(x == 0, 0.0, signs)
                continue
            x, slope = new, self.H @ new - self.b
            missed = np.abs(slope) - self.strength
            missed = np.where(self.nonnegative & (slope > 0), -np.inf, missed)
            missed[signs != 0] = -np.inf
            worst = int(np.argmax(missed))
            if missed[worst] <= self.level:
                return x
            signs[worst] = -np.sign(slope[worst])
        return x


def _root(A: np.ndarray) -> tuple[np.ndarray, bool]:
    """Return A's Cholesky factor, True; if A is singular a pseudo-inverse, False.

    NumPy computes the factor: SciPy's threads would interfere with NumPy's products.
    """
    try:
        return np.linalg.cholesky(A).T, True
    except np.linalg.LinAlgError:
        # Columns that are equal up to rounding.
        return np.linalg.pinv(A, hermitian=True), False


def _with_root(root: tuple[np.ndarray, bool], b: np.ndarray) -> np.ndarray:
    """Return the solution of the system with a given `_root`."""
    matrix, is_factor = root
    if not b.size:
        return b  # LAPACK does not accept empty systems
    return lapack.dpotrs(matrix, b, lower=0)[0] if is_factor else matrix @ b
