"""One fit and predict, whatever holds the rows: over the registry's declarations."""

import subprocess
import sys

import array_api_strict
import dask.array as da
import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from instances import assert_same, csr, data_for, instances, outputs, settled
from sklearn.base import clone
from sklearn.utils import get_tags

from skmath import EigenfaceClassifier, GDLinearModel, SVDRegressor

# Training is stopped early on purpose.
pytestmark = pytest.mark.filterwarnings("ignore:The loss was still falling")


@pytest.fixture
def small_blocks(monkeypatch):
    """Cut 120 rows into many blocks, as a large X would be."""
    monkeypatch.setattr("skmath._rows.rows.BLOCK_ROWS", 7)
    monkeypatch.setattr("skmath._rows.rows.BLOCK_BYTES", 1)
    monkeypatch.setattr("skmath._rows.rows.TALL_BYTES", 1)


@pytest.mark.parametrize(("estimator", "configuration"), instances())
def test_blocks_do_not_matter(estimator, configuration, small_blocks, monkeypatch):
    X, y = data_for(estimator)
    in_blocks = outputs(settled(estimator).fit(X, y), X)
    monkeypatch.undo()
    assert_same(in_blocks, outputs(settled(estimator).fit(X, y), X))


@pytest.mark.parametrize(("estimator", "configuration"), instances("sparse"))
def test_sparse_equals_dense(estimator, configuration, small_blocks):
    X, y = data_for(estimator)
    if "standardize" in estimator.get_params():
        # A sparse X is scaled but not centred: compare where neither is done.
        estimator = clone(estimator).set_params(standardize=False)
    dense = settled(estimator).fit(X, y)
    fitted = settled(estimator).fit(csr(X), y)
    assert_same(outputs(fitted, csr(X)), outputs(dense, X), rtol=1e-5, atol=1e-6)
    if not get_tags(estimator).input_tags.pairwise:
        assert_same(outputs(fitted, X), outputs(dense, X), rtol=1e-5, atol=1e-6)


def in_dask(X, y, rows=32):
    return da.from_array(X, chunks=(rows, -1)), da.from_array(y, chunks=rows)


@pytest.mark.parametrize(("estimator", "configuration"), instances("dask"))
def test_dask_equals_numpy(estimator, configuration):
    X, y = data_for(estimator)
    lazy_X, lazy_y = in_dask(X, y)
    fitted = settled(estimator).fit(lazy_X, lazy_y)
    predicted = outputs(fitted, lazy_X)
    assert all(isinstance(values, da.Array) for values in predicted.values())
    computed = {name: values.compute() for name, values in predicted.items()}
    for name, values in predicted.items():
        assert values.shape == computed[name].shape
        assert values.dtype == computed[name].dtype
    # The distance of a face to itself is the root of its squares' rounding.
    atol = 1e-7 if isinstance(estimator, EigenfaceClassifier) else 1e-8
    expected = outputs(settled(estimator).fit(X, y), X)
    assert_same(computed, expected, rtol=1e-8, atol=atol)


@pytest.mark.parametrize(("estimator", "configuration"), instances("dask"))
def test_dask_takes_weights_and_unknown_chunk_sizes(estimator, configuration):
    X, y = data_for(estimator)
    weight = np.arange(len(y)) % 4
    lazy_X, lazy_y = in_dask(X, y)
    kept = da.from_array(np.arange(len(y)), chunks=32) < 100
    fitted = settled(estimator).fit(lazy_X[kept], lazy_y[kept])
    assert_same(
        outputs(fitted, X), outputs(settled(estimator).fit(X[:100], y[:100]), X)
    )
    fitted = settled(estimator).fit(lazy_X, lazy_y, weight)
    assert_same(outputs(fitted, X), outputs(settled(estimator).fit(X, y, weight), X))


@pytest.mark.parametrize(("estimator", "configuration"), instances("array_api"))
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_namespaces_agree(estimator, configuration, dtype, small_blocks):
    X, y = data_for(estimator)
    X, tol = X.astype(dtype), 1e-9 if dtype == "float64" else 1e-3
    expected = outputs(settled(estimator, tol).fit(X, y), X)
    strict_X = array_api_strict.asarray(X)
    with sklearn.config_context(array_api_dispatch=True):
        fitted = settled(estimator, tol).fit(strict_X, array_api_strict.asarray(y))
        found = outputs(fitted, strict_X)
    for values in found.values():
        assert values.__array_namespace__() is array_api_strict
    tolerance = 1e-6 if dtype == "float64" else 1e-2
    found = {name: np.asarray(values) for name, values in found.items()}
    assert_same(found, expected, rtol=tolerance, atol=tolerance)


