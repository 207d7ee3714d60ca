r"""Least squares on many subsets of rows: moving windows, and groups.

A fit is a sum over rows and a small solve, so many fits are many sums and one solve of
a stack of small matrices. Sums over windows are never updated by subtraction, because
its rounding errors would accumulate. Instead, with rows in segments of :math:`q \approx
\sqrt{w} / 3`, a window of w rows is the end of a segment, a run of whole segments and
the beginning of one more, and each is a sum. A run is the end of a block of segments
plus the beginning of the next, by running sums from both ends of each block [1]_ [2]_:
every window costs :math:`O(q p^2 + p^3)`, independent of its position, and its error
does not grow along the rows.

Each sum is a `CrossMoments`, which subtracts means before squaring. A stack is solved
by Cholesky of the Gram matrix with columns of unit length, :math:`C = L L^T`, if
:math:`p \operatorname{tr} C^{-1}`, an upper bound of its condition number, leaves the
digits that ``solver="auto"`` requires. The others are solved one by one from their
rows.

References
----------
.. [1] M. van Herk, "A fast algorithm for local minimum and maximum filters on
   rectangular and octagonal kernels", Pattern Recognition Letters 13(7), 1992, 517-521.
.. [2] K. Tangwongsan, M. Hirzel, S. Schneider and K.-L. Wu, "General incremental
   sliding-window aggregation", Proc. VLDB Endowment 8(7), 2015, 702-713.
"""

import math
import operator
from dataclasses import dataclass, replace
from itertools import accumulate
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils import Bunch

from skmath import _arrays
from skmath._rows.checks import check_squares, group_codes
from skmath._rows.rows import Rows, is_dask
from skmath.statistics import CrossMoments
from skmath.svd_regressor.refinement import refined, worth_refining
from skmath.svd_regressor.solvers import SOLVERS
from skmath.svd_regressor.sums import ROWS_PER_COLUMN, GramSums, RowCount

__all__ = ["by_group", "by_window"]

STACK_BYTES = 16_000_000
"""Bytes of a stack of matrices that is processed at once."""

SPAN = 4
"""Minimum number of window lengths that share running sums; the last window length is
read again for the next span."""

CONDITION = 2.0 ** (52 * 0.4)
"""Condition number of a Gram matrix that leaves four fifths of the digits of the rows,
as ``solver="auto"`` requires."""

ROUNDING = 16 * 2.0**-52
"""Deviation of a constant column that counts as rounding, relative to its mean."""


