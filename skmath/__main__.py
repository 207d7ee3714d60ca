"""Compare the estimators of skmath with scikit-learn's on real data.

A grid search with cross-validation tunes a pipeline with each estimator, and one with
its nearest counterpart in scikit-learn on the same folds. The column "dummy" is the
score of a model that ignores X: it predicts the most frequent class or the mean, or
puts all rows into one cluster.
"""

import argparse
import functools
import io
import json
import sys
import time
import warnings
from pathlib import Path

from sklearn.base import is_classifier, is_clusterer
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline

import skmath
from skmath._tour.registry import entries
from skmath._tour.table import HEADER, heading, line
from skmath._tour.web_page import DPI, web_page


def main(arguments=None):
    """Run the tour and return the exit code.

    Parameters
    ----------
    arguments : list of str, default=None
        Command-line arguments; None means those of the process.

    Returns
    -------
    int
        0; 1 if a data set is not available; 2 if the arguments are invalid.
    """
    options = parse(arguments)
    chosen = [entry for entry in entries() if entry.name in options.only]
    # On a terminal, progress bars come first and the table follows when they are done;
    # otherwise each line is printed as soon as it is known.
    held: list[str] = []
    say = held.append if progress() else functools.partial(print, flush=True)
    say(HEADER)
    say("-" * len(HEADER))
    rows, figures, failed, above = [], [], False, None
    for entry in chosen:
        drawable = None
        for task in entry.tasks():
            try:
                row, *drawable = run(entry, task)
            except OSError as error:
                # The data set is not installed and cannot be downloaded.
                print(f"{task.data}: {error}", file=sys.stderr, flush=True)
                failed = True
                continue
            rows.append(row)
            if heading(row) != above:
                say(above := heading(row))
            say(line(row))
            for warning in row["warnings"]:
                say(f"    {warning}")
        if drawable and options.plots:
            say(f"  {save(options.plots, entry, *drawable)}")
        if drawable and options.html:
            caption = f"{entry.display} of {entry.name}, {rows[-1]['data']}"
            figures.append((caption, light_and_dark(entry, *drawable)))
    for text in held:
        print(text)
    if options.json:
        options.json.write_text(json.dumps(report(rows), indent=2) + "\n")
    if options.html:
        options.html.write_text(web_page(report(rows), figures), encoding="utf-8")
    return int(failed)


def parse(arguments):
    """Return the command line's options, or exit with code 2 and a one-line error."""
    names = [entry.name for entry in entries()]
    parser = OneLineParser(prog="python -m skmath", description=__doc__)
    parser.add_argument(
        "--only",
        metavar="NAME",
        action="append",
        help=f"run only this estimator; may be repeated. Names: {', '.join(names)}",
    )
    parser.add_argument(
        "--plots",
        metavar="DIR",
        type=Path,
        help="save a figure of each estimator to DIR",
    )
    parser.add_argument(
        "--json", metavar="FILE", type=Path, help="save the table to FILE as JSON"
    )
    parser.add_argument(
        "--html",
        metavar="FILE",
        type=Path,
        help="save the table and the figures to FILE as one web page",
    )
    options = parser.parse_args(arguments)
    by_lower_case = {name.lower(): name for name in names}
    asked = options.only or names
    unknown = [name for name in asked if name.lower() not in by_lower_case]
    if unknown:
        parser.error(f"unknown estimator {unknown[0]!r}; the estimators are {names}")
    options.only = [by_lower_case[name.lower()] for name in asked]
    try:
        prepare_outputs(options)
    except (OSError, ImportError) as error:
        parser.error(str(error))
    return options


class OneLineParser(argparse.ArgumentParser):
    """Parser whose errors are one line, without the usage."""

    def error(self, message):
        """Exit with code 2 and the message."""
        self.exit(2, f"{self.prog}: {message}\n")


