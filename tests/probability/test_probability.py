"""Bayes' theorem and likelihoods against enumeration and scipy.stats."""

import numpy as np
import pytest
from scipy import sparse, stats
from sklearn.neighbors import KernelDensity

from skmath.probability import (
    KDE,
    Bernoulli,
    Bins,
    Categorical,
    Gaussian,
    Multinomial,
    kernel_sum,
    left_out_scores,
    log_posterior,
    log_prior,
    silverman_bandwidth,
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
        (Categorical(), np.array([[0.0, 2], [1, 1], [0, 0]] * 2 + [[1.0, 2]])),
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
    likelihood = Categorical(alpha=1.0)
    table = np.exp(fitted(likelihood, X)["category_log_prob_"])
    np.testing.assert_allclose(table[:3, 0], [3 / 6, 2 / 6, 1 / 6])
    np.testing.assert_allclose(table[:3, 1], [2 / 7, 1 / 7, 4 / 7])
    # What was not seen counts as seen zero times.
    unknown = likelihood.log_likelihood(
        np.array([[-1.0], [9.0]]), fitted(likelihood, X)
    )
    np.testing.assert_allclose(np.exp(unknown), [[1 / 6, 1 / 7]] * 2)


# Densities of any shape


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_kernels_are_scikit_learns(scale):
    rng = np.random.default_rng(0)
    values = scale * (rng.normal(size=400) + 3 * rng.integers(0, 2, 400))
    grid = scale * np.linspace(-60, 60, 777)
    weights = rng.random(400)
    for h in (0.01 * scale, 0.3 * scale, 5 * scale):
        peer = KernelDensity(bandwidth=h).fit(values[:, None], sample_weight=weights)
        order = np.argsort(values)
        found = kernel_sum(values[order], weights[order], h).log_density(grid)
        expected = peer.score_samples(grid[:, None])
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_silvermans_rule():
    x = np.random.default_rng(0).exponential(size=500)
    quartiles = np.quantile(x, [0.25, 0.75])
    spread = min(x.std(), (quartiles[1] - quartiles[0]) / 1.34)
    found = silverman_bandwidth(np.sort(x), np.ones(500))
    assert found == pytest.approx(0.9 * spread * 500**-0.2, rel=0.02)


def test_a_histogram_is_a_density():
    x = np.random.default_rng(0).gamma(2.0, size=500)
    histogram = Bins().histogram(np.sort(x), np.zeros(500, int), np.ones(500), 1)
    mass = np.exp(histogram.table[0]) * np.diff(histogram.cuts)
    assert mass.sum() == pytest.approx(1, abs=1e-9)
    # As many values in each bin, nearly: 2 x 500^(1/3) of them.
    assert len(mass) == 16
    np.testing.assert_allclose(mass, 1 / 16, rtol=0.1)


def test_left_out_scores_are_those_of_leaving_out():
    rng = np.random.default_rng(0)
    x = rng.poisson(4.0, 30).astype(float) + 1
    y = np.arange(30) % 2
    options = {"alpha": 1.0, "var_smoothing": 0.0, "bandwidth": "silverman"}
    found = left_out_scores(x, y, np.ones(30), **options)
    logs = {"gaussian": [], "poisson": [], "kde": []}
    h = KDE(var_smoothing=0.0).fit(KDE().statistics(x[:, None], np.eye(2)[y], None))[
        "bandwidth_"
    ][:, 0]
    for i in range(30):
        rest = np.delete(np.arange(30), i)
        own = x[rest][y[rest] == y[i]]
        logs["gaussian"].append(stats.norm.logpdf(x[i], own.mean(), own.std()))
        rate = (own.sum() + x[rest].mean()) / (len(own) + 1)
        logs["poisson"].append(stats.poisson.logpmf(x[i], rate))
        kernels = stats.norm.pdf(x[i], own, h[y[i]])
        logs["kde"].append(np.log(kernels.mean()))
    for name, log in logs.items():
        assert found[name] == pytest.approx(np.mean(log), rel=1e-9), name


def test_left_out_scores_count_a_unit_of_weight_as_a_row():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=40).round(1), np.arange(40) % 2
    weight = 1.0 + np.arange(40) % 3
    repeated = np.repeat(np.arange(40), weight.astype(int))
    options = {"alpha": 1.0, "var_smoothing": 1e-9, "bandwidth": "silverman"}
    weighted = left_out_scores(x, y, weight, **options)
    ones = np.ones(len(repeated))
    expected = left_out_scores(x[repeated], y[repeated], ones, **options)
    assert weighted == pytest.approx(expected, rel=1e-9)


def test_category_counts_add_up_value_by_value():
    rng = np.random.default_rng(0)
    members, likelihood = np.eye(2)[rng.integers(0, 2, 60)], Categorical()
    for values in ([0.0, 1, 2, 5], [-1.0, 0.5, 3, 1e9]):
        X = rng.choice(values, (60, 3))
        X[:30, 1] = values[0]
        X[7, 2] = np.nan
        parts = [slice(0, 30), slice(30, 40), slice(40, None)]
        sums = [likelihood.statistics(X[p], members[p], None) for p in parts]
        added = sums[0] + sums[1] + sums[2]
        whole = likelihood.statistics(X, members, None)
        np.testing.assert_array_equal(added.column, whole.column)
        np.testing.assert_array_equal(added.value, whole.value)
        np.testing.assert_array_equal(added.counts, whole.counts)
        # Counted one by one.
        for j, value, counts in zip(
            whole.column, whole.value, whole.counts, strict=True
        ):
            np.testing.assert_array_equal(counts, members[X[:, j] == value].sum(axis=0))
