"""GDLinearModel against scikit-learn's exact solvers, on data as they come."""

import dataclasses
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import linprog, minimize
from sklearn.base import is_classifier, is_regressor
from sklearn.datasets import (
    load_breast_cancer,
    load_diabetes,
    load_iris,
    load_wine,
    make_regression,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import (
    ElasticNet,
    GammaRegressor,
    HuberRegressor,
    Lasso,
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    QuantileRegressor,
    Ridge,
    TweedieRegressor,
)
from sklearn.metrics import d2_tweedie_score
from sklearn.model_selection import cross_val_score, learning_curve
from sklearn.svm import SVC

from skmath import BackpropMLP, GDLinearModel
from skmath._rows.rows import Rows
from skmath.calculus import LOSSES, resolve_loss
from skmath.gd_linear_model.options import options_for


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
    with pytest.warns(ConvergenceWarning, match=r"learning_rate=1.0,.*auto"):
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
    with pytest.raises(ValueError, match="one class only: 3"):
        GDLinearModel("log_loss").fit(np.eye(3), [3, 3, 3])


class OwnLasso:
    """alpha |w| as somebody would write it."""

    def value(self, w):
        return 0.5 * np.abs(w).sum()

    def gradient(self, w):
        return 0 * w

    def prox(self, v, step):
        return np.sign(v) * np.maximum(np.abs(v) - 0.5 * step, 0)

    def __repr__(self):  # the name of a test, the same in each of its processes
        return "OwnLasso()"


def test_a_penalty_of_ones_own(diabetes):
    X, y = diabetes
    own = GDLinearModel(penalty=OwnLasso(), tol=1e-9, max_iter=10**5).fit(X, y)
    assert own.metric_ == "diagonal"
    ours = GDLinearModel(penalty="l1", alpha=0.5).fit(X, y)
    np.testing.assert_allclose(own.predict(X), ours.predict(X), rtol=1e-5)


def test_what_does_not_go_together_is_told(diabetes):
    with pytest.raises(ValueError, match="metric='hessian' does not support a custom"):
        GDLinearModel(penalty=OwnLasso(), metric="hessian").fit(*diabetes)
    with pytest.raises(ValueError, match="solver='lbfgs' does not support"):
        GDLinearModel(penalty="l1", solver="lbfgs").fit(*diabetes)
    with pytest.raises(ValueError, match="'sgd' does not support metric='hessian'"):
        GDLinearModel(solver="sgd", metric="hessian").fit(*diabetes)
    with pytest.raises(ValueError, match="class_weight requires a classification loss"):
        GDLinearModel(class_weight="balanced").fit(*diabetes)
    with pytest.raises(AttributeError, match="has no attribute 'partial_fit'"):
        GDLinearModel().partial_fit(*diabetes)


@pytest.mark.parametrize("tie", [[], [2]])
def test_separable_classes_without_penalty_are_told(tie):
    # Apart, or but for a tie on the boundary.
    X = np.r_[np.arange(6.0), tie][:, None]
    y = np.r_[np.arange(6) > 2, np.ones(len(tie), dtype=bool)]
    model = GDLinearModel("log_loss", alpha=0.0)
    with pytest.warns(ConvergenceWarning, match="separable.*Use alpha > 0"):
        model.fit(X, y)
    assert not model.converged_
    assert np.isfinite(model.coef_).all()
    assert model.score(X, y) >= 6 / 7
    X[-1], y[-1] = 1, True
    assert model.fit(X, y).converged_


def test_unscaled_real_data_at_the_defaults(diabetes):
    theirs = cross_val_score(LinearRegression(), *diabetes).mean()
    ours = cross_val_score(GDLinearModel(), *diabetes).mean()
    assert ours == pytest.approx(theirs, abs=0.005)
    for load in (load_breast_cancer, load_wine):
        data = load(return_X_y=True)
        assert cross_val_score(GDLinearModel("log_loss"), *data).mean() >= 0.95


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
    model = GDLinearModel(solver="gd", metric="identity", max_iter=20_000)
    model.fit(*diabetes)
    assert model.converged_
    assert model.n_iter_ > 1000


# Every loss that scikit-learn has an exact solver for


@pytest.fixture(scope="module")
def counts():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 4)) * [1e-3, 1, 30, 1e3]
    mean = np.exp(X @ [200.0, 0.3, -0.01, 1e-4])
    return X, rng.poisson(mean).astype(float), mean * rng.gamma(2.0, 0.5, 300)


