r"""Steps on batches of rows, in the units of the data.

A step is measured in a metric in which the columns have variance 1, y has its spread s,
and the loss has its curvature over that spread: so coefficients follow any change of
the units of X or y.

If the gradient g of the mean loss of all rows is known at a point, the anchor, the loss
L of each row is tilted by its slope r there, and the cost of a batch by g (Johnson and
Zhang 2013):

.. math:: h(\theta) = \mathrm{mean}(L(z) - r z) + g^T (\theta - \theta_0) + P(\theta)

Up to a constant its mean over the batches is the cost of all rows, each batch has the
gradient of all rows at the anchor, and at an anchor that is the optimum it is 0: steps
do not have to shrink because of noise.

References
----------
.. [1] R. Johnson and T. Zhang, "Accelerating stochastic gradient descent using
   predictive variance reduction", NeurIPS 2013, figure 1.
.. [2] S. Vaswani, A. Mishkin, I. Laradji, M. Schmidt, G. Gidel and S. Lacoste-Julien,
   "Painless stochastic gradient", NeurIPS 2019, equation (1).
.. [3] D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015.
"""

from typing import Any, NamedTuple

from skmath import _arrays
from skmath._rows.rows import Rows
from skmath.calculus import Adam
from skmath.gd_linear_model.block_sums import targets_and_outputs

__all__ = [
    "Anchor",
    "Batch",
    "anchor_at",
    "batches",
    "step_in_epochs",
    "step_in_stream",
    "units_of_steps",
    "value_at",
]

ADAM_STEP = 0.05
"""First length of Adam's steps, in standard deviations of the output: about twenty
steps lead from the mean to an output of the usual size."""

ADAM_MEMORY = 0.95
"""Decay of Adam's average of squared gradients in `fit`: they decrease by orders of
magnitude, and an average over a thousand steps would keep the first ones for too
long."""

HALVINGS = 30
"""Maximum number of halvings of a step on one batch; a billionth of it is not taken."""


class Anchor(NamedTuple):
    """A point at which the gradient of all rows is known.

    Parameters
    ----------
    theta : array of shape (n_features + 1, n_outputs)
    value : float
        Value of the cost.
    gradient : array, shape of theta
        Gradient of all of the cost except the penalty's kink.
    of_loss : array, shape of theta
        Gradient of the mean loss only.
    slopes : array of shape (n_samples, n_outputs)
        The loss's derivative for each row.
    """

    theta: Any
    value: float
    gradient: Any
    of_loss: Any
    slopes: Any


def anchor_at(cost, theta, y, z):
    """Return the anchor of a cost at theta.

    Parameters
    ----------
    cost : Cost
    theta : array of shape (n_features + 1, n_outputs)
    y, z : array of shape (n_samples, n_outputs)
        The targets as columns and the outputs at theta, for all rows.
    """
    losses, slopes = cost.loss.value_and_gradient(y, z)
    weighted = _arrays.weigh(slopes, cost.rows.weight)
    of_loss = Rows(cost.rows.X, weighted).sum(sums_of_slopes) / cost.weight
    whole = Batch(cost, cost.rows, cost.weight, None, None)
    gradient = whole.penalized(of_loss, theta)
    return Anchor(theta, whole.total(losses, z, theta), gradient, of_loss, slopes)


def value_at(cost, theta, y, z):
    """Return the value of a cost, with the parameters of `anchor_at`."""
    whole = Batch(cost, cost.rows, cost.weight, None, None)
    return whole.total(cost.loss.value(y, z), z, theta)


def batches(cost, size, order, anchor=None):
    """Yield the batches of an epoch, except those without weight.

    Parameters
    ----------
    cost : Cost
    size : int
        Rows per batch.
    order : ndarray of int
        Order of the rows.
    anchor : Anchor, default=None
        Anchor of the cost; None for plain batches.

    Yields
    ------
    Batch
    """
    slopes = None
    for start in range(0, order.shape[0], size):
        indices = order[start : start + size]
        rows = cost.rows.take(indices)
        weight = float(rows.X.shape[0])
        if rows.weight is not None:
            weight = float(_arrays.namespace(rows.weight).sum(rows.weight))
        if anchor is not None:
            slopes = _arrays.take_rows(anchor.slopes, indices)
        if weight > 0:
            yield Batch(cost, rows, weight, anchor, slopes)


class Batch(NamedTuple):
    """The cost of some rows, tilted to have the gradient of all rows at an anchor.

    Parameters
    ----------
    cost : Cost
        Cost of all rows.
    rows : Rows
    weight : float
    anchor : Anchor or None
    slopes : array of shape (n_rows, n_outputs) or None
        The anchor's slopes for these rows.
    """

    cost: Any
    rows: Any
    weight: float
    anchor: Any
    slopes: Any

    def value_and_gradient(self, theta):
        """Return the value and the gradient at theta."""
        rows, cost = self.rows, self.cost
        y, z = targets_and_outputs(rows.X, rows.y, theta, cost.n_classes)
        losses, slopes = cost.loss.value_and_gradient(y, z)
        value = self.total(losses, z, theta)
        if self.anchor is not None:
            slopes = slopes - self.slopes
        slopes = _arrays.weigh(slopes, rows.weight)
        gradient = _arrays.widen(sums_of_slopes(rows.X, slopes, None)) / self.weight
        if self.anchor is not None:
            gradient = gradient + self.anchor.of_loss
        return value, self.penalized(gradient, theta)

    def value(self, theta):
        """Return the value at theta."""
        rows, cost = self.rows, self.cost
        y, z = targets_and_outputs(rows.X, rows.y, theta, cost.n_classes)
        return self.total(cost.loss.value(y, z), z, theta)

    def total(self, losses, z, theta):
        """Return the mean of the losses, plus the penalty and the tilt."""
        xp = _arrays.namespace(losses)
        if self.anchor is not None:
            losses = losses - xp.sum(self.slopes * z, axis=1)
        losses = _arrays.widen(_arrays.weigh(losses, self.rows.weight))
        value = float(xp.sum(losses)) / self.weight
        value = value + self.cost.penalty.value(theta[:-1, :])
        if self.anchor is None:
            return value
        tilt = self.anchor.of_loss * (theta - self.anchor.theta)
        return value + float(_arrays.namespace(tilt).sum(tilt))

    def penalized(self, gradient, theta):
        """Return the gradient of the loss plus the penalty without its kinks."""
        w = gradient[:-1, :] + self.cost.penalty.gradient(theta[:-1, :])
        at_intercept = gradient[-1:, :]
        if not self.cost.fit_intercept:
            at_intercept = 0 * at_intercept
        return _arrays.namespace(w).concat([w, at_intercept], axis=0)