MEASURE = """
import threading, time, warnings
import numpy as np
from configurations import instances_of
from instances import data_for
from skmath._tour.registry import entries

warnings.simplefilter("ignore")  # descents are stopped after three steps
[entry] = [e for e in entries() if e.name == {name!r}]
X = np.memmap({path!r}, dtype="float64", mode="r", shape={shape})


def anonymous():
    for line in open("/proc/self/status", encoding="ascii"):
        if line.startswith("RssAnon"):
            return int(line.split()[1]) * 1024


for estimator, _ in instances_of(entry, "memmap")[:{most}]:
    _, y = data_for(estimator, n={shape}[0], p=2)
    if "max_iter" in estimator.get_params():
        estimator.set_params(max_iter=3)
    estimator.fit(X[:1000], y[:1000]).predict(X[:1000])  # load libraries
    before, peak, done = anonymous(), 0, threading.Event()

    def watch():
        global peak
        while not done.is_set():
            peak = max(peak, anonymous())
            time.sleep(0.001)

    watcher = threading.Thread(target=watch)
    watcher.start()
    estimator.fit(X, y).predict(X)
    done.set()
    watcher.join()
    print(peak - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="anonymous memory is read of /proc")
@pytest.mark.parametrize(
    "name", sorted({type(p.values[0]).__name__ for p in instances("memmap")})
)
@pytest.mark.parametrize(
    "most", [1, pytest.param(100, marks=pytest.mark.slow)], ids=["default", "all"]
)
def test_memmap_stays_on_disk(name, most, tmp_path):
    shape = (60_000 if most == 1 else 100_000, 150)
    on_disk = np.memmap(tmp_path / "X", dtype="float64", mode="w+", shape=shape)
    rng = np.random.default_rng(0)
    for start in range(0, shape[0], 10_000):
        block = np.abs(rng.normal(size=(10_000, shape[1])))
        on_disk[start : start + 10_000] = block.round(1)  # some dozens of categories
    on_disk.flush()
    program = MEASURE.format(
        name=name, path=str(tmp_path / "X"), shape=shape, most=most
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": ":".join(p for p in sys.path if p)},
    )
    assert run.returncode == 0, run.stderr
    growth = [int(line) for line in run.stdout.split()]
    of_class = [type(p.values[0]).__name__ == name for p in instances("memmap")]
    assert len(growth) == min(most, sum(of_class))
    # X has 72 or 120 MB. Allowed are blocks, a sample of 10,000 rows (GDLinearModel's
    # Newton steps begin on one), and a few numbers for each row.
    assert max(growth) < on_disk.nbytes / 4, growth


def test_a_lazy_table_is_refused_by_name():
    table = pl.DataFrame({"a": [1.0, 2.0, 3.0]})
    y = [1.0, 2.0, 4.0]
    model = SVDRegressor().fit(table, y)
    for call in (
        lambda: SVDRegressor().fit(table.lazy(), y),
        lambda: model.predict(table.lazy()),
    ):
        with pytest.raises(TypeError, match=r"A LazyFrame.*\.collect\(\)"):
            call()


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
@pytest.mark.parametrize("model", [SVDRegressor(), GDLinearModel()], ids=["svd", "gd"])
def test_a_column_of_text_is_refused_by_its_name(model, frame):
    columns = {"mass": [1.0, 2.0, 4.0, 3.0], "site": ["a", "b", "a", "b"]}
    X, y = frame(columns), [1.0, 2.0, 2.0, 1.0]
    with pytest.raises(ValueError, match=r"Column 'site' of X contains strings .*'a'"):
        model.fit(X, y)
    with pytest.raises(ValueError, match="Column 1 of X contains strings"):
        model.fit(np.array(list(zip(*columns.values(), strict=True)), dtype=object), y)
    numbers = frame({"mass": columns["mass"], "site": [1.0, 0.0, 0.0, 2.0]})
    for text in (columns["site"], np.array(columns["site"], dtype=object)):
        with pytest.raises(ValueError, match=r"y must be numeric.*'a'"):
            model.fit(numbers, text)
    with pytest.raises(ValueError, match="sample_weight must be numeric"):
        model.fit(numbers, y, columns["site"])
    model.fit(numbers, y)
    with pytest.raises(ValueError, match="Column 'site' of X contains strings"):
        model.predict(X)
    with pytest.raises(ValueError, match="Column 'site' of X contains strings"):
        model.summary(X, y, cov_type="HC1")


def small_table(n=120, seed=0):
    """Return a frame of numbers, text, booleans and dates with holes, and labels."""
    rng = np.random.default_rng(seed)
    many = np.array(list("abcdefghijklmno"))
    frame = pd.DataFrame(
        {
            "number": rng.normal(size=n).round(3),
            "few": rng.choice(["red", "green", "blue"], n),
            "many": rng.choice(many, n),
            "flag": rng.random(n) > 0.5,
            "whole": rng.integers(0, 40, n),
        }
    )
    labels = (frame.number + (frame.few == "red") + frame.flag > 0.7).astype(int)
    for name in ("number", "few", "many"):
        frame[name] = frame[name].astype(object).where(rng.random(n) > 0.1, None)
    frame["number"] = frame["number"].astype(float)
    return frame, labels.to_numpy()


@pytest.mark.parametrize(("estimator", "configuration"), instances("tables"))
@pytest.mark.parametrize("kind", ["polars", "objects", "lists", "categories"])
def test_a_table_is_the_same_in_any_container(estimator, configuration, kind):
    frame, y = small_table()
    objects = frame.astype(object).to_numpy()
    held = {
        "polars": pl.from_pandas(frame),
        "objects": objects,
        "lists": objects.tolist(),
        "categories": frame.astype({"few": "category", "many": "category"}),
    }[kind]
    expected = outputs(settled(estimator).fit(frame, y), frame)
    assert_same(outputs(settled(estimator).fit(held, y), held), expected)