@pytest.mark.parametrize(
    ("loss", "peer"),
    [
        ("poisson", PoissonRegressor),
        ("gamma", GammaRegressor),
        ("tweedie", lambda **kwargs: TweedieRegressor(power=1.5, **kwargs)),
    ],
)
@pytest.mark.parametrize("alpha", [0.0, 1e-2])
def test_a_logarithmic_link_is_scikit_learns(counts, loss, peer, alpha):
    X, y, amounts = counts
    y = amounts if loss == "gamma" else y
    theirs = peer(alpha=alpha, solver="newton-cholesky", tol=1e-10).fit(X, y)
    ours = GDLinearModel(loss, alpha=alpha, tol=1e-10).fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-6)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-6)


@pytest.mark.parametrize("quantile", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("alpha", [0.0, 0.1])
def test_quantiles_are_scikit_learns(diabetes, quantile, alpha):
    X, y = diabetes
    theirs = QuantileRegressor(quantile=quantile, alpha=alpha).fit(X, y)
    ours = GDLinearModel("quantile", quantile=quantile, penalty="l1", alpha=alpha)
    ours.fit(X, y)

    def cost(model):
        loss = resolve_loss("quantile", quantile=quantile)
        z = model.predict(X)[:, None]
        return loss.value(y[:, None], z).mean() + alpha * np.abs(model.coef_).sum()

    assert cost(ours) <= cost(theirs) * (1 + 1e-6)
    assert np.mean(y <= ours.predict(X)) == pytest.approx(quantile, abs=0.03)


@pytest.mark.slow
@pytest.mark.parametrize("quantile", [0.05, 0.5, 0.95])
def test_quantiles_are_those_of_a_linear_program(diabetes, quantile):
    X, y = diabetes
    n, p = X.shape
    Z = np.column_stack([X / X.std(axis=0), np.ones(n)])
    errors = np.concatenate([np.full(n, quantile), np.full(n, 1 - quantile)]) / n
    program = linprog(
        np.concatenate([np.zeros(p + 1), errors]),
        A_eq=np.column_stack([Z, np.eye(n), -np.eye(n)]),
        b_eq=y,
        bounds=[(None, None)] * (p + 1) + [(0, None)] * 2 * n,
        method="highs",
    )
    assert program.status == 0
    # The line goes through some rows: they are on either side of it.
    e = y - Z @ program.x[: p + 1]
    below, at_most = np.mean(e < -1e-6), np.mean(e < 1e-6)
    model = GDLinearModel("quantile", quantile=quantile, alpha=0.0).fit(X, y)
    e = y - model.predict(X)
    cost = np.maximum(quantile * e, (quantile - 1) * e).mean()
    assert model.converged_
    assert program.fun * (1 - 1e-9) <= cost <= program.fun * (1 + 1e-6)
    assert below <= np.mean(e < 0) <= at_most
    assert below <= quantile <= at_most


@pytest.mark.parametrize("noise", [1e-5, 1e-3])
@pytest.mark.parametrize("quantile", [0.05, 0.5])
def test_small_errors_are_fitted_to_as_many_digits(quantile, noise):
    rng = np.random.default_rng(0)
    X, e = rng.normal(size=(300, 3)), noise * rng.standard_t(3, 300)
    y = X @ [1.0, 2.0, -1.0] + e
    Z = np.column_stack([X, np.ones(300)])
    # The errors alone have the same dual program, in units that it resolves.
    program = linprog(
        -e / noise,
        A_eq=Z.T,
        b_eq=np.zeros(4),
        bounds=(quantile - 1, quantile),
        method="highs",
    )
    model = GDLinearModel("quantile", quantile=quantile, alpha=0).fit(X, y)
    errors = y - model.predict(X)
    cost = np.maximum(quantile * errors, (quantile - 1) * errors).mean()
    assert model.converged_
    assert cost == pytest.approx(-program.fun * noise / 300, rel=2e-6)


def test_the_absolute_error_is_twice_the_median_and_needs_no_tube(diabetes):
    X, y = diabetes
    median = GDLinearModel("quantile", alpha=0.0).fit(X, y)
    absolute = GDLinearModel("absolute_error", alpha=0.0).fit(X, y)
    no_tube = GDLinearModel("epsilon_insensitive", epsilon=0.0, alpha=0.0).fit(X, y)
    for model in (median, no_tube):
        errors = [np.abs(y - m.predict(X)).mean() for m in (absolute, model)]
        assert errors[0] == pytest.approx(errors[1], rel=2e-6)


@pytest.mark.parametrize("scales", [1.1, 1.35, 2.5])
def test_huber_with_its_own_scale_is_scikit_learns(scales, diabetes):
    X, y = diabetes
    y = np.where(np.arange(len(y)) % 10, y, 10 * y)
    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    theirs = HuberRegressor(epsilon=scales, alpha=0.1, max_iter=10**4, tol=1e-9)
    theirs.fit(Z, y)
    alpha = 0.1 * theirs.scale_ / len(y)
    ours = GDLinearModel("huber", delta="auto", delta_scales=scales, alpha=alpha)
    ours.set_params(tol=1e-9).fit(Z, y)
    assert ours.delta_ == pytest.approx(scales * theirs.scale_, rel=1e-4)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-3, atol=1e-3)


