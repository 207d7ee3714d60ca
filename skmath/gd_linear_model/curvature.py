"""The curvature of a cost along a descent: which Hessian, and when it is recomputed."""

from dataclasses import dataclass
from typing import Any

from skmath.calculus.metrics import inner
from skmath.gd_linear_model.cost import GRANTED

__all__ = ["REFRESHED", "Curvature"]

REFRESHED = 6
"""Number of first steps that recompute the Hessian, for a rule that stores steps and
can therefore correct an old one."""

FIRST_GRANTED = 1e-3
"""Minimum curvature of all directions at the start, as a fraction of the largest."""

SHORT = 0.1
"""Step length below which the minimum curvature is increased."""

MISLED = 2.0
"""Ratio, either way, of a sample's curvature to that along a step above which the
sample is not used: near the optimum those of 10,000 rows differ by a few percent."""


@dataclass
class Curvature:
    """The Hessian's metric, recomputed for the first steps and after a failed one.

    Parameters
    ----------
    cost : Cost
        Cost of all rows, or of a sample.
    whole : Cost
        Cost of all rows, used if the sample's curvature is misleading because it misses
        important rows.
    refreshed : int or float
        Number of steps for which it is recomputed.
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
            # With linear pieces some directions have no curvature: after a step along
            # them was shortened, propose shorter ones (Levenberg and Marquardt).
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
        """Return True if a sample's curvature is not that along the last step.

        The sample may have missed rows with a large effect, such as recording errors:
        along the step s the gradient then changes by v with s'v far from s'Ms.
        """
        if self.before is None or not point.step:
            return False
        s, v = point.theta - self.before.theta, point.gradient - self.before.gradient
        met, known = inner(s, v), self.metric.norm(s) ** 2
        return not known <= MISLED * met <= MISLED**2 * known