def prepare_outputs(options):
    """Check before the work that its results can be drawn and saved."""
    if options.plots or options.html:
        try:
            import matplotlib
        except ImportError as error:
            raise ImportError(
                "--plots and --html require matplotlib, which cannot be imported: "
                'pip install "skmath[plot]".'
            ) from error
        matplotlib.use("Agg")
    if options.plots:
        options.plots.mkdir(parents=True, exist_ok=True)
        probe = options.plots / ".writable"
        probe.touch()
        probe.unlink()
    for file in filter(None, (options.json, options.html)):
        file.touch()


def run(entry, task):
    """Tune our pipeline and the counterpart on the same folds.

    Returns
    -------
    row : dict
        Contents of a row of the table and of the JSON file.
    search : GridSearchCV
        The fitted grid search of our pipeline.
    X : array
    """
    X, y = task.load()
    cv = task.cv(X) if callable(task.cv) else task.cv
    found, warned = [], []
    for pipeline, grid in ((task.ours, task.grid), (task.peer, task.peer_grid)):
        search = GridSearchCV(pipeline, grid, scoring=task.scoring, cv=cv)
        search.set_callbacks(*progress())
        start = time.perf_counter()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            search.fit(X, y)
        found.append((search, time.perf_counter() - start))
        warned += sorted(
            {f"{type(pipeline[-1]).__name__}: {w.message}" for w in caught}
        )
    (ours, our_seconds), (theirs, their_seconds) = found
    row = {
        "data": task.data,
        "rows": X.shape[0],
        "columns": X.shape[1],
        "estimator": entry.name,
        "counterpart": " + ".join(
            type(step).__name__ for _, step in task.peer.steps[-2:] if is_model(step)
        ),
        "metric": task.metric,
        "score": float(ours.best_score_),
        "counterpart_score": float(theirs.best_score_),
        "baseline_score": baseline(task, X, y, cv),
        "seconds": our_seconds,
        "counterpart_seconds": their_seconds,
        "parameters": ours.best_params_,
        "counterpart_parameters": theirs.best_params_,
        "warnings": warned,
    }
    return row, ours, X


def baseline(task, X, y, cv):
    """Return the mean score, on the same folds, of a model that ignores X."""
    if is_clusterer(task.peer):
        return 0.0  # one cluster has no information about y
    dummy = DummyClassifier() if is_classifier(task.peer) else DummyRegressor()
    scores = cross_val_score(make_pipeline(dummy), X, y, cv=cv, scoring=task.scoring)
    return float(scores.mean())


def is_model(step):
    """Return whether a step is part of the model, not preprocessing."""
    return not type(step).__module__.startswith(
        ("sklearn.preprocessing", "sklearn.feature_selection")
    )


def progress():
    """Return scikit-learn's progress bar on a terminal that can show it, else none."""
    if not sys.stdout.isatty():
        return []
    from sklearn.callback import ProgressBar

    try:
        return [ProgressBar(max_propagation_depth=0)]
    except ImportError:  # rich is optional; the lines of the table also show progress
        return []


def draw(entry, search, X):
    """Return the figure of an entry's best estimator."""
    import skmath.display

    display = getattr(skmath.display, entry.display)
    shown = display.from_estimator(
        search.best_estimator_, X, **entry.display_options(X)
    )
    return shown.figure_


def save(folder, entry, search, X):
    """Write the figure of an entry and return its path."""
    path = folder / f"{entry.name}.png"
    draw(entry, search, X).savefig(path, dpi=120)
    return path


def light_and_dark(entry, search, X):
    """Return the figure of an entry as PNG, for a light and for a dark page."""
    import matplotlib.pyplot as plt

    pictures = []
    for style in ("default", "dark_background"):
        with plt.style.context(style, after_reset=True):
            figure, picture = draw(entry, search, X), io.BytesIO()
            figure.savefig(picture, dpi=DPI, format="png")
            plt.close(figure)
        pictures.append(picture.getvalue())
    return pictures


def report(rows):
    """Return the contents of the JSON file."""
    import numpy
    import scipy
    import sklearn

    versions = {m.__name__: m.__version__ for m in (skmath, sklearn, numpy, scipy)}
    return {"versions": versions, "rows": rows}


if __name__ == "__main__":
    sys.exit(main())
