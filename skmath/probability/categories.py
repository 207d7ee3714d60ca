"""Categorical distributions: how often each category occurs in each class.

References
----------
.. [1] T. M. Mitchell, *Machine Learning*, 1997, section 6.9.1, equation 6.22.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from skmath.probability.left_out import of_own_class

__all__ = ["Categorical", "CategoryCounts"]

ALPHAS = np.geomspace(1e-3, 1e2, 21)
"""Candidates for the smoothing, in rows. With many categories, Laplace's 1 for each
outweighs the data if they are informative, and is too little if they are noise."""

MANY = 30
"""Number of categories above which a smoothing of more than 1 is tried: with fewer,
noise has little influence."""

SMALL = 1 << 16
"""Integers below this are looked up in a table."""


@dataclass(frozen=True)
class Categorical:
    """P(x = c | y) = (count of c in y + alpha) / (count of y + alpha n_categories).

    The categories of a column are its distinct numbers. Missing values (NaN) are left
    out of the counts and of the product.

    Parameters
    ----------
    alpha : float, ndarray of shape (n_columns,) or "auto", default=1.0
        Additive (Laplace) smoothing, in units of weight. "auto" selects for each column
        the value in `ALPHAS` with the highest leave-one-out log-likelihood, which can
        be computed from the counts: up to 1, and for more than `MANY` categories up to
        100.
    unit : float, default=1.0
        Weight of one row.
    min_categories : int or ndarray of shape (n_columns,), default=0
        Minimum number of categories of a column.
    """

    alpha: Any = 1.0
    unit: float = 1.0
    min_categories: Any = 0

    def statistics(self, X: Any, members: Any, weight: Any) -> "CategoryCounts":
        """Return how often each value of each column occurs in each class."""
        n_classes = members.shape[1]
        codes = (members @ np.arange(n_classes, dtype=members.dtype)).astype(np.int32)
        if weight is not None:
            # Rows of weight 0 are ignored, and so are their values.
            kept = weight > 0
            X, codes, weight = X[kept], codes[kept], weight[kept]
        return count_values(X, codes, weight, n_classes)

    def fit(self, sums: Any) -> dict[str, Any]:
        """Return category_log_prob_, (n_slots, n_classes): 0 for missing values."""
        index = CategoryIndex(sums.values())
        counts = index.counts(sums)
        alpha = self._chosen_alpha(counts, index)
        sizes = index.by_slot(index.sizes)
        table = self._log_probabilities(counts, index, alpha, sizes)
        return {
            "category_log_prob_": np.vstack([table, 0 * table[:1]]),
            "category_alpha_": alpha / self.unit,
            "_index_": index,
            "_categories_": list(index.values),
        }

    def _log_probabilities(
        self,
        counts: np.ndarray,
        index: "CategoryIndex",
        alpha: np.ndarray,
        sizes: np.ndarray,
        left_out: float = 0.0,
    ) -> np.ndarray:
        """Return log P of each slot in each class, (n_slots - 1, n_classes).

        The weight left_out is subtracted from the counts of the slot and its column.
        """
        # A column without values has no category: the next value will be the first.
        sizes = np.maximum(sizes, np.maximum(index.by_slot(self.min_categories), 1))
        total = index.by_slot(index.totals(counts))
        counts, total = (np.maximum(n - left_out, 0) for n in (counts, total))
        alpha = index.by_slot(alpha)[:, None]
        return np.log(counts + alpha) - np.log(total + alpha * sizes[:, None])

    def _chosen_alpha(self, counts: np.ndarray, index: "CategoryIndex") -> np.ndarray:
        """Return alpha of each column, in units of weight."""
        n_columns = len(index.sizes)
        if not isinstance(self.alpha, str):
            return np.broadcast_to(self.alpha, n_columns)
        are_many, scores = index.sizes > MANY, []
        alphas = ALPHAS if are_many.any() else ALPHAS[ALPHAS <= 1]
        for alpha in alphas * self.unit:
            sizes, alpha = index.by_slot(index.sizes), np.full(n_columns, alpha)
            logs = self._log_probabilities(counts, index, alpha, sizes, self.unit)
            score = index.totals(counts * logs).sum(axis=1)
            scores.append(np.where((alpha <= self.unit) | are_many, score, -np.inf))
        return self.unit * alphas[np.argmax(scores, axis=0)]

    def left_out(
        self, X: Any, codes: Any, unit: float, sums: Any, parameters: Any
    ) -> Any:
        """Return the leave-one-out sums of log probabilities.

        A category that no other row has is unknown without it.
        """
        index = parameters["_index_"]
        counts, alpha = index.counts(sums), self.unit * parameters["category_alpha_"]
        sizes = index.by_slot(index.sizes) - (counts.sum(axis=1) <= 1.5 * unit)
        left = self._log_probabilities(counts, index, alpha, sizes, unit)
        left = np.vstack([left, 0 * left[:1]])
        table = {"category_log_prob_": left, "_index_": index}
        return of_own_class(self.log_likelihood(X, table), codes)

    def by_feature(self, X: Any, parameters: Any) -> Any:
        """Return the log probability of each value in each class."""
        return parameters["category_log_prob_"][parameters["_index_"].slots(X)]

    def log_likelihood(self, X: Any, parameters: Any) -> Any:
        """Return the sum over the columns.

        It is the product with a sparse one-hot matrix of the categories.
        """
        (n, p), slots = X.shape, parameters["_index_"].slots(X)
        table = parameters["category_log_prob_"]
        ends = np.arange(0, n * p + 1, p, dtype=slots.dtype)
        ones = sparse.csr_array(
            (np.ones(n * p), slots.ravel(), ends), shape=(n, len(table))
        )
        return ones @ table

    def draw(self, parameters: Any, codes: Any, state: Any) -> np.ndarray:
        """Draw a value of each column, given class codes."""
        table, index = np.exp(parameters["category_log_prob_"]), parameters["_index_"]
        drawn = np.full((len(codes), len(index.values)), np.nan)
        for j in np.flatnonzero(index.sizes):
            values, first = index.values[j], index.first[j]
            below = np.cumsum(table[first : first + len(values)], axis=0)
            uniform = state.uniform(size=len(codes)) * below[-1][codes]
            which = np.minimum((below[:, codes] <= uniform).sum(0), len(values) - 1)
            drawn[:, j] = values[which]
        return drawn


@dataclass(frozen=True)
class CategoryCounts:
    """How often each value occurs in each class; `+` adds the counts of each value.

    Parameters
    ----------
    column : ndarray of int of shape (n_values,)
        Sorted.
    value : ndarray of float of shape (n_values,)
        Sorted within a column.
    counts : ndarray of shape (n_values, n_classes)
    n_columns : int
    """

    column: np.ndarray
    value: np.ndarray
    counts: np.ndarray
    n_columns: int

    def __add__(self, other: "CategoryCounts") -> "CategoryCounts":
        if np.array_equal(self.column, other.column) and np.array_equal(
            self.value, other.value
        ):
            counts = self.counts + other.counts
            return CategoryCounts(self.column, self.value, counts, self.n_columns)
        column = np.concatenate([self.column, other.column])
        value = np.concatenate([self.value, other.value])
        order = np.lexsort((value, column))
        column, value = column[order], value[order]
        new = np.ones(len(order), dtype=bool)
        new[1:] = (column[1:] != column[:-1]) | (value[1:] != value[:-1])
        counts = np.concatenate([self.counts, other.counts])[order]
        counts = np.add.reduceat(counts, np.flatnonzero(new), axis=0)
        return CategoryCounts(column[new], value[new], counts, self.n_columns)

    def values(self) -> tuple[Any, ...]:
        """Return the sorted values of each column, a tuple of arrays."""
        ends = np.searchsorted(self.column, np.arange(1, self.n_columns))
        return tuple(np.split(self.value, ends))


def count_values(
    X: np.ndarray, codes: np.ndarray, weight: np.ndarray | None, n_classes: int
) -> CategoryCounts:
    """Return the `CategoryCounts` of a block, without missing values."""
    p, whole = X.shape[1], _whole_numbers(X)
    size = 0 if whole is None else int(whole.max(initial=0)) + 2
    if whole is None or p * size > 16 * X.size + SMALL:
        return _count_any_values(X, codes, weight, n_classes)
    # Cell (j, x, y) of a table has the rows of class y whose value j is x; values that
    # are missing, -1, are the last in the row of the column before.
    cells = (whole + 1 + size * np.arange(p, dtype=np.int32)) * n_classes
    cells += codes[:, None]
    weight = None if weight is None else np.repeat(weight, p)
    table = np.bincount(cells.ravel(), weight, minlength=p * size * n_classes)
    table = table.reshape(p, size, n_classes)[:, 1:]
    column, value = np.nonzero(table.any(axis=2))
    counts = table[column, value].astype(np.float64)
    return CategoryCounts(column, value.astype(np.float64), counts, p)


def _count_any_values(
    X: np.ndarray, codes: np.ndarray, weight: np.ndarray | None, n_classes: int
) -> CategoryCounts:
    columns, found, tables = [], [], []
    for j, x in enumerate(X.T):
        observed = ~np.isnan(x)
        values, which = np.unique(x[observed], return_inverse=True)
        cells = which * n_classes + codes[observed]
        w = None if weight is None else weight[observed]
        table = np.bincount(cells, w, minlength=len(values) * n_classes)
        columns.append(np.full(len(values), j))
        found.append(values.astype(np.float64))
        tables.append(table.reshape(-1, n_classes).astype(np.float64))
    features, values, counts = map(np.concatenate, (columns, found, tables))
    return CategoryCounts(features, values, counts, X.shape[1])


class CategoryIndex:
    """Index of each column's values in one table of the categories of all columns.

    The columns follow each other, each with a last slot for unknown values; the last
    slot of the table is for missing values.

    Parameters
    ----------
    values : tuple of ndarray of float
        Sorted categories of each column.
    """

    def __init__(self, values: tuple[Any, ...]) -> None:
        self.values = values
        self.sizes = np.array([len(v) for v in values])
        self.first = np.concatenate([[0], np.cumsum(self.sizes + 1)])
        # Small integers are looked up in a table; for other values, positions are
        # searched first and then looked up.
        codes = [_whole_numbers(v) for v in values]
        self._searched = [j for j, found in enumerate(codes) if found is None]
        whole = [
            np.arange(size, dtype=np.int32) if found is None else found
            for found, size in zip(codes, self.sizes, strict=True)
        ]
        self._highest = np.array([v[-1] if len(v) else 0 for v in whole], np.int32)
        starts = np.concatenate([[0], np.cumsum(self._highest + 2)])
        self._start = starts[:-1].astype(np.int32)
        slot = np.repeat(self.first[:-1] + self.sizes, self._highest + 2)
        for numbers, at, first in zip(whole, starts, self.first, strict=False):
            slot[at + numbers] = first + np.arange(len(numbers))
        is_identity = (slot == np.arange(len(slot))).all()
        self._slot = None if is_identity else slot.astype(np.int32)

    def counts(self, sums: CategoryCounts) -> np.ndarray:
        """Return the counts by slot, (n_slots - 1, n_classes); 0 for unknown values.

        Parameters
        ----------
        sums : CategoryCounts
        """
        counts = np.zeros((self.first[-1], sums.counts.shape[1]))
        # Each column's categories, and a slot for unknown values.
        counts[np.arange(len(sums.column)) + sums.column] = sums.counts
        return counts

    def by_slot(self, each: Any) -> np.ndarray:
        """Return the entry of its column for each slot except the last."""
        each = np.asarray(each)
        if not each.ndim:
            return np.full(self.first[-1], each)
        return np.repeat(each, self.sizes + 1, axis=0)

    def totals(self, counts: np.ndarray) -> np.ndarray:
        """Return the sum of each column's counts, (n_columns, n_classes)."""
        return np.add.reduceat(counts, self.first[:-1], axis=0)

    def slots(self, X: np.ndarray) -> np.ndarray:
        """Return the slot of each value of a block, int32 of shape (n, n_columns)."""
        X = self._with_positions(X) if self._searched else X
        place = _as_int(X)
        # As unsigned integers, negative numbers are very large.
        known = place.view(np.uint32) <= self._highest.view(np.uint32)
        known &= place == X
        all_known = known.all()
        if not all_known:
            place = np.where(known, place, self._highest + 1)
        slots = place + self._start
        if self._slot is not None:
            slots = self._slot[slots]
        if not all_known:
            slots[np.isnan(X)] = self.first[-1]
        return slots

    def _with_positions(self, X: np.ndarray) -> np.ndarray:
        """Return X with values replaced by positions in the searched columns."""
        X = X.astype(np.float64)
        for j in self._searched:
            values, x = self.values[j], X[:, j]
            place = np.minimum(np.searchsorted(values, x), len(values) - 1)
            found = np.where(values[place] == x, place, np.inf)
            X[:, j] = np.where(np.isnan(x), np.nan, found)
        return X


def _whole_numbers(numbers: np.ndarray) -> np.ndarray | None:
    """Return small integers as int32 (-1 if missing); None if there are other values.

    Small integers can be looked up in a table.
    """
    whole = _as_int(numbers)
    if (whole == numbers).all():
        is_small = whole.size == 0 or whole.view(np.uint32).max() < SMALL
        return whole if is_small else None
    missing = np.isnan(numbers)
    rest = _whole_numbers(np.where(missing, 0, numbers)) if missing.any() else None
    return None if rest is None else np.where(missing, np.int32(-1), rest)


def _as_int(numbers: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return np.ascontiguousarray(numbers.astype(np.int32))
