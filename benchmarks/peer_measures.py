"""Splits of a table, and what a contender reaches on them."""

import time
import warnings

import numpy as np
from network_tables import of_classes, of_numbers, rows
from sklearn.metrics import accuracy_score, normalized_mutual_info_score
from sklearn.model_selection import StratifiedShuffleSplit
from threadpoolctl import threadpool_limits

REPEATS, TEST_SHARE = 3, 0.3


def measure_table(table, contenders):
    """Return the figures of contenders on the same splits of a table.

    They run in turn on each split, each in one thread.

    Parameters
    ----------
    table : Table
    contenders : dict of str to callable

    Returns
    -------
    dict of str to dict
        "score" and "loss", a list with a number a split; "seconds" of the processor,
        the median of fit and prediction; "warned", categories of warnings. "refused" is
        the only entry, the first line of the error, where a contender failed.
    """
    runs = {name: [] for name in contenders}
    for seed, (train, test) in enumerate(splits(table)):
        for name, make in contenders.items():
            runs[name].append(measure(make, table, train, test, seed))
    return {name: summarized(splits) for name, splits in runs.items()}


def splits(table):
    """Return rows to train on and to test, in equal shares of classes.

    Numbers to predict are in equal shares of their fifths.

    Parameters
    ----------
    table : Table

    Returns
    -------
    list of (train, test)
    """
    strata = table.y
    if table.task == "regression":
        edges = np.unique(np.quantile(table.y, [0.2, 0.4, 0.6, 0.8]))
        strata = np.searchsorted(edges, table.y)
    cv = StratifiedShuffleSplit(REPEATS, test_size=TEST_SHARE, random_state=0)
    return list(cv.split(strata, strata))


def measure(make, table, train, test, seed):
    """Return the figures of one contender on one split."""
    model, X = make(table, seed)
    with warnings.catch_warnings(record=True) as caught, threadpool_limits(1):
        warnings.simplefilter("always")
        start = time.process_time()
        try:
            score, loss = SCORES[table.task](model, X, table.y, train, test)
        except (TypeError, ValueError) as error:
            return {"refused": str(error).split("\n")[0]}
        seconds = time.process_time() - start
    warned = sorted({w.category.__name__ for w in caught})
    return {"score": score, "loss": loss, "seconds": seconds, "warned": warned}


def score_classes(model, X, y, train, test):
    """Return accuracy and log-loss."""
    model.fit(rows(X, train), y[train])
    return of_classes(model, rows(X, test), y[test])


def score_numbers(model, X, y, train, test):
    """Return R2; its loss says the same."""
    model.fit(rows(X, train), y[train])
    return of_numbers(model, rows(X, test), y[test])[0], None


def score_clusters(model, X, y, train, test):
    """Return how well clusters of the training rows agree with their classes."""
    labels = model.fit_predict(rows(X, train))
    return float(normalized_mutual_info_score(y[train], labels)), None


def score_pictures(model, X, y, train, test):
    """Return accuracy; the probabilities of one neighbour are 0 and 1."""
    model.fit(rows(X, train), y[train])
    return float(accuracy_score(y[test], model.predict(rows(X, test)))), None


SCORES = {
    "classification": score_classes,
    "regression": score_numbers,
    "clustering": score_clusters,
    "pictures": score_pictures,
}


def summarized(splits):
    """Return the figures of all splits, rounded."""
    for split in splits:
        if "refused" in split:
            return split
    seconds = float(np.median([split["seconds"] for split in splits]))
    figures = {"score": [round(split["score"], 4) for split in splits]}
    if splits[0]["loss"] is not None:
        figures["loss"] = [round(split["loss"], 4) for split in splits]
    figures["seconds"] = float(f"{seconds:.2g}")
    if warned := sorted({name for split in splits for name in split["warned"]}):
        figures["warned"] = warned
    return figures
