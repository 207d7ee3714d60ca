r"""Kernel densities of features, by local expansions.

The density of n values with weights w and the normal kernel of bandwidth h is

.. math:: \hat f(x) = \frac{1}{h \sqrt{2 \pi} \sum_i w_i}
          \sum_i w_i \exp\Big(-\frac{(x - c_i)^2}{2 h^2}\Big).

Direct summation for m new values costs m n exponentials. Here the line is cut into
boxes of width h / 2. About the centre t of its box, with :math:`\xi = (x - t) / h`, at
most 1/4, and :math:`\delta_i = (c_i - t) / h`, a kernel is its Taylor series

.. math:: e^{-(\xi - \delta)^2 / 2} = \sum_k a_k \xi^k, \qquad
          a_0 = e^{-\delta^2 / 2}, \quad (k + 1) a_{k+1} = \delta a_k - a_{k-1}

(Hermite functions; Greengard and Strain 1991, section 3), and the sum of all kernels a
polynomial whose coefficients are found once: n + m operations. The remainder after k
terms is below :math:`\xi^k / \sqrt{k!}\; e^{-\delta^2 / 4}`. Values farther than
`REACH` are neglected; where the density is so low that they could matter, the sum is
computed directly.

The boxes of many samples (each feature in each class) are stored in one table, one
sample after the other, so that all of them are evaluated at once.

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

__all__ = ["KernelSums", "kernel_sums", "silverman_bandwidth"]

BOXES = 2
"""Number of boxes per bandwidth."""

REACH = 9
"""Distance in bandwidths beyond which a kernel, below exp(-81 / 2), is neglected."""

MARGIN = 6
"""Distance in bandwidths from the values up to which there are boxes."""

TERMS = 14
"""Terms of the polynomials: the remainder is below 1e-10 of a trusted sum."""

TRUSTED = 1e-7
"""Fraction of the total weight from which a sum is accurate to ten digits."""

MOST_BOXES = 1 << 13
"""Maximum number of boxes of a sample that are addressed directly; with more, because
of outliers, the boxes near values are found by binary search."""

FARTHEST = 1 << 40
"""Maximum number of boxes from the first value on."""

BLOCK = 1 << 15
"""Entries that are evaluated at once, so that they stay in the CPU cache."""

WORTH_A_SEARCH = 4000
"""Sample size from which the kernels that matter are searched for."""

NEGLIGIBLE = 80.0
"""A value is neglected if its squared distance in bandwidths exceeds that of the
nearest value by this: its kernel is exp(-40) times the other."""

KERNELS = 1 << 18
"""Kernels in memory at once in direct summation."""


@dataclass(frozen=True)
class KernelSums:
    """Weighted sums of normal kernels of several samples, ready to be evaluated.

    Parameters
    ----------
    values, weights : ndarray of shape (n_values,)
        Values and weights, one sample after the other, with values sorted within each.
    ends : ndarray of int of shape (n_samples + 1,)
        First index of each sample, and the end of the last one.
    bandwidths, totals : ndarray of shape (n_samples,)
        Bandwidths, and sums of the weights.
    first : ndarray of int of shape (n_samples,)
        Slot before each sample's first box, which is `MARGIN` below its first value.
        This slot and the one after the last box contain zeros.
    n_boxes : ndarray of int of shape (n_samples,)
        0 for a sample whose boxes are searched for.
    keys, key_slots : ndarray of int of shape (n_keys,)
        Sorted numbers of the boxes that are searched for, and their slots.
    coefficients : ndarray of shape (TERMS, n_slots)
    """

    values: Any
    weights: Any
    ends: Any
    bandwidths: Any
    totals: Any
    first: Any
    n_boxes: Any
    keys: Any
    key_slots: Any
    coefficients: Any

    def sample(self, index: Any) -> Any:
        """Return the values, the weights and the bandwidth of a sample."""
        own = slice(self.ends[index], self.ends[index + 1])
        return self.values[own], self.weights[own], self.bandwidths[index]

    def log_density(self, x: Any, sample: Any) -> Any:
        """Return the logarithm of the density at each x.

        Parameters
        ----------
        x : ndarray
            Values, none of them missing.
        sample : ndarray of int
            Index of the sample for each value, broadcast with x.

        Returns
        -------
        ndarray
        """
        h, total = self.bandwidths[sample], self.totals[sample]
        # An outlier's square must be finite.
        u = np.clip((x - self.values[self.ends[sample]]) / h, -1e150, 1e150)
        sums = self._expanded(u, sample)
        trusted = sums > TRUSTED * total
        far = np.flatnonzero(~trusted)
        if len(far):
            sums = np.where(trusted, sums, 1.0)
        logs = np.log(sums)
        if len(far):
            of = np.broadcast_to(sample, u.shape).ravel()[far]
            logs.ravel()[far] = self._log_sums(u.ravel()[far], of)
        logs -= np.log(total * h * math.sqrt(2 * math.pi))
        return logs

    def _expanded(self, u: np.ndarray, sample: np.ndarray) -> np.ndarray:
        """Return the sums by the polynomials; 0 outside of the boxes."""
        box = np.floor(BOXES * u)
        slots = self._slots(box, sample)
        box += 0.5
        box *= 1 / BOXES
        xi = np.subtract(u, box, out=box)
        total = self.coefficients[-1].take(slots)
        term = np.empty_like(total)
        for row in self.coefficients[-2::-1]:
            total *= xi
            total += row.take(slots, out=term, mode="clip")
        return total

    def _slots(self, box: np.ndarray, sample: np.ndarray) -> np.ndarray:
        """Return the slot of each box; a slot of zeros if there is no box."""
        number = box + (MARGIN * BOXES + 1)
        np.clip(number, 0, self.n_boxes[sample] + 1, out=number)
        slots = number.astype(np.intp)
        slots += self.first[sample]
        if len(self.keys):
            keys = _keys(box, sample)
            place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
            slots = np.where(self.keys[place] == keys, self.key_slots[place], slots)
        return slots

    def _log_sums(self, u: np.ndarray, sample: np.ndarray) -> np.ndarray:
        """Return the logarithms of the sums by direct summation."""
        order = np.argsort(sample, kind="stable")
        start, size = self.ends[sample], np.diff(self.ends)[sample]
        present = np.flatnonzero(np.bincount(sample))
        if size.sum() > WORTH_A_SEARCH * len(present):
            for k, rows in zip(present, _runs(sample, order), strict=True):
                start[rows], size[rows] = self._nearest(u[rows], int(k))
        found, part = np.empty_like(u), np.cumsum(size[order]) // KERNELS
        for rows in np.split(order, np.flatnonzero(np.diff(part)) + 1):
            own = (start[rows], size[rows])
            found[rows] = self._log_sums_of(u[rows], sample[rows], *own)
        return found

    def _nearest(self, u: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the start and the number of the values that are not negligible."""
        values, _, h = self.sample(k)
        centres, last = (values - values[0]) / h, len(values) - 1
        place = np.searchsorted(centres, u)
        left, right = np.maximum(place - 1, 0), np.minimum(place, last)
        nearest = np.where(u - centres[left] < centres[right] - u, left, right)
        nearest = np.where(place == 0, 0, nearest)
        reach = np.sqrt((u - centres[nearest]) ** 2 + NEGLIGIBLE)
        low = np.minimum(np.searchsorted(centres, u - reach), nearest)
        high = np.maximum(np.searchsorted(centres, u + reach), nearest + 1)
        return self.ends[k] + low, high - low

    def _log_sums_of(
        self, u: np.ndarray, sample: np.ndarray, start: np.ndarray, size: np.ndarray
    ) -> np.ndarray:
        """Return the logarithms of the sums for some points, computed in one array."""
        first = np.cumsum(size) - size
        index = np.arange(first[-1] + size[-1]) + np.repeat(start - first, size)
        h, low = self.bandwidths[sample], self.values[self.ends[sample]]
        centres = (self.values[index] - np.repeat(low, size)) / np.repeat(h, size)
        exponent = -0.5 * (np.repeat(u, size) - centres) ** 2
        top = np.maximum.reduceat(exponent, first)
        kernels = self.weights[index] * np.exp(exponent - np.repeat(top, size))
        return np.log(np.add.reduceat(kernels, first)) + top


