"""Derivatives against finite differences, proximal maps against their optimality."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from skmath.calculus import (
    ACTIVATIONS,
    L1,
    LOSSES,
    SGD,
    Adam,
    ElasticNet,
    Metric,
    Network,
    backward,
    descend,
    forward,
    initial_weights,
    resolve_loss,
)

STEP = 1e-6


def targets_and_outputs(name, n_outputs, seed=0):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(40, n_outputs)) * 2
    if name != "log_loss":
        return rng.normal(size=z.shape), z
    if n_outputs == 1:
        return (rng.random(z.shape) < 0.5).astype(float), z
    return np.eye(n_outputs)[rng.integers(0, n_outputs, 40)], z


@pytest.mark.parametrize("name", sorted(LOSSES))
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_gradients_and_curvatures_are_derivatives(name, n_outputs):
    loss = resolve_loss(name)
    y, z = targets_and_outputs(name, n_outputs)
    for k in range(n_outputs):
        step = np.zeros(n_outputs)
        step[k] = STEP
        slope = (loss.value(y, z + step) - loss.value(y, z - step)) / (2 * STEP)
        np.testing.assert_allclose(loss.gradient(y, z)[:, k], slope, atol=1e-8)
        bend = loss.gradient(y, z + step)[:, k] - loss.gradient(y, z - step)[:, k]
        np.testing.assert_allclose(
            loss.curvature(y, z)[:, k], bend / (2 * STEP), atol=1e-8
        )
    assert (loss.curvature(y, z) <= loss.curvature_bound).all()


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_losses_are_finite_far_out(name):
    loss = resolve_loss(name)
    y, z = targets_and_outputs(name, 3)
    for far in (1e3, -1e3):
        assert np.isfinite(loss.value(y, z * far)).all()
        assert np.isfinite(loss.gradient(y, z * far)).all()
        assert np.isfinite(loss.inverse_link(z * far)).all()


@pytest.mark.parametrize("n_outputs", [1, 3])
def test_the_links_of_log_loss_undo_each_other(n_outputs):
    loss = resolve_loss("log_loss")
    mean = np.array([0.2]) if n_outputs == 1 else np.array([0.2, 0.5, 0.3])
    np.testing.assert_allclose(loss.inverse_link(loss.link(mean)[None])[0], mean)


def test_an_unknown_loss_is_named():
    with pytest.raises(ValueError, match="loss='cubic' is none of"):
        resolve_loss("cubic")


@pytest.mark.parametrize("v", [-3.0, -0.2, 0.0, 0.7, 5.0])
@pytest.mark.parametrize("step", [0.1, 2.0])
def test_prox_is_the_minimum_it_claims(v, step):
    penalty = ElasticNet(alpha=0.8, l1_ratio=0.6)
    found = float(penalty.prox(np.array([v]), step)[0])

    def objective(w):
        return (w - v) ** 2 / (2 * step) + penalty.kink(np.array([w]))

    best = minimize_scalar(objective, bounds=(-6, 6), method="bounded").x
    assert found == pytest.approx(best, abs=1e-4)
    assert objective(found) <= objective(best) + 1e-12


def test_a_penalty_is_its_smooth_part_and_its_kink():
    penalty, w = ElasticNet(alpha=2.0, l1_ratio=0.25), np.array([1.0, -2.0])
    assert penalty.value(w) == pytest.approx(2 * (0.25 * 3 + 0.75 * 5 / 2))
    step = np.array([STEP, 0.0])
    slope = (penalty.value(w + step) - penalty.value(w - step)) / (2 * STEP)
    assert penalty.gradient(w)[0] + penalty.kink_strength == pytest.approx(slope)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_activations_and_their_derivatives(name):
    F, z = ACTIVATIONS[name], np.linspace(-3, 3, 24)
    slope = (F.value(z + STEP) - F.value(z - STEP)) / (2 * STEP)
    np.testing.assert_allclose(F.derivative(z), slope, atol=1e-8)


@pytest.mark.parametrize("hidden", [[], [5], [5, 4], [5, 4, 3]])
@pytest.mark.parametrize("activation", ["tanh", "logistic", "relu", "identity"])
@pytest.mark.parametrize("name", sorted(LOSSES))
def test_backpropagation_gives_the_gradient(hidden, activation, name):
    rng, loss = np.random.RandomState(0), resolve_loss(name)
    y, _ = targets_and_outputs(name, 3)
    X, sizes = rng.normal(size=(40, 4)), [4, *hidden, 3]
    F = [ACTIVATIONS[activation]] * len(hidden) + [ACTIVATIONS["identity"]]
    theta = initial_weights(sizes, rng, np.float64)
    # b away from 0: a dead relu layer would put the next one's input on its kink.
    network = Network(sizes, F, theta + 0.1 * rng.normal(size=theta.size))
    gradient = network.gradient()
    Z, outputs = forward(X, network.layers)
    backward(Z, outputs, network.layers, loss.gradient(y, outputs[-1]), gradient.layers)

    def error(theta):
        return loss.value(y, forward(X, Network(sizes, F, theta).layers)[1][-1]).sum()

    numeric = np.empty_like(network.theta)
    for i in range(numeric.size):
        step = np.zeros_like(network.theta)
        step[i] = STEP
        up, down = error(network.theta + step), error(network.theta - step)
        numeric[i] = (up - down) / (2 * STEP)
    np.testing.assert_allclose(gradient.theta, numeric, atol=1e-6, rtol=1e-6)


def quadratic(H, b):
    def objective(theta):
        w = theta[:-1, 0]
        gradient = np.append(H @ w - b, 0.0)[:, None]
        return 0.5 * w @ H @ w - b @ w, gradient

    return objective


def flat(n):
    return Metric(np.ones((n, 1)), np.zeros((n, 1)), np.ones((1, 1)))


@pytest.mark.parametrize("rate", ["auto", 0.05])
def test_descent_reaches_the_bottom_of_a_quadratic(rate):
    H, b = np.diag([1.0, 10.0, 30.0]), np.array([1.0, 2.0, 3.0])
    penalty, metric = L1(0.0), flat(3)
    path = descend(
        quadratic(H, b),
        penalty,
        np.zeros((4, 1)),
        metric=lambda theta: metric,
        reference=metric,
        learning_rate=rate,
    )
    for steps, here in enumerate(path):
        if here.optimality < 1e-10:
            break
        assert steps < 2000
    np.testing.assert_allclose(here.theta[:3, 0], b / np.diag(H), atol=1e-9)


def test_proximal_descent_satisfies_the_lassos_optimality():
    rng = np.random.default_rng(0)
    A = rng.normal(size=(30, 5))
    H, b, penalty, metric = A.T @ A / 30, rng.normal(size=5), L1(0.5), flat(5)
    path = descend(
        quadratic(H, b),
        penalty,
        np.zeros((6, 1)),
        metric=lambda theta: metric,
        reference=metric,
    )
    for here in path:
        if here.optimality < 1e-12:
            break
    w = here.theta[:5, 0]
    slope = H @ w - b
    assert (w == 0).any()
    assert (w != 0).any()
    np.testing.assert_allclose(slope[w != 0], -0.5 * np.sign(w[w != 0]), atol=1e-9)
    assert (np.abs(slope[w == 0]) <= 0.5 + 1e-9).all()


@pytest.mark.parametrize("rule", [SGD(0.1), SGD(0.1, momentum=0.0), Adam(0.1)])
def test_step_rules_reach_the_bottom(rule):
    w = np.array([3.0, -2.0])
    for _ in range(2000):
        w = w + rule.step(w * [1.0, 5.0])
    np.testing.assert_allclose(w, 0, atol=1e-3)


def test_adam_is_the_paper_in_its_first_steps():
    rule, g1, g2 = Adam(0.1, 0.9, 0.99, 1e-8), 2.0, -1.0
    assert rule.step(np.array([g1]))[0] == pytest.approx(-0.1)
    m, v = (0.9 * 0.1 * g1 + 0.1 * g2) / (1 - 0.81), 0.99 * 0.01 * g1**2 + 0.01 * g2**2
    v /= 1 - 0.99**2
    assert rule.step(np.array([g2]))[0] == pytest.approx(-0.1 * m / np.sqrt(v))
