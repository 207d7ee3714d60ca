r"""Change affinities by must-link and cannot-link pairs of rows.

A matrix Z holds 1 for must-link pairs of nodes, -1 for cannot-link pairs and 0
elsewhere. Along the graph, with S = D^-1/2 A D^-1/2, it is propagated to all pairs
(Lu and Ip, equation 12):

.. math:: F = (1 - \alpha)^2 (I - \alpha S)^{-1} Z (I - \alpha S)^{-1}.

F is scaled so that its largest absolute entry is 1. Affinities, scaled so that the
largest is 1, are raised where F is above 0 and lowered where it is below (equation 13):

.. math:: 1 - (1 - f)(1 - a) \quad\text{or}\quad (1 + f)\,a.

F is computed only at the edges of the graph and at the given pairs. The affinities of
new rows do not change.

References
----------
.. [1] Z. Lu and H. H. S. Ip, "Constrained spectral clustering via exhaustive and
   efficient constraint propagation", ECCV 2010.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse
from scipy.sparse.linalg import cg

from skmath._estimators.fitting import warn
from skmath.linear_algebra import degrees

__all__ = ["constrained", "pairs_of_nodes"]

ALPHA = 0.8
"""Fraction of a pair's effect that is passed on with each step along the graph."""

TOL = 1e-8
"""Relative tolerance of the linear systems."""


def constrained(
    graph: Any, must_link: ArrayLike | None, cannot_link: ArrayLike | None
) -> Any:
    """Return the graph with affinities changed by the given pairs of rows.

    Parameters
    ----------
    graph : RowGraph
    must_link, cannot_link : array-like of int of shape (n_pairs, 2) or None
        Indices of rows.

    Returns
    -------
    RowGraph
    """
    if must_link is None and cannot_link is None:
        return graph
    if graph.landmarks is not None:
        raise ValueError(
            "must_link and cannot_link are not available with landmarks: set "
            "n_landmarks=None."
        )
    if graph.laplacian == "signed":
        raise ValueError(
            "must_link and cannot_link are not available with laplacian='signed'. Use "
            "negative affinities to separate rows."
        )
    must_pairs = pairs_of_nodes(must_link, graph, "must_link")
    cannot_pairs = pairs_of_nodes(cannot_link, graph, "cannot_link")
    must_pairs = must_pairs[must_pairs[:, 0] != must_pairs[:, 1]]
    if (cannot_pairs[:, 0] == cannot_pairs[:, 1]).any():
        raise ValueError(
            "cannot_link has a pair of a row with itself or with an equal row: equal "
            "rows are always in the same cluster. Remove the pair."
        )
    pairs = np.concatenate([must_pairs, cannot_pairs])
    if len(pairs) == 0:
        return graph
    signs = np.repeat([1.0, -1.0], [len(must_pairs), len(cannot_pairs)])
    return replace(graph, matrix=propagated(graph.matrix, pairs, signs, graph.weight))


def pairs_of_nodes(pairs: ArrayLike | None, graph: Any, name: str) -> np.ndarray:
    """Return the nodes of pairs of rows.

    Parameters
    ----------
    pairs : array-like of int of shape (n_pairs, 2) or None
    graph : RowGraph
    name : str
        Name of the parameter, for messages.

    Returns
    -------
    ndarray of int of shape (m, 2)
        Pairs with a row that is not part of the graph are left out.
    """
    if pairs is None:
        return np.empty((0, 2), dtype=np.int64)
    pairs = np.asarray(pairs)
    if pairs.size == 0:
        return np.empty((0, 2), dtype=np.int64)
    if pairs.ndim != 2 or pairs.shape[1] != 2 or pairs.dtype.kind not in "iu":
        raise ValueError(
            f"{name} must be an array of integers (row indices) of shape (n_pairs, 2); "
            f"its shape is {pairs.shape} and its dtype {pairs.dtype}."
        )
    n = graph.n_rows
    if pairs.min() < 0 or pairs.max() >= n:
        raise ValueError(
            f"{name} has row indices from {pairs.min()} to {pairs.max()}; they must be "
            f"from 0 to {n - 1}."
        )
    node = graph.node
    if graph.positive is not None:
        node = np.full(n, -1)
        node[graph.positive] = graph.node
    nodes = node[pairs]
    kept = (nodes >= 0).all(axis=1)
    if not kept.all():
        warn(
            f"{np.count_nonzero(~kept)} pairs of {name} contain a row of weight 0 or "
            "an outlier and are ignored."
        )
    return nodes[kept]


def propagated(A, pairs, signs, weight=None):
    """Return affinities changed by pairs of nodes.

    Parameters
    ----------
    A : array or csr_array of shape (n, n)
        Symmetric, not negative.
    pairs : ndarray of int of shape (m, 2)
    signs : ndarray of shape (m,)
        1 for each pair to link, -1 for each pair to separate.
    weight : ndarray of shape (n,), default=None
        Number of equal rows that each node represents.

    Returns
    -------
    array or csr_array of shape (n, n)
        Dense or sparse like A.
    """
    n, unit = A.shape[0], A.max()
    involved, place = np.unique(pairs, return_inverse=True)
    place, m = place.reshape(pairs.shape), len(involved)
    Z = np.zeros((m, m))
    # If a pair is given twice, the last entry counts.
    Z[place[:, 0], place[:, 1]] = Z[place[:, 1], place[:, 0]] = signs
    P = diffused(A, involved, weight)
    W = sparse.coo_array(A)
    # Each pair gets an entry, which may be 0.
    rows = np.concatenate([W.row, pairs[:, 0], pairs[:, 1]])
    columns = np.concatenate([W.col, pairs[:, 1], pairs[:, 0]])
    zeros = np.zeros(2 * len(pairs))
    W = sparse.csr_array((np.concatenate([W.data, zeros]), (rows, columns)), (n, n))
    W.sum_duplicates()
    W = W.tocoo()
    f = np.einsum("ij,ij->i", (P @ Z)[W.row], P[W.col])
    f /= np.abs(f).max() or 1.0
    a = W.data / unit
    a = np.where(f >= 0, 1 - (1 - f) * (1 - a), (1 + f) * a)
    changed = sparse.csr_array((unit * a, (W.row, W.col)), (n, n))
    changed = (changed + changed.T) / 2
    if not sparse.issparse(A):
        return changed.toarray()
    changed.eliminate_zeros()
    return changed


def diffused(A, nodes, weight=None):
    """Return the columns of (1 - alpha) (I - alpha S)^-1 for some nodes.

    Parameters
    ----------
    A : array or sparse matrix of shape (n, n)
    nodes : ndarray of int of shape (m,)
    weight : ndarray of shape (n,), default=None

    Returns
    -------
    ndarray of shape (n, m)
    """
    d = degrees(A, weight)
    root = np.sqrt((1.0 if weight is None else weight) / np.where(d > 0, d, 1.0))
    scale = sparse.diags_array(root)
    S = scale @ sparse.csr_array(A) @ scale
    M = sparse.eye_array(A.shape[0], format="csr") - ALPHA * S
    P = np.zeros((A.shape[0], len(nodes)))
    for column, node in zip(P.T, nodes, strict=True):
        e = np.zeros(A.shape[0])
        e[node] = 1 - ALPHA
        # The condition is at most (1 + alpha) / (1 - alpha): a few tens of steps.
        column[:], _ = cg(M, e, rtol=TOL)
    return P
