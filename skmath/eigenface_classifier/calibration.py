r"""Calibration of the thresholds for unknown people and non-faces on enrolled faces.

There is always a closest face; how close it has to be is determined by leaving out
people with all their images. They serve as impostors: their distances to the closest
face of the others are like those of unknown people. A threshold at the quantile f of
these distances accepts a fraction f of unknown people. They are left out of face space
and of the whitening too: in coordinates that were whitened with a person's own
variation, that person's images are far closer to each other, and farther from others,
than a new image will be.

References
----------
.. [1] P. J. Phillips, P. Grother and R. Micheals, "Evaluation methods in face
   recognition", in *Handbook of Face Recognition*, 2nd edition, 2011, for open-set
   identification.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from skmath._estimators.fitting import warn
from skmath.eigenface_classifier.likelihood import FaceLikelihood, face_likelihood
from skmath.eigenface_classifier.open_set import (
    GateRates,
    effective_number,
    equal_error,
    false_alarm_interval,
    false_rejection_rate,
)
from skmath.eigenface_classifier.probabilities import (
    GENUINE_IMAGES,
    class_distances,
    folds_of_people,
    genuine_distances,
    sample_indices,
    temperature,
)
from skmath.linear_algebra import DISTANCES
from skmath.probability import lower_tail_quantile

__all__ = [
    "Calibration",
    "axes_to_keep",
    "calibrated",
    "distances_left_out",
    "face_threshold",
    "false_alarm_threshold",
    "folds_of_images",
    "gate_rates",
    "known_threshold",
    "needs_calibration",
    "number_of_folds",
    "weighted_quantile",
]

IMPOSTOR_IMAGES = 4000
"""Maximum number of left-out images: 1% false alarms are then forty images."""

PEOPLE_PER_CLASS = 20
"""Minimum number of people for one threshold each: it is a mean over the distances of
the others, which would be mostly noise with fewer people."""

IMAGE_FOLDS = 4
"""Folds in which each person's images are left out, to estimate the rejection rate."""

GROWTH = 1.1
"""Factor by which the number of faces must grow or shrink before they are calibrated
again, if only a sample is used for calibration. So enrolling or forgetting faces one by
one has a constant cost."""

SAME = 1e-12
"""Relative difference, to the largest distance, below which distances are equal."""

TAIL = 5
"""Minimum number of images below an empirical quantile for it to be reliable."""

FOLDS, FOLD_WORK = (10, 50), 10_000
"""Minimum and maximum number of folds of people, and the approximate product of folds
and faces in between: a fold of n faces takes up to O(n^3) time, and small folds leave
nearly all people in."""


@dataclass(frozen=True)
class Calibration:
    """Results of the calibration on left-out images and people.

    Parameters
    ----------
    temperature : float
        Temperature of the probabilities.
    likelihood : FaceLikelihood
    known_threshold : float or ndarray of shape (n_classes,)
    face_threshold : float
    rates : GateRates or None
        Expected rates of a calibrated known threshold.
    """

    temperature: float
    likelihood: FaceLikelihood
    known_threshold: Any
    face_threshold: float
    rates: Any


def calibrated(faces, gallery, whitening, options):
    """Calibrate the temperature, the likelihood of faces and both thresholds.

    Parameters
    ----------
    faces : Faces
    gallery : Gallery
        Gallery of the same faces.
    whitening : Whitening
        Learnt from the same faces.
    options : Options

    Returns
    -------
    Calibration
    """
    codes, weight, seed = faces.codes, faces.weight, options.random_state
    genuine, probes = genuine_distances(faces, gallery, whitening, seed)
    tau = temperature(genuine, codes[probes], weight[probes])
    k = min(options.face_components, faces.C.shape[1])
    # With a single person, images are left out.
    groups = codes if len(np.unique(codes)) > 1 else faces.image
    positions = faces.C, faces.outside, faces.details
    likelihood = face_likelihood(*positions, groups, weight, k, seed)
    known, face, rates = options.known_threshold, options.face_threshold, None
    if isinstance(known, str):
        known, rates = known_threshold(faces, gallery.n_classes, options)
    if face == "auto":
        face = face_threshold(likelihood, options.target_frr)
    return Calibration(tau, likelihood, known, face, rates)


