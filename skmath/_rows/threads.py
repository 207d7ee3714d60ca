"""Threads, for blocks of rows and in the linear algebra library."""

import collections
import contextlib
import contextvars
import functools
import itertools
import threading
import types
from concurrent.futures import ThreadPoolExecutor

from threadpoolctl import ThreadpoolController  # of scikit-learn's own dependencies

__all__ = ["controller", "in_threads", "one_thread", "threads_for"]

WORTH_MORE_THREADS = 1e7
"""Multiplications of a product from which more than one thread gains."""


def threads_for(n_rows, sizes):
    """Return a context with as many threads as a network's products can use.

    A short product gains nothing from a second thread, and loses much where other
    processes hold the cores: each thread then waits for all.

    Parameters
    ----------
    n_rows : int
        Of a batch.
    sizes : list of int
        Of the input, the hidden layers and the output.
    """
    largest = max(a * b for a, b in itertools.pairwise(sizes))
    if n_rows * largest < WORTH_MORE_THREADS:
        return one_thread()
    return contextlib.nullcontext()


def in_threads(function, blocks, several=True):
    """Yield ``function(*block)`` of each block in order, computed by several threads.

    As many work as the linear algebra library may use, which has one thread in each
    meanwhile: threads that share one product wait for each other, and for long where
    another process holds a core; threads with a block each do not. A result does not
    depend on their number.

    Parameters
    ----------
    function : callable
        Pure: it is called for several blocks at a time.
    blocks : iterable of tuples
    several : bool, default=True
        False takes one block after another, in one thread.

    Yields
    ------
    object
    """
    n_threads = blas_threads() if several else 1
    with one_thread():
        if n_threads == 1:
            yield from itertools.starmap(function, blocks)
            return
        pool, waiting = ThreadPoolExecutor(n_threads), collections.deque()
        try:
            for block in blocks:
                if len(waiting) > n_threads:
                    yield waiting.popleft().result()
                # In a context of its own, which knows what errors are ignored here.
                run = contextvars.copy_context().run
                waiting.append(pool.submit(run, function, *block))
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def blas_threads():
    """Return how many threads the linear algebra libraries may use at the moment."""
    libraries = controller().lib_controllers
    counts = [c.num_threads for c in libraries if c.user_api == "blas"]
    return min(counts, default=1)


@contextlib.contextmanager
def one_thread():
    """Have one thread of linear algebra for as long as anyone is within.

    The number is the process's. Were each of several fits at a time to restore what it
    met, the last to end would leave what another had set.
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
"""The limit that all have in common, and how many are within."""


@functools.cache
def controller():
    """Return what limits the threads of the libraries that are loaded."""
    return ThreadpoolController()
