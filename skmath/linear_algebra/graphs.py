r"""Graphs as matrices: affinity A, degrees D and Laplacian L = A - D.

A_ij says how similar i and j are, or whether an edge joins them; the degree of i is the
sum of row i. The sign is the seed's: L = A - D has eigenvalues <= 0 and its *highest*
eigenvectors are wanted. Elsewhere D - A is more common: the same eigenvectors, the
eigenvalues' sign reversed, the lowest wanted.

A node of weight w stands for w nodes that are equal, each joined to all that the one is
joined to, and to each other by A_ii. With W the weights on a diagonal, the degrees are
d = A w, and the eigenvectors that are equal on equal nodes are those of

========== ======================== ==============================================
name       Laplacian                symmetric matrix, and its eigenvector v to u
========== ======================== ==============================================
unnormal.  A W - D                  W^1/2 A W^1/2 - D, u = W^-1/2 v
symmetric  D^-1/2 (A W - D) D^-1/2  (W/D)^1/2 A (W/D)^1/2 - I, u = W^-1/2 v
random     D^-1 (A W - D)           the same, u = (W D)^-1/2 v
========== ======================== ==============================================

References
----------
.. [1] U. von Luxburg, "A tutorial on spectral clustering", Statistics and Computing,
   17(4), 2007, section 3.
.. [2] A. Y. Ng, M. I. Jordan and Y. Weiss, "On spectral clustering: analysis and an
   algorithm", NIPS 2001.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

__all__ = [
    "LAPLACIANS",
    "Laplacian",
    "continued",
    "degrees",
    "random_walk_laplacian",
    "symmetric_laplacian",
    "unnormalized_laplacian",
]


@dataclass(frozen=True)
class Laplacian:
    """A Laplacian by the symmetric matrix diag(outer) A diag(outer) - diag(shift).

    It multiplies without being formed, ``L @ V``: A may be large.

    Parameters
    ----------
    A : array or sparse matrix of shape (n, n)
        Symmetric affinity.
    outer, shift : ndarray of shape (n,)
    scaling : ndarray of shape (n,)
        Eigenvectors of the Laplacian asked for are the matrix's times this.
    highest : ndarray of shape (n,)
        On each connected component an eigenvector of the matrix, with eigenvalue 0.
    """

    A: Any
    outer: np.ndarray
    shift: np.ndarray
    scaling: np.ndarray
    highest: np.ndarray

    @property
    def shape(self):
        """Shape of the matrix."""
        return self.A.shape

    @property
    def lowest(self):
        """A bound that no eigenvalue is below: -D <= W^1/2 A W^1/2 <= D."""
        return -2.0 * float(self.shift.max())

    def __matmul__(self, V):
        """Return the symmetric matrix times V, one column or several."""
        outer, shift = self.outer, self.shift
        if V.ndim == 2:
            outer, shift = outer[:, None], shift[:, None]
        return outer * self._times(outer * V) - shift * V

    def _times(self, V):
        """Return A V; of a dense A as (V'A)', which reads A's rows as they lie."""
        return self.A @ V if sparse.issparse(self.A) else (V.T @ self.A).T

    def on(self, nodes):
        """Return the same of some nodes, a union of connected components."""
        A = self.A[nodes][:, nodes]
        parts = (self.outer, self.shift, self.scaling, self.highest)
        return Laplacian(A, *(part[nodes] for part in parts))

    def matrix(self):
        """Return the symmetric matrix, sparse if A is."""
        if sparse.issparse(self.A):
            outer = sparse.diags_array(self.outer)
            return (outer @ self.A @ outer - sparse.diags_array(self.shift)).tocsr()
        return self.outer[:, None] * self.A * self.outer - np.diag(self.shift)


def unnormalized_laplacian(A, weight=None):
    """Return A - D, the seed's Laplacian.

    Parameters
    ----------
    A : array or sparse matrix of shape (n, n)
        Symmetric affinity, not negative.
    weight : ndarray of shape (n,), default=None
        How many equal nodes each one stands for, above 0; None is 1.

    Returns
    -------
    Laplacian

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.linear_algebra import unnormalized_laplacian
    >>> unnormalized_laplacian(np.array([[0.0, 1.0], [1.0, 0.0]])).matrix()
    array([[-1.,  1.],
           [ 1., -1.]])
    """
    d, root = degrees(A, weight), _root(A, weight)
    return Laplacian(A, root, d, 1 / root, root)


def symmetric_laplacian(A, weight=None):
    """Return D^-1/2 (A - D) D^-1/2; a node without edges has zeros.

    Parameters
    ----------
    A : array or sparse matrix of shape (n, n)
    weight : ndarray of shape (n,), default=None

    Returns
    -------
    Laplacian

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.linear_algebra import symmetric_laplacian
    >>> symmetric_laplacian(np.array([[1.0, 3.0], [3.0, 1.0]])).matrix()
    array([[-0.75,  0.75],
           [ 0.75, -0.75]])
    """
    d, root = degrees(A, weight), _root(A, weight)
    has_edges = d > 0
    d = np.where(has_edges, d, 1.0)
    outer = np.where(has_edges, root / np.sqrt(d), 0.0)
    return Laplacian(A, outer, has_edges * 1.0, 1 / root, root * np.sqrt(d))


def random_walk_laplacian(A, weight=None):
    """Return D^-1 (A - D), whose rows are steps of a random walk, less staying.

    Parameters
    ----------
    A : array or sparse matrix of shape (n, n)
    weight : ndarray of shape (n,), default=None

    Returns
    -------
    Laplacian

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.linear_algebra import random_walk_laplacian
    >>> L = random_walk_laplacian(np.array([[1.0, 3.0], [3.0, 1.0]]))
    >>> L.scaling * L.highest
    array([1., 1.])
    """
    L = symmetric_laplacian(A, weight)
    return Laplacian(A, L.outer, L.shift, 1 / L.highest, L.highest)


LAPLACIANS = {
    "unnormalized": unnormalized_laplacian,
    "symmetric": symmetric_laplacian,
    "random_walk": random_walk_laplacian,
}
"""The three Laplacians by name."""


def degrees(A, weight=None):
    """Return the degree of each node, the sum of its row of the affinity.

    Parameters
    ----------
    A : array or sparse matrix of shape (m, n)
    weight : ndarray of shape (n,), default=None
        How often each column counts; None is once.

    Returns
    -------
    ndarray of shape (m,)

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.linear_algebra import degrees
    >>> A = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 2.0], [0.0, 2.0, 0.0]])
    >>> degrees(A)
    array([1., 3., 2.])
    >>> degrees(A, np.array([1.0, 1.0, 5.0]))
    array([ 1., 11.,  2.])
    """
    return np.asarray(A.sum(axis=1)).ravel() if weight is None else A @ weight


def continued(B, kind, eigenvalues, vectors, d, weight=None):
    """Return a Laplacian's eigenvectors continued to new nodes, by Nystroem's formula.

    An eigenvector satisfies L u = lambda u at every node; written for a node x with
    affinities b(x, j) to the known ones it gives u(x) from the u_j.

    Parameters
    ----------
    B : array or sparse matrix of shape (n_new, n)
        Affinities of the new nodes to the known.
    kind : {"unnormalized", "symmetric", "random_walk"}
    eigenvalues : ndarray of shape (k,)
        Not above 0.
    vectors : ndarray of shape (n, k)
    d : ndarray of shape (n,)
        Degrees of the known nodes.
    weight : ndarray of shape (n,), default=None
        Of the known nodes.

    Returns
    -------
    ndarray of shape (n_new, k)
        Zero for a node without edges.

    References
    ----------
    .. [1] Y. Bengio et al., "Out-of-sample extensions for LLE, Isomap, MDS, eigenmaps,
       and spectral clustering", NIPS 2003, equation 4.
    """
    of_new = degrees(B, weight)[:, None]
    if weight is not None:
        vectors = weight[:, None] * vectors
    return _CONTINUATIONS[kind](B, eigenvalues, vectors, d[:, None], of_new)


def _continued_unnormalized(B, eigenvalues, vectors, d, of_new):
    """Solve sum_j b_j u_j - d(x) u(x) = lambda u(x)."""
    return _divide(B @ vectors, eigenvalues + of_new, 1e-12 * of_new)


def _continued_symmetric(B, eigenvalues, vectors, d, of_new):
    """Solve sum_j b_j u_j / sqrt(d(x) d_j) - u(x) = lambda u(x)."""
    averaged = B @ _divide(vectors, np.sqrt(d))
    return _divide(_divide(averaged, np.sqrt(of_new)), 1 + eigenvalues, LEAST_MU)


def _continued_random_walk(B, eigenvalues, vectors, d, of_new):
    """Solve sum_j b_j u_j / d(x) - u(x) = lambda u(x)."""
    return _divide(_divide(B @ vectors, of_new), 1 + eigenvalues, LEAST_MU)


_CONTINUATIONS = {
    "unnormalized": _continued_unnormalized,
    "symmetric": _continued_symmetric,
    "random_walk": _continued_random_walk,
}

LEAST_MU = 1e-12
"""What belongs to eigenvalues nearer to -1 is not continued: 1 + lambda is rounding."""


def _root(A, weight):
    """Return the square roots of the weights."""
    return np.ones(A.shape[0]) if weight is None else np.sqrt(weight)


def _divide(a, b, least=0.0):
    """Return a / b, and 0 where b is not above the least, as without neighbours."""
    shape = np.broadcast_shapes(a.shape, np.shape(b))
    return np.divide(a, b, out=np.zeros(shape), where=b > least)
