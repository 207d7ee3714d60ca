r"""Computation of face space from images: preparation, centring, decomposition.

*Brightness and contrast.* Depending on light and camera, an image x is recorded to
first order as a x + b, with a > 0. Its standardised form is the same for all a and b.
The noise of a sensor, which counts photons, grows as the square root of the signal; in
square roots of grey values its variance is constant (Anscombe 1948), and highlights
have less influence.

*Eigenfaces* are the principal axes of the prepared images about the mean face. They are
computed from sums over the rows: A'A of p x p, or A A' of n x n if there are fewer
images than pixels.

References
----------
.. [1] F. J. Anscombe, "The transformation of Poisson, binomial and negative-binomial
   data", Biometrika, 35(3-4), 1948.
"""

from functools import partial
from numbers import Integral

import numpy as np
from sklearn.utils import check_random_state, gen_batches

from skmath._rows.checks import check_squares
from skmath._rows.rows import Rows, dtype_of_numbers, is_dask
from skmath.eigenface_classifier.contrast import warn_of_blank, without_contrast
from skmath.eigenface_classifier.details import Details
from skmath.eigenface_classifier.gram import (
    gram_of_chunks,
    tall_gram,
    tall_gram_in_single,
    wide_gram,
)
from skmath.linear_algebra import FaceSpace, largest_eigenpairs, principal_axes
from skmath.linear_algebra.decompositions import fix_signs

__all__ = [
    "check_image_shape",
    "collected",
    "fingerprints",
    "learn_face_space",
    "mirrored",
    "project_images",
    "squares_outside",
]

NO_DETAILS = Details()

FINGERPRINT_PIXELS = 256
"""Number of pixels, spread over the image, for a fingerprint: different images differ
in many pixels, and using all would be another pass over X."""

FINGERPRINT_ROWS = 1024
"""Rows per block for fingerprints."""

KRYLOV_SIDE = 500
"""Rows of a Gram matrix from which iteration is faster than all eigenvectors."""

OVERSAMPLING = 10
"""Vectors in a block of the iteration, in addition to an eighth of those requested.

Larger blocks would converge in fewer products, but each product costs more.
"""

SINGLE_SIDE = 1500
"""Maximum number of pixels for products in single precision: with more, it would cost
too much to repeat them in double precision if the accuracy is not enough."""

SINGLE_SHARE, SINGLE_TOL = 0.003, 1e-5
"""Minimum ratio of the variances along the last and the first axis for products in
single precision, and the tolerance of the iteration then."""


def check_image_shape(shape, n_features):
    """Raise a ValueError if image_shape does not match the number of pixels.

    Parameters
    ----------
    shape : tuple of two ints or None
        None is an error, because `mirror` requires it.
    n_features : int
    """
    if shape is None:
        raise ValueError(
            "mirror=True requires image_shape, the height and width of the images."
        )
    sides = np.asarray(shape)
    if sides.shape != (2,) or sides.dtype.kind not in "iu" or (sides < 1).any():
        raise ValueError(
            "image_shape must be two positive integers, height and width; got "
            f"{shape!r}."
        )
    if int(np.prod(sides)) != n_features:
        raise ValueError(
            f"image_shape={shape} means {int(np.prod(sides))} pixels, but the rows of "
            f"X have {n_features}."
        )


def collected(rows, options):
    """Return the images with positive weight, with mirrored copies if requested.

    Parameters
    ----------
    rows : Rows
        Rows with class codes for y.
    options : Options

    Returns
    -------
    rows : Rows
        Images with positive weight; for a Dask array all images.
    codes, weight, image, copy, details : ndarray of shape (n,) or (n, n_details)
        See `Faces`; of the images with positive weight.
    """
    if is_dask(rows.X):
        return rows, *_collected_chunks(rows, options)
    X, codes, weight = rows.X, rows.y, rows.weight
    blank = without_contrast(X)
    warn_of_blank(blank if weight is None else blank & (weight > 0))
    if weight is not None and not (weight > 0).all():
        X, codes, weight = X[weight > 0], codes[weight > 0], weight[weight > 0]
    image = copy = fingerprints(X)
    if options.mirror:
        X = np.concatenate([X, mirrored(X, options.image_shape)])
        codes, image, copy = np.tile(codes, 2), np.tile(image, 2), fingerprints(X)
        weight = None if weight is None else np.tile(weight, 2)
    ones = np.ones(len(X)) if weight is None else weight.astype(np.float64)
    rows = Rows(X, codes, weight, rows.progress)
    details = rows.map(_details_of, options.prepare, options.details)
    return rows, codes, ones, image, copy, details


