"""Validation of the data passed to fit and predict, which are returned as Rows."""

import contextlib
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from sklearn.utils import assert_all_finite
from sklearn.utils.validation import (
    _check_sample_weight,
    check_array,
    check_is_fitted,
    check_X_y,
    validate_data,
)

from skmath import _arrays
from skmath._rows.frames import native
from skmath._rows.rows import OVERFLOW, Rows, dtype_of_numbers, is_dask, is_large
from skmath._rows.tables import (
    check_collected,
    check_no_missing_labels,
    check_no_times,
    column_of_text,
    count_missing,
)

MAY_BE_TIMES = ("O", "M", "m")
"""Kinds of dtypes that are checked for dates and times; "O" without a dtype."""

HISTOGRAMS = "sklearn.ensemble.HistGradientBoostingClassifier and Regressor"
"""The estimators that scikit-learn's message on missing values recommends."""

OURS = "skmath.FromScratchNB (of classes), skmath.BackpropMLP, or "
"""The estimators of skmath that accept missing values, recommended first."""

SMALLEST_WEIGHT = 1e-100
"""Weights from this to its inverse can be summed and divided without overflow."""


def rows_to_fit(
    estimator: Any,
    X: Any,
    y: Any = None,
    sample_weight: Any = None,
    *,
    takes_dask: bool = True,
    instead: str = "",
    reset: bool = True,
    keeps_bytes: bool = False,
    **checks: Any,
) -> Rows:
    """Validate the data of ``fit`` and return them as Rows.

    Parameters
    ----------
    estimator : estimator
        Gets ``n_features_in_`` and ``feature_names_in_``.
    X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
    y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
        None for a method without a target.
    sample_weight : array-like of shape (n_samples,), default=None
    takes_dask : bool, default=True
        Whether the estimator can be fitted chunk by chunk.
    instead : str, default=""
        Further advice for the message if it cannot.
    reset : bool, default=True
        False if rows are added to those of earlier calls: X must have the same columns.
    keeps_bytes : bool, default=False
        Whether X may stay an array of uint8, because the estimator converts it to
        floats block by block.
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
        If one is a lazy query or contains dates.
    """
    X, y, sample_weight = native(X), native(y), native(sample_weight)
    checks = {"dtype": _arrays.float_dtypes(X), **checks}
    progress = getattr(estimator, "_progress", None)  # of a fit with callbacks
    if is_dask(X):
        check_takes_dask(takes_dask, estimator, instead)
        rows = _chunked(estimator, X, y, sample_weight, reset=reset, **checks)
        rows.progress = progress
        return rows
    checks = _with_bytes(checks, X, keeps_bytes)
    if getattr(getattr(X, "dtype", None), "kind", "O") in MAY_BE_TIMES:
        check_no_times(X)
    if y is not None:
        _check_kind_of_target(y, is_number=checks.get("y_numeric"))
    # A large X is checked in blocks: in threads, and followed by callbacks.
    in_blocks = is_large(X) and checks.get("ensure_all_finite", True) is True
    checks |= {"ensure_all_finite": False} if in_blocks else {}
    validated = _validated(estimator, X, y, reset=reset, **checks)
    X, y = validated if y is not None else (validated, None)
    if in_blocks:
        with _ours_advised():
            Rows(X, progress=progress).sum(_count_finite, type(estimator).__name__)
    if sample_weight is not None:
        check_collected(sample_weight)
        sample_weight = checked_weights(sample_weight, X, dtype_of_numbers(X))
    return Rows(X, y, sample_weight, progress)


def _count_finite(X: Any, y: Any, weight: Any, name: str) -> int:
    """Return the number of rows of a block; raise a ValueError if it is not finite."""
    assert_all_finite(X, estimator_name=name, input_name="X")
    return X.shape[0]


def rows_of_encoded(
    estimator: Any, X: Any, y: Any, sample_weight: Any = None, **checks: Any
) -> Rows:
    """Return a matrix that was encoded from a table, with its target, as Rows.

    Parameters
    ----------
    estimator : estimator
        Estimator with the table's columns, for messages.
    X : ndarray of float of shape (n_samples, n_features)
        NaN for missing values.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
    sample_weight : ndarray of shape (n_samples,), default=None
        Checked weights.
    **checks : dict
        For scikit-learn's `check_X_y` (``multi_output``, ``y_numeric``).

    Returns
    -------
    Rows

    Raises
    ------
    ValueError
        If y cannot be used, or does not have one entry per row.
    TypeError
        If it is a lazy query or contains dates.
    """
    if y is None:
        raise ValueError(
            f"{type(estimator).__name__} requires y to be passed, but the target y is "
            "None."
        )
    y = native(y)
    check_collected(y)
    _check_kind_of_target(y, is_number=checks.get("y_numeric"))
    checks = {"ensure_all_finite": "allow-nan", **checks, "estimator": estimator}
    X, y = _with_text_named(check_X_y, X, y, dtype=X.dtype, **checks)
    return Rows(X, y, sample_weight)


