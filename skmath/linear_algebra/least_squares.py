"""Least squares after the rows have been summed: a small matrix and a small solve.

For A = Q T K with orthonormal columns in Q, ||y - Ab|| differs from ||Q'y - T K b||
only by what of y is outside the span of Q. So least squares needs of n rows the
r x r matrix T, the coordinates Q'y and the length of the rest. Three factorisations
give them:

- `from_gram`: Cholesky's, T'T = A'A, of sums of products; Q'y = T'^-1 A'y;
- `from_factor`: Householder's QR, of a triangle of the rows;
- `from_rows`: the singular value decomposition of the rows, A D^-1 = U S V' with the
  columns scaled to length one by D: Q is U, T is S and K is V'D.

Which columns depend on others is decided with all columns *scaled to length one*, so
that their units do not matter. Those that do are written as combinations K of the r
that do not; K is the identity where all are independent.

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
"""Share of the digits that squaring a condition number may cost: a fifth."""

NO_PART = 1e-6
"""Share of a column's length below which another column is not called a part of it.

Far above the rounding of a combination that the condition numbers here leave, and far
below what a table's columns are made of.
"""

ROUNDING_OF_A_PART = 1e-13
"""Share of a column of length one that is rounding: some hundred units of it."""

EPSILON = np.finfo(np.float64).eps
"""Rounding unit of a triangle, and, of one that was made of products, its root."""

LARGER = 2.0
"""Part, in units, from which a column replaces one of the basis that it is made of."""

MORE_STEPS = 30
"""Steps of an active set for each column, at most: Lawson and Hanson needed half of a
step, and SciPy gives up after three."""

EXCHANGED = 1e-4
"""The same in lengths: for a smaller one the basis would lose as many digits."""


@dataclass(frozen=True, eq=False)
class LeastSquares:
    """What min ||y - Ab|| needs of A = Q T K and y after the rows have been summed.

    Parameters
    ----------
    T : ndarray of shape (r, r)
        Upper triangle of full rank.
    K : ndarray of shape (r, n_features) or None
        Columns of A as combinations of r of them, or of r axes. None is the identity.
    pseudo_inverse : ndarray of shape (n_features, r) or None
        K^+, which makes of a solution x of T x = Q'y the shortest b with K b = x.
    Qty : ndarray of shape (r, n_outputs)
        Coordinates of y in the columns of Q.
    outside : ndarray of shape (n_outputs,)
        Length of what is left of y outside of the span of Q.
    basis : ndarray of shape (r,), default=None
        Which columns of A those of Q T are; None if they are axes, or all in order.
    scaled_values : ndarray, default=None
        Singular values of A with columns of length one, the dropped ones included.
        None has them computed from T when they are asked for.
    length : float, default=None
        Frobenius norm of A where T K spans a part of it only.

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
    K: np.ndarray | None
    pseudo_inverse: np.ndarray | None
    Qty: np.ndarray
    outside: np.ndarray
    basis: np.ndarray | None = None
    scaled_values: np.ndarray | None = None
    length: float | None = None

    @property
    def rank(self):
        """How many columns of A are independent."""
        return self.T.shape[0]

    @property
    def n_features(self):
        """How many columns A has."""
        return self.rank if self.K is None else self.K.shape[1]

    @cached_property
    def condition(self):
        """Condition number of A with its columns scaled to length one."""
        s = self.scaled_values
        if s is None:
            s = svdvals(self.T / lengths(self.T), check_finite=False)
        if len(s) == 0:
            return 1.0
        return float(s[0] / s[-1]) if s[-1] > 0 else math.inf

    @cached_property
    def svd(self):
        """`SingularValues` of A and y: s, V' and U'y of the r that are not zero."""
        U, s, Vt = _thin_svd(self.T if self.K is None else self.T @ self.K)
        Vt, sign = fix_signs(Vt)
        return SingularValues(s, Vt, (U.T @ self.Qty) * sign[:, None])

    def of_output(self, j):
        """Return the same of one output, with the decomposition that is known."""
        one = replace(self, Qty=self.Qty[:, [j]], outside=self.outside[[j]])
        s, Vt, Uty = self.svd
        vars(one)["svd"] = SingularValues(s, Vt, Uty[:, [j]])
        return one

    @property
    def shares(self):
        """Share of the variance of A along each singular direction, s^2 / ||A||^2."""
        s = self.svd.s
        total = lengths(s[:, None])[0] if self.length is None else self.length
        return (s / total if total > 0 else s) ** 2

    def dependencies(self):
        """Return which columns are combinations of which, {column: [others]}.

        Not kept: of a wide A it is much larger than its columns' coefficients.
        """
        if self.basis is None:
            return {}
        size = lengths(self.T @ self.K)
        parts = np.abs(self.K) * size[self.basis][:, None] > NO_PART * size
        dependent = np.setdiff1d(np.flatnonzero(size > 0), self.basis)
        return {int(j): self.basis[parts[:, j]].tolist() for j in dependent}

    def left_open(self, mean):
        """Return in which of m'b and the entries of b the least squares b differ.

        It is where a direction that A maps to zero, a column that depends on others
        less its combination of these, is not zero.

        Parameters
        ----------
        mean : ndarray of shape (n_features,)
            m.

        Returns
        -------
        ndarray of bool, shape (1 + n_features,)
            m'b first.
        """
        if self.basis is None:  # of fewer rows none is decided
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

    def filter_factors(self, k, alpha):
        """Return f(s) where k directions are kept and damped; None for ones.

        With None nothing asks for the singular values.

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

    def solve(self, f=None):
        """Return b of shape (n_features, n_outputs).

        Parameters
        ----------
        f : ndarray of shape (r,), (r, 1) or (r, n_outputs), default=None
            With filter factors, b = V diag(f(s)/s) U'y. With None, the shortest b that
            minimises ||y - Ab||, which f = 1 gives too, by way of T alone.
        """
        if f is not None:
            s, Vt, Uty = self.svd
            return Vt.T @ (filtered_inverse(s, _columns(f)) * Uty)
        b = _solve(self.T, self.Qty)
        return b if self.K is None else self.pseudo_inverse @ b

    def solve_nonnegative(self, alpha=0.0):
        """Return the b >= 0 that minimises ||y - Ab||^2 + alpha ||b||^2.

        By the active set of Lawson and Hanson (1974), columns and outputs scaled to
        length one; where columns are dependent it is one of the solutions.

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

    def solve_normal(self, g, f=None):
        """Return the shortest solution of A'A b = g, (n_features, n_outputs).

        With filter factors f it is V diag(f(s)/s^2) V'g.
        """
        if f is not None:
            s, Vt, _ = self.svd
            inverse = filtered_inverse(s, filtered_inverse(s, _columns(f)))
            return Vt.T @ (inverse * (Vt @ g))
        g = g if self.K is None else self.pseudo_inverse.T @ g
        b = _solve(self.T, _solve(self.T, g, trans="T"))
        return b if self.K is None else self.pseudo_inverse @ b


