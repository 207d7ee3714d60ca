"""Decompositions against their identities."""

import numpy as np
import pytest

from skmath.linear_algebra import (
    fix_signs,
    numerical_rank,
    principal_axes,
    svd_of_gram,
    svd_of_triangle,
    triangular_factor,
)
from skmath.statistics import cross_moments


@pytest.fixture
def problem():
    rng = np.random.default_rng(0)
    return rng.normal(size=(40, 5)) + 3, rng.normal(size=(40, 2))


def test_triangles_of_parts_add_to_that_of_the_whole(problem):
    X, y = problem
    shift = np.zeros(7)
    parts = triangular_factor(X[:3], y[:3], None, shift, True)
    parts = parts + triangular_factor(X[3:], y[3:], None, shift, True)
    Z = np.hstack([np.ones((40, 1)), X, y])
    np.testing.assert_allclose(parts.R.T @ parts.R, Z.T @ Z, rtol=1e-12)


def test_gram_and_triangle_give_the_svd_of_the_centred_matrix(problem):
    X, y = problem
    moments = cross_moments(X, y)
    R = triangular_factor(X, y, None, moments.mean, True).R[1:, 1:]
    U, s, Vt = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)
    for found in (svd_of_gram(moments.scatter, 5), svd_of_triangle(R, 5)):
        np.testing.assert_allclose(found.s, s, rtol=1e-10)
        np.testing.assert_allclose(np.abs(found.Vt @ Vt.T), np.eye(5), atol=1e-9)
        signs = np.sign(np.sum(found.Vt * Vt, axis=1))
        np.testing.assert_allclose(found.Uty, signs[:, None] * (U.T @ y), atol=1e-9)
        assert (found.Vt.max(axis=1) >= -found.Vt.min(axis=1)).all()


def test_a_graded_triangle_keeps_the_digits_of_small_columns():
    # Orthogonal columns of lengths 1e-100 to 1e100: the singular values are known.
    lengths = np.array([1e100, 1.0, 1e-100])
    found = svd_of_triangle(np.hstack([np.diag(lengths), np.ones((3, 1))]), 3)
    np.testing.assert_allclose(found.s, lengths, rtol=1e-14)


def test_rank_does_not_depend_on_units():
    rng = np.random.default_rng(0)
    A = rng.normal(size=(20, 4))
    A = np.hstack([A, A[:, :1] - A[:, 1:2]])
    for scales in (np.ones(5), 10.0 ** np.array([-100, 100, 7, 0, -3])):
        assert numerical_rank(A[:, :4] * scales[:4], 1e-13) == 4
    assert numerical_rank(A, 1e-13) == 4
    assert numerical_rank(np.zeros((3, 2)), 1e-13) == 0


def test_principal_axes_of_the_smaller_side_are_those_of_the_larger():
    A = np.random.default_rng(0).normal(size=(6, 30))
    A -= A.mean(axis=0)
    small, axes = principal_axes(A @ A.T, A)
    large, expected = principal_axes(A.T @ A)
    assert small.shape == (5,)  # centring takes one of six away
    np.testing.assert_allclose(small, large[:5], rtol=1e-10)
    np.testing.assert_allclose(axes, expected[:5], atol=1e-8)
    np.testing.assert_allclose(axes @ axes.T, np.eye(5), atol=1e-12)


def test_signs_are_fixed_whatever_came_in():
    Vt = np.linalg.qr(np.random.default_rng(0).normal(size=(4, 4)))[0]
    np.testing.assert_array_equal(fix_signs(Vt)[0], fix_signs(-Vt)[0])
