"""Rules for steps along noisy gradients of batches of rows, and patience.

A rule stores what it needs from previous gradients; ``step(gradient)`` returns the
step from a point, which is added to the parameters, given the gradient there.
``learning_rate`` may be changed before each step, by a schedule
(`skmath.calculus.schedules`). ``decouples_decay`` means that the penalty alpha is not
part of the gradient: instead the weights shrink by a fraction learning_rate alpha in
each step (decoupled weight decay). `Patience` counts the steps without progress, after
which an iteration ends.

References
----------
.. [1] B. T. Polyak, "Some methods of speeding up the convergence of iteration
   methods", USSR Comput. Math. Math. Phys., 4(5), 1964.
.. [2] I. Sutskever, J. Martens, G. Dahl and G. Hinton, "On the importance of
   initialization and momentum in deep learning", ICML 2013, equations 3 and 4.
.. [3] T. Tieleman and G. Hinton, "RMSprop: divide the gradient by a running average of
   its recent magnitude", Neural networks for machine learning, lecture 6.5, 2012.
.. [4] D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015,
   algorithm 1.
.. [5] I. Loshchilov and F. Hutter, "Decoupled weight decay regularization", ICLR 2019,
   algorithm 2.
.. [6] K. Jordan, Y. Jin, V. Boza, J. You, F. Cesista, L. Newhouse and J. Bernstein,
   "Muon: an optimizer for hidden layers in neural networks", 2024,
   https://kellerjordan.github.io/posts/muon/.
.. [7] J. Liu et al., "Muon is scalable for LLM training", arXiv:2502.16982, 2025,
   equation 4.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from skmath import _arrays
from skmath.linear_algebra.newton_schulz import nearly_orthogonal

__all__ = [
    "SGD",
    "STEP_RULES",
    "Adam",
    "AdamW",
    "Muon",
    "Patience",
    "RMSprop",
]

LIKE_ADAM = 0.2
"""Root mean square of a matrix's step, in learning rates: for Adam it is usually 0.2 to
0.4 (Liu et al. 2025)."""


@dataclass(eq=False)
class SGD:
    """Steps against noisy gradients, with momentum (Polyak 1964).

    velocity <- momentum velocity - learning_rate gradient; the step is the velocity, or
    with ``ahead`` the velocity after the same gradient once more.

    Parameters
    ----------
    learning_rate : float, default=0.1
    momentum : float, default=0.9
        0 is plain gradient descent.
    ahead : bool, default=False
        Whether to use Nesterov's momentum, in the form of Sutskever et al. (2013).
    """

    learning_rate: float = 0.1
    momentum: float = 0.9
    ahead: bool = False
    velocity: Any = field(default=0.0, init=False, repr=False)

    decouples_decay = False

    def step(self, gradient: Any) -> Any:
        """Return the change of the parameters, given the gradient."""
        change = self.learning_rate * gradient
        self.velocity = self.momentum * self.velocity - change
        return self.momentum * self.velocity - change if self.ahead else self.velocity


@dataclass(eq=False)
class RMSprop:
    """Steps against the gradient divided by its recent size (Tieleman, Hinton 2012).

    Parameters
    ----------
    learning_rate : float, default=1e-3
    decay : float, default=0.9
        Decay of the average of the squared gradient.
    epsilon : float, default=1e-8
    """

    learning_rate: float = 1e-3
    decay: float = 0.9
    epsilon: float = 1e-8
    v: Any = field(default=0.0, init=False, repr=False)

    decouples_decay = False

    def step(self, gradient: Any) -> Any:
        """Return the change of the parameters, given the gradient."""
        self.v = self.decay * self.v + (1 - self.decay) * (gradient * gradient)
        length = _arrays.namespace(gradient).sqrt(self.v)
        length += self.epsilon
        return (-self.learning_rate * gradient) / length


@dataclass(eq=False)
class Adam:
    r"""Steps of about the learning rate in each coordinate (Kingma and Ba 2015).

    .. math::

       m \leftarrow \beta_1 m + (1 - \beta_1) g, \quad
       v \leftarrow \beta_2 v + (1 - \beta_2) g^2, \quad
       \theta \leftarrow \theta - \eta \, \frac{m / (1 - \beta_1^t)}
       {\sqrt{v / (1 - \beta_2^t)} + \epsilon}

    Parameters
    ----------
    learning_rate : float, default=1e-3
    beta1, beta2 : float, default=0.9, 0.999
        Decay of the averages of the gradient and of its square.
    epsilon : float, default=1e-8

    Attributes
    ----------
    t : int
        Number of steps taken.
    m, v : array or None
        The averages; None before the first step.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import Adam
    >>> Adam(learning_rate=0.1).step(np.array([5.0, -1e-3])).round(3)
    array([-0.1,  0.1])
    """

    learning_rate: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    t: int = field(default=0, init=False, repr=False)
    m: Any = field(default=None, init=False, repr=False)
    v: Any = field(default=None, init=False, repr=False)

    decouples_decay = False

    def step(self, gradient: Any) -> Any:
        """Return the change of the parameters, given the gradient."""
        # m and v are stored divided by 1 - beta, which saves a pass over each; the
        # constants below account for it.
        self.t += 1
        square = gradient * gradient
        if self.m is None:
            self.m, self.v = 0 * gradient, 0 * square
        self.m *= self.beta1
        self.m += gradient
        self.v *= self.beta2
        self.v += square
        # The averages start at zero: divide by their total weight.
        m_share = (1 - self.beta1) / (1 - self.beta1**self.t)
        v_share = ((1 - self.beta2) / (1 - self.beta2**self.t)) ** 0.5
        length = _arrays.namespace(gradient).sqrt(self.v)
        length += self.epsilon / v_share
        length = self.m / length
        length *= -self.learning_rate * m_share / v_share
        return length


class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov, Hutter 2019).

    Each weight shrinks at the same rate, however large its gradients are.
    """

    decouples_decay = True


