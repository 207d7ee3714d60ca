"""Ways to decompose the centred rows: each returns a `Decomposition`.

With A = Q T K, "gram" takes the Cholesky factor of the Gram matrix A'A, "qr" the
triangle of the rows themselves, "svd" U, S and V of the rows with columns scaled to
unit length; "randomized" and "lanczos" do the same for rows projected on a few
directions.
"""

from dataclasses import dataclass, replace
from numbers import Integral

import numpy as np
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from skmath import _arrays
from skmath._estimators.fitting import warn
from skmath._estimators.moving import converted
from skmath._rows.checks import check_squares
from skmath._rows.rows import is_dask
from skmath.linear_algebra import (
    LeastSquares,
    block_krylov,
    from_gram,
    from_rows,
    gram_times,
    project,
    weighted_rows,
    within,
)
from skmath.statistics import as_columns
from skmath.svd_regressor.sums import (
    ROWS_PER_COLUMN,
    ROWS_PER_COLUMN_DENSE,
    GramSums,
    RowCount,
    TriangleSums,
    centre_of,
    column_sums,
    count_rows,
    gram_sums,
    triangle_sums,
    without_constant_columns,
)

__all__ = ["SOLVERS", "STREAMING", "Decomposition", "with_more_rows"]

LARGE = 1000
"""Smaller dimension of X above which a tenth of its components is found by Krylov.

Below it the full decomposition of a dense X needs no random start and no tolerance."""

LARGE_SPARSE = 500
"""The same for a fiftieth of the columns of a tall sparse X: a narrow Krylov space
takes a fourth of the time of the full decomposition, which is cubic in the columns."""

WIDE_SPARSE = 100
"""The same for a tenth of the rows of a wide sparse X, whose full decomposition makes X
dense: from a few hundred rows on this takes seconds, and Krylov hundredths of one."""

OVERSAMPLING = 10
"""Oversampling: number of columns of a random block in addition to n_components. Halko,
Martinsson and Tropp (SIAM Review 53, 2011) advise five to ten."""

MAX_BLOCKS = 4
"""Maximum number of products of wide blocks: each costs a pass over X, and the error
falls exponentially with their number."""

BLOCK_TOL = 1e-2
"""Tolerance for the residual of a wide block's directions, relative to the eigenvalue.
The error of the eigenvalue is about its square."""

NARROW_COLUMNS = 12
"""Columns of a narrow block. Multiplying a dozen costs about as much as reading a
sparse X; wider blocks need more products to converge, narrower ones more passes."""

NARROW_TOL = 3e-3
"""Tolerance for the residual of narrow blocks' directions: their products are cheap."""

MAX_NARROW_BLOCKS = 20
"""Maximum number of products of narrow blocks, plus one per component. This is only a
limit: a block usually finds several components."""


@dataclass(frozen=True)
class Decomposition:
    """Decomposed centred rows, with the sums they were computed from.

    Parameters
    ----------
    problem : LeastSquares
        A = Q T K and Q'y.
    mean : ndarray of shape (n_features + n_outputs,)
        Values subtracted from the columns of [X y].
    weight : float
        Sum of the weights.
    rows : RowCount
    intercept : bool
    solver : str
        Solver actually used.
    sums : GramSums or TriangleSums, default=None
        None if no more rows can be added.
    condition : float, default=inf
        Upper estimate of the condition number, if a Gram matrix was solved.
    residual_squares : ndarray of shape (n_outputs,), default=None
        Sum of the squared residuals, once b is known.
    """

    problem: LeastSquares
    mean: np.ndarray
    weight: float
    rows: RowCount
    intercept: bool
    solver: str
    sums: GramSums | TriangleSums | None = None
    condition: float = np.inf
    residual_squares: np.ndarray | None = None

    def solve(self, f):
        """Return b, the intercept and the sum of the squared residuals of each output.

        Parameters
        ----------
        f : ndarray of shape (rank, 1) or (rank, n_outputs), or None
            Filter factors; None for ones.

        Returns
        -------
        b : ndarray of shape (n_features, n_outputs)
        c : ndarray of shape (n_outputs,)
        squares : ndarray of shape (n_outputs,)
        """
        problem, p = self.problem, len(self.mean) - len(self.problem.outside)
        b = problem.solve(f)
        with np.errstate(over="ignore"):  # only standard errors need the squares
            squares = problem.outside**2
            if f is not None:
                squares += np.sum(((1 - f) * problem.svd.Uty) ** 2, axis=0)
        return b, self.mean[p:] - self.mean[:p] @ b, squares

    def solve_nonnegative(self, alpha):
        """Return the same as `solve` for the b >= 0 that is regularized by alpha."""
        problem, p = self.problem, len(self.mean) - len(self.problem.outside)
        b = problem.solve_nonnegative(alpha)
        residual = problem.Qty - problem.T @ (b if problem.K is None else problem.K @ b)
        with np.errstate(over="ignore"):
            squares = problem.outside**2 + np.sum(residual**2, axis=0)
        return b, self.mean[p:] - self.mean[:p] @ b, squares

    def __sklearn_array_api_convert__(self, converter):
        """Move the sums; what is decomposed stays on the host."""
        return replace(self, sums=converted(self.sums, converter))

    def of_output(self, j):
        """Return the decomposition for a single output, without sums to add rows to."""
        p, squares = len(self.mean) - len(self.problem.outside), self.residual_squares
        return replace(
            self,
            problem=self.problem.of_output(j),
            mean=np.append(self.mean[:p], self.mean[p + j]),
            sums=None,
            residual_squares=None if squares is None else squares[[j]],
        )


