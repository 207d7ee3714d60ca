r"""Linear constraints: coefficients with lower <= A w <= upper, and l2.

The step in a metric M, from a w with the gradient g, is the quadratic program

.. math:: \min_u \; \tfrac{1}{2} u^T M u - c^T u, \quad A u \leq b

with c = M w - g. In coordinates in which M is the identity its solution is the point of
a polyhedron nearest to M^-1 c. Lawson and Hanson turn this into a nonnegative
least-squares problem with one unknown per row of A, which also works for dependent
rows: with x = u - M^-1 c, G = -A and h = A M^-1 c - b,

.. math:: \min_{\mu \geq 0} \;
    \left\| \begin{pmatrix} G^T \\ h^T \end{pmatrix} \mu
    - \begin{pmatrix} 0 \\ 1 \end{pmatrix} \right\|,
    \quad \lambda = \frac{\mu}{1 - h^T \mu}, \quad x = G^T \lambda,

with the multipliers lambda. If u = w, the gradient is -A' lambda, u is feasible and
lambda is zero for inactive rows: these are the conditions of Karush, Kuhn and Tucker.
So the length of the step measures how far they are from being satisfied, in the units
of the metric.

References
----------
.. [1] J. Nocedal and S. J. Wright, *Numerical Optimization*, 2nd edition, 2006,
   sections 12.3 and 18.2.
.. [2] C. L. Lawson and R. J. Hanson, *Solving Least Squares Problems*, 1974, chapter
   23 (least distance programming).
"""

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from scipy.linalg import cho_solve, solve_triangular
from scipy.optimize import linprog, nnls

from skmath import _arrays
from skmath._arrays import host
from skmath.calculus.penalties import ElasticNet

__all__ = ["LinearlyConstrained", "conflict"]

STEPS = 50
"""Maximum number of steps of the search for active rows, per row."""

DEPENDENT = 1e-12
"""Relative size of the part of a row outside the span of others, below which it counts
as dependent on them."""

TOLERANCE = 1e-10
"""Tolerance of the linear program that searches for a feasible point, for rows of unit
length."""

INFEASIBLE = 1e-8
"""Violation of the constraints, relative to their size, that is not rounding."""


