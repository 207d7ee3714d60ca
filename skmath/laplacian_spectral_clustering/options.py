"""The parameters of `LaplacianSpectralClustering`, with "auto" resolved."""

from dataclasses import dataclass
from typing import Any, Self

from sklearn.utils import get_tags

from skmath.laplacian_spectral_clustering.graph import (
    LANDMARK_NEIGHBORS,
    n_landmarks_for,
)
from skmath.laplacian_spectral_clustering.inputs import PAIRWISE

__all__ = ["Options"]

EIGEN_TOL = 1e-4
"""Value of eigen_tol="auto": smaller ones do not change the clusters."""


def text_of(affinity):
    """Return the name of an affinity, or an empty string for a function."""
    return affinity if isinstance(affinity, str) else ""


@dataclass(frozen=True)
class Options:
    """The parameters, with "auto" resolved for the given rows.

    Parameters
    ----------
    n_clusters : int or None
        None chooses it by the criterion.
    max_clusters : int
    affinity : str or callable
    is_pairwise : bool
        Whether X is a matrix of affinities or distances between rows.
    n_neighbors : int or None
        None raises it until the graph has at most `most_components` components.
    most_components : int
    edges : str
    sharing : float
        0 for affinities that do not use shared neighbours.
    metric : str or callable
        "precomputed" if X holds distances.
    gamma : float or None
        None computes it from the median distance.
    laplacian : str
    normalize_rows : bool
    n_landmarks : int or None
    n_components : int or None
        Number of eigenvectors; None is one per cluster, or more if they cut better.
    n_ensemble : int or None
        Number of base clusterings.
    balance : bool
        Whether clusters have equal sizes.
    assign_labels : str
    n_init : int
    eigen_tol : float
    n_jobs : int or None
    outliers : str
    metric_params : dict or None
    kernel_params : dict or None
    directed : str or None
    """

    n_clusters: int | None
    max_clusters: int
    affinity: Any
    is_pairwise: bool
    n_neighbors: int | None
    most_components: int
    edges: str
    sharing: float
    metric: Any
    gamma: float | None
    laplacian: str
    normalize_rows: bool
    n_landmarks: int | None
    n_components: int | None
    n_ensemble: int | None
    balance: bool
    assign_labels: str
    n_init: int
    eigen_tol: float
    n_jobs: int | None
    outliers: str
    metric_params: dict[str, Any] | None
    kernel_params: dict[str, Any] | None
    directed: str | None

    @classmethod
    def of(cls, model: Any, X: Any) -> Self:
        """Return the options for an estimator's parameters and the rows X."""
        affinity, metric, k = model.affinity, model.metric, model.n_neighbors
        m = n_landmarks_for(X, model.n_landmarks, affinity, metric)
        if k == "auto":
            k = None if m is None else LANDMARK_NEIGHBORS
        n_clusters = None if model.n_clusters == "auto" else int(model.n_clusters)
        is_self_tuning = affinity in ("self_tuning", "precomputed_distances")
        by_distances = PAIRWISE.get(text_of(affinity)) == "distances"
        return cls(
            n_clusters=n_clusters,
            max_clusters=model.max_clusters,
            affinity=affinity,
            is_pairwise=get_tags(model).input_tags.pairwise,
            n_neighbors=None if k is None else int(k),
            most_components=n_clusters or model.max_clusters,
            edges=model.edges,
            sharing=model.sharing if is_self_tuning else 0.0,
            metric="precomputed" if by_distances else metric,
            gamma=None if model.gamma == "auto" else model.gamma,
            laplacian=model.laplacian,
            normalize_rows=model.normalize_rows,
            n_landmarks=m,
            n_components=None if model.n_components == "auto" else model.n_components,
            n_ensemble=model.n_ensemble,
            balance=model.balance,
            assign_labels=model.assign_labels,
            n_init=model.n_init,
            eigen_tol=EIGEN_TOL if model.eigen_tol == "auto" else model.eigen_tol,
            n_jobs=model.n_jobs,
            outliers=model.outliers,
            metric_params=model.metric_params,
            kernel_params=model.kernel_params,
            directed=model.directed,
        )
