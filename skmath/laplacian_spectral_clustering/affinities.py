"""Affinities: the similarities of rows to each other, and of new rows to known ones.

An affinity has an attribute ``matrix``, the symmetric matrix A of the known rows, and a
method ``to_known(X)`` that returns the affinities of new rows to the known ones, of
shape (n_new, n). Two kinds are computed from rows:

- `NeighborAffinity` connects nearest neighbours. The weight of an edge is a function of
  its length, the scales of its two ends and the neighbours that they share; directed
  edges are then made symmetric.
- `RBFAffinity` and `CallableAffinity` evaluate a function for all pairs.

`PrecomputedAffinity` holds a matrix given by the user.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.metrics.pairwise import euclidean_distances, pairwise_kernels

from skmath import _arrays
from skmath._estimators.fitting import warn
from skmath.laplacian_spectral_clustering.inputs import (
    check_diagonal,
    not_negative,
    random_walk_affinity,
    warn_of_distances,
)
from skmath.laplacian_spectral_clustering.neighbors import (
    DEFAULT_METRIC_PARAMS,
    NeighborSearch,
    search_for,
    with_32_bit_indices,
)
from skmath.linear_algebra import EDGES, joined, locally_scaled, shared_neighbors
from skmath.linear_algebra.graphs import connected_nodes

KERNELS = ("cosine", "laplacian", "chi2", "polynomial", "sigmoid", "linear")
"""Names of kernels of `sklearn.metrics.pairwise`, apart from "rbf"."""

LOCAL_NEIGHBOR = 7
"""A row's scale is the distance to this neighbour (Zelnik-Manor and Perona 2004)."""

MEDIAN_ROWS = 1000
"""Largest number of evenly spaced rows from which gamma="auto" is computed."""

BLOCK_ROWS = 128
"""Number of rows whose affinities are computed at once, to stay in the cache."""

MIN_EXPONENT = -460.0
"""Smallest exponent of the affinity to the nearest row; exp of it is about 1e-200."""

ROUNDING = 1e-8
"""Largest difference of A and A' that counts as rounding, relative to max(A)."""


def unweighted(distances, own, other):
    """Return the weight 1 for each edge."""
    return np.ones(distances.shape)


WEIGHTS = {
    "self_tuning": locally_scaled,
    "precomputed_distances": locally_scaled,
    "nearest_neighbors": unweighted,
    "precomputed_nearest_neighbors": unweighted,
}
"""Functions of lengths and of the scales of both ends that return edge weights."""


@dataclass(frozen=True)
class EdgeWeights:
    """Function that returns the weights of edges to the nearest known rows.

    Parameters
    ----------
    affinity : str
        A key of `WEIGHTS`.
    sharing : float
        Exponent of the fraction of neighbours that both ends share.
    scales : ndarray of shape (n,)
        Scales of the known rows.
    neighbors : ndarray of shape (n, k)
        Neighbours of the known rows.
    is_edge : ndarray of bool of shape (n, k) or None
        Whether the distances to them are finite; None if all are.
    """

    affinity: str
    sharing: float
    scales: np.ndarray
    neighbors: np.ndarray
    is_edge: np.ndarray | None = None

    def __call__(self, distances, neighbors):
        """Return the sparse matrix of edges to neighbours, sorted nearest first."""
        own, other = local_scales(distances)[:, None], self.scales[neighbors]
        is_edge = edges_of(distances)
        weights = WEIGHTS[self.affinity](distances, own, other)
        # If exp underflows for all neighbours, the nearest one keeps an edge.
        weights[:, 0] = np.maximum(weights[:, 0], math.exp(MIN_EXPONENT))
        if is_edge is not None:
            weights = np.where(is_edge, weights, 0.0)
        W = joined(weights, neighbors, len(self.scales))
        if self.sharing > 0:
            share = self.share(neighbors, is_edge)
            share.data **= self.sharing
            W = W.multiply(share).tocsr()
        if is_edge is not None:
            W.eliminate_zeros()
        return W

    def share(self, neighbors, is_edge):
        """Return the fraction of neighbours that rows share with the known rows."""
        if is_edge is None and self.is_edge is None:
            return shared_neighbors(neighbors, self.neighbors)
        (n, k), known_is_edge = self.neighbors.shape, self.is_edge
        of_new = np.ones(neighbors.shape) if is_edge is None else is_edge * 1.0
        of_known = np.ones((n, k)) if known_is_edge is None else known_is_edge * 1.0
        share = joined(of_new, neighbors, n) @ joined(of_known, self.neighbors, n).T
        share.data /= k
        return share


