"""Graphs for clustering: the nodes are the distinct rows, or landmarks among many rows.

Both kinds of graph have the same parts: ``affinity`` computes the affinities of new
rows to the nodes, ``matrix`` is the affinity matrix A of the nodes, and ``weight`` the
number of rows that each node represents. ``embedding`` and ``degrees`` extend values of
the nodes to the rows of `fit`, and ``sample`` returns the rows on which clusters are
found. Rows of weight 0 are not part of a graph, and are treated like new rows.
``positive`` holds the indices of the rows of positive weight, or None for all rows.
"""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from scipy import sparse

from skmath._rows.checks import rows_of
from skmath._rows.rows import Rows, is_dask
from skmath.laplacian_spectral_clustering.affinities import (
    AFFINITIES,
    NeighborAffinity,
    callable_affinity,
    median_gamma,
)
from skmath.laplacian_spectral_clustering.labels import short_k_means
from skmath.laplacian_spectral_clustering.neighbors import (
    NeighborSearch,
    with_32_bit_indices,
)
from skmath.linear_algebra import joined, landmark_affinity, locally_scaled

EXACT_ROWS = 20_000
"""Number of rows above which n_landmarks="auto" uses landmarks."""

LANDMARKS = 1000
"""Number of landmarks of n_landmarks="auto"."""

LANDMARK_NEIGHBORS = 5
"""Number of landmarks that each row is connected to with n_neighbors="auto"."""

CANDIDATES = 10
"""Number of rows drawn per landmark; landmarks are cluster means of the drawn rows."""

MAX_ITER = 5
"""Largest number of k-means iterations for landmarks, which need not be optimal."""

SAMPLE_ROWS = 20_000
"""Largest number of rows on which clusters are found."""


@dataclass(frozen=True)
class RowGraph:
    """The graph of the distinct rows: equal rows are one node with their total weight.

    Parameters
    ----------
    n_rows : int
    positive : ndarray of int or None
    first : ndarray of int of shape (n_nodes,)
        The first row of each node, counted among the rows of positive weight.
    node : ndarray of int of shape (n_positive,)
        The node of each row of positive weight.
    weight : ndarray of shape (n_nodes,) or None
    affinity : object
        Affinity of the nodes, made by `AFFINITIES` or `callable_affinity`.
    matrix : array or csr_array of shape (n_nodes, n_nodes)
        Affinity matrix A of the nodes.
    laplacian : str
        A key of `LAPLACIANS`.
    """

    n_rows: int
    positive: np.ndarray | None
    first: np.ndarray
    node: np.ndarray
    weight: np.ndarray | None
    affinity: Any
    matrix: Any
    laplacian: str

    landmarks: ClassVar[None] = None

    @property
    def matrix_without_sharing(self):
        """The affinity matrix of the nodes, without the factor of shared neighbours."""
        if isinstance(self.affinity, NeighborAffinity):
            return self.affinity.without_sharing()
        return self.matrix

    def embedding(self, extension, X):
        """Return the embedding of the rows of `fit` from that of the nodes."""
        E = extension.scaled(extension.spectrum.vectors[self.node])
        return values_of_all_rows(E, X, self.positive, extension.embedding_of)

    def degrees(self, extension, X):
        """Return the degrees of the rows of `fit` from those of the nodes."""
        d = extension.degrees[self.node]
        return values_of_all_rows(d, X, self.positive, extension.degrees_of)

    def affinities(self):
        """Return the affinity matrix of the rows, with zeros for rows of weight 0."""
        A = self.matrix
        if not np.array_equal(self.node, np.arange(len(self.first))):
            A = A[self.node][:, self.node]
        if self.positive is None:
            return A
        place = expansion_matrix(self.positive, self.n_rows)
        return place @ A @ place.T

    def sample(self, embedding, random_state):
        """Return the embedding of the distinct rows, and their weights."""
        rows = self.first if self.positive is None else self.positive[self.first]
        return embedding[rows], self.weight


