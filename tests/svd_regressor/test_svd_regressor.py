"""SVDRegressor against closed forms, SciPy and scikit-learn."""

import json
import warnings
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import linalg, sparse
from sklearn.base import clone
from sklearn.datasets import load_diabetes
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression, Ridge, RidgeCV
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    LeaveOneOut,
    cross_val_score,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmath import SVDRegressor
from skmath.datasets import load_boston_housing
from skmath.exceptions import CollinearityWarning
from skmath.linear_algebra import block_krylov


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


SOLVERS = ["auto", "gram", "qr", "svd"]


@pytest.mark.parametrize("solver", SOLVERS)
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
    target = y - y.mean() if fit_intercept else y
    # Far above rounding: centred rows have a singular value that is zero but for it.
    expected = linalg.lstsq(centred, target, cond=1e-10)[0]
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


@pytest.mark.parametrize("value", [0.0, 3.0, 1e200])
def test_constant_columns_predict_the_mean(value):
    y = np.array([1.0, 2.0, 6.0])
    model = SVDRegressor().fit(np.full((3, 2), value), y)
    assert model.rank_ == 0
    np.testing.assert_allclose(model.predict([[value, value]]), 3.0)


def test_one_row_predicts_itself():
    assert SVDRegressor().fit([[1.0, 2.0]], [7.0]).predict([[5.0, 5.0]]) == 7.0


def worst_digits(model, data):
    """Return the digits to which the worst coefficient agrees."""
    found = np.append(model.coef_, model.intercept_)
    certified = np.append(data["coef"], data["intercept"])
    return -np.log10(np.max(np.abs(found - certified) / np.abs(certified)) + 1e-17)


@pytest.mark.parametrize(
    ("name", "digits"),
    [
        ("Norris", 13),
        ("Longley", 12),
        ("Wampler1", 12),
        ("Wampler2", 12),
        ("Wampler3", 12),
        ("Wampler4", 12),
        ("Wampler5", 12),
    ],
)
@pytest.mark.parametrize("solver", ["auto", "gram", "qr", "svd"])
def test_certified_coefficients(name, digits, solver):
    # NIST/ITL StRD, linear least squares, public domain.
    data = json.loads((Path(__file__).parent / "nist_linear.json").read_bytes())
    data = data["sets"][name]
    X, y = np.array(data["X"]), np.array(data["y"])
    assert worst_digits(SVDRegressor(solver=solver).fit(X, y), data) >= digits
    # The same rows, twice as many of half the weight, in blocks.
    twice = np.tile(X.reshape(len(y), -1), (2, 1)), np.tile(y, 2)
    model = SVDRegressor(solver=solver).fit(*twice, np.full(2 * len(y), 0.5))
    assert worst_digits(model, data) >= digits
    # Sums alone, a row at a time, have not the rows to refine with.
    model = SVDRegressor()
    for i in range(len(y)):
        model.partial_fit(X.reshape(len(y), -1)[i : i + 1], y[i : i + 1])
    assert worst_digits(model, data) >= {"Wampler5": 5, "Wampler4": 7}.get(name, 8)


def exact_least_squares(X, y):
    """Return intercept and coefficients in rational arithmetic, rounded at the end."""
    Z = [[Fraction(1), *map(Fraction, row)] for row in X.tolist()]
    t = list(map(Fraction, y.tolist()))
    m = len(Z[0])
    G = [
        [sum(r[i] * r[j] for r in Z) for j in range(m)]
        + [sum(r[i] * v for r, v in zip(Z, t, strict=True))]
        for i in range(m)
    ]
    for k in range(m):
        for i in range(k + 1, m):
            ratio = G[i][k] / G[k][k]
            G[i] = [a - ratio * b for a, b in zip(G[i], G[k], strict=True)]
    b = [Fraction(0)] * m
    for k in reversed(range(m)):
        known = sum(G[k][j] * b[j] for j in range(k + 1, m))
        b[k] = (G[k][m] - known) / G[k][k]
    return np.array([float(v) for v in b])


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 7), st.floats(-6, 6))
def test_coefficients_are_right_to_the_last_digits(seed, degree, noise):
    # Powers of a number are nearly collinear: condition numbers to 1e8.
    rng = np.random.default_rng(seed)
    x = np.round(rng.uniform(1, 5, 25), 6)
    X = x[:, None] ** np.arange(1, degree + 1)
    y = X.sum(axis=1) + 10.0**noise * rng.normal(size=25)
    model = SVDRegressor().fit(X, y)
    found = np.append(model.intercept_, model.coef_)
    expected = exact_least_squares(X, y)
    # One that cancels to nothing beside the others has their digits.
    size = np.append(1.0, np.abs(X).max(axis=0))
    beside = np.max(np.abs(expected) * size) / size
    assert np.all(np.abs(found - expected) <= 1e-13 * np.abs(expected) + 1e-16 * beside)


def test_the_seeds_example_in_a_pipeline_and_a_grid():
    X, y = load_boston_housing(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), SVDRegressor())
    grid = {"svdregressor__n_components": [1, 5, 9, 13]}
    search = GridSearchCV(pipeline, grid).fit(X, y)
    assert search.best_estimator_.score(X, y) > 0.7
    names = search.best_estimator_[-1].get_feature_names_out()
    assert names[0] == "svdregressor0"


# Collinear columns


