r"""Approximate orthogonal factor of a matrix, computed by matrix products only.

With the singular value decomposition G = U S V' it is U V': all singular values become
1. A polynomial of odd degree acts only on the singular values,

.. math:: X \leftarrow a X + b (X X^T) X + c (X X^T)^2 X, \qquad
   \sigma \leftarrow a \sigma + b \sigma^3 + c \sigma^5,

and five such steps bring singular values between about .01 and 1 times the length of G
close to 1.

References
----------
.. [1] A. Bjorck and C. Bowie, "An iterative algorithm for computing the best estimate
   of an orthogonal matrix", SIAM Journal on Numerical Analysis, 8(2), 1971.
.. [2] K. Jordan, Y. Jin, V. Boza, J. You, F. Cesista, L. Newhouse and J. Bernstein,
   "Muon: an optimizer for hidden layers in neural networks", 2024,
   https://kellerjordan.github.io/posts/muon/.
"""

import numpy as np

__all__ = ["nearly_orthogonal"]

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""a, b and c of Jordan et al. (2024): steep at 0, so that small singular values grow
fast; in return they end in about [0.7, 1.2] and not at 1."""

STEPS = 5
"""Number of iterations, as in Jordan et al. (2024)."""


def nearly_orthogonal(G: np.ndarray) -> np.ndarray:
    """Return matrices with the singular vectors of G and singular values near 1.

    Parameters
    ----------
    G : ndarray of shape (..., n, m)
        One matrix, or a stack of them.

    Returns
    -------
    ndarray of shape (..., n, m)
        Zeros if G is zero. Singular values below about .01 times the root of their sum
        of squares become less than 0.7.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.linear_algebra.newton_schulz import nearly_orthogonal
    >>> G = np.random.default_rng(0).normal(size=(3, 5))
    >>> sigma = np.linalg.svd(nearly_orthogonal(G), compute_uv=False)
    >>> bool(sigma.min() > 0.7), bool(sigma.max() < 1.2)
    (True, True)
    """
    is_tall = G.shape[-2] > G.shape[-1]
    X = np.swapaxes(G, -1, -2) if is_tall else G
    # Divide by the largest entry first, so that squares do not over- or underflow.
    largest = np.abs(X).max(axis=(-2, -1), keepdims=True)
    X = X / np.where(largest > 0, largest, 1)
    length = np.sqrt((X * X).sum(axis=(-2, -1), keepdims=True))
    X /= np.where(length > 0, length, 1)
    a, b, c = COEFFICIENTS
    for _ in range(STEPS):
        A = X @ np.swapaxes(X, -1, -2)
        B = c * (A @ A)
        B += b * A
        BX = B @ X
        X *= a
        X += BX
    return np.swapaxes(X, -1, -2) if is_tall else X
