"""MCP and SCAD, the fused lasso and Tikhonov's penalty."""

import numpy as np
import pytest
from gd_linear_model.small_table import targets
from scipy import sparse
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Lasso, Ridge

from skmath import GDLinearModel
from skmath.calculus import (
    LOSSES,
    MCP,
    SCAD,
    FusedLasso,
    Tikhonov,
    duality_gap,
    resolve_loss,
)

SMOOTH = ["squared_error", "log_loss", "poisson", "gamma", "squared_hinge", "huber"]
FOLDED = {"mcp": MCP, "scad": SCAD}
P = np.array([[2.0, -1, 0, 0], [-1, 2, -1, 0], [0, -1, 2, -1], [0, 0, -1, 2]])


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 4)) @ (np.eye(4) + 0.3)
    return X, X @ [1.0, -2.0, 0.3, 0.0] + rng.normal(size=120)


# MCP and SCAD


@pytest.mark.parametrize("make", [MCP, SCAD])
@pytest.mark.parametrize("positive", [False, True])
def test_the_proximal_map_of_a_folded_penalty(make, positive):
    penalty = make(0.7, 3.7, 1.3, positive, 0.8)
    grid = np.linspace(0.0 if positive else -6, 6, 24_001)
    values = np.array([penalty.value(np.array([[x]])) for x in grid[::100]])
    np.testing.assert_allclose(penalty._values(np.abs(grid[::100])), values, atol=1e-14)
    for step in (0.1, 1.0, 3.0, 10.0):  # with the last one the map jumps
        for v in np.linspace(-5, 5, 41):
            w = float(penalty.prox(np.array([v]), step)[0])
            best = (grid - v) ** 2 / (2 * step) + penalty._values(np.abs(grid))
            here = (w - v) ** 2 / (2 * step) + penalty._values(np.abs(w))
            assert here <= best.min() + 1e-12
            assert not (positive and w < 0)


@pytest.mark.parametrize("make", [MCP, SCAD])
def test_slopes_of_a_folded_penalty(make):
    penalty, w, h = make(0.7, 3.7), np.linspace(-4, 4, 40)[:, None], 1e-6
    rise = penalty._values(np.abs(w + h)) - penalty._values(np.abs(w - h))
    np.testing.assert_allclose(penalty.slope(w), rise / (2 * h), atol=1e-6)
    # Their integrals as the papers print them.
    a, gamma, large = 0.7, 3.7, 10.0
    constant = {MCP: gamma * a**2 / 2, SCAD: a**2 * (gamma + 1) / 2}[make]
    assert penalty.value(np.array([[large]])) == pytest.approx(constant)


@pytest.mark.parametrize("name", FOLDED)
@pytest.mark.parametrize("loss", SMOOTH)
def test_a_local_optimum_of_a_folded_penalty(name, loss, table):
    X, y = targets(loss, table)
    for metric in ("auto", "diagonal"):
        model = GDLinearModel(loss, penalty=name, alpha=0.15, metric=metric, tol=1e-9)
        model.set_params(max_iter=5000).fit(X, y)
        assert model.converged_
        w = model.coef_.ravel()
        z = X @ w + model.intercept_
        slopes = resolve_loss(loss).gradient(y[:, None] * 1.0, z[:, None])[:, 0]
        g = X.T @ slopes / len(y)
        assert (np.abs(g[w == 0]) <= 0.15).all()
        if loss == "squared_error":
            penalty = FOLDED[name](
                *(0.15, {"mcp": 3.0, "scad": 3.7}[name]),
                curvature_unit=X.var(axis=0)[:, None],
            )
            slope = penalty.slope(w[:, None])[:, 0]
            np.testing.assert_allclose((g + slope)[w != 0], 0, atol=1e-8)


@pytest.mark.parametrize("name", FOLDED)
def test_large_coefficients_are_not_shrunk(name):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 30))
    y = X[:, :3] @ [3.0, -2.0, 4.0] + 0.5 * rng.normal(size=200)
    model = GDLinearModel(penalty=name, alpha=0.2, tol=1e-9).fit(X, y)
    np.testing.assert_array_equal(np.flatnonzero(model.coef_), [0, 1, 2])
    design = np.column_stack([X[:, :3], np.ones(200)])
    oracle = np.linalg.lstsq(design, y, rcond=None)[0]
    np.testing.assert_allclose(model.coef_[:3], oracle[:3], atol=1e-7)
    lasso = GDLinearModel(penalty="l1", alpha=0.2).fit(X, y)
    assert (np.abs(lasso.coef_[:3]) < np.abs(oracle[:3]) - 0.1).all()


