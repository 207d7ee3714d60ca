"""The number of clusters of a graph, by the criterion of `skmath.statistics`."""

import numpy as np
from sklearn.utils import Bunch

from skmath.laplacian_spectral_clustering.eigenvectors import normalized, spectrum_of
from skmath.laplacian_spectral_clustering.labels import KMeansLabels
from skmath.linear_algebra import symmetric_laplacian
from skmath.statistics import cluster_criterion, modularity, relative_gaps

FEWEST_NODES = 4
"""Of which there are eigenvalues enough for a gap after the second."""

STARTS = 4
"""Of k-means at most, for each number that is tried."""


def by_criterion(graph, options, random_state):
    """Return the number of clusters whose criterion is highest, and what was tried.

    Parameters
    ----------
    graph : RowGraph or LandmarkGraph
        Of `FEWEST_NODES` or more.
    options : Options
    random_state : RandomState

    Returns
    -------
    n_clusters : int
    path : Bunch
        Arrays `n_clusters`, `gap`, `distortion`, `modularity` and `criterion`.
    """
    A, weight = graph.matrix_without_sharing, graph.weight
    tried = np.arange(2, min(options.max_clusters, A.shape[0] - 2) + 1)
    L = symmetric_laplacian(A, weight)
    spectrum = spectrum_of(L, tried[-1] + 1, options.eigen_tol)
    distortions, modularities = [], []
    for k in tried:
        E = normalized(spectrum.vectors[:, :k])
        k_means = KMeansLabels(k, STARTS, random_state).fit(E, weight)
        total = len(E) if weight is None else weight.sum()
        distortions.append(k_means.inertia / total)
        modularities.append(modularity(A, k_means.labels, weight))
    gaps = relative_gaps(spectrum.eigenvalues)
    distortions, modularities = np.array(distortions), np.array(modularities)
    criterion = cluster_criterion(gaps, distortions, modularities)
    path = Bunch(
        n_clusters=tried,
        gap=gaps,
        distortion=distortions,
        modularity=modularities,
        criterion=criterion,
    )
    return int(tried[np.argmax(criterion)]), path