def _columns(f):
    """Return filter factors as a column, or as one for each output."""
    return f[:, None] if f.ndim == 1 else f


def _nonnegative(A, y):
    """Return the b >= 0 that minimises ||y - Ab||."""
    size, (length,) = lengths(A), lengths(y[:, None])
    size = np.where(size > 0, size, 1.0)
    if not len(y) or length == 0:
        return np.zeros(A.shape[1])
    scaled, target = A / size, y / length
    steps = MORE_STEPS * max(A.shape)
    b, left = nnls(scaled, target, maxiter=steps)
    if lengths((target - scaled @ b)[:, None])[0] > left + NO_PART:
        # It has made coefficients of 1e15 of parts that are rounding.
        parts = np.where(np.abs(scaled) < ROUNDING_OF_A_PART, 0.0, scaled)
        b, _ = nnls(parts, target, maxiter=steps)
    S = np.flatnonzero(b > 0)
    # The active set is known: its coefficients once more, with all of their digits.
    again = np.linalg.lstsq(scaled[:, S], target, rcond=None)[0]
    before, after = lengths(target[:, None] - scaled[:, S] @ np.stack([b[S], again], 1))
    if after <= before and (again > 0).all():
        b[S] = again
    return b * length / size


def from_gram(G, n_features, rcond=None):
    """Return the `LeastSquares` of the Gram matrix of the columns of [A y].

    Parameters
    ----------
    G : ndarray of shape (n_features + n_outputs, n_features + n_outputs)
    n_features : int
    rcond : float, default=None
        With columns of length one, those whose square is rcond or less after the
        others' part is taken out are dropped. With None all have to be independent.

    Returns
    -------
    problem : LeastSquares or None
        None if rcond is and the columns are not independent.
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


def from_factor(A, Y, rcond, rounding=0.0):
    """Return the `LeastSquares` of [A Y], or of any Q'[A Y] with as many columns.

    Parameters
    ----------
    A : ndarray of shape (m, n_features)
    Y : ndarray of shape (m, n_outputs)
    rcond : float
        Directions whose singular value, with columns of length one, is not above rcond
        times the largest are dropped; and those that the rounding of the columns
        could have made.
    rounding : array of shape (n_features,), default=0.0
        Lengths to which the columns are rounded, in units of rcond: of columns that
        were centred, their lengths before.

    Returns
    -------
    LeastSquares
    """
    size = lengths(A)
    kept = np.flatnonzero(size > 0)
    scaled = A[:, kept] / size[kept]
    if len(A) < len(kept):
        return _of_few_rows(scaled, Y, rcond, rounding, kept, size)
    Q, R = qr(scaled, mode="economic", check_finite=False)
    _, s, Vt = np.linalg.svd(R, full_matrices=False)
    s, r = _above_rounding(s, Vt, rcond, rounding, size)
    order = np.arange(len(kept))
    if r < len(kept):
        Q, R, order = qr(scaled, mode="economic", pivoting=True, check_finite=False)
    return _triangular(R[:r], Q[:, :r].T @ Y, Q[:, :r], Y, kept[order], size, s)


def _of_few_rows(scaled, Y, rcond, rounding, kept, size):
    """Return the `LeastSquares` of fewer rows than columns, scaled to length one.

    The triangle is of the smaller side, scaled' = Q L. Where all rows are independent,
    S and V' of L' Q' are the T and the K without a choice of columns.
    """
    Q, L = qr(scaled.T, mode="economic", check_finite=False)
    U, s, Vt = np.linalg.svd(L.T)
    Vt = Vt @ Q.T
    padded, r = _above_rounding(s, Vt, rcond, rounding, size)
    if r < len(s):
        Q, R, order = qr(scaled, mode="economic", pivoting=True, check_finite=False)
        Q, R = Q[:, :r], R[:r]
        return _triangular(R, Q.T @ Y, Q, Y, kept[order], size, padded)
    K = np.zeros((r, len(size)))
    K[:, kept] = Vt * size[kept]
    Q, R = qr(K.T, mode="economic", check_finite=False)
    Uty = U.T @ Y
    outside = lengths(Y - U @ Uty)
    inverse = _solve(R, Q.T).T
    return LeastSquares(np.diag(s), K, inverse, Uty, outside, None, padded)


def from_rows(A, Y, rcond, rounding=0.0):
    """Return the `LeastSquares` of A and Y by the decomposition of A D^-1 = U S V'.

    D holds the lengths of the columns. Where all are independent, the solution is
    b = D^-1 V S^-1 U'Y; otherwise S V' D is solved for the shortest b.

    Parameters
    ----------
    A : ndarray of shape (n, n_features)
    Y : ndarray of shape (n, n_outputs)
    rcond : float
        As in `from_factor`.
    rounding : float or ndarray, default=0.0
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
    return _triangular(R, Q.T @ Uty, U @ Q, Y, kept[order], size, padded)