def decomposition_of(sums, problem, solver, condition=np.inf):
    """Return the `Decomposition` of sums; raise a ValueError if no weight is positive.

    For Dask arrays this is not known before the rows are summed.
    """
    weight = float(sums.moments.weight[0])
    if not weight > 0:
        raise ValueError(
            "X has no rows, or sample_weight is zero for all of them. Pass at least "
            "one row with a positive weight."
        )
    mean, intercept = centre_of(sums.moments, sums.intercept), sums.intercept
    return Decomposition(
        problem, mean, weight, sums.rows, intercept, solver, sums, condition
    )


def auto(rows, options):
    """Choose the solver by the shape of X and by the Gram matrix's condition number."""
    n, p = rows.X.shape
    if isinstance(options.n_components, Integral) and suits_krylov(rows.X, options):
        return (randomized if _arrays.is_array(rows.X) else lanczos)(rows, options)
    if n <= p:
        return qr(rows, options)
    sums = rows.in_blocks(rows_per_feature=ROWS_PER_COLUMN).sum(
        gram_sums, options.intercept
    )
    check_squares(sums.moments.mean)
    gram = sums.gram
    implicit = sparse.issparse(rows.X) and options.intercept
    centred = not implicit or is_centring_accurate(sums.moments, p, options.epsilon)
    if centred and np.isfinite(gram).all():
        problem, condition = from_gram(gram, p)
        # Squaring the condition number costs a fifth of the digits at most.
        if condition**2 < options.epsilon**-0.4:
            return decomposition_of(sums, problem, "gram", condition)
    return qr(rows, options, centre_of(sums.moments, options.intercept))


def suits_krylov(X, options):
    """Return True if so few components are requested that a Krylov space is cheaper."""
    (n, p), k = X.shape, options.n_components
    smaller = p if is_dask(X) else min(n, p)
    if smaller > LARGE and k <= smaller // 10:
        return True
    if not sparse.issparse(X):
        return False
    if n <= p:
        return n > WIDE_SPARSE and k <= n // 10
    return p > LARGE_SPARSE and k <= p // 50


def is_centring_accurate(moments, n_features, epsilon):
    """Return True if implicit centring loses no more digits than squaring may.

    The rounding error of X'X - n m m' for a sparse X is relative to its terms.
    """
    squares = np.abs(np.diagonal(moments.scatter)[:n_features])
    terms = moments.weight * moments.mean[:n_features] ** 2
    return bool(np.all(terms <= epsilon**-0.4 * squares))


def gram(rows, options):
    """Take the Cholesky factor of A'A."""
    sums = new_sums(rows, options, "gram")
    check_squares(sums.gram)
    return from_sums(sums, rows.n_features, options, "gram")


def qr(rows, options, shift=None):
    """Take the triangle of the rows, block by block."""
    sums = new_sums(rows, options, "qr", shift)
    return from_sums(sums, rows.n_features, options, "qr")


