"""Of optima that predict the same the shortest is taken."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from skmath import GDLinearModel


@pytest.fixture(scope="module")
def dummies():
    """Return two categories, each as all of its indicators, a number, and labels."""
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 3, 300), rng.integers(0, 4, 300)
    X = np.column_stack([np.eye(3)[a], np.eye(4)[b], rng.normal(size=300)])
    return X, (rng.random(300) < 1 / (1 + np.exp(b - a))).astype(int)


@pytest.mark.parametrize("loss", ["log_loss", "squared_error", "poisson", "huber"])
def test_neither_order_nor_storage_nor_repetition_moves_it(loss, dummies):
    X, y = dummies
    rng = np.random.default_rng(1)
    order, times = rng.permutation(len(y)), rng.integers(1, 4, len(y))

    def coef(X, y, sample_weight=None):
        return GDLinearModel(loss, alpha=0).fit(X, y, sample_weight).coef_

    whole = coef(X, y)
    np.testing.assert_allclose(coef(X[order], y[order]), whole, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(coef(sparse.csr_array(X), y), whole, 1e-8, 1e-8)
    repeated = coef(np.repeat(X, times, axis=0), np.repeat(y, times))
    np.testing.assert_allclose(coef(X, y, times), repeated, 1e-8, 1e-8)


@pytest.mark.parametrize("storage", ["dense", "permuted", "sparse"])
@pytest.mark.parametrize("loss", ["log_loss", "squared_error", "huber", "hinge"])
def test_a_path_takes_it_too(loss, storage, dummies):
    X, y = dummies
    order = np.random.default_rng(2).permutation(8 if storage == "permuted" else 1)
    X = X[:, order] if storage == "permuted" else X
    Z = sparse.csr_array(X) if storage == "sparse" else X
    null = np.array([[1, 1, 1, 0, 0, 0, 0, 0], [0, 0, 0, 1, 1, 1, 1, 0]])
    null = null[:, order] if storage == "permuted" else null
    freed = {"penalty_weights": 1.0 - null[0]}
    for alpha, options, n_free in [(0.0, {}, 2), (0.1, freed, 1)]:
        path = GDLinearModel(loss, **options).path([1.0, alpha], Z, y)
        one = GDLinearModel(loss, alpha=alpha, **options).fit(X, y)
        coef, intercept = np.ravel(path[1][1]), np.ravel(path[2][1])
        np.testing.assert_allclose(null[:n_free] @ coef, 0, atol=1e-12)
        np.testing.assert_allclose(coef, np.ravel(one.coef_), rtol=1e-8, atol=1e-8)
        np.testing.assert_allclose(intercept, np.ravel(one.intercept_), 1e-8, 1e-8)


def test_it_is_orthogonal_to_all_that_predict_the_same(dummies):
    X, y = dummies
    coef = GDLinearModel("log_loss", alpha=0).fit(X, y).coef_[0]
    # The indicators of a category sum to one: an intercept of its own.
    null = np.array([[1, 1, 1, 0, 0, 0, 0, 0], [0, 0, 0, 1, 1, 1, 1, 0]])
    np.testing.assert_allclose(null @ coef, 0, atol=1e-12)
    peer = LogisticRegression(C=np.inf, tol=1e-10, max_iter=10_000).fit(X, y)
    outputs = GDLinearModel("log_loss", alpha=0, tol=1e-9).fit(X, y).decision_function
    np.testing.assert_allclose(outputs(X), peer.decision_function(X), atol=1e-6)


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_it_is_the_pseudo_inverses_of_a_squared_error(dummies, fit_intercept):
    X, y = dummies
    X = np.column_stack([X, 1e3 * X[:, -1]])
    model = GDLinearModel(alpha=0, fit_intercept=fit_intercept).fit(X, y)
    Z, t = (X - X.mean(axis=0), y - y.mean()) if fit_intercept else (X, y)
    np.testing.assert_allclose(model.coef_, np.linalg.pinv(Z) @ t, atol=1e-9)


@pytest.mark.parametrize("solver", ["auto", "gd", "newton", "lbfgs", "nesterov"])
def test_equal_columns_have_equal_coefficients(solver, dummies):
    X, y = dummies
    X = X[:, [0, 1, 7, 7]]
    model = GDLinearModel("log_loss", alpha=0, solver=solver).fit(X, y)
    assert model.coef_[0, 2] == pytest.approx(model.coef_[0, 3], rel=1e-12)


def test_freed_columns_alone_are_shortened(dummies):
    X, y = dummies
    X = X[:, [0, 1, 7, 7, 7]]
    weights = [1.0, 1.0, 0.0, 0.0, 1.0]
    model = GDLinearModel("log_loss", alpha=0.1, penalty_weights=weights).fit(X, y)
    free, charged = model.coef_[0, 2:4], model.coef_[0, 4]
    assert free[0] == pytest.approx(free[1], rel=1e-12)
    assert charged == pytest.approx(0, abs=1e-5)


@pytest.fixture(scope="module")
def nearly_dependent():
    """Return columns of which two are apart by 1e-8, and a y that needs it."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 4))
    apart = rng.normal(size=400)
    X[:, 3] = X[:, 0] + 1e-8 * apart
    return X, X[:, 1] + apart + 0.1 * rng.normal(size=400)


def test_directions_that_products_of_columns_lose_are_descended_too(nearly_dependent):
    X, y = nearly_dependent
    model = GDLinearModel(alpha=0).fit(X, y)
    U = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)[0]
    best = y.mean() + U @ (U.T @ (y - y.mean()))
    assert model.converged_
    np.testing.assert_allclose(model.predict(X), best, atol=1e-5)
    labels = (y > 0).astype(int)
    model = GDLinearModel("log_loss", alpha=0).fit(X, labels)
    well = np.column_stack([X[:, :3], (X[:, 3] - X[:, 0]) * 1e8])
    same = GDLinearModel("log_loss", alpha=0).fit(well, labels)
    assert model.converged_
    np.testing.assert_allclose(
        model.decision_function(X), same.decision_function(well), atol=1e-3
    )


def test_where_they_cannot_be_nothing_is_claimed(nearly_dependent):
    X, y = nearly_dependent
    X = X.copy()
    X[:, 3] = X[:, 0] + 1e-5 * (X[:, 3] - X[:, 0]) * 1e8
    model = GDLinearModel("absolute_error", alpha=0)
    with pytest.warns(ConvergenceWarning, match="all but dependent"):
        model.fit(X, y)
    assert not model.converged_
