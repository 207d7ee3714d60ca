"""The comparison on 40 real tables: ranks, losses, the check, and what is stored."""

import copy
import importlib
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.metrics import accuracy_score, log_loss, r2_score

import skmath

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
MODULES = ("tables", "contenders", "measures", "results", "figures")


@pytest.fixture(scope="module")
def bench():
    """Import the scripts, which are no part of the package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        modules = {name: importlib.import_module(f"peer_{name}") for name in MODULES}
        yield SimpleNamespace(main=importlib.import_module("real_tables"), **modules)


def results(figures, task="classification", key="score"):
    """Return results of tables from ``{table: {contender: values}}``."""
    tables = {
        name: {
            "about": {"rows": 9, "columns": 2, "classes": 3, "holds": "numbers"},
            "figures": {
                n: {"score": v, "loss": v, "seconds": 0.1} | {key: v}
                for n, v in found.items()
            },
        }
        for name, found in figures.items()
    }
    return {"about": {}, "tasks": {task: tables}}


# Tables and measures


def test_there_are_40_tables(bench):
    tables = {k: v for k, v in bench.tables.TABLES.items() if k != "clustering"}
    assert sum(map(len, tables.values())) == 40
    assert all(len(set(names)) == len(names) for names in tables.values())
    for task, names in bench.tables.QUICK.items():
        assert set(names) <= set(bench.tables.TABLES[task])


def test_every_contender_says_how_it_is_prepared(bench):
    known = {n for of_task in bench.contenders.CONTENDERS.values() for n in of_task}
    assert known == set(bench.contenders.PREPARATION)
    for name, tasks in bench.results.PEERS.items():
        assert hasattr(skmath, name)
        for task, peers in tasks.items():
            assert {name, *peers} <= set(bench.contenders.CONTENDERS[task])


@pytest.mark.parametrize(
    ("name", "task", "size", "holds"),
    [
        ("iris", "classification", (150, 4), "numbers"),
        ("penguins", "classification", (344, 7), "numbers, strings, missing values"),
        ("diabetes", "regression", (442, 10), "numbers"),
        ("digits", "pictures", (1797, 64), "pictures"),
    ],
)
def test_tables_are_as_they_come(bench, name, task, size, holds):
    data = bench.tables.table(name, task)
    assert (data.about["rows"], data.about["columns"]) == size
    assert data.about["holds"] == holds


@pytest.fixture
def made(bench):
    """Return a maker of tables of 90 rows."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(90, 2)), columns=["a", "b"])
    y = {
        "classification": np.repeat([0, 1, 2], [40, 30, 20]),
        "regression": np.r_[np.zeros(50), np.arange(40.0)],
    }
    return lambda task: bench.tables.Table("made", task, X, y[task])


def test_splits_keep_the_shares_of_classes(bench, made):
    table = made("classification")
    found = bench.measures.splits(table)
    assert len(found) == 3
    for train, test in found:
        assert not set(train) & set(test)
        np.testing.assert_array_equal(np.bincount(table.y[train]), [28, 21, 14])
        assert len(train) + len(test) == 90


def test_figures_of_classes(bench, made):
    table = made("classification")

    def constant(table, seed):
        return DummyClassifier(strategy="prior"), table.X

    found = bench.measures.measure_table(table, {"constant": constant})["constant"]
    for (train, test), score, loss in zip(
        bench.measures.splits(table), found["score"], found["loss"], strict=True
    ):
        model = DummyClassifier(strategy="prior").fit(train, table.y[train])
        y = table.y[test]
        assert score == pytest.approx(accuracy_score(y, model.predict(y)), abs=1e-4)
        expected = log_loss(y, model.predict_proba(y))
        assert loss == pytest.approx(expected, abs=1e-4)


def test_figures_of_numbers_and_refusals(bench, made):
    table = made("regression")

    def refuses(table, seed):
        return skmath.SVDRegressor(rcond=-1.0), table.X

    makers = {"constant": lambda t, seed: (DummyRegressor(), t.X), "refuses": refuses}
    found = bench.measures.measure_table(table, makers)
    for (train, test), score in zip(
        bench.measures.splits(table), found["constant"]["score"], strict=True
    ):
        expected = r2_score(table.y[test], np.full(len(test), table.y[train].mean()))
        assert score == pytest.approx(expected, abs=1e-4)
    assert "loss" not in found["constant"]
    assert set(found["refuses"]) == {"refused"}


# Ranks and losses


def test_mean_ranks_by_hand(bench):
    found = results(
        {
            "a": {"x": [0.9, 0.9], "y": [0.8, 0.8], "z": [0.1, 0.3]},
            "b": {"x": [0.5, 0.7], "y": [0.6, 0.6], "z": [0.9, 0.9]},
        }
    )
    ranks, n_tables = bench.results.mean_ranks(found, "classification")
    # In b two are equal, and share the second and the third rank.
    assert ranks == {"x": 1.75, "z": 2.0, "y": 2.25}
    assert n_tables == 2
    ranks, _ = bench.results.mean_ranks(found, "classification", "loss")
    assert ranks == {"y": 1.75, "z": 2.0, "x": 2.25}


