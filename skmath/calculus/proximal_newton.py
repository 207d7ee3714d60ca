r"""The lasso of a quadratic: the proximal map of a kink in the metric of a Hessian.

.. math:: \min_x \; \tfrac{1}{2} (x - v)^T H (x - v) + \sum_j \lambda_j |x_j|

where some x_j may have to stay at or above zero. On the support and the signs of the
solution it is a linear system. Two ways lead to them:

- a guess of both is made from where one stands, the system is solved, and so on: it is
  Newton's method on the condition x = prox(x - H (x - v)), takes a few steps where the
  columns are not too alike, and may go round in circles where they are;
- the search of signs adds one coordinate at a time, that which the condition misses by
  most, and walks to the solution of the system, or to where a sign changes on the way.
  Every step lowers the objective, so it ends at the solution.

References
----------
.. [1] M. Hintermueller, K. Ito and K. Kunisch, "The primal-dual active set strategy as
   a semismooth Newton method", SIAM J. Optim., 13(3), 2003.
.. [2] H. Lee, A. Battle, R. Raina and A. Y. Ng, "Efficient sparse coding algorithms",
   NIPS 2006, algorithm 1 (feature-sign search).
"""

import numpy as np

__all__ = ["quadratic_lasso"]

GUESSES = 20
"""Guesses of the support after which signs are searched one by one."""

SEARCHES = 20
"""Steps of that search for each coordinate; rounding may make it go in circles."""


def quadratic_lasso(H, v, strength, wall):
    """Return the minimiser x.

    Parameters
    ----------
    H : ndarray of shape (p, p)
        Positive definite, with ones on the diagonal.
    v : ndarray of shape (p,)
        Minimiser of the quadratic part.
    strength : ndarray of shape (p,)
        lambda >= 0.
    wall : ndarray of shape (p,), bool
        Where x must not be negative.

    Returns
    -------
    ndarray of shape (p,)

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus.proximal_newton import quadratic_lasso
    >>> free, strength = np.array([False, False]), np.array([1.0, 1.0])
    >>> quadratic_lasso(np.eye(2), np.array([3.0, -0.5]), strength, free)
    array([2., 0.])
    """
    problem = _Problem(H, H @ v, strength, wall)
    x, settled = problem.guess_supports(v)
    return x if settled else problem.search_signs(x)


class _Problem:
    """min x'Hx / 2 - b'x + strength'abs(x), x >= 0 where there is a wall."""

    def __init__(self, H, b, strength, wall):
        self.H, self.b, self.strength, self.wall = H, b, strength, wall
        eps = np.finfo(H.dtype).eps
        self.level = 64 * eps * (np.abs(b).max() + strength.max() + 1e-300)

    def objective(self, x):
        return x @ (0.5 * (self.H @ x) - self.b) + self.strength @ np.abs(x)

    def prox(self, u):
        free = np.sign(u) * np.maximum(np.abs(u) - self.strength, 0)
        return np.where(self.wall, np.maximum(u - self.strength, 0), free)

    def with_signs(self, signs):
        """Return the minimiser among the x with zeros there, were the signs its own."""
        S, x = signs != 0, np.zeros_like(self.b)
        if S.any():
            right = self.b[S] - self.strength[S] * signs[S]
            block = self.H[np.ix_(S, S)]
            try:
                # NumPy's: SciPy's own threads would get in the way of its products.
                x[S] = np.linalg.solve(block, right)
            except np.linalg.LinAlgError:
                # Columns alike to rounding: the shortest of the solutions.
                x[S] = np.linalg.lstsq(block, right)[0]
        return x

    def guess_supports(self, v):
        """Return x, and whether it is the solution."""
        x = np.where(self.wall, np.maximum(v, 0), v)
        best, lowest = x, self.objective(x)
        for _ in range(GUESSES):
            guess = self.prox(x - (self.H @ x - self.b))
            if np.abs(guess - x).max() <= self.level:
                return x, True
            x = self.with_signs(np.sign(guess))
            x = np.where(self.wall, np.maximum(x, 0), x)
            value = self.objective(x)
            if value < lowest:
                best, lowest = x, value
        return best, False

    def search_signs(self, x):
        """Return the solution, from any x."""
        signs = np.sign(x)
        for _ in range(SEARCHES * x.size):
            new = self.with_signs(signs)
            crossed = new * signs < 0
            if crossed.any():
                # To the first zero on the way: there a coordinate leaves the support.
                shares = x[crossed] / (x[crossed] - new[crossed])
                x = x + shares.min() * (new - x)
                x[np.flatnonzero(crossed)[shares == shares.min()]] = 0.0
                signs = np.where(x == 0, 0.0, signs)
                continue
            x, slope = new, self.H @ new - self.b
            missed = np.abs(slope) - self.strength
            missed = np.where(self.wall & (slope > 0), -np.inf, missed)
            missed[signs != 0] = -np.inf
            worst = int(np.argmax(missed))
            if missed[worst] <= self.level:
                return x
            signs[worst] = -np.sign(slope[worst])
        return x
