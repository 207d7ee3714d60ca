"""Densities of any shape: kernels and quantile bins; and the exponential.

A missing value (NaN) is left out of the samples, and of the product.

References
----------
.. [1] J. W. Tukey, *Exploratory Data Analysis*, 1977, section 7E.
"""

import math
from dataclasses import dataclass

import numpy as np

from skmath import _arrays
from skmath.probability.counts import Poisson, _zero_filled
from skmath.probability.kernel_density import kernel_sum, silverman_bandwidth

AVERAGE = (1, 2, 1)
"""Weights of a bin's two neighbours and its own: Tukey's hanning."""

__all__ = ["KDE", "Bins", "Exponential", "Samples"]


@dataclass(frozen=True)
class Samples:
    """Rows themselves, with their classes and weights: what densities are made of.

    Parameters
    ----------
    parts : tuple of (X, codes, weight)
        Of the blocks.
    n_classes : int
    """

    parts: tuple
    n_classes: int

    def __add__(self, other):
        return Samples(self.parts + other.parts, self.n_classes)

    def concatenated(self):
        """Return a copy with all rows in one part."""
        parts = zip(*self.parts, strict=True)
        return Samples((tuple(map(np.concatenate, parts)),), self.n_classes)

    def columns(self):
        """Yield of each column the values there are, sorted.

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


def by_class(codes, n_classes):
    """Return the indices of each class's rows, in their order, a list."""
    order = np.argsort(codes, kind="stable")
    return np.split(order, np.searchsorted(codes[order], np.arange(1, n_classes)))


def samples_of(X, members, weight):
    """Return the `Samples` of a block."""
    weight = np.ones(len(X)) if weight is None else weight
    codes = np.argmax(members, axis=1)
    return Samples(((np.asarray(X), codes, weight),), members.shape[1])


class _Density:
    """What is made of samples, column by column."""

    def statistics(self, X, members, weight):
        """Return the block's `Samples`."""
        return samples_of(_arrays.dense(X), members, weight)

    def by_feature(self, X, parameters):
        """Return the log density of each value in each class; 0 of a missing one."""
        return np.stack(list(self._by_column(X, parameters)), axis=1)

    def log_likelihood(self, X, parameters):
        """Return the sum over the columns."""
        return sum(self._by_column(X, parameters))

    def _by_column(self, X, parameters):
        X = np.asarray(_arrays.dense(X), dtype=np.float64)
        for x, of_column in zip(X.T, parameters["_columns_"], strict=True):
            observed = ~np.isnan(x)
            if observed.all():
                yield self._log_density(x, of_column)
                continue
            each = np.zeros((len(x), len(of_column)))
            each[observed] = self._log_density(x[observed], of_column)
            yield each


@dataclass(frozen=True)
class KDE(_Density):
    """Normal kernels about the values of each class.

    Parameters
    ----------
    bandwidth : float or {"silverman", "scott"}, default="silverman"
        Of the kernels, in the units of the feature; or by a rule of thumb of each
        class's values: Silverman's, or Scott's 1.06 s n^(-1/5), but of values that
        repeat not below half of their smallest step.
    var_smoothing : float, default=1e-9
        Share of a feature's own variance that is the least square of a bandwidth.
    """

    bandwidth: float | str = "silverman"
    var_smoothing: float = 1e-9

    def fit(self, sums):
        """Return bandwidth_, (n_classes, n_columns), and the kernel sums."""
        columns, bandwidths = [], []
        for values, codes, weight in sums.columns():
            least = math.sqrt(self.var_smoothing) * _spread(values, weight)
            if isinstance(self.bandwidth, str):
                least = max(least, 0.5 * _step(values, weight))
            sums_of_column, of_column = [], []
            for here in by_class(codes, sums.n_classes):
                # A class that the feature was never seen in gets what all have.
                here = here if len(here) else slice(None)
                own, w = values[here], weight[here]
                if not len(own):
                    own, w = np.zeros(1), np.ones(1)
                h = max(self._rule(own, w), least, np.finfo(float).tiny * 1e10)
                sums_of_column.append(kernel_sum(own, w, h))
                of_column.append(h)
            columns.append(sums_of_column)
            bandwidths.append(of_column)
        return {"bandwidth_": np.array(bandwidths).T, "_columns_": columns}

    def _rule(self, values, weights):
        if self.bandwidth == "silverman":
            return silverman_bandwidth(values, weights)
        if self.bandwidth == "scott":
            return 1.06 * _deviation(values, weights) * weights.sum() ** -0.2
        return float(self.bandwidth)

    def draw(self, parameters, codes, state):
        """Draw a value of each column, given class codes."""
        drawn = np.empty((len(codes), len(parameters["_columns_"])))
        for j, of_column in enumerate(parameters["_columns_"]):
            for k, kernels in enumerate(of_column):
                rows = np.flatnonzero(codes == k)
                share = kernels.weights / kernels.weights.sum()
                centre = state.choice(kernels.values, size=len(rows), p=share)
                drawn[rows, j] = state.normal(centre, kernels.bandwidth)
        return drawn

    def _log_density(self, x, of_column):
        return np.stack([kernels.log_density(x) for kernels in of_column], axis=1)


