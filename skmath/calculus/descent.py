r"""Gradient descent: at each point compute the gradient, and step against it.

Gradient descent repeats two things: compute the gradient, and move against it by the
learning rate. `descend` yields the points, and its caller decides when to stop. Three
choices make it practical on real data:

- the *metric* that defines the steepest direction (`skmath.calculus.metrics`);
- the *rule* that computes a step from this gradient and the previous steps: gradient
  descent, momentum, Nesterov's, or the limited-memory quasi-Newton method;
- the *length* of the step: a number, or found by backtracking until the objective has
  decreased by a fraction of what the slope predicts (Armijo's condition).

A rule has ``advance(here, metric, objective, penalty, learning_rate)``, which returns
the next `Point`, or None if no step lowers the objective in floating-point precision. A
penalty with a kink takes part through its proximal map.

References
----------
.. [1] L. Armijo, "Minimization of functions having Lipschitz continuous first partial
   derivatives", Pacific J. Math., 16(1), 1966.
.. [2] J. Barzilai and J. M. Borwein, "Two-point step size gradient methods", IMA J.
   Numer. Anal., 8(1), 1988, equation (6).
.. [3] L. Grippo, F. Lampariello and S. Lucidi, "A nonmonotone line search technique
   for Newton's method", SIAM J. Numer. Anal., 23(4), 1986.
.. [4] S. J. Wright, R. D. Nowak and M. A. T. Figueiredo, "Sparse reconstruction by
   separable approximation", IEEE Trans. Signal Process., 57(7), 2009, equation (22).
.. [5] B. T. Polyak, "Some methods of speeding up the convergence of iteration
   methods", USSR Comput. Math. Math. Phys., 4(5), 1964.
.. [6] Y. Nesterov, "Gradient methods for minimizing composite functions", Mathematical
   Programming, 140(1), 2013.
.. [7] B. O'Donoghue and E. Candes, "Adaptive restart for accelerated gradient schemes",
   Found. Comput. Math., 15(3), 2015, section 3.2.
.. [8] D. C. Liu and J. Nocedal, "On the limited memory BFGS method for large scale
   optimization", Mathematical Programming, 45, 1989, algorithm 2.1.
"""

import math
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from skmath import _arrays
from skmath.calculus.metrics import inner

__all__ = [
    "RULES",
    "GradientDescent",
    "Iterate",
    "Momentum",
    "Nesterov",
    "Newton",
    "Point",
    "QuasiNewton",
    "backtrack",
    "descend",
    "lowest",
    "spectral_step",
]

MEMORY = 8
"""Number of recent objective values whose maximum a step is compared with: steps of
Barzilai and Borwein's length are fast because not every one has to decrease."""

PAIRS = 12
"""Number of steps, with the changes of the gradient, that a quasi-Newton rule stores:
Nocedal and Wright (section 7.2) recommend 3 to 20."""

SUFFICIENT = 1e-4
"""Fraction of the decrease predicted by the slope that a step must achieve (Armijo)."""

SLOPE_LEFT = 0.3
"""Fraction of the slope at which a line search stops: a more accurate one costs more
passes over the line than the next step gains."""

MAX_HALVINGS = 60
"""Maximum number of halvings of a step: 2^-60 is below the rounding unit."""


class Point(NamedTuple):
    """A point of a descent.

    Attributes
    ----------
    theta : array of shape (n_features + 1, n_outputs)
        Parameters, with the intercept in the last row.
    value : float
        Objective: loss and penalty.
    gradient : array, shape of theta
        Gradient of the smooth part of the objective.
    step : float
        Length of the step to this point, 0 at the start.
    """

    theta: Any
    value: float
    gradient: Any
    step: float = 0.0


class Iterate(NamedTuple):
    """A point, and how far from optimal it is.

    Attributes
    ----------
    point : Point
    optimality : float
        Length of the proximal gradient in the reference metric, divided by unit: 0 at
        the optimum, and independent of the columns' units.
    """

    point: Point
    optimality: float