def _collected_chunks(rows, options):
    """Return the data of `Faces` for the images of a Dask array, which stays lazy."""
    if options.mirror:
        raise TypeError(
            "mirror=True is not supported for Dask arrays: pass X as a NumPy array."
        )
    summaries = rows.map(_summaries_of_block, options.prepare, options.details)
    codes, summaries = rows.y.compute(), rows.computed(summaries)
    weight, image = np.ones(len(codes)), summaries[:, 0]
    if rows.weight is not None:
        weight = rows.weight.compute().astype(np.float64)
    has_weight = weight > 0
    warn_of_blank(has_weight & (summaries[:, 1] > 0))
    image, details = image[has_weight], summaries[has_weight, 2:]
    return codes[has_weight], weight[has_weight], image, image, details


def _summaries_of_block(X, prepare, details):
    """Return fingerprints, masks of blank images and details, in a single pass."""
    D = _details_of(X, prepare, details)
    return np.column_stack([fingerprints(X), without_contrast(X), D])


def _details_of(X, prepare, details):
    """Return the details of unprepared images."""
    return details(X if details.fine is None else prepare(X))


def mirrored(X, shape):
    """Return images with left and right exchanged.

    Parameters
    ----------
    X : ndarray of shape (n, height * width)
    shape : tuple of two ints

    Returns
    -------
    ndarray of shape (n, height * width)
    """
    return X.reshape(-1, *shape)[:, :, ::-1].reshape(X.shape)


