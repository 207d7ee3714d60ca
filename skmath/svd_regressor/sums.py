"""Sums over rows from which least squares is solved: two kinds with one interface.

Both can be added, so blocks, chunks on a cluster, batches of a stream and folds of a
cross-validation are combined by the same ``+``. `GramSums` reads X once and squares its
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
    "RowCount",
    "TriangleSums",
    "centre_of",
    "column_sums",
    "count_rows",
    "gram_sums",
    "triangle_sums",
    "without_constant_columns",
]

ROWS_PER_COLUMN = 16
"""Minimum number of rows per column in a block of products, unless these are too
many bytes.

A block's products are added to a p x p total: multiplying 16 p rows costs sixteen times
as much as the addition."""

ROWS_PER_COLUMN_DENSE = 4
"""The same for a block that is merged into a triangle, or multiplied by a few
directions: merging costs a fourth as much as the block itself."""


@dataclass(frozen=True)
class RowCount:
    """Numbers of rows.

    Parameters
    ----------
    given : int
        Number of all rows.
    weighted : int
        Number of rows with a weight above zero.
    units : float
        Sum over these rows of the weight, or of 1 if the weight is less.
    """

    given: int
    weighted: int
    units: float

    def __add__(self, other):
        return RowCount(
            self.given + other.given,
            self.weighted + other.weighted,
            self.units + other.units,
        )


def count_rows(X, weight):
    """Return the `RowCount` of a block."""
    n = X.shape[0]
    if weight is None:
        return RowCount(n, n, float(n))
    xp, weight = _arrays.namespace(weight), _arrays.widen(weight)
    excess = xp.where(weight > 1, weight - 1, xp.zeros_like(weight))
    weighted = int(xp.count_nonzero(weight))
    return RowCount(n, weighted, weighted + float(xp.sum(excess)))


def centre_of(moments, intercept):
    """Return what is subtracted from the columns of [X y]: means, or zeros."""
    return _arrays.to_numpy(moments.mean) * float(intercept)


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
    def gram(self):
        """Products of the columns of [X y], centred with an intercept; may overflow."""
        moments = self.moments.significant()
        with np.errstate(over="ignore", invalid="ignore"):
            gram = moments.scatter if self.intercept else moments.about_zero()
        return _arrays.to_numpy(gram)

    def least_squares(self, n_features, options):
        """Return the `LeastSquares`, with the rank that a Gram matrix can resolve."""
        # Squares of columns of unit length are rounded to epsilon, and again for each
        # column that is eliminated; ten times that is a safe bound.
        rcond = 10 * options.epsilon * max(10, n_features)
        return from_gram(self.gram, n_features, rcond)[0]

    def squared_error(self, n_features, B, mean):
        """Return the sum of squares of y - m_y - (X - m_x) B for given means m.

        Parameters
        ----------
        n_features : int
        B : ndarray of shape (n_features, n_models, n_outputs)
        mean : ndarray of shape (n_features + n_outputs,)

        Returns
        -------
        ndarray of shape (n_models, n_outputs)
        """
        gram, weight = map(
            _arrays.to_numpy, (self.moments.scatter, self.moments.weight)
        )
        shift = _arrays.to_numpy(self.moments.mean) - mean
        totals = []
        for j in range(B.shape[2]):
            D = _differences(B[:, :, j], j, len(mean) - n_features)
            within = np.sum(D * (gram @ D), axis=0)
            totals.append(within + weight * (shift @ D) ** 2)
        return np.stack(totals, axis=1)

    def triangle_sums(self, reference):
        """Convert to the `TriangleSums` of the same rows, without reading them again.

        Its arrays have the namespace and device of the reference.
        """
        moments, weight = self.moments, float(self.moments.weight[0])
        mean, scatter = map(_arrays.to_numpy, (moments.mean, moments.scatter))
        size = np.sqrt(np.maximum(np.diagonal(scatter), 0.0))
        divisor = np.where(size > 0, size, 1.0)
        eigenvalues, V = np.linalg.eigh(scatter / divisor / divisor[:, None])
        R = np.sqrt(np.maximum(eigenvalues, 0.0))[:, None] * V.T * size
        if self.intercept:
            ones = np.zeros((1, len(mean) + 1))
            ones[0, 0] = weight**0.5
            R = np.vstack([ones, np.hstack([np.zeros((len(R), 1)), R])])
        else:
            R = np.vstack([weight**0.5 * mean, R])
        shift = centre_of(moments, self.intercept)
        parts = (np.array([weight]), mean, size**2, moments.rounding, R, shift)
        *of_columns, R, shift = (_arrays.like(part, reference) for part in parts)
        columns = ColumnMoments(*of_columns)
        return TriangleSums(self.rows, columns, Triangle(R), shift, self.intercept)


@dataclass(frozen=True)
class TriangleSums:
    """Number of rows, `ColumnMoments` and `Triangle` of the columns of [X y]."""

    rows: RowCount
    moments: ColumnMoments
    triangle: Triangle
    shift: Any
    intercept: bool

    def __add__(self, other):
        return replace(
            self,
            rows=self.rows + other.rows,
            moments=self.moments + other.moments,
            triangle=self.triangle + other.triangle,
        )

    def least_squares(self, n_features, options):
        """Return the `LeastSquares`, without the column of ones if X is centred."""
        R = _arrays.to_numpy(self.triangle.R)
        A, Y, rounding = R[:, :n_features], R[:, n_features:], 0.0
        if self.intercept:
            A, rounding = without_constant_columns(
                R[1:, 1 : 1 + n_features], self.moments
            )
            Y = R[1:, 1 + n_features :]
        return from_factor(A, Y, options.rcond, rounding, options.epsilon)

    def squared_error(self, n_features, B, mean):
        """Return the same sum of squares as `GramSums.squared_error`."""
        R, shift = map(_arrays.to_numpy, (self.triangle.R, self.shift))
        totals = []
        for j in range(B.shape[2]):
            D = _differences(B[:, :, j], j, len(mean) - n_features)
            if self.intercept:
                D = np.vstack([(shift - mean) @ D, D])
            totals.append(np.sum((R @ D) ** 2, axis=0))
        return np.stack(totals, axis=1)


def _differences(B, j, n_outputs):
    """Return the D for which [X y] D equals y_j - X B."""
    selected = np.zeros((n_outputs, B.shape[1]))
    selected[j] = 1.0
    return np.vstack([-B, selected])


def without_constant_columns(A, moments):
    """Set constant columns to zero, and return the lengths that define their rounding.

    After centring, a constant column holds only rounding errors, and spans nothing.

    Parameters
    ----------
    A : ndarray of shape (m, n_features)
    moments : ColumnMoments
        Moments of the columns of [X y].

    Returns
    -------
    A : ndarray of shape (m, n_features)
    rounding : ndarray of shape (n_features,)
        In the form that `from_factor` takes.
    """
    p = A.shape[1]
    varies = _arrays.to_numpy(moments.significant().scatter)[:p] > 0
    weight, mean = map(_arrays.to_numpy, (moments.weight, moments.mean))
    return np.where(varies, A, 0.0), np.sqrt(weight) * np.abs(mean[:p])


def gram_sums(X, y, weight, intercept):
    """Return the `GramSums` of a block."""
    return GramSums(count_rows(X, weight), cross_moments(X, y, weight), intercept)


def triangle_sums(X, y, weight, shift, intercept):
    """Return the `TriangleSums` of a block, whose columns are shifted first."""
    shift = _arrays.like(shift, X)
    moments = column_sums(X, y, weight)
    triangle = triangular_factor(X, y, weight, shift, intercept)
    return TriangleSums(count_rows(X, weight), moments, triangle, shift, intercept)


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
