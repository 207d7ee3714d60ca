"""What has no volume to speak of is no cluster, and does not change the others."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.datasets import make_blobs, make_circles, make_moons
from sklearn.metrics import adjusted_rand_score

from skmath import LaplacianSpectralClustering

CORNERS = [[0, 0], [10, 0], [0, 10]]
STORAGE = (np.asarray, sparse.csr_array, sparse.csc_array, sparse.coo_array)


def spectral(k, **params):
    return LaplacianSpectralClustering(k, random_state=0, **params)


def blobs(seed=0, n=300):
    return make_blobs(n, centers=CORNERS, cluster_std=0.8, random_state=seed)


def spirals(seed):
    t = np.linspace(0.5, 3 * np.pi, 300)
    arm = np.stack([t * np.cos(t), t * np.sin(t)], axis=1)
    noise = 0.15 * np.random.default_rng(seed).normal(size=(600, 2))
    return np.vstack([arm, -arm]) + noise, np.repeat([0, 1], 300)


SHAPES = {
    "moons": (2, lambda seed: make_moons(500, noise=0.05, random_state=seed)),
    "circles": (
        2,
        lambda seed: make_circles(500, noise=0.04, factor=0.5, random_state=seed),
    ),
    "spirals": (2, spirals),
    "unequal": (
        3,
        lambda seed: make_blobs(
            [400, 100, 50],
            centers=[[0, 0], [9, 0], [0, 9]],
            cluster_std=[1.5, 0.5, 0.3],
            random_state=seed,
        ),
    ),
    "blobs": (3, blobs),
}


def in_a_box(X, seed, times=10.0, share=0.01):
    """Return rows drawn evenly from a box some times as wide as X."""
    low, high = X.min(axis=0), X.max(axis=0)
    draws = np.random.default_rng(seed).uniform(-1, 1, (round(share * len(X)), 2))
    return (low + high) / 2 + times * (high - low) / 2 * draws


# Five rows of six that are near each other are a component.
@pytest.mark.filterwarnings("ignore:The graph has 3 connected components")
@pytest.mark.parametrize("shape", SHAPES)
def test_one_row_in_a_hundred_far_off_does_not_hide_the_clusters(shape):
    k, rows = SHAPES[shape]
    right = 0
    for seed in range(20):
        X, y = rows(seed)
        labels = spectral(k).fit_predict(np.vstack([X, in_a_box(X, seed)]))
        right += adjusted_rand_score(y, labels[: len(X)]) >= 0.95
    assert right >= 19


@pytest.mark.parametrize("affinity", ["self_tuning", "nearest_neighbors", "rbf"])
@pytest.mark.parametrize("far", [60.0, 600.0, 1e5])
@pytest.mark.parametrize(
    "embedding",
    [
        {},
        {"normalize_rows": False},
        {"normalize_rows": False, "laplacian": "random_walk"},
        {"normalize_rows": False, "laplacian": "unnormalized"},
    ],
    ids=str,
)
def test_a_remote_row_is_of_the_nearest_cluster(affinity, far, embedding):
    X, y = blobs()
    for direction, nearest in (([1.0, 0.1], 1), ([0.1, 1.0], 2), ([-1.0, -1.0], 0)):
        remote = far * np.array([direction])
        params = {"affinity": affinity, **embedding}
        if affinity == "rbf":
            params["gamma"] = 1.0
        model = spectral(3, **params).fit(np.vstack([X, remote]))
        assert adjusted_rand_score(y, model.labels_[:300]) == 1
        assert model.labels_[300] == model.labels_[:300][y == nearest][0]
        assert model.predict(remote)[0] == model.labels_[300]


@pytest.mark.parametrize("far", [60.0, 600.0, 1e5, 1e9])
def test_outliers_may_be_labelled_as_such(far):
    X, y = blobs()
    remote = far * np.array([[1.0, 1.0], [1.0, -1.0]])
    model = spectral(3, outliers="label").fit(np.vstack([X, remote]))
    assert model.labels_[300:].tolist() == [-1, -1]
    assert model.outliers_.tolist() == [300, 301]
    assert adjusted_rand_score(y, model.labels_[:300]) == 1
    np.testing.assert_array_equal(model.predict(X), model.labels_[:300])
    # What is as remote is one too, and what is farther away.
    assert model.predict(remote).tolist() == [-1, -1]
    assert model.predict(10 * remote).tolist() == [-1, -1]
    assert set(spectral(3, outliers="label").fit(X).labels_) == {0, 1, 2}


@settings(deadline=None, max_examples=30)
@given(
    seed=st.integers(0, 1000),
    n_remote=st.integers(1, 4),
    affinity=st.sampled_from(["self_tuning", "rbf"]),
    outliers=st.sampled_from(["nearest", "label"]),
)
def test_remote_rows_do_not_change_the_others(seed, n_remote, affinity, outliers):
    X, _ = blobs(seed)
    directions = np.random.default_rng(seed).normal(size=(n_remote, 2))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    remote = directions * 10.0 ** np.arange(4, 4 + n_remote)[:, None]
    params = {"affinity": affinity, "gamma": 1.0, "outliers": outliers}
    alone = spectral(3, **params).fit(X)
    model = spectral(3, **params).fit(np.vstack([remote, X]))
    np.testing.assert_array_equal(model.labels_[n_remote:], alone.labels_)
    np.testing.assert_allclose(model.eigenvalues_, alone.eigenvalues_, atol=1e-9)
    np.testing.assert_array_equal(model.predict(remote), model.labels_[:n_remote])


def communities(n_isolated=25, seed=0):
    """Return a graph of four communities of 40, and of nodes without edges."""
    draws = np.random.default_rng(seed).random((160, 160))
    y = np.repeat(range(4), 40)
    A = np.triu(draws < np.where(y[:, None] == y, 0.3, 0.01), 1).astype(float)
    n = 160 + n_isolated
    whole = np.zeros((n, n))
    whole[:160, :160] = A + A.T
    return whole, y


@pytest.mark.filterwarnings("ignore:.*no edge to a row of any cluster")
@pytest.mark.parametrize("storage", STORAGE, ids=lambda s: s.__name__)
@pytest.mark.parametrize("unit", [1e-20, 1.0, 1e20])
@pytest.mark.parametrize("laplacian", ["symmetric", "random_walk", "unnormalized"])
def test_nodes_without_edges_do_not_hide_communities(storage, unit, laplacian):
    A, y = communities()
    model = spectral(4, affinity="precomputed", laplacian=laplacian)
    model.fit(storage(unit * A))
    assert adjusted_rand_score(y, model.labels_[:160]) >= 0.95
    assert model.outliers_.tolist() == list(range(160, 185))
    alone = spectral(4, affinity="precomputed", laplacian=laplacian)
    alone.fit(storage(unit * A[:160, :160]))
    np.testing.assert_array_equal(alone.labels_, model.labels_[:160])
    volume = np.bincount(alone.labels_, A[:160].sum(axis=1))
    assert (volume[model.labels_[160:]] == volume.max()).all()
    given_again = sparse.csr_array(storage(unit * A))
    np.testing.assert_array_equal(model.predict(given_again), model.labels_)


@pytest.mark.filterwarnings("ignore:.*no edge to a row of any cluster")
@pytest.mark.parametrize("outliers", ["nearest", "label"])
def test_the_order_of_nodes_does_not_matter(outliers):
    A, _ = communities()
    order = np.random.default_rng(0).permutation(len(A))
    params = {"affinity": "precomputed", "outliers": outliers}
    labels = spectral(4, **params).fit_predict(A)
    again = spectral(4, **params).fit_predict(A[order][:, order])
    assert adjusted_rand_score(again, labels[order]) == 1
    if outliers == "label":
        np.testing.assert_array_equal(again == -1, labels[order] == -1)
        assert (labels[160:] == -1).all()


def test_nodes_without_edges_are_told():
    A, _ = communities()
    with pytest.warns(UserWarning, match="25 rows have no edge to a row of any"):
        spectral(4, affinity="precomputed").fit(A)
    with pytest.warns(UserWarning, match="labelled with -1"):
        spectral(4, affinity="precomputed", outliers="label").fit(A)


@pytest.mark.parametrize("unjoined", [1, 2])
def test_rows_joined_only_to_each_other_are_not_called_without_edges(unjoined):
    A, _ = communities()
    A = A[: 160 + unjoined, : 160 + unjoined].copy()
    if unjoined == 2:
        A[160, 161] = A[161, 160] = 1.0
    text = "1 row has" if unjoined == 1 else "2 rows have"
    with pytest.warns(UserWarning, match=f"{text} no edge to a row of any cluster"):
        spectral(4, affinity="precomputed").fit(A)


@pytest.mark.filterwarnings("ignore:.*no edge to a row of any cluster")
def test_the_number_of_communities_is_found_among_nodes_without_edges():
    A, y = communities()
    model = spectral("auto", affinity="precomputed").fit(A)
    assert model.n_clusters_ == 4
    assert adjusted_rand_score(y, model.labels_[:160]) >= 0.95


@pytest.mark.parametrize("weight", [None, 0.1, 3.0])
@pytest.mark.parametrize("away", [10.0, 100.0])
def test_a_cluster_of_five_rows_is_one(weight, away):
    for seed in range(5):
        X, y = blobs(seed)
        few = away + 0.8 * np.random.default_rng(seed).normal(size=(5, 2))
        weights = None if weight is None else np.full(305, weight)
        model = spectral(4)
        model.fit(np.vstack([X, few]), sample_weight=weights)
        assert not np.isin(range(300, 305), model.outliers_).any()
        expected = np.append(y, np.full(5, 3))
        assert adjusted_rand_score(expected, model.labels_) == 1


def test_single_nodes_are_clusters_of_a_small_graph():
    A = np.zeros((6, 6))
    A[:3, :3] = A[3:5, 3:5] = 1.0
    with pytest.warns(UserWarning, match="1 of them a single node"):
        model = spectral(3, affinity="precomputed", outliers="label").fit(A)
    assert sorted(np.bincount(model.labels_)) == [1, 2, 3]
    np.testing.assert_array_equal(model.predict(A), model.labels_)


@pytest.mark.parametrize("outliers", ["nearest", "label"])
def test_weights_are_repetitions_beside_an_outlier(outliers):
    X, _ = blobs(n=90)
    X = np.vstack([X, [[1e4, 1e4]]])
    weight = np.random.default_rng(0).integers(1, 4, len(X)).astype(float)
    weight[-1] = 1.0
    rows = np.repeat(np.arange(len(X)), weight.astype(int))
    weighted = spectral(3, outliers=outliers).fit(X, sample_weight=weight)
    repeated = spectral(3, outliers=outliers).fit(X[rows])
    np.testing.assert_array_equal(weighted.labels_[rows], repeated.labels_)
    np.testing.assert_array_equal(X[weighted.outliers_], X[rows][repeated.outliers_])


@pytest.mark.parametrize("outliers", ["nearest", "label"])
def test_a_remote_row_takes_no_cluster_from_landmarks(outliers):
    for rows, k in ((make_moons(3000, noise=0.05, random_state=0), 2), (blobs(0), 3)):
        X, y = rows
        remote = np.array([[600.0, 800.0]])
        model = spectral(k, n_landmarks=100, outliers=outliers)
        model.fit(np.vstack([X, remote]))
        assert adjusted_rand_score(y, model.labels_[:-1]) == 1
        assert model.predict(remote)[0] == model.labels_[-1]
        assert (model.labels_[-1] == -1) == (outliers == "label")
        assert len(model.landmarks_) == model.affinity_matrix_.shape[1]
