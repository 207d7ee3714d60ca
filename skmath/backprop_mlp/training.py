"""Training by back-propagation: two loops, of epochs and of batches.

For each epoch (`epochs`), for each batch of rows (`one_epoch`):

1. forward: the outputs X_1 to X_n of the layers;
2. the error E, and its derivative with respect to X_n;
3. backward: by the chain rule dE/dW_n, from it dE/dW_(n-1), and so on to the first;
4. one update: all the weights change together, after all the gradients are known.
"""

import copy
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize
from sklearn.exceptions import ConvergenceWarning

from skmath import _arrays
from skmath._estimators.fitting import warn
from skmath._rows.threads import threads_for
from skmath.calculus import (
    SCHEDULES,
    SGD,
    STEP_RULES,
    Dropout,
    Network,
    Patience,
    backward,
    best_constant,
    forward,
    initial_weights,
)

__all__ = [
    "Progress",
    "Training",
    "backpropagate",
    "one_epoch",
    "penalise",
    "train",
    "warn_unless_level",
]

DIVERGED = 3.0
"""How many times the first error an epoch's may be above the lowest: noise of batches
and the first steps of a high learning rate stay below it, a divergence does not."""

BACK_OFF = 4.0
"""What the learning rate is divided by after a divergence: two halvings, so that few
epochs are lost while no rate much too short is taken."""

MAX_BACK_OFFS = 30
"""By 4^30 = 1e18 a learning rate may be too long at most."""

CLIP = 10.0
"""How many times longer than usual a gradient may be: batches differ less."""

NORM_SHARE = 0.1
"""Share of the newest gradient in the usual length, about that of the last ten."""

STRAYED = 0.1
"""Share of the constant's error by which the last steps may have raised the lowest
before they are taken back: noise of batches moves it by less."""

PAIRS = 10
"""Steps that the quasi-Newton method remembers: SciPy's own choice."""


@dataclass
class Progress:
    """Whether an error still falls, and the weights where it was lowest.

    Parameters
    ----------
    patience : Patience
        Epochs without progress after which it is level.
    """

    patience: Any
    lowest: float = math.inf
    best: Any = None

    def ends(self, error, theta, tol):
        """Take in an epoch's error and weights; return whether the error is level.

        It is while it is lower by tol or less.
        """
        is_level = self.patience.ends(progress=error < self.lowest - tol)
        if error < self.lowest or self.best is None:
            self.lowest, self.best = error, theta.copy()
        return is_level


class Training:
    """All that a training remembers, so that it can go on where it stopped.

    Parameters
    ----------
    options : Options
    scales : Scales
        Of the rows with which it begins.
    random_state : int
        Of the first weights, the order of the rows and dropout.

    Attributes
    ----------
    network : Network
    constant_error : float or None
        Error of the best constant prediction, where training starts; None before.
    usual_norm : float
        Length of the gradients of the last batches.
    start : ndarray
        Weights that the last epoch began with, whose error is known.
    lowest : float
        Lowest error of an epoch.
    loss_curve, validation_curve : list of float
        An error for each epoch.
    back_offs : int
        How often an epoch diverged and the learning rate was divided by `BACK_OFF`.
    """

    def __init__(self, options, scales, random_state):
        generator = np.random.default_rng(random_state)
        network = first_network(options, scales, generator)
        self.network, self.options = network, options
        self.fresh_rule = STEP_RULES.get(options.solver, SGD)(options.learning_rate)
        self.rule = copy.deepcopy(self.fresh_rule)
        self.learning_rate = options.learning_rate
        self.schedule = SCHEDULES[options.schedule](
            length=options.max_iter,
            steps=options.n_steps,
            patience=options.patience,
            tol=options.tol,
        )
        self.progress = Progress(Patience(options.patience))
        rates = options.dropout_rates
        self.dropout = rates and Dropout(rates, generator)
        self.generator = generator if options.shuffle else None
        self.gradient = network.gradient()
        self.usual_norm, self.first_error, self.constant_error = 0.0, None, None
        self.epochs, self.back_offs = 0, 0
        self.start, self.lowest = network.theta.copy(), math.inf
        self.loss_curve, self.validation_curve = [], []


