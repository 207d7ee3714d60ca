r"""Outputs that cannot cross: the middle one is free, the others add positive steps.

From outputs z the layer computes, with the middle index m,

.. math::

   x_m = z_m, \qquad x_k = x_{k-1} + \log(1 + e^{z_k}) \ \ (k > m), \qquad
   x_k = x_{k+1} - \log(1 + e^{z_k}) \ \ (k < m),

so that :math:`x_1 < x_2 < \dots` in every row, for any weights: the quantiles of a
network with this last layer cannot cross (Park et al. 2022, who start with the lowest
one; around the middle one there are rows on both sides, and the errors of one tail do
not affect the other). That is x = A' p for

.. math:: p_m = z_m, \qquad p_k = \pm \log(1 + e^{z_k}),

where A is one if j is between m and k, both included, and else zero. So

.. math:: \frac{\partial E}{\partial z} = p'(z) \odot A \frac{\partial E}{\partial x},
   \qquad p_m' = 1, \qquad p_k' = \pm \frac{1}{1 + e^{-z_k}}.

References
----------
.. [1] Y. Park, D. Maddix, F.-X. Aubet, K. Kan, J. Gasthaus and Y. Wang, "Learning
   quantile functions without quantile crossing for distribution-free time series
   forecasting", AISTATS 2022.
"""

from typing import Any

import numpy as np
from scipy.special import expit

__all__ = ["IncreasingOutputs"]


class IncreasingOutputs:
    """A layer without weights whose outputs are in ascending order.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import IncreasingOutputs
    >>> layer = IncreasingOutputs()
    >>> layer.output(np.array([[0.0, 1.0, -2.0]])).round(3)
    array([[0.307, 1.   , 1.127]])
    >>> layer.inverse(np.array([1.0 - np.log(2), 1.0, 1.0 + np.log(2)])).round(9)
    array([0., 1., 0.])
    """

    n_weights = 0
    weights = ()
    shrunk = ()

    def on(self, theta: Any) -> Any:
        """Return itself: it has no weights."""
        return self

    def forward(self, Z: Any) -> tuple[Any, Any]:
        """Return the outputs, and the slopes of the steps."""
        m, slope = middle(Z.shape[-1]), expit(Z)
        slope[..., :m] *= -1
        slope[..., m] = 1
        return self.output(Z), slope

    def backward(
        self, Z: Any, slope: Any, dE_dX: Any, gradient: Any, to_input: bool
    ) -> Any:
        """Return dE/dZ: a step affects all the outputs beyond it."""
        return slope * (dE_dX @ steps_to(Z.shape[-1]).T.astype(dE_dX.dtype))

    def output(self, Z: Any) -> Any:
        """Return the outputs alone."""
        m, steps = middle(Z.shape[-1]), np.logaddexp(0, Z)
        steps[..., :m] *= -1
        steps[..., m] = Z[..., m]
        return steps @ steps_to(Z.shape[-1]).astype(Z.dtype)

    def inverse(self, x: Any) -> Any:
        """Return the z that give outputs x in ascending order.

        Parameters
        ----------
        x : ndarray of shape (n_outputs,)
        """
        steps = np.diff(x)
        # log(e^s - 1), which does not overflow.
        z = steps + np.log(-np.expm1(-steps))
        return np.insert(z, middle(len(x)), x[middle(len(x))])


def middle(n_outputs: int) -> int:
    """Return the index of the free output."""
    return n_outputs // 2


def steps_to(n_outputs: int) -> Any:
    """Return A: its rows are the steps, its columns the outputs that include them.

    Examples
    --------
    >>> from skmath.calculus.increasing_outputs import steps_to
    >>> steps_to(3)
    array([[1., 0., 0.],
           [1., 1., 1.],
           [0., 0., 1.]])
    """
    j, k = np.ogrid[:n_outputs, :n_outputs]
    m = middle(n_outputs)
    return ((np.minimum(m, k) <= j) & (j <= np.maximum(m, k))).astype(float)
