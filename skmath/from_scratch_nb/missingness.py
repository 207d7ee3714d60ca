r"""Missing values as evidence: probabilities that a value is present or missing.

For a class y with total weight :math:`N_y`, of which :math:`M_y` has no value of
feature j,

.. math:: P(x_j \text{ missing} | y) &= \frac{M_y + \alpha}{N_y + \alpha (k + 1)}, \\
          P(x_j = v | y) &= \frac{N_y - M_y + \alpha k}{N_y + \alpha (k + 1)}
          \, p(v | y),

where p is the likelihood of the values that are present, and k the number of
categories, or 1 for numbers. So for a categorical feature missing is one more category
with the same smoothing; for a number, presence is a Bernoulli variable with Laplace's
smoothing. If no value was missing in fit, the factor before p is 1, and the probability
of a missing value is that of an unknown category, :math:`\alpha / (N_y + \alpha k)`.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from skmath import _arrays
from skmath.from_scratch_nb.sums import by_feature

__all__ = ["WithMissingness", "of_one_feature", "with_missingness"]

FACTORS = ("missing_log_prob_", "_present_log_prob_")
"""Names of the parameters with the log probabilities of missing and present values."""


def with_missingness(groups, count, value_count, ignored, options):
    """Return groups of columns with the probability that each value is missing.

    Parameters
    ----------
    groups : list of (columns, likelihood, parameters)
    count : ndarray of shape (n_classes,)
        Weight of the rows of each class.
    value_count : ndarray of shape (n_classes, n_features)
        Total weight of the values that are present.
    ignored : ndarray of bool of shape (n_features,)
        Columns that are not used.
    options : Options
        Options with the smoothing.

    Returns
    -------
    groups : list of (columns, WithMissingness, parameters)
    missing_log_prob : ndarray of shape (n_features, n_classes)
        log P(x_j missing | y); 0 for ignored columns.
    """
    n_features = len(ignored)
    value_count = np.broadcast_to(value_count, (len(count), n_features))
    logs, wrapped = np.zeros((n_features, len(count))), []
    for columns, likelihood, parameters in groups:
        of_group = np.arange(n_features) if columns is None else columns
        alpha, sizes = _smoothing(columns, likelihood, parameters, options)
        missing, present = _log_probabilities(
            count[:, None], value_count[:, of_group], sizes, alpha
        )
        missing[:, ignored[of_group]] = present[:, ignored[of_group]] = 0
        logs[of_group] = missing.T
        factors = {
            "missing_log_prob_": missing.T,
            "_present_log_prob_": present.T,
            "_counts_": (count, value_count[:, of_group]),
            "_smoothing_": (alpha, sizes),
            "_kept_": ~ignored[of_group],
        }
        model = WithMissingness(likelihood)
        wrapped.append((columns, model, parameters | factors))
    return wrapped, logs


def of_one_feature(groups, feature):
    """Return groups in which missing values of a single feature are evidence."""
    return [
        (columns, likelihood, _factors_of(parameters, columns, feature))
        for columns, likelihood, parameters in groups
    ]


def _factors_of(parameters, columns, feature):
    """Return the parameters, with factors of 1 for all other features."""
    if not parameters.keys() >= set(FACTORS):
        return parameters
    n_columns = len(parameters[FACTORS[0]])
    is_feature = (np.arange(n_columns) if columns is None else columns) == feature
    return parameters | {
        name: parameters[name] * is_feature[:, None] for name in FACTORS
    }


def _smoothing(columns, likelihood, parameters, options):
    """Return alpha of the columns of a group, and their numbers of categories."""
    if "category_alpha_" not in parameters:
        return options.missing_weight(columns), 1
    sizes = np.maximum(parameters["_index_"].sizes, 1)
    sizes = np.maximum(sizes, likelihood.min_categories)
    return options.unit * parameters["category_alpha_"], sizes


def _log_probabilities(count, present, sizes, alpha):
    """Return the logarithms of both factors, each (n_classes, n_columns)."""
    missing = count - present
    # Tiny differences are rounding of the sums, and not missing values.
    has_missing = (missing > 1e-9 * count).any(axis=0)
    total = count + alpha * (sizes + has_missing)
    with np.errstate(divide="ignore"):
        log_missing = np.log(np.maximum(missing, 0) + alpha) - np.log(total)
        log_present = np.log(present + alpha * sizes) - np.log(total)
    return log_missing, np.where(has_missing, log_present, 0.0)


@dataclass(frozen=True)
class WithMissingness:
    """A likelihood times the probability that a value is present or missing.

    Parameters
    ----------
    likelihood : object
        Likelihood of the values that are present.
    """

    likelihood: Any

    @property
    def uses_prior(self):
        """Whether the classes' priors are used."""
        return getattr(self.likelihood, "uses_prior", True)

    @property
    def left_out(self):
        """Function that leaves rows out, if the likelihood has one."""
        return partial(self._left_out, self.likelihood.left_out)

    @property
    def draw(self):
        """Function that draws values, if the likelihood has one."""
        return partial(self._draw, self.likelihood.draw)

    def log_likelihood(self, X, parameters):
        """Return the sum over the columns, (n_samples, n_classes)."""
        present, odds = _present_and_odds(parameters, X)
        inner = self.likelihood.log_likelihood(X, parameters)
        total = inner + _arrays.namespace(present).sum(present, axis=0)
        if not _arrays.is_array(X):
            return total  # sparse X has no missing values
        return total + _missing(X, total) @ odds

    def by_feature(self, X, parameters):
        """Return log probabilities of the values, (n_samples, n_columns, n_classes)."""
        present, odds = _present_and_odds(parameters, X)
        inner = by_feature(X, self.likelihood, parameters)
        return inner + present + _missing(X, inner)[:, :, None] * odds

    def _left_out(self, left_out, X, codes, unit, sums, parameters):
        """Return the leave-one-out log probabilities of the rows' classes."""
        is_missing = _missing(X, parameters["missing_log_prob_"])
        count, present = (c.T[..., codes].T for c in parameters["_counts_"])
        alpha, sizes = parameters["_smoothing_"]
        present_rest = present - unit * (1 - is_missing)
        has_missing = parameters["_present_log_prob_"].any(axis=1)
        total = count[:, None] - unit + alpha * (sizes + has_missing)
        missing = np.maximum(count[:, None] - present - unit * is_missing, 0)
        counts = np.where(is_missing, missing + alpha, present_rest + alpha * sizes)
        each = np.log(counts) - np.log(total)
        each = np.where(
            (has_missing | (is_missing > 0)) & parameters["_kept_"], each, 0.0
        )
        return left_out(X, codes, unit, sums, parameters) + each.sum(axis=1)

    def _draw(self, draw, parameters, codes, state):
        """Draw values, some of which are missing."""
        shape = (len(codes), len(parameters["missing_log_prob_"]))
        drawn = np.array(np.broadcast_to(draw(parameters, codes, state), shape))
        has_missing = parameters["_present_log_prob_"].any(axis=1)
        p_missing = np.exp(parameters["missing_log_prob_"].T[codes]) * has_missing
        drawn[state.uniform(size=shape) < p_missing] = np.nan
        return drawn


def _present_and_odds(parameters, X):
    """Return log P(present | y), and log P(missing | y) minus it, by column."""
    present = parameters["_present_log_prob_"]
    return present, parameters["missing_log_prob_"] - present


def _missing(X, like):
    """Return 1 for missing values and 0 for others."""
    if not _arrays.is_array(X):
        return np.zeros(X.shape)  # sparse X has no missing values
    xp = _arrays.namespace(X)
    return xp.astype(xp.isnan(X), like.dtype)
