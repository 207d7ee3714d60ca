"""Coefficients that are not below zero, against SciPy, scikit-learn and optimality."""

import array_api_strict
import dask.array as da
import numpy as np
import pytest
import sklearn
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import nnls
from sklearn.datasets import load_diabetes, make_classification
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.preprocessing import scale

from skmath import SVDRegressor


@pytest.fixture
def problem():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 6)) @ rng.normal(size=(6, 6)) + 3
    return X, X @ [1.0, -2.0, 0.0, 3.0, 0.5, -0.1] + 5 + rng.normal(size=60)


@pytest.mark.parametrize("solver", ["auto", "gram", "qr", "svd"])
@pytest.mark.parametrize("intercept", [True, False])
def test_it_is_that_of_scikit_learn(problem, solver, intercept):
    X, y = problem
    Y = np.column_stack([y, -y, 1e6 * y])
    params = {"positive": True, "fit_intercept": intercept}
    ours = SVDRegressor(solver=solver, **params).fit(X, Y)
    theirs = LinearRegression(**params).fit(X, Y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, rtol=1e-8)
    assert (ours.coef_ >= 0).all()
    assert (ours.coef_ == 0).any()


def test_it_is_that_of_scipy_without_an_intercept(problem):
    X, y = problem
    model = SVDRegressor(positive=True, fit_intercept=False).fit(X, y)
    np.testing.assert_allclose(model.coef_, nnls(X, y)[0], rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("alpha", [0.1, 10.0, 1e4])
def test_alpha_is_that_of_ridge(problem, alpha):
    X, y = problem
    ours = SVDRegressor(positive=True, alpha=alpha).fit(X, y)
    A, target = X - X.mean(axis=0), y - y.mean()
    A = np.vstack([A, alpha**0.5 * np.eye(6)])
    expected = nnls(A, np.append(target, np.zeros(6)))[0]
    np.testing.assert_allclose(ours.coef_, expected, rtol=1e-8, atol=1e-12)
    theirs = Ridge(alpha=alpha, positive=True, tol=1e-10).fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-3, atol=1e-4)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 30), st.integers(1, 12))
def test_no_step_within_the_bound_is_downhill(seed, n, p):
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(n, p)), rng.normal(size=n)
    model = SVDRegressor(positive=True).fit(X, y)
    residual = y - model.predict(X)
    size = np.linalg.norm(X - X.mean(axis=0), axis=0) * np.linalg.norm(y)
    slope = (X - X.mean(axis=0)).T @ residual / np.where(size > 0, size, 1.0)
    assert (model.coef_ >= 0).all()
    assert (slope <= 1e-10).all()
    assert np.abs(slope[model.coef_ > 0]).max(initial=0.0) < 1e-10


@pytest.mark.parametrize("unit", [1e-6, 1e6, 1e100])
def test_it_follows_units_shift_order_and_repetitions(problem, unit):
    X, y = problem
    expected = SVDRegressor(positive=True).fit(X, y)
    scales = np.array([unit, 1 / unit, 1.0, unit, 1.0, 1.0])
    found = SVDRegressor(positive=True).fit(X * scales, y)
    np.testing.assert_allclose(found.coef_ * scales, expected.coef_, rtol=1e-9)
    found = SVDRegressor(positive=True).fit(X, y * unit)
    np.testing.assert_allclose(found.coef_ / unit, expected.coef_, rtol=1e-9)
    found = SVDRegressor(positive=True).fit(X[::-1] + 100, y[::-1])
    np.testing.assert_allclose(found.coef_, expected.coef_, rtol=1e-9)
    counts = np.arange(60) % 3
    weighted = SVDRegressor(positive=True).fit(X, y, counts)
    repeated = SVDRegressor(positive=True).fit(X.repeat(counts, 0), y.repeat(counts))
    np.testing.assert_allclose(weighted.coef_, repeated.coef_, rtol=1e-9)


def test_other_kinds_of_rows_and_batches(problem):
    X, y = problem
    expected = SVDRegressor(positive=True).fit(X, y)
    batches = SVDRegressor(positive=True)
    for part in (slice(0, 7), slice(7, 60)):
        batches.partial_fit(X[part], y[part])
    lazy = da.from_array(X, chunks=(20, 6)), da.from_array(y, chunks=20)
    for found in (
        SVDRegressor(positive=True).fit(sparse.csr_array(X), y),
        SVDRegressor(positive=True).fit(*lazy),
        batches,
    ):
        np.testing.assert_allclose(found.coef_, expected.coef_, rtol=1e-9)
    narrow = SVDRegressor(positive=True).fit(X.astype("f4"), y.astype("f4"))
    assert narrow.coef_.dtype == np.float32
    np.testing.assert_allclose(narrow.coef_, expected.coef_, rtol=1e-4)
    with sklearn.config_context(array_api_dispatch=True):
        there = array_api_strict.asarray(X), array_api_strict.asarray(y)
        found = SVDRegressor(positive=True).fit(*there)
    np.testing.assert_allclose(np.asarray(found.coef_), expected.coef_, rtol=1e-9)


