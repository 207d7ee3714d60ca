"""Batches of standardised rows for training.

Columns are centred and divided by their standard deviation in the precision of the
network, batch by batch; for small X it is done once. Sparse X stays sparse: the means
are subtracted from its products.
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

MAX_MEAN_RATIO = 100.0
"""Maximum distance of a mean from zero, in standard deviations, for which the first
layer's weights can standardise: two of the seven digits of single precision are lost.
"""

MAX_KEPT_BYTES = 64_000_000
"""Maximum bytes of standardised rows that are kept for all epochs: little relative to a
Python process, and enough for tables of 100,000 rows."""


ROWS_FOR_QUANTILES = 10_000
"""Number of rows for the quantiles at which columns are cut."""


class Batch(NamedTuple):
    """Rows of one step.

    Attributes
    ----------
    X : array or CentredRows of shape (n_samples, n_inputs)
    G : ndarray of shape (n_samples, n_outputs)
        Targets to compare the outputs with.
    weight : ndarray of shape (n_samples,) or None
        None if all are 1.
    left_out : ndarray of bool of shape (n_members, n_samples), default=None
        Rows that each member holds out.
    """

    X: Any
    G: Any
    weight: Any
    left_out: Any = None


@dataclass(frozen=True)
class Standardizer:
    """Standardisation of columns and targets.

    Parameters
    ----------
    mean : ndarray of shape (n_features,)
    inverse : ndarray of shape (n_features,)
        1 / standard deviation; 0 for constant columns, so that neither rounding nor
        their values in new rows have an effect.
    target_mean, target_scale : ndarray of shape (n_outputs,)
    n_classes : int
        0 for regression and for multilabel targets.
    dtype : dtype
        Precision of the network.
    encoding : Encoding, default=None
        Encoding of a table's columns as numbers; None for a matrix of numbers.
    pieces : PiecewiseLinear, default=None
        Pieces of the standardised numbers, as additional inputs.
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
        """Number of columns of X_0."""
        n_pieces = 0 if self.pieces is None else len(self.pieces.columns)
        return len(self.mean) + n_pieces

    @property
    def constant(self):
        """Indices of the constant inputs, from which nothing can be learnt."""
        return np.flatnonzero(self.inverse == 0)

    @property
    def n_embedded(self):
        """Number of the last inputs that are codes of embeddings."""
        return 0 if self.encoding is None else len(self.encoding.embedded)

    def columns(self, X):
        """Return X_0 of a block: its standardised numbers, and their pieces.

        Codes of embeddings are the last columns.
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
        """Return X_0 of a block without the constant inputs."""
        X_0, constant = self.columns(X), self.constant
        if not len(constant):
            return X_0
        return X_0.take(np.delete(np.arange(self.n_inputs), constant), axis=1)

    def _with_pieces(self, Z):
        """Return rows with the pieces of their numbers inserted before the codes."""
        q = self.n_embedded
        if not q:
            return self.pieces.appended_to(Z)
        return np.hstack([self.pieces.appended_to(Z[:, :-q]), Z[:, -q:]])

    def targets(self, y):
        """Return the standardised targets, which the loss compares with the outputs."""
        G = as_outputs(y, np.empty(0), self.n_classes)
        if not self.n_classes:
            G = (G - self.target_mean) / self.target_scale
        return G.astype(self.dtype, copy=False)

    def folded_into(self, layer):
        """Return a first layer that standardises, and the function for its input.

        Standardisation is linear, so the weights can do it, up to the rounding of
        mean / scale; if that is large, or the layer has no such weights, it is done
        before.

        Parameters
        ----------
        layer : Layer, or another kind of layer

        Returns
        -------
        Layer
        callable
            Function of a block of rows.
        """
        if self.pieces is not None or not isinstance(layer, Layer):
            return layer, self.columns
        with np.errstate(over="ignore", invalid="ignore"):
            W = (self.inverse[:, None] * layer.W).astype(self.dtype, copy=False)
            b = layer.b - (self.mean.astype(self.dtype) @ W).reshape(layer.b.shape)
        is_near = abs(self.mean * self.inverse).max() <= MAX_MEAN_RATIO
        # If W is not finite, b is not either.
        if is_near and np.isfinite(b).all():
            to_input = partial(_cast, encoding=self.encoding, dtype=self.dtype)
            return layer._replace(W=W, b=b), to_input
        return layer, self.columns


def _cast(X, encoding, dtype):
    return encoded(X, encoding).astype(dtype, copy=False)


@dataclass(frozen=True)
class Scales:
    """Standardisation of columns and targets, with the moments of the results.

    Parameters
    ----------
    standardizer : Standardizer
        Standardisation in the dtype of X.
    scale : ndarray of shape (n_features,)
        Divisors of the columns.
    loss : object of `skmath.calculus.losses`
        Loss of the standardised targets.
    input_mean, input_deviation : ndarray of shape (n_inputs,)
        Moments of the standardised columns, about 0 and 1 unless ``standardize=False``,
        and of their pieces.
    output_mean : ndarray of shape (n_outputs,)
        Means of the standardised targets.
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
        Encoding of the columns; only numeric columns are scaled.
    loss : object of `skmath.calculus.losses`
        Loss of the targets in their own units.
    n_classes : int
    standardize : bool
        Whether to centre and scale; otherwise means are 0 and scales 1.
    relative : bool
        Whether the loss is in units of standard deviations already.
    n_pieces : int, default=0
        Number of additional pieces per column.

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
    input_deviation = deviation / scale
    if n_pieces:
        standardizer, of_pieces = _with_pieces(rows, standardizer, n_pieces)
        m = len(mean) - standardizer.n_embedded
        inputs = input_mean, input_deviation
        input_mean, input_deviation = (
            np.concatenate([values[:m], of_each, values[m:]])
            for values, of_each in zip(inputs, of_pieces, strict=True)
        )
    return Scales(
        standardizer,
        scale.astype(dtype),
        loss,
        input_mean,
        input_deviation,
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
    pieces = standardizer.pieces.appended_to(Z)[:, Z.shape[1] :].astype(np.float64)
    moments = column_moments(pieces, None, weight)
    return standardizer, (moments.mean, np.sqrt(moments.variance))


def _moments(X, y, weight, encoding, n_classes):
    """Return the moments of a block's columns, and of its encoded targets."""
    X, G = encoded(X, encoding), as_outputs(y, X, n_classes)
    return column_moments(X, None, weight), column_moments(G, None, weight)


def target_units(targets, loss, relative):
    """Return centre and scale of targets, and the loss of the standardised targets.

    Parameters
    ----------
    targets : ColumnMoments
    loss, relative
        See `learn_scales`.
    """
    scaled = loss if relative else loss.in_units(2.0)
    if scaled is None:
        return np.zeros_like(targets.mean), np.ones_like(targets.mean), loss
    deviation = np.sqrt(targets.variance)
    scale = np.where(deviation > 0, deviation, 1.0)
    if scaled == loss:
        return targets.mean, scale, loss
    # A threshold of the loss in the units of y is shared by all outputs.
    shared = np.sqrt((scale**2).mean())
    return targets.mean, np.full_like(scale, shared), loss.in_units(shared)


def dense_targets(y, classifies):
    """Return a dense y, with numeric labels as numbers and one column as 1d."""
    y = _arrays.dense(y)
    y = plain_labels(y) if classifies else y
    if classifies and y.ndim == 2 and y.shape[1] == 1:
        return column_or_1d(y, warn=True)
    return y


class CentredRows:
    """Sparse rows minus a common row, which is subtracted in products only.

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
        """Return some of the columns; the axis is 1, for compatibility with arrays."""
        return CentredRows(self.X[:, columns], self.shift[columns])

    @property
    def T(self):
        """The transpose, for products."""
        return _CentredColumns(self)

    def toarray(self):
        """Return the rows as a dense array."""
        return self.X.toarray() - self.shift


class _CentredColumns:
    def __init__(self, rows):
        self.rows = rows

    def __matmul__(self, D):
        return self.rows.X.T @ D - np.outer(self.rows.shift, D.sum(axis=0))


class Batches:
    """Batches of standardised rows with targets and weights.

    Rows of weight 0 are ignored. Weights are scaled to mean 1, so that the expected
    error of a batch is the mean error of all rows.

    Parameters
    ----------
    rows : Rows
    standardizer : Standardizer
    size : int
        Maximum number of rows per batch.
    parts : ndarray of int of shape (n_samples,), default=None
        Part of each row: member j holds out part j.
    n_members : int, default=1

    Attributes
    ----------
    n_rows : int
        Number of rows with positive weight.
    repetitions : float
        Number of repetitions that a row of mean weight represents.
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
        is_small = entries * np.dtype(dtype).itemsize <= MAX_KEPT_BYTES
        self.is_kept = is_small and not is_on_disk(X)
        if self.is_kept:
            # Standardise once for all epochs, without rows of weight 0.
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
        """Yield the batches, with the rows shuffled or in order.

        Parameters
        ----------
        generator : numpy.random.Generator, default=None
            Random generator; None does not shuffle.

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
        """Return the weighted mean of the loss; infinity if it overflows."""
        total = 0.0
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            for batch in self.shuffled():
                total += sum_of_errors(network, loss, batch)
        total /= self.n_rows * (network.n_members or 1)
        return total if math.isfinite(total) else math.inf
