"""Stochastic descent: steps against the gradients of batches of rows, epoch by epoch.

An epoch of `fit` uses each batch of the rows once and ends with the cost of all rows
and its gradient, which is the anchor of the next epoch's batches
(`skmath.gd_linear_model.batches`). The next epoch starts ahead of this point, by a
fraction of the last epoch's displacement (Nesterov 1983). If an epoch did not lower the
cost, the next one starts at the lowest point again, without this fraction, and, if
there was none, with shorter steps.

A loss with kinks is smoothed, over a width that is reduced when epochs lower the
smoothed cost by little compared to the smoothing error.

`partial_fit` only has the rows of its call: its steps are plain, and shrink.

References
----------
.. [1] Y. Nesterov, "A method for solving the convex programming problem with
   convergence rate O(1/k^2)", Soviet Mathematics Doklady, 27, 1983.
.. [2] B. O'Donoghue and E. Candes, "Adaptive restart for accelerated gradient schemes",
   Foundations of Computational Mathematics, 15, 2015, section 3.2.
.. [3] B. T. Polyak and A. B. Juditsky, "Acceleration of stochastic approximation by
   averaging", SIAM J. Control Optim., 30(4), 1992.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from skmath import _arrays
from skmath._estimators.targets import as_outputs
from skmath.calculus import Iterate, Patience, Point
from skmath.gd_linear_model.batches import (
    Anchor,
    anchor_at,
    batches,
    step_in_epochs,
    step_in_stream,
    units_of_steps,
    value_at,
)
from skmath.gd_linear_model.block_sums import linear_outputs
from skmath.gd_linear_model.descent import (
    DIVERGENCE_FACTOR,
    Descent,
    Trace,
    first_width,
    is_converged,
    relative_smoothing_error,
    unit_of,
)

__all__ = ["EpochDescent", "Epochs", "StochasticDescent"]

WIDTH_RATIO = 0.5
"""Ratio of the widths of consecutive smoothings."""

MIN_GAIN = 5e-4
"""Fraction of the smoothing error by which epochs must lower the smoothed cost: if they
lower it by less, a narrower smoothing is used."""


class EpochDescent(Descent):
    """The stages of a stochastic descent: one, or one for each scale of the errors."""

    def stages(self, cost, theta, *, from_constant=True):
        """Yield the stage from theta to where its epochs end; return it."""
        common = self.options, self.random_state, self.trace
        stage = Epochs(cost, theta, *common, self.width)
        yield stage
        return stage


@dataclass
class Epochs:
    """A stage of a stochastic descent, with one point per epoch.

    It has the interface of `skmath.gd_linear_model.descent.Stage`.

    Parameters
    ----------
    cost : Cost
    theta : array of shape (n_features + 1, n_outputs)
        Starting point.
    options : Options
        With ``average`` an epoch ends at the mean of its iterates; if it is a number of
        rows, at the mean of those after so many rows.
    random_state : RandomState
        Draws the order of the rows of each epoch.
    trace : Trace
        Its values are the lowest cost so far, at the start and after each epoch.
    width : float, default=None
        Largest first width of the smoothing of a loss with kinks.

    Attributes
    ----------
    best : Point
        The point with the lowest cost.
    optimality : float
        Optimality of the best point.
    slack : float
        Maximum error of the cost due to smoothing.
    ended : {"optimal", "stopped", "max_iter", "stalled", "diverged"}
        Why it ended.
    n_rows_used : int
        Number of rows that steps were taken on.
    """

    cost: Any
    theta: Any
    options: Any
    random_state: Any
    trace: Trace
    width: Any = None
    best: Any = None
    optimality: float = math.inf
    slack: float = 0.0
    ended: str = "diverged"

    n_rows_used: int = 0

    is_rough = False
    is_ill_conditioned = False
    moves = ()

    def points(self):
        """Yield the lowest point after each epoch, starting with the start.

        The generator ends if the cost diverges with a given learning_rate.
        """
        self._measure()
        here = before = self._evaluate(self.theta)
        reference_value, momentum, share = here.value, 1.0, 1.0
        patience = Patience(self.options.patience)
        yield self._lowest(here, step=0.0)
        while True:
            last, momentum = momentum, 0.5 * (1 + (1 + 4 * momentum**2) ** 0.5)
            extrapolated = self._extrapolated(here, before, (last - 1) / momentum)
            new = self._evaluate(self._epoch(extrapolated, here, share))
            if new.value < here.value:
                here, before = new, here
            else:
                if last == 1.0 and self._diverges(new):
                    return
                share = share / 2 if last == 1.0 else share
                before, momentum = here, 1.0
            min_gain = max(self.least, MIN_GAIN * self.smoothing_error)
            has_improved = reference_value - here.value > min_gain
            reference_value = here.value if has_improved else reference_value
            if patience.ends(progress=has_improved):
                if self.smoothing_error <= self.least:
                    self.ended = "stalled"
                else:
                    self._narrow()
                    here = self._evaluate(here.theta)
                    patience = Patience(patience.steps)
                    reference_value = here.value
            yield self._lowest(here)

    def _measure(self):
        """Set the metric of the steps, and the units of the cost and of its slope."""
        cost, options = self.cost, self.options
        self.y = as_outputs(cost.rows.y, cost.rows.X, cost.n_classes)
        self.units = units_of_steps(cost, options.metric)
        n_batches = max(1.0, cost.rows.X.shape[0] / options.batch_size)
        self.step = step_in_epochs(options, n_batches)
        self.unit, self.reference = unit_of(cost), cost.diagonal_metric()
        self.width = min(first_width(cost), self.width or math.inf)
        self.smoothing_error, self.smoothed = 0.0, cost
        if cost.loss.has_kink:
            self.smoothed = cost.of(loss=cost.loss.smoothed(self.width))
        curvature, spread = cost.units
        self.cost_unit = _largest(curvature * spread * spread)
        self.least = options.tol * self.cost_unit

    def _evaluate(self, theta):
        """Return the smoothed cost's anchor; keep the point if it is the lowest."""
        if not _arrays.all_finite(theta):
            return Anchor(theta, math.inf, None, None, None)
        z = self.cost.rows.map(linear_outputs, theta)
        anchor = anchor_at(self.smoothed, theta, self.y, z)
        value = anchor.value
        if self.smoothed is not self.cost:
            value = value_at(self.cost, theta, self.y, z)
            self.smoothing_error = abs(value - anchor.value)
        if self.best is None or value < self.best.value:
            self.best = Point(theta, value, None)
        return anchor

    def _lowest(self, here, step=1.0):
        """Return the lowest point so far, and its optimality, if known."""
        best = self.best._replace(step=step)
        if self.smoothed is not self.cost:
            return Iterate(best, math.inf)
        return Iterate(best, self._optimality(self.cost, here))

    def _optimality(self, cost, point):
        slope = self.reference.slope(point, cost.penalty)
        return slope / self.unit if self.unit > 0 else 0.0

    def _extrapolated(self, here, before, share):
        """Return the point a fraction of the last move ahead, made feasible."""
        penalty = self.cost.penalty
        theta = here.theta + share * (here.theta - before.theta)
        if penalty.is_smooth:
            return theta
        w = penalty.prox(theta[:-1, :], 0.0)
        return _arrays.namespace(w).concat([w, theta[-1:, :]], axis=0)

    def _epoch(self, theta, anchor, share):
        """Return the point after one step on each batch of the rows."""
        order = self.random_state.permutation(self.cost.rows.X.shape[0])
        parts = batches(self.smoothed, self.options.batch_size, order, anchor)
        mean, averaged = theta, 0
        for batch in parts:
            theta = self.step(batch, self.units, theta, share)
            self.n_rows_used += batch.rows.X.shape[0]
            if 0 < self.options.average <= self.n_rows_used:
                averaged += 1
                mean = mean + (theta - mean) / averaged
        return mean if averaged else theta

    def _narrow(self):
        """Smooth the kinks over a narrower width."""
        self.width *= WIDTH_RATIO
        self.smoothed = self.cost.of(loss=self.cost.loss.smoothed(self.width))

    def _diverges(self, point):
        """Return True if the cost diverges with steps of a given length."""
        if self.options.learning_rate == "auto":
            return False
        first = self.trace.values[0]
        size = max(abs(first), self.cost_unit)
        return not point.value <= first + DIVERGENCE_FACTOR * size

    def add(self, point, optimality):
        """Add the point to the trace; return True if the descent is over."""
        values, options = self.trace.values, self.options
        if point.step or not values:
            values.append(point.value)
        if optimality <= options.tol:
            self.ended = "optimal"
        elif len(values) > options.max_iter:
            self.ended = "max_iter"
        return self.ended in ("optimal", "max_iter", "stalled")

    def certify(self):
        """Compute the optimality of the lowest point, with all rows."""
        cost, theta = self.smoothed, self.best.theta
        self.best = Point(theta, *cost(theta))
        self.optimality = self._optimality(cost, self.best)
        if cost is not self.cost:
            self.cost, self.slack = cost, cost.slack(theta)
            smoothing_error = relative_smoothing_error(self.slack, self.trace)
            self.optimality = max(self.optimality, smoothing_error)

    def gap(self, tol):
        """Bound how far the cost is above the optimum."""
        return self.slack + self.cost.duality_gap(self.best, tol)

    def is_converged(self, gap):
        """Return True if it ended at the optimum, with the cost at most a gap above."""
        return is_converged(self, gap)

    def continued(self):
        """Return a descent that continues with other rows."""
        w, intercept = self.cost.parameters(self.best.theta)
        theta = _arrays.namespace(w).concat([w, intercept[None, :]], axis=0)
        epochs = len(self.trace.values) - 1
        return StochasticDescent(theta, self.options, epochs, self.n_rows_used)

    def is_level(self):
        """Return False: batches differ by more than rounding."""
        return False

    def shortfall(self):
        """Return text for a warning: how far it is from the optimum, and what to do."""
        options, n_epochs = self.options, len(self.trace.values) - 1
        what = f"optimality_ is {self.optimality:.1e}, above tol={options.tol:g}, after"
        if self.ended == "diverged":
            return (
                f"Training diverged at learning_rate={options.learning_rate} in epoch "
                f"{n_epochs + 1}; the point with the lowest cost is kept. Use "
                "learning_rate='auto' or a smaller value."
            )
        if self.ended == "max_iter":
            return (
                f"{what} max_iter={options.max_iter} epochs. Use solver='auto', which "
                "converges to the optimum, or raise max_iter or tol."
            )
        return (
            f"{what} {n_epochs} epochs; the last {options.patience} lowered the cost "
            "by less than tol. Use solver='auto', which converges to the optimum, or "
            "raise tol."
        )


