"""From images to face space: evened, centred, and decomposed on their smaller side."""

from functools import partial
from numbers import Integral

import numpy as np
from sklearn.utils import check_random_state

from skmath import _arrays
from skmath._rows.checks import check_squares
from skmath._rows.rows import Rows, is_dask
from skmath.eigenface_classifier.brightness import as_they_are
from skmath.linear_algebra import largest_eigenpairs, principal_space

LARGE = 500
"""Rows of a Gram matrix of which a few eigenvectors are found by iteration."""

SPARE = 10
"""Vectors in a block of that iteration, beyond an eighth of those asked for."""


def eigensolver(solver, n_components, random_state, side):
    """Return the function that finds the eigenvectors of a Gram matrix.

    Parameters
    ----------
    solver : {"auto", "gram", "krylov"}
    n_components : int, float or "auto"
    random_state : int, RandomState instance or None
    side : int
        Its rows.

    Returns
    -------
    callable
    """
    counted = isinstance(n_components, Integral)
    if solver == "krylov" and not counted:
        raise ValueError(
            "solver='krylov' finds a number of eigenfaces: n_components must be an "
            f"int, got {n_components!r}."
        )
    few = counted and side >= 4 * (n_components + SPARE)
    if solver == "gram" or not few or (solver == "auto" and side < LARGE):
        return np.linalg.eigh
    block = n_components // 8 + SPARE
    start = check_random_state(random_state).normal(size=(side, block))
    return partial(largest_eigenpairs, k=n_components, start=start)


def learn_face_space(rows, even, count, solver):
    """Return the face space of images, and where they are in and about it.

    Parameters
    ----------
    rows : Rows
        Images, with their weights.
    even : callable
        Takes brightness and contrast out of a block of images.
    count : callable
        Of the squares along all axes and the whole scatter; how many to keep.
    solver : callable
        Of the number of rows of a Gram matrix; returns what decomposes it.

    Returns
    -------
    space : FaceSpace
    seen : ndarray of shape (n, M + 1)
        As `split` returns it.
    """
    if is_dask(rows.X):
        return _learn_chunked(rows, even, count, solver)
    X, weight, dtype = rows.X, rows.weight, rows.X.dtype
    if X.shape[0] >= X.shape[1]:
        A, (total, mean, G) = None, _tall_gram(rows, even)
    else:
        A = evened(X, even)
        with np.errstate(over="ignore", invalid="ignore"):  # check_squares tells
            A, mean = _centred(A, weight, A is not X)
            total = float(len(X) if weight is None else weight.sum())
            G = _arrays.widen(A @ A.T)
    check_squares(G)
    count = partial(count, scatter=np.trace(G))
    space, C = principal_space(G, mean, total, count, A, solver(len(G)))
    if C is None:
        axes = space.axes.astype(dtype)
        return space, rows.map(see, even, mean.astype(dtype), axes)
    whole = np.diagonal(G)
    if weight is not None:
        C, whole = C / np.sqrt(weight)[:, None], whole / weight
    return space, np.column_stack([C, beyond(whole, C, dtype)]).astype(dtype)


def _learn_chunked(rows, even, count, solver):
    """Return what `learn_face_space` does, of the chunks of a Dask array.

    With fewer images than pixels their inner products are taken chunk by chunk. Images
    are read three times, and never gathered: only their coordinates are.
    """
    dtype, p = rows.X.dtype, rows.n_features
    n, total, sums = rows.sum(_sums_of_evened, even)
    mean = sums / total
    if n >= p:
        A, (total, mean, G) = None, _tall_gram(rows, even, mean.astype(dtype))
    else:
        A = CentredChunks(rows, even, mean.astype(dtype))
        G = A.inner_products()
    check_squares(G)
    count = partial(count, scatter=np.trace(G))
    space, _ = principal_space(G, mean, total, count, A, solver(len(G)))
    axes = space.axes.astype(dtype)
    return space, rows.map(see, even, mean.astype(dtype), axes).compute()


