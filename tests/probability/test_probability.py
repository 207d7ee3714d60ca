"""Bayes' theorem and likelihoods against enumeration and scipy.stats."""

import numpy as np
import pytest
from scipy import sparse, stats
from scipy.special import logsumexp
from sklearn.neighbors import KernelDensity

from skmath.probability import (
    CANDIDATES,
    KDE,
    Bernoulli,
    Bins,
    Categorical,
    Gamma,
    Gaussian,
    LogNormal,
    Multinomial,
    kernel_sums,
    left_out_kernels,
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
    values[200:] = values[:200]  # each is there twice
    weights = rng.random(400)
    for h in (0.0001 * scale, 0.01 * scale, 0.3 * scale, 5 * scale):
        peer = KernelDensity(bandwidth=h).fit(values[:, None], sample_weight=weights)
        order = np.argsort(values)
        sums = kernel_sums([(values[order], weights[order])], np.array([h]))
        found = sums.log_density(grid, np.zeros(777, dtype=int))
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
    x = rng.poisson(4.0, 480).astype(float) + 1
    x[0] = 14
    y = np.arange(480) % 2
    likelihoods = CANDIDATES | {"gaussian": Gaussian(0.0), "kde": KDE(1.2)}
    found = left_out_scores(x, y, np.ones(480), likelihoods)
    logs = {"gaussian": [], "poisson": [], "kde": [], "categorical": []}
    for i in range(480):
        rest = np.delete(np.arange(480), i)
        own = x[rest][y[rest] == y[i]]
        logs["gaussian"].append(stats.norm.logpdf(x[i], own.mean(), own.std()))
        rate = (own.sum() + x[rest].mean()) / (len(own) + 1)
        logs["poisson"].append(stats.poisson.logpmf(x[i], rate))
        kernels = stats.norm.pdf(x[i], own, 1.2)
        logs["kde"].append(np.log(kernels.mean()))
        known = np.unique(x[rest])
        p = (np.sum(own == x[i]) + 1) / (len(own) + len(known))
        # One of the whole numbers between the least and the largest that none is.
        unknown = x.max() - x.min() + 1 - len(known)
        logs["categorical"].append(np.log(p / (1 if x[i] in known else unknown)))
    # The cells of these values are one wide.
    for name, log in logs.items():
        assert found[name] == pytest.approx(np.mean(log), rel=1e-9), name


def test_left_out_scores_count_a_unit_of_weight_as_a_row():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=40).round(1), np.arange(40) % 2
    weight = 1.0 + np.arange(40) % 3
    repeated = np.repeat(np.arange(40), weight.astype(int))
    weighted = left_out_scores(x, y, weight)
    expected = left_out_scores(x[repeated], y[repeated], np.ones(len(repeated)))
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


@pytest.mark.parametrize("k", [0.3, 2.0, 40.0])
def test_gamma_is_that_of_highest_likelihood(k):
    x = 1e6 * np.random.default_rng(0).gamma(k, size=(400, 1))
    likelihood = Gamma(var_smoothing=0.0)
    fitted = likelihood.fit(likelihood.statistics(x, np.ones((400, 1)), None))
    shape, _, scale = stats.gamma.fit(x[:, 0], floc=0)
    assert fitted["shape_"][0, 0] == pytest.approx(shape, rel=1e-5)
    assert fitted["gamma_mean_"][0, 0] == pytest.approx(shape * scale, rel=1e-5)
    found = likelihood.log_likelihood(x, fitted)[:, 0]
    expected = stats.gamma.logpdf(x[:, 0], shape, scale=scale)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_lognormal_is_the_normal_density_of_the_logarithm():
    x = np.random.default_rng(0).lognormal(3.0, 0.5, size=(400, 2))
    likelihood = LogNormal(var_smoothing=0.0)
    fitted = likelihood.fit(likelihood.statistics(x, np.ones((400, 1)), None))
    sigma, mean = np.log(x).std(axis=0), np.log(x).mean(axis=0)
    expected = stats.lognorm.logpdf(x, sigma, scale=np.exp(mean))
    found = likelihood.by_feature(x, fitted)[:, :, 0]
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    whole = likelihood.log_likelihood(x, fitted)[:, 0]
    np.testing.assert_allclose(whole, expected.sum(axis=1), rtol=1e-9)


