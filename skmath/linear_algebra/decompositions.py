"""Decompositions of A from sums over its rows: A = U S V' without ever holding U.

Least squares needs of the m x n matrix A only S, V and U'y. All three follow from the
Gram matrix A'A = V S^2 V' with A'y = V S (U'y), or, when that squares too large a
condition number, from the triangle of A = Q R, whose SVD has the same S and V.

References
----------
.. [1] G. H. Golub and C. F. Van Loan, *Matrix Computations*, 4th edition, 2013,
   sections 5.3 and 8.6.
.. [2] J. Demmel, L. Grigori, M. Hoemmen and J. Langou, "Communication-optimal parallel
   and sequential QR and LU factorizations", SIAM J. Sci. Comput., 34(1), 2012, for the
   merging of triangles.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from skmath import _arrays
from skmath.statistics.moments import as_columns

__all__ = [
    "SingularValues",
    "Triangle",
    "fix_signs",
    "lengths",
    "project",
    "triangular_factor",
]


class SingularValues(NamedTuple):
    """What least squares needs of A = U diag(s) Vt and of y.

    Attributes
    ----------
    s : array of shape (r,)
        Singular values, largest first.
    Vt : array of shape (r, n_features)
        Right singular vectors, a row each; the largest entry of each is positive.
    Uty : array of shape (r, n_outputs)
        Coordinates of y in the left singular vectors.
    """

    s: Any
    Vt: Any
    Uty: Any


@dataclass(frozen=True)
class Triangle:
    """R of the rows seen so far, Z = Q R; adding two triangles factors both's rows.

    Parameters
    ----------
    R : array of shape (min(n_rows, n_columns), n_columns)
    """

    R: Any

    def __add__(self, other):
        xp = _arrays.namespace(self.R)
        return Triangle(_arrays.triangle(xp.concat([self.R, other.R], axis=0)))


def triangular_factor(X, y, weight, shift, intercept):
    """Return the `Triangle` of a block's columns [1, X, y], less the shift.

    Parameters
    ----------
    X : array of shape (n_samples, n_features)
    y : array of shape (n_samples,) or (n_samples, n_outputs)
    weight : array of shape (n_samples,) or None
    shift : array of shape (n_features + n_outputs,)
        Taken from the columns of [X y] first (their means, for accuracy). It changes
        the first row of R only: the rest is that of the centred columns.
    intercept : bool
        False leaves the column of ones out, and the shift must be zero.

    Returns
    -------
    Triangle
    """
    xp = _arrays.namespace(X)
    parts = [_arrays.widen(X), _arrays.widen(as_columns(y, X))]
    Z = xp.concat(parts, axis=1) - shift
    if intercept:
        ones = xp.ones((Z.shape[0], 1), dtype=Z.dtype, device=_arrays.device(Z))
        Z = xp.concat([ones, Z], axis=1)
    root = None if weight is None else xp.sqrt(_arrays.widen(weight))
    return Triangle(_arrays.triangle(_arrays.weigh(Z, root)))


def project(X, centre, axes):
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


def fix_signs(Vt):
    """Return the rows of Vt with their largest entry positive, and the signs used.

    A singular vector is determined up to its sign; this choice makes results repeat
    across solvers and machines.

    Parameters
    ----------
    Vt : array of shape (r, n)

    Returns
    -------
    Vt : array of shape (r, n)
    sign : array of shape (r,)
        Of -1 and 1.

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


def lengths(A):
    """Return the length of each column, squaring nothing that could overflow.

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
