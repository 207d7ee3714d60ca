"""Selection of a rank or penalty by estimates of the error on new rows.

References
----------
.. [1] D. M. Allen, "The relationship between variable selection and data augmentation
   and a method for prediction", Technometrics 16, 1974, 125-127: leave-one-out errors
   from one fit.
.. [2] G. H. Golub, M. Heath and G. Wahba, "Generalized cross-validation as a method
   for choosing a good ridge parameter", Technometrics 21, 1979, 215-223.
.. [3] M. Gavish and D. L. Donoho, "The optimal hard threshold for singular values is
   4/sqrt(3)", IEEE Trans. Inf. Theory 60(8), 2014, 5040-5053.
"""

from typing import Any

import numpy as np
from scipy import integrate, optimize

from skmath import _arrays
from skmath.statistics.moments import as_columns

__all__ = [
    "generalized_cross_validation",
    "leave_one_out_errors",
    "leave_one_out_squares",
    "marchenko_pastur_median",
    "optimal_hard_threshold",
]

NOTHING_LEFT = 1e-10
"""Fraction of the degrees of freedom that is rounding: sums of filters have fewer
digits than a float, but one degree of freedom of ten billion rows is more."""


def leave_one_out_squares(
    X: Any,
    y: Any,
    weight: Any,
    mean: Any,
    axes: Any,
    Uty: Any,
    F: Any,
    G: Any,
    share: Any,
) -> Any:
    r"""Return a block's sum of squared leave-one-out errors, for each spectral filter.

    With :math:`u_i = \operatorname{diag}(1/s) V^T (x_i - \bar x)` the prediction is
    :math:`\hat y_i = \bar y + u_i^T F U^T y`, the leverage
    :math:`h_i = 1/n + u_i^T F u_i`, and the error without row i is
    :math:`(y_i - \hat y_i) / (1 - h_i)`. For a row with a weight above 1, one unit of
    weight is left out, so that a weight of 2 has the same effect as two rows.

    For a row that alone determines a direction (every row, if there are as many columns
    as rows), :math:`1 - 1/n - u_i^T u_i = 0`, and numerator and denominator are both
    small. With :math:`G = I - F` they are

    .. math:: y_i - \hat y_i = u_i^T G U^T y, \quad 1 - h_i = u_i^T G u_i,

    without cancellation (the dual form). Without regularization they are 0; the limit
    of their ratio for small :math:`\alpha` has :math:`G = S^{-2}`, and is the error of
    the minimum-norm solution without row i.

    Parameters
    ----------
    X : array or CSR matrix of shape (n_samples, n_features)
    y : array of shape (n_samples,) or (n_samples, n_outputs)
    weight : array of shape (n_samples,) or None
    mean : ndarray of shape (n_features + n_outputs,)
    axes : ndarray of shape (r, n_features)
        diag(1/s) V'.
    Uty : ndarray of shape (r, n_outputs)
    F : ndarray of shape (r, n_filters)
        Filter factors f(s), one filter per column.
    G : ndarray of shape (r, n_filters)
        1 - f(s) computed without cancellation, up to a factor per column; or its limit
        s^-2 if all are 0.
    share : float
        Leverage of the intercept, 1/n; 0 without one.

    Returns
    -------
    array of shape (n_filters, n_outputs)
        Infinite if some row has leverage 1.
    """
    y = as_columns(y, X)
    Uty, F, G = (_arrays.like(a, y, "same") for a in (Uty, F, G))
    U, left, weight, Y, half, alone = _along_axes(X, y, weight, mean, axes, F, share)
    rows = U, left, weight, Y
    if not _arrays.namespace(y).any(alone):
        return _squares_of(*rows, Uty, F, half)
    others = *_arrays_of(~alone, rows), Uty, F, half
    shared = _squares_of(*others)
    U, _, weight, Y = _arrays_of(alone, rows)
    left = ((U * U) @ G) * _one_unit(weight)
    return shared + _squares_of(U, left, weight, 0 * Y, Uty, G, _arrays.epsilon(y))


