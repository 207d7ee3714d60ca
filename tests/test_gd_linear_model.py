"""GDLinearModel against scikit-learn's exact solvers, on data as they come."""

import numpy as np
import pytest
from sklearn.base import is_classifier, is_regressor
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import ElasticNet, Lasso, LogisticRegression, Ridge
from sklearn.model_selection import cross_val_score

from skmath import GDLinearModel


@pytest.fixture(scope="module")
def diabetes():
    return load_diabetes(return_X_y=True, scaled=False)


@pytest.mark.parametrize("metric", ["diagonal", "hessian"])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_squared_error_with_l2_is_ridge(diabetes, metric, fit_intercept):
    X, y = diabetes
    ours = GDLinearModel(
        alpha=1e-2,
        metric=metric,
        fit_intercept=fit_intercept,
        tol=1e-10,
        max_iter=10**5,
    ).fit(X, y)
    theirs = Ridge(1e-2 * len(y), fit_intercept=fit_intercept).fit(X, y)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-5)


@pytest.mark.parametrize(
    ("penalty", "peer"),
    [("l1", Lasso(0.5, tol=1e-10)), ("elasticnet", ElasticNet(0.5, tol=1e-10))],
)
def test_squared_error_with_a_kink_is_lasso_and_elastic_net(diabetes, penalty, peer):
    X, y = diabetes
    peer.set_params(max_iter=10**6).fit(X, y)
    ours = GDLinearModel(penalty=penalty, alpha=0.5, tol=1e-9, max_iter=10**5).fit(X, y)
    np.testing.assert_allclose(ours.predict(X), peer.predict(X), rtol=1e-4)
    np.testing.assert_array_equal(ours.coef_ == 0, peer.coef_ == 0)


@pytest.mark.parametrize("load", [load_breast_cancer, load_iris])
def test_log_loss_is_logistic_regression(load):
    X, y = load(return_X_y=True)
    ours = GDLinearModel("log_loss", alpha=1e-2, tol=1e-9).fit(X, y)
    theirs = LogisticRegression(
        C=1 / (1e-2 * len(y)), solver="newton-cholesky", tol=1e-12, max_iter=10**4
    ).fit(X, y)
    np.testing.assert_allclose(
        ours.predict_proba(X), theirs.predict_proba(X), atol=1e-6
    )
    np.testing.assert_allclose(ours.predict_proba(X).sum(axis=1), 1)
    np.testing.assert_allclose(
        ours.predict_log_proba(X), np.log(ours.predict_proba(X)), atol=1e-6
    )


def test_huber_resists_outliers():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 2))
    y = X @ [1.0, -2.0] + 3 + 0.1 * rng.normal(size=200)
    y[:20] += 1000
    robust = GDLinearModel("huber", alpha=0.0).fit(X, y)
    np.testing.assert_allclose(robust.coef_, [1, -2], atol=0.2)
    assert abs(GDLinearModel(alpha=0.0).fit(X, y).intercept_ - 3) > 50


def test_the_loss_makes_the_task():
    assert is_regressor(GDLinearModel())
    assert is_classifier(GDLinearModel("log_loss"))
    assert not hasattr(GDLinearModel(), "predict_proba")
    assert hasattr(GDLinearModel("log_loss"), "predict_proba")
    X = np.arange(6.0)[:, None]
    assert not hasattr(GDLinearModel().fit(X, X[:, 0]), "classes_")


def test_a_loss_of_ones_own():
    class LogCosh:
        task, curvature_bound = "regression", 1.0
        constant_curvature, smooth_curvature = False, True

        def value(self, y, z):
            return np.log(np.cosh(z - y)).sum(axis=1)

        def gradient(self, y, z):
            return np.tanh(z - y)

        def curvature(self, y, z):
            return 1 - np.tanh(z - y) ** 2

        def link(self, mean):
            return mean

        def inverse_link(self, z):
            return z

    rng = np.random.default_rng(0)
    X = rng.normal(size=(100, 2))
    model = GDLinearModel(LogCosh(), alpha=0.0).fit(X, X @ [1.0, 2.0])
    np.testing.assert_allclose(model.coef_, [1, 2], rtol=1e-5)


