"""Fourth pillar: moments, inference, model selection, diagnosis, scatter, clusters."""

from skmath.statistics.diagnosis import Diagnosis, diagnose
from skmath.statistics.inference import (
    COVARIANCES,
    GroupSums,
    density_at_quantile,
    estimates_table,
    leverage_correction,
    score_products,
    semidefinite_factor,
    small_sample_factor,
    wald_statistic,
    wald_test_of,
)
from skmath.statistics.medians import column_medians
from skmath.statistics.moments import (
    ColumnMoments,
    CrossMoments,
    as_columns,
    column_moments,
    cross_moments,
    indicators,
    moments_by_class,
)
from skmath.statistics.number_of_clusters import (
    cluster_criterion,
    modularity,
    relative_gaps,
)
from skmath.statistics.row_counts import RowCount, count_rows
from skmath.statistics.selection import (
    generalized_cross_validation,
    leave_one_out_errors,
    leave_one_out_squares,
    marchenko_pastur_median,
    optimal_hard_threshold,
)
from skmath.statistics.within_class import (
    Whitening,
    class_means,
    ledoit_wolf_shrinkage,
    left_out_factors,
    square_roots,
    unit_variance,
    unwhitened,
    within_class_scatter,
    within_class_whitening,
)

__all__ = [
    "COVARIANCES",
    "ColumnMoments",
    "CrossMoments",
    "Diagnosis",
    "GroupSums",
    "RowCount",
    "Whitening",
    "as_columns",
    "class_means",
    "cluster_criterion",
    "column_medians",
    "column_moments",
    "count_rows",
    "cross_moments",
    "density_at_quantile",
    "diagnose",
    "estimates_table",
    "generalized_cross_validation",
    "indicators",
    "leave_one_out_errors",
    "leave_one_out_squares",
    "ledoit_wolf_shrinkage",
    "left_out_factors",
    "leverage_correction",
    "marchenko_pastur_median",
    "modularity",
    "moments_by_class",
    "optimal_hard_threshold",
    "relative_gaps",
    "score_products",
    "semidefinite_factor",
    "small_sample_factor",
    "square_roots",
    "unit_variance",
    "unwhitened",
    "wald_statistic",
    "wald_test_of",
    "within_class_scatter",
    "within_class_whitening",
]
