"""Coefficients with A w <= b."""

import numpy as np
import pytest
from gd_linear_model.small_table import targets
from scipy import optimize, sparse
from scipy.optimize import LinearConstraint
from sklearn.datasets import load_diabetes, load_iris
from sklearn.linear_model import LogisticRegression

from skmath import GDLinearModel
from skmath.calculus import L2, LinearlyConstrained, duality_gap, resolve_loss
from skmath.calculus.linear_constraints import (
    conflict,
    nearest_multipliers,
    opposite_rows,
)

SMOOTH = ["squared_error", "log_loss", "poisson", "gamma", "squared_hinge", "huber"]
SMOOTH += ["tweedie", "modified_huber"]
A = np.array(
    [
        [1.0, -1.0, 0.0, 0.0],
        [0.0, 1.0, -1.0, 0.0],
        [1.0, 1.0, 1.0, 1.0],
        [2.0, -2.0, 0.0, 0.0],  # the first again
    ]
)
B = np.array([0.2, 0.0, 0.5, 0.4])


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 4)) @ (np.eye(4) + 0.3)
    return X, X @ [1.0, -2.0, 0.3, 0.5] + rng.normal(size=120)


def cost_of(loss, X, y, alpha):
    """Return cost and gradient, as a function of coefficients and intercept."""
    loss, p = resolve_loss(loss), X.shape[1]

    def cost(theta):
        z = (X @ theta[:p] + theta[p])[:, None]
        value, slope = loss.value_and_gradient(y[:, None] * 1.0, z)
        slope = slope[:, 0] / len(y)
        g = np.append(X.T @ slope + alpha * theta[:p], slope.sum())
        return value.mean() + 0.5 * alpha * theta[:p] @ theta[:p], g

    return cost


def conditions(model, X, y, alpha, rows=A, upper=B):
    """Return by how much a fit misses each of Karush, Kuhn and Tucker's conditions."""
    w, dual = model.coef_.ravel(), model.multipliers_
    theta = np.append(w, model.intercept_)
    g = cost_of(model.loss, X, y, alpha)(theta)[1]
    spare = upper - rows @ w
    return (
        np.abs(g[:-1] + rows.T @ dual).max(),
        np.abs(g[-1]),
        max(0.0, -spare.min()),
        max(0.0, -dual.min()),
        np.abs(dual * spare).max(),
    )


@pytest.mark.parametrize("loss", SMOOTH)
@pytest.mark.parametrize("metric", ["auto", "diagonal"])
def test_the_conditions_of_the_optimum_hold(loss, metric, table):
    X, y = targets(loss, table)
    model = GDLinearModel(
        *(loss,),
        alpha=0.05,
        constraints=(A, B),
        metric=metric,
        tol=1e-9,
        max_iter=5000,
    ).fit(X, y)
    assert model.converged_
    assert model.duality_gap_ < 1e-7
    assert max(conditions(model, X, y, 0.05)) < 1e-7
    theirs = optimize.minimize(
        cost_of(loss, X, y, 0.05),
        np.zeros(5),
        jac=True,
        method="SLSQP",
        constraints=LinearConstraint(np.c_[A, np.zeros(4)], ub=B),
        options={"ftol": 1e-14, "maxiter": 1000},
    )
    np.testing.assert_allclose(model.coef_.ravel(), theirs.x[:4], atol=1e-4)


