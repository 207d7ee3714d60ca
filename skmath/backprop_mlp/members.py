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

from skmath.backprop_mlp.calibration import likeliest
from skmath.calculus import LogLoss
from skmath.statistics import count_rows

__all__ = ["LeftOut", "member_rows", "parts_of"]

MOST_ENTRIES = 1 << 18
"""Outputs that members are judged by in an epoch: 2 MB, and a millisecond or two."""

FEWEST_PARTS = 5
"""A member leaves out a fifth of the rows at most."""

FEWEST_IN_A_PART = 5
"""Rows of a part at least; of fewer nothing is left out."""


def parts_of(rows, n_members, random_state, codes=None):
    """Return the part of each row, of which member j leaves out part j; None if few.

    Parameters
    ----------
    rows : Rows
    n_members : int
    random_state : int
    codes : ndarray of shape (n_samples,), default=None
        Classes, of which all parts get the same shares.

    Returns
    -------
    ndarray of int of shape (n_samples,) or None
    """
    n_parts = max(n_members, FEWEST_PARTS)
    if rows.sum(count_rows).n_rows < n_parts * FEWEST_IN_A_PART:
        return None
    n = rows.X.shape[0]
    order = np.random.default_rng(random_state).permutation(n)
    if codes is not None:
        order = order[np.argsort(codes[order], kind="stable")]
    parts = np.empty(n, dtype=np.int32)
    parts[order] = np.arange(n) % n_parts
    return parts


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
        kept = ~left_out * G.dtype.type(1 / (1 - left_out.mean()))
        weight = kept if weight is None else kept * weight
    elif weight is not None:
        weight = np.broadcast_to(weight, (n_members, len(weight)))
    G = np.broadcast_to(G, (n_members, *G.shape)).reshape(-1, G.shape[1])
    return G, weight if weight is None else weight.ravel()


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

    def hear(self, batch, Z):
        """Keep what the members say of the rows of a batch that they leave out."""
        member, row = np.nonzero(batch.left_out)
        self.entries += len(row) * Z.shape[2]
        if self.entries > MOST_ENTRIES:
            return
        weight = np.ones(len(row)) if batch.weight is None else batch.weight[row]
        self.said.append((member, Z[member, row], batch.G[row], weight))

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
            temperature = likeliest(Z, G, weight, loss.exclusive)
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
        for array in network.dense[-1].weights:
            array /= self.temperature[:, None, None].astype(array.dtype)
        return network.theta
