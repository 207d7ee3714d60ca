"""The benchmark of networks on real tables, on tables that are made here."""

import importlib
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, log_loss, r2_score, root_mean_squared_error

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def bench():
    """Import the script, which is no part of the package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        yield importlib.import_module("network_tables")


@pytest.fixture
def made(bench, monkeypatch):
    """Put two tables of 90 rows in place of the real ones."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(90, 2)), columns=["a", "b"])
    y = {"classes": (X["a"] > 0).to_numpy(int), "numbers": (X["a"] - X["b"]).to_numpy()}

    def table(name):
        data = SimpleNamespace(name=name, X=X, y=y[name].copy(), size="90 x 2")
        return data, name == "classes"

    monkeypatch.setattr(bench, "table", table)
    return y


class Constant:
    """Predicts the shares of the classes, or the mean."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.shares = np.mean(y[:, None] == self.classes_, axis=0)
        self.mean = np.mean(y)
        return self

    def predict_proba(self, X):
        return np.tile(self.shares, (len(X), 1))

    def predict(self, X):
        return np.full(len(X), self.mean)


def constant(X, is_class, seed):
    return Constant(), X


def absent(X, is_class, seed):
    return None


def strict(X, is_class, seed):
    class Strict(Constant):
        def fit(self, X, y):
            raise ValueError("it takes no table\nof this kind")

    return Strict(), X


def test_no_row_is_trained_on_and_predicted(bench):
    for n, sizes in {100: (70, 30), 5000: (3000, 2000), 20_000: (3000, 4000)}.items():
        train, test = bench.split(n, 0)
        assert (len(train), len(test)) == sizes
        assert len(np.intersect1d(train, test)) == 0
        assert not np.array_equal(train, bench.split(n, 1)[0])


def test_figures_are_those_of_scikit_learn(bench, made):
    for name, y in made.items():
        data, is_class = bench.table(name)
        figures, told = bench.measure(constant, data, is_class, 0)
        train, test = bench.split(90, 0)
        model = Constant().fit(data.X.iloc[train], y[train])
        if is_class:
            P = model.predict_proba(data.X.iloc[test])
            expected = accuracy_score(y[test], P.argmax(axis=1)), log_loss(y[test], P)
        else:
            z = model.predict(data.X.iloc[test])
            error = root_mean_squared_error(y[test], z)
            expected = r2_score(y[test], z), error / y[test].std()
        assert (figures["score"], figures["loss"]) == pytest.approx(expected)
        assert told == set()


def test_a_model_that_takes_no_such_table_is_left_out(bench, made):
    data, is_class = bench.table("classes")
    assert bench.measure(absent, data, is_class, 0) == (None, {})
    assert bench.measure(strict, data, is_class, 0) == (None, {"it takes no table"})


@pytest.mark.parametrize("is_class", [True, False])
def test_contenders_learn_a_table_of_strings_and_holes(bench, is_class):
    rng = np.random.default_rng(1)
    n = 200
    X = pd.DataFrame({"number": rng.normal(size=n), "text": rng.choice(list("uvw"), n)})
    signal = X["number"].to_numpy() + 2 * (X["text"] == "u").to_numpy()
    X.loc[:9, "number"] = np.nan
    X.loc[10:19, "text"] = None
    y = (signal > 0.7).astype(int) if is_class else signal
    data = SimpleNamespace(X=X, y=y)
    for make in (bench.gradient_boosting, bench.scaled_network, bench.network):
        figures, _ = bench.measure(make, data, is_class, 0)
        assert figures["score"] > (0.8 if is_class else 0.6)


def test_ranks_are_over_what_all_have(bench):
    def figures(score, loss):
        return {"score": score, "loss": loss, "seconds": 1.0}

    found = {
        "one": {0: {"A": figures(0.9, 0.3), "B": figures(0.8, 0.2)}},
        "two": {0: {"A": figures(0.7, 0.3), "B": None}, 1: {"A": figures(0.7, 0.3)}},
        "three": {0: {"A": figures(0.9, 0.3), "B": figures(0.9, 0.1)}},
    }
    scores, losses, n_tables = bench.mean_ranks(found, ["A", "B"])
    np.testing.assert_allclose(scores, [1.25, 1.75])
    np.testing.assert_allclose(losses, [2, 1])
    assert n_tables == 2
    assert bench.mean_ranks(found, ["A", "C"]) is None


def test_ratios_are_means_over_tables(bench):
    def figures(loss):
        return {"score": 1 - loss, "loss": loss, "seconds": 1.0}

    found = {
        "one": {0: {"A": figures(0.1), "B": figures(0.2)}},
        "two": {seed: {"A": figures(0.1), "B": figures(0.1)} for seed in range(3)},
    }
    for key in ("error", "loss"):
        mean, error = bench.mean_log_ratio(found, "B", "A", key, list(found))
        assert mean == pytest.approx(np.log(2) / 2)
        assert error == pytest.approx(np.log(2) / 2)


def test_it_prints_its_tables_and_goes_on_from_earlier_figures(
    bench, made, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(bench, "TABLES", ("classes", "numbers"))
    monkeypatch.setattr(bench, "CONTENDERS", {"A": constant, "B": constant})
    path = tmp_path / "figures.json"
    bench.main(["--seeds", "2", "--json", str(path), "--markdown"])
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith(("classes  ", "numbers  ")) for line in lines) == 8
    assert lines[-5].split(" | ")[-2:] == ["A", "B |"]
    assert lines[-1].startswith("| mean rank | 2 tables | 1.50 / 1.50 | 1.50 / 1.50 |")
    sizes = json.loads(path.read_text(encoding="utf-8"))["sizes"]
    assert sizes == {"classes": ["90 x 2", True], "numbers": ["90 x 2", False]}
    bench.main(["--seeds", "2", "--earlier", str(path), "--markdown"])
    assert capsys.readouterr().out.splitlines() == lines[-5:]


def test_it_prints_the_ablation(bench, made, capsys, monkeypatch):
    def classes_only(X, is_class, seed):
        return constant(X, is_class, seed) if is_class else None

    monkeypatch.setattr(bench, "OTHER_CLASSES", ("classes",))
    monkeypatch.setattr(bench, "OTHER_NUMBERS", ("numbers",))
    monkeypatch.setattr(bench, "ABLATION", {"A": constant, "B": classes_only})
    bench.main(["--seeds", "1", "--ablation", "--markdown"])
    *_, header, _, row = capsys.readouterr().out.splitlines()
    assert header == "| | share of errors | log-loss | RMSE | both losses | seconds |"
    assert row.startswith("| B | +0.000 ± nan | +0.000 ± nan |  | +0.000 ± nan | x ")