def row_graph(X, weight, options):
    """Return the graph of the rows.

    Parameters
    ----------
    X : array or sparse matrix of shape (n, p) or (n, n)
    weight : ndarray of shape (n,) or None
    options : Options

    Returns
    -------
    RowGraph
    """
    n_rows = X.shape[0]
    positive = None
    if weight is not None:
        positive, X, weight = rows_of_positive_weight(X, weight, options.is_pairwise)
    n = X.shape[0]
    if options.is_pairwise:
        first = node = np.arange(n)
    else:
        first, node = distinct_rows(X)
    if weight is not None or len(first) < n:
        weight = np.bincount(node, weights=weight)
    name = options.affinity
    affinity_of = callable_affinity if callable(name) else AFFINITIES[name]
    affinity = affinity_of(X[first], options)
    A = affinity.matrix
    kind = options.laplacian
    return RowGraph(n_rows, positive, first, node, weight, affinity, A, kind)


def rows_of_positive_weight(X, weight, is_pairwise=False):
    """Return the rows of positive weight: their indices, values and weights.

    The indices are None if all weights are positive. If X is a pairwise matrix
    (`is_pairwise`), columns are selected like rows.
    """
    if weight.all():
        return None, X, weight
    positive = np.flatnonzero(weight)
    X = X[positive]
    return positive, X[:, positive] if is_pairwise else X, weight[positive]


def expansion_matrix(positive, n_rows):
    """Return the matrix that extends values of rows of positive weight by zeros."""
    n = len(positive)
    places = (np.ones(n), (positive, np.arange(n)))
    return sparse.csr_array(places, shape=(n_rows, n))


def values_of_all_rows(values, X, positive, function):
    """Return values of all rows: given ones, and a function of the rows of weight 0."""
    if positive is None:
        return values
    weightless = np.setdiff1d(np.arange(X.shape[0]), positive)
    of_others = Rows(X[weightless]).map(function)
    place = np.argsort(np.concatenate([positive, weightless]))
    return np.concatenate([values, of_others])[place]


@dataclass(frozen=True)
class LandmarkAffinity:
    """Affinities of rows to their nearest landmarks; those of a row sum to one.

    Parameters
    ----------
    landmarks : ndarray of shape (m, p)
    search : NeighborSearch
        Search among the landmarks.
    n_neighbors : int
        Number of landmarks that a row is connected to.
    kind : str
        A key of `LANDMARK_WEIGHTS`.
    scales : ndarray of shape (m,)
        Distance of each landmark to the last of its neighbours.
    gamma : float or None
        Kernel coefficient of "rbf".
    """

    landmarks: np.ndarray
    search: NeighborSearch
    n_neighbors: int
    kind: str
    scales: np.ndarray
    gamma: float | None

    def to_known(self, X):
        """Return the affinities of rows to landmarks; each row sums to one."""
        distances, neighbors = self.search(X, self.n_neighbors)
        weights = LANDMARK_WEIGHTS[self.kind](self, distances, neighbors)
        total = weights.sum(axis=1, keepdims=True)
        # A row so far from all landmarks that exp underflows gets the nearest one.
        weights[total[:, 0] == 0, 0] = 1.0
        weights /= np.where(total > 0, total, 1.0)
        return joined(weights, neighbors, len(self.landmarks))

    def restricted(self, used):
        """Return the affinities to some of the landmarks only."""
        landmarks = self.landmarks[used]
        return replace(
            self,
            landmarks=landmarks,
            search=NeighborSearch(landmarks, n_jobs=self.search.n_jobs),
            n_neighbors=min(self.n_neighbors, len(landmarks)),
            scales=self.scales[used],
        )


def affinity_to_landmarks(landmarks, options):
    """Return the affinity of rows to landmarks.

    Parameters
    ----------
    landmarks : ndarray of shape (m, p)
    options : Options

    Returns
    -------
    LandmarkAffinity
    """
    m, k = len(landmarks), options.n_neighbors
    search = NeighborSearch(landmarks, n_jobs=options.n_jobs)
    own, _ = search(landmarks, min(k + 1, m))
    gamma = options.gamma
    if options.affinity == "rbf" and gamma is None:
        gamma = median_gamma(landmarks)
    kind = options.affinity
    return LandmarkAffinity(landmarks, search, min(k, m), kind, own[:, -1], gamma)


