"""The ways to A = U S V': each takes rows and returns a `Found`."""

import warnings
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from skmath import _arrays
from skmath._rows.checks import check_squares
from skmath._rows.rows import is_dask
from skmath.linear_algebra import (
    LeastSquares,
    block_krylov,
    from_factor,
    from_gram,
    gram_times,
    project,
    within,
)
from skmath.statistics import as_columns
from skmath.svd_regressor.sums import (
    GramSums,
    RowCount,
    TriangleSums,
    column_sums,
    count_rows,
    from_centred,
    gram_sums,
    triangle_sums,
)

__all__ = ["SOLVERS", "STREAMING", "Asked", "Found", "check_weight", "with_more_rows"]

LARGE = 1000
"""Smaller side of X from which on a tenth of its components is found by Krylov."""


@dataclass(frozen=True)
class Asked:
    """What a solver needs to know besides the rows."""

    n_components: Any
    alpha: Any
    criterion: str
    cv: Any
    intercept: bool
    rcond: float
    epsilon: float
    solver: str
    random_state: Any

    def check(self, rows):
        """Raise a ValueError if n_components is more than X has."""
        n, p = rows.X.shape
        smaller = p if n != n else min(n, p)  # a Dask array may not know n
        if isinstance(self.n_components, Integral) and self.n_components > smaller:
            raise ValueError(
                f"n_components={self.n_components} must be at most min(n_samples, "
                f"n_features) = {smaller}, for X with n_samples={n} and "
                f"n_features={p}. None takes as many as there are."
            )


@dataclass(frozen=True)
class Found:
    """A decomposed problem, what was taken from the columns, and what was summed.

    Parameters
    ----------
    problem : LeastSquares
    mean : ndarray of shape (n_features + n_outputs,)
    weight : float
        Sum of the weights.
    rows : RowCount
    intercept : bool
    solver : str
    sums : GramSums or TriangleSums, default=None
        None where more rows could not be added.
    condition : float, default=inf
        Upper estimate of the condition number where a Gram matrix was solved.
    residual_squares : ndarray of shape (n_outputs,), default=None
        Sum of the squared residuals, when b is known.
    """

    problem: LeastSquares
    mean: np.ndarray
    weight: float
    rows: RowCount
    intercept: bool
    solver: str
    sums: Any = None
    condition: float = np.inf
    residual_squares: Any = None

    @property
    def exact(self):
        """Whether no direction of X was left out of sight."""
        return self.solver not in ("randomized", "lanczos")


def check_weight(found):
    """Raise a ValueError if there was nothing to fit.

    Of Dask arrays that is not known before they are summed.
    """
    if not found.weight > 0:
        raise ValueError(
            "X has no rows, or sample_weight is zero for all of them: there is nothing "
            "to fit."
        )


def found_in(sums, problem, solver, condition=np.inf):
    """Return the `Found` of sums."""
    return Found(
        problem,
        sums.mean,
        sums.weight,
        sums.rows,
        sums.intercept,
        solver,
        sums,
        condition,
    )


def auto(rows, asked):
    """Choose by shape, and the Gram matrix where its condition number allows it."""
    n, p = rows.X.shape
    smaller = p if is_dask(rows.X) else min(n, p)
    k = asked.n_components
    if smaller > LARGE and isinstance(k, Integral) and k <= smaller // 10:
        return (randomized if _arrays.is_array(rows.X) else lanczos)(rows, asked)
    if n <= p:
        return qr(rows, asked)
    sums = new_sums(rows, asked, "gram")
    check_squares(sums.mean)
    gram = sums.gram
    if np.isfinite(gram).all() and is_centred_well(rows, sums, asked):
        problem, condition = from_gram(gram, p)
        # Squaring the condition number costs a fifth of the digits at most.
        if condition**2 < asked.epsilon**-0.4:
            return found_in(sums, problem, "gram", condition)
    return qr(rows, asked, sums.mean)


