"""Lattice of numbers: the largest unit of which all are integer multiples."""

import numpy as np

__all__ = ["common_unit", "lattice_step"]

COINCIDENCE = 50.0
"""Minimum of a common unit, relative to the largest number, in square roots of the
rounding. Two unrelated numbers are multiples of such a unit by chance, within their
rounding, about once in 1,000 times."""


def common_unit(numbers: np.ndarray, largest: float, epsilon: float) -> float:
    """Return the largest unit of which all numbers are integer multiples, or 0.

    Parameters
    ----------
    numbers : ndarray of shape (n,), above 0
    largest : float
        Largest number; it is a multiple of the unit too.
    epsilon : float
        Relative rounding of the numbers.

    Returns
    -------
    float

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.statistics.lattice import common_unit
    >>> round(common_unit(np.array([0.4, 1.0]), 1.0, 2e-16), 3)
    0.2
    """
    unit = numbers.min()
    while unit > COINCIDENCE * epsilon**0.5 * largest:
        # A remainder's rounding is multiplied by the quotients that lead to it.
        rounding = 4 * epsilon * largest * (largest / unit)
        left = np.remainder(numbers, unit)
        left = np.minimum(left, unit - left)
        left = left[left > rounding]
        if not len(left):
            return float(largest / round(largest / unit))
        numbers, unit = np.append(left, unit), left.min()
    return 0.0


def lattice_step(values: np.ndarray, epsilon: float) -> float:
    """Return the step of the lattice of some values.

    Parameters
    ----------
    values : ndarray of shape (n,)
        Sorted, distinct values; at least two.
    epsilon : float
        Relative rounding of the values.

    Returns
    -------
    float
        The smallest difference if they have no common lattice.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.statistics.lattice import lattice_step
    >>> lattice_step(np.array([1.0, 3.0, 6.0]), 2e-16)
    1.0
    >>> lattice_step(np.array([0.0, 0.5, 1.7320508]), 2e-16)
    0.5
    """
    steps = np.diff(values)
    span = values[-1] - values[0]
    # The rounding of differences is that of the largest number.
    largest = max(abs(values[0]), abs(values[-1]), span)
    steps = steps[steps > 8 * epsilon * largest]
    if not len(steps):
        return float(span)
    unit = common_unit(np.unique(steps), span, epsilon * largest / span)
    return unit or float(steps.min())
