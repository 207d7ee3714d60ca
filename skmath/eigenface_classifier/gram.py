"""The products of prepared images about their mean: A'A, or A A' of few images.

Images in memory, fewer than pixels, are prepared once and kept; of uint8 or float32,
and of Dask's chunks, whose copy would be larger than they are, a part at a time.
"""

import numpy as np
from sklearn.utils import gen_batches

from skmath import _arrays
from skmath._rows.rows import Rows, dtype_of_numbers

__all__ = [
    "CentredBlocks",
    "CentredChunks",
    "gram_of_chunks",
    "tall_gram",
    "tall_gram_in_single",
    "wide_gram",
]

CAST_ROWS = 128
"""Images that are cast to single precision at a time."""

WIDE_BYTES = 2**27
"""Bytes of images of uint8 or float32, prepared, that are held at a time where images
are fewer than pixels. Of more each pair of blocks is prepared anew."""


def tall_gram(rows, prepare, shift=None):
    """Return the weight and mean of many images, and A'A of them less the mean.

    All are taken about the same row, the mean of the first if None is given. Merging
    moments about a block's own mean takes outer products, which for thousands of pixels
    cost as much as A'A.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # check_squares tells
        if shift is None:
            first = prepare(rows.X[: rows.n_features])
            shift = first.mean(axis=0, dtype=np.float64).astype(first.dtype)
        total, sums, G = rows.in_blocks(rows_per_feature=4).sum(
            _products_about, prepare, shift
        )
        left = sums / total
        G -= total * np.outer(left, left)
    return total, shift + left, G


def _products_about(X, y, weight, prepare, shift):
    """Return the weight of a block's images, and sums and products of them shifted."""
    A = prepare(X) - shift
    if weight is None:
        return float(len(A)), A.sum(axis=0, dtype=np.float64), A.T @ A
    sums = weight @ A
    A *= np.sqrt(weight)[:, None]
    return float(weight.sum()), sums, A.T @ A


def tall_gram_in_single(rows, prepare):
    """Return the weight and mean of many images, and about A'A, but for a factor."""
    with np.errstate(over="ignore", invalid="ignore"):
        first = prepare(rows.X[: rows.n_features])
        shift = first.mean(axis=0)
        # So that squares in single precision are numbers.
        largest = max(np.abs(first - shift).max(), np.finfo(float).tiny)
        total, sums, G = rows.in_blocks(rows_per_feature=8).sum(
            _products_in_single, prepare, shift, largest
        )
        left = sums / total
        G -= total * np.outer(left / largest, left / largest)
    return total, shift + left, G


def _products_in_single(X, y, weight, prepare, shift, largest):
    """Return what `_products_about` does, the products in single precision."""
    single, sums = np.empty(X.shape, dtype=np.float32), np.zeros(X.shape[1])
    for place in gen_batches(len(X), CAST_ROWS):  # which fit the cache
        A = prepare(X[place]) - shift
        if weight is None:
            sums += A.sum(axis=0)
        else:
            sums += weight[place] @ A
            A *= np.sqrt(weight[place])[:, None]
        np.divide(A, largest, out=single[place], casting="same_kind")
    total = float(len(X) if weight is None else weight.sum())
    return total, sums, single.T @ single


def wide_gram(rows, prepare):
    """Return the weight and mean of few images, A A' of them less the mean, and A.

    The rows of A are times the square roots of their weights.
    """
    X, weight, dtype = rows.X, rows.weight, dtype_of_numbers(rows.X)
    if X.dtype != np.float64 and X.size * dtype.itemsize > WIDE_BYTES:
        _, total, sums = rows.sum(_sums_of_prepared, prepare)
        A = CentredBlocks(rows, prepare, (sums / total).astype(dtype))
        return total, sums / total, A.inner_products(), A
    A = Rows(X).map(prepare)
    own = not np.may_share_memory(A, X)  # what is not the caller's is overwritten
    with np.errstate(over="ignore", invalid="ignore"):  # check_squares tells
        if weight is None:
            total, mean = float(len(X)), A.mean(axis=0, dtype=np.float64)
        else:
            total = float(weight.sum())
            mean = weight @ A / weight.sum()
        A = np.subtract(A, mean.astype(A.dtype), out=A if own else None)
        if weight is not None:
            A *= np.sqrt(weight)[:, None]
        return total, mean, _arrays.widen(A @ A.T), A


class CentredBlocks:
    """The centred images, times the roots of their weights, a block at a time.

    Parameters
    ----------
    rows : Rows
    prepare : callable
    mean : ndarray of shape (p,)
    """

    __array_ufunc__ = None  # NumPy leaves the product to us

    def __init__(self, rows, prepare, mean):
        self.rows, self.prepare, self.mean = rows, prepare, mean
        self.shape, self.dtype = rows.X.shape, mean.dtype
        step = max(1, WIDE_BYTES // 2 // (mean.nbytes or 1))
        self.places = list(gen_batches(self.shape[0], step))

    def block(self, place):
        """Return some of the rows."""
        A = self.prepare(self.rows.X[place]) - self.mean
        if self.rows.weight is not None:
            A *= np.sqrt(self.rows.weight[place])[:, None].astype(A.dtype)
        return A

    def inner_products(self):
        """Return A A' in double precision, pairs of blocks at a time."""
        G = np.empty((self.shape[0],) * 2)
        for i, place in enumerate(self.places):
            A = self.block(place)
            G[place, place] = A @ A.T
            for other in self.places[:i]:
                G[place, other] = A @ self.block(other).T
                G[other, place] = G[place, other].T
        return G

    def __rmatmul__(self, U):
        return sum(U[:, place] @ self.block(place) for place in self.places)


def gram_of_chunks(rows, prepare):
    """Return the same of a Dask array, whose images are never gathered.

    With fewer images than pixels their inner products are taken chunk by chunk;
    otherwise A is None. Images are read twice, and once more for their coordinates.
    """
    n, total, sums = rows.sum(_sums_of_prepared, prepare)
    mean = sums / total
    if n >= rows.n_features:
        return *tall_gram(rows, prepare, mean.astype(rows.X.dtype)), None
    A = CentredChunks(rows, prepare, mean.astype(rows.X.dtype))
    return total, mean, A.inner_products(), A


def _sums_of_prepared(X, y, weight, prepare):
    """Return the number, the weight and the sum of a block's images."""
    A = prepare(X)
    if weight is None:
        return len(A), float(len(A)), A.sum(axis=0, dtype=np.float64)
    return len(A), float(weight.sum()), weight @ A.astype(np.float64)


class CentredChunks:
    """The centred images of a Dask array, times the roots of their weights, lazily.

    Parameters
    ----------
    rows : DaskRows
    prepare : callable
    mean : ndarray of shape (p,)
    """

    __array_ufunc__ = None  # NumPy leaves the product to us

    def __init__(self, rows, prepare, mean):
        A = rows.map(_prepared_less, prepare, mean)
        if rows.weight is not None:
            A = A * np.sqrt(rows.weight)[:, None]
        known = not np.isnan(A.shape[0])
        self.A = A if known else A.compute_chunk_sizes()
        self.dtype, self.shape = rows.X.dtype, self.A.shape

    def inner_products(self):
        """Return A A', in the widest float, pairs of chunks at a time."""
        A = self.A.astype(np.float64)
        return (A @ A.T).compute()

    def __rmatmul__(self, U):
        return (U @ self.A).compute()


def _prepared_less(X, prepare, mean):
    return prepare(X) - mean
