"""An alpha for each output: what a fit for each output gives, from one decomposition.

The oracle is a separate fit, and scikit-learn's Ridge and RidgeCV.
"""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.linear_model import Ridge, RidgeCV

from skmath import SVDRegressor
from skmath.display import RankSelectionDisplay
from skmath.exceptions import CollinearityWarning

ALPHAS = np.logspace(-3, 4, 20)


@pytest.fixture
def problem():
    """Outputs in units that are far apart, of noise that asks for other alphas."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 8)) + 3
    noise = rng.normal(size=(60, 3)) * [1, 8, 40]
    return X, (X @ rng.normal(size=(8, 3)) + noise) * [1, 1e6, 1e-6]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("criterion", ["loo", "gcv", "cv"])
@pytest.mark.parametrize("params", [{}, {"n_components": 5}, {"fit_intercept": False}])
def test_it_is_a_fit_for_each_output(problem, criterion, params, weighted):
    X, Y = problem
    weight = np.arange(60) % 3 if weighted else None
    params = {"alpha": ALPHAS, "criterion": criterion, **params}
    model = SVDRegressor(alpha_per_target=True, **params).fit(X, Y, weight)
    assert model.alpha_.shape == (3,)
    assert len(set(model.alpha_)) > 1
    std = model.predict(X, return_std=True)[1]
    summary = model.summary()
    for j in range(3):
        one = SVDRegressor(**params).fit(X, Y[:, j], weight)
        pairs = {
            "alpha": (model.alpha_[j], one.alpha_),
            "b": (model.coef_[j], one.coef_),
            "c": (model.intercept_[j], one.intercept_),
            "df": (model.degrees_of_freedom_[j], one.degrees_of_freedom_),
            "f": (model.filter_factors_[j], one.filter_factors_),
            "h": (model.leverage(X)[:, j], one.leverage(X)),
            "std": (std[:, j], one.predict(X, return_std=True)[1]),
            "error": (model.criterion_path_.error[:, j], one.criterion_path_.error),
            "left": (summary.degrees_of_freedom[j], one.summary().degrees_of_freedom),
        }
        for name in ("estimate", "standard_error", "t", "interval"):
            pairs[name] = summary[name][j], one.summary()[name]
        for name, (ours, theirs) in pairs.items():
            np.testing.assert_allclose(ours, theirs, rtol=1e-10, err_msg=name)
        path, expected = model.coef_path()[:, j], one.coef_path()
        scale = np.abs(expected).max()
        np.testing.assert_allclose(path, expected, rtol=1e-9, atol=1e-10 * scale)


def test_leave_one_out_chooses_what_ridge_cv_does(problem):
    X, Y = problem
    theirs = RidgeCV(ALPHAS, alpha_per_target=True).fit(X, Y)
    ours = SVDRegressor(alpha=ALPHAS, alpha_per_target=True).fit(X, Y)
    np.testing.assert_allclose(ours.alpha_, theirs.alpha_)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-8)


def test_units_of_one_output_do_not_change_the_alphas(problem):
    X, Y = problem
    model = SVDRegressor(alpha=ALPHAS, alpha_per_target=True)
    expected = model.fit(X, Y).alpha_
    for unit in (1e-6, 1e6):
        found = model.fit(X, (Y + 1 * Y.std(axis=0)) * [unit, 1, 1 / unit]).alpha_
        np.testing.assert_array_equal(found, expected)
    order = np.random.default_rng(1).permutation(60)
    np.testing.assert_array_equal(model.fit(X[order], Y[order]).alpha_, expected)
    np.testing.assert_array_equal(model.fit(sparse.csr_array(X), Y).alpha_, expected)
    X, Y = X.astype("f4"), (Y / [1, 1e6, 1e-6]).astype("f4")
    np.testing.assert_array_equal(model.fit(X, Y).alpha_, expected)
    assert model.coef_.dtype == model.predict(X).dtype == np.float32


def test_a_row_of_alphas_is_ridge_with_one_for_each_output(problem):
    X, Y = problem
    alpha = np.array([0.0, 3.0, 100.0])
    model = SVDRegressor(alpha=[alpha]).fit(X, Y)
    assert model.criterion_path_ is None
    np.testing.assert_array_equal(model.alpha_, alpha)
    for j in range(3):
        theirs = Ridge(alpha=alpha[j]).fit(X, Y[:, j])
        np.testing.assert_allclose(model.coef_[j], theirs.coef_, rtol=1e-9)
    assert model.degrees_of_freedom_[0] == pytest.approx(8)
    batches = SVDRegressor(alpha=[alpha]).partial_fit(X[:9], Y[:9])
    batches.partial_fit(X[9:], Y[9:])
    np.testing.assert_allclose(batches.coef_, model.coef_, rtol=1e-9)


def test_columns_of_alphas_are_candidates_of_one_output_each(problem):
    X, Y = problem
    table = np.column_stack([ALPHAS, ALPHAS[::-1], 7 * ALPHAS])
    model = SVDRegressor(alpha=table).fit(X, Y)
    for j in range(3):
        one = SVDRegressor(alpha=table[:, j]).fit(X, Y[:, j])
        assert model.alpha_[j] == one.alpha_


def test_one_output_has_a_number_if_y_is_a_column_and_an_array_otherwise(problem):
    X, Y = problem
    model = SVDRegressor(alpha=ALPHAS, alpha_per_target=True)
    assert isinstance(model.fit(X, Y[:, 0]).alpha_, float)
    assert model.summary().estimate.shape == (9,)
    assert model.fit(X, Y[:, :1]).alpha_.shape == (1,)
    assert SVDRegressor(alpha=2.0, alpha_per_target=True).fit(X, Y).alpha_.tolist() == [
        *(2.0, 2.0, 2.0)
    ]


def test_batches_choose_for_each_output(problem):
    X, Y = problem
    model = SVDRegressor(alpha=ALPHAS, alpha_per_target=True, criterion="gcv")
    expected = clone_fit(model, X, Y)
    model.partial_fit(X[:1], Y[:1])
    np.testing.assert_array_equal(model.alpha_, ALPHAS[-1])
    model.partial_fit(X[1:], Y[1:])
    np.testing.assert_array_equal(model.alpha_, expected.alpha_)


def clone_fit(model, X, Y):
    """Return a fit of the same parameters."""
    return SVDRegressor(**model.get_params()).fit(X, Y)


def test_a_dependent_column_is_told_if_one_output_is_not_damped(problem):
    X, Y = problem
    X = np.column_stack([X, X[:, 0]])
    with pytest.warns(CollinearityWarning):
        SVDRegressor(alpha=[[1.0, 0.0, 1.0]]).fit(X, Y)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"alpha": [[1.0, 2.0]]}, "alpha has 2 columns, .* y has 3"),
        ({"alpha": [[[1.0]]]}, "alpha must be a nonnegative number"),
        ({"alpha": [[1.0, -1.0, 1.0]]}, "alpha must be a nonnegative number"),
        (
            {"n_components": "auto", "alpha_per_target": True},
            "n_components='auto' chooses one rank",
        ),
        ({"alpha_per_target": 3}, "'alpha_per_target' parameter"),
    ],
)
def test_what_cannot_be_is_named(problem, params, message):
    with pytest.raises(ValueError, match=message):
        SVDRegressor(**params).fit(*problem)


def test_columns_of_a_frame_keep_their_order(problem):
    X, Y = problem
    frame = pd.DataFrame(Y, columns=["a", "b", "c"])
    model = SVDRegressor(alpha=ALPHAS, alpha_per_target=True).fit(X, frame)
    turned = SVDRegressor(alpha=ALPHAS, alpha_per_target=True).fit(X, frame[["c", "a"]])
    np.testing.assert_allclose(turned.coef_, model.coef_[[2, 0]], rtol=1e-10)


def test_there_is_no_one_choice_to_draw(problem):
    model = SVDRegressor(alpha=ALPHAS, alpha_per_target=True).fit(*problem)
    with pytest.raises(ValueError, match="one alpha per output"):
        RankSelectionDisplay.from_estimator(model)
