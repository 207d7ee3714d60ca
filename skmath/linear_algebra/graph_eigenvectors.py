r"""The highest eigenvectors of a large graph's Laplacian, without inverting anything.

`skmath.linear_algebra.graphs` leaves connected graphs of many nodes to these.

1. Of a sparse graph the wanted eigenvalues crowd just below 0. A Chebyshev polynomial
   that is at most 1 in size on the unwanted and grows fast above spreads them out;
   Lanczos' iteration then finds the highest of the polynomial. Where the unwanted end
   follows from a few Lanczos steps: the k-th Ritz value is never above the k-th
   eigenvalue (Cauchy's interlacing theorem).
2. Lanczos' iteration may fail, or find one vector of a repeated eigenvalue and not the
   other, which a second start shows. Then a space of some more columns is filtered,
   ever more sharply, until it holds the eigenvectors.
3. Of a dense graph every product reads all n^2 numbers, so many columns are multiplied
   at once: block Krylov spaces, from what a sample of the nodes says of the rest.

All starts are fixed.

References
----------
.. [1] Y. Saad, *Numerical Methods for Large Eigenvalue Problems*, 2nd edition, 2011,
   sections 6.3 and 7.4.
.. [2] H. Fang and Y. Saad, "A filtered Lanczos procedure for extreme and interior
   eigenvalue problems", SIAM J. Sci. Comput., 34(4), 2012.
.. [3] Y. Zhou, Y. Saad, M. L. Tiago and J. R. Chelikowsky, "Self-consistent-field
   calculations using Chebyshev-filtered subspace iteration", J. Comput. Phys., 219(1),
   2006.
.. [4] C. Musco and C. Musco, "Randomized block Krylov methods for stronger and faster
   approximate singular value decomposition", NIPS 2015.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import linalg, sparse
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh

from skmath.linear_algebra.krylov import block_krylov

__all__ = [
    "ChebyshevFilter",
    "by_filtered_subspace",
    "by_krylov",
    "by_lanczos",
    "by_sharp_filter",
    "kth_ritz_value",
]

SAMPLE_ROWS = 500
"""Nodes by whose graph the eigenvectors of a larger dense one are begun."""

FILTER_DEGREE = 5
"""Of the polynomial: products with the matrix to one step of Lanczos' iteration."""

PROBE_STEPS = 15
"""Steps by which an eigenvalue that was missed is sought."""

KRYLOV_BLOCKS = (3, 6, 12)
"""Blocks of a Krylov space: of the first, the second, and all others."""

OF_THE_KTH = 0.1
"""What residuals may be of the k-th eigenvalue."""

CROWD = 30
"""How many times the k-th eigenvalue's size a filter leaves, where they crowd."""

CROWD_BLOCKS = 60
"""Blocks of a Krylov space then."""

CROWD_TOL = 1e-7
"""Of the residuals of the polynomial then."""

CYCLES = 100
"""Spaces at most, each from the best of the one before."""

MAX_DEGREE = 80
"""Of the polynomials of subspace iteration."""

INVARIANT = 1e-10
"""What is left of a Lanczos vector, relative to the matrix, that is rounding only."""

GROWTH = 1e8
"""How much more of one vector than of another a polynomial may leave."""


def by_lanczos(L, k, tol):
    """Return the k highest eigenpairs by Lanczos' iteration, filtered and restarted.

    Parameters
    ----------
    L : Laplacian
        Of a sparse A.
    k : int
    tol : float
        Of the residual's norm.

    Returns
    -------
    eigenvalues : ndarray of shape (k,)
    V : ndarray of shape (n, k)
    """
    n = L.shape[0]
    start = np.random.RandomState(0).uniform(-1, 1, n)
    S = L.matrix()
    filtered = ChebyshevFilter.of(S, L.lowest, kth_ritz_value(S, k, start))
    operator = LinearOperator((n, n), matvec=filtered.__matmul__, dtype=float)
    try:
        # What is small for the polynomial is smaller still for the matrix.
        tol_of_filter, ncv = tol / -L.lowest, min(n - 1, 2 * k + 10)
        _, V = eigsh(operator, k, which="LA", v0=start, tol=tol_of_filter, ncv=ncv)
    except ArpackNoConvergence as failure:
        V = failure.eigenvectors
    values, V, residual = _rayleigh_ritz(L, V)
    if len(values) < k or residual.max() > 10 * tol or _misses_one(filtered, V):
        return by_filtered_subspace(L, k, tol, V)
    return values, V


