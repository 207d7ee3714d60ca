"""A table as a matrix: its categories become codes, what is missing becomes NaN."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.utils import assert_all_finite
from sklearn.utils.validation import (
    check_consistent_length,
    column_or_1d,
    validate_data,
)

from skmath._estimators.targets import check_labels
from skmath._rows.checks import weights_beside
from skmath._rows.tables import (
    CategoricalColumn,
    as_categories,
    check_collected,
    check_infinity,
    check_no_missing_labels,
    codes_of,
    columns_of,
    numbers_of,
)

__all__ = ["Table", "check_columns", "check_targets", "encode_column"]


def check_columns(estimator, X, *, reset):
    """Return the columns of a table, as `rows_to_fit` returns the rows of a matrix.

    Parameters
    ----------
    estimator : estimator
        Learns ``n_features_in_`` and ``feature_names_in_``.
    X : data frame or array-like of shape (n_samples, n_features)
    reset : bool
        False where X must have the columns that the estimator knows.

    Returns
    -------
    list of (ndarray of float or CategoricalColumn)

    Raises
    ------
    ValueError
        If X is empty, or has other columns.
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


def check_targets(estimator, columns, y, sample_weight):
    """Return labels and weights for the rows of a table, checked.

    Parameters
    ----------
    estimator : estimator
        For messages.
    columns : list of (ndarray of float or CategoricalColumn)
    y : array-like of shape (n_samples,)
    sample_weight : array-like of shape (n_samples,) or None

    Returns
    -------
    y : ndarray of shape (n_samples,)
    sample_weight : ndarray of shape (n_samples,) or None

    Raises
    ------
    ValueError
        If they cannot be used, or there is not one for each row.
    """
    if y is None:
        raise ValueError(
            f"{type(estimator).__name__} requires y to be passed, but the target y is "
            "None."
        )
    check_collected(y)
    check_no_missing_labels(y)
    y = column_or_1d(y, warn=True)
    assert_all_finite(y, input_name="y")
    check_labels(y)
    check_consistent_length(columns[0], y)
    if sample_weight is not None:
        sample_weight = weights_beside(sample_weight, y, np.float64)
    return y, sample_weight


@dataclass(frozen=True)
class Table:
    """What is known of the columns of a table: which hold categories, and which ones.

    Parameters
    ----------
    names : ndarray of str or None
        Of the columns; None where they are called by their index.
    categorical : tuple of bool
        Whether each column holds categories.
    categories : tuple of (list of str or None), default=None
        Texts of each column's categories, by their codes; None for a column of numbers,
        and for categories that are numbers or booleans, which are their own codes.
        None for all where no rows were learned yet.

    Examples
    --------
    >>> from skmath._rows.tables import columns_of
    >>> from skmath.from_scratch_nb.columns import Table
    >>> columns = columns_of([["red", 1.5], ["blue", None]])
    >>> table = Table(None, (True, False)).learn(columns)
    >>> table.categories
    (['blue', 'red'], None)
    >>> table.encode(columns)
    array([[1. , 1.5],
           [0. , nan]])
    """

    names: Any
    categorical: tuple
    categories: tuple | None = None

    def learn(self, columns):
        """Return the table with the categories of these columns.

        The first categories of a column are sorted. Those of later rows come after
        them, so that codes stay as they are.

        Parameters
        ----------
        columns : list of (ndarray of float or CategoricalColumn)

        Returns
        -------
        Table

        Raises
        ------
        ValueError
            If a column held numbers before, and text now.
        """
        learn = _first_categories if self.categories is None else self._more_categories
        found = (
            learn(column, j) if is_categorical else None
            for j, (column, is_categorical) in enumerate(
                zip(columns, self.categorical, strict=True)
            )
        )
        return replace(self, categories=tuple(found))

    def _more_categories(self, column, j):
        """Return the known categories of column j, and after them the new ones."""
        known = self.categories[j]
        if known is None:
            texts = _texts(column)
            if texts:
                raise ValueError(
                    f"Column {self._name(j)} of X held numbers before, now the text "
                    f"{texts[0]!r}."
                )
            return None
        texts = {str(value) for value in as_categories(column).values}
        return [*known, *sorted(texts - set(known))]

    def _name(self, j):
        """Return what to call column j in messages."""
        return j if self.names is None else repr(str(self.names[j]))

    def encode(self, columns):
        """Return columns as a matrix of floats, NaN where a value is missing.

        Parameters
        ----------
        columns : list of (ndarray of float or CategoricalColumn)

        Returns
        -------
        ndarray of shape (n_samples, n_columns)
            Each column contiguous: it is columns that are read and written.
        """
        X = np.empty((len(columns[0]), len(columns)), order="F")
        for j, column in enumerate(columns):
            X[:, j] = encode_column(
                column, self.categorical[j], self.categories[j], self._name(j)
            )
        return X

    def decode(self, X):
        """Return a matrix of codes and numbers as a table; X itself if it is one."""
        with_text = [j for j, texts in enumerate(self.categories) if texts is not None]
        if not with_text:
            return X
        table = X.astype(object)
        for j in with_text:
            texts = np.array(self.categories[j], dtype=object)
            table[:, j] = texts[X[:, j].astype(int)]
        return table

    def categories_of(self, codes):
        """Return each categorical column's categories, given its sorted codes.

        Parameters
        ----------
        codes : sequence of ndarray
            One for each categorical column.

        Returns
        -------
        list of ndarray
        """
        of_column = [
            texts
            for texts, is_categorical in zip(
                self.categories, self.categorical, strict=True
            )
            if is_categorical
        ]
        return [
            numbers if texts is None else np.array(texts, dtype=object)
            for numbers, texts in zip(codes, of_column, strict=True)
        ]


def encode_column(column, is_categorical, categories, name):
    """Return a column as floats: codes of categories, or numbers; NaN if missing.

    Parameters
    ----------
    column : ndarray of float or CategoricalColumn
    is_categorical : bool
    categories : list of str or None
        As in `Table`.
    name : object
        What the column is called in messages.

    Returns
    -------
    ndarray of shape (n_samples,)

    Raises
    ------
    ValueError
        If a value is infinite, or none of the kind of the column.
    """
    if is_categorical:
        return codes_of(check_infinity(column, name), categories)
    return numbers_of(column, name)


def _first_categories(column, j):
    """Return the sorted texts of a column's categories; None if they are numbers."""
    texts = _texts(column)
    return None if texts is None else sorted(set(texts))


def _texts(column):
    """Return the texts of a column's values; None if they are numbers or booleans."""
    return column.texts() if isinstance(column, CategoricalColumn) else None
