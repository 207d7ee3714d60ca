r"""Exact nearest neighbours, in about the time of one single-precision product.

The nearest b to a by euclidean distance has the largest score :math:`s_b = a \cdot b -
b \cdot b / 2`, and the nearest by cosine distance the largest :math:`s_b = a \cdot b`
among unit vectors: a matrix product, computed in blocks that fit the processor's cache.
It is computed in single precision, with an error of at most :math:`\epsilon = (M + 3)
2^{-24} (|a| |b| + |b|^2)` (Higham 2002, section 3.1).

A few more than k points, those with the largest scores, are kept, and their distances
are computed in double precision. All others have scores of at most t, the lowest score
kept. So if the k-th best of the exact scores is at least t + :math:`\epsilon`, no other
point can be nearer. For rows where this does not hold, for example with repeated
points, all scores are computed in double precision.

References
----------
.. [1] N. J. Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd edition,
   2002.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from skmath.linear_algebra.distances import DISTANCES

__all__ = ["SearchedPoints", "nearest", "searched"]

BLOCK_SCORES, BLOCK_POINTS = 2**19, 1024
"""Scores per block, and minimum points per block: in single precision they fit the
cache."""

SPARE = 3
"""Number of points kept beyond k: with a few duplicates no second pass is needed."""

SANE = 1e8
"""If the largest coordinate is between 1 / SANE and SANE, no scaling is needed."""


@dataclass(frozen=True)
class SearchedPoints:
    r"""Points prepared for a search of nearest neighbours.

    Parameters
    ----------
    points : ndarray of shape (n, M)
        The points as given.
    metric : {"cosine", "euclidean"}
    top : float
        Divisor of the coordinates, so that their squares do not overflow.
    single : ndarray of float32 of shape (n, M)
        Scaled points: of unit length for cosine distances, divided by `top` for
        euclidean.
    halves : ndarray of float32 of shape (n,) or None
        :math:`b \cdot b / 2` of the scaled points; None for cosine distances.
    longest : float
        Largest length of a scaled point.
    """

    points: Any
    metric: str
    top: float
    single: Any
    halves: Any
    longest: float

    def scaled(self, Z: Any) -> Any:
        """Return points in the coordinates of the search, in double precision."""
        Z = Z.astype(np.float64, copy=False)
        Z = Z if self.top == 1.0 else Z / self.top
        return DISTANCES[self.metric].scaled(Z)

    def scores_in_single(self, A: Any, factor: Any, rows: Any, out: Any) -> Any:
        """Return factor (a . b - b . b / 2) for some points, in single precision."""
        scores = np.matmul(A, self.single[rows].T, out=out)
        if self.halves is not None:
            scores -= factor * self.halves[rows]
        return scores

    def scores_in_double(self, A: Any, factor: Any, rows: Any, out: Any) -> Any:
        """Return the same in double precision."""
        B = self.scaled(self.points[rows])
        scores = np.matmul(A, B.T, out=out)
        if self.halves is not None:
            scores -= factor * (np.einsum("ij,ij->i", B, B) / 2)
        return scores


def searched(points: np.ndarray, metric: str) -> SearchedPoints:
    """Prepare points for `nearest`.

    Parameters
    ----------
    points : ndarray of shape (n, M)
        For euclidean distances, points in single precision are not copied.
    metric : {"cosine", "euclidean"}

    Returns
    -------
    SearchedPoints
    """
    largest = float(np.abs(points).max(initial=0.0))
    top = 1.0 if 1 / SANE <= largest <= SANE else max(largest, np.finfo(float).tiny)
    if metric == "euclidean" and points.dtype == np.float32 and top == 1.0:
        single = points
    else:
        single = np.empty(points.shape, dtype=np.float32)
        for start in range(0, len(points), BLOCK_POINTS):
            B = points[start : start + BLOCK_POINTS].astype(np.float64) / top
            single[start : start + BLOCK_POINTS] = DISTANCES[metric].scaled(B)
    squares = np.einsum("ij,ij->i", single, single)
    longest = float(np.sqrt(squares.max(initial=0.0)))
    halves = squares / 2 if metric == "euclidean" else None
    return SearchedPoints(points, metric, top, single, halves, longest)


def nearest(
    A: np.ndarray, among: SearchedPoints, k: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    r"""Find the k nearest neighbours of points, with their distances.

    Parameters
    ----------
    A : ndarray of shape (m, M)
    among : SearchedPoints
    k : int, default=1
        Number of neighbours, at most n.

    Returns
    -------
    distances : ndarray of shape (m, k)
        Nearest first; in the dtype of A.
    indices : ndarray of int of shape (m, k)
        Among equally near points the first.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.linear_algebra import nearest, searched
    >>> among = searched(np.array([[3.0, 0.0], [1.0, 0.0]]), "euclidean")
    >>> distances, indices = nearest(np.array([[0.5, 0.0]]), among)
    >>> distances, indices
    (array([[0.5]]), array([[1]]))
    """
    n, width = among.points.shape
    exact = among.scaled(A)
    # Distant points are scaled down: scores are only compared within a row.
    factor = 1 / np.maximum(1.0, np.abs(exact).max(axis=1, initial=0.0, keepdims=True))
    drawn = exact * factor
    kept = min(k + SPARE, n)
    single = drawn.astype(np.float32), factor.astype(np.float32)
    scores, indices = _largest(among.scores_in_single, *single, n, kept)
    found = _in_order(exact, among, indices, k)
    if kept < n:
        length = np.linalg.norm(drawn, axis=1)
        error = length * among.longest
        error += factor[:, 0] * among.longest**2
        error *= (width + 3) * 2.0**-24
        sure = _scores(drawn, factor, among, found[1][:, -1]) >= scores[:, -1] + error
        if not sure.all():
            left = ~sure
            _, again = _largest(
                among.scores_in_double, drawn[left], factor[left], n, kept
            )
            for entries, better in zip(
                found, _in_order(exact[left], among, again, k), strict=True
            ):
                entries[left] = better
    distances, indices = found
    if among.metric == "euclidean":
        distances = distances * among.top
    return distances.astype(A.dtype, copy=False), indices


def _scores(
    A: np.ndarray, factor: np.ndarray, among: SearchedPoints, index: np.ndarray
) -> np.ndarray:
    """Return the score of one point per row, in double precision."""
    B = among.scaled(among.points[index])
    scores = np.einsum("ij,ij->i", A, B)
    if among.halves is not None:
        scores -= factor[:, 0] * np.einsum("ij,ij->i", B, B) / 2
    return scores


def _in_order(
    A: np.ndarray, among: SearchedPoints, indices: np.ndarray, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return distances and indices of the k nearest candidates to each row."""
    indices = np.sort(indices, axis=1)  # of equally near points the first
    of_pairs = DISTANCES[among.metric].of_pairs
    columns = [of_pairs(A, among.scaled(among.points[c])) for c in indices.T]
    distances = np.stack(columns, axis=1)
    order = np.argsort(distances, axis=1, kind="stable")[:, :k]
    return _taken(distances, indices, order)


