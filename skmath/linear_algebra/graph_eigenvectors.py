r"""The highest eigenvectors of a large connected graph's Laplacian.

`skmath.linear_algebra.graphs` uses these functions for connected graphs of many nodes.
All of them build block Krylov spaces of a function f of the matrix S. The function
spreads out the eigenvalues just below 0, where the wanted ones are close together. The
first eigenvector is known and is deflated.

1. f(S) = (sigma - S)^-1 if its triangular factor is cheap, as for graphs that are long
   and thin: neighbours in few dimensions, or the pixels of a picture. The cost of the
   factor follows from the profile of the matrix in Cuthill and McKee's order.
   Sylvester's law of inertia then proves that no eigenvalue is missing: the number of
   negative pivots of tau - S = LDL' is the number of eigenvalues above tau.
2. f(S) = T_m(S) if the factor is expensive, as for neighbours in many dimensions: a
   Chebyshev polynomial that is at most 1 in size on the unwanted eigenvalues and grows
   fast above them. A few Lanczos steps show where the unwanted ones end, since the k-th
   Ritz value is never above the k-th eigenvalue (Cauchy's interlacing theorem). A
   second start, orthogonal to the eigenvectors found, then searches for missed ones,
   for example of an eigenvalue with many repetitions: a value of the polynomial above 1
   reveals them. If it finds none, that is likely to be complete, but is not proven.
3. For a dense graph every product reads all n^2 entries. There f(S) = S, many columns
   are multiplied at once, and the iteration starts from the eigenvectors of a sample of
   the nodes.

All starts are deterministic.

References
----------
.. [1] Y. Saad, *Numerical Methods for Large Eigenvalue Problems*, 2nd edition, 2011,
   sections 3.3 (Sylvester's law), 6.3 and 7.4.
.. [2] R. G. Grimes, J. G. Lewis and H. D. Simon, "A shifted block Lanczos algorithm for
   solving sparse symmetric generalized eigenproblems", SIAM J. Matrix Anal. Appl.,
   15(1), 1994.
.. [3] Y. Zhou, Y. Saad, M. L. Tiago and J. R. Chelikowsky, "Self-consistent-field
   calculations using Chebyshev-filtered subspace iteration", J. Comput. Phys., 219(1),
   2006.
.. [4] C. Musco and C. Musco, "Randomized block Krylov methods for stronger and faster
   approximate singular value decomposition", NIPS 2015.
.. [5] E. Cuthill and J. McKee, "Reducing the bandwidth of sparse symmetric matrices",
   ACM National Conference, 1969.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from scipy import linalg, sparse
from scipy.sparse.csgraph import reverse_cuthill_mckee
from scipy.sparse.linalg import splu

from skmath.linear_algebra.krylov import block_krylov

__all__ = [
    "CERTIFICATES",
    "ChebyshevFilter",
    "ShiftedInverse",
    "by_filter",
    "by_inverse",
    "by_krylov",
    "is_thin",
    "kth_ritz_value",
    "n_above",
    "rayleigh_ritz",
]

CERTIFICATES = ("exact", "inertia", "second_start", "none")
"""Evidence that no higher eigenvalue is missing, the strongest first."""

ROUNDING = 1e-12
"""Eigenvalues this close to 0, relative to the spectrum's width, count as rounding."""

SAMPLE_ROWS = 500
"""Number of nodes in the sample from which the eigenvectors of a dense graph start."""

FILTER_DEGREE = 8
"""Degree of the polynomial: matrix products per step of the iteration."""

OF_THE_KTH = 0.1
"""Largest residual that is accepted, relative to the k-th eigenvalue."""

FACTOR_TOL = 1e-6
"""Tolerance of residuals relative to the eigenvalues, where there is a factor."""

SHIFT = 1e-8
"""The shift sigma, relative to the spectrum's width: S itself is singular."""

PROFILE_PER_EDGE = 5000
"""Largest cube of the mean profile p, per edge, for which a factor is computed.

The n p^2 operations of the factor are compared with those of an iteration, which needs
about n / p products (the length of the graph over its width) of as many operations as
there are edges."""

LARGEST_PROFILE = 1e9
"""Largest number of entries within the profile for which a factor is computed."""

TOLD_APART = 1e-5
"""Smallest gap, relative to the eigenvalues, in which those above can be counted."""

MOST_COLUMNS = 400
"""Largest number of columns of a Krylov space."""

PROBE_BLOCKS = 4
"""Number of blocks of the Krylov space that searches for missed eigenvalues."""

STARTS = 20
"""Largest number of starts, each orthogonal to the eigenvectors found before."""

