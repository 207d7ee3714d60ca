"""Rows: blocks, sums, maps, and what validation says of bad input."""

import dask.array as da
import numpy as np
import pytest
from scipy import sparse

from skmath import FromScratchNB, SVDRegressor
from skmath._rows import BLOCK_ROWS, Rows


def column_sums(X, y, weight):
    return (X * (1 if weight is None else weight[:, None])).sum(axis=0), X.shape[0]


def test_a_sum_over_blocks_is_the_sum(monkeypatch):
    monkeypatch.setattr("skmath._rows.BLOCK_ROWS", 3)
    monkeypatch.setattr("skmath._rows.BLOCK_BYTES", 1)
    X = np.arange(20.0).reshape(10, 2)
    weight = np.arange(10.0)
    sums, count = Rows(X, weight=weight).sum(column_sums)
    np.testing.assert_allclose(sums, weight @ X)
    assert count == 10


def test_a_map_keeps_the_order(monkeypatch):
    monkeypatch.setattr("skmath._rows.BLOCK_ROWS", 3)
    monkeypatch.setattr("skmath._rows.BLOCK_BYTES", 1)
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
    assert Rows(X).dense().sum(lambda X, y, weight: int(sparse.issparse(X))) == 0


def test_a_dask_array_chunked_by_columns_is_refused():
    X = da.ones((20, 4), chunks=(10, 2))
    with pytest.raises(ValueError, match=r"chunked by columns.*rechunk"):
        SVDRegressor().fit(X, da.ones(20, chunks=10))


def test_nan_in_a_chunk_is_told():
    X = np.ones((20, 2))
    X[15, 0] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        SVDRegressor().fit(da.from_array(X, chunks=(5, 2)), np.arange(20.0))


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
