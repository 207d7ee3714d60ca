"""Moments that can be merged: counts, means, centred sums of squares and products.

The means are subtracted before squaring, block by block, and the moments of two blocks
are merged by the pairwise formula of Chan, Golub and LeVeque. So the variance of a
column far from zero keeps its digits, and streamed rows have the same result as a
single pass.

References
----------
.. [1] T. F. Chan, G. H. Golub and R. J. LeVeque, "Algorithms for computing the sample
   variance: analysis and recommendations", The American Statistician, 37(3), 1983,
   242-247, equations (2.1a) and (2.1b).
"""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from skmath import _arrays

__all__ = [
    "ColumnMoments",
    "CrossMoments",
    "column_moments",
    "common_centre",
    "cross_moments",
    "indicators",
    "moments_about",
    "moments_by_class",
    "products_about",
]

NEAR_ZERO = 2.0
"""Maximum squared mean, relative to the variance, for which a block is not centred: the
products about zero, and their rounding, are at most three times as large."""

MANY_ROWS = 1024
"""Number of rows from which a sample of a block is checked before all rows."""

LOOKED_AT = 64
"""Minimum size of this sample, which only decides whether products about zero are
tried."""


FEW_CLASSES = 3
"""Number of classes up to which one product per class is faster than one for all."""

LARGE_PRODUCT, CALLS = 1000, 30_000
"""Number of columns, times classes beyond those few, from which rows are processed
class by class: the time of a product with one-hot classes grows with both. The time
saved for all rows must exceed the overhead of the calls per class."""


@dataclass(frozen=True)
class ColumnMoments:
    """Weight, mean and centred sum of squares of each column.

    Parameters
    ----------
    weight : array of shape (1,) or (n_groups, 1)
        Sum of the weights of the rows.
    mean : array of shape (n_columns,) or (n_groups, n_columns)
    scatter : array, shape as mean
        Sum of weight times squared deviation from the mean.
    rounding : array of shape (n_columns,), default=0.0
        Square root of the scatter that rounding may cause in a constant column.

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
    rounding: Any = 0.0

    def __add__(self, other: Self) -> Self:
        weight = self.weight + other.weight
        share = other.weight / _positive(weight)
        delta = other.mean - self.mean
        between = self._square(delta, self.weight * share)
        return type(self)(
            weight,
            self.mean + share * delta,
            self.scatter + other.scatter + between,
            self.rounding + other.rounding,
        )

    def significant(self) -> Any:
        """Return the moments with the scatter of constant columns set to 0."""
        xp = _arrays.namespace(self.scatter)
        constant = _is_rounding(self.scatter, self.rounding)
        scatter = xp.where(constant, xp.zeros_like(self.scatter), self.scatter)
        return replace(self, scatter=scatter)

    def _square(self, delta: Any, scale: Any) -> Any:
        return scale * delta * delta

    @property
    def variance(self) -> Any:
        """Mean squared deviation from the mean; 0 without rows."""
        return self.scatter / _positive(self.weight)


@dataclass(frozen=True)
class CrossMoments(ColumnMoments):
    """Weight, mean and centred sums of products of all pairs of columns.

    Parameters
    ----------
    weight : array of shape (..., 1)
        With several dimensions it is a stack of moments.
    mean : array of shape (..., n_columns)
    scatter : array of shape (..., n_columns, n_columns)
        Sum of weight (z - mean)(z - mean)'.
    """

    def significant(self) -> Any:
        """Return the moments with the products of constant columns set to 0."""
        xp = _arrays.namespace(self.scatter)
        constant = _is_rounding(xp.linalg.diagonal(self.scatter), self.rounding)
        either = constant[..., :, None] | constant[..., None, :]
        scatter = xp.where(either, xp.zeros_like(self.scatter), self.scatter)
        return replace(self, scatter=scatter)

    def _square(self, delta: Any, scale: Any) -> Any:
        return (scale * delta)[..., :, None] * delta[..., None, :]

    def about_zero(self) -> Any:
        """Return the sums of products without centring: Z' diag(weight) Z."""
        return self.scatter + self._square(self.mean, self.weight)


