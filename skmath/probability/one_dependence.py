r"""One step beyond independence: a feature may depend on another one, its parent.

Naive Bayes has P(x | y) as a product of P(x_j | y). Here each factor is
:math:`P(x_j | y, x_i)`, estimated by how often the pair occurs in the class:

.. math:: P(x_j = t | y, x_i = s) =
          \frac{N_y(s, t) + \alpha / v_j}{\sum_t N_y(s, t) + \alpha}

with v_j the number of values of x_j. One pass over the rows counts all pairs, and alpha
pseudo-rows are distributed over the values.

- AODE averages over the models in which all features depend on the same parent
  (Webb, Boughton and Wang 2005, equation 8),

  .. math:: P(x | y) = \frac1p \sum_i P(x_i | y) \prod_{j \ne i} P(x_j | y, x_i).

- TAN uses the single tree with the most mutual information between features, given the
  class (Friedman, Geiger and Goldszmidt 1997; `dependence_tree`).

Numbers are cut into intervals (`cells`). If the parent's value is missing or unknown,
P(x_j | y) is used as in naive Bayes.

References
----------
.. [1] G. I. Webb, J. R. Boughton and Z. Wang, "Not so naive Bayes: aggregating
   one-dependence estimators", Machine Learning, 58, 2005.
.. [2] N. Friedman, D. Geiger and M. Goldszmidt, "Bayesian network classifiers", Machine
   Learning, 29, 1997.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from skmath import _arrays
from skmath.probability.categories import CategoryIndex
from skmath.probability.cells import Cells
from skmath.probability.dependence_tree import (
    conditional_mutual_information,
    most_informative_tree,
)
from skmath.probability.pair_counts import PairCounts, count_pairs

__all__ = ["AODE", "TAN", "OneDependence"]

ENTRIES = 1 << 16
"""Entries of a block of new rows: features times classes, half a megabyte of sums."""


@dataclass(frozen=True)
class OneDependence:
    """Base class of AODE and TAN: counts of pairs, and P(x_j | y, x_i) from them.

    Parameters
    ----------
    cells : Cells
        Discretisation of the columns.
    alpha : float, default=1.0
        Pseudo-rows that are distributed over the values of a feature.
    unit : float, default=1.0
        Weight of one row; a parent's value is known if it has at least this weight.
    """

    cells: Cells
    alpha: float = 1.0
    unit: float = 1.0
    _of_slots: ClassVar[Any]
    _each_of_slots: ClassVar[Any]
    _in_order: ClassVar[Any]
    cuts_rows = True
    """Whether this class divides rows into blocks itself."""

    def statistics(self, X: Any, members: Any, weight: Any) -> PairCounts:
        """Return the `PairCounts` of a block."""
        X = _arrays.dense(X)
        if weight is not None:
            kept = weight > 0
            X, members, weight = X[kept], members[kept], weight[kept]
        codes = self.cells.codes(X)
        return count_pairs(codes, self.cells.values(codes), members, weight)

    def fit(self, sums: Any) -> dict[str, Any]:
        """Return the log probabilities and the structure."""
        return self.logarithms(sums) | self.structure(sums)

    def structure(self, sums: Any) -> Any:
        """Return further parameters of the structure: none."""
        return {}

    def logarithms(self, sums: Any) -> Any:
        """Return the table of log probabilities, and the index of its cells."""
        singles = self._single_cells(sums, 0.0)
        n_slots = len(singles.may_be_parent)
        table = np.empty((n_slots, n_slots, sums.n_classes))
        for k in range(sums.n_classes):
            table[:, :, k] = self._table(sums.of_class(k), singles, k)
        columns = list(zip(self.cells.edges, sums.values, strict=True))
        fitted = {
            "edges_": [edges for edges, _ in columns if edges is not None],
            "_cells_": CategoryIndex(sums.values),
            "_log_prob_": table,
            "_may_be_parent_": singles.may_be_parent,
        }
        categories = [values for edges, values in columns if edges is None]
        return fitted | ({"_categories_": categories} if categories else {})

    def log_likelihood(self, X: Any, parameters: Any) -> Any:
        """Return log P(x | y), shape (n_samples, n_classes)."""
        n_classes = parameters["_log_prob_"].shape[-1]
        slots = self._slots(X, parameters)
        found = np.empty((len(slots), n_classes))
        # Blocks of rows, which bound the memory.
        step = max(1, ENTRIES // (slots.shape[1] * n_classes))
        for start in range(0, len(slots), step):
            rows = slice(start, start + step)
            found[rows] = self._of_slots(slots[rows], parameters)
        return found

    def left_out(
        self, X: Any, codes: Any, unit: float, sums: Any, parameters: Any
    ) -> Any:
        """Return the leave-one-out log P(x | y) of each row in its class."""
        found = np.empty(len(codes))
        for k, of_class in self.without(unit, sums):
            own = np.flatnonzero(codes == k)
            found[own] = self.log_likelihood(X[own], parameters | of_class)[:, 0]
        return found

    def without(self, unit: float, sums: Any) -> Any:
        """Yield each class with its leave-one-out log probabilities.

        Each entry of the table is reduced by the contribution of one row that has these
        two cells.

        Parameters
        ----------
        unit : float
            Weight that is left out.
        sums : PairCounts

        Yields
        ------
        k : int
            Code of the class.
        of_class : dict
            Parameters that replace those of all classes.
        """
        singles = self._single_cells(sums, unit)
        for k in range(sums.n_classes):
            table = self._table(sums.of_class(k), singles, k)[:, :, None]
            yield k, {"_log_prob_": table, "_may_be_parent_": singles.may_be_parent}

    def by_feature(self, X: Any, parameters: Any) -> Any:
        """Return the contribution of each feature to log P(x | y)."""
        return self._each_of_slots(self._slots(X, parameters), parameters)

    def draw(self, parameters: Any, codes: Any, state: Any) -> np.ndarray:
        """Draw a value of each column, given class codes: parents first."""
        index, table = parameters["_cells_"], parameters["_log_prob_"]
        slots = np.full((len(codes), len(index.sizes)), len(table) - 1)
        for j, rows, parents in self._in_order(slots, parameters, state):
            n_cells = max(1, index.sizes[j])
            own = index.first[j] + np.arange(n_cells)
            p = np.exp(table[parents[:, None], own, codes[rows, None]])
            below = np.cumsum(p, axis=1)
            uniform = state.uniform(size=(len(rows), 1)) * below[:, -1:]
            cell = np.minimum((below <= uniform).sum(axis=1), n_cells - 1)
            slots[rows, j] = own[cell]
        cells = [
            np.append(values, np.nan)[np.minimum(of_column - start, len(values))]
            for of_column, values, start in zip(
                slots.T, index.values, index.first, strict=False
            )
        ]
        return self.cells.draw(np.stack(cells, axis=1), state)

    def _slots(self, X: np.ndarray, parameters: dict[str, Any]) -> np.ndarray:
        return parameters["_cells_"].slots(self.cells.codes(_arrays.dense(X)))

    def _single_cells(self, sums: PairCounts, unit: float) -> "SingleCells":
        """Return the `SingleCells`, with one unit of a row left out."""
        index = CategoryIndex(sums.values)
        first, start, n_slots = index.first, index.first[:-1], int(index.first[-1]) + 1
        A = self.cells.averages(first, n_slots)
        counts, removed = sums.singles() @ A, unit * A.diagonal()
        of_column, single = (
            np.add.reduceat(counts, start, axis=1) - unit,
            counts - removed,
        )
        may_be_parent = counts.sum(axis=0) - removed  # it is of one class
        # The slot for unknown values does not count as a value; the last slot, for
        # missing values, does not belong to any column.
        column = np.repeat(np.arange(len(start)), np.diff(first))
        smoothing = self.alpha / np.maximum(index.sizes, 1)[column]
        log_total = _log(of_column, self.alpha)[:, column]
        logs = _log(single[:, :-1], smoothing) - log_total
        # A constant column is not a parent: its model would be naive Bayes.
        varies = np.add.reduceat((single > 0).any(axis=0)[:-1], start) > 1
        may_be_parent = (may_be_parent > 0.5 * self.unit) & np.append(
            varies[column], False
        )
        return SingleCells(A, start, column, smoothing, logs, may_be_parent, unit)

    def _table(self, counts: Any, singles: "SingleCells", k: int) -> np.ndarray:
        """Return log P(x_j = t | y, x_i = s) of one class.

        Returns
        -------
        ndarray of shape (n_slots, n_slots)
            Entry (s, t) is the log probability; it is that of P(x_i = s | y) if t = s.
            The last row, for no parent, has P(x_j = t | y); the last column, for
            missing values, has zeros.
        """
        A, removed = singles.averages, singles.unit * singles.averages.diagonal()
        counts = (A @ counts @ A).toarray()
        total = np.add.reduceat(counts, singles.start, axis=1) - removed[:, None]
        counts = counts[:, :-1] - np.outer(removed, A.diagonal()[:-1])
        log_total = _log(total, self.alpha)[:, singles.column]
        table = np.zeros((len(counts), len(counts)))
        table[:, :-1] = _log(counts, singles.smoothing) - log_total
        table[-1, :-1] = singles.logs[k]
        np.fill_diagonal(table[:-1, :-1], singles.logs[k])
        return table


@dataclass(frozen=True)
class SingleCells:
    """Common parts of the tables of all classes, and log probabilities of single cells.

    Parameters
    ----------
    averages : sparse array of shape (n_slots, n_slots)
        Matrix that averages the counts of neighbouring cells.
    start : ndarray of int of shape (n_columns,)
        First slot of each column.
    column : ndarray of int of shape (n_slots - 1,)
        Column of each slot.
    smoothing : ndarray of shape (n_slots - 1,)
        Smoothing that is added to each count.
    logs : ndarray of shape (n_classes, n_slots - 1)
        log P(x_j = t | y).
    may_be_parent : ndarray of bool of shape (n_slots,)
        Mask of the cells that may be parents.
    unit : float
        Weight that is left out.
    """

    averages: Any
    start: np.ndarray
    column: np.ndarray
    smoothing: np.ndarray
    logs: np.ndarray
    may_be_parent: np.ndarray
    unit: float


@dataclass(frozen=True)
class AODE(OneDependence):
    """Averaged one-dependence: each feature in turn is the parent of all others."""

    def _of_slots(self, slots: np.ndarray, parameters: dict[str, Any]) -> np.ndarray:
        """Return the logarithm of the mean over the parents."""
        table = parameters["_log_prob_"]
        parents, counts = self._parents(slots, parameters)
        # A few features at a time, because all pairs do not fit in the CPU cache.
        step = max(1, ENTRIES // (parents.size * table.shape[-1]))
        logs = sum(
            _entries_at(table, parents[:, :, None], some[:, None, :]).sum(axis=2)
            for some in _columns(slots, step)
        )
        return _log_mean(logs, counts)

    def _each_of_slots(self, slots: Any, parameters: Any) -> Any:
        """Return the mean over the parents of each feature's contribution.

        Parents are weighted by their share of P(x | y). The entropy of these weights,
        by which the logarithm of the mean exceeds the mean of the logarithms, is
        divided equally.
        """
        table = parameters["_log_prob_"]
        parents, counts = self._parents(slots, parameters)
        each = [_entries_at(table, parents, column) for column in _columns(slots)]
        logs: Any = sum(each)
        log_mean = _log_mean(logs, counts)
        share = np.exp(logs - log_mean[:, None]) * counts[:, :, None]
        share /= share.sum(axis=1, keepdims=True)
        found = np.stack([(share * one).sum(axis=1) for one in each], axis=1)
        rest = log_mean - found.sum(axis=1)
        return found + rest[:, None, :] / slots.shape[1]

    def _in_order(self, slots: Any, parameters: Any, state: Any) -> Iterator[Any]:
        """Yield columns to draw, with their rows and the slots of the parents."""
        no_parent, first = (
            len(parameters["_log_prob_"]) - 1,
            parameters["_cells_"].first,
        )
        is_parent = np.add.reduceat(parameters["_may_be_parent_"], first[:-1]) > 0
        candidates = np.flatnonzero(is_parent if is_parent.any() else ~is_parent)
        parent = state.choice(candidates, size=len(slots))
        for root in candidates:
            rows = np.flatnonzero(parent == root)
            yield root, rows, np.full(len(rows), no_parent)
        for j in range(slots.shape[1]):
            rows = np.flatnonzero(parent != j)
            yield j, rows, slots[rows, parent[rows]]

    def _parents(
        self, slots: np.ndarray, parameters: dict[str, Any]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the slots of the parents, and which of them are known."""
        no_parent = len(parameters["_log_prob_"]) - 1
        parents = np.where(parameters["_may_be_parent_"][slots], slots, no_parent)
        counts = parents < no_parent
        # Rows without any known value are treated as in naive Bayes.
        counts[~counts.any(axis=1)] = True
        return parents, counts