@dataclass(frozen=True)
class Bins(_Density):
    """A smoothed histogram whose bins hold about the same share of all values.

    There are 2 n^(1/3) bins, n being the weight of all values (Rice's rule), or as many
    as there are different values; the first and last go on to infinity at the same
    height. Counts are averaged with those of the neighbouring bins (Tukey 1977).

    Parameters
    ----------
    alpha : float, default=1.0
        Rows, of all classes together, that are added to each class.
    """

    alpha: float = 1.0

    def fit(self, sums):
        """Return edges_, a list, and the histograms."""
        columns = [self.histogram(*c, sums.n_classes) for c in sums.columns()]
        return {"edges_": [h.cuts for h in columns], "_columns_": columns}

    def histogram(self, values, codes, weight, n_classes):
        """Return the histogram of one column's sorted values.

        Parameters
        ----------
        values : ndarray of shape (n_values,)
        codes : ndarray of int of shape (n_values,)
            Class of each.
        weight : ndarray of shape (n_values,)
        n_classes : int

        Returns
        -------
        Histogram
        """
        cuts = _cuts(values, weight)
        _, counts = _placed(cuts, values, codes, weight, n_classes)
        counts = counts @ _averages(len(cuts) - 1)
        # Half a row anywhere: a bin may be empty of all classes.
        pooled = counts.sum(axis=0) + 0.5 / counts.shape[1]
        share = counts + self.alpha * pooled / pooled.sum()
        share /= counts.sum(axis=1, keepdims=True) + self.alpha
        widths = np.maximum(np.diff(cuts), np.finfo(float).tiny)
        # A bin's classes in one piece: that is what a value looks up.
        return Histogram(cuts, np.asfortranarray(np.log(share) - np.log(widths)))

    def left_out(self, values, codes, weight, n_classes):
        """Return the log density of each value, a unit of it not being counted.

        Parameters
        ----------
        values : ndarray of shape (n_values,)
            Sorted.
        codes : ndarray of int of shape (n_values,)
            Class of each.
        weight : ndarray of shape (n_values,)
        n_classes : int

        Returns
        -------
        ndarray of shape (n_values,)
        """
        cuts = _cuts(values, weight)
        place, counts = _placed(cuts, values, codes, weight, n_classes)
        averages = _averages(len(cuts) - 1)
        counts = counts @ averages
        own, one = counts[codes, place], averages[place, place]
        pooled = (counts.sum(axis=0)[place] - one + 0.5 / counts.shape[1]) / (
            max(counts.sum() - 1, 0.5) + 0.5
        )
        share = np.maximum(own - one, 0) + self.alpha * pooled
        share /= np.maximum(counts.sum(axis=1)[codes] - 1, 0) + self.alpha
        return np.log(share) - np.log(np.diff(cuts)[place])

    def draw(self, parameters, codes, state):
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

    def _log_density(self, x, histogram):
        return histogram.table.T[np.searchsorted(histogram.cuts[1:-1], x)]


