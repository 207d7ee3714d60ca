r"""Which distribution suits a feature: what each says of a value that it did not see.

The score of a distribution is the mean over the rows of

.. math:: \log P_{-i}(x_i | y_i),

as `skmath.probability.left_out` describes it.

A density and a probability are of different measures. Numbers are rounded: where values
repeat, each stands for the cell about it whose width is the step h of the lattice that
the values lie on, and what is compared is the probability of the cell. Of a density
that is f(x) h, divided by what the cells have together where that is more than one (of
a density that is narrower than a cell). A category that no other row has is one of the
cells of the lattice that hold no value. Where no value repeats there is no cell, and
densities are compared among one another.

References
----------
.. [1] B. W. Silverman, *Density Estimation for Statistics and Data Analysis*, 1986,
   section 3.4.4.
"""

from dataclasses import dataclass
from functools import reduce

import numpy as np

from skmath.probability.categories import Categorical
from skmath.probability.counts import Bernoulli, Poisson
from skmath.probability.densities import KDE, Bins, Samples
from skmath.probability.gaussian import Gaussian
from skmath.probability.left_out import remaining
from skmath.probability.positive import Exponential, Gamma, LogNormal
from skmath.statistics.lattice import lattice_step
from skmath.statistics.moments import indicators

__all__ = ["CANDIDATES", "left_out_kernels", "left_out_scores"]

CANDIDATES = {
    "gaussian": Gaussian(),
    "kde": KDE(),
    "bins": Bins(),
    "poisson": Poisson(),
    "exponential": Exponential(),
    "gamma": Gamma(),
    "lognormal": LogNormal(),
    "categorical": Categorical(),
    "bernoulli": Bernoulli(),
}
"""The distributions that one feature may have."""

OF_CATEGORIES = {"categorical", "bernoulli"}
"""Distributions of probabilities; all others are densities, as a Poisson of a step is.
"""

BLOCK = 1 << 19
"""Entries of the indicators of the classes that are held at once."""

NARROW = 0.25
"""Probability of a value's cell, by the density at the value, up to which the density
is wider than a cell."""

NEAR = 2
"""Cells beside that of a value in which a density narrower than a cell has its mass."""

ROWS_OF_A_CATEGORY = 10
"""Of each different number in each class, on average, from which numbers may be
categories: fewer would count how they are rounded, which tells nothing of the class."""


def left_out_scores(x, codes, weight, likelihoods=CANDIDATES, unit=1.0, found=None):
    """Return the score of each distribution that one feature may have.

    Parameters
    ----------
    x : ndarray of shape (n_samples,)
        Without missing values.
    codes : ndarray of int of shape (n_samples,)
        Classes, from 0.
    weight : ndarray of shape (n_samples,)
        Above 0.
    likelihoods : dict of str to likelihood, default=CANDIDATES
        Of the names that `CANDIDATES` has.
    unit : float, default=1.0
        Weight of one row.
    found : dict of str to (parameters, logs), default=None
        What of distributions is known already: their parameters, and the log
        probability of each row by the others. As of `left_out_kernels`.

    Returns
    -------
    dict of str to float
        In nats, of the distributions that values such as these may have. Empty if no
        class has more than one unit of weight.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.probability import left_out_scores
    >>> x = np.r_[np.arange(40), 100 + np.arange(40)] / 10  # two humps in one class
    >>> scores = left_out_scores(x, np.zeros(80, int), np.ones(80))
    >>> max(scores, key=scores.get)
    'bins'
    """
    # A class of one unit has nothing left to tell of it.
    _, some = remaining(np.bincount(codes, weight)[codes], unit)
    if not some.any():
        return {}
    cells = cells_of(x, weight, unit)
    X = x.astype(np.float64)[:, None]
    share, scores, found = weight[some] / weight[some].sum(), {}, found or {}
    for name in _possible(X[:, 0], codes, cells):
        likelihood = likelihoods[name]
        fitted, logs = found.get(name) or _fit_and_leave_out(
            likelihood, X, codes, weight, unit
        )
        if name in OF_CATEGORIES:
            logs = logs + cells.log_share_of_unknown(X[:, 0])
        elif cells.step:
            n_classes = codes.max() + 1
            width = cells.log_width(likelihood, fitted, logs.max(), n_classes)
            logs = logs + width[codes]
        scores[name] = float(share @ logs[some])
    return scores


