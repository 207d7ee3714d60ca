"""Embeddings: the product with indicators of the codes, and its derivatives."""

import numpy as np
import pytest

from skmath.calculus import Embedded, Embeddings, Network


@pytest.fixture
def layer():
    kind = Embedded((5, 4), 3)
    return kind.on(np.random.default_rng(0).normal(size=kind.n_weights))


@pytest.fixture
def X():
    rng = np.random.default_rng(1)
    codes = np.column_stack([rng.integers(0, 5, 30), rng.integers(0, 4, 30)])
    return np.hstack([rng.normal(size=(30, 2)), codes])


def indicators(X):
    """Return the numbers of X and a column for each code: what one-hot would make."""
    first, second = np.eye(5)[X[:, 2].astype(int)], np.eye(4)[X[:, 3].astype(int)]
    return X[:, :2], first, second


def test_it_is_the_product_with_indicators(layer, X):
    numbers, first, second = indicators(X)
    E_1, E_2 = layer.of_columns()
    expected = np.hstack([numbers, first @ E_1, second @ E_2])
    np.testing.assert_allclose(layer.output(X), expected)
    np.testing.assert_allclose(layer.forward(X)[0], expected)


def test_its_derivative_is_the_transposed_product(layer, X):
    _, first, second = indicators(X)
    D = np.random.default_rng(2).normal(size=(30, 8))
    gradient = layer._replace(E=np.full_like(layer.E, np.nan))
    _, places = layer.forward(X)
    assert layer.backward(X, places, D, gradient, False) is None
    expected = np.vstack([first.T @ D[:, 2:5], second.T @ D[:, 5:]])
    np.testing.assert_allclose(gradient.E, expected, atol=1e-14)
    dE_dX = layer.backward(X, places, D, gradient, True)
    np.testing.assert_array_equal(dE_dX, np.hstack([D[:, :2], np.zeros((30, 2))]))


def test_the_flat_array_is_what_is_read():
    kind = Embedded((3, 3), 2)
    theta = np.zeros(kind.n_weights + 5)
    network = Network([4, 1], [None], theta, before=(kind,))
    theta[:12] = np.arange(12)
    assert network.layers[0].E.tolist() == np.arange(12).reshape(6, 2).tolist()
    assert network.dense[0].W.shape == (4, 1)
    assert isinstance(network.gradient().layers[0], Embeddings)


def test_nothing_is_known_of_values_that_were_not_seen():
    kind = Embedded((12, 200), 8)
    E_1, E_2 = kind.on(kind.initial(np.random.default_rng(0))).of_columns()
    assert not E_1[-2:].any()
    assert not E_2[-2:].any()
    lengths = np.linalg.norm(np.vstack([E_1[:-2], E_2[:-2]]), axis=1)
    assert np.mean(lengths**2) == pytest.approx(1, abs=0.1)


def test_columns_of_the_output_follow_those_of_the_input():
    kind = Embedded((3, 3), 2)
    mean, deviation = kind.moments(np.array([5.0, 1.0, 1.0]), np.ones(3))
    assert mean.tolist() == [5, 0, 0, 0, 0]
    np.testing.assert_allclose(deviation, [1, *[0.5**0.5] * 4])
    assert kind.concatenated(np.array([True, False, False]), False).tolist() == [
        *[True, False, False, False, False]
    ]
