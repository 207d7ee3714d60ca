"""Laplacians and the extension of their eigenvectors against their definitions."""

import numpy as np
import pytest
from scipy import linalg, sparse

from skmath.linear_algebra import (
    LAPLACIANS,
    degrees,
    nystroem_extension,
    symmetric_laplacian,
    top_eigenvectors,
)

KINDS = tuple(LAPLACIANS)


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
    safe = np.where(d > 0, d, 1.0)
    if kind == "unnormalized":
        return L
    if kind == "symmetric":
        return L / np.sqrt(np.outer(safe, safe))
    return L / safe[:, None]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
def test_the_symmetric_matrix_has_the_laplacians_eigenvectors(kind, container):
    A = weighted_graph()
    L = LAPLACIANS[kind](container(A))
    S = L.matrix()
    S = S.toarray() if sparse.issparse(S) else S
    np.testing.assert_allclose(S, S.T)
    V = np.random.default_rng(0).normal(size=(30, 3))
    np.testing.assert_allclose(L @ V, S @ V)
    np.testing.assert_allclose(L @ V[:, 0], S @ V[:, 0])
    similar = np.diag(L.scaling) @ S @ np.diag(1 / L.scaling)
    np.testing.assert_allclose(similar, definition(A, kind), atol=1e-12)
    np.testing.assert_allclose(L @ L.highest, 0, atol=1e-12)
    assert linalg.eigvalsh(S)[0] >= L.lowest


@pytest.mark.parametrize("kind", KINDS)
def test_a_weight_stands_for_equal_nodes(kind):
    A, weight = weighted_graph(12), np.arange(1, 13) % 3 + 1
    copies = np.repeat(np.arange(12), weight)
    L = LAPLACIANS[kind](A, weight * 1.0)
    values, vectors = linalg.eigh(L.matrix())
    u = (L.scaling[:, None] * vectors)[copies]
    repeated = definition(A[copies][:, copies], kind)
    np.testing.assert_allclose(repeated @ u, u * values, atol=1e-10)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("weighted", [False, True])
def test_continued_to_the_known_nodes_eigenvectors_are_themselves(kind, weighted):
    A = weighted_graph()
    weight = np.arange(30) % 3 + 1.0 if weighted else None
    spectrum = top_eigenvectors(LAPLACIANS[kind](A, weight), 4)
    values, vectors = spectrum[:2]
    again = nystroem_extension(A, kind, values, vectors, degrees(A, weight), weight)
    # Where 1 + lambda (or d + lambda) is not above 0 the formula has no answer.
    np.testing.assert_allclose(again[:, :2], vectors[:, :2], atol=1e-8)


def test_a_new_node_without_neighbours_is_at_zero():
    A = weighted_graph()
    values, vectors = top_eigenvectors(symmetric_laplacian(A), 2)[:2]
    lonely = nystroem_extension(
        np.zeros((1, 30)), "symmetric", values, vectors, degrees(A)
    )
    np.testing.assert_array_equal(lonely, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_part_of_a_graph_has_the_parts_laplacian(kind):
    A = linalg.block_diag(weighted_graph(5), weighted_graph(7))
    part = LAPLACIANS[kind](A).on(np.arange(5, 12))
    alone = LAPLACIANS[kind](weighted_graph(7))
    np.testing.assert_allclose(part.matrix(), alone.matrix())
    np.testing.assert_allclose(part.scaling, alone.scaling)
