"""Training by back-propagation: forward, the error, backward, one update.

For each batch of rows:

1. forward: the outputs X_1 to X_n of the layers;
2. the error E, and its derivative with respect to X_n;
3. backward: by the chain rule dE/dW_n, from it dE/dW_(n-1), and so on to the first;
4. one update: all the weights change together, after all the gradients are known.
"""

import copy
import math

import numpy as np
from scipy.optimize import minimize

from skmath import _arrays
from skmath.calculus import backward, forward

__all__ = ["Training", "backpropagate", "train_on_all"]

RUNAWAY = 3.0
"""How many times the first error an epoch's may be above the lowest."""

BACK_OFF = 4.0
"""What the learning rate is divided by after a divergence."""

MAX_BACK_OFFS = 30

CLIP = 10.0
"""How many times longer than usual a gradient may be."""

PAIRS = 10
"""Steps that the quasi-Newton method remembers."""


def backpropagate(network, loss, batch, gradient, n_rows=None, dropout=None):
    """Fill the gradient with that of the batch's mean error; return the mean error.

    Parameters
    ----------
    network, gradient : Network
    loss : object of `skmath.calculus.losses`
    batch : tuple (X, G, weight)
    n_rows : int, default=None
        What the sum of the errors is divided by; None is the batch's number of rows.
    dropout : Dropout, default=None

    Returns
    -------
    float
    """
    X, G, weight = batch
    n_rows = len(G) if n_rows is None else n_rows
    outputs, slopes = forward(X, network.layers, dropout)
    error, dE_dX = loss.value_and_gradient(G, outputs[-1])
    dE_dX = _arrays.weigh(dE_dX, weight)
    dE_dX /= n_rows
    backward(outputs, slopes, network.layers, dE_dX, gradient.layers)
    return float(_arrays.weigh(error, weight).sum(dtype=np.float64)) / n_rows


class Training:
    """All that a training remembers, so that it can go on where it stopped.

    Parameters
    ----------
    network : Network
    loss : object of `skmath.calculus.losses`
    rule : object of `skmath.calculus.step_rules`
        Before its first step; its learning_rate is what the schedule multiplies.
    schedule : object of `skmath.calculus.schedules`
    alpha : float
        Strength of the penalty, alpha / 2 times the sum of the squares of the W.
    clip_norm : float or "auto"
        Longest gradient; "auto" is `CLIP` times the usual length.
    dropout : Dropout or None
    generator : numpy.random.Generator or None
        Of the order of the rows; None leaves them in theirs.
    """

    def __init__(
        self, network, loss, rule, schedule, *, alpha, clip_norm, dropout, generator
    ):
        self.network, self.loss, self.fresh_rule = network, loss, rule
        self.schedule, self.alpha, self.clip_norm = schedule, alpha, clip_norm
        self.dropout, self.generator = dropout, generator
        self.rule, self.gradient = copy.deepcopy(rule), network.gradient()
        self.learning_rate = self.rule.learning_rate
        self.usual_norm, self.first_error = 0.0, None
        self.epochs, self.back_offs = 0, 0
        self.safe, self.lowest = network.theta.copy(), math.inf

    def epoch(self, batches, level):
        """Run once over the batches; return the mean error and penalty met.

        An epoch that diverges is undone, and run again with shorter steps.

        Parameters
        ----------
        batches : Batches or ChunkedBatches
        level : float
            Error of the best constant.

        Returns
        -------
        float
            Not finite if no step was short enough.
        """
        start = self.network.theta.copy()
        error = batches.train(self, level)
        while not math.isfinite(error) and self.back_offs < MAX_BACK_OFFS:
            # Where this epoch began nobody looked: the last step may have led astray.
            self.network.theta[...] = start = self.safe.copy()
            self.rule, self.usual_norm = copy.deepcopy(self.fresh_rule), 0.0
            self.learning_rate /= BACK_OFF
            self.back_offs += 1
            error = batches.train(self, level)
        self.safe = start
        self.lowest = min(self.lowest, error)
        self.epochs += 1
        self.schedule.observe(error)
        return error

    def run_over(self, batches, level):
        """Take a step for each batch; return the mean error, or infinity."""
        total, n, steps = 0.0, len(batches.indices), len(batches)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            for i, batch in enumerate(batches.drawn(self.generator)):
                share = self.schedule.share(self.epochs + i / steps)
                self.rule.learning_rate = self.learning_rate * share
                error = self._step(batch)
                if not math.isfinite(error):
                    return math.inf
                if self.first_error is None:
                    self.first_error = abs(error)
                total += error * (len(batch[1]) / n)
            penalty = 0.5 * self.alpha * self.network.weight_squares()
        high = min(level, self.lowest) + RUNAWAY * max(abs(level), self.first_error)
        finite = math.isfinite(penalty) and np.isfinite(self.network.theta).all()
        return total + penalty if total <= high and finite else math.inf

    def _step(self, batch):
        """Forward, the error, backward, one update; return the batch's mean error."""
        network, gradient, rule = self.network, self.gradient, self.rule
        error = backpropagate(network, self.loss, batch, gradient, dropout=self.dropout)
        if rule.decays_apart:
            for layer in network.layers:
                layer.W[...] *= 1 - rule.learning_rate * self.alpha
        else:
            penalise(network, gradient, self.alpha)
        self._clip(gradient.theta)
        # One update: all the weights change together.
        network.theta += rule.step(gradient.theta)
        return error

    def _clip(self, gradient):
        """Shorten a gradient that is much longer than usual."""
        norm = math.sqrt(float(gradient @ gradient))
        limit = self.clip_norm
        if limit == "auto":
            self.usual_norm = self.usual_norm or norm
            limit = CLIP * self.usual_norm
        if norm > limit:
            gradient *= limit / norm
        self.usual_norm += 0.1 * (min(norm, limit) - self.usual_norm)