def by_window(rows, options, window, step):
    """Fit each window of consecutive rows by least squares.

    Parameters
    ----------
    rows : Rows
        Rows in memory.
    options : Options
    window, step : int
        Number of rows in a window, and between the starts of consecutive windows.

    Returns
    -------
    Bunch
        `coef`, `intercept`, `rank`, and `start` and `stop` of the windows.
    """
    check_one_solve(options)
    check_lengths(window, step, rows.X.shape[0])
    host = on_host(rows)
    start = np.arange(0, rows.X.shape[0] - window + 1, step)
    width = rows.n_features + outputs_of(rows)
    # Number of windows that share running sums.
    span = max(SPAN * window, STACK_BYTES // (8 * width**2)) // step + 1
    stack = max(1, STACK_BYTES // (8 * width * max(width, segment_of(window))))
    results = []
    for starts in split_by_length(start, span):
        rows_of_span = table(host, starts[0], starts[-1] + window)
        with np.errstate(over="ignore", invalid="ignore"):  # checked in `solve_stack`
            sums = WindowSums(*rows_of_span, window)
        for windows in split_by_length(starts, stack):
            result = solve_stack(sums.of(windows - starts[0]), rows.n_features, options)
            for i in result.ill_conditioned:
                part = slice(windows[i], windows[i] + window)
                result.store(i, solve_from_rows(select_rows(host, part), options))
            results.append(result)
    return Bunch(**joined(results, rows, options), start=start, stop=start + window)


def by_group(rows, options, groups):
    """Fit each group of rows by least squares.

    Parameters
    ----------
    rows : Rows
    options : Options
    groups : array-like of shape (n_samples,)

    Returns
    -------
    Bunch
        `coef`, `intercept`, `rank`, the sorted `groups` and their `n_samples`.
    """
    check_one_solve(options)
    names, codes = group_codes(groups, rows.X.shape[0])
    tall = max(
        ROWS_PER_COLUMN, len(names) / rows.n_features
    )  # each block sums all groups
    blocks = rows.with_columns(codes).in_blocks(dense=True, rows_per_feature=tall)
    moments = blocks.sum(moments_by_group, len(names))
    non_empty = np.flatnonzero(moments.weight[:, 0] > 0)
    stack = max(1, STACK_BYTES // (8 * moments.mean.shape[1] ** 2))
    results = []
    for chosen in split_by_length(non_empty, stack):
        result = solve_stack(select(moments, chosen), rows.n_features, options)
        for i in result.ill_conditioned:
            if is_dask(rows.X):
                result.store(
                    i, solve_from_sums(select(moments, chosen[i]), rows, options)
                )
            else:
                part = np.flatnonzero(codes == chosen[i])
                result.store(
                    i, solve_from_rows(select_rows(on_host(rows), part), options)
                )
        results.append(result)
    count = np.bincount(codes)[non_empty]
    return Bunch(
        **joined(results, rows, options), groups=names[non_empty], n_samples=count
    )


# Checks and conversions of the input


def check_one_solve(options):
    """Raise a ValueError for options that need more than one solve per subset."""
    if options.n_components is not None or options.searches or options.alphas.ndim == 2:
        raise ValueError(
            "fit_windows and fit_groups use all components and one alpha: set "
            "n_components=None and alpha to a number."
        )
    if options.positive:
        raise ValueError(
            "fit_windows and fit_groups do not support positive=True: set "
            "positive=False, or call fit for each window or group."
        )
    if options.solver in ("randomized", "lanczos"):
        raise ValueError(
            f"solver={options.solver!r} finds only a few components, but fit_windows "
            "and fit_groups use all: set solver='auto'."
        )


def check_lengths(window, step, n):
    """Raise a ValueError if window or step is not a valid number of rows."""
    for name, value, maximum in (("window", window, n), ("step", step, math.inf)):
        if not isinstance(value, Integral) or not 1 <= int(value) <= maximum:
            limit = f" and at most n_samples={n}" if name == "window" else ""
            raise ValueError(
                f"{name} must be an integer number of rows, at least 1{limit}, got "
                f"{value!r}."
            )


def outputs_of(rows):
    """Return the number of outputs of y."""
    return 1 if rows.y.ndim == 1 else rows.y.shape[1]


def on_host(rows):
    """Return the rows as NumPy arrays, or SciPy sparse ones."""
    X = _arrays.to_numpy(rows.X) if _arrays.is_array(rows.X) else rows.X
    weight = None if rows.weight is None else _arrays.to_numpy(rows.weight)
    return Rows(X, _arrays.to_numpy(rows.y), weight)


def select_rows(host, part):
    """Return the rows of a slice or of an array of indices."""
    weight = None if host.weight is None else host.weight[part]
    return Rows(host.X[part], host.y[part], weight)


def table(host: Any, start: int | None, stop: int | None) -> tuple[Any, Any]:
    """Return [X y] and the weights of the rows from start to stop, in float64."""
    rows = select_rows(host, slice(start, stop))
    X, y = _arrays.dense(rows.X), rows.y
    Z = np.concatenate([X, y[:, None] if y.ndim == 1 else y], axis=1)
    weight = np.ones(len(Z)) if rows.weight is None else rows.weight
    return Z.astype(np.float64, copy=False), weight.astype(np.float64, copy=False)


def split_by_length(values, length):
    """Split an array into parts of the given length."""
    return [values[i : i + length] for i in range(0, len(values), length)]


# Sums


def moments_by_group(X, y, weight, n_groups):
    """Return a stack with the `CrossMoments` of each group's rows in a block.

    Parameters
    ----------
    X : array of shape (n_samples, n_features)
    y : array of shape (n_samples, n_outputs + 1)
        The last column is the number of the row's group.
    weight : array of shape (n_samples,) or None
    n_groups : int

    Returns
    -------
    CrossMoments
        Moments of the columns of [X y]: weight (n_groups, 1), mean (n_groups,
        n_columns) and scatter (n_groups, n_columns, n_columns).
    """
    Z, weight = table(on_host(Rows(X, y, weight)), None, None)
    codes = Z[:, -1].astype(int)
    order = np.argsort(codes, kind="stable")
    Z, weight = Z[order, :-1], weight[order]
    present, first, count = np.unique(
        codes[order], return_index=True, return_counts=True
    )
    total = np.add.reduceat(weight, first)[:, None] if len(Z) else np.zeros((0, 1))
    parts = [slice(i, i + n) for i, n in zip(first, count, strict=True)]
    # The means twice: the first are rounded.
    mean, Z = 0.0, Z
    for _ in range(2):
        sums = [weight[part] @ Z[part] for part in parts]
        correction = np.reshape(sums, (len(parts), Z.shape[1])) / positive(total)
        mean, Z = mean + correction, Z - correction.repeat(count, axis=0)
    root = np.sqrt(weight)[:, None] * Z
    c = Z.shape[1]
    moments = CrossMoments(
        np.zeros((n_groups, 1)), np.zeros((n_groups, c)), np.zeros((n_groups, c, c))
    )
    moments.weight[present], moments.mean[present] = total, mean
    for k, part in zip(present, parts, strict=True):
        moments.scatter[k] = root[part].T @ root[part]
    return moments


def moments_of(Z, weight):
    """Return the `CrossMoments` of a stack of tables.

    Parameters
    ----------
    Z : ndarray of shape (n_tables, n_rows, n_columns)
    weight : ndarray of shape (n_tables, n_rows)

    Returns
    -------
    CrossMoments
    """
    total, mean = np.sum(weight, axis=1)[:, None], 0.0
    # The means twice: the first are rounded.
    for _ in range(2):
        correction = (weight[:, None, :] @ Z)[:, 0] / positive(total)
        mean, Z = mean + correction, Z - correction[:, None, :]
    return CrossMoments(total, mean, (weight[:, :, None] * Z).transpose(0, 2, 1) @ Z)


def positive(weight):
    """Return the weight, with zeros replaced by 1."""
    return np.where(weight > 0, weight, 1.0)


def select(moments, indices):
    """Return selected entries of a stack of moments."""
    parts = (moments.weight, moments.mean, moments.scatter)
    return CrossMoments(*(part[indices] for part in parts))


def masked(moments, mask):
    """Return a stack of moments with zeros in the entries that are not kept."""
    mask = mask[:, None]
    return CrossMoments(
        np.where(mask, moments.weight, 0.0),
        np.where(mask, moments.mean, 0.0),
        np.where(mask[:, :, None], moments.scatter, 0.0),
    )


def segment_of(window):
    """Return the number of rows in a segment: a third of the window's square root.

    Rows outside of whole segments are summed for each window; segments are summed once.
    """
    return max(1, math.isqrt(window) // 3)


class WindowSums:
    """Sums over all windows of a table, from a few additions per window.

    Parameters
    ----------
    Z : ndarray of shape (n_rows, n_columns)
    weight : ndarray of shape (n_rows,)
    window : int
        Number of rows in a window.
    """

    def __init__(self, Z, weight, window):
        self.Z, self.weight, self.window = Z, weight, window
        self.segment = q = segment_of(window)
        self.block = m = window // q  # whole segments of a window, or one more
        n = len(Z) // q
        segments = moments_of(
            Z[: n * q].reshape(n, q, Z.shape[1]), weight[: n * q].reshape(n, q)
        )
        # Blocks of segments; empty segments fill the last block.
        places = np.arange(-(-n // m) * m)
        segments_of_blocks = masked(
            select(segments, np.minimum(places, n - 1)), places < n
        )
        of_block = [select(segments_of_blocks, places[t::m]) for t in range(m)]
        self.beginnings = stacked(running(of_block))
        self.ends = stacked(running(of_block[::-1])[::-1])

    def of(self, start):
        """Return the `CrossMoments` of the windows that start at these rows."""
        q, stop = self.segment, start + self.window
        first, last = -(-start // q), stop // q
        with np.errstate(over="ignore", invalid="ignore"):
            runs = self.runs(first, last - 1)
            return self.rows(start, first * q) + runs + self.rows(last * q, stop)

    def rows(self, start, stop):
        """Return the sums of runs of rows that are shorter than a segment."""
        places = start[:, None] + np.arange(self.segment - 1)
        is_inside = places < stop[:, None]
        places = np.where(
            is_inside, places, np.minimum(start, len(self.Z) - 1)[:, None]
        )
        return moments_of(self.Z[places], np.where(is_inside, self.weight[places], 0.0))

    def runs(self, first, last):
        """Return the sums of runs of segments, of a block's length or one less."""
        m = self.block
        is_within = first // m == last // m
        from_start = is_within & (first % m == 0)
        ends = masked(select(self.ends, first), ~from_start)
        return ends + masked(select(self.beginnings, last), ~is_within | from_start)


def running(parts):
    """Return the cumulative sums of a list."""
    return list(accumulate(parts, operator.add))


def stacked(parts):
    """Stack the moments of several positions in all blocks."""
    weight, mean, scatter = (
        np.stack([getattr(part, name) for part in parts], axis=1)
        for name in ("weight", "mean", "scatter")
    )
    c = mean.shape[2]
    return CrossMoments(
        weight.reshape(-1, 1), mean.reshape(-1, c), scatter.reshape(-1, c, c)
    )


# Solves


@dataclass
class Fits:
    """A stack of fits, some of which are still to be solved.

    Parameters
    ----------
    b : ndarray of shape (n_fits, n_features, n_outputs)
    c : ndarray of shape (n_fits, n_outputs)
    rank : ndarray of int of shape (n_fits,)
    ill_conditioned : ndarray of int
        Indices of fits too collinear to be solved from their Gram matrix.
    """

    b: np.ndarray
    c: np.ndarray
    rank: np.ndarray
    ill_conditioned: np.ndarray

    def store(self, i, result):
        """Store a fit that was solved from its rows."""
        self.b[i], self.c[i], self.rank[i] = result


def solve_stack(moments, p, options):
    """Return the `Fits` of a stack of moments of [X y], with p columns in X."""
    if not np.all(moments.weight > 0):
        raise ValueError(
            "sample_weight is zero for all rows of a window. Change sample_weight, or "
            "use longer windows."
        )
    rounding = ROUNDING * np.sqrt(moments.weight) * np.abs(moments.mean)
    moments = replace(moments, rounding=rounding).significant()
    with np.errstate(over="ignore", invalid="ignore"):
        G = moments.scatter if options.intercept else moments.about_zero()
    check_squares(G)
    squares = np.diagonal(G, axis1=1, axis2=2)[:, :p]
    regularized = squares + options.alphas[0]
    size = np.sqrt(np.where(regularized > 0, regularized, 1.0))
    C = G[:, :p, :p] / size[:, :, None] / size[:, None, :]
    np.einsum("ijj->ij", C)[...] = 1.0  # adds alpha; constant columns get 1 too
    inverse = inverse_triangles(C)
    # tr C tr C^-1 is an upper bound of the condition number.
    with np.errstate(invalid="ignore"):
        is_well_conditioned = p * np.sum(inverse**2, axis=(1, 2)) <= CONDITION
    inverse[~is_well_conditioned] = 0.0
    g = G[:, :p, p:] / size[:, :, None]
    b = inverse.transpose(0, 2, 1) @ (inverse @ g) / size[:, :, None]
    x_mean, y_mean = moments.mean[:, :p], moments.mean[:, p:]
    c = (y_mean - (x_mean[:, None, :] @ b)[:, 0]) * options.intercept
    return Fits(b, c, np.sum(squares > 0, axis=1), np.flatnonzero(~is_well_conditioned))


def inverse_triangles(C):
    """Invert the Cholesky factors L of a stack of matrices C = L L'.

    Parameters
    ----------
    C : ndarray of shape (n, p, p)

    Returns
    -------
    ndarray of shape (n, p, p)
        L^-1; NaN or infinite if C is not positive definite.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.svd_regressor.subsets import inverse_triangles
    >>> inverse_triangles(np.array([[[4.0, 2.0], [2.0, 2.0]]]))
    array([[[ 0.5,  0. ],
            [-0.5,  1. ]]])
    """
    L, inverse = np.zeros_like(C), np.zeros_like(C)
    with np.errstate(all="ignore"):
        for j in range(C.shape[1]):
            residual = C[:, j:, j] - (L[:, j:, :j] @ L[:, j, :j, None])[:, :, 0]
            L[:, j:, j] = residual / np.sqrt(residual[:, :1])
        for j in range(C.shape[1]):
            inverse[:, j, j] = 1.0
            inverse[:, j, :j] = -(L[:, j, None, :j] @ inverse[:, :j, :j])[:, 0]
            inverse[:, j, : j + 1] /= L[:, j, j, None]
    return inverse


def solve_from_rows(rows, options):
    """Return b, c and the rank of one subset from its rows, like `SVDRegressor.fit`."""
    A = SOLVERS[options.solver](rows, options)
    k, alpha = A.problem.rank, options.alphas[0]
    f = A.problem.filter_factors(k, alpha)
    b, c, _ = A.solve(f)
    if worth_refining(rows, A, k, b, c, options.epsilon):
        b, c, _ = refined(rows, A, f, alpha, b, c, options.epsilon)
    return b, c, k


def solve_from_sums(moments, rows, options):
    """Return b, c and the rank of one subset from its sums alone."""
    weight = float(moments.weight[0])
    sums = GramSums(RowCount(0, 0, weight), moments, options.intercept)
    problem, p = sums.least_squares(rows.n_features, options), rows.n_features
    b = problem.solve(problem.filter_factors(problem.rank, options.alphas[0]))
    c = (moments.mean[p:] - moments.mean[:p] @ b) * options.intercept
    return b, c, problem.rank


def joined(results, rows, options):
    """Return all fits as the arrays of a result, in the namespace and dtype of X.

    The rank is omitted if alpha > 0, because alpha also resolves dependent columns.
    """
    b = np.concatenate([result.b for result in results])
    c = np.concatenate([result.c for result in results])
    b, c = (b[:, :, 0], c[:, 0]) if rows.y.ndim == 1 else (b.transpose(0, 2, 1), c)
    b, c = (_arrays.like(part, rows.zero(), "same") for part in (b, c))
    if options.alphas[0] > 0:
        return {"coef": b, "intercept": c}
    rank = np.concatenate([result.rank for result in results])
    return {"coef": b, "intercept": c, "rank": rank}
