r"""Directions of recession: whether a convex loss has its optimum at infinity.

The loss of a row may decrease forever without reaching its infimum: the log loss of a
row of class 1 as its output increases, Poisson's for y = 0 as its output decreases. A
mean of such losses has no optimum exactly if there is a direction d along which none of
them ever increases and one decreases. With a row of A for each loss that decreases
forever, pointing in that direction, and a row of B for each loss that increases both
ways, these are the d with

.. math:: A d \ge 0, \quad B d = 0, \quad A d \ne 0.

For the log loss of two classes they separate the classes, possibly touching both
(Albert and Anderson 1984). By Stiemke's theorem there is no such direction exactly if

.. math:: A^T u + B^T t = 0 \quad \text{for some } u > 0 \text{ and some } t,

and the slopes of the losses at an optimum are such u and t. Both sides can be checked:

- `has_multipliers` corrects the slopes at a point near the optimum, which leave a small
  gradient, to ones that leave none. If all u stay positive, the optimum is finite. The
  correction may change only some of the rows;
- `falling_rates` computes by how much the rows' losses decrease along a given d;
- `recession_direction` searches for a d by a linear program, as in Konis (2007).

Coefficients that must be nonnegative have d >= 0, and balance a gradient that pushes
against the constraint.

References
----------
.. [1] A. Albert and J. A. Anderson, "On the existence of maximum likelihood estimates
   in logistic regression models", Biometrika, 71(1), 1984.
.. [2] K. Konis, *Linear programming algorithms for detecting separated data in binary
   logistic regression models*, thesis, University of Oxford, 2007, section 3.2.
.. [3] R. T. Rockafellar, *Convex Analysis*, 1970, theorem 27.1 and section 22.
"""

import math
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import linprog
from scipy.sparse.linalg import lsmr

from skmath import _arrays

__all__ = [
    "constraints",
    "falling_rates",
    "has_multipliers",
    "null_direction",
    "recession_direction",
]

REGULAR = 1e-5
"""Smallest diagonal entry of the Cholesky factor of a matrix with unit diagonal for
which the inverse keeps at least half the digits."""

ACTIVE = 1e-10
"""Tolerance of the linear program's constraints, with row entries up to 1: the smallest
that HiGHS accepts."""

NOTHING = 1e-12
"""Largest rounding error of a direction of size 1 that satisfies all constraints with
equality."""

CENTRED = 1e-14
"""Entries that count as rounding, in rows whose largest entry is 1."""

TAKEN = 0.9
"""Largest fraction of a slope that a correction may remove: all of it would be a
boundary case, decided by rounding."""

SYSTEM_COLUMNS = 1000
"""Columns up to which a dense system is solved; beyond, an iterative method is used."""

SECONDS = 10.0
"""Time limit of a linear program."""


def falling_rates(signs: Any, s: Any, coupled: bool) -> Any:
    """Return the rates at which each row's losses decrease forever along a direction.

    Parameters
    ----------
    signs : array of shape (n_samples, n_outputs)
        For each loss the sign of the output along which it decreases forever; 0 if it
        increases both ways. If coupled, 1 for the row's class and -1 for all others.
    s : array of shape (n_samples, n_outputs)
        Change of the outputs along the direction.
    coupled : bool
        Whether the loss is softmax's, which decreases with each difference between the
        output of the row's class and another.

    Returns
    -------
    least, most : array of shape (n_samples,)
        Lowest and highest of the row's rates, negative if a loss increases.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus.recession import falling_rates
    >>> signs, s = np.array([[1.0], [-1.0], [0.0]]), np.array([[2.0], [3.0], [4.0]])
    >>> least, most = falling_rates(signs, s, False)
    >>> least, most
    (array([ 2., -3., -4.]), array([ 2., -3.,  0.]))
    """
    xp = _arrays.namespace(s)
    if coupled:
        own, far = signs > 0, xp.full_like(s, math.inf)
        of_class = xp.sum(xp.where(own, s, xp.zeros_like(s)), axis=1)
        highest = xp.max(xp.where(own, -far, s), axis=1)
        return of_class - highest, of_class - xp.min(xp.where(own, far, s), axis=1)
    rates = signs * s
    least = xp.where(signs == 0, -xp.abs(s), rates)
    return xp.min(least, axis=1), xp.max(rates, axis=1)


