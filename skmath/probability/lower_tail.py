r"""Extrapolation of a small quantile from the tail of the smallest values.

The smallest of many non-negative values has, in the limit and whatever their own
distribution, a Weibull distribution (Fisher and Tippett 1928),

.. math:: P(d \le t) = 1 - e^{-(t / \lambda)^k} ,

and so has the distance to the closest of many faces or points (Scheirer et al. 2011).
Only the lower end is needed, so the shape is fitted to the lower half of the values d;
the others are censored at the median T. With r values up to T and n in total the
likelihood is maximal (Cohen 1965) where

.. math::
   \frac{\sum_{i \le r} d_i^k \log d_i + (n - r) T^k \log T}
        {\sum_{i \le r} d_i^k + (n - r) T^k}
   - \frac{1}{k} = \frac{1}{r} \sum_{i \le r} \log d_i , \qquad
   \lambda^k = \frac{1}{r} \Big(\sum_{i \le r} d_i^k + (n - r) T^k\Big) .

The left side grows with k, so there is one solution.

References
----------
.. [1] R. A. Fisher and L. H. C. Tippett, "Limiting forms of the frequency distribution
   of the largest or smallest member of a sample", Math. Proc. Cambridge Philosophical
   Society, 24(2), 1928.
.. [2] A. C. Cohen, "Maximum likelihood estimation in the Weibull distribution based on
   complete and on censored samples", Technometrics, 7(4), 1965, equations 17 and 18.
.. [3] W. J. Scheirer, A. Rocha, R. J. Micheals and T. E. Boult, "Meta-recognition: the
   theory and practice of recognition score analysis", IEEE Trans. Pattern Analysis and
   Machine Intelligence, 33(8), 2011.
"""

from typing import Any

import numpy as np
from scipy.optimize import brentq

__all__ = ["lower_tail_quantile"]

SHAPES = 1e-3, 1e6
"""Range of k: beyond it values differ by orders of magnitude, or by rounding."""


def lower_tail_quantile(values: Any, share: Any, weight: Any) -> float:
    """Return a small quantile, extrapolated by a Weibull distribution.

    Parameters
    ----------
    values : ndarray of shape (n,)
        Positive values, such as distances to the closest of many; the lower half must
        have two distinct values.
    share : float
        Probability of the quantile, in (0, 1).
    weight : ndarray of shape (n,)

    Returns
    -------
    float

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.probability import lower_tail_quantile
    >>> values = np.random.default_rng(0).weibull(3, 2000)
    >>> round(lower_tail_quantile(values, 1e-4, np.ones(2000)), 2)
    0.04
    >>> round(float((-np.log1p(-1e-4)) ** (1 / 3)), 2)
    0.05
    """
    order = np.argsort(values)
    d, w = values[order], weight[order]
    T = d[np.flatnonzero(np.cumsum(w) >= w.sum() / 2)[0]]
    above = np.searchsorted(d, T, side="right")
    r, rest = w[:above].sum(), w[above:].sum()
    # In units of T, so that its terms are 1 and 0.
    x = d[:above] / T
    w, logs = w[:above], np.log(x)

    def score(k: float) -> float:
        powers = w * x**k
        return powers @ logs / (powers.sum() + rest) - 1 / k - w @ logs / r

    k = brentq(score, *SHAPES)
    scale = ((w @ x**k + rest) / r) ** (1 / k)
    return float(T * scale * (-np.log1p(-share)) ** (1 / k))