@dataclass(frozen=True)
class TAN(OneDependence):
    """Tree-augmented naive Bayes: the parents form the most informative tree."""

    def structure(self, sums: Any) -> Any:
        """Return tree_, the parent of each feature; -1 for the root."""
        first = CategoryIndex(sums.values).first
        pairs = (sums.of_class(k) for k in range(sums.n_classes))
        information = conditional_mutual_information(pairs, first, self.unit)
        return {"tree_": most_informative_tree(information)}

    def _in_order(self, slots: Any, parameters: Any, state: Any) -> Iterator[Any]:
        """Yield columns to draw, with their rows and the slots of the parents."""
        rows, tree = np.arange(len(slots)), parameters["tree_"]
        columns = np.flatnonzero(tree < 0).tolist()
        for j in columns:  # children are appended in the loop
            yield j, rows, slots[:, tree[j]] if tree[j] >= 0 else slots[:, j]
            columns += np.flatnonzero(tree == j).tolist()

    def _of_slots(self, slots: np.ndarray, parameters: dict[str, Any]) -> np.ndarray:
        """Return the sum over the features."""
        return self._each_of_slots(slots, parameters).sum(axis=1)

    def _each_of_slots(
        self, slots: np.ndarray, parameters: dict[str, Any]
    ) -> np.ndarray:
        """Return log P(x_j | y, parent of x_j) of each feature."""
        table, tree = parameters["_log_prob_"], parameters["tree_"]
        no_parent, parents = len(table) - 1, slots[:, tree]
        known = parameters["_may_be_parent_"][parents] & (tree >= 0)
        return _entries_at(table, np.where(known, parents, no_parent), slots)


def _entries_at(
    table: np.ndarray, parents: np.ndarray, slots: np.ndarray
) -> np.ndarray:
    """Return the entries (parents, slots) of the table, for all classes."""
    n_slots, _, n_classes = table.shape
    return table.reshape(-1, n_classes).take(parents * n_slots + slots, axis=0)


def _columns(slots: np.ndarray, step: int = 1) -> Iterator[Any]:
    """Yield a few columns of slots at a time."""
    return (slots[:, j : j + step] for j in range(0, slots.shape[1], step))


def _log(counts: np.ndarray, more: Any) -> np.ndarray:
    """Return log(counts + more), with negative rounding errors set to 0."""
    return np.log(np.maximum(counts, 0) + more)


def _log_mean(logs: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the logarithm of the mean of exponentials over the known parents."""
    logs = np.where(counts[:, :, None], logs, -np.inf)
    top = logs.max(axis=1)
    mean = np.exp(logs - top[:, None]).sum(axis=1) / counts.sum(axis=1)[:, None]
    return np.log(mean) + top
