"""Labels for several numbers of clusters, from one graph and one eigenproblem."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.utils import Bunch

from skmath.laplacian_spectral_clustering.embedding_width import (
    ensemble_weights,
    first_columns,
    first_width,
)
from skmath.laplacian_spectral_clustering.ensemble import positive_rows
from skmath.laplacian_spectral_clustering.graph import (
    ChunkedLandmarkGraph,
    LandmarkGraph,
)
from skmath.laplacian_spectral_clustering.labels import clusters_of
from skmath.laplacian_spectral_clustering.signed import quality
from skmath.laplacian_spectral_clustering.spectra import (
    degrees_and_laplacian,
    extension_of,
    highest_eigenvectors,
)

__all__ = ["labels_path"]


def labels_path(
    graph: Any, k_values: Iterable[int], options: Any, random_state: Any
) -> Bunch:
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
    if isinstance(graph, ChunkedLandmarkGraph):
        raise ValueError(
            "labels_path needs the affinities of all rows, which are not stored for "
            "a Dask array. Fit X.compute(), or one model per number of clusters."
        )
    k_values = np.array([int(k) for k in k_values])
    if len(k_values) == 0 or k_values.min() < 1 or k_values.max() > n:
        raise ValueError(
            f"k_values must be a non-empty list of integers from 1 to {n}, the number "
            f"of nodes of the graph; got {k_values.tolist()}."
        )
    options = replace(options, n_components=None)
    max_width = max(first_width(graph, k, options) for k in k_values)
    D, L = degrees_and_laplacian(A, weight, graph.laplacian)
    spectrum = highest_eigenvectors(L, max_width, options.eigen_tol)
    path = Bunch(n_clusters=k_values, labels=[], modularity=[], normalized_cut=[])
    for k in k_values:
        columns = first_columns(spectrum, first_width(graph, k, options))
        w = ensemble_weights(columns, k, options)
        extension = extension_of(graph, columns, D, options, w)
        E = extension.scaled(columns.vectors)
        clusters = clusters_of(E, weight, k, options, random_state)
        of_nodes = clusters.of(E)
        path.labels.append(labels_of_rows(graph, extension, clusters))
        gain, cut, _ = quality(A, of_nodes, weight, graph.laplacian)
        path.modularity.append(gain)
        path.normalized_cut.append(cut)
    return Bunch(**{name: np.array(values) for name, values in path.items()})


def labels_of_rows(graph, extension, clusters):
    """Return the clusters of the rows of `fit`, -1 for those outside the graph."""
    if isinstance(graph, LandmarkGraph):
        E = extension.embedding_by(graph.Z)
    else:
        E = extension.scaled(extension.spectrum.vectors[graph.node])
    labels = np.full(graph.n_rows, -1, dtype=np.int32)
    labels[positive_rows(graph)] = clusters.of(E)
    return labels
