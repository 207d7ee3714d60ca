"""Which distribution each column has: as asked for, by its kind, or by its values."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from sklearn.utils import assert_all_finite

from skmath import _arrays
from skmath._rows.rows import is_on_disk
from skmath._rows.tables import CategoricalColumn
from skmath.probability import KDE, LIKELIHOODS, Gaussian, left_out_scores

__all__ = [
    "COLUMN_BY_COLUMN",
    "KEEP_ROWS",
    "Options",
    "by_column",
    "by_kind",
    "by_values",
    "group_columns",
    "named_in",
    "refuse_negative_counts",
    "select",
    "which_categorical",
]

ENTRIES_TO_CHOOSE_ON = 1_000_000
"""Entries of the rows that distributions are chosen on, so that it takes a second."""

FEWEST_ROWS_TO_CHOOSE_ON, MOST_ROWS_TO_CHOOSE_ON = 500, 5000
"""Rows that they are chosen on: scores of fewer are noise, of more the same."""

BY_DATA = ("auto", "dtype")
"""What leaves the distribution of a column to the data."""

COLUMN_BY_COLUMN = {"auto", "kde", "bins", "categorical"}
"""Distributions that look at dense columns of NumPy's, one by one."""

KEEP_ROWS = {"kde", "bins"}
"""Distributions that are made of the rows: nothing gathers them from a cluster."""

KNOWN = (*LIKELIHOODS, *BY_DATA)


@dataclass(frozen=True)
class Options:
    """How distributions are estimated: the parameters of the likelihoods.

    Parameters
    ----------
    alpha : float
        Additive smoothing of counts.
    var_smoothing : float
        Share of a feature's variance that is added to its variance in each class.
    bandwidth : float or {"silverman", "scott"}
        Of kernels.
    """

    alpha: float
    var_smoothing: float
    bandwidth: Any

    def likelihood(self, distribution):
        """Return the likelihood of that name, or the object that is one."""
        if not isinstance(distribution, str):
            return distribution
        if distribution == "gaussian":
            return Gaussian(self.var_smoothing)
        if distribution == "kde":
            return KDE(self.bandwidth, self.var_smoothing)
        return LIKELIHOODS[distribution](self.alpha)


def named_in(distribution):
    """Return the set of names in the parameter ``distribution``, columns left aside."""
    if isinstance(distribution, dict):
        distribution = [*distribution.keys(), *distribution.values()]
    elif not isinstance(distribution, list | tuple):
        distribution = [distribution]
    return {name for name in distribution if isinstance(name, str)}


def by_column(distribution, X, n_features, names):
    """Return what is asked for each column: a name, "auto", "dtype" or a likelihood.

    Parameters
    ----------
    distribution : str, object, list or dict
        The parameter of `FromScratchNB`.
    X : data
        For columns that a function of X selects.
    n_features : int
    names : ndarray of str or None
        Of the columns.

    Returns
    -------
    list

    Raises
    ------
    ValueError
        If a name is unknown, or there is not one for each column.
    """
    if isinstance(distribution, dict):
        asked = _of_dict(distribution, X, n_features, names)
    elif isinstance(distribution, list | tuple):
        asked = list(distribution)
    else:
        return [distribution] * n_features
    if len(asked) != n_features or not all(map(_is_distribution, asked)):
        raise ValueError(
            f"distribution must be one of {KNOWN}, or an object with statistics, fit "
            f"and log_likelihood, for each of the {n_features} columns of X, got "
            f"{distribution!r}."
        )
    return asked


def _is_distribution(x):
    return x in KNOWN if isinstance(x, str) else hasattr(x, "log_likelihood")


def _of_dict(distribution, X, n_features, names):
    """Return a list of distributions; "auto" of the columns that are not named."""
    asked = ["auto"] * n_features
    for key, value in distribution.items():
        # A column and its distribution, or a distribution and its columns.
        is_name = isinstance(value, str) and value in KNOWN
        by_name = is_name or hasattr(value, "log_likelihood")
        columns, name = (key, value) if by_name else (value, key)
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
    return [_index(column, n_features, names) for column in columns]


def _index(column, n_features, names):
    """Return the index of a column that is given by its name or number."""
    if isinstance(column, str):
        place = [] if names is None else np.flatnonzero(names == column)
        if not len(place):
            raise ValueError(
                f"distribution names the column {column!r}, which X does not have."
            )
        return int(place[0])
    if not -n_features <= column < n_features:
        raise ValueError(
            f"distribution names column {column} of the {n_features} of X."
        )
    return column % n_features


