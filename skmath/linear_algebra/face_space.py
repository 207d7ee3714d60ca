r"""Face space: a mean and the directions of largest variance around it, mergeable.

Two face spaces of different images are merged without the images: the scatter of all
images about their common mean is

.. math::
   S = S_1 + S_2 + \frac{n_1 n_2}{n_1 + n_2} \delta \delta^T ,\qquad
   \delta = m_2 - m_1 ,

and with :math:`S_i = E_i^T \Sigma_i^2 E_i` its eigenvectors are the right singular
vectors of the rows :math:`\Sigma_1 E_1`, :math:`\Sigma_2 E_2` and
:math:`\sqrt{n_1 n_2 / (n_1 + n_2)}\, \delta`. They are in the span of :math:`E_1` and
the components of the other rows orthogonal to it, so only a small matrix has to be
decomposed. This takes O(p (M_1 + M_2)^2) time for p pixels, for any number of images.

References
----------
.. [1] P. Hall, D. Marshall and R. Martin, "Merging and splitting eigenspace models",
   IEEE Trans. Pattern Analysis and Machine Intelligence, 22(9), 2000.
.. [2] D. A. Ross, J. Lim, R.-S. Lin and M.-H. Yang, "Incremental learning for robust
   visual tracking", Int. J. Computer Vision, 77, 2008, figure 1.
"""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from skmath.linear_algebra.decompositions import ROUNDING, fix_signs

__all__ = ["FaceSpace"]


@dataclass(frozen=True)
class FaceSpace:
    """Subspace of largest variance of some images; adding two face spaces merges them.

    Parameters
    ----------
    weight : float
        Number of images, or sum of their weights.
    mean : ndarray of shape (p,)
        Mean image.
    axes : ndarray of shape (M, p)
        Orthonormal rows.
    squares : ndarray of shape (M,)
        Sum of squared deviations from the mean along each axis, largest first.
    scatter : float
        Sum of squared deviations in all directions, including dropped ones.

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

    def first(self, M: int) -> Self:
        """Return the space of the M leading axes; scatter still includes the others."""
        return replace(self, axes=self.axes[:M], squares=self.squares[:M])

    def __add__(self, other: "FaceSpace") -> "FaceSpace":
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
        along, outside, rest = _split(rows, self.axes)
        # [S1 E1; rows] = R [E1; rest], and R is small.
        R = np.block(
            [
                [
                    np.diag(np.sqrt(self.squares)),
                    np.zeros((len(self.axes), len(rest))),
                ],
                [along, outside],
            ]
        )
        _, s, Vt = np.linalg.svd(R, full_matrices=False)
        r = int(np.sum(s * s > ROUNDING * np.finfo(s.dtype).eps * s[0] ** 2))
        axes = fix_signs(Vt[:r] @ np.vstack([self.axes, rest]))[0]
        return FaceSpace(
            weight=weight,
            mean=self.mean + share * delta,
            axes=axes,
            squares=s[:r] ** 2,
            scatter=self.scatter + other.scatter + between,
        )


def _split(
    rows: np.ndarray, axes: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return rows = along axes + outside rest, with orthonormal rows in rest."""
    along = rows @ axes.T
    left = rows - along @ axes
    again = left @ axes.T  # the rounding error of the first subtraction
    left -= again @ axes
    rest = np.linalg.qr(left.T)[0].T
    rest -= (rest @ axes.T) @ axes
    return along + again, left @ rest.T, rest
