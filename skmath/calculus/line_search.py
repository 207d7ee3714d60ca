"""How long a step: halved until it descends enough, or to the lowest point of a line.

References
----------
.. [1] L. Armijo, "Minimization of functions having Lipschitz continuous first partial
   derivatives", Pacific J. Math., 16(1), 1966.
.. [2] J. Barzilai and J. M. Borwein, "Two-point step size gradient methods", IMA J.
   Numer. Anal., 8(1), 1988, equation (6).
.. [3] S. J. Wright, R. D. Nowak and M. A. T. Figueiredo, "Sparse reconstruction by
   separable approximation", IEEE Trans. Signal Process., 57(7), 2009, equation (22).
"""

from typing import Any, NamedTuple

import numpy as np

from skmath import _arrays
from skmath.calculus.metrics import inner

__all__ = ["Point", "arrive", "backtrack", "lowest", "spectral_step"]

SUFFICIENT = 1e-4
"""Share of the decrease promised by the slope that a step must bring (Armijo)."""

FLATTER = 0.3
"""Share of a slope that is left where a line's lowest point has been found."""

MAX_HALVINGS = 60
"""Halvings of a step after which the descent is at the end of its arithmetic."""


class Point(NamedTuple):
    """A point of a descent.

    Attributes
    ----------
    theta : array of shape (n_features + 1, n_outputs)
    value : float
        Objective: loss and penalty.
    gradient : array, shape of theta
        Of the smooth part of the objective.
    step : float
        Length of the step that led here, 0 at the start.
    """

    theta: Any
    value: float
    gradient: Any
    step: float = 0.0


def backtrack(move, here, metric, objective, step, limit, *, slope=None):
    """Halve a step until the objective is low enough; return None if it never is.

    Armijo's condition: F(new) <= limit + c step slope. Without a slope it is what a
    proximal step promises at least, minus half its squared length in the metric,
    divided by step (Wright, Nowak and Figueiredo 2009, equation 22).
    """
    rounding = 4 * _arrays.epsilon(here.gradient) * abs(here.value)
    for _ in range(MAX_HALVINGS):
        new = arrive(move, step, objective)
        if slope is None:
            promised = -0.5 * metric.norm(new.theta - here.theta) ** 2 / step
        else:
            promised = step * slope
        if new.value <= limit + rounding + SUFFICIENT * promised:
            return new
        step = step / 2
    return None


def lowest(line, slope):
    """Return the s, one an output, at which convex functions' slopes are about zero.

    Newton's method on the slopes, kept between a point where they fall and one where
    they rise, until a share of the slope at 0 is left.
    """
    first = np.abs(slope)
    low, high, s = 0.0 * first, np.full_like(first, np.inf), np.ones_like(first)
    for _ in range(MAX_HALVINGS):
        slope, curvature = line(s)
        open_ = (np.abs(slope) > FLATTER * first) & (high - low > 1e-12 * s)
        if not open_.any():
            break
        rises = slope > 0
        low, high = np.where(rises, low, s), np.where(rises, s, high)
        flat = curvature <= 0
        new = s - slope / np.where(flat, 1.0, curvature)
        lost = flat | ~((low < new) & (new < high))
        middle = np.where(np.isinf(high), 2 * s, 0.5 * (low + np.minimum(high, 1e300)))
        new = np.minimum(np.where(lost, middle, new), 10 * s)
        s = np.where(open_, new, s)
    return s


def arrive(move, step, objective):
    """Return the point to which a step of that length leads."""
    theta = move(step)
    return Point(theta, *objective(theta), step)


def spectral_step(before, here, metric):
    """Return s'v / (v'M^-1 v), s the last move and v what it changed the gradient by.

    It is the inverse of the curvature met on the way (Barzilai and Borwein 1988,
    equation 6, in the metric M). Where none was met, the last step doubled.
    """
    moved, turned = here.theta - before.theta, here.gradient - before.gradient
    curvature = inner(turned, metric.direction(turned))
    along = inner(moved, turned)
    if not (along > 0 and curvature > 0):
        return min(2 * here.step, 1e10)
    return min(max(along / curvature, 1e-10), 1e10)
