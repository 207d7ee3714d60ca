r"""Soft memberships of rows in clusters, and the modularity of clusters.

A step of the random walk on the graph leads from a row x to a node of cluster c with
probability

.. math:: p_c(x) = \frac{1}{d(x)} \sum_{j \in c} w_j \, a(x, j).

Nodes are rows, landmarks or the base clusters of an ensemble; for an ensemble, p is the
fraction of the base clusters of x that are in cluster c. With v_c the sum of the
degrees in c as a fraction of all degrees, the modularity of rows X with clusters c(x)
is

.. math:: Q = \sum_x \frac{d(x)}{\sum d} \left(p_{c(x)}(x) - v_{c(x)}\right).

For the rows of `fit` it is Newman's modularity.

References
----------
.. [1] M. E. J. Newman, "Modularity and community structure in networks", PNAS, 103(23),
   2006.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from skmath._rows.checks import rows_of
from skmath._rows.rows import is_dask
from skmath.laplacian_spectral_clustering.graph import values_of_all_rows
from skmath.linear_algebra import degrees

__all__ = [
    "Membership",
    "cast_like",
    "embedding_of_new",
    "gains",
    "has_ensemble",
    "membership_of",
    "memberships",
    "memberships_of_rows",
    "score_of",
    "stability",
]


def has_ensemble(model: Any) -> bool:
    """Return whether the model has an ensemble, which gives soft memberships."""
    return model.n_ensemble is not None


@dataclass(frozen=True)
class Membership:
    """Clusters of a graph's nodes, from which memberships of rows are computed.

    Parameters
    ----------
    labels : ndarray of int of shape (n_nodes,)
        Cluster of each node, from 0 to k - 1.
    weight : ndarray of shape (n_nodes,) or None
        Number of rows that each node represents.
    volumes : ndarray of shape (k,)
        Sum of the degrees in each cluster, as a fraction of all degrees.
    """

    labels: np.ndarray
    weight: np.ndarray | None
    volumes: np.ndarray

    @classmethod
    def of(
        cls, labels: np.ndarray, k: int, D: np.ndarray, weight: np.ndarray | None
    ) -> Self:
        """Return the membership of nodes with degrees D."""
        volumes = np.bincount(labels, D if weight is None else weight * D, minlength=k)
        return cls(labels, weight, volumes / (volumes.sum() or 1.0))

    def probabilities(self, B: Any, labels: np.ndarray) -> np.ndarray:
        """Return the probability that a step from each row leads to each cluster.

        Parameters
        ----------
        B : array or sparse matrix of shape (m, n_nodes)
            Affinities of rows to the nodes.
        labels : ndarray of int of shape (m,)
            Clusters of the rows; a row without edges belongs to its cluster only.

        Returns
        -------
        ndarray of shape (m, k)
        """
        n, k = len(self.labels), len(self.volumes)
        w = np.ones(n) if self.weight is None else self.weight
        member = sparse.csr_array((w, self.labels, np.arange(n + 1)), shape=(n, k))
        # In a signed graph, no step goes along negative edges.
        B = B.maximum(0) if sparse.issparse(B) else np.maximum(B, 0)
        to_clusters = B @ member
        P = to_clusters.toarray() if sparse.issparse(to_clusters) else to_clusters
        total = P.sum(axis=1)
        without_edges = np.flatnonzero(total == 0)
        P[without_edges] = labels[without_edges, None] == np.arange(k)
        total = P.sum(axis=1, keepdims=True)
        return P / np.where(total > 0, total, 1.0)


def memberships(
    X: Any, extension: Any, clusters: Any, membership: Membership
) -> np.ndarray:
    """Return the memberships of new rows in the clusters."""
    B = extension.affinities(X)
    return membership.probabilities(B, clusters.of(extension.embedding_by(B)))


def gains(
    X: Any, y: Any, weight: Any, extension: Any, clusters: Any, membership: Membership
) -> tuple[np.ndarray, np.ndarray]:
    """Return the sums of modularity times degree and of degrees for a block of rows.

    Parameters
    ----------
    X : array or sparse matrix of shape (m, p)
    y : ignored
    weight : ndarray of shape (m,) or None
    extension : Extension
    clusters : Clusters
    membership : Membership

    Returns
    -------
    gain, degree : ndarray of shape ()
    """
    B = extension.affinities(X)
    labels = clusters.of(extension.embedding_by(B))
    P = membership.probabilities(B, labels)
    d = degrees(abs(B), extension.weight)
    d = d if weight is None else weight * d
    own, by_chance = P[np.arange(len(labels)), labels], membership.volumes[labels]
    return np.asarray(d @ (own - by_chance)), np.asarray(d.sum())


def score_of(rows: Any, weight: ArrayLike | None, *parts: Any) -> float:
    """Return the modularity of rows."""
    weight = None if weight is None else np.asarray(weight, dtype=np.float64)
    gain, degree = rows_of(rows.X, None, weight).sum(gains, *parts)
    return float(gain / degree) if degree > 0 else 0.0


def membership_of(graph: Any, extension: Any, clusters: Any, k: int) -> Membership:
    """Return the membership of a graph's nodes."""
    labels = clusters.of(extension.scaled(extension.spectrum.vectors))
    return Membership.of(labels, k, extension.degrees, graph.weight)


def memberships_of_rows(graph: Any, X: Any, labels: Any, *parts: Any) -> np.ndarray:
    """Return the memberships of the rows of `fit` in the clusters.

    Parameters
    ----------
    graph : LandmarkGraph
    X : array, sparse matrix or Dask array of shape (n, p) or (n, n)
    labels : ndarray of shape (n,)
        Clusters of the rows.
    *parts : tuple
        The extension, clusters and membership that `memberships` takes.

    Returns
    -------
    ndarray of shape (n, k)
    """
    if is_dask(X):
        return rows_of(X).map(memberships, *parts).compute()
    extension, clusters, membership = parts
    labels_inside = labels if graph.positive is None else labels[graph.positive]
    P = membership.probabilities(graph.Z, labels_inside)
    return values_of_all_rows(
        P,
        X,
        graph.positive,
        lambda weightless: memberships(weightless, extension, clusters, membership),
    )


def stability(P: np.ndarray, labels: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the fraction of votes for each row's label, and its mean per cluster.

    Parameters
    ----------
    P : ndarray of shape (n, k)
        Memberships; each row sums to one.
    labels : ndarray of int of shape (n,)
        Labels, from 0 to k - 1.

    Returns
    -------
    by_row : ndarray of shape (n,)
    by_cluster : ndarray of shape (k,)
        NaN for a cluster without rows.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.laplacian_spectral_clustering.membership import stability
    >>> P = np.array([[1.0, 0.0], [0.5, 0.5], [0.25, 0.75]])
    >>> stability(P, np.array([0, 0, 1]))
    (array([1.  , 0.5 , 0.75]), array([0.75, 0.75]))
    """
    labels, k = np.asarray(labels), P.shape[1]
    by_row = P[np.arange(len(labels)), labels]
    size = np.bincount(labels, minlength=k)
    total = np.bincount(labels, by_row, minlength=k)
    by_cluster = np.full(k, np.nan)
    return by_row, np.divide(total, size, out=by_cluster, where=size > 0)


def embedding_of_new(X: Any, extension: Any) -> np.ndarray:
    """Return the embedding of new rows, in float32 if X is."""
    return cast_like(extension.embedding_of(X), X)


def cast_like(E: Any, X: Any) -> Any:
    """Return E, converted to float32 if X is float32."""
    return E.astype(np.float32) if X.dtype == np.float32 else E
