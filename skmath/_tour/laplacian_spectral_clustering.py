"""Tour of `LaplacianSpectralClustering`: comparison with SpectralClustering."""

import numpy as np

from skmath._tour.registry import Entry, Task
from skmath.laplacian_spectral_clustering import LaplacianSpectralClustering


def agreement(estimator, X, y):
    """Score a fitted pipeline's clusters by normalised mutual information with y."""
    from sklearn.metrics import normalized_mutual_info_score

    return normalized_mutual_info_score(y, estimator[-1].labels_)


def all_rows(X):
    """Return one fold, all rows for fitting and scoring: clusters never see y."""
    return [(np.arange(X.shape[0]), np.arange(X.shape[0]))]


def _tasks():
    from sklearn.cluster import SpectralClustering
    from sklearn.datasets import load_digits, make_moons
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MinMaxScaler, StandardScaler

    def task(data, load, scaler, k, neighbors):
        return Task(
            data=data,
            load=load,
            ours=make_pipeline(scaler, LaplacianSpectralClustering(k, random_state=0)),
            grid={"laplacianspectralclustering__n_neighbors": neighbors},
            peer=make_pipeline(
                scaler,
                SpectralClustering(k, affinity="nearest_neighbors", random_state=0),
            ),
            peer_grid={"spectralclustering__n_neighbors": neighbors},
            scoring=agreement,
            metric="NMI",
            cv=all_rows,
        )

    return [
        task(
            "two moons",
            lambda: make_moons(500, noise=0.06, random_state=0),
            StandardScaler(),
            2,
            [8, 10, 12],
        ),
        task(
            "digits", lambda: load_digits(return_X_y=True), MinMaxScaler(), 10, [10, 15]
        ),
    ]


ENTRY = Entry(
    estimator=LaplacianSpectralClustering,
    counterpart="SpectralClustering",
    adds="predicts new rows, adapts to the local scale, finds the number of clusters, "
    "clusters a million rows",
    tasks=_tasks,
    display="EmbeddingDisplay",
)
