"""What the stored figures of the 40 tables say: ranks, losses, and what got worse.

Results are kept in `results/`, a JSON file for each version of skmath. They are nested
by task, table and contender; see `peer_measures.measure_table` for the innermost.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from packaging.version import Version
from scipy.stats import rankdata, studentized_range

RESULTS = Path(__file__).parent / "results"

PEERS = {
    "SVDRegressor": {"regression": ("LinearRegression", "RidgeCV")},
    "GDLinearModel": {
        "regression": ("Ridge",),
        "classification": ("LogisticRegression",),
    },
    "BackpropMLP": {
        "regression": ("MLP of scikit-learn", "HistGradientBoosting"),
        "classification": ("MLP of scikit-learn", "HistGradientBoosting"),
    },
    "FromScratchNB": {"classification": ("GaussianNB or CategoricalNB",)},
    "LaplacianSpectralClustering": {"clustering": ("SpectralClustering", "KMeans")},
    "EigenfaceClassifier": {"pictures": ("PCA + 1-NN",)},
}
"""The six, and whom each is compared with in each task."""

MEASURES = {
    "classification": {"score": "accuracy", "loss": "log-loss"},
    "regression": {"score": "R2"},
    "clustering": {"score": "NMI"},
    "pictures": {"score": "accuracy"},
}
"""Of each task, what the two figures are called."""

CONFIDENCE = 0.95
"""Of the critical difference of mean ranks."""

ERRORS = 2
"""Standard errors of a mean over splits by which a figure may get worse."""

# Reading and writing


def all_versions(folder=RESULTS):
    """Return the stored results by version, the oldest first.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    dict of str to dict
    """
    files = sorted(folder.glob("*.json"), key=lambda file: Version(file.stem))
    return {file.stem: json.loads(file.read_text("utf-8")) for file in files}


def write(results, file):
    """Write results with one line for each contender on each table.

    Parameters
    ----------
    results : dict
    file : Path
    """
    about = json.dumps(results["about"], indent=1)
    parts = [f'{{"about": {about}']
    for section in ("tasks", "remedies"):
        if section in results:
            by_task = [
                f" {json.dumps(task)}: {_of_tables(tables)}"
                for task, tables in results[section].items()
            ]
            parts.append(f'"{section}": {{\n' + ",\n".join(by_task) + "}")
    file.parent.mkdir(exist_ok=True)
    file.write_text(",\n".join(parts) + "}\n", encoding="utf-8")


def _of_tables(tables):
    """Return tables as JSON, with a line for each contender."""
    entries = []
    for name, table in tables.items():
        figures = [f"    {json.dumps(n)}: {json.dumps(f)}" for n, f in _items(table)]
        about = json.dumps(table["about"])
        entries.append(
            f'  {json.dumps(name)}: {{"about": {about}, "figures": {{\n'
            + ",\n".join(figures)
            + "}}"
        )
    return "{\n" + ",\n".join(entries) + "}"


def _items(table):
    return table["figures"].items()


# Means and ranks


def means(results, task, key="score"):
    """Return the mean over splits by table and contender; refusals are left out.

    Parameters
    ----------
    results : dict
    task : str
    key : {"score", "loss"}

    Returns
    -------
    dict of str to dict of str to float
    """
    return {
        name: {n: float(np.mean(f[key])) for n, f in _items(table) if key in f}
        for name, table in results["tasks"].get(task, {}).items()
    }


def mean_ranks(results, task, key="score"):
    """Return the mean rank of each contender of a task, 1 is best, and the tables.

    Tables that a contender refuses are left out. Equal figures share their ranks.

    Parameters
    ----------
    results : dict
    task : str
    key : {"score", "loss"}

    Returns
    -------
    ranks : dict of str to float
        The best first.
    n_tables : int
    """
    by_table = means(results, task, key)
    names = list(dict.fromkeys(n for by_name in by_table.values() for n in by_name))
    shared = [by_name for by_name in by_table.values() if set(by_name) == set(names)]
    sign = 1 if key == "loss" else -1
    # Sums of rounded numbers differ in their last digits, and are equal.
    figures = np.round([[sign * by_name[n] for n in names] for by_name in shared], 6)
    ranks = rankdata(figures.reshape(-1, len(names)), axis=1).mean(axis=0)
    order = np.argsort(ranks, kind="stable")
    return {names[i]: float(ranks[i]) for i in order}, len(shared)


def critical_difference(n_contenders, n_tables):
    r"""Return by how much mean ranks differ that are not equal, by Nemenyi's test.

    :math:`q \sqrt{k (k + 1) / (6 N)}`, where q is the quantile of the studentised range
    over the square root of 2: J. Demšar, Statistical comparisons of classifiers over
    multiple data sets, Journal of Machine Learning Research 7, 2006.

    Parameters
    ----------
    n_contenders, n_tables : int

    Returns
    -------
    float
    """
    q = studentized_range.ppf(CONFIDENCE, n_contenders, np.inf) / np.sqrt(2)
    return float(q * np.sqrt(n_contenders * (n_contenders + 1) / (6 * n_tables)))


# Losses


@dataclass(frozen=True)
class Comparison:
    """An estimator and one of its peers, by one figure over the tables of a task.

    Parameters
    ----------
    estimator, peer, task, key : str
    wins, losses : dict of str to float
        Tables on which one of the two is better on each of the splits, and by how
        much on average; the largest difference first.
    n_tables : int
    """

    estimator: str
    peer: str
    task: str
    key: str
    wins: dict
    losses: dict
    n_tables: int

    @property
    def where(self):
        """Tables on which the estimator is worse, and by how much, as text."""
        shown = {n: f"{by:.3f}" for n, by in self.losses.items()}
        shown |= {n: "<0.001" for n, text in shown.items() if text == "0.000"}
        return ", ".join(f"{name} {by}" for name, by in shown.items())


def comparisons(results):
    """Return the comparisons of all estimators with their peers.

    Parameters
    ----------
    results : dict

    Returns
    -------
    list of Comparison
    """
    return [
        compare(results, estimator, peer, task, key)
        for estimator, tasks in PEERS.items()
        for task, peers in tasks.items()
        for peer in peers
        for key in MEASURES[task]
    ]


def compare(results, estimator, peer, task, key):
    """Return the comparison of an estimator with one peer by one figure."""
    wins, losses, n_tables = {}, {}, 0
    for name, table in results["tasks"].get(task, {}).items():
        ours, theirs = (table["figures"].get(n, {}) for n in (estimator, peer))
        if key not in ours or key not in theirs:
            continue
        n_tables += 1
        better = np.subtract(ours[key], theirs[key])
        better = -better if key == "loss" else better
        if (better > 0).all():
            wins[name] = float(better.mean())
        if (better < 0).all():
            losses[name] = float(-better.mean())
    wins, losses = (
        dict(sorted(d.items(), key=lambda i: -i[1])) for d in (wins, losses)
    )
    return Comparison(estimator, peer, task, key, wins, losses, n_tables)


@dataclass(frozen=True)
class Remedied:
    """The default, a setting that was found to help, and the best peer, on a table."""

    estimator: str
    setting: str
    table: str
    measure: str
    default: float
    with_setting: float
    best_peer: float


def remedied(results):
    """Return what settings bring that were found to help where the defaults lose.

    Parameters
    ----------
    results : dict

    Returns
    -------
    list of Remedied
        By log-loss where there is one.
    """
    rows = []
    for task, tables in results.get("remedies", {}).items():
        key = list(MEASURES[task])[-1]
        best = min if key == "loss" else max
        defaults = means(results, task, key)
        for name, table in tables.items():
            for label, figures in _items(table):
                estimator, setting = label.split(": ")
                peers = PEERS[estimator][task]
                rows.append(
                    Remedied(
                        *(estimator, setting, name, MEASURES[task][key]),
                        default=defaults[name][estimator],
                        with_setting=float(np.mean(figures[key])),
                        best_peer=best(defaults[name][peer] for peer in peers),
                    )
                )
    return rows


# What got worse


@dataclass(frozen=True)
class Worse:
    """A figure that is worse than the stored one by more than its tolerance."""

    contender: str
    task: str
    table: str
    measure: str
    stored: float
    measured: float
    tolerance: float

    def __str__(self):
        """Return one line."""
        return (
            f"{self.contender}, {self.task}, {self.table}: {self.measure} "
            f"{self.measured:.4f}, stored {self.stored:.4f}, "
            f"tolerance {self.tolerance:.4f}"
        )


def worse_figures(measured, stored):
    """Return the figures of skmath's estimators that are worse than the stored ones.

    A table's mean over splits may be worse by two standard errors of it, and so may the
    mean over all tables of a task. The standard deviation over splits is that of the
    stored figures, or the median of all tables if that is larger: of three splits one
    may be small by chance. Figures that are missing or refused are worse.

    Parameters
    ----------
    measured, stored : dict
        Results; tables that were not measured are not compared.

    Returns
    -------
    list of Worse
    """
    return [
        worse
        for estimator, tasks in PEERS.items()
        for task in tasks
        for key, measure in MEASURES[task].items()
        for worse in _worse(measured, stored, estimator, task, key, measure)
    ]


def _worse(measured, stored, estimator, task, key, measure):
    """Yield what got worse of one estimator, by one figure."""
    was = {
        name: table["figures"][estimator][key]
        for name, table in stored["tasks"].get(task, {}).items()
        if name in measured["tasks"].get(task, {})
        and key in table["figures"].get(estimator, {})
    }
    if not was:
        return
    now = {n: measured["tasks"][task][n]["figures"].get(estimator, {}) for n in was}
    now = {n: np.mean(figures.get(key, np.nan)) for n, figures in now.items()}
    spread = {n: np.std(values, ddof=1) for n, values in was.items()}
    usual = np.median(list(spread.values()))
    error = {n: max(spread[n], usual) / np.sqrt(len(was[n])) for n in was}
    was = {n: np.mean(values) for n, values in was.items()}
    over_all = f"mean of {len(was)} tables"
    was[over_all], now[over_all] = (np.mean(list(d.values())) for d in (was, now))
    error[over_all] = np.linalg.norm(list(error.values())) / len(error)
    sign = -1 if key == "loss" else 1
    for name, value in was.items():
        tolerance = float(ERRORS * error[name])
        # The opposite of "not worse", so that NaN is worse.
        if not sign * (now[name] - value) >= -tolerance:
            values = (float(value), float(now[name]), tolerance)
            yield Worse(estimator, task, name, measure, *values)
