"""Weights of classes: what ``class_weight`` makes of the weights of rows."""

import numpy as np

from skmath import _arrays
from skmath.statistics import indicators

__all__ = ["check_class_weight", "class_weights", "weigh_classes"]


def check_class_weight(class_weight, classifies):
    """Raise a ValueError if weights of classes are asked for where there are none."""
    if class_weight is not None and not classifies:
        raise ValueError("class_weight is for losses of labels; use sample_weight.")


def weigh_classes(rows, class_weight, classes):
    """Return the rows with each weighing its class's weight times more.

    Parameters
    ----------
    rows : Rows
        With class codes for y.
    class_weight : dict or "balanced"
    classes : array of shape (n_classes,)

    Returns
    -------
    Rows
    """
    labels, totals = _arrays.to_numpy(classes).tolist(), None
    if class_weight == "balanced":
        totals = _arrays.to_numpy(rows.sum(_class_totals, len(labels)))
    weights = class_weights(class_weight, labels, totals)
    dtype = str(rows.X.dtype).rpartition(".")[2]
    return rows.reweighted(_weights_of_codes, weights, rows.zero(), dtype)


def class_weights(class_weight, labels, totals):
    """Return the weight of each class.

    Parameters
    ----------
    class_weight : dict or "balanced"
    labels : list
        Of the classes.
    totals : ndarray of shape (n_classes,)
        Weight of the rows of each class, for "balanced": all classes then have the
        same product of total and weight.

    Returns
    -------
    ndarray of shape (n_classes,)

    Raises
    ------
    ValueError
        If a weight is negative or not finite, or of no class while a class has none: a
        label that is written wrong. Else those of no class are ignored: a fold may lack
        a rare class.
    """
    if class_weight == "balanced":
        return totals.sum() / (len(labels) * np.where(totals > 0, totals, 1.0))
    unknown, without = (
        sorted(a - b, key=str)
        for a, b in (
            (set(class_weight), set(labels)),
            (set(labels), set(class_weight)),
        )
    )
    if unknown and without:
        raise ValueError(
            f"class_weight has labels that y has not: {unknown}, and none for {without}"
            ", which y has."
        )
    weights = np.asarray([float(class_weight.get(label, 1)) for label in labels])
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise ValueError("class_weight must be zero or more, and finite.")
    return weights


def _class_totals(X, y, weight, n_classes):
    members = indicators(y, n_classes, X)
    return _arrays.namespace(members).sum(_arrays.weigh(members, weight), axis=0)


def _weights_of_codes(codes, weights, zero, dtype):
    codes = _arrays.like(codes, zero)
    weights = _arrays.like(weights, zero)
    xp = _arrays.namespace(weights)
    return xp.astype(_arrays.take_rows(weights, codes), getattr(xp, dtype))
