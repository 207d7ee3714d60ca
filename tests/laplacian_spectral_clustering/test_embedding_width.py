"""The number of eigenvectors, and what follows from the graph of a fitted model."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_digits, make_blobs, make_moons
from sklearn.metrics import adjusted_rand_score
from sklearn.model_selection import GridSearchCV

from skmath import LaplacianSpectralClustering
from skmath.laplacian_spectral_clustering.embedding_width import commute_weights
from skmath.laplacian_spectral_clustering.membership import memberships
from skmath.statistics import modularity, normalized_cut


def spectral(k=2, **params):
    return LaplacianSpectralClustering(k, random_state=0, **params)


def loose_moons(seed):
    return make_moons(500, noise=0.1, random_state=seed)


def graph_of(model):
    networkx = pytest.importorskip("networkx")
    return networkx, networkx.from_scipy_sparse_array(model.affinity_matrix_)


def communities(labels):
    return [set(np.flatnonzero(labels == c)) for c in np.unique(labels)]


# How many eigenvectors


def test_more_eigenvectors_are_taken_only_where_they_cut_better():
    n_wider = 0
    for seed in range(10):
        X, _ = loose_moons(seed)
        narrow = spectral(n_components=2).fit(X)
        auto = spectral().fit(X)
        A = narrow.affinity_matrix_
        before, after = narrow.labels_, auto.labels_
        if auto.embedding_.shape[1] > 2:
            n_wider += 1
            assert normalized_cut(A, after) <= normalized_cut(A, before)
            assert modularity(A, after) > modularity(A, before)
        else:
            assert adjusted_rand_score(before, after) == 1
    assert 0 < n_wider < 10


def test_moons_that_touch_are_told_apart_more_often():
    agreement = {2: [], "auto": []}
    for seed in range(10):
        X, y = loose_moons(seed)
        for n_components, found in agreement.items():
            model = spectral(n_components=n_components).fit(X)
            found.append(adjusted_rand_score(y, model.labels_))
    assert np.mean(agreement["auto"]) >= np.mean(agreement[2])


def test_clusters_far_apart_take_one_eigenvector_each():
    sizes, centers = [450, 100, 30], [[0, 0], [8, 0], [0, 8]]
    X, y = make_blobs(sizes, centers=centers, cluster_std=0.7, random_state=0)
    model = spectral(3).fit(X)
    assert model.embedding_.shape == (580, 3)
    assert adjusted_rand_score(y, model.labels_) == 1


def test_the_number_of_eigenvectors_can_be_given():
    X = load_digits().data[:600]
    model = spectral(10, n_components=14).fit(X)
    assert model.embedding_.shape == (600, 14)
    assert model.eigenvalues_.shape == (14,)
    assert model.transform(X[:3]).shape == (3, 14)
    assert list(model.get_feature_names_out())[-1].endswith("13")
    assert np.mean(model.predict(X) == model.labels_) >= 0.99


def test_new_rows_have_the_weighted_eigenvectors_too():
    wider = [spectral().fit(loose_moons(seed)[0]) for seed in range(10)]
    model, seed = next(
        (m, seed) for seed, m in enumerate(wider) if m.embedding_.shape[1] > 2
    )
    X, _ = loose_moons(seed)
    assert_allclose(model.transform(X), model.embedding_, atol=1e-6)
    np.testing.assert_array_equal(model.predict(X), model.labels_)


def test_commute_weights_give_commute_times():
    # Of a path of four nodes, effective resistances are 1 per edge (Qiu and Hancock).
    A = np.diag(np.ones(3), 1)
    A += A.T
    d = A.sum(axis=1)
    values, V = np.linalg.eigh(A / np.sqrt(np.outer(d, d)) - np.eye(4))
    values, V = values[::-1], V[:, ::-1]
    weights = commute_weights(values, 1) * (values < -1e-9)
    E = V / np.sqrt(d)[:, None] * weights / np.sqrt(-values[1])
    squares = ((E[:, None] - E) ** 2).sum(axis=2)
    apart = np.abs(np.subtract.outer(np.arange(4), np.arange(4)))
    assert_allclose(squares, apart, atol=1e-12)


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_units_and_the_order_of_rows_do_not_matter(scale):
    X, _ = loose_moons(1)
    expected = spectral().fit(X)
    order = np.random.RandomState(0).permutation(len(X))
    other = spectral().fit(scale * X[order])
    assert other.embedding_.shape == expected.embedding_.shape
    np.testing.assert_array_equal(other.labels_, expected.labels_[order])


def test_a_weight_is_a_repetition_with_more_eigenvectors():
    X, _ = loose_moons(2)
    weight = np.random.RandomState(0).randint(0, 3, size=len(X))
    weighted = spectral().fit(X, sample_weight=weight)
    repeated = spectral().fit(np.repeat(X, weight, axis=0))
    expected = np.repeat(weighted.labels_, weight)
    assert adjusted_rand_score(expected, repeated.labels_) == 1


@pytest.mark.parametrize("affinity", ["self_tuning", "nearest_neighbors", "rbf"])
def test_float32_is_kept(affinity):
    X = load_digits().data[:300]
    narrow = spectral(10, affinity=affinity).fit(X.astype(np.float32))
    wide = spectral(10, affinity=affinity).fit(X)
    assert narrow.embedding_.dtype == np.float32
    assert narrow.transform(X[:2].astype(np.float32)).dtype == np.float32
    assert wide.embedding_.dtype == np.float64
    assert adjusted_rand_score(narrow.labels_, wide.labels_) > 0.95


# Cuts, modularity and scores


def test_the_normalised_cut_is_that_of_networkx():
    model = spectral(4).fit(make_blobs(300, centers=4, random_state=0)[0])
    networkx, G = graph_of(model)
    A = model.affinity_matrix_
    expected = 0.0
    for nodes in communities(model.labels_):
        cut = networkx.cut_size(G, nodes, weight="weight")
        expected += cut / A[sorted(nodes)].sum()
    assert normalized_cut(A, model.labels_) == pytest.approx(expected)


def test_no_partition_cuts_less_than_the_eigenvalues_say():
    X, _ = loose_moons(0)
    for k in range(2, 8):
        model = spectral(k, n_components=k, eigen_tol=1e-8).fit(X)
        cut = normalized_cut(model.affinity_matrix_, model.labels_)
        assert cut >= -model.eigenvalues_.sum() - 1e-9


def test_the_score_is_the_modularity_of_networkx():
    X, _ = make_blobs(200, centers=4, cluster_std=2.0, random_state=0)
    A = spectral(4, affinity="nearest_neighbors").fit(X).affinity_matrix_
    A = A - sparse.diags_array(A.diagonal())  # networkx counts loops twice
    model = spectral(4, affinity="precomputed").fit(A)
    networkx, G = graph_of(model)
    parts = communities(model.labels_)
    Q = networkx.community.modularity(G, parts, weight="weight")
    assert_allclose(model.score(A), Q)


def test_a_search_without_classes_finds_the_number_of_clusters():
    X, _ = make_blobs(400, centers=5, n_features=5, random_state=1)
    grid = {"n_clusters": [2, 3, 5, 8]}
    search = GridSearchCV(spectral(), grid, cv=3).fit(X)
    assert search.best_params_ == {"n_clusters": 5}


def test_one_cluster_has_no_score():
    X, _ = make_moons(60, random_state=0)
    assert spectral(1).fit(X).score(X) == 0


@pytest.mark.parametrize(
    "params", [{}, {"n_landmarks": 60}, {"n_ensemble": 5}], ids=str
)
def test_scores_and_memberships_of_every_kind_of_graph(params):
    X, _ = make_blobs(400, centers=3, random_state=0, cluster_std=0.6)
    model = spectral(3, **params).fit(X)
    P = memberships(X, model._extension_, model._clusters_, model._membership_)
    assert hasattr(model, "predict_proba") == ("n_ensemble" in params)
    assert_allclose(P.sum(axis=1), 1)
    assert (P >= 0).all()
    assert np.mean(P.argmax(axis=1) == model.labels_) > 0.98
    assert model.score(X) > 0.5
    weight = np.random.RandomState(0).randint(0, 3, 400)
    assert model.score(X, sample_weight=weight) == pytest.approx(
        model.score(np.repeat(X, weight, axis=0))
    )


def test_a_membership_is_the_share_of_the_affinities():
    X, _ = loose_moons(3)
    model = spectral().fit(X)
    A = model.affinity_matrix_.toarray()
    expected = A @ np.eye(2)[model.labels_] / A.sum(axis=1, keepdims=True)
    found = memberships(X, model._extension_, model._clusters_, model._membership_)
    assert_allclose(found, expected, atol=1e-12)


# Several numbers of clusters


@pytest.mark.parametrize("params", [{}, {"n_landmarks": 80}], ids=str)
def test_a_path_of_labels_is_that_of_single_fits(params):
    X, _ = make_blobs(300, centers=5, random_state=1)
    model = spectral(3, n_components=3, **params).fit(X)
    path = model.labels_path([2, 3, 5])
    assert path.labels.shape == (3, 300)
    for k, labels in zip(path.n_clusters, path.labels, strict=True):
        single = clone(model).set_params(n_clusters=int(k), n_components=int(k))
        assert adjusted_rand_score(single.fit(X).labels_, labels) > 0.99
    assert path.modularity.shape == path.normalized_cut.shape == (3,)


def test_a_path_has_numbers_from_one_to_the_nodes():
    X, _ = make_moons(50, random_state=0)
    model = spectral().fit(X)
    for wrong in ([], [0], [51]):
        with pytest.raises(ValueError, match="k_values"):
            model.labels_path(wrong)
