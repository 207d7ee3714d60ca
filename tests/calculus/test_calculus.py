"""Derivatives against finite differences, proximal maps against their optimality."""

import itertools
import math

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from sklearn.metrics import (
    mean_gamma_deviance,
    mean_poisson_deviance,
    mean_tweedie_deviance,
)

from skmath.calculus import (
    ACTIVATIONS,
    L1,
    LOSSES,
    RULES,
    SCHEDULES,
    STEP_RULES,
    Adam,
    ElasticNet,
    LogLoss,
    Loss,
    Metric,
    Network,
    backward,
    best_constant,
    check_gradient,
    descend,
    duality_gap,
    forward,
    initial_weights,
    lasso_from,
    quadratic_lasso,
    resolve_loss,
)
from skmath.calculus.proximal_newton import Factor

STEP = 1e-6


def targets_and_outputs(loss, n_outputs, seed=0):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(40, n_outputs)) * 2
    if isinstance(loss, LogLoss) and n_outputs > 1:
        return np.eye(n_outputs)[rng.integers(0, n_outputs, 40)], z
    if loss.task == "classification":
        return (rng.random(z.shape) < 0.5).astype(float), z
    if loss.is_proportion:
        return rng.random(z.shape), z
    y = rng.normal(size=z.shape)
    return (np.exp(y) if loss.outside(y).any() else y), z


def smooth(name):
    """Return the loss of that name, its kinks smoothed."""
    loss = resolve_loss(name)
    return loss.smoothed(0.3) if loss.has_kink else loss


def jumps(loss, y, z, step):
    """Tell in which rows a loss's second derivative jumps within a step."""
    either = loss.curvature(y, z + step) != loss.curvature(y, z - step)
    return either.any(axis=1) & (not loss.smooth_curvature)


@pytest.mark.parametrize("name", sorted(LOSSES))
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_gradients_and_curvatures_are_derivatives(name, n_outputs):
    loss = smooth(name)
    y, z = targets_and_outputs(loss, n_outputs)
    for k in range(n_outputs):
        step = np.zeros(n_outputs)
        step[k] = STEP
        inside = ~jumps(loss, y, z, step)
        assert inside.sum() > 30
        slope = (loss.value(y, z + step) - loss.value(y, z - step)) / (2 * STEP)
        gradient = loss.gradient(y, z)[:, k]
        np.testing.assert_allclose(gradient[inside], slope[inside], 1e-7, 1e-7)
        # Of a loss that is not convex it is an expectation, that where y is the mean.
        mean = y if loss.is_convex else loss.inverse_link(z)
        bend = loss.gradient(mean, z + step) - loss.gradient(mean, z - step)
        bend = bend[inside, k] / (2 * STEP)
        curvature = loss.curvature(mean, z)[inside, k]
        np.testing.assert_allclose(curvature, bend, 1e-7, 1e-7 * (1 + bend.max()))
    assert (loss.curvature(y, z) <= loss.curvature_bound).all()
    value, gradient = loss.value_and_gradient(y, z)
    np.testing.assert_allclose(value, loss.value(y, z))
    np.testing.assert_allclose(gradient, loss.gradient(y, z), atol=1e-15)


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_losses_are_convex_or_say_that_they_are_not(name):
    loss = resolve_loss(name)
    y, z = targets_and_outputs(loss, 3)
    other = np.random.default_rng(1).normal(size=z.shape) * 2
    middle = loss.value(y, 0.5 * (z + other))
    below = middle <= 0.5 * (loss.value(y, z) + loss.value(y, other)) + 1e-12
    assert below.all() == loss.is_convex


@pytest.mark.parametrize("name", [n for n in LOSSES if resolve_loss(n).has_kink])
@pytest.mark.parametrize("width", [1e-6, 0.1, 10.0])
def test_a_smoothed_loss_is_below_the_true_one_and_its_slope_a_near_slope(name, width):
    loss = resolve_loss(name)
    near = loss.smoothed(width)
    y, z = targets_and_outputs(loss, 1)
    true, below = loss.value(y, z), near.value(y, z)
    assert (below <= true + 1e-12).all()
    assert (true - below <= width + 1e-12).all()  # slopes of at most 1, twice
    # An epsilon-subgradient: the line of this slope is below the true loss, up to the
    # slack, everywhere.
    slack, slope = near.slack(y, z), near.gradient(y, z)[:, 0]
    assert (slack >= 0).all()
    for other in np.linspace(-8, 8, 33):
        line = true - slack + slope * (other - z[:, 0])
        assert (line <= loss.value(y, np.full_like(z, other)) + 1e-12).all()


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_losses_are_finite_far_out(name):
    loss = resolve_loss(name)
    y, z = targets_and_outputs(loss, 3)
    # e^z of a logarithmic link is infinite beyond 700: a descent's search sees it.
    is_log = np.isclose(loss.link(np.full(2, 0.5))[0], np.log(0.5))
    for far in (20, -20) if is_log else (1e3, -1e3):
        assert np.isfinite(loss.value(y, z * far)).all()
        assert np.isfinite(loss.gradient(y, z * far)).all()
        if loss.is_probability:
            assert np.isfinite(loss.inverse_link(z * far)).all()