CYCLES = 100
"""Largest number of spaces, each started from the best vectors of the last one."""

LEAST_INTERVAL = 0.01
"""Smallest interval that a filter damps, relative to the width of the spectrum."""

SLACK = 1.1
"""Factor on the k-th eigenvalue's bound below which a filter damps: it is repeated."""

MAX_DEGREE = 80
"""Largest degree of the polynomials of subspace iteration."""

INVARIANT = 1e-10
"""Length of a Lanczos vector, relative to the matrix, that is only rounding."""

GROWTH = 1e8
"""Largest ratio by which a polynomial may amplify one eigenvector over another."""


def is_thin(S: Any) -> bool:
    """Tell whether a triangular factor of S is cheaper than many products with S.

    Parameters
    ----------
    S : sparse matrix of shape (n, n)
        Symmetric.

    Returns
    -------
    bool

    Examples
    --------
    >>> from scipy import sparse
    >>> from skmath.linear_algebra.graph_eigenvectors import is_thin
    >>> is_thin(sparse.diags_array([[1.0] * 999] * 2, offsets=[-1, 1]).tocsr())
    True
    """
    n = S.shape[0]
    place = np.empty(n, dtype=int)
    place[reverse_cuthill_mckee(S, symmetric_mode=True)] = np.arange(n)
    first = np.minimum.reduceat(place[S.indices], S.indptr[:-1])
    profile = np.maximum(place - first, 0).mean()
    return bool(
        profile**3 <= PROFILE_PER_EDGE * S.nnz and n * profile < LARGEST_PROFILE
    )


def by_inverse(L: Any, k: int, tol: float) -> tuple[np.ndarray, np.ndarray, str]:
    """Return the k highest eigenpairs by block Krylov spaces of (sigma - S)^-1.

    Parameters
    ----------
    L : Laplacian
    k : int
    tol : float
        Tolerance of the residual's norm, relative to the width of the spectrum.

    Returns
    -------
    eigenvalues : ndarray of shape (k,)
    V : ndarray of shape (n, k)
    certificate : str
        One of `CERTIFICATES`.
    """
    S, floor = L.matrix(), -ROUNDING * L.lowest
    inverse = ShiftedInverse.of(S, -SHIFT * L.lowest)
    V = converged = _first(L)
    for seed in range(STARTS):
        # Without the eigenvectors already found: next to values very close to 0, other
        # values of the inverse are too small to be computed accurately.
        rest = Deflated(inverse, converged)
        wanted = min(k - 1, len(V) - converged.shape[1])
        start = _random_columns(len(V), _block(k), seed)
        more = _krylov_from(rest, wanted, start, min(tol, FACTOR_TOL))
        # After one more product residuals are relative to the eigenvalues themselves.
        values, V, residual = rayleigh_ritz(S, np.hstack([V, rest @ more]))
        values, V, residual = values[:k], V[:, :k], residual[:k]
        is_found = residual <= _goal(L, values, tol)
        converged = V[:, is_found]
        if len(values) < k or not is_found.all():
            continue
        if values[-1] >= -floor:
            return values, V, "exact"  # 0 within rounding, and none is above 0
        known, tau = _gap_above_the_last(values, residual, floor)
        if (higher := n_above(S, tau)) is None or higher <= known:
            return values, V, "inertia" if higher == known else "none"
    return values, V, "none"


def _gap_above_the_last(
    values: np.ndarray, residual: np.ndarray, floor: float
) -> tuple[int, float]:
    """Return the number of values above the lowest wide gap, and a point in the gap.

    Parameters
    ----------
    values : ndarray of shape (k,)
        Highest first.
    residual : ndarray of shape (k,)
    floor : float
        Absolute rounding error of the eigenvalues.

    Returns
    -------
    known : int
    tau : float
    """
    gap = values[:-1] - values[1:]
    least = np.maximum(10 * residual[1:], -TOLD_APART * values[1:]) + floor
    wide = np.flatnonzero(gap > least)
    last = wide[-1] if len(wide) else 0
    return last + 1, values[last + 1] + gap[last] / 4


