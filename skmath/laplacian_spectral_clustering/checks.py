"""Refuse rows that cannot be clustered, and warn about problems of the graph."""

from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from skmath import _arrays
from skmath._estimators.fitting import warn
from skmath._rows.checks import check_squares
from skmath._rows.rows import is_dask

__all__ = ["check_extent", "warn_of_graph"]

ADVICE_ON_EDGES = "Use affinities above 0 for more pairs of rows"

ADVICE = {
    "self_tuning": "Raise n_neighbors",
    "nearest_neighbors": "Raise n_neighbors",
    "precomputed_distances": "Raise n_neighbors",
    "precomputed_nearest_neighbors": "Raise n_neighbors",
    "rbf": "Lower gamma",
}
"""What the user can do to get more edges, by affinity."""


def check_extent(X: Any) -> None:
    """Raise a ValueError if the squares of rows' differences overflow or vanish."""
    with np.errstate(over="ignore", invalid="ignore"):
        extent = _arrays.dense(X.max(axis=0)) - _arrays.dense(X.min(axis=0))
        extent = extent.compute() if is_dask(extent) else extent
        squares = np.sum(extent**2, dtype=X.dtype)
    check_squares(squares)
    if squares == 0 < extent.max():
        raise ValueError(
            "Rows of X are so close to each other that the squares of their "
            "differences vanish by underflow. Multiply X by a large constant first."
        )


def warn_of_graph(
    spectrum: Any, k: int, degrees_of_outliers: np.ndarray, options: Any
) -> None:
    """Warn if the graph or its eigenvectors may not give the expected clusters."""
    requested, n_components = options.n_clusters or 0, spectrum.n_components
    if k < requested:
        warn(
            f"The graph has only {k} nodes (distinct rows or landmarks), fewer than "
            f"n_clusters={requested}: each node is a cluster.",
        )
    n_isolated = np.count_nonzero(degrees_of_outliers == 0)
    if n_isolated:
        label = (
            "-1" if options.outliers == "label" else "the cluster of the largest volume"
        )
        rows = "1 row has" if n_isolated == 1 else f"{n_isolated} rows have"
        they = "it is" if n_isolated == 1 else "they are"
        warn(
            f"{rows} no edge to a row of any cluster, and {they} too few to form one; "
            f"{they} labelled with {label}. "
            f"{ADVICE.get(options.affinity, ADVICE_ON_EDGES)} to connect them."
        )
    n_single = np.count_nonzero(np.bincount(spectrum.component) == 1)
    single = "a single node" if n_single == 1 else "single nodes"
    single_nodes = f"{n_single} of them {single} without an edge to others"
    has_no_edges = n_single == n_components and options.n_clusters is None
    if has_no_edges and n_single > 1:
        return  # `by_criterion` has already warned about it
    if n_components > k > 1:  # a single cluster needs no separation
        advice = ADVICE.get(options.affinity, ADVICE_ON_EDGES)
        warn(
            f"The graph has {n_components} connected components "
            + (f"({single_nodes}) " if n_single else "")
            + f"but n_clusters={k}: only the {k} largest are separated. Raise "
            f"n_clusters. {advice} to connect them.",
        )
    elif n_single and n_components > 1:
        warn(f"The graph has {n_components} connected components, {single_nodes}.")
    if spectrum.residual > 20 * options.eigen_tol:
        warn(
            f"The eigenvectors' residual {spectrum.residual:.1e} is above "
            f"eigen_tol={options.eigen_tol:g}. Raise eigen_tol, or lower n_clusters.",
            ConvergenceWarning,
        )
    if spectrum.certificate == "none":
        warn(
            "It could not be verified that the eigenvectors are those of the highest "
            "eigenvalues: one may be missing. Try another n_clusters or a smaller "
            "eigen_tol.",
            ConvergenceWarning,
        )
