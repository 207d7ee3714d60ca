r"""Ramps: the pieces of which most losses of errors and margins are composed.

.. math:: r(t) = \max_{a \le u \le b} \; u t - \frac{m}{2} u^2

is a parabola of curvature 1/m around t = 0 between two lines of slopes a and b; with
m = 0 the parabola becomes a kink. The maximiser u is the slope at t. A kink is smoothed
by giving it a width m (Nesterov 2005, equation 2.5; this is the Moreau envelope), which
lowers the loss by at most m max(a, b)^2 / 2.

============================  ==============  ======  ======  =====
loss                          t               a       b       m
============================  ==============  ======  ======  =====
absolute error                z - y           -1      1       0
quantile                      z - y           -q      1 - q   0
Huber                         z - y           -delta  delta   1
hinge                         1 - margin      0       1       0
squared hinge                 1 - margin      0       inf     1/2
modified Huber                1 - margin      0       4       1/2
============================  ==============  ======  ======  =====

References
----------
.. [1] Y. Nesterov, "Smooth minimization of non-smooth functions", Mathematical
   Programming, 103(1), 2005.
"""

import math
from typing import Any

from skmath import _arrays

__all__ = ["ramp", "ramp_curvature", "ramp_slope"]


def ramp(t: Any, low: Any, high: Any, width: float) -> Any:
    """Return the ramp at t: the maximum of u t - width u^2 / 2 over low <= u <= high.

    Parameters
    ----------
    t : array
    low, high : float or array of shape (n_outputs,)
        Slopes of the lines; a float high may be infinite if width is not 0.
    width : float
        Width of the parabola between them, 0 for a kink.

    Returns
    -------
    array, shape of t

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus.ramps import ramp
    >>> ramp(np.array([-3.0, 0.5, 3.0]), -1, 1, 0)  # the absolute value
    array([3. , 0.5, 3. ])
    >>> ramp(np.array([-3.0, 0.5, 3.0]), -1, 1, 1)  # Huber's
    array([2.5  , 0.125, 2.5  ])
    """
    u = ramp_slope(t, low, high, width)
    return u * t - (0.5 * width) * u * u if width else u * t


def ramp_slope(t: Any, low: Any, high: Any, width: float) -> Any:
    """Return the slope of the ramp at t; at a kink, the mean of both slopes."""
    xp = _arrays.namespace(t)
    if width:
        bounded = not isinstance(high, float) or math.isfinite(high)
        return xp.clip(t / width, low, high if bounded else None)
    return 0.5 * (low + high) + 0.5 * (high - low) * xp.sign(t)


def ramp_curvature(t: Any, low: Any, high: Any, width: float) -> Any:
    """Return 1 / width on the parabola, else 0."""
    xp = _arrays.namespace(t)
    if not width:
        return xp.zeros_like(t)
    return xp.astype((t > width * low) & (t < width * high), t.dtype) / width
