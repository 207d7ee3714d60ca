"""Filters against the minimisation problems that they solve."""

import numpy as np

from skmath.linear_algebra import filtered_inverse, tikhonov, truncation


def test_tikhonov_is_the_ridge_solution():
    rng = np.random.default_rng(0)
    A, y, alpha = rng.normal(size=(10, 4)), rng.normal(size=10), 2.5
    U, s, Vt = np.linalg.svd(A, full_matrices=False)
    b = Vt.T @ (filtered_inverse(s, tikhonov(s, alpha)) * (U.T @ y))
    np.testing.assert_allclose(A.T @ (A @ b - y) + alpha * b, 0, atol=1e-12)


def test_truncation_keeps_the_first():
    s = np.array([5.0, 3.0, 1.0])
    np.testing.assert_array_equal(truncation(s, 2), [1, 1, 0])
    np.testing.assert_array_equal(
        filtered_inverse(s, truncation(s, 2)), [0.2, 1 / 3, 0]
    )


def test_zero_singular_values_are_not_inverted():
    s = np.array([2.0, 0.0])
    np.testing.assert_array_equal(filtered_inverse(s, tikhonov(s, 0.0)), [0.5, 0])


def test_extreme_scales_neither_overflow_nor_vanish():
    s = np.array([1e200, 1.0, 1e-200])
    np.testing.assert_allclose(tikhonov(s, 1.0), [1, 0.5, 0])