def descend(
    objective: Callable[[Any], tuple[Any, Any]],
    penalty: Any,
    theta: Any,
    *,
    rule: Any,
    metric: Callable[[Point], Any],
    reference: Any,
    unit: float | None = None,
    rounding: float = 0.0,
    learning_rate: float | str = "auto",
) -> Iterator[Iterate]:
    """Yield the iterates of a descent from theta, starting with theta itself.

    It only ends by itself if no step lowers the objective any more.

    Parameters
    ----------
    objective : callable
        ``objective(theta)`` returns the value of loss and penalty, a float, and the
        gradient of its smooth part. An attribute ``epsilon`` is the rounding unit of
        its sums; by default that of the gradient's dtype.
    penalty : object of `skmath.calculus.penalties`
    theta : array of shape (n_features + 1, n_outputs)
        Starting point.
    rule : object
        An instance of one of `RULES`, a new one for each descent.
    metric : callable
        ``metric(point)`` returns the `Metric` of the step from that `Point`.
    reference : Metric
        Metric in which optimality is measured.
    unit : float, default=None
        Unit of optimality; None means the length of the gradient at the start.
    rounding : float, default=0.0
        Length of the gradient that is due to rounding. If the one at the start is no
        longer, no column explains anything: unit is 0, and so is such a gradient.
    learning_rate : float or "auto", default="auto"
        Length of every step; "auto" finds it for each step by backtracking.

    Yields
    ------
    Iterate

    See Also
    --------
    gradient_descent : For a function that returns its gradient, in one line.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import L2, RULES, Metric, descend
    >>> b = np.array([[1.0], [2.0]])
    >>> def objective(theta):
    ...     return 0.5 * np.sum((theta - b) ** 2), theta - b
    >>> flat = Metric(np.ones((1, 1)), np.zeros((1, 1)), np.ones((1, 1)))
    >>> path = descend(
    ...     objective,
    ...     L2(0.0),
    ...     np.zeros((2, 1)),
    ...     rule=RULES["gd"](),
    ...     metric=lambda point: flat,
    ...     reference=flat,
    ... )
    >>> next(point.theta.ravel() for point, left in path if left < 1e-6)
    array([1., 2.])
    """
    here = Point(theta, *objective(theta))
    if unit is None:
        unit = reference.slope(here, penalty)
        unit = unit if unit > rounding else 0.0
    while here is not None:
        slope = reference.slope(here, penalty)
        level = slope <= (0.0 if unit else rounding)
        yield Iterate(here, 0.0 if level else slope / unit if unit else math.inf)
        here = rule.advance(here, metric(here), objective, penalty, learning_rate)


class Rule:
    """Base class of the rules."""

    stable = 2.0
    """Largest stable fixed step, times the largest curvature."""


class GradientDescent(Rule):
    """A step against the gradient, w - step M^-1 gradient.

    ``learning_rate="auto"`` tries Barzilai and Borwein's length (in a Hessian's metric
    Newton's, 1) and halves it until the objective is low enough.
    """

    recent: deque[float]

    def __init__(self) -> None:
        self.recent = deque(maxlen=MEMORY)
        self.before: Point | None = None

    def advance(
        self, here: Any, metric: Any, objective: Any, penalty: Any, learning_rate: Any
    ) -> Any:
        """Return the next point."""
        move = partial(metric.move, here.theta, here.gradient, penalty=penalty)
        if learning_rate != "auto":
            return point_at(move(learning_rate), learning_rate, objective)
        self.recent.append(here.value)
        trial = 1.0
        if self.before is not None and not metric.newton:
            solve = metric.direction if penalty.is_smooth else metric.solve
            trial = spectral_step(self.before, here, solve)
        self.before = here
        new = backtrack(move, here, metric, objective, trial, max(self.recent))
        return new if new is None else without_drift(new, metric, penalty)


