"""Counts and presences: Bernoulli, multinomial, complement and Poisson.

A missing value (NaN) is left out of the counts, and of the products.

References
----------
.. [1] C. D. Manning, P. Raghavan and H. Schuetze, *Introduction to Information
   Retrieval*, 2008, chapter 13.
.. [2] J. D. M. Rennie, L. Shih, J. Teevan and D. R. Karger, "Tackling the poor
   assumptions of naive Bayes text classifiers", ICML 2003, table 4.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from skmath import _arrays

__all__ = ["Bernoulli", "Complement", "Multinomial", "Poisson"]


def _zero_filled(X):
    """Return X with zeros for missing values, and where it has values, or None."""
    if not _arrays.is_array(X):
        return X, None
    xp = _arrays.namespace(X)
    zeros = xp.zeros(X.shape[1], dtype=X.dtype, device=_arrays.device(X))
    return _arrays.without_missing(X, zeros)


def _class_weights(members, weight, observed):
    """Return the weight of each class, (n_classes, 1), or of its values by column."""
    members = _arrays.weigh(members, weight)
    if observed is None:
        return members, _arrays.namespace(members).sum(members, axis=0)[:, None]
    return members, members.T @ observed


@dataclass(frozen=True)
class Bernoulli:
    """P(x = 1 | y) = p, a feature being present where it is above zero.

    Parameters
    ----------
    alpha : float, default=1.0
        Additive smoothing of both outcomes.
    """

    alpha: float = 1.0

    def statistics(self, X, members, weight):
        """Return how often each feature is present in each class, and the counts."""
        X, observed = _zero_filled(X)
        members, count = _class_weights(members, weight, observed)
        return _arrays.cross_product(members, _present(X)), count

    def fit(self, sums):
        """Return log P of presence and of absence, (n_classes, n_columns)."""
        present, class_count = sums
        xp = _arrays.namespace(present)
        total = xp.log(class_count + 2 * self.alpha)
        absent = class_count - present
        return {
            "feature_log_prob_": xp.log(present + self.alpha) - total,
            "_absent_log_prob_": xp.log(absent + self.alpha) - total,
        }

    def by_feature(self, X, parameters):
        """Return the log probability of each feature's presence or absence."""
        X, observed = _zero_filled(X)
        present = _arrays.dense(_present(X))[:, :, None]
        here, absent = (
            parameters[name].T for name in ("feature_log_prob_", "_absent_log_prob_")
        )
        each = present * here + (1 - present) * absent
        return each if observed is None else each * observed[:, :, None]

    def log_likelihood(self, X, parameters):
        """Return the sum over the columns, one matrix product."""
        X, observed = _zero_filled(X)
        absent = parameters["_absent_log_prob_"]
        xp = _arrays.namespace(absent)
        odds = parameters["feature_log_prob_"] - absent
        constant = (
            xp.sum(absent, axis=1)
            if observed is None
            else _arrays.product(observed, absent.T)
        )
        return _arrays.dense(_arrays.product(_present(X), odds.T)) + constant

    def draw(self, parameters, codes, state):
        """Draw the presence of each feature, given class codes."""
        p = np.exp(np.asarray(parameters["feature_log_prob_"]))[codes]
        return (state.uniform(size=p.shape) < p) * 1.0


@dataclass(frozen=True)
class Multinomial:
    """log P(x | y) = sum_j x_j log p_j, x being counts of words, say.

    Parameters
    ----------
    alpha : float, default=1.0
        Additive smoothing.
    """

    alpha: float = 1.0
    counts = True

    def statistics(self, X, members, weight):
        """Return the sum of each feature in each class."""
        X, _ = _zero_filled(X)
        return _arrays.cross_product(_arrays.weigh(members, weight), X)

    def fit(self, sums):
        """Return feature_log_prob_, (n_classes, n_columns)."""
        xp = _arrays.namespace(sums)
        smoothed = sums + self.alpha
        total = xp.sum(smoothed, axis=1, keepdims=True)
        return {"feature_log_prob_": xp.log(smoothed) - xp.log(total)}

    def by_feature(self, X, parameters):
        """Return x_j log p_j."""
        X = _arrays.dense(_zero_filled(X)[0])
        return X[:, :, None] * parameters["feature_log_prob_"].T

    def log_likelihood(self, X, parameters):
        """Return the sum over the columns, one matrix product."""
        X, _ = _zero_filled(X)
        return _arrays.dense(_arrays.product(X, parameters["feature_log_prob_"].T))


@dataclass(frozen=True)
class Complement(Multinomial):
    """Minus what the other classes' counts say (Rennie et al. 2003).

    The class priors play no part where all columns are of this kind, as in their paper.
    """

    uses_prior = False

    def fit(self, sums):
        """Return feature_log_prob_, minus log p_j of all the other classes."""
        xp = _arrays.namespace(sums)
        # In this order, as alpha would be lost beside large sums.
        others = xp.clip(xp.sum(sums, axis=0) - sums, 0.0, None) + self.alpha
        total = xp.sum(others, axis=1, keepdims=True)
        return {"feature_log_prob_": xp.log(total) - xp.log(others)}


@dataclass(frozen=True)
class Poisson:
    """log P(x | y) = x log rate - rate - log x!, for counts of events.

    Parameters
    ----------
    alpha : float, default=1.0
        Rows, of the rate of all classes together, that are added to each class.
    """

    alpha: float = 1.0
    counts = True

    def statistics(self, X, members, weight):
        """Return the sum of each feature in each class, and the counts of rows."""
        X, observed = _zero_filled(X)
        members, count = _class_weights(members, weight, observed)
        return _arrays.cross_product(members, X), count

    def fit(self, sums):
        """Return rate_, (n_classes, n_columns)."""
        total, count = sums
        xp = _arrays.namespace(total)
        pooled = xp.sum(total, axis=0) / xp.sum(count + 0 * total, axis=0)
        # A feature that was always zero may have another value some time.
        pooled = xp.where(pooled > 0, pooled, xp.ones_like(pooled))
        return {"rate_": (total + self.alpha * pooled) / (count + self.alpha)}

    def by_feature(self, X, parameters):
        """Return the log probability of each count."""
        X, observed = _zero_filled(_arrays.dense(X))
        xp, rate = _arrays.namespace(X), parameters["rate_"].T
        each = X[:, :, None] * xp.log(rate) - rate - gammaln(X + 1)[:, :, None]
        return each if observed is None else each * observed[:, :, None]

    def log_likelihood(self, X, parameters):
        """Return the sum over the columns, one matrix product."""
        X, observed = _zero_filled(_arrays.dense(X))
        xp, rate = _arrays.namespace(X), parameters["rate_"]
        constant = (
            xp.sum(rate, axis=1)
            if observed is None
            else _arrays.product(observed, rate.T)
        )
        factorials = xp.sum(gammaln(X + 1), axis=1)[:, None]
        return _arrays.product(X, xp.log(rate).T) - constant - factorials

    def draw(self, parameters, codes, state):
        """Draw a count of each column, given class codes."""
        return state.poisson(np.asarray(parameters["rate_"])[codes]).astype(float)


def _present(X):
    if _arrays.is_array(X):
        return _arrays.namespace(X).astype(X > 0, X.dtype)
    if not X.has_canonical_format:
        # SciPy would add entries that are there twice in the caller's memory.
        X = X.copy()
    return (X > 0).astype(X.dtype)
