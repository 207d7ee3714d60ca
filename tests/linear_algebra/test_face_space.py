"""Face space, its merging, principal axes, and a few eigenvectors of many."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from skmath.linear_algebra import (
    FaceSpace,
    count_above_noise,
    count_axes,
    count_to_share,
    largest_eigenpairs,
    principal_axes,
)


def space_of(X):
    """Return the face space of all directions of X."""
    mean = X.mean(axis=0)
    A = X - mean
    wide = len(X) < X.shape[1]
    G = A @ A.T if wide else A.T @ A
    axes, squares, _ = principal_axes(G, len(G), A if wide else None)
    return FaceSpace(len(X), mean, axes, squares, np.trace(G))


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
    assert whole.first(5).squares.sum() < whole.first(5).scatter
    np.testing.assert_allclose(whole.squares.sum(), whole.scatter)


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


def test_axes_are_those_of_the_covariance_from_either_side():
    A = np.random.default_rng(0).normal(size=(6, 9)) * np.arange(1.0, 10)
    A -= A.mean(axis=0)
    expected = np.linalg.svd(A, full_matrices=False)
    for G, rows in ((A @ A.T, A), (A.T @ A, None)):
        axes, squares, coordinates = principal_axes(G, 3, rows)
        np.testing.assert_allclose(squares, expected[1][:3] ** 2)
        np.testing.assert_allclose(np.abs(axes), np.abs(expected[2][:3]))
    np.testing.assert_allclose(principal_axes(A @ A.T, 3, A)[2], A @ axes.T)
    assert coordinates is None
    # A share is of all there is, in directions that A does not have too.
    assert len(principal_axes(A.T @ A, 0.5)[0]) < len(
        principal_axes(A.T @ A, 0.5, scatter_outside=np.sum(A * A) / 2)[0]
    )
    none = principal_axes(np.zeros((2, 2)), 0.9, np.zeros((2, 4)))
    assert [part.shape for part in none] == [(0, 4), (0,), (2, 0)]
    assert count_axes("auto", np.empty(0), 0.0, 4) == 0
