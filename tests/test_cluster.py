"""A real cluster of two worker processes."""

import dask.array as da
import pytest
from instances import assert_same, data_for, outputs, settled

from skmath import FromScratchNB, GDLinearModel, SVDRegressor

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
        SVDRegressor(solver="qr"),
        GDLinearModel(),
        GDLinearModel("log_loss", alpha=1e-2),
        FromScratchNB("gaussian"),
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
