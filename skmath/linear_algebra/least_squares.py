"""Least squares after the rows have been summed: a small triangle and a small solve.

For A = Q T K with orthonormal columns in Q, ||y - Ab|| differs from ||Q'y - T K b||
only by what of y is outside the span of Q. So least squares needs of n rows the
triangle T, the coordinates Q'y and the length of the rest. The Gram matrix gives the
triangle by Cholesky's factorisation, T'T = A'A; the rows give it by Householder's.

Which columns depend on others is decided with all columns *scaled to length one*, so
that their units do not matter. Those that do are written as combinations K of the r
that do not; K is the identity where all are independent.

References
----------
.. [1] G. H. Golub and C. F. Van Loan, *Matrix Computations*, 4th edition, 2013,
   sections 4.2.8, 5.3, 5.4 and 5.5.
.. [2] A. van der Sluis, "Condition numbers and equilibration of matrices", Numer.
   Math. 14, 1969, 14-23: columns of length one are nearly the best scaling there is.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import lapack, qr, solve_triangular, svdvals

from skmath import _arrays
from skmath.linear_algebra.decompositions import SingularValues, fix_signs, lengths
from skmath.linear_algebra.spectral_filters import filtered_inverse

__all__ = ["LeastSquares", "from_factor", "from_gram", "within"]


@dataclass(frozen=True, eq=False)
class LeastSquares:
    """What min ||y - Ab|| needs of A = Q T K and y after the rows have been summed.

    Parameters
    ----------
    T : ndarray of shape (r, r)
        Upper triangle of full rank.
    K : ndarray of shape (r, n_features) or None
        Columns of A as combinations of r of them, or of r axes. None is the identity.
    Qty : ndarray of shape (r, n_outputs)
        Coordinates of y in the columns of Q.
    outside : ndarray of shape (n_outputs,)
        Length of what is left of y outside of the span of Q.
    basis : ndarray of shape (r,), default=None
        Which columns of A those of Q T are; None if they are axes.
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

    @property
    def shares(self):
        """Share of the variance of A along each singular direction, s^2 / ||A||^2."""
        s = self.svd.s
        total = lengths(s[:, None])[0] if self.length is None else self.length
        return (s / total if total > 0 else s) ** 2

    def solve(self):
        """Return the shortest b that minimises ||y - Ab||, (n_features, n_outputs)."""
        return self._spread(_solve(self.T, self.Qty))

    def solve_normal(self, g):
        """Return the shortest solution of A'A b = g, (n_features, n_outputs)."""
        g = g if self.K is None else self._inverse_of_K.T @ g
        return self._spread(_solve(self.T, _solve(self.T, g, trans="T")))

    def filtered(self, f):
        """Return b = V diag(f(s)/s) U'y for filter factors f of shape (r,)."""
        s, Vt, Uty = self.svd
        return Vt.T @ (filtered_inverse(s, f)[:, None] * Uty)

    def filtered_normal(self, f, g):
        """Return V diag(f(s)/s^2) V'g, which for f = 1 solves A'A b = g."""
        s, Vt, _ = self.svd
        return Vt.T @ (filtered_inverse(s, filtered_inverse(s, f))[:, None] * (Vt @ g))

    def _spread(self, b):
        """Return the shortest of the solutions x of K x = b."""
        return b if self.K is None else self._inverse_of_K @ b

    @cached_property
    def _inverse_of_K(self):
        if self.basis is None or np.count_nonzero(self.K) == self.rank:
            return self.K.T  # orthonormal axes, or a choice of columns
        Q, R = qr(self.K.T, mode="economic", check_finite=False)
        return _solve(R, Q.T).T

    def dependencies(self, tol=1e-6):
        """Return which columns are combinations of which, {column: [others]}.

        With columns of length one, contributions above tol count.
        """
        if self.K is None or self.basis is None:
            return {}
        size = lengths(self.T @ self.K)
        share = np.abs(self.K) * size[self.basis][:, None] > tol * size
        dependent = np.setdiff1d(np.flatnonzero(size > 0), self.basis)
        return {int(j): self.basis[share[:, j]].tolist() for j in dependent}


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
    Q, R = qr(scaled, mode="economic", check_finite=False)
    _, s, Vt = np.linalg.svd(R, full_matrices=False)
    blur = np.hypot(1.0, np.broadcast_to(rounding, size.shape)[kept] / size[kept])
    noise = rcond * lengths((Vt * blur).T)
    r = int(np.count_nonzero(s > noise * s[:1])) if len(s) else 0
    # What fewer rows than columns leave out is zero.
    s = np.pad(s, (0, len(kept) - len(s)))
    order = np.arange(len(kept))
    if r < len(kept):
        Q, R, order = qr(scaled, mode="economic", pivoting=True, check_finite=False)
    Qty = Q[:, :r].T @ Y
    outside = lengths(Y - Q[:, :r] @ Qty)
    T, K, basis = _unscaled(R[:r], kept[order], size)
    return LeastSquares(T, K, Qty, outside, basis, scaled_values=s)


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
    if rcond is None:
        try:
            R = np.linalg.cholesky(C, upper=True)
        except np.linalg.LinAlgError:
            return None, math.inf
        order, r = np.arange(len(kept)), len(kept)
    else:
        R, order, r, _ = lapack.dpstrf(C, tol=rcond)
        R, order = np.triu(R), order - 1
    T, K, basis = _unscaled(R[:r], kept[order], size)
    Qty = _solve(T, G[basis, n_features:], trans="T")
    left = np.diagonal(G)[n_features:] - np.sum(Qty * Qty, axis=0)
    outside = np.sqrt(np.maximum(left, 0.0))
    s = None
    if r < len(kept):
        s = np.sqrt(np.maximum(np.linalg.eigvalsh(C)[::-1], 0.0))
    problem = LeastSquares(T, K, Qty, outside, basis, scaled_values=s)
    return problem, _condition(R[:r, :r])


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
    if problem.K is not None:
        # Some axes carry nothing: orthonormal ones of what is left.
        s, Vt, Uty = problem.svd
        problem, axes = LeastSquares(np.diag(s), None, Uty, problem.outside), Vt @ axes
    return LeastSquares(problem.T, axes, problem.Qty, problem.outside, length=length)


def _unscaled(R, order, size):
    """Return T, K and the basis, from the scaled triangle of columns in an order.

    The first r columns of R are independent; the others are R11 (R11^-1 R12).
    """
    r = R.shape[0]
    basis, others = order[:r], order[r:]
    T = R[:, :r] * size[basis]
    if r == len(size) and np.array_equal(order, np.arange(r)):
        return T, None, basis
    K = np.zeros((r, len(size)))
    K[np.arange(r), basis] = 1.0
    if len(others) and r:
        W = _solve(R[:, :r], R[:, r:])
        # A part of that size is rounding. In a large unit it would not look so.
        W[np.abs(W) < 1e-13] = 0.0
        K[:, others] = W * size[others] / size[basis][:, None]
    return T, K, basis


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
        # Squaring the condition number costs a fifth of the digits at most.
        if eigenvalues[0] * np.finfo(M.dtype).eps ** -0.4 > eigenvalues[-1]:
            s, U = np.sqrt(eigenvalues[::-1]), U[:, ::-1]
            return U, s, (U.T @ M) / s[:, None]
    return _arrays.svd(M)


def _solve(T, B, trans="N"):
    """Return T^-1 B, or T^-T B, of an upper triangle."""
    if T.shape[0] == 0:
        return np.zeros((0, *B.shape[1:]))
    return solve_triangular(T, B, trans=trans, check_finite=False)
