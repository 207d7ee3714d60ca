"""Fit a memory-mapped file that may be larger than memory, and measure what it takes.

A float32 matrix is written into a temporary file. Each estimator of the registry fits
it and predicts its rows in a process of its own, through `numpy.memmap` if it declares
that, and by Dask's chunks of it if not. The process's anonymous memory is watched:
pages of the file do not count, copies of it do. Beside it stands scikit-learn's
counterpart on a tenth of the rows. The exit code is 1 if one of ours takes more than
1 GiB.
"""

import argparse
import gc
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path

import dask.array as da
import numpy as np
from compare import OneLineParser, as_mebibytes, machine, width
from sklearn.base import is_classifier
from sklearn.exceptions import ConvergenceWarning

from skmath._tour.registry import entries

LIMIT_MIB = 1024
"""What one of our estimators may take."""

COLUMNS = 1000

INFORMATIVE = 10
"""Columns at the left on which the target depends."""

MIN_ROWS = 1000
"""So that the counterpart's tenth has rows of both classes."""

WARM_UP_ROWS = 200
"""Fitted before the clock starts, so that libraries are loaded."""

BLOCK_ROWS = 10_000
"""Rows that are made and written at once, and rows of a chunk."""

MAX_ITER = 3
"""Steps of an iterative fit: each goes through the same rows as the others."""

SETTINGS = {
    "EigenfaceClassifier": {"n_components": 20},
    "LaplacianSpectralClustering": {"n_clusters": 2, "n_landmarks": 200},
}
"""What is set for so many rows, by the estimator's name."""

CHUNKED = ("EigenfaceClassifier", "LaplacianSpectralClustering")
"""Estimators that read a file of so many rows in Dask's chunks only."""

PREDICTED_ROWS = {"EigenfaceClassifier": 1000}
"""Rows that are predicted where not all are: each is compared with all that were
enrolled."""

INTERVAL = 0.002
"""Seconds between two readings of the memory."""


def main(arguments=None):
    """Run the benchmark and return the exit code.

    Parameters
    ----------
    arguments : list of str, default=None
        Of the command line; None takes the process's.

    Returns
    -------
    int
        0, also where the system does not tell the memory; 1 if one of our estimators
        failed or took more than `LIMIT_MIB`; 2 if the arguments cannot be used.
    """
    options = parse(arguments)
    if options.measure:
        print(json.dumps(measure_here(**json.loads(options.measure))))
        return 0
    if sys.platform != "linux":
        print(f"Anonymous memory is read from /proc: not measured on {sys.platform}.")
        return 0
    shape = (options.rows, options.columns)
    with tempfile.TemporaryDirectory(
        prefix="skmath_memory_", dir=options.folder
    ) as folder:
        print(describe(shape), flush=True)
        write_data(folder, shape)
        rows = []
        line = layout(options.chosen)
        print(line(*HEADER), flush=True)
        for entry in options.chosen:
            row = compare_one(entry, folder, shape)
            print(line(*as_cells(row)), flush=True)
            rows.append(row)
    if options.json:
        results = {"machine": machine(), "memory_mib": memory_of_machine() / 2**20}
        results |= {"rows": rows}
        options.json.write_text(json.dumps(results, indent=2) + "\n")
    within_limit = all(row["within_limit"] for row in rows)
    if not within_limit:
        print(f"! failed, or took more than {LIMIT_MIB:,} MiB", file=sys.stderr)
    return int(not within_limit)


# The command line


def parse(arguments):
    """Return the command line's options, or exit with code 2 and one clear line."""
    parser = OneLineParser(description=__doc__)
    parser.add_argument(
        "--gigabytes", metavar="N", type=float, default=8, help="of X, by default 8"
    )
    parser.add_argument(
        "--columns", metavar="N", type=int, default=COLUMNS, help="%(default)s"
    )
    parser.add_argument(
        "--folder",
        metavar="DIR",
        type=Path,
        help="where the file is written, and removed; by default the system's own for "
        "temporary files, which must not be in memory",
    )
    parser.add_argument(
        "--json", metavar="FILE", type=Path, help="write figures and machine there too"
    )
    parser.add_argument(
        "--only",
        metavar="NAME",
        action="append",
        help="run one estimator; may be repeated",
    )
    # What measure starts.
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.measure:
        return options
    options.chosen = choose(parser, options.only)
    check_sizes(parser, options)
    if options.json:
        # Found out before the work, not after it.
        try:
            options.json.touch()
        except OSError as error:
            parser.error(str(error))
    return options


def choose(parser, names):
    """Return the registry's entries that take files or chunks, or those named."""
    able = {entry.name.lower(): entry for entry in entries()}
    for name in names or ():
        if name.lower() not in able:
            parser.error(
                f"no estimator for large files is called {name!r}; there are "
                + ", ".join(entry.name for entry in able.values())
            )
    requested = {name.lower() for name in names or able}
    return [entry for name, entry in able.items() if name in requested]


