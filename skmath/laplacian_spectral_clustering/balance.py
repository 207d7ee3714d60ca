r"""Clusters of equal size, found by solving an assignment problem.

Labels of the rows e_i and cluster means m_c are updated in turn (Bradley, Bennett and
Demiriz 2000):

1. Rows are assigned to clusters such that the sum of squared distances |e_i - m_c|^2 is
   lowest, with between floor(n / k) and ceil(n / k) rows per cluster. This is a
   transport problem: a linear program whose vertices are integers.
2. Each mean becomes that of the rows assigned to its cluster.

The iteration ends when no row changes its cluster; the sum decreases in each step.

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
"""Largest number of iterations; a few are usually enough."""

MAX_VARIABLES = 20_000_000
"""Largest number of variables of the linear program, which is rows times clusters."""


def balanced_labels(
    E: np.ndarray, labels: np.ndarray, k: int, weight: np.ndarray | None = None
) -> np.ndarray:
    """Return labels of clusters of equal size, starting from given labels.

    Parameters
    ----------
    E : ndarray of shape (n, q)
        Embedding of the rows.
    labels : ndarray of int of shape (n,)
        Initial labels, from 0 to k - 1.
    k : int
        Number of clusters.
    weight : ndarray of shape (n,), default=None
        Weights of the rows, which must all be equal.

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
            "balance=True does not support different values in sample_weight: repeat "
            "rows instead."
        )
    E, labels = np.asarray(E, dtype=np.float64), np.asarray(labels)
    for _ in range(STEPS):
        before = labels
        labels = equal_sizes(euclidean_distances(E, means(E, labels, k), squared=True))
        if np.array_equal(labels, before):
            break
    return labels


def means(E, labels, k):
    """Return the mean of each cluster; an empty cluster gets the mean of all rows."""
    n = len(labels)
    member = sparse.csr_array((np.ones(n), (labels, np.arange(n))), shape=(k, n))
    size = np.bincount(labels, minlength=k)[:, None]
    return np.where(size > 0, (member @ E) / np.maximum(size, 1), E.mean(axis=0))


def equal_sizes(cost: np.ndarray) -> np.ndarray:
    """Return the cheapest assignment of rows to clusters of equal size.

    Parameters
    ----------
    cost : ndarray of shape (n, k)
        Cost of assigning each row to each cluster.

    Returns
    -------
    ndarray of int of shape (n,)
        Labels; each cluster has n / k rows, rounded down or up.
    """
    n, k = cost.shape
    if n * k > MAX_VARIABLES:
        raise ValueError(
            f"balance=True with {n} rows and {k} clusters needs a linear program "
            f"of {n * k:,} variables; at most {MAX_VARIABLES:,} are supported. Fit a "
            "sample of the rows."
        )
    variable = np.arange(n * k)
    ones = np.ones(n * k)
    by_row = sparse.csr_array((ones, (variable // k, variable)))
    by_cluster = sparse.csr_array((ones, (variable % k, variable)))
    result = linprog(
        cost.ravel(),
        A_ub=sparse.vstack([by_cluster, -by_cluster]),
        b_ub=np.repeat([float(-(-n // k)), -float(n // k)], k),
        A_eq=by_row,
        b_eq=np.ones(n),
        method="highs-ds",  # the simplex method returns a vertex: integers
    )
    return result.x.reshape(n, k).argmax(axis=1).astype(np.int32)
