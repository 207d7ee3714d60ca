"""Training by back-propagation: two loops, of epochs and of batches.

For each epoch (`train`), for each batch of rows (`one_epoch`):

1. forward: the outputs X_1 to X_n of the layers;
2. the error E, and its derivative with respect to X_n;
3. backward: by the chain rule dE/dW_n, from it dE/dW_(n-1), and so on to the first;
4. one update: all weights change together, after all gradients are known.
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
from skmath.backprop_mlp.members import MemberValidation, member_rows
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
    "divergence_limit_at_end",
    "moving_average",
    "new_rule",
    "new_schedule",
    "one_epoch",
    "penalise",
    "threads_for",
    "train",
    "undo_epoch",
    "warn_if_not_converged",
]

DIVERGENCE_FACTOR = 3.0
"""Maximum increase of an epoch's error above the lowest one, in units of the constant's
or the first error. Noise of batches and first steps at a high rate stay below this."""

BACK_OFF = 4.0
"""Divisor of the learning rate after a divergence: two halvings lose few epochs without
reducing the rate too much."""

MAX_BACK_OFFS = 30
"""Maximum number of reductions: a learning rate may be too high by 4^30 = 1e18."""

CLIP = 10.0
"""Maximum norm of a gradient relative to the usual one; batches differ less."""

NORM_SHARE = 0.1
"""Weight of the newest gradient in the usual norm, an average over about ten."""

GRADIENT_STEP_SOLVERS = ("sgd", "momentum", "nesterov")
"""Solvers whose steps are proportional to the gradient."""

MAX_RISE = 0.1
"""Maximum increase of the error by the last steps above the lowest one, as a fraction
of the constant's error, before they are undone; noise of batches is less."""

LBFGS_MEMORY = 10
"""Number of steps that the quasi-Newton method stores: SciPy's default."""

AVERAGED_EPOCHS = 5
"""Number of epochs in the moving average for ``average=True``."""

MIN_MULTIPLICATIONS_FOR_THREADS = 1e7
"""Number of multiplications of a product from which several threads are faster."""


@dataclass
class Training:
    """State of a training, so that it can continue where it stopped.

    Whether an epoch diverged is judged by errors on its own rows, and not on the rows
    of earlier calls.

    Parameters
    ----------
    options : Options
    network, gradient : Network
    fresh_rule, rule : object of `skmath.calculus.step_rules`
        Step rule before the first step, and now.
    schedule : Schedule
    patience : Patience
        Counter of epochs without progress.
    generator : numpy.random.Generator or None
        Generator that shuffles the rows; None does not shuffle.
    dropout : Dropout or None
    learning_rate : float
        Learning rate; lower than that of the options after a divergence.
    start : ndarray
        Weights at the start of the last epoch, whose error is known.
    constant : ndarray of shape (n_outputs,)
        Outputs of the best constant prediction, where training starts.
    average : MovingAverage or None
        Average of the weights over the steps, for predictions.
    data, monitored_data : tuple, default=()
        Fingerprints of the training rows, and of the rows that determine the end.
    epochs, back_offs : int, default=0
        Numbers of epochs, and of divergences after which the learning rate was
        divided by `BACK_OFF`.
    usual_norm : float, default=0.0
        Average norm of the gradients of the last batches.
    constant_error : float, default=None
        Error of that constant on the current rows; None before training.
    first_error : float, default=None
        Error of the first batch of the current rows; None before.
    lowest : float, default=inf
        Lowest error of an epoch on the current rows.
    last_error : float, default=0.0
        Error of the last weights at the end of a call; 0 if it was not computed.
    lowest_monitored : float, default=inf
        Lowest of the errors that determine the end: validation with early stopping.
    best : ndarray, default=None
        Weights with that error.
    member_validation : MemberValidation or None
        Results of the members on their held-out rows.
    monitored_from : int, default=0
        Start of the part of validation_curve that belongs to the current rows.
    loss_curve, validation_curve : list of float
        One error per epoch.
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
    data: tuple[Any, ...] = ()
    monitored_data: tuple[Any, ...] = ()
    epochs: int = 0
    back_offs: int = 0
    usual_norm: float = 0.0
    constant_error: Any = None
    first_error: Any = None
    lowest: float = math.inf
    last_error: float = 0.0
    lowest_monitored: float = math.inf
    best: Any = None
    member_validation: Any = None
    monitored_from: int = 0
    loss_curve: list[float] = field(default_factory=list)
    validation_curve: list[float] = field(default_factory=list)

    @property
    def best_iteration(self):
        """Epoch with the lowest error on the current validation rows."""
        first = min(self.monitored_from, len(self.validation_curve) - 1)
        return first + int(np.argmin(self.validation_curve[first:]))


def begin(options, scales, random_state):
    """Return a new training of a network with random weights.

    The weights of the last layer are 0, so that it predicts the best constant, except
    in classifiers with steps proportional to the gradient, which would be too short.

    Parameters
    ----------
    options : Options
    scales : Scales
        Scales of the first rows.
    random_state : int
        Seed for initial weights, shuffling and dropout.

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
    # Losses of classes grow at most linearly with the outputs; others may overflow.
    classifies = options.loss.task == "classification"
    if not (classifies and options.solver in GRADIENT_STEP_SOLVERS):
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
        member_validation=n_members and MemberValidation.of(n_members),
        constant=last_output(np.atleast_2d(outputs), after)[0],
        average=moving_average(options),
    )


