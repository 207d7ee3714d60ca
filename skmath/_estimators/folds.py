"""Cross-validation by sums: each fold is held out once, and the others' sums added."""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.model_selection import check_cv

from skmath import _arrays

__all__ = ["all_but_each", "fold_of_each_row", "sums_by_fold"]


def fold_of_each_row(n: int, cv: Any, codes: Any = None) -> Any:
    """Return, for each of n rows, the number of the fold that holds it out.

    Parameters
    ----------
    n : int
    cv : int, splitter, iterable of pairs of indices, or None
        As in `sklearn.model_selection.check_cv`.
    codes : ndarray of shape (n,), default=None
        Classes; if cv is a number, the folds are stratified by them.

    Raises
    ------
    ValueError
        If cv is none of these, or does not hold out each row exactly once.
    """
    labels = np.full(n, -1)
    try:
        splitter = check_cv(cv, codes, classifier=codes is not None)
        pairs = splitter.split(np.zeros((n, 1)), codes)
        folds = [(len(train), test) for train, test in pairs]
    except TypeError as failure:
        raise ValueError(
            f"cv must be a number of folds, a splitter or pairs of indices, got {cv!r}."
        ) from failure
    for k, (n_train, test) in enumerate(folds):
        if n_train + len(test) != n or np.any(labels[test] >= 0):
            raise ValueError(
                "cv must hold out each row once and train on all others, like KFold."
            )
        labels[test] = k
    if labels.max() < 1:
        raise ValueError("cv must make at least two folds.")
    if np.any(labels < 0):
        raise ValueError("cv must hold out each row once; some are never held out.")
    return labels


def sums_by_fold(
    X: Any,
    y: Any,
    weight: Any,
    n_folds: int,
    statistic: Callable[..., Any],
    *parameters: Any,
) -> tuple[Any, ...]:
    """Return the sums over each fold's rows of a block; y's last column is the fold."""
    xp = _arrays.namespace(y)
    found = []
    for k in range(n_folds):
        (rows,) = xp.nonzero(y[:, -1] == k)
        parts = (a if a is None else _of_fold(a, rows) for a in (X, y[:, :-1], weight))
        found.append(statistic(*parts, *parameters))
    return tuple(found)


def _of_fold(x: Any, rows: Any) -> Any:
    """Return rows of x given in ascending order: a view if they are consecutive."""
    n = rows.shape[0]
    if n and int(rows[-1] - rows[0]) == n - 1:
        return x[int(rows[0]) : int(rows[0]) + n, ...]
    return _arrays.take_rows(x, rows)


def all_but_each(parts: tuple[Any, ...]) -> list[Any]:
    """Return for each part the sum of the others, in about two additions each."""
    before = [None, *_running(parts[:-1])]
    after = [*reversed(_running(parts[:0:-1])), None]
    pairs = zip(before, after, strict=True)
    return [a if b is None else b if a is None else a + b for a, b in pairs]


def _running(parts: tuple[Any, ...]) -> list[Any]:
    sums: list[Any] = []
    for part in parts:
        sums.append(part if not sums else operator.add(sums[-1], part))
    return sums