def _largest(
    scores_of: Callable[..., Any], A: np.ndarray, factor: np.ndarray, n: int, K: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the K largest scores of each row, largest first, and their indices.

    Points are processed in blocks. In each block only scores above the K-th largest so
    far are considered, which soon are few.
    """
    m = len(A)
    step = min(n, max(BLOCK_POINTS, BLOCK_SCORES // max(m, 1), K))
    buffer = np.empty((m, step), dtype=A.dtype)
    best = _best_of(scores_of(A, factor, slice(0, step), buffer), K)
    rows, columns, values = [], [], []
    for start in range(step, n, step):
        stop = min(start + step, n)
        scores = scores_of(A, factor, slice(start, stop), buffer[:, : stop - start])
        # Most rows have none: their largest score says so.
        least = best[0][:, -1]
        few = np.flatnonzero(scores.max(axis=1) > least)
        above = np.flatnonzero(scores[few] > least[few, None])  # faster than nonzero
        row, column = np.divmod(above, stop - start)
        rows.append(few[row])
        columns.append(column + start)
        values.append(scores[few[row], column])
        if sum(map(len, rows)) > m * K or stop == n:
            best = _merged(best, *map(np.concatenate, (rows, columns, values)))
            rows, columns, values = [], [], []
    return best


def _best_of(scores: np.ndarray, K: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the K largest of each row, largest first, and their columns."""
    K = min(K, scores.shape[1])
    columns = np.sort(np.argpartition(scores, -K, axis=1)[:, -K:], axis=1)
    values = np.take_along_axis(scores, columns, axis=1)
    return _taken(values, columns, np.argsort(-values, axis=1, kind="stable"))


def _taken(
    values: np.ndarray, indices: np.ndarray, order: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the values of each row, and their indices, in a given order."""
    return (
        np.take_along_axis(values, order, axis=1),
        np.take_along_axis(indices, order, axis=1),
    )


def _merged(
    best: tuple[np.ndarray, np.ndarray],
    rows: np.ndarray,
    columns: np.ndarray,
    values: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the largest scores of each row, from those so far and some more."""
    m, K = best[0].shape
    rows = np.concatenate([np.repeat(np.arange(m), K), rows])
    values = np.concatenate([best[0].ravel(), values])
    columns = np.concatenate([best[1].ravel(), columns])
    order = np.lexsort((columns, -values, rows))
    first = np.searchsorted(rows[order], np.arange(m))
    chosen = order[first[:, None] + np.arange(K)]
    return values[chosen], columns[chosen]
