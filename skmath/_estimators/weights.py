"""Class weights: the effect of ``class_weight`` on the weights of rows."""

from typing import Any

import numpy as np

from skmath import _arrays
from skmath.statistics import indicators

__all__ = ["check_class_weight", "class_weights", "label_weights", "weigh_classes"]


def check_class_weight(class_weight: Any, classifies: bool, n_labels: int = 1) -> None:
    """Raise a ValueError if class weights do not match the targets.

    Parameters
    ----------
    class_weight : dict, "balanced", list of these or None
    classifies : bool
    n_labels : int, default=1
        Columns of y.
    """
    if class_weight is None:
        return
    if not classifies:
        raise ValueError(
            "class_weight requires a classification loss; use sample_weight for "
            "regression."
        )
    is_list = isinstance(class_weight, list | tuple)
    if is_list and n_labels == 1:
        raise ValueError(
            "class_weight is a list, which requires multilabel targets, but y has one "
            "column: pass a dict {label: weight} or 'balanced'."
        )
    if is_list and len(class_weight) != n_labels:
        raise ValueError(
            f"class_weight has {len(class_weight)} entries, but y has {n_labels} "
            "columns of labels: pass one entry per column."
        )
    if n_labels > 1 and isinstance(class_weight, dict):
        raise ValueError(
            f"class_weight is a dict, but y has {n_labels} columns of labels: pass a "
            "list with one dict {0: weight, 1: weight} per column, or 'balanced'."
        )
    for given in class_weight if is_list else ():
        if not (given in (None, "balanced") or isinstance(given, dict)):
            raise ValueError(
                f"class_weight has the entry {given!r}: an entry must be a dict "
                "{0: weight, 1: weight}, 'balanced' or None."
            )


def weigh_classes(rows: Any, class_weight: Any, classes: Any) -> Any:
    """Return the rows with their weights multiplied by the weights of their classes.

    Parameters
    ----------
    rows : Rows
        Rows with class codes for y.
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


def class_weights(class_weight: Any, labels: Any, totals: Any) -> Any:
    """Return the weight of each class.

    Parameters
    ----------
    class_weight : dict or "balanced"
    labels : list
        Labels of the classes.
    totals : ndarray of shape (n_classes,)
        Total weight of the rows of each class, for "balanced", which makes the product
        of total and weight the same for all classes.

    Returns
    -------
    ndarray of shape (n_classes,)

    Raises
    ------
    ValueError
        If a weight is negative or not finite; or if there are both labels that are not
        in y and classes without a weight, because then a label is probably misspelt.
        Otherwise labels that are not in y are ignored: a fold may lack a rare class.
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
            f"class_weight has labels that are not in y: {unknown}, and no weight for "
            f"{without}, which are in y."
        )
    weights = np.asarray([float(class_weight.get(label, 1)) for label in labels])
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise ValueError("class_weight must be non-negative and finite.")
    return weights


def label_weights(rows: Any, class_weight: Any) -> Any:
    """Return the weights of multilabel targets.

    Parameters
    ----------
    rows : Rows
        Rows with columns of zeros and ones for y.
    class_weight : "balanced", or a list of dict, "balanced" or None
        Checked by `check_class_weight`.

    Returns
    -------
    ndarray of shape (2, n_labels)
        Weights of zeros and of ones; their mean over the rows is 1 in each column.

    Raises
    ------
    ValueError
        If a weight cannot be used, or all rows of a column get a weight of 0.
    """
    totals = np.stack(rows.sum(_label_totals))
    if isinstance(class_weight, str):
        class_weight = [class_weight] * totals.shape[1]
    weights = np.ones_like(totals)
    for j, given in enumerate(class_weight):
        try:
            if given is not None:
                weights[:, j] = class_weights(given, [0, 1], totals[:, j])
        except ValueError as error:
            raise ValueError(f"Column {j} of y: {error}") from error
    mean = (weights * totals).sum(axis=0) / totals.sum(axis=0)
    if (mean == 0).any():
        raise ValueError(
            f"class_weight is zero for all rows in columns {np.flatnonzero(mean == 0)}"
            " of y: remove these columns, or change their weights."
        )
    return weights / mean


def _label_totals(X: Any, y: Any, weight: Any) -> Any:
    """Return the total weights of a block's zeros and ones, per column."""
    ones = _arrays.weigh(y.astype(np.float64), weight).sum(axis=0)
    return (len(y) if weight is None else weight.sum()) - ones, ones


def _class_totals(X: Any, y: Any, weight: Any, n_classes: Any) -> Any:
    members = indicators(y, n_classes, X)
    return _arrays.namespace(members).sum(_arrays.weigh(members, weight), axis=0)


def _weights_of_codes(codes: Any, weights: Any, zero: Any, dtype: Any) -> Any:
    codes = _arrays.like(codes, zero)
    weights = _arrays.like(weights, zero)
    xp = _arrays.namespace(weights)
    return xp.astype(_arrays.take_rows(weights, codes), getattr(xp, dtype))
