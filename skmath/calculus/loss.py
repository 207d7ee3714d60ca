"""The base class of losses, with defaults for all optional attributes and methods."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Self

from skmath import _arrays

__all__ = ["Loss", "row_sum"]


class Loss:
    """Base class of losses; `skmath.calculus.losses` describes its attributes.

    A custom loss can derive from it and define ``value``, ``gradient`` and
    ``curvature``.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath import GDLinearModel
    >>> from skmath.calculus import Loss
    >>> class LogCosh(Loss):
    ...     def value(self, y, z):
    ...         return np.log(np.cosh(z - y)).sum(axis=1)
    ...
    ...     def gradient(self, y, z):
    ...         return np.tanh(z - y)
    ...
    ...     def curvature(self, y, z):
    ...         return 1 - np.tanh(z - y) ** 2
    >>> X, y = [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]
    >>> GDLinearModel(LogCosh(), alpha=0).fit(X, y).predict([[3.0]]).round(4)
    array([7.])
    """

    task = "regression"
    curvature_bound = math.inf
    constant_curvature = False
    smooth_curvature = True
    has_kink = False
    is_probability = True
    is_translation_invariant = False
    likelihood: ClassVar[str | None] = None
    tweedie_power: ClassVar[float | None] = None
    is_convex = True
    is_proportion = False
    positive_outputs = False
    boundary = 0.0
    domain = "any number"

    if TYPE_CHECKING:  # every loss defines these
        value: Callable[[Any, Any], Any]
        gradient: Callable[[Any, Any], Any]
        curvature: Callable[[Any, Any], Any]

    def value_and_gradient(self, y: Any, z: Any) -> tuple[Any, Any]:
        """Return the loss of each row and its derivative."""
        return self.value(y, z), self.gradient(y, z)

    def link(self, mean: Any) -> Any:
        """Return the mean: outputs are predictions."""
        return mean

    def inverse_link(self, z: Any) -> Any:
        """Return z: outputs are predictions."""
        return z

    def in_units(self, unit: Any) -> Self | None:
        """Return the loss of y / unit with the same optimum, or None."""
        return None

    def by_label(self) -> Any:
        """Return the loss for multilabel targets, or None."""
        return None

    def of_output(self, j: int) -> Any:
        """Return the loss of one of several outputs: by default the same."""
        return self

    def receding(self, y: Any) -> Any:
        """Return None: the loss of each row has a minimum at a finite z."""
        return None

    def outside(self, y: Any) -> Any:
        """Return which targets the loss is not defined for: none."""
        return _arrays.namespace(y).zeros_like(y) > 0


def row_sum(x: Any) -> Any:
    """Return the sum over the outputs, one number per row."""
    return x[:, 0] if x.shape[1] == 1 else _arrays.namespace(x).sum(x, axis=1)
