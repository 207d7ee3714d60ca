"""The quantile of smallest values, beside SciPy's censored fit and simulated minima."""

import numpy as np
import pytest
from scipy.stats import CensoredData, weibull_min

from skmath.probability import lower_tail_quantile


@pytest.mark.parametrize("shape", [0.7, 2.0, 40.0])
def test_it_is_the_censored_fit_of_weibulls_law(shape):
    values = weibull_min.rvs(shape, scale=3.0, size=201, random_state=0)
    median = np.sort(values)[100]
    data = CensoredData.right_censored(np.minimum(values, median), values > median)
    k, _, scale = weibull_min.fit(data, floc=0)
    found = lower_tail_quantile(values, 0.001, np.ones(201))
    expected = weibull_min.ppf(0.001, k, scale=scale)
    assert found == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("unit", [1e-200, 1.0, 1e200])
def test_units_and_copies_do_not_matter(unit):
    rng = np.random.default_rng(1)
    values, weight = rng.gamma(5, size=60), rng.integers(1, 4, 60)
    once = lower_tail_quantile(values, 0.01, weight * 1.0)
    repeated = np.repeat(values, weight)
    found = lower_tail_quantile(repeated * unit, 0.01, np.ones(len(repeated)))
    assert found / unit == pytest.approx(once, rel=1e-9)


def test_it_varies_less_than_the_smallest_of_a_hundred_minima():
    # Each value is the distance to the closest of 200 points of a plane.
    rng = np.random.default_rng(2)
    points = rng.normal(size=(2000, 100, 2))
    places = rng.normal(size=(200, 2))
    D = np.linalg.norm(points[:, :, None] - places, axis=3).min(axis=2)
    by_law = np.array([lower_tail_quantile(d, 0.01, np.ones(100)) for d in D])
    smallest = D.min(axis=1)
    true = np.quantile(D, 0.01)
    assert np.median(by_law) == pytest.approx(true, rel=0.25)
    assert np.std(np.log(by_law)) < 0.7 * np.std(np.log(smallest))
