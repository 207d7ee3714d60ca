"""The columns of a table as numbers that a network multiplies: what is learnt for it.

`skmath._rows.columns` has made codes of categories and NaN of what is missing. From the
first rows is learnt

1. of a column of numbers its median, which fills holes; one that had holes gets a
   column more, 1 where there is one, so that the network learns what a hole means;
2. of up to `FEW` categories a column of zeros and ones for each (one of -1 and 1 for
   two), and one for missing values if there were any. A category that was not seen is
   all zeros: nothing is known of it;
3. of more categories the place of each among them, for the layer that learns an
   embedding of each (`skmath.calculus.Embeddings`); values that were not seen and
   missing ones have a place each.

X_0 holds the numbers, the holes, the categories of few values and the places, in this
order.

Zeros and ones are not standardised. Divided by its standard deviation, the column of a
category that one row in a hundred has would be 10 in that row: the rarer a category,
the less its weight would be shrunk and the longer its steps, and it is the rare ones
that the fewest rows speak for.

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
    "FEW",
    "Encoding",
    "KnownCategories",
    "categories_by_name",
    "embeddings_by_name",
    "encoded",
    "learn_encoding",
]

FEW = 9
"""Categories up to which each has a column: from 10 on an embedding is narrower."""

MEDIAN_ROWS = 10_000
"""Rows from which medians are those of evenly spaced ones, near enough to fill holes:
their standard error is about a hundredth of a standard deviation."""


@dataclass(frozen=True)
class KnownCategories:
    """The categories that a column had in the first rows.

    Parameters
    ----------
    column : int
        Its index.
    codes : ndarray of float of shape (n_categories,)
        In order.
    had_missing : bool
        Whether a value was missing.
    """

    column: int
    codes: Any
    had_missing: bool

    @property
    def n_places(self):
        """How many rows an embedding has: of categories, unseen ones and missing."""
        return len(self.codes) + 2

    def indicators(self, X):
        """Return a column for each category, or one of -1 and 1 for two.

        One more tells missing values, if there were any.
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
        """Return the place of each row's category, a column."""
        x, n = X[:, [self.column]], len(self.codes)
        places = np.searchsorted(self.codes, x)
        unseen = self.codes[np.minimum(places, n - 1)] != x
        places[unseen] = n
        places[np.isnan(x)] = n + 1
        return places.astype(X.dtype)


@dataclass(frozen=True)
class Encoding:
    """What makes numbers of the columns of a table.

    Parameters
    ----------
    numbers : ndarray of int of shape (n_numbers,)
        Columns of X that hold numbers.
    medians : ndarray of float of shape (n_numbers,)
        What their holes are filled with.
    had_holes : ndarray of int
        Those of `numbers`, by their place there, that had holes.
    few : tuple of KnownCategories
        Columns whose categories have a column each.
    many : tuple of KnownCategories
        Columns whose categories are embedded.
    n_columns : int
        Of X.

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
    had_holes: Any
    few: tuple
    many: tuple
    n_columns: int

    @property
    def is_of_numbers(self):
        """Whether X_0 is X, its holes filled."""
        apart = self.had_holes.size or self.few or self.many
        return len(self.numbers) == self.n_columns and not apart

    @property
    def n_read(self):
        """How many columns of X are not left out."""
        return len(self.numbers) + len(self.few) + len(self.many)

    @property
    def n_places(self):
        """Rows of the embedding of each column that has one, a list."""
        return [known.n_places for known in self.many]

    def apply(self, X):
        """Return X_0, before its numbers are standardised, of a block.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_columns)
            NaN where a value is missing.

        Returns
        -------
        ndarray of shape (n_samples, n_inputs)
            X itself, if nothing is missing and all columns are numbers.
        """
        if self.is_of_numbers:
            return _filled(X, self.medians)
        Z = X[:, self.numbers]
        parts = [_filled(Z, self.medians), np.isnan(Z[:, self.had_holes])]
        parts += [known.indicators(X) for known in self.few]
        parts += [known.places(X) for known in self.many]
        return np.concatenate(parts, axis=1, dtype=X.dtype)


def encoded(X, encoding):
    """Return X_0 of a block before it is standardised; X itself where it is one.

    A sparse X has no holes: the encoding of numbers leaves it sparse.
    """
    if encoding is None:
        return X
    if not _arrays.is_array(X):
        return X if encoding.is_of_numbers else encoding.apply(_arrays.dense(X))
    return encoding.apply(X)


def _filled(X, medians):
    """Return X with medians for what is missing; X itself if nothing is."""
    # A sum of all is quicker than a look at each; infinities may make it NaN as well.
    if not math.isnan(X.sum()):
        return X
    missing = np.isnan(X)
    return np.where(missing, medians.astype(X.dtype), X) if missing.any() else X


def categories_by_name(encoding, table, names):
    """Return the categories of each column that has any, by name, in a dict of lists.

    Parameters
    ----------
    encoding : Encoding or None
    table : Table or None
    names : ndarray of str or None
        Of the columns; None where they are called by their index.
    """
    if encoding is None or table is None:
        return {}
    known = sorted((*encoding.few, *encoding.many), key=lambda k: k.column)
    is_category = np.zeros(encoding.n_columns, dtype=bool)
    is_category[[k.column for k in known]] = True
    found = table.categories_of([k.codes for k in known], is_category)
    return {
        _name(k.column, names): list(of_column)
        for k, of_column in zip(known, found, strict=True)
    }


def embeddings_by_name(encoding, layers, names):
    """Return the embedding of each column that has one, by name.

    Parameters
    ----------
    encoding : Encoding or None
    layers : list of layers
        Those before the first matrix.
    names : ndarray of str or None
    """
    found = [E for layer in layers for E in layer.of_columns()]
    known = encoding.many if found else ()
    return {_name(k.column, names): E for k, E in zip(known, found, strict=True)}


def _name(column, names):
    return column if names is None else str(names[column])


def learn_encoding(rows, table=None):
    """Return the `Encoding` of the first rows.

    Parameters
    ----------
    rows : Rows
        NaN where a value is missing. Rows without weight are not there.
    table : Table, default=None
        Which columns hold codes of categories, and which are left out; None of a
        matrix of numbers.

    Returns
    -------
    Encoding or None
        None of a sparse X and of Dask's chunks, where no value may be missing.

    Raises
    ------
    ValueError
        If no column is left.
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
        had_holes=np.flatnonzero(missing[numbers]),
        few=tuple(k for k in known if len(k.codes) <= FEW),
        many=tuple(k for k in known if len(k.codes) > FEW),
        n_columns=rows.n_features,
    )


def _count_missing(X, y, weight):
    """Return how many values are missing in each column of a block."""
    if not np.isnan(X.sum()):
        return np.zeros(X.shape[1])
    there = slice(None) if weight is None else weight > 0
    return np.isnan(X[there]).sum(axis=0).astype(np.float64)


def _medians(rows, numbers):
    """Return the medians of the columns that hold numbers."""
    some = rows
    if rows.X.shape[0] > MEDIAN_ROWS:
        some = rows.evenly_spaced(MEDIAN_ROWS)
    all_are = len(numbers) == rows.n_features
    X = np.asarray(some.X) if all_are else some.X[:, numbers]
    return column_medians(X, some.weight)


def _known_categories(rows, j, had_missing):
    """Return the categories of a column, in order."""
    x = rows.X[weighted_indices(rows), j] if rows.weight is not None else rows.X[:, j]
    return KnownCategories(int(j), np.unique(x[~np.isnan(x)]), had_missing)
