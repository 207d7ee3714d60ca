"""Families and links: the most likely coefficients, by likelihoods written here."""

import warnings

import array_api_strict as xp
import dask.array as da
import numpy as np
import pytest
from scipy import sparse, special, stats
from scipy.optimize import minimize
from sklearn import config_context
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.exceptions import ConvergenceWarning

from skmath import GDLinearModel
from skmath.calculus import LINKS, resolve_loss

SLOPES = np.array([0.3, -0.2, 0.1])

INVERSE_LINKS = {
    "identity": lambda z: z,
    "log": np.exp,
    "logit": special.expit,
    "probit": stats.norm.cdf,
    "cloglog": lambda z: -np.expm1(-np.exp(z)),
}


def tweedie_deviance(power):
    """Return Jorgensen's (1997) half deviance, up to a constant of y, negated."""

    def function(y, m):
        return y * m ** (1 - power) / (1 - power) - m ** (2 - power) / (2 - power)

    return function


LOG_LIKELIHOODS = {
    "squared_error": stats.norm.logpdf,
    "poisson": lambda y, m: y * np.log(m) - m,
    "gamma": lambda y, m: stats.gamma.logpdf(y, 1.0, scale=m),
    "inverse_gaussian": lambda y, m: stats.invgauss.logpdf(y, m),
    "tweedie 1.2": tweedie_deviance(1.2),
    "tweedie 2.5": tweedie_deviance(2.5),
    "tweedie 3": tweedie_deviance(3.0),
    "negative_binomial": lambda y, m: stats.nbinom.logpmf(
        y, 1 / 0.7, 1 / (1 + 0.7 * m)
    ),
    "log_loss": lambda y, m: np.log(np.where(y, m, 1 - m)),
    "binomial": lambda y, m: y * np.log(m) + (1 - y) * np.log1p(-m),
}

CASES = [
    (loss, link)
    for loss in LOG_LIKELIHOODS
    for link in LINKS[loss.partition(" ")[0]]
    if (loss, link) != ("squared_error", "identity")
]
OTHER_CASES = [c for c in CASES if c[1] != next(iter(LINKS.get(c[0], ["log"])))]
OTHER_CASES += [("tweedie 2.5", "log")]

cases = pytest.mark.parametrize(("loss", "link"), CASES)
other_cases = pytest.mark.parametrize(("loss", "link"), OTHER_CASES)


def model_of(loss, link, **parameters):
    name, _, power = loss.partition(" ")
    parameters = {"alpha": 0, "tol": 1e-10, "dispersion": 0.7} | parameters
    return GDLinearModel(name, link=link, power=float(power or 1.5), **parameters)