def test_squares_beyond_epsilon_are_a_support_vector_regression(diabetes):
    X, y = diabetes
    model = GDLinearModel("squared_epsilon_insensitive", epsilon=20.0, alpha=1e-3)
    model.fit(X, y)
    assert model.converged_

    def cost(theta):
        beyond = np.maximum(0, np.abs(X @ theta[1:] + theta[0] - y) - 20)
        return np.mean(beyond**2) + 0.5e-3 * np.sum(theta[1:] ** 2)

    found = np.append(model.intercept_, model.coef_)
    start = np.append(y.mean(), np.zeros(X.shape[1]))
    best = minimize(cost, start, method="L-BFGS-B", options={"maxiter": 10**4})
    assert cost(found) <= best.fun * (1 + 1e-9)


@pytest.mark.parametrize(
    ("loss", "options", "power"),
    [
        ("poisson", {}, 1),
        ("gamma", {}, 2),
        ("tweedie", {"power": 1.5}, 1.5),
        ("inverse_gaussian", {}, 3),
    ],
)
def test_counts_and_amounts_score_by_their_deviance(loss, options, power, diabetes):
    X, y = diabetes
    weight = np.arange(len(y)) % 3
    model = GDLinearModel(loss, **options).fit(X, y)
    expected = d2_tweedie_score(y, model.predict(X), sample_weight=weight, power=power)
    assert model.score(X, y, weight) == pytest.approx(expected)
    twice = np.stack([y, y], axis=1)
    both = GDLinearModel(loss, **options).fit(X, twice)
    assert both.score(X, twice, weight) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("alpha", [0.0, 1e-4])
def test_huber_with_its_own_scale_fits_an_exact_line(alpha):
    # A penalty beside errors of nothing makes the scale jump, unless it is bisected.
    X, y = make_regression(200, 20, random_state=0)
    model = GDLinearModel("huber", delta="auto", alpha=alpha).fit(X, y)
    assert model.converged_
    assert model.score(X, y) > 1 - 1e-6
    errors = np.abs(y - model.predict(X)) / (model.delta_ / 1.35)
    if alpha:  # the equation of the scale; without a penalty errors are rounding
        assert np.mean(np.minimum(errors, 1.35) ** 2) == pytest.approx(1, rel=1e-2)


@pytest.mark.parametrize("loss", ["huber", "quantile", "hinge", "squared_error"])
@pytest.mark.parametrize("max_iter", [1, 2, 7])
def test_max_iter_bounds_the_steps_of_all_descents_together(diabetes, loss, max_iter):
    X, y = diabetes
    y = y > 100 if loss == "hinge" else y
    shown = StepsShown()
    model = GDLinearModel(
        loss, delta="auto", solver="gd", metric="diagonal", max_iter=max_iter
    ).set_callbacks(shown)
    with pytest.warns(ConvergenceWarning, match=f"after max_iter={max_iter} steps"):
        model.fit(X, y)
    assert model.n_iter_ == len(model.step_sizes_) == shown.n_steps == max_iter
    assert len(model.loss_curve_) == max_iter + 1


@pytest.mark.parametrize("loss", ["huber", "quantile", "squared_error", "log_loss"])
def test_every_step_is_on_record(diabetes, loss):
    X, y = diabetes
    shown = StepsShown()
    model = GDLinearModel(loss, delta="auto").set_callbacks(shown)
    model.fit(X, y > 100 if loss == "log_loss" else y)
    assert model.n_iter_ == len(model.step_sizes_) == shown.n_steps
    assert len(model.loss_curve_) == model.n_iter_ + 1


class StepsShown:
    """A callback that counts the steps, and ends the fit after some."""

    def __init__(self, stop_after=None):
        self.n_steps, self.stop_after = 0, stop_after

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        self.n_steps += context.task_name == "step"
        return self.n_steps == self.stop_after


@pytest.mark.parametrize("loss", ["huber", "quantile", "squared_error"])
@pytest.mark.parametrize("stop_after", [1, 3])
def test_a_callback_ends_all_descents_of_a_fit(diabetes, loss, stop_after):
    model = GDLinearModel(loss, delta="auto", solver="gd", metric="diagonal")
    model.set_callbacks(StepsShown(stop_after)).fit(*diabetes)
    assert model.n_iter_ == stop_after


