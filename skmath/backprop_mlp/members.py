r"""Ensembles of networks that are trained together, each with its own held-out rows.

All members process the same batches; a row that a member holds out has no weight in its
error. So its prediction in the forward pass is a validation without extra cost, and
each member keeps the weights of the epoch with the best predictions of its part.
Probabilities are judged after fitting a temperature: an epoch that separates the
classes better, but is over-confident, is preferred, and the temperature corrects its
confidence ("refine, then calibrate"). Every row is used to train some members.

References
----------
.. [1] L. Breiman, "Bagging predictors", Machine Learning, 24, 1996.
.. [2] E. Berta, D. Holzmueller, M. I. Jordan and F. Bach, "Rethinking early stopping:
   refine, then calibrate", 2025.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from skmath import _arrays
from skmath._rows.rows import is_dask, weighted_indices
from skmath.backprop_mlp.calibration import fitted_temperature
from skmath.backprop_mlp.options import MIN_ROWS_TO_HOLD_OUT
from skmath.calculus import LogLoss, last_output

__all__ = ["MemberValidation", "member_rows", "parts_of", "sum_of_errors"]

MAX_ENTRIES = 1 << 18
"""Maximum number of held-out outputs per epoch: 2 MB, and a millisecond or two."""

MIN_PARTS = 5
"""Minimum number of parts: a member holds out at most a fifth of the rows."""

CLOSE = 1e-4
"""Tolerance of the logarithm of an epoch's temperature: the error of the loss is about
its square, and the search takes a third of the steps of an exact one."""

DIGITS = 6
"""Decimals, in standard deviations, to which equal rows agree."""


def parts_of(rows, standardizer, n_members, random_state, codes=None):
    """Return the part of each row; member j holds out part j.

    Equal rows are in the same part, so that a member is never validated on rows that it
    was trained on, and weights are equivalent to repetitions.

    Parameters
    ----------
    rows : Rows
    standardizer : Standardizer
    n_members : int or None
    random_state : int
    codes : ndarray of shape (n_samples,), default=None
        Classes, by which the parts are stratified.

    Returns
    -------
    ndarray of int of shape (n_samples,) or None
        None for a single network, Dask arrays and few rows: nothing is held out.
    """
    if n_members is None or is_dask(rows.X):
        return None
    indices = weighted_indices(rows)
    generator, n_parts = np.random.default_rng(random_state), max(n_members, MIN_PARTS)
    direction = generator.normal(size=standardizer.n_inputs)
    projections = np.round(
        rows.map(_projections, standardizer, direction)[indices], DIGITS
    )
    _, first, group = np.unique(projections, return_index=True, return_inverse=True)
    if len(first) < max(n_parts, MIN_ROWS_TO_HOLD_OUT):
        return None
    order = generator.permutation(len(first))
    if codes is not None:
        order = order[np.argsort(codes[indices][first][order], kind="stable")]
    part_of, parts = np.empty_like(order), np.zeros(rows.X.shape[0], dtype=np.intp)
    part_of[order] = np.arange(len(first)) % n_parts
    parts[indices] = part_of[group]
    return parts


def _projections(X, standardizer, direction):
    """Return the coordinates of a block's standardised rows along a direction."""
    Z = standardizer.columns(X)
    if hasattr(Z, "toarray"):
        return np.asarray(Z @ direction)
    # Row by row, because matrix products may round equal rows differently.
    return np.einsum("ij,j->i", Z, direction, optimize=False)


def member_rows(G, weight, left_out, n_members):
    """Return targets and weights of the rows, repeated for every member.

    Parameters
    ----------
    G : ndarray of shape (n_samples, n_outputs)
    weight : ndarray of shape (n_samples,) or None
    left_out : ndarray of bool of shape (n_members, n_samples) or None
        Held-out rows; the weights of the others are increased to keep the mean.
    n_members : int

    Returns
    -------
    G : ndarray of shape (n_members * n_samples, n_outputs)
    weight : ndarray of shape (n_members * n_samples,) or None
    """
    if left_out is not None:
        weight = np.ones(len(G), dtype=G.dtype) if weight is None else weight
        kept = ~left_out * weight
        total = kept.sum(axis=1, keepdims=True)
        # A short batch may be held out as a whole.
        weight = kept * (weight.sum() / np.where(total > 0, total, 1)).astype(G.dtype)
    elif weight is not None:
        weight = np.broadcast_to(weight, (n_members, len(weight)))
    G = np.broadcast_to(G, (n_members, *G.shape)).reshape(-1, G.shape[1])
    return G, weight if weight is None else weight.ravel()


