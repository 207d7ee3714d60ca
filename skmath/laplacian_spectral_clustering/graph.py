"""The nodes of a graph: the rows that differ, or landmarks among many rows.

Either holds ``matrix``, the affinity A of its nodes, ``plain``, the same for counting
clusters, and ``weight``, how many rows a node stands for; ``embedded`` takes
eigenvectors from the nodes to the rows of `fit`, ``to_known`` gives new rows'
affinities to the nodes, and ``sample`` the rows on which clusters are sought.
"""

import warnings

import numpy as np
from scipy import sparse
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning

from skmath._rows.checks import rows_of
from skmath._rows.rows import is_dask
from skmath.laplacian_spectral_clustering.affinities import (
    AFFINITIES,
    PAIRWISE,
    CallableAffinity,
    gamma_of,
)
from skmath.laplacian_spectral_clustering.neighbors import NeighborSearch, narrow
from skmath.linear_algebra import (
    continued,
    degrees,
    joined,
    landmark_affinity,
    locally_scaled,
)

EXACT_ROWS = 20_000
"""Rows beyond which n_landmarks="auto" takes landmarks."""

LANDMARKS = 1000
"""Landmarks that "auto" takes."""

LANDMARK_NEIGHBORS = 5
"""Landmarks that a row is joined to, if n_neighbors is "auto"."""

CANDIDATES = 10
"""Rows drawn for each landmark, which is the mean of a cluster of them."""

SAMPLE_ROWS = 20_000
"""Rows at most on which clusters are sought."""


def graph_of(X, weight, params, random_state):
    """Return the graph of the rows or of landmarks, as the parameters say.

    Parameters
    ----------
    X : array or sparse matrix of shape (n, p)
    weight : ndarray of shape (n,) or None
        Above 0.
    params : mapping
        The estimator's.
    random_state : RandomState

    Returns
    -------
    RowGraph or LandmarkGraph
    """
    m, affinity = params["n_landmarks"], params["affinity"]
    takes_landmarks = affinity in LANDMARK_WEIGHTS and params["metric"] == "euclidean"
    if m == "auto":
        many = is_dask(X) or X.shape[0] > EXACT_ROWS
        m = LANDMARKS if takes_landmarks and many else None
    if m is None and is_dask(X):
        raise TypeError(
            "A Dask array is clustered by landmarks: set n_landmarks, an affinity of "
            f"{sorted(LANDMARK_WEIGHTS)} and metric='euclidean', or pass X.compute()."
        )
    if m is None:
        return RowGraph(X, weight, params)
    if not takes_landmarks:
        raise ValueError(
            f"n_landmarks={m} needs rows in a space: an affinity of "
            f"{sorted(LANDMARK_WEIGHTS)} with metric='euclidean'. Set n_landmarks=None."
        )
    kind = ChunkedLandmarkGraph if is_dask(X) else LandmarkGraph
    return kind(X, weight, min(m, X.shape[0]), params, random_state)


class RowGraph:
    """The graph of the rows that differ: equal rows are one node of more weight."""

    exact = True

    def __init__(self, X, weight, params):
        affinity = params["affinity"]
        n = X.shape[0]
        if isinstance(affinity, str) and affinity in PAIRWISE:
            self.first = self.node = np.arange(n)
        else:
            self.first, self.node = distinct_rows(X)
        self.weight = None
        if weight is not None or len(self.first) < n:
            self.weight = np.bincount(self.node, weights=weight)
        make = CallableAffinity if callable(affinity) else AFFINITIES[affinity]
        self.affinity = make(X[self.first], params)
        self.matrix = self.affinity.matrix
        self.kind = params["laplacian"]

    @property
    def plain(self):
        """The affinity that the number of clusters is read from."""
        return self.affinity.plain

    @property
    def landmarks(self):
        """None: every row is a node."""
        return None

    def degrees(self):
        """Return the degrees of the rows."""
        return degrees(self.matrix, self.weight)[self.node]

    def degrees_of(self, X):
        """Return the degrees of other rows."""
        return degrees(self.affinity.to_known(X), self.weight)

    def affinities(self):
        """Return the affinities of the rows."""
        if np.array_equal(self.node, np.arange(len(self.first))):
            return self.matrix
        return self.matrix[self.node][:, self.node]

    def embedded(self, spectrum):
        """Return the eigenvectors' entries for each row."""
        return spectrum.vectors[self.node]

    def continued(self, X, spectrum):
        """Return the eigenvectors continued to new rows."""
        d = degrees(self.matrix, self.weight)
        B = self.affinity.to_known(X)
        return continued(B, self.kind, *spectrum[:2], d, self.weight)

    def sample(self, embedding, random_state):
        """Return the embedding of the rows that differ, and their weights."""
        return embedding[self.first], self.weight


