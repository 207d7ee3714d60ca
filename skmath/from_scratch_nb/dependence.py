"""Whether features may depend on one another, and how much their evidence is worth.

Both are decided by what the model says of rows that it did not see: log P(x | y) with
the row left out of the sums of its class, for which each likelihood has a closed form.
"""

import math
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
from sklearn.utils import assert_all_finite, gen_batches

from skmath import _arrays
from skmath.from_scratch_nb.distributions import group_columns, is_in_memory, select
from skmath.probability import (
    AODE,
    TAN,
    OneDependence,
    cells_of,
    likeliest_temperature,
    log_posterior,
    log_prior,
)
from skmath.statistics import indicators

__all__ = [
    "can_be_left_out",
    "cells_by_column",
    "check_pairs",
    "choose_dependence",
    "choose_for_sparse",
    "some_rows",
    "temperature_of",
    "weighing",
]

N_INTERVALS = (5, 10, 20, 40)
"""Into how many intervals numbers may be cut; the rows choose."""

MOST_ENTRIES, FEW_ENTRIES = 1 << 27, 1 << 22
"""Counts of pairs that are held at most, a gigabyte; and up to which "auto" counts."""

LOOK_UPS = 50_000_000
"""Pairs of features, times classes, of the rows that are left out in turn: a second."""

FEWEST_ROWS, MOST_ROWS = 500, 5000
"""Rows that are left out in turn."""

FEW_ROWS = 50
"""Rows below which independent columns are not compared with others: chance decides."""

MOST_VALUES, MOST_PROBABILITIES = 1 << 19, 1 << 19
"""Rows that are left out in turn, times columns; and times classes."""

ENTRIES = 1 << 16
"""Of the rows that are left out at once, values and probabilities."""

REMEMBERED = 1 << 20
"""Values, times classes, of the rows that are kept for what features say on average."""

BY_PAIRS = {"aode": AODE, "tan": TAN}
"""What the dependences are called."""

OF_PAIRS = {"auto", "dtype", "bins", "categorical", "ignored"}
"""Distributions of which cells of values are a picture."""


def cells_by_column(kinds):
    """Return what the columns are where pairs are counted: categories or bins."""
    kept = ("categorical", "ignored")
    return [kind if kind in kept else "bins" for kind in kinds]


def check_pairs(dependence, kinds):
    """Raise a ValueError if columns are asked to be what pairs of cells cannot be.

    Parameters
    ----------
    dependence : {"aode", "tan"}
    kinds : list
        Distributions that are asked for, by column.
    """
    others = [k for k in kinds if not (isinstance(k, str) and k in OF_PAIRS)]
    if others:
        raise ValueError(
            f"dependence={dependence!r} counts pairs of categories and intervals: "
            f"distribution must be one of {sorted(OF_PAIRS)} for every column, got "
            f"{others[0]!r}. Leave distribution out, or dependence."
        )


def choose_dependence(asked, rows, kinds, independent, options, random_state):
    """Return the likelihood of all columns together, or None, and what was compared.

    Parameters
    ----------
    asked : {"auto", "aode", "tan"}
    rows : Rows
        With class codes for y.
    kinds : list
        What is asked for each column, "categorical" where it holds categories.
    independent : list
        The distributions of the columns if they are independent.
    options : Options
    random_state : RandomState
        Draws the rows that are left out, if there are many.

    Returns
    -------
    likelihood : AODE, TAN or None
    scores : dict of str to float
        Log-losses of rows that were left out, in nats.

    Raises
    ------
    ValueError
        If there are more pairs of values than can be held.
    """
    p = rows.X.shape[1]
    seen = _sample(rows, p * p, options.n_classes, random_state)
    all_cells = _cells(seen, kinds, asked, options)
    if asked != "auto":
        best, scores = _compare_intervals([asked], all_cells, seen, options)
        return best[asked].likelihood, scores
    losses = _left_out_losses(group_columns(independent, options), seen, options)
    chosen = Compared(None, losses, seen[2])
    scores = {"independent": chosen.mean}
    n_kept, has_rows = len(kinds) - kinds.count("ignored"), FEW_ROWS * options.unit
    if n_kept > 1 and all_cells and seen[2].sum() >= has_rows:
        best, of_pairs = _compare_intervals(list(BY_PAIRS), all_cells, seen, options)
        scores |= of_pairs
        for found in best.values():
            chosen = found if found.mean < chosen.mean else chosen
    return chosen.likelihood, scores


def weighing(pairs, options):
    """Return the same likelihood for rows of another weight."""
    return replace(pairs, alpha=options.rows_shared, unit=options.unit)


