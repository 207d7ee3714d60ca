"""Weighted medians of columns with missing values."""

from typing import Any

import numpy as np

from skmath._arrays import transposed

__all__ = ["column_medians"]

COLUMNS = 32
"""Number of columns that are sorted at once, so that X is not copied as a whole."""


def column_medians(X: Any, weight: Any = None) -> Any:
    r"""Return the weighted median of each column of X, without missing values.

    For sorted values with the weights :math:`w_1, w_2, \dots` it is

    .. math::

       \tfrac12 \bigl(\min\{x_i: \textstyle\sum_{k \le i} w_k \ge W/2\} +
       \min\{x_i: \textstyle\sum_{k \le i} w_k > W/2\}\bigr),
       \qquad W = \textstyle\sum_k w_k,

    which is the usual median for equal weights; a weight of 2 counts a value twice.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        NaN for missing values.
    weight : ndarray of shape (n_samples,), default=None
        None means that all weights are 1.

    Returns
    -------
    ndarray of shape (n_features,)
        0 for a column without values.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.statistics import column_medians
    >>> X = np.array([[1.0, np.nan], [2.0, 5.0], [9.0, 7.0]])
    >>> column_medians(X)
    array([2., 6.])
    >>> column_medians(X, np.array([2, 1, 1]))
    array([1.5, 6. ])
    """
    if weight is None and len(X) and not np.isnan(X.sum(axis=0)).any():
        # Sorting is twice as fast as NumPy's median, which checks for NaN again.
        blocks = np.split(X, range(COLUMNS, X.shape[1], COLUMNS), axis=1)
        return np.concatenate([_middle(np.sort(transposed(b), axis=1)) for b in blocks])
    found = np.zeros(X.shape[1], dtype=X.dtype)
    for j, x in enumerate(X.T):
        there = ~np.isnan(x) if weight is None else ~np.isnan(x) & (weight > 0)
        if there.any():
            found[j] = _median(x[there], None if weight is None else weight[there])
    return found


def _middle(in_order: np.ndarray) -> np.ndarray:
    """Return the medians of rows of sorted values."""
    n = in_order.shape[1]
    return (in_order[:, (n - 1) // 2] + in_order[:, n // 2]) / 2


def _median(x: np.ndarray, weight: np.ndarray | None) -> float:
    """Return the median of values, all of them present and with a weight."""
    if weight is None:
        return np.median(x)
    order = np.argsort(x)
    cumulated = np.cumsum(weight[order], dtype=np.float64)
    # Allow for rounding of the sum at an exact half.
    half, rounding = cumulated[-1] / 2, 1e-12 * cumulated[-1]
    places = np.searchsorted(cumulated, [half - rounding, half + rounding])
    return x[order[np.minimum(places, len(x) - 1)]].mean()
