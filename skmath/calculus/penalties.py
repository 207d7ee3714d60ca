"""Penalties: what large coefficients cost.

A penalty is the sum of a smooth part, which is differentiated with the loss, and a part
with a kink at zero, which acts through its proximal map
prox(v) = argmin_w |w - v|^2 / (2 step) + kink(w).

- ``value(w)``: the whole penalty;
- ``gradient(w)`` and ``curvature``: of the smooth part;
- ``kink(w)`` and ``prox(v, step)``: value and proximal map of the part with the kink.

References
----------
.. [1] N. Parikh and S. Boyd, "Proximal algorithms", Foundations and Trends in
   Optimization, 1(3), 2014, section 6.5.2.
"""

from dataclasses import dataclass

from skmath import _arrays

__all__ = ["L1", "L2", "PENALTIES", "ElasticNet"]


@dataclass(frozen=True)
class ElasticNet:
    """alpha (l1_ratio |w| + (1 - l1_ratio) w^2 / 2), summed over the coefficients.

    Parameters
    ----------
    alpha : float
    l1_ratio : float
        Between 0 (l2) and 1 (l1).

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import ElasticNet
    >>> ElasticNet(alpha=1.0, l1_ratio=1.0).prox(np.array([3.0, -0.5]), 1.0)
    array([ 2., -0.])
    """

    alpha: float
    l1_ratio: float

    @property
    def kink_strength(self):
        """Weight of the part with a kink at zero, alpha l1_ratio."""
        return self.alpha * self.l1_ratio

    @property
    def curvature(self):
        """Second derivative of the smooth part, alpha (1 - l1_ratio)."""
        return self.alpha * (1 - self.l1_ratio)

    def value(self, w):
        """Return the penalty of all the coefficients, a number."""
        xp = _arrays.namespace(w)
        return 0.5 * self.curvature * float(xp.sum(w * w)) + self.kink(w)

    def kink(self, w):
        """Return alpha l1_ratio |w|, a number."""
        xp = _arrays.namespace(w)
        return self.kink_strength * float(xp.sum(xp.abs(w)))

    def gradient(self, w):
        """Return alpha (1 - l1_ratio) w."""
        return self.curvature * w

    def prox(self, v, step):
        """Return v moved towards zero by alpha l1_ratio step, but not past it."""
        xp = _arrays.namespace(v)
        shorter = xp.abs(v) - self.kink_strength * step
        return xp.sign(v) * xp.where(shorter > 0, shorter, xp.zeros_like(v))


def L2(alpha):
    """Return alpha w^2 / 2, the ridge penalty."""
    return ElasticNet(alpha, 0.0)


def L1(alpha):
    """Return alpha |w|, the lasso penalty."""
    return ElasticNet(alpha, 1.0)


PENALTIES = {
    "l2": lambda alpha, l1_ratio: L2(alpha),
    "l1": lambda alpha, l1_ratio: L1(alpha),
    "elasticnet": ElasticNet,
    None: lambda alpha, l1_ratio: L2(0.0),
}
"""The penalties that have a name, made from alpha and l1_ratio."""
