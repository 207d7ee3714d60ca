"""What tells a face from a smooth patch: details of images, and their likelihood."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from scipy.stats import multivariate_normal

from skmath import EigenfaceClassifier
from skmath.datasets import load_orl_faces
from skmath.eigenface_classifier.details import Details
from skmath.eigenface_classifier.likelihood import SHRINKAGE, DetailLikelihood


@pytest.fixture(scope="module")
def faces():
    orl = load_orl_faces()
    return orl.images[:, ::4, ::4].astype(np.float64), orl.target


def test_details_are_a_difference_of_gaussians():
    # Of cells of one pixel, away from the border, it is SciPy's.
    side = 17
    image = np.random.default_rng(0).normal(size=(side, side))
    details = Details.of((side, side))
    assert {S.shape for S in details.fine} == {(side, side)}
    fine, coarse = (gaussian_filter(image, s, truncate=9) for s in (0.5, 1.5))
    found = details(image.reshape(1, -1))[0, :-1].reshape(side, side)
    middle = (slice(7, 10),) * 2
    ratio = found[middle] / (fine - coarse)[middle]
    np.testing.assert_allclose(ratio, ratio.flat[0], rtol=2e-2)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(28, 23), (5, 9), (1, 40), (300, 2)])
def test_details_do_not_depend_on_the_unit_of_grey_values(shape, dtype):
    images = np.random.default_rng(1).uniform(0, 1, (6, np.prod(shape))).astype(dtype)
    details = Details.of(shape)
    D = details(images)
    assert D.dtype == dtype
    assert np.isfinite(D).all()
    for unit in (2.0**-40, 2.0**40):
        np.testing.assert_array_equal(details(images * dtype(unit)), D)


def test_the_distance_is_that_of_a_gaussian_with_shrunk_covariance():
    rng = np.random.default_rng(2)
    D, new = rng.normal(size=(2, 40, 6)) @ rng.normal(size=(6, 6))
    weight = rng.integers(1, 4, 40).astype(float)
    found = DetailLikelihood.of(D, weight).distances(new)
    F = np.repeat(D[:, :-1], weight.astype(int), axis=0)
    S = np.cov(F.T, bias=True)
    S = (1 - SHRINKAGE) * S + SHRINKAGE * np.trace(S) / 5 * np.eye(5)
    density = multivariate_normal(F.mean(axis=0), S)
    expected = 2 * (density.logpdf(F.mean(axis=0)) - density.logpdf(new[:, :-1]))
    np.testing.assert_allclose(found[:, 0], expected, rtol=1e-9)


def test_smooth_patches_and_strokes_are_no_faces(faces):
    images, y = faces
    enrolled = np.arange(400) % 10 < 5
    down, across = np.meshgrid(*(np.linspace(0, 1, n) for n in (28, 23)), indexing="ij")
    slopes = [(np.cos(a), np.sin(a)) for a in np.linspace(0, 6, 30)]
    ramps = [255 * (2 + a * down + b * across) for a, b in slopes]
    blobs = [
        np.exp(-30 * ((down - a) ** 2 + (across - b) ** 2))
        for a in (0.3, 0.5, 0.7)
        for b in (0.3, 0.5, 0.7)
    ]
    model = EigenfaceClassifier(face_threshold="auto")
    model.fit(images[enrolled], y[enrolled])
    assert model.identify(images[~enrolled]).face.mean() > 0.93
    for others in (ramps, blobs):
        assert model.identify(np.array(others)).face.mean() < 0.1


def test_one_person_is_told_from_others_by_images_left_out(faces):
    images, y = faces
    shares = []
    for person in range(8):
        own = images[y == person]
        model = EigenfaceClassifier(face_threshold="auto", target_frr=0.2)
        model.fit(own[:8], np.zeros(8))
        shares.append(model.identify(own[8:]).face.mean())
    # Images that were not left out were closer than any new one.
    assert np.mean(shares) > 0.6


@pytest.mark.filterwarnings("ignore:Too few held-out images")
def test_details_come_and_go_with_the_faces(faces):
    images, y = faces
    few = y < 6
    whole = EigenfaceClassifier(1.0, face_threshold="auto", smoothing=1.0)
    whole.fit(images[few], y[few])
    first = EigenfaceClassifier(1.0, face_threshold="auto", smoothing=1.0)
    first.fit(images[y < 3], y[y < 3])
    grown = first.partial_fit(images[few & (y >= 3)], y[few & (y >= 3)])
    found = grown.identify(images[100:]).distance_from_face_space
    expected = whole.identify(images[100:]).distance_from_face_space
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    again = whole.partial_fit(images[y == 7], y[y == 7]).forget(7, refit=True)
    found = again.identify(images[100:]).distance_from_face_space
    np.testing.assert_allclose(found, expected, rtol=1e-5)
