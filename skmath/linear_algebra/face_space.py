r"""Face space: a mean and the directions of largest variance about it, mergeable.

Two face spaces, each of its own images, are merged without the images: the scatter of
all about their common mean is

.. math::
   S = S_1 + S_2 + \frac{n_1 n_2}{n_1 + n_2} \delta \delta^T ,\qquad
   \delta = m_2 - m_1 ,

and with :math:`S_i = E_i^T \Sigma_i^2 E_i` its eigenvectors are the right singular
vectors of the rows :math:`\Sigma_1 E_1`, :math:`\Sigma_2 E_2` and
:math:`\sqrt{n_1 n_2 / (n_1 + n_2)}\, \delta`. They lie in the span of :math:`E_1` and
of what the other rows have outside of it, so the decomposition is of a small matrix.
It costs O(p (M_1 + M_2)^2) for p pixels, whatever the number of images.

References
----------
.. [1] P. Hall, D. Marshall and R. Martin, "Merging and splitting eigenspace models",
   IEEE Trans. Pattern Analysis and Machine Intelligence, 22(9), 2000.
.. [2] D. A. Ross, J. Lim, R.-S. Lin and M.-H. Yang, "Incremental learning for robust
   visual tracking", Int. J. Computer Vision, 77, 2008, figure 1.
.. [3] M. Gavish and D. L. Donoho, "The optimal hard threshold for singular values is
   4/sqrt(3)", IEEE Trans. Information Theory, 60(8), 2014.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from skmath.linear_algebra.decompositions import fix_signs
from skmath.statistics.selection import optimal_hard_threshold

__all__ = ["FaceSpace", "count_above_noise", "count_to_share", "principal_space"]


@dataclass(frozen=True)
class FaceSpace:
    """The subspace of largest variance of some images; adding two merges them.

    Parameters
    ----------
    weight : float
        Number of images, or sum of their weights.
    mean : ndarray of shape (p,)
    axes : ndarray of shape (M, p)
        Orthonormal rows.
    squares : ndarray of shape (M,)
        Sum of squared deviations from the mean along each axis, largest first.
    scatter : float
        Sum of squared deviations in all directions, those left out too.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.linear_algebra import FaceSpace
    >>> left = FaceSpace(2.0, np.zeros(2), np.array([[1.0, 0]]), np.array([2.0]), 2.0)
    >>> right = FaceSpace(1.0, np.array([0.0, 3]), np.empty((0, 2)), np.empty(0), 0.0)
    >>> both = left + right
    >>> both.mean, both.squares, both.axes
    (array([0., 1.]), array([6., 2.]), array([[0., 1.],
           [1., 0.]]))
    """

    weight: float
    mean: Any
    axes: Any
    squares: Any
    scatter: float

    @property
    def shares(self):
        """Share of the whole scatter along each axis."""
        return self.squares / self.scatter

    def first(self, M):
        """Return the space of the M leading axes; what is left out stays counted."""
        return replace(self, axes=self.axes[:M], squares=self.squares[:M])

    def __add__(self, other):
        weight = self.weight + other.weight
        delta = other.mean - self.mean
        share = other.weight / weight
        between = self.weight * share * (delta @ delta)
        rows = np.vstack(
            [
                np.sqrt(other.squares)[:, None] * other.axes,
                np.sqrt(self.weight * share) * delta,
            ]
        )
        along, outside, beyond = _split(rows, self.axes)
        # [S1 E1; rows] = R [E1; beyond], and R is small.
        R = np.block(
            [
                [
                    np.diag(np.sqrt(self.squares)),
                    np.zeros((len(self.axes), len(beyond))),
                ],
                [along, outside],
            ]
        )
        _, s, Vt = np.linalg.svd(R, full_matrices=False)
        r = int(np.sum(s * s > 32 * np.finfo(s.dtype).eps * s[0] ** 2))
        axes = fix_signs(Vt[:r] @ np.vstack([self.axes, beyond]))[0]
        return FaceSpace(
            weight=weight,
            mean=self.mean + share * delta,
            axes=axes,
            squares=s[:r] ** 2,
            scatter=self.scatter + other.scatter + between,
        )


def _split(rows, axes):
    """Return rows = along axes + outside beyond, the rows of beyond orthonormal."""
    along = rows @ axes.T
    left = rows - along @ axes
    again = left @ axes.T  # what rounding left of the first subtraction
    left -= again @ axes
    beyond = np.linalg.qr(left.T)[0].T
    beyond -= (beyond @ axes.T) @ axes
    return along + again, left @ beyond.T, beyond


def principal_space(G, mean, weight, count, A=None, eigenpairs=np.linalg.eigh):
    r"""Return the `FaceSpace` of centred rows A, and where in it they are.

    It is solved from the smaller of two problems. The axes are the eigenvectors of the
    p x p matrix A'A. With fewer rows than columns
    the n x n matrix A A' is smaller and has the same eigenvalues: from
    :math:`A A^T u = \lambda u` follows :math:`A^T A (A^T u) = \lambda (A^T u)`, so
    that an axis is :math:`A^T u / \sqrt\lambda` (Sirovich and Kirby 1987), and the
    coordinates of the rows along it are :math:`\sqrt\lambda u`.

    Parameters
    ----------
    G : ndarray of shape (p, p) or (n, n)
        A'A; or A A', if A is given.
    mean : ndarray of shape (p,)
        Of the rows before they were centred.
    weight : float
        Their number, or the sum of their weights.
    count : callable
        Of the eigenvalues that are not rounding, largest first; how many to keep.
    A : ndarray of shape (n, p), default=None
        Centred rows, times the square roots of their weights.
    eigenpairs : callable, default=numpy.linalg.eigh
        Of G; returns eigenvalues, smallest first, and vectors as columns.

    Returns
    -------
    space : FaceSpace
        Without axes if all rows are equal.
    coordinates : ndarray of shape (n, M)
        Of the rows of A; None without A.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.linear_algebra import principal_space
    >>> A = np.array([[3.0, 4.0], [-3.0, -4.0]])
    >>> space, C = principal_space(A @ A.T, np.zeros(2), 2.0, len, A)
    >>> space.squares, space.axes, C
    (array([50.]), array([[0.6, 0.8]]), array([[ 5.],
           [-5.]]))
    """
    eigenvalues, vectors = eigenpairs(G)
    eigenvalues, vectors = eigenvalues[::-1], vectors[:, ::-1]
    eps = np.finfo(G.dtype if A is None else A.dtype).eps
    squares = eigenvalues[eigenvalues > max(32 * eps * eigenvalues[0], 0.0)]
    squares = squares[: count(squares)] if squares.size else squares
    vectors, coordinates = vectors[:, : len(squares)], None
    axes = vectors.T
    if A is not None:
        axes = (axes / np.sqrt(squares)[:, None]).astype(A.dtype) @ A
    if squares.size:
        axes, sign = fix_signs(axes)
    if squares.size and A is not None:
        coordinates = vectors * (np.sqrt(squares) * sign)
    space = FaceSpace(float(weight), mean, axes, squares, float(np.trace(G)))
    return space, coordinates


def count_to_share(shares, wanted):
    """Return the fewest leading axes that explain a share of the scatter.

    Parameters
    ----------
    shares : ndarray of shape (r,)
        Of each axis, largest first.
    wanted : float

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


def count_above_noise(squares, p, cut_off=0.0, n_cut=0):
    r"""Return how many axes stand above what noise alone would make.

    See `skmath.statistics.optimal_hard_threshold`.

    Parameters
    ----------
    squares : ndarray of shape (r,)
        Squared singular values that are not zero, largest first.
    p : int
        Columns of the matrix. The rank, r + n_cut, is taken for the number of rows.
    cut_off : float, default=0.0
        Sum of the squared singular values that are not known, taken for equal.
    n_cut : int, default=0
        How many these are.

    Returns
    -------
    int
        1 to r.

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
    n_cut = max(n_cut, 0)
    s = np.sqrt(np.append(squares, np.full(n_cut, cut_off / max(n_cut, 1))))
    threshold = optimal_hard_threshold(-np.sort(-s), len(s), p)
    return max(1, int(np.sum(np.sqrt(squares) > threshold)))
