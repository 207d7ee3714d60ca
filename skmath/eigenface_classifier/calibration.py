"""How near are friends, strangers and faces at all? Learnt of the enrolled faces.

Each is a distance of faces that are left out: an image of its own person's others (a
friend), a person's images of all others (a stranger), either of the face space that is
learnt of the rest (a face).
"""

import numpy as np
from sklearn.utils import check_random_state, gen_batches

from skmath._estimators.fitting import warn
from skmath.eigenface_classifier.face_likelihood import face_likelihood
from skmath.eigenface_classifier.open_set import (
    class_distances,
    false_alarm_threshold,
    folds_of_people,
    products_without_oneself,
    temperature,
    weighted_quantile,
)
from skmath.statistics import left_out_factors

FACES = 500
"""Faces, at most, that calibrate what is a face; of many, fewer calibrate friends."""

DISTANCES_OF_FRIENDS = 1_000_000
"""Distances, about, from which probabilities are calibrated, and held at a time."""

STRANGERS = 4000
"""Faces, at most, that play the strangers to calibrate a threshold."""

PEOPLE = 20
"""From so many on strangers are told by a distance that is each one's own."""

AGAIN = 1.1
"""Growth of the number of faces, beyond `2 * FACES`, after which they are again."""


def is_due(n_images, n_calibrated):
    """Tell whether faces have become so many more since they were calibrated.

    Parameters
    ----------
    n_images, n_calibrated : int

    Returns
    -------
    bool
    """
    return n_images <= 2 * FACES or n_images > AGAIN * n_calibrated


def some(n_images, n, random_state):
    """Return the indices of n of the faces, at random; of all if there are no more.

    Parameters
    ----------
    n_images, n : int
    random_state : int, RandomState instance or None

    Returns
    -------
    ndarray of int of shape (min(n, n_images),)
    """
    if n_images <= n:
        return np.arange(n_images)
    rng = check_random_state(random_state)
    return np.sort(rng.choice(n_images, n, replace=False))


