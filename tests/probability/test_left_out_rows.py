"""Rows left out of the sums: what a fit on all others says of them."""

import numpy as np
import pytest
from scipy import sparse

from skmath.probability import LIKELIHOODS

NAMES = sorted(set(LIKELIHOODS) - {"complement"})
MADE_OF_ALL_ROWS = {"kde": "_kernels", "bins": "cuts"}


def table(name, rng, n=24):
    """Return rows of three columns, the last row's class being its own."""
    y = np.r_[np.arange(n - 1) % 2, 2]
    X = rng.poisson(2.0 + y[:, None], (n, 3)) * 1.0
    if name in ("gamma", "lognormal", "exponential", "gaussian"):
        X = X + rng.random((n, 3))
    return X, y


def refitted(likelihood, X, y, i):
    """Return log P(x_i | y_i) of a fit on all other rows."""
    rest = np.arange(len(y)) != i
    sums = likelihood.statistics(X[rest], np.eye(3)[y[rest]], None)
    return likelihood.log_likelihood(X[[i]], likelihood.fit(sums))[0, y[i]]


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(MADE_OF_ALL_ROWS)))
@pytest.mark.parametrize("missing", [False, True])
def test_a_row_left_out_is_one_that_was_not_there(name, missing):
    rng = np.random.default_rng(0)
    X, y = table(name, rng)
    if missing:
        X[rng.random(X.shape) < 0.2] = np.nan
    likelihood = LIKELIHOODS[name]()
    sums = likelihood.statistics(X, np.eye(3)[y], None)
    found = likelihood.left_out(X, y, 1.0, sums, likelihood.fit(sums))
    expected = [refitted(likelihood, X, y, i) for i in range(len(y))]
    np.testing.assert_allclose(found, expected, rtol=1e-8)


@pytest.mark.parametrize("name", ["bernoulli", "multinomial", "poisson", "exponential"])
def test_a_row_left_out_of_sums_smoothed_by_column(name):
    X, y = table(name, np.random.default_rng(0))
    likelihood = LIKELIHOODS[name](np.array([0.1, 1.0, 3.0]))
    sums = likelihood.statistics(X, np.eye(3)[y], None)
    found = likelihood.left_out(X, y, 1.0, sums, likelihood.fit(sums))
    expected = [refitted(likelihood, X, y, i) for i in range(len(y))]
    np.testing.assert_allclose(found, expected, rtol=1e-8)


@pytest.mark.parametrize("name", ["gaussian", "gamma", "lognormal"])
def test_a_row_left_out_leaves_smoothing_by_a_row(name):
    X, y = table(name, np.random.default_rng(0))
    likelihood = LIKELIHOODS[name]("auto")
    sums = likelihood.statistics(X, np.eye(3)[y], None)
    found = likelihood.left_out(X, y, 1.0, sums, likelihood.fit(sums))
    expected = [refitted(likelihood, X, y, i) for i in range(len(y))]
    np.testing.assert_allclose(found, expected, rtol=1e-8)


@pytest.mark.parametrize("name", NAMES)
def test_a_unit_of_weight_is_left_out(name):
    rng = np.random.default_rng(1)
    X, y = table(name, rng)
    weight = 1.0 + np.arange(len(y)) % 3
    again = np.repeat(np.arange(len(y)), weight.astype(int))
    likelihood = LIKELIHOODS[name]()
    found, expected = (
        likelihood.left_out(x, codes, 1.0, sums, likelihood.fit(sums))
        for x, codes, sums in (
            (X, y, likelihood.statistics(X, np.eye(3)[y], weight)),
            (
                X[again],
                y[again],
                likelihood.statistics(X[again], np.eye(3)[y[again]], None),
            ),
        )
    )
    np.testing.assert_allclose(found[again], expected, rtol=1e-9)


@pytest.mark.parametrize("name", ["gaussian", "bernoulli", "multinomial"])
def test_sparse_rows_are_left_out_as_dense_ones(name):
    rng = np.random.default_rng(2)
    X, y = table("poisson", rng)
    likelihood = LIKELIHOODS[name]()
    sums = likelihood.statistics(X, np.eye(3)[y], None)
    parameters = likelihood.fit(sums)
    found = likelihood.left_out(sparse.csr_array(X), y, 1.0, sums, parameters)
    expected = likelihood.left_out(X, y, 1.0, sums, parameters)
    np.testing.assert_allclose(found, expected)


def test_complement_has_no_row_to_leave_out():
    assert not hasattr(LIKELIHOODS["complement"], "left_out")
