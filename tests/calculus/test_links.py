"""Losses of exponential families and their links, against closed forms."""

import math

import numpy as np
import pytest
from scipy import integrate, special, stats

from skmath.calculus import (
    LINKS,
    InverseGaussian,
    LogLoss,
    NegativeBinomial,
    Poisson,
    Tweedie,
    check_gradient,
    dispersion_slopes,
    resolve_loss,
)

LINKED = [(loss, link) for loss, links in LINKS.items() for link in links]
LINKED += [("tweedie 2.5", "log"), ("tweedie 3", "log")]

MEANS = {
    "identity": lambda z: z,
    "log": np.exp,
    "logit": special.expit,
    "probit": stats.norm.cdf,
    "cloglog": lambda z: 1 - np.exp(-np.exp(z)),
}

VARIANCES = {
    "squared_error": lambda m: 1.0,
    "poisson": lambda m: m,
    "gamma": lambda m: m**2,
    "tweedie": lambda m: m**1.5,
    "tweedie 2.5": lambda m: m**2.5,
    "tweedie 3": lambda m: m**3,
    "inverse_gaussian": lambda m: m**3,
    "negative_binomial": lambda m: m + m**2,
    "log_loss": lambda m: m * (1 - m),
    "binomial": lambda m: m * (1 - m),
}


def resolved(loss, link):
    name, _, power = loss.partition(" ")
    return resolve_loss(name, link=link, power=float(power or 1.5))


def targets_and_outputs(loss, link):
    rng = np.random.default_rng(0)
    z = rng.normal(size=(40, 1))
    if link == "identity":
        z = np.exp(z)
    if loss in ("log_loss", "binomial"):
        y = rng.random(z.shape)
        return (y < 0.5) * 1.0 if loss == "log_loss" else y, z
    return np.exp(rng.normal(size=z.shape)), z


@pytest.mark.parametrize(("loss", "link"), LINKED)
def test_a_loss_is_the_integral_of_its_quasi_score(loss, link):
    """McCullagh and Nelder 1989, chapter 9: dL/dm = (m - y) / V(m)."""
    own, (y, z) = resolved(loss, link), targets_and_outputs(loss, link)
    mean, variance = MEANS[link], VARIANCES[loss]
    np.testing.assert_allclose(own.inverse_link(z), mean(z), rtol=1e-12)
    for one in z[:5]:
        np.testing.assert_allclose(own.link(mean(one)), one, rtol=1e-9, atol=1e-9)
    start = np.full_like(z, 0.5)
    found = own.value(y, z) - own.value(y, start)
    for k in range(10):
        ends = mean(0.5), mean(z[k, 0])

        def score(m, k=k):
            return (m - y[k, 0]) / variance(m)

        expected = integrate.quad(score, *ends, epsabs=1e-12, epsrel=1e-12)[0]
        assert found[k] == pytest.approx(expected, rel=1e-8, abs=1e-9)
    check_gradient(own, y, z)
    value, gradient = own.value_and_gradient(y, z)
    np.testing.assert_allclose(value, own.value(y, z))
    np.testing.assert_allclose(gradient, own.gradient(y, z))


@pytest.mark.parametrize(("loss", "link"), LINKED)
def test_a_loss_is_convex_or_says_that_it_is_not(loss, link):
    own, (y, z) = resolved(loss, link), targets_and_outputs(loss, link)
    other = z[::-1] * 3
    middle = own.value(y, 0.5 * (z + other))
    below = middle <= 0.5 * (own.value(y, z) + own.value(y, other)) + 1e-12
    assert below.all() == own.is_convex
    assert (own.curvature(y, z) >= 0).all()
    assert (own.curvature(y, z) <= own.curvature_bound).all()


@pytest.mark.parametrize("link", ["logit", "probit", "cloglog"])
@pytest.mark.parametrize("loss", ["log_loss", "binomial"])
def test_probabilities_far_out_lose_no_digits(loss, link):
    own = resolve_loss(loss, link=link)
    for dtype in (np.float64, np.float32):
        z = np.array([[-1e8], [-1e3], [-40.0], [40.0], [1e3], [1e8]], dtype=dtype)
        for y in (0.0, 1.0):
            with np.errstate(over="ignore"):
                y = np.full_like(z, y)
                parts = own.value(y, z), own.gradient(y, z), own.curvature(y, z)
            assert all(not np.isnan(part).any() for part in parts)
            assert all(part.dtype == dtype for part in parts)
            assert (parts[2] >= 0).all()
    # log p and its slope, by the leading terms of their series.
    one, far = np.ones((1, 1)), np.array([[-40.0]])
    if link == "probit":
        value = 800 + math.log(40) + 0.5 * math.log(2 * math.pi) + 1 / 1600
        assert own.value(one, far)[0] == pytest.approx(value, rel=1e-8)
        assert own.gradient(one, far)[0, 0] == pytest.approx(-40 - 1 / 40, rel=1e-5)
        assert own.curvature(one, far * 10) == pytest.approx(1 - 1 / 400**2, rel=1e-9)
    else:
        assert own.value(one, far)[0] == pytest.approx(40.0, rel=1e-12)
        assert own.gradient(one, far)[0, 0] == pytest.approx(-1.0, rel=1e-12)


