r"""Losses: how far outputs z are from targets y, and the derivatives with respect to z.

A loss is a small object with

- ``value(y, z)``, shape (n_samples,): the loss of each row;
- ``gradient(y, z)``, shape of z: its derivative with respect to z;
- ``curvature(y, z)``, shape of z: its second derivative, output by output;
- ``curvature_bound``: the largest that curvature can be; ``constant_curvature`` and
  ``smooth_curvature``: whether it is the same everywhere, and whether it has no jumps;
- ``link(mean)`` and ``inverse_link(z)``: from the mean of y to the best constant z, and
  from z to the mean of y;
- ``task``: "regression" or "classification".

y and z have shape (n_samples, n_outputs). Any object with these serves as a loss of
`GDLinearModel` and `BackpropMLP`.

References
----------
.. [1] P. McCullagh and J. A. Nelder, *Generalized Linear Models*, 2nd edition, 1989,
   chapter 2.
"""

from dataclasses import dataclass

from skmath import _arrays

__all__ = ["LOSSES", "Huber", "LogLoss", "SquaredError", "resolve_loss"]


@dataclass(frozen=True)
class SquaredError:
    """Half the squared error, (z - y)^2 / 2.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import SquaredError
    >>> SquaredError().value(np.array([[1.0]]), np.array([[4.0]]))
    array([4.5])
    """

    task = "regression"
    curvature_bound = 1.0
    constant_curvature = smooth_curvature = True

    def value(self, y, z):
        """Return (z - y)^2 / 2, summed over the outputs."""
        return 0.5 * _row_sum((z - y) ** 2)

    def gradient(self, y, z):
        """Return z - y."""
        return z - y

    def curvature(self, y, z):
        """Return ones."""
        return _arrays.namespace(z).ones_like(z)

    def link(self, mean):
        """Return the mean: the best constant."""
        return mean

    def inverse_link(self, z):
        """Return z."""
        return z


@dataclass(frozen=True)
class Huber:
    """Squared error near zero, absolute error beyond delta (Huber 1964, equation 2.6).

    Parameters
    ----------
    delta : float, default=1.35
        Where the two meet, in the units of y.
    """

    delta: float = 1.35
    task = "regression"
    curvature_bound = 1.0
    constant_curvature = smooth_curvature = False

    def value(self, y, z):
        """Return e^2/2 where abs(e) <= delta, else delta (abs(e) - delta/2)."""
        xp = _arrays.namespace(z)
        error = xp.abs(z - y)
        near = 0.5 * error**2
        far = self.delta * (error - 0.5 * self.delta)
        return _row_sum(xp.where(error <= self.delta, near, far))

    def gradient(self, y, z):
        """Return the error, clipped to delta."""
        return _arrays.namespace(z).clip(z - y, -self.delta, self.delta)

    def curvature(self, y, z):
        """Return 1 where abs(e) <= delta, else 0."""
        xp = _arrays.namespace(z)
        return xp.astype(xp.abs(z - y) <= self.delta, z.dtype)

    def link(self, mean):
        """Return the mean, a constant to start from."""
        return mean

    def inverse_link(self, z):
        """Return z."""
        return z


@dataclass(frozen=True)
class LogLoss:
    """Negative log-likelihood of the class, also called cross-entropy.

    One output is the log odds of class 1 (y is 0 or 1); several are the log
    probabilities of the classes up to a constant (y is one-hot).

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import LogLoss
    >>> LogLoss().value(np.array([[1.0]]), np.array([[0.0]])).round(4)
    array([0.6931])
    """

    task = "classification"
    curvature_bound = 0.25  # p (1 - p) at p = 1/2
    constant_curvature, smooth_curvature = False, True

    def value(self, y, z):
        """Return -log p(y): log(1 + e^z) - y z, or log sum e^z - y'z."""
        xp = _arrays.namespace(z)
        if z.shape[1] == 1:
            return _row_sum(xp.logaddexp(z, xp.zeros_like(z)) - y * z)
        return _arrays.logsumexp(z)[:, 0] - _row_sum(y * z)

    def gradient(self, y, z):
        """Return p - y."""
        return self.inverse_link(z) - y

    def curvature(self, y, z):
        """Return p (1 - p), output by output."""
        p = self.inverse_link(z)
        return p * (1 - p)

    def link(self, mean):
        """Return log odds of one class, log probabilities of several."""
        xp = _arrays.namespace(mean)
        if mean.shape[0] == 1:
            return xp.log(mean) - xp.log(1 - mean)
        return xp.log(mean) - xp.mean(xp.log(mean))

    def inverse_link(self, z):
        """Return the probabilities: the logistic function, or softmax."""
        xp = _arrays.namespace(z)
        if z.shape[1] == 1:
            return xp.exp(-xp.logaddexp(-z, xp.zeros_like(z)))
        return xp.exp(z - _arrays.logsumexp(z))


def _row_sum(x):
    return _arrays.namespace(x).sum(x, axis=1)


REQUIRED = ("value", "gradient", "curvature", "curvature_bound", "constant_curvature")
REQUIRED += ("smooth_curvature", "link", "inverse_link", "task")

LOSSES = {"squared_error": SquaredError, "huber": Huber, "log_loss": LogLoss}
"""The losses that have a name."""


def resolve_loss(loss):
    """Return the loss of that name, or the object itself.

    Parameters
    ----------
    loss : str or object

    Returns
    -------
    object
        With ``value``, ``gradient``, ``task`` and the rest of the module's list.

    Raises
    ------
    ValueError
        If there is no loss of that name, or the object lacks something.

    Examples
    --------
    >>> from skmath.calculus import resolve_loss
    >>> resolve_loss("log_loss").task
    'classification'
    """
    if not isinstance(loss, str):
        missing = [name for name in REQUIRED if not hasattr(loss, name)]
        if missing:
            raise ValueError(f"loss={loss!r} has no {', '.join(missing)}.")
        return loss
    if loss not in LOSSES:
        raise ValueError(f"loss={loss!r} is none of {sorted(LOSSES)}.")
    return LOSSES[loss]()
