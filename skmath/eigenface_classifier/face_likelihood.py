r"""Is it a face? The likelihood of an image under a Gaussian in and about face space.

With k principal axes of variance :math:`\lambda_i` and an even variance in all other
directions, minus twice the log likelihood of an image is, up to constants, a sum of two
distances (Moghaddam and Pentland 1997, equation 8): within face space, and from it,

.. math::
   d_{in} = \sum_{i \le k} \frac{y_i^2}{\lambda_i}, \qquad
   d_{out} = \|x - m\|^2 - \sum_{i \le k} y_i^2, \qquad
   \frac{d_{in}}{g_{in}} + \frac{d_{out}}{g_{out}} .

The divisors come from faces of people who were left out. Each distance is a weighted
sum of squares, close to g times a chi-square of h degrees of freedom with the same mean
and variance (Box 1954): g = variance / (2 mean), h = 2 mean^2 / variance. So neither
the many directions outside, whose variance is far from even, nor the few within drown
the other. The sum is divided by the degrees of freedom: a new face is at 1 on average.

References
----------
.. [1] B. Moghaddam and A. Pentland, "Probabilistic visual learning for object
   representation", IEEE Trans. Pattern Analysis and Machine Intelligence, 19(7), 1997.
.. [2] G. E. P. Box, "Some theorems on quadratic forms applied in the study of analysis
   of variance problems, I", Annals of Mathematical Statistics, 25(2), 1954, theorem
   3.1.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["FaceLikelihood", "face_likelihood"]

NONE = 1e-12
"""A variance, of 1 in all, up to which there is none."""


@dataclass(frozen=True)
class FaceLikelihood:
    """How far an image is from being a face: 1 for a new face on average.

    Parameters
    ----------
    scale : float
        What lengths are divided by, so that their fourth powers are numbers.
    variance : ndarray of shape (k,)
        Along the leading axes, of lengths so divided.
    factors : ndarray of shape (2,)
        What the distances within and from face space are multiplied by.
    left_out : ndarray of shape (n,)
        The distances of faces whose person was left out.
    weight : ndarray of shape (n,)
        Of those faces.
    """

    scale: float
    variance: Any
    factors: Any
    left_out: Any
    weight: Any

    def distance(self, C, outside):
        """Return the distances of images, from their coordinates.

        Parameters
        ----------
        C : ndarray of shape (n, M)
            Along the axes of face space, k or more.
        outside : ndarray of shape (n,)
            Squared distance from their span.

        Returns
        -------
        ndarray of shape (n,)
        """
        C, outside = C / self.scale, outside / self.scale / self.scale
        return two_distances(C, outside, self.variance) @ self.factors


def two_distances(C, outside, variance):
    """Return the squared distances within and from the leading axes, two columns."""
    squares = C * C
    k = len(variance)
    within = squares[:, :k] @ (1 / variance)
    return np.stack([within, squares[:, k:].sum(axis=1) + outside], axis=1)


def face_likelihood(C, outside, weight, k, folds):
    """Return the `FaceLikelihood` of faces that are centred principal coordinates.

    Parameters
    ----------
    C : ndarray of shape (n, M)
        Coordinates along principal axes, the largest variance first.
    outside : ndarray of shape (n,)
        Squared distance from their span.
    weight : ndarray of shape (n,)
    k : int
        Axes within which variances are used; M or fewer.
    folds : iterable of ndarray of bool of shape (n,)
        Faces to leave out together. Where the others are no more than k, or do not
        differ, none is left out: the faces are measured by themselves, which makes
        them closer than new ones.

    Returns
    -------
    FaceLikelihood

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.eigenface_classifier.face_likelihood import face_likelihood
    >>> C = np.random.default_rng(0).normal(size=(400, 3)) * [9, 3, 1]
    >>> halves = [np.arange(400) < 200, np.arange(400) >= 200]
    >>> likelihood = face_likelihood(C, np.zeros(400), np.ones(400), 2, halves)
    >>> likelihood.left_out.mean().round(3)
    np.float64(1.0)
    """
    total = weight.sum()
    largest = max(np.abs(C).max(), np.sqrt(outside.max())) or 1.0
    squares = np.sum((C / largest) ** 2, axis=1) + outside / largest / largest
    scale = largest * np.sqrt(weight @ squares / total) or 1.0
    C, outside = C / scale, outside / scale / scale
    distances = np.zeros((len(C), 2))
    for left_out in folds:
        mean, axes, variance = _leading(C[~left_out], weight[~left_out], k)
        if variance[-1] <= NONE:
            mean, axes, variance = _leading(C, weight, k)
        centred = C[left_out] - mean
        along = centred @ axes
        whole = np.sum(centred**2, axis=1)
        beyond = whole - np.sum(along**2, axis=1)
        beyond = np.where(beyond > 1e-12 * whole, beyond, 0.0)  # or it is rounding
        distances[left_out] = two_distances(along, beyond + outside[left_out], variance)
    factors = box_factors(distances, weight)
    centred = C[:, :k] - weight @ C[:, :k] / total
    variance = np.maximum(weight @ centred**2 / total, NONE)
    return FaceLikelihood(scale, variance, factors, distances @ factors, weight)


def _leading(C, weight, k):
    """Return mean, k axes (columns) and variances along them."""
    total = max(weight.sum(), np.finfo(float).tiny)
    mean = weight @ C / total
    centred = C - mean
    covariance = (centred * weight[:, None]).T @ centred / total
    variance, axes = np.linalg.eigh(covariance)
    return mean, axes[:, : -k - 1 : -1], np.maximum(variance[: -k - 1 : -1], NONE)


def box_factors(distances, weight):
    """Return 1 / (g h) of each distance: matched chi-squares, h summed over both.

    Parameters
    ----------
    distances : ndarray of shape (n, 2)
        A column of zeros gets the factor 0.
    weight : ndarray of shape (n,)

    Returns
    -------
    ndarray of shape (2,)
    """
    mean = weight @ distances / weight.sum()
    variance = weight @ (distances - mean) ** 2 / weight.sum()
    seen = mean > 0
    mean = np.where(seen, mean, 1.0)
    g = np.where(variance > 0, variance, mean**2) / (2 * mean)
    degrees = np.sum(mean / g, where=seen)
    return np.where(seen, 1 / g, 0.0) / (degrees if degrees > 0 else 1.0)