@pytest.mark.parametrize("C", [0.01, 1.0])
def test_hinge_is_the_support_vector_machine(C):
    X, y = load_breast_cancer(return_X_y=True)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    svc = SVC(kernel="linear", C=C, tol=1e-8).fit(X, y)
    alpha = 1 / (C * len(y))
    ours = GDLinearModel("hinge", alpha=alpha).fit(X, y)

    def cost(model):
        margin = (2 * y - 1) * model.decision_function(X)
        penalty = 0.5 * alpha * (model.coef_**2).sum()
        return np.maximum(0, 1 - margin).mean() + penalty

    assert cost(ours) == pytest.approx(cost(svc), rel=2e-6)
    assert not hasattr(ours, "predict_proba")
    np.testing.assert_array_equal(ours.predict(X), svc.predict(X))


def test_margins_of_three_classes_are_one_against_all_others():
    X, y = load_iris(return_X_y=True)
    model = GDLinearModel("squared_hinge", alpha=1e-2).fit(X, y)
    for k in range(3):
        one = GDLinearModel("squared_hinge", alpha=1e-2).fit(X, y == k)
        np.testing.assert_allclose(model.coef_[k], one.coef_[0], rtol=1e-4, atol=1e-6)
    robust = GDLinearModel("modified_huber", alpha=1e-2).fit(X, y)
    p = robust.predict_proba(X)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    with np.errstate(divide="ignore"):
        np.testing.assert_allclose(robust.predict_log_proba(X), np.log(p))


def test_l1_and_elastic_net_classifiers_are_scikit_learns():
    X, y = load_breast_cancer(return_X_y=True)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    for penalty, share in (("l1", 1.0), ("elasticnet", 0.5)):
        ours = GDLinearModel("log_loss", penalty=penalty, alpha=1e-2, tol=1e-9)
        ours.fit(X, y)
        theirs = LogisticRegression(
            C=1 / (1e-2 * len(y)),
            l1_ratio=share,
            solver="saga",
            tol=1e-8,
            max_iter=10**5,
        ).fit(X, y)
        np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-4)
        np.testing.assert_array_equal(ours.coef_ == 0, np.abs(theirs.coef_) < 1e-12)


# Options


@pytest.mark.parametrize("solver", ["gd", "momentum", "nesterov", "lbfgs", "newton"])
@pytest.mark.parametrize("loss", ["squared_error", "huber", "poisson"])
def test_all_rules_reach_the_same_optimum(counts, solver, loss):
    X, y, _ = counts
    best = GDLinearModel(loss, alpha=1e-2, tol=1e-9).fit(X, y)
    options = {"alpha": 1e-2, "tol": 1e-8, "max_iter": 10**4}
    model = GDLinearModel(loss, solver=solver, **options).fit(X, y)
    assert model.solver_ == solver
    np.testing.assert_allclose(model.predict(X), best.predict(X), rtol=1e-5)


@pytest.mark.parametrize("metric", ["hessian", "diagonal"])
@pytest.mark.parametrize("alpha", [1e-2, 1e-4])
def test_newtons_steps_for_outputs_that_compete_reach_the_optimum(metric, alpha):
    X, y = load_iris(return_X_y=True)
    theirs = LogisticRegression(
        C=1 / (alpha * len(y)), solver="newton-cg", tol=1e-10, max_iter=10**4
    ).fit(X, y)
    ours = GDLinearModel(
        "log_loss", alpha=alpha, solver="newton", metric=metric, max_iter=10**4
    ).fit(X, y)

    def cost(model):
        p = model.predict_proba(X)[np.arange(len(y)), y]
        return -np.log(p).mean() + 0.5 * alpha * (model.coef_**2).sum()

    assert ours.converged_
    assert cost(ours) == pytest.approx(cost(theirs), rel=1e-6)


def smooth_own():
    penalty = OwnLasso()
    penalty.is_smooth = True
    return penalty