def within(problem, axes, length):
    """Return the `LeastSquares` in all columns, of one in coordinates along axes.

    Parameters
    ----------
    problem : LeastSquares
        Of the projections A axes' and y.
    axes : ndarray of shape (k, n_features)
        Orthonormal rows.
    length : float
        Frobenius norm of A.
    """
    T, Qty = problem.T, problem.Qty
    if problem.K is not None:
        # Some axes carry nothing: orthonormal ones of what is left.
        s, Vt, Qty = problem.svd
        T, axes = np.diag(s), Vt @ axes
    return LeastSquares(T, axes, axes.T, Qty, problem.outside, length=length)


def _above_rounding(s, Vt, rcond, rounding, size):
    """Return all singular values of the scaled columns, and how many are not rounding.

    What fewer rows than columns leave out is zero.
    """
    kept = np.flatnonzero(size > 0)
    blur = np.hypot(1.0, np.broadcast_to(rounding, size.shape)[kept] / size[kept])
    noise = rcond * lengths((Vt * blur).T)
    r = int(np.count_nonzero(s > noise * s[:1]))
    return np.pad(s, (0, len(kept) - len(s))), r


def _triangular(R, Qty, Q, Y, order, size, s):
    """Return the `LeastSquares` of the scaled columns Q R, in an order."""
    R, order, turn = _large_units_first(R, order, size)
    if turn is not None:
        Q, Qty = Q @ turn, turn.T @ Qty
    T = R[:, : len(R)] * size[order[: len(R)]]
    K, inverse, basis = _combinations(R, order, size)
    outside = lengths(Y - Q @ Qty)
    return LeastSquares(T, K, inverse, Qty, outside, basis, s)


