"""The search for nearest neighbours, by whichever of three ways is the fastest."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from joblib import effective_n_jobs
from scipy import linalg, sparse
from scipy.spatial import cKDTree
from sklearn.neighbors import NearestNeighbors

from skmath import _arrays
from skmath._rows.checks import check_squares
from skmath._rows.rows import controller
from skmath.laplacian_spectral_clustering.ties import (
    MOST,
    PRODUCT,
    ROUNDINGS,
    nearest_without_ties,
    relative_rounding,
    row_distances,
    rows_up_to,
    squared_lengths,
)

TREE_FEATURES = 15
"""Features up to which a tree can be faster than comparing all rows."""

TREE_ROWS = 8
"""Rows that a tree has at least, times two to the power of the features."""


OWN_SCALE = {
    "mahalanobis": lambda X: {"VI": linalg.pinvh(np.atleast_2d(np.cov(X.T)))},
    "seuclidean": lambda X: {"V": variances(X)},
}
"""Parameters of the metrics that have a scale, by the rows that are known."""


def variances(X):
    """Return the columns' variances, 1 where they are constant."""
    V = np.var(X, axis=0, ddof=1)
    return np.where(V > 0, V, 1.0)


def search_for(known, options):
    """Return what searches for the nearest of the known rows.

    Parameters
    ----------
    known : array or sparse matrix of shape (n, p) or (n, n)
    options : Options

    Returns
    -------
    NeighborSearch or DistanceSearch
    """
    if options.metric == "precomputed":
        return DistanceSearch(known.shape[0])
    return RowSearch(known, options.metric, options.n_jobs, options.metric_params)


@dataclass(frozen=True)
class DistanceSearch:
    """Nearest neighbours by distances that are given, dense or sparse.

    A distance that is infinite, or that a sparse matrix does not store, is none: the
    neighbour that it is of has a distance of infinity.

    Parameters
    ----------
    n_known : int
    """

    n_known: int

    metric: ClassVar[str] = "precomputed"

    def __call__(self, X, k):
        """Return distances and indices of the k nearest known rows, nearest first.

        Parameters
        ----------
        X : array or sparse matrix of shape (m, n)
        k : int

        Returns
        -------
        distances, neighbors : ndarray of shape (m, k)
        """
        if sparse.issparse(X):
            return self.of_stored(sparse.csr_array(X), k)
        neighbors = np.argpartition(X, min(k, X.shape[1]) - 1, axis=1)[:, :k]
        distances = np.take_along_axis(X, neighbors, axis=1)
        order = np.lexsort((neighbors, distances), axis=1)
        nearest = np.take_along_axis(neighbors, order, axis=1).astype(np.int32)
        return np.take_along_axis(distances, order, axis=1).astype(float), nearest

    def of_stored(self, X, k):
        """Return the same of the distances that a sparse matrix stores."""
        m = X.shape[0]
        count = np.diff(X.indptr)
        rows = np.repeat(np.arange(m), count)
        order = np.lexsort((X.indices, X.data, rows))
        rank = np.arange(len(rows)) - np.repeat(X.indptr[:-1], count)
        distances = np.full((m, k), np.inf)
        neighbors = np.zeros((m, k), dtype=np.int32)
        kept = rank < k
        distances[rows[kept], rank[kept]] = X.data[order][kept]
        neighbors[rows[kept], rank[kept]] = X.indices[order][kept]
        return distances, neighbors


