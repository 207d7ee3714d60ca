r"""Brightness and contrast of images, taken out row by row.

Light falls on a face brighter or dimmer, and a camera answers with more or less
contrast: to first order an image x is seen as a x + b, with a > 0. Its standardised
form is the same for all a and b.

A sensor counts photons, whose noise grows as the square root of the signal; in square
roots of grey values noise is even (Anscombe 1948), and highlights count for less.

References
----------
.. [1] F. J. Anscombe, "The transformation of Poisson, binomial and negative-binomial
   data", Biometrika, 35(3-4), 1948.
"""

import numpy as np

__all__ = ["as_they_are", "standardized_roots", "standardized_rows"]

PIXELS = 3
"""An image of fewer is nothing but brightness and contrast, and is left as it is."""


def as_they_are(X):
    """Return X.

    Parameters
    ----------
    X : ndarray of shape (n_images, n_pixels)

    Returns
    -------
    ndarray of shape (n_images, n_pixels)
    """
    return X


def standardized_rows(X):
    """Return (x - mean) / standard deviation of each row.

    Parameters
    ----------
    X : ndarray of shape (n_images, n_pixels)
        An image of fewer than three pixels is returned as it is: brightness and
        contrast are all there is in it.

    Returns
    -------
    ndarray of shape (n_images, n_pixels)
        Rows of mean 0 and variance 1; zeros where a row is constant.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.eigenface_classifier.brightness import standardized_rows
    >>> standardized_rows(np.array([[1.0, 1, 4], [7, 7, 13], [5, 5, 5]])).round(3)
    array([[-0.707, -0.707,  1.414],
           [-0.707, -0.707,  1.414],
           [ 0.   ,  0.   ,  0.   ]])
    """
    if X.shape[1] < PIXELS:
        return X
    with np.errstate(over="ignore", invalid="ignore"):
        A = X - np.mean(X, axis=1, keepdims=True)
        lengths = np.einsum("ij,ij->i", A, A)
    if not np.isfinite(lengths).all():
        return standardized_rows(X / np.max(np.abs(X), axis=1, keepdims=True))
    deviation = np.sqrt(lengths / X.shape[1])
    # What is left of a constant row is the rounding of its mean.
    varies = deviation > 32 * np.finfo(X.dtype).eps * np.abs(X[:, 0])
    A *= np.where(varies, 1 / np.where(varies, deviation, 1), 0)[:, None]
    return A


def standardized_roots(X):
    """Return the standardised rows of the square roots of grey values.

    Parameters
    ----------
    X : ndarray of shape (n_images, n_pixels)
        Grey values; a negative one has minus the root of its size.

    Returns
    -------
    ndarray of shape (n_images, n_pixels)

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.eigenface_classifier.brightness import standardized_roots
    >>> standardized_roots(np.array([[1.0, 1, 16], [100, 100, 1600]])).round(3)
    array([[-0.707, -0.707,  1.414],
           [-0.707, -0.707,  1.414]])
    """
    if X.shape[1] < PIXELS:
        return X
    roots = np.abs(X)
    np.sqrt(roots, out=roots)
    return standardized_rows(np.copysign(roots, X, out=roots))
