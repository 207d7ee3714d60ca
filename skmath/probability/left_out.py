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

from skmath.probability.densities import KDE, Bins, samples_of
from skmath.probability.gaussian import Gaussian

__all__ = ["left_out_scores"]

LEAST = 1e-12
"""Kernels about a value that are none, its own left out."""


def left_out_scores(x, members, weight, *, alpha, var_smoothing, bandwidth):
    """Return the score of each distribution that one feature may have.

    Parameters
    ----------
    x : ndarray of shape (n_samples,)
        Without missing values.
    members : ndarray of shape (n_samples, n_classes)
        One-hot.
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
    >>> scores = left_out_scores(x, np.ones((80, 1)), np.ones(80), **options)
    >>> max(scores, key=scores.get)
    'bins'
    """
    total = weight @ members
    own = members @ total
    # A class of one unit has nothing left to tell of it.
    rest = own > 1.5
    if not rest.any():
        return {}
    of_row = np.argmax(members, axis=1)
    logs = {"bins": _bins(x, weight, of_row, members, alpha)}
    if _varies_in_all(x, members[weight > 0], x[weight > 0]):
        # The density of values that are all the same would be infinite.
        logs["gaussian"] = _gaussian(x, members, weight, own, var_smoothing)
        logs["kde"] = _kernels(
            x, members, weight, of_row, own, bandwidth, var_smoothing
        )
    if len(logs) > 1 and (x >= 0).all() and (x == np.floor(x)).all():
        logs["poisson"] = _poisson(x, members, weight, own, alpha)
    share = weight[rest] / weight[rest].sum()
    return {name: float(share @ log[rest]) for name, log in logs.items()}


def _varies_in_all(x, members, values):
    """Tell whether there are different values in every class."""
    high = np.where(members > 0, values[:, None], -np.inf).max(axis=0)
    low = np.where(members > 0, values[:, None], np.inf).min(axis=0)
    return bool((high[high > -np.inf] > low[high > -np.inf]).all())


def _gaussian(x, members, weight, own, var_smoothing):
    likelihood = Gaussian(var_smoothing)
    sums = likelihood.statistics(x[:, None], members, weight)
    fitted = likelihood.fit(sums)
    error = x - members @ fitted["theta_"][:, 0]
    scatter = members @ sums.scatter[:, 0]
    floor = members @ (fitted["var_"] - sums.variance)[:, 0]
    left = np.maximum(own - 1, 0.5)
    # The mean without it is farther away by own / left, and the scatter smaller.
    variance = np.maximum(scatter - error**2 * own / left, 0) / left + floor
    return -0.5 * (
        np.log(2 * math.pi * variance) + (error * own / left) ** 2 / variance
    )


def _kernels(x, members, weight, of_row, own, bandwidth, var_smoothing):
    likelihood = KDE(bandwidth, var_smoothing)
    [of_column] = likelihood.fit(samples_of(x[:, None], members, weight))["_columns_"]
    log = np.empty_like(x)
    for k, kernels in enumerate(of_column):
        log[of_row == k] = kernels.log_density(x[of_row == k])
    h = np.array([kernels.bandwidth for kernels in of_column])
    one = 1 / (h[of_row] * math.sqrt(2 * math.pi))
    others = np.maximum(np.exp(log) * own / one - 1, LEAST)
    return np.log(others) + np.log(one) - np.log(np.maximum(own - 1, 0.5))


def _bins(x, weight, of_row, members, alpha):
    order = np.argsort(x, kind="stable")
    weights = (members * weight[:, None])[order].T
    logs = np.empty_like(x)
    logs[order] = Bins(alpha).left_out(x[order], weights, of_row[order])
    return logs


def _poisson(x, members, weight, own, alpha):
    total = members @ (weight * x @ members)
    pooled = (weight @ x - x) / max(weight.sum() - 1, 0.5)
    pooled = np.where(pooled > 0, pooled, 1.0)
    rate = (np.maximum(total - x, 0) + alpha * pooled) / (own - 1 + alpha)
    rate = np.maximum(rate, 1e-300)
    return x * np.log(rate) - rate - gammaln(x + 1)
