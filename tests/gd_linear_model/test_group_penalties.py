"""Groups of columns that leave and enter a model together."""

import numpy as np
import pytest
from gd_linear_model.small_table import targets
from scipy import optimize, sparse
from sklearn.datasets import load_diabetes, load_wine
from sklearn.linear_model import ElasticNet, Lasso, MultiTaskLasso

from skmath import GDLinearModel
from skmath.calculus import (
    LOSSES,
    SparseGroup,
    duality_gap,
    partly_smooth,
    resolve_loss,
)
from skmath.calculus import ElasticNet as ElasticNetPenalty
from skmath.calculus.partly_smooth import minimum_with

LETTERS = np.array(["a", "b", "a", "b", "c", "c"])
SMOOTH = ["squared_error", "log_loss", "poisson", "gamma", "squared_hinge", "huber"]


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 6)) @ (np.eye(6) + 0.3)
    return X, X[:, [0, 2, 4]] @ [1.0, -2.0, 0.3] + rng.normal(size=120)


def random_penalty(rng, l1_ratio, k=1, positive=False):
    groups = rng.integers(0, 3, 8)
    groups[:3] = [0, 1, 2]
    weights = rng.uniform(0.5, 2, (8, 1))
    return SparseGroup(0.7, l1_ratio, groups, weights, positive)


