"""Least squares from sums over the rows: a small matrix and a small solve.

For A = Q T K with orthonormal columns in Q, ||y - Ab|| differs from ||Q'y - T K b||
only by the part of y outside the span of Q. So least squares on n rows only needs the r
x r matrix T, the coordinates Q'y and the length of that part. Three factorisations give
them:

- `from_gram`: Cholesky's, T'T = A'A, of sums of products; Q'y = T'^-1 A'y;
- `from_factor`: Householder's QR, of a triangle of the rows;
- `from_rows`: the singular value decomposition of the rows, A D^-1 = U S V' with the
  columns scaled to unit length by D: Q is U, T is S and K is V'D.

Linear dependence is decided with all columns *scaled to unit length*, so that their
units do not matter. Dependent columns are written as combinations K of the r
independent ones; K is the identity if all are independent.

References
----------
.. [1] G. H. Golub and C. F. Van Loan, *Matrix Computations*, 4th edition, 2013,
   sections 4.2.8, 5.3, 5.4 and 5.5.
.. [2] A. van der Sluis, "Condition numbers and equilibration of matrices", Numer.
   Math. 14, 1969, 14-23: columns of length one are nearly the best scaling there is.
.. [3] C. L. Lawson and R. J. Hanson, *Solving Least Squares Problems*, 1974, chapter
   23, algorithm NNLS (23.10).
"""

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self, overload

import numpy as np
from scipy.linalg import lapack, qr, solve_triangular, svdvals
from scipy.optimize import nnls

from skmath import _arrays
from skmath.linear_algebra.decompositions import SingularValues, fix_signs, lengths
from skmath.linear_algebra.spectral_filters import (
    filtered_inverse,
    tikhonov,
    truncation,
)

__all__ = ["LeastSquares", "from_factor", "from_gram", "from_rows", "within"]

SQUARING_COSTS = 0.2
"""Fraction of the digits that squaring a condition number may cost: a fifth."""

NO_PART = 1e-6
"""Fraction of a column's length below which a part of another column does not count.

It is far above the rounding error of a combination at the condition numbers here, and
far below the coefficients of combinations in real tables."""

ROUNDING_OF_A_PART = 1e-13
"""Fraction of a column of unit length that is rounding: some hundred rounding units."""

EPSILON = np.finfo(np.float64).eps
"""Rounding unit of a triangle of float64 numbers."""

LARGER = 2.0
"""Coefficient, in units, above which a column replaces one of its basis columns."""

MORE_STEPS = 30
"""Maximum number of active-set steps per column: Lawson and Hanson needed half a step,
and SciPy stops after three by default."""

EXCHANGED = 1e-4
"""The same limit in lengths: smaller pivots would cost the basis as many digits."""


