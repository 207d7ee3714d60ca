"""The lattice that numbers lie on: what all of them are whole multiples of."""

import numpy as np

__all__ = ["common_unit", "lattice_step"]

COINCIDENCE = 50.0
"""How many times the root of the rounding a common unit of the numbers has to be of the
largest. Two unrelated numbers are multiples of so large a unit, within their rounding,
about once in 1,000 times."""


def common_unit(numbers, largest, epsilon):
    """Return the largest number of which all are whole multiples, or 0: Euclid's.

    Parameters
    ----------
    numbers : ndarray of shape (n,), above 0
    largest : float
        A multiple of the unit too.
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


def lattice_step(values, epsilon):
    """Return the step of the lattice that values lie on.

    Parameters
    ----------
    values : ndarray of shape (n,)
        Sorted, and different; at least two.
    epsilon : float
        Relative rounding of the values.

    Returns
    -------
    float
        The least of their differences where they lie on none.

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
    # Differences of rounded numbers are rounded as the largest of these is.
    largest = max(abs(values[0]), abs(values[-1]), span)
    steps = steps[steps > 8 * epsilon * largest]
    if not len(steps):
        return float(span)
    unit = common_unit(np.unique(steps), span, epsilon * largest / span)
    return unit or float(steps.min())
