r"""Descent: at each point the gradient, and a step against it.

Gradient descent repeats two things: compute the gradient, and move against it by the
learning rate. `descend` yields the points, and its caller decides where to stop. Three
choices make it usable on data as they come:

- the *metric* in which a direction is steepest (`skmath.calculus.metrics`);
- the *rule* by which a step is made of this gradient and of the steps before: gradient
  descent, momentum, Nesterov's, or the quasi-Newton method with a limited memory;
- the *length* of the step: a number, or found by backtracking until the objective has
  decreased by a share of what the slope promises (Armijo's condition).

A rule has ``advance(here, metric, objective, penalty, learning_rate)``, which returns
the next `Point`, or None where no step lowers the objective in this precision. A
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
"""Recent objective values whose largest a step is compared with: steps of Barzilai and
Borwein's length are fast because not each of them has to go down."""

PAIRS = 12
"""Steps, with what they changed the gradient by, that a quasi-Newton rule remembers:
Nocedal and Wright (section 7.2) find 3 to 20 to be enough."""

SUFFICIENT = 1e-4
"""Share of the decrease promised by the slope that a step must bring (Armijo)."""

SLOPE_LEFT = 0.3
"""Share of a slope that is left where a line's lowest point has been found: a better
one costs more passes over the line than the next step gains."""

MAX_HALVINGS = 60
"""Halvings after which nothing is left of a step: 2^-60 is below the rounding unit."""


class Point(NamedTuple):
    """A point of a descent.

    Attributes
    ----------
    theta : array of shape (n_features + 1, n_outputs)
    value : float
        Objective: loss and penalty.
    gradient : array, shape of theta
        Of the smooth part of the objective.
    step : float
        Length of the step that led here, 0 at the start.
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
    objective,
    penalty,
    theta,
    *,
    rule,
    metric,
    reference,
    unit=None,
    rounding=0.0,
    learning_rate="auto",
):
    """Yield the iterates of the descent from theta, the start first.

    It ends by itself only where no step lowers the objective any more.

    Parameters
    ----------
    objective : callable
        ``objective(theta)`` returns the value of loss and penalty, a float, and the
        gradient of its smooth part. An attribute ``epsilon`` is the rounding unit of
        what it sums, without which it is the gradient's.
    penalty : object of `skmath.calculus.penalties`
    theta : array of shape (n_features + 1, n_outputs)
    rule : object
        An instance of one of `RULES`, new for each descent.
    metric : callable
        ``metric(point)`` returns the `Metric` of the step from that `Point`.
    reference : Metric
        In which optimality is measured.
    unit : float, default=None
        What optimality is relative to; None stands for the length at the start.
    rounding : float, default=0.0
        Length of the gradient that rounding leaves. Where the one at the start is no
        longer, no column explains anything: unit is 0, and so is such a gradient.
    learning_rate : float or "auto", default="auto"
        Length of every step; or found anew for each by backtracking.

    Yields
    ------
    Iterate

    See Also
    --------
    gradient_descent : Of a function that tells its gradient, in one line.

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
    """What the rules share."""

    stable = 2.0
    """Longest fixed step that does not diverge, times the largest curvature."""


class GradientDescent(Rule):
    """A step against the gradient, w - step M^-1 gradient.

    ``learning_rate="auto"`` tries Barzilai and Borwein's length (Newton's 1 in a
    Hessian's metric) and halves it until the objective is low enough.
    """

    def __init__(self):
        self.recent, self.before = deque(maxlen=MEMORY), None

    def advance(self, here, metric, objective, penalty, learning_rate):
        """Return the next point."""
        move = partial(metric.move, here.theta, here.gradient, penalty=penalty)
        if learning_rate != "auto":
            return arrive(move(learning_rate), learning_rate, objective)
        self.recent.append(here.value)
        trial = 1.0
        if self.before is not None and not metric.newton:
            solve = metric.direction if penalty.is_smooth else metric.solve
            trial = spectral_step(self.before, here, solve)
        self.before = here
        new = backtrack(move, here, metric, objective, trial, max(self.recent))
        return new if new is None else without_drift(new, metric, penalty)


