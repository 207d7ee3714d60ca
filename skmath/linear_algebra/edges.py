"""Edges: graphs of nearest neighbours and of landmarks, and what their edges weigh.

References
----------
.. [1] L. Zelnik-Manor and P. Perona, "Self-tuning spectral clustering", NIPS 2004,
   equation 1.
.. [2] R. A. Jarvis and E. A. Patrick, "Clustering using a similarity measure based on
   shared near neighbors", IEEE Transactions on Computers, C-22(11), 1973.
.. [3] X. Chen and D. Cai, "Large scale spectral clustering with landmark-based
   representation", AAAI 2011.
"""

import numpy as np
from scipy import sparse

__all__ = [
    "EDGES",
    "joined",
    "landmark_affinity",
    "locally_scaled",
    "mutual_edges",
    "shared_neighbors",
    "symmetrized",
]


def locally_scaled(distances, own, other):
    """Return exp(-d^2 / (sigma_i sigma_j)), 1 where distance and scale are both zero.

    Parameters
    ----------
    distances : ndarray of shape (n, k)
    own, other : ndarray of a shape that broadcasts to (n, k)
        sigma_i and sigma_j, the scales of the two points.

    Returns
    -------
    ndarray of shape (n, k)
    """
    # Quotients first: the squares of very small distances would vanish.
    ratio = _quotient(distances, own) * _quotient(distances, other)
    return np.exp(-ratio)


def _quotient(d, scale):
    """Return d / scale; without a scale all other points are infinitely far."""
    far = np.where(d > 0, np.inf, 0.0)
    quotient = np.divide(d, scale, out=far, where=np.broadcast_to(scale > 0, d.shape))
    return np.minimum(quotient, 1e100)


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


def shared_neighbors(neighbors, known):
    """Return which share of their neighbours a row and each known row have in common.

    Parameters
    ----------
    neighbors : ndarray of shape (m, k)
        Indices of the known rows that are the neighbours of some rows.
    known : ndarray of shape (n, k)
        The same of the known rows.

    Returns
    -------
    csr_array of shape (m, n)
        Between 0 and 1; 1 if all k neighbours are the same.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.linear_algebra import shared_neighbors
    >>> neighbors = np.array([[0, 1], [1, 2], [2, 1]])
    >>> shared_neighbors(neighbors, neighbors).toarray()
    array([[1. , 0.5, 0.5],
           [0.5, 1. , 1. ],
           [0.5, 1. , 1. ]])
    """
    n, k = known.shape
    rows, columns = (joined(np.ones(i.shape), i, n) for i in (neighbors, known))
    share = rows @ columns.T
    share.data /= k
    return share


def symmetrized(A):
    """Return (A + A') / 2: i and j are neighbours if either counts the other."""
    return (A + A.T) / 2


def mutual_edges(A):
    """Return the edges that go both ways, the lesser weight: each counts the other."""
    return A.minimum(A.T).tocsr()


EDGES = {"union": symmetrized, "mutual": mutual_edges}
"""How edges from rows to neighbours become edges between rows."""


def landmark_affinity(Z, weight=None):
    """Return Z'WZ, how similar landmarks are that share rows.

    With Z's rows of sum one, the rows' affinity is A = Z diag(Z'w)^-1 Z': all degrees
    A w are 1. Its eigenvectors are those of the landmarks' graph, continued by Z, whose
    degrees are Z'w: an eigenproblem of the landmarks' number in place of the rows'.

    Parameters
    ----------
    Z : sparse matrix of shape (n, m)
        Affinities of rows to landmarks, of sum one.
    weight : ndarray of shape (n,), default=None
        Of the rows.

    Returns
    -------
    csr_array of shape (m, m)

    Examples
    --------
    >>> import numpy as np
    >>> from scipy import sparse
    >>> from skmath.linear_algebra import landmark_affinity
    >>> landmark_affinity(sparse.csr_array([[1.0, 0.0], [0.5, 0.5]])).toarray()
    array([[1.25, 0.25],
           [0.25, 0.25]])
    """
    weighted = Z if weight is None else sparse.diags_array(weight) @ Z
    return (Z.T @ weighted).tocsr()
