"""Fourth pillar: moments of the data, and choosing by the error on rows not seen."""

from skmath.statistics.moments import (
    ColumnMoments,
    CrossMoments,
    as_columns,
    column_moments,
    cross_moments,
    moments_by_class,
)
from skmath.statistics.selection import (
    generalized_cross_validation,
    leave_one_out_squares,
    marchenko_pastur_median,
    optimal_hard_threshold,
)

__all__ = [
    "ColumnMoments",
    "CrossMoments",
    "as_columns",
    "column_moments",
    "cross_moments",
    "generalized_cross_validation",
    "leave_one_out_squares",
    "marchenko_pastur_median",
    "moments_by_class",
    "optimal_hard_threshold",
]
