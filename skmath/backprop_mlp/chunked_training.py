"""Training on the chunks of a Dask array by parameter averaging.

In every epoch, each worker trains on its chunk, batch by batch, starting at the same
weights. The next epoch starts at the weighted mean of the resulting weights, of the
moments in their step rules and of their moving averages. Only weights are transferred.
This is parameter averaging, or local stochastic descent: a chunk takes many steps
between averages, so the result differs from training on one machine; less so if the
chunks are similar. Shuffle sorted rows before creating chunks.

References
----------
.. [1] M. Zinkevich, M. Weimer, L. Li and A. J. Smola, "Parallelized stochastic gradient
   descent", NIPS 2010, algorithm 3.
.. [2] S. U. Stich, "Local SGD converges fast and communicates little", ICLR 2019.
"""

import copy
import math

import numpy as np

from skmath._rows.rows import Rows, is_dask
from skmath.backprop_mlp.batches import Batches
from skmath.backprop_mlp.options import ALL_ROWS_BLOCK
from skmath.backprop_mlp.training import one_epoch, threads_for

__all__ = ["Chunks", "batches_for", "one_epoch_on_chunks"]


def batches_for(rows, validation, standardizer, options, parts=None):
    """Return batches for training and validation, and the function for one epoch.

    Parameters
    ----------
    rows : Rows
    validation : Rows or None
        Validation rows.
    standardizer : Standardizer
    options : Options
    parts : ndarray of int, default=None
        See `Batches`.
    """
    size, member_parts = options.batch_size, (parts, options.n_members or 1)
    if validation is not None:
        batches_class = Chunks if is_dask(validation.X) else Batches
        validation = batches_class(validation, standardizer, ALL_ROWS_BLOCK)
    if is_dask(rows.X):
        return Chunks(rows, standardizer, size), validation, one_epoch_on_chunks
    return Batches(rows, standardizer, size, *member_parts), validation, one_epoch


class Chunks:
    """Chunks of a Dask array that are divided into batches on the workers.

    Parameters
    ----------
    rows : DaskRows
        Rows in the workers' memory.
    standardizer, size
        See `Batches`.
    """

    parts = None
    """Members do not hold out rows."""

    def __init__(self, rows, standardizer, size):
        self.rows = rows.persisted()
        self.standardizer, self.size = standardizer, size

    def each(self, function, *parameters):
        """Return ``function(batches, index of the chunk, *parameters)`` of each chunk.

        Chunks without rows of positive weight are skipped.
        """
        from dask.base import compute
        from dask.delayed import delayed

        call = (function, self.standardizer, self.size, parameters)
        call = delayed(call, traverse=False)
        tasks = [
            delayed(_on_chunk, pure=False)(call, i, *chunk)
            for i, chunk in enumerate(self.rows.chunks())
        ]
        return [result for result in compute(*tasks) if result is not None]

    def mean_loss(self, network, loss):
        """Return the weighted mean of the loss over all rows."""
        results = self.each(_loss_of_chunk, network, loss)
        weights = [weight for weight, _ in results]
        return float(np.average([error for _, error in results], weights=weights))


def one_epoch_on_chunks(training, chunks):
    """Run `one_epoch` on each chunk and average the results; return the mean error.

    Parameters
    ----------
    training : Training
    chunks : Chunks

    Returns
    -------
    float
        Infinite if the epoch diverged on a chunk.
    """
    seed = None
    if training.generator is not None:
        seed = int(training.generator.integers(2**31))
    results = chunks.each(_epoch_of_chunk, training, seed)
    weights, errors, trained = zip(*results, strict=True)
    if not np.isfinite(errors).all():
        return math.inf
    share = np.array(weights) / sum(weights)
    training.network.theta[...] = _mean([t.network.theta for t in trained], share)
    training.rule = _mean_state([t.rule for t in trained], share)
    if training.average is not None:
        training.average = _mean_state([t.average for t in trained], share)
    training.usual_norm = _mean([t.usual_norm for t in trained], share)
    if training.first_error is None:
        training.first_error = _mean([t.first_error for t in trained], share)
    return float(share @ errors)


def _on_chunk(call, i, X, y, weight):
    """Return a chunk's weight, and the result of a function of its batches."""
    function, standardizer, size, parameters = call
    total = float(len(y) if weight is None else weight.sum())
    if total == 0:
        return None
    batches = Batches(Rows(X, y, weight), standardizer, size)
    return total, *function(batches, i, *parameters)


def _epoch_of_chunk(batches, i, training, seed):
    """Return the error, and the training after the chunk's epoch."""
    # Copy, because threads of one process share the object.
    local = copy.deepcopy(training)
    local.generator = None if seed is None else np.random.default_rng((seed, i))
    if local.dropout is not None:
        local.dropout.generator = np.random.default_rng((seed or 0, i, 1))
    with threads_for(batches.size, local.network.sizes):
        error = one_epoch(local, batches)
    # These are not needed and not transferred.
    local.start = local.gradient = local.generator = local.best = None
    local.loss_curve = local.validation_curve = None
    return error, local


def _loss_of_chunk(batches, i, network, loss):
    return (batches.mean_loss(network, loss),)


def _mean(values, share):
    return sum(w * value for w, value in zip(share, values, strict=True))


def _mean_state(objects, share):
    """Return a step rule or average whose arrays are the means over the objects."""
    first = objects[0]
    for name, value in vars(first).items():
        if isinstance(value, np.ndarray):
            mean = _mean([getattr(o, name) for o in objects], share)
            setattr(first, name, mean.astype(value.dtype))
    return first
