r"""One step beyond independence: a feature may depend on another one, its parent.

Naive Bayes has P(x | y) as a product of P(x_j | y). Here each factor is
:math:`P(x_j | y, x_i)`, estimated by how often the pair occurs in the class:

.. math:: P(x_j = t | y, x_i = s) =
          \frac{N_y(s, t) + \alpha / v_j}{\sum_t N_y(s, t) + \alpha}

with v_j the number of values of x_j: one sum over the rows holds all pairs, and alpha
rows are shared by the values.

- AODE averages over the models in which all features depend on the same parent
  (Webb, Boughton and Wang 2005, equation 8),

  .. math:: P(x | y) = \frac1p \sum_i P(x_i | y) \prod_{j \ne i} P(x_j | y, x_i).

- TAN has one tree: that of the features that say most of each other, given the class
  (Friedman, Geiger and Goldszmidt 1997; `dependence_tree`).

Numbers enter as intervals (`cells`). A parent whose value is missing, or was not seen,
says nothing: then a feature has P(x_j | y) as in naive Bayes.

References
----------
.. [1] G. I. Webb, J. R. Boughton and Z. Wang, "Not so naive Bayes: aggregating
   one-dependence estimators", Machine Learning, 58, 2005.
.. [2] N. Friedman, D. Geiger and M. Goldszmidt, "Bayesian network classifiers", Machine
   Learning, 29, 1997.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from skmath import _arrays
from skmath.probability.categories import CategoryIndex
from skmath.probability.cells import Cells
from skmath.probability.dependence_tree import (
    conditional_mutual_information,
    most_informative_tree,
)
from skmath.probability.pair_counts import count_pairs

__all__ = ["AODE", "TAN", "OneDependence"]

ENTRIES = 1 << 16
"""Of a block of new rows: its features, times the classes; half a megabyte of sums."""


@dataclass(frozen=True)
class OneDependence:
    """What both have in common: the counts of pairs, and P(x_j | y, x_i) from them.

    Parameters
    ----------
    cells : Cells
        Which values of a column count as the same.
    alpha : float, default=1.0
        Rows that the values of a feature share before any is seen.
    unit : float, default=1.0
        Weight of one row: a parent's value has been seen where its weight is that.
    """

    cells: Cells
    alpha: float = 1.0
    unit: float = 1.0
    cuts_rows = True
    """Blocks of rows are cut here, once the tables are made."""

    def statistics(self, X, members, weight):
        """Return the `PairCounts` of a block."""
        X = _arrays.dense(X)
        if weight is not None:
            kept = weight > 0
            X, members, weight = X[kept], members[kept], weight[kept]
        codes = self.cells.codes(X)
        return count_pairs(codes, self.cells.values(codes), members, weight)

    def fit(self, sums):
        """Return the logarithms, and who may be whose parent."""
        return self.logarithms(sums) | self.structure(sums)

    def structure(self, sums):
        """Return what else there is to know of who may be whose parent: nothing."""
        return {}

    def logarithms(self, sums):
        """Return the logarithms, and where the cells of each column stand in them."""
        shares = self._shares(sums, 0.0)
        n_slots = len(shares.seen)
        table = np.empty((n_slots, n_slots, sums.n_classes))
        for k in range(sums.n_classes):
            table[:, :, k] = self._table(sums.of_class(k), shares, k)
        columns = list(zip(self.cells.edges, sums.values, strict=True))
        fitted = {
            "edges_": [edges for edges, _ in columns if edges is not None],
            "_cells_": CategoryIndex(sums.values),
            "_log_prob_": table,
            "_seen_": shares.seen,
        }
        categories = [values for edges, values in columns if edges is None]
        return fitted | ({"_categories_": categories} if categories else {})

    def log_likelihood(self, X, parameters):
        """Return log P(x | y), shape (n_samples, n_classes)."""
        n_classes = parameters["_log_prob_"].shape[-1]
        slots = self._slots(X, parameters)
        found = np.empty((len(slots), n_classes))
        # Rows whose features are few enough to hold.
        step = max(1, ENTRIES // (slots.shape[1] * n_classes))
        for start in range(0, len(slots), step):
            rows = slice(start, start + step)
            found[rows] = self._of_slots(slots[rows], parameters)
        return found

    def left_out(self, X, codes, unit, sums, parameters):
        """Return log P(x | y) of each row in its class, a unit of it not counted."""
        found = np.empty(len(codes))
        for k, of_class in self.without(unit, sums):
            own = np.flatnonzero(codes == k)
            found[own] = self.log_likelihood(X[own], parameters | of_class)[:, 0]
        return found

    def without(self, unit, sums):
        """Yield each class, and its logarithms if a unit of a row is not counted.

        Each entry of the tables is less what a row adds that has these two cells.

        Parameters
        ----------
        unit : float
            Weight that is not counted.
        sums : PairCounts

        Yields
        ------
        k : int
            Code of the class.
        of_class : dict
            What replaces the parameters of all classes.
        """
        shares = self._shares(sums, unit)
        for k in range(sums.n_classes):
            table = self._table(sums.of_class(k), shares, k)[:, :, None]
            yield k, {"_log_prob_": table, "_seen_": shares.seen}

    def by_feature(self, X, parameters):
        """Return what each feature adds to log P(x | y)."""
        return self._each_of_slots(self._slots(X, parameters), parameters)

    def draw(self, parameters, codes, state):
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

    def _slots(self, X, parameters):
        return parameters["_cells_"].slots(self.cells.codes(_arrays.dense(X)))

    def _shares(self, sums, unit):
        """Return the `Shares` of single cells, a unit of a row not being counted."""
        index = CategoryIndex(sums.values)
        first, start, n_slots = index.first, index.first[:-1], int(index.first[-1]) + 1
        A = self.cells.averages(first, n_slots)
        counts, one = sums.singles() @ A, unit * A.diagonal()
        of_column, single = np.add.reduceat(counts, start, axis=1) - unit, counts - one
        seen = counts.sum(axis=0) - one  # it is of one class
        # The slot of what is not known is counted as no value; the last, of what is
        # missing, is none of any column.
        column = np.repeat(np.arange(len(start)), np.diff(first))
        share = self.alpha / np.maximum(index.sizes, 1)[column]
        log_total = _log(of_column, self.alpha)[:, column]
        logs = _log(single[:, :-1], share) - log_total
        # A column of one value is nobody's parent: its model would be naive Bayes.
        differs = np.add.reduceat((single > 0).any(axis=0)[:-1], start) > 1
        seen = (seen > 0.5 * self.unit) & np.append(differs[column], False)
        return Shares(A, start, column, share, logs, seen, unit)

    def _table(self, counts, shares, k):
        """Return log P(x_j = t | y, x_i = s) of one class.

        Returns
        -------
        ndarray of shape (n_slots, n_slots)
            At (s, t); P(x_i = s | y) where t is s. The last s, which no parent has, has
            P(x_j = t | y); the last t, which is missing, zeros.
        """
        A, one = shares.averages, shares.unit * shares.averages.diagonal()
        counts = (A @ counts @ A).toarray()
        total = np.add.reduceat(counts, shares.start, axis=1) - one[:, None]
        counts = counts[:, :-1] - np.outer(one, A.diagonal()[:-1])
        log_total = _log(total, self.alpha)[:, shares.column]
        table = np.zeros((len(counts), len(counts)))
        table[:, :-1] = _log(counts, shares.share) - log_total
        table[-1, :-1] = shares.logs[k]
        np.fill_diagonal(table[:-1, :-1], shares.logs[k])
        return table


@dataclass(frozen=True)
class Shares:
    """What the tables of all classes have in common, and the shares of single cells.

    Parameters
    ----------
    averages : sparse array of shape (n_slots, n_slots)
        That averages the counts of neighbouring cells.
    start : ndarray of int of shape (n_columns,)
        First slot of each column.
    column : ndarray of int of shape (n_slots - 1,)
        Of each slot.
    share : ndarray of shape (n_slots - 1,)
        What is added to each count.
    logs : ndarray of shape (n_classes, n_slots - 1)
        log P(x_j = t | y).
    seen : ndarray of bool of shape (n_slots,)
        Which cells may be parents.
    unit : float
        Weight of the row that is not counted.
    """

    averages: Any
    start: np.ndarray
    column: np.ndarray
    share: np.ndarray
    logs: np.ndarray
    seen: np.ndarray
    unit: float


@dataclass(frozen=True)
class AODE(OneDependence):
    """Averaged one-dependence: each feature in turn is the parent of all others."""

    def _of_slots(self, slots, parameters):
        """Return the logarithm of the mean over the parents."""
        table = parameters["_log_prob_"]
        parents, counts = self._parents(slots, parameters)
        # A few features after others: the pairs of all do not fit into a cache.
        step = max(1, ENTRIES // (parents.size * table.shape[-1]))
        logs = sum(
            _looked_up(table, parents[:, :, None], some[:, None, :]).sum(axis=2)
            for some in _columns(slots, step)
        )
        return _log_mean(logs, counts)

    def _each_of_slots(self, slots, parameters):
        """Return the mean over the parents of what each feature adds.

        A parent weighs its share of P(x | y). The entropy of these weights, by which
        the logarithm of the mean is above the mean of the logarithms, is divided
        evenly.
        """
        table = parameters["_log_prob_"]
        parents, counts = self._parents(slots, parameters)
        each = [_looked_up(table, parents, column) for column in _columns(slots)]
        logs = sum(each)
        log_mean = _log_mean(logs, counts)
        share = np.exp(logs - log_mean[:, None]) * counts[:, :, None]
        share /= share.sum(axis=1, keepdims=True)
        found = np.stack([(share * one).sum(axis=1) for one in each], axis=1)
        rest = log_mean - found.sum(axis=1)
        return found + rest[:, None, :] / slots.shape[1]

    def _in_order(self, slots, parameters, state):
        """Yield what is drawn: a column, its rows, and the slots of their parents."""
        none, first = len(parameters["_log_prob_"]) - 1, parameters["_cells_"].first
        may_be = np.add.reduceat(parameters["_seen_"], first[:-1])
        may_be = np.flatnonzero(may_be) if may_be.any() else np.arange(len(may_be))
        parent = state.choice(may_be, size=len(slots))
        for j in may_be:
            rows = np.flatnonzero(parent == j)
            yield j, rows, np.full(len(rows), none)
        for j in range(slots.shape[1]):
            rows = np.flatnonzero(parent != j)
            yield j, rows, slots[rows, parent[rows]]

    def _parents(self, slots, parameters):
        """Return the slots of the parents, and which of them count."""
        none = len(parameters["_log_prob_"]) - 1
        parents = np.where(parameters["_seen_"][slots], slots, none)
        counts = parents < none
        # Where no value was seen before, each is as in naive Bayes.
        counts[~counts.any(axis=1)] = True
        return parents, counts


@dataclass(frozen=True)
class TAN(OneDependence):
    """Tree-augmented naive Bayes: the parents make the most informative tree."""

    def structure(self, sums):
        """Return tree_, each feature's parent, -1 of the root."""
        first = CategoryIndex(sums.values).first
        pairs = (sums.of_class(k) for k in range(sums.n_classes))
        information = conditional_mutual_information(pairs, first, self.unit)
        return {"tree_": most_informative_tree(information)}

    def _in_order(self, slots, parameters, state):
        """Yield what is drawn: a column, its rows, and the slots of their parents."""
        rows, tree = np.arange(len(slots)), parameters["tree_"]
        columns = np.flatnonzero(tree < 0).tolist()
        for j in columns:  # to which its children are added
            yield j, rows, slots[:, tree[j]] if tree[j] >= 0 else slots[:, j]
            columns += np.flatnonzero(tree == j).tolist()

    def _of_slots(self, slots, parameters):
        """Return the sum over the features."""
        return self._each_of_slots(slots, parameters).sum(axis=1)

    def _each_of_slots(self, slots, parameters):
        """Return log P(x_j | y, parent of x_j) of each feature."""
        table, tree = parameters["_log_prob_"], parameters["tree_"]
        none, parents = len(table) - 1, slots[:, tree]
        known = parameters["_seen_"][parents] & (tree >= 0)
        return _looked_up(table, np.where(known, parents, none), slots)


def _looked_up(table, parents, slots):
    """Return the entries (parents, slots) of a table for all classes."""
    n_slots, _, n_classes = table.shape
    return table.reshape(-1, n_classes).take(parents * n_slots + slots, axis=0)


def _columns(slots, step=1):
    """Yield some columns of slots after others."""
    return (slots[:, j : j + step] for j in range(0, slots.shape[1], step))


def _log(counts, more):
    """Return log (counts + more), rounding below zero cut off."""
    return np.log(np.maximum(counts, 0) + more)


def _log_mean(logs, counts):
    """Return the logarithm of the mean of exponentials, of the parents that count."""
    logs = np.where(counts[:, :, None], logs, -np.inf)
    top = logs.max(axis=1)
    mean = np.exp(logs - top[:, None]).sum(axis=1) / counts.sum(axis=1)[:, None]
    return np.log(mean) + top
