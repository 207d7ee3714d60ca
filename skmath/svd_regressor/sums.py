"""Sums over rows that least squares is solved from: two kinds with one interface.

Both add, so that blocks, chunks of a cluster, batches of a stream and folds of a
cross-validation are summed by the same ``+``. `GramSums` reads X once and squares its
condition number; `TriangleSums` does not, at about four times the arithmetic.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from skmath import _arrays
from skmath.linear_algebra import (
    Triangle,
    from_factor,
    from_gram,
    triangular_factor,
)
from skmath.statistics import (
    ColumnMoments,
    CrossMoments,
    as_columns,
    column_moments,
    cross_moments,
)

__all__ = [
    "GramSums",
    "TriangleSums",
    "column_sums",
    "from_centred",
    "gram_sums",
    "sums_by_fold",
    "triangle_sums",
]


@dataclass(frozen=True)
class RowCount:
    """How many rows there were, and how many of them had a weight above zero."""

    seen: int
    weighted: int

    def __add__(self, other):
        return RowCount(self.seen + other.seen, self.weighted + other.weighted)


def count_rows(X, weight):
    """Return the `RowCount` of a block."""
    n = X.shape[0]
    if weight is None:
        return RowCount(n, n)
    xp = _arrays.namespace(weight)
    return RowCount(n, int(xp.count_nonzero(weight)))


@dataclass(frozen=True)
class GramSums:
    """Number of rows, and the `CrossMoments` of the columns of [X y]."""

    rows: RowCount
    moments: CrossMoments
    intercept: bool

    def __add__(self, other):
        rows, moments = self.rows + other.rows, self.moments + other.moments
        return replace(self, rows=rows, moments=moments)

    @property
    def weight(self):
        """Sum of the weights."""
        return float(self.moments.weight[0])

    @property
    def mean(self):
        """What is taken from the columns of [X y]: means, or zeros."""
        mean = _arrays.to_numpy(self.moments.mean)
        return mean if self.intercept else 0.0 * mean

    @property
    def gram(self):
        """Sums of products of the columns of [X y], centred if asked; may overflow."""
        moments = self.moments.significant()
        with np.errstate(over="ignore", invalid="ignore"):
            gram = moments.scatter if self.intercept else moments.about_zero()
        return _arrays.to_numpy(gram)

    def problem(self, n_features, asked):
        """Return the `LeastSquares`, of whatever rank a Gram matrix can show."""
        # Products of columns of length one are rounded to epsilon.
        rcond = 10 * asked.epsilon * max(10, n_features)
        return from_gram(self.gram, n_features, rcond)[0]

    def squared_error(self, n_features, B, mean):
        """Return the sum of the squares of y - m_y - (X - m_x) B, for an m.

        Parameters
        ----------
        n_features : int
        B : ndarray of shape (n_features, n_models, n_outputs)
        mean : ndarray of shape (n_features + n_outputs,)

        Returns
        -------
        ndarray of shape (n_models,)
        """
        gram = _arrays.to_numpy(self.moments.scatter)
        shift = _arrays.to_numpy(self.moments.mean) - mean
        total = 0.0
        for j in range(B.shape[2]):
            D = _differences(B[:, :, j], j, len(mean) - n_features)
            total = total + np.sum(D * (gram @ D), axis=0)
            total = total + self.weight * (shift @ D) ** 2
        return total

    def triangle_sums(self, reference):
        """Return the same rows' `TriangleSums`, without reading them again.

        Its arrays are of the namespace and device of the reference.
        """
        moments = self.moments
        mean, scatter = map(_arrays.to_numpy, (moments.mean, moments.scatter))
        size = np.sqrt(np.maximum(np.diagonal(scatter), 0.0))
        safe = np.where(size > 0, size, 1.0)
        eigenvalues, V = np.linalg.eigh(scatter / safe / safe[:, None])
        R = np.sqrt(np.maximum(eigenvalues, 0.0))[:, None] * V.T * size
        if self.intercept:
            ones = np.zeros((1, len(mean) + 1))
            ones[0, 0] = self.weight**0.5
            R = np.vstack([ones, np.hstack([np.zeros((len(R), 1)), R])])
            shift = mean
        else:
            R = np.vstack([self.weight**0.5 * mean, R])
            shift = 0.0 * mean
        parts = (np.array([self.weight]), mean, size**2, moments.rounding, R, shift)
        *columns, R, shift = (_arrays.like(part, reference) for part in parts)
        columns = ColumnMoments(*columns)
        return TriangleSums(self.rows, columns, Triangle(R), shift, self.intercept)


@dataclass(frozen=True)
class TriangleSums:
    """Number of rows, `ColumnMoments` and `Triangle` of the columns of [X y]."""

    rows: RowCount
    columns: ColumnMoments
    triangle: Triangle
    shift: Any
    intercept: bool

    def __add__(self, other):
        return replace(
            self,
            rows=self.rows + other.rows,
            columns=self.columns + other.columns,
            triangle=self.triangle + other.triangle,
        )

    @property
    def weight(self):
        """Sum of the weights."""
        return float(self.columns.weight[0])

    @property
    def mean(self):
        """What is taken from the columns of [X y]: means, or zeros."""
        mean = _arrays.to_numpy(self.columns.mean)
        return mean if self.intercept else 0.0 * mean

    def problem(self, n_features, asked):
        """Return the `LeastSquares`."""
        R = _arrays.to_numpy(self.triangle.R)
        if not self.intercept:
            return from_factor(R[:, :n_features], R[:, n_features:], asked.rcond)
        return from_centred(R[1:, 1:], self.columns, n_features, asked.rcond)

    def squared_error(self, n_features, B, mean):
        """Return what `GramSums.squared_error` does."""
        R, shift = map(_arrays.to_numpy, (self.triangle.R, self.shift))
        total = 0.0
        for j in range(B.shape[2]):
            D = _differences(B[:, :, j], j, len(mean) - n_features)
            if self.intercept:
                D = np.vstack([(shift - mean) @ D, D])
            total = total + np.sum((R @ D) ** 2, axis=0)
        return total


def _differences(B, j, n_outputs):
    """Return the D for which [X y] D is y_j - X B."""
    rest = np.zeros((n_outputs, B.shape[1]))
    rest[j] = 1.0
    return np.vstack([-B, rest])


def from_centred(Z, columns, n_features, rcond):
    """Return the `LeastSquares` of centred columns [A Y], by what centring left."""
    # What is left of a constant column is rounding: it spans nothing.
    varies = _arrays.to_numpy(columns.significant().scatter)[:n_features] > 0
    A = np.where(varies, Z[:, :n_features], 0.0)
    weight, mean = map(_arrays.to_numpy, (columns.weight, columns.mean))
    rounding = np.sqrt(weight) * np.abs(mean[:n_features])
    return from_factor(A, Z[:, n_features:], rcond, rounding)


def gram_sums(X, y, weight, intercept):
    """Return the `GramSums` of a block."""
    return GramSums(count_rows(X, weight), cross_moments(X, y, weight), intercept)


def triangle_sums(X, y, weight, shift, intercept):
    """Return the `TriangleSums` of a block, whose columns are near the shift."""
    shift = _arrays.like(shift, X)
    columns = column_sums(X, y, weight)
    triangle = triangular_factor(X, y, weight, shift, intercept)
    rows = count_rows(X, weight)
    return TriangleSums(rows, columns, triangle, shift, intercept)


def column_sums(X, y, weight):
    """Return the `ColumnMoments` of the columns of [X y] of a block."""
    y = as_columns(y, X)
    xp = _arrays.namespace(y)
    parts = [column_moments(part, None, weight) for part in (X, y)]
    mean, scatter, rounding = (
        xp.concat([getattr(part, name) for part in parts])
        for name in ("mean", "scatter", "rounding")
    )
    return ColumnMoments(parts[0].weight, mean, scatter, rounding)


def sums_by_fold(X, y, weight, n_folds, statistic, *parameters):
    """Return the sums of each fold's rows of a block; the last column of y names it."""
    xp = _arrays.namespace(y)
    found = []
    for k in range(n_folds):
        (rows,) = xp.nonzero(y[:, -1] == k)
        X_k = _arrays.take_rows(X, rows)
        y_k = _arrays.take_rows(y, rows)[:, :-1]
        weight_k = None if weight is None else _arrays.take_rows(weight, rows)
        found.append(statistic(X_k, y_k, weight_k, *parameters))
    return tuple(found)