def test_binomial_with_a_logit_is_the_log_loss_of_shares():
    rng = np.random.default_rng(1)
    y, z = rng.random((9, 2)), 5 * rng.normal(size=(9, 2))
    one, other = resolve_loss("binomial"), LogLoss(exclusive=False)
    np.testing.assert_allclose(one.value(y, z), other.value(y, z))
    np.testing.assert_allclose(one.gradient(y, z), other.gradient(y, z), atol=1e-15)


def test_inverse_gaussian_is_tweedie_of_power_three():
    y, z = targets_and_outputs("gamma", "log")
    one, other = InverseGaussian(), Tweedie(3.0)
    for name in ("value", "gradient", "curvature"):
        np.testing.assert_allclose(getattr(one, name)(y, z), getattr(other, name)(y, z))


def test_negative_binomial_is_the_likelihood_of_its_counts():
    rng = np.random.default_rng(0)
    y, z = rng.integers(0, 20, (40, 1)).astype(float), rng.normal(size=(40, 1))
    for a in (1e-3, 0.5, 30.0):
        own, p = NegativeBinomial(a), 1 / (1 + a * np.exp(z))
        log_likelihood = stats.nbinom.logpmf(y, 1 / a, p)[:, 0]
        constant = own.value(y, z) + log_likelihood
        # Up to what depends on y alone.
        again = own.value(y, 0 * z) + stats.nbinom.logpmf(y, 1 / a, 1 / (1 + a))[:, 0]
        np.testing.assert_allclose(constant, again, rtol=1e-9, atol=1e-9)
    near, limit = NegativeBinomial(1e-9), Poisson()
    np.testing.assert_allclose(near.gradient(y, z), limit.gradient(y, z), rtol=1e-6)
    np.testing.assert_allclose(near.curvature(y, z), limit.curvature(y, z), rtol=1e-6)


@pytest.mark.parametrize("a", [1e-3, 0.3, 5.0])
def test_the_slopes_of_a_dispersion_are_derivatives(a):
    rng = np.random.default_rng(0)
    y, mean = rng.integers(0, 9, 20).astype(float), rng.gamma(2.0, size=20)

    def log_likelihood(t):
        a = math.exp(t)
        return stats.nbinom.logpmf(y, 1 / a, 1 / (1 + a * mean)).sum()

    def first(t):
        return dispersion_slopes(y, mean, math.exp(t))[0].sum()

    def second(t):
        return dispersion_slopes(y, mean, math.exp(t))[1].sum()

    t, step = math.log(a), 1e-4
    for slope, function in ((first, log_likelihood), (second, first)):
        difference = (function(t + step) - function(t - step)) / (2 * step)
        assert slope(t) == pytest.approx(difference, rel=1e-5)
    at_zero = dispersion_slopes(y, mean, 0.0)[0]
    near = dispersion_slopes(y, mean, 1e-6)[0] / 1e-6
    np.testing.assert_allclose(at_zero, near, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("loss", ["poisson", "gamma"])
def test_means_that_are_not_positive_cost_infinitely_much(loss):
    own = resolve_loss(loss, link="identity")
    y, z = np.array([[1.0]] * 3), np.array([[0.0], [-1.0], [-1e300]])
    assert (own.value(y, z) == np.inf).all()
    assert (own.gradient(y, z) < 0).all()
    assert np.isfinite(own.curvature(y, z)).all()


@pytest.mark.parametrize(
    ("loss", "link", "told"),
    [
        ("poisson", "logit", "use link='auto' or 'log' or 'identity'"),
        (
            "hinge",
            "log",
            "link='log' is not supported by loss='hinge': use link='auto'",
        ),
        ("log_loss", "identity", "'auto' or 'logit' or 'probit' or 'cloglog'"),
        ("negative_binomial", "identity", "use link='auto' or 'log'"),
    ],
)
def test_links_that_make_no_sense_are_told(loss, link, told):
    with pytest.raises(ValueError, match=told):
        resolve_loss(loss, link=link)


def test_an_object_has_its_own_link():
    with pytest.raises(ValueError, match="link='log' cannot be combined"):
        resolve_loss(Poisson(), link="log")


@pytest.mark.parametrize("width", [1e-6, 0.1, 3.0])
def test_a_barrier_hides_no_more_than_its_width(width):
    """With one output for all rows the lowest points are means, with and without."""
    own = resolve_loss("poisson", link="identity")
    y = np.array([[0.0], [0.0], [0.0], [2.0]])
    near = own.smoothed(width)
    assert own.has_kink
    assert not near.has_kink
    check_gradient(near, y, np.array([[0.5], [1.0], [2.0], [3.0]]))
    at, best = np.full_like(y, (3 * width + 2) / 4), np.full_like(y, 0.5)
    assert near.gradient(y, at).sum() == pytest.approx(0, abs=1e-12)
    missed = (own.value(y, at) - own.value(y, best)).sum()
    assert 0 <= missed <= near.slack(y, at).sum()
    assert near.slack(y, at).tolist() == [width, width, width, 0.0]
