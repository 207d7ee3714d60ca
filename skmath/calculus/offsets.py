"""Offsets: a known part of the outputs, without a coefficient.

References
----------
.. [1] P. McCullagh and J. A. Nelder, *Generalized Linear Models*, 2nd edition, 1989,
   section 6.2.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

from skmath import _arrays
from skmath.calculus.loss import Loss

__all__ = ["WithOffset", "best_shift"]

HALVINGS = 30
"""Maximum number of halvings of a step."""

OPTIONAL = (
    *("task", "curvature_bound", "constant_curvature", "smooth_curvature"),
    *("has_kink", "is_probability", "domain", "link", "inverse_link", "likelihood"),
    *("is_convex", "is_proportion", "positive_outputs", "boundary", "tweedie_power"),
)
"""Attributes with defaults in `Loss`, which are copied from the loss."""


@dataclass(frozen=True)
class WithOffset(Loss):
    """A loss of outputs z + o, where the offset o is stored as further columns of y.

    Derivatives with respect to z are those of the loss at z + o. All other attributes
    are those of the loss.

    Parameters
    ----------
    loss : object of `skmath.calculus.losses`
    n_targets : int
        Number of columns of y that are targets; the columns after them are o, one for
        all outputs or one for each.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import Poisson, WithOffset
    >>> y, exposure = np.array([[3.0]]), np.array([[2.0]])
    >>> both = np.hstack([y, np.log(exposure)])
    >>> WithOffset(Poisson(), 1).gradient(both, np.zeros((1, 1))).round(9)
    array([[-1.]])
    """

    loss: Any
    n_targets: int

    def __post_init__(self) -> None:
        # `Loss` has defaults for these, so that __getattr__ would not be called.
        vars(self).update({name: getattr(self.loss, name) for name in OPTIONAL})

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "loss":
            raise AttributeError(name)
        return getattr(self.loss, name)

    def targets(self, y: Any) -> Any:
        """Return the columns of y that are targets."""
        return y[:, : self.n_targets]

    def at(self, y: Any, z: Any) -> Any:
        """Return the targets, and the outputs with the offset added."""
        return self.targets(y), z + y[:, self.n_targets :]

    def value(self, y: Any, z: Any) -> Any:
        """Return the loss at z + o, summed over the outputs."""
        return self.loss.value(*self.at(y, z))

    def gradient(self, y: Any, z: Any) -> Any:
        """Return the derivative of the loss at z + o."""
        return self.loss.gradient(*self.at(y, z))

    def value_and_gradient(self, y: Any, z: Any) -> tuple[Any, Any]:
        """Return both."""
        return self.loss.value_and_gradient(*self.at(y, z))

    def curvature(self, y: Any, z: Any) -> Any:
        """Return the second derivative of the loss at z + o."""
        return self.loss.curvature(*self.at(y, z))

    def slack(self, y: Any, z: Any) -> Any:
        """Return the slack of the loss at z + o."""
        return self.loss.slack(*self.at(y, z))

    def smoothed(self, width: float) -> Self:
        """Return the smoothed loss with the same offset."""
        return replace(self, loss=self.loss.smoothed(width))

    def receding(self, y: Any) -> Any:
        """Return the sign of the z along which a row's loss decreases forever."""
        return self.loss.receding(self.targets(y))

    def outside(self, y: Any) -> Any:
        """Return which targets the loss is not defined for."""
        return self.loss.outside(self.targets(y))


def best_shift(
    sums: Callable[[Any], tuple[Any, Any, Any]], c: Any, steps: int = 100
) -> Any:
    """Return the constant outputs c with the lowest mean loss, given an offset.

    It uses Newton's method with step halving, as the loss is convex.

    Parameters
    ----------
    sums : callable
        ``sums(c)`` returns the loss, and its first and second derivatives in c.
    c : array of shape (n_outputs,)
        Starting point.
    steps : int, default=100
        Maximum number of steps; it ends earlier if no step lowers the loss.

    Returns
    -------
    array of shape (n_outputs,)
    """
    xp = _arrays.namespace(c)
    value, slope, bend = sums(c)
    for _ in range(steps):
        step = slope / xp.where(bend > 0, bend, xp.ones_like(bend))
        lower, halvings = None, 0
        while lower is None and halvings < HALVINGS:
            found = sums(c - step)
            lower = (c - step, *found) if float(found[0]) < float(value) else None
            step, halvings = step / 2, halvings + 1
        if lower is None:
            break
        c, value, slope, bend = lower
    return c