def first_outputs(options, mean):
    """Return the initial outputs of the last matrix.

    They are those of the best constant; for several quantiles, those of a normal
    distribution with variance 1, like that of standardised targets.

    Parameters
    ----------
    options : Options
    mean : ndarray of shape (n_outputs,)
        Means of the standardised targets.
    """
    constant = best_constant(options.loss, mean, options.min_probability)
    if not options.after:
        return constant
    (increasing,) = options.after
    return increasing.inverse(constant + ndtri(options.loss.quantile))


def new_rule(options, network):
    """Return a new step rule."""
    if options.solver == "muon":
        return Muon(options.learning_rate, matrices=hidden_matrices(network))
    return STEP_RULES.get(options.solver, SGD)(options.learning_rate)


def hidden_matrices(network):
    """Return (start, shape) of each W between the first and the last layer.

    The inputs of the first layer are columns, and the outputs of the last one classes
    or targets; these directions have a meaning and should not be mixed.
    """
    theta = network.theta
    return [
        ((W.ctypes.data - theta.ctypes.data) // theta.itemsize, W.shape)
        for layer in network.dense[1:-1]
        for W in layer.shrunk
    ]


def new_schedule(options, start=0):
    """Return the schedule, with a plan that starts at this epoch."""
    plan = options.max_iter, options.n_steps, options.patience, options.tol
    return SCHEDULES[options.schedule](*plan, start)


def moving_average(options):
    """Return a new moving average of the weights, or None without averaging."""
    steps = options.average
    if steps is True:
        steps = AVERAGED_EPOCHS * options.n_steps
    return MovingAverage(steps) if steps else None


def train(training, batches, validation, run_epoch, n_epochs, callbacks=None):
    """For each epoch, for each batch: forward, backward, then all weights change.

    Parameters
    ----------
    training : Training
    batches : Batches or Chunks
    validation : Batches, Chunks or None
        Validation rows.
    run_epoch : callable
        Function for one epoch: `one_epoch`, or `one_epoch_on_chunks`.
    n_epochs : int
        Maximum number of epochs.
    callbacks : callable, default=None
        Function of the weights after each epoch that returns whether to stop. Without
        it training does not stop if the error is level either.

    Returns
    -------
    ended : "callback", "level", "diverged", "unfinished" or None
        Reason of the end; None after n_epochs.
    theta : ndarray
        The weights to use.
    """
    network, options, ended = training.network, training.options, None
    with threads_for(batches.size, network.sizes):
        if options.solver == "lbfgs":
            parts = training, batches, validation
            ended = minimize_over_all_rows(*parts, n_epochs, callbacks)
            return ended, final_weights(training, batches)
        for _ in range(n_epochs):
            start = network.theta.copy()
            error = run_epoch(training, batches)
            while not math.isfinite(error) and training.back_offs < MAX_BACK_OFFS:
                start = undo_epoch(training)
                error = run_epoch(training, batches)
            training.start, training.lowest = start, min(training.lowest, error)
            training.epochs += 1
            training.schedule.observe(error)
            ended = "diverged"
            if math.isfinite(error):
                ended = end_epoch(training, error, validation, callbacks)
            if ended:
                break
        return ended, final_weights(training, batches)


def threads_for(n_rows, sizes):
    """Return a context with the number of threads that a network's products can use.

    Small products are not faster with a second thread, and much slower if other
    processes occupy the cores, because the threads wait for each other.

    Parameters
    ----------
    n_rows : int
        Number of rows of a batch.
    sizes : list of int
        Widths of the input, the hidden layers and the output.
    """
    largest = max(a * b for a, b in itertools.pairwise(sizes))
    if n_rows * largest < MIN_MULTIPLICATIONS_FOR_THREADS:
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
        Mean error of the batches plus the penalty; infinite if the epoch diverged.
    """
    network, gradient = training.network, training.gradient
    loss, alpha, total = training.options.loss, training.options.alpha, 0.0
    n_members = network.n_members or 1
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for i, batch in enumerate(batches.shuffled(training.generator)):
            share = training.schedule.factor_at(training.epochs + i / batches.n_batches)
            training.rule.learning_rate = training.learning_rate * share
            error, X_n = backpropagate(
                network, loss, batch, gradient, dropout=training.dropout
            )
            update(training, gradient)
            if not math.isfinite(error):
                return math.inf
            if batch.left_out is not None:
                training.member_validation.add_batch(batch, X_n, batches.repetitions)
            error /= n_members
            if training.first_error is None:
                training.first_error = abs(error)
            total += error * (len(batch.G) / batches.n_rows)
        penalty = 0.5 * alpha * network.weight_squares() / n_members
    is_finite = math.isfinite(penalty) and np.isfinite(network.theta).all()
    is_finite = is_finite and total <= divergence_limit(training)
    return total + penalty if is_finite else math.inf


def divergence_limit(training):
    """Return the highest error on the current rows that is not a divergence."""
    unit = max(abs(training.constant_error), training.first_error or 0.0)
    return min(training.constant_error, training.lowest) + DIVERGENCE_FACTOR * unit


def divergence_limit_at_end(training):
    """Return the highest error of a call's last weights that is not a divergence.

    A divergence is an error far above the constant's and above that at the start of the
    call. A limit relative to the first error alone would rise from call to call.
    """
    constant, first = training.constant_error, training.first_error or 0.0
    expected = min(constant, training.lowest) + DIVERGENCE_FACTOR * abs(constant)
    return max(expected, first + MAX_RISE * abs(first))


def backpropagate(network, loss, batch, gradient, n_rows=None, dropout=None):
    """Compute the gradient of the batch's mean error; return error and outputs.

    Parameters
    ----------
    network, gradient : Network
    loss : object of `skmath.calculus.losses`
    batch : Batch
    n_rows : int, default=None
        Divisor of the sum of errors; None is the batch's number of rows.
    dropout : Dropout, default=None

    Returns
    -------
    error : float
        Error; the sum for several networks.
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
    """Update all weights together, by the penalised and clipped gradient."""
    network, rule, options = training.network, training.rule, training.options
    if rule.decouples_decay:
        for layer in network.layers:
            for W in layer.shrunk:
                W[...] *= 1 - rule.learning_rate * options.alpha
    else:
        penalise(network, gradient, options.alpha)
    g, max_norm = gradient.theta, options.clip_norm
    norm = math.sqrt(float(g @ g))
    if training.first_error is None:
        # At the best constant the derivative of its b is a rounding error, which rules
        # that divide by the gradient's norm would turn into a step.
        g[np.abs(g) <= _arrays.epsilon(g) * norm] = 0
    if max_norm == "auto":
        training.usual_norm = training.usual_norm or norm
        max_norm = CLIP * training.usual_norm
    if norm > max_norm:
        g *= max_norm / norm
    training.usual_norm += NORM_SHARE * (min(norm, max_norm) - training.usual_norm)
    network.theta += rule.step(g)
    if training.average is not None:
        training.average.observe(network.theta)


def penalise(network, gradient, alpha):
    """Add the gradient of alpha / 2 times the sum of the squares of the W."""
    if alpha:
        for layer, slope in zip(network.layers, gradient.layers, strict=True):
            for W, dW in zip(layer.shrunk, slope.shrunk, strict=True):
                dW[...] += alpha * W


def undo_epoch(training):
    """Undo an epoch that diverged and reduce the steps; return the restored weights."""
    # Restart at weights whose error is known: the last step of the previous epoch may
    # have caused the divergence.
    start = training.start.copy()
    training.network.theta[...] = start
    training.rule = copy.deepcopy(training.fresh_rule)
    training.average = moving_average(training.options)
    training.usual_norm = 0.0
    if training.member_validation is not None:
        training.member_validation.forget()
    training.learning_rate /= BACK_OFF
    training.back_offs += 1
    return start


def end_epoch(training, error, validation, callbacks):
    """Record an epoch's error; return the reason to stop training, or None."""
    network, options = averaged_network(training), training.options
    training.loss_curve.append(error)
    # An epoch's error belongs to its initial weights; validation uses the final ones.
    theta = training.start
    if validation is not None:
        value = validation.mean_loss(network, options.validation_loss)
        training.validation_curve.append(value)
        if options.early_stopping:
            error, theta = value, network.theta
    has_improved = error < training.lowest_monitored - options.tol
    members = training.member_validation
    if members is not None and members.outputs:
        value, has_improved = members.end_epoch(network, options.validation_loss)
        if validation is None:
            training.validation_curve.append(value)
    if options.verbose and len(training.loss_curve) % options.verbose == 0:
        print(last_errors(training))
    is_level = training.patience.ends(progress=has_improved) and is_past_half(training)
    if error < training.lowest_monitored or training.best is None:
        training.lowest_monitored, training.best = error, theta.copy()
    if callbacks is None:
        return None
    if callbacks(network.theta):
        return "callback"
    return "level" if is_level else None


def is_past_half(training):
    """Return whether half of a planned schedule is over; before, the error may rise."""
    length, n_done = training.schedule.length, training.epochs - training.schedule.start
    return not training.schedule.is_planned or 2 * ((n_done - 1) % length + 1) >= length


def last_errors(training):
    """Return a line with the errors of the last epoch, for printing."""
    line = f"Epoch {len(training.loss_curve)}: loss {training.loss_curve[-1]:.6f}"
    if training.validation_curve:
        line += f", validation {training.validation_curve[-1]:.6f}"
    return line


def averaged_network(training):
    """Return the network with averaged weights, if there is an average."""
    if training.average is None or training.average.mean is None:
        return training.network
    return training.network.like(training.average.mean)


def final_weights(training, batches):
    """Return the last weights, or the best if requested or much better.

    The last weights are their moving average if there is one.

    Parameters
    ----------
    training : Training
    batches : Batches or Chunks

    Returns
    -------
    ndarray
        Flat array of all weights.
    """
    options, theta = training.options, averaged_network(training).theta
    best, training.last_error = options.early_stopping and options.restore_best, 0.0
    if batches.parts is not None and training.member_validation.best is not None:
        return training.member_validation.weights()
    if options.solver != "lbfgs":
        training.last_error = error = last_error(training, batches)
        has_risen = error > training.lowest + MAX_RISE * abs(training.constant_error)
        if best or training.average is not None:
            # Averages are robust to noise. The best weights may be the bad last ones.
            has_risen = error > divergence_limit_at_end(training)
            has_risen &= not best or np.array_equal(training.best, theta)
        if options.early_stopping and has_risen:
            training.best = training.start
        best = best or has_risen
    return training.best if best and training.best is not None else theta


def last_error(training, batches):
    """Return an error of the last weights.

    If the best weights are used, it is only needed to detect a divergence of the last
    steps: a low validation error excludes it and saves a pass.
    """
    options, averages = training.options, training.average is not None
    if options.early_stopping and options.restore_best and not averages:
        error = training.validation_curve[-1] if training.validation_curve else math.inf
        if error <= divergence_limit_at_end(training):
            return error
    return batches.mean_loss(training.network, options.loss)


def warn_if_not_converged(training, ended):
    """Warn if the error was still falling at the end, or training diverged."""
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


def minimize_over_all_rows(training, batches, validation, n_steps, callbacks):
    """Minimise the error of all rows by SciPy's quasi-Newton method.

    Parameters
    ----------
    training : Training
        Training whose network is changed.
    batches : Batches
    n_steps : int
        Maximum number of steps.
    held, callbacks
        See `train`; a step counts as an epoch.

    Returns
    -------
    "callback", "level" or "unfinished"
        Reason of the end.

    References
    ----------
    .. [1] D. C. Liu and J. Nocedal, "On the limited memory BFGS method for large scale
       optimization", Mathematical Programming, 45, 1989.
    """
    network, options = training.network, training.options
    gradient, of_batch, ended = network.gradient(), network.gradient(), None

    def error_and_gradient(theta):
        network.theta[...] = theta
        error, gradient.theta[...] = 0.5 * options.alpha * network.weight_squares(), 0
        penalise(network, gradient, options.alpha)
        with np.errstate(over="ignore", invalid="ignore"):
            for batch in batches.shuffled():
                error += backpropagate(
                    network, options.loss, batch, of_batch, batches.n_rows
                )[0]
                gradient.theta += of_batch.theta
        slope = gradient.theta.astype(np.float64)
        if math.isfinite(error) and np.isfinite(slope).all():
            return error, slope
        # The step was too long: a high value makes the line search go back.
        return 1e100, np.nan_to_num(slope, posinf=0.0, neginf=0.0)

    def after_a_step(intermediate_result):
        nonlocal ended
        network.theta[...] = intermediate_result.x
        error = float(intermediate_result.fun)
        ended = end_epoch(training, error, validation, callbacks)
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
        options={**limits, "gtol": options.tol, "maxcor": LBFGS_MEMORY},
    )
    network.theta[...] = optimum.x
    return ended or ("level" if optimum.success else "unfinished")
