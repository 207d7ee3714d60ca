"""Choice of the rank and the regularization strength: one function per criterion.

Each takes the rows, their `Decomposition` and the candidates, and returns the estimated
mean squared error of each candidate on held-out rows, in an array of shape
(n_candidates, n_outputs).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils import Bunch

from skmath._estimators.fitting import warn
from skmath._estimators.folds import all_but_each, fold_of_each_row, sums_by_fold
from skmath.exceptions import CollinearityWarning
from skmath.linear_algebra import filtered_inverse, tikhonov, truncation
from skmath.statistics import (
    generalized_cross_validation,
    optimal_hard_threshold,
)
from skmath.svd_regressor.left_out import leave_one_out, predictions_left_out
from skmath.svd_regressor.scores import score_of_fit
from skmath.svd_regressor.sums import (
    ROWS_PER_COLUMN,
    ROWS_PER_COLUMN_DENSE,
    GramSums,
    centre_of,
    gram_sums,
    triangle_sums,
)

__all__ = ["CRITERIA", "Candidates", "choose", "warn_of_collinear"]


@dataclass(frozen=True)
class Candidates:
    """Candidate pairs of a rank and a regularization strength.

    Parameters
    ----------
    ranks : ndarray of int, shape (n_candidates,)
    alphas : ndarray of float, shape (n_candidates,)
    """

    ranks: np.ndarray
    alphas: np.ndarray

    @classmethod
    def of(cls, ranks, alphas):
        """Return all pairs of the ranks and the alphas."""
        ranks, alphas = np.meshgrid(ranks, alphas, indexing="ij")
        return cls(ranks.ravel(), alphas.ravel())

    def filters(self, s):
        """Return f(s) of each candidate, an array of shape (len(s), n_candidates)."""
        pairs = zip(self.ranks, self.alphas, strict=True)
        columns = [truncation(s, k) * tikhonov(s, alpha) for k, alpha in pairs]
        return np.stack(columns, axis=1)

    def complements(self, s):
        """Return 1 - f(s) of each candidate to full accuracy, up to a constant factor.

        If nothing is dropped the factor makes the largest entry 1, so that the limit
        for alpha = 0 exists: it is s^-2.
        """
        root, least = self.alphas**0.5, np.min(s, initial=np.inf)
        largest = np.where(self.ranks < len(s), root, np.hypot(least, root))
        is_kept = np.arange(len(s))[:, None] < self.ranks
        return np.where(is_kept, largest / np.hypot(s[:, None], root), 1.0) ** 2


def choose(rows, decomposition, options):
    """Return the given rank and alpha, or the best of the candidates.

    Parameters
    ----------
    rows : Rows or None
        None if they cannot be read again; "gcv" does not need them.
    decomposition : Decomposition
    options : Options

    Returns
    -------
    k : int
    alpha : float or ndarray of shape (n_outputs,)
    path : Bunch or None
        The candidates and their errors.

    Raises
    ------
    ValueError
        If the criterion cannot be used.
    """
    ranks = _ranks(decomposition.problem, options.n_components)
    if not options.searches:
        return ranks[0], options.alphas[0], None
    if decomposition.rows.weighted == 1 and rows is not None:
        raise ValueError(
            f"criterion={options.criterion!r} needs held-out rows, but X has only 1 "
            "sample: set n_components and alpha to numbers."
        )
    if options.criterion == "gavish-donoho":
        return _by_threshold(decomposition, options)
    # Candidates that several outputs share are evaluated once.
    distinct, indices = options.alphas, None
    if options.alphas.ndim == 2:
        distinct, indices = np.unique(options.alphas, return_inverse=True)
    candidates = Candidates.of(ranks, distinct)
    # Squares of extreme values overflow: their error is infinite.
    with np.errstate(over="ignore", invalid="ignore"):
        error = CRITERIA[options.criterion](rows, decomposition, candidates, options)
    error = np.where(np.isnan(error), np.inf, error)
    if indices is None:
        k, alpha, path = _for_all_outputs(candidates, options, error, rows is None)
    else:
        indices = indices.reshape(options.alphas.shape)
        error = np.take_along_axis(error, indices, axis=0)
        k, alpha, path = _by_output(ranks[0], options, error, rows is None)
    if options.stores_predictions:
        predictions = predictions_left_out(rows, decomposition, candidates, options)
        if indices is not None:
            predictions = np.take_along_axis(predictions, indices.T[None], axis=2)
        path.prediction = predictions[:, 0] if rows.y.ndim == 1 else predictions
    return k, alpha, path


def _for_all_outputs(candidates, options, error, is_stream):
    """Choose one rank and alpha by the mean of the outputs' errors."""
    error = np.mean(error, axis=1)
    best = int(np.argmin(error))
    if not np.isfinite(error[best]) and is_stream:
        # With the first rows of a stream, take the most regularized candidate.
        best = int(np.lexsort((-candidates.alphas, candidates.ranks))[0])
    _check_that_one_is_finite(error[best], options)
    path = path_of(candidates.ranks, candidates.alphas, error, options)
    return int(candidates.ranks[best]), float(candidates.alphas[best]), path


