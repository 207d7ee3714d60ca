"""Of optima that predict the same the shortest is taken."""

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import linprog
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from skmath import GDLinearModel
from skmath.calculus import resolve_loss


@pytest.fixture(scope="module")
def dummies():
    """Return two categories, each as all of its indicators, a number, and labels."""
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 3, 300), rng.integers(0, 4, 300)
    X = np.column_stack([np.eye(3)[a], np.eye(4)[b], rng.normal(size=300)])
    return X, (rng.random(300) < 1 / (1 + np.exp(b - a))).astype(int)


@pytest.mark.parametrize("loss", ["log_loss", "squared_error", "poisson", "huber"])
def test_neither_order_nor_storage_nor_repetition_moves_it(loss, dummies):
    X, y = dummies
    rng = np.random.default_rng(1)
    order, times = rng.permutation(len(y)), rng.integers(1, 4, len(y))

    def coef(X, y, sample_weight=None):
        return GDLinearModel(loss, alpha=0).fit(X, y, sample_weight).coef_

    whole = coef(X, y)
    np.testing.assert_allclose(coef(X[order], y[order]), whole, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(coef(sparse.csr_array(X), y), whole, 1e-8, 1e-8)
    repeated = coef(np.repeat(X, times, axis=0), np.repeat(y, times))
    np.testing.assert_allclose(coef(X, y, times), repeated, 1e-8, 1e-8)


@pytest.mark.parametrize("storage", ["dense", "permuted", "sparse"])
@pytest.mark.parametrize("loss", ["log_loss", "squared_error", "huber", "hinge"])
def test_a_path_takes_it_too(loss, storage, dummies):
    X, y = dummies
    order = np.random.default_rng(2).permutation(8 if storage == "permuted" else 1)
    X = X[:, order] if storage == "permuted" else X
    Z = sparse.csr_array(X) if storage == "sparse" else X
    null = np.array([[1, 1, 1, 0, 0, 0, 0, 0], [0, 0, 0, 1, 1, 1, 1, 0]])
    null = null[:, order] if storage == "permuted" else null
    freed = {"penalty_weights": 1.0 - null[0]}
    for alpha, options, n_free in [(0.0, {}, 2), (0.1, freed, 1)]:
        path = GDLinearModel(loss, **options).path([1.0, alpha], Z, y)
        one = GDLinearModel(loss, alpha=alpha, **options).fit(X, y)
        coef, intercept = np.ravel(path[1][1]), np.ravel(path[2][1])
        np.testing.assert_allclose(null[:n_free] @ coef, 0, atol=1e-12)
        np.testing.assert_allclose(coef, np.ravel(one.coef_), rtol=1e-8, atol=1e-8)
        np.testing.assert_allclose(intercept, np.ravel(one.intercept_), 1e-8, 1e-8)


def test_it_is_orthogonal_to_all_that_predict_the_same(dummies):
    X, y = dummies
    coef = GDLinearModel("log_loss", alpha=0).fit(X, y).coef_[0]
    # The indicators of a category sum to one: an intercept of its own.
    null = np.array([[1, 1, 1, 0, 0, 0, 0, 0], [0, 0, 0, 1, 1, 1, 1, 0]])
    np.testing.assert_allclose(null @ coef, 0, atol=1e-12)
    peer = LogisticRegression(C=np.inf, tol=1e-10, max_iter=10_000).fit(X, y)
    outputs = GDLinearModel("log_loss", alpha=0, tol=1e-9).fit(X, y).decision_function
    np.testing.assert_allclose(outputs(X), peer.decision_function(X), atol=1e-6)


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_it_is_the_pseudo_inverses_of_a_squared_error(dummies, fit_intercept):
    X, y = dummies
    X = np.column_stack([X, 1e3 * X[:, -1]])
    model = GDLinearModel(alpha=0, fit_intercept=fit_intercept).fit(X, y)
    Z, t = (X - X.mean(axis=0), y - y.mean()) if fit_intercept else (X, y)
    np.testing.assert_allclose(model.coef_, np.linalg.pinv(Z) @ t, atol=1e-9)


@pytest.mark.parametrize("solver", ["auto", "gd", "newton", "lbfgs", "nesterov"])
def test_equal_columns_have_equal_coefficients(solver, dummies):
    X, y = dummies
    X = X[:, [0, 1, 7, 7]]
    model = GDLinearModel("log_loss", alpha=0, solver=solver).fit(X, y)
    assert model.coef_[0, 2] == pytest.approx(model.coef_[0, 3], rel=1e-12)


def test_freed_columns_alone_are_shortened(dummies):
    X, y = dummies
    X = X[:, [0, 1, 7, 7, 7]]
    weights = [1.0, 1.0, 0.0, 0.0, 1.0]
    model = GDLinearModel("log_loss", alpha=0.1, penalty_weights=weights).fit(X, y)
    free, charged = model.coef_[0, 2:4], model.coef_[0, 4]
    assert free[0] == pytest.approx(free[1], rel=1e-12)
    assert charged == pytest.approx(0, abs=1e-5)


@pytest.fixture(scope="module")
def nearly_dependent():
    """Return columns of which two are apart by 1e-8, and a y that needs it."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 4))
    apart = rng.normal(size=400)
    X[:, 3] = X[:, 0] + 1e-8 * apart
    return X, X[:, 1] + apart + 0.1 * rng.normal(size=400)


def test_directions_that_products_of_columns_lose_are_descended_too(nearly_dependent):
    X, y = nearly_dependent
    model = GDLinearModel(alpha=0).fit(X, y)
    U = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)[0]
    best = y.mean() + U @ (U.T @ (y - y.mean()))
    assert model.converged_
    np.testing.assert_allclose(model.predict(X), best, atol=1e-5)
    labels = (y > 0).astype(int)
    model = GDLinearModel("log_loss", alpha=0).fit(X, labels)
    well = np.column_stack([X[:, :3], (X[:, 3] - X[:, 0]) * 1e8])
    same = GDLinearModel("log_loss", alpha=0).fit(well, labels)
    assert model.converged_
    # Outputs of 40 and more hardly change the cost, and so depend on tol.
    np.testing.assert_allclose(
        model.decision_function(X), same.decision_function(well), rtol=1e-3, atol=1e-3
    )


@pytest.mark.parametrize("apart", [1e5, 1.0])
def test_where_they_cannot_be_nothing_is_claimed(apart, nearly_dependent):
    X, y = nearly_dependent
    X = X.copy()
    X[:, 3] = X[:, 0] + apart * 1e-8 * ((X[:, 3] - X[:, 0]) * 1e8)
    weights = [0.0, 1.0, 1.0, 0.0]
    model = GDLinearModel("absolute_error", alpha=1e-3, penalty_weights=weights)
    with pytest.warns(ConvergenceWarning, match="nearly collinear"):
        model.fit(X, y)
    assert not model.converged_


def lowest_quantile_loss(X, y, quantile):
    """Return the lowest mean loss with an intercept, by the dual linear program."""
    centred = X - X.mean(axis=0)
    U, s, _ = np.linalg.svd(centred / centred.std(axis=0), full_matrices=False)
    # A basis of the columns: the program's tolerance does not hide any.
    Q = np.column_stack([U[:, s > 1e-11 * s[0]] * len(y) ** 0.5, np.ones(len(y))])
    program = linprog(
        y.mean() - y,
        A_eq=Q.T,
        b_eq=np.zeros(Q.shape[1]),
        bounds=(quantile - 1, quantile),
        method="highs",
    )
    assert program.status == 0
    return -program.fun / len(y)


@pytest.mark.parametrize("apart", [1e-4, 1e-6, 1e-8])
@pytest.mark.parametrize("quantile", [0.05, 0.5, 0.95])
def test_a_quantile_of_columns_all_but_dependent(quantile, apart, nearly_dependent):
    X, y = nearly_dependent
    X = np.column_stack([X[:, :3], X[:, 0] + apart * ((X[:, 3] - X[:, 0]) * 1e8)])
    model = GDLinearModel("quantile", quantile=quantile, alpha=0).fit(X, y)
    e = y - model.predict(X)
    lowest = lowest_quantile_loss(X, y, quantile)
    cost = np.maximum(quantile * e, (quantile - 1) * e).mean()
    assert model.converged_
    assert cost == pytest.approx(lowest, rel=2e-6)


@pytest.mark.parametrize(
    "loss",
    ["absolute_error", "epsilon_insensitive", "hinge", "huber", "modified_huber"],
)
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_jumps_on_columns_all_but_dependent(loss, fit_intercept, nearly_dependent):
    X, y = nearly_dependent
    rng = np.random.default_rng(1)
    if loss in ("hinge", "modified_huber"):
        y = ((y > 0) ^ (rng.random(len(y)) < 0.1)).astype(int)
    well = np.column_stack([X[:, :3], (X[:, 3] - X[:, 0]) * 1e8])
    weight = rng.integers(0, 3, len(y)).astype(float)
    # With a condition number of 2e8 costs have rounding errors of about 1e-8.
    options = {"alpha": 0, "fit_intercept": fit_intercept, "tol": 1e-7}
    model = GDLinearModel(loss, **options).fit(X, y, weight)
    same = GDLinearModel(loss, **options).fit(well, y, weight)
    assert model.converged_
    w, c = np.ravel(model.coef_), float(np.ravel(model.intercept_)[0])
    v, d = np.ravel(same.coef_), float(np.ravel(same.intercept_)[0])
    objective = resolve_loss(loss)
    costs = [
        weight @ objective.value(1.0 * y[:, None], z[:, None])
        for z in (X @ w + c, well @ v + d)
    ]
    assert costs[0] == pytest.approx(costs[1], rel=1e-6)


def test_columns_all_but_dependent_in_very_different_units():
    # Shares of people, to seven digits, and their numbers.
    rng = np.random.default_rng(0)
    people = rng.lognormal(9, 1.5, (200, 5)).round()
    total = people.sum(axis=1, keepdims=True)
    X = np.column_stack([total, people, (100 * people / total).round(7)])
    y = X[:, 6] - X[:, 8] + rng.normal(size=200)
    Z = X - X.mean(axis=0)
    U, s, _ = np.linalg.svd(Z / Z.std(axis=0), full_matrices=False)
    U = U[:, s > 1e-13 * s[0]]
    lowest = 0.5 * np.mean((y - y.mean() - U @ (U.T @ y)) ** 2)
    model = GDLinearModel(alpha=0).fit(X, y)
    assert 0.5 * np.mean((y - model.predict(X)) ** 2) == pytest.approx(lowest, rel=1e-6)
    median = GDLinearModel("quantile", alpha=0).fit(X, y)
    assert model.converged_
    assert median.converged_
    cost = 0.5 * np.abs(y - median.predict(X)).mean()
    assert cost == pytest.approx(lowest_quantile_loss(X, y, 0.5), rel=2e-6)


class Predictions:
    """A callback that keeps what the model of each step predicts."""

    def __init__(self, X):
        self.X, self.found = X, []

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        if context.task_name == "step":
            self.found.append(fitted_estimator.predict(self.X))


def test_callbacks_and_held_out_rows_see_coefficients_of_x(nearly_dependent):
    X, y = nearly_dependent
    steps = Predictions(X)
    options = {"loss": "absolute_error", "alpha": 0}
    model = GDLinearModel(**options).set_callbacks(steps).fit(X, y)
    last = np.abs(y - steps.found[-1]).mean()
    assert last == pytest.approx(np.abs(y - model.predict(X)).mean(), rel=1e-3)
    held_out = GDLinearModel(**options, early_stopping=True, random_state=0)
    best = np.abs(y - y.mean()).mean()
    assert np.abs(y - held_out.fit(X, y).predict(X)).mean() < 0.5 * best
