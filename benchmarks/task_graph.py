"""What a sum over a cluster costs to plan: tasks, depth and seconds, without data.

``python benchmarks/task_graph.py [--chunks 1000 10000 100000] [--columns 100]``

The arrays have shapes and no numbers. The tasks of one pass, the least squares'
moments, are counted, the bytes that go from task to task if no two run on one worker,
and the seconds to make their graph and to put it in the order in which it would run
(Dask's static scheduling).
"""

import argparse
import math
import pickle
from time import perf_counter

import dask.array as da
from dask.order import order

from skmath._rows.dask_rows import FAN_IN, DaskRows
from skmath.statistics import cross_moments


def plan(n_chunks, n_columns):
    """Return the numbers of tasks, rounds and bytes, and the seconds to plan them.

    Parameters
    ----------
    n_chunks, n_columns : int

    Returns
    -------
    dict
    """
    rows = 1000
    X = da.zeros((n_chunks * rows, n_columns), chunks=(rows, -1))
    y = da.zeros(n_chunks * rows, chunks=rows)
    start = perf_counter()
    planned = DaskRows(X, y).planned(cross_moments)
    graph = dict(planned.__dask_graph__())
    built = perf_counter()
    order(graph)
    ordered = perf_counter()
    partial = pickle.dumps(DaskRows(X[:1], y[:1]).sum(cross_moments))
    # Of each chunk a sum, and the sums of sums.
    sums = n_chunks + sum(str(key).startswith("('total-") for key in graph)
    return {
        "chunks": n_chunks,
        "tasks": len(graph),
        "rounds": math.ceil(math.log(n_chunks, FAN_IN)),
        "build": built - start,
        "order": ordered - built,
        "bytes": len(partial) * sums,
    }


def main(args=None):
    """Print a line for each number of chunks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--chunks", type=int, nargs="+", default=[1_000, 10_000, 100_000]
    )
    parser.add_argument("--columns", type=int, default=100)
    options = parser.parse_args(args)
    print(
        f"{'chunks':>8} {'tasks':>8} {'a chunk':>8} {'rounds':>7} {'MB':>8} "
        f"{'build, s':>9} {'order, s':>9} {'us a chunk':>11}"
    )
    for n_chunks in options.chunks:
        found = plan(n_chunks, options.columns)
        seconds = found["build"] + found["order"]
        print(
            f"{n_chunks:8} {found['tasks']:8} {found['tasks'] / n_chunks:8.2f} "
            f"{found['rounds']:7} {found['bytes'] / 1e6:8.0f} {found['build']:9.2f} "
            f"{found['order']:9.2f} {1e6 * seconds / n_chunks:11.0f}"
        )


if __name__ == "__main__":
    main()
