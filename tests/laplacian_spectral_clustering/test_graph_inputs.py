"""Graphs, distances and affinities as people have them."""

import pickle
import warnings

import numpy as np
import pytest
from scipy import sparse
from scipy.sparse.csgraph import shortest_path
from sklearn.cluster import SpectralClustering
from sklearn.datasets import make_blobs, make_moons
from sklearn.metrics import adjusted_rand_score
from sklearn.metrics.pairwise import laplacian_kernel, pairwise_distances, rbf_kernel
from sklearn.neighbors import KNeighborsTransformer, kneighbors_graph
from sklearn.pipeline import make_pipeline

from skmath import LaplacianSpectralClustering
from skmath.laplacian_spectral_clustering.inputs import random_walk_affinity


def spectral(k, **params):
    return LaplacianSpectralClustering(k, random_state=0, **params)


def blobs(n=60):
    return make_blobs(n, centers=3, cluster_std=0.5, random_state=3)


# Distances and affinities are not taken for each other


@pytest.mark.parametrize("power", [1, 2])
@pytest.mark.parametrize("unit", [1e-20, 1.0, 1e20])
def test_distances_given_as_affinities_are_told(power, unit):
    D = unit * pairwise_distances(blobs()[0]) ** power
    with pytest.warns(UserWarning, match="set affinity='precomputed_distances'"):
        spectral(3, affinity="precomputed").fit(D)


@pytest.mark.parametrize("unit", [1e-20, 1.0, 1e20])
def test_affinities_given_as_distances_are_refused(unit):
    A = unit * np.exp(-pairwise_distances(blobs()[0]))
    for given in (A, sparse.csr_array(A)):
        with pytest.raises(
            ValueError, match=r"X\[0, 0\].*set\s+affinity='precomputed'"
        ):
            spectral(3, affinity="precomputed_distances").fit(given)


def test_affinities_and_distances_are_taken_without_a_word():
    X, _ = blobs()
    D = pairwise_distances(X)
    A = np.exp(-D)
    without_own = A - np.diag(np.diag(A))
    complete = np.ones((9, 9)) - np.eye(9)
    cosine = 0.6 + 0.4 * np.random.default_rng(0).random((30, 30))
    cosine = (cosine + cosine.T) / 2 * (1 - np.eye(30))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for given in (A, without_own, complete, cosine):
            spectral(2, affinity="precomputed").fit(given)
        spectral(3, affinity="precomputed_distances").fit(D)
        spectral(3, affinity="precomputed_distances").fit(D + 1e-9 * np.eye(60))


def test_rounding_below_zero_is_zero():
    A = np.exp(-pairwise_distances(blobs()[0]))
    A[0, 1] = A[1, 0] = 0.0
    expected = spectral(3, affinity="precomputed").fit(A)
    for storage in (np.asarray, sparse.csr_array):
        below = A.copy()
        below[0, 1] = below[1, 0] = -1e-17
        model = spectral(3, affinity="precomputed").fit(storage(below))
        np.testing.assert_array_equal(model.labels_, expected.labels_)
        assert model.affinity_matrix_.min() == 0
        np.testing.assert_array_equal(model.predict(below), expected.labels_)
    A[0, 1] = A[1, 0] = -1e-3
    with pytest.raises(ValueError, match=r"X\[0, 1\] is -0.001"):
        spectral(3, affinity="precomputed").fit(A)


# Advice fits the affinity


@pytest.mark.parametrize(
    ("params", "advice"),
    [
        ({"affinity": "rbf", "gamma": 1e6}, "Lower gamma"),
        ({"n_neighbors": 2}, "Raise n_neighbors"),
        ({"affinity": lambda A, B: rbf_kernel(A, B, gamma=1e6)}, "affinities above 0"),
    ],
    ids=["rbf", "neighbors", "function"],
)
def test_advice_is_on_what_the_affinity_has(params, advice):
    X = 100 * np.random.default_rng(0).normal(size=(30, 2))
    with pytest.warns(UserWarning, match=advice):
        spectral(3, **params).fit(X)


# Distances that are infinite or not stored


def split_moons():
    X, y = make_moons(200, noise=0.05, random_state=0)
    return X, y, pairwise_distances(X)


@pytest.mark.parametrize(
    "affinity", ["precomputed_distances", "precomputed_nearest_neighbors"]
)
def test_infinite_distances_are_no_edges(affinity):
    _, y, D = split_moons()
    D[y[:, None] != y] = np.inf
    model = spectral(2, affinity=affinity, n_neighbors=15).fit(D)
    assert model.n_connected_components_ == 2
    assert adjusted_rand_score(y, model.labels_) == 1
    np.testing.assert_array_equal(model.predict(D), model.labels_)
    np.fill_diagonal(D, np.inf)
    again = spectral(2, affinity=affinity, n_neighbors=15).fit(D)
    np.testing.assert_array_equal(again.labels_, model.labels_)
    assert np.isfinite(again.embedding_).all()


