"""A path of strengths that reuses the Hessian of one strength for the next ones.

Neighbours on a path have nearly the same Hessian. A step with an old one reads X once,
while a new one takes a product of all columns: a few more steps are faster. Each search
starts on the line through the last two optima.
"""

import itertools
import math
from dataclasses import dataclass, field
from typing import Any

from skmath import _arrays
from skmath.calculus import RULES, descend
from skmath.gd_linear_model.descent import unit_of
from skmath.gd_linear_model.warm_start import extrapolated
from skmath.gd_linear_model.working_sets import WORKING_SETS

__all__ = ["KeptCurvature", "PathStarts"]

COLUMNS = 1_000
"""Columns up to which the Hessian of all of them is computed."""

MAX_STEPS = 50
"""Maximum number of steps with it for one strength; then it is fitted without it."""

SLOW = 0.3
"""Ratio of consecutive step lengths above which an old Hessian is recomputed, which
costs about ten steps."""


@dataclass
class KeptCurvature:
    """The Hessian's metric, recomputed when steps with it do not shrink fast.

    Parameters
    ----------
    cost : Cost
        Cost whose penalty may change.
    """

    cost: Any
    moments: Any = None
    metric: Any = None
    before: Any = None
    last: float = math.inf

    def with_penalty_of(self, cost):
        """Use the penalty of a cost of the same rows."""
        ridge = self.cost.penalty.curvature + 0.0 * cost.columns.variance[:, None]
        same = bool((cost.penalty.curvature + 0.0 * ridge == ridge).all())
        self.cost, self.metric = cost, self.metric if same else None
        return self

    def __call__(self, point):
        """Return the metric of the step from a point."""
        if not point.step:
            self.before, self.last = None, math.inf
        length = self._length_to(point)
        slow = SLOW * self.last < length < math.inf
        if self.moments is None or slow or 0 < point.step < 1:
            self.moments = self.cost.curvature_moments(point.theta)
            self.metric, length = None, math.inf
        if self.metric is None:
            self.metric = self.cost.metric_of(self.moments)
        self.before, self.last = point, length
        return self.metric

    def _length_to(self, point):
        """Return the length of the last step, or infinity if there is none."""
        if self.before is None or self.metric is None:
            return math.inf
        return self.metric.norm(point.theta - self.before.theta)


@dataclass
class PathStarts:
    """Starting points for each strength of a path: its optimum, or a point near it.

    Parameters
    ----------
    cost : Cost
    options : Options
    """

    cost: Any
    options: Any
    alphas: list[float] = field(default_factory=list)
    thetas: list[Any] = field(default_factory=list)

    def __post_init__(self):
        kept = keeps_curvature(self.cost, self.options)
        self.curvature = KeptCurvature(self.cost) if kept else None

    def next(self, cost, theta):
        """Return the start for the next strength, and whether it is the optimum.

        Parameters
        ----------
        cost : Cost
            Cost with the penalty of that strength.
        theta : array of shape (n_features + 1, n_outputs)
            Optimum of the last one.
        """
        if self.curvature is None:
            return theta, False
        if self.alphas:
            self.thetas = [*self.thetas[-1:], theta]
        self.alphas = [*self.alphas[-2:], cost.penalty.alpha]
        if len(self.thetas) == 2 and not cost.penalty.has_constraints:
            theta = extrapolated(self.alphas, self.thetas)
        return with_kept(self.curvature, cost, theta, self.options.tol)


def keeps_curvature(cost, options):
    """Return True if the Hessian of one strength can be reused for others of a path."""
    n, p = cost.rows.X.shape
    automatic = options.solver == WORKING_SETS
    steps = options.metric == "hessian" and options.solver == "gd"
    automatic = automatic or (steps and options.learning_rate == "auto")
    of_one = not (
        options.estimates_scale or options.estimates_dispersion or options.is_firth
    )
    of_one = of_one and cost.targets.mean.shape[0] == 1 and cost.is_convex
    loss = cost.loss
    smooth = loss.smooth_curvature and not (loss.has_kink or loss.constant_curvature)
    narrow = p <= COLUMNS and 2 * p <= n and _arrays.is_numpy(cost.rows.X)
    kinked = hasattr(cost.penalty, "kink_strength") and not cost.penalty.is_smooth
    return automatic and of_one and smooth and narrow and kinked


def with_kept(curvature, cost, theta, tol):
    """Return the end of a descent with a kept Hessian, and whether it is optimal."""
    points = descend(
        cost,
        cost.penalty,
        theta,
        rule=RULES["gd"](),
        metric=curvature.with_penalty_of(cost),
        reference=cost.diagonal_metric(),
        unit=unit_of(cost),
        rounding=cost.slope_rounding(),
    )
    for here in itertools.islice(points, MAX_STEPS + 1):
        if here.optimality <= tol:
            return here.point.theta, True
    return here.point.theta, False