def edges_of(distances):
    """Return which distances are finite, or None if all are."""
    is_edge = np.isfinite(distances)
    return None if is_edge.all() else is_edge


@dataclass(frozen=True)
class NeighborAffinity:
    """Affinity with edges between nearest neighbours; a row is one of its neighbours.

    Parameters
    ----------
    known : array or sparse matrix of shape (n, p)
    search : NeighborSearch
        Search among the known rows.
    weights : EdgeWeights
    edges : str
        A key of `EDGES`: how directed edges to neighbours are made symmetric.
    matrix : csr_array of shape (n, n)
    distances : ndarray of shape (n, k) or None
        Distances to the neighbours, kept only for n_clusters="auto".
    """

    known: Any
    search: NeighborSearch
    weights: EdgeWeights
    edges: str
    matrix: Any
    distances: np.ndarray | None

    @property
    def n_neighbors(self):
        """Number of neighbours of each row."""
        return self.weights.neighbors.shape[1]

    def without_sharing(self):
        """Return A without the factor of shared neighbours."""
        if self.weights.sharing == 0:
            return self.matrix
        weights = replace(self.weights, sharing=0.0)
        return EDGES[self.edges](weights(self.distances, self.weights.neighbors))

    def restricted(self, kept, options):
        """Return the affinity of some of the rows, or None if it must be recomputed.

        It can be reused as long as no row loses one of its neighbours.

        Parameters
        ----------
        kept : ndarray of bool of shape (n,)
        options : Options

        Returns
        -------
        NeighborAffinity or None
        """
        neighbors, n = self.weights.neighbors[kept], np.count_nonzero(kept)
        if first_n_neighbors(n, options) != self.n_neighbors:
            return None
        if options.metric in DEFAULT_METRIC_PARAMS and options.metric_params is None:
            return None
        if not kept[neighbors].all():
            return None
        neighbors = (np.cumsum(kept) - 1)[neighbors]
        scales, is_edge = self.weights.scales[kept], self.weights.is_edge
        known = self.known[kept]
        if options.is_pairwise:
            known = known[:, kept]
        return replace(
            self,
            known=known,
            search=search_for(known, options),
            weights=replace(
                self.weights,
                scales=scales,
                neighbors=neighbors,
                is_edge=None if is_edge is None else is_edge[kept],
            ),
            matrix=self.matrix[kept][:, kept],
            distances=None if self.distances is None else self.distances[kept],
        )

    def to_known(self, X):
        """Return a row of affinities to the known rows for each new row.

        A new row that equals a known one gets the affinities of that row, including
        those to rows that have it as a neighbour.
        """
        distances, neighbors = self.search(X, self.n_neighbors)
        B, nearest = self.weights(distances, neighbors), neighbors[:, 0]
        is_known = self.are_equal(X, distances[:, 0], nearest)
        if not is_known.any():
            return B
        rows = np.flatnonzero(is_known)
        places = (np.ones(len(rows)), (rows, nearest[rows]))
        of_known = sparse.csr_array(places, shape=B.shape) @ self.matrix
        return (sparse.diags_array(1.0 - is_known) @ B + of_known).tocsr()

    def are_equal(self, X, distances, nearest):
        """Return which rows are equal to their nearest known row."""
        if self.search.metric != "euclidean":
            return distances == 0
        if sparse.issparse(X) or sparse.issparse(self.known):
            difference = sparse.csr_array(X) - sparse.csr_array(self.known[nearest])
            return abs(difference).max(axis=1).toarray().ravel() == 0
        return (self.known[nearest] == X).all(axis=1)


