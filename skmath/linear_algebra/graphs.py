r"""Graphs as matrices: affinity A, degrees D, Laplacian L = A - D, its eigenvectors.

A_ij is the similarity of i and j, or whether an edge connects them; the degree of i is
the sum of row i. L = A - D has eigenvalues <= 0, and its *highest* eigenvectors are
wanted. Elsewhere the Laplacian is mostly D - A, which has the same eigenvectors and the
opposite eigenvalues, of which the lowest are wanted.

A node of weight w represents w equal nodes, which have the same edges to others, and
edges A_ii to each other. With the diagonal matrix W of weights, the degrees are
d = A w, and the eigenvectors that are equal on equal nodes are those of

========== ======================== ==============================================
name       Laplacian                symmetric matrix, and its eigenvector v to u
========== ======================== ==============================================
unnormal.  A W - D                  W^1/2 A W^1/2 - D, u = W^-1/2 v
symmetric  D^-1/2 (A W - D) D^-1/2  (W/D)^1/2 A (W/D)^1/2 - I, u = W^-1/2 v
random     D^-1 (A W - D)           the same, u = (W D)^-1/2 v
========== ======================== ==============================================

The highest k eigenvectors:

1. Connected components are found first. Each has the eigenvalue 0, which is the highest
   possible, with a known eigenvector that is zero on the other components. Further
   eigenvectors are computed component by component, since an iteration on the whole
   graph may miss some of the repeated zeros. Parts connected only by edges that are
   rounding errors relative to the matrix are components too.
2. For few nodes LAPACK computes the eigenvectors.
3. For more, the iterations of `skmath.linear_algebra.graph_eigenvectors` do, which also
   check that no higher eigenvalue is missing. The choice among them depends on the
   number and the layout of the edges, not on how the matrix is stored.

All starts and signs are deterministic: the same graph has the same eigenvectors. The
unit of the affinities does not matter: A times a constant has the same eigenvectors.

References
----------
.. [1] U. von Luxburg, "A tutorial on spectral clustering", Statistics and Computing,
   17(4), 2007, section 3.
.. [2] A. Y. Ng, M. I. Jordan and Y. Weiss, "On spectral clustering: analysis and an
   algorithm", NIPS 2001.
.. [3] L. Zelnik-Manor and P. Perona, "Self-tuning spectral clustering", NIPS 2004,
   equation 1.
.. [4] R. A. Jarvis and E. A. Patrick, "Clustering using a similarity measure based on
   shared near neighbors", IEEE Transactions on Computers, C-22(11), 1973.
.. [5] X. Chen and D. Cai, "Large scale spectral clustering with landmark-based
   representation", AAAI 2011.
"""

import math
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from scipy import linalg, sparse
from scipy.sparse.csgraph import connected_components

from skmath.linear_algebra.decompositions import fix_signs
from skmath.linear_algebra.graph_eigenvectors import (
    CERTIFICATES,
    by_filter,
    by_inverse,
    by_krylov,
    is_thin,
    rayleigh_ritz,
)

__all__ = [
    "EDGES",
    "LAPLACIANS",
    "Laplacian",
    "Spectrum",
    "degrees",
    "joined",
    "landmark_affinity",
    "locally_scaled",
    "mutual_edges",
    "random_walk_laplacian",
    "shared_neighbors",
    "symmetric_laplacian",
    "symmetrized",
    "top_eigenvectors",
    "unnormalized_laplacian",
]

LARGEST_QUOTIENT = 1e100
"""Largest quotient of a distance and a scale: the product of two does not overflow."""

DENSE_ROWS = 500
"""Largest number of nodes for which LAPACK computes the eigenvectors."""

BLOCK_ROWS = 128
"""Number of rows of a dense matrix that are compared at once."""

DENSE_SHARE = 0.25
"""Fraction of node pairs with an edge above which a matrix is stored dense."""

