"""A check of custom losses: their derivatives must match their value."""

from typing import Any

import numpy as np

__all__ = ["check_gradient"]

STEP = 1e-5


def check_gradient(
    loss: Any, y: Any = None, z: Any = None, *, rtol: float = 0.0001
) -> None:
    """Raise a ValueError if a loss's gradient or curvature does not match its value.

    Both are compared with central differences, output by output. For a loss with
    ``is_convex = False`` the curvature is an expectation: it is compared at targets y
    equal to the mean for z.

    Parameters
    ----------
    loss : object of `skmath.calculus.losses`
    y, z : array of shape (n_samples, n_outputs), default=None
        Targets and outputs to check at. None means 50 random outputs, and targets that
        are 0 or 1 for a classification, proportions between 0 and 1 if the loss's
        ``is_proportion`` is True, and else positive numbers. Pass values away from the
        kinks of the loss: differences across a kink are meaningless.
    rtol : float, default=1e-4
        Largest accepted difference, relative to the largest derivative.

    Raises
    ------
    ValueError
        With the target, the output and both numbers at the largest difference.

    Examples
    --------
    >>> from skmath.calculus import LogLoss, check_gradient
    >>> check_gradient(LogLoss())
    >>> class Wrong(LogLoss):
    ...     def gradient(self, y, z):
    ...         return y - self.inverse_link(z)
    >>> check_gradient(Wrong())
    Traceback (most recent call last):
        ...
    ValueError: Wrong().gradient is 0.9..., but the finite difference of value is -...
    """
    rng = np.random.default_rng(0)
    z = rng.normal(size=(50, 1)) * 2 if z is None else np.asarray(z, dtype=float)
    if y is None:
        y = rng.random(z.shape)
        if loss.task == "classification":
            y = (y < 0.5) * 1.0
        elif not getattr(loss, "is_proportion", False):
            y = 3 * y + 0.1
    y = np.asarray(y, dtype=float)
    for k in range(z.shape[1]):
        step = np.zeros(z.shape[1])
        step[k] = STEP
        up, down = z + step, z - step
        slope = (loss.value(y, up) - loss.value(y, down)) / (2 * STEP)
        _compare(loss, "gradient", loss.gradient(y, z)[:, k], "value", slope, rtol)
        mean = y if getattr(loss, "is_convex", True) else loss.inverse_link(z)
        bend = (loss.gradient(mean, up) - loss.gradient(mean, down))[:, k] / (2 * STEP)
        curvature = loss.curvature(mean, z)[:, k]
        _compare(loss, "curvature", curvature, "gradient", bend, rtol)


def _compare(
    loss: Any,
    name: str,
    derivative: np.ndarray,
    of: str,
    difference: np.ndarray,
    rtol: float,
) -> None:
    error = np.abs(derivative - difference)
    worst = int(np.argmax(np.where(np.isfinite(error), error, np.inf)))
    if not error[worst] <= rtol * max(np.abs(difference).max(), 1e-3):
        raise ValueError(
            f"{loss!r}.{name} is {derivative[worst]:.6g}, but the finite difference of "
            f"{of} is {difference[worst]:.6g}."
        )
