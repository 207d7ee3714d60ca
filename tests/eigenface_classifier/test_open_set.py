"""Thresholds, temperatures and likelihoods: genuine, impostor, and no face."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from skmath import EigenfaceClassifier
from skmath.eigenface_classifier.calibration import (
    false_alarm_threshold,
    weighted_quantile,
)
from skmath.eigenface_classifier.likelihood import face_likelihood
from skmath.eigenface_classifier.probabilities import (
    class_distances,
    folds_of_people,
    products_left_out,
    soft_votes,
    temperature,
)
from skmath.statistics import (
    left_out_factors,
    within_class_scatter,
    within_class_whitening,
)


def test_folds_leave_each_person_out_once():
    codes = np.random.default_rng(0).integers(0, 12, 100)
    for n_folds in (1, 5, 50):
        folds = np.array(list(folds_of_people(codes, n_folds)))
        assert (folds.sum(axis=0) == 1).all()
        for k in range(12):
            assert len(np.unique(folds[:, codes == k], axis=1).T) == 1


def test_the_closest_of_each_class():
    rng = np.random.default_rng(0)
    D, codes = rng.random((7, 30)), rng.integers(0, 4, 30)
    found = class_distances(D, codes, 6)
    for k in range(4):
        np.testing.assert_array_equal(found[:, k], D[:, codes == k].min(axis=1))
    assert np.isinf(found[:, 4:]).all()


@pytest.mark.parametrize("per_class", [False, True])
@pytest.mark.parametrize("far", [0.01, 0.1, 0.5])
def test_the_share_of_strangers_below_the_threshold_is_that_asked(per_class, far):
    rng = np.random.default_rng(0)
    closest = rng.gamma(9, size=(2000, 8)) * np.linspace(1, 2, 8)
    threshold = false_alarm_threshold(closest, np.ones(2000), far, per_class)
    nearest = closest.argmin(axis=1)
    accepted = closest.min(axis=1) <= threshold[nearest]
    assert accepted.mean() == pytest.approx(far, abs=0.002)
    assert (np.ptp(threshold) > 0) == per_class
    weight = rng.integers(0, 3, 2000)
    weighted = false_alarm_threshold(closest, weight * 1.0, far, per_class)
    repeated = np.repeat(closest, weight, axis=0)
    expected = false_alarm_threshold(repeated, np.ones(len(repeated)), far, per_class)
    np.testing.assert_allclose(weighted, expected)


def test_a_quantile_is_a_value_that_occurs():
    values, weight = np.array([4.0, 1.0, 3.0]), np.array([1.0, 2.0, 1.0])
    assert weighted_quantile(values, 0.5, weight) == 1
    assert weighted_quantile(values, 0.6, weight) == 3


def test_products_without_a_point_are_those_of_a_whitening_without_it():
    rng = np.random.default_rng(0)
    C, codes = rng.normal(size=(30, 4)) * [5, 3, 2, 1], np.arange(30) % 5
    weight, copies, shrinkage = np.ones(30), np.arange(30), 0.2
    whitening = within_class_whitening(C, codes, weight, shrinkage)
    Z, V = (A @ whitening.map for A in (C, C - whitening.means[codes]))
    removed = (1 - shrinkage) * left_out_factors(weight, codes, copies)
    products, own, other = products_left_out(Z, V, removed, np.arange(30))
    _, W = within_class_scatter(C, codes, weight)
    for i in (0, 7, 29):
        kept = np.arange(30) != i
        _, W_i = within_class_scatter(C[kept], codes[kept], weight[kept])
        # What is shrunk to is that of all: leaving one of many out hardly moves it.
        W_i = (1 - shrinkage) * W_i * 29 / 30 + shrinkage * np.trace(W) / 4 * np.eye(4)
        expected = C @ np.linalg.solve(W_i, C.T)
        np.testing.assert_allclose(products[i], expected[i])
        np.testing.assert_allclose(own[i], expected[i, i])
        np.testing.assert_allclose(other[i], np.diagonal(expected))


def test_the_temperature_is_the_likeliest():
    rng = np.random.default_rng(0)
    closest = rng.gamma(4, size=(500, 6))
    p = np.exp(log_softmax(-closest / 0.7, axis=1))
    codes = np.array([rng.choice(6, p=row) for row in p])
    found = temperature(closest, codes, np.ones(500))
    assert found == pytest.approx(0.7, rel=0.15)

    def surprise(tau):
        return -log_softmax(-closest / tau, axis=1)[np.arange(500), codes].sum()

    best = minimize_scalar(surprise, bounds=(0.01, 10), method="bounded").x
    assert found == pytest.approx(best, rel=0.02)  # all but for one doubt in 502
    np.testing.assert_allclose(soft_votes(closest, 0.7), p)


def test_the_temperature_of_faces_that_tell_nothing_is_positive_and_finite():
    alone = np.where(np.eye(3, dtype=bool), np.inf, 2.0)
    assert temperature(alone, np.arange(3), np.ones(3)) == 2
    right = np.array([[0.0, 1.0], [1.0, 0.0]])
    assert 0 < temperature(right, np.array([0, 1]), np.ones(2)) < 1
    wrong = temperature(right, np.array([1, 0]), np.ones(2))
    assert 1 < wrong < np.inf
    for equal in (np.zeros((2, 2)), np.ones((2, 2))):
        tau = temperature(equal, np.array([0, 1]), np.ones(2))
        assert 0 < tau < np.inf


@pytest.mark.parametrize("k", [1, 3, 6])
def test_a_new_face_is_at_one_on_average_and_other_things_are_farther(k):
    rng = np.random.default_rng(0)
    scale = 4.0 ** -np.arange(6.0)
    people = rng.normal(size=(60, 6))
    codes = np.repeat(np.arange(60), 5)
    C = scale * (people[codes] + 0.5 * rng.normal(size=(300, 6)))
    C -= C.mean(axis=0)
    outside = 1e-4 * rng.chisquare(20, 300)
    none = np.zeros((300, 0))
    faces = face_likelihood(C, outside, none, codes, np.ones(300), k)
    assert faces.left_out.mean() == pytest.approx(1)
    new = scale * (rng.normal(size=(300, 6)) + 0.5 * rng.normal(size=(300, 6)))
    distance = faces.distance(new, 1e-4 * rng.chisquare(20, 300), none)
    assert distance.mean() == pytest.approx(1, abs=0.2)
    assert (faces.distance(new, outside + 1, none) > 5).all()
    assert (faces.distance(9 * new, outside, none) > distance).all()


def test_no_distance_is_counted_where_nothing_lies_outside():
    C = np.random.default_rng(0).normal(size=(50, 2))
    faces = face_likelihood(
        C, np.zeros(50), np.zeros((50, 0)), np.arange(50) // 25, np.ones(50), 2
    )
    assert faces.factors[1] == 0
    assert np.isfinite(faces.left_out).all()


# Of twice as many rows people are left out in fewer folds, and beyond 1,000 without a
# direction of their own.
@pytest.mark.parametrize("n", [180, 504])
def test_a_gate_on_weights_is_that_on_copies(n):
    rng = np.random.default_rng(0)
    y = np.arange(n) // 3
    X = 100 + 20 * rng.normal(size=(n // 3, 30))[y] + 9 * rng.normal(size=(n, 30))
    twice = np.repeat(np.arange(n), 2)
    params = {"known_threshold": "auto", "target_far": 0.05}
    copies = EigenfaceClassifier(**params).fit(X[twice], y[twice])
    weights = EigenfaceClassifier(**params).fit(X, y, np.full(n, 2.0))
    assert weights.known_threshold_ == pytest.approx(copies.known_threshold_, rel=1e-9)
    for name in ("false_alarm_rate_", "false_alarm_interval_", "false_rejection_rate_"):
        ours, theirs = getattr(weights, name), getattr(copies, name)
        assert ours == pytest.approx(theirs, rel=1e-9)
