"""Losses for class labels: the log loss of a probability, and losses of the margin.

The margin is s z, with s = 1 if y is 1 and s = -1 if y is 0: it is positive if the sign
of z is right. With more than two classes, each has its own output, one-vs-rest.

References
----------
.. [1] V. Vapnik, *The Nature of Statistical Learning Theory*, 1995, chapter 5.
.. [2] T. Zhang, "Solving large scale linear prediction problems using stochastic
   gradient descent algorithms", ICML 2004 (modified Huber).
"""

import math
from dataclasses import dataclass, field, replace
from typing import Any, Self

from skmath import _arrays
from skmath._arrays import transposed
from skmath.calculus.loss import Loss, row_sum
from skmath.calculus.ramps import ramp, ramp_curvature, ramp_slope

__all__ = ["Hinge", "LogLoss", "ModifiedHuber", "SquaredHinge"]


@dataclass(frozen=True)
class LogLoss(Loss):
    """Negative log-likelihood of the class, also called cross-entropy.

    A single output is the log odds of class 1 (y is 0 or 1); several are the log
    probabilities of the classes up to a constant (y is one-hot), or for multilabel
    targets the log odds of each label.

    Parameters
    ----------
    exclusive : bool, default=True
        Whether each row has exactly one class; False for multilabel targets.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import LogLoss
    >>> LogLoss().value(np.array([[1.0]]), np.array([[0.0]])).round(4)
    array([0.6931])
    """

    exclusive: bool = field(default=True, repr=False)
    task = "classification"
    likelihood = "known"
    curvature_bound = 0.25  # p (1 - p) at p = 1/2

    def value(self, y: Any, z: Any) -> Any:
        """Return -log p(y): log(1 + e^z) - y z, or log sum e^z - y'z."""
        return self.value_and_gradient(y, z)[0]

    def gradient(self, y: Any, z: Any) -> Any:
        """Return p - y."""
        return self.inverse_link(z) - y

    def value_and_gradient(self, y: Any, z: Any) -> tuple[Any, Any]:
        """Return both, with a single exponential that cannot overflow."""
        xp = _arrays.namespace(z)
        if z.shape[1] == 1 or not self.exclusive:
            e, p = _exponential_and_logistic(z)
            return row_sum(0.5 * (z + xp.abs(z)) + xp.log1p(e) - y * z), p - y
        Z, log_sum, P = _softmax(z)
        value, p = log_sum - xp.sum(transposed(y) * Z, axis=0), transposed(P)
        p -= y
        return value, p

    def curvature(self, y: Any, z: Any) -> Any:
        """Return p (1 - p), output by output."""
        p = self.inverse_link(z)
        return p * (1 - p)

    def link(self, mean: Any) -> Any:
        """Return the log odds of one class, or the log probabilities of several."""
        xp = _arrays.namespace(mean)
        if mean.shape[0] == 1 or not self.exclusive:
            return xp.log(mean) - xp.log(1 - mean)
        return xp.log(mean) - xp.mean(xp.log(mean))

    def inverse_link(self, z: Any) -> Any:
        """Return the probabilities: the logistic function, or softmax."""
        if z.shape[1] == 1 or not self.exclusive:
            return _exponential_and_logistic(z)[1]
        return transposed(_softmax(z)[2])

    def receding(self, y: Any) -> Any:
        """Return 1 where y is 1, else -1: the loss decreases in this direction."""
        return 2 * y - 1

    def by_label(self) -> Any:
        """Return the loss for multilabel targets: of the log odds of each label."""
        return LogLoss(exclusive=False)


def _exponential_and_logistic(z: Any) -> Any:
    """Return e^-abs(z), which cannot overflow, and 1 / (1 + e^-z) computed from it."""
    xp = _arrays.namespace(z)
    e = xp.exp(-xp.abs(z))
    return e, xp.where(z >= 0, xp.ones_like(z), e) / (1 + e)


