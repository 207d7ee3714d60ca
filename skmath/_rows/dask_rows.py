"""Rows in the chunks of a Dask array, with the same two operations as `Rows`.

The worker that has a chunk sums its blocks by `Rows`; here these sums are added as a
tree, and ``map`` is lazy. X is never loaded into memory as a whole.
"""

import collections
import contextlib
import copy
import functools
import math
import uuid
from collections.abc import Callable
from typing import Any

import dask.array as da
import numpy as np
from dask.base import get_scheduler, persist
from dask.callbacks import Callback
from dask.delayed import Delayed, delayed
from dask.highlevelgraph import HighLevelGraph
from sklearn.utils import get_tags
from sklearn.utils.validation import (
    _check_feature_names,
    _check_n_features,
    check_array,
)

from skmath._rows.rows import (
    Rows,
    add,
    blas_threads,
    blocked,
    is_dask,
    one_thread,
)

CHUNK_CHECKS = ("dtype", "accept_sparse", "ensure_all_finite")
"""scikit-learn's checks that the workers make when they load a chunk."""

KEPT_BYTES = 2**28
"""Maximum size in bytes of chunks that are kept in memory for an iterative fit."""

FAN_IN = 8
"""Number of partial sums that one task of the tree reduction adds."""


class DaskRows(Rows):
    """Rows of Dask arrays.

    ``sum`` is a tree reduction that runs immediately; ``map`` is lazy. X is never
    loaded as a whole. Within a chunk, `Rows` is used.
    """

    def sum(self, statistic: Callable[..., Any], *parameters: Any) -> Any:
        """Add ``statistic`` over the chunks, FAN_IN partial sums to a task."""
        few = self.X.numblocks[0] < blas_threads()
        # Dask's threads have a chunk each: BLAS threads would compete with them.
        with contextlib.nullcontext() if few or _on_cluster() else one_thread():
            total = self.planned(statistic, *parameters)
            sums = total.key.removeprefix("total-")
            return self._computed(total, sums, self.X.numblocks[0])

    def planned(self, statistic: Callable[..., Any], *parameters: Any) -> Any:
        """Return the tasks of `sum` without running them.

        Their number, and the time to plan them, are proportional to the number of
        chunks.
        """
        # One object in the graph for function and parameters, not one per task.
        call = (statistic, parameters, self.blocking)
        given = [a for a in (self.X, self.y, self.weight) if a is not None]
        sums = da.blockwise(
            _sum_chunk,
            "i",
            *(part for a in given for part in (a, "ij"[: a.ndim])),
            call=delayed(call, traverse=False),
            has_y=self.y is not None,
            name=f"sums-{uuid.uuid4().hex}",
            concatenate=True,
            align_arrays=False,
            dtype=object,
            meta=np.empty(0, dtype=object),
        )
        partial: list[tuple[Any, ...]]
        partial = [(sums.name, i) for i in range(self.X.numblocks[0])]
        name, level = f"total-{sums.name}", 0
        tasks: dict[Any, Any] = {}
        while len(partial) > 1:
            groups = range(0, len(partial), FAN_IN)
            for j, start in enumerate(groups):
                tasks[name, level, j] = (_add_all, partial[start : start + FAN_IN])
            partial = [(name, level, j) for j in range(len(groups))]
            level += 1
        tasks[name] = partial[0]
        graph = HighLevelGraph.from_collections(name, tasks, dependencies=[sums])
        return Delayed(name, graph)

    def computed(self, array: Any) -> Any:
        """Return a Dask array in memory, computed in one pass over the rows."""
        return self._computed(array, array.name, math.prod(array.numblocks))

    def _computed(self, collection: Any, name: str, n_chunks: int) -> Any:
        """Compute a collection; callbacks follow the finished chunks of a name.

        Dask calls `count` in the thread that computes. On a cluster it does not call
        it, and a pass is a single task.
        """
        if self.progress is None:
            return collection.compute()
        n_chunks = 1 if _on_cluster() else n_chunks
        finished = self.followed(iter(range(n_chunks)), n_chunks)
        next(finished)  # the pass begins

        def count(key: Any, *_: Any) -> None:
            if key[0] == name:
                next(finished, None)

        with Callback(posttask=count):
            value = collection.compute()
        collections.deque(finished, maxlen=0)  # the pass ends
        return value

    def chunks(self) -> list[tuple[Any, ...]]:
        """Return delayed X, y and weight of each chunk; None for what is None."""
        of_each = (
            [None] * self.X.numblocks[0] if a is None else a.to_delayed().ravel()
            for a in (self.X, self.y, self.weight)
        )
        return list(zip(*of_each, strict=True))

    def map(self, function: Callable[..., Any], *parameters: Any) -> Any:
        """Return the Dask array whose chunks are ``function(X, *parameters)``."""
        # Determine shape and dtype of the result with one row.
        row = np.ones((1, self.n_features), dtype=self.X.dtype)
        example = function(row, *parameters)
        if example.ndim == 1:
            shape: dict[str, Any] = {"drop_axis": 1}
        else:
            chunks = tuple((length,) for length in example.shape[1:])
            shape = {"chunks": (self.X.chunks[0], *chunks)}
            shape["new_axis"] = list(range(2, example.ndim)) or None
        return self.X.map_blocks(
            _map_chunk,
            function,
            parameters,
            self.blocking,
            meta=example[:0],
            # Hashing the parameters for a name would cost as much as sending them.
            name=f"map-{uuid.uuid4().hex}",
            **shape,
        )

    def with_y(
        self, function: Callable[..., Any], *parameters: Any, n_columns: Any = None
    ) -> "DaskRows":
        """Return the same rows with ``function(y, *parameters)`` for y, lazily."""
        rows, shape = copy.copy(self), {}
        if n_columns is not None:
            new_axis = 1 if self.y.ndim == 1 else None
            chunks = self.y.chunks[0], (n_columns,)
            shape = {"chunks": chunks, "new_axis": new_axis}
        rows.y = self.y.map_blocks(function, *parameters, **shape)
        return rows

    def with_columns(self, values: Any) -> Any:
        """Return the same rows with more columns of y, in chunks of its rows."""
        rows = copy.copy(self)
        y = self.y[:, None] if self.y.ndim == 1 else self.y
        if np.isnan(y.chunks[0]).any():
            y = y.compute_chunk_sizes()
        values = values[:, None] if values.ndim == 1 else values
        if not is_dask(values):
            values = da.from_array(values, chunks=(y.chunks[0], -1))
        both = [y.astype(np.float64), values.astype(np.float64)]
        rows.y = da.concatenate(both, axis=1).rechunk({1: -1})
        return rows

    def sample(self, n_rows: int, random_state: Any) -> Any:
        """Return None: random rows would require reading all chunks."""

    def evenly_spaced(self, n_rows: int) -> Any:
        """Return None, for the same reason."""

    def persisted(self) -> "DaskRows":
        """Return the same rows, loaded once into the workers' memory.

        Without a cluster they are loaded into this process, up to KEPT_BYTES; larger
        data are loaded again in every pass.
        """
        rows = copy.copy(self)
        if not _on_cluster():
            rows = self.counted()
            if rows.X.nbytes > KEPT_BYTES:
                return rows
        rows.X, rows.y, rows.weight = persist(rows.X, rows.y, rows.weight)
        return rows

    def counted(self) -> "DaskRows":
        """Return the same rows with known chunk sizes, which may need one pass."""
        rows = copy.copy(self)
        rows.X = _with_known_chunks(self.X)
        for name in ("y", "weight"):
            values = getattr(self, name)
            if values is not None and np.isnan(values.shape[0]):
                values = copy.copy(values)
                # The lengths of chunks are compared with those of X in `sum`.
                values._chunks = (rows.X.chunks[0], *values.chunks[1:])
                setattr(rows, name, values)
        return rows


