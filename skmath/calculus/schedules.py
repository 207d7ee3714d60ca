"""Schedules: the factor of the learning rate over the course of training.

A schedule has ``factor_at(t)``, the factor after t epochs (t need not be an integer),
and ``observe(error)``, which receives the error of an epoch. ``is_planned`` is True if
the schedule should end together with training. Periodic schedules run over ``length``
epochs from ``start``, and then repeat.

References
----------
.. [1] H. Robbins and S. Monro, "A stochastic approximation method", Annals of
   Mathematical Statistics, 22(3), 1951.
.. [2] I. Loshchilov and F. Hutter, "SGDR: stochastic gradient descent with warm
   restarts", ICLR 2017, equation 5.
.. [3] L. N. Smith and N. Topin, "Super-convergence: very fast training of neural
   networks using large learning rates", 2018, section 3.
.. [4] D. Holzmueller, L. Grinsztajn and I. Steinwart, "Better by default: strong
   pre-tuned MLPs and boosted trees on tabular data", NeurIPS 2024 (RealMLP).
.. [5] S. Hu et al., "MiniCPM: unveiling the potential of small language models with
   scalable training strategies", COLM 2024, section 4.2 (warmup, stable, decay).
.. [6] P. Goyal et al., "Accurate, large minibatch SGD: training ImageNet in 1 hour",
   arXiv:1706.02677, 2017, section 2.2 (gradual warmup).
"""

import math
from dataclasses import dataclass

from skmath.calculus.step_rules import Patience

__all__ = [
    "SCHEDULES",
    "Constant",
    "CosLog4",
    "Cosine",
    "FlatCosine",
    "InverseScaling",
    "OneCycle",
    "RaisedCosine",
    "ReduceOnPlateau",
    "Schedule",
    "Warmup",
    "WarmupStableDecay",
]

WARMUP = 0.05
"""Fraction of the planned epochs over which the rate rises, so that Adam's averages
contain some gradients before the steps have full length."""

DECAY = 0.2
"""Fraction of the planned epochs over which the rate falls at the end; Hu et al. (2024)
found about this to be enough."""


@dataclass
class Schedule:
    """Base class of schedules.

    Parameters
    ----------
    length : int, default=200
        Planned number of epochs.
    steps : int, default=1
        Steps per epoch.
    patience : int, default=10
        Epochs without improvement after which training would end.
    tol : float, default=1e-4
        Minimum decrease of the error that counts as an improvement.
    start : float, default=0
        Epoch at which the plan begins.
    """

    length: int = 200
    steps: int = 1
    patience: int = 10
    tol: float = 1e-4
    start: float = 0

    is_planned = False

    def phase(self, t: float) -> float:
        """Return the fraction of the planned epochs that have passed, below 1."""
        return ((t - self.start) % self.length) / self.length

    def factor_at(self, t: float) -> float:
        """Return the factor after t epochs."""
        raise NotImplementedError

    def observe(self, error: float) -> None:
        """Receive the error of an epoch."""

    def forget(self) -> None:
        """Forget the errors, because those to come are for other data."""


class Constant(Schedule):
    """The same rate throughout."""

    def factor_at(self, t: float) -> float:
        """Return 1."""
        return 1.0


class InverseScaling(Schedule):
    """1 / sqrt(1 + t): steps shrink, but their sum is infinite."""

    def factor_at(self, t: float) -> float:
        """Return 1 / sqrt(1 + t)."""
        return (1 + t) ** -0.5


class Cosine(Schedule):
    """Half a cosine from 1 to 0, then again from 1 (Loshchilov and Hutter 2017).

    Examples
    --------
    >>> from skmath.calculus.schedules import Cosine
    >>> [round(Cosine(length=10).factor_at(t), 3) for t in (0, 5, 9.9, 10)]
    [1.0, 0.5, 0.0, 1.0]
    """

    is_planned = True

    def factor_at(self, t: float) -> float:
        """Return (1 + cos(pi t / length)) / 2."""
        return 0.5 * (1 + math.cos(math.pi * self.phase(t)))


class RaisedCosine(Cosine):
    """Half a cosine with mean 1, or higher if an epoch has only one or two steps.

    With a single batch there are few steps, but their gradients have no noise.
    """

    is_planned = False

    def factor_at(self, t: float) -> float:
        """Return max(1, 2.5 / steps) (1 + cos(pi t / length))."""
        cosine = math.cos(math.pi * self.phase(t))
        return max(1.0, 2.5 / self.steps) * (1 + cosine)


