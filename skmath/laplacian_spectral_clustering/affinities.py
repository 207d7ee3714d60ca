"""Affinities: how similar rows are, to each other and of new rows to known ones.

An affinity is made from rows and the estimator's parameters; it holds ``matrix``, the
symmetric A, and ``to_known(X)``, the affinities of new rows to them, shape (n_new, n).
``plain`` is what the number of clusters is read from.
"""

import math

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from sklearn.metrics.pairwise import euclidean_distances, pairwise_kernels

from skmath import _arrays
from skmath._estimators.fitting import warn
from skmath.laplacian_spectral_clustering.neighbors import NeighborSearch, narrow
from skmath.linear_algebra import EDGES, joined, locally_scaled, shared_neighbors

LOCAL_NEIGHBOR = 7
"""The neighbour whose distance is a point's scale (Zelnik-Manor and Perona 2004)."""

MEDIAN_ROWS = 1000
"""Rows at most, evenly spread, whose distances give the gamma that is "auto"."""

BLOCK_ROWS = 128
"""Rows whose affinities to all are computed at once, so that they stay in the cache."""


FAR = -700.0
"""An exponent whose exponential is next to no number."""


class NeighborAffinity:
    """1 for each row's nearest neighbours, itself among them."""

    metric: str | None = None

    def __init__(self, X, params):
        self.known, self.edges = X, EDGES[params["edges"]]
        metric = self.metric or params["metric"]
        self.search = NeighborSearch(X, metric, params["n_jobs"])
        self.compares_rows = metric == "euclidean"
        self.n_neighbors = params["n_neighbors"]
        if self.n_neighbors == "auto":
            self._raise_neighbors(params)
        else:
            self.n_neighbors = min(int(self.n_neighbors), X.shape[0])
            self._join()

    def _raise_neighbors(self, params):
        """Take log2(n) + 1 neighbours, twice as many while parts outnumber clusters."""
        n, most = self.known.shape[0], params["n_clusters"]
        most = params["max_clusters"] if most == "auto" else most
        self.n_neighbors = min(n, round(math.log2(n)) + 1)
        self._join()
        while self.n_neighbors < n and connected_components(self.matrix)[0] > most:
            self.n_neighbors = min(n, 2 * self.n_neighbors)
            self._join()

    def _join(self):
        distances, self.neighbors = self.search(self.known, self.n_neighbors)
        self.scales = local_scales(distances)
        self.matrix = self.edges(self.weigh(distances, self.neighbors))

    @property
    def plain(self):
        """The matrix that the number of clusters is read from."""
        return self.matrix

    def to_known(self, X):
        """Return a row of affinities to the known rows for each new one.

        A row that equals a known one has its affinities: those that chose it count.
        """
        distances, neighbors = self.search(X, self.n_neighbors)
        B, nearest = self.weigh(distances, neighbors), neighbors[:, 0]
        same = np.flatnonzero(self.is_known(X, distances[:, 0], nearest))
        if len(same) == 0:
            return B
        chosen = sparse.csr_array(
            (np.ones(len(same)), (same, nearest[same])), shape=B.shape
        )
        others = np.ones(X.shape[0])
        others[same] = 0.0
        return (sparse.diags_array(others) @ B + chosen @ self.matrix).tocsr()

    def is_known(self, X, distances, nearest):
        """Tell which rows are equal to their nearest known row."""
        if not self.compares_rows:
            return distances == 0
        if sparse.issparse(X) or sparse.issparse(self.known):
            difference = sparse.csr_array(X) - sparse.csr_array(self.known[nearest])
            return abs(difference).max(axis=1).toarray().ravel() == 0
        return (self.known[nearest] == X).all(axis=1)

    def weigh(self, distances, neighbors):
        """Return the matrix of weights of rows to their neighbours."""
        weights = self.of_distances(distances, neighbors)
        return joined(weights, neighbors, self.search.n_known)

    def of_distances(self, distances, neighbors):
        """Return ones."""
        return np.ones(distances.shape)


class SelfTuningAffinity(NeighborAffinity):
    """exp(-d^2 / (sigma_i sigma_j)) s^2 for neighbours, s the share they share."""

    def __init__(self, X, params):
        self.sharing = params["sharing"]
        super().__init__(X, params)

    @property
    def plain(self):
        """The matrix that the number of clusters is read from: without sharing."""
        distances, neighbors = self.search(self.known, self.n_neighbors)
        return self.edges(super().weigh(distances, neighbors))

    def weigh(self, distances, neighbors):
        """Return the matrix of weights of rows to their neighbours."""
        W = super().weigh(distances, neighbors)
        if self.sharing == 0:
            return W
        share = shared_neighbors(neighbors, self.neighbors)
        share.data **= self.sharing
        return W.multiply(share).tocsr()

    def of_distances(self, distances, neighbors):
        """Return the affinities, between 0 and 1."""
        own = local_scales(distances)[:, None]
        weights = locally_scaled(distances, own, self.scales[neighbors])
        # So far from all that exp is 0: the nearest it is.
        weights[weights.max(axis=1) == 0, 0] = 1.0
        return weights


class DistanceAffinity(SelfTuningAffinity):
    """The same of distances that are given."""

    metric = "precomputed"

    def __init__(self, X, params):
        check_not_negative(X, "distances")
        super().__init__(X, params)


