"""Stochastic descents follow the units of the data and end near the optimum."""

import warnings

import numpy as np
import pytest
from gd_linear_model.small_table import (
    CLASSIFICATIONS,
    IDENTITY_LINKS,
    LOG_LINKS,
    lengths,
    small_table,
    targets,
)
from scipy import sparse
from scipy.linalg import hadamard
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Lasso, SGDClassifier, SGDRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmath import GDLinearModel
from skmath.gd_linear_model.cost import Cost
from skmath.gd_linear_model.options import options_for

SOLVERS = ["sgd", "adam"]
ALL = [*IDENTITY_LINKS, *LOG_LINKS, *CLASSIFICATIONS]

pytestmark = pytest.mark.filterwarnings(
    "ignore:optimality_ is:sklearn.exceptions.ConvergenceWarning",
    "ignore:Maximum number of iteration:sklearn.exceptions.ConvergenceWarning",
)


@pytest.fixture(scope="module")
def table():
    return small_table()


def stochastic(loss, solver, unit=1.0, **parameters):
    """Return a model of a loss whose own lengths are in a unit of y."""
    options = {"max_iter": 6, "random_state": 0, **parameters}
    return GDLinearModel(loss, solver=solver, **lengths(loss, unit), **options)


def cost_above(model, X, y):
    """Return by how much a fit's cost is above the optimum, relative to that."""
    best = GDLinearModel(**{**model.get_params(), "solver": "auto", "tol": 1e-8})
    best.fit(X, y)
    rows = best._learn_rows(X, y, None)
    options = options_for(best, rows, best._loss_, best._n_classes_)
    cost = Cost(rows, options)
    values = []
    for fitted in (model, best):
        W, intercept = fitted._outputs()[1]
        values.append(cost(cost.like_theta(W, intercept[None, :]))[0])
    return (values[0] - values[1]) / abs(values[1])


@pytest.mark.parametrize("unit", [1e-20, 1e-6, 1e6, 1e20])
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("loss", [*IDENTITY_LINKS, *LOG_LINKS])
def test_steps_follow_the_unit_of_y(loss, solver, unit, table):
    X, y = targets(loss, table)
    one = stochastic(loss, solver).fit(X, y)
    other = stochastic(loss, solver, unit).fit(X, y * unit)
    assert other.n_iter_ == one.n_iter_
    factor, shift = (1.0, np.log(unit)) if loss in LOG_LINKS else (unit, 0.0)
    np.testing.assert_allclose(other.coef_, factor * one.coef_, rtol=1e-8)
    np.testing.assert_allclose(
        other.intercept_, factor * one.intercept_ + shift, rtol=1e-8
    )


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("loss", IDENTITY_LINKS)
def test_steps_follow_what_is_added_to_y(loss, solver, table):
    X, y = targets(loss, table)
    one = stochastic(loss, solver).fit(X, y)
    other = stochastic(loss, solver).fit(X, y + 1e6)
    np.testing.assert_allclose(other.coef_, one.coef_, rtol=1e-6)
    np.testing.assert_allclose(other.intercept_ - 1e6, one.intercept_, atol=1e-6)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("loss", ALL)
def test_steps_follow_the_units_of_columns_and_weights(loss, solver, table):
    X, y = targets(loss, table)
    units, weight = np.array([1e-9, 1e3, 1e12]), np.linspace(0.5, 2.0, len(y))
    one = stochastic(loss, solver).fit(X, y, weight)
    other = stochastic(loss, solver).fit(X * units, y, 1e-12 * weight)
    np.testing.assert_allclose(other.coef_ * units, one.coef_, rtol=1e-6)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("loss", [*IDENTITY_LINKS, *LOG_LINKS])
def test_a_stream_follows_the_unit_of_y(loss, solver, table):
    X, y = targets(loss, table)
    one, other = stochastic(loss, solver), stochastic(loss, solver, 1e9)
    for rows in np.array_split(np.arange(len(y)), 4):
        one.partial_fit(X[rows], y[rows])
        other.partial_fit(X[rows], 1e9 * y[rows])
    factor = 1.0 if loss in LOG_LINKS else 1e9
    np.testing.assert_allclose(other.coef_, factor * one.coef_, rtol=1e-8)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("loss", ["absolute_error", "squared_error"])