@pytest.mark.parametrize("name", ["poisson", "gamma", "tweedie"])
def test_deviances_are_scikit_learns(name):
    deviance = {
        "poisson": mean_poisson_deviance,
        "gamma": mean_gamma_deviance,
        "tweedie": lambda y, m: mean_tweedie_deviance(y, m, power=1.5),
    }[name]
    loss = resolve_loss(name)
    y, z = targets_and_outputs(loss, 1)
    # Up to a constant of y, which the difference of two outputs is free of.
    ours = np.mean(loss.value(y, z) - loss.value(y, 0 * z))
    theirs = deviance(y, np.exp(z)) - deviance(y, np.exp(0 * z))
    assert ours == pytest.approx(0.5 * theirs)


def test_the_gradient_of_a_loss_of_ones_own_is_checked():
    class Wrong(Loss):
        def value(self, y, z):
            return (z - y)[:, 0] ** 2

        def gradient(self, y, z):
            return z - y  # forgets the 2

        def curvature(self, y, z):
            return np.ones_like(z)

    with pytest.raises(ValueError, match="but the finite difference of value"):
        check_gradient(Wrong())
    for name in LOSSES:
        loss = smooth(name)
        y, z = targets_and_outputs(loss, 1)
        far = ~jumps(loss, y, z, 1e-4)
        check_gradient(loss, y[far], z[far])


@pytest.mark.parametrize("n_outputs", [1, 3])
def test_the_links_of_log_loss_undo_each_other(n_outputs):
    loss = resolve_loss("log_loss")
    mean = np.array([0.2]) if n_outputs == 1 else np.array([0.2, 0.5, 0.3])
    np.testing.assert_allclose(loss.inverse_link(loss.link(mean)[None])[0], mean)


@pytest.mark.parametrize(
    "name",
    # Of the others the best constant is no function of the mean alone.
    [n for n in LOSSES if resolve_loss(n).smooth_curvature] + ["modified_huber"],
)
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_the_best_constant_has_no_slope(name, n_outputs):
    loss = resolve_loss(name)
    y, _ = targets_and_outputs(loss, n_outputs)
    z = best_constant(loss, y.mean(axis=0))
    slope = loss.gradient(y, np.broadcast_to(z, y.shape)).mean(axis=0)
    np.testing.assert_allclose(slope, 0, atol=1e-12)


@pytest.mark.parametrize("name", sorted(LOSSES))
@pytest.mark.parametrize("mean", [[0.0], [1.0], [0.0, 0.3, 0.7]])
def test_the_best_constant_of_what_never_happened_is_finite(name, mean):
    loss, mean = resolve_loss(name), np.array(mean)
    inside = best_constant(loss, np.clip(mean, 0.01, 0.99))
    found = best_constant(loss, mean, least=0.01)
    assert np.isfinite(found).all()
    if loss.task == "classification":
        np.testing.assert_allclose(found, inside)


def test_an_unknown_loss_is_named():
    with pytest.raises(ValueError, match="loss='cubic' is not one of"):
        resolve_loss("cubic")