class NeighborSearch:
    """Nearest neighbours among the known rows.

    Parameters
    ----------
    known : array or sparse matrix of shape (n, p)
    metric : str or callable, default="euclidean"
        Any of scikit-learn's; "precomputed" takes distances for rows.
    n_jobs : int, default=None
        Threads; None is as many as OpenMP may take, which is what scikit-learn's
        comparison of all rows takes.
    metric_params : dict, default=None
        Of the metric; `OWN_SCALE` says what is taken without.
    """

    def __init__(self, known, metric="euclidean", n_jobs=None, metric_params=None):
        self.n_known, self.n_jobs = known.shape[0], n_jobs
        self.metric, self.shift = metric, None
        if metric_params is None and metric in OWN_SCALE:
            metric_params = OWN_SCALE[metric](_arrays.dense(known))
        self.metric_params = metric_params
        if metric == "euclidean" and not sparse.issparse(known):
            # Products of rows far from zero would lose the small distances.
            self.shift = known.mean(axis=0)
            known = known - self.shift
        self._index(known)

    def _index(self, known):
        """Make what searches among the rows, which are shifted."""
        self.known, self.tree, algorithm = known, None, "auto"
        if self.shift is not None:
            p = known.shape[1]
            # A tree prunes nothing unless rows are many to the corners of the space.
            if p <= TREE_FEATURES and self.n_known >= TREE_ROWS * 2**p:
                self.tree = cKDTree(known)
                return
            algorithm = "brute"
        params = dict(self.metric_params or {})
        self.search = NearestNeighbors(
            metric=self.metric,
            p=params.pop("p", 2),
            metric_params=params or None,
            algorithm=algorithm,
            n_jobs=self.n_jobs,
        )
        self.search.fit(narrow(known))

    def __getstate__(self):
        # Trees are made anew: not all that save can save them, and arrays are enough.
        return {k: v for k, v in vars(self).items() if k not in ("tree", "search")}

    def __setstate__(self, state):
        vars(self).update(state)
        self._index(self.known)

    def __call__(self, X, k):
        """Return distances and indices of the k nearest known rows, nearest first.

        Parameters
        ----------
        X : array or sparse matrix of shape (m, p)
        k : int
            At most the number of known rows.

        Returns
        -------
        distances, neighbors : ndarray of shape (m, k)
        """
        return self.nearest(self.shifted(X), k)

    def shifted(self, X):
        """Return rows less the shift, if there is one."""
        if self.shift is None:
            return X
        return (X.toarray() if sparse.issparse(X) else X) - self.shift

    def nearest(self, X, k):
        """Return the same, for rows less the shift."""
        if self.tree is None:
            return self.search.kneighbors(narrow(X), k)
        workers = threads(self.n_jobs)
        ranks = np.arange(1, k + 1)  # an integer k of 1 would drop the axis
        distances, neighbors = self.tree.query(X, ranks, workers=workers)
        check_squares(distances)
        return distances, neighbors.astype(np.int32)


class RowSearch(NeighborSearch):
    """The same, where it matters which of several rows that are equally far it finds.

    Which they are does not depend on the unit of the rows, or on their storage.
    """

    def _index(self, known):
        """Also find out how exact distances are."""
        super()._index(known)
        self.by_product = self.metric == "euclidean" and self.tree is None

    def rounding_of(self, X):
        """Return by how much two equal distances of a row may differ."""
        if self.metric != "euclidean":
            return np.zeros(X.shape[0])
        far = 0.0 if self.shift is None else np.linalg.norm(self.shift)
        kind = X.dtype if X.dtype.kind == "f" else np.float64
        eps = float(np.finfo(kind).eps)
        return ROUNDINGS * eps * (np.sqrt(squared_lengths(X)) + float(far))

    def error_of(self, X):
        """Return by how much a product of matrices errs in squares of distances."""
        if not self.by_product:
            return np.zeros(X.shape[0])
        return PRODUCT * np.finfo(float).eps * squared_lengths(X)

    def __call__(self, X, k):
        """Return distances and indices of the k nearest known rows, nearest first."""
        return nearest_without_ties(self, self.shifted(X), k)

    def up_to(self, limits, X, k):
        """Return the known rows within a distance of rows, k or more."""
        if self.by_product:
            return rows_up_to(limits, X, self.known)
        return self.nearest(X, min(self.n_known, MOST * k))

    def exact(self, X, distances, neighbors, k):
        """Return distances without what a product of matrices errs by."""
        if self.by_product:
            last = np.partition(distances, k - 1, axis=1)[:, k - 1]
            limit = relative_rounding(distances) * np.square(last)
            inexact = np.flatnonzero(self.error_of(X) > limit)
            parts = X[inexact], self.known, neighbors[inexact]
            distances[inexact] = row_distances(*parts)
        return distances


def threads(n_jobs):
    """Return how many threads to take."""
    if n_jobs is not None:
        return effective_n_jobs(n_jobs)
    pools = controller().select(user_api="openmp").info()
    return max((pool["num_threads"] for pool in pools), default=1)


def narrow(A):
    """Return A with indices of 32 bits, if it is sparse: not all algorithms take 64."""
    if not sparse.issparse(A) or max(*A.shape, A.nnz) >= 2**31:
        return A
    indices, indptr = (i.astype(np.int32) for i in (A.indices, A.indptr))
    return sparse.csr_array((A.data, indices, indptr), shape=A.shape)
