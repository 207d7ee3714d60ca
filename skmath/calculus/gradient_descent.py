r"""Gradient descent on any function that returns its gradient.

.. math:: x_{t+1} = x_t - \eta_t \nabla f(x_t)

It is `descend` in the Euclidean metric without a penalty, with the rules "gd",
"momentum", "nesterov" and "lbfgs".
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from skmath.calculus.descent import RULES, Point, descend
from skmath.calculus.metrics import Metric
from skmath.calculus.penalties import L2

__all__ = ["gradient_descent"]

FIRST_ORDER = ("gd", "momentum", "nesterov", "lbfgs")
"""Names of the rules that need no curvature."""


def gradient_descent(
    f: Callable[[np.ndarray], tuple[float, ArrayLike]],
    start: ArrayLike,
    *,
    rule: str = "gd",
    learning_rate: float | str = "auto",
) -> Iterator[Point]:
    """Minimise a function by gradient descent, and yield the points from the start.

    With a fixed learning rate it never ends, and it diverges if the rate is too large.
    With "auto" it ends when the gradient is only rounding error, relative to the one at
    the start. ``itertools.islice`` takes the first points of it.

    Parameters
    ----------
    f : callable
        ``f(x)`` returns the value, a float, and the gradient, with the shape of x; x is
        one array of all parameters.
    start : array-like of any shape
        Starting point.
    rule : {"gd", "momentum", "nesterov", "lbfgs"}, default="gd"
        How a step follows from the gradient and the previous steps.
    learning_rate : float or "auto", default="auto"
        Factor of the gradient in each step; "auto" finds it by backtracking.

    Yields
    ------
    Point
        With ``theta``, x; ``value``, ``gradient``, and ``step``, the learning rate of
        the step to this point.

    Raises
    ------
    ValueError
        If the rule is unknown, f is not finite at the start, its gradient does not have
        the shape of x, or no step against the gradient lowers f at the start.
    TypeError
        If f does not take one array, or does not return a value and a gradient.

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
        raise ValueError(f"rule={rule!r} is not one of {', '.join(FIRST_ORDER)}.")
    start = np.asarray(start, dtype=np.float64)
    shape, p = start.shape, start.size

    def objective(theta: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = value_and_gradient(f, theta.reshape(shape))
        gradient = np.asarray(gradient, dtype=np.float64)
        if gradient.shape != shape:
            raise ValueError(
                f"f must return a value and a gradient of shape {shape}, the shape of "
                f"x; the gradient has shape {gradient.shape}."
            )
        return float(value), gradient.reshape(-1, 1)

    if not np.isfinite(objective(start)[0]):
        raise ValueError(
            f"f is {objective(start)[0]} at start; use a start with a finite value."
        )
    flat = Metric(np.ones((p - 1, 1)), np.zeros((p - 1, 1)), np.ones((1, 1)))
    path = descend(
        objective,
        L2(0.0),
        start.reshape(-1, 1),
        rule=RULES[rule](),
        metric=lambda point: flat,
        reference=flat,
        learning_rate=learning_rate,
    )
    first = None
    for t, (here, left) in enumerate(path):
        first = first or here
        if t == 1 and here.value >= first.value:
            check_gradient_falls(objective, first)
        theta, gradient = here.theta.reshape(shape), here.gradient.reshape(shape)
        yield Point(theta, here.value, gradient, here.step)
        if learning_rate == "auto" and left <= np.finfo(float).eps:
            return


def value_and_gradient(
    f: Callable[..., Any], x: np.ndarray
) -> tuple[float, np.ndarray]:
    """Return what f returns; a TypeError says what it must take and return."""
    try:
        returned = f(x)
    except TypeError as error:
        here = error.__traceback__
        if here is not None and here.tb_next is not None:  # from a line of f itself
            raise
        raise TypeError(
            "f must take one argument, the array x of all parameters; take them out of "
            f"it inside, as in a, b = x ({error})."
        ) from error
    try:
        value, gradient = returned
    except (TypeError, ValueError) as error:
        raise TypeError(
            "f must return (value, gradient), a float and an array of the shape of x; "
            f"it returned {returned!r:.60}."
        ) from error
    return value, gradient


def check_gradient_falls(objective: Callable[..., Any], here: Point) -> None:
    """Raise a ValueError if f rises along a short step against its gradient.

    The step is so short that f should fall by a millionth, and no error is raised if
    the gradients at both of its ends say that it rises, past a narrow valley.
    """
    square = np.sum(here.gradient**2)
    size = max(abs(here.value), np.sqrt(square * np.sum(here.theta**2)))
    if not (square > 0 and size > 0):
        return
    step = 1e-6 * size / square
    value, gradient = objective(here.theta - step * here.gradient)
    expected_decrease = 0.5 * step * (square + np.sum(gradient * here.gradient))
    if expected_decrease > 0 and value >= here.value:
        raise ValueError(
            f"f does not fall against its gradient at the start, where it is "
            f"{here.value:.6g}: check the gradient. For a small h, such as 1e-6, and "
            "each unit vector e it is (f(x + h * e) - f(x - h * e)) / (2 * h)."
        )
