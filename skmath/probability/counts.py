"""Distributions of counts: Bernoulli, multinomial, complement and Poisson.

Missing values (NaN) are left out of the counts and of the products.

References
----------
.. [1] C. D. Manning, P. Raghavan and H. Schuetze, *Introduction to Information
   Retrieval*, 2008, chapter 13.
.. [2] J. D. M. Rennie, L. Shih, J. Teevan and D. R. Karger, "Tackling the poor
   assumptions of naive Bayes text classifiers", ICML 2003, table 4.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import gammaln

from skmath import _arrays
from skmath.probability.left_out import as_numbers, of_own_class, remaining

__all__ = ["Bernoulli", "Complement", "Multinomial", "Poisson"]


def _zero_filled(X: Any) -> tuple[Any, Any]:
    """Return X with zeros for missing values, and a mask of the others or None."""
    if not _arrays.is_array(X):
        return X, None
    xp = _arrays.namespace(X)
    zeros = xp.zeros(X.shape[1], dtype=X.dtype, device=_arrays.device(X))
    return _arrays.without_missing(X, zeros)


def _like(alpha: Any, sums: Any) -> Any:
    """Return an array of smoothing in the namespace of sums; a number unchanged."""
    return alpha if np.ndim(alpha) == 0 else _arrays.like(alpha, sums, "same")


def _class_weights(members: Any, weight: Any, observed: Any) -> tuple[Any, Any]:
    """Return weighted members and class weights, per column if values are missing."""
    members = _arrays.weigh(members, weight)
    if observed is None:
        return members, _arrays.namespace(members).sum(members, axis=0)[:, None]
    return members, members.T @ observed


@dataclass(frozen=True)
class Bernoulli:
    """P(x = 1 | y) = p, where a feature is 1 if its value is above a threshold.

    Parameters
    ----------
    alpha : float or ndarray of shape (n_columns,), default=1.0
        Additive smoothing of both outcomes.
    binarize : float, default=0.0
        The threshold; for sparse columns it must not be negative.
    """

    alpha: Any = 1.0
    binarize: float = 0.0

    def statistics(self, X: Any, members: Any, weight: Any) -> tuple[Any, Any]:
        """Return how often each feature is present in each class, and the counts."""
        _, observed = _zero_filled(X)
        members, count = _class_weights(members, weight, observed)
        return _arrays.cross_product(members, _present(X, self.binarize)), count

    def fit(self, sums: Any) -> dict[str, Any]:
        """Return log P of presence and of absence, (n_classes, n_columns)."""
        present, class_count = sums
        total = class_count + 2 * _like(self.alpha, present)
        return self._log_probabilities(present, class_count - present, total)

    def _log_probabilities(
        self, present: Any, absent: Any, total: Any
    ) -> dict[str, Any]:
        xp, alpha = _arrays.namespace(present), _like(self.alpha, present)
        return {
            "feature_log_prob_": xp.log(present + alpha) - xp.log(total),
            "_absent_log_prob_": xp.log(absent + alpha) - xp.log(total),
        }

    def left_out(
        self, X: Any, codes: Any, unit: float, sums: Any, parameters: Any
    ) -> Any:
        """Return the leave-one-out sums of log probabilities."""
        present, class_count = sums
        counts = (present, class_count - present, class_count)
        present, absent, total = (np.maximum(count - unit, 0) for count in counts)
        # Both counts are reduced; only the one of the row's own outcome is used.
        left = self._log_probabilities(present, absent, total + 2 * self.alpha)
        return of_own_class(self.log_likelihood(X, left), codes)

    def by_feature(self, X: Any, parameters: Any) -> Any:
        """Return the log probability of each feature's presence or absence."""
        _, observed = _zero_filled(X)
        present = _arrays.dense(_present(X, self.binarize))[:, :, None]
        here, absent = (
            parameters[name].T for name in ("feature_log_prob_", "_absent_log_prob_")
        )
        each = present * here + (1 - present) * absent
        return each if observed is None else each * observed[:, :, None]

    def log_likelihood(self, X: Any, parameters: Any) -> Any:
        """Return the sum over the columns, as one matrix product."""
        _, observed = _zero_filled(X)
        absent = parameters["_absent_log_prob_"]
        xp = _arrays.namespace(absent)
        odds = parameters["feature_log_prob_"] - absent
        constant = (
            xp.sum(absent, axis=1)
            if observed is None
            else _arrays.product(observed, absent.T)
        )
        return (
            _arrays.dense(_arrays.product(_present(X, self.binarize), odds.T))
            + constant
        )

    def draw(self, parameters: Any, codes: Any, state: Any) -> np.ndarray:
        """Draw the presence of each feature, given class codes."""
        p = np.exp(np.asarray(parameters["feature_log_prob_"]))[codes]
        return (state.uniform(size=p.shape) < p) * 1.0


