"""Cells: discretisation of columns, so that pairs of values can be counted.

Each category is a cell. Numbers are cut into intervals of about equal frequency; a
value that is as frequent as an interval is a cell of its own. Counts of neighbouring
intervals are averaged (Tukey 1977), but those of single values are not: zeros in a
column of amounts are of another kind than small amounts.

References
----------
.. [1] J. W. Tukey, *Exploratory Data Analysis*, 1977, section 7E.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import matrix_power

__all__ = ["Cells", "cells_of"]

PASSES = 2
"""How often the counts of neighbours are averaged."""

ROUNDING = 1e-9
"""Rounding of fractions of the weight, which must not move a value to another interval.
"""

SHARE = 0.25
"""Fraction of a cell's count that each neighbour gets in one pass."""


@dataclass(frozen=True)
class Cells:
    """The cells of each column.

    Parameters
    ----------
    edges : tuple of (ndarray or None)
        For each column the ascending edges between its intervals; None for categories.
    joined : tuple of (ndarray of bool or None)
        For each edge whether the counts of the intervals on both sides are averaged.
    spans : tuple of (ndarray of shape (n_intervals, 2) or None)
        The smallest and the largest value in each interval.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.probability import cells_of
    >>> X = np.array([[0, 0, 0, 0, 1.5, 2.5, 3.5, 4.5]]).T
    >>> cells = cells_of(X, np.ones(8), [False], 3)
    >>> cells.edges[0], cells.joined[0]
    (array([0.75, 3.  , 4.  ]), array([False,  True,  True]))
    >>> cells.codes(np.array([[0.0], [3.2], [np.nan]])).T
    array([[ 0.,  2., nan]])
    """

    edges: tuple[np.ndarray | None, ...]
    joined: tuple[np.ndarray | None, ...]
    spans: tuple[np.ndarray | None, ...]

    def codes(self, X: Any) -> Any:
        """Return the cell of each value: the category, or the number of the interval.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_columns)

        Returns
        -------
        ndarray of shape (n_samples, n_columns)
            NaN for missing values.
        """
        codes = np.array(X, dtype=np.float64, order="F")
        missing = np.isnan(codes)
        for x, edges in zip(codes.T, self.edges, strict=True):
            if edges is not None:
                x[:] = edges.searchsorted(x, "right")
        codes[missing] = np.nan
        return codes

    def values(self, codes: Any) -> Any:
        """Return the sorted cells of each column; for categories, those in codes.

        Parameters
        ----------
        codes : ndarray of shape (n_samples, n_columns)

        Returns
        -------
        tuple of ndarray
        """
        return tuple(
            np.unique(x[~np.isnan(x)]) if edges is None else np.arange(len(edges) + 1.0)
            for x, edges in zip(codes.T, self.edges, strict=True)
        )

    def draw(self, codes: Any, state: Any) -> np.ndarray:
        """Draw a value in each cell: uniformly in an interval; the category itself.

        Parameters
        ----------
        codes : ndarray of shape (n_samples, n_columns)
            Result of `codes`.
        state : RandomState

        Returns
        -------
        ndarray of shape (n_samples, n_columns)
        """
        drawn = codes.copy()
        for j, spans in enumerate(self.spans):
            if spans is not None:
                low, high = spans[codes[:, j].astype(int)].T
                drawn[:, j] = low + state.uniform(size=len(low)) * (high - low)
        return drawn

    def averages(self, first: Any, n_slots: int) -> Any:
        """Return the matrix that averages the counts of neighbouring cells.

        Parameters
        ----------
        first : ndarray of int of shape (n_columns + 1,)
            First cell of each column.
        n_slots : int

        Returns
        -------
        sparse array of shape (n_slots, n_slots)
            A symmetric matrix whose rows sum to one.
        """
        exchanged = np.zeros(n_slots)
        for joined, start in zip(self.joined, first, strict=False):
            if joined is not None:
                exchanged[start : start + len(joined)][joined] = SHARE
        kept = 1 - exchanged
        kept[1:] -= exchanged[:-1]
        offsets = (-1, 0, 1)
        one_pass = sparse.diags_array(
            (exchanged[:-1], kept, exchanged[:-1]), offsets=offsets
        )
        return sparse.csr_array(matrix_power(one_pass.tocsr(), PASSES))


def cells_of(X: Any, weight: Any, is_categorical: Any, n_intervals: int) -> Cells:
    """Return the `Cells` of columns.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_columns)
        NaN where a value is missing.
    weight : ndarray of shape (n_samples,)
    is_categorical : sequence of bool
        Whether each column is categorical.
    n_intervals : int
        Number of intervals for numbers, not counting frequent single values.

    Returns
    -------
    Cells
    """
    found = [
        (None, None, None) if categorical else _intervals(x, weight, n_intervals)
        for x, categorical in zip(X.T, is_categorical, strict=True)
    ]
    return Cells(*zip(*found, strict=True))


def _intervals(
    x: np.ndarray, weight: np.ndarray, n_intervals: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the edges between one column's intervals, which are joined, and spans."""
    there = ~np.isnan(x) & (weight > 0)
    values, which = np.unique(x[there].astype(np.float64), return_inverse=True)
    share = np.bincount(which, weight[there], minlength=len(values))
    alone = share * n_intervals >= share.sum() * (1 - ROUNDING)
    if len(values) <= n_intervals:
        alone[:] = True
    rest = np.where(alone, 0.0, share)
    # The last value of each interval: on both sides of one alone, and at quantiles.
    ends = np.flatnonzero(alone[1:] | alone[:-1])
    if rest.any():
        targets = rest.sum() * np.arange(1, n_intervals) / n_intervals
        quantiles = np.searchsorted(np.cumsum(rest), targets * (1 - ROUNDING))
        ends = np.union1d(ends, quantiles[quantiles < len(values) - 1])
    edges = values[ends] + 0.5 * (values[ends + 1] - values[ends])
    if not len(values):
        return edges, edges > 0, np.full((1, 2), np.nan)
    starts, stops = np.append(0, ends + 1), np.append(ends, len(values) - 1)
    spans = np.column_stack([values[starts], values[stops]])
    return edges, ~alone[ends] & ~alone[ends + 1], spans
