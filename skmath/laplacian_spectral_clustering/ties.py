"""Break ties between known rows at equal distances in a search for neighbours.

Rows of integers often have equal distances. If rounding broke the ties, neighbours
would depend on the unit of the rows, their storage and their precision. Here a fixed
random order of the known rows breaks them. Distances count as equal if they differ by
no more than the rounding errors of the rows.
"""

import numpy as np
from scipy import sparse

from skmath import _arrays

__all__ = [
    "PRODUCT",
    "ROUNDINGS",
    "TIED_FACTOR",
    "nearest_without_ties",
    "relative_rounding",
    "row_distances",
    "rows_up_to",
    "squared_lengths",
]

ROUNDINGS = 8
"""Largest difference of two equal distances of a row, in roundings of its length."""

PRODUCT = 64
"""Largest error of squared distances from a matrix product, in roundings of the row's
squared length."""

SAMPLE_ROWS = 100
"""Largest number of rows on which the frequency of ties is estimated."""

MANY_TIES = 0.4
"""Fraction of rows with ties above which more neighbours are searched at once."""

TIED_FACTOR = 16
"""Number of neighbours that are searched for rows with ties, in multiples of k."""

BLOCK = 4_000_000
"""Largest number of array entries in a block of pairs of rows."""


def relative_rounding(distances):
    """Return by how much equal distances may differ, as a fraction of the distance."""
    return max(1e-9, 4 * float(np.finfo(distances.dtype).eps))


def squared_lengths(X):
    """Return the squared lengths of rows."""
    squares = X.multiply(X) if sparse.issparse(X) else np.square(X)
    return np.asarray(squares.sum(axis=1), dtype=np.float64).ravel()


def row_distances(X, known, neighbors):
    """Return the Euclidean distances of rows to their neighbours from differences.

    Parameters
    ----------
    X : array or sparse matrix of shape (m, p)
    known : array or sparse matrix of shape (n, p)
    neighbors : ndarray of int of shape (m, k)

    Returns
    -------
    ndarray of shape (m, k)
    """
    m, k = neighbors.shape
    distances = np.empty((m, k))
    step = max(1, BLOCK // (k * X.shape[1]))
    for start in range(0, m, step):
        rows = slice(start, start + step)
        ours = np.repeat(np.arange(m)[rows], k)
        difference = _double(X[ours]) - _double(known[neighbors[rows].ravel()])
        lengths = np.sqrt(np.square(difference).sum(axis=1))
        distances[rows] = lengths.reshape(-1, k)
    return distances


def rows_up_to(limits, X, known):
    """Return all known rows within a Euclidean distance of each row, and some others.

    Parameters
    ----------
    limits : ndarray of shape (m,)
        The distance for each row.
    X : array or sparse matrix of shape (m, p)
    known : array or sparse matrix of shape (n, p)

    Returns
    -------
    distances, neighbors : ndarray of shape (m, n_found)
        n_found is the largest number of known rows within the distance of a row.
    """
    products = _double(X.astype(np.float64) @ known.T.astype(np.float64))
    squares = squared_lengths(X)[:, None] - 2 * products + squared_lengths(known)
    within = np.count_nonzero(squares <= np.square(limits)[:, None], axis=1)
    n_within = within.max()
    neighbors = np.argpartition(squares, n_within - 1, axis=1)[:, :n_within]
    squares = np.take_along_axis(squares, neighbors, axis=1)
    return np.sqrt(np.maximum(squares, 0.0)), neighbors


def _double(A):
    return _arrays.dense(A).astype(np.float64)


def nearest_without_ties(search, X, k):
    """Return distances and indices of the k nearest known rows, nearest first.

    Ties at the kth neighbour are broken by a fixed order of the known rows.

    Parameters
    ----------
    search : RowSearch
    X : array or sparse matrix of shape (m, p)
        The rows minus the shift of the search.
    k : int

    Returns
    -------
    distances, neighbors : ndarray of shape (m, k)
    """
    n = search.n_known
    if k >= n:
        return search.nearest(X, k)
    n_searched = min(n, 2 * k if has_many_ties(search, X, k) else k + 1)
    D, N = search.nearest(X, n_searched)
    distances, neighbors = D[:, :k], N[:, :k]
    rounding, error = search.rounding_of(X), search.error_of(X)
    limits = distances[:, -1] * (1 + relative_rounding(D)) + rounding
    limits += np.divide(error, limits, out=np.zeros(len(D)), where=limits > 0)
    is_tied = D[:, k] <= limits
    if not is_tied.any():
        return distances, neighbors
    distances, neighbors = distances.copy(), neighbors.copy()
    order = np.random.RandomState(0).permutation(n)
    has_all = (D[:, -1] > limits) | (n_searched == n)
    rows = np.flatnonzero(is_tied & has_all)
    candidates = [(rows, D[rows], N[rows])] if len(rows) else []
    for rows in blocks(np.flatnonzero(is_tied & ~has_all), n):
        candidates.append((rows, *search.up_to(limits[rows], X[rows], k)))
    for rows, D, N in candidates:
        D = search.exact(X[rows], D, N, k)
        distances[rows], neighbors[rows] = first_of_equal(
            D, N, k, rounding[rows, None], order
        )
    return distances, neighbors


def blocks(rows, n):
    """Return the rows in parts, each with at most `BLOCK` pairs with n others."""
    step = max(1, BLOCK // n)
    return [rows[i : i + step] for i in range(0, len(rows), step)]


def has_many_ties(search, X, k):
    """Return whether many rows have a tie between their kth and next neighbour."""
    m = X.shape[0]
    if m <= SAMPLE_ROWS:
        return False
    sample = np.linspace(0, m - 1, SAMPLE_ROWS).astype(int)
    D, _ = search.nearest(X[sample], k + 1)
    is_tied = D[:, k] <= D[:, k - 1] * (1 + relative_rounding(D))
    return is_tied.mean() > MANY_TIES


def first_of_equal(distances, neighbors, k, rounding, order):
    """Return the k nearest known rows, with ties broken by a given order.

    Parameters
    ----------
    distances, neighbors : ndarray of shape (m, many)
    k : int
    rounding : float or ndarray of shape (m, 1)
    order : ndarray of int of shape (n,)
        Position of each known row in the order.

    Returns
    -------
    distances, neighbors : ndarray of shape (m, k)

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.laplacian_spectral_clustering.ties import first_of_equal
    >>> d, i = np.array([[0.0, 1.0, 1.0 + 1e-15, 1.0]]), np.array([[3, 2, 0, 1]])
    >>> first_of_equal(d, i, 2, 1e-14, np.arange(4))[1]
    array([[3, 0]])
    """
    last = np.partition(distances, k - 1, axis=1)[:, k - 1 : k]
    differ = abs(distances - last) > rounding + relative_rounding(distances) * last
    side = np.where(differ, np.sign(distances - last), 0.0).astype(np.int64)
    rank = side * len(order) + order[neighbors]
    kept = np.argpartition(rank, k - 1, axis=1)[:, :k]
    distances = np.take_along_axis(distances, kept, axis=1)
    neighbors = np.take_along_axis(neighbors, kept, axis=1)
    nearest = np.argsort(distances, axis=1)
    return (
        np.take_along_axis(distances, nearest, axis=1),
        np.take_along_axis(neighbors, nearest, axis=1),
    )
