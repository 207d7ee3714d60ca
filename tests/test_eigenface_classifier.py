"""EigenfaceClassifier against PCA and nearest neighbours, on faces and made data."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skmath import EigenfaceClassifier
from skmath.datasets import load_orl_faces


@pytest.fixture(scope="module")
def faces():
    X, y = load_orl_faces(return_X_y=True)
    return X[::, ::7].astype(np.float64), y  # every 7th pixel: as telling, and quick


@pytest.mark.parametrize("whiten", [False, True])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_face_space_is_that_of_pca(faces, whiten, dtype):
    X = faces[0].astype(dtype)
    ours = EigenfaceClassifier(50, whiten=whiten).fit(X, faces[1])
    theirs = PCA(50, whiten=whiten, svd_solver="full").fit(X)
    tolerance = 1e-6 if dtype == np.float64 else 2e-2
    # PCA divides by n - 1 where we divide by n.
    scores = theirs.transform(X) * (np.sqrt(400 / 399) if whiten else 1)
    scale = np.abs(scores).max()
    signs = np.sign((ours.components_ * theirs.components_).sum(axis=1))
    np.testing.assert_allclose(
        ours.transform(X), signs * scores, atol=tolerance * scale
    )
    np.testing.assert_allclose(
        ours.explained_variance_ratio_,
        theirs.explained_variance_ratio_,
        rtol=100 * tolerance,
    )
    assert ours.components_.dtype == ours.embedding_.dtype == dtype


@pytest.mark.parametrize("metric", ["euclidean", "cosine", "manhattan"])
@pytest.mark.parametrize("k", [1, 3])
def test_the_nearest_face_is_the_answer(faces, metric, k):
    X, y = faces
    first = np.arange(400) % 10 < 5
    ours = EigenfaceClassifier(40, metric=metric, n_neighbors=k).fit(X[first], y[first])
    theirs = KNeighborsClassifier(k, metric=metric)
    theirs.fit(ours.transform(X[first]), y[first])
    expected = theirs.predict(ours.transform(X[~first]))
    np.testing.assert_array_equal(ours.predict(X[~first]), expected)
    assert ours.score(X[~first], y[~first]) > 0.8


def test_both_sides_of_the_eigenproblem_give_the_same_faces():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20, 20)) @ np.diag(np.arange(1.0, 21))
    y = np.arange(20) % 4
    wide = EigenfaceClassifier(5).fit(X[:19], y[:19], np.ones(19))  # 19 x 20
    tall = EigenfaceClassifier(5).fit(X, y, np.append(np.ones(19), 0))  # 20 x 20
    np.testing.assert_allclose(tall.components_, wide.components_, atol=1e-8)
    assert tall.n_images_ == wide.n_images_ == 19


def test_strangers_are_unknown_and_sitters_known():
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(4, 30)) * 50
    y = np.repeat(np.arange(4), 6)
    X = centres[y] + rng.normal(size=(24, 30))
    enrolled = y < 3
    model = EigenfaceClassifier(2, known_threshold=20.0).fit(X[enrolled], y[enrolled])
    assert (model.predict(X[enrolled]) == y[enrolled]).all()
    assert (model.predict(X[~enrolled]) == -1).all()
    names = np.array(["Ann", "Bob", "Cleo", "Dan"])[y]
    model.fit(X[enrolled], names[enrolled])
    assert set(model.predict(X)) == {"Ann", "Bob", "Cleo", "unknown"}
    model.set_params(unknown_label="stranger")
    assert set(model.predict(X[~enrolled])) == {"stranger"}


def test_a_reconstruction_is_the_projection(faces):
    X, y = faces
    model = EigenfaceClassifier(30, whiten=True).fit(X, y)
    again = model.inverse_transform(model.transform(X))
    residual = X - again
    np.testing.assert_allclose(residual @ model.components_.T, 0, atol=1e-6)
    error = (residual**2).sum() / ((X - X.mean(axis=0)) ** 2).sum()
    assert error == pytest.approx(1 - model.explained_variance_ratio_.sum())


def test_a_share_of_variance_chooses_the_fewest_eigenfaces(faces):
    X, y = faces
    model = EigenfaceClassifier(0.8).fit(X, y)
    shares = EigenfaceClassifier(399).fit(X, y).explained_variance_ratio_
    M = model.n_components_
    assert shares[:M].sum() >= 0.8 > shares[: M - 1].sum()


def test_a_weight_is_that_many_copies_also_when_voting(faces):
    X, y = faces[0][:60], faces[1][:60]
    weight = np.arange(60) % 4
    weighted = EigenfaceClassifier(10, n_neighbors=5).fit(X, y, weight)
    repeated = EigenfaceClassifier(10, n_neighbors=5)
    repeated.fit(np.repeat(X, weight, axis=0), np.repeat(y, weight))
    np.testing.assert_array_equal(weighted.predict(X), repeated.predict(X))
    np.testing.assert_allclose(weighted.transform(X), repeated.transform(X), atol=1e-6)


def test_eigenfaces_are_images():
    images = load_orl_faces()
    model = EigenfaceClassifier(5, image_shape=(112, 92)).fit(
        images.data, images.target
    )
    assert model.eigenface_images_.shape == (5, 112, 92)
    with pytest.raises(ValueError, match=r"holds 10000 pixels.*have 10304"):
        EigenfaceClassifier(image_shape=(100, 100)).fit(images.data, images.target)


def test_faces_that_are_all_equal_are_told():
    with pytest.raises(ValueError, match="All the rows of X are equal"):
        EigenfaceClassifier().fit(np.ones((4, 9)), [0, 0, 1, 1])


def test_an_image_of_another_size_is_told(faces):
    model = EigenfaceClassifier(5).fit(*faces)
    with pytest.raises(ValueError, match=r"X has 100 features.*expecting 1472"):
        model.predict(faces[0][:, :100])


def test_it_works_in_a_pipeline_and_a_grid(faces):
    X, y = faces
    model = make_pipeline(FunctionTransformer(), EigenfaceClassifier())
    search = GridSearchCV(model, {"eigenfaceclassifier__n_components": [5, 60]}, cv=3)
    assert search.fit(X, y).best_params_ == {"eigenfaceclassifier__n_components": 60}
    assert search.best_score_ > 0.9


@pytest.mark.parametrize(
    ("labels", "unknown_label", "message"),
    [
        ([0, 1], "stranger", "both numbers or both strings"),
        (["a", "b"], -1, "both numbers or both strings"),
        ([0, 1], 1, "is a label in y"),
    ],
)
def test_a_label_for_strangers_that_is_none_is_told(labels, unknown_label, message):
    X, y = np.eye(4) * 9, np.repeat(labels, 2)
    model = EigenfaceClassifier(known_threshold=1.0, unknown_label=unknown_label)
    with pytest.raises(ValueError, match=message):
        model.fit(X, y)


def test_strangers_among_negative_or_unsigned_labels_have_a_label_of_their_own():
    X, far = np.eye(4) * 9, np.full((1, 4), 100.0)
    for labels, expected in (([-1, 1], -2), (np.array([0, 1], dtype=np.uint8), -1)):
        model = EigenfaceClassifier(known_threshold=1.0).fit(X, np.repeat(labels, 2))
        assert model.predict(far) == [expected]
