"""Encoding of a table's columns as inputs of a network.

`skmath._rows.columns` has converted categories to codes and missing values to NaN. In
the first call

1. a column of numbers gets its median as imputed value; if it has missing values, an
   additional indicator column is 1 for them, so that the network can use them;
2. up to `MAX_ONE_HOT` categories are one-hot encoded (one column of -1 and 1 for two),
   with one more column for missing values if there are any. Unknown categories are all
   zeros;
3. more categories are replaced by their index, for the layer that learns their
   embeddings (`skmath.calculus.Embeddings`); unknown and missing values have one index
   each.

X_0 has the numbers, the indicators of missing values, the one-hot columns and the
indices, in this order.

One-hot columns are not standardised. If divided by its standard deviation, the column
of a category with one percent of the rows would be 10 in these rows: the rarer a
category, the less its weight would be penalised and the longer its steps would be,
although it has the least data.

References
----------
.. [1] D. Holzmueller, L. Grinsztajn and I. Steinwart, "Better by default: strong
   pre-tuned MLPs and boosted trees on tabular data", NeurIPS 2024, section 3: one-hot
   up to 9 values and not scaled, embeddings above.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from skmath import _arrays
from skmath._rows.rows import is_dask, weighted_indices
from skmath.statistics import column_medians

__all__ = [
    "MAX_ONE_HOT",
    "Encoding",
    "KnownCategories",
    "categories_by_name",
    "embeddings_by_name",
    "encoded",
    "learn_encoding",
]

MAX_ONE_HOT = 9
"""Maximum number of categories for one-hot encoding: from 10 on an embedding is
narrower."""

MEDIAN_ROWS = 10_000
"""Number of rows above which medians are computed from evenly spaced rows: their
standard error, about 1% of a standard deviation, is small enough for imputation."""


@dataclass(frozen=True)
class KnownCategories:
    """Known categories of a column.

    Parameters
    ----------
    column : int
        Index of the column.
    codes : ndarray of float of shape (n_categories,)
        Sorted codes.
    had_missing : bool
        Whether the column had missing values in fit.
    """

    column: int
    codes: Any
    had_missing: bool

    @property
    def n_places(self):
        """Number of rows of the embedding: known categories, unknown and missing."""
        return len(self.codes) + 2

    def indicators(self, X):
        """Return a column for each category, or one of -1 and 1 for two.

        Another column indicates missing values, if there were any in fit.
        """
        x = X[:, [self.column]]
        parts = [x == self.codes.astype(X.dtype)]
        if len(self.codes) == 2:
            (Y,) = parts
            parts = [Y[:, 1:].astype(X.dtype) - Y[:, :1]]
        if self.had_missing:
            parts.append(np.isnan(x))
        return np.concatenate(parts, axis=1, dtype=X.dtype)

    def places(self, X):
        """Return the index of each row's category, as a column."""
        x, n = X[:, [self.column]], len(self.codes)
        places = np.searchsorted(self.codes, x)
        is_unknown = self.codes[np.minimum(places, n - 1)] != x
        places[is_unknown] = n
        places[np.isnan(x)] = n + 1
        return places.astype(X.dtype)


@dataclass(frozen=True)
class Encoding:
    """Encoding of the columns of a table as numbers.

    Parameters
    ----------
    numbers : ndarray of int of shape (n_numbers,)
        Numeric columns of X.
    medians : ndarray of float of shape (n_numbers,)
        Imputed values of these columns.
    had_missing : ndarray of int
        Indices into `numbers` of columns with missing values in fit.
    one_hot : tuple of KnownCategories
        Columns with one-hot encoded categories.
    embedded : tuple of KnownCategories
        Columns with embedded categories.
    n_columns : int
        Number of columns of X.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath._rows.rows import Rows
    >>> from skmath.backprop_mlp.encoding import learn_encoding
    >>> from skmath._rows.columns import Table
    >>> X = np.array([[1.0, 0.0], [np.nan, 2.0], [3.0, 1.0], [9.0, 1.0]])
    >>> encoding = learn_encoding(Rows(X), Table(None, (False, True)))
    >>> encoding.apply(np.array([[np.nan, 2.0], [4.0, 7.0]]))
    array([[3., 1., 0., 0., 1.],
           [4., 0., 0., 0., 0.]])
    """

    numbers: Any
    medians: Any
    had_missing: Any
    one_hot: tuple[KnownCategories, ...]
    embedded: tuple[KnownCategories, ...]
    n_columns: int

    @property
    def is_of_numbers(self):
        """Whether X_0 is X with imputed values only."""
        has_others = self.had_missing.size or self.one_hot or self.embedded
        return len(self.numbers) == self.n_columns and not has_others

    @property
    def n_read(self):
        """Number of columns of X that are not ignored."""
        return len(self.numbers) + len(self.one_hot) + len(self.embedded)

    @property
    def n_places(self):
        """List of the numbers of rows of all embeddings."""
        return [known.n_places for known in self.embedded]

    def apply(self, X):
        """Return X_0 of a block, before standardisation.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_columns)
            NaN for missing values.

        Returns
        -------
        ndarray of shape (n_samples, n_inputs)
            X itself, if nothing is missing and all columns are numbers.
        """
        if self.is_of_numbers:
            return _imputed(X, self.medians)
        Z = X[:, self.numbers]
        parts = [_imputed(Z, self.medians), np.isnan(Z[:, self.had_missing])]
        parts += [known.indicators(X) for known in self.one_hot]
        parts += [known.places(X) for known in self.embedded]
        return np.concatenate(parts, axis=1, dtype=X.dtype)


