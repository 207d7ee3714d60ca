"""The benchmark's cases of EigenfaceClassifier."""

import copy

import numpy as np
from case import Case, fit, fit_then_predict, score_on_test
from mnist import load_mnist
from sklearn.utils import Bunch

import skmath
from skmath import datasets

# Actions


def predict(model, data):
    return model.predict(data.X_test)


def look_up(search, data):
    return search(data.X_test)


def enrol(model, data):
    """Enrol the new images: what is measured is the model's own way to."""
    return model(data)


# Accuracies


def explained_share(model, data):
    """Return the share of the variance that the eigenfaces, or PCA, explain."""
    pca = model[0] if hasattr(model, "steps") else model
    return float(np.sum(pca.explained_variance_ratio_))


def found_share(indices, data):
    """Return the share of new faces of which the nearest was found."""
    return float(np.mean(indices == data.nearest))


def right_share(predicted, data):
    return float(np.mean(predicted == data.y_test))


# Data


def faces(quick):
    """Of each of 40 people 5 images to fit and the other 5 for the test."""
    X, y = datasets.load_orl_faces(return_X_y=True)
    if quick:
        X, y = X[y < 4], y[y < 4]
    train = np.arange(len(y)) % 10 < 5
    return Bunch(X=X[train], y=y[train], X_test=X[~train], y_test=y[~train])


def all_faces(quick):
    """Return the 400 faces in double precision, for 150 eigenfaces."""
    X, y = datasets.load_orl_faces(return_X_y=True)
    X, y = (X[y < 4], y[y < 4]) if quick else (X, y)
    return Bunch(X=X.astype(np.float64), y=y, n_components=len(y) * 150 // 400)


def all_faces_in_single(quick):
    data = all_faces(quick)
    return Bunch(**data | {"X": data.X.astype(np.float32)})


def all_mnist(quick):
    X, y = load_mnist()
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


def many_embeddings(quick):
    """Return 100,000 made embeddings of 128 numbers, and 1,000 new ones of the same."""
    from sklearn.neighbors import NearestNeighbors

    n = 10_000 if quick else 100_000
    rng = np.random.default_rng(0)
    y = rng.integers(0, n // 10, n)
    X = rng.standard_normal((n // 10, 128))[y] + 0.5 * rng.standard_normal((n, 128))
    X_test = X[:1000] + 0.5 * rng.standard_normal((1000, 128))
    search = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(X)
    nearest = search.kneighbors(X_test, return_distance=False)[:, 0]
    X, X_test = X.astype(np.float32), X_test.astype(np.float32)
    return Bunch(X=X, y=y, X_test=X_test, nearest=nearest, y_test=y[nearest])


def one_of_many(quick):
    """Return the same with one new image."""
    data = many_embeddings(quick)
    one = {name: data[name][:1] for name in ("X_test", "nearest", "y_test")}
    return Bunch(**data | one)


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


def all_components(data):
    """Return our model of embeddings as they are: with all axes, a rotation."""
    return skmath.EigenfaceClassifier(
        data.X.shape[1],
        brightness=None,
        whiten=False,
        metric="euclidean",
        random_state=0,
    ).fit(data.X, data.y)


def ours_in_gallery(data):
    fitted = all_components(data)
    fitted.predict(data.X_test[:1])  # the first search makes what all of them read
    return lambda X: fitted.kneighbors(X, 1)[1][:, 0]


def neighbours_by_brute_force(data):
    from sklearn.neighbors import NearestNeighbors

    search = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(data.X)
    return lambda X: search.kneighbors(X, return_distance=False)[:, 0]


def faiss_flat(data):
    """Return faiss's exact search; its threads are those of the linear algebra."""
    import faiss
    from threadpoolctl import threadpool_info

    index = faiss.IndexFlatL2(data.X.shape[1])
    index.add(data.X)
    counts = [lib["num_threads"] for lib in threadpool_info()]
    faiss.omp_set_num_threads(min(counts))
    return lambda X: index.search(X, 1)[1][:, 0]


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
    """Return how many eigenfaces are computed: 150 of the 200 images."""
    return 3 * len(data.y) // 4


EIGENFACE_CASES = [
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
        dataset="synthetic, size of LFW",
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
        dataset="synthetic, enrolled and queried",
        data=many_queries,
        ours=lambda data: plain_eigenfaces(data).fit(data.X, data.y),
        peers={"PCA + KNeighborsClassifier": fitted_pca_and_neighbour},
        action=predict,
        accuracy=right_share,
        metric="accuracy",
        atol=0.002,  # the peer's axes are approximate
    ),
    Case(
        name="EigenfaceClassifier.search",
        estimator="EigenfaceClassifier",
        dataset="synthetic embeddings, 1,000 new",
        data=many_embeddings,
        ours=ours_in_gallery,
        peers={"faiss flat": faiss_flat, "NearestNeighbors": neighbours_by_brute_force},
        action=look_up,
        accuracy=found_share,
        metric="found",
        atol=0.002,  # some are as near in single precision
    ),
    Case(
        name="EigenfaceClassifier.search_one",
        estimator="EigenfaceClassifier",
        dataset="synthetic embeddings, one new",
        data=one_of_many,
        ours=ours_in_gallery,
        peers={"faiss flat": faiss_flat, "NearestNeighbors": neighbours_by_brute_force},
        action=look_up,
        accuracy=found_share,
        metric="found",
    ),
    Case(
        name="EigenfaceClassifier.enrol",
        estimator="EigenfaceClassifier",
        dataset="synthetic, one more person",
        data=one_more_person,
        ours=enrolling,
        peers={"fit of all": refitting},
        action=enrol,
        accuracy=score_on_test,
        metric="accuracy",
    ),
]
