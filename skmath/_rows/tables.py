"""Reading of tables with numbers, strings, booleans and missing values, by column.

Categories become codes and missing values NaN; the resulting matrix is processed by
`Rows` like any other. Frames of all libraries are read one column at a time.
"""

import math
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from numbers import Complex, Real
from typing import Any

import numpy as np
from scipy import sparse

from skmath import _arrays
from skmath._rows.rows import is_dask
from skmath._rows.times import (
    NAMES_OF_TIMES,
    TIMES,
    WITH_ZONE,
    TimeColumn,
    is_time,
    seconds_of_values,
)

__all__ = [
    "NUMBERS",
    "CategoricalColumn",
    "as_categories",
    "check_collected",
    "check_infinity",
    "check_is_no_series",
    "check_no_missing_labels",
    "check_no_times",
    "column_of_text",
    "columns_of",
    "count_missing",
    "holds_numbers_alone",
    "may_hold_text",
    "numbers_of",
]

MISSING = ("NAType", "NaTType", "NoneType")
"""Names of the types of missing values besides NaN."""

NUMBERS = (Real, Decimal)
"""Types of numbers; Python's Decimal is not a subclass of Real."""


def may_hold_text(X: Any) -> bool:
    """Return whether X may have columns that are not numeric."""
    check_collected(X)
    if is_dask(X) or sparse.issparse(X):
        return False
    if _is_series(X):
        return True
    if is_of_arrow(X):
        names = ("int", "uint", "float", "double", "half")
        return not all(str(dtype).startswith(names) for dtype in X.schema.types)
    if hasattr(X, "dtypes"):
        return not all(getattr(dtype, "kind", "O") in "iuf" for dtype in X.dtypes)
    if isinstance(X, np.ndarray) or not _arrays.is_array(X):
        dtype = getattr(X, "dtype", None)
        return getattr(dtype, "kind", "O") not in "iuf"
    return False


def holds_numbers_alone(X: Any) -> bool:
    """Return whether X is a matrix of numbers and booleans, by its dtypes.

    A list is first converted to an array.
    """
    if type(X) is np.ndarray:
        return X.dtype.kind in "biuf"
    if isinstance(X, list | tuple):
        try:
            X = np.asarray(X)
        except ValueError:
            return True  # rows of different lengths raise an error later
    if hasattr(X, "get_columns"):
        return all(dtype.is_numeric() for dtype in X.dtypes)
    dtype = getattr(X, "dtype", None)
    return getattr(dtype, "kind", "O") == "b" or not may_hold_text(X)


def _is_series(X: Any) -> bool:
    """Return whether X is a series of a data frame library."""
    return hasattr(X, "to_frame") and len(X.shape) == 1


@dataclass(frozen=True)
class CategoricalColumn:
    """A categorical column: its unique values, and the index of each row's value.

    Parameters
    ----------
    values : list
        The unique values of any type, without missing ones.
    codes : ndarray of int of shape (n_samples,)
        Index of each row's value; -1 for missing values.
    kind : str, default=""
        Description of the values if they are seconds of dates or times.
    """

    values: list[Any]
    codes: np.ndarray
    kind: str = ""

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, rows: Any) -> "CategoricalColumn":
        """Return the column with some of the rows, and only their values."""
        present, codes = np.unique(self.codes[rows], return_inverse=True)
        if len(present) and present[0] == -1:
            present, codes = present[1:], codes - 1
        return CategoricalColumn([self.values[i] for i in present], codes, self.kind)

    def with_numbers(self, numbers: Any) -> np.ndarray:
        """Return a number for each row, given one for each unique value."""
        # Missing values have code -1, which is the index of the last number.
        return np.array([*numbers, math.nan], dtype=np.float64)[self.codes]


def column_of_text(X: Any) -> Any:
    """Return the name or index of the first column that is not numeric, or None.

    Parameters
    ----------
    X : pandas or polars data frame, or array-like of shape (n_samples, n_features)
    """
    columns: Iterable[tuple[Any, Any]]
    if hasattr(X, "iloc"):
        columns = ((X.columns[j], X.iloc[:, j]) for j in range(X.shape[1]))
    elif hasattr(X, "get_columns"):
        columns = ((column.name, column) for column in X.get_columns())
    elif is_of_arrow(X):
        columns = zip(X.column_names, X.columns, strict=True)
    else:
        columns = enumerate(np.asarray(X).T)
    for name, column in columns:
        try:
            np.asarray(column, dtype=float)
        except (TypeError, ValueError):
            return name
    return None


