"""Muon, averaged weights, other parameters and other rows in a later call."""

import warnings
from functools import partial

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_digits, load_iris, load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss

import skmath
from skmath.calculus import SCHEDULES, Muon
from skmath.calculus.schedules import Cosine

BackpropMLP = partial(skmath.BackpropMLP, preset="fast")

FULL_BATCH = {"batch_size": 150, "shuffle": False, "schedule": "constant", "alpha": 0}


def quietly(method, *args, **kwargs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return method(*args, **kwargs)


def flat(model):
    return np.concatenate([a.ravel() for a in model.coefs_ + model.intercepts_])


# Muon


def test_muon_moves_the_hidden_matrices_in_all_directions_alike():
    X, y = load_iris(return_X_y=True)
    model = BackpropMLP((12, 8, 8), solver="muon", learning_rate=0.01, random_state=0)
    model.set_params(**FULL_BATCH).partial_fit(X, y)
    for _ in range(3):
        before = [W.copy() for W in model.coefs_]
        model.partial_fit(X, y)
    moved = [W - W_0 for W, W_0 in zip(model.coefs_, before, strict=True)]
    for step in moved[1:-1]:
        length = 0.01 * 0.2 * np.sqrt(max(step.shape))
        sigma = np.linalg.svd(step, compute_uv=False) / length
        assert 0.6 < np.median(sigma) < 1.21
        assert sigma.max() < 1.21
    for step in (moved[0], moved[-1]):
        assert np.abs(step).max() < 1.1 * 0.01  # of Adam's
    rule = model._training_.rule
    assert isinstance(rule, Muon)
    assert [shape for _, shape in rule.matrices] == [(12, 8), (8, 8)]


def test_muon_of_one_hidden_layer_is_adamw():
    X, y = load_iris(return_X_y=True)
    model = BackpropMLP((8,), solver="muon", random_state=0, max_iter=5)
    muon, adamw = clone(model), clone(model).set_params(solver="adamw")
    quietly(muon.fit, X, y)
    quietly(adamw.fit, X, y)
    np.testing.assert_array_equal(flat(muon), flat(adamw))


def test_the_penalty_of_muon_is_apart_from_the_gradient():
    X, y = load_iris(return_X_y=True)
    model = BackpropMLP((8, 6), solver="muon", learning_rate=0.01, random_state=0)
    model.set_params(**FULL_BATCH)
    shrunk = clone(model).set_params(alpha=20.0).partial_fit(X, y)
    plain = model.partial_fit(X, y)
    # In the first step the last W is 0, and so is the gradient of those before it.
    for W, W_0 in zip(shrunk.coefs_[:-1], plain.coefs_[:-1], strict=True):
        np.testing.assert_allclose(W, (1 - 0.01 * 20) * W_0, rtol=1e-12)


def test_muon_does_not_see_units_or_how_far_gradients_are_clipped():
    X, y = load_diabetes(return_X_y=True)
    model = BackpropMLP((10, 8), loss="squared_error", solver="muon", random_state=0)
    model.set_params(compute_dtype="float64", max_iter=5, clip_norm=1e-2)
    plain = quietly(clone(model).fit, X, y).predict(X)
    scaled = quietly(clone(model).fit, X * 2.0**20, y * 2.0**-30).predict(X * 2.0**20)
    np.testing.assert_allclose(scaled * 2.0**30, plain, rtol=1e-9)
    # All gradients are longer than both: the directions are the same.
    shorter = quietly(clone(model).set_params(clip_norm=1e-3).fit, X, y).predict(X)
    np.testing.assert_allclose(shorter, plain, rtol=1e-3)


# The average


def test_predictions_use_the_average_of_the_weights():
    X, y = load_iris(return_X_y=True)
    model = BackpropMLP((5,), solver="momentum", learning_rate=0.1, random_state=0)
    model.set_params(**FULL_BATCH, compute_dtype="float64")
    averaged, points = clone(model).set_params(average=3), []
    for t in range(1, 8):
        points.append(flat(model.partial_fit(X, y)))
        weights = (1 - 1 / 3) ** np.arange(t - 1, -1, -1.0)
        expected = np.average(points, axis=0, weights=weights)
        np.testing.assert_allclose(flat(averaged.partial_fit(X, y)), expected)
    assert averaged.loss_curve_ == model.loss_curve_
    one = clone(model).set_params(average=1).partial_fit(X, y, n_epochs=7)
    np.testing.assert_array_equal(flat(one), points[-1])


def test_an_average_of_true_reaches_back_five_epochs():
    X, y = load_iris(return_X_y=True)
    model = BackpropMLP((5,), batch_size=50, max_iter=8, random_state=0)
    by_name = quietly(clone(model).set_params(average=True).fit, X, y)
    by_number = quietly(clone(model).set_params(average=15).fit, X, y)
    np.testing.assert_array_equal(flat(by_name), flat(by_number))


@pytest.mark.parametrize("restore_best", [True, False])
def test_validation_is_of_the_averaged_weights(restore_best):
    X, y = load_iris(return_X_y=True)
    X_val, y_val = X[::3], y[::3]
    model = BackpropMLP((20, 10), average=10, early_stopping=True, random_state=0)
    model.set_params(restore_best=restore_best, solver="muon")
    for _ in range(12):
        model.partial_fit(X, y, X_val=X_val, y_val=y_val)
    used = model.best_iteration_ if restore_best else -1
    loss = log_loss(y_val, model.predict_proba(X_val))
    assert model.validation_curve_[used] == pytest.approx(loss, rel=1e-5)


def test_chunks_average_what_rules_and_averages_remember():
    da = pytest.importorskip("dask.array")
    X, y = load_iris(return_X_y=True)
    model = BackpropMLP((10, 8), solver="muon", average=4, random_state=0, max_iter=3)
    model.set_params(**{**FULL_BATCH, "batch_size": 50}, compute_dtype="float64")
    expected = quietly(clone(model).fit, X, y)
    # Two chunks of the same rows arrive at the same place, and so does their mean.
    twice = da.from_array(np.r_[X, X], chunks=(150, 4))
    chunked = quietly(
        clone(model).fit, twice, da.from_array(np.r_[y, y], chunks=(150,))
    )
    np.testing.assert_allclose(flat(chunked), flat(expected), rtol=1e-9, atol=1e-12)
    ours, theirs = chunked._training_, expected._training_
    for name in ("m", "v", "velocity"):
        np.testing.assert_allclose(
            getattr(ours.rule, name), getattr(theirs.rule, name), atol=1e-12
        )
    np.testing.assert_allclose(ours.average.mean, theirs.average.mean, atol=1e-12)


def test_chunks_of_other_rows_remember_the_weighted_mean():
    da = pytest.importorskip("dask.array")
    X, y = load_iris(return_X_y=True)
    # Without steps each chunk's velocity is its own gradient; the mean is all rows'.
    model = BackpropMLP((6,), solver="momentum", learning_rate=1e-30, random_state=0)
    model.set_params(**FULL_BATCH, compute_dtype="float64", clip_norm=1e9)
    order = np.random.default_rng(0).permutation(150)
    X, y = X[order], y[order]
    lazy = da.from_array(X, chunks=((100, 50), 4)), da.from_array(y, chunks=((100, 50)))
    chunked = model.partial_fit(*lazy, classes=range(3))
    slopes = np.concatenate(
        [a.ravel() for pair in zip(*model.gradients(X, y), strict=True) for a in pair]
    )
    velocity = chunked._training_.rule.velocity
    np.testing.assert_allclose(velocity / -1e-30, slopes, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("first", ["adam", "lbfgs"])
def test_an_average_of_lbfgs_is_refused(first):
    X, y = load_iris(return_X_y=True)
    model = BackpropMLP((5,), solver=first, max_iter=3, warm_start=True)
    if first == "adam":
        quietly(model.set_params(average=5).fit, X, y)
    model.set_params(solver="lbfgs", average=5)
    with pytest.raises(ValueError, match="use average=False, or another solver"):
        model.fit(X, y)


def test_a_stream_is_averaged_and_a_fit_is_not():
    X, y = load_iris(return_X_y=True)
    model = BackpropMLP((5,), preset="accurate", random_state=0, max_iter=3)
    streamed = clone(model).partial_fit(X, y, n_epochs=3)
    by_name = clone(model).set_params(average=True).partial_fit(X, y, n_epochs=3)
    np.testing.assert_array_equal(flat(streamed), flat(by_name))
    plain = clone(model).set_params(average=False)
    raw = clone(plain).partial_fit(X, y, n_epochs=3)
    assert not np.array_equal(flat(raw), flat(streamed))
    fitted, expected = quietly(model.fit, X, y), quietly(plain.fit, X, y)
    np.testing.assert_array_equal(flat(fitted), flat(expected))


# Other parameters in a later call


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    "options",
    [
        {"solver": "muon", "average": 30, "dropout": 0.2},
        {"solver": "muon", "average": True, "early_stopping": True},
        {"solver": "sgd", "learning_rate": 50.0, "clip_norm": 1e9},
        {"preset": "accurate"},
        {"preset": "accurate", "solver": "muon", "average": True},
    ],
    ids=str,
)
def test_ten_epochs_and_ten_more_are_twenty(options):
    X, y = load_digits(return_X_y=True)
    options = {"batch_size": 64, "tol": 0, "schedule": "constant", **options}
    model = BackpropMLP((20, 10), random_state=0, warm_start=True, **options)
    whole = clone(model).set_params(max_iter=20).fit(X, y)
    for _ in range(2):
        model.set_params(max_iter=10).fit(X, y)
    assert model.loss_curve_ == whole.loss_curve_
    assert model.validation_curve_ == whole.validation_curve_
    np.testing.assert_array_equal(flat(model), flat(whole))


@pytest.mark.parametrize("schedule", [n for n in SCHEDULES if SCHEDULES[n].is_planned])
def test_a_plan_of_ten_epochs_is_run_through_again(schedule):
    X, y = load_iris(return_X_y=True)
    options = {"schedule": schedule, "max_iter": 10, "batch_size": 32, "tol": 0}
    model = BackpropMLP((10,), random_state=0, warm_start=True, **options)
    whole = clone(model).partial_fit(X, y, n_epochs=20)
    model.set_params(n_iter_no_change=100).fit(X, y).fit(X, y)
    np.testing.assert_array_equal(flat(model), flat(whole))


def rates(model, X, y, n_steps):
    """Return the length of each next step beside its gradient's."""
    lengths = []
    for _ in range(n_steps):
        before, (slope, _) = model.coefs_[0].copy(), model.gradients(X, y)
        model.partial_fit(X, y)
        moved = model.coefs_[0] - before
        lengths.append(-np.vdot(moved, slope[0]) / np.vdot(slope[0], slope[0]))
    return lengths


def test_a_longer_plan_begins_with_its_call():
    X, y = load_iris(return_X_y=True)
    model = BackpropMLP((6,), solver="sgd", learning_rate=0.1, random_state=0)
    model.set_params(**FULL_BATCH).set_params(schedule="cosine", max_iter=10)
    model.set_params(warm_start=True, clip_norm=1e9, n_iter_no_change=99).fit(X, y)
    plan = Cosine(length=20)
    expected = [0.1 * plan.factor_at(t) for t in range(5)]
    model.set_params(max_iter=20)
    np.testing.assert_allclose(rates(model, X, y, 5), expected, rtol=1e-6)
    # It goes on with it.
    expected = [0.1 * plan.factor_at(t) for t in range(5, 8)]
    np.testing.assert_allclose(rates(model, X, y, 3), expected, rtol=1e-6)


def test_other_steps_take_effect_in_a_later_call():
    X, y = load_iris(return_X_y=True)
    model = BackpropMLP((6,), solver="adam", learning_rate=0.02, random_state=0)
    model.set_params(**FULL_BATCH, clip_norm=1e9, compute_dtype="float64")
    model.partial_fit(X, y, n_epochs=3)
    model.set_params(solver="sgd", learning_rate=0.1)
    np.testing.assert_allclose(rates(model, X, y, 2), [0.1] * 2, rtol=1e-6)
    model.set_params(learning_rate=0.05)
    np.testing.assert_allclose(rates(model, X, y, 2), [0.05] * 2, rtol=1e-6)
    model.set_params(schedule="cosine", max_iter=4)
    expected = [0.05 * Cosine(length=4).factor_at(t) for t in range(3)]
    np.testing.assert_allclose(rates(model, X, y, 3), expected, rtol=1e-6)
    model.set_params(schedule="constant", clip_norm=1e-4)
    before, (W_slopes, b_slopes) = flat(model), model.gradients(X, y)
    length = np.sqrt(sum((g * g).sum() for g in W_slopes + b_slopes))
    assert length > 1e-4
    moved = np.linalg.norm(flat(model.partial_fit(X, y)) - before)
    assert moved == pytest.approx(0.05 * 1e-4, rel=1e-6)


def test_other_patience_takes_effect_in_a_later_call():
    X, y = load_iris(return_X_y=True)
    model = BackpropMLP((6,), max_iter=4, warm_start=True, random_state=0)
    quietly(model.set_params(tol=100.0).fit, X, y)
    model.set_params(n_iter_no_change=6, max_iter=50).fit(X, y)
    assert model.n_iter_ == 7  # the first epoch was progress; six were none


def test_an_average_may_begin_and_end_later():
    X, y = load_iris(return_X_y=True)
    model = BackpropMLP((6,), random_state=0, **FULL_BATCH)
    plain, points = clone(model), []
    model.partial_fit(X, y, n_epochs=3)
    plain.partial_fit(X, y, n_epochs=3)
    model.set_params(average=2).partial_fit(X, y, n_epochs=2)
    points = [flat(plain.partial_fit(X, y)) for _ in range(2)]
    np.testing.assert_allclose(flat(model), (points[0] + 2 * points[1]) / 3, rtol=1e-6)
    model.set_params(average=False).partial_fit(X, y)
    np.testing.assert_array_equal(flat(model), flat(plain.partial_fit(X, y)))


# Other rows in a later call


@pytest.mark.parametrize("preset", ["fast", "accurate"])
@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("how", ["partial_fit", "warm_start"])
def test_a_target_that_moves_is_followed(how, early_stopping, preset):
    X, y = load_diabetes(return_X_y=True)
    y = (y - y.mean()) / y.std()
    model = BackpropMLP((20,), loss="squared_error", random_state=0, preset=preset)
    model.set_params(early_stopping=early_stopping)
    quietly(model.fit, X, y)
    with warnings.catch_warnings():
        warnings.filterwarnings("error", "Training diverged at")
        if how == "warm_start":
            quietly(model.set_params(warm_start=True).fit, X, y + 2)
        else:
            for _ in range(300):
                model.partial_fit(X, y + 2)
    left = y + 2 - model.predict(X)
    # Where rows are held out or left out, the best weights for those are used: on all
    # rows a fit from the start has a mean of 0.1 or so, three standard errors.
    within = 0.01 if how == "partial_fit" and not early_stopping else np.std(left) / 7
    assert abs(left.mean()) < within


@pytest.mark.parametrize("preset", ["fast", "accurate"])
def test_digits_a_class_at_a_time_and_then_all_are_learnt(preset):
    X, y = load_digits(return_X_y=True)
    model = BackpropMLP(random_state=0, preset=preset)
    with warnings.catch_warnings():
        warnings.filterwarnings("error", "Training diverged at")
        for label in range(10):
            rows = y == label
            model.partial_fit(X[rows], y[rows], classes=range(10), n_epochs=5)
        for _ in range(30):
            model.partial_fit(X, y)
    assert model.score(X, y) > 0.95


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("learning_rate", [0.3, 1000.0])
def test_a_stream_survives_steps_that_are_too_long(learning_rate, early_stopping):
    X, y = load_digits(return_X_y=True)
    model = BackpropMLP((50, 50), learning_rate=learning_rate, random_state=0)
    model.set_params(early_stopping=early_stopping)
    rng = np.random.default_rng(0)
    for _ in range(200):
        rows = rng.permutation(len(X))[:100]
        quietly(model.partial_fit, X[rows], y[rows], classes=range(10))
    assert model._training_.back_offs > 0
    assert model.score(X, y) > 0.9


def test_back_offs_for_other_rows_are_not_spent_for_good():
    X, y = load_iris(return_X_y=True)
    model = BackpropMLP((10,), solver="sgd", learning_rate=50.0, random_state=0)
    model.set_params(clip_norm=1e9, warm_start=True, standardize=False)
    with pytest.warns(ConvergenceWarning, match="Training diverged at"):
        model.fit(100 * X, y)
    shortest = model._training_.learning_rate
    model.set_params(learning_rate=50.0)
    quietly(model.fit, X, y)
    assert model._training_.learning_rate > shortest


def test_the_best_weights_are_those_of_the_present_validation_rows():
    X, y = load_wine(return_X_y=True)
    model = BackpropMLP((10,), early_stopping=True, random_state=0)
    model.partial_fit(X, y, X_val=X, y_val=y, n_epochs=30)
    lowest = min(model.validation_curve_)
    # Other labels: no error is as low as those before.
    other = (y + 1) % 3
    model.partial_fit(X, other, X_val=X, y_val=other, n_epochs=5)
    assert min(model.validation_curve_[30:]) > lowest
    assert model.best_iteration_ == 30 + np.argmin(model.validation_curve_[30:])
    used = log_loss(other, model.predict_proba(X))
    assert used == pytest.approx(min(model.validation_curve_[30:]), rel=1e-5)


@pytest.mark.parametrize("kind", ["dense", "sparse", "dask"])
def test_the_same_rows_are_known_again(kind):
    sparse, da = pytest.importorskip("scipy.sparse"), pytest.importorskip("dask.array")
    X, y = load_digits(return_X_y=True)
    put = {
        "dense": lambda X: X,
        "sparse": sparse.csr_array,
        "dask": lambda X: da.from_array(X, chunks=(600, 64)),
    }[kind]
    model = BackpropMLP((5,), random_state=0, max_iter=2)
    labels = da.from_array(y, chunks=600) if kind == "dask" else y
    model.partial_fit(put(X), labels, classes=range(10))
    first = model._training_.data
    model.partial_fit(put(X), labels)
    assert model._training_.data == first
    X = X.copy()
    X[:, 20] += 1
    model.partial_fit(put(X), labels)
    assert model._training_.data != first
