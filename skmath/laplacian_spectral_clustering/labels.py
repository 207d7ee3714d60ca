r"""Assign clusters to the rows of an embedding, by the methods of ``assign_labels``.

The methods are k-means and rotations towards the axes. The eigenvectors of k
well-separated clusters are the indicators of the clusters up to a rotation R. Once R is
found, the cluster of a row u is the index of the largest entry of u R.

References
----------
.. [1] A. Damle, V. Minden and L. Ying, "Simple, direct and efficient multi-way spectral
   clustering", Information and Inference, 8(1), 2019.
.. [2] S. X. Yu and J. Shi, "Multiclass spectral clustering", ICCV 2003.
"""

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import linalg
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning

from skmath._rows.rows import is_dask

DIGITS = 6
"""Number of decimals, relative to the longest row, at which rows are distinguished."""

SAME_INERTIA = 1e-3
"""Relative difference in inertia up to which two k-means solutions count as one."""

ROWS_TO_COMPARE = 20_000
"""Largest number of rows on which k-means starts compete; the best uses all rows."""


@dataclass(frozen=True)
class Clusters:
    """A fitted assignment of clusters to rows of an embedding.

    Parameters
    ----------
    assignment : object
        One of `ASSIGNMENTS`, fitted.
    numbers : ndarray of int of shape (k,)
        Cluster number for each label that the assignment returns.
    """

    assignment: Any
    numbers: np.ndarray

    def of(self, E):
        """Return the cluster of each row; for a Dask array, lazily."""
        if is_dask(E):
            return E.map_blocks(self.of, drop_axis=1, dtype=np.intp)
        return self.numbers[self.assignment.predict(E)]


def clusters_of(E, weight, k, options, random_state):
    """Return k clusters of the rows of an embedding.

    Parameters
    ----------
    E : ndarray of shape (n, k)
    weight : ndarray of shape (n,) or None
    k : int
    options : Options
    random_state : RandomState

    Returns
    -------
    Clusters
    """
    assignment_class = ASSIGNMENTS[options.assign_labels]
    assignment = assignment_class(k, options.n_init, random_state).fit(E, weight)
    return Clusters(assignment, numbers_by_first_node(assignment.predict(E), k))


def numbers_by_first_node(labels, k):
    """Return new cluster numbers, in the order of the first node of each cluster.

    The order of the nodes does not depend on that of the rows, so neither do the
    cluster numbers.

    Parameters
    ----------
    labels : ndarray of int of shape (n,)
    k : int

    Returns
    -------
    ndarray of int of shape (k,)
        The new number of each label. Labels without nodes come last.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.laplacian_spectral_clustering.labels import numbers_by_first_node
    >>> numbers_by_first_node(np.array([2, 0, 2]), 3)
    array([1, 2, 0], dtype=int32)
    """
    first = np.full(k, len(labels))
    present, rows = np.unique(labels, return_index=True)
    first[present] = rows
    return np.argsort(np.argsort(first, kind="stable")).astype(np.int32)


class KMeansLabels:
    """Assignment to the nearest of k means.

    The first start uses the rows most orthogonal to each other (Ng, Jordan and Weiss),
    the others are k-means++. They stop when the best solution has been found twice.
    With many rows, the others compete on a random sample, and the best of them
    continues on all rows.

    Parameters
    ----------
    k : int
    n_init : int
        Largest number of starts.
    random_state : RandomState
    """

    def __init__(self, k, n_init, random_state):
        self.k, self.n_init, self.random_state = k, n_init, random_state

    def fit(self, E, weight):
        """Find the means of the rows E."""
        first = self._from(E[pivoted_rows(E, self.k)], E, weight)
        if self.n_init == 1:
            self.k_means = first
        elif len(E) <= ROWS_TO_COMPARE:
            self.k_means = self._best([first], E, weight)
        else:
            sample = self.random_state.choice(len(E), ROWS_TO_COMPARE, replace=False)
            best = self._best([], E[sample], None if weight is None else weight[sample])
            on_all = self._from(best.cluster_centers_, E, weight)
            self.k_means = min(first, on_all, key=inertia_of)
        return self

    def _best(self, solutions, E, weight):
        """Return the best of the given solutions and of further starts."""
        for _ in range(self.n_init - 1):
            solution = self._from("k-means++", E, weight)
            solutions = sorted([*solutions, solution], key=inertia_of)
            if len(solutions) > 1 and is_same(solutions[0], solutions[1]):
                break
        return solutions[0]

    def _from(self, start, E, weight):
        k_means = KMeans(self.k, init=start, n_init=1, random_state=self.random_state)
        return k_means.fit(E, sample_weight=weight)

    def predict(self, E):
        """Return the cluster of each row."""
        return self.k_means.predict(E)


