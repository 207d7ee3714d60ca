"""LaplacianSpectralClustering on shapes whose clusters are known, and on digits."""

import warnings

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist
from sklearn.cluster import KMeans, SpectralClustering
from sklearn.datasets import (
    load_digits,
    load_iris,
    make_blobs,
    make_circles,
    make_moons,
)
from sklearn.metrics import (
    adjusted_rand_score,
    confusion_matrix,
    normalized_mutual_info_score,
)
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.neighbors import kneighbors_graph
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmath import LaplacianSpectralClustering
from skmath.laplacian_spectral_clustering import labels as ways_to_label


def spectral(k=2, **params):
    return LaplacianSpectralClustering(k, random_state=0, **params)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4])
def test_moons_and_circles_are_told_apart_in_any_units(seed, scale):
    for X, y in (
        make_moons(300, noise=0.05, random_state=seed),
        make_circles(300, noise=0.04, factor=0.5, random_state=seed),
    ):
        assert adjusted_rand_score(spectral().fit_predict(X * scale), y) == 1


@pytest.mark.parametrize("laplacian", ["symmetric", "random_walk", "unnormalized"])
@pytest.mark.parametrize("affinity", ["self_tuning", "nearest_neighbors"])
def test_digits_are_clustered_better_than_by_scikit_learn(laplacian, affinity):
    X, y = load_digits(return_X_y=True)
    ours = spectral(10, laplacian=laplacian, affinity=affinity).fit(X)
    theirs = SpectralClustering(10, affinity="nearest_neighbors", random_state=0).fit(X)
    agreement = normalized_mutual_info_score(y, ours.labels_)
    assert agreement > normalized_mutual_info_score(y, theirs.labels_)
    # A row chooses its neighbours but is not chosen by them: nearly the same clusters.
    assert (ours.predict(X) == ours.labels_).mean() >= 0.99


def test_the_laplacians_eigenvalues_are_not_above_zero():
    X, _ = make_moons(200, noise=0.1, random_state=0)
    model = spectral(3, affinity="rbf", gamma=1.0, normalize_rows=False).fit(X)
    assert model.eigenvalues_[0] == 0
    assert (np.diff(model.eigenvalues_) <= 0).all()
    A = rbf_kernel(X, gamma=1.0)
    np.testing.assert_allclose(model.affinity_matrix_, A)
    np.testing.assert_allclose(model.degrees_, A.sum(axis=1))
    L = (A - np.diag(A.sum(axis=1))) / np.sqrt(np.outer(model.degrees_, model.degrees_))
    np.testing.assert_allclose(
        L @ model.embedding_, model.embedding_ * model.eigenvalues_, atol=1e-10
    )


def test_new_rows_get_their_neighbours_cluster():
    X, y = make_moons(600, noise=0.05, random_state=0)
    model = spectral().fit(X[:300])
    swap = adjusted_rand_score(model.predict(X[300:]), y[300:])
    assert swap == 1
    assert (model.predict(X[:300]) == model.labels_).all()


def test_with_all_pairs_the_embedding_continues_itself_exactly():
    X, _ = make_moons(150, noise=0.05, random_state=0)
    model = spectral(affinity="rbf", gamma=20.0).fit(X)
    np.testing.assert_allclose(model.transform(X), model.embedding_, atol=1e-6)


def test_precomputed_affinities_are_those_computed():
    X, _ = make_moons(200, noise=0.05, random_state=0)
    A = rbf_kernel(X, gamma=20.0)
    ours = spectral(affinity="rbf", gamma=20.0).fit(X)
    for container in (np.asarray, sparse.csr_array):
        given = spectral(affinity="precomputed").fit(container(A))
        assert adjusted_rand_score(given.labels_, ours.labels_) == 1
        np.testing.assert_array_equal(given.predict(A[:20]), given.labels_[:20])


def test_components_of_a_graph_are_its_clusters():
    blocks = [np.ones((n, n)) for n in (4, 6, 5)]
    A = sparse.block_diag([sparse.coo_array(b) for b in blocks], format="csr")
    model = spectral(3, affinity="precomputed").fit(A)
    assert model.n_connected_components_ == 3
    expected = np.repeat([0, 1, 2], (4, 6, 5))
    assert adjusted_rand_score(model.labels_, expected) == 1


