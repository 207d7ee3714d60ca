"""A folder of pictures, a folder a person, becomes a data set of faces."""

import inspect
import os
import unicodedata
from collections.abc import Mapping
from mimetypes import MimeTypes
from pathlib import Path

import numpy as np
from sklearn.utils import Bunch

from skmath._estimators.fitting import warn
from skmath.datasets.pictures import checked_shape, face_of_picture

__all__ = ["load_faces"]

OF_SYSTEMS = {"thumbs.db", "desktop.ini", "ehthumbs.db", "icon\r"}
"""Files that systems leave in folders of pictures, beside hidden ones."""

NAMED = 10
"""Failures that a message names; all are in ``failures``."""

TYPES = MimeTypes(filenames=())
TYPES.add_type("text/markdown", ".md")  # Python 3.11 does not know it


def load_faces(
    folder,
    shape=(112, 92),
    *,
    eyes=None,
    detect=None,
    on_error="warn",
    return_X_y=False,
):
    r"""Load pictures of faces from a folder that has a folder a person.

    Each picture is turned as its EXIF data say, made grey by its luma, and resized with
    antialiasing to one shape: as it is, but for what its proportions have too much at
    two sides; or the part in which `detect` found a face; or so that the `eyes` are at
    fixed places, which makes faces far better known.

    Parameters
    ----------
    folder : path, or iterable of paths
        ``folder/Ann/1.jpg`` is a picture of Ann, as are those in folders below
        ``folder/Ann``. Of files in a list the folder of each is the person. Formats are
        those of Pillow; of several frames the first is taken.
    shape : tuple of two ints, default=(112, 92)
        Height and width of the images.
    eyes : mapping or callable, default=None
        Where two eyes are, each as (x, y) in pixels from the upper left corner of the
        upright picture. A mapping of the picture's path, the path below `folder`
        (``"Ann/1.jpg"``) or its name; or a callable of the picture, uint8 of shape
        (height, width, 3), RGB. The similarity that brings them to (.3, .4) and (.7,
        .4) of width and height turns, scales and shifts the picture.
    detect : callable, default=None
        Finds faces in a picture, uint8 of shape (height, width, 3), RGB, and returns a
        list of them: boxes (left, top, width, height), or dlib's rectangles; pairs
        (box, eyes); or rows of box, eyes and more, as YuNet's. The largest is taken,
        and aligned by its eyes where there are any.
    on_error : {"warn", "raise"}, default="warn"
        Whether pictures that cannot be used are left out, and named in one warning, or
        the first is an error. Hidden files, and those whose names are of no picture
        (.txt, .mp4), are passed over in either case.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        ``images``, ndarray of shape (n, height, width), float32, from 0, black, to 255,
        white; ``data``, the same as rows; ``target``, ndarray of int of shape (n,), the
        index of each one's name in ``target_names``, ndarray of str, sorted;
        ``filenames``, list of str; ``failures``, dict of what was left out, and why;
        ``DESCR``, this text.
    (data, target) : tuple if `return_X_y`
        The two of the same name.

    Raises
    ------
    FileNotFoundError, NotADirectoryError
        If the folder is none.
    ValueError
        If there is no picture that can be used, or with on_error="raise" one that
        cannot; shape is no height and width.
    ImportError
        If Pillow is not installed: ``pip install "skmath[images]"``.

    Warns
    -----
    UserWarning
        If pictures, or people without any, are left out.

    See Also
    --------
    read_face : One picture, with the same treatment.
    skmath.EigenfaceClassifier : Learns who is who of them.

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
    images, names, files, failures = [], [], [], {}
    for path, name, key in people_of(folder):
        try:
            if path is None:
                raise ValueError(key)
            images.append(
                face_of_picture(path, shape, eyes_of(eyes, path, key), detect)
            )
        except (OSError, ValueError) as error:
            failures[str(path or name)] = str(error)
            if on_error == "raise":
                raise ValueError(f"{path or name}: {error}.") from error
            continue
        names.append(name)
        files.append(str(path))
    _tell(failures, folder, len(files))
    target_names, target = np.unique(names, return_inverse=True)
    images = np.stack(images)
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


def _tell(failures, folder, n_read):
    """Warn of what was left out; raise a ValueError if nothing is left."""
    lines = [f"{path}: {why}" for path, why in list(failures.items())[:NAMED]]
    if len(failures) > NAMED:
        lines.append(f"... and {len(failures) - NAMED} more, see failures")
    told = "\n  ".join(["", *lines])
    if n_read == 0:
        where = folder if isinstance(folder, str | os.PathLike) else "the list of files"
        raise ValueError(
            f"No picture in {where} can be used. It must hold a folder a person, with "
            f"that person's pictures, as {Path('Ann', '1.jpg')}.{told}"
        )
    if failures:
        warn(f"{len(failures)} of what was to be read is left out:{told}")


def people_of(folder):
    """Yield the pictures of a folder or a list, and who is on each.

    Parameters
    ----------
    folder : path, or iterable of paths

    Yields
    ------
    path : Path or None
        None where there is no picture that can be a person's.
    name : str
        The person's, in composed characters (NFC); of no picture, what is wrong.
    key : str
        The path below the folder; of no picture, why.
    """
    if not isinstance(folder, str | os.PathLike):
        for path in map(Path, folder):
            yield path, composed(path.absolute().parent.name), path.name
        return
    folder = Path(folder).expanduser()
    if not folder.exists():
        raise FileNotFoundError(f"There is no folder {folder}.")
    if not folder.is_dir():
        raise NotADirectoryError(
            f"{folder} is no folder. read_face reads one picture; load_faces reads a "
            "folder that has a folder a person."
        )
    for entry in sorted(folder.iterdir()):
        if entry.is_dir() and not is_passed_over(entry.name):
            pictures = pictures_below(entry)
            for path in pictures:
                key = path.relative_to(folder).as_posix()
                yield path, composed(entry.name), key
            if not pictures:
                yield None, f"{entry}{os.sep}", "there is no picture of this person"
        elif entry.is_file() and may_be_picture(entry.name):
            why = "it is in no person's folder; make one, or use read_face for it"
            yield None, str(entry), why


def composed(name):
    """Return a name in composed characters, as it is typed."""
    return unicodedata.normalize("NFC", name)


def pictures_below(folder):
    """Return what may be pictures in a folder and those below it, sorted."""
    found = []
    for where, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not is_passed_over(name)]
        found += [Path(where, name) for name in files if may_be_picture(name)]
    return sorted(found)


def is_passed_over(name):
    """Tell whether a name is of a hidden file, or of one that a system made."""
    return name.startswith((".", "__MACOSX")) or name.lower() in OF_SYSTEMS


def may_be_picture(name):
    """Tell whether a file may be a picture: unless its name says what else it is."""
    kind, compression = TYPES.guess_type(name)
    known = kind is not None and not kind.startswith("image/")
    return not (is_passed_over(name) or known or compression)


def eyes_of(eyes, path, key):
    """Return where a picture's eyes are, or what finds them.

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
    raise ValueError(f"eyes has no entry {key!r} for it")
