"""Selection of each column's distribution: as requested, by type, or by values."""

import copy
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any

import numpy as np
from sklearn.utils import assert_all_finite

from skmath import _arrays
from skmath._estimators import fitting
from skmath._rows.rows import is_on_disk
from skmath._rows.tables import CategoricalColumn
from skmath.from_scratch_nb.ignored import Ignored
from skmath.probability import (
    CANDIDATES,
    KDE,
    LIKELIHOODS,
    Bernoulli,
    Bins,
    Categorical,
    Complement,
    left_out_kernels,
    left_out_scores,
)

__all__ = [
    "COLUMN_BY_COLUMN",
    "KEEP_ROWS",
    "SELECTED_BY_DATA",
    "USE_SCIPY",
    "Options",
    "by_column",
    "by_kind",
    "by_values",
    "group_columns",
    "is_in_memory",
    "is_selected_by_data",
    "named_in",
    "names_of",
    "resolve_options",
    "select",
    "which_categorical",
    "without_negative_counts",
]

MAX_ENTRIES_FOR_SELECTION = 1_000_000
"""Maximum number of entries for the selection, so that it takes about a second."""

MIN_ROWS_FOR_SELECTION, MAX_ROWS_FOR_SELECTION = 500, 5000
"""Minimum and maximum number of rows for the selection: scores on fewer are noise, and
more rows do not change them."""

SELECTED_BY_DATA = ("auto", "dtype")
"""Values of `distribution` that leave the selection to the data."""

COLUMN_BY_COLUMN = {"auto", "kde", "bins", "categorical"}
"""Distributions that process dense NumPy columns one by one."""

SMOOTHED_BY_VARIANCE = {"gaussian", "gamma", "lognormal"}
"""Distributions that are smoothed by a fraction of a variance, and not by counts."""

USE_SCIPY = {"poisson", "exponential", "gamma", "lognormal"}
"""Distributions of non-negative numbers that need SciPy, not only an array namespace.
"""

MIN_WEIGHT = 1e-200
"""Smoothing used for alpha=0: a category that does not occur is practically impossible,
but a row that is impossible in all classes still gets probabilities."""

KEEP_ROWS = {"kde", "bins"}
"""Distributions that store the rows, and so do not support Dask arrays."""

DISTRIBUTIONS = (*LIKELIHOODS, "ignored", *SELECTED_BY_DATA)

MIN_SMOOTHING = 1e-10
"""Minimum smoothing, in rows, that the values of a feature share: none has probability
zero."""


@dataclass(frozen=True)
class Options:
    """Resolved parameters of the distributions.

    Parameters
    ----------
    alpha : float, ndarray of shape (n_features,) or "auto"
        Additive smoothing of counts, in rows.
    var_smoothing : float or "auto"
        Fraction of a feature's variance that is added to its variance in each class;
        "auto" adds one row with that variance.
    bandwidth : float or {"silverman", "scott"}
        Bandwidth of the kernels.
    norm : bool
        Whether the weights of complement are divided by their sum.
    min_categories : int or ndarray of shape (n_features,)
        Minimum number of categories of a column.
    binarize : float
        Threshold of bernoulli.
    missing : {"ignore", "category"}
        Whether missing values are evidence.
    n_classes : int
    unit : float, default=1.0
        Weight of one row.
    """

    alpha: Any
    var_smoothing: Any
    bandwidth: Any
    norm: bool
    min_categories: Any
    binarize: float
    missing: str
    n_classes: int
    unit: float = 1.0

    @property
    def shared_smoothing(self):
        """Prior weight that the values of a feature share."""
        alpha = self.alpha if isinstance(self.alpha, Real) else 1.0
        return max(alpha, MIN_SMOOTHING) * self.unit

    def with_unit_of(self, row_count):
        """Return the options with the weight of one row from a `RowCount`."""
        return replace(self, unit=row_count.weight_of_a_row)

    def likelihood(self, distribution, columns=None):
        """Return the likelihood with a name, or the likelihood object itself.

        Parameters
        ----------
        distribution : str or likelihood
        columns : ndarray of int or None
            Columns whose alpha is used; None means all columns.
        """
        if not isinstance(distribution, str):
            return distribution
        if distribution == "ignored":
            return Ignored()
        if distribution == "kde":
            return KDE(self.bandwidth, self.var_smoothing, self.unit)
        if distribution in SMOOTHED_BY_VARIANCE:
            return LIKELIHOODS[distribution](self.var_smoothing, self.unit)
        if distribution == "categorical":
            min_categories = _entries_of(self.min_categories, columns)
            return Categorical(self._weight(columns, "auto"), self.unit, min_categories)
        alpha = self._weight(columns, 1.0)
        if distribution == "bins":
            return Bins(alpha, self.unit)
        if distribution == "bernoulli":
            return Bernoulli(alpha, self.binarize)
        if distribution == "complement":
            return Complement(alpha, self.norm)
        return LIKELIHOODS[distribution](alpha)

    def missing_weight(self, columns):
        """Return the smoothing of the weights of missing and of other values."""
        return self._weight(columns, 1.0)

    def _weight(self, columns, automatic):
        """Return alpha in units of weight; it is positive, for finite logarithms."""
        alpha = automatic if isinstance(self.alpha, str) else self.alpha
        if isinstance(alpha, str):
            return alpha
        weight = np.maximum(_entries_of(alpha, columns) * self.unit, MIN_WEIGHT)
        return weight if weight.ndim else float(weight)


