"""What an `EigenfaceClassifier` may be asked for, and what it is, to be handed down."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils._param_validation import Interval, RealNotInt, StrOptions

from skmath._estimators.fitting import warn
from skmath.eigenface_classifier.details import Details
from skmath.eigenface_classifier.face_space import check_image_shape
from skmath.eigenface_classifier.preparation import BRIGHTNESS, Preparation
from skmath.linear_algebra import DISTANCES
from skmath.statistics import unit_variance, unwhitened, within_class_whitening

__all__ = [
    "CONSTRAINTS",
    "WHITENING",
    "Options",
    "options_of",
    "unknown_label",
    "warn_of_space",
]

WHITENING = {False: unwhitened, True: unit_variance, "within": within_class_whitening}
"""What makes coordinates in face space comparable, by name."""

VARIANCE_SHARE = 0.15
"""Part of the shrinkage that variances along the axes have, beside the identity: chosen
with the defaults of `shrinkage` and `smoothing` on halves of the ORL faces' training
images, where each tells strangers a little better apart."""

ALL = sys.maxsize
"""More eigenfaces than there can be."""

NUMBER = Interval(Integral, 1, None, closed="left")
SHARE = Interval(Real, 0, 1, closed="neither")
SHARE_OR_ALL = Interval(RealNotInt, 0, 1, closed="right")
DISTANCE = Interval(Real, 0, None, closed="left")

CONSTRAINTS = {
    "n_components": [NUMBER, SHARE_OR_ALL, StrOptions({"auto"})],
    "brightness": [StrOptions(set(BRIGHTNESS) - {None}), None],
    "smoothing": [
        Interval(Real, 0, None, closed="neither"),
        StrOptions({"auto"}),
        None,
    ],
    "whiten": ["boolean", StrOptions({"within"})],
    "shrinkage": [Interval(Real, 0, 1, closed="both"), StrOptions({"auto"})],
    "metric": [StrOptions(set(DISTANCES))],
    "n_neighbors": [NUMBER],
    "weights": [StrOptions({"uniform", "distance"})],
    "known_threshold": [DISTANCE, StrOptions({"auto", "per-class"}), None],
    "face_threshold": [DISTANCE, StrOptions({"auto"}), None],
    "face_components": [NUMBER],
    "target_far": [SHARE],
    "target_frr": [SHARE],
    "unknown_label": [Integral, str, None],
    "mirror": ["boolean"],
    "image_shape": ["array-like", None],
    "solver": [StrOptions({"auto", "gram", "krylov"})],
    "search": [StrOptions({"exact", "approximate"})],
    "random_state": ["random_state"],
}
"""What each parameter may be."""


@dataclass(frozen=True)
class Options:
    """The parameters as the steps of a fit use them.

    Parameters
    ----------
    n_components : int, float or "auto"
        M, the share of the variance to explain, or all that stands above the noise.
    solver : {"auto", "gram", "krylov"}
    search : {"exact", "approximate"}
    random_state : int, RandomState instance or None
    prepare : callable
        Smooths a block of images, and takes brightness and contrast out.
    details : Details
        What tells faces from other images, beside their grey values.
    mirror : bool
    image_shape : tuple of two ints or None
        Height and width.
    whiten : callable
        Of coordinates, class codes and weights; returns a `Whitening`.
    metric : {"cosine", "euclidean", "manhattan"}
        A name in `DISTANCES`.
    known_threshold : float, "auto" or "per-class"
        Infinite where every face is known.
    face_threshold : float or "auto"
        Infinite where every image is a face.
    face_components : int
    target_far, target_frr : float
    unknown_label : int, str or None
    """

    n_components: Any
    solver: str
    search: str
    random_state: Any
    prepare: Callable
    details: Details
    mirror: bool
    image_shape: Any
    whiten: Callable
    metric: str
    known_threshold: Any
    face_threshold: Any
    face_components: int
    target_far: float
    target_frr: float
    unknown_label: Any


def options_of(params, n_features):
    """Return the parameters of an `EigenfaceClassifier` as the steps of a fit use them.

    Parameters
    ----------
    params : dict
    n_features : int
        Pixels of an image.

    Returns
    -------
    Options

    Raises
    ------
    ValueError
        If image_shape is not that of such images, or missing for `mirror` or
        `smoothing`.
    """
    if params["mirror"] or params["image_shape"] is not None:
        check_image_shape(params["image_shape"], n_features)
    known, face = params["known_threshold"], params["face_threshold"]
    whitening, shrinkage = WHITENING[params["whiten"]], params["shrinkage"]
    variance_share = 0.0 if shrinkage == "auto" else VARIANCE_SHARE
    M, shape = params["n_components"], params["image_shape"]
    as_they_are = (
        *("solver", "search", "random_state", "mirror", "image_shape"),
        *("metric", "face_components", "target_far", "target_frr", "unknown_label"),
    )
    return Options(
        **{name: params[name] for name in as_they_are},
        n_components=ALL if isinstance(M, float) and M == 1.0 else M,
        prepare=Preparation.of(params["brightness"], params["smoothing"], shape),
        details=Details() if face is None or shape is None else Details.of(shape),
        whiten=partial(whitening, shrinkage=shrinkage, variance_share=variance_share),
        known_threshold=np.inf if known is None else known,
        face_threshold=np.inf if face is None else face,
    )


def warn_of_space(options, whitening, n_components):
    """Warn where the coordinates cannot be what the parameters ask for.

    Parameters
    ----------
    options : Options
    whitening : Whitening
        Learnt of the enrolled faces.
    n_components : int
    """
    if options.whiten.func is within_class_whitening and whitening.means is None:
        warn(
            "whiten='within' needs a person with two images that differ; there is "
            "none, and the coordinates are left as they are."
        )
    if options.metric == "cosine" and n_components == 1:
        warn(
            "In a face space of one dimension metric='cosine' tells two sides and "
            "nothing else. Take more components, or metric='euclidean'."
        )


def unknown_label(options, classes):
    """Return the label of who is unknown: a string, or a number less than all others.

    Parameters
    ----------
    options : Options
    classes : ndarray of shape (n_classes,)

    Returns
    -------
    int or str

    Raises
    ------
    ValueError
        If somebody can be unknown, and the label is a person's or cannot stand beside
        the classes.
    """
    numbers, label = classes.dtype.kind in "biuf", options.unknown_label
    refuses = (options.known_threshold, options.face_threshold) != (np.inf, np.inf)
    if label is None:
        label = min(-1, int(float(classes[0]) // 1) - 1) if numbers else "unknown"
    if refuses and isinstance(label, str) == numbers:
        raise ValueError(
            f"unknown_label={label!r} and the labels in y, such as {classes[0]}, must "
            "be both numbers or both strings."
        )
    if refuses and label in classes.tolist():
        raise ValueError(
            f"unknown_label={label!r} is a label in y; choose another, by which "
            "unknown people can be told from those enrolled."
        )
    return label