ROUNDING = 1e-14
"""Rounding error of an eigenvalue 0, relative to the width of the spectrum."""

OVERLAP = 1e-9
"""Overlap with the first eigenvector above which another one is orthogonalised."""


def locally_scaled(distances: np.ndarray, own: Any, other: Any) -> np.ndarray:
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
    ratio: Any = 1.0
    for scale in (own, other):
        # Quotients first: the squares of very small distances would vanish. Without a
        # scale all other points are infinitely far.
        quotient = np.where(distances > 0, np.inf, 0.0)
        has_scale = np.broadcast_to(scale > 0, distances.shape)
        np.divide(distances, scale, out=quotient, where=has_scale)
        ratio = ratio * np.minimum(quotient, LARGEST_QUOTIENT)
    return np.exp(-ratio)


def joined(weights: np.ndarray, neighbors: np.ndarray, n_nodes: int) -> Any:
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


def shared_neighbors(neighbors: np.ndarray, known: np.ndarray) -> Any:
    """Return the fraction of neighbours that rows share with each known row.

    Parameters
    ----------
    neighbors : ndarray of shape (m, k)
        For each row, the indices of the known rows that are its neighbours.
    known : ndarray of shape (n, k)
        The same for each known row.

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
    rows, columns = np.ones(neighbors.shape), np.ones(known.shape)
    share = joined(rows, neighbors, n) @ joined(columns, known, n).T
    share.data /= k
    return share


def symmetrized(A: Any) -> Any:
    """Return (A + A') / 2: i and j are neighbours if either counts the other."""
    return (A + A.T) / 2


def mutual_edges(A: Any) -> Any:
    """Return the edges that go both ways, the lesser weight: each counts the other."""
    return A.minimum(A.T).tocsr()


EDGES = {"union": symmetrized, "mutual": mutual_edges}
"""How directed edges from rows to their neighbours are made symmetric, by name."""


def landmark_affinity(Z: Any, weight: np.ndarray | None = None) -> Any:
    """Return Z'WZ, the affinity of landmarks by the rows that they share.

    If the rows of Z sum to one, the affinity of the rows is A = Z diag(Z'w)^-1 Z', with
    all degrees A w equal to 1. Its eigenvectors are those of the graph of landmarks,
    whose degrees are Z'w, extended by Z: an eigenproblem of size m instead of n.

    Parameters
    ----------
    Z : sparse matrix of shape (n, m)
        Affinities of rows to landmarks; each row sums to one.
    weight : ndarray of shape (n,), default=None
        Weights of the rows.

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


@dataclass(frozen=True)
class Laplacian:
    """A Laplacian as the symmetric matrix diag(outer) A diag(outer) - diag(shift).

    ``L @ V`` multiplies without forming the matrix, since A may be large.

    Parameters
    ----------
    A : array or sparse matrix of shape (n, n)
        Symmetric affinity.
    outer, shift : ndarray of shape (n,)
    scaling : ndarray of shape (n,)
        Factor that turns eigenvectors of the matrix into those of the Laplacian.
    highest : ndarray of shape (n,)
        Its restriction to a connected component is an eigenvector of eigenvalue 0.
    """

    A: Any
    outer: np.ndarray
    shift: np.ndarray
    scaling: np.ndarray
    highest: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        """Shape of the matrix."""
        return self.A.shape

    @property
    def lowest(self) -> float:
        """A lower bound of the eigenvalues, since -D <= W^1/2 A W^1/2 <= D."""
        return -2.0 * float(self.shift.max())

    def __matmul__(self, V: np.ndarray) -> np.ndarray:
        """Return the symmetric matrix times V, one column or several."""
        outer, shift = self.outer, self.shift
        if V.ndim == 2:
            outer, shift = outer[:, None], shift[:, None]
        scaled = outer * V
        # A dense A is multiplied as (V'A)', which reads its rows in memory order.
        AV = self.A @ scaled if sparse.issparse(self.A) else (scaled.T @ self.A).T
        return outer * AV - shift * V

    def on(self, nodes: Any) -> "Laplacian":
        """Return the Laplacian of some nodes, a union of connected components."""
        A = self.A[nodes][:, nodes]
        parts = (self.outer, self.shift, self.scaling, self.highest)
        return Laplacian(A, *(part[nodes] for part in parts))

    def affinity(self) -> Any:
        """Return diag(outer) A diag(outer), sparse if A is."""
        if sparse.issparse(self.A):
            outer = sparse.diags_array(self.outer)
            return (outer @ self.A @ outer).tocsr()
        return self.outer[:, None] * self.A * self.outer

    def matrix(self) -> Any:
        """Return the symmetric matrix, sparse if A is."""
        if sparse.issparse(self.A):
            return (self.affinity() - sparse.diags_array(self.shift)).tocsr()
        return self.affinity() - np.diag(self.shift)


def unnormalized_laplacian(A: Any, weight: np.ndarray | None = None) -> Laplacian:
    """Return A - D.

    Parameters
    ----------
    A : array or sparse matrix of shape (n, n)
        Symmetric affinity, not negative.
    weight : ndarray of shape (n,), default=None
        How many equal nodes each one represents, above 0; None is 1.

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
    d = degrees(A, weight)
    root = np.ones(len(d)) if weight is None else np.sqrt(weight)
    return Laplacian(A, root, d, 1 / root, root)


def symmetric_laplacian(A: Any, weight: np.ndarray | None = None) -> Laplacian:
    """Return D^-1/2 (A - D) D^-1/2, with zero rows for nodes without edges.

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
    d = degrees(A, weight)
    root = np.ones(len(d)) if weight is None else np.sqrt(weight)
    has_edges = d > 0
    d = np.where(has_edges, d, 1.0)
    outer = np.where(has_edges, root / np.sqrt(d), 0.0)
    return Laplacian(A, outer, has_edges * 1.0, 1 / root, root * np.sqrt(d))


def random_walk_laplacian(A: Any, weight: np.ndarray | None = None) -> Laplacian:
    """Return D^-1 (A - D), the transition matrix of a random walk minus the identity.

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


def degrees(A: Any, weight: np.ndarray | None = None) -> np.ndarray:
    """Return the degree of each node, the sum of its row of the affinity.

    Parameters
    ----------
    A : array or sparse matrix of shape (m, n)
    weight : ndarray of shape (n,), default=None
        How many times each column counts; None is once.

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


class Spectrum(NamedTuple):
    """The highest eigenvalues and eigenvectors of a graph's Laplacian.

    Attributes
    ----------
    eigenvalues : ndarray of shape (k,)
        Highest first; none is above 0.
    vectors : ndarray of shape (n, k)
        Eigenvectors as columns; the largest entry of each is positive.
    component : ndarray of shape (n,)
        Number of the connected component of each node.
    residual : float
        The largest norm of S v - lambda v over the symmetric matrix S's unit vectors v,
        relative to the width of the spectrum.
    certificate : {"exact", "inertia", "second_start", "none"}
        Evidence that no higher eigenvalue is missing. "exact": all are known;
        "inertia": a triangular factor counts those above the k-th (Sylvester's law);
        "second_start": another start found none, which is likely but not proven;
        "none": there is no evidence.
    """

    eigenvalues: np.ndarray
    vectors: np.ndarray
    component: np.ndarray
    residual: float
    certificate: str

    @property
    def n_components(self) -> int:
        """Number of connected components."""
        return int(self.component.max()) + 1


def top_eigenvectors(L: Laplacian, k: int, tol: float = 1e-4) -> Spectrum:
    """Return the k highest eigenvalues of a Laplacian and their eigenvectors.

    Parameters
    ----------
    L : Laplacian
    k : int
        At most the number of nodes.
    tol : float, default=1e-4
        Tolerance of the residual, relative to the width of the spectrum. The error of
        an eigenvalue is of the order of its square.

    Returns
    -------
    Spectrum

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.linear_algebra import symmetric_laplacian, top_eigenvectors
    >>> A = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    >>> spectrum = top_eigenvectors(symmetric_laplacian(A), 3)
    >>> spectrum.eigenvalues
    array([ 0.,  0., -2.])
    >>> spectrum.n_components
    2
    """
    # A is divided by its unit: powers of four and of two cause no rounding errors.
    unit = 4.0 ** math.floor(math.log(-L.lowest / 2, 4)) if L.lowest < 0 else 1.0
    L = replace(L, outer=L.outer / math.sqrt(unit), shift=L.shift / unit)
    component = _components(L)
    sizes = np.bincount(component)
    # The largest components first: theirs are kept among equal eigenvalues.
    largest = np.argsort(-sizes, kind="stable")[:k]
    found, certificates = [], {"exact"}
    for c in largest:
        nodes = np.flatnonzero(component == c)
        part = L if len(nodes) == len(component) else L.on(nodes)
        wanted = min(k - len(largest) + 1, sizes[c])
        values, vectors, certificate = _of_connected(part, wanted, tol)
        found += [(value, v, nodes) for value, v in zip(values, vectors.T, strict=True)]
        certificates.add(certificate)
    found = sorted(found, key=lambda pair: -pair[0])[:k]
    eigenvalues = np.array([value for value, _, _ in found])
    V = np.zeros((len(component), k))
    for column, (_, v, nodes) in zip(V.T, found, strict=True):
        column[nodes] = v
    residual = _residual(L, eigenvalues, V) / (-L.lowest or 1.0)
    vectors, _ = fix_signs((L.scaling[:, None] * V).T)
    least_sure = max(certificates, key=CERTIFICATES.index)
    return Spectrum(unit * eigenvalues, vectors.T, component, residual, least_sure)


def _components(L: Laplacian) -> np.ndarray:
    """Return the number of each node's component, ignoring edges below rounding.

    Edges of the symmetric matrix that are rounding errors relative to it are left out
    at first. The parts that they connect are one component after all if their
    indicators are not eigenvectors, as for a node with only such weak edges.
    """
    floor = -ROUNDING * L.lowest / 10
    if not sparse.issparse(L.A) and (L.outer[0] * L.A[0] * L.outer > floor).all():
        return np.zeros(len(L.shift), dtype=int)  # all are connected to the first
    component = connected_nodes(_edges_above(L, floor))
    while (leaks := _leaks(L, component) > -ROUNDING * L.lowest).any():
        rows = np.flatnonzero(leaks[component])
        i, j = (L.A[rows] > 0).nonzero()
        edges = np.ones(len(i)), (component[rows[i]], component[j])
        quotient = sparse.csr_array(edges, shape=(len(leaks), len(leaks)))
        component = connected_nodes(quotient)[component]
    return component


def _edges_above(L: Laplacian, floor: float) -> Any:
    """Return which entries of diag(outer) A diag(outer) are above a floor."""
    if sparse.issparse(L.A):
        return L.affinity() > floor
    edges = np.empty(L.shape, dtype=bool)
    for start in range(0, len(edges), BLOCK_ROWS):  # no copy of A
        rows = slice(start, start + BLOCK_ROWS)
        edges[rows] = L.outer[rows, None] * L.A[rows] * L.outer > floor
    return edges


def connected_nodes(edges: Any) -> np.ndarray:
    """Return the number of each node's connected component.

    Parameters
    ----------
    edges : array or sparse matrix of shape (n, n)
        Symmetric. What is not zero is an edge, also where a zero is stored.

    Returns
    -------
    ndarray of int of shape (n,)
    """
    if sparse.issparse(edges):
        # SciPy takes zeros that are stored for edges.
        edges = edges if edges.data.all() else edges != 0
        return connected_components(edges, directed=False)[1]
    if (edges[0] != 0).all():
        return np.zeros(len(edges), dtype=np.int32)
    # SciPy ignores dense numbers up to 1e-8, and would copy the matrix.
    edges = edges != 0
    component = np.full(len(edges), -1, dtype=np.int32)
    n_components = 0
    while (is_left := component < 0).any():
        frontier = np.flatnonzero(is_left)[:1]
        while len(frontier) > 0:
            component[frontier] = n_components
            frontier = np.flatnonzero(edges[frontier].any(axis=0) & (component < 0))
        n_components += 1
    return component


def _leaks(L: Laplacian, component: np.ndarray) -> np.ndarray:
    """Return how far each component's indicator is from an eigenvector of value 0.

    With the known eigenvector h restricted to the component, it is a bound of the norm
    of S h relative to h, to which only edges between components contribute.
    """
    n_components = component.max() + 1
    if n_components == 1:
        return np.zeros(1)
    A = _between(L.A, component)
    h, outer = L.highest, L.outer
    leak = h * outer * (A @ outer) + outer * (A @ (outer * h))
    size = np.sqrt(np.bincount(component, weights=h**2))
    return np.bincount(component, weights=leak) / size


def _between(A: Any, component: np.ndarray) -> Any:
    """Return only the edges of A between different components."""
    if not sparse.issparse(A):
        return np.where(component[:, None] == component, 0.0, A)
    A = A.tocoo()
    between = component[A.row] != component[A.col]
    edges = A.data[between], (A.row[between], A.col[between])
    return sparse.csr_array(edges, shape=A.shape)


def _residual(L: Laplacian, eigenvalues: np.ndarray, V: np.ndarray) -> float:
    return float(np.linalg.norm(L @ V - V * eigenvalues, axis=0).max())


def _of_connected(
    L: Laplacian, k: int, tol: float
) -> tuple[np.ndarray, np.ndarray, str]:
    """Return the k highest eigenpairs of a connected graph, the first one exact."""
    v, n = L.highest / np.linalg.norm(L.highest), len(L.highest)
    if k == 1:
        return np.zeros(1), v[:, None], "exact"
    L = replace(L, A=_stored_by_density(L.A))
    if n <= DENSE_ROWS or k > n // 4:
        values, V, certificate = by_lapack(L, k)
    elif not sparse.issparse(L.A):
        values, V, certificate = by_krylov(L, k, tol)
    elif is_thin(L.A):
        values, V, certificate = by_inverse(L, k, tol)
    else:
        values, V, certificate = by_filter(L, k, tol)
    if np.abs(v @ V[:, 1:]).max() > OVERLAP:
        values, V = values.copy(), V.copy()
        U = linalg.svd(V - np.outer(v, v @ V), full_matrices=False)[0]
        values[1:], V[:, 1:], _ = rayleigh_ritz(L, U[:, : k - 1])
    values[0], V[:, 0] = 0.0, v
    return np.minimum(values, 0.0), V, certificate


def _stored_by_density(A: Any) -> Any:
    """Return A as a dense array if many pairs have an edge, else as a sparse one."""
    n_edges = A.count_nonzero() if sparse.issparse(A) else np.count_nonzero(A)
    is_dense = n_edges > DENSE_SHARE * A.shape[0] ** 2
    if sparse.issparse(A):
        return A.toarray() if is_dense else A
    return A if is_dense else sparse.csr_array(A)


def by_lapack(L: Laplacian, k: int) -> tuple[np.ndarray, np.ndarray, str]:
    """Return the k highest eigenpairs by a full decomposition."""
    S, n = L.matrix(), len(L.shift)
    S = S.toarray() if sparse.issparse(S) else S
    values, V = linalg.eigh(S, subset_by_index=[n - k, n - 1])
    if len(values) < k:  # bisection may lose some of many equal eigenvalues
        values, V = linalg.eigh(S)
    return values[::-1][:k], V[:, ::-1][:, :k], "exact"
