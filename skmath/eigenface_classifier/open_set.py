r"""How well a calibrated gate keeps strangers out, and how many friends it refuses.

A threshold below which x of n distances of impostors lie lets in a share of all
impostors that is not x / n: it varies with the n who came. For n that are independent
it is distributed as

.. math:: \mathrm{Beta}(\max(x, 1),\ n + 1 - \max(x, 1)) ,

whatever the distribution of the distances (Wilks 1941; Vovk 2012, for conformal
predictors), with the mean :math:`\max(x, 1) / (n + 1)`.

Images of one person are not independent. With m of each of G people, whose distances
have an intraclass correlation :math:`\rho`, they tell as much as

.. math:: n = \frac{m G}{1 + (m - 1) \rho}

independent ones (Kish 1965), and as the impostors are those who are enrolled, each pair
of people is compared twice: half as many. Here :math:`\rho` is found by the analysis of
variance. That is how Korn and Graubard (1998) make an exact binomial interval one of
clustered data. On made faces, 20 people enrolled, it holds in .90 to .95 of the
cases; without the halving it held in .78 to .87.

The expected share, which that widens more than it shifts, is that of all the images.

Friends who are refused are counted on the enrolled images, a quarter of each person's
left out in turn of face space, whitening and gallery.

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
    "refused_share",
]

CONFIDENCE = 0.95


@dataclass(frozen=True)
class GateRates:
    """What a gate is expected to let in and to refuse.

    Parameters
    ----------
    false_alarm : float
        Share of unknown people's images that are let in.
    interval : tuple of two floats
        Of that share, at 95% confidence.
    false_refusal : float
        Share of the enrolled people's new images that are refused; NaN if nobody has
        two images.
    """

    false_alarm: float
    interval: tuple
    false_refusal: float


def effective_number(values, codes, weight):
    """Return how many independent values tell as much as these, of some people.

    Parameters
    ----------
    values : ndarray of shape (n,)
    codes : ndarray of int of shape (n,)
        Whose each is.
    weight : ndarray of shape (n,)

    Returns
    -------
    float
        From the number of people to that of values.

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
    """Return the expected share of impostors below a threshold, and its interval.

    Parameters
    ----------
    share : float
        Of the n impostors who set the threshold.
    n : float
        How many independent ones they are worth.
    confidence : float

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
    # A threshold below all of them may be as far below as can be.
    return x / (n + 1), (float(low) if share > 0 else 0.0, float(high))


def refused_share(distance, limit, weight):
    """Return the share of faces beyond their limits; NaN of no faces.

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


def equal_error(impostors, friends, impostor_weight, friend_weight):
    """Return the rate at which as many strangers are let in as friends are refused.

    Parameters
    ----------
    impostors, friends : ndarray
        Distances.
    impostor_weight, friend_weight : ndarray

    Returns
    -------
    float
        The mean of both rates where they are closest.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.eigenface_classifier.open_set import equal_error
    >>> ones = np.ones(4)
    >>> equal_error(np.array([2.0, 4, 5, 6]), np.array([1.0, 1, 2, 3]), ones, ones)
    0.25
    """
    limits = np.unique(np.append(impostors, friends))

    def share_upto(values, weight):
        order = np.argsort(values)
        sums = np.append(0.0, np.cumsum(weight[order]))
        return sums[np.searchsorted(values[order], limits, "right")] / sums[-1]

    let_in = share_upto(impostors, impostor_weight)
    refused = 1 - share_upto(friends, friend_weight)
    best = np.argmin(np.abs(let_in - refused))
    return float(let_in[best] + refused[best]) / 2