def neighbor_affinity(X, options):
    """Return the affinity of nearest neighbours.

    If `options.n_neighbors` is None, their number is log2(n) + 1, and is doubled while
    the graph has more components than `options.most_components`.

    Parameters
    ----------
    X : array or sparse matrix of shape (n, p) or (n, n)
    options : Options

    Returns
    -------
    NeighborAffinity
    """
    n = X.shape[0]
    search = search_for(X, options)
    k = first_n_neighbors(n, options)
    affinity = connected_to_nearest(X, search, k, options)
    if options.n_neighbors is not None:
        return affinity
    if options.metric == "precomputed" and sparse.issparse(X):
        n = int(np.diff(X.indptr).max())  # no row stores more
    while k < n and n_components(affinity.matrix) > options.most_components:
        k = min(n, 2 * k)
        affinity = connected_to_nearest(X, search, k, options)
    return affinity


def n_components(A):
    """Return the number of connected components of a graph."""
    return connected_nodes(A).max() + 1


def first_n_neighbors(n, options):
    """Return the number of neighbours, or the first one to try if it is None."""
    k = options.n_neighbors
    return min(n, round(math.log2(n)) + 1 if k is None else k)


def connected_to_nearest(X, search, k, options):
    """Return the affinity of rows that are connected to k neighbours."""
    distances, neighbors = search(X, k)
    scales = local_scales(distances)
    is_edge = edges_of(distances)
    weights = EdgeWeights(options.affinity, options.sharing, scales, neighbors, is_edge)
    A = EDGES[options.edges](weights(distances, neighbors))
    kept = distances if options.n_clusters is None else None
    return NeighborAffinity(X, search, weights, options.edges, A, kept)


def local_scales(distances):
    """Return each row's distance to neighbour `LOCAL_NEIGHBOR`, or to the last one."""
    last = min(LOCAL_NEIGHBOR, distances.shape[1] - 1)
    scales = distances[:, last]
    if np.isfinite(scales).all():
        return scales
    nearest = distances[:, : last + 1]
    return np.where(np.isfinite(nearest), nearest, 0.0).max(axis=1)


@dataclass(frozen=True)
class RBFAffinity:
    """Affinity exp(-gamma d^2) of all pairs of rows.

    Parameters
    ----------
    known : array or sparse matrix of shape (n, p)
        The rows minus the shift.
    shift : ndarray of shape (p,) or None
        Mean of the rows, None for sparse rows.
    gamma : float
    matrix : ndarray of shape (n, n)
    """

    known: Any
    shift: np.ndarray | None
    gamma: float
    matrix: np.ndarray

    def to_known(self, X):
        """Return a row of affinities to the known rows for each new one."""
        X = shifted(X, self.shift)
        A = np.zeros((X.shape[0], self.known.shape[0]))
        for start in range(0, X.shape[0], BLOCK_ROWS):
            rows = slice(start, start + BLOCK_ROWS)
            exponents = rbf_exponents(X[rows], self.known, self.gamma)
            nearest = exponents.max(axis=1, keepdims=True)
            # If exp underflows for all known rows, only relative sizes are kept.
            exponents += np.maximum(MIN_EXPONENT - nearest, 0.0)
            np.exp(exponents, out=A[rows])
        return A


