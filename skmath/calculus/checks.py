"""A check for losses of one's own: the derivatives have to be those of the value."""

import numpy as np

__all__ = ["check_gradient"]

STEP = 1e-5


def check_gradient(loss, y=None, z=None, *, rtol=1e-4):
    """Raise a ValueError where a loss's gradient or curvature is not its value's.

    Both are compared with central differences, output by output. Of a loss whose
    ``is_convex`` is False the curvature is an expectation: it is compared where y is
    the mean that z stands for.

    Parameters
    ----------
    loss : object of `skmath.calculus.losses`
    y, z : array of shape (n_samples, n_outputs), default=None
        Targets and outputs to check at. None stands for 50 random outputs and targets
        that are 0 or 1 in a classification, shares between 0 and 1 where the loss's
        ``is_share`` is True, and else positive numbers in a regression. Give
        your own where the loss has kinks: differences across one mean nothing.
    rtol : float, default=1e-4
        Relative to the largest derivative, by how much they may differ.

    Raises
    ------
    ValueError
        With the target, the output and both numbers where they differ most.

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
    ValueError: Wrong().gradient is 0.9..., but value changes by -0.9... an output.
    """
    rng = np.random.default_rng(0)
    z = rng.normal(size=(50, 1)) * 2 if z is None else np.asarray(z, dtype=float)
    if y is None:
        y = rng.random(z.shape)
        if loss.task == "classification":
            y = (y < 0.5) * 1.0
        elif not getattr(loss, "is_share", False):
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


def _compare(loss, name, derivative, of, difference, rtol):
    error = np.abs(derivative - difference)
    worst = int(np.argmax(np.where(np.isfinite(error), error, np.inf)))
    if not error[worst] <= rtol * max(np.abs(difference).max(), 1e-3):
        raise ValueError(
            f"{loss!r}.{name} is {derivative[worst]:.6g}, but {of} changes by "
            f"{difference[worst]:.6g} an output."
        )