def test_geodesic_distances_of_a_torn_graph_are_taken():
    X, y, _ = split_moons()
    D = shortest_path(kneighbors_graph(X, 6, mode="distance"), directed=False)
    assert np.isinf(D).any()
    labels = spectral(2, affinity="precomputed_distances").fit_predict(D)
    assert adjusted_rand_score(y, labels) == 1


def test_distances_that_are_no_numbers_are_refused():
    _, _, D = split_moons()
    D[0, 1] = np.nan
    with pytest.raises(ValueError, match="contains NaN"):
        spectral(2, affinity="precomputed_distances").fit(D)
    with pytest.raises(ValueError, match="contains NaN"):
        spectral(2, affinity="precomputed_distances").fit(sparse.csr_array(D))


@pytest.mark.parametrize("container", [sparse.csr_array, sparse.coo_matrix])
def test_sparse_distances_are_the_dense_ones(container):
    _, y, D = split_moons()
    far = np.sort(D, axis=1)[:, 40:41]
    near = (far >= D) | (far.T >= D)
    dense, stored = np.where(near, D, np.inf), container(np.where(near, D, 0.0))
    for affinity in ("precomputed_distances", "precomputed_nearest_neighbors"):
        expected = spectral(2, affinity=affinity).fit(dense)
        model = spectral(2, affinity=affinity).fit(stored)
        np.testing.assert_array_equal(model.labels_, expected.labels_)
        difference = abs(model.affinity_matrix_ - expected.affinity_matrix_)
        assert difference.max() < 1e-12
        assert adjusted_rand_score(y, model.labels_) == 1


def test_sparse_and_full_distances_have_the_same_neighbours():
    X, _, D = split_moons()
    graph = kneighbors_graph(X, 30, mode="distance")
    sparse_model = spectral(2, affinity="precomputed_distances", n_neighbors=9)
    dense_model = spectral(2, affinity="precomputed_distances", n_neighbors=9)
    A, B = sparse_model.fit(graph), dense_model.fit(D)
    assert abs(A.affinity_matrix_ - B.affinity_matrix_).max() < 1e-12


def test_a_transformer_of_neighbours_may_come_before():
    X, y, _ = split_moons()
    for affinity in ("precomputed_distances", "precomputed_nearest_neighbors"):
        model = make_pipeline(
            KNeighborsTransformer(n_neighbors=20, mode="distance"),
            spectral(2, affinity=affinity, n_neighbors=10),
        )
        assert adjusted_rand_score(y, model.fit_predict(X)) == 1
        np.testing.assert_array_equal(model.predict(X), model[-1].labels_)


@pytest.mark.filterwarnings("ignore:Graph is not fully connected")
def test_precomputed_neighbours_are_scikit_learns():
    X, _, _ = split_moons()
    D = KNeighborsTransformer(n_neighbors=20, mode="distance").fit_transform(X)
    theirs = SpectralClustering(
        2, affinity="precomputed_nearest_neighbors", n_neighbors=10, random_state=0
    ).fit(D)
    ours = spectral(2, affinity="precomputed_nearest_neighbors", n_neighbors=10).fit(D)
    difference = abs(ours.affinity_matrix_ - theirs.affinity_matrix_)
    assert difference.max() == 0
    assert adjusted_rand_score(theirs.labels_, ours.labels_) == 1


# Graphs of other packages


def test_a_graph_of_networkx_is_its_matrix():
    networkx = pytest.importorskip("networkx")
    graph = networkx.karate_club_graph()
    A = networkx.to_scipy_sparse_array(graph, weight="weight", dtype=float)
    expected = spectral(2, affinity="precomputed").fit(A)
    model = spectral(2, affinity="precomputed").fit(graph)
    assert abs(model.affinity_matrix_ - A).max() == 0
    np.testing.assert_array_equal(model.labels_, expected.labels_)
    np.testing.assert_array_equal(model.predict(graph), expected.predict(A))
    with pytest.raises(ValueError, match="X is a graph of networkx"):
        spectral(2).fit(graph)


@pytest.mark.parametrize("kind", ["Graph", "MultiGraph", "DiGraph", "MultiDiGraph"])
def test_every_kind_of_networkx_graph_is_its_matrix(kind):
    networkx = pytest.importorskip("networkx")
    graph = getattr(networkx, kind)()
    graph.add_nodes_from("badc")
    edges = [("a", "b", 2.0), ("b", "c", 3.0), ("c", "a", 0.5), ("d", "d", 4.0)]
    graph.add_weighted_edges_from([*edges, ("a", "b", 1.0), ("d", "a", 1.0)])
    A = networkx.to_numpy_array(graph)
    model = spectral(2, affinity="precomputed", directed="mean").fit(graph)
    np.testing.assert_allclose(model.affinity_matrix_.toarray(), (A + A.T) / 2)


