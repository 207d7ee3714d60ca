r"""Which distribution suits a feature: what each says of a value that it did not see.

The score of a distribution is the mean over the rows of

.. math:: \log P_{-i}(x_i | y_i),

its logarithm of the value of row i, in the class of row i, with one unit of weight of
that row left out. Each has a closed form: nothing is fitted n times. One unit, not the
whole row, so that a row of weight two is the same row twice.

References
----------
.. [1] B. W. Silverman, *Density Estimation for Statistics and Data Analysis*, 1986,
   section 3.4.4.
"""

import math

import numpy as np
from scipy.special import gammaln

from skmath.probability.densities import KDE, Bins, Samples, by_class
from skmath.probability.gaussian import Gaussian
from skmath.statistics.moments import ColumnMoments
from skmath.statistics.within_class import class_means

__all__ = ["left_out_scores"]

LEAST = 1e-12
"""Kernels about a value that are none, its own left out."""


def left_out_scores(x, codes, weight, *, alpha, var_smoothing, bandwidth):
    """Return the score of each distribution that one feature may have.

    Parameters
    ----------
    x : ndarray of shape (n_samples,)
        Without missing values.
    codes : ndarray of int of shape (n_samples,)
        Classes, from 0.
    weight : ndarray of shape (n_samples,)
    alpha, var_smoothing : float
        Of the distributions.
    bandwidth : float or str
        Of the kernels.

    Returns
    -------
    dict of str to float
        In nats; of gaussian, kde and bins, and of poisson where all values are
        non-negative integers. Empty if no class has more than one unit of weight.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.probability import left_out_scores
    >>> x = np.r_[np.arange(40), 100 + np.arange(40)] / 10  # two humps in one class
    >>> options = {"alpha": 1.0, "var_smoothing": 1e-9, "bandwidth": "silverman"}
    >>> scores = left_out_scores(x, np.zeros(80, int), np.ones(80), **options)
    >>> max(scores, key=scores.get)
    'bins'
    """
    # A class of one unit has nothing left to tell of it.
    own = np.bincount(codes, weight)[codes]
    rest = own > 1.5
    if not rest.any():
        return {}
    logs = {"bins": _bins(x, codes, weight, alpha)}
    if _varies_in_all(x[weight > 0], codes[weight > 0]):
        # The density of values that are all the same would be infinite.
        logs["gaussian"] = _gaussian(x, codes, weight, own, var_smoothing)
        logs["kde"] = _kernels(x, codes, weight, own, bandwidth, var_smoothing)
    if len(logs) > 1 and (x >= 0).all() and (x == np.floor(x)).all():
        logs["poisson"] = _poisson(x, codes, weight, own, alpha)
    share = weight[rest] / weight[rest].sum()
    return {name: float(share @ log[rest]) for name, log in logs.items()}


def _varies_in_all(x, codes):
    """Tell whether there are different values in every class that there is."""
    present, codes = np.unique(codes, return_inverse=True)
    high, low = np.full(len(present), -np.inf), np.full(len(present), np.inf)
    np.maximum.at(high, codes, x)
    np.minimum.at(low, codes, x)
    return bool((high > low).all())


def _gaussian(x, codes, weight, own, var_smoothing):
    total = np.bincount(codes, weight)
    mean = class_means(x[:, None], codes, weight)
    error = x - mean[codes, 0]
    scatter = np.bincount(codes, weight * error**2)
    sums = ColumnMoments(total[:, None], mean, scatter[:, None])
    fitted = Gaussian(var_smoothing).fit(sums)
    floor = (fitted["var_"] - sums.variance)[codes, 0]
    left = np.maximum(own - 1, 0.5)
    # The mean without it is farther away by own / left, and the scatter smaller.
    variance = np.maximum(scatter[codes] - error**2 * own / left, 0) / left + floor
    return -0.5 * (
        np.log(2 * math.pi * variance) + (error * own / left) ** 2 / variance
    )


def _kernels(x, codes, weight, own, bandwidth, var_smoothing):
    samples = Samples(((x[:, None], codes, weight),), codes.max() + 1)
    [of_column] = KDE(bandwidth, var_smoothing).fit(samples)["_columns_"]
    log = np.empty_like(x)
    for kernels, here in zip(of_column, by_class(codes, len(of_column)), strict=True):
        log[here] = kernels.log_density(x[here])
    h = np.array([kernels.bandwidth for kernels in of_column])
    one = 1 / (h[codes] * math.sqrt(2 * math.pi))
    others = np.maximum(np.exp(log) * own / one - 1, LEAST)
    return np.log(others) + np.log(one) - np.log(np.maximum(own - 1, 0.5))


def _bins(x, codes, weight, alpha):
    order = np.argsort(x, kind="stable")
    logs = np.empty_like(x)
    logs[order] = Bins(alpha).left_out(
        x[order], codes[order], weight[order], codes.max() + 1
    )
    return logs


def _poisson(x, codes, weight, own, alpha):
    total = np.bincount(codes, weight * x)[codes]
    pooled = (weight @ x - x) / max(weight.sum() - 1, 0.5)
    pooled = np.where(pooled > 0, pooled, 1.0)
    rate = (np.maximum(total - x, 0) + alpha * pooled) / (own - 1 + alpha)
    rate = np.maximum(rate, 1e-300)
    return x * np.log(rate) - rate - gammaln(x + 1)
