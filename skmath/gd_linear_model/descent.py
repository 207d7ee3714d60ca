"""The descent of a linear model's cost, in stages from a sample to the optimum.

`Descent.stages` yields them, and the caller iterates over the points of each, which are
those of `skmath.calculus.descend`. The stages differ in

- the rows: a first descent on a sample of many rows ends near the optimum at low cost;
  its curvature is reused for the descent on all rows;
- the loss: one with kinks is smoothed, and the width of the smoothing is reduced until
  the smoothed loss's optimum is proven to be the true one's;
- the metric: a Hessian is recomputed for the first steps, and then only when a step of
  full length did not lower the cost;
- the end: when the certificate is within the tolerance, or nothing moves any more.

References
----------
.. [1] F. Roosta-Khorasani and M. W. Mahoney, "Sub-sampled Newton methods",
   Mathematical Programming, 174, 2019.
.. [2] Y. Nesterov, "Smooth minimization of non-smooth functions", Mathematical
   Programming, 103(1), 2005.
.. [3] P. J. Huber, *Robust Statistics*, 1981, section 7.7.
"""

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from skmath import _arrays
from skmath._estimators.held_out import hold_out
from skmath.calculus import (
    RULES,
    Huber,
    NegativeBinomial,
    Patience,
    Point,
    Poisson,
    descend,
)
from skmath.calculus.descent import point_at
from skmath.calculus.metrics import HessianMetric
from skmath.gd_linear_model.basis import cost_in_basis
from skmath.gd_linear_model.curvature import N_REFRESHED, Curvature
from skmath.gd_linear_model.dispersion import estimate_dispersion
from skmath.gd_linear_model.minimum_norm import newton_step
from skmath.gd_linear_model.quadratic_cost import QuadraticCost
from skmath.gd_linear_model.working_sets import WORKING_SETS, WorkingSets

__all__ = [
    "Descent",
    "HeldOut",
    "Stage",
    "Trace",
    "descent_metric",
    "first_width",
    "is_converged",
    "last_of",
    "relative_smoothing_error",
    "unit_of",
]

DESCENTS = {**RULES, WORKING_SETS: WorkingSets}
"""The rules by name, including the one that is only chosen automatically."""

SAMPLE_ROWS = 10_000
"""Minimum number of rows in a sample: gradients of fewer are too noisy."""

SAMPLE_SHARE = 4
"""Minimum ratio of all rows to a sample's rows: a descent on more than a quarter of the
rows would cost as much as it saves."""

SAMPLE_ROWS_PER_FEATURE = 50
"""Rows of a sample per column: the curvature of p columns needs many times p rows."""

FIRST_SAMPLE = 8
"""Ratio of the sample to a first, smaller sample, on which most steps are taken."""

START_TOL = 1e-3
"""Tolerance of a descent that only provides a starting point."""

PATIENCE = 200
"""Steps without a lower or flatter point after which only rounding moves a descent."""

HESSIAN_PATIENCE = 20
"""The same limit in a Hessian's metric, in which steps decrease the cost if
possible."""

REFINED_TOL = 1e-2
"""Fraction of the tolerance that a descent in the metric of singular values aims at."""

MIN_REFERENCE_COST = 1e-6
"""Fraction of the first cost that is the minimum reference for the smoothing error: for
an exact fit the cost itself is rounding. With 1e-3 a cost of 1e-5 of the first counts
as converged with an error of 1e-4 of it; with 1e-9 the tolerance is below rounding."""

FLATTER_RATIO = 0.99
"""Fraction of the lowest optimality so far that counts as flatter, because rounding
also lowers it slowly."""

SLOPE_FRACTION = 1e-3
"""Fraction of the smoothing error to which a stage reduces the slope, so that the next
one starts near its end."""

MIN_WIDTH_RATIO = 0.1
"""Minimum ratio of the widths of consecutive smoothings: from a much wider one the
start would be far from the optimum."""

MAX_SCALES = 50
"""Maximum number of estimates of the scale; coefficients hardly change after a few."""

DIVERGENCE_FACTOR = 10.0
"""Multiple of the starting cost above which a descent counts as diverged."""


