"""Steps along noisy gradients, of batches of rows: rules, schedules and patience.

A rule remembers what it needs of the gradients before; ``step(gradient)`` returns the
step from a point, what is added to the parameters, given the gradient there.
``learning_rate`` may be set anew before each step, by a schedule.

A schedule says by what the learning rate is multiplied: it has ``share(t)``, the factor
after t epochs, which need not be whole, and ``observe(error)``, which takes in the
error of an epoch. ``is_planned`` tells whether its end is meant to be that of training.
`Patience` counts the steps without progress, after which an iteration ends.

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
.. [6] H. Robbins and S. Monro, "A stochastic approximation method", Annals of
   Mathematical Statistics, 22(3), 1951.
.. [7] I. Loshchilov and F. Hutter, "SGDR: stochastic gradient descent with warm
   restarts", ICLR 2017, equation 5.
.. [8] L. N. Smith and N. Topin, "Super-convergence: very fast training of neural
   networks using large learning rates", 2018, section 3.
"""

import math
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from skmath import _arrays

__all__ = [
    "SCHEDULES",
    "SGD",
    "STEP_RULES",
    "Adam",
    "AdamW",
    "Constant",
    "Cosine",
    "InverseScaling",
    "OneCycle",
    "Patience",
    "RMSprop",
    "RaisedCosine",
    "ReduceOnPlateau",
    "Schedule",
]


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


@dataclass
class Patience:
    """Counts the steps since the last progress; what progress is, the caller says.

    Parameters
    ----------
    steps : int
        Steps without progress after which the patience is over.
    waited : int, default=0
        Steps since the last progress.

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

    def ends(self, progress):
        """Count a step; return whether too many have passed without progress.

        Parameters
        ----------
        progress : bool
            Whether this step brought some, which starts the count anew.

        Returns
        -------
        bool
        """
        self.waited = 0 if progress else self.waited + 1
        return self.waited >= self.steps


@dataclass
class Schedule:
    """What schedules share.

    Parameters
    ----------
    length : int, default=200
        Epochs that are planned.
    steps : int, default=1
        Steps of an epoch.
    patience : int, default=10
        Epochs without improvement after which training would end.
    tol : float, default=1e-4
        By how much an error has to fall for an improvement.
    """

    length: int = 200
    steps: int = 1
    patience: int = 10
    tol: float = 1e-4

    is_planned = False

    def share(self, t):
        """Return the factor after t epochs."""
        raise NotImplementedError

    def observe(self, error):
        """Take in the error of an epoch."""


class Constant(Schedule):
    """The same rate throughout."""

    def share(self, t):
        """Return 1."""
        return 1.0


class InverseScaling(Schedule):
    """1 / sqrt(1 + t): the steps add up to infinity, their effect levels off."""

    def share(self, t):
        """Return 1 / sqrt(1 + t)."""
        return (1 + t) ** -0.5


class Cosine(Schedule):
    """Half a cosine from 1 to 0, then again from 1 (Loshchilov and Hutter 2017).

    Examples
    --------
    >>> from skmath.calculus.step_rules import Cosine
    >>> [round(Cosine(length=10).share(t), 3) for t in (0, 5, 9.9, 10)]
    [1.0, 0.5, 0.0, 1.0]
    """

    is_planned = True

    def share(self, t):
        """Return (1 + cos(pi t / length)) / 2."""
        return 0.5 * (1 + math.cos(math.pi * (t % self.length) / self.length))


class RaisedCosine(Cosine):
    """Half a cosine whose mean is 1; higher where an epoch has only one step or two.

    A table of one batch is learnt in few steps, of gradients without noise.
    """

    is_planned = False

    def share(self, t):
        """Return max(1, 2.5 / steps) (1 + cos(pi t / length))."""
        cosine = math.cos(math.pi * (t % self.length) / self.length)
        return max(1.0, 2.5 / self.steps) * (1 + cosine)


class OneCycle(Schedule):
    """From 1 / 25 up to 1 over 30% of the epochs, then down to 0 (Smith, Topin 2018).

    Both ways along half a cosine.
    """

    is_planned = True

    def share(self, t):
        """Return the factor of the cycle's phase."""
        phase = (t % self.length) / self.length
        if phase < 0.3:
            return 1 - (1 - 1 / 25) * 0.5 * (1 + math.cos(math.pi * phase / 0.3))
        return 0.5 * (1 + math.cos(math.pi * (phase - 0.3) / 0.7))


@dataclass
class ReduceOnPlateau(Schedule):
    """A fifth of the rate whenever half the patience passed without improvement."""

    def __post_init__(self):
        self.factor, self.lowest = 1.0, math.inf
        self.plateau = Patience(max(1, self.patience // 2))

    def share(self, t):
        """Return the present factor."""
        return self.factor

    def observe(self, error):
        """Divide the factor by 5 if the error has not fallen for too long."""
        if self.plateau.ends(progress=error < self.lowest - self.tol):
            self.factor, self.plateau.waited = self.factor / 5, 0
        self.lowest = min(self.lowest, error)


SCHEDULES = {
    "constant": Constant,
    "inverse_scaling": InverseScaling,
    "cosine": Cosine,
    "raised_cosine": RaisedCosine,
    "one_cycle": OneCycle,
    "plateau": ReduceOnPlateau,
}
"""The schedules that have a name."""
