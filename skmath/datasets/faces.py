"""Loading of faces from a folder of pictures with one folder per person."""

import inspect
import os
import unicodedata
from collections.abc import Mapping
from mimetypes import MimeTypes
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils import Bunch

from skmath._estimators.fitting import warn
from skmath.datasets.pictures import checked_shape, face_of_picture

__all__ = ["load_faces"]

OF_SYSTEMS = {"thumbs.db", "desktop.ini", "ehthumbs.db", "icon\r"}
"""Names of files that operating systems create in folders of pictures."""

NAMED = 10
"""Maximum number of failures that a message names; all are in ``failures``."""

TYPES = MimeTypes(filenames=())
TYPES.add_type("text/markdown", ".md")  # not known in Python 3.11


def load_faces(
    folder: Any,
    shape: tuple[int, int] = (112, 92),
    *,
    eyes: Any = None,
    detect: Any = None,
    on_error: str = "warn",
    return_X_y: bool = False,
) -> Any:
    r"""Load pictures of faces from a folder with one folder per person.

    Each picture is rotated according to its EXIF data, converted to grey by its luma,
    and resized with antialiasing to the same shape. By default the whole picture is
    used, cropped at two sides if its proportions differ. With `detect` the picture is
    cropped to the face that was found. With `eyes` it is aligned so that the eyes are
    at fixed positions, which improves recognition a lot.

    Parameters
    ----------
    folder : path, or iterable of paths
        ``folder/Ann/1.jpg`` is a picture of Ann, and so are those in subfolders of
        ``folder/Ann``. For a list of files, the person is the name of each file's
        folder. All formats that Pillow reads are supported; only the first frame is
        read.
    shape : tuple of two ints, default=(112, 92)
        Height and width of the images.
    eyes : mapping or callable, default=None
        Positions of the two eyes, each as (x, y) in pixels from the upper left corner
        of the upright picture. A mapping has keys that are the picture's path, its path
        below `folder` (``"Ann/1.jpg"``) or its name; a callable gets the picture, uint8
        of shape (height, width, 3), RGB. The picture is rotated, scaled and shifted so
        that the eyes are at (.3, .4) and (.7, .4) of width and height.
    detect : callable, default=None
        Face detector: it gets a picture, uint8 of shape (height, width, 3), RGB, and
        returns a list of faces: boxes (left, top, width, height) or dlib's rectangles;
        pairs (box, eyes); or rows with box, eyes and more, like YuNet's. The largest
        face is used, and aligned by its eyes if there are any.
    on_error : {"warn", "raise"}, default="warn"
        "warn" leaves out pictures that cannot be used and names them in one warning;
        "raise" raises an error for the first one. Hidden files, and files whose names
        show that they are not pictures (.txt, .mp4), are always ignored.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        ``images``, ndarray of shape (n, height, width), float32, from 0 (black) to 255
        (white); ``data``, the images as flat rows; ``target``, ndarray of int of shape
        (n,), indices into ``target_names``, the sorted names of the people, ndarray of
        str; ``filenames``, list of str; ``failures``, dict of what was left out with
        the reasons; ``DESCR``, this description.
    (data, target) : tuple if `return_X_y`
        Data and target of the Bunch.

    Raises
    ------
    FileNotFoundError, NotADirectoryError
        If the folder does not exist or is a file.
    ValueError
        If no picture can be used; with ``on_error="raise"``, if any picture cannot be
        used; or if shape is not two positive integers.
    ImportError
        If Pillow is not installed: ``pip install "skmath[images]"``.

    Warns
    -----
    UserWarning
        If pictures, or people without pictures, are left out.

    See Also
    --------
    read_face : Reads a single picture in the same way.
    skmath.EigenfaceClassifier : Recognises the people.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from PIL import Image
    >>> from skmath.datasets import load_faces
    >>> rng = np.random.default_rng(0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("Ann", "Bob"):
    ...         Path(folder, name).mkdir()
    ...         grey = rng.integers(0, 255, (60, 50), dtype=np.uint8)
    ...         Image.fromarray(grey).save(Path(folder, name, "1.png"))
    ...     faces = load_faces(folder, shape=(28, 23))
    >>> faces.images.shape, faces.target_names[faces.target].tolist()
    ((2, 28, 23), ['Ann', 'Bob'])
    """
    if on_error not in ("warn", "raise"):
        raise ValueError(f"on_error must be 'warn' or 'raise', got {on_error!r}.")
    shape = checked_shape(shape)
    faces, names, files, failures = [], [], [], {}
    for path, name, key in people_of(folder):
        try:
            if path is None:
                raise ValueError(key)
            faces.append(face_of_picture(path, shape, eyes_of(eyes, path, key), detect))
        except (OSError, ValueError) as error:
            failures[str(path or name)] = str(error)
            if on_error == "raise":
                raise ValueError(f"{path or name}: {error}.") from error
            continue
        names.append(name)
        files.append(str(path))
    _report_failures(failures, folder, len(files))
    target_names, target = np.unique(names, return_inverse=True)
    images = np.stack(faces)
    data = images.reshape(len(images), -1)
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        images=images,
        target=target,
        target_names=target_names,
        filenames=files,
        failures=failures,
        DESCR=inspect.getdoc(load_faces),
    )