def test_a_duplicate_column_shares_its_coefficient_and_is_told(problem):
    X, y = problem
    expected = LinearRegression().fit(X, y).coef_
    for solver in SOLVERS:
        with pytest.warns(CollinearityWarning, match="5 independent columns of 6") as w:
            model = SVDRegressor(solver=solver).fit(np.column_stack([X, X[:, 0]]), y)
        assert w[0].filename == __file__
        [told] = w
        assert {frozenset([j, *of]) for j, of in told.message.columns.items()} == {
            frozenset([0, 5])
        }
        assert told.message.condition_number > 1e7
        assert model.rank_ == 5
        np.testing.assert_allclose(model.coef_[[0, 5]], expected[0] / 2, rtol=1e-7)


def test_the_shortest_solution_is_that_of_lstsq(problem):
    X, y = problem
    X = np.column_stack([X, X @ [1.0, 0.2, 0, 0, 0], X @ [0, 0, 3.0, 1.0, 0]])
    with pytest.warns(CollinearityWarning):
        model = SVDRegressor().fit(X, y)
    expected = linalg.lstsq(X - X.mean(axis=0), y - y.mean(), cond=1e-10)[0]
    np.testing.assert_allclose(model.coef_, expected, rtol=1e-8)


def test_collinear_columns_are_named():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(30, 3)), columns=["width", "height", "age"])
    frame["half"] = frame["width"] + frame["height"]
    with pytest.warns(CollinearityWarning, match="condition number") as told:
        SVDRegressor().fit(frame, frame["age"])
    message = str(told[0].message)
    assert all(name in message for name in ("'width'", "'height'", "'half'"))
    assert "'age'" not in message


def test_nothing_is_told_where_nothing_was_dropped_unasked(problem):
    X, y = problem
    twice = np.column_stack([X, X[:, 0]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        SVDRegressor(alpha=1.0).fit(twice, y)
        SVDRegressor(n_components=3).fit(twice, y)
        SVDRegressor().fit(X[:4], y[:4])
        SVDRegressor().fit(np.column_stack([X, np.ones(60)]), y)


@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e8, 1e100])
def test_collinear_columns_do_not_drown_one_in_another_unit(scale):
    rng = np.random.default_rng(0)
    small, z = rng.normal(size=(2, 200))
    X = np.column_stack([small, scale * z, 2 * scale * z, scale * z])
    y = small + z
    with pytest.warns(CollinearityWarning):
        model = SVDRegressor().fit(X, y)
    assert model.rank_ == 2
    np.testing.assert_allclose(model.predict(X), y, atol=1e-10)
    np.testing.assert_allclose(model.coef_[0], 1.0, rtol=1e-10)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.filterwarnings("ignore::skmath.exceptions.CollinearityWarning")
def test_the_rounding_of_a_years_months_is_no_column(solver):
    # Beside the number of the row a time series' date differs by its rounding alone,
    # which repeats with the months as y does.
    row = np.arange(195.0)
    X = np.column_stack([row, 1996 + row / 12])
    y = np.sin(row * np.pi / 6) + row / 100
    model = SVDRegressor(solver=solver).fit(X, y)
    assert model.rank_ == 1
    line = np.polynomial.Polynomial.fit(row, y, 1)
    np.testing.assert_allclose(model.predict(X), line(row), rtol=1e-9, atol=1e-9)


def test_columns_from_1e_minus_150_to_1e150():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 4))
    scales = np.array([1e-150, 1e-3, 1e7, 1e150])
    y = X @ [1.0, 2.0, 3.0, 4.0] + 5 + 0.1 * rng.normal(size=80)
    expected = LinearRegression().fit(X, y)
    for weight in (None, np.ones(80)):
        model = SVDRegressor().fit(X * scales, y, weight)
        assert model.rank_ == 4
        np.testing.assert_allclose(model.coef_ * scales, expected.coef_, rtol=1e-9)
        np.testing.assert_allclose(model.intercept_, expected.intercept_, rtol=1e-9)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("mean", [0.0, 100.0, 1e4])
def test_totals_beside_their_parts_are_told_whatever_their_mean(solver, mean):
    # Storing the sum has rounded it, relative to the mean.
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 6)) + mean
    X[:, 3] = X[:, 0] + X[:, 1]
    with pytest.warns(CollinearityWarning):
        model = SVDRegressor(solver=solver).fit(X, rng.normal(size=200))
    assert model.rank_ == 5
    assert np.abs(model.coef_).max() < 1


@pytest.mark.parametrize("mean", [1e2, 1e4, 1e6])
def test_means_that_are_large_do_not_add_a_direction(mean):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(5, 9)) + mean
    y = X @ rng.normal(size=9)
    for solver in ("qr", "svd"):
        model = SVDRegressor(solver=solver).fit(X, y)
        assert model.rank_ == 4
        expected = linalg.lstsq(X - X.mean(axis=0), y - y.mean(), cond=1e-8)[0]
        np.testing.assert_allclose(model.coef_, expected, rtol=1e-5)


@pytest.mark.parametrize(("mean", "dtype"), [(1e7, "f8"), (1e3, "f4"), (1e4, "f4")])
def test_a_sparse_column_far_from_zero_is_not_lost(mean, dtype):
    rng = np.random.default_rng(0)
    X = np.column_stack([mean + rng.normal(size=500), rng.normal(size=500)])
    X[rng.random(500) < 0.8, 1] = 0
    X = X.astype(dtype)
    y = (X - X.mean(axis=0)) @ [1.0, 2.0] + rng.normal(size=500)
    expected = SVDRegressor().fit(X.astype("f8"), y).coef_
    for solver in ("auto", "qr", "svd"):
        model = SVDRegressor(solver=solver).fit(sparse.csr_array(X), y)
        np.testing.assert_allclose(model.coef_, expected, rtol=1e-4, err_msg=solver)


