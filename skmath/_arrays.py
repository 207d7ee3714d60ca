"""Array namespace, device and dtype.

Everything that depends on *which* array library holds the data is here, so that
the mathematics elsewhere is written once. NumPy-only speed (``out=``, LAPACK
drivers) sits in a few functions, each with its generic branch beside it.

This is the only file that touches scikit-learn's private array helpers.
"""

import math
from typing import Any

import array_api_compat
import numpy as np
import scipy.linalg
from array_api_compat import device, is_array_api_obj
from scipy import sparse
from sklearn.utils import _align_api_if_sparse
from sklearn.utils._array_api import (
    _max_precision_float_dtype,
    check_same_namespace,
    get_namespace_and_device,
    move_to,
)

__all__ = [
    "all_finite",
    "centre",
    "check_same_namespace",
    "cross_product",
    "dense",
    "device",
    "epsilon",
    "float_dtypes",
    "has_finite_squares",
    "has_nan",
    "host",
    "is_array",
    "is_numpy",
    "itemsize_and_place",
    "like",
    "logsumexp",
    "namespace",
    "of_sparse_interface",
    "product",
    "product_into",
    "svd",
    "take_rows",
    "to_numpy",
    "transposed",
    "triangle",
    "weigh",
    "widen",
    "without_missing",
]


def namespace(*arrays: Any) -> Any:
    """Return the array namespace of the arrays; sparse and None count as NumPy.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath._arrays import namespace
    >>> namespace(np.ones(2)).__name__
    'array_api_compat.numpy'
    """
    if all(type(a) is np.ndarray for a in arrays):
        return np_compat  # by far the most frequent, and several times faster
    dense = [a for a in arrays if a is not None and not sparse.issparse(a)]
    return array_api_compat.array_namespace(*dense) if dense else np_compat


np_compat = array_api_compat.array_namespace(np.empty(0))


def is_array(x: Any) -> bool:
    """Tell whether x is an array of some namespace, no number nor a sparse matrix."""
    if isinstance(x, np.generic):  # which has NumPy's namespace
        return False
    return type(x) is np.ndarray or is_array_api_obj(x)


def is_numpy(*arrays: Any) -> bool:
    """Tell whether the arrays are NumPy's (or SciPy's sparse)."""
    return namespace(*arrays) is np_compat


def itemsize_and_place(x: Any) -> tuple[int, bool]:
    """Return the bytes of one of x's numbers, and whether x is on an accelerator."""
    if isinstance(x, np.ndarray) or sparse.issparse(x):
        return x.dtype.itemsize, False
    return namespace(x).finfo(x.dtype).bits // 8, "cpu" not in str(device(x)).lower()


def all_finite(x: Any) -> bool:
    """Tell whether x holds neither infinities nor NaN."""
    if type(x) is np.ndarray:
        return bool(np.isfinite(x).all())
    xp = namespace(x)
    return bool(xp.all(xp.isfinite(x)))


def has_nan(x: Any) -> bool:
    """Tell whether an array, of numbers or of anything else, holds NaN."""
    if type(x) is np.ndarray:
        return x.dtype.kind == "f" and bool(np.isnan(x).any())
    xp = namespace(x)
    return xp.isdtype(x.dtype, "real floating") and bool(xp.any(xp.isnan(x)))


def has_finite_squares(x: Any) -> bool:
    """Tell whether the squares of a NumPy array's numbers sum to a number.

    The quickest look at all of them: if it is one, so is each.
    """
    return x.flags.c_contiguous and math.isfinite(np.vdot(x, x))


def widen(x: Any) -> Any:
    """Return x in the widest float of its device: sums over rows are kept in it.

    A tuple is taken entry by entry; an object that is no array is returned as it is.
    """
    if isinstance(x, np.ndarray):
        return x.astype(np.float64, copy=False)
    if sparse.issparse(x):
        # A copy: SciPy adds entries that are there twice in place.
        return x.astype(np.float64)
    if isinstance(x, tuple):
        return tuple(map(widen, x))
    if not is_array(x):
        return x
    xp = namespace(x)
    return xp.astype(x, _max_precision_float_dtype(xp, device(x)), copy=False)


def epsilon(x: Any) -> float:
    """Return the rounding unit of x's dtype; x may be sparse or Dask too."""
    if type(x) is np.ndarray:  # whose dtypes are quick to compare
        return 2.0**-52 if x.dtype == np.float64 else 2.0**-23
    return 2.0**-52 if "float64" in str(x.dtype) else 2.0**-23


def like(values: Any, reference: Any, dtype: str | None = None) -> Any:
    """Return the values as an array of the reference's namespace, device and dtype.

    Parameters
    ----------
    values : array or array-like of any namespace
    reference : array or sparse matrix
    dtype : dtype or "same", default=None
        None keeps the dtype of `values`; "same" takes the reference's.
    """
    on_host = type(reference) is np.ndarray or sparse.issparse(reference)
    if on_host and type(values) is np.ndarray:
        # By far the most frequent, and many times faster.
        if dtype is None:
            return values
        dtype = reference.dtype if isinstance(dtype, str) else dtype
        return values.astype(dtype, copy=False)
    if sparse.issparse(reference):
        xp, place = np_compat, None
    else:
        xp, place = namespace(reference), device(reference)
    if is_array(values):
        values = move_to(values, xp=xp, device=place)
    else:
        values = xp.asarray(values, device=place)
    if dtype is None:
        return values
    return xp.astype(values, reference.dtype if dtype == "same" else dtype, copy=False)


def to_numpy(x: Any) -> Any:
    """Return x as a NumPy array on the host."""
    return move_to(x, xp=np_compat, device="cpu")


