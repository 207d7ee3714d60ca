"""The highest eigenvectors against scipy.linalg.eigh, whatever finds them."""

import numpy as np
import pytest
from scipy import linalg, sparse
from test_graphs import KINDS, definition, weighted_graph

from skmath.linear_algebra import (
    LAPLACIANS,
    degrees,
    graphs,
    symmetric_laplacian,
    top_eigenvectors,
)
from skmath.linear_algebra import graph_eigenvectors as module


def expected(L, k):
    S = L.matrix()
    return linalg.eigh(S.toarray() if sparse.issparse(S) else S)[0][::-1][:k]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("weighted", [False, True])
def test_small_graphs_are_solved_to_rounding(kind, container, weighted):
    A = weighted_graph()
    weight = np.arange(30) % 4 + 0.5 if weighted else None
    L = LAPLACIANS[kind](container(A), weight)
    spectrum = top_eigenvectors(L, 4)
    np.testing.assert_allclose(spectrum.eigenvalues, expected(L, 4), atol=1e-12)
    V = spectrum.vectors / L.scaling[:, None]
    np.testing.assert_allclose(L @ V, V * spectrum.eigenvalues, atol=1e-12)
    np.testing.assert_allclose(V.T @ V, np.eye(4), atol=1e-12)
    assert spectrum.n_components == 1
    assert spectrum.eigenvalues[0] == 0
    assert (spectrum.eigenvalues <= 0).all()
    assert spectrum.residual < 1e-12


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("thin", [True, False])
@pytest.mark.parametrize("tol", [1e-4, 1e-9])
def test_iterations_agree_with_lapack(kind, container, thin, tol, monkeypatch):
    monkeypatch.setattr(graphs, "is_thin", lambda A: thin)
    L = LAPLACIANS[kind](container(weighted_graph(400, density=0.05)))
    exactly = top_eigenvectors(L, 5)
    monkeypatch.setattr(graphs, "DENSE_ROWS", 50)
    monkeypatch.setattr(module, "SAMPLE_ROWS", 50)
    found = top_eigenvectors(L, 5, tol)
    assert found.residual <= tol
    # An eigenvalue is no farther than the residual (Bauer and Fike).
    atol = tol * -L.lowest
    np.testing.assert_allclose(found.eigenvalues, exactly.eigenvalues, atol=atol)
    if tol < 1e-6:
        np.testing.assert_allclose(found.vectors, exactly.vectors, atol=1e-5)


def hub_of_communities(m, n):
    """Return the graph of m rings of n, each joined to one hub: m - 1 equal values."""
    ring = sum(np.roll(np.eye(n), j, axis=0) for j in (1, 2, 3))
    A = linalg.block_diag(*[ring + ring.T] * m, np.zeros((1, 1)))
    A[-1, : m * n : n] = A[: m * n : n, -1] = 1.0
    return A


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("thin", [True, False])
def test_an_eigenvalue_repeated_more_often_than_a_block_is_wide(
    kind, thin, monkeypatch
):
    L = LAPLACIANS[kind](sparse.csr_array(hub_of_communities(20, 30)))
    monkeypatch.setattr(graphs, "is_thin", lambda A: thin)
    found = top_eigenvectors(L, 20)
    np.testing.assert_allclose(found.eigenvalues, expected(L, 20), atol=1e-8)
    assert found.certificate == ("inertia" if thin else "second_start")


@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
def test_another_start_finds_what_the_first_misses(container, monkeypatch):
    # Two grids joined by a thread: starts that are orthogonal to their difference.
    A = hub_of_communities(2, 400)
    L = symmetric_laplacian(container(A))
    S = L.matrix()
    S = S.toarray() if sparse.issparse(S) else S
    missed = linalg.eigh(S)[1][:, -2]

    def without(n, width, seed):
        V = np.random.RandomState(seed).standard_normal((n, width))
        return V - (seed == 0) * np.outer(missed, missed @ V)

    monkeypatch.setattr(module, "_random_columns", without)
    for thin in (True, False):
        monkeypatch.setattr(graphs, "is_thin", lambda A, thin=thin: thin)
        found = top_eigenvectors(L, 3)
        np.testing.assert_allclose(found.eigenvalues, expected(L, 3), atol=1e-8)
        assert found.certificate == ("inertia" if thin else "second_start")


