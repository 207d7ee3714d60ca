r"""Verification: the probability that two images show the same person.

The meaning of the distance d of two images in face space is learnt from pairs of
enrolled faces. People are left out in turn, with all their images, of face space and of
the whitening: two images of the same left-out person are a genuine pair, images of
different people an impostor pair. The logarithm of the likelihood ratio is modelled as
linear in log d, so that the unit of d does not matter,

.. math::
   \ell(d) = \log \frac{p(d \mid \text{same})}{p(d \mid \text{other})} = a - b \log d,
   \qquad b \ge 0,

and fitted by logistic regression with the same total weight for both kinds of pairs
(Platt 1999; Brummer and du Preez 2006). Of n pairs of a kind, one in n + 2 counts as
the other kind (Platt's targets), so that a and b are finite even if the kinds are
perfectly separated. With a prior probability :math:`\pi` that two images show the same
person it is

.. math::
   P(\text{same} \mid d) = \frac{1}{1 + e^{-\ell(d)} (1 - \pi) / \pi} .

References
----------
.. [1] J. C. Platt, "Probabilistic outputs for support vector machines and comparisons
   to regularized likelihood methods", in *Advances in Large Margin Classifiers*, 1999.
.. [2] N. Brummer and J. du Preez, "Application-independent evaluation of speaker
   detection", Computer Speech and Language, 20(2-3), 2006, section 8.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_expit, logit

from skmath.eigenface_classifier.calibration import axes_to_keep, number_of_folds
from skmath.eigenface_classifier.probabilities import folds_of_people
from skmath.linear_algebra import DISTANCES

__all__ = [
    "PairLikelihood",
    "compared",
    "enrolled_pairs",
    "pair_distances",
    "pair_likelihood",
]

PROBES, PAIRS = 500, 200_000
"""Maximum number of faces of a fold that are compared, and of their pairs with others:
only two numbers are learnt from all."""

CLOSEST = 1e-8
"""Fraction of the mean distance that is rounding."""


@dataclass(frozen=True)
class PairLikelihood:
    """Likelihood ratio of a distance for the same person against two persons.

    Parameters
    ----------
    offset, slope : float
        The coefficients a and b.
    closest : float, default=0.0
        Lower bound of distances, below which they are rounding errors.
    """

    offset: float
    slope: float
    closest: float = 0.0

    def log_ratio(self, distance):
        """Return the logarithm of the likelihood ratio."""
        return self.offset - self.slope * _log(np.maximum(distance, self.closest))

    def probability(self, distance, prior):
        """Return the probability that images at a distance show the same person.

        Parameters
        ----------
        distance : ndarray
        prior : float
            Prior probability, in (0, 1).

        Returns
        -------
        ndarray
        """
        return expit(self.log_ratio(distance) + logit(prior))


def _log(distance):
    """Return the logarithm of distances, with a lower bound for 0."""
    return np.log(np.maximum(distance, np.finfo(np.float64).tiny))


def pair_distances(A, B, metric):
    """Return the distance of each row of A from the same row of B.

    Parameters
    ----------
    A, B : ndarray of shape (m, M)
    metric : {"cosine", "euclidean", "manhattan"}

    Returns
    -------
    ndarray of shape (m,)

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.eigenface_classifier.verification import pair_distances
    >>> A, B = np.array([[1.0, 0.0]]), np.array([[4.0, 4.0]])
    >>> [float(pair_distances(A, B, name)[0]) for name in ("euclidean", "manhattan")]
    [5.0, 7.0]
    """
    distance = DISTANCES[metric]
    if distance.scaled is not None:
        A, B = distance.scaled(A), distance.scaled(B)
    return distance.of_pairs(A, B)


def compared(A, B, blank, likelihood, prior, metric):
    """Return the fields of `EigenfaceClassifier.verify` for pairs of faces.

    Parameters
    ----------
    A, B : ndarray of shape (m, M)
    blank : tuple of two ndarrays of bool of shape (m,)
        Masks of images without contrast, which are not faces: their distances are
        infinite.
    likelihood : PairLikelihood
    prior : float
    metric : {"cosine", "euclidean", "manhattan"}

    Returns
    -------
    record array of shape (m,)
        See `EigenfaceClassifier.verify`.
    """
    if len(A) != len(B):
        raise ValueError(
            f"A has {len(A)} rows and B has {len(B)}. verify compares row i of A with "
            "row i of B, so both must have the same number of rows."
        )
    distance, blank = pair_distances(A, B, metric), blank[0] | blank[1]
    p, score = likelihood.probability(distance, prior), likelihood.log_ratio(distance)
    p, distance = np.where(blank, 0.0, p), np.where(blank, np.inf, distance)
    score = np.where(blank, np.finfo(score.dtype).min, score)
    fields = {"same": p > 0.5, "probability": p, "score": score, "distance": distance}
    dtype = [(name, values.dtype) for name, values in fields.items()]
    return np.rec.fromarrays(list(fields.values()), dtype=dtype)


def enrolled_pairs(faces, options):
    """Return distances of pairs of enrolled faces, and whether the person is the same.

    Parameters
    ----------
    faces : Faces
    options : Options

    Returns
    -------
    distance, weight : ndarray of shape (n_pairs,)
        The weight of a pair is the product of the weights of both faces.
    same : ndarray of bool of shape (n_pairs,)

    Raises
    ------
    ValueError
        If there is only one person, or nobody has two images.
    """
    between = DISTANCES[options.metric].between
    n_components = axes_to_keep(options, faces.C.shape[1])
    columns: tuple[list[Any], ...] = [], [], []
    n_folds = number_of_folds(len(np.unique(faces.copy)))
    for left_out in folds_of_people(faces.codes, n_folds):
        Z_left_out, Z_kept = faces.without(left_out, n_components, options.whiten)
        # All images of some people, and some images of the others.
        chosen = np.argsort(faces.codes[left_out], kind="stable")[:PROBES]
        kept = np.arange(0, len(Z_kept), max(1, len(chosen) * len(Z_kept) // PAIRS))
        rows = np.append(
            np.flatnonzero(left_out)[chosen], np.flatnonzero(~left_out)[kept]
        )
        D = between(Z_left_out[chosen], np.vstack([Z_left_out[chosen], Z_kept[kept]]))
        i, j = np.triu_indices(len(chosen), 1, len(rows))
        differ = faces.image[rows[i]] != faces.image[rows[j]]
        i, j = i[differ], j[differ]
        columns[0].append(D[i, j])
        columns[1].append(faces.weight[rows[i]] * faces.weight[rows[j]])
        columns[2].append(faces.codes[rows[i]] == faces.codes[rows[j]])
    distance, weight, same = map(np.concatenate, columns)
    if same.all() or not same.any():
        raise ValueError(
            "verify is calibrated on pairs of enrolled faces: enrol at least two "
            "people, and two different images of at least one of them."
        )
    return distance, weight, same


def pair_likelihood(distance, weight, same):
    """Fit the likelihood ratio by logistic regression.

    Parameters
    ----------
    distance, weight : ndarray of shape (n_pairs,)
    same : ndarray of bool of shape (n_pairs,)

    Returns
    -------
    PairLikelihood

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.eigenface_classifier.verification import pair_likelihood
    >>> rng = np.random.default_rng(0)
    >>> d = np.exp(rng.normal([[1.0], [3.0]], 1.0, size=(2, 5000))).ravel()
    >>> ratio = pair_likelihood(d, np.ones(10000), np.arange(10000) < 5000)
    >>> round(ratio.offset), round(ratio.slope)  # of these Gaussians: 4 - 2 log d
    (4, 2)
    """
    totals = np.bincount(same, weight, minlength=2)
    weight = weight / totals[same.astype(int)] / 2
    smoothing = 1 / (np.bincount(same, minlength=2)[same.astype(int)] + 2)
    target = np.where(same, 1 - smoothing, smoothing)
    # Distances below rounding errors are not informative.
    closest = CLOSEST * float(weight @ distance)
    logs = _log(np.maximum(distance, closest))
    centre = weight @ logs
    scale = np.sqrt(weight @ (logs - centre) ** 2)
    if not scale > 0:
        return PairLikelihood(0.0, 0.0, closest)
    x = (centre - logs) / scale

    def loss(theta):
        z = theta[0] + theta[1] * x
        slope = weight * (expit(z) - target)
        value = -weight @ (target * log_expit(z) + (1 - target) * log_expit(-z))
        return value, np.array([slope.sum(), slope @ x])

    bounds = [(None, None), (0.0, None)]
    result = minimize(loss, [0.0, 1.0], jac=True, method="L-BFGS-B", bounds=bounds)
    a, b = result.x
    return PairLikelihood(float(a + b * centre / scale), float(b / scale), closest)