@dataclass(frozen=True)
class LinearlyConstrained:
    """An l2 penalty, or none, with constraints lower <= A w <= upper.

    Parameters
    ----------
    inner : ElasticNet
        Penalty without kinks and sign constraints.
    A : ndarray of shape (n_constraints, n_features)
    lower, upper : ndarrays of shape (n_constraints,)
        May be infinite; equal for an equation. Some w must satisfy all.
    n_own : int, default=None
        Number of constraints, the first ones, whose multipliers are reported.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import L2, LinearlyConstrained
    >>> line = np.array([[1.0, 1.0]]), np.array([-np.inf]), np.array([2.0])
    >>> penalty = LinearlyConstrained(L2(0.0), *line)
    >>> penalty.prox(np.array([[3.0], [2.0]]), 1.0).round(12).ravel()
    array([1.5, 0.5])
    """

    inner: ElasticNet
    A: Any
    lower: Any
    upper: Any
    n_own: Any = None

    is_smooth = False
    has_kinks = False
    has_constraints = True
    has_unpenalized = False

    if TYPE_CHECKING:  # computed below, and not fields of the dataclass
        length: Any = field(init=False)
        sides: tuple[Any, Any] = field(init=False)
        rows: Any = field(init=False)
        bounds: Any = field(init=False)
        equations: tuple[Any, Any] = field(init=False)

    def __post_init__(self) -> None:
        length = np.sqrt((self.A**2).sum(axis=1))
        finite = np.isfinite(self.upper) & (length > 0)
        below = np.isfinite(self.lower) & (length > 0)
        # Rows of unit length, each with an upper bound.
        length = np.where(length > 0, length, 1.0)
        A, upper, lower = (
            self.A / length[:, None],
            self.upper / length,
            self.lower / length,
        )
        rows = np.concatenate([A[finite], -A[below]])
        bounds = np.concatenate([upper[finite], -lower[below]])
        vars(self).update(
            length=length,
            sides=(np.flatnonzero(finite), np.flatnonzero(below)),
            rows=rows,
            bounds=bounds,
            equations=opposite_rows(np.column_stack([rows, bounds])),
        )

    @property
    def curvature(self) -> Any:
        """Second derivative of the l2 part."""
        return self.inner.curvature

    def in_units(self, slope: Any, curvature: Any) -> Self:
        """Return the penalty in other units, with the same constraints."""
        inner = self.inner.in_units(slope, curvature)
        return replace(self, inner=inner)

    def times(self, factor: float) -> Self:
        """Return the penalty with its strength multiplied, and the same constraints."""
        return replace(self, inner=self.inner.times(factor))

    def value(self, w: Any) -> float:
        """Return the l2 part, a number."""
        return self.inner.value(w)

    def gradient(self, w: Any) -> Any:
        """Return the gradient of the l2 part."""
        return self.inner.gradient(w)

    def kink_slope(self, w: Any, d: Any) -> Any:
        """Return zero for each output, as there is no kink."""
        return 0.0 * d[0, :]

    def largest_step(self, w: Any, d: Any) -> float:
        """Return the largest s for which w + s d is feasible, a number."""
        left = self.bounds[:, None] - self.rows @ host(w)
        along = self.rows @ host(d)
        nears = along > 0
        left = np.where(nears, left, np.inf) / np.where(nears, along, 1.0)
        return float(np.min(np.maximum(left, 0.0), initial=np.inf))

    def prox(self, v: Any, step: Any) -> Any:
        """Return the nearest feasible w, in the metric 1 / step."""
        v_host, step = host(v), host(step)
        t = np.broadcast_to(np.where(step > 0, step, 1.0), v_host.shape)
        w = [
            u - t_k * (self.rows.T @ self._dual(u, t_k))
            for u, t_k in zip(v_host.T, t.T, strict=True)
        ]
        return _arrays.like(np.stack(w, axis=1), v, "same")

    def project(self, w: Any, scale: Any = 1.0) -> Any:
        """Return the nearest feasible w, in a metric of that scale."""
        return self.prox(w, 1 / host(scale))

    def quadratic_minimum(
        self,
        start: Any,
        H: Any,
        b: Any,
        scale: Any,
        step: float,
        tol: float | None = None,
    ) -> Any:
        """Return the feasible w that minimises x'Hx / 2 - b'x, where x = scale w."""
        found = []
        for H_k, b_k, scale_k in zip(H, b.T, scale.T, strict=True):
            root = np.linalg.cholesky(H_k)
            rows = self.rows / scale_k
            x = cho_solve((root, True), b_k)
            G = solve_triangular(root, rows.T, lower=True).T
            dual = nearest_multipliers(G, self._beyond(rows, x), self.equations)
            x = x - solve_triangular(root, G.T @ dual, lower=True, trans=1)
            found.append(x / scale_k)
        return np.stack(found, axis=1)

    def _dual(self, v: np.ndarray, t: np.ndarray) -> np.ndarray:
        """Return the multipliers of the feasible point nearest to v in metric 1 / t."""
        beyond = self._beyond(self.rows, v)
        return nearest_multipliers(self.rows * t**0.5, beyond, self.equations)

    def _beyond(self, rows: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Return by how much rows at x exceed their bounds; rounding counts as zero."""
        beyond = rows @ x - self.bounds
        terms = np.abs(rows) @ np.abs(x) + np.abs(self.bounds)
        noise = len(x) * np.finfo(beyond.dtype).eps * terms
        return np.where(np.abs(beyond) <= noise, 0.0, beyond)

    def multipliers(self, w: Any, g: Any, scale: Any) -> np.ndarray:
        """Return the multipliers of the step from w with the gradient of the cost.

        Parameters
        ----------
        w, g : arrays of shape (n_features, n_outputs)
        scale : array that broadcasts to it
            Scale of the metric.

        Returns
        -------
        ndarray of shape (n_constraints, n_outputs)
            Positive if the upper bound is active, negative if the lower one is.
        """
        return self._all_multipliers(w, g, scale)[: self.n_own]

    def _all_multipliers(self, w: Any, g: Any, scale: Any) -> Any:
        """Return the multipliers of all rows, including those for bounds."""
        w, g, scale = host(w), host(g), host(scale)
        t = 1 / np.broadcast_to(scale, w.shape)
        found = np.zeros((len(self.A), w.shape[1]))
        first, second = self.sides
        for k in range(w.shape[1]):
            dual = self._dual(w[:, k] - t[:, k] * g[:, k], t[:, k])
            found[first, k] = dual[: first.size]
            found[second, k] -= dual[first.size :]
        return found / self.length[:, None]

    def dual_scale(self, g: Any) -> float | None:
        """Return None if each coefficient has l2, else NaN: no bound is known."""
        return None if (host(self.curvature) + 0.0 * host(g) > 0).all() else math.nan

    def fenchel_gap(self, w: Any, g: Any) -> float:
        """Return P(w) + b'lambda + |g + A'lambda|^2 / 2r + g'w, which bounds the gap.

        r is the curvature of the l2 part, and lambda are the multipliers at w.
        """
        w, g = host(w), host(g)
        ridge = host(self.curvature) + 0.0 * w
        dual = self._all_multipliers(w, g + ridge * w, ridge)
        residual = g + self.A.T @ dual
        at = np.where(dual > 0, self.upper[:, None], self.lower[:, None])
        support = np.sum(np.where(dual == 0, 0.0, dual * np.where(dual == 0, 0.0, at)))
        squares = np.sum(0.5 * ridge * w**2 + residual**2 / (2 * ridge))
        return float(squares + support + np.sum(g * w))


def opposite_rows(A: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the positions of rows and of their opposites, such as those of equations.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus.linear_constraints import opposite_rows
    >>> opposite_rows(np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]))
    (array([0]), array([2]))
    """
    # Adding 0.0 makes -0.0 equal to 0.0.
    place = {row.tobytes(): i for i, row in enumerate(A + 0.0)}
    opposite = [place.get(row.tobytes(), -1) for row in 0.0 - A]
    first = np.array([i for i, j in enumerate(opposite) if i < j], dtype=int)
    return first, np.array(opposite, dtype=int)[first]


def nearest_multipliers(
    G: np.ndarray, beyond: np.ndarray, equations: Any = ()
) -> np.ndarray:
    """Return lambda >= 0 for which -G'lambda is the shortest x with G x <= -beyond.

    Parameters
    ----------
    G : ndarray of shape (m, p)
    beyond : ndarray of shape (m,)
        By how much each constraint is violated at x = 0. Some x must satisfy all.
    equations : (first, second), arrays of int, default=()
        Pairs of rows that are opposite but for rounding errors. These errors are
        removed, because no x satisfies two rows that contradict each other.

    Returns
    -------
    ndarray of shape (m,)
    """
    if len(equations):
        G, beyond, (first, second) = G.copy(), beyond.copy(), equations
        G[second], beyond[second] = -G[first], -beyond[first]
    if not (beyond > 0).any():
        return np.zeros(len(beyond))
    length = np.sqrt((G**2).sum(axis=1))
    length = np.where(length > 0, length, 1.0)
    G, h = G / length[:, None], beyond / length
    unit = h.max()
    E = np.vstack([G.T, h / unit])
    target = np.append(np.zeros(G.shape[1]), 1.0)
    share, _ = nnls(E, target, maxiter=STEPS * len(h))
    # At the solution 1 - h'mu is the squared residual, which is more accurate.
    left = target - E @ share
    found = share * (unit / max(left @ left, np.finfo(float).tiny))
    active = np.flatnonzero(share)
    R: Any = np.linalg.qr(G[active].T, mode="r")
    sizes = np.abs(np.diag(R))
    if R.shape[0] == active.size and sizes.min() > DEPENDENT * sizes.max():
        # Solve again for the same rows, to full accuracy.
        exact = solve_triangular(R, solve_triangular(R, h[active], trans=1))
        if (exact >= 0).all():
            found[active] = exact
    return found / length


def conflict(A: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """Return rows that contradict each other, or an empty array if there are none.

    A linear program minimises the largest violation, with rows of unit length and
    columns of size 1. If it is not zero, the rows with a multiplier contradict each
    other (Farkas).

    Parameters
    ----------
    A : ndarray of shape (n_constraints, n_features)
    lower, upper : ndarrays of shape (n_constraints,)

    Returns
    -------
    ndarray of int

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus.linear_constraints import conflict
    >>> A = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    >>> conflict(A, np.array([2.0, 0.0, -np.inf]), np.array([np.inf, 1.0, 1.0]))
    array([0, 2])
    """
    size = np.abs(A).max(axis=0, initial=0.0)
    Z = A / np.where(size > 0, size, 1.0)
    length = np.sqrt((Z**2).sum(axis=1))
    length = np.where(length > 0, length, 1.0)
    above, below = np.isfinite(upper), np.isfinite(lower)
    Z = np.concatenate(
        [Z[above] / length[above, None], -Z[below] / length[below, None]]
    )
    bounds = np.append(upper[above] / length[above], -lower[below] / length[below])
    rows = np.append(np.flatnonzero(above), np.flatnonzero(below))
    unit = np.abs(bounds).max(initial=0.0) or 1.0
    p = A.shape[1]
    answer = linprog(
        np.append(np.zeros(p), 1.0),
        A_ub=np.column_stack([Z, -np.ones(len(Z))]),
        b_ub=bounds / unit,
        bounds=[(None, None)] * p + [(0, None)],
        method="highs",
        options={
            "primal_feasibility_tolerance": TOLERANCE,
            "dual_feasibility_tolerance": TOLERANCE,
        },
    )
    if answer.x is None or answer.x[-1] <= INFEASIBLE:
        return np.empty(0, dtype=np.intp)
    return np.unique(rows[np.abs(answer.ineqlin.marginals) > TOLERANCE])
