"""Least squares from triangles and Gram matrices, against identities and SciPy."""

import numpy as np
import pytest
from scipy import linalg

from skmath.linear_algebra import (
    from_factor,
    from_gram,
    from_rows,
    lengths,
    triangular_factor,
    within,
)
from skmath.statistics import cross_moments


@pytest.fixture
def problem():
    rng = np.random.default_rng(0)
    return rng.normal(size=(40, 5)) + 3, rng.normal(size=(40, 2))


def three(X, y, rcond=None):
    """Return the problem from the Gram matrix, the triangle, and U, S and V of A."""
    moments = cross_moments(X, y)
    R = triangular_factor(X, y, None, moments.mean, True).R[1:, 1:]
    p = X.shape[1]
    return (
        from_gram(moments.scatter, p, rcond)[0],
        from_factor(R[:, :p], R[:, p:], 1e-13),
        from_rows(X - X.mean(axis=0), y - y.mean(axis=0), 1e-13),
    )


def test_all_three_give_the_svd_of_the_centred_matrix(problem):
    X, y = problem
    U, s, Vt = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)
    for problem in three(X, y):
        found = problem.svd
        np.testing.assert_allclose(found.s, s, rtol=1e-10)
        np.testing.assert_allclose(np.abs(found.Vt @ Vt.T), np.eye(5), atol=1e-9)
        signs = np.sign(np.sum(found.Vt * Vt, axis=1))
        np.testing.assert_allclose(found.Uty, signs[:, None] * (U.T @ y), atol=1e-9)
        assert (found.Vt.max(axis=1) >= -found.Vt.min(axis=1)).all()


def test_solutions_and_what_is_left(problem):
    X, y = problem
    A, z = X - X.mean(axis=0), y - y.mean(axis=0)
    expected = linalg.lstsq(A, z)[0]
    g = np.ones((5, 1))
    for problem in three(X, y):
        np.testing.assert_allclose(problem.solve(), expected, rtol=1e-10)
        np.testing.assert_allclose(problem.outside, lengths(z - A @ expected))
        np.testing.assert_allclose(A.T @ A @ problem.solve_normal(g), g, rtol=1e-10)
        f = np.array([1.0, 1, 1, 0.5, 0])
        s, Vt, Uty = problem.svd
        np.testing.assert_allclose(
            problem.solve(f), Vt[:4].T @ ((f / s)[:4, None] * Uty[:4])
        )
        np.testing.assert_allclose(
            problem.solve_normal(g, f), Vt.T @ ((f / s**2)[:, None] * (Vt @ g))
        )


def test_columns_that_depend_on_others_give_the_shortest_solution(problem):
    X, y = problem
    X = np.hstack([X, X[:, :1] - X[:, 1:2], np.ones((40, 1))])
    A, z = X - X.mean(axis=0), y - y.mean(axis=0)
    expected = linalg.lstsq(A, z, cond=1e-10)[0]
    assert from_gram(cross_moments(X, y).significant().scatter, 7) == (None, np.inf)
    for problem in three(X, y, rcond=1e-12):
        assert problem.rank == 5
        np.testing.assert_allclose(problem.solve(), expected, atol=1e-9)
        [(dependent, others)] = problem.dependencies().items()
        assert {dependent, *others} == {0, 1, 5}
        np.testing.assert_allclose(problem.solve(np.ones(5)), expected, atol=1e-9)
        b = problem.solve_normal(A.T @ z)
        np.testing.assert_allclose(b, expected, atol=1e-7)


def test_rows_are_decomposed_with_columns_of_length_one(problem):
    X, y = problem
    A, z = (X - X.mean(axis=0)) * [1.0, 1e-100, 1e100, 1, 1], y - y.mean(axis=0)
    size = lengths(A)
    U, s, Vt = np.linalg.svd(A / size, full_matrices=False)
    found = from_rows(A, z, 1e-13)
    np.testing.assert_allclose(np.diagonal(found.T), s, rtol=1e-12)
    np.testing.assert_allclose(
        np.abs(found.K / size @ Vt.T), np.eye(5), rtol=1e-10, atol=1e-10
    )
    expected = Vt.T @ ((U.T @ z) / s[:, None]) / size[:, None]
    np.testing.assert_allclose(found.solve(), expected, rtol=1e-10)


