"""The registry that the tests, the API pages, the benchmarks and the tour run over.

Every public module of the package that holds an ``ENTRY`` is an estimator's file. Who
adds a seventh estimator adds its file with its `Entry`; nothing here is edited.
"""

import functools
import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

INPUTS = ("numpy", "memmap", "sparse", "dask", "array_api")
"""Kinds of X that a configuration can declare."""


@dataclass(frozen=True)
class Configuration:
    """One way to set an estimator, what it then takes, and what it is excused from.

    Parameters
    ----------
    params : mapping
        Parameters that differ from the defaults.
    inputs : tuple of str
        Which of `INPUTS` `fit` and `predict` take; a memmap that is not "memmap" here
        is read into memory.
    excused : mapping of str to str
        Names of scikit-learn's checks that are expected to fail, each with its reason.
    """

    params: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[str, ...] = ("numpy",)
    excused: Mapping[str, str] = field(default_factory=dict)


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
    counterpart : str
        scikit-learn's nearest, by name.
    adds : str
        What this one adds to it, for tables.
    configurations : tuple of Configuration
        What the common tests are run on.
    tasks : callable
        Returns the list of `Task` of the tour; imports its peers only then.
    display : str
        Name of the class of `skmath.display` that draws a fitted one.
    display_options : callable
        Of the last task's X; returns what more `from_estimator` needs to draw it.
    """

    estimator: type
    counterpart: str
    adds: str
    configurations: tuple[Configuration, ...]
    tasks: Callable[[], list[Task]]
    display: str
    display_options: Callable[[Any], Mapping[str, Any]] = lambda X: {}

    @property
    def name(self):
        """Name of the estimator's class."""
        return self.estimator.__name__

    def instances(self, of_input=None):
        """Return (instance, configuration), of those that take an input if named."""
        return [
            (self.estimator(**c.params), c)
            for c in self.configurations
            if of_input is None or of_input in c.inputs
        ]


@functools.cache
def entries():
    """Return the registry's entries, by their files' names.

    Returns
    -------
    list of Entry
    """
    import skmath

    found = []
    for module in pkgutil.iter_modules(skmath.__path__):
        if module.ispkg or module.name.startswith("_"):
            continue
        loaded = importlib.import_module(f"skmath.{module.name}")
        if hasattr(loaded, "ENTRY"):
            found.append(loaded.ENTRY)
    return found
