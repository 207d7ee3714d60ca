"""n_clusters="auto": components are counted, and no number is made up."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score

from skmath import LaplacianSpectralClustering
from skmath.laplacian_spectral_clustering.number_of_clusters import sample_of_rows

STORAGE = (np.asarray, sparse.csr_array)


def auto(**params):
    return LaplacianSpectralClustering("auto", random_state=0, **params)


def cliques(number, size):
    return np.kron(np.eye(number), np.ones((size, size)))


def ring_of_cliques(number, size):
    """Return cliques of which each has one edge to the next (Watts 1999)."""
    A = cliques(number, size) - np.eye(number * size)
    ends = np.arange(0, number * size, size)
    A[ends, ends + 1] = A[ends + 1, ends] = 0
    A[ends, ends - 1] = A[ends - 1, ends] = 1
    return A


def grid(rows, columns):
    """Return the graph of a grid, whose nodes have up to four neighbours."""
    lines = [np.eye(m, k=1) + np.eye(m, k=-1) for m in (rows, columns)]
    return np.kron(lines[0], np.eye(columns)) + np.kron(np.eye(rows), lines[1])


@pytest.mark.parametrize("storage", STORAGE)
@pytest.mark.parametrize("unit", [1e-20, 1.0, 1e20])
@pytest.mark.parametrize("number", [21, 25, 60])
def test_components_are_never_fewer_clusters(number, unit, storage):
    A = storage(unit * cliques(number, 30))
    message = f"{number} connected components, more than max_clusters=20"
    with pytest.warns(UserWarning, match=message):
        model = auto(affinity="precomputed").fit(A)
    assert model.n_clusters_ == number
    assert adjusted_rand_score(np.repeat(range(number), 30), model.labels_) == 1


@pytest.mark.parametrize("number", [2, 3, 7, 18])
def test_components_and_cliques_in_a_ring_are_found(number):
    y = np.repeat(range(number), 12)
    for A in (cliques(number, 12), ring_of_cliques(number, 12)):
        model = auto(affinity="precomputed").fit(A)
        assert model.n_clusters_ == number
        assert adjusted_rand_score(y, model.labels_) >= 0.95


def test_more_clusters_than_are_tried_are_told():
    A = ring_of_cliques(30, 5)
    with pytest.warns(UserWarning, match="No number of clusters from 2 to 20 stands"):
        model = auto(affinity="precomputed").fit(A)
    assert model.n_clusters_ == 1
    assert (model.labels_ == 0).all()
    model = auto(affinity="precomputed", max_clusters=40).fit(A)
    assert model.n_clusters_ == 30


@pytest.mark.parametrize("shape", [(20, 20), (40, 10), (1, 100), (3, 5)], ids=str)
def test_a_grid_is_one_cluster(shape):
    with pytest.warns(UserWarning, match="stands out.*raise it, or set n_clusters"):
        assert auto(affinity="precomputed").fit(grid(*shape)).n_clusters_ == 1


@pytest.mark.filterwarnings("ignore:No number of clusters")
@pytest.mark.parametrize(("n", "share"), [(30, 0.6), (60, 0.6), (400, 0.95)])
@pytest.mark.parametrize("p", [2, 5])
def test_rows_without_clusters_are_one(n, share, p):
    found = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        for X in (rng.normal(size=(n, p)), rng.uniform(size=(n, p))):
            found.append(auto().fit(X).n_clusters_)
    assert np.mean(np.array(found) == 1) >= share


def test_a_graph_without_edges_has_no_clusters():
    for A in (np.zeros((6, 6)), sparse.csr_array((6, 6))):
        with pytest.warns(UserWarning, match="The graph has no edges"):
            model = auto(affinity="precomputed").fit(A)
        assert model.n_clusters_ == 1


def test_as_many_blobs_as_are_tried_and_more_are_found():
    corners = np.stack(np.meshgrid(range(5), range(5)), axis=-1).reshape(-1, 2)
    X, y = make_blobs(1000, centers=20.0 * corners, cluster_std=0.5, random_state=0)
    model = auto(max_clusters=30).fit(X)
    assert model.n_clusters_ == 25
    assert adjusted_rand_score(y, model.labels_) == 1
    with pytest.warns(UserWarning, match="max_clusters=20"):
        auto().fit(X)


@pytest.mark.parametrize("size", [1, 6])
@pytest.mark.parametrize("start", range(0, 20_000, 1700))
def test_small_clusters_are_in_the_sample_by_which_numbers_are_judged(start, size):
    n, few = 20_000, np.arange(start, start + size)
    vectors = np.zeros((n, 4))
    vectors[:, 0] = 1.0
    vectors[: n // 2, 1] = 1.0
    vectors[:, 2] = np.random.RandomState(0).normal(scale=0.1, size=n)
    vectors[few] = [0, 0, 0, 9.0]
    assert np.isin(few, sample_of_rows(vectors)).any()