@pytest.mark.parametrize("l1_ratio", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("positive", [False, True])
def test_the_proximal_map_is_exact_in_a_metric(l1_ratio, k, positive):
    rng = np.random.default_rng(1)
    for _ in range(20):
        penalty = random_penalty(rng, l1_ratio, k, positive)
        v, t = 2 * rng.normal(size=(8, k)), rng.uniform(0.1, 3, (8, k))
        w = penalty.prox(v, t)

        def cost(w, v=v, t=t, penalty=penalty):
            return np.sum((w - v) ** 2 / (2 * t)) + penalty.value(w)

        here = cost(w)
        assert not (positive and (w < 0).any())
        for size in (1e-5, 1e-3, 0.1):
            for _ in range(20):
                near = w + size * rng.normal(size=w.shape) * (rng.random(w.shape) < 0.5)
                near = np.maximum(near, 0) if positive else near
                assert cost(near) >= here - 1e-13
        assert cost(0 * w) >= here - 1e-13


@pytest.mark.parametrize("l1_ratio", [0.0, 0.4])
def test_its_slope_and_bend_are_derivatives(l1_ratio):
    rng = np.random.default_rng(2)
    penalty, w, h = random_penalty(rng, l1_ratio), rng.normal(size=(8, 2)), 1e-5
    at = np.nonzero(penalty.free(w))
    H, slope = penalty.hessian(w, at), penalty.slope(w)
    for i, (j, o) in enumerate(zip(*at, strict=True)):
        d = np.zeros_like(w)
        d[j, o] = h
        rise = (penalty.value(w + d) - penalty.value(w - d)) / (2 * h)
        assert slope[j, o] == pytest.approx(rise, abs=1e-8)
        turn = (penalty.slope(w + d) - penalty.slope(w - d))[at] / (2 * h)
        np.testing.assert_allclose(H[i], turn, atol=1e-7)


@pytest.mark.parametrize("l1_ratio", [0.0, 0.4])
def test_the_gap_is_above_the_distance_to_the_optimum(l1_ratio):
    rng = np.random.default_rng(3)
    A, y = rng.normal(size=(60, 8)), rng.normal(size=(60, 1))
    penalty = random_penalty(rng, l1_ratio)
    penalty = SparseGroup(0.05, l1_ratio, penalty.groups, penalty.weights)
    w, found = np.zeros((8, 1)), []
    for _ in range(1000):
        g, value = A.T @ (A @ w - y) / 60, 0.5 * np.mean((A @ w - y) ** 2)
        gap = duality_gap(penalty, w, g, value, squared_error=True)
        found.append((gap, value + penalty.value(w)))
        w = penalty.prox(w - 0.2 * g, 0.2)
    optimum = found[-1][1]
    assert all(gap >= value - optimum - 1e-12 for gap, value in found)
    assert found[-1][0] < 1e-9


def conditions(model, X, y, groups, alpha, l1_ratio=0.0):
    """Return by how much a fit of one output misses the condition of its optimum."""
    loss = resolve_loss(model.loss)
    w = model.coef_.ravel()
    z = X @ w + model.intercept_
    g = X.T @ loss.gradient(y[:, None] * 1.0, z[:, None])[:, 0] / len(y)
    missed = 0.0
    for label in np.unique(groups):
        at = groups == label
        b, a = alpha * (1 - l1_ratio) * at.sum() ** 0.5, alpha * l1_ratio
        if w[at].any():
            slope = g[at] + b * w[at] / np.linalg.norm(w[at])
            nonzero = w[at] != 0
            off = np.where(nonzero, slope + a * np.sign(w[at]), 0.0)
            off = np.where(nonzero, abs(off), np.maximum(abs(slope) - a, 0))
            missed = max(missed, off.max())
        else:
            beyond = np.linalg.norm(np.maximum(abs(g[at]) - a, 0)) - b
            missed = max(missed, beyond)
    return missed


@pytest.mark.parametrize("loss", SMOOTH)
@pytest.mark.parametrize("l1_ratio", [0.0, 0.5])
@pytest.mark.parametrize("metric", ["auto", "diagonal"])
def test_the_condition_of_the_optimum_holds(loss, l1_ratio, metric, table):
    X, y = targets(loss, table)
    name = "sparse_group" if l1_ratio else "group"
    model = GDLinearModel(
        *(loss,),
        penalty=name,
        groups=LETTERS,
        alpha=0.03,
        l1_ratio=l1_ratio,
        metric=metric,
        tol=1e-9,
        max_iter=5000,
    )
    model.fit(X, y)
    assert model.converged_
    assert conditions(model, X, y, LETTERS, 0.03, l1_ratio) < 1e-7
    if loss not in ("poisson", "gamma"):
        assert model.duality_gap_ < 1e-6


@pytest.mark.parametrize("loss", ["squared_error", "log_loss", "poisson"])
@pytest.mark.parametrize("shape", [(150, 130), (90, 600)])
def test_wide_tables_take_working_sets(loss, shape):
    rng = np.random.default_rng(0)
    n, p = shape
    X, groups = rng.normal(size=(n, p)), np.arange(p) % (p // 5)
    z = X[:, groups < 3].sum(axis=1)
    y = {"squared_error": z, "log_loss": z > 0, "poisson": np.exp(z / 9)}[loss]
    y = y + 0.1 * rng.normal(size=n) if loss == "squared_error" else 1.0 * y
    model = GDLinearModel(loss, penalty="group", groups=groups, alpha=0.05, tol=1e-9)
    model.fit(X, y)
    assert loss == "squared_error" or p < 500 or model.solver_ == "working_sets"
    assert model.converged_
    assert conditions(model, X, y, groups, 0.05) < 1e-7
    zero = np.array([(model.coef_.ravel()[groups == g] == 0) for g in range(p // 5)])
    assert (zero.all(axis=1) == zero.any(axis=1)).all()
    assert zero.all(axis=1).any()


def test_groups_of_one_are_the_lasso_and_the_multi_task_lasso(table):
    X, y = table
    alone = np.arange(6)
    ours = GDLinearModel(penalty="group", groups=alone, alpha=0.1, tol=1e-10)
    theirs = Lasso(0.1, tol=1e-12).fit(X, y)
    np.testing.assert_allclose(ours.fit(X, y).coef_, theirs.coef_, atol=1e-8)
    Y = np.stack([y, -y + X[:, 1], X[:, 5]], axis=1)
    theirs = MultiTaskLasso(0.3, tol=1e-12).fit(X, Y)
    for metric in ("auto", "diagonal"):
        ours.set_params(alpha=0.3, metric=metric).fit(X, Y)
        np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-7)
        np.testing.assert_allclose(ours.predict(X), theirs.predict(X), atol=1e-6)
    mixed = GDLinearModel(penalty="sparse_group", groups=alone, alpha=0.1, l1_ratio=1)
    theirs = ElasticNet(alpha=0.1, l1_ratio=1, tol=1e-12).fit(X, y)
    mixed.set_params(tol=1e-10).fit(X, y)
    np.testing.assert_allclose(mixed.coef_, theirs.coef_, atol=1e-8)


def test_several_classes_have_their_columns_in_common(table):
    X, y = table
    y = np.digitize(y, [-1.0, 1.0])
    model = GDLinearModel(
        "log_loss", penalty="group", groups=LETTERS, alpha=0.1, tol=1e-8
    ).fit(X, y)
    zero = model.coef_ == 0
    assert zero.any()
    for label in "abc":
        assert zero[:, label == LETTERS].all() or not zero[:, label == LETTERS].any()
    assert model.converged_

    def cost(theta):
        w, c = theta[:18].reshape(3, 6), theta[18:]
        z = X @ w.T + c
        loss = np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(y)), y]
        norms = [np.linalg.norm(w[:, g == LETTERS]) * 2**0.5 for g in "abc"]
        return loss.mean() + 0.1 * np.sum(norms)

    ours = cost(np.append(model.coef_.ravel(), model.intercept_))
    start = 0.1 * np.random.default_rng(0).normal(size=21)
    theirs = optimize.minimize(cost, start, method="Powell", options={"maxfev": 20_000})
    assert ours <= theirs.fun + 1e-7


@pytest.mark.parametrize("loss", sorted(LOSSES))
@pytest.mark.parametrize("penalty", ["group", "sparse_group"])
def test_the_units_of_the_columns_change_nothing(loss, penalty, table):
    X, y = targets(loss, table)
    model = GDLinearModel(loss, penalty=penalty, groups=LETTERS, max_iter=20_000)
    expected = model.fit(X, y).coef_
    assert model.converged_
    units = 10.0 ** np.array([-6, 6, 3, 0, -3, 1])
    coef = model.fit(X * units, y).coef_ * units
    np.testing.assert_allclose(coef, expected, atol=1e-6 * abs(expected).max())


@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
def test_weights_rows_and_storage(loss, table):
    X, y = targets(loss, table)
    model = GDLinearModel(loss, penalty="group", groups=LETTERS, alpha=0.05, tol=1e-10)
    rng = np.random.default_rng(0)
    times = rng.integers(0, 3, len(y))
    expected = model.fit(np.repeat(X, times, axis=0), np.repeat(y, times)).coef_
    coef = model.fit(X, y, sample_weight=times).coef_
    np.testing.assert_allclose(coef, expected, atol=1e-7)
    expected = model.fit(X, y).coef_
    order = rng.permutation(len(y))
    np.testing.assert_allclose(model.fit(X[order], y[order]).coef_, expected, atol=1e-7)
    columns = rng.permutation(6)
    model.set_params(groups=LETTERS[columns]).fit(X[:, columns], y)
    np.testing.assert_allclose(model.coef_[..., :], expected[..., columns], atol=1e-7)
    model.set_params(groups=LETTERS).fit(sparse.csr_array(X), y)
    np.testing.assert_allclose(model.coef_, expected, atol=1e-7)
    model.set_params(tol=1e-6).fit(X.astype(np.float32), y.astype(np.float32))
    np.testing.assert_allclose(model.coef_, expected, atol=1e-4)


def test_a_column_that_is_charged_nothing_stays(table):
    X, y = table
    model = GDLinearModel(
        penalty="group",
        groups=LETTERS,
        alpha=100.0,
        penalty_weights=[1, 0, 1, 0, 1, 1],
        tol=1e-10,
    ).fit(X, y)
    design = np.column_stack([X[:, [1, 3]], np.ones(len(y))])
    expected = np.linalg.lstsq(design, y, rcond=None)[0]
    np.testing.assert_allclose(model.coef_[[1, 3]], expected[:2], atol=1e-7)
    assert (model.coef_[[0, 2, 4, 5]] == 0).all()


def test_groups_of_positive_coefficients(table):
    X, y = table
    model = GDLinearModel(
        penalty="sparse_group", groups=LETTERS, alpha=0.1, positive=True, tol=1e-9
    ).fit(X, y)
    assert (model.coef_ >= 0).all()
    assert model.converged_
    penalty = SparseGroup(0.1, 0.5, np.array([0, 1, 0, 1, 2, 2]))

    def cost(theta):
        e = X @ theta[:6] + theta[6] - y
        return 0.5 * np.mean(e * e) + penalty.value(theta[:6, None])

    ours = cost(np.append(model.coef_, model.intercept_))
    theirs = optimize.minimize(
        cost, np.full(7, 0.1), bounds=[(0, None)] * 6 + [(None, None)]
    )
    assert ours <= theirs.fun + 1e-9


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (None, "requires groups"),
        ([1, 2], "groups must have one label for each of the 6"),
        ([1.0, 2, np.nan, 1, 1, 1], "groups contains missing labels"),
        ([[1, 2, 3]] * 2, "groups must have one label"),
    ],
)
def test_groups_that_do_not_cover_the_columns(groups, message, table):
    model = GDLinearModel(penalty="group", groups=groups)
    with pytest.raises(ValueError, match=message):
        model.fit(*table)
    assert not hasattr(model, "coef_")


