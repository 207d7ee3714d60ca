"""Rows: blocks of rows that all estimators sum and map over.

A fit is a sum over rows followed by a small solve. `Rows` divides the rows of X (with y
and sample_weight) into blocks and has two operations:

- ``rows.sum(statistic, *parameters)`` adds ``statistic(X, y, weight, *parameters)``
  over the blocks. A statistic is a pure function of one block whose results can be
  added: arrays, tuples of them, or objects with their own ``+``.
- ``rows.map(function, *parameters)`` stacks ``function(X, *parameters)`` of the blocks.

A block is small enough to stay in the CPU cache during its computations, and
temporaries have the size of a block, never of X. The same two operations work for
arrays in memory, memory-mapped files, CSR matrices, other array namespaces and, with
chunks as blocks, Dask arrays on a cluster. Blocks of a large X are processed in threads
(`in_threads`).
"""

import collections
import contextlib
import contextvars
import copy
import functools
import itertools
import sys
import threading
import types
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse
from threadpoolctl import ThreadpoolController  # of scikit-learn's own dependencies

from skmath import _arrays

BLOCK_BYTES = 1_600_000
"""Bytes of X in a block, so that it and its temporaries fit in the CPU cache."""

ACCELERATOR_BYTES = 2**28
"""Bytes of X in a block on an accelerator, where each call has an overhead."""

BLOCK_ROWS = 256
"""Minimum number of rows of a block, so that sums are not added too often."""

FEWEST_ROWS = 64
"""Minimum number of rows if much wider arrays are computed from a block."""

THREADED_BYTES = 16_000_000
"""Bytes of X from which blocks are processed in threads: starting them takes as long as
a pass over a hundredth of it."""

MANY_BLOCKS = 8
"""Minimum number of blocks for threads: with few, threads would wait for the last."""

TALL_BYTES = 64_000_000
"""Maximum bytes of X in a tall block, unless it has p rows."""

OVERFLOW = (
    "Input {name} contains values so large (above 1e150, or far above those in fit) "
    "that their squares overflow. Divide {name} by a constant first."
)


@dataclass(frozen=True)
class Blocking:
    """Options of the division of rows into blocks.

    Parameters
    ----------
    dense : bool, default=False
        Whether blocks of a sparse X are made dense.
    rows_per_feature : float, default=0
        Minimum rows of a block per column. For sums of p x p matrices, multiplying a
        block of p rows costs as much as adding its product. Blocks of more than p rows
        have at most TALL_BYTES.
    widest_output : int, default=0
        Columns of the widest array that is computed from a block, if wider than X: for
        ten thousand classes, probabilities are far wider than X.
    in_threads : bool, default=True
        Whether several blocks of a large X are processed in parallel. For many short
        operations per block, threads would wait for the interpreter lock.
    """

    dense: bool = False
    rows_per_feature: float = 0
    widest_output: int = 0
    in_threads: bool = True


AS_THEY_COME = Blocking()
"""Default division into blocks."""


