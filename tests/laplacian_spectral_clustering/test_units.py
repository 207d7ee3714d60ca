"""An affinity has no unit, and a matrix is the same however it is stored."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.datasets import make_blobs, make_moons
from sklearn.metrics.pairwise import rbf_kernel

from skmath import LaplacianSpectralClustering

UNITS = (1e-300, 1e-20, 1e-9, 1e-6, 1e20, 1e300)
STORAGE = (
    np.asarray,
    np.asfortranarray,
    sparse.csr_array,
    sparse.csc_array,
    sparse.coo_array,
    sparse.csr_matrix,
)
LAPLACIANS = ("symmetric", "random_walk", "unnormalized")


def three_groups(n=60, bridge=0.01):
    """Return the affinity of three groups that weak edges join."""
    y = np.repeat([0, 1, 2], n // 3)
    A = np.triu((y[:, None] == y) * np.random.default_rng(0).random((n, n)), 1)
    A = A + A.T
    for i, j in ((0, n // 3), (n // 3, 2 * n // 3)):
        A[i, j] = A[j, i] = bridge
    return A


def clustered(A, k=3, **params):
    return LaplacianSpectralClustering(
        k, affinity="precomputed", random_state=0, **params
    ).fit(A)


def assert_same_clusters(model, expected, unit=1.0):
    """Assert that all that has no unit is the same, and what has one is scaled."""
    np.testing.assert_array_equal(model.labels_, expected.labels_)
    assert model.n_clusters_ == expected.n_clusters_
    assert model.n_connected_components_ == expected.n_connected_components_
    np.testing.assert_allclose(model.degrees_ / unit, expected.degrees_, rtol=1e-6)


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("storage", STORAGE, ids=lambda s: s.__name__)
@pytest.mark.parametrize("laplacian", LAPLACIANS)
def test_the_unit_and_the_storage_of_an_affinity_do_not_matter(
    unit, storage, laplacian
):
    A = three_groups()
    expected = clustered(A, laplacian=laplacian)
    model = clustered(storage(A * unit), laplacian=laplacian)
    assert expected.n_connected_components_ == 1
    assert_same_clusters(model, expected, unit)
    new = storage(A * unit)
    if sparse.issparse(new):
        new = new.tocsr()
    np.testing.assert_array_equal(model.predict(new), expected.predict(A))
    scale = unit if laplacian == "unnormalized" else 1.0
    np.testing.assert_allclose(
        model.eigenvalues_ / scale, expected.eigenvalues_, atol=1e-10
    )


@pytest.mark.parametrize("unit", [1e-300, 1e-9, 1e300])
@pytest.mark.parametrize("assign_labels", ["kmeans", "cluster_qr", "discretize"])
@pytest.mark.parametrize("laplacian", LAPLACIANS)
@pytest.mark.parametrize("normalize_rows", [True, False])
def test_no_assignment_of_labels_has_a_unit(
    unit, assign_labels, laplacian, normalize_rows
):
    A, params = three_groups(), {"assign_labels": assign_labels}
    params |= {"laplacian": laplacian, "normalize_rows": normalize_rows}
    assert_same_clusters(clustered(A * unit, **params), clustered(A, **params), unit)


@settings(deadline=None, max_examples=25)
@given(
    exponent=st.integers(-450, 450),
    bridge=st.floats(1e-7, 1.0),
    storage=st.sampled_from(STORAGE),
    laplacian=st.sampled_from(LAPLACIANS),
    n=st.sampled_from([12, 30, 600]),
)
def test_a_power_of_two_changes_no_bit(exponent, bridge, storage, laplacian, n):
    A, unit = three_groups(n, bridge), 4.0**exponent
    expected = clustered(storage(A), laplacian=laplacian)
    model = clustered(storage(A * unit), laplacian=laplacian)
    assert_same_clusters(model, expected, unit)
    assert expected.n_connected_components_ == 1
    scale = unit if laplacian == "unnormalized" else 1.0
    np.testing.assert_array_equal(model.eigenvalues_, expected.eigenvalues_ * scale)


@pytest.mark.parametrize("unit", [1e-20, 1e20])
@pytest.mark.parametrize("storage", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("laplacian", LAPLACIANS)
def test_graphs_of_many_nodes_have_no_unit(unit, storage, laplacian):
    X, _ = make_blobs(510, centers=10.0 * np.eye(3), random_state=0)
    A = rbf_kernel(X, gamma=0.2) * (rbf_kernel(X, gamma=0.02) > 1e-3)
    model = clustered(storage(A * unit), laplacian=laplacian)
    assert_same_clusters(model, clustered(A, laplacian=laplacian), unit)


@pytest.mark.parametrize("unit", [1e-20, 1e-9, 1e9, 1e20])
@pytest.mark.parametrize("storage", [np.asarray, sparse.csr_array])
def test_the_number_of_clusters_has_no_unit(unit, storage):
    X, _ = make_blobs(150, centers=10.0 * np.eye(5), random_state=0)
    A = rbf_kernel(X, gamma=0.2)
    expected = clustered(A, "auto")
    assert expected.n_clusters_ == 5
    model = clustered(storage(A * unit), "auto")
    assert_same_clusters(model, expected, unit)
    # Of numbers far from it k-means has several solutions, which rounding decides.
    highest = expected.criterion_path_.criterion.max()
    np.testing.assert_allclose(model.criterion_path_.criterion.max(), highest)


@pytest.mark.parametrize("unit", UNITS)
def test_a_function_of_rows_has_no_unit(unit):
    X, _ = make_moons(100, noise=0.05, random_state=0)
    expected, model = (
        LaplacianSpectralClustering(
            2,
            affinity=lambda A, B, u=u: u * rbf_kernel(A, B, gamma=20.0),
            random_state=0,
        ).fit(X)
        for u in (1.0, unit)
    )
    assert_same_clusters(model, expected, unit)
    np.testing.assert_array_equal(model.predict(X), expected.predict(X))


@pytest.mark.parametrize("unit", [1e-20, 1.0, 1e20])
@pytest.mark.parametrize("storage", [np.asarray, sparse.csr_array])
def test_single_precision_has_no_unit(unit, storage):
    A = three_groups()
    model = clustered(storage((A * unit).astype(np.float32)))
    assert_same_clusters(model, clustered(A), unit)


@pytest.mark.parametrize("storage", STORAGE, ids=lambda s: s.__name__)
def test_whole_numbers_are_affinities(storage):
    A = np.ceil(100 * three_groups()).astype(np.int64)
    assert_same_clusters(clustered(storage(A)), clustered(A * 1.0))


@pytest.mark.parametrize("laplacian", LAPLACIANS)
@pytest.mark.parametrize("n", [60, 600])
def test_zeros_that_are_stored_are_no_edges(laplacian, n):
    A = three_groups(n, bridge=0.0)
    stored = sparse.csr_array(A)
    i = np.array([0, n // 3])
    zeros = sparse.coo_array((np.zeros(4), (np.r_[i, i[::-1]], np.r_[i[::-1], i])))
    zeros.resize((n, n))
    both = sparse.coo_array(
        (
            np.r_[stored.data, zeros.data],
            tuple(
                np.r_[a, b]
                for a, b in zip(stored.tocoo().coords, zeros.coords, strict=True)
            ),
        ),
        shape=(n, n),
    ).tocsr()
    assert both.nnz == stored.nnz + 2
    model = clustered(both, laplacian=laplacian)
    assert model.n_connected_components_ == 3
    assert_same_clusters(model, clustered(A, laplacian=laplacian))


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"affinity": "nearest_neighbors"},
        {"affinity": "rbf"},
        {"n_landmarks": 40},
        {"n_landmarks": 40, "affinity": "rbf"},
        {"n_clusters": "auto"},
    ],
    ids=str,
)
@pytest.mark.parametrize("unit", [2.0**-40, 2.0**40])
def test_rows_have_no_unit(params, unit):
    X, _ = make_moons(200, noise=0.05, random_state=0)
    params = {"n_clusters": 2, "random_state": 0, **params}
    expected = LaplacianSpectralClustering(**params).fit(X)
    model = LaplacianSpectralClustering(**params).fit(unit * X)
    assert_same_clusters(model, expected)
    np.testing.assert_array_equal(model.predict(unit * X), expected.predict(X))


@pytest.mark.parametrize("storage", [np.asarray, sparse.csr_array])
def test_affinities_whose_sums_overflow_are_refused(storage):
    A = three_groups()
    with pytest.raises(ValueError, match="sums overflow"):
        clustered(storage(A / A.max() * 1.7e308))
