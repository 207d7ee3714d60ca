r"""A quadratic with a penalty that is smooth where it does not hold coefficients.

.. math:: \min_x \; \tfrac{1}{2} x^T H x - b^T x + P(x)

A penalty with kinks or walls holds some coefficients where they are (at zero, at a
bound) and is smooth in the others. Two steps alternate:

1. proximal steps, x = prox(x - step (H x - b)), say which coefficients are held. Each
   lowers the objective: step is at most 1 / (d'Hd / d'd) for the d that it takes;
2. Newton's steps in those that are not held, on a line on which the objective falls.

Where the first has found what is held at the solution the second converges
quadratically, and what is left is a small linear system or two.

References
----------
.. [1] A. Daniilidis, C. Sagastizabal and M. Solodov, "Identifying structure of
   nonsmooth convex functions by the bundle technique", SIAM J. Optim., 20(2), 2009.
.. [2] G. Bareilles, F. Iutzeler and J. Malick, "Newton acceleration on manifolds
   identified by proximal gradient methods", Mathematical Programming, 200, 2023.
"""

import numpy as np
from scipy.linalg import lapack

from skmath._arrays import host

__all__ = ["PartlySmooth", "host", "minimum_with"]

ROUNDS = 500
"""Rounds of proximal steps and Newton's after which only rounding moves."""

PROXIMAL_STEPS = 4
"""Proximal steps of a round: each costs a product with H, a Newton step a system."""

NEWTON_STEPS = 6
"""Newton's steps of a round; where they settle before, fewer."""

HALVINGS = 12
"""Halvings of a Newton step, after which a proximal step does better."""

SETTLED = 1e-3
"""Share of the first Newton step below which the next round looks what is held."""

LEVEL = 64
"""Rounding units of the slope that are taken for zero."""

NEARER = 1e-2
"""Share of what is missed at the start to which a quadratic model is minimised: the
next model goes on from there, and is a better one."""


class PartlySmooth:
    """What a penalty has to say of itself to take part in `minimum_with`.

    ``value``, ``gradient``, ``prox``, ``curvature`` as every penalty
    (`skmath.calculus.penalties`), and four more. Arrays have the shape of w.
    """

    def scaled(self, scale):
        """Return the penalty of x = scale w, as a function of x."""
        raise NotImplementedError

    def free(self, w):
        """Return which coefficients are not held: near w the penalty is smooth in them.

        Where it depends on the sign, or on the side of a bound, that of w is meant.
        """
        raise NotImplementedError

    def slope(self, w):
        """Return the derivative of the kinked part in those that are not held."""
        raise NotImplementedError

    def bend(self, w, at):
        """Return its second derivative in some coefficients, a matrix, or a diagonal.

        Parameters
        ----------
        w : ndarray of shape (n_features, n_outputs)
        at : tuple of two ndarrays of int
            Rows and columns of w.
        """
        return 0.0

    def kept(self, w, new):
        """Return new, with what left the smooth piece around w put at its border."""
        return new

    def border(self, w, d):
        """Return the s above 0 at which w + s d first comes to a border of the piece.

        At w + s d `kept` puts what is there at the border; infinity if there is none.
        """
        return np.inf

    def unscaled(self, x, scale):
        """Return w = x / scale, where scale w = x."""
        return x / scale

    def quadratic_minimum(self, start, H, b, scale, step, tol=None):
        """Return the w with the least x'Hx / 2 - b'x + step P(w), where x = scale w.

        Parameters
        ----------
        start : ndarray of shape (n_features, n_outputs)
            A w from which it is searched.
        H : ndarray of shape (n_outputs, n_features, n_features)
            With ones on the diagonals, about.
        b, scale : ndarrays of shape (n_features, n_outputs)
        step : float
        tol : float, default=None
            By how much x may miss prox(x - (H x - b)); None for a share of what the
            start misses.

        Returns
        -------
        ndarray of shape (n_features, n_outputs)
        """
        x = minimum_with(self.scaled(scale), start * scale, H, b, step, tol)
        return self.unscaled(x, scale)


def minimum_with(penalty, x, H, b, step=1.0, tol=None):
    """Return the minimiser of x'Hx / 2 - b'x + step P(x), searched from x.

    Parameters
    ----------
    penalty : PartlySmooth
        Its kinked part alone counts.
    x : ndarray of shape (p, k)
    H : ndarray of shape (k, p, p)
    b : ndarray of shape (p, k)
    step : float, default=1.0
    tol : float, default=None
        By how much x may miss prox(x - (H x - b)), in each coordinate; None for a share
        of what it misses at the start.

    Returns
    -------
    ndarray of shape (p, k)

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import SparseGroup
    >>> pair = SparseGroup(1.0, 0.0, groups=np.array([0, 0]), sizes=np.array([1.0]))
    >>> b = np.array([[3.0], [4.0]])  # of length 5, of which 1 is taken
    >>> minimum_with(pair, 0 * b, np.eye(2)[None], b).ravel()
    array([2.4, 3.2])
    """
    problem = _Problem(penalty, H, b, step)
    level = LEVEL * np.finfo(H.dtype).eps * (np.abs(b).max() + 1e-300)
    here, before = problem.at(problem.prox(x, 0.0)), np.inf
    first = missed = problem.missed(here)
    end = max(NEARER * first if tol is None else tol, level)
    for _ in range(ROUNDS):
        if missed <= end:
            break
        here = problem.newton_steps(problem.proximal_steps(here))
        missed = problem.missed(here)
        if not here.value < before and missed <= 1e3 * level:
            break  # rounding
        before = here.value
    return here.x


