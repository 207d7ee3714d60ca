r"""Ensemble clustering: the clusters on which many base clusterings agree.

Each of m base clusterings has a random number of clusters, between k and 2k. Without
landmarks it also has a random number of eigenvectors, from 1.5 k to 2 k, each divided
by the square root of its eigenvalue's size; with landmarks each base clustering draws
different landmarks (Huang et al.). A bipartite graph connects a row to its m base
clusters with weight 1 / m each. With Z the matrix of these edges, base clusters
represent the rows as landmarks do: the transfer cut of Li, Wu and Chang is the
eigenproblem of Z'WZ, whose eigenvectors Z extends to the rows.

References
----------
.. [1] D. Huang et al., "Ultra-scalable spectral clustering and ensemble clustering",
   IEEE TKDE, 32(6), 2020, section 3.2.
.. [2] Z. Li, X.-M. Wu and S.-F. Chang, "Segmentation using superpixels: a bipartite
   graph partitioning approach", CVPR 2012.
"""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from scipy import sparse

from skmath._rows.rows import is_dask
from skmath.laplacian_spectral_clustering.eigenvectors import Extension
from skmath.laplacian_spectral_clustering.embedding_width import (
    commute_weights,
    first_columns,
)
from skmath.laplacian_spectral_clustering.graph import (
    ChunkedLandmarkGraph,
    LandmarkGraph,
    column_sums,
    landmark_graph,
    rows_of_positive_weight,
    sums_over_chunks,
)
from skmath.laplacian_spectral_clustering.labels import short_k_means
from skmath.laplacian_spectral_clustering.spectra import (
    degrees_and_laplacian,
    extension_of,
    highest_eigenvectors,
)
from skmath.linear_algebra import landmark_affinity

MAX_FACTOR = 2
"""Largest number of clusters and of eigenvectors of a base clustering, divided by k."""

MIN_FACTOR = 1.5
"""Smallest number of eigenvectors without landmarks, divided by k."""

MAX_ITER = 20
"""Largest number of k-means iterations; base clusterings need not be optimal."""


@dataclass(frozen=True)
class BaseClustering:
    """One clustering of an ensemble.

    Parameters
    ----------
    extension : Extension
        Extension of its eigenvectors to new rows.
    k_means : KMeans
        k-means fitted to the embedding.
    """

    extension: Extension
    k_means: Any

    @property
    def n_clusters(self):
        """Number of clusters of this base clustering."""
        return self.k_means.n_clusters

    def by(self, B):
        """Return the clusters of rows with affinities B to the nodes."""
        return self.k_means.predict(self.extension.embedding_by(B))


@dataclass(frozen=True)
class EnsembleAffinity:
    """Affinity of rows to base clusters: 1 / m for each of their m base clusters.

    Parameters
    ----------
    members : list of BaseClustering
    shares_graph : bool
        Whether all base clusterings have the same nodes.
    used : ndarray of int of shape (n_used,) or None
        Indices of the base clusters that have rows; None if all have.
    """

    members: list[Any]
    shares_graph: bool
    used: np.ndarray | None = None

    landmarks: ClassVar[None] = None

    def to_known(self, X):
        """Return the edges of rows to base clusters."""
        if self.shares_graph:
            B = self.members[0].extension.affinities(X)
            labels = [member.by(B) for member in self.members]
        else:
            labels = [m.by(m.extension.affinities(X)) for m in self.members]
        return self.edges(labels)

    def edges(self, labels):
        """Return the edges, given the labels of the rows in each base clustering."""
        m, n = len(labels), len(labels[0])
        sizes = [member.n_clusters for member in self.members]
        offsets = np.cumsum([0, *sizes])
        columns = np.stack(labels, axis=1) + offsets[:-1]
        edges = (np.full(n * m, 1.0 / m), columns.ravel(), np.arange(0, n * m + 1, m))
        Z = sparse.csr_array(edges, shape=(n, offsets[-1]))
        return Z if self.used is None else Z[:, self.used]


