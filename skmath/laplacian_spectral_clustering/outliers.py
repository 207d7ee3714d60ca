r"""Detect outliers: small sets of nodes with negligible edges to the rest of the graph.

A node without edges is a connected component, and a node with edges of negligible
weight is nearly one. Each adds an eigenvalue at or near 0, which takes the place of a
cluster among the k highest. A set S of nodes consists of outliers if

1. it is small: with n nodes of mean weight one, the weight of S is below

   .. math:: \max(0.01 s, \min(4.5, 0.1 s)),

   where s is the typical size of a cluster: the smaller of n / k and the mean size of
   the group that contains a randomly drawn row. So five rows can be a cluster, unless
   clusters have hundreds of rows, and a single row can be one, if clusters have up to
   ten;
2. a random walk hardly leaves it: the edges out of S are at most `ESCAPE` times its
   volume, which is the sum of its degrees.

Both conditions are ratios, so the units of affinities and weights do not matter.
"""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from scipy import sparse

from skmath._rows.rows import is_dask
from skmath.laplacian_spectral_clustering.affinities import NeighborAffinity
from skmath.laplacian_spectral_clustering.graph import landmark_graph, row_graph
from skmath.linear_algebra import degrees, landmark_affinity
from skmath.linear_algebra.graphs import connected_nodes

__all__ = [
    "Outliers",
    "clusters_of_new",
    "graph_without_outliers",
    "labels_of",
    "landmarks_without_outliers",
    "outlying_nodes",
    "rescaled",
]

ESCAPE = 0.01
"""Largest probability at which a step of a random walk is neglected."""

MIN_NODES = 4.5
"""Smallest size of a cluster in rows, if clusters have 45 to 450: five, not four."""

LARGE_CLUSTER = 0.01
"""Fraction of the typical size below which a set is no cluster, if that is large."""

SMALL_CLUSTER = 0.1
"""Fraction of the typical size below which a set is no cluster, if that is small."""

TIE = 1e-9
"""Largest relative difference at which two volumes count as equal."""


