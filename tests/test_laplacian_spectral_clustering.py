"""LaplacianSpectralClustering on shapes whose clusters are known, and on digits."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.cluster import SpectralClustering
from sklearn.datasets import load_digits, make_circles, make_moons
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.neighbors import kneighbors_graph
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmath import LaplacianSpectralClustering


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
        np.testing.assert_array_equal(given.labels_, ours.labels_)
        np.testing.assert_array_equal(given.predict(A[:20]), ours.predict(X[:20]))


def test_components_of_a_graph_are_its_clusters():
    blocks = [np.ones((n, n)) for n in (4, 6, 5)]
    A = sparse.block_diag(blocks, format="csr")
    model = spectral(3, affinity="precomputed").fit(A)
    assert model.n_connected_components_ == 3
    expected = np.repeat([0, 1, 2], (4, 6, 5))
    assert adjusted_rand_score(model.labels_, expected) == 1


def test_more_components_than_clusters_are_told():
    A = sparse.block_diag([np.ones((3, 3))] * 4, format="csr")
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
        (np.array([[0, 1.0], [0.5, 0]]), "must be symmetric"),
        (np.array([[0, -1.0], [-1.0, 0]]), r"X\[0, 1\] is -1"),
    ],
)
def test_affinities_that_are_none_are_told(A, message):
    with pytest.raises(ValueError, match=message):
        spectral(affinity="precomputed").fit(A)


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


def test_it_repeats_and_works_in_a_pipeline():
    X, y = make_moons(200, noise=0.05, random_state=0)
    model = make_pipeline(StandardScaler(), spectral())
    labels = model.fit_predict(X)
    np.testing.assert_array_equal(model.fit_predict(X), labels)
    assert adjusted_rand_score(labels, y) == 1
    assert adjusted_rand_score(model.predict(X), y) == 1
