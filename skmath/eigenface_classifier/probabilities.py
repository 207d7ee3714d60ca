r"""Conversion of distances between faces to probabilities.

The probabilities are :math:`p_c \propto e^{-d_c / \tau}` with :math:`d_c` the distance
to the closest face of class c. The temperature tau maximises the likelihood of left-out
images: each image is left out in turn and compared with all others.

It must be left out of the whitening too, which has reduced its own deviation. For an
image with deviation d from its person's mean face this is the rank-one update

.. math:: (W - b\, d d^T)^{-1} = W^{-1} +
          \frac{b}{1 - b\, d^T W^{-1} d}\, W^{-1} d\, d^T W^{-1}

(Sherman and Morrison 1950), which turns the inner products of whitened points, for all
images at once, into matrix products.

References
----------
.. [1] C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, "On calibration of modern neural
   networks", ICML, 2017, section 4.2 (temperature scaling).
"""

import numpy as np
from scipy.optimize import brentq
from scipy.special import logsumexp, softmax
from sklearn.utils import check_random_state, gen_batches

from skmath.linear_algebra import DISTANCES
from skmath.statistics import left_out_factors

__all__ = [
    "class_distances",
    "folds_of_people",
    "genuine_distances",
    "products_left_out",
    "sample_indices",
    "soft_votes",
    "temperature",
]

GENUINE_IMAGES = 500
"""Maximum number of images to leave out: a rate of 5% then has an error of 1%."""

FEWEST_GENUINE_IMAGES = 100
"""Minimum number of these images: their mean then has an error of a tenth of their
standard deviation."""

GENUINE_DISTANCES = 1_000_000
"""Maximum number of distances to all faces; with many faces fewer images are left out.
"""

LEAST_LEFT = 1e-10
"""Fraction of the scatter along a deviation that is rounding, if one image has all of
it."""


def class_distances(D, codes, n_classes):
    """Return the distance to the closest point of each class.

    Parameters
    ----------
    D : ndarray of shape (m, n)
        Distances to n points.
    codes : ndarray of int of shape (n,)
        Their classes.
    n_classes : int

    Returns
    -------
    ndarray of shape (m, n_classes)
        Infinite for a class without points.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.eigenface_classifier.probabilities import class_distances
    >>> class_distances(np.array([[3.0, 1.0, 2.0]]), np.array([0, 2, 0]), 3)
    array([[ 2., inf,  1.]])
    """
    closest = np.full((len(D), n_classes), np.inf, dtype=D.dtype)
    order = np.argsort(codes, kind="stable")
    present, starts = np.unique(codes[order], return_index=True)
    closest[:, present] = np.minimum.reduceat(D[:, order], starts, axis=1)
    return closest


def soft_votes(closest, temperature):
    r"""Return :math:`p_c \propto e^{-d_c / \tau}` of the distances to the classes.

    Parameters
    ----------
    closest : ndarray of shape (m, n_classes)
        Infinite for classes without faces.
    temperature : float
        tau, in the units of the distances.

    Returns
    -------
    ndarray of shape (m, n_classes)
    """
    # Subtract the smallest: only differences of distances matter.
    least = closest.min(axis=1, keepdims=True)
    excess = closest - np.where(np.isfinite(least), least, 0.0)
    logits = -excess / max(temperature, float(np.finfo(closest.dtype).tiny))
    return np.exp(logits - logsumexp(logits, axis=1, keepdims=True))