def is_centred_well(rows, sums, asked):
    """Tell whether implicit centring leaves as many digits as squaring may cost.

    X'X - n m m' of a sparse X is rounded relative to its terms.
    """
    if _arrays.is_array(rows.X) or is_dask(rows.X) or not asked.intercept:
        return True
    p, moments = rows.n_features, sums.moments
    left, terms = np.diagonal(moments.scatter)[:p], moments.mean[:p] ** 2
    return bool(np.all(moments.weight * terms <= asked.epsilon**-0.4 * np.abs(left)))


def gram(rows, asked):
    """Take the triangle of A'A."""
    sums = new_sums(rows, asked, "gram")
    check_squares(sums.gram)
    return found_from(sums, rows.n_features, asked, "gram")


def qr(rows, asked, shift=None):
    """Take the triangle of the rows, block by block."""
    sums = new_sums(rows, asked, "qr", shift)
    return found_from(sums, rows.n_features, asked, "qr")


def svd(rows, asked):
    """Take LAPACK's decomposition of all rows at once, which are copied."""
    if is_dask(rows.X):
        raise ValueError(
            "solver='svd' holds all rows at once, and X is a Dask array. Use "
            "solver='qr', which is as accurate."
        )
    columns = rows.in_blocks(dense=True).sum(column_sums)
    mean = _arrays.to_numpy(columns.mean)
    mean = mean if asked.intercept else 0.0 * mean
    p = rows.n_features
    X = _arrays.dense(rows.X)
    with np.errstate(over="ignore", invalid="ignore"):
        Z = _arrays.to_numpy(centred_rows(X, rows.y, rows.weight, mean))
    check_squares(Z, "y")  # in the dtype of X; X itself was looked at
    if asked.intercept:
        # Once more: the means were rounded.
        one = np.ones(len(Z)) if rows.weight is None else rows.weight
        one = np.sqrt(_arrays.to_numpy(one).astype(float))
        Z = Z - np.outer(one, one @ Z / (one @ one))
        problem = from_centred(Z, columns, p, asked.rcond)
    else:
        problem = from_factor(Z[:, :p], Z[:, p:], asked.rcond)
    weight, count = float(columns.weight[0]), count_rows(rows.X, rows.weight)
    return Found(problem, mean, weight, count, asked.intercept, "svd")


def randomized(rows, asked):
    """Take k directions from a few wide blocks of a Krylov space."""
    k = _asked_int(asked, "randomized")
    return few(rows, asked, "randomized", width=k + 10, tol=1e-2, max_blocks=4)


def lanczos(rows, asked):
    """Take k directions from many narrow blocks of a Krylov space."""
    k = _asked_int(asked, "lanczos")
    return few(rows, asked, "lanczos", width=12, tol=3e-3, max_blocks=20 + k)


def few(rows, asked, solver, *, width, tol, max_blocks):
    """Find k directions in a Krylov space, and decompose the rows projected on them."""
    columns = rows.sum(column_sums)
    check_squares(columns.scatter)
    p = rows.n_features
    mean = _arrays.to_numpy(columns.mean)
    mean = mean if asked.intercept else 0.0 * mean
    k = min(asked.n_components, p)
    random = check_random_state(asked.random_state)
    start = random.standard_normal((p, min(width, p)))
    tall = rows.in_blocks(rows_per_feature=4)

    def multiply(Q):
        return _arrays.to_numpy(tall.sum(gram_times, mean[:p], Q))

    V, error = block_krylov(multiply, start, k, tol=tol, max_blocks=max_blocks)
    if solver == "lanczos" and error > tol:
        warnings.warn(
            f"The {k} singular directions were found to {error:.0e}, not {tol:.0e}: "
            "those beside them are as large. Take fewer n_components, or "
            "solver='randomized', which asks for less.",
            ConvergenceWarning,
            stacklevel=4,
        )
    sums = tall.sum(projected_sums, mean[:p], V, asked.intercept)
    check_squares(sums.gram)
    problem = sums.problem(len(V), asked)
    squares = columns.scatter
    if not asked.intercept:
        squares = squares + columns.weight * columns.mean**2
    length = float(np.sqrt(max(0.0, np.sum(_arrays.to_numpy(squares)[:p]))))
    problem = within(problem, V, length)
    return Found(problem, mean, sums.weight, sums.rows, asked.intercept, solver)