@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
def test_pivots_count_the_eigenvalues_above(container):
    S = symmetric_laplacian(weighted_graph(60)).matrix()
    values = linalg.eigvalsh(S)
    for tau in (-1.2, -0.9, -0.5, -0.01, 0.1):
        assert module.n_above(container(S), tau) == np.count_nonzero(values > tau)


@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bridge", [1.0, 1e-6, 1e-13, 1e-16, 1e-20, 1e-300])
def test_a_weak_bridge_separates(kind, container, bridge, monkeypatch):
    monkeypatch.setattr(graphs, "DENSE_ROWS", 50)
    A = linalg.block_diag(weighted_graph(70, seed=0), weighted_graph(90, seed=1))
    A[0, 70] = A[70, 0] = bridge
    L = LAPLACIANS[kind](container(A))
    found = top_eigenvectors(L, 3)
    np.testing.assert_allclose(found.eigenvalues, expected(L, 3), atol=1e-8 * -L.lowest)
    assert found.n_components == (2 if bridge <= 1e-16 else 1)
    if bridge < 1.0:  # two columns that are constant on either side
        u = found.vectors[:, :2] / found.vectors[:, :1].sum()
        u = u if kind != "symmetric" else u / np.sqrt(degrees(A))[:, None]
        for side in (u[:70], u[70:]):
            np.testing.assert_allclose(side, side[:1].repeat(len(side), 0), atol=1e-5)
    assert found.certificate != "none"