@pytest.mark.parametrize(
    ("k", "q"), [(2, 1.960), (3, 2.343), (4, 2.569), (7, 2.949), (10, 3.164)]
)
def test_critical_difference_has_the_article_s_quantiles(bench, k, q):
    # Demšar (2006), Table 5(a).
    expected = q * np.sqrt(k * (k + 1) / (6 * 30))
    assert bench.results.critical_difference(k, 30) == pytest.approx(expected, abs=1e-3)


def test_losses_are_on_each_of_the_splits(bench):
    figures = {
        "lost": {"EigenfaceClassifier": [0.8, 0.7], "PCA + 1-NN": [0.9, 0.8]},
        "open": {"EigenfaceClassifier": [0.8, 0.7], "PCA + 1-NN": [0.7, 0.9]},
        "won": {"EigenfaceClassifier": [0.9, 0.9], "PCA + 1-NN": [0.7, 0.7]},
    }
    (found,) = [
        c
        for c in bench.results.comparisons(results(figures, "pictures"))
        if c.estimator == "EigenfaceClassifier"
    ]
    assert found.losses == {"lost": pytest.approx(0.1)}
    assert found.wins == {"won": pytest.approx(0.2)}
    assert found.n_tables == 3


def test_remedies_are_beside_the_default_and_the_best_peer(bench):
    figures = {
        "a": {"SVDRegressor": [0.4], "LinearRegression": [0.4], "RidgeCV": [0.6]}
    }
    found = results(figures, "regression")
    of_a = {"figures": {"SVDRegressor: alpha=2": {"score": [0.5, 0.7]}}}
    found["remedies"] = {"regression": {"a": of_a}}
    (row,) = bench.results.remedied(found)
    assert (row.estimator, row.setting, row.table) == ("SVDRegressor", "alpha=2", "a")
    assert (row.default, row.with_setting, row.best_peer) == (0.4, 0.6, 0.6)


def test_remedies_are_of_tables_on_which_the_defaults_lose(bench):
    newest = list(bench.results.all_versions().values())[-1]
    lost = {
        (c.estimator, c.task, name)
        for c in bench.results.comparisons(newest)
        for name in c.losses
    }
    for remedy in bench.contenders.REMEDIES:
        assert {(remedy.estimator, remedy.task, name) for name in remedy.tables} <= lost


# What got worse


@pytest.fixture
def stored():
    """Three tables, on which the spread over splits is 0.01."""
    values = [0.89, 0.9, 0.91]
    return results({name: {"FromScratchNB": values} for name in "abc"})


def lowered(stored, by, names="abc", key="score"):
    """Return results that are lower."""
    found = copy.deepcopy(stored)
    for name in names:
        figures = found["tasks"]["classification"][name]["figures"]["FromScratchNB"]
        figures[key] = [value - by for value in figures[key]]
    return found


def test_equal_and_better_figures_pass(bench, stored):
    assert bench.results.worse_figures(stored, stored) == []
    better = lowered(lowered(stored, -0.1), 0.1, key="loss")
    assert bench.results.worse_figures(better, stored) == []


def test_a_higher_log_loss_is_worse(bench, stored):
    higher = lowered(stored, -0.1, "b", key="loss")
    found = bench.results.worse_figures(higher, stored)
    assert [(worse.table, worse.measure) for worse in found] == [
        ("b", "log-loss"),
        ("mean of 3 tables", "log-loss"),
    ]


def test_tolerance_is_two_standard_errors(bench, stored):
    error = 0.01 / np.sqrt(3)
    for by, expected in [(1.9 * error, []), (2.1 * error, ["a"])]:
        found = bench.results.worse_figures(lowered(stored, by, "a"), stored)
        assert [worse.table for worse in found] == expected
    assert found[0].tolerance == pytest.approx(2 * error)


def test_a_small_fall_on_all_tables_is_seen(bench, stored):
    found = bench.results.worse_figures(lowered(stored, 0.008), stored)
    assert [worse.table for worse in found] == ["mean of 3 tables"]


def test_missing_and_refused_figures_are_worse(bench, stored):
    for left in ({}, {"FromScratchNB": {"refused": "no"}}):
        found = copy.deepcopy(stored)
        found["tasks"]["classification"]["a"]["figures"] = left
        worse = bench.results.worse_figures(found, stored)
        assert "a" in {w.table for w in worse}
    del found["tasks"]["classification"]["a"]
    assert bench.results.worse_figures(found, stored) == []


def test_exit_code_of_the_check(bench, stored, tmp_path, monkeypatch, capsys):
    bench.results.write(stored, tmp_path / "0.1.json")
    bench.results.write(lowered(stored, 0.5), tmp_path / "0.0.9.json")

    def run(of):
        def give(options):
            for name, table in of["tasks"]["classification"].items():
                data = SimpleNamespace(
                    name=name, task="classification", about=table["about"]
                )
                yield "tasks", data, table["figures"]

        return give

    for found, code in [(stored, 0), (lowered(stored, 0.03), 1)]:
        monkeypatch.setattr(bench.main, "run", run(found))
        arguments = ["--quick", "--check", "--results", str(tmp_path)]
        assert bench.main.main(arguments) == code
    assert "FromScratchNB, classification, a: accuracy 0.8700, stored 0.9000" in (
        capsys.readouterr().out
    )


