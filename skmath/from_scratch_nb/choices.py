"""Selection of distributions and dependence on the rows of the first call."""

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from skmath.from_scratch_nb.dependence import (
    PAIR_MODELS,
    check_pairs,
    choose_pairs,
    pairs_of,
)
from skmath.from_scratch_nb.distributions import (
    SELECTED_BY_DATA,
    by_values,
    group_columns,
    is_in_memory,
)
from skmath.from_scratch_nb.left_out_rows import rows_to_leave_out
from skmath.statistics import count_rows

__all__ = ["Choice", "choose"]


@dataclass(frozen=True)
class Choice:
    """Selected distributions, and columns that are counted in pairs.

    Parameters
    ----------
    distributions : list
        A name or a likelihood for each column.
    scores : dict
        Scores of the candidates for each "auto" column.
    pairs : AODE, TAN or None, default=None
    columns : list of int, default=()
        Columns that are counted in pairs.
    losses : dict of str to float
        Log-losses of the compared models.
    """

    distributions: list[Any]
    scores: dict[Any, dict[str, float]]
    pairs: Any = None
    columns: list[int] = field(default_factory=list)
    losses: dict[str, float] = field(default_factory=dict)

    def groups(self, options):
        """Return (columns, likelihood) of each group of columns."""
        if self.pairs is None:
            return group_columns(self.distributions, options)
        pairs = replace(self.pairs, alpha=options.shared_smoothing, unit=options.unit)
        other_columns = np.setdiff1d(np.arange(len(self.distributions)), self.columns)
        if not len(other_columns):
            return [(None, pairs)]
        other_groups = group_columns(
            self.distributions, options, other_columns.tolist()
        )
        return [(np.array(self.columns), pairs), *other_groups]


def choose(distribution, dependence, rows, kinds, options, random_state):
    """Select distributions and dependence on the rows of the first call.

    Parameters
    ----------
    distribution, dependence : see `FromScratchNB`
    rows : Rows
        Rows with class codes for y.
    kinds : list
        Requested distribution of each column, "categorical" for categories.
    options : Options
    random_state : int, RandomState or None

    Returns
    -------
    Choice

    Raises
    ------
    ValueError
        If pairs are requested that cannot be counted.
    """
    if dependence not in PAIR_MODELS and not any(map(kinds.count, SELECTED_BY_DATA)):
        return Choice(kinds, {})
    if rows.weight is not None:
        options = options.with_unit_of(rows.sum(count_rows))
    state = check_random_state(random_state)
    if dependence in PAIR_MODELS:
        check_pairs(dependence, kinds)
        pairs, columns, losses = pairs_of(dependence, rows, kinds, options, state)
        return _with_pairs(kinds, {}, pairs, columns, losses)
    is_auto = isinstance(distribution, str) and distribution == "auto"
    if is_auto and hasattr(rows.X, "nnz"):
        return Choice(*_choose_for_sparse(rows, options, state))
    independent, scores = by_values(kinds, rows, options, state)
    if dependence is None or not (is_auto and is_in_memory(rows)):
        return Choice(independent, scores)
    pairs, columns, losses = choose_pairs(rows, kinds, independent, options, state)
    return _with_pairs(independent, scores, pairs, columns, losses)


def _with_pairs(distributions, scores, pairs, columns, losses):
    """Return the choice with some columns as categories and intervals in pairs."""
    if pairs is None:
        return Choice(distributions, scores, losses=losses)
    distributions = list(distributions)
    for j, edges in zip(columns, pairs.cells.edges, strict=True):
        distributions[j] = "categorical" if edges is None else "bins"
    return Choice(distributions, scores, pairs, columns, losses)


def _choose_for_sparse(rows, options, random_state):
    """Return the common distribution of all columns of a sparse X, and the scores.

    Scores are minus the log-losses of left-out rows, in nats.
    """
    p = rows.X.shape[1]
    held_out = rows_to_leave_out(rows, p, options, random_state)
    values, names = held_out.X.data, ["bernoulli"]
    if not (values < 0).any():
        names.append("multinomial")
    if not np.isin(values, (0, 1)).all():
        names.append("gaussian")
    scores = {}
    for name in names:
        groups = group_columns([name], options)
        score = -held_out.mean_loss(held_out.log_likelihoods(*held_out.fitted(groups)))
        if math.isfinite(score):
            scores[name] = score
    return [max(scores, key=lambda name: scores[name])] * p, scores
