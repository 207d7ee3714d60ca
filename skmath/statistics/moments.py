"""Mergeable moments: counts, means and centred sums of squares and products.

The means are subtracted before squares are taken, block by block, and two blocks'
moments are merged by the pairwise formula of Chan, Golub and LeVeque, so that a
column far from zero keeps the digits of its variance and streamed rows give what
one pass gives.

References
----------
.. [1] T. F. Chan, G. H. Golub and R. J. LeVeque, "Algorithms for computing the sample
   variance: analysis and recommendations", The American Statistician, 37(3), 1983,
   242-247, equations (2.1a) and (2.1b).
"""

from dataclasses import dataclass
from typing import Any

from skmath import _arrays

__all__ = [
    "ColumnMoments",
    "CrossMoments",
    "column_moments",
    "cross_moments",
    "moments_by_class",
]


@dataclass(frozen=True)
class ColumnMoments:
    """Weight, mean and centred sum of squares of each column.

    Parameters
    ----------
    weight : array of shape (1,) or (n_groups, 1)
        Sum of the weights of the rows seen.
    mean : array of shape (n_columns,) or (n_groups, n_columns)
    scatter : array, shape as mean
        Sum of weight times squared deviation from the mean.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.statistics.moments import column_moments
    >>> X = np.array([[1.0, 10.0], [3.0, 10.0], [5.0, 40.0]])
    >>> both = column_moments(X[:1]) + column_moments(X[1:])
    >>> both.mean, both.variance
    (array([ 3., 20.]), array([  2.66666667, 200.        ]))
    """

    weight: Any
    mean: Any
    scatter: Any

    def __add__(self, other):
        weight = self.weight + other.weight
        share = other.weight / _positive(weight)
        delta = other.mean - self.mean
        between = self.weight * share * self._square(delta)
        return type(self)(
            weight, self.mean + share * delta, self.scatter + other.scatter + between
        )

    def _square(self, delta):
        return delta * delta

    @property
    def variance(self):
        """Mean squared deviation from the mean; zero where nothing was seen."""
        return self.scatter / _positive(self.weight)


@dataclass(frozen=True)
class CrossMoments(ColumnMoments):
    """Weight, mean and centred sums of products of all pairs of columns.

    Parameters
    ----------
    weight : array of shape (1,)
    mean : array of shape (n_columns,)
    scatter : array of shape (n_columns, n_columns)
        Sum of weight (z - mean)(z - mean)'.
    """

    def _square(self, delta):
        return delta[:, None] * delta[None, :]

    def about_zero(self):
        """Return the sums of products without centring: Z' diag(weight) Z."""
        return self.scatter + self.weight * self._square(self.mean)


def column_moments(X, y=None, weight=None):
    """Return the `ColumnMoments` of the columns of a block.

    Parameters
    ----------
    X : array or CSR matrix of shape (n_samples, n_columns)
    y : ignored
    weight : array of shape (n_samples,), default=None

    Returns
    -------
    ColumnMoments
    """
    total, mean = _weight_and_mean(X, weight)
    if not _arrays.is_array(X):
        squares = _column_sums(X.multiply(X).tocsr(), weight)
        scatter = _not_negative(squares - total * mean * mean)
    else:
        centred = _arrays.centre(X, mean)
        scatter = _column_sums(centred * centred, weight)
    return ColumnMoments(total, mean, scatter)


def cross_moments(X, y, weight=None):
    """Return the `CrossMoments` of the columns of [X y] of a block.

    Parameters
    ----------
    X : array or CSR matrix of shape (n_samples, n_features)
    y : array of shape (n_samples,) or (n_samples, n_outputs), or None
    weight : array of shape (n_samples,), default=None

    Returns
    -------
    CrossMoments
        Of n_features + n_outputs columns.

    Notes
    -----
    A sparse X is centred implicitly, X'WX - w m m', and is never densified.
    """
    Z, shift = stand_beside(X, y, weight)
    total, mean = _weight_and_mean(Z, weight)
    if _arrays.is_array(Z):
        root = None if weight is None else _arrays.namespace(Z).sqrt(weight)
        rooted = _arrays.weigh(_arrays.centre(Z, mean), root)
        scatter = _arrays.widen(rooted.T @ rooted)
    else:
        products = _arrays.widen(_arrays.dense(Z.T @ _arrays.weigh(Z, weight)))
        scatter = products - total * mean[:, None] * mean[None, :]
    return CrossMoments(total, mean + shift, scatter)