def genuine_distances(faces, gallery, whitening, random_state):
    """Return the distances of left-out images to all people.

    Parameters
    ----------
    faces : Faces
    gallery : Gallery
        Gallery of the same faces.
    whitening : Whitening
        Learnt from all faces; each is left out of it.
    random_state : int, RandomState instance or None

    Returns
    -------
    closest : ndarray of shape (m, n_classes)
        Distances to the closest face of each class, see `class_distances`.
    probes : ndarray of int of shape (m,)
        Indices of these images: all, or a random sample.
    """
    n = len(faces.codes)
    n_probes = min(GENUINE_IMAGES, GENUINE_DISTANCES // n)
    probes = sample_indices(n, max(FEWEST_GENUINE_IMAGES, n_probes), random_state)
    removed = None
    if whitening.means is not None and DISTANCES[gallery.metric].of_products:
        removed = left_out_factors(faces.weight, faces.codes, faces.copy)
        removed *= 1 - whitening.shrinkage
    closest = [
        class_distances(
            left_out_distances(probes[block], faces, gallery, whitening, removed),
            faces.codes,
            gallery.n_classes,
        )
        for block in gen_batches(len(probes), max(1, GENUINE_DISTANCES // n))
    ]
    return np.concatenate(closest), probes


def left_out_distances(probes, faces, gallery, whitening, removed):
    """Return the distances of faces to all faces, with each left out of the whitening.

    Parameters
    ----------
    probes : ndarray of int of shape (m,)
        Indices of the faces that are left out.
    faces : Faces
    gallery : Gallery
    whitening : Whitening
    removed : ndarray of shape (n,) or None
        Factors of the scatter that leaving each face out removes, see
        `products_left_out`; None if the whitening does not change.

    Returns
    -------
    ndarray of shape (m, n)
        Infinite for the face itself and its copies.
    """
    Z, distance = gallery.Z, DISTANCES[gallery.metric]
    if removed is None or distance.of_products is None:
        D = distance.between(Z[probes], Z)
    else:
        deviations = faces.C[probes] - whitening.means[faces.codes[probes]]
        deviations = whitening.apply(deviations.astype(Z.dtype))
        products = products_left_out(Z, deviations, removed[probes], probes)
        D = distance.of_products(*products)
    D[faces.image[probes, None] == faces.image[None, :]] = np.inf
    return D


def sample_indices(n_images, n, random_state):
    """Return sorted random indices of n faces, or all if there are no more.

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


def folds_of_people(codes, n_folds):
    """Yield masks of groups of classes, with each class in one of them.

    Parameters
    ----------
    codes : ndarray of int of shape (n,)
    n_folds : int
        Maximum number of masks; there are no more than classes.

    Yields
    ------
    ndarray of bool of shape (n,)

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.eigenface_classifier.probabilities import folds_of_people
    >>> [mask.tolist() for mask in folds_of_people(np.array([3, 3, 7]), 5)]
    [[True, True, False], [False, False, True]]
    """
    present, place = np.unique(codes, return_inverse=True)
    n_folds = min(n_folds, len(present))
    for fold in range(n_folds):
        yield place % n_folds == fold


def products_left_out(Z, deviations, removed, chosen):
    """Return inner products of chosen points with all, in the metric without each.

    Parameters
    ----------
    Z : ndarray of shape (n, M)
        Whitened points.
    deviations : ndarray of shape (m, M)
        Whitened deviations v of those chosen from the class means.
    removed : ndarray of shape (m,)
        Factors b in b v v', which leaving a point out removes from the scatter; 0 if
        the whitening does not depend on v.
    chosen : ndarray of int of shape (m,)

    Returns
    -------
    products : ndarray of shape (m, n)
        z_i . z_j, in the metric without i.
    own : ndarray of shape (m, 1)
        z_i . z_i.
    other : ndarray of shape (m, n)
        z_j . z_j.
    """
    V, b = deviations, removed[:, None]
    # If the point has all of the scatter along its deviation, the rest is rounding.
    remainder = np.maximum(1 - b * np.einsum("ij,ij->i", V, V)[:, None], LEAST_LEFT)
    kappa = b / remainder
    across, along = V @ Z.T, np.einsum("ij,ij->i", V, Z[chosen])[:, None]
    squares = np.einsum("ij,ij->i", Z, Z)
    products = Z[chosen] @ Z.T + kappa * along * across
    own = squares[chosen, None] + kappa * along * along
    return products, own, squares + kappa * across * across


def temperature(closest, codes, weight):
    r"""Return the tau of `soft_votes` with the highest likelihood of the classes.

    Parameters
    ----------
    closest : ndarray of shape (n, n_classes)
        Distances of left-out points to the classes.
    codes : ndarray of int of shape (n,)
        Their classes.
    weight : ndarray of shape (n,)

    Returns
    -------
    float
        Positive. Points without others in their class are ignored; if all are ignored,
        tau is the mean distance to the closest other point.

    Notes
    -----
    At the maximum, the mean distance to the true class equals its expectation under the
    probabilities. If all points are classified correctly, the likelihood grows without
    bound as tau decreases; therefore one label in n + 2 counts as uniform over the
    classes, like Platt's targets.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.eigenface_classifier.probabilities import temperature
    >>> closest = np.array([[1.0, 2.0], [1.0, 2.0], [2.0, 1.0], [1.0, 2.0]])
    >>> codes = np.array([0, 0, 1, 1])
    >>> bool(temperature(closest, codes, np.ones(4)) > 0.5)
    True
    """
    rows = np.arange(len(codes))
    compared = np.isfinite(closest[rows, codes])
    compared &= np.isfinite(closest).sum(axis=1) > 1
    if not compared.any():
        finite = np.where(np.isfinite(closest), closest, np.inf).min(axis=1)
        finite = finite[np.isfinite(finite) & (finite > 0)]
        return float(finite.mean()) if finite.size else 1.0
    closest, codes, weight = closest[compared], codes[compared], weight[compared]
    least = closest.min(axis=1, keepdims=True)
    excess = closest - least  # 0 for the closest class
    finite = np.isfinite(excess)
    true_excess = excess[np.arange(len(codes)), codes]
    uniform = np.where(finite, excess, 0.0).sum(axis=1) / finite.sum(axis=1)
    smoothing = 1 / (weight.sum() + 2)
    target_mean = (1 - smoothing) * true_excess + smoothing * uniform

    def slope(log_beta):
        """Differentiate minus the log likelihood by beta = 1 / tau: it increases."""
        p = softmax(-np.exp(log_beta) * excess, axis=1)
        expected = np.sum(p * np.where(finite, excess, 0.0), axis=1)
        return weight @ (target_mean - expected)

    # About 1 over the mean excess, and far more if nearly all are correct.
    middle = -np.log(max(np.mean(excess[finite]), np.finfo(float).tiny))
    low, high = middle - 6, middle + 12
    if slope(low) >= 0 or slope(high) <= 0:
        return float(np.exp(-low if slope(low) >= 0 else -high))
    return float(np.exp(-brentq(slope, low, high, xtol=1e-14)))
