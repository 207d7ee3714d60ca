"""First pillar: decompositions, spectral filters, graphs and face space."""

from skmath.linear_algebra.affine import affine
from skmath.linear_algebra.decompositions import (
    SingularValues,
    Triangle,
    count_above_noise,
    count_axes,
    count_to_share,
    fix_signs,
    lengths,
    principal_axes,
    project,
    triangular_factor,
)
from skmath.linear_algebra.edges import (
    EDGES,
    joined,
    landmark_affinity,
    locally_scaled,
    mutual_edges,
    shared_neighbors,
    symmetrized,
)
from skmath.linear_algebra.face_space import FaceSpace
from skmath.linear_algebra.graph_eigenvectors import Spectrum, top_eigenvectors
from skmath.linear_algebra.graphs import (
    LAPLACIANS,
    Laplacian,
    continued,
    degrees,
    random_walk_laplacian,
    symmetric_laplacian,
    unnormalized_laplacian,
)
from skmath.linear_algebra.krylov import (
    block_krylov,
    gram_times,
    largest_eigenpairs,
)
from skmath.linear_algebra.least_squares import (
    LeastSquares,
    from_factor,
    from_gram,
    within,
)
from skmath.linear_algebra.rotations import aligned, pivoted_rotation, pivoted_rows
from skmath.linear_algebra.spectral_filters import (
    filtered_inverse,
    tikhonov,
    truncation,
)

__all__ = [
    "EDGES",
    "LAPLACIANS",
    "FaceSpace",
    "Laplacian",
    "LeastSquares",
    "SingularValues",
    "Spectrum",
    "Triangle",
    "affine",
    "aligned",
    "block_krylov",
    "continued",
    "count_above_noise",
    "count_axes",
    "count_to_share",
    "degrees",
    "filtered_inverse",
    "fix_signs",
    "from_factor",
    "from_gram",
    "gram_times",
    "joined",
    "landmark_affinity",
    "largest_eigenpairs",
    "lengths",
    "locally_scaled",
    "mutual_edges",
    "pivoted_rotation",
    "pivoted_rows",
    "principal_axes",
    "project",
    "random_walk_laplacian",
    "shared_neighbors",
    "symmetric_laplacian",
    "symmetrized",
    "tikhonov",
    "top_eigenvectors",
    "triangular_factor",
    "truncation",
    "unnormalized_laplacian",
    "within",
]