@pytest.mark.parametrize(
    ("options", "solver", "metric"),
    [
        ({}, "lbfgs", "hessian"),
        ({"loss": "huber"}, "newton", "hessian"),
        ({"penalty": "l1"}, "gd", "hessian"),
        ({"penalty": "l1", "loss": "huber"}, "newton", "hessian"),
        ({"learning_rate": 0.1}, "gd", "diagonal"),
        ({"metric": "diagonal"}, "lbfgs", "diagonal"),
        ({"metric": "diagonal", "loss": "huber"}, "lbfgs", "diagonal"),
        ({"solver": "gd"}, "gd", "diagonal"),
        ({"solver": "newton"}, "newton", "hessian"),
        ({"solver": "adam"}, "adam", "diagonal"),
        ({"penalty": OwnLasso()}, "gd", "diagonal"),
        ({"penalty": smooth_own()}, "lbfgs", "hessian"),
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_what_auto_chooses_is_told(diabetes, options, solver, metric):
    X, y = diabetes
    model = GDLinearModel(max_iter=3).set_params(**options)
    model.fit((X - X.mean(axis=0)) / X.std(axis=0), y)
    assert (model.solver_, model.metric_) == (solver, metric)
    with pytest.raises(dataclasses.FrozenInstanceError):
        options_for(model, Rows(X, y), resolve_loss("huber"), 0).solver = "gd"


def test_positive_coefficients_are_scikit_learns(diabetes):
    X, y = diabetes
    theirs = LinearRegression(positive=True).fit(X, y)
    ours = GDLinearModel(alpha=0.0, positive=True).fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-6, atol=1e-9)
    assert ours.metric_ == "hessian"
    some = np.arange(10) < 5
    ours = GDLinearModel(alpha=0.0, positive=some).fit(X, y)
    assert (ours.coef_[some] >= 0).all()
    assert (ours.coef_[~some] < 0).any()
    with pytest.raises(ValueError, match=r"positive must have one entry for each of t"):
        GDLinearModel(positive=[True]).fit(X, y)


def test_penalty_weights_are_columns_in_other_units(diabetes):
    X, y = diabetes
    weights = np.geomspace(0.1, 10, 10)
    weighted = GDLinearModel(alpha=0.1, penalty_weights=weights).fit(X, y)
    scaled = Ridge(0.1 * len(y)).fit(X / np.sqrt(weights), y)
    np.testing.assert_allclose(weighted.predict(X), scaled.predict(X / weights**0.5))
    weights[3] = 0
    free = GDLinearModel(penalty="l1", alpha=1e6, penalty_weights=weights).fit(X, y)
    assert np.flatnonzero(free.coef_).tolist() == [3]
    with pytest.raises(ValueError, match="penalty_weights must be nonnegative"):
        GDLinearModel(penalty_weights=-weights).fit(X, y)


def test_balanced_classes_are_weighted_rows():
    X, y = load_breast_cancer(return_X_y=True)
    weights = len(y) / (2 * np.bincount(y))
    balanced = GDLinearModel("log_loss", class_weight="balanced").fit(X, y)
    by_hand = GDLinearModel("log_loss").fit(X, y, sample_weight=weights[y])
    np.testing.assert_allclose(balanced.coef_, by_hand.coef_, rtol=1e-6)
    labels = np.array(["no", "yes"])[y]
    named = GDLinearModel("log_loss", class_weight={"yes": 2}).fit(X, labels)
    twice = GDLinearModel("log_loss").fit(X, y, sample_weight=1 + y)
    np.testing.assert_allclose(named.coef_, twice.coef_, rtol=1e-6)
    with pytest.raises(ValueError, match=r"labels that are not in y: \['maybe'\]"):
        GDLinearModel("log_loss", class_weight={"maybe": 2}).fit(X, labels)


def test_many_rows_start_on_a_sample_and_end_at_the_same_optimum():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(70_000, 3)) * [1e-3, 1, 1e3]
    z = X @ [1e3, 1, 1e-3]
    y = rng.random(70_000) < 1 / (1 + np.exp(-z))
    model = GDLinearModel("log_loss", random_state=0, tol=1e-8).fit(X, y)
    whole = GDLinearModel("log_loss", solver="gd", metric="diagonal", tol=1e-8)
    whole.fit(X, y)
    np.testing.assert_allclose(model.coef_, whole.coef_, rtol=1e-5)
    assert model.n_iter_ < 8
    again = GDLinearModel("log_loss", random_state=0, tol=1e-8).fit(X, y)
    np.testing.assert_array_equal(model.coef_, again.coef_)


def test_a_column_that_is_constant_in_the_sample_is_fitted_all_the_same():
    rng = np.random.default_rng(0)
    X = np.c_[rng.normal(size=70_000), np.zeros(70_000)]
    X[:20, 1] = 1
    y = (rng.random(70_000) < 0.3).astype(int)
    y[:20] = np.arange(20) > 3
    model = GDLinearModel("log_loss", alpha=0.0, random_state=0).fit(X, y)
    exact = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10).fit(X, y)
    np.testing.assert_allclose(model.coef_, exact.coef_, rtol=1e-3, atol=1e-5)


def test_a_sample_that_misses_what_matters_does_not_mislead():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60_000, 2))
    z = X @ [1.0, -1.0]
    y = (rng.random(60_000) < 1 / (1 + np.exp(-z))).astype(int)
    # Nearly all weights are zero: a sample may have none that is not.
    weight = np.zeros(60_000)
    weight[:50] = 1
    model = GDLinearModel("log_loss", alpha=1e-2, random_state=0).fit(X, y, weight)
    few = GDLinearModel("log_loss", alpha=1e-2).fit(X[:50], y[:50])
    np.testing.assert_allclose(model.coef_, few.coef_, rtol=1e-4)
    # One row has nearly all the leverage.
    X[7] = 1e5
    model = GDLinearModel("huber", random_state=0).fit(X, z)
    whole = GDLinearModel("huber", solver="newton", learning_rate="auto", tol=1e-8)
    assert model.converged_
    assert model.loss_curve_[-1] <= whole.fit(X, z).loss_curve_[-1] * (1 + 1e-6)


