r"""Losses of a probability p with a link: proportions in [0, 1], and two classes.

A link gives log p and log(1 - p) as functions of one output z:

.. math:: \text{logit: } p = \frac{1}{1 + e^{-z}}, \qquad
    \text{probit: } p = \Phi(z), \qquad
    \text{cloglog: } p = 1 - e^{-e^z}.

Both are concave in z, so that the losses are convex. The logarithms and their
derivatives are computed from z, never from p, which is rounded to 0 or 1 in the tails.

References
----------
.. [1] P. McCullagh and J. A. Nelder, *Generalized Linear Models*, 2nd edition, 1989,
   chapter 4 (binary data).
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from skmath import _arrays
from skmath.calculus.loss import Loss, row_sum

__all__ = ["PROBABILITY_LINKS", "Bernoulli", "Binomial"]

FAR = -100.0
"""z below which the curvature of log Phi(z) is a series: the formula would cancel."""

TINY = 1e-3
"""e^z up to which the complementary log-log link uses a series for the same reason."""

UNDERFLOW = -30.0
"""z below which 1 - exp(-e^z) equals e^z to full precision."""


class Logit:
    """Logit link: p = 1 / (1 + e^-z), so that z is the log odds."""

    curvature_bound = 0.25  # p (1 - p) at p = 1/2

    def of(self, mean: Any) -> Any:
        """Return log p - log(1 - p)."""
        xp = _arrays.namespace(mean)
        return xp.log(mean) - xp.log(1 - mean)

    def logs(self, z: Any) -> Any:
        """Return log p and log(1 - p)."""
        xp = _arrays.namespace(z)
        rest = xp.log1p(xp.exp(-xp.abs(z)))
        return -(xp.clip(-z, 0.0, None) + rest), -(xp.clip(z, 0.0, None) + rest)

    def slopes(self, z: Any) -> Any:
        """Return the derivatives of log p, 1 - p, and of -log(1 - p), p."""
        xp = _arrays.namespace(z)
        e = xp.exp(-xp.abs(z))
        small, large = e / (1 + e), 1 / (1 + e)
        return xp.where(z >= 0, small, large), xp.where(z >= 0, large, small)

    def curvatures(self, z: Any) -> tuple[Any, Any]:
        """Return the second derivatives of -log p and -log(1 - p)."""
        q, p = self.slopes(z)
        return p * q, p * q


class Probit:
    """Probit link: p = Phi(z), the normal distribution function."""

    curvature_bound = 1.0  # of -log Phi(z), as z falls

    def of(self, mean: Any) -> Any:
        """Return the normal quantile of p."""
        return _special("ndtri", mean)

    def logs(self, z: Any) -> tuple[Any, Any]:
        """Return log Phi(z) and log Phi(-z)."""
        return _special("log_ndtr", z), _special("log_ndtr", -z)

    def slopes(self, z: Any) -> tuple[Any, Any]:
        """Return phi(z) / Phi(z) and phi(z) / Phi(-z)."""
        return _mills(z), _mills(-z)

    def curvatures(self, z: Any) -> tuple[Any, Any]:
        """Return r (r + z) and s (s - z), where r and s are the slopes."""
        return _mills_curvature(z), _mills_curvature(-z)


class Cloglog:
    """Complementary log-log link: p = 1 - exp(-e^z) is the probability of any event.

    The number of events has a Poisson distribution with mean e^z.
    """

    curvature_bound = math.inf

    def of(self, mean: Any) -> Any:
        """Return log(-log(1 - p))."""
        xp = _arrays.namespace(mean)
        return xp.log(-xp.log1p(-mean))

    def logs(self, z: Any) -> Any:
        """Return log(1 - exp(-t)) and -t, with t = e^z."""
        xp, t = _arrays.namespace(z), _exponential(z)
        # For a tiny t the first is z - t / 2: nothing underflows.
        safe = xp.where(z < UNDERFLOW, xp.ones_like(t), t)
        log_p = xp.where(z < UNDERFLOW, z - 0.5 * t, xp.log(-xp.expm1(-safe)))
        return log_p, -t

    def slopes(self, z: Any) -> Any:
        """Return r = t / (e^t - 1), and t."""
        xp, t = _arrays.namespace(z), _exponential(z)
        e = xp.exp(-t)
        safe = xp.where(t > 0, t, xp.ones_like(t))
        return xp.where(t > 0, safe * e / -xp.expm1(-safe), e), t

    def curvatures(self, z: Any) -> Any:
        """Return r (r + t - 1), and t."""
        xp, (r, t) = _arrays.namespace(z), self.slopes(z)
        series = 0.5 * t + t * t / 12
        return r * xp.where(t < TINY, series, r + t - 1), t


PROBABILITY_LINKS = {"logit": Logit(), "probit": Probit(), "cloglog": Cloglog()}
"""The links of a probability, by name."""


@dataclass(frozen=True)
class Binomial(Loss):
    """Loss for proportions of successes, -(y log p + (1 - y) log(1 - p)).

    It is half the deviance, up to a term that only depends on y. With the number of
    trials as weights it is the negative log-likelihood of the counts.

    Parameters
    ----------
    link_name : {"logit", "probit", "cloglog"}, default="logit"

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus.share_losses import Binomial
    >>> Binomial("probit").inverse_link(np.array([[0.0]]))
    array([[0.5]])
    """

    link_name: str = "logit"
    likelihood = "known"
    domain = (
        "between 0 and 1, the proportion of successes: divide counts by the number "
    )
    domain += "of trials, and pass that as sample_weight"
    is_proportion = True

    @property
    def _link(self) -> Any:
        return PROBABILITY_LINKS[self.link_name]

    @property
    def curvature_bound(self) -> float:  # type: ignore[override]  # it is computed
        """1/4, 1 or infinite, depending on the link."""
        return self._link.curvature_bound

    def value(self, y: Any, z: Any) -> Any:
        """Return -(y log p + (1 - y) log(1 - p)), summed over the outputs."""
        log_p, log_q = self._link.logs(z)
        return -row_sum(y * log_p + (1 - y) * log_q)

    def gradient(self, y: Any, z: Any) -> Any:
        """Return (1 - y) s - y r, with the slopes r of log p and -s of log(1 - p)."""
        r, s = self._link.slopes(z)
        return (1 - y) * s - y * r

    def curvature(self, y: Any, z: Any) -> Any:
        """Return y h + (1 - y) k, where h and k are the second derivatives."""
        h, k = self._link.curvatures(z)
        return y * h + (1 - y) * k

    def link(self, mean: Any) -> Any:
        """Return the z of a proportion."""
        return self._link.of(mean)

    def inverse_link(self, z: Any) -> Any:
        """Return p."""
        return _arrays.namespace(z).exp(self._link.logs(z)[0])

    def receding(self, y: Any) -> Any:
        """Return 1 where y is 1, -1 where y is 0: the loss decreases that way."""
        xp = _arrays.namespace(y)
        one = xp.ones_like(y)
        return xp.where(y == 1, one, xp.where(y == 0, -one, 0 * one))

    def outside(self, y: Any) -> Any:
        """Return where y is below 0 or above 1."""
        return (y < 0) | (y > 1)


@dataclass(frozen=True)
class Bernoulli(Binomial):
    """Negative log-likelihood of two classes, with a link of the probability.

    With the logit link it is the same as `skmath.calculus.LogLoss`.

    Parameters
    ----------
    link_name : {"logit", "probit", "cloglog"}, default="logit"
    """

    task = "classification"
    domain = Loss.domain
    is_proportion = False
    outside = Loss.outside

    @property
    def boundary(self) -> float:  # type: ignore[override]  # it is computed
        """The z at which both classes are equally likely."""
        return float(self.link(np.array([0.5]))[0])

    def log_probabilities(self, z: Any) -> tuple[Any, ...]:
        """Return log(1 - p) and log p."""
        log_p, log_q = self._link.logs(z)
        return log_q, log_p


def _special(name: str, z: Any) -> Any:
    """Return a function of `scipy.special`, in z's namespace and dtype."""
    return _arrays.like(getattr(special, name)(_arrays.to_numpy(z)), z, "same")


def _mills(z: Any) -> Any:
    """Return phi(z) / Phi(z) = sqrt(2 / pi) / erfcx(-z / sqrt(2))."""
    return (2 / math.pi) ** 0.5 / _special("erfcx", -z / 2**0.5)


def _mills_curvature(z: Any) -> Any:
    """Return r (r + z) with r = phi(z) / Phi(z), between 0 and 1."""
    xp, r = _arrays.namespace(z), _mills(z)
    near = xp.where(z < FAR, z, xp.full_like(z, FAR))
    return xp.where(z < FAR, 1 - 1 / (near * near), r * (r + z))


def _exponential(z: Any) -> Any:
    """Return e^z, at most about the largest finite number."""
    xp = _arrays.namespace(z)
    largest = 709.0 if "float64" in str(z.dtype) else 88.0
    return xp.exp(xp.where(z < largest, z, xp.full_like(z, largest)))