def short_k_means(X, weight, k, random_state, max_iter, init="k-means++"):
    """Return `KMeans` after a few iterations from one start.

    Parameters
    ----------
    X : array or sparse matrix of shape (n, p)
    weight : ndarray of shape (n,) or None
    k : int
    random_state : RandomState
    max_iter : int
    init : {"k-means++", "random"}, default="k-means++"

    Returns
    -------
    KMeans
        Fitted, without a warning if X has fewer than k distinct rows: then it finds
        fewer clusters, which is as good for landmarks and for base clusterings.
    """
    k_means = KMeans(
        k, init=init, n_init=1, max_iter=max_iter, random_state=random_state
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return k_means.fit(X, sample_weight=weight)


def inertia_of(k_means):
    """Return the inertia, the sum of squared distances from the means."""
    return k_means.inertia_


def is_same(best, other):
    """Return whether two k-means solutions count as one, by their inertia."""
    return other.inertia_ <= (1 + SAME_INERTIA) * best.inertia_


class RotationLabels:
    """Assignment to the axis with the largest coordinate, after a rotation.

    If this leaves a cluster empty, k-means is used instead.
    """

    of: Callable[[Any, Any], Any]
    """Return the rotation of rows, given their weights."""

    def __init__(self, k, n_init, random_state):
        self.k_means_labels = KMeansLabels(k, n_init, random_state)

    def fit(self, E, weight):
        """Find the rotation of the rows E."""
        self.rotation = self.of(E, weight)
        if len(np.unique(self.predict(E))) < E.shape[1]:
            self.rotation = None
            self.k_means_labels.fit(E, weight)
        return self

    def predict(self, E):
        """Return the cluster of each row."""
        if self.rotation is None:
            return self.k_means_labels.predict(E)
        return (E @ self.rotation).argmax(axis=1)


class PivotedLabels(RotationLabels):
    """The rotation towards k rows that QR with column pivoting selects."""

    def of(self, E, weight):
        """Return the rotation."""
        return pivoted_rotation(E)


class DiscretizedLabels(RotationLabels):
    """The rotation for which rows are closest to cluster indicators."""

    def of(self, E, weight):
        """Return the rotation."""
        return aligned(E, pivoted_rotation(E), weight)


ASSIGNMENTS: dict[str, Any] = {
    "kmeans": KMeansLabels,
    "cluster_qr": PivotedLabels,
    "discretize": DiscretizedLabels,
}
"""Classes that assign labels, by the name of the method."""


def pivoted_rotation(E):
    """Return the rotation closest to k rows that QR with column pivoting selects.

    Parameters
    ----------
    E : ndarray of shape (n, k)
        Embedding; n must be at least k.

    Returns
    -------
    ndarray of shape (k, k)
        Orthogonal matrix.

    References
    ----------
    .. [1] Damle, Minden and Ying, 2019, algorithm 1.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.laplacian_spectral_clustering.labels import pivoted_rotation
    >>> E = np.array([[1.0, 1.0], [1.0, -1.0], [1.0, -1.0]]) / np.sqrt(2)
    >>> (E @ pivoted_rotation(E)).argmax(axis=1)
    array([0, 1, 1])
    """
    return _nearest_rotation(E[pivoted_rows(E, E.shape[1])].T)


def pivoted_rows(E, k):
    """Return the indices of k rows that are as orthogonal to each other as possible.

    They are the pivots of QR with column pivoting of E': each is the row with the
    largest residual after projection onto the rows before.

    Parameters
    ----------
    E : ndarray of shape (n, p)
    k : int
        Number of rows to select, at most n.

    Returns
    -------
    ndarray of shape (k,)

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.laplacian_spectral_clustering.labels import pivoted_rows
    >>> pivoted_rows(np.array([[2.0, 0.0], [1.9, 0.1], [0.0, 1.0]]), 2).tolist()
    [0, 2]
    """
    longest = np.linalg.norm(E, axis=1).max()
    unit = 2.0 ** round(math.log2(longest)) if longest > 0 else 1.0
    # After rounding, equal rows tie, and the first of them is selected.
    rows = np.round(E / unit, DIGITS).T
    return linalg.qr(rows, mode="r", pivoting=True, check_finite=False)[1][:k]


def aligned(E, R, weight=None, max_iter=100, tol=1e-12):
    """Return the rotation R that brings E R closest to cluster indicators.

    Alternate between the indicators G closest to E R and the rotation R for which E R
    is closest to G.

    Parameters
    ----------
    E : ndarray of shape (n, k)
    R : ndarray of shape (k, k)
        Initial rotation, an orthogonal matrix.
    weight : ndarray of shape (n,), default=None
    max_iter : int, default=100
    tol : float, default=1e-12
        The iteration ends when the relative increase of trace((E R)' G) is below it.

    Returns
    -------
    ndarray of shape (k, k)
        Orthogonal matrix.

    References
    ----------
    .. [1] Yu and Shi, 2003, steps 5 to 8 of the algorithm.
    """
    weighted = E if weight is None else E * weight[:, None]
    before = 0.0
    for _ in range(max_iter):
        labels = (E @ R).argmax(axis=1)
        U, s, Vt = linalg.svd(weighted.T @ np.eye(E.shape[1])[labels])
        if s.sum() - before <= tol * s.sum():
            break
        R, before = U @ Vt, s.sum()
    return R


def _nearest_rotation(M):
    """Return the orthogonal factor of M's polar decomposition."""
    U, _, Vt = linalg.svd(M)
    return U @ Vt
