"""Nonparametric densities: kernel density estimates and quantile bins.

Missing values (NaN) are left out of the samples and of the product.

References
----------
.. [1] J. W. Tukey, *Exploratory Data Analysis*, 1977, section 7E.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from skmath import _arrays
from skmath.probability.kernel_density import (
    BLOCK,
    KernelSums,
    kernel_sums,
    silverman_bandwidth,
)
from skmath.probability.left_out import of_own_class, remaining

LEAST = 1e-12
"""Lower bound of the sum of kernels at a value without its own kernel."""

COMPARED = 1 << 13
"""Number of comparisons with edges that is faster than one search per column."""

AVERAGE = (1, 2, 1)
"""Weights of a bin and its two neighbours: Tukey's hanning."""

__all__ = ["KDE", "Bins", "Samples"]


@dataclass(frozen=True)
class Samples:
    """Stored rows with their classes and weights, from which densities are estimated.

    Parameters
    ----------
    parts : tuple of (X, codes, weight)
        One entry per block.
    n_classes : int
    """

    parts: tuple[Any, ...]
    n_classes: int

    def __add__(self, other: "Samples") -> "Samples":
        return Samples(self.parts + other.parts, self.n_classes)

    def concatenated(self) -> "Samples":
        """Return a copy with all rows in one part."""
        parts = zip(*self.parts, strict=True)
        return Samples((tuple(map(np.concatenate, parts)),), self.n_classes)

    def columns(self) -> Iterator[tuple[Any, Any, Any]]:
        """Yield the sorted values of each column, without missing ones.

        Yields
        ------
        values : ndarray of shape (n_values,)
        codes : ndarray of int of shape (n_values,)
            Class of each.
        weight : ndarray of shape (n_values,)
        """
        [(X, codes, weight)] = self.concatenated().parts
        for x in X.T:
            here = np.flatnonzero(~np.isnan(x) & (weight > 0))
            here = here[np.argsort(x[here], kind="stable")]
            values, own = x[here].astype(np.float64), weight[here].astype(np.float64)
            yield values, codes[here], own


def rows_by_class(codes: np.ndarray, n_classes: int) -> list[np.ndarray]:
    """Return a list with the indices of each class's rows."""
    order = np.argsort(codes, kind="stable")
    return np.split(order, np.searchsorted(codes[order], np.arange(1, n_classes)))


def samples_of(X: Any, members: Any, weight: Any) -> Samples:
    """Return the `Samples` of a block."""
    weight = np.ones(len(X)) if weight is None else weight
    codes = np.argmax(members, axis=1)
    return Samples(((np.asarray(X), codes, weight),), members.shape[1])


@dataclass(frozen=True)
class KDE:
    """Kernel density estimate with normal kernels, in each class.

    Parameters
    ----------
    bandwidth : float or {"silverman", "scott"}, default="silverman"
        Bandwidth in the units of the feature, or a rule of thumb for each class:
        Silverman's, or Scott's 1.06 s n^(-1/5). If values repeat, the rules give at
        least half of their smallest step.
    var_smoothing : float or "auto", default=1e-9
        Lower bound of the squared bandwidth, as a fraction of the feature's variance;
        "auto" is 1e-9.
    unit : float, default=1.0
        Weight of one row.
    """

    bandwidth: float | str = "silverman"
    var_smoothing: float | str = 1e-9
    unit: float = 1.0

    def statistics(self, X: Any, members: Any, weight: Any) -> Samples:
        """Return the block's `Samples`."""
        return samples_of(_arrays.dense(X), members, weight)

    def fit(self, sums: Any) -> dict[str, Any]:
        """Return bandwidth_, (n_classes, n_columns), and the kernel sums."""
        samples: list[Any] = []
        bandwidths, of_class, of_all = [], [], []
        for values, codes, weight in sums.columns():
            share: Any = 1e-9 if self.var_smoothing == "auto" else self.var_smoothing
            least = math.sqrt(share) * _spread(values, weight)
            if isinstance(self.bandwidth, str):
                least = max(least, 0.5 * _step(values, weight / self.unit))
            if not len(values):
                values, weight, codes = np.zeros(1), np.ones(1), np.zeros(1, int)
            parts: list[Any] = rows_by_class(codes, sums.n_classes)
            there = np.array([len(part) > 0 for part in parts])
            # A class without values gets the density of all classes, and so does one
            # whose only row is left out.
            of_all.append(len(samples) + there.sum())
            number = len(samples) + np.cumsum(there) - 1
            of_class.append(np.where(there, number, of_all[-1]))
            totals = np.bincount(codes, weight, minlength=sums.n_classes)
            parts = [part for part in parts if len(part)]
            parts += [slice(None)] if totals.min() <= 1.5 * self.unit else []
            for part in parts:
                samples.append((values[part], weight[part]))
                bandwidths.append(self._bandwidth(values[part], weight[part], least))
        h = np.array(bandwidths)
        kernels = Kernels(kernel_sums(samples, h), np.array(of_class), np.array(of_all))
        return {"bandwidth_": h[kernels.of_class].T, "_kernels_": kernels}

    def _bandwidth(self, values: np.ndarray, weight: np.ndarray, least: float) -> float:
        return max(self._rule(values, weight), least, np.finfo(float).tiny * 1e10)

    def _rule(self, values: np.ndarray, weights: np.ndarray) -> float:
        if self.bandwidth == "silverman":
            return silverman_bandwidth(values, weights / self.unit)
        if self.bandwidth == "scott":
            return (
                1.06 * _deviation(values, weights) * (weights.sum() / self.unit) ** -0.2
            )
        return float(self.bandwidth)

    def draw(self, parameters: Any, codes: Any, state: Any) -> np.ndarray:
        """Draw a value of each column, given class codes."""
        kernels = parameters["_kernels_"]
        drawn = np.empty((len(codes), len(kernels.of_class)))
        for j, samples in enumerate(kernels.of_class):
            for k, sample in enumerate(samples):
                rows = np.flatnonzero(codes == k)
                values, weights, h = kernels.sums.sample(sample)
                centre = state.choice(values, size=len(rows), p=weights / weights.sum())
                drawn[rows, j] = state.normal(centre, h)
        return drawn

    def by_feature(self, X: Any, parameters: Any) -> Any:
        """Return the log density of each value in each class; 0 for missing values."""
        return np.concatenate(list(parameters["_kernels_"].in_blocks(X)))

    def log_likelihood(self, X: Any, parameters: Any) -> Any:
        """Return the sum over the columns."""
        blocks = parameters["_kernels_"].in_blocks(X)
        return np.concatenate([each.sum(axis=1) for each in blocks])

    def left_out(
        self, X: Any, codes: Any, unit: float, sums: Any, parameters: Any
    ) -> Any:
        """Return the leave-one-out sums of log densities.

        The bandwidths are not changed.
        """
        return parameters["_kernels_"].without_one(X, codes, unit).sum(axis=1)


