"""The descent of a linear model's cost, from a sample of the rows to the optimum.

It is composed of `skmath.calculus.descend`, and says

- from where: a first descent on a sample of many rows ends near the optimum and costs
  little; the curvature that it met serves the descent on all rows;
- in which metric: a Hessian is computed anew for the first steps and then only where
  it failed, that is, where a step of its length did not lower the cost;
- of which loss: one with kinks is smoothed, and the width of that shrinks until the
  smoothed loss's optimum is proven to be the true one's;
- to where: until a certificate is within the tolerance, or nothing moves any more.

References
----------
.. [1] F. Roosta-Khorasani and M. W. Mahoney, "Sub-sampled Newton methods",
   Mathematical Programming, 174, 2019.
.. [2] Y. Nesterov, "Smooth minimization of non-smooth functions", Mathematical
   Programming, 103(1), 2005.
"""

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from skmath import _arrays
from skmath.calculus import (
    RULES,
    ElasticNet,
    Huber,
    Point,
    SquaredError,
    descend,
    duality_gap,
)
from skmath.calculus.descent import slope_length
from skmath.gd_linear_model.cost import FLAT
from skmath.gd_linear_model.quadratic_cost import QuadraticCost

SAMPLE_ROWS = 10_000
"""Rows of a sample, at least."""

SAMPLE_SHARE = 4
"""How many times a sample's rows there are, at least, if one is taken."""

SAMPLE_ROWS_PER_FEATURE = 50
"""Rows of a sample for each column: the curvature of p columns needs many times p."""

NEAR = 1e-3
"""Tolerance of what is only a start for what follows."""

REFRESHED = 6
"""Steps for which a Hessian is computed anew each time, where a rule remembers steps
and so can correct an old one."""

FIRST_FLAT = 1e-3
"""Share of the largest curvature that is granted to all directions at first."""

SHORT = 0.1
"""Step below which a direction without curvature is granted more of it."""

PATIENCE = 200
"""Steps without a lower or flatter point after which only rounding moves a descent."""

FLATTER = 0.99
"""Share of the least optimality so far that counts as flatter: rounding creeps too."""

NEWTON_PATIENCE = 20
"""The same in a Hessian's metric, where steps go down if they can."""

CENTRED = 1e-3
"""Share of what smoothing may hide to which a stage brings the slope, so that the next
one begins near its end."""

NARROWER = 0.1
"""Share of its width that a smoothing keeps from one stage to the next, at least."""

MAX_SCALES = 50
"""Estimates of the scale of the errors."""

RUNAWAY = 10.0
"""How many times the start's cost above it a descent is given up as diverged."""


@dataclass
class Way:
    """A descent so far: where it is, how it came there, and the certificate.

    Parameters
    ----------
    best : Point
        Where it is.
    values, steps : list of float
        Cost at each point, and the length of the step that led there.
    optimality : float
        How far from level that is.
    width : float
        To which a loss with kinks is smoothed, 0 for others.
    slack : float
        By how much smoothing may have missed the optimum, in units of the cost.
    last_move : float
        Length of the step to there, relative to theta's.
    ended : {"", "level", "asked", "steps", "rounding", "diverged"}
        Why it went no further.
    """

    best: Any
    values: list = field(default_factory=list)
    steps: list = field(default_factory=list)
    optimality: float = math.inf
    width: float = 0.0
    slack: float = 0.0
    last_move: float = 0.0
    ended: str = ""

    def onwards(self):
        """Return the beginning of a way from where this one ended."""
        return Way(self.best, width=self.width)