def test_lengths_of_edges_are_distances():
    networkx = pytest.importorskip("networkx")
    X, y, _ = split_moons()
    D = kneighbors_graph(X, 12, mode="distance")
    graph = networkx.from_scipy_sparse_array(D.maximum(D.T))
    labels = spectral(2, affinity="precomputed_distances").fit_predict(graph)
    assert adjusted_rand_score(y, labels) == 1


def test_a_graph_of_igraph_is_its_matrix():
    igraph = pytest.importorskip("igraph")
    graph = igraph.Graph.Famous("Zachary")
    A = np.array(graph.get_adjacency().data, dtype=float)
    model = spectral(2, affinity="precomputed").fit(graph)
    np.testing.assert_array_equal(model.affinity_matrix_.toarray(), A)


# Directed graphs


def test_the_walk_of_a_directed_graph_is_chungs():
    rng = np.random.default_rng(0)
    A = rng.random((12, 12))
    P = A / A.sum(axis=1, keepdims=True)
    values, vectors = np.linalg.eig(P.T)
    pi = np.real(vectors[:, np.argmax(np.real(values))])
    pi = np.diag(pi / pi.sum())
    expected = (pi @ P + P.T @ pi) / 2
    for storage in (np.asarray, sparse.csr_array):
        found = random_walk_affinity(storage(A))
        found = found.toarray() if sparse.issparse(found) else found
        # A walk that jumps once in a thousand steps.
        np.testing.assert_allclose(found, expected, rtol=2e-3)


def test_directed_communities_are_found():
    rng = np.random.default_rng(0)
    y = np.repeat(range(3), 40)
    A = (rng.random((120, 120)) < np.where(y[:, None] == y, 0.3, 0.02)).astype(float)
    for directed in ("mean", "random_walk"):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for storage in (np.asarray, sparse.csr_array):
                model = spectral(3, affinity="precomputed", directed=directed)
                model.fit(storage(A))
                assert adjusted_rand_score(y, model.labels_) == 1
                assert np.mean(model.predict(storage(A)) == model.labels_) > 0.95
    with pytest.warns(UserWarning, match="Set directed='mean'"):
        spectral(3, affinity="precomputed").fit(A)


# Metrics and kernels


def test_mahalanobis_is_euclidean_distance_of_whitened_rows():
    X, _ = make_moons(200, noise=0.05, random_state=0)
    X = X @ np.array([[3.0, 1.0], [0.0, 0.01]])
    white = np.linalg.cholesky(np.linalg.inv(np.cov(X.T)))
    ours = spectral(2, metric="mahalanobis").fit(X)
    expected = spectral(2).fit(X @ white)
    np.testing.assert_allclose(
        ours.affinity_matrix_.toarray().sum(), expected.affinity_matrix_.sum()
    )
    assert adjusted_rand_score(ours.labels_, expected.labels_) == 1
    np.testing.assert_array_equal(ours.predict(X), ours.labels_)
    given = {"VI": np.linalg.inv(np.cov(X.T))}
    again = spectral(2, metric="mahalanobis", metric_params=given).fit(X)
    np.testing.assert_array_equal(again.labels_, ours.labels_)
    restored = pickle.loads(pickle.dumps(ours))
    np.testing.assert_array_equal(restored.predict(X), ours.labels_)


def test_metrics_take_their_parameters():
    X, _ = blobs()
    by_power = spectral(3, metric="minkowski", metric_params={"p": 1}).fit(X)
    expected = spectral(3, metric="manhattan").fit(X)
    assert abs(by_power.affinity_matrix_ - expected.affinity_matrix_).max() < 1e-12
    scaled = spectral(3, metric="seuclidean").fit(X * [1.0, 1e6])
    expected = spectral(3).fit(X / X.std(axis=0))
    assert adjusted_rand_score(scaled.labels_, expected.labels_) == 1


def test_kernels_are_scikit_learns():
    X, y = blobs()
    model = spectral(3, affinity="laplacian", kernel_params={"gamma": 0.7}).fit(X)
    np.testing.assert_allclose(model.affinity_matrix_, laplacian_kernel(X, gamma=0.7))
    assert adjusted_rand_score(y, model.labels_) == 1
    for params in (
        {"affinity": "cosine"},
        {"affinity": "chi2"},
        {"affinity": "polynomial", "kernel_params": {"degree": 2, "coef0": 1}},
        {"affinity": rbf_kernel, "kernel_params": {"gamma": 1.0}},
    ):
        model = spectral(3, **params).fit(abs(X))
        assert np.mean(model.predict(abs(X)) == model.labels_) >= 0.95
        pickle.loads(pickle.dumps(model)).predict(abs(X))


def test_a_graph_of_networkx_has_a_score():
    networkx = pytest.importorskip("networkx")
    graph = networkx.karate_club_graph()
    model = spectral(2, affinity="precomputed").fit(graph)
    A = networkx.to_scipy_sparse_array(graph, weight="weight", dtype=float)
    assert model.score(graph) == pytest.approx(model.score(A))
