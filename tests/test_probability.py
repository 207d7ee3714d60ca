"""Bayes' theorem and likelihoods against enumeration and scipy.stats."""

import numpy as np
import pytest
from scipy import sparse, stats

from skmath.probability import (
    Bernoulli,
    Categorical,
    Gaussian,
    Multinomial,
    log_posterior,
    log_prior,
)

MEMBERS = np.eye(2)[[0, 0, 0, 1, 1, 1, 1]]


def fitted(likelihood, X):
    return likelihood.fit(likelihood.statistics(X, MEMBERS, None))


def test_posterior_is_bayes_theorem():
    prior, likelihood = np.array([0.01, 0.99]), np.array([[0.95, 0.05]])
    expected = likelihood * prior / (likelihood @ prior)
    joint = np.log(likelihood) + log_prior(prior)
    np.testing.assert_allclose(np.exp(log_posterior(joint)), expected)


def test_posterior_survives_products_that_underflow():
    posterior = log_posterior(np.array([[-1e5, -1e5 - 1.0]]))
    np.testing.assert_allclose(np.exp(posterior).sum(), 1.0)
    assert posterior[0, 0] - posterior[0, 1] == pytest.approx(1.0)


def test_a_class_without_weight_is_impossible():
    assert log_prior(np.array([1.0, 0.0]))[1] == -np.inf


def test_gaussian_is_the_normal_density():
    X = np.random.default_rng(0).normal(size=(7, 3)) * [1, 1e-3, 1e6] + [0, 1, 1e7]
    likelihood = Gaussian(var_smoothing=0.0)
    parameters = fitted(likelihood, X)
    for k in range(2):
        own = X[MEMBERS[:, k] == 1]
        expected = stats.norm.logpdf(X, own.mean(axis=0), own.std(axis=0))
        by_feature = likelihood.by_feature(X, parameters)[:, :, k]
        np.testing.assert_allclose(by_feature, expected, rtol=1e-6)
        whole = likelihood.log_likelihood(X, parameters)[:, k]
        np.testing.assert_allclose(whole, expected.sum(axis=1), rtol=1e-6)


def test_gaussian_smooths_by_the_features_own_variance():
    X = np.array([[0.0, 0], [0, 1e6], [0, 2e6], [1, 3e6], [1, 4e6], [1, 5e6], [1, 6e6]])
    parameters = fitted(Gaussian(var_smoothing=1e-2), X)
    np.testing.assert_allclose(parameters["var_"][:, 0], 1e-2 * X[:, 0].var())


@pytest.mark.parametrize("likelihood", [Gaussian(), Bernoulli(), Multinomial()])
def test_sparse_likelihoods_equal_dense(likelihood):
    X = np.random.default_rng(0).poisson(1.0, size=(7, 4)).astype(float)
    parameters, from_sparse = (
        fitted(likelihood, X),
        fitted(likelihood, sparse.csr_array(X)),
    )
    for name, values in parameters.items():
        np.testing.assert_allclose(from_sparse[name], values, err_msg=name)
    np.testing.assert_allclose(
        likelihood.log_likelihood(sparse.csr_array(X), parameters),
        likelihood.log_likelihood(X, parameters),
    )


@pytest.mark.parametrize(
    ("likelihood", "X"),
    [
        (Gaussian(), np.random.default_rng(0).normal(size=(7, 3))),
        (Bernoulli(), np.random.default_rng(0).integers(0, 2, (7, 3)).astype(float)),
        (Multinomial(), np.random.default_rng(0).poisson(2, (7, 3)).astype(float)),
        (Categorical((2, 3)), np.array([[0.0, 2], [1, 1], [0, 0]] * 2 + [[1.0, 2]])),
    ],
    ids=lambda value: type(value).__name__,
)
def test_features_are_independent_given_the_class(likelihood, X):
    parameters = fitted(likelihood, X)
    np.testing.assert_allclose(
        likelihood.by_feature(X, parameters).sum(axis=1),
        likelihood.log_likelihood(X, parameters),
        rtol=1e-10,
    )


def test_categories_are_counted_and_smoothed():
    X = np.array([[0.0], [0], [1], [0], [2], [2], [2]])
    likelihood = Categorical((3,), alpha=1.0)
    table = np.exp(fitted(likelihood, X)["category_log_prob_"])
    np.testing.assert_allclose(table[:3, 0], [3 / 6, 2 / 6, 1 / 6])
    np.testing.assert_allclose(table[:3, 1], [2 / 7, 1 / 7, 4 / 7])
    # What was not seen counts as seen zero times.
    unknown = likelihood.log_likelihood(
        np.array([[-1.0], [9.0]]), fitted(likelihood, X)
    )
    np.testing.assert_allclose(np.exp(unknown), [[1 / 6, 1 / 7]] * 2)
