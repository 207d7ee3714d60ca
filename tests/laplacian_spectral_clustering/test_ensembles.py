"""Ensembles of clusterings, and how stable clusters are."""

import pickle

import numpy as np
import pytest
from sklearn.datasets import load_digits, make_blobs, make_moons
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from skmath import LaplacianSpectralClustering
from skmath.laplacian_spectral_clustering.ensemble import numbers_of_clusters


def spectral(k=2, **params):
    return LaplacianSpectralClustering(k, random_state=0, **params)


KINDS = [{}, {"n_landmarks": 100}]


@pytest.mark.parametrize("params", KINDS, ids=str)
def test_moons_are_told_apart_by_an_ensemble(params):
    X, y = make_moons(600, noise=0.06, random_state=0)
    model = spectral(n_ensemble=10, **params).fit(X)
    assert adjusted_rand_score(y, model.labels_) > 0.98
    np.testing.assert_array_equal(model.predict(X[:50]), model.labels_[:50])


@pytest.mark.parametrize("params", KINDS, ids=str)
def test_stability_is_the_share_of_base_clusters_that_agree(params):
    X, _ = make_blobs(300, centers=3, cluster_std=1.5, random_state=0)
    model = spectral(3, n_ensemble=8, **params).fit(X)
    P = model.predict_proba(X)
    own = P[np.arange(300), model.labels_]
    np.testing.assert_allclose(model.row_stability_, own, atol=1e-12)
    # Eighths, as there are eight base clusterings.
    np.testing.assert_allclose(8 * P, np.round(8 * P), atol=1e-9)
    for c, stability in enumerate(model.cluster_stability_):
        assert stability == pytest.approx(own[model.labels_ == c].mean())


def test_rows_between_clusters_are_less_stable():
    X, y = make_blobs(600, centers=[[0, 0], [3, 0]], cluster_std=1.0, random_state=0)
    model = spectral(n_ensemble=30).fit(X)
    right = (model.labels_ == y) == (np.mean(model.labels_ == y) > 0.5)
    middle = np.abs(X[:, 0] - 1.5) < 0.5
    assert model.row_stability_[~middle].mean() > model.row_stability_[middle].mean()
    assert right.mean() > 0.9


def test_digits_by_an_ensemble_are_as_good():
    X, y = load_digits(return_X_y=True)
    model = spectral(10, n_ensemble=10).fit(X)
    assert normalized_mutual_info_score(y, model.labels_) > 0.85
    assert model.cluster_stability_.shape == (10,)


def test_new_rows_of_a_stored_ensemble_have_the_same_clusters():
    X, _ = make_blobs(400, centers=4, random_state=0)
    model = spectral(4, n_ensemble=6).fit(X[:300])
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(model.predict(X[300:]), again.predict(X[300:]))


def test_weights_are_repetitions_in_an_ensemble():
    X, _ = make_blobs(200, centers=3, random_state=0)
    weight = np.random.RandomState(0).randint(0, 3, size=200)
    weighted = spectral(3, n_ensemble=5).fit(X, sample_weight=weight)
    repeated = spectral(3, n_ensemble=5).fit(np.repeat(X, weight, axis=0))
    labels = np.repeat(weighted.labels_, weight)
    assert adjusted_rand_score(labels, repeated.labels_) == 1


def test_a_precomputed_graph_has_an_ensemble():
    X, y = make_moons(300, noise=0.05, random_state=0)
    A = spectral().fit(X).affinity_matrix_
    model = spectral(affinity="precomputed", n_ensemble=5).fit(A)
    assert adjusted_rand_score(y, model.labels_) == 1
    weight = np.ones(300)
    weight[:20] = 0
    model.fit(A, sample_weight=weight)
    assert adjusted_rand_score(y, model.labels_) > 0.95


@pytest.mark.parametrize("params", [{"n_landmarks": 100}], ids=str)
def test_chunks_have_an_ensemble(params):
    da = pytest.importorskip("dask.array")
    X, y = make_blobs(600, centers=3, cluster_std=0.5, random_state=0)
    model = spectral(3, n_ensemble=4, **params).fit(da.from_array(X, chunks=(200, 2)))
    assert adjusted_rand_score(y, np.asarray(model.labels_)) > 0.98
    assert model.row_stability_.shape == (600,)
    with pytest.raises(ValueError, match="not stored for"):
        model.labels_path([2, 3])


@pytest.mark.parametrize("params", KINDS, ids=str)
def test_a_path_of_labels_is_that_of_the_ensemble(params):
    X, y = make_blobs(600, centers=4, cluster_std=0.5, random_state=1)
    model = spectral(4, n_ensemble=6, **params).fit(X)
    path = model.labels_path([2, 4])
    assert adjusted_rand_score(model.labels_, path.labels[1]) == 1
    assert adjusted_rand_score(y, path.labels[1]) == 1


def test_the_first_base_clustering_has_as_many_clusters_as_asked():
    numbers = numbers_of_clusters(5, 8, 50, np.random.RandomState(0))
    assert numbers[0] == 5
    assert set(numbers) == {5, 6, 7, 8}
