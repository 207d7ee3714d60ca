"""Data on disk through Dask: Zarr arrays and Parquet tables."""

import warnings

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
import zarr
from instances import assert_same, data_for, outputs, settled
from scipy import stats
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.exceptions import ConvergenceWarning

from skmath import BackpropMLP, FromScratchNB, GDLinearModel, SVDRegressor
from skmath._tour.registry import entries

MODELS = [
    SVDRegressor(),
    GDLinearModel("log_loss", alpha=1e-2, tol=1e-9),
    FromScratchNB("gaussian"),
]


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_a_zarr_array_is_read_chunk_by_chunk(model, tmp_path):
    X, y = data_for(model)
    stored = zarr.create_array(
        tmp_path / "X", shape=X.shape, dtype=X.dtype, chunks=(32, 5)
    )
    stored[...] = X
    lazy = da.from_zarr(stored).rechunk({1: -1})
    assert lazy.numblocks[0] > 1
    on_disk = outputs(model.fit(lazy, y), lazy)
    assert_same(on_disk, outputs(model.fit(X, y), X))


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_a_parquet_table_is_read_part_by_part(model, tmp_path):
    X, y = data_for(model)
    names = [f"x{j}" for j in range(X.shape[1])]
    table = pd.DataFrame(X, columns=names).assign(y=y)
    for part in range(3):
        table[part::3].to_parquet(tmp_path / f"{part}.parquet")
    lazy = dd.read_parquet(tmp_path)
    assert lazy.npartitions == 3
    on_disk = model.fit(lazy[names], lazy["y"])
    np.testing.assert_array_equal(on_disk.feature_names_in_, names)
    found = outputs(on_disk, lazy[names])
    order = np.argsort(np.arange(len(X)) % 3, kind="stable")
    frame = pd.DataFrame(X[order], columns=names)
    assert_same(found, outputs(model.fit(frame, y[order]), frame))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.name)
def test_every_estimator_fits_a_lazy_table(entry):
    X, y = load_digits(return_X_y=True, as_frame=True)
    kept = X.columns[X.std() > 0]
    kept = kept.drop("pixel_7_0")  # the same as pixel_6_0 in these rows
    table = dd.from_pandas(X[kept].assign(label=y)[:600], npartitions=3)
    model = settled(entry.estimator()).fit(table[list(kept)], table["label"])
    assert list(model.feature_names_in_) == list(kept)
    predicted = np.asarray(model.predict(table[list(kept)]))
    assert predicted.shape == (600,)
    np.testing.assert_allclose(predicted, model.predict(X[kept][:600]), rtol=1e-6)


@pytest.mark.parametrize("n_outputs", [1, 2])
def test_intervals_of_a_table_are_those_of_its_rows_in_memory(n_outputs, tmp_path):
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    names, Y = list(X.columns), np.column_stack([y, y**2])[:, :n_outputs]
    columns = [f"y{j}" for j in range(n_outputs)]
    table = X.assign(**dict(zip(columns, Y.T, strict=True)))
    for part in range(3):
        table[part * 150 : (part + 1) * 150].to_parquet(tmp_path / f"{part}.parquet")
    lazy = dd.read_parquet(tmp_path)
    target = lazy[columns] if n_outputs > 1 else lazy["y0"]
    alpha = [[1.0, 2.0]] if n_outputs > 1 else 1.0
    model = SVDRegressor(alpha=alpha).fit(lazy[names], target)
    found = model.predict(lazy[names], return_std=True, return_interval=0.9)
    Y = Y if n_outputs > 1 else Y[:, 0]
    expected = SVDRegressor(alpha=alpha).fit(X, Y)
    expected = expected.predict(X, return_std=True, return_interval=0.9)
    for one, other in zip(found, expected, strict=True):
        assert np.isnan(one.shape[0])
        np.testing.assert_allclose(one.compute(), other, rtol=1e-8)
    mean, std, interval = (part.compute() for part in found)
    t = (interval[..., 1] - mean) / std
    n_left = len(X) - 1 - model.degrees_of_freedom_
    np.testing.assert_allclose(t, stats.t.ppf(0.95, n_left) + 0 * t, rtol=1e-8)


def test_other_columns_of_a_table_are_told(tmp_path):
    X, y = data_for(SVDRegressor())
    names = [f"x{j}" for j in range(X.shape[1])]
    lazy = dd.from_pandas(pd.DataFrame(X, columns=names), npartitions=2)
    model = SVDRegressor().fit(lazy, y)
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(lazy.rename(columns={"x0": "z"}))
    text = lazy.assign(x0="a")
    with pytest.raises(ValueError, match="x0"):
        SVDRegressor().fit(text, y)


@pytest.mark.parametrize("model", [*MODELS, GDLinearModel()], ids=repr)
def test_a_parquet_table_has_a_score(model, tmp_path):
    X, y = data_for(model)
    names = [f"x{j}" for j in range(X.shape[1])]
    table = pd.DataFrame(X, columns=names).assign(y=y)
    table.to_parquet(tmp_path / "table.parquet")
    lazy = dd.read_parquet(tmp_path)
    model.fit(table[names], y)
    expected = model.score(table[names], y)
    assert model.score(lazy[names], lazy["y"]) == pytest.approx(expected)
    assert model.score(lazy[names], lazy["y"], np.ones(len(y))) == pytest.approx(
        expected
    )


@pytest.mark.parametrize(
    "model", [GDLinearModel("log_loss"), BackpropMLP((5,), max_iter=8)], ids=repr
)
def test_parts_of_unknown_size_are_loaded_no_more_than_three_times(model):
    X, y = load_breast_cancer(return_X_y=True)
    loads = []

    def load(part, with_target):
        loads.append(part)
        rows = slice(part * 100, (part + 1) * 100)
        frame = pd.DataFrame(X[rows]).rename(columns=str)
        return pd.Series(y[rows]) if with_target else frame

    def table(with_target):
        meta = load(0, with_target)[:0]
        return dd.from_map(load, range(5), with_target=with_target, meta=meta)

    features, target = table(False), table(True)
    loads.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(features, target)
    # Counted, kept and, for the classes, the target read alone.
    assert max(loads.count(part) for part in range(5)) <= 2 * 3