def fingerprints(X):
    """Return numbers that are equal for equal rows, and practically only for them.

    Parameters
    ----------
    X : ndarray of shape (n, p)
        At most FINGERPRINT_PIXELS of the columns are used.

    Returns
    -------
    ndarray of shape (n,)

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.eigenface_classifier.face_space import fingerprints
    >>> key = fingerprints(np.array([[2.0, 1.0], [1.0, 2.0], [2.0, 1.0]]))
    >>> bool(key[0] == key[2] != key[1])
    True
    """
    pixels = X[:, :: -(-X.shape[1] // FINGERPRINT_PIXELS)]
    factors = np.random.default_rng(0).random(pixels.shape[1])
    blocks = gen_batches(max(len(X), 1), FINGERPRINT_ROWS)
    with np.errstate(over="ignore"):
        sums = [np.sum(pixels[rows] * factors, axis=1) for rows in blocks]
    return np.concatenate(sums)


def learn_face_space(rows, n_components, options):
    """Return the face space of images, and their positions relative to it.

    Parameters
    ----------
    rows : Rows
        Images with their weights.
    n_components : int, float or "auto"
        How many eigenfaces to keep, as `count_axes` takes it.
    options : Options

    Returns
    -------
    space : FaceSpace
    C : ndarray of shape (n, M)
        Coordinates along the eigenfaces, for images with positive weight.
    outside : ndarray of shape (n,)
        Their squared distances from the eigenfaces' span.
    """
    prepare, dtype = options.prepare, dtype_of_numbers(rows.X)
    if is_dask(rows.X):
        total, mean, G, A = gram_of_chunks(rows, prepare)
    elif rows.X.shape[0] >= rows.X.shape[1]:
        result = None
        narrow = rows.n_features <= SINGLE_SIDE
        if narrow and dtype == np.float64 and iterates(options, rows.n_features):
            result = leading_face_space(rows, options)
        if result is not None:
            return result
        total, mean, G = tall_gram(rows, prepare)
        A = None
    else:
        total, mean, G, A = wide_gram(rows, prepare)
    check_squares(G)
    eigenpairs = eigensolver(options, len(G))
    axes, squares, C = principal_axes(G, n_components, A, eigenpairs)
    space = FaceSpace(float(total), mean, axes, squares, float(np.trace(G)))
    if C is not None and not is_dask(rows.X):
        # The eigenvectors of A A' are the coordinates.
        lengths = np.diagonal(G)
        if rows.weight is not None:
            C, lengths = C / np.sqrt(rows.weight)[:, None], lengths / rows.weight
        outside = squares_outside(lengths, C, dtype)
        return space, C.astype(dtype), outside.astype(dtype)
    columns = rows.map(project_images, prepare, mean.astype(dtype), axes.astype(dtype))
    if is_dask(rows.X):
        columns = rows.computed(columns)
        if rows.weight is not None:
            columns = columns[rows.weight.compute() > 0]
    return space, columns[:, :-1], columns[:, -1]


def eigensolver(options, side):
    """Return the function that computes the eigenvectors of a Gram matrix.

    Parameters
    ----------
    options : Options
    side : int
        Rows of the matrix.

    Returns
    -------
    callable
        Takes the matrix; returns eigenvalues, smallest first, and vectors as columns.
    """
    if not iterates(options, side):
        return np.linalg.eigh
    M = options.n_components
    return partial(largest_eigenpairs, k=M, start=_start(options, side))


def iterates(options, side):
    """Return whether only the leading eigenvectors of a Gram matrix are computed.

    Parameters
    ----------
    options : Options
    side : int
        Rows of the matrix.

    Returns
    -------
    bool
    """
    solver, M = options.solver, options.n_components
    is_count = isinstance(M, Integral)
    if solver == "krylov" and not is_count:
        raise ValueError(
            "solver='krylov' requires an integer n_components, the number of "
            f"eigenfaces to compute; got {M!r}."
        )
    # The blocks of the iteration together have up to 2 M columns; unless the side is
    # several times larger, they would span the whole space.
    few = is_count and side >= 4 * (M + OVERSAMPLING)
    return few and solver != "gram" and (solver == "krylov" or side >= KRYLOV_SIDE)


def _start(options, side):
    """Return the random block at which the iteration starts."""
    block = options.n_components // 8 + OVERSAMPLING
    return check_random_state(options.random_state).normal(size=(side, block))


def leading_face_space(rows, options):
    r"""Return the result of `learn_face_space` with products in single precision.

    A few more directions than needed are computed from A'A in single precision. The
    coordinates C of the images along them, which are needed anyway, and the
    eigenvectors of C'C, the leading axes within these directions, are computed in
    double precision. The error
    from rounding is of the order of :math:`2^{-24} \lambda_1 / (\lambda_M -
    \lambda_{k+1})`, and changes variances by its square.

    Parameters
    ----------
    rows : Rows
        More images than pixels.
    options : Options
        Options with an int `n_components`.

    Returns
    -------
    tuple or None
        None if the variance of the last axis is not far above the rounding of the
        first.
    """
    prepare, M = options.prepare, options.n_components
    total, mean, G = tall_gram_in_single(rows, prepare)
    if not np.isfinite(G).all():
        return None
    start = _start(options, len(G))
    squares, V = largest_eigenpairs(G, M, start, SINGLE_TOL, n_more=OVERSAMPLING)
    if not squares[-M] > SINGLE_SHARE * squares[-1]:
        return None
    columns = rows.map(project_images, prepare, mean, V.T)
    C, outside = np.ascontiguousarray(columns[:, :-1]), columns[:, -1]
    weighted, scatter = C, outside.sum()
    if rows.weight is not None:
        weighted, scatter = C * rows.weight[:, None], rows.weight @ outside
    squares, Q = np.linalg.eigh(weighted.T @ C)
    scatter += squares.sum()
    squares, Q = squares[::-1], Q[:, ::-1]
    axes, sign = fix_signs((V @ Q[:, :M]).T)
    rest = C @ Q[:, M:]
    outside = outside + np.einsum("ij,ij->i", rest, rest)
    space = FaceSpace(float(total), mean, axes, squares[:M], float(scatter))
    return space, C @ (Q[:, :M] * sign), outside


def project_images(X, prepare, mean, axes, details=NO_DETAILS):
    """Return coordinates, squared distances from the eigenfaces' span, and details.

    Parameters
    ----------
    X : ndarray of shape (n, p)
        Unprepared images.
    prepare : callable
        Normalises brightness and contrast.
    mean : ndarray of shape (p,)
    axes : ndarray of shape (M, p)
    details : Details, default=NO_DETAILS

    Returns
    -------
    ndarray of shape (n, M + 1 + n_details)
        Column M is the squared distance from the span of the axes.
    """
    prepared = prepare(X)
    A = prepared - mean
    C, lengths = A @ axes.T, np.einsum("ij,ij->i", A, A)
    check_squares(lengths)
    outside = squares_outside(lengths, C)
    return np.column_stack([C, outside.astype(C.dtype), details(prepared)])


def squares_outside(lengths, C, dtype=None):
    """Return squared lengths minus those of the coordinates; 0 for rounding errors.

    Parameters
    ----------
    lengths : ndarray of shape (n,)
        Squared lengths.
    C : ndarray of shape (n, M)
    dtype : dtype, default=None
        Precision of the lengths; None is that of C.

    Returns
    -------
    ndarray of shape (n,)
    """
    remainder = lengths - np.einsum("ij,ij->i", C, C)
    # Both are sums of squares with errors of some tens of units in the last place.
    return np.where(
        remainder > 64 * np.finfo(dtype or C.dtype).eps * lengths, remainder, 0.0
    )
