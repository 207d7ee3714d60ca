r"""Leave-one-out probabilities, computed from sums.

A distribution should be judged on values that it was not fitted to:
:math:`\log P_{-i}(x_i | y_i)` is the log probability of the value of row i, in the
class of row i, with one unit of weight of that row left out of the sums. It is one unit
and not the whole row, so that a row of weight two has the same effect as two rows. Sums
without a row have a closed form, so nothing is fitted n times.
"""

import numpy as np

from skmath import _arrays

__all__ = ["as_numbers", "of_own_class", "remaining"]


def as_numbers(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a block as dense float64 with zeros for missing values, and a mask.

    Parameters
    ----------
    X : array or sparse matrix of shape (n_samples, n_columns)

    Returns
    -------
    X : ndarray of shape (n_samples, n_columns)
    observed : ndarray of bool of shape (n_samples, n_columns)
    """
    X = np.asarray(_arrays.dense(X), dtype=np.float64)
    observed = ~np.isnan(X)
    return np.where(observed, X, 0.0), observed


def remaining(weight: np.ndarray, unit: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the weight minus one unit, and whether any weight is left.

    Parameters
    ----------
    weight : ndarray
    unit : float

    Returns
    -------
    left : ndarray, shape as weight
        1 if no weight is left (the quotients are not used then).
    some : ndarray of bool, shape as weight

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.probability.left_out import remaining
    >>> remaining(np.array([3.0, 1.0]), 1.0)
    (array([2., 1.]), array([ True, False]))
    """
    left = weight - unit
    some = left > 0.5 * unit
    return np.where(some, left, 1.0), some


def of_own_class(each: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Return for each row the entry of its own class.

    Parameters
    ----------
    each : ndarray of shape (n_samples, n_classes)
    codes : ndarray of int of shape (n_samples,)

    Returns
    -------
    ndarray of shape (n_samples,)
    """
    return each[np.arange(len(codes)), codes]