def _by_output(k, options, error, is_stream):
    """Choose an alpha for each output, from errors of the shape of the alphas."""
    best = np.argmin(error, axis=0)
    columns = np.arange(error.shape[1])
    if is_stream:
        least = np.argmax(options.alphas, axis=0)
        best = np.where(np.isfinite(error[best, columns]), best, least)
    else:
        _check_that_one_is_finite(error[best, columns], options)
    ranks = np.full(len(options.alphas), k)
    path = path_of(ranks, options.alphas, error, options)
    return k, options.alphas[best, columns], path


def path_of(ranks, alphas, error, options):
    """Return the candidates with their error, or their score."""
    if options.scoring is not None:
        return Bunch(n_components=ranks, alpha=alphas, score=-error)
    return Bunch(n_components=ranks, alpha=alphas, error=error)


def _check_that_one_is_finite(least, options):
    """Raise a ValueError if no candidate has a finite error."""
    if not np.isfinite(least).all():
        raise ValueError(
            f"criterion={options.criterion!r} has no finite error for any candidate: "
            "either there are too few rows, so that some alone determine their own "
            "prediction, or y is so large that its squares overflow. Set n_components "
            "and alpha to numbers."
        )


def _ranks(problem, n_components):
    """Return the candidate ranks; a single one if n_components determines it."""
    rank = problem.rank
    if n_components is None:
        return [rank]
    if n_components == "auto":
        return list(range(1, rank + 1)) or [0]
    if isinstance(n_components, Integral):
        return [min(int(n_components), rank)]
    share = np.cumsum(problem.shares)
    return [min(int(np.count_nonzero(share < n_components)) + 1, rank)]


def _by_threshold(decomposition, options):
    """Keep the singular values that exceed the threshold for noise."""
    if options.n_components != "auto" or options.alphas.size > 1:
        raise ValueError(
            "criterion='gavish-donoho' only chooses the rank: it requires "
            "n_components='auto' and a single alpha."
        )
    problem, alpha = decomposition.problem, options.alphas[0]
    s = problem.svd.s
    if not len(s):
        return 0, alpha, None
    n = max(decomposition.weight - decomposition.intercept, 1.0)
    threshold = optimal_hard_threshold(s, n, problem.n_features)
    k = max(int(np.count_nonzero(s > threshold)), 1)
    ranks = np.arange(1, len(s) + 1)
    return k, alpha, Bunch(n_components=ranks, singular_values=s, threshold=threshold)


def warn_of_collinear(decomposition, k, alpha, names):
    """Warn if the fit dropped a direction that neither k nor alpha accounts for.

    Parameters
    ----------
    decomposition : Decomposition
    k : int
    alpha : float or ndarray of shape (n_outputs,)
    names : array of str or None
        Names of the columns.
    """
    problem = decomposition.problem
    # n rows span at most n directions, whatever their columns: no warning then.
    max_rank = decomposition.rows.weighted - decomposition.intercept
    if (
        np.min(alpha) > 0
        or k < problem.rank
        or problem.rank >= max_rank
        or problem.K is None
    ):
        return
    dependent = problem.dependencies()
    if not dependent:
        return
    parts = [
        f"{_named([j], names)} of {_named(sorted(others), names)}"
        for j, others in list(dependent.items())[:5]
    ]
    more = f"; and {len(dependent) - 5} more" if len(dependent) > 5 else ""
    warn(
        CollinearityWarning(
            f"X has {problem.rank} independent columns of {problem.n_features} "
            f"(condition number {problem.condition:.1e}). Linear combinations of "
            f"others are column {'; '.join(parts)}{more}. The minimum-norm solution is "
            "used. Drop these columns, or set alpha > 0.",
            problem.condition,
            dependent,
        )
    )


def _named(columns, names, limit=4):
    """Return the first few column names (or indices) as text."""
    parts = [str(j) if names is None else repr(str(names[j])) for j in columns]
    more = [f"{len(parts) - limit} more"] if len(parts) > limit else []
    return ", ".join(parts[:limit] + more)


