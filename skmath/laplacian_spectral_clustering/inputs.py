r"""Convert and check pairwise inputs: graph objects, distances and affinities.

- networkx and igraph graphs become sparse matrices, with the nodes in their order.
- Affinities may be directed. With P the transition probabilities of a random walk along
  the edges and Pi its stationary distribution, on a diagonal, Chung's symmetric
  affinity is (Pi P + P' Pi) / 2: the mean rate of the steps from i to j and back.
- Distances passed as affinities, and the reverse, are recognised by the diagonal: a row
  is at distance zero from itself, and most similar to itself.

References
----------
.. [1] F. Chung, "Laplacians and the Cheeger inequality for directed graphs", Annals of
   Combinatorics, 9, 2005.
"""

from typing import Any

import numpy as np
from scipy import sparse

from skmath import _arrays
from skmath._estimators.fitting import warn

__all__ = [
    "PAIRWISE",
    "check_diagonal",
    "check_square",
    "matrix_of_graph",
    "not_negative",
    "random_walk_affinity",
    "warn_of_distances",
    "without_nan",
]

PAIRWISE = {
    "precomputed": "affinities",
    "precomputed_distances": "distances",
    "precomputed_nearest_neighbors": "distances",
}
"""The affinities for which X is a pairwise matrix, and what its entries are."""

SAMPLE_NODES = 60
"""Largest number of nodes for which the triangle inequality is checked."""

TELEPORT = 1e-3
"""Probability that a random walk jumps to any node, so that there are no dead ends."""

STEPS = 10_000
"""Largest number of iterations for the stationary distribution of a random walk."""

OWN_DISTANCE = 1e-3
"""Largest distance of a row to itself, relative to the largest distance."""


def matrix_of_graph(X: Any, affinity: Any) -> Any:
    """Return the adjacency matrix of a networkx or igraph graph; other X unchanged.

    Parameters
    ----------
    X : object
    affinity : str or callable

    Returns
    -------
    csr_array or object
        Nodes are in the order in which the graph lists them; the weight of an edge is
        its attribute "weight", or 1 without one.

    Raises
    ------
    ValueError
        If X is a graph but the affinity needs rows of features.
    """
    package = type(X).__module__.split(".")[0]
    is_graph = hasattr(X, "nodes") if package == "networkx" else hasattr(X, "vcount")
    if package not in ("networkx", "igraph") or not is_graph:
        return X
    if affinity not in PAIRWISE:
        raise ValueError(
            f"X is a graph of {package}, but affinity={affinity!r} needs rows of "
            "features. Set affinity='precomputed', or 'precomputed_distances' if the "
            "edge weights are lengths."
        )
    return _of_networkx(X) if package == "networkx" else _of_igraph(X)


def _of_networkx(graph):
    number = {node: i for i, node in enumerate(graph)}
    edges = [
        (number[a], number[b], 1.0 if weight is None else weight)
        for a, b, weight in graph.edges(data="weight")
    ]
    return _of_edges(edges, len(number), graph.is_directed())


def _of_igraph(graph):
    pairs = graph.get_edgelist()
    has_weights = "weight" in graph.es.attributes()
    weights = graph.es["weight"] if has_weights else np.ones(len(pairs))
    edges = [(*pair, weight) for pair, weight in zip(pairs, weights, strict=True)]
    return _of_edges(edges, graph.vcount(), graph.is_directed())


def _of_edges(edges, n, is_directed):
    """Return the matrix of edges (i, j, weight); parallel edges add up."""
    i, j, weight = np.array(edges, dtype=float).reshape(-1, 3).T
    i, j = i.astype(int), j.astype(int)
    if not is_directed:
        back = i != j
        i, j = np.concatenate([i, j[back]]), np.concatenate([j, i[back]])
        weight = np.concatenate([weight, weight[back]])
    return sparse.coo_array((weight, (i, j)), shape=(n, n)).tocsr()


def check_square(X: Any, affinity: str) -> None:
    """Raise a ValueError unless X is square."""
    if X.shape[0] != X.shape[1]:
        raise ValueError(
            f"X must be a square matrix of {PAIRWISE[affinity]} for "
            f"affinity={affinity!r}, but its shape is {X.shape}."
        )


def not_negative(X: Any, what: str) -> Any:
    """Return X with negative rounding errors set to 0; refuse other negative numbers.

    Parameters
    ----------
    X : array or sparse matrix
    what : str
        What the entries of X are, for the message.

    Raises
    ------
    ValueError
        If a number is clearly below 0; the message gives the smallest one.
    """
    smallest = X.min()
    if smallest >= 0:
        return X
    largest, eps = X.max(), np.finfo(np.asarray(X.dtype.type(0.0)).dtype).eps
    if -smallest <= eps**0.75 * largest:
        return X.maximum(0) if sparse.issparse(X) else np.maximum(X, 0)
    i, j = np.argwhere(_arrays.dense(X) == smallest)[0]
    raise ValueError(
        f"Negative values in data: {what} must not be negative, but X[{i}, {j}] is "
        f"{smallest:g}."
        + (" Set laplacian='signed' to allow them." if what == "affinities" else "")
    )


