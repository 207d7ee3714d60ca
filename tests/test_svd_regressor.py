"""SVDRegressor against closed forms, SciPy and scikit-learn."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import linalg
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmath import SVDRegressor
from skmath.datasets import load_boston_housing


@pytest.fixture
def problem():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 5)) * [1, 10, 0.1, 3, 1] + 4
    return X, X @ [1.0, 2, -3, 0, 1] + rng.normal(size=60)


def test_the_residual_is_orthogonal_to_the_columns(problem):
    X, y = problem
    residual = y - SVDRegressor().fit(X, y).predict(X)
    np.testing.assert_allclose(X.T @ residual, 0, atol=1e-9)
    assert abs(residual.sum()) < 1e-10


@pytest.mark.parametrize("solver", ["auto", "gram", "qr"])
def test_full_rank_is_ordinary_least_squares(problem, solver):
    X, y = problem
    ours, theirs = SVDRegressor(solver=solver).fit(X, y), LinearRegression().fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-9)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, rtol=1e-9)


def test_two_targets_are_two_regressions(problem):
    X, y = problem
    both = SVDRegressor().fit(X, np.column_stack([y, -y]))
    assert both.coef_.shape == (2, 5)
    np.testing.assert_allclose(both.predict(X)[:, 1], -both.predict(X)[:, 0], atol=1e-9)


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_more_columns_than_rows_gives_the_shortest_solution(fit_intercept):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(10, 25)), rng.normal(size=10)
    model = SVDRegressor(fit_intercept=fit_intercept).fit(X, y)
    centred = X - X.mean(axis=0) if fit_intercept else X
    expected = linalg.lstsq(centred, y - y.mean() if fit_intercept else y)[0]
    np.testing.assert_allclose(model.coef_, expected, atol=1e-10)
    assert model.rank_ == (9 if fit_intercept else 10)


def test_alpha_is_ridge(problem):
    X, y = problem
    ours, theirs = SVDRegressor(alpha=7.0).fit(X, y), Ridge(alpha=7.0).fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-9)


@pytest.mark.parametrize("k", [1, 3, 5])
def test_k_components_are_principal_component_regression(problem, k):
    X, y = problem
    ours = SVDRegressor(n_components=k).fit(X, y)
    theirs = make_pipeline(PCA(k), LinearRegression()).fit(X, y)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), atol=1e-8)
    scores = theirs[0].transform(X)
    np.testing.assert_allclose(np.abs(ours.transform(X)), np.abs(scores), atol=1e-8)
    np.testing.assert_allclose(ours.singular_values_, theirs[0].singular_values_)
    np.testing.assert_allclose(
        ours.explained_variance_ratio_, theirs[0].explained_variance_ratio_
    )


def test_a_share_of_the_variance_chooses_the_fewest_components(problem):
    X, y = problem
    model = SVDRegressor(n_components=0.9).fit(X, y)
    full = SVDRegressor().fit(X, y).explained_variance_ratio_
    k = model.n_components_
    assert full[:k].sum() >= 0.9 > full[: k - 1].sum()


def test_a_small_column_beside_a_large_one_is_not_lost():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1000, 2)) * [1.0, 1e7]
    y = X[:, 0] + 1e-7 * X[:, 1] + 0.03 * rng.normal(size=1000)
    assert SVDRegressor().fit(X, y).score(X, y) > 0.999
    assert LinearRegression().fit(X, y).score(X, y) < 0.9


def test_scales_of_columns_do_not_change_the_fit():
    rng = np.random.default_rng(0)
    X, scales = rng.normal(size=(50, 3)), np.array([1e-100, 1.0, 1e100])
    y = X @ [1.0, 2.0, 3.0] + 5
    model = SVDRegressor().fit(X * scales, y)
    np.testing.assert_allclose(model.coef_ * scales, [1, 2, 3], rtol=1e-9)


def test_a_duplicate_column_shares_its_coefficient(problem):
    X, y = problem
    model = SVDRegressor().fit(np.column_stack([X, X[:, 0]]), y)
    assert model.rank_ == 5
    expected = LinearRegression().fit(X, y).coef_
    np.testing.assert_allclose(model.coef_[[0, 5]], expected[0] / 2, rtol=1e-8)


@pytest.mark.parametrize("value", [0.0, 3.0, 1e200])
def test_constant_columns_predict_the_mean(value):
    y = np.array([1.0, 2.0, 6.0])
    model = SVDRegressor().fit(np.full((3, 2), value), y)
    assert model.rank_ == 0
    np.testing.assert_allclose(model.predict([[value, value]]), 3.0)


def test_one_row_predicts_itself():
    assert SVDRegressor().fit([[1.0, 2.0]], [7.0]).predict([[5.0, 5.0]]) == 7.0


def test_certified_coefficients():
    # NIST/ITL StRD, linear least squares, public domain. Digits are of the worst
    # coefficient; the columns of Wampler's polynomials have condition numbers to 1e6.
    sets = json.loads((Path(__file__).parent / "nist_linear.json").read_text())["sets"]
    wanted = {"Norris": 12, "Longley": 12, "Wampler1": 8, "Wampler2": 12}
    wanted |= {"Wampler3": 8, "Wampler4": 7, "Wampler5": 5}
    for name, digits in wanted.items():
        data = sets[name]
        model = SVDRegressor().fit(np.array(data["X"]), np.array(data["y"]))
        found = np.append(model.coef_, model.intercept_)
        certified = np.append(data["coef"], data["intercept"])
        error = np.abs(found - certified) / np.abs(certified)
        assert -np.log10(error.max() + 1e-17) >= digits, name


def test_the_seeds_example_in_a_pipeline_and_a_grid():
    X, y = load_boston_housing(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), SVDRegressor())
    grid = {"svdregressor__n_components": [1, 5, 9, 13]}
    search = GridSearchCV(pipeline, grid).fit(X, y)
    assert search.best_estimator_.score(X, y) > 0.7
    names = search.best_estimator_[-1].get_feature_names_out()
    assert names[0] == "svdregressor0"
