r"""Descent: from where one stands, a step against the gradient, until it is level.

The seed's algorithm repeats two things: compute the gradient, and move against it by
alpha, the learning rate. Two choices make it usable on data as they come:

- the *metric* in which a direction is steepest: :math:`-M^{-1} \nabla f`. With M the
  identity it is the seed's; with M the curvature along each column it does not depend
  on the columns' units; with M the Hessian it is Newton's direction;
- the *length* of the step: a number, or found by backtracking until the objective has
  decreased by a share of what the slope promises (Armijo's condition).

A penalty with a kink takes part through its proximal map, in a diagonal metric.

Parameters are arrays of shape (n_features + 1, n_outputs), the intercept last.

References
----------
.. [1] L. Armijo, "Minimization of functions having Lipschitz continuous first partial
   derivatives", Pacific J. Math., 16(1), 1966.
.. [2] J. Barzilai and J. M. Borwein, "Two-point step size gradient methods", IMA J.
   Numer. Anal., 8(1), 1988, equation (6).
.. [3] L. Grippo, F. Lampariello and S. Lucidi, "A nonmonotone line search technique
   for Newton's method", SIAM J. Numer. Anal., 23(4), 1986.
.. [4] S. J. Wright, R. D. Nowak and M. A. T. Figueiredo, "Sparse reconstruction by
   separable approximation", IEEE Trans. Signal Process., 57(7), 2009.
.. [5] D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015,
   algorithm 1.
"""

from collections import deque
from dataclasses import dataclass
from typing import Any, NamedTuple

from skmath import _arrays

__all__ = ["SGD", "Adam", "HessianMetric", "Iterate", "Metric", "descend"]

SUFFICIENT = 1e-4
"""Share of the decrease promised by the slope that a step must bring (Armijo)."""

MEMORY = 8
"""Recent objective values whose largest a step is compared with: steps of Barzilai and
Borwein's length are fast because not each of them has to go down."""

MAX_HALVINGS = 60
"""Halvings of a step after which the descent is at the end of its arithmetic."""


class Iterate(NamedTuple):
    """Where a descent stands.

    Attributes
    ----------
    theta : array of shape (n_features + 1, n_outputs)
    value : float
        Objective: loss and penalty.
    step : float
        Length of the step that led here, 0 at the start.
    optimality : float
        Length of the proximal gradient, in the reference metric, relative to that of
        the gradient at the start: 0 at the optimum, and independent of units.
    """

    theta: Any
    value: float
    step: float
    optimality: float


@dataclass(frozen=True)
class Metric:
    """A length for each coefficient; the intercept is moved at the columns' centre.

    Moving the intercept with the coefficients, so that the outputs at the centre stay,
    is what centring the columns would do, without touching them.

    Parameters
    ----------
    scale : array of shape (n_features, n_outputs or 1)
        Diagonal of M for the coefficients.
    centre : array of shape (n_features, n_outputs or 1)
        Zero where there is no intercept.
    intercept_scale : array of shape (1, n_outputs or 1)
        Diagonal of M for the intercept.
    """

    scale: Any
    centre: Any
    intercept_scale: Any

    newton = False
    """Whether M is the whole second derivative: then a step of length 1 is Newton's."""

    def solve(self, g):
        """Return M^-1 g for the coefficients' part of a gradient."""
        return g / self.scale

    def direction(self, gradient):
        """Return M^-1 gradient, whose opposite is the steepest descent in M."""
        g_intercept = gradient[-1:, :]
        d = self.solve(gradient[:-1, :] - self.centre * g_intercept)
        return _stack(d, g_intercept / self.intercept_scale - self._at_centre(d))

    def move(self, theta, gradient, step, penalty):
        """Return prox(theta - step M^-1 gradient)."""
        moved = theta - step * self.direction(gradient)
        w = penalty.prox(moved[:-1, :], step / self.scale)
        return _stack(w, moved[-1:, :] - self._at_centre(w - moved[:-1, :]))

    def norm(self, d):
        """Return sqrt(d'Md)."""
        w, intercept = d[:-1, :], d[-1:, :] + self._at_centre(d[:-1, :])
        square = _inner(self.scale * w, w)
        return (square + _inner(self.intercept_scale * intercept, intercept)) ** 0.5

    def _at_centre(self, w):
        return _arrays.namespace(w).sum(self.centre * w, axis=0, keepdims=True)


@dataclass(frozen=True)
class HessianMetric(Metric):
    """Curvature of the objective, output by output.

    Parameters
    ----------
    scale, centre, intercept_scale : arrays
        As in `Metric`; scale holds the square roots of the Hessians' diagonals.
    hessian : array of shape (n_outputs, n_features, n_features)
        Rows and columns divided by scale: ones on the diagonals.
    coupled : bool
        Whether the outputs compete, as in softmax: adding the same to all of them then
        changes nothing, gradients sum to zero over them, and so do the directions here.
    """

    hessian: Any
    coupled: bool

    @property
    def newton(self):
        """Whether M is the whole second derivative."""
        return not self.coupled

    def solve(self, g):
        """Return M^-1 g, solving one linear system an output."""
        xp = _arrays.namespace(g)
        scaled = (g / self.scale).T[:, :, None]
        return xp.linalg.solve(self.hessian, scaled)[:, :, 0].T / self.scale

    def direction(self, gradient):
        """Return M^-1 gradient, less its mean over the outputs if they are coupled."""
        d = super().direction(gradient)
        if not self.coupled:
            return d
        # The metrics of the outputs differ; what they would let drift in the direction
        # that changes nothing would come back only at the penalty's pace.
        return d - _arrays.namespace(d).mean(d, axis=1, keepdims=True)

    def move(self, theta, gradient, step, penalty):
        """Return theta - step M^-1 gradient; penalties with a kink need a `Metric`."""
        return theta - step * self.direction(gradient)