def check_sizes(parser, options):
    """Set the number of rows; the file has to have enough, and to fit on the disk."""
    if options.columns < INFORMATIVE:
        parser.error(f"--columns must be {INFORMATIVE} or more, got {options.columns}")
    options.rows = int(options.gigabytes * 1e9) // (4 * options.columns)
    if options.rows < MIN_ROWS:
        parser.error(
            f"--gigabytes must be {4e-9 * MIN_ROWS * options.columns:g} or more, "
            f"got {options.gigabytes:g}"
        )
    try:
        free = shutil.disk_usage(options.folder or tempfile.gettempdir()).free
    except OSError as error:
        parser.error(str(error))
    if free < options.gigabytes * 1e9:
        parser.error(f"--folder has {free / 1e9:.1f} GB free: too little")


# Data


def write_data(folder, shape):
    """Write X as plain float32 and y, whether a sum of columns is positive, as .npy."""
    rng = np.random.default_rng(0)
    weights = rng.standard_normal(INFORMATIVE, np.float32)
    y = np.empty(shape[0], dtype=np.int64)
    with open(Path(folder, "X"), "wb") as file:
        for start in range(0, shape[0], BLOCK_ROWS):
            rows = min(BLOCK_ROWS, shape[0] - start)
            block = rng.standard_normal((rows, shape[1]), np.float32)
            y[start : start + rows] = block[:, :INFORMATIVE] @ weights > 0
            block.tofile(file)
    np.save(Path(folder, "y.npy"), y)


# Contenders


def in_chunks(entry):
    """Tell whether the file is read through Dask."""
    return entry.name in CHUNKED


def parameters(entry):
    """Return our estimator's parameters: few steps, if it takes steps."""
    params = dict(SETTINGS.get(entry.name, {}))
    if hasattr(entry.estimator(), "max_iter"):
        params["max_iter"] = MAX_ITER
    return params


def ours(entry):
    return entry.estimator(**parameters(entry))


def peer(entry):
    """Return scikit-learn's counterpart, None where none is named here."""
    make = PEERS.get(entry.name)
    return make and make(is_classifier(ours(entry)))


def linear_regression(classifies):
    from sklearn.linear_model import LinearRegression

    return LinearRegression()


def linear_model(classifies):
    from sklearn.linear_model import LogisticRegression, Ridge

    return LogisticRegression(max_iter=MAX_ITER) if classifies else Ridge()


def naive_bayes(classifies):
    from sklearn.naive_bayes import GaussianNB

    return GaussianNB()


def network(classifies):
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    return (MLPClassifier if classifies else MLPRegressor)(max_iter=1)


def faces(classifies):
    from sklearn.decomposition import PCA
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline

    return make_pipeline(PCA(20), KNeighborsClassifier(1))


def clustering(classifies):
    from sklearn.cluster import SpectralClustering

    return SpectralClustering(2)


PEERS = {
    "EigenfaceClassifier": faces,
    "LaplacianSpectralClustering": clustering,
    "SVDRegressor": linear_regression,
    "GDLinearModel": linear_model,
    "FromScratchNB": naive_bayes,
    "BackpropMLP": network,
}
"""Functions that make the counterpart, by name; they take whether it classifies."""


# Measuring


def compare_one(entry, folder, shape):
    """Return what the JSON holds of one estimator."""
    own = measure(entry.name, "ours", folder, shape, shape[0])
    model, tenth = peer(entry), shape[0] // 10
    measured_peer = model and measure(entry.name, "peer", folder, shape, tenth)
    return {
        "estimator": entry.name,
        "parameters": {k: repr(v) for k, v in parameters(entry).items()},
        "reads": "Dask" if in_chunks(entry) else "memmap",
        "rows": shape[0],
        "columns": shape[1],
        "file_mib": 4 * shape[0] * shape[1] / 2**20,
        "seconds": own and own["seconds"],
        "peak_mib": own and own["peak_mib"],
        "within_limit": bool(own and own["peak_mib"] and own["peak_mib"] <= LIMIT_MIB),
        "peer": model and name_of(model),
        "peer_rows": tenth,
        "peer_seconds": measured_peer and measured_peer["seconds"],
        "peer_peak_mib": measured_peer and measured_peer["peak_mib"],
    }


def name_of(model):
    """Return the name of an estimator's class, or of those of a pipeline's steps."""
    steps = [step for _, step in getattr(model, "steps", [("", model)])]
    return " + ".join(type(step).__name__ for step in steps)


def measure(name, contender, folder, shape, rows):
    """Return seconds and peak of one contender, measured in a child process.

    Parameters
    ----------
    name : str
        Of our estimator.
    contender : {"ours", "peer"}
    folder : str
        Where X and y are.
    shape : tuple of int
        X's.
    rows : int
        How many of them, from the first, are fitted and predicted.

    Returns
    -------
    dict or None
        See `measure_here`. None if the child failed or was killed; what it says about
        it goes to this process's stderr.
    """
    request = {
        "name": name,
        "contender": contender,
        "folder": str(folder),
        "shape": shape,
        "rows": rows,
    }
    # The child finds what this process found, installed or not.
    path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
    done = subprocess.run(
        [sys.executable, __file__, "--measure", json.dumps(request)],
        check=False,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": path},
    )
    if done.returncode:
        message = f"{name}: {contender} ended with code {done.returncode}"
        print(message, file=sys.stderr, flush=True)
        return None
    return json.loads(done.stdout.splitlines()[-1])