def ensemble_graph(graph, X, weight, k, options, random_state):
    """Return the bipartite graph of the rows and the base clusters of an ensemble.

    Parameters
    ----------
    graph : RowGraph or LandmarkGraph
    X : array, sparse matrix or Dask array of shape (n, p) or (n, n)
    weight : ndarray of shape (n,) or None
    k : int
        Number of clusters.
    options : Options
    random_state : RandomState

    Returns
    -------
    LandmarkGraph or ChunkedLandmarkGraph
        A graph with base clusters as landmarks.
    """
    if options.n_landmarks is None:
        members = by_eigenvectors(graph, k, options, random_state)
        affinity = EnsembleAffinity(members, shares_graph=True)
        labels = [member.k_means.labels_[graph.node] for member in members]
        w = None if weight is None else weight[positive_rows(graph)]
        return bipartite(graph, affinity, affinity.edges(labels), w)
    members = by_landmarks(graph, X, weight, k, options, random_state)
    affinity = EnsembleAffinity(members, shares_graph=False)
    if weight is not None:
        _, X, _ = rows_of_positive_weight(X, weight)
    if is_dask(X):
        return bipartite_of_chunks(graph, X, affinity)
    return bipartite(graph, affinity, affinity.to_known(X), graph.row_weight)


def positive_rows(graph):
    """Return the indices of the rows that are part of a graph."""
    return slice(None) if graph.positive is None else graph.positive


def bipartite(graph, affinity, Z, weight):
    """Return the bipartite graph with the edges Z from rows to base clusters."""
    affinity = replace(affinity, used=np.flatnonzero(column_sums(Z)))
    Z = Z[:, affinity.used]
    A = landmark_affinity(Z, weight)
    return LandmarkGraph(graph.n_rows, graph.positive, affinity, A, Z, weight)


def bipartite_of_chunks(graph, X, affinity):
    """Return the bipartite graph of the rows of a Dask array."""
    A, degree = sums_over_chunks(X, graph.row_weight, affinity)
    affinity = replace(affinity, used=np.flatnonzero(degree))
    A = A[affinity.used][:, affinity.used]
    return ChunkedLandmarkGraph(
        graph.n_rows, graph.positive, affinity, A, None, graph.row_weight
    )


def by_eigenvectors(graph, k, options, random_state):
    """Return base clusterings from different numbers of eigenvectors of one graph.

    Parameters
    ----------
    graph : RowGraph
    k : int
    options : Options
    random_state : RandomState

    Returns
    -------
    list of BaseClustering
    """
    n = graph.matrix.shape[0]
    max_width = min(MAX_FACTOR * k, n - 1) if n > k else k
    D, L = degrees_and_laplacian(graph.matrix, graph.weight, graph.laplacian)
    spectrum = highest_eigenvectors(L, max(max_width, k), options.eigen_tol)
    min_width, next_index = min(round(MIN_FACTOR * k), max_width), min(k, max_width - 1)
    weights = commute_weights(spectrum.eigenvalues, next_index)
    members = []
    for k_i in numbers_of_clusters(k, n, options.n_ensemble, random_state):
        q = int(random_state.randint(min_width, max_width + 1))
        columns = first_columns(spectrum, q)
        extension = extension_of(graph, columns, D, options, weights[:q])
        extension = replace(extension, columns=None)  # already selected
        E = extension.scaled(columns.vectors)
        members.append(base_clustering(extension, E, graph.weight, k_i, random_state))
    return members


def by_landmarks(graph, X, weight, k, options, random_state):
    """Return base clusterings from different landmarks; the first uses the graph's.

    Parameters
    ----------
    graph : LandmarkGraph
    X : array, sparse matrix or Dask array of shape (n, p)
    weight : ndarray of shape (n,) or None
    k : int
    options : Options
    random_state : RandomState

    Returns
    -------
    list of BaseClustering
    """
    members: list[BaseClustering] = []
    n_nodes = graph.matrix.shape[0]
    for k_i in numbers_of_clusters(k, n_nodes, options.n_ensemble, random_state):
        if members:
            graph = landmark_graph(X, weight, options, random_state)
        A = graph.matrix
        k_i = min(k_i, A.shape[0])
        D, L = degrees_and_laplacian(A, graph.weight, graph.laplacian)
        spectrum = highest_eigenvectors(L, k_i, options.eigen_tol)
        extension = extension_of(graph, spectrum, D, options)
        E, w = graph.sample(graph.embedding(extension, X), random_state)
        members.append(base_clustering(extension, E, w, k_i, random_state))
    return members


def numbers_of_clusters(k, n_nodes, m, random_state):
    """Return m numbers of clusters: k, then random ones from k to 2k."""
    further = random_state.randint(k, MAX_FACTOR * k + 1, size=m - 1)
    return [k, *np.minimum(further, n_nodes).tolist()]


def base_clustering(extension, E, weight, k, random_state):
    """Return the base clustering found by k-means on rows of an embedding."""
    k_means = short_k_means(E, weight, k, random_state, MAX_ITER)
    return BaseClustering(extension, k_means)