class LandmarkGraph:
    """The graph of landmarks, joined by the rows that have them in common."""

    exact, kind = False, "random_walk"

    def __init__(self, X, weight, m, params, random_state):
        self.row_weight = weight
        self.landmarks = landmarks_of(X, weight, m, random_state)
        self.search = NeighborSearch(self.landmarks, n_jobs=params["n_jobs"])
        k = params["n_neighbors"]
        k = LANDMARK_NEIGHBORS if k == "auto" else k
        self.n_neighbors = min(k, len(self.landmarks))
        own, _ = self.search(self.landmarks, min(k + 1, len(self.landmarks)))
        self.scales = own[:, -1]
        self.weigh = LANDMARK_WEIGHTS[params["affinity"]]
        if params["affinity"] == "rbf":
            self.gamma = gamma_of(self.landmarks, params["gamma"])
        self._join(X, weight)
        # A landmark that no row is near to is no node.
        used = self.degree > 0
        if not used.all():
            self.landmarks, self.scales = self.landmarks[used], self.scales[used]
            self.search = NeighborSearch(self.landmarks, n_jobs=params["n_jobs"])
            self.n_neighbors = min(self.n_neighbors, len(self.landmarks))
            self._drop(used)
        self.matrix = self.plain = self._affinity(weight)
        self.weight = None

    def _join(self, X, weight):
        """Join the rows to the landmarks; set the landmarks' degrees."""
        self.Z = self.to_known(X)
        self.degree = np.asarray(self.Z.sum(axis=0)).ravel()

    def _drop(self, used):
        self.Z = self.Z[:, used]

    def _affinity(self, weight):
        return landmark_affinity(self.Z, weight)

    def to_known(self, X):
        """Return affinities of rows to landmarks, of sum one."""
        distances, neighbors = self.search(X, self.n_neighbors)
        weights = self.weigh(self, distances, neighbors)
        total = weights.sum(axis=1, keepdims=True)
        # So far from all landmarks that exp is 0: the nearest it is.
        weights[total[:, 0] == 0, 0] = 1.0
        weights /= np.where(total > 0, total, 1.0)
        return joined(weights, neighbors, len(self.landmarks))

    def degrees(self):
        """Return ones, the degrees of the rows."""
        return np.ones(self.Z.shape[0])

    def degrees_of(self, X):
        """Return ones, the degrees of other rows."""
        return np.ones(X.shape[0])

    def affinities(self):
        """Return the affinities of the rows to the landmarks."""
        return self.Z

    def embedded(self, spectrum):
        """Return the eigenvectors' entries for each row."""
        return self._continued(self.Z, spectrum)

    def continued(self, X, spectrum):
        """Return the eigenvectors continued to new rows."""
        return self._continued(self.to_known(X), spectrum)

    def _continued(self, Z, spectrum):
        return continued(Z, self.kind, *spectrum[:2], degrees(self.matrix))

    def sample(self, embedding, random_state):
        """Return the embedding of some rows, and their weights."""
        n = len(embedding)
        if n <= SAMPLE_ROWS:
            return embedding, self.row_weight
        some = random_state.randint(n, size=SAMPLE_ROWS)
        weight = self.row_weight
        return embedding[some], None if weight is None else weight[some]


