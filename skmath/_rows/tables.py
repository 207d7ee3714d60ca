"""Tables: columns of numbers, text and booleans with holes, made a matrix of numbers.

A column of categories becomes their codes, a missing value NaN; the matrix then goes
through `Rows` like any other. Frames are read a column at a time, whichever library
they are of.
"""

import math
import sys
from dataclasses import dataclass
from numbers import Real

import numpy as np
from scipy import sparse

from skmath import _arrays
from skmath._rows.rows import is_dask

__all__ = [
    "UNKNOWN",
    "Coded",
    "as_coded",
    "check_infinity",
    "codes_of",
    "columns_of",
    "may_hold_text",
    "numbers_of",
]

UNKNOWN = 1e300
"""In the place of a category that was not seen in fit."""

MISSING = ("NAType", "NaTType", "NoneType")
"""Types of values that stand for none."""


def may_hold_text(X):
    """Tell whether X may have columns that are not numbers."""
    if is_dask(X) or sparse.issparse(X):
        return False
    if hasattr(X, "dtypes"):
        return not all(getattr(dtype, "kind", "O") in "iuf" for dtype in X.dtypes)
    if isinstance(X, np.ndarray) or not _arrays.is_array(X):
        dtype = getattr(X, "dtype", None)
        return getattr(dtype, "kind", "O") not in "iuf"
    return False


@dataclass(frozen=True)
class Coded:
    """A column of categories: the different values, and which of them each row has.

    Parameters
    ----------
    different : list
        Values of any kind, none of them missing.
    codes : ndarray of int of shape (n_samples,)
        Index of each row's value; -1 where it is missing.
    """

    different: list
    codes: np.ndarray

    def __len__(self):
        return len(self.codes)

    def __getitem__(self, rows):
        """Return some rows, and the values that they have."""
        seen, codes = np.unique(self.codes[rows], return_inverse=True)
        if len(seen) and seen[0] == -1:
            seen, codes = seen[1:], codes - 1
        return Coded([self.different[i] for i in seen], codes)

    def texts(self):
        """Return the texts of the values; None if these are numbers or booleans."""
        if self.different and all(isinstance(v, Real) for v in self.different):
            return None
        return [str(value) for value in self.different]

    def with_numbers(self, numbers):
        """Return a number for each row, given one for each different value."""
        # What is missing, -1, is the last.
        return np.array([*numbers, math.nan], dtype=np.float64)[self.codes]


def columns_of(X):
    """Return the columns of a frame or a table: arrays of floats, or `Coded`.

    Parameters
    ----------
    X : pandas or polars data frame, or array-like of shape (n_samples, n_features)

    Returns
    -------
    list of (ndarray of float, or Coded)
        NaN where a number is missing. A column of objects that are all numbers is one
        of floats; booleans and a frame's categoricals are `Coded`.

    Raises
    ------
    ValueError
        If X is not a table.
    TypeError
        If a cell holds a list, say.
    """
    if hasattr(X, "iloc"):
        return [_of_pandas(X.iloc[:, j]) for j in range(X.shape[1])]
    if hasattr(X, "get_columns"):
        return [_of_polars(column) for column in X.get_columns()]
    is_array = hasattr(X, "dtype") or hasattr(X, "__array__")
    X = np.asarray(X) if is_array else np.array(X, dtype=object)
    if X.ndim != 2:
        raise ValueError(
            f"Expected 2D array, got {X.ndim}D array instead. Reshape your data with "
            "X.reshape(-1, 1) if it has one feature, X.reshape(1, -1) if one sample."
        )
    if X.dtype.kind in "iuf":
        return list(np.asarray(X, dtype=np.float64, order="F").T)
    return [_of_array(column) for column in X.T]


def _of_pandas(column):
    kind = getattr(column.dtype, "kind", "O")
    if kind in "iuf":
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    codes, different = _factorized(column)
    coded = Coded(list(different), codes)
    return _as_numbers(coded) if column.dtype == object else coded


def _of_polars(column):
    if column.dtype.is_numeric():
        return column.to_numpy().astype(np.float64)
    return _coded(column.to_list())


def _of_array(column):
    if column.dtype.kind == "b":
        return Coded([False, True], column.astype(np.intp))
    return _as_numbers(_coded(column.tolist()))


def as_coded(column):
    """Return a column as `Coded`, its numbers being categories."""
    return column if isinstance(column, Coded) else _coded(column.tolist())


def _coded(values):
    """Return a list of values as `Coded`."""
    pandas = sys.modules.get("pandas")
    if pandas is not None:
        # Not made of the list: an array of one length lists would have two dimensions.
        array = np.empty(len(values), dtype=object)
        array[:] = values
        codes, different = _factorized(pandas.Series(array, dtype=object))
        return Coded(list(different), codes)
    index = {}
    codes = (index.setdefault(value, len(index)) for value in values)
    try:
        codes = np.fromiter(codes, dtype=np.intp, count=len(values))
    except TypeError as error:
        raise _not_a_cell(error) from None
    present = [not _stands_for_none(value) for value in index]
    places = np.where(present, np.cumsum(present) - 1, -1)
    different = [v for v, yes in zip(index, present, strict=True) if yes]
    return Coded(different, places[codes])


def _factorized(series):
    try:
        return series.factorize()
    except TypeError as error:
        raise _not_a_cell(error) from None


def _not_a_cell(error):
    return TypeError(f"argument must be a string or a number, a cell of X: {error}.")


def _stands_for_none(value):
    if isinstance(value, float):
        return math.isnan(value)
    return type(value).__name__ in MISSING


def _as_numbers(column):
    """Return a `Coded` column as floats if its values are numbers, and not booleans."""
    if not column.different or column.texts() is not None:
        return column
    if any(isinstance(value, bool | np.bool_) for value in column.different):
        return column
    return column.with_numbers(column.different)


def numbers_of(column, name):
    """Return a column as floats.

    Parameters
    ----------
    column : ndarray or Coded
    name : str
        What to call it.

    Raises
    ------
    ValueError
        If a value is not a number, or infinite.
    """
    if isinstance(column, Coded):
        try:
            column = column.with_numbers(column.different)
        except (TypeError, ValueError) as error:
            raise type(error)(
                f"could not convert column {name} of X to numbers: {error}"
            ) from None
    return check_infinity(column, name)


def check_infinity(column, name):
    """Return the column; raise a ValueError if it holds an infinite number."""
    if not isinstance(column, Coded) and np.isinf(column).any():
        raise ValueError(
            f"Input X contains infinity or a value too large for {column.dtype} in "
            f"column {name}."
        )
    return column


def codes_of(column, texts):
    """Return numbers for a column of categories; `UNKNOWN`; NaN if missing.

    Parameters
    ----------
    column : ndarray or Coded
    texts : list of str or None
        What is known, of which a value gets its place; None if numbers and booleans
        stand for themselves.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath._rows.tables import Coded, codes_of
    >>> codes_of(Coded(["b", "z"], np.array([0, 1, -1])), ["a", "b"])
    array([1.e+000, 1.e+300,     nan])
    """
    if texts is None:
        if not isinstance(column, Coded):
            return column
        numbers = (v if isinstance(v, Real) else UNKNOWN for v in column.different)
        return column.with_numbers(numbers)
    index = {text: i for i, text in enumerate(texts)}
    column = as_coded(column)
    return column.with_numbers(index.get(str(v), UNKNOWN) for v in column.different)