def _runs(sample: np.ndarray, order: np.ndarray) -> list[np.ndarray]:
    """Return a list with the indices of each sample that occurs."""
    return np.split(order, np.flatnonzero(np.diff(sample[order])) + 1)


def kernel_sums(samples: Any, bandwidths: Any) -> KernelSums:
    """Return the `KernelSums` of samples.

    Parameters
    ----------
    samples : list of (values, weights)
        Arrays of shape (n_values,) with at least one value, sorted, of positive weight.
    bandwidths : ndarray of shape (n_samples,)
        Positive bandwidths in the units of the values.

    Returns
    -------
    KernelSums

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.probability import kernel_sums
    >>> two = kernel_sums([(np.array([0.0, 1.0]), np.ones(2))], np.array([0.5]))
    >>> np.exp(two.log_density(np.array([0.5]), np.array([0]))).round(4)
    array([0.4839])
    """
    values, weights = (np.concatenate(part) for part in zip(*samples, strict=True))
    sizes = np.array([len(own) for own, _ in samples])
    ends = np.concatenate([[0], np.cumsum(sizes)])
    sample = np.repeat(np.arange(len(sizes)), sizes)
    # Equal values are merged and their weights added.
    first = _first_of_runs(values, sample)
    values, weights = values[first], np.add.reduceat(weights, first)
    sample, ends = sample[first], np.searchsorted(first, ends)
    u = (values - values[ends[sample]]) / bandwidths[sample]
    box = np.floor(BOXES * u)
    n_boxes = box[ends[1:] - 1] + 2 * MARGIN * BOXES + 1
    searched = n_boxes > MOST_BOXES
    n_boxes = np.where(searched, 0, n_boxes).astype(np.intp)
    keys = _keys_near(box, sample, searched)
    n_slots = n_boxes + 2
    sums = KernelSums(
        values,
        weights,
        ends,
        bandwidths,
        np.add.reduceat(weights, ends[:-1]),
        np.cumsum(n_slots) - n_slots,
        n_boxes,
        keys,
        n_slots.sum() + np.arange(len(keys)),
        np.zeros((TERMS, n_slots.sum() + len(keys))),
    )
    _expand(sums, u, box, sample)
    return sums


