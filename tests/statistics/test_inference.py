"""Formulas of inference: their closed forms on numbers that can be checked by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from skmath.statistics import (
    GroupSums,
    density_at_quantile,
    estimates_table,
    leverage_correction,
    semidefinite_factor,
    small_sample_factor,
    wald_statistic,
    wald_test_of,
)


def test_intervals_hold_what_a_test_of_the_same_level_does_not_reject():
    estimate, error = np.array([1.0, -2.0, 0.1]), np.array([0.5, 1.1, 0.3])
    table = estimates_table(estimate, error, 7.0, 0.9)
    np.testing.assert_allclose(table["p"], 2 * stats.t.sf(abs(estimate / error), 7))
    low, high = table["interval"].T
    assert np.array_equal((low > 0) | (high < 0), table["p"] < 0.1)


def test_without_degrees_of_freedom_t_is_normal():
    table = estimates_table(np.array([1.5]), np.array([1.0]), np.inf, 0.95)
    np.testing.assert_allclose(table["p"], 2 * stats.norm.sf(1.5))
    half = stats.norm.isf(0.025)
    np.testing.assert_allclose(table["interval"], [[1.5 - half, 1.5 + half]])


def test_what_has_no_finite_error_has_no_p_value():
    table = estimates_table(np.ones(3), np.array([1.0, np.inf, np.nan]), 5, 0.95)
    assert np.isnan(table["p"]).tolist() == [False, True, True]
    assert np.isnan(table["t"]).tolist() == [False, True, True]
    assert table["interval"][1].tolist() == [-np.inf, np.inf]


def test_an_estimate_without_error_is_sure():
    table = estimates_table(np.array([0.0, 2.0]), np.zeros(2), 5, 0.95)
    assert table["p"].tolist() == [1.0, 0.0]


def test_factors_for_few_rows():
    assert small_sample_factor("HC1", 20, 4) == 20 / 16
    assert small_sample_factor("cluster", 20, 4, 5) == 5 / 4 * 19 / 16
    assert small_sample_factor("HC3", 20, 4) == 1
    h = np.array([0.0, 0.75, 1.0])
    assert leverage_correction("HC2", h).tolist() == [1, 2, np.inf]
    assert leverage_correction("HC3", h).tolist() == [1, 4, np.inf]
    assert leverage_correction("HC0", h).tolist() == [1, 1, 1]


@given(st.integers(0, 10**6), st.integers(1, 6))
def test_sums_of_groups_do_not_depend_on_the_blocks(seed, n_blocks):
    rng = np.random.default_rng(seed)
    U, codes = rng.normal(size=(30, 3)), rng.integers(0, 7, 30)
    cuts = np.array_split(np.arange(30), n_blocks)
    sums = [GroupSums.of(U[i], codes[i]) for i in cuts]
    found = sum(sums[1:], sums[0]).products()
    by_group = np.array([U[codes == g].sum(axis=0) for g in np.unique(codes)])
    np.testing.assert_allclose(found, by_group.T @ by_group, atol=1e-12)


def test_a_factor_of_a_singular_matrix():
    M = np.outer([1.0, 2.0, -1.0], [1.0, 2.0, -1.0])
    F = semidefinite_factor(M)
    np.testing.assert_allclose(F.T @ F, M, atol=1e-15)


@given(st.integers(0, 10**6), st.integers(-12, 12))
def test_a_wald_statistic_is_the_quadratic_form_in_any_units(seed, exponent):
    rng = np.random.default_rng(seed)
    F, d = rng.normal(size=(6, 3)), rng.normal(size=3)
    expected = d @ np.linalg.solve(F.T @ F, d)
    units = 10.0 ** np.array([0, exponent, -exponent])
    np.testing.assert_allclose(wald_statistic(d * units, F * units), expected)


def test_dependent_hypotheses_are_refused():
    F = np.random.default_rng(0).normal(size=(5, 2))
    F = np.column_stack([F, F.sum(axis=1)])
    with pytest.raises(ValueError, match="linearly dependent"):
        wald_statistic(np.ones(3), F)


def test_f_of_one_hypothesis_is_the_square_of_t():
    statistic, p = wald_test_of(2.5**2, 1, 11)
    assert statistic == 2.5**2
    assert p == pytest.approx(2 * stats.t.sf(2.5, 11))
    statistic, p = wald_test_of(2.5**2, 1, np.inf)
    assert p == pytest.approx(2 * stats.norm.sf(2.5))


@given(st.integers(0, 10**6), st.integers(-9, 9))
def test_a_density_has_the_inverse_unit_and_weights_are_repetitions(seed, exponent):
    rng = np.random.default_rng(seed)
    e, weight = rng.normal(size=40), rng.integers(0, 4, 40)
    e = e - np.quantile(e, 0.3)
    f = density_at_quantile(e, e + 5, 0.3, weight)
    each = np.repeat(e, weight)
    np.testing.assert_allclose(f, density_at_quantile(each, each, 0.3))
    unit = 10.0**exponent
    scaled = density_at_quantile(e * unit, e * unit, 0.3, weight)
    np.testing.assert_allclose(scaled * unit, f)


def test_the_density_of_many_normal_errors():
    e = stats.norm.isf((np.arange(20_000) + 0.5) / 20_000)
    for q in (0.02, 0.5, 0.8):
        found = density_at_quantile(e - stats.norm.ppf(q), e, q)
        np.testing.assert_allclose(found, stats.norm.pdf(stats.norm.ppf(q)), rtol=0.02)


def test_no_density_where_errors_are_alike():
    with pytest.raises(ValueError, match="too many errors are equal"):
        density_at_quantile(np.ones(9), np.ones(9), 0.5)
