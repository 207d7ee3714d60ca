"""Batches of standardised rows, for networks.

Columns are centred and divided by their standard deviation in the arithmetic of the
network, a batch at a time; where X is small it is done once. A sparse X stays sparse:
its means are subtracted from the products it takes part in.
"""

import math
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from skmath import _arrays
from skmath._rows.rows import Rows, is_on_disk
from skmath.calculus import last_output

__all__ = ["Batches", "CentredRows", "Standards"]

FAR = 100.0
"""Standard deviations between a mean and zero that the weights can take in."""

KEPT_BYTES = 64_000_000
"""Bytes of standardised rows that are kept for all epochs."""


class Standards(NamedTuple):
    """What columns are centred by and multiplied with.

    Attributes
    ----------
    mean : ndarray of shape (n_features,)
    inverse : ndarray of shape (n_features,)
        1 / standard deviation; 0 of a column that does not vary, so that neither
        rounding nor what it may be in new rows plays a part.
    dtype : dtype
        Of the network's arithmetic.
    """

    mean: Any
    inverse: Any
    dtype: Any

    def __call__(self, X):
        """Return the standardised rows of a block."""
        if _arrays.is_array(X):
            Z = X - self.mean
            Z *= self.inverse
            return Z.astype(self.dtype, copy=False)
        scaled = X.multiply(self.inverse).tocsr().astype(self.dtype)
        return CentredRows(scaled, (self.mean * self.inverse).astype(self.dtype))

    def absorbed_by(self, layer):
        """Return a first layer of rows as they come, and what brings them to it.

        Standardising is linear, so the weights can do it, to within the rounding of
        mean / scale; where that is large, it is done before.

        Parameters
        ----------
        layer : Layer

        Returns
        -------
        Layer
        callable
            Of a block of rows.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            W = (self.inverse[:, None] * layer.W).astype(self.dtype, copy=False)
            b = layer.b - self.mean.astype(self.dtype) @ W
        near = np.abs(self.mean * self.inverse).max() <= FAR
        if near and np.isfinite(W).all() and np.isfinite(b).all():
            return layer._replace(W=W, b=b), partial(_cast, dtype=self.dtype)
        return layer, self


def _cast(X, dtype):
    return X.astype(dtype, copy=False)


class CentredRows:
    """Sparse rows from each of which the same row is subtracted, in products only.

    Parameters
    ----------
    X : CSR matrix of shape (n_samples, n_features)
    shift : ndarray of shape (n_features,)

    Examples
    --------
    >>> import numpy as np
    >>> from scipy import sparse
    >>> from skmath.backprop_mlp.batches import CentredRows
    >>> centred = CentredRows(sparse.csr_array([[0.0, 2.0], [1.0, 0.0]]), np.ones(2))
    >>> centred @ np.eye(2)
    array([[-1.,  1.],
           [ 0., -1.]])
    >>> centred.T @ np.eye(2)
    array([[-1.,  0.],
           [ 1., -1.]])
    """

    def __init__(self, X, shift):
        self.X, self.shift = X, shift

    def __matmul__(self, W):
        return self.X @ W - self.shift @ W

    def __len__(self):
        return self.X.shape[0]

    def __getitem__(self, rows):
        return CentredRows(self.X[rows], self.shift)

    @property
    def T(self):
        """The transpose, for products from the left."""
        return _CentredColumns(self)

    def toarray(self):
        """Return the rows with all their entries."""
        return self.X.toarray() - self.shift


class _CentredColumns:
    def __init__(self, rows):
        self.rows = rows

    def __matmul__(self, D):
        return self.rows.X.T @ D - np.outer(self.rows.shift, D.sum(axis=0))


class Batches:
    """Rows in batches, standardised, each with its targets and weights.

    Rows without weight are not there. Weights have mean 1: so a batch's mean error is
    on average that of all rows, whatever the weights of its rows are.

    Parameters
    ----------
    rows : Rows
    standards : Standards
    targets : callable
        Of y; returns what the loss compares outputs with, an array of shape
        (n_samples, n_outputs).
    size : int
        Of a batch.
    """

    def __init__(self, rows, standards, targets, size):
        self.X, self.y, self.weight, self.size = rows.X, rows.y, None, size
        self.standards, self.targets = standards, targets
        self.indices = np.arange(rows.X.shape[0])
        if rows.weight is not None:
            self.indices = np.flatnonzero(rows.weight > 0)
            mean = rows.weight[self.indices].mean(dtype=np.float64)
            self.weight = (rows.weight / mean).astype(standards.dtype)
        self.is_kept = self._is_small() and not is_on_disk(rows.X)
        if self.is_kept:
            self._keep(rows)

    def _keep(self, rows):
        """Standardise all rows that have a weight, once."""
        X, y, here = rows.X, rows.y, self.indices
        if len(here) < X.shape[0]:
            X, y, self.weight = X[here], y[here], self.weight[here]
            self.indices = np.arange(len(here))
        in_blocks = Rows(X).map if _arrays.is_array(X) else lambda function: function(X)
        self.X, self.y = in_blocks(self.standards), self.targets(y)

    def __len__(self):
        return -(-len(self.indices) // self.size)

    def drawn(self, generator=None):
        """Yield the batches: the rows in a new order, or in theirs.

        Parameters
        ----------
        generator : numpy.random.Generator, default=None
            None leaves the rows in their order.

        Yields
        ------
        X, G, weight
            weight is None where all are 1.
        """
        if self.is_kept and self.size >= len(self.indices):
            yield self.X, self.y, self.weight
            return
        order = self.indices
        if generator is not None:
            order = generator.permutation(order)
        for start in range(0, len(order), self.size):
            batch = order[start : start + self.size]
            X, G = self.X[batch], self.y[batch]
            if not self.is_kept:
                X, G = self.standards(X), self.targets(G)
            yield X, G, None if self.weight is None else self.weight[batch]

    def train(self, training, level):
        """Let a training run over the batches; return the mean error it met."""
        return training.run_over(self, level)

    def mean_loss(self, network, loss):
        """Return the weighted mean of the loss, infinite if it overflows."""
        total = 0.0
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            for X, G, weight in self.drawn():
                error = loss.value(G, last_output(X, network.layers))
                total += float(_arrays.weigh(error, weight).sum(dtype=np.float64))
        return total / len(self.indices) if math.isfinite(total) else math.inf

    def _is_small(self):
        entries = self.X.nnz if hasattr(self.X, "nnz") else self.X.size
        entries += self.targets(self.y[:1]).size * self.X.shape[0]
        return entries * np.dtype(self.standards.dtype).itemsize <= KEPT_BYTES