def test_a_node_whose_edges_are_all_weak_is_no_component():
    A = np.zeros((31, 31))
    A[:30, :30] = weighted_graph(30)
    A[30, :5] = A[:5, 30] = 1e-40
    L = symmetric_laplacian(A)
    found = top_eigenvectors(L, 3)
    assert found.n_components == 1
    np.testing.assert_allclose(found.eigenvalues, expected(L, 3), atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_nearly_equal_eigenvalues_are_all_found(kind, monkeypatch):
    # A ring has each eigenvalue twice; two rings joined by a thread nearly four times.
    n = 100
    ring = np.roll(np.eye(n), 1, axis=0) + np.roll(np.eye(n), -1, axis=0)
    A = linalg.block_diag(ring, ring)
    A[0, n] = A[n, 0] = 1e-3
    L = LAPLACIANS[kind](sparse.csr_array(A))
    monkeypatch.setattr(graphs, "DENSE_ROWS", 50)
    found = top_eigenvectors(L, 6, 1e-8)
    np.testing.assert_allclose(found.eigenvalues, expected(L, 6), atol=1e-10)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("k", [2, 3, 5])
def test_a_disconnected_graph_is_answered_component_by_component(kind, k):
    sizes = (5, 9, 7)
    A = linalg.block_diag(*(weighted_graph(n, seed=n) for n in sizes))
    L = LAPLACIANS[kind](sparse.csr_array(A))
    spectrum = top_eigenvectors(L, k)
    values, vectors = spectrum.eigenvalues, spectrum.vectors
    assert spectrum.n_components == 3
    np.testing.assert_array_equal(values[:3], 0)
    np.testing.assert_allclose(values, expected(L, k), atol=1e-12)
    np.testing.assert_allclose(
        definition(A, kind) @ vectors, vectors * values, atol=1e-9
    )
    # The first are indicators, of the largest component first.
    component = np.repeat(np.arange(3), sizes)
    on = [np.unique(component[column != 0]).tolist() for column in vectors[:, :3].T]
    assert on == [[1], [2], [0]][:k]
    if kind != "symmetric":
        np.testing.assert_allclose(np.ptp(vectors[component == 1, 0]), 0, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
def test_isolated_nodes_have_eigenvalue_zero(kind, container):
    A = np.zeros((4, 4))
    A[0, 1] = A[1, 0] = 1.0
    spectrum = top_eigenvectors(LAPLACIANS[kind](container(A)), 4)
    assert spectrum.n_components == 3
    np.testing.assert_array_equal(spectrum.eigenvalues[:3], 0)
    assert spectrum.eigenvalues[3] < 0
    assert np.isfinite(spectrum.vectors).all()


def test_a_filter_is_the_chebyshev_polynomial():
    values = np.linspace(-2, 0, 50)
    S = sparse.diags_array(values).tocsr()
    filtered = module.ChebyshevFilter.of(S, -2.0, -0.5, degree=5) @ np.ones(50)
    mapped = (values + 1.25) / 0.75
    T5 = np.polynomial.chebyshev.chebval(mapped, [0, 0, 0, 0, 0, 1])
    np.testing.assert_allclose(filtered, T5, atol=1e-12)
    assert (np.abs(filtered[values <= -0.5]) <= 1 + 1e-12).all()
    assert (np.diff(filtered[values > -0.5]) > 0).all()


@pytest.mark.parametrize("k", [1, 3, 10])
def test_a_ritz_value_is_never_above_the_eigenvalue(k):
    L = symmetric_laplacian(weighted_graph(200, density=0.05))
    start = np.random.default_rng(0).normal(size=200)
    assert module.kth_ritz_value(L.matrix(), k, start) <= expected(L, k)[-1] + 1e-12


@pytest.mark.parametrize("n", [1000, 3000])  # LAPACK's, and a filter's
def test_eigenvalues_that_crowd_below_zero_are_told_apart(n):
    # A ring: -(1 - cos(2 pi j / n)), all but the first twice.
    ring = sparse.diags_array(
        [1.0, 1, 1, 1], offsets=[1, -1, n - 1, 1 - n], shape=(n, n)
    )
    spectrum = top_eigenvectors(symmetric_laplacian(ring.tocsr()), 4)
    expected = -(1 - np.cos(2 * np.pi * np.array([0, 1, 1, 2]) / n))
    np.testing.assert_allclose(spectrum.eigenvalues, expected, rtol=1e-2, atol=1e-12)
    V = spectrum.vectors
    np.testing.assert_allclose(V.T @ V, np.diag(np.diag(V.T @ V)), atol=1e-8)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("n", [40, 510])
@pytest.mark.parametrize("unit", [1e-300, 1e-9, 1e300])
def test_an_affinity_has_no_unit(kind, container, n, unit):
    A = weighted_graph(n, density=0.05)
    found = top_eigenvectors(LAPLACIANS[kind](container(A * unit)), 4, 1e-6)
    L = LAPLACIANS[kind](A)
    # Only the unnormalised Laplacian has the unit of A.
    scale = unit if kind == "unnormalized" else 1.0
    atol = 1e-6 * -L.lowest
    np.testing.assert_allclose(found.eigenvalues / scale, expected(L, 4), atol=atol)
    assert found.n_components == 1
    assert found.residual <= 1e-6


@pytest.mark.parametrize("kind", KINDS)
def test_a_stored_zero_is_no_edge(kind):
    A = sparse.csr_array(linalg.block_diag(weighted_graph(5), weighted_graph(7)))
    rows, columns = A.tocoo().coords
    coords = np.r_[rows, 0, 6], np.r_[columns, 6, 0]
    stored = sparse.csr_array((np.r_[A.data, 0.0, 0.0], coords))
    assert stored.nnz == A.nnz + 2
    found, without = (top_eigenvectors(LAPLACIANS[kind](M), 3) for M in (stored, A))
    assert found.n_components == 2
    np.testing.assert_array_equal(found.eigenvalues, without.eigenvalues)


def test_a_lower_bound_by_lanczos_steps_has_no_unit():
    S = symmetric_laplacian(weighted_graph(200, density=0.05)).matrix()
    start = np.random.default_rng(0).normal(size=200)
    bound = module.kth_ritz_value(S, 3, start)
    for unit in (2.0**-60, 2.0**60):
        assert module.kth_ritz_value(unit * S, 3, start) == unit * bound
