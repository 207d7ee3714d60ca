"""Coefficients that must stay between bounds."""

import numpy as np
import pytest
from gd_linear_model.small_table import targets
from scipy import optimize, sparse
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression

from skmath import GDLinearModel
from skmath.calculus import L1, LOSSES, Bounded, ElasticNet, duality_gap, resolve_loss

LOWER = np.array([-0.5, 0.2, -np.inf, -1.0])
UPPER = np.array([0.5, 0.4, 0.0, np.inf])
SMOOTH = ["squared_error", "log_loss", "poisson", "gamma", "squared_hinge", "huber"]


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 4)) @ (np.eye(4) + 0.3)
    return X, X @ [1.0, -2.0, 0.3, 0.5] + rng.normal(size=120)


def optimum(loss, X, y, alpha, l1_ratio):
    """Return the coefficients of SciPy, l1 by positive and negative parts."""
    loss, p = resolve_loss(loss), X.shape[1]

    def cost(theta):
        w, c = theta[:p] - theta[p : 2 * p], theta[-1]
        value, slope = loss.value_and_gradient(y[:, None] * 1.0, (X @ w + c)[:, None])
        slope = slope[:, 0] / len(y)
        g = X.T @ slope + alpha * (1 - l1_ratio) * w
        parts = alpha * l1_ratio
        total = value.mean() + parts * theta[:-1].sum()
        total += alpha * (1 - l1_ratio) * w @ w / 2
        return total, np.concatenate([g + parts, -g + parts, [slope.sum()]])

    bounds = [
        (max(low, 0), max(high, 0)) for low, high in zip(LOWER, UPPER, strict=True)
    ]
    bounds += [
        (max(-high, 0), max(-low, 0)) for low, high in zip(LOWER, UPPER, strict=True)
    ]
    start = np.append([b[0] for b in bounds], 0.0)
    found = optimize.minimize(
        cost,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[*bounds, (None, None)],
        options={"ftol": 1e-16, "gtol": 1e-10, "maxiter": 10_000},
    )
    return found.x[:p] - found.x[p : 2 * p]


@pytest.mark.parametrize("loss", SMOOTH)
@pytest.mark.parametrize("l1_ratio", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("metric", ["auto", "diagonal"])
def test_scipy_finds_the_same_optimum(loss, l1_ratio, metric, table):
    X, y = targets(loss, table)
    model = GDLinearModel(
        *(loss,),
        penalty="elasticnet",
        alpha=0.05,
        l1_ratio=l1_ratio,
        bounds=(LOWER, UPPER),
        metric=metric,
        tol=1e-9,
        max_iter=5000,
    ).fit(X, y)
    assert model.converged_
    w = model.coef_.ravel()
    assert ((w >= LOWER) & (w <= UPPER)).all()
    np.testing.assert_allclose(w, optimum(loss, X, y, 0.05, l1_ratio), atol=2e-5)


def test_bounded_least_squares(table):
    X, y = table
    theirs = optimize.lsq_linear(X, y, (LOWER, UPPER), tol=1e-14).x
    for metric in ("auto", "diagonal"):
        ours = GDLinearModel(
            penalty=None, bounds=(LOWER, UPPER), fit_intercept=False, metric=metric
        ).set_params(tol=1e-10)
        np.testing.assert_allclose(ours.fit(X, y).coef_, theirs, atol=1e-8)
    many = np.random.default_rng(0).normal(size=(400, 150))
    y = many @ np.linspace(-2, 2, 150)
    theirs = optimize.lsq_linear(many, y, (-1, 1), tol=1e-14).x
    for penalty, alpha in ((None, 1.0), ("l1", 0.0)):
        ours = GDLinearModel(penalty=penalty, alpha=alpha, bounds=(-1, 1), tol=1e-9)
        ours.set_params(fit_intercept=False).fit(many, y)
        np.testing.assert_allclose(ours.coef_, theirs, atol=1e-6)
        assert ours.converged_
        assert ours.duality_gap_ < 1e-6


def test_working_sets_within_bounds():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 600))
    y = 3 * X[:, :5].sum(axis=1) + rng.normal(size=80)
    for loss, target in (("squared_error", y), ("log_loss", y > 0)):
        bounds = (-0.2, np.where(np.arange(600) == 7, 0.5, 0.3))
        model = GDLinearModel(loss, penalty="l1", alpha=0.05, bounds=bounds, tol=1e-8)
        model.fit(X, target)
        assert model.solver_ == "working_sets"
        assert model.converged_
        w = model.coef_.ravel()
        assert ((w >= -0.2) & (w <= bounds[1])).all()
        assert (w == 0).sum() > 300
        model.set_params(solver="gd", max_iter=20_000, tol=1e-7).fit(X, target)
        np.testing.assert_allclose(w, model.coef_.ravel(), atol=1e-4)


