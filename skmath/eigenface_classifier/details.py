r"""Fine details of images: where they are darker or lighter than their surroundings.

The grey values of smooth patches, ramps and blobs are close to those of some face,
because most of a face is smooth too. But they have no eyes, brows, nostrils and lips.
On a coarse grid of square cells, with Y an image and S the matrices of Gaussian means
about the cells' centres, with standard deviations of half a cell and of one and a half,

.. math:: F = S_{1/2} Y S_{1/2}'^T - S_{3/2} Y S_{3/2}'^T

is the difference of Gaussians of Marr and Hildreth (1980), which is non-zero where the
image is lighter or darker than its surroundings. Divided by its norm it describes where
details are, independent of the light; the logarithm of its norm, in units of the
image's contrast, describes their strength, which is very low for a ramp and too high
for noise.

References
----------
.. [1] D. Marr and E. Hildreth, "Theory of edge detection", Proc. Royal Society B, 207,
   1980.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from skmath.eigenface_classifier.preparation import PIXELS

__all__ = ["Details"]

CELLS = 300
"""Approximate number of cells of an image: ORL's eyes are three cells wide."""

FINE, COARSE = 0.5, 1.5
"""Standard deviations of the Gaussians, in cells."""


@dataclass(frozen=True)
class Details:
    """Differences of Gaussians of an image, cell by cell.

    Parameters
    ----------
    fine, coarse : tuple of two ndarrays of shape (n_down, height), (n_across, width)
        Matrices S for columns and rows; None if details are not used.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.eigenface_classifier.details import Details
    >>> details = Details.of((6, 5))
    >>> ramp, edge = np.ones((6, 5)).cumsum(axis=0), np.eye(6, 5)
    >>> D = details(np.stack([ramp.ravel(), edge.ravel()]))
    >>> D.shape, bool(D[0, -1] < D[1, -1])
    ((2, 305), True)
    """

    fine: Any = None
    coarse: Any = None

    @classmethod
    def of(cls, shape):
        """Return the details of images of a height and width.

        Parameters
        ----------
        shape : tuple of two ints

        Returns
        -------
        Details
        """
        if np.prod(shape) < PIXELS:
            return cls()
        cell = np.sqrt(np.prod(shape) / CELLS)
        counts = [max(1, round(side / cell)) for side in shape]
        fine, coarse = (
            tuple(
                gaussian_means(side, n, sigma)
                for side, n in zip(shape, counts, strict=True)
            )
            for sigma in (FINE, COARSE)
        )
        return cls(fine, coarse)

    def __call__(self, A):
        """Return the details of prepared images.

        Parameters
        ----------
        A : ndarray of shape (n_images, n_pixels)

        Returns
        -------
        ndarray of shape (n_images, n_cells + 1)
            F with norm one, flattened, and the logarithm of F's root mean square in
            units of the image's standard deviation. No columns if details are not used.
        """
        if self.fine is None:
            return A[:, :0]
        height, width = (S.shape[1] for S in self.fine)
        images = A.reshape(-1, height, width)
        F = (means(images, *self.fine) - means(images, *self.coarse)).reshape(
            len(A), -1
        )
        length = np.linalg.norm(F, axis=1)
        least = np.finfo(A.dtype).eps
        contrast = A.std(axis=1)
        contrast = np.where(contrast > 0, contrast, 1.0)
        strength = np.maximum(length / math.sqrt(F.shape[1]) / contrast, least)
        F /= np.where(length > 0, length, 1.0)[:, None]
        return np.column_stack([F, np.log(strength)])


def means(images, down, across):
    """Return the Gaussian means of each image around the cells, S Y S'.

    Parameters
    ----------
    images : ndarray of shape (n_images, height, width)
    down, across : ndarray of shape (n_down, height), (n_across, width)

    Returns
    -------
    ndarray of shape (n_images, n_down, n_across)
    """
    return down.astype(images.dtype) @ images @ across.astype(images.dtype).T


def gaussian_means(n_pixels, n_cells, sigma):
    """Return the matrix that computes the Gaussian mean of pixels around each cell.

    Parameters
    ----------
    n_pixels, n_cells : int
        Numbers along one side.
    sigma : float
        Standard deviation in cells.

    Returns
    -------
    ndarray of shape (n_cells, n_pixels)
        Rows sum to 1.

    Examples
    --------
    >>> from skmath.eigenface_classifier.details import gaussian_means
    >>> gaussian_means(4, 2, 0.5).round(2)
    array([[0.41, 0.41, 0.15, 0.02],
           [0.02, 0.15, 0.41, 0.41]])
    """
    cell = n_pixels / n_cells
    centres = (np.arange(n_cells) + 0.5) * cell - 0.5
    steps = np.subtract.outer(centres, np.arange(n_pixels)) / (sigma * cell)
    S = np.exp(-0.5 * steps * steps)
    return S / S.sum(axis=1, keepdims=True)
