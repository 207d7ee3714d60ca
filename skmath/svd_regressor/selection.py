"""How `SVDRegressor` chooses a rank and a penalty: one function a criterion.

Each is given the rows, the `Found` decomposition and the candidates, and returns the
estimated mean squared error of each candidate on rows not seen.
"""

import operator
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.model_selection import check_cv
from sklearn.utils import Bunch

from skmath import _arrays
from skmath.linear_algebra import filtered_inverse, tikhonov, truncation
from skmath.statistics import (
    generalized_cross_validation,
    leave_one_out_squares,
    optimal_hard_threshold,
)
from skmath.svd_regressor.sums import GramSums, gram_sums, sums_by_fold, triangle_sums

__all__ = ["CRITERIA", "Candidates", "choose"]

FILTERS_AT_ONCE = 1024
"""Filters that a pass over the rows evaluates, to bound a block's temporaries."""


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


def choose(rows, found, asked):
    """Return the rank and the alpha asked for, or the best of the candidates.

    Parameters
    ----------
    rows : Rows or None
        None where they cannot be read again, which "gcv" does not.
    found : Found
    asked : Asked

    Returns
    -------
    k : int
    alpha : float
    path : Bunch or None
        What the choice was made from.

    Raises
    ------
    ValueError
        If alpha or the criterion cannot be used.
    """
    several = not isinstance(asked.alpha, Real)
    alphas = _checked_alphas(asked.alpha) if several else [float(asked.alpha)]
    ranks = _ranks(found, asked.n_components)
    if asked.n_components != "auto" and not several:
        return ranks[0], alphas[0], None
    if found.rows.weighted == 1 and rows is not None:
        raise ValueError(
            f"criterion={asked.criterion!r} chooses by the error on rows that are left "
            "out, and X has 1 sample: set n_components and alpha to numbers."
        )
    if asked.criterion == "gavish-donoho":
        return _by_threshold(found, asked, alphas)
    candidates = Candidates.of(ranks, alphas)
    # Squares of extreme values overflow: their error is infinite.
    with np.errstate(over="ignore", invalid="ignore"):
        error = CRITERIA[asked.criterion](rows, found, candidates, asked)
    error = np.where(np.isnan(error), np.inf, error)
    best = int(np.argmin(error))
    if not np.isfinite(error[best]) and rows is None:
        # A stream has only begun: nothing speaks for more than the least yet.
        best = int(np.lexsort((-candidates.alphas, candidates.ranks))[0])
    elif not np.isfinite(error[best]):
        raise ValueError(
            f"criterion={asked.criterion!r} has no finite error for any candidate: "
            "with so few rows some decide their own prediction, or y is so large that "
            "its squares overflow. Set n_components and alpha to numbers."
        )
    path = Bunch(n_components=candidates.ranks, alpha=candidates.alphas, error=error)
    return int(candidates.ranks[best]), float(candidates.alphas[best]), path


def _checked_alphas(alpha):
    """Return candidates as an array, or raise a ValueError."""
    alphas = np.asarray(alpha)
    if alphas.dtype.kind not in "iuf":
        raise ValueError(f"alpha must be a number or hold numbers, got {alpha!r}.")
    alphas = alphas.astype(float)
    if alphas.ndim != 1 or not len(alphas) or not np.all(alphas > 0):
        raise ValueError(
            "alpha must be a number of 0 or more, or a sequence of candidates that are "
            f"all positive; got {alpha!r}."
        )
    if not np.isfinite(alphas).all():
        raise ValueError(f"alpha must be finite, got {alpha!r}.")
    return alphas


def _ranks(found, n_components):
    """Return the ranks to choose from, one where n_components gives it."""
    rank = found.problem.rank
    if n_components is None:
        return [rank]
    if n_components == "auto":
        return list(range(1, rank + 1)) or [0]
    if isinstance(n_components, Integral):
        return [min(int(n_components), rank)]
    share = np.cumsum(found.problem.shares)
    return [min(int(np.count_nonzero(share < n_components)) + 1, rank)]