@dataclass(frozen=True)
class LandmarkGraph:
    """The graph of landmarks; rows near two landmarks are the edge between them.

    Parameters
    ----------
    n_rows : int
    positive : ndarray of int or None
    affinity : LandmarkAffinity
        Affinity of rows to the landmarks.
    matrix : csr_array of shape (m, m)
        The affinity matrix Z' diag(w) Z of the landmarks, w being the rows' weights.
    Z : csr_array of shape (n_positive, m) or None
        Affinities of the rows of positive weight to the landmarks.
    row_weight : ndarray of shape (n_positive,) or None
        Weights w of these rows.
    """

    n_rows: int
    positive: np.ndarray | None
    affinity: LandmarkAffinity
    matrix: Any
    Z: Any
    row_weight: np.ndarray | None

    laplacian: ClassVar[str] = "random_walk"
    weight: ClassVar[None] = None

    @property
    def landmarks(self):
        """The landmarks."""
        return self.affinity.landmarks

    @property
    def matrix_without_sharing(self):
        """The affinity matrix: shared neighbours are not used with landmarks."""
        return self.matrix

    def embedding(self, extension, X):
        """Return the embedding of the rows of `fit` from that of the landmarks."""
        E = extension.embedding_by(self.Z)
        return values_of_all_rows(E, X, self.positive, extension.embedding_of)

    def degrees(self, extension, X):
        """Return ones, the degrees of the rows."""
        return np.ones(X.shape[0])

    def affinities(self):
        """Return the affinities of rows to landmarks; rows of weight 0 get zeros."""
        if self.positive is None:
            return self.Z
        return expansion_matrix(self.positive, self.n_rows) @ self.Z

    def sample(self, embedding, random_state):
        """Return the embedding of some rows, and their weights."""
        if self.positive is not None:
            embedding = embedding[self.positive]
        n = len(embedding)
        if n <= SAMPLE_ROWS:
            return embedding, self.row_weight
        sample = random_state.randint(n, size=SAMPLE_ROWS)
        weight = self.row_weight
        return embedding[sample], None if weight is None else weight[sample]


@dataclass(frozen=True)
class ChunkedLandmarkGraph(LandmarkGraph):
    """The graph of landmarks of a Dask array, which is computed chunk by chunk.

    Only sums over the rows are stored: Z is None. The embedding and the degrees of the
    rows are Dask arrays.
    """

    def embedding(self, extension, X):
        """Return the embedding of the rows, lazily."""
        return rows_of(X).map(extension.embedding_of)

    def degrees(self, extension, X):
        """Return ones, the degrees of the rows."""
        import dask.array as da

        return da.ones(X.shape[0], chunks=(X.chunks[0],))

    def affinities(self):
        """Raise an AttributeError: the affinities of the rows are not stored."""
        raise AttributeError(
            "affinity_matrix_ is not available for a Dask array. Fit X.compute()."
        )

    def sample(self, embedding, random_state):
        """Return the embedding of some rows, and their weights."""
        if self.positive is not None:
            embedding = embedding[self.positive]
        n, weight = len(embedding), self.row_weight
        if n <= SAMPLE_ROWS:
            return embedding.compute(), weight
        sample = random_state.randint(n, size=SAMPLE_ROWS)
        weight = None if weight is None else weight[sample]
        return rows_in_memory(embedding, sample), weight


def landmark_graph(X, weight, options, random_state):
    """Return the graph of landmarks that represent the rows.

    Parameters
    ----------
    X : array, sparse matrix or Dask array of shape (n, p)
    weight : ndarray of shape (n,) or None
    options : Options
    random_state : RandomState

    Returns
    -------
    LandmarkGraph or ChunkedLandmarkGraph
    """
    n_rows = X.shape[0]
    positive = None
    if weight is not None:
        positive, X, weight = rows_of_positive_weight(X, weight)
    m = min(options.n_landmarks, X.shape[0])
    landmarks = landmarks_of(X, weight, m, random_state)
    affinity = affinity_to_landmarks(landmarks, options)
    if is_dask(X):
        Z, (A, degree) = None, sums_over_chunks(X, weight, affinity)
    else:
        Z = affinity.to_known(X)
        A, degree = landmark_affinity(Z, weight), column_sums(Z)
    used = degree > 0
    if not used.all():  # leave out landmarks that no row is connected to
        affinity, A = affinity.restricted(used), A[used][:, used]
        Z = Z if Z is None else Z[:, used]
    kind = ChunkedLandmarkGraph if Z is None else LandmarkGraph
    return kind(n_rows, positive, affinity, A, Z, weight)


def sums_over_chunks(X, weight, affinity):
    """Return `landmark_sums` over the chunks of a Dask array."""
    import dask.array as da

    w = None if weight is None else da.from_array(weight, chunks=(X.chunks[0],))
    return rows_of(X, None, w).sum(landmark_sums, affinity)


