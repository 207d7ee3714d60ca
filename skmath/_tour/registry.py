"""The registry that the tests, the API pages, the benchmarks and the tour run over.

Every folder of the package with an ``estimator.py`` is an estimator's. Who adds a
seventh adds its folder; its place in the tour, if it has one, is the ``ENTRY`` of the
file of that name beside this one. Nothing here is edited.
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
    """One row of the tour: real data, our model and scikit-learn's nearest.

    Parameters
    ----------
    data : str
        What the table calls the data set.
    load : callable
        Returns X, y.
    ours, peer : estimator
        Pipelines, to be searched over their grid on the same folds.
    grid, peer_grid : mapping
    scoring : str or callable
    metric : str
        What the table calls the score.
    cv : splitter or callable
        Cross-validation splitter; a callable is given X and returns the folds.
    """

    data: str
    load: Callable
    ours: Any
    grid: Mapping[str, list]
    peer: Any
    peer_grid: Mapping[str, list]
    scoring: Any
    metric: str
    cv: Any


@dataclass(frozen=True)
class Entry:
    """An estimator and what is run over it.

    Parameters
    ----------
    estimator : type
    counterpart : str, default=""
        scikit-learn's nearest, by name.
    adds : str, default=""
        What this one adds to it, for tables.
    tasks : callable, default=list
        Returns the list of `Task` of the tour; imports its peers only then.
    display : str, default=""
        Name of the class of `skmath.display` that draws a fitted one.
    display_options : callable
        Of the last task's X; returns what more `from_estimator` needs to draw it.
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
    """Return an estimator's entry: that of its tour, or the class alone."""
    if (Path(__file__).parent / f"{folder}.py").exists():
        return importlib.import_module(f"skmath._tour.{folder}").ENTRY
    handed_on = importlib.import_module(f"skmath.{folder}")
    (name,) = handed_on.__all__
    return Entry(getattr(handed_on, name))