class Rows:
    """The rows of X, y and sample_weight in memory, cut into blocks.

    Parameters
    ----------
    X : array, memmap or CSR matrix of shape (n_samples, n_features)
    y : array of shape (n_samples,) or (n_samples, n_outputs), default=None
    weight : array of shape (n_samples,), default=None
        None means that all weights are 1.
    progress : skmath._estimators.tasks.Progress, default=None
        Notifies the callbacks of a fit while its passes over the rows go on.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath._rows.rows import Rows
    >>> rows = Rows(np.arange(6.0).reshape(3, 2))
    >>> rows.sum(lambda X, y, weight: X.sum(axis=0))
    array([6., 9.])
    >>> rows.map(lambda X, w: X @ w, np.array([1.0, -1.0]))
    array([-1., -1., -1.])
    """

    def __init__(
        self, X: Any, y: Any = None, weight: Any = None, progress: Any = None
    ) -> None:
        self.X, self.y, self.weight = X, y, weight
        self.n_features = X.shape[1]
        self._is_large = is_large(X)
        self.blocking, self.progress = AS_THEY_COME, progress

    def __copy__(self) -> Any:
        # Several times faster than the default, which uses pickle's protocol.
        rows = object.__new__(type(self))
        vars(rows).update(vars(self))
        return rows

    def sum(self, statistic: Callable[..., Any], *parameters: Any) -> Any:
        """Add ``statistic(X, y, weight, *parameters)`` over the blocks.

        Sums of a block have X's dtype, and their total the widest float, so that the
        precision for float32 does not depend on the number of rows.
        """
        # The caller checks the total for overflow.
        with np.errstate(over="ignore", invalid="ignore"):
            partial: Iterator[Any] = (
                _arrays.widen(statistic(*b, *parameters)) for b in self._blocks()
            )
            if self._is_large and self._has_many_blocks():
                partial = in_threads(
                    lambda *block: _arrays.widen(statistic(*block, *parameters)),
                    *(self._blocks(), self.blocking.in_threads),
                )
            return functools.reduce(add, self.followed(partial))

    def map(self, function: Callable[..., Any], *parameters: Any) -> Any:
        """Stack ``function(X, *parameters)`` of the blocks, in order.

        Raises
        ------
        ValueError
            If values are so large that the result of a row overflows to NaN.
        """
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            each: Iterator[Any] = (
                function(X, *parameters) for X, _, _ in self._blocks()
            )
            if self._is_large and self._has_many_blocks():
                each = in_threads(
                    lambda X, y, weight: function(X, *parameters), self._blocks()
                )
            parts = list(self.followed(each))
        answer = parts[0]
        if len(parts) > 1:
            answer = _arrays.namespace(*parts).concat(parts, axis=0)
        if _arrays.has_nan(answer):
            raise ValueError(OVERFLOW.format(name="X"))
        return answer

    def with_y(
        self, function: Callable[..., Any], *parameters: Any, n_columns: Any = None
    ) -> "Rows":
        """Return the same rows with ``function(y, *parameters)`` for y.

        For Dask, n_columns is needed if the number of columns changes.
        """
        rows = copy.copy(self)
        rows.y = function(self.y, *parameters)
        return rows

    def reweighted(self, function: Any, *parameters: Any) -> Any:
        """Return the same rows, with weights times ``function(y, *parameters)``."""
        rows = copy.copy(self)
        more = self.with_y(function, *parameters).y
        rows.weight = more if self.weight is None else self.weight * more
        return rows

    def with_columns(self, values: Any) -> "Rows":
        """Return the same rows with further columns of y, for values per row."""
        rows = copy.copy(self)
        y = self.y[:, None] if self.y.ndim == 1 else self.y
        y = _arrays.widen(y)
        values = _arrays.like(values, y, "same")
        values = values[:, None] if values.ndim == 1 else values
        rows.y = _arrays.namespace(y).concat([y, values], axis=1)
        return rows

    def zero(self) -> Any:
        """Return a zero with X's namespace, device and dtype."""
        if is_dask(self.X) or sparse.issparse(self.X):
            return np.zeros((), dtype=self.X.dtype)
        xp = _arrays.namespace(self.X)
        return xp.zeros((), dtype=self.X.dtype, device=_arrays.device(self.X))

    def in_blocks(self, **changes: Any) -> "Rows":
        """Return the same rows with other options for blocks.

        Parameters
        ----------
        **changes : dict
            Fields of `Blocking` to change.

        Returns
        -------
        Rows
            The object itself if the rows always fit in one block.
        """
        if self.X.shape[0] <= FEWEST_ROWS and "dense" not in changes:
            return self
        rows = copy.copy(self)
        rows.blocking = replace(self.blocking, **changes)
        return rows

    def sample(self, n_rows: int, random_state: Any) -> Any:
        """Return n_rows of the rows, drawn without replacement; None if all would be.

        Parameters
        ----------
        n_rows : int
        random_state : RandomState

        Returns
        -------
        Rows or None
        """
        n = self.X.shape[0]
        if n_rows >= n:
            return None
        # Sorted, so that a file is read sequentially. A Generator does not need to
        # shuffle all n indices.
        generator = np.random.default_rng(random_state.randint(2**31 - 1))
        drawn = generator.choice(n, n_rows, replace=False, shuffle=False)
        return self.take(np.sort(drawn))

    def evenly_spaced(self, n_rows: int) -> Any:
        """Return about n_rows of the rows, evenly spaced; None for a sparse X."""
        if sparse.issparse(self.X):
            return None
        step = max(1, self.X.shape[0] // n_rows)
        parts = (self.X, self.y, self.weight)
        return Rows(*(a if a is None else a[::step, ...] for a in parts))

    def take(self, indices: Any) -> "Rows":
        """Return the rows of those indices, an ndarray.

        Parameters
        ----------
        indices : ndarray of int

        Returns
        -------
        Rows
            A view for dense X and consecutive indices, such as those of a fold.
        """
        parts, first = (self.X, self.y, self.weight), indices[:1]
        if _arrays.is_array(self.X) and (np.diff(indices) == 1).all() and first.size:
            rows = slice(int(first[0]), int(first[0]) + indices.size)
            taken = (a if a is None else a[rows, ...] for a in parts)
        else:
            taken = (a if a is None else _arrays.take_rows(a, indices) for a in parts)
        return blocked(self.blocking, *taken)

    def followed(
        self, results: Iterator[Any], n_results: int | None = None
    ) -> Iterator[Any]:
        """Return an iterator of a pass; callbacks are notified while it goes on.

        Parameters
        ----------
        results : iterator
            Results of the blocks, or of other parts of a pass.
        n_results : int, default=None
            Their number; None for one per block.

        Returns
        -------
        iterator
            The given one if no callbacks are set.
        """
        if self.progress is None:
            return results
        n_blocks = -(-self.X.shape[0] // self._step())
        return self.progress.over(results, n_results or n_blocks)

    def persisted(self) -> "Rows":
        """Return the rows, which are in memory already."""
        return self

    def _step(self) -> int:
        """Return the number of rows in each block but the last."""
        n = self.X.shape[0]
        return n if n <= FEWEST_ROWS else self._rows_per_block()

    def _blocks(self) -> Iterator[Any]:
        n, step = self.X.shape[0], self._step()
        if n <= step:
            X = _arrays.dense(self.X) if self.blocking.dense else self.X
            yield X, self.y, self.weight
            return
        for start in range(0, n, step):
            rows = slice(start, min(start + step, n))
            X = (
                self.X[rows, ...]
                if _arrays.is_array(self.X)
                else csr_rows(self.X, rows)
            )
            yield (
                _arrays.dense(X) if self.blocking.dense else X,
                None if self.y is None else self.y[rows, ...],
                None if self.weight is None else self.weight[rows, ...],
            )

    def _has_many_blocks(self) -> bool:
        """Return whether there are many blocks; few large products use BLAS threads."""
        return self.X.shape[0] >= MANY_BLOCKS * self._rows_per_block()

    def _rows_per_block(self) -> int:
        itemsize, far = _arrays.itemsize_and_place(self.X)
        if itemsize == 1:  # bytes are converted to floats
            itemsize = dtype_of_numbers(self.X).itemsize
        p, blocking = self.n_features, self.blocking
        bytes_per_row, block = p * itemsize, ACCELERATOR_BYTES if far else BLOCK_BYTES
        if sparse.issparse(self.X) and not blocking.dense:
            # An entry has a value and a column index. Sums over the rows are dense, so
            # a block should be larger than several of them.
            bytes_per_row = 2 * itemsize * self.X.nnz / max(1, self.X.shape[0])
            block = max(BLOCK_BYTES, 64 * p * itemsize)
        tall = min(blocking.rows_per_feature, TALL_BYTES / (p * max(1, bytes_per_row)))
        tall = max(tall, min(blocking.rows_per_feature, 1))
        outputs = 1 if self.y is None or self.y.ndim == 1 else self.y.shape[1]
        beside = max(1, outputs, blocking.widest_output) * itemsize
        few = min(
            max(BLOCK_ROWS, block / max(1, bytes_per_row)),
            max(FEWEST_ROWS, block / beside),
        )
        return int(max(few, tall * p))


def in_threads(
    function: Callable[..., Any], blocks: Iterable[Any], several: bool = True
) -> Iterator[Any]:
    """Yield ``function(*block)`` for each block in order, computed in threads.

    There are as many threads as BLAS may use, and each uses a single BLAS thread:
    threads that share one product wait for each other, especially if another process
    occupies a core, but threads with a block each do not. Results do not depend on
    their number.

    Parameters
    ----------
    function : callable
        A pure function, which is called in parallel.
    blocks : iterable of tuples
    several : bool, default=True
        If False, one thread processes all blocks.

    Yields
    ------
    object
    """
    n_threads = blas_threads() if several else 1
    with one_thread():
        if n_threads == 1:
            yield from itertools.starmap(function, blocks)
            return
        pool = ThreadPoolExecutor(n_threads)
        waiting: collections.deque[Future[Any]] = collections.deque()
        try:
            for block in blocks:
                if len(waiting) > n_threads:
                    yield waiting.popleft().result()
                # Copy the context, which has NumPy's error settings.
                run = contextvars.copy_context().run
                waiting.append(pool.submit(run, function, *block))
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def blas_threads() -> int:
    """Return how many threads BLAS may use at the moment."""
    libraries = controller().lib_controllers
    counts = [c.num_threads for c in libraries if c.user_api == "blas"]
    return min(counts, default=1)


@contextlib.contextmanager
def one_thread() -> Iterator[Any]:
    """Limit BLAS to one thread while any caller is inside the context.

    The limit is global in the process. If concurrent fits each restored the number that
    they found, the last one to end could restore the limit of another.
    """
    with _SHARED.lock:
        if _SHARED.within == 0:
            _SHARED.limit = controller().limit(limits=1, user_api="blas")
        _SHARED.within += 1
    try:
        yield
    finally:
        with _SHARED.lock:
            _SHARED.within -= 1
            if _SHARED.within == 0:
                _SHARED.limit.restore_original_limits()


_SHARED = types.SimpleNamespace(lock=threading.Lock(), within=0, limit=None)
"""The shared limit, and the number of callers inside the context."""


@functools.cache
def controller() -> Any:
    """Return the controller of the threads of all loaded libraries."""
    return ThreadpoolController()


def blocked(blocking: Blocking, X: Any, y: Any = None, weight: Any = None) -> Rows:
    """Return rows with given options for blocks."""
    rows = Rows(X, y, weight)
    rows.blocking = blocking
    return rows


def weighted_indices(rows: Rows) -> Any:
    """Return the indices of the rows with positive weight."""
    if rows.weight is None:
        return np.arange(rows.X.shape[0])
    return np.flatnonzero(_arrays.to_numpy(rows.weight) > 0)


def csr_rows(X: Any, rows: Any) -> Any:
    """Return a slice of a CSR matrix's rows that shares its entries' memory."""
    entries = slice(X.indptr[rows.start], X.indptr[rows.stop])
    # Set one by one: the constructor would copy slices of larger arrays.
    block = type(X)((rows.stop - rows.start, X.shape[1]), dtype=X.dtype)
    block.data, block.indices = X.data[entries], X.indices[entries]
    block.indptr = X.indptr[rows.start : rows.stop + 1] - entries.start
    return block


def add(a: Any, b: Any) -> Any:
    """Add two sums: tuples entry by entry, anything else by its own ``+``."""
    if isinstance(a, tuple):
        return tuple(map(add, a, b))
    return a + b


def dtype_of_numbers(X: Any) -> Any:
    """Return the dtype of computations with X: its own, or float64 for bytes."""
    return np.dtype(np.float64) if X.dtype == np.uint8 else X.dtype


def is_dask(X: Any) -> bool:
    """Return whether X is a Dask collection, without importing Dask."""
    return "dask" in sys.modules and hasattr(X, "__dask_graph__")


def is_large(X: Any) -> bool:
    """Return whether X is a NumPy array that is so large that threads are worth it."""
    return isinstance(X, np.ndarray) and X.nbytes > THREADED_BYTES


def is_on_disk(X: Any) -> bool:
    """Return whether an array is a view of a memory-mapped file."""
    while isinstance(X, np.ndarray):
        if isinstance(X, np.memmap):
            return True
        X = X.base
    return False
