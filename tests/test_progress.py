"""Callbacks follow the steps of a fit, and its passes over the rows while they run."""

import threading

import dask
import dask.array as da
import numpy as np
import pytest
from instances import data_for, instances
from sklearn.base import clone
from sklearn.callback import ProgressBar, ScoringMonitor
from sklearn.datasets import load_diabetes, load_digits
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmath import (
    EigenfaceClassifier,
    FromScratchNB,
    GDLinearModel,
    LaplacianSpectralClustering,
    SVDRegressor,
)
from skmath._estimators.tasks import MOST_TASKS
from skmath._rows.rows import Rows
from skmath.callbacks import EarlyStopping

ANALYTIC = [
    SVDRegressor(),
    EigenfaceClassifier(5, image_shape=(8, 8)),
    FromScratchNB("gaussian"),
]
"""The estimators whose fit consists of passes over the rows and small solves."""


class Recorder:
    """Checks that tasks nest, and records (depth, name) of those that began and ended.

    Parameters
    ----------
    fails_at : int, default=None
        Number of the group of blocks at whose beginning it raises an error.
    """

    def __init__(self, fails_at=None):
        self.fails_at, self.open, self.begun, self.ended = fails_at, [], [], []
        self.setups = self.teardowns = 0

    def setup(self, estimator, context):
        self.setups += 1

    def teardown(self, estimator, context):
        self.teardowns += 1

    def on_fit_task_begin(self, estimator, context):
        assert threading.current_thread() is threading.main_thread()
        assert context.parent is (self.open[-1] if self.open else None)
        self.begun.append((len(self.open), context.task_name))
        self.open.append(context)
        if self.blocks == self.fails_at:
            raise OSError("the disk was unplugged")

    def on_fit_task_end(self, estimator, context):
        assert threading.current_thread() is threading.main_thread()
        assert self.open.pop() is context
        if context.max_subtasks:
            assert len(context._children_map) <= context.max_subtasks
        self.ended.append((len(self.open), context.task_name))

    @property
    def blocks(self):
        return sum(name == "blocks of rows" for _, name in self.begun)

    @property
    def passes(self):
        return sum(name == "pass over rows" for _, name in self.begun)

    @property
    def steps(self):
        return [name for depth, name in self.begun if depth == 1]

    def assert_balanced(self):
        assert not self.open
        assert sorted(self.begun) == sorted(self.ended)
        assert self.setups == self.teardowns == 1


def followed(model, X, y):
    """Return a clone fitted with a recorder, and the recorder, which is balanced."""
    recorder = Recorder()
    model = clone(model).set_callbacks(recorder).fit(X, y)
    recorder.assert_balanced()
    return model, recorder


@pytest.fixture
def digits():
    return load_digits(return_X_y=True)


@pytest.fixture(scope="module")
def diabetes():
    X, y = load_diabetes(return_X_y=True)
    return np.tile(X, (600, 1)), np.tile(y, 600)


@pytest.mark.parametrize(("estimator", "configuration"), instances())
@pytest.mark.filterwarnings("ignore")
def test_tasks_nest_and_balance_in_every_configuration(estimator, configuration):
    followed(estimator, *data_for(estimator))


@pytest.mark.parametrize("several", [True, False], ids=["threads", "one thread"])
def test_a_pass_over_a_memory_mapped_file_is_followed(
    diabetes, several, tmp_path, monkeypatch
):
    if several:
        monkeypatch.setattr("skmath._rows.rows.blas_threads", lambda: 2)
    X, y = diabetes
    X.tofile(tmp_path / "rows.f8")
    on_disk = np.memmap(tmp_path / "rows.f8", X.dtype, mode="r", shape=X.shape)
    model, recorder = followed(SVDRegressor(), on_disk, y)
    assert recorder.steps == ["decompose", "solve"]
    assert recorder.begun[:4] == [
        *enumerate(["fit", "decompose", "pass over rows", "blocks of rows"])
    ]
    # One pass checks that the values are finite, and one computes the sums.
    n_blocks = len(list(Rows(on_disk)._blocks()))
    assert recorder.passes == 2
    assert recorder.blocks == 2 * n_blocks
    assert n_blocks > 10
    # The sums are added in the same order with callbacks as without.
    plain = SVDRegressor().fit(on_disk, y)
    np.testing.assert_array_equal(model.coef_, plain.coef_)