def columns_of(X: Any) -> list[Any]:
    """Return the columns of a table as floats, categories, or dates and times.

    Parameters
    ----------
    X : pandas or polars data frame, or array-like of shape (n_samples, n_features)

    Returns
    -------
    list of (ndarray of float, CategoricalColumn or TimeColumn)
        Missing numbers are NaN. A column of objects that are all numbers becomes
        floats; one of dates, times or durations becomes seconds; booleans and a frame's
        categoricals become `CategoricalColumn`.

    Raises
    ------
    ValueError
        If X is not a table, or a column has complex numbers.
    TypeError
        If a cell has an unsupported type, such as a list, or a column mixes dates with
        other values.
    """
    check_collected(X)
    check_is_no_series(X)
    if hasattr(X, "iloc"):
        columns = (X.iloc[:, j] for j in range(X.shape[1]))
        return [_of_pandas(column, repr(column.name)) for column in columns]
    if hasattr(X, "get_columns"):
        return [_of_polars(column, repr(column.name)) for column in X.get_columns()]
    if is_of_arrow(X):
        names = map(repr, X.column_names)
        return list(map(_of_arrow, X.columns, names))
    is_array = hasattr(X, "dtype") or hasattr(X, "__array__")
    X = np.asarray(X) if is_array else np.array(X, dtype=object)
    if X.ndim != 2:
        raise ValueError(
            f"Expected 2D array, got {X.ndim}D array instead. Reshape your data with "
            "X.reshape(-1, 1) if it has one feature, X.reshape(1, -1) if one sample."
        )
    if X.dtype.kind in "iuf":
        return list(np.asarray(X, dtype=np.float64, order="F").T)
    return [_of_array(column, j) for j, column in enumerate(X.T)]


def check_is_no_series(X: Any) -> None:
    """Raise a ValueError with advice if X is a series of a data frame library."""
    if not _is_series(X):
        return
    name = getattr(X, "name", None)
    frame = "X.to_frame()" if name is None else f"X.to_frame(), or frame[[{name!r}]]"
    raise ValueError(
        f"Expected a 2-dimensional container but got {type(X)} instead. If this Series "
        f"is one column, pass {frame}; if it is one row, pass frame.iloc[[i]] instead "
        "of frame.iloc[i]."
    )


def _of_pandas(column: Any, name: Any) -> Any:
    dtype = column.dtype
    kind = getattr(dtype, "kind", "O")
    if kind in "iuf":
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    if kind in "Mm" and isinstance(dtype, np.dtype):
        return TimeColumn.of_array(column.to_numpy())
    if kind == "M" and hasattr(dtype, "tz"):
        times = column.dt.tz_convert(None).to_numpy()
        return TimeColumn.of_array(times, WITH_ZONE)
    codes, values = _factorized(column)
    column = _of_values(CategoricalColumn(list(values), codes), name)
    if str(dtype) != "category":
        return column
    # Dates that the user converted to categories stay categories.
    if isinstance(column, TimeColumn):
        numbers, _ = seconds_of_values(list(values), name)
        return CategoricalColumn(numbers.tolist(), codes, column.kind)
    return CategoricalColumn(list(values), codes)


def _of_polars(column: Any, name: Any) -> Any:
    if column.dtype.is_numeric():
        return column.to_numpy().astype(np.float64)
    if column.dtype.is_temporal():
        times = column.to_numpy()
        if times.dtype.kind in "Mm":
            zone = getattr(column.dtype, "time_zone", None)
            return TimeColumn.of_array(times, WITH_ZONE if zone else None)
    return _of_values(_categorical(column.to_list()), name)


def is_of_arrow(X: Any) -> bool:
    """Return whether X is a pyarrow table."""
    return hasattr(X, "column_names") and hasattr(X, "schema")


def _of_arrow(column: Any, name: Any) -> Any:
    dtype = str(column.type)
    if dtype.startswith(("int", "uint", "float", "double", "half")):
        return np.asarray(column.to_numpy(), dtype=np.float64)
    if dtype.startswith(NAMES_OF_TIMES):
        times = column.to_numpy()
        if times.dtype.kind in "Mm":
            zone = getattr(column.type, "tz", None)
            return TimeColumn.of_array(times, WITH_ZONE if zone else None)
    return _of_values(_categorical(column.to_pylist()), name)


def _of_array(column: np.ndarray, name: Any) -> Any:
    if column.dtype.kind == "b":
        return CategoricalColumn([False, True], column.astype(np.intp))
    if column.dtype.kind in "Mm":
        return TimeColumn.of_array(column)
    return _of_values(_categorical(column.tolist()), name)