def host(x: Any) -> np.ndarray:
    """Return an array of any namespace, or a number, as NumPy's."""
    return to_numpy(x) if is_array(x) else np.asarray(x)


def float_dtypes(X: Any) -> list[Any]:
    """Return the float dtypes to keep, as the namespace that is used for X has them."""
    if type(X) is np.ndarray:
        return [np.float64, np.float32]
    xp, _, _ = get_namespace_and_device(X)
    return [xp.float64, xp.float32]


def of_sparse_interface(X: Any) -> Any:
    """Return a sparse X as the array or matrix that scikit-learn's option asks for.

    The option is ``sparse_interface`` of `sklearn.set_config`. The entries are shared,
    and a dense X is returned as it is.
    """
    return _align_api_if_sparse(X)


def dense(X: Any) -> Any:
    """Return X with its zeros written out, if it was sparse."""
    return X.toarray() if sparse.issparse(X) else X


def weigh(X: Any, weight: Any) -> Any:
    """Return diag(weight) X; X itself if there are no weights."""
    if weight is None:
        return X
    if sparse.issparse(X):
        return X.multiply(weight[:, None]).tocsr()
    return X * weight[:, None] if X.ndim == 2 else X * weight


def centre(X: Any, mean: Any) -> Any:
    """Return X - mean for a dense block (a temporary of the block's size)."""
    return X - like(mean, X, "same")


def cross_product(A: Any, X: Any) -> Any:
    """Return A.T @ X as an array; X may be a CSR matrix, of which nothing is copied."""
    if is_array(X):
        return A.T @ X
    turned = sparse.csc_array(X.shape[::-1], dtype=X.dtype)
    # Set one by one: made of the three arrays, it would copy parts of larger ones.
    turned.data, turned.indices, turned.indptr = X.data, X.indices, X.indptr
    return (turned @ A).T


def without_missing(X: Any, fill: Any) -> tuple[Any, Any]:
    """Return X with a row of values for its missing ones, and where it has values.

    Parameters
    ----------
    X : array or sparse matrix of shape (n_samples, n_features)
    fill : array of shape (n_features,)

    Returns
    -------
    X : array
    seen : array of shape (n_samples, n_features) or None
        1 where there is a value; None if there is one everywhere.
    """
    if not is_array(X):
        return X, None
    xp = namespace(X)
    if not math.isnan(float(xp.sum(X))):
        return X, None
    missing = xp.isnan(X)
    filled = xp.where(missing, xp.astype(fill, X.dtype)[None, :], X)
    return filled, xp.astype(~missing, X.dtype)


def product(A: Any, B: Any) -> Any:
    """Return A @ B in the wider dtype of both; not every namespace goes there itself.

    Parameters
    ----------
    A : array or sparse matrix of shape (m, n)
    B : array of shape (n,) or (n, k)
    """
    if sparse.issparse(A) or A.dtype == B.dtype:
        return A @ B
    xp = namespace(A, B)
    dtype = xp.result_type(A, B)
    return xp.astype(A, dtype, copy=False) @ xp.astype(B, dtype, copy=False)


def product_into(out: Any, A: Any, B: Any) -> None:
    """Write A @ B into an array, without another of its size where that can be had."""
    if type(A) is type(B) is type(out) is np.ndarray:
        np.matmul(A, B, out=out)
    else:
        out[...] = A @ B


def take_rows(x: Any, indices: Any) -> Any:
    """Return x[indices] along the first axis, the indices of any namespace.

    Labels may be strings, which only NumPy holds: the indices go where x is.
    """
    if type(x) is type(indices) is np.ndarray or sparse.issparse(x):
        return x[indices]
    return namespace(x).take(x, like(indices, x), axis=0)


def transposed(Z: Any) -> Any:
    """Return the transpose of a matrix, of NumPy's with its rows in one piece."""
    return np.ascontiguousarray(Z.T) if type(Z) is np.ndarray else Z.T


def triangle(Z: Any) -> Any:
    """Return R of Z = Q R; Q is never formed where the library allows it."""
    if is_numpy(Z):
        return np.linalg.qr(Z, mode="r")
    return namespace(Z).linalg.qr(Z, mode="reduced").R


def svd(A: Any) -> tuple[Any, Any, Any]:
    """Return U, s, Vt of A = U diag(s) Vt, thin, the largest singular value first.

    A graded matrix (columns of very different lengths) goes to one-sided Jacobi
    rotations, which keep the small columns' digits (Demmel and Veselic 1992);
    bidiagonalisation would drown them in the rounding of the large ones.
    """
    if not is_numpy(A):
        return tuple(namespace(A).linalg.svd(A, full_matrices=False))
    if A.dtype == np.float64 and A.shape[0] >= A.shape[1] > 0 and _is_graded(A):
        # joba=0 asks for accuracy relative to each column, jobr=0 for no flushing.
        s, U, V, work, _, info = scipy.linalg.lapack.dgejsv(A, joba=0, jobr=0)
        if info == 0:
            return U, s * (work[0] / work[1]), V.T
    return scipy.linalg.svd(A, full_matrices=False, check_finite=False)


def _is_graded(A: Any, limit: float = 1e4) -> bool:
    """Tell whether the lengths of A's non-zero columns differ by more than limit."""
    lengths = np.abs(A).max(axis=0)
    lengths = lengths[lengths > 0]
    return lengths.size > 0 and lengths.max() > limit * lengths.min()


def logsumexp(x: Any) -> Any:
    """Return log sum exp over the last axis, kept, without overflow."""
    xp = namespace(x)
    top = xp.max(x, axis=-1, keepdims=True)
    top = xp.where(xp.isfinite(top), top, xp.zeros_like(top))
    return top + xp.log(xp.sum(xp.exp(x - top), axis=-1, keepdims=True))