# Solvers


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array, sparse.csc_matrix])
@pytest.mark.parametrize("params", [{}, {"alpha": 3.0}, {"n_components": 3}])
def test_all_solvers_agree(problem, kind, params):
    X, y = problem
    weight = np.arange(60) % 3
    expected = SVDRegressor(solver="svd", **params).fit(X, y, weight)
    solvers = [*SOLVERS, "lanczos", "randomized"]
    for solver in solvers if "n_components" in params else SOLVERS:
        model = SVDRegressor(solver=solver, **params).fit(kind(X), y, weight)
        for name in ("coef_", "intercept_", "singular_values_", "components_"):
            ours, theirs = getattr(model, name), getattr(expected, name)
            np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-8, err_msg=name)
        np.testing.assert_allclose(
            model.explained_variance_ratio_, expected.explained_variance_ratio_
        )
        assert model.solver_ in (solver, "gram")


def test_few_components_of_a_large_matrix_are_those_of_the_whole():
    rng = np.random.default_rng(0)
    n, p = 1050, 1002  # just above where "auto" looks for a few components
    signal = rng.normal(size=(n, 12)) @ (rng.normal(size=(12, p)) * 3)
    X = signal + rng.normal(size=(n, p)) + 2
    y = signal[:, 0] + rng.normal(size=n)
    whole = SVDRegressor(n_components=10, solver="gram").fit(X, y)
    for kind, solver in ((np.asarray, "randomized"), (sparse.csr_array, "lanczos")):
        model = SVDRegressor(n_components=10, random_state=0).fit(kind(X), y)
        assert model.solver_ == solver
        np.testing.assert_allclose(
            model.singular_values_, whole.singular_values_, rtol=1e-5
        )
        np.testing.assert_allclose(
            model.explained_variance_ratio_, whole.explained_variance_ratio_, rtol=1e-5
        )
        np.testing.assert_allclose(model.predict(X), whole.predict(X), atol=1e-3)


@pytest.mark.parametrize(
    ("n", "p", "k", "few"),
    [
        (110, 200, 11, True),
        (110, 200, 12, False),
        (90, 200, 2, False),
        (600, 510, 10, True),
        (300, 250, 2, False),
    ],
)
def test_few_components_of_sparse_rows_are_found_by_the_cheaper_way(n, p, k, few):
    rng = np.random.default_rng(0)
    X = np.outer(rng.random(n) < 0.2, rng.random(p) < 0.2) * 2.0
    X = sparse.csr_array(X + (rng.random((n, p)) < 0.03))
    y = X @ rng.normal(size=p)
    model = SVDRegressor(n_components=k, random_state=0).fit(X, y)
    assert (model.solver_ == "lanczos") == few
    whole = PCA(k, svd_solver="full").fit(X.toarray())
    np.testing.assert_allclose(
        model.singular_values_, whole.singular_values_, rtol=1e-4
    )


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("weighted", [False, True])
def test_few_rows_give_their_directions_by_the_smaller_side(dtype, weighted):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 3)) @ rng.normal(size=(3, 80)) * 5 + 1
    X = (X + rng.normal(size=X.shape)) * (rng.random(X.shape) < 0.7)
    y = X @ rng.normal(size=80)
    X, weight = X.astype(dtype), np.arange(30) % 3 + 1 if weighted else None
    whole = SVDRegressor(3, solver="svd").fit(X, y, weight)
    for solver in ("lanczos", "randomized"):
        model = SVDRegressor(3, solver=solver, random_state=0)
        model.fit(sparse.csr_array(X), y, weight)
        for name in ("singular_values_", "components_", "coef_"):
            ours, theirs = getattr(model, name), getattr(whole, name)
            np.testing.assert_allclose(ours, theirs, atol=5e-3 * np.abs(theirs).max())
        assert model.coef_.dtype == dtype


def test_few_directions_of_equal_rows_are_fewer():
    X = np.tile(np.arange(40.0) % 7, (6, 1))
    X[3:] *= 2
    y = X[:, 1] + 1
    model = SVDRegressor(3, solver="lanczos", random_state=0)
    model.fit(sparse.csr_array(X), y)
    assert model.n_components_ == 1
    np.testing.assert_allclose(model.predict(X), y)


def test_a_solver_that_did_not_converge_says_so(problem, monkeypatch):
    X, y = problem

    def stopped_early(multiply, start, k, **limits):
        return block_krylov(multiply, start[:, :1], k, tol=0.0, max_blocks=1)

    monkeypatch.setattr("skmath.svd_regressor.solvers.block_krylov", stopped_early)
    with pytest.warns(ConvergenceWarning, match="the 2 singular directions have"):
        SVDRegressor(n_components=2, solver="lanczos").fit(X, y)


# The choice of rank and alpha


