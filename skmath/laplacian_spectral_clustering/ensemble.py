r"""Ensembles: many base clusterings, and the clusters that they agree on.

Each of m base clusterings has another number of clusters, between k and 2k. Without
landmarks it takes another number of eigenvectors too, from 1.5 k to 2 k, each divided
by the root of its eigenvalue's size; with landmarks it draws its own (Huang et al.).
A bipartite graph joins a row to its m base clusters, each by 1 / m. With Z the matrix
of its edges, the base clusters are to the rows what landmarks are: the transfer cut of
Li, Wu and Chang is the eigenproblem of Z'WZ, continued by Z.

References
----------
.. [1] D. Huang et al., "Ultra-scalable spectral clustering and ensemble clustering",
   IEEE TKDE, 32(6), 2020, section 3.2.
.. [2] Z. Li, X.-M. Wu and S.-F. Chang, "Segmentation using superpixels: a bipartite
   graph partitioning approach", CVPR 2012.
"""

import warnings
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from scipy import sparse
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning

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
from skmath.laplacian_spectral_clustering.spectra import eigenvectors_of, extension_of
from skmath.linear_algebra import landmark_affinity

MOST = 2
"""The most clusters of a base clustering, and its most eigenvectors, in k."""

FEWEST = 1.5
"""The fewest eigenvectors of a base clustering, in k, where landmarks are not drawn."""

MAX_ITER = 20
"""Steps of a base clustering's k-means: how good it is matters less than how many."""


@dataclass(frozen=True)
class BaseClustering:
    """One clustering of an ensemble.

    Parameters
    ----------
    extension : Extension
        Of its eigenvectors.
    k_means : KMeans
        Of the embedding.
    """

    extension: Extension
    k_means: Any

    @property
    def n_clusters(self):
        """Number of its clusters."""
        return self.k_means.n_clusters

    def by(self, B):
        """Return the clusters of rows whose affinities to its nodes are B."""
        return self.k_means.predict(self.extension.embedding_by(B))


@dataclass(frozen=True)
class EnsembleAffinity:
    """What joins rows to their clusters in each base clustering, 1 / m each.

    Parameters
    ----------
    members : list of BaseClustering
    one_graph : bool
        Whether all base clusterings are of the same nodes.
    used : ndarray of int of shape (n_used,) or None
        The base clusters that have rows; None is all.
    """

    members: list
    one_graph: bool
    used: np.ndarray | None = None

    landmarks: ClassVar[None] = None

    def to_known(self, X):
        """Return the edges of rows to base clusters."""
        if self.one_graph:
            B = self.members[0].extension.affinities(X)
            labels = [member.by(B) for member in self.members]
        else:
            labels = [m.by(m.extension.affinities(X)) for m in self.members]
        return self.edges(labels)

    def edges(self, labels):
        """Return the edges, by the clusters of the rows in each base clustering."""
        m, n = len(labels), len(labels[0])
        sizes = [member.n_clusters for member in self.members]
        first = np.cumsum([0, *sizes])
        columns = np.stack(labels, axis=1) + first[:-1]
        edges = (np.full(n * m, 1.0 / m), columns.ravel(), np.arange(0, n * m + 1, m))
        Z = sparse.csr_array(edges, shape=(n, first[-1]))
        return Z if self.used is None else Z[:, self.used]


def ensemble_graph(graph, X, weight, k, options, random_state):
    """Return the graph of the rows and the base clusters of an ensemble.

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
        Base clusters are its landmarks.
    """
    if options.n_landmarks is None:
        members = by_eigenvectors(graph, k, options, random_state)
        affinity = EnsembleAffinity(members, one_graph=True)
        labels = [member.k_means.labels_[graph.node] for member in members]
        w = None if weight is None else weight[positive_rows(graph)]
        return bipartite(graph, affinity, affinity.edges(labels), w)
    members = by_landmarks(graph, X, weight, k, options, random_state)
    affinity = EnsembleAffinity(members, one_graph=False)
    if weight is not None:
        _, X, _ = rows_of_positive_weight(X, weight)
    if is_dask(X):
        return bipartite_of_chunks(graph, X, affinity)
    return bipartite(graph, affinity, affinity.to_known(X), graph.row_weight)


def positive_rows(graph):
    """Return the indices of the rows that are part of a graph."""
    return slice(None) if graph.positive is None else graph.positive


def bipartite(graph, affinity, Z, weight):
    """Return the graph of rows joined to base clusters by Z."""
    affinity = replace(affinity, used=np.flatnonzero(column_sums(Z)))
    Z = Z[:, affinity.used]
    A = landmark_affinity(Z, weight)
    return LandmarkGraph(graph.n_rows, graph.positive, affinity, A, Z, weight)


def bipartite_of_chunks(graph, X, affinity):
    """Return the same of a Dask array."""
    A, degree = sums_over_chunks(X, graph.row_weight, affinity)
    affinity = replace(affinity, used=np.flatnonzero(degree))
    A = A[affinity.used][:, affinity.used]
    return ChunkedLandmarkGraph(
        graph.n_rows, graph.positive, affinity, A, None, graph.row_weight
    )


def by_eigenvectors(graph, k, options, random_state):
    """Return base clusterings by different numbers of one graph's eigenvectors.

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
    A, n = graph.matrix, graph.matrix.shape[0]
    most = min(MOST * k, n - 1) if n > k else k
    D, spectrum = eigenvectors_of(A, graph, max(most, k), options.eigen_tol)
    fewest, after = min(round(FEWEST * k), most), min(k, most - 1)
    weights = commute_weights(spectrum.eigenvalues, after)
    members = []
    for k_i in numbers_of_clusters(k, n, options.n_ensemble, random_state):
        q = int(random_state.randint(fewest, most + 1))
        columns = first_columns(spectrum, q)
        extension = extension_of(graph, columns, D, options, weights[:q])
        extension = replace(extension, columns=None)  # taken when the rows were
        E = extension.scaled(columns.vectors)
        members.append(base_clustering(extension, E, graph.weight, k_i, random_state))
    return members


def by_landmarks(graph, X, weight, k, options, random_state):
    """Return base clusterings by different landmarks, the graph's for the first.

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
    members = []
    fewest = graph.matrix.shape[0]
    for k_i in numbers_of_clusters(k, fewest, options.n_ensemble, random_state):
        if members:
            graph = landmark_graph(X, weight, options, random_state)
        A = graph.matrix
        k_i = min(k_i, A.shape[0])
        D, spectrum = eigenvectors_of(A, graph, k_i, options.eigen_tol)
        extension = extension_of(graph, spectrum, D, options)
        E, w = graph.sample(graph.embedding(extension, X), random_state)
        members.append(base_clustering(extension, E, w, k_i, random_state))
    return members


def numbers_of_clusters(k, n_nodes, m, random_state):
    """Return m numbers from k to 2k, of which the first is k."""
    others = random_state.randint(k, MOST * k + 1, size=m - 1)
    return [k, *np.minimum(others, n_nodes).tolist()]


def base_clustering(extension, E, weight, k, random_state):
    """Return the base clustering by k-means on rows of an embedding."""
    k_means = KMeans(k, n_init=1, max_iter=MAX_ITER, random_state=random_state)
    with warnings.catch_warnings():
        # Clusters far apart are single points of the embedding, fewer than k of them.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return BaseClustering(extension, k_means.fit(E, sample_weight=weight))