def _on_cluster() -> bool:
    """Return whether Dask uses a cluster, whose workers keep and spill data."""
    get = get_scheduler()
    return hasattr(getattr(get, "__self__", None), "scheduler_info")


def _add_all(partial: Any) -> Any:
    return functools.reduce(add, partial)


def _sum_chunk(X: Any, *y_and_weight: Any, call: Any, has_y: Any) -> Any:
    """Return the sum over a chunk, with y and weight if there are any."""
    if any(a.shape[0] != X.shape[0] for a in y_and_weight):
        raise ValueError(
            f"A chunk of X has {X.shape[0]} rows, but the chunks of y or sample_weight "
            f"have {[a.shape[0] for a in y_and_weight]}: use the same chunks for all, "
            "or call compute_chunk_sizes() on each."
        )
    statistic, parameters, blocking = call
    y = y_and_weight[0] if has_y else None
    weight = y_and_weight[-1] if len(y_and_weight) > has_y else None
    return blocked(blocking, X, y, weight).sum(statistic, *parameters)


def _map_chunk(X: Any, function: Any, parameters: Any, blocking: Any) -> Any:
    return blocked(blocking, X).map(function, *parameters)


def dask_rows(
    estimator: Any,
    X: Any,
    y: Any = None,
    weight: Any = None,
    *,
    reset: bool,
    learns: bool = True,
    **checks: Any,
) -> DaskRows:
    """Validate Dask collections: shapes now, values when the workers load them."""
    if hasattr(X, "to_dask_array"):
        _check_columns(estimator, X, reset=reset)
        X = X.to_dask_array()
    if X.ndim != 2:
        raise ValueError(f"Expected 2D array, got {X.ndim}D Dask array for X instead.")
    if X.numblocks[1] > 1:
        raise ValueError(
            f"X is chunked by columns ({X.numblocks[1]} chunks across), but chunks "
            "must contain whole rows. Use X.rechunk({1: -1}), which moves the data "
            "once."
        )
    _check_n_features(estimator, X, reset=reset)
    checks = {k: v for k, v in checks.items() if k in CHUNK_CHECKS}
    dtype = X.dtype if X.dtype in (np.float32, np.float64) else np.dtype(np.float64)
    X = X.map_blocks(
        functools.partial(_check_chunk, **checks), meta=X._meta.astype(dtype)
    )
    if X.shape[0] == 0:
        raise ValueError(
            "Found array with 0 sample(s) while a minimum of 1 is required."
        )
    if y is None and learns and get_tags(estimator).target_tags.required:
        raise ValueError(
            f"This {type(estimator).__name__} estimator requires y to be passed, but "
            "the target y is None."
        )
    y, weight = (_in_chunks(a) for a in (y, weight))
    if any(a is not None and a.numblocks[0] != X.numblocks[0] for a in (y, weight)):
        X = _with_known_chunks(X)
    weight = _aligned(X, weight, "sample_weight")
    weight = None if weight is None else weight.astype(dtype)
    return DaskRows(X, _aligned(X, y, "y"), weight)