def as_categories(column: Any) -> CategoricalColumn:
    """Return a column as `CategoricalColumn`, with numbers as categories."""
    if isinstance(column, CategoricalColumn):
        return column
    numbers = column.seconds if isinstance(column, TimeColumn) else column
    return _categorical(numbers.tolist())


def _categorical(values: list[Any]) -> CategoricalColumn:
    """Return a list of values as `CategoricalColumn`."""
    pandas = sys.modules.get("pandas")
    if pandas is not None:
        # np.array(values) would be two-dimensional for lists of equal length.
        array = np.empty(len(values), dtype=object)
        array[:] = values
        codes, unique = _factorized(pandas.Series(array, dtype=object))
        return CategoricalColumn(list(unique), codes)
    index: dict[Any, int] = {}
    each = (index.setdefault(value, len(index)) for value in values)
    try:
        codes = np.fromiter(each, dtype=np.intp, count=len(values))
    except TypeError as error:
        raise _not_a_cell(error) from None
    present = [not _is_missing(value) for value in index]
    codes_of_present = np.where(present, np.cumsum(present) - 1, -1)
    unique = [value for value, yes in zip(index, present, strict=True) if yes]
    return CategoricalColumn(unique, codes_of_present[codes])


def _factorized(series: Any) -> tuple[np.ndarray, Any]:
    """Return the codes of a pandas series' values (-1 if missing), and the values."""
    try:
        return series.factorize()
    except TypeError as error:
        raise _not_a_cell(error) from None


def _not_a_cell(error: Any) -> Any:
    return TypeError(f"argument must be a string or a number, a cell of X: {error}.")


def _of_values(column: Any, name: Any) -> Any:
    """Return a column of any values as numbers or times, if possible.

    Raises
    ------
    ValueError
        If values are complex.
    TypeError
        If some values are dates or times and others are not.
    """
    kinds = {type(value) for value in column.values}
    for kind in kinds:
        if issubclass(kind, Complex) and not issubclass(kind, Real):
            raise ValueError(
                f"Complex data not supported: column {name} of X has complex numbers. "
                "Pass their real and imaginary parts as two columns."
            )
    if any(map(is_time, kinds)):
        numbers, kind = seconds_of_values(column.values, name)
        return TimeColumn(column.with_numbers(numbers), kind)
    booleans = kinds & {bool, np.bool_}
    if kinds and not booleans and all(issubclass(kind, NUMBERS) for kind in kinds):
        return column.with_numbers(column.values)
    return column


def check_no_times(X: Any, called: str = "X", *, dtypes_only: bool = False) -> None:
    """Raise a TypeError if X, or a column of it, has dates, times or durations.

    Casting them to numbers would give nanoseconds or days depending on the library, and
    the lowest integer for missing values.

    Parameters
    ----------
    X : array-like of any kind
        A data frame of pandas or polars, an array of any namespace, a list.
    called : str, default="X"
        Name of X for messages.
    dtypes_only : bool, default=False
        Whether objects and categories are skipped, because the caller checks their
        distinct values itself.

    Raises
    ------
    TypeError
        If a column has such a dtype, or an object of such a type; the message names it.
        If X is a lazy query.
    """
    check_collected(X)
    for name, column in _columns_to_check(X):
        if not dtypes_only and str(_dtype(column)) == "category":  # of pandas
            column = column.dtype.categories
        kind = _kind_of_times(column, dtypes_only)
        if kind:
            where = called if name is None else f"Column {name!r} of {called}"
            raise _error_of_times(where, kind)


def check_collected(*inputs: Any) -> None:
    """Raise a TypeError if an input is a lazy query, such as a polars LazyFrame."""
    for data in inputs:
        if hasattr(data, "collect_schema") and hasattr(data, "collect"):
            raise TypeError(
                f"A {type(data).__name__} is a lazy query without data: call "
                ".collect() first."
            )


def check_no_missing_labels(y: Any) -> None:
    """Raise a ValueError if a label of y is missing.

    Parameters
    ----------
    y : array-like of labels
        A series of pandas or polars, an array of objects, a list.
    """
    check_collected(y)
    missing = count_missing(y)
    if missing:
        raise ValueError(
            f"Input y contains NaN: {missing} labels are missing (NaN, None or NA). "
            "Remove these rows, or give them a label, for example with "
            "y.fillna('missing')."
        )


