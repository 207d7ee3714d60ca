r"""Conversion of images to rows of grey values, one row per image.

The input may be rows already; an array of shape (n, height, width), or with 1, 3 or 4
channels as last dimension; a list of such images, as arrays or Pillow images; or one
image. Colours are converted to luma, :math:`Y = 0.299 R + 0.587 G + 0.114 B` (ITU-R
BT.601, like Pillow and OpenCV), and transparent pixels get a white background.

References
----------
.. [1] Recommendation ITU-R BT.601-7, "Studio encoding parameters of digital television
   for standard 4:3 and wide screen 16:9 aspect ratios", 2011, section 2.5.1.
"""

import sys
from numbers import Integral
from pathlib import PurePath

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skmath._rows.checks import rows_to_apply, rows_to_fit

__all__ = [
    "grey_picture",
    "grey_values",
    "images_to_apply",
    "images_to_fit",
    "is_pillow",
    "rows_of_images",
]

LUMA = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in the luma."""

CHANNELS = (1, 3, 4)
"""Numbers of channels: grey, RGB and RGBA."""

HOW_TO_SIZE = (
    "Use skmath.datasets.load_faces or read_face, which resize pictures to the same "
    "shape."
)


def images_to_fit(estimator, X, y, sample_weight, *, reset=True, **checks):
    """Return images for a fit as Rows, and store their shape.

    Parameters
    ----------
    estimator : EigenfaceClassifier
        Gets `image_shape_` and scikit-learn's attributes of X.
    X, y, sample_weight
        See `EigenfaceClassifier.fit`.
    reset : bool, default=True
        False if the images must have the size of earlier calls.
    **checks : dict
        Arguments of `rows_to_fit`.

    Returns
    -------
    Rows
    """
    _check_not_one_image(X, y)
    known = estimator.image_shape if reset else estimator.image_shape_
    known = None if known is None else tuple(np.asarray(known).tolist())
    X, shape = rows_of_images(X, known, None if reset else estimator.n_features_in_)
    rows = rows_to_fit(estimator, X, y, sample_weight, reset=reset, **checks)
    estimator.image_shape_ = shape
    return rows


def _check_not_one_image(X, y):
    """Raise a ValueError if X is a single 2-D image with one label."""
    size: tuple[int, ...] = getattr(X, "shape", ())
    if len(size) != 2 or not isinstance(size[0], Integral):
        return  # the number of rows of a lazy table is not known yet
    if size[0] > 1 and np.shape(y) == (1,):
        raise ValueError(
            f"X has {size[0]} rows, and y one label. An image is a row, or one of a "
            "stack of shape (n_images, height, width): if X is one image, pass X[None]."
        )


def images_to_apply(estimator, X, method):
    """Return images for the methods of a fitted model as Rows.

    Parameters
    ----------
    estimator : EigenfaceClassifier
    X : array-like
        See `EigenfaceClassifier.predict`.
    method : str
        Name of the method, for messages.

    Returns
    -------
    Rows
    """
    if not hasattr(estimator, "mean_face_"):
        check_is_fitted(estimator)
    p, shape = estimator.n_features_in_, estimator.image_shape_
    X, _ = rows_of_images(X, shape, p)
    size: tuple[int, ...] = getattr(X, "shape", ())
    if shape is None and len(size) == 2 and size[1] != p == size[0] * size[1]:
        raise ValueError(
            f"X has {size[1]} features, but {type(estimator).__name__} is expecting "
            f"{p} features as input. If X is one image of {_size(size)} pixels, pass "
            "X.reshape(1, -1), or fit the model with images of shape (n_images, "
            "height, width) or with image_shape."
        )
    if len(size) == 2 and size[1] != p and hasattr(X, "reshape"):
        of_size = f", or one of {_size(shape)} pixels" if shape else ""
        raise ValueError(
            f"X has {size[1]} features, but {type(estimator).__name__} is expecting "
            f"{p} features as input. An image is a row of {p} numbers{of_size} in a "
            f"stack of shape (n_images, height, width). If X is one image of "
            f"{_size(size)} pixels, it is of another size: {HOW_TO_SIZE}"
        )
    return rows_to_apply(
        estimator, X, fitted="mean_face_", method=method, keeps_bytes=True
    )


def rows_of_images(X, shape=None, n_pixels=None):
    """Return images as rows of grey values, and their height and width.

    Parameters
    ----------
    X : array-like in any form described in the module docstring
        Other inputs are returned unchanged, for scikit-learn to check.
    shape : tuple of two ints, default=None
        Height and width that the images must have; None if they are unknown.
    n_pixels : int, default=None
        Number of pixels of the images in fit. Then X may also be a single image, of
        shape (height, width) if that is known, or (height, width, channels).

    Returns
    -------
    X : array-like of shape (n_images, n_pixels)
    shape : tuple of two ints or None
        The given shape, or that of X.

    Raises
    ------
    ValueError
        If an image is missing, or has another size than the others or those in fit; the
        message has its index.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.eigenface_classifier.images import rows_of_images
    >>> red = np.zeros((2, 4, 5, 3), np.uint8)
    >>> red[..., 0] = 100
    >>> rows, shape = rows_of_images(red)
    >>> rows.shape, rows.dtype, int(rows[0, 0]), shape
    ((2, 20), dtype('uint8'), 30, (4, 5))
    """
    X = _one_array(X, shape)
    ndim = len(getattr(X, "shape", ()))
    if n_pixels is not None and _is_one_image(X, ndim, shape, n_pixels):
        X, ndim = X[None], ndim + 1
    if ndim not in (3, 4):
        return X, shape
    if ndim == 4:
        _check_channels(X.shape)
        X = grey_values(X)
    size = tuple(int(side) for side in X.shape[1:])
    _check_size(size, shape, n_pixels)
    return X.reshape((X.shape[0], size[0] * size[1])), size


def _is_one_image(X, ndim, shape, n_pixels):
    """Return whether X is a single image of a fitted model's size."""
    if not hasattr(X, "reshape"):  # a table
        return False
    if ndim == 2:
        return shape is not None and X.shape == shape and X.shape[1] != n_pixels
    if ndim != 3 or X.shape[2] not in CHANNELS:
        return False
    is_batch = X.shape[1] * X.shape[2] == n_pixels
    fits = X.shape[:2] == shape if shape else X.shape[0] * X.shape[1] == n_pixels
    return fits and not is_batch