@pytest.mark.parametrize("name", FOLDED)
def test_a_large_gamma_is_the_lasso(name, table):
    model = GDLinearModel(penalty=name, alpha=0.2, gamma=1e9, tol=1e-9).fit(*table)
    theirs = Lasso(0.2, tol=1e-12).fit(*table)
    np.testing.assert_allclose(model.coef_, theirs.coef_, atol=1e-6)


@pytest.mark.parametrize("positive", [False, True])
@pytest.mark.parametrize("make", [MCP, SCAD])
@pytest.mark.parametrize("seed", range(5))
def test_a_quadratic_with_a_folded_penalty_goes_down_to_a_local_optimum(
    make, positive, seed
):
    # Of columns that depend on each other it is concave in some directions.
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(40, 12)) + 2 * rng.normal(size=(40, 1))
    X /= np.sqrt((X**2).mean(axis=0))
    H, b = X.T @ X / 40, X.T @ rng.normal(size=(40, 2)) / 40 + 0.5
    penalty = make(0.1, 2.5, positive=positive)
    scale = np.ones((12, 2))
    x = start = penalty.prox(rng.normal(size=(12, 2)), 0.1)
    # In turn, as a descent does: each may end after a share of the way.
    for _ in range(10):
        x = penalty.quadratic_minimum(x, np.stack([H, H]), b, scale, 1.0)

    def cost(x):
        return 0.5 * np.sum(x * (H @ x)) - np.sum(b * x) + penalty.value(x)

    slope = H @ x - b
    np.testing.assert_allclose(penalty.prox(x - slope, 1.0), x, atol=1e-9)
    assert cost(x) < cost(start)
    for step in 1e-4 * rng.normal(size=(200, 12, 2)):
        near = np.maximum(x + step, 0.0) if positive else x + step
        assert cost(near) >= cost(x) - 1e-12


@pytest.mark.parametrize("name", FOLDED)
def test_wide_tables_and_paths(name):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(100, 400))
    y = X[:, :3] @ [3.0, -2.0, 4.0] + 0.5 * rng.normal(size=100)
    model = GDLinearModel(penalty=name, alpha=0.4, tol=1e-8).fit(X, y)
    assert model.converged_
    np.testing.assert_array_equal(np.flatnonzero(model.coef_), [0, 1, 2])
    _, coefs, _ = model.path([1.0, 0.4], X, y)
    np.testing.assert_allclose(coefs[1], model.coef_, atol=1e-6)
    model = GDLinearModel("log_loss", penalty=name, alpha=0.1).fit(X, y > 0)
    assert model.converged_
    assert 0 < np.count_nonzero(model.coef_) < 40


@pytest.mark.parametrize("gamma", [2.0, 1.5])
def test_too_much_concavity(gamma, table):
    model = GDLinearModel(penalty="scad", gamma=gamma)
    with pytest.raises(ValueError, match="gamma must be above 2"):
        model.fit(*table)
    assert not hasattr(model, "coef_")


# The fused lasso


def levels_of(rng, n=400, k=8):
    level = rng.integers(0, k, n)
    return np.eye(k)[level], np.repeat([0.0, 1.0, 3.0, 3.0], 2)[level] + rng.normal(
        size=n
    )


def test_the_steps_of_levels_and_back():
    rng = np.random.default_rng(0)
    penalty = FusedLasso(0.5, np.array([1, 0, 1, 0, 0, 2]))
    w = rng.normal(size=(6, 2))
    np.testing.assert_allclose(penalty.levels(penalty.steps(w)), w)
    steps = [w[2] - w[0], w[3] - w[1], w[4] - w[3]]
    assert penalty.value(w) == pytest.approx(0.5 * np.abs(steps).sum())


@pytest.mark.parametrize("k", [1, 2])
def test_the_proximal_map_of_the_fused_lasso(k):
    rng = np.random.default_rng(1)
    penalty = FusedLasso(
        0.5, np.array([1, 0, 1, 0, 0, 2, 1]), rng.uniform(0, 2, (7, 1))
    )
    v, t = 2 * rng.normal(size=(7, k)), rng.uniform(0.1, 2, (7, k))
    w = penalty.prox(v, t)

    def cost(w):
        return np.sum((w - v) ** 2 / (2 * t)) + penalty.value(w)

    for size in (1e-4, 1e-2, 0.3):
        for _ in range(200):
            near = w + size * rng.normal(size=w.shape) * (rng.random(w.shape) < 0.5)
            merged = penalty.steps(near)
            merged[np.abs(penalty.steps(w)) < 1e-12] = 0.0
            assert cost(near) >= cost(w) - 1e-12
            assert cost(penalty.levels(merged)) >= cost(w) - 1e-12