def svd(rows, options):
    """Compute LAPACK's singular value decomposition of all rows, on a copy of X."""
    if is_dask(rows.X):
        raise ValueError(
            "solver='svd' needs all rows in memory, but X is a Dask array. Use "
            "solver='qr', which is as accurate."
        )
    moments = rows.in_blocks(dense=True).sum(column_sums)
    mean, p = centre_of(moments, options.intercept), rows.n_features
    with np.errstate(over="ignore", invalid="ignore"):
        X = _arrays.dense(rows.X)
        Z = weighted_rows(X, rows.y, rows.weight, mean, options.intercept)
    Z, rounding = _arrays.to_numpy(Z), 0.0
    check_squares(Z, "y")  # in the dtype of X; X itself was checked before
    if options.intercept:
        # Centre again, because the means were rounded.
        one, Z = Z[:, 0], Z[:, 1:]
        Z = Z - np.outer(one, one @ Z / (one @ one))
        A, rounding = without_constant_columns(Z[:, :p], moments)
    else:
        A = Z[:, :p]
    problem = from_rows(A, Z[:, p:], options.rcond, rounding, options.epsilon)
    weight, count = float(moments.weight[0]), count_rows(rows.X, rows.weight)
    return Decomposition(problem, mean, weight, count, options.intercept, "svd")


def randomized(rows, options):
    """Find k directions from a few wide blocks of a Krylov space."""
    k = number_of_components(options, "randomized")
    moments = rows.sum(column_sums)
    V, _ = directions(rows, moments, options, k + OVERSAMPLING, BLOCK_TOL, MAX_BLOCKS)
    return projected(rows, moments, options, V, "randomized")


def lanczos(rows, options):
    """Find k directions from many narrow blocks of a Krylov space."""
    k = number_of_components(options, "lanczos")
    moments = rows.sum(column_sums)
    V, error = directions(
        rows, moments, options, NARROW_COLUMNS, NARROW_TOL, MAX_NARROW_BLOCKS + k
    )
    if error > NARROW_TOL:
        warn(
            f"solver='lanczos' did not converge: the {len(V)} singular directions have "
            f"a residual of {error:.0e}, above {NARROW_TOL:.0e}, because the following "
            "singular values are nearly as large. Use fewer n_components, or "
            "solver='randomized', which has a looser tolerance.",
            ConvergenceWarning,
        )
    return projected(rows, moments, options, V, "lanczos")


def number_of_components(options, solver):
    """Return n_components, or raise a ValueError if it is not an integer."""
    if not isinstance(options.n_components, Integral):
        raise ValueError(
            f"solver={solver!r} requires an integer n_components, the number of "
            f"components to compute; got n_components={options.n_components!r}."
        )
    return int(options.n_components)


def directions(rows, moments, options, width, tol, max_blocks):
    """Return right singular vectors of the centred rows, one per row, and their error.

    Parameters
    ----------
    rows : Rows
    moments : ColumnMoments
        Moments of the columns of [X y].
    options : Options
    width, tol, max_blocks
        Parameters of the Krylov space; see `block_krylov`.

    Returns
    -------
    V : ndarray of shape (k, n_features)
    error : float
    """
    check_squares(moments.scatter)
    p, tall = rows.n_features, rows.in_blocks(rows_per_feature=ROWS_PER_COLUMN_DENSE)
    mean = centre_of(moments, options.intercept)[:p]
    random = check_random_state(options.random_state)
    limits = {"tol": tol, "max_blocks": max_blocks}
    if sparse.issparse(rows.X) and rows.X.shape[0] < p:
        return directions_of_few_rows(rows, mean, options, width, random, limits)
    start = random.standard_normal((p, min(width, p)))

    def multiply(Q):
        return _arrays.to_numpy(tall.sum(gram_times, mean, Q))

    return block_krylov(multiply, start, min(options.n_components, p), **limits)


def directions_of_few_rows(rows, mean, options, width, random, limits):
    """Do the same as `directions` by the left singular vectors of a sparse X.

    From A A' u = s^2 u follows A'A (A'u) = s^2 (A'u), and these u are shorter.
    """
    X, n = rows.X, rows.X.shape[0]
    root = np.ones((n, 1)) if rows.weight is None else np.sqrt(rows.weight)[:, None]

    def multiply_transposed(U):
        """Return A'U."""
        U = root * U
        return X.T @ U.astype(X.dtype) - mean[:, None] * np.sum(U, axis=0)

    def multiply(U):
        """Return A A'U."""
        V = multiply_transposed(U)
        return root * (X @ V.astype(X.dtype) - mean @ V)

    start = random.standard_normal((n, min(width, n)))
    U, error = block_krylov(multiply, start, min(options.n_components, n), **limits)
    return np.linalg.qr(multiply_transposed(U.T))[0].T, error


