"""What a network's outputs are compared with and stand for."""

import functools
import pickle
import warnings

import dask.array as da
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from scipy.stats import norm
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_iris, load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import d2_pinball_score, log_loss
from sklearn.model_selection import HalvingGridSearchCV, KFold
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

from skmath import BackpropMLP as AnyMLP
from skmath import GDLinearModel
from skmath.calculus import (
    IncreasingOutputs,
    LogLoss,
    OneClass,
    SmoothedLogLoss,
    WeightedLabels,
    check_gradient,
)
from skmath.callbacks import EarlyStopping

pytestmark = pytest.mark.filterwarnings("ignore:The loss was still falling")

# One plain network; `test_members.py` has several, and the default.
BackpropMLP = functools.partial(AnyMLP, preset="fast")

EXACT = {"hidden_layer_sizes": (), "solver": "lbfgs", "tol": 1e-9, "alpha": 0.02}
"""A convex problem, whose optimum other libraries find as well."""


@pytest.fixture(scope="module")
def wine():
    X, y = load_wine(return_X_y=True)
    return StandardScaler().fit_transform(X), y


@pytest.fixture(scope="module")
def noisy():
    """Rows of three classes, of which a network learns the noise by heart."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(900, 5))
    logits = X[:, :3] * 1.5
    y = (logits + rng.gumbel(size=(900, 3))).argmax(axis=1)
    return X, y


# Layers and labels as people write them


def test_one_size_is_one_layer(wine):
    model = BackpropMLP(9, max_iter=3, random_state=0).fit(*wine)
    layer = BackpropMLP((9,), max_iter=3, random_state=0).fit(*wine)
    np.testing.assert_array_equal(model.coefs_[0], layer.coefs_[0])
    assert BackpropMLP(np.int64(4), max_iter=3).fit(*wine).coefs_[0].shape[1] == 4


@pytest.mark.parametrize("of", [int, bool, float, np.int32, np.bool_])
@pytest.mark.parametrize("model", [BackpropMLP(5, max_iter=5), GDLinearModel()])
def test_numbers_in_an_array_of_objects_are_labels(model, of):
    X, y = load_breast_cancer(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    if isinstance(model, GDLinearModel):
        model = GDLinearModel("log_loss")
    else:
        model = clone(model).set_params(random_state=0)
    labels = np.array([of(label) for label in y] + [None], dtype=object)[:-1]
    plain = clone(model).fit(X, y)
    model.fit(X, labels)
    assert model.classes_.tolist() == [of(0), of(1)]
    assert model.classes_.dtype.kind in "bif"
    np.testing.assert_array_equal(model.predict_proba(X), plain.predict_proba(X))
    assert model.score(X, labels) == plain.score(X, y)
    series = pd.Series(labels, dtype=object)
    assert model.fit(X, series).score(X, series) == plain.score(X, y)


def test_labels_of_two_kinds_are_told(wine):
    X, y = wine[0][:4], np.array([True, 0, 1, False], dtype=object)
    with pytest.raises(ValueError, match="two types, bools and numbers"):
        BackpropMLP().fit(X, y)
    several = BackpropMLP(5, max_iter=3).fit(X, np.c_[y == 1, y == 0].astype(object))
    assert several.predict(X).shape == (4, 2)


# One class


@pytest.mark.parametrize("label", [3, "only", True])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"early_stopping": True},
        {"calibrate": True},
        {"solver": "lbfgs"},
        {"class_weight": "balanced"},
        {"label_smoothing": 0.1},
    ],
    ids=str,
)
def test_one_class_is_certain(wine, label, options):
    X, y = wine[0], np.full(178, label)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = BackpropMLP(5, random_state=0, **options).fit(X, y)
    peer = MLPClassifier(5, max_iter=5, random_state=0)
    with pytest.warns(ConvergenceWarning):
        peer.fit(X, y)
    far = 1e6 * X
    np.testing.assert_array_equal(model.predict(far), peer.predict(far))
    np.testing.assert_array_equal(model.predict_proba(far), np.ones((178, 1)))
    np.testing.assert_array_equal(model.predict_log_proba(far), np.zeros((178, 1)))
    assert model.decision_function(X).shape == (178,)
    assert model.score(X, y) == 1
    assert model.transform(X).shape == (178, 5)
    assert model.check_gradients(X, y) < 1e-6


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge", "modified_huber"])
def test_one_class_of_other_losses(wine, loss):
    model = BackpropMLP(5, loss=loss).fit(wine[0], np.zeros(178, dtype=int))
    assert (model.predict(wine[0]) == 0).all()
    assert hasattr(model, "predict_proba") == (loss == "modified_huber")


def test_a_halving_search_meets_one_class_in_its_first_rounds():
    X, y = load_iris(return_X_y=True)
    grid = {"alpha": [1e-3, 1e-1], "hidden_layer_sizes": [4, 8]}
    model = BackpropMLP(max_iter=100, random_state=0)
    search = HalvingGridSearchCV(model, grid, cv=KFold(3), min_resources=9)
    search.set_params(error_score="raise", random_state=0).fit(X, y)
    assert search.best_estimator_.score(X, y) > 0.8


def test_partial_fit_with_one_class_asks_for_all(wine):
    X, y = wine
    model = BackpropMLP(5, random_state=0)
    with pytest.raises(ValueError, match="only one class, 0: pass all labels"):
        model.partial_fit(X[y == 0], y[y == 0])
    assert not hasattr(model, "classes_")
    model.partial_fit(X[y == 0], y[y == 0], classes=[0, 1, 2])
    assert model.predict_proba(X).shape == (178, 3)


# Weights of labels that do not exclude each other


@pytest.mark.parametrize("named", ["dicts", "balanced", "list"])
def test_each_label_is_weighed_as_if_it_were_alone(wine, named):
    X, y = wine
    Y = np.c_[y == 0, y == 1, y > 0].astype(int)
    dicts = [{0: 1.0, 1: 5.0}, {1: 0.2}, {0: 3, 1: 3}]
    alone = {"balanced": ["balanced"] * 3, "list": ["balanced", None, dicts[0]]}
    alone = alone.get(named, dicts)
    given = "balanced" if named == "balanced" else alone
    sample_weight = np.random.default_rng(0).integers(0, 4, 178)
    model = BackpropMLP(class_weight=given, standardize=False, **EXACT)
    model.fit(X, Y, sample_weight)
    for j, weights in enumerate(alone):
        row = np.ones(178)
        if weights == "balanced":
            share = np.average(Y[:, j], weights=sample_weight)
            row = np.where(Y[:, j], 0.5 / share, 0.5 / (1 - share))
        elif weights is not None:
            row = np.where(Y[:, j], weights.get(1, 1.0), weights.get(0, 1.0))
        row = row * sample_weight
        peer = LogisticRegression(C=1 / (0.02 * row.sum()), tol=1e-10, max_iter=10_000)
        peer.fit(X, Y[:, j], row)
        np.testing.assert_allclose(model.coefs_[0][:, j], peer.coef_[0], atol=1e-5)
        assert model.intercepts_[0][j] == pytest.approx(peer.intercept_[0], abs=1e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("loss", ["log_loss", "hinge"])
def test_weighted_labels_have_gradients_and_count_repetitions(wine, dtype, loss):
    X, Y = wine[0].astype(dtype), np.c_[wine[1] == 0, wine[1] > 0].astype(int)
    weights, times = [{1: 7.0}, "balanced"], np.arange(178) % 3
    options = {"loss": loss, "class_weight": weights, "activation": "tanh"}
    model = BackpropMLP(6, max_iter=5, random_state=0, **options)
    model.fit(X, Y, times)
    assert model.coefs_[0].dtype == dtype
    assert model.check_gradients(X, Y, times) < 1e-6
    repeated = clone(model).fit(
        np.repeat(X, times, axis=0), np.repeat(Y, times, axis=0)
    )
    if dtype == np.float64:
        np.testing.assert_allclose(
            repeated.decision_function(X), model.decision_function(X), atol=1e-6
        )


def test_weighted_labels_in_chunks_and_rows_that_are_watched(wine):
    mixed = np.random.default_rng(0).permutation(178)
    X, y = wine[0][mixed], wine[1][mixed]
    Y = np.c_[y == 0, y > 0].astype(int)
    model = BackpropMLP(20, class_weight="balanced", random_state=0)
    chunks = da.from_array(X, chunks=(90, 13)), da.from_array(Y, chunks=(90, 2))
    assert (model.fit(*chunks).predict(X) == Y).mean() > 0.9
    # A validation is of rows as they are.
    model.fit(X[::2], Y[::2], X_val=X[1::2], y_val=Y[1::2])
    p = model.predict_proba(X[1::2])
    plain = sum(log_loss(Y[1::2, j], p[:, j]) for j in range(2))
    assert model.validation_curve_[-1] == pytest.approx(plain, rel=1e-6)


@pytest.mark.parametrize(
    ("class_weight", "told"),
    [
        ({0: 2}, r"a dict, but y has 2 columns of labels: pass a list"),
        ([{0: 2}], "has 1 entries, but y has 2 columns"),
        ([{0: 2}, 3.0], "the entry 3.0: an entry must be a dict"),
        ([{0: 2}, "equal"], "the entry 'equal': an entry must be a dict"),
        ([{0: 2}, {"a": 2}], r"Column 1 of y: class_weight has labels .*: \['a'\]"),
        ([{0: -2}, None], "Column 0 of y: class_weight must be non-negative"),
        ([{0: 0, 1: 0}, None], "zero for all rows in columns .0. of y"),
    ],
    ids=str,
)
def test_weights_of_labels_that_cannot_be_used_are_told(wine, class_weight, told):
    X, Y = wine[0], np.c_[wine[1] == 0, wine[1] > 0].astype(int)
    with pytest.raises(ValueError, match=told):
        BackpropMLP(class_weight=class_weight).fit(X, Y)


def test_a_list_is_not_for_one_column_of_labels(wine):
    for y in (wine[1], wine[1][:, None] > 0):
        with pytest.raises(ValueError, match="y has one column: pass a dict"):
            BackpropMLP(class_weight=[{0: 2}]).fit(wine[0], np.asarray(y).ravel())
    with pytest.raises(
        ValueError, match="requires a classification loss; use sample_weight"
    ):
        BackpropMLP(loss="huber", class_weight=[{0: 2}]).fit(*wine)


# Smoothed labels


@pytest.mark.parametrize("classes", [2, 3])
def test_smoothed_labels_are_rows_of_all_classes(wine, classes):
    X, y = wine[0][wine[1] < classes], wine[1][wine[1] < classes]
    n, smoothing = len(y), 0.2
    model = BackpropMLP(label_smoothing=smoothing, standardize=False, **EXACT)
    model.fit(X, y)
    # The peer has each row once for each class, weighing what its target is.
    own = np.arange(classes)[:, None] == y
    weight = (1 - smoothing) * own + smoothing / classes
    peer = LogisticRegression(C=1 / (0.02 * n), tol=1e-10, max_iter=10_000)
    copies = np.tile(X, (classes, 1)), np.repeat(np.arange(classes), n)
    peer.fit(*copies, weight.ravel())
    np.testing.assert_allclose(model.predict_proba(X), peer.predict_proba(X), atol=1e-5)


def test_smoothed_labels_have_finite_outputs():
    # A group of rows for each class: the best probabilities have a closed form.
    X, y = np.repeat(np.eye(3), 10, axis=0), np.repeat(np.arange(3), 10)
    model = BackpropMLP(**EXACT | {"alpha": 0}, label_smoothing=0.3).fit(X, y)
    expected = np.where(np.eye(3), 0.7 + 0.1, 0.1)[y]
    np.testing.assert_allclose(model.predict_proba(X), expected, atol=1e-6)
    Y = (y[:, None] == np.arange(3)).astype(int)
    model.fit(X, Y)
    np.testing.assert_allclose(
        model.predict_proba(X), np.where(Y, 0.85, 0.15), atol=1e-6
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("targets", ["two", "three", "labels"])
def test_smoothed_labels_have_gradients_and_plain_validations(wine, targets, dtype):
    X, y = wine[0].astype(dtype), wine[1]
    y = {"two": y > 0, "labels": np.c_[y == 0, y > 0].astype(int)}.get(targets, y)
    model = BackpropMLP(6, activation="tanh", max_iter=20, label_smoothing=0.1)
    model.set_params(random_state=0, class_weight="balanced")
    model.fit(X[::2], y[::2], X_val=X[1::2], y_val=y[1::2])
    assert model.check_gradients(X, y) < 1e-6
    p = model.predict_proba(X[1::2])
    if targets == "labels":
        plain = sum(log_loss(y[1::2, j], p[:, j]) for j in range(2))
    else:
        plain = log_loss(y[1::2], p)
    assert model.validation_curve_[-1] == pytest.approx(plain, rel=1e-4)


def test_losses_of_labels_have_their_derivatives():
    rng = np.random.default_rng(0)
    z, one_hot = rng.normal(size=(8, 3)), np.eye(3)[rng.integers(0, 3, 8)]
    labels = rng.integers(0, 2, (8, 3)).astype(float)
    apart, weights = LogLoss(exclusive=False), rng.uniform(0.5, 2, (2, 3))
    for loss, y in [
        (SmoothedLogLoss(smoothing=0.2), one_hot),
        (SmoothedLogLoss(smoothing=0.2).by_label(), labels),
        (WeightedLabels(apart, weights), labels),
        (WeightedLabels(SmoothedLogLoss(False, 0.1), weights), labels),
        (OneClass(), labels[:, :1]),
    ]:
        at = z[:, : y.shape[1]]
        check_gradient(loss, y, at)
        value, gradient = loss.value_and_gradient(y, at)
        np.testing.assert_allclose(value, loss.value(y, at))
        np.testing.assert_allclose(gradient, loss.gradient(y, at))


@pytest.mark.parametrize("loss", ["hinge", "modified_huber", "squared_error"])
@pytest.mark.parametrize("option", [{"label_smoothing": 0.1}, {"calibrate": True}])
def test_what_is_for_the_log_loss_is_refused_of_others(wine, loss, option):
    (name,) = option
    with pytest.raises(ValueError, match=rf"{name}=.*loss='{loss}'.*use {name}="):
        BackpropMLP(loss=loss, **option).fit(*wine)


# A temperature


def expected_temperature(Z, y, weight=1.0):
    """Return the optimum of the likelihood with the prior, by another method."""
    Z = np.c_[np.zeros(len(Z)), Z] if Z.ndim == 1 else Z

    def objective(t):
        own = log_softmax(Z * np.exp(-t), axis=1)[np.arange(len(y)), y]
        return -(weight * own).sum() + t**2 / (2 * 0.5**2)

    return np.exp(minimize_scalar(objective, bounds=(-5, 5), method="bounded").x)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_the_temperature_is_the_likeliest_of_the_rows_held_out(noisy, n_classes):
    X, y = noisy[0], np.minimum(noisy[1], n_classes - 1)
    train, held = slice(0, 200), slice(200, None)
    plain = BackpropMLP(60, alpha=1e-4, learning_rate=5e-3, random_state=0)
    plain.fit(X[train], y[train])
    model = clone(plain).set_params(calibrate=True)
    model.fit(X[train], y[train], X_val=X[held], y_val=y[held])
    assert plain.temperature_ == 1.0
    Z = plain.decision_function(X[held])
    assert model.temperature_ == pytest.approx(
        expected_temperature(Z, y[held]), rel=1e-4
    )
    assert model.temperature_ > 2
    np.testing.assert_array_equal(model.predict(X), plain.predict(X))
    np.testing.assert_allclose(
        model.decision_function(X), plain.decision_function(X) / model.temperature_
    )
    assert log_loss(y[held], model.predict_proba(X[held])) < log_loss(
        y[held], plain.predict_proba(X[held])
    )
    np.testing.assert_allclose(
        np.exp(model.predict_log_proba(X)), model.predict_proba(X), rtol=1e-6
    )
    (W1, W2), (b1, b2) = model.unstandardized()
    Z = np.maximum(X @ W1 + b1, 0) @ W2 + b2
    np.testing.assert_allclose(
        model.decision_function(X), Z.squeeze(), rtol=1e-3, atol=1e-3
    )


@pytest.mark.parametrize("early", [False, True])
def test_a_part_of_the_rows_is_held_out(noisy, early):
    model = BackpropMLP(60, calibrate=True, early_stopping=early, random_state=0)
    model.set_params(validation_fraction=0.3, max_iter=60).fit(*noisy)
    assert len(model.validation_curve_) == model.n_iter_
    assert model.temperature_ != 1
    with pytest.raises(ValueError, match=r"calibrate=True holds out .*pass X_val"):
        BackpropMLP(calibrate=True).fit(np.eye(4), [0, 1, 2, 3])


@pytest.mark.parametrize("unit", [1.0, 1e-6, 1e6])
def test_weights_of_rows_held_out_are_repetitions(noisy, unit):
    X, y = noisy
    model = BackpropMLP(20, calibrate=True, random_state=0, max_iter=30)
    times = np.arange(500) % 3
    train, held = (X[:400], y[:400]), slice(400, None)
    model.fit(*train, X_val=X[held], y_val=y[held], sample_weight_val=unit * times)
    repeated = clone(model).fit(
        *train,
        X_val=np.repeat(X[held], times, axis=0),
        y_val=np.repeat(y[held], times),
    )
    assert model.temperature_ == pytest.approx(repeated.temperature_, rel=1e-6)


def test_labels_share_a_temperature(noisy):
    X, Y = noisy[0], np.c_[noisy[1] == 0, noisy[1] > 1].astype(int)
    model = BackpropMLP(60, calibrate=True, alpha=1e-4, random_state=0)
    model.fit(X[:400], Y[:400], X_val=X[400:], y_val=Y[400:])
    Z = model.decision_function(X[400:]) * model.temperature_
    expected = expected_temperature(Z.ravel(), Y[400:].ravel())
    assert model.temperature_ == pytest.approx(expected, rel=1e-4)


def test_partial_fit_and_warm_start_fit_the_temperature_anew(noisy):
    X, y = noisy
    options = {"calibrate": True, "random_state": 0, "alpha": 1e-4}
    model, watched = BackpropMLP(60, **options), {"X_val": X[600:], "y_val": y[600:]}
    for _ in range(2):
        model.partial_fit(X[:400], y[:400], n_epochs=30, **watched)
        Z = model.decision_function(X[600:]) * model.temperature_
        expected = expected_temperature(Z, y[600:])
        assert model.temperature_ == pytest.approx(expected, rel=1e-4)
    model.partial_fit(X, y)
    warm = BackpropMLP(60, warm_start=True, max_iter=20, **options)
    first = warm.fit(X[:400], y[:400], **watched).temperature_
    assert warm.fit(X[:400], y[:400], **watched).temperature_ > first
    warm.set_params(calibrate=False).fit(X, y)
    assert warm.temperature_ == 1


def test_a_temperature_of_chunks_needs_rows_to_fit_it_on(noisy):
    X, y = noisy
    chunks = da.from_array(X, chunks=(300, 5)), da.from_array(y, chunks=300)
    model = BackpropMLP(20, calibrate=True, max_iter=20, random_state=0)
    with pytest.raises(TypeError, match="or pass X_val and y_val"):
        model.fit(*chunks)
    lazily = model.fit(*chunks, X_val=chunks[0], y_val=chunks[1]).temperature_
    held = {"X_val": X, "y_val": y}
    assert model.fit(*chunks, **held).temperature_ == pytest.approx(lazily, rel=1e-6)


def test_a_callback_that_restores_the_best_step_restores_its_temperature(noisy):
    X, y = noisy
    stop = EarlyStopping(validation=(X[600:], y[600:]), monitor="neg_log_loss")
    model = BackpropMLP(60, calibrate=True, alpha=1e-4, random_state=0)
    model.set_callbacks(stop).fit(X[:400], y[:400], X_val=X[400:600], y_val=y[400:600])
    Z = model.decision_function(X[400:600]) * model.temperature_
    expected = expected_temperature(Z, y[400:600])
    assert model.temperature_ == pytest.approx(expected, rel=1e-4)
    p = model.predict_proba(X[600:])
    assert -log_loss(y[600:], p) == pytest.approx(stop.best_score_)


# Progress


@pytest.mark.parametrize("every", [True, 3])
def test_the_loss_of_each_epoch_is_printed(wine, capsys, every):
    model = BackpropMLP(5, max_iter=7, random_state=0, verbose=every)
    model.fit(*wine, X_val=wine[0], y_val=wine[1])
    lines = capsys.readouterr().out.splitlines()
    epochs = list(range(int(every), 8, int(every)))
    assert lines == [
        f"Epoch {k}: loss {model.loss_curve_[k - 1]:.6f}, "
        f"validation {model.validation_curve_[k - 1]:.6f}"
        for k in epochs
    ]
    model.partial_fit(*wine)
    assert ("Epoch 8" in capsys.readouterr().out) == (every is True)
    BackpropMLP(5, max_iter=3).fit(*wine)
    assert capsys.readouterr().out == ""


# Several quantiles

QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95]


@pytest.fixture(scope="module")
def spread():
    """Rows whose quantiles are known: the spread grows to both sides."""
    rng = np.random.default_rng(0)
    X = rng.uniform(-2, 2, size=(2000, 1))
    deviation = 0.3 + 0.5 * np.abs(X)
    y = np.sin(2 * X[:, 0]) + deviation[:, 0] * rng.normal(size=2000)
    return X, y, np.sin(2 * X) + deviation * norm.ppf(QUANTILES)


def network_of(quantile, **parameters):
    parameters = {"random_state": 0} | parameters
    return BackpropMLP(loss="quantile", quantile=quantile, **parameters)


def test_several_quantiles_are_those_of_the_data_and_never_cross(spread):
    X, y, true = spread
    model = network_of(QUANTILES).fit(X, y)
    predicted = model.predict(X)
    assert predicted.shape == true.shape
    np.testing.assert_allclose(
        (y[:, None] <= predicted).mean(axis=0), QUANTILES, atol=0.02
    )
    error = np.abs(predicted - true).mean()
    alone = [network_of(q).fit(X, y).predict(X) for q in QUANTILES]
    assert error < np.abs(np.transpose(alone) - true).mean()
    far = np.linspace(-1e3, 1e3, 500)[:, None]
    assert (np.diff(model.predict(far), axis=1) >= 0).all()
    # It is the layer that sees to the order, not that predictions are sorted.
    outputs = model.layer_outputs(far)
    assert outputs[-2].shape == outputs[-1].shape == (500, 5)
    assert (np.diff(outputs[-1], axis=1) > -1e-3).all()
    expected = [
        d2_pinball_score(y, z, alpha=q)
        for q, z in zip(QUANTILES, predicted.T, strict=True)
    ]
    assert model.score(X, y) == pytest.approx(np.mean(expected))


def test_quantiles_without_a_column_are_those_of_the_target():
    y = np.random.default_rng(0).exponential(size=501)
    model = network_of([0.1, 0.5, 0.9], hidden_layer_sizes=(), learning_rate=0.02)
    model.set_params(max_iter=3000, batch_size=501, tol=0, n_iter_no_change=3000)
    predicted = model.fit(np.zeros((501, 1)), y).predict(np.zeros((1, 1)))
    np.testing.assert_allclose(predicted[0], np.quantile(y, [0.1, 0.5, 0.9]), atol=0.02)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("hidden", [(), (6,), (6, 4)])
@pytest.mark.parametrize("quantile", [[0.1, 0.9], [0.1, 0.5, 0.9], QUANTILES])
def test_quantiles_have_gradients(spread, quantile, hidden, dtype):
    X, y, _ = spread
    X, y = X[:50].astype(dtype), y[:50].astype(dtype)
    model = network_of(quantile, hidden_layer_sizes=hidden, activation="tanh")
    model.set_params(max_iter=3).fit(X, y)
    assert model.check_gradients(X, y, np.arange(50) % 3) < 1e-6
    assert model.predict(X).dtype == dtype
    layer, rng = IncreasingOutputs(), np.random.default_rng(0)
    z, slope = rng.normal(size=(1, 5)), rng.normal(size=(1, 5))
    _, memory = layer.forward(z)
    found = layer.backward(z, memory, slope, None, to_input=True)
    for k in range(5):
        step = 1e-6 * np.eye(1, 5, k)
        change = (layer.output(z + step) - layer.output(z - step)) / 2e-6
        assert found[0, k] == pytest.approx((slope * change).sum(), abs=1e-8)
    np.testing.assert_allclose(layer.inverse(layer.output(z)[0]), z[0])


def test_units_order_storage_and_weights_do_not_matter(spread):
    X, y, _ = spread
    model = network_of([0.9, 0.1], hidden_layer_sizes=(8,), max_iter=20)
    expected = model.fit(X, y).predict(X)
    np.testing.assert_array_equal(
        network_of((0.1, 0.9), hidden_layer_sizes=8, max_iter=20).fit(X, y).predict(X),
        expected,
    )
    np.testing.assert_array_equal(clone(model).fit(X, y[:, None]).predict(X), expected)
    scaled = clone(model).fit(1e3 * X, 1e6 * y + 1e6).predict(1e3 * X)
    np.testing.assert_allclose(scaled, 1e6 * expected + 1e6, rtol=1e-2)
    stored = clone(model).fit(sparse.csr_array(X), y).predict(X)
    np.testing.assert_allclose(stored, expected, atol=1e-3)
    times = np.arange(60) % 3
    one = clone(model).fit(X[:60], y[:60], times)
    other = clone(model).fit(np.repeat(X[:60], times, 0), np.repeat(y[:60], times))
    np.testing.assert_allclose(one.predict(X), other.predict(X), atol=1e-6)


def test_quantiles_go_on_exactly_and_in_chunks(spread):
    X, y, _ = spread
    options = {"hidden_layer_sizes": (8,), "schedule": "constant", "dropout": 0.1}
    whole = network_of(QUANTILES, max_iter=10, **options).fit(X, y)
    parts = network_of(QUANTILES, max_iter=5, warm_start=True, **options)
    for _ in range(2):
        parts = pickle.loads(pickle.dumps(parts.fit(X, y)))
    np.testing.assert_array_equal(parts.predict(X), whole.predict(X))
    chunks = da.from_array(X, chunks=(500, 1)), da.from_array(y, chunks=500)
    model = network_of(QUANTILES).fit(*chunks, X_val=X, y_val=y)
    shares = (y[:, None] <= model.predict(X)).mean(axis=0)
    np.testing.assert_allclose(shares, QUANTILES, atol=0.03)
    assert len(model.validation_curve_) == model.n_iter_
    streamed = network_of(QUANTILES, early_stopping=True)
    assert streamed.partial_fit(X, y, n_epochs=30).score(X, y) > 0.2
    exact = network_of(QUANTILES, solver="lbfgs", hidden_layer_sizes=(8,))
    assert exact.fit(X, y).score(X, y) > 0.2


def test_one_quantile_in_a_list_is_one_column(spread):
    X, y, _ = spread
    listed = network_of([0.3], hidden_layer_sizes=8, max_iter=9).fit(X, y)
    alone = network_of(0.3, hidden_layer_sizes=8, max_iter=9).fit(X, y)
    np.testing.assert_array_equal(listed.predict(X), alone.predict(X))
    z = listed.predict(X)
    assert listed.score(X, y) == pytest.approx(d2_pinball_score(y, z, alpha=0.3))
    linear = GDLinearModel("quantile", quantile=[0.3]).fit(X, y)
    assert linear.score(X, y) == pytest.approx(
        d2_pinball_score(y, linear.predict(X), alpha=0.3)
    )


@pytest.mark.parametrize(
    ("quantile", "told"),
    [
        ([0.1, 1.0], "must be strictly between 0 and 1"),
        ([0.5, 0.1, 0.5], "without duplicates"),
        ([], "must be strictly between 0 and 1"),
        (["low"], "must be a number or a list of numbers"),
    ],
)
def test_quantiles_that_are_none_are_told(spread, quantile, told):
    with pytest.raises(ValueError, match=rf"quantile.*{told}"):
        network_of(quantile).fit(*spread[:2])


def test_what_several_quantiles_cannot_have_is_told(spread):
    X, y, _ = spread
    with pytest.raises(ValueError, match="y has 2 columns: use a single quantile"):
        network_of(QUANTILES).fit(X, np.c_[y, y])
    model = network_of(QUANTILES, max_iter=3).fit(X, y)
    with pytest.raises(ValueError, match="Use coefs_ and intercepts_, or fit with"):
        model.unstandardized()
    plain = network_of([0.1, 0.9], standardize=False, activation="tanh", max_iter=3)
    coefs, intercepts = plain.fit(X, y).unstandardized()
    Z = np.tanh(X @ coefs[0] + intercepts[0]) @ coefs[1] + intercepts[1]
    low = Z[:, 1] - np.logaddexp(0, Z[:, 0])
    np.testing.assert_allclose(plain.predict(X), np.c_[low, Z[:, 1]], atol=1e-5)


# Several networks in one


@pytest.mark.parametrize("n_members", [1, 3])
@pytest.mark.parametrize("numeric_embedding", [None, "piecewise"])
def test_heads_of_several_networks(spread, wine, n_members, numeric_embedding):
    common = {"n_members": n_members, "numeric_embedding": numeric_embedding}
    common |= {"hidden_layer_sizes": 16, "max_iter": 150, "random_state": 0}
    common |= {"activation": "tanh", "early_stopping": False, "learning_rate": 5e-3}
    X, y, true = spread
    model = AnyMLP(loss="quantile", quantile=QUANTILES, **common).fit(X, y)
    predicted = model.predict(X)
    assert (np.diff(predicted, axis=1) >= 0).all()
    assert np.abs(predicted - true).mean() < 0.2
    assert model.check_gradients(X[:50], y[:50]) < 1e-6
    X, y = wine
    Y = np.c_[y == 0, y > 0].astype(int)
    model = AnyMLP(class_weight=[{1: 3.0}, "balanced"], label_smoothing=0.1, **common)
    assert (model.fit(X, Y).predict(X) == Y).mean() > 0.95
    assert model.check_gradients(X, Y) < 1e-6
    model = AnyMLP(calibrate=True, label_smoothing=0.1, **common)
    model.fit(X[::2], y[::2], X_val=X[1::2], y_val=y[1::2])
    assert model.temperature_ != 1
    p = model.predict_proba(X[1::2])
    np.testing.assert_allclose(p.sum(axis=1), 1)
    log_p = model.predict_log_proba(X[1::2]) * model.temperature_
    expected = expected_temperature(log_p, y[1::2])
    assert model.temperature_ == pytest.approx(expected, rel=1e-4)
    labels, model.temperature_ = model.predict(X), 1.0
    np.testing.assert_array_equal(model.predict(X), labels)
    one = AnyMLP(**common).fit(X, np.zeros(178))
    np.testing.assert_array_equal(one.predict_proba(X), np.ones((178, 1)))


def test_the_default_has_all_heads(spread, wine):
    X, y, true = spread
    model = AnyMLP(loss="quantile", quantile=QUANTILES, random_state=0).fit(X, y)
    assert np.abs(model.predict(X) - true).mean() < 0.15
    assert AnyMLP(label_smoothing=0.1, random_state=0).fit(*wine).score(*wine) > 0.98
    Y = np.c_[wine[1] == 0, wine[1] > 0].astype(int)
    model = AnyMLP(class_weight="balanced", random_state=0).fit(wine[0], Y)
    assert (model.predict(wine[0]) == Y).mean() > 0.98
    one = AnyMLP(random_state=0).fit(wine[0], np.full(178, "a"))
    assert (one.predict(wine[0]) == "a").all()


@pytest.mark.parametrize("model", [GDLinearModel(), BackpropMLP(loss="squared_error")])
def test_several_quantiles_need_their_loss(model, spread):
    X, y = spread[:2]
    with pytest.raises(ValueError, match="need loss='quantile' instead of 'squared_e"):
        model.set_params(quantile=[0.1, 0.9]).fit(X, y)
