"""An offset is a known part of the outputs."""

import array_api_strict
import dask.array as da
import numpy as np
import pytest
from scipy import optimize, sparse
from sklearn import config_context
from sklearn.model_selection import GridSearchCV, cross_val_score

from skmath import GDLinearModel
from skmath.calculus import Poisson, WithOffset, best_shift, check_gradient

OF_ERRORS = ["squared_error", "absolute_error", "huber", "quantile"]
LINKED = {
    "poisson": {},
    "gamma": {},
    "tweedie": {"power": 1.5},
    "log_loss": {},
    "squared_hinge": {},
    "hinge": {},
    "modified_huber": {},
}


@pytest.fixture(scope="module")
def claims():
    """Return columns in different units, counts, and what they are counts per."""
    random = np.random.default_rng(0)
    X = random.standard_normal((200, 3)) * [1.0, 10.0, 1e-3] + [0.0, 50.0, 1.0]
    exposure = np.exp(random.uniform(-3, 2, 200))
    rate = np.exp(X @ [0.3, 0.02, 100.0] - 101)
    return X, random.poisson(rate * exposure).astype(float), exposure


def targets(loss, y):
    """Return targets that a loss has a value for."""
    if loss in ("gamma", "tweedie"):
        return y + 0.5
    return y if loss == "poisson" else (y > np.median(y)).astype(int)


def test_counts_of_an_exposure_are_rates_with_its_weight(claims):
    # sum e (exp(z) - (y / e) z) and sum exp(z + log e) - y (z + log e) differ by a
    # constant.
    X, y, exposure = claims
    counts = GDLinearModel("poisson", alpha=0).fit(X, y, offset=np.log(exposure))
    rates = GDLinearModel("poisson", alpha=0).fit(X, y / exposure, exposure)
    np.testing.assert_allclose(counts.coef_, rates.coef_, rtol=1e-9)
    np.testing.assert_allclose(counts.intercept_, rates.intercept_, rtol=1e-9)
    np.testing.assert_allclose(
        counts.predict(X, offset=np.log(exposure)), exposure * counts.predict(X)
    )


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # 20 steps
@pytest.mark.parametrize("solver", ["auto", "gd", "nesterov", "sgd", "adam"])
@pytest.mark.parametrize("loss", OF_ERRORS)
def test_of_errors_it_is_taken_off_the_targets(loss, solver, claims):
    X, y, exposure = claims
    model = GDLinearModel(loss, solver=solver, max_iter=20, random_state=0)
    beside = model.fit(X, y, offset=exposure).predict(X, offset=exposure)
    taken_off = model.fit(X, y - exposure).predict(X)
    np.testing.assert_allclose(beside, taken_off + exposure)


@pytest.mark.parametrize("penalty", ["l2", "l1"])
@pytest.mark.parametrize("loss", LINKED)
def test_a_constant_of_it_is_the_intercepts(loss, penalty, claims):
    X, y, exposure = claims
    model = GDLinearModel(loss, penalty=penalty, alpha=1e-3, **LINKED[loss])
    y, offset = targets(loss, y), np.log(exposure)
    coef, intercept = _fitted(model.fit(X, y, offset=offset))
    assert model.converged_
    shifted = _fitted(model.fit(X, y, offset=offset + 7))
    np.testing.assert_allclose(shifted[0], coef, rtol=1e-8)
    np.testing.assert_allclose(shifted[1] + 7, intercept, rtol=1e-8)


def test_the_logistic_optimum_is_that_of_the_likelihood(claims):
    X, y, exposure = claims
    y, offset = targets("log_loss", y), np.log(exposure)
    Z = (X - X.mean(axis=0)) / X.std(axis=0)

    def cost(theta):
        z = Z @ theta[1:] + theta[0] + offset
        return np.mean(np.logaddexp(0, z) - y * z)

    best = optimize.minimize(cost, np.zeros(4), tol=1e-10)
    model = GDLinearModel("log_loss", alpha=0).fit(Z, y, offset=offset)
    found = np.append(model.intercept_, model.coef_)
    np.testing.assert_allclose(found, best.x, atol=1e-5)
    assert cost(found) <= best.fun * (1 + 1e-12)


