"""Tables: columns of numbers and of text, made a matrix of numbers.

A column of text becomes the codes of its categories; the matrix then goes through
`Rows` like any other.
"""

from numbers import Real

import numpy as np
from scipy import sparse

from skmath import _arrays
from skmath._rows import is_dask

UNKNOWN = -1.0
"""Code of a category that was not seen in fit."""


def may_hold_text(X):
    """Tell whether X may have columns that are not numbers."""
    if is_dask(X) or sparse.issparse(X):
        return False
    if hasattr(X, "dtypes"):
        return not all(getattr(dtype, "kind", "O") in "biuf" for dtype in X.dtypes)
    if isinstance(X, np.ndarray) or not _arrays.is_array(X):
        return getattr(getattr(X, "dtype", None), "kind", "O") not in "biuf"
    return False


def plain(X):
    """Return a pandas frame with its columns as objects; anything else as it is.

    Validation would try to find one dtype for all the columns of a frame, and a
    categorical one has none that numbers share.
    """
    return X.astype(object) if hasattr(X, "iloc") and may_hold_text(X) else X


def is_number_column(column):
    """Tell whether a column holds numbers only, by dtype or value by value."""
    if column.dtype.kind in "biuf":
        return True
    return column.dtype.kind == "O" and all(map(is_number, column))


def is_number(value):
    """Tell whether a value is a number, booleans included."""
    return isinstance(value, (Real, np.bool_))


def categories_of(column):
    """Return the sorted values of a column, as numbers if all are, else as text."""
    return np.unique(column.astype(float if is_number_column(column) else str))


def codes_of(column, categories):
    """Return the index of each value among the categories, or `UNKNOWN`.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath._table import codes_of
    >>> codes_of(np.array(["b", "z"], dtype=object), np.array(["a", "b"]))
    array([ 1., -1.])
    """
    if categories.dtype.kind == "f":
        # Text among numbers is unknown; the rows beside it are not.
        if not is_number_column(column):
            column = np.array([v if is_number(v) else np.nan for v in column])
        values = column.astype(float)
    else:
        values = column.astype(str)
    index = np.minimum(np.searchsorted(categories, values), categories.size - 1)
    return np.where(categories[index] == values, index, UNKNOWN)


def as_numbers(column):
    """Return a column as floats.

    Raises
    ------
    ValueError
        If a value is not a finite number.
    """
    numbers = column.astype(float)
    if not np.isfinite(numbers).all():
        raise ValueError("Input X contains infinity or a value too large for float64.")
    return numbers


def encode(X, categories):
    """Return the table as floats, categorical columns as codes.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Of any dtype.
    categories : list of (ndarray or None), one a column
        None for a column of numbers.

    Returns
    -------
    ndarray of shape (n_samples, n_features)
    """
    encoded = np.empty(X.shape)
    for j, known in enumerate(categories):
        column = X[:, j]
        encoded[:, j] = as_numbers(column) if known is None else codes_of(column, known)
    return encoded
