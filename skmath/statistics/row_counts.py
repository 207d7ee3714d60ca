"""How many rows weights stand for.

Whole numbers say how often a row is repeated; other weights are shares of what one row
weighs, which is found from them.
"""

from dataclasses import dataclass

import numpy as np

from skmath import _arrays
from skmath.statistics.lattice import common_unit

__all__ = ["RowCount", "count_rows"]


@dataclass(frozen=True)
class RowCount:
    """How many rows there are, and how many repetitions their weights stand for.

    Parameters
    ----------
    n_rows : int
        With a weight above 0.
    total, smallest, largest : float
        Of these weights.
    are_whole : bool
        Whether they are whole numbers.
    unit : float
        Largest number of which all weights are whole multiples; 0 if there is none.
    epsilon : float
        Relative rounding of the weights.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.statistics import count_rows
    >>> X = np.empty((3, 1))
    >>> for weight in ([2.0, 2.0, 3.0], [0.2, 0.2, 0.6], [7.0, 7.0, 7.0]):
    ...     count_rows(X, None, np.array(weight)).repetitions
    7
    5
    3
    >>> count_rows(X, None, np.array([0.5, 0.4123, 0.7])).repetitions
    3
    >>> float(round(count_rows(X, None, np.array([0.2, 0.2, 0.6])).weight_of_a_row, 3))
    0.2
    """

    n_rows: int
    total: float
    smallest: float
    largest: float
    are_whole: bool
    unit: float
    epsilon: float

    def __add__(self, other):
        if 0 in (self.n_rows, other.n_rows):
            return self if other.n_rows == 0 else other
        largest = max(self.largest, other.largest)
        epsilon = max(self.epsilon, other.epsilon)
        unit, units = self.unit, np.array([self.unit, other.unit])
        if self.unit != other.unit:
            unit = common_unit(units, largest, epsilon) if units.all() else 0.0
        return RowCount(
            self.n_rows + other.n_rows,
            self.total + other.total,
            min(self.smallest, other.smallest),
            largest,
            self.are_whole and other.are_whole,
            unit,
            epsilon,
        )

    @property
    def repetitions(self):
        """Number of rows once each is repeated as its weight says.

        Whole numbers say how often, up to what divides them all; other weights do if
        they are whole multiples of the smallest. The rest are relative: each row is one
        (two decimals are multiples of 0.01, and not meant so).
        """
        if self.unit and (self.are_whole or self.smallest < 1.5 * self.unit):
            return round(self.total / self.unit)
        return max(1, self.n_rows)

    @property
    def weight_of_a_row(self):
        """Weight of one repetition; 1 where there are none."""
        return self.total / self.repetitions if self.n_rows else 1.0


def count_rows(X, y, weight):
    """Return the `RowCount` of a block."""
    if weight is None:
        n = X.shape[0]
        return RowCount(n, float(n), 1.0, 1.0, True, 1.0, np.finfo(np.float64).eps)
    weight = _arrays.to_numpy(weight)
    weight = weight[weight > 0]
    if not len(weight):
        return RowCount(0, 0.0, 0.0, 0.0, True, 0.0, 0.0)
    smallest, largest = float(weight.min()), float(weight.max())
    epsilon = float(_arrays.epsilon(weight))
    # Larger numbers are all whole, for want of digits.
    are_whole = largest * epsilon < 1 and bool((weight == np.rint(weight)).all())
    if are_whole:
        epsilon = np.finfo(np.float64).eps  # they are exact in any dtype
    unit = smallest
    if smallest < largest:
        unit = common_unit(weight.astype(np.float64), largest, epsilon)
    total = float(weight.sum(dtype=np.float64))
    return RowCount(len(weight), total, smallest, largest, are_whole, unit, epsilon)
