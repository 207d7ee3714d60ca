"""The number of clusters of a graph, by the criterion of `skmath.statistics`."""

import numpy as np
from sklearn.utils import Bunch

from skmath.laplacian_spectral_clustering.eigenvectors import spectrum_of
from skmath.laplacian_spectral_clustering.labels import KMeansLabels
from skmath.linear_algebra import symmetric_laplacian
from skmath.statistics import cluster_criterion, modularity, relative_gaps

STARTS = 4
"""Of k-means at most, for each number that is tried."""


def by_criterion(A, weight, most, tol, random_state):
    """Return the number of clusters whose criterion is highest, and what was tried.

    Parameters
    ----------
    A : array or sparse matrix of shape (n, n)
        Affinity; n >= 4.
    weight : ndarray of shape (n,) or None
    most : int
        The highest number to try.
    tol : float
        Of the eigenvectors.
    random_state : RandomState

    Returns
    -------
    n_clusters : int
    path : Bunch
        Arrays `n_clusters`, `gap`, `distortion`, `modularity` and `criterion`.
    """
    tried = np.arange(2, min(most, A.shape[0] - 2) + 1)
    spectrum = spectrum_of(symmetric_laplacian(A, weight), tried[-1] + 1, tol)
    distortion, parted = [], []
    for k in tried:
        E = normalized(spectrum.vectors[:, :k])
        k_means = KMeansLabels(k, STARTS, random_state).fit(E, weight)
        total = len(E) if weight is None else weight.sum()
        distortion.append(k_means.inertia / total)
        parted.append(modularity(A, k_means.labels, weight))
    gap = relative_gaps(spectrum.eigenvalues)
    criterion = cluster_criterion(gap, np.array(distortion), np.array(parted))
    path = Bunch(
        n_clusters=tried,
        gap=gap,
        distortion=np.array(distortion),
        modularity=np.array(parted),
        criterion=criterion,
    )
    return int(tried[np.argmax(criterion)]), path


def normalized(vectors):
    """Return the rows brought to length one; rows of zeros stay."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(length > 0, length, 1.0)
