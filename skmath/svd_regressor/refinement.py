"""Iterative refinement: residuals in twice the working precision make b fully accurate.

A backward stable method leaves an error of the order of epsilon kappa^2 in b if the
residual is large. If the normal equations' residual A'(y - Ab) is *computed* without
that error, one step of an inaccurate solver corrects b: if its factor has relative
error rho, every step multiplies the error of b by rho, down to the rounding error of b.

The residual is made accurate enough by splitting: x = x1 + x2, where x1 has so few bits
that sums of products x1 b1 are exact in floating point, in any order, so that BLAS can
compute them. The rest, x1 b2 + x2 b, is small, and so is its rounding error.

References
----------
.. [1] A. Bjorck, "Stability analysis of the method of seminormal equations for linear
   least squares problems", Linear Algebra Appl. 88/89, 1987, 31-48: a triangle and
   one step of refinement.
.. [2] K. Ozaki, T. Ogita, S. Oishi and S. M. Rump, "Error-free transformations of
   matrix multiplication by using fast routines of matrix multiplication", Numer.
   Algorithms 59, 2012, 95-118, for the splitting.
.. [3] T. Ogita, S. M. Rump and S. Oishi, "Accurate sum and dot product", SIAM J. Sci.
   Comput. 26(6), 2005, 1955-1988, algorithms 3.1 (TwoSum) and 3.3 (TwoProduct).
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from skmath import _arrays
from skmath.linear_algebra import lengths
from skmath.statistics import as_columns

__all__ = [
    "ExactSum",
    "normal_residual",
    "refined",
    "split",
    "two_product",
    "two_sum",
    "wide_residual",
    "worth_refining",
]

SMALL = 100_000
"""Size of X up to which another pass over the rows only takes some milliseconds."""

DIGITS_LOST = 500_000
"""Error, in rounding units, that is accepted in a coefficient of a large X: it leaves
ten of sixteen digits."""

RESIDUAL_DIGITS = 1e-9
"""Relative error that is accepted in the sum of squared residuals."""

UNIT = 2.0**-52
"""Rounding unit of float64."""

MARGIN = 100
"""Safety factor: the rounding unit of float32 must be this many times the error that
residuals in float64 leave in b, which is their rounding times the squared condition
number."""

MAX_INCREASE = 1.001
"""Largest accepted ratio of the squared residuals after and before a step."""

MAX_PASSES = 6
"""Maximum number of passes over the rows. Each gains at least one digit of two, and two
or three are enough for condition numbers below 1e9."""


def worth_refining(rows, decomposition, k, b, c, epsilon):
    """Return True if another pass over the rows would gain missing digits.

    Never if only some directions of X are kept, always for a small X. A large X is
    refined if fewer than ten of sixteen digits of the coefficients, or nine of the
    squared residual, are expected to be correct.

    Parameters
    ----------
    rows : Rows
    decomposition : Decomposition
    k : int
        Number of directions kept.
    b : ndarray of shape (n_features, n_outputs)
    c : ndarray of shape (n_outputs,)
    epsilon : float
        Machine epsilon of X's dtype.

    Returns
    -------
    bool
    """
    problem, (n, p) = decomposition.problem, rows.X.shape
    if k < problem.rank or problem.length is not None:
        return False
    if n * p <= SMALL:
        return True
    x_mean, y_mean = decomposition.mean[:p], decomposition.mean[p:]
    # c is the difference of two terms, which may cancel.
    terms = np.hypot(y_mean, np.linalg.norm(x_mean[:, None] * b, axis=0))
    is_lost = np.any(terms > DIGITS_LOST * np.abs(c))
    outside, explained = problem.outside, lengths(problem.Qty)
    return bool(
        is_lost
        or decomposition.condition**2 > DIGITS_LOST
        or np.any(epsilon**0.5 * explained > RESIDUAL_DIGITS**0.5 * outside)
    )


def refined(rows, decomposition, f, alpha, b, c, epsilon):
    """Correct b and c until only rounding errors are left.

    Parameters
    ----------
    rows : Rows
    decomposition : Decomposition
    f : ndarray of shape (rank, 1) or (rank, n_outputs), or None
        Filter factors that b was computed with.
    alpha : float or ndarray of shape (n_outputs,)
    b : ndarray of shape (n_features, n_outputs)
    c : ndarray of shape (n_outputs,)
    epsilon : float
        Required relative accuracy.

    Returns
    -------
    b, c : ndarray
    squares : ndarray of shape (n_outputs,)
        Sum of the squared residuals.
    """
    mean, weight = decomposition.mean[: len(b)], decomposition.weight
    before, previous = np.inf, None
    # For float32 input, float64 already has twice the digits.
    is_enough = decomposition.condition**2 < epsilon / UNIT / MARGIN
    residual = wide_residual if is_enough else normal_residual
    for _ in range(MAX_PASSES):
        gradient, squares = rows.sum(residual, b, c)
        g, squares = map(_arrays.to_numpy, (gradient.value, squares))
        if previous is not None and not np.all(squares <= MAX_INCREASE * previous[2]):
            return (
                previous  # the columns' scales differ so much that a step is rounding
            )
        previous = b, c, squares
        with np.errstate(over="ignore", invalid="ignore"):  # such a step is not taken
            # (A'A + alpha) step = A'r - alpha b, to a few digits.
            centred = g[1:] - mean[:, None] * g[0]
            step = decomposition.problem.solve_normal(centred - alpha * b, f)
            step_c = (g[0] / weight - mean @ step) * decomposition.intercept
        steps, values = np.vstack([step_c, step]), np.vstack([c, b])
        ratio = np.zeros_like(steps)
        np.divide(np.abs(steps), np.abs(values), out=ratio, where=values != 0)
        change = np.max(ratio)
        if not change < before / 2:
            break
        b, c, before = b + step, c + step_c, change
        # The next step is smaller by this factor again.
        if change**2 < epsilon:
            break
    return b, c, squares


@dataclass(frozen=True)
class ExactSum:
    """An unevaluated sum high + low of arrays; adding two keeps the digits.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.svd_regressor.refinement import ExactSum
    >>> one, tiny = ExactSum(np.ones(1), np.zeros(1)), ExactSum(np.full(1, 1e-30), 0.0)
    >>> total = one + tiny + ExactSum(-np.ones(1), np.zeros(1))
    >>> total.value
    array([1.e-30])
    """

    high: Any
    low: Any

    def __add__(self, other):
        high, error = two_sum(self.high, other.high)
        return ExactSum(high, self.low + other.low + error)

    @property
    def value(self):
        """The sum, rounded."""
        return self.high + self.low


def two_sum(a, b):
    """Return a + b rounded, and its rounding error: their sum is exact.

    Examples
    --------
    >>> two_sum(1.0, 1e-20)
    (1.0, 1e-20)
    """
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def two_product(a, b):
    """Return a * b rounded, and its rounding error, by Dekker's and Veltkamp's method.

    Examples
    --------
    >>> two_product(1.0 + 2.0**-30, 1.0 - 2.0**-30) == (1.0, -(2.0**-60))
    True
    """
    product = a * b
    a1, b1 = ((2**27 + 1) * v for v in (a, b))
    a1, b1 = a1 - (a1 - a), b1 - (b1 - b)
    a2, b2 = a - a1, b - b1
    return product, a2 * b2 - (((product - a1 * b1) - a2 * b1) - a1 * b2)


def split(x, size, bits):
    """Return x1 + x2 = x, where x1 has at most `bits` leading bits relative to size.

    Parameters
    ----------
    x : array of float64
    size : array that broadcasts to x
        Powers of two that are not less than abs(x).
    bits : int

    Returns
    -------
    x1, x2 : array of x's shape
    """
    # Adding 1.5 2^52 units rounds x to whole units.
    anchor = size * (1.5 * 2.0 ** (52 - bits))
    x1 = (x + anchor) - anchor
    return x1, x - x1


def normal_residual(X, y, weight, b, c):
    """Return [1 X]' W r and r'W r of a block, for r = y - c - Xb with twice the digits.

    Parameters
    ----------
    X : array or CSR matrix of shape (n_samples, n_features)
    y : array of shape (n_samples,) or (n_samples, n_outputs)
    weight : array of shape (n_samples,) or None
    b : array of shape (n_features, n_outputs)
    c : array of shape (n_outputs,)

    Returns
    -------
    gradient : ExactSum
        [1 X]' W r, of shape (1 + n_features, n_outputs).
    squares : array of shape (n_outputs,)
        r'W r, rounded once.
    """
    X, y = _arrays.widen(X), _arrays.widen(as_columns(y, X))
    b, c = _arrays.like(b, X), _arrays.like(c, X)
    xp = _arrays.namespace(y)
    if y.shape[0] == 0:
        zeros = xp.zeros((1 + X.shape[1], y.shape[1]), dtype=y.dtype)
        return ExactSum(zeros, zeros), zeros[0, :]
    # A sum of products of two such numbers fits into 53 bits.
    bits = (52 - math.ceil(math.log2(max(*X.shape, 2)))) // 2
    X1, X2, size = _split_columns(X, bits)
    # y - c - X b
    scale = _power_of_two(xp.max(xp.abs(b) * size[:, None], axis=0))
    unit = scale[None, :] / size[:, None]
    # Products with a tiny b vanish; limit the unit, as an infinite one would give NaN.
    unit = xp.where(unit < 2.0**900, unit, xp.full_like(unit, 2.0**900))
    b1, b2 = split(b, unit, bits)
    high, low = two_sum(y, -c)
    high, error = two_sum(high, -(X1 @ b1))
    high, low = two_sum(high, low + error - (X1 @ b2 + X2 @ b))
    residual = high
    if weight is not None:
        w = _arrays.widen(weight)[:, None]
        low = w * low
        high, error = two_product(w, high)
        low = low + error
    # [1 X]' r
    scale = _power_of_two(xp.max(xp.abs(high), axis=0))
    r1, r2 = split(high, scale[None, :], bits)
    r2 = r2 + low
    ones = xp.ones((1, y.shape[0]), dtype=y.dtype, device=_arrays.device(y))
    gradient = ExactSum(
        xp.concat([ones @ r1, X1.T @ r1], axis=0),
        xp.concat([ones @ r2, X1.T @ r2 + X2.T @ (high + low)], axis=0),
    )
    return gradient, xp.sum(residual * high, axis=0)


def wide_residual(X, y, weight, b, c):
    """Return the same as `normal_residual`, computed in the widest float type."""
    X, y = _arrays.widen(X), _arrays.widen(as_columns(y, X))
    b, c = _arrays.like(b, X), _arrays.like(c, X)
    residual = y - c - X @ b
    weighted = _arrays.weigh(
        residual, None if weight is None else _arrays.widen(weight)
    )
    xp = _arrays.namespace(y)
    gradient = xp.concat([xp.sum(weighted, axis=0)[None, :], X.T @ weighted], axis=0)
    squares = xp.sum(residual * weighted, axis=0)
    return ExactSum(gradient, xp.zeros_like(gradient)), squares


def _power_of_two(x):
    """Return the smallest power of two above x; for x = 0 return 2."""
    xp = _arrays.namespace(x)
    x = xp.where(x > 0, x, xp.ones_like(x))
    return 2.0 ** (xp.floor(xp.log2(x)) + 1)


def _split_columns(X, bits):
    """Return `split` of a dense or sparse X by its columns' sizes, and these sizes."""
    if _arrays.is_array(X):
        xp = _arrays.namespace(X)
        size = _power_of_two(xp.max(xp.abs(X), axis=0))
        return *split(X, size[None, :], bits), size
    size = _power_of_two(abs(X).max(axis=0).toarray().ravel())
    X1, X2 = X.copy(), X.copy()
    X1.data, X2.data = split(X.data, size[X.indices], bits)
    return X1, X2, size
