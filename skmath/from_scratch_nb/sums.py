"""What `FromScratchNB` computes of one block of rows: sums by class, and logarithms.

Counting, and Bayes' theorem: the two halves of the method, as `Rows` sums and maps.
"""

import math

import numpy as np
from sklearn.utils import assert_all_finite

from skmath import _arrays
from skmath._estimators.targets import labels_of
from skmath.probability import log_posterior
from skmath.statistics import indicators

__all__ = [
    "count_negative",
    "evidence",
    "log_joint",
    "log_likelihood",
    "most_probable",
    "of_finite",
    "posterior",
    "probabilities",
    "sums_by_class",
]


def _check_finite(X):
    """Raise a ValueError if a block holds infinity; missing values may be."""
    if _arrays.is_array(X):
        assert_all_finite(X, allow_nan=True, input_name="X")


def of_finite(X, function, *parameters):
    """Return ``function(X, *parameters)`` of a block without infinity."""
    _check_finite(X)
    return function(X, *parameters)


def count_negative(X, y, weight, columns):
    """Return how many values of a block's columns are negative."""
    X = _take(X, columns)
    values = X if _arrays.is_array(X) else X.data
    xp = _arrays.namespace(values)
    # Most blocks have none, as their least value tells; a missing one is not below 0.
    if values.shape[0] == 0 or float(xp.min(values)) >= 0:
        return 0
    return int(xp.sum(xp.astype(values < 0, xp.int64)))


def sums_by_class(X, y, weight, groups, n_classes):
    """Return the weight of each class and its values, and each group's statistics."""
    members = indicators(y, n_classes, X, columns_contiguous=True)
    weighted = _arrays.weigh(members, weight)
    count = weighted.T @ _arrays.namespace(members).ones_like(members[:, 0])
    statistics = (
        likelihood.statistics(_take(X, columns), members, weight)
        for columns, likelihood in groups
    )
    return (count, _values_by_class(X, weighted, count), *statistics)


def _values_by_class(X, weighted, count):
    """Return the weight of the values of each feature in each class; check them."""
    xp = _arrays.namespace(weighted)
    if not _arrays.is_array(X) or math.isfinite(float(xp.sum(X))):
        return count[:, None]
    _check_finite(X)
    return weighted.T @ xp.astype(~xp.isnan(X), weighted.dtype)


def log_likelihood(X, groups, log_prior):
    """Return sum_j log P(x_j | y) of a block, shape (n, n_classes)."""
    return _arrays.like(_log_likelihood(X, groups), X, "same")


def _log_likelihood(X, groups):
    total = 0.0
    for columns, likelihood, parameters in groups:
        total = total + likelihood.log_likelihood(
            _take(X, columns), _beside(parameters, X)
        )
    return total


def _beside(parameters, X):
    """Return parameters whose arrays are where X is."""
    return {
        name: _arrays.like(v, X) if _arrays.is_array(v) else v
        for name, v in parameters.items()
    }


def log_joint(X, groups, log_prior):
    """Return log P(y) + sum_j log P(x_j | y) of a block, shape (n, n_classes)."""
    return _arrays.like(_log_joint(X, groups, log_prior), X, "same")


def _log_joint(X, groups, log_prior):
    return _log_likelihood(X, groups) + _arrays.like(log_prior, X)


def posterior(X, groups, log_prior):
    """Return log P(y | x) of a block."""
    # In float32 the difference of large sums would keep few digits.
    log_p = log_posterior(_log_joint(X, groups, log_prior))
    return _arrays.like(log_p, X, "same")


def probabilities(X, groups, log_prior):
    """Return P(y | x) of a block."""
    log_p = posterior(X, groups, log_prior)
    return _arrays.namespace(log_p).exp(log_p)


def most_probable(X, groups, log_prior, classes):
    """Return the labels of a block."""
    return labels_of(log_joint(X, groups, log_prior), classes)


def evidence(X, groups, log_prior):
    """Return log P(x_j | y) of a block, less its mean over the classes."""
    parts, order = [], []
    for columns, likelihood, parameters in groups:
        part, parameters = _take(X, columns), _beside(parameters, X)
        if hasattr(likelihood, "by_feature"):
            parts.append(likelihood.by_feature(part, parameters))
        else:
            # Of one column it is the whole; of several their sum cannot be divided.
            each = likelihood.log_likelihood(part, parameters)
            rest = np.zeros((len(each), part.shape[1] - 1, each.shape[1]))
            parts.append(np.concatenate([each[:, None, :], rest], axis=1))
        order.extend(range(X.shape[1]) if columns is None else columns)
    xp = _arrays.namespace(parts[0])
    each = _arrays.like(xp.concat(parts, axis=1), X, "same")
    each = xp.take(
        each, xp.asarray(np.argsort(order), device=_arrays.device(each)), axis=1
    )
    return each - xp.mean(each, axis=2, keepdims=True)


def _take(X, columns):
    """Return some columns of a block; None stands for all of them."""
    if columns is None:
        return X
    if not _arrays.is_array(X):
        return X[:, columns]
    return _arrays.namespace(X).take(X, _arrays.like(columns, X), axis=1)
