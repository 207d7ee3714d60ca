"""Losses for regression: errors e = z - y, and counts and amounts with a log link.

References
----------
.. [1] P. J. Huber, "Robust estimation of a location parameter", Annals of Mathematical
   Statistics, 35(1), 1964, equation (2.6).
.. [2] R. Koenker and G. Bassett, "Regression quantiles", Econometrica, 46(1), 1978,
   equation (3.1).
.. [3] B. Jorgensen, *The Theory of Dispersion Models*, 1997, chapter 4.
.. [4] V. Chernozhukov, I. Fernandez-Val and A. Galichon, "Quantile and probability
   curves without crossing", Econometrica, 78(3), 2010.
"""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from skmath import _arrays
from skmath.calculus.loss import Loss, row_sum
from skmath.calculus.ramps import ramp, ramp_curvature, ramp_slope

__all__ = [
    "AbsoluteError",
    "EpsilonInsensitive",
    "Gamma",
    "Huber",
    "Poisson",
    "Quantile",
    "Quantiles",
    "SquaredEpsilonInsensitive",
    "SquaredError",
    "Tweedie",
]


@dataclass(frozen=True)
class SquaredError(Loss):
    """Half the squared error, e^2 / 2.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import SquaredError
    >>> SquaredError().value(np.array([[1.0]]), np.array([[4.0]]))
    array([4.5])
    """

    curvature_bound = 1.0
    is_translation_invariant = True
    constant_curvature = True
    likelihood = "estimated"

    def value(self, y: Any, z: Any) -> Any:
        """Return e^2 / 2, summed over the outputs."""
        return 0.5 * row_sum((z - y) ** 2)

    def gradient(self, y: Any, z: Any) -> Any:
        """Return the error e."""
        return z - y

    def curvature(self, y: Any, z: Any) -> Any:
        """Return ones."""
        return _arrays.namespace(z).ones_like(z)

    def in_units(self, unit: Any) -> Self | None:
        """Return itself."""
        return self


class _Ramp(Loss):
    """Base class of losses that are a ramp of the error, with slopes ``_slopes(z)``."""

    smooth_curvature = False
    is_translation_invariant = True
    width: float
    _slopes: Callable[[Any], tuple[Any, Any]]

    def value(self, y: Any, z: Any) -> Any:
        """Return the ramp at e, summed over the outputs."""
        return row_sum(ramp(z - y, *self._slopes(z), self.width))

    def gradient(self, y: Any, z: Any) -> Any:
        """Return the slope of the ramp at e."""
        return ramp_slope(z - y, *self._slopes(z), self.width)

    def curvature(self, y: Any, z: Any) -> Any:
        """Return 1 / width on the parabola, else 0."""
        return ramp_curvature(z - y, *self._slopes(z), self.width)

    @property
    def curvature_bound(self) -> float:  # type: ignore[override]  # it is computed
        """The curvature of the parabola, 1 / width."""
        return 1 / self.width if self.width else math.inf

    @property
    def has_kink(self) -> bool:  # type: ignore[override]  # it is computed
        """Whether the two lines meet in a kink, without a parabola between them."""
        return not self.width

    def smoothed(self, width: float) -> Self:
        """Return the loss with its kink replaced by a parabola of that width."""
        return replace(self, width=width)  # type: ignore[type-var]  # a dataclass

    def slack(self, y: Any, z: Any) -> Any:
        """Return the loss without width minus its tangent with the smoothed slope."""
        e, (low, high) = z - y, self._slopes(z)
        u = ramp_slope(e, low, high, self.width)
        return row_sum(ramp(e, low, high, 0.0) - u * e)

    def in_units(self, unit: Any) -> Self | None:
        """Return itself: its slopes have no units."""
        return self


@dataclass(frozen=True)
class Huber(_Ramp):
    """Squared error near zero, absolute error beyond delta (Huber 1964, equation 2.6).

    e^2 / 2 if abs(e) <= delta, else delta (abs(e) - delta / 2).

    Parameters
    ----------
    delta : float, default=1.35
        Error, in the units of y, beyond which the loss is linear.
    """

    delta: float = 1.35
    width = 1.0

    def _slopes(self, z: Any) -> tuple[float, float]:
        return -self.delta, self.delta

    def in_units(self, unit: Any) -> Self | None:
        """Return the loss with delta in those units."""
        return replace(self, delta=self.delta / unit)


