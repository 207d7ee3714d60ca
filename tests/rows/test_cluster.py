"""A real cluster of two worker processes."""

import os
import threading
import time

import dask.array as da
import joblib
import numpy as np
import pytest
from instances import assert_same, data_for, outputs, settled
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, train_test_split

from skmath import (
    BackpropMLP,
    EigenfaceClassifier,
    FromScratchNB,
    GDLinearModel,
    LaplacianSpectralClustering,
    SVDRegressor,
)

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def client():
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.mark.parametrize(
    "estimator",
    [
        SVDRegressor(),
        GDLinearModel("log_loss", alpha=1e-2),
        FromScratchNB("gaussian"),
        EigenfaceClassifier(),
        LaplacianSpectralClustering(3, n_landmarks=40),
    ],
    ids=repr,
)
def test_two_workers_give_what_memory_gives(estimator, client):
    X, y = data_for(estimator, n=200)
    lazy_X = da.from_array(X, chunks=(20, -1))
    fitted = settled(estimator).fit(lazy_X, da.from_array(y, chunks=20))
    lazily = {
        name: values.compute() for name, values in outputs(fitted, lazy_X).items()
    }
    assert_same(lazily, outputs(settled(estimator).fit(X, y), X))


def test_the_work_is_done_by_both_workers(client):
    X, y = data_for(SVDRegressor(), n=2000)
    with distributed.get_task_stream(client) as stream:
        SVDRegressor().fit(
            *(da.from_array(a, chunks=(20, -1)[: a.ndim]) for a in (X, y))
        )
    assert len({task["worker"] for task in stream.data}) == 2


class Passes:
    """Counts the passes over the rows that began and ended, and their threads."""

    def __init__(self):
        self.begun, self.ended, self.threads = [], [], set()

    def setup(self, estimator, context):
        self.begun.append("fit is set up")

    def on_fit_task_begin(self, estimator, context):
        self.begun.append(context.task_name)
        self.threads.add(threading.current_thread())

    def on_fit_task_end(self, estimator, context):
        self.ended.append(context.task_name)
        self.threads.add(threading.current_thread())

    def teardown(self, estimator, context):
        self.ended.append("fit is set up")


@pytest.mark.parametrize(
    "estimator",
    [SVDRegressor(), FromScratchNB("gaussian"), EigenfaceClassifier(5)],
    ids=repr,
)
def test_callbacks_follow_whole_passes(estimator, client):
    lazy, _, (X_test, _) = digits_in_chunks()
    passes = Passes()
    fitted = clone(estimator).set_callbacks(passes).fit(*lazy)
    assert "pass over rows" in passes.begun
    assert "blocks of rows" not in passes.begun
    assert sorted(passes.begun) == sorted(passes.ended)
    assert passes.threads == {threading.main_thread()}
    plain = clone(estimator).fit(*lazy)
    np.testing.assert_allclose(fitted.predict(X_test), plain.predict(X_test))


def digits_in_chunks(rows=300):
    X, y = load_digits(return_X_y=True)
    X, X_test, y, y_test = train_test_split(X, y, random_state=0)
    lazy = da.from_array(X, chunks=(rows, -1)), da.from_array(y, chunks=rows)
    return lazy, (X, y), (X_test, y_test)


@pytest.mark.slow
def test_a_network_trained_on_chunks_reads_as_well(client):
    lazy, whole, test = digits_in_chunks()
    scores = [
        BackpropMLP((50,), random_state=0).fit(*data).score(*test)
        for data in (lazy, whole)
    ]
    # Two in a hundred of 450 digits is the noise of other first weights.
    assert scores[0] > 0.95
    assert scores[0] > scores[1] - 0.02


def test_a_network_goes_on_from_memory_to_chunks_and_back():
    lazy, whole, test = digits_in_chunks()
    model = BackpropMLP((50,), random_state=0)
    for data in (whole, lazy, whole):
        model.partial_fit(*data, n_epochs=5)
    assert model.score(*test) > 0.9


@pytest.mark.slow
def test_a_network_trained_on_weighted_chunks_reads_too():
    lazy, whole, test = digits_in_chunks()
    weight = (np.arange(len(whole[1])) % 2).astype(float)
    weighted = BackpropMLP((20,), random_state=0)
    assert weighted.fit(*lazy, sample_weight=weight).score(*test) > 0.9


@pytest.mark.parametrize(
    "params", [{"solver": "lbfgs"}, {"early_stopping": True}], ids=str
)
def test_what_is_for_one_machine_says_so(params):
    lazy, _, _ = digits_in_chunks()
    with pytest.raises(TypeError, match="cannot be fitted on the chunks"):
        BackpropMLP(**params).fit(*lazy)


@pytest.mark.slow
def test_a_worker_is_lost_and_the_fit_ends_right():
    X, y = data_for(SVDRegressor(), n=4000)
    expected = SVDRegressor().fit(X, y)
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        slow = da.from_array(X, chunks=(100, -1)).map_blocks(
            slowly, meta=np.ones((0, X.shape[1]))
        )
        victim = next(iter(client.scheduler_info()["workers"]))
        killer = threading.Timer(1.0, kill, (client, victim))
        killer.start()
        model = SVDRegressor().fit(slow, da.from_array(y, chunks=100))
        killer.join()
        # The nanny starts another in its place.
        assert victim not in client.scheduler_info()["workers"]
    np.testing.assert_allclose(model.coef_, expected.coef_)


def slowly(block):
    time.sleep(0.1)
    return block


def kill(client, address):
    """End a worker's process as a machine does that goes down."""
    try:
        client.run(os._exit, 1, workers=[address])
    except distributed.comm.CommClosedError:
        return


def test_a_grid_search_through_joblibs_dask_backend(client):
    X, y = data_for(GDLinearModel("log_loss"))
    grid = {"alpha": [1e-3, 1e-1]}
    search = GridSearchCV(GDLinearModel("log_loss"), grid, cv=3)
    with joblib.parallel_backend("dask"):
        on_cluster = clone(search).fit(X, y)
    here = search.fit(X, y)
    np.testing.assert_allclose(
        on_cluster.cv_results_["mean_test_score"], here.cv_results_["mean_test_score"]
    )
