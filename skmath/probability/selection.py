r"""Selection of a feature's distribution by its leave-one-out log-likelihood.

The score of a distribution is the mean over the rows of

.. math:: \log P_{-i}(x_i | y_i),

see `skmath.probability.left_out`.

Densities and probabilities cannot be compared directly. Numbers are rounded: if values
repeat, each represents a rounding cell around it, whose width is the step h of the
lattice of all values, and the probabilities of the cells are compared. For a density
that is f(x) h, divided by the sum over all cells if that is more than one (for a
density that is narrower than a cell). A category that no other row has is one of the
empty cells of the lattice. If no value repeats there are no cells, and densities are
compared with one another.

References
----------
.. [1] B. W. Silverman, *Density Estimation for Statistics and Data Analysis*, 1986,
   section 3.4.4.
"""

from dataclasses import dataclass
from functools import reduce
from typing import Any

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
"""Distributions whose values are probabilities; all others are treated as densities,
also Poisson with its step of 1."""

BLOCK = 1 << 19
"""Maximum number of entries of the one-hot classes in memory."""

NARROW = 0.25
"""Probability of a cell, computed from the density at its value, up to which the
density is wider than a cell."""

NEAR = 2
"""Number of neighbouring cells in which a density narrower than a cell has its mass."""

ROWS_OF_A_CATEGORY = 10
"""Average number of rows of each distinct number and class from which numbers may be
categories: with fewer rows, the rounding of the numbers would be modelled."""


def left_out_scores(
    x: Any,
    codes: Any,
    weight: Any,
    likelihoods: Any = CANDIDATES,
    unit: float = 1.0,
    found: Any = None,
) -> dict[str, float]:
    """Return the leave-one-out score of each candidate distribution of one feature.

    Parameters
    ----------
    x : ndarray of shape (n_samples,)
        Values, none of them missing.
    codes : ndarray of int of shape (n_samples,)
        Classes, from 0.
    weight : ndarray of shape (n_samples,)
        Positive weights.
    likelihoods : dict of str to likelihood, default=CANDIDATES
        Candidates, with names in `CANDIDATES`.
    unit : float, default=1.0
        Weight of one row.
    found : dict of str to (parameters, logs), default=None
        Results that are already known: parameters and leave-one-out log probabilities
        of each row, as returned by `left_out_kernels`.

    Returns
    -------
    dict of str to float
        Scores in nats of the distributions that are possible for these values. Empty if
        no class has more than one unit of weight.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.probability import left_out_scores
    >>> x = np.r_[np.arange(40), 100 + np.arange(40)] / 10  # two humps in one class
    >>> scores = left_out_scores(x, np.zeros(80, int), np.ones(80))
    >>> max(scores, key=lambda name: scores[name])
    'bins'
    """
    # A class with one unit of weight has no other rows to predict it from.
    _, has_others = remaining(np.bincount(codes, weight)[codes], unit)
    if not has_others.any():
        return {}
    cells = cells_of(x, weight, unit)
    X = x.astype(np.float64)[:, None]
    share = weight[has_others] / weight[has_others].sum()
    scores, found = {}, found or {}
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
        scores[name] = float(share @ logs[has_others])
    return scores


def left_out_kernels(X: Any, codes: Any, weight: Any, kde: Any, unit: float) -> Any:
    """Return the kernel densities of many columns at once, which is fastest.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_columns)
        NaN for missing values.
    codes : ndarray of int of shape (n_samples,)
    weight : ndarray of shape (n_samples,)
    kde : KDE
    unit : float
        Weight of one row.

    Returns
    -------
    list of (parameters, logs)
        The parameters of each column, and the leave-one-out log density of each row.
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


def _fit_and_leave_out(
    likelihood: Any, X: np.ndarray, codes: np.ndarray, weight: np.ndarray, unit: float
) -> tuple[dict[str, Any], np.ndarray]:
    """Return a likelihood's parameters, and leave-one-out log probabilities.

    Rows are processed in blocks to bound the memory of the one-hot classes.
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


def _added(a: Any, b: Any) -> Any:
    if isinstance(a, tuple):
        return tuple(map(_added, a, b))
    return a + b


def _possible(x: np.ndarray, codes: np.ndarray, cells: "Cells") -> list[str]:
    """Return the names of the distributions that are possible for the values."""
    n_values = len(cells.values)
    if n_values == 1:
        return ["bins"]
    if n_values == 2 and cells.step:
        return ["bernoulli" if cells.values.tolist() == [0, 1] else "categorical"]
    if not cells.step and not _varies_in_all(x, codes):
        # The density of equal values would be infinite.
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
    """The distinct values of a feature, and the step of the lattice of their cells.

    Parameters
    ----------
    values : ndarray of shape (n_values,)
        Sorted.
    rows : ndarray of shape (n_values,)
        Number of rows with each value.
    step : float
        Width of a cell; 0 if no value repeats.
    """

    values: np.ndarray
    rows: np.ndarray
    step: float

    @property
    def n_rows(self) -> Any:
        """Number of rows."""
        return self.rows.sum()

    def log_width(
        self, likelihood: Any, fitted: Any, highest: Any, n_classes: int
    ) -> Any:
        """Return the logarithm of the factor from density to probability, by class.

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
        # Empty cells next to several values count once.
        place = np.unique(np.rint((near - low) / self.step))
        cells = np.minimum(low + self.step * place, high)
        density = np.exp(likelihood.by_feature(cells[:, None], fitted)[:, 0])
        total = self.step * density.sum(axis=0)
        return np.log(self.step) - np.log(np.maximum(total, 1.0))

    def log_share_of_unknown(self, x: Any) -> Any:
        """Return minus the log number of empty cells for values of a single row.

        It is 0 for values that other rows have too.
        """
        alone = self.rows[np.searchsorted(self.values, x)] <= 1.5
        n_cells = (self.values[-1] - self.values[0]) / self.step + 1
        return -np.log(max(1.0, n_cells - len(self.values) + 1)) * alone


def cells_of(x: Any, weight: Any, unit: float) -> Any:
    """Return the `Cells` of values, with rounding according to their dtype."""
    values, which = np.unique(x.astype(np.float64), return_inverse=True)
    rows = np.bincount(which, weight) / unit
    step = 0.0
    if len(values) > 1 and rows.sum() > len(values) * (1 + 1e-9):
        epsilon = np.finfo(x.dtype if x.dtype.kind == "f" else np.float64).eps
        step = lattice_step(values, epsilon)
    return Cells(values, rows, step)


def _varies_in_all(x: np.ndarray, codes: np.ndarray) -> bool:
    """Return whether every class that occurs has distinct values."""
    present, codes = np.unique(codes, return_inverse=True)
    high, low = np.full(len(present), -np.inf), np.full(len(present), np.inf)
    np.maximum.at(high, codes, x)
    np.minimum.at(low, codes, x)
    return bool((high > low).all())
