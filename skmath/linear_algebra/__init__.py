"""First pillar: decompositions, spectral filters and graphs."""

from skmath.linear_algebra.decompositions import (
    SingularValues,
    Triangle,
    fix_signs,
    numerical_rank,
    principal_axes,
    project,
    svd_of_gram,
    svd_of_triangle,
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
from skmath.linear_algebra.spectral_filters import (
    filtered_inverse,
    tikhonov,
    truncation,
)

__all__ = [
    "SingularValues",
    "Triangle",
    "continued",
    "degrees",
    "filtered_inverse",
    "fix_signs",
    "joined",
    "laplacian",
    "locally_scaled",
    "numerical_rank",
    "principal_axes",
    "project",
    "svd_of_gram",
    "svd_of_triangle",
    "symmetrized",
    "tikhonov",
    "top_eigenvectors",
    "triangular_factor",
    "truncation",
]
