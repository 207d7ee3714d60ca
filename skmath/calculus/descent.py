r"""Descent: from where one stands, a step against the gradient, until it is level.

The seed's algorithm repeats two things: compute the gradient, and move against it by
alpha, the learning rate. Three choices make it usable on data as they come:

- the *metric* in which a direction is steepest (`skmath.calculus.metrics`);
- the *rule* by which a step is made of this gradient and of the steps before: gradient
  descent, momentum, Nesterov's, or the quasi-Newton method with a limited memory;
- the *length* of the step: a number, or found by backtracking until the objective has
  decreased by a share of what the slope promises (Armijo's condition).

A rule has ``advance(here, metric, objective, penalty, learning_rate)``, which returns
the next `Point`, or None at the end of the arithmetic. A penalty with a kink takes part
through its proximal map.

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
from typing import NamedTuple

from skmath import _arrays
from skmath.calculus.line_search import (
    MAX_HALVINGS,
    Point,
    arrive,
    backtrack,
    lowest,
    spectral_step,
)
from skmath.calculus.metrics import inner

__all__ = [
    "RULES",
    "GradientDescent",
    "Iterate",
    "Momentum",
    "Nesterov",
    "Newton",
    "QuasiNewton",
    "descend",
]

MEMORY = 8
"""Recent objective values whose largest a step is compared with: steps of Barzilai and
Borwein's length are fast because not each of them has to go down."""

PAIRS = 12
"""Steps, with what they changed the gradient by, that a quasi-Newton rule remembers."""


