"""Arrays of images are rows of grey values; an image without contrast is no face."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from skmath import EigenfaceClassifier
from skmath.datasets import load_orl_faces


@pytest.fixture(scope="module")
def faces():
    orl = load_orl_faces()
    return orl.images[:100, ::4, ::4], orl.target[:100]


@pytest.mark.parametrize("brightness", ["root", "standard", None])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_an_image_without_contrast_is_no_face(faces, brightness, dtype):
    images, y = faces
    blank = np.array([0, 1, 128, 255], dtype)[:, None, None] + np.zeros((28, 23), dtype)
    model = EigenfaceClassifier(brightness=brightness, face_threshold="auto")
    model.fit(images.astype(dtype), y)
    assert (model.predict(blank) == -1).all()
    without = EigenfaceClassifier(brightness=brightness).fit(images.astype(dtype), y)
    for each in (model, without):
        said = each.identify(blank)
        assert np.isposinf(said.distance_from_face_space).all()
        assert not said.face.any()
        p = each.predict_proba(blank)
        np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-5)
        scores = each.open_set_score(np.concatenate([images.astype(dtype), blank]))
        assert roc_auc_score(np.repeat([1, 0], [100, 4]), scores) == 1
    assert np.isin(without.predict(blank), y).all()


def test_images_without_contrast_are_named_where_they_are_enrolled(faces):
    images, y = faces
    images = images.copy()
    images[[3, 17]] = 9
    with pytest.warns(UserWarning, match=r"2 of 100.*index 3, 17"):
        EigenfaceClassifier().fit(images, y)


def test_every_form_of_images_is_the_same(faces):
    images, y = faces
    images = images.astype(np.uint8)
    rows = images.reshape(100, -1)
    expected = EigenfaceClassifier().fit(rows, y)
    model = EigenfaceClassifier(smoothing=None).fit(images, y)
    assert (expected.image_shape_, model.image_shape_) == (None, (28, 23))
    assert model.eigenface_images_.shape[1:] == (28, 23)
    P = expected.predict_proba(rows)
    colour = np.stack([images] * 3, axis=-1)
    opaque = np.concatenate([colour, np.full((100, 28, 23, 1), 255, np.uint8)], -1)
    for X in (rows, images, list(images), colour, list(colour), opaque):
        np.testing.assert_allclose(model.predict_proba(X), P, atol=1e-10)
    for one in (images[7], colour[7], opaque[7]):
        np.testing.assert_allclose(model.predict_proba(one), P[7:8], atol=1e-10)
    mirrored = EigenfaceClassifier(mirror=True).fit(images, y)
    assert mirrored.n_images_ == 200


def test_chunks_of_images_are_fitted(faces):
    dask = pytest.importorskip("dask.array")
    images, y = faces
    chunks = dask.from_array(images, chunks=(30, 28, 23))
    model = EigenfaceClassifier().fit(chunks, y)
    expected = EigenfaceClassifier().fit(images, y).predict(images)
    np.testing.assert_array_equal(model.predict(chunks).compute(), expected)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (lambda i: [i[0], None], r"X\[1\] is None"),
        (lambda i: [i[0], i[1][:-1]], r"X\[1\] has 27 x 23 pixels.*load_faces"),
        (lambda i: i[:, :-1], r"27 x 23 pixels.*expects 28 x 23"),
        (lambda i: i.transpose(0, 2, 1), r"X\.transpose"),
        (lambda i: np.stack([i] * 3, axis=1), r"np\.moveaxis"),
    ],
)
def test_what_cannot_be_read_is_named(faces, X, message):
    images, y = faces
    model = EigenfaceClassifier().fit(images, y)
    with pytest.raises(ValueError, match=message):
        model.predict(X(images))
    flat = EigenfaceClassifier().fit(images.reshape(100, -1), y)
    with pytest.raises(ValueError, match=r"expecting 644.*X\.reshape\(1, -1\)"):
        flat.predict(images[0])


@pytest.mark.parametrize(
    "X",
    ["x.png", Path("x.png"), ["x.png", "y.png"], (Path("x.png"),), np.array("x.png")],
    ids=repr,
)
def test_names_of_files_are_no_images(faces, X):
    model = EigenfaceClassifier(4).fit(*faces)
    told = r"names of files, such as 'x.png'.*read_face"
    with pytest.raises(TypeError, match=told):
        model.predict(X)
    with pytest.raises(TypeError, match=told):
        model.fit(X, [0])


@pytest.mark.parametrize("flat", [True, False])
def test_one_image_as_it_is_is_taken_or_told(faces, flat):
    images, y = faces
    X = images.reshape(100, -1) if flat else images
    model = EigenfaceClassifier(4).fit(X, y)
    if flat:
        with pytest.raises(ValueError, match=r"pass X.reshape\(1, -1\)"):
            model.predict(images[0])
    else:
        assert model.predict(images[0]) == model.predict(images[:1])
    told = r"image is a row of 644 numbers.*stack of shape \(n_images, height, width\)"
    with pytest.raises(ValueError, match=told):
        model.predict(images[0, :20])
    for learn in (model.partial_fit, model.fit):
        with pytest.raises(ValueError, match=r"28 rows, and y one label.*pass X\[None"):
            learn(images[0], y[:1])
    model.partial_fit(X[:1], y[:1])
