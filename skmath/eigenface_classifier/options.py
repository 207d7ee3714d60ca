"""What an `EigenfaceClassifier` may be asked for, and what it is, to be handed down."""

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

from sklearn.utils._param_validation import Interval, StrOptions

from skmath.eigenface_classifier.face_space import BRIGHTNESS
from skmath.linear_algebra import DISTANCES
from skmath.statistics import unit_variance, unwhitened, within_class_whitening

__all__ = ["CONSTRAINTS", "WHITENING", "Options"]

WHITENING = {False: unwhitened, True: unit_variance, "within": within_class_whitening}
"""What makes coordinates in face space comparable, by name."""

NUMBER = Interval(Integral, 1, None, closed="left")
SHARE = Interval(Real, 0, 1, closed="neither")
DISTANCE = Interval(Real, 0, None, closed="left")

CONSTRAINTS = {
    "n_components": [NUMBER, SHARE, StrOptions({"auto"})],
    "brightness": [StrOptions(set(BRIGHTNESS) - {None}), None],
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
    random_state : int, RandomState instance or None
    prepare : callable
        Takes brightness and contrast out of a block of images.
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
    """

    n_components: Any
    solver: str
    random_state: Any
    prepare: Callable
    mirror: bool
    image_shape: Any
    whiten: Callable
    metric: str
    known_threshold: Any
    face_threshold: Any
    face_components: int
    target_far: float
    target_frr: float
