"""Choices by a scorer, against scikit-learn's search of the same folds."""

import dask.array as da
import numpy as np
import pytest
from scipy import sparse
from sklearn.metrics import make_scorer, mean_absolute_error, r2_score
from sklearn.model_selection import GridSearchCV, KFold

from skmath import SVDRegressor
from skmath.display import RankSelectionDisplay

ALPHAS = np.logspace(-2, 4, 7)
CV = KFold(4, shuffle=True, random_state=0)


@pytest.fixture
def problem():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 6)) + 3
    return X, X @ rng.normal(size=6) + rng.standard_t(2, size=50)


def relative_error(estimator, X, y, sample_weight=None):
    """Return a score of one's own."""
    off = np.abs(y - estimator.predict(X)) / (1 + np.abs(y))
    return -np.average(off, weights=sample_weight)


@pytest.mark.parametrize(
    "scoring",
    ["r2", "neg_mean_absolute_error", "neg_median_absolute_error", relative_error],
)
@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("positive", [False, True])
def test_it_chooses_as_a_search_does(problem, scoring, kind, positive):
    X, y = problem
    params = {"positive": positive}
    model = SVDRegressor(alpha=ALPHAS, scoring=scoring, cv=CV, **params)
    model.fit(kind(X), y)
    search = GridSearchCV(
        SVDRegressor(**params), {"alpha": ALPHAS}, scoring=scoring, cv=CV
    ).fit(X, y)
    assert model.alpha_ == search.best_params_["alpha"]
    np.testing.assert_allclose(
        model.criterion_path_.score, search.cv_results_["mean_test_score"], rtol=1e-8
    )


def test_ranks_are_chosen_too(problem):
    X, y = problem
    model = SVDRegressor("auto", alpha=[0.0, 1.0], scoring="r2", cv=CV).fit(X, y)
    grid = {"n_components": range(1, 7), "alpha": [0.0, 1.0]}
    search = GridSearchCV(SVDRegressor(), grid, scoring="r2", cv=CV).fit(X, y)
    np.testing.assert_allclose(model.criterion_path_.score.max(), search.best_score_)
    assert model.n_components_ == search.best_params_["n_components"]


def test_outputs_together_and_each_with_its_own(problem):
    X, y = problem
    Y = np.column_stack([y, 1e6 * np.sin(y), X @ np.arange(6.0)])
    scoring = make_scorer(mean_absolute_error, greater_is_better=False)
    both = SVDRegressor(alpha=ALPHAS, scoring=scoring, cv=CV).fit(X, Y)
    search = GridSearchCV(SVDRegressor(), {"alpha": ALPHAS}, scoring=scoring, cv=CV)
    search.fit(X, Y)
    np.testing.assert_allclose(
        both.criterion_path_.score, search.cv_results_["mean_test_score"], rtol=1e-8
    )
    params = {"alpha": ALPHAS, "scoring": scoring, "cv": CV}
    each = SVDRegressor(alpha_per_target=True, **params).fit(X, Y)
    for j in range(3):
        assert each.alpha_[j] == SVDRegressor(**params).fit(X, Y[:, j]).alpha_


def test_weights_count_rows_of_the_fold_too(problem):
    X, y = problem
    weight = np.arange(50) % 3
    model = SVDRegressor(alpha=ALPHAS, scoring="r2", cv=CV).fit(X, y, weight)
    expected = np.zeros(len(ALPHAS))
    for train, test in CV.split(X):
        for i, alpha in enumerate(ALPHAS):
            one = SVDRegressor(alpha=alpha).fit(X[train], y[train], weight[train])
            score = r2_score(y[test], one.predict(X[test]), sample_weight=weight[test])
            expected[i] += score / 4
    np.testing.assert_allclose(model.criterion_path_.score, expected, rtol=1e-8)
    weight[:13] = 0  # a fold without weight is not there
    held_out = np.arange(13), np.arange(13, 30), np.arange(30, 50)
    folds = [(np.setdiff1d(np.arange(50), test), test) for test in held_out]
    model = SVDRegressor(alpha=ALPHAS, scoring="r2", cv=folds).fit(X, y, weight)
    shifted = [(np.setdiff1d(np.arange(37), t - 13), t - 13) for _, t in folds[1:]]
    params = {"alpha": ALPHAS, "scoring": "r2", "cv": shifted}
    without = SVDRegressor(**params).fit(X[13:], y[13:], weight[13:])
    np.testing.assert_allclose(
        model.criterion_path_.score, without.criterion_path_.score, rtol=1e-8
    )


def test_units_of_y_do_not_change_a_choice_by_a_scorer_without_unit(problem):
    X, y = problem
    model = SVDRegressor(alpha=ALPHAS, scoring="r2", cv=CV)
    expected = model.fit(X, y).alpha_
    for unit in (1e-6, 1e6):
        assert model.fit(X, unit * y).alpha_ == expected
    assert model.fit(X.astype("f4"), y.astype("f4")).alpha_ == expected


def test_a_score_is_drawn_as_one(problem):
    model = SVDRegressor(alpha=ALPHAS, scoring="r2", cv=CV).fit(*problem)
    display = RankSelectionDisplay.from_estimator(model)
    np.testing.assert_array_equal(display.criterion, model.criterion_path_.score)
    assert display.ax_.get_ylabel() == "score"
    assert display.candidates[display.chosen] == model.alpha_


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"scoring": "r3"}, "'scoring' parameter"),
        (
            {"scoring": "r2", "criterion": "loo", "positive": True},
            "set criterion='cv'",
        ),
        ({"scoring": "r2", "criterion": "gcv"}, "set criterion='cv'"),
    ],
)
def test_what_cannot_be_is_named(problem, params, message):
    with pytest.raises(ValueError, match=message):
        SVDRegressor(alpha=ALPHAS, **params).fit(*problem)


def test_a_scorer_has_to_take_weights_and_rows_in_memory(problem):
    X, y = problem

    def plain(estimator, X, y):
        return -np.mean((y - estimator.predict(X)) ** 2)

    model = SVDRegressor(alpha=ALPHAS, scoring=plain)
    assert (
        model.fit(X, y).alpha_
        == SVDRegressor(alpha=ALPHAS, criterion="cv").fit(X, y).alpha_
    )
    with pytest.raises(ValueError, match="does not accept sample_weight"):
        model.fit(X, y, np.ones(50))
    with pytest.raises(ValueError, match="Dask"):
        model.fit(da.from_array(X), da.from_array(y))
    with pytest.raises(AttributeError) as told:
        model.partial_fit(X, y)
    assert "read the rows again" in str(told.value.__cause__)


@pytest.mark.parametrize("scoring", ["recall_samples", "roc_auc", "neg_log_loss"])
def test_a_score_of_labels_is_named(scoring, problem):
    X, y = problem[:2]
    model = SVDRegressor(alpha=(0.1, 1.0), cv=3, scoring=scoring)
    with pytest.raises(ValueError, match=f"scoring={scoring!r} cannot score"):
        model.fit(X, y)
