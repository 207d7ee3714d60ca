"""Run skmath's estimators and their peers alternately and compare them.

For each case of the registry in `cases.py`: median seconds of ours and of the peer in
one process under the same thread limit, their ratio, the peak memory of each in a
process of its own, and both accuracies. A ratio counts only when our accuracy is at
least the peer's; the exit code is 1 if one does not count.
"""

import argparse
import contextlib
import datetime
import functools
import gc
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import time
import warnings
from pathlib import Path

import joblib
from cases import all_cases
from threadpoolctl import threadpool_info, threadpool_limits

REPEATS = 5
"""Timed runs of each, and the fewest that a reported figure may rest on."""

QUICK_REPEATS = 3

OURS = "ours"
"""What our contender is called where the others have the peer's name."""

PACKAGES = (
    "skmath",
    "sklearn",
    "numpy",
    "scipy",
    "joblib",
    "threadpoolctl",
    "cv2",
    "statsmodels",
    "torch",
)
"""Whose versions the JSON has, if they were imported; a case's new peers belong here.
"""


def main(arguments=None):
    """Run the comparison and return the exit code.

    Parameters
    ----------
    arguments : list of str, default=None
        Of the command line; None takes the process's.

    Returns
    -------
    int
        0; 1 if a ratio does not count or a data set could not be had; 2 if the
        arguments cannot be used.
    """
    options = parse(arguments)
    if options.measure_memory:
        print(json.dumps(memory_here(options)))
        return 0
    if options.list:
        for case in options.cases:
            print(f"{case.name}: {case.dataset}, against {', '.join(case.peers)}")
        return 0
    line = layout(options.cases)
    print(line(*HEADER), flush=True)
    rows, failed = [], False
    for case in options.cases:
        try:
            data = case.data(options.quick)
        except OSError as error:
            # A data set that is neither installed nor to be had.
            print(f"{case.name}: {error}", file=sys.stderr, flush=True)
            failed = True
            continue
        for row in compare(case, data, options):
            print(line(*as_cells(row)), flush=True)
            failed = failed or not row["counts"]
            rows.append(row)
    if options.json:
        options.json.write_text(json.dumps(report(rows, options), indent=2) + "\n")
    return int(failed)


# The command line


class OneLineParser(argparse.ArgumentParser):
    """Parser whose errors are one line, without the usage."""

    def error(self, message):
        """Exit with code 2 and the message."""
        self.exit(2, f"{self.prog}: {message}\n")