@dataclass(frozen=True)
class Kernels:
    """Kernel sums of each column and class.

    Parameters
    ----------
    sums : KernelSums
    of_class : ndarray of int of shape (n_columns, n_classes)
        Index of each class's sample in the sums.
    of_all : ndarray of int of shape (n_columns,)
        Index of the sample with all classes, if a class has one row or none.
    """

    sums: KernelSums
    of_class: np.ndarray
    of_all: np.ndarray

    def of_column(self, j: int) -> "Kernels":
        """Return the kernels of one column."""
        return Kernels(self.sums, self.of_class[[j]], self.of_all[[j]])

    def in_blocks(self, X: np.ndarray) -> Iterator[Any]:
        """Yield the log densities of some rows, (n_rows, n_columns, n_classes)."""
        step = max(1, BLOCK // self.of_class.size)
        for start in range(0, max(1, X.shape[0]), step):
            x, observed = self._filled(X[start : start + step])
            each = self.sums.log_density(x[:, :, None], self.of_class)
            if not observed.all():
                each[~observed] = 0.0
            yield each

    def without_one(self, X: np.ndarray, codes: np.ndarray, unit: float) -> np.ndarray:
        """Return the leave-one-out log density of each row in its class."""
        x, observed = self._filled(X)
        sample = self.of_class[:, codes].T
        _, some = remaining(self.sums.totals[sample], unit)
        sample = np.where(some, sample, self.of_all)
        # If a column has a single row, nothing is left.
        sample = np.minimum(sample, len(self.sums.totals) - 1)
        left, _ = remaining(self.sums.totals[sample], unit)
        one = np.log(unit / (self.sums.bandwidths[sample] * math.sqrt(2 * math.pi)))
        log = self.sums.log_density(x, sample) + np.log(self.sums.totals[sample])
        others = np.maximum(np.exp(log - one) - 1, LEAST)
        return np.where(observed, np.log(others) + one - np.log(left), 0.0)

    def _filled(self, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return a block with missing values filled, and a mask of the others."""
        X = np.asarray(_arrays.dense(X), dtype=np.float64)
        observed = ~np.isnan(X)
        some = self.sums.values[self.sums.ends[self.of_class[:, 0]]]
        return np.where(observed, X, some), observed


@dataclass(frozen=True)
class Bins:
    """Smoothed histogram with quantile bins.

    There are 2 n^(1/3) bins, with n the total weight (Rice's rule), or as many as there
    are distinct values; the first and last extend to infinity at the same height.
    Counts are averaged with those of neighbouring bins (Tukey 1977).

    Parameters
    ----------
    alpha : float or ndarray of shape (n_columns,), default=1.0
        Weight of pseudo-rows, distributed like all classes, added to each class.
    unit : float, default=1.0
        Weight of one row.
    """

    alpha: float | np.ndarray = 1.0
    unit: float = 1.0

    def statistics(self, X: Any, members: Any, weight: Any) -> Samples:
        """Return the block's `Samples`."""
        return samples_of(_arrays.dense(X), members, weight)

    def by_feature(self, X: Any, parameters: Any) -> Any:
        """Return the log density of each value in each class; 0 for missing values."""
        X = _arrays.dense(X)
        if np.size(X) <= parameters["_table_"].most_values:
            return parameters["_table_"].log_density(X)
        return np.stack(list(self._by_column(X, parameters)), axis=1)

    def log_likelihood(self, X: Any, parameters: Any) -> Any:
        """Return the sum over the columns."""
        X = _arrays.dense(X)
        if np.size(X) <= parameters["_table_"].most_values:
            return parameters["_table_"].log_density(X).sum(axis=1)
        return sum(self._by_column(X, parameters))

    def left_out(
        self, X: Any, codes: Any, unit: float, sums: Any, parameters: Any
    ) -> Any:
        """Return the leave-one-out sums of log densities.

        The edges of the bins are not changed.
        """
        X, total = np.asarray(_arrays.dense(X), dtype=np.float64), np.zeros(len(codes))
        for x, of_column in zip(X.T, parameters["_columns_"], strict=True):
            observed = ~np.isnan(x)
            total[observed] += self._left_out(
                x[observed], codes[observed], unit, of_column
            )
        return total

    def _by_column(self, X: Any, parameters: Any) -> Iterator[Any]:
        X = np.asarray(_arrays.dense(X), dtype=np.float64)
        for x, of_column in zip(X.T, parameters["_columns_"], strict=True):
            observed = ~np.isnan(x)
            if observed.all():
                yield self._log_density(x, of_column)
                continue
            each = np.zeros((len(x), len(of_column)))
            each[observed] = self._log_density(x[observed], of_column)
            yield each

    def fit(self, sums: Any) -> dict[str, Any]:
        """Return edges_, a list, and the histograms."""
        columns = [
            self.histogram(*values, sums.n_classes, j)  # type: ignore[call-arg]  # unpacked
            for j, values in enumerate(sums.columns())
        ]
        return {
            "edges_": [h.cuts for h in columns],
            "_columns_": columns,
            "_table_": table_of(columns),
        }

    def histogram(
        self, values: Any, codes: Any, weight: Any, n_classes: int, column: int = 0
    ) -> "Histogram":
        """Return the histogram of one column's sorted values.

        Parameters
        ----------
        values : ndarray of shape (n_values,)
        codes : ndarray of int of shape (n_values,)
            Class of each.
        weight : ndarray of shape (n_values,)
        n_classes : int
        column : int, default=0
            Index of the column, for alpha.

        Returns
        -------
        Histogram
        """
        cuts = _cuts(values, weight / self.unit)
        place, n_bins = np.searchsorted(cuts[1:-1], values), len(cuts) - 1
        cells = codes * n_bins + place
        counts = np.bincount(cells, weight, minlength=n_classes * n_bins)
        counts = counts.reshape(n_classes, n_bins) @ _averages(n_bins)
        # Half a row is added overall, because a bin may be empty in all classes.
        pooled = counts.sum(axis=0) + 0.5 * self.unit / n_bins
        alpha: Any = self.alpha
        alpha = alpha if np.ndim(alpha) == 0 else alpha[column]
        share = counts + alpha * pooled / pooled.sum()
        share /= counts.sum(axis=1, keepdims=True) + alpha
        widths = np.maximum(np.diff(cuts), np.finfo(float).tiny)
        # Contiguous classes per bin, for fast look-ups.
        table = np.asfortranarray(np.log(share) - np.log(widths))
        return Histogram(cuts, table, counts, alpha)

    def _left_out(
        self, x: np.ndarray, codes: np.ndarray, unit: float, histogram: "Histogram"
    ) -> np.ndarray:
        cuts, counts = histogram.cuts, histogram.counts
        # Contribution of a value to its own bin after averaging.
        one = unit * np.diagonal(_averages(len(cuts) - 1))
        pooled = np.maximum(counts.sum(axis=0) - one, 0) + 0.5 * unit / len(one)
        pooled /= max(counts.sum() - unit, 0) + 0.5 * unit
        share = np.maximum(counts - one, 0) + histogram.alpha * pooled
        total = np.maximum(counts.sum(axis=1, keepdims=True) - unit, 0)
        widths = np.maximum(np.diff(cuts), np.finfo(float).tiny)
        logs = np.log(share) - np.log(total + histogram.alpha) - np.log(widths)
        return of_own_class(logs.T[np.searchsorted(cuts[1:-1], x)], codes)

    def draw(self, parameters: Any, codes: Any, state: Any) -> np.ndarray:
        """Draw a value of each column, given class codes."""
        drawn = np.empty((len(codes), len(parameters["_columns_"])))
        for j, histogram in enumerate(parameters["_columns_"]):
            width = np.diff(histogram.cuts)
            below = np.cumsum(np.exp(histogram.table) * width, axis=1)[codes]
            uniform = state.uniform(size=(len(codes), 1)) * below[:, -1:]
            place = np.minimum((below <= uniform).sum(axis=1), len(width) - 1)
            within = state.uniform(size=len(codes)) * width[place]
            drawn[:, j] = histogram.cuts[place] + within
        return drawn

    def _log_density(self, x: Any, histogram: Any) -> Any:
        return histogram.table.T[np.searchsorted(histogram.cuts[1:-1], x)]


@dataclass(frozen=True)
class Histogram:
    """Edges of bins, log densities by class, averaged weights, and alpha."""

    cuts: np.ndarray
    table: np.ndarray
    counts: np.ndarray
    alpha: float

    def __len__(self) -> int:
        return len(self.table)


@dataclass(frozen=True)
class HistogramTable:
    """Histograms of all columns in one table, which is fast for few values.

    Parameters
    ----------
    cuts : ndarray of shape (n_columns, most_cuts)
        Inner edges of the bins, padded with infinity.
    logs : ndarray of shape (n_columns, most_cuts + 1, n_classes)
    """

    cuts: np.ndarray
    logs: np.ndarray

    @property
    def most_values(self) -> int:
        """Number of values that need at most `COMPARED` comparisons with edges."""
        return COMPARED // (self.cuts.shape[1] + 1)

    def log_density(self, X: np.ndarray) -> np.ndarray:
        """Return the log density of each value in each class; 0 for missing values."""
        X = np.asarray(X, dtype=np.float64)
        place = (self.cuts < X[:, :, None]).sum(axis=2)
        each = self.logs[np.arange(len(self.cuts)), place]
        each[np.isnan(X)] = 0.0
        return each


def table_of(histograms: list[Histogram]) -> HistogramTable:
    """Return the `HistogramTable` of a list of histograms."""
    n_cuts = max(len(h.cuts) - 2 for h in histograms)
    cuts = np.full((len(histograms), n_cuts), np.inf)
    logs = np.zeros((len(histograms), n_cuts + 1, len(histograms[0])))
    for j, histogram in enumerate(histograms):
        inner = histogram.cuts[1:-1]
        cuts[j, : len(inner)] = inner
        logs[j, : len(inner) + 1] = histogram.table.T
    return HistogramTable(cuts, logs)


def _averages(n_bins: int) -> np.ndarray:
    """Return the matrix that averages neighbouring bins, mirrored at the ends."""
    wide = np.pad(np.eye(n_bins), ((0, 0), (1, 1)), mode="symmetric")
    if n_bins == 1:
        return np.ones((1, 1))
    windows = [w * wide[:, k : k + n_bins] for k, w in enumerate(AVERAGE)]
    return np.sum(windows, axis=0) / sum(AVERAGE)


def _cuts(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the edges of quantile bins, between distinct values."""
    different, which = np.unique(values, return_inverse=True)
    if len(different) < 2:
        centre = different[0] if len(different) else 0.0
        half = max(0.5, 4 * np.spacing(abs(centre)))
        return np.array([centre - half, centre + half])
    cumulated = np.cumsum(np.bincount(which, weights))
    total = cumulated[-1]
    n_bins = max(2, round(2 * total ** (1 / 3)))
    targets = total * np.arange(1, n_bins) / n_bins
    last = np.unique(np.searchsorted(cumulated, targets * (1 - 1e-12)))
    last = last[last < len(different) - 1]
    if not len(last):
        last = np.array([0])
    inner = 0.5 * (different[last] + different[last + 1])
    low = 0.5 * (3 * different[0] - different[1])
    high = 0.5 * (3 * different[-1] - different[-2])
    return np.concatenate([[low], inner, [high]])


def _step(values: np.ndarray, weights: np.ndarray) -> float:
    """Return the smallest step between sorted values that repeat; 0 if none does."""
    different = np.unique(values)
    repeat = weights.sum() > len(different) * (1 + 1e-9)
    return float(np.diff(different).min()) if repeat and len(different) > 1 else 0.0


def _deviation(values: np.ndarray, weights: np.ndarray) -> float:
    mean = values @ weights / weights.sum()
    return math.sqrt(((values - mean) ** 2) @ weights / weights.sum())


def _spread(values: np.ndarray, weights: np.ndarray) -> float:
    """Return the standard deviation, or 1 of a constant."""
    return (_deviation(values, weights) if len(values) else 0.0) or 1.0