def test_many_blocks_are_at_most_a_hundred_tasks(diabetes, monkeypatch):
    monkeypatch.setattr("skmath._rows.rows.BLOCK_BYTES", 40_000)
    X, y = diabetes
    n_blocks = len(list(Rows(X)._blocks()))
    assert n_blocks > 2 * MOST_TASKS
    model, recorder = followed(FromScratchNB("gaussian"), X, y > 150)
    assert MOST_TASKS / 2 < recorder.blocks <= MOST_TASKS
    plain = FromScratchNB("gaussian").fit(X, y > 150)
    np.testing.assert_array_equal(model.theta_, plain.theta_)


@pytest.mark.parametrize("model", ANALYTIC, ids=repr)
@pytest.mark.parametrize("scheduler", ["threads", "synchronous"])
def test_the_chunks_of_a_dask_array_are_followed(digits, model, scheduler):
    X, y = digits
    chunks = [da.from_array(a, chunks=(200, *a.shape[1:])) for a in (X, y)]
    with dask.config.set(scheduler=scheduler):
        fitted, recorder = followed(model, *chunks)
        plain = clone(model).fit(*chunks)
    # A task per chunk in every pass over X; y alone is read in a pass without tasks.
    assert recorder.blocks % 9 == 0
    assert recorder.blocks >= 9
    np.testing.assert_array_equal(fitted.predict(X[:50]), plain.predict(X[:50]))


def test_each_step_is_named(digits):
    X, y = digits
    for model, steps in (
        (ANALYTIC[1], ["collect", "face space", "enrol", "calibrate"]),
        (FromScratchNB(), ["choose", "count", "divide", "calibrate"]),
        (
            LaplacianSpectralClustering(10, random_state=0),
            ["affinity", "number of clusters", "eigenvectors", "labels"],
        ),
    ):
        assert followed(model, X[:500], y[:500])[1].steps == steps


def test_images_in_memory_are_followed_block_by_block(digits):
    X, y = digits
    X, y = np.tile(X, (30, 1)), np.tile(y, 30)
    _, recorder = followed(ANALYTIC[1], X, y)
    assert recorder.passes >= 2
    assert recorder.blocks >= 10 * recorder.passes


def test_a_batch_of_pyarrow_and_a_relation_of_duckdb_are_followed(diabetes):
    X, y = diabetes
    pyarrow, duckdb = pytest.importorskip("pyarrow"), pytest.importorskip("duckdb")
    names = [f"x{j}" for j in range(X.shape[1])]
    batch = pyarrow.RecordBatch.from_arrays([pyarrow.array(x) for x in X.T], names)
    relation = duckdb.from_arrow(pyarrow.Table.from_batches([batch]))
    for rows in (batch, relation):
        assert followed(SVDRegressor(), rows, y)[1].blocks > 10


@pytest.mark.parametrize("model", ANALYTIC, ids=repr)
@pytest.mark.parametrize("chunked", [False, True])
def test_an_error_within_a_pass_tears_down_and_leaves_the_model(digits, model, chunked):
    X, y = digits
    X, y = np.tile(X, (30, 1)), np.tile(y, 30)
    if chunked:
        X, y = da.from_array(X, chunks=(5000, 64)), da.from_array(y, chunks=5000)
    recorder, model = Recorder(fails_at=3), clone(model)
    with pytest.raises(OSError, match="unplugged"):
        model.set_callbacks(recorder).fit(X, y)
    assert recorder.setups == recorder.teardowns == 1
    names = [context.task_name for context in recorder.open]
    assert names[-2:] == ["pass over rows", "blocks of rows"]
    assert vars(model).keys() == {*model.get_params(), "_skl_callbacks"}
    # The next fit is followed from the beginning.
    followed(model, X, y)


