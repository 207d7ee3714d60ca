"""Distances between rows, and the nearest row."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from skmath.linear_algebra import DISTANCES, nearest


@pytest.mark.parametrize("name", ["euclidean", "cosine", "manhattan"])
def test_distances_are_those_of_scipy(name):
    rng = np.random.default_rng(0)
    A, B = rng.normal(size=(20, 5)), rng.normal(size=(30, 5))
    metric = "cityblock" if name == "manhattan" else name
    distance = DISTANCES[name]
    np.testing.assert_allclose(distance.between(A, B), cdist(A, B, metric))
    if distance.scaled is not None:
        pairs = distance.of_pairs(distance.scaled(A), distance.scaled(B[:20]))
        np.testing.assert_allclose(pairs, np.diagonal(cdist(A, B, metric)))


def test_the_origin_is_at_right_angles_to_all():
    A = np.array([[0.0, 0.0], [3.0, 4.0]])
    cosine = DISTANCES["cosine"]
    np.testing.assert_allclose(cosine.between(A, A), [[1, 1], [1, 0]], atol=1e-15)
    np.testing.assert_allclose(cosine.of_pairs(cosine.scaled(A), A / 5), [1, 0])


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
    expected = cdist(A, every).argmin(axis=1)
    if dtype == np.float32:
        A, every = A.astype(dtype), every.astype(dtype)
        np.testing.assert_array_equal(nearest(A, every) % 40, expected % 40)
    elif gap > 1e-12:
        found = nearest(scale * A, scale * every)
        np.testing.assert_array_equal(found, expected)
    else:
        np.testing.assert_array_equal(nearest(scale * A, scale * every) % 40, range(40))


def test_blocks_of_the_nearest_do_not_matter(monkeypatch):
    rng = np.random.default_rng(0)
    A, B = rng.normal(size=(50, 4)), rng.normal(size=(30, 4))
    expected = nearest(A, B)
    monkeypatch.setattr("skmath.linear_algebra.distances.BLOCK_DISTANCES", 100)
    np.testing.assert_array_equal(nearest(A, B), expected)
    assert nearest(A[:0], B).shape == (0,)