@pytest.mark.parametrize("v", [-3.0, -0.2, 0.0, 0.7, 5.0])
@pytest.mark.parametrize("step", [0.1, 2.0])
@pytest.mark.parametrize("positive", [False, True])
@pytest.mark.parametrize("weight", [0.0, 1.0, 3.0])
def test_prox_is_the_minimum_it_claims(v, step, positive, weight):
    penalty = ElasticNet(0.8, 0.6, weight, positive)
    found = float(penalty.prox(np.array([v]), step)[0])

    def objective(w):
        return (w - v) ** 2 / (2 * step) + penalty.kink_strength * abs(w)

    lowest = 0 if positive else -8
    best = minimize_scalar(objective, bounds=(lowest, 8), method="bounded").x
    assert found == pytest.approx(best, abs=1e-4)
    assert objective(found) <= objective(best) + 1e-12


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("alike", [0.0, 0.9, 1 - 1e-9])
def test_the_lasso_of_a_quadratic_satisfies_its_condition(seed, alike):
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(30, 8)) * (1 - alike) + alike * rng.normal(size=(30, 1))
    A /= np.linalg.norm(A, axis=0)
    H, v = A.T @ A + 1e-12 * np.eye(8), rng.normal(size=8)
    strength, wall = rng.random(8) * (rng.random(8) < 0.8), rng.random(8) < 0.3
    x = quadratic_lasso(H, v, strength, wall)
    slope = H @ (x - v)
    assert (x[wall] >= 0).all()
    atol = 1e-11
    moves = x != 0
    np.testing.assert_allclose(slope[moves], -(strength * np.sign(x))[moves], atol=atol)
    still = np.where(wall, -slope, np.abs(slope))[~moves]
    assert (still <= strength[~moves] + atol).all()


@pytest.mark.parametrize("alike", [0.0, 0.9, 0.99])
@pytest.mark.parametrize("n_rows", [60, 400])
def test_a_large_lasso_of_a_quadratic_is_the_same_from_anywhere(alike, n_rows):
    rng = np.random.default_rng(0)
    A = rng.normal(size=(n_rows, 200))
    for j in range(1, 200):
        A[:, j] = alike * A[:, j - 1] + (1 - alike**2) ** 0.5 * A[:, j]
    A /= np.linalg.norm(A, axis=0)
    H, b = A.T @ A + 1e-9 * np.eye(200), A.T @ rng.normal(size=n_rows)
    strength, wall = rng.random(200) * 0.1, rng.random(200) < 0.2
    factor = Factor()
    for start in (np.zeros(200), rng.normal(size=200), np.linalg.solve(H, b)):
        x = lasso_from(start, H, b, strength, wall, factor=factor)
        slope = H @ x - b
        assert (x[wall] >= 0).all()
        np.testing.assert_allclose(x, np.where(wall, np.abs(x), x))
        moves = x != 0
        off = (slope + strength * np.sign(x))[moves]
        np.testing.assert_allclose(off, 0, atol=1e-8)
        still = np.where(wall, -slope, np.abs(slope)) - strength
        assert (still[~moves] <= 1e-8).all()
    rough = lasso_from(np.zeros(200), H, b, strength, wall, tol=1e-2)
    shift = rough - (H @ rough - b)
    nearest = np.sign(shift) * np.maximum(np.abs(shift) - strength, 0)
    nearest = np.where(wall, np.maximum(nearest, 0), nearest)
    np.testing.assert_allclose(rough, nearest, atol=1e-2)


def test_a_bordered_factor_solves_as_a_new_one():
    rng = np.random.default_rng(0)
    A = rng.normal(size=(150, 100))
    H, factor, support = A.T @ A / 150, Factor(), np.arange(0, 100, 2)
    for _ in range(40):
        b = rng.normal(size=support.size)
        expected = np.linalg.solve(H[np.ix_(support, support)], b)
        np.testing.assert_allclose(factor.solve(H, support, b), expected, atol=1e-10)
        changed = rng.choice(100, 3, replace=False)
        support = np.setxor1d(support, changed)


def test_the_duality_gap_is_above_the_distance_to_the_optimum():
    rng = np.random.default_rng(0)
    A, y = rng.normal(size=(50, 4)), rng.normal(size=(50, 1))

    def cost(w, penalty):
        return 0.5 * np.mean((A @ w - y) ** 2) + penalty.value(w)

    for penalty in (L1(0.1), ElasticNet(0.1, 0.5), ElasticNet(0.1, 0.0)):
        H, b = A.T @ A / 50, A.T @ y / 50
        w, gaps = np.zeros((4, 1)), []
        for _ in range(500):
            w = penalty.prox(w - 0.3 * (H @ w - b + penalty.gradient(w)), 0.3)
            value = 0.5 * np.mean((A @ w - y) ** 2)
            gap = duality_gap(penalty, w, H @ w - b, value, squared_error=True)
            gaps.append((gap, cost(w, penalty)))
        optimum = gaps[-1][1]
        assert all(gap >= value - optimum - 1e-12 for gap, value in gaps)
        assert gaps[-1][0] < 1e-9
    assert duality_gap(L1(0.1), w, H @ w - b, value) == math.inf