class ChunkedLandmarkGraph(LandmarkGraph):
    """The same of a Dask array: joined chunk by chunk, and only sums are kept.

    What belongs to rows, their embedding and degrees, is a Dask array.
    """

    def _join(self, X, weight):
        import dask.array as da

        if weight is not None:
            weight = da.from_array(weight, chunks=(X.chunks[0],))
        self.rows = rows_of(X, None, weight)
        self.products, self.degree = self.rows.sum(_joined_sums, self)

    def _drop(self, used):
        self.products = self.products[used][:, used]
        self.degree = self.degree[used]

    def _affinity(self, weight):
        return self.products

    def degrees(self):
        """Return ones, the degrees of the rows."""
        import dask.array as da

        return da.ones(self.rows.X.shape[0], chunks=(self.rows.X.chunks[0],))

    def affinities(self):
        """Refuse: affinities of all the rows are not kept."""
        raise AttributeError("Affinities of the rows of a Dask array are not kept.")

    def embedded(self, spectrum):
        """Return the eigenvectors' entries for each row, lazily."""
        return self.rows.map(self.continued, spectrum)

    def sample(self, embedding, random_state):
        """Return the embedding of some rows, and their weights."""
        n, some = len(embedding), None
        if n > SAMPLE_ROWS:
            some = random_state.randint(n, size=SAMPLE_ROWS)
        weight = self.row_weight
        weight = weight if weight is None or some is None else weight[some]
        return _taken(embedding, np.arange(n) if some is None else some), weight

    def __getstate__(self):
        # Who continues to new rows needs none of the old ones.
        return {k: v for k, v in vars(self).items() if k != "rows"}


def _joined_sums(X, y, weight, graph):
    """Return Z' diag(w) Z and Z'1 of a block of rows joined to landmarks."""
    Z = graph.to_known(X)
    return landmark_affinity(Z, weight), np.asarray(Z.sum(axis=0)).ravel()


def _taken(X, indices):
    """Return some rows in memory, in the order of the indices."""
    if not is_dask(X):
        return X[indices]
    different, place = np.unique(indices, return_inverse=True)
    return X[different].compute()[place]


def landmarks_of(X, weight, m, random_state):
    """Return the means of m clusters of a sample of the rows (Huang et al. 2020).

    Parameters
    ----------
    X : array or sparse matrix of shape (n, p)
    weight : ndarray of shape (n,) or None
    m : int
    random_state : RandomState

    Returns
    -------
    ndarray of shape (m, p)
    """
    n = X.shape[0]
    some = random_state.permutation(n)[: CANDIDATES * m]
    rows = narrow(_taken(X, some)).astype(np.float64)
    k_means = KMeans(m, init="random", n_init=1, max_iter=5, random_state=random_state)
    with warnings.catch_warnings():
        # Of equal rows there are fewer clusters; how good they are does not matter.
        warnings.simplefilter("ignore", ConvergenceWarning)
        k_means.fit(rows, sample_weight=None if weight is None else weight[some])
    return np.unique(k_means.cluster_centers_, axis=0)


def _self_tuning(graph, distances, neighbors):
    return locally_scaled(distances, distances[:, -1:], graph.scales[neighbors])


def _nearest_neighbors(graph, distances, neighbors):
    return np.ones(distances.shape)


def _rbf(graph, distances, neighbors):
    return np.exp(-graph.gamma * distances**2)


LANDMARK_WEIGHTS = {
    "self_tuning": _self_tuning,
    "nearest_neighbors": _nearest_neighbors,
    "rbf": _rbf,
}
"""What a row's edges to its nearest landmarks weigh."""


def distinct_rows(X):
    """Return the first of each set of equal rows, and the number of each row's set.

    Sets are in the order of the rows' projection on a fixed line, whatever the order
    of the rows.

    Parameters
    ----------
    X : array or sparse matrix of shape (n, p)

    Returns
    -------
    first : ndarray of shape (n_sets,)
    node : ndarray of shape (n,)
    """
    line = np.random.RandomState(0).uniform(1, 2, X.shape[1])
    # Not a product of matrices: equal rows are to have equal projections, to the bit.
    key = X @ line if sparse.issparse(X) else np.einsum("ij,j->i", X, line)
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