@dataclass(frozen=True)
class _WordCounts:
    """Base class for counts of words, where only their proportions matter."""

    alpha: Any = 1.0
    counts = True

    def statistics(self, X: Any, members: Any, weight: Any) -> Any:
        """Return the sum of each feature in each class."""
        X, _ = _zero_filled(X)
        return _arrays.cross_product(_arrays.weigh(members, weight), X)

    def by_feature(self, X: Any, parameters: Any) -> Any:
        """Return x_j log p_j."""
        X = _arrays.dense(_zero_filled(X)[0])
        return X[:, :, None] * parameters["feature_log_prob_"].T

    def log_likelihood(self, X: Any, parameters: Any) -> Any:
        """Return the sum over the columns, as one matrix product."""
        X, _ = _zero_filled(X)
        return _arrays.dense(_arrays.product(X, parameters["feature_log_prob_"].T))


@dataclass(frozen=True)
class Multinomial(_WordCounts):
    """log P(x | y) = sum_j x_j log p_j, for example for counts of words.

    Parameters
    ----------
    alpha : float or ndarray of shape (n_columns,), default=1.0
        Additive smoothing.
    """

    def fit(self, sums: Any) -> dict[str, Any]:
        """Return feature_log_prob_, (n_classes, n_columns)."""
        xp = _arrays.namespace(sums)
        smoothed = sums + _like(self.alpha, sums)
        total = xp.sum(smoothed, axis=1, keepdims=True)
        return {"feature_log_prob_": xp.log(smoothed) - xp.log(total)}

    def left_out(
        self, X: Any, codes: Any, unit: float, sums: Any, parameters: Any
    ) -> Any:
        """Return the leave-one-out sums of x_j log p_j."""
        n_rows = X.shape[0]
        rows, columns, x = _entries(_zero_filled(X)[0])
        alpha = np.broadcast_to(self.alpha, X.shape[1])[columns]
        left = np.maximum(sums[codes[rows], columns] - unit * x, 0) + alpha
        taken = unit * np.bincount(rows, x, minlength=n_rows)
        total = np.sum(sums + self.alpha, axis=1)[codes] - taken
        logs = x * (np.log(left) - np.log(total)[rows])
        return np.bincount(rows, logs, minlength=n_rows)


@dataclass(frozen=True)
class Complement(_WordCounts):
    """Complement naive Bayes: scores from the counts of all other classes.

    The class priors are not used if all columns have this distribution, as in Rennie et
    al. (2003).

    Parameters
    ----------
    alpha : float or ndarray of shape (n_columns,), default=1.0
        Additive smoothing.
    norm : bool, default=False
        Whether to divide each class's weights by their sum, as in the paper's table 4.
    """

    norm: bool = False
    uses_prior = False

    def fit(self, sums: Any) -> dict[str, Any]:
        """Return feature_log_prob_, minus log p_j of all the other classes."""
        xp = _arrays.namespace(sums)
        # In this order, because alpha would be lost in rounding next to large sums.
        others = xp.clip(xp.sum(sums, axis=0) - sums, 0.0, None)
        others = others + _like(self.alpha, sums)
        total = xp.sum(others, axis=1, keepdims=True)
        weights = xp.log(total) - xp.log(others)
        if self.norm:
            weights = weights / xp.sum(weights, axis=1, keepdims=True)
        return {"feature_log_prob_": weights}