def test_classes_that_compete_have_one_each():
    random = np.random.default_rng(1)
    X, y = random.standard_normal((150, 2)), random.integers(0, 3, 150)
    offset = random.standard_normal((150, 3))
    alpha = 1e-2

    def cost(theta):
        W, c = theta[:6].reshape(2, 3), theta[6:]
        z = X @ W + c + offset
        losses = np.log(np.exp(z).sum(axis=1)) - z[np.arange(150), y]
        return losses.mean() + 0.5 * alpha * (W**2).sum()

    model = GDLinearModel("log_loss", alpha=alpha).fit(X, y, offset=offset)
    assert model.converged_
    found = np.append(model.coef_.T.ravel(), model.intercept_)
    best = optimize.minimize(cost, np.zeros(9), tol=1e-9)
    assert cost(found) <= best.fun * (1 + 1e-10)
    p = model.predict_proba(X, offset=offset)
    z = model.decision_function(X) + offset
    np.testing.assert_allclose(p, np.exp(z) / np.exp(z).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(
        model.predict_log_proba(X, offset=offset), np.log(p), rtol=1e-9
    )
    assert model.score(X, y, offset=offset) == (p.argmax(axis=1) == y).mean()


@pytest.mark.parametrize("container", ["sparse", "dask", "strict", "list"])
@pytest.mark.parametrize("loss", ["squared_error", "poisson", "log_loss"])
def test_storage_changes_nothing(loss, container, claims):
    X, y, exposure = claims
    y = y if loss == "squared_error" else targets(loss, y)
    offset = np.log(exposure)
    dense = GDLinearModel(loss, tol=1e-10).fit(X, y, offset=offset)
    convert = {
        "sparse": (sparse.csr_array, np.asarray),
        "dask": (lambda a: da.from_array(a, chunks=(70, -1)[: a.ndim]),) * 2,
        "strict": (array_api_strict.asarray,) * 2,
        "list": (lambda a: a.tolist(),) * 2,
    }[container]
    X_, (y_, offset_) = convert[0](X), map(convert[1], (y, offset))
    with config_context(array_api_dispatch=container == "strict"):
        model = GDLinearModel(loss, tol=1e-10).fit(X_, y_, offset=offset_)
        found = model.predict(X_, offset=offset_)
    np.testing.assert_allclose(np.asarray(model.coef_), dense.coef_, rtol=1e-6)
    expected = dense.predict(X, offset=offset)
    np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-6)


@pytest.mark.parametrize("loss", LINKED)
def test_a_weight_of_two_is_the_row_twice(loss, claims):
    X, y, exposure = claims
    y, offset = targets(loss, y), np.log(exposure)
    weight = np.random.default_rng(0).integers(0, 3, len(y))
    repeated = [np.repeat(a, weight, axis=0) for a in (X, y, offset)]
    model = GDLinearModel(loss, **LINKED[loss])
    weighted = _fitted(model.fit(X, y, weight, offset))
    twice = _fitted(model.fit(*repeated[:2], offset=repeated[2]))
    for a, b in zip(weighted, twice, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)


def test_single_precision_stays(claims):
    X, y, exposure = (a.astype(np.float32) for a in claims)
    model = GDLinearModel("poisson").fit(X, y, offset=np.log(exposure))
    assert model.coef_.dtype == np.float32
    assert model.predict(X, offset=np.log(exposure)).dtype == np.float32


def test_several_targets_have_one_each_or_share_one(claims):
    X, y, exposure = claims
    Y = np.stack([y, y[::-1] + 1], axis=1)
    offset = np.stack([exposure, -exposure], axis=1)
    model = GDLinearModel("poisson", alpha=0)
    both = model.fit(X, Y, offset=offset).predict(X, offset=offset)
    shared = model.fit(X, Y, offset=exposure).predict(X, offset=exposure)
    for k in (0, 1):
        one = model.fit(X, Y[:, k], offset=offset[:, k]).predict(X, offset=offset[:, k])
        np.testing.assert_allclose(both[:, k], one, rtol=1e-6)
    one = model.fit(X, Y[:, 0], offset=exposure).predict(X, offset=exposure)
    np.testing.assert_allclose(shared[:, 0], one, rtol=1e-6)