def by_sharp_filter(L, k, V):
    """Return the k highest eigenpairs, which crowd near 0, from a block Krylov space.

    Parameters
    ----------
    L : Laplacian
        Of a sparse A.
    k : int
    V : ndarray of shape (n, any)
        Columns near them.

    Returns
    -------
    eigenvalues : ndarray of shape (k,)
    V : ndarray of shape (n, k)
    """
    values, V, _ = _rayleigh_ritz(L, V)
    filtered = sharp_filter(L, CROWD * values[-1])
    # Not from V: what is left of it is rounding, which would be taken for directions.
    start = _widened(V[:, :0], k + max(4, k // 2))
    V, _ = block_krylov(
        filtered.__matmul__, start, k, tol=CROWD_TOL, max_blocks=CROWD_BLOCKS
    )
    values, V, residual = _rayleigh_ritz(L, V.T)
    told_apart = OF_THE_KTH * -values[-1]
    if residual.max() > told_apart:
        return by_filtered_subspace(L, k, told_apart, V)
    return values, V


def sharp_filter(L, high):
    """Return the filter of what is below high, as sharp as digits allow."""
    # What grows may not outgrow the digits of what does not.
    rate = np.arccosh(1 - 2 * high / (high - L.lowest))
    degree = int(np.clip(np.log(GROWTH) / rate, 2, MAX_DEGREE))
    return ChebyshevFilter.of(L.matrix(), L.lowest, high, degree)


def _misses_one(S, V):
    """Tell whether S has an eigenvalue above the least of its eigenvectors V.

    From one start Lanczos' iteration finds one vector of a repeated eigenvalue.
    """
    least = np.min(np.sum(V * (S @ V), axis=0))
    start = np.random.RandomState(1).uniform(-1, 1, S.shape[0])
    rest = Deflated(S, V)
    return kth_ritz_value(rest, 1, rest.without(start), PROBE_STEPS) > least


@dataclass(frozen=True)
class Deflated:
    """A symmetric matrix on what is orthogonal to the columns of V."""

    S: Any
    V: np.ndarray

    @property
    def shape(self):
        """Shape of the matrix."""
        return self.S.shape

    def without(self, x):
        """Return x less its part in the space of V."""
        return x - self.V @ (self.V.T @ x)

    def __matmul__(self, x):
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
    def of(cls, S, low, high, degree=FILTER_DEGREE):
        """Return the filter of S that damps what is between low and high."""
        middle, half = (low + high) / 2, (high - low) / 2
        identity = sparse.eye_array(S.shape[0], format="csr")
        return cls((S - middle * identity) / half, degree)

    @property
    def shape(self):
        """Shape of the matrix."""
        return self.mapped.shape

    def __matmul__(self, x):
        """Return T_m x by the recurrence T_m+1 = 2 t T_m - T_m-1."""
        before, last = x, self.mapped @ x
        for _ in range(self.degree - 1):
            before, last = last, 2 * (self.mapped @ last) - before
        return last


def kth_ritz_value(S, k, start, steps=None):
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
        size = max(size, np.linalg.norm(q))
        for _ in range(2):  # twice is enough, against rounding (Kahan and Parlett)
            q -= Q[:j].T @ (Q[:j] @ q)
        length = np.linalg.norm(q)
        if length <= INVARIANT * size:
            Q = Q[:j]
            break
        Q[j] = q / length
    ritz = linalg.eigvalsh(Q @ (S @ Q.T))
    return float(ritz[-min(k, len(ritz))])


def by_filtered_subspace(L, k, tol, start):
    """Return the k highest eigenpairs by subspace iteration, filtered ever sharper.

    Parameters
    ----------
    L : Laplacian
        Of a sparse A.
    k : int
    tol : float
        Of the residual's norm.
    start : ndarray of shape (n, any)
        Columns to begin from; more are drawn.

    Returns
    -------
    eigenvalues : ndarray of shape (k,)
    V : ndarray of shape (n, k)

    References
    ----------
    .. [1] Y. Zhou, Y. Saad, M. L. Tiago and J. R. Chelikowsky, "Self-consistent-field
       calculations using Chebyshev-filtered subspace iteration", J. Comput. Phys.,
       219(1), 2006, algorithm 4.2.
    """
    S = L.matrix()
    values, V, _ = _rayleigh_ritz(S, _widened(start, k + max(4, k // 2)))
    high = values[k - 1]  # first all that is above what was found
    for _ in range(CYCLES):
        values, V, residual = _rayleigh_ritz(S, sharp_filter(L, high) @ V)
        # The next pair may be one of the wanted as long as its residual reaches there.
        if max(residual[:k].max(), values[k] + residual[k] - values[k - 1]) <= tol:
            break
        high = values[-1]
    return values[:k], V[:, :k]


def _widened(V, width):
    """Return V with random columns beside it."""
    n = V.shape[0]
    more = np.random.RandomState(0).standard_normal((n, max(width - V.shape[1], 0)))
    return np.hstack([V, more / np.sqrt(n)])


def by_krylov(L, k, tol):
    """Return the k highest eigenpairs by block Krylov spaces, restarted.

    Parameters
    ----------
    L : Laplacian
        Of a dense A.
    k : int
    tol : float
        Of the residual's norm.

    Returns
    -------
    eigenvalues : ndarray of shape (k,)
    V : ndarray of shape (n, k)
    """
    width = k + max(4, k // 4)
    V = _orthonormal(_widened(_from_sample(L, width), width))
    for cycle in range(CYCLES):
        Q, SQ = _krylov_space(L, V, KRYLOV_BLOCKS[min(cycle, 2)])
        values, U = linalg.eigh(Q.T @ SQ)
        values, U = values[::-1][:width], U[:, ::-1][:, :width]
        V, SV = Q @ U, SQ @ U
        if np.linalg.norm(SV - V * values, axis=0)[:k].max() <= tol:
            break
    return values[:k], V[:, :k]


def _krylov_space(L, V, n_blocks):
    """Return an orthonormal basis Q of the columns V, SV, S^2 V, ..., and SQ."""
    blocks, products = [V], [L @ V]
    for _ in range(n_blocks - 1):
        Q, W = np.hstack(blocks), products[-1]
        for _ in range(2):
            W = _orthonormal(W - Q @ (Q.T @ W))
        blocks.append(W)
        products.append(L @ W)
    return np.hstack(blocks), np.hstack(products)


def _from_sample(L, width):
    """Continue eigenvectors of the graph of a sample's nodes to all, by Nystroem."""
    n = L.shape[0]
    sample = np.arange(0, n, -(-n // SAMPLE_ROWS))
    outer = L.outer[sample]
    columns = np.asarray(L.A[:, sample] * outer)
    m = len(sample)
    S = outer[:, None] * columns[sample]
    _, U = linalg.eigh(S, subset_by_index=[m - min(width, m), m - 1])
    return L.outer[:, None] * (columns @ U)


def _rayleigh_ritz(L, V):
    """Return what L has for eigenpairs on the columns' space, and the residual."""
    Q = _orthonormal(V)
    SQ = L @ Q
    values, U = linalg.eigh(Q.T @ SQ)
    values, U = values[::-1], U[:, ::-1]
    V = Q @ U
    return values, V, np.linalg.norm(SQ @ U - V * values, axis=0)


def _orthonormal(V):
    return linalg.qr(V, mode="economic", check_finite=False)[0]
