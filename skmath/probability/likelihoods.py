r"""Likelihoods: how probable a feature's value is in each class.

A likelihood describes a group of columns that are independent given the class, and has

- ``statistics(X, members, weight)``: sums over a block's rows, which add;
- ``fit(sums)``: the parameters, as a dict of arrays;
- ``by_feature(X, parameters)``: log P(x_j | y), shape
  (n_samples, n_columns, n_classes);
- ``log_likelihood(X, parameters)``: its sum over the columns, shape
  (n_samples, n_classes), where that has a shorter way.

``members`` is one-hot, shape (n_samples, n_classes).

References
----------
.. [1] C. D. Manning, P. Raghavan and H. Schuetze, *Introduction to Information
   Retrieval*, 2008, chapter 13.
"""

import math
from dataclasses import dataclass

import numpy as np

from skmath import _arrays
from skmath.statistics.moments import moments_by_class

__all__ = ["Bernoulli", "Categorical", "Gaussian", "Multinomial"]


@dataclass(frozen=True)
class Gaussian:
    r"""log P(x | y) = -log(2 pi var) / 2 - (x - theta)^2 / (2 var).

    Parameters
    ----------
    var_smoothing : float, default=1e-9
        Share of a feature's own variance (over all classes) that is added to its
        variance in each class.
    """

    var_smoothing: float = 1e-9

    def statistics(self, X, members, weight):
        """Return the block's moments by class."""
        return moments_by_class(X, members, weight)

    def fit(self, sums):
        """Return theta_ and var_, (n_classes, n_columns), and the data's centre."""
        xp = _arrays.namespace(sums.mean)
        whole = sums.weight / xp.sum(sums.weight)
        centre = xp.sum(whole * sums.mean, axis=0)
        between = (sums.mean - centre) ** 2
        pooled = xp.sum(whole * (sums.variance + between), axis=0)
        # A feature that is constant, rounding of its mean aside, tells nothing: it gets
        # the same variance in every class.
        rounding = (8 * _arrays.epsilon(centre) * centre) ** 2
        pooled = xp.where(pooled > rounding, pooled, xp.ones_like(pooled))
        smoothing = max(self.var_smoothing, _arrays.epsilon(pooled) ** 2)
        variance = sums.variance + smoothing * pooled
        return {"theta_": sums.mean, "var_": variance, "_centre_": centre}

    def by_feature(self, X, parameters):
        """Return the log density of each value in each class."""
        xp = _arrays.namespace(parameters["theta_"])
        theta, var = parameters["theta_"].T, parameters["var_"].T
        X = _arrays.dense(X)
        X = self._centred(X, parameters) + parameters["_centre_"]
        error = X[:, :, None] - theta
        return -0.5 * (xp.log(2 * math.pi * var) + error * error / var)

    def log_likelihood(self, X, parameters):
        """Return the sum over the columns as x^2 A + x B + c about the data's centre.

        Two matrix products serve all classes; about the centre little cancels, in the
        widest float: terms may be as large as 1 / var_smoothing.
        """
        xp = _arrays.namespace(parameters["theta_"])
        theta, precision = parameters["theta_"], 1 / parameters["var_"]
        if _arrays.is_array(X):
            X = self._centred(X, parameters)
            theta = theta - parameters["_centre_"]
            squares = X * X
        else:
            X = _arrays.widen(X)
            squares = X.multiply(X)
        constant = xp.sum(theta * theta * precision - xp.log(precision), axis=1)
        constant = constant + theta.shape[1] * math.log(2 * math.pi)
        quadratic = _arrays.dense(squares @ precision.T)
        return X @ (theta * precision).T - 0.5 * (quadratic + constant)

    def _centred(self, X, parameters):
        """Return X less its centre, outliers brought to where squares are finite."""
        xp = _arrays.namespace(parameters["var_"])
        far = 1e140 * xp.sqrt(xp.min(parameters["var_"], axis=0))
        return xp.clip(_arrays.widen(X) - parameters["_centre_"], -far, far)