def rbf_affinity(X, options):
    """Return the affinity exp(-gamma d^2); A[j, i] is copied from A[i, j].

    Parameters
    ----------
    X : array or sparse matrix of shape (n, p)
    options : Options

    Returns
    -------
    RBFAffinity
    """
    # Squares of rows far from zero would lose small distances to rounding.
    shift = None if sparse.issparse(X) else X.mean(axis=0)
    known = shifted(X, shift)
    gamma = median_gamma(known) if options.gamma is None else options.gamma
    n = known.shape[0]
    A = np.zeros((n, n))
    for start in range(0, n, BLOCK_ROWS):
        rows = slice(start, start + BLOCK_ROWS)
        A[rows, start:] = np.exp(rbf_exponents(known[rows], known[start:], gamma))
        A[start:, rows] = A[rows, start:].T
    np.fill_diagonal(A, 1.0)
    return RBFAffinity(known, shift, gamma, A)


def shifted(X, shift):
    """Return X minus the shift, which is None for sparse X, in double precision."""
    if shift is None:
        return X.astype(np.float64)
    return _arrays.dense(X).astype(np.float64) - shift


def rbf_exponents(X, Y, gamma):
    """Return -gamma (x - y)^2 of all pairs, computed with one matrix product."""
    E = _arrays.dense(X @ (2 * gamma * Y.T))
    E -= gamma * squared_lengths(X)[:, None]
    E -= gamma * squared_lengths(Y)
    return np.minimum(E, 0.0, out=E)  # rounding may give values above 0


def squared_lengths(X):
    """Return the squared lengths of the rows."""
    if sparse.issparse(X):
        return np.asarray(X.multiply(X).sum(axis=1)).ravel()
    return np.einsum("ij,ij->i", X, X)


