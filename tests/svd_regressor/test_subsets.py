"""Fits of windows and of groups: what a separate fit of each gives.

The oracles are separate fits, of this class and of scikit-learn's LinearRegression, and
statsmodels' RollingOLS.
"""

import array_api_strict
import dask.array as da
import numpy as np
import pandas as pd
import pytest
import sklearn
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.linear_model import LinearRegression, Ridge
from statsmodels.regression.rolling import RollingOLS

from skmath import SVDRegressor
from skmath.svd_regressor import subsets

pytestmark = pytest.mark.filterwarnings("ignore::skmath.exceptions.CollinearityWarning")

MEAN = np.array([0, 3, -50, 1000])


@pytest.fixture
def problem():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(150, 4)) + MEAN
    slope = np.cumsum(0.1 * rng.normal(size=(150, 4)), axis=0)
    return X, np.sum(X * slope, axis=1) + rng.normal(size=150)


def assert_separate_fits(found, X, y, weight=None, rtol=1e-8, **params):
    """Compare windows with a fit of each one's rows."""
    assert len(found.start) == len(found.coef)
    for i, (start, stop) in enumerate(zip(found.start, found.stop, strict=True)):
        part = slice(start, stop)
        w = None if weight is None else weight[part]
        one = SVDRegressor(**params).fit(X[part], y[part], w)
        size = np.abs(one.coef_).max(axis=-1, keepdims=True) * np.ones_like(one.coef_)
        assert np.all(np.abs(found.coef[i] - one.coef_) <= rtol * size)
        terms = np.abs(one.coef_) @ np.abs(one.mean_) + np.abs(one.intercept_)
        assert np.all(np.abs(found.intercept[i] - one.intercept_) <= rtol * terms)
        assert "alpha" in params or found.rank[i] == one.rank_


@pytest.mark.parametrize("window", [1, 2, 5, 8, 9, 15, 16, 17, 50, 149, 150])
@pytest.mark.parametrize("step", [1, 7])
def test_windows_are_separate_fits(problem, window, step):
    X, y = problem
    found = SVDRegressor().fit_windows(X, y, window, step)
    np.testing.assert_array_equal(found.start, np.arange(0, 151 - window, step))
    np.testing.assert_array_equal(found.stop, found.start + window)
    assert_separate_fits(found, X, y)


@pytest.mark.parametrize("size", [1, 2000])
def test_stacks_and_spans_of_any_size_have_the_same_windows(problem, size, monkeypatch):
    X, y = problem
    monkeypatch.setattr(subsets, "STACK_BYTES", size)
    monkeypatch.setattr(subsets, "SPAN", 1)
    for step in (1, 4):
        assert_separate_fits(SVDRegressor().fit_windows(X, y, 20, step), X, y)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 40), st.integers(1, 12), st.booleans())
def test_any_windows_are_separate_fits(seed, window, step, intercept):
    rng = np.random.default_rng(seed)
    X = rng.integers(-2, 3, size=(60, 3)) * [1.0, 1e-6, 1e6]
    y = rng.normal(size=60)
    model = SVDRegressor(fit_intercept=intercept)
    found = model.fit_windows(X, y, window, step)
    for i, start in enumerate(found.start):
        one = model.fit(X[start : start + window], y[start : start + window])
        # Columns in other units: what they add to a prediction is compared.
        error = np.abs(found.coef[i] - one.coef_) * [1.0, 1e-6, 1e6]
        assert np.all(error <= 1e-8 * (1 + np.abs(one.coef_ * [1.0, 1e-6, 1e6]).max()))
        assert found.rank[i] == one.rank_


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_they_follow_units_and_a_shift_and_agree_with_statsmodels(problem, unit):
    X, y = problem
    A = np.column_stack([np.ones(150), X])
    expected = np.asarray(RollingOLS(y, A, window=30).fit().params)[29:]
    # Far from zero statsmodels' own inverse of A'A has few digits left.
    model = SVDRegressor()
    found = model.fit_windows(X, y, 30)
    np.testing.assert_allclose(found.coef, expected[:, 1:], rtol=1e-3, atol=1e-3)
    scales = np.array([unit, 1 / unit, 1.0, unit])
    there = model.fit_windows(X * scales, y * unit, 30)
    np.testing.assert_allclose(there.coef * scales / unit, found.coef, rtol=1e-9)
    shifted = model.fit_windows(X - MEAN, y, 30)
    np.testing.assert_allclose(shifted.coef, found.coef, rtol=1e-8, atol=1e-9)
    centred = np.column_stack([np.ones(150), X - MEAN])
    theirs = np.asarray(RollingOLS(y, centred, window=30).fit().params)[29:]
    np.testing.assert_allclose(shifted.coef, theirs[:, 1:], rtol=1e-8, atol=1e-9)