def n_above(S: Any, tau: float) -> int | None:
    """Return how many eigenvalues of S are above tau, by Sylvester's law of inertia.

    Parameters
    ----------
    S : array or sparse matrix of shape (n, n)
        Symmetric.
    tau : float

    Returns
    -------
    int or None
        None if the factor is not accurate enough to count.

    Examples
    --------
    >>> from scipy import sparse
    >>> from skmath.linear_algebra.graph_eigenvectors import n_above
    >>> n_above(sparse.diags_array([-2.0, -1.0, -0.5, 0.0]).tocsr(), -0.7)
    2
    """
    if not sparse.issparse(S):
        _, D, _ = linalg.ldl(tau * np.eye(len(S)) - S, check_finite=False)
        pivots = linalg.eigvalsh_tridiagonal(np.diagonal(D), np.diagonal(D, 1))
        return int(np.count_nonzero(pivots < 0))
    shifted = (tau * sparse.eye_array(S.shape[0]) - S).tocsc()
    try:
        factor = _symmetric_factor(shifted)
    except RuntimeError:  # a pivot is exactly zero
        return None
    x = _random_columns(S.shape[0], 1, 0)
    error = np.linalg.norm(shifted @ factor.solve(x) - x)
    is_symmetric = np.array_equal(factor.perm_r, factor.perm_c)
    if not (is_symmetric and error <= 1e-6):  # unpivoted, a factor may grow
        return None
    return int(np.count_nonzero(factor.U.diagonal() < 0))


