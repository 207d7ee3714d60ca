"""Count: the sums over the rows of each class that naive Bayes is made of."""

import math

from skmath import _arrays
from skmath.from_scratch_nb.distributions import select
from skmath.from_scratch_nb.sums import check_finite
from skmath.statistics import ColumnMoments, count_rows, indicators

__all__ = ["sums_by_class"]


def sums_by_class(X, y, weight, groups, n_classes):
    """Return the weight of each class and its values, of rows, and the statistics."""
    members = indicators(y, n_classes, X, columns_contiguous=True)
    weighted = _arrays.weigh(members, weight)
    count = weighted.T @ _arrays.namespace(members).ones_like(members[:, 0])
    statistics = [
        likelihood.statistics(select(X, columns), members, weight)
        for columns, likelihood in groups
    ]
    values = count[:, None]
    if not _show_all_values(X, groups, statistics):
        values = _values_by_class(X, weighted, count)
    return (count, values, count_rows(X, y, weight), *statistics)


def _show_all_values(X, groups, statistics):
    """Tell whether sums are finite that would not be if a value were not."""
    (columns, _), moments = groups[0], statistics[0]
    if columns is not None or not isinstance(moments, ColumnMoments):
        return False
    # A weight a class, and not one a column too, is that of columns without holes.
    is_whole = moments.weight.shape[1] == 1 < X.shape[1]
    return is_whole and _arrays.all_finite(moments.scatter)


def _values_by_class(X, weighted, count):
    """Return the weight of the values of each feature in each class; check them."""
    xp = _arrays.namespace(weighted)
    if not _arrays.is_array(X) or math.isfinite(float(xp.sum(X))):
        return count[:, None]
    check_finite(X)
    return weighted.T @ xp.astype(~xp.isnan(X), weighted.dtype)