def landmark_sums(X, y, weight, affinity):
    """Return Z' diag(w) Z and Z'1 for a block of rows."""
    Z = affinity.to_known(X)
    return landmark_affinity(Z, weight), column_sums(Z)


def column_sums(Z):
    """Return the column sums of a sparse matrix."""
    return np.asarray(Z.sum(axis=0)).ravel()


def rows_in_memory(X, indices):
    """Return the rows of the given indices, in this order, as an array in memory."""
    if not is_dask(X):
        return X[indices]
    different, place = np.unique(indices, return_inverse=True)
    return X[different].compute()[place]


def landmarks_of(X, weight, m, random_state):
    """Return landmarks: k-means centres of a sample of the rows (Huang et al. 2020).

    Parameters
    ----------
    X : array or sparse matrix of shape (n, p)
    weight : ndarray of shape (n,) or None
    m : int
    random_state : RandomState

    Returns
    -------
    ndarray of shape (n_landmarks, p)
        At most m distinct centres.
    """
    n = X.shape[0]
    sample = random_state.permutation(n)[: CANDIDATES * m]
    rows = with_32_bit_indices(rows_in_memory(X, sample)).astype(np.float64)
    weight = None if weight is None else weight[sample]
    k_means = short_k_means(rows, weight, m, random_state, MAX_ITER, init="random")
    return np.unique(k_means.cluster_centers_, axis=0)


def n_landmarks_for(X, n_landmarks, affinity, metric):
    """Return the number of landmarks, or None if every distinct row is a node.

    Parameters
    ----------
    X : array, sparse matrix or Dask array of shape (n, p)
    n_landmarks : int, None or "auto"
    affinity : str or callable
    metric : str or callable

    Returns
    -------
    int or None
    """
    m, names = n_landmarks, sorted(LANDMARK_WEIGHTS)
    supports_landmarks = affinity in LANDMARK_WEIGHTS and metric == "euclidean"
    if m == "auto":
        has_many_rows = is_dask(X) or X.shape[0] > EXACT_ROWS
        m = LANDMARKS if supports_landmarks and has_many_rows else None
    if m is None and is_dask(X):
        raise TypeError(
            "A Dask array can only be clustered with landmarks: set n_landmarks, an "
            f"affinity of {names} and metric='euclidean', or pass X.compute()."
        )
    if m is not None and not supports_landmarks:
        raise ValueError(
            f"n_landmarks={m} requires an affinity of {names} and metric='euclidean'. "
            "Set n_landmarks=None for other affinities and metrics."
        )
    return m


def _self_tuning(affinity, distances, neighbors):
    return locally_scaled(distances, distances[:, -1:], affinity.scales[neighbors])


def _nearest_neighbors(affinity, distances, neighbors):
    return np.ones(distances.shape)


def _rbf(affinity, distances, neighbors):
    return np.exp(-affinity.gamma * distances**2)


LANDMARK_WEIGHTS = {
    "self_tuning": _self_tuning,
    "nearest_neighbors": _nearest_neighbors,
    "rbf": _rbf,
}
"""Functions that return the weights of the edges from rows to landmarks."""


def distinct_rows(X):
    """Return the first row of each set of equal rows, and the set of each row.

    Sets are sorted by the projection of their rows onto a fixed line, so their order
    does not depend on that of the rows.

    Parameters
    ----------
    X : array or sparse matrix of shape (n, p)

    Returns
    -------
    first : ndarray of shape (n_sets,)
    node : ndarray of shape (n,)
    """
    direction = np.random.RandomState(0).uniform(1, 2, X.shape[1])
    # Not a matrix product: projections of equal rows must be equal to the last bit.
    key = X @ direction if sparse.issparse(X) else np.einsum("ij,j->i", X, direction)
    order = np.argsort(key, kind="stable")
    key = key[order]
    new = np.ones(len(order), dtype=bool)
    tied = np.flatnonzero(key[1:] == key[:-1]) + 1
    if len(tied):
        difference = X[order[tied]] != X[order[tied - 1]]
        new[tied] = np.asarray(difference.sum(axis=1)).ravel() > 0
    node = np.empty(len(order), dtype=np.int64)
    node[order] = np.cumsum(new) - 1
    return order[new], node