def _large_units_first(R, order, size, epsilon=EPSILON):
    """Exchange columns of the basis for dependent ones in larger units.

    In the columns' own units the parts that make one of a basis may be as far apart as
    the units are, and what the shortest solution is made of would drown in the largest.
    Of the columns in the largest units all others are made by parts of about one.

    Parameters
    ----------
    R : ndarray of shape (r, n)
        The first r columns are a triangle.
    order : ndarray of int of shape (n,)
    size : ndarray of shape (n_features,)
        Lengths of the columns, which R's have been divided by.
    epsilon : float, default=EPSILON
        Rounding unit of R.

    Returns
    -------
    R : ndarray of shape (r, n)
    order : ndarray of int of shape (n,)
    turn : ndarray of shape (r, r) or None
        Orthogonal; the columns in their order before were turn R. None if they stay.
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
    turn, R = qr(R[:, perm], mode="economic", check_finite=False)
    return R, order[perm], turn


def _combinations(R, order, size, epsilon=EPSILON):
    """Return K, its pseudo-inverse and which columns the others are made of.

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
    # Of K = [I w] it is [I - w P; P] with P = (I + w'w)^-1 w': each entry has as many
    # digits, in whatever units, which no orthogonal factor of K would give it.
    P = np.linalg.solve(np.eye(len(others)) + w.T @ w, w.T)
    inverse = np.zeros(K.T.shape)
    inverse[basis], inverse[others] = np.eye(r) - w @ P, P
    return K, inverse, basis


def _parts(R, B, epsilon):
    """Return W of B = R W without the parts that rounding alone has made.

    R is rounded to epsilon of its columns' lengths, which are one. In a large unit such
    a part would not look like rounding. Where some columns of R are nearly dependent it
    is far above the rounding unit: each part is compared with what the rounding of R
    may make of it, and those left are solved for again.
    """
    W = _solve(R, B)
    least = max(ROUNDING_OF_A_PART, epsilon)
    bounds = np.abs(_solve(R, np.eye(len(R)))) @ (np.abs(R) @ np.abs(W) + np.abs(B))
    rounding = (W != 0) & (np.abs(W) < np.maximum(least, len(R) * epsilon * bounds))
    W[rounding] = 0.0
    for j in np.flatnonzero(rounding.any(axis=0)):
        S = np.flatnonzero(W[:, j])
        part = np.linalg.lstsq(R[:, S], B[:, j])[0]
        if lengths(B[:, [j]] - R[:, S] @ part[:, None])[0] <= least:
            W[S, j] = part
    return W


def _condition(R):
    """Estimate the condition number of a triangle whose columns have length one."""
    if R.shape[0] == 0:
        return 1.0
    reciprocal, _ = lapack.dtrcon(R)
    return 1 / reciprocal if reciprocal > 0 else math.inf


def _thin_svd(M):
    """Return U, s, V' of a wide M of full row rank, by M M' where that is accurate."""
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


def _solve(T, B, trans="N"):
    """Return T^-1 B, or T^-T B, of an upper triangle."""
    if T.shape[0] == 0:
        return np.zeros((0, *B.shape[1:]))
    return solve_triangular(T, B, trans=trans, check_finite=False)
