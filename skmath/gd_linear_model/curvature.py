"""The curvature of a cost along a descent: which Hessian, and how often anew."""

from dataclasses import dataclass
from typing import Any

from skmath.calculus.metrics import inner
from skmath.gd_linear_model.cost import GRANTED

__all__ = ["REFRESHED", "Curvature"]

REFRESHED = 6
"""Steps for which a Hessian is computed anew each time, where a rule remembers steps
and so can correct an old one."""

FIRST_GRANTED = 1e-3
"""Share of the largest curvature that is granted to all directions at first."""

SHORT = 0.1
"""Step below which a direction without curvature is granted more of it."""

MISLED = 2.0
"""Ratio, either way, of a sample's curvature to that which a step met, from which it
misleads: near the optimum those of 10,000 rows differ by a few percent."""


@dataclass
class Curvature:
    """The Hessian's metric, computed anew for the first steps and where it failed.

    Parameters
    ----------
    cost : Cost
        Of all rows, or of a sample.
    whole : Cost
        Of all rows, whose curvature is taken where that of a sample misleads: it may
        have missed the rows that matter.
    refreshed : int or float
        Steps for which it is computed anew.
    """

    cost: Any
    whole: Any
    refreshed: float
    metric: Any = None
    computed: int = 0
    granted: float = FIRST_GRANTED
    before: Any = None

    def __call__(self, point):
        """Return the metric of the step from a point."""
        if self.cost is not self.whole and self._misleads(point):
            self.cost, self.refreshed = self.whole, self.refreshed + REFRESHED
            self.metric = None
        self.before = point
        if point.step:
            # Lines leave directions without curvature: a step along them that had to
            # be cut short is proposed shorter (Levenberg and Marquardt).
            self.granted *= 100.0 if point.step < SHORT else 0.1
            self.granted = min(max(self.granted, GRANTED), 1.0)
        loss = self.cost.loss
        early, failed = self.computed < self.refreshed, 0 < point.step < 1
        changes = early or failed or not loss.smooth_curvature
        if self.metric is None or (changes and not loss.constant_curvature):
            self.metric = self.cost.hessian_metric(point.theta, self.granted)
            self.computed += 1
        return self.metric

    def _misleads(self, point):
        """Tell whether a sample's curvature is not that which the last step met.

        It may have missed rows that weigh much, as those of recording errors do: along
        the step s the gradient then changes by v with s'v far from s'Ms.
        """
        if self.before is None or not point.step:
            return False
        s, v = point.theta - self.before.theta, point.gradient - self.before.gradient
        met, known = inner(s, v), self.metric.norm(s) ** 2
        return not known <= MISLED * met <= MISLED**2 * known
