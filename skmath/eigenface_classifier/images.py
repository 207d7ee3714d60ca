r"""Images as people have them become rows of grey values, one an image.

What comes may be rows already; arrays of shape (n, height, width), or with 1, 3 or 4
channels after these; a list of such images, of arrays or of Pillow's; or one image. A
colour becomes its luma, :math:`Y = 0.299 R + 0.587 G + 0.114 B` (ITU-R BT.601, as
Pillow and OpenCV do), and what is transparent is seen before white.

References
----------
.. [1] Recommendation ITU-R BT.601-7, "Studio encoding parameters of digital television
   for standard 4:3 and wide screen 16:9 aspect ratios", 2011, section 2.5.1.
"""

import sys

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
"""Weights of red, green and blue."""

CHANNELS = (1, 3, 4)
"""Grey; red, green and blue; and these with opacity."""

HOW_TO_SIZE = (
    "skmath.datasets.load_faces and read_face bring pictures to one shape as they read "
    "them."
)


def images_to_fit(estimator, X, y, sample_weight, *, reset=True, **checks):
    """Return images that a model learns from as Rows, and keep their shape.

    Parameters
    ----------
    estimator : EigenfaceClassifier
        Learns `image_shape_`, beside what scikit-learn keeps of X.
    X, y, sample_weight
        As `EigenfaceClassifier.fit` takes them.
    reset : bool, default=True
        False where the images must be of the size that the estimator knows.
    **checks : dict
        For `rows_to_fit`.

    Returns
    -------
    Rows
    """
    known = estimator.image_shape if reset else estimator.image_shape_
    known = None if known is None else tuple(np.asarray(known).tolist())
    X, shape = rows_of_images(X, known, None if reset else estimator.n_features_in_)
    rows = rows_to_fit(estimator, X, y, sample_weight, reset=reset, **checks)
    estimator.image_shape_ = shape
    return rows


def images_to_apply(estimator, X, method):
    """Return images that a fitted model is asked about as Rows.

    Parameters
    ----------
    estimator : EigenfaceClassifier
    X : array-like
        As `EigenfaceClassifier.predict` takes it.
    method : str
        For messages.

    Returns
    -------
    Rows
    """
    if not hasattr(estimator, "mean_face_"):
        check_is_fitted(estimator)
    p, shape = estimator.n_features_in_, estimator.image_shape_
    X, _ = rows_of_images(X, shape, p)
    size = getattr(X, "shape", ())
    if shape is None and len(size) == 2 and size[1] != p == size[0] * size[1]:
        raise ValueError(
            f"X has {size[1]} features, but {type(estimator).__name__} is expecting "
            f"{p} features as input. If X is one image of {_size(size)} pixels, pass "
            "X.reshape(1, -1); a model that is fitted on images of shape (n_images, "
            "height, width), or with image_shape, takes it as it is."
        )
    return rows_to_apply(
        estimator, X, fitted="mean_face_", method=method, keeps_bytes=True
    )


def rows_of_images(X, shape=None, n_pixels=None):
    """Return images as rows of grey values, and their height and width.

    Parameters
    ----------
    X : array-like of any of the forms that the module names
        What is none of them is returned as it is, for scikit-learn to check.
    shape : tuple of two ints, default=None
        Height and width that the images must have; None if these are not known.
    n_pixels : int, default=None
        Pixels of the images that a model was fitted on. X may then be one image too, of
        shape (height, width) if that is known, or (height, width, channels).

    Returns
    -------
    X : array-like of shape (n_images, n_pixels)
    shape : tuple of two ints or None
        As given, or as found in X.

    Raises
    ------
    ValueError
        If an image is missing, or of another size than the others or those before; the
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
    found = tuple(int(side) for side in X.shape[1:])
    _check_size(found, shape, n_pixels)
    return X.reshape((X.shape[0], found[0] * found[1])), found


def _is_one_image(X, ndim, shape, n_pixels):
    """Tell whether X is one image of a fitted model's size, and not several."""
    if not hasattr(X, "reshape"):  # a table
        return False
    if ndim == 2:
        return shape is not None and X.shape == shape and X.shape[1] != n_pixels
    if ndim != 3 or X.shape[2] not in CHANNELS:
        return False
    several = X.shape[1] * X.shape[2] == n_pixels
    fits = X.shape[:2] == shape if shape else X.shape[0] * X.shape[1] == n_pixels
    return fits and not several


def _check_channels(shape):
    """Raise a ValueError if the last axis is not that of colours."""
    if shape[3] in CHANNELS:
        return
    first = shape[1] in CHANNELS
    remedy = "Pass np.moveaxis(X, 1, -1)" if first else "Make them grey or RGB first"
    raise ValueError(
        f"X has shape {tuple(shape)}: images of four dimensions are (n_images, height, "
        f"width, channels), with 1, 3 (RGB) or 4 (RGBA) channels. {remedy}."
    )


def _check_size(found, shape, n_pixels):
    """Raise a ValueError if images are not of the size that a model knows."""
    if shape is not None and found != tuple(shape):
        turned = found == tuple(shape[::-1])
        remedy = "Turn them by X.transpose(0, 2, 1)." if turned else HOW_TO_SIZE
        raise ValueError(
            f"X holds images of {_size(found)} pixels (height x width), and those of "
            f"this model are {_size(shape)}. {remedy}"
        )
    if n_pixels is not None and found[0] * found[1] != n_pixels:
        raise ValueError(
            f"X holds images of {_size(found)} = {found[0] * found[1]} pixels, and "
            f"this model was fitted on images of {n_pixels}. {HOW_TO_SIZE}"
        )