def test_a_stream_goes_on_from_a_fit_in_the_units_of_y(loss, solver, table):
    X, y = table
    fits = []
    for shift in (0.0, 1e4):
        model = stochastic(loss, solver, max_iter=30).fit(X, y + shift)
        before = model.coef_
        model.partial_fit(X[:60], y[:60] + shift)
        assert np.abs(model.coef_ - before).max() < 0.1
        fits.append(np.append(model.coef_, model.intercept_ - shift))
    np.testing.assert_allclose(*fits, atol=1e-6)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("loss", IDENTITY_LINKS[:4])
def test_losses_that_grow_linearly_are_fitted_in_dollars(loss, solver, seed):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2000, 3))
    y = 2e5 + 4e4 * (X @ [1, 2, 3] + rng.normal(size=2000))
    options = {"alpha": 0, "max_iter": 1000, "random_state": seed}
    model = GDLinearModel(loss, solver=solver, **options).fit(X, y)
    assert cost_above(model, X, y) < 1e-3


@pytest.mark.parametrize("rate", [1e-3, 1e-4, 1e-12])
@pytest.mark.parametrize("solver", SOLVERS)
def test_rare_events_are_fitted(solver, rate):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2000, 3))
    y = rate * np.exp(X @ [0.2, 0.4, 0.6])
    model = GDLinearModel("poisson", alpha=0, solver=solver, random_state=0).fit(X, y)
    np.testing.assert_allclose(model.coef_, [0.2, 0.4, 0.6], atol=1e-3)
    np.testing.assert_allclose(model.intercept_, np.log(rate), atol=1e-3)


@pytest.mark.parametrize("solver", SOLVERS)
def test_events_in_few_batches_are_fitted(solver):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20_000, 2))
    y = 1.0 * rng.poisson(1e-3 * np.exp(X @ [0.5, -0.5]))
    model = GDLinearModel("poisson", solver=solver, random_state=0).fit(X, y)
    best = GDLinearModel("poisson").fit(X, y)
    np.testing.assert_allclose(model.coef_, best.coef_, atol=2e-2)


REAL = [
    *[(load_breast_cancer, loss, {}) for loss in CLASSIFICATIONS],
    (load_iris, "log_loss", {}),
    pytest.param(load_iris, "hinge", {}, marks=pytest.mark.slow),
    (load_diabetes, "squared_error", {}),
    (load_diabetes, "huber", {}),
    (load_diabetes, "absolute_error", {}),
    (load_diabetes, "quantile", {"quantile": 0.9}),
]


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize(("load", "loss", "options"), REAL)
def test_epochs_end_within_a_percent_of_the_optimum(load, loss, options, solver):
    X, y = load(return_X_y=True)
    model = GDLinearModel(loss, solver=solver, random_state=0, **options).fit(X, y)
    assert cost_above(model, X, y) < 1e-2
    # It is said to be the optimum only where it is shown to be.
    proven = model.duality_gap_ <= model.tol * abs(model.loss_curve_[-1])
    assert model.converged_ == (model.optimality_ <= model.tol or proven)
    assert model.loss_curve_ == sorted(model.loss_curve_, reverse=True)


@pytest.mark.parametrize("solver", SOLVERS)
def test_penalties_with_kinks_and_walls_are_followed(solver):
    X, y = load_diabetes(return_X_y=True, scaled=False)
    options = {"solver": solver, "random_state": 0}
    lasso = GDLinearModel(penalty="l1", alpha=1.0, **options).fit(X, y)
    best = Lasso(alpha=1.0, tol=1e-10, max_iter=10**5).fit(X, y)
    np.testing.assert_allclose(lasso.predict(X), best.predict(X), atol=0.02 * y.std())
    assert cost_above(lasso, X, y) < 1e-4
    positive = GDLinearModel(positive=True, **options).fit(X, y)
    assert (positive.coef_ >= 0).all()
    assert (positive.coef_ == 0).sum() == 5
    assert 0 <= cost_above(positive, X, y) < 1e-4


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("loss", ["absolute_error", "squared_error"])
def test_each_output_has_its_unit(loss, solver, table):
    X, y = table
    Y = np.column_stack([1e-6 * y, 1e6 * (X[:, 0] + y)])
    model = stochastic(loss, solver, max_iter=200).fit(X, Y)
    best = GDLinearModel(loss).fit(X, Y)
    spread = Y.std(axis=0)[:, None]
    np.testing.assert_allclose(model.coef_ / spread, best.coef_ / spread, atol=2e-2)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("loss", ["absolute_error", "log_loss", "poisson"])
