"""Step rules for noisy gradients, of batches of rows: what is added to the parameters.

A rule remembers what it needs of the gradients before; ``step(gradient)`` returns the
step from a point, given the gradient there. ``learning_rate`` may be set anew before
each step, by a schedule.

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
"""

from dataclasses import dataclass, field
from functools import partial
from typing import Any

from skmath import _arrays

__all__ = ["SGD", "STEP_RULES", "Adam", "AdamW", "RMSprop"]


@dataclass(eq=False)
class SGD:
    """Steps against noisy gradients, with momentum (Polyak 1964).

    velocity <- momentum velocity - learning_rate gradient; the step is the velocity, or
    with ``ahead`` what the velocity will be after as much gradient again.

    Parameters
    ----------
    learning_rate : float, default=0.1
    momentum : float, default=0.9
        0 is plain gradient descent.
    ahead : bool, default=False
        Nesterov's momentum, in the form of Sutskever et al. (2013).
    """

    learning_rate: float = 0.1
    momentum: float = 0.9
    ahead: bool = False
    velocity: Any = field(default=0.0, init=False, repr=False)

    decays_apart = False

    def step(self, gradient):
        """Return what to add to the parameters, given the gradient there."""
        push = self.learning_rate * gradient
        self.velocity = self.momentum * self.velocity - push
        return self.momentum * self.velocity - push if self.ahead else self.velocity


@dataclass(eq=False)
class RMSprop:
    """Steps against the gradient divided by its recent size (Tieleman, Hinton 2012).

    Parameters
    ----------
    learning_rate : float, default=1e-3
    decay : float, default=0.9
        Of the average of the squared gradient.
    epsilon : float, default=1e-8
    """

    learning_rate: float = 1e-3
    decay: float = 0.9
    epsilon: float = 1e-8
    v: Any = field(default=0.0, init=False, repr=False)

    decays_apart = False

    def step(self, gradient):
        """Return what to add to the parameters, given the gradient there."""
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
        Steps taken.
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

    decays_apart = False

    def step(self, gradient):
        """Return what to add to the parameters, given the gradient there."""
        # m and v are kept divided by 1 - beta, which spares a pass over each: constants
        # below take it in.
        self.t += 1
        square = gradient * gradient
        if self.m is None:
            self.m, self.v = 0 * gradient, 0 * square
        self.m *= self.beta1
        self.m += gradient
        self.v *= self.beta2
        self.v += square
        # The averages start at zero: divide by the weight they have gathered.
        m_share = (1 - self.beta1) / (1 - self.beta1**self.t)
        v_share = ((1 - self.beta2) / (1 - self.beta2**self.t)) ** 0.5
        length = _arrays.namespace(gradient).sqrt(self.v)
        length += self.epsilon / v_share
        length = self.m / length
        length *= -self.learning_rate * m_share / v_share
        return length


class AdamW(Adam):
    """Adam whose penalty shrinks the weights apart from it (Loshchilov, Hutter 2019).

    So each weight shrinks at the same rate, however large its gradients are.
    """

    decays_apart = True


STEP_RULES = {
    "sgd": partial(SGD, momentum=0.0),
    "momentum": SGD,
    "nesterov": partial(SGD, ahead=True),
    "rmsprop": RMSprop,
    "adam": Adam,
    "adamw": AdamW,
}
"""The rules that have a name."""
