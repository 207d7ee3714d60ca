r"""Bayes' theorem, in logarithms.

The probability of a class given what was observed is

.. math:: P(y | x) = \frac{P(x | y) P(y)}{P(x)},

where the evidence P(x) is the same for every class and normalises the posterior to sum
to one. Products of many small probabilities underflow; sums of logarithms do not.

References
----------
.. [1] T. Bayes, "An essay towards solving a problem in the doctrine of chances",
   Philosophical Transactions, 53, 1763, proposition 5.
"""

from typing import Any

from skmath import _arrays

__all__ = ["log_posterior", "log_prior"]


def log_prior(weight: Any) -> Any:
    """Return the log prior: the logarithm of each class's fraction of the total weight.

    Parameters
    ----------
    weight : array of shape (n_classes,)
        Total weight of the rows of each class, not negative.

    Returns
    -------
    array of shape (n_classes,)
        -inf for a weight of 0.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.probability import log_prior
    >>> np.exp(log_prior(np.array([9.0, 5.0]))).round(3)
    array([0.643, 0.357])
    """
    xp = _arrays.namespace(weight)
    share = weight / xp.sum(weight)
    positive = share > 0
    logarithm = xp.log(xp.where(positive, share, xp.ones_like(share)))
    return xp.where(positive, logarithm, xp.full_like(share, -xp.inf))


def log_posterior(log_joint: Any) -> Any:
    """Return log P(y | x) = log P(x, y) - log P(x): Bayes' theorem, row by row.

    Parameters
    ----------
    log_joint : array of shape (n_samples, n_classes)
        log P(x | y) + log P(y), up to a constant per row.

    Returns
    -------
    array of shape (n_samples, n_classes)
        Its exponentials sum to one in every row.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.probability import log_posterior
    >>> np.exp(log_posterior(np.log([[0.0206, 0.0053]]))).round(3)
    array([[0.795, 0.205]])
    """
    # Subtract the largest first: the sum would be lost next to a value of -1e20.
    log_joint = log_joint - _arrays.namespace(log_joint).max(
        log_joint, axis=1, keepdims=True
    )
    return log_joint - _arrays.logsumexp(log_joint)
