r"""The loss of ordered classes: an output that thresholds cut into intervals.

McCullagh's model (1980) of the classes 0 < 1 < ... < K - 1 is

.. math:: P(y \le k) = F(t_k - z), \qquad t_0 < t_1 < \dots < t_{K - 2},

with one output z for all of them and a distribution function F. A row of class k has
the probability F(b) - F(a) with :math:`b = t_k - z` and :math:`a = t_{k - 1} - z`,
infinite at either end. Where the density of F is log-concave, as those here are,
:math:`-\log(F(b) - F(a))` is convex in a and b together, and so in z and thresholds.

The two probabilities are never subtracted. With the *gap* :math:`g = b - a` and
:math:`q = 1 / (e^g - 1)` the loss of the logit is

.. math:: \log(1 + e^{-b}) + \log(1 + e^a) - \log(1 - e^{-g})

and its derivatives are sums of positive terms. So they are for the others.

References
----------
.. [1] P. McCullagh, "Regression models for ordinal data", Journal of the Royal
   Statistical Society B, 42(2), 1980.
.. [2] J. W. Pratt, "Concavity of the log likelihood", Journal of the American
   Statistical Association, 76(373), 1981.
"""

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from scipy import special

from skmath import _arrays
from skmath.calculus.loss import Loss

__all__ = ["CUMULATIVE_LINKS", "IntervalTerms", "Ordinal"]

LARGEST = {"float64": 700.0, "float32": 85.0}
"""Exponent up to which e^z is a number."""

TINY = 1e-2
"""D below which D / (e^D - 1) is its series: else its difference to 1 would cancel."""


class IntervalTerms(NamedTuple):
    """Derivatives of -log(F(b) - F(a)), arrays of one shape.

    Parameters
    ----------
    slope : array
        In z: below_b - above_a.
    at_a, at_b : array
        How fast it rises with a, and falls with b.
    bend_a, bend_b : array
        Mixed second derivatives in z and -a, and in z and -b; their sum is that in z.
    between : array
        Minus the one in a and b.
    """

    slope: Any
    at_a: Any
    at_b: Any
    bend_a: Any
    bend_b: Any
    between: Any


class CumulativeLogit:
    """F(u) = 1 / (1 + e^-u): x'w is the logarithm of a ratio of odds."""

    curvature_bound = 0.5  # F (1 - F) at a and at b

    def quantile(self, p):
        """Return log p - log(1 - p)."""
        return special.logit(p)

    def log_probability(self, a, b, gap):
        """Return log(F(b) - F(a))."""
        xp = _arrays.namespace(a)
        return xp.log(-xp.expm1(-gap)) - _log_one_plus(-b) - _log_one_plus(a)

    def terms(self, a, b, gap):
        """Return the `IntervalTerms`."""
        q = _reciprocal(gap)
        (above, bend_b), (below, bend_a) = _logistic(-b), _logistic(a)
        return IntervalTerms(
            above - below, below + q, above + q, bend_a, bend_b, q * (1 + q)
        )


class CumulativeProbit:
    """F is the normal distribution function: z is a hidden normal number's mean."""

    curvature_bound = 1.0  # one less the variance of the normal number in an interval

    def quantile(self, p):
        """Return the normal quantile."""
        return special.ndtri(p)

    def log_probability(self, a, b, gap):
        """Return log(F(b) - F(a)), in the tail that both are nearer to."""
        xp = _arrays.namespace(a)
        turned = a > -b
        low, high = xp.where(turned, -b, a), xp.where(turned, -a, b)
        low, high = (_special("log_ndtr", x) for x in (low, high))
        return high + xp.log(-xp.expm1(low - high))

    def terms(self, a, b, gap):
        """Return the `IntervalTerms`: m is the mean of the number in the interval."""
        xp, log_p = _arrays.namespace(a), self.log_probability(a, b, gap)
        at_a, at_b = (
            xp.exp(-0.5 * x * x - 0.5 * math.log(2 * math.pi) - log_p) for x in (a, b)
        )
        m = at_a - at_b
        # Neither end is on the wrong side of the mean, and an infinite one has no part.
        to_a, to_b = (
            xp.clip(xp.where(xp.isinf(x), xp.zeros_like(x), d), 0.0, None)
            for x, d in ((a, m - a), (b, b - m))
        )
        return IntervalTerms(-m, at_a, at_b, at_a * to_a, at_b * to_b, at_a * at_b)


