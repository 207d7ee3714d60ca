"""Penalties: what large coefficients cost.

A penalty is the sum of a smooth part, which is differentiated with the loss, and a part
with a kink or a wall, which acts through its proximal map
prox(v) = argmin_w (w - v)^2 / (2 step) + kink(w).

- ``value(w)``: the whole penalty, a number;
- ``gradient(w)``: of the smooth part, shape of w;
- ``prox(v, step)``: of the other part, shape of v; step broadcasts against it.

Any object with these serves as a penalty of `GDLinearModel`. It may say more:
``curvature``, the second derivative of the smooth part (0 if it has none), and
``is_smooth``, whether the proximal map returns v.

References
----------
.. [1] N. Parikh and S. Boyd, "Proximal algorithms", Foundations and Trends in
   Optimization, 1(3), 2014, section 6.5.2.
"""

from dataclasses import dataclass
from typing import Any

from skmath import _arrays

__all__ = ["L1", "L2", "PENALTIES", "ElasticNet", "resolve_penalty"]


@dataclass(frozen=True)
class ElasticNet:
    """alpha v (l1_ratio |w| + (1 - l1_ratio) w^2 / 2), summed over the coefficients.

    Parameters
    ----------
    alpha : float
    l1_ratio : float
        Between 0 (l2) and 1 (l1).
    weights : float or array of shape (n_features, 1), default=1.0
        v: how much of it each coefficient is charged, 0 for nothing.
    positive : bool or array of shape (n_features, 1), default=False
        Which coefficients must not be negative.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import ElasticNet
    >>> ElasticNet(alpha=1.0, l1_ratio=1.0).prox(np.array([3.0, -0.5]), 1.0)
    array([ 2., -0.])
    >>> ElasticNet(1.0, 0.0, positive=True).prox(np.array([3.0, -0.5]), 1.0)
    array([3., 0.])
    """

    alpha: float
    l1_ratio: float
    weights: Any = 1.0
    positive: Any = False

    @property
    def kink_strength(self):
        """Weight of the part with a kink at zero, alpha v l1_ratio."""
        return self.alpha * self.l1_ratio * self.weights

    @property
    def curvature(self):
        """Second derivative of the smooth part, alpha v (1 - l1_ratio)."""
        return self.alpha * (1 - self.l1_ratio) * self.weights

    @property
    def has_walls(self):
        """Whether some coefficient must not be negative."""
        return bool(_any(self.positive))

    @property
    def is_smooth(self):
        """Whether there is neither kink nor wall."""
        return not (_any(self.kink_strength) or self.has_walls)

    def value(self, w):
        """Return the penalty of all the coefficients, a number."""
        xp = _arrays.namespace(w)
        cost = 0.5 * self.curvature * (w * w) + self.kink_strength * xp.abs(w)
        return float(xp.sum(cost))

    def gradient(self, w):
        """Return alpha v (1 - l1_ratio) w."""
        return self.curvature * w

    def kink_slope(self, w, d):
        """Return the derivative of the kinks at w along d, output by output."""
        xp = _arrays.namespace(w)
        # At zero, a kink rises with either sign of d.
        signs = xp.where(w == 0, xp.sign(d), xp.sign(w))
        return xp.sum(self.kink_strength * signs * d, axis=0)

    def prox(self, v, step):
        """Return v moved towards zero by alpha v l1_ratio step, but not past it.

        Where it must not be negative it is moved down by that, but not below zero.
        """
        if self.is_smooth:
            return v
        xp = _arrays.namespace(v)
        zero = xp.zeros_like(v)
        shift = self.kink_strength * step
        shorter = xp.abs(v) - shift
        free = xp.sign(v) * xp.where(shorter > 0, shorter, zero)
        if not self.has_walls:
            return free
        above = xp.where(v - shift > 0, v - shift, zero)
        return xp.where(
            xp.asarray(self.positive, device=_arrays.device(v)), above, free
        )


def L2(alpha):
    """Return alpha w^2 / 2, the ridge penalty."""
    return ElasticNet(alpha, 0.0)


def L1(alpha):
    """Return alpha |w|, the lasso penalty."""
    return ElasticNet(alpha, 1.0)


PENALTIES = {
    "l2": lambda alpha, l1_ratio, *each: ElasticNet(alpha, 0.0, *each),
    "l1": lambda alpha, l1_ratio, *each: ElasticNet(alpha, 1.0, *each),
    "elasticnet": ElasticNet,
    None: lambda alpha, l1_ratio, *each: ElasticNet(0.0, 0.0, *each),
}
"""The penalties that have a name, made from alpha, l1_ratio, weights and positive."""


def resolve_penalty(penalty, alpha, l1_ratio, weights=1.0, positive=False):
    """Return the penalty of that name, or the object itself, completed.

    Parameters
    ----------
    penalty : str, None or object
        An object has its own strength; alpha to positive are not given to it.
    alpha, l1_ratio : float
        As in `ElasticNet`.
    weights : float or array of shape (n_features,), default=1.0
    positive : bool or array of shape (n_features,), default=False

    Returns
    -------
    object
        With ``value``, ``gradient``, ``prox``, ``curvature`` and ``is_smooth``.
    """
    if penalty is None or isinstance(penalty, str):
        return PENALTIES[penalty](alpha, l1_ratio, weights, positive)
    return _Completed(penalty)


class _Completed:
    """A penalty of somebody's own, with defaults for what it does not say."""

    curvature = 0.0
    is_smooth = False

    def __init__(self, own):
        for name in dir(own):
            if not name.startswith("__"):
                setattr(self, name, getattr(own, name))


def _any(x):
    return bool(_arrays.namespace(x).any(x != 0)) if _arrays.is_array(x) else x != 0