@dataclass(frozen=True, eq=False)
class LeastSquares:
    """The problem min ||y - Ab|| for A = Q T K, after summing over the rows.

    Parameters
    ----------
    T : ndarray of shape (r, r)
        Upper triangle of full rank.
    K : ndarray of shape (r, n_features) or None
        Columns of A as combinations of r of them, or of r axes. None is the identity.
    pseudo_inverse : ndarray of shape (n_features, r) or None
        K^+, which maps a solution x of T x = Q'y to the shortest b with K b = x.
    Qty : ndarray of shape (r, n_outputs)
        Coordinates of y in the columns of Q.
    outside : ndarray of shape (n_outputs,)
        Length of the part of y outside the span of Q.
    basis : ndarray of shape (r,), default=None
        Indices of the columns of A that Q T holds; None if these are axes, or all
        columns in order.
    scaled_values : ndarray, default=None
        Singular values of A with columns of unit length, including dropped ones. None
        means that they are computed from T on first access.
    length : float, default=None
        Frobenius norm of A if T K spans only a part of it.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.linear_algebra import from_factor
    >>> A = np.array([[1.0, 1e9], [0.0, 1e9], [0.0, 0.0]])
    >>> problem = from_factor(A, np.array([[3.0], [2.0], [5.0]]), rcond=1e-12)
    >>> problem.rank
    2
    >>> problem.solve().ravel()
    array([1.e+00, 2.e-09])
    """

    T: np.ndarray
    K: Any
    pseudo_inverse: Any
    Qty: np.ndarray
    outside: np.ndarray
    basis: np.ndarray | None = None
    scaled_values: np.ndarray | None = None
    length: float | None = None

    @property
    def rank(self) -> int:
        """Number of independent columns of A."""
        return self.T.shape[0]

    @property
    def n_features(self) -> int:
        """Number of columns of A."""
        return self.rank if self.K is None else self.K.shape[1]

    @cached_property
    def condition(self) -> Any:
        """Condition number of A with its columns scaled to unit length."""
        s = self.scaled_values
        if s is None:
            s = svdvals(self.T / lengths(self.T), check_finite=False)
        if len(s) == 0:
            return 1.0
        return float(s[0] / s[-1]) if s[-1] > 0 else math.inf

    @cached_property
    def svd(self) -> Any:
        """`SingularValues` of A and y: the r nonzero s, V' and U'y."""
        U, s, Vt = _thin_svd(self.T if self.K is None else self.T @ self.K)
        Vt, sign = fix_signs(Vt)
        return SingularValues(s, Vt, (U.T @ self.Qty) * sign[:, None])

    def of_output(self, j: int) -> Self:
        """Return the same for a single output, reusing the decomposition."""
        one = replace(self, Qty=self.Qty[:, [j]], outside=self.outside[[j]])
        s, Vt, Uty = self.svd
        vars(one)["svd"] = SingularValues(s, Vt, Uty[:, [j]])
        return one

    @property
    def shares(self) -> np.ndarray:
        """Fraction of A's variance along each singular direction, s^2 / ||A||^2."""
        s = self.svd.s
        total = lengths(s[:, None])[0] if self.length is None else self.length
        return (s / total if total > 0 else s) ** 2

    def dependencies(self) -> dict[int, list[int]]:
        """Return which columns are combinations of which others, {column: [others]}.

        It is not stored: for a wide A it is much larger than the coefficients.
        """
        if self.basis is None:
            return {}
        size = lengths(self.T @ self.K)
        parts = np.abs(self.K) * size[self.basis][:, None] > NO_PART * size
        dependent = np.setdiff1d(np.flatnonzero(size > 0), self.basis)
        return {int(j): self.basis[parts[:, j]].tolist() for j in dependent}

    def left_open(self, mean: np.ndarray) -> np.ndarray:
        """Return which of m'b and the entries of b least squares does not determine.

        These are the ones that change along a direction that A maps to zero: a
        dependent column minus its combination of others.

        Parameters
        ----------
        mean : ndarray of shape (n_features,)
            m.

        Returns
        -------
        ndarray of bool, shape (1 + n_features,)
            m'b first.
        """
        if self.basis is None:  # with fewer rows than columns none is determined
            return np.full(1 + self.n_features, self.rank < self.n_features)
        size = lengths(self.T @ self.K)
        others = np.setdiff1d(np.arange(self.n_features), self.basis)
        K = self.K[:, others]
        parts = np.abs(K) * size[self.basis][:, None] > NO_PART * size[others]
        along, terms = mean[self.basis] @ K, np.abs(mean[self.basis]) @ np.abs(K)
        differs = np.abs(mean[others] - along) > NO_PART * (
            np.abs(mean[others]) + terms
        )
        entries = np.ones(self.n_features, dtype=bool)
        entries[self.basis] = parts.any(axis=1)
        return np.append(differs.any(), entries)

    def filter_factors(self, k: int, alpha: Any) -> np.ndarray | None:
        """Return f(s) for k directions with Tikhonov regularization; None for ones.

        With None no singular values have to be computed.

        Parameters
        ----------
        k : int
        alpha : float or ndarray of shape (n_outputs,)

        Returns
        -------
        ndarray of shape (r, 1) or (r, n_outputs), or None
        """
        if k == self.rank and not np.any(alpha):
            return None
        f = tikhonov(self.svd.s, np.atleast_1d(alpha))
        return truncation(self.svd.s, k)[:, None] * f

    def solve(self, f: np.ndarray | None = None) -> np.ndarray:
        """Return the solution b, of shape (n_features, n_outputs).

        Parameters
        ----------
        f : ndarray of shape (r,), (r, 1) or (r, n_outputs), default=None
            With filter factors, b = V diag(f(s)/s) U'y. With None, the shortest b that
            minimises ||y - Ab||, as for f = 1, but computed from T alone.
        """
        if f is not None:
            s, Vt, Uty = self.svd
            return Vt.T @ (filtered_inverse(s, _columns(f)) * Uty)
        b = _solve(self.T, self.Qty)
        return b if self.K is None else self.pseudo_inverse @ b

    def solve_nonnegative(self, alpha: Any = 0.0) -> np.ndarray:
        """Return the b >= 0 that minimises ||y - Ab||^2 + alpha ||b||^2.

        It uses the active set of Lawson and Hanson (1974), with columns and outputs
        scaled to unit length; for dependent columns it returns one of the solutions.

        Parameters
        ----------
        alpha : float or ndarray of shape (n_outputs,), default=0.0

        Returns
        -------
        ndarray of shape (n_features, n_outputs)
        """
        A, p = self.T if self.K is None else self.T @ self.K, self.n_features
        b = np.zeros((p, self.Qty.shape[1]))
        for j, strength in enumerate(np.broadcast_to(alpha, b.shape[1])):
            M, q = A, self.Qty[:, j]
            if strength > 0:
                M = np.vstack([A, strength**0.5 * np.eye(p)])
                q = np.append(q, np.zeros(p))
            b[:, j] = _nonnegative(M, q)
        return b

    def solve_normal(self, g: np.ndarray, f: np.ndarray | None = None) -> np.ndarray:
        """Return the shortest solution of A'A b = g, of shape (n_features, n_outputs).

        With filter factors f it is V diag(f(s)/s^2) V'g.
        """
        if f is not None:
            s, Vt, _ = self.svd
            inverse = filtered_inverse(s, filtered_inverse(s, _columns(f)))
            return Vt.T @ (inverse * (Vt @ g))
        g = g if self.K is None else self.pseudo_inverse.T @ g
        b = _solve(self.T, _solve(self.T, g, trans="T"))
        return b if self.K is None else self.pseudo_inverse @ b


