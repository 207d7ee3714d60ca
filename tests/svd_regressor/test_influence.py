"""Prediction intervals, single rows' influence, and the likeness of columns.

The oracle is statsmodels (OLSInfluence, get_prediction, variance_inflation_factor), the
fit without a row, and the share of new observations that their intervals hold.
"""

import array_api_strict
import dask.array as da
import numpy as np
import pytest
import sklearn
import statsmodels.api as sm
from scipy import sparse, stats
from sklearn.linear_model import LinearRegression
from statsmodels.stats.outliers_influence import (
    OLSInfluence,
    variance_inflation_factor,
)

from skmath import SVDRegressor

FIGURES = {
    "studentized_residual": "resid_studentized_internal",
    "external_studentized_residual": "resid_studentized_external",
    "leverage": "hat_matrix_diag",
    "residual": "resid",
}


@pytest.fixture
def problem():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 4)) @ rng.normal(size=(4, 4)) + [3, 0, -2, 100]
    return X, X @ [1.0, -2.0, 0.0, 3.0] + 5 + rng.normal(size=50)


def design(X, intercept=True):
    return np.column_stack([np.ones(len(X)), X]) if intercept else X


# Prediction intervals


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("probability", [0.5, 0.95, 0.999])
def test_intervals_are_those_of_statsmodels(problem, intercept, probability):
    X, y = problem
    new = X[:7] + 2
    theirs = (
        sm.OLS(y, design(X, intercept)).fit().get_prediction(design(new, intercept))
    )
    expected = theirs.conf_int(obs=True, alpha=1 - probability)
    model = SVDRegressor(fit_intercept=intercept).fit(X, y)
    mean, std, interval = model.predict(new, True, probability)
    np.testing.assert_allclose(interval, expected, rtol=1e-10)
    np.testing.assert_allclose(std, theirs.se_obs, rtol=1e-10)
    mean, interval = model.predict(new, return_interval=probability)
    np.testing.assert_array_equal(mean, model.predict(new))
    np.testing.assert_allclose(interval.mean(axis=-1), mean, rtol=1e-12)


def test_intervals_are_the_textbooks_formula(problem):
    X, y = problem
    A, new = design(X), design(X[:5] - 1)
    b, squares, _, _ = np.linalg.lstsq(A, y, rcond=None)
    left = len(y) - A.shape[1]
    h = np.sum((new @ np.linalg.pinv(A)) ** 2, axis=1)
    half = stats.t.ppf(0.95, left) * np.sqrt(squares / left * (1 + h))
    _, interval = SVDRegressor().fit(X, y).predict(X[:5] - 1, return_interval=0.9)
    np.testing.assert_allclose(interval[:, 0], new @ b - half, rtol=1e-10)
    np.testing.assert_allclose(interval[:, 1], new @ b + half, rtol=1e-10)


def test_intervals_hold_as_many_new_observations_as_they_say():
    # Of eight rows and three coefficients the normal distribution's would hold 88 %.
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(2000):
        X, noise = rng.normal(size=(9, 2)), rng.normal(size=9)
        y = X @ [1.0, -1.0] + 3 + noise
        model = SVDRegressor().fit(X[:8], y[:8])
        _, [[low, high]] = model.predict(X[8:], return_interval=0.95)
        held += low <= y[8] <= high
    # Three standard deviations of a share of 2000.
    assert abs(held / 2000 - 0.95) < 3 * np.sqrt(0.95 * 0.05 / 2000)


def test_intervals_of_outputs_units_and_weights(problem):
    X, y = problem
    Y = np.column_stack([y, 1e6 * y, np.sin(y)])
    model = SVDRegressor().fit(X, Y)
    _, interval = model.predict(X, return_interval=0.9)
    assert interval.shape == (50, 3, 2)
    np.testing.assert_allclose(interval[:, 1], 1e6 * interval[:, 0], rtol=1e-9)
    _, alone = SVDRegressor().fit(X, Y[:, 2]).predict(X, return_interval=0.9)
    np.testing.assert_allclose(interval[:, 2], alone, rtol=1e-9)
    each = SVDRegressor(alpha=[[0.0, 1.0, 2.0]]).fit(X, Y)
    _, alone = SVDRegressor(alpha=2.0).fit(X, Y[:, 2]).predict(X, return_interval=0.9)
    found = each.predict(X, return_interval=0.9)[1]
    np.testing.assert_allclose(found[:, 2], alone, rtol=1e-9)
    counts = np.arange(50) % 3
    weighted = SVDRegressor().fit(X, y, counts).predict(X, return_interval=0.9)[1]
    repeated = SVDRegressor().fit(X.repeat(counts, 0), y.repeat(counts))
    repeated = repeated.predict(X, return_interval=0.9)[1]
    np.testing.assert_allclose(weighted, repeated, rtol=1e-9)
    model = SVDRegressor().fit(X.astype("f4"), y.astype("f4"))
    assert model.predict(X.astype("f4"), return_interval=0.9)[1].dtype == np.float32
    lazy = SVDRegressor().fit(X, y).predict(da.from_array(X, chunks=20), True, 0.9)
    eager = SVDRegressor().fit(X, y).predict(X, True, 0.9)
    for ours, expected in zip(lazy, eager, strict=True):
        np.testing.assert_allclose(ours.compute(), expected, rtol=1e-12)


