r"""Losses for counts and amounts with further variances and links.

Half the deviance of an exponential family with the variance V(m) of the mean m is, up
to a term that only depends on y,

.. math:: L(y, m) = \int^m \frac{\mu - y}{V(\mu)} \, d\mu,

and z is a function of m, the link. The derivative with respect to z is
(m - y) / V(m) dm/dz. If L is not convex in z, ``curvature`` is the expectation of the
second derivative, (dm/dz)^2 / V(m), which is never negative (Fisher scoring).

References
----------
.. [1] P. McCullagh and J. A. Nelder, *Generalized Linear Models*, 2nd edition, 1989,
   chapters 2 (families, links, scoring) and 9 (the integral).
.. [2] A. C. Cameron and P. K. Trivedi, *Regression Analysis of Count Data*, 2nd
   edition, 2013, section 3.3 (NB2).
.. [3] S. Boyd and L. Vandenberghe, *Convex Optimization*, 2004, section 11.2.
"""

import math
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from scipy.special import digamma, polygamma

from skmath import _arrays
from skmath.calculus.loss import Loss, row_sum
from skmath.calculus.regression_losses import _LogLink

__all__ = [
    "GammaIdentityLink",
    "InverseGaussian",
    "NegativeBinomial",
    "PoissonIdentityLink",
    "SquaredErrorLogLink",
    "dispersion_slopes",
]


@dataclass(frozen=True)
class NegativeBinomial(_LogLink):
    """Loss for counts with variance m + dispersion m^2 (NB2), with m = e^z.

    (y + 1/a) log(1 + a e^z) - y z, where a is the dispersion: half the deviance up to a
    constant. Its limit for a = 0 is Poisson's loss. It is convex.

    Parameters
    ----------
    dispersion : float, default=1.0
        a, above 0.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus.family_losses import NegativeBinomial
    >>> y, z = np.array([[3.0]]), np.log([[3.0]])
    >>> NegativeBinomial(2.0).gradient(y, z).round(9) + 0.0
    array([[0.]])
    """

    dispersion: float = 1.0
    likelihood = "known"
    domain = "zero or more"

    def __post_init__(self) -> None:
        if not 0 < self.dispersion < math.inf:
            raise ValueError(
                f"dispersion={self.dispersion} must be positive and finite; use 'auto' "
                "to estimate it, or loss='poisson' for no dispersion."
            )

    def _share(self, z: Any) -> Any:
        """Return a m / (1 + a m), a logistic function, and log(1 + a m)."""
        xp = _arrays.namespace(z)
        z = z + math.log(self.dispersion)
        e = xp.exp(-xp.abs(z))
        share = xp.where(z >= 0, xp.ones_like(z), e) / (1 + e)
        return share, xp.clip(z, 0.0, None) + xp.log1p(e)

    def value(self, y: Any, z: Any) -> Any:
        """Return (y + 1/a) log(1 + a e^z) - y z, summed over the outputs."""
        return row_sum((y + 1 / self.dispersion) * self._share(z)[1] - y * z)

    def gradient(self, y: Any, z: Any) -> Any:
        """Return (m - y) / (1 + a m)."""
        return (y + 1 / self.dispersion) * self._share(z)[0] - y

    def curvature(self, y: Any, z: Any) -> Any:
        """Return (1 + a y) m / (1 + a m)^2."""
        share = self._share(z)[0]
        return (y + 1 / self.dispersion) * share * (1 - share)

    def receding(self, y: Any) -> Any:
        """Return -1 where y is zero: the loss decreases towards a mean of zero."""
        xp = _arrays.namespace(y)
        return xp.where(y == 0, -xp.ones_like(y), xp.zeros_like(y))

    def outside(self, y: Any) -> Any:
        """Return where y is negative."""
        return y < 0


def dispersion_slopes(
    y: np.ndarray, mean: np.ndarray, dispersion: float
) -> tuple[np.ndarray, np.ndarray]:
    r"""Differentiate the NB2 log-likelihood with respect to the log of the dispersion.

    With r = 1 / a the log-likelihood of a count y is, up to a constant,

    .. math:: \log \frac{\Gamma(y + r)}{\Gamma(r)} - (y + r) \log(1 + m / r)
        - y \log r

    (Cameron and Trivedi 2013, section 3.3); its derivatives with respect to log r
    involve the digamma and trigamma functions, those with respect to log a differ in
    sign.

    Parameters
    ----------
    y, mean : ndarray
    dispersion : float
        a, nonnegative.

    Returns
    -------
    first, second : ndarray
        Derivatives with respect to log a for each y. At a = 0 the first is the
        derivative with respect to a itself, ((y - m)^2 - y) / 2, and the second is 0.
    """
    if dispersion == 0:
        return 0.5 * ((y - mean) ** 2 - y), 0.0 * y
    r = 1 / dispersion
    at = r + mean
    first = digamma(y + r) - digamma(r) - np.log1p(mean / r) + (mean - y) / at
    second = polygamma(1, y + r) - polygamma(1, r)
    second = second + mean / (r * at) - (mean - y) / at**2
    return -r * first, r * r * second + r * first


