"""The first layer's scales: their derivatives, and what becomes of them."""

import warnings
from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.datasets import load_breast_cancer
from sklearn.exceptions import ConvergenceWarning

from skmath import BackpropMLP
from skmath.calculus import (
    ACTIVATIONS,
    Adam,
    Network,
    ScaledLayer,
    SquaredError,
    backward,
    forward,
    last_output,
)
from skmath.calculus.scaled_layer import KAPPA

TANH = ACTIVATIONS["tanh"]


def network(n_members, dtype=float, sizes=(3, 4, 2)):
    rng = np.random.default_rng(0)
    many = n_members or 1
    n = many * (sizes[0] + sum((a + 1) * b for a, b in pairwise(sizes)))
    theta = rng.normal(size=n).astype(dtype)
    F = [TANH] * (len(sizes) - 1)
    return Network(list(sizes), F, theta, n_members, scaled=True)


def data(n_members, dtype=float, n=6):
    rng = np.random.default_rng(1)
    X, G = rng.normal(size=(n, 3)), rng.normal(size=(n, 2))
    return X.astype(dtype), np.tile(G.astype(dtype), (n_members or 1, 1))


def error(layers, X, G):
    Z = last_output(X, layers)
    return SquaredError().value(G, Z.reshape(G.shape)).sum()


@pytest.mark.parametrize("n_members", [None, 3])
def test_derivatives_are_finite_differences(n_members):
    net, (X, G) = network(n_members), data(n_members)
    outputs, slopes = forward(X, net.layers)
    _, slope = SquaredError().value_and_gradient(G, outputs[-1].reshape(G.shape))
    gradient = net.gradient()
    backward(
        outputs, slopes, net.layers, slope.reshape(outputs[-1].shape), gradient.layers
    )
    theta, expected = net.theta, np.empty_like(net.theta)
    for k, here in enumerate(theta.copy()):
        theta[k] = here + 1e-6
        above = error(net.layers, X, G)
        theta[k] = here - 1e-6
        expected[k] = (above - error(net.layers, X, G)) / 2e-6
        theta[k] = here
    assert_allclose(gradient.theta, expected, rtol=1e-6, atol=1e-7)


def test_derivative_of_the_input():
    layer, X = network(None).layers[0], data(None)[0]
    X_1, slope = layer.forward(X)
    gradient = network(None).gradient().layers[0]
    found = layer.backward(X, slope, np.ones_like(X_1), gradient, to_input=True)
    step = np.array([1e-6, 0, 0])
    above, below = layer.output(X + step), layer.output(X - step)
    assert_allclose(found[:, 0], (above - below).sum(axis=1) / 2e-6, rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_members", [None, 3])
def test_the_unscaled_network_has_the_same_outputs(n_members, dtype):
    net, (X, _) = network(n_members, dtype), data(n_members, dtype)
    plain = net.unscaled()
    assert plain.theta.dtype == dtype
    assert not plain.scaled
    assert plain.unscaled() is plain
    assert len(plain.theta) == len(net.theta) - 3 * (n_members or 1)
    assert_array_equal(last_output(X, plain.layers), last_output(X, net.layers))
    # A row of W for each input, times six times its u.
    W, _, _, u = net.layers[0]
    assert_allclose(plain.dense[0].W[..., 1, :], 6 * u[..., 1, None] * W[..., 1, :])


def test_sparse_rows_are_as_dense_ones():
    X, net = data(3)[0], network(3)
    X[X < 0] = 0
    expected = last_output(X, net.layers)
    assert_allclose(last_output(sparse.csr_array(X), net.layers), expected, rtol=1e-12)


def test_a_scale_moves_six_times_as_far_as_a_weight():
    u = np.full(3, 1 / KAPPA)
    layer = ScaledLayer(np.ones((3, 1)), np.zeros(1), TANH, u)
    assert_allclose(layer.unscaled().W, layer.W, rtol=1e-15)
    step = Adam(0.01).step(np.array([5.0, -0.2, 3.0]))
    moved = layer._replace(u=u + step)
    assert_allclose(np.abs(moved.unscaled().W - layer.W), 0.06, rtol=1e-6)


def test_columns_that_say_nothing_count_less():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1500, 20))
    y = np.sin(2 * X[:, 0]) * X[:, 1]
    parts = {"loss": "squared_error", "random_state": 0, "numeric_embedding": None}
    new, scores, shares = rng.normal(size=(1000, 20)), {}, {}
    for scales in (False, True):
        model = BackpropMLP(input_scales=scales, **parts).fit(X, y)
        scores[scales] = model.score(new, np.sin(2 * new[:, 0]) * new[:, 1])
        squares = (model.coefs_[0] ** 2).sum(axis=(0, 2))
        shares[scales] = squares[2:].sum() / squares.sum()
    assert shares[True] < 0.5 * shares[False]
    assert 1 - scores[True] < 0.7 * (1 - scores[False])


def test_what_learns_scales_at_auto():
    X, y = load_breast_cancer(return_X_y=True)
    learns = {"input_scales": True}
    for params, scaled in [
        ({}, True),
        ({"solver": "muon"}, True),
        ({"preset": "fast"}, False),
        ({"preset": "fast"} | learns, True),
        ({"solver": "sgd"}, False),
        ({"solver": "lbfgs"}, False),
        ({"solver": "lbfgs"} | learns, True),
        ({"hidden_layer_sizes": ()}, False),
        ({"hidden_layer_sizes": ()} | learns, True),
    ]:
        model = BackpropMLP(max_iter=2, **params)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(X, y)
        assert model._training_.network.scaled is scaled, params
        assert model.check_gradients(X, y, n_weights=50) < 1e-6
        assert len(model.coefs_) == len(model.intercepts_)
