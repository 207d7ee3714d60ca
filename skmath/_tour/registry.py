"""The registry of estimators for the tests, API pages, benchmarks and the tour.

Every folder of the package that contains an ``estimator.py`` belongs to an estimator.
To add a seventh estimator, add its folder and, to include it in the tour, a file of the
same name in this folder that defines ``ENTRY``. This file needs no change.
"""

import functools
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parents[1]


@dataclass(frozen=True)
class Task:
    """One row of the tour: a data set, our model and scikit-learn's counterpart.

    Parameters
    ----------
    data : str
        Name of the data set in the table.
    load : callable
        Returns X, y.
    ours, peer : estimator
        Pipelines; grid search compares them on the same folds.
    grid, peer_grid : mapping
    scoring : str or callable
    metric : str
        Name of the score in the table.
    cv : splitter or callable
        Cross-validation splitter, or a callable that maps X to the folds.
    """

    data: str
    load: Callable[[], Any]
    ours: Any
    grid: Mapping[str, list[Any]]
    peer: Any
    peer_grid: Mapping[str, list[Any]]
    scoring: Any
    metric: str
    cv: Any


@dataclass(frozen=True)
class Entry:
    """An estimator, its counterpart in scikit-learn and its tasks.

    Parameters
    ----------
    estimator : type
    counterpart : str, default=""
        Names of the nearest estimators of scikit-learn.
    adds : str, default=""
        What this estimator adds to the counterpart.
    tasks : callable, default=list
        Returns the list of `Task` of the tour; the peers are imported only here.
    display : str, default=""
        Name of the class of `skmath.display` that draws the fitted estimator.
    display_options : callable
        Maps X of the last task to further keyword arguments of `from_estimator`.
    """

    estimator: type
    counterpart: str = ""
    adds: str = ""
    tasks: Callable[[], list[Task]] = list
    display: str = ""
    display_options: Callable[[Any], Mapping[str, Any]] = lambda X: {}

    @property
    def name(self):
        """Name of the estimator's class."""
        return self.estimator.__name__


@functools.cache
def entries():
    """Return the registry's entries, in the order of their folders' names.

    Returns
    -------
    list of Entry
    """
    folders = sorted(p.parent.name for p in PACKAGE.glob("*/estimator.py"))
    return [_entry_of(folder) for folder in folders]


def _entry_of(folder):
    """Return an estimator's entry in the tour, or one with the class only."""
    if (Path(__file__).parent / f"{folder}.py").exists():
        return importlib.import_module(f"skmath._tour.{folder}").ENTRY
    handed_on = importlib.import_module(f"skmath.{folder}")
    (name,) = handed_on.__all__
    return Entry(getattr(handed_on, name))