class Momentum(Rule):
    """Steps against the gradient plus a fraction of the last step (Polyak 1964).

    ``learning_rate="auto"`` is 1 divided by the largest curvature found so far.

    Parameters
    ----------
    momentum : float, default=0.9
        Fraction of the last step that is added.
    """

    recent: deque[float]

    def __init__(self, momentum: float = 0.9) -> None:
        self.momentum, self.recent = momentum, deque(maxlen=MEMORY)
        self.last, self.curvature = None, 0.0

    def advance(
        self, here: Any, metric: Any, objective: Any, penalty: Any, learning_rate: Any
    ) -> Any:
        """Return the next point."""
        ahead = here.theta
        if self.last is not None:
            displacement = here.theta - self.last.theta
            ahead = ahead + self.momentum * displacement
            square, gradient_change = (
                metric.norm(displacement) ** 2,
                here.gradient - self.last.gradient,
            )
            if square > 0:
                self.curvature = max(
                    self.curvature, inner(displacement, gradient_change) / square
                )
        self.last = here
        move = partial(metric.move, gradient=here.gradient, penalty=penalty)
        if learning_rate != "auto":
            theta = move(ahead, step=learning_rate)
            return point_at(theta, learning_rate, objective)
        self.recent.append(here.value)
        step, limit = 1 / self.curvature if self.curvature else 1.0, max(self.recent)
        new = point_at(move(ahead, step=step), step, objective)
        if new.value <= limit:
            return new
        # The momentum increased the objective: take the step without it.
        return backtrack(
            lambda step: move(here.theta, step=step),
            *(here, metric, objective, step, limit),
        )


class Nesterov(Rule):
    """Accelerated steps with the gradient taken ahead, restarted when they turn back.

    Nesterov (2013), with a step that satisfies his curvature condition, and O'Donoghue
    and Candes' (2015) restart: two evaluations per step.
    """

    stable = 4 / 3

    def __init__(self) -> None:
        self._restart()

    def _restart(self) -> None:
        self.t = 1.0
        self.last: Any = None

    def advance(
        self, here: Any, metric: Any, objective: Any, penalty: Any, learning_rate: Any
    ) -> Any:
        """Return the next point."""
        t = 0.5 * (1 + (1 + 4 * self.t**2) ** 0.5)
        ahead = self._ahead(here, (self.t - 1) / t, objective)
        move = partial(metric.move, ahead.theta, ahead.gradient, penalty=penalty)
        if learning_rate == "auto":
            new = _curvature_search(move, ahead, metric, objective)
        else:
            new = point_at(move(learning_rate), learning_rate, objective)
        if new is None and ahead is not here:
            self._restart()
            return self.advance(here, metric, objective, penalty, learning_rate)
        if new is None:
            return None
        self.t, self.last = t, here.theta
        turned_back = inner(ahead.theta - new.theta, new.theta - here.theta) > 0
        rose = learning_rate == "auto" and new.value > here.value
        if turned_back or rose:
            self._restart()
        # A step that increases the objective is rejected; the next has no momentum.
        return here._replace(step=new.step) if rose and ahead is not here else new

    def _ahead(
        self, here: Point, fraction: float, objective: Callable[..., Any]
    ) -> Point:
        """Return the point after another fraction of the last step."""
        if self.last is None or not fraction:
            return here
        theta = here.theta + fraction * (here.theta - self.last)
        return point_at(theta, here.step, objective)


def _curvature_search(
    move: Callable[..., Any], ahead: Point, metric: Any, objective: Callable[..., Any]
) -> Point | None:
    """Halve a step until the gradient changes along it by less than 1 / step."""
    step = 1.25 * ahead.step or 1.0
    rounding = 16 * _epsilon(objective, ahead)
    for _ in range(MAX_HALVINGS):
        new = point_at(move(step), step, objective)
        d = new.theta - ahead.theta
        slope_change = inner(new.gradient - ahead.gradient, d)
        noise = rounding * abs(inner(ahead.gradient, d))
        limit = metric.norm(d) ** 2 / step + noise
        if math.isfinite(new.value) and slope_change <= limit:
            return new
        step = step / 2
    return None


