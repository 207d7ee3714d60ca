"""Selection of the dependence structure: independence, AODE or TAN.

The models are compared by the log-loss of rows that are left out.
"""

import math
from itertools import product
from typing import Any

import numpy as np

from skmath.from_scratch_nb.distributions import group_columns
from skmath.from_scratch_nb.ignored import Ignored
from skmath.from_scratch_nb.left_out_rows import rows_to_leave_out
from skmath.from_scratch_nb.missingness import with_missingness
from skmath.probability import AODE, TAN, OneDependence, cells_of

__all__ = ["BY_PAIRS", "check_pairs", "choose_pairs", "pairs_of"]

N_INTERVALS = (5, 10, 20, 40)
"""Candidate numbers of intervals into which numbers are cut."""

MOST_ENTRIES, FEW_ENTRIES = 1 << 27, 1 << 22
"""Maximum number of counts of pairs (one gigabyte), and the maximum for "auto"."""

FEW_ROWS = 50
"""With fewer rows the models are not compared, because chance would decide."""

FEW_CATEGORIES = 50
"""If a column has at most this many categories among some rows, all rows have hardly
more."""

BY_PAIRS = {"aode": AODE, "tan": TAN}
"""The likelihood for each value of `dependence`."""

OF_PAIRS = {"auto", "dtype", "bins", "categorical", "ignored"}
"""Distributions that can be approximated by cells of values."""


def check_pairs(dependence, kinds):
    """Raise a ValueError if a column's distribution does not allow counting pairs.

    Parameters
    ----------
    dependence : {"aode", "tan"}
    kinds : list
        Requested distribution of each column.
    """
    others = [k for k in kinds if not (isinstance(k, str) and k in OF_PAIRS)]
    if others:
        raise ValueError(
            f"dependence={dependence!r} counts pairs of categories and intervals: "
            f"distribution must be one of {sorted(OF_PAIRS)} for every column, got "
            f"{others[0]!r}. Use distribution='auto', or dependence=None."
        )


def pairs_of(dependence, rows, kinds, options, random_state):
    """Return the likelihood of all pairs of columns, and the compared losses.

    Parameters
    ----------
    dependence : {"aode", "tan"}
    rows : Rows
        Rows with class codes for y.
    kinds : list
        Requested distribution of each column, "categorical" for categories.
    options : Options
    random_state : RandomState
        Draws the sample of left-out rows if there are many.

    Returns
    -------
    likelihood : AODE, TAN or None
        None if all columns are ignored.
    columns : list of int
        All other columns.
    losses : dict of str to float
        Log-loss of left-out rows for each number of intervals, in nats.

    Raises
    ------
    ValueError
        If there are too many pairs of values.
    """
    seen = rows_to_leave_out(rows, len(kinds) ** 2, options, random_state)
    columns = _not_ignored(kinds)
    if not columns:
        return None, [], {}
    X, cells = _cells(seen, kinds, columns, MOST_ENTRIES)
    n_categories = sum(_categories(columns, kinds, rows, seen).values())
    if not cells or n_categories > _most_slots(MOST_ENTRIES, options):
        raise ValueError(
            f"dependence={dependence!r} would count more than {MOST_ENTRIES:.0e} pairs "
            "of values. Remove columns with many categories, or use dependence=None."
        )
    others = _of_missing_values(seen, kinds)
    best, losses = _compare_intervals([dependence], cells, X, seen, others)
    return best[dependence][1], columns, losses


def choose_pairs(rows, kinds, independent, options, random_state):
    """Return the likelihood that predicts the classes of left-out rows best.

    Parameters
    ----------
    rows, kinds, options, random_state : see `pairs_of`
    independent : list
        The distributions of the columns if they are independent.

    Returns
    -------
    likelihood : AODE, TAN or None
        None for independent columns.
    columns : list of int
        Columns whose pairs it counts.
    losses : dict of str to float
        Log-loss of left-out rows for each model, in nats.
    """
    seen = rows_to_leave_out(rows, len(kinds) ** 2, options, random_state)
    missing = _of_missing_values(seen, kinds)
    logs = seen.log_likelihoods(*seen.fitted(group_columns(independent, options)))
    chosen = (seen.mean_loss(logs + missing), None)
    losses = {"independent": chosen[0]}
    columns = _of_few_categories(_not_ignored(kinds), kinds, rows, seen)
    if len(columns) > 1 and seen.weight.sum() >= FEW_ROWS * options.unit:
        X, cells = _cells(seen, kinds, columns, FEW_ENTRIES)
        rest = group_columns(independent, options, _other_columns(columns, kinds))
        others = missing + seen.log_likelihoods(*seen.fitted(rest))
        best, of_pairs = _compare_intervals(BY_PAIRS, cells, X, seen, others)
        losses |= of_pairs
        chosen = min([chosen, *best.values()], key=lambda found: found[0])
    return chosen[1], columns, losses


def _not_ignored(kinds):
    return [j for j, kind in enumerate(kinds) if kind != "ignored"]


def _other_columns(columns, kinds):
    return sorted(set(range(len(kinds))) - set(columns))


def _of_few_categories(columns, kinds, rows, seen):
    """Return the columns without those with too many categories to count pairs.

    A column of thousands of categories is treated as independent, given the class, so
    that the pairs of the other columns can be counted.
    """
    most = _most_slots(FEW_ENTRIES, seen.options)
    sizes = _categories(columns, kinds, rows, seen)
    n_slots = sum(sizes.values()) + N_INTERVALS[0] * (len(columns) - len(sizes))
    for j in sorted(sizes, key=sizes.get, reverse=True):
        if n_slots <= most:
            break
        n_slots -= sizes[j]
        columns = [other for other in columns if other != j]
    return columns