@pytest.mark.parametrize("value", [0, 1, 1.5, -0.1, True, "0.95", np.nan])
def test_an_interval_of_no_probability_is_refused(problem, value):
    model = SVDRegressor().fit(*problem)
    with pytest.raises(ValueError, match="return_interval must be"):
        model.predict(problem[0], return_interval=value)


def test_an_interval_needs_a_degree_of_freedom(problem):
    X, y = problem
    model = SVDRegressor().fit(X[:5], y[:5])
    with pytest.raises(ValueError, match="no degree of freedom"):
        model.predict(X, return_interval=0.9)


# Single rows


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_influences_are_those_of_statsmodels(problem, intercept, unit):
    X, y = problem
    theirs = OLSInfluence(sm.OLS(y, design(X, intercept)).fit())
    scales = np.array([unit, 1 / unit, 1, unit])
    model = SVDRegressor(fit_intercept=intercept).fit(X * scales, y * unit)
    found = model.influence(X * scales, y * unit)
    found.residual = found.residual / unit
    for ours, name in FIGURES.items():
        np.testing.assert_allclose(found[ours], getattr(theirs, name), rtol=1e-8)
    np.testing.assert_allclose(
        found.cooks_distance, theirs.cooks_distance[0], rtol=1e-8
    )


def test_they_are_what_a_fit_without_the_row_says(problem):
    X, y = problem
    model = SVDRegressor().fit(X, y)
    found, noise = model.influence(X, y), model.summary().noise_variance
    for i in (0, 17, 49):
        rest = np.arange(50) != i
        without = SVDRegressor().fit(X[rest], y[rest])
        mean, std = without.predict(X[[i]], return_std=True)
        np.testing.assert_allclose(
            found.external_studentized_residual[i], (y[i] - mean[0]) / std[0], rtol=1e-8
        )
        moved = np.sum((model.predict(X) - without.predict(X)) ** 2)
        np.testing.assert_allclose(found.cooks_distance[i], moved / (5 * noise))


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array, "dask"])
def test_influences_of_other_kinds_of_rows(problem, kind):
    X, y = problem
    Y = np.column_stack([y, np.sin(y)])
    expected = SVDRegressor().fit(X, Y).influence(X, Y)
    one = SVDRegressor().fit(X, Y[:, 1]).influence(X, Y[:, 1])
    if kind == "dask":
        lazy = da.from_array(X, chunks=(20, 4)), da.from_array(Y, chunks=(20, 2))
        found = SVDRegressor().fit(*lazy).influence(*lazy)
        found = {name: value.compute() for name, value in found.items()}
    else:
        found = SVDRegressor().fit(kind(X), Y).influence(kind(X), Y)
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-9, atol=1e-12)
        alone = values if values.ndim == 1 else values[:, 1]
        np.testing.assert_allclose(one[name], alone, rtol=1e-9, atol=1e-12)


def test_rows_that_are_repeated_have_the_figures_of_one_of_them(problem):
    X, y = problem
    counts = 1 + np.arange(50) % 3
    weighted = SVDRegressor().fit(X, y, counts).influence(X, y)
    again = X.repeat(counts, 0), y.repeat(counts)
    repeated = SVDRegressor().fit(*again).influence(*again)
    for name, values in weighted.items():
        np.testing.assert_allclose(values.repeat(counts), repeated[name], rtol=1e-9)


def test_some_rows_are_enough_and_their_order_does_not_matter(problem):
    X, y = problem
    model = SVDRegressor().fit(X, y)
    some = np.array([7, 3, 40])
    for name, values in model.influence(X[some], y[some]).items():
        np.testing.assert_allclose(values, model.influence(X, y)[name][some])


def test_each_output_has_the_figures_of_its_alpha(problem):
    X, y = problem
    Y = np.column_stack([y, np.sin(y)])
    found = SVDRegressor(alpha=[[0.0, 5.0]]).fit(X, Y).influence(X, Y)
    for j, alpha in enumerate([0.0, 5.0]):
        one = SVDRegressor(alpha=alpha).fit(X, Y[:, j]).influence(X, Y[:, j])
        for name, values in one.items():
            np.testing.assert_allclose(found[name][:, j], values, rtol=1e-9)


def test_a_row_alone_in_its_direction_has_no_figure(problem):
    X, y = problem
    X = np.column_stack([X, np.arange(50) == 3])
    found = SVDRegressor().fit(X, y).influence(X, y)
    assert found.leverage[3] == pytest.approx(1)
    for name in ("studentized_residual", "cooks_distance"):
        assert np.flatnonzero(np.isnan(found[name])).tolist() == [3]