class Momentum(Rule):
    """Steps against the gradient with a share of the last one added (Polyak 1964).

    ``learning_rate="auto"`` divides 1 by the largest curvature met on the way.

    Parameters
    ----------
    share : float, default=0.9
    """

    def __init__(self, share=0.9):
        self.share, self.recent = share, deque(maxlen=MEMORY)
        self.last, self.curvature = None, 0.0

    def advance(self, here, metric, objective, penalty, learning_rate):
        """Return the next point."""
        ahead = here.theta
        if self.last is not None:
            moved = here.theta - self.last.theta
            ahead = ahead + self.share * moved
            square, turned = metric.norm(moved) ** 2, here.gradient - self.last.gradient
            if square > 0:
                self.curvature = max(self.curvature, inner(moved, turned) / square)
        self.last = here
        move = partial(metric.move, gradient=here.gradient, penalty=penalty)
        if learning_rate != "auto":
            theta = move(ahead, step=learning_rate)
            return arrive(theta, learning_rate, objective)
        self.recent.append(here.value)
        step, limit = 1 / self.curvature if self.curvature else 1.0, max(self.recent)
        new = arrive(move(ahead, step=step), step, objective)
        if new.value <= limit:
            return new
        # The momentum led uphill: it is dropped, and the step taken from here.
        return backtrack(
            lambda step: move(here.theta, step=step),
            *(here, metric, objective, step, limit),
        )


class Nesterov(Rule):
    """Accelerated steps, with the gradient taken ahead, restarted when they turn back.

    Nesterov (2013), with a step that satisfies his curvature condition, and O'Donoghue
    and Candes' (2015) restart: two evaluations a step.
    """

    stable = 4 / 3

    def __init__(self):
        self._restart()

    def _restart(self):
        self.t, self.last = 1.0, None

    def advance(self, here, metric, objective, penalty, learning_rate):
        """Return the next point."""
        t = 0.5 * (1 + (1 + 4 * self.t**2) ** 0.5)
        ahead = self._ahead(here, (self.t - 1) / t, objective)
        move = partial(metric.move, ahead.theta, ahead.gradient, penalty=penalty)
        if learning_rate != "auto":
            new = arrive(move(learning_rate), learning_rate, objective)
        else:
            new = _curvature_search(move, ahead, metric, objective)
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
        # A step up is not taken: the next one is made without momentum.
        return here._replace(step=new.step) if rose and ahead is not here else new

    def _ahead(self, here, share, objective):
        """Return the point to which a share of the last step more would lead."""
        if self.last is None or not share:
            return here
        theta = here.theta + share * (here.theta - self.last)
        return Point(theta, *objective(theta), here.step)


def _curvature_search(move, ahead, metric, objective):
    """Halve a step until the gradient changes along it by less than 1 / step."""
    step = 1.25 * ahead.step or 1.0
    rounding = 16 * _epsilon(objective, ahead)
    for _ in range(MAX_HALVINGS):
        new = arrive(move(step), step, objective)
        d = new.theta - ahead.theta
        turned = inner(new.gradient - ahead.gradient, d)
        noise = rounding * abs(inner(ahead.gradient, d))
        limit = metric.norm(d) ** 2 / step + noise
        if math.isfinite(new.value) and turned <= limit:
            return new
        step = step / 2
    return None