def test_a_path_and_steps_for_batches(table):
    X, y = table
    model = GDLinearModel(penalty="group", groups=LETTERS, tol=1e-9)
    alphas, coefs, _ = model.path([1.0, 0.1, 0.01], X, y)
    for alpha, coef in zip(alphas, coefs, strict=True):
        expected = model.set_params(alpha=alpha).fit(X, y).coef_
        np.testing.assert_allclose(coef, expected, atol=1e-6)
    for solver in ("nesterov", "momentum", "newton", "gd"):
        model.set_params(alpha=0.1, solver=solver).fit(X, y)
        np.testing.assert_allclose(model.coef_, coefs[1], atol=1e-5)
    with pytest.warns(match="optimality_"):
        model.set_params(solver="sgd", random_state=0, max_iter=20).fit(X, y)
    np.testing.assert_allclose(model.coef_, coefs[1], atol=0.2)


def test_the_diabetes_study_with_its_blood_serum_measurements_together():
    X, y = load_diabetes(return_X_y=True, scaled=False)
    groups = ["age", "sex", "bmi", "bp"] + ["serum"] * 6
    model = GDLinearModel(penalty="group", groups=groups).fit(X, y)
    assert model.converged_
    assert model.score(X, y) > 0.5


# fasttrakg of the R package COUNT (Hilbe): deaths, anterior damage, bypass before, and
# the class of failure of groups of heart attacks, with the number of cases last.
ATTACKS = np.array(
    [
        [5, 10, 15, 28, 1, 0, 1, 2, 10, 9, 39, 50, 1, 3, 2],
        [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1],
        [0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1],
        [4, 3, 2, 1, 4, 3, 2, 1, 4, 3, 2, 1, 3, 2, 1],
        [19, 83, 412, 1864, 1, 3, 18, 70, 28, 139, 443, 1374, 6, 16, 27],
    ]
)