class CentredChunks:
    """The centred images of a Dask array, times the roots of their weights, lazily.

    Parameters
    ----------
    rows : DaskRows
    even : callable
    mean : ndarray of shape (p,)
    """

    __array_ufunc__ = None  # NumPy leaves the product to us

    def __init__(self, rows, even, mean):
        A = rows.map(_centred_of, even, mean)
        if rows.weight is not None:
            A = A * np.sqrt(rows.weight)[:, None]
        known = not np.isnan(A.shape[0])
        self.A = A if known else A.compute_chunk_sizes()
        self.dtype = rows.X.dtype

    def inner_products(self):
        """Return A A', in the widest float, pairs of chunks at a time."""
        A = self.A.astype(np.float64)
        return (A @ A.T).compute()

    def __rmatmul__(self, U):
        return (U @ self.A).compute()


def _centred_of(X, even, mean):
    return even(X) - mean


def _sums_of_evened(X, y, weight, even):
    """Return the number, the weight and the sum of a block's images."""
    A = even(X)
    if weight is None:
        return len(A), float(len(A)), A.sum(axis=0, dtype=np.float64)
    return len(A), float(weight.sum()), weight @ A.astype(np.float64)


def see(X, even, mean, axes):
    """Return what `split` does, of images as they come.

    Parameters
    ----------
    X : ndarray of shape (n, p)
    even : callable
        Takes brightness and contrast out.
    mean : ndarray of shape (p,)
    axes : ndarray of shape (M, p)

    Returns
    -------
    ndarray of shape (n, M + 1)
    """
    return split(even(X) - mean, axes)


def split(A, axes):
    """Return coordinates of centred images, and beside them what is outside.

    Parameters
    ----------
    A : ndarray of shape (n, p)
    axes : ndarray of shape (M, p)

    Returns
    -------
    ndarray of shape (n, M + 1)
        The last column is the squared distance from the span of the axes.
    """
    C, whole = A @ axes.T, np.einsum("ij,ij->i", A, A)
    check_squares(whole)
    outside = beyond(whole, C)
    return np.column_stack([C, outside.astype(C.dtype)])


def beyond(whole, C, dtype=None):
    """Return what coordinates leave of squared lengths; 0 where it is rounding.

    Parameters
    ----------
    whole : ndarray of shape (n,)
        Squared lengths.
    C : ndarray of shape (n, M)
    dtype : dtype, default=None
        In which the lengths were computed; None is that of C.

    Returns
    -------
    ndarray of shape (n,)
    """
    left = whole - np.einsum("ij,ij->i", C, C)
    return np.where(left > 64 * np.finfo(dtype or C.dtype).eps * whole, left, 0.0)


def evened(X, even):
    """Return images with brightness and contrast taken out, block by block."""
    return X if even is as_they_are else Rows(X).map(even)


def _centred(A, weight, own):
    """Return rows less their mean, times the roots of their weights; and the mean.

    The rows are overwritten if they are our own.
    """
    mean = A.mean(axis=0, dtype=np.float64) if weight is None else weight @ A
    mean = mean if weight is None else mean / weight.sum()
    A = np.subtract(A, mean.astype(A.dtype), out=A if own else None)
    if weight is not None:
        A *= np.sqrt(weight)[:, None]
    return A, mean


def _tall_gram(rows, even, shift=None):
    """Return the weight and mean of many images, and A'A of them less the mean.

    All are taken about the same row, the mean of the first if None is given. Merging
    moments about a block's own mean takes outer products, which for thousands of pixels
    cost as much as A'A.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # check_squares tells
        if shift is None:
            first = even(rows.X[: rows.n_features])
            shift = first.mean(axis=0, dtype=np.float64).astype(first.dtype)
        total, sums, G = rows.in_blocks(rows_per_feature=4).sum(
            _products_about, even, shift
        )
        left = sums / total
        G -= total * np.outer(left, left)
    return total, shift + left, G


def _products_about(X, y, weight, even, shift):
    """Return the weight of a block's images, and sums and products of them shifted."""
    A = even(X) - shift
    if weight is None:
        return float(len(A)), A.sum(axis=0, dtype=np.float64), A.T @ A
    sums = weight @ A
    A *= np.sqrt(weight)[:, None]
    return float(weight.sum()), sums, A.T @ A
