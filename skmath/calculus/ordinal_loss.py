r"""The loss for ordered classes: thresholds split one output's range into intervals.

McCullagh's model (1980) for the classes 0 < 1 < ... < K - 1 is

.. math:: P(y \le k) = F(t_k - z), \qquad t_0 < t_1 < \dots < t_{K - 2},

with one output z for all of them and a distribution function F. A row of class k has
the probability F(b) - F(a) with :math:`b = t_k - z` and :math:`a = t_{k - 1} - z`,
which are infinite for the last and first class. If the density of F is log-concave, as
for all links here, :math:`-\log(F(b) - F(a))` is jointly convex in a and b, and
therefore in z and the thresholds.

The two probabilities are never subtracted. With the *gap* :math:`g = b - a` and
:math:`q = 1 / (e^g - 1)` the loss of the logit is

.. math:: \log(1 + e^{-b}) + \log(1 + e^a) - \log(1 - e^{-g})

and its derivatives are sums of positive terms. The other links are similar.

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

__all__ = ["CUMULATIVE_LINKS", "Interval", "IntervalTerms", "Ordinal"]

LARGEST = {"float64": 700.0, "float32": 85.0}
"""Exponent up to which e^z is finite."""

TINY = 1e-2
"""D below which D / (e^D - 1) is computed by its series: the difference to 1 would
otherwise cancel."""


class Interval(NamedTuple):
    """The interval of each row's latent variable, minus its output.

    Parameters
    ----------
    a, b : array
        Ends, infinite for the first and last class.
    q : array
        1 / (e^gap - 1), with the gap between the ends.
    log_width : array
        log(1 - e^-gap).
    """

    a: Any
    b: Any
    q: Any
    log_width: Any


class IntervalTerms(NamedTuple):
    """The loss -log(F(b) - F(a)) and its derivatives, arrays of one shape.

    Parameters
    ----------
    value : array
    slope : array
        Derivative with respect to z: at_b - at_a.
    at_a, at_b : array
        Derivative with respect to a, and minus the derivative with respect to b.
    bend_a, bend_b : array
        Mixed second derivatives in z and -a, and in z and -b; their sum is the second
        derivative in z.
    between : array
        Minus the mixed second derivative in a and b.
    """

    value: Any
    slope: Any
    at_a: Any
    at_b: Any
    bend_a: Any
    bend_b: Any
    between: Any


class CumulativeLogit:
    """Logit link: F(u) = 1 / (1 + e^-u), so that x'w is a log odds ratio."""

    curvature_bound = 0.5  # F (1 - F) at a and at b

    def quantile(self, p: Any) -> Any:
        """Return log p - log(1 - p)."""
        return special.logit(p)

    def terms(self, interval: Interval) -> IntervalTerms:
        """Return the `IntervalTerms`."""
        a, b, q, log_width = interval
        (above, bend_b, rest_b), (below, bend_a, rest_a) = _logistic(-b), _logistic(a)
        value = rest_a + rest_b - log_width
        at_a, at_b = below + q, above + q
        slope = above - below
        return IntervalTerms(value, slope, at_a, at_b, bend_a, bend_b, q * (1 + q))


class CumulativeProbit:
    """Probit link: F is the normal distribution, z the mean of a latent variable."""

    curvature_bound = 1.0  # one less the variance of the normal number in an interval

    def quantile(self, p: Any) -> Any:
        """Return the normal quantile."""
        return special.ndtri(p)

    def terms(self, interval: Any) -> Any:
        """Return the `IntervalTerms`: m is the mean of the number in the interval."""
        a, b = interval[:2]
        xp, value = _arrays.namespace(a), self.value(a, b)
        at_a, at_b = (
            xp.exp(value - 0.5 * x * x - 0.5 * math.log(2 * math.pi)) for x in (a, b)
        )
        m = at_a - at_b
        # Neither end is on the wrong side of the mean, and an infinite one has no part.
        to_a, to_b = (
            xp.clip(xp.where(xp.isinf(x), xp.zeros_like(x), d), 0.0, None)
            for x, d in ((a, m - a), (b, b - m))
        )
        bend_a, bend_b = at_a * to_a, at_b * to_b
        return IntervalTerms(value, -m, at_a, at_b, bend_a, bend_b, at_a * at_b)

    def value(self, a: Any, b: Any) -> Any:
        """Return -log(F(b) - F(a)), in the tail that both are nearer to."""
        xp = _arrays.namespace(a)
        is_reversed = a > -b
        low, high = xp.where(is_reversed, -b, a), xp.where(is_reversed, -a, b)
        low, high = (_special("log_ndtr", x) for x in (low, high))
        return -high - xp.log(-xp.expm1(low - high))


class CumulativeCloglog:
    """Complementary log-log link, F(u) = 1 - exp(-e^u): proportional hazards."""

    curvature_bound = math.inf

    def quantile(self, p: Any) -> Any:
        """Return log(-log(1 - p))."""
        return np.log(-np.log1p(-p))

    def terms(self, interval: Any) -> Any:
        """Return the `IntervalTerms`, with D = e^b - e^a and r = D / (e^D - 1)."""
        a, b, q, log_width = interval
        xp, A = _arrays.namespace(a), _exponential(a)
        D = _exponential(b) / (1 + q)
        # For a tiny D the logarithm is that of D: nothing underflows.
        tiny, one, zero = D < 1e-12, xp.ones_like(D), xp.zeros_like(D)
        of_tiny = xp.where(tiny, b, one) + log_width
        log_share = xp.log(-xp.expm1(-xp.where(tiny, one, D)))
        value = A - xp.where(tiny, of_tiny, log_share)
        limit = LARGEST["float32"]
        far = limit < D
        D = xp.where(far, zero, D)
        series = D / 2 - D * D / 12 + D**4 / 720
        safe = xp.where(D < TINY, one, D)
        less = xp.where(D < TINY, series, 1 - safe / xp.expm1(safe))
        less = xp.where(far, one, less)
        r = 1 - less
        at_b = r * (1 + q)
        at_a = xp.where(far, A, (r + D) * q)
        bend_a, bend_b = at_a * less, xp.where(far, zero, at_b * (D - less))
        return IntervalTerms(value, r - A, at_a, at_b, bend_a, bend_b, at_a * at_b)