def test_the_gap_of_a_loss_that_is_never_negative():
    rng = np.random.default_rng(0)
    A, y = rng.normal(size=(80, 5)), (rng.random((80, 1)) < 0.5).astype(float)
    loss, step = resolve_loss("log_loss"), 4 / (np.linalg.norm(A, 2) ** 2 / 80)
    for penalty in (L1(0.05), ElasticNet(0.05, 1.0, positive=True)):
        w, found = np.zeros((5, 1)), []
        for _ in range(2000):
            g = A.T @ loss.gradient(y, A @ w) / 80
            value = float(loss.value(y, A @ w).mean())
            gap = duality_gap(penalty, w, g, value, least=0.0)
            found.append((gap, value + penalty.value(w)))
            w = penalty.prox(w - step * g, step)
        optimum = found[-1][1]
        assert all(gap >= value - optimum - 1e-12 for gap, value in found)
        assert found[-1][0] < 1e-9


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
    np.testing.assert_allclose(F.derivative(z, F.value(z)), slope, atol=1e-8)


@pytest.mark.parametrize("hidden", [[], [5], [5, 4], [5, 4, 3]])
@pytest.mark.parametrize("activation", ["tanh", "logistic", "relu", "identity"])
@pytest.mark.parametrize("name", ["squared_error", "log_loss", "poisson", "hinge"])
def test_backpropagation_gives_the_gradient(hidden, activation, name):
    rng, loss = np.random.RandomState(0), resolve_loss(name)
    y, _ = targets_and_outputs(loss, 3)
    X, sizes = rng.normal(size=(40, 4)), [4, *hidden, 3]
    F = [ACTIVATIONS[activation]] * len(hidden) + [ACTIVATIONS["identity"]]
    theta = initial_weights(sizes, rng, np.float64)
    # b away from 0: a dead relu layer would put the next one's input on its kink.
    network = Network(sizes, F, theta + 0.1 * rng.normal(size=theta.size))
    gradient = network.gradient()
    outputs, slopes = forward(X, network.layers)
    backward(
        outputs, slopes, network.layers, loss.gradient(y, outputs[-1]), gradient.layers
    )

    def error(theta):
        return loss.value(y, forward(X, Network(sizes, F, theta).layers)[0][-1]).sum()

    numeric = np.empty_like(network.theta)
    for i in range(numeric.size):
        step = np.zeros_like(network.theta)
        step[i] = STEP
        up, down = error(network.theta + step), error(network.theta - step)
        numeric[i] = (up - down) / (2 * STEP)
    np.testing.assert_allclose(gradient.theta, numeric, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("n_columns", [1, 2, 3])
def test_first_units_bend_at_different_places_all_over_the_data(n_columns):
    rng = np.random.default_rng(0)
    mean, scale = 1e3 * np.arange(n_columns), 0.01 ** np.arange(n_columns)
    sizes, F = [n_columns, 200, 5, 1], [ACTIVATIONS["relu"]] * 3
    theta = initial_weights(sizes, rng, np.float64, mean, scale)
    first, *others = Network(sizes, F, theta).layers
    lengths = np.linalg.norm(scale[:, None] * first.W, axis=0)
    # Where x'w + b = 0, in standard deviations from the mean.
    distances = (mean @ first.W + first.b) / lengths
    assert len(np.unique(distances)) == 200
    assert np.abs(distances).max() < 3**0.5
    assert np.histogram(distances, 10, (-(3**0.5), 3**0.5))[0].min() > 5
    assert not any(layer.b.any() for layer in others)


def quadratic(H, b):
    def objective(theta):
        w = theta[:-1, 0]
        gradient = np.append(H @ w - b, 0.0)[:, None]
        return 0.5 * w @ H @ w - b @ w, gradient

    return objective


def first_below(path, optimality, steps=5000):
    """Return the first point of a path that is so level."""
    for point, left in itertools.islice(path, steps):
        if left < optimality:
            return point
    raise AssertionError(f"{left} left after {steps} steps")


def flat(n):
    return Metric(np.ones((n, 1)), np.zeros((n, 1)), np.ones((1, 1)))


@pytest.mark.parametrize("rate", ["auto", 0.02])
@pytest.mark.parametrize("rule", ["gd", "momentum", "nesterov", "lbfgs"])
def test_descents_reach_the_bottom_of_a_quadratic(rule, rate):
    H, b = np.diag([1.0, 10.0, 30.0]), np.array([1.0, 2.0, 3.0])
    penalty, metric = L1(0.0), flat(3)
    path = descend(
        quadratic(H, b),
        penalty,
        np.zeros((4, 1)),
        rule=RULES[rule](),
        metric=lambda point: metric,
        reference=metric,
        learning_rate=rate,
    )
    point = first_below(path, 1e-10)
    np.testing.assert_allclose(point.theta[:3, 0], b / np.diag(H), atol=1e-9)


@pytest.mark.parametrize("rule", ["gd", "momentum", "nesterov"])
def test_proximal_descents_satisfy_the_lassos_optimality(rule):
    rng = np.random.default_rng(0)
    A = rng.normal(size=(30, 5))
    H, b, penalty, metric = A.T @ A / 30, rng.normal(size=5), L1(0.5), flat(5)

    def objective(theta):
        value, gradient = quadratic(H, b)(theta)
        return value + penalty.value(theta[:-1]), gradient

    path = descend(
        objective,
        penalty,
        np.zeros((6, 1)),
        rule=RULES[rule](),
        metric=lambda point: metric,
        reference=metric,
    )
    point = first_below(path, 1e-11)
    w = point.theta[:5, 0]
    slope = H @ w - b
    assert (w == 0).any()
    assert (w != 0).any()
    np.testing.assert_allclose(slope[w != 0], -0.5 * np.sign(w[w != 0]), atol=1e-9)
    assert (np.abs(slope[w == 0]) <= 0.5 + 1e-9).all()


def test_acceleration_and_memory_need_fewer_steps():
    H, b = np.diag(np.geomspace(1, 1e4, 30)), np.ones(30)
    penalty, metric, steps = L1(0.0), flat(30), {}
    for rule in ("gd", "momentum", "nesterov", "lbfgs"):
        path = descend(
            quadratic(H, b),
            penalty,
            np.zeros((31, 1)),
            rule=RULES[rule](),
            metric=lambda point: metric,
            reference=metric,
            learning_rate="auto" if rule == "lbfgs" else 1e-4,
        )
        steps[rule] = next(i for i, (_, left) in enumerate(path) if left < 1e-3)
    assert steps["lbfgs"] < steps["nesterov"] < steps["momentum"] < steps["gd"]


@pytest.mark.parametrize("name", sorted(STEP_RULES))
def test_step_rules_reach_the_bottom(name):
    w, rule = np.array([3.0, -2.0]), STEP_RULES[name](0.1)
    schedule = SCHEDULES["cosine"](length=2000)
    for t in range(2000):
        rule.learning_rate = 0.1 * schedule.factor_at(t)
        w = w + rule.step(w * [1.0, 5.0])
    np.testing.assert_allclose(w, 0, atol=1e-3)


def test_adam_is_the_paper_in_its_first_steps():
    rule, g1, g2 = Adam(0.1, 0.9, 0.99, 1e-8), 2.0, -1.0
    assert rule.step(np.array([g1]))[0] == pytest.approx(-0.1)
    m, v = (0.9 * 0.1 * g1 + 0.1 * g2) / (1 - 0.81), 0.99 * 0.01 * g1**2 + 0.01 * g2**2
    v /= 1 - 0.99**2
    assert rule.step(np.array([g2]))[0] == pytest.approx(-0.1 * m / np.sqrt(v))


@pytest.mark.parametrize("seed", [41, 78, 122])
def test_a_lasso_may_lose_its_whole_support_on_the_way(seed):
    rng = np.random.default_rng(seed)
    p = int(rng.integers(1, 4))
    A = rng.normal(size=(p + 1, p))
    A[:, 0] = A[:, -1] + rng.choice([0, 1e-8, 1e-3]) * A[:, 0]
    H, b = A.T @ A, rng.normal(size=p)
    start = rng.normal(size=p) * 10.0 ** rng.integers(0, 8)
    strength, wall = np.full(p, rng.choice([1e-3, 1.0, 10.0])), np.full(p, False)
    x = lasso_from(start, H, b, strength, wall)
    moved = x - (H @ x - b)
    expected = np.sign(moved) * np.maximum(np.abs(moved) - strength, 0)
    np.testing.assert_allclose(x, expected, atol=1e-6 * (1 + np.abs(x).max()))