def found_from(sums, n_features, asked, solver):
    """Return the `Found` of sums, whatever their condition number and rank."""
    return found_in(sums, sums.problem(n_features, asked), solver)


def with_more_rows(found, rows, asked):
    """Return the `Found` of the rows seen, and of more.

    Parameters
    ----------
    found : Found or None
        None if these are the first.
    rows : Rows
    asked : Asked

    Returns
    -------
    Found

    Raises
    ------
    ValueError
        If the solver keeps no sums, or the rows do not suit those seen.
    """
    solver = STREAMING[asked.solver]
    if found is not None and found.sums is None:
        raise ValueError(
            f"solver={found.solver!r}, which ran in fit, keeps no sums that rows could "
            f"be added to: fit with one of {', '.join(map(repr, STREAMING))}."
        )
    p = rows.n_features
    if found is None:
        sums = new_sums(rows, asked, solver)
    else:
        sums = found.sums
        check_same(sums, rows, asked)
        if solver == "qr" and isinstance(sums, GramSums):
            sums = sums.triangle_sums(rows.zero())
        elif isinstance(sums, TriangleSums):
            solver = "qr"
        sums = sums + new_sums(rows, asked, solver, getattr(sums, "shift", None))
    check_squares(sums.mean)
    return found_from(sums, p, asked, solver)


def new_sums(rows, asked, solver, shift=None):
    """Return the sums of rows that a streaming solver keeps."""
    if solver == "gram":
        return rows.in_blocks(rows_per_feature=8).sum(gram_sums, asked.intercept)
    shift = first_shift(rows, asked) if shift is None else shift
    return rows.in_blocks(dense=True, rows_per_feature=4).sum(
        triangle_sums, shift, asked.intercept
    )


def check_same(sums, rows, asked):
    """Raise a ValueError if rows cannot be added to those seen."""
    outputs = 1 if rows.y.ndim == 1 else rows.y.shape[1]
    seen = len(sums.mean) - rows.n_features
    if outputs != seen:
        raise ValueError(f"y has {outputs} outputs, and had {seen} in earlier rows.")
    if sums.intercept != asked.intercept:
        raise ValueError(
            f"fit_intercept is {asked.intercept}, and was {sums.intercept} in earlier "
            "rows; call fit to start anew."
        )


def first_shift(rows, asked):
    """Return the means of the columns of [X y], which are taken from them first."""
    mean = _arrays.to_numpy(rows.sum(column_sums).mean)
    check_squares(mean)
    return mean if asked.intercept else 0.0 * mean


def centred_rows(X, y, weight, mean):
    """Return diag(weight)^1/2 ([X y] - mean) of a block."""
    xp = _arrays.namespace(X)
    parts = [_arrays.widen(X), _arrays.widen(as_columns(y, X))]
    Z = xp.concat(parts, axis=1) - _arrays.like(mean, X)
    return _arrays.weigh(Z, None if weight is None else xp.sqrt(_arrays.widen(weight)))


def projected_sums(X, y, weight, mean, V, intercept):
    """Return the `GramSums` of a block's coordinates along the rows of V, and of y."""
    y = as_columns(y, X)
    mean, V = (_arrays.like(a, y, "same") for a in (mean, V))
    return gram_sums(project(X, mean, V), y, weight, intercept)


def _asked_int(asked, solver):
    if not isinstance(asked.n_components, Integral):
        raise ValueError(
            f"solver={solver!r} finds a few components: set n_components to how many, "
            f"got n_components={asked.n_components!r}."
        )
    return int(asked.n_components)


SOLVERS = {
    "auto": auto,
    "gram": gram,
    "qr": qr,
    "svd": svd,
    "randomized": randomized,
    "lanczos": lanczos,
}

STREAMING = {"auto": "qr", "qr": "qr", "gram": "gram"}
"""Which sums `partial_fit` keeps, by solver: those that cannot be read again."""
