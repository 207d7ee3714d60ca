"""Spectral filters: the effect of regularization on each singular value.

With A = U S V' the least squares solution is b = V diag(1/s) U'y. A regularised one is
b = V diag(f(s)/s) U'y with a filter f(s) between 0 (drop) and 1 (keep).

References
----------
.. [1] P. C. Hansen, *Rank-Deficient and Discrete Ill-Posed Problems*, SIAM, 1998,
   section 4.2.
"""

from typing import Any

from skmath import _arrays

__all__ = ["filtered_inverse", "tikhonov", "truncation"]


def truncation(s: Any, n_components: int) -> Any:
    """Keep the first n_components singular values: f = 1 for them, else 0.

    Parameters
    ----------
    s : array of shape (n,)
        Singular values, largest first.
    n_components : int

    Returns
    -------
    array of shape (n,)

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.linear_algebra import truncation
    >>> truncation(np.array([3.0, 2.0, 1e-9]), 2)
    array([1., 1., 0.])
    """
    xp = _arrays.namespace(s)
    order = xp.arange(s.shape[0], device=_arrays.device(s))
    return xp.astype(order < n_components, s.dtype)


def tikhonov(s: Any, alpha: Any) -> Any:
    """Shrink small singular values: f = s^2 / (s^2 + alpha), as ridge regression does.

    It gives the minimiser of ||y - Ab||^2 + alpha ||b||^2.

    Parameters
    ----------
    s : array of shape (n,)
        Singular values.
    alpha : float or array of shape (n_filters,)
        Regularization strength, in the units of s squared. 0 keeps everything.

    Returns
    -------
    array of shape (n,) or (n, n_filters)

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.linear_algebra import tikhonov
    >>> tikhonov(np.array([3.0, 1.0]), 1.0)
    array([0.9, 0.5])
    """
    xp = _arrays.namespace(s)
    if getattr(alpha, "ndim", 0):
        return xp.stack([tikhonov(s, float(a)) for a in alpha], axis=1)
    if alpha == 0:
        return xp.ones_like(s)
    # s / hypot(s, sqrt(alpha)), squared: s^2 itself may overflow or underflow.
    ratio = s / xp.hypot(s, xp.full_like(s, alpha**0.5))
    return ratio * ratio


def filtered_inverse(s: Any, f: Any) -> Any:
    """Return f(s)/s, and 0 where the filter is 0 (s may be 0 there).

    Parameters
    ----------
    s : array of shape (n,)
        Singular values.
    f : array of shape (n,) or (n, n_filters)
        Filter factors.

    Returns
    -------
    array of the shape of f
    """
    xp = _arrays.namespace(s)
    s = s[:, None] if f.ndim == 2 else s
    kept = (f > 0) & (s > 0)
    return xp.where(kept, f / xp.where(kept, s, xp.ones_like(s)), xp.zeros_like(s))