def encoded(X, encoding):
    """Return X_0 of a block before standardisation; X itself if nothing changes.

    Sparse X has no missing values, and stays sparse if all columns are numbers.
    """
    if encoding is None:
        return X
    if not _arrays.is_array(X):
        return X if encoding.is_of_numbers else encoding.apply(_arrays.dense(X))
    return encoding.apply(X)


def _imputed(X, medians):
    """Return X with missing values replaced by medians; X itself if there are none."""
    # A sum is faster than isnan; infinities may also make it NaN.
    if not math.isnan(X.sum()):
        return X
    missing = np.isnan(X)
    return np.where(missing, medians.astype(X.dtype), X) if missing.any() else X


def categories_by_name(encoding, table, names):
    """Return a dict from the names of categorical columns to lists of categories.

    Parameters
    ----------
    encoding : Encoding or None
    table : Table or None
    names : ndarray of str or None
        Names of the columns; None if they are named by their index.
    """
    if encoding is None or table is None:
        return {}
    known = sorted((*encoding.one_hot, *encoding.embedded), key=lambda k: k.column)
    is_category = np.zeros(encoding.n_columns, dtype=bool)
    is_category[[k.column for k in known]] = True
    categories = table.categories_of([k.codes for k in known], is_category)
    return {
        _name(k.column, names): list(of_column)
        for k, of_column in zip(known, categories, strict=True)
    }


def embeddings_by_name(encoding, layers, names):
    """Return a dict from the names of columns with embeddings to their embeddings.

    Parameters
    ----------
    encoding : Encoding or None
    layers : list of layers
        Layers before the first matrix.
    names : ndarray of str or None
    """
    embeddings = [E for layer in layers for E in layer.of_columns()]
    known = encoding.embedded if embeddings else ()
    return {_name(k.column, names): E for k, E in zip(known, embeddings, strict=True)}


def _name(column, names):
    return column if names is None else str(names[column])


def learn_encoding(rows, table=None):
    """Learn the `Encoding` from the rows of the first call.

    Parameters
    ----------
    rows : Rows
        Rows with NaN for missing values. Rows of weight 0 are ignored.
    table : Table, default=None
        Description of the columns; None for a matrix of numbers.

    Returns
    -------
    Encoding or None
        None for sparse X and Dask arrays, which do not support missing values.

    Raises
    ------
    ValueError
        If all columns are ignored.
    """
    if is_dask(rows.X) or not _arrays.is_array(rows.X):
        return None
    is_read = np.ones(rows.n_features, dtype=bool)
    is_category = np.zeros(rows.n_features, dtype=bool)
    if table is not None:
        is_read[list(table.ignored)] = False
        is_category[:] = table.categorical
    if not is_read.any():
        raise ValueError(
            "X has no usable column: each has about as many categories as rows. Encode "
            "them as numbers or fewer categories."
        )
    numbers = np.flatnonzero(is_read & ~is_category)
    missing = rows.sum(_count_missing) > 0
    known = [
        _known_categories(rows, j, bool(missing[j]))
        for j in np.flatnonzero(is_read & is_category)
    ]
    return Encoding(
        numbers=numbers,
        medians=_medians(rows, numbers),
        had_missing=np.flatnonzero(missing[numbers]),
        one_hot=tuple(k for k in known if len(k.codes) <= MAX_ONE_HOT),
        embedded=tuple(k for k in known if len(k.codes) > MAX_ONE_HOT),
        n_columns=rows.n_features,
    )


def _count_missing(X, y, weight):
    """Return how many values are missing in each column of a block."""
    if not np.isnan(X.sum()):
        return np.zeros(X.shape[1])
    has_weight = slice(None) if weight is None else weight > 0
    return np.isnan(X[has_weight]).sum(axis=0).astype(np.float64)


def _medians(rows, numbers):
    """Return the medians of the numeric columns."""
    sample = rows
    if rows.X.shape[0] > MEDIAN_ROWS:
        sample = rows.evenly_spaced(MEDIAN_ROWS)
    all_numeric = len(numbers) == rows.n_features
    X = np.asarray(sample.X) if all_numeric else sample.X[:, numbers]
    return column_medians(X, sample.weight)


def _known_categories(rows, j, had_missing):
    """Return the sorted categories of a column."""
    x = rows.X[weighted_indices(rows), j] if rows.weight is not None else rows.X[:, j]
    return KnownCategories(int(j), np.unique(x[~np.isnan(x)]), had_missing)
