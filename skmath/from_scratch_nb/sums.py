"""Predictions of `FromScratchNB` for a block of rows: prior plus sum of logs.

The sum is divided by the temperature (`likeliest_temperature`), which is 1 without
calibration.
"""

import functools
import operator
from typing import Any

import numpy as np
from sklearn.utils import assert_all_finite

from skmath import _arrays
from skmath._estimators.targets import labels_of
from skmath.from_scratch_nb.distributions import select
from skmath.probability import log_posterior

__all__ = [
    "by_feature",
    "check_finite",
    "evidence",
    "expected_evidence",
    "log_joint",
    "log_likelihood",
    "most_probable",
    "of_finite",
    "posterior",
    "probabilities",
]


def check_finite(X):
    """Raise a ValueError if a block has infinite values; missing ones are allowed."""
    if type(X) is np.ndarray and _arrays.has_finite_squares(X):
        return
    if _arrays.is_array(X):
        assert_all_finite(X, allow_nan=True, input_name="X")


def of_finite(X, function, *parameters):
    """Return ``function(X, *parameters)`` of a block without infinity."""
    check_finite(X)
    return function(X, *parameters)


def log_likelihood(X, groups, log_prior, temperature):
    """Return sum_j log P(x_j | y) of a block, shape (n, n_classes)."""
    return _arrays.like(_sum_of_logs(X, groups), X, "same")


def _sum_of_logs(X, groups):
    logs = (
        likelihood.log_likelihood(select(X, columns), _on_device_of(parameters, X))
        for columns, likelihood, parameters in groups
    )
    return functools.reduce(operator.add, logs)


def _on_device_of(parameters, X):
    """Return parameters with their arrays on the device of X."""
    if type(X) is np.ndarray:
        return parameters
    return {
        name: _arrays.like(v, X) if _arrays.is_array(v) else v
        for name, v in parameters.items()
    }


def log_joint(X, groups, log_prior, temperature):
    """Return log P(y) + sum_j log P(x_j | y) / T of a block, shape (n, n_classes)."""
    return _arrays.like(_prior_plus_sum(X, groups, log_prior, temperature), X, "same")


def _prior_plus_sum(X, groups, log_prior, temperature):
    return _arrays.like(log_prior, X) + _sum_of_logs(X, groups) / temperature


def posterior(X, groups, log_prior, temperature):
    """Return log P(y | x) of a block."""
    # In float32 the difference of large sums would lose most digits.
    log_p = log_posterior(_prior_plus_sum(X, groups, log_prior, temperature))
    return _arrays.like(log_p, X, "same")


def probabilities(X, groups, log_prior, temperature):
    """Return P(y | x) of a block."""
    log_p = posterior(X, groups, log_prior, temperature)
    return _arrays.namespace(log_p).exp(log_p)


def most_probable(X, groups, log_prior, temperature, classes):
    """Return the labels of a block."""
    return labels_of(log_joint(X, groups, log_prior, temperature), classes)


def evidence(X, groups, log_prior, temperature):
    """Return log P(x_j | y) / T of a block, minus its mean over the classes."""
    parts: list[Any] = []
    order: list[int] = []
    for columns, likelihood, parameters in groups:
        part, parameters = select(X, columns), _on_device_of(parameters, X)
        parts.append(by_feature(part, likelihood, parameters))
        order.extend(range(X.shape[1]) if columns is None else columns)
    xp = _arrays.namespace(parts[0])
    each = _arrays.like(xp.concat(parts, axis=1), X, "same")
    each = xp.take(
        each, xp.asarray(np.argsort(order), device=_arrays.device(each)), axis=1
    )
    return (each - xp.mean(each, axis=2, keepdims=True)) / temperature


def expected_evidence(X, groups, log_prior, temperature, codes, weight):
    """Return the mean log P(x_j | y) / P(x_j) of each feature, in the rows' classes.

    P(x_j) is the sum over y of P(y) P(x_j | y); the mean is an estimate of the mutual
    information of feature and class under the model, in nats.
    """
    each = evidence(X, groups, log_prior, temperature)
    mean = _arrays.logsumexp(each + log_prior)[:, :, 0]
    of_own_class = each[np.arange(len(codes)), :, codes]
    return weight @ (of_own_class - mean) / weight.sum()


def by_feature(X, likelihood, parameters):
    """Return log P(x_j | y) of each feature of a group."""
    if hasattr(likelihood, "by_feature"):
        return likelihood.by_feature(X, parameters)
    # Exact for one column; for several the sum is assigned to the first.
    each = likelihood.log_likelihood(X, parameters)
    zeros = np.zeros((len(each), X.shape[1] - 1, each.shape[1]))
    return np.concatenate([each[:, None, :], zeros], axis=1)
