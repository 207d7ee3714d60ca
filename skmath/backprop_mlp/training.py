"""Training by back-propagation: two loops, of epochs and of batches.

For each epoch (`train`), for each batch of rows (`one_epoch`):

1. forward: the outputs X_1 to X_n of the layers;
2. the error E, and its derivative with respect to X_n;
3. backward: by the chain rule dE/dW_n, from it dE/dW_(n-1), and so on to the first;
4. one update: all the weights change together, after all the gradients are known.
"""

import contextlib
import copy
import itertools
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import ndtri
from sklearn.exceptions import ConvergenceWarning

from skmath import _arrays
from skmath._estimators.fitting import warn
from skmath._rows.rows import one_thread
from skmath.backprop_mlp.constant_columns import without_constant_columns
from skmath.backprop_mlp.members import LeftOut, member_rows
from skmath.calculus import (
    SCHEDULES,
    SGD,
    STEP_RULES,
    Dropout,
    MovingAverage,
    Muon,
    Network,
    Patience,
    backward,
    best_constant,
    forward,
    initial_weights,
    last_output,
)

__all__ = [
    "Training",
    "backpropagate",
    "begin",
    "highest_at_the_end",
    "moving_average",
    "new_rule",
    "new_schedule",
    "one_epoch",
    "penalise",
    "take_back",
    "threads_for",
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

AS_LONG_AS_GRADIENTS = ("sgd", "momentum", "nesterov")
"""Solvers whose steps are."""

STRAYED = 0.1
"""Share of the constant's error by which the last steps may have raised the lowest
before they are taken back: noise of batches moves it by less."""

PAIRS = 10
"""Steps that the quasi-Newton method remembers: SciPy's own choice."""

AVERAGED_EPOCHS = 5
"""Epochs whose steps the average of ``average=True`` reaches back."""

WORTH_MORE_THREADS = 1e7
"""Multiplications of a product from which more than one thread gains."""


@dataclass
class Training:
    """All that a training remembers, so that it can go on where it stopped.

    Whether an epoch diverged is judged by errors of the rows that it ran over: those of
    other rows, of calls before, say nothing about it.

    Parameters
    ----------
    options : Options
    network, gradient : Network
    fresh_rule, rule : object of `skmath.calculus.step_rules`
        As before the first step, and now.
    schedule : Schedule
    patience : Patience
        Epochs without progress after which the error is level.
    generator : numpy.random.Generator or None
        Of the order of the rows; None leaves them in theirs.
    dropout : Dropout or None
    learning_rate : float
        Lower than that of the options after an epoch that diverged.
    start : ndarray
        Weights that the last epoch began with, whose error is known.
    constant : ndarray of shape (n_outputs,)
        Outputs of the best constant prediction, where training starts.
    average : MovingAverage or None
        Of the weights after each step, for predictions.
    data, watched_data : tuple, default=()
        Fingerprints of the rows to train on, and of those that tell when to end.
    epochs, back_offs : int, default=0
        How many there were, and how often one diverged and the learning rate was
        divided by `BACK_OFF`.
    usual_norm : float, default=0.0
        Length of the gradients of the last batches.
    constant_error : float, default=None
        Error of that constant on these rows; None before.
    first_error : float, default=None
        Of the first batch of these rows; None before.
    lowest : float, default=inf
        Lowest error of an epoch of these rows.
    last_error : float, default=0.0
        Of the last weights, at the end of a call; 0 where it was not looked at.
    lowest_watched : float, default=inf
        Lowest of the errors that tell when to end: of validation with early stopping.
    best : ndarray, default=None
        Weights of that error.
    left_out : LeftOut or None
        What members say of the rows that they leave out.
    watched_from : int, default=0
        First error of the validation_curve that is of the same rows as the last.
    loss_curve, validation_curve : list of float
        An error for each epoch.
    """

    options: Any
    network: Any
    gradient: Any
    fresh_rule: Any
    rule: Any
    schedule: Any
    patience: Any
    generator: Any
    dropout: Any
    learning_rate: float
    start: Any
    constant: Any
    average: Any = None
    data: tuple = ()
    watched_data: tuple = ()
    epochs: int = 0
    back_offs: int = 0
    usual_norm: float = 0.0
    constant_error: Any = None
    first_error: Any = None
    lowest: float = math.inf
    last_error: float = 0.0
    lowest_watched: float = math.inf
    best: Any = None
    left_out: Any = None
    watched_from: int = 0
    loss_curve: list = field(default_factory=list)
    validation_curve: list = field(default_factory=list)

    @property
    def best_iteration(self):
        """Epoch of the lowest error on the present validation rows."""
        since = min(self.watched_from, len(self.validation_curve) - 1)
        return since + int(np.argmin(self.validation_curve[since:]))


def begin(options, scales, random_state):
    """Return the training of a network of random weights.

    It predicts the best constant, for the weights of its last layer are 0; but not a
    classifier whose steps are as long as gradients, which would be short for long.

    Parameters
    ----------
    options : Options
    scales : Scales
        Of the rows with which it begins.
    random_state : int
        Of the first weights, the order of the rows and dropout.

    Returns
    -------
    Training
    """
    generator = np.random.default_rng(random_state)
    inputs = scales.input_mean, scales.input_deviation
    sizes, n_members, parts = options.sizes, options.n_members, []
    for kind in options.before:
        inputs = kind.moments(*inputs)
        parts.append(kind.initial(generator).astype(options.dtype))
    parts.append(initial_weights(sizes, generator, options.dtype, *inputs, n_members))
    shape = sizes, options.activations, np.concatenate(parts), n_members
    network = Network(*shape, options.before, options.after)
    network = without_constant_columns(network, scales.standardizer.constant)
    if options.scaled:
        network = network.with_scales()
    last = network.dense[-1]
    # The loss of a class grows no faster than its outputs, others may overflow.
    classifies = options.loss.task == "classification"
    if not (classifies and options.solver in AS_LONG_AS_GRADIENTS):
        last.W[...] = 0
    outputs = first_outputs(options, scales.output_mean)
    last.b[...] = outputs
    after = network.layers[len(network.before) + len(network.dense) :]
    rule, rates = new_rule(options, network), options.dropout_rates
    return Training(
        options=options,
        network=network,
        gradient=network.gradient(),
        fresh_rule=rule,
        rule=copy.deepcopy(rule),
        schedule=new_schedule(options),
        patience=Patience(options.patience),
        generator=generator if options.shuffle else None,
        dropout=rates and Dropout(rates, generator),
        learning_rate=options.learning_rate,
        start=network.theta.copy(),
        left_out=n_members and LeftOut.of(n_members),
        constant=last_output(np.atleast_2d(outputs), after)[0],
        average=moving_average(options),
    )


def first_outputs(options, mean):
    """Return the outputs of the last matrix with which training starts.

    Those of the best constant; of several quantiles those of a normal distribution of
    variance 1, which standardised targets have.

    Parameters
    ----------
    options : Options
    mean : ndarray of shape (n_outputs,)
        Of the standardised targets.
    """
    constant = best_constant(options.loss, mean, options.least)
    if not options.after:
        return constant
    (increasing,) = options.after
    return increasing.inverse(constant + ndtri(options.loss.quantile))


def new_rule(options, network):
    """Return the rule of the steps, before the first one."""
    if options.solver == "muon":
        return Muon(options.learning_rate, matrices=hidden_matrices(network))
    return STEP_RULES.get(options.solver, SGD)(options.learning_rate)


def hidden_matrices(network):
    """Return (start, shape) of each W between the first and the last layer.

    The first layer's inputs are columns and the last one's outputs are classes or
    targets: their directions mean something, and are not to be moved alike.
    """
    theta = network.theta
    return [
        ((W.ctypes.data - theta.ctypes.data) // theta.itemsize, W.shape)
        for layer in network.dense[1:-1]
        for W in layer.shrunk
    ]


def new_schedule(options, start=0):
    """Return the schedule, whose plan begins at this epoch."""
    plan = options.max_iter, options.n_steps, options.patience, options.tol
    return SCHEDULES[options.schedule](*plan, start)


def moving_average(options):
    """Return the average of the weights before the first step, or None without."""
    steps = options.average
    if steps is True:
        steps = AVERAGED_EPOCHS * options.n_steps
    return MovingAverage(steps) if steps else None


def train(training, batches, held, run_epoch, n_epochs, callbacks=None):
    """For each epoch, for each batch: forward, backward, then all weights change.

    Parameters
    ----------
    training : Training
    batches : Batches or Chunks
    held : Batches, Chunks or None
        Rows to validate each epoch on.
    run_epoch : callable
        Runs once over the batches: `one_epoch`, or `one_epoch_on_chunks`.
    n_epochs : int
        At most.
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
        if options.solver == "lbfgs":
            ended = minimize_over_all_rows(training, batches, held, n_epochs, callbacks)
            return ended, final_weights(training, batches)
        for _ in range(n_epochs):
            start = network.theta.copy()
            error = run_epoch(training, batches)
            while not math.isfinite(error) and training.back_offs < MAX_BACK_OFFS:
                start = take_back(training)
                error = run_epoch(training, batches)
            training.start, training.lowest = start, min(training.lowest, error)
            training.epochs += 1
            training.schedule.observe(error)
            ended = "diverged"
            if math.isfinite(error):
                ended = end_epoch(training, error, held, callbacks)
            if ended:
                break
        return ended, final_weights(training, batches)


def threads_for(n_rows, sizes):
    """Return a context with as many threads as a network's products can use.

    A short product gains nothing from a second thread, and loses much where other
    processes hold the cores: each thread then waits for all.

    Parameters
    ----------
    n_rows : int
        Of a batch.
    sizes : list of int
        Of the input, the hidden layers and the output.
    """
    largest = max(a * b for a, b in itertools.pairwise(sizes))
    if n_rows * largest < WORTH_MORE_THREADS:
        return one_thread()
    return contextlib.nullcontext()


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
    n_members = network.n_members or 1
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for i, batch in enumerate(batches.shuffled(training.generator)):
            share = training.schedule.share(training.epochs + i / batches.n_batches)
            training.rule.learning_rate = training.learning_rate * share
            error, X_n = backpropagate(
                network, loss, batch, gradient, dropout=training.dropout
            )
            update(training, gradient)
            if not math.isfinite(error):
                return math.inf
            if batch.left_out is not None:
                training.left_out.hear(batch, X_n, batches.repetitions)
            error /= n_members
            if training.first_error is None:
                training.first_error = abs(error)
            total += error * (len(batch.G) / batches.n_rows)
        penalty = 0.5 * alpha * network.weight_squares() / n_members
    finite = math.isfinite(penalty) and np.isfinite(network.theta).all()
    return total + penalty if finite and total <= highest(training) else math.inf


def highest(training):
    """Return the highest error of these rows that is no divergence."""
    unit = max(abs(training.constant_error), training.first_error or 0.0)
    return min(training.constant_error, training.lowest) + DIVERGED * unit


def highest_at_the_end(training):
    """Return the highest error of a call's last weights that is no divergence.

    It is one if it is much above the constant's and above what the call began with,
    for then the steps made it so: a limit that followed the first error alone would
    rise with the error from call to call.
    """
    constant, first = training.constant_error, training.first_error or 0.0
    expected = min(constant, training.lowest) + DIVERGED * abs(constant)
    return max(expected, first + STRAYED * abs(first))


def backpropagate(network, loss, batch, gradient, n_rows=None, dropout=None):
    """Fill the gradient with that of the batch's mean error; return error and outputs.

    Parameters
    ----------
    network, gradient : Network
    loss : object of `skmath.calculus.losses`
    batch : Batch
    n_rows : int, default=None
        What the sum of the errors is divided by; None is the batch's number of rows.
    dropout : Dropout, default=None

    Returns
    -------
    error : float
        Of several networks the sum of theirs.
    X_n : ndarray of shape (n_samples, n_outputs) or (n_members, n_samples, n_outputs)
    """
    X, G, weight, left_out = batch
    n_rows = len(G) if n_rows is None else n_rows
    outputs, slopes = forward(X, network.layers, dropout)
    X_n = outputs[-1]
    if network.n_members is not None:
        G, weight = member_rows(G, weight, left_out, network.n_members)
    error, dE_dX = loss.value_and_gradient(G, X_n.reshape(G.shape))
    dE_dX = _arrays.weigh(dE_dX, weight)
    dE_dX /= n_rows
    backward(outputs, slopes, network.layers, dE_dX.reshape(X_n.shape), gradient.layers)
    return float(_arrays.weigh(error, weight).sum(dtype=np.float64)) / n_rows, X_n


def update(training, gradient):
    """Change all the weights together, by the penalised and clipped gradient."""
    network, rule, options = training.network, training.rule, training.options
    if rule.decays_apart:
        for layer in network.layers:
            for W in layer.shrunk:
                W[...] *= 1 - rule.learning_rate * options.alpha
    else:
        penalise(network, gradient, options.alpha)
    g, longest = gradient.theta, options.clip_norm
    norm = math.sqrt(float(g @ g))
    if training.first_error is None:
        # At the best constant the derivative of its b is rounding, and a rule that
        # divides by the gradient's length would make a step of it.
        g[np.abs(g) <= _arrays.epsilon(g) * norm] = 0
    if longest == "auto":
        training.usual_norm = training.usual_norm or norm
        longest = CLIP * training.usual_norm
    if norm > longest:
        g *= longest / norm
    training.usual_norm += NORM_SHARE * (min(norm, longest) - training.usual_norm)
    network.theta += rule.step(g)
    if training.average is not None:
        training.average.observe(network.theta)


def penalise(network, gradient, alpha):
    """Add the gradient of alpha / 2 times the sum of the squares of the W."""
    if alpha:
        for layer, slope in zip(network.layers, gradient.layers, strict=True):
            for W, dW in zip(layer.shrunk, slope.shrunk, strict=True):
                dW[...] += alpha * W


def take_back(training):
    """Undo an epoch that diverged, shorten the steps; return where it begins anew."""
    # The error where it began is not known: the last step of the epoch before may have
    # led astray.
    start = training.start.copy()
    training.network.theta[...] = start
    training.rule = copy.deepcopy(training.fresh_rule)
    training.average = moving_average(training.options)
    training.usual_norm = 0.0
    if training.left_out is not None:
        training.left_out.forget()
    training.learning_rate /= BACK_OFF
    training.back_offs += 1
    return start


def end_epoch(training, error, held, callbacks):
    """Take note of an epoch's error; return why training ends here, or None."""
    network, options = averaged_network(training), training.options
    training.loss_curve.append(error)
    # An epoch's error is that of the weights that it began with; a validation follows
    # it.
    theta = training.start
    if held is not None:
        value = held.mean_loss(network, options.validation_loss)
        training.validation_curve.append(value)
        if options.early_stopping:
            error, theta = value, network.theta
    falls = error < training.lowest_watched - options.tol
    if training.left_out is not None and training.left_out.said:
        value, falls = training.left_out.end_epoch(network, options.validation_loss)
        if held is None:
            training.validation_curve.append(value)
    if options.verbose and len(training.loss_curve) % options.verbose == 0:
        print(last_errors(training))
    is_level = training.patience.ends(progress=falls) and is_past_half(training)
    if error < training.lowest_watched or training.best is None:
        training.lowest_watched, training.best = error, theta.copy()
    if callbacks is None:
        return None
    if callbacks(network.theta):
        return "callback"
    return "level" if is_level else None


def is_past_half(training):
    """Tell whether long steps are over: while they are taken, the error may rise."""
    plan, done = training.schedule.length, training.epochs - training.schedule.start
    return not training.schedule.is_planned or 2 * ((done - 1) % plan + 1) >= plan


def last_errors(training):
    """Return a line with the errors of the last epoch."""
    line = f"Epoch {len(training.loss_curve)}: loss {training.loss_curve[-1]:.6f}"
    if training.validation_curve:
        line += f", validation {training.validation_curve[-1]:.6f}"
    return line


def averaged_network(training):
    """Return the network with the average of the weights, if there is one."""
    if training.average is None or training.average.mean is None:
        return training.network
    return training.network.like(training.average.mean)


def final_weights(training, batches):
    """Return the last weights, or the best where those are asked for or much better.

    The last weights are their average where one is kept.

    Parameters
    ----------
    training : Training
    batches : Batches or Chunks

    Returns
    -------
    ndarray
        Flat, as the network's.
    """
    options, theta = training.options, averaged_network(training).theta
    best, training.last_error = options.early_stopping and options.restore_best, 0.0
    if batches.parts is not None and training.left_out.best is not None:
        return training.left_out.weights()
    if options.solver != "lbfgs":
        training.last_error = error = last_error(training, batches)
        strayed = error > training.lowest + STRAYED * abs(training.constant_error)
        if best or training.average is not None:
            # An average bears noise. The best weights may be the last, and not good.
            strayed = error > highest_at_the_end(training)
            strayed &= not best or np.array_equal(training.best, theta)
        if options.early_stopping and strayed:
            training.best = training.start
        best = best or strayed
    return training.best if best and training.best is not None else theta


def last_error(training, batches):
    """Return an error of the last weights, which is not known yet.

    Where the best weights are used it only tells whether the last steps led astray: a
    low validation error says that they did not, and spares a pass.
    """
    options, averages = training.options, training.average is not None
    if options.early_stopping and options.restore_best and not averages:
        error = training.validation_curve[-1] if training.validation_curve else math.inf
        if error <= highest_at_the_end(training):
            return error
    return batches.mean_loss(training.network, options.loss)


def warn_unless_level(training, ended):
    """Warn if training did not end at a level error, or steps were too long."""
    options = training.options
    if ended == "diverged" or training.back_offs:
        warn(
            f"Training diverged at learning_rate={options.learning_rate:g}; "
            f"{training.learning_rate:.2g} was used instead. Use a smaller "
            "learning_rate.",
            ConvergenceWarning,
        )
    elif ended not in ("callback", "level") and not training.schedule.is_planned:
        warn(
            f"The loss was still falling after max_iter={options.max_iter} epochs. "
            "Increase max_iter or tol.",
            ConvergenceWarning,
        )


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
                )[0]
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
