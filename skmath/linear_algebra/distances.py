r"""Distances between all rows of one matrix and all rows of another.

Euclidean and cosine distances follow from inner products alone,

.. math::
   |a - b|^2 = a \cdot a + b \cdot b - 2\, a \cdot b, \qquad
   d_{\cos}(a, b) = 1 - \frac{a \cdot b}{|a|\, |b|},

so that all pairs are one matrix product. This holds for any inner product, also if each
row has its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.spatial.distance import cdist

__all__ = ["DISTANCES", "Distance", "cosine", "euclidean", "manhattan"]

BLOCK_DISTANCES = 5_000_000
"""Maximum number of distances or products in memory at once: 40 MB."""


@dataclass(frozen=True)
class Distance:
    """A distance between points, in the forms in which it can be computed.

    Parameters
    ----------
    between : callable
        Function of A, shape (m, M), and B, shape (n, M); returns the distances, shape
        (m, n).
    of_pairs : callable
        Function of two arrays of shape (m, M), scaled if the distance has a scaling;
        returns the distance of each pair of rows, accurate even if it is small.
    of_products : callable, default=None
        Function of a . b, a . a and b . b, with shapes (m, n), (m, 1) and (m, n) or
        (1, n); returns the same distances. None if they do not follow from these.
    scaled : callable, default=None
        Function of points; returns points whose nearest by euclidean distance is the
        nearest by this distance. None if there is no such scaling.
    """

    between: Callable[[Any, Any], Any]
    of_pairs: Callable[[Any, Any], Any]
    of_products: Callable[[Any, Any, Any], Any] | None = None
    scaled: Any = None


def euclidean(products: np.ndarray, own: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return euclidean distances from inner products.

    Parameters
    ----------
    products : ndarray of shape (m, n)
    own : ndarray of shape (m, 1)
    other : ndarray of shape (m, n) or (1, n)

    Returns
    -------
    ndarray of shape (m, n)
    """
    squares = own + other
    squares -= 2 * products
    return np.sqrt(np.maximum(squares, 0.0, out=squares), out=squares)


def cosine(products: np.ndarray, own: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return cosine distances, 1 minus the cosine, from inner products.

    Parameters
    ----------
    products : ndarray of shape (m, n)
    own : ndarray of shape (m, 1)
    other : ndarray of shape (m, n) or (1, n)

    Returns
    -------
    ndarray of shape (m, n)
        Between 0 and 2; 1 if a point is the origin.
    """
    lengths = np.sqrt(own) * np.sqrt(other)
    return 1 - products / np.where(lengths > 0, lengths, 1.0)


def manhattan(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """Return the sums of absolute differences of the coordinates.

    Parameters
    ----------
    A : ndarray of shape (m, M)
    B : ndarray of shape (n, M)

    Returns
    -------
    ndarray of shape (m, n)
    """
    return cdist(A, B, "cityblock").astype(A.dtype, copy=False)


def _of_points(
    of_products: Callable[[Any, Any, Any], Any],
) -> Callable[[Any, Any], Any]:
    def between(A: np.ndarray, B: np.ndarray) -> np.ndarray:
        own, other = (np.einsum("ij,ij->i", Z, Z) for Z in (A, B))
        return of_products(A @ B.T, own[:, None], other[None, :])

    return between


def _unit(A: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(A, axis=1, keepdims=True)
    return A / np.where(lengths > 0, lengths, 1.0)


def _itself(A: np.ndarray) -> np.ndarray:
    return A


def _euclidean_pairs(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    return np.linalg.norm(A - B, axis=1)


def _cosine_pairs(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    # 1 - a . b = |a - b|^2 / 2 for unit vectors; the origin is at 1 from all.
    D = A - B
    directed = A.any(axis=1) & B.any(axis=1)
    return np.where(directed, np.einsum("ij,ij->i", D, D) / 2, np.ones(1, A.dtype))


def _manhattan_pairs(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    return np.abs(A - B).sum(axis=1)


DISTANCES = {
    "euclidean": Distance(_of_points(euclidean), _euclidean_pairs, euclidean, _itself),
    "cosine": Distance(_of_points(cosine), _cosine_pairs, cosine, _unit),
    "manhattan": Distance(manhattan, _manhattan_pairs),
}
"""The distances by name."""
