"""Callbacks see every step, may end a fit, and work inside meta-estimators."""

import warnings

import array_api_strict
import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.callback import ProgressBar, ScoringMonitor
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmath import BackpropMLP, GDLinearModel
from skmath.callbacks import EarlyStopping


@pytest.fixture(scope="module")
def cancer():
    X, y = load_breast_cancer(return_X_y=True)
    return train_test_split(X, y, random_state=0)


class Recorder:
    """Counts the hooks and keeps the models that it is shown."""

    def __init__(self, stop_after=None):
        self.stop_after, self.calls, self.models = stop_after, [], []

    def setup(self, estimator, context):
        self.calls.append("setup")

    def teardown(self, estimator, context):
        self.calls.append("teardown")

    def on_fit_task_begin(self, estimator, context):
        self.calls.append(f"begin {context.task_name}")

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        self.calls.append(f"end {context.task_name}")
        if context.task_name == "step":
            self.models.append(fitted_estimator)
            return len(self.models) == self.stop_after
        return False


@pytest.mark.filterwarnings("ignore:optimality_ is .* epochs")
@pytest.mark.parametrize("solver", ["auto", "gd", "sgd"])
def test_every_step_is_seen_with_the_model_of_that_step(cancer, solver):
    X, _, y, _ = cancer
    recorder = Recorder()
    model = GDLinearModel("log_loss", solver=solver, tol=1e-3, random_state=0)
    model.set_callbacks(recorder).fit(X, y)
    steps = ["begin step", "end step"] * model.n_iter_
    expected = ["setup", "begin fit", *steps, "end fit", "teardown"]
    assert recorder.calls == expected
    np.testing.assert_array_equal(recorder.models[-1].coef_, model.coef_)
    assert recorder.models[-1].score(X, y) == model.score(X, y)
    assert model.get_params()["solver"] == solver


def test_every_epoch_of_a_network_is_seen_and_may_be_the_last(cancer):
    X, X_val, y, y_val = cancer
    recorder = Recorder(stop_after=4)
    network = BackpropMLP((5,), preset="fast", random_state=0)
    network.set_callbacks(recorder).fit(X, y)
    assert network.n_iter_ == len(recorder.models) == 4
    for W, last in zip(network.coefs_, recorder.models[-1].coefs_, strict=True):
        np.testing.assert_array_equal(W, last)
    # Each is the network as it was then.
    scores = [m.score(X, y) for m in recorder.models]
    again = BackpropMLP((5,), preset="fast", random_state=0, max_iter=2)
    with pytest.warns(ConvergenceWarning):
        again.fit(X, y)
    assert again.score(X, y) == scores[1]
    stop = EarlyStopping((X_val, y_val), monitor="neg_log_loss", patience=3)
    network = BackpropMLP((50,), preset="fast", learning_rate=0.05, random_state=0)
    network.set_callbacks(stop).fit(X, y)
    assert len(stop.scores_) == stop.best_step_ + 4
    p = network.predict_proba(X_val)[np.arange(len(y_val)), y_val]
    assert np.log(p).mean() == pytest.approx(stop.best_score_)


@pytest.mark.parametrize("solver", ["gd", "sgd"])
def test_a_callback_ends_the_fit(cancer, solver):
    X, _, y, _ = cancer
    recorder = Recorder(stop_after=3)
    model = GDLinearModel("log_loss", solver=solver).set_callbacks(recorder).fit(X, y)
    assert model.n_iter_ == 3


def test_callbacks_of_a_fit_on_the_host_are_those_that_are_set(cancer):
    X, _, y, _ = (array_api_strict.asarray(part) for part in cancer)
    network = BackpropMLP((5,), max_iter=5, schedule="cosine", random_state=0)
    with config_context(array_api_dispatch=True):
        for stop_after in (2, 3):
            network.set_callbacks(Recorder(stop_after)).fit(X, y)
            assert network.n_iter_ == stop_after
        assert network.set_callbacks().fit(X, y).n_iter_ == 5


def test_a_fit_that_fails_tears_down_and_leaves_the_estimator(cancer):
    X = cancer[0]
    recorder = Recorder()
    model = GDLinearModel("log_loss").set_callbacks(recorder)
    with pytest.raises(ValueError, match="one class only"):
        model.fit(X, np.zeros(len(X)))
    assert recorder.calls[-1] == "teardown"
    assert not [name for name in vars(model) if name.endswith("_")]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("scoring", ["accuracy", "neg_log_loss"])
