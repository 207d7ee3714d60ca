r"""Clusters of equal size, as an assignment problem.

Rows E and means m are found in turn (Bradley, Bennett and Demiriz 2000):

1. of all assignments with between floor(n / k) and ceil(n / k) rows a cluster, that of
   the least sum of squared distances |e_i - m_c|^2 is a problem of transport, a linear
   program whose vertices are whole numbers;
2. means are those of the rows that were assigned.

It ends when no row changes its cluster; the sum falls in each step.

References
----------
.. [1] P. S. Bradley, K. P. Bennett and A. Demiriz, "Constrained k-means clustering",
   Microsoft Research, MSR-TR-2000-65, 2000.
.. [2] M. I. Malinen and P. Fraenti, "Balanced k-means for clustering", S+SSPR 2014.
"""

import numpy as np
from scipy import sparse
from scipy.optimize import linprog
from sklearn.metrics.pairwise import euclidean_distances

__all__ = ["balanced_labels", "equal_sizes"]

STEPS = 20
"""At most; a few are enough."""

LARGEST = 20_000_000
"""Rows times clusters at most: the linear program has so many variables."""


def balanced_labels(E, labels, k, weight=None):
    """Return labels of clusters of equal size, beginning with others.

    Parameters
    ----------
    E : ndarray of shape (n, q)
        An embedding.
    labels : ndarray of int of shape (n,)
        Of 0 to k - 1.
    k : int
    weight : ndarray of shape (n,), default=None
        Has to be one number for all rows, which are counted.

    Returns
    -------
    ndarray of int of shape (n,)

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.laplacian_spectral_clustering.balance import balanced_labels
    >>> E = np.array([[0.0], [1.0], [2.0], [9.0]])
    >>> balanced_labels(E, np.array([0, 0, 0, 1]), 2)
    array([0, 0, 1, 1], dtype=int32)
    """
    if weight is not None and np.ptp(weight) > 0:
        raise ValueError(
            "balance=True counts rows: repeat them in place of sample_weight, or give "
            "all rows the same weight."
        )
    E, labels = np.asarray(E, dtype=np.float64), np.asarray(labels)
    for _ in range(STEPS):
        before = labels
        labels = equal_sizes(euclidean_distances(E, means(E, labels, k), squared=True))
        if np.array_equal(labels, before):
            break
    return labels


def means(E, labels, k):
    """Return the mean of each cluster; that of all rows for one that has none."""
    n = len(labels)
    member = sparse.csr_array((np.ones(n), (labels, np.arange(n))), shape=(k, n))
    size = np.bincount(labels, minlength=k)[:, None]
    return np.where(size > 0, (member @ E) / np.maximum(size, 1), E.mean(axis=0))


def equal_sizes(cost):
    """Return the cheapest assignment of rows to clusters of equal size.

    Parameters
    ----------
    cost : ndarray of shape (n, k)

    Returns
    -------
    ndarray of int of shape (n,)
        Sizes are n / k, rounded down or up.
    """
    n, k = cost.shape
    if n * k > LARGEST:
        raise ValueError(
            f"balance=True assigns {n} rows to {k} clusters by a linear program; it is "
            f"for at most {LARGEST:,} pairs of both. Cluster a sample of the rows."
        )
    variable = np.arange(n * k)
    ones = np.ones(n * k)
    by_row = sparse.csr_array((ones, (variable // k, variable)))
    by_cluster = sparse.csr_array((ones, (variable % k, variable)))
    found = linprog(
        cost.ravel(),
        A_ub=sparse.vstack([by_cluster, -by_cluster]),
        b_ub=np.repeat([float(-(-n // k)), -float(n // k)], k),
        A_eq=by_row,
        b_eq=np.ones(n),
        method="highs-ds",  # the simplex method: a vertex, so whole numbers
    )
    return found.x.reshape(n, k).argmax(axis=1).astype(np.int32)