@pytest.mark.parametrize("likelihood", [Gamma(), LogNormal()])
def test_a_value_that_is_not_positive_is_a_very_low_one(likelihood):
    x = np.random.default_rng(0).gamma(2.0, size=(7, 2))
    fitted_ = fitted(likelihood, x)
    found = likelihood.log_likelihood(
        np.array([[0.0, 1], [-1, 1], [1e-300, 1]]), fitted_
    )
    assert np.isfinite(found).all()
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_allclose(found[0], found[2])


# One measure


@pytest.mark.parametrize("scale", [1e-20, 1.0, 1e20])
def test_scores_do_not_depend_on_the_unit_but_for_its_logarithm(scale):
    rng = np.random.default_rng(0)
    y = np.arange(300) % 2
    for x in (rng.gamma(3.0, size=300), rng.integers(2, 9, 300) * 1.0):
        found = left_out_scores(x * scale, y, np.ones(300))
        expected = left_out_scores(x, y, np.ones(300))
        # A Poisson is one of whole numbers only.
        del expected["poisson" if "poisson" in expected else "bins"]
        repeats = len(np.unique(x)) < 300
        for name, score in expected.items():
            offset = 0.0 if repeats else -np.log(scale)
            assert found[name] == pytest.approx(score + offset, abs=1e-6), name


def test_a_flag_is_no_density():
    rng = np.random.default_rng(0)
    for share in (0.001, 0.01, 0.2, 0.5):
        x, y = (rng.random(3000) < share) * 1.0, rng.integers(0, 2, 3000)
        x[:2] = 1
        assert set(left_out_scores(x, y, np.ones(3000))) == {"bernoulli"}
        assert set(left_out_scores(x + 1, y, np.ones(3000))) == {"categorical"}


def test_probabilities_of_the_cells_sum_to_one_at_most():
    # A density narrower than a cell: most values are 0, and some classes' all.
    x = np.r_[np.zeros(390), np.arange(10)]
    y = np.r_[np.arange(390) % 2, np.zeros(10, int)]
    scores = left_out_scores(x, y, np.ones(400))
    assert max(scores, key=scores.get) == "categorical"
    assert max(scores.values()) < 0


def test_a_categorys_rows_and_a_density_of_the_same_numbers():
    rng = np.random.default_rng(0)
    y = np.arange(2000) % 2
    for x, best in (
        (np.rint(10 * rng.normal(size=2000) + 3 * y), "gaussian"),
        (
            rng.choice([1, 2, 30, 47, 50], 2000, p=[0.4, 0.1, 0.1, 0.3, 0.1]),
            "categorical",
        ),
        (np.rint(100 * rng.gamma(2.0, 1 + y)), "gamma"),
        (np.rint(100 * rng.lognormal(1.0 + y, 1.0)) + 1, "lognormal"),
    ):
        scores = left_out_scores(x * 0.1, y, np.ones(2000))
        assert max(scores, key=scores.get) == best, scores


def test_far_tails_are_exact_of_many_points_too():
    rng = np.random.default_rng(0)
    values = np.sort(np.r_[rng.normal(size=2000), 1e8])
    sums = kernel_sums(
        [(values, np.ones(2001)), (values - 50, np.ones(2001))], np.array([0.2, 0.5])
    )
    x = np.r_[rng.uniform(-100, 100, 500), 1e3, 1e8 + 1, -1e200]
    for k, h in enumerate([0.2, 0.5]):
        found = sums.log_density(x, np.full(503, k))
        squares = ((x[:-1, None] - (values - 50 * k)) / h) ** 2
        # scikit-learn's KernelDensity keeps seven digits here.
        expected = logsumexp(-0.5 * squares, axis=1) - np.log(2001 * h)
        expected -= 0.5 * np.log(2 * np.pi)
        np.testing.assert_allclose(found[:-1], expected, rtol=1e-12, atol=1e-9)
        assert np.isfinite(found[-1])


def test_kernels_of_many_columns_are_those_of_each():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(90, 4)).round(1), np.arange(90) % 3
    X[rng.random(X.shape) < 0.1] = np.nan
    weight = 1.0 + np.arange(90) % 2
    each = left_out_kernels(X, y, weight, KDE(), 1.0)
    for j, kernels in enumerate(each):
        rows = ~np.isnan(X[:, j])
        column = (X[rows, j], y[rows], weight[rows])
        found = {"kde": (kernels[0], kernels[1][rows])}
        scores = left_out_scores(*column, found=found)
        assert scores == pytest.approx(left_out_scores(*column), rel=1e-9)