def temperature_of_friends(faces, Z, n_classes, whitening, distance, random_state):
    """Return the temperature at which friends who are left out are likeliest.

    Parameters
    ----------
    faces : Faces
    Z : ndarray of shape (n, M)
        Their whitened coordinates.
    n_classes : int
    whitening : Whitening
        Learnt of all the faces.
    distance : Distance
    random_state : int, RandomState instance or None

    Returns
    -------
    float
    """
    n = len(faces.codes)
    enough = max(100, min(FACES, DISTANCES_OF_FRIENDS // n))
    chosen = some(n, enough, random_state)
    between = distances_of_friends(faces, Z, whitening, distance)
    step = max(1, DISTANCES_OF_FRIENDS // n)
    closest = [
        class_distances(between(chosen[block]), faces.codes, n_classes)
        for block in gen_batches(len(chosen), step)
    ]
    closest = np.concatenate(closest)
    return temperature(closest, faces.codes[chosen], faces.weight[chosen])


def likelihood_of_faces(faces, k, random_state):
    """Return the likelihood of a face, in and about the space of k eigenfaces.

    Parameters
    ----------
    faces : Faces
    k : int
    random_state : int, RandomState instance or None

    Returns
    -------
    FaceLikelihood
    """
    chosen = some(len(faces.codes), FACES, random_state)
    return face_likelihood(
        faces.C[chosen].astype(np.float64),
        faces.outside[chosen],
        faces.weight[chosen],
        k,
        folds_of_people(faces.codes[chosen], 5),
    )


def known_threshold(asked, target, faces, n_classes, distance, random_state, **learnt):
    """Return the distance up to which a face is known.

    Parameters
    ----------
    asked : float, {"auto", "per-class"} or None
    target : float
        The share of strangers to let in.
    faces : Faces
    n_classes : int
    distance : Distance
    random_state : int, RandomState instance or None
    **learnt : dict
        Of `distances_of_strangers`.

    Returns
    -------
    float or ndarray of shape (n_classes,)
    """
    if not isinstance(asked, str):
        return np.inf if asked is None else asked
    n_people = len(np.unique(faces.codes))
    if n_people < 2:
        raise ValueError(
            f"known_threshold={asked!r} is calibrated on people who are left out, and "
            "needs two classes (people); y holds one. Give a number."
        )
    per_class = asked == "per-class"
    many = n_people >= PEOPLE
    if per_class and not many:
        warn(
            f"{n_people} people are too few to tell how near strangers come to each; "
            f"all have one threshold. known_threshold='per-class' needs {PEOPLE}."
        )
    chosen = some(len(faces.codes), STRANGERS, random_state)
    closest = distances_of_strangers(faces, chosen, n_classes, distance, **learnt)
    weight = faces.weight[chosen]
    _warn_of_few(weight, target, "target_far", "the nearest of them is turned away")
    threshold = false_alarm_threshold(closest, weight, target, per_class and many)
    return threshold if per_class else float(threshold[0])


def face_threshold(asked, target, likelihood):
    """Return the distance from face space up to which an image is a face.

    Parameters
    ----------
    asked : float, "auto" or None
    target : float
        The share of new faces to refuse.
    likelihood : FaceLikelihood

    Returns
    -------
    float
    """
    if asked != "auto":
        return np.inf if asked is None else asked
    weight = likelihood.weight
    _warn_of_few(weight, target, "target_frr", "the farthest of them is a face")
    return float(weighted_quantile(likelihood.left_out, 1 - target, weight))


def _warn_of_few(weight, target, name, answer):
    """Warn if a rate is below what so many images can tell."""
    if weight.sum() * target < 1:
        warn(
            f"{weight.sum():g} images that are left out cannot tell a rate of "
            f"{name}={target:g}; {answer}, and how many more would be is not known. "
            f"Enrol more people, or take a larger {name}."
        )


def distances_of_friends(faces, Z, whitening, distance):
    """Return the distances of faces to all, each as if it had not been enrolled.

    Parameters
    ----------
    faces : Faces
    Z : ndarray of shape (n, M)
        Their whitened coordinates.
    whitening : Whitening
        Learnt of all the faces; each is left out of it.
    distance : Distance

    Returns
    -------
    callable
        Of the indices of m faces; returns an ndarray of shape (m, n), infinite to the
        face itself and to its copies.
    """
    means = whitening.means
    alone = means is not None and distance.of_products is not None
    if alone:
        removed = left_out_factors(faces.weight, faces.codes, faces.copy)
        removed *= 1 - whitening.shrinkage

    def between(chosen):
        if alone:
            deviations = faces.C[chosen] - means[faces.codes[chosen]]
            own = whitening.apply(deviations.astype(Z.dtype)), removed[chosen]
            D = distance.of_products(*products_without_oneself(Z, *own, chosen))
        else:
            D = distance.between(Z[chosen], Z)
        D[faces.image[chosen, None] == faces.image[None, :]] = np.inf
        return D

    return between


def distances_of_strangers(faces, chosen, n_classes, distance, *, count, whiten):
    """Return distances of some faces to all people, as if theirs were not enrolled.

    Parameters
    ----------
    faces : Faces
    chosen : ndarray of int of shape (m,)
    n_classes : int
    distance : Distance
    count, whiten : callable
        As `Faces.without` takes them.

    Returns
    -------
    ndarray of shape (m, n_classes)
        To the closest face of each class; infinite to those that were left out.
    """
    n = len(faces.codes)
    drawn = np.isin(np.arange(n), chosen)
    closest = np.full((n, n_classes), np.inf)
    # One by one where that is cheap: a fold of n faces takes up to O(n^3).
    for left_out in folds_of_people(faces.codes, max(10, min(50, 10_000 // n))):
        theirs, others = faces.without(left_out, count, whiten)
        D = distance.between(theirs[drawn[left_out]], others)
        codes = faces.codes[~left_out]
        closest[left_out & drawn] = class_distances(D, codes, n_classes)
    return closest[chosen]