def brute_force(model, X, y, weight=None):
    """Return the mean squared leave-one-out error, one unit of weight at a time."""
    weight = np.ones(len(y)) if weight is None else weight
    total = 0.0
    for i in np.flatnonzero(weight):
        left = weight.copy()
        left[i] -= 1
        predicted = model.fit(X, y, left).predict(X[i : i + 1])
        total += weight[i] * (y[i] - predicted[0]) ** 2
    return total / weight.sum()


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weight", [None, np.arange(60) % 3.0])
def test_leave_one_out_of_tikhonov_is_exact(problem, fit_intercept, weight):
    X, y = problem
    alphas = [0.1, 10.0, 1000.0]
    model = SVDRegressor(alpha=alphas, fit_intercept=fit_intercept).fit(X, y, weight)
    for alpha, error in zip(alphas, model.criterion_path_.error, strict=True):
        ridge = Ridge(alpha, fit_intercept=fit_intercept)
        np.testing.assert_allclose(error, brute_force(ridge, X, y, weight), rtol=1e-8)
    best = alphas[np.argmin(model.criterion_path_.error)]
    assert model.alpha_ == best
    expected = Ridge(best, fit_intercept=fit_intercept).fit(X, y, weight)
    np.testing.assert_allclose(model.coef_, expected.coef_, rtol=1e-8)


def test_leave_one_out_of_full_rank_is_exact(problem):
    X, y = problem
    path = SVDRegressor("auto").fit(X, y).criterion_path_
    assert path.n_components.tolist() == [1, 2, 3, 4, 5]
    expected = brute_force(LinearRegression(), X, y)
    np.testing.assert_allclose(path.error[-1], expected, rtol=1e-8)


def test_leave_one_out_of_a_truncation_holds_its_components(problem):
    X, y = problem
    path = SVDRegressor("auto").fit(X, y).criterion_path_
    T = PCA().fit(X).transform(X)
    for k, error in zip(path.n_components, path.error, strict=True):
        expected = brute_force(LinearRegression(), T[:, :k], y)
        np.testing.assert_allclose(error, expected, rtol=1e-8)


def test_alphas_are_scored_as_ridge_cv_scores_them():
    X, y = load_diabetes(return_X_y=True)
    alphas = np.logspace(-4, 2, 20)
    ours = SVDRegressor(alpha=alphas).fit(X, y)
    theirs = RidgeCV(alphas, store_cv_results=True).fit(X, y)
    expected = theirs.cv_results_.mean(axis=0)
    np.testing.assert_allclose(ours.criterion_path_.error, expected, rtol=1e-7)
    assert ours.alpha_ == theirs.alpha_


def wide(n=30, p=200):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, p))
    return X, X[:, :5].sum(axis=1) + 3 + rng.normal(size=n)


def refitted(model, X, y):
    """Return the mean squared leave-one-out error by as many fits."""
    errors = cross_val_score(
        model, X, y, cv=LeaveOneOut(), scoring="neg_mean_squared_error"
    )
    return -errors.mean()


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("solver", ["qr", "svd"])
def test_fewer_rows_than_columns_are_scored_as_ridge_cv_scores_them(
    fit_intercept, solver
):
    X, y = wide()
    alphas = np.logspace(-3, 5, 9)
    ours = SVDRegressor(alpha=alphas, fit_intercept=fit_intercept, solver=solver)
    ours.fit(X, y)
    theirs = RidgeCV(alphas, fit_intercept=fit_intercept, store_cv_results=True)
    expected = theirs.fit(X, y).cv_results_.mean(axis=0)
    np.testing.assert_allclose(ours.criterion_path_.error, expected, rtol=1e-9)
    assert ours.alpha_ == theirs.alpha_


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array])
def test_leave_one_out_has_its_limit_where_no_alpha_is_left(kind):
    X, y = wide()
    alphas = [0.0, 1e-12, 1e-10, 1e-8]
    path = SVDRegressor(alpha=alphas).fit(kind(X), y).criterion_path_
    expected = refitted(LinearRegression(), X, y)
    np.testing.assert_allclose(path.error, expected, rtol=1e-9)
    full = SVDRegressor("auto").fit(kind(X), y).criterion_path_
    np.testing.assert_allclose(full.error[-1], expected, rtol=1e-9)


def test_leave_one_out_of_a_row_with_a_column_of_its_own_is_exact(problem):
    X, y = problem
    X = np.column_stack([X, np.arange(60) == 7, np.arange(60) == 9])
    alphas = [0.0, 1e-10, 2.0]
    weight = 1.0 + (np.arange(60) == 9)
    for w in (np.ones(60), weight):
        path = SVDRegressor(alpha=alphas).fit(X, y, w).criterion_path_
        plain = brute_force(LinearRegression(), X, y, w)
        expected = [plain, plain, brute_force(Ridge(2.0), X, y, w)]
        np.testing.assert_allclose(path.error, expected, rtol=1e-8)


@pytest.mark.parametrize("criterion", ["loo", "gcv", "cv"])
def test_no_damping_may_be_a_candidate(problem, criterion):
    X, y = problem
    model = SVDRegressor(alpha=[0.0, 1e-9, 1e3], criterion=criterion).fit(X, y)
    error = model.criterion_path_.error
    assert error[0] == pytest.approx(error[1], rel=1e-7)
    only = SVDRegressor(alpha=[0, 1e6], criterion=criterion).fit(X, y)
    assert only.alpha_ == 0
    np.testing.assert_allclose(only.coef_, SVDRegressor().fit(X, y).coef_)


