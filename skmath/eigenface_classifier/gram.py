"""Gram matrices of prepared and centred images: A'A, or A A' for few images.

If there are fewer images than pixels, images in memory are prepared once and kept;
uint8 and float32 images, and Dask's chunks, whose prepared copy would be larger than
the data, are processed in parts.
"""

import numpy as np
from sklearn.utils import gen_batches

from skmath import _arrays
from skmath._rows.rows import dtype_of_numbers

__all__ = [
    "CentredBlocks",
    "CentredChunks",
    "gram_of_chunks",
    "tall_gram",
    "tall_gram_in_single",
    "wide_gram",
]

CAST_ROWS = 128
"""Number of images that are cast to single precision at once."""

WIDE_BYTES = 2**27
"""Maximum bytes of prepared uint8 or float32 images in memory if there are fewer images
than pixels. For more, each pair of blocks is prepared again."""


def tall_gram(rows, prepare, shift=None):
    """Return total weight, mean and A'A of many images after centring.

    All blocks are shifted by the same row, the mean of the first images if shift is
    None. Merging moments about each block's mean would need outer products, which cost
    as much as A'A for thousands of pixels.
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
    """Return the weight of a block, and sums and products of its shifted images."""
    A = prepare(X) - shift
    if weight is None:
        return float(len(A)), A.sum(axis=0, dtype=np.float64), A.T @ A
    sums = weight @ A
    A *= np.sqrt(weight)[:, None]
    return float(weight.sum()), sums, A.T @ A


def tall_gram_in_single(rows, prepare):
    """Return total weight, mean and, up to a factor, approximately A'A."""
    with np.errstate(over="ignore", invalid="ignore"):
        first = prepare(rows.X[: rows.n_features])
        shift = first.mean(axis=0)
        # Scale, so that squares do not overflow in single precision.
        largest = max(np.abs(first - shift).max(), np.finfo(float).tiny)
        total, sums, G = rows.in_blocks(rows_per_feature=8).sum(
            _products_in_single, prepare, shift, largest
        )
        left = sums / total
        G -= total * np.outer(left / largest, left / largest)
    return total, shift + left, G


def _products_in_single(X, y, weight, prepare, shift, largest):
    """Return the result of `_products_about`, with products in single precision."""
    single, sums = np.empty(X.shape, dtype=np.float32), np.zeros(X.shape[1])
    for place in gen_batches(len(X), CAST_ROWS):  # they fit in the CPU cache
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
    """Return total weight, mean, A A' and A for few images after centring.

    The rows of A are multiplied by the square roots of their weights.
    """
    X, weight, dtype = rows.X, rows.weight, dtype_of_numbers(rows.X)
    if X.dtype != np.float64 and X.size * dtype.itemsize > WIDE_BYTES:
        _, total, sums = rows.sum(_sums_of_prepared, prepare)
        A = CentredBlocks(rows, prepare, (sums / total).astype(dtype))
        return total, sums / total, A.inner_products(), A
    A = rows.map(prepare)
    own = not np.may_share_memory(A, X)  # only own copies are overwritten
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
    """Centred images times the square roots of their weights, computed block by block.

    Parameters
    ----------
    rows : Rows
    prepare : callable
    mean : ndarray of shape (p,)
    """

    __array_ufunc__ = None  # so that NumPy calls __rmatmul__

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
        """Return A A' in double precision, for pairs of blocks."""
        G = np.empty((self.shape[0],) * 2)
        places = enumerate(self.places)
        for i, place in self.rows.followed(places, len(self.places)):
            A = self.block(place)
            G[place, place] = A @ A.T
            for other in self.places[:i]:
                G[place, other] = A @ self.block(other).T
                G[other, place] = G[place, other].T
        return G

    def __rmatmul__(self, U):
        return sum(U[:, place] @ self.block(place) for place in self.places)


def gram_of_chunks(rows, prepare):
    """Return the result of `wide_gram` or `tall_gram` for a Dask array.

    Images are never loaded as a whole: with fewer images than pixels, inner products
    are computed chunk by chunk; otherwise A is None. Images are read twice, and once
    more for their coordinates.
    """
    n, total, sums = rows.sum(_sums_of_prepared, prepare)
    mean = sums / total
    if n >= rows.n_features:
        return *tall_gram(rows, prepare, mean.astype(rows.X.dtype)), None
    A = CentredChunks(rows, prepare, mean.astype(rows.X.dtype))
    return total, mean, A.inner_products(), A


def _sums_of_prepared(X, y, weight, prepare):
    """Return the number, the total weight and the sum of a block's images."""
    A = prepare(X)
    if weight is None:
        return len(A), float(len(A)), A.sum(axis=0, dtype=np.float64)
    return len(A), float(weight.sum()), weight @ A.astype(np.float64)


class CentredChunks:
    """Lazy centred images of a Dask array times the square roots of their weights.

    Parameters
    ----------
    rows : DaskRows
    prepare : callable
    mean : ndarray of shape (p,)
    """

    __array_ufunc__ = None  # so that NumPy calls __rmatmul__

    def __init__(self, rows, prepare, mean):
        self.rows = rows
        A = rows.map(_prepared_less, prepare, mean)
        if rows.weight is not None:
            A = A * np.sqrt(rows.weight)[:, None]
        known = not np.isnan(A.shape[0])
        self.A = A if known else A.compute_chunk_sizes()
        self.dtype, self.shape = rows.X.dtype, self.A.shape

    def inner_products(self):
        """Return A A' in double precision, for pairs of chunks."""
        A = self.A.astype(np.float64)
        return self.rows.computed(A @ A.T)

    def __rmatmul__(self, U):
        return self.rows.computed(U @ self.A)


def _prepared_less(X, prepare, mean):
    return prepare(X) - mean
