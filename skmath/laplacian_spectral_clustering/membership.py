r"""How far rows belong to clusters, and how well clusters divide a graph.

A step of the random walk on the graph leads from a row x to a node of cluster c with
the probability

.. math:: p_c(x) = \frac{1}{d(x)} \sum_{j \in c} w_j \, a(x, j).

Nodes are rows, or landmarks, or the base clusters of an ensemble: then p is the share
of the base clusters of x that are in cluster c. With v_c the share of c in the degrees
of all nodes, the modularity of rows X, each with its cluster c(x), is

.. math:: Q = \sum_x \frac{d(x)}{\sum d} \left(p_{c(x)}(x) - v_{c(x)}\right),

which, of the rows of `fit`, is Newman's.

References
----------
.. [1] M. E. J. Newman, "Modularity and community structure in networks", PNAS, 103(23),
   2006.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from skmath._rows.checks import rows_of
from skmath._rows.rows import is_dask
from skmath.laplacian_spectral_clustering.graph import of_all_rows
from skmath.linear_algebra import degrees

__all__ = [
    "Membership",
    "embedding_of_new",
    "gains",
    "has_an_ensemble",
    "kept_narrow",
    "membership_of",
    "memberships",
    "memberships_of_rows",
    "score_of",
    "stability",
]


def has_an_ensemble(model):
    """Tell whether there are base clusterings, which give soft memberships."""
    return model.n_ensemble is not None


@dataclass(frozen=True)
class Membership:
    """The clusters of a graph's nodes.

    Parameters
    ----------
    labels : ndarray of int of shape (n_nodes,)
        Of 0 to k - 1.
    weight : ndarray of shape (n_nodes,) or None
        How many rows each stands for.
    volumes : ndarray of shape (k,)
        Share of each cluster in the sum of the degrees.
    """

    labels: np.ndarray
    weight: np.ndarray | None
    volumes: np.ndarray

    @classmethod
    def of(cls, labels, k, D, weight):
        """Return the membership of nodes with degrees D."""
        volumes = np.bincount(labels, D if weight is None else weight * D, minlength=k)
        return cls(labels, weight, volumes / (volumes.sum() or 1.0))

    def probabilities(self, B, labels):
        """Return the probabilities that steps lead to each cluster.

        Parameters
        ----------
        B : array or sparse matrix of shape (m, n_nodes)
            Affinities of rows to the nodes.
        labels : ndarray of int of shape (m,)
            Clusters of the rows: where those without an edge are.

        Returns
        -------
        ndarray of shape (m, k)
        """
        n, k = len(self.labels), len(self.volumes)
        w = np.ones(n) if self.weight is None else self.weight
        member = sparse.csr_array((w, self.labels, np.arange(n + 1)), shape=(n, k))
        # What keeps rows apart, in a signed graph, leads nowhere.
        B = B.maximum(0) if sparse.issparse(B) else np.maximum(B, 0)
        to_clusters = B @ member
        P = to_clusters.toarray() if sparse.issparse(to_clusters) else to_clusters
        total = P.sum(axis=1)
        alone = np.flatnonzero(total == 0)
        P[alone] = labels[alone, None] == np.arange(k)
        total = P.sum(axis=1, keepdims=True)
        return P / np.where(total > 0, total, 1.0)


def memberships(X, extension, clusters, membership):
    """Return the probabilities of new rows' clusters."""
    B = extension.affinities(X)
    return membership.probabilities(B, clusters.of(extension.embedding_by(B)))


def gains(X, y, weight, extension, clusters, membership):
    """Return the modularity of a block of rows times their degrees, and these, summed.

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


def score_of(rows, weight, *parts):
    """Return the modularity of rows."""
    weight = None if weight is None else np.asarray(weight, dtype=np.float64)
    gain, degree = rows_of(rows.X, None, weight).sum(gains, *parts)
    return float(gain / degree) if degree > 0 else 0.0


def membership_of(graph, extension, clusters, k):
    """Return the membership of a graph's nodes."""
    labels = clusters.of(extension.scaled(extension.spectrum.vectors))
    return Membership.of(labels, k, extension.degrees, graph.weight)


def memberships_of_rows(graph, X, labels, *parts):
    """Return the probabilities of the clusters of the rows of `fit`.

    Parameters
    ----------
    graph : LandmarkGraph
    X : array, sparse matrix or Dask array of shape (n, p) or (n, n)
    labels : ndarray of shape (n,)
        Of the rows.
    *parts : tuple
        What `memberships` takes.

    Returns
    -------
    ndarray of shape (n, k)
    """
    if is_dask(X):
        return rows_of(X).map(memberships, *parts).compute()
    extension, clusters, membership = parts
    inside = labels if graph.positive is None else labels[graph.positive]
    P = membership.probabilities(graph.Z, inside)
    return of_all_rows(
        P,
        X,
        graph.positive,
        lambda others: memberships(others, extension, clusters, membership),
    )


def stability(P, labels):
    """Return the share of votes that agree with each row's label, and by cluster.

    Parameters
    ----------
    P : ndarray of shape (n, k)
        Of sum one.
    labels : ndarray of int of shape (n,)
        Of 0 to k - 1.

    Returns
    -------
    by_row : ndarray of shape (n,)
    by_cluster : ndarray of shape (k,)
        NaN of a cluster without rows.

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


def embedding_of_new(X, extension):
    """Return the embedding of new rows, float32 if they are."""
    return kept_narrow(extension.embedding_of(X), X)


def kept_narrow(E, X):
    """Return E, as float32 if X is."""
    return E.astype(np.float32) if X.dtype == np.float32 else E
