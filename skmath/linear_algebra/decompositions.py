"""Decompositions of A from sums over its rows: S, V and U'y without storing U.

With A = U S V' least squares only needs S, V and U'y of the m x n matrix A. All three
follow from the Gram matrix A'A = V S^2 V' with A'y = V S (U'y), or, if that squares too
large a condition number, from the triangle of A = Q R, whose SVD has the same S and V.

References
----------
.. [1] G. H. Golub and C. F. Van Loan, *Matrix Computations*, 4th edition, 2013,
   sections 5.3 and 8.6.
.. [2] J. Demmel, L. Grigori, M. Hoemmen and J. Langou, "Communication-optimal parallel
   and sequential QR and LU factorizations", SIAM J. Sci. Comput., 34(1), 2012, for the
   merging of triangles.
.. [3] L. Sirovich and M. Kirby, "Low-dimensional procedure for the characterization of
   human faces", J. Opt. Soc. Am. A, 4(3), 1987, for the axes of few rows.
.. [4] M. Gavish and D. L. Donoho, "The optimal hard threshold for singular values is
   4/sqrt(3)", IEEE Trans. Information Theory, 60(8), 2014, for their number.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from skmath import _arrays
from skmath.statistics.moments import as_columns
from skmath.statistics.selection import optimal_hard_threshold

__all__ = [
    "SingularValues",
    "Triangle",
    "count_above_noise",
    "count_axes",
    "count_to_share",
    "fix_signs",
    "lengths",
    "principal_axes",
    "project",
    "triangular_factor",
    "weighted_rows",
]

ROUNDING = 32
"""Eigenvalues up to this many eps of the largest one count as zero."""


class SingularValues(NamedTuple):
    """The parts of A = U diag(s) Vt, and of y, that least squares needs.

    Attributes
    ----------
    s : array of shape (r,)
        Singular values, largest first.
    Vt : array of shape (r, n_features)
        Right singular vectors, one per row, with the largest entry positive.
    Uty : array of shape (r, n_outputs)
        Coordinates of y in the left singular vectors.
    """

    s: Any
    Vt: Any
    Uty: Any


@dataclass(frozen=True)
class Triangle:
    """Triangle R of rows Z = Q R; adding two triangles factors the rows of both.

    Parameters
    ----------
    R : array of shape (min(n_rows, n_columns), n_columns)
    """

    R: Any

    def __add__(self, other: "Triangle") -> "Triangle":
        xp = _arrays.namespace(self.R)
        return Triangle(_arrays.triangle(xp.concat([self.R, other.R], axis=0)))


def triangular_factor(
    X: Any, y: Any, weight: Any, shift: Any, intercept: bool
) -> Triangle:
    """Return the `Triangle` of a block's columns [1, X, y], minus the shift.

    Parameters
    ----------
    X : array of shape (n_samples, n_features)
    y : array of shape (n_samples,) or (n_samples, n_outputs)
    weight : array of shape (n_samples,) or None
    shift : array of shape (n_features + n_outputs,)
        Subtracted from the columns of [X y] first (their means, for accuracy). It only
        changes the first row of R: the rest is that of the centred columns.
    intercept : bool
        False omits the column of ones; the shift must then be zero.

    Returns
    -------
    Triangle
    """
    Z = weighted_rows(X, y, weight, shift, intercept)
    return Triangle(_arrays.triangle(Z))


def weighted_rows(X: Any, y: Any, weight: Any, shift: Any, intercept: bool) -> Any:
    """Return diag(weight)^1/2 [1, [X y] - shift] of a block, in the widest float.

    The parameters are those of `triangular_factor`.

    Returns
    -------
    array of shape (n_samples, n_features + n_outputs), or one column more
    """
    xp = _arrays.namespace(X)
    parts = [_arrays.widen(X), _arrays.widen(as_columns(y, X))]
    Z = xp.concat(parts, axis=1) - _arrays.like(shift, X)
    if intercept:
        ones = xp.ones((Z.shape[0], 1), dtype=Z.dtype, device=_arrays.device(Z))
        Z = xp.concat([ones, Z], axis=1)
    root = None if weight is None else xp.sqrt(_arrays.widen(weight))
    return _arrays.weigh(Z, root)


def project(X: Any, centre: Any, axes: Any) -> Any:
    """Return the coordinates of rows along orthogonal axes, (X - centre) axes'.

    Parameters
    ----------
    X : array or CSR matrix of shape (n_samples, n_features)
        A sparse X is centred after the product.
    centre : array of shape (n_features,)
    axes : array of shape (k, n_features)

    Returns
    -------
    array of shape (n_samples, k)

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.linear_algebra import project
    >>> project(np.array([[3.0, 5.0]]), np.array([1.0, 1.0]), np.array([[0.6, 0.8]]))
    array([[4.4]])
    """
    if _arrays.is_array(X):
        return (X - centre) @ axes.T
    return X @ axes.T - axes @ centre


def fix_signs(Vt: Any) -> tuple[Any, Any]:
    """Return the rows of Vt with their largest entry positive, and the signs used.

    A singular vector is only determined up to its sign; this choice makes results
    reproducible across solvers and machines.

    Parameters
    ----------
    Vt : array of shape (r, n)

    Returns
    -------
    Vt : array of shape (r, n)
    sign : array of shape (r,)
        Entries are -1 or 1.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.linear_algebra import fix_signs
    >>> fix_signs(np.array([[0.6, -0.8]]))
    (array([[-0.6,  0.8]]), array([-1.]))
    """
    xp = _arrays.namespace(Vt)
    top, bottom = xp.max(Vt, axis=1), xp.min(Vt, axis=1)
    sign = xp.where(top >= -bottom, xp.ones_like(top), -xp.ones_like(top))
    return Vt * sign[:, None], sign


def lengths(A: np.ndarray) -> np.ndarray:
    """Return the length of each column, without overflow in the squares.

    Parameters
    ----------
    A : ndarray of shape (m, n)

    Returns
    -------
    ndarray of shape (n,)

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.linear_algebra import lengths
    >>> lengths(np.array([[3e-200, 3e200], [4e-200, 4e200]]))
    array([5.e-200, 5.e+200])
    """
    top = np.max(np.abs(A), axis=0, initial=0.0)
    return top * np.linalg.norm(A / np.where(top > 0, top, 1.0), axis=0)


def principal_axes(
    G: np.ndarray,
    n_components: Any,
    A: np.ndarray | None = None,
    eigenpairs: Callable[[Any], Any] = np.linalg.eigh,
    scatter_outside: float = 0.0,
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    r"""Compute the principal axes of centred rows A, and the rows' coordinates on them.

    The smaller of two problems is solved. The axes are the eigenvectors of the p x p
    matrix A'A. With fewer rows than columns the n x n matrix A A' is smaller and has
    the same nonzero eigenvalues: from :math:`A A^T u = \lambda u` follows :math:`A^T A
    (A^T u) = \lambda (A^T u)`, so that an axis is :math:`A^T u / \sqrt\lambda`
    (Sirovich and Kirby 1987), and the coordinates of the rows along it are
    :math:`\sqrt\lambda u`.

    Parameters
    ----------
    G : ndarray of shape (p, p) or (n, n)
        A'A; or A A', if A is given.
    n_components : int, float or "auto"
        How many axes to keep, as in `count_axes`; at most as many as have eigenvalues
        above rounding.
    A : ndarray of shape (n, p), default=None
        Centred rows, times the square roots of their weights.
    eigenpairs : callable, default=numpy.linalg.eigh
        Function of G that returns eigenvalues, smallest first, and vectors as columns.
    scatter_outside : float, default=0.0
        Sum of squares in directions that are not in the columns of A.

    Returns
    -------
    axes : ndarray of shape (M, p)
        Orthonormal rows; none if all rows of A are equal.
    squares : ndarray of shape (M,)
        Eigenvalues, largest first: the sums of squares along the axes.
    coordinates : ndarray of shape (n, M)
        Coordinates of the rows of A; None without A.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.linear_algebra import principal_axes
    >>> A = np.array([[3.0, 4.0], [-3.0, -4.0]])
    >>> axes, squares, coordinates = principal_axes(A @ A.T, 1, A)
    >>> axes, squares, coordinates
    (array([[0.6, 0.8]]), array([50.]), array([[ 5.],
           [-5.]]))
    """
    eigenvalues, vectors = eigenpairs(G)
    eigenvalues, vectors = eigenvalues[::-1], vectors[:, ::-1]
    eps = np.finfo(G.dtype if A is None else A.dtype).eps
    squares = eigenvalues[eigenvalues > max(ROUNDING * eps * eigenvalues[0], 0.0)]
    p = len(G) if A is None else A.shape[1]
    M = count_axes(n_components, squares, np.trace(G) + scatter_outside, p)
    squares, vectors = squares[:M], vectors[:, :M]
    if A is None:
        return fix_signs(vectors.T)[0], squares, None
    axes = (vectors.T / np.sqrt(squares)[:, None]).astype(A.dtype) @ A
    axes, sign = fix_signs(axes)
    return axes, squares, vectors * (np.sqrt(squares) * sign)


def count_axes(
    n_components: Any, squares: np.ndarray, scatter: float, p: int, n_cut: int = 0
) -> int:
    """Return how many of the principal axes to keep.

    Parameters
    ----------
    n_components : int, float or "auto"
        An int is their number; a float below 1 the fraction of the scatter that they
        explain; "auto" keeps all that are above the noise.
    squares : ndarray of shape (r,)
        Sums of squares along the axes, largest first.
    scatter : float
        Sum of squares in all directions.
    p : int
        Number of columns of the matrix.
    n_cut : int, default=0
        Number of further axes, for which only the total of their squares is known: the
        scatter minus the given squares.

    Returns
    -------
    int
        0 to r.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.linear_algebra import count_axes
    >>> squares = np.array([6.0, 3.0, 1.0])
    >>> count_axes(2, squares, 10.0, 5), count_axes(0.95, squares, 10.0, 5)
    (2, 3)
    """
    if n_components == "auto":
        cut_off = max(scatter - squares.sum(), 0.0)
        return count_above_noise(squares, p, cut_off, n_cut)
    if n_components < 1:
        return count_to_share(squares / scatter, n_components)
    return min(int(n_components), len(squares))


def count_to_share(shares: np.ndarray, wanted: float) -> int:
    """Return the fewest leading axes that explain a given fraction of the scatter.

    Parameters
    ----------
    shares : ndarray of shape (r,)
        Fraction explained by each axis, largest first.
    wanted : float
        Fraction to explain.

    Returns
    -------
    int
        1 to r.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.linear_algebra import count_to_share
    >>> count_to_share(np.array([0.6, 0.3, 0.1]), 0.85)
    2
    """
    return min(int(np.sum(np.cumsum(shares) < wanted)) + 1, len(shares))


def count_above_noise(
    squares: np.ndarray, p: int, cut_off: float = 0.0, n_cut: int = 0
) -> int:
    r"""Return how many axes exceed what noise alone would produce.

    See `skmath.statistics.optimal_hard_threshold`.

    Parameters
    ----------
    squares : ndarray of shape (r,)
        Nonzero squared singular values, largest first.
    p : int
        Number of columns of the matrix. The rank, r + n_cut, is used as its number of
        rows.
    cut_off : float, default=0.0
        Sum of the squared singular values that are not known; they are assumed equal.
    n_cut : int, default=0
        Number of these.

    Returns
    -------
    int
        1 to r; 0 if there are none.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.linear_algebra import count_above_noise
    >>> A = np.random.default_rng(0).normal(size=(50, 400))
    >>> A[:, :2] += 9 * np.random.default_rng(1).normal(size=(50, 2))
    >>> squares = np.linalg.svd(A, compute_uv=False) ** 2
    >>> count_above_noise(squares, 400)
    2
    >>> count_above_noise(squares[:5], 400, squares[5:].sum(), 45)
    2
    """
    if not len(squares):
        return 0
    n_cut = max(n_cut, 0)
    s = np.sqrt(np.append(squares, np.full(n_cut, cut_off / max(n_cut, 1))))
    threshold = optimal_hard_threshold(-np.sort(-s), len(s), p)
    return max(1, int(np.sum(np.sqrt(squares) > threshold)))