def first_network(options, scales, generator):
    """Return a network of random weights that predicts the best constant."""
    inputs = scales.input_mean, scales.input_deviation
    theta = initial_weights(options.sizes, generator, options.dtype, *inputs)
    network = Network(options.sizes, options.activations, theta)
    # A column that does not vary teaches nothing.
    network.layers[0].W[~scales.varies] = 0
    last = network.layers[-1]
    last.W[...] = 0
    last.b[...] = best_constant(options.loss, scales.output_mean, options.least)
    return network


def train(training, batches, held, n_epochs, run, callbacks=None):
    """For each epoch, for each batch: forward, backward, then all weights change.

    Parameters
    ----------
    training : Training
    batches : Batches or Chunks
    held : Batches, Chunks or None
        Rows to validate each epoch on.
    n_epochs : int
        At most.
    run : callable
        Runs once over the batches: `one_epoch`, or `one_epoch_on_chunks`.
    callbacks : callable, default=None
        Of the weights after each epoch; tells whether to end. Without it a level error
        does not end training either.

    Returns
    -------
    ended : "callback", "level", "diverged", "unfinished" or None
        Why; None after n_epochs.
    theta : ndarray
        The weights to use.
    """
    network, options, ended = training.network, training.options, None
    with threads_for(batches.size, network.sizes):
        if training.constant_error is None:
            # So far the network predicts the best constant.
            training.constant_error = batches.mean_loss(network, options.loss)
        if options.solver == "lbfgs":
            ended = minimize_over_all_rows(training, batches, held, n_epochs, callbacks)
            return ended, final_weights(training, batches)
        for error in epochs(training, batches, n_epochs, run):
            ended = "diverged"
            if math.isfinite(error):
                ended = end_epoch(training, error, held, callbacks)
            if ended:
                break
        return ended, final_weights(training, batches)


def end_epoch(training, error, held, callbacks):
    """Take note of an epoch's error; return why training ends here, or None."""
    network, options = training.network, training.options
    training.loss_curve.append(error)
    # An epoch's error is that of the weights that it began with; a validation follows
    # it.
    theta = training.start
    if held is not None:
        value = held.mean_loss(network, options.loss)
        training.validation_curve.append(value)
        if options.early_stopping:
            error, theta = value, network.theta
    is_level = training.progress.ends(error, theta, training.options.tol)
    if callbacks is None:
        return None
    if callbacks(network.theta):
        return "callback"
    return "level" if is_level else None


def final_weights(training, batches):
    """Return the last weights, or the best where those are asked for or much better.

    Parameters
    ----------
    training : Training
    batches : Batches or Chunks

    Returns
    -------
    ndarray
        Flat, as the network's.
    """
    network, options, progress = training.network, training.options, training.progress
    best = options.early_stopping and options.restore_best
    if not best and options.solver != "lbfgs":
        # The last steps' error is not known yet.
        error, unit = batches.mean_loss(network, options.loss), training.constant_error
        best = error > training.lowest + STRAYED * abs(unit)
        if options.early_stopping and best:
            progress.best = training.start
    return progress.best if best and progress.best is not None else network.theta


def warn_unless_level(training, ended):
    """Warn if training did not end at a level error, or steps were too long."""
    options = training.options
    if ended == "diverged" or training.back_offs:
        warn(
            f"The loss diverged with learning_rate={options.learning_rate:g}; steps of "
            f"{training.learning_rate:.2g} were taken instead. Use a smaller "
            "learning_rate.",
            ConvergenceWarning,
        )
    elif ended not in ("callback", "level") and not training.schedule.is_planned:
        warn(
            f"The loss was still falling after max_iter={options.max_iter} epochs. "
            "Raise max_iter or tol.",
            ConvergenceWarning,
        )


def epochs(training, batches, n_epochs, run):
    """Yield the error of each epoch; one that diverges is undone and run again.

    Parameters
    ----------
    training : Training
    batches : Batches or Chunks
    n_epochs : int
    run : callable
        As in `train`.

    Yields
    ------
    float
        Mean error and penalty met; not finite if no step was short enough.
    """
    network = training.network
    for _ in range(n_epochs):
        start = network.theta.copy()
        error = run(training, batches)
        while not math.isfinite(error) and training.back_offs < MAX_BACK_OFFS:
            # The error where this epoch began is not known: the last step of the one
            # before may have led astray.
            start = training.start.copy()
            network.theta[...] = start
            training.rule = copy.deepcopy(training.fresh_rule)
            training.usual_norm = 0.0
            training.learning_rate /= BACK_OFF
            training.back_offs += 1
            error = run(training, batches)
        training.start, training.lowest = start, min(training.lowest, error)
        training.epochs += 1
        training.schedule.observe(error)
        yield error


