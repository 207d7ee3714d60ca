"""Rows: blocks, sums, maps, and what validation says of bad input."""

import dask.array as da
import numpy as np
import pytest
from scipy import sparse

from skmath import (
    BackpropMLP,
    EigenfaceClassifier,
    FromScratchNB,
    GDLinearModel,
    SVDRegressor,
)
from skmath._rows.dask_rows import DaskRows
from skmath._rows.rows import BLOCK_ROWS, Rows


def column_sums(X, y, weight):
    return (X * (1 if weight is None else weight[:, None])).sum(axis=0), X.shape[0]


def test_a_sum_over_blocks_is_the_sum(monkeypatch):
    monkeypatch.setattr("skmath._rows.rows.BLOCK_ROWS", 3)
    monkeypatch.setattr("skmath._rows.rows.BLOCK_BYTES", 1)
    X = np.arange(20.0).reshape(10, 2)
    weight = np.arange(10.0)
    sums, count = Rows(X, weight=weight).sum(column_sums)
    np.testing.assert_allclose(sums, weight @ X)
    assert count == 10


def test_a_map_keeps_the_order(monkeypatch):
    monkeypatch.setattr("skmath._rows.rows.BLOCK_ROWS", 3)
    monkeypatch.setattr("skmath._rows.rows.BLOCK_BYTES", 1)
    X = np.arange(20.0).reshape(10, 2)
    np.testing.assert_array_equal(Rows(X).map(lambda X, c: X[:, 0] + c, 1), X[:, 0] + 1)


def test_a_block_fits_the_cache_and_is_not_too_small():
    seen = []
    Rows(np.zeros((100_000, 10))).map(lambda X: seen.append(X.shape[0]) or X[:, 0])
    assert max(seen) * 10 * 8 <= 2_000_000
    assert len(seen) > 1
    assert Rows(np.zeros((10, 10**6)))._rows_per_block() == BLOCK_ROWS


def test_sums_of_float32_do_not_depend_on_the_number_of_rows():
    # In float32 a running total of 20 million ones would stop at 2^24.
    X = np.ones((20_000_000, 1), dtype=np.float32)
    total = Rows(X).sum(lambda X, y, weight: X.sum(axis=0))
    assert total.dtype == np.float64
    assert total[0] == 20_000_000


def test_blocks_are_views():
    X = np.zeros((600, 2))
    Rows(X).map(lambda block: block.__iadd__(1)[:, 0])
    assert X.sum() == 1200


def test_sparse_blocks_stay_sparse_unless_asked():
    X = sparse.csr_array(np.eye(5))
    assert Rows(X).sum(lambda X, y, weight: int(sparse.issparse(X))) == 1
    assert (
        Rows(X).in_blocks(dense=True).sum(lambda X, y, weight: int(sparse.issparse(X)))
        == 0
    )


def test_a_dask_array_chunked_by_columns_is_refused():
    X = da.ones((20, 4), chunks=(10, 2))
    with pytest.raises(ValueError, match=r"chunked by columns.*rechunk"):
        SVDRegressor().fit(X, da.ones(20, chunks=10))


def test_nan_in_a_chunk_is_told():
    X = np.ones((20, 2))
    X[15, 0] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        SVDRegressor().fit(da.from_array(X, chunks=(5, 2)), np.arange(20.0))


def test_the_rows_of_a_bad_chunk_are_named():
    X = np.ones((80, 2))
    X[77, 0] = np.nan
    lazy, y = da.from_array(X, chunks=(10, 2)), da.from_array(np.arange(80.0), 10)
    with pytest.raises(ValueError, match=r"Chunk 7 of X, rows 70 to 79: .*NaN"):
        SVDRegressor().fit(lazy, y)
    kept = da.from_array(np.arange(80), chunks=10) >= 0
    with pytest.raises(ValueError, match=r"Chunk 7 of X: .*NaN"):
        SVDRegressor().fit(lazy[kept], y[kept])


def test_chunks_that_do_not_match_are_told():
    X, y = da.ones((40, 3), chunks=(10, 3)), da.from_array(np.arange(40.0), chunks=10)
    kept = da.from_array(np.arange(40) > 5, chunks=10)
    with pytest.raises(
        ValueError, match="A chunk of X has 4 rows, but the chunks of y"
    ):
        SVDRegressor().fit(X[kept], y)


@pytest.mark.parametrize(("kept_bytes", "loads"), [(10**6, 4), (0, 8)])
def test_small_chunks_are_kept_and_large_ones_loaded_again(
    kept_bytes, loads, monkeypatch
):
    monkeypatch.setattr("skmath._rows.dask_rows.KEPT_BYTES", kept_bytes)
    loaded = []

    def load(block):
        loaded.append(1)
        return block

    X = da.ones((40, 3), chunks=(10, 3)).map_blocks(load, meta=np.ones((0, 3)))
    rows = DaskRows(X).persisted()
    for _ in range(2):
        assert rows.sum(column_sums)[1] == 40
    assert len(loaded) == loads


def test_an_empty_chunk_adds_nothing():
    X = np.random.default_rng(0).normal(size=(40, 3))
    y = X @ [1.0, 2.0, 3.0]
    kept = np.arange(40) % 20 < 10  # all or nothing of each chunk
    lazy, target = da.from_array(X, chunks=(10, 3)), da.from_array(y, chunks=10)
    lazy, target = (a[da.from_array(kept, chunks=10)] for a in (lazy, target))
    assert lazy.compute_chunk_sizes().chunks[0] == (10, 0, 10, 0)
    for model in (SVDRegressor(), GDLinearModel(), BackpropMLP(loss="squared_error")):
        found = model.fit(lazy, target).predict(lazy).compute()
        assert np.isfinite(found).all()
    np.testing.assert_allclose(SVDRegressor().fit(lazy, target).coef_, [1, 2, 3])


def test_a_cancelled_computation_leaves_nothing_half_fitted():
    def fails(block):
        raise KeyboardInterrupt

    X = da.ones((40, 3), chunks=(10, 3)).map_blocks(fails, meta=np.ones((0, 3)))
    for model in (SVDRegressor(), FromScratchNB("gaussian"), EigenfaceClassifier()):
        with pytest.raises(KeyboardInterrupt):
            model.fit(X, da.from_array(np.arange(40) % 2, chunks=10))
        assert not [name for name in vars(model) if name.endswith("_")]


def test_missing_values_in_a_chunk_are_those_of_memory():
    X = np.random.default_rng(0).normal(size=(20, 2))
    X[15, 0] = np.nan
    y = np.arange(20) % 2
    chunked = FromScratchNB("gaussian").fit(da.from_array(X, chunks=(5, 2)), y)
    whole = FromScratchNB("gaussian").fit(X, y)
    np.testing.assert_allclose(chunked.theta_, whole.theta_)
    found = chunked.predict_proba(da.from_array(X, chunks=(5, 2))).compute()
    np.testing.assert_allclose(found, whole.predict_proba(X))


def test_another_number_of_columns_is_told():
    X = np.random.default_rng(0).normal(size=(20, 3))
    model = SVDRegressor().fit(X, X[:, 0])
    with pytest.raises(ValueError, match="X has 2 features"):
        model.predict(da.from_array(X[:, :2], chunks=(5, 2)))


def test_dask_is_imported_only_for_dask():
    import subprocess
    import sys

    program = (
        "import sys, numpy as np, skmath;"
        "skmath.SVDRegressor().fit(np.eye(3), np.ones(3)).predict(np.eye(3));"
        "assert not any(m.split('.')[0] == 'dask' for m in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
