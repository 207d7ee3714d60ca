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

from skmath import _arrays
from skmath.calculus import Adam
from skmath.calculus.metrics import stack

__all__ = ["STOCHASTIC", "StochasticDescent"]

ADAM_STEP = 0.05
"""First length of Adam's steps, in standard deviations of the output."""

MAX_HALVINGS = 30
"""Halvings of a step on one batch."""


class StochasticDescent:
    """A descent that goes on from call to call.

    Parameters
    ----------
    rule : {"sgd", "adam"}
    learning_rate : float or "auto"
        "auto": of sgd, by backtracking on each batch; of adam, ADAM_STEP divided by the
        root of the epoch.
    batch_size : int
    average : bool
        Whether theta is the mean of the points after the first epoch.
    """

    def __init__(self, rule, learning_rate, batch_size, average):
        self.step_in = STOCHASTIC[rule](learning_rate)
        self.batch_size, self.average = batch_size, average
        self.theta, self.mean, self.averaged, self.epochs = None, None, 0, 0

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


class _Backtracked:
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
        for _ in range(MAX_HALVINGS):
            new = metric.move(theta, gradient, length * share, batch.penalty)
            d = metric.norm(new - theta)
            if batch(new)[0] <= value - 0.25 * d * d / (length * share):
                self.length = length
                return new, value
            length = length / 2
        return theta, value


class _Adaptive:
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
        return stack(w, new[-1:, :]), value


STOCHASTIC = {"sgd": _Backtracked, "adam": _Adaptive}
"""The stochastic rules that have a name."""