def sums_of_slopes(X, slopes, weight):
    """Return X' slopes and the sums of the slopes, for a block."""
    xp = _arrays.namespace(slopes)
    return xp.concat([X.T @ slopes, xp.sum(slopes, axis=0, keepdims=True)], axis=0)


class Units(NamedTuple):
    """The units of steps.

    Parameters
    ----------
    metric : Metric
    spread : array of shape (1, n_outputs) or float
        Spread of the outputs, in the metric.
    """

    metric: Any
    spread: Any


def units_of_steps(cost, name="diagonal"):
    """Return the units of steps in the metric of that name.

    The diagonal metric has the loss's curvature over the spread of y. Labels have no
    units: their spread is 1, and the curvature is the loss's largest, if there is one.
    """
    labels = cost.loss.task == "classification"
    if name == "identity":
        metric = cost.identity_metric()
    else:
        metric = cost.diagonal_metric(cost.typical_curvature() if labels else None)
    spread = 1.0 if labels else cost.units[1] * metric.intercept_scale**0.5
    return Units(metric, spread)


class BacktrackedStep:
    """A step against the gradient of a batch, short enough to lower its cost.

    Parameters
    ----------
    learning_rate : float or "auto"
    growth : float
        Largest ratio of its length to the last one.
    """

    def __init__(self, learning_rate, growth):
        self.learning_rate, self.growth, self.length = learning_rate, growth, 1.0

    def __call__(self, batch, units, theta, share):
        """Return the point after the step.

        Parameters
        ----------
        batch : Batch
        units : Units
        theta : array of shape (n_features + 1, n_outputs)
        share : float
            Fraction of its usual length to take, with ``learning_rate="auto"``.
        """
        metric, penalty = units.metric, batch.cost.penalty
        value, gradient = batch.value_and_gradient(theta)
        if self.learning_rate != "auto":
            return metric.move(theta, gradient, self.learning_rate, penalty)
        length = min(1.0, self.growth * self.length)
        for _ in range(HALVINGS):
            new = metric.move(theta, gradient, length * share, penalty)
            d = metric.norm(new - theta)
            if batch.value(new) <= value - 0.25 * d * d / (length * share):
                self.length = length
                return new
            length = length / 2
        return theta


class AdamStep:
    """Adam's step in coordinates in which the metric is the identity.

    Parameters
    ----------
    learning_rate : float or "auto"
        In spreads of the outputs.
    memory : float
        Decay of the average of squared gradients.
    """

    def __init__(self, learning_rate, memory):
        self.learning_rate, self.rule = learning_rate, Adam(beta2=memory)

    def __call__(self, batch, units, theta, share):
        """Return the point after the step; theta if the batch's gradient overflows.

        Parameters are those of `BacktrackedStep`.
        """
        (metric, spread), penalty = units, batch.cost.penalty
        _, gradient = batch.value_and_gradient(theta)
        if not _arrays.all_finite(gradient):
            return theta
        rate = self.learning_rate
        self.rule.learning_rate = rate = ADAM_STEP * share if rate == "auto" else rate
        step = self.rule.step(metric.to_standard(gradient) / spread)
        new = theta + metric.from_standard(step * spread)
        if penalty.is_smooth:
            return new
        # The length of a step against a gradient of 1 in these coordinates.
        length = rate / (self._mean_square()[:-1, :] ** 0.5 + self.rule.epsilon)
        w = penalty.prox(new[:-1, :], length / metric.scale)
        xp, shift = _arrays.namespace(w), metric.centre * (w - new[:-1, :])
        intercept = new[-1:, :] - xp.sum(shift, axis=0, keepdims=True)
        return xp.concat([w, intercept], axis=0)

    def _mean_square(self):
        """Return the average of the squared gradients."""
        rule = self.rule
        return rule.v * ((1 - rule.beta2) / (1 - rule.beta2**rule.t))


def step_in_epochs(options, n_batches):
    """Return the step for `fit`, in which lengths change from epoch to epoch."""
    if options.solver == "adam":
        return AdamStep(options.learning_rate, ADAM_MEMORY)
    return BacktrackedStep(options.learning_rate, 2 ** (1 / n_batches))


def step_in_stream(options):
    """Return the step for `partial_fit`, in which the next batch may be different."""
    if options.solver == "adam":
        return AdamStep(options.learning_rate, 0.999)
    return BacktrackedStep(options.learning_rate, 2.0)