@pytest.mark.parametrize("penalty", ["l2", "l1", "elasticnet", None])
def test_zero_from_below_is_positive(penalty, table):
    model = GDLinearModel(penalty=penalty, positive=True)
    expected = model.fit(*table).coef_
    for bounds in ((0, np.inf), (np.zeros(4), [np.inf] * 4), optimize.Bounds(0)):
        model = GDLinearModel(penalty=penalty, bounds=bounds)
        np.testing.assert_array_equal(model.fit(*table).coef_, expected)
    model = GDLinearModel(penalty=penalty, positive=True, bounds=(-1, 0.7))
    assert ((model.fit(*table).coef_ >= 0) & (model.coef_ <= 0.7)).all()
    group = GDLinearModel(penalty="group", groups=range(4), bounds=(0, np.inf), alpha=0)
    np.testing.assert_allclose(
        group.fit(*table).coef_,
        LinearRegression(positive=True).fit(*table).coef_,
        atol=1e-6,
    )


def test_bounds_that_hold_a_coefficient(table):
    X, y = table
    fixed = [0.5, -1.0, 0.0, 2.0]
    model = GDLinearModel(bounds=(fixed, fixed)).fit(X, y)
    np.testing.assert_array_equal(model.coef_, fixed)
    assert model.intercept_ == pytest.approx(np.mean(y - X @ fixed))
    assert model.converged_


@pytest.mark.parametrize("loss", sorted(LOSSES))
def test_bounds_follow_the_units_of_the_columns(loss, table):
    X, y = targets(loss, table)
    model = GDLinearModel(loss, bounds=(LOWER, UPPER), max_iter=20_000)
    expected = model.fit(X, y).coef_
    assert model.converged_
    units = 10.0 ** np.array([-6, 6, 3, 0])
    model.set_params(bounds=(LOWER / units, UPPER / units)).fit(X * units, y)
    atol = 1e-6 * abs(expected).max()
    np.testing.assert_allclose(model.coef_ * units, expected, atol=atol)


@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
def test_weights_rows_and_storage(loss, table):
    X, y = targets(loss, table)
    model = GDLinearModel(loss, bounds=(LOWER, UPPER), tol=1e-10)
    rng = np.random.default_rng(0)
    times = rng.integers(0, 3, len(y))
    expected = model.fit(np.repeat(X, times, axis=0), np.repeat(y, times)).coef_
    coef = model.fit(X, y, sample_weight=times).coef_
    np.testing.assert_allclose(coef, expected, atol=1e-7)
    expected = model.fit(X, y).coef_
    order = rng.permutation(len(y))
    np.testing.assert_allclose(model.fit(X[order], y[order]).coef_, expected, atol=1e-7)
    model.fit(sparse.csr_array(X), y)
    np.testing.assert_allclose(model.coef_, expected, atol=1e-7)
    model.set_params(tol=1e-6).fit(X.astype(np.float32), y.astype(np.float32))
    np.testing.assert_allclose(model.coef_, expected, atol=1e-4)


def test_several_outputs_and_classes(table):
    X, y = table
    Y = np.stack([y, -y, X[:, 0]], axis=1)
    model = GDLinearModel(bounds=(LOWER, UPPER), tol=1e-10).fit(X, Y)
    for k in range(3):
        one = GDLinearModel(bounds=(LOWER, UPPER), tol=1e-10).fit(X, Y[:, k])
        np.testing.assert_allclose(model.coef_[k], one.coef_, atol=1e-7)
    labels = np.digitize(y, [-1.0, 1.0])
    model = GDLinearModel("log_loss", bounds=(LOWER, UPPER), alpha=0.1).fit(X, labels)
    assert model.converged_
    assert ((model.coef_ >= LOWER) & (model.coef_ <= UPPER)).all()


