"""Several numbers of clusters from one graph and one search for eigenvectors."""

import numpy as np
from sklearn.utils import Bunch

from skmath.laplacian_spectral_clustering.eigenvectors import normalized
from skmath.laplacian_spectral_clustering.ensemble import positive_rows
from skmath.laplacian_spectral_clustering.labels import clusters_of
from skmath.laplacian_spectral_clustering.spectra import eigenvectors_of
from skmath.linear_algebra import continued
from skmath.statistics import modularity, normalized_cut

__all__ = ["labels_path"]


def labels_path(graph, k_values, options, random_state):
    """Return the clusters of the rows of a graph for several numbers of clusters.

    Parameters
    ----------
    graph : RowGraph or LandmarkGraph
    k_values : iterable of int
    options : Options
    random_state : RandomState

    Returns
    -------
    Bunch
        Arrays `n_clusters`, `labels`, `modularity` and `normalized_cut`.
    """
    A, weight, n = graph.matrix, graph.weight, graph.matrix.shape[0]
    k_values = np.array([int(k) for k in k_values])
    if len(k_values) == 0 or k_values.min() < 1 or k_values.max() > n:
        raise ValueError(
            f"k_values must hold numbers of clusters from 1 to {n}, the nodes of the "
            f"graph; it holds {k_values.tolist()}."
        )
    D, spectrum = eigenvectors_of(A, graph, k_values.max(), options.eigen_tol)
    path = Bunch(n_clusters=k_values, labels=[], modularity=[], normalized_cut=[])
    for k in k_values:
        E = spectrum.vectors[:, :k]
        E = normalized(E) if options.normalize_rows else E
        clusters = clusters_of(E, weight, k, options, random_state)
        of_nodes = clusters.of(E)
        path.labels.append(labels_of_rows(graph, spectrum, D, k, clusters, options))
        path.modularity.append(modularity(A, of_nodes, weight))
        path.normalized_cut.append(normalized_cut(A, of_nodes, weight))
    return Bunch(**{name: np.array(values) for name, values in path.items()})


def labels_of_rows(graph, spectrum, D, k, clusters, options):
    """Return the clusters of the rows of `fit`, -1 for those outside the graph."""
    if graph.landmarks is None and hasattr(graph, "node"):
        E = spectrum.vectors[graph.node, :k]
    else:
        values, vectors = spectrum.eigenvalues[:k], spectrum.vectors[:, :k]
        E = continued(graph.Z, graph.laplacian, values, vectors, D, graph.weight)
    labels = np.full(graph.n_rows, -1, dtype=np.int32)
    E = normalized(E) if options.normalize_rows else E
    labels[positive_rows(graph)] = clusters.of(E)
    return labels