@pytest.mark.slow
def test_the_check_finds_a_lowered_figure(tmp_path):
    """To store a higher figure is the same as to measure a lower one."""
    (file,) = sorted((BENCHMARKS / "results").glob("*.json"))[-1:]
    raised = json.loads(file.read_text(encoding="utf-8"))
    figures = raised["tasks"]["regression"]["diabetes"]["figures"]["GDLinearModel"]
    figures["score"] = [value + 0.2 for value in figures["score"]]
    (tmp_path / file.name).write_text(json.dumps(raised), encoding="utf-8")
    script = str(BENCHMARKS / "real_tables.py")
    command = [sys.executable, script, "--quick", "--check", "--results", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    told = done.stdout.split("Worse than ")[1].splitlines()[1:]
    assert told[0].startswith("GDLinearModel, regression, diabetes: R2 ")
    # The mean over the tables may be worse by it too, and nothing else is.
    assert {line.split(", ")[0] for line in told} == {"GDLinearModel"}
    assert all(line.split(", ")[1] == "regression" for line in told)


# What is stored


def test_written_results_are_read_again(bench, stored, tmp_path):
    for version in ("0.10", "0.9", "0.1.0.dev0"):
        bench.results.write(stored, tmp_path / f"{version}.json")
    found = bench.results.all_versions(tmp_path)
    assert list(found) == ["0.1.0.dev0", "0.9", "0.10"]
    assert found["0.9"] == stored


def test_stored_results_are_of_all_tables(bench):
    newest = list(bench.results.all_versions().values())[-1]
    for task, names in bench.tables.TABLES.items():
        assert set(newest["tasks"][task]) == set(names)
        for table in newest["tasks"][task].values():
            assert set(table["figures"]) == set(bench.contenders.CONTENDERS[task])
    assert "node" not in newest["about"]
    assert not {"host", "path"} & set(newest["about"])


def test_figures_of_several_versions(bench):
    pytest.importorskip("matplotlib")
    from matplotlib.figure import Figure

    newest = list(bench.results.all_versions().values())[-1]
    lower = copy.deepcopy(newest)
    for tables in lower["tasks"].values():
        tables.popitem()
        for table in tables.values():
            for figures in table["figures"].values():
                figures["score"] = [value - 0.25 for value in figures["score"]]
    names, by_version = ("KMeans",), {"0.1": lower, "0.2": newest}
    first, second = bench.figures.history(by_version, names, "clustering")["KMeans"]
    # Of the tables that both have, so that the fall is the same on each.
    assert second - first == pytest.approx(0.25)
    figure = Figure()
    bench.figures.draw_versions(figure, by_version)
    assert len(figure.axes) == 8
    for ax in figure.axes:
        assert all(len(line.get_xdata()) == 2 for line in ax.lines)
    figure = Figure()
    bench.figures.draw_ranks(figure, newest)
    assert len(figure.axes) == 4


def test_report_names_the_losses(bench, capsys):
    assert bench.main.main(["--report"]) == 0
    told = capsys.readouterr().out
    for estimator in bench.results.PEERS:
        assert f"\n  {estimator}, " in told
    assert "Mean ranks, clustering, NMI, 10 tables" in told


# The page


@pytest.fixture
def page(monkeypatch):
    """Import the extension of the documentation that makes the page."""
    extensions = BENCHMARKS.parent / "docs" / "_ext"
    if not extensions.exists():
        pytest.skip("only in a checkout")
    pytest.importorskip("matplotlib")
    monkeypatch.syspath_prepend(str(extensions))
    yield importlib.import_module("peer_page")
    for name in ("peer_page", "benchmark_table", "pictures"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("SVDRegressor", ["SVD", "Regressor"]),
        ("GDLinearModel", ["GD", "Linear", "Model"]),
        ("BackpropMLP", ["Backprop", "MLP"]),
        ("KMeans", ["KMeans"]),
    ],
)
def test_names_may_be_broken_between_words(page, name, parts):
    assert page.breakable(name).split(page.ZERO_WIDTH_SPACE) == parts


def test_the_best_figures_are_bold(bench, page):
    found = results({"a": {"KMeans": [0.5], "SpectralClustering": [0.7]}}, "clustering")
    for key, expected in [("score", ["0.500", "**0.700**"]), ("loss", ["**0.500**"])]:
        by_table = bench.results.means(found, "clustering", key)
        (row,) = page.figures(by_table, found, "clustering", key)
        assert row[0] == "a, 9 x 2 x 3"
        assert row[1 : 1 + len(expected)] == expected


def test_the_page_has_every_loss_and_every_table(bench, page):
    newest = list(bench.results.all_versions().values())[-1]
    losses = page.losses(bench.results, newest)
    for comparison in bench.results.comparisons(newest):
        assert comparison.where in losses
    tables = page.tables(bench.results, newest)
    for names in bench.tables.TABLES.values():
        for name in names:
            assert f"   * - {name}, " in tables