def _expand(
    sums: KernelSums, u: np.ndarray, box: np.ndarray, sample: np.ndarray
) -> None:
    """Add the kernels' series to the coefficients of the boxes near their values."""
    for start in range(0, len(u), BLOCK):
        here = slice(start, start + BLOCK)
        _expand_some(sums, sums.weights[here], u[here], box[here], sample[here])
    sums.coefficients[:, sums.first] = 0.0
    sums.coefficients[:, sums.first + sums.n_boxes + 1] = 0.0


def _expand_some(
    sums: KernelSums,
    weights: np.ndarray,
    u: np.ndarray,
    box: np.ndarray,
    sample: np.ndarray,
) -> None:
    first = _first_of_runs(box, sample)
    terms = np.empty((TERMS, len(u)))
    for distance in range(-REACH * BOXES, REACH * BOXES + 1):
        delta = u - (box + distance + 0.5) / BOXES
        terms[0] = weights * np.exp(-0.5 * delta * delta)
        terms[1] = delta * terms[0]
        for k in range(2, TERMS):
            np.multiply(terms[k - 1], delta, out=terms[k])
            terms[k] -= terms[k - 2]
            terms[k] *= 1 / k
        slots = sums._slots(box[first] + distance, sample[first])
        sums.coefficients[:, slots] += np.add.reduceat(terms, first, axis=1)


def _first_of_runs(numbers: np.ndarray, sample: np.ndarray) -> np.ndarray:
    """Return the first index of each run of equal numbers within a sample."""
    new = np.ones(len(numbers), dtype=bool)
    new[1:] = (numbers[1:] != numbers[:-1]) | (sample[1:] != sample[:-1])
    return np.flatnonzero(new)


def _keys_near(box: np.ndarray, sample: np.ndarray, searched: np.ndarray) -> np.ndarray:
    """Return the sorted keys of the boxes near values of the samples to search in."""
    here = searched[sample] & (box < FARTHEST - MARGIN * BOXES)
    near = np.unique(_keys(box[here], sample[here]))
    about = np.arange(-MARGIN * BOXES, MARGIN * BOXES + 1)
    return np.unique(near[:, None] + about)


def _keys(box: np.ndarray, sample: np.ndarray) -> np.ndarray:
    """Return a number for each box of each sample."""
    box = np.clip(box, -FARTHEST, FARTHEST).astype(np.int64)
    return box + np.asarray(sample, np.int64) * (4 * FARTHEST)


def silverman_bandwidth(values: Any, weights: Any) -> float:
    """Return 0.9 min(s, IQR / 1.34) n^(-1/5), Silverman's rule of thumb.

    Parameters
    ----------
    values, weights : ndarray of shape (n_values,)
        Sorted values, and their weights; a weight of 2 counts the value twice.

    Returns
    -------
    float
        0 if all values are equal.
    """
    total = weights.sum()
    mean = values @ weights / total
    spread = math.sqrt(((values - mean) ** 2) @ weights / total)
    # Rounding of the sums must not move a quartile.
    quarters = total * np.array([0.25, 0.75]) * (1 - 1e-12)
    place = np.searchsorted(np.cumsum(weights), quarters)
    low, high = values[np.minimum(place, len(values) - 1)]
    between = (high - low) / 1.34
    return 0.9 * (min(spread, between) if between > 0 else spread) * total**-0.2
