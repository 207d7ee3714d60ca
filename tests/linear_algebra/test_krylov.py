"""Krylov subspaces against the dense eigenvectors."""

import numpy as np
import pytest
from scipy import sparse

from skmath.linear_algebra import block_krylov, gram_times


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 30)) * 0.8 ** np.arange(30) + 2
    return np.where(rng.random(X.shape) < 0.3, 0, X), rng.random(80)


@pytest.mark.parametrize("weighted", [False, True])
def test_products_are_those_of_the_centred_gram_matrix(rows, weighted):
    X, weight = rows
    weight = weight if weighted else None
    mean = np.average(X, axis=0, weights=weight)
    A = (X - mean) * (np.ones(80) if weight is None else np.sqrt(weight))[:, None]
    V = np.random.default_rng(1).normal(size=(30, 3))
    for kind in (np.asarray, sparse.csr_array):
        found = gram_times(kind(X), None, weight, mean, V)
        np.testing.assert_allclose(found, A.T @ A @ V, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("width", [1, 4, 12, 30])
def test_directions_are_the_leading_eigenvectors(rows, width):
    X, _ = rows
    A = X - X.mean(axis=0)
    start = np.random.default_rng(0).normal(size=(30, width))
    V, error = block_krylov((A.T @ A).dot, start, 6, tol=1e-10, max_blocks=40)
    assert error <= 1e-10
    expected = np.linalg.svd(A)[2][:6]
    np.testing.assert_allclose(np.abs(V @ expected.T), np.eye(6), atol=1e-8)


def test_the_error_is_the_residual(rows):
    X, _ = rows
    G = X.T @ X
    start = np.random.default_rng(0).normal(size=(30, 3))
    V, error = block_krylov(G.dot, start, 3, tol=0.0, max_blocks=3)
    theta = np.sum(V * (V @ G), axis=1)
    residual = np.linalg.norm(V @ G - theta[:, None] * V, axis=1)
    np.testing.assert_allclose(error, np.max(residual / theta), rtol=1e-6)


def test_a_rank_that_is_exhausted_ends_the_search():
    A = np.zeros((5, 20))
    A[0, 0], A[1, 1] = 3.0, 1.0
    start = np.random.default_rng(0).normal(size=(20, 2))
    V, error = block_krylov((A.T @ A).dot, start, 4, tol=1e-12, max_blocks=20)
    assert error == 0.0
    np.testing.assert_allclose(np.abs(V[:2, :2]), np.eye(2), atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("width", [1, 3, 4])
def test_repeated_eigenvalues_are_found_beyond_an_invariant_space(seed, width):
    # With three distinct eigenvalues the space is invariant after three blocks, but for
    # rounding errors, from which the next blocks come.
    rng = np.random.default_rng(seed)
    U = np.linalg.qr(rng.normal(size=(60, 60)))[0]
    values = np.repeat([3.0, 2.0, 1.0], 20)
    G = (U * values) @ U.T
    noise = 1e-12 * rng.normal(size=(60, 60))

    def multiply(Q):
        return G @ Q + noise @ Q

    start = rng.normal(size=(60, width))
    V, _ = block_krylov(multiply, start, 8, tol=1e-12, max_blocks=60)
    found = V @ V.T
    np.testing.assert_allclose(found, np.eye(len(V)), atol=1e-9)
    theta = np.sum(V * (V @ G), axis=1)
    assert np.linalg.norm(V @ G - theta[:, None] * V, axis=1).max() < 1e-6
