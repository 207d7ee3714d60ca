"""Nearest-neighbour search by a tree, by scikit-learn, or in given distances."""

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
    PRODUCT,
    ROUNDINGS,
    TIED_FACTOR,
    nearest_without_ties,
    relative_rounding,
    row_distances,
    rows_up_to,
    squared_lengths,
)

TREE_FEATURES = 15
"""Largest number of features for which a tree can be faster than brute force."""

TREE_ROWS = 8
"""Smallest number of rows for a tree, as a multiple of 2^n_features."""


DEFAULT_METRIC_PARAMS = {
    "mahalanobis": lambda X: {"VI": linalg.pinvh(np.atleast_2d(np.cov(X.T)))},
    "seuclidean": lambda X: {"V": variances(X)},
}
"""Default parameters of the metrics that have a scale, as functions of the rows."""


def variances(X):
    """Return the variance of each column, or 1 if it is constant."""
    V = np.var(X, axis=0, ddof=1)
    return np.where(V > 0, V, 1.0)


def search_for(known, options):
    """Return the object that searches for the nearest of the known rows.

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
    """Nearest neighbours in a dense or sparse matrix of distances.

    Infinite distances, and those that a sparse matrix does not store, are no edges:
    such neighbours are returned with infinite distance.

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
        """Return the same for a sparse matrix, from the distances that it stores."""
        m = X.shape[0]
        count = np.diff(X.indptr)
        rows = np.repeat(np.arange(m), count)
        order = np.lexsort((X.indices, X.data, rows))
        rank = np.arange(len(rows)) - np.repeat(X.indptr[:-1], count)
        distances = np.full((m, k), np.inf)
        neighbors = np.zeros((m, k), dtype=np.int32)
        is_kept = rank < k
        distances[rows[is_kept], rank[is_kept]] = X.data[order][is_kept]
        neighbors[rows[is_kept], rank[is_kept]] = X.indices[order][is_kept]
        return distances, neighbors


class NeighborSearch:
    """Nearest-neighbour search among the known rows.

    Parameters
    ----------
    known : array or sparse matrix of shape (n, p)
    metric : str or callable, default="euclidean"
        Any metric of scikit-learn's `NearestNeighbors`.
    n_jobs : int, default=None
        Number of threads. None uses as many as OpenMP may, as scikit-learn's brute
        force does.
    metric_params : dict, default=None
        Keyword arguments of the metric; `DEFAULT_METRIC_PARAMS` has the defaults.
    """

    def __init__(self, known, metric="euclidean", n_jobs=None, metric_params=None):
        self.n_known, self.n_jobs = known.shape[0], n_jobs
        self.metric, self.shift = metric, None
        if metric_params is None and metric in DEFAULT_METRIC_PARAMS:
            metric_params = DEFAULT_METRIC_PARAMS[metric](_arrays.dense(known))
        self.metric_params = metric_params
        if metric == "euclidean" and not sparse.issparse(known):
            # Products of rows far from zero would lose small distances to rounding.
            self.shift = known.mean(axis=0)
            known = known - self.shift
        self._index(known)

    def _index(self, known):
        """Build the tree or the search of scikit-learn from the shifted rows."""
        self.known, self.tree, algorithm = known, None, "auto"
        if self.shift is not None:
            p = known.shape[1]
            # A tree prunes nothing unless there are many more than 2^p rows.
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
        self.search.fit(with_32_bit_indices(known))

    def __getstate__(self):
        # Trees are rebuilt on loading: not all formats can store them.
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
            Number of neighbours, at most the number of known rows.

        Returns
        -------
        distances, neighbors : ndarray of shape (m, k)
        """
        return self.nearest(self.shifted(X), k)

    def shifted(self, X):
        """Return the rows minus the shift, if there is one."""
        if self.shift is None:
            return X
        return (X.toarray() if sparse.issparse(X) else X) - self.shift

    def nearest(self, X, k):
        """Return the same for rows from which the shift was subtracted."""
        if self.tree is None:
            return self.search.kneighbors(with_32_bit_indices(X), k)
        workers = threads(self.n_jobs)
        ranks = np.arange(1, k + 1)  # an integer k of 1 would drop the axis
        distances, neighbors = self.tree.query(X, ranks, workers=workers)
        check_squares(distances)
        return distances, neighbors.astype(np.int32)


class RowSearch(NeighborSearch):
    """Nearest-neighbour search with reproducible ties.

    Which of several rows at equal distances it finds does not depend on the unit of the
    rows or on their storage.
    """

    def _index(self, known):
        """Build the search, and note whether distances come from matrix products."""
        super()._index(known)
        self.by_product = self.metric == "euclidean" and self.tree is None

    def rounding_of(self, X):
        """Return by how much two equal distances of a row may differ."""
        if self.metric != "euclidean":
            return np.zeros(X.shape[0])
        shift_length = 0.0 if self.shift is None else np.linalg.norm(self.shift)
        kind = X.dtype if X.dtype.kind == "f" else np.float64
        eps = float(np.finfo(kind).eps)
        return ROUNDINGS * eps * (np.sqrt(squared_lengths(X)) + float(shift_length))

    def error_of(self, X):
        """Return the largest error that a matrix product makes in squared distances."""
        if not self.by_product:
            return np.zeros(X.shape[0])
        return PRODUCT * np.finfo(float).eps * squared_lengths(X)

    def __call__(self, X, k):
        """Return distances and indices of the k nearest known rows, nearest first."""
        return nearest_without_ties(self, self.shifted(X), k)

    def up_to(self, limits, X, k):
        """Return known rows within a distance; a tree finds `TIED_FACTOR` times k."""
        if self.by_product:
            return rows_up_to(limits, X, self.known)
        return self.nearest(X, min(self.n_known, TIED_FACTOR * k))

    def exact(self, X, distances, neighbors, k):
        """Return distances, recomputed where a matrix product was inexact."""
        if self.by_product:
            last = np.partition(distances, k - 1, axis=1)[:, k - 1]
            limit = relative_rounding(distances) * np.square(last)
            inexact = np.flatnonzero(self.error_of(X) > limit)
            parts = X[inexact], self.known, neighbors[inexact]
            distances[inexact] = row_distances(*parts)
        return distances


def threads(n_jobs):
    """Return the number of threads to use."""
    if n_jobs is not None:
        return effective_n_jobs(n_jobs)
    pools = controller().select(user_api="openmp").info()
    return max((pool["num_threads"] for pool in pools), default=1)


def with_32_bit_indices(A):
    """Return a sparse A with 32-bit indices: not all algorithms accept 64-bit ones."""
    if not sparse.issparse(A) or max(*A.shape, A.nnz) >= 2**31:
        return A
    indices, indptr = (i.astype(np.int32) for i in (A.indices, A.indptr))
    return sparse.csr_array((A.data, indices, indptr), shape=A.shape)