@pytest.mark.parametrize("solver", ["gram", "qr"])
@pytest.mark.parametrize("shuffle", [False, True])
def test_folds_give_what_refitting_on_them_gives(problem, solver, shuffle):
    X, y = problem
    folds = KFold(4, shuffle=shuffle, random_state=0 if shuffle else None)
    model = SVDRegressor("auto", criterion="cv", cv=folds, solver=solver).fit(X, y)
    for k, error in zip(range(1, 6), model.criterion_path_.error, strict=True):
        peer = make_pipeline(PCA(k), LinearRegression())
        scores = cross_val_score(peer, X, y, cv=folds, scoring="neg_mean_squared_error")
        np.testing.assert_allclose(error, -scores.mean(), rtol=1e-7)
    alphas = [0.5, 50.0]
    model = SVDRegressor(alpha=alphas, criterion="cv", cv=4, solver=solver).fit(X, y)
    for alpha, error in zip(alphas, model.criterion_path_.error, strict=True):
        scores = cross_val_score(
            Ridge(alpha), X, y, cv=4, scoring="neg_mean_squared_error"
        )
        np.testing.assert_allclose(error, -scores.mean(), rtol=1e-7)


def test_folds_may_be_of_groups_but_not_overlap(problem):
    X, y = problem
    splits = list(GroupKFold(3).split(X, y, np.arange(60) // 10))
    SVDRegressor("auto", criterion="cv", cv=splits).fit(X, y)
    with pytest.raises(ValueError, match="hold out each row once"):
        SVDRegressor("auto", criterion="cv", cv=splits[:2]).fit(X, y)
    with pytest.raises(ValueError, match="hold out each row once"):
        SVDRegressor("auto", criterion="cv", cv=[splits[0], splits[0]]).fit(X, y)


def test_generalised_cross_validation_is_its_formula(problem):
    X, y = problem
    alphas = [1.0, 100.0]
    path = SVDRegressor(alpha=alphas, criterion="gcv").fit(X, y).criterion_path_
    A = X - X.mean(axis=0)
    for alpha, error in zip(alphas, path.error, strict=True):
        H = A @ np.linalg.solve(A.T @ A + alpha * np.eye(5), A.T) + 1 / 60
        expected = np.mean((y - H @ y) ** 2) / (1 - np.trace(H) / 60) ** 2
        np.testing.assert_allclose(error, expected, rtol=1e-9)


def test_generalised_cross_validation_of_few_rows_has_its_limit():
    X, y = wide()
    Q = linalg.null_space(np.ones((1, 30)))  # what an intercept leaves
    alphas = [0.0, 1e-12, 1e-6, 1.0, 1e3]
    path = SVDRegressor(alpha=alphas, criterion="gcv").fit(X, y).criterion_path_
    for alpha, error in zip(alphas, path.error, strict=True):
        R = np.linalg.inv(Q.T @ X @ X.T @ Q + alpha * np.eye(29))
        expected = np.sum((R @ Q.T @ y) ** 2) / 30 / (np.trace(R) / 30) ** 2
        np.testing.assert_allclose(error, expected, rtol=1e-9)


@pytest.mark.parametrize("criterion", ["gcv", "loo"])
def test_weights_below_one_do_not_change_what_is_chosen(problem, criterion):
    # The same problem: penalties have the unit of the weights.
    X, y = problem
    alphas = np.array([0.1, 10.0, 1000.0])
    plain = SVDRegressor(alpha=alphas, criterion=criterion).fit(X, y)
    for share in (1 / 60, 0.5):
        model = SVDRegressor(alpha=alphas * share, criterion=criterion)
        path = model.fit(X, y, np.full(60, share)).criterion_path_
        np.testing.assert_allclose(path.error, plain.criterion_path_.error, rtol=1e-9)
        assert model.alpha_ == pytest.approx(plain.alpha_ * share)


@pytest.mark.parametrize(("n", "p"), [(300, 40), (60, 200)])
def test_gavish_and_donoho_find_the_rank_under_noise(n, p):
    rng = np.random.default_rng(0)
    signal = rng.normal(size=(n, 4)) @ rng.normal(size=(4, p)) * 2
    X = signal + rng.normal(size=(n, p))
    model = SVDRegressor("auto", criterion="gavish-donoho").fit(X, signal[:, 0])
    assert model.n_components_ == 4
    path = model.criterion_path_
    assert path.singular_values[3] > path.threshold > path.singular_values[4]


def test_the_chosen_rank_predicts_better_than_all():
    rng = np.random.default_rng(0)
    z = rng.normal(size=(80, 3))
    X = z @ rng.normal(size=(3, 40)) * 3 + rng.normal(size=(80, 40))
    y = z @ [1.0, 2.0, 3.0] + rng.normal(size=80)
    of_all = cross_val_score(SVDRegressor(), X, y).mean()
    for criterion in ("loo", "gcv", "cv", "gavish-donoho"):
        model = SVDRegressor("auto", criterion=criterion)
        assert cross_val_score(model, X, y).mean() > of_all


def test_rank_and_alpha_can_be_chosen_together(problem):
    X, y = problem
    model = SVDRegressor("auto", alpha=[0.1, 10.0]).fit(X, y)
    path = model.criterion_path_
    assert len(path.error) == 10
    best = np.argmin(path.error)
    assert (model.n_components_, model.alpha_) == (
        path.n_components[best],
        path.alpha[best],
    )


@pytest.mark.parametrize(
    ("params", "rows", "message"),
    [
        ({"n_components": 6}, 60, r"n_components=6 must be at most .* = 5"),
        ({"n_components": 5}, 4, r"n_components=5 must be at most .* = 4"),
        ({"alpha": [-1.0, 1.0]}, 60, "nonnegative number"),
        ({"alpha": []}, 60, "hold numbers|such candidates"),
        ({"alpha": ["a", "b"]}, 60, "array of numbers"),
        ({"alpha": [np.nan, 1.0]}, 60, "nonnegative number"),
        ({"alpha": [[[1.0]]]}, 60, "such candidates"),
        ({"alpha": [[1.0, 2.0]]}, 60, "alpha has 2 columns"),
        ({"alpha": [1.0, np.inf]}, 60, "alpha must be finite"),
        ({"n_components": "auto"}, 1, "X has only 1 sample"),
        ({"alpha": [1.0, 2.0]}, 1, "X has only 1 sample"),
        (
            {"alpha": [1.0, 2.0], "criterion": "gavish-donoho"},
            60,
            "only chooses",
        ),
        ({"solver": "lanczos"}, 60, "requires an integer"),
        (
            {"solver": "randomized", "n_components": 0.5},
            60,
            "requires an integer",
        ),
    ],
)
def test_what_cannot_be_is_told(problem, params, rows, message):
    X, y = problem
    with pytest.raises(ValueError, match=message):
        SVDRegressor(**params).fit(X[:rows], y[:rows])


def test_weights_that_leave_nothing_are_told(problem):
    X, y = problem
    with pytest.raises(ValueError, match="weights must contain"):
        SVDRegressor().fit(X, y, np.zeros(60))


# Streams


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(1, 59), max_size=8),
    st.booleans(),
    st.sampled_from(["auto", "gram"]),
    st.sampled_from([{}, {"alpha": 2.0}, {"n_components": "auto", "criterion": "gcv"}]),
)
def test_batches_give_what_one_fit_gives(cuts, intercept, solver, params):
    rng = np.random.default_rng(1)
    # Not so far from zero that sums, without refinement, could not have ten digits.
    X = rng.normal(size=(60, 4)) * [1, 1e3, 1e-2, 1] + [0, 10, 0, 10]
    y = X @ [1.0, 2, 3, 4] + rng.normal(size=60)
    weight = rng.integers(1, 4, 60)
    model = SVDRegressor(fit_intercept=intercept, solver=solver, **params)
    expected = clone(model).fit(X, y, weight)
    for part in np.split(np.arange(60), sorted(set(cuts))):
        model.partial_fit(X[part], y[part], weight[part])
    assert model.n_samples_seen_ == 60
    assert (model.rank_, model.n_components_) == (4, expected.n_components_)
    for name in ("coef_", "intercept_", "singular_values_", "components_"):
        ours, theirs = getattr(model, name), getattr(expected, name)
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-10, err_msg=name)
    std = model.predict(X, return_std=True)[1]
    np.testing.assert_allclose(std, expected.predict(X, return_std=True)[1], rtol=1e-8)


