"""Sums with twice the digits, against rational arithmetic."""

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from skmath import SVDRegressor
from skmath.svd_regressor.refinement import (
    ExactSum,
    normal_residual,
    split,
    two_product,
    two_sum,
    wide_residual,
)

moderate = st.floats(-1e100, 1e100).filter(lambda v: v == 0 or abs(v) > 1e-100)


@given(moderate, moderate)
def test_the_error_of_a_sum_is_exact(a, b):
    total, error = two_sum(a, b)
    assert Fraction(total) + Fraction(error) == Fraction(a) + Fraction(b)


@given(moderate, moderate)
def test_the_error_of_a_product_is_exact(a, b):
    product, error = two_product(a, b)
    assert Fraction(product) + Fraction(error) == Fraction(a) * Fraction(b)


@given(st.lists(st.floats(-1, 1), min_size=1), st.integers(5, 26))
def test_a_split_is_exact_and_its_first_part_short(values, bits):
    x = np.array(values)
    high, low = split(x, 1.0, bits)
    np.testing.assert_array_equal(high + low, x)
    assert np.abs(low).max() <= 2.0**-bits
    np.testing.assert_array_equal(high * 2.0**bits, np.round(high * 2.0**bits))


def exact(X, y, weight, b, c):
    """Return [1 X]' W (y - c - Xb) and the sum of squares in rational arithmetic."""
    rows = [[Fraction(1), *map(Fraction, row)] for row in X.tolist()]
    known = list(map(Fraction, [*c.tolist(), *b.tolist()]))
    r = [
        Fraction(v) - sum(a * k for a, k in zip(row, known, strict=True))
        for v, row in zip(y.tolist(), rows, strict=True)
    ]
    w = list(map(Fraction, weight.tolist()))
    gradient = [
        sum(wi * ri * row[j] for wi, ri, row in zip(w, r, rows, strict=True))
        for j in range(len(known))
    ]
    squares = sum(wi * ri * ri for wi, ri in zip(w, r, strict=True))
    return np.array(list(map(float, gradient))), float(squares)


def test_the_gradient_of_a_fit_has_digits_where_plain_sums_have_none():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 4)) * [1.0, 1e6, 1e-6, 1e3] + [0, 0, 0, 1e5]
    y, weight = X @ [1.0, 1e-6, 1e6, 1e-3], rng.random(50)
    Z = np.column_stack([np.ones(50), X])
    root = np.sqrt(weight)
    c_b = np.linalg.lstsq(Z * root[:, None], (y + rng.normal(size=50)) * root)[0]
    c, b = c_b[:1], c_b[1:]
    y = np.round(y, 3)
    expected, squares = exact(X, y, weight, b, c)
    for kind in (np.asarray, sparse.csr_array):
        found = normal_residual(kind(X), y, weight, b[:, None], c)
        half = normal_residual(kind(X[:20]), y[:20], weight[:20], b[:, None], c)
        rest = normal_residual(kind(X[20:]), y[20:], weight[20:], b[:, None], c)
        for gradient in (found[0], half[0] + rest[0]):
            scale = np.abs(Z).T @ (weight * np.abs(y))
            error = np.abs(gradient.value[:, 0] - expected) / scale
            assert error.max() < 1e-20
        np.testing.assert_allclose(found[1], squares, rtol=1e-14)
    plain = Z.T @ (weight * (y - c - X @ b))
    assert np.max(np.abs(plain - expected) / scale) > 1e-19


def test_rows_that_are_not_there_add_nothing():
    gradient, squares = normal_residual(
        np.empty((0, 2)), np.empty(0), None, np.ones((2, 1)), np.ones(1)
    )
    np.testing.assert_array_equal(gradient.value, np.zeros((3, 1)))
    np.testing.assert_array_equal(squares, [0.0])


def test_sums_keep_what_cancels():
    parts = [ExactSum(np.array([v]), np.zeros(1)) for v in (1e16, 1.0, -1e16)]
    assert (parts[0] + parts[1] + parts[2]).value[0] == 1.0


def test_float64_is_twice_the_digits_of_float32():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 6)).astype(np.float32)
    Y = rng.normal(size=(400, 2)).astype(np.float32)
    weight = rng.integers(0, 3, 400).astype(np.float32)
    b, c = np.linalg.lstsq(X, Y)[0], np.zeros(2)
    for w in (None, weight):
        plain, squares = wide_residual(X, Y, w, b, c)
        exact, expected = normal_residual(X, Y, w, b, c)
        np.testing.assert_allclose(plain.value, exact.value, atol=1e-13)
        np.testing.assert_allclose(squares, expected, rtol=1e-13)


def test_a_large_float32_table_is_solved_to_its_rounding():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20_000, 8)).astype(np.float32)
    y = (X @ np.arange(1.0, 9) + 5 + rng.normal(size=20_000)).astype(np.float32)
    model = SVDRegressor().fit(X, y)
    Z = np.column_stack([np.ones(20_000), X.astype(float)])
    expected = np.linalg.lstsq(Z, y.astype(float))[0]
    np.testing.assert_allclose(model.coef_, expected[1:], rtol=2e-7)
    np.testing.assert_allclose(model.intercept_, expected[0], rtol=2e-7)