def test_the_gap_between_bounds_is_above_the_distance_to_the_optimum():
    rng = np.random.default_rng(3)
    A, y = rng.normal(size=(60, 4)), rng.normal(size=(60, 1))
    low, high = LOWER[:, None], UPPER[:, None]
    finite = -np.ones((4, 1)), np.array([[0.1], [0.2], [0.0], [1.0]])
    for penalty in (
        Bounded(L1(0.05), low, high),
        Bounded(ElasticNet(0.05, 0.5), low, high),
        Bounded(L1(0.0), *finite),
    ):
        w, found = penalty.project(np.zeros((4, 1))), []
        for _ in range(500):
            g, value = A.T @ (A @ w - y) / 60, 0.5 * np.mean((A @ w - y) ** 2)
            gap = duality_gap(penalty, w, g, value, squared_error=True)
            found.append((gap, value + penalty.value(w)))
            w = penalty.prox(w - 0.3 * (g + penalty.gradient(w)), 0.3)
        optimum = found[-1][1]
        assert all(gap >= value - optimum - 1e-12 for gap, value in found)
        assert found[-1][0] < 1e-9


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ((1, 0), "bounds allow no value for column 0"),
        (([0, 0, 3, 0], 2), "bounds allow no value for column 2"),
        ((0, [1, 1]), "upper bounds must have one entry for each of the 4"),
        ((0, [1, 1, np.nan, 1]), "bounds contains NaN"),
        ((np.nan, 1), "bounds contains NaN"),
        ((np.inf, np.inf), "bounds allow no value"),
        ((0, 1, 2), "bounds must be a pair"),
        ((0, ["a", "b", "c", "d"]), "upper bounds must hold numbers"),
    ],
)
def test_bounds_that_cannot_be(bounds, message, table):
    model = GDLinearModel(bounds=bounds)
    with pytest.raises(ValueError, match=message):
        model.fit(*table)
    assert not hasattr(model, "coef_")


def test_what_bounds_do_not_go_with(table):
    model = GDLinearModel(bounds=(-1, 1), penalty="group", groups=range(4))
    with pytest.raises(ValueError, match="bounds other than"):
        model.fit(*table)
    model = GDLinearModel(bounds=(-1, 1), solver="lbfgs")
    with pytest.raises(ValueError, match="bounds"):
        model.fit(*table)


@pytest.mark.parametrize("solver", ["gd", "nesterov", "momentum", "newton"])
@pytest.mark.parametrize("loss", ["squared_error", "squared_hinge", "absolute_error"])
def test_every_rule_stays_within(solver, loss, table):
    X, y = targets(loss, table)
    model = GDLinearModel(loss, bounds=(LOWER, UPPER), max_iter=20_000)
    expected = model.fit(X, y).coef_
    model.set_params(solver=solver).fit(X, y)
    w = model.coef_.ravel()
    assert ((w >= LOWER) & (w <= UPPER)).all()
    np.testing.assert_allclose(model.coef_, expected, atol=1e-3)


@pytest.mark.parametrize("loss", ["squared_hinge", "huber", "absolute_error", "hinge"])
def test_no_line_leads_behind_a_wall(loss):
    rng = np.random.default_rng(0)
    for _ in range(10):
        X = rng.normal(size=(60, 8)) @ rng.normal(size=(8, 8))
        y = X @ rng.normal(size=8) + rng.normal(size=60)
        y = y > 0 if "hinge" in loss else y
        model = GDLinearModel(loss, positive=True, alpha=1e-3, max_iter=5000).fit(X, y)
        assert (model.coef_ >= 0).all()
        assert model.converged_


def test_steps_for_batches_and_warm_starts(table):
    X, y = table
    model = GDLinearModel(bounds=(LOWER, UPPER), solver="sgd", random_state=0)
    model.partial_fit(X, y).partial_fit(X, y)
    assert ((model.coef_ >= LOWER) & (model.coef_ <= UPPER)).all()
    free = GDLinearModel(warm_start=True).fit(X, y)
    free.set_params(bounds=(LOWER, UPPER)).fit(X, y)
    expected = GDLinearModel(bounds=(LOWER, UPPER)).fit(X, y).coef_
    np.testing.assert_allclose(free.coef_, expected, atol=1e-5)


def test_the_diabetes_study_with_serum_that_must_not_help():
    X, y = load_diabetes(return_X_y=True)
    upper = np.where(np.arange(10) < 4, np.inf, 400.0)
    model = GDLinearModel(alpha=0, bounds=(-400.0, upper)).fit(X, y)
    assert model.coef_.max() > 400
    assert model.coef_[4:].max() == 400
    assert model.converged_