def _entries_of(each, columns):
    """Return the entries of some columns; a number applies to all."""
    return each if columns is None or np.ndim(each) == 0 else each[columns]


def resolve_options(model):
    """Resolve the parameters of a model into `Options`.

    Parameters
    ----------
    model : FromScratchNB
        Model with known features and classes.

    Returns
    -------
    Options

    Raises
    ------
    ValueError
        If an array does not have one entry per feature.
    """
    return Options(
        "auto" if isinstance(model.alpha, str) else _by_feature(model, "alpha"),
        model.var_smoothing,
        model.bandwidth,
        model.norm,
        0 if model.min_categories is None else _by_feature(model, "min_categories"),
        0.0 if model.binarize is None else float(model.binarize),
        model.missing,
        int(model.classes_.shape[0]),
    )


def _by_feature(model, name):
    """Return a checked parameter that is a number, or has one entry per feature."""
    value = np.asarray(getattr(model, name), dtype=np.float64)
    if value.shape not in ((), (model.n_features_in_,)):
        raise ValueError(
            f"{name} must be a number, or have one entry for each of the "
            f"{model.n_features_in_} features of X, got an array of shape "
            f"{value.shape}."
        )
    if not ((value >= 0) & np.isfinite(value)).all():
        raise ValueError(
            f"{name} must be non-negative and finite, got {getattr(model, name)!r}."
        )
    return value if value.ndim else float(value)


def named_in(distribution):
    """Return the set of distributions named in the parameter ``distribution``."""
    if isinstance(distribution, dict):
        distribution = [*distribution.keys(), *distribution.values()]
    elif not isinstance(distribution, list | tuple):
        distribution = [distribution]
    return {name for name in distribution if isinstance(name, str)}


def names_of(likelihoods):
    """Return a list of the names of distributions; for an object, of its class."""
    if set(map(type, likelihoods)) == {str}:
        return list(likelihoods)
    return [d if isinstance(d, str) else type(d).__name__ for d in likelihoods]


def by_column(distribution, X, n_features, names):
    """Return the requested distribution of each column.

    It is a name, "auto", "dtype" or a likelihood.

    Parameters
    ----------
    distribution : str, object, list or dict
        The parameter of `FromScratchNB`.
    X : data
        The data, passed to callables that select columns.
    n_features : int
    names : ndarray of str or None
        Names of the columns.

    Returns
    -------
    list

    Raises
    ------
    ValueError
        If a name is unknown, or there is not one for each column.
    """
    if isinstance(distribution, dict):
        requested = _of_dict(distribution, X, n_features, names)
    elif isinstance(distribution, list | tuple):
        requested = list(distribution)
    else:
        return [distribution] * n_features
    if len(requested) != n_features or not all(map(_is_distribution, requested)):
        raise ValueError(
            f"distribution must be one of {DISTRIBUTIONS}, or an object with the "
            "methods statistics, fit and log_likelihood, for each of the "
            f"{n_features} columns of X, got {distribution!r}."
        )
    return requested


