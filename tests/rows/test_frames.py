"""Frames of narwhals, pyarrow, modin and DuckDB answer as those of pandas."""

import narwhals
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmath import (
    BackpropMLP,
    EigenfaceClassifier,
    FromScratchNB,
    GDLinearModel,
    LaplacianSpectralClustering,
    SVDRegressor,
)

pytestmark = pytest.mark.filterwarnings("ignore:The loss was still falling")

READ_TEXT = [BackpropMLP((4,), max_iter=5, random_state=0), FromScratchNB()]
MODELS = [
    *READ_TEXT,
    SVDRegressor(),
    GDLinearModel("log_loss", alpha=0.1),
    EigenfaceClassifier(2),
    LaplacianSpectralClustering(2, random_state=0),
]


def arrow(frame):
    return pa.Table.from_pandas(frame, preserve_index=False)


def duckdb_relation(frame):
    return pytest.importorskip("duckdb").from_arrow(arrow(frame))


def modin_frame(frame):
    return pytest.importorskip("modin.pandas").DataFrame(frame)


FRAMES = {
    "polars": pl.from_pandas,
    "pyarrow": arrow,
    "record batch": lambda f: pa.RecordBatch.from_pandas(f, preserve_index=False),
    "chunked": lambda f: pa.concat_tables([arrow(f[:40]), arrow(f[40:])]),
    "narwhals of pandas": narwhals.from_native,
    "narwhals of polars": lambda f: narwhals.from_native(pl.from_pandas(f)),
    "narwhals of pyarrow": lambda f: narwhals.from_native(arrow(f)),
    "DuckDB": duckdb_relation,
    "narwhals of DuckDB": lambda f: narwhals.from_native(duckdb_relation(f)),
    "modin": modin_frame,
}


def numbers(n=120):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "a": rng.normal(size=n),
            "b": rng.integers(0, 5, n),
            "c": rng.normal(size=n).astype(np.float32),
        }
    )
    return frame, (frame.a + frame.b > 2).astype(int)


def table(n=120):
    frame, y = numbers(n)
    rng = np.random.default_rng(1)
    frame["text"] = rng.choice(["x", "y", "z"], n)
    frame["flag"] = rng.random(n) > 0.5
    frame["when"] = pd.date_range("2020-01-01", periods=n)
    frame["level"] = pd.Categorical(rng.choice(["low", "high"], n))
    frame.loc[::7, "a"] = np.nan
    frame.loc[::9, "text"] = None
    frame.loc[::11, "when"] = pd.NaT
    return frame, y


@pytest.mark.parametrize("kind", FRAMES)
@pytest.mark.parametrize("model", MODELS, ids=lambda m: type(m).__name__)
def test_columns_of_numbers(model, kind):
    frame, y = numbers()
    expected = clone(model).fit(frame, y)
    fitted = clone(model).fit(FRAMES[kind](frame), y)
    assert fitted.feature_names_in_.tolist() == ["a", "b", "c"]
    for name in ("predict", "transform"):
        if hasattr(model, name):
            found = getattr(fitted, name)(FRAMES[kind](frame))
            np.testing.assert_allclose(found, getattr(expected, name)(frame), atol=1e-5)
    with pytest.raises(ValueError, match="feature names"):
        fitted.predict(FRAMES[kind](frame.rename(columns={"a": "other"})))


@pytest.mark.parametrize("kind", FRAMES)
@pytest.mark.parametrize("model", READ_TEXT, ids=lambda m: type(m).__name__)
def test_columns_of_text_dates_and_holes(model, kind):
    frame, y = table()
    expected = clone(model).fit(frame, y).predict_proba(frame)
    fitted = clone(model).fit(FRAMES[kind](frame), y)
    found = fitted.predict_proba(FRAMES[kind](frame))
    np.testing.assert_allclose(found, expected, atol=1e-10)


@pytest.mark.parametrize("kind", ["pyarrow", "narwhals of polars", "DuckDB"])
def test_text_and_dates_are_refused_by_name(kind):
    frame, y = table()
    with pytest.raises(TypeError, match="Column 'when' of X contains dates"):
        GDLinearModel().fit(FRAMES[kind](frame[["b", "when"]]), y)
    with pytest.raises(ValueError, match="Column 'text' of X contains strings"):
        GDLinearModel().fit(FRAMES[kind](frame[["b", "text"]].dropna()), y[:106])


@pytest.mark.parametrize("model", MODELS[:-1], ids=lambda m: type(m).__name__)
def test_a_target_may_be_a_series_of_narwhals(model):
    frame, y = numbers()
    expected = clone(model).fit(frame, y).predict(frame)
    series = narwhals.from_native(pl.Series("y", y.to_numpy()), series_only=True)
    fitted = clone(model).fit(narwhals.from_native(pl.from_pandas(frame)), series)
    np.testing.assert_allclose(fitted.predict(frame), expected, atol=1e-8)


def test_what_scikit_learn_indexes_is_searched_and_written():
    frame, y = numbers()
    expected = cross_val_score(FromScratchNB(), frame, y)
    np.testing.assert_allclose(
        cross_val_score(FromScratchNB(), arrow(frame), y), expected
    )
    model = make_pipeline(StandardScaler(), SVDRegressor(2))
    model.set_output(transform="polars").fit(arrow(frame), y)
    assert isinstance(model.transform(arrow(frame)), pl.DataFrame)


def test_a_query_that_has_not_run_is_refused():
    frame, y = numbers()
    query = narwhals.from_native(pl.from_pandas(frame).lazy())
    with pytest.raises(TypeError, match=r"call \.collect\(\)"):
        GDLinearModel().fit(query, y)


@pytest.mark.parametrize("model", MODELS, ids=lambda m: type(m).__name__)
def test_series_of_modin_go_in_and_frames_of_pandas_come_out(model):
    mpd = pytest.importorskip("modin.pandas")
    frame, y = numbers()
    weight = pd.Series(np.linspace(0.5, 2, len(y)))
    expected = clone(model).fit(frame, y, sample_weight=weight)
    modin = mpd.DataFrame(frame)
    fitted = clone(model).fit(modin, mpd.Series(y), sample_weight=mpd.Series(weight))
    np.testing.assert_allclose(fitted.predict(modin), expected.predict(frame))
    if hasattr(model, "transform"):
        ours = fitted.set_output(transform="pandas").transform(modin)
        theirs = expected.set_output(transform="pandas").transform(frame)
        pd.testing.assert_frame_equal(ours, theirs)