def _symmetric_factor(M: Any) -> Any:
    """Return SuperLU's factor with pivots on the diagonal: U is D L'."""
    symmetric = {"SymmetricMode": True}
    return splu(M, "MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options=symmetric)


@dataclass(frozen=True)
class ShiftedInverse:
    """The matrix (sigma - S)^-1 by a triangular factor, where S has eigenvalues <= 0.

    Parameters
    ----------
    solve : callable
        Function that returns the product with an array of columns.
    shape : tuple of int
    """

    solve: Any
    shape: tuple[int, int]

    @classmethod
    def of(cls, S: Any, sigma: float) -> Self:
        """Return it for an array or a sparse matrix S."""
        n = S.shape[0]
        if sparse.issparse(S):
            factor = _symmetric_factor((sigma * sparse.eye_array(n) - S).tocsc())
            return cls(factor.solve, S.shape)
        factor = linalg.cho_factor(sigma * np.eye(n) - S, check_finite=False)
        return cls(lambda B: linalg.cho_solve(factor, B, check_finite=False), S.shape)

    def __matmul__(self, B: np.ndarray) -> np.ndarray:
        """Return (sigma - S)^-1 B."""
        return self.solve(B)


def by_filter(L: Any, k: int, tol: float) -> tuple[np.ndarray, np.ndarray, str]:
    """Return the k highest eigenpairs by block Krylov spaces of a Chebyshev polynomial.

    Parameters
    ----------
    L : Laplacian
        Of a sparse A.
    k : int
    tol : float
        Tolerance of the residual's norm, relative to the width of the spectrum.

    Returns
    -------
    eigenvalues : ndarray of shape (k,)
    V : ndarray of shape (n, k)
    certificate : str
        One of `CERTIFICATES`.
    """
    S, V = L.matrix(), _first(L)
    start = np.random.RandomState(0).uniform(-1, 1, len(V))
    high = _within(L, SLACK * kth_ritz_value(S, k, start))
    filtered = Shifted(ChebyshevFilter.of(S, L.lowest, high), 1.0)
    start = _random_columns(len(V), _block(k), 0)
    more = _krylov_from(Deflated(filtered, V), k - 1, start, tol)
    for seed in range(1, STARTS):
        values, V = _refined(L, np.hstack([V, more]), k, tol)
        if values[-1] >= ROUNDING * L.lowest:
            return values, V, "exact"  # 0 within rounding, and none is above 0
        # Of what is not above the k-th T_m is at most 1, and T_m + 1 at most 2.
        rest = Deflated(Shifted(sharp_filter(L, values[-1]), 1.0), V)
        start = _random_columns(len(V), _block(k), seed)
        more = _krylov_from(rest, _block(k), start, tol, PROBE_BLOCKS)
        if _highest(rest, more) <= 2 + TOLD_APART:
            return values, V, "second_start"
    return values, V, "none"


def _refined(
    L: Any, V: np.ndarray, k: int, tol: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the k highest eigenpairs, refined by filtering the space of V's columns.

    This is subspace iteration with ever sharper filters until the residuals are small,
    also relative to the k-th eigenvalue [3]_.
    """
    S = L.matrix()
    values, V, residual = rayleigh_ritz(S, V)
    for _ in range(CYCLES):
        if len(values) >= k and residual[:k].max() <= _goal(L, values[k - 1], tol):
            break
        V = _widened(V, k + max(4, k // 2))
        values, V, residual = rayleigh_ritz(S, sharp_filter(L, SLACK * values[-1]) @ V)
    return values[:k], V[:, :k]


def _goal(L: Any, value: Any, tol: float) -> Any:
    """Return the residual to reach, by the spectrum's width, the value and rounding."""
    least, most = -ROUNDING * L.lowest, max(tol, ROUNDING) * -L.lowest
    return np.clip(-OF_THE_KTH * value, least, most)


def sharp_filter(L: Any, high: float) -> "ChebyshevFilter":
    """Return a filter that damps below high, as sharp as floating point allows."""
    high = _within(L, high)
    # Amplified eigenvectors must not drown the others in rounding.
    rate = np.arccosh(1 - 2 * high / (high - L.lowest))
    degree = int(np.clip(np.log(GROWTH) / rate, 2, MAX_DEGREE))
    return ChebyshevFilter.of(L.matrix(), L.lowest, high, degree)


def _within(L: Any, high: float) -> float:
    """Return high, limited so that an interval below it and one above it are left."""
    return np.clip(high, (1 - LEAST_INTERVAL) * L.lowest, ROUNDING * L.lowest)


def _first(L: Any) -> np.ndarray:
    """Return the known eigenvector of the eigenvalue 0 as a column."""
    return (L.highest / np.linalg.norm(L.highest))[:, None]


def _block(k: int) -> int:
    """Return the width of a block: as many equal eigenvalues are found at once."""
    return max(4, k // 2)


def _krylov_from(
    rest: "Deflated",
    k: int,
    start: np.ndarray,
    tol: float,
    max_blocks: int | None = None,
) -> np.ndarray:
    """Return k eigenvectors, as columns, of a matrix from which others are deflated.

    Parameters
    ----------
    rest : Deflated
        Deflated matrix without negative eigenvalues.
    k : int
    start : ndarray of shape (n, width)
    tol : float
        Tolerance of the residuals, relative to the eigenvalues.
    max_blocks : int, default=None
        Largest number of blocks of the space. None is `MOST_COLUMNS` or 4 k columns.

    Returns
    -------
    ndarray of shape (n, k)
        Fewer columns if the space is invariant.
    """
    blocks = max_blocks or max(MOST_COLUMNS, 4 * k) // start.shape[1]
    start = rest.without(start)
    more, _ = block_krylov(rest.__matmul__, start, k, tol=tol, max_blocks=blocks)
    return rest.without(more.T)


def _random_columns(n: int, width: int, seed: int) -> np.ndarray:
    return np.random.RandomState(seed).standard_normal((n, width)) / np.sqrt(n)


def _highest(S: "Deflated", V: np.ndarray) -> float:
    """Return the largest v'Sv of the columns v, unit vectors."""
    return float(np.sum(V * (S @ V), axis=0).max())


@dataclass(frozen=True)
class Shifted:
    """A symmetric matrix with a number added to its diagonal: S + by I."""

    S: Any
    by: float

    @property
    def shape(self) -> tuple[int, int]:
        """Shape of the matrix."""
        return self.S.shape

    def __matmul__(self, x: np.ndarray) -> np.ndarray:
        """Return the product with x."""
        return self.S @ x + self.by * x


@dataclass(frozen=True)
class Deflated:
    """A symmetric matrix, projected to the orthogonal complement of V's columns."""

    S: Any
    V: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        """Shape of the matrix."""
        return self.S.shape

    def without(self, x: np.ndarray) -> np.ndarray:
        """Return x minus its projection on V's columns."""
        return x - self.V @ (self.V.T @ x)

    def __matmul__(self, x: np.ndarray) -> np.ndarray:
        """Return the product with x."""
        return self.without(self.S @ self.without(x))


@dataclass(frozen=True)
class ChebyshevFilter:
    """The polynomial T_m, m the degree, of a matrix mapped by [low, high] -> [-1, 1].

    On [low, high] it is between -1 and 1, above it grows like cosh.

    Parameters
    ----------
    mapped : sparse matrix of shape (n, n)
    degree : int, default=5

    Examples
    --------
    >>> import numpy as np
    >>> from scipy import sparse
    >>> from skmath.linear_algebra.graph_eigenvectors import ChebyshevFilter
    >>> S = sparse.diags_array([-2.0, -1.0, 0.0]).tocsr()
    >>> ChebyshevFilter.of(S, -2.0, -1.0, degree=2) @ np.ones(3)
    array([ 1.,  1., 17.])
    """

    mapped: Any
    degree: int = FILTER_DEGREE

    @classmethod
    def of(cls, S: Any, low: float, high: float, degree: int = FILTER_DEGREE) -> Self:
        """Return the filter of S that damps what is between low and high."""
        middle, half = (low + high) / 2, (high - low) / 2
        identity = sparse.eye_array(S.shape[0], format="csr")
        return cls((S - middle * identity) / half, degree)

    @property
    def shape(self) -> tuple[int, int]:
        """Shape of the matrix."""
        return self.mapped.shape

    def __matmul__(self, x: np.ndarray) -> np.ndarray:
        """Return T_m x by the recurrence T_m+1 = 2 t T_m - T_m-1."""
        before, last = x, self.mapped @ x
        for _ in range(self.degree - 1):
            before, last = last, 2 * (self.mapped @ last) - before
        return last


def kth_ritz_value(
    S: Any, k: int, start: np.ndarray, steps: int | None = None
) -> float:
    """Return a lower bound of S's k-th highest eigenvalue, by some Lanczos steps.

    Parameters
    ----------
    S : sparse matrix of shape (n, n)
        Symmetric.
    k : int
    start : ndarray of shape (n,)
    steps : int, default=None
        None is 3 k.

    Returns
    -------
    float

    Examples
    --------
    >>> import numpy as np
    >>> from scipy import sparse
    >>> from skmath.linear_algebra.graph_eigenvectors import kth_ritz_value
    >>> S = sparse.diags_array(np.arange(100.0)).tocsr()
    >>> bool(80 < kth_ritz_value(S, 2, np.ones(100)) <= 98)
    True
    """
    steps = min(3 * k if steps is None else steps, S.shape[0])
    Q = np.zeros((steps, S.shape[0]))
    Q[0] = start / np.linalg.norm(start)
    size = 0.0  # a lower bound of S's norm
    for j in range(1, steps):
        q = S @ Q[j - 1]
        size = max(size, float(np.linalg.norm(q)))
        for _ in range(2):  # twice is enough, against rounding (Kahan and Parlett)
            q -= Q[:j].T @ (Q[:j] @ q)
        length = np.linalg.norm(q)
        if length <= INVARIANT * size:
            Q = Q[:j]
            break
        Q[j] = q / length
    ritz = linalg.eigvalsh(Q @ (S @ Q.T))
    return float(ritz[-min(k, len(ritz))])


def _widened(V: np.ndarray, width: int) -> np.ndarray:
    """Return V with random columns appended."""
    more = _random_columns(len(V), max(width - V.shape[1], 0), 0)
    return np.hstack([V, more])


def by_krylov(L: Any, k: int, tol: float) -> tuple[np.ndarray, np.ndarray, str]:
    """Return the k highest eigenpairs by block Krylov spaces of S itself.

    Parameters
    ----------
    L : Laplacian
        Of a dense A.
    k : int
    tol : float
        Tolerance of the residual's norm, relative to the width of the spectrum.

    Returns
    -------
    eigenvalues : ndarray of shape (k,)
    V : ndarray of shape (n, k)
    certificate : str
        One of `CERTIFICATES`.
    """
    S, v, width = Shifted(L, -L.lowest), _first(L), k + max(4, k // 4)
    start = _widened(_from_sample(L, width), width)
    more = _krylov_from(Deflated(S, v), k - 1, start, tol)
    values, V, residual = rayleigh_ritz(L, np.hstack([v, more]))
    rest = Deflated(S, V)
    more = _krylov_from(rest, 1, _random_columns(len(v), 4, 1), tol, PROBE_BLOCKS)
    highest = _highest(rest, more) + L.lowest
    least = (1 - TOLD_APART) * values[-1] - ROUNDING * L.lowest
    is_found = residual <= _goal(L, values[-1], tol)
    if len(values) < k or highest > least or not is_found.all():
        return by_inverse(L, k, tol)
    return values, V, "second_start"


def _from_sample(L: Any, width: int) -> np.ndarray:
    """Return eigenvectors of a sample's graph, extended to all nodes by Nystroem."""
    n = L.shape[0]
    sample = np.arange(0, n, -(-n // SAMPLE_ROWS))
    outer = L.outer[sample]
    columns = np.asarray(L.A[:, sample] * outer)
    m = len(sample)
    S = outer[:, None] * columns[sample]
    _, U = linalg.eigh(S, subset_by_index=[m - min(width, m), m - 1])
    return L.outer[:, None] * (columns @ U)


def rayleigh_ritz(L: Any, V: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the Ritz pairs of L on the space of V's columns, and their residuals."""
    Q = _orthonormal(V)
    SQ = L @ Q
    values, U = linalg.eigh(Q.T @ SQ)
    values, U = values[::-1], U[:, ::-1]
    V = Q @ U
    return values, V, np.linalg.norm(SQ @ U - V * values, axis=0)


def _orthonormal(V: np.ndarray) -> np.ndarray:
    return linalg.qr(V, mode="economic", check_finite=False)[0]