def leave_one_out_errors(
    X: Any,
    y: Any,
    weight: Any,
    mean: Any,
    axes: Any,
    Uty: Any,
    F: Any,
    G: Any,
    share: Any,
) -> Any:
    """Return a block's leave-one-out errors, y_i minus its prediction without row i.

    See `leave_one_out_squares` for the parameters.

    Returns
    -------
    array of shape (n_samples, n_outputs, n_filters)
        Infinite for a row with leverage 1.
    """
    y = as_columns(y, X)
    xp = _arrays.namespace(y)
    Uty, F, G = (_arrays.like(a, y, "same") for a in (Uty, F, G))
    U, left, weight, Y, half, alone = _along_axes(X, y, weight, mean, axes, F, share)
    errors = _errors_of(U, left, Y, Uty, F, half)
    if not xp.any(alone):
        return errors
    left = ((U * U) @ G) * _one_unit(weight)
    dual = -_errors_of(U, left, 0 * Y, Uty, G, _arrays.epsilon(y))
    return xp.where(alone[:, None, None], dual, errors)


def _along_axes(
    X: Any, y: Any, weight: Any, mean: Any, axes: Any, F: Any, share: float
) -> tuple[Any, Any, Any, Any, Any, Any]:
    """Return U, 1 - h of each filter, the weights, the centred y, half and alone.

    A row is alone if it alone determines a direction: its 1 - h_i is below half of the
    digits, and dividing by it would magnify rounding beyond the error.
    """
    p, xp = X.shape[1], _arrays.namespace(y)
    mean, axes = (_arrays.like(a, y, "same") for a in (mean, axes))
    U = (X - mean[:p]) @ axes.T if _arrays.is_array(X) else X @ axes.T - axes @ mean[:p]
    left, outside = _left_of(U, weight, share, F, xp.ones_like(F[:, :1]))
    half = _arrays.epsilon(y) ** 0.5
    return U, left, weight, y - mean[p:], half, outside[:, 0] <= half


def _left_of(U: Any, weight: Any, share: float, *filters: Any) -> list[Any]:
    """Return 1 - h of each row and filter, for one unit of its weight or all of it."""
    squares, unit = U * U, _one_unit(weight)
    return [1 - (squares @ F + share) * unit for F in filters]


def _arrays_of(chosen: Any, rows: Any) -> Any:
    """Return the chosen rows of the arrays."""
    (indices,) = _arrays.namespace(chosen).nonzero(chosen)
    return (a if a is None else _arrays.take_rows(a, indices) for a in rows)


def _squares_of(
    U: Any, left: Any, weight: Any, Y: Any, Uty: Any, F: Any, least: float
) -> Any:
    """Return the sum of w ((y - U F U'y) / left)^2 for each filter and output.

    Infinite where 1 - h is too small.
    """
    xp, totals = _arrays.namespace(left), []
    defined = left > least
    divisor = xp.where(defined, left, xp.ones_like(left))
    for j in range(Y.shape[1]):
        error = (Y[:, j, None] - U @ (F * Uty[:, j, None])) / divisor
        totals.append(xp.sum(_arrays.weigh(error * error, weight), axis=0))
    total = xp.stack(totals, axis=1)
    enough = xp.all(defined, axis=0)[:, None]
    return xp.where(enough, total, xp.full_like(total, xp.inf))


def _errors_of(U: Any, left: Any, Y: Any, Uty: Any, F: Any, least: Any) -> Any:
    """Return (y - U F U'y) / left of each row, output and filter.

    Infinite where 1 - h is too small.
    """
    xp = _arrays.namespace(left)
    defined = left > least
    divisor = xp.where(defined, left, xp.ones_like(left))
    outputs = range(Y.shape[1])
    errors = [(Y[:, j, None] - U @ (F * Uty[:, j, None])) / divisor for j in outputs]
    return xp.stack(
        [xp.where(defined, e, xp.full_like(e, xp.inf)) for e in errors], axis=1
    )