@pytest.mark.parametrize("seed", range(10))
def test_random_programs(seed):
    rng = np.random.default_rng(seed)
    p, m = rng.integers(2, 12), rng.integers(1, 30)
    rows, inside = rng.normal(size=(m, p)), rng.normal(size=p)
    rows[:, rng.random(p) < 0.3] = 0.0
    upper = rows @ inside + rng.exponential(size=m) * (rng.random(m) < 0.7)
    lower = np.where(rng.random(m) < 0.3, upper, -np.inf)
    lower = np.where((upper > rows @ inside), upper - 3, lower)
    lower = np.minimum(lower, rows @ inside)
    upper = np.maximum(upper, rows @ inside)
    X = rng.normal(size=(60, p)) * 10.0 ** rng.integers(-3, 3, p)
    rows = rows * np.abs(X).max(axis=0)
    y = rng.normal(size=60)
    model = GDLinearModel(
        alpha=1e-3, constraints=LinearConstraint(rows, lower, upper), tol=1e-8
    )
    inside = inside / np.abs(X).max(axis=0)
    model.fit(X, y)
    assert model.converged_
    w, dual = model.coef_, model.multipliers_
    scale = np.abs(rows) @ np.abs(w) + 1
    assert ((rows @ w - upper) / scale).max() < 1e-9
    assert ((lower - rows @ w) / scale).max() < 1e-9
    g = cost_of("squared_error", X, y, 1e-3)(np.append(w, model.intercept_))[1][:-1]
    size = X.std(axis=0)
    np.testing.assert_allclose((g + rows.T @ dual) / size, 0, atol=1e-7)
    binds = np.minimum(upper - rows @ w, rows @ w - lower) / scale < 1e-7
    assert np.abs(dual[~binds]).max(initial=0.0) < 1e-9


def test_levels_in_order():
    rng = np.random.default_rng(0)
    level = rng.integers(0, 8, 500)
    X, y = np.eye(8)[level], np.sqrt(level) + rng.normal(size=500)
    steps = np.eye(8)[:-1] - np.eye(8, k=1)[:-1]
    model = GDLinearModel(alpha=1e-3, constraints=(steps, np.zeros(7))).fit(X, y)
    assert (np.diff(model.coef_) >= -1e-12).all()
    assert (np.diff(GDLinearModel(alpha=1e-3).fit(X, y).coef_) < 0).any()
    alike = np.abs(np.diff(model.coef_)) < 1e-9
    np.testing.assert_array_equal(alike, model.multipliers_ > 0)


