"""Fourth pillar: moments of the data."""

from skmath.statistics.moments import (
    ColumnMoments,
    CrossMoments,
    column_moments,
    cross_moments,
    moments_by_class,
)

__all__ = [
    "ColumnMoments",
    "CrossMoments",
    "column_moments",
    "cross_moments",
    "moments_by_class",
]