def stand_beside(X, y, weight=None):
    """Return [X y - m] and the shift (0, m), m being y's mean.

    The target is dense and often far from zero: centring it first keeps its digits
    where a sparse X prevents centring the whole.
    """
    xp = _arrays.namespace(X)
    if y is None:
        return X, 0.0
    y = _arrays.like(y, X, "same")
    y = y[:, None] if y.ndim == 1 else y
    _, mean = _weight_and_mean(y, weight)
    nothing = xp.zeros(X.shape[1], dtype=mean.dtype, device=_arrays.device(mean))
    return _arrays.columns(X, _arrays.centre(y, mean)), xp.concat([nothing, mean])


def moments_by_class(X, members, weight=None):
    """Return the `ColumnMoments` of a block's columns, class by class.

    Parameters
    ----------
    X : array or CSR matrix of shape (n_samples, n_features)
    members : array of shape (n_samples, n_classes)
        One-hot: members[i, k] is 1 if row i belongs to class k.
    weight : array of shape (n_samples,), default=None

    Returns
    -------
    ColumnMoments
        weight (n_classes, 1), mean and scatter (n_classes, n_features).
    """
    xp = _arrays.namespace(members)
    weighted = _arrays.weigh(members, weight)
    total = _arrays.widen(xp.sum(weighted, axis=0))[:, None]
    mean = _arrays.widen(_arrays.dense(weighted.T @ X)) / _positive(total)
    if not _arrays.is_array(X):
        squares = _arrays.widen(_arrays.dense(weighted.T @ X.multiply(X)))
        scatter = _not_negative(squares - total * mean * mean)
    else:
        # Each row less the mean of its own class; what rounding left in that mean
        # is taken out of the squares again.
        centred = X - members @ _arrays.like(mean, X, "same")
        left = _arrays.widen(weighted.T @ centred) / _positive(total)
        squares = _arrays.widen(weighted.T @ (centred * centred))
        mean, scatter = mean + left, _not_negative(squares - total * left * left)
    return ColumnMoments(total, mean, scatter)


def _weight_and_mean(X, weight):
    """Return the total weight, shape (1,), and the weighted mean of the columns."""
    xp = _arrays.namespace(X if _arrays.is_array(X) else weight)
    if weight is None:
        mean = _column_sums(X, None)
        total = xp.full(
            1, float(X.shape[0]), dtype=mean.dtype, device=_arrays.device(mean)
        )
    else:
        mean = _column_sums(X, weight)
        total = xp.reshape(_arrays.widen(xp.sum(weight)), (1,))
    return total, mean / _positive(total)


def _column_sums(X, weight):
    """Return X' weight in the widest float."""
    if weight is not None:
        return _arrays.widen(X.T @ weight)
    if _arrays.is_array(X):
        return _arrays.widen(_arrays.namespace(X).sum(X, axis=0))
    return _arrays.widen(_arrays.namespace().asarray(X.sum(axis=0)).reshape(-1))


def _positive(weight):
    """Return the weight, or 1 where it is 0: what is divided by it is 0 there."""
    xp = _arrays.namespace(weight)
    return xp.where(weight > 0, weight, xp.ones_like(weight))


def _not_negative(squares):
    """Return squares with the negative roundings of a cancelled zero set to 0."""
    xp = _arrays.namespace(squares)
    return xp.where(squares < 0, xp.zeros_like(squares), squares)  # NaN stays
