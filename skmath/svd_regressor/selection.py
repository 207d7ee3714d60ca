"""How `SVDRegressor` chooses a rank and a penalty: one function a criterion.

Each is given the rows, their `Decomposition` and the candidates, and returns the
estimated mean squared error of each candidate on rows that were not fitted, in an array
of shape (n_candidates, n_outputs).
"""

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
    TALL,
    TALL_DENSE,
    GramSums,
    centre_of,
    gram_sums,
    triangle_sums,
)

__all__ = ["CRITERIA", "Candidates", "choose", "warn_of_collinear"]


@dataclass(frozen=True)
class Candidates:
    """Pairs of a rank and a penalty.

    Parameters
    ----------
    ranks : ndarray of int, shape (n_candidates,)
    alphas : ndarray of float, shape (n_candidates,)
    """

    ranks: np.ndarray
    alphas: np.ndarray

    @classmethod
    def of(cls, ranks, alphas):
        """Return all pairs."""
        ranks, alphas = np.meshgrid(ranks, alphas, indexing="ij")
        return cls(ranks.ravel(), alphas.ravel())

    def filters(self, s):
        """Return f(s) of each candidate, an array of shape (len(s), n_candidates)."""
        pairs = zip(self.ranks, self.alphas, strict=True)
        columns = [truncation(s, k) * tikhonov(s, alpha) for k, alpha in pairs]
        return np.stack(columns, axis=1)

    def complements(self, s):
        """Return 1 - f(s) of each candidate, with all digits, times a number.

        Where nothing is dropped the number is such that the largest is 1. So it has a
        limit for alpha = 0, which is s^-2.
        """
        root, least = self.alphas**0.5, np.min(s, initial=np.inf)
        largest = np.where(self.ranks < len(s), root, np.hypot(least, root))
        kept = np.arange(len(s))[:, None] < self.ranks
        return np.where(kept, largest / np.hypot(s[:, None], root), 1.0) ** 2


def choose(rows, decomposition, options):
    """Return the rank and the alpha asked for, or the best of the candidates.

    Parameters
    ----------
    rows : Rows or None
        None where they cannot be read again, which "gcv" does not.
    decomposition : Decomposition
    options : Options

    Returns
    -------
    k : int
    alpha : float or ndarray of shape (n_outputs,)
    path : Bunch or None
        What the choice was made from.

    Raises
    ------
    ValueError
        If the criterion cannot be used.
    """
    ranks = _ranks(decomposition.problem, options.n_components)
    if not options.chooses:
        return ranks[0], options.alphas[0], None
    if decomposition.rows.weighted == 1 and rows is not None:
        raise ValueError(
            f"criterion={options.criterion!r} chooses by the error on rows that are "
            "left out, and X has 1 sample: set n_components and alpha to numbers."
        )
    if options.criterion == "gavish-donoho":
        return _by_threshold(decomposition, options)
    # Of a table with a column for each output every value is looked at once.
    distinct, of_each = options.alphas, None
    if options.alphas.ndim == 2:
        distinct, of_each = np.unique(options.alphas, return_inverse=True)
    candidates = Candidates.of(ranks, distinct)
    # Squares of extreme values overflow: their error is infinite.
    with np.errstate(over="ignore", invalid="ignore"):
        error = CRITERIA[options.criterion](rows, decomposition, candidates, options)
    error = np.where(np.isnan(error), np.inf, error)
    if of_each is None:
        k, alpha, path = _for_all_outputs(candidates, options, error, rows is None)
    else:
        of_each = of_each.reshape(options.alphas.shape)
        error = np.take_along_axis(error, of_each, axis=0)
        k, alpha, path = _by_output(ranks[0], options, error, rows is None)
    if options.keeps_predictions:
        kept = predictions_left_out(rows, decomposition, candidates, options)
        if of_each is not None:
            kept = np.take_along_axis(kept, of_each.T[None], axis=2)
        path.prediction = kept[:, 0] if rows.y.ndim == 1 else kept
    return k, alpha, path


def _for_all_outputs(candidates, options, error, has_begun):
    """Choose a rank and an alpha by the mean of the outputs' errors."""
    error = np.mean(error, axis=1)
    best = int(np.argmin(error))
    if not np.isfinite(error[best]) and has_begun:
        # A stream has only begun: nothing speaks for more than the least yet.
        best = int(np.lexsort((-candidates.alphas, candidates.ranks))[0])
    _check_that_one_is_finite(error[best], options)
    path = path_of(candidates.ranks, candidates.alphas, error, options)
    return int(candidates.ranks[best]), float(candidates.alphas[best]), path


def _by_output(k, options, error, has_begun):
    """Choose an alpha for each output, of a table of errors like that of the alphas."""
    best = np.argmin(error, axis=0)
    columns = np.arange(error.shape[1])
    if has_begun:
        least = np.argmax(options.alphas, axis=0)
        best = np.where(np.isfinite(error[best, columns]), best, least)
    else:
        _check_that_one_is_finite(error[best, columns], options)
    ranks = np.full(len(options.alphas), k)
    path = path_of(ranks, options.alphas, error, options)
    return k, options.alphas[best, columns], path