def sum_of_errors(network, loss, batch):
    """Return the weighted sum of a batch's losses, by the forward pass only.

    Parameters
    ----------
    network : Network
        The network; for an ensemble the sum is over all members and all rows.
    loss : object of `skmath.calculus.losses`
    batch : Batch

    Returns
    -------
    float
    """
    G, weight, Z = batch.G, batch.weight, last_output(batch.X, network.layers)
    if network.n_members is not None:
        G, weight = member_rows(G, weight, None, network.n_members)
    error = loss.value(G, Z.reshape(G.shape))
    return float(_arrays.weigh(error, weight).sum(dtype=np.float64))


@dataclass
class MemberValidation:
    """Loss of each member on the rows that it holds out, and its best epoch.

    Parameters
    ----------
    n_members : int
    lowest : ndarray of shape (n_members,)
        Loss of each member's best epoch.
    temperature : ndarray of shape (n_members,)
        Temperature of that epoch.
    best : Network, default=None
        Weights after that epoch.
    outputs : list of tuples
        Members, outputs, targets and weights of held-out rows in the current epoch.
    entries : int, default=0
        Number of these outputs; for large tables not all are kept.
    """

    n_members: int
    lowest: Any
    temperature: Any
    best: Any = None
    outputs: list[tuple[np.ndarray, ...]] = field(default_factory=list)
    entries: int = 0

    @classmethod
    def of(cls, n_members):
        """Return the initial state, before training."""
        return cls(n_members, np.full(n_members, np.inf), np.ones(n_members))

    def add_batch(self, batch, Z, repetitions):
        """Store the members' outputs for the held-out rows of a batch.

        Parameters
        ----------
        batch : Batch
        Z : ndarray of shape (n_members, n_samples, n_outputs)
        repetitions : float
            Number of repetitions that a weight of 1 represents.
        """
        member, row = np.nonzero(batch.left_out)
        self.entries += len(row) * Z.shape[2]
        if self.entries > MAX_ENTRIES:
            return
        weight = np.ones(len(row)) if batch.weight is None else batch.weight[row]
        self.outputs.append(
            (member, Z[member, row], batch.G[row], repetitions * weight)
        )

    def end_epoch(self, network, loss):
        """Return the mean loss of the epoch, and whether a member improved.

        Parameters
        ----------
        network : Network
            The network after the epoch.
        loss : object of `skmath.calculus.losses`
        """
        member, Z, G, weight = map(np.concatenate, zip(*self.outputs, strict=True))
        self.forget()
        temperature = 1.0
        if isinstance(loss, LogLoss):
            temperature = fitted_temperature(Z, G, weight, loss.exclusive, close=CLOSE)
        errors = loss.value(G, Z / Z.dtype.type(temperature)) * weight
        weights = np.bincount(member, weight, self.n_members)
        totals = np.bincount(member, errors, self.n_members) / weights
        improved = totals < self.lowest
        if self.best is None:
            self.best = network.like(network.theta.copy())
        for j in np.flatnonzero(improved):
            for best, current in zip(self.best.layers, network.layers, strict=True):
                for kept, array in zip(best.weights, current.weights, strict=True):
                    kept[j] = array[j]
        self.lowest = np.where(improved, totals, self.lowest)
        self.temperature = np.where(improved, temperature, self.temperature)
        return float(totals.mean()), bool(improved.any())

    def forget(self):
        """Delete the outputs of the epoch."""
        self.outputs, self.entries = [], 0

    def weights(self):
        """Return the weights of each member's best epoch, with its temperature."""
        network = self.best.like(self.best.theta.copy())
        last = network.dense[-1]
        for array in (last.W, last.b):
            array /= self.temperature[:, None, None].astype(array.dtype)
        return network.theta
