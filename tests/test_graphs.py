"""Laplacians and their eigenvectors against dense linear algebra and enumeration."""

import numpy as np
import pytest
from scipy import linalg, sparse

from skmath.linear_algebra import (
    continued,
    degrees,
    joined,
    laplacian,
    locally_scaled,
    symmetrized,
    top_eigenvectors,
)

KINDS = ("unnormalized", "symmetric", "random_walk")


def weighted_graph(n=30, seed=0, density=0.4):
    rng = np.random.default_rng(seed)
    A = np.triu(rng.random((n, n)) * (rng.random((n, n)) < density), 1)
    A = A + A.T + np.diag(rng.random(n))
    path = np.arange(n - 1)
    A[path, path + 1] += 0.1  # connected
    A[path + 1, path] += 0.1
    return A


def definition(A, kind):
    """Return L as its definition says, without symmetry."""
    d = A.sum(axis=1)
    L = A - np.diag(d)
    if kind == "unnormalized":
        return L
    if kind == "symmetric":
        return L / np.sqrt(np.outer(d, d))
    return L / d[:, None]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
def test_eigenpairs_satisfy_the_definition(kind, container):
    A = weighted_graph()
    L, scaling = laplacian(container(A), kind)
    values, vectors, n_components = top_eigenvectors(L, 4, np.random.RandomState(0))
    vectors = vectors * scaling[:, None]
    np.testing.assert_allclose(
        definition(A, kind) @ vectors, vectors * values, atol=1e-9
    )
    expected = np.sort(linalg.eigvals(definition(A, kind)).real)[::-1][:4]
    np.testing.assert_allclose(values, expected, atol=1e-9)
    assert n_components == 1
    assert values[0] == 0
    assert (values <= 0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_lanczos_agrees_with_lapack(kind, monkeypatch):
    A = sparse.csr_array(weighted_graph(120, density=0.1))
    L, _ = laplacian(A, kind)
    values, vectors, _ = top_eigenvectors(L, 3, np.random.RandomState(0))
    monkeypatch.setattr("skmath.linear_algebra.graphs.DENSE_ROWS", 10)
    found, by_lanczos, _ = top_eigenvectors(L, 3, np.random.RandomState(0))
    np.testing.assert_allclose(found, values, atol=1e-10)
    np.testing.assert_allclose(by_lanczos, vectors, atol=1e-7)


@pytest.mark.parametrize("kind", KINDS)
def test_a_disconnected_graph_is_answered_component_by_component(kind):
    sizes = (5, 9, 7)
    A = linalg.block_diag(*(weighted_graph(n, seed=n) for n in sizes))
    L, scaling = laplacian(sparse.csr_array(A), kind)
    values, vectors, n_components = top_eigenvectors(L, 5, np.random.RandomState(0))
    assert n_components == 3
    np.testing.assert_array_equal(values[:3], 0)
    assert values[3] < 0
    vectors = vectors * scaling[:, None]
    np.testing.assert_allclose(
        definition(A, kind) @ vectors, vectors * values, atol=1e-9
    )
    # The first three are indicators: each lives on one component.
    component = np.repeat(np.arange(3), sizes)
    for column in vectors[:, :3].T:
        assert len(np.unique(component[column != 0])) == 1


def test_isolated_nodes_have_eigenvalue_zero():
    A = np.zeros((4, 4))
    A[0, 1] = A[1, 0] = 1.0
    for kind in KINDS:
        L, _ = laplacian(sparse.csr_array(A), kind)
        values, vectors, n_components = top_eigenvectors(L, 3, np.random.RandomState(0))
        assert n_components == 3
        np.testing.assert_array_equal(values, 0)
        assert np.isfinite(vectors).all()


@pytest.mark.parametrize("kind", KINDS)
def test_continued_to_the_known_nodes_eigenvectors_are_themselves(kind):
    A = weighted_graph()
    L, scaling = laplacian(A, kind)
    values, vectors, _ = top_eigenvectors(L, 4, np.random.RandomState(0))
    vectors = vectors * scaling[:, None]
    again = continued(A, kind, values, vectors, degrees(A))
    # Where 1 + lambda (or d + lambda) is not above 0 the formula has no answer.
    np.testing.assert_allclose(again[:, :2], vectors[:, :2], atol=1e-8)


def test_a_new_node_without_neighbours_is_at_zero():
    A = weighted_graph()
    L, _ = laplacian(A, "symmetric")
    values, vectors, _ = top_eigenvectors(L, 2, np.random.RandomState(0))
    lonely = continued(np.zeros((1, 30)), "symmetric", values, vectors, degrees(A))
    np.testing.assert_array_equal(lonely, 0)


def test_edges_join_each_row_to_its_neighbours():
    A = joined(np.array([[1.0, 0.5], [1.0, 0.25]]), np.array([[0, 2], [1, 0]]), 3)
    np.testing.assert_array_equal(A.toarray(), [[1, 0, 0.5], [0.25, 1, 0]])
    square = A[:, :2]
    np.testing.assert_array_equal(
        symmetrized(square).toarray(), [[1, 0.125], [0.125, 1]]
    )


def test_local_scales_make_units_irrelevant():
    rng = np.random.default_rng(0)
    d, scale = rng.random((5, 3)), rng.random((5, 3))
    np.testing.assert_allclose(
        locally_scaled(1e6 * d, 1e12 * scale), locally_scaled(d, scale)
    )
    # Duplicates: at no distance on no scale, as similar as can be.
    assert locally_scaled(np.zeros((1, 1)), np.zeros((1, 1))) == 1
    assert locally_scaled(np.ones((1, 1)), np.zeros((1, 1))) == 0