def _softmax(z: Any) -> Any:
    """Return z minus its row maximum, the log of the sum of e^z of that, and softmax.

    Arrays are transposed: sums of so few numbers along the last axis would be slow.
    """
    xp, Z = _arrays.namespace(z), transposed(z)
    Z = Z - xp.max(Z, axis=0)
    P = xp.exp(Z)
    total = xp.sum(P, axis=0)
    P /= total
    return Z, xp.log(total), P


class _Margin(Loss):
    """Base class of losses that are a ramp of 1 - margin with a largest slope."""

    task = "classification"
    smooth_curvature = False
    is_probability = False
    steepest: float
    width: float

    def value(self, y: Any, z: Any) -> Any:
        """Return the ramp at 1 - s z, summed over the outputs."""
        return row_sum(ramp(1 - _sign(y) * z, 0.0, self.steepest, self.width))

    def gradient(self, y: Any, z: Any) -> Any:
        """Return -s times the slope of the ramp."""
        s = _sign(y)
        return -s * ramp_slope(1 - s * z, 0.0, self.steepest, self.width)

    def curvature(self, y: Any, z: Any) -> Any:
        """Return 1 / width on the parabola, else 0."""
        return ramp_curvature(1 - _sign(y) * z, 0.0, self.steepest, self.width)

    @property
    def curvature_bound(self) -> float:  # type: ignore[override]  # it is computed
        """The curvature of the parabola, 1 / width."""
        return 1 / self.width if self.width else math.inf

    def link(self, mean: Any) -> Any:
        """Return 2 mean - 1: from -1 for frequency 0 to 1 for frequency 1."""
        return 2 * mean - 1

    def by_label(self) -> Any:
        """Return itself: each output has its own margin."""
        return self


@dataclass(frozen=True)
class Hinge(_Margin):
    """Hinge loss of the support vector machine, max(0, 1 - s z).

    Parameters
    ----------
    width : float, default=0.0
        Width of the parabola that smooths the kink.
    """

    width: float = 0.0
    steepest = 1.0

    @property
    def has_kink(self) -> bool:  # type: ignore[override]  # it is computed
        """Whether the two lines meet in a kink, without a parabola between them."""
        return not self.width

    def smoothed(self, width: float) -> Self:
        """Return the loss with its kink replaced by a parabola of that width."""
        return replace(self, width=width)

    def slack(self, y: Any, z: Any) -> Any:
        """Return the loss without width minus its tangent with the smoothed slope."""
        t = 1 - _sign(y) * z
        u = ramp_slope(t, 0.0, 1.0, self.width)
        return row_sum(ramp(t, 0.0, 1.0, 0.0) - u * t)


@dataclass(frozen=True)
class SquaredHinge(_Margin):
    """Squared hinge loss, max(0, 1 - s z)^2."""

    width = 0.5
    steepest = math.inf


@dataclass(frozen=True)
class ModifiedHuber(_Margin):
    """max(0, 1 - s z)^2 for margins above -1, -4 s z below (Zhang 2004).

    Its best output is 2 p - 1 for the probability p of class 1, so that predictions
    give probabilities.
    """

    width = 0.5
    steepest = 4.0
    is_probability = True

    def by_label(self) -> Any:
        """Return None: its probabilities are normalised over exclusive classes."""
        return None

    def inverse_link(self, z: Any) -> Any:
        """Return (z + 1) / 2 clipped to [0, 1], divided by the sum over the classes."""
        xp = _arrays.namespace(z)
        p = xp.clip(0.5 * (z + 1), 0.0, 1.0)
        if z.shape[1] == 1:
            return p
        total = xp.sum(p, axis=1, keepdims=True)
        uniform = xp.full_like(p, 1 / p.shape[1])
        return xp.where(total > 0, p / xp.where(total > 0, total, 1.0), uniform)


def _sign(y: Any) -> Any:
    return 2 * y - 1
