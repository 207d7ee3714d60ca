"""Medians of columns: NumPy's, of repeated rows where they weigh."""

import numpy as np
import pytest

from skmath.statistics import column_medians


@pytest.mark.parametrize("n", [1, 2, 7, 40])
def test_without_holes_it_is_numpys(n):
    X = np.random.default_rng(n).normal(size=(n, 3))
    np.testing.assert_array_equal(column_medians(X), np.median(X, axis=0))


def test_holes_are_left_out():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(31, 4))
    X[rng.random(X.shape) < 0.3] = np.nan
    np.testing.assert_array_equal(column_medians(X), np.nanmedian(X, axis=0))


@pytest.mark.parametrize("unit", [1, 0.1, 1e-30, 1e30])
@pytest.mark.parametrize("n", [2, 9, 10])
def test_weights_are_repetitions_in_any_unit(unit, n):
    rng = np.random.default_rng(n)
    X, weight = rng.normal(size=(n, 2)).round(1), rng.integers(0, 4, n)
    weight[0] = 1
    X[1, 0] = np.nan
    expected = np.nanmedian(np.repeat(X, weight, axis=0), axis=0)
    np.testing.assert_allclose(column_medians(X, weight * unit), expected)


def test_a_column_without_a_value_has_zero():
    assert column_medians(np.full((3, 1), np.nan)).tolist() == [0]
    assert column_medians(np.ones((2, 1)), np.zeros(2)).tolist() == [0]
