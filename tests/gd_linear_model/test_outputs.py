"""Several outputs of a loss with kinks are fitted as each of them alone."""

import numpy as np
import pytest
from scipy.optimize import linprog
from sklearn.exceptions import ConvergenceWarning

from skmath import GDLinearModel
from skmath.calculus import resolve_loss


@pytest.fixture(scope="module")
def outputs():
    """Return columns and three outputs, whose units are to be multiplied."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 4))
    return X, X @ rng.normal(size=(4, 3)) + rng.standard_t(3, (200, 3))


UNITS = np.array([1.0, 1e6, 1.0])


def cost_of(model, loss, X, y, alpha=0.0):
    """Return the cost of each output of a model, with its share of an l2 penalty."""
    y = y.reshape(len(X), -1)
    z = model.predict(X).reshape(y.shape)
    w = np.atleast_2d(model.coef_)
    objective = resolve_loss(loss, epsilon=0.1, quantile=0.5)
    columns = range(y.shape[1])
    losses = [objective.value(y[:, [j]], z[:, [j]]).mean() for j in columns]
    return np.array(losses) + 0.5 * alpha * (w**2).sum(axis=1)


@pytest.mark.parametrize(
    ("solver", "alpha"),
    [
        ("auto", "auto"),
        *((name, 1e-4) for name in ("auto", "newton", "lbfgs", "gd", "nesterov")),
    ],
)
@pytest.mark.parametrize("loss", ["quantile", "absolute_error", "epsilon_insensitive"])
def test_each_is_fitted_as_if_alone(loss, solver, alpha, outputs):
    X, Y = outputs
    Y = Y * UNITS
    options = {"solver": solver, "alpha": alpha}
    both = GDLinearModel(loss, **options).fit(X, Y)
    assert both.converged_
    assert both.n_iter_ == len(both.step_sizes_) == len(both.loss_curve_) - 1
    charged = 0.0 if alpha == "auto" else alpha
    costs = cost_of(both, loss, X, Y, charged)
    for j, cost in enumerate(costs):
        one = GDLinearModel(loss, **options).fit(X, Y[:, j])
        # What a weak penalty charges is little.
        rel = 1e-6 if charged else 2e-6
        alone = cost_of(one, loss, X, Y[:, j], charged)[0]
        assert cost == pytest.approx(alone, rel=rel)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_of_a_stochastic_solver_too(solver, outputs):
    X, Y = outputs
    Y = Y * UNITS
    options = {"solver": solver, "random_state": 0}
    both = GDLinearModel("quantile", **options).fit(X, Y)
    costs = cost_of(both, "quantile", X, Y)
    for j, cost in enumerate(costs):
        one = GDLinearModel("quantile", **options).fit(X, Y[:, j])
        alone = cost_of(one, "quantile", X, Y[:, j])[0]
        assert cost == pytest.approx(alone, rel=2e-5)
    assert both.partial_fit(X, Y).coef_.shape == (3, 4)


def test_the_cost_of_each_is_that_of_a_linear_program(outputs):
    X, Y = outputs
    units = np.array([1e-12, 1e12, 1.0])
    model = GDLinearModel("absolute_error", alpha=0).fit(X, Y * units)
    assert model.converged_
    costs = cost_of(model, "absolute_error", X, Y * units)
    Z = np.column_stack([X, np.ones(len(X))])
    for j, unit in enumerate(units):
        program = linprog(-Y[:, j], A_eq=Z.T, b_eq=np.zeros(5), bounds=(-1, 1))
        lowest = -program.fun / len(X) * unit
        assert costs[j] == pytest.approx(lowest, rel=1.1e-6, abs=0)


def test_a_warm_start_and_a_path_go_by_output(outputs):
    X, Y = outputs
    Y = Y * UNITS
    model = GDLinearModel("absolute_error", warm_start=True).fit(X, Y)
    coef = model.coef_
    assert model.fit(X, Y).n_iter_ == 0
    np.testing.assert_allclose(model.coef_, coef, rtol=1e-12)
    _, coefs, _ = GDLinearModel("absolute_error").path([1.0, 1e-4], X, Y)
    one = GDLinearModel("absolute_error", alpha=1e-4).fit(X, Y)
    for coef, expected in zip(coefs[1], one.coef_, strict=True):
        np.testing.assert_allclose(coef, expected, rtol=1e-3, atol=1e-3 * np.ptp(coef))


def test_one_that_does_not_converge_is_told(outputs):
    X, Y = outputs
    model = GDLinearModel("absolute_error", solver="gd", metric="diagonal", max_iter=40)
    with pytest.warns(ConvergenceWarning, match="after max_iter=40 steps"):
        model.fit(X, Y * UNITS)
    assert not model.converged_
    assert model.n_iter_ <= 40 * 4