def known_threshold(faces, n_classes, options):
    """Return the distance up to which a face is known, and the expected rates.

    Parameters
    ----------
    faces : Faces
    n_classes : int
    options : Options
        Options with `known_threshold` "auto" or "per-class".

    Returns
    -------
    threshold : float or ndarray of shape (n_classes,)
    rates : GateRates
    """
    n_people = len(np.unique(faces.codes))
    if n_people < 2:
        raise ValueError(
            f"known_threshold={options.known_threshold!r} is calibrated by leaving "
            "people out, which requires at least two classes (people), but y has one. "
            "Enrol more people, or set known_threshold to a number."
        )
    per_class = options.known_threshold == "per-class"
    has_many = n_people >= PEOPLE_PER_CLASS
    if per_class and not has_many:
        warn(
            f"known_threshold='per-class' requires {PEOPLE_PER_CLASS} people, but only "
            f"{n_people} are enrolled; all of them get the same threshold."
        )
    n_components = axes_to_keep(options, faces.C.shape[1])
    probes = sample_indices(len(faces.codes), IMPOSTOR_IMAGES, options.random_state)
    parts = faces, probes, n_classes, n_components, options
    # Impostors: people are left out with all their images.
    n_different = len(np.unique(faces.copy))  # independent of weights
    people = folds_of_people(faces.codes, number_of_folds(n_different))
    closest = distances_left_out(people, *parts)
    impostors = closest, faces.codes[probes], faces.weight[probes]
    threshold = false_alarm_threshold(
        closest, faces.weight[probes], options.target_far, per_class and has_many
    )
    # Enrolled people: some of their images are left out, as if these were new.
    images = folds_of_images(faces.codes, faces.image, IMAGE_FOLDS)
    closest = distances_left_out(images, *parts)
    enrolled = closest, faces.codes[probes], faces.weight[probes]
    rates = gate_rates(impostors, enrolled, threshold)
    if faces.weight[probes].sum() * options.target_far < 1:
        _warn_of_gate(impostors, enrolled, rates, n_people, options.target_far)
    return threshold if per_class else float(threshold[0]), rates


def gate_rates(impostors, enrolled, threshold):
    """Return the expected rates of a threshold, see `open_set`.

    Parameters
    ----------
    impostors, enrolled : tuple of three ndarrays
        Distances to the classes, codes and weights.
    threshold : ndarray of shape (n_classes,)

    Returns
    -------
    GateRates
    """
    nearest, codes, weight = impostors
    closest = nearest.argmin(axis=1)
    distance = nearest.min(axis=1)
    accepted = 1 - false_rejection_rate(distance, threshold[closest], weight)
    # Relative to the thresholds, which may differ between people.
    excess = distance - threshold[closest]
    # Pairs count twice; correlation within people widens the interval.
    n = max(effective_number(excess, codes, weight) / 2, 1.0)
    expected, _ = false_alarm_interval(accepted, max(weight.sum() / 2, 1.0))
    _, interval = false_alarm_interval(accepted, n)
    own, closest, weight = _own_distances(enrolled)
    rejected = false_rejection_rate(own, threshold[closest], weight)
    return GateRates(expected, interval, rejected)


def _own_distances(enrolled):
    """Return distance and class of the closest face, and weights, of comparable images.

    People whose only image is left out cannot be recognised and are not counted.
    """
    D, codes, weight = enrolled
    compared = np.isfinite(D[np.arange(len(D)), codes])
    D, weight = D[compared], weight[compared]
    return D.min(axis=1, initial=np.inf), D.argmin(axis=1), weight


