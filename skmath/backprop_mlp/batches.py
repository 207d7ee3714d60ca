"""Batches of standardised rows, for networks.

Columns are centred and divided by their standard deviation in the arithmetic of the
network, a batch at a time; where X is small it is done once. A sparse X stays sparse:
its means are subtracted from the products it takes part in.
"""

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils import column_or_1d

from skmath import _arrays
from skmath._estimators.targets import as_outputs, plain_labels
from skmath._rows.checks import check_squares
from skmath._rows.rows import Rows, is_on_disk, weighted_indices
from skmath.backprop_mlp.encoding import encoded
from skmath.backprop_mlp.members import sum_of_errors
from skmath.calculus import Layer, PiecewiseLinear
from skmath.statistics import column_moments, count_rows

__all__ = [
    "Batch",
    "Batches",
    "CentredRows",
    "Scales",
    "Standardizer",
    "dense_targets",
    "learn_scales",
]

FAR = 100.0
"""Standard deviations between a mean and zero for which the first layer's weights can
standardise: two of the seven digits of single precision are lost."""

KEPT_BYTES = 64_000_000
"""Bytes of standardised rows that are kept for all epochs: little beside what a Python
process takes, and as much as tables of 100,000 rows need."""


ROWS_FOR_QUANTILES = 10_000
"""Rows whose quantiles cut the columns; more would hardly move them."""


class Batch(NamedTuple):
    """Rows of a step.

    Attributes
    ----------
    X : array or CentredRows of shape (n_samples, n_inputs)
    G : ndarray of shape (n_samples, n_outputs)
        What the outputs are compared with.
    weight : ndarray of shape (n_samples,) or None
        None where all are 1.
    left_out : ndarray of bool of shape (n_members, n_samples), default=None
        Which rows each member is not trained on.
    """

    X: Any
    G: Any
    weight: Any
    left_out: Any = None


@dataclass(frozen=True)
class Standardizer:
    """What columns and targets are standardised by.

    Parameters
    ----------
    mean : ndarray of shape (n_features,)
    inverse : ndarray of shape (n_features,)
        1 / standard deviation; 0 of a column that does not vary, so that neither
        rounding nor what it may be in new rows plays a part.
    target_mean, target_scale : ndarray of shape (n_outputs,)
    n_classes : int
        0 for numbers and for labels that do not exclude each other.
    dtype : dtype
        Of the network's arithmetic.
    encoding : Encoding, default=None
        What makes numbers of a table's columns before; None takes them as they are.
    pieces : PiecewiseLinear, default=None
        Of the standardised numbers, which then stand beside them.
    """

    mean: Any
    inverse: Any
    target_mean: Any
    target_scale: Any
    n_classes: int
    dtype: Any
    encoding: Any = None
    pieces: Any = None

    @property
    def n_inputs(self):
        """How many columns X_0 has."""
        n_pieces = 0 if self.pieces is None else len(self.pieces.columns)
        return len(self.mean) + n_pieces

    @property
    def constant(self):
        """Indices of the inputs that do not vary, from which nothing can be learnt."""
        return np.flatnonzero(self.inverse == 0)

    @property
    def n_embedded(self):
        """How many of the last inputs are codes of which embeddings are looked up."""
        return 0 if self.encoding is None else len(self.encoding.many)

    def columns(self, X):
        """Return X_0 of a block: its rows as numbers, standardised, and their pieces.

        Codes of which embeddings are looked up are last.
        """
        X = encoded(X, self.encoding)
        if self.pieces is not None and not _arrays.is_array(X):
            X = X.toarray()
        if _arrays.is_array(X):
            Z = X - self.mean
            Z *= self.inverse
            Z = Z.astype(self.dtype, copy=False)
            return Z if self.pieces is None else self._with_pieces(Z)
        scaled = X.multiply(self.inverse).tocsr().astype(self.dtype)
        return CentredRows(scaled, (self.mean * self.inverse).astype(self.dtype))

    def varying_columns(self, X):
        """Return X_0 of a block without the inputs that do not vary."""
        X_0, constant = self.columns(X), self.constant
        if not len(constant):
            return X_0
        return X_0.take(np.delete(np.arange(self.n_inputs), constant), axis=1)

    def _with_pieces(self, Z):
        """Return rows with the pieces of their numbers, before the codes."""
        q = self.n_embedded
        if not q:
            return self.pieces.beside(Z)
        return np.hstack([self.pieces.beside(Z[:, :-q]), Z[:, -q:]])

    def targets(self, y):
        """Return targets as the loss compares the network's outputs with them."""
        G = as_outputs(y, np.empty(0), self.n_classes)
        if not self.n_classes:
            G = (G - self.target_mean) / self.target_scale
        return G.astype(self.dtype, copy=False)

    def folded_into(self, layer):
        """Return a first layer that standardises, and what takes rows to its input.

        Standardising is linear, so the weights can do it, to within the rounding of
        mean / scale; where that is large, or the layer has none, it is done before.

        Parameters
        ----------
        layer : Layer, or one of another kind

        Returns
        -------
        Layer
        callable
            Of a block of rows.
        """
        if self.pieces is not None or not isinstance(layer, Layer):
            return layer, self.columns
        with np.errstate(over="ignore", invalid="ignore"):
            W = (self.inverse[:, None] * layer.W).astype(self.dtype, copy=False)
            b = layer.b - (self.mean.astype(self.dtype) @ W).reshape(layer.b.shape)
        near = abs(self.mean * self.inverse).max() <= FAR
        # A W that is not finite leaves a b that is not either.
        if near and np.isfinite(b).all():
            to_input = partial(_cast, encoding=self.encoding, dtype=self.dtype)
            return layer._replace(W=W, b=b), to_input
        return layer, self.columns


