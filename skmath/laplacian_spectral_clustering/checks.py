"""Rows that cannot be clustered are refused; a graph that surprises is warned of."""

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from skmath import _arrays
from skmath._estimators.fitting import warn
from skmath._rows.checks import check_squares
from skmath._rows.rows import is_dask

__all__ = ["check_extent", "warn_of_graph"]

ADVICE_ON_EDGES = "Add edges, or give affinities above 0,"

ADVICE = {
    "self_tuning": "Raise n_neighbors",
    "nearest_neighbors": "Raise n_neighbors",
    "precomputed_distances": "Raise n_neighbors",
    "precomputed_nearest_neighbors": "Raise n_neighbors",
    "rbf": "Lower gamma",
}
"""What brings more edges, by affinity."""


def check_extent(X):
    """Raise a ValueError if the squares of rows' differences overflow or vanish."""
    with np.errstate(over="ignore", invalid="ignore"):
        extent = _arrays.dense(X.max(axis=0)) - _arrays.dense(X.min(axis=0))
        extent = extent.compute() if is_dask(extent) else extent
        squares = np.sum(extent**2, dtype=X.dtype)
    check_squares(squares)
    if squares == 0 < extent.max():
        raise ValueError(
            "Rows of X are so near to each other that the squares of their "
            "differences vanish. Multiply X by a constant first."
        )


def warn_of_graph(spectrum, k, degrees_of_outliers, options):
    """Warn of what the user may not expect."""
    asked, n_components = options.n_clusters or 0, spectrum.n_components
    if k < asked:
        warn(
            f"The graph has only {k} nodes, the rows that differ, fewer than "
            f"n_clusters={asked}: each of them is a cluster.",
        )
    n_isolated = np.count_nonzero(degrees_of_outliers == 0)
    if n_isolated:
        label = (
            "-1" if options.outliers == "label" else "the cluster of the largest volume"
        )
        rows = "1 row has" if n_isolated == 1 else f"{n_isolated} rows have"
        they = "it is" if n_isolated == 1 else "they are"
        warn(
            f"{rows} no edge to a row of any cluster, and {they} too few to be one: "
            f"{they} labelled with {label}. "
            f"{ADVICE.get(options.affinity, ADVICE_ON_EDGES)} to join them."
        )
    n_alone = np.count_nonzero(np.bincount(spectrum.component) == 1)
    single = "a single node" if n_alone == 1 else "single nodes"
    alone = f"{n_alone} of them {single} without an edge to others"
    has_no_edges = n_alone == n_components and options.n_clusters is None
    if has_no_edges and n_alone > 1:
        return  # which was told where the number of clusters was sought
    if n_components > k > 1:  # one cluster is told apart from none
        advice = ADVICE.get(options.affinity, ADVICE_ON_EDGES)
        warn(
            f"The graph has {n_components} connected components "
            + (f"({alone}) " if n_alone else "")
            + f"but n_clusters={k}: only the {k} largest are told apart. Raise "
            f"n_clusters. {advice} to join them.",
        )
    elif n_alone and n_components > 1:
        warn(f"The graph has {n_components} connected components, {alone}.")
    if spectrum.residual > 20 * options.eigen_tol:
        warn(
            f"The eigenvectors' residual {spectrum.residual:.1e} is above "
            f"eigen_tol={options.eigen_tol:g}. Raise it, or ask for fewer clusters.",
            ConvergenceWarning,
        )
    if spectrum.certificate == "none":
        warn(
            "Whether the eigenvectors found are the highest could not be shown: one "
            "may be missing. Ask for another number of clusters, or for a smaller "
            "eigen_tol.",
            ConvergenceWarning,
        )