def by_kind(distributions, columns):
    """Return the distributions, "categorical" where categories are left to the data.

    Parameters
    ----------
    distributions : list
        As of `by_column`.
    columns : list of (ndarray of float or CategoricalColumn)

    Returns
    -------
    list
    """
    return [
        "categorical"
        if _is_left_to_data(asked) and isinstance(column, CategoricalColumn)
        else asked
        for asked, column in zip(distributions, columns, strict=True)
    ]


def by_values(distributions, rows, options, random_state):
    """Return the distributions, those of numbers that are left to the data decided.

    "dtype" is gaussian. "auto" is what predicts left-out values best; but gaussian of
    rows that are not in memory, as densities of any shape are made of the rows.

    Parameters
    ----------
    distributions : list
        As of `by_column`.
    rows : Rows
        With class codes for y.
    options : Options
    random_state : RandomState
        Draws the rows that are looked at, if there are many.

    Returns
    -------
    distributions : list
    scores : dict of int to dict
        Of each column that was "auto", the score of every candidate.
    """
    if not any(distributions.count(name) for name in BY_DATA):
        return distributions, {}
    in_memory = isinstance(rows.X, np.ndarray) and not is_on_disk(rows.X)
    scores = {}
    if in_memory:
        auto = [j for j, d in enumerate(distributions) if _is(d, "auto")]
        scores = _scores(rows, auto, options, random_state)
    decided = [
        "gaussian" if _is_left_to_data(asked) else asked for asked in distributions
    ]
    for j, of_column in scores.items():
        if of_column:
            decided[j] = max(of_column, key=of_column.get)
    return decided, scores


def which_categorical(distributions):
    """Return for each column whether it holds categories, a tuple of bool."""
    return tuple(_is(asked, "categorical") for asked in distributions)


def _is(distribution, name):
    return isinstance(distribution, str) and distribution == name


def _is_left_to_data(distribution):
    return isinstance(distribution, str) and distribution in BY_DATA


def _scores(rows, columns, options, random_state):
    """Return for each of some columns the score of every distribution, a dict."""
    if not columns:
        return {}
    n_rows = ENTRIES_TO_CHOOSE_ON // len(columns)
    n_rows = min(max(FEWEST_ROWS_TO_CHOOSE_ON, n_rows), MOST_ROWS_TO_CHOOSE_ON)
    sample = rows.sample(n_rows, random_state) or rows
    X, codes = np.asarray(sample.X), np.asarray(sample.y)
    assert_all_finite(X, allow_nan=True, input_name="X")
    weight = sample.weight
    weight = np.ones(len(X)) if weight is None else np.asarray(weight, np.float64)
    scores = {}
    for j in columns:
        x = X[:, j].astype(np.float64)
        counts = ~np.isnan(x) & (weight > 0)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            found = left_out_scores(
                x[counts], codes[counts], weight[counts], **asdict(options)
            )
        scores[j] = {name: s for name, s in found.items() if np.isfinite(s)}
    return scores


def group_columns(distributions, options):
    """Return (columns, likelihood) of each distribution: its columns are one sum.

    Parameters
    ----------
    distributions : list
        A name or a likelihood for each column.
    options : Options

    Returns
    -------
    list of (ndarray of int or None, likelihood)
        None stands for all columns.
    """
    if distributions.count(distributions[0]) == len(distributions):
        return [(None, options.likelihood(distributions[0]))]
    groups = {}
    for j, name in enumerate(distributions):
        key = name if isinstance(name, str) else id(name)
        groups.setdefault(key, []).append(j)
    return [
        (np.array(columns), options.likelihood(distributions[columns[0]]))
        for columns in groups.values()
    ]


def select(X, columns):
    """Return some columns of a block; None stands for all of them."""
    if columns is None:
        return X
    if not _arrays.is_array(X):
        return X[:, columns]
    return _arrays.namespace(X).take(X, _arrays.like(columns, X), axis=1)


def refuse_negative_counts(rows, groups):
    """Raise a ValueError if columns of counts hold negative values.

    Parameters
    ----------
    rows : Rows
    groups : list of (ndarray of int or None, likelihood)
        As of `group_columns`.
    """
    for columns, likelihood in groups:
        counts = getattr(likelihood, "counts", False)
        if counts and int(rows.sum(_count_negative, columns)) > 0:
            raise ValueError(
                "Negative values in data passed to FromScratchNB: "
                f"{type(likelihood).__name__.lower()} columns hold none."
            )


def _count_negative(X, y, weight, columns):
    """Return how many values of a block's columns are negative."""
    X = select(X, columns)
    values = X if _arrays.is_array(X) else X.data
    xp = _arrays.namespace(values)
    # Most blocks have none, as their least value tells; a missing one is not below 0.
    if values.shape[0] == 0 or float(xp.min(values)) >= 0:
        return 0
    return int(xp.sum(xp.astype(values < 0, xp.int64)))