@dataclass(frozen=True)
class Categorical:
    """P(x = c | y) = (count of c in y + alpha) / (count of y + alpha n_categories).

    Parameters
    ----------
    n_categories : tuple of int
        Categories of each column. X holds their codes 0, 1, ..., and any other number
        for a category that was not known.
    alpha : float, default=1.0
        Additive (Laplace) smoothing.
    """

    n_categories: tuple[int, ...]
    alpha: float = 1.0

    def _slots(self, X):
        """Return where each value stands in a table of all columns' categories.

        One column follows the other, each with a last slot for what is not known.
        """
        sizes = np.array(self.n_categories)
        first = np.concatenate([[0], np.cumsum(sizes + 1)[:-1]])
        known = (X >= 0) & (sizes > X)
        return first + np.where(known, X, sizes).astype(np.intp)

    @property
    def _n_slots(self):
        return sum(self.n_categories) + len(self.n_categories)

    def statistics(self, X, members, weight):
        """Return the counts of each category in each class, and of each class."""
        members = _arrays.weigh(members, weight)
        slots = self._slots(X)
        counts = np.stack(
            [
                np.bincount(
                    slots.ravel(),
                    weights=np.repeat(column, slots.shape[1]),
                    minlength=self._n_slots,
                )
                for column in members.T
            ],
            axis=1,
        )
        return counts, np.sum(members, axis=0)

    def fit(self, sums):
        """Return category_log_prob_, (n_slots, n_classes), unknown ones included."""
        counts, class_count = sums
        sizes = np.repeat(self.n_categories, np.array(self.n_categories) + 1)
        smoothed = counts + self.alpha
        total = class_count + self.alpha * sizes[:, None]
        return {"category_log_prob_": np.log(smoothed) - np.log(total)}

    def by_feature(self, X, parameters):
        """Return the log probability of each value in each class."""
        return parameters["category_log_prob_"][self._slots(X)]

    def log_likelihood(self, X, parameters):
        """Return the sum over the columns."""
        return self.by_feature(X, parameters).sum(axis=1)


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
        members = _arrays.weigh(members, weight)
        present = _arrays.dense(members.T @ _present(X))
        return present, _arrays.namespace(members).sum(members, axis=0)

    def fit(self, sums):
        """Return log P of presence and of absence, (n_classes, n_columns)."""
        present, class_count = sums
        xp = _arrays.namespace(present)
        total = xp.log(class_count[:, None] + 2 * self.alpha)
        absent = class_count[:, None] - present
        return {
            "feature_log_prob_": xp.log(present + self.alpha) - total,
            "_absent_log_prob_": xp.log(absent + self.alpha) - total,
        }

    def by_feature(self, X, parameters):
        """Return the log probability of each feature's presence or absence."""
        present = _arrays.dense(_present(X))[:, :, None]
        here, absent = (
            parameters[name].T for name in ("feature_log_prob_", "_absent_log_prob_")
        )
        return present * here + (1 - present) * absent

    def log_likelihood(self, X, parameters):
        """Return the sum over the columns, one matrix product."""
        absent = parameters["_absent_log_prob_"]
        xp = _arrays.namespace(absent)
        odds = parameters["feature_log_prob_"] - absent
        return _arrays.dense(_present(X) @ odds.T) + xp.sum(absent, axis=1)


@dataclass(frozen=True)
class Multinomial:
    """log P(x | y) = sum_j x_j log p_j, x being counts of words, say.

    Parameters
    ----------
    alpha : float, default=1.0
        Additive smoothing.
    """

    alpha: float = 1.0

    def statistics(self, X, members, weight):
        """Return the sum of each feature in each class."""
        return _arrays.dense(_arrays.weigh(members, weight).T @ X)

    def fit(self, sums):
        """Return feature_log_prob_, (n_classes, n_columns)."""
        xp = _arrays.namespace(sums)
        smoothed = sums + self.alpha
        total = xp.sum(smoothed, axis=1, keepdims=True)
        return {"feature_log_prob_": xp.log(smoothed) - xp.log(total)}

    def by_feature(self, X, parameters):
        """Return x_j log p_j."""
        return _arrays.dense(X)[:, :, None] * parameters["feature_log_prob_"].T

    def log_likelihood(self, X, parameters):
        """Return the sum over the columns, one matrix product."""
        return _arrays.dense(X @ parameters["feature_log_prob_"].T)


def _present(X):
    if _arrays.is_array(X):
        return _arrays.namespace(X).astype(X > 0, X.dtype)
    return (X > 0).astype(X.dtype)