def missed_of_groups(w, g, groups, weights, strength):
    """Return by how much slopes g miss the condition of the optimum, group by group."""
    missed = []
    for group in np.unique(groups):
        at = groups == group
        v, b = weights[at], strength * np.sqrt(at.sum())
        length = np.linalg.norm(v * w[at])
        if length > 0:
            missed.append(np.abs(g[at] / v + b * (v * w[at]) / length).max() / b)
        else:
            missed.append(max(np.linalg.norm(g[at] / v) / b - 1, 0.0))
    return np.array(missed)


@pytest.mark.parametrize("penalty", ["group", "sparse_group"])
def test_columns_of_a_group_that_others_repeat_leave_in_few_steps(penalty):
    *columns, killip, y = ATTACKS
    levels = (killip[:, None] == np.arange(1, 5)).astype(float)
    X = np.column_stack([*columns, levels, levels])
    groups, s = np.array([0, 1, 2, 3, 3, 3, 3, 4, 5, 6, 7]), X.std(axis=0)[:, None]
    known = {"penalty": penalty, "groups": groups, "penalty_weights": s[:, 0]}
    known["l1_ratio"] = 1e-9  # next to nothing of l1 for the other condition
    model = GDLinearModel("poisson", alpha=0.03, max_iter=30, **known).fit(X, y)
    assert model.converged_
    w, mean = model.coef_[:, None], np.exp(X @ model.coef_ + model.intercept_)
    g = X.T @ (mean - y)[:, None] / len(y)
    unit = np.abs(X.T @ (y.mean() - y) / len(y) / s[:, 0]).max() / 0.03
    assert missed_of_groups(w, g, groups, s, 0.03).max() < 1e-5 * unit
    assert abs(mean.mean() - y.mean()) < 1e-5 * y.mean()


