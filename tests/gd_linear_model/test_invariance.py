"""The optimum follows the units of the data, their order and how they are stored."""

import numpy as np
import pytest
from gd_linear_model.small_table import (
    CLASSIFICATIONS,
    IDENTITY_LINKS,
    LOG_LINKS,
    UNITLESS,
    lengths,
    small_table,
    targets,
)
from scipy import sparse
from sklearn.datasets import load_diabetes

from skmath import GDLinearModel

REGRESSIONS = sorted([*IDENTITY_LINKS, *LOG_LINKS])
ALL = [*REGRESSIONS, *UNITLESS, *CLASSIFICATIONS]
PENALTIES = ["l1", "l2", "elasticnet", None]
SOLVERS = ["auto", "gd", "nesterov", "newton", "lbfgs"]
slow = pytest.mark.slow


def combinations(losses):
    """Return each loss with each penalty in the fast suite, and all solvers besides."""
    return [
        pytest.param(
            *(loss, penalty, solver),
            marks=[] if solver == "auto" else [slow],
            id=f"{loss}-{penalty}-{solver}",
        )
        for loss in losses
        for penalty in PENALTIES
        for solver in SOLVERS
        if not (solver == "lbfgs" and penalty in ("l1", "elasticnet"))
    ]


@pytest.fixture(scope="module")
def table():
    return small_table()


def fitted(loss, penalty, solver, X, y, unit=1.0, **fit):
    """Fit a loss whose own lengths are in a unit of y."""
    # Of steepest steps a loss with kinks takes thousands.
    model = GDLinearModel(loss, penalty=penalty, solver=solver, max_iter=20_000)
    model.set_params(**lengths(loss, unit))
    return model.fit(X, y, **fit)


def assert_same(coef, expected, rtol):
    """Compare coefficients with the largest of those expected."""
    np.testing.assert_allclose(coef, expected, atol=rtol * np.abs(expected).max())


@pytest.mark.parametrize("unit", [1e-20, 1e-8, 1e6, 1e20])
@pytest.mark.parametrize(("loss", "penalty", "solver"), combinations(REGRESSIONS))
def test_the_fit_follows_the_unit_of_y(loss, penalty, solver, unit, table):
    X, y = targets(loss, table)
    one = fitted(loss, penalty, solver, X, y)
    other = fitted(loss, penalty, solver, X, y * unit, unit)
    expected = one.coef_ if loss in LOG_LINKS else one.coef_ * unit
    assert one.converged_
    assert other.converged_
    assert_same(other.coef_, expected, 1e-7)
    intercept = one.intercept_ * unit
    if loss in LOG_LINKS:
        intercept = one.intercept_ + np.log(unit)
    assert other.intercept_ == pytest.approx(intercept, rel=1e-6, abs=1e-6 * unit)


@pytest.mark.parametrize("shift", [1e9, -1e9])
@pytest.mark.parametrize(
    ("loss", "penalty", "solver"),
    combinations([loss for loss in REGRESSIONS if loss not in LOG_LINKS]),
)
def test_the_fit_follows_a_shift_of_y(loss, penalty, solver, shift, table):
    X, y = targets(loss, table)
    one = fitted(loss, penalty, solver, X, y)
    other = fitted(loss, penalty, solver, X, y + shift)
    assert other.converged_
    # The shifted y have nine digits less; jumps of the slope may fall to either side.
    assert_same(other.coef_, one.coef_, 1e-5)
    assert other.intercept_ - shift == pytest.approx(one.intercept_, abs=1e-5)


@pytest.mark.parametrize("loss", ["absolute_error", "epsilon_insensitive", "quantile"])
def test_timestamps_are_as_good_targets_as_hours(loss, table):
    X, hours = table
    one = fitted(loss, None, "auto", X, hours)
    nanoseconds = 1.7e18 + 3.6e12 * hours
    other = fitted(loss, None, "auto", X, nanoseconds, 3.6e12)
    assert other.converged_
    assert_same(other.coef_, 3.6e12 * one.coef_, 1e-5)


@pytest.mark.parametrize(("loss", "penalty", "solver"), combinations(ALL))
def test_the_fit_follows_the_units_of_columns(loss, penalty, solver, table):
    X, y = targets(loss, table)
    units = np.array([1e-12, 1e9, 1e3])
    one = fitted(loss, penalty, solver, X, y)
    other = fitted(loss, penalty, solver, X * units, y)
    assert_same(other.coef_ * units, one.coef_, 1e-5)


@pytest.mark.parametrize(("loss", "penalty", "solver"), combinations(ALL))
def test_neither_order_nor_storage_nor_repetition_matters(loss, penalty, solver, table):
    X, y = targets(loss, table)
    one = fitted(loss, penalty, solver, X, y)
    rng = np.random.default_rng(1)
    order = rng.permutation(len(y))
    permuted = fitted(loss, penalty, solver, X[order], y[order])
    assert_same(permuted.coef_, one.coef_, 1e-4)
    stored = fitted(loss, penalty, solver, np.asfortranarray(X), y)
    assert_same(stored.coef_, one.coef_, 1e-4)
    stored = fitted(loss, penalty, solver, sparse.csr_array(X), y)
    assert_same(stored.coef_, one.coef_, 1e-4)
    weighted = fitted(loss, penalty, solver, X, y, sample_weight=np.full(len(y), 1e-9))
    assert_same(weighted.coef_, one.coef_, 1e-4)
    times = rng.integers(1, 4, len(y))
    weighted = fitted(loss, penalty, solver, X, y, sample_weight=times)
    rows = np.repeat(X, times, axis=0), np.repeat(y, times)
    assert_same(weighted.coef_, fitted(loss, penalty, solver, *rows).coef_, 1e-4)