def test_invalid_values_within_a_pass_tear_down(digits):
    X, y = digits
    X = np.tile(X, (30, 1))
    X[-1, 3] = np.inf
    recorder, model = Recorder(), FromScratchNB("gaussian")
    with pytest.raises(ValueError, match="infinity"):
        model.set_callbacks(recorder).fit(X, np.tile(y, 30))
    assert recorder.blocks > 5
    assert recorder.teardowns == 1
    assert recorder.open[-1].task_name == "blocks of rows"


def test_an_invalid_chunk_tears_down(digits):
    X, y = digits
    X[1000, 3] = np.nan
    chunks = [da.from_array(a, chunks=(200, *a.shape[1:])) for a in (X, y)]
    recorder, model = Recorder(), SVDRegressor()
    with pytest.raises(ValueError, match="Chunk 5 of X, rows 1000 to 1199"):
        model.set_callbacks(recorder).fit(*chunks)
    assert recorder.teardowns == 1
    assert not hasattr(model, "n_features_in_")


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("model", [SVDRegressor(), GDLinearModel()], ids=repr)
def test_an_error_names_invalid_values_of_a_large_x_as_of_a_small_one(
    diabetes, model, value
):
    X, y = diabetes
    X = X.copy()
    X[0, 3] = X[-1, 4] = value
    messages = []
    for rows in (slice(None), slice(0, 100)):
        with pytest.raises(ValueError, match="Input X contains") as error:
            clone(model).fit(X[rows], y[rows])
        messages.append(str(error.value))
    assert messages[0] == messages[1]


@pytest.mark.parametrize("model", ANALYTIC, ids=repr)
def test_partial_fit_calls_no_callbacks(digits, model):
    X, y = digits
    recorder = Recorder()
    model = clone(model).set_callbacks(recorder)
    for part in (slice(0, 900), slice(900, None)):
        model.partial_fit(X[part], y[part])
    assert not recorder.begun
    assert recorder.setups == 0


@pytest.mark.parametrize("model", ANALYTIC, ids=repr)
def test_a_fitted_model_keeps_nothing_of_its_progress(digits, model):
    fitted, _ = followed(model, *digits)
    plain = clone(model).fit(*digits)
    assert vars(fitted).keys() == {*vars(plain), "_skl_callbacks"}


@pytest.mark.parametrize("model", ANALYTIC, ids=repr)
def test_early_stopping_is_refused(digits, model):
    X, y = digits
    model = clone(model).set_callbacks(EarlyStopping((X, y)))
    with pytest.raises(TypeError, match="does not improve a model step by step"):
        model.fit(X, y)
    assert not hasattr(model, "n_features_in_")


@pytest.mark.parametrize("weighted", [False, True])
def test_a_scoring_monitor_scores_the_fitted_model_once(weighted):
    X, y = load_diabetes(return_X_y=True)
    weight = np.linspace(0.1, 2, len(y)) if weighted else None
    monitor = ScoringMonitor(scoring="r2")
    model = SVDRegressor().set_callbacks(monitor).fit(X, y, sample_weight=weight)
    (entry,) = monitor.get_logs().data
    assert entry["task_name"] == "fit"
    assert entry["r2"] == r2_score(y, model.predict(X), sample_weight=weight)


def test_a_progress_bar_follows_a_search_over_a_pipeline(capsys):
    X, y = load_diabetes(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), SVDRegressor())
    search = GridSearchCV(pipeline, {"svdregressor__alpha": [0.0, 1.0]}, cv=3)
    bar = ProgressBar(max_propagation_depth=None)
    search.set_callbacks(bar).fit(X, y)
    shown = capsys.readouterr().out
    assert shown.count("SVDRegressor - fit") == 7
    assert shown.count("SVDRegressor - decompose") == 7
    plain = clone(search).set_callbacks().fit(X, y)
    assert search.best_score_ == plain.best_score_


def test_a_progress_bar_moves_during_a_pass(diabetes, capsys):
    X, y = diabetes
    SVDRegressor().set_callbacks(ProgressBar()).fit(X, y)
    shown = capsys.readouterr().out
    assert "SVDRegressor - pass over rows #0" in shown
    assert "100%" in shown