class StochasticDescent:
    """A descent that continues from call to call, with other rows in each.

    Parameters
    ----------
    theta : array of shape (n_features + 1, n_outputs)
        Starting point.
    options : Options
        solver "sgd" or "adam" and learning_rate. With "auto" steps of sgd are found by
        backtracking on each batch and divided by the epoch, those of adam by its root.
    epochs, n_rows_used : int, default=0
        Number of earlier epochs, and of the rows that their steps were taken on.
    """

    def __init__(self, theta, options, epochs=0, n_rows_used=0):
        self.solver, self.step = options.solver, step_in_stream(options)
        self.theta, self.epochs, self.n_rows_used = theta, epochs, n_rows_used
        self.mean, self.averaged = theta, 0

    def epoch(self, cost, options):
        """Take one epoch of steps over the rows of a cost, in their order.

        Parameters
        ----------
        cost : Cost
            Cost with the moments of all rows so far, in which the steps are measured.
        options : Options
            Provides batch_size and average: whether the result is the mean of the
            iterates after the first epoch, or after so many rows.
        """
        self.epochs += 1
        units = units_of_steps(cost)
        share = self.epochs ** -SHRINKING[self.solver]
        order = np.arange(cost.rows.X.shape[0])
        with np.errstate(over="ignore", invalid="ignore"):
            for batch in batches(cost, options.batch_size, order):
                self.theta = self.step(batch, units, self.theta, share)
                self.n_rows_used += batch.rows.X.shape[0]
                if self._counts(options.average):
                    self.averaged += 1
                    self.mean = self.mean + (self.theta - self.mean) / self.averaged

    def _counts(self, average):
        """Return True if the current iterate is one of those to average."""
        # Without a number of rows, leave out the first call: it starts far away.
        return self.epochs > 1 if average is True else 0 < average <= self.n_rows_used

    @property
    def result(self):
        """The point to use: the last iterate, or the mean."""
        return self.mean if self.averaged else self.theta


SHRINKING = {"sgd": 1.0, "adam": 0.5}
"""Power of the number of epochs by which plain steps are divided."""


def _largest(x):
    """Return the largest entry of an array, or a number itself."""
    return float(_arrays.namespace(x).max(x)) if _arrays.is_array(x) else float(x)