def _check_channels(shape):
    """Raise a ValueError if the last axis does not have 1, 3 or 4 channels."""
    if shape[3] in CHANNELS:
        return
    first = shape[1] in CHANNELS
    remedy = "Pass np.moveaxis(X, 1, -1)" if first else "Convert them to grey or RGB"
    raise ValueError(
        f"X has shape {tuple(shape)}, but four-dimensional X must have the shape "
        "(n_images, height, width, channels), with 1, 3 (RGB) or 4 (RGBA) channels. "
        f"{remedy}."
    )


def _check_size(size, shape, n_pixels):
    """Raise a ValueError if images do not have the size of those in fit."""
    if shape is not None and size != tuple(shape):
        is_transposed = size == tuple(shape[::-1])
        remedy = "Pass X.transpose(0, 2, 1)." if is_transposed else HOW_TO_SIZE
        raise ValueError(
            f"X has images of {_size(size)} pixels (height x width), but this model "
            f"expects {_size(shape)}. {remedy}"
        )
    if n_pixels is not None and size[0] * size[1] != n_pixels:
        raise ValueError(
            f"X has images of {_size(size)} = {size[0] * size[1]} pixels, but this "
            f"model was fitted on images of {n_pixels} pixels. {HOW_TO_SIZE}"
        )


def _size(shape):
    return " x ".join(map(str, shape))


def _one_array(X, shape):
    """Convert a list of images, or a Pillow image, to an array."""
    _check_no_paths(X)
    if is_pillow(X):
        return grey_picture(X)[None]
    is_list = isinstance(X, (list, tuple)) or (
        getattr(X, "ndim", None) == 1 and getattr(X.dtype, "kind", "") == "O"
    )
    if not is_list or len(X) == 0 or hasattr(X, "__dask_graph__"):
        return X
    images = list(X)
    _check_none_is_missing(images)
    pictures = any(_is_picture(image) for image in images)
    if pictures:
        images = [_grey_image(image, i) for i, image in enumerate(images)]
    sizes = [_length(image) for image in images]
    if len(set(sizes)) > 1:
        _raise_for_different_sizes(sizes, shape)
    return np.stack(images) if pictures else X


def _check_no_paths(X):
    """Raise a TypeError if X is the name of a file, or a list of these."""
    X = X.item() if getattr(X, "shape", None) == () else X
    first = X[0] if isinstance(X, (list, tuple)) and len(X) else X
    if isinstance(first, (str, PurePath)):
        raise TypeError(
            f"X holds names of files, such as {str(first)!r}, and not images. Read "
            "them first: skmath.datasets.read_face has the image of a file, load_faces "
            "those of a folder."
        )


def _check_none_is_missing(images):
    """Raise a ValueError that names the first image that is None."""
    missing = [i for i, image in enumerate(images) if image is None]
    if missing and any(_is_picture(x) or _length(x) for x in images):
        raise ValueError(
            f"X[{missing[0]}] is None ({len(missing)} of {len(images)} are): the image "
            "could not be read. cv2.imread returns None for files that are missing or "
            "not pictures. Check the path, or remove the image from X and y."
        )


def _is_picture(image):
    """Return whether an element of a list is an image of two or three dimensions."""
    if isinstance(image, (list, tuple)):
        return len(image) > 0 and isinstance(image[0], (list, tuple))
    return len(getattr(image, "shape", ())) >= 2 or is_pillow(image)