class Newton(Rule):
    """A step to the minimum along the metric's direction, if it is near.

    For objectives whose curvature jumps, so that a quadratic model only holds locally.
    The objective must have ``line(theta, d)``, which returns a function of s with the
    slope and curvature at theta + s d, one per output or a single one if outputs are
    coupled, and the penalty ``kink_slope``; otherwise steps are halved.
    """

    def advance(
        self, here: Any, metric: Any, objective: Any, penalty: Any, learning_rate: Any
    ) -> Any:
        """Return the next point."""
        d = metric.move(here.theta, here.gradient, 1.0, penalty) - here.theta
        if learning_rate != "auto":
            theta = here.theta + learning_rate * d
            return point_at(theta, learning_rate, objective)
        length = 1.0
        if hasattr(objective, "line") and hasattr(penalty, "kink_slope"):
            slope = _arrays.namespace(d).sum(here.gradient * d, axis=0)
            slope = slope + penalty.kink_slope(here.theta[:-1, :], d[:-1, :])
            slope = _arrays.to_numpy(slope)
            together = getattr(penalty, "couples_outputs", False)
            if getattr(objective, "coupled", False) or together:
                slope = slope.sum(keepdims=True)
            steps = lowest(objective.line(here.theta, d), slope)
            # A slope that is not negative is rounding: try a full step.
            steps = np.where(slope < 0, steps, 1.0)
            steps = np.minimum(steps, _longest_feasible(here.theta, d, penalty))
            # An output at its optimum has a slope of rounding errors, and any step.
            descends = -slope > _arrays.epsilon(d) * abs(here.value)
            length = float(steps[descends].min() if descends.any() else steps.min())
            d = d * _arrays.like(steps, d, "same")
        new = backtrack(
            lambda step: _feasible(here.theta + step * d, penalty),
            *(here, metric, objective, 1.0, here.value),
            slope=-0.0,
        )
        return new if new is None else new._replace(step=new.step * length)


def _longest_feasible(theta: Any, d: Any, penalty: Any) -> Any:
    """Return the largest feasible step along a line, at least 1."""
    if not getattr(penalty, "has_constraints", False):
        return np.inf
    return max(1.0, float(np.min(penalty.largest_step(theta[:-1, :], d[:-1, :]))))


def _feasible(theta: Any, penalty: Any) -> Any:
    """Return theta, made feasible where rounding has violated a constraint."""
    if not getattr(penalty, "has_constraints", False):
        return theta
    w = penalty.prox(theta[:-1, :], 0.0)
    return _arrays.namespace(theta).concat([w, theta[-1:, :]], axis=0)


@dataclass
class QuasiNewton(Rule):
    """Limited-memory quasi-Newton direction (L-BFGS).

    The metric is an initial estimate of the curvature; its inverse is corrected by the
    last steps s and the changes v of the gradient, so that it maps each v to its s (Liu
    and Nocedal 1989). For penalties without kinks.
    """

    pairs: deque[Any] = field(default_factory=lambda: deque(maxlen=PAIRS))
    metric: Any = None
    before: Any = None

    def advance(
        self, here: Any, metric: Any, objective: Any, penalty: Any, learning_rate: Any
    ) -> Any:
        """Return the next point."""
        if metric is not self.metric:
            self.pairs.clear()
            self.metric = metric
        elif self.before is not None:
            s = here.theta - self.before.theta
            v = here.gradient - self.before.gradient
            if inner(s, v) > 0:
                self.pairs.append((s, v, inner(s, v)))
        self.before = here
        d = self._direction(here.gradient)
        # Rounding may have made the stored pairs unusable.
        if not inner(here.gradient, d) > 0:
            self.pairs.clear()
            d = metric.direction(here.gradient)
        if learning_rate != "auto":
            theta = here.theta - learning_rate * d
            return point_at(theta, learning_rate, objective)
        return backtrack(
            lambda step: here.theta - step * d,
            *(here, metric, objective, 1.0, here.value),
            slope=-inner(here.gradient, d),
        )

    def _direction(self, q: Any) -> Any:
        """Return the corrected inverse metric times q, by the two-loop recursion."""
        alphas = []
        for s, v, sv in reversed(self.pairs):
            alphas.append(inner(s, q) / sv)
            q = q - alphas[-1] * v
        r = self.metric.direction(q)
        if self.pairs:
            _, v, sv = self.pairs[-1]
            r = r * (sv / inner(v, self.metric.direction(v)))
        for (s, v, sv), alpha in zip(self.pairs, reversed(alphas), strict=True):
            r = r + (alpha - inner(v, r) / sv) * s
        return r


RULES: dict[str, Any] = {
    "gd": GradientDescent,
    "momentum": Momentum,
    "nesterov": Nesterov,
    "newton": Newton,
    "lbfgs": QuasiNewton,
}
"""The rules that have a name."""


