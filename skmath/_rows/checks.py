"""What fit and predict are given: checked, and returned as Rows."""

import re
from functools import partial

import numpy as np
from sklearn.utils.validation import (
    _check_sample_weight,
    check_array,
    check_is_fitted,
    check_X_y,
    validate_data,
)

from skmath import _arrays
from skmath._rows.rows import OVERFLOW, Rows, dtype_of_numbers, is_dask
from skmath._rows.tables import (
    check_collected,
    check_no_missing_labels,
    check_no_times,
    column_of_text,
    count_missing,
)

MAY_BE_TIMES = ("O", "M", "m")
"""Kinds of dtypes, and of what has none, that are looked at for dates and times."""

SMALLEST_WEIGHT = 1e-100
"""Weights from this to its inverse can be summed and divided without overflow."""


def rows_to_fit(
    estimator,
    X,
    y=None,
    sample_weight=None,
    *,
    takes_dask=True,
    instead="",
    reset=True,
    keeps_bytes=False,
    **checks,
):
    """Validate what ``fit`` is given and return it as Rows.

    Parameters
    ----------
    estimator : estimator
        Learns ``n_features_in_`` and ``feature_names_in_``.
    X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
    y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
        None for a method that learns without a target.
    sample_weight : array-like of shape (n_samples,), default=None
    takes_dask : bool, default=True
        Whether the estimator can be fitted chunk by chunk.
    instead : str, default=""
        What else to do where it cannot, for the message.
    reset : bool, default=True
        False where rows are added to those that the estimator has seen: X must have
        the same columns.
    keeps_bytes : bool, default=False
        Whether X may stay an array of uint8, where the estimator makes floats of it
        block by block.
    **checks : dict
        For scikit-learn's `validate_data` (``accept_sparse``, ``multi_output``, ...).

    Returns
    -------
    Rows

    Raises
    ------
    ValueError
        If X, y or sample_weight cannot be used; the message names it.
    TypeError
        If one is a query that has not run, or holds dates.
    """
    checks = {"dtype": _arrays.float_dtypes(X), **checks}
    if is_dask(X):
        refuse_unless(takes_dask, estimator, instead)
        return _chunked(estimator, X, y, sample_weight, reset=reset, **checks)
    checks = _with_bytes(checks, X, keeps_bytes)
    if getattr(getattr(X, "dtype", None), "kind", "O") in MAY_BE_TIMES:
        check_no_times(X)
    if y is not None:
        _check_kind_of_target(y, is_number=checks.get("y_numeric"))
    validated = _validated(estimator, X, y, reset=reset, **checks)
    X, y = validated if y is not None else (validated, None)
    if sample_weight is not None:
        check_collected(sample_weight)
        sample_weight = weights_beside(sample_weight, X, dtype_of_numbers(X))
    return Rows(X, y, sample_weight)


def rows_beside_target(estimator, X, y, sample_weight=None, **checks):
    """Return a matrix that was made of a table, with its target, as Rows.

    Parameters
    ----------
    estimator : estimator
        For messages: it knows the table's columns.
    X : ndarray of float of shape (n_samples, n_features)
        NaN where a value is missing.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
    sample_weight : ndarray of shape (n_samples,), default=None
        Checked.
    **checks : dict
        For scikit-learn's `check_X_y` (``multi_output``, ``y_numeric``).

    Returns
    -------
    Rows

    Raises
    ------
    ValueError
        If y cannot be used, or there is not one for each row.
    TypeError
        If it is a query that has not run, or holds dates.
    """
    if y is None:
        raise ValueError(
            f"{type(estimator).__name__} requires y to be passed, but the target y is "
            "None."
        )
    check_collected(y)
    _check_kind_of_target(y, is_number=checks.get("y_numeric"))
    checks = {"ensure_all_finite": "allow-nan", **checks, "estimator": estimator}
    X, y = _with_text_named(check_X_y, X, y, dtype=X.dtype, **checks)
    return Rows(X, y, sample_weight)


def _check_kind_of_target(y, is_number):
    """Refuse labels that are missing, and targets that are dates."""
    kind = getattr(getattr(y, "dtype", None), "kind", "O")
    if is_number:
        if kind in MAY_BE_TIMES:
            check_no_times(y, "y")
    elif kind in MAY_BE_TIMES or hasattr(y, "isna"):
        check_no_missing_labels(y)