def _is_distribution(x):
    return x in DISTRIBUTIONS if isinstance(x, str) else hasattr(x, "log_likelihood")


def _of_dict(distribution, X, n_features, names):
    """Return a list of distributions, with "auto" for columns that are not named."""
    requested = ["auto"] * n_features
    for key, value in distribution.items():
        # Either {column: distribution} or {distribution: columns}.
        is_name = isinstance(value, str) and value in DISTRIBUTIONS
        by_name = is_name or hasattr(value, "log_likelihood")
        columns, name = (key, value) if by_name else (value, key)
        for j in _indices(columns, X, n_features, names):
            requested[j] = name
    return requested


def _indices(columns, X, n_features, names):
    """Return the indices of columns, specified like in ColumnTransformer."""
    columns = columns(X) if callable(columns) else columns
    if isinstance(columns, slice):
        return range(n_features)[columns]
    if isinstance(columns, str | int | np.integer):
        columns = [columns]
    columns = list(columns)
    if columns and all(isinstance(c, bool | np.bool_) for c in columns):
        if len(columns) != n_features:
            raise ValueError(
                f"distribution has a mask of {len(columns)} entries, but X has "
                f"{n_features} columns."
            )
        return np.flatnonzero(columns)
    return [_index(column, n_features, names) for column in columns]


def _index(column, n_features, names):
    """Return the index of a column that is given by its name or number."""
    if isinstance(column, str):
        place = np.empty(0) if names is None else np.flatnonzero(names == column)
        if not len(place):
            raise ValueError(
                f"distribution names the column {column!r}, which is not in X."
            )
        return int(place[0])
    if not -n_features <= column < n_features:
        raise ValueError(
            f"distribution has the column index {column}, but X has {n_features} "
            "columns."
        )
    return column % n_features


def by_kind(distributions, columns):
    """Return the distributions, with "categorical" for undecided categorical columns.

    Parameters
    ----------
    distributions : list
        See `by_column`.
    columns : list of (ndarray of float or CategoricalColumn)

    Returns
    -------
    list
    """
    return [
        "categorical"
        if is_selected_by_data(requested) and isinstance(column, CategoricalColumn)
        else requested
        for requested, column in zip(distributions, columns, strict=True)
    ]


def by_values(distributions, rows, options, random_state):
    """Return the distributions, with "auto" and "dtype" decided for numeric columns.

    "dtype" is gaussian. "auto" is the distribution that predicts left-out values best,
    or gaussian if the rows are not in memory, because nonparametric densities store the
    rows.

    Parameters
    ----------
    distributions : list
        See `by_column`.
    rows : Rows
        Rows with class codes for y.
    options : Options
    random_state : RandomState
        Draws a sample if there are many rows.

    Returns
    -------
    distributions : list
    scores : dict of int to dict
        For each "auto" column, the score of every candidate.
    """
    scores = {}
    if is_in_memory(rows):
        auto = [j for j, d in enumerate(distributions) if _is_name(d, "auto")]
        scores = _scores(rows, auto, options, random_state)
    selected = [
        "gaussian" if is_selected_by_data(requested) else requested
        for requested in distributions
    ]
    for j, column_scores in scores.items():
        if column_scores:
            selected[j] = _best(column_scores, rows.X[:, j])
    return selected, scores


def _best(scores, x):
    """Return the distribution with the best score that supports all values of a column.

    The sample for the selection may have no negative values although the column has.
    """
    name = max(scores, key=scores.get)
    if name in USE_SCIPY and np.fmin.reduce(x) < 0:
        candidates = [other for other in scores if other not in USE_SCIPY]
        return max(candidates, key=scores.get, default="gaussian")
    return name


def is_in_memory(rows):
    """Return whether the rows are a dense array in memory."""
    return isinstance(rows.X, np.ndarray) and not is_on_disk(rows.X)


def which_categorical(distributions):
    """Return a tuple of bool with whether each column is categorical."""
    return tuple(_is_name(requested, "categorical") for requested in distributions)


def _is_name(distribution, name):
    return isinstance(distribution, str) and distribution == name


def is_selected_by_data(distribution):
    """Return whether the distribution of a column is selected by the data."""
    return isinstance(distribution, str) and distribution in SELECTED_BY_DATA


