r"""Several networks in one, each of which leaves out its own part of the rows.

All members see the same batches; a row that a member leaves out has no weight in its
error. What the member says of it in the forward pass is then a test, which costs
nothing beyond, and each member keeps the weights of the epoch in which its part was
told best. Probabilities are judged after the best temperature: an epoch that knows more
and is too sure of it is better than one before, and the temperature mends the rest
("refine, then calibrate"). The mean of all members has been trained on every row.

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
from skmath.backprop_mlp.calibration import likeliest
from skmath.backprop_mlp.options import FEWEST_TO_LEAVE_OUT
from skmath.calculus import LogLoss, last_output

__all__ = ["LeftOut", "member_rows", "parts_of", "sum_of_errors"]

MOST_ENTRIES = 1 << 18
"""Outputs that members are judged by in an epoch: 2 MB, and a millisecond or two."""

LEFT_OUT = 5
"""A member leaves out a fifth of the rows at most."""

CLOSE = 1e-4
"""How near the logarithm of an epoch's temperature is to the likeliest: the loss is off
by about the square, and the search takes a third of the steps of an exact one."""

DIGITS = 6
"""Decimals of standard deviations within which rows are the same."""


def parts_of(rows, standardizer, n_members, random_state, codes=None):
    """Return the part of each row, of which member j leaves out part j.

    Rows that are the same are in the same part: what a member is tested on it has not
    been trained on, and a weight is a repetition.

    Parameters
    ----------
    rows : Rows
    standardizer : Standardizer
    n_members : int or None
    random_state : int
    codes : ndarray of shape (n_samples,), default=None
        Classes, of which all parts get the same shares.

    Returns
    -------
    ndarray of int of shape (n_samples,) or None
        None of one network, of chunks, and of few rows: nothing is left out.
    """
    if n_members is None or is_dask(rows.X):
        return None
    there = weighted_indices(rows)
    generator, n_parts = np.random.default_rng(random_state), max(n_members, LEFT_OUT)
    direction = generator.normal(size=standardizer.n_inputs)
    along = np.round(rows.map(_along, standardizer, direction)[there], DIGITS)
    _, first, which = np.unique(along, return_index=True, return_inverse=True)
    if len(first) < max(n_parts, FEWEST_TO_LEAVE_OUT):
        return None
    order = generator.permutation(len(first))
    if codes is not None:
        order = order[np.argsort(codes[there][first][order], kind="stable")]
    part_of, parts = np.empty_like(order), np.zeros(rows.X.shape[0], dtype=np.intp)
    part_of[order] = np.arange(len(first)) % n_parts
    parts[there] = part_of[which]
    return parts


def _along(X, standardizer, direction):
    """Return how far the standardised rows of a block lie along a direction."""
    Z = standardizer.columns(X)
    if hasattr(Z, "toarray"):
        return np.asarray(Z @ direction)
    # Row by row: a product of matrices may round equal rows in different ways.
    return np.einsum("ij,j->i", Z, direction, optimize=False)


def member_rows(G, weight, left_out, n_members):
    """Return targets and weights of the rows of every member, one after the other.

    Parameters
    ----------
    G : ndarray of shape (n_samples, n_outputs)
    weight : ndarray of shape (n_samples,) or None
    left_out : ndarray of bool of shape (n_members, n_samples) or None
        The weights of the others are raised: their mean stays.
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
        # A short batch may be left out as a whole.
        weight = kept * (weight.sum() / np.where(total > 0, total, 1)).astype(G.dtype)
    elif weight is not None:
        weight = np.broadcast_to(weight, (n_members, len(weight)))
    G = np.broadcast_to(G, (n_members, *G.shape)).reshape(-1, G.shape[1])
    return G, weight if weight is None else weight.ravel()


def sum_of_errors(network, loss, batch):
    """Return the weighted sum of the loss of a batch, by the forward pass alone.

    Parameters
    ----------
    network : Network
        Of several in one the sum is over all members, none of which leaves rows out.
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
class LeftOut:
    """How well each member tells the rows that it leaves out, and when it did best.

    Parameters
    ----------
    n_members : int
    lowest : ndarray of shape (n_members,)
        Loss of a member's best epoch.
    temperature : ndarray of shape (n_members,)
        Of that epoch.
    best : Network, default=None
        The weights after it.
    said : list of tuples
        Of the epoch that runs: members, outputs, targets and weights of rows.
    entries : int, default=0
        How many outputs that are; of large tables not all are kept.
    """

    n_members: int
    lowest: Any
    temperature: Any
    best: Any = None
    said: list = field(default_factory=list)
    entries: int = 0

    @classmethod
    def of(cls, n_members):
        """Return that of members that have not been trained."""
        return cls(n_members, np.full(n_members, np.inf), np.ones(n_members))

    def hear(self, batch, Z, repetitions):
        """Keep what the members say of the rows of a batch that they leave out.

        Parameters
        ----------
        batch : Batch
        Z : ndarray of shape (n_members, n_samples, n_outputs)
        repetitions : float
            What a weight of 1 counts.
        """
        member, row = np.nonzero(batch.left_out)
        self.entries += len(row) * Z.shape[2]
        if self.entries > MOST_ENTRIES:
            return
        weight = np.ones(len(row)) if batch.weight is None else batch.weight[row]
        self.said.append((member, Z[member, row], batch.G[row], repetitions * weight))

    def end_epoch(self, network, loss):
        """Return the mean loss of the epoch, and whether a member was never as good.

        Parameters
        ----------
        network : Network
            As the epoch left it.
        loss : object of `skmath.calculus.losses`
        """
        member, Z, G, weight = map(np.concatenate, zip(*self.said, strict=True))
        self.forget()
        temperature = 1.0
        if isinstance(loss, LogLoss):
            temperature = likeliest(Z, G, weight, loss.exclusive, close=CLOSE)
        errors = loss.value(G, Z / Z.dtype.type(temperature)) * weight
        totals = np.bincount(member, weight, self.n_members)
        totals = np.bincount(member, errors, self.n_members) / totals
        better = totals < self.lowest
        if self.best is None:
            self.best = network.like(network.theta.copy())
        for j in np.flatnonzero(better):
            for best, now in zip(self.best.layers, network.layers, strict=True):
                for kept, array in zip(best.weights, now.weights, strict=True):
                    kept[j] = array[j]
        self.lowest = np.where(better, totals, self.lowest)
        self.temperature = np.where(better, temperature, self.temperature)
        return float(totals.mean()), bool(better.any())

    def forget(self):
        """Forget what was said in the epoch."""
        self.said, self.entries = [], 0

    def weights(self):
        """Return the weights of each member's best epoch, at its temperature."""
        network = self.best.like(self.best.theta.copy())
        last = network.dense[-1]
        for array in (last.W, last.b):
            array /= self.temperature[:, None, None].astype(array.dtype)
        return network.theta
