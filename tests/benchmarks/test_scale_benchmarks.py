"""The benchmarks of large files and of tensors, on few rows."""

import importlib
import json
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import array_api_strict
import numpy as np
import pytest
from sklearn.utils import get_tags

from skmath import FromScratchNB, LaplacianSpectralClustering, SVDRegressor

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"

on_linux = pytest.mark.skipif(
    sys.platform != "linux", reason="anonymous memory is read from /proc"
)


@pytest.fixture(scope="module")
def modules():
    """Import the two modules: they are scripts, no part of the package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        yield SimpleNamespace(
            gpu=importlib.import_module("gpu"),
            memory=importlib.import_module("memory"),
        )


@pytest.fixture
def gpu(modules):
    return modules.gpu


@pytest.fixture
def memory(modules):
    return modules.memory


# Files


def small(folder, *arguments):
    """Return arguments for a file of 20 MB and one estimator."""
    common = ["--gigabytes", "0.02", "--only", "SVDRegressor"]
    return [*common, "--folder", str(folder), *arguments]


@on_linux
@pytest.mark.slow
def test_memory_prints_its_table_and_leaves_no_file(memory, tmp_path, capsys):
    folder, figures = tmp_path / "folder", tmp_path / "figures.json"
    folder.mkdir()
    assert memory.main(small(folder, "--json", str(figures))) == 0
    told, header, line = capsys.readouterr().out.splitlines()
    assert told.startswith("X: 5,000 x 1,000 float32 in a file, 19 MiB; the machine")
    assert header.startswith("estimator")
    assert line.split()[0] == "SVDRegressor"
    assert line.split()[1] == "memmap"
    assert line.split()[4] == "LinearRegression"
    assert list(folder.iterdir()) == []
    (row,) = json.loads(figures.read_text(encoding="utf-8"))["rows"]
    assert (row["rows"], row["columns"], row["peer_rows"]) == (5000, 1000, 500)
    # The cross products of 1,000 columns alone are 8 MB.
    assert 7 < row["peak_mib"] < 300
    assert row["peer_peak_mib"] > 0


@on_linux
def test_too_much_memory_and_failures_exit_with_1(
    memory, tmp_path, capsys, monkeypatch
):
    found = {"seconds": 1.0, "peak_mib": 1025.0}
    monkeypatch.setattr(memory, "measure", lambda *_: found)
    assert memory.main(small(tmp_path)) == 1
    assert "1025.0 !" in capsys.readouterr().out
    monkeypatch.setattr(memory, "measure", lambda *_: None)
    assert memory.main(small(tmp_path)) == 1
    assert "unknown !" in capsys.readouterr().out
    # A counterpart may take what it wants.
    monkeypatch.setattr(
        memory,
        "measure",
        lambda _, who, *__: found | {"peak_mib": 9.0 + 2e3 * (who == "peer")},
    )
    assert memory.main(small(tmp_path)) == 0


@on_linux
def test_the_file_is_removed_after_an_error(memory, tmp_path, monkeypatch):
    def measure(name, contender, folder, shape, rows):
        assert Path(folder, "X").stat().st_size == 4 * shape[0] * shape[1]
        raise KeyboardInterrupt

    monkeypatch.setattr(memory, "measure", measure)
    with pytest.raises(KeyboardInterrupt):
        memory.main(small(tmp_path))
    assert list(tmp_path.iterdir()) == []


@on_linux
def test_a_child_that_fails_is_told(memory, tmp_path, capfd):
    assert memory.measure("SVDRegressor", "ours", tmp_path, (10, 10), 10) is None
    assert "SVDRegressor: ours ended with code 1" in capfd.readouterr().err


@on_linux
def test_the_peak_is_seen_though_it_is_freed(memory):
    with memory.Watch() as watch:
        for _ in range(10):
            held = np.ones(64 * 2**17)
            time.sleep(25 * memory.INTERVAL)  # so that it is read while it is held
            del held
    assert watch.growth / 2**20 == pytest.approx(64, abs=8)


def test_the_target_is_learnable(memory, tmp_path):
    memory.write_data(tmp_path, (12_000, 20))
    X = np.fromfile(tmp_path / "X", np.float32).reshape(12_000, 20)
    y = np.load(tmp_path / "y.npy")
    assert y.dtype.kind == "i"
    fitted = SVDRegressor().fit(X[:11_000], y[:11_000])
    # The last rows are of another block than the first.
    assert np.mean((fitted.predict(X[11_000:]) > 0.5) == y[11_000:]) > 0.9


def test_every_estimator_for_files_has_a_counterpart(memory):
    chosen = memory.parse([]).chosen
    assert {entry.name for entry in chosen} == memory.PEERS.keys()
    for entry in chosen:
        theirs, ours = (get_tags(f(entry)) for f in (memory.peer, memory.ours))
        assert theirs.estimator_type == ours.estimator_type


def test_other_systems_cannot_measure(memory, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(memory, "sys", SimpleNamespace(platform="darwin"))
    assert memory.main(small(tmp_path)) == 0
    assert "not measured on darwin" in capsys.readouterr().out


# Tensors


def stand_in(cuda=False):
    """Return what the benchmark uses of PyTorch, with array_api_strict's arrays."""
    waits = []
    return SimpleNamespace(
        __version__="0",
        asarray=lambda array, device: array_api_strict.asarray(array),
        waits=waits,
        cuda=SimpleNamespace(
            is_available=lambda: cuda,
            get_device_name=lambda: "a card",
            synchronize=lambda: waits.append(1),
        ),
    )