@pytest.mark.parametrize("loss", SMOOTH)
@pytest.mark.parametrize("metric", ["auto", "diagonal"])
def test_it_is_a_lasso_of_cumulative_columns(loss, metric):
    rng = np.random.default_rng(0)
    X, y = targets(loss, levels_of(rng))
    X = np.column_stack([X, rng.normal(size=(400, 2))])
    blocks = [0] * 8 + [1, 2]
    model = GDLinearModel(
        *(loss,), penalty="fused", groups=blocks, alpha=0.05, metric=metric, tol=1e-9
    ).set_params(max_iter=5000)
    model.fit(X, y)
    assert model.converged_
    C = np.zeros((10, 10))
    C[:8, :8] = np.tril(np.ones((8, 8)))
    C[8:, 8:] = np.eye(2)
    weights = np.array([0, *[1] * 7, 0, 0])
    lasso = GDLinearModel(
        loss, penalty="l1", alpha=0.05, penalty_weights=weights, tol=1e-9
    ).fit(X @ C, y)
    w, d = model.coef_.ravel(), lasso.coef_.ravel()
    np.testing.assert_allclose(np.diff(w[:8]), d[1:8], atol=1e-6)
    np.testing.assert_allclose(w[8:], d[8:], atol=1e-6)
    assert (np.abs(np.diff(w[:8])) < 1e-9).any()


def test_all_columns_are_one_line_of_levels_without_groups():
    X, y = levels_of(np.random.default_rng(0))
    expected = GDLinearModel(penalty="fused", groups=[0] * 8, alpha=0.05).fit(X, y)
    model = GDLinearModel(penalty="fused", alpha=0.05).fit(X, y)
    np.testing.assert_array_equal(model.coef_, expected.coef_)


# Tikhonov's penalty


@pytest.mark.parametrize("loss", SMOOTH)
def test_tikhonov_is_ridge_in_other_columns(loss, table):
    X, y = targets(loss, table)
    R = np.linalg.cholesky(P).T
    expected = GDLinearModel(loss, alpha=0.1, tol=1e-9).fit(X @ np.linalg.inv(R), y)
    expected = np.linalg.solve(R, expected.coef_.ravel())
    for solver in ("auto", "gd", "newton", "lbfgs", "nesterov"):
        for metric in ("auto", "diagonal"):
            model = GDLinearModel(
                *(loss,), alpha=0.1, penalty_matrix=P, solver=solver, metric=metric
            ).set_params(tol=1e-9, max_iter=5000)
            model.fit(X, y)
            assert model.converged_
            assert model.duality_gap_ < 1e-8
            np.testing.assert_allclose(model.coef_.ravel(), expected, atol=1e-6)


def test_tikhonov_of_several_outputs_and_a_singular_matrix(table):
    X, y = table
    D = np.diff(np.eye(4), axis=0)
    Y = np.stack([y, -y], axis=1)
    model = GDLinearModel(alpha=0.1, penalty_matrix=sparse.csr_array(D.T @ D))
    model.set_params(tol=1e-10).fit(X, Y)
    centred = X - X.mean(axis=0)
    H = centred.T @ centred / 120 + 0.1 * D.T @ D
    expected = np.linalg.solve(H, centred.T @ (Y - Y.mean(axis=0)) / 120).T
    np.testing.assert_allclose(model.coef_, expected, atol=1e-8)
    # With columns that depend on each other it chooses among them.
    X = np.column_stack([X, X[:, 0]])
    D = np.diff(np.eye(5), axis=0)
    model = GDLinearModel(alpha=1e-6, penalty_matrix=D.T @ D, tol=1e-10).fit(X, y)
    assert model.converged_
    ridge = Ridge(alpha=120 * 1e-6, tol=1e-12)
    cost = 0.5 * np.mean((y - model.predict(X)) ** 2)
    cost += 0.5e-6 * model.coef_ @ D.T @ D @ model.coef_
    w = ridge.fit(X, y).coef_
    other = 0.5 * np.mean((y - ridge.predict(X)) ** 2) + 0.5e-6 * w @ D.T @ D @ w
    assert cost <= other


