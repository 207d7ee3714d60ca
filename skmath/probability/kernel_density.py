r"""Kernel density of one feature, by local expansions.

The density of n values with weights w and the normal kernel of bandwidth h is

.. math:: \hat f(x) = \frac{1}{h \sqrt{2 \pi} \sum_i w_i}
          \sum_i w_i \exp\Big(-\frac{(x - c_i)^2}{2 h^2}\Big).

Summed as it stands, m new values cost m n exponentials. Here the line is cut into boxes
of width h. About the centre t of its box, with :math:`\xi = (x - t) / h`, 1/2 at
most, and :math:`\delta_i = (c_i - t) / h`,

.. math:: \sum_i w_i e^{-(\xi - \delta_i)^2 / 2} = e^{-\xi^2 / 2}
          \sum_k \xi^k \sum_i w_i e^{-\delta_i^2 / 2} \frac{\delta_i^k}{k!},

a polynomial whose coefficients are found once (Greengard and Strain 1991, section 3):
n + m operations. Values farther than `REACH` boxes do not count: where the density is
so low that they could, the sum is taken as it stands.

References
----------
.. [1] L. Greengard and J. Strain, "The fast Gauss transform", SIAM J. Sci. Stat.
   Comput., 12(1), 1991.
.. [2] B. W. Silverman, *Density Estimation for Statistics and Data Analysis*, 1986,
   equation 3.31.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["KernelSum", "kernel_sum", "silverman_bandwidth"]

REACH = 9
"""Boxes beyond which a value's kernel, below exp(-81 / 2), is left out."""

TERMS = 32
"""Of the polynomials: what is left out is below 1e-13 of the sum."""

TRUSTED = 1e-7
"""Share of the total weight from which a sum is right to ten digits."""

FEW = 200
"""Values up to which sums are taken as they stand."""

BLOCK = 1 << 20
"""Kernels that are held at once where they are."""


@dataclass(frozen=True)
class KernelSum:
    """A weighted sum of normal kernels, ready to be evaluated.

    Parameters
    ----------
    values, weights : ndarray of shape (n_values,)
    bandwidth : float
    boxes : ndarray of int of shape (n_boxes,)
        Sorted numbers of the boxes that have a polynomial; box 0 begins at the first
        value.
    coefficients : ndarray of shape (n_boxes, TERMS)
    """

    values: Any
    weights: Any
    bandwidth: float
    boxes: Any
    coefficients: Any

    def log_density(self, x):
        """Return the logarithm of the density at each x.

        Parameters
        ----------
        x : ndarray of shape (n_points,)

        Returns
        -------
        ndarray of shape (n_points,)
        """
        total = self.weights.sum()
        # An outlier's square must be finite.
        u = np.clip((x - self.values[0]) / self.bandwidth, -1e150, 1e150)
        sums = self._expanded(u)
        trusted = sums > TRUSTED * total
        logarithms = np.log(np.where(trusted, sums, 1.0))
        if not trusted.all():
            logarithms[~trusted] = self._log_sums(u[~trusted])
        return logarithms - math.log(total * self.bandwidth * math.sqrt(2 * math.pi))

    def _expanded(self, u):
        """Return the sums by the polynomials; 0 where there is none."""
        if not len(self.boxes):
            return np.zeros_like(u)
        box = np.floor(u)
        place = np.minimum(np.searchsorted(self.boxes, box), len(self.boxes) - 1)
        xi = u - box - 0.5
        table, total = self.coefficients, np.zeros_like(u)
        for k in reversed(range(TERMS)):
            total *= xi
            total += table[k][place]
        return np.where(self.boxes[place] == box, total * np.exp(-0.5 * xi * xi), 0.0)

    def _log_sums(self, u):
        """Return the logarithms of the sums as they stand."""
        centres = (self.values - self.values[0]) / self.bandwidth
        found, step = np.empty_like(u), max(1, BLOCK // len(centres))
        for start in range(0, len(u), step):
            part = u[start : start + step]
            exponent = -0.5 * (part[:, None] - centres) ** 2
            top = exponent.max(axis=1)
            kernels = np.exp(exponent - top[:, None])
            found[start : start + step] = np.log(kernels @ self.weights) + top
        return found


def kernel_sum(values, weights, bandwidth):
    """Return the `KernelSum` of values.

    Parameters
    ----------
    values, weights : ndarray of shape (n_values,)
        At least one, sorted, of positive weight.
    bandwidth : float
        Positive; in the units of the values.

    Returns
    -------
    KernelSum

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.probability import kernel_sum
    >>> two = kernel_sum(np.array([0.0, 1.0]), np.ones(2), 0.5)
    >>> np.exp(two.log_density(np.array([0.5]))).round(4)
    array([0.4839])
    """
    boxes, coefficients = np.empty(0), np.empty((TERMS, 0))
    if len(values) > FEW:
        boxes, coefficients = _expand((values - values[0]) / bandwidth, weights)
    return KernelSum(values, weights, bandwidth, boxes, coefficients)


def _expand(u, weights):
    """Return the boxes near sorted values, and their polynomials' coefficients."""
    own = np.floor(u)
    near, first = np.unique(own, return_index=True)
    boxes = np.unique(near[:, None] + np.arange(-REACH, REACH + 1.0))
    coefficients = np.zeros((TERMS, len(boxes)))
    terms = np.empty((TERMS, len(u)))
    for distance in range(-REACH, REACH + 1):
        delta = u - own - distance - 0.5
        terms[0] = weights * np.exp(-0.5 * delta * delta)
        for k in range(1, TERMS):
            np.multiply(terms[k - 1], delta / k, out=terms[k])
        place = np.searchsorted(boxes, near + distance)
        coefficients[:, place] += np.add.reduceat(terms, first, axis=1)
    return boxes, coefficients


def silverman_bandwidth(values, weights):
    """Return 0.9 min(s, IQR / 1.34) n^(-1/5), Silverman's rule of thumb.

    Parameters
    ----------
    values, weights : ndarray of shape (n_values,)
        Values sorted; a weight of 2 is the same value twice.

    Returns
    -------
    float
        0 where all values are the same.
    """
    total = weights.sum()
    mean = values @ weights / total
    spread = math.sqrt(((values - mean) ** 2) @ weights / total)
    place = np.searchsorted(np.cumsum(weights), [0.25 * total, 0.75 * total])
    low, high = values[np.minimum(place, len(values) - 1)]
    between = (high - low) / 1.34
    return 0.9 * (min(spread, between) if between > 0 else spread) * total**-0.2
