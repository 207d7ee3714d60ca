"""Scatter within classes, and whitenings."""

import numpy as np
import pytest
from sklearn.covariance import LedoitWolf
from sklearn.preprocessing import StandardScaler

from skmath.statistics import (
    class_means,
    ledoit_wolf_shrinkage,
    left_out_factors,
    square_roots,
    unit_variance,
    unwhitened,
    within_class_scatter,
    within_class_whitening,
)


@pytest.fixture
def points():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 5, 80)
    C = rng.normal(size=(5, 4))[codes] * 9 + rng.normal(size=(80, 4)) * [4, 3, 2, 1]
    return C, codes, rng.integers(1, 4, 80) * 1.0


def test_scatter_is_the_covariance_of_what_differs_within(points, monkeypatch):
    C, codes, weight = points
    means = class_means(C, codes, weight)
    for k in range(5):
        own = codes == k
        np.testing.assert_allclose(
            means[k], np.average(C[own], axis=0, weights=weight[own])
        )
    _, W = within_class_scatter(C, codes, weight)
    monkeypatch.setattr("skmath.statistics.within_class.BLOCK_ENTRIES", 30)
    in_blocks = within_class_scatter(C, codes, weight)
    np.testing.assert_allclose(in_blocks[0], means)
    np.testing.assert_allclose(in_blocks[1], W)
    repeated = np.repeat(C - means[codes], weight.astype(int), axis=0)
    np.testing.assert_allclose(W, np.cov(repeated.T, bias=True), atol=1e-12)


def test_shrinkage_is_that_of_scikit_learn_with_weights_as_copies(points):
    C, codes, weight = points
    means, W = within_class_scatter(C, codes, weight)
    deviations = C - means[codes]
    repeated = np.repeat(deviations, weight.astype(int), axis=0)
    theirs = LedoitWolf(assume_centered=True).fit(repeated)
    ours = ledoit_wolf_shrinkage(deviations, W, weight)
    assert ours == pytest.approx(theirs.shrinkage_)
    assert ledoit_wolf_shrinkage(deviations, np.eye(4), weight) == 1


def test_left_out_factors_are_what_leaving_out_takes(points):
    C, codes, weight = points
    means, W = within_class_scatter(C, codes, weight)
    deviations = C - means[codes]
    b = left_out_factors(weight, codes, np.arange(80))
    total = weight.sum()
    for i in (0, 40):
        kept = np.arange(80) != i
        _, W_i = within_class_scatter(C[kept], codes[kept], weight[kept])
        taken = b[i] * np.outer(deviations[i], deviations[i])
        np.testing.assert_allclose(W_i * (total - weight[i]) / total, W - taken)
    both = left_out_factors(np.ones(4), np.array([0, 0, 0, 1]), np.array([0, 0, 1, 2]))
    np.testing.assert_allclose(both, [2 * 3 / 4, 2 * 3 / 4, 3 / 2 / 4, 0])


def test_roots_are_roots_of_the_shrunk_scatter(points):
    _, W = within_class_scatter(*points)
    inverse, root = square_roots(W, 0.3)
    shrunk = 0.7 * W + 0.3 * np.trace(W) / 4 * np.eye(4)
    np.testing.assert_allclose(root @ root, shrunk)
    np.testing.assert_allclose(inverse @ root, np.eye(4), atol=1e-12)
    np.testing.assert_allclose(root, root.T)


def test_whitenings(points):
    C, codes, weight = points
    whitening = within_class_whitening(C, codes, weight, 0.0)
    _, W = within_class_scatter(whitening.apply(C), codes, weight)
    np.testing.assert_allclose(W, np.eye(4), atol=1e-10)
    scaled = StandardScaler(with_mean=False).fit(C, sample_weight=weight)
    np.testing.assert_allclose(
        unit_variance(C, codes, weight, 0.0).apply(C), scaled.transform(C)
    )
    np.testing.assert_array_equal(unwhitened(C, codes, weight, 0.0).apply(C), C)
    for make in (within_class_whitening, unit_variance, unwhitened):
        whitening = make(C, codes, weight, 0.1)
        back = whitening.undo(whitening.apply(C))
        np.testing.assert_allclose(back, C, atol=1e-12)
    alone = within_class_whitening(C[:3], np.arange(3), weight[:3], 0.1)
    np.testing.assert_array_equal(alone.apply(C), C)
    assert alone.means is None
