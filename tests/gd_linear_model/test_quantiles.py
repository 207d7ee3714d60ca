"""Several quantiles at once: as the single fits, in an order that never crosses."""

import dask.array as da
import numpy as np
import pytest
from scipy import sparse
from scipy.stats import norm
from sklearn.base import clone
from sklearn.datasets import load_diabetes
from sklearn.linear_model import QuantileRegressor
from sklearn.metrics import d2_pinball_score, mean_pinball_loss
from sklearn.model_selection import cross_val_score

from skmath import GDLinearModel

QUANTILES = [0.1, 0.5, 0.9]


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 3))
    return X, X @ [1.0, 2.0, 0.0] + np.exp(0.5 * X[:, 2]) * rng.normal(size=300)


def model_of(quantile, **parameters):
    parameters = {"alpha": 0, "tol": 1e-8} | parameters
    return GDLinearModel("quantile", quantile=quantile, **parameters)


@pytest.mark.parametrize("penalty", ["l2", "l1"])
@pytest.mark.parametrize("alpha", [0, 0.02])
def test_each_is_the_single_fit(data, penalty, alpha):
    X, y = data
    together = model_of(QUANTILES, penalty=penalty, alpha=alpha).fit(X, y)
    assert together.converged_
    assert together.coef_.shape == (3, 3)
    assert together.intercept_.shape == (3,)
    for k, q in enumerate(QUANTILES):
        alone = model_of(q, penalty=penalty, alpha=alpha).fit(X, y)
        np.testing.assert_allclose(together.coef_[k], alone.coef_, atol=1e-5)
        assert together.intercept_[k] == pytest.approx(alone.intercept_, abs=1e-5)


def test_each_is_as_good_as_scikit_learns(data):
    X, y = data
    predicted = model_of(QUANTILES).fit(X, y).predict(X)
    for q, z in zip(QUANTILES, predicted.T, strict=True):
        theirs = QuantileRegressor(quantile=q, alpha=0).fit(X, y).predict(X)
        best = mean_pinball_loss(y, theirs, alpha=q)
        assert mean_pinball_loss(y, z, alpha=q) <= best * (1 + 1e-6)


def test_predictions_do_not_cross_and_are_no_worse_for_it():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 3))
    y = rng.normal(size=40)
    many = np.linspace(0.05, 0.95, 19)
    model = model_of(many, tol=1e-6).fit(X, y)
    new = 3 * rng.normal(size=(200, 3))
    crossing = new @ model.coef_.T + model.intercept_
    assert (np.diff(crossing, axis=1) < 0).any()
    predicted = model.predict(new)
    assert predicted.shape == (200, 19)
    assert (np.diff(predicted, axis=1) >= 0).all()
    np.testing.assert_allclose(predicted, np.sort(crossing, axis=1))
    # The rearranged are nearer to the quantiles of y (Chernozhukov et al. 2010).
    error = np.abs(predicted - norm.ppf(many)).mean()
    assert error < np.abs(crossing - norm.ppf(many)).mean()


def test_they_are_sorted_and_score_as_d2(data):
    X, y = data
    one, other = model_of(QUANTILES).fit(X, y), model_of(np.array([0.9, 0.1, 0.5]))
    other.fit(X, y)
    np.testing.assert_allclose(other.coef_, one.coef_)
    assert other.quantile.tolist() == [0.9, 0.1, 0.5]
    assert repr(clone(other))
    predicted = one.predict(X)
    expected = [
        d2_pinball_score(y, z, alpha=q)
        for q, z in zip(QUANTILES, predicted.T, strict=True)
    ]
    assert one.score(X, y) == pytest.approx(np.mean(expected))
    assert cross_val_score(model_of(QUANTILES), X, y, cv=3).min() > 0.3


def test_units_order_storage_and_repetition_do_not_matter(data):
    X, y = data
    one = model_of(QUANTILES).fit(X, y)
    units, rng = np.array([1e-6, 1e6, 1e3]), np.random.default_rng(1)
    order, times = rng.permutation(len(y)), rng.integers(1, 4, len(y))
    others = {
        "units": model_of(QUANTILES).fit(X * units, y),
        "order": model_of(QUANTILES).fit(X[order], y[order]),
        "sparse": model_of(QUANTILES).fit(sparse.csr_array(X), y),
    }
    for name, other in others.items():
        coef = other.coef_ * (units if name == "units" else 1.0)
        np.testing.assert_allclose(coef, one.coef_, atol=1e-5)
    weighted = model_of(QUANTILES).fit(X, y, sample_weight=times)
    repeated = model_of(QUANTILES).fit(np.repeat(X, times, 0), np.repeat(y, times))
    np.testing.assert_allclose(weighted.coef_, repeated.coef_, atol=1e-5)
    other = model_of(QUANTILES).fit(X, 1e9 + 1e3 * y)
    np.testing.assert_allclose(other.coef_, 1e3 * one.coef_, atol=0.1)
    narrow = model_of(QUANTILES, tol=1e-3).fit(X.astype(np.float32), y)
    assert narrow.predict(X.astype(np.float32)).dtype == np.float32
    np.testing.assert_allclose(narrow.coef_, one.coef_, atol=3e-2)


@pytest.mark.filterwarnings("ignore:optimality_ is")
@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_they_are_learnt_in_epochs_and_calls(data, solver):
    X, y = data
    model = model_of(QUANTILES, solver=solver, tol=1e-2, random_state=0).fit(X, y)
    assert model.score(X, y) > 0.4
    model = model_of(QUANTILES, solver=solver)
    for _ in range(50):
        model.partial_fit(X, y)
    assert model.predict(X).shape == (300, 3)
    assert model.score(X, y) > 0.3


def test_dask(data):
    X, y = data
    parts = da.from_array(X, chunks=(100, 3)), da.from_array(y, chunks=100)
    model = model_of(QUANTILES, tol=1e-6).fit(*parts)
    one = model_of(QUANTILES).fit(X, y)
    np.testing.assert_allclose(model.coef_, one.coef_, atol=1e-3)
    np.testing.assert_allclose(model.predict(parts[0]).compute(), model.predict(X))


def test_one_in_a_list_is_one_column():
    X, y = load_diabetes(return_X_y=True)
    model, alone = model_of([0.3], alpha="auto"), model_of(0.3, alpha="auto")
    np.testing.assert_allclose(model.fit(X, y).coef_[0], alone.fit(X, y).coef_, 1e-6)


@pytest.mark.parametrize(
    ("quantile", "told"),
    [
        ([0.1, 1.0], "must be strictly between 0 and 1"),
        ([0.5, 0.1, 0.5], "without duplicates"),
        ([], "must be strictly between 0 and 1"),
        (["low"], "must be a number or a list of numbers"),
    ],
)
def test_quantiles_that_are_none_are_told(data, quantile, told):
    with pytest.raises(ValueError, match=rf"quantile.*{told}"):
        model_of(quantile).fit(*data)


def test_several_targets_are_refused(data):
    X, y = data
    with pytest.raises(ValueError, match="y has 2 columns: use a single quantile"):
        model_of(QUANTILES).fit(X, np.c_[y, y])
