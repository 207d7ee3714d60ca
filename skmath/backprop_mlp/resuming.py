"""Continuation of a training, possibly with other parameters or rows.

With the same parameters and rows it continues as if it had not stopped. A changed
parameter takes effect from here on. With other rows the safeguards are reset, because
the expected and the lowest error were those of the old rows.
"""

import copy
import math
import zlib
from dataclasses import replace

import numpy as np

from skmath import _arrays
from skmath.backprop_mlp.members import MemberValidation
from skmath.backprop_mlp.options import check_solver
from skmath.backprop_mlp.training import (
    MAX_BACK_OFFS,
    divergence_limit_at_end,
    moving_average,
    new_rule,
    new_schedule,
    undo_epoch,
)

__all__ = ["reset_if_data_changed", "resume"]

ENOUGH_EPOCHS = 10
"""Minimum number of epochs of a call with other rows that starts with the full learning
rate again. In so many epochs a divergence is detected and undone; calls with single
epochs keep the reduced learning rate."""

SAMPLE_ROWS = 200
"""Number of evenly spaced rows of a block that are compared to detect other rows: a
change that does not affect them hardly affects the mean error."""


def resume(training, changes):
    """Return a copy of a training that continues with these options.

    Parameters
    ----------
    training : Training
        The training after the last call; it is not changed.
    changes : dict
        Changed fields of `Options`.

    Returns
    -------
    Training
    """
    old, curves = training.options, (training.loss_curve, training.validation_curve)
    # Constant objects are shared, and lists of numbers are copied as a whole.
    copied = {id(old): old, **{id(curve): curve.copy() for curve in curves}}
    training = copy.deepcopy(training, copied)
    options = training.options = replace(old, **changes)
    check_solver(options.solver, options.dropout_rates, options.average)
    if options.solver != old.solver:
        training.fresh_rule = new_rule(options, training.network)
        training.rule = copy.deepcopy(training.fresh_rule)
    if (options.solver, options.learning_rate) != (old.solver, old.learning_rate):
        training.learning_rate, training.back_offs = options.learning_rate, 0
    if options.schedule != old.schedule:
        training.schedule = new_schedule(options, training.epochs)
    elif options.max_iter != old.max_iter:
        # The plan of this call begins with it.
        training.schedule.length = options.max_iter
        training.schedule.start = training.epochs
    schedule = training.schedule
    schedule.steps, schedule.patience = options.n_steps, options.patience
    schedule.tol, training.patience.steps = options.tol, options.patience
    if repr(options.average) != repr(old.average):  # True is not 1 here
        training.average = moving_average(options)
    return training


def reset_if_data_changed(training, rows, validation, standardizer, n_epochs):
    """Store fingerprints of the rows, and reset the safeguards if they changed.

    Parameters
    ----------
    training : Training
    rows : Rows
        Training rows.
    validation : Rows or None
        Validation rows.
    standardizer : Standardizer
    n_epochs : int
        Maximum number of epochs of the call.
    """
    data = fingerprint(rows)
    is_monitored = validation is not None and training.options.early_stopping
    monitored_data = ("trained on", data)
    if is_monitored:
        monitored_data = ("held out", fingerprint(validation))
    if training.monitored_data != monitored_data:
        training.lowest_monitored, training.best = math.inf, None
        if is_monitored or training.member_validation is not None:
            training.monitored_from = len(training.validation_curve)
    if training.constant_error is None:
        training.constant_error = constant_error(training, rows, standardizer)
    if training.data and training.data != data:
        if training.last_error > divergence_limit_at_end(training):
            undo_epoch(training)
        if n_epochs >= ENOUGH_EPOCHS or training.back_offs == MAX_BACK_OFFS:
            training.learning_rate = training.options.learning_rate
            training.back_offs = 0
        training.constant_error = constant_error(training, rows, standardizer)
        training.first_error, training.lowest = None, math.inf
        training.schedule.forget()
        if training.member_validation is not None:
            n_members = training.member_validation.n_members
            training.member_validation = MemberValidation.of(n_members)
    training.data, training.monitored_data = data, monitored_data


def fingerprint(rows):
    """Return numbers that are equal for equal rows, and hardly ever for others."""
    return tuple(int(number) for number in rows.sum(_sums_of_bytes))


def _sums_of_bytes(X, y, weight):
    """Return a block's number of rows with weight, and a checksum of some rows."""
    step, checksum = max(1, X.shape[0] // SAMPLE_ROWS), 0
    n_rows = X.shape[0] if weight is None else (weight > 0).sum()
    for values in (X, y, weight):
        if values is None:
            continue
        sample = values[::step]
        parts = [sample] if _arrays.is_array(sample) else [sample.data, sample.indices]
        for part in parts:
            checksum = zlib.crc32(np.ascontiguousarray(part).data, checksum)
    return np.array([n_rows, checksum])


def constant_error(training, rows, standardizer):
    """Return the mean error of the initial constant prediction, on some rows."""
    parts = standardizer, training.options.loss, training.constant
    error, weight = rows.sum(_errors_of_constant, *parts)
    error = float(error / weight)
    return error if math.isfinite(error) else math.inf


def _errors_of_constant(X, y, weight, standardizer, loss, constant):
    """Return the weighted sum of the errors of some rows, and their weight."""
    step = max(1, X.shape[0] // SAMPLE_ROWS)
    G = standardizer.targets(y[::step])
    weight = None if weight is None else weight[::step]
    # `Rows.sum` ignores overflow.
    with np.errstate(divide="ignore"):
        error = loss.value(G, np.broadcast_to(constant, (len(G), len(constant))))
    total = _arrays.weigh(error, weight).sum(dtype=np.float64)
    n = len(G) if weight is None else weight.sum(dtype=np.float64)
    return np.array([step * total, step * n])
