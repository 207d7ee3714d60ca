"""Leave-one-out predictions of each row and candidate, and scores of them."""

import dask.array as da
import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import LinearRegression, Ridge, RidgeCV
from sklearn.metrics import get_scorer, make_scorer, mean_absolute_error, r2_score

from skmath import SVDRegressor

ALPHAS = np.logspace(-3, 4, 8)


@pytest.fixture
def problem():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 6)) + 3
    return X, X @ rng.normal(size=6) + rng.standard_t(2, size=50)


def two_outputs(problem):
    X, y = problem
    return X, np.column_stack([y, 1e3 * np.sin(y)])


def relative_error(estimator, X, y, sample_weight=None):
    """Return a score of one's own."""
    off = np.abs(y - estimator.predict(X)) / (1 + np.abs(y))
    return -np.average(off, weights=sample_weight)


def by_refits(model, X, y):
    """Return the prediction of each row by a model of all others."""
    n = len(y)
    others = [np.delete(np.arange(n), i) for i in range(n)]
    return np.array(
        [model.fit(X[o], y[o]).predict(X[i : i + 1])[0] for i, o in enumerate(others)]
    )


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array, da.from_array])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("outputs", [1, 2])
def test_the_squares_are_those_of_ridge_cv(problem, outputs, fit_intercept, kind):
    X, y = problem if outputs == 1 else two_outputs(problem)
    options = {"fit_intercept": fit_intercept, "store_cv_results": True}
    ours = SVDRegressor(alpha=ALPHAS, **options)
    ours.fit(kind(X), da.from_array(y) if kind is da.from_array else y)
    theirs = RidgeCV(ALPHAS, **options).fit(X, y)
    left_out = ours.criterion_path_.prediction
    assert left_out.shape == theirs.cv_results_.shape
    np.testing.assert_allclose(
        (y[..., None] - left_out) ** 2, theirs.cv_results_, rtol=1e-8, atol=1e-8
    )
    assert ours.alpha_ == theirs.alpha_


@pytest.mark.parametrize("shape", [(50, 6), (12, 30)])
@pytest.mark.parametrize(
    "scoring",
    ["neg_mean_absolute_error", "neg_median_absolute_error", "r2", relative_error],
)
def test_a_score_and_its_predictions_are_those_of_ridge_cv(problem, scoring, shape):
    X, y = np.random.default_rng(1).normal(size=shape), problem[1][: shape[0]]
    options = {"scoring": scoring, "store_cv_results": True}
    ours = SVDRegressor(alpha=ALPHAS, **options).fit(X, y)
    theirs = RidgeCV(ALPHAS, **options).fit(X, y)
    np.testing.assert_allclose(
        ours.criterion_path_.prediction, theirs.cv_results_, rtol=1e-8, atol=1e-8
    )
    assert ours.alpha_ == theirs.alpha_
    assert ours.criterion_path_.score.max() == pytest.approx(theirs.best_score_)
    again = SVDRegressor(alpha=ALPHAS, scoring=scoring, criterion="loo").fit(X, y)
    np.testing.assert_array_equal(
        again.criterion_path_.score, ours.criterion_path_.score
    )
    assert "prediction" not in again.criterion_path_


@pytest.mark.parametrize("alpha_per_target", [False, True])
def test_outputs_are_scored_as_ridge_cv_scores_them(problem, alpha_per_target):
    X, Y = two_outputs(problem)
    scoring = make_scorer(mean_absolute_error, greater_is_better=False)
    options = {"alpha_per_target": alpha_per_target, "scoring": scoring}
    ours = SVDRegressor(alpha=ALPHAS, store_cv_results=True, **options).fit(X, Y)
    theirs = RidgeCV(ALPHAS, store_cv_results=True, **options).fit(X, Y)
    np.testing.assert_array_equal(ours.alpha_, theirs.alpha_)
    np.testing.assert_allclose(
        ours.criterion_path_.prediction, theirs.cv_results_, rtol=1e-8
    )


@pytest.mark.parametrize("alpha", [0.0, 1e-10, 3.0, ALPHAS])
def test_the_predictions_are_those_of_refits(problem, alpha):
    X, y = problem
    # A row with a column of its own is predicted without that.
    X = np.column_stack([X, np.arange(50) == 7])
    model = SVDRegressor(alpha=alpha, store_cv_results=True).fit(X, y)
    for k, one in enumerate(np.ravel(alpha)):
        plain = Ridge(one, solver="svd") if one > 1e-8 else LinearRegression()
        expected = by_refits(plain, X, y)
        np.testing.assert_allclose(
            model.criterion_path_.prediction[:, k], expected, rtol=1e-7
        )


