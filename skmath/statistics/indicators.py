"""Indicators of classes: the matrix that turns sums over rows into sums by class."""

from skmath import _arrays

__all__ = ["indicators"]


def indicators(codes, n_classes, like, *, columns_contiguous=False):
    """Return the one-hot matrix Y: Y[i, k] is 1 if row i has code k, else 0.

    Parameters
    ----------
    codes : array of int of shape (n_samples,)
        Class of each row, from 0 to n_classes - 1.
    n_classes : int
    like : array or sparse matrix
        Whose namespace, device and dtype to take.
    columns_contiguous : bool, default=False
        Whether the column of a class is contiguous in memory, which suits Y'X, and is
        quicker to make of few classes.

    Returns
    -------
    array of shape (n_samples, n_classes)

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.statistics import indicators
    >>> indicators(np.array([1, 0]), 2, np.empty(0))
    array([[0., 1.],
           [1., 0.]])
    """
    codes = _arrays.like(codes, like)
    xp = _arrays.namespace(codes)
    classes = xp.arange(n_classes, dtype=codes.dtype, device=_arrays.device(codes))
    dtype = _arrays.float_dtype(like, xp)
    if columns_contiguous:
        return xp.astype(classes[:, None] == codes[None, :], dtype).T
    return xp.astype(codes[:, None] == classes[None, :], dtype)