def test_more_components_than_clusters_are_told():
    A = sparse.block_diag([sparse.coo_array(np.ones((3, 3)))] * 4, format="csr")
    with pytest.warns(UserWarning, match="4 connected components but n_clusters=2"):
        spectral(2, affinity="precomputed").fit(A)


def test_a_graph_of_scikit_learns_neighbours_is_taken():
    X, y = make_moons(200, noise=0.05, random_state=0)
    A = kneighbors_graph(X, 10, include_self=True)
    labels = spectral(affinity="precomputed").fit_predict((A + A.T) / 2)
    assert adjusted_rand_score(labels, y) == 1


@pytest.mark.parametrize(
    ("A", "message"),
    [
        (np.ones((3, 4)), "square matrix"),
        (np.array([[0, -1.0], [-1.0, 0]]), r"X\[0, 1\] is -1"),
    ],
)
def test_affinities_that_are_none_are_told(A, message):
    with pytest.raises(ValueError, match=message):
        spectral(affinity="precomputed").fit(A)


def test_affinities_that_are_not_symmetric_are_made_so_and_told():
    X, _ = make_moons(60, random_state=0)
    A = kneighbors_graph(X, 5, include_self=True)
    with pytest.warns(UserWarning, match="differ by up to 1"):
        model = spectral(affinity="precomputed").fit(A)
    np.testing.assert_allclose(
        model.affinity_matrix_.toarray(), (A + A.T).toarray() / 2
    )


def test_fewer_rows_than_clusters_are_told():
    with pytest.raises(ValueError, match="n_samples=3 should be >= n_clusters=8"):
        LaplacianSpectralClustering().fit(np.eye(3))


@pytest.mark.filterwarnings("ignore:Number of distinct clusters")
@pytest.mark.filterwarnings("ignore:The graph has")
def test_duplicates_and_few_rows_are_answered():
    X = np.repeat([[0.0, 0], [5, 5]], 20, axis=0)
    assert len(set(spectral().fit_predict(X))) == 2
    assert spectral(1).fit_predict(np.ones((4, 2))).tolist() == [0, 0, 0, 0]
    assert set(spectral(3, n_neighbors=50).fit_predict(np.eye(3))) == {0, 1, 2}


@pytest.mark.filterwarnings("ignore:The graph has")
def test_true_is_one_neighbor():
    # scikit-learn's checks take a bool for an int; its search trees do not.
    X = np.arange(12.0)[:, None] ** 2
    for metric in ("euclidean", "manhattan"):
        labels = [
            spectral(n_neighbors=k, metric=metric).fit_predict(X) for k in (True, 1)
        ]
        np.testing.assert_array_equal(*labels)


def test_it_repeats_and_works_in_a_pipeline():
    X, y = make_moons(200, noise=0.05, random_state=0)
    model = make_pipeline(StandardScaler(), spectral())
    labels = model.fit_predict(X)
    np.testing.assert_array_equal(model.fit_predict(X), labels)
    assert adjusted_rand_score(labels, y) == 1
    assert adjusted_rand_score(model.predict(X), y) == 1


# How good the defaults are


def accuracy(y, labels):
    """Return the share of rows in the clusters that match the classes best."""
    counts = confusion_matrix(y, labels)
    return counts[linear_sum_assignment(-counts)].sum() / len(y)


def spirals(seed):
    """Return two spirals of a turn and a half, evenly spread along them."""
    t = np.linspace(0.5, 3 * np.pi, 300)
    arm = np.stack([t * np.cos(t), t * np.sin(t)], axis=1)
    noise = 0.15 * np.random.default_rng(seed).normal(size=(600, 2))
    return np.vstack([arm, -arm]) + noise, np.repeat([0, 1], 300)


def unequal(seed):
    """Return clusters of 400, 100 and 50 rows, the smaller the denser."""
    centers = [[0, 0], [9, 0], [0, 9]]
    deviations = [1.5, 0.5, 0.3]
    return make_blobs(
        [400, 100, 50], centers=centers, cluster_std=deviations, random_state=seed
    )


