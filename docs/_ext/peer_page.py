"""Tables and figures of the page "Real tables", from what `benchmarks/` has stored.

`benchmarks/real_tables.py --save` keeps the figures of each version; the page shows
those of the newest, and means over all versions.
"""

import re
import sys
from collections import Counter
from functools import partial
from pathlib import Path

from benchmark_table import as_list_table, write
from pictures import draw_in_both_themes

TITLES = {
    "classification": "Classes",
    "regression": "Numbers",
    "clustering": "Clusters",
    "pictures": "Images",
}
"""Tasks, and what their sections are called."""

ZERO_WIDTH_SPACE = "\u200b"


def setup(app):
    """Connect to Sphinx, after the extension that makes the folder."""
    app.connect("builder-inited", write_page, priority=425)
    return {"parallel_read_safe": True}


def write_page(app):
    """Write what the page includes, and draw its figures."""
    benchmarks = Path(app.srcdir).parent / "benchmarks"
    sys.path.insert(0, str(benchmarks))
    try:
        import peer_figures
        import peer_results
    finally:
        sys.path.remove(str(benchmarks))
    by_version = peer_results.all_versions()
    newest, results = list(by_version.items())[-1]
    folder = Path(app.srcdir, "api")
    parts = {
        "about": about(newest, results),
        "losses": losses(peer_results, results),
        "remedies": remedies(peer_results, results),
        "ranks": ranks(peer_results, results),
        "tables": tables(peer_results, results),
        "preparation": preparation(results),
    }
    for name, text in parts.items():
        write(folder / f"peer_{name}.inc", text)
    pictures = Path(app.srcdir, "pictures")
    pictures.mkdir(exist_ok=True)
    figures_of = {
        "peer_ranks": partial(peer_figures.draw_ranks, results=results),
        "peer_versions": partial(peer_figures.draw_versions, by_version=by_version),
    }
    for name, draw in figures_of.items():
        sizes = {"font.size": 10, "axes.titlesize": 10}
        draw_in_both_themes(draw, pictures / f"{name}.png", **sizes)


def about(version, results):
    """Return a sentence on version, date and machine."""
    found = results["about"]
    packages = {"sklearn": "scikit-learn", "numpy": "NumPy", "scipy": "SciPy"}
    shown = [f"{packages.get(n, n)} {v}" for n, v in found["versions"].items()]
    left_out = ("skmath ", "joblib ", "threadpoolctl ")
    shown = [text for text in shown if not text.startswith(left_out)]
    splits = found["splits"].replace("to test", "of the rows for testing")
    n_tables = sum(len(tables) for task, tables in results["tasks"].items())
    n_tables -= len(results["tasks"].get("clustering", ()))
    return (
        f"Measured on {found['date'][:10]} with skmath {version}: {n_tables} tables. "
        f"Splits: {splits}. Times: CPU seconds of fit and prediction in "
        "one thread; the estimators ran in turn, while other programs were running. "
        f"Machine: {found['cores']} cores, {found['cpu']}, {found['system']}. "
        f"Versions: Python {found['python']}, {', '.join(shown)}.\n"
    )


def losses(peer_results, results):
    """Return a table of how often an estimator is better and worse, and where worse."""
    rows = []
    for c in peer_results.comparisons(results):
        if c.n_tables:
            both = f"{breakable(c.estimator)} against {breakable(c.peer)}"
            measure = peer_results.MEASURES[c.task][c.key]
            counts = f"{len(c.wins)} and {len(c.losses)} of {c.n_tables}"
            rows.append([both, measure, counts, c.where])
    header = ["estimators", "measure", "better and worse", "worse on, mean difference"]
    return compact(as_list_table(rows, header))