def test_a_huge_row_leaves_nothing_behind(problem):
    # Sums that are taken back would have its rounding in all windows after it.
    X, y = problem
    X, y = X.copy(), y.copy()
    X[40], y[40] = 1e12, 1e12
    found = SVDRegressor().fit_windows(X, y, 20)
    after = found.start > 40
    clean = SVDRegressor().fit_windows(X[41:], y[41:], 20)
    np.testing.assert_allclose(found.coef[after], clean.coef, rtol=1e-9)


def test_windows_of_weights_outputs_alpha_and_no_intercept(problem):
    X, y = problem
    weight = np.arange(150) % 4
    Y = np.column_stack([y, np.sin(y), 1e6 * y])
    for params in ({}, {"alpha": 5.0}, {"fit_intercept": False}, {"solver": "qr"}):
        found = SVDRegressor(**params).fit_windows(X, Y, 25, 3, weight)
        assert found.coef.shape == (42, 3, 4)
        assert found.intercept.shape == (42, 3)
        assert_separate_fits(found, X, Y, weight, **params)
    repeated = X[25:50].repeat(weight[25:50], 0), Y[25:50].repeat(weight[25:50], 0)
    one = SVDRegressor().fit(*repeated)
    found = SVDRegressor().fit_windows(X, Y, 25, 25, weight)
    np.testing.assert_allclose(found.coef[1], one.coef_, rtol=1e-8, atol=1e-9)


def test_alpha_is_ridge_of_each_window(problem):
    X, y = problem
    found = SVDRegressor(alpha=3.0).fit_windows(X, y, 40, 50)
    for i, start in enumerate(found.start):
        part = slice(start, start + 40)
        theirs = Ridge(alpha=3.0, solver="svd").fit(X[part], y[part])
        np.testing.assert_allclose(found.coef[i], theirs.coef_, rtol=1e-8)


@pytest.mark.parametrize("kind", [sparse.csr_array, sparse.csc_matrix, pd.DataFrame])
def test_windows_and_groups_of_other_kinds_of_rows(problem, kind):
    X, y = problem
    X = np.where(np.abs(X) < 1, 0, X)
    groups, model = np.arange(150) % 4, SVDRegressor()
    for ours, theirs in [
        (model.fit_windows(kind(X), y, 30), model.fit_windows(X, y, 30)),
        (model.fit_groups(kind(X), y, groups), model.fit_groups(X, y, groups)),
    ]:
        np.testing.assert_allclose(ours.coef, theirs.coef, rtol=1e-10)
        np.testing.assert_allclose(ours.intercept, theirs.intercept, rtol=1e-9)


def test_float32_stays_and_follows_float64(problem):
    X, y = problem
    X, y = (X - X.mean(axis=0)).astype("f4"), y.astype("f4")
    wide = X.astype("f8"), y.astype("f8")
    found = SVDRegressor().fit_windows(X, y, 30)
    assert found.coef.dtype == found.intercept.dtype == np.float32
    expected = SVDRegressor().fit_windows(*wide, 30)
    np.testing.assert_allclose(found.coef, expected.coef, rtol=1e-6, atol=1e-5)


@pytest.mark.filterwarnings("ignore")
def test_arrays_of_another_library_come_back(problem):
    X, y = problem
    xp, groups, model = array_api_strict, np.arange(150) % 4, SVDRegressor()
    expected = model.fit_windows(X, y, 30), model.fit_groups(X, y, groups)
    with sklearn.config_context(array_api_dispatch=True):
        there = xp.asarray(X), xp.asarray(y)
        found = model.fit_windows(*there, 30), model.fit_groups(*there, groups)
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.coef.__array_namespace__() is xp
        np.testing.assert_allclose(np.asarray(ours.coef), theirs.coef, rtol=1e-9)