SHAPES = {
    "moons .05": (2, lambda seed: make_moons(500, noise=0.05, random_state=seed)),
    "moons .08": (2, lambda seed: make_moons(500, noise=0.08, random_state=seed)),
    "circles .3": (
        2,
        lambda seed: make_circles(500, noise=0.04, factor=0.3, random_state=seed),
    ),
    "circles .6": (
        2,
        lambda seed: make_circles(500, noise=0.04, factor=0.6, random_state=seed),
    ),
    "spirals": (2, spirals),
    "unequal": (3, unequal),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_are_told_apart_in_nine_of_ten(shape):
    k, rows = SHAPES[shape]
    right = [accuracy(y, spectral(k).fit_predict(X)) for X, y in map(rows, range(10))]
    assert np.sum(np.array(right) > 0.995) >= 9


def test_digits_are_found():
    X, y = load_digits(return_X_y=True)
    labels = [
        LaplacianSpectralClustering(10, random_state=seed).fit_predict(X)
        for seed in range(10)
    ]
    assert np.median([normalized_mutual_info_score(y, c) for c in labels]) >= 0.87
    assert np.median([accuracy(y, c) for c in labels]) >= 0.88


def test_the_karate_club_splits_with_one_member_off():
    networkx = pytest.importorskip("networkx", reason="it has the club")
    club = networkx.karate_club_graph()
    A = networkx.to_scipy_sparse_array(club, dtype=float)  # how often they met
    side = [club.nodes[i]["club"] == "Officer" for i in club]
    labels = spectral(affinity="precomputed").fit_predict(A)
    assert accuracy(side, labels) >= 33 / 34


# How many clusters


@pytest.mark.parametrize("k", range(2, 13))
def test_the_number_of_blobs_is_found(k):
    corners = np.stack(np.meshgrid(range(4), range(4)), axis=-1).reshape(-1, 2)
    for seed in range(3):
        centers = 10.0 * np.random.default_rng(seed).permutation(corners)[:k]
        X, _ = make_blobs(50 * k, centers=centers, random_state=seed)
        assert spectral("auto").fit(X).n_clusters_ == k


def test_the_number_of_shapes_iris_and_digits_is_found():
    for seed in range(5):
        moons, _ = make_moons(400, noise=0.05, random_state=seed)
        circles, _ = make_circles(400, noise=0.04, factor=0.5, random_state=seed)
        assert spectral("auto").fit(moons).n_clusters_ == 2
        assert spectral("auto").fit(circles).n_clusters_ == 2
    assert spectral("auto").fit(load_iris().data).n_clusters_ in (2, 3)
    model = spectral("auto").fit(load_digits().data)
    assert 9 <= model.n_clusters_ <= 11
    path = model.criterion_path_
    assert path.n_clusters[path.criterion.argmax()] == model.n_clusters_
    assert set(path) == {"n_clusters", "gap", "distortion", "modularity", "criterion"}


def test_no_more_clusters_are_considered_than_asked():
    X, _ = make_blobs(300, centers=10.0 * np.eye(8), random_state=0)
    model = spectral("auto", max_clusters=5).fit(X)
    assert model.criterion_path_.n_clusters.tolist() == [2, 3, 4, 5]


# What must not matter


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"affinity": "nearest_neighbors", "edges": "mutual", "n_neighbors": 20},
        {"affinity": "rbf", "laplacian": "random_walk", "assign_labels": "discretize"},
        {"laplacian": "unnormalized"},
        {"metric": "manhattan"},
    ],
    ids=str,
)
def test_the_order_and_the_unit_of_rows_do_not_matter(params):
    X, _ = make_blobs(200, centers=4, cluster_std=0.6, random_state=3)
    order = np.random.default_rng(0).permutation(200)
    labels = spectral(4, **params).fit_predict(X)
    for other in (X[order], 1e5 * X[order], 1e-5 * X[order] + 1):
        again = spectral(4, **params).fit_predict(other)
        assert adjusted_rand_score(again, labels[order]) == 1


@pytest.mark.parametrize("assign_labels", ["kmeans", "cluster_qr", "discretize"])
@pytest.mark.parametrize("k", [1, 2, 7, 25])
def test_there_are_never_fewer_clusters_than_asked(assign_labels, k):
    X = np.random.default_rng(0).normal(size=(300, 3))
    labels = spectral(k, assign_labels=assign_labels).fit_predict(X)
    assert set(labels) == set(range(k))