def refuse_unless(takes_dask, estimator, instead=""):
    """Raise a TypeError for a Dask array that would have to be gathered."""
    if not takes_dask:
        raise TypeError(
            f"{estimator} cannot be fitted on the chunks of a Dask array, and does not "
            f"gather it by itself. Pass X.compute() if it fits into memory{instead}."
        )


def weights_beside(weight, X, dtype):
    """Return weights for the rows of X, checked.

    Parameters
    ----------
    weight : array-like of shape (n_samples,) or float
    X : array of shape (n_samples, ...)
    dtype : dtype

    Raises
    ------
    ValueError
        If there is not one for each row, none is above 0, one is negative, or they are
        too small or too large to be computed with.
    """
    checks = {"dtype": dtype, "ensure_non_negative": True}
    try:
        with np.errstate(over="ignore"):  # what float32 cannot hold is told
            weight = _check_sample_weight(weight, X, **checks)
    except ValueError as error:
        if "could not convert" not in str(error):
            raise
        raise ValueError(f"sample_weight must hold numbers: {error}") from error
    xp = _arrays.namespace(weight)
    positive = xp.where(weight > 0, weight, xp.ones_like(weight))
    low, high = float(xp.min(positive)), float(xp.max(weight))
    if not SMALLEST_WEIGHT < low <= max(low, high) < 1 / SMALLEST_WEIGHT:
        raise ValueError(
            f"Weights in sample_weight above 0 must be from {SMALLEST_WEIGHT:g} to "
            f"{1 / SMALLEST_WEIGHT:g}; they are from {low:g} to {high:g}. Multiply "
            "sample_weight by a constant first."
        )
    return weight


def group_codes(groups, n_rows):
    """Return the labels of groups of rows, sorted, and the index of each row's.

    Parameters
    ----------
    groups : array-like of shape (n_samples,)
        Or a Dask array.
    n_rows : int or NaN
        Those of X; NaN where Dask does not know.

    Returns
    -------
    labels : ndarray of shape (n_groups,)
    codes : ndarray of int of shape (n_samples,)

    Raises
    ------
    ValueError
        If there is not one label for each row, one is missing, or they are of kinds
        that cannot be compared.
    """
    check_collected(groups)
    groups = groups.compute() if is_dask(groups) else groups
    # A list is looked at before it is an array, in which NaN beside texts is a text.
    missing = count_missing(groups)
    labels = _arrays.host(groups)
    if labels.ndim != 1 or (n_rows == n_rows and len(labels) != n_rows):
        raise ValueError(
            f"groups has shape {labels.shape}, and needs one entry for each of the "
            f"{n_rows} rows of X, in one dimension."
        )
    if missing or count_missing(labels):
        raise ValueError(
            "groups has missing values, and each row needs a group: name one for "
            "them, or leave these rows out."
        )
    try:
        return np.unique(labels, return_inverse=True)
    except TypeError as failure:
        raise ValueError("groups must hold labels of one kind.") from failure


def offset_beside(offset, rows, n_outputs):
    """Return an offset for each row, of a shape that adds to (n_samples, n_outputs).

    Parameters
    ----------
    offset : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Or a Dask array, of rows in a Dask array.
    rows : Rows
    n_outputs : int

    Returns
    -------
    array of shape (n_samples, 1 or n_outputs)

    Raises
    ------
    ValueError
        If it has another shape, or holds what is no finite number.
    """
    X = rows.X
    if is_dask(X):
        offset = _in_chunks_beside(X, offset, "offset")
    else:
        check_collected(offset)
        check_no_times(offset, "offset")
        offset = _numbers_of_offset(offset, _arrays.float_dtypes(X))
    shape = tuple(offset.shape)
    if len(shape) == 1:
        offset = offset[:, None]
    fits = len(offset.shape) == 2 and offset.shape[1] in (1, n_outputs)
    if not fits or (shape[0] != X.shape[0] and shape[0] == shape[0]):
        more = f", or {n_outputs} for as many outputs" if n_outputs > 1 else ""
        raise ValueError(
            f"offset has shape {shape}, and X {X.shape[0]} rows: it must have one "
            f"number for each of them{more}."
        )
    return offset


