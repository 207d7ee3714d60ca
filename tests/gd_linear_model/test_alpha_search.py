"""The strength of a penalty is that which predicts rows held out best."""

import numpy as np
import pytest
from gd_linear_model.small_table import CLASSIFICATIONS, lengths, small_table, targets
from scipy import sparse
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.linear_model import ElasticNetCV, LassoCV, LinearRegression
from sklearn.model_selection import GridSearchCV, KFold, StratifiedKFold

from skmath import GDLinearModel

LOSSES = [
    *("squared_error", "huber", "quantile", "poisson", "gamma", "tweedie"),
    *CLASSIFICATIONS,
]


BOUNDS = (-0.2, [0.3, 0.5, np.inf, np.inf, np.inf, 0.0])
ABOVE = ([0.1, *[-np.inf] * 5], np.inf)
"""Bounds that keep the first coefficient from zero."""

SUM = (np.ones((1, 6)), [0.5])

STRUCTURED = [
    {"penalty": "mcp"},
    {"penalty": "mcp", "positive": True},
    {"penalty": "scad", "gamma": 4.0},
    {"penalty": "fused"},
    {"penalty": "fused", "groups": [0, 1, 0, 1, 0, 1]},
    {"penalty": "l1", "bounds": BOUNDS},
    {"penalty": "l1", "bounds": ABOVE},
    {"penalty": "l2", "bounds": BOUNDS},
    {"penalty": "l2", "constraints": SUM},
    {
        "penalty": "l2",
        "penalty_matrix": 2 * np.eye(6) - np.eye(6, k=1) - np.eye(6, k=-1),
    },
]


class Own:
    """A penalty with its own strength."""

    def value(self, w):
        return float(np.abs(w).sum())

    def gradient(self, w):
        return 0.0 * w

    def prox(self, v, step):
        return np.sign(v) * np.maximum(np.abs(v) - step, 0.0)