@dataclass(frozen=True)
class Outliers:
    """The rows that are not part of the graph, and how to label such rows.

    Parameters
    ----------
    indices : ndarray of int
        Indices of the outliers among the rows of `fit`.
    rows : array or sparse matrix
        These rows.
    limit : float
        Largest degree at which a new row is an outlier; negative if none is.
    label : int
        Label of rows without edges if outliers get the nearest cluster: usually the
        cluster of the largest volume.
    are_labelled : bool
        Whether outliers are labelled -1.
    """

    indices: np.ndarray
    rows: Any
    limit: float
    label: int
    are_labelled: bool

    @classmethod
    def of(
        cls,
        X: Any,
        weight: np.ndarray | None,
        indices: np.ndarray,
        degree: np.ndarray,
        labels: np.ndarray,
        options: Any,
    ) -> Self:
        """Return the outliers among the rows of `fit`, from their degrees and labels.

        Parameters
        ----------
        X : array or sparse matrix of shape (n, p) or (n, n)
        weight : ndarray of shape (n,) or None
        indices : ndarray of int
        degree : ndarray of shape (n,)
        labels : ndarray of int of shape (n,)
            Labels from the embedding.
        options : Options
        """
        weight = np.ones(len(labels)) if weight is None else weight.copy()
        weight[indices] = 0.0
        inside = np.flatnonzero(weight)
        min_degree = degree[inside].min()
        label = of_largest_volume(labels, weight, degree)
        if min_degree == 0:  # a node without edges is a cluster: new ones join it
            label = labels[inside[degree[inside].argmin()]]
        outlier_degrees = degree[indices]
        outlier_degrees = outlier_degrees[outlier_degrees < min_degree / 2]
        limit = max(outlier_degrees.max(initial=0.0), 0.0) if min_degree > 0 else -1.0
        is_labelled = options.outliers == "label"
        return cls(indices, X[indices], float(limit), int(label), is_labelled)

    def labels(self, X: Any, degree: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Return the labels of rows, some of which may be outliers.

        Parameters
        ----------
        X : array or sparse matrix of shape (m, p) or (m, n)
        degree : ndarray of shape (m,)
            Sums of their affinities to the nodes of the graph.
        labels : ndarray of int of shape (m,)
            Labels from the embedding.

        Returns
        -------
        ndarray of int of shape (m,)
        """
        labels = np.where(degree > 0, labels, self.label)
        if self.are_labelled:
            labels[(degree <= self.limit) | are_among(X, self.rows)] = -1
        return labels


def rescaled(E: np.ndarray, degree: np.ndarray, extension: Any) -> np.ndarray:
    """Return the embedding used for labels, with rows of very low degree lengthened.

    Without row normalisation, a row of the symmetric Laplacian's eigenvectors has a
    length proportional to the square root of its degree: remote rows are close to 0,
    and would all go to the mean nearest to 0. They are rescaled as if their degree were
    the smallest degree of the nodes.

    Parameters
    ----------
    E : ndarray of shape (m, k)
    degree : ndarray of shape (m,)
    extension : Extension

    Returns
    -------
    ndarray of shape (m, k)
    """
    is_by_roots = extension.laplacian in ("symmetric", "signed")
    if extension.normalize_rows or not is_by_roots:
        return E
    min_degree = extension.degrees[extension.degrees > 0].min(initial=np.inf)
    too_short = (degree > 0) & (degree < min_degree)
    length = np.ones(len(E))
    length[too_short] = np.sqrt(min_degree / degree[too_short])
    return E * length[:, None]


def of_largest_volume(labels, weight, degree):
    """Return the label of the largest sum of degrees; sums of squares break ties."""
    degree = degree / (degree.max() or 1.0)
    volume, squares = (np.bincount(labels, weight * degree**p) for p in (1, 2))
    # Sums of integers are often equal.
    return np.where(volume >= (1 - TIE) * volume.max(), squares, -1.0).argmax()


def are_among(X, rows):
    """Return which rows of X are equal to one of the given rows.

    Parameters
    ----------
    X : array or sparse matrix of shape (m, p)
    rows : array or sparse matrix of shape (n_rows, p)

    Returns
    -------
    ndarray of bool of shape (m,)
    """
    if rows.shape[0] == 0:
        return np.zeros(X.shape[0], dtype=bool)
    direction = np.random.RandomState(0).uniform(1, 2, X.shape[1])
    keys = rows @ direction
    order = np.argsort(keys)
    # Products of equal rows may differ by rounding: compare the keys on both sides.
    after = np.searchsorted(keys[order], X @ direction).clip(0, len(keys) - 1)
    both = (order[(after - 1).clip(0)], order[after])
    return np.any([are_equal(X, rows[nearest]) for nearest in both], axis=0)


def are_equal(X, Y):
    """Return which rows of X are equal to the same row of Y."""
    return np.asarray((Y != X).sum(axis=1)).ravel() == 0


def graph_without_outliers(
    X: Any, weight: np.ndarray | None, options: Any, random_state: Any
) -> tuple[Any, np.ndarray]:
    """Return the graph of the rows, or of landmarks, without outliers, and these.

    Outliers are removed from the graph like rows of weight 0, and affinities are
    computed again without them, until there are no more outliers.

    Parameters
    ----------
    X : array, sparse matrix or Dask array of shape (n, p) or (n, n)
    weight : ndarray of shape (n,) or None
    options : Options
    random_state : RandomState

    Returns
    -------
    graph : RowGraph, LandmarkGraph or ChunkedLandmarkGraph
    outliers : ndarray of int
        Indices of the outliers among the rows.
    """
    if options.n_landmarks is not None:
        return landmarks_without_outliers(X, weight, options, random_state)
    is_outlier = np.zeros(X.shape[0], dtype=bool)
    graph = row_graph(X, weight, options)
    while True:
        A = abs(graph.matrix) if options.laplacian == "signed" else graph.matrix
        nodes = outlying_nodes(A, graph.weight, options.n_clusters)
        if not nodes.any():
            return graph, np.flatnonzero(is_outlier)
        rows = np.flatnonzero(nodes[graph.node])
        is_outlier[rows if graph.positive is None else graph.positive[rows]] = True
        weight = np.where(is_outlier, 0.0, 1.0 if weight is None else weight)
        graph = restricted(graph, ~nodes, options) or row_graph(X, weight, options)


def landmarks_without_outliers(
    X: Any, weight: np.ndarray | None, options: Any, random_state: Any
) -> tuple[Any, np.ndarray]:
    """Return the graph of the landmarks that are not outliers, and the outlying rows.

    Outlying rows are those nearest to a landmark of negligible volume. In a Dask array
    no outliers are detected.

    Parameters
    ----------
    X : array, sparse matrix or Dask array of shape (n, p)
    weight : ndarray of shape (n,) or None
    options : Options
    random_state : RandomState

    Returns
    -------
    graph : LandmarkGraph
    outliers : ndarray of int
        Indices of the outlying rows.
    """
    graph, outliers = landmark_graph(X, weight, options, random_state), [np.arange(0)]
    while graph.Z is not None:
        n_rows = degrees(graph.matrix)
        nodes = outlying_nodes(graph.matrix, None, options.n_clusters, n_rows)
        if not nodes.any():
            break
        graph, rows = without_landmarks(graph, X, nodes)
        outliers.append(rows)
    return graph, np.sort(np.concatenate(outliers))


def without_landmarks(graph, X, nodes):
    """Return the graph without some landmarks, and the rows nearest to them.

    Parameters
    ----------
    graph : LandmarkGraph
    X : array or sparse matrix of shape (n, p)
    nodes : ndarray of bool of shape (m,)
        The landmarks to remove.

    Returns
    -------
    graph : LandmarkGraph
    rows : ndarray of int
        Indices of the removed rows.
    """
    rows = np.arange(X.shape[0]) if graph.positive is None else graph.positive
    is_outlier = nodes[np.asarray(graph.Z.argmax(axis=1)).ravel()]
    affinity = graph.affinity.restricted(~nodes)
    weight = None if graph.row_weight is None else graph.row_weight[~is_outlier]
    Z = affinity.to_known(X[rows[~is_outlier]])
    kept = replace(
        graph,
        positive=rows[~is_outlier],
        affinity=affinity,
        matrix=landmark_affinity(Z, weight),
        Z=Z,
        row_weight=weight,
    )
    return kept, rows[is_outlier]


def restricted(graph, kept, options):
    """Return the graph of some nodes, or None if affinities must be computed again.

    Parameters
    ----------
    graph : RowGraph
    kept : ndarray of bool of shape (n_nodes,)
    options : Options

    Returns
    -------
    RowGraph or None
    """
    if not isinstance(graph.affinity, NeighborAffinity):
        return None
    affinity = graph.affinity.restricted(kept, options)
    if affinity is None:
        return None
    of_rows = kept[graph.node]
    rows = np.arange(len(of_rows)) if graph.positive is None else graph.positive
    return replace(
        graph,
        positive=rows[of_rows],
        first=(np.cumsum(of_rows) - 1)[graph.first[kept]],
        node=(np.cumsum(kept) - 1)[graph.node[of_rows]],
        weight=None if graph.weight is None else graph.weight[kept],
        affinity=affinity,
        matrix=affinity.matrix,
    )


def outlying_nodes(
    A: Any,
    weight: np.ndarray | None,
    n_clusters: int | None,
    n_rows: np.ndarray | None = None,
) -> np.ndarray:
    """Return which nodes are outliers: small groups of negligible outgoing volume.

    Parameters
    ----------
    A : array or sparse matrix of shape (n, n)
        Symmetric affinity matrix without negative entries.
    weight : ndarray of shape (n,) or None
    n_clusters : int or None
        None if it is not known.
    n_rows : ndarray of shape (n,), default=None
        Number of rows that each node represents, if that is not its weight.

    Returns
    -------
    ndarray of bool of shape (n,)

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.laplacian_spectral_clustering.outliers import outlying_nodes
    >>> A = np.ones((30, 30))
    >>> A[:, 29] = A[29] = 0
    >>> np.flatnonzero(outlying_nodes(A, None, 2))
    array([29])
    """
    n = A.shape[0]
    size = np.ones(n) if weight is None else weight * (n / weight.sum())
    d = degrees(A, size)
    group = groups_of_nodes(A, size, d)
    rows = size if n_rows is None else n_rows * (n / n_rows.sum())
    size_of = np.bincount(group, rows)
    s = min(n / (n_clusters or 1), size_of @ size_of / n)
    min_size = max(LARGE_CLUSTER * s, min(MIN_NODES, SMALL_CLUSTER * s))
    small = np.flatnonzero((size_of < min_size)[group])
    outlying = np.zeros(n, dtype=bool)
    if n - len(small) < (n_clusters or 1):
        return outlying
    inside = volume_inside(A, size, group, small)
    volume = np.bincount(group, size * d)
    escapes = volume - inside > ESCAPE * volume
    outlying[small] = ~escapes[group[small]]
    return outlying


def volume_inside(A, size, group, nodes):
    """Return the weight of the edges between some nodes of each group."""
    within = sparse.coo_array(A[nodes][:, nodes])
    i, j = (nodes[index] for index in within.coords)
    same = group[i] == group[j]
    i, j = i[same], j[same]
    return np.bincount(group[i], size[i] * within.data[same] * size[j], group.max() + 1)


def groups_of_nodes(A, size, d):
    """Return the group of each node; a random walk hardly moves between groups.

    Groups are the connected components of the graph without negligible edges: those
    that a random walk rarely takes from a node whose likely steps have a total
    probability close to 1.

    Parameters
    ----------
    A : array or sparse matrix of shape (n, n)
    size : ndarray of shape (n,)
    d : ndarray of shape (n,)
        Degrees, which are A @ size.

    Returns
    -------
    ndarray of int of shape (n,)
    """
    likely, is_bound = likely_steps(A, size, d)
    free = np.flatnonzero(~is_bound)
    if len(free) == len(d):
        return connected_nodes(A)
    among_free = connected_nodes(A[free][:, free]) if len(free) else free
    # The first node of each component of free nodes represents the component.
    _, first = np.unique(among_free, return_index=True)
    edges = sparse.coo_array(
        (np.ones(len(free)), (free, free[first][among_free])), shape=A.shape
    )
    return connected_nodes(likely.astype(bool) + edges.astype(bool))


def likely_steps(A, size, d):
    """Return the likely steps of the nodes that rarely take any other step.

    Parameters
    ----------
    A : array or sparse matrix of shape (n, n)
    size, d : ndarray of shape (n,)

    Returns
    -------
    steps : csr_array of shape (n, n)
        The weights of these edges.
    is_bound : ndarray of bool of shape (n,)
        Whether each node is one of these nodes, or has no edges.
    """
    n = len(d)
    if not sparse.issparse(A):
        # The other nodes have no likely step.
        candidates = np.flatnonzero(A.max(axis=1) * size.max() > ESCAPE * d)
        place = sparse.csr_array(
            (np.ones(len(candidates)), (candidates, np.arange(len(candidates)))),
            shape=(n, len(candidates)),
        )
        A = place @ sparse.csr_array(A[candidates])
    A = sparse.csr_array(A)
    weights = A.data if (size == 1).all() else A.data * size[A.indices]
    degree = np.repeat(d, np.diff(A.indptr))
    weights = np.where(weights > ESCAPE * degree, weights, 0.0)
    likely = sparse.csr_array((weights, A.indices, A.indptr), shape=(n, n))
    is_bound = np.asarray(likely.sum(axis=1)).ravel() >= (1 - ESCAPE) * d
    if is_bound.any():
        bound = sparse.diags_array(np.where(is_bound & (d > 0), 1.0, 0.0))
        likely = (bound @ likely).tocsr()
        likely.eliminate_zeros()
    return likely, is_bound


def labels_of(
    X: Any,
    weight: np.ndarray | None,
    outliers: np.ndarray,
    degree: Any,
    labels: Any,
    options: Any,
) -> tuple[Any, Outliers | None]:
    """Return the labels of the rows of `fit`, and the `Outliers`, None if unused."""
    if is_dask(X) or options.n_ensemble is not None:
        return labels, None
    known = Outliers.of(X, weight, outliers, degree, labels, options)
    return known.labels(X, degree, labels), known


def clusters_of_new(
    X: Any, extension: Any, clusters: Any, outliers: Outliers | None
) -> np.ndarray:
    """Return the labels of new rows, some of which may be outliers."""
    B = extension.affinities(X)
    size = abs(B) if extension.laplacian == "signed" else B
    degree = degrees(size, extension.weight)
    labels = clusters.of(rescaled(extension.embedding_by(B), degree, extension))
    return labels if outliers is None else outliers.labels(X, degree, labels)