def _columns(f: np.ndarray) -> np.ndarray:
    """Return filter factors as one column, or one per output."""
    return f[:, None] if f.ndim == 1 else f


def _nonnegative(A: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the b >= 0 that minimises ||y - Ab||."""
    size, (length,) = lengths(A), lengths(y[:, None])
    size = np.where(size > 0, size, 1.0)
    if not len(y) or length == 0:
        return np.zeros(A.shape[1])
    scaled, target = A / size, y / length
    steps = MORE_STEPS * max(A.shape)
    b, left = nnls(scaled, target, maxiter=steps)
    if lengths((target - scaled @ b)[:, None])[0] > left + NO_PART:
        # Rounding errors have led to huge coefficients: set them to zero.
        parts = np.where(np.abs(scaled) < ROUNDING_OF_A_PART, 0.0, scaled)
        b, _ = nnls(parts, target, maxiter=steps)
    S = np.flatnonzero(b > 0)
    # The active set is known: recompute its coefficients to full accuracy.
    again = np.linalg.lstsq(scaled[:, S], target, rcond=None)[0]
    before, after = lengths(target[:, None] - scaled[:, S] @ np.stack([b[S], again], 1))
    if after <= before and (again > 0).all():
        b[S] = again
    return b * length / size


@overload
def from_gram(
    G: np.ndarray, n_features: int, rcond: None = None
) -> tuple[LeastSquares | None, float]: ...


@overload
def from_gram(
    G: np.ndarray, n_features: int, rcond: float
) -> tuple[LeastSquares, float]: ...


def from_gram(
    G: np.ndarray, n_features: int, rcond: float | None = None
) -> tuple[LeastSquares | None, float]:
    """Factor the Gram matrix of the columns of [A y] into a `LeastSquares` problem.

    Parameters
    ----------
    G : ndarray of shape (n_features + n_outputs, n_features + n_outputs)
    n_features : int
    rcond : float, default=None
        With columns of unit length, a column is dropped if its square, after
        eliminating the others, is at most rcond. With None all columns must be
        independent.

    Returns
    -------
    problem : LeastSquares or None
        None if rcond is None and the columns are not independent.
    condition : float
        Estimate, in the 1-norm, of the condition number of the scaled columns.
    """
    size = np.sqrt(np.diagonal(G)[:n_features])
    kept = np.flatnonzero(size > 0)
    C = G[:n_features, :n_features]
    C = C if len(kept) == n_features else C[np.ix_(kept, kept)]
    C = C / size[kept] / size[kept][:, None]
    order, r, s = np.arange(len(kept)), len(kept), None
    if rcond is None:
        try:
            R = np.linalg.cholesky(C, upper=True)
        except np.linalg.LinAlgError:
            return None, math.inf
    else:
        R, order, r, _ = lapack.dpstrf(C, tol=rcond)
        R, order = np.triu(R), order - 1
        if r < len(kept):
            s = np.sqrt(np.maximum(np.linalg.eigvalsh(C)[::-1], 0.0))
            R, order, _ = _large_units_first(R[:r], order, size[kept], rcond**0.5)
    basis = kept[order[:r]]
    T = R[:r, :r] * size[basis]
    Qty = _solve(T, G[basis, n_features:], trans="T")
    left = np.diagonal(G)[n_features:] - np.sum(Qty * Qty, axis=0)
    outside = np.sqrt(np.maximum(left, 0.0))
    condition = _condition(R[:r, :r])
    if rcond is None and r == n_features:
        return LeastSquares(T, None, None, Qty, outside), condition
    K, inverse, basis = _combinations(R[:r], kept[order], size, (rcond or 0.0) ** 0.5)
    return LeastSquares(T, K, inverse, Qty, outside, basis, s), condition


def from_factor(
    A: np.ndarray,
    Y: np.ndarray,
    rcond: float,
    rounding: Any = 0.0,
    epsilon: float = EPSILON,
) -> LeastSquares:
    """Factor [A Y], or any Q'[A Y] with as many columns, into a `LeastSquares` problem.

    Parameters
    ----------
    A : ndarray of shape (m, n_features)
    Y : ndarray of shape (m, n_outputs)
    rcond : float
        Directions are dropped if their singular value, with columns of unit length, is
        at most rcond times the largest, or could be due to the rounding of the columns.
    rounding : array of shape (n_features,), default=0.0
        Lengths of the columns before they were centred: their rounding errors are these
        times rcond.
    epsilon : float, default=2**-52
        Rounding unit of A, relative to the lengths of its columns. Smaller coefficients
        in the combinations of dependent columns are rounding errors, and set to zero.

    Returns
    -------
    LeastSquares
    """
    size = lengths(A)
    kept = np.flatnonzero(size > 0)
    scaled = A[:, kept] / size[kept]
    if len(A) < len(kept):
        return _of_few_rows(scaled, Y, rcond, rounding, epsilon, kept, size)
    Q, R = qr(scaled, mode="economic", check_finite=False)
    _, s, Vt = np.linalg.svd(R, full_matrices=False)
    s, r = _above_rounding(s, Vt, rcond, rounding, size)
    order = np.arange(len(kept))
    if r < len(kept):
        Q, R, order = qr(scaled, mode="economic", pivoting=True, check_finite=False)
    Q, Qty = Q[:, :r], Q[:, :r].T @ Y
    return _triangular(R[:r], Qty, Q, Y, kept[order], size, s, epsilon)


def _of_few_rows(
    scaled: np.ndarray,
    Y: np.ndarray,
    rcond: float,
    rounding: Any,
    epsilon: float,
    kept: np.ndarray,
    size: np.ndarray,
) -> LeastSquares:
    """Return the `LeastSquares` for fewer rows than columns, scaled to unit length.

    The triangle is that of the smaller side, scaled' = Q L. If all rows are
    independent, S and V' of L' Q' are T and K, without a choice of columns.
    """
    Q, L = qr(scaled.T, mode="economic", check_finite=False)
    U, s, Vt = np.linalg.svd(L.T)
    Vt = Vt @ Q.T
    padded, r = _above_rounding(s, Vt, rcond, rounding, size)
    if r < len(s):
        Q, R, order = qr(scaled, mode="economic", pivoting=True, check_finite=False)
        Q, R = Q[:, :r], R[:r]
        return _triangular(R, Q.T @ Y, Q, Y, kept[order], size, padded, epsilon)
    K = np.zeros((r, len(size)))
    K[:, kept] = Vt * size[kept]
    Q, R = qr(K.T, mode="economic", check_finite=False)
    Uty = U.T @ Y
    outside = lengths(Y - U @ Uty)
    inverse = _solve(R, Q.T).T
    return LeastSquares(np.diag(s), K, inverse, Uty, outside, None, padded)


def from_rows(
    A: np.ndarray,
    Y: np.ndarray,
    rcond: float,
    rounding: Any = 0.0,
    epsilon: float = EPSILON,
) -> LeastSquares:
    """Decompose A D^-1 = U S V' into a `LeastSquares` problem.

    D holds the lengths of the columns. If all are independent, the solution is
    b = D^-1 V S^-1 U'Y; otherwise S V' D is solved for the shortest b.

    Parameters
    ----------
    A : ndarray of shape (n, n_features)
    Y : ndarray of shape (n, n_outputs)
    rcond, rounding, epsilon : float or ndarray
        As in `from_factor`.

    Returns
    -------
    LeastSquares
    """
    size = lengths(A)
    kept = np.flatnonzero(size > 0)
    U, s, Vt = _arrays.svd(A[:, kept] / size[kept])
    padded, r = _above_rounding(s, Vt, rcond, rounding, size)
    U, s, Vt = U[:, :r], s[:r], Vt[:r]
    Uty = U.T @ Y
    if r == len(size):
        outside = lengths(Y - U @ Uty)
        inverse = Vt.T / size[:, None]
        return LeastSquares(np.diag(s), Vt * size, inverse, Uty, outside, None, padded)
    Q, R, order = qr(s[:, None] * Vt, mode="economic", pivoting=True)
    Qty = Q.T @ Uty
    return _triangular(R, Qty, U @ Q, Y, kept[order], size, padded, epsilon)


def within(problem: LeastSquares, axes: np.ndarray, length: float) -> LeastSquares:
    """Convert a `LeastSquares` in coordinates along axes to one in all columns.

    Parameters
    ----------
    problem : LeastSquares
        Problem for the projections A axes' and y.
    axes : ndarray of shape (k, n_features)
        Orthonormal rows.
    length : float
        Frobenius norm of A.

    Returns
    -------
    LeastSquares
    """
    T, Qty = problem.T, problem.Qty
    if problem.K is not None:
        # Some axes have no variance: use orthonormal ones of the rest.
        s, Vt, Qty = problem.svd
        T, axes = np.diag(s), Vt @ axes
    return LeastSquares(T, axes, axes.T, Qty, problem.outside, length=length)


def _above_rounding(
    s: np.ndarray, Vt: np.ndarray, rcond: float, rounding: Any, size: np.ndarray
) -> tuple[np.ndarray, int]:
    """Return the singular values of the scaled columns, and how many are not rounding.

    With fewer rows than columns, the missing ones are zero.
    """
    kept = np.flatnonzero(size > 0)
    relative_error = np.hypot(
        1.0, np.broadcast_to(rounding, size.shape)[kept] / size[kept]
    )
    noise = rcond * lengths((Vt * relative_error).T)
    r = int(np.count_nonzero(s > noise * s[:1]))
    return np.pad(s, (0, len(kept) - len(s))), r


def _triangular(
    R: np.ndarray,
    Qty: np.ndarray,
    Q: np.ndarray,
    Y: np.ndarray,
    order: np.ndarray,
    size: np.ndarray,
    s: np.ndarray,
    epsilon: float,
) -> LeastSquares:
    """Return the `LeastSquares` of the scaled columns Q R in the given order."""
    R, order, rotation = _large_units_first(R, order, size, epsilon)
    if rotation is not None:
        Q, Qty = Q @ rotation, rotation.T @ Qty
    T = R[:, : len(R)] * size[order[: len(R)]]
    K, inverse, basis = _combinations(R, order, size, epsilon)
    outside = lengths(Y - Q @ Qty)
    return LeastSquares(T, K, inverse, Qty, outside, basis, s)


def _large_units_first(
    R: np.ndarray, order: np.ndarray, size: np.ndarray, epsilon: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Exchange columns of the basis for dependent ones in larger units.

    In the columns' own units the coefficients of a combination may differ as much as
    the units do, and the largest would swamp the others in the shortest solution. With
    a basis of columns in the largest units, all other columns have coefficients of
    about one.

    Parameters
    ----------
    R : ndarray of shape (r, n)
        The first r columns are a triangle.
    order : ndarray of int of shape (n,)
    size : ndarray of shape (n_features,)
        Lengths of the columns, by which the columns of R have been divided.
    epsilon : float
        Rounding unit of R.

    Returns
    -------
    R : ndarray of shape (r, n)
    order : ndarray of int of shape (n,)
    rotation : ndarray of shape (r, r) or None
        Orthogonal; the columns in their previous order are rotation R. None if
        unchanged.
    """
    r, n = R.shape
    if not 0 < r < n:
        return R, order, None
    W, perm = _parts(R[:, :r], R[:, r:], epsilon), np.arange(n)
    for _ in range(n):
        length = size[order[perm]]
        ratio = np.abs(W) * length[r:] / length[:r, None]
        ratio[np.abs(W) < EXCHANGED] = 0.0
        i, j = np.unravel_index(np.argmax(ratio), W.shape)
        if ratio[i, j] <= LARGER:
            break
        column, row, pivot = W[:, j].copy(), W[i].copy(), W[i, j]
        W -= np.outer(column, row / pivot)
        W[:, j], W[i] = -column / pivot, row / pivot
        W[i, j] = 1 / pivot
        perm[[i, r + j]] = perm[[r + j, i]]
    if (perm == np.arange(n)).all():
        return R, order, None
    rotation, R = qr(R[:, perm], mode="economic", check_finite=False)
    return R, order[perm], rotation


def _combinations(
    R: np.ndarray, order: np.ndarray, size: np.ndarray, epsilon: float
) -> tuple[Any, ...]:
    """Return K, its pseudo-inverse and the basis that the other columns combine.

    The first r columns of R are independent; the others are R11 (R11^-1 R12).
    """
    r = R.shape[0]
    basis, others = order[:r], order[r:]
    if r == len(size) and np.array_equal(order, np.arange(r)):
        return None, None, None
    K = np.zeros((r, len(size)))
    K[np.arange(r), basis] = 1.0
    if not len(others) or not r:
        return K, K.T, basis
    w = _parts(R[:, :r], R[:, r:], epsilon) * size[others] / size[basis][:, None]
    K[:, others] = w
    # For K = [I w] it is [I - w P; P] with P = (I + w'w)^-1 w': each entry is accurate
    # in its own unit, which no orthogonal factorisation of K would achieve.
    P = np.linalg.solve(np.eye(len(others)) + w.T @ w, w.T)
    inverse = np.zeros(K.T.shape)
    inverse[basis], inverse[others] = np.eye(r) - w @ P, P
    return K, inverse, basis


def _parts(R: np.ndarray, B: np.ndarray, epsilon: float) -> np.ndarray:
    """Return W of B = R W, with entries that are only rounding set to zero.

    R and B are rounded to epsilon times their columns' lengths, which are one: an entry
    of B may be smaller than its rounding error. In a large unit it would not look like
    rounding. If columns of R are nearly dependent, rounding is far above the rounding
    unit: each entry is compared with an error bound from the rounding of R and B, and
    the remaining entries are solved for again.
    """
    W = _solve(R, B)
    least = max(ROUNDING_OF_A_PART, epsilon)
    bounds = np.abs(_solve(R, np.eye(len(R)))) @ (np.abs(R) @ np.abs(W) + 1.0)
    rounding = (W != 0) & (np.abs(W) < np.maximum(least, len(R) * epsilon * bounds))
    W[rounding] = 0.0
    for j in np.flatnonzero(rounding.any(axis=0)):
        S = np.flatnonzero(W[:, j])
        part = np.linalg.lstsq(R[:, S], B[:, j])[0]
        if lengths(B[:, [j]] - R[:, S] @ part[:, None])[0] <= least:
            W[S, j] = part
    return W


def _condition(R: np.ndarray) -> float:
    """Estimate the condition number of a triangle with columns of unit length."""
    if R.shape[0] == 0:
        return 1.0
    reciprocal, _ = lapack.dtrcon(R)
    return 1 / reciprocal if reciprocal > 0 else math.inf


def _thin_svd(M: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return U, s, V' of a wide M of full row rank, from M M' if that is accurate."""
    if M.size == 0:
        r = M.shape[0]
        return np.zeros((r, r)), np.zeros(r), M
    with np.errstate(over="ignore", invalid="ignore"):
        G = M @ M.T
    if np.isfinite(G).all():
        eigenvalues, U = np.linalg.eigh(G)
        # The eigenvalues' ratio is the square of the condition number.
        digits = np.finfo(M.dtype).eps ** (-2 * SQUARING_COSTS)
        if eigenvalues[0] * digits > eigenvalues[-1]:
            s, U = np.sqrt(eigenvalues[::-1]), U[:, ::-1]
            return U, s, (U.T @ M) / s[:, None]
    return _arrays.svd(M)


def _solve(T: np.ndarray, B: np.ndarray, trans: str = "N") -> np.ndarray:
    """Return T^-1 B, or T^-T B, for an upper triangle T."""
    if T.shape[0] == 0:
        return np.zeros((0, *B.shape[1:]))
    return solve_triangular(T, B, trans=trans, check_finite=False)
