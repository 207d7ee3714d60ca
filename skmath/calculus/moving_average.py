r"""Exponential moving average of points, as a descent takes them.

Of the points after t steps, with decay d,

.. math:: \bar\theta_t = \frac{1 - d}{1 - d^t} \sum_{i=1}^t d^{t-i} \theta_i,

in which the weights add up to 1 from the first step on: nothing of where the sum began
is left in it.

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
    """The mean of points, of which the older count less.

    Parameters
    ----------
    steps : float
        How many it reaches back, 1 or more: the decay is 1 - 1 / steps.

    Attributes
    ----------
    t : int
        Points so far.
    mean : array or None
        None before the first.

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

    def observe(self, point):
        """Take in a point."""
        self.t += 1
        if self.mean is None:
            self.mean = point.copy()
            return
        decay = 1 - 1 / self.steps
        # What the newest weighs of all weights so far.
        share = (1 - decay) / (1 - decay**self.t)
        self.mean += share * (point - self.mean)
