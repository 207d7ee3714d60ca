r"""Influence of single rows on a fit, and variance inflation of collinear columns.

With the residuals :math:`e = y - \hat y`, the leverages h, the noise's standard
deviation :math:`\hat\sigma` with :math:`\nu` degrees of freedom, and k coefficients
including the intercept, the internally and externally studentized residuals and Cook's
distance are

.. math:: r_i = \frac{e_i}{\hat\sigma \sqrt{1 - h_i}}, \quad
    t_i = r_i \sqrt{\frac{\nu - 1}{\nu - r_i^2}}, \quad
    D_i = \frac{r_i^2}{k} \frac{h_i}{1 - h_i}

References
----------
R. D. Cook and S. Weisberg, *Residuals and Influence in Regression*, 1982, sections 2.2
and 3.1.

R. D. Cook, "Detection of influential observation in linear regression", Technometrics
19(1), 1977, 15-18.

D. W. Marquardt, "Generalized inverses, ridge regression, biased linear estimation, and
nonlinear estimation", Technometrics 12(3), 1970, 591-612, for the variance inflation.
"""

from numbers import Real

import numpy as np
from scipy import stats
from sklearn.utils import Bunch

from skmath import _arrays
from skmath._rows.rows import is_dask
from skmath.linear_algebra import lengths
from skmath.svd_regressor.uncertainty import in_new_axis

__all__ = [
    "check_probability",
    "influences",
    "interval_about",
    "residuals",
    "variance_inflation",
]


def influences(residual, rows, uncertainty):
    """Compute studentized residuals and Cook's distances of training rows.

    Parameters
    ----------
    residual : array of shape (n_samples,) or (n_samples, n_outputs)
    rows : Rows
    uncertainty : Uncertainty

    Returns
    -------
    Bunch
        NaN for a row that alone determines its own prediction, and for external
        residuals with one degree of freedom: there is nothing to compare with.

    Raises
    ------
    ValueError
        If a leverage is above 1, which is impossible for a training row.
    """
    leverage, noise, residual_degrees = (
        uncertainty.leverages(rows),
        uncertainty.noise,
        uncertainty.residual_degrees,
    )
    n_coefficients = _arrays.like(
        np.asarray(uncertainty.degrees + uncertainty.A.intercept),
        uncertainty.like,
        "same",
    )
    xp, tolerance = _arrays.namespace(residual), _arrays.epsilon(residual) ** 0.5
    h = leverage if leverage.ndim == residual.ndim else leverage[:, None]
    if not is_dask(h):
        check_leverages(h, tolerance)
    is_decisive = 1 - h <= tolerance
    complement = xp.where(is_decisive, xp.ones_like(h), 1 - h)
    # In a fit without noise all residuals are zero, and no row is an outlier.
    scale = xp.where(noise > 0, noise, xp.ones_like(noise))
    internal = residual / (scale * complement**0.5)
    distance = internal**2 * (h / complement) / n_coefficients
    nan = xp.full_like(internal, xp.nan)
    # If one row causes all of the noise, the others have none.
    other_squares = residual_degrees - internal**2
    has_none = other_squares <= 0
    ratio = (residual_degrees - 1) / xp.where(
        has_none, xp.ones_like(other_squares), other_squares
    )
    external = internal * xp.where(has_none, xp.full_like(ratio, xp.inf), ratio) ** 0.5
    external = xp.where(residual_degrees + 0 * ratio > 1, external, nan)
    internal, external, distance = (
        xp.where(is_decisive, nan, part) for part in (internal, external, distance)
    )
    return Bunch(
        residual=residual,
        leverage=leverage,
        studentized_residual=internal,
        external_studentized_residual=external,
        cooks_distance=distance,
    )


def check_leverages(h, tol):
    """Raise a ValueError if a leverage is above 1."""
    h = _arrays.to_numpy(h)
    if np.any(h > 1 + tol):
        i = int(np.argmax(np.max(np.reshape(h, (len(h), -1)), axis=1)))
        raise ValueError(
            f"Row {i} of X has leverage {np.max(h[i]):.3g}, but a training row has at "
            "most 1: it was not fitted, or had a weight below 1. For new rows use "
            "predict(X, return_std=True)."
        )


def residuals(y, mean):
    """Return y - mean, or raise a ValueError if their shapes do not match."""
    if y.shape[1:] != mean.shape[1:]:
        raise ValueError(
            f"y has shape {y.shape}, but predictions have shape {mean.shape}: pass y "
            "in the shape used in fit."
        )
    return (y if is_dask(y) else _arrays.like(y, mean, "same")) - mean


def check_probability(probability):
    """Raise a ValueError if return_interval is not None or a probability."""
    is_valid = probability is None or isinstance(probability, Real)
    if not is_valid or (probability is not None and not 0 < probability < 1):
        raise ValueError(
            "return_interval must be None or a probability in (0, 1), such as 0.95, "
            f"got {probability!r}."
        )


def interval_about(mean, std, probability, residual_degrees):
    """Return prediction intervals: lower and upper ends along the last axis.

    Parameters
    ----------
    mean, std : array of one shape
    probability : float
        Probability that a new observation is in its interval.
    residual_degrees : array of shape () or (n_outputs,)
        Degrees of freedom of std.

    Returns
    -------
    array of the same shape, and an axis of length 2
    """
    t = stats.t.isf(
        (1 - probability) / 2, _arrays.to_numpy(residual_degrees).astype(float)
    )
    t = t if is_dask(mean) else _arrays.like(t, mean, "same")
    return in_new_axis([mean - t * std, mean + t * std], axis=-1)


def variance_inflation(problem):
    r"""Return how much collinearity with the others inflates each column's variance.

    :math:`1 / (1 - R_j^2) = \|a_j\|^2 \|a^+_j\|^2` with the column :math:`a_j` of A,
    and the row :math:`a^+_j` of the pseudo-inverse: the part of :math:`a_j` that the
    other columns do not explain has length :math:`1 / \|a^+_j\|`.

    Parameters
    ----------
    problem : LeastSquares

    Returns
    -------
    ndarray of shape (n_features,)
        Infinite for a column that is a combination of others, or constant.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.linear_algebra import from_factor
    >>> from skmath.svd_regressor.influence import variance_inflation
    >>> A = np.array([[1.0, 3.0], [0.0, 4.0]])
    >>> problem = from_factor(A, np.zeros((2, 1)), rcond=1e-12)
    >>> variance_inflation(problem)
    array([1.5625, 1.5625])
    """
    if problem.length is not None:
        raise ValueError(
            "Variance inflation factors need all directions of X, but "
            "solver='randomized' and 'lanczos' compute only some: fit with solver='qr'."
        )
    A, inverse = problem.T, np.linalg.inv(problem.T)
    if problem.K is not None:
        A, inverse = A @ problem.K, problem.pseudo_inverse @ inverse
    factors = lengths(inverse.T * lengths(A)) ** 2
    if problem.rank < problem.n_features:
        is_open = problem.left_open(np.zeros(problem.n_features))[1:]
        factors = np.where(is_open, np.inf, factors)
    return np.maximum(factors, 1.0)