def choose_for_sparse(rows, options, random_state):
    """Return the distributions of the columns of a sparse X, all alike, and the scores.

    Parameters
    ----------
    rows : Rows
        With class codes for y.
    options : Options
    random_state : RandomState

    Returns
    -------
    distributions : list of str
    scores : dict of str to float
        Minus the log-losses of rows that were left out, in nats.
    """
    p = rows.X.shape[1]
    seen = _sample(rows, p, options.n_classes, random_state)
    values = seen[0].data
    names = ["bernoulli"]
    if not (values < 0).any():
        names.append("multinomial")
    if not np.isin(values, (0, 1)).all():
        names.append("gaussian")
    scores = {}
    for name in names:
        losses = _left_out_losses(group_columns([name], options), seen, options)
        if np.isfinite(losses).all():
            scores[name] = -Compared(None, losses, seen[2]).mean
    return [max(scores, key=scores.get)] * p, scores


def temperature_of(rows, groups, sums, log_prior, options, random_state):
    """Return the temperature of the likelihood, by rows that are left out in turn.

    Parameters
    ----------
    rows : Rows
        With class codes for y; they are among those of the sums.
    groups : list of (columns, likelihood, parameters)
    sums : list
        Of each group, that its parameters were made of.
    log_prior : array of shape (n_classes,)
    options : Options
    random_state : RandomState

    Returns
    -------
    float
    """
    n_entries = _looked_up(rows, groups)
    seen = _sample(rows, n_entries, options.n_classes, random_state)
    return _temperature(groups, sums, seen, _arrays.to_numpy(log_prior), options)[0]


