"""No number of SVDRegressor's has a unit, by every solver and choice of rank and alpha.

Scale and shift of y, scale of X, order and storage of the rows, dtype and weights
change the answer as the mathematics says.
"""

import numpy as np
import pytest
from scipy import sparse

from skmath import SVDRegressor

CHOICES = [
    {},
    {"alpha": 2.0},
    {"n_components": 2},
    {"n_components": 2, "alpha": 0.5},
    {"n_components": 0.9},
    {"n_components": "auto"},
    {"n_components": "auto", "criterion": "gcv"},
    {"n_components": "auto", "criterion": "cv"},
    {"n_components": "auto", "criterion": "gavish-donoho"},
    {"alpha": [0.0, 0.01, 1.0, 100.0]},
    {"alpha": [0.01, 1.0, 100.0], "criterion": "gcv"},
    {"alpha": [0.0, 0.01, 1.0, 100.0], "criterion": "cv"},
]
SCALES = [1e-20, 1e-5, 1e10, 1e20]

FEW = ("randomized", "lanczos")
"""Solvers that find a given number of components."""


def choices(applies=lambda choice: True):
    """Return a decorator that runs a test by each solver and choice it applies to."""
    pairs = [
        (solver, choice)
        for solver in ("auto", "gram", "qr", "svd", *FEW)
        for choice in CHOICES
        if applies(choice)
        if solver not in FEW or choice.get("n_components") == 2
    ]
    return pytest.mark.parametrize(("solver", "choice"), pairs, ids=str)


def has_no_folds(choice):
    """Tell whether the order of the rows, and repetitions, leave a choice as it is."""
    return choice.get("criterion") != "cv"


def leaves_no_row_out(choice):
    """Tell whether no row is left out, which of many repetitions would be nothing."""
    chooses = choice.get("n_components") == "auto" or np.ndim(choice.get("alpha", 0))
    return not (chooses and choice.get("criterion") in (None, "gcv"))


@pytest.fixture
def fit(solver, choice):
    """Return a function that fits with a solver and choice, alpha times a factor."""

    def fit(X, y, weight=None, unit=1.0):
        model = SVDRegressor(solver=solver, random_state=0, **choice)
        model.alpha = np.multiply(model.alpha, unit)
        model.alpha = float(model.alpha) if model.alpha.ndim == 0 else model.alpha
        return model.fit(X, y, weight)

    return fit


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 4)) * [1, 2, 3, 0.5] + [0, 1, -1, 5]
    return X, X @ [1, 2, -1, 0.5] + 3 + rng.normal(size=40)


def assert_coefficients(model, coef, intercept, rtol=1e-9):
    ours = np.append(model.coef_, model.intercept_)
    theirs = np.append(coef, intercept)
    np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=rtol * abs(theirs).max())


@choices()
@pytest.mark.parametrize("scale", SCALES)
def test_the_unit_of_y(fit, rows, scale):
    X, y = rows
    plain = fit(X, y)
    model = fit(X, y * scale)
    assert_coefficients(model, plain.coef_ * scale, plain.intercept_ * scale)
    assert model.n_components_ == plain.n_components_
    np.testing.assert_allclose(model.alpha_, plain.alpha_)


@choices()
@pytest.mark.parametrize("scale", SCALES)
def test_the_unit_of_x(fit, rows, scale):
    X, y = rows
    plain = fit(X, y)
    model = fit(X * scale, y, unit=scale**2)
    np.testing.assert_allclose(model.coef_ * scale, plain.coef_, rtol=1e-9)
    np.testing.assert_allclose(model.predict(X * scale), plain.predict(X), rtol=1e-9)
    np.testing.assert_allclose(model.alpha_, plain.alpha_ * scale**2)


@choices()
def test_a_shift_of_y(fit, rows):
    X, y = rows
    plain, model = fit(X, y), fit(X, y + 1e9)
    # y + 1e9 is rounded to 1e-7.
    np.testing.assert_allclose(model.coef_, plain.coef_, rtol=1e-6)
    np.testing.assert_allclose(model.intercept_ - 1e9, plain.intercept_, rtol=1e-5)


@choices(has_no_folds)
def test_the_order_of_rows(fit, rows):
    X, y = rows
    order = np.random.default_rng(1).permutation(40)
    plain = fit(X, y)
    assert_coefficients(fit(X[order], y[order]), plain.coef_, plain.intercept_)


@choices()
@pytest.mark.parametrize(
    "kind", [sparse.csr_array, sparse.csc_array, np.asfortranarray]
)
def test_the_storage_of_rows(fit, rows, kind):
    X, y = rows
    plain = fit(X, y)
    assert_coefficients(fit(kind(X), y), plain.coef_, plain.intercept_)


@choices()
def test_float32(fit, rows):
    X, y = rows
    plain, model = fit(X, y), fit(X.astype(np.float32), y.astype(np.float32))
    assert model.coef_.dtype == np.float32
    assert_coefficients(model, plain.coef_, plain.intercept_, rtol=3e-6)


@choices(has_no_folds)
def test_weights_are_repetitions(fit, rows):
    X, y = rows
    times = np.random.default_rng(2).integers(0, 4, 40)
    plain = fit(X.repeat(times, axis=0), y.repeat(times))
    model = fit(X, y, times.astype(float))
    assert_coefficients(model, plain.coef_, plain.intercept_)
    assert model.alpha_ == plain.alpha_


@choices()
def test_a_smaller_unit_of_weights(fit, rows):
    assert_weights_have_no_unit(fit, rows, 1e-20)


@choices(leaves_no_row_out)
def test_a_larger_unit_of_weights(fit, rows):
    assert_weights_have_no_unit(fit, rows, 1e20)


def assert_weights_have_no_unit(fit, rows, scale):
    X, y = rows
    plain = fit(X, y)
    model = fit(X, y, np.full(40, scale), unit=scale)
    assert_coefficients(model, plain.coef_, plain.intercept_)
