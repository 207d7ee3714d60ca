"""Leave-one-out evaluation of models.

Each likelihood can compute log P(x | y) with a row left out of the sums of its class in
closed form. This is used to compare models and to fit the temperature.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils import assert_all_finite, gen_batches

from skmath import _arrays
from skmath.from_scratch_nb.counting import in_memory
from skmath.from_scratch_nb.distributions import select
from skmath.probability import AODE, likeliest_temperature, log_posterior, log_prior
from skmath.statistics import indicators

__all__ = ["LeftOutRows", "can_be_left_out", "rows_to_leave_out", "temperature_of"]

MAX_LOOK_UPS = 50_000_000
"""Maximum number of table look-ups, times classes: about a second."""

MIN_ROWS, MAX_ROWS = 500, 5000
"""Minimum and maximum number of rows that are left out in turn."""

MAX_VALUES, MAX_PROBABILITIES = 1 << 19, 1 << 19
"""Maximum number of these rows, times columns and times classes."""

ENTRIES = 1 << 16
"""Values and probabilities of a block of left-out rows."""


@dataclass(frozen=True)
class LeftOutRows:
    """Rows in memory that are left out one at a time.

    Parameters
    ----------
    X : ndarray or CSR matrix of shape (n_samples, n_features)
    codes : ndarray of int of shape (n_samples,)
        Classes, from 0.
    weight : ndarray of shape (n_samples,)
        Positive weights.
    options : Options
    """

    X: Any
    codes: np.ndarray
    weight: np.ndarray
    options: Any

    @property
    def members(self):
        """One-hot classes, (n_samples, n_classes)."""
        return indicators(self.codes, self.options.n_classes, np.empty(0))

    @property
    def log_prior(self):
        """Logarithms of the class frequencies in these rows."""
        return log_prior(self.weight @ self.members)

    def fitted(self, groups):
        """Fit groups on these rows; return (columns, likelihood, parameters), and sums.

        Parameters
        ----------
        groups : list of (columns, likelihood)
        """
        members = self.members
        # Overflow results in non-finite losses.
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            sums = [
                likelihood.statistics(select(self.X, columns), members, self.weight)
                for columns, likelihood in groups
            ]
            fitted = [
                (columns, likelihood, likelihood.fit(total))
                for (columns, likelihood), total in zip(groups, sums, strict=True)
            ]
        return fitted, sums

    def log_likelihoods(self, groups, sums):
        """Return log P(x | y), with each row left out of its own class.

        Parameters
        ----------
        groups : list of (columns, likelihood, parameters)
        sums : list
            Sums of each group, from which its parameters were computed.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        n, n_classes = len(self.codes), self.options.n_classes
        logs, block_rows = (
            np.zeros((n, n_classes)),
            ENTRIES // (self.X.shape[1] + n_classes),
        )
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            for (columns, likelihood, parameters), total in zip(
                groups, sums, strict=True
            ):
                left_out_parameters = (self.options.unit, total, parameters)
                step = (
                    n if getattr(likelihood, "cuts_rows", False) else max(1, block_rows)
                )
                for rows in gen_batches(n, step):
                    part, codes = select(self.X[rows], columns), self.codes[rows]
                    log_p = np.array(likelihood.log_likelihood(part, parameters))
                    log_p[np.arange(len(codes)), codes] = likelihood.left_out(
                        part, codes, *left_out_parameters
                    )
                    logs[rows] += log_p
        return logs

    def temperature(self, logs, prior):
        """Return the temperature with the highest probability of the rows' classes."""
        weight = self.weight / self.options.unit
        return likeliest_temperature(logs, prior, self.codes, weight)

    def mean_loss(self, logs):
        """Return the mean of -log P(y | x) at the best temperature."""
        prior, rows = self.log_prior, np.arange(len(self.codes))
        logs = prior + logs / self.temperature(logs, prior)
        losses = -log_posterior(logs)[rows, self.codes]
        return float(self.weight @ losses) / float(self.weight.sum())


def rows_to_leave_out(rows, n_entries, options, random_state):
    """Return `LeftOutRows` for a sample of the rows.

    Parameters
    ----------
    rows : Rows
        Rows with class codes for y.
    n_entries : int
        Number of table look-ups per row and class.
    options : Options
    random_state : RandomState
        Draws the sample if there are many rows.
    """
    n_classes = options.n_classes
    n_rows = min(max(MIN_ROWS, MAX_LOOK_UPS // (n_entries * n_classes)), MAX_ROWS)
    max_rows = min(MAX_VALUES // rows.X.shape[1], MAX_PROBABILITIES // n_classes)
    n_rows = min(n_rows, max(MIN_ROWS, max_rows))
    X, codes, weight = in_memory(rows.sample(n_rows, random_state) or rows)
    if isinstance(X, np.ndarray):
        assert_all_finite(X, allow_nan=True, input_name="X")
    return LeftOutRows(X, codes, weight, options)


def can_be_left_out(groups):
    """Return whether all likelihoods support leaving rows out."""
    return all(hasattr(likelihood, "left_out") for _, likelihood, *_ in groups)


def temperature_of(rows, groups, sums, log_prior, options, random_state):
    """Return the temperature of the likelihood, fitted on left-out rows.

    Parameters
    ----------
    rows : Rows
        Rows with class codes for y; they are part of the sums.
    groups : list of (columns, likelihood, parameters)
    sums : list
        Sums of each group, from which its parameters were computed.
    log_prior : array of shape (n_classes,)
    options : Options
    random_state : RandomState

    Returns
    -------
    float
    """
    n_entries = _count_look_ups(rows, groups)
    held_out = rows_to_leave_out(rows, n_entries, options, random_state)
    logs = held_out.log_likelihoods(groups, sums)
    return held_out.temperature(logs, _arrays.to_numpy(log_prior))


def _count_look_ups(rows, groups):
    """Return how many entries of tables a row of new data looks up in each class."""
    p = rows.X.shape[1]
    likelihoods = (getattr(model, "likelihood", model) for _, model, _ in groups)
    pairs = any(isinstance(likelihood, AODE) for likelihood in likelihoods)
    return p * p if pairs else p