def remedies(peer_results, results):
    """Return a table of what settings bring that were found to help."""
    rows = [
        [
            breakable(row.estimator),
            f"``{row.setting}``",
            row.table,
            row.measure,
            *(f"{v:.3f}" for v in (row.default, row.with_setting, row.best_peer)),
        ]
        for row in peer_results.remedied(results)
    ]
    header = ["estimator", "setting", "table", "measure", "default", "with setting"]
    header += ["best of the others"]
    return compact(as_list_table(rows, header))


def ranks(peer_results, results):
    """Return a sentence with the mean ranks of each task and figure."""
    lines = []
    for task, measures in peer_results.MEASURES.items():
        for key, measure in measures.items():
            by_name, n_tables = peer_results.mean_ranks(results, task, key)
            if not n_tables:
                continue
            shown = ", ".join(f"{name} {rank:.2f}" for name, rank in by_name.items())
            lines.append(
                f"- {TITLES[task]}, {measure}, {n_tables} tables: {shown}. Critical "
                "difference "
                f"{peer_results.critical_difference(len(by_name), n_tables):.2f}."
            )
    return "\n".join(lines) + "\n"


def tables(peer_results, results):
    """Return headings and tables of all figures."""
    parts = []
    for task, measures in peer_results.MEASURES.items():
        if task not in results["tasks"]:
            continue
        parts.append(f"{TITLES[task]}\n{'^' * len(TITLES[task])}\n")
        for key, measure in measures.items():
            below = seconds(results, task) if key == "score" else []
            rows = figures(peer_results.means(results, task, key), results, task, key)
            names = contenders(results, task)
            header = ["table and size", *map(breakable, names)]
            parts.append(f"{measure[0].upper()}{measure[1:]}; the best is bold.\n")
            parts.append(compact(as_list_table([*rows, *below], header)))
    return "\n".join(parts)


def figures(by_table, results, task, key):
    """Return a row for each table: name, size and figures, the best in bold."""
    best = min if key == "loss" else max
    rows = []
    for name, found in by_table.items():
        about = results["tasks"][task][name]["about"]
        size = " x ".join(f"{n:,}" for n in about.values() if isinstance(n, int))
        shown = {n: f"{value:.3f}" for n, value in found.items()}
        top = f"{best(found.values()):.3f}"
        shown = {n: f"**{text}**" if text == top else text for n, text in shown.items()}
        cells = [shown.get(n, "refused") for n in contenders(results, task)]
        rows.append([f"{name}, {size}", *cells])
    return rows


def seconds(results, task):
    """Return a row with the seconds of a split of each table, added."""
    sums = [
        sum(
            table["figures"].get(name, {}).get("seconds", 0.0)
            for table in results["tasks"][task].values()
        )
        for name in contenders(results, task)
    ]
    return [["seconds, one split of each table", *(f"{value:.2g}" for value in sums)]]


def contenders(results, task):
    """Return the names of all that take part in a task."""
    found = (table["figures"] for table in results["tasks"][task].values())
    return list(dict.fromkeys(name for of_table in found for name in of_table))


def preparation(results):
    """Return a table of what is done for each contender, and how often it warned."""
    rows = [
        [breakable(name), text, warnings(results, name)]
        for name, text in results["about"]["preparation"].items()
    ]
    return as_list_table(rows, ["estimator", "preparation, settings", "warnings"])


def warnings(results, name):
    """Return the categories of a contender's warnings, and on how many tables."""
    counts = Counter(
        category
        for tables in results["tasks"].values()
        for table in tables.values()
        for category in table["figures"].get(name, {}).get("warned", ())
    )
    return ", ".join(
        f"{breakable(category)} on {count} {'table' if count == 1 else 'tables'}"
        for category, count in sorted(counts.items())
    )


def breakable(name):
    """Return a name that may be broken before its capital letters."""
    place = r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z]{2})(?=[A-Z][a-z])"
    return re.sub(place, ZERO_WIDTH_SPACE, name)


def compact(table):
    """Return a table whose columns are narrow."""
    return table.replace(":class: figures", ":class: figures compact")