def test_dependent_columns_have_a_solution_that_is_as_good(problem):
    X, y = problem
    wide = np.column_stack([X, X[:, 0], np.ones(60)])
    ours = SVDRegressor(positive=True).fit(wide, y)
    expected = SVDRegressor(positive=True).fit(X, y)
    np.testing.assert_allclose(ours.predict(wide), expected.predict(X), rtol=1e-8)
    assert (ours.coef_ >= 0).all()
    constant = SVDRegressor(positive=True).fit(np.ones((5, 2)), np.arange(5.0))
    assert constant.predict([[1.0, 1.0]]) == 2.0


def test_cross_validation_chooses_alpha_as_a_search_does(problem):
    X, y = problem
    alphas, cv = np.logspace(-2, 5, 8), KFold(5)
    model = SVDRegressor(positive=True, alpha=alphas, cv=cv).fit(X, y)
    search = GridSearchCV(
        SVDRegressor(positive=True),
        {"alpha": alphas},
        cv=cv,
        scoring="neg_mean_squared_error",
    ).fit(X, y)
    assert model.alpha_ == search.best_params_["alpha"]
    np.testing.assert_allclose(
        model.criterion_path_.error, -search.cv_results_["mean_test_score"], rtol=1e-8
    )
    np.testing.assert_allclose(model.coef_, search.best_estimator_.coef_)
    with pytest.raises(AttributeError) as told:
        model.partial_fit(X, y)
    assert "positive=True" in str(told.value.__cause__)


@pytest.mark.parametrize(
    "asked",
    [
        lambda m, X, y: m.summary(),
        lambda m, X, y: m.leverage(X),
        lambda m, X, y: m.influence(X, y),
        lambda m, X, y: m.coef_path(),
        lambda m, X, y: m.predict(X, return_std=True),
        lambda m, X, y: m.predict(X, return_interval=0.9),
    ],
)
def test_what_a_bound_leaves_unknown_is_refused(problem, asked):
    X, y = problem
    model = SVDRegressor(positive=True).fit(X, y)
    with pytest.raises(ValueError, match="positive=True"):
        asked(model, X, y)
    # It is what was fitted that counts.
    with pytest.raises(ValueError, match="positive=True"):
        asked(model.set_params(positive=False), X, y)
    assert not hasattr(model, "filter_factors_")
    assert not hasattr(model, "degrees_of_freedom_")
    assert model.variance_inflation_factors().shape == (6,)
    assert model.transform(X).shape == (60, 6)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"n_components": 2}, "combined with n_components=2"),
        ({"n_components": "auto"}, "combined with n_components='auto'"),
        ({"alpha": [1.0, 2.0], "criterion": "loo"}, "set criterion='cv'"),
        ({"alpha": [1.0, 2.0], "criterion": "gcv"}, "set criterion='cv'"),
        ({"positive": "yes"}, "'positive' parameter"),
    ],
)
def test_what_does_not_go_together_is_named(problem, params, message):
    with pytest.raises(ValueError, match=message):
        SVDRegressor(**{"positive": True, **params}).fit(*problem)


def test_windows_and_groups_have_no_bound(problem):
    for part in (
        lambda m: m.fit_windows(*problem, 20),
        lambda m: m.fit_groups(*problem, np.arange(60) % 2),
    ):
        with pytest.raises(ValueError, match="positive=False"):
            part(SVDRegressor(positive=True))


@pytest.mark.parametrize("seed", range(5))
def test_columns_that_nearly_repeat_others_do_no_harm(seed):
    # What of a column others do not explain is rounding here: an active set that takes
    # it for a direction makes coefficients of 1e15 of it.
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(36, 2)) @ rng.normal(size=(2, 5))
    X = np.column_stack([X, X[:, :3] * (1 + 1e-9 * rng.normal(size=(36, 3)))])
    y = rng.normal(size=36)
    model = SVDRegressor(positive=True).fit(X, y)
    theirs = LinearRegression(positive=True).fit(X, y)
    assert model.score(X, y) > theirs.score(X, y) - 1e-6


@pytest.mark.parametrize("opposite", [False, True])
def test_float32_rounding_of_dependent_columns_is_not_used(opposite):
    # Opposite columns cancel with positive coefficients of any size: a fit that takes
    # the rounding of their float32 values for a signal gives them millions.
    X, y = load_diabetes(return_X_y=True)
    X = scale(X)
    pair = X[:, 2] + 0.3 * X[:, 8]
    X = np.column_stack([X, -pair if opposite else pair, X[:, 4] - X[:, 5]])
    expected = SVDRegressor(positive=True).fit(X, y)
    found = SVDRegressor(positive=True).fit(X.astype(np.float32), y.astype(np.float32))
    size = np.abs(expected.coef_).max()
    assert found.coef_.dtype == np.float32
    assert np.abs(found.coef_).max() < 10 * size
    np.testing.assert_allclose(found.predict(X), expected.predict(X), rtol=1e-4)


def test_float32_and_float64_agree_on_redundant_columns():
    X, y = make_classification(n_samples=30, n_features=10, random_state=42)
    expected = SVDRegressor(positive=True).fit(X, y)
    found = SVDRegressor(positive=True).fit(X.astype(np.float32), y)
    np.testing.assert_allclose(found.coef_, expected.coef_, rtol=1e-4)
