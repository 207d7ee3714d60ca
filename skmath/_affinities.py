"""Affinities: how similar rows are, to each other and of new rows to known ones.

An affinity is made from the rows of `fit`; it holds ``matrix``, the symmetric A, and
``to_known(X)``, the affinities of new rows to them, shape (n_new, n_known).
"""

import numpy as np
from sklearn.metrics.pairwise import euclidean_distances
from sklearn.neighbors import NearestNeighbors

from skmath import _arrays
from skmath._rows import check_squares
from skmath.linear_algebra import joined, locally_scaled, symmetrized

LOCAL_NEIGHBOR = 7
"""The neighbour whose distance is a point's scale (Zelnik-Manor and Perona 2004)."""

MEDIAN_ROWS = 1000
"""Rows at most, evenly spread, whose distances give the default gamma."""


class NeighborAffinity:
    """1 for each row's nearest neighbours, itself among them."""

    def __init__(self, X, params):
        k = min(params["n_neighbors"], X.shape[0])
        self.search = NearestNeighbors(n_neighbors=k, n_jobs=params["n_jobs"]).fit(X)
        with np.errstate(over="ignore", invalid="ignore"):
            distances, neighbors = self.search.kneighbors(X)
        check_squares(distances)
        self.scales = local_scales(distances)
        self.matrix = symmetrized(self.edges(distances, neighbors))

    def to_known(self, X):
        """Return a row of affinities to the known rows for each new one."""
        return self.edges(*self.search.kneighbors(X))

    def edges(self, distances, neighbors):
        """Return the matrix of weights of rows to their neighbours."""
        weights = self.weights(distances, neighbors)
        return joined(weights, neighbors, self.search.n_samples_fit_)

    def weights(self, distances, neighbors):
        """Return ones."""
        return np.ones_like(distances)


class SelfTuningAffinity(NeighborAffinity):
    """exp(-d^2 / (sigma_i sigma_j)) for nearest neighbours, sigma a local scale."""

    def weights(self, distances, neighbors):
        """Return the affinities, between 0 and 1."""
        scales = local_scales(distances)[:, None] * self.scales[neighbors]
        return locally_scaled(distances, scales)


class RBFAffinity:
    """exp(-gamma d^2) for all pairs."""

    def __init__(self, X, params):
        self.known = X.copy()
        with np.errstate(over="ignore", invalid="ignore"):
            check_squares(euclidean_distances(X[:1], X, squared=True))
        self.gamma = params["gamma"]
        if self.gamma is None:
            self.gamma = gamma_of_median(X)
        self.matrix = self.to_known(X)

    def to_known(self, X):
        """Return a row of affinities to the known rows for each new one."""
        A = euclidean_distances(X, self.known, squared=True)
        A *= -self.gamma
        return np.exp(A, out=A)


class PrecomputedAffinity:
    """X itself."""

    def __init__(self, X, params):
        if X.shape[0] != X.shape[1]:
            raise ValueError(
                "X must be a square matrix of affinities, as affinity='precomputed' "
                f"says; its shape is {X.shape}."
            )
        check_not_negative(X)
        difference = abs(X - X.T).max()
        if difference > 1e-8 * abs(X).max():
            raise ValueError(
                "X must be symmetric, as affinity='precomputed' says; X and its "
                f"transpose differ by up to {difference:g}. Use (X + X.T) / 2."
            )
        self.matrix = X.copy()

    def to_known(self, X):
        """Return X: its columns are the known rows."""
        check_not_negative(X)
        return X


AFFINITIES = {
    "self_tuning": SelfTuningAffinity,
    "nearest_neighbors": NeighborAffinity,
    "rbf": RBFAffinity,
    "precomputed": PrecomputedAffinity,
}
"""The affinities that have a name."""


def local_scales(distances):
    """Return each row's distance to its 7th neighbour, or to the last of fewer."""
    return distances[:, min(LOCAL_NEIGHBOR, distances.shape[1] - 1)]


def gamma_of_median(X):
    """Return 1 / (2 m^2), m the median distance of rows; 1 if they are all equal."""
    some = X[:: max(1, -(-X.shape[0] // MEDIAN_ROWS))]
    distances = euclidean_distances(some)
    distances = distances[distances > 0]
    return 1.0 if distances.size == 0 else float(0.5 / np.median(distances) ** 2)


def check_not_negative(X):
    """Raise a ValueError that names the smallest affinity if it is negative."""
    smallest = X.min()
    if smallest < 0:
        i, j = np.argwhere(_arrays.dense(X) == smallest)[0]
        raise ValueError(
            "Negative values in data: affinities must not be; "
            f"X[{i}, {j}] is {smallest:g}."
        )