def without_nan(X: Any) -> Any:
    """Return X, or raise a ValueError if a distance is NaN; it may be infinite."""
    if np.isnan(X.data if sparse.issparse(X) else X).any():
        raise ValueError("Input X contains NaN: distances must be numbers or infinite.")
    return X


def check_diagonal(X: Any, affinity: str) -> None:
    """Raise a ValueError if rows are not at distance 0 from themselves.

    Parameters
    ----------
    X : array or sparse matrix of shape (n, n)
    affinity : str
    """
    diagonal, largest = np.asarray(X.diagonal()), X.max()
    diagonal = np.where(np.isinf(diagonal), 0.0, diagonal)
    if sparse.issparse(X):
        largest = X.data[np.isfinite(X.data)].max(initial=0.0)
    elif np.isinf(largest):
        largest = X[np.isfinite(X)].max(initial=0.0)
    if diagonal.max(initial=0.0) > OWN_DISTANCE * largest:
        i = diagonal.argmax()
        raise ValueError(
            f"X must hold distances for affinity={affinity!r}, but X[{i}, {i}], the "
            f"distance of a row to itself, is {diagonal[i]:g}. If X holds affinities, "
            "set affinity='precomputed'."
        )


def warn_of_distances(A: Any) -> None:
    """Warn if affinities look like distances.

    They do if the diagonal is 0, all other entries are above 0, and their square roots
    satisfy the triangle inequality, as those of distances and of squared distances do.

    Parameters
    ----------
    A : array or sparse matrix of shape (n, n)
    """
    n = A.shape[0]
    if n < 3 or sparse.issparse(A) or np.any(np.diagonal(A)):
        return
    some = np.unique(np.linspace(0, n - 1, min(n, SAMPLE_NODES)).astype(int))
    sides = np.sqrt(A[some][:, some])
    others = sides[~np.eye(len(some), dtype=bool)]
    # If no side is more than twice another, the inequality always holds: no evidence.
    if others.min() <= 0 or others.max() <= 2 * others.min():
        return
    longest = (1 + 1e-9) * (sides[:, :, None] + sides[None]).min(axis=1)
    if (sides <= longest).all():
        warn(
            "X looks like distances: its diagonal is 0 and the triangle inequality "
            "holds. As affinities, they make the farthest rows the most similar. If X "
            "holds distances, set affinity='precomputed_distances'."
        )


def random_walk_affinity(A: Any) -> Any:
    """Return the symmetric affinity (Pi P + P' Pi) / 2 of directed edges (Chung).

    Parameters
    ----------
    A : array or sparse matrix of shape (n, n)
        A[i, j] is the weight of the edge from i to j.

    Returns
    -------
    array or csr_array of shape (n, n)
        Symmetric.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.laplacian_spectral_clustering.inputs import random_walk_affinity
    >>> circle = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    >>> (6 * random_walk_affinity(circle)).round(6)
    array([[0., 1., 1.],
           [1., 0., 1.],
           [1., 1., 0.]])
    """
    A = not_negative(A, "weights of a random walk")
    out = np.asarray(A.sum(axis=1)).ravel()
    share = np.divide(1.0, out, out=np.zeros(len(out)), where=out > 0)
    P = sparse.diags_array(share) @ A if sparse.issparse(A) else share[:, None] * A
    pi = stationary_distribution(P)
    flow = sparse.diags_array(pi) @ P if sparse.issparse(P) else pi[:, None] * P
    flow = (flow + flow.T) / 2
    return flow.tocsr() if sparse.issparse(flow) else flow


def stationary_distribution(P):
    """Return the stationary distribution of a random walk with rare random jumps.

    Parameters
    ----------
    P : array or sparse matrix of shape (n, n)
        P[i, j] is the probability of a step from i to j; at a row of zeros it jumps.

    Returns
    -------
    ndarray of shape (n,)
    """
    n = P.shape[0]
    PT = P.T.tocsr() if sparse.issparse(P) else P.T
    pi = np.full(n, 1.0 / n)
    for _ in range(STEPS):
        # Average with the old distribution, so that a periodic walk converges.
        step = (1 - TELEPORT) * (PT @ pi)
        after = (pi + step + (1 - step.sum()) / n) / 2
        change, pi = abs(after - pi).sum(), after
        if change <= 1e-12:
            break
    return pi