def count_missing(y: Any) -> int:
    """Return how many entries of y are missing, for any library."""
    if hasattr(y, "isna"):  # of pandas
        return int(np.asarray(y.isna()).sum())
    if hasattr(y, "null_count"):  # of polars, or of pyarrow
        columns = y.get_columns() if hasattr(y, "get_columns") else [y]
        counts = (column.null_count for column in columns)
        return sum(int(count() if callable(count) else count) for count in counts)
    if isinstance(y, np.ndarray) and y.dtype.kind in "Mm":
        return int(np.isnat(y).sum())
    if isinstance(y, np.ndarray) and y.dtype.kind == "f":
        return int(np.isnan(y).sum())
    if not isinstance(y, np.ndarray | list | tuple):
        return 0
    values = y.ravel().tolist() if isinstance(y, np.ndarray) else y
    kinds = {kind for kind in set(map(type, values)) if _may_be_missing(kind)}
    return sum(_is_missing(value) for value in values if type(value) in kinds)


def _may_be_missing(kind: Any) -> bool:
    return issubclass(kind, float) or kind.__name__ in MISSING


def _error_of_times(where: str, kind: str) -> Any:
    return TypeError(
        f"{where} contains dates, times or durations ({kind}), which are not numbers. "
        "Convert them first, for example to days since a start: (column - start) / "
        "numpy.timedelta64(1, 'D')."
    )


def _columns_to_check(X: Any) -> Iterator[Any]:
    """Yield (name, column) of each column that may have times; None names all of X."""
    if hasattr(X, "get_columns"):
        yield from ((column.name, column) for column in X.get_columns())
    elif hasattr(X, "iloc") and not is_dask(X):
        for j, dtype in enumerate(X.dtypes if X.ndim == 2 else ()):
            if getattr(dtype, "kind", "O") not in ("b", "i", "u", "f"):
                yield X.columns[j], X.iloc[:, j]
        if X.ndim == 1:
            yield None, X
    elif is_of_arrow(X):
        yield from zip(X.column_names, X.columns, strict=True)
    elif isinstance(X, np.ndarray) and X.dtype == object:
        yield from enumerate(X.T) if X.ndim == 2 else [(None, X)]
    elif getattr(getattr(X, "dtype", None), "kind", "") in ("M", "m"):
        yield None, X
    elif isinstance(X, list) and len(X) and isinstance(X[0], list | tuple):
        for j, values in enumerate(zip(*X, strict=False)):
            column = np.empty(len(values), dtype=object)
            column[:] = values
            yield j, column


def _kind_of_times(column: Any, dtypes_only: bool = False) -> str:
    """Return the name of the dtype or type of a column's times, or ""."""
    dtype = _dtype(column)
    if getattr(dtype, "kind", "O") in "Mm" or str(dtype).startswith(NAMES_OF_TIMES):
        return str(dtype)
    if hasattr(dtype, "is_temporal"):
        return str(dtype) if dtype.is_temporal() else ""
    scalar = getattr(dtype, "type", None)
    if isinstance(scalar, type) and issubclass(scalar, TIMES):
        return str(dtype)
    if dtypes_only or str(dtype) != "object":
        return ""  # other dtypes, such as strings, cannot have times
    types = {type(value) for value in column}
    found = [t for t in types if issubclass(t, TIMES) and t.__name__ not in MISSING]
    return found[0].__name__ if found else ""


def _dtype(column: Any) -> Any:
    """Return the dtype of a column (its type in pyarrow)."""
    return column.dtype if hasattr(column, "dtype") else column.type


def _is_missing(value: Any) -> bool:
    if isinstance(value, float):
        return math.isnan(value)
    if isinstance(value, Decimal):
        return value.is_nan()
    if isinstance(value, np.datetime64 | np.timedelta64):
        return bool(np.isnat(value))
    return type(value).__name__ in MISSING


def numbers_of(column: Any, name: Any) -> np.ndarray:
    """Return a column as floats.

    Parameters
    ----------
    column : ndarray, CategoricalColumn or TimeColumn
    name : object
        Name of the column for messages.

    Raises
    ------
    ValueError
        If a value is not a number, or infinite.
    """
    if isinstance(column, TimeColumn):
        return column.seconds
    if isinstance(column, CategoricalColumn):
        try:
            column = column.with_numbers(column.values)
        except (TypeError, ValueError) as error:
            raise type(error)(
                f"could not convert column {name} of X to numbers: {error}"
            ) from None
    return check_infinity(column, name)


def check_infinity(column: Any, name: Any) -> Any:
    """Return the column; raise a ValueError if it has an infinite number."""
    if isinstance(column, np.ndarray) and np.isinf(column).any():
        raise ValueError(
            f"Input X contains infinity or a value too large for {column.dtype} in "
            f"column {name}."
        )
    return column