@dataclass(frozen=True)
class AbsoluteError(_Ramp):
    """The absolute error, abs(e): the best constant is the median.

    Parameters
    ----------
    width : float, default=0.0
        Width of the parabola that smooths the kink.
    """

    width: float = 0.0

    def _slopes(self, z: Any) -> tuple[float, float]:
        return -1.0, 1.0


@dataclass(frozen=True)
class Quantile(_Ramp):
    """Pinball loss: q (y - z) below y, (1 - q)(z - y) above (Koenker and Bassett 1978).

    Parameters
    ----------
    quantile : float, default=0.5
        q, in (0, 1): the fraction of y below the best constant.
    width : float, default=0.0
        Width of the parabola that smooths the kink.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import Quantile
    >>> y = np.array([[1.0], [1.0]])
    >>> Quantile(0.9).value(y, np.array([[0.0], [2.0]])).round(9)
    array([0.9, 0.1])
    """

    quantile: float = 0.5
    width: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < self.quantile < 1:
            raise ValueError(
                f"quantile={self.quantile} must be strictly between 0 and 1."
            )

    def _slopes(self, z: Any) -> tuple[float, float]:
        return -self.quantile, 1 - self.quantile


@dataclass(frozen=True)
class Quantiles(_Ramp):
    """Several quantiles of the same targets, with one output for each (`Quantile`).

    Lines that are fitted one by one may cross. Therefore the predictions are the
    outputs sorted in each row, which are nearer to the true quantiles than crossing
    outputs (Chernozhukov, Fernandez-Val and Galichon 2010).

    Parameters
    ----------
    quantile : tuple of floats
        Quantiles in (0, 1), in ascending order.
    width : float, default=0.0
        Width of the parabolas that smooth the kinks.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import Quantiles
    >>> loss = Quantiles((0.1, 0.9))
    >>> loss.value(np.ones((1, 2)), np.array([[0.0, 2.0]])).round(9)
    array([0.2])
    >>> loss.inverse_link(np.array([[3.0, 2.0]]))
    array([[2., 3.]])
    """

    quantile: tuple[float, ...] = (0.5,)
    width: float = 0.0

    def __post_init__(self) -> None:
        given = self.quantile
        if not (given and all(0 < q < 1 for q in given)):
            raise ValueError(
                f"quantile={list(given)} must be strictly between 0 and 1."
            )
        if any(q >= after for q, after in itertools.pairwise(given)):
            raise ValueError(
                f"quantile={list(given)} must be in ascending order without duplicates."
            )

    def _slopes(self, z: Any) -> tuple[Any, Any]:
        q = _arrays.like(np.asarray(self.quantile), z, "same")
        return -q, 1 - q

    def of_output(self, j: int) -> Any:
        """Return the loss of one of the quantiles."""
        return Quantile(self.quantile[j], self.width)

    def inverse_link(self, z: Any) -> Any:
        """Return the outputs of each row, sorted."""
        return _arrays.namespace(z).sort(z, axis=1)