def test_a_scoring_monitor_scores_each_epoch_of_a_network(cancer, scoring):
    X, X_val, y, y_val = cancer
    monitor = ScoringMonitor(scoring=scoring)
    model = BackpropMLP(preset="fast", max_iter=4, random_state=0)
    model.set_callbacks(monitor).fit(X, y, X_val=X_val, y_val=y_val)
    log = monitor.get_logs().data_as_pandas
    scores = log.loc[log["task_name"] == "step", scoring]
    assert len(scores) == model.n_iter_
    assert scores.iloc[-1] == pytest.approx(get_scorer(scoring)(model, X, y))


def test_scoring_monitor_and_progress_bar_in_a_pipeline_and_a_grid_search(cancer):
    X, _, y, _ = cancer
    monitor = ScoringMonitor(scoring="neg_log_loss")
    model = GDLinearModel("log_loss", tol=1e-4).set_callbacks(monitor)
    pipeline = make_pipeline(StandardScaler(), model).set_callbacks(
        ProgressBar(max_propagation_depth=2)
    )
    pipeline.fit(X, y)
    log = monitor.get_logs().data_as_pandas
    scores = log["neg_log_loss"][log["task_name"] == "step"]
    assert len(scores) == pipeline[-1].n_iter_
    assert scores.iloc[-1] > 2 * scores.iloc[0]
    pipeline.set_callbacks()
    search = GridSearchCV(pipeline, {"gdlinearmodel__alpha": [1e-3, 1e-1]}, cv=3)
    search.set_callbacks(ProgressBar()).fit(X, y)
    assert search.best_score_ > 0.95


def test_early_stopping_restores_the_best_step(cancer):
    X, X_val, y, y_val = cancer
    stop = EarlyStopping(validation=(X_val, y_val), monitor="neg_log_loss", patience=2)
    model = GDLinearModel("log_loss", alpha=0, solver="gd").set_callbacks(stop)
    model.fit(X, y)
    assert len(stop.scores_) == model.n_iter_ == stop.best_step_ + 3
    assert stop.best_score_ == max(stop.scores_)
    p = model.predict_proba(X_val)[np.arange(len(y_val)), y_val]
    assert np.log(p).mean() == pytest.approx(stop.best_score_)
    kept = EarlyStopping((X_val, y_val), patience=2, restore_best=False)
    last = clone(model).set_callbacks(kept).fit(X, y)
    assert last.score(X_val, y_val) == kept.scores_[-1]


def test_early_stopping_takes_weights_and_a_callable():
    X, y = load_diabetes(return_X_y=True)
    weight = np.r_[np.ones(100), np.zeros(100)]
    validation = (X[:200], y[:200], weight)
    stop = EarlyStopping(validation, patience=1)
    GDLinearModel(solver="gd", alpha=0).set_callbacks(stop).fit(X[200:], y[200:])
    half = EarlyStopping((X[:100], y[:100]), patience=1)
    GDLinearModel(solver="gd", alpha=0).set_callbacks(half).fit(X[200:], y[200:])
    np.testing.assert_allclose(stop.scores_, half.scores_)
    own = EarlyStopping(
        (X[:100], y[:100]), monitor=lambda m, X, y: m.score(X, y), patience=1
    )
    GDLinearModel(solver="gd", alpha=0).set_callbacks(own).fit(X[200:], y[200:])
    np.testing.assert_allclose(own.scores_, half.scores_)


def test_early_stopping_that_cannot_work_is_told():
    X, y = load_diabetes(return_X_y=True)
    for options, message in (
        ({"validation": None}, r"validation=\(X, y\)"),
        ({"validation": (X, y), "patience": 0}, "patience=0 must be 1 or more"),
    ):
        model = GDLinearModel().set_callbacks(EarlyStopping(**options))
        with pytest.raises(ValueError, match=message):
            model.fit(X, y)


def test_early_stopping_on_what_has_no_steps_is_refused(cancer):
    X, X_val, y, y_val = cancer
    stop = EarlyStopping((X_val, y_val))
    model = GDLinearModel("log_loss", solver="gd")
    for holder in (
        make_pipeline(StandardScaler(), model),
        GridSearchCV(model, {"alpha": [1.0]}),
    ):
        name = type(holder).__name__
        with pytest.raises(TypeError, match=f"was set on a {name}, whose fit"):
            holder.set_callbacks(stop).fit(X, y)


def test_validation_data_that_skip_steps_of_a_pipeline_are_warned_of(cancer):
    X, X_val, y, y_val = cancer
    stop = EarlyStopping((X_val, y_val), patience=1)
    model = GDLinearModel("log_loss", solver="gd", max_iter=3).set_callbacks(stop)
    with pytest.warns(UserWarning, match="untransformed validation data"):
        make_pipeline(StandardScaler(), model).fit(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        make_pipeline(model).fit(X, y)
