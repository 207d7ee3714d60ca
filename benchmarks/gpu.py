"""Time fits and predictions of PyTorch's tensors against those of NumPy's arrays.

Each configuration of the registry that declares array namespaces is fitted and predicts
the same rows in both, the tensors on the graphics card if there is one and on the
processor if not. Estimators that compute on the host anyway gain nothing. The exit code
is 1 if predictions disagree or a configuration fails.
"""

import os

# Before SciPy is imported: without it scikit-learn refuses to dispatch.
os.environ.setdefault("SCIPY_ARRAY_API", "1")

import importlib
import json
import statistics
import sys
import textwrap
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from compare import OneLineParser, cpu_model, machine, width
from sklearn.base import clone, is_classifier, is_clusterer
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_rand_score
from sklearn.utils import get_tags

from skmath import _arrays
from skmath._tour.registry import entries

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)

QUICK_SIZES = (500,)

REPEATS = 3
"""Timed runs after a warm-up, as far as the patience goes."""

PATIENCE = 60
"""Seconds that one run of both may be expected to take at the next size."""

ALL_PAIRS = 10_000
"""Rows that a clusterer without landmarks is given at most: it may hold all pairs."""

EPOCHS = 10
"""Of a network: longer training multiplies rounding until the labels differ."""

RTOL = 1e-4
"""Relative difference that predicted numbers may have."""

ATOL = 1e-6
"""The same of the largest of them, for those near zero."""

SAME_LABELS = 0.999
"""Share of the labels that have to be equal."""

SETTINGS = {
    "SVDRegressor": [{"n_components": 2}, {"alpha": 1.0}, {"solver": "qr"}],
    "LaplacianSpectralClustering": [{"n_landmarks": 40}],
    "GDLinearModel": [{"loss": "log_loss"}, {"loss": "poisson"}, {"penalty": "l1"}],
    "BackpropMLP": [{"loss": "squared_error", "activation": "tanh"}],
    "FromScratchNB": [{"distribution": "gaussian"}, {"distribution": "multinomial"}],
}
"""What is compared besides the defaults, by the estimator's name."""


@dataclass(frozen=True)
class Place:
    """Where arrays lie.

    Parameters
    ----------
    name : str
        What the table calls it.
    put : callable
        Returns a NumPy array as one that lies there.
    wait : callable
        Returns once everything there has been computed.
    """

    name: str
    put: Any
    wait: Any


HOST = Place("NumPy", lambda array: array, lambda: None)


def main(arguments=None):
    """Run the benchmark and return the exit code.

    Parameters
    ----------
    arguments : list of str, default=None
        Of the command line; None takes the process's.

    Returns
    -------
    int
        0, also without PyTorch; 1 if predictions disagree or a configuration failed; 2
        if the arguments cannot be used.
    """
    options = parse(arguments)
    torch = find_torch()
    if torch is None:
        print("PyTorch is not installed, nothing is compared: pip install torch")
        return 0
    place, device = torch_place(torch)
    print(f"PyTorch {torch.__version__} on {device}", flush=True)
    line = layout(options.chosen)
    print(line(*HEADER), flush=True)
    rows = []
    for estimator, parameters in options.chosen:
        for row in compare_sizes(estimator, place, options):
            row = {"estimator": type(estimator).__name__} | {
                "parameters": parameters,
                **row,
            }
            print(line(*as_cells(row)), flush=True)
            rows.append(row)
    if options.json:
        found = {"machine": machine(), "torch": torch.__version__, "device": device}
        found |= {"dtype": options.dtype, "repeats": options.repeats, "rows": rows}
        options.json.write_text(json.dumps(found, indent=2) + "\n")
    return int(any(row["agrees"] is False for row in rows))


# The command line


def parse(arguments):
    """Return the command line's options, or exit with code 2 and one clear line."""
    parser = OneLineParser(description=__doc__)
    parser.add_argument("--sizes", metavar="N", type=int, nargs="+", help="rows of X")
    parser.add_argument(
        "--columns", metavar="N", type=int, default=20, help="by default %(default)s"
    )
    parser.add_argument(
        "--dtype", choices=["float64", "float32"], default="float64", help="of X"
    )
    parser.add_argument(
        "--patience",
        metavar="SECONDS",
        type=float,
        default=PATIENCE,
        help="leave out larger sizes that would take longer than this for one run of "
        "both, were the time proportional to the rows (%(default)s)",
    )
    parser.add_argument(
        "--json", metavar="FILE", type=Path, help="write figures and machine there too"
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help=f"{QUICK_SIZES[0]} rows and one run: not for reporting",
    )
    parser.add_argument(
        "--only",
        metavar="NAME",
        action="append",
        help="run one estimator; may be repeated",
    )
    options = parser.parse_args(arguments)
    options.sizes = sorted(options.sizes or (QUICK_SIZES if options.quick else SIZES))
    options.repeats = 1 if options.quick else REPEATS
    options.chosen = choose(parser, options.only)
    if options.sizes[0] < 100:
        parser.error(f"--sizes must be 100 or more, got {options.sizes[0]}")
    if options.columns < 2:
        parser.error(f"--columns must be 2 or more, got {options.columns}")
    if options.json:
        # Found out before the work, not after it.
        try:
            options.json.touch()
        except OSError as error:
            parser.error(str(error))
    return options


