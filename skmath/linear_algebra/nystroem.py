"""The extension of a graph's eigenvectors to new nodes, by Nystroem's formula."""

from typing import Any

import numpy as np

from skmath.linear_algebra.graphs import degrees

__all__ = ["nystroem_extension"]

LEAST_MU = 1e-12
"""Smallest 1 + lambda for which an eigenvector is extended to new nodes."""


def nystroem_extension(
    B: Any,
    kind: str,
    eigenvalues: np.ndarray,
    vectors: np.ndarray,
    d: np.ndarray,
    weight: np.ndarray | None = None,
) -> np.ndarray:
    """Return the extension of eigenvectors to new nodes, by Nystroem's formula.

    An eigenvector satisfies L u = lambda u at every node. For a new node x with
    affinities b(x, j) to the known nodes, this equation gives u(x) from the u_j.

    Parameters
    ----------
    B : array or sparse matrix of shape (n_new, n)
        Affinities of the new nodes to the known.
    kind : {"unnormalized", "symmetric", "random_walk"}
    eigenvalues : ndarray of shape (k,)
        Not above 0.
    vectors : ndarray of shape (n, k)
    d : ndarray of shape (n,)
        Degrees of the known nodes.
    weight : ndarray of shape (n,), default=None
        Weights of the known nodes.

    Returns
    -------
    ndarray of shape (n_new, k)
        Zero for a node without edges.

    References
    ----------
    .. [1] Y. Bengio et al., "Out-of-sample extensions for LLE, Isomap, MDS, eigenmaps,
       and spectral clustering", NIPS 2003, equation 4.
    """
    of_new = degrees(abs(B) if kind == "signed" else B, weight)[:, None]
    if weight is not None:
        vectors = weight[:, None] * vectors
    return _EXTENSIONS[kind](B, eigenvalues, vectors, d[:, None], of_new)


def _extended_unnormalized(
    B: Any,
    eigenvalues: np.ndarray,
    vectors: np.ndarray,
    d: np.ndarray,
    of_new: np.ndarray,
) -> np.ndarray:
    """Solve sum_j b_j u_j - d(x) u(x) = lambda u(x)."""
    return _divide(B @ vectors, eigenvalues + of_new, 1e-12 * of_new)


def _extended_symmetric(
    B: Any,
    eigenvalues: np.ndarray,
    vectors: np.ndarray,
    d: np.ndarray,
    of_new: np.ndarray,
) -> np.ndarray:
    """Solve sum_j b_j u_j / sqrt(d(x) d_j) - u(x) = lambda u(x)."""
    averaged = B @ _divide(vectors, np.sqrt(d))
    return _divide(_divide(averaged, np.sqrt(of_new)), 1 + eigenvalues, LEAST_MU)


def _extended_random_walk(
    B: Any,
    eigenvalues: np.ndarray,
    vectors: np.ndarray,
    d: np.ndarray,
    of_new: np.ndarray,
) -> np.ndarray:
    """Solve sum_j b_j u_j / d(x) - u(x) = lambda u(x)."""
    return _divide(_divide(B @ vectors, of_new), 1 + eigenvalues, LEAST_MU)


_EXTENSIONS = {
    "unnormalized": _extended_unnormalized,
    "symmetric": _extended_symmetric,
    "signed": _extended_symmetric,
    "random_walk": _extended_random_walk,
}


def _divide(a: np.ndarray, b: np.ndarray, least: Any = 0.0) -> np.ndarray:
    """Return a / b, and 0 where b is not above `least`, as for isolated nodes."""
    shape = np.broadcast_shapes(a.shape, np.shape(b))
    return np.divide(a, b, out=np.zeros(shape), where=b > least)