@dataclass
class Trace:
    """Record of a descent: the cost at each point, and the lengths of the steps.

    For several stages only the first one's starting point is recorded: the others start
    at a recorded point.
    """

    values: list[float] = field(default_factory=list)
    steps: list[float] = field(default_factory=list)


@dataclass
class Stage:
    """One descent on one cost: its points, the best of them and why it ended.

    Parameters
    ----------
    cost : Cost
    theta : array of shape (n_features + 1, n_outputs)
        Starting point.
    tol : float
        Optimality at which it ends.
    unit : float or None
        Length of the gradient that is the unit of optimality; None means that at theta.
    options : Options
    trace : Trace
        Record to which its points are added.
    curvature_of : Cost, default=None
        Cost whose Hessian is used first; None for the cost itself.
    width : float, default=None
        Width of the smoothing of a loss with kinks.
    is_rough : bool, default=False
        Whether it is on a sample of the rows, to provide a starting point.

    Attributes
    ----------
    reference : Metric
        Metric in which optimality is measured.
    null : ndarray of shape (n_features, n_null) or None
        Basis of the w with X w constant, if the descent was in a basis.
    is_ill_conditioned : bool
        Whether columns are so nearly dependent that the slope in some direction is not
        known.
    best : Point
        The point with the lowest cost, or the one within tol.
    optimality : float
        Optimality of the best point.
    slack : float
        Maximum error of the cost due to smoothing.
    ended : {"optimal", "stopped", "max_iter", "stalled", "diverged"}
        Why it ended; "stalled" if no step lowers the cost any more.
    """

    cost: Any
    theta: Any
    tol: float
    unit: Any
    options: Any
    trace: Trace
    curvature_of: Any = None
    width: Any = None
    is_rough: bool = False
    reference: Any = None
    null: Any = None
    is_ill_conditioned: bool = False
    best: Any = None
    optimality: float = math.inf
    slack: float = 0.0
    ended: str = "stalled"

    def points(self):
        """Return the generator of the points and their optimality, from the start."""
        options, cost = self.options, self.cost
        exact, self.reference = self.reference, self.reference or cost.diagonal_metric()
        self.rounding = _arrays.epsilon(cost.rows.X)
        self.flattest = self.lowest = math.inf
        self.first: Any = None
        self.last: Any = None
        if exact:
            self.patience = Patience(HESSIAN_PATIENCE + 1)
            self.metric = lambda point: exact
        elif options.metric == "hessian":
            self.patience = Patience(HESSIAN_PATIENCE + 1)
            n_refreshed: float = N_REFRESHED if self.curvature_of is None else 1
            # Only a rule that stores steps can correct an old Hessian.
            n_refreshed = n_refreshed if options.solver == "lbfgs" else math.inf
            self.metric = Curvature(self.curvature_of or cost, cost, n_refreshed)
        else:
            self.patience = Patience(PATIENCE + 1)
            metric_of_all = descent_metric(cost, options.metric)
            self.metric = lambda point: metric_of_all
        return descend(
            cost,
            cost.penalty,
            self.theta,
            rule=DESCENTS[options.solver](),
            metric=self.metric,
            reference=self.reference,
            unit=self.unit,
            rounding=cost.slope_rounding(),
            learning_rate=options.learning_rate,
        )

    def add(self, point, optimality):
        """Keep the point if it is the best so far; return True if the descent is over.

        Parameters
        ----------
        point : Point
        optimality : float

        Returns
        -------
        bool
        """
        if self.last is None:
            self.first = self.best = self.last = point
        best = self.best.value
        lower = point.value < best - self.rounding * abs(best)
        flatter = optimality < FLATTER_RATIO * self.flattest
        self.flattest = optimality if flatter else self.flattest
        stalled = self.patience.ends(progress=lower or flatter)
        optimal = optimality <= self.tol
        # Among points that only differ by rounding the flattest is kept.
        self.lowest = min(self.lowest, point.value)
        is_tied = point.value <= self.lowest + 4 * self.rounding * abs(self.lowest)
        flattest = is_tied and optimality < self.optimality
        if optimal or lower or flattest or point is self.first:
            self.best, self.optimality = point, optimality
            self.last_move = point.theta - self.last.theta
        self.last = point
        if point.step or not self.trace.values:
            below_zero = self.cost.loss.constant_curvature and point.value < 0
            self.trace.values.append(0.0 if below_zero else point.value)
        if point.step:
            self.trace.steps.append(point.step)
        first = self.first.value
        limit = max(first + DIVERGENCE_FACTOR * abs(first), 1e-300)
        if point is self.first and not math.isfinite(point.value):
            raise ValueError(
                "Input X or y contains values so large that the loss overflows. "
                "Divide them by a constant first."
            )
        reasons = {
            "diverged": not (point.value <= limit and math.isfinite(point.value)),
            "optimal": optimal,
            "stalled": stalled,
            "max_iter": len(self.trace.steps) >= self.options.max_iter,
        }
        self.ended = next((why for why, holds in reasons.items() if holds), "stalled")
        return any(reasons.values())

    def has_lost_directions(self):
        """Return True if the Hessian may have lost the digits of some direction.

        For nearly collinear columns the rounding of their products is as large as the
        curvature in such a direction: then neither its slope nor the step along it is
        known.
        """
        metric: Any = getattr(self.metric, "metric", None)
        cost = self.cost
        done = self.ended in ("optimal", "stalled") and isinstance(
            metric, HessianMetric
        )
        if not (done and cost.penalty.is_smooth and cost.loss.smooth_curvature):
            return False
        limit = _arrays.epsilon(cost.rows.X) ** 0.5
        hessian = _arrays.to_numpy(metric.hessian)
        try:
            np.linalg.cholesky(hessian - limit * np.eye(hessian.shape[-1]))
        except np.linalg.LinAlgError:
            return True
        return False

    @property
    def moves(self):
        """Directions in which an optimum at infinity may lie."""
        return (self.last_move,)

    def gap(self, tol):
        """Bound how far the cost is above the optimum."""
        return self.slack + self.cost.duality_gap(self.best, tol)

    def is_converged(self, gap):
        """Return True if it ended at the optimum, with the cost at most a gap above."""
        return is_converged(self, gap)

    def is_level(self):
        """Return True if any further step would be hidden by the rounding of the data.

        If theta, rounded like the data, has neighbouring values on both sides of the
        optimum, the gradient cannot be smaller than a fraction of the difference at
        these.
        """
        epsilon, theta = self.cost.epsilon, self.best.theta
        if self.ended != "stalled" or self.options.tol < epsilon:
            return False
        alternating = np.resize([1.0, -1.0], theta.shape[0])[:, None]
        noise, reference = 0.0, self.reference
        for signs in (1.0, -1.0, _arrays.like(alternating, theta, "same")):
            gradient = self.cost(theta * (1 + epsilon * signs))[1]
            change = reference.solve(gradient - self.best.gradient)
            noise = max(noise, reference.norm(change))
        return reference.slope(self.best, self.cost.penalty) <= 2 * noise

    def shortfall(self):
        """Return text for a warning: how far it is from the optimum, and what to do."""
        options = self.options
        what = f"optimality_ is {self.optimality:.1e}, above tol={options.tol:g}"
        if not self.cost.is_convex:
            what += " (the cost is not convex)"
        if self.ended == "diverged":
            metric = descent_metric(self.cost, options.metric, self.best)
            limit = largest_stable_step(self.cost, metric, self.best, options.solver)
            return (
                f"{what}; training diverged at learning_rate={options.learning_rate}, "
                "and the best point is kept. Use learning_rate='auto', or a value "
                f"below the largest stable step there, about {limit:.2g}."
            )
        if len(self.trace.steps) >= options.max_iter:
            what = f"{what} after max_iter={options.max_iter} steps"
            return f"{what}. Raise max_iter or tol."
        if self.is_ill_conditioned:
            return (
                f"optimality_ is {self.optimality:.1e}, but columns of X are nearly "
                "collinear, and rounding hides the gradient along them: the cost may "
                "be above its optimum. Remove columns, or use alpha > 0."
            )
        return (
            f"{what}: no step lowers the cost further in this floating-point "
            "precision. Raise tol."
        )


