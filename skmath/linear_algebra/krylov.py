"""A few singular vectors of a matrix from its products only: block Krylov methods.

From a random start Q the blocks Q, (A'A) Q, (A'A)^2 Q, ... span a subspace that holds
the largest singular directions to an accuracy that grows exponentially with their
number (Musco and Musco 2015). Each block costs one pass over the rows of A, since one
reading of a row is enough for its part of A'(A Q). Wide blocks need few passes, which
suits dense rows ("randomized"); narrow blocks need the fewest products, which suits
sparse rows. With blocks of one column this is Lanczos' method.

References
----------
.. [1] C. Musco and C. Musco, "Randomized block Krylov methods for stronger and faster
   approximate singular value decomposition", NIPS 2015, algorithm 2.
.. [2] G. H. Golub and C. F. Van Loan, *Matrix Computations*, 4th edition, 2013,
   sections 10.1.5 (residuals) and 10.3.6 (block Lanczos).
.. [3] H. D. Simon, "The Lanczos algorithm with partial reorthogonalization", Math.
   Comp. 42, 1984, 115-142.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from skmath import _arrays
from skmath.linear_algebra.decompositions import project

__all__ = ["block_krylov", "gram_times", "largest_eigenpairs"]

ROUNDING = 1e-13
"""Size, relative to the matrix, at which columns of the next block are rounding."""

CANCELLED = 1e-8
"""The size up to which they hold rounding errors of more than half of the digits."""


def gram_times(X: Any, y: Any, weight: Any, mean: Any, V: Any) -> Any:
    """Return A'A V for a block of rows, where A = diag(weight)^1/2 (X - mean).

    Parameters
    ----------
    X : array or CSR matrix of shape (n_samples, n_features)
        A sparse X is centred implicitly.
    y : ignored
    weight : array of shape (n_samples,) or None
    mean : ndarray of shape (n_features,)
    V : ndarray of shape (n_features, k)

    Returns
    -------
    array of shape (n_features, k)
    """
    reference = X if _arrays.is_array(X) else X.data
    mean, V = (_arrays.like(a, reference, "same") for a in (mean, V))
    T = _arrays.weigh(project(X, mean, V.T), weight)
    sums = _arrays.namespace(T).sum(T, axis=0)
    return _arrays.widen(X.T @ T) - _arrays.widen(mean[:, None] * sums[None, :])


def block_krylov(
    multiply: Callable[[np.ndarray], np.ndarray],
    start: np.ndarray,
    k: int,
    *,
    tol: float,
    max_blocks: int,
    n_more: int = 0,
) -> tuple[np.ndarray, float]:
    """Return approximations to the eigenvectors of A'A for its k largest eigenvalues.

    Parameters
    ----------
    multiply : callable
        ``multiply(Q)`` returns A'A Q for Q of shape (p, b).
    start : ndarray of shape (p, b)
        Random matrix.
    k : int
        Number of eigenvectors, at most p.
    tol : float
        Iterations end when abs(A'A v - theta v) <= tol theta for each of the k vectors.
    max_blocks : int
        Largest number of products. It is exceeded if k directions need more.
    n_more : int, default=0
        Further vectors to return, of any accuracy.

    Returns
    -------
    V : ndarray of shape (k + n_more, p)
        Orthonormal rows, the largest eigenvalue first.
    error : float
        Largest abs(A'A v - theta v) / theta; 0 where the subspace is invariant.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.linear_algebra import block_krylov
    >>> G = np.diag([9.0, 4.0, 1.0, 0.5])
    >>> start = np.array([[1.0], [1.0], [1.0], [1.0]])
    >>> V, error = block_krylov(G.dot, start, 2, tol=1e-9, max_blocks=4)
    >>> np.abs(V).round(6)
    array([[1., 0., 0., 0.],
           [0., 1., 0., 0.]])
    """
    p, width = start.shape
    most = min(p, max(max_blocks * width, k + width))
    space = _KrylovSpace(p, most)
    Q = np.linalg.qr(start)[0]
    next_look = k + n_more  # the dimension from which convergence is tested
    while True:
        Q, B = space.extend(Q, multiply(Q))
        invariant = Q.shape[1] == 0 or space.dimension == p
        Q = Q[:, : most - space.dimension]
        ends = Q.shape[1] == 0
        if space.dimension < next_look and not ends:
            continue
        S, error = space.ritz_vectors(k, B, n_more)
        if ends or error <= tol:
            return (space.basis @ S).T, 0.0 if invariant else error
        # A test costs as much as further products.
        next_look = space.dimension + space.dimension // 8


class _KrylovSpace:
    """An orthonormal basis of the blocks Q, (A'A) Q, ..., and A'A = H on it.

    H is banded: A'A times a block is a combination of that block, the one before and
    the next one (block Lanczos).

    Parameters
    ----------
    p : int
        Length of a vector.
    most : int
        Largest dimension of the space.
    """

    def __init__(self, p: int, most: int) -> None:
        # In Fortran order blocks are contiguous, and unused columns take no memory.
        self.vectors = np.zeros((p, most), order="F")
        self.H = np.zeros((most, most))
        self.dimension = self.last = self.n_blocks = 0

    @property
    def basis(self) -> np.ndarray:
        """The basis vectors, as columns."""
        return self.vectors[:, : self.dimension]

    def extend(self, Q: np.ndarray, W: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Add the block Q with W = A'A Q; return the next block and its factor B.

        Columns of the next block that are only rounding errors are left out. If none
        remains, the space is invariant.
        """
        new = slice(self.dimension, self.dimension + Q.shape[1])
        near = slice(self.last, new.stop)
        self.vectors[:, new] = Q
        part = self.vectors[:, near].T @ W
        W = W - self.vectors[:, near] @ part
        self.H[near, new], self.H[new, near] = part, part.T
        self.last, self.dimension = new.start, new.stop
        self.n_blocks += 1
        # Components of W in earlier blocks are rounding errors. Removing them every
        # second time keeps them from growing (Simon 1984).
        if self.n_blocks % 2 == 0:
            W -= self.basis @ (self.basis.T @ W)
        Q, B = np.linalg.qr(W)
        largest = np.abs(self.H[: new.stop, : new.stop]).sum(axis=0).max()
        size = np.abs(np.diagonal(B))
        left = size > ROUNDING * largest
        Q, B = Q[:, left], B[left]
        if (size[left] <= CANCELLED * largest).any():
            # Rounding errors have parts along the basis: remove them from unit vectors.
            Q, R = np.linalg.qr(Q - self.basis @ (self.basis.T @ Q))
            B = R @ B
        return Q, B

    def ritz_vectors(
        self, k: int, B: np.ndarray, n_more: int = 0
    ) -> tuple[np.ndarray, float]:
        """Return H's leading eigenvectors, and the error of k of them for A'A.

        A'A maps only the last block out of the space, to the next block times B, which
        gives the residuals.
        """
        theta, S = np.linalg.eigh(self.H[: self.dimension, : self.dimension])
        theta, S = theta[::-1][:k], S[:, ::-1][:, : k + n_more]
        residual = np.linalg.norm(B @ S[self.last :, :k], axis=0)
        return S, float(np.max(residual / np.maximum(theta, np.finfo(float).tiny)))


def largest_eigenpairs(
    G: np.ndarray, k: int, start: np.ndarray, tol: float = 1e-6, n_more: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Return the k largest eigenvalues of a matrix and their eigenvectors.

    Parameters
    ----------
    G : ndarray of shape (n, n)
        Symmetric positive semidefinite matrix.
    k : int
        Number of eigenvalues, at most n.
    start : ndarray of shape (n, b)
        Random columns.
    tol : float, default=1e-6
        Tolerance of the residuals, relative to the eigenvalues. The error of
        well-separated eigenvalues is about its square. If half of the dimensions are
        not enough, or fewer than k eigenvalues are above rounding, the full
        eigenproblem is solved.
    n_more : int, default=0
        Further eigenpairs to return, of any accuracy.

    Returns
    -------
    eigenvalues : ndarray of shape (k + n_more,)
        Smallest first, as in `numpy.linalg.eigh`.
    vectors : ndarray of shape (n, k + n_more)

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.linear_algebra import largest_eigenpairs
    >>> G = np.diag(np.arange(1.0, 101) ** 4)
    >>> start = np.random.default_rng(0).normal(size=(100, 6))
    >>> values, _ = largest_eigenpairs(G, 2, start)
    >>> (values ** 0.25).round(6)
    array([ 99., 100.])
    """
    n, b = start.shape
    limits: dict[str, Any] = {"tol": tol, "max_blocks": n // 2 // b, "n_more": n_more}
    V, error = block_krylov(G.dot, start, k, **limits)
    if error > tol or len(V) < k:
        eigenvalues, vectors = np.linalg.eigh(G)
        return eigenvalues[-k - n_more :], vectors[:, -k - n_more :]
    V = V[::-1]
    return np.sum(V * (V @ G), axis=1), V.T
