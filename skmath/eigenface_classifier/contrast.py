"""Detection of images without contrast, which cannot show a face."""

import numpy as np
from sklearn.utils import gen_batches

from skmath._estimators.fitting import warn
from skmath.eigenface_classifier.preparation import PIXELS

__all__ = ["warn_of_blank", "without_contrast"]

SAMPLE_PIXELS = 64
"""Pixels, spread over the image, that are compared first: most images differ there."""

BLOCK_ROWS = 256
"""Images that are compared at once, which bounds the memory of the copies."""

ROUNDINGS = 64
"""Deviation from the first pixel, in units of its last place, that is rounding."""


def without_contrast(X):
    """Return which images have the same grey level in all pixels, up to rounding.

    Parameters
    ----------
    X : ndarray of shape (n_images, n_pixels)
        Images of fewer than three pixels always count as having contrast.

    Returns
    -------
    ndarray of bool of shape (n_images,)

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.eigenface_classifier.contrast import without_contrast
    >>> without_contrast(np.array([[0.1, 0.1, 0.1], [0, 0, 1], [0, 0, 0]])).tolist()
    [True, False, True]
    """
    n, p = X.shape
    if p < PIXELS:
        return np.zeros(n, dtype=bool)
    blocks = [X[rows] for rows in gen_batches(max(n, 1), BLOCK_ROWS)]
    return np.concatenate([_without_contrast(block) for block in blocks])


def _without_contrast(X):
    """Return the result for a block of images of three pixels or more."""
    p = X.shape[1]
    exact = X.dtype.kind in "biu"
    rounding = 0.0 if exact else ROUNDINGS * np.finfo(X.dtype).eps
    first = np.abs(X[:, :1])
    # If the root mean square is that small, no pixel deviates by more than this.
    tolerance = first * (rounding * np.sqrt(p))
    sample = X[:, :: -(-p // SAMPLE_PIXELS)]
    with np.errstate(over="ignore", invalid="ignore"):
        is_blank = (np.abs(sample - X[:, :1]) <= tolerance).all(axis=1)
        rows = np.flatnonzero(is_blank)
        if rows.size:
            scale = np.where(first[rows] > 0, first[rows], 1.0)
            deviations = (X[rows] - X[rows, :1]) / scale
            mean_square = np.mean(np.square(deviations, out=deviations), axis=1)
            limit = np.where(first[rows, 0] > 0, rounding, 0.0)
            is_blank[rows] = np.sqrt(mean_square) <= limit
    return is_blank


def warn_of_blank(blank):
    """Warn of images without contrast, by index, if others have contrast.

    Parameters
    ----------
    blank : ndarray of bool of shape (n_images,)
        True for images without contrast.
    """
    rows = np.flatnonzero(blank)
    if rows.size in (0, len(blank)):  # if all are blank, learning face space fails
        return
    named = ", ".join(map(str, rows[:10])) + (", ..." if rows.size > 10 else "")
    warn(
        f"{rows.size} of {len(blank)} images in X have no contrast (index {named}): "
        "all pixels of the image are equal, for example because a file could not be "
        "read or the camera was covered. They are enrolled, but nobody can be "
        "recognised by them; remove them from X and y."
    )
