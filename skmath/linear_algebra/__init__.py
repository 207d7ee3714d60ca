"""First pillar: decompositions, spectral filters and graphs."""

from skmath.linear_algebra.decompositions import (
    SingularValues,
    Triangle,
    fix_signs,
    lengths,
    principal_axes,
    project,
    triangular_factor,
)
from skmath.linear_algebra.graphs import (
    continued,
    degrees,
    joined,
    laplacian,
    locally_scaled,
    symmetrized,
    top_eigenvectors,
)
from skmath.linear_algebra.krylov import block_krylov, gram_times
from skmath.linear_algebra.least_squares import (
    LeastSquares,
    from_factor,
    from_gram,
    within,
)
from skmath.linear_algebra.refinement import (
    ExactSum,
    normal_residual,
    split,
    two_product,
    two_sum,
)
from skmath.linear_algebra.spectral_filters import (
    filtered_inverse,
    tikhonov,
    truncation,
)

__all__ = [
    "ExactSum",
    "LeastSquares",
    "SingularValues",
    "Triangle",
    "block_krylov",
    "continued",
    "degrees",
    "filtered_inverse",
    "fix_signs",
    "from_factor",
    "from_gram",
    "gram_times",
    "joined",
    "laplacian",
    "lengths",
    "locally_scaled",
    "normal_residual",
    "principal_axes",
    "project",
    "split",
    "symmetrized",
    "tikhonov",
    "top_eigenvectors",
    "triangular_factor",
    "truncation",
    "two_product",
    "two_sum",
    "within",
]
