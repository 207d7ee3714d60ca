"""Stochastic descent: steps against the gradients of batches of rows, epoch by epoch.

Steps are taken in coordinates in which the columns have mean 0 and variance 1, so that
one learning rate suits all of them; penalties with a kink act through their proximal
map after each step.

References
----------
.. [1] S. Vaswani, A. Mishkin, I. Laradji, M. Schmidt, G. Gidel and S. Lacoste-Julien,
   "Painless stochastic gradient", NeurIPS 2019, equation (1).
.. [2] B. T. Polyak and A. B. Juditsky, "Acceleration of stochastic approximation by
   averaging", SIAM J. Control Optim., 30(4), 1992.
.. [3] D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015.
"""

import math
from dataclasses import dataclass
from typing import Any

from skmath import _arrays
from skmath.calculus import Adam, Iterate, Patience, Point
from skmath.gd_linear_model.descent import RUNAWAY, Trace, unit_of

__all__ = ["Epochs", "StochasticDescent"]

ADAM_STEP = 0.05
"""First length of Adam's steps, in standard deviations of the output: some twenty steps
lead from the mean to an output of the usual size."""

BATCH_HALVINGS = 30
"""Halvings of a step on one batch; one that is a billionth is not taken at all."""


@dataclass
class Epochs:
    """The only stage of a stochastic descent, of which each epoch is a point.

    It is walked as a `skmath.gd_linear_model.descent.Stage` is.

    Parameters
    ----------
    cost : Cost
    descent : StochasticDescent
    metric : Metric
        The diagonal one, of the columns' variances, or the identity.
    options : Options
    random_state : RandomState
        Draws the order of the rows of each epoch.
    trace : Trace
        Its values are the cost at the start and the mean cost of each epoch.
    """

    cost: Any
    descent: Any
    metric: Any
    options: Any
    random_state: Any
    trace: Trace
    best: Any = None
    ended: str = "diverged"

    is_rough = False
    hides_some = False
    slack = 0.0
    moves = ()

    def points(self):
        """Yield the point after each epoch, the start first, while they do not diverge.

        An epoch's value is the mean cost of its batches; how far from optimal it is
        would cost a pass over the rows, and `certify` tells it of the last.
        """
        self.patience, self.lowest = Patience(self.options.patience), math.inf
        theta, n = self.descent.theta, self.cost.rows.X.shape[0]
        first = value = self.cost(theta)[0]
        yield Iterate(Point(theta, first, None), math.inf)
        while True:
            order = self.random_state.permutation(n)
            value = self.descent.epoch(self.cost, self.metric, order)
            if not value <= first + RUNAWAY * abs(first):
                return
            yield Iterate(Point(self.descent.result, value, None, 1.0), math.inf)

    def add(self, point, optimality):
        """Keep the point; return whether the descent is over."""
        values = self.trace.values
        values.append(point.value)
        fell = point.value < self.lowest - self.options.tol * abs(values[0])
        self.best, self.lowest = point, min(self.lowest, point.value)
        stalled = self.patience.ends(progress=fell)
        over = stalled or len(values) > self.options.max_iter
        if over:
            self.ended = "stalled" if stalled else "max_iter"
        return over

    def certify(self):
        """Compute the true cost at the last point, and how far from optimal it is."""
        self.best = Point(self.best.theta, *self.cost(self.best.theta))
        unit = unit_of(self.cost)
        slope = self.cost.diagonal_metric().slope(self.best, self.cost.penalty)
        self.optimality = slope / unit if unit > 0 else 0.0

    def is_level(self):
        """Return False: batches differ by more than rounding."""
        return False

    def shortfall(self):
        """Return what is missing to the optimum, and what to do, for a warning."""
        options, n_epochs = self.options, len(self.trace.values) - 1
        what = f"optimality_ is {self.optimality:.1e}"
        if self.ended == "diverged":
            return (
                f"learning_rate={options.learning_rate} is too long a step "
                f"and diverged in epoch {n_epochs + 1}; the point before it is kept. "
                "Use learning_rate='auto'."
            )
        if self.ended == "max_iter":
            return (
                f"The cost was still falling after max_iter={options.max_iter} epochs; "
                f"{what}. Raise max_iter or tol."
            )
        return (
            f"{what}, above tol={options.tol:g}, after {n_epochs} epochs, of which the "
            f"last {options.patience} lowered the mean cost by less than tol. Raise "
            "tol, or use solver='auto', which goes to the optimum."
        )


