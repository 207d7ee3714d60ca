"""Face space, its merging, a few eigenvectors of many, and distances."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from skmath.linear_algebra import (
    DISTANCES,
    count_above_noise,
    count_to_share,
    largest_eigenpairs,
    nearest,
    principal_space,
)


def space_of(X):
    """Return the face space of all directions of X."""
    mean = X.mean(axis=0)
    A = X - mean
    if len(X) < X.shape[1]:
        return principal_space(A @ A.T, mean, len(X), len, A)[0]
    return principal_space(A.T @ A, mean, len(X), len)[0]


@settings(max_examples=30, deadline=None)
@given(
    n=st.integers(1, 30),
    m=st.integers(1, 30),
    p=st.integers(1, 40),
    offset=st.floats(0, 1e3),
    seed=st.integers(0, 99),
)
def test_merged_spaces_are_the_space_of_all(n, m, p, offset, seed):
    rng = np.random.default_rng(seed)
    X = offset + rng.normal(size=(n + m, p))
    X[n:] += rng.normal(size=p)
    merged, whole = space_of(X[:n]) + space_of(X[n:]), space_of(X)
    assert merged.weight == n + m
    np.testing.assert_allclose(merged.mean, X.mean(axis=0))
    np.testing.assert_allclose(merged.scatter, whole.scatter)
    r = len(whole.squares)
    np.testing.assert_allclose(
        merged.squares[:r], whole.squares, rtol=1e-6, atol=1e-9 * whole.scatter
    )
    # Axes of equal squares may be turned among themselves: compare what they span.
    A = X - X.mean(axis=0)
    np.testing.assert_allclose(A @ merged.axes.T @ merged.axes, A, atol=1e-6)
    np.testing.assert_allclose(
        merged.axes @ merged.axes.T, np.eye(len(merged.axes)), atol=1e-9
    )


def test_what_is_cut_off_stays_counted():
    X = np.random.default_rng(0).normal(size=(20, 50))
    whole = space_of(X)
    merged = whole.first(5) + space_of(X[:10] + 1)
    assert merged.scatter > np.sum(merged.squares)
    assert whole.first(5).shares.sum() < 1
    np.testing.assert_allclose(whole.shares.sum(), 1)


def test_a_few_eigenpairs_are_those_of_the_whole():
    rng = np.random.default_rng(0)
    Q = np.linalg.qr(rng.normal(size=(300, 300)))[0]
    for decay, k in ((0.9, 20), (0.99, 20), (1.0, 5)):  # the last never converges
        eigenvalues = decay ** np.arange(300.0)
        G = (Q * eigenvalues) @ Q.T
        values, V = largest_eigenpairs((G + G.T) / 2, k, rng.normal(size=(300, k)))
        np.testing.assert_allclose(values[::-1], eigenvalues[:k], atol=1e-9)
        np.testing.assert_allclose(V.T @ V, np.eye(k), atol=1e-9)
        np.testing.assert_allclose(G @ V, V * values, atol=1e-6)


def test_counts_of_axes():
    assert count_to_share(np.array([0.5, 0.3, 0.2]), 0.5) == 1
    assert count_to_share(np.array([0.5, 0.3, 0.2]), 0.5001) == 2
    assert count_to_share(np.array([0.5, 0.3]), 0.99) == 2
    rng = np.random.default_rng(0)
    for shape in ((100, 400), (400, 100), (100, 100)):
        noise = np.linalg.svd(rng.normal(size=shape), compute_uv=False)
        assert count_above_noise(noise**2, shape[1]) <= 2


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
    monkeypatch.setattr("skmath.linear_algebra.distances.BLOCK_ENTRIES", 100)
    np.testing.assert_array_equal(nearest(A, B), expected)
    assert nearest(A[:0], B).shape == (0,)