def _size(shape):
    return " x ".join(map(str, shape))


def _one_array(X, shape):
    """Return an array of what is a list of images, or one of Pillow's."""
    if is_pillow(X):
        return grey_picture(X)[None]
    listed = isinstance(X, (list, tuple)) or (
        getattr(X, "ndim", None) == 1 and getattr(X.dtype, "kind", "") == "O"
    )
    if not listed or len(X) == 0 or hasattr(X, "__dask_graph__"):
        return X
    images = list(X)
    _check_none_is_missing(images)
    pictures = any(_is_picture(image) for image in images)
    if pictures:
        images = [_grey_image(image, i) for i, image in enumerate(images)]
    sizes = [_length(image) for image in images]
    if len(set(sizes)) > 1:
        _refuse_sizes(sizes, shape)
    return np.stack(images) if pictures else X


def _check_none_is_missing(images):
    """Raise a ValueError that names the first that is None, if others are images."""
    missing = [i for i, image in enumerate(images) if image is None]
    if missing and any(_is_picture(x) or _length(x) for x in images):
        raise ValueError(
            f"X[{missing[0]}] is None, as {len(missing)} of {len(images)} are: an "
            "image that could not be read. cv2.imread returns it for a file that is "
            "missing or no picture. Check its path, or leave it out of X and y."
        )


def _is_picture(image):
    """Tell whether an element of a list is an image of two or three dimensions."""
    if isinstance(image, (list, tuple)):
        return len(image) > 0 and isinstance(image[0], (list, tuple))
    return len(getattr(image, "shape", ())) >= 2 or is_pillow(image)


def _grey_image(image, i):
    """Return an image of a list, of shape (height, width), or (n_pixels,)."""
    image = grey_picture(image) if is_pillow(image) else np.asarray(image)
    if image.ndim > 3 or (image.ndim == 3 and image.shape[2] not in CHANNELS):
        raise ValueError(
            f"X[{i}] has shape {image.shape}: an image is (height, width), or (height, "
            "width, channels) with 1, 3 (RGB) or 4 (RGBA) channels."
        )
    return grey_values(image) if image.ndim == 3 else image


def _length(x):
    """Return the shape of a row, which is its length; () of what is a number."""
    if isinstance(x, (list, tuple)):
        return (len(x),)
    return getattr(x, "shape", ())


def _refuse_sizes(shapes, shape):
    """Raise a ValueError that names the first image of another size."""
    expected = shapes[0] if shape is None or len(shapes[0]) != 2 else tuple(shape)
    i = next(i for i, found in enumerate(shapes) if found != expected)
    first = "X[0]" if expected is shapes[0] else "this model's"
    raise ValueError(
        f"X[{i}] has {_size(shapes[i]) or 'no'} pixels, and {first} {_size(expected)}: "
        "all images must be of one size, (height, width), and people's faces at one "
        f"place in them. {HOW_TO_SIZE}"
    )


def grey_values(X):
    """Return the luma of images with channels, in their dtype.

    Parameters
    ----------
    X : ndarray or Dask array of shape (..., channels)
        With 1, 3 (RGB) or 4 (RGBA) channels. Whole numbers are 0 to the largest of
        their dtype; others 0 to 1 or, if an opacity is above 1, to 255.

    Returns
    -------
    ndarray or Dask array of shape (...)
        Rounded where X holds whole numbers.

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
    whole = X.dtype.kind in "iu"
    wide = np.float32 if X.dtype.itemsize <= 2 else np.float64
    wide = wide if X.dtype.kind in "iub" else X.dtype.type
    grey = X[..., 0] * wide(LUMA[0])
    for channel in (1, 2):
        grey += X[..., channel] * wide(LUMA[channel])
    if X.shape[-1] == 4:
        grey = _before_white(grey, X[..., 3], np.iinfo(X.dtype).max if whole else None)
    return np.rint(grey).astype(X.dtype) if whole else grey


def _before_white(grey, opacity, top):
    """Return grey values seen before white, by opacities of 0 to `top`."""
    if top is None:
        top = 255 if bool(opacity.max() > 1) else 1
    opacity = opacity / grey.dtype.type(top)
    return grey * opacity + (1 - opacity) * grey.dtype.type(top)


def is_pillow(image):
    """Tell whether something is an image of Pillow, without importing it.

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
    """Return the grey values of an image of Pillow, turned as its EXIF data say.

    Parameters
    ----------
    image : PIL.Image.Image
        Of any mode; of several frames the one that it is at.

    Returns
    -------
    ndarray of shape (height, width)
        uint8; of modes with more than 8 bits float32, brought to 0 to 255.
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
    """Return grey values of 16 or 32 bits from 0 to 255.

    Sixteen bits are 257 times eight. Values of other modes have no scale of their own:
    up to 1 they are taken for shares of white, and up to 255 as they are.
    """
    if mode.startswith("I;16") or (mode == "I" and grey.max(initial=0) > 255):
        return grey / np.float32(257)
    shares = mode == "F" and grey.max(initial=0) <= 1
    return grey * np.float32(255) if shares else grey