def _check_kind_of_target(y: Any, is_number: bool | None) -> None:
    """Raise an error for missing labels, and for targets that are dates."""
    kind = getattr(getattr(y, "dtype", None), "kind", "O")
    if is_number:
        if kind in MAY_BE_TIMES:
            check_no_times(y, "y")
    elif kind in MAY_BE_TIMES or hasattr(y, "isna"):
        check_no_missing_labels(y)


def check_takes_dask(takes_dask: bool, estimator: Any, instead: str = "") -> None:
    """Raise a TypeError for a Dask array that would have to be loaded into memory."""
    if not takes_dask:
        raise TypeError(
            f"{estimator} cannot be fitted on the chunks of a Dask array, which is "
            f"never loaded implicitly. Pass X.compute() if it fits in memory{instead}."
        )


def checked_weights(weight: Any, X: Any, dtype: Any) -> Any:
    """Return checked weights for the rows of X.

    Parameters
    ----------
    weight : array-like of shape (n_samples,) or float
    X : array of shape (n_samples, ...)
    dtype : dtype

    Raises
    ------
    ValueError
        If there is not one weight per row, one is negative, none is positive, or they
        are too small or too large to compute with.
    """
    checks = {"dtype": dtype, "ensure_non_negative": True}
    try:
        with np.errstate(over="ignore"):  # overflow of float32 raises an error
            weight = _check_sample_weight(weight, X, **checks)
    except ValueError as error:
        if "could not convert" not in str(error):
            raise
        raise ValueError(f"sample_weight must be numeric: {error}") from error
    xp = _arrays.namespace(weight)
    positive = xp.where(weight > 0, weight, xp.ones_like(weight))
    low, high = float(xp.min(positive)), float(xp.max(weight))
    if not SMALLEST_WEIGHT < low <= max(low, high) < 1 / SMALLEST_WEIGHT:
        raise ValueError(
            "Positive weights in sample_weight must be between "
            f"{SMALLEST_WEIGHT:g} and {1 / SMALLEST_WEIGHT:g}, but are between {low:g} "
            f"and {high:g}. Multiply sample_weight by a constant first."
        )
    return weight


def group_codes(groups: Any, n_rows: Any) -> Any:
    """Return the sorted labels of groups of rows, and the index of each row's group.

    Parameters
    ----------
    groups : array-like of shape (n_samples,)
        Group of each row; may be a Dask array.
    n_rows : int or NaN
        Number of rows of X; NaN if Dask does not know it.

    Returns
    -------
    labels : ndarray of shape (n_groups,)
    codes : ndarray of int of shape (n_samples,)

    Raises
    ------
    ValueError
        If there is not one label per row, one is missing, or their types cannot be
        compared.
    """
    check_collected(groups)
    groups = groups.compute() if is_dask(groups) else groups
    # Count before the conversion to an array, in which NaN among strings is a string.
    missing = count_missing(groups)
    labels = _arrays.host(groups)
    if labels.ndim != 1 or (n_rows == n_rows and len(labels) != n_rows):
        raise ValueError(
            f"groups has shape {labels.shape}, but must be one-dimensional with one "
            f"entry for each of the {n_rows} rows of X."
        )
    if missing or count_missing(labels):
        raise ValueError(
            "groups has missing values, but each row needs a group: replace them, or "
            "remove these rows."
        )
    try:
        return np.unique(labels, return_inverse=True)
    except TypeError as failure:
        raise ValueError(
            "groups must have labels of one type, all numbers or all strings."
        ) from failure


def aligned_offset(offset: Any, rows: Any, n_outputs: Any) -> Any:
    """Return an offset for each row, of a shape that adds to (n_samples, n_outputs).

    Parameters
    ----------
    offset : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Offset of each row; a Dask array if X is one.
    rows : Rows
    n_outputs : int

    Returns
    -------
    array of shape (n_samples, 1 or n_outputs)

    Raises
    ------
    ValueError
        If it has another shape, or entries that are not finite numbers.
    """
    X = rows.X
    if is_dask(X):
        offset = _aligned_chunks(X, offset, "offset")
    else:
        check_collected(offset)
        check_no_times(offset, "offset")
        offset = _numbers_of_offset(offset, _arrays.float_dtypes(X))
    shape = tuple(offset.shape)
    if len(shape) == 1:
        offset = offset[:, None]
    fits = len(offset.shape) == 2 and offset.shape[1] in (1, n_outputs)
    if not fits or (shape[0] != X.shape[0] and shape[0] == shape[0]):
        more = f", or {n_outputs} (one per output)" if n_outputs > 1 else ""
        raise ValueError(
            f"offset has shape {shape}, but X has {X.shape[0]} rows: it must have one "
            f"number per row{more}."
        )
    return offset