def test_a_stream_starts_with_one_row_and_its_rank_grows(problem):
    X, y = problem
    model, ranks = SVDRegressor(), []
    for i in range(10):
        model.partial_fit(X[i : i + 1], y[i : i + 1])
        ranks.append(model.rank_)
    assert ranks == [0, 1, 2, 3, 4, 5, 5, 5, 5, 5]
    np.testing.assert_allclose(model.coef_, SVDRegressor().fit(X[:10], y[:10]).coef_)


@pytest.mark.parametrize("solver", ["auto", "gram", "qr"])
@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array])
def test_a_stream_may_follow_a_fit(problem, solver, kind):
    X, y = problem
    Y = np.column_stack([y, y**2])
    for intercept in (True, False):
        model = SVDRegressor(solver=solver, fit_intercept=intercept)
        model.fit(kind(X[:40]), Y[:40]).partial_fit(kind(X[40:]), Y[40:])
        expected = SVDRegressor(fit_intercept=intercept).fit(X, Y)
        np.testing.assert_allclose(model.coef_, expected.coef_, rtol=1e-9)
        np.testing.assert_allclose(model.intercept_, expected.intercept_, rtol=1e-9)


@pytest.mark.parametrize("scale", [1e-170, 1e170])
def test_targets_of_any_scale_can_be_streamed(problem, scale):
    X, y = problem
    model = SVDRegressor().partial_fit(X, y * scale)
    expected = SVDRegressor().fit(X, y).coef_
    np.testing.assert_allclose(model.coef_ / scale, expected, rtol=1e-9)


def test_a_batch_that_does_not_fit_leaves_the_model_as_it_was(problem):
    X, y = problem
    model = SVDRegressor().partial_fit(X, y)
    before = model.coef_.copy()
    with pytest.raises(ValueError, match="outputs"):
        model.partial_fit(X, np.column_stack([y, y]))
    with pytest.raises(ValueError, match="features"):
        model.partial_fit(X[:, :3], y)
    with pytest.raises(ValueError, match="fit_intercept"):
        model.set_params(fit_intercept=False).partial_fit(X, y)
    np.testing.assert_array_equal(model.coef_, before)
    assert model.n_samples_seen_ == 60
    assert not hasattr(SVDRegressor("auto"), "partial_fit")
    assert not hasattr(SVDRegressor(solver="svd"), "partial_fit")