def column_moments(X: Any, y: Any = None, weight: Any = None) -> ColumnMoments:
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
        squares = _column_sums(_arrays.widen(X).power(2), weight)
        scatter = squares - total * mean * mean
        return ColumnMoments(total, mean, scatter, _rounding(X, total, mean))
    if weight is None and isinstance(X, np.ndarray) and X.dtype == np.float64:
        # Without a copy of X: about zero at most two bits cancel where no mean is
        # beyond the deviation, about.
        between = total * mean * mean
        scatter = np.einsum("ij,ij->j", X, X) - between
        if (between <= NEAR_ZERO * scatter).all():
            return ColumnMoments(total, mean, scatter, _rounding(X, total, mean))
    centred, taken, left = _centred(X, mean, weight, total)
    centred *= centred
    scatter = _column_sums(centred, weight) - total * left * left
    mean = taken + left
    return ColumnMoments(total, mean, scatter, _rounding(X, total, mean))


def cross_moments(X: Any, y: Any, weight: Any = None) -> CrossMoments:
    """Return the `CrossMoments` of the columns of [X y] of a block.

    Parameters
    ----------
    X : array or CSR matrix of shape (n_samples, n_features)
    y : array of shape (n_samples,) or (n_samples, n_outputs), or None
    weight : array of shape (n_samples,), default=None

    Returns
    -------
    CrossMoments
        Moments of n_features + n_outputs columns.

    Notes
    -----
    Sparse X is centred implicitly, X'WX - w m m', and never made dense. So is dense X
    if its means are small relative to its deviations, where at most one bit is lost;
    this avoids a copy.
    """
    many = X.shape[0] >= MANY_ROWS and y is not None and _arrays.is_array(X)
    if many and (moments := _moments_near_zero(X, y, weight)) is not None:
        return moments
    xp = _arrays.namespace(X)
    total, mean = _weight_and_mean(X, weight)
    parts = [_centred(X, mean, weight, total)]
    if y is not None:
        y = as_columns(y, X)
        parts.append(_centred(y, _weight_and_mean(y, weight)[1], weight, total))
    centred, taken, left = zip(*parts, strict=True)
    root = None if weight is None else xp.sqrt(weight)
    rooted = [_arrays.weigh(Z, root) for Z in centred]
    products = _products(*rooted)
    left = xp.concat(left)
    scatter = products - (total * left)[:, None] * left[None, :]
    mean = xp.concat(taken) + left
    return CrossMoments(total, mean, scatter, _rounding(X, total, mean))


