r"""Losses of labels that are not taken as they are: smoothed, weighted, or only one.

References
----------
.. [1] C. Szegedy, V. Vanhoucke, S. Ioffe, J. Shlens and Z. Wojna, "Rethinking the
   Inception architecture for computer vision", CVPR 2016, section 7.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from skmath import _arrays
from skmath.calculus.classification_losses import LogLoss
from skmath.calculus.loss import Loss, row_sum

__all__ = ["OneClass", "SmoothedLogLoss", "WeightedLabels"]


@dataclass(frozen=True)
class SmoothedLogLoss(LogLoss):
    r"""The log loss of labels of which a share is spread over all classes.

    Of K classes, and of two where there is one output or labels do not exclude each
    other, the targets are

    .. math:: \tilde y_k = (1 - \varepsilon) y_k + \varepsilon / K

    (Szegedy et al. 2016, section 7). The best probability of the class that came is so
    not 1 but 1 - e + e / K, at finite outputs.

    Parameters
    ----------
    exclusive : bool, default=True
        Whether a row is of one class only.
    smoothing : float, default=0.1
        e, from 0 to below 1.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import SmoothedLogLoss
    >>> loss = SmoothedLogLoss(smoothing=0.2)
    >>> z = np.log([[0.9 / 0.1]])
    >>> abs(loss.gradient(np.ones((1, 1)), z)).round(9)  # lowest at p = 0.9
    array([[0.]])
    """

    smoothing: float = 0.1

    def _smoothed(self, y, n_outputs):
        n_classes = 2 if n_outputs == 1 or not self.exclusive else n_outputs
        return (1 - self.smoothing) * y + self.smoothing / n_classes

    def gradient(self, y, z):
        """Return p less the smoothed y."""
        return super().gradient(self._smoothed(y, z.shape[1]), z)

    def value_and_gradient(self, y, z):
        """Return both, with one exponential."""
        return super().value_and_gradient(self._smoothed(y, z.shape[1]), z)

    def link(self, mean):
        """Return log odds, or log probabilities, of the smoothed shares."""
        return super().link(self._smoothed(mean, mean.shape[0]))

    def receding(self, y):
        """Return None: each row has a z at which its loss is lowest."""
        return None

    def by_label(self):
        """Return the loss of the log odds of each label."""
        return SmoothedLogLoss(exclusive=False, smoothing=self.smoothing)


@dataclass(frozen=True, eq=False)
class WeightedLabels(Loss):
    r"""A loss of labels that do not exclude each other, each weighed by its value.

    .. math:: \sum_j \big(a_j + (b_j - a_j) y_j\big) \, l(y_j, z_j)

    for y of 0 and 1: a_j is the weight of a row where label j does not apply, b_j where
    it does.

    Parameters
    ----------
    loss : object of `skmath.calculus.losses`
        l, which has a value of each label alone.
    weights : ndarray of shape (2, n_labels)
        a and b.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import LogLoss, WeightedLabels
    >>> loss = WeightedLabels(LogLoss(exclusive=False), np.array([[1.0], [3.0]]))
    >>> loss.value(np.array([[0.0], [1.0]]), np.zeros((2, 1))) / np.log(2)
    array([1., 3.])
    """

    loss: Any
    weights: Any
    task = "classification"

    def _weights_of(self, y):
        without, beside = _arrays.like(np.asarray(self.weights), y, "same")
        return without + (beside - without) * y

    def value(self, y, z):
        """Return the weighted losses, summed over the labels."""
        return self.value_and_gradient(y, z)[0]

    def gradient(self, y, z):
        """Return the weighted derivatives."""
        return self._weights_of(y) * self.loss.gradient(y, z)

    def value_and_gradient(self, y, z):
        """Return both, each label being a row of its own."""
        xp, weights = _arrays.namespace(z), self._weights_of(y)
        one = xp.reshape(y, (-1, 1)), xp.reshape(z, (-1, 1))
        value, slope = (
            weights * xp.reshape(part, z.shape)
            for part in self.loss.value_and_gradient(*one)
        )
        return row_sum(value), slope

    def curvature(self, y, z):
        """Return the weighted second derivatives."""
        return self._weights_of(y) * self.loss.curvature(y, z)

    def link(self, mean):
        """Return the link of the weighted shares."""
        without, beside = _arrays.like(np.asarray(self.weights), mean, "same")
        applies, not_so = beside * mean, without * (1 - mean)
        xp, total = _arrays.namespace(mean), applies + not_so
        share = applies / xp.where(total > 0, total, xp.ones_like(total))
        # A weight of zero leaves labels of one value, whose link is infinite.
        return self.loss.link(xp.where((share > 0) & (share < 1), share, mean))

    def inverse_link(self, z):
        """Return what outputs stand for without weights."""
        return self.loss.inverse_link(z)

    def by_label(self):
        """Return itself."""
        return self


@dataclass(frozen=True)
class OneClass(Loss):
    """The loss of rows that are all of one class: zero, for its probability is 1.

    It is the log loss of one class, log e^z - z.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import OneClass
    >>> OneClass().inverse_link(np.array([[-3.0]]))
    array([[1.]])
    """

    exclusive = False
    task = "classification"
    curvature_bound = 0.0

    def value(self, y, z):
        """Return zeros."""
        return 0.0 * z[:, 0]

    def gradient(self, y, z):
        """Return zeros."""
        return _arrays.namespace(z).zeros_like(z)

    def curvature(self, y, z):
        """Return zeros."""
        return _arrays.namespace(z).zeros_like(z)

    def link(self, mean):
        """Return zeros: no output is better than another."""
        return _arrays.namespace(mean).zeros_like(mean)

    def inverse_link(self, z):
        """Return ones."""
        return _arrays.namespace(z).ones_like(z)