def _by_threshold(found, asked, alphas):
    """Keep the singular values that are above those of noise."""
    if asked.n_components != "auto" or len(alphas) > 1:
        raise ValueError(
            "criterion='gavish-donoho' chooses a rank: it needs n_components='auto' "
            "and one alpha."
        )
    s = found.problem.svd.s
    if not len(s):
        return 0, alphas[0], None
    n = max(found.weight - found.intercept, 1.0)
    threshold = optimal_hard_threshold(s, n, found.problem.n_features)
    k = max(int(np.count_nonzero(s > threshold)), 1)
    ranks = np.arange(1, len(s) + 1)
    path = Bunch(n_components=ranks, singular_values=s, threshold=threshold)
    return k, alphas[0], path


def leave_one_out(rows, found, candidates, asked):
    """Leave out one unit of weight of each row, with the components held fixed."""
    s, Vt, Uty = found.problem.svd
    F = candidates.filters(s)
    share = 1 / found.weight if asked.intercept else 0.0
    per_row = found.weight * Uty.shape[1]
    sums = [
        rows.sum(
            leave_one_out_squares,
            found.mean,
            Vt / s[:, None],
            Uty,
            F[:, start : start + FILTERS_AT_ONCE],
            share,
        )
        for start in range(0, F.shape[1], FILTERS_AT_ONCE)
    ]
    return np.concatenate([_arrays.to_numpy(part) for part in sums]) / per_row


def generalized(rows, found, candidates, asked):
    """Divide the residual by the share of degrees of freedom that are left."""
    s, _, Uty = found.problem.svd
    F = candidates.filters(s)
    n, outside = found.weight, found.problem.outside
    return generalized_cross_validation(Uty, outside, F, n, asked.intercept)


def k_fold(rows, found, candidates, asked):
    """Sum each fold once; its training sums are those of the others.

    The held-out error of a fold follows from its own sums, so that no row is read
    again for any rank or penalty.
    """
    labels = fold_of_each_row(found.rows.seen, asked.cv)
    K, p = int(labels.max()) + 1, rows.n_features
    if isinstance(found.sums, GramSums):
        kind = (rows.in_blocks(rows_per_feature=8), gram_sums, asked.intercept)
    else:
        kind = (
            rows.in_blocks(dense=True, rows_per_feature=4),
            triangle_sums,
            found.mean,
            asked.intercept,
        )
    folds = kind[0].with_column(labels).sum(sums_by_fold, K, *kind[1:])
    total = 0.0
    for fold, training in zip(folds, all_but_each(folds), strict=True):
        problem = training.problem(p, asked)
        s, Vt, Uty = problem.svd
        inverse = filtered_inverse(s, candidates.filters(s))
        B = np.einsum("rp,rc,rm->pcm", Vt, inverse, Uty, optimize=True)
        total = total + fold.squared_error(p, B, training.mean)
    return total / (found.weight * len(found.problem.outside))


def fold_of_each_row(n, cv):
    """Return the number of the fold that holds each of n rows out."""
    labels = np.full(n, -1)
    try:
        pairs = check_cv(cv).split(np.zeros((n, 1)))
        folds = [(len(train), test) for train, test in pairs]
    except TypeError as failure:
        raise ValueError(
            f"cv must be a number of folds, a splitter or pairs of indices, got {cv!r}."
        ) from failure
    for k, (n_train, test) in enumerate(folds):
        if n_train + len(test) != n or np.any(labels[test] >= 0):
            raise ValueError(
                "cv must hold out each row once and train on all others, as KFold does."
            )
        labels[test] = k
    if labels.max() < 1:
        raise ValueError("cv must make at least two folds.")
    if np.any(labels < 0):
        raise ValueError("cv must hold out each row once; some are never held out.")
    return labels


def all_but_each(parts):
    """Return for each part the sum of the others, in about two additions each."""
    before = [None, *_running(parts[:-1])]
    after = [*reversed(_running(parts[:0:-1])), None]
    pairs = zip(before, after, strict=True)
    return [a if b is None else b if a is None else a + b for a, b in pairs]


def _running(parts):
    sums = []
    for part in parts:
        sums.append(part if not sums else operator.add(sums[-1], part))
    return sums


CRITERIA: dict[str, Any] = {
    "auto": leave_one_out,
    "loo": leave_one_out,
    "gcv": generalized,
    "cv": k_fold,
}