@dataclass(frozen=True)
class Descent:
    """The stages of a descent.

    Parameters
    ----------
    options : Options
    random_state : RandomState
        Draws the samples of the rows.
    trace : Trace
        Record of the stages on all rows.
    width : float, default=None
        Final width of the smoothing in the fit that this one continues.
    """

    options: Any
    random_state: Any
    trace: Trace
    width: Any = None

    def stages(self, cost, theta, *, from_constant=True):
        """Yield the stages from theta to the optimum of a cost; return the last.

        Each must be run before the next one is requested, which starts where it ended.

        Parameters
        ----------
        cost : Cost
        theta : array of shape (n_features + 1, n_outputs)
        from_constant : bool, default=True
            Whether theta is the best constant prediction, whose gradient is the unit of
            optimality.

        Yields
        ------
        Stage
        """
        automatic = ("hessian", "auto")
        is_given = (self.options.metric, self.options.learning_rate) != automatic
        if not (cost.loss.smooth_curvature or is_given):
            rotated = cost_in_basis(cost)
            if rotated is not None:
                return (yield from self._in_basis(cost, rotated, theta, from_constant))
        stage = yield from self._on_products(cost, theta, from_constant)
        if not stage.has_lost_directions():
            return stage
        # The singular values of the rows are accurate to twice the digits.
        start, theta = cost.best_constant(), stage.best.theta
        metric = cost.singular_metric(theta)
        unit = metric.slope(Point(start, *cost(start)), cost.penalty)
        # One more Newton step reaches the available precision.
        tol = REFINED_TOL * self.options.tol
        stage = Stage(*(cost, theta, tol, unit, self.options, self.trace))
        stage.reference = metric
        yield stage
        return stage

    def _in_basis(self, cost, rotated, theta, from_constant):
        """Yield the stages in orthonormal columns; convert the last to those of X."""
        basis = rotated.basis
        start = basis.in_basis(theta)
        stage = yield from self._on_products(rotated, start, from_constant)
        is_done = stage.ended in ("optimal", "stalled")
        best = newton_step(stage) if is_done else stage.best
        theta = basis.in_columns(best.theta)
        stage.cost = cost.of(loss=stage.cost.loss)
        stage.best = point_at(theta, stage.best.step, stage.cost)
        stage.reference, stage.null = stage.cost.diagonal_metric(), basis.null
        # Large coefficients that cancel add rounding errors to the outputs.
        tol = self.options.tol * abs(best.value)
        stage.is_ill_conditioned = stage.best.value > best.value + tol
        return stage

    def _on_products(self, cost, theta, from_constant):
        """Yield the stages in a metric of products of columns."""
        if self.options.metric == "hessian" and cost.loss.constant_curvature:
            return (yield from self._on_moments(cost, theta))
        unit = None if from_constant else unit_of(cost)
        width, curvature_of = self.width, None
        if width and not (
            cost.loss.has_kink and is_near_optimum(cost, theta, width, unit)
        ):
            width = None
        # When a descent continues, the optimum of a sample would be farther away.
        for sample in self._samples(cost) if from_constant else ():
            unit = unit_of(sample)
            options = replace(self.options, tol=max(START_TOL, self.options.tol))
            rough = Descent(options, self.random_state, Trace())
            stage = yield from rough._smoothed(
                *(sample, theta, width, unit, curvature_of), is_rough=True
            )
            theta, width, curvature_of = stage.best.theta, stage.width, sample
        if curvature_of is not None:
            cost.take_columns_of(curvature_of)
        return (yield from self._smoothed(cost, theta, width, unit, curvature_of))

    def stages_with_scale(self, cost, theta, *, from_constant=True):
        """Yield the stages with Huber's loss, where delta is k times a scale.

        The scale s of the errors solves mean(min((e / s)^2, k^2)) = 1, so that
        coefficients and scale jointly minimise s + s H(e / s) (Huber 1981, equation
        7.7.17; a convex function of both). Each is updated in turn, until the scale no
        longer changes. A penalty may make it oscillate: then it is bisected.
        """
        share, spread = cost.loss.delta, cost.target_variance() ** 0.5
        scale, low, high = max(spread, 1e-300), 0.0, math.inf
        # The errors of an exact fit are rounding.
        min_scale = max(_arrays.epsilon(cost.rows.X) * spread, 1e-300)
        stage = None
        for _ in range(MAX_SCALES):
            estimate = max(cost.scale_of_errors(theta, share, scale), min_scale)
            if stage is not None:
                low, high = (low, scale) if estimate < scale else (scale, high)
            tol = 1e-2 * self.options.tol**0.5
            has_converged = abs(estimate - scale) <= tol * estimate
            is_bracketed = low < estimate < high
            scale = estimate if has_converged or is_bracketed else (low * high) ** 0.5
            cost = cost.of(loss=Huber(share * scale))
            stage = yield from self.stages(cost, theta, from_constant=from_constant)
            theta, from_constant = stage.best.theta, False
            if has_converged or stage.ended not in ("optimal", "stalled"):
                return

    def stages_with_dispersion(self, cost, theta, *, from_constant=True):
        """Yield the stages with NB2's loss and maximum likelihood dispersion.

        Coefficients and dispersion are updated in turn until the dispersion no longer
        changes. The information matrix has no entries between the two (Cameron and
        Trivedi 2013, section 3.3), so few rounds are needed.
        """
        dispersion, tol = cost.loss.dispersion, 1e-2 * self.options.tol
        tol = max(tol, _arrays.epsilon(cost.rows.X))
        for _ in range(MAX_SCALES):
            estimate = estimate_dispersion(cost, theta, dispersion)
            has_converged = abs(estimate - dispersion) <= tol * estimate
            dispersion = estimate
            cost = cost.of(loss=NegativeBinomial(estimate) if estimate else Poisson())
            stage = yield from self.stages(cost, theta, from_constant=from_constant)
            theta, from_constant = stage.best.theta, False
            if has_converged or stage.ended not in ("optimal", "stalled"):
                return

    def _on_moments(self, cost, theta):
        """Yield a stage on the moments of one pass; on the rows if rounding matters."""
        quadratic, tol = QuadraticCost(cost), self.options.tol
        unit = unit_of(quadratic)
        stage = Stage(quadratic, theta, tol, unit, self.options, self.trace)
        yield stage
        is_done = stage.ended in ("stopped", "max_iter")
        if is_done or quadratic.resolves(stage.best, tol):
            return stage
        theta = stage.best.theta
        stage = Stage(cost, theta, tol, unit, self.options, self.trace, quadratic)
        yield stage
        return stage

    def _samples(self, cost):
        """Return costs of samples of increasing size, or none if not worthwhile."""
        n, p = cost.rows.X.shape
        options = self.options
        size = max(SAMPLE_ROWS, SAMPLE_ROWS_PER_FEATURE * p)
        is_small = not n >= SAMPLE_SHARE * size  # or not known
        # Points that are feasible for some rows may not be for others.
        is_small = is_small or cost.loss.positive_outputs
        if is_small or options.metric != "hessian" or options.learning_rate != "auto":
            return []
        rows = cost.rows.sample(size, self.random_state)
        if rows is None:
            return []
        first = max(size // FIRST_SAMPLE, 10 * p)
        smaller = rows.sample(first, self.random_state)
        costs = [cost.of(rows=r) for r in (smaller, rows)]
        return [part for part in costs if part.has_optimum]

    def _smoothed(self, cost, theta, width, unit, curvature_of, *, is_rough=False):
        """Yield stages with ever narrower smoothings, until they make no difference."""
        # The sample's loss is not the smoothed one: with kinks it has no curvature.
        curvature_of = None if cost.loss.has_kink else curvature_of
        common = (self.options, self.trace, curvature_of)
        final_tol = self.options.tol
        if not cost.loss.has_kink:
            stage = Stage(cost, theta, final_tol, unit, *common, None, is_rough)
            yield stage
            return stage
        unit = unit_of(cost) if unit is None else unit
        width = first_width(cost) if width is None else width
        tol = max(START_TOL, final_tol)
        while True:
            smooth = cost.of(loss=cost.loss.smoothed(width))
            stage = Stage(smooth, theta, tol, unit, *common, width, is_rough)
            yield stage
            stage.slack = smooth.slack(stage.best.theta)
            smoothing_error = relative_smoothing_error(stage.slack, self.trace)
            narrow = smoothing_error <= final_tol
            flat = stage.optimality <= final_tol or tol == final_tol
            stage.optimality = max(stage.optimality, smoothing_error)
            if (narrow and flat) or stage.ended not in ("optimal", "stalled"):
                return stage
            theta = stage.best.theta
            if narrow:
                tol = final_tol
            else:
                # The remaining slope must be small compared to the smoothing error.
                tol = max(final_tol, min(tol, SLOPE_FRACTION * smoothing_error))
                ratio = 0.5 * final_tol / smoothing_error
                width *= min(max(ratio, MIN_WIDTH_RATIO), 1.0)


@dataclass
class HeldOut:
    """Held-out rows whose loss decides when to stop.

    Parameters
    ----------
    training, validation : Cost
    patience : Patience

    Attributes
    ----------
    best : array of shape (n_features + 1, n_outputs)
        The point with the lowest loss; None before the first step.
    """

    training: Any
    validation: Any
    patience: Patience
    best: Any = None
    lowest: float = math.inf

    @classmethod
    def of(cls, cost, fraction, patience, random_state):
        """Split a cost's rows into a training and a held-out part."""
        codes = None
        if cost.loss.task == "classification":
            codes = _arrays.to_numpy(cost.rows.y)
            codes = codes[:, 0] if codes.ndim == 2 else codes
        parts = hold_out(cost.rows, fraction, random_state, codes)
        training, validation = (cost.of(rows=rows) for rows in parts)
        return cls(training, validation, Patience(patience))

    def ends(self, theta):
        """Return True if the loss has not fallen for too many steps."""
        value = self.validation.mean_loss(theta, self.training)
        has_improved = value < self.lowest or self.best is None
        if has_improved:
            self.best, self.lowest = theta, value
        return self.patience.ends(progress=has_improved)


def last_of(stages):
    """Run all stages; return the last one."""
    for stage in stages:
        for point, optimality in stage.points():
            if stage.add(point, optimality):
                break
    return stage


def is_converged(stage, gap):
    """Return True if a stage ended at the optimum, given the gap of the cost."""
    tol = stage.options.tol
    level = stage.optimality <= tol and not stage.is_ill_conditioned
    return bool(level or gap <= tol * abs(stage.best.value))


def relative_smoothing_error(slack, trace):
    """Return the maximum error due to smoothing, as a fraction of the cost."""
    first, last = abs(trace.values[0]), abs(trace.values[-1])
    return slack / max(last, MIN_REFERENCE_COST * first, 1e-300)


def first_width(cost):
    """Return the first width of the smoothing: the spread of the outputs."""
    if cost.loss.task == "classification":
        return 1.0
    return max(cost.target_variance() ** 0.5, 1e-300)


def is_near_optimum(cost, theta, width, unit):
    """Return True if a point is close to the optimum of a smoothing of that width.

    From such a point, a wider smoothing would lead away from the optimum.
    """
    smooth = cost.of(loss=cost.loss.smoothed(width))
    point = Point(theta, *smooth(theta))
    return cost.diagonal_metric().slope(point, cost.penalty) <= START_TOL * unit


def unit_of(cost):
    """Return the length of the gradient at the best constant prediction.

    It is 0 if the gradient is only rounding.
    """
    if cost.loss.has_kink:
        cost = cost.of(loss=cost.loss.smoothed(first_width(cost)))
    theta = cost.best_constant()
    slope = cost.diagonal_metric().slope(Point(theta, *cost(theta)), cost.penalty)
    return slope if slope > cost.slope_rounding() else 0.0


def descent_metric(cost, name, point=None):
    """Return the metric of that name; for a Hessian at a given point."""
    if name == "identity":
        return cost.identity_metric()
    if name == "diagonal":
        return cost.diagonal_metric(cost.typical_curvature())
    return cost.hessian_metric(point.theta)


def largest_stable_step(cost, metric, point, solver, iterations=30):
    """Return the largest fixed step that does not diverge, about 2 / lambda.

    lambda is the largest curvature of the cost in the metric, found by the power method
    on changes of the gradient under a small move.
    """
    theta, gradient = point.theta, point.gradient
    d, largest = metric.direction(gradient), 0.0
    small = max(metric.norm(theta), metric.norm(d)) * _arrays.epsilon(theta) ** 0.5
    for _ in range(iterations):
        length = metric.norm(d)
        if not (length > 0 and math.isfinite(length)):
            break
        step = d * (small / length)
        change = cost(theta + step)[1] - gradient
        d = metric.direction(change) / small
        largest = metric.norm(d)
    return RULES[solver].stable / largest if largest > 0 else math.inf