def test_the_only_row_off_a_line_is_infinitely_far_from_it():
    X, y = np.arange(8.0)[:, None], np.zeros(8)
    y[4] = 1.0
    found = SVDRegressor().fit(X, y).influence(X, y)
    assert abs(found.external_studentized_residual[4]) > 1e6


def test_rows_that_cannot_have_been_fitted_are_refused(problem):
    X, y = problem
    model = SVDRegressor().fit(X, y)
    with pytest.raises(ValueError, match=r"Row 1 of X has leverage .* not fitted"):
        model.influence(np.vstack([X[:1], X[:1] + 1e3]), y[:2])
    with pytest.raises(ValueError, match="y has shape"):
        model.influence(X, np.column_stack([y, y]))


# Columns that resemble each other


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("solver", ["gram", "qr", "svd"])
def test_variance_inflation_is_that_of_statsmodels(problem, intercept, solver):
    X, y = problem
    expected = [variance_inflation_factor(design(X), j) for j in range(1, 5)]
    if not intercept:  # statsmodels takes the mean out of the column itself
        expected = []
        for j in range(4):
            others = np.delete(X, j, axis=1)
            left = X[:, j] - others @ np.linalg.lstsq(others, X[:, j], rcond=None)[0]
            expected.append(np.sum(X[:, j] ** 2) / np.sum(left**2))
    model = SVDRegressor(solver=solver, fit_intercept=intercept)
    scales = [1e-6, 1.0, 1e6, 1e3]
    for rows in (X, X * scales, sparse.csr_array(X), X[::-1]):
        found = model.fit(rows, y).variance_inflation_factors()
        np.testing.assert_allclose(found, expected, rtol=1e-8)
    if intercept:
        found = model.fit(X + 1000, y).variance_inflation_factors()
        np.testing.assert_allclose(found, expected, rtol=1e-8)
    counts = np.arange(50) % 3
    weighted = model.fit(X, y, counts).variance_inflation_factors()
    again = model.fit(X.repeat(counts, 0), y.repeat(counts))
    np.testing.assert_allclose(weighted, again.variance_inflation_factors(), rtol=1e-8)


@pytest.mark.filterwarnings("ignore::skmath.exceptions.CollinearityWarning")
@pytest.mark.parametrize("solver", ["gram", "qr", "svd"])
def test_columns_that_depend_on_others_are_inflated_without_bound(problem, solver):
    X, y = problem
    wide = np.column_stack([X[:, 0], X, X[:, 1] + X[:, 0], np.ones(50)])
    found = SVDRegressor(solver=solver).fit(wide, y).variance_inflation_factors()
    assert np.flatnonzero(np.isinf(found)).tolist() == [0, 1, 2, 5, 6]
    # The two others by all columns that are left.
    for j in (3, 4):
        others = np.delete(wide, j, axis=1)
        left = 1 - LinearRegression().fit(others, wide[:, j]).score(others, wide[:, j])
        np.testing.assert_allclose(found[j], 1 / left, rtol=1e-8)
    few = SVDRegressor(solver="qr").fit(X[:3], y[:3]).variance_inflation_factors()
    assert np.isinf(few).all()


def test_variance_inflation_is_of_all_columns_and_directions(problem):
    X, y = problem
    expected = SVDRegressor().fit(X, y).variance_inflation_factors()
    fewer = SVDRegressor(n_components=2, alpha=3.0).fit(X, y)
    np.testing.assert_allclose(fewer.variance_inflation_factors(), expected, rtol=1e-9)
    part = SVDRegressor(n_components=2, solver="lanczos").fit(X, y)
    with pytest.raises(ValueError, match="solver='qr'"):
        part.variance_inflation_factors()
    frame = SVDRegressor().fit(X.astype("f4"), y.astype("f4"))
    assert frame.variance_inflation_factors().dtype == np.float32


# Arrays of other libraries


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("params", [{}, {"alpha": [[0.0, 2.0]]}])
def test_figures_are_arrays_of_the_library_of_x(problem, params, dtype):
    X, y = (a.astype(dtype) for a in problem)
    Y = np.column_stack([y, np.sin(y)])
    model, xp = SVDRegressor(**params).fit(X, Y), array_api_strict
    expected = {
        **model.influence(X, Y),
        "interval": model.predict(X, return_interval=0.9)[1],
        "inflation": model.variance_inflation_factors(),
    }
    with sklearn.config_context(array_api_dispatch=True):
        X, Y = xp.asarray(X), xp.asarray(Y)
        there = SVDRegressor(**params).fit(X, Y)
        found = {
            **there.influence(X, Y),
            "interval": there.predict(X, return_interval=0.9)[1],
            "inflation": there.variance_inflation_factors(),
        }
    for name, values in expected.items():
        assert found[name].__array_namespace__() is xp
        assert str(found[name].dtype).endswith(dtype)
        rtol = 1e-9 if dtype == "float64" else 1e-3
        ours = np.asarray(found[name])
        np.testing.assert_allclose(ours, values, rtol=rtol, atol=rtol, err_msg=name)