def test_columns_that_are_constant_or_dependent_in_some_windows(problem):
    X, y = problem
    X = np.column_stack([X, np.arange(150) // 50, np.full(150, 0.1), X[:, 0]])
    X[100:, 6] = np.sin(np.arange(50))
    found = SVDRegressor().fit_windows(X, y, 20)
    assert set(found.rank) == {4, 5, 6}
    assert_separate_fits(found, X, y)
    assert_separate_fits(SVDRegressor(alpha=1.0).fit_windows(X, y, 20), X, y, alpha=1.0)


# Groups


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("labels", ["text", "numbers", "one each"])
def test_groups_are_separate_fits(problem, labels, weighted):
    X, y = problem
    Y = np.column_stack([y, np.sin(y)])
    rng = np.random.default_rng(0)
    names = {
        "text": np.array(["b", "a", "c"])[rng.integers(0, 3, 150)],
        "numbers": rng.integers(-5, 10, 150),
        "one each": np.arange(150)[::-1],
    }
    groups = names[labels]
    weight = np.arange(150) % 3 if weighted else None
    found = SVDRegressor().fit_groups(X, Y, groups, weight)
    seen = groups if weight is None else groups[weight > 0]
    np.testing.assert_array_equal(found.groups, np.unique(seen))
    for i, name in enumerate(found.groups):
        part = groups == name
        assert found.n_samples[i] == part.sum()
        w = None if weight is None else weight[part]
        one = SVDRegressor().fit(X[part], Y[part], w)
        np.testing.assert_allclose(found.coef[i], one.coef_, rtol=1e-8, atol=1e-8)
        assert found.rank[i] == one.rank_


def test_groups_do_not_depend_on_blocks_and_order(problem):
    rng = np.random.default_rng(1)
    X = rng.normal(size=(60_000, 4)) + MEAN
    y = X[:, 0] + rng.normal(size=60_000)
    groups = rng.integers(0, 7, 60_000)
    found = SVDRegressor().fit_groups(X, y, groups)
    for name in range(7):
        one = LinearRegression().fit(X[groups == name], y[groups == name])
        np.testing.assert_allclose(found.coef[name], one.coef_, rtol=1e-8, atol=1e-9)
    order = rng.permutation(60_000)
    turned = SVDRegressor().fit_groups(X[order], y[order], groups[order])
    np.testing.assert_allclose(turned.coef, found.coef, rtol=1e-9, atol=1e-10)


def test_groups_of_dask_arrays(problem):
    X, y = problem
    X = np.column_stack([X, X[:, 0]])
    X[75:, 4] = 2.0
    groups = np.repeat(["twice", "constant"], 75)
    expected = SVDRegressor().fit_groups(X, y, groups)
    lazy = da.from_array(X, chunks=(40, 5)), da.from_array(y, chunks=40)
    found = SVDRegressor().fit_groups(*lazy, groups)
    assert found.rank.tolist() == expected.rank.tolist() == [4, 4]
    np.testing.assert_allclose(found.coef, expected.coef, rtol=1e-6, atol=1e-9)


# What is given


def test_the_model_stays_as_it_is(problem):
    X, y = problem
    model = SVDRegressor()
    model.fit_windows(X, y, 30)
    model.fit_groups(X, y, np.arange(150) % 2)
    assert not [name for name in vars(model) if name.endswith("_")]
    fitted = model.fit(X[:, :2], y).coef_
    model.fit_windows(X, y, 30)
    np.testing.assert_array_equal(model.coef_, fitted)
    assert model.n_features_in_ == 2


@pytest.mark.parametrize(
    ("params", "window", "step", "message"),
    [
        ({}, 151, 1, "window must be .* at most n_samples=150"),
        ({}, 0, 1, "window must be an integer number"),
        ({}, 10.5, 1, "window must be an integer number"),
        ({}, 10, 0, "step must be an integer number"),
        ({"n_components": 2}, 10, 1, "n_components=None"),
        ({"alpha": [1.0, 2.0]}, 10, 1, "alpha to a number"),
        ({"alpha": [[1.0]]}, 10, 1, "alpha to a number"),
        ({"solver": "lanczos"}, 10, 1, "solver='auto'"),
        ({"alpha": -1.0}, 10, 1, "'alpha' parameter"),
    ],
)
def test_windows_that_cannot_be_are_refused(problem, params, window, step, message):
    with pytest.raises(ValueError, match=message):
        SVDRegressor(**params).fit_windows(*problem, window, step)


def test_windows_without_weight_and_lazy_ones_are_refused(problem):
    X, y = problem
    weight = np.ones(150)
    weight[20:60] = 0
    with pytest.raises(ValueError, match="zero for all rows of a window"):
        SVDRegressor().fit_windows(X, y, 20, sample_weight=weight)
    with pytest.raises(TypeError, match="Dask"):
        SVDRegressor().fit_windows(da.from_array(X), da.from_array(y), 20)


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (np.arange(149), "one entry for each of the 150 rows"),
        (np.zeros((150, 1)), "one entry for each"),
        (np.array([0, "a", "b"] * 50, dtype=object), "labels of one type"),
        (np.array([None, "a", "b"] * 50, dtype=object), "missing values"),
        ([np.nan, "a", "b"] * 50, "missing values"),
        (pd.Series([pd.NA, 1, 2] * 50, dtype="Int64"), "missing values"),
        (np.array([np.nan, 1.0, 2.0] * 50), "missing values"),
    ],
)
def test_groups_that_cannot_be_are_refused(problem, groups, message):
    with pytest.raises(ValueError, match=message):
        SVDRegressor().fit_groups(*problem, groups)


def test_values_whose_squares_overflow_are_refused(problem):
    X, y = problem
    with pytest.raises(ValueError, match="overflow"):
        SVDRegressor().fit_windows(X * 1e200, y, 20)
