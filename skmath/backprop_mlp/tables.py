"""Reading of X as a matrix of numbers, or as a table whose categories become codes."""

import numpy as np
from scipy import sparse
from sklearn.utils.validation import check_is_fitted

from skmath._rows.checks import (
    checked_weights,
    rows_of_encoded,
    rows_to_apply,
    rows_to_fit,
)
from skmath._rows.columns import Table, check_columns
from skmath._rows.frames import native
from skmath._rows.identifiers import (
    advice_on_numbers,
    holds_identifiers,
    n_categories,
)
from skmath._rows.rows import Rows, is_dask
from skmath._rows.tables import (
    NUMBERS,
    CategoricalColumn,
    check_is_no_series,
    check_no_times,
    holds_numbers_alone,
)
from skmath._rows.warnings import warn

__all__ = ["rows_to_learn", "rows_to_predict"]


def rows_to_learn(estimator, X, y, sample_weight, table, *, reset, **checks):
    """Return the rows as numbers, with NaN for missing values, and the table.

    Parameters
    ----------
    estimator : BackpropMLP
        Gets ``n_features_in_`` and ``feature_names_in_``.
    X : array-like, sparse matrix, Dask array or data frame
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
    sample_weight : array-like of shape (n_samples,) or None
    table : Table or None
        Description of the columns in fit; None for a matrix of numbers.
    reset : bool
        Whether this is the first call.
    **checks : dict
        Arguments of `rows_to_fit`.

    Returns
    -------
    rows : Rows
    table : Table or None
    """
    X, y, sample_weight = native(X), native(y), native(sample_weight)
    if reset:
        table = None
    if table is None and holds_numbers_alone(X):
        checks |= {"reset": reset, "ensure_all_finite": _finite(X)}
        try:
            return rows_to_fit(estimator, X, y, sample_weight, **checks), None
        except ValueError as error:
            _check_no_missing(error, X)
            raise
    known = table
    if table is None and not reset:
        known = _table_of_numbers(estimator, X)
    columns = _columns(estimator, X, reset=reset)
    weight = sample_weight
    if weight is not None:
        weight = checked_weights(weight, columns[0], np.float64)
    if reset:
        known = table = _learn_table(estimator, columns, weight)
    X, names = known.encode(columns), ("multi_output", "y_numeric")
    checks = {name: checks[name] for name in names}
    return rows_of_encoded(estimator, X, y, weight, **checks), table


def rows_to_predict(estimator, X, attributes, *, fitted, method):
    """Return new rows as numbers, with NaN for missing values.

    Parameters
    ----------
    estimator : BackpropMLP
        Fitted.
    X : array-like, sparse matrix, Dask array or data frame
    attributes : dict
        Fitted attributes by name; empty if the estimator is not fitted.
    fitted, method : str
        See `rows_to_apply`.

    Returns
    -------
    Rows
    """
    X = native(X)
    table, units = attributes.get("_table_"), attributes.get("_standardizer_")
    if table is None and holds_numbers_alone(X):
        accepts_missing = getattr(units, "encoding", None) is not None
        checks = {"fitted": fitted, "method": method, "accept_sparse": "csr"}
        checks["ensure_all_finite"] = _finite(X, accepts_missing)
        try:
            return rows_to_apply(estimator, X, **checks)
        except ValueError as error:
            _check_no_missing(error, X)
            raise
    check_is_no_series(X)
    check_is_fitted(estimator)
    table = table or _table_of_numbers(estimator, X)
    return Rows(table.encode(_columns(estimator, X, reset=False)))


def _columns(estimator, X, *, reset):
    """Return the columns of a table."""
    if sparse.issparse(X) or is_dask(X):
        raise TypeError(
            f"{type(estimator).__name__} was fitted on a table with strings or "
            f"objects, but X is a {type(X).__name__} of numbers: pass the same columns "
            "as a data frame, or as an array of dtype object."
        )
    return check_columns(estimator, X, reset=reset)


def _learn_table(estimator, columns, weight):
    """Return the description of the columns in fit."""
    # Rows of weight 0 are ignored, and so are their categories.
    learned = columns if weight is None else [c[weight > 0] for c in columns]
    names = getattr(estimator, "feature_names_in_", None)
    ignored = [j for j, column in enumerate(learned) if holds_identifiers(column)]
    for j in ignored:
        _warn_of_identifier(learned[j], j if names is None else names[j])
    categorical = tuple(map(_is_of_categories, learned))
    return Table(names, categorical, tuple(ignored)).learn(learned)


def _is_of_categories(column):
    """Return whether a column is categorical; booleans count as the numbers 0 and 1."""
    if not isinstance(column, CategoricalColumn):
        return False
    kinds = {type(value) for value in column.values}
    are_numbers = all(issubclass(kind, (*NUMBERS, np.bool_)) for kind in kinds)
    return not (are_numbers and kinds & {bool, np.bool_})


def _warn_of_identifier(column, name):
    """Warn that a column is ignored."""
    warn(
        f"Column {name!r} of X has {n_categories(column)} categories in "
        f"{int((column.codes >= 0).sum())} rows and is ignored, because it looks like "
        "free text or a row identifier. Drop it from X to silence this warning, or "
        "encode it as numbers or fewer categories." + advice_on_numbers(column)
    )


def _table_of_numbers(estimator, X):
    """Return the table of a model that was fitted on numbers, without dates."""
    check_no_times(X)
    names = getattr(estimator, "feature_names_in_", None)
    return Table.of_numbers(names, (False,) * estimator.n_features_in_)


def _check_no_missing(error, X):
    """Raise an error with advice if missing values caused an error."""
    if "Input X contains NaN" in str(error):
        library = type(X).__module__.split(".")[0]
        raise ValueError(
            "Input X contains NaN: missing values are supported in NumPy arrays and "
            f"data frames in memory, but X is a {type(X).__name__} of {library}. Pass "
            "an array, or impute them first, for example with "
            "sklearn.impute.SimpleImputer."
        ) from error


def _finite(X, accepts_missing=True):
    """Return how values are checked: only dense X in memory may have missing ones."""
    if type(X) is np.ndarray and accepts_missing:
        return "allow-nan"
    if sparse.issparse(X) or is_dask(X) or not accepts_missing:
        return True
    return "allow-nan"