@dataclass(frozen=True)
class LinearDescent:
    """How to descend.

    Parameters
    ----------
    solver : str
        A name of `skmath.calculus.RULES`.
    metric : {"identity", "diagonal", "hessian"}
    learning_rate : float or "auto"
    max_iter : int
    tol : float
    observe : callable, default=None
        ``observe(theta)`` is called after each step on all rows; True ends the descent.
    """

    solver: str
    metric: str
    learning_rate: Any
    max_iter: int
    tol: float
    observe: Any = None

    def run(self, cost, theta, random_state, *, from_constant=True):
        """Return the `Way` from theta to the optimum of a cost.

        Parameters
        ----------
        cost : Cost
        theta : array of shape (n_features + 1, n_outputs)
        random_state : RandomState
        from_constant : bool, default=True
            Whether theta is the best constant prediction, by whose gradient the others
            are measured.
        """
        if self.metric == "hessian" and cost.loss.constant_curvature:
            return self._from_moments(cost, theta)
        unit = None if from_constant else _unit(cost)
        way, curvature_of = Way(Point(theta, 0.0, None), width=_first_width(cost)), None
        roughly = replace(self, tol=max(NEAR, self.tol), observe=None)
        for sample in self._samples(cost, random_state):
            unit = _unit(sample)
            way = roughly._stages(sample, way.onwards(), unit, curvature_of)
            curvature_of = sample
        if curvature_of is not None:
            cost.measure_as(curvature_of)
        return self._stages(cost, way.onwards(), unit, curvature_of)

    def _from_moments(self, cost, theta):
        """Descend on the moments of one pass; on the rows, should rounding matter."""
        quadratic = QuadraticCost(cost)
        unit = _unit(quadratic)
        way = self._walk(quadratic, Way(Point(theta, 0.0, None)), unit, self.tol)
        if quadratic.resolves(way.best, self.tol):
            return way
        return self._walk(cost, way, unit, self.tol, curvature_of=quadratic)

    def _samples(self, cost, random_state):
        """Return costs of ever more of the rows, none where that would not pay."""
        n, p = cost.rows.X.shape
        size = max(SAMPLE_ROWS, SAMPLE_ROWS_PER_FEATURE * p)
        few = not n >= SAMPLE_SHARE * size  # or not known
        if few or self.metric != "hessian" or self.learning_rate != "auto":
            return []
        rows = cost.rows.sample(size, random_state)
        if rows is None:
            return []
        smaller = rows.sample(max(size // 8, 10 * p), random_state)
        costs = [cost.of(rows=r) for r in (smaller, rows)]
        # Most weights may be zero, and those drawn all of them.
        return [part for part in costs if part.weight > 0]

    def _stages(self, cost, way, unit, curvature_of=None):
        """Descend with an ever narrower smoothing, until it makes no difference."""
        if not cost.loss.has_kink:
            return self._walk(cost, way, unit, self.tol, curvature_of)
        unit = _unit(cost) if unit is None else unit
        tol = max(NEAR, self.tol)
        while True:
            smooth = cost.of(loss=cost.loss.smoothed(way.width))
            way = self._walk(smooth, way, unit, tol)
            size = max(abs(way.values[-1]), 1e-9 * abs(way.values[0]), 1e-300)
            way.slack = smooth.slack(way.best.theta)
            slack = way.slack / size
            narrow, stuck = slack <= self.tol, way.ended not in ("level", "rounding")
            flat = way.optimality <= self.tol or tol == self.tol
            way.optimality = max(way.optimality, slack)
            if stuck or (narrow and flat):
                return way
            # What is left of the slope has to be small beside what smoothing hides.
            tol = self.tol if narrow else max(self.tol, min(tol, CENTRED * slack))
            if not narrow:
                way.width *= min(max(0.5 * self.tol / slack, NARROWER), 1.0)

    def _walk(self, cost, way, unit, tol, curvature_of=None):
        """Follow one descent, to its end or to the best point if that is not level."""
        reference = cost.diagonal_metric()
        path = descend(
            cost,
            cost.penalty,
            way.best.theta,
            rule=RULES[self.solver](),
            metric=self._metric(cost, curvature_of),
            reference=reference,
            unit=unit,
            learning_rate=self.learning_rate,
        )
        patience = NEWTON_PATIENCE if self.metric == "hessian" else PATIENCE
        watch = Watch(tol, _arrays.epsilon(cost.rows.X), patience)
        ended = ""
        # A step that is too long may overflow: the watch sees it.
        with np.errstate(over="ignore", invalid="ignore"):
            for point, optimality in path:
                is_start = watch.before is None
                ended = watch.sees(point, optimality)
                if not (is_start and way.values):
                    way.values.append(point.value)
                    way.steps.append(point.step)
                if not is_start and self.observe and self.observe(point.theta):
                    ended = ended or "asked"
                if len(way.steps) > self.max_iter:
                    ended = ended or "steps"
                if ended:
                    break
        best, move = watch.best, watch.last_move
        length = reference.norm(move) / max(reference.norm(best.theta), 1e-300)
        return replace(
            way,
            best=best,
            optimality=watch.optimality,
            last_move=length,
            ended=ended or "rounding",
        )

    def _metric(self, cost, curvature_of):
        """Return the metric of the steps, a function of the point."""
        if self.metric == "hessian":
            remembers = self.solver == "lbfgs"
            early = 1 if curvature_of is not None else REFRESHED
            early = early if remembers else math.inf
            return Curvature(curvature_of or cost, early, whole=cost)
        metric = descent_metric(cost, self.metric)
        return lambda point: metric


class Curvature:
    """The Hessian's metric, computed anew for the first steps and where it failed.

    Parameters
    ----------
    cost : Cost
        Of all rows, or of a sample.
    refreshed : int
        Steps for which it is computed anew.
    whole : Cost
        Of all rows, whose curvature is taken where that of a sample misleads: it may
        have missed the rows that matter.
    """

    def __init__(self, cost, refreshed, whole):
        self.cost, self.refreshed, self.whole = cost, refreshed, whole
        self.metric, self.computed, self.flat = None, 0, FIRST_FLAT

    def __call__(self, point):
        """Return the metric of the step from a point."""
        if 0 < point.step < SHORT and self.cost is not self.whole:
            self.cost, self.refreshed = self.whole, self.refreshed + REFRESHED
        if point.step:
            # Lines leave directions without curvature: a step along them that had to
            # be cut short is proposed shorter (Levenberg and Marquardt).
            self.flat *= 100.0 if point.step < SHORT else 0.1
            self.flat = min(max(self.flat, FLAT), 1.0)
        loss = self.cost.loss
        early, failed = self.computed < self.refreshed, 0 < point.step < 1
        changes = early or failed or not loss.smooth_curvature
        if self.metric is None or (changes and not loss.constant_curvature):
            self.metric = self.cost.hessian_metric(point.theta, self.flat)
            self.computed += 1
        return self.metric


class Watch:
    """Keeps the best point of a descent, and tells when it is at its end.

    Parameters
    ----------
    tol : float
        Optimality at which it is level.
    eps : float
        Rounding of the data.
    patience : int
        Steps without a lower or flatter point that are allowed.
    """

    def __init__(self, tol, eps, patience):
        self.tol, self.eps, self.patience = tol, eps, patience
        self.best, self.before, self.first = None, None, None
        self.optimality = self.flattest = math.inf
        self.last_move, self.stalled = 0.0, 0

    def sees(self, point, optimality):
        """Return why the descent ends at a point, "" if it does not."""
        if self.before is None:
            self.first = self.best = point
            self.optimality, self.last_move = optimality, 0.0 * point.theta
            if not math.isfinite(point.value):
                raise ValueError(
                    "Input X or y contains values so large that the loss overflows. "
                    "Divide them by a constant first."
                )
        lower = point.value < self.best.value - self.eps * abs(self.best.value)
        flatter = optimality < FLATTER * self.flattest
        self.stalled = 0 if lower or flatter else self.stalled + 1
        self.flattest = optimality if flatter else self.flattest
        level = optimality <= self.tol
        if level or point.value < self.best.value:
            self.best, self.optimality = point, optimality
            if self.before is not None:
                self.last_move = point.theta - self.before.theta
        self.before = point
        far = self.first.value + RUNAWAY * abs(self.first.value)
        if not (math.isfinite(point.value) and point.value <= max(far, 1e-300)):
            return "diverged"
        if level:
            return "level"
        return "rounding" if self.stalled > self.patience else ""


def _first_width(cost):
    """Return the width to which kinks are smoothed first: the spread of the outputs."""
    if not cost.loss.has_kink:
        return 0.0
    if cost.loss.task == "classification":
        return 1.0
    variance = cost.target_variance()
    return max(variance**0.5, 1e-300)


def _unit(cost):
    """Return the length of the gradient at the best constant prediction."""
    width = _first_width(cost)
    if width:
        cost = cost.of(loss=cost.loss.smoothed(width))
    theta = cost.best_constant()
    start = Point(theta, *cost(theta))
    return slope_length(start, cost.penalty, cost.diagonal_metric())


def descent_metric(cost, name, point=None):
    """Return the metric of that name, a Hessian at a point."""
    if name == "identity":
        return cost.identity_metric()
    if name == "diagonal":
        return cost.diagonal_metric(cost.typical_curvature())
    return cost.hessian_metric(point.theta)


def optimality_at(cost, point):
    """Return the certificate at a point, for a descent that did not watch it."""
    unit = _unit(cost)
    length = slope_length(point, cost.penalty, cost.diagonal_metric())
    return length / unit if unit > 0 else 0.0


def gap_at(cost, way):
    """Return the duality gap at the end of a way, infinite where none is known."""
    penalty, theta = cost.penalty, way.best.theta
    known = isinstance(penalty, ElasticNet) and not penalty.has_walls
    if not known or way.best.gradient is None:
        return math.inf
    w = theta[:-1, :]
    return way.slack + duality_gap(
        penalty,
        w,
        way.best.gradient[:-1, :] - penalty.gradient(w),
        way.best.value - penalty.value(w),
        squared_error=isinstance(cost.loss, SquaredError) and w.shape[1] == 1,
    )


def descend_with_scale(descent, cost, theta, random_state, from_constant):
    """Descend with Huber's loss, whose delta is 1.35 times the scale of the errors.

    The scale s solves mean(min((e / s)^2, 1.35^2)) = 1, which makes coefficients and
    scale minimise s + s H(e / s) together (Huber 1981, equation 7.7.17; a convex
    function of both). Each is found in turn, until the scale stays.
    """
    share, scale = cost.loss.delta, max(cost.target_variance() ** 0.5, 1e-300)
    values, steps, way = [], [0.0], None
    for _ in range(MAX_SCALES):
        before, scale = scale, cost.scale_of_errors(theta, share, scale)
        cost = cost.of(loss=Huber(max(share * scale, 1e-300)))
        way = descent.run(cost, theta, random_state, from_constant=from_constant)
        values, steps = values + way.values, steps + way.steps[1:]
        theta, from_constant = way.best.theta, False
        if abs(scale - before) <= 1e-2 * descent.tol**0.5 * scale:
            break
    return cost, replace(way, values=values, steps=steps)


def largest_stable_step(cost, metric, point, solver, iterations=30):
    """Return the longest step with which a rule does not diverge: 2 / lambda, about.

    lambda is the largest curvature of the cost in the metric.

    It is found by the power method on what a small move changes the gradient by.
    """
    theta, gradient = point.theta, point.gradient
    d, largest = metric.direction(gradient), 0.0
    small = _arrays.epsilon(theta) ** 0.5 * (metric.norm(theta) + 1e-3)
    for _ in range(iterations):
        length = metric.norm(d)
        if not (length > 0 and math.isfinite(length)):
            break
        step = d * (small / length)
        turned = cost(theta + step)[1] - gradient
        d = metric.direction(turned) / small
        largest = metric.norm(d)
    return RULES[solver].stable / largest if largest > 0 else math.inf
