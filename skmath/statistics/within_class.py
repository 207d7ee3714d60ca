r"""Scatter within classes, shrunk, and the coordinates in which it is white.

For points :math:`c_i` of weight :math:`w_i` in classes with means :math:`m_{k(i)}`,

.. math::
   W = \frac{1}{n} \sum_i w_i (c_i - m_{k(i)}) (c_i - m_{k(i)})^T, \qquad
   W_\gamma = (1 - \gamma) W + \gamma \frac{\mathrm{tr} W}{M} I .

For faces, W describes how images of one person differ (light, pose, expression). In the
coordinates :math:`W_\gamma^{-1/2} c` these differences have the same size in every
direction, so that distances show how persons differ.

Directions with a large variance over all points usually also have a large variance
within each person. So a part :math:`\alpha` of the shrinkage target can be the diagonal
variances V of all points along the axes, in place of the identity:

.. math::
   W_\gamma = (1 - \gamma) W + \gamma\, \mathrm{tr} W \left(
   (1 - \alpha) \frac{I}{M} + \alpha \frac{V}{\mathrm{tr} V} \right) ,

which is shrinkage to several targets (Lancewicki and Aladjem 2014).

References
----------
.. [1] O. Ledoit and M. Wolf, "A well-conditioned estimator for large-dimensional
   covariance matrices", J. Multivariate Analysis, 88(2), 2004, section 3.3.
.. [2] A. O. Hatch, S. Kajarekar and A. Stolcke, "Within-class covariance normalization
   for SVM-based speaker recognition", Interspeech, 2006.
.. [3] T. Lancewicki and M. Aladjem, "Multi-target shrinkage estimation for covariance
   matrices", IEEE Trans. Signal Processing, 62(24), 2014.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = [
    "Whitening",
    "class_means",
    "ledoit_wolf_shrinkage",
    "left_out_factors",
    "square_roots",
    "unit_variance",
    "unwhitened",
    "within_class_scatter",
    "within_class_whitening",
]

BLOCK_ENTRIES = 5_000_000
"""Maximum number of entries of temporary arrays: 40 MB."""

NO_SCATTER = 1e-10
"""Fraction of the mean scatter that counts as zero; the squared rounding of float32 is
less."""

NOTHING_LEFT = 1e-9
"""Fraction of a class's weight that rounding may leave if one point has all of it."""


