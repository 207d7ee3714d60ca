"""Parameter constraints of `EigenfaceClassifier`, and the options that a fit uses."""

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
"""How coordinates in face space are scaled, for each value of `whiten`."""

VARIANCE_SHARE = 0.15
"""Weight of the variances along the axes in the shrinkage target; the rest is the
identity. It was chosen, together with the defaults of `shrinkage` and `smoothing`, on
halves of the ORL faces' training images, where it improves the rejection of unknown
people a little."""

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
"""The values that each parameter accepts."""


@dataclass(frozen=True)
class Options:
    """Resolved parameters that the steps of a fit use.

    Parameters
    ----------
    n_components : int, float or "auto"
        M, the fraction of the variance to explain, or all axes above the noise.
    solver : {"auto", "gram", "krylov"}
    search : {"exact", "approximate"}
    random_state : int, RandomState instance or None
    prepare : callable
        Smooths a block of images, and normalises brightness and contrast.
    details : Details
        Fine details of an image, which help to distinguish faces from other images.
    mirror : bool
    image_shape : tuple of two ints or None
        Height and width.
    whiten : callable
        Takes coordinates, class codes and weights; returns a `Whitening`.
    metric : {"cosine", "euclidean", "manhattan"}
        A name in `DISTANCES`.
    known_threshold : float, "auto" or "per-class"
        Infinite if nobody is rejected as unknown.
    face_threshold : float or "auto"
        Infinite if every image is accepted as a face.
    face_components : int
    target_far, target_frr : float
    unknown_label : int, str or None
    """

    n_components: Any
    solver: str
    search: str
    random_state: Any
    prepare: Callable[[Any], Any]
    details: Details
    mirror: bool
    image_shape: Any
    whiten: Callable[..., Any]
    metric: str
    known_threshold: Any
    face_threshold: Any
    face_components: int
    target_far: float
    target_frr: float
    unknown_label: Any


def options_of(params, n_features):
    """Resolve the parameters of an `EigenfaceClassifier` into `Options`.

    Parameters
    ----------
    params : dict
    n_features : int
        Number of pixels of an image.

    Returns
    -------
    Options

    Raises
    ------
    ValueError
        If image_shape does not match n_features, or is missing for `mirror` or
        `smoothing`.
    """
    if params["mirror"] or params["image_shape"] is not None:
        check_image_shape(params["image_shape"], n_features)
    known, face = params["known_threshold"], params["face_threshold"]
    whitening, shrinkage = WHITENING[params["whiten"]], params["shrinkage"]
    variance_share = 0.0 if shrinkage == "auto" else VARIANCE_SHARE
    M, shape = params["n_components"], params["image_shape"]
    unchanged = (
        *("solver", "search", "random_state", "mirror", "image_shape"),
        *("metric", "face_components", "target_far", "target_frr", "unknown_label"),
    )
    return Options(
        **{name: params[name] for name in unchanged},
        n_components=ALL if isinstance(M, float) and M == 1.0 else M,
        prepare=Preparation.of(params["brightness"], params["smoothing"], shape),
        details=Details() if face is None or shape is None else Details.of(shape),
        whiten=partial(whitening, shrinkage=shrinkage, variance_share=variance_share),
        known_threshold=np.inf if known is None else known,
        face_threshold=np.inf if face is None else face,
    )


def warn_of_space(options, whitening, n_components):
    """Warn if the data do not allow `whiten` or `metric` to work as requested.

    Parameters
    ----------
    options : Options
    whitening : Whitening
        Learnt from the enrolled faces.
    n_components : int
    """
    if options.whiten.func is within_class_whitening and whitening.means is None:
        warn(
            "whiten='within' has no effect: no person has two different images, from "
            "which the variation within a person could be learnt. Enrol more images "
            "per person, or use whiten=True or False."
        )
    if options.metric == "cosine" and n_components == 1:
        warn(
            "In a face space of one dimension metric='cosine' only distinguishes the "
            "sign. Increase n_components, or use metric='euclidean'."
        )


def unknown_label(options, classes):
    """Return the label that unknown people and non-faces get.

    By default it is "unknown", or a number that is less than all other labels.

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
        If a threshold is set, and the label is one of the classes, or a string while
        the classes are numbers, or the reverse.
    """
    numbers, label = classes.dtype.kind in "biuf", options.unknown_label
    rejects = (options.known_threshold, options.face_threshold) != (np.inf, np.inf)
    if label is None:
        label = min(-1, int(float(classes[0]) // 1) - 1) if numbers else "unknown"
    if rejects and isinstance(label, str) == numbers:
        raise ValueError(
            f"unknown_label={label!r} and the labels in y, such as {classes[0]}, must "
            "both be numbers or both be strings."
        )
    if rejects and label in classes.tolist():
        raise ValueError(
            f"unknown_label={label!r} is also a label in y. Choose another value, so "
            "that unknown people can be distinguished from enrolled ones."
        )
    return label