@dataclass(frozen=True)
class Poisson:
    """log P(x | y) = x log rate - rate - log x!, for counts of events.

    Parameters
    ----------
    alpha : float or ndarray of shape (n_columns,), default=1.0
        Weight of pseudo-rows, with the rate over all classes, added to each class.
    """

    alpha: Any = 1.0
    counts = True

    def statistics(self, X: Any, members: Any, weight: Any) -> tuple[Any, Any]:
        """Return the sum of each feature in each class, and the counts of rows."""
        X, observed = _zero_filled(X)
        members, count = _class_weights(members, weight, observed)
        return _arrays.cross_product(members, X), count

    def fit(self, sums: Any) -> dict[str, Any]:
        """Return rate_, (n_classes, n_columns)."""
        total, count = sums
        xp = _arrays.namespace(total)
        pooled = xp.sum(total, axis=0), xp.sum(count + 0 * total, axis=0)
        return {"rate_": self._rate(total, count, *pooled)}

    def _rate(self, total: Any, count: Any, all_total: Any, all_count: Any) -> Any:
        """Return the rate after adding `alpha` rows with the rate over all classes."""
        xp = _arrays.namespace(total)
        pooled = all_total / all_count
        # A feature that was always zero may have another value later.
        pooled = xp.where(pooled > 0, pooled, xp.ones_like(pooled))
        alpha = _like(self.alpha, total)
        return (total + alpha * pooled) / (count + alpha)

    def left_out(
        self, X: Any, codes: Any, unit: float, sums: Any, parameters: Any
    ) -> Any:
        """Return the leave-one-out sums of log probabilities."""
        X, observed = as_numbers(X)
        total, count = sums[0], sums[1] + 0 * sums[0]
        left, has_others = remaining(count[codes], unit)
        own_count = np.where(has_others, left, 0.0)
        own_total = np.where(has_others, np.maximum(total[codes] - unit * X, 0), 0.0)
        all_count, _ = remaining(count.sum(axis=0), unit)
        all_total = np.maximum(total.sum(axis=0) - unit * X, 0)
        rate = self._rate(own_total, own_count, all_total, all_count)
        return np.sum(self._logs(X, rate), axis=1, where=observed)

    def _logs(self, X: np.ndarray, rate: np.ndarray) -> np.ndarray:
        """Return the log probability of each value, given its own rate."""
        return X * np.log(rate) - rate - gammaln(X + 1)

    def by_feature(self, X: Any, parameters: Any) -> Any:
        """Return the log probability of each count."""
        X, observed = _zero_filled(_arrays.dense(X))
        xp, rate = _arrays.namespace(X), parameters["rate_"].T
        each = X[:, :, None] * xp.log(rate) - rate - gammaln(X + 1)[:, :, None]
        return each if observed is None else each * observed[:, :, None]

    def log_likelihood(self, X: Any, parameters: Any) -> Any:
        """Return the sum over the columns, as one matrix product."""
        X, observed = _zero_filled(_arrays.dense(X))
        xp, rate = _arrays.namespace(X), parameters["rate_"]
        constant = (
            xp.sum(rate, axis=1)
            if observed is None
            else _arrays.product(observed, rate.T)
        )
        factorials = xp.sum(gammaln(X + 1), axis=1)[:, None]
        return _arrays.product(X, xp.log(rate).T) - constant - factorials

    def draw(self, parameters: Any, codes: Any, state: Any) -> np.ndarray:
        """Draw a count of each column, given class codes."""
        return state.poisson(np.asarray(parameters["rate_"])[codes]).astype(float)


def _present(X: Any, threshold: float) -> Any:
    """Return 1 where X is above the threshold and 0 elsewhere; missing values are 0."""
    if _arrays.is_array(X):
        return _arrays.namespace(X).astype(threshold < X, X.dtype)
    if threshold < 0:
        raise ValueError(
            f"binarize={threshold} must not be negative for sparse X, whose zeros "
            "would all be above it: pass X.toarray()."
        )
    if not X.has_canonical_format:
        # SciPy would sum duplicate entries in place, in the caller's array.
        X = X.copy()
    return (threshold < X).astype(X.dtype)


def _entries(X: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the rows, columns and values of the non-zero entries."""
    if not _arrays.is_array(X):
        X = X.tocoo()
        return X.row, X.col, X.data
    rows, columns = np.nonzero(X)
    return rows, columns, X[rows, columns]