def _scores(rows, columns, options, random_state):
    """Return a dict with the scores of all candidates for each of some columns."""
    if not columns:
        return {}
    n_rows = MAX_ENTRIES_FOR_SELECTION // len(columns)
    n_rows = min(max(MIN_ROWS_FOR_SELECTION, n_rows), MAX_ROWS_FOR_SELECTION)
    sample = rows.sample(n_rows, random_state) or rows
    X, codes = np.asarray(sample.X), np.asarray(sample.y)
    assert_all_finite(X, allow_nan=True, input_name="X")
    weight = sample.weight
    weight = np.ones(len(X)) if weight is None else np.asarray(weight, np.float64)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        kde = options.likelihood("kde")
        kernels = left_out_kernels(X[:, columns], codes, weight, kde, options.unit)
        return {
            j: _scores_of_column(X[:, j], codes, weight, j, options, column_kernels)
            for j, column_kernels in zip(columns, kernels, strict=True)
        }


def _scores_of_column(x, codes, weight, j, options, kernels):
    """Return the finite scores of a column by name of the distribution."""
    likelihoods = {n: options.likelihood(n, np.array([j])) for n in CANDIDATES}
    rows = ~np.isnan(x) & (weight > 0)
    known_scores = {"kde": (kernels[0], kernels[1][rows])}
    scores = left_out_scores(
        x[rows], codes[rows], weight[rows], likelihoods, options.unit, known_scores
    )
    return {name: score for name, score in scores.items() if np.isfinite(score)}


def group_columns(distributions, options, columns=None):
    """Return (columns, likelihood) of each distribution, whose columns are grouped.

    Parameters
    ----------
    distributions : list
        A name or a likelihood for each column.
    options : Options
    columns : list of int, default=None
        Columns to group; None means all.

    Returns
    -------
    list of (ndarray of int or None, likelihood)
        Columns of None mean all columns.
    """
    if columns is None:
        if distributions.count(distributions[0]) == len(distributions):
            return [(None, options.likelihood(distributions[0]))]
        columns = range(len(distributions))
    groups: dict[Any, list[int]] = {}
    for j in columns:
        name = distributions[j]
        key = name if isinstance(name, str) else id(name)
        groups.setdefault(key, []).append(j)
    return [
        (np.array(columns), options.likelihood(distributions[columns[0]], columns))
        for columns in groups.values()
    ]


def select(X, columns):
    """Return some columns of a block; None means all of them."""
    if columns is None:
        return X
    if not _arrays.is_array(X):
        return X[:, columns]
    return _arrays.namespace(X).take(X, _arrays.like(columns, X), axis=1)


def without_negative_counts(rows, groups, chosen):
    """Return the rows after a check that columns of counts have no negative values.

    Parameters
    ----------
    rows : Rows
    groups : list of (ndarray of int or None, likelihood)
        See `group_columns`.
    chosen : collection of int
        Columns whose distribution was selected on the rows of the first call: negative
        values in later rows are replaced by zero, with a warning.

    Raises
    ------
    ValueError
        If other columns of counts have negative values.

    Warns
    -----
    UserWarning
        If negative values are replaced.
    """
    for columns, likelihood in groups:
        if not getattr(likelihood, "counts", False):
            continue
        if int(rows.sum(_count_negative, columns)) == 0:
            continue
        name = type(likelihood).__name__.lower()
        columns = range(rows.X.shape[1]) if columns is None else columns
        if not set(columns) <= set(chosen):
            raise ValueError(
                f"Negative values in data passed to FromScratchNB: {name} columns "
                "require non-negative values."
            )
        fitting.warn(
            f"Negative values are replaced by zero in {name} columns, which were "
            "selected on the rows of the first call. Set distribution for columns that "
            "may be negative."
        )
        rows = copy.copy(rows)
        rows.X = rows.X.copy()
        rows.X[:, columns] = np.maximum(rows.X[:, columns], 0)
    return rows


def _count_negative(X, y, weight, columns):
    """Return how many values of a block's columns are negative."""
    X = select(X, columns)
    values = X if _arrays.is_array(X) else X.data
    xp = _arrays.namespace(values)
    # Most blocks have no negative values; the comparison is False for missing ones.
    if values.shape[0] == 0 or float(xp.min(values)) >= 0:
        return 0
    return int(xp.sum(xp.astype(values < 0, xp.int64)))