@dataclass(eq=False)
class Muon(AdamW):
    r"""Orthogonalised steps for weight matrices, AdamW for all other parameters.

    For each matrix W of shape (n_in, n_out), with Nesterov's momentum,

    .. math::

       M \leftarrow \mu M + G, \quad O \approx U V^T \text{ of }
       G + \mu M = U S V^T, \quad
       W \leftarrow W - 0.2 \sqrt{\max(n_{in}, n_{out})} \, \eta \, O.

    All directions of the gradient move W equally, not only the strongest (Jordan et al.
    2024). The square root makes an entry's step 0.2 learning rates in the root mean
    square, about that of Adam, so that one rate serves both (Liu et al. 2025).

    Parameters
    ----------
    learning_rate : float, default=1e-3
    beta1, beta2, epsilon : float
        As in `AdamW`.
    momentum : float, default=0.95
        mu.
    matrices : sequence of (start, shape), default=()
        Where the matrices begin in the flat parameters, and their shapes; a shape with
        more than two axes is a stack of matrices.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import Muon
    >>> rule = Muon(0.1, matrices=[(0, (2, 2))])
    >>> gradient = np.array([9.0, 0.0, 0.0, 0.1, 5.0])  # a diagonal, and another
    >>> np.abs(rule.step(gradient)).round(2)
    array([0.02, 0.  , 0.  , 0.02, 0.1 ])
    """

    momentum: float = 0.95
    matrices: Any = ()
    velocity: Any = field(default=None, init=False, repr=False)

    def step(self, gradient: Any) -> Any:
        """Return the change of the parameters, given the gradient."""
        step = super().step(gradient)
        if not self.matrices:
            return step
        if self.velocity is None:
            self.velocity = 0 * gradient
        self.velocity *= self.momentum
        self.velocity += gradient
        ahead = gradient + self.momentum * self.velocity
        for shape, starts in self._starts_of_a_shape().items():
            places = [slice(start, start + math.prod(shape)) for start in starts]
            # Matrices of the same shape are multiplied as a stack.
            W_steps = nearly_orthogonal(
                np.stack([ahead[place].reshape(shape) for place in places])
            )
            W_steps *= -self.learning_rate * LIKE_ADAM * math.sqrt(max(shape[-2:]))
            for place, W_step in zip(places, W_steps, strict=True):
                step[place] = W_step.ravel()
        return step

    def _starts_of_a_shape(self) -> dict[Any, Any]:
        starts: dict[tuple[int, ...], list[int]] = {}
        for start, shape in self.matrices:
            starts.setdefault(tuple(shape), []).append(start)
        return starts


STEP_RULES: dict[str, Callable[..., Any]] = {
    "sgd": partial(SGD, momentum=0.0),
    "momentum": SGD,
    "nesterov": partial(SGD, ahead=True),
    "rmsprop": RMSprop,
    "adam": Adam,
    "adamw": AdamW,
    "muon": Muon,
}
"""The rules that have a name."""


@dataclass
class Patience:
    """Counts the steps since the last progress; the caller decides what progress is.

    Parameters
    ----------
    steps : int
        Number of steps without progress after which to stop.
    waited : int, default=0
        Number of steps since the last progress.

    Examples
    --------
    >>> from skmath.calculus import Patience
    >>> patience, lowest = Patience(2), float("inf")
    >>> for loss in [3.0, 1.0, 1.5, 1.2, 0.9]:
    ...     if patience.ends(progress=loss < lowest):
    ...         break
    ...     lowest = min(lowest, loss)
    >>> loss, patience.waited
    (1.2, 2)
    """

    steps: int
    waited: int = 0

    def ends(self, progress: bool) -> bool:
        """Count a step; return True if too many have passed without progress.

        Parameters
        ----------
        progress : bool
            Whether this step made progress, which resets the count.

        Returns
        -------
        bool
        """
        self.waited = 0 if progress else self.waited + 1
        return self.waited >= self.steps