def parse(arguments):
    """Return the command line's options, or exit with code 2 and one clear line."""
    parser = OneLineParser(description=__doc__)
    parser.add_argument(
        "--only",
        metavar="NAME",
        action="append",
        help="run one case, or all of one estimator; may be repeated",
    )
    parser.add_argument("--list", action="store_true", help="list the cases and stop")
    parser.add_argument(
        "--quick",
        action="store_true",
        help=f"a tenth of the data and {QUICK_REPEATS} runs: not for reporting",
    )
    parser.add_argument(
        "--repeats", metavar="N", type=int, help=f"timed runs, {REPEATS} or more"
    )
    parser.add_argument(
        "--threads",
        metavar="N",
        type=int,
        default=joblib.cpu_count(),
        help="threads of each; by default as many as there are cores (%(default)s)",
    )
    parser.add_argument(
        "--json", metavar="FILE", type=Path, help="write figures and machine there too"
    )
    # What measure_memory starts.
    parser.add_argument("--measure-memory", metavar="CONTENDER", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    options.cases = choose(parser, options.only)
    if not (options.only or options.quick or options.list):
        options.cases = [case for case in options.cases if not case.large]
    check_numbers(parser, options)
    if options.json:
        # Found out before the work, not after it.
        try:
            options.json.touch()
        except OSError as error:
            parser.error(str(error))
    return options


def choose(parser, names):
    """Return the cases that are named, by themselves or by their estimator."""
    cases = all_cases()
    if not names:
        return cases
    requested = {name.lower() for name in names}
    known_names = {name.lower() for c in cases for name in (c.name, c.estimator)}
    if requested - known_names:
        unknown = next(name for name in names if name.lower() not in known_names)
        parser.error(
            f"no case or estimator is called {unknown!r}; there are "
            + ", ".join(c.name for c in cases)
        )
    return [c for c in cases if requested & {c.name.lower(), c.estimator.lower()}]


def check_numbers(parser, options):
    fewest = 1 if options.quick else REPEATS
    if options.repeats is None:
        options.repeats = QUICK_REPEATS if options.quick else REPEATS
    if options.repeats < fewest:
        parser.error(f"--repeats must be {fewest} or more, got {options.repeats}")
    if options.threads < 1:
        parser.error(f"--threads must be 1 or more, got {options.threads}")


# Seconds


def compare(case, data, options):
    """Yield a row of the table for each peer.

    Parameters
    ----------
    case : Case
    data : Bunch
    options : argparse.Namespace
        With quick, repeats and threads.

    Yields
    ------
    dict
        What the JSON holds of the row.
    """
    measure = functools.cache(functools.partial(measure_memory, case))
    for peer, make_peer in case.peers.items():
        try:
            with as_the_case_says(case, options.threads):
                make_peer(data)
        except ImportError as error:
            print(f"{case.name}: {peer} is left out: {error}", file=sys.stderr)
            continue
        runs = run_alternately(
            case, (case.ours, make_peer), data, options.repeats, options.threads
        )
        memory = [measure(who, options.quick, options.threads) for who in (OURS, peer)]
        yield as_row(case, peer, data, runs, memory)


def run_alternately(case, makers, data, repeats, threads):
    """Run ours, the peer, ours, the peer and so on, after one warm-up of each.

    Parameters
    ----------
    case : Case
    makers : sequence of callable
        ``make(data)`` returns what the case's action is given.
    data : Bunch
    repeats, threads : int

    Returns
    -------
    list of (seconds, accuracies)
        A pair for each maker, of lists with an entry for each timed run.
    """
    runs = [[] for _ in makers]
    for _ in range(1 + repeats):
        for make, done in zip(makers, runs, strict=True):
            done.append(run_once(case, make, data, threads))
    # The first run is the warm-up: caches fill, libraries load.
    return [tuple(zip(*done[1:], strict=True)) for done in runs]


def run_once(case, make, data, threads):
    """Return the seconds of the case's action and the accuracy of its outcome."""
    # The limit is set anew for each run: it does not hold for libraries that are
    # loaded after it, as those of a peer are by the warm-up.
    with as_the_case_says(case, threads):
        model = make(data)
        gc.collect()
        start = time.perf_counter()
        outcome = case.action(model, data)
        seconds = time.perf_counter() - start
        return seconds, float(case.accuracy(outcome, data))


@contextlib.contextmanager
def as_the_case_says(case, threads):
    """Limit the threads, and ignore the warnings that belong to the case."""
    with threadpool_limits(threads), warnings.catch_warnings():
        for category in case.ignored_warnings:
            warnings.simplefilter("ignore", category)
        yield


# Memory


def measure_memory(case, contender, quick, threads):
    """Return the peak memory of one contender in MiB, measured in a child process.

    Parameters
    ----------
    case : Case
    contender : str
        `OURS` or the name of a peer.
    quick : bool
    threads : int

    Returns
    -------
    float or None
        See `peak_growth`.

    Raises
    ------
    subprocess.CalledProcessError
        If the child failed; what it says about it goes to this process's stderr.
    """
    command = [sys.executable, __file__, "--only", case.name]
    command += ["--measure-memory", contender, "--threads", str(threads)]
    command += ["--quick"] * quick
    # The child finds what this process found, installed or not.
    path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
    done = subprocess.run(
        command,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": path},
    )
    # A contender may have printed before.
    return json.loads(done.stdout.splitlines()[-1])


def memory_here(options):
    """Return the peak memory in MiB that one contender's action takes in this process.

    The data and the model are made before, and do not count.
    """
    (case,) = options.cases
    make = {OURS: case.ours, **case.peers}[options.measure_memory]
    data = case.data(options.quick)
    with as_the_case_says(case, options.threads):
        model = make(data)
        return peak_growth(lambda: case.action(model, data))


def peak_growth(action):
    """Return by how many MiB the peak of resident memory exceeds that before.

    On Linux the process's peak is first set back to the memory resident now. On other
    systems it cannot be, and memory that was used and freed before the action hides
    as much of it: what is returned is a lower bound.

    Parameters
    ----------
    action : callable

    Returns
    -------
    float or None
        None where the system does not tell (Windows).
    """
    gc.collect()
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    before = peak_resident()
    action()
    after = peak_resident()
    return None if before is None else (after - before) / 2**20


def peak_resident():
    """Return the largest resident memory of the process in bytes, None if unknown."""
    # Not from getrusage where there is another way: in a child process it starts at
    # its parent's.
    with contextlib.suppress(OSError, IndexError):
        status = Path("/proc/self/status").read_text()
        return 1024 * int(status.partition("VmHWM:")[2].split()[0])
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


# Messages


def as_row(case, peer, data, runs, memory):
    """Return what the JSON holds of one comparison."""
    (seconds, accuracies), (peer_seconds, peer_accuracies) = runs
    median, peer_median = map(statistics.median, (seconds, peer_seconds))
    accuracy, peer_accuracy = map(statistics.median, (accuracies, peer_accuracies))
    return {
        "case": case.name,
        "estimator": case.estimator,
        "dataset": case.dataset,
        "rows": data.X.shape[0],
        "columns": data.X.shape[1],
        "peer": peer,
        "seconds": median,
        "peer_seconds": peer_median,
        "ratio": peer_median / median,
        "counts": is_as_good(accuracy, peer_accuracy, case),
        "memory_mib": memory[0],
        "peer_memory_mib": memory[1],
        "metric": case.metric,
        "accuracy": accuracy,
        "peer_accuracy": peer_accuracy,
        "atol": case.atol,
        "rtol": case.rtol,
        "runs": list(seconds),
        "peer_runs": list(peer_seconds),
    }


def is_as_good(accuracy, peer_accuracy, case):
    """Tell whether an accuracy is the peer's, within the case's tolerance, or better.

    It is not where one of the two is not a number.
    """
    allowed = case.atol + case.rtol * abs(peer_accuracy)
    return accuracy >= peer_accuracy or peer_accuracy - accuracy <= allowed


HEADER = ["case", "data", "rows x cols", "peer"]
HEADER += ["ours/s", "peer/s", "ours/MiB", "peer/MiB", "score", "ours", "peer", "ratio"]


def layout(cases):
    """Return what makes an aligned line of the cells of these cases' rows."""
    name = width("case", [case.name for case in cases])
    data = width("data", [case.dataset for case in cases])
    peer = width("peer", [peer for case in cases for peer in case.peers])
    metric = width("score", [case.metric for case in cases])
    return (
        f"{{:<{name}}}  {{:<{data}}}  {{:>15}}  {{:<{peer}}}  {{:>7}} {{:>7}}"
        f"  {{:>8}} {{:>8}}  {{:<{metric}}} {{:>9}} {{:>9}}  {{}}"
    ).format


def width(header, texts):
    return max(map(len, [header, *texts]))


def as_cells(row):
    """Return the cells of the table's line; brackets if the ratio does not count."""
    ratio = f"{row['ratio']:.2f}"
    return [
        row["case"],
        row["dataset"],
        f"{row['rows']:,} x {row['columns']:,}",
        row["peer"],
        f"{row['seconds']:.3f}",
        f"{row['peer_seconds']:.3f}",
        as_mebibytes(row["memory_mib"]),
        as_mebibytes(row["peer_memory_mib"]),
        row["metric"],
        f"{row['accuracy']:.6g}",
        f"{row['peer_accuracy']:.6g}",
        ratio if row["counts"] else f"({ratio}) accuracy worse",
    ]


def as_mebibytes(memory):
    return "unknown" if memory is None else f"{memory:.1f}"


def report(rows, options):
    """Return what the JSON file holds."""
    return {
        "machine": machine(),
        "threads": options.threads,
        "repeats": options.repeats,
        "quick": options.quick,
        "rows": [{k: none_if_not_finite(v) for k, v in r.items()} for r in rows],
    }


def none_if_not_finite(value):
    """Return None for a float that JSON has no number for."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def machine():
    """Return what the figures depend on besides the code."""
    pools = threadpool_info()
    loaded = {name: sys.modules[name] for name in PACKAGES if name in sys.modules}
    return {
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "cpu": cpu_model(),
        "cores": joblib.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: module.__version__ for name, module in loaded.items()},
        "thread_pools": sorted(
            {f"{p['internal_api']} {p['version'] or ''}".strip() for p in pools}
        ),
    }


def cpu_model():
    """Return what the processor calls itself, as far as the system tells."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


if __name__ == "__main__":
    sys.exit(main())