@dataclass(frozen=True)
class Histogram:
    """Edges of bins, and the log density of each bin in each class."""

    cuts: np.ndarray
    table: np.ndarray

    def __len__(self):
        return len(self.table)


def _placed(cuts, values, codes, weight, n_classes):
    """Return the bin of each value, and the weight in each bin, class by class."""
    place, n_bins = np.searchsorted(cuts[1:-1], values), len(cuts) - 1
    weights = np.bincount(codes * n_bins + place, weight, minlength=n_classes * n_bins)
    return place, weights.reshape(n_classes, n_bins)


def _averages(n_bins):
    """Return the matrix that averages neighbouring bins, mirrored at the ends."""
    wide = np.pad(np.eye(n_bins), ((0, 0), (1, 1)), mode="symmetric")
    if n_bins == 1:
        return np.ones((1, 1))
    total = sum(w * wide[:, k : k + n_bins] for k, w in enumerate(AVERAGE))
    return total / sum(AVERAGE)


def _cuts(values, weights):
    """Return the edges of quantile bins, between different values."""
    different, which = np.unique(values, return_inverse=True)
    if len(different) < 2:
        centre = different[0] if len(different) else 0.0
        half = max(0.5, 4 * np.spacing(abs(centre)))
        return np.array([centre - half, centre + half])
    cumulated = np.cumsum(np.bincount(which, weights))
    total = cumulated[-1]
    n_bins = max(2, round(2 * total ** (1 / 3)))
    wanted = total * np.arange(1, n_bins) / n_bins
    last = np.unique(np.searchsorted(cumulated, wanted * (1 - 1e-12)))
    last = last[last < len(different) - 1]
    if not len(last):
        last = np.array([0])
    inner = 0.5 * (different[last] + different[last + 1])
    low = 0.5 * (3 * different[0] - different[1])
    high = 0.5 * (3 * different[-1] - different[-2])
    return np.concatenate([[low], inner, [high]])


def _step(values, weights):
    """Return the smallest step between sorted values that repeat; 0 if none does."""
    different = np.unique(values)
    repeat = weights.sum() > len(different) * (1 + 1e-9)
    return float(np.diff(different).min()) if repeat and len(different) > 1 else 0.0


def _deviation(values, weights):
    mean = values @ weights / weights.sum()
    return math.sqrt(((values - mean) ** 2) @ weights / weights.sum())


def _spread(values, weights):
    """Return the standard deviation, or 1 of a constant."""
    return (_deviation(values, weights) if len(values) else 0.0) or 1.0


@dataclass(frozen=True)
class Exponential(Poisson):
    """log P(x | y) = -log mean - x / mean, for waiting times and amounts.

    Parameters
    ----------
    alpha : float, default=1.0
        Rows, of the mean of all classes together, that are added to each class.
    """

    def fit(self, sums):
        """Return mean_, (n_classes, n_columns)."""
        return {"mean_": super().fit(sums)["rate_"]}

    def by_feature(self, X, parameters):
        """Return the log density of each value."""
        X, observed = _zero_filled(_arrays.dense(X))
        xp, mean = _arrays.namespace(X), parameters["mean_"].T
        each = -xp.log(mean) - X[:, :, None] / mean
        return each if observed is None else each * observed[:, :, None]

    def log_likelihood(self, X, parameters):
        """Return the sum over the columns, one matrix product."""
        X, observed = _zero_filled(_arrays.dense(X))
        xp, mean = _arrays.namespace(X), parameters["mean_"]
        logs = xp.log(mean)
        constant = xp.sum(logs, axis=1) if observed is None else observed @ logs.T
        return -(X @ (1 / mean).T) - constant

    def draw(self, parameters, codes, state):
        """Draw a value of each column, given class codes."""
        return state.exponential(np.asarray(parameters["mean_"])[codes])
