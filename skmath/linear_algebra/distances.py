r"""Distances between all rows of one matrix and all of another.

Euclidean and cosine distances follow from inner products alone,

.. math::
   |a - b|^2 = a \cdot a + b \cdot b - 2\, a \cdot b, \qquad
   d_{\cos}(a, b) = 1 - \frac{a \cdot b}{|a|\, |b|},

so that all pairs are one matrix product. They hold in any inner product, also one that
is another for each row.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist

__all__ = ["DISTANCES", "Distance", "cosine", "euclidean", "manhattan"]

BLOCK_DISTANCES = 5_000_000
"""Distances or products that are held at a time: 40 MB."""


@dataclass(frozen=True)
class Distance:
    """A distance between points, and what follows where inner products make it.

    Parameters
    ----------
    between : callable
        Of A, shape (m, M), and B, shape (n, M): the distances, shape (m, n).
    of_products : callable, default=None
        The same of a . b, a . a and b . b, shapes (m, n), (m, 1) and (m, n) or (1, n).
        None where it does not follow from them.
    scaled : callable, default=None
        Of points: others, among which the nearest by euclidean distance is the nearest
        by this one. None where there are none.
    of_pairs : callable, default=None
        Of scaled points, both of shape (m, M): the distance of each pair, exact to
        rounding also where it is small.
    """

    between: Callable
    of_products: Callable | None = None
    scaled: Callable | None = None
    of_pairs: Callable | None = None


def euclidean(products, own, other):
    """Return the euclidean distances that inner products make.

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


def cosine(products, own, other):
    """Return one less the cosines that inner products make, 0 to 2.

    Parameters
    ----------
    products : ndarray of shape (m, n)
    own : ndarray of shape (m, 1)
    other : ndarray of shape (m, n) or (1, n)

    Returns
    -------
    ndarray of shape (m, n)
        1 where a point is the origin.
    """
    lengths = np.sqrt(own) * np.sqrt(other)
    return 1 - products / np.where(lengths > 0, lengths, 1.0)


def manhattan(A, B):
    """Return the sums of absolute differences of coordinates.

    Parameters
    ----------
    A : ndarray of shape (m, M)
    B : ndarray of shape (n, M)

    Returns
    -------
    ndarray of shape (m, n)
    """
    return cdist(A, B, "cityblock").astype(A.dtype, copy=False)


def _of_points(of_products):
    def between(A, B):
        own, other = (np.einsum("ij,ij->i", Z, Z) for Z in (A, B))
        return of_products(A @ B.T, own[:, None], other[None, :])

    return between


def _unit(A):
    lengths = np.linalg.norm(A, axis=1, keepdims=True)
    return A / np.where(lengths > 0, lengths, 1.0)


def _itself(A):
    return A


def _euclidean_pairs(A, B):
    return np.linalg.norm(A - B, axis=1)


def _cosine_pairs(A, B):
    # 1 - a . b = |a - b|^2 / 2 for unit vectors; the origin is at 1 from all.
    D = A - B
    directed = A.any(axis=1) & B.any(axis=1)
    return np.where(directed, np.einsum("ij,ij->i", D, D) / 2, np.ones(1, A.dtype))


DISTANCES = {
    "euclidean": Distance(_of_points(euclidean), euclidean, _itself, _euclidean_pairs),
    "cosine": Distance(_of_points(cosine), cosine, _unit, _cosine_pairs),
    "manhattan": Distance(manhattan),
}
"""The distances by name."""
