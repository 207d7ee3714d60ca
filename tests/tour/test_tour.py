"""The tour as a user runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from skmath import __main__ as tour
from skmath._tour.registry import entries


def exit_code(*arguments):
    """Return the code with which the command line ends before any work."""
    with pytest.raises(SystemExit) as ended:
        tour.main(arguments)
    return ended.value.code


def test_one_estimator_with_figure_and_file(tmp_path):
    plots, table = tmp_path / "new" / "plots", tmp_path / "tour.json"
    arguments = ["--only", "svdregressor", "--plots", str(plots), "--json", str(table)]
    done = subprocess.run(
        [sys.executable, "-m", "skmath", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0].startswith("data set")
    assert "Boston housing" in lines[2]
    assert "506 x 13" in lines[2]
    assert [path.name for path in plots.iterdir()] == ["SVDRegressor.png"]
    [row] = json.loads(table.read_text(encoding="utf-8"))["rows"]
    assert row["rows"] == 506
    assert row["score"] >= row["counterpart_score"] - 0.01
    assert row["seconds"] > 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("--only", "Unknown"),
        ("--plots", "{file}/plots"),
        ("--json", "{file}/x.json"),
        ("--json", "{folder}/missing/x.json"),
        ("--nonsense",),
    ],
    ids=" ".join,
)
def test_arguments_that_cannot_be_used_are_one_line_and_code_2(
    arguments, tmp_path, capsys
):
    file = tmp_path / "file"
    file.touch()
    places = {"{file}": str(file), "{folder}": str(tmp_path), "/": os.sep}
    for name, place in places.items():
        arguments = tuple(argument.replace(name, place) for argument in arguments)
    assert exit_code(*arguments) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.splitlines()) == 1
    assert arguments[-1] in told.err


def test_a_folder_that_is_not_writable_is_told(tmp_path, capsys, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "touch", refuse)
    assert exit_code("--plots", str(tmp_path)) == 2
    assert str(tmp_path) in capsys.readouterr().err


def test_help_names_the_estimators(capsys):
    assert exit_code("--help") == 0
    told = capsys.readouterr().out
    for entry in entries():
        assert entry.name in told


def test_data_that_cannot_be_had_are_told_and_the_rest_is_run(monkeypatch, capsys):
    def unavailable(entry, task):
        if task.data == "iris":
            raise OSError("run: pip install iris")
        return run_task(entry, task)

    run_task = tour.run
    monkeypatch.setattr(tour, "run", unavailable)
    assert tour.main(["--only", "FromScratchNB"]) == 1
    told = capsys.readouterr()
    assert told.err == "iris: run: pip install iris\n"
    assert "play tennis" in told.out


def test_a_terminal_gets_a_progress_bar(monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    [bar] = tour.progress()
    assert type(bar).__name__ == "ProgressBar"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: False, raising=False)
    assert tour.progress() == []


@pytest.mark.slow
def test_no_row_is_below_its_counterpart_by_more_than_a_hundredth(tmp_path):
    table = tmp_path / "tour.json"
    assert tour.main(["--json", str(table)]) == 0
    rows = json.loads(table.read_text(encoding="utf-8"))["rows"]
    assert {row["estimator"] for row in rows} == {entry.name for entry in entries()}
    for row in rows:
        assert row["score"] >= row["counterpart_score"] - 0.01, row["data"]
