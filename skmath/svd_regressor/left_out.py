"""Leave-one-out errors, predictions and scores of all candidates, from one fit."""

from collections.abc import Sequence

import numpy as np

from skmath import _arrays
from skmath.statistics import leave_one_out_errors, leave_one_out_squares
from skmath.statistics.moments import as_columns
from skmath.svd_regressor.scores import Predicted, score_of

__all__ = ["leave_one_out", "predictions_left_out"]

FILTERS_PER_PASS = 1024
"""Maximum number of filters that one pass over the rows evaluates. It bounds the
temporary arrays: for a block of BLOCK_ROWS rows they take two megabytes."""


def leave_one_out(rows, decomposition, candidates, options):
    """Leave out one unit of weight of each row, with the components held fixed."""
    if options.scoring is not None:
        predicted = predictions_left_out(rows, decomposition, candidates, options)
        return minus_scores_of(predicted, rows, options)
    sums = sums_left_out(
        leave_one_out_squares, rows, decomposition, candidates, options
    )
    return np.concatenate(list(map(_arrays.to_numpy, sums))) / decomposition.weight


def predictions_left_out(rows, decomposition, candidates, options):
    """Return the prediction of each row by the fit without it, for each candidate.

    Returns
    -------
    ndarray of shape (n_samples, n_outputs, n_candidates)
        Infinite if a row alone determines its prediction.
    """
    parts = sums_left_out(
        block_of_predictions, rows, decomposition, candidates, options
    )
    stacked = [np.concatenate(list(map(_arrays.to_numpy, part))) for part in parts]
    return np.concatenate(stacked, axis=2)


def block_of_predictions(X, y, weight, *parameters):
    """Return a block's predictions in a list: adding lists concatenates them."""
    errors = leave_one_out_errors(X, y, weight, *parameters)
    return [as_columns(y, X)[:, :, None] - errors]


def sums_left_out(statistic, rows, decomposition, candidates, options):
    """Return the sums of a leave-one-out statistic, for groups of candidates."""
    s, Vt, Uty = decomposition.problem.svd
    F, G = candidates.filters(s), candidates.complements(s)
    share = 1 / decomposition.weight if options.intercept else 0.0
    return [
        rows.sum(
            statistic,
            decomposition.mean,
            Vt / s[:, None],
            Uty,
            F[:, start : start + FILTERS_PER_PASS],
            G[:, start : start + FILTERS_PER_PASS],
            share,
        )
        for start in range(0, F.shape[1], FILTERS_PER_PASS)
    ]


def minus_scores_of(predicted, rows, options):
    """Return minus the score of the predictions of all rows, for each candidate.

    It has one column per output if each has its own alpha, else a single column. A
    candidate that leaves a row without a prediction gets a score of minus infinity.
    """
    y, weight = _arrays.to_numpy(rows.y), rows.weight
    weight = None if weight is None else _arrays.to_numpy(weight)
    outputs: Sequence[slice | int] = [slice(None)]
    if y.ndim == 1 or options.alphas.ndim == 2:
        outputs = range(predicted.shape[1])
    scores = np.full((predicted.shape[2], len(outputs)), -np.inf)
    for i, j in np.ndindex(scores.shape):
        z, target = predicted[:, outputs[j], i], y if y.ndim == 1 else y[:, outputs[j]]
        if np.isfinite(z).all():
            scores[i, j] = score_of(Predicted(), z, target, weight, options.scoring)
    return -scores
