"""What the options of `BackpropMLP` mean for the data at hand."""

import math

import numpy as np

from skmath import _arrays
from skmath._estimators.targets import check_domain, codes_among
from skmath._rows.checks import rows_to_fit
from skmath.calculus import ACTIVATIONS

__all__ = [
    "Progress",
    "activations_of",
    "check_sizes",
    "dropout_rates",
    "validation_rows",
]


def check_sizes(hidden_layer_sizes):
    """Return the sizes of the hidden layers as a list of int.

    Raises
    ------
    ValueError
        If they are not a sequence of positive integers.
    """
    sizes = np.asarray(hidden_layer_sizes)
    if sizes.size == 0:
        return []
    if sizes.ndim != 1 or sizes.dtype.kind not in "iu" or (sizes < 1).any():
        raise ValueError(
            "hidden_layer_sizes must be a sequence of positive integers, got "
            f"{hidden_layer_sizes!r}."
        )
    return sizes.tolist()


def activations_of(activation, n_hidden):
    """Return F of each layer: those of the hidden ones, and the identity.

    Parameters
    ----------
    activation : str, object or sequence of these
    n_hidden : int

    Raises
    ------
    ValueError
        If a name is unknown or there is not one for each hidden layer.
    """
    found = []
    for F in _one_a_layer(activation, "activation", n_hidden):
        if isinstance(F, str) and F not in ACTIVATIONS:
            raise ValueError(f"activation={F!r} is none of {sorted(ACTIVATIONS)}.")
        found.append(ACTIVATIONS[F] if isinstance(F, str) else F)
    for F in found:
        if not (hasattr(F, "value") and hasattr(F, "derivative")):
            raise ValueError(f"activation={F!r} has no value or no derivative.")
    return [*found, ACTIVATIONS["identity"]]


def dropout_rates(dropout, n_hidden):
    """Return the share of units to leave out of each layer, or None if of none.

    Parameters
    ----------
    dropout : float or sequence of float
    n_hidden : int

    Raises
    ------
    ValueError
        If a rate is not at least 0 and below 1, or there is not one for each layer.
    """
    rates = _one_a_layer(dropout, "dropout", n_hidden)
    try:
        rates = [float(rate) for rate in rates]
    except (TypeError, ValueError) as failure:
        raise ValueError(
            "dropout must be a number, or a list of one for each hidden layer, got "
            f"{dropout!r}."
        ) from failure
    if not all(0 <= rate < 1 for rate in rates):
        raise ValueError(f"dropout={dropout!r} must lie in [0, 1): 1 is excluded.")
    return [*rates, 0.0] if any(rates) else None


def _one_a_layer(value, name, n_hidden):
    if not isinstance(value, list | tuple | np.ndarray):
        return [value] * n_hidden
    if len(value) != n_hidden:
        raise ValueError(
            f"{name} has {len(value)} entries, but there are {n_hidden} hidden layers: "
            "give one for all, or one for each."
        )
    return list(value)


class Progress:
    """Whether an error still falls, and the weights where it was lowest.

    Parameters
    ----------
    patience : int
        Epochs without improvement after which it is level.
    tol : float
        By how much a lower error is an improvement.
    """

    def __init__(self, patience, tol):
        self.patience, self.tol = patience, tol
        self.lowest, self.since, self.best, self.at = math.inf, 0, None, -1
        self.epochs = 0

    def observe(self, error, theta):
        """Take in an epoch's error and weights."""
        self.since = 0 if error < self.lowest - self.tol else self.since + 1
        if error < self.lowest or self.best is None:
            self.lowest, self.best, self.at = error, theta.copy(), self.epochs
        self.epochs += 1

    @property
    def is_level(self):
        """Whether none of the last epochs improved the error."""
        return self.since >= self.patience


def validation_rows(model, X_val, y_val, sample_weight_val, **checks):
    """Return the rows of a validation set, checked as those that are fitted.

    Raises
    ------
    ValueError
        If they cannot be used, or have other columns or classes.
    """
    if y_val is None:
        raise ValueError("X_val needs y_val beside it.")
    try:
        rows = rows_to_fit(
            model, X_val, y_val, sample_weight_val, reset=False, **checks
        )
        rows.y = _arrays.dense(rows.y)
        if model._n_classes_:
            rows = codes_among(rows, model.classes_)[1]
            rows = rows.in_blocks(widest_output=model._n_classes_)
        check_domain(rows, model._loss_, model.loss, model._n_classes_)
    except ValueError as error:
        raise ValueError(f"X_val and y_val cannot be used: {error}") from error
    return rows
