"""How an iteration goes on: schedules of the learning rate, and patience.

A schedule says by what the learning rate is multiplied: it has ``share(t)``, the factor
after t epochs, which need not be whole, and ``observe(error)``, which takes in the
error of an epoch. ``is_planned`` tells whether its end is meant to be that of training.
`Patience` counts the steps without progress, after which an iteration ends.

References
----------
.. [1] H. Robbins and S. Monro, "A stochastic approximation method", Annals of
   Mathematical Statistics, 22(3), 1951.
.. [2] I. Loshchilov and F. Hutter, "SGDR: stochastic gradient descent with warm
   restarts", ICLR 2017, equation 5.
.. [3] L. N. Smith and N. Topin, "Super-convergence: very fast training of neural
   networks using large learning rates", 2018, section 3.
"""

import math
from dataclasses import dataclass

__all__ = [
    "SCHEDULES",
    "Auto",
    "Constant",
    "Cosine",
    "InverseScaling",
    "OneCycle",
    "Patience",
    "ReduceOnPlateau",
    "Schedule",
]


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
    >>> from skmath.calculus.schedules import Cosine
    >>> [round(Cosine(length=10).share(t), 3) for t in (0, 5, 9.9, 10)]
    [1.0, 0.5, 0.0, 1.0]
    """

    is_planned = True

    def share(self, t):
        """Return (1 + cos(pi t / length)) / 2."""
        return 0.5 * (1 + math.cos(math.pi * (t % self.length) / self.length))


class Auto(Cosine):
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
    "auto": Auto,
    "constant": Constant,
    "inverse_scaling": InverseScaling,
    "cosine": Cosine,
    "one_cycle": OneCycle,
    "plateau": ReduceOnPlateau,
}
"""The schedules that have a name."""
