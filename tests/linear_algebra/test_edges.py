"""Edges of neighbour graphs and of landmarks against enumeration."""

import numpy as np
from scipy import sparse

from skmath.linear_algebra import (
    EDGES,
    joined,
    landmark_affinity,
    locally_scaled,
    shared_neighbors,
    symmetric_laplacian,
    symmetrized,
    top_eigenvectors,
)


def test_edges_join_each_row_to_its_neighbours():
    A = joined(np.array([[1.0, 0.5], [1.0, 0.25]]), np.array([[0, 2], [1, 0]]), 3)
    np.testing.assert_array_equal(A.toarray(), [[1, 0, 0.5], [0.25, 1, 0]])
    square = A[:, :2]
    np.testing.assert_array_equal(
        symmetrized(square).toarray(), [[1, 0.125], [0.125, 1]]
    )
    np.testing.assert_array_equal(EDGES["mutual"](square).toarray(), [[1, 0], [0, 1]])


def test_local_scales_make_units_irrelevant():
    rng = np.random.default_rng(0)
    d, own, other = rng.random((5, 3)), rng.random((5, 1)), rng.random((5, 3))
    expected = np.exp(-(d**2) / (own * other))
    for unit in (1e-300, 1.0, 1e6, 1e300):
        A = locally_scaled(unit * d, unit * own, unit * other)
        np.testing.assert_allclose(A, expected)
    # Duplicates: at no distance on no scale, as similar as can be.
    zero, one = np.zeros((1, 1)), np.ones((1, 1))
    assert locally_scaled(zero, zero, zero) == 1
    assert locally_scaled(one, zero, one) == 0
    assert locally_scaled(one, zero, zero) == 0


def test_shared_neighbours_are_counted():
    rng = np.random.default_rng(0)
    known = np.array([rng.permutation(20)[:5] for _ in range(20)])
    some = known[:7]
    counted = [[len({*a} & {*b}) / 5 for b in known] for a in some]
    np.testing.assert_allclose(shared_neighbors(some, known).toarray(), counted)


def test_landmarks_have_the_rows_eigenvalues():
    rng = np.random.default_rng(0)
    Z = rng.random((60, 8)) * (rng.random((60, 8)) < 0.5) + 0.01
    weight = rng.integers(1, 4, 60) * 1.0
    Z = sparse.csr_array(Z / Z.sum(axis=1, keepdims=True))
    among = landmark_affinity(Z, weight)
    np.testing.assert_allclose(among.toarray(), Z.T @ np.diag(weight) @ Z.toarray())
    rows = Z @ np.diag(1 / (Z.T @ weight)) @ Z.T.toarray()
    np.testing.assert_allclose(rows @ weight, 1)  # all degrees are 1
    np.testing.assert_allclose(
        top_eigenvectors(symmetric_laplacian(among), 4).eigenvalues,
        top_eigenvectors(symmetric_laplacian(rows, weight), 4).eigenvalues,
        atol=1e-12,
    )