def generalized(rows, decomposition, candidates, options):
    """Compute the generalized cross-validation error, without reading rows."""
    s, _, Uty = decomposition.problem.svd
    F, outside = candidates.filters(s), decomposition.problem.outside
    # Like "loo", leave out one unit of weight, or all of a row's weight if less.
    n = decomposition.rows.units
    if n == len(s) + options.intercept:
        # The fit can interpolate: residual and degrees of freedom are both proportional
        # to 1 - F, and any multiple of it gives the same ratio.
        F, outside = 1 - candidates.complements(s), 0 * outside
    return generalized_cross_validation(
        Uty, outside, F, n, options.intercept, decomposition.weight
    )


def k_fold(rows, decomposition, candidates, options):
    """Compute the exact K-fold error from one sum per fold.

    The sums of a training set are the total of the other folds' sums, and the held-out
    error follows from the fold's own sums, so no row is read again for any candidate.
    """
    labels, p = fold_of_each_row(decomposition.rows.given, options.cv), rows.n_features
    if options.scoring is not None:
        return minus_scores(rows, labels, decomposition, candidates, options)
    total = 0.0
    for fold, B, mean in fits_by_fold(rows, labels, decomposition, candidates, options):
        total = total + fold.squared_error(p, B, mean)
    return total / decomposition.weight


def fits_by_fold(rows, labels, decomposition, candidates, options):
    """Yield each fold's sums, with the coefficients fitted to all other rows.

    Parameters
    ----------
    rows : Rows
    labels : ndarray of int of shape (n_samples,)
        The fold that holds each row out.
    decomposition : Decomposition
    candidates : Candidates
    options : Options

    Yields
    ------
    fold : GramSums or TriangleSums
    B : ndarray of shape (n_features, n_candidates, n_outputs)
    mean : ndarray of shape (n_features + n_outputs,)
        Means of the training rows.
    """
    K, p = int(labels.max()) + 1, rows.n_features
    statistic: tuple[Any, ...]  # with its parameters
    if isinstance(decomposition.sums, GramSums):
        rows = rows.in_blocks(rows_per_feature=ROWS_PER_COLUMN)
        statistic = gram_sums, options.intercept
    else:
        rows = rows.in_blocks(dense=True, rows_per_feature=ROWS_PER_COLUMN_DENSE)
        statistic = triangle_sums, decomposition.mean, options.intercept
    folds = rows.with_columns(labels).sum(sums_by_fold, K, *statistic)
    for fold, training in zip(folds, all_but_each(folds), strict=True):
        problem = training.least_squares(p, options)
        B = coefficients_of_each(problem, candidates, options)
        yield fold, B, centre_of(training.moments, options.intercept)


def coefficients_of_each(problem, candidates, options):
    """Return b of each candidate, of shape (n_features, n_candidates, n_outputs)."""
    if options.positive:
        solutions = [problem.solve_nonnegative(alpha) for alpha in candidates.alphas]
        return np.stack(solutions, axis=1)
    s, Vt, Uty = problem.svd
    inverse = filtered_inverse(s, candidates.filters(s))
    return np.einsum("rp,rc,rm->pcm", Vt, inverse, Uty, optimize=True)


def coefficients_by_rank(problem, alpha):
    """Return b at every rank, of shape (rank, n_outputs, n_features).

    Parameters
    ----------
    problem : LeastSquares
    alpha : float or ndarray of shape (n_outputs,)
    """
    s, Vt, Uty = problem.svd
    f = problem.filter_factors(len(s), alpha)
    f = np.ones((len(s), 1)) if f is None else f
    along = filtered_inverse(s, f) * Uty
    return np.cumsum(along[:, :, None] * Vt[:, None, :], axis=0)


def minus_scores(rows, labels, decomposition, candidates, options):
    """Return minus the mean over folds of the score of held-out predictions.

    It has one column per output if each has its own alpha, else a single column.
    """
    p, by_output = rows.n_features, options.alphas.ndim == 2
    fits = fits_by_fold(rows, labels, decomposition, candidates, options)
    scores = []
    for k, (_, B, mean) in enumerate(fits):
        held_out = rows.take(np.flatnonzero(labels == k))
        if held_out.weight is not None and not (held_out.weight > 0).any():
            continue  # rows of weight zero do not count
        outputs: Sequence[slice | int] = [slice(None)]
        if rows.y.ndim == 1 or by_output:
            outputs = range(B.shape[2])
        C = mean[p:] - np.einsum("p,pcm->cm", mean[:p], B)
        scores.append(
            [
                [
                    score_of_fit(B[:, i, j], C[i, j], held_out, j, options.scoring)
                    for j in outputs
                ]
                for i in range(B.shape[1])
            ]
        )
    return -np.mean(scores, axis=0)


CRITERIA: dict[str, Any] = {
    "loo": leave_one_out,
    "gcv": generalized,
    "cv": k_fold,
}