def test_gpu_says_what_is_missing_or_runs(gpu, capsys):
    assert gpu.main(["--quick", "--only", "SVDRegressor"]) == 0
    told = capsys.readouterr().out.splitlines()
    if gpu.find_torch() is None:
        assert told == [
            "PyTorch is not installed, nothing is compared: pip install torch"
        ]
    else:
        assert told[1].startswith("estimator")
        assert len(told) == 2 + len(gpu.parse(["--only", "SVDRegressor"]).chosen)


@pytest.mark.slow
def test_every_setting_is_compared(gpu, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(gpu, "find_torch", stand_in)
    path = tmp_path / "figures.json"
    assert gpu.main(["--quick", "--sizes", "200", "--json", str(path)]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("PyTorch 0 on cpu, there is no graphics card: ")
    rows = json.loads(path.read_text(encoding="utf-8"))["rows"]
    assert len(rows) == len(told) - 2 == len(gpu.parse([]).chosen)
    assert all(row["agrees"] and row["runs"] == 1 for row in rows)


def test_the_card_is_waited_for(gpu, capsys, monkeypatch):
    torch = stand_in(cuda=True)
    monkeypatch.setattr(gpu, "find_torch", lambda: torch)
    monkeypatch.setattr(gpu, "choose", lambda *_: [(FromScratchNB(), "default")])
    assert gpu.main(["--sizes", "200", "300"]) == 0
    assert capsys.readouterr().out.startswith("PyTorch 0 on cuda: a card\n")
    # Before and after fit and after predict, of a warm-up and three runs of each size.
    assert len(torch.waits) == 3 * 4 * 2


def test_what_disagrees_or_fails_exits_with_1(gpu, capsys, monkeypatch):
    monkeypatch.setattr(gpu, "find_torch", stand_in)
    monkeypatch.setattr(gpu, "choose", lambda *_: [(SVDRegressor(), "default")])
    monkeypatch.setattr(gpu, "agreement", lambda *_: (False, "within 1e-01"))
    assert gpu.main(["--quick"]) == 1
    assert "DISAGREE: within 1e-01" in capsys.readouterr().out
    monkeypatch.setattr(
        gpu, "choose", lambda *_: [(SVDRegressor(solver="none"), "solver='none'")]
    )
    assert gpu.main(["--quick"]) == 1
    assert "DISAGREE: InvalidParameterError" in capsys.readouterr().out


def test_sizes_that_would_take_long_are_left_out(gpu, capsys, monkeypatch):
    monkeypatch.setattr(gpu, "find_torch", stand_in)
    monkeypatch.setattr(gpu, "choose", lambda *_: [(SVDRegressor(), "default")])
    # The first size is run once, whatever the patience.
    assert gpu.main(["--sizes", "100", "200", "--patience", "0"]) == 0
    first, second = capsys.readouterr().out.splitlines()[2:]
    assert first.endswith("within 0e+00")
    assert second.endswith("left out: more than 0 s expected")
    every_row = LaplacianSpectralClustering(n_landmarks=None)
    assert gpu.max_rows(every_row) == gpu.ALL_PAIRS
    assert gpu.max_rows(LaplacianSpectralClustering(n_landmarks=40)) > 1e9


@pytest.mark.parametrize(
    ("found", "agrees"), [([1.0, 2.0001, 0.0], True), ([1.0, 2.001, 0.0], False)]
)
def test_numbers_agree_to_four_digits(gpu, found, agrees):
    expected = np.array([1.0, 2.0, 1e-7])
    assert gpu.agreement(SVDRegressor(), expected, np.array(found))[0] is agrees


@pytest.mark.parametrize(("wrong", "agrees"), [(1, True), (2, False)])
def test_labels_may_differ_in_one_of_a_thousand(gpu, wrong, agrees):
    expected = np.arange(1000) % 3
    found = np.where(np.arange(1000) < wrong, 7, expected)
    assert gpu.agreement(FromScratchNB(), expected, found)[0] is agrees


def test_clusters_may_be_numbered_otherwise(gpu):
    expected = np.arange(1000) % 3
    model = LaplacianSpectralClustering()
    assert gpu.agreement(model, expected, (expected + 1) % 3)[0]
    assert not gpu.agreement(model, expected, expected // 2)[0]


# Both


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("memory", ["--only", "Impostor"], "there are BackpropMLP, "),
        ("memory", ["--gigabytes", "0.001"], "--gigabytes must be 0.004 or more"),
        ("memory", ["--gigabytes", "1e9"], "GB free: too little"),
        ("memory", ["--columns", "9"], "--columns must be 10 or more, got 9"),
        ("memory", ["--folder", "no/such/folder"], "No such file or directory"),
        ("memory", ["--json", "no/such/folder/f.json"], "No such file or directory"),
        ("gpu", ["--only", "Impostor"], "'Impostor'; there are BackpropMLP, "),
        ("gpu", ["--sizes", "99", "200"], "--sizes must be 100 or more, got 99"),
        ("gpu", ["--columns", "1"], "--columns must be 2 or more, got 1"),
        ("gpu", ["--json", "no/such/folder/f.json"], "No such file or directory"),
    ],
)
def test_unusable_arguments_exit_with_2_and_one_line(
    modules, capsys, name, arguments, told
):
    with pytest.raises(SystemExit) as exit_:
        getattr(modules, name).main(arguments)
    error = capsys.readouterr().err
    assert exit_.value.code == 2
    assert told in error
    assert error.count("\n") == 1