def test_candidates_of_each_output_are_predicted(problem):
    X, Y = two_outputs(problem)
    table = np.array([[0.1, 100.0], [1.0, 10.0], [10.0, 0.1]])
    model = SVDRegressor(alpha=table, store_cv_results=True).fit(X, Y)
    for j in range(2):
        one = SVDRegressor(alpha=table[:, j], store_cv_results=True).fit(X, Y[:, j])
        np.testing.assert_allclose(
            model.criterion_path_.prediction[:, j], one.criterion_path_.prediction
        )
        assert model.alpha_[j] == one.alpha_


def test_ranks_are_candidates_too(problem):
    X, y = problem
    model = SVDRegressor("auto", alpha=[0.0, 1.0], store_cv_results=True).fit(X, y)
    path = model.criterion_path_
    assert path.prediction.shape == (50, 12)
    squares = np.mean((y[:, None] - path.prediction) ** 2, axis=0)
    np.testing.assert_allclose(squares, path.error)


def test_a_weight_is_so_many_rows(problem):
    X, y = problem
    weight = np.arange(50) % 3
    options = {"scoring": "r2", "criterion": "loo", "store_cv_results": True}
    weighted = SVDRegressor(alpha=ALPHAS, **options).fit(X, y, weight).criterion_path_
    rows = np.repeat(np.arange(50), weight)
    repeated = SVDRegressor(alpha=ALPHAS, **options).fit(X[rows], y[rows])
    repeated = repeated.criterion_path_
    np.testing.assert_allclose(weighted.prediction[rows], repeated.prediction)
    np.testing.assert_allclose(weighted.score, repeated.score)
    score = r2_score(y, weighted.prediction[:, 0], sample_weight=weight)
    assert weighted.score[0] == pytest.approx(score)


def test_a_candidate_that_leaves_a_row_without_prediction_is_not_taken(problem):
    X, y = problem
    # As many rows as columns and an intercept, of which each decides its own.
    X, y = np.column_stack([X, np.eye(50)[:, :1]])[:9], y[:9]
    options = {"scoring": "r2", "criterion": "loo", "store_cv_results": True}
    model = SVDRegressor("auto", alpha=[0.0, 1.0], **options).fit(X, y)
    path = model.criterion_path_
    lost = ~np.isfinite(path.prediction).all(axis=0)
    np.testing.assert_array_equal(path.score == -np.inf, lost)
    assert np.isfinite(path.score[path.alpha == model.alpha_]).any()


def test_single_precision_stays(problem):
    X, y = (a.astype("f4") for a in problem)
    model = SVDRegressor(alpha=ALPHAS, store_cv_results=True).fit(X, y)
    assert model.criterion_path_.prediction.dtype == np.float32
    scorer = get_scorer("neg_mean_absolute_error")
    assert np.isfinite(scorer(model, X, y))


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"criterion": "cv"}, "requires criterion='loo'"),
        ({"criterion": "gcv"}, "requires criterion='loo'"),
        ({"positive": True}, "positive=False"),
        ({"store_cv_results": "yes"}, "'store_cv_results' parameter"),
    ],
)
def test_what_cannot_be_kept_is_named(problem, params, message):
    model = SVDRegressor(alpha=ALPHAS, **{"store_cv_results": True, **params})
    with pytest.raises(ValueError, match=message):
        model.fit(*problem)


def test_nothing_is_chosen_where_one_candidate_is_looked_at(problem):
    X, y = problem
    model = SVDRegressor(alpha=1.0, store_cv_results=True).fit(X, y)
    plain = SVDRegressor(alpha=1.0).fit(X, y)
    np.testing.assert_array_equal(model.coef_, plain.coef_)
    assert str(model.summary(X, y)) == str(plain.summary(X, y))
    windows = (m.fit_windows(X, y, 20).coef for m in (model, plain))
    np.testing.assert_array_equal(*windows)


def test_rows_that_come_in_parts_are_not_left_out(problem):
    model = SVDRegressor(alpha=1.0, store_cv_results=True)
    with pytest.raises(AttributeError) as told:
        model.partial_fit(*problem)
    assert "store_cv_results" in str(told.value.__cause__)