@dataclass(frozen=True)
class EpsilonInsensitive(Loss):
    """The absolute error beyond epsilon, max(0, abs(e) - epsilon), as in SVR.

    Parameters
    ----------
    epsilon : float, default=0.1
        Errors up to epsilon, in the units of y, cost nothing.
    width : float, default=0.0
        Width of the parabolas that smooth the two kinks.
    """

    epsilon: float = 0.1
    width: float = 0.0
    smooth_curvature = False
    is_translation_invariant = True

    def _sides(self, y: Any, z: Any) -> tuple[Any, Any]:
        """Return by how much z exceeds the upper and the lower limit."""
        return z - y - self.epsilon, y - z - self.epsilon

    def value(self, y: Any, z: Any) -> Any:
        """Return max(0, abs(e) - epsilon), summed over the outputs."""
        return sum(row_sum(ramp(t, 0.0, 1.0, self.width)) for t in self._sides(y, z))

    def gradient(self, y: Any, z: Any) -> Any:
        """Return the sign of e if abs(e) > epsilon, else 0."""
        high, low = (ramp_slope(t, 0.0, 1.0, self.width) for t in self._sides(y, z))
        return high - low

    def curvature(self, y: Any, z: Any) -> Any:
        """Return 1 / width on the parabolas, else 0."""
        return sum(ramp_curvature(t, 0.0, 1.0, self.width) for t in self._sides(y, z))

    @property
    def curvature_bound(self) -> float:  # type: ignore[override]  # it is computed
        """The curvature of a parabola, 1 / width; twice that if they overlap."""
        if not self.width:
            return math.inf
        return (1 if self.epsilon > 0 else 2) / self.width

    @property
    def has_kink(self) -> bool:  # type: ignore[override]  # it is computed
        """Whether the lines meet in kinks, without parabolas between them."""
        return not self.width

    def smoothed(self, width: float) -> Self:
        """Return the loss with its kinks replaced by parabolas of that width."""
        return replace(self, width=width)

    def slack(self, y: Any, z: Any) -> Any:
        """Return the loss without width minus its tangent with the smoothed slope."""
        return sum(
            row_sum(ramp(t, 0.0, 1.0, 0.0) - ramp_slope(t, 0.0, 1.0, self.width) * t)
            for t in self._sides(y, z)
        )

    def in_units(self, unit: Any) -> Self | None:
        """Return the loss with epsilon in those units."""
        return replace(self, epsilon=self.epsilon / unit)


@dataclass(frozen=True)
class SquaredEpsilonInsensitive(Loss):
    """The square of the error beyond epsilon, max(0, abs(e) - epsilon)^2.

    Parameters
    ----------
    epsilon : float, default=0.1
        Errors up to epsilon, in the units of y, cost nothing.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import SquaredEpsilonInsensitive
    >>> loss, z = SquaredEpsilonInsensitive(1.0), np.array([[0.5], [3.0], [-2.0]])
    >>> loss.value(np.zeros((3, 1)), z)
    array([0., 4., 1.])
    """

    epsilon: float = 0.1
    smooth_curvature = False
    is_translation_invariant = True
    curvature_bound = 2.0

    def _beyond(self, y: Any, z: Any) -> Any:
        """Return the part of the error beyond epsilon, with its sign."""
        xp, e = _arrays.namespace(z), z - y
        return e - xp.clip(e, -self.epsilon, self.epsilon)

    def value(self, y: Any, z: Any) -> Any:
        """Return the squared errors beyond epsilon, summed over the outputs."""
        return row_sum(self._beyond(y, z) ** 2)

    def gradient(self, y: Any, z: Any) -> Any:
        """Return twice the error beyond epsilon."""
        return 2 * self._beyond(y, z)

    def curvature(self, y: Any, z: Any) -> Any:
        """Return 2 beyond epsilon, else 0."""
        beyond = self._beyond(y, z)
        return 2 * _arrays.namespace(z).astype(beyond != 0, beyond.dtype)

    def in_units(self, unit: Any) -> Self | None:
        """Return the loss with epsilon in those units."""
        return replace(self, epsilon=self.epsilon / unit)


class _LogLink(Loss):
    """Base class of losses with predictions e^z, which are positive."""

    def link(self, mean: Any) -> Any:
        """Return log mean."""
        return _arrays.namespace(mean).log(mean)

    def inverse_link(self, z: Any) -> Any:
        """Return e^z, at most about the largest finite number."""
        largest = 709.0 if "float64" in str(z.dtype) else 88.0
        xp = _arrays.namespace(z)
        return xp.exp(xp.where(z < largest, z, xp.full_like(z, largest)))


@dataclass(frozen=True)
class Poisson(_LogLink):
    """Loss for counts: e^z - y z, half the Poisson deviance up to a constant."""

    likelihood = "known"
    tweedie_power = 1.0
    domain = "zero or more"

    def value(self, y: Any, z: Any) -> Any:
        """Return e^z - y z, summed over the outputs."""
        return row_sum(_arrays.namespace(z).exp(z) - y * z)

    def gradient(self, y: Any, z: Any) -> Any:
        """Return e^z - y."""
        return _arrays.namespace(z).exp(z) - y

    def value_and_gradient(self, y: Any, z: Any) -> tuple[Any, Any]:
        """Return both, with one exponential."""
        mean = _arrays.namespace(z).exp(z)
        return row_sum(mean - y * z), mean - y

    def curvature(self, y: Any, z: Any) -> Any:
        """Return e^z."""
        return _arrays.namespace(z).exp(z)

    def receding(self, y: Any) -> Any:
        """Return -1 where y is zero: the loss decreases towards a mean of zero."""
        xp = _arrays.namespace(y)
        return xp.where(y == 0, -xp.ones_like(y), xp.zeros_like(y))

    def outside(self, y: Any) -> Any:
        """Return where y is negative."""
        return y < 0


