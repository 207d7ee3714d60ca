r"""What users give for pairs of rows: graphs of other packages, distances, affinities.

- Graphs of networkx and igraph become sparse matrices; nodes are in their order.
- Affinities may be given from one node to another only. With P the steps of a random
  walk along the edges and pi its stationary distribution, on a diagonal Pi, Chung's
  symmetric affinity is (Pi P + P' Pi) / 2: how often a walk goes from i to j or back.
- Distances that are taken for affinities, and the reverse, are told by what they are:
  a row is at distance zero from itself, and most similar to itself.

References
----------
.. [1] F. Chung, "Laplacians and the Cheeger inequality for directed graphs", Annals of
   Combinatorics, 9, 2005.
"""

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
"""Those that take pairs of rows for X, and what they take of them."""

SAMPLE_NODES = 60
"""Nodes at most of whose triangles it is asked whether sides are distances."""

TELEPORT = 1e-3
"""The probability that a random walk jumps to any node, so that none is a dead end."""

STEPS = 10_000
"""Of a random walk at most, until its distribution is stationary."""

OWN_DISTANCE = 1e-3
"""The distance of a row to itself at most, relative to the largest."""


def matrix_of_graph(X, affinity):
    """Return the adjacency matrix of a graph of networkx or igraph; else X itself.

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
        If it is a graph, and the affinity takes rows.
    """
    package = type(X).__module__.split(".")[0]
    is_graph = hasattr(X, "nodes") if package == "networkx" else hasattr(X, "vcount")
    if package not in ("networkx", "igraph") or not is_graph:
        return X
    if affinity not in PAIRWISE:
        raise ValueError(
            f"X is a graph of {package}, not rows of numbers, and affinity="
            f"{affinity!r} takes rows. Set affinity='precomputed', or "
            "'precomputed_distances' if its weights are lengths."
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
    """Return the matrix of edges (i, j, weight); those of equal ends add up."""
    i, j, weight = np.array(edges, dtype=float).reshape(-1, 3).T
    i, j = i.astype(int), j.astype(int)
    if not is_directed:
        back = i != j
        i, j = np.concatenate([i, j[back]]), np.concatenate([j, i[back]])
        weight = np.concatenate([weight, weight[back]])
    return sparse.coo_array((weight, (i, j)), shape=(n, n)).tocsr()


def check_square(X, affinity):
    """Raise a ValueError unless X can hold something of each pair of rows."""
    if X.shape[0] != X.shape[1]:
        raise ValueError(
            f"X must be a square matrix of {PAIRWISE[affinity]}, as "
            f"affinity={affinity!r} says; its shape is {X.shape}."
        )


def not_negative(X, what):
    """Return X with zeros for numbers below 0 by rounding; others are refused.

    Parameters
    ----------
    X : array or sparse matrix
    what : str
        What X holds, for the message.

    Raises
    ------
    ValueError
        It names the smallest number.
    """
    smallest = X.min()
    if smallest >= 0:
        return X
    largest, eps = X.max(), np.finfo(np.asarray(X.dtype.type(0.0)).dtype).eps
    if -smallest <= eps**0.75 * largest:
        return X.maximum(0) if sparse.issparse(X) else np.maximum(X, 0)
    i, j = np.argwhere(_arrays.dense(X) == smallest)[0]
    raise ValueError(
        f"Negative values in data: {what} must not be; X[{i}, {j}] is {smallest:g}."
        + (" laplacian='signed' takes them." if what == "affinities" else "")
    )


def without_nan(X):
    """Raise a ValueError if distances are NaN; infinite ones are no edges."""
    if np.isnan(X.data if sparse.issparse(X) else X).any():
        raise ValueError("Input X contains NaN: distances must be numbers or infinite.")
    return X


def check_diagonal(X, affinity):
    """Raise a ValueError if rows are not at distance 0 from themselves.

    Parameters
    ----------
    X : array or sparse matrix of shape (n, n)
    affinity : str
    """
    own, largest = np.asarray(X.diagonal()), X.max()
    own = np.where(np.isinf(own), 0.0, own)
    if sparse.issparse(X):
        largest = X.data[np.isfinite(X.data)].max(initial=0.0)
    elif np.isinf(largest):
        largest = X[np.isfinite(X)].max(initial=0.0)
    if own.max(initial=0.0) > OWN_DISTANCE * largest:
        i = own.argmax()
        raise ValueError(
            f"X must hold distances, as affinity={affinity!r} says, and X[{i}, {i}], "
            f"of a row to itself, is {own[i]:g}. If X holds affinities, set "
            "affinity='precomputed'."
        )


def warn_of_distances(A):
    """Warn if affinities look as distances do.

    They do if rows have none to themselves, and some to all others, and their roots are
    sides of triangles, as those of distances and of squared distances are.

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
    # No side more than twice another is no evidence: all of them make triangles.
    if others.min() <= 0 or others.max() <= 2 * others.min():
        return
    longest = (1 + 1e-9) * (sides[:, :, None] + sides[None]).min(axis=1)
    if (sides <= longest).all():
        warn(
            "X looks like distances: its diagonal is 0 and the triangle inequality "
            "holds, so that the farthest rows would be taken for the most similar. If "
            "X holds distances, set affinity='precomputed_distances'."
        )


def random_walk_affinity(A):
    """Return (Pi P + P' Pi) / 2, by a random walk along directed edges.

    Parameters
    ----------
    A : array or sparse matrix of shape (n, n)
        Weights of the edges from row to column.

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
    """Return how often a random walk, which rarely jumps, is at each node.

    Parameters
    ----------
    P : array or sparse matrix of shape (n, n)
        Probabilities of the steps from row to column; a row of zeros jumps.

    Returns
    -------
    ndarray of shape (n,)
    """
    n = P.shape[0]
    PT = P.T.tocsr() if sparse.issparse(P) else P.T
    pi = np.full(n, 1.0 / n)
    for _ in range(STEPS):
        # Half a step, so that no walk goes round in a circle for ever.
        step = (1 - TELEPORT) * (PT @ pi)
        after = (pi + step + (1 - step.sum()) / n) / 2
        change, pi = abs(after - pi).sum(), after
        if change <= 1e-12:
            break
    return pi
