r"""Counts of pairs of values in each class, as sums over the rows.

A row has one cell in each column; Z, of shape (rows, cells), is their one-hot matrix.
The counts of pairs in class y are :math:`Z_y^\top W Z_y`, with the counts of single
cells on the diagonal.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from skmath.probability.categories import CategoryIndex

__all__ = ["PairCounts", "count_pairs"]


@dataclass(frozen=True)
class PairCounts:
    """Total weight of the rows with each pair of cells, by class; `+` adds the counts.

    Parameters
    ----------
    values : tuple of ndarray
        Sorted cells of each column.
    pairs : sparse array of shape (n_slots, n_classes * n_slots)
        One class after another, each in the order of `CategoryIndex`: the cells of a
        column, a slot for unknown values, and so on; the last slot is for missing
        values. It is sparse because most pairs do not occur in a block of rows.
    """

    values: tuple[np.ndarray, ...]
    pairs: Any

    def __add__(self, other: "PairCounts") -> "PairCounts":
        if all(map(np.array_equal, self.values, other.values)):
            return PairCounts(self.values, self.pairs + other.pairs)
        values = tuple(map(np.union1d, self.values, other.values))
        return PairCounts(values, self._among(values) + other._among(values))

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        n_slots, width = self.pairs.shape
        return width // n_slots

    def of_class(self, k: int) -> Any:
        """Return the pairs of one class, a sparse array of shape (n_slots, n_slots)."""
        n_slots = self.pairs.shape[0]
        return self.pairs[:, k * n_slots : (k + 1) * n_slots]

    def singles(self) -> Any:
        """Return how often each cell occurs, ndarray of shape (n_classes, n_slots)."""
        n_slots, entries = self.pairs.shape[0], self.pairs.tocoo()
        code, slot = np.divmod(entries.col, n_slots)
        same = slot == entries.row
        found = np.zeros((self.n_classes, n_slots))
        found[code[same], slot[same]] = entries.data[same]
        return found

    def _among(self, values: Any) -> Any:
        """Return the pairs in the order of a larger set of values."""
        first = _first_slots(values)
        parts = (
            start + np.append(np.searchsorted(more, known), len(more))
            for known, more, start in zip(self.values, values, first, strict=False)
        )
        slots, n_slots = np.concatenate([*parts, first[-1:]]), first[-1] + 1
        entries = self.pairs.tocoo()
        code, slot = np.divmod(entries.col, self.pairs.shape[0])
        at = (slots[entries.row], code * n_slots + slots[slot])
        shape = (n_slots, self.n_classes * n_slots)
        return sparse.csc_array((entries.data, at), shape=shape)


def count_pairs(codes: Any, values: Any, members: Any, weight: Any) -> PairCounts:
    """Return the `PairCounts` of a block.

    Parameters
    ----------
    codes : ndarray of shape (n_samples, n_columns)
        The cells; NaN for missing values.
    values : tuple of ndarray
        The sorted cells of each column.
    members : ndarray of shape (n_samples, n_classes)
        One-hot.
    weight : ndarray of shape (n_samples,) or None

    Returns
    -------
    PairCounts
    """
    index, (n, n_classes) = CategoryIndex(values), members.shape
    slots, n_slots = index.slots(codes), int(index.first[-1]) + 1
    # Two missing values are not a pair.
    known = (slots < n_slots - 1).astype(np.float64)
    of_class = n_slots * np.argmax(members, axis=1)[:, None] + slots
    weighted = known if weight is None else known * weight[:, None]
    Z = _rows_of(slots, known, (n, n_slots))
    of_all = _rows_of(of_class, weighted, (n, n_classes * n_slots))
    pairs = (Z.T @ of_all).tocsc()
    pairs.eliminate_zeros()
    return PairCounts(values, pairs)


def _rows_of(slots: np.ndarray, entries: np.ndarray, shape: tuple[int, int]) -> Any:
    """Return a sparse matrix with some entries in each row."""
    n, p = slots.shape
    ends = np.arange(0, n * p + 1, p)
    return sparse.csr_array((entries.ravel(), slots.ravel(), ends), shape=shape)


def _first_slots(values: Any) -> Any:
    return np.concatenate([[0], np.cumsum([len(v) + 1 for v in values])])