def _one_unit(weight: Any) -> float:
    """Return the weight that is left out of each row: 1, or its weight if smaller."""
    if weight is None:
        return 1.0
    xp = _arrays.namespace(weight)
    return xp.where(weight < 1, weight, xp.ones_like(weight))[:, None]


def generalized_cross_validation(
    Uty: Any, outside: Any, F: Any, n: float, intercept: bool, weight: Any = None
) -> Any:
    r"""Return the generalised cross-validation error of each spectral filter.

    .. math:: \frac{\|y - \hat y\|^2 / w}{(1 - \operatorname{tr} H / n)^2}

    Parameters
    ----------
    Uty : ndarray of shape (r, n_outputs)
    outside : ndarray of shape (n_outputs,)
        Norm of the part of y outside of the span of U.
    F : ndarray of shape (r, n_filters)
    n : float
        Number of rows, counted with repetitions.
    intercept : bool
        Whether the mean is fitted too, which uses one degree of freedom.
    weight : float, default=None
        Sum of the weights, w; n if None.

    Returns
    -------
    ndarray of shape (n_filters, n_outputs)
        Infinite if no degree of freedom is left.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.statistics import generalized_cross_validation
    >>> F = np.array([[1.0, 1.0], [0.0, 1.0]])
    >>> Uty, outside = np.array([[9.0], [0.1]]), np.array([3.0])
    >>> generalized_cross_validation(Uty, outside, F, 10, True).ravel()
    array([1.4078125 , 1.83673469])
    """
    residual = outside**2 + ((1 - F) ** 2).T @ Uty**2
    total = n if weight is None else weight
    left = 1 - (np.sum(F, axis=0)[:, None] + intercept) / n
    defined = left > NOTHING_LEFT
    error = residual / (total * np.where(defined, left, 1.0) ** 2)
    return np.where(defined, error, np.inf)


def optimal_hard_threshold(s: Any, n: float, p: float) -> float:
    r"""Return the optimal threshold of singular values for unknown noise level.

    .. math::

        \tau = \operatorname{median}(s) \frac{\lambda(\beta)}{\sqrt{\mu_\beta}}, \quad
        \lambda(\beta)^2 = 2 (\beta + 1)
            + \frac{8 \beta}{\beta + 1 + \sqrt{\beta^2 + 14 \beta + 1}}

    with :math:`\beta = \min(n, p) / \max(n, p)` and the median :math:`\mu_\beta` of the
    Marchenko-Pastur distribution (Gavish and Donoho 2014, equations 4, 5 and 11).

    Parameters
    ----------
    s : ndarray of shape (r,)
        All non-zero singular values.
    n, p : float
        Numbers of rows and columns.

    Returns
    -------
    float

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.statistics import optimal_hard_threshold
    >>> round(optimal_hard_threshold(np.ones(5), 100, 100), 3)  # of a square matrix
    2.858
    """
    beta = min(n, p) / max(n, p)
    root = beta + 1 + np.sqrt(beta**2 + 14 * beta + 1)
    factor = np.sqrt(2 * (beta + 1) + 8 * beta / root)
    return float(np.median(s) * factor / np.sqrt(marchenko_pastur_median(beta)))


def marchenko_pastur_median(beta: float) -> float:
    """Return the median of the Marchenko-Pastur distribution of ratio beta.

    This is the distribution of the squared singular values of noise with variance 1 /
    max(n, p).

    Parameters
    ----------
    beta : float
        Ratio of the sides, in (0, 1].

    Returns
    -------
    float
    """
    low, high = (1 - np.sqrt(beta)) ** 2, (1 + np.sqrt(beta)) ** 2

    def below(x: float) -> float:
        # The substitution t = low + (high - low) sin(a)^2 removes the singularities.
        def density(a: float) -> float:
            t = low + (high - low) * np.sin(a) ** 2
            weight = (high - low) ** 2 * np.sin(2 * a) ** 2 / (4 * np.pi * beta)
            return weight / t if t > 0 else 0.0

        end = np.arcsin(np.sqrt((x - low) / (high - low)))
        return integrate.quad(density, 0, end)[0] - 0.5

    return optimize.brentq(below, low, high)