CUMULATIVE_LINKS = {
    "logit": CumulativeLogit(),
    "probit": CumulativeProbit(),
    "cloglog": CumulativeCloglog(),
}
"""The links of a cumulative probability, by name."""


@dataclass(frozen=True)
class Ordinal(Loss):
    """Negative log-likelihood of ordered classes, with thresholds for one output.

    y is the class, a number from 0 to K - 1.

    Parameters
    ----------
    link_name : {"logit", "probit", "cloglog"}, default="logit"
    thresholds : ndarray of shape (K - 1,), default=None
        Thresholds in ascending order; None before they are fitted.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import Ordinal
    >>> loss = Ordinal(thresholds=np.array([-1.0, 1.0]))
    >>> loss.value(np.array([[1.0]]), np.array([[0.0]])).round(4)
    array([0.7719])
    >>> loss.inverse_link(np.array([[1.0, -1.0]])).round(4)
    array([[0.2689, 0.4621, 0.2689]])
    """

    link_name: str = "logit"
    thresholds: Any = field(default=None, compare=False)
    task = "classification"
    likelihood = "known"

    @property
    def cumulative_link(self) -> Any:
        """The object of `CUMULATIVE_LINKS`."""
        return CUMULATIVE_LINKS[self.link_name]

    @property
    def curvature_bound(self) -> float:  # type: ignore[override]  # it is computed
        """1/2, 1 or infinite, depending on the link."""
        return self.cumulative_link.curvature_bound

    def interval(self, y: Any, z: Any) -> Any:
        """Return the `Interval` of each row's class, minus its output."""
        xp = _arrays.namespace(z)
        ends = np.concatenate([[-np.inf], self.thresholds, [np.inf]])
        codes = xp.astype(y[:, 0], xp.int64)
        a, b, q, log_width = (
            xp.take(_arrays.like(part, z, "same"), codes, axis=0)[:, None]
            for part in (ends[:-1], ends[1:], *_of_gap(np.diff(ends)))
        )
        return Interval(a - z, b - z, q, log_width)

    def value(self, y: Any, z: Any) -> Any:
        """Return the loss of each row, -log P(y)."""
        return self.terms(y, z).value[:, 0]

    def gradient(self, y: Any, z: Any) -> Any:
        """Return the derivative with respect to z."""
        return self.terms(y, z).slope

    def value_and_gradient(self, y: Any, z: Any) -> tuple[Any, Any]:
        """Return both."""
        terms = self.terms(y, z)
        return terms.value[:, 0], terms.slope

    def curvature(self, y: Any, z: Any) -> Any:
        """Return the second derivative with respect to z."""
        terms = self.terms(y, z)
        return terms.bend_a + terms.bend_b

    def terms(self, y: Any, z: Any) -> Any:
        """Return the `IntervalTerms` of each row."""
        return self.cumulative_link.terms(self.interval(y, z))

    def link(self, mean: Any) -> Any:
        """Return 0: the thresholds contain the best constant prediction."""
        return 0.0 * mean

    def log_probabilities(self, z: Any) -> tuple[Any, ...]:
        """Return the log probabilities of the classes, from z minus each threshold."""
        xp = _arrays.namespace(z)
        end = xp.full_like(z[:, :1], xp.inf)
        a, b = xp.concat([-end, -z], axis=1), xp.concat([-z, end], axis=1)
        terms = self.cumulative_link.terms(Interval(a, b, *_of_gap(b - a)))
        return (-terms.value,)

    def inverse_link(self, z: Any) -> Any:
        """Return the probabilities of the classes, from z minus each threshold."""
        xp = _arrays.namespace(z)
        with np.errstate(divide="ignore", over="ignore"):
            return xp.exp(self.log_probabilities(z)[0])


def _logistic(u: Any) -> Any:
    """Return F(u) of the logistic function, F (1 - F), and log(1 + e^u)."""
    xp = _arrays.namespace(u)
    e = xp.exp(-xp.abs(u))
    one = 1 / (1 + e)
    p = xp.where(u >= 0, one, e * one)
    return p, e * one * one, xp.clip(u, 0.0, None) + xp.log1p(e)


def _of_gap(gap: Any) -> Any:
    """Return 1 / (e^gap - 1), and log(1 - e^-gap)."""
    xp = _arrays.namespace(gap)
    with np.errstate(over="ignore"):
        return 1 / xp.expm1(gap), xp.log(-xp.expm1(-gap))


def _exponential(u: Any) -> Any:
    """Return e^u, at most about the largest finite number."""
    xp = _arrays.namespace(u)
    return xp.exp(xp.clip(u, None, LARGEST[str(u.dtype).rpartition(".")[2]]))


def _special(name: Any, z: Any) -> Any:
    """Return a function of `scipy.special`, in z's namespace and dtype."""
    return _arrays.like(getattr(special, name)(_arrays.to_numpy(z)), z, "same")
