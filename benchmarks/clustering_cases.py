"""The benchmark's cases of LaplacianSpectralClustering."""

from case import Case, fit
from mnist import load_mnist
from sklearn.utils import Bunch

import skmath

# Accuracies


def agreement(model, data):
    from sklearn.metrics import normalized_mutual_info_score

    return normalized_mutual_info_score(data.y, model.labels_)


def agreement_of_new(labels, data):
    from sklearn.metrics import normalized_mutual_info_score

    return normalized_mutual_info_score(data.y_test, labels)


# Actions


def predict(model, data):
    return model.predict(data.X_test)


# Data


def digits(quick):
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    return Bunch(X=X[:180], y=y[:180], k=10) if quick else Bunch(X=X, y=y, k=10)


def mnist(quick):
    X, y = load_mnist()
    step = 10 if quick else 1
    return Bunch(X=X[::step].copy(), y=y[::step], k=10)


def blobs(n, k=8, n_test=0):
    """Return a maker of rows of 10 columns in k clusters."""

    def make(quick):
        from sklearn.datasets import make_blobs

        rows, test = (n // 10, n_test // 10) if quick else (n, n_test)
        X, y = make_blobs(rows + test, 10, centers=k, cluster_std=1.0, random_state=0)
        return Bunch(X=X[:rows], y=y[:rows], X_test=X[rows:], y_test=y[rows:], k=k)

    return make


def moons(n):
    """Return a maker of two moons."""

    def make(quick):
        from sklearn.datasets import make_moons

        X, y = make_moons(n // 10 if quick else n, noise=0.07, random_state=0)
        return Bunch(X=X, y=y, k=2)

    return make


# Ours and peers


def ours(**params):
    return lambda data: skmath.LaplacianSpectralClustering(
        data.k, random_state=0, **params
    )


def theirs(**params):
    def make(data):
        from sklearn.cluster import SpectralClustering

        return SpectralClustering(data.k, random_state=0, **params)

    return make


def mini_batch_k_means(data):
    from sklearn.cluster import MiniBatchKMeans

    return MiniBatchKMeans(data.k, random_state=0)


def ours_fitted(data):
    return ours()(data).fit(data.X)


def neighbours_of_labels(data):
    from sklearn.neighbors import KNeighborsClassifier

    return KNeighborsClassifier().fit(data.X, ours()(data).fit(data.X).labels_)


NEIGHBORS = {
    "SpectralClustering nearest_neighbors": theirs(affinity="nearest_neighbors")
}

CLUSTERING_CASES = [
    Case(
        name="LaplacianSpectralClustering.fit",
        estimator="LaplacianSpectralClustering",
        dataset="digits",
        data=digits,
        ours=ours(),
        peers=NEIGHBORS,
        action=fit,
        accuracy=agreement,
        metric="NMI",
    ),
    Case(
        name="LaplacianSpectralClustering.rbf",
        estimator="LaplacianSpectralClustering",
        dataset="blobs",
        data=blobs(5_000),
        ours=ours(affinity="rbf", gamma=0.02),
        peers={"SpectralClustering rbf": theirs(affinity="rbf", gamma=0.02)},
        action=fit,
        accuracy=agreement,
        metric="NMI",
    ),
    Case(
        name="LaplacianSpectralClustering.neighbors",
        estimator="LaplacianSpectralClustering",
        dataset="blobs",
        data=blobs(20_000),
        ours=ours(affinity="nearest_neighbors"),
        peers=NEIGHBORS,
        action=fit,
        accuracy=agreement,
        metric="NMI",
    ),
    Case(
        name="LaplacianSpectralClustering.mnist",
        estimator="LaplacianSpectralClustering",
        dataset="MNIST",
        data=mnist,
        ours=ours(affinity="nearest_neighbors"),
        peers=NEIGHBORS,
        action=fit,
        accuracy=agreement,
        metric="NMI",
    ),
    Case(
        name="LaplacianSpectralClustering.landmarks",
        estimator="LaplacianSpectralClustering",
        dataset="blobs",
        data=blobs(100_000),
        ours=ours(),
        peers={"MiniBatchKMeans": mini_batch_k_means},
        action=fit,
        accuracy=agreement,
        metric="NMI",
    ),
    Case(
        name="LaplacianSpectralClustering.predict",
        estimator="LaplacianSpectralClustering",
        dataset="blobs, new rows of",
        data=blobs(10_000, n_test=100_000),
        ours=ours_fitted,
        peers={"KNeighborsClassifier on labels_": neighbours_of_labels},
        action=predict,
        accuracy=agreement_of_new,
        metric="NMI",
    ),
    Case(
        name="LaplacianSpectralClustering.million_moons",
        estimator="LaplacianSpectralClustering",
        dataset="two moons",
        data=moons(1_000_000),
        ours=ours(),
        peers={"MiniBatchKMeans": mini_batch_k_means},
        action=fit,
        accuracy=agreement,
        metric="NMI",
        large=True,
    ),
    Case(
        name="LaplacianSpectralClustering.million_blobs",
        estimator="LaplacianSpectralClustering",
        dataset="blobs",
        data=blobs(1_000_000),
        ours=ours(),
        peers={"MiniBatchKMeans": mini_batch_k_means},
        action=fit,
        accuracy=agreement,
        metric="NMI",
        large=True,
    ),
]