def data_for(loss, link, n_rows=300):
    """Return X of three columns, and y of that family, whose means are not extreme."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_rows, 3))
    mean = INVERSE_LINKS[link](X @ SLOPES + (3.0 if link == "identity" else 0.5))
    if loss in ("log_loss", "binomial"):
        if loss == "log_loss":
            return X, (rng.random(n_rows) < mean).astype(int)
        return X, rng.binomial(10, mean) / 10
    if loss in ("poisson", "negative_binomial"):
        return X, rng.poisson(mean * rng.gamma(2, 0.5, n_rows)).astype(float)
    if loss in ("inverse_gaussian", "tweedie 3", "tweedie 2.5"):
        return X, rng.wald(mean, 3.0)
    return X, rng.gamma(2, mean / 2)


def most_likely(log_likelihood, X, y, weight=1.0, start=None):
    """Return the intercept and coefficients, by a simplex-free search from the mean."""
    A = np.c_[np.ones(len(X)), X]

    def cost(theta):
        with np.errstate(all="ignore"):
            value = -(weight * log_likelihood(y, A @ theta)).mean()
        return value if np.isfinite(value) else 1e100

    found = minimize(cost, start, method="BFGS", options={"gtol": 1e-9})
    return minimize(cost, found.x, method="BFGS", options={"gtol": 1e-10}).x


@cases
def test_coefficients_are_the_most_likely(loss, link):
    X, y = data_for(loss, link)
    model = model_of(loss, link).fit(X, y)
    assert model.converged_
    inverse = INVERSE_LINKS[link]
    start = np.r_[model.intercept_ * 1.1, np.zeros(3)]
    expected = most_likely(
        lambda y, z: LOG_LIKELIHOODS[loss](y, inverse(z)), X, y, start=start
    )
    found = np.r_[model.intercept_, np.ravel(model.coef_)]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=2e-6)
    predicted = inverse(model.intercept_ + X @ np.ravel(model.coef_))
    if loss == "log_loss":
        np.testing.assert_allclose(model.predict_proba(X)[:, 1], predicted)
        np.testing.assert_array_equal(model.predict(X), predicted > 0.5)
        np.testing.assert_array_equal(model.decision_function(X) > 0, predicted > 0.5)
        log = np.log(model.predict_proba(X))
        np.testing.assert_allclose(model.predict_log_proba(X), log)
    else:
        np.testing.assert_allclose(model.predict(X), predicted)


@other_cases
def test_units_order_storage_and_repetition_do_not_matter(loss, link):
    X, y = data_for(loss, link)
    units = np.array([1e-6, 1e6, 1e3])
    rng = np.random.default_rng(1)
    order, times = rng.permutation(len(y)), rng.integers(0, 4, len(y))
    repeated = model_of(loss, link).fit(np.repeat(X, times, 0), np.repeat(y, times))
    one = model_of(loss, link).fit(X, y)
    others = {
        "units": model_of(loss, link).fit(X * units, y),
        "order": model_of(loss, link).fit(X[order], y[order]),
        "sparse": model_of(loss, link).fit(sparse.csr_array(X), y),
        "weights": model_of(loss, link).fit(X, y, sample_weight=np.full(len(y), 1e9)),
        "plain": model_of(loss, link, solver="gd", metric="diagonal").fit(X, y),
        "nesterov": model_of(loss, link, solver="nesterov").fit(X, y),
        "newton": model_of(loss, link, solver="newton").fit(X, y),
    }
    for name, other in others.items():
        assert other.converged_, name
        scale = units if name == "units" else 1.0
        np.testing.assert_allclose(other.coef_ * scale, one.coef_, 1e-6, 1e-7)
    weighted = model_of(loss, link).fit(X, y, sample_weight=times)
    np.testing.assert_allclose(weighted.coef_, repeated.coef_, 1e-6, 1e-7)
    narrow = model_of(loss, link, tol=1e-4).fit(X.astype(np.float32), y)
    assert narrow.coef_.dtype == np.float32
    np.testing.assert_allclose(narrow.coef_, one.coef_, 1e-3, 1e-3)


@other_cases
def test_other_arrays_are_learnt_alike(loss, link):
    X, y = data_for(loss, link)
    one = model_of(loss, link).fit(X, y)
    with config_context(array_api_dispatch=True):
        strict = model_of(loss, link).fit(xp.asarray(X), xp.asarray(y))
        predicted = strict.predict(xp.asarray(X))
    parts = da.from_array(X, chunks=(100, 3)), da.from_array(y, chunks=100)
    in_parts = model_of(loss, link).fit(*parts)
    np.testing.assert_allclose(np.asarray(strict.coef_), one.coef_, 1e-9, 1e-12)
    np.testing.assert_allclose(np.asarray(predicted), one.predict(X), 1e-9)
    np.testing.assert_allclose(in_parts.coef_, one.coef_, 1e-6, 1e-8)


@pytest.mark.parametrize(("loss", "link"), [c for c in OTHER_CASES if " " not in c[0]])
def test_a_lasso_leaves_out_columns(loss, link):
    X, y = data_for(loss, link)
    X = np.c_[X, np.random.default_rng(3).normal(size=(len(X), 30))]
    alpha = 0.02 if link == "identity" else 0.08 * y.std()
    model = model_of(loss, link, penalty="l1", alpha=alpha, tol=1e-7).fit(X, y)
    assert model.converged_
    w = np.ravel(model.coef_)
    assert 0 < np.count_nonzero(w) < 25
    z = X @ w[:, None] + model.intercept_
    slope = X.T @ resolve_loss(loss, link=link).gradient(y[:, None], z) / len(y)
    slope = slope[:, 0] / alpha
    assert (np.abs(slope) <= 1 + 1e-5).all()
    np.testing.assert_allclose(slope[w != 0], -np.sign(w[w != 0]), rtol=1e-5)


# What is not convex


@pytest.mark.parametrize(
    ("loss", "link"),
    [
        ("inverse_gaussian", "log"),
        ("tweedie 3", "log"),
        ("gamma", "identity"),
        ("squared_error", "log"),
    ],
)
def test_what_is_not_convex_proves_no_optimum(loss, link):
    X, y = data_for(loss, link)
    model = model_of(loss, link, alpha="auto").fit(X, y)
    assert model.converged_
    assert model.duality_gap_ == np.inf
    with pytest.warns(ConvergenceWarning, match="the cost is not convex"):
        model.set_params(max_iter=1).fit(X, y)


# Means that have to be positive


PLAIN = ("gd", "momentum", "nesterov")


@pytest.mark.filterwarnings("ignore:optimality_ is")
@pytest.mark.parametrize("loss", ["poisson", "gamma"])
def test_steps_do_not_leave_the_means_that_are_positive(loss):
    rng = np.random.default_rng(0)
    X = rng.uniform(size=(400, 2))
    mean = 0.01 + X @ [5.0, 0.0]  # nearly zero in a corner
    y = rng.poisson(mean) * 1.0 if loss == "poisson" else rng.gamma(2, mean / 2)
    for solver in ("auto", "gd", "momentum", "nesterov", "newton"):
        model = model_of(loss, "identity", solver=solver, tol=1e-6).fit(X, y)
        assert np.isfinite(model.loss_curve_).all()
        assert (model.predict(X) > 0).all()
        assert model.converged_ or solver in PLAIN


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_an_optimum_may_be_at_a_mean_of_zero(unit):
    X = unit * np.arange(6.0)[:, None]
    y = np.array([0.0, 0.0, 0.0, 0.0, 5.0, 9.0])  # without a limit c would be negative
    model = model_of("poisson", "identity", tol=1e-9).fit(X, y)
    assert model.converged_
    assert (model.predict(X) > 0).all()
    # At c = 0 the sum of w x - y log(w x) is lowest at w = sum(y) / sum(x).
    assert model.coef_[0] * unit == pytest.approx(14 / 15, rel=1e-6)
    assert model.intercept_ == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("loss", ["poisson", "gamma"])
def test_rows_without_weight_hold_no_mean_above_zero(loss):
    X, y = data_for(loss, "identity")
    one = model_of(loss, "identity").fit(X, y)
    far = np.r_[X, -1e3 * np.sign(one.coef_)[None, :]]  # its mean would be negative
    weight = np.r_[np.ones(len(y)), 0.0]
    other = model_of(loss, "identity").fit(far, np.r_[y, 1.0], sample_weight=weight)
    np.testing.assert_allclose(other.coef_, one.coef_, rtol=1e-6, atol=1e-8)
    # A warm start there is none for rows that it gives negative means.
    model = model_of(loss, "identity", warm_start=True).fit(X, y)
    model.fit(-X, y)
    np.testing.assert_allclose(model.coef_, -one.coef_, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(
    "parameters", [{"solver": "sgd"}, {"fit_intercept": False}, {"learning_rate": 0.1}]
)
def test_what_cannot_keep_means_positive_is_told(parameters):
    X, y = data_for("poisson", "identity")
    with pytest.raises(ValueError, match=r"link='identity' of loss='poisson'.*'log'"):
        model_of("poisson", "identity", **parameters).fit(X, y)


# Dispersion


def negative_binomial_data(n_rows=400, dispersion=0.5):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_rows, 3))
    mean = np.exp(0.5 + X @ SLOPES)
    return X, rng.poisson(mean * rng.gamma(1 / dispersion, dispersion, n_rows))


def test_a_dispersion_is_the_most_likely_with_the_coefficients():
    X, y = negative_binomial_data()
    model = GDLinearModel("negative_binomial", dispersion="auto", alpha=0, tol=1e-9)
    model.fit(X, y)
    A = np.c_[np.ones(len(X)), X]

    def cost(theta):
        r = np.exp(-theta[-1])
        mean = np.exp(A @ theta[:-1])
        return -stats.nbinom.logpmf(y, r, r / (r + mean)).mean()

    found = minimize(cost, np.zeros(5), method="BFGS", options={"gtol": 1e-9}).x
    assert model.converged_
    assert model.dispersion_ == pytest.approx(np.exp(found[-1]), rel=1e-5)
    np.testing.assert_allclose(model.coef_, found[1:4], rtol=1e-5, atol=1e-7)
    again = GDLinearModel(
        "negative_binomial", dispersion=model.dispersion_, alpha=0, tol=1e-9
    )
    np.testing.assert_allclose(again.fit(X, y).coef_, model.coef_, rtol=1e-7)
    # Weights are repetitions, and the units of columns do not matter.
    times = np.random.default_rng(1).integers(1, 4, len(y))
    weighted = model.fit(X * [1e-6, 1e6, 1.0], y, sample_weight=times).dispersion_
    model.fit(np.repeat(X, times, 0), np.repeat(y, times))
    assert model.dispersion_ == pytest.approx(weighted, rel=1e-7)
    narrow = GDLinearModel("negative_binomial", dispersion="auto", alpha=0)
    narrow.fit(X.astype(np.float32), y)
    assert narrow.dispersion_ == pytest.approx(np.exp(found[-1]), rel=1e-4)


def test_counts_that_vary_less_than_poissons_have_no_dispersion():
    X, _ = negative_binomial_data()
    y = np.random.default_rng(0).binomial(10, special.expit(X @ SLOPES))
    model = GDLinearModel("negative_binomial", dispersion="auto", alpha=0, tol=1e-9)
    model.fit(X, y)
    assert model.dispersion_ == 0
    poisson = GDLinearModel("poisson", alpha=0, tol=1e-9).fit(X, y)
    np.testing.assert_allclose(model.coef_, poisson.coef_, rtol=1e-6)


def test_a_dispersion_without_columns_solves_its_profile_equation():
    days = np.repeat([0, 1, 2, 3, 5, 6, 8, 11, 14, 22, 36, 54, 81], 3)
    X = np.zeros((len(days), 1))
    model = GDLinearModel("negative_binomial", dispersion="auto", alpha=0, tol=1e-9)
    model.fit(X, days)
    assert model.predict(X)[0] == pytest.approx(days.mean())
    r, mean = 1 / model.dispersion_, days.mean()
    score = (special.digamma(days + r) - special.digamma(r)).sum()
    assert score == pytest.approx(len(days) * np.log1p(mean / r), rel=1e-8)


def test_partial_fit_takes_a_number_for_the_dispersion():
    X, y = negative_binomial_data()
    model = GDLinearModel("negative_binomial", solver="sgd", dispersion="auto")
    with pytest.raises(ValueError, match="dispersion='auto' is not supported"):
        model.partial_fit(X, y)
    model.set_params(dispersion=0.5).partial_fit(X, y)
    assert np.isfinite(model.predict(X)).all()


# Shares of successes


@pytest.mark.parametrize("link", ["logit", "probit", "cloglog"])
def test_shares_weighted_by_trials_are_the_single_trials(link):
    rng = np.random.default_rng(0)
    X, trials = rng.normal(size=(80, 3)), rng.integers(1, 9, 80)
    successes = rng.binomial(trials, INVERSE_LINKS[link](X @ SLOPES))
    options = {"link": link, "alpha": 0, "tol": 1e-10}
    shares = GDLinearModel("binomial", **options)
    shares.fit(X, successes / trials, sample_weight=trials)
    each = np.repeat(X, trials, axis=0)
    outcome = np.concatenate(
        [np.arange(n) < k for n, k in zip(trials, successes, strict=True)]
    )
    single = GDLinearModel("log_loss", **options).fit(each, outcome)
    np.testing.assert_allclose(shares.coef_, single.coef_[0], rtol=1e-6, atol=1e-8)
    p = single.predict_proba(X)[:, 1]
    np.testing.assert_allclose(shares.predict(X), p, rtol=1e-6)
    assert shares.__sklearn_tags__().estimator_type == "regressor"


@pytest.mark.parametrize(
    ("link", "intercept", "slope", "deviance"),
    [
        ("logit", -60.717, 34.270, 11.232),
        ("probit", -34.935, 19.728, 10.120),
        ("cloglog", -39.572, 22.041, 3.446),
    ],
)
def test_beetles_killed_by_a_dose(link, intercept, slope, deviance):
    """Bliss (1935); Dobson and Barnett, *Generalized Linear Models*, chapter 7."""
    dose = [1.6907, 1.7242, 1.7552, 1.7842, 1.8113, 1.8369, 1.8610, 1.8839]
    beetles = np.array([59, 60, 62, 56, 63, 59, 62, 60])
    killed = np.array([6, 13, 18, 28, 52, 53, 61, 60])
    X, y = np.array(dose)[:, None], killed / beetles
    model = GDLinearModel("binomial", link=link, alpha=0)
    p = model.fit(X, y, sample_weight=beetles).predict(X)
    assert model.intercept_ == pytest.approx(intercept, abs=6e-3)
    assert model.coef_[0] == pytest.approx(slope, abs=6e-3)
    parts = special.xlogy(y, y / p) + special.xlog1py(1 - y, -y)
    parts = parts - special.xlog1py(1 - y, -p)
    assert 2 * beetles @ parts == pytest.approx(deviance, abs=2e-2)


@pytest.mark.parametrize("y", [[3.0, 0.0, 1.0], [-0.1, 0.5, 1.0]])
def test_counts_in_place_of_shares_are_told(y):
    told = (
        r"between 0 and 1, the proportion of successes: divide counts.* sample_weight"
    )
    with pytest.raises(ValueError, match=told):
        GDLinearModel("binomial").fit(np.eye(3), y)


@pytest.mark.parametrize("link", ["logit", "probit", "cloglog"])
def test_shares_that_columns_separate_have_no_finite_optimum(link):
    X = np.arange(8.0)[:, None]
    y = (X[:, 0] > 3) * 1.0
    model = GDLinearModel("binomial", link=link, alpha=0)
    with pytest.warns(ConvergenceWarning, match="y is 0, or 1, are separable"):
        model.fit(X, y)
    with pytest.warns(ConvergenceWarning, match="classes are separable"):
        GDLinearModel("log_loss", link=link, alpha=0).fit(X, y)
    y[0] = 0.5  # a row that falls neither way holds it back, or not
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        GDLinearModel("binomial", link=link, alpha=0).fit(
            X[[0, 0, 7]], y[[0, 0, 7]] / 2
        )
    with pytest.raises(ValueError, match="no finite optimum if y is 0 in every row"):
        GDLinearModel("binomial", link=link).fit(X, np.ones(8))


# Links of two classes


@pytest.mark.parametrize("link", ["probit", "cloglog"])
def test_links_of_two_classes_refuse_more(link):
    X, y = load_iris(return_X_y=True)
    with pytest.raises(
        ValueError, match=f"link='{link}' supports two classes, but y has 3"
    ):
        GDLinearModel("log_loss", link=link).fit(X, y)
    model = GDLinearModel("log_loss", link=link).fit(
        X, np.array(["a", "b"])[(y > 0) * 1]
    )
    assert set(model.predict(X)) == {"a", "b"}


@pytest.mark.parametrize("link", ["probit", "cloglog"])
@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_links_in_epochs(link, solver):
    X, y = load_breast_cancer(return_X_y=True)
    model = GDLinearModel(
        "log_loss", link=link, solver=solver, random_state=0, tol=1e-2
    )
    assert model.fit(X[:, :5], y).score(X[:, :5], y) > 0.85
    model = GDLinearModel("log_loss", link=link, solver=solver)
    for _ in range(20):
        model.partial_fit(X[:, :5], y, classes=[0, 1])
    assert model.score(X[:, :5], y) > 0.8


def test_a_link_that_the_loss_does_not_have_is_told_by_fit():
    with pytest.raises(ValueError, match="link='log' is not supported by loss='huber'"):
        GDLinearModel("huber", link="log").fit(np.eye(3), [1.0, 2.0, 3.0])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("seed", range(30))
def test_a_dispersion_has_no_slope_left(seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rng.integers(8, 60), 2)) * 10.0 ** rng.integers(-6, 6, 2)
    size = 10.0 ** rng.uniform(-1, 4)
    true = 10.0 ** rng.uniform(-4, 1)
    y = rng.poisson(size * rng.gamma(1 / true, true, len(X)))
    y[0] += y.sum() == 0
    model = GDLinearModel("negative_binomial", dispersion="auto").fit(X, y)
    mean = model.predict(X)
    if model.dispersion_ == 0:
        assert ((y - mean) ** 2 - y).sum() <= 1e-6 * y.sum()
        return

    def log_likelihood(t):
        r = np.exp(-t)
        return stats.nbinom.logpmf(y, r, r / (r + mean)).sum()

    best, there = np.log(model.dispersion_), log_likelihood(np.log(model.dispersion_))
    for step in (1e-2, -1e-2, 1.0, -1.0):
        assert log_likelihood(best + step) <= there + 1e-7 * abs(there)