def test_distances_and_functions_may_be_given():
    X, y = make_moons(200, noise=0.05, random_state=0)
    D = np.sqrt(((X[:, None] - X[None]) ** 2).sum(axis=2))
    ours = spectral().fit(X)
    given = spectral(affinity="precomputed_distances").fit(D)
    assert adjusted_rand_score(given.labels_, ours.labels_) == 1
    np.testing.assert_array_equal(given.predict(D[:20]), given.labels_[:20])
    by_function = spectral(affinity=lambda A, B: rbf_kernel(A, B, gamma=20.0)).fit(X)
    by_pairs = spectral(affinity=lambda a, b: np.exp(-20 * ((a - b) ** 2).sum()))
    for model in (by_function, by_pairs.fit(X)):
        assert adjusted_rand_score(model.labels_, y) == 1
        np.testing.assert_array_equal(model.predict(X), model.labels_)


@pytest.mark.parametrize("index", [np.int32, np.int64])
def test_sparse_indices_of_any_width_are_taken(index):
    X, y = make_moons(200, noise=0.05, random_state=0)
    A = sparse.csr_array(rbf_kernel(X, gamma=50.0))
    A.indices, A.indptr = A.indices.astype(index), A.indptr.astype(index)
    labels = spectral(affinity="precomputed").fit_predict(A)
    assert adjusted_rand_score(labels, y) == 1


# New rows


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"affinity": "nearest_neighbors"},
        {"affinity": "rbf"},
        {"n_landmarks": 100},
        {"n_landmarks": 100, "affinity": "rbf"},
        {"laplacian": "unnormalized", "assign_labels": "discretize"},
        {"laplacian": "random_walk", "normalize_rows": False},
    ],
    ids=str,
)
def test_predict_on_the_rows_of_fit_gives_their_labels(params):
    for X, k in ((load_digits().data[:600], 10), (make_moons(400, noise=0.1)[0], 2)):
        model = spectral(k, **params).fit(X)
        assert np.mean(model.predict(X) == model.labels_) >= 0.99
        assert model.transform(X[:5]).shape == (5, model.embedding_.shape[1])


def test_parameters_set_after_fit_do_not_change_what_was_fitted():
    X, _ = make_moons(200, noise=0.05, random_state=0)
    model = spectral(laplacian="symmetric").fit(X)
    expected = model.transform(X[:9])
    model.set_params(laplacian="unnormalized", normalize_rows=False, affinity="rbf")
    np.testing.assert_array_equal(model.transform(X[:9]), expected)


def test_rows_far_from_all_others_go_to_the_nearest():
    X, _ = make_blobs(90, centers=[[0, 0], [10, 0], [0, 10]], random_state=0)
    for params in ({"affinity": "rbf"}, {}, {"affinity": "rbf", "n_landmarks": 30}):
        model = spectral(3, **params).fit(X)
        near = model.predict([[0.0, 0], [10, 0], [0, 10]])
        far = model.predict([[-1e4, -1e4], [1e5, 0], [0, 1e5]])
        np.testing.assert_array_equal(far, near)


# Weights, components and landmarks


def test_rows_of_weight_zero_get_a_cluster_and_give_none():
    X, y = make_moons(300, noise=0.05, random_state=0)
    outlier = np.vstack([X, [[50.0, 50.0]]])
    weight = np.append(np.ones(300), 0.0)
    model = spectral().fit(outlier, sample_weight=weight)
    assert adjusted_rand_score(model.labels_[:-1], y) == 1
    assert model.labels_[-1] in (0, 1)
    assert model.degrees_.shape == (301,)


def test_isolated_points_are_told():
    blocks = np.ones((5, 5)), np.ones((4, 4)), np.zeros((1, 1))
    A = sparse.block_diag([sparse.coo_array(b) for b in blocks], format="csr")
    with pytest.warns(UserWarning, match="1 of them a single node without an edge"):
        labels = spectral(3, affinity="precomputed").fit_predict(A)
    assert sorted(np.bincount(labels)) == [1, 4, 5]


