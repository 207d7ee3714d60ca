r"""Standard errors of quantiles: a kink's curvature is the density of the errors.

A loss of the error with slope a below a kink and b above it has the expected second
derivative :math:`(b - a) f(0)`, with the density f of the errors, and scores with mean
square -ab. With these the covariance has the form for other losses (Koenker 2005).

References
----------
.. [1] R. Koenker, *Quantile Regression*, 2005, sections 3.2.3 and 3.4.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from skmath import _arrays
from skmath.calculus import EpsilonInsensitive, Loss
from skmath.gd_linear_model.block_sums import linear_outputs
from skmath.statistics import density_at_quantile

__all__ = ["KinkedAtDensity", "at_density", "has_density"]


def has_density(loss):
    """Return True if the loss of an error has a single kink, at 0."""
    has_two = isinstance(loss, EpsilonInsensitive)
    return loss.has_kink and loss.is_translation_invariant and not has_two


@dataclass(frozen=True)
class KinkedAtDensity(Loss):
    """A loss of the error with a kink at 0, with the density of the errors there.

    Parameters
    ----------
    loss : AbsoluteError, Quantile or another for which `has_density` is True
    density : ndarray of shape (n_outputs,)
    """

    loss: Any
    density: np.ndarray
    likelihood = "known"
    constant_curvature = True

    def gradient(self, y, z):
        """Return the slope at z - y; at the kink, the mean of both slopes."""
        return self.loss.gradient(y, z)

    def curvature(self, y, z):
        """Return the expected curvature (b - a) f(0)."""
        low, high = slopes(self.loss, len(self.density))
        xp = _arrays.namespace(z)
        return xp.zeros_like(z) + _arrays.like((high - low) * self.density, z, "same")

    @property
    def scales(self):
        """Mean square of the scores divided by the curvature, per output."""
        low, high = slopes(self.loss, len(self.density))
        return -low * high / ((high - low) * self.density)


def slopes(loss, n_outputs):
    """Return the slopes below and above the kink, per output."""
    at = np.repeat([[-1.0], [1.0]], n_outputs, axis=1)
    return loss.gradient(np.zeros_like(at), at)


def at_density(cost, theta):
    """Return the `KinkedAtDensity` of a cost's rows at theta.

    It collects all errors in memory: one number per row and output.
    """
    rows = cost.rows
    low, high = slopes(cost.loss, theta.shape[1])
    parts = rows.map(linear_outputs, theta), rows.y, rows.weight
    z, y, weight = (_gathered(a) for a in parts)
    y = y.reshape(z.shape)
    share = -low / (high - low)
    densities = [
        density_at_quantile(y[:, k] - z[:, k], y[:, k], share[k], weight)
        for k in range(z.shape[1])
    ]
    return KinkedAtDensity(cost.loss, np.array(densities))


def _gathered(a):
    if a is None:
        return None
    a = a.compute() if hasattr(a, "__dask_graph__") else a
    return _arrays.to_numpy(a).astype(float)