def _numbers_of_offset(offset: Any, dtype: Any) -> Any:
    """Return an offset as an array of finite numbers; errors name it."""
    if np.ndim(offset) == 0:
        raise ValueError(
            f"offset={offset!r} must have one number per row of X, for example "
            "np.full(len(X), offset)."
        )
    checks = {"ensure_2d": False, "allow_nd": True, "input_name": "offset"}
    try:
        return check_array(offset, dtype=dtype, **checks)
    except (TypeError, ValueError) as error:
        if "offset" in str(error):
            raise
        raise type(error)(f"offset must be numeric: {error}") from error


def check_squares(squares: Any, name: str = "X") -> None:
    """Raise a ValueError if squares of the values overflowed.

    Parameters
    ----------
    squares : array
        Result that was computed from the squares.
    name : str, default="X"
        Name of the input, for the message.
    """
    if not _arrays.all_finite(squares):
        raise ValueError(OVERFLOW.format(name=name))


def rows_to_apply(
    estimator: Any,
    X: Any,
    *,
    fitted: str,
    method: str,
    keeps_bytes: bool = False,
    **checks: Any,
) -> Any:
    """Validate the data of a fitted estimator's method and return them as Rows.

    Parameters
    ----------
    estimator : estimator
    X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
    fitted : str
        Name of a fitted array, whose namespace and device X must have.
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
    X = native(X)
    if not hasattr(estimator, fitted):  # faster than check_is_fitted
        check_is_fitted(estimator)
    _arrays.check_same_namespace(X, estimator, attribute=fitted, method=method)
    checks = {"dtype": _arrays.float_dtypes(X), **checks}
    if is_dask(X):
        return _chunked(estimator, X, reset=False, learns=False, **checks)
    checks = _with_bytes(checks, X, keeps_bytes)
    if getattr(getattr(X, "dtype", None), "kind", "O") in MAY_BE_TIMES:
        check_no_times(X)
    return Rows(_validated(estimator, X, "no_validation", reset=False, **checks))


def _with_bytes(checks: dict[str, Any], X: Any, keeps_bytes: bool) -> dict[str, Any]:
    """Return the checks, with dtype uint8 if X has it and may keep it.

    A requested dtype of float32 is kept.
    """
    of_bytes = type(X) is np.ndarray and X.dtype == np.uint8
    if not (keeps_bytes and of_bytes) or checks["dtype"] == np.float32:
        return checks
    return {**checks, "dtype": np.uint8}


def _validated(estimator: Any, X: Any, y: Any, **checks: Any) -> Any:
    """Call scikit-learn's `validate_data`; errors name a column of strings."""
    return _with_text_named(partial(validate_data, estimator), X, y, **checks)


@contextlib.contextmanager
def _ours_advised() -> Iterator[None]:
    """Recommend the estimators of skmath in scikit-learn's error on missing values."""
    try:
        yield
    except ValueError as error:
        if HISTOGRAMS not in str(error):
            raise
        raise ValueError(str(error).replace(HISTOGRAMS, OURS + HISTOGRAMS)) from None


def _with_text_named(
    validate: Callable[..., Any], X: Any, y: Any, **checks: Any
) -> Any:
    """Call a validation function of scikit-learn, with more helpful errors.

    An error names a column of strings, or the estimators that accept missing values.
    """
    try:
        with _ours_advised():
            validated = validate(X, y, **checks)
        if checks.get("y_numeric") and y is not None:
            X, y = validated
            # Objects were converted to numbers, but arrays of strings were not.
            is_text = getattr(y.dtype, "kind", "") in ("S", "U")
            validated = X, y.astype(np.float64) if is_text else y
    except ValueError as error:
        if "could not convert string" not in str(error):
            raise
        # NumPy writes np.str_('a') for the string 'a'.
        message = re.sub(r"np\.str_\((.*)\)", r"\1", str(error))
        raise ValueError(f"{_place_of_text(X)}: {message}.") from error
    return validated


def _place_of_text(X: Any) -> str:
    """Return where strings are, in X or else in y, and what to do about it."""
    column = column_of_text(X)
    if column is None:
        return "y must be numeric, but contains strings"
    return (
        f"Column {column!r} of X contains strings (encode it first, for example with "
        "pandas.get_dummies or sklearn.preprocessing.OneHotEncoder)"
    )


def _chunked(*args: Any, **kwargs: Any) -> Any:
    """Return rows in Dask's chunks; Dask is imported only if X is a Dask array."""
    from skmath._rows.dask_rows import dask_rows

    return dask_rows(*args, **kwargs)


def _aligned_chunks(*args: Any) -> Any:
    from skmath._rows.dask_rows import aligned_chunks

    return aligned_chunks(*args)


def rows_of(X: Any, y: Any = None, weight: Any = None) -> Any:
    """Return rows without validation, in memory or in Dask's chunks."""
    if not is_dask(X):
        return Rows(X, y, weight)
    from skmath._rows.dask_rows import DaskRows

    return DaskRows(X, y, weight)
