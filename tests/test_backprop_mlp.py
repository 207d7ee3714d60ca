"""BackpropMLP: linear limits with known optima, real data, and what it says."""

import numpy as np
import pytest
from sklearn.base import is_classifier, is_regressor
from sklearn.datasets import load_diabetes, load_digits, load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmath import BackpropMLP


def test_no_hidden_layer_is_linear_regression():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 3)) * [1.0, 1e2, 1e-2] + 5
    y = X @ [1.0, 2e-2, -3e2] + rng.normal(size=80)
    model = BackpropMLP((), loss="squared_error", solver="sgd", alpha=0, tol=1e-15)
    model.set_params(learning_rate=0.1, max_iter=2000, n_iter_no_change=100)
    model.set_params(random_state=0).fit(X, y)
    expected = LinearRegression().fit(X, y).predict(X)
    np.testing.assert_allclose(model.predict(X), expected, atol=1e-4)


def test_digits_are_as_good_as_scikit_learns():
    X, y = load_digits(return_X_y=True)
    parts = train_test_split(X, y, random_state=0)
    ours = BackpropMLP(random_state=0).fit(parts[0], parts[2]).score(parts[1], parts[3])
    peer = make_pipeline(StandardScaler(), MLPClassifier(random_state=0))
    theirs = peer.fit(parts[0], parts[2]).score(parts[1], parts[3])
    assert ours >= theirs - 0.01


def test_raw_and_scaled_columns_train_alike():
    X, y = load_wine(return_X_y=True)
    model = BackpropMLP(learning_rate=0.01, random_state=0)
    raw, scaled = model.fit(X, y).predict_proba(X), StandardScaler().fit_transform(X)
    np.testing.assert_allclose(
        model.fit(scaled, y).predict_proba(scaled), raw, atol=1e-6
    )


def test_a_target_in_thousands_is_no_harder():
    X, y = load_diabetes(return_X_y=True, scaled=False)
    model = BackpropMLP(loss="squared_error", tol=1e-3, random_state=0)
    score = cross_val_score(model, X, y).mean()
    assert score > 0.44
    assert cross_val_score(model, X, 1e4 * y + 1e6).mean() == pytest.approx(
        score, abs=1e-3
    )


def test_the_last_hidden_layer_is_what_the_last_weights_act_on():
    X, y = load_wine(return_X_y=True)
    model = BackpropMLP((7, 5), learning_rate=0.01, random_state=0).fit(X, y)
    hidden = model.transform(X)
    assert hidden.shape == (178, 5)
    assert list(model.get_feature_names_out()) == [f"backpropmlp{i}" for i in range(5)]
    z = hidden @ model.coefs_[-1] + model.intercepts_[-1]
    np.testing.assert_allclose(model.decision_function(X), z, rtol=1e-10)
    assert [W.shape for W in model.coefs_] == [(13, 7), (7, 5), (5, 3)]


def test_two_classes_have_one_output():
    X, y = load_wine(return_X_y=True)
    kept = y < 2
    model = BackpropMLP(learning_rate=0.01, random_state=0)
    model.fit(X[kept], np.array(["a", "b"])[y[kept]])
    assert model.decision_function(X[kept]).ndim == 1
    assert model.score(X[kept], np.array(["a", "b"])[y[kept]]) == 1
    np.testing.assert_allclose(
        model.predict_proba(X[kept]), np.exp(model.predict_log_proba(X[kept]))
    )


def test_weights_are_repetitions_in_a_full_batch():
    X, y = load_wine(return_X_y=True)
    X, y, weight = X[::3], y[::3], np.arange(60) % 3
    options = {"batch_size": 1000, "learning_rate": 0.01, "random_state": 0}
    weighted = BackpropMLP(**options).fit(X, y, weight).predict_proba(X)
    repeated = BackpropMLP(**options).fit(
        np.repeat(X, weight, axis=0), np.repeat(y, weight)
    )
    np.testing.assert_allclose(repeated.predict_proba(X), weighted, atol=1e-6)


def test_the_same_random_state_repeats_bit_for_bit():
    X, y = load_wine(return_X_y=True)
    one, other = (
        BackpropMLP(learning_rate=0.01, random_state=3).fit(X, y) for _ in range(2)
    )
    np.testing.assert_array_equal(one.coefs_[0], other.coefs_[0])
    assert one.loss_curve_ == other.loss_curve_


def test_float32_stays_float32():
    X, y = load_wine(return_X_y=True)
    model = BackpropMLP(learning_rate=0.01, random_state=0).fit(X.astype(np.float32), y)
    assert model.coefs_[0].dtype == np.float32
    assert model.predict_proba(X.astype(np.float32)).dtype == np.float32


def test_the_loss_makes_the_task():
    assert is_classifier(BackpropMLP())
    assert is_regressor(BackpropMLP(loss="squared_error"))
    assert not hasattr(BackpropMLP(loss="huber"), "predict_proba")


def test_a_divergence_is_told_and_leaves_numbers():
    X, y = load_diabetes(return_X_y=True)
    model = BackpropMLP(
        loss="squared_error", activation="identity", solver="sgd", learning_rate=1e3
    )
    with pytest.warns(ConvergenceWarning, match="smaller learning_rate than 1000"):
        model.fit(X, y)
    assert np.isfinite(model.predict(X)).all()


def test_stopping_early_is_told():
    X, y = load_wine(return_X_y=True)
    with pytest.warns(ConvergenceWarning, match="still falling after max_iter=3"):
        BackpropMLP(max_iter=3, random_state=0).fit(X, y)


@pytest.mark.parametrize("sizes", [(0,), (3, -1), (2.5,), 4])
def test_layer_sizes_that_are_none_are_told(sizes):
    with pytest.raises(ValueError, match="hidden_layer_sizes"):
        BackpropMLP(sizes).fit(np.eye(4), [0, 1, 0, 1])


def test_it_works_in_a_grid():
    X, y = load_wine(return_X_y=True)
    model = make_pipeline(StandardScaler(), BackpropMLP(random_state=0, max_iter=300))
    grid = {"backpropmlp__learning_rate": [0.003, 0.01]}
    assert GridSearchCV(model, grid).fit(X, y).best_score_ > 0.95