def _categories(columns, kinds, rows, seen):
    """Return the number of categories of each categorical column."""
    categorical = [j for j in columns if kinds[j] == "categorical"]
    sizes = {j: _n_values(seen.X[:, j]) for j in categorical}
    if isinstance(rows.X, np.ndarray) and len(rows.X) > len(seen.X):
        for j in categorical:
            if sizes[j] > FEW_CATEGORIES:  # all rows may have many more
                sizes[j] = _n_values(rows.X[:, j])
    return sizes


def _n_values(x):
    """Return the number of distinct values of a column, without missing ones."""
    return len(np.unique(x[~np.isnan(x)]))


def _most_slots(most_entries, options):
    """Return the maximum total number of cells of columns that are counted in pairs."""
    return math.sqrt(most_entries / options.n_classes)


def _of_missing_values(seen, kinds):
    """Return the log probability of the missing values if they are evidence, else 0."""
    if seen.options.missing == "ignore" or not np.isnan(seen.X).any():
        return 0.0
    weighted = seen.members * seen.weight[:, None]
    counts = weighted.sum(axis=0), weighted.T @ ~np.isnan(seen.X)
    ignored = np.array([kind == "ignored" for kind in kinds])
    groups, sums = seen.fitted([(None, Ignored())])
    groups, _ = with_missingness(groups, *counts, ignored, seen.options)
    return seen.log_likelihoods(groups, sums)


def _cells(seen, kinds, columns, most_entries):
    """Return some columns, and (number of intervals, cells) within the memory limit.

    If a candidate number of intervals is too large, the largest possible one is added.
    """
    X = seen.X if isinstance(seen.X, np.ndarray) else seen.X.toarray()
    X = X if len(columns) == X.shape[1] else X[:, columns]
    categorical = [kinds[j] == "categorical" for j in columns]
    most = _most_slots(most_entries, seen.options)
    held, slots = [], 0
    for n in (0,) if all(categorical) else N_INTERVALS:
        cells, fewer = cells_of(X, seen.weight, categorical, n), slots
        slots = _n_slots(cells, X)
        if slots > most:
            break
        held.append((n, cells))
    if slots > most and held:
        n_held = held[-1][0]
        n = n_held + math.floor((n - n_held) * (most - fewer) / (slots - fewer))
        cells = cells_of(X, seen.weight, categorical, n)
        if n > n_held and _n_slots(cells, X) <= most:
            held.append((n, cells))
    return X, held


def _n_slots(cells, X):
    """Return the total number of cells of the columns."""
    return sum(
        _n_values(x) if edges is None else len(edges) + 1
        for x, edges in zip(X.T, cells.edges, strict=True)
    )


def _compare_intervals(names, all_cells, X, seen, others):
    """Return (loss, model) with the best intervals for each model, and all losses.

    Parameters
    ----------
    names : iterable of {"aode", "tan"}
    all_cells : list of (int, Cells)
    X : ndarray
        The columns whose pairs are counted.
    seen : LeftOutRows
    others : ndarray of shape (n_samples, n_classes) or 0.0
        Log-likelihoods of the other columns and of missing values.
    """
    best: dict[str, tuple[float, Any]] = {}
    scores = {}
    for n_intervals, cells in all_cells:
        found = {
            name: (seen.mean_loss(logs + others), model)
            for name, model, logs in _of_pairs(names, cells, X, seen)
        }
        better = {}
        for name, (loss, model) in found.items():
            scores[f"{name}, {n_intervals} intervals" if n_intervals else name] = loss
            if name not in best or loss < best[name][0]:
                better[name] = (loss, model)
        if not better:  # narrower intervals would be worse
            break
        best |= better
    return best, scores


def _of_pairs(names, cells, X, seen):
    """Return (name, model, log-likelihoods) for each model, counting pairs once.

    A tree is selected on its rows, which leaving one row out does not undo; therefore
    each half of the rows is evaluated with the tree of the other half.
    """
    options, members, weight = seen.options, seen.members, seen.weight
    smoothing = (options.rows_shared, options.unit)
    pairs = OneDependence(cells, *smoothing)
    models = {name: BY_PAIRS[name](cells, *smoothing) for name in names}
    halves = [np.arange(half, len(X), 2) for half in (0, 1)]
    parts = [pairs.statistics(X[rows], members[rows], weight[rows]) for rows in halves]
    logs = {name: np.empty(members.shape) for name in names}
    jobs = [
        (models[name], models[name].structure(parts[1 - half]), logs[name], rows)
        for name, (half, rows) in product(models, enumerate(halves))
    ]
    sums = parts[0] + parts[1]
    fitted = pairs.logarithms(sums)
    for model, structure, found, rows in jobs:
        found[rows] = model.log_likelihood(X[rows], fitted | structure)
    del fitted["_log_prob_"]  # it is large
    for k, of_class in pairs.without(options.unit, sums):
        for model, structure, found, rows in jobs:
            own, known = rows[seen.codes[rows] == k], fitted | structure | of_class
            found[own, k] = model.log_likelihood(X[own], known)[:, 0]
    return [(name, models[name], logs[name]) for name in models]