def six_columns(loss):
    """Return columns that hardly depend on each other: folded penalties are convex."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(150, 6))
    z = X @ [0.5, 0.4, -0.3, 0.0, 0.0, 0.1] + 0.3
    if loss == "squared_error":
        return X, z + rng.normal(size=150)
    if loss == "log_loss":
        return X, (z + rng.logistic(size=150) > 0).astype(int)
    # The same counts three times: the curvature at their mean, by which gamma is
    # measured, is then that of all rows in each fold.
    y = np.tile(rng.poisson(np.exp(z[:50])).astype(float), 3)
    return np.tile(X[:50], (3, 1)) + 0.3 * rng.normal(size=(150, 6)), y


@pytest.fixture(scope="module")
def diabetes():
    return load_diabetes(return_X_y=True)


@pytest.mark.parametrize("l1_ratio", [1.0, 0.5])
def test_the_errors_are_those_of_scikit_learn(l1_ratio, diabetes):
    X, y = diabetes
    options = {"cv": KFold(4), "alphas": 30, "tol": 1e-10, "max_iter": 100_000}
    if l1_ratio == 1:
        peer = LassoCV(**options).fit(X, y)
    else:
        peer = ElasticNetCV(l1_ratio=l1_ratio, **options).fit(X, y)
    model = GDLinearModel(
        penalty="elasticnet", l1_ratio=l1_ratio, alpha=peer.alphas_, cv=4, tol=1e-10
    )
    model.fit(X, y)
    losses = 2 * model.cv_results_["mean_test_loss"]
    # Folds of 111 and 110 rows count by their rows here.
    weights = [111, 111, 110, 110]
    expected = np.average(peer.mse_path_, axis=1, weights=weights)
    np.testing.assert_allclose(losses, expected, rtol=1e-5)
    assert model.alpha_ == pytest.approx(peer.alpha_)
    np.testing.assert_allclose(model.coef_, peer.coef_, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("penalty", ["l1", "l2"])
@pytest.mark.parametrize("loss", LOSSES)
def test_the_errors_are_those_of_fits_fold_by_fold(loss, penalty):
    X, y = targets(loss, small_table())
    model = GDLinearModel(loss, penalty=penalty, **lengths(loss, 1.0))
    model.set_params(alpha=[0.3, 0.03, 0.003], cv=3, tol=1e-5).fit(X, y)
    losses = np.zeros((3, 3))
    folds = (StratifiedKFold if loss in CLASSIFICATIONS else KFold)(3)
    for j, alpha in enumerate(model.cv_results_["param_alpha"]):
        one = GDLinearModel(loss, penalty=penalty, alpha=alpha, tol=1e-7)
        one.set_params(**lengths(loss, 1.0))
        for k, (train, test) in enumerate(folds.split(X, y)):
            one.fit(X[train], y[train])
            losses[k, j] = mean_loss(one, X[test], y[test])
    sizes = [len(test) for _, test in folds.split(X, y)]
    mean = np.average(losses, axis=0, weights=sizes)
    results = model.cv_results_
    np.testing.assert_allclose(results["mean_test_loss"], mean, rtol=2e-3)
    squares = np.average((losses - mean) ** 2, axis=0, weights=sizes)
    error = np.sqrt(squares / 2)
    np.testing.assert_allclose(results["std_error_test_loss"], error, rtol=2e-2)
    assert model.alpha_ == results["param_alpha"][np.argmin(mean)]


def mean_loss(model, X, y):
    loss = model._loss_
    if hasattr(model, "classes_"):
        z = np.reshape(model.decision_function(X), (len(X), -1))
        y = (y == model.classes_[1])[:, None].astype(float)
    else:
        z, y = (X @ model.coef_ + model.intercept_)[:, None], y[:, None]
    return loss.value(y, z).mean()


@pytest.mark.parametrize("loss", ["squared_error", "poisson", "log_loss"])
def test_the_path_begins_where_all_coefficients_are_zero(loss):
    X, y = targets(loss, small_table())
    model = GDLinearModel(loss, penalty="l1", alpha="cv", n_alphas=10).fit(X, y)
    nonzero = (model.coef_path_ != 0).reshape(10, -1).sum(axis=1)
    assert nonzero[0] == 0
    assert nonzero[1] > 0
    alphas, coefs, _ = GDLinearModel(loss, penalty="l1", n_alphas=10).path(None, X, y)
    assert len(alphas) == 10
    assert not coefs[0].any()
    assert coefs[1].any()


@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
@pytest.mark.parametrize("penalty", ["group", "sparse_group"])
def test_a_path_of_groups_begins_without_any(penalty, loss):
    X, y = load_breast_cancer(return_X_y=True)
    groups = np.tile(np.arange(10), 3)
    model = GDLinearModel(loss, penalty=penalty, groups=groups, alpha="cv")
    model.set_params(n_alphas=10, cv=3).fit(X, y.astype(float))
    path = np.reshape(model.coef_path_, (10, -1))
    kept = [np.unique(groups[coef != 0]).size for coef in path]
    assert kept[0] == 0 < kept[1] < kept[-1]
    assert model.converged_


def test_coefficients_that_are_free_are_fitted_where_it_begins(diabetes):
    X, y = diabetes
    free = np.arange(10) == 2
    model = GDLinearModel(penalty="l1", alpha="cv", penalty_weights=1.0 - free)
    path = model.fit(X, y).coef_path_
    assert path[0][2] != 0
    assert not path[0][~free].any()
    assert path[1][~free].any()


@pytest.mark.parametrize("penalty", ["l1", "l2"])
@pytest.mark.parametrize("loss", ["squared_error", "gamma", "log_loss"])
def test_units_of_columns_and_targets_change_nothing(loss, penalty):
    X, y = targets(loss, small_table())
    units = np.array([1e-6, 1.0, 1e6])
    model = GDLinearModel(loss, penalty=penalty, alpha="cv", n_alphas=20)
    alpha, coef = model.fit(X, y).alpha_, model.coef_
    unit = 1e3 if loss == "squared_error" else 1.0
    other = model.fit(X * units, y * unit if unit > 1 else y)
    assert other.alpha_ == pytest.approx(alpha, rel=1e-6)
    np.testing.assert_allclose(other.coef_ * units / unit, coef, rtol=1e-4)


@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
def test_a_sparse_table_is_the_dense_one(loss):
    X, y = targets(loss, small_table())
    model = GDLinearModel(loss, penalty="l1", alpha="cv", n_alphas=10)
    coef, results = model.fit(X, y).coef_, model.cv_results_
    model.fit(sparse.csr_array(X), y)
    np.testing.assert_allclose(model.coef_, coef, rtol=1e-5)
    np.testing.assert_allclose(
        model.cv_results_["mean_test_loss"], results["mean_test_loss"], rtol=1e-3
    )


def test_chunks_of_dask_are_summed_by_fold(diabetes):
    da = pytest.importorskip("dask.array")
    X, y = diabetes
    model = GDLinearModel(penalty="l1", alpha="cv", n_alphas=10)
    coef = model.fit(X, y).coef_
    model.fit(*(da.from_array(a, chunks=(100, -1)[: a.ndim]) for a in (X, y)))
    np.testing.assert_allclose(model.coef_, coef, rtol=1e-5, atol=1e-4)


def test_rows_without_weight_are_in_no_fold_that_counts(diabetes):
    X, y = diabetes
    weight = np.ones(len(y))
    weight[::7] = 0
    labels = np.arange(len(y)) % 5
    cv = [(np.flatnonzero(labels != k), np.flatnonzero(labels == k)) for k in range(5)]
    model = GDLinearModel(penalty="l1", alpha="cv", n_alphas=10)
    mean = model.set_params(cv=cv).fit(X, y, weight).cv_results_["mean_test_loss"]
    there = np.flatnonzero(weight)
    labels = labels[there]
    cv = [(np.flatnonzero(labels != k), np.flatnonzero(labels == k)) for k in range(5)]
    model.set_params(cv=cv).fit(X[there], y[there])
    np.testing.assert_allclose(model.cv_results_["mean_test_loss"], mean, rtol=1e-6)


def test_within_a_standard_error_the_strongest_is_taken(diabetes):
    X, y = diabetes
    model = GDLinearModel(penalty="l1", alpha="cv", alpha_rule="1se").fit(X, y)
    results = model.cv_results_
    mean, error = results["mean_test_loss"], results["std_error_test_loss"]
    best = np.argmin(mean)
    chosen = np.flatnonzero(results["param_alpha"] == model.alpha_)[0]
    assert chosen < best
    assert mean[chosen] <= mean[best] + error[best] < mean[chosen - 1]


@pytest.mark.parametrize("loss", ["squared_error", "log_loss", "poisson"])
@pytest.mark.parametrize("options", STRUCTURED)
def test_the_choice_is_that_of_a_grid_search(options, loss):
    X, y = six_columns(loss)
    alphas = np.geomspace(0.5, 0.005, 8)
    model = GDLinearModel(loss, alpha=alphas, cv=3, tol=1e-8, **options).fit(X, y)
    search = GridSearchCV(
        GDLinearModel(loss, tol=1e-8, **options),
        {"alpha": alphas},
        cv=3,
        scoring=lambda model, X, y: -mean_loss(model, X, y),
    ).fit(X, y)
    losses = model.cv_results_
    for k in range(3):
        expected = -search.cv_results_[f"split{k}_test_score"]
        np.testing.assert_allclose(
            losses[f"split{k}_test_loss"], expected, rtol=1e-4, atol=1e-5
        )
    assert model.alpha_ == search.best_params_["alpha"]
    np.testing.assert_allclose(model.coef_, search.best_estimator_.coef_, atol=1e-5)
    mean, error = losses["mean_test_loss"], losses["std_error_test_loss"]
    largest = alphas[mean <= mean.min() + error[mean.argmin()]].max()
    assert model.set_params(alpha_rule="1se").fit(X, y).alpha_ == largest


@pytest.mark.parametrize("loss", ["squared_error", "log_loss", "poisson"])
@pytest.mark.parametrize("penalty", ["mcp", "scad"])
def test_a_folded_path_begins_where_the_lasso_s_does(penalty, loss):
    X, y = six_columns(loss)
    model = GDLinearModel(loss, penalty=penalty, alpha="cv", n_alphas=20).fit(X, y)
    lasso = GDLinearModel(loss, penalty="l1", alpha="cv", n_alphas=20).fit(X, y)
    grids = (m.cv_results_["param_alpha"] for m in (model, lasso))
    np.testing.assert_allclose(*grids)
    path = np.reshape(model.coef_path_, (20, -1))
    assert not path[0].any()
    assert path[1].any()
    assert model.converged_
    # Weak folded penalties leave the coefficients as they are without any.
    free = GDLinearModel(loss, alpha=0.0).fit(X, y).coef_
    np.testing.assert_allclose(path[-1], np.ravel(free), atol=2e-3)


@pytest.mark.parametrize("penalty", ["mcp", "scad"])
def test_of_weak_strengths_that_change_nothing_the_strongest_is_taken(penalty):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 5))
    y = X @ [1.0, -1.0, 2.0, 1.5, -2.0] + 0.1 * rng.normal(size=40)
    alphas = np.geomspace(0.1, 1e-4, 10)
    model = GDLinearModel(penalty=penalty, alpha=alphas).fit(X, y)
    loss = model.cv_results_["mean_test_loss"]
    np.testing.assert_allclose(loss, loss[0], rtol=1e-12)  # as least squares
    assert model.alpha_ == 0.1
    np.testing.assert_allclose(model.coef_, LinearRegression().fit(X, y).coef_)


@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("groups", [None, [0, 1, 0, 1, 0, 1]])
@pytest.mark.parametrize("loss", ["squared_error", "log_loss", "poisson"])
def test_a_fused_path_begins_where_all_levels_are_merged(loss, groups, fit_intercept):
    X, y = six_columns(loss)
    options = {"groups": groups, "fit_intercept": fit_intercept, "tol": 1e-9}
    model = GDLinearModel(loss, penalty="fused", alpha="cv", n_alphas=20, **options)
    path = np.reshape(model.fit(X, y).coef_path_, (20, -1))
    blocks = np.zeros(6, dtype=int) if groups is None else np.array(groups)
    merged = [[np.ptp(w[blocks == b]) for b in np.unique(blocks)] for w in path]
    np.testing.assert_allclose(merged[0], 0, atol=1e-9)
    assert np.max(merged[1]) > 1e-4
    # All levels of a block are one column, their sum.
    sums = np.stack([X[:, blocks == b].sum(axis=1) for b in np.unique(blocks)], axis=1)
    plain = GDLinearModel(loss, alpha=0.0, tol=1e-9, fit_intercept=fit_intercept)
    expected = np.ravel(plain.fit(sums, y).coef_)[blocks]
    np.testing.assert_allclose(path[0], expected, atol=1e-4)
    # A little below the first strength two levels part.
    model = GDLinearModel(loss, penalty="fused", n_alphas=2, **options)
    first = model.path(None, X, y)[0][0]
    for share, parts in [(1.001, False), (0.99, True)]:
        w = np.ravel(model.path([share * first], X, y)[1])
        gaps = [np.ptp(w[blocks == b]) for b in np.unique(blocks)]
        assert (max(gaps) > 1e-7) == parts


@pytest.mark.parametrize("bounds", [BOUNDS, ABOVE])
def test_a_path_within_bounds_begins_next_to_zero(bounds):
    X, y = six_columns("squared_error")
    model = GDLinearModel(penalty="l1", alpha="cv", n_alphas=20, bounds=bounds)
    path = model.fit(X, y).coef_path_
    rest = np.clip(0.0, *np.broadcast_arrays(*bounds))
    np.testing.assert_allclose(path[0], rest, atol=1e-9)
    assert np.abs(path[1] - rest).max() > 1e-4


@pytest.mark.parametrize("options", [o for o in STRUCTURED if o["penalty"] != "l1"])
def test_structured_paths_follow_the_units(options):
    if "bounds" in options or "constraints" in options:
        return
    X, y = six_columns("squared_error")
    model = GDLinearModel(alpha="cv", n_alphas=10, **options)
    alpha, coef = model.fit(X, y).alpha_, model.coef_
    model.fit(1e6 * X, 1e3 * y)
    assert model.alpha_ == pytest.approx(alpha, rel=1e-6)
    np.testing.assert_allclose(1e3 * model.coef_, coef, rtol=1e-4, atol=1e-6)


def test_what_is_chosen_is_an_optimum_of_all_rows(diabetes):
    X, y = diabetes
    alphas = [0.001, 0.01, 0.1, 1.0]
    model = GDLinearModel(penalty="l1", alpha=alphas).fit(X, y)
    assert model.converged_
    plain = GDLinearModel(penalty="l1", alpha=model.alpha_).fit(X, y)
    np.testing.assert_allclose(model.coef_, plain.coef_, atol=1e-3)
    k = list(model.cv_results_["param_alpha"]).index(model.alpha_)
    np.testing.assert_allclose(model.coef_path_[k], plain.coef_, atol=1e-2)


def test_folds_run_in_processes_too():
    X, y = load_breast_cancer(return_X_y=True)
    model = GDLinearModel("log_loss", alpha="cv", n_alphas=5)
    coef = model.fit(X, y).coef_
    np.testing.assert_array_equal(model.set_params(n_jobs=2).fit(X, y).coef_, coef)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"penalty": None}, "not None"),
        ({"penalty": Own()}, "such as 'l2', 'l1' or 'mcp', not .*Own"),
        ({"early_stopping": True}, "early_stopping=False"),
        ({"solver": "sgd"}, "sgd"),
        ({"cv": 1000}, "n_splits=1000"),
        ({"cv": [(np.arange(10), np.arange(5))]}, "cv must hold out each row once"),
        ({"alpha": [[1.0]]}, "alpha must be a number or a list"),
        ({"alpha": [-1.0]}, "alpha must be nonnegative"),
        ({"alpha": [np.nan]}, "alpha must be nonnegative"),
    ],
)
def test_what_cannot_be_chosen_is_refused(options, message, diabetes):
    model = GDLinearModel(**{"penalty": "l1", "alpha": "cv", **options})
    with pytest.raises(ValueError, match=message):
        model.fit(*diabetes)
    assert not hasattr(model, "coef_")


def test_rows_that_come_in_parts_have_no_folds(diabetes):
    model = GDLinearModel(solver="sgd", alpha="cv")
    with pytest.raises(ValueError, match="set alpha to a number"):
        model.partial_fit(*diabetes)


@pytest.mark.parametrize("positive", [False, True])
@pytest.mark.parametrize("l1_ratio", [1.0, 0.5])
@pytest.mark.parametrize("loss", ["log_loss", "poisson", "gamma"])
def test_a_path_meets_the_conditions_of_each_optimum(loss, l1_ratio, positive):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((600, 12)) * np.geomspace(0.3, 3.0, 12)
    z = X @ np.where(np.arange(12) < 6, 0.3 / np.geomspace(0.3, 3.0, 12), 0.0)
    y = {
        "log_loss": (z + rng.logistic(size=600) > 0).astype(float),
        "poisson": rng.poisson(np.exp(z)).astype(float),
        "gamma": np.exp(z) * rng.gamma(2.0, 0.5, size=600),
    }[loss]
    model = GDLinearModel(
        loss, penalty="elasticnet", l1_ratio=l1_ratio, positive=positive, tol=1e-9
    )
    # Steps of all lengths, and none.
    given = [0.5, 0.1, 0.099, 0.099, 1e-3, 1e-4, 0.0]
    alphas, coefs, intercepts = model.path(given, X, y)
    for alpha, w, c in zip(alphas, coefs, intercepts, strict=True):
        z, w = X @ np.ravel(w) + np.ravel(c), np.ravel(w)
        slope = {
            "log_loss": 1 / (1 + np.exp(-z)) - y,
            "poisson": np.exp(z) - y,
            "gamma": 1 - y * np.exp(-z),
        }[loss]
        g, kink = X.T @ slope / 600 + alpha * (1 - l1_ratio) * w, alpha * l1_ratio
        assert abs(slope.mean()) < 1e-7
        assert np.abs(g + kink * np.sign(w))[w != 0].max(initial=0.0) < 1e-7
        outward = -g if positive else np.abs(g)
        assert (outward[w == 0] <= kink + 1e-7).all()
        assert not positive or (w >= 0).all()