def backtrack(
    move: Callable[..., Any],
    here: Point,
    metric: Any,
    objective: Any,
    step: float,
    limit: float,
    *,
    slope: float | None = None,
) -> Point | None:
    """Halve a step until the objective is low enough; return None if it never is.

    Armijo's condition: F(new) <= limit + c step slope. Without a slope it uses the
    minimum decrease that a proximal step guarantees, half its squared length in the
    metric divided by step (Wright, Nowak and Figueiredo 2009, equation 22).

    Parameters
    ----------
    move : callable
        ``move(step)`` returns the parameters after a step of that length.
    here : Point
    metric : Metric
    objective : callable
        As in `descend`.
    step : float
        Length that is tried first.
    limit : float
        Value that the new one must be below.
    slope : float, default=None
        Derivative of the objective with respect to the step's length.

    Returns
    -------
    Point or None
    """
    rounding = 4 * _epsilon(objective, here) * abs(here.value)
    for _ in range(MAX_HALVINGS):
        new = point_at(move(step), step, objective)
        if slope is None:
            expected = -0.5 * metric.norm(new.theta - here.theta) ** 2 / step
        else:
            expected = step * slope
        if new.value <= limit + rounding + SUFFICIENT * expected:
            return new
        step = step / 2
    return None


def without_drift(point: Point, metric: Any, penalty: Any) -> Point:
    """Return the point with the smallest penalty among those with the same differences.

    If outputs compete, as in softmax, the loss does not change when a number is added
    to a coefficient of all of them, and only the penalty determines it. A metric that
    treats outputs one by one would converge to it as slowly as the penalty is weak.
    """
    if not (metric.coupled and hasattr(penalty, "centred")):
        return point
    w, xp = point.theta[:-1, :], _arrays.namespace(point.theta)
    new = penalty.centred(w)
    decrease = 0.0 if new is None else penalty.value(w) - penalty.value(new)
    if not decrease > 0:
        return point
    at_centre = xp.mean(metric.centre, axis=1, keepdims=True) * (new - w)
    intercept = point.theta[-1:, :] - xp.sum(at_centre, axis=0, keepdims=True)
    gradient_change = penalty.gradient(new) - penalty.gradient(w)
    gradient = xp.concat(
        [point.gradient[:-1, :] + gradient_change, point.gradient[-1:, :]]
    )
    theta = xp.concat([new, intercept])
    return point._replace(theta=theta, value=point.value - decrease, gradient=gradient)


def _epsilon(objective: Any, point: Point) -> float:
    """Return the rounding unit of the objective, or that of the gradient."""
    return getattr(objective, "epsilon", None) or _arrays.epsilon(point.gradient)


def point_at(
    theta: Any, step: float, objective: Callable[[Any], tuple[Any, Any]]
) -> Point:
    """Return the point at these parameters, after a step of that length."""
    return Point(theta, *objective(theta), step)


def lowest(line: Any, slope: Any) -> Any:
    """Return one s per output at which the slopes of convex functions are about zero.

    Newton's method on the slopes, safeguarded by bisection between a point where they
    are negative and one where they are positive, until a fraction of the slope at 0 is
    left.
    """
    first = np.abs(slope)
    low, high, s = 0.0 * first, np.full_like(first, np.inf), np.ones_like(first)
    for _ in range(MAX_HALVINGS):
        slope, curvature = line(s)
        is_open = (np.abs(slope) > SLOPE_LEFT * first) & (high - low > 1e-12 * s)
        if not is_open.any():
            break
        rises = slope > 0
        low, high = np.where(rises, low, s), np.where(rises, s, high)
        flat = curvature <= 0
        new = s - slope / np.where(flat, 1.0, curvature)
        is_invalid = flat | ~((low < new) & (new < high))
        middle = np.where(np.isinf(high), 2 * s, 0.5 * (low + np.minimum(high, 1e300)))
        new = np.minimum(np.where(is_invalid, middle, new), 10 * s)
        s = np.where(is_open, new, s)
    return s


def spectral_step(before: Any, here: Any, solve: Any) -> Any:
    """Return s'v / (v'M^-1 v), with the last move s and the change v of the gradient.

    It is the inverse of the curvature along the move (Barzilai and Borwein 1988,
    equation 6, in the metric M); without curvature, twice the last step. solve
    multiplies by the M^-1 that the moves use.
    """
    displacement, gradient_change = (
        here.theta - before.theta,
        here.gradient - before.gradient,
    )
    curvature = inner(gradient_change, solve(gradient_change))
    along = inner(displacement, gradient_change)
    if not (along > 0 and curvature > 0):
        return min(2 * here.step, 1e10)
    return min(max(along / curvature, 1e-10), 1e10)
