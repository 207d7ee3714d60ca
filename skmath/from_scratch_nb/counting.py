"""Counting: the sums over the rows of each class that naive Bayes needs."""

import math

import numpy as np

from skmath import _arrays
from skmath.from_scratch_nb.distributions import is_in_memory, select
from skmath.from_scratch_nb.sums import check_finite
from skmath.statistics import ColumnMoments, count_rows, indicators

__all__ = ["in_memory", "sample_rows", "sums_by_class"]

MAX_SAMPLE_ROWS, MAX_VALUES = 500, 1 << 20
"""Maximum number of rows that are stored for feature importances, and of their values
times classes."""


def sums_by_class(X, y, weight, groups, n_classes):
    """Return weights of classes and of their values, row counts and the statistics."""
    members = indicators(y, n_classes, X, columns_contiguous=True)
    weighted = _arrays.weigh(members, weight)
    count = weighted.T @ _arrays.namespace(members).ones_like(members[:, 0])
    statistics = [
        likelihood.statistics(select(X, columns), members, weight)
        for columns, likelihood in groups
    ]
    values = count[:, None]
    if not _prove_all_finite(X, groups, statistics):
        values = _values_by_class(X, weighted, count)
    return (count, values, count_rows(X, y, weight), *statistics)


def _prove_all_finite(X, groups, statistics):
    """Return whether finite sums prove that all values are finite."""
    (columns, _), moments = groups[0], statistics[0]
    if columns is not None or not isinstance(moments, ColumnMoments):
        return False
    # With one weight per class, and not per column, no value is missing.
    is_complete = moments.weight.shape[1] == 1 < X.shape[1]
    return is_complete and _arrays.all_finite(moments.scatter)


def _values_by_class(X, weighted, count):
    """Return the weight of each feature's values in each class, after a check."""
    xp = _arrays.namespace(weighted)
    if not _arrays.is_array(X) or math.isfinite(float(xp.sum(X))):
        return count[:, None]
    check_finite(X)
    return weighted.T @ xp.astype(~xp.isnan(X), weighted.dtype)


def sample_rows(rows, n_classes, random_state):
    """Return X, class codes and weights of up to 500 rows; None if not in memory."""
    if not (hasattr(rows.X, "nnz") or is_in_memory(rows)):
        return None
    n_rows = max(1, MAX_VALUES // max(1, rows.X.shape[1] * n_classes))
    n_rows = min(MAX_SAMPLE_ROWS, n_rows)
    return in_memory(rows.sample(n_rows, random_state) or rows)


def in_memory(rows):
    """Return X, class codes and weights of the rows with positive weight."""
    X, codes = rows.X, np.asarray(rows.y).astype(np.intp)
    X = X if hasattr(X, "nnz") else np.asarray(X)
    if rows.weight is None:
        return X, codes, np.ones(X.shape[0])
    weight = np.asarray(rows.weight, dtype=np.float64)
    has_weight = np.flatnonzero(weight > 0)
    return X[has_weight], codes[has_weight], weight[has_weight]