def _cast(X, encoding, dtype):
    return encoded(X, encoding).astype(dtype, copy=False)


@dataclass(frozen=True)
class Scales:
    """What columns and targets are standardised by, and what they are then.

    Parameters
    ----------
    standardizer : Standardizer
        In the arithmetic of X.
    scale : ndarray of shape (n_features,)
        What columns are divided by.
    loss : object of `skmath.calculus.losses`
        Of the standardised targets.
    input_mean, input_deviation : ndarray of shape (n_inputs,)
        Of the standardised columns; about 0 and 1 unless they are taken as they are;
        and of their pieces.
    output_mean : ndarray of shape (n_outputs,)
        Of the standardised targets.
    """

    standardizer: Standardizer
    scale: Any
    loss: Any
    input_mean: Any
    input_deviation: Any
    output_mean: Any


def learn_scales(rows, encoding, loss, n_classes, standardize, relative, n_pieces=0):
    """Return the `Scales` of rows.

    Parameters
    ----------
    rows : Rows
    encoding : Encoding or None
        What makes numbers of them; only those that were numbers before are scaled.
    loss : object of `skmath.calculus.losses`
        Of the targets in their own units.
    n_classes : int
    standardize : bool
        Whether to centre and scale; if not, means are 0 and scales 1.
    relative : bool
        Whether the loss has standard deviations for its unit already.
    n_pieces : int, default=0
        Into how many pieces each column is cut beside itself.

    Raises
    ------
    ValueError
        If squares overflow.
    """
    moments = rows.sum(_moments, encoding, n_classes)
    columns, targets = (m.significant() for m in moments)
    check_squares(columns.scatter)
    check_squares(targets.scatter, "y")
    deviation = np.sqrt(columns.variance)
    if standardize:
        mean, varies = columns.mean, deviation > 0
        scale = np.where(varies, deviation, 1.0)
        if encoding is not None:
            mean[len(encoding.numbers) :] = 0.0
            scale[len(encoding.numbers) :] = 1.0
    else:
        mean, scale, varies = np.zeros_like(deviation), np.ones_like(deviation), True
    target_mean, target_scale = np.zeros_like(targets.mean), np.ones_like(targets.mean)
    if standardize and loss.task == "regression":
        target_mean, target_scale, loss = target_units(targets, loss, relative)
    dtype = rows.X.dtype
    inverse = np.where(varies, 1 / scale.astype(dtype), 0).astype(dtype)
    units = mean.astype(dtype), inverse, target_mean, target_scale
    standardizer = Standardizer(*units, n_classes, dtype, encoding)
    input_mean = np.where(varies, (columns.mean - mean) / scale, 0.0)
    inputs = input_mean, deviation / scale
    if n_pieces:
        standardizer, of_pieces = _with_pieces(rows, standardizer, n_pieces)
        m = len(mean) - standardizer.n_embedded
        inputs = (
            np.concatenate([values[:m], of_each, values[m:]])
            for values, of_each in zip(inputs, of_pieces, strict=True)
        )
    return Scales(
        standardizer,
        scale.astype(dtype),
        loss,
        *inputs,
        output_mean=(targets.mean - target_mean) / target_scale,
    )


def _with_pieces(rows, standardizer, n_pieces):
    """Return the standardizer with pieces of its columns, and their moments."""
    rows = rows.sample(ROWS_FOR_QUANTILES, np.random.RandomState(0)) or rows
    rows = rows.take(weighted_indices(rows))
    weight = None if rows.weight is None else np.asarray(rows.weight, dtype=float)
    Z = standardizer.columns(rows.X)
    Z = Z.toarray() if hasattr(Z, "toarray") else np.asarray(Z)
    if standardizer.encoding is not None:
        Z = Z[:, : len(standardizer.encoding.numbers)]
    standardizer = replace(standardizer, pieces=PiecewiseLinear.of(Z, n_pieces, weight))
    pieces = standardizer.pieces.beside(Z)[:, Z.shape[1] :].astype(np.float64)
    moments = column_moments(pieces, None, weight)
    return standardizer, (moments.mean, np.sqrt(moments.variance))