# What else a fitted model tells


@settings(max_examples=15, deadline=None)
@given(
    st.integers(0, 10**6),
    st.sampled_from([{}, {"n_components": "auto"}, {"alpha": [0.1, 1.0, 10.0]}]),
)
def test_weights_are_repetitions_in_all_that_is_told(seed, params):
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(2, 30, 3))[0], rng.normal(size=30)
    weight = rng.integers(0, 4, 30)
    weighted = SVDRegressor(**params).fit(X, y, weight)
    repeated = SVDRegressor(**params).fit(X.repeat(weight, axis=0), y.repeat(weight))
    ours, theirs = weighted.summary(), repeated.summary()
    for name in ("estimate", "standard_error", "t", "p", "interval"):
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-7, atol=1e-12)
    np.testing.assert_allclose(weighted.leverage(X), repeated.leverage(X), rtol=1e-9)
    if params:
        paths = weighted.criterion_path_, repeated.criterion_path_
        np.testing.assert_allclose(paths[0].error, paths[1].error, rtol=1e-8)


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_the_summary_is_that_of_statsmodels(fit_intercept):
    X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
    model = SVDRegressor(fit_intercept=fit_intercept).fit(X, y)
    design = sm.add_constant(X) if fit_intercept else X
    theirs = sm.OLS(y, design).fit()
    ours = model.summary(confidence=0.9)
    assert ours.name == (["intercept"] if fit_intercept else []) + list(X.columns)
    np.testing.assert_allclose(ours.estimate, theirs.params, rtol=1e-7)
    np.testing.assert_allclose(ours.standard_error, theirs.bse, rtol=1e-7)
    np.testing.assert_allclose(ours.t, theirs.tvalues, rtol=1e-7)
    np.testing.assert_allclose(ours.p, theirs.pvalues, rtol=1e-6)
    np.testing.assert_allclose(ours.interval, theirs.conf_int(0.1), rtol=1e-6)
    np.testing.assert_allclose(ours.noise_variance, theirs.scale)
    prediction = theirs.get_prediction(design)
    std = model.predict(X, return_std=True)[1]
    np.testing.assert_allclose(std, np.hypot(prediction.se_mean, theirs.scale**0.5))
    lines = str(ours).splitlines()
    assert len(lines) == 1 + len(ours.name)
    assert lines[-1].startswith("s6")


def test_standard_errors_of_tikhonov_are_the_posterior(problem):
    X, y = problem
    model = SVDRegressor(alpha=5.0).fit(X, y)
    A = X - X.mean(axis=0)
    residual = y - model.predict(X)
    degrees = np.trace(np.linalg.solve(A.T @ A + 5 * np.eye(5), A.T @ A))
    assert model.degrees_of_freedom_ == pytest.approx(degrees)
    noise = residual @ residual / (60 - degrees - 1)
    covariance = noise * np.linalg.inv(A.T @ A + 5 * np.eye(5))
    expected = np.sqrt(np.diagonal(covariance))
    np.testing.assert_allclose(model.summary().standard_error[1:], expected)
    mean, std = model.predict(X, return_std=True)
    np.testing.assert_allclose(mean, model.predict(X))
    variance = np.einsum("ij,jk,ik->i", A, covariance, A) + noise / 60 + noise
    np.testing.assert_allclose(std, np.sqrt(variance))


def test_errors_of_several_outputs_are_those_of_each(problem):
    X, y = problem
    Y = np.column_stack([y, 10 * np.cos(y)])
    both = SVDRegressor().fit(X, Y)
    for j in range(2):
        one = SVDRegressor().fit(X, Y[:, j])
        np.testing.assert_allclose(both.summary().p[j], one.summary().p)
        std = both.predict(X, return_std=True)[1]
        np.testing.assert_allclose(std[:, j], one.predict(X, return_std=True)[1])
    assert len(str(both.summary()).splitlines()) == 13


def test_no_error_is_told_where_none_can_be_estimated(problem):
    X, y = problem
    model = SVDRegressor().fit(X[:6], y[:6])
    for ask in (model.summary, lambda: model.predict(X, return_std=True)):
        with pytest.raises(ValueError, match="no degree of freedom"):
            ask()
    with pytest.raises(ValueError, match="confidence"):
        SVDRegressor().fit(X, y).summary(confidence=95)


def test_an_exact_fit_is_sure():
    X = np.arange(5.0)[:, None]
    table = SVDRegressor().fit(np.hstack([X, X**2]), 2.0 + 4 * X[:, 0]).summary()
    assert table.p[1] < 1e-12
    assert np.isfinite(table.interval).all()


def test_the_intercept_of_one_output_is_a_number(problem):
    X, y = problem
    for dtype in (np.float64, np.float32):
        model = SVDRegressor().fit(X.astype(dtype), y.astype(dtype))
        assert type(model.intercept_) is dtype
    assert json.loads(json.dumps(SVDRegressor().fit(X, y).intercept_))
    assert SVDRegressor().fit(X, y[:, None]).intercept_.shape == (1,)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.filterwarnings("ignore::skmath.exceptions.CollinearityWarning")