def test_warm_start_goes_on(diabetes):
    X, y = diabetes
    model = GDLinearModel(
        "huber", solver="gd", metric="diagonal", warm_start=True, max_iter=5
    )
    values = []
    for _ in range(4):
        with pytest.warns(ConvergenceWarning):
            model.fit(X, y)
        values.append(model.loss_curve_[-1])
    assert values == sorted(values, reverse=True)
    whole = GDLinearModel("huber", max_iter=100).fit(X, y)
    again = GDLinearModel("huber", warm_start=True).fit(X, y).fit(X, y)
    assert again.n_iter_ == 0
    np.testing.assert_allclose(again.coef_, whole.coef_, rtol=1e-6)
    with pytest.raises(ValueError, match="warm_start=True continues from coefficients"):
        again.fit(X[:, :3], y)


def test_a_path_is_its_fits(diabetes):
    X, y = diabetes
    model = GDLinearModel(penalty="l1", tol=1e-9)
    alphas, coefs, intercepts = model.path([0.1, 10.0, 1.0], X, y)
    assert alphas.tolist() == [10, 1, 0.1]
    assert not hasattr(model, "coef_")
    for alpha, coef, intercept in zip(alphas, coefs, intercepts, strict=True):
        one = GDLinearModel(penalty="l1", alpha=alpha, tol=1e-9).fit(X, y)
        np.testing.assert_allclose(coef, one.coef_, rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose(intercept, one.intercept_, rtol=1e-5)


def test_early_stopping_keeps_the_best_for_the_rows_held_out():
    X, y = load_breast_cancer(return_X_y=True)
    options = {"solver": "gd", "early_stopping": True, "random_state": 0, "alpha": 0.0}
    model = GDLinearModel("log_loss", n_iter_no_change=3, **options).fit(X, y)
    assert 3 <= model.n_iter_ < 1000
    assert model.score(X, y) > 0.9
    with pytest.raises(ValueError, match="early_stopping=True holds out"):
        GDLinearModel("log_loss", **options).fit(X[:3], [0, 1, 1])


UNCERTIFIED = "ignore:optimality_ is .* epochs:sklearn.exceptions.ConvergenceWarning"
"""Epochs of noisy steps end before a tolerance of the certificate."""


@pytest.mark.filterwarnings(UNCERTIFIED)
@pytest.mark.parametrize("solver", ["sgd", "adam"])
@pytest.mark.parametrize("loss", ["squared_error", "log_loss", "poisson", "hinge"])
def test_stochastic_descents_come_near(counts, solver, loss):
    X, y, _ = counts
    y = y > 1 if resolve_loss(loss).task == "classification" else y
    model = GDLinearModel(loss, solver=solver, batch_size=32, random_state=0, tol=1e-4)
    model.fit(X, y)
    best = GDLinearModel(loss).fit(X, y)
    assert model.score(X, y) > best.score(X, y) - 0.02
    if not resolve_loss(loss).has_kink:  # slopes of kinks do not fade
        assert 0 < model.optimality_ < 0.2
    sparse_ = GDLinearModel(**model.get_params()).fit(sparse.csr_array(X), y)
    np.testing.assert_allclose(sparse_.coef_, model.coef_, rtol=1e-6)


@pytest.mark.parametrize("solver", ["sgd", "adam"])
@pytest.mark.parametrize("loss", ["hinge", "log_loss", "squared_error", "poisson"])
def test_epochs_are_converged_at_the_tolerance_only(counts, solver, loss):
    X, y, _ = counts
    y = y > 1 if resolve_loss(loss).task == "classification" else y
    model = GDLinearModel(loss, solver=solver, batch_size=32, random_state=0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, y)
    proven = model.duality_gap_ <= model.tol * abs(model.loss_curve_[-1])
    assert model.converged_ == (model.optimality_ <= model.tol or proven)
    told = [str(warning.message) for warning in caught]
    assert model.converged_ == (not told)
    for message in told:
        assert "above tol=1e-06" in message
        assert "solver='auto'" in message
    if model.converged_:  # and not for the path
        best = GDLinearModel(loss, tol=1e-10).fit(X, y)
        np.testing.assert_allclose(model.coef_, best.coef_, rtol=1e-3)
    # Where nothing is to be learnt, the start is the optimum; that of a loss with kinks
    # is a quantile, which the mean is not.
    if not resolve_loss(loss).has_kink:
        assert model.fit(0 * X, y).converged_


@pytest.mark.parametrize("solver", ["sgd", "adam"])
@pytest.mark.parametrize(
    "loss",
    ["log_loss", "hinge", "squared_hinge", "modified_huber", "poisson", "tweedie"],
)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_batch_may_lack_a_class_or_an_event(solver, loss, n_classes):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 3))
    z = X @ [1.0, -2.0, 0.5]
    if resolve_loss(loss).task == "classification":
        y = np.digitize(z, [-1.0, 1.0][: n_classes - 1])
        options = {"classes": np.arange(n_classes)}
    else:
        y, options = rng.poisson(np.exp(z)) * 1.0, {}
    first = np.argsort(y, kind="stable")[:40]  # of one class, or without an event
    model = GDLinearModel(loss, solver=solver, batch_size=8)
    model.partial_fit(X[first], y[first], **options)
    assert np.isfinite(model.coef_).all()
    assert np.isfinite(model.intercept_).all()
    for row in rng.permutation(300):
        model.partial_fit(X[[row]], y[[row]])
        assert np.isfinite(model.intercept_).all()
    for _ in range(5):
        for rows in np.split(rng.permutation(300), 10):
            model.partial_fit(X[rows], y[rows], **options)
    best = GDLinearModel(loss).fit(X, y).score(X, y)
    if solver == "sgd" or "classes" in options:  # Adam's steps get short too soon
        assert model.score(X, y) > 0.5 * best