def _moments_near_zero(X: Any, y: Any, weight: Any) -> CrossMoments | None:
    """Return the `CrossMoments` of a large dense block by products about zero.

    None if a mean is not small, in the sample or in all rows.
    """
    p, xp = X.shape[1], _arrays.namespace(X)
    sample = X[:: X.shape[0] // LOOKED_AT, ...]
    sums, squares = _ones(sample) @ sample, xp.sum(sample * sample, axis=0)
    # (sum x)^2 / sum x^2 is n without a deviation, and 1 on average without a mean.
    if not xp.all(sums * sums <= 0.3 * sample.shape[0] * squares):
        return None
    y = as_columns(y, X)
    taken = _arrays.like(_weight_and_mean(y, weight)[1], y, "same")
    moments = moments_about(None, *products_about(X, y - taken, weight, None), X)
    between = moments.weight * moments.mean[:p] ** 2
    within = xp.linalg.diagonal(moments.scatter)[:p]
    if not xp.all(between <= NEAR_ZERO * within):
        return None
    zero = xp.zeros_like(moments.mean[:p])
    mean = moments.mean + xp.concat([zero, _arrays.widen(taken)])
    rounding = _rounding(X, moments.weight, mean)
    return replace(moments, mean=mean, rounding=rounding)


def common_centre(moments: CrossMoments) -> Any:
    """Return a common centre for all blocks, given the moments of some rows.

    If all means are within one standard deviation of zero, zero is as good, and X need
    not be copied.

    Parameters
    ----------
    moments : CrossMoments

    Returns
    -------
    array of shape (n_columns,) or None
        None means zero.
    """
    xp = _arrays.namespace(moments.mean)
    squares = _not_negative(xp.linalg.diagonal(moments.significant().scatter))
    spread = xp.sqrt(squares / _positive(moments.weight))
    near = bool(xp.all(xp.abs(moments.mean) <= spread))
    return None if near else moments.mean


def moments_about(
    centre: Any, products: Any, sums: Any, total: Any, X: Any
) -> CrossMoments:
    """Return the `CrossMoments` for sums of `products_about` a centre.

    The difference between centre and mean is corrected here.

    Parameters
    ----------
    centre : array of shape (n_columns,) or None
    products : array of shape (n_columns, n_columns)
    sums : array of shape (n_columns,)
    total : array of shape (1,)
        Total weight of the rows.
    X : array or sparse matrix
        Array whose dtype determines the rounding.

    Returns
    -------
    CrossMoments
    """
    off = sums / _positive(total)
    with np.errstate(over="ignore", invalid="ignore"):  # the caller looks for it
        scatter = products - (total * off)[:, None] * off[None, :]
    mean = off if centre is None else centre + off
    return CrossMoments(total, mean, scatter, _rounding(X, total, mean))


def products_about(X: Any, y: Any, weight: Any, centre: Any) -> tuple[Any, Any, Any]:
    """Return the products of a block's [X y] - centre, their sums and the weight.

    A centre of None is zero.
    """
    xp = _arrays.namespace(X)
    y, p = as_columns(y, X), X.shape[1]
    parts = [X, y]
    if centre is not None:
        parts = [_arrays.centre(X, centre[:p]), _arrays.centre(y, centre[p:])]
    total = _weight_and_mean(parts[1], weight)[0]
    ones = _ones(X) if weight is None else weight
    sums = xp.concat([_sums_in_parts(Z, ones) for Z in parts])
    root = None if weight is None else xp.sqrt(weight)
    return _products(*(_arrays.weigh(Z, root) for Z in parts)), sums, total


def _products(X: Any, y: Any = None) -> Any:
    """Return [X y]' [X y] in the widest float."""
    X_X = _arrays.widen(_arrays.dense(X.T @ X))
    if y is None:
        return X_X
    X_y, y_y = _arrays.widen(_arrays.dense(X.T @ y)), _arrays.widen(y.T @ y)
    xp = _arrays.namespace(y)
    upper, lower = xp.concat([X_X, X_y], axis=1), xp.concat([X_y.T, y_y], axis=1)
    return xp.concat([upper, lower], axis=0)


def as_columns(y: Any, X: Any) -> Any:
    """Return y as columns of X's namespace, device and dtype."""
    y = _arrays.like(y, X, "same")
    return y[:, None] if y.ndim == 1 else y


def indicators(
    codes: Any, n_classes: int, like: Any, *, columns_contiguous: bool = False
) -> Any:
    """Return the one-hot matrix Y: Y[i, k] is 1 if row i has code k, else 0.

    Parameters
    ----------
    codes : array of int of shape (n_samples,)
        Class of each row, from 0 to n_classes - 1.
    n_classes : int
    like : array or sparse matrix
        Array whose namespace, device and dtype the result has.
    columns_contiguous : bool, default=False
        Whether the column of a class is contiguous in memory, which is faster for Y'X,
        and to create for few classes.

    Returns
    -------
    array of shape (n_samples, n_classes)

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.statistics import indicators
    >>> indicators(np.array([1, 0]), 2, np.empty(0))
    array([[0., 1.],
           [1., 0.]])
    """
    codes = _arrays.like(codes, like)
    xp = _arrays.namespace(codes)
    classes = xp.arange(n_classes, dtype=codes.dtype, device=_arrays.device(codes))
    if columns_contiguous:
        return xp.astype(classes[:, None] == codes[None, :], like.dtype).T
    return xp.astype(codes[:, None] == classes[None, :], like.dtype)


def moments_by_class(X: Any, members: Any, weight: Any = None) -> Any:
    """Return the `ColumnMoments` of a block's columns, class by class.

    A missing value (NaN) is left out of the moments of its column.

    Parameters
    ----------
    X : array or CSR matrix of shape (n_samples, n_features)
    members : array of shape (n_samples, n_classes)
        One-hot: members[i, k] is 1 if row i belongs to class k.
    weight : array of shape (n_samples,), default=None

    Returns
    -------
    ColumnMoments
        With weight of shape (n_classes, 1), or (n_classes, n_features) if values are
        missing; mean and scatter of shape (n_classes, n_features).
    """
    xp = _arrays.namespace(members)
    weighted = _arrays.weigh(members, weight)
    total = _arrays.widen(_ones(members) @ weighted)[:, None]
    sums, squares = map(_arrays.widen, _sums_and_squares(X, members, weighted))
    mean = sums / _positive(total)
    if not _arrays.is_array(X):
        return _sparse_moments(X, members, weighted, total, mean, squares)
    between = total * mean * mean
    scatter = squares - between
    # The comparison is False for NaN, if values are missing.
    limit = _arrays.epsilon(X) ** -0.25
    if bool(xp.all(between <= limit * scatter)):
        return ColumnMoments(total, mean, scatter)
    return _moments_about_means(X, members, weighted, total)


def _sums_and_squares(X: Any, members: Any, weighted: Any) -> tuple[Any, Any]:
    """Return Y'X and Y'(X^2), of the weights Y of each row in each class."""
    n_classes = weighted.shape[1]
    if not _arrays.is_array(X):
        of_squares = _arrays.cross_product(weighted, X.multiply(X).tocsr())
        return _arrays.cross_product(weighted, X), of_squares
    if type(X) is type(weighted) is np.ndarray:
        n, p = X.shape
        more = p * (n_classes - FEW_CLASSES) - LARGE_PRODUCT
        if X.flags.c_contiguous and n * more > CALLS * min(n, n_classes):
            return _class_by_class(X, members, weighted)
        if X.dtype == np.float64 and n_classes <= FEW_CLASSES:
            # One product per class is limited by the memory bandwidth only.
            sums, squares = (np.stack([w @ Z for w in weighted.T]) for Z in (X, X * X))
            return sums, squares
    return weighted.T @ X, weighted.T @ (X * X)


def _class_by_class(X: Any, members: Any, weighted: Any) -> tuple[Any, Any]:
    """Return Y'X and Y'(X^2), computed class by class."""
    sums, squares = np.zeros((2, weighted.shape[1], X.shape[1]), dtype=X.dtype)
    for k in np.flatnonzero(members.any(axis=0)):
        rows = np.flatnonzero(members[:, k])
        of_class, weight = X.take(rows, axis=0), weighted[:, k].take(rows)
        sums[k] = weight @ of_class
        squares[k] = weight @ np.multiply(of_class, of_class, out=of_class)
    return sums, squares


def _sparse_moments(
    X: Any,
    members: Any,
    weighted: Any,
    total: Any,
    mean: Any,
    squares: Any,
) -> ColumnMoments:
    """Return the moments about zero, or about the mean for columns far from zero."""
    between = total * mean * mean
    scatter = _not_negative(squares - between)
    far = np.flatnonzero((between > _arrays.epsilon(X) ** -0.25 * scatter).any(axis=0))
    if len(far):
        # They have few zeros, so dense columns are not much larger.
        moments = _moments_about_means(X[:, far].toarray(), members, weighted, total)
        mean[:, far], scatter[:, far] = moments.mean, moments.scatter
    return ColumnMoments(total, mean, scatter)


def _moments_about_means(
    X: Any, members: Any, weighted: Any, total: Any
) -> ColumnMoments:
    """Return the moments about the mean of each row's class, without cancellation."""
    xp = _arrays.namespace(X)
    zeros = xp.zeros(X.shape[1], dtype=X.dtype, device=_arrays.device(X))
    X, observed = _arrays.without_missing(X, zeros)
    if observed is not None:
        total = _arrays.widen(weighted.T @ observed)
    mean = _arrays.widen(weighted.T @ X) / _positive(total)
    # Correct the squares for the rounding of these means.
    taken = _arrays.like(mean, X, "same")
    centred = X - members @ taken
    centred = centred if observed is None else centred * observed
    left = _arrays.widen(weighted.T @ centred) / _positive(total)
    squares = _arrays.widen(weighted.T @ (centred * centred))
    scatter = _not_negative(squares - total * left * left)
    return ColumnMoments(total, _arrays.widen(taken) + left, scatter)


def _weight_and_mean(X: Any, weight: Any) -> Any:
    """Return the total weight, shape (1,), and the weighted mean of the columns."""
    sums = _column_sums(X, weight)
    xp, n = _arrays.namespace(sums), float(X.shape[0])
    if weight is None:
        total = xp.full(1, n, dtype=sums.dtype, device=_arrays.device(sums))
    else:
        total = xp.reshape(xp.sum(weight, dtype=sums.dtype), (1,))
    return total, sums / _positive(total)


def _centred(X: Any, mean: Any, weight: Any, total: Any) -> tuple[Any, Any, Any]:
    """Return X - mean in X's dtype, the subtracted mean, and the remaining mean.

    Nothing is subtracted from sparse X: its whole mean remains.
    """
    if not _arrays.is_array(X):
        return X, 0.0 * mean, mean
    taken = _arrays.like(mean, X, "same")
    centred = X - taken
    # Sums of a block's deviations do not need the widest float.
    weight = _ones(X) if weight is None else weight
    left = _arrays.widen(weight @ centred) / _positive(total)
    return centred, _arrays.widen(taken), left


def _rounding(X: Any, total: Any, mean: Any) -> Any:
    """Return the root of the scatter that rounding causes in constant columns."""
    xp = _arrays.namespace(mean)
    eps = _arrays.epsilon(mean if _arrays.is_array(X) else X)
    # The rounding of centred values is relative to the mean; that of X'X - n mean^2 is
    # relative to its terms, and grows with their number.
    dense = _arrays.is_array(X)
    relative = (16 * eps) ** 2 if dense else eps * (16 + X.shape[0])
    return xp.sqrt(relative * total) * xp.abs(mean)


def _column_sums(X: Any, weight: Any) -> Any:
    """Return X' weight in the widest float."""
    # Convert before summing: float32 sums over a block are inexact, and means must be
    # accurate if deviations are small.
    if weight is not None:
        return _arrays.widen(X).T @ _arrays.widen(weight)
    if not _arrays.is_array(X):
        sums = X.sum(axis=0, dtype=_arrays.widen(X.data[:0]).dtype)
        return _arrays.namespace().asarray(sums).reshape(-1)
    xp, wide = _arrays.namespace(X), _arrays.widen(X[:0, ...]).dtype
    if X.dtype == wide:
        return _ones(X) @ X  # several times faster than X.sum(axis=0)
    return xp.sum(X, axis=0, dtype=wide)


def _sums_in_parts(X: Any, weight: Any) -> Any:
    """Return X' weight in the widest float, summing parts in the dtype of X.

    A float32 sum of a thousand rows is accurate enough, and faster than one in another
    dtype.
    """
    n = X.shape[0]
    if n < MANY_ROWS or not _arrays.is_array(X):
        return _arrays.widen(weight @ X)
    starts = range(0, n, MANY_ROWS)
    parts = (slice(i, min(i + MANY_ROWS, n)) for i in starts)
    return sum(_arrays.widen(weight[rows] @ X[rows, ...]) for rows in parts)


def _ones(X: Any) -> Any:
    """Return a one for each row of X."""
    xp = _arrays.namespace(X)
    return xp.ones(X.shape[0], dtype=X.dtype, device=_arrays.device(X))


def _positive(weight: Any) -> Any:
    """Return the weight as a divisor, with 1 in place of 0."""
    xp = _arrays.namespace(weight)
    return xp.where(weight > 0, weight, xp.ones_like(weight))


def _is_rounding(squares: Any, rounding: Any) -> Any:
    """Return which columns are constant, so that their scatter is rounding."""
    length = _arrays.namespace(squares).sqrt(abs(squares))
    # Overflow is False here, so that it stays visible.
    return (squares < 0) | (length <= rounding)


def _not_negative(squares: Any) -> Any:
    """Return squares with the negative roundings of a cancelled zero set to 0."""
    xp = _arrays.namespace(squares)
    return xp.where(squares < 0, xp.zeros_like(squares), squares)  # NaN stays
