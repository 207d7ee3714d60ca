"""Reading of X as a matrix of numbers, or as a table whose categories become codes."""

import numpy as np
from sklearn.utils import assert_all_finite
from sklearn.utils.validation import check_consistent_length, column_or_1d

from skmath import _arrays
from skmath._estimators import fitting
from skmath._estimators.targets import check_labels
from skmath._rows.checks import checked_weights, rows_to_apply, rows_to_fit
from skmath._rows.columns import Table, check_columns
from skmath._rows.frames import native
from skmath._rows.identifiers import (
    advice_on_numbers,
    holds_identifiers,
    n_categories,
)
from skmath._rows.rows import Rows, is_dask
from skmath._rows.tables import (
    CategoricalColumn,
    check_collected,
    check_is_no_series,
    check_no_missing_labels,
    may_hold_text,
)
from skmath.from_scratch_nb.distributions import (
    KEEP_ROWS,
    by_column,
    by_kind,
    is_selected_by_data,
    named_in,
    which_categorical,
)

__all__ = ["rows_to_learn", "rows_to_predict"]


def rows_to_learn(estimator, X, y, sample_weight, known, *, takes_sparse):
    """Return the rows as numbers; the first call determines the column types.

    Parameters
    ----------
    estimator : FromScratchNB
        Gets ``n_features_in_`` and ``feature_names_in_``; has the distributions.
    X : array-like, sparse matrix, Dask array or data frame
    y : array-like of shape (n_samples,)
    sample_weight : array-like of shape (n_samples,) or None
    known : (Table or None, list) or None
        The table and distributions of earlier calls; None in the first call.
    takes_sparse : bool
        Whether the distributions support sparse X.

    Returns
    -------
    rows : Rows
    table : Table or None
        None for a matrix of numbers.
    distributions : list
        Requested distribution of each column. For "auto" and "dtype" it is
        "categorical" if a table's column holds categories, "ignored" if it holds
        identifiers.
    """
    X, y, sample_weight = native(X), native(y), native(sample_weight)
    names, reset = named_in(estimator.distribution), known is None
    if hasattr(X, "nnz") and not takes_sparse:
        raise TypeError(
            "Sparse data was passed, but dense data is required for distribution "
            "'categorical', 'kde' or 'bins', and for 'auto' in a list or dict. Use "
            "'gaussian', 'multinomial' or 'bernoulli', or pass X.toarray()."
        )
    table, distributions = known or (None, None)
    if may_hold_text(X) if reset else table is not None or _is_text(X, distributions):
        if not reset and table is None:
            table = _table_of_numbers(estimator, distributions)
        return _rows_of_table(estimator, X, y, sample_weight, table, distributions)
    checks = {"takes_dask": not names & KEEP_ROWS, "reset": reset, **_finite(X)}
    rows = rows_to_fit(estimator, X, y, sample_weight, accept_sparse="csr", **checks)
    if reset:
        columns = getattr(estimator, "feature_names_in_", None)
        requested = (estimator.distribution, X, estimator.n_features_in_, columns)
        distributions = by_column(*requested)
    return rows, None, distributions


def _rows_of_table(estimator, X, y, sample_weight, table, distributions):
    """Return the rows of a table as numbers, and the table with its categories."""
    columns = check_columns(estimator, X, reset=table is None)
    y, weight = check_targets(estimator, columns, y, sample_weight)
    # Rows of weight 0 are ignored, and so are their categories.
    learned = columns if weight is None else [c[weight > 0] for c in columns]
    if table is None:
        names = getattr(estimator, "feature_names_in_", None)
        requested = by_column(estimator.distribution, X, len(columns), names)
        distributions = by_kind(requested, learned)
        for j in _identifiers(requested, learned, estimator.max_categories):
            distributions[j] = "ignored"
            _warn_of_identifier(learned[j], j if names is None else names[j])
        ignored = tuple(j for j, d in enumerate(distributions) if d == "ignored")
        table = Table(names, which_categorical(distributions), ignored)
    table = table.learn(learned)
    return Rows(table.encode(columns), y, weight), table, distributions


def rows_to_predict(estimator, X, table, distributions, method):
    """Return new rows as numbers.

    Parameters
    ----------
    estimator : FromScratchNB
        Fitted.
    X : array-like, sparse matrix, Dask array or data frame
    table : Table or None
    distributions : list
    method : str
        Name of the method, for messages.

    Returns
    -------
    Rows
    """
    X = native(X)
    check_is_no_series(X)
    if table is None and _is_text(X, distributions):
        table = _table_of_numbers(estimator, distributions)
    if table is not None:
        return Rows(table.encode(check_columns(estimator, X, reset=False)))
    checks = {"fitted": "class_count_", "method": method, **_finite(X)}
    return rows_to_apply(estimator, X, accept_sparse="csr", **checks)


def _is_text(X, distributions):
    """Return whether X may hold strings for columns whose numbers are categories."""
    return may_hold_text(X) and any(which_categorical(distributions))


def _table_of_numbers(estimator, distributions):
    names = getattr(estimator, "feature_names_in_", None)
    return Table.of_numbers(names, which_categorical(distributions))


def _identifiers(requested, columns, max_categories):
    """Yield the "auto" and "dtype" columns that have too many categories."""
    for j, (distribution, column) in enumerate(zip(requested, columns, strict=True)):
        if max_categories is None or not is_selected_by_data(distribution):
            continue
        if not isinstance(column, CategoricalColumn):
            continue
        if max_categories == "auto":
            if holds_identifiers(column):
                yield j
        elif n_categories(column) > max_categories:
            yield j


def _warn_of_identifier(column, name):
    """Warn that a column is ignored."""
    n_rows = int((column.codes >= 0).sum())
    fitting.warn(
        f"Column {name!r} of X has {n_categories(column)} categories in {n_rows} rows "
        "and is ignored, because it looks like free text or a row identifier. To keep "
        "it, set its distribution to 'categorical', or max_categories=None; to silence "
        "this warning, set it to 'ignored'." + advice_on_numbers(column)
    )


def _finite(X):
    """Return how values are checked: only dense X may have missing values.

    X in memory is checked block by block later, while the block is in the cache.
    """
    if hasattr(X, "nnz"):
        entries = getattr(X, "data", None)
        is_float = type(entries) is np.ndarray and entries.dtype.kind == "f"
        known = is_float and _arrays.has_finite_squares(entries)
        return {"ensure_all_finite": not known}
    return {"ensure_all_finite": "allow-nan" if is_dask(X) else False}


def check_targets(estimator, columns, y, sample_weight):
    """Return checked labels and weights for the rows of a table.

    Parameters
    ----------
    estimator : estimator
        Estimator, for messages.
    columns : list of (ndarray of float, CategoricalColumn or TimeColumn)
    y : array-like of shape (n_samples,)
    sample_weight : array-like of shape (n_samples,) or None

    Returns
    -------
    y : ndarray of shape (n_samples,)
    sample_weight : ndarray of shape (n_samples,) or None

    Raises
    ------
    ValueError
        If they cannot be used, or there is not one per row.
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
        sample_weight = checked_weights(sample_weight, y, np.float64)
    return y, sample_weight
