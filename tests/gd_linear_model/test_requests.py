"""What is asked of GDLinearModel in other libraries' words, or cannot be had."""

import json
import warnings

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.linear_model import LogisticRegression, TweedieRegressor

from skmath import BackpropMLP, FromScratchNB, GDLinearModel
from skmath.calculus import LOSSES, resolve_loss


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def labelled(rng):
    X = rng.normal(size=(90, 2))
    return X, (X[:, 0] + rng.logistic(size=90) > 0).astype(int)


def test_weights_of_classes_that_y_has_not(labelled):
    X, y = labelled
    weights = {0: 1, 1: 2}
    with_one_more = {**weights, 2: 9}
    ours = GDLinearModel("log_loss", alpha=1 / 120, tol=1e-9, class_weight=weights)
    expected = ours.fit(X, y).coef_
    ours.set_params(class_weight=with_one_more)
    np.testing.assert_array_equal(ours.fit(X, y).coef_, expected)
    # alpha is relative to the total weight, C is not.
    total = (y + 1).sum()
    ours.set_params(alpha=1 / total)
    theirs = LogisticRegression(class_weight=with_one_more, tol=1e-10).fit(X, y)
    np.testing.assert_allclose(ours.fit(X, y).coef_, theirs.coef_, rtol=1e-5)
    np.testing.assert_array_equal(
        FromScratchNB(class_weight=with_one_more).fit(X, y).predict(X),
        FromScratchNB(class_weight=weights).fit(X, y).predict(X),
    )
    # A label that is written wrong leaves another without: both raise.
    for model in (ours, LogisticRegression()):
        model.set_params(class_weight={0: 1, "1": 2})
        with pytest.raises(ValueError, match="1"):
            model.fit(X, y)


def test_the_intercept_of_one_output_is_a_number(rng):
    X = rng.normal(size=(30, 2))
    for dtype in (np.float64, np.float32):
        model = GDLinearModel().fit(X.astype(dtype), X[:, 0].astype(dtype))
        assert type(model.intercept_) is dtype
        assert model.coef_.dtype == dtype
    model.fit(X, X[:, 0] + 3.0)
    assert json.loads(json.dumps({"b": model.intercept_}))["b"] == model.intercept_
    sgd = GDLinearModel(solver="sgd").partial_fit(X, X[:, 0])
    assert isinstance(sgd.intercept_, float)
    assert GDLinearModel().fit(X, X).intercept_.shape == (2,)
    assert GDLinearModel(fit_intercept=False).fit(X, X[:, 0]).intercept_ == 0


@pytest.mark.parametrize(
    ("power", "loss"),
    [(0, "squared_error"), (1, "poisson"), (1.5, None), (2, "gamma")]
    + [(p, None) for p in (1.01, 1.99, 2.01, 2.5, 3)],
)
def test_tweedie_powers_as_in_scikit_learn(rng, power, loss):
    X = 0.5 * rng.normal(size=(80, 2))
    y = np.exp(X[:, 0]) * rng.gamma(2.0, size=80)
    ours = GDLinearModel("tweedie", power=power, alpha=0.01, tol=1e-9).fit(X, y)
    theirs = TweedieRegressor(power=power, alpha=0.01, tol=1e-10, max_iter=10_000)
    theirs.fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-4)
    if loss is not None:
        assert resolve_loss("tweedie", power=power) == resolve_loss(loss)


@pytest.mark.parametrize("power", [-1, 0.5, 3.5])
def test_tweedie_powers_that_are_not_fitted(rng, power):
    X = rng.normal(size=(20, 2))
    with pytest.raises(
        ValueError, match=r"must be 0, or from 1 to 3.*TweedieRegressor"
    ):
        GDLinearModel("tweedie", power=power).fit(X, np.exp(X[:, 0]))
    # Of other losses it is not asked.
    GDLinearModel(power=power).fit(X, X[:, 0])


def test_partial_fit_takes_nothing_in_silence(labelled):
    X, y = labelled
    model = GDLinearModel("log_loss", solver="sgd", early_stopping=True)
    with pytest.raises(ValueError, match="early_stopping=True is not supported"):
        model.partial_fit(X, y, classes=[0, 1])
    assert not hasattr(model, "coef_")


@pytest.mark.parametrize(
    "model",
    [
        GDLinearModel("log_loss", solver="adam"),
        BackpropMLP(loss="log_loss"),
        FromScratchNB(),
    ],
    ids=lambda model: type(model).__name__,
)
def test_partial_fit_with_other_classes_than_at_first(labelled, model):
    X, y = labelled
    model.partial_fit(X, y, classes=[0, 1])
    with pytest.raises(
        ValueError, match=r"classes=\[0, 1, 2\] differ from those of the"
    ):
        model.partial_fit(X, y, classes=[0, 1, 2])
    model.partial_fit(X, y, classes=[1, 0])
    model.partial_fit(X, y)
    assert model.classes_.tolist() == [0, 1]


def cost(loss, model, X, y, alpha):
    y = y[:, None].astype(float)
    z = X @ np.ravel(model.coef_)[:, None].astype(float) + np.ravel(model.intercept_)
    w = np.ravel(model.coef_).astype(float)
    return resolve_loss(loss).value(y, z).mean() + 0.5 * alpha * (w * w).sum()


@pytest.mark.parametrize("loss", sorted(LOSSES))
@pytest.mark.parametrize("alpha", [0.0, 1e-3])
def test_float32_at_the_default_tolerance_is_quiet_and_as_good(loss, alpha):
    if resolve_loss(loss).task == "classification":
        X, y = load_breast_cancer(return_X_y=True)
        X = X[:, :8]
    else:
        X, y = load_diabetes(return_X_y=True, scaled=False)
        y = y / y.max() if resolve_loss(loss).is_proportion else y
    X = ((X - X.mean(axis=0)) / X.std(axis=0)).astype(np.float32)
    narrow = GDLinearModel(loss, alpha=alpha)
    wide = GDLinearModel(loss, alpha=alpha, tol=1e-9)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        narrow.fit(X, y.astype(np.float32))
    wide.fit(X.astype(float), y)
    assert narrow.coef_.dtype == np.float32
    X = X.astype(float)
    best = cost(loss, wide, X, y, alpha)
    # A few units of float32 in the sum of the losses.
    assert cost(loss, narrow, X, y, alpha) <= best + 10 * 2.0**-23 * abs(best)
    proven = narrow.duality_gap_ <= narrow.tol * narrow.loss_curve_[-1]
    assert narrow.converged_ == (narrow.optimality_ <= narrow.tol or proven)


def test_a_tolerance_below_the_rounding_of_float32_is_told():
    X, y = load_diabetes(return_X_y=True)
    model = GDLinearModel("absolute_error", tol=1e-10)
    with pytest.warns(UserWarning, match="in this floating-point precision. Raise tol"):
        model.fit(X.astype(np.float32), y.astype(np.float32))
    assert not model.converged_


@pytest.mark.parametrize("loss", ["hinge", "quantile", "epsilon_insensitive"])
def test_a_warm_start_of_a_loss_with_kinks_stays_at_its_optimum(loss):
    X, y = load_breast_cancer(return_X_y=True)
    model = GDLinearModel(loss, warm_start=True, max_iter=5000).fit(X, y)
    steps, coef = model.n_iter_, model.coef_
    model.fit(X, y)
    assert model.n_iter_ <= steps / 5
    assert model.converged_
    np.testing.assert_allclose(
        model.coef_, coef, rtol=1e-2, atol=1e-2 * abs(coef).max()
    )