@dataclass(frozen=True)
class InverseGaussian(_LogLink):
    """Loss for positive amounts with variance m^3: y / (2 m^2) - 1 / m, with m = e^z.

    It is half the deviance up to a constant. It is not convex in z: it flattens where m
    is far above y, and ``curvature`` is its expectation, 1 / m.
    """

    likelihood = "estimated"
    tweedie_power = 3.0
    domain = "positive"
    is_convex = False

    def value(self, y: Any, z: Any) -> Any:
        """Return y e^-2z / 2 - e^-z, summed over the outputs."""
        e = _arrays.namespace(z).exp(-z)
        return row_sum(0.5 * y * e * e - e)

    def gradient(self, y: Any, z: Any) -> Any:
        """Return (m - y) / m^2."""
        e = _arrays.namespace(z).exp(-z)
        return e - y * e * e

    def curvature(self, y: Any, z: Any) -> Any:
        """Return e^-z, the expectation of the second derivative."""
        return _arrays.namespace(z).exp(-z)

    def outside(self, y: Any) -> Any:
        """Return where y is not positive."""
        return y <= 0


@dataclass(frozen=True)
class SquaredErrorLogLink(_LogLink):
    """Half the squared error of a positive mean, (e^z - y)^2 / 2.

    It is not convex in z: it flattens where e^z is far below y, and ``curvature`` is
    its expectation, e^2z.
    """

    is_convex = False
    likelihood = "estimated"

    def value(self, y: Any, z: Any) -> Any:
        """Return (e^z - y)^2 / 2, summed over the outputs."""
        return 0.5 * row_sum((_arrays.namespace(z).exp(z) - y) ** 2)

    def gradient(self, y: Any, z: Any) -> Any:
        """Return (m - y) m."""
        mean = _arrays.namespace(z).exp(z)
        return (mean - y) * mean

    def curvature(self, y: Any, z: Any) -> Any:
        """Return m^2, the expectation of the second derivative."""
        return _arrays.namespace(z).exp(2 * z)


class _PositiveOutputs(Loss):
    """Base class of losses whose outputs are means, infinite unless these are positive.

    The gradient outside is -1: it points up towards positive means.
    """

    positive_outputs = True

    def link(self, mean: Any) -> Any:
        """Return the mean, or minus infinity where it is not positive."""
        xp = _arrays.namespace(mean)
        return xp.where(mean > 0, mean, xp.full_like(mean, -math.inf))

    def _inside(self, z: Any) -> Any:
        """Return which outputs are positive, and z with the others replaced by 1."""
        xp = _arrays.namespace(z)
        return z > 0, xp.where(z > 0, z, xp.ones_like(z))

    def _or(self, inside: Any, x: Any, otherwise: float) -> Any:
        xp = _arrays.namespace(x)
        return xp.where(inside, x, xp.full_like(x, otherwise))


@dataclass(frozen=True)
class PoissonIdentityLink(_PositiveOutputs):
    """Loss for counts whose mean is z: z - y log z, infinite unless z > 0; convex.

    For a count of zero the loss is lowest at the boundary z = 0. A width above 0 adds
    the logarithmic barrier -width log z, as if the count were the width. At the minimum
    with the barrier, the loss without it is at most the width above its minimum, for
    each such row (Boyd and Vandenberghe 2004, section 11.2.2): so the width is reduced
    step by step, as for losses with kinks.

    Parameters
    ----------
    width : float, default=0.0
        Strength of the barrier.
    """

    width: float = 0.0
    likelihood = "known"
    tweedie_power = 1.0
    domain = "zero or more"

    @property
    def has_kink(self) -> bool:  # type: ignore[override]  # it is computed
        """Whether there is no barrier for counts of zero."""
        return not self.width

    def smoothed(self, width: float) -> Self:
        """Return the loss with a barrier of that strength."""
        return replace(self, width=width)

    def slack(self, y: Any, z: Any) -> Any:
        """Return an upper bound of the error of a row's loss due to the barrier."""
        xp = _arrays.namespace(y)
        return row_sum(xp.astype(y == 0, y.dtype) * self.width)

    def _count(self, y: Any) -> Any:
        """Return y, with 0 replaced by the width."""
        xp = _arrays.namespace(y)
        return xp.where(y == 0, xp.full_like(y, self.width), y)

    def value(self, y: Any, z: Any) -> Any:
        """Return z - y log z, summed over the outputs."""
        (inside, z), y = self._inside(z), self._count(y)
        return row_sum(self._or(inside, z - y * _arrays.namespace(z).log(z), math.inf))

    def gradient(self, y: Any, z: Any) -> Any:
        """Return 1 - y / z."""
        (inside, z), y = self._inside(z), self._count(y)
        return self._or(inside, 1 - y / z, -1.0)

    def curvature(self, y: Any, z: Any) -> Any:
        """Return y / z^2."""
        (inside, z), y = self._inside(z), self._count(y)
        return self._or(inside, y / (z * z), 0.0)

    def outside(self, y: Any) -> Any:
        """Return where y is negative."""
        return y < 0


@dataclass(frozen=True)
class GammaIdentityLink(_PositiveOutputs):
    """Loss for amounts whose mean is z: log z + y / z, infinite unless z > 0.

    It is not convex: it flattens where z is far above y, and ``curvature`` is its
    expectation, 1 / z^2.
    """

    likelihood = "estimated"
    tweedie_power = 2.0
    domain = "positive"
    is_convex = False

    def value(self, y: Any, z: Any) -> Any:
        """Return log z + y / z, summed over the outputs."""
        inside, z = self._inside(z)
        return row_sum(self._or(inside, _arrays.namespace(z).log(z) + y / z, math.inf))

    def gradient(self, y: Any, z: Any) -> Any:
        """Return (z - y) / z^2."""
        inside, z = self._inside(z)
        return self._or(inside, (z - y) / (z * z), -1.0)

    def curvature(self, y: Any, z: Any) -> Any:
        """Return 1 / z^2, the expectation of the second derivative."""
        inside, z = self._inside(z)
        return self._or(inside, 1 / (z * z), 0.0)

    def outside(self, y: Any) -> Any:
        """Return where y is not positive."""
        return y <= 0