def penalise(network, gradient, alpha):
    """Add the gradient of alpha / 2 times the sum of the squares of the W."""
    if alpha:
        for layer, slope in zip(network.layers, gradient.layers, strict=True):
            slope.W[...] += alpha * layer.W


def train_on_all(training, batches, n_steps, tol, ends):
    """Descend on the error of all rows by the quasi-Newton method of SciPy.

    Parameters
    ----------
    training : Training
        Whose network's weights are changed.
    batches : Batches
    n_steps : int
        Steps at most.
    tol : float
        Largest slope of an optimum.
    ends : callable
        Of the error after each step; returns why to stop, or None.

    Returns
    -------
    str or None
        Why it ended; None after n_steps.

    References
    ----------
    .. [1] D. C. Liu and J. Nocedal, "On the limited memory BFGS method for large scale
       optimization", Mathematical Programming, 45, 1989.
    """
    network, alpha, n_rows = training.network, training.alpha, len(batches.indices)
    total, part, asked = network.gradient(), network.gradient(), [None]

    def error_and_gradient(theta):
        network.theta[...] = theta
        error, total.theta[...] = 0.5 * alpha * network.weight_squares(), 0
        penalise(network, total, alpha)
        with np.errstate(over="ignore", invalid="ignore"):
            for batch in batches.drawn():
                error += backpropagate(network, training.loss, batch, part, n_rows)
                total.theta += part.theta
        slope = total.theta.astype(np.float64)
        if math.isfinite(error) and np.isfinite(slope).all():
            return error, slope
        # A step too far: so high a place makes the line search turn back.
        return 1e100, np.nan_to_num(slope, posinf=0.0, neginf=0.0)

    def after_a_step(intermediate_result):
        network.theta[...] = intermediate_result.x
        asked[0] = ends(float(intermediate_result.fun))
        if asked[0] == "asked":
            raise StopIteration

    found = minimize(
        error_and_gradient,
        network.theta.astype(np.float64),
        jac=True,
        method="L-BFGS-B",
        callback=after_a_step,
        options={
            "maxiter": n_steps,
            "maxfun": 20 * n_steps,
            "maxcor": PAIRS,
            "gtol": tol,
            "ftol": 4 * _arrays.epsilon(network.theta),
        },
    )
    network.theta[...] = found.x
    return asked[0] or ("level" if found.success else "unfinished")
