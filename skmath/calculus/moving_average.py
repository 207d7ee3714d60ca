r"""Exponential moving average of the iterates of a descent.

After t steps, with decay d, it is

.. math:: \bar\theta_t = \frac{1 - d}{1 - d^t} \sum_{i=1}^t d^{t-i} \theta_i,

with weights that add up to 1 from the first step on: there is no bias towards the
initial value.

References
----------
.. [1] B. T. Polyak and A. B. Juditsky, "Acceleration of stochastic approximation by
   averaging", SIAM Journal on Control and Optimization, 30(4), 1992.
.. [2] D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015,
   section 3 (the correction) and 7.2 (the average of the parameters).
.. [3] D. Morales-Brotons, T. Vogels and H. Hendrikx, "Exponential moving average of
   weights in deep learning: dynamics and benefits", TMLR 2024.
"""

from dataclasses import dataclass, field
from typing import Any

__all__ = ["MovingAverage"]


@dataclass(eq=False)
class MovingAverage:
    """Mean of points in which older points count less.

    Parameters
    ----------
    steps : float
        Number of steps it reaches back, at least 1: the decay is 1 - 1 / steps.

    Attributes
    ----------
    t : int
        Number of points so far.
    mean : array or None
        The average; None before the first point.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import MovingAverage
    >>> average = MovingAverage(steps=2)
    >>> for x in [4.0, 7.0]:
    ...     average.observe(np.array([x]))
    >>> average.mean  # (4 / 4 + 7 / 2) / (1 / 4 + 1 / 2)
    array([6.])
    """

    steps: float
    t: int = field(default=0, init=False)
    mean: Any = field(default=None, init=False, repr=False)

    def observe(self, point: Any) -> None:
        """Add a point to the average."""
        self.t += 1
        if self.mean is None:
            self.mean = point.copy()
            return
        decay = 1 - 1 / self.steps
        # Weight of the newest point.
        share = (1 - decay) / (1 - decay**self.t)
        self.mean += share * (point - self.mean)