class Newton(Rule):
    """A step to the lowest point on the line that the metric proposes, if it is near.

    For objectives whose curvature jumps, so that a quadratic model holds for a short
    way only. The objective has ``line(theta, d)``, a function of s that returns slope
    and curvature of theta + s d, one for each output or, where outputs are coupled, one
    for all, and the penalty ``kink_slope``; where one has none, steps are halved.
    """

    def advance(self, here, metric, objective, penalty, learning_rate):
        """Return the next point."""
        d = metric.move(here.theta, here.gradient, 1.0, penalty) - here.theta
        if learning_rate != "auto":
            theta = here.theta + learning_rate * d
            return arrive(theta, learning_rate, objective)
        length = 1.0
        if hasattr(objective, "line") and hasattr(penalty, "kink_slope"):
            slope = _arrays.namespace(d).sum(here.gradient * d, axis=0)
            slope = slope + penalty.kink_slope(here.theta[:-1, :], d[:-1, :])
            slope = _arrays.to_numpy(slope)
            together = getattr(penalty, "couples_outputs", False)
            if getattr(objective, "coupled", False) or together:
                slope = slope.sum(keepdims=True)
            steps = lowest(objective.line(here.theta, d), slope)
            # A slope that is not down is rounding: a whole step is tried.
            steps = np.where(slope < 0, steps, 1.0)
            steps = np.minimum(steps, _to_the_walls(here.theta, d, penalty))
            d, length = d * _arrays.like(steps, d, "same"), float(steps.min())
        new = backtrack(
            lambda step: _within_walls(here.theta + step * d, penalty),
            *(here, metric, objective, 1.0, here.value),
            slope=-0.0,
        )
        return new if new is None else new._replace(step=new.step * length)


def _to_the_walls(theta, d, penalty):
    """Return how far a line is within the walls of a penalty, the least of outputs.

    A whole step is.
    """
    if not getattr(penalty, "has_walls", False):
        return np.inf
    return max(1.0, float(np.min(penalty.longest(theta[:-1, :], d[:-1, :]))))


def _within_walls(theta, penalty):
    """Return theta, and at a wall what rounding has put behind it."""
    if not getattr(penalty, "has_walls", False):
        return theta
    w = penalty.prox(theta[:-1, :], 0.0)
    return _arrays.namespace(theta).concat([w, theta[-1:, :]], axis=0)


@dataclass
class QuasiNewton(Rule):
    """Newton's direction, with what the last steps tell of the curvature (L-BFGS).

    The metric is what is known of the curvature beforehand; its inverse is corrected by
    the last steps s and what they changed the gradient by, v, so that the correction
    maps each v to its s (Liu and Nocedal 1989). For penalties without kinks.
    """

    pairs: deque = field(default_factory=lambda: deque(maxlen=PAIRS))
    metric: Any = None
    before: Any = None

    def advance(self, here, metric, objective, penalty, learning_rate):
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
        # Rounding may have spoilt the memory.
        if not inner(here.gradient, d) > 0:
            self.pairs.clear()
            d = metric.direction(here.gradient)
        if learning_rate != "auto":
            theta = here.theta - learning_rate * d
            return arrive(theta, learning_rate, objective)
        return backtrack(
            lambda step: here.theta - step * d,
            *(here, metric, objective, 1.0, here.value),
            slope=-inner(here.gradient, d),
        )

    def _direction(self, q):
        """Return the corrected inverse metric times q, by the two loops."""
        shares = []
        for s, v, sv in reversed(self.pairs):
            shares.append(inner(s, q) / sv)
            q = q - shares[-1] * v
        r = self.metric.direction(q)
        if self.pairs:
            _, v, sv = self.pairs[-1]
            r = r * (sv / inner(v, self.metric.direction(v)))
        for (s, v, sv), share in zip(self.pairs, reversed(shares), strict=True):
            r = r + (share - inner(v, r) / sv) * s
        return r


RULES = {
    "gd": GradientDescent,
    "momentum": Momentum,
    "nesterov": Nesterov,
    "newton": Newton,
    "lbfgs": QuasiNewton,
}
"""The rules that have a name."""


