r"""Losses for modified labels: smoothed, weighted, or of a single class.

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
    r"""The log loss with label smoothing.

    For K classes, or K = 2 for a single output and for multilabel targets, the targets
    are replaced by

    .. math:: \tilde y_k = (1 - \varepsilon) y_k + \varepsilon / K

    (Szegedy et al. 2016, section 7). The best probability of the true class is then not
    1 but 1 - e + e / K, which has finite outputs.

    Parameters
    ----------
    exclusive : bool, default=True
        Whether each row has exactly one class; False for multilabel targets.
    smoothing : float, default=0.1
        e, in [0, 1).

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

    def _smoothed(self, y: Any, n_outputs: int) -> Any:
        n_classes = 2 if n_outputs == 1 or not self.exclusive else n_outputs
        return (1 - self.smoothing) * y + self.smoothing / n_classes

    def gradient(self, y: Any, z: Any) -> Any:
        """Return p minus the smoothed y."""
        return super().gradient(self._smoothed(y, z.shape[1]), z)

    def value_and_gradient(self, y: Any, z: Any) -> tuple[Any, Any]:
        """Return both, with one exponential."""
        return super().value_and_gradient(self._smoothed(y, z.shape[1]), z)

    def link(self, mean: Any) -> Any:
        """Return log odds, or log probabilities, of the smoothed frequencies."""
        return super().link(self._smoothed(mean, mean.shape[0]))

    def receding(self, y: Any) -> Any:
        """Return None: the loss of each row has a minimum at a finite z."""
        return None

    def by_label(self) -> Any:
        """Return the loss for multilabel targets: of the log odds of each label."""
        return SmoothedLogLoss(exclusive=False, smoothing=self.smoothing)


@dataclass(frozen=True, eq=False)
class WeightedLabels(Loss):
    r"""A loss for multilabel targets with weights for each value of each label.

    .. math:: \sum_j \big(a_j + (b_j - a_j) y_j\big) \, l(y_j, z_j)

    for y of 0 and 1: a_j is the weight of a row without label j, b_j of a row with it.

    Parameters
    ----------
    loss : object of `skmath.calculus.losses`
        l, which must have a value for each label alone.
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

    def _weights_of(self, y: Any) -> Any:
        absent, present = _arrays.like(np.asarray(self.weights), y, "same")
        return absent + (present - absent) * y

    def value(self, y: Any, z: Any) -> Any:
        """Return the weighted losses, summed over the labels."""
        return self.value_and_gradient(y, z)[0]

    def gradient(self, y: Any, z: Any) -> Any:
        """Return the weighted derivatives."""
        return self._weights_of(y) * self.loss.gradient(y, z)

    def value_and_gradient(self, y: Any, z: Any) -> tuple[Any, Any]:
        """Return both, treating each label as a row."""
        xp, weights = _arrays.namespace(z), self._weights_of(y)
        one = xp.reshape(y, (-1, 1)), xp.reshape(z, (-1, 1))
        value, slope = (
            weights * xp.reshape(part, z.shape)
            for part in self.loss.value_and_gradient(*one)
        )
        return row_sum(value), slope

    def curvature(self, y: Any, z: Any) -> Any:
        """Return the weighted second derivatives."""
        return self._weights_of(y) * self.loss.curvature(y, z)

    def link(self, mean: Any) -> Any:
        """Return the link of the weighted frequencies."""
        absent, present = _arrays.like(np.asarray(self.weights), mean, "same")
        if_present, if_absent = present * mean, absent * (1 - mean)
        xp, total = _arrays.namespace(mean), if_present + if_absent
        share = if_present / xp.where(total > 0, total, xp.ones_like(total))
        # With a weight of zero only one value of a label is left: an infinite link.
        return self.loss.link(xp.where((share > 0) & (share < 1), share, mean))

    def inverse_link(self, z: Any) -> Any:
        """Return the inverse link of the loss without weights."""
        return self.loss.inverse_link(z)

    def by_label(self) -> Any:
        """Return itself."""
        return self


@dataclass(frozen=True)
class OneClass(Loss):
    """The loss if all rows have the same class: zero, because its probability is 1.

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

    def value(self, y: Any, z: Any) -> Any:
        """Return zeros."""
        return 0.0 * z[:, 0]

    def gradient(self, y: Any, z: Any) -> Any:
        """Return zeros."""
        return _arrays.namespace(z).zeros_like(z)

    def curvature(self, y: Any, z: Any) -> Any:
        """Return zeros."""
        return _arrays.namespace(z).zeros_like(z)

    def link(self, mean: Any) -> Any:
        """Return zeros: all outputs are equally good."""
        return _arrays.namespace(mean).zeros_like(mean)

    def inverse_link(self, z: Any) -> Any:
        """Return ones."""
        return _arrays.namespace(z).ones_like(z)