def measure_here(name, contender, folder, shape, rows):
    """Return the seconds of fit and predict and the growth of anonymous memory in MiB.

    What libraries take when they are first used is there before, and does not count.
    """
    (entry,) = (entry for entry in entries() if entry.name == name)
    model = {"ours": ours, "peer": peer}[contender](entry)
    read = chunks_of if contender == "ours" and in_chunks(entry) else memmap_of
    X = read(str(Path(folder, "X")), tuple(shape))[:rows]
    y = np.load(Path(folder, "y.npy"))[:rows]
    predicted = PREDICTED_ROWS.get(name, rows)
    with warnings.catch_warnings():
        # A few steps are not meant to converge.
        warnings.simplefilter("ignore", ConvergenceWarning)
        fit_and_predict(model, X[:WARM_UP_ROWS], y[:WARM_UP_ROWS], WARM_UP_ROWS)
        gc.collect()
        with Watch() as watch:
            start = time.perf_counter()
            try:
                fit_and_predict(model, X, y, predicted)
            except MemoryError as error:
                # NumPy says how much it could not have.
                print(f"{name}: {contender}: {error}", file=sys.stderr, flush=True)
                return {"seconds": None, "peak_mib": None}
            seconds = time.perf_counter() - start
    return {"seconds": seconds, "peak_mib": watch.growth / 2**20}


def fit_and_predict(model, X, y, predicted):
    """Fit the rows and predict the first of them."""
    model.fit(X, y)
    if hasattr(model, "predict"):
        np.asarray(model.predict(X[:predicted]))


def memmap_of(path, shape):
    return np.memmap(path, np.float32, mode="r", shape=shape)


def chunks_of(path, shape):
    """Return a Dask array that reads the file's rows when they are needed."""
    # dask.array.from_array would copy the memory-mapped file into memory.
    heights = [
        min(BLOCK_ROWS, shape[0] - start) for start in range(0, shape[0], BLOCK_ROWS)
    ]
    return da.map_blocks(
        rows_of_block,
        path,
        shape,
        chunks=(tuple(heights), shape[1]),
        dtype=np.float32,
        meta=np.empty((0, 0), np.float32),
    )


def rows_of_block(path, shape, block_info=None):
    """Return the rows of one block of `chunks_of`, in memory."""
    start, stop = block_info[None]["array-location"][0]
    return np.array(memmap_of(path, shape)[start:stop])


class Watch:
    """The peak of anonymous memory over that at the start, read every few ms.

    Attributes
    ----------
    growth : int
        Bytes, once the context was left.
    """

    def __enter__(self):
        self._before = self._peak = anonymous()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def _watch(self):
        while not self._done.wait(INTERVAL):
            self._peak = max(self._peak, anonymous())

    def __exit__(self, *exception):
        self._done.set()
        self._thread.join()
        self.growth = max(self._peak, anonymous()) - self._before


def anonymous():
    """Return the process's resident memory in bytes that is no file's."""
    status = Path("/proc/self/status").read_text()
    return 1024 * int(status.partition("RssAnon:")[2].split()[0])


def memory_of_machine():
    """Return the bytes of physical memory."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


# Messages


def describe(shape):
    """Return a line about X and the machine's memory."""
    size = 4 * shape[0] * shape[1]
    return (
        f"X: {shape[0]:,} x {shape[1]:,} float32 in a file, {size / 2**20:,.0f} MiB; "
        f"the machine has {memory_of_machine() / 2**20:,.0f} MiB of memory"
    )


HEADER = ["estimator", "reads", "seconds", "MiB above the file"]
HEADER += ["counterpart, a tenth of the rows", "seconds", "MiB"]


def layout(chosen):
    """Return what makes an aligned line of the cells of these entries' rows."""
    name = width(HEADER[0], [entry.name for entry in chosen])
    counterpart = width(HEADER[4], [name_of(peer(entry)) for entry in chosen])
    return (
        f"{{:<{name}}}  {{:<6}}  {{:>8}}  {{:>{len(HEADER[3])}}}  {{:<{counterpart}}}  "
        "{:>8} {:>8}"
    ).format


def as_cells(row):
    """Return the cells of the table's line; an exclamation mark over the limit."""
    mark = "" if row["within_limit"] else " !"
    return [
        row["estimator"],
        row["reads"],
        as_seconds(row["seconds"]),
        as_mebibytes(row["peak_mib"]) + mark,
        row["peer"] or "none",
        as_seconds(row["peer_seconds"]),
        as_mebibytes(row["peer_peak_mib"]),
    ]


def as_seconds(seconds):
    return "unknown" if seconds is None else f"{seconds:.2f}"


if __name__ == "__main__":
    # Ended from outside, the file is removed too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())