def _warn_of_gate(impostors, enrolled, rates, n_people, target):
    """Warn that there are too few images for target_far, and what to expect."""
    low, high = rates.interval
    text = (
        f"Too few held-out images ({impostors[2].sum():g}) to calibrate "
        f"target_far={target:g}. Judging by the {n_people} people enrolled, about "
        f"{rates.false_alarm:.1%} of unknown people will be accepted ({low:.1%} to "
        f"{high:.1%} at 95% confidence)"
    )
    advice = "Enrol more people"
    own, _, weight = _own_distances(enrolled)
    if weight.sum() > 0:
        text += f", and about {rates.false_rejection:.0%} of enrolled people rejected"
    if rates.false_rejection > rates.false_alarm:
        rate = equal_error(impostors[0].min(axis=1), own, impostors[2], weight)
        if rate > target:
            text += f". Both rates would be about {rate:.0%} at target_far={rate:.2g}"
        advice += ", or increase target_far to reject fewer of those enrolled"
    warn(f"{text}. {advice}.")


def folds_of_images(codes, image, n_folds):
    """Yield masks of the images in each fold, stratified by person.

    Parameters
    ----------
    codes : ndarray of int of shape (n,)
    image : ndarray of shape (n,)
        Numbers that are equal for copies, which are left out together.
    n_folds : int

    Yields
    ------
    ndarray of bool of shape (n,)

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.eigenface_classifier.calibration import folds_of_images
    >>> codes, image = np.array([0, 0, 0, 1, 1]), np.array([4, 5, 5, 6, 7])
    >>> [mask.tolist() for mask in folds_of_images(codes, image, 4)]
    [[True, False, False, True, False], [False, True, True, False, True]]
    """
    number = np.unique(image, return_inverse=True)[1]
    pairs, place = np.unique(np.stack([codes, number]), axis=1, return_inverse=True)
    rank = np.arange(pairs.shape[1]) - np.searchsorted(pairs[0], pairs[0])
    fold = rank[place] % n_folds
    for k in range(fold.max() + 1):
        yield fold == k


def distances_left_out(folds, faces, probes, n_classes, n_components, options):
    """Return distances of left-out faces to the faces of each class that are kept.

    Parameters
    ----------
    folds : iterable of ndarray of bool of shape (n,)
        Masks of the faces that are left out together.
    faces : Faces
    probes : ndarray of int of shape (m,)
        The faces whose distances are returned.
    n_classes : int
    n_components : int or float
        See `Faces.without`.
    options : Options

    Returns
    -------
    ndarray of shape (m, n_classes)
        Distances to the closest face of each class; infinite for classes without
        kept faces.
    """
    n, distance = len(faces.codes), DISTANCES[options.metric]
    drawn = np.isin(np.arange(n), probes)
    closest = np.full((n, n_classes), np.inf)
    for left_out in folds:
        if left_out.all():
            continue
        Z_left_out, Z_kept = faces.without(left_out, n_components, options.whiten)
        D = distance.between(Z_left_out[drawn[left_out]], Z_kept)
        codes = faces.codes[~left_out]
        closest[left_out & drawn] = class_distances(D, codes, n_classes)
    return closest[probes]


def axes_to_keep(options, n_components):
    """Return how many axes face space has when people are left out of it.

    Parameters
    ----------
    options : Options
    n_components : int
        Number of eigenfaces of all images.

    Returns
    -------
    int or float
        See `Faces.without`.
    """
    if options.n_components == "auto":  # the noise was cut off already
        return n_components
    return options.n_components


