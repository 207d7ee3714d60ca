r"""Temperature of a likelihood, which corrects over-confident posteriors.

Redundant features are counted as independent evidence, which makes the posterior
over-confident. A temperature T raises the likelihood to a power,

.. math:: P_T(y | x) \propto P(y) P(x | y)^{1 / T}:

for a feature that occurs twice T = 2 is right. The priors are unchanged. The inverse
:math:`\beta` maximises the probability of the classes of held-out rows,

.. math:: \min_\beta \sum_i w_i \Big[\log \sum_k e^{p_k + \beta l_{ik}}
          - p_{y_i} - \beta l_{i y_i}\Big] + \frac{\log^2 \beta}{2 s^2},

which is convex in :math:`\beta` except for the last term, the logarithm of a normal
prior of :math:`\log \beta` with standard deviation s = 1/2. Without it, confidence
would grow without bound if all rows are classified correctly, and the few rows of a
small table would decide alone.

References
----------
.. [1] C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, "On calibration of modern neural
   networks", ICML 2017, section 4.2.
"""

from typing import Any

import numpy as np

from skmath.probability.bayes import log_posterior

__all__ = ["likeliest_temperature"]

STEPS = 100
"""Maximum number of steps of the search, which are never needed."""

FARTHEST = 1.0
"""Maximum step of the logarithm: longer Newton steps are unreliable."""

LARGEST = 1e100
"""Maximum evidence in nats, so that its squares are finite."""

SPREAD = 0.5
"""Prior standard deviation of the logarithm of the temperature."""

CLOSE = 1e-10
"""Default step of the logarithm at which the search ends."""


def likeliest_temperature(
    log_likelihood: Any, log_prior: Any, codes: Any, weight: Any, close: float = CLOSE
) -> float:
    """Return the temperature that maximises the probability of the rows' classes.

    Parameters
    ----------
    log_likelihood : ndarray of shape (n_samples, n_classes)
        Leave-one-out log P(x | y) of each row, or that of held-out rows.
    log_prior : ndarray of shape (n_classes,)
    codes : ndarray of int of shape (n_samples,)
        Classes, from 0.
    weight : ndarray of shape (n_samples,)
        Weights of the rows; a weight of 2 counts the row twice.
    close : float, default=1e-10
        Tolerance of the logarithm of the temperature.

    Returns
    -------
    float

    Examples
    --------
    The same feature three times:

    >>> import numpy as np
    >>> from skmath.probability import likeliest_temperature
    >>> once = np.log([[0.8, 0.2], [0.2, 0.8]])[np.arange(100_000) % 2]
    >>> wrong = np.arange(100_000) % 10 < 2
    >>> codes = np.where(wrong, 1, 0) ^ (np.arange(100_000) % 2)
    >>> even = np.log([0.5, 0.5])
    >>> round(likeliest_temperature(3 * once, even, codes, np.ones(100_000)), 2)
    3.0
    """
    # Subtract the largest, so that squares are finite; a row whose class has
    # probability 0 has it at any temperature.
    log_likelihood = log_likelihood - log_likelihood.max(axis=1, keepdims=True)
    own = log_likelihood[np.arange(len(codes)), codes] + log_prior[codes]
    weight = np.where(np.isfinite(own), weight, 0.0)
    log_likelihood = np.maximum(log_likelihood, -LARGEST)
    log_beta = 0.0
    best: Any = None
    for _ in range(STEPS):
        value, first, second = _objective(
            log_beta, log_likelihood, log_prior, codes, weight
        )
        if best is not None and value > best[0]:
            # The step was too long: go back half the way.
            log_beta = 0.5 * (log_beta + best[1])
            if abs(log_beta - best[1]) < close:
                break
            continue
        best = (value, log_beta)
        step = float(np.clip(-first / second, -FARTHEST, FARTHEST))
        if abs(step) < close:
            break
        log_beta += step
    return float(np.exp(-best[1]))


def _objective(
    log_beta: float,
    log_likelihood: np.ndarray,
    log_prior: np.ndarray,
    codes: np.ndarray,
    weight: np.ndarray,
) -> tuple[float, float, float]:
    """Return the function of log beta, its slope and its curvature (Gauss-Newton)."""
    beta = np.exp(log_beta)
    log_p = log_posterior(log_prior + beta * log_likelihood)
    p, rows = np.exp(log_p), np.arange(len(codes))
    mean = (p * log_likelihood).sum(axis=1)
    spread = (p * log_likelihood**2).sum(axis=1) - mean**2
    precision = SPREAD**-2
    first = beta * (weight @ (mean - log_likelihood[rows, codes]))
    first += precision * log_beta
    value = -weight @ np.maximum(log_p[rows, codes], -LARGEST)
    value += 0.5 * precision * log_beta**2
    return value, first, beta**2 * (weight @ np.maximum(spread, 0.0)) + precision