def _moments(X, y, weight, encoding, n_classes):
    """Return the moments of a block's columns, and of what the loss sees of its y."""
    X, G = encoded(X, encoding), as_outputs(y, X, n_classes)
    return column_moments(X, None, weight), column_moments(G, None, weight)


def target_units(targets, loss, relative):
    """Return what targets are centred by and divided by, and the loss of the quotients.

    Parameters
    ----------
    targets : ColumnMoments
    loss, relative
        As of `learn_scales`.
    """
    scaled = loss if relative else loss.in_units(2.0)
    if scaled is None:
        return np.zeros_like(targets.mean), np.ones_like(targets.mean), loss
    deviation = np.sqrt(targets.variance)
    scale = np.where(deviation > 0, deviation, 1.0)
    if scaled == loss:
        return targets.mean, scale, loss
    # A length on the scale of y is shared by all outputs.
    shared = np.sqrt((scale**2).mean())
    return targets.mean, np.full_like(scale, shared), loss.in_units(shared)


def dense_targets(y, classifies):
    """Return y without zeros left out, and labels as numbers or in one dimension."""
    y = _arrays.dense(y)
    y = plain_labels(y) if classifies else y
    if classifies and y.ndim == 2 and y.shape[1] == 1:
        return column_or_1d(y, warn=True)
    return y


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

    def take(self, columns, axis):
        """Return some of the columns: the axis is 1, as of an array's method."""
        return CentredRows(self.X[:, columns], self.shift[columns])

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
    standardizer : Standardizer
    size : int
        Rows of a batch, if there are so many.
    parts : ndarray of int of shape (n_samples,), default=None
        Which part each row is in: member j leaves out part j.
    n_members : int, default=1

    Attributes
    ----------
    n_rows : int
        Of a weight above 0.
    repetitions : float
        How many times a row of mean weight counts.
    """

    def __init__(self, rows, standardizer, size, parts=None, n_members=1):
        X, y, weight, dtype = rows.X, rows.y, rows.weight, standardizer.dtype
        n = X.shape[0]
        indices = np.arange(n)
        if weight is not None:
            indices = np.flatnonzero(weight > 0)
            mean = weight[indices].mean(dtype=np.float64)
            weight = (weight / mean).astype(dtype)
        entries = n * standardizer.n_inputs
        if hasattr(X, "nnz") and standardizer.pieces is None:
            entries = X.nnz
        entries += n * len(standardizer.target_mean)
        is_small = entries * np.dtype(dtype).itemsize <= KEPT_BYTES
        self.is_kept = is_small and not is_on_disk(X)
        if self.is_kept:
            # Standardise the rows that have a weight once, for all epochs.
            if len(indices) < n:
                X, y, weight = X[indices], y[indices], weight[indices]
                parts = None if parts is None else parts[indices]
                indices = np.arange(len(indices))
            if _arrays.is_array(X):
                X = Rows(X).map(standardizer.varying_columns)
            else:
                X = standardizer.varying_columns(X)
            y = standardizer.targets(y)
        self.X, self.y, self.weight, self.indices = X, y, weight, indices
        self.parts, self.members = parts, np.arange(n_members)[:, None]
        self.standardizer, self.n_rows = standardizer, len(indices)
        self.repetitions = rows.sum(count_rows).repetitions / len(indices)
        self.size = min(size, self.n_rows)
        self.n_batches = -(-self.n_rows // self.size)

    def shuffled(self, generator=None):
        """Yield the batches: the rows in a new order, or in theirs.

        Parameters
        ----------
        generator : numpy.random.Generator, default=None
            None leaves the rows in their order.

        Yields
        ------
        Batch
        """
        if self.is_kept and self.n_batches == 1:
            yield Batch(self.X, self.y, self.weight, self._left_out(slice(None)))
            return
        order = self.indices
        if generator is not None:
            order = generator.permutation(order)
        for start in range(0, self.n_rows, self.size):
            batch = order[start : start + self.size]
            X, G = self.X[batch], self.y[batch]
            if not self.is_kept:
                X = self.standardizer.varying_columns(X)
                G = self.standardizer.targets(G)
            weight = None if self.weight is None else self.weight[batch]
            yield Batch(X, G, weight, self._left_out(batch))

    def _left_out(self, batch):
        return None if self.parts is None else self.parts[batch] == self.members

    def mean_loss(self, network, loss):
        """Return the weighted mean of the loss, infinite if it overflows."""
        total = 0.0
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            for batch in self.shuffled():
                total += sum_of_errors(network, loss, batch)
        total /= self.n_rows * (network.n_members or 1)
        return total if math.isfinite(total) else math.inf
