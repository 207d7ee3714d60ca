"""Sweeps over the coordinates: the minimum of a quadratic, and the same optimum.

Uncompiled they take the same steps, so that no test here needs Numba.
"""

import numpy as np
import pytest
from scipy import sparse
from sklearn.utils import check_random_state

from skmath import GDLinearModel
from skmath.gd_linear_model import coordinate_descent
from skmath.gd_linear_model.coordinate_descent import (
    compiled_minimum,
    quadratic_minimum,
)
from skmath.gd_linear_model.support_newton import SupportNewton


@pytest.fixture
def sweeping(monkeypatch):
    """Let fits sweep over coordinates, in Python, or not; count the steps."""
    steps = []

    def counted(*args):
        steps.append(args[4].size)
        return quadratic_minimum(*args)

    def choose(sweeps):
        monkeypatch.setattr(
            coordinate_descent, "compiled_minimum", lambda: counted if sweeps else None
        )
        return steps

    return choose


def table(n, p, density=0.1, seed=0, offset=0.0):
    rng = check_random_state(seed)
    X = sparse.random(
        *(n, p, density), format="csr", random_state=rng, data_rvs=rng.standard_normal
    )
    X.data += offset
    w = np.zeros(p)
    w[: p // 5] = 2 * rng.normal(size=p // 5)
    return sparse.csr_array(X), X @ w, rng


def target(loss, z, rng):
    if loss in ("log_loss", "squared_hinge"):
        return (rng.uniform(size=len(z)) < 1 / (1 + np.exp(-z))).astype(int)
    if loss == "poisson":
        return rng.poisson(np.exp(0.3 * z)).astype(float)
    if loss == "two outputs":
        return np.stack([z, -2 * z], axis=1) + rng.normal(size=(len(z), 2))
    return z + rng.normal(size=len(z))


@pytest.mark.parametrize("centres", [False, True])
def test_a_quadratics_minimum_meets_its_condition(centres):
    X, _, rng = table(60, 20)
    X, n, p = sparse.csc_array(X), 60, 20
    h, w = rng.uniform(0.5, 1, n) / n, rng.normal(size=p) * (rng.uniform(size=p) < 0.5)
    g, g_c = rng.normal(size=p), rng.normal()
    kink, ridge = np.full(p, 0.3), rng.uniform(0, 0.01, p)
    wall = rng.uniform(size=p) < 0.3
    w = np.where(wall, np.abs(w), w)
    d, c, settled = quadratic_minimum(
        *(X.data, X.indices, X.indptr, h, w, g, g_c, kink, ridge, wall, centres, 1e-12)
    )
    assert settled
    bent = h * (X @ d + c)
    slope = g + X.T @ bent + ridge * d
    to = w + d
    off = slope + kink * np.sign(to)
    at_zero = np.where(wall & (slope > 0), 0.0, np.abs(slope)) <= kink + 1e-9
    assert (to[wall] >= 0).all()
    assert np.where(to != 0, np.abs(off) < 1e-9, at_zero).all()
    assert abs(g_c + bent.sum()) < 1e-9 if centres else c == 0


@pytest.mark.parametrize(
    "loss", ["squared_error", "log_loss", "poisson", "gamma", "two outputs"]
)
@pytest.mark.parametrize(
    "options",
    [{}, {"penalty": "elasticnet"}, {"positive": True}, {"fit_intercept": False}],
    ids=lambda options: "".join(options) or "l1",
)
def test_sweeps_lead_to_the_optimum_that_others_find(loss, options, sweeping):
    X, z, rng = table(100, 520, 0.03, offset=0.5)
    y = np.exp(0.3 * z) if loss == "gamma" else target(loss, z, rng)
    weight = rng.uniform(0.5, 2, 100)
    name = "squared_error" if loss == "two outputs" else loss
    params = {"penalty": "l1", "alpha": 0.03, "tol": 1e-8} | options
    model = GDLinearModel(name, **params)
    steps, costs = sweeping(True), []
    for sweeps in (True, False):
        sweeping(sweeps)
        model.fit(X, y, weight)
        assert model.converged_
        costs.append(model.loss_curve_[-1])
        if sweeps:
            taken = len(steps)
    assert taken == len(steps)
    assert taken > 0
    np.testing.assert_allclose(*costs, rtol=1e-10)


def test_others_take_over_where_sweeps_do_not_settle(sweeping, monkeypatch):
    X, z, rng = table(100, 300, 0.03)
    X = sparse.csr_array(sparse.hstack([X, 1.001 * X]))
    y = target("log_loss", z, rng)
    taken, advance = [], SupportNewton.advance
    monkeypatch.setattr(
        SupportNewton, "advance", lambda *args: taken.append(1) or advance(*args)
    )
    monkeypatch.setattr(coordinate_descent, "SWEEPS", 2)
    monkeypatch.setattr("skmath.gd_linear_model.working_sets.MAX_VIOLATIONS_SPARSE", 0)
    steps = sweeping(True)
    model = GDLinearModel("log_loss", penalty="l1", alpha=1e-3).fit(X, y)
    assert model.converged_
    assert taken
    assert steps


def test_no_sweep_is_made_where_nothing_is_zero(sweeping):
    X, z, rng = table(300, 120)
    y, steps = target("log_loss", z, rng), sweeping(True)
    model = GDLinearModel("squared_error", penalty="l1", alpha=1e-9).fit(X, z)
    assert model.converged_
    assert len(steps) == 1
    assert np.count_nonzero(model.coef_) >= 24
    steps.clear()
    GDLinearModel("log_loss", penalty="l1", alpha=0.01).fit(X.toarray(), y)
    assert not steps


def test_float32_is_swept_in_float64_and_stays(sweeping):
    X, z, rng = table(150, 200)
    steps = sweeping(True)
    y = target("squared_error", z, rng)
    expected = GDLinearModel(penalty="l1", alpha=0.03).fit(X, y)
    model = GDLinearModel(penalty="l1", alpha=0.03).fit(X.astype(np.float32), y)
    assert steps
    assert model.coef_.dtype == np.float32
    np.testing.assert_allclose(model.coef_, expected.coef_, atol=1e-4)


def test_without_numba_none_is_compiled(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "numba", None)
    compiled_minimum.cache_clear()
    try:
        assert compiled_minimum() is None
    finally:
        compiled_minimum.cache_clear()


@pytest.mark.parametrize("penalty", ["group", "sparse_group", "mcp", "scad", "bounds"])
def test_kinks_of_several_or_bent_are_not_swept(sweeping, penalty):
    X, z, rng = table(300, 120)
    y, known = target("squared_error", z, rng), {"penalty": penalty}
    if penalty == "bounds":
        known = {"penalty": "l1", "bounds": (-0.5, 1.0)}
    elif "group" in penalty:
        known["groups"] = np.arange(120) // 4
    steps = sweeping(True)
    model = GDLinearModel(alpha=0.1, **known).fit(X, y)
    w, g = model.coef_, X.T @ (model.predict(X) - y) / len(y)
    assert not steps
    assert model.converged_
    # Where nothing bends or couples the kinks the condition is that of the lasso.
    if penalty == "bounds":
        assert (w >= -0.5).all()
        assert (w <= 1.0).all()
        inside = (w != 0) & (w > -0.5) & (w < 1.0)
        assert np.abs(g + 0.1 * np.sign(w))[inside].max() < 1e-5
    elif penalty == "group":
        lengths = np.linalg.norm(g.reshape(-1, 4), axis=1)
        assert np.abs(lengths - 0.2)[w.reshape(-1, 4).any(axis=1)].max() < 1e-5
        assert lengths.max() < 0.2 + 1e-5
    else:
        assert (
            np.abs(g[w == 0]).max() <= 0.1 * (1.5 if "group" in penalty else 1) + 1e-5
        )