def one_epoch(training, batches):
    """For each batch: forward, backward, one update; return the error, or infinity.

    Parameters
    ----------
    training : Training
    batches : Batches

    Returns
    -------
    float
        Mean error of the batches, and the penalty; infinite if the epoch diverged.
    """
    network, gradient = training.network, training.gradient
    loss, alpha, total = training.options.loss, training.options.alpha, 0.0
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for i, batch in enumerate(batches.shuffled(training.generator)):
            share = training.schedule.share(training.epochs + i / batches.n_batches)
            training.rule.learning_rate = training.learning_rate * share
            error = backpropagate(
                network, loss, batch, gradient, dropout=training.dropout
            )
            update(training, gradient)
            if not math.isfinite(error):
                return math.inf
            if training.first_error is None:
                training.first_error = abs(error)
            total += error * (len(batch[1]) / batches.n_rows)
        penalty = 0.5 * alpha * network.weight_squares()
    unit = max(abs(training.constant_error), training.first_error)
    high = min(training.constant_error, training.lowest) + DIVERGED * unit
    finite = math.isfinite(penalty) and np.isfinite(network.theta).all()
    return total + penalty if total <= high and finite else math.inf


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


def update(training, gradient):
    """Change all the weights together, by the penalised and clipped gradient."""
    network, rule, options = training.network, training.rule, training.options
    if rule.decays_apart:
        for layer in network.layers:
            layer.W[...] *= 1 - rule.learning_rate * options.alpha
    else:
        penalise(network, gradient, options.alpha)
    g, longest = gradient.theta, options.clip_norm
    norm = math.sqrt(float(g @ g))
    if longest == "auto":
        training.usual_norm = training.usual_norm or norm
        longest = CLIP * training.usual_norm
    if norm > longest:
        g *= longest / norm
    training.usual_norm += NORM_SHARE * (min(norm, longest) - training.usual_norm)
    network.theta += rule.step(g)


def penalise(network, gradient, alpha):
    """Add the gradient of alpha / 2 times the sum of the squares of the W."""
    if alpha:
        for layer, slope in zip(network.layers, gradient.layers, strict=True):
            slope.W[...] += alpha * layer.W


def minimize_over_all_rows(training, batches, held, n_steps, callbacks):
    """Descend on the error of all rows by the quasi-Newton method of SciPy.

    Parameters
    ----------
    training : Training
        Whose network's weights are changed.
    batches : Batches
    n_steps : int
        Steps at most.
    held, callbacks
        As in `train`: a step is an epoch.

    Returns
    -------
    "callback", "level" or "unfinished"
        Why it ended.

    References
    ----------
    .. [1] D. C. Liu and J. Nocedal, "On the limited memory BFGS method for large scale
       optimization", Mathematical Programming, 45, 1989.
    """
    network, options = training.network, training.options
    total, part, ended = network.gradient(), network.gradient(), None

    def error_and_gradient(theta):
        network.theta[...] = theta
        error, total.theta[...] = 0.5 * options.alpha * network.weight_squares(), 0
        penalise(network, total, options.alpha)
        with np.errstate(over="ignore", invalid="ignore"):
            for batch in batches.shuffled():
                error += backpropagate(
                    network, options.loss, batch, part, batches.n_rows
                )
                total.theta += part.theta
        slope = total.theta.astype(np.float64)
        if math.isfinite(error) and np.isfinite(slope).all():
            return error, slope
        # A step too far: so high a place makes the line search turn back.
        return 1e100, np.nan_to_num(slope, posinf=0.0, neginf=0.0)

    def after_a_step(intermediate_result):
        nonlocal ended
        network.theta[...] = intermediate_result.x
        ended = end_epoch(training, float(intermediate_result.fun), held, callbacks)
        if ended == "callback":
            raise StopIteration

    limits = {"maxiter": n_steps, "maxfun": 20 * n_steps}
    limits["ftol"] = 4 * _arrays.epsilon(network.theta)
    optimum = minimize(
        error_and_gradient,
        network.theta.astype(np.float64),
        jac=True,
        method="L-BFGS-B",
        callback=after_a_step,
        options={**limits, "gtol": options.tol, "maxcor": PAIRS},
    )
    network.theta[...] = optimum.x
    return ended or ("level" if optimum.success else "unfinished")
