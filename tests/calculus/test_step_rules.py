"""Muon, the moving average of points, and planned schedules."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skmath.calculus import SCHEDULES, AdamW, MovingAverage, Muon
from skmath.linear_algebra.newton_schulz import nearly_orthogonal


def gradients(n, size, seed=0):
    return np.random.default_rng(seed).normal(size=(n, size))


@pytest.mark.parametrize("shape", [(8, 20), (20, 8), (1, 7), (3, 30, 30), (2, 5, 9)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_newton_schulz_brings_singular_values_near_one(shape, dtype):
    rng = np.random.default_rng(0)
    # Singular values between .1 and 1, on singular vectors drawn at random.
    U, _, Vt = np.linalg.svd(rng.normal(size=shape), full_matrices=False)
    sigma = rng.uniform(0.1, 1, size=U.shape[-1])
    G = ((U * sigma) @ Vt).astype(dtype)
    near = nearly_orthogonal(G)
    assert near.dtype == dtype
    assert near.shape == shape
    V = np.swapaxes(Vt, -1, -2)
    middle = np.swapaxes(U, -1, -2) @ near @ V
    diagonal = np.diagonal(middle, axis1=-2, axis2=-1)
    assert diagonal.min() > 0.66
    assert diagonal.max() < 1.21
    # The singular vectors are those of G: U' near V is a diagonal.
    eye = np.eye(sigma.size)
    np.testing.assert_allclose(middle * (1 - eye), 0, atol=1e-5)


@given(exponent=st.integers(-150, 150), seed=st.integers(0, 5))
@settings(max_examples=30, deadline=None)
def test_newton_schulz_does_not_see_the_unit(exponent, seed):
    G = np.random.default_rng(seed).normal(size=(4, 6))
    near = nearly_orthogonal(G * 2.0**exponent)
    np.testing.assert_allclose(near, nearly_orthogonal(G), rtol=1e-9, atol=1e-12)


def test_a_matrix_of_zeros_stays_so():
    assert not nearly_orthogonal(np.zeros((2, 3, 4))).any()


def test_newton_schulz_turns_with_its_matrix():
    rng = np.random.default_rng(1)
    G = rng.normal(size=(6, 4))
    Q, _ = np.linalg.qr(rng.normal(size=(6, 6)))
    np.testing.assert_allclose(nearly_orthogonal(Q @ G), Q @ nearly_orthogonal(G))
    rows, columns = rng.permutation(6), rng.permutation(4)
    permuted = nearly_orthogonal(G[rows][:, columns])
    np.testing.assert_allclose(permuted, nearly_orthogonal(G)[rows][:, columns])


def test_muon_is_the_formula():
    rule = Muon(0.1, momentum=0.9, matrices=[(2, (4, 3)), (14, (3, 5))])
    first, second = gradients(2, 30)
    rule.step(first)
    step = rule.step(second)
    for start, shape in rule.matrices:
        place = slice(start, start + math.prod(shape))
        G1, G2 = (g[place].reshape(shape) for g in (first, second))
        ahead = G2 + 0.9 * (0.9 * G1 + G2)
        U, _, Vt = np.linalg.svd(ahead, full_matrices=False)
        length = 0.1 * 0.2 * math.sqrt(max(shape))
        # Along the exact U V', as far as five products bring it.
        along = np.linalg.svd(-step[place].reshape(shape) / length, compute_uv=False)
        assert 0.66 < along.min() <= along.max() < 1.21
        exact = np.vdot(U @ Vt, -step[place].reshape(shape) / length)
        assert exact == pytest.approx(along.sum(), rel=1e-6)


def test_muon_is_adamw_on_all_but_the_matrices():
    rule, adam = Muon(0.1, matrices=[(2, (4, 3))]), AdamW(0.1)
    for g in gradients(5, 20):
        step, expected = rule.step(g), adam.step(g)
        np.testing.assert_array_equal(step[:2], expected[:2])
        np.testing.assert_array_equal(step[14:], expected[14:])
    assert rule.decouples_decay


@pytest.mark.parametrize("shape", [(20, 20), (10, 40), (40, 10)])
def test_a_muon_step_is_as_long_as_adams(shape):
    n = math.prod(shape)
    step = Muon(0.1, matrices=[(0, shape)]).step(gradients(1, n)[0])
    root_mean_square = np.sqrt((step**2).mean())
    # 0.2 learning rates if all singular values were 1.
    assert 0.6 < root_mean_square / (0.1 * 0.2) < 1.2


def test_matrices_of_one_shape_step_as_each_alone():
    (g,) = gradients(1, 40)
    both = Muon(0.1, matrices=[(0, (4, 5)), (20, (4, 5))]).step(g)
    stack = Muon(0.1, matrices=[(0, (2, 4, 5))]).step(g)
    for start in (0, 20):
        alone = Muon(0.1, matrices=[(start, (4, 5))]).step(g)
        place = slice(start, start + 20)
        np.testing.assert_allclose(both[place], alone[place], rtol=1e-12)
        np.testing.assert_allclose(stack[place], alone[place], rtol=1e-12)


@pytest.mark.parametrize("steps", [1, 2, 10, 1000])
def test_the_moving_average_is_the_weighted_sum(steps):
    points, average = gradients(50, 3), MovingAverage(steps)
    for point in points:
        average.observe(point)
    decay = 1 - 1 / steps
    weights = decay ** np.arange(49, -1, -1.0)
    expected = np.average(points, axis=0, weights=weights)
    np.testing.assert_allclose(average.mean, expected, rtol=1e-9)


def test_a_long_average_is_the_mean_and_leaves_the_points_alone():
    points, average = gradients(20, 3), MovingAverage(1e9)
    before = points.copy()
    for point in points:
        average.observe(point)
    np.testing.assert_allclose(average.mean, points.mean(axis=0), rtol=1e-6)
    np.testing.assert_array_equal(points, before)


@pytest.mark.parametrize(
    ("name", "t", "expected"),
    [
        # log2(1 + 15 t / 30) is a whole number at the ends of the waves.
        *(("coslog4", 30 * (2.0**k - 1) / 15, 0.0) for k in range(4)),
        *(("coslog4", 30 * (2.0 ** (k + 0.5) - 1) / 15, 1.0) for k in range(4)),
        ("flat_cosine", 0, 1.0),
        ("flat_cosine", 15, 1.0),
        ("flat_cosine", 22.5, 0.5),
        ("flat_cosine", 20, (1 + math.cos(math.pi / 3)) / 2),
        ("warmup", 0, 1 / 6),  # 4 steps an epoch: 6 steps rise
        ("warmup", 0.25, 2 / 6),
        ("warmup", 1.25, 1.0),
        ("warmup", 29, 1.0),
        ("warmup_stable_decay", 0, 1 / 6),
        ("warmup_stable_decay", 24, 1.0),
        ("warmup_stable_decay", 27, 0.5),
    ],
)
def test_schedules_are_their_formulas(name, t, expected):
    schedule = SCHEDULES[name](length=30, steps=4)
    assert schedule.factor_at(t) == pytest.approx(expected, abs=1e-9)
    # A plan that begins later is the same plan.
    later = SCHEDULES[name](length=30, steps=4, start=7)
    assert later.factor_at(t + 7) == pytest.approx(expected, abs=1e-9)
    if schedule.is_planned:
        assert schedule.factor_at(t + 30) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", [n for n in SCHEDULES if SCHEDULES[n].is_planned])
@pytest.mark.parametrize("length", [1, 2, 50])
def test_planned_schedules_end_low_and_stay_between_zero_and_one(name, length):
    schedule = SCHEDULES[name](length=length, steps=10)
    shares = [schedule.factor_at(k / 10) for k in range(10 * length)]
    assert min(shares) >= 0
    assert 0.5 < max(shares) <= 1
    if length == 50:
        assert shares[-1] < 0.02


def test_a_plateau_of_other_data_begins_anew():
    schedule = SCHEDULES["plateau"](patience=4)
    for error in (1.0, 2.0, 2.0):
        schedule.observe(error)
    assert schedule.factor_at(3) == 0.2
    schedule.forget()
    assert schedule.factor_at(3) == 1.0
    schedule.observe(5.0)
    assert schedule.factor_at(4) == 1.0