def test_the_gap_of_tikhonov():
    rng = np.random.default_rng(3)
    X, y = rng.normal(size=(60, 4)), rng.normal(size=(60, 1))
    penalty, w, found = Tikhonov(0.1, P), np.zeros((4, 1)), []
    for _ in range(300):
        g, value = X.T @ (X @ w - y) / 60, 0.5 * np.mean((X @ w - y) ** 2)
        gap = duality_gap(penalty, w, g, value)
        found.append((gap, value + penalty.value(w)))
        w = w - 0.3 * (g + penalty.gradient(w))
    optimum = found[-1][1]
    assert all(gap >= value - optimum - 1e-12 for gap, value in found)
    assert found[-1][0] < 1e-9


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.eye(3), r"penalty_matrix must be a finite matrix of shape \(4, 4\)"),
        (np.triu(np.ones((4, 4))), "penalty_matrix must be symmetric"),
        (np.ones((4, 4)) - 2 * np.eye(4), "must be positive semidefinite"),
        (np.full((4, 4), np.nan), "penalty_matrix must be a finite"),
    ],
)
def test_matrices_that_are_no_penalty(matrix, message, table):
    model = GDLinearModel(penalty_matrix=matrix)
    with pytest.raises(ValueError, match=message):
        model.fit(*table)
    assert not hasattr(model, "coef_")


# All of them


ALL = {
    "mcp": {},
    "scad": {},
    "fused": {"groups": [0, 0, 0, 1]},
    "l2": {"penalty_matrix": P},
}


@pytest.mark.parametrize("penalty", ALL)
@pytest.mark.parametrize("loss", sorted(LOSSES))
def test_the_units_of_the_columns_change_nothing(loss, penalty, table):
    X, y = targets(loss, table)
    model = GDLinearModel(loss, penalty=penalty, max_iter=20_000, **ALL[penalty])
    expected = model.fit(X, y).coef_
    assert model.converged_
    # Levels of a block have one unit.
    units = 10.0 ** np.array([-6, -6, -6, 6] if penalty == "fused" else [-6, 6, 3, 0])
    coef = model.fit(X * units, y).coef_ * units
    np.testing.assert_allclose(coef, expected, atol=1e-5 * abs(expected).max())


@pytest.mark.parametrize("penalty", ALL)
@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
def test_weights_rows_and_storage(loss, penalty, table):
    X, y = targets(loss, table)
    model = GDLinearModel(loss, penalty=penalty, alpha=0.05, tol=1e-9, **ALL[penalty])
    rng = np.random.default_rng(0)
    times = rng.integers(0, 3, len(y))
    expected = model.fit(np.repeat(X, times, axis=0), np.repeat(y, times)).coef_
    coef = model.fit(X, y, sample_weight=times).coef_
    np.testing.assert_allclose(coef, expected, atol=1e-6)
    expected = model.fit(X, y).coef_
    order = rng.permutation(len(y))
    np.testing.assert_allclose(model.fit(X[order], y[order]).coef_, expected, atol=1e-6)
    model.fit(sparse.csr_array(X), y)
    np.testing.assert_allclose(model.coef_, expected, atol=1e-6)
    model.set_params(tol=1e-6).fit(X.astype(np.float32), y.astype(np.float32))
    np.testing.assert_allclose(model.coef_, expected, atol=1e-3)


@pytest.mark.parametrize("penalty", ALL)
def test_several_outputs_are_fitted_one_by_one(penalty, table):
    X, y = table
    Y = np.stack([y, X[:, 1] - y], axis=1)
    model = GDLinearModel(penalty=penalty, alpha=0.05, tol=1e-9, **ALL[penalty])
    one, other = (model.fit(X, column).coef_ for column in Y.T)
    np.testing.assert_allclose(model.fit(X, Y).coef_, [one, other], atol=1e-6)
    labels = np.digitize(y, [-1.0, 1.0])
    model.set_params(loss="log_loss", tol=1e-6, max_iter=5000).fit(X, labels)
    assert model.converged_


@pytest.mark.parametrize("penalty", ["fused", "l2"])
def test_what_does_not_go_with_bounds(penalty, table):
    model = GDLinearModel(penalty=penalty, **ALL[penalty])
    for parameters in ({"bounds": (-1, 1)}, {"positive": True}):
        with pytest.raises(ValueError, match="bounds"):
            GDLinearModel(penalty=penalty, **ALL[penalty], **parameters).fit(*table)
    model.fit(*table)


def test_the_diabetes_study_without_the_bias_of_the_lasso():
    X, y = load_diabetes(return_X_y=True)
    mcp = GDLinearModel(penalty="mcp", alpha=0.15).fit(X, y)
    l1 = GDLinearModel(penalty="l1", alpha=0.15).fit(X, y)
    assert np.count_nonzero(mcp.coef_) <= np.count_nonzero(l1.coef_)
    assert mcp.score(X, y) > l1.score(X, y)
