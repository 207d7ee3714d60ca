"""Which distribution each column of `FromScratchNB` has, and its table as numbers."""

import numpy as np
from sklearn.utils import assert_all_finite

from skmath._rows.tables import (
    CategoricalColumn,
    as_categories,
    check_infinity,
    codes_of,
    numbers_of,
)
from skmath.probability import LIKELIHOODS, left_out_scores

__all__ = [
    "asked_distributions",
    "choose",
    "encode",
    "learn_texts",
    "open_to_choice",
]

CHOICE_ENTRIES = 1_000_000
"""Entries of the rows that distributions are chosen on, at most."""

FEWEST_ROWS, MOST_ROWS = 500, 5000
"""Rows that they are chosen on, at least and at most."""

BY_VALUE = ("auto", "dtype")
"""What leaves the choice to the data."""


def asked_distributions(distribution, X, n_features, names):
    """Return what is asked for each column: a name, "auto", "dtype" or a likelihood.

    Parameters
    ----------
    distribution : str, object, list or dict
    X : data, for callables
    n_features : int
    names : ndarray of str or None
        Of the columns.

    Raises
    ------
    ValueError
        If a name is unknown, or there is not one for each column.
    """
    if isinstance(distribution, dict):
        asked = _by_column(distribution, X, n_features, names)
    elif isinstance(distribution, list | tuple | np.ndarray):
        asked = list(distribution)
    else:
        asked = [distribution] * n_features
    known = (*LIKELIHOODS, *BY_VALUE)
    different = asked[:1] if all(a == asked[0] for a in asked) else asked
    wrong = [a for a in different if not _is_distribution(a, known)]
    if len(asked) != n_features or wrong:
        raise ValueError(
            f"distribution must be one of {known}, or a likelihood of one's own, for "
            f"each of the {n_features} columns of X, got {distribution!r}."
        )
    return asked


def _is_distribution(asked, known):
    return (
        asked in known if isinstance(asked, str) else hasattr(asked, "log_likelihood")
    )


def _by_column(distribution, X, n_features, names):
    asked = ["auto"] * n_features
    for key, value in distribution.items():
        # A column and its distribution, or a distribution and its columns.
        is_name = isinstance(value, str) and value in (*LIKELIHOODS, *BY_VALUE)
        by_column = is_name or hasattr(value, "log_likelihood")
        columns, name = (key, value) if by_column else (value, key)
        for j in _indices(columns, X, n_features, names):
            asked[j] = name
    return asked


def _indices(columns, X, n_features, names):
    """Return the indices of columns given as ColumnTransformer takes them."""
    columns = columns(X) if callable(columns) else columns
    if isinstance(columns, slice):
        return range(n_features)[columns]
    if isinstance(columns, str | int | np.integer):
        columns = [columns]
    columns = list(columns)
    if columns and all(isinstance(c, bool | np.bool_) for c in columns):
        if len(columns) != n_features:
            raise ValueError(
                f"distribution has a mask of {len(columns)} entries for {n_features} "
                "columns."
            )
        return np.flatnonzero(columns)
    found = []
    for column in columns:
        if isinstance(column, str):
            place = [] if names is None else np.flatnonzero(names == column)
            if not len(place):
                raise ValueError(
                    f"distribution names the column {column!r}, which X has not."
                )
            column = int(place[0])
        if not -n_features <= column < n_features:
            raise ValueError(
                f"distribution names column {column} of the {n_features} of X."
            )
        found.append(column % n_features)
    return found


def open_to_choice(asked):
    """Return the columns whose distribution is left to the data."""
    if not any(asked.count(name) for name in BY_VALUE):
        return []
    return [j for j, a in enumerate(asked) if isinstance(a, str) and a in BY_VALUE]


def learn_texts(columns, categorical, known, first, names):
    """Return the texts of each categorical column, None of those of numbers.

    Parameters
    ----------
    columns : list of ndarray
    categorical : list of bool
    known : list or None
        Those of earlier rows, which keep their places: new ones come after them.
    first : bool
        Whether these are the first rows.
    names : ndarray of str or None

    Raises
    ------
    ValueError
        If a column held numbers before, and texts now.
    """
    known = known or [None] * len(columns)
    return [
        _texts(column, before, first, _name(names, j)) if is_categorical else None
        for j, (column, is_categorical, before) in enumerate(
            zip(columns, categorical, known, strict=True)
        )
    ]


def _texts(column, before, first, name):
    """Return what is known of one column after these rows."""
    if before is None:
        texts = column.texts() if isinstance(column, CategoricalColumn) else None
        if texts and not first:
            raise ValueError(
                f"Column {name} of X held numbers before, now the text {texts[0]!r}."
            )
        return sorted(set(texts)) if first and texts is not None else None
    new = {str(value) for value in as_categories(column).values}
    return [*before, *sorted(new - set(before))]


def encode(columns, categorical, texts, names):
    """Return a table as floats: numbers of categories, NaN where a value is missing."""
    # A column in one piece: it is columns that are read and written.
    encoded = np.empty((len(columns[0]), len(columns)), order="F")
    for j, column in enumerate(columns):
        name = _name(names, j)
        if categorical[j]:
            encoded[:, j] = codes_of(check_infinity(column, name), texts[j])
        else:
            encoded[:, j] = numbers_of(column, name)
    return encoded


def _name(names, j):
    return j if names is None else repr(str(names[j]))


def choose(rows, which, random_state, **options):
    """Return the score of every distribution for some columns of numbers.

    Parameters
    ----------
    rows : Rows
        With class codes for y.
    which : list of int
        Columns.
    random_state : RandomState
        Draws the rows that are looked at, if there are many.
    **options : dict
        For `left_out_scores`.

    Returns
    -------
    list of dict
    """
    n_rows = min(max(FEWEST_ROWS, CHOICE_ENTRIES // max(1, len(which))), MOST_ROWS)
    some = rows.sample(n_rows, random_state) or rows
    X, codes = np.asarray(some.X), np.asarray(some.y)
    assert_all_finite(X, allow_nan=True, input_name="X")
    weight = np.ones(len(X)) if some.weight is None else np.asarray(some.weight)
    scores = []
    for j in which:
        x = X[:, j].astype(np.float64)
        here = ~np.isnan(x) & (weight > 0)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            found = left_out_scores(
                x[here], codes[here], weight[here].astype(np.float64), **options
            )
        scores.append({name: s for name, s in found.items() if np.isfinite(s)})
    return scores