def _numbers_of_offset(offset, dtype):
    """Return an offset as an array of finite numbers; an error names it."""
    if np.ndim(offset) == 0:
        raise ValueError(
            f"offset={offset!r} is one number: give one for each row of X, as "
            "np.full(len(X), offset) is."
        )
    checks = {"ensure_2d": False, "allow_nd": True, "input_name": "offset"}
    try:
        return check_array(offset, dtype=dtype, **checks)
    except (TypeError, ValueError) as error:
        if "offset" in str(error):
            raise
        raise type(error)(f"offset must hold numbers: {error}") from error


def check_squares(squares, name="X"):
    """Raise a ValueError if values were so large that their squares overflowed.

    Parameters
    ----------
    squares : array
        Something made of the squares.
    name : str, default="X"
        What to call the input.
    """
    if not _arrays.all_finite(squares):
        raise ValueError(OVERFLOW.format(name=name))


def rows_to_apply(estimator, X, *, fitted, method, keeps_bytes=False, **checks):
    """Validate what a fitted estimator's method is given and return it as Rows.

    Parameters
    ----------
    estimator : estimator
    X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
    fitted : str
        Name of a fitted array: X has to be of its namespace and device.
    method : str
        Name of the method, for messages.
    keeps_bytes : bool, default=False
        Whether X may stay an array of uint8.
    **checks : dict
        For scikit-learn's `validate_data`.

    Returns
    -------
    Rows

    Raises
    ------
    NotFittedError
        If the estimator is not fitted.
    ValueError
        If X cannot be used.
    """
    if not hasattr(estimator, fitted):  # which scikit-learn takes longer to find out
        check_is_fitted(estimator)
    _arrays.check_same_namespace(X, estimator, attribute=fitted, method=method)
    checks = {"dtype": _arrays.float_dtypes(X), **checks}
    if is_dask(X):
        return _chunked(estimator, X, reset=False, learns=False, **checks)
    checks = _with_bytes(checks, X, keeps_bytes)
    if getattr(getattr(X, "dtype", None), "kind", "O") in MAY_BE_TIMES:
        check_no_times(X)
    return Rows(_validated(estimator, X, "no_validation", reset=False, **checks))


def _with_bytes(checks, X, keeps_bytes):
    """Return the checks, whose dtype is uint8 where X is and may stay so.

    In double precision it is otherwise; a dtype that is asked for is kept.
    """
    of_bytes = type(X) is np.ndarray and X.dtype == np.uint8
    if not (keeps_bytes and of_bytes) or checks["dtype"] == np.float32:
        return checks
    return {**checks, "dtype": np.uint8}


def _validated(estimator, X, y, **checks):
    """Return what scikit-learn's `validate_data` does; an error names the text."""
    return _with_text_named(partial(validate_data, estimator), X, y, **checks)


def _with_text_named(validate, X, y, **checks):
    """Return what a function of scikit-learn's does; an error names the text."""
    try:
        validated = validate(X, y, **checks)
        if checks.get("y_numeric") and y is not None:
            X, y = validated
            # Objects are numbers by now, and an array of text still is one.
            is_text = getattr(y.dtype, "kind", "") in ("S", "U")
            validated = X, y.astype(np.float64) if is_text else y
    except ValueError as error:
        if "could not convert string" not in str(error):
            raise
        # NumPy writes np.str_('a') for the text a.
        message = re.sub(r"np\.str_\((.*)\)", r"\1", str(error))
        raise ValueError(f"{_place_of_text(X)}: {message}.") from error
    return validated


def _place_of_text(X):
    """Return where text is, in X or else in y, and what to do with it."""
    column = column_of_text(X)
    if column is None:
        return "y holds text, and numbers are needed here"
    return (
        f"Column {column!r} of X is text (make numbers of it first, as "
        "pandas.get_dummies or sklearn.preprocessing.OneHotEncoder does)"
    )


def _chunked(*args, **kwargs):
    """Return rows in Dask's chunks: Dask is imported only where it came in."""
    from skmath._rows.dask_rows import dask_rows

    return dask_rows(*args, **kwargs)


def _in_chunks_beside(*args):
    from skmath._rows.dask_rows import in_chunks_beside

    return in_chunks_beside(*args)


def rows_of(X, y=None, weight=None):
    """Return rows that need no validation, in memory or in Dask's chunks."""
    if not is_dask(X):
        return Rows(X, y, weight)
    from skmath._rows.dask_rows import DaskRows

    return DaskRows(X, y, weight)
