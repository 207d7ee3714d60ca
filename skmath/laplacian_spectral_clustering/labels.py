"""From an embedding's rows to clusters: what ``assign_labels`` names."""

import numpy as np
from sklearn.cluster import KMeans

from skmath.linear_algebra import aligned, pivoted_rotation, pivoted_rows

SAME = 1e-3
"""Relative difference of two sums of squares up to which they are of one solution."""


def numbers_by_first_node(labels, k):
    """Return new numbers of clusters, in the order in which nodes have them.

    Nodes are not in the order of the rows, so numbers do not depend on that.

    Parameters
    ----------
    labels : ndarray of int of shape (n,)
    k : int

    Returns
    -------
    ndarray of int of shape (k,)
        Those that no node has come last.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.laplacian_spectral_clustering.labels import numbers_by_first_node
    >>> numbers_by_first_node(np.array([2, 0, 2]), 3)
    array([1, 2, 0], dtype=int32)
    """
    first = np.full(k, len(labels))
    found, rows = np.unique(labels, return_index=True)
    first[found] = rows
    return np.argsort(np.argsort(first, kind="stable")).astype(np.int32)


class KMeansLabels:
    """The nearest of k means.

    The first start is from the rows most orthogonal to each other (Ng, Jordan and
    Weiss), others are k-means++. They end when the best has been found twice.

    Parameters
    ----------
    k : int
    n_init : int
        Starts at most.
    random_state : RandomState
    """

    def __init__(self, k, n_init, random_state):
        self.k, self.n_init, self.random_state = k, n_init, random_state

    def fit(self, E, weight):
        """Find the means of the rows E."""
        start = E[pivoted_rows(E, self.k)]
        self.k_means = self._from(start, E, weight)
        for _ in range(self.n_init - 1):
            other = self._from("k-means++", E, weight)
            best, worse = sorted((self.k_means, other), key=lambda m: m.inertia_)
            self.k_means = best
            if worse.inertia_ <= (1 + SAME) * best.inertia_:
                break
        return self

    def _from(self, start, E, weight):
        k_means = KMeans(self.k, init=start, n_init=1, random_state=self.random_state)
        return k_means.fit(E, sample_weight=weight)

    @property
    def inertia(self):
        """Sum of the squared distances from the means."""
        return self.k_means.inertia_

    @property
    def labels(self):
        """Clusters of the rows of `fit`."""
        return self.k_means.labels_

    def predict(self, E):
        """Return the cluster of each row."""
        return self.k_means.predict(E)


class RotationLabels:
    """The axis that a row is nearest to, after a rotation.

    Where it would leave a cluster empty, k-means assigns.
    """

    def __init__(self, k, n_init, random_state):
        self.by_means = KMeansLabels(k, n_init, random_state)

    def fit(self, E, weight):
        """Find the rotation of the rows E."""
        self.rotation = self.of(E, weight)
        found = np.unique(self.predict(E))
        if len(found) < E.shape[1]:
            self.rotation = None
            self.by_means.fit(E, weight)
        return self

    def predict(self, E):
        """Return the cluster of each row."""
        if self.rotation is None:
            return self.by_means.predict(E)
        return (E @ self.rotation).argmax(axis=1)


class PivotedLabels(RotationLabels):
    """The rotation to k rows that QR with column pivoting chooses."""

    def of(self, E, weight):
        """Return the rotation."""
        return pivoted_rotation(E)


class DiscretizedLabels(RotationLabels):
    """That rotation, turned until rows and indicators are nearest to each other."""

    def of(self, E, weight):
        """Return the rotation."""
        return aligned(E, pivoted_rotation(E), weight)


ASSIGNMENTS = {
    "kmeans": KMeansLabels,
    "cluster_qr": PivotedLabels,
    "discretize": DiscretizedLabels,
}
"""The ways to assign labels by name."""
