"""Iterative refinement of least squares over rows."""

import numpy as np

from skmath import _arrays
from skmath.linear_algebra import lengths
from skmath.svd_regressor.error_free_sums import normal_residual

__all__ = ["refined", "worth_refining"]

SMALL = 100_000
"""Numbers in X up to which another pass over the rows costs next to nothing."""

DIGITS_LOST = 500_000
"""Error, in rounding units, that a coefficient of a large X may have."""

MOST_PASSES = 6


def worth_refining(rows, found, b, c, epsilon):
    """Tell whether another pass over the rows would give digits that are missing.

    For a small X it always does. For a large one it has to be needed: ten of sixteen
    digits are wanted of the coefficients, and nine of the residual's square.

    Parameters
    ----------
    rows : Rows
    found : Found
    b : ndarray of shape (n_features, n_outputs)
    c : ndarray of shape (n_outputs,)
    epsilon : float
        Rounding unit of X.

    Returns
    -------
    bool
    """
    n, p = rows.X.shape
    if n * p <= SMALL:
        return True
    x_mean, y_mean = found.mean[:p], found.mean[p:]
    # c is what is left of two terms.
    terms = np.hypot(y_mean, np.linalg.norm(x_mean[:, None] * b, axis=0))
    lost = np.any(terms > DIGITS_LOST * np.abs(c))
    left, explained = found.problem.outside, lengths(found.problem.Qty)
    return bool(
        lost
        or found.condition**2 > DIGITS_LOST
        or np.any(epsilon**0.5 * explained > 1e-9**0.5 * left)
    )


def refined(rows, found, b, c, alpha, solve, epsilon):
    """Correct b and c until what is left is the rounding of their digits.

    Parameters
    ----------
    rows : Rows
    found : Found
    b : ndarray of shape (n_features, n_outputs)
    c : ndarray of shape (n_outputs,)
    alpha : float
    solve : callable
        ``solve(g)`` returns (A'A + alpha)^-1 g, to a few digits.
    epsilon : float
        Rounding unit that is wanted.

    Returns
    -------
    b, c : ndarray
    squares : ndarray of shape (n_outputs,)
        Sum of the squared residuals.
    """
    p = rows.n_features
    intercept = found.intercept
    before = np.inf
    for _ in range(MOST_PASSES):
        gradient, squares = rows.sum(normal_residual, b, c)
        g, squares = map(_arrays.to_numpy, (gradient.value, squares))
        with np.errstate(over="ignore", invalid="ignore"):  # such a step is not taken
            step = solve(g[1:] - found.mean[:p, None] * g[0] - alpha * b)
            step_c = (g[0] / found.weight - found.mean[:p] @ step) * intercept
        change = _largest_ratio(np.vstack([step_c, step]), np.vstack([c, b]))
        if not change < before / 2:
            break
        b, c, before = b + step, c + step_c, change
        if change**2 < epsilon:
            break
    return b, c, squares


def _largest_ratio(step, value):
    ratio = np.zeros_like(step)
    np.divide(np.abs(step), np.abs(value), out=ratio, where=value != 0)
    return np.max(ratio)
