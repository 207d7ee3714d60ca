r"""Rotations that bring a spectral embedding's rows to the axes, an axis a cluster.

The eigenvectors of k clusters far apart are the clusters' indicators up to a rotation
R. Found, it says which cluster a row u is of: that of the largest entry of u R.

References
----------
.. [1] A. Damle, V. Minden and L. Ying, "Simple, direct and efficient multi-way spectral
   clustering", Information and Inference, 8(1), 2019.
.. [2] S. X. Yu and J. Shi, "Multiclass spectral clustering", ICCV 2003.
"""

import numpy as np
from scipy import linalg

__all__ = ["aligned", "pivoted_rotation", "pivoted_rows"]

DIGITS = 6
"""Decimals by which rows of length one are told apart."""


def pivoted_rotation(E):
    """Return the rotation nearest to k rows that QR with column pivoting chooses.

    Parameters
    ----------
    E : ndarray of shape (n, k)
        An embedding; n >= k.

    Returns
    -------
    ndarray of shape (k, k)
        Orthogonal.

    References
    ----------
    .. [1] Damle, Minden and Ying, 2019, algorithm 1.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.linear_algebra import pivoted_rotation
    >>> E = np.array([[1.0, 1.0], [1.0, -1.0], [1.0, -1.0]]) / np.sqrt(2)
    >>> (E @ pivoted_rotation(E)).argmax(axis=1)
    array([0, 1, 1])
    """
    return _nearest_rotation(E[pivoted_rows(E, E.shape[1])].T)


def pivoted_rows(E, k):
    """Return the indices of k rows, each the one that those before explain least.

    They are the pivots of QR with column pivoting of E'.

    Parameters
    ----------
    E : ndarray of shape (n, p)
    k : int
        At most n.

    Returns
    -------
    ndarray of shape (k,)

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.linear_algebra import pivoted_rows
    >>> pivoted_rows(np.array([[2.0, 0.0], [1.9, 0.1], [0.0, 1.0]]), 2).tolist()
    [0, 2]
    """
    # Rows that are equal up to rounding tie: the first of them is taken.
    rows = np.round(E, DIGITS).T
    return linalg.qr(rows, mode="r", pivoting=True, check_finite=False)[1][:k]


def aligned(E, R, weight=None, max_iter=100, tol=1e-12):
    """Return R turned until no row's largest entry of E R is another one's.

    In turn the rows' indicators G nearest to E R, and the rotation R for which E R is
    nearest to G.

    Parameters
    ----------
    E : ndarray of shape (n, k)
    R : ndarray of shape (k, k)
        Orthogonal, to begin with.
    weight : ndarray of shape (n,), default=None
    max_iter : int, default=100
    tol : float, default=1e-12
        It ends when the sum of what E R and G have in common grows by less, relatively.

    Returns
    -------
    ndarray of shape (k, k)
        Orthogonal.

    References
    ----------
    .. [1] Yu and Shi, 2003, steps 5 to 8 of the algorithm.
    """
    weighted = E if weight is None else E * weight[:, None]
    before = 0.0
    for _ in range(max_iter):
        labels = (E @ R).argmax(axis=1)
        U, s, Vt = linalg.svd(weighted.T @ np.eye(E.shape[1])[labels])
        if s.sum() - before <= tol * s.sum():
            break
        R, before = U @ Vt, s.sum()
    return R


def _nearest_rotation(M):
    """Return the orthogonal factor of M's polar decomposition."""
    U, _, Vt = linalg.svd(M)
    return U @ Vt
