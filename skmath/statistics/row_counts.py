"""Number of rows that sample weights represent.

Integer weights are repetitions of a row; for other weights, the weight of one row is
estimated from them.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from skmath import _arrays
from skmath.statistics.lattice import common_unit

__all__ = ["RowCount", "count_rows"]


@dataclass(frozen=True)
class RowCount:
    """Number of rows, and number of repetitions that their weights represent.

    Parameters
    ----------
    n_rows : int
        Number of rows with a positive weight.
    total, smallest, largest : float
        Sum, minimum and maximum of the positive weights.
    are_whole : bool
        Whether these weights are integers.
    unit : float
        Largest number of which all weights are integer multiples; 0 if there is none.
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

    def __add__(self, other: "RowCount") -> "RowCount":
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
    def repetitions(self) -> int:
        """Number of rows if each is repeated according to its weight.

        Integer weights are repetitions, up to a common divisor; so are other weights if
        they are integer multiples of the smallest. Otherwise weights are relative, and
        each row counts once (decimals such as 0.37 and 0.58 are multiples of 0.01, but
        do not mean 37 and 58 repetitions).
        """
        if self.unit and (self.are_whole or self.smallest < 1.5 * self.unit):
            return round(self.total / self.unit)
        return max(1, self.n_rows)

    @property
    def weight_of_a_row(self) -> float:
        """Weight of one repetition; 1 without rows."""
        return self.total / self.repetitions if self.n_rows else 1.0


def count_rows(X: Any, y: Any, weight: Any) -> RowCount:
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
    # Larger floats are always integers, because they have no more digits.
    are_whole = largest * epsilon < 1 and bool((weight == np.rint(weight)).all())
    if are_whole:
        epsilon = np.finfo(np.float64).eps  # they are exact in any dtype
    unit = smallest
    if smallest < largest:
        unit = common_unit(weight.astype(np.float64), largest, epsilon)
    total = float(weight.sum(dtype=np.float64))
    return RowCount(len(weight), total, smallest, largest, are_whole, unit, epsilon)
