"""The nearest points, found in single precision and decided in double."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from sklearn.neighbors import NearestNeighbors

from skmath.linear_algebra import nearest, searched

METRICS = ["cosine", "euclidean"]


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("k", [1, 2, 7, 40, 5000])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_neighbours_are_those_of_scikit_learn(metric, k, dtype):
    rng = np.random.default_rng(k)
    B, A = (rng.normal(size=(n, 9)).astype(dtype) for n in (5000, 60))
    search = NearestNeighbors(n_neighbors=k, metric=metric, algorithm="brute")
    distances, indices = search.fit(B.astype(float)).kneighbors(A.astype(float))
    ours, which = nearest(A, searched(B, metric), k)
    assert ours.dtype == dtype
    np.testing.assert_allclose(ours, distances, rtol=1e-5, atol=1e-6)
    if dtype == np.float64:
        np.testing.assert_allclose(ours, distances, rtol=1e-9, atol=1e-14)
        np.testing.assert_array_equal(which, indices)


@settings(max_examples=30, deadline=None)
@given(
    scale=st.sampled_from([1e-200, 1e-3, 1.0, 1e5, 1e150]),
    gap=st.sampled_from([1e-12, 1e-5, 1e-3]),
    dtype=st.sampled_from([np.float32, np.float64]),
    seed=st.integers(0, 99),
)
def test_the_nearest_is_exact_though_it_is_looked_for_in_single_precision(
    scale, gap, dtype, seed
):
    rng = np.random.default_rng(seed)
    B = rng.normal(size=(40, 6))
    twin = B + gap * rng.normal(size=B.shape)  # each has one that is hard to tell
    A = B + gap / 3 * rng.normal(size=B.shape)
    every = np.vstack([B, twin])
    if dtype == np.float32:
        A, every, scale = A.astype(dtype), every.astype(dtype), 1.0
    expected = cdist(A.astype(float), every.astype(float)).argmin(axis=1)
    found = nearest(scale * A, searched(scale * every, "euclidean"))[1][:, 0]
    if gap > 1e-12:
        np.testing.assert_array_equal(found, expected)
    else:
        np.testing.assert_array_equal(found % 40, range(40))


@pytest.mark.parametrize("metric", METRICS)
def test_many_points_in_one_place_are_told_apart(metric):
    """More than are kept beyond k are as near in single precision."""
    rng = np.random.default_rng(0)
    centre = rng.normal(size=6)
    B = centre + 1e-6 * rng.normal(size=(300, 6))
    A = B[::7] + 1e-9 * rng.normal(size=(43, 6))
    found = nearest(A, searched(B, metric))[1][:, 0]
    if metric == "euclidean":
        np.testing.assert_array_equal(found, np.arange(300)[::7])
    distances = nearest(A, searched(B, metric), 3)[0]
    assert (np.diff(distances, axis=1) >= 0).all()


def test_of_equal_points_the_first_is_nearest():
    B = np.tile(np.random.default_rng(0).normal(size=(5, 3)), (4, 1))
    for metric in METRICS:
        for k, expected in ((1, [0]), (3, [0, 5, 10])):
            found = nearest(B[:1], searched(B, metric), k)[1][0]
            np.testing.assert_array_equal(found, expected)


def test_the_origin_is_at_right_angles_to_all():
    B = np.array([[0.0, 0.0], [-1.0, 0.0], [3.0, 4.0]])
    distances, indices = nearest(np.array([[1.0, 0.0]]), searched(B, "cosine"), 3)
    np.testing.assert_allclose(distances, [[0.4, 1.0, 2.0]], atol=1e-15)
    np.testing.assert_array_equal(indices, [[2, 0, 1]])
    distances, _ = nearest(np.zeros((1, 2)), searched(B, "cosine"), 3)
    np.testing.assert_array_equal(distances, [[1.0, 1.0, 1.0]])


def test_blocks_do_not_matter(monkeypatch):
    rng = np.random.default_rng(0)
    A, B = rng.normal(size=(50, 4)), rng.normal(size=(300, 4))
    among = searched(B, "euclidean")
    expected = [nearest(A, among, k) for k in (1, 6)]
    monkeypatch.setattr("skmath.linear_algebra.nearest_points.BLOCK_POINTS", 7)
    monkeypatch.setattr("skmath.linear_algebra.nearest_points.BLOCK_SCORES", 7)
    for k, (distances, indices) in zip((1, 6), expected, strict=True):
        found = nearest(A, among, k)
        np.testing.assert_allclose(found[0], distances, rtol=1e-12)
        np.testing.assert_array_equal(found[1], indices)
    assert nearest(A[:0], among)[1].shape == (0, 1)