def number_of_folds(n_images):
    """Return the number of folds in which people are left out.

    Parameters
    ----------
    n_images : int

    Returns
    -------
    int
    """
    return int(np.clip(FOLD_WORK // n_images, *FOLDS))


def false_alarm_threshold(closest, weight, far, per_class):
    """Return the threshold that accepts at most a fraction `far` of impostors.

    A single threshold is a quantile of the impostors' distances to their closest class:
    the largest distance that accepts no more than the fraction, or, if a single
    impostor is more, the number just below the smallest. If it would depend on fewer
    than `TAIL` images of forty or more, a Weibull distribution is fitted instead
    (`lower_tail_quantile`), because a threshold that depends on one or two images
    varies more. Some people are closer to everybody than others: a threshold per class
    is the mean distance of impostors to that class, plus a quantile, common to all, of
    the differences between the distances to the closest class and that mean.

    Parameters
    ----------
    closest : ndarray of shape (n, n_classes)
        Distances of impostors to the classes; infinite to left-out classes.
    weight : ndarray of shape (n,)
    far : float
        The false alarm rate, from 0 to 1.
    per_class : bool

    Returns
    -------
    ndarray of shape (n_classes,)
        Negative if no distance is small enough.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.eigenface_classifier.calibration import false_alarm_threshold
    >>> closest = np.array([[np.inf, 5.0], [np.inf, 7.0], [2.0, np.inf]])
    >>> false_alarm_threshold(closest, np.ones(3), 0.7, False)
    array([5., 5.])
    >>> false_alarm_threshold(closest, np.ones(3), 0.7, True)
    array([2., 6.])
    """
    is_compared = np.isfinite(closest)
    class_mean = np.zeros(closest.shape[1])
    if not per_class and is_tail(nearest := closest.min(axis=1), far, weight):
        return class_mean + lower_tail_quantile(nearest, far, weight)
    if per_class:
        total = weight @ is_compared
        class_mean = (
            weight
            @ np.where(is_compared, closest, 0.0)
            / np.where(total > 0, total, 1.0)
        )
    nearest = closest.argmin(axis=1)
    distance = np.take_along_axis(closest, nearest[:, None], axis=1)[:, 0]
    return class_mean + _largest_below(distance - class_mean[nearest], far, weight)


def is_tail(values, share, weight):
    """Return whether a quantile has so few values below it that it is extrapolated.

    Parameters
    ----------
    values : ndarray of shape (n,)
    share : float
    weight : ndarray of shape (n,)

    Returns
    -------
    bool
    """
    is_few = weight.sum() * share < TAIL <= weight.sum() / 8
    return is_few and values.min() > 0 and len(np.unique(values)) > len(values) / 2


def _largest_below(values, share, weight):
    """Return the largest value up to which the weight fraction is at most share."""
    order = np.argsort(values[weight > 0], kind="stable")
    values, weight = values[weight > 0][order], weight[weight > 0][order]
    # Copies of an image have the same distance up to rounding.
    last = np.diff(values, append=np.inf) > SAME * np.abs(values).max()
    upto = np.cumsum(weight)[last] / weight.sum()
    count = np.count_nonzero(upto <= share * (1 + 1e-12))  # sums are rounded
    return values[last][count - 1] if count else np.nextafter(values[0], -np.inf)


def weighted_quantile(values, share, weight):
    """Return the smallest value up to which there is a fraction of the weight.

    Parameters
    ----------
    values : ndarray of shape (n,)
    share : float
        Fraction of the weight, from 0 to 1.
    weight : ndarray of shape (n,)

    Returns
    -------
    float

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.eigenface_classifier.calibration import weighted_quantile
    >>> float(weighted_quantile(np.array([3.0, 1.0]), 0.5, np.array([1.0, 1.0])))
    1.0
    """
    return np.quantile(values, share, weights=weight, method="inverted_cdf")


def face_threshold(likelihood, target):
    """Return the distance from face space up to which an image is a face.

    Parameters
    ----------
    likelihood : FaceLikelihood
    target : float
        Fraction of new faces to reject.

    Returns
    -------
    float
    """
    weight = likelihood.weight
    _warn_of_few(weight, target)
    return float(weighted_quantile(likelihood.left_out, 1 - target, weight))


def _warn_of_few(weight, target):
    """Warn if there are too few images to calibrate the rate target_frr."""
    if weight.sum() * target < 1:
        warn(
            f"Too few held-out images ({weight.sum():g}) to calibrate "
            f"target_frr={target:g}; the face threshold accepts all of them, and the "
            "rejection rate of new faces is unknown. Enrol more people, or increase "
            "target_frr."
        )


def needs_calibration(n_images, n_calibrated):
    """Return whether the number of faces changed enough for a new calibration.

    Parameters
    ----------
    n_images, n_calibrated : int

    Returns
    -------
    bool
    """
    if n_images <= 2 * GENUINE_IMAGES:
        return True
    return not n_calibrated / GROWTH <= n_images <= GROWTH * n_calibrated