def some_rows(rows, options, random_state):
    """Return X, class codes and weights of at most 500 rows; None if not in memory."""
    if not (hasattr(rows.X, "nnz") or is_in_memory(rows)):
        return None
    n_entries = max(1, rows.X.shape[1] * options.n_classes)
    n_rows = min(FEWEST_ROWS, max(1, REMEMBERED // n_entries))
    return _in_memory(rows.sample(n_rows, random_state) or rows)


def can_be_left_out(likelihoods):
    """Tell whether rows can be left out of all of some likelihoods."""
    return all(hasattr(likelihood, "left_out") for likelihood in likelihoods)


def _looked_up(rows, groups):
    """Return how many entries of tables a row of new data looks up in each class."""
    p = rows.X.shape[1]
    likelihoods = (getattr(each, "likelihood", each) for _, each, _ in groups)
    pairs = any(isinstance(likelihood, AODE) for likelihood in likelihoods)
    return p * p if pairs else p


def _sample(rows, n_entries, n_classes, random_state):
    """Return X, class codes and weights of some rows, in memory."""
    n_rows = min(max(FEWEST_ROWS, LOOK_UPS // (n_entries * n_classes)), MOST_ROWS)
    most = min(MOST_VALUES // rows.X.shape[1], MOST_PROBABILITIES // n_classes)
    n_rows = min(n_rows, max(FEWEST_ROWS, most))
    X, codes, weight = _in_memory(rows.sample(n_rows, random_state) or rows)
    if isinstance(X, np.ndarray):
        assert_all_finite(X, allow_nan=True, input_name="X")
    return X, codes, weight


def _in_memory(rows):
    """Return X, class codes and weights of the rows that have a weight, as NumPy's."""
    X, codes = rows.X, np.asarray(rows.y).astype(np.intp)
    X = X if hasattr(X, "nnz") else np.asarray(X)
    if rows.weight is None:
        return X, codes, np.ones(X.shape[0])
    weight = np.asarray(rows.weight, dtype=np.float64)
    there = np.flatnonzero(weight > 0)
    return X[there], codes[there], weight[there]


def _cells(seen, kinds, asked, options):
    """Return (number of intervals, cells) of those whose pairs can be held.

    If some number of intervals is too large the largest that is not is among them.
    """
    X, _, weight = seen
    X = X if isinstance(X, np.ndarray) else X.toarray()
    categorical = [kind == "categorical" for kind in kinds]
    most = FEW_ENTRIES if asked == "auto" else MOST_ENTRIES
    most = math.sqrt(most / options.n_classes)
    held, slots = [], 0
    for n in (0,) if all(categorical) else N_INTERVALS:
        cells, fewer = cells_of(X, weight, categorical, n), slots
        slots = _n_slots(cells, X)
        if slots > most:
            break
        held.append((n, cells))
    if slots > most and held:
        n_held = held[-1][0]
        n = n_held + math.floor((n - n_held) * (most - fewer) / (slots - fewer))
        cells = cells_of(X, weight, categorical, n)
        if n > n_held and _n_slots(cells, X) <= most:
            held.append((n, cells))
    if asked != "auto" and not held:
        raise ValueError(
            f"dependence={asked!r} would count {options.n_classes * slots**2:.0e} pairs"
            f" of values, more than {MOST_ENTRIES:.0e}. Leave out columns of many "
            "categories, or use dependence=None."
        )
    return held


def _n_slots(cells, X):
    """Return how many cells the columns have together."""
    return sum(
        len(np.unique(x[~np.isnan(x)])) if edges is None else len(edges) + 1
        for x, edges in zip(X.T, cells.edges, strict=True)
    )


@dataclass(frozen=True)
class Compared:
    """A model of all columns, and its losses.

    Parameters
    ----------
    likelihood : AODE, TAN or None
    losses, weight : ndarray of shape (n_samples,)
        Of rows of which each is left out in turn.
    """

    likelihood: Any
    losses: np.ndarray
    weight: np.ndarray

    @property
    def mean(self):
        """Mean loss."""
        return float(self.weight @ self.losses) / float(self.weight.sum())


def _compare_intervals(names, all_cells, seen, options):
    """Return of each dependence the model whose intervals suit best, and all scores."""
    best, scores = {}, {}
    for n_intervals, cells in all_cells:
        found = _compare_pairs(names, cells, seen, options)
        for name, of_name in found.items():
            key = f"{name}, {n_intervals} intervals" if n_intervals else name
            scores[key] = of_name.mean
        better = {
            name: of_name
            for name, of_name in found.items()
            if name not in best or of_name.mean < best[name].mean
        }
        if not better:  # narrower intervals would be worse still
            break
        best |= better
    return best, scores


def _compare_pairs(names, cells, seen, options):
    """Return each dependence on these cells; their pairs are counted once.

    A tree is the best of many on its rows, which leaving one out does not undo: each
    half of the rows has the tree of the other half.
    """
    X, codes, weight = seen
    members = indicators(codes, options.n_classes, np.empty(0))
    pairs = OneDependence(cells, options.rows_shared, options.unit)
    halves = [slice(0, None, 2), slice(1, None, 2)]
    models = {
        name: BY_PAIRS[name](cells, options.rows_shared, options.unit) for name in names
    }
    parts = [pairs.statistics(X[h], members[h], weight[h]) for h in halves]
    structures = {
        name: [model.structure(part) for part in reversed(parts)]
        for name, model in models.items()
    }
    sums = parts[0] + parts[1]
    fitted = pairs.logarithms(sums)
    logs = {name: np.empty(members.shape) for name in names}
    own = {name: np.empty(len(codes)) for name in names}
    for name, half in product(names, (0, 1)):
        known = fitted | structures[name][half]
        logs[name][halves[half]] = models[name].log_likelihood(X[halves[half]], known)
    del fitted["_log_prob_"]  # of all classes it is large
    for k, of_class in pairs.without(options.unit, sums):
        of_k = np.flatnonzero(codes == k)
        for name, half in product(names, (0, 1)):
            rows = of_k[of_k % 2 == half]
            known = fitted | structures[name][half] | of_class
            own[name][rows] = models[name].log_likelihood(X[rows], known)[:, 0]
    prior, found = log_prior(weight @ members), {}
    for name, model in models.items():
        losses = _tempered(logs[name], own[name], prior, seen, options)[1]
        found[name] = Compared(model, losses, weight)
    return found


def _left_out_losses(groups, seen, options):
    """Return the losses of rows of which each is left out in turn, tempered."""
    X, codes, weight = seen
    members = indicators(codes, options.n_classes, np.empty(0))
    sums = [like.statistics(select(X, cols), members, weight) for cols, like in groups]
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        fitted = [
            (columns, likelihood, likelihood.fit(total))
            for (columns, likelihood), total in zip(groups, sums, strict=True)
        ]
        prior = log_prior(weight @ members)
        return _temperature(fitted, sums, seen, prior, options)[1]


def _temperature(groups, sums, seen, prior, options):
    """Return the temperature of a likelihood, and the losses of rows left out."""
    X, codes, _ = seen
    logs, own = np.zeros((len(codes), options.n_classes)), np.zeros(len(codes))
    few = max(1, ENTRIES // (X.shape[1] + options.n_classes))
    for (columns, likelihood, parameters), total in zip(groups, sums, strict=True):
        left = (options.unit, total, parameters)
        step = len(codes) if getattr(likelihood, "cuts_rows", False) else few
        for rows in gen_batches(len(codes), step):
            part = select(X[rows], columns)
            logs[rows] += likelihood.log_likelihood(part, parameters)
            own[rows] += likelihood.left_out(part, codes[rows], *left)
    return _tempered(logs, own, prior, seen, options)


def _tempered(logs, own, prior, seen, options):
    """Return the temperature of log-likelihoods, and the losses at it.

    Parameters
    ----------
    logs : ndarray of shape (n_samples, n_classes)
        log P(x | y), which are changed.
    own : ndarray of shape (n_samples,)
        Those of the rows' classes, with the row left out.
    """
    _, codes, weight = seen
    rows = np.arange(len(codes))
    logs[rows, codes] = own
    temperature = likeliest_temperature(logs, prior, codes, weight / options.unit)
    return temperature, -log_posterior(prior + logs / temperature)[rows, codes]