def backtrack(move, here, metric, objective, step, limit, *, slope=None):
    """Halve a step until the objective is low enough; return None if it never is.

    Armijo's condition: F(new) <= limit + c step slope. Without a slope it is what a
    proximal step promises at least, minus half its squared length in the metric,
    divided by step (Wright, Nowak and Figueiredo 2009, equation 22).

    Parameters
    ----------
    move : callable
        ``move(step)`` returns the parameters to which a step of that length leads.
    here : Point
    metric : Metric
    objective : callable
        As in `descend`.
    step : float
        Length that is tried first.
    limit : float
        Value that the new one has to be below.
    slope : float, default=None
        Derivative of the objective in the step's length.

    Returns
    -------
    Point or None
    """
    rounding = 4 * _epsilon(objective, here) * abs(here.value)
    for _ in range(MAX_HALVINGS):
        new = arrive(move(step), step, objective)
        if slope is None:
            promised = -0.5 * metric.norm(new.theta - here.theta) ** 2 / step
        else:
            promised = step * slope
        if new.value <= limit + rounding + SUFFICIENT * promised:
            return new
        step = step / 2
    return None


def without_drift(point, metric, penalty):
    """Return the point of the least penalty of those with the same differences.

    Where outputs compete the loss is the same if a number is added to a coefficient of
    all of them, and the penalty alone says which. A metric that takes outputs one by
    one would go there at the penalty's pace.
    """
    if not (metric.coupled and hasattr(penalty, "centred")):
        return point
    w, xp = point.theta[:-1, :], _arrays.namespace(point.theta)
    new = penalty.centred(w)
    falls = 0.0 if new is None else penalty.value(w) - penalty.value(new)
    if not falls > 0:
        return point
    at_centre = xp.mean(metric.centre, axis=1, keepdims=True) * (new - w)
    intercept = point.theta[-1:, :] - xp.sum(at_centre, axis=0, keepdims=True)
    turned = penalty.gradient(new) - penalty.gradient(w)
    gradient = xp.concat([point.gradient[:-1, :] + turned, point.gradient[-1:, :]])
    theta = xp.concat([new, intercept])
    return point._replace(theta=theta, value=point.value - falls, gradient=gradient)


def _epsilon(objective, point):
    """Return the rounding unit of the objective, which may sum narrower numbers."""
    return getattr(objective, "epsilon", None) or _arrays.epsilon(point.gradient)


def arrive(theta, step, objective):
    """Return the point of those parameters, to which a step of that length led."""
    return Point(theta, *objective(theta), step)


def lowest(line, slope):
    """Return the s, one an output, at which convex functions' slopes are about zero.

    Newton's method on the slopes, kept between a point where they fall and one where
    they rise, until a share of the slope at 0 is left.
    """
    first = np.abs(slope)
    low, high, s = 0.0 * first, np.full_like(first, np.inf), np.ones_like(first)
    for _ in range(MAX_HALVINGS):
        slope, curvature = line(s)
        open_ = (np.abs(slope) > SLOPE_LEFT * first) & (high - low > 1e-12 * s)
        if not open_.any():
            break
        rises = slope > 0
        low, high = np.where(rises, low, s), np.where(rises, s, high)
        flat = curvature <= 0
        new = s - slope / np.where(flat, 1.0, curvature)
        lost = flat | ~((low < new) & (new < high))
        middle = np.where(np.isinf(high), 2 * s, 0.5 * (low + np.minimum(high, 1e300)))
        new = np.minimum(np.where(lost, middle, new), 10 * s)
        s = np.where(open_, new, s)
    return s


def spectral_step(before, here, solve):
    """Return s'v / (v'M^-1 v), s the last move and v what it changed the gradient by.

    It is the inverse of the curvature met on the way (Barzilai and Borwein 1988,
    equation 6, in the metric M). Where none was met, the last step doubled. solve
    returns the M^-1 by which the moves are made.
    """
    moved, turned = here.theta - before.theta, here.gradient - before.gradient
    curvature = inner(turned, solve(turned))
    along = inner(moved, turned)
    if not (along > 0 and curvature > 0):
        return min(2 * here.step, 1e10)
    return min(max(along / curvature, 1e-10), 1e10)
