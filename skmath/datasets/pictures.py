r"""Reading of one picture as grey values of a given shape, with the face aligned.

The picture is cut to a frame: the whole picture, the box that a detector found, or the
frame that two eyes determine. It is given by a map from points z of the frame, as
complex numbers, to points of the picture, :math:`z \mapsto a z + b`: a similarity, so
that faces keep their proportions. Boxes are enlarged about their centre to the
proportions of the shape; outside of the picture its border is repeated.

Pillow reads the files, and resizes them with a filter as wide as the reduction, so that
there is no aliasing.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from skmath.eigenface_classifier.images import grey_picture, is_pillow

__all__ = ["EYES", "Frame", "frame_of_picture", "opened", "read_face"]

EYES = ((0.3, 0.4), (0.7, 0.4))
"""Positions of aligned eyes, as fractions of the width from the left and of the height
from the top, as in the ORL faces."""

LEAST_SIDE = 16
"""Minimum side of a face in pixels for recognition."""


@dataclass(frozen=True)
class Frame:
    """Position of a face in a picture.

    Parameters
    ----------
    corner : complex
        Upper left corner of the frame, x + iy in pixels of the picture.
    right : complex
        Vector from there to the upper right corner; its length is the frame's width.
    """

    corner: complex
    right: complex


def read_face(
    picture: Any,
    shape: tuple[int, int] = (112, 92),
    *,
    eyes: Any = None,
    detect: Any = None,
) -> np.ndarray:
    """Read one picture of a face as grey values, like `load_faces` does for a folder.

    Parameters
    ----------
    picture : path, binary file, Pillow image or array
        A file in any format that Pillow reads; or an array of shape (height, width), or
        of shape (height, width, 3) or (height, width, 4), uint8, RGB (not OpenCV's BGR)
        or RGBA.
    shape : tuple of two ints, default=(112, 92)
        Height and width of the result; for a fitted model use its `image_shape_`.
    eyes : pair of points or callable, default=None
        Positions of the two eyes, each as (x, y) in pixels; or a callable, as in
        `load_faces`.
    detect : callable, default=None
        Face detector, as in `load_faces`.

    Returns
    -------
    ndarray of shape (height, width)
        float32, from 0 (black) to 255 (white).

    Raises
    ------
    ValueError
        If the picture cannot be read, is too small, has no contrast, or no face is
        found in it; the message says which.
    ImportError
        If Pillow is not installed.

    See Also
    --------
    load_faces : Reads all pictures of a folder.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.datasets import read_face
    >>> picture = np.tile(np.arange(200, dtype=np.uint8), (240, 1))
    >>> read_face(picture, shape=(28, 23)).shape
    (28, 23)
    """
    return face_of_picture(picture, checked_shape(shape), eyes, detect)


def checked_shape(shape):
    """Return height and width as ints.

    Parameters
    ----------
    shape : tuple of two ints

    Returns
    -------
    tuple of two ints

    Raises
    ------
    ValueError
        If it is not two positive integers.
    """
    sides = np.asarray(shape)
    if sides.shape != (2,) or sides.dtype.kind not in "iu" or (sides < 1).any():
        raise ValueError(
            f"shape must be two positive integers, height and width; got {shape!r}."
        )
    return tuple(sides.tolist())


def face_of_picture(picture, shape, eyes, detect):
    """Return the grey values of the face in a picture.

    Parameters
    ----------
    picture, eyes, detect
        See `read_face`.
    shape : tuple of two ints

    Returns
    -------
    ndarray of shape shape
    """
    image = opened(picture)
    grey = grey_picture(image).astype(np.float32)
    frame = frame_of_picture(image, grey.shape, shape, eyes, detect)
    wide, high = abs(frame.right), abs(frame.right) * shape[0] / shape[1]
    if min(wide, high) < min(LEAST_SIDE, *shape):
        raise ValueError(
            f"the face has {wide:.0f} x {high:.0f} pixels (width x height), which is "
            "too small for recognition"
        )
    face = cut_out(grey, frame, shape)
    # The filter leaves rounding errors in a constant picture.
    if np.ptp(face) <= 1e-4 * np.abs(face).max(initial=0):
        raise ValueError("it has no contrast: all its pixels are equal")
    return face


def opened(picture):
    """Return a picture as a Pillow image, upright and completely read.

    Parameters
    ----------
    picture : path, binary file, Pillow image or array

    Returns
    -------
    PIL.Image.Image
    """
    try:
        from PIL import Image, ImageOps, UnidentifiedImageError
    except ImportError as error:
        raise ImportError(
            'Reading pictures requires Pillow: pip install "skmath[images]"'
        ) from error
    if is_pillow(picture):
        return ImageOps.exif_transpose(picture)
    if hasattr(picture, "__array__"):
        return _of_array(np.asarray(picture), Image)
    try:
        with Image.open(picture) as image:
            image.load()
            return ImageOps.exif_transpose(image)
    except OSError as error:
        if isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError):
            raise
        known = not isinstance(error, UnidentifiedImageError)
        why = _first_line(error) if known else "Pillow does not support its format"
        raise ValueError(f"it cannot be read as a picture: {why}") from error
    except Exception as error:
        # Decoders raise errors of any type on damaged files, such as struct.error or
        # SyntaxError. The message names the type.
        raise ValueError(
            f"it cannot be read as a picture: {type(error).__name__}: "
            f"{_first_line(error)}"
        ) from error


def _first_line(error):
    return str(error).partition("\n")[0] or type(error).__name__


def _of_array(picture, Image):
    """Return the Pillow image of an array."""
    if picture.ndim not in (2, 3) or 0 in picture.shape:
        raise ValueError(
            f"an array of shape {picture.shape} is not a picture: its shape must be "
            "(height, width) or (height, width, channels)"
        )
    if picture.ndim == 3 and picture.shape[2] == 1:
        picture = picture[..., 0]
    if picture.ndim == 3 and (
        picture.dtype != np.uint8 or picture.shape[2] not in (3, 4)
    ):
        raise ValueError(
            f"an array of a colour picture must be uint8 with 3 or 4 channels (RGB, "
            f"RGBA); this is {picture.dtype} of shape {picture.shape}"
        )
    if picture.dtype != np.uint8:
        picture = picture.astype(np.float32)
    return Image.fromarray(np.ascontiguousarray(picture))


def frame_of_picture(image, size, shape, eyes=None, detect=None):
    """Return the frame of the face in a picture.

    Parameters
    ----------
    image : PIL.Image.Image
    size : tuple of two ints
        Height and width of the picture.
    shape : tuple of two ints
        Height and width to cut out.
    eyes, detect : object
        See `read_face`.

    Returns
    -------
    Frame
    """
    box = None
    if detect is not None:
        box, found = largest_face(detect(_colours(image)))
        eyes = found if eyes is None else eyes
    if callable(eyes):
        eyes = eyes(_colours(image))
    if eyes is not None:
        return frame_of_eyes(eyes, size, shape)
    if box is None:  # the largest upright window of the shape's proportions
        height, width = size
        w = min(width, height * shape[1] / shape[0])
        h = w * shape[0] / shape[1]
        return Frame(complex((width - w) / 2, (height - h) / 2), w)
    return frame_of_box(box, size, shape)


def _colours(image):
    """Return a picture for detectors, as uint8 of shape (height, width, 3)."""
    if image.mode[0] in "IF":
        grey = np.clip(np.rint(grey_picture(image)), 0, 255).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)
    return np.array(image.convert("RGB"))


def largest_face(found):
    """Return the box of the largest face that a detector found, and its eyes.

    Parameters
    ----------
    found : iterable or None
        Faces: four numbers, left, top, width and height; an object with methods of
        these names, like dlib's; a pair of a box and two eyes; or a row of at least
        eight numbers, box and eyes, like OpenCV's YuNet's.

    Returns
    -------
    box : tuple of four floats
    eyes : ndarray of shape (2, 2) or None

    Raises
    ------
    ValueError
        If there is no face, or a face is not in one of these forms.
    """
    faces = [] if found is None else [_box_and_eyes(face) for face in found]
    faces = [(box, eyes) for box, eyes in faces if box[2] > 0 and box[3] > 0]
    if not faces:
        raise ValueError("no face was found in it")
    return max(faces, key=lambda face: face[0][2] * face[0][3])


def _box_and_eyes(face):
    if hasattr(face, "left"):
        return tuple(float(getattr(face, side)()) for side in BOX), None
    if len(face) == 2:
        return _box_and_eyes(face[0])[0], _two_points(face[1])
    numbers = np.asarray(face, dtype=np.float64).ravel()
    if numbers.size != 4 and numbers.size < 8:
        raise ValueError(
            f"a face from detect has {numbers.size} numbers: it must be a box (left, "
            "top, width, height), or (box, eyes)"
        )
    eyes = None if numbers.size == 4 else numbers[4:8].reshape(2, 2)
    return tuple(numbers[:4].tolist()), eyes


BOX = ("left", "top", "width", "height")


def _two_points(eyes):
    points = np.asarray(eyes, dtype=np.float64)
    if points.shape != (2, 2) or not np.isfinite(points).all():
        raise ValueError(f"its eyes must be two points (x, y), got {eyes!r}")
    return points


def frame_of_box(box, size, shape):
    """Return the frame of a box, enlarged to the proportions of a shape.

    Parameters
    ----------
    box : tuple of four floats
        Left, top, width and height.
    size, shape : tuple of two ints
        Height and width of the picture, and to cut out.

    Returns
    -------
    Frame
    """
    left, top, w, h = box
    if left >= size[1] or top >= size[0] or left + w <= 0 or top + h <= 0:
        raise ValueError(
            f"the box {box} (left, top, width, height) is outside the picture, which "
            f"has {size[1]} x {size[0]} pixels"
        )
    middle = complex(left + w / 2, top + h / 2)
    wide = max(w, h * shape[1] / shape[0])
    return Frame(middle - complex(wide, wide * shape[0] / shape[1]) / 2, wide)


def frame_of_eyes(eyes, size, shape):
    r"""Return the frame in which two eyes are at `EYES`.

    With the eyes at e and f in the picture and at p and q in the frame,
    :math:`a = (f - e) / (q - p)` and :math:`b = e - a p`.

    Parameters
    ----------
    eyes : array-like of shape (2, 2)
        x and y of the eyes in pixels of the picture, in any order: the one on the left
        of the picture stays on the left.
    size, shape : tuple of two ints
        Height and width of the picture, and to cut out.

    Returns
    -------
    Frame

    Examples
    --------
    >>> from skmath.datasets.pictures import frame_of_eyes
    >>> frame = frame_of_eyes([(61, 40), (19, 40)], (100, 100), (100, 100))
    >>> abs(frame.right)
    105.0
    """
    points = _two_points(eyes)
    e, f = sorted((complex(*point) for point in points), key=lambda z: z.real)
    inside = (points >= 0).all() and (points <= size[::-1]).all()
    if e == f or not inside:
        raise ValueError(
            f"its eyes {points.tolist()} must be two different points in the picture, "
            f"which has {size[1]} x {size[0]} pixels (width x height)"
        )
    p, q = (complex(x * shape[1], y * shape[0]) for x, y in EYES)
    a = (f - e) / (q - p)
    return Frame(e - a * p, a * shape[1])


def cut_out(grey, frame, shape):
    """Return the part of a picture that is in a frame, resized to a shape.

    Parameters
    ----------
    grey : ndarray of float32 of shape (height, width)
    frame : Frame
    shape : tuple of two ints

    Returns
    -------
    ndarray of float32 of shape shape
    """
    from PIL import Image

    height, width = shape
    along = frame.right / width  # one pixel of the frame, in the picture
    corners = [frame.corner + along * z for z in (0, width, 1j * height)]
    corners.append(frame.corner + along * complex(width, height))
    x, y = np.array(corners).real, np.array(corners).imag
    grey, left, top = _with_border(grey, x, y)
    image = Image.fromarray(grey)
    corner = frame.corner - complex(left, top)
    bicubic = Image.Resampling.BICUBIC
    if along.imag == 0:
        right, bottom = (
            corner.real + abs(frame.right),
            corner.imag + abs(along) * height,
        )
        box = (
            *(max(corner.real, 0), max(corner.imag, 0)),
            *(min(right, image.width), min(bottom, image.height)),
        )
        image = image.resize((width, height), bicubic, box=box)
    else:
        # For a rotated frame the picture is reduced first.
        small = [max(1, round(side / max(1, abs(along)))) for side in image.size]
        sx, sy = np.divide(small, image.size)
        image = image.resize(small, bicubic)
        back = (
            *(along.real * sx, -along.imag * sx, corner.real * sx),
            *(along.imag * sy, along.real * sy, corner.imag * sy),
        )
        affine = Image.Transform.AFFINE
        image = image.transform((width, height), affine, back, resample=bicubic)
    return np.clip(np.asarray(image, dtype=np.float32), 0, max(255, grey.max()))


def _with_border(grey, x, y):
    """Return the window of a picture around some points, with its border repeated."""
    left, right = int(np.floor(x.min())) - 3, int(np.ceil(x.max())) + 3
    top, bottom = int(np.floor(y.min())) - 3, int(np.ceil(y.max())) + 3
    rows = np.clip(np.arange(top, bottom), 0, grey.shape[0] - 1)
    columns = np.clip(np.arange(left, right), 0, grey.shape[1] - 1)
    return np.ascontiguousarray(grey[np.ix_(rows, columns)]), left, top