def class_means(C: Any, codes: Any, weight: Any) -> np.ndarray:
    """Return the mean point of each class.

    Parameters
    ----------
    C : ndarray of shape (n, M)
    codes : ndarray of int of shape (n,)
        Class of each point, from 0.
    weight : ndarray of shape (n,)

    Returns
    -------
    ndarray of shape (largest code + 1, M)
        Zeros for classes without points.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.statistics import class_means
    >>> class_means(np.array([[1.0], [2.0], [5.0]]), np.array([0, 0, 2]), np.ones(3))
    array([[1.5],
           [0. ],
           [5. ]])
    """
    means = np.zeros((codes.max() + 1, C.shape[1]))
    step = max(1, BLOCK_ENTRIES // max(1, C.shape[1]))
    for start in range(0, len(C), step):
        block = slice(start, start + step)
        order = np.argsort(codes[block], kind="stable")
        present, starts = np.unique(codes[block][order], return_index=True)
        weighted = C[block] * weight[block, None]
        means[present] += np.add.reduceat(weighted[order], starts, axis=0)
    present = np.unique(codes)
    means[present] /= np.bincount(codes, weight)[present, None]
    return means


def within_class_scatter(
    C: Any, codes: Any, weight: Any
) -> tuple[np.ndarray, np.ndarray]:
    """Return the class means, and the mean outer product of the deviations from them.

    Parameters
    ----------
    C : ndarray of shape (n, M)
    codes : ndarray of int of shape (n,)
    weight : ndarray of shape (n,)

    Returns
    -------
    means : ndarray of shape (largest code + 1, M)
        See `class_means`.
    W : ndarray of shape (M, M)

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.statistics import within_class_scatter
    >>> C = np.array([[0.0, 0.0], [2.0, 0.0], [5.0, 5.0]])
    >>> within_class_scatter(C, np.array([0, 0, 1]), np.ones(3))[1].round(3)
    array([[0.667, 0.   ],
           [0.   , 0.   ]])
    """
    means = class_means(C, codes, weight)
    W = np.zeros((C.shape[1], C.shape[1]))
    step = max(1, BLOCK_ENTRIES // max(1, C.shape[1]))
    for start in range(0, len(C), step):
        block = slice(start, start + step)
        deviations = C[block] - means[codes[block]]
        W += (deviations * weight[block, None]).T @ deviations
    return means, W / weight.sum()


def left_out_factors(weight: Any, codes: Any, copies: Any) -> Any:
    r"""Return b in W - b d d', the scatter without a point with deviation d.

    Leaving a point of weight w out of a class of weight u also moves the mean, and
    reduces the sum of squares by :math:`\frac{w u}{u - w} d d^T`.

    Parameters
    ----------
    weight : ndarray of shape (n,)
    codes : ndarray of int of shape (n,)
        Class of each point.
    copies : ndarray of shape (n,)
        Any numbers that are the same for equal points; equal points of a class are left
        out together.

    Returns
    -------
    ndarray of shape (n,)
        0 for the only point of a class, whose deviation is 0.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.statistics import left_out_factors
    >>> left_out_factors(np.ones(3), np.array([0, 0, 1]), np.arange(3)).round(3)
    array([0.667, 0.667, 0.   ])
    """
    # A copy in another class does not count: it has no part in this class's mean.
    pairs = np.stack([codes, np.unique(copies, return_inverse=True)[1]])
    own = np.unique(pairs, axis=1, return_inverse=True)[1]
    w = np.bincount(own, weight)[own]
    u = np.bincount(codes, weight)[codes]
    alone = u - w <= NOTHING_LEFT * u
    share = u / np.where(alone, 1.0, u - w)
    return np.where(alone, 0.0, w / weight.sum() * share)


def ledoit_wolf_shrinkage(deviations: Any, W: Any, weight: Any) -> float:
    r"""Return the shrinkage towards the identity with the least expected squared error.

    :math:`\gamma = \min(b^2, d^2) / d^2` with :math:`d^2 = \|W - \mu I\|^2` and
    :math:`b^2 = n^{-2} \sum_i w_i \|x_i x_i^T - W\|^2`, the variance of W (Ledoit and
    Wolf 2004).

    Parameters
    ----------
    deviations : ndarray of shape (n, M)
    W : ndarray of shape (M, M)
        Their weighted mean outer product.
    weight : ndarray of shape (n,)

    Returns
    -------
    float
        0 to 1.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.covariance import ledoit_wolf_shrinkage as theirs
    >>> from skmath.statistics import ledoit_wolf_shrinkage
    >>> X = np.random.default_rng(0).normal(size=(20, 4)) * [1, 2, 3, 4]
    >>> X -= X.mean(axis=0)
    >>> bool(np.isclose(ledoit_wolf_shrinkage(X, X.T @ X / 20, np.ones(20)), theirs(X)))
    True
    """
    n, M = weight.sum(), W.shape[0]
    # The result has no unit; scaling avoids overflow of fourth powers.
    scale = np.trace(W)
    W, deviations = W / scale, deviations / np.sqrt(scale)
    squares = np.sum(W * W)
    distance = squares - 1 / M
    if distance <= 0:
        return 1.0
    lengths = np.sum(deviations * deviations, axis=1)
    variance = (weight @ (lengths * lengths) / n - squares) / n
    return float(min(max(variance, 0.0), distance) / distance)


def square_roots(
    W: Any, shrinkage: Any, target: Any = None
) -> tuple[np.ndarray, np.ndarray]:
    r"""Return the symmetric :math:`W_\gamma^{-1/2}` and :math:`W_\gamma^{1/2}`.

    Symmetric roots are unique: they do not depend on signs or order of eigenvectors.

    Parameters
    ----------
    W : ndarray of shape (M, M)
        Scatter matrix, not zero.
    shrinkage : float
        Weight of the target, from 0 to 1. Without shrinkage, directions in which W is
        singular get 1e-10 of its mean.
    target : ndarray of shape (M,), default=None
        Diagonal of the target with mean 1, in units of the mean of W's diagonal; None
        is the identity.

    Returns
    -------
    inverse_root, root : ndarray of shape (M, M)

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.statistics import square_roots
    >>> square_roots(np.diag([4.0, 0.0]), 0.5)[1].round(3)
    array([[1.732, 0.   ],
           [0.   , 1.   ]])
    """
    mean = np.trace(W) / W.shape[0]
    if target is not None:
        W = (1 - shrinkage) * W + np.diag(shrinkage * mean * target)
        shrinkage = 0.0
    eigenvalues, V = np.linalg.eigh(W)
    shrunk = (1 - shrinkage) * np.maximum(eigenvalues, 0.0) + shrinkage * mean
    root = np.sqrt(np.maximum(shrunk, NO_SCATTER * mean))
    return (V / root) @ V.T, (V * root) @ V.T


@dataclass(frozen=True)
class Whitening:
    """Linear map of coordinates and its inverse, with the class means and shrinkage.

    Parameters
    ----------
    map, inverse : ndarray of shape (M, M) or None
        Symmetric matrices; None leaves coordinates unchanged.
    means : ndarray of shape (n_classes, M), default=None
        Means of the classes; None if they are not used.
    shrinkage : float, default=1.0
        Weight of the shrinkage target.
    """

    map: Any = None
    inverse: Any = None
    means: Any = None
    shrinkage: float = 1.0

    def apply(self, C: Any) -> np.ndarray:
        """Return points in whitened coordinates."""
        return C if self.map is None else C @ self.map.astype(C.dtype)

    def undo(self, Z: Any) -> np.ndarray:
        """Return the points with the given whitened coordinates."""
        return Z if self.inverse is None else Z @ self.inverse.astype(Z.dtype)


def unwhitened(
    C: Any, codes: Any, weight: Any, shrinkage: Any, variance_share: float = 0.0
) -> Whitening:
    """Return the `Whitening` that leaves coordinates unchanged.

    Parameters
    ----------
    C : ndarray of shape (n, M)
    codes : ndarray of int of shape (n,)
    weight : ndarray of shape (n,)
    shrinkage, variance_share : ignored

    Returns
    -------
    Whitening
    """
    return Whitening()


def unit_variance(
    C: Any, codes: Any, weight: Any, shrinkage: Any, variance_share: float = 0.0
) -> Whitening:
    """Return the `Whitening` that divides coordinates by their standard deviations.

    Parameters
    ----------
    C : ndarray of shape (n, M)
    codes : ndarray of int of shape (n,)
    weight : ndarray of shape (n,)
    shrinkage, variance_share : ignored

    Returns
    -------
    Whitening
        Constant coordinates are not scaled.
    """
    total = weight.sum()
    centred = C - weight @ C / total
    deviation = np.sqrt(weight @ centred**2 / total)
    deviation = np.where(deviation > 0, deviation, 1.0)
    return Whitening(np.diag(1 / deviation), np.diag(deviation))


def within_class_whitening(
    C: Any, codes: Any, weight: Any, shrinkage: Any, variance_share: float = 0.0
) -> Whitening:
    """Return the `Whitening` by the shrunk scatter within classes.

    Parameters
    ----------
    C : ndarray of shape (n, M)
    codes : ndarray of int of shape (n,)
    weight : ndarray of shape (n,)
    shrinkage : float or "auto"
        gamma; "auto" is Ledoit and Wolf's, which requires variance_share=0.
    variance_share : float, default=0.0
        alpha, the part of the target that consists of the variances along the axes.

    Returns
    -------
    Whitening
        The identity, without means, if no class has two different points.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.statistics import within_class_whitening
    >>> C = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 9.0], [0.0, 11.0]])
    >>> within_class_whitening(C, np.array([0, 0, 1, 1]), np.ones(4), 0.0).map.round(3)
    array([[0.707, 0.   ],
           [0.   , 1.414]])
    """
    means, W = within_class_scatter(C, codes, weight)
    if np.trace(W) <= NO_SCATTER * np.einsum("ij,ij->", C, C, dtype=W.dtype) / len(C):
        return unwhitened(C, codes, weight, shrinkage)
    if shrinkage == "auto":
        shrinkage = ledoit_wolf_shrinkage(C - means[codes], W, weight)
    target = None
    if variance_share > 0:
        target = _variances(C, weight)
        target = 1 - variance_share + variance_share * target / target.mean()
    return Whitening(*square_roots(W, shrinkage, target), means, shrinkage)


def _variances(C: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the variance along each axis."""
    total = weight.sum()
    mean = weight @ C / total
    return np.einsum("i,ij,ij->j", weight, C, C) / total - mean * mean