def test_what_the_data_leave_open_has_no_finite_error(problem, solver):
    X, y = problem
    flag = np.arange(60) % 3 == 0
    # A flag and its complement, and a third column of two others.
    Z = np.column_stack([X[:, :3], flag, ~flag, X[:, 0] - 1e3 * X[:, 1]])
    table = SVDRegressor(solver=solver).fit(Z, y).summary()
    is_open = np.array([True, True, True, False, True, True, True])
    assert np.array_equal(np.isinf(table.standard_error), is_open)
    assert np.isnan(table.p[is_open]).all()
    assert np.isnan(table.t[is_open]).all()
    assert str(table).count("not determined") == is_open.sum()
    assert np.all(np.abs(table.interval[is_open]) == np.inf)
    # What is decided has the errors of the fit without what is not.
    ours = table.standard_error[3], table.p[3], table.t[3]
    kept = sm.OLS(y, sm.add_constant(np.column_stack([X[:, :3], flag]))).fit()
    np.testing.assert_allclose(ours, (kept.bse[3], kept.pvalues[3], kept.tvalues[3]))
    # A column that is there twice leaves the intercept as it is.
    Z = np.column_stack([X, X[:, 0]])
    table = SVDRegressor(solver=solver).fit(Z, y).summary()
    assert np.flatnonzero(np.isinf(table.standard_error)).tolist() == [1, 6]


def test_what_only_the_prior_decides_has_the_error_of_the_posterior(problem):
    X, y = problem
    Z = np.column_stack([X, X[:, 0], np.ones(60)])
    model = SVDRegressor(alpha=5.0).fit(Z, y)
    A = Z - Z.mean(axis=0)
    table = model.summary()
    covariance = table.noise_variance * np.linalg.inv(A.T @ A + 5 * np.eye(7))
    np.testing.assert_allclose(
        table.standard_error[1:], np.sqrt(np.diagonal(covariance))
    )
    mean = Z.mean(axis=0)
    np.testing.assert_allclose(
        table.standard_error[0] ** 2,
        table.noise_variance / 60 + mean @ covariance @ mean,
    )


def test_errors_by_inverse_variances_are_those_of_weights_that_sum_to_n(problem):
    X, y = problem
    weight = np.random.default_rng(0).random(60) * 20
    theirs = sm.WLS(y, sm.add_constant(X), weight).fit()
    ours = SVDRegressor().fit(X, y, weight * 60 / weight.sum()).summary()
    np.testing.assert_allclose(ours.standard_error, theirs.bse)
    np.testing.assert_allclose(ours.p, theirs.pvalues)
    with pytest.raises(ValueError, match="sum to the number of rows"):
        SVDRegressor().fit(X, y, weight / weight.sum()).summary()


def test_leverages_are_the_diagonal_of_the_hat_matrix(problem):
    X, y = problem
    model = SVDRegressor().fit(X, y)
    Z = np.column_stack([np.ones(60), X])
    np.testing.assert_allclose(model.leverage(X), np.diagonal(Z @ np.linalg.pinv(Z)))
    model = SVDRegressor(n_components=3, fit_intercept=False).fit(X, y)
    assert model.leverage(X).sum() == pytest.approx(3)


def test_the_path_has_the_coefficients_of_every_rank(problem):
    X, y = problem
    Y = np.column_stack([y, -y])
    for target in (y, Y):
        path = SVDRegressor(n_components=2, alpha=1.0).fit(X, target).coef_path()
        for k in range(1, 6):
            model = SVDRegressor(n_components=k, alpha=1.0).fit(X, target)
            np.testing.assert_allclose(path[k - 1], model.coef_, rtol=1e-9)


def test_reconstruction_is_that_of_principal_components(problem):
    X, y = problem
    model, pca = SVDRegressor(n_components=2).fit(X, y), PCA(2).fit(X)
    expected = pca.inverse_transform(pca.transform(X))
    np.testing.assert_allclose(model.inverse_transform(model.transform(X)), expected)
    with pytest.raises(ValueError, match="2 columns"):
        model.inverse_transform(X)
    whole = SVDRegressor().fit(X, y)
    np.testing.assert_allclose(whole.inverse_transform(whole.transform(X)), X)


def test_the_condition_number_is_that_of_columns_of_length_one(problem):
    X, y = problem
    A = X - X.mean(axis=0)
    expected = np.linalg.cond(A / np.linalg.norm(A, axis=0))
    for solver in SOLVERS:
        model = SVDRegressor(solver=solver).fit(X * [1, 1e9, 1, 1, 1], y)
        np.testing.assert_allclose(model.condition_number_, expected, rtol=1e-7)


@pytest.mark.parametrize("solver", ["auto", "gram", "qr", "svd"])
def test_dependent_columns_in_mixed_units_predict_as_in_one(solver):
    # Counts and their sum, and one column that differs from another in its 8th digit.
    rng = np.random.default_rng(0)
    counts = rng.poisson(5.0, (300, 8)).astype(float)
    near = counts[:, 0] + 1e-8 * rng.normal(size=300)
    total, part = counts[:, :5].sum(axis=1), counts[:, 1] + counts[:, 6]
    X = np.column_stack([counts, total, near, part])
    y = counts @ rng.normal(size=8) + rng.normal(size=300)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CollinearityWarning)
        best = SVDRegressor(solver=solver).fit(X, y).score(X, y)
        for _ in range(30):
            Z = X * 1e6 ** rng.choice([-1.0, 0.0, 1.0], X.shape[1])
            assert SVDRegressor(solver=solver).fit(Z, y).score(Z, y) == pytest.approx(
                best, abs=1e-3
            )