def _report_failures(failures, folder, n_read):
    """Warn of pictures that were left out; raise a ValueError if none is left."""
    lines = [f"{path}: {why}" for path, why in list(failures.items())[:NAMED]]
    if len(failures) > NAMED:
        lines.append(f"... and {len(failures) - NAMED} more, listed in failures")
    listing = "\n  ".join(["", *lines])
    if n_read == 0:
        where = folder if isinstance(folder, str | os.PathLike) else "the list of files"
        raise ValueError(
            f"No picture in {where} can be used. It must have one folder per person "
            f"with that person's pictures, such as {Path('Ann', '1.jpg')}.{listing}"
        )
    if failures:
        warn(f"Some pictures or folders are left out ({len(failures)}):{listing}")


def people_of(folder):
    """Yield the pictures of a folder or a list, and the person on each.

    Parameters
    ----------
    folder : path, or iterable of paths

    Yields
    ------
    path : Path or None
        None for a file or folder that cannot be used.
    name : str
        The person's name, in composed characters (NFC); the file or folder if path is
        None.
    key : str
        The path below the folder; the reason if path is None.
    """
    if not isinstance(folder, str | os.PathLike):
        for path in map(Path, folder):
            yield path, composed(path.absolute().parent.name), path.name
        return
    folder = Path(folder).expanduser()
    if not folder.exists():
        raise FileNotFoundError(f"The folder {folder} does not exist.")
    if not folder.is_dir():
        raise NotADirectoryError(
            f"{folder} is not a folder: load_faces reads a folder with one folder per "
            "person. Use read_face for a single picture."
        )
    for entry in sorted(folder.iterdir()):
        if entry.is_dir() and not is_skipped(entry.name):
            pictures = pictures_in(entry)
            for path in pictures:
                key = path.relative_to(folder).as_posix()
                yield path, composed(entry.name), key
            if not pictures:
                yield None, f"{entry}{os.sep}", "the folder has no pictures"
        elif entry.is_file() and may_be_picture(entry.name):
            why = "it is not in a person's folder: move it to one, or use read_face"
            yield None, str(entry), why


def composed(name):
    """Return a name in composed characters (NFC)."""
    return unicodedata.normalize("NFC", name)


def pictures_in(folder):
    """Return the sorted files in a folder and its subfolders that may be pictures."""
    found = []
    for where, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not is_skipped(name)]
        found += [Path(where, name) for name in files if may_be_picture(name)]
    return sorted(found)


def is_skipped(name):
    """Return whether a file is hidden or was created by the operating system."""
    return name.startswith((".", "__MACOSX")) or name.lower() in OF_SYSTEMS


def may_be_picture(name):
    """Return whether a file may be a picture, judging by its name."""
    kind, compression = TYPES.guess_type(name)
    known = kind is not None and not kind.startswith("image/")
    return not (is_skipped(name) or known or compression)


def eyes_of(eyes, path, key):
    """Return the positions of a picture's eyes, or the callable that finds them.

    Parameters
    ----------
    eyes : mapping, callable or None
    path : Path
    key : str
        The path below the folder.

    Returns
    -------
    pair of points, callable or None
    """
    if not isinstance(eyes, Mapping):
        return eyes
    for name in (str(path), path, key, path.name):
        if name in eyes:
            return eyes[name]
    raise ValueError(f"eyes has no entry for {key!r}")
