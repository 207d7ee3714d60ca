"""Tasks of a fit, of which the callbacks of scikit-learn are notified.

A fit is a task with a few named steps, such as "decompose" and "solve". Each pass over
the rows is a task within a step, and consists of up to MOST_TASKS tasks, each of some
blocks of rows: so a progress bar moves during a single pass over a large file.

Blocks may be processed in several threads, but the callbacks are called in the thread
that fits. Without callbacks no task is created.
"""

import contextlib
import functools
import inspect
import itertools
from collections.abc import Callable, Iterator
from typing import Any, cast

from sklearn.callback import CallbackSupportMixin

from skmath._estimators.decorators import Method, with_callbacks

__all__ = ["Progress", "TasksMixin", "in_steps"]

MOST_TASKS = 100
"""Maximum number of tasks of a pass. One per block could be many thousands."""


class Progress:
    """The tasks of a running fit: notifies callbacks when they begin and end.

    Parameters
    ----------
    estimator : estimator
        The estimator that is fitted.
    context : CallbackContext
        Context of its fit.
    """

    def __init__(self, estimator: Any, context: Any) -> None:
        self.estimator, self.innermost = estimator, context

    @contextlib.contextmanager
    def task(self, name: str, max_subtasks: int | None = 0) -> Iterator[None]:
        """Notify the callbacks of the beginning and the end of a task.

        After an error the end is not reported: scikit-learn then tears down the
        callbacks.

        Parameters
        ----------
        name : str
        max_subtasks : int or None, default=0
            Maximum number of tasks within this one; None if it is not known.
        """
        outer = self.innermost
        task = outer.subcontext(task_name=name, max_subtasks=max_subtasks)
        task.call_on_fit_task_begin(estimator=self.estimator)
        self.innermost = task
        try:
            yield
        finally:
            self.innermost = outer
        task.call_on_fit_task_end(estimator=self.estimator)

    def over(self, results: Iterator[Any], n_blocks: int) -> Iterator[Any]:
        """Yield the results of a pass over the rows, one per block.

        Parameters
        ----------
        results : iterator
            Computes the result of a block when it is asked for the next one.
        n_blocks : int
            The number of results.

        Yields
        ------
        object
        """
        in_each = -(-n_blocks // MOST_TASKS)
        n_tasks = -(-n_blocks // in_each)
        if n_tasks == 1:
            with self.task("pass over rows"):
                yield from results
            return
        with self.task("pass over rows", n_tasks):
            for _ in range(n_tasks):
                with self.task("blocks of rows"):
                    yield from itertools.islice(results, in_each)


class TasksMixin(CallbackSupportMixin):
    """Mixin of an estimator whose fit consists of named steps and passes over rows."""

    _progress: Progress | None = None

    def _step(
        self, name: str, *, reads_rows: bool = False
    ) -> contextlib.AbstractContextManager[None]:
        """Return a context in which a step of the fit runs.

        Parameters
        ----------
        name : str
        reads_rows : bool, default=False
            Whether the step may pass over the rows.
        """
        if self._progress is None:
            return contextlib.nullcontext()
        return self._progress.task(name, None if reads_rows else 0)


def in_steps(n_steps: int) -> Callable[[Method], Method]:
    """Make ``fit`` notify the callbacks of the estimator, if it has any.

    Parameters
    ----------
    n_steps : int
        Maximum number of steps in the fit.

    Returns
    -------
    callable
        Decorator of a method ``fit`` of a `TasksMixin`.
    """

    def decorate(fit: Method) -> Method:
        @functools.wraps(fit)
        @with_callbacks
        def fit_in_steps(self: Any, *args: Any, **kwargs: Any) -> Any:
            context = self._init_callback_context(max_subtasks=n_steps)
            if not hasattr(self, "_skl_callbacks"):
                return fit(self, *args, **kwargs)
            given = inspect.signature(fit).bind(self, *args, **kwargs).arguments
            metadata = {"sample_weight": given.get("sample_weight")}
            data = {"X": given["X"], "y": given.get("y"), "metadata": metadata}
            context.call_on_fit_task_begin(estimator=self, **data)
            self._progress = Progress(self, context)
            try:
                fit(self, *args, **kwargs)
            finally:
                del self._progress
            # The fitted estimator, for callbacks such as ScoringMonitor.
            context.call_on_fit_task_end(
                estimator=self, **data, reconstruction_attributes={}
            )
            return self

        return cast(Method, fit_in_steps)

    return decorate