def descend(objective, penalty, theta, *, metric, reference, learning_rate="auto"):
    """Yield the iterates of the descent from theta, the start first, without end.

    Parameters
    ----------
    objective : callable
        ``objective(theta)`` returns the value of loss and penalty, a float, and the
        gradient of its smooth part.
    penalty : object of `skmath.calculus.penalties`
    theta : array of shape (n_features + 1, n_outputs)
    metric : callable
        ``metric(theta)`` returns the `Metric` of the step from theta.
    reference : Metric
        In which optimality is measured.
    learning_rate : float or "auto", default="auto"
        Length of every step; or found anew for each: the trial is Barzilai and
        Borwein's (Newton's 1 in the Hessian's metric), halved until Armijo's condition
        holds.

    Yields
    ------
    Iterate
    """
    value, gradient = objective(theta)
    recent = deque([value], maxlen=MEMORY)
    # A cost far below the start's is a small difference of numbers of that size.
    rounding = 4 * _arrays.epsilon(gradient) * abs(value)
    step, before = 0.0, None
    unit = reference.norm(reference.direction(gradient))
    # What is below the rounding of theta, and of the square root of the objective,
    # which is measured alike, is level: the start may be.
    size = reference.norm(theta) + abs(value) ** 0.5
    level = _arrays.epsilon(theta) * size
    while True:
        slope = reference.norm(reference.move(theta, gradient, 1.0, penalty) - theta)
        optimality = slope / unit if slope > level else 0.0
        yield Iterate(theta, value, step, optimality)
        here = metric(theta)
        if learning_rate == "auto":
            limit = max(recent) + rounding
            trial = 1.0
            if before is not None and not here.newton:
                moved, turned = theta - before[0], gradient - before[1]
                trial = spectral_step(moved, turned, here, step)
            before = theta, gradient
            found = backtrack(objective, penalty, theta, gradient, here, trial, limit)
            if found is None:
                return
            step, theta, value, gradient = found
        else:
            step = learning_rate
            theta = here.move(theta, gradient, step, penalty)
            value, gradient = objective(theta)
        recent.append(value)


def backtrack(objective, penalty, theta, gradient, metric, step, limit):
    """Halve a step until the objective is low enough; return None if it never is.

    Armijo's condition: F(new) <= limit + c slope, where the slope is what the gradient
    and the penalty's kink promise for the move.
    """
    kink = penalty.kink(theta[:-1, :])
    for _ in range(MAX_HALVINGS):
        new = metric.move(theta, gradient, step, penalty)
        slope = _inner(gradient, new - theta) + penalty.kink(new[:-1, :]) - kink
        value, new_gradient = objective(new)
        if value <= limit + SUFFICIENT * slope:
            return step, new, value, new_gradient
        step = step / 2
    return None


def spectral_step(moved, turned, metric, step):
    """Return s'v / (v'M^-1 v), s the last move and v what it changed the gradient by.

    It is the inverse of the curvature met on the way (Barzilai and Borwein 1988,
    equation 6, in the metric M). Where none was met, the last step doubled.
    """
    curvature = _inner(turned, metric.direction(turned))
    along = _inner(moved, turned)
    if not (along > 0 and curvature > 0):
        return min(2 * step, 1e10)
    return min(max(along / curvature, 1e-10), 1e10)


class SGD:
    """Steps against noisy gradients, with momentum.

    velocity <- momentum velocity - learning_rate gradient; the step is the velocity.

    Parameters
    ----------
    learning_rate : float, default=0.1
    momentum : float, default=0.9
        0 is plain gradient descent.
    """

    def __init__(self, learning_rate=0.1, momentum=0.9):
        self.learning_rate, self.momentum = learning_rate, momentum
        self.velocity = 0.0

    def step(self, gradient):
        """Return what to add to the parameters, given the gradient there."""
        self.velocity = self.momentum * self.velocity - self.learning_rate * gradient
        return self.velocity


class Adam:
    """Steps of about the learning rate in each coordinate (Kingma and Ba 2015).

    Parameters
    ----------
    learning_rate : float, default=1e-3
    beta1, beta2 : float, default=0.9, 0.999
        Decay of the averages of the gradient and of its square.
    epsilon : float, default=1e-8

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import Adam
    >>> Adam(learning_rate=0.1).step(np.array([5.0, -1e-3])).round(3)
    array([-0.1,  0.1])
    """

    def __init__(self, learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8):
        self.learning_rate, self.epsilon = learning_rate, epsilon
        self.beta1, self.beta2 = beta1, beta2
        self.t, self.m, self.v = 0, 0.0, 0.0

    def step(self, gradient):
        """Return what to add to the parameters, given the gradient there."""
        self.t += 1
        self.m += (1 - self.beta1) * (gradient - self.m)
        self.v += (1 - self.beta2) * (gradient * gradient - self.v)
        # The averages start at zero: divide by the weight they have gathered.
        length = _arrays.namespace(gradient).sqrt(self.v)
        length *= (1 - self.beta2**self.t) ** -0.5
        length += self.epsilon
        return (-self.learning_rate / (1 - self.beta1**self.t)) * self.m / length


def _stack(w, intercept):
    return _arrays.namespace(w).concat([w, intercept], axis=0)


def _inner(a, b):
    return float(_arrays.namespace(a).sum(a * b))