def _check_columns(estimator: Any, frame: Any, *, reset: bool) -> None:
    """Check the columns of a Dask data frame by its empty metadata frame."""
    empty = frame._meta
    text = [str(c) for c in empty.columns if empty[c].dtype.kind not in "biuf"]
    if text:
        raise ValueError(
            f"X has columns that are not numeric: {', '.join(text[:5])}. Encode or "
            "drop them: a Dask data frame is read as one array of numbers."
        )
    _check_feature_names(estimator, empty, reset=reset)


def _in_chunks(a: Any) -> Any:
    """Return y or the weights as a Dask array, or None."""
    if hasattr(a, "to_dask_array"):
        return a.to_dask_array()
    return a if a is None or is_dask(a) else da.from_array(np.asarray(a), chunks=-1)


def _with_known_chunks(a: Any) -> Any:
    """Return an array with known chunk sizes, which may need one pass."""
    return copy.copy(a).compute_chunk_sizes() if np.isnan(a.shape[0]) else a


def aligned_chunks(X: Any, a: Any, name: Any) -> Any:
    """Return values per row of X in the chunks of X, checked lazily."""
    return _aligned(X, _in_chunks(a), name)


def _aligned(X: Any, a: Any, name: str) -> Any:
    """Return y or the weights in the chunks of X, checked when they are loaded.

    If sizes are unknown but the numbers of chunks are equal, the chunks are assumed to
    match; the workers check this.
    """
    if a is None:
        return None
    if a.numblocks[0] != X.numblocks[0]:
        a = _with_known_chunks(a)
    if not np.isnan([X.shape[0], a.shape[0]]).any():
        if a.shape[0] != X.shape[0]:
            raise ValueError(
                f"X has {X.shape[0]} rows, but {name} has {a.shape[0]}: both must have "
                "the same number."
            )
        a = a.rechunk({0: X.chunks[0]})
    a = a.rechunk(dict.fromkeys(range(1, a.ndim), -1))
    return a.map_blocks(_check_values, name, meta=a._meta)


def _check_values(a: Any, name: Any) -> Any:
    if a.dtype.kind not in "biuf":
        return a
    if not np.isfinite(a).all():
        raise ValueError(f"Input {name} contains NaN or infinity.")
    if name == "sample_weight" and (a < 0).any():
        raise ValueError("Negative values in data passed to `sample_weight`.")
    return a


def _check_chunk(X: Any, block_info: Any = None, **checks: Any) -> Any:
    """Return a checked chunk; errors name its rows if they are known."""
    try:
        # A single chunk may be empty; an empty X is found by the sums.
        return check_array(X, ensure_min_samples=0, input_name="X", **checks)
    except ValueError as error:
        place = (block_info or {}).get(0)
        if place is None:
            raise
        start, stop = place["array-location"][0]
        rows = "" if np.isnan(stop) else f", rows {start} to {stop - 1}"
        number = place["chunk-location"][0]
        raise ValueError(f"Chunk {number} of X{rows}: {error}") from None
