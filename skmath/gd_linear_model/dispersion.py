"""Maximum likelihood estimate of the negative binomial dispersion, for given means."""

import numpy as np

from skmath import _arrays
from skmath.calculus import WithOffset, dispersion_slopes
from skmath.gd_linear_model.block_sums import targets_and_outputs

__all__ = ["estimate_dispersion"]

SEARCH_STEPS = 100
"""Maximum number of steps; the search usually ends long before."""

FARTHEST = 2.0
"""Maximum step of the logarithm of the dispersion, because a longer Newton step is
unreliable."""


def estimate_dispersion(cost, theta, dispersion):
    """Estimate the negative binomial dispersion by maximum likelihood, at theta.

    It takes Newton steps in the logarithm, between points where the likelihood rises
    and falls.

    Parameters
    ----------
    cost : Cost
    theta : array of shape (n_features + 1, n_outputs)
    dispersion : float
        Nonnegative starting point of the search.

    Returns
    -------
    float
        0 if the likelihood decreases from 0: counts vary no more than Poisson's.
    """
    if not slopes_at(cost, theta, 0.0)[0] > 0:
        return 0.0
    a, low, high = dispersion or 1.0, 0.0, float("inf")
    for _ in range(SEARCH_STEPS):
        first, second = slopes_at(cost, theta, a)
        move = -first / second if second < 0 else np.sign(first) * np.inf
        new = a * float(np.exp(np.clip(move, -FARTHEST, FARTHEST)))
        if abs(new - a) <= 1e-12 * a:
            break
        low, high = (a, high) if first > 0 else (low, a)
        a = new if low < new < high else (low * high) ** 0.5
    return a


def slopes_at(cost, theta, dispersion):
    """Return both derivatives of the log-likelihood in the log of the dispersion."""
    sums = cost.rows.sum(sums_of_slopes, theta, cost.loss, dispersion, cost.n_classes)
    return tuple(float(x) for x in sums)


def sums_of_slopes(X, y, weight, theta, loss, dispersion, n_classes):
    """Return the sums of `dispersion_slopes` over a block."""
    y, z = targets_and_outputs(X, y, theta, n_classes)
    if isinstance(loss, WithOffset):
        y, z = loss.at(y, z)
    y, mean = (_host(x) for x in (y, _arrays.namespace(z).exp(z)))
    slopes = dispersion_slopes(y, mean, dispersion)
    weight = None if weight is None else _arrays.to_numpy(weight)
    return tuple(_arrays.weigh(x, weight).sum() for x in slopes)


def _host(x):
    return _arrays.to_numpy(x).astype(np.float64, copy=False)