def constraints(X: Any, signs: np.ndarray, coupled: bool) -> tuple[Any, ...]:
    """Return A and B, with the row and output of the data for each of their rows.

    Parameters
    ----------
    X : ndarray or sparse matrix of shape (n_samples, n_features)
        With a column of ones if there is an intercept.
    signs : ndarray of shape (n_samples, n_outputs)
        As in `falling_rates`; for one output if not coupled.
    coupled : bool

    Returns
    -------
    A, B : matrices with n_features columns, or as many for each class if coupled
    of_A, of_B : tuples of ndarray of int
        Indices of the slopes of the losses.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus.recession import constraints
    >>> X, signs = np.array([[2.0], [3.0], [4.0]]), np.array([[1.0], [-1.0], [0.0]])
    >>> A, B, _, _ = constraints(X, signs, False)
    >>> A.ravel(), B.ravel()
    (array([ 2., -3.]), array([4.]))
    """
    stack: Any = sparse.vstack if sparse.issparse(X) else np.vstack
    if not coupled:
        falls, rises = np.flatnonzero(signs[:, 0]), np.flatnonzero(signs[:, 0] == 0)
        A = _arrays.weigh(X[falls], signs[falls, 0])
        return A, X[rises], (falls, 0 * falls), (rises, 0 * rises)
    n_classes, parts, rows, others = signs.shape[1], [], [], []
    kron = sparse.kron if sparse.issparse(X) else np.kron
    for j in range(n_classes):
        for k in range(n_classes):
            members = np.flatnonzero(signs[:, k] > 0)
            if j == k or not len(members):
                continue
            difference = np.zeros((1, n_classes))
            difference[0, k], difference[0, j] = 1.0, -1.0
            parts.append(kron(difference, X[members]))
            rows.append(members)
            others.append(np.full(len(members), j))
    A = stack(parts)
    A = A.tocsr() if sparse.issparse(A) else A
    none = np.empty(0, dtype=np.intp)
    return A, A[:0], (np.concatenate(rows), np.concatenate(others)), (none, none)


def has_multipliers(A: Any, B: Any, u: Any, t: Any, gradient: Any, noise: Any) -> Any:
    """Return True if positive u and some t are proven to exist with A'u + B't = 0.

    The slopes u and t leave the gradient -(A'u + B't), for these rows and others. They
    are corrected by the shortest change, relative to u: u (1 + A s) with (A' diag(u) A
    + B' diag(t) B) s = gradient, which is Newton's step except for its sign.

    Parameters
    ----------
    A, B : ndarrays or sparse matrices, as returned by `constraints`
    u : ndarray
        Positive, one for each row of A.
    t : ndarray
        For each row of B how much it may change, positive.
    gradient : ndarray
    noise : ndarray
        Upper bound of the rounding error of each entry of gradient.

    Returns
    -------
    bool
        False also if it cannot be decided because of rounding.
    """
    if not ((u > 0).all() and (t > 0).all() and np.isfinite(gradient).all()):
        return False
    roots = np.sqrt(np.concatenate([u, t]))
    is_sparse = sparse.issparse(A)
    both = sparse.vstack([A, B]).tocsr() if is_sparse else np.vstack([A, B])
    Z = _arrays.weigh(both, roots)
    if A.shape[1] > SYSTEM_COLUMNS:
        change, stop, *_ = lsmr(Z.T, gradient, atol=1e-8, btol=1e-8)
        missed = np.linalg.norm(Z.T @ change - gradient)
        limit = 1e-6 * np.linalg.norm(gradient) + 10 * np.linalg.norm(noise)
        left = change[: len(u)] + TAKEN * roots[: len(u)]
        return bool(stop < 3 and missed <= limit and (left > 0).all())
    A, both, Z = (_arrays.dense(M) for M in (A, both, Z))
    inverse = _inverse(Z, both)
    if inverse is None:
        return False
    s = inverse @ gradient
    missed = np.abs(Z.T @ (Z @ s) - gradient)
    if not (missed <= 1e-6 * np.abs(gradient) + 10 * noise).all():
        return False
    return bool((A @ s - np.abs(A) @ (np.abs(inverse) @ noise) > -TAKEN).all())


def _inverse(Z: Any, unweighted: Any) -> Any:
    """Return the inverse of Z'Z on its rows' span; None if weights hide directions."""
    scale = np.sqrt((Z * Z).sum(axis=0))
    scale[scale == 0] = 1.0
    Z = Z / scale
    try:
        factor = np.linalg.cholesky(Z.T @ Z)
        if np.diagonal(factor).min() > REGULAR:
            return np.linalg.inv(Z.T @ Z) / scale / scale[:, None]
    except np.linalg.LinAlgError:
        pass
    _, s, Vt = np.linalg.svd(Z, full_matrices=False)
    kept = s > max(Z.shape) * 2.0**-52 * s[0]
    size = np.abs(unweighted).max(axis=0)
    size[size == 0] = 1.0
    if kept.sum() < np.linalg.matrix_rank(unweighted / size):
        return None
    V = Vt[kept].T / s[kept]
    return (V @ V.T) / scale / scale[:, None]