@pytest.mark.parametrize("metric", ["identity", "diagonal", "hessian"])
@pytest.mark.parametrize("loss", ["squared_error", "log_loss", "huber"])
@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e8])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_an_automatic_step_never_diverges(metric, loss, scale):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 3)) * [scale, 1.0, 1 / scale]
    y = np.arange(50) % 2 if loss == "log_loss" else X @ [1 / scale, 1, scale]
    model = GDLinearModel(loss, metric=metric, max_iter=50).fit(X, y)
    assert np.isfinite(model.coef_).all()
    # Not every step has to go down, but none ends above the start.
    assert max(model.loss_curve_) <= model.loss_curve_[0] * (1 + 1e-9)


def test_a_step_that_is_too_long_is_told_and_undone(diabetes):
    X, y = diabetes
    model = GDLinearModel(metric="identity", learning_rate=1.0, max_iter=50)
    with pytest.warns(ConvergenceWarning, match=r"learning_rate=1.0 is too long.*auto"):
        model.fit(X, y)
    assert not model.converged_
    assert np.isfinite(model.coef_).all()
    assert model.score(X, y) > -1e-9  # the start, the mean, was the best point met


def test_stopping_early_is_told_with_the_figure(diabetes):
    with pytest.warns(ConvergenceWarning, match=r"optimality_ is .* after max_iter=2"):
        GDLinearModel(metric="diagonal", max_iter=2).fit(*diabetes)


def test_the_metric_changes_the_way_not_the_goal(diabetes):
    X, y = diabetes
    fits = [
        GDLinearModel(alpha=0.1, metric=m, tol=1e-9, max_iter=10**5).fit(X, y)
        for m in ("diagonal", "hessian")
    ]
    np.testing.assert_allclose(fits[0].coef_, fits[1].coef_, rtol=1e-3, atol=1e-4)
    assert fits[1].n_iter_ < fits[0].n_iter_


def test_units_of_columns_do_not_change_the_descent(diabetes):
    X, y = diabetes
    scales = 10.0 ** np.arange(-5, 5)
    options = {"penalty": None, "metric": "diagonal", "max_iter": 10**4}
    one, other = (GDLinearModel(**options).fit(Z, y) for Z in (X, X * scales))
    np.testing.assert_allclose(one.predict(X), other.predict(X * scales), rtol=1e-4)


def test_one_class_is_told():
    with pytest.raises(ValueError, match="one class only, 3"):
        GDLinearModel("log_loss").fit(np.eye(3), [3, 3, 3])


def test_a_kink_and_the_hessian_do_not_go_together(diabetes):
    with pytest.raises(ValueError, match="metric='hessian' cannot follow the kink"):
        GDLinearModel(penalty="l1", metric="hessian").fit(*diabetes)


def test_separable_classes_without_penalty_end_finitely():
    X, y = np.arange(6.0)[:, None], np.arange(6) > 2
    model = GDLinearModel("log_loss", alpha=0.0).fit(X, y)
    assert np.isfinite(model.coef_).all()
    assert model.score(X, y) == 1


def test_unscaled_real_data_at_the_defaults(diabetes):
    assert cross_val_score(GDLinearModel(), *diabetes).mean() > 0.47
    cancer = load_breast_cancer(return_X_y=True)
    assert cross_val_score(GDLinearModel("log_loss"), *cancer).mean() >= 0.95


@pytest.mark.parametrize("target", [np.zeros(20), np.full(20, 1e9 / 3)])
def test_a_start_that_is_the_optimum_is_recognised(target):
    X = np.random.default_rng(0).normal(size=(20, 2)) + 1e3
    model = GDLinearModel().fit(X, target)
    assert model.converged_
    np.testing.assert_allclose(model.predict(X), target)
    # A penalty that leaves nothing but the mean.
    model = GDLinearModel(penalty="l1", alpha=1e6).fit(X, X[:, 0])
    assert model.converged_
    np.testing.assert_array_equal(model.coef_, 0)


def test_a_slow_descent_is_not_taken_for_a_stalled_one(diabetes):
    # In the seed's metric the way is long, and the certificate need not fall on it.
    model = GDLinearModel(metric="identity", max_iter=20_000).fit(*diabetes)
    assert model.converged_
    assert model.n_iter_ > 1000
