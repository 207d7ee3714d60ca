"""Tables as matrices: categories become codes, and missing values NaN."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.utils.validation import validate_data

from skmath._rows.categories import UNKNOWN, Categories
from skmath._rows.tables import (
    CategoricalColumn,
    check_infinity,
    columns_of,
    numbers_of,
)
from skmath._rows.times import TimeColumn, shown_times
from skmath._rows.warnings import warn

__all__ = ["Table", "check_columns", "encode_column"]


def check_columns(estimator: Any, X: Any, *, reset: bool) -> list[Any]:
    """Return the columns of a table, checked like the matrices in `rows_to_fit`.

    Parameters
    ----------
    estimator : estimator
        Gets ``n_features_in_`` and ``feature_names_in_``.
    X : data frame or array-like of shape (n_samples, n_features)
    reset : bool
        False if X must have the columns of earlier calls.

    Returns
    -------
    list of (ndarray of float, CategoricalColumn or TimeColumn)

    Raises
    ------
    ValueError
        If X is empty, or its columns differ from earlier calls.
    """
    columns = columns_of(X)
    n_rows = len(columns[0]) if columns else np.shape(X)[0]
    shape = (n_rows, len(columns))
    for size, what in zip(shape, ("sample", "feature"), strict=True):
        if not size:
            raise ValueError(
                f"Found array with 0 {what}(s) (shape={shape}) while a minimum of "
                f"1 is required by {type(estimator).__name__}."
            )
    validate_data(estimator, X, reset=reset, skip_check_array=True)
    return columns


@dataclass(frozen=True)
class Table:
    """Description of the columns of a table: their types and categories.

    Parameters
    ----------
    names : ndarray of str or None
        Names of the columns; None if they are named by their index.
    categorical : tuple of bool
        Whether each column holds categories.
    ignored : tuple of int, default=()
        Columns that are ignored: all their values count as missing.
    categories : tuple of (Categories or None), default=()
        Categories of each column; None for numbers. Empty before `learn`.
    times : tuple of (str or None), default=()
        Kind of each column of dates, times or durations, "" for other columns; None
        for a column without any value yet. Empty before `learn`.

    Examples
    --------
    >>> from skmath._rows.tables import columns_of
    >>> from skmath._rows.columns import Table
    >>> columns = columns_of([["red", 1.5], ["blue", None]])
    >>> table = Table(None, (True, False)).learn(columns)
    >>> table.categories[0].texts
    ('blue', 'red')
    >>> table.encode(columns)
    array([[1. , 1.5],
           [0. , nan]])
    """

    names: Any
    categorical: tuple[bool, ...]
    ignored: tuple[int, ...] = ()
    categories: tuple[Categories | None, ...] = ()
    times: tuple[str | None, ...] = ()

    @classmethod
    def of_numbers(cls, names: Any, categorical: Any) -> Any:
        """Return the table of columns that were fitted as numbers."""
        categories = tuple(Categories(numbers=True) if c else None for c in categorical)
        return cls(names, categorical, (), categories, ("",) * len(categories))

    def learn(self, columns: list[Any]) -> "Table":
        """Return the table with the categories of these columns.

        The categories of the first call are sorted. Those of later calls are appended,
        so that codes do not change.

        Parameters
        ----------
        columns : list of (ndarray of float, CategoricalColumn or TimeColumn)

        Returns
        -------
        Table

        Raises
        ------
        TypeError
            If a column had dates or times before and something else now, or the
            reverse.

        Warns
        -----
        UserWarning
            If a column had numbers before and strings now, or the reverse.
        """
        times = self._checked_times(columns)
        found = (
            self._categories_with(column, j) if is_categorical else None
            for j, (column, is_categorical) in enumerate(
                zip(columns, self.categorical, strict=True)
            )
        )
        return replace(self, categories=tuple(found), times=times)

    def _categories_with(self, column: Any, j: int) -> Categories:
        """Return the categories of column j, including those of more rows."""
        if not self.categories:
            return Categories.of(column)
        known: Any = self.categories[j]
        self._warn_of_another_kind(known, column, j)
        return known.learn(column)

    def _checked_times(self, columns: list[Any]) -> tuple[Any, ...]:
        """Return the kind of times in each column; raise an error if it changed."""
        known = self.times or (None,) * len(columns)
        found = [_kind_of_times(column) for column in columns]
        for j, (before, now) in enumerate(zip(known, found, strict=True)):
            if None not in (before, now) and before != now and j not in self.ignored:
                of_times = "dates, times or durations"
                raise TypeError(
                    f"Column {self._name(j)} of X contains "
                    + (f"{of_times} ({now})" if now else "no " + of_times)
                    + f", but {before or 'numbers or strings'} in fit: convert it."
                )
        pairs = zip(known, found, strict=True)
        return tuple(now if before is None else before for before, now in pairs)

    def _warn_of_another_kind(self, known: Any, column: Any, j: Any) -> None:
        """Warn if a column had strings in fit and has numbers now, or the reverse."""
        if known.is_of_another_kind(column):
            warn(
                f"Column {self._name(j)} of X contains strings but had numbers in fit, "
                "or the reverse: all its values count as unknown categories. Convert "
                "the column."
            )

    def _name(self, j: int) -> int | str:
        """Return the name of column j for messages."""
        return j if self.names is None else repr(str(self.names[j]))

    def encode(self, columns: list[Any]) -> np.ndarray:
        """Return columns as a matrix of floats, with NaN for missing values.

        Parameters
        ----------
        columns : list of (ndarray of float, CategoricalColumn or TimeColumn)

        Returns
        -------
        ndarray of shape (n_samples, n_columns)
            In Fortran order, because columns are read and written one by one.

        Raises
        ------
        TypeError
            If a column has dates or times and did not in fit, or the reverse.

        Warns
        -----
        UserWarning
            If a column had numbers in fit and has strings now, or the reverse.
        """
        self._checked_times(columns)
        X = np.full((len(columns[0]), len(columns)), np.nan, order="F")
        for j, column in enumerate(columns):
            if j in self.ignored:
                continue
            known = self.categories[j]
            X[:, j] = encode_column(column, self.categorical[j], known, self._name(j))
            # The smallest code is UNKNOWN, so all values are unknown.
            if known is not None and np.fmin.reduce(X[:, j]) == UNKNOWN:
                self._warn_of_another_kind(known, column, j)
        return X

    def decode(self, X: Any) -> Any:
        """Return a matrix of codes as a table; X itself if all columns are numbers."""
        shown = {
            j: self._shown(X[:, j], j)
            for j, known in enumerate(self.categories)
            if self.times[j] or (known is not None and known.texts)
        }
        if not shown:
            return X
        table = X.astype(object)
        for j, values in shown.items():
            table[:, j] = values
        return table

    def _shown(self, codes: Any, j: int) -> np.ndarray:
        """Return the values of column j for these codes."""
        if self.times[j]:
            return shown_times(codes, self.times[j])
        known = self.categories[j]
        return codes if known is None or not known.texts else known.values(codes)

    def categories_of(
        self, codes: list[np.ndarray], categorical: tuple[Any, ...]
    ) -> list[np.ndarray]:
        """Return each categorical column's categories, given its sorted codes.

        Parameters
        ----------
        codes : sequence of ndarray
            One for each categorical column.
        categorical : tuple of bool
            Whether each column's distribution is categorical, also for numbers.

        Returns
        -------
        list of ndarray
        """
        columns = np.flatnonzero(categorical).tolist()
        return [self._shown(c, j) for c, j in zip(codes, columns, strict=True)]


def encode_column(
    column: Any, is_categorical: bool, categories: Categories | None, name: Any
) -> np.ndarray:
    """Return a column as floats: codes of categories, or numbers; NaN if missing.

    Parameters
    ----------
    column : ndarray of float, CategoricalColumn or TimeColumn
    is_categorical : bool
    categories : Categories or None
        None for numbers that are their own codes.
    name : object
        Name of the column for messages.

    Returns
    -------
    ndarray of shape (n_samples,)

    Raises
    ------
    ValueError
        If a value is infinite, or does not match the type of the column.
    """
    if is_categorical:
        known = categories or Categories(numbers=True)
        return known.codes(check_infinity(column, name))
    return numbers_of(column, name)


def _kind_of_times(column: Any) -> str | None:
    """Return the kind of times in a column, "" for none; None if it has no value."""
    if isinstance(column, TimeColumn):
        return column.kind
    if isinstance(column, CategoricalColumn):
        return column.kind if len(column.values) else None
    has_value = (column[:1] == column[:1]).any() or not np.isnan(column).all()
    return "" if has_value else None