def test_the_minimum_of_a_quadratic_with_repeated_columns_takes_few_rounds(monkeypatch):
    monkeypatch.setattr(partly_smooth, "ROUNDS", 30)
    rng = np.random.default_rng(6)
    for seed in range(20):
        R = rng.normal(size=(30, 5)) @ np.diag(10.0 ** rng.uniform(-1, 1, 5))
        R = R[:, [0, 1, 2, 3, 4, 0, 1, 2, 3]]  # each of the four in a group alone too
        R /= np.sqrt((R**2).sum(axis=0))
        groups = np.array([0, 0, 0, 0, 1, 2, 3, 4, 5])
        H, b = (R.T @ R)[None], R.T @ rng.normal(size=(30, 1))
        # Of columns that are charged about the same which one stays is all but open.
        weights = np.append(np.full(5, 0.5), 1 + 1e-4 * rng.random(4))[:, None]
        penalty = SparseGroup(0.05, 0.0, groups, weights)
        start = rng.normal(size=(9, 1))
        x = minimum_with(penalty, start, H, b, tol=1e-9)
        missed = missed_of_groups(x, H[0] @ x - b, groups, weights, 0.05)
        assert missed.max() < 1e-6, seed


@pytest.mark.parametrize("penalty", ["group", "elasticnet"])
def test_classes_do_not_drift(penalty):
    # A number added to the coefficients of all classes changes the penalty alone.
    X, y = load_wine(return_X_y=True)
    s, groups = X.std(axis=0)[:, None], np.arange(13)
    known = {"penalty": penalty, "penalty_weights": s[:, 0], "alpha": 1e-3}
    known["groups"] = groups if penalty == "group" else None
    model = GDLinearModel("log_loss", max_iter=60, tol=1e-7, **known).fit(X, y)
    assert model.converged_
    w, P = model.coef_.T, model.predict_proba(X)
    g = X.T @ (P - np.eye(3)[y]) / len(y) / s
    u = s * w
    if penalty == "group":
        missed = missed_of_groups(u, g, groups, np.ones_like(s), 1e-3)
    else:
        g = g + 0.5e-3 * w
        at_zero = np.maximum(np.abs(g) - 0.5e-3, 0.0)
        missed = np.where(w == 0, at_zero, np.abs(g + 0.5e-3 * np.sign(w))) / 1e-3
    assert missed.max() < 1e-3


@pytest.mark.parametrize("ridge", [0.0, 0.3])
@pytest.mark.parametrize("k", [3, 4])
def test_the_number_taken_off_a_row_is_the_best(ridge, k):
    rng = np.random.default_rng(7)
    penalty = ElasticNetPenalty(1.0, 0.5).with_parts(0.7, ridge)
    groups = SparseGroup(1.0, 0.0, np.array([0, 0, 1, 2]))
    for _ in range(10):
        w = rng.normal(size=(4, k))
        for known in (penalty, groups):
            here = known.value(known.centred(w))
            found = optimize.minimize(
                lambda t, known=known, w=w: known.value(w - t[:, None]),
                np.median(w, axis=1),
                method="Nelder-Mead",
                options={"maxiter": 4000, "xatol": 1e-10, "fatol": 1e-12},
            )
            assert here <= found.fun + 1e-9
            assert np.ptp(known.centred(w) - w, axis=1).max() < 1e-12
