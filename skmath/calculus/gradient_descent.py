r"""Gradient descent on any function that can tell its gradient.

.. math:: x_{t+1} = x_t - \eta_t \nabla f(x_t)

It is `descend` in the plain, Euclidean metric and without a penalty, by the rules that
have a name: "gd", "momentum", "nesterov", "lbfgs".
"""

import numpy as np

from skmath.calculus.descent import RULES, Point, descend
from skmath.calculus.metrics import Metric
from skmath.calculus.penalties import L2

__all__ = ["gradient_descent"]

FIRST_ORDER = ("gd", "momentum", "nesterov", "lbfgs")
"""Names of the rules that need no curvature."""


def gradient_descent(f, start, *, rule="gd", learning_rate="auto"):
    """Yield the points of a descent of a function, its start first.

    With a fixed learning rate it goes on for ever, and away from the lowest point if
    the rate is too large. With "auto" it ends where the gradient is rounding, compared
    with the one at the start.

    Parameters
    ----------
    f : callable
        ``f(x)`` returns the value, a float, and the gradient, of the shape of x.
    start : array-like of any shape
    rule : {"gd", "momentum", "nesterov", "lbfgs"}, default="gd"
        How a step is made of the gradient and of the steps before.
    learning_rate : float or "auto", default="auto"
        Length of each step, times the gradient; or found for each by backtracking.

    Yields
    ------
    Point
        With ``theta``, x; ``value``, ``gradient``, and ``step``, the learning rate that
        led there.

    Raises
    ------
    ValueError
        If the rule has no such name, f is not finite at the start, or its gradient is
        not of the shape of x.

    Examples
    --------
    Two valleys of different steepness:

    >>> from itertools import islice
    >>> from skmath.calculus import gradient_descent
    >>> def f(x):
    ...     return x[0] ** 2 + 9 * x[1] ** 2, [2 * x[0], 18 * x[1]]
    >>> for point in islice(gradient_descent(f, [3.0, 1.0], learning_rate=0.1), 4):
    ...     print(point.theta.round(2), round(point.value, 2))
    [3. 1.] 18.0
    [ 2.4 -0.8] 11.52
    [1.92 0.64] 7.37
    [ 1.54 -0.51] 4.72
    >>> *_, last = gradient_descent(f, [3.0, 1.0])
    >>> last.value < 1e-20
    True
    """
    if rule not in FIRST_ORDER:
        raise ValueError(f"rule={rule!r} is none of {', '.join(FIRST_ORDER)}.")
    start = np.asarray(start, dtype=np.float64)
    shape, p = start.shape, start.size

    def objective(theta):
        value, gradient = f(theta.reshape(shape))
        gradient = np.asarray(gradient, dtype=np.float64)
        if gradient.shape != shape:
            raise ValueError(
                f"f must return a value and a gradient of shape {shape}, as x has; the "
                f"gradient's is {gradient.shape}."
            )
        return float(value), gradient.reshape(-1, 1)

    if not np.isfinite(objective(start)[0]):
        raise ValueError(f"f is {objective(start)[0]} at the start; begin elsewhere.")
    flat = Metric(np.ones((p - 1, 1)), np.zeros((p - 1, 1)), np.ones((1, 1)))
    for here, left in descend(
        objective,
        L2(0.0),
        start.reshape(-1, 1),
        rule=RULES[rule](),
        metric=lambda point: flat,
        reference=flat,
        learning_rate=learning_rate,
    ):
        theta, gradient = here.theta.reshape(shape), here.gradient.reshape(shape)
        yield Point(theta, here.value, gradient, here.step)
        if learning_rate == "auto" and left <= np.finfo(float).eps:
            return
