"""Pairs of rows that belong together or apart, and clusters of equal size."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from scipy.optimize import linear_sum_assignment
from sklearn.datasets import make_blobs, make_moons
from sklearn.metrics import adjusted_rand_score

from skmath import LaplacianSpectralClustering
from skmath.laplacian_spectral_clustering.balance import balanced_labels, equal_sizes
from skmath.laplacian_spectral_clustering.constraints import ALPHA, propagated


def spectral(k=2, **params):
    return LaplacianSpectralClustering(k, random_state=0, **params)


def known_pairs(y, n_pairs, seed=0):
    pairs = np.random.RandomState(seed).randint(len(y), size=(n_pairs, 2))
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    same = y[pairs[:, 0]] == y[pairs[:, 1]]
    return {"must_link": pairs[same], "cannot_link": pairs[~same]}


# Constraints


@pytest.mark.parametrize("dense", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_affinities_are_changed_as_lu_and_ip_say(dense, weighted):
    random = np.random.RandomState(0)
    A = random.uniform(0.1, 2.0, size=(12, 12)) * (random.uniform(size=(12, 12)) < 0.4)
    A = A + A.T + np.eye(12)
    w = random.randint(1, 4, 12).astype(float) if weighted else np.ones(12)
    pairs, says = np.array([[0, 5], [2, 7], [3, 9]]), np.array([1.0, -1.0, -1.0])
    # Their equations 12 and 13, with inverses.
    Z = np.zeros((12, 12))
    Z[pairs[:, 0], pairs[:, 1]] = Z[pairs[:, 1], pairs[:, 0]] = says
    root = np.sqrt(w / (A @ w))
    inverse = (1 - ALPHA) * np.linalg.inv(np.eye(12) - ALPHA * np.outer(root, root) * A)
    F = inverse @ Z @ inverse
    there = A > 0
    there[pairs[:, 0], pairs[:, 1]] = there[pairs[:, 1], pairs[:, 0]] = True
    F /= np.abs(F[there]).max()
    a = A / A.max()
    expected = np.where(F >= 0, 1 - (1 - F) * (1 - a), (1 + F) * a) * there * A.max()
    given = A if dense else sparse.csr_array(A)
    changed = propagated(given, pairs, says, w if weighted else None)
    assert sparse.issparse(changed) is not dense
    changed = changed if dense else changed.toarray()
    assert_allclose(changed, expected, atol=1e-6)


def test_pairs_tell_moons_apart_that_touch():
    before, after = [], []
    for seed in range(5):
        X, y = make_moons(300, noise=0.18, random_state=seed)
        before.append(adjusted_rand_score(y, spectral().fit(X).labels_))
        model = spectral().fit(X, **known_pairs(y, 60))
        after.append(adjusted_rand_score(y, model.labels_))
        assert np.mean(model.predict(X) == model.labels_) > 0.9
    assert np.mean(after) > np.mean(before) + 0.2


def test_no_pairs_change_nothing():
    X, _ = make_moons(200, noise=0.1, random_state=0)
    none = spectral().fit(X).labels_
    empty = np.empty((0, 2), dtype=int)
    model = spectral().fit(X, must_link=empty, cannot_link=[])
    assert_array_equal(model.labels_, none)
    assert_array_equal(spectral().fit(X, must_link=[[3, 3]]).labels_, none)


def test_the_unit_of_affinities_does_not_matter_with_pairs():
    X, y = make_moons(200, noise=0.18, random_state=0)
    A = spectral().fit(X).affinity_matrix_
    model, pairs = spectral(affinity="precomputed"), known_pairs(y, 40)
    expected = model.fit(A, **pairs).labels_
    for scale in (1e-12, 1e12):
        assert_array_equal(model.fit(scale * A, **pairs).labels_, expected)
    assert_array_equal(model.fit(A.toarray(), **pairs).labels_, expected)


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ({"must_link": [1, 2]}, "must_link must be an array of"),
        ({"must_link": [[0.0, 1.0]]}, "must_link must be an array of"),
        ({"cannot_link": [[0, 60]]}, "from 0 to 59"),
        ({"cannot_link": [[-1, 3]]}, "from 0 to 59"),
        ({"cannot_link": [[3, 3]]}, "a row with itself"),
    ],
    ids=str,
)
def test_pairs_that_cannot_be_are_refused(pairs, message):
    X, _ = make_moons(60, random_state=0)
    with pytest.raises(ValueError, match=message):
        spectral().fit(X, **pairs)


def test_pairs_of_landmarks_are_refused():
    X, _ = make_moons(60, random_state=0)
    with pytest.raises(ValueError, match="n_landmarks=None"):
        spectral(n_landmarks=20).fit(X, must_link=[[0, 1]])


# Sizes


@pytest.mark.parametrize(("n", "k"), [(24, 4), (25, 4), (30, 7)])
def test_equal_sizes_cost_what_an_assignment_costs(n, k):
    cost = np.random.RandomState(n).uniform(size=(n, k))
    labels = equal_sizes(cost)
    sizes = np.bincount(labels, minlength=k)
    assert sizes.min() == n // k
    assert sizes.max() == -(-n // k)
    # The same as an assignment of rows to places, ceil(n / k) of each cluster.
    places = np.repeat(cost, -(-n // k), axis=1)
    if n % k == 0:
        least = places[linear_sum_assignment(places)].sum()
        assert_allclose(cost[np.arange(n), labels].sum(), least)


@pytest.mark.parametrize(
    "params", [{}, {"n_landmarks": 50}, {"n_ensemble": 4}], ids=str
)
def test_clusters_are_balanced_when_asked(params):
    X, _ = make_blobs([200, 60, 40], random_state=0)
    model = spectral(3, balance=True, **params).fit(X)
    assert_array_equal(np.bincount(model.labels_), [100, 100, 100])


def test_balanced_clusters_stay_as_they_are():
    X, y = make_blobs(90, centers=3, cluster_std=0.3, random_state=0)
    free, balanced = spectral(3).fit(X), spectral(3, balance=True).fit(X)
    assert adjusted_rand_score(y, balanced.labels_) == 1
    assert_array_equal(free.labels_, balanced.labels_)


def test_the_sum_of_squares_is_not_above_that_of_a_single_assignment():
    E = np.random.RandomState(0).normal(size=(60, 2))
    labels = balanced_labels(E, np.arange(60) % 3, 3)

    def squares(of):
        return sum(
            ((E[of == c] - E[of == c].mean(axis=0)) ** 2).sum() for c in range(3)
        )

    assert squares(labels) < squares(np.arange(60) % 3)


def test_unequal_weights_have_no_balance():
    X, _ = make_moons(60, random_state=0)
    with pytest.raises(ValueError, match="different values in sample_weight"):
        spectral(balance=True).fit(X, sample_weight=np.arange(1, 61))