def null_direction(X: Any) -> np.ndarray | None:
    """Return a direction orthogonal to all rows of X; None if they span the space.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus.recession import null_direction
    >>> null_direction(np.eye(2)) is None
    True
    >>> np.abs(null_direction(np.array([[1.0, 0.0]]))) > 0
    array([False,  True])
    """
    gram = X.T @ X
    scale = np.sqrt(np.diagonal(gram))
    if (scale > 0).all():
        try:
            factor = np.linalg.cholesky(gram / scale / scale[:, None])
            if np.diagonal(factor).min() > REGULAR:
                return None
        except np.linalg.LinAlgError:
            pass
    _, s, Vt = np.linalg.svd(X, full_matrices=X.shape[0] < X.shape[1])
    s = np.concatenate([s, np.zeros(Vt.shape[0] - len(s))])
    null = Vt[s <= max(X.shape) * 2.0**-52 * s[0]]
    if not len(null):
        return None
    # A random combination is not orthogonal to any row that one of them is not.
    return np.random.default_rng(0).normal(size=len(null)) @ null


def recession_direction(
    A: Any, B: Any, nonnegative: np.ndarray
) -> tuple[np.ndarray | None, bool]:
    """Return d with A d >= 0, B d = 0 and the largest sum of A d, by a linear program.

    Parameters
    ----------
    A, B : ndarrays or sparse matrices, as returned by `constraints`
        With columns of about the same size.
    nonnegative : ndarray of bool
        Where d must be nonnegative.

    Returns
    -------
    d : ndarray or None
        Entries are at most 1 in size, and active constraints hold to rounding; None if
        there is no direction.
    decided : bool
        False if the program took too long.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus.recession import recession_direction
    >>> A, none = np.array([[1.0], [2.0]]), np.empty((0, 1))
    >>> recession_direction(A, none, np.array([False]))
    (array([1.]), True)
    >>> recession_direction(np.r_[A, -A], none, np.array([False]))
    (None, True)
    """
    A, B = _rows_of_size_one(A), _rows_of_size_one(B)
    answer = linprog(
        -np.asarray(A.sum(axis=0)).ravel(),
        A_ub=-A,
        b_ub=np.zeros(A.shape[0]),
        A_eq=B if B.shape[0] else None,
        b_eq=np.zeros(B.shape[0]) if B.shape[0] else None,
        bounds=[(0.0 if w else -1.0, 1.0) for w in nonnegative],
        method="highs",
        options={
            "time_limit": SECONDS,
            "primal_feasibility_tolerance": ACTIVE,
            "dual_feasibility_tolerance": ACTIVE,
        },
    )
    if answer.status != 0:
        return None, False
    d = _onto_active(answer.x, A, B, nonnegative)
    # A sum that is only due to the tolerance is rounding.
    return (d if (A @ d).max(initial=0.0) > NOTHING else None), True


def _onto_active(d: np.ndarray, A: Any, B: Any, nonnegative: np.ndarray) -> np.ndarray:
    """Return d projected onto the constraints that are active within a tolerance."""
    moves = np.abs(d) > 10 * ACTIVE
    active = _arrays.dense(A[np.flatnonzero(A @ d <= 10 * ACTIVE)])
    active = np.vstack([active, _arrays.dense(B)])[:, moves]
    # Rounding errors of centred zeros are not conditions.
    active = np.where(np.abs(active) > CENTRED, active, 0.0)
    d = np.where(moves, d, 0.0)
    for _ in range(2):
        # The second time removes the rounding errors of the first.
        missed = active @ d[moves]
        if missed.any():
            d[moves] -= np.linalg.lstsq(active, missed, rcond=None)[0]
    return np.where(nonnegative, np.maximum(d, 0.0), d)


def _rows_of_size_one(A: Any) -> Any:
    """Return A with each row divided by its largest entry."""
    if not A.shape[0]:
        return A
    size = abs(A).max(axis=1)
    size = (size.toarray() if sparse.issparse(size) else np.asarray(size)).ravel()
    return _arrays.weigh(A, 1 / np.where(size > 0, size, 1.0))