def _grey_image(image, i):
    """Return an image as an array of shape (height, width) or (n_pixels,)."""
    image = grey_picture(image) if is_pillow(image) else np.asarray(image)
    if image.ndim > 3 or (image.ndim == 3 and image.shape[2] not in CHANNELS):
        raise ValueError(
            f"X[{i}] has shape {image.shape}, but an image must have the shape "
            "(height, width), or (height, width, channels) with 1, 3 (RGB) or 4 (RGBA) "
            "channels."
        )
    return grey_values(image) if image.ndim == 3 else image


def _length(x):
    """Return the shape of an image or row; () for a number."""
    if isinstance(x, (list, tuple)):
        return (len(x),)
    return getattr(x, "shape", ())


def _raise_for_different_sizes(shapes, shape):
    """Raise a ValueError that names the first image of another size."""
    expected = shapes[0] if shape is None or len(shapes[0]) != 2 else tuple(shape)
    i = next(i for i, size in enumerate(shapes) if size != expected)
    first = "X[0]" if expected is shapes[0] else "this model's"
    raise ValueError(
        f"X[{i}] has {_size(shapes[i]) or 'no'} pixels, but {first} has "
        f"{_size(expected)}: all images must have the same (height, width), and the "
        f"faces the same position in them. {HOW_TO_SIZE}"
    )


def grey_values(X):
    """Return the luma of images with channels, with the same dtype.

    Parameters
    ----------
    X : ndarray or Dask array of shape (..., channels)
        Images with 1, 3 (RGB) or 4 (RGBA) channels. Integers range from 0 to the
        maximum of their dtype; floats from 0 to 1, or to 255 if an alpha is above 1.

    Returns
    -------
    ndarray or Dask array of shape (...)
        Rounded if X has integers.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.eigenface_classifier.images import grey_values
    >>> grey_values(np.array([[0, 0, 200], [200, 0, 0], [200, 200, 200]], np.uint8))
    array([ 23,  60, 200], dtype=uint8)
    >>> grey_values(np.array([[0.5, 0.5, 0.5, 1.0], [0.5, 0.5, 0.5, 0.0]]))
    array([0.5, 1. ])
    """
    if X.shape[-1] == 1:
        return X[..., 0]
    is_integer = X.dtype.kind in "iu"
    wide = np.float32 if X.dtype.itemsize <= 2 else np.float64
    wide = wide if X.dtype.kind in "iub" else X.dtype.type
    grey = X[..., 0] * wide(LUMA[0])
    for channel in (1, 2):
        grey += X[..., channel] * wide(LUMA[channel])
    if X.shape[-1] == 4:
        grey = _before_white(
            grey, X[..., 3], np.iinfo(X.dtype).max if is_integer else None
        )
    return np.rint(grey).astype(X.dtype) if is_integer else grey


def _before_white(grey, opacity, white):
    """Return grey values on a white background, for opacities of 0 to `white`."""
    if white is None:
        white = 255 if bool(opacity.max() > 1) else 1
    opacity = opacity / grey.dtype.type(white)
    return grey * opacity + (1 - opacity) * grey.dtype.type(white)


def is_pillow(image):
    """Return whether an object is a Pillow image, without importing Pillow.

    Parameters
    ----------
    image : object

    Returns
    -------
    bool
    """
    pillow = sys.modules.get("PIL.Image")
    return pillow is not None and isinstance(image, pillow.Image)


def grey_picture(image):
    """Return the grey values of a Pillow image, rotated according to its EXIF data.

    Parameters
    ----------
    image : PIL.Image.Image
        Image of any mode; the current frame if there are several.

    Returns
    -------
    ndarray of shape (height, width)
        uint8; for modes with more than 8 bits float32, scaled to 0 to 255.
    """
    from PIL import ImageOps

    image = ImageOps.exif_transpose(image)
    if image.mode[0] in "IF":
        return _of_deep_grey(np.asarray(image).astype(np.float32), image.mode)
    if image.mode == "1" or (image.mode == "L" and not image.has_transparency_data):
        return np.asarray(image.convert("L"))
    opaque = not image.has_transparency_data
    return grey_values(np.asarray(image.convert("RGB" if opaque else "RGBA")))


def _of_deep_grey(grey, mode):
    """Scale grey values of 16 or 32 bits to 0 to 255.

    16-bit values are divided by 257. Other modes have no fixed range: values up to 1
    are multiplied by 255, and values up to 255 are unchanged.
    """
    if mode.startswith("I;16") or (mode == "I" and grey.max(initial=0) > 255):
        return grey / np.float32(257)
    is_unit_range = mode == "F" and grey.max(initial=0) <= 1
    return grey * np.float32(255) if is_unit_range else grey