def choose(parser, names):
    """Return (estimator, its parameters as text) of all, or of the estimators named."""
    entries_by_name = {entry.name.lower(): entry for entry in entries()}
    for name in names or ():
        if name.lower() not in entries_by_name:
            parser.error(
                f"no estimator is called {name!r}; there are "
                + ", ".join(entry.name for entry in entries_by_name.values())
            )
    requested = {name.lower() for name in names or entries_by_name}
    return [
        prepared(entry.estimator(), params)
        for name, entry in entries_by_name.items()
        if name in requested
        for params in ({}, *SETTINGS.get(entry.name, ()))
    ]


def prepared(estimator, params):
    """Return the estimator, its fit the same each time, and its parameters as text."""
    names = estimator.get_params()
    if "hidden_layer_sizes" in names:
        params = {**params, "max_iter": EPOCHS}
    estimator.set_params(**params)
    if "random_state" in names:
        estimator.set_params(random_state=0)
    text = ", ".join(f"{name}={value!r}" for name, value in params.items())
    return estimator, text or "default"


# PyTorch


def find_torch():
    """Return PyTorch's module, None where it is not installed."""
    try:
        return importlib.import_module("torch")
    except ImportError:
        return None


def torch_place(torch):
    """Return the place of tensors and what its device is called."""
    if torch.cuda.is_available():
        device, wait = "cuda", torch.cuda.synchronize
        name = f"cuda: {torch.cuda.get_device_name()}"
    else:
        device, wait = "cpu", HOST.wait
        name = f"cpu, there is no graphics card: {cpu_model()}"
    return Place("torch", lambda a: torch.asarray(a, device=device), wait), name


# Data


def data_for(estimator, n, p, dtype):
    """Return X, y that the estimator can be fitted on: three overlapping groups."""
    rng = np.random.default_rng(0)
    tags = get_tags(estimator)
    centres = rng.normal(size=(3, p)) * (3 if is_clusterer(estimator) else 0.5)
    group = np.arange(n) % 3
    X = centres[group] + rng.normal(size=(n, p))
    if tags.input_tags.categorical:
        X = np.round(X)
    elif tags.input_tags.positive_only:
        X = np.abs(X)
    X = X.astype(dtype)
    if is_classifier(estimator) or is_clusterer(estimator):
        return X, group
    y = X @ rng.normal(size=p) / p**0.5 + 0.1 * rng.normal(size=n) + 5
    return X, (np.abs(y) if tags.target_tags.positive_only else y).astype(dtype)


# Seconds


def compare_sizes(estimator, place, options):
    """Yield what the JSON holds of each size, the estimator's name left to the caller.

    Parameters
    ----------
    estimator : estimator
        Unfitted; it is cloned for each run.
    place : Place
        What is compared with `HOST`.
    options : argparse.Namespace
        With sizes, columns, dtype, patience and repeats.

    Yields
    ------
    dict
    """
    expected_per_row = 0.0
    for n in options.sizes:
        reason = None
        if n > max_rows(estimator):
            reason = f"left out: more than {max_rows(estimator):,} rows in all pairs"
        elif n * expected_per_row > options.patience:
            reason = f"left out: more than {options.patience:g} s expected"
        if reason:
            yield {"rows": n, **dict.fromkeys(FIGURES), "told": reason}
            continue
        data = data_for(estimator, n, options.columns, options.dtype)
        try:
            row = compare_one(estimator, data, place, options)
        except Exception as error:
            # One configuration that fails must not hide the others.
            message = f"{type(error).__name__}: {error}".splitlines()[0]
            yield {
                "rows": n,
                **dict.fromkeys(FIGURES),
                "agrees": False,
                "told": message,
            }
            return
        expected_per_row = sum(row[name] for name in SECONDS) / n
        yield {"rows": n, **row}