def test_landmarks_stand_for_many_rows():
    X, y = make_moons(30_000, noise=0.07, random_state=0)
    model = spectral().fit(X)
    assert model.landmarks_.shape[1] == 2
    assert len(model.landmarks_) <= 1000
    Z = model.affinity_matrix_
    assert Z.shape == (30_000, len(model.landmarks_))
    assert Z.nnz <= 5 * 30_000
    np.testing.assert_allclose(Z.sum(axis=1), 1)
    assert normalized_mutual_info_score(y, model.labels_) > 0.99
    assert np.mean(model.predict(X) == model.labels_) >= 0.99


def test_landmarks_that_cannot_be_are_told():
    X, _ = make_moons(50, random_state=0)
    with pytest.raises(ValueError, match="n_landmarks=9 requires an affinity of"):
        spectral(metric="manhattan", n_landmarks=9).fit(X)
    with pytest.raises(ValueError, match="n_landmarks=9 requires an affinity of"):
        spectral(affinity="precomputed", n_landmarks=9).fit(rbf_kernel(X))


# Bad input


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.array([[0.0, np.nan], [1, 2], [2, 3]]), "NaN"),
        (np.array([[0.0, 1e200], [1, 2], [2, 3]]), "squares"),
        (np.array([[0.0, 1e-200], [0, 2e-200], [0, 0]]), "squares of their"),
    ],
)
def test_rows_that_cannot_be_used_are_told(X, message):
    with pytest.raises(ValueError, match=message):
        spectral().fit(X)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda a, b: np.ones(3), "must take arrays of m and n rows"),
        (lambda a, b: np.full((len(a), len(b)), np.nan), "returned NaN or infinity"),
        (lambda a, b: -np.ones((len(a), len(b))), r"X\[0, 0\] is -1"),
    ],
)
def test_functions_that_are_no_affinity_are_told(function, message):
    X, _ = make_moons(20, random_state=0)
    with pytest.raises(ValueError, match=message):
        spectral(affinity=function).fit(X)


@pytest.mark.parametrize("weight", [1e-300, 1e300])
def test_weights_whose_squares_are_no_numbers_are_told(weight):
    X, _ = make_moons(20, random_state=0)
    with pytest.raises(ValueError, match="Multiply sample_weight by a constant"):
        spectral().fit(X, sample_weight=np.full(20, weight))


def test_distances_that_are_none_are_told():
    with pytest.raises(ValueError, match="square matrix of distances"):
        spectral(affinity="precomputed_distances").fit(np.ones((3, 4)))
    with pytest.raises(ValueError, match=r"must not be negative, but X\[0, 1\] is -1"):
        spectral(affinity="precomputed_distances").fit(np.array([[0, -1.0], [-1, 0]]))


def test_a_constant_and_more_neighbours_than_rows_are_answered():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # only one node
        assert set(spectral().fit_predict(np.ones((6, 3)))) == {0}
    X, y = make_blobs(30, centers=[[0, 0], [50, 50]], random_state=0)
    labels = spectral(n_neighbors=500).fit_predict(X)
    assert adjusted_rand_score(labels, y) == 1
    assert set(spectral(1).fit_predict(X)) == {0}


def test_starts_that_compete_on_a_sample_end_as_low_as_on_all_rows(monkeypatch):
    E = make_blobs(3000, 12, centers=12, cluster_std=3.0, random_state=0)[0]
    k_means = KMeans(12, n_init=10, random_state=0).fit(E)
    monkeypatch.setattr(ways_to_label, "ROWS_TO_COMPARE", 1000)
    ours = ways_to_label.KMeansLabels(12, 10, np.random.RandomState(0)).fit(E, None)
    inertia = np.min(cdist(E, ours.k_means.cluster_centers_, "sqeuclidean"), axis=1)
    assert inertia.sum() <= 1.005 * k_means.inertia_
    assert len(ours.k_means.labels_) == 3000
    doubled = ways_to_label.KMeansLabels(12, 10, np.random.RandomState(0))
    doubled.fit(E, np.full(3000, 2.0))
    twice = 2 * ours.k_means.inertia_
    np.testing.assert_allclose(doubled.k_means.inertia_, twice, rtol=1e-6)