@pytest.mark.parametrize("unit", [1e-6, 1e6])
def test_a_first_batch_with_events_starts_in_its_own_unit(unit):
    # Only a mean of zero has no logarithm: no other one is clipped.
    X = np.random.default_rng(0).normal(size=(5, 2))
    model = GDLinearModel("poisson", solver="sgd", learning_rate=1e-300)
    model.partial_fit(X, np.full(5, unit))
    assert np.exp(model.intercept_) == pytest.approx(unit)


def test_a_learning_curve_learns_in_steps():
    X, y = load_breast_cancer(return_X_y=True)
    model = GDLinearModel("log_loss", solver="sgd")
    options = {"exploit_incremental_learning": True, "train_sizes": [5, 300], "cv": 3}
    _, _, scores = learning_curve(model, X, y, **options)
    assert np.isfinite(scores).all()
    assert scores[1].mean() > 0.9


def test_balanced_weights_of_a_part_of_the_rows_are_refused_by_name():
    X, y = load_breast_cancer(return_X_y=True)
    model = GDLinearModel("log_loss", solver="sgd", class_weight="balanced")
    with pytest.raises(ValueError, match="class_weight='balanced' is not supported"):
        model.partial_fit(X, y, classes=[0, 1])
    assert not hasattr(model, "coef_")
    model.set_params(class_weight={0: 2.0}).partial_fit(X, y, classes=[0, 1])
    # A batch of one class keeps the weights that are given.
    model.partial_fit(X[y == 1], y[y == 1])


@pytest.mark.filterwarnings(UNCERTIFIED)
@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_a_stream_learns(counts, solver):
    X, y, _ = counts
    y = np.array(["few", "many"])[(y > 1).astype(int)]
    model = GDLinearModel("log_loss", solver=solver, batch_size=16)
    with pytest.raises(ValueError, match="labels that are not among the classes"):
        model.partial_fit(X, y, classes=["few"])
    for _ in range(20):
        for rows in np.array_split(np.arange(300), 6):
            model.partial_fit(X[rows], y[rows], classes=["few", "many"])
    assert model.n_iter_ == 120
    assert model.score(X, y) > GDLinearModel("log_loss").fit(X, y).score(X, y) - 0.03
    averaged = GDLinearModel("log_loss", solver=solver, average=True, random_state=0)
    assert averaged.fit(X, y).score(X, y) > 0.6
    before = model.coef_.copy()
    with pytest.raises(ValueError, match="classes"):
        model.partial_fit(X, np.full(300, "none"))
    np.testing.assert_array_equal(model.coef_, before)


def test_a_stochastic_step_that_is_too_long_is_told(counts):
    X, y, _ = counts
    with pytest.warns(ConvergenceWarning, match=r"diverged at learning_rate=100.0"):
        GDLinearModel(solver="sgd", learning_rate=100.0, batch_size=16).fit(X, y)


def test_a_step_that_is_too_long_is_told_with_the_longest_that_is_not(diabetes):
    X, y = diabetes
    model = GDLinearModel(metric="diagonal", learning_rate=10.0, max_iter=10**4)
    with pytest.warns(ConvergenceWarning, match="largest stable step") as caught:
        model.fit(X, y)
    limit = float(str(caught[0].message).split("about ")[1].rstrip("."))
    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    expected = 2 / np.linalg.eigvalsh(Z.T @ Z / len(y)).max()
    assert limit == pytest.approx(expected, rel=0.05)
    model.set_params(learning_rate=0.9 * expected).fit(X, y)
    assert model.converged_


# Bad input