@dataclass(frozen=True)
class Gamma(_LogLink):
    """Loss for positive amounts: z + y e^-z, half the gamma deviance up to a term."""

    likelihood = "estimated"
    tweedie_power = 2.0
    domain = "positive"

    def value(self, y: Any, z: Any) -> Any:
        """Return z + y e^-z, summed over the outputs."""
        return row_sum(z + y * _arrays.namespace(z).exp(-z))

    def gradient(self, y: Any, z: Any) -> Any:
        """Return 1 - y e^-z."""
        return 1 - y * _arrays.namespace(z).exp(-z)

    def curvature(self, y: Any, z: Any) -> Any:
        """Return y e^-z."""
        return y * _arrays.namespace(z).exp(-z)

    def outside(self, y: Any) -> Any:
        """Return where y is not positive."""
        return y <= 0


@dataclass(frozen=True)
class Tweedie(_LogLink):
    """Loss for amounts that may be zero: half the Tweedie deviance up to a constant.

    e^((2 - p) z) / (2 - p) - y e^((1 - p) z) / (1 - p); the variance is proportional to
    mean^p (Jorgensen 1997, chapter 4). For a power below 2 it is the distribution of
    the sum of a Poisson number of gamma amounts. Above 2 amounts are positive, and the
    deviance is not convex in z: ``curvature`` is then its expectation, e^((2 - p) z).

    Parameters
    ----------
    power : float, default=1.5
        p, above 1 (Poisson), up to 3 (inverse Gaussian), and not 2 (gamma).
    """

    power: float = 1.5
    likelihood = "estimated"

    def __post_init__(self) -> None:
        if not (1 < self.power <= 3 and self.power != 2):
            raise ValueError(
                f"power={self.power} must be 0, or from 1 to 3; between 0 and 1 no "
                "such distribution exists. Use power=1.5 for amounts that may be zero, "
                "or sklearn.linear_model.TweedieRegressor for a power below 0 or above "
                "3."
            )

    @property
    def tweedie_power(self) -> float:  # type: ignore[override]  # it is computed
        """The power."""
        return self.power

    @property
    def is_convex(self) -> bool:  # type: ignore[override]  # it is computed
        """Whether the power is below 2."""
        return self.power < 2

    @property
    def domain(self) -> str:  # type: ignore[override]  # it is computed
        """Zero or more for powers below 2, else positive."""
        return "zero or more" if self.is_convex else "positive"

    def _powers(self, z: Any) -> Any:
        """Return e^((2 - p) z) and e^((1 - p) z)."""
        exp = _arrays.namespace(z).exp
        return exp((2 - self.power) * z), exp((1 - self.power) * z)

    def value(self, y: Any, z: Any) -> Any:
        """Return half the deviance up to a constant, summed over the outputs."""
        a, b = self._powers(z)
        return row_sum(a / (2 - self.power) - y * b / (1 - self.power))

    def gradient(self, y: Any, z: Any) -> Any:
        """Return e^((2 - p) z) - y e^((1 - p) z)."""
        a, b = self._powers(z)
        return a - y * b

    def curvature(self, y: Any, z: Any) -> Any:
        """Return (2 - p) e^((2 - p) z) + (p - 1) y e^((1 - p) z), or its mean."""
        a, b = self._powers(z)
        if not self.is_convex:
            return a
        return (2 - self.power) * a + (self.power - 1) * y * b

    def receding(self, y: Any) -> Any:
        """Return -1 where y is zero: the loss decreases towards a mean of zero."""
        if not self.is_convex:
            return None
        xp = _arrays.namespace(y)
        return xp.where(y == 0, -xp.ones_like(y), xp.zeros_like(y))

    def outside(self, y: Any) -> Any:
        """Return where y is negative, or for powers above 2 not positive."""
        return y < 0 if self.is_convex else y <= 0
