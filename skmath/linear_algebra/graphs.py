r"""Graphs as matrices: affinity A, degrees D and Laplacian L = A - D.

A_ij says how similar i and j are, or whether an edge joins them; the degree of i is the
sum of row i. The sign is the seed's: L = A - D has eigenvalues <= 0 and its *highest*
eigenvectors are wanted. Elsewhere D - A is more common: the same eigenvectors, the
eigenvalues' sign reversed, the lowest wanted.

Each Laplacian is described by a diagonal scaling: with d the degrees,

========== ============================== ==================================
name       Laplacian                      its eigenvectors, from S u = mu u
========== ============================== ==================================
unnormal.  A - D                          u of S = A - D
symmetric  D^-1/2 (A - D) D^-1/2          u of S = D^-1/2 A D^-1/2, mu - 1
random     D^-1 (A - D)                   D^-1/2 u of the same S, mu - 1
========== ============================== ==================================

References
----------
.. [1] U. von Luxburg, "A tutorial on spectral clustering", Statistics and Computing,
   17(4), 2007, section 3.
.. [2] A. Y. Ng, M. I. Jordan and Y. Weiss, "On spectral clustering: analysis and an
   algorithm", NIPS 2001.
.. [3] L. Zelnik-Manor and P. Perona, "Self-tuning spectral clustering", NIPS 2004,
   equation 1.
"""

import numpy as np
from scipy import linalg, sparse
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import eigsh

from skmath.linear_algebra.decompositions import fix_signs

__all__ = [
    "continued",
    "degrees",
    "joined",
    "laplacian",
    "locally_scaled",
    "symmetrized",
    "top_eigenvectors",
]

DENSE_ROWS = 500
"""Rows up to which all eigenvectors of a matrix are found by LAPACK."""


def degrees(A):
    """Return the degree of each node, the sum of its row of the affinity.

    Parameters
    ----------
    A : array or sparse matrix of shape (n, n)

    Returns
    -------
    ndarray of shape (n,)

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.linear_algebra import degrees
    >>> degrees(np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 2.0], [0.0, 2.0, 0.0]]))
    array([1., 3., 2.])
    """
    return np.asarray(A.sum(axis=1)).ravel()


def laplacian(A, kind):
    """Return a symmetric matrix with the eigenvectors of a Laplacian, up to scaling.

    Parameters
    ----------
    A : array or sparse matrix of shape (n, n)
        Symmetric affinity.
    kind : {"unnormalized", "symmetric", "random_walk"}

    Returns
    -------
    L : array or sparse matrix of shape (n, n)
        A - D, or D^-1/2 (A - D) D^-1/2.
    scaling : ndarray of shape (n,)
        Eigenvectors of the Laplacian asked for are L's times this, row by row.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.linear_algebra import laplacian
    >>> laplacian(np.array([[0.0, 1.0], [1.0, 0.0]]), "unnormalized")[0]
    array([[-1.,  1.],
           [ 1., -1.]])
    """
    d = degrees(A)
    if kind == "unnormalized":
        return _minus_diagonal(A, d), np.ones_like(d)
    root = np.sqrt(np.where(d > 0, d, 1.0))
    normalized = _scale(A, 1 / root)
    L = _minus_diagonal(normalized, (d > 0).astype(d.dtype))
    return L, np.ones_like(d) if kind == "symmetric" else 1 / root


def top_eigenvectors(L, k, random_state):
    """Return the k highest eigenvalues of a symmetric L and their eigenvectors.

    The matrix of a graph that is not connected is block diagonal: its eigenvectors are
    those of the components, zero elsewhere. Taking them component by component finds
    the repeated eigenvalue 0 exactly, where one iteration on the whole would not.

    Parameters
    ----------
    L : array or sparse matrix of shape (n, n)
    k : int
    random_state : RandomState
        Of the first vectors of Lanczos' iteration.

    Returns
    -------
    eigenvalues : ndarray of shape (k,)
        Highest first.
    eigenvectors : ndarray of shape (n, k)
        Of unit length, the largest entry of each positive.
    n_components : int
        Connected components of the graph.
    """
    n_components, component = connected_components(L, directed=False)
    sizes = np.bincount(component)
    # The largest components first: of equal eigenvalues theirs are kept.
    largest = np.argsort(-sizes, kind="stable")[:k]
    found = []
    for c in largest:
        members = np.flatnonzero(component == c)
        block = L if n_components == 1 else L[members][:, members]
        values, vectors = _top_of_connected(block, min(k, sizes[c]), random_state)
        # Each component has the eigenvalue 0, the highest; rounding leaves about that.
        values = np.where(values > -1e-12 * abs(L).max(), 0.0, values)
        found += zip(values, vectors.T, [members] * k, strict=False)
    order = np.argsort([-value for value, _, _ in found], kind="stable")[:k]
    eigenvectors = np.zeros((L.shape[0], k))
    for column, (_, vector, members) in zip(
        eigenvectors.T, (found[i] for i in order), strict=True
    ):
        column[members] = vector
    eigenvalues = np.array([found[i][0] for i in order])
    return eigenvalues, fix_signs(eigenvectors.T)[0].T, int(n_components)


