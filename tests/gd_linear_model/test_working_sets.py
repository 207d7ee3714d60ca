"""Descents in the columns that matter: the same optimum as of all, and its proof."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.datasets import load_diabetes
from sklearn.linear_model import ElasticNet, Lasso
from sklearn.utils import check_random_state

from skmath import GDLinearModel
from skmath._rows.rows import Rows
from skmath.calculus import resolve_loss
from skmath.gd_linear_model.column_products import ColumnProducts


def table(n, p, alike=0.0, seed=0):
    """Return columns of several units and places, and z of ten of them."""
    rng = check_random_state(seed)
    X = rng.normal(size=(n, p))
    for j in range(1, p):
        X[:, j] = alike * X[:, j - 1] + (1 - alike**2) ** 0.5 * X[:, j]
    w = np.zeros(p)
    w[rng.choice(p, 10, replace=False)] = rng.normal(size=10)
    z = X @ w
    return X * np.exp(rng.uniform(-2, 2, p)) + rng.normal(size=p), z, rng


def target(loss, z, rng):
    """Return targets of that loss that depend on z."""
    if loss in ("log_loss", "squared_hinge"):
        return (rng.uniform(size=len(z)) < 1 / (1 + np.exp(-z))).astype(int)
    if loss == "softmax":
        outputs = np.stack([z, -z, 0 * z], axis=1)
        return np.argmax(outputs + rng.gumbel(size=outputs.shape), axis=1)
    if loss == "poisson":
        return rng.poisson(np.exp(0.3 * z)).astype(float)
    if loss == "gamma":
        return np.exp(0.3 * z) * rng.gamma(2, size=len(z))
    if loss == "two outputs":
        return np.stack([z, -z], axis=1) + rng.normal(size=(len(z), 2))
    return z + rng.standard_t(3, size=len(z))


def missed(model, X, y, loss, weight=None):
    """Return by how much the optimality condition is missed, relative to the kink."""
    coef = np.atleast_2d(model.coef_).T
    z = X @ coef + np.ravel(model.intercept_)
    y = np.searchsorted(model.classes_, y) if hasattr(model, "classes_") else y
    k = coef.shape[1]
    y = np.eye(k)[y] if k == 3 else y
    y = np.asarray(y, dtype=float).reshape(len(z), -1)
    weight = np.ones(len(z)) if weight is None else weight
    slopes = resolve_loss(loss).gradient(y, z) * weight[:, None] / weight.sum()
    g, alpha, ratio = X.T @ slopes, model.alpha, 1.0
    if model.penalty == "elasticnet":
        ratio = model.l1_ratio
    charged = 1.0 if model.penalty_weights is None else model.penalty_weights[:, None]
    g = g + alpha * (1 - ratio) * charged * coef
    kink = alpha * ratio * charged + 0 * coef
    outward = np.where(model.positive & (g > 0), 0.0, np.abs(g))
    off = np.where(coef != 0, np.abs(g + kink * np.sign(coef)), outward - kink)
    places = slopes.sum() if model.fit_intercept else 0.0
    return max(off.max(), abs(places)) / alpha


LOSSES = ["squared_error", "log_loss", "softmax", "poisson", "gamma", "huber"]
OPTIONS = [
    {},
    {"penalty": "elasticnet"},
    {"positive": True},
    {"fit_intercept": False},
    {"penalty_weights": np.linspace(0.5, 2, 520)},
]


@pytest.mark.parametrize("loss", [*LOSSES, "squared_hinge", "two outputs"])
@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: "".join(options))
@pytest.mark.parametrize("stored", ["dense", "sparse"])
def test_the_optimum_in_few_columns_is_that_of_all(loss, options, stored):
    X, z, rng = table(120, 520)
    X = X / X.std(axis=0)
    y = target(loss, z, rng)
    if stored == "sparse":
        X = sparse.csr_array(np.where(np.abs(X) > 1.5, X, 0.0))
    weight = rng.randint(0, 3, size=len(z)).astype(float)
    name = {"softmax": "log_loss", "two outputs": "squared_error"}.get(loss, loss)
    model = GDLinearModel(name, alpha=0.08, **{"penalty": "l1", **options}, tol=1e-8)
    model.fit(X, y, weight)
    assert model.solver_ == "working_sets"
    assert model.converged_
    assert 0 < np.count_nonzero(model.coef_) < model.coef_.size / 2
    if model.positive:
        assert (model.coef_ >= 0).all()
    assert missed(model, X, y, name, weight) < 1e-5


@pytest.mark.parametrize("alike", [0.0, 0.9, 0.99])
@pytest.mark.parametrize("alpha", [0.3, 0.03])
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_wide_lasso_is_scikit_learns(alike, alpha, order):
    X, z, rng = table(100, 400, alike)
    X = np.asarray(X / X.std(axis=0), order=order)
    y = z + rng.normal(size=100)
    theirs = Lasso(alpha=alpha, tol=1e-12, max_iter=10**6).fit(X, y)
    ours = GDLinearModel(penalty="l1", alpha=alpha).fit(X, y)
    assert ours.duality_gap_ < 1e-8 * ours.loss_curve_[0]
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=2e-5)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, atol=1e-4)
    theirs = ElasticNet(alpha=alpha, tol=1e-12, max_iter=10**6).fit(X, y)
    ours = GDLinearModel(penalty="elasticnet", alpha=alpha).fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=2e-5)


def test_all_pairs_of_a_real_tables_columns():
    X, y = load_diabetes(return_X_y=True)
    pairs = np.stack([a * b for a in X.T for b in X.T], axis=1)
    X = np.concatenate([X, pairs], axis=1)  # half of the pairs are there twice
    X = X / X.std(axis=0)
    for alpha in (10.0, 1.0, 0.1):
        theirs = Lasso(alpha=alpha, tol=1e-12, max_iter=10**6).fit(X, y)
        ours = GDLinearModel(penalty="l1", alpha=alpha).fit(X, y)
        assert ours.solver_ == "working_sets"
        assert ours.converged_
        np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-5)


def test_the_gap_bounds_what_a_rough_fit_is_above_the_optimum():
    X, z, rng = table(120, 600)
    for loss, least in (("log_loss", 0), ("huber", 0), ("squared_error", 0)):
        y = target(loss, z, rng)
        for positive in (False, True):
            model = GDLinearModel(loss, penalty="l1", alpha=0.05, positive=positive)
            best = model.fit(X, y).loss_curve_[-1]
            assert least <= model.duality_gap_ < 1e-4 * best
            model.set_params(max_iter=1)
            with pytest.warns(match="Raise max_iter"):
                model.fit(X, y)
            assert best <= model.loss_curve_[-1] <= best + model.duality_gap_ * 1.0001


def test_float32_follows_float64():
    X, z, rng = table(150, 300)
    y = z + rng.normal(size=150)
    model = GDLinearModel(penalty="l1", alpha=0.1, tol=1e-4)
    wide = model.fit(X, y).coef_
    narrow = model.fit(X.astype(np.float32), y.astype(np.float32)).coef_
    assert narrow.dtype == np.float32
    length = X.std(axis=0)
    np.testing.assert_allclose(narrow * length, wide * length, atol=2e-3)


@pytest.mark.parametrize("penalty", ["l1", "elasticnet"])
@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
def test_a_path_is_its_fits(loss, penalty):
    X, z, rng = table(150, 600)
    y = target(loss, z, rng)
    model = GDLinearModel(loss, penalty=penalty, tol=1e-8)
    alphas, coefs, intercepts = model.path([0.2, 0.05, 0.1], X, y)
    np.testing.assert_array_equal(alphas, [0.2, 0.1, 0.05])
    for alpha, coef, intercept in zip(alphas, coefs, intercepts, strict=True):
        one = GDLinearModel(loss, penalty=penalty, tol=1e-8, alpha=alpha).fit(X, y)
        np.testing.assert_allclose(
            coef * X.std(axis=0), one.coef_ * X.std(axis=0), atol=1e-6
        )
        np.testing.assert_allclose(intercept, one.intercept_, atol=1e-5)
    assert not hasattr(model, "coef_")


def test_a_penalty_that_keeps_all_at_zero_leaves_the_constant():
    X, z, rng = table(60, 150)
    y = z + rng.normal(size=60)
    for loss in ("squared_error", "huber"):
        model = GDLinearModel(loss, penalty="l1", alpha=1e3).fit(X, y)
        assert not model.coef_.any()
        assert model.converged_
    model = GDLinearModel(penalty="l1", alpha=1e-3).fit(np.ones((60, 150)), y)
    assert model.intercept_ == pytest.approx(y.mean())


@pytest.mark.parametrize("options", [{"metric": "diagonal"}, {"solver": "gd"}])
def test_a_solver_or_metric_that_is_given_is_taken(options):
    X, z, _ = table(60, 150)
    model = GDLinearModel(penalty="l1", alpha=0.5, **options).fit(X, z)
    assert model.solver_ == "gd"


@pytest.mark.parametrize("stored", ["wide", "tall", "sparse"])
@pytest.mark.parametrize("is_weighted", [False, True])
def test_products_of_columns_are_their_correlations(stored, is_weighted):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20, 30) if stored == "wide" else (50, 30)) + 3
    weight = rng.integers(1, 4, size=len(X)).astype(float) if is_weighted else None
    mean = np.average(X, axis=0, weights=weight)
    square = np.average((X - mean) ** 2, axis=0, weights=weight)
    total = len(X) if weight is None else weight.sum()
    rows = Rows(sparse.csr_array(X) if stored == "sparse" else X, None, weight)
    products = ColumnProducts(rows, mean, square, total)
    for more in ([3, 5, 20], [0, 29], [7]):
        products.include(np.array(more))
    found, _ = products.with_ridge(np.zeros(6))
    expected = np.cov(
        X[:, [3, 5, 20, 0, 29, 7]].T,
        bias=True,
        fweights=None if weight is None else weight.astype(int),
    )
    length = np.sqrt(np.diag(expected))
    np.testing.assert_allclose(found, expected / length / length[:, None], atol=1e-9)