@pytest.mark.parametrize(
    ("loss", "y", "message"),
    [
        ("poisson", [1.0, -1.0, 2.0], "zero or more; y has 1 that are not"),
        ("gamma", [1.0, 0.0, 2.0], "targets that are positive; y has 1"),
        ("tweedie", [1.0, -2.0, 2.0], "zero or more; y has 1"),
        ("poisson", [0.0, 0.0, 0.0], "no finite optimum if y is zero in every row"),
        ("hinge", [1, 1, 1], "one class only: 1"),
    ],
)
def test_targets_that_have_no_loss_are_told(loss, y, message):
    with pytest.raises(ValueError, match=message):
        GDLinearModel(loss).fit(np.eye(3), y)


@pytest.mark.parametrize(
    "bad",
    [
        {"learning_rate": 0},
        {"learning_rate": -1.0},
        {"quantile": 0.0},
        {"quantile": 1.0},
        {"delta": 0.0},
        {"epsilon": -1.0},
        {"power": 3.5, "loss": "tweedie"},
        {"dispersion": 0.0},
        {"dispersion": -1.0},
        {"link": "inverse"},
        {"alpha": -1.0},
        {"solver": "newton-cg"},
        {"batch_size": 0},
    ],
)
def test_parameters_out_of_range_are_told(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        GDLinearModel(**bad).fit(np.eye(3), np.arange(3.0))


def test_weights_of_zero_are_told(diabetes):
    X, y = diabetes
    with pytest.raises(ValueError, match="Sample weights must contain at least one"):
        GDLinearModel().fit(X, y, sample_weight=np.zeros(len(y)))


def test_collinear_columns_without_penalty_are_solved(diabetes):
    X, y = diabetes
    twice = np.c_[X, X[:, :3], X[:, 0] + X[:, 1]]
    for loss in ("squared_error", "huber", "quantile"):
        model = GDLinearModel(loss, alpha=0.0).fit(twice, y)
        one = GDLinearModel(loss, alpha=0.0).fit(X, y)
        assert np.isfinite(model.coef_).all()
        assert model.score(twice, y) == pytest.approx(one.score(X, y), abs=1e-3)


@settings(max_examples=60, deadline=None)
@given(
    loss=st.sampled_from(sorted(LOSSES)),
    penalty=st.sampled_from(["l2", "l1", "elasticnet", None]),
    logs=st.lists(st.integers(-8, 8), min_size=1, max_size=4),
    shift=st.sampled_from([0.0, 1.0, 1e3]),
    unit=st.integers(-8, 8),
    alpha=st.sampled_from([0.0, 1e-4, 1.0]),
    seed=st.integers(0, 99),
)
def test_no_scale_gives_nan_or_a_silent_failure(
    loss, penalty, logs, shift, unit, alpha, seed
):
    rng = np.random.default_rng(seed)
    scales = 10.0 ** np.array(logs)
    X = (rng.normal(size=(40, len(logs))) + shift) * scales
    z = X @ (1 / scales) / (1 + shift) + rng.normal(size=40)
    own = resolve_loss(loss)
    if own.task == "classification":
        y = (z > np.median(z)).astype(int)
    elif own.is_proportion:
        y = 1 / (1 + np.exp(-np.clip(z, -5, 5)))
    elif own.outside(-np.ones((1, 1))).any():
        y = np.exp(np.clip(z, -5, 5))
    else:
        y = z * 10.0**unit
    model = GDLinearModel(loss, penalty=penalty, alpha=alpha, max_iter=100)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, y)
    assert {w.category for w in caught} <= {ConvergenceWarning}
    assert model.converged_ or caught
    for fitted in (model.coef_, model.intercept_, model.predict(X)):
        assert np.isfinite(fitted).all()
    assert np.isfinite(model.loss_curve_).all()


@pytest.mark.parametrize("model", [GDLinearModel("log_loss"), BackpropMLP(max_iter=9)])
@pytest.mark.filterwarnings("ignore:The loss was still falling")
def test_rows_without_weight_are_not_held_out(model):
    X, y = load_iris(return_X_y=True)
    weight = (np.arange(len(y)) % 3 > 0) * 1.0
    model.set_params(early_stopping=True, random_state=0)
    among_all = model.fit(X, y, sample_weight=weight).predict_proba(X)
    there = weight > 0
    np.testing.assert_allclose(
        among_all, model.fit(X[there], y[there]).predict_proba(X), rtol=1e-5
    )


@pytest.mark.parametrize("loss", ["quantile", "absolute_error", "epsilon_insensitive"])
def test_losses_with_kinks_start_on_samples_of_many_rows(loss):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(45_000, 3))
    y = X @ [1.0, -2.0, 0.5] + rng.laplace(size=45_000)
    model = GDLinearModel(loss, alpha=0, tol=1e-4).fit(X, y)
    assert model.converged_
    np.testing.assert_allclose(model.coef_, [1.0, -2.0, 0.5], atol=0.03)