def left_out_kernels(X, codes, weight, kde, unit):
    """Return the kernel densities of many columns at once, which is their quickest way.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_columns)
        NaN where a value is missing.
    codes : ndarray of int of shape (n_samples,)
    weight : ndarray of shape (n_samples,)
    kde : KDE
    unit : float
        Weight of one row.

    Returns
    -------
    list of (parameters, logs)
        Of each column its parameters, and the log density of each row by the others.
    """
    samples = Samples(((X, codes, weight),), codes.max() + 1)
    kernels = kde.fit(samples)["_kernels_"]
    step = max(1, BLOCK // X.shape[1])
    logs = np.concatenate(
        [
            kernels.without_one(X[i : i + step], codes[i : i + step], unit)
            for i in range(0, len(X), step)
        ]
    )
    return [
        ({"_kernels_": kernels.of_column(j)}, logs[:, j]) for j in range(X.shape[1])
    ]


def _fit_and_leave_out(likelihood, X, codes, weight, unit):
    """Return a likelihood's parameters, and each row's log probability by the others.

    Rows are taken so many at a time that indicators of many classes stay small.
    """
    n_classes = codes.max() + 1
    step = max(1, BLOCK // n_classes)
    blocks = [slice(i, i + step) for i in range(0, len(X), step)]
    parts = (
        likelihood.statistics(X[b], indicators(codes[b], n_classes, X), weight[b])
        for b in blocks
    )
    sums = reduce(_added, parts)
    fitted = likelihood.fit(sums)
    logs = [likelihood.left_out(X[b], codes[b], unit, sums, fitted) for b in blocks]
    return fitted, np.concatenate(logs)


def _added(a, b):
    if isinstance(a, tuple):
        return tuple(map(_added, a, b))
    return a + b


def _possible(x, codes, cells):
    """Return the names of the distributions that such values may have."""
    n_values = len(cells.values)
    if n_values == 1:
        return ["bins"]
    if n_values == 2 and cells.step:
        return ["bernoulli" if cells.values.tolist() == [0, 1] else "categorical"]
    if not cells.step and not _varies_in_all(x, codes):
        # The density of values that are all the same would be infinite.
        return ["bins"]
    names = ["gaussian", "kde", "bins"]
    if x.min() >= 0:
        names += ["poisson"] if (x == np.floor(x)).all() else []
        names += ["exponential"]
    if x.min() > 0:
        names += ["gamma", "lognormal"]
    n_cells = n_values * len(np.unique(codes))
    if cells.step and n_cells * ROWS_OF_A_CATEGORY <= cells.n_rows:
        names += ["categorical"]
    return names


@dataclass(frozen=True)
class Cells:
    """The different values of a feature, and the step of the lattice of their cells.

    Parameters
    ----------
    values : ndarray of shape (n_values,)
        Sorted.
    rows : ndarray of shape (n_values,)
        How many rows have each value.
    step : float
        0 where no value repeats.
    """

    values: np.ndarray
    rows: np.ndarray
    step: float

    @property
    def n_rows(self):
        """Number of rows."""
        return self.rows.sum()

    def log_width(self, likelihood, fitted, highest, n_classes):
        """Return the logarithm of what a density is to be multiplied by, by class.

        Parameters
        ----------
        likelihood : likelihood
        fitted : dict
            Its parameters.
        highest : float
            The highest log density of a value.
        n_classes : int
        """
        if highest + np.log(self.step) < np.log(NARROW):
            return np.full(n_classes, np.log(self.step))
        near = self.values[:, None] + self.step * np.arange(-NEAR, NEAR + 1)
        low, high = self.values[0], self.values[-1]
        near = near[(near > low - 0.5 * self.step) & (near < high + 0.5 * self.step)]
        # Neighbours of values that are no values themselves are met once.
        place = np.unique(np.rint((near - low) / self.step))
        cells = np.minimum(low + self.step * place, high)
        density = np.exp(likelihood.by_feature(cells[:, None], fitted)[:, 0])
        total = self.step * density.sum(axis=0)
        return np.log(self.step) - np.log(np.maximum(total, 1.0))

    def log_share_of_unknown(self, x):
        """Return the log share that a value has of what is not known without it.

        0 of a value that other rows have too.
        """
        alone = self.rows[np.searchsorted(self.values, x)] <= 1.5
        n_cells = (self.values[-1] - self.values[0]) / self.step + 1
        return -np.log(max(1.0, n_cells - len(self.values) + 1)) * alone


def cells_of(x, weight, unit):
    """Return the `Cells` of values, in whose dtype they are rounded."""
    values, which = np.unique(x.astype(np.float64), return_inverse=True)
    rows = np.bincount(which, weight) / unit
    step = 0.0
    if len(values) > 1 and rows.sum() > len(values) * (1 + 1e-9):
        epsilon = np.finfo(x.dtype if x.dtype.kind == "f" else np.float64).eps
        step = lattice_step(values, epsilon)
    return Cells(values, rows, step)


def _varies_in_all(x, codes):
    """Tell whether there are different values in every class that there is."""
    present, codes = np.unique(codes, return_inverse=True)
    high, low = np.full(len(present), -np.inf), np.full(len(present), np.inf)
    np.maximum.at(high, codes, x)
    np.minimum.at(low, codes, x)
    return bool((high > low).all())
