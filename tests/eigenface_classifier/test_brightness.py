"""Images before they are compared: brightness, contrast and detail."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from skmath import EigenfaceClassifier
from skmath.datasets import load_orl_faces
from skmath.eigenface_classifier.preparation import Preparation, standardized_rows

standardized_roots = Preparation("root")
HALVES = slice(5), slice(5, None)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("standardize", [standardized_rows, standardized_roots])
def test_rows_are_standardised_whatever_their_scale(standardize, dtype):
    X = np.random.default_rng(0).uniform(0, 255, size=(20, 30)).astype(dtype)
    prepared = standardize(X)
    assert prepared.dtype == dtype
    np.testing.assert_allclose(prepared.mean(axis=1), 0, atol=1e-5)
    np.testing.assert_allclose(prepared.std(axis=1), 1, atol=1e-5)
    top = np.finfo(dtype).max / 4
    np.testing.assert_allclose(standardize(X / X.max() * top), prepared, atol=1e-4)
    small = np.finfo(dtype).tiny * 1e6  # its squares vanish
    np.testing.assert_allclose(standardize(X / X.max() * small), prepared, atol=1e-4)
    mixed = np.vstack([X[:1], X[:1] * (small / 255), X[:1] * (top / 255)])
    np.testing.assert_allclose(standardize(mixed) - prepared[0], 0, atol=1e-4)
    np.testing.assert_array_equal(standardize(np.full((2, 30), 0.1, dtype)), 0)
    np.testing.assert_array_equal(standardize(np.zeros((2, 30), dtype)), 0)
    np.testing.assert_array_equal(standardize(X[:, :2]), X[:, :2])
    np.testing.assert_allclose(standardized_roots(-X), -standardized_roots(X))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_images_are_smoothed_by_gaussian_means(dtype):
    images = np.random.default_rng(0).uniform(0, 255, size=(4, 20, 15)).astype(dtype)
    prepare = Preparation.of(None, 1.7, (20, 15))
    ones = np.ones((20, 15))
    means = [
        gaussian_filter(image.astype(float), 1.7, mode="constant", truncate=20)
        / gaussian_filter(ones, 1.7, mode="constant", truncate=20)
        for image in images
    ]
    smoothed = prepare(images.reshape(4, -1))
    assert smoothed.dtype == dtype
    np.testing.assert_allclose(smoothed, np.reshape(means, (4, -1)), rtol=1e-5)


def test_one_grey_level_stays_one():
    X = np.full((2, 300), 0.1)
    np.testing.assert_allclose(Preparation.of(None, 3.0, (20, 15))(X), 0.1, rtol=1e-14)
    np.testing.assert_array_equal(Preparation.of("root", 3.0, (20, 15))(X), 0)


def test_roots_are_taken_before_and_contrast_after():
    X = np.random.default_rng(0).uniform(0, 255, size=(3, 300))
    smooth = Preparation.of(None, 2.0, (20, 15))
    by_hand = standardized_rows(smooth(np.sqrt(X)))
    prepared = Preparation.of("root", 2.0, (20, 15))(X)
    np.testing.assert_allclose(prepared, by_hand, atol=1e-12)


def test_smoothing_at_auto_is_of_images_whose_height_is_known():
    faces = load_orl_faces()
    images, y = faces.images[:40, ::4, ::4], faces.target[:40]
    rows = images.reshape(40, -1)
    smoothed = EigenfaceClassifier().fit(images, y)
    for other in (
        EigenfaceClassifier(image_shape=(28, 23)).fit(rows, y),
        EigenfaceClassifier(smoothing=0.5).fit(images, y),
    ):
        np.testing.assert_array_equal(other.embedding_, smoothed.embedding_)
    sharp = EigenfaceClassifier(smoothing=None).fit(images, y)
    np.testing.assert_array_equal(
        EigenfaceClassifier().fit(rows, y).embedding_, sharp.embedding_
    )
    assert abs(sharp.prepare(images) - smoothed.prepare(images)).max() > 0.1
    with pytest.raises(ValueError, match="smoothing=2 requires the height"):
        EigenfaceClassifier(smoothing=2).fit(rows, y)


@pytest.mark.slow
def test_half_of_the_orl_faces_name_the_others():
    # The mean of 20 splits; .972 without smoothing.
    faces, scores = load_orl_faces(), []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        order = [10 * person + rng.permutation(10) for person in range(40)]
        train, test = (np.concatenate([o[part] for o in order]) for part in HALVES)
        model = EigenfaceClassifier().fit(faces.images[train], faces.target[train])
        scores.append(model.score(faces.images[test], faces.target[test]))
    assert np.mean(scores) >= 0.975
