"""Columns that do not vary: no part of training, and zeros in what is shown."""

import numpy as np
import pytest
from scipy import sparse

from skmath import BackpropMLP
from skmath.backprop_mlp.constant_columns import (
    with_constant_columns,
    without_constant_columns,
)
from skmath.calculus import ACTIVATIONS, Network

pytestmark = pytest.mark.filterwarnings("ignore:The loss was still falling")

CONSTANT = [0, 2, 5]


@pytest.fixture
def data():
    """150 rows of six columns, three of which have one value, and two classes."""
    X = np.random.default_rng(0).normal(size=(150, 6))
    y = (X[:, 1] * X[:, 3] > 0).astype(int)
    X[:, CONSTANT] = [3.0, 0.0, -7.0]
    return X, y


@pytest.mark.parametrize("n_members", [None, 2])
def test_network_returns_with_zeros(n_members):
    many = n_members or 1
    theta = np.arange(1.0, 1 + many * (6 * 2 + 2))
    network = Network([6, 2], [ACTIVATIONS["identity"]], theta, n_members)
    constant = np.array(CONSTANT)
    narrow = without_constant_columns(network, constant)
    assert narrow.sizes == [3, 2]
    again = with_constant_columns(narrow, constant)
    expected = network.dense[0].W.copy()
    expected[..., CONSTANT, :] = 0
    np.testing.assert_array_equal(again.dense[0].W, expected)
    np.testing.assert_array_equal(again.dense[0].b, network.dense[0].b)
    assert without_constant_columns(network, constant[:0]) is network


@pytest.mark.parametrize("preset", ["accurate", "fast"])
@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array])
def test_weights_and_gradients_are_zero(data, form, preset):
    X, y = form(data[0]), data[1]
    model = BackpropMLP(preset=preset, max_iter=5, random_state=0).fit(X, y)
    of_coefs, _ = model.gradients(X, y)
    for W in (model.coefs_[0], of_coefs[0]):
        assert W.shape[-2] >= X.shape[1]
        assert (W[..., CONSTANT, :] == 0).all()
        assert (W[..., [1, 3, 4], :] != 0).any()
    assert model.check_gradients(X, y) < 1e-6


def test_other_values_later_change_nothing(data):
    X, y = data
    model = BackpropMLP(max_iter=5, random_state=0).fit(X, y)
    other = X.copy()
    other[:, CONSTANT] = [1e3, -2.0, 0.0]
    np.testing.assert_allclose(
        model.decision_function(other), model.decision_function(X), rtol=1e-12
    )
    again = BackpropMLP(max_iter=5, random_state=0).fit(X, y).partial_fit(other, y)
    model.partial_fit(X, y)
    np.testing.assert_array_equal(again.coefs_[0], model.coefs_[0])


@pytest.mark.parametrize("n_members", [1, 2])
def test_resumed_is_as_in_one_go(data, n_members):
    options = {"n_members": n_members, "schedule": "constant", "random_state": 0}
    once = BackpropMLP(max_iter=6, **options).fit(*data)
    twice = BackpropMLP(max_iter=3, warm_start=True, **options).fit(*data).fit(*data)
    for W, again in zip(once.coefs_, twice.coefs_, strict=True):
        np.testing.assert_array_equal(W, again)


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array])
def test_constants_alone_give_the_share_of_the_classes(form):
    X, y = form(np.ones((60, 2))), np.arange(60) % 3 == 0
    model = BackpropMLP(alpha=0, random_state=0).fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X)[:, 1], 1 / 3, atol=0.05)
