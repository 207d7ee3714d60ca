"""The tour as a user runs it."""

import base64
import json
import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from skmath import __main__ as tour
from skmath._tour.from_scratch_nb import titanic
from skmath._tour.registry import entries
from skmath._tour.web_page import web_page


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
    assert lines[2] == "SVDRegressor | PCA + LinearRegression"
    assert "Boston housing" in lines[3]
    assert "506 x 13" in lines[3]
    assert max(map(len, lines[:4])) <= 88
    assert [path.name for path in plots.iterdir()] == ["SVDRegressor.png"]
    [row] = json.loads(table.read_text(encoding="utf-8"))["rows"]
    assert row["rows"] == 506
    assert row["score"] >= row["counterpart_score"] - 0.01
    assert row["baseline_score"] < 0 < row["seconds"]


def test_the_html_page_has_the_table_and_the_figures_and_loads_nothing(tmp_path):
    page, table = tmp_path / "tour.html", tmp_path / "tour.json"
    arguments = ["--only", "FromScratchNB", "--html", str(page), "--json", str(table)]
    assert tour.main(arguments) == 0
    read = Page(page.read_text(encoding="utf-8"))
    for row in json.loads(table.read_text(encoding="utf-8"))["rows"]:
        scores = [f"{row[name]:.3f}" for name in ("score", "baseline_score")]
        assert {row["data"], *scores} <= {*read.texts}
    assert len(read.pictures) == 2  # one for light pages, one for dark
    for picture in read.pictures:
        head, _, content = picture.partition(",")
        assert head == "data:image/png;base64"
        assert base64.b64decode(content).startswith(b"\x89PNG")


class Page(HTMLParser):
    """The texts of a page, and the addresses of what it loads."""

    def __init__(self, content):
        super().__init__()
        self.texts, self.pictures = [], []
        self.feed(content)

    def handle_data(self, data):
        self.texts.append(data)

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        assert tag not in ("script", "link", "iframe")
        assert "href" not in named
        self.pictures += [named[name] for name in ("src", "srcset") if name in named]


def test_the_page_escapes_what_it_is_given():
    row = {
        **{"data": "<b>&", "rows": 1, "columns": 2, "metric": "R2"},
        **{"estimator": "<i>", "counterpart": "&", "warnings": ["a < b"]},
        **{"score": 1.0, "counterpart_score": 0.5, "baseline_score": 0.0},
        **{"seconds": 1.0, "counterpart_seconds": 2.0},
    }
    report = {"versions": {"<u>": "1"}, "rows": [row]}
    text = web_page(report, [('"<s>"', (b"light", b"dark"))])
    assert {"<b>&", "<i> | &", "a < b", '"<s>"'} <= {*Page(text).texts}
    for tag in ("<b>", "<i>", "<u>", "<s>"):
        assert tag not in text


@pytest.mark.parametrize("option", ["--html", "--plots"])
def test_figures_without_matplotlib_are_one_line_that_names_the_extra(
    option, tmp_path, capsys, monkeypatch
):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert exit_code(option, str(tmp_path / "new")) == 2
    told = capsys.readouterr().err
    assert len(told.splitlines()) == 1
    assert "skmath[plot]" in told
    assert not (tmp_path / "new").exists()


def test_the_titanic_has_the_counts_that_were_published():
    # Dawson (1995): 2,201 people, 711 survivors, 885 of the crew, 470 women, 109
    # children.
    X, y = titanic()
    assert X.shape == (2201, 3)
    counts = [y == "yes", *(X[:, [0, 1, 2]] == ["crew", "woman", "child"]).T]
    assert [int(count.sum()) for count in counts] == [711, 885, 470, 109]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--only", "Unknown"),
        ("--plots", "{file}/plots"),
        ("--json", "{file}/x.json"),
        ("--json", "{folder}/missing/x.json"),
        ("--html", "{folder}/missing/x.html"),
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
    assert "Titanic" in told.out


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
        assert row["score"] >= row["baseline_score"] + 0.1, row["data"]