def median_gamma(X):
    """Return 1 / (2 m^2), where m is the median distance between rows."""
    sample = X[:: max(1, -(-X.shape[0] // MEDIAN_ROWS))]
    distances = euclidean_distances(sample)
    distances = distances[distances > 0]
    if distances.size == 0:
        return 1.0  # all rows are equal
    with np.errstate(over="ignore"):
        return min(0.5 / np.median(distances) ** 2, np.finfo(float).max)


@dataclass(frozen=True)
class CallableAffinity:
    """Affinity given by a function of two arrays of rows, or of two rows.

    Parameters
    ----------
    known : array or sparse matrix of shape (n, p)
    function : callable
    takes_two_rows : bool
        Whether the function maps two rows to a number, not two arrays to a matrix.
    matrix : ndarray of shape (n, n) or None
        None while it is computed.
    """

    known: Any
    function: Callable[..., Any]
    takes_two_rows: bool
    matrix: np.ndarray | None = None

    def to_known(self, X):
        """Return a row of affinities to the known rows for each new one."""
        if self.takes_two_rows:
            A = self.of_pairs(X)
        else:
            A = np.asarray(self.function(X, self.known), dtype=float)
        if not np.isfinite(A).all():
            raise ValueError(
                "The function given as affinity returned NaN or infinity; it must "
                "return finite numbers."
            )
        return A

    def of_pairs(self, X):
        """Return the function's value for each pair of a new and a known row."""
        try:
            return pairwise_kernels(X, self.known, metric=self.function)
        except (TypeError, ValueError) as failure:
            raise ValueError(
                "The function given as affinity must take arrays of m and n rows and "
                "return an array of shape (m, n), or take two rows and return a number"
                "; it does neither."
            ) from failure


def callable_affinity(X, options):
    """Return the affinity of a kernel or of a function given by the user.

    Parameters
    ----------
    X : array or sparse matrix of shape (n, p)
    options : Options

    Returns
    -------
    CallableAffinity
    """
    function, n = function_of(options), X.shape[0]
    takes_two_rows = np.shape(function(X, X)) != (n, n)
    affinity = CallableAffinity(X.copy(), function, takes_two_rows)
    A = symmetric(affinity.to_known(X))
    if options.laplacian != "signed":
        A = not_negative(A, "affinities")
    return replace(affinity, matrix=A)


def function_of(options):
    """Return the function given as affinity, or the scikit-learn kernel of this name.

    Keyword arguments that a named kernel does not have are ignored.
    """
    affinity, params = options.affinity, options.kernel_params or {}
    if callable(affinity):
        return partial(affinity, **params) if params else affinity
    if options.gamma is not None:
        params = {"gamma": options.gamma, **params}
    return partial(pairwise_kernels, metric=affinity, filter_params=True, **params)


@dataclass(frozen=True)
class PrecomputedAffinity:
    """Affinity given as a matrix.

    Parameters
    ----------
    matrix : array or csr_array of shape (n, n)
    is_signed : bool
        Whether affinities may be negative.
    """

    matrix: Any
    is_signed: bool

    def to_known(self, X):
        """Return X, whose columns belong to the known rows."""
        return X if self.is_signed else not_negative(X, "affinities")


def precomputed_affinity(X, options):
    """Return the affinity given by the matrix X.

    Parameters
    ----------
    X : array or sparse matrix of shape (n, n)
    options : Options

    Returns
    -------
    PrecomputedAffinity
    """
    is_signed = options.laplacian == "signed"
    if not is_signed:
        X = not_negative(X, "affinities")
        warn_of_distances(X)
    return PrecomputedAffinity(symmetric(X, options.directed), is_signed)


def affinity_of_distances(X, options):
    """Return the affinity of nearest neighbours in a given matrix of distances.

    Parameters
    ----------
    X : array or sparse matrix of shape (n, n)
    options : Options

    Returns
    -------
    NeighborAffinity
    """
    X = not_negative(X, "distances")
    check_diagonal(X, options.affinity)
    return neighbor_affinity(with_zero_diagonal(X), options)


def with_zero_diagonal(X):
    """Return distances with a diagonal of zeros, which a sparse matrix stores."""
    n = X.shape[0]
    if not sparse.issparse(X):
        return np.where(np.eye(n, dtype=bool), 0.0, X) if np.diagonal(X).any() else X
    X = sparse.coo_array(X)
    (i, j), own = X.coords, np.arange(n)
    off = i != j
    places = np.concatenate([i[off], own]), np.concatenate([j[off], own])
    distances = np.concatenate([X.data[off], np.zeros(n)])
    return sparse.coo_array((distances, places), shape=(n, n)).tocsr()


AFFINITIES = {
    "self_tuning": neighbor_affinity,
    "nearest_neighbors": neighbor_affinity,
    "rbf": rbf_affinity,
    "precomputed": precomputed_affinity,
    "precomputed_distances": affinity_of_distances,
    "precomputed_nearest_neighbors": affinity_of_distances,
    **dict.fromkeys(KERNELS, callable_affinity),
}
"""Functions that compute the affinities, by name."""


def symmetric(A, directed=None):
    """Return a copy of A that is made symmetric if it is not.

    Zeros that a sparse matrix stores are no edges and are removed.

    Parameters
    ----------
    A : array or sparse matrix of shape (n, n)
    directed : {"mean", "random_walk"}, default=None
        How A is made symmetric: by (A + A') / 2, with a warning if None, or by
        `random_walk_affinity`.
    """
    A = with_32_bit_indices(A)
    largest, n = abs(A).max(), A.shape[0]
    if not largest <= np.finfo(A.dtype).max / n:
        raise ValueError(
            f"Affinities are so large (up to {largest:g}) that their sums overflow. "
            "Divide them by a constant first; this does not change the clusters."
        )
    difference = abs(A - A.T).max()
    if difference > ROUNDING * largest:
        if directed is None:
            warn(
                "The affinities are not symmetric: A and its transpose differ by up to "
                f"{difference:g}. Their mean (A + A.T) / 2 is used. Set directed='mean'"
                " to confirm this, or directed='random_walk'."
            )
        walks = directed == "random_walk"
        A = random_walk_affinity(A) if walks else (A + A.T) / 2
    else:
        A = A.copy()
    if sparse.issparse(A):
        A.eliminate_zeros()
    return A