def test_sparse_rows_and_single_precision_take_the_same_steps(loss, solver, table):
    X, y = targets(loss, table)
    model = stochastic(loss, solver).fit(X, y)
    stored = stochastic(loss, solver).fit(sparse.csr_array(X), y)
    np.testing.assert_allclose(stored.coef_, model.coef_, rtol=1e-8)
    single = stochastic(loss, solver).fit(X.astype(np.float32), y)
    assert single.coef_.dtype == np.float32
    np.testing.assert_allclose(single.coef_, model.coef_, atol=1e-2)


@pytest.mark.parametrize("solver", SOLVERS)
def test_what_overflows_never_leaves(solver):
    X = np.linspace(-1, 1, 60)[:, None]
    X[-1] = 1e4  # e^z overflows there after some steps
    y = np.exp(np.clip(X[:, 0], -1, 1))
    model = GDLinearModel("poisson", solver=solver, random_state=0).fit(X, y)
    assert np.isfinite([*model.coef_, model.intercept_, *model.loss_curve_]).all()
    stream = GDLinearModel("poisson", solver=solver)
    for _ in range(3):
        stream.partial_fit(X, y)
    assert np.isfinite([*stream.coef_, stream.intercept_]).all()


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_warning_names_the_figure_and_the_remedy(solver, table):
    X, y = table
    for options in ({"max_iter": 2}, {"max_iter": 500, "tol": 1e-12}):
        model = stochastic("absolute_error", solver, **options)
        with pytest.warns(ConvergenceWarning) as caught:
            model.fit(X, y)
        message = str(caught[0].message)
        assert f"optimality_ is {model.optimality_:.1e}, above tol" in message
        assert "solver='auto'" in message
        assert "learning_rate" not in message


@pytest.mark.parametrize(
    ("solver", "length"), [("sgd", 0.1), ("adam", 0.02), ("sgd", 1e3)]
)
def test_a_given_length_of_steps_is_taken(solver, length, table):
    X, y = table
    model = stochastic("squared_error", solver, learning_rate=length, max_iter=100)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, 1e6 * y)
    told = any("diverged at" in str(warning.message) for warning in caught)
    assert told == (length == 1e3)
    if not told:
        assert cost_above(model, X, 1e6 * y) < 1e-3


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("loss", ["absolute_error", "log_loss"])
def test_an_epoch_may_end_at_the_mean_of_its_points(loss, solver, table):
    X, y = targets(loss, table)
    options = {"average": True, "max_iter": 500}
    model = stochastic(loss, solver, **options).fit(X, y)
    assert cost_above(model, X, y) < 1e-2


def standard_design(seed):
    """Return 64 rows of orthogonal signs, and targets of mean zero.

    In these units the metric of a stream's steps is the identity.
    """
    rng = np.random.default_rng(seed)
    X = np.tile(hadamard(8)[:, 1:4].astype(float), (8, 1))
    y = X @ [1.0, -2.0, 0.5] + rng.normal(size=64)
    return X, y - y.mean()


@pytest.mark.parametrize("average", [False, 1, 2, 10, 64, 65, 100, 129])
def test_a_stream_is_averaged_from_a_number_of_rows_on(average):
    model = GDLinearModel(
        solver="sgd", alpha=0, learning_rate=0.05, batch_size=1, average=average
    )
    peer = SGDRegressor(
        penalty=None, learning_rate="constant", eta0=0.05, average=average
    ).set_params(shuffle=False)
    theta, points = np.zeros(4), []
    for call in range(2):
        X, y = standard_design(call)
        model.partial_fit(X, y)
        peer.partial_fit(X, y)
        for x, target in zip(np.column_stack([X, np.ones(64)]), y, strict=True):
            theta = theta - 0.05 * (x @ theta - target) * x
            points.append(theta)
        counted = points[average - 1 :] if 0 < average <= len(points) else [theta]
        *coef, intercept = np.mean(counted, axis=0)
        np.testing.assert_allclose(model.coef_, coef, rtol=1e-9)
        np.testing.assert_allclose(model.intercept_, intercept, atol=1e-12)
        np.testing.assert_allclose(model.coef_, peer.coef_, rtol=1e-9)
        np.testing.assert_allclose(model.intercept_, peer.intercept_, atol=1e-12)