def projected(rows, moments, options, V, solver):
    """Return the `Decomposition` of the centred rows within the span of V's rows."""
    p, intercept = rows.n_features, options.intercept
    mean = centre_of(moments, intercept)
    tall = rows.in_blocks(rows_per_feature=ROWS_PER_COLUMN_DENSE)
    sums = tall.sum(projected_sums, mean[:p], V, intercept)
    check_squares(sums.gram)
    squares = moments.scatter
    if not intercept:
        squares = squares + moments.weight * moments.mean**2
    length = float(np.sqrt(max(0.0, np.sum(_arrays.to_numpy(squares)[:p]))))
    problem = within(sums.least_squares(len(V), options), V, length)
    decomposition = decomposition_of(sums, problem, solver)
    return replace(decomposition, mean=mean, sums=None)


def projected_sums(X, y, weight, mean, V, intercept):
    """Return the `GramSums` of a block's coordinates along the rows of V, and of y."""
    y = as_columns(y, X)
    mean, V = (_arrays.like(a, y, "same") for a in (mean, V))
    return gram_sums(project(X, mean, V), y, weight, intercept)


def from_sums(sums, n_features, options, solver):
    """Return the `Decomposition` of sums, for any condition number and rank."""
    problem = sums.least_squares(n_features, options)
    return decomposition_of(sums, problem, solver)


def with_more_rows(decomposition, rows, options):
    """Return the `Decomposition` of the earlier rows together with new ones.

    Parameters
    ----------
    decomposition : Decomposition or None
        None for the first rows.
    rows : Rows
    options : Options

    Returns
    -------
    Decomposition

    Raises
    ------
    ValueError
        If the solver stores no sums, or the new rows do not match the earlier ones.
    """
    solver, p = STREAMING[options.solver], rows.n_features
    if decomposition is None:
        sums = new_sums(rows, options, solver)
    elif decomposition.sums is None:
        raise ValueError(
            f"fit used solver={decomposition.solver!r}, which does not store sums that "
            "partial_fit could update: set solver to one of "
            f"{', '.join(map(repr, STREAMING))} and fit again."
        )
    else:
        sums = decomposition.sums
        check_same(sums, rows, options)
        if solver == "qr" and isinstance(sums, GramSums):
            sums = sums.triangle_sums(rows.zero())
        elif isinstance(sums, TriangleSums):
            solver = "qr"
        sums = sums + new_sums(rows, options, solver, getattr(sums, "shift", None))
    check_squares(sums.moments.mean)
    return from_sums(sums, p, options, solver)


def new_sums(rows, options, solver, shift=None):
    """Return the sums of rows for a solver that supports `partial_fit`."""
    if solver == "gram":
        return rows.in_blocks(rows_per_feature=ROWS_PER_COLUMN).sum(
            gram_sums, options.intercept
        )
    shift = first_shift(rows, options) if shift is None else shift
    return rows.in_blocks(dense=True, rows_per_feature=ROWS_PER_COLUMN_DENSE).sum(
        triangle_sums, shift, options.intercept
    )


def check_same(sums, rows, options):
    """Raise a ValueError if rows cannot be added to those of the sums."""
    outputs = 1 if rows.y.ndim == 1 else rows.y.shape[1]
    n_before = sums.moments.mean.shape[0] - rows.n_features
    if outputs != n_before:
        raise ValueError(
            f"y has {outputs} outputs, but {n_before} in earlier calls of partial_fit."
        )
    if sums.intercept != options.intercept:
        raise ValueError(
            f"fit_intercept is {options.intercept}, but was {sums.intercept} in "
            "earlier calls of partial_fit; call fit to start again."
        )


def first_shift(rows, options):
    """Return the means of the columns of [X y], which are subtracted before QR."""
    moments = rows.sum(column_sums)
    check_squares(moments.mean)
    return centre_of(moments, options.intercept)


SOLVERS = {
    "auto": auto,
    "gram": gram,
    "qr": qr,
    "svd": svd,
    "randomized": randomized,
    "lanczos": lanczos,
}

STREAMING = {"auto": "qr", "qr": "qr", "gram": "gram"}
"""The sums that `partial_fit` stores, by solver. As rows cannot be read again, "auto"
stores triangles."""