def _top_of_connected(L, k, random_state):
    """Return the k highest eigenpairs, by LAPACK if small or dense, else by Lanczos."""
    n = L.shape[0]
    if not sparse.issparse(L) or n <= DENSE_ROWS or k >= n - 1:
        dense = L.toarray() if sparse.issparse(L) else L
        values, vectors = linalg.eigh(dense, subset_by_index=[n - k, n - 1])
    else:
        start = random_state.uniform(-1, 1, n)
        ncv = min(n - 1, max(4 * k, 40))
        values, vectors = eigsh(L, k, which="LA", v0=start, ncv=ncv)
    order = np.argsort(-values)
    return values[order], vectors[:, order]


def continued(B, kind, eigenvalues, vectors, d):
    """Return a Laplacian's eigenvectors continued to new nodes, by Nystroem's formula.

    An eigenvector satisfies L v = lambda v at every node; written for a node x with
    affinities b(x, j) to the known ones it gives v(x) from the v_j.

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

    Returns
    -------
    ndarray of shape (n_new, k)

    References
    ----------
    .. [1] Y. Bengio et al., "Out-of-sample extensions for LLE, Isomap, MDS, eigenmaps,
       and spectral clustering", NIPS 2003, equation 4.
    """
    of_new = degrees(B)[:, None]
    if kind == "unnormalized":
        return _divide(B @ vectors, eigenvalues + of_new, 1e-12 * of_new)
    # What eigenvalues near -1 belong to is not continued: 1 + lambda is rounding.
    vectors = _divide(vectors, (1 + eigenvalues)[None, :], 1e-12)
    if kind == "random_walk":
        return _divide(B @ vectors, of_new)
    averaged = B @ _divide(vectors, np.sqrt(d)[:, None])
    return _divide(averaged, np.sqrt(of_new))


def _divide(a, b, least=0.0):
    """Return a / b, and 0 where b is not above the least, as without neighbours."""
    shape = np.broadcast_shapes(a.shape, b.shape)
    return np.divide(a, b, out=np.zeros(shape), where=b > least)


def locally_scaled(distances, scales):
    """Return exp(-d^2 / scale), 1 where distance and scale are both zero.

    Parameters
    ----------
    distances : ndarray of shape (n, k)
    scales : ndarray of shape (n, k)
        sigma_i sigma_j of the two points.

    Returns
    -------
    ndarray of shape (n, k)
    """
    ratio = np.zeros_like(distances)
    np.divide(distances**2, scales, out=ratio, where=scales > 0)
    return np.where((scales > 0) | (distances == 0), np.exp(-ratio), 0.0)


def joined(weights, neighbors, n_nodes):
    """Return the matrix of edges from each row to its neighbours.

    Parameters
    ----------
    weights : ndarray of shape (n, k)
    neighbors : ndarray of shape (n, k)
        Indices below n_nodes.
    n_nodes : int

    Returns
    -------
    csr_array of shape (n, n_nodes)
    """
    n, k = weights.shape
    indptr = np.arange(0, n * k + 1, k)
    edges = (weights.ravel(), neighbors.ravel(), indptr)
    return sparse.csr_array(edges, shape=(n, n_nodes))


def symmetrized(A):
    """Return (A + A') / 2: i and j are neighbours if either counts the other."""
    return (A + A.T) / 2


def _scale(A, s):
    """Return diag(s) A diag(s)."""
    if sparse.issparse(A):
        return sparse.diags_array(s) @ A @ sparse.diags_array(s)
    return s[:, None] * A * s


def _minus_diagonal(A, d):
    """Return A - diag(d)."""
    if sparse.issparse(A):
        return (A - sparse.diags_array(d)).tocsr()
    return A - np.diag(d)