class OneCycle(Schedule):
    """From 1 / 25 up to 1 over 30% of the epochs, then down to 0 (Smith, Topin 2018).

    Both parts follow half a cosine.
    """

    is_planned = True

    def factor_at(self, t: float) -> float:
        """Return the factor at the phase of the cycle."""
        phase = self.phase(t)
        if phase < 0.3:
            return 1 - (1 - 1 / 25) * 0.5 * (1 + math.cos(math.pi * phase / 0.3))
        return 0.5 * (1 + math.cos(math.pi * (phase - 0.3) / 0.7))


class FlatCosine(Schedule):
    """1 for half of the epochs, then half a cosine down to 0 (as in RealMLP).

    Examples
    --------
    >>> from skmath.calculus.schedules import FlatCosine
    >>> [round(FlatCosine(length=10).factor_at(t), 3) for t in (0, 5, 7.5, 9.9)]
    [1.0, 1.0, 0.5, 0.001]
    """

    is_planned = True

    def factor_at(self, t: float) -> float:
        """Return (1 + cos(pi max(2 t / length - 1, 0))) / 2."""
        return 0.5 * (1 + math.cos(math.pi * max(2 * self.phase(t) - 1, 0.0)))


class CosLog4(Schedule):
    """Four waves from 0 to 1 and back, each twice as long (Holzmueller et al. 2024).

    Examples
    --------
    >>> from skmath.calculus.schedules import CosLog4
    >>> schedule = CosLog4(length=15)
    >>> [round(schedule.factor_at(t), 3) for t in (0, 1, 3, 7)]  # between waves
    [0.0, 0.0, 0.0, 0.0]
    >>> round(schedule.factor_at(8 * 2**0.5 - 1), 3)
    1.0
    """

    is_planned = True

    def factor_at(self, t: float) -> float:
        """Return (1 - cos(2 pi log2(1 + 15 t / length))) / 2."""
        return 0.5 * (1 - math.cos(2 * math.pi * math.log2(1 + 15 * self.phase(t))))


class Warmup(Schedule):
    """Linear rise to 1 over 5% of the planned epochs, then 1 (Goyal et al. 2017)."""

    def factor_at(self, t: float) -> float:
        """Return the step number divided by the number of rising steps, up to 1."""
        n_rising = max(1.0, WARMUP * self.length * self.steps)
        return min(1.0, ((t - self.start) * self.steps + 1) / n_rising)


class WarmupStableDecay(Schedule):
    """Linear rise over 5% of the epochs, 1, linear fall over 20% (Hu et al. 2024)."""

    is_planned = True

    def factor_at(self, t: float) -> float:
        """Return the minimum of the rising line, the falling line and 1."""
        phase = self.phase(t)
        n_rising = max(1.0, WARMUP * self.length * self.steps)
        rising = (phase * self.length * self.steps + 1) / n_rising
        return min(1.0, rising, (1 - phase) / DECAY)


@dataclass
class ReduceOnPlateau(Schedule):
    """Divide the rate by 5 when half the patience passed without improvement."""

    def __post_init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Start again, because errors on other data are not comparable."""
        self.factor, self.lowest = 1.0, math.inf
        self.plateau = Patience(1)

    def factor_at(self, t: float) -> float:
        """Return the current factor."""
        return self.factor

    def observe(self, error: float) -> None:
        """Divide the factor by 5 if the error has not improved for too long."""
        self.plateau.steps = max(1, self.patience // 2)
        if self.plateau.ends(progress=error < self.lowest - self.tol):
            self.factor, self.plateau.waited = self.factor / 5, 0
        self.lowest = min(self.lowest, error)


SCHEDULES = {
    "constant": Constant,
    "inverse_scaling": InverseScaling,
    "cosine": Cosine,
    "raised_cosine": RaisedCosine,
    "one_cycle": OneCycle,
    "flat_cosine": FlatCosine,
    "coslog4": CosLog4,
    "warmup": Warmup,
    "warmup_stable_decay": WarmupStableDecay,
    "plateau": ReduceOnPlateau,
}
"""The schedules that have a name."""
