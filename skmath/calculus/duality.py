r"""A duality gap: how far above the optimum a cost is, at most.

For a cost F(w) = f(w) + P(w) with f the mean of a convex loss of X w, every slope u of
the losses gives a lower bound of the optimum (Fenchel's dual). With u the losses' own
slopes at w, and g the gradient of f, the cost at w is above it by

.. math:: P(w) + P^*(-g) + g^T w

which is 0 exactly where -g is a slope of the penalty at w. P* is finite everywhere if
each coefficient has a share of l2; a lasso of a squared error shrinks u until it is.

The bound takes the intercept's own gradient for 0.

References
----------
.. [1] S. Boyd and L. Vandenberghe, *Convex Optimization*, 2004, section 5.5.1.
.. [2] S.-J. Kim, K. Koh, M. Lustig, S. Boyd and D. Gorinevsky, "An interior-point
   method for large-scale l1-regularized least squares", IEEE J. Sel. Topics Signal
   Process., 1(4), 2007, equations (12) to (14).
"""

import math

import numpy as np

from skmath import _arrays

__all__ = ["duality_gap"]


def duality_gap(penalty, w, gradient, value, *, squared_error=False):
    """Return the gap, or infinity where this bound says nothing.

    Parameters
    ----------
    penalty : ElasticNet
        Without walls.
    w : array of shape (n_features, n_outputs)
    gradient : array of shape (n_features, n_outputs)
        Of the mean of the loss, without the penalty.
    value : float
        Mean of the loss.
    squared_error : bool, default=False
        Whether the loss is half the squared error, of one output.

    Returns
    -------
    float
        In the units of the cost.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import L2, duality_gap
    >>> w = np.array([[2.0]])
    >>> duality_gap(L2(0.5), w, -0.5 * w, 1.0)  # the penalty's slope: the optimum
    0.0
    """
    xp = _arrays.namespace(w)
    a = penalty.kink_strength + 0.0 * w
    b = penalty.curvature + 0.0 * w
    share, rest = 1.0, 0.0
    if not bool(xp.all(b > 0)):
        if not squared_error or bool(xp.any(b > 0)):
            return math.inf
        # Shrunk slopes fit the lasso's bound; the losses pay for it.
        steepest = xp.where(a > 0, a, 0.0) / xp.where(gradient == 0, 1.0, gradient)
        steepest = xp.where(gradient == 0, xp.ones_like(w), xp.abs(steepest))
        share = min(1.0, float(xp.min(steepest)))
        rest = (1 - share) ** 2 * value
    g = share * gradient
    beyond = xp.clip(xp.abs(g) - a, 0.0, None)
    with np.errstate(over="ignore", invalid="ignore"):
        conjugate = xp.where(b > 0, beyond**2 / xp.where(b > 0, 2 * b, 1.0), 0.0)
        gap = a * xp.abs(w) + 0.5 * b * w**2 + conjugate + g * w
        gap = rest + float(xp.sum(gap))
    return max(0.0, gap) if math.isfinite(gap) else math.inf