class StochasticDescent:
    """A descent that goes on from call to call.

    Parameters
    ----------
    theta : array of shape (n_features + 1, n_outputs)
        Where it begins.
    options : Options
        solver "sgd" or "adam", learning_rate, batch_size and average. With
        ``learning_rate="auto"`` steps of sgd are found by backtracking on each batch,
        and of adam are ADAM_STEP divided by the root of the epoch. With ``average`` the
        result is the mean of the points after the first epoch.
    """

    def __init__(self, theta, options):
        self.step_in = STEPS[options.solver](options.learning_rate)
        self.batch_size, self.average = options.batch_size, options.average
        self.theta, self.mean, self.averaged, self.epochs = theta, None, 0, 0

    def epoch(self, cost, metric, order=None):
        """Run once over the rows of a cost; return the mean cost of the batches.

        Parameters
        ----------
        cost : Cost
        metric : Metric
            The diagonal one, of the columns' variances.
        order : ndarray of int, default=None
            In which to take the rows; None as they are.
        """
        n, total, weight = cost.rows.X.shape[0], 0.0, 0.0
        self.epochs += 1
        for start in range(0, n, self.batch_size):
            rows = slice(start, start + self.batch_size)
            taken = range(n)[rows] if order is None else order[rows]
            batch = cost.of(rows=cost.rows.take(_arrays.np_compat.asarray(taken)))
            if not batch.weight > 0:
                continue
            self.theta, value = self.step_in(batch, metric, self.theta, self.epochs)
            total, weight = total + batch.weight * value, weight + batch.weight
            if self.average and self.epochs > 1:
                self.averaged += 1
                before = self.theta if self.mean is None else self.mean
                self.mean = before + (self.theta - before) / self.averaged
        return total / weight if weight > 0 else math.inf

    @property
    def result(self):
        """The point to use: the last one, or the mean."""
        return self.theta if self.mean is None else self.mean


class BacktrackedStep:
    """A step against the gradient of a batch, short enough to lower its cost."""

    def __init__(self, learning_rate):
        self.learning_rate, self.length = learning_rate, 1.0

    def __call__(self, batch, metric, theta, epoch):
        value, gradient = batch(theta)
        if self.learning_rate != "auto":
            step = self.learning_rate
            return metric.move(theta, gradient, step, batch.penalty), value
        share = 1 / epoch
        length = min(1.0, 2 * self.length)
        for _ in range(BATCH_HALVINGS):
            new = metric.move(theta, gradient, length * share, batch.penalty)
            d = metric.norm(new - theta)
            if batch(new)[0] <= value - 0.25 * d * d / (length * share):
                self.length = length
                return new, value
            length = length / 2
        return theta, value


class AdamStep:
    """Adam's step in the standard coordinates."""

    def __init__(self, learning_rate):
        self.learning_rate, self.rule = learning_rate, None

    def __call__(self, batch, metric, theta, epoch):
        value, gradient = batch(theta)
        rate = self.learning_rate
        if rate == "auto":
            rate = ADAM_STEP * batch.output_scale() / epoch**0.5
        self.rule = self.rule or Adam(rate)
        self.rule.learning_rate = rate
        step = self.rule.step(metric.to_standard(gradient))
        new = theta + metric.from_standard(step)
        if batch.penalty.is_smooth:
            return new, value
        w = batch.penalty.prox(new[:-1, :], rate / metric.scale)
        xp = _arrays.namespace(w)
        return xp.concat([w, new[-1:, :]], axis=0), value


STEPS = {"sgd": BacktrackedStep, "adam": AdamStep}
"""The step on a batch of each stochastic solver."""
