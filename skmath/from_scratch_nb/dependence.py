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

__all__ = ["PAIR_MODELS", "check_pairs", "choose_pairs", "pairs_of"]

N_INTERVALS = (5, 10, 20, 40)
"""Candidate numbers of intervals into which numbers are cut."""

MAX_ENTRIES, MAX_ENTRIES_OF_AUTO = 1 << 27, 1 << 22
"""Maximum number of counts of pairs (one gigabyte), and the maximum for "auto"."""

FEW_ROWS = 50
"""With fewer rows the models are not compared, because chance would decide."""

FEW_CATEGORIES = 50
"""If a column has at most this many categories among some rows, all rows have hardly
more."""

PAIR_MODELS = {"aode": AODE, "tan": TAN}
"""The likelihood for each value of `dependence`."""

COUNTED_IN_PAIRS = {"auto", "dtype", "bins", "categorical", "ignored"}
"""Distributions that can be approximated by cells of values."""


def check_pairs(dependence, kinds):
    """Raise a ValueError if a column's distribution does not allow counting pairs.

    Parameters
    ----------
    dependence : {"aode", "tan"}
    kinds : list
        Requested distribution of each column.
    """
    unsupported = [
        k for k in kinds if not (isinstance(k, str) and k in COUNTED_IN_PAIRS)
    ]
    if unsupported:
        raise ValueError(
            f"dependence={dependence!r} counts pairs of categories and intervals: "
            f"distribution must be one of {sorted(COUNTED_IN_PAIRS)} for every column, "
            f"got {unsupported[0]!r}. Use distribution='auto', or dependence=None."
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
    held_out = rows_to_leave_out(rows, len(kinds) ** 2, options, random_state)
    columns = _not_ignored(kinds)
    if not columns:
        return None, [], {}
    X, cells = _cells(held_out, kinds, columns, MAX_ENTRIES)
    n_categories = sum(_categories(columns, kinds, rows, held_out).values())
    if not cells or n_categories > _max_slots(MAX_ENTRIES, options):
        raise ValueError(
            f"dependence={dependence!r} would count more than {MAX_ENTRIES:.0e} pairs "
            "of values. Remove columns with many categories, or use dependence=None."
        )
    other_logs = _missing_value_logs(held_out, kinds)
    best, losses = _compare_intervals([dependence], cells, X, held_out, other_logs)
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
    held_out = rows_to_leave_out(rows, len(kinds) ** 2, options, random_state)
    missing = _missing_value_logs(held_out, kinds)
    logs = held_out.log_likelihoods(
        *held_out.fitted(group_columns(independent, options))
    )
    chosen = (held_out.mean_loss(logs + missing), None)
    losses = {"independent": chosen[0]}
    columns = _with_few_categories(_not_ignored(kinds), kinds, rows, held_out)
    if len(columns) > 1 and held_out.weight.sum() >= FEW_ROWS * options.unit:
        X, cells = _cells(held_out, kinds, columns, MAX_ENTRIES_OF_AUTO)
        other_groups = group_columns(
            independent, options, _other_columns(columns, kinds)
        )
        other_logs = missing + held_out.log_likelihoods(*held_out.fitted(other_groups))
        best, pair_losses = _compare_intervals(
            PAIR_MODELS, cells, X, held_out, other_logs
        )
        losses |= pair_losses
        chosen = min([chosen, *best.values()], key=lambda candidate: candidate[0])
    return chosen[1], columns, losses


def _not_ignored(kinds):
    return [j for j, kind in enumerate(kinds) if kind != "ignored"]


def _other_columns(columns, kinds):
    return sorted(set(range(len(kinds))) - set(columns))


def _with_few_categories(columns, kinds, rows, held_out):
    """Return the columns without those with too many categories to count pairs.

    A column of thousands of categories is treated as independent, given the class, so
    that the pairs of the other columns can be counted.
    """
    max_slots = _max_slots(MAX_ENTRIES_OF_AUTO, held_out.options)
    sizes = _categories(columns, kinds, rows, held_out)
    n_slots = sum(sizes.values()) + N_INTERVALS[0] * (len(columns) - len(sizes))
    for j in sorted(sizes, key=sizes.get, reverse=True):
        if n_slots <= max_slots:
            break
        n_slots -= sizes[j]
        columns = [other for other in columns if other != j]
    return columns


def _categories(columns, kinds, rows, held_out):
    """Return the number of categories of each categorical column."""
    categorical = [j for j in columns if kinds[j] == "categorical"]
    sizes = {j: _n_values(held_out.X[:, j]) for j in categorical}
    if isinstance(rows.X, np.ndarray) and len(rows.X) > len(held_out.X):
        for j in categorical:
            if sizes[j] > FEW_CATEGORIES:  # all rows may have many more
                sizes[j] = _n_values(rows.X[:, j])
    return sizes


def _n_values(x):
    """Return the number of distinct values of a column, without missing ones."""
    return len(np.unique(x[~np.isnan(x)]))


def _max_slots(max_entries, options):
    """Return the maximum total number of cells of columns that are counted in pairs."""
    return math.sqrt(max_entries / options.n_classes)


def _missing_value_logs(held_out, kinds):
    """Return the log probability of the missing values if they are evidence, else 0."""
    if held_out.options.missing == "ignore" or not np.isnan(held_out.X).any():
        return 0.0
    weighted = held_out.members * held_out.weight[:, None]
    counts = weighted.sum(axis=0), weighted.T @ ~np.isnan(held_out.X)
    ignored = np.array([kind == "ignored" for kind in kinds])
    groups, sums = held_out.fitted([(None, Ignored())])
    groups, _ = with_missingness(groups, *counts, ignored, held_out.options)
    return held_out.log_likelihoods(groups, sums)


def _cells(held_out, kinds, columns, max_entries):
    """Return some columns, and (number of intervals, cells) within the memory limit.

    If a candidate number of intervals is too large, the largest possible one is added.
    """
    X = held_out.X if isinstance(held_out.X, np.ndarray) else held_out.X.toarray()
    X = X if len(columns) == X.shape[1] else X[:, columns]
    categorical = [kinds[j] == "categorical" for j in columns]
    max_slots = _max_slots(max_entries, held_out.options)
    candidates, slots = [], 0
    for n in (0,) if all(categorical) else N_INTERVALS:
        cells, previous_slots = cells_of(X, held_out.weight, categorical, n), slots
        slots = _n_slots(cells, X)
        if slots > max_slots:
            break
        candidates.append((n, cells))
    if slots > max_slots and candidates:
        n_last = candidates[-1][0]
        n = n_last + math.floor(
            (n - n_last) * (max_slots - previous_slots) / (slots - previous_slots)
        )
        cells = cells_of(X, held_out.weight, categorical, n)
        if n > n_last and _n_slots(cells, X) <= max_slots:
            candidates.append((n, cells))
    return X, candidates


def _n_slots(cells, X):
    """Return the total number of cells of the columns."""
    return sum(
        _n_values(x) if edges is None else len(edges) + 1
        for x, edges in zip(X.T, cells.edges, strict=True)
    )


def _compare_intervals(names, all_cells, X, held_out, other_logs):
    """Return (loss, model) with the best intervals for each model, and all losses.

    Parameters
    ----------
    names : iterable of {"aode", "tan"}
    all_cells : list of (int, Cells)
    X : ndarray
        The columns whose pairs are counted.
    held_out : LeftOutRows
    other_logs : ndarray of shape (n_samples, n_classes) or 0.0
        Log-likelihoods of the other columns and of missing values.
    """
    best: dict[str, tuple[float, Any]] = {}
    scores = {}
    for n_intervals, cells in all_cells:
        results = {
            name: (held_out.mean_loss(logs + other_logs), model)
            for name, model, logs in _evaluate_pairs(names, cells, X, held_out)
        }
        improved = {}
        for name, (loss, model) in results.items():
            scores[f"{name}, {n_intervals} intervals" if n_intervals else name] = loss
            if name not in best or loss < best[name][0]:
                improved[name] = (loss, model)
        if not improved:  # narrower intervals would be worse
            break
        best |= improved
    return best, scores


def _evaluate_pairs(names, cells, X, held_out):
    """Return (name, model, log-likelihoods) for each model, counting pairs once.

    A tree is selected on its rows, which leaving one row out does not undo; therefore
    each half of the rows is evaluated with the tree of the other half.
    """
    options, members, weight = held_out.options, held_out.members, held_out.weight
    smoothing = (options.shared_smoothing, options.unit)
    pairs = OneDependence(cells, *smoothing)
    models = {name: PAIR_MODELS[name](cells, *smoothing) for name in names}
    halves = [np.arange(half, len(X), 2) for half in (0, 1)]
    parts = [pairs.statistics(X[rows], members[rows], weight[rows]) for rows in halves]
    logs = {name: np.empty(members.shape) for name in names}
    jobs = [
        (models[name], models[name].structure(parts[1 - half]), logs[name], rows)
        for name, (half, rows) in product(models, enumerate(halves))
    ]
    sums = parts[0] + parts[1]
    fitted = pairs.logarithms(sums)
    for model, structure, log_p, rows in jobs:
        log_p[rows] = model.log_likelihood(X[rows], fitted | structure)
    del fitted["_log_prob_"]  # it is large
    for k, of_class in pairs.without(options.unit, sums):
        for model, structure, log_p, rows in jobs:
            own_rows = rows[held_out.codes[rows] == k]
            parameters = fitted | structure | of_class
            log_p[own_rows, k] = model.log_likelihood(X[own_rows], parameters)[:, 0]
    return [(name, models[name], logs[name]) for name in models]