class _At:
    """A point, the slope of the quadratic there and the objective."""

    def __init__(self, x, slope, value):
        self.x, self.slope, self.value = x, slope, value


class _Problem:
    """x'Hx / 2 - b'x + step P(x)."""

    def __init__(self, penalty, H, b, step):
        self.penalty, self.H, self.b, self.step = penalty, H, b, step
        self.length = 1.0

    def prox(self, v, length):
        return self.penalty.prox(v, length * self.step)

    def product(self, x):
        return np.matmul(self.H, x.T[:, :, None])[:, :, 0].T

    def at(self, x, slope=None):
        slope = self.product(x) - self.b if slope is None else slope
        kinks = self.penalty.kink_value(x)
        return _At(x, slope, 0.5 * np.sum(x * (slope - self.b)) + self.step * kinks)

    def missed(self, here):
        """Return by how much a point misses the condition of the solution."""
        return np.abs(self.prox(here.x - here.slope, 1.0) - here.x).max()

    def rounding(self, here):
        """Return how far off the objective at a point may be."""
        terms = np.sum(np.abs(here.x * here.slope)) + np.sum(np.abs(here.x * self.b))
        return LEVEL * np.finfo(self.H.dtype).eps * terms

    def proximal_steps(self, here):
        """Return the point after some proximal steps, each of which goes down."""
        x, slope = here.x, here.slope
        for _ in range(PROXIMAL_STEPS):
            for _ in range(60):
                d = self.prox(x - self.length * slope, self.length) - x
                turn = self.product(d)
                square, along = np.sum(d * d), np.sum(d * turn)
                if self.length * along <= 1.0000001 * square:
                    break
                self.length *= max(0.25, min(0.95, square / (self.length * along)))
            x, slope = x + d, slope + turn
            if not along > 0:
                break
            # The next may be longer: it is shortened if it has to be.
            self.length = square / along
        return self.at(x, slope)

    def newton_steps(self, here):
        """Return the point after Newton's steps in what is not held."""
        first = None
        for _ in range(NEWTON_STEPS):
            at = np.nonzero(self.penalty.free(here.x))
            if not at[0].size:
                return here
            d = self._direction(here, at)
            length = np.abs(d).max()
            first = length if first is None else first
            new = self._along(here, d)
            if new is None:
                return here
            here = new
            if length <= SETTLED * first:
                break
        return here

    def _direction(self, here, at):
        """Return Newton's direction: zero where coefficients are held."""
        rows, outputs = at
        if self.b.shape[1] > 1:
            A = self.H[outputs[:, None], rows[:, None], rows]
            A = A * (outputs[:, None] == outputs)
        else:
            A = self.H[0][rows[:, None], rows]
        bend = self.step * self.penalty.bend(here.x, at)
        if np.ndim(bend) == 2:
            A += bend
        else:
            A[np.diag_indices(rows.size)] += bend
        d = np.zeros_like(here.x)
        right = -(here.slope + self.step * self.penalty.slope(here.x))[at]
        d[at] = _solved(A, right)
        return d

    def _along(self, here, d):
        """Return a lower point on the way, None if there is none.

        Up to the first border the quadratic model of the step holds, and that may be a
        small share of a step along columns that depend on each other.
        """
        border = self.penalty.border(here.x, d)
        for k in range(HALVINGS):
            new = self.at(self.penalty.kept(here.x, here.x + d))
            if new.value < here.value:
                return new
            if new.value <= here.value + self.rounding(here):
                # What it falls by is hidden; a full step is tried, or none.
                return new if self.missed(new) < self.missed(here) else None
            d = border * d if k == 0 and border < 0.5 else 0.5 * d
        return None


def _solved(A, b):
    """Return A^-1 b; A is raised until it is positive definite."""
    more, diagonal = 0.0, np.abs(np.diag(A)).max()
    for _ in range(20):
        root, failed = lapack.dpotrf(A.T, lower=1, clean=0)
        if not failed:
            return lapack.dpotrs(root, b, lower=1)[0]
        raised = max(10 * more, 1e-12 * diagonal)
        A[np.diag_indices(len(A))] += raised - more
        more = raised
    return b / diagonal