def test_equations_and_what_multipliers_tell(table):
    X, y = table
    one = LinearConstraint(np.ones(4), 1.0, 1.0)
    model = GDLinearModel(alpha=0, constraints=one, tol=1e-10).fit(X, y)
    assert model.coef_.sum() == pytest.approx(1.0)
    # By substitution: w = (1, 0, 0, 0) + N v.
    N = np.array([[-1.0, -1, -1], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
    design = np.column_stack([X @ N, np.ones(len(y))])
    v = np.linalg.lstsq(design, y - X[:, 0], rcond=None)[0]
    np.testing.assert_allclose(model.coef_, [1, 0, 0, 0] + N @ v[:3], atol=1e-8)
    h, costs = 1e-3, []
    for side in (1 - h, 1 + h):
        model.set_params(constraints=LinearConstraint(np.ones(4), side, side))
        costs.append(model.fit(X, y).loss_curve_[-1])
    slope = (costs[0] - costs[1]) / (2 * h)
    model.set_params(constraints=one).fit(X, y)
    assert model.multipliers_[0] == pytest.approx(slope, rel=1e-4)
    low = LinearConstraint(np.ones(4), 1.0, np.inf)
    model.set_params(constraints=low).fit(X, y)
    assert model.multipliers_[0] == pytest.approx(slope, rel=1e-4)
    assert model.multipliers_[0] < 0


@pytest.mark.parametrize("loss", ["squared_error", "log_loss", "poisson", "huber"])
def test_the_units_of_the_columns_change_nothing(loss, table):
    X, y = targets(loss, table)
    model = GDLinearModel(loss, constraints=(A, B), max_iter=5000).fit(X, y)
    expected, dual = model.coef_, model.multipliers_
    assert model.converged_
    units = 10.0 ** np.array([-6, 6, 3, 0])
    model.set_params(constraints=(A * units, B)).fit(X * units, y)
    atol = 1e-6 * abs(expected).max()
    np.testing.assert_allclose(model.coef_ * units, expected, atol=atol)
    sizes = 10.0 ** np.array([6, -6, 2, 0])
    model.set_params(constraints=(A * sizes[:, None], B * sizes)).fit(X, y)
    np.testing.assert_allclose(model.coef_, expected, atol=atol)
    np.testing.assert_allclose(model.multipliers_ @ (A * sizes[:, None]), dual @ A)


@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
def test_weights_rows_and_storage(loss, table):
    X, y = targets(loss, table)
    model = GDLinearModel(loss, constraints=(A, B), tol=1e-10)
    rng = np.random.default_rng(0)
    times = rng.integers(0, 3, len(y))
    expected = model.fit(np.repeat(X, times, axis=0), np.repeat(y, times)).coef_
    coef = model.fit(X, y, sample_weight=times).coef_
    np.testing.assert_allclose(coef, expected, atol=1e-7)
    expected = model.fit(X, y).coef_
    order = rng.permutation(len(y))
    np.testing.assert_allclose(model.fit(X[order], y[order]).coef_, expected, atol=1e-7)
    model.set_params(constraints=(sparse.csr_array(A), B)).fit(sparse.csr_array(X), y)
    np.testing.assert_allclose(model.coef_, expected, atol=1e-7)
    model.set_params(tol=1e-6).fit(X.astype(np.float32), y.astype(np.float32))
    np.testing.assert_allclose(model.coef_, expected, atol=1e-4)


def test_several_outputs_and_classes(table):
    X, y = table
    Y = np.stack([y, -y, X[:, 0]], axis=1)
    model = GDLinearModel(constraints=(A, B), tol=1e-10).fit(X, Y)
    assert model.multipliers_.shape == (4, 3)
    for k in range(3):
        one = GDLinearModel(constraints=(A, B), tol=1e-10).fit(X, Y[:, k])
        np.testing.assert_allclose(model.coef_[k], one.coef_, atol=1e-7)
    labels = np.digitize(y, [-1.0, 1.0])
    model = GDLinearModel("log_loss", constraints=(A, B), alpha=0.1).fit(X, labels)
    assert model.converged_
    assert (model.coef_ @ A.T <= B + 1e-12).all()


def test_with_bounds_and_walls(table):
    X, y = table
    model = GDLinearModel(constraints=(A, B), bounds=(-0.1, 0.3), alpha=0.01, tol=1e-9)
    model.fit(X, y)
    assert model.converged_
    assert model.multipliers_.shape == (4,)
    assert ((model.coef_ > -0.1 - 1e-12) & (model.coef_ < 0.3 + 1e-12)).all()
    theirs = optimize.minimize(
        cost_of("squared_error", X, y, 0.01),
        np.zeros(5),
        jac=True,
        method="SLSQP",
        bounds=[(-0.1, 0.3)] * 4 + [(None, None)],
        constraints=LinearConstraint(np.c_[A, np.zeros(4)], ub=B),
        options={"ftol": 1e-14},
    )
    np.testing.assert_allclose(model.coef_, theirs.x[:4], atol=1e-5)
    model.set_params(bounds=None, positive=True).fit(X, y)
    assert (model.coef_ > -1e-12).all()


def test_the_gap_is_above_the_distance_to_the_optimum():
    rng = np.random.default_rng(3)
    X, y = rng.normal(size=(60, 4)), rng.normal(size=(60, 1)) + 1
    penalty = LinearlyConstrained(L2(0.1), A, np.full(4, -np.inf), B - 0.2)
    w, found = penalty.project(np.zeros((4, 1))), []
    for _ in range(300):
        g, value = X.T @ (X @ w - y) / 60, 0.5 * np.mean((X @ w - y) ** 2)
        gap = duality_gap(penalty, w, g, value)
        found.append((gap, value + penalty.value(w)))
        w = penalty.prox(w - 0.3 * (g + penalty.gradient(w)), 0.3)
    optimum = found[-1][1]
    assert all(gap >= value - optimum - 1e-12 for gap, value in found)
    assert found[-1][0] < 1e-9


def test_rows_that_contradict_each_other(table):
    rows = np.vstack([A, -A[2]])
    for unit in (1e-20, 1.0, 1e20):
        upper = np.append(B, -0.6) * unit
        model = GDLinearModel(constraints=(rows, upper))
        with pytest.raises(ValueError, match=r"rows \[2, 4\] of A contradict"):
            model.fit(*table)
        assert not hasattr(model, "coef_")
        upper = np.append(B, -0.4) * unit
        assert not conflict(rows, np.full(5, -np.inf), upper).size
    model = GDLinearModel(constraints=(-A[2], [-1.0]), bounds=(-1, 0))
    with pytest.raises(ValueError, match=r"rows \[0\] of A .* together with bounds"):
        model.fit(*table)
    model = GDLinearModel(constraints=(0 * A, B - 1))
    with pytest.raises(ValueError, match="constraints cannot be satisfied"):
        model.fit(*table)


@pytest.mark.parametrize(
    ("constraints", "message"),
    [
        ((A[:, :3], B), "A of constraints must have one column"),
        ((A, B[:2]), "bounds of constraints must have one entry"),
        ((A, [np.nan, 1, 1, 1]), "constraints contains NaN"),
        ((A + np.inf, B), "constraints contains NaN, or A"),
        ((A, B, B), "constraints must be a pair"),
        ((A.astype(str).tolist(), ["a"] * 4), "constraints must hold numbers"),
        (LinearConstraint(A[:1], 2, 1), "no w satisfies row 0 of A"),
        (LinearConstraint(0 * A[:1], 1, 2), "no w satisfies row 0 of A"),
    ],
)
def test_constraints_that_cannot_be(constraints, message, table):
    model = GDLinearModel(constraints=constraints)
    with pytest.raises(ValueError, match=message):
        model.fit(*table)
    assert not hasattr(model, "coef_")


def test_what_constraints_do_not_go_with(table):
    for parameters, message in (
        ({"penalty": "l1"}, "constraints require a penalty"),
        (
            {"penalty": "group", "groups": range(4)},
            "constraints require a penalty",
        ),
        ({"loss": "absolute_error"}, "constraints require a loss without kinks"),
        ({"solver": "lbfgs"}, "constraints"),
    ):
        model = GDLinearModel(constraints=(A, B), **parameters)
        with pytest.raises(ValueError, match=message):
            model.fit(*table)


@pytest.mark.parametrize("solver", ["gd", "nesterov", "newton", "momentum"])
def test_every_rule_stays_within(solver, table):
    expected = GDLinearModel(constraints=(A, B)).fit(*table).coef_
    model = GDLinearModel(constraints=(A, B), solver=solver, max_iter=5000).fit(*table)
    np.testing.assert_allclose(model.coef_, expected, atol=1e-4)
    assert (A @ model.coef_ <= B + 1e-12).all()


def test_the_diabetes_study_with_two_kinds_of_cholesterol():
    X, y = load_diabetes(return_X_y=True)
    # Low density lipoproteins (5) must not help more than high density ones (6) do.
    row = np.zeros(10)
    row[5], row[6] = -1.0, 1.0
    model = GDLinearModel(constraints=(row, [0.0])).fit(X, y)
    assert model.converged_
    assert row @ model.coef_ <= 1e-9


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("is_equation", [False, True])
def test_rows_beyond_delta_leave_columns_without_curvature(seed, is_equation):
    # As on real tables with indicators: most errors count linearly at the start.
    rng = np.random.default_rng(seed)
    levels = np.eye(5)[rng.integers(0, 5, 40)]
    X = np.column_stack([rng.normal(size=(40, 3)) * [1, 20, 300], levels])
    y = X[:, :3] @ [3.0, 0.2, 0.01] + 4 * levels[:, 1] + rng.standard_t(2, 40)
    s = X.std(axis=0)
    rows = rng.normal(size=(4, 8)) * s
    upper = rng.random(4)
    lower = np.where([False, False, is_equation, False], upper, -np.inf)
    known = {"penalty_weights": s**2, "alpha": 1e-3, "delta": 0.5}
    known["constraints"] = LinearConstraint(rows, lower, upper)
    model = GDLinearModel("huber", **known).fit(X, y)
    assert model.converged_

    def cost(theta):
        r = y - X / s @ theta[:8] - theta[8]
        small = np.abs(r) <= 0.5
        value = np.where(small, r**2 / 2, 0.5 * (np.abs(r) - 0.25)).mean()
        slope = -np.where(small, r, 0.5 * np.sign(r)) / len(y)
        g = np.append(slope @ X / s + 1e-3 * theta[:8], slope.sum())
        return value + 0.5e-3 * theta[:8] @ theta[:8], g

    ours = np.append(model.coef_ * s, model.intercept_)
    ends = [{"type": "ineq", "fun": lambda t: upper - rows / s @ t[:8]}]
    if is_equation:
        ends += [{"type": "eq", "fun": lambda t: upper[2] - rows[2] / s @ t[:8]}]
    options = {"maxiter": 2000, "ftol": 1e-13}
    start = np.append(np.zeros(8), np.median(y))
    best = optimize.minimize(cost, start, jac=True, constraints=ends, options=options)
    assert (rows @ model.coef_ <= upper + 1e-9).all()
    assert cost(ours)[0] <= best.fun * (1 + 1e-6)


@pytest.mark.parametrize("j", range(4))
def test_classes_with_constraints_that_do_not_bind(j):
    X, y = load_iris(return_X_y=True)
    X = X[:, [j]]
    far = LinearConstraint([[1.0]], -100, 100)
    model = GDLinearModel("log_loss", alpha=1e-3, constraints=far).fit(X, y)
    theirs = LogisticRegression(C=1 / (1e-3 * len(y)), tol=1e-10, max_iter=10000)
    theirs.fit(X, y)
    assert model.converged_
    assert model.n_iter_ < 60
    assert np.abs(model.predict_proba(X) - theirs.predict_proba(X)).max() < 1e-4


def test_rounding_does_not_make_the_two_rows_of_an_equation_contradict_each_other():
    # Products of the same numbers at other positions of an array may be rounded in
    # another way, by an amount that depends on the processor.
    rng = np.random.default_rng(0)
    G = rng.normal(size=(5, 4))
    G[4] = -G[2]
    for noise in 1e-16 * rng.normal(size=(50, 2)):
        beyond = np.array([0.0, -0.04, noise[0], 0.01, noise[1]])
        dual = nearest_multipliers(G, beyond, opposite_rows(G))
        x = -G.T @ dual
        assert np.abs(dual).max() < 10
        assert (G @ x + beyond <= 1e-14).all()


@pytest.mark.parametrize("as_two_rows", [False, True])
def test_an_equation_may_be_given_as_two_rows(as_two_rows):
    rng = np.random.default_rng(3)
    X = rng.normal(size=(60, 3))
    y = X @ [1.0, 2.0, 3.0] + rng.normal(size=60)
    row = rng.normal(size=(1, 3))
    rows, upper = (np.vstack([row, -row]), [0.5, -0.5]) if as_two_rows else (row, [0.5])
    lower = [-np.inf, -np.inf] if as_two_rows else [0.5]
    constraints = LinearConstraint(rows, lower, upper)
    model = GDLinearModel("huber", constraints=constraints, delta=0.5).fit(X, y)
    assert model.converged_
    assert (row @ model.coef_)[0] == pytest.approx(0.5, abs=1e-12)
