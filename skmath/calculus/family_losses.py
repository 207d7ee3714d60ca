r"""Losses of counts and amounts with other variances and links.

Half the deviance of an exponential family with the variance V(m) of the mean m is, up
to a constant of y,

.. math:: L(y, m) = \int^m \frac{\mu - y}{V(\mu)} \, d\mu,

and z is a function of m, the link. The derivative with respect to z is
(m - y) / V(m) dm/dz. Where L is not convex in z, ``curvature`` is the expectation of
the second derivative, (dm/dz)^2 / V(m), which is never negative (Fisher's scoring).

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
    """Counts whose variance is m + dispersion m^2 (NB2), with m = e^z.

    (y + 1/a) log(1 + a e^z) - y z with a the dispersion, half the deviance up to a
    constant; Poisson's loss is its limit at a = 0. It is convex.

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

    def __post_init__(self):
        if not 0 < self.dispersion < math.inf:
            raise ValueError(
                f"dispersion={self.dispersion} must be above 0 and finite; use 'auto' "
                "to estimate it, and loss='poisson' for none."
            )

    def _share(self, z):
        """Return a m / (1 + a m), a logistic function, and log(1 + a m)."""
        xp = _arrays.namespace(z)
        z = z + math.log(self.dispersion)
        e = xp.exp(-xp.abs(z))
        share = xp.where(z >= 0, xp.ones_like(z), e) / (1 + e)
        return share, xp.clip(z, 0.0, None) + xp.log1p(e)

    def value(self, y, z):
        """Return (y + 1/a) log(1 + a e^z) - y z, summed over the outputs."""
        return row_sum((y + 1 / self.dispersion) * self._share(z)[1] - y * z)

    def gradient(self, y, z):
        """Return (m - y) / (1 + a m)."""
        return (y + 1 / self.dispersion) * self._share(z)[0] - y

    def curvature(self, y, z):
        """Return (1 + a y) m / (1 + a m)^2."""
        share = self._share(z)[0]
        return (y + 1 / self.dispersion) * share * (1 - share)

    def receding(self, y):
        """Return -1 where y is zero: towards a mean of zero."""
        xp = _arrays.namespace(y)
        return xp.where(y == 0, -xp.ones_like(y), xp.zeros_like(y))

    def outside(self, y):
        """Return where y is negative."""
        return y < 0


