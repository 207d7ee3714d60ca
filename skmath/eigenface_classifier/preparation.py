r"""Preparation of images: smoothing, and normalisation of brightness and contrast.

1. Square roots of the grey values, which reduce the influence of highlights.
2. Smoothing: an image Y becomes :math:`S_h Y S_w^T`, with S the matrix of Gaussian
   means along its columns and its rows. Eigenfaces compare images pixel by pixel, so
   finer details do not match if a face is slightly shifted.
3. Each image is centred and divided by its standard deviation.

References
----------
.. [1] M. Turk and A. Pentland, "Eigenfaces for recognition", J. Cognitive Neuroscience,
   3(1), 1991: images are low-pass filtered and reduced first.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from skmath._rows.rows import dtype_of_numbers

__all__ = [
    "BRIGHTNESS",
    "PIXELS",
    "Preparation",
    "as_floats",
    "gaussian_smoother",
    "signed_roots",
    "standardized_rows",
]

PIXELS = 3
"""Minimum number of pixels for normalisation: fewer only have brightness and
contrast."""

SMOOTHED = 1 / 56
"""Standard deviation of the smoothing as a fraction of the height, two pixels of 112:
chosen on halves of the training images of ORL faces."""


def as_floats(X):
    """Return X as floats.

    Parameters
    ----------
    X : ndarray of shape (n_images, n_pixels)

    Returns
    -------
    ndarray of shape (n_images, n_pixels)
        X itself, unless it is uint8.
    """
    return X.astype(dtype_of_numbers(X), copy=False)


def standardized_rows(X):
    """Return (x - mean) / standard deviation of each row.

    Parameters
    ----------
    X : ndarray of shape (n_images, n_pixels)
        Images of fewer than three pixels are returned unchanged, because they have only
        brightness and contrast.

    Returns
    -------
    ndarray of shape (n_images, n_pixels)
        Rows of mean 0 and variance 1; zeros for constant rows.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.eigenface_classifier.preparation import standardized_rows
    >>> standardized_rows(np.array([[1.0, 1, 4], [7, 7, 13], [5, 5, 5]])).round(3)
    array([[-0.707, -0.707,  1.414],
           [-0.707, -0.707,  1.414],
           [ 0.   ,  0.   ,  0.   ]])
    """
    X = as_floats(X)
    if X.shape[1] < PIXELS:
        return X
    A, lengths = _centred(X)
    first, info = np.abs(X[:, 0]), np.finfo(X.dtype)
    # Squares that overflow, or lose digits because they are tiny.
    rows = ~(np.isfinite(lengths) & (lengths > X.shape[1] * info.tiny / info.eps))
    if rows.any():
        largest = np.max(np.abs(X[rows]), axis=1, keepdims=True)
        scaled = X[rows] / np.where(largest > 0, largest, 1)
        (A[rows], lengths[rows]), first[rows] = _centred(scaled), np.abs(scaled[:, 0])
    deviation = np.sqrt(lengths / X.shape[1])
    # A constant row only has the rounding of its mean.
    varies = deviation > 32 * info.eps * first
    A *= np.where(varies, 1 / np.where(varies, deviation, 1), 0)[:, None]
    return A


def _centred(X):
    """Return rows minus their means, and the sums of their squares."""
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        A = X - np.mean(X, axis=1, keepdims=True)
        return A, np.einsum("ij,ij->i", A, A)


def signed_roots(X):
    """Return the square roots of grey values.

    Parameters
    ----------
    X : ndarray of shape (n_images, n_pixels)
        Negative values get minus the root of their absolute value.

    Returns
    -------
    ndarray of shape (n_images, n_pixels)

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.eigenface_classifier.preparation import signed_roots
    >>> signed_roots(np.array([[1.0, 4, -9]]))
    array([[ 1.,  2., -3.]])
    """
    X = as_floats(X)
    if X.shape[1] < PIXELS:
        return X
    roots = np.abs(X)
    np.sqrt(roots, out=roots)
    return np.copysign(roots, X, out=roots)


BRIGHTNESS = {
    None: (as_floats, as_floats),
    "standard": (as_floats, standardized_rows),
    "root": (signed_roots, standardized_rows),
}
"""Transformations of grey values before and after smoothing, by name."""


@dataclass(frozen=True)
class Preparation:
    """Preparation of images.

    Parameters
    ----------
    brightness : str or None
        A name in `BRIGHTNESS`.
    down, across : ndarray of shape (height, height), (width, width), or None
        Matrices S for columns and rows of pixels; None does not smooth.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.eigenface_classifier.preparation import Preparation
    >>> prepare = Preparation.of("root", None, None)
    >>> prepare(np.array([[1.0, 1, 16], [100, 100, 1600]])).round(3)
    array([[-0.707, -0.707,  1.414],
           [-0.707, -0.707,  1.414]])
    """

    brightness: Any
    down: Any = None
    across: Any = None

    @classmethod
    def of(cls, brightness, smoothing, shape):
        """Return the preparation for the parameters of the estimator.

        Parameters
        ----------
        brightness : str or None
        smoothing : float, "auto" or None
        shape : tuple of two ints or None
            Height and width of the images, if they are known.

        Raises
        ------
        ValueError
            If smoothing is a number and the shape of the images is unknown.
        """
        if smoothing is None or (shape is None and smoothing == "auto"):
            return cls(brightness)
        if shape is None:
            raise ValueError(
                f"smoothing={smoothing} requires the height and width of the images: "
                "set image_shape, or pass X of shape (n_images, height, width)."
            )
        sigma = SMOOTHED * shape[0] if smoothing == "auto" else smoothing
        return cls(brightness, *(gaussian_smoother(side, sigma) for side in shape))

    def __call__(self, X):
        """Return a block of prepared images.

        Parameters
        ----------
        X : ndarray of shape (n_images, n_pixels)

        Returns
        -------
        ndarray of shape (n_images, n_pixels)
        """
        before, after = BRIGHTNESS[self.brightness]
        X = before(X)
        if self.down is not None:
            images = X.reshape(-1, len(self.down), len(self.across))
            down, across = (S.astype(X.dtype) for S in (self.down, self.across))
            X = (down @ images @ across.T).reshape(X.shape)
        return after(X)


def gaussian_smoother(n, sigma):
    r"""Return the matrix S that computes Gaussian means of n values in a line.

    .. math:: S_{ij} = \frac{e^{-(i - j)^2 / 2 \sigma^2}}
              {\sum_k e^{-(i - k)^2 / 2 \sigma^2}}

    Parameters
    ----------
    n : int
    sigma : float
        Standard deviation in positions, positive.

    Returns
    -------
    ndarray of shape (n, n)
        Rows sum to 1, so that constant grey levels are unchanged.

    Examples
    --------
    >>> from skmath.eigenface_classifier.preparation import gaussian_smoother
    >>> gaussian_smoother(3, 0.5).round(2)
    array([[0.88, 0.12, 0.  ],
           [0.11, 0.79, 0.11],
           [0.  , 0.12, 0.88]])
    """
    steps = np.subtract.outer(np.arange(n), np.arange(n)) / sigma
    S = np.exp(-0.5 * steps * steps)
    return S / S.sum(axis=1, keepdims=True)
