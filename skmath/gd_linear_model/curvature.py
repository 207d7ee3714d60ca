"""The curvature of a cost along a descent: which Hessian, and when it is recomputed."""

from dataclasses import dataclass
from typing import Any

from skmath.calculus.metrics import inner
from skmath.gd_linear_model.cost import MIN_CURVATURE

__all__ = ["N_REFRESHED", "Curvature"]

N_REFRESHED = 6
"""Number of first steps that recompute the Hessian, for a rule that stores steps and
can therefore correct an old one."""

FIRST_MIN_CURVATURE = 1e-3
"""Minimum curvature of all directions at the start, as a fraction of the largest."""

SHORT = 0.1
"""Step length below which the minimum curvature is increased."""

MAX_CURVATURE_RATIO = 2.0
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
    n_refreshed : int or float
        Number of steps for which it is recomputed.
    """

    cost: Any
    whole: Any
    n_refreshed: float
    metric: Any = None
    computed: int = 0
    min_curvature: float = FIRST_MIN_CURVATURE
    previous: Any = None

    def __call__(self, point):
        """Return the metric of the step from a point."""
        if self.cost is not self.whole and self._is_misleading(point):
            self.cost, self.n_refreshed = self.whole, self.n_refreshed + N_REFRESHED
            self.metric = None
        self.previous = point
        if point.step:
            # With linear pieces some directions have no curvature: after a step along
            # them was shortened, propose shorter ones (Levenberg and Marquardt).
            self.min_curvature *= 100.0 if point.step < SHORT else 0.1
            self.min_curvature = min(max(self.min_curvature, MIN_CURVATURE), 1.0)
        loss = self.cost.loss
        early, failed = self.computed < self.n_refreshed, 0 < point.step < 1
        has_changed = early or failed or not loss.smooth_curvature
        if self.metric is None or (has_changed and not loss.constant_curvature):
            self.metric = self.cost.hessian_metric(point.theta, self.min_curvature)
            self.computed += 1
        return self.metric

    def _is_misleading(self, point):
        """Return True if a sample's curvature is not that along the last step.

        The sample may have missed rows with a large effect, such as recording errors:
        along the step s the gradient then changes by v with s'v far from s'Ms.
        """
        if self.previous is None or not point.step:
            return False
        s = point.theta - self.previous.theta
        v = point.gradient - self.previous.gradient
        observed, predicted = inner(s, v), self.metric.norm(s) ** 2
        r = MAX_CURVATURE_RATIO
        return not predicted <= r * observed <= r**2 * predicted