@pytest.mark.parametrize("unit", [2.0**-40, 2.0**40])
@pytest.mark.parametrize("loss", REGRESSIONS)
def test_single_precision_follows_the_unit_of_y(loss, unit, table):
    X, y = (a.astype(np.float32) for a in targets(loss, table))

    def coefficients(unit):
        model = GDLinearModel(loss, tol=1e-3, **lengths(loss, unit))
        coef = model.fit(X, y * np.float32(unit)).coef_
        assert coef.dtype == np.float32
        return coef if loss in LOG_LINKS else coef / np.float32(unit)

    assert_same(coefficients(unit), coefficients(1.0), 1e-4)


@pytest.mark.parametrize("unit", [1e-20, 1.0, 1e20])
@pytest.mark.parametrize("loss", REGRESSIONS)
def test_a_constant_target_is_learnt_at_once(loss, unit, table):
    X, _ = table
    model = fitted(loss, "l2", "auto", X, np.full(len(X), 3.0 * unit), unit)
    assert model.converged_
    assert_same(model.predict(X), np.full(len(X), 3.0 * unit), 1e-9)


@pytest.mark.parametrize(
    "loss", ["squared_error", "huber", "absolute_error", "quantile"]
)
@pytest.mark.parametrize("data", ["diabetes", "dollars"])
def test_the_default_penalty_is_weak_in_any_unit(loss, data):
    if data == "diabetes":
        X, y = load_diabetes(return_X_y=True)
    else:
        rng = np.random.default_rng(0)
        X = rng.normal(size=(2000, 3))
        y = 2e5 + 4e4 * (X @ [1, 2, 3] + rng.normal(size=2000))
    free = GDLinearModel(loss, alpha=0).fit(X, y).score(X, y)
    assert GDLinearModel(loss).fit(X, y).score(X, y) == pytest.approx(free, abs=1e-3)


def test_the_default_penalty_is_the_formula_of_the_docstring(table):
    X, y = table
    s, deviations = y.std(), X.std(axis=0)
    squares = {"penalty": "l2", "alpha": 1e-4, "penalty_weights": deviations**2}
    for loss, k in [("squared_error", 1.0), ("absolute_error", 1 / s)]:
        weak = squares | {"alpha": 1e-4 * k, "tol": 1e-9}
        by_hand = GDLinearModel(loss, **weak).fit(X, y)
        model = GDLinearModel(loss, tol=1e-9).fit(X, y)
        assert_same(model.coef_, by_hand.coef_, 1e-6)
    kinks = {"penalty": "l1", "alpha": 1e-4 * s, "penalty_weights": deviations}
    by_hand = GDLinearModel(**kinks).fit(X, y)
    assert_same(GDLinearModel(penalty="l1").fit(X, y).coef_, by_hand.coef_, 1e-6)
    mean, y = np.exp(y / 4).mean(), np.exp(y / 4)
    k = mean * np.sinh(1)
    by_hand = GDLinearModel("poisson", **(squares | {"alpha": 1e-4 * k})).fit(X, y)
    assert_same(GDLinearModel("poisson").fit(X, y).coef_, by_hand.coef_, 1e-6)


def test_outputs_of_different_units_are_learnt_as_if_alone(table):
    X, y = table
    Y, units = np.stack([y, y], axis=1), np.array([1e-9, 1e9])
    for penalty in ("l1", "l2"):
        one = GDLinearModel(penalty=penalty).fit(X, y).coef_
        both = GDLinearModel(penalty=penalty).fit(X, Y * units)
        for unit, coef in zip(units, both.coef_, strict=True):
            assert_same(coef, one * unit, 1e-4)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("penalty", ["l1", "l2"])
def test_rows_of_much_leverage_that_a_sample_misses_cost_few_steps(penalty, seed):
    # Five recording errors of 40 standard deviations among 54,000 rows.
    rng = np.random.default_rng(0)
    s = rng.normal(size=54_000)
    near = [s + 0.15 * rng.normal(size=len(s)) for _ in range(2)]
    X = np.column_stack([s, *near, rng.integers(0, 2, (len(s), 4))])
    X[:3, 1] += (45, 35, -6)
    X[3:5, 2] += (40, -7)
    y = np.exp(8 + s + 0.25 * rng.normal(size=len(s)))
    model = GDLinearModel("gamma", penalty=penalty, alpha=1e-3, random_state=seed)
    model.fit(X, y)
    assert model.n_iter_ <= 20
    assert model.optimality_ <= 1e-6