@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
def test_a_path_has_it_too(loss, claims):
    X, y, exposure = claims
    model = GDLinearModel(loss, penalty="l1", tol=1e-10)
    alphas, coefs, _ = model.path([0.1, 0.01], X, y, offset=np.log(exposure))
    for alpha, coef in zip(alphas, coefs, strict=True):
        model.set_params(alpha=alpha).fit(X, y, offset=np.log(exposure))
        np.testing.assert_allclose(coef, model.coef_, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("loss", ["squared_error", "poisson", "log_loss"])
def test_rows_that_come_in_parts_bring_theirs(loss, claims):
    X, y, exposure = claims
    y = y if loss == "squared_error" else targets(loss, y)
    model = GDLinearModel(loss, solver="adam", random_state=0)
    labels = {"classes": [0, 1]} if loss == "log_loss" else {}
    offset = np.log(exposure)
    for _ in range(200):
        for part in (slice(0, 100), slice(100, None)):
            model.partial_fit(X[part], y[part], offset=offset[part], **labels)
    whole = GDLinearModel(loss).fit(X, y, offset=offset)
    outputs = "decision_function" if labels else "predict"
    found, expected = (getattr(m, outputs)(X, offset=offset) for m in (model, whole))
    assert np.std(found - expected) < 0.1 * np.std(expected)


def test_fits_that_hold_rows_out_or_go_on_have_it(claims):
    X, y, exposure = claims
    offset = np.log(exposure)
    best = GDLinearModel("poisson").fit(X, y, offset=offset)
    stopped = GDLinearModel("poisson", early_stopping=True, random_state=0)
    stopped.fit(X, y, offset=offset)
    assert np.corrcoef(stopped.predict(X), best.predict(X))[0, 1] > 0.9
    best.set_params(warm_start=True).fit(X, y, offset=offset)
    assert best.n_iter_ <= 1


def test_searches_route_it(claims):
    X, y, exposure = claims
    offset = np.log(exposure)
    with config_context(enable_metadata_routing=True):
        model = GDLinearModel("poisson").set_fit_request(offset=True)
        model.set_predict_request(offset=True).set_score_request(offset=True)
        search = GridSearchCV(model, {"alpha": [0.0, 1e-3]}, cv=3)
        search.fit(X, y, offset=offset)
        assert search.score(X, y, offset=offset) == pytest.approx(
            search.best_estimator_.score(X, y, offset=offset)
        )
        scores = cross_val_score(model, X, y, cv=3, params={"offset": offset})
    without = cross_val_score(GDLinearModel("poisson"), X, y, cv=3)
    assert scores.mean() > without.mean() + 0.2


def test_separable_classes_are_found_beside_it():
    X = np.array([[-2.0], [-1.0], [1.0], [2.0]])
    model = GDLinearModel("log_loss", alpha=0)
    with pytest.warns(match="separable"):
        model.fit(X, [0, 0, 1, 1], offset=[5.0, -3.0, 2.0, 0.0])
    assert not model.converged_


def test_its_loss_has_the_derivatives_it_says():
    random = np.random.default_rng(2)
    z, offset = random.standard_normal((2, 50, 1))
    y = np.hstack([random.poisson(2.0, (50, 1)), offset])
    check_gradient(WithOffset(Poisson(), 1), y, z)


def test_the_best_constant_beside_it_has_no_slope():
    y, offset = np.array([0.0, 3.0, 1.0]), np.array([-5.0, 4.0, 0.0])

    def sums(c):
        mean = np.exp(c + offset)
        return (mean - y * (c + offset)).sum(), (mean - y).sum()[None], mean.sum()[None]

    # Of Poisson's loss it is known: sum exp(c + o) = sum y.
    c = best_shift(sums, np.array([0.0]))
    assert c[0] == pytest.approx(np.log(y.sum() / np.exp(offset).sum()))


@pytest.mark.parametrize(
    ("offset", "message"),
    [
        (np.zeros(3), "offset has shape"),
        (np.zeros((200, 2)), "offset has shape"),
        (np.zeros((200, 1, 1)), "offset has shape"),
        (np.full(200, np.nan), "offset contains NaN"),
        (np.full(200, np.inf), "offset contains infinity"),
        (["a"] * 200, "offset must be numeric: could not convert"),
        (1.0, "offset=1.0 must have one number per row"),
    ],
)
def test_what_is_no_offset_is_refused(offset, message, claims):
    X, y, _ = claims
    model = GDLinearModel("poisson")
    with pytest.raises(ValueError, match=message):
        model.fit(X, y, offset=offset)
    assert not hasattr(model, "coef_")
    model.fit(X, y)
    with pytest.raises(ValueError, match=message):
        model.predict(X, offset=offset)


def _fitted(model):
    return model.coef_.copy(), np.copy(model.intercept_)