def max_rows(estimator):
    """Return how many rows an estimator is given at most."""
    landmarks = getattr(estimator, "n_landmarks", None)
    return ALL_PAIRS if is_clusterer(estimator) and landmarks is None else float("inf")


def compare_one(estimator, data, place, options):
    """Return the median seconds in both places and whether the predictions agree."""
    places = (HOST, place)
    put = [tuple(where.put(part) for part in data) for where in places]
    runs = ([], [])
    start = time.perf_counter()
    while not runs[0] or (
        len(runs[0]) < 1 + options.repeats
        and time.perf_counter() - start < options.patience
    ):
        for where, own, done in zip(places, put, runs, strict=True):
            done.append(run_once(estimator, *own, where))
    outcomes = [done[-1][-1] for done in runs]
    agrees, message = agreement(estimator, *outcomes)
    # The first run is the warm-up, unless there was no time for more.
    timed_runs = [done[1:] or done for done in runs]
    seconds = [
        statistics.median(r[i] for r in done) for i in (0, 1) for done in timed_runs
    ]
    return {
        **dict(zip(SECONDS, seconds, strict=True)),
        "fit_ratio": seconds[0] / seconds[1],
        "predict_ratio": seconds[2] / seconds[3],
        "runs": len(timed_runs[0]),
        "agrees": agrees,
        "told": message,
    }


def run_once(estimator, X, y, place):
    """Return the seconds of fit and of predict, and what was predicted, on the host."""
    model = clone(estimator)
    with (
        sklearn.config_context(array_api_dispatch=True),
        warnings.catch_warnings(),
    ):
        # Training is stopped early on purpose.
        warnings.simplefilter("ignore", ConvergenceWarning)
        place.wait()
        start = time.perf_counter()
        model.fit(X, y)
        place.wait()
        fitted = time.perf_counter()
        predicted = model.predict(X)
        place.wait()
        end = time.perf_counter()
        return fitted - start, end - fitted, _arrays.to_numpy(predicted)


def agreement(estimator, expected, found):
    """Return whether predictions agree, and by how much, as text."""
    if is_clusterer(estimator):
        # Clusters have no names of their own.
        same = adjusted_rand_score(expected, found)
        return bool(same >= SAME_LABELS), f"Rand {same:.5f}"
    if expected.dtype.kind not in "fc":
        same = float(np.mean(expected == found))
        return same >= SAME_LABELS, f"{same:.3%} equal"
    scale = float(np.max(np.abs(expected)))
    close = np.allclose(found, expected, rtol=RTOL, atol=ATOL * scale)
    difference = float(np.max(np.abs(found - expected))) / (scale or 1.0)
    return bool(close), f"within {difference:.0e}"


# Messages


SECONDS = ("fit_numpy", "fit_torch", "predict_numpy", "predict_torch")

FIGURES = (*SECONDS, "fit_ratio", "predict_ratio", "runs", "agrees")
"""Figures of a row; None if a size was left out."""

HEADER = ["estimator", "parameters", "rows", "NumPy fit/s", "torch fit/s", "ratio"]
HEADER += ["NumPy predict/s", "torch predict/s", "ratio", "predictions"]


def layout(chosen):
    """Return what makes an aligned line of the cells of these configurations' rows."""
    name = width(HEADER[0], [type(estimator).__name__ for estimator, _ in chosen])
    parameters = width(HEADER[1], [shortened(text) for _, text in chosen])
    return (
        f"{{:<{name}}}  {{:<{parameters}}}  {{:>9}}  {{:>11}} {{:>11}} {{:>6}}"
        "  {:>15} {:>15} {:>6}  {}"
    ).format


def as_cells(row):
    """Return the cells of the table's line; ratios above 1 are faster than NumPy."""
    disagrees = "" if row["agrees"] is not False else "DISAGREE: "
    return [
        row["estimator"],
        shortened(row["parameters"]),
        f"{row['rows']:,}",
        as_number(row["fit_numpy"], 4),
        as_number(row["fit_torch"], 4),
        as_number(row["fit_ratio"], 2),
        as_number(row["predict_numpy"], 4),
        as_number(row["predict_torch"], 4),
        as_number(row["predict_ratio"], 2),
        disagrees + row["told"],
    ]


def shortened(text):
    """Return a text for the table; the JSON has all of it."""
    return textwrap.shorten(text, 50, placeholder=" ...")


def as_number(value, digits):
    return "-" if value is None else f"{value:.{digits}f}"


if __name__ == "__main__":
    sys.exit(main())