@pytest.mark.parametrize("factorise", [from_factor, from_rows])
def test_rank_does_not_depend_on_units(factorise):
    rng = np.random.default_rng(0)
    A = rng.normal(size=(20, 4))
    A = np.hstack([A, A[:, :1] - A[:, 1:2]])
    Y = A @ np.ones((5, 1))
    for scales in (np.ones(4), 10.0 ** np.array([-100, 100, 7, 0])):
        problem = factorise(A[:, :4] * scales, Y, 1e-13)
        assert problem.rank == 4
        np.testing.assert_allclose(
            problem.solve()[:, 0] * scales, [2, 0, 1, 1], 1e-9, 1e-9
        )
    assert factorise(A, Y, 1e-13).rank == 4
    nothing = factorise(np.zeros((3, 2)), np.ones((3, 1)), 1e-13)
    assert (nothing.rank, nothing.condition) == (0, 1.0)
    np.testing.assert_array_equal(nothing.solve(), np.zeros((2, 1)))
    np.testing.assert_allclose(nothing.outside, 3**0.5)


def test_a_graded_triangle_keeps_the_digits_of_small_columns():
    # Orthogonal columns of lengths 1e-100 to 1e100: the singular values are known.
    size = np.array([1e100, 1.0, 1e-100])
    found = from_factor(np.diag(size), np.ones((3, 1)), 1e-13)
    np.testing.assert_allclose(found.svd.s, size, rtol=1e-14)


@pytest.mark.parametrize("factorise", [from_factor, from_rows])
def test_more_columns_than_rows(factorise):
    rng = np.random.default_rng(0)
    A, Y = rng.normal(size=(6, 20)), rng.normal(size=(6, 1))
    problem = factorise(A, Y, 1e-13)
    np.testing.assert_allclose(problem.solve(), linalg.lstsq(A, Y)[0], rtol=1e-10)
    np.testing.assert_allclose(problem.svd.s, linalg.svdvals(A), rtol=1e-10)


def test_coordinates_along_axes_are_taken_back(problem):
    X, y = problem
    A, z = X - X.mean(axis=0), y - y.mean(axis=0)
    Vt = np.linalg.svd(A)[2][:2]
    inner = from_factor(A @ Vt.T, z, 1e-13)
    found = within(inner, Vt, np.linalg.norm(A))
    np.testing.assert_allclose(found.solve(), Vt.T @ inner.solve(), rtol=1e-10)
    np.testing.assert_allclose(
        found.shares, linalg.svdvals(A)[:2] ** 2 / np.sum(A**2), rtol=1e-10
    )


@pytest.mark.parametrize("unit", [1.0, 1e8])
def test_few_rows_give_the_shortest_solution_in_the_units_of_the_columns(unit):
    rng = np.random.default_rng(0)
    A, Y = rng.normal(size=(6, 20)), rng.normal(size=(6, 2))
    A[:, 3] *= unit
    A[:, 7] = 0.0
    problem = from_factor(A, Y, rcond=1e-14)
    # A = Q T K with K K^+ = 1, and A A' = L L' says what is shortest.
    np.testing.assert_allclose(problem.K @ problem.pseudo_inverse, np.eye(6), atol=1e-8)
    np.testing.assert_allclose(problem.outside, 0, atol=1e-12)
    b = problem.solve()
    if unit == 1:
        expected = A.T @ np.linalg.solve(A @ A.T, Y)
        np.testing.assert_allclose(b, expected, atol=1e-12)
    np.testing.assert_allclose(A @ b, Y, atol=1e-9)
    # b is in the row space: nothing of it is along what A maps to zero.
    _, s, Vt = np.linalg.svd(A)
    # NumPy's values have errors relative to the largest one, and its null space has
    # errors relative to the ratio of the largest to the smallest.
    rounding = 10 * np.finfo(float).eps * s[0]
    assert np.abs(Vt[6:] @ b).max() < rounding / s[5]
    np.testing.assert_allclose(problem.svd.s, s, atol=rounding)
    assert problem.left_open(np.ones(20)).all()


def test_few_rows_of_which_two_are_equal_are_dependent():
    rng = np.random.default_rng(0)
    A, Y = rng.normal(size=(6, 20)), rng.normal(size=(6, 1))
    A[5], Y[5] = A[4], Y[4]
    problem = from_factor(A, Y, rcond=1e-14)
    assert problem.rank == 5
    expected = np.linalg.lstsq(A, Y)[0]
    np.testing.assert_allclose(problem.solve(), expected, atol=1e-12)