def dispersion_slopes(y, mean, dispersion):
    r"""Return how the log-likelihood of NB2 changes with the log of its dispersion.

    With r = 1 / a the log-likelihood of a count y is, up to a constant,

    .. math:: \log \frac{\Gamma(y + r)}{\Gamma(r)} - (y + r) \log(1 + m / r)
        - y \log r

    (Cameron and Trivedi 2013, section 3.3); its derivatives with respect to log r
    follow by digamma and trigamma functions, those of log a by the sign.

    Parameters
    ----------
    y, mean : ndarray
    dispersion : float
        a, zero or more.

    Returns
    -------
    first, second : ndarray
        Derivatives with respect to log a of each y. At a = 0 the first is that with
        respect to a itself, ((y - m)^2 - y) / 2, and the second is 0.
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
    """Positive amounts with a variance of m^3: y / (2 m^2) - 1 / m, with m = e^z.

    Half the deviance up to a constant. It is not convex in z: it flattens where m is
    far above y, and ``curvature`` is its expectation, 1 / m.
    """

    likelihood = "estimated"
    tweedie_power = 3.0
    domain = "positive"
    is_convex = False

    def value(self, y, z):
        """Return y e^-2z / 2 - e^-z, summed over the outputs."""
        e = _arrays.namespace(z).exp(-z)
        return row_sum(0.5 * y * e * e - e)

    def gradient(self, y, z):
        """Return (m - y) / m^2."""
        e = _arrays.namespace(z).exp(-z)
        return e - y * e * e

    def curvature(self, y, z):
        """Return e^-z, the expectation of the second derivative."""
        return _arrays.namespace(z).exp(-z)

    def outside(self, y):
        """Return where y is not positive."""
        return y <= 0


@dataclass(frozen=True)
class SquaredErrorLogLink(_LogLink):
    """Half the squared error of a mean that is positive, (e^z - y)^2 / 2.

    It is not convex in z: it flattens where e^z is far below y, and ``curvature`` is
    its expectation, e^2z.
    """

    is_convex = False
    likelihood = "estimated"

    def value(self, y, z):
        """Return (e^z - y)^2 / 2, summed over the outputs."""
        return 0.5 * row_sum((_arrays.namespace(z).exp(z) - y) ** 2)

    def gradient(self, y, z):
        """Return (m - y) m."""
        mean = _arrays.namespace(z).exp(z)
        return (mean - y) * mean

    def curvature(self, y, z):
        """Return m^2, the expectation of the second derivative."""
        return _arrays.namespace(z).exp(2 * z)


class _PositiveOutputs(Loss):
    """A loss whose outputs are means, so that it is infinite unless they are positive.

    The gradient outside is that of a wall: -1, up towards the means.
    """

    positive_outputs = True

    def link(self, mean):
        """Return the mean, minus infinity where it is not positive."""
        xp = _arrays.namespace(mean)
        return xp.where(mean > 0, mean, xp.full_like(mean, -math.inf))

    def _inside(self, z):
        """Return which outputs are positive, and z with 1 in place of the others."""
        xp = _arrays.namespace(z)
        return z > 0, xp.where(z > 0, z, xp.ones_like(z))

    def _or(self, inside, x, otherwise):
        xp = _arrays.namespace(x)
        return xp.where(inside, x, xp.full_like(x, otherwise))


@dataclass(frozen=True)
class PoissonIdentityLink(_PositiveOutputs):
    """Counts whose mean is z itself: z - y log z, infinite unless z > 0; convex.

    A count of zero lets z fall to 0, where its loss ends. With a width above 0 the
    logarithmic barrier -width log z keeps it away, as if the count were the width. At
    the lowest point with it, the loss without is at most the width above its lowest,
    for each such row (Boyd and Vandenberghe 2004, section 11.2.2): so it is smoothed
    step by step, as losses with kinks are.

    Parameters
    ----------
    width : float, default=0.0
    """

    width: float = 0.0
    likelihood = "known"
    tweedie_power = 1.0
    domain = "zero or more"

    @property
    def has_kink(self):
        """Whether a count of zero has no barrier."""
        return not self.width

    def smoothed(self, width):
        """Return the same with that barrier."""
        return replace(self, width=width)

    def slack(self, y, z):
        """Return by how much a row's loss may be above its lowest for the barrier."""
        xp = _arrays.namespace(y)
        return row_sum(xp.astype(y == 0, y.dtype) * self.width)

    def _count(self, y):
        """Return y, and the width in place of 0."""
        xp = _arrays.namespace(y)
        return xp.where(y == 0, xp.full_like(y, self.width), y)

    def value(self, y, z):
        """Return z - y log z, summed over the outputs."""
        (inside, z), y = self._inside(z), self._count(y)
        return row_sum(self._or(inside, z - y * _arrays.namespace(z).log(z), math.inf))

    def gradient(self, y, z):
        """Return 1 - y / z."""
        (inside, z), y = self._inside(z), self._count(y)
        return self._or(inside, 1 - y / z, -1.0)

    def curvature(self, y, z):
        """Return y / z^2."""
        (inside, z), y = self._inside(z), self._count(y)
        return self._or(inside, y / (z * z), 0.0)

    def outside(self, y):
        """Return where y is negative."""
        return y < 0


@dataclass(frozen=True)
class GammaIdentityLink(_PositiveOutputs):
    """Amounts whose mean is z itself: log z + y / z, infinite unless z > 0.

    It is not convex: it flattens where z is far above y, and ``curvature`` is its
    expectation, 1 / z^2.
    """

    likelihood = "estimated"
    tweedie_power = 2.0
    domain = "positive"
    is_convex = False

    def value(self, y, z):
        """Return log z + y / z, summed over the outputs."""
        inside, z = self._inside(z)
        return row_sum(self._or(inside, _arrays.namespace(z).log(z) + y / z, math.inf))

    def gradient(self, y, z):
        """Return (z - y) / z^2."""
        inside, z = self._inside(z)
        return self._or(inside, (z - y) / (z * z), -1.0)

    def curvature(self, y, z):
        """Return 1 / z^2, the expectation of the second derivative."""
        inside, z = self._inside(z)
        return self._or(inside, 1 / (z * z), 0.0)

    def outside(self, y):
        """Return where y is not positive."""
        return y <= 0
