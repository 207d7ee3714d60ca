r"""Likelihood that an image is a face, as a distance from the enrolled faces.

With k principal axes of variance :math:`\lambda_i` and the same variance in all other
directions, minus twice the log likelihood of an image's grey values is, up to
constants, a sum of two distances (Moghaddam and Pentland 1997, equation 8): within face
space, and from it. If height and width of the images are known, two more distances are
added, for the `details` f and their strength s, by the likelihood of Gaussians with the
means and (co)variances of the enrolled faces:

.. math::
   d_{in} = \sum_{i \le k} \frac{y_i^2}{\lambda_i}, \quad
   d_{out} = \|x - m\|^2 - \sum_{i \le k} y_i^2, \quad
   d_f = (f - \bar f)^T \Sigma_f^{-1} (f - \bar f), \quad
   d_s = \frac{(s - \bar s)^2}{\sigma_s^2}, \quad
   d = \sum_j \frac{d_j}{g_j} .

The divisors are estimated on faces of left-out people. Each distance is a weighted sum
of squares, which is close to g times a chi-square variable of h degrees of freedom with
the same mean and variance (Box 1954): g = variance / (2 mean), h = 2 mean^2 / variance.
So neither the many directions outside, whose variances differ widely, nor the few
within dominate the sum. It is divided by the degrees of freedom, so that a new face has
the distance 1 on average.

References
----------
.. [1] B. Moghaddam and A. Pentland, "Probabilistic visual learning for object
   representation", IEEE Trans. Pattern Analysis and Machine Intelligence, 19(7), 1997.
.. [2] G. E. P. Box, "Some theorems on quadratic forms applied in the study of analysis
   of variance problems, I", Annals of Mathematical Statistics, 25(2), 1954, theorem
   3.1.
.. [3] J. H. Friedman, "Regularized discriminant analysis", J. American Statistical
   Association, 84, 1989, equation 18, for the shrunk covariance.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import linalg

from skmath.eigenface_classifier.probabilities import (
    GENUINE_IMAGES,
    folds_of_people,
    sample_indices,
)

__all__ = ["DetailLikelihood", "FaceLikelihood", "face_likelihood"]

LIKELIHOOD_FOLDS = 5
"""Folds of people that are left out to measure the likelihood of their faces: four
fifths of the people give nearly the same result as all."""

LEAST_VARIANCE = 1e-12
"""Fraction of the total variance that counts as rounding; its root is 1e-6."""

DETAIL_FACES = 8
"""Minimum number of faces for using details: with fewer, new faces of the same people
would be rejected, because no two images have the same details."""

SHRINKAGE = 0.2
"""Shrinkage of the details' covariance towards the identity, which is needed because
there are usually more cells than images."""


@dataclass(frozen=True)
class DetailLikelihood:
    """Gaussian likelihood of the details of faces and of their strength.

    Parameters
    ----------
    mean : ndarray of shape (n_cells,)
    root : ndarray of shape (n_cells, n_cells)
        R, with R R' the inverse of the shrunk covariance.
    strength, variance : ndarray of shape (0,) or (1,)
        Mean and variance of the logarithm of the strength.
    """

    mean: Any
    root: Any
    strength: Any
    variance: Any

    @classmethod
    def of(cls, D, weight):
        """Return the likelihood for the details of faces.

        Parameters
        ----------
        D : ndarray of shape (n, n_cells + 1) or (n, 0)
            See `Details`.
        weight : ndarray of shape (n,)
        """
        if D.shape[1] == 0:
            return cls(*(np.empty((0,) * n) for n in (1, 2, 1, 1)))
        D, share = D.astype(np.float64), weight / weight.sum()
        mean = share @ D
        centred = D - mean
        F, s = centred[:, :-1], centred[:, -1:]
        S = (F * share[:, None]).T @ F
        q = len(S)
        spread = np.trace(S) / q
        S *= 1 - SHRINKAGE
        S[np.diag_indices(q)] += max(SHRINKAGE * spread, LEAST_VARIANCE)
        L = linalg.cholesky(S, lower=True)
        root = linalg.solve_triangular(L, np.eye(q), lower=True).T
        return cls(mean[:-1], root, mean[-1:], np.maximum(share @ s**2, LEAST_VARIANCE))

    def distances(self, D):
        """Return the squared distances of details and of their strength.

        Parameters
        ----------
        D : ndarray of shape (n, n_cells + 1) or (n, 0)

        Returns
        -------
        ndarray of shape (n, 2) or (n, 0)
        """
        if self.root.size == 0:
            return D[:, :0]
        places = (D[:, :-1] - self.mean) @ self.root
        strength = (D[:, -1:] - self.strength) ** 2 / self.variance
        return np.hstack([np.sum(places**2, axis=1, keepdims=True), strength])


@dataclass(frozen=True)
class FaceLikelihood:
    """Distance of images from the enrolled faces: 1 for a new face on average.

    Parameters
    ----------
    scale : float
        Divisor of lengths, so that their fourth powers do not overflow.
    variance : ndarray of shape (k,)
        Variances along the leading axes, for scaled lengths.
    details : DetailLikelihood
    factors : ndarray of shape (2,) or (4,)
        Factors of the distances.
    left_out : ndarray of shape (n,)
        Distances of left-out faces.
    weight : ndarray of shape (n,)
        Weights of the left-out faces.
    """

    scale: float
    variance: Any
    details: DetailLikelihood
    factors: Any
    left_out: Any
    weight: Any

    def distance(self, C, outside, D):
        """Return the distances of images, from their coordinates and details.

        Parameters
        ----------
        C : ndarray of shape (n, M)
            Coordinates along the axes of face space, k or more.
        outside : ndarray of shape (n,)
            Squared distances from their span.
        D : ndarray of shape (n, n_cells + 1) or (n, 0)

        Returns
        -------
        ndarray of shape (n,)
        """
        C, outside = C / self.scale, outside / self.scale / self.scale
        in_and_out = two_distances(C, outside, self.variance)
        return np.hstack([in_and_out, self.details.distances(D)]) @ self.factors

    def without_probes(self):
        """Return the likelihood without the distances of the left-out faces."""
        return replace(self, left_out=self.left_out[:0], weight=self.weight[:0])


def two_distances(C, outside, variance):
    """Return the squared distances within and from the leading axes, as two columns."""
    squares = C * C
    k = len(variance)
    within = squares[:, :k] @ (1 / variance)
    return np.stack([within, squares[:, k:].sum(axis=1) + outside], axis=1)


def face_likelihood(C, outside, D, codes, weight, k, random_state=None):
    """Return the `FaceLikelihood` of faces that are centred principal coordinates.

    Parameters
    ----------
    C : ndarray of shape (n, M)
        Coordinates along principal axes, the largest variance first.
    outside : ndarray of shape (n,)
        Squared distance from their span.
    D : ndarray of shape (n, n_cells + 1) or (n, 0)
        Details, see `Details`; they are not used for fewer than `DETAIL_FACES` faces.
    codes : ndarray of int of shape (n,)
        Person of each face. A person's faces are left out together. If the others are
        at most k faces, or do not vary, none is left out; then the distances are
        smaller than those of new faces.
    weight : ndarray of shape (n,)
    k : int
        Number of axes whose variances are used; at most M.
    random_state : int, RandomState instance or None, default=None
        Draws a sample if there are many faces.

    Returns
    -------
    FaceLikelihood

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.eigenface_classifier.likelihood import face_likelihood
    >>> C = np.random.default_rng(0).normal(size=(400, 3)) * [9, 3, 1]
    >>> people = np.arange(400) // 4
    >>> where = np.zeros(400), np.zeros((400, 0))
    >>> likelihood = face_likelihood(C, *where, people, np.ones(400), 2)
    >>> likelihood.left_out.mean().round(3)
    np.float64(1.0)
    """
    probes = sample_indices(len(C), GENUINE_IMAGES, random_state)
    C, outside, D = C[probes].astype(np.float64), outside[probes], D[probes]
    codes, weight = codes[probes], weight[probes]
    D = D if len(D) >= DETAIL_FACES else D[:, :0]
    total = weight.sum()
    largest = max(np.abs(C).max(), np.sqrt(outside.max())) or 1.0
    squares = np.sum((C / largest) ** 2, axis=1) + outside / largest / largest
    scale = largest * np.sqrt(weight @ squares / total) or 1.0
    C, outside = C / scale, outside / scale / scale
    distances = np.zeros((len(C), 4 if D.shape[1] else 2))
    for left_out in folds_of_people(codes, LIKELIHOOD_FOLDS):
        kept = ~left_out
        mean, axes, variance = _leading(C[kept], weight[kept], k)
        if variance[-1] <= LEAST_VARIANCE:
            kept = np.full(len(C), True)
            mean, axes, variance = _leading(C, weight, k)
        details = DetailLikelihood.of(D[kept], weight[kept])
        centred = C[left_out] - mean
        along, lengths = centred @ axes, np.sum(centred**2, axis=1)
        remainder = lengths - np.sum(along**2, axis=1)
        remainder = np.where(remainder > LEAST_VARIANCE * lengths, remainder, 0.0)
        in_and_out = two_distances(along, remainder + outside[left_out], variance)
        distances[left_out] = np.hstack([in_and_out, details.distances(D[left_out])])
    factors = box_factors(distances, weight)
    centred = C[:, :k] - weight @ C[:, :k] / total
    variance = np.maximum(weight @ centred**2 / total, LEAST_VARIANCE)
    details = DetailLikelihood.of(D, weight)
    left_out = distances @ factors
    return FaceLikelihood(scale, variance, details, factors, left_out, weight)


def _leading(C, weight, k):
    """Return the mean, k axes (as columns) and the variances along them."""
    total = max(weight.sum(), np.finfo(float).tiny)
    mean = weight @ C / total
    centred = C - mean
    covariance = (centred * weight[:, None]).T @ centred / total
    variance, axes = np.linalg.eigh(covariance)
    return (
        mean,
        axes[:, : -k - 1 : -1],
        np.maximum(variance[: -k - 1 : -1], LEAST_VARIANCE),
    )


def box_factors(distances, weight):
    """Return 1 / (g h) for each distance, with h summed over all distances.

    Parameters
    ----------
    distances : ndarray of shape (n, n_distances)
        A column of zeros gets the factor 0.
    weight : ndarray of shape (n,)

    Returns
    -------
    ndarray of shape (n_distances,)
    """
    mean = weight @ distances / weight.sum()
    variance = weight @ (distances - mean) ** 2 / weight.sum()
    is_used = mean > 0
    mean = np.where(is_used, mean, 1.0)
    g = np.where(variance > 0, variance, mean**2) / (2 * mean)
    degrees = np.sum(mean / g, where=is_used)
    return np.where(is_used, 1 / g, 0.0) / (degrees if degrees > 0 else 1.0)