class CumulativeCloglog:
    """F(u) = 1 - exp(-e^u): hazards that are proportional, in grouped times."""

    curvature_bound = math.inf

    def quantile(self, p):
        """Return log(-log(1 - p))."""
        return np.log(-np.log1p(-p))

    def log_probability(self, a, b, gap):
        """Return log(F(b) - F(a)) = -A + log(1 - e^-D), A = e^a and D = e^b - e^a."""
        xp, width = _arrays.namespace(a), -_arrays.namespace(a).expm1(-gap)
        D = _exponential(b) * width
        # For a tiny D the logarithm is that of D, less D / 2: nothing underflows.
        tiny, one = D < 1e-12, xp.ones_like(D)
        of_tiny = xp.where(tiny, b, one) + xp.log(width)
        safe = xp.where(tiny, one, D)
        return xp.where(tiny, of_tiny, xp.log(-xp.expm1(-safe))) - _exponential(a)

    def terms(self, a, b, gap):
        """Return the `IntervalTerms`, with r = D / (e^D - 1)."""
        xp, q, A = _arrays.namespace(a), _reciprocal(gap), _exponential(a)
        D = _exponential(b) * -xp.expm1(-gap)
        limit, zero = LARGEST["float32"], xp.zeros_like(D)
        far = limit < D
        D = xp.where(far, zero, D)
        series = D / 2 - D * D / 12 + D**4 / 720
        safe = xp.where(D < TINY, xp.ones_like(D), D)
        less = xp.where(D < TINY, series, 1 - safe / xp.expm1(safe))
        less = xp.where(far, xp.ones_like(D), less)
        r = 1 - less
        at_b = r * (1 + q)
        at_a = xp.where(far, A, (r + D) * q)
        bend_b = xp.where(far, zero, at_b * (D - less))
        return IntervalTerms(r - A, at_a, at_b, at_a * less, bend_b, at_a * at_b)


CUMULATIVE_LINKS = {
    "logit": CumulativeLogit(),
    "probit": CumulativeProbit(),
    "cloglog": CumulativeCloglog(),
}
"""The links of a cumulative probability, by name."""


@dataclass(frozen=True)
class Ordinal(Loss):
    """Negative log-likelihood of ordered classes, with thresholds for an output.

    y is the class, a number from 0 to K - 1.

    Parameters
    ----------
    link_name : {"logit", "probit", "cloglog"}, default="logit"
    thresholds : ndarray of shape (K - 1,), default=None
        In ascending order; None where they are not known yet.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import Ordinal
    >>> loss = Ordinal(thresholds=np.array([-1.0, 1.0]))
    >>> loss.value(np.array([[1.0]]), np.array([[0.0]])).round(4)
    array([0.772])
    >>> loss.inverse_link(np.array([[1.0, -1.0]])).round(4)
    array([[0.2689, 0.4621, 0.2689]])
    """

    link_name: str = "logit"
    thresholds: Any = field(default=None, compare=False)
    task = "classification"
    likelihood = "known"

    @property
    def cumulative_link(self):
        """The object of `CUMULATIVE_LINKS`."""
        return CUMULATIVE_LINKS[self.link_name]

    @property
    def curvature_bound(self):
        """1/2, 1 or infinite."""
        return self.cumulative_link.curvature_bound

    def interval(self, y, z):
        """Return a and b of each row's class, and the gap between them."""
        xp = _arrays.namespace(z)
        ends = np.concatenate([[-np.inf], self.thresholds, [np.inf]])
        codes = xp.astype(y[:, 0], xp.int64)
        a, b, gap = (
            xp.take(_arrays.like(part, z, "same"), codes, axis=0)[:, None]
            for part in (ends[:-1], ends[1:], np.diff(ends))
        )
        return a - z, b - z, gap

    def value(self, y, z):
        """Return -log P(y)."""
        return -self.cumulative_link.log_probability(*self.interval(y, z))[:, 0]

    def gradient(self, y, z):
        """Return its derivative in z."""
        return self.terms(y, z).slope

    def value_and_gradient(self, y, z):
        """Return both."""
        link, interval = self.cumulative_link, self.interval(y, z)
        return -link.log_probability(*interval)[:, 0], link.terms(*interval).slope

    def curvature(self, y, z):
        """Return the second derivative in z."""
        terms = self.terms(y, z)
        return terms.bend_a + terms.bend_b

    def terms(self, y, z):
        """Return the `IntervalTerms` of each row."""
        return self.cumulative_link.terms(*self.interval(y, z))

    def link(self, mean):
        """Return 0: the thresholds are where the best constant is."""
        return 0.0 * mean

    def log_probabilities(self, z):
        """Return log P of the classes, of the outputs z less each threshold."""
        xp = _arrays.namespace(z)
        end = xp.full_like(z[:, :1], xp.inf)
        a, b = xp.concat([-end, -z], axis=1), xp.concat([-z, end], axis=1)
        return (self.cumulative_link.log_probability(a, b, b - a),)

    def inverse_link(self, z):
        """Return the probabilities of the classes, of z less each threshold."""
        xp = _arrays.namespace(z)
        with np.errstate(divide="ignore", over="ignore"):
            return xp.exp(self.log_probabilities(z)[0])


def _log_one_plus(u):
    """Return log(1 + e^u)."""
    xp = _arrays.namespace(u)
    return xp.clip(u, 0.0, None) + xp.log1p(xp.exp(-xp.abs(u)))


def _logistic(u):
    """Return F(u) of the logistic function, and F (1 - F)."""
    xp = _arrays.namespace(u)
    e = xp.exp(-xp.abs(u))
    one = 1 / (1 + e)
    return xp.where(u >= 0, xp.ones_like(u), e) * one, e * one * one


def _reciprocal(gap):
    """Return 1 / (e^gap - 1)."""
    return 1 / _arrays.namespace(gap).expm1(gap)


def _exponential(u):
    """Return e^u; at most the largest number that there is, about."""
    xp = _arrays.namespace(u)
    return xp.exp(xp.clip(u, None, LARGEST[str(u.dtype).rpartition(".")[2]]))


def _special(name, z):
    """Return a function of `scipy.special`, in z's namespace and dtype."""
    return _arrays.like(getattr(special, name)(_arrays.to_numpy(z)), z, "same")
