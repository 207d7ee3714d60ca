r"""Scatter within classes, shrunk, and the coordinates in which it is white.

For points :math:`c_i` of weight :math:`w_i` in classes with means :math:`m_{k(i)}`,

.. math::
   W = \frac{1}{n} \sum_i w_i (c_i - m_{k(i)}) (c_i - m_{k(i)})^T, \qquad
   W_\gamma = (1 - \gamma) W + \gamma \frac{\mathrm{tr} W}{M} I .

How one person's images differ (light, pose, expression) is W. In the coordinates
:math:`W_\gamma^{-1/2} c` those differences have the same size in every direction, so
that what is left to tell by is how persons differ.

Directions in which all points differ much are those in which one person's images do
too, more often than not. So a part :math:`\alpha` of what W is shrunk to can be the
variances V of all points along the axes, diagonal, in place of the identity:

.. math::
   W_\gamma = (1 - \gamma) W + \gamma\, \mathrm{tr} W \left(
   (1 - \alpha) \frac{I}{M} + \alpha \frac{V}{\mathrm{tr} V} \right) ,

shrinkage to several targets (Lancewicki and Aladjem 2014).

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
"""Numbers that a temporary holds at most: 40 MB."""

NO_SCATTER = 1e-10
"""Share of the mean scatter that is none: the squares of float32's rounding are less.
"""

NOTHING_LEFT = 1e-9
"""Share of a class's weight that remains but for rounding when a point has it all."""


def class_means(C, codes, weight):
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
        Zeros where a class has no points.

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


def within_class_scatter(C, codes, weight):
    """Return the class means, and the mean products of the deviations from them.

    Parameters
    ----------
    C : ndarray of shape (n, M)
    codes : ndarray of int of shape (n,)
    weight : ndarray of shape (n,)

    Returns
    -------
    means : ndarray of shape (largest code + 1, M)
        As of `class_means`.
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


def left_out_factors(weight, codes, copies):
    r"""Return b of W - b d d', the scatter without a point that deviates by d.

    Leaving a point of weight w out of a class of weight u moves the mean too, and takes
    :math:`\frac{w u}{u - w} d d^T` from the sum of squares.

    Parameters
    ----------
    weight : ndarray of shape (n,)
    codes : ndarray of int of shape (n,)
        Class of each point.
    copies : ndarray of shape (n,)
        Any numbers, the same for points that are equal: those of a class are left out
        together.

    Returns
    -------
    ndarray of shape (n,)
        0 for a point that is its whole class: it deviates by nothing.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.statistics import left_out_factors
    >>> left_out_factors(np.ones(3), np.array([0, 0, 1]), np.arange(3)).round(3)
    array([0.667, 0.667, 0.   ])
    """
    # A copy in another class is none: it is no part of this class's mean.
    pairs = np.stack([codes, np.unique(copies, return_inverse=True)[1]])
    own = np.unique(pairs, axis=1, return_inverse=True)[1]
    w = np.bincount(own, weight)[own]
    u = np.bincount(codes, weight)[codes]
    alone = u - w <= NOTHING_LEFT * u
    share = u / np.where(alone, 1.0, u - w)
    return np.where(alone, 0.0, w / weight.sum() * share)


def ledoit_wolf_shrinkage(deviations, W, weight):
    r"""Return the share of the identity that makes W best in expected squares.

    :math:`\gamma = \min(b^2, d^2) / d^2` with :math:`d^2 = \|W - \mu I\|^2` and
    :math:`b^2 = n^{-2} \sum_i w_i \|x_i x_i^T - W\|^2`, the variance of W (Ledoit and
    Wolf 2004).

    Parameters
    ----------
    deviations : ndarray of shape (n, M)
    W : ndarray of shape (M, M)
        Their weighted mean products.
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
    # It is of no unit: in units of the scatter fourth powers are numbers.
    scale = np.trace(W)
    W, deviations = W / scale, deviations / np.sqrt(scale)
    squares = np.sum(W * W)
    distance = squares - 1 / M
    if distance <= 0:
        return 1.0
    lengths = np.sum(deviations * deviations, axis=1)
    variance = (weight @ (lengths * lengths) / n - squares) / n
    return float(min(max(variance, 0.0), distance) / distance)


def square_roots(W, shrinkage, target=None):
    r"""Return the symmetric :math:`W_\gamma^{-1/2}` and :math:`W_\gamma^{1/2}`.

    Symmetric roots turn nothing: they depend on no choice of signs or order.

    Parameters
    ----------
    W : ndarray of shape (M, M)
        Not zero.
    shrinkage : float
        The share of the target. With 0, directions in which W is singular count as
        if it had 1e-10 of its mean there.
    target : ndarray of shape (M,), default=None
        Diagonal of what W is shrunk to, its mean 1, in units of the mean of W's; None
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
    """A linear map of centred coordinates, its inverse, and what it was learnt of.

    Parameters
    ----------
    map, inverse : ndarray of shape (M, M) or None
        Symmetric; None leaves coordinates as they are.
    means : ndarray of shape (n_classes, M), default=None
        Of the classes; None where they had no part in it.
    shrinkage : float, default=1.0
    """

    map: Any = None
    inverse: Any = None
    means: Any = None
    shrinkage: float = 1.0

    def apply(self, C):
        """Return points in whitened coordinates."""
        return C if self.map is None else C @ self.map.astype(C.dtype)

    def undo(self, Z):
        """Return the points that have given whitened coordinates."""
        return Z if self.inverse is None else Z @ self.inverse.astype(Z.dtype)


def unwhitened(C, codes, weight, shrinkage, variance_share=0.0):
    """Return the `Whitening` that leaves coordinates as they are.

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


def unit_variance(C, codes, weight, shrinkage, variance_share=0.0):
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
        A coordinate that is constant stays as it is.
    """
    total = weight.sum()
    centred = C - weight @ C / total
    deviation = np.sqrt(weight @ centred**2 / total)
    deviation = np.where(deviation > 0, deviation, 1.0)
    return Whitening(np.diag(1 / deviation), np.diag(deviation))


def within_class_whitening(C, codes, weight, shrinkage, variance_share=0.0):
    """Return the `Whitening` by the shrunk scatter within classes.

    Parameters
    ----------
    C : ndarray of shape (n, M)
    codes : ndarray of int of shape (n,)
    weight : ndarray of shape (n,)
    shrinkage : float or "auto"
        gamma; "auto" is Ledoit and Wolf's, for which variance_share has to be 0.
    variance_share : float, default=0.0
        alpha, the part of gamma that the variances along the axes have.

    Returns
    -------
    Whitening
        The identity, without means, if no class has two points that differ.

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


def _variances(C, weight):
    """Return the variance along each axis."""
    total = weight.sum()
    mean = weight @ C / total
    return np.einsum("i,ij,ij->j", weight, C, C) / total - mean * mean