def path_of(ranks, alphas, error, options):
    """Return what a choice was made from: candidates and their error, or score."""
    if options.scoring is not None:
        return Bunch(n_components=ranks, alpha=alphas, score=-error)
    return Bunch(n_components=ranks, alpha=alphas, error=error)


def _check_that_one_is_finite(least, options):
    """Raise a ValueError where no candidate has an error that is finite."""
    if not np.isfinite(least).all():
        raise ValueError(
            f"criterion={options.criterion!r} has no finite error for any "
            "candidate: with so few rows some decide their own prediction, or y is so "
            "large that its squares overflow. Set n_components and alpha to numbers."
        )


def _ranks(problem, n_components):
    """Return the ranks to choose from, one where n_components gives it."""
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
    """Keep the singular values that are above those of noise."""
    if options.n_components != "auto" or options.alphas.size > 1:
        raise ValueError(
            "criterion='gavish-donoho' chooses a rank: it needs n_components='auto' "
            "and one alpha."
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
    """Warn if the fit dropped a direction that neither k nor alpha did.

    Parameters
    ----------
    decomposition : Decomposition
    k : int
    alpha : float or ndarray of shape (n_outputs,)
    names : array of str or None
        Of the columns.
    """
    problem = decomposition.problem
    # So many rows have no more directions, whatever their columns.
    most = decomposition.rows.weighted - decomposition.intercept
    if (
        np.min(alpha) > 0
        or k < problem.rank
        or problem.rank >= most
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
            f"(condition number {problem.condition:.1e}): a combination is column "
            f"{'; '.join(parts)}{more}. The shortest of the solutions was taken. "
            "Drop these columns, or set alpha > 0.",
            problem.condition,
            dependent,
        )
    )


def _named(columns, names, most=4):
    """Return the names of columns, or their indices, the first few of them."""
    parts = [str(j) if names is None else repr(str(names[j])) for j in columns]
    more = [f"{len(parts) - most} more"] if len(parts) > most else []
    return ", ".join(parts[:most] + more)


def generalized(rows, decomposition, candidates, options):
    """Divide the residual by the share of degrees of freedom that are left."""
    s, _, Uty = decomposition.problem.svd
    F, outside = candidates.filters(s), decomposition.problem.outside
    # As "loo" leaves out one unit of weight, or all that a row has.
    n = decomposition.rows.units
    if n == len(s) + options.intercept:
        # Nothing is outside: residual and degrees of freedom fall with 1 - F together,
        # and their ratio is that of any multiple of it.
        F, outside = 1 - candidates.complements(s), 0 * outside
    return generalized_cross_validation(
        Uty, outside, F, n, options.intercept, decomposition.weight
    )


def k_fold(rows, decomposition, candidates, options):
    """Sum each fold once; its training sums are those of the others.

    The held-out error of a fold follows from its own sums, so that no row is read
    again for any rank or penalty.
    """
    labels, p = fold_of_each_row(decomposition.rows.given, options.cv), rows.n_features
    if options.scoring is not None:
        return minus_scores(rows, labels, decomposition, candidates, options)
    total = 0.0
    for fold, B, mean in fits_by_fold(rows, labels, decomposition, candidates, options):
        total = total + fold.squared_error(p, B, mean)
    return total / decomposition.weight


def fits_by_fold(rows, labels, decomposition, candidates, options):
    """Return an iterator over folds: their sums, and what all other rows fit.

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
        Of the rows that were fitted.
    """
    K, p = int(labels.max()) + 1, rows.n_features
    if isinstance(decomposition.sums, GramSums):
        rows, statistic = rows.in_blocks(rows_per_feature=TALL), gram_sums
        parameters = (options.intercept,)
    else:
        rows = rows.in_blocks(dense=True, rows_per_feature=TALL_DENSE)
        statistic, parameters = triangle_sums, (decomposition.mean, options.intercept)
    folds = rows.with_columns(labels).sum(sums_by_fold, K, statistic, *parameters)
    for fold, training in zip(folds, all_but_each(folds), strict=True):
        problem = training.least_squares(p, options)
        B = coefficients_of_each(problem, candidates, options)
        yield fold, B, centre_of(training.moments, options.intercept)


def coefficients_of_each(problem, candidates, options):
    """Return b of each candidate, of shape (n_features, n_candidates, n_outputs)."""
    if options.positive:
        each = [problem.solve_nonnegative(alpha) for alpha in candidates.alphas]
        return np.stack(each, axis=1)
    s, Vt, Uty = problem.svd
    inverse = filtered_inverse(s, candidates.filters(s))
    return np.einsum("rp,rc,rm->pcm", Vt, inverse, Uty, optimize=True)


def minus_scores(rows, labels, decomposition, candidates, options):
    """Return minus the mean over folds of the score of their predictions.

    It has a column for each output where each has its own alpha, else one.
    """
    p, by_output = rows.n_features, options.alphas.ndim == 2
    fits = fits_by_fold(rows, labels, decomposition, candidates, options)
    scores = []
    for k, (_, B, mean) in enumerate(fits):
        held_out = rows.take(np.flatnonzero(labels == k))
        if held_out.weight is not None and not (held_out.weight > 0).any():
            continue  # these rows are not there
        outputs = [slice(None)]
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