def test_a_stream_counts_the_rows_of_the_fit_before_it():
    X, y = standard_design(0)
    options = {"solver": "sgd", "max_iter": 2, "tol": 0, "batch_size": 64}
    model = GDLinearModel(alpha=0.1, average=2 * 64 + 2 * 64, **options).fit(X, y)
    plain = GDLinearModel(alpha=0.1, average=False, **options).fit(X, y)
    points = []
    for call in range(4):
        coef = model.partial_fit(X, y).coef_
        points.append(plain.partial_fit(X, y).coef_)
        np.testing.assert_allclose(coef, np.mean(points[min(call, 1) :], axis=0))


@pytest.mark.parametrize("batch_size", [1, 7, 64])
@pytest.mark.parametrize("average", [1, 20, 64, 65, 1000])
def test_an_epoch_ends_at_the_mean_of_the_points_that_count(average, batch_size):
    X, y = standard_design(0)
    model = GDLinearModel(
        solver="sgd", metric="identity", alpha=0, learning_rate=0.05, max_iter=1
    ).set_params(batch_size=batch_size, average=average, random_state=0, tol=0)
    model.fit(X, y)
    # At the start all coefficients are zero, and each batch's slope there is replaced
    # by that of all rows.
    design = np.column_stack([X, np.ones(64)])
    whole, theta, seen, counted = -design.T @ y / 64, np.zeros(4), 0, []
    order = np.random.RandomState(0).permutation(64)
    for start in range(0, 64, batch_size):
        rows = design[order[start : start + batch_size]]
        theta = theta - 0.05 * (rows.T @ (rows @ theta) / len(rows) + whole)
        seen += len(rows)
        counted += [theta] if seen >= average else []
    expected = np.mean(counted, axis=0) if counted else theta
    np.testing.assert_allclose(model.coef_, expected[:3], rtol=1e-9)
    np.testing.assert_allclose(model.intercept_, expected[3], atol=1e-12)


@pytest.mark.parametrize("average", [-1, 0, 2.5, "yes", None])
def test_what_cannot_be_averaged_is_named(average):
    with pytest.raises(ValueError, match="'average' parameter"):
        GDLinearModel(solver="sgd", average=average).fit(*standard_design(0))


@pytest.mark.parametrize(
    ("load", "loss"), [(load_breast_cancer, "log_loss"), (load_iris, "hinge")]
)
def test_at_least_as_low_as_the_stochastic_classifier(load, loss):
    X, y = load(return_X_y=True)
    ours = GDLinearModel(loss, solver="sgd", max_iter=300, random_state=0).fit(X, y)
    peer = SGDClassifier(loss, alpha=1e-4, random_state=0)
    peer = make_pipeline(StandardScaler(), peer).fit(X, y)
    assert cost_above(ours, X, y) <= cost_of_peer(peer, ours, X, y)


@pytest.mark.parametrize("loss", ["huber", "squared_error"])
def test_at_least_as_low_as_the_stochastic_regressor(loss):
    X, y = load_diabetes(return_X_y=True)
    ours = GDLinearModel(loss, solver="sgd", random_state=0).fit(X, y)
    peer = SGDRegressor(loss, alpha=1e-4, epsilon=1.35, random_state=0)
    peer = make_pipeline(StandardScaler(), peer).fit(X, y)
    assert cost_above(ours, X, y) <= cost_of_peer(peer, ours, X, y)


def cost_of_peer(pipeline, ours, X, y):
    """Return what `cost_above` does of a linear model of standardised columns."""
    scaler, linear = pipeline[0], pipeline[-1]
    model = GDLinearModel(**ours.get_params()).fit(X, y)
    coef = linear.coef_ / scaler.scale_
    model.coef_, model.intercept_ = coef, linear.intercept_ - coef @ scaler.mean_
    if model.coef_.ndim == 1:
        model.intercept_ = float(model.intercept_[0])
    return cost_above(model, X, y)


@pytest.mark.parametrize("unit", [1e-9, 1e9])
@pytest.mark.parametrize("solver", SOLVERS)
def test_the_scale_of_errors_is_found_in_the_units_of_y(solver, unit, table):
    X, y = table
    best = GDLinearModel("huber", delta="auto").fit(X, y)
    options = {"delta": "auto", "max_iter": 1000}
    model = GDLinearModel("huber", solver=solver, random_state=0, **options)
    model.fit(X, unit * y)
    np.testing.assert_allclose(model.delta_, unit * best.delta_, rtol=1e-3)
    np.testing.assert_allclose(model.coef_, unit * best.coef_, rtol=1e-2)
    with pytest.raises(ValueError, match="delta='auto' is not supported"):
        model.partial_fit(X, y)
