r"""Estimation of the number of clusters of a graph by three criteria together.

1. The gap: with k clusters the eigenvalues 1 to k are near 0 and the next is not. On
   nearest-neighbour graphs all eigenvalues shrink with the number of nodes, so the gap
   is measured by the logarithm of a ratio:

   .. math:: g_k = \log \frac{\delta - \lambda_{k+1}}{\delta - \lambda_k}

   A small delta avoids ratios of rounding errors of eigenvalues that are nearly 0.
2. The distortion: the eigenvectors of k clusters are their indicators up to a rotation,
   so the rows of the embedding are k points. The scatter about these points measures
   the same as Zelnik-Manor and Perona's alignment cost.
3. The modularity: how much more of the edges' weight is inside clusters than for random
   edges. It is low if small groups of outliers are cut off, which the first two
   criteria treat as clusters.

References
----------
.. [1] L. Zelnik-Manor and P. Perona, "Self-tuning spectral clustering", NIPS 2004,
   section 3.
.. [2] M. E. J. Newman and M. Girvan, "Finding and evaluating community structure in
   networks", Physical Review E, 69, 2004, equation 5.
"""

from typing import Any

import numpy as np
from scipy import sparse

__all__ = [
    "affinities_between",
    "cluster_criterion",
    "modularity",
    "normalized_cut",
    "relative_gaps",
]

FLOOR = 0.02
"""Delta, as a fraction of the largest eigenvalue."""

LARGEST_DISTORTION = 0.08
"""Mean squared distance at which rows of norm one do not form clusters."""


def relative_gaps(eigenvalues: Any) -> np.ndarray:
    """Return the logarithmic gap after each eigenvalue but the first and the last.

    Parameters
    ----------
    eigenvalues : ndarray of shape (m,)
        Eigenvalues of a Laplacian, highest first; none is above 0.

    Returns
    -------
    ndarray of shape (m - 2,)
        The gaps for 2 to m - 1 clusters.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.statistics import relative_gaps
    >>> relative_gaps(np.array([0.0, -0.01, -0.48, -0.5])).round(2)
    array([3.2 , 0.04])
    """
    size = -np.asarray(eigenvalues)
    size = size + max(FLOOR * size[-1], np.finfo(float).tiny)
    return np.log(size[2:] / size[1:-1])


def modularity(A: Any, labels: Any, weight: Any = None) -> float:
    """Return the modularity of a clustering of a graph's nodes.

    Parameters
    ----------
    A : array or sparse matrix of shape (n, n)
        Symmetric affinity.
    labels : ndarray of shape (n,)
        Clusters, from 0 to k - 1.
    weight : ndarray of shape (n,), default=None
        Number of equal nodes that each one represents; None is 1.

    Returns
    -------
    float
        Below 1 - 1/k; 0 if all are in one cluster.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.statistics import modularity
    >>> modularity(np.eye(4), np.array([0, 0, 1, 1]))
    0.5
    """
    between = affinities_between(A, labels, weight)
    degree = between.sum(axis=1)
    total = degree.sum()
    return float(np.trace(between) / total - np.sum((degree / total) ** 2))


def normalized_cut(A: Any, labels: Any, weight: Any = None) -> float:
    r"""Return the normalised cut of a clustering of a graph's nodes.

    .. math:: \sum_c \frac{\mathrm{cut}(c)}{\mathrm{vol}(c)},

    where the cut of a cluster is the weight of its edges to other clusters, and its
    volume the weight of all its edges. Each term is the probability that a random walk
    leaves the cluster. The sum is at least minus the sum of the k highest eigenvalues
    of the symmetric Laplacian.

    Parameters
    ----------
    A : array or sparse matrix of shape (n, n)
        Symmetric affinity.
    labels : ndarray of shape (n,)
        Clusters, from 0 to k - 1.
    weight : ndarray of shape (n,), default=None
        Number of equal nodes that each one represents; None is 1.

    Returns
    -------
    float
        Between 0 and k. Clusters without edges do not count.

    References
    ----------
    .. [1] J. Shi and J. Malik, "Normalized cuts and image segmentation", IEEE TPAMI,
       22(8), 2000.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.statistics import normalized_cut
    >>> A = np.array([[3.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 1.0]])
    >>> normalized_cut(A, np.array([0, 0, 1]))
    0.6666666666666666
    """
    between = affinities_between(A, labels, weight)
    volume = between.sum(axis=1)
    cut = (volume - np.diag(between))[volume > 0]
    return float(np.sum(cut / volume[volume > 0]))


def affinities_between(A: Any, labels: Any, weight: Any = None) -> np.ndarray:
    """Return the sums of the affinities between each pair of clusters.

    Parameters
    ----------
    A : array or sparse matrix of shape (n, n)
    labels : ndarray of shape (n,)
        Clusters, from 0 to k - 1.
    weight : ndarray of shape (n,), default=None

    Returns
    -------
    ndarray of shape (k, k)
    """
    n = len(labels)
    weight = np.ones(n) if weight is None else weight
    member = sparse.csr_array((weight, (labels, np.arange(n))))
    between = member @ A @ member.T
    return between.toarray() if sparse.issparse(between) else between


def cluster_criterion(gaps: Any, distortions: Any, modularities: Any) -> np.ndarray:
    r"""Return the criterion that is highest for the best number of clusters.

    .. math:: g_k \, \max(0, 1 - \frac{v_k}{0.08}) \,
              \left(\frac{Q_k}{1 - 1/k}\right)^2

    Parameters
    ----------
    gaps : ndarray of shape (m,)
        g for 2, 3, ..., m + 1 clusters.
    distortions : ndarray of shape (m,)
        v, the mean squared distance of the embedding's rows from their cluster mean.
    modularities : ndarray of shape (m,)
        Q, which is 1 - 1/k for k clusters of equal size without edges between them.

    Returns
    -------
    ndarray of shape (m,)

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.statistics import cluster_criterion
    >>> cluster_criterion(np.array([1.0, 2.0]), np.zeros(2), np.array([0.5, 0.0]))
    array([1., 0.])
    """
    k = np.arange(2, len(gaps) + 2)
    certainty = np.maximum(0.0, 1 - np.asarray(distortions) / LARGEST_DISTORTION)
    return gaps * certainty * (np.maximum(modularities, 0.0) / (1 - 1 / k)) ** 2