class RBFAffinity:
    """exp(-gamma d^2) for all pairs."""

    def __init__(self, X, params):
        # Squares far from zero would lose the small distances.
        self.shift = None if sparse.issparse(X) else X.mean(axis=0)
        self.known = self._shifted(X)
        self.gamma = gamma_of(self.known, params["gamma"])
        self.matrix = self.plain = self._among_known()

    def _shifted(self, X):
        if self.shift is None:
            return X.astype(np.float64)
        return _arrays.dense(X).astype(np.float64) - self.shift

    def _among_known(self):
        """Return the affinities of all pairs; one of i, j and j, i is computed."""
        n = self.known.shape[0]
        A = np.empty((n, n))
        for start in range(0, n, BLOCK_ROWS):
            rows = slice(start, start + BLOCK_ROWS)
            A[rows, start:] = np.exp(self._exponents(self.known[rows], start))
            A[start:, rows] = A[rows, start:].T
        np.fill_diagonal(A, 1.0)
        return A

    def to_known(self, X):
        """Return a row of affinities to the known rows for each new one."""
        X = self._shifted(X)
        A = np.empty((X.shape[0], self.known.shape[0]))
        for start in range(0, X.shape[0], BLOCK_ROWS):
            rows = slice(start, start + BLOCK_ROWS)
            exponents = self._exponents(X[rows])
            nearest = exponents.max(axis=1, keepdims=True)
            # So far from all that exp is 0: what counts is what is the least far.
            exponents -= np.where(nearest < FAR, nearest, 0.0)
            np.exp(exponents, out=A[rows])
        return A

    def _exponents(self, X, start=0):
        """Return -gamma (x - y)^2, the square from one product of matrices."""
        Y = self.known[start:]
        E = _arrays.dense(X @ (2 * self.gamma * Y.T))
        E -= self.gamma * squares(X)[:, None]
        E -= self.gamma * squares(Y)
        return np.minimum(E, 0.0, out=E)  # rounding may leave a little more


class CallableAffinity:
    """What a function makes of two arrays of rows, or of two rows."""

    def __init__(self, X, params):
        self.known, self.function = X.copy(), params["affinity"]
        self.of_rows = np.shape(self.function(X, X)) != (X.shape[0], X.shape[0])
        self.matrix = self.plain = symmetric(self.to_known(X))
        check_not_negative(self.matrix, "affinities")

    def to_known(self, X):
        """Return a row of affinities to the known rows for each new one."""
        if self.of_rows:
            A = self._of_pairs(X)
        else:
            A = np.asarray(self.function(X, self.known), dtype=float)
        if not np.isfinite(A).all():
            raise ValueError(
                "The function given as affinity returns NaN or infinity; it must "
                "return numbers not below 0."
            )
        return A

    def _of_pairs(self, X):
        try:
            return pairwise_kernels(X, self.known, metric=self.function)
        except (TypeError, ValueError) as failure:
            raise ValueError(
                "The function given as affinity must take arrays of m and n rows and "
                "return m x n numbers, or two rows and return one. Of all rows it "
                "returns something of another shape, and of two rows no number."
            ) from failure


class PrecomputedAffinity:
    """X itself."""

    def __init__(self, X, params):
        check_not_negative(X, "affinities")
        self.matrix = self.plain = symmetric(X)

    def to_known(self, X):
        """Return X: its columns are the known rows."""
        check_not_negative(X, "affinities")
        return X


AFFINITIES = {
    "self_tuning": SelfTuningAffinity,
    "nearest_neighbors": NeighborAffinity,
    "rbf": RBFAffinity,
    "precomputed": PrecomputedAffinity,
    "precomputed_distances": DistanceAffinity,
}
"""The affinities that have a name."""

PAIRWISE = {"precomputed": "affinities", "precomputed_distances": "distances"}
"""Those that take pairs of rows for X, and what they take of them."""


def local_scales(distances):
    """Return each row's distance to its 7th neighbour, or to the last of fewer."""
    return distances[:, min(LOCAL_NEIGHBOR, distances.shape[1] - 1)]


def squares(X):
    """Return the squared lengths of the rows."""
    if sparse.issparse(X):
        return np.asarray(X.multiply(X).sum(axis=1)).ravel()
    return np.einsum("ij,ij->i", X, X)


def gamma_of(X, gamma):
    """Return gamma, or if "auto" 1 / (2 m^2), m the median distance of rows."""
    if gamma != "auto":
        return gamma
    some = X[:: max(1, -(-X.shape[0] // MEDIAN_ROWS))]
    distances = euclidean_distances(some)
    distances = distances[distances > 0]
    if distances.size == 0:
        return 1.0  # all rows are equal
    with np.errstate(over="ignore"):
        return min(0.5 / np.median(distances) ** 2, np.finfo(float).max)


def symmetric(A):
    """Return A, or (A + A') / 2 with a warning where that is not the same."""
    A = narrow(A)
    difference = abs(A - A.T).max()
    if difference <= 1e-8 * abs(A).max():
        return A.copy()
    warn(
        f"The affinities are not symmetric: A and its transpose differ by up to "
        f"{difference:g}. Their mean (A + A.T) / 2 is used."
    )
    return (A + A.T) / 2


def check_square(X, affinity):
    """Raise a ValueError unless X can hold something of each pair of rows."""
    if X.shape[0] != X.shape[1]:
        raise ValueError(
            f"X must be a square matrix of {PAIRWISE[affinity]}, as "
            f"affinity={affinity!r} says; its shape is {X.shape}."
        )


def check_not_negative(X, what):
    """Raise a ValueError that names the smallest number if it is negative."""
    smallest = X.min()
    if smallest < 0:
        i, j = np.argwhere(_arrays.dense(X) == smallest)[0]
        raise ValueError(
            f"Negative values in data: {what} must not be; X[{i}, {j}] is {smallest:g}."
        )
