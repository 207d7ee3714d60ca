"""Columns whose only variation is rounding, and means far from zero."""

import numpy as np
import pytest
from scipy import sparse

from skmath import BackpropMLP, FromScratchNB, GDLinearModel, SVDRegressor
from skmath.statistics import column_moments


@pytest.mark.parametrize("n", [60, 5000])
@pytest.mark.parametrize("constant", [0.1, 1 / 3, 123.456, 1e8 + 0.1])
@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array, np.float32])
@pytest.mark.parametrize("weighted", [False, True])
def test_a_constant_column_spans_nothing(n, constant, container, weighted):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 3))
    y, weight = X @ [1.0, 2.0, 3.0] + 5, rng.random(n) if weighted else None
    X = container(np.column_stack([X, np.full(n, constant)]))
    for model in (
        SVDRegressor(),
        SVDRegressor(solver="gram"),
        SVDRegressor(solver="qr"),
        GDLinearModel(penalty=None, tol=1e-4),
    ):
        model.fit(X, y, weight)
        np.testing.assert_allclose(model.coef_, [1, 2, 3, 0], atol=1e-3)
        assert model.coef_[3] == pytest.approx(0, abs=1e-9)
    assert BackpropMLP(max_iter=2).fit(X, np.arange(n) % 2).scale_[3] == 1


def test_float32_far_from_zero_keeps_mean_and_variance():
    X = (np.random.default_rng(0).normal(size=(100_000, 3)) + 1e4).astype(np.float32)
    for weight in (None, np.ones(100_000, dtype=np.float32)):
        moments = column_moments(X, None, weight)
        np.testing.assert_allclose(
            moments.mean, X.mean(axis=0, dtype=float), rtol=1e-13
        )
        np.testing.assert_allclose(
            moments.variance, X.var(axis=0, dtype=float), rtol=1e-5
        )
    y = X.astype(float) @ [1.0, 2.0, 3.0]
    assert SVDRegressor().fit(X, y).score(X, y) > 0.99999


def test_float32_posteriors_follow_float64_on_digits():
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    wide = FromScratchNB().fit(X, y)
    narrow = FromScratchNB().fit(X.astype(np.float32), y)
    assert (narrow.predict(X.astype(np.float32)) == wide.predict(X)).mean() > 0.999
    proba = narrow.predict_proba(X.astype(np.float32))
    np.testing.assert_allclose(proba, wide.predict_proba(X), atol=1e-3)


@pytest.mark.parametrize("far", [1e20, 1e200, -1e300])
def test_an_outlier_at_predict_has_a_finite_posterior(far):
    X, y = np.random.default_rng(0).normal(size=(60, 3)), np.arange(60) % 2
    proba = FromScratchNB().fit(X, y).predict_proba([[far, 0, 0]])
    assert np.isfinite(proba).all()
    assert proba.sum() == pytest.approx(1)
