"""Criteria against simulation and their formulas."""

import numpy as np
import pytest

from skmath.statistics import marchenko_pastur_median, optimal_hard_threshold


@pytest.mark.parametrize("beta", [0.1, 0.5, 1.0])
def test_the_median_is_that_of_noise(beta):
    rng = np.random.default_rng(0)
    n = 600
    s = np.linalg.svd(rng.normal(size=(n, int(beta * n))), compute_uv=False)
    assert marchenko_pastur_median(beta) == pytest.approx(np.median(s**2) / n, rel=0.02)


@pytest.mark.parametrize(
    ("beta", "omega"), [(0.05, 1.5194), (0.5, 2.1711), (1.0, 2.8582)]
)
def test_the_threshold_is_that_of_the_paper(beta, omega):
    # Gavish and Donoho 2014, table IV.
    assert optimal_hard_threshold(np.ones(3), beta * 1000, 1000) == pytest.approx(
        omega, abs=2e-4
    )