class Iterate(NamedTuple):
    """A point, and how far from level it is.

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
    learning_rate="auto",
):
    """Yield the iterates of the descent from theta, the start first.

    It ends by itself only where no step lowers the objective any more.

    Parameters
    ----------
    objective : callable
        ``objective(theta)`` returns the value of loss and penalty, a float, and the
        gradient of its smooth part.
    penalty : object of `skmath.calculus.penalties`
    theta : array of shape (n_features + 1, n_outputs)
    rule : object
        One of `RULES`, new for each descent.
    metric : callable
        ``metric(point)`` returns the `Metric` of the step from that `Point`.
    reference : Metric
        In which optimality is measured.
    unit : float, default=None
        What optimality is relative to; None stands for the length at the start.
    learning_rate : float or "auto", default="auto"
        Length of every step; or found anew for each by backtracking.

    Yields
    ------
    Iterate
    """
    here = Point(theta, *objective(theta))
    if unit is None:
        unit = slope_length(here, penalty, reference)
    while True:
        slope = slope_length(here, penalty, reference)
        # What is below the rounding of theta, and of the square root of the objective,
        # which is measured alike, is level: the start may be.
        size = reference.norm(here.theta) + abs(here.value) ** 0.5
        level = slope <= _arrays.epsilon(theta) * size < math.inf
        yield Iterate(here, 0.0 if level else slope / unit if unit > 0 else math.inf)
        here = rule.advance(here, metric(here), objective, penalty, learning_rate)
        if here is None:
            return


def slope_length(here, penalty, reference):
    """Return the length of the proximal gradient at a point in a metric."""
    moved = reference.move(here.theta, here.gradient, 1.0, penalty)
    return reference.norm(moved - here.theta)


class Rule:
    """What the rules share."""

    stable = 2.0
    """Longest fixed step that does not diverge, times the largest curvature."""


class GradientDescent(Rule):
    """The seed's step, against the gradient.

    ``learning_rate="auto"`` tries Barzilai and Borwein's length (Newton's 1 in a
    Hessian's metric) and halves it until the objective is low enough.
    """

    def __init__(self):
        self.recent, self.before = deque(maxlen=MEMORY), None

    def advance(self, here, metric, objective, penalty, learning_rate):
        """Return the next point."""

        def move(step):
            return metric.move(here.theta, here.gradient, step, penalty)

        if learning_rate != "auto":
            return arrive(move, learning_rate, objective)
        self.recent.append(here.value)
        trial = 1.0
        if self.before is not None and not metric.newton:
            trial = spectral_step(self.before, here, metric)
        self.before = here
        limit = max(self.recent)
        return backtrack(move, here, metric, objective, trial, limit)


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

        def move(step):
            return metric.move(ahead, here.gradient, step, penalty)

        if learning_rate != "auto":
            return arrive(move, learning_rate, objective)
        self.recent.append(here.value)
        step, limit = 1 / self.curvature if self.curvature else 1.0, max(self.recent)
        new = arrive(move, step, objective)
        if new.value <= limit:
            return new
        # The ball rolled uphill: it is stopped, and starts anew from here.
        ahead = here.theta
        return backtrack(move, here, metric, objective, step, limit)


class Nesterov(Rule):
    """Accelerated steps, with the gradient taken ahead, restarted when they turn back.

    Nesterov (2013), with a step that satisfies his curvature condition, and O'Donoghue
    and Candes' (2015) restart: two evaluations a step.
    """

    stable = 4 / 3

    def __init__(self):
        self.t, self.last = 1.0, None

    def advance(self, here, metric, objective, penalty, learning_rate):
        """Return the next point."""
        t = 0.5 * (1 + (1 + 4 * self.t**2) ** 0.5)
        share = (self.t - 1) / t
        ahead = here
        if self.last is not None and share:
            theta = here.theta + share * (here.theta - self.last)
            ahead = Point(theta, *objective(theta), here.step)

        def move(step):
            return metric.move(ahead.theta, ahead.gradient, step, penalty)

        if learning_rate != "auto":
            new = arrive(move, learning_rate, objective)
        else:
            new = self._search(move, ahead, metric, objective)
            if new is None and ahead is not here:
                self.t, self.last = 1.0, None
                return self.advance(here, metric, objective, penalty, learning_rate)
            if new is None:
                return None
        turned_back = inner(ahead.theta - new.theta, new.theta - here.theta) > 0
        rose = new.value > here.value and learning_rate == "auto"
        self.t, self.last = t, here.theta
        if turned_back or rose:
            self.t, self.last = 1.0, None
        return here._replace(step=new.step) if rose and ahead is not here else new

    def _search(self, move, ahead, metric, objective):
        """Halve a step until the gradient changes along it by less than 1 / step."""
        step = 1.25 * ahead.step or 1.0
        rounding = 16 * _arrays.epsilon(ahead.gradient)
        for _ in range(MAX_HALVINGS):
            new = arrive(move, step, objective)
            d = new.theta - ahead.theta
            turned = inner(new.gradient - ahead.gradient, d)
            noise = rounding * abs(inner(ahead.gradient, d))
            if (
                math.isfinite(new.value)
                and turned <= metric.norm(d) ** 2 / step + noise
            ):
                return new
            step = step / 2
        return None


class Newton(Rule):
    """A step to the lowest point on the way that the metric proposes, if it is near.

    For objectives whose curvature jumps, so that a quadratic model holds for a short
    way only. The objective has ``line(theta, d)``, a function of s that returns slope
    and curvature of theta + s d; where it has none, steps are halved.
    """

    def advance(self, here, metric, objective, penalty, learning_rate):
        """Return the next point."""
        whole = metric.move(here.theta, here.gradient, 1.0, penalty)
        d = whole - here.theta

        def move(step):
            return here.theta + step * d

        if learning_rate != "auto":
            return arrive(move, learning_rate, objective)
        length = 1.0
        if hasattr(objective, "line"):
            # Outputs of such losses do not depend on each other: each has its step.
            slope = _arrays.namespace(d).sum(here.gradient * d, axis=0)
            slope = slope + penalty.kink_slope(here.theta[:-1, :], d[:-1, :])
            steps = lowest(objective.line(here.theta, d), _arrays.to_numpy(slope))
            d, length = d * _arrays.like(steps, d, "same"), float(steps.min())
        new = backtrack(move, here, metric, objective, 1.0, here.value, slope=-0.0)
        return new if new is None else new._replace(step=new.step * length)


class QuasiNewton(Rule):
    """Newton's direction, with what the last steps tell of the curvature (L-BFGS).

    The metric is what is known of the curvature beforehand; its inverse is corrected by
    the last steps s and what they changed the gradient by, v, so that the correction
    maps each v to its s (Liu and Nocedal 1989). For penalties without kinks.
    """

    def __init__(self):
        self.pairs, self.metric, self.before = deque(maxlen=PAIRS), None, None

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

        def move(step):
            return here.theta - step * d

        if learning_rate != "auto":
            return arrive(move, learning_rate, objective)
        slope = -inner(here.gradient, d)
        return backtrack(move, here, metric, objective, 1.0, here.value, slope=slope)

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
