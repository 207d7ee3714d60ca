"""What a case of the benchmark is, and what most of them measure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sklearn.utils import Bunch


@dataclass(frozen=True)
class Case:
    """One comparison: a data set, our estimator, its peers and what counts as as good.

    Parameters
    ----------
    name : str
        By which the command line knows it: the estimator, a dot and what is done.
    estimator : str
        Name of our estimator in skmath's registry.
    dataset : str
        What the table calls the data.
    data : callable
        ``data(quick)`` returns a Bunch with X and whatever the other callables want of
        it; with quick a tenth of the rows. It is built once and shared, and once more
        in each child process that measures memory: it has to be the same each time.
    ours : callable
        ``ours(data)`` returns what the action is given, new for each run. Neither its
        time nor its memory is measured: for predict alone it returns a fitted model.
    peers : mapping of str to callable
        The same of each peer, by the name that the table has. A peer that raises
        ImportError is reported as not installed.
    action : callable
        ``action(model, data)`` is what is measured; returns what accuracy is of.
    accuracy : callable
        ``accuracy(outcome, data)``, higher is better. It is not timed; the table has
        the median over the runs.
    metric : str
        What the table calls the accuracy.
    atol, rtol : float, default=0.0
        A ratio counts if accuracy >= peer's - (atol + rtol abs(peer's)). A case says
        beside them why they are not zero.
    ignored_warnings : tuple of type, default=()
        Warnings that belong to the case; all others are shown.
    large : bool, default=False
        Whether it takes minutes and gigabytes: it is run if it is named, or quickly.
    """

    name: str
    estimator: str
    dataset: str
    data: Callable[[bool], Bunch]
    ours: Callable[[Bunch], Any]
    peers: Mapping[str, Callable[[Bunch], Any]]
    action: Callable[[Any, Bunch], Any]
    accuracy: Callable[[Any, Bunch], float]
    metric: str
    atol: float = 0.0
    rtol: float = 0.0
    ignored_warnings: tuple[type[Warning], ...] = ()
    large: bool = False


def fit(model, data):
    return model.fit(data.X, data.y)


def fit_then_predict(model, data):
    model.fit(data.X, data.y)
    model.predict(data.X_test)
    return model


def score_on_test(model, data):
    return model.score(data.X_test, data.y_test)
