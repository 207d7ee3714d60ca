"""Eigenvalues that repeat or crowd, against LAPACK, on random graphs of many kinds."""

import numpy as np
import pytest
from scipy import linalg, sparse

from skmath.linear_algebra import LAPLACIANS, graphs, top_eigenvectors
from skmath.linear_algebra import graph_eigenvectors as module

QUICK, MANY = 24, 300


def path(n, rng):
    return sparse.diags_array([np.ones(n - 1)] * 2, offsets=[-1, 1], shape=(n, n))


def grid(n, rng):
    side = int(np.sqrt(n))
    rows, columns = path(side, rng), path(max(2, n // side), rng)
    return sparse.kron(rows, sparse.eye_array(columns.shape[0])) + sparse.kron(
        sparse.eye_array(side), columns
    )


def circulant(n, rng):
    offsets = rng.choice(np.arange(1, 9), 3, replace=False)
    ring = sum(np.roll(np.eye(n), j, axis=0) for j in offsets)
    return sparse.csr_array(ring + ring.T > 0).astype(float)


def cliques_in_a_ring(n, rng):
    size = int(rng.integers(4, 12))
    m = max(3, n // size)
    A = sparse.kron(sparse.eye_array(m), np.ones((size, size)) - np.eye(size)).tolil()
    for c in range(m):
        i, j = c * size, ((c + 1) % m) * size + 1
        A[i, j] = A[j, i] = 1.0
    return A


def star(n, rng):
    A = sparse.lil_array((n, n))
    A[0, 1:] = A[1:, 0] = 1.0
    return A


def tree(n, rng):
    parent = (np.arange(1, n) - 1) // int(rng.integers(2, 4))
    A = sparse.csr_array((np.ones(n - 1), (np.arange(1, n), parent)), shape=(n, n))
    return A + A.T


def hypercube(n, rng):
    A = sparse.csr_array((1, 1))
    for _ in range(int(np.log2(n))):
        edge = sparse.csr_array([[0.0, 1.0], [1.0, 0.0]])
        A = sparse.kron(A, sparse.eye_array(2)) + sparse.kron(
            sparse.eye_array(A.shape[0]), edge
        )
    return A


def hub(n, rng):
    size = int(rng.integers(10, 25))
    m = max(2, n // size)
    A = sparse.block_diag([circulant(size, np.random.default_rng(0))] * m + [[[0.0]]])
    A = A.tolil()
    for c in range(m):
        A[m * size, c * size] = A[c * size, m * size] = 1.0
    return A


def near_points(n, rng):
    X = rng.random((n, int(rng.integers(1, 6))))
    squares = ((X[:, None] - X) ** 2).sum(axis=2)
    scale = np.sort(squares, axis=1)[:, 6].mean()
    return np.exp(-squares / scale) * (squares < 2 * scale)


def random_edges(n, rng):
    A = sparse.random_array((n, n), density=6 / n, rng=rng)
    return A + A.T + path(n, rng)


GRAPHS = (
    path,
    grid,
    circulant,
    cliques_in_a_ring,
    star,
    tree,
    hypercube,
    hub,
    near_points,
    random_edges,
)


def random_graph(seed):
    """Return the affinity of a graph, or of two: apart, or joined by a bridge."""
    rng = np.random.default_rng(seed)
    A = sparse.csr_array(GRAPHS[seed % len(GRAPHS)](int(rng.integers(60, 260)), rng))
    if seed % 3 == 1:
        A = weighted_symmetrically(A, rng)
    if seed % 4 == 3:
        other = GRAPHS[rng.integers(len(GRAPHS))](int(rng.integers(60, 160)), rng)
        n = A.shape[0]
        A = sparse.block_diag([A, other]).tolil()
        A[0, n] = A[n, 0] = rng.choice([0.0, 1.0, 1e-4, 1e-10, 1e-15, 1e-30, 1e-300])
        A = sparse.csr_array(A)
    return A, int(rng.integers(2, 16))


def weighted_symmetrically(A, rng):
    upper = sparse.triu(A).tocsr()
    upper.data = upper.data * 10.0 ** rng.uniform(-3, 0, len(upper.data))
    return (upper + sparse.triu(upper, 1).T).tocsr()


def check(A, k, kind, tol):
    L = LAPLACIANS[kind](A)
    S = L.matrix()
    values, vectors = linalg.eigh(S.toarray() if sparse.issparse(S) else S)
    values, vectors = values[::-1], vectors[:, ::-1]
    found = top_eigenvectors(L, k, tol)
    width = -L.lowest
    assert found.certificate != "none"
    assert found.residual <= tol
    # Residuals are at most a tenth of the k-th value, of which errors are the squares.
    atol = 0.02 * -values[:k] + 1e-11 * width
    assert (np.abs(found.eigenvalues - values[:k]) <= atol).all()
    V = found.vectors / L.scaling[:, None]
    V = V / np.linalg.norm(V, axis=0)
    np.testing.assert_allclose(V.T @ V, np.eye(k), atol=1e-8)
    # The sine of the angle to the true space (Davis and Kahan 1970).
    gap = values[k - 1] - values[k]
    if gap > 1e-9 * width:
        sine = np.linalg.norm(V - vectors[:, :k] @ (vectors[:, :k].T @ V), 2)
        residual = found.residual * width + 1e-13 * width
        assert sine <= 2 * np.sqrt(k) * residual / gap
    return found


def check_seed(seed, monkeypatch):
    monkeypatch.setattr(graphs, "DENSE_ROWS", 40)
    monkeypatch.setattr(module, "SAMPLE_ROWS", 40)
    A, k = random_graph(seed)
    k = min(k, A.shape[0] // 5)
    kind = sorted(LAPLACIANS)[seed // 10 % 3]
    if seed // 2 % 3:
        monkeypatch.setattr(graphs, "is_thin", lambda A: seed // 2 % 3 == 1)
    if seed % 7 == 2:  # what a dense graph is left to
        monkeypatch.setattr(graphs, "DENSE_SHARE", 0.0)
    check(A, k, kind, [1e-4, 1e-8][seed // 5 % 2])


@pytest.mark.parametrize("seed", range(QUICK))
def test_none_of_the_highest_is_missing(seed, monkeypatch):
    check_seed(seed, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(QUICK, MANY))
def test_none_of_the_highest_is_missing_in_many_graphs(seed, monkeypatch):
    check_seed(seed, monkeypatch)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("unit", [1e-200, 1e-8, 1e150])
def test_unit_storage_and_order_do_not_matter(seed, unit, monkeypatch):
    monkeypatch.setattr(graphs, "DENSE_ROWS", 40)
    A, k = random_graph(seed)
    kind = sorted(LAPLACIANS)[seed % 3]
    scale = unit if kind == "unnormalized" else 1.0
    n = A.shape[0]
    order = np.random.default_rng(seed).permutation(n)
    rows, columns = A.tocoo().coords
    ends = np.r_[rows, 0, n - 1], np.r_[columns, n - 1, 0]
    stored = sparse.coo_array((np.r_[A.data, 0.0, 0.0], ends), shape=(n, n)).tocsr()
    first = top_eigenvectors(LAPLACIANS[kind](A), k, 1e-8)
    width = -LAPLACIANS[kind](A).lowest
    kinds = A.toarray(), A.toarray() * unit, A * unit, stored, A[order][:, order]
    for same in kinds:
        found = top_eigenvectors(LAPLACIANS[kind](same), k, 1e-8)
        times = scale if abs(same).max() == abs(A * unit).max() else 1.0
        assert found.n_components == first.n_components
        np.testing.assert_allclose(
            found.eigenvalues / times, first.eigenvalues, rtol=1e-6, atol=1e-12 * width
        )
