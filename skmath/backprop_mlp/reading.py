"""Input checks of `BackpropMLP`, and the rows that it holds out for validation."""

from skmath._estimators.held_out import hold_out
from skmath._estimators.quantiles import targets_for_each
from skmath._estimators.targets import check_domain
from skmath._estimators.weights import check_class_weight
from skmath._rows.rows import is_dask
from skmath.backprop_mlp.batches import dense_targets
from skmath.backprop_mlp.tables import rows_to_learn
from skmath.backprop_mlp.training_loss import check_loss_is_logistic
from skmath.calculus import IncreasingOutputs, Quantiles

__all__ = [
    "check_count",
    "check_in_memory",
    "check_labels",
    "check_targets",
    "check_unstandardized",
    "check_validation",
    "count_targets",
    "for_quantiles",
    "held_out",
    "validated_rows",
]


def reading_checks(model, classifies, trains, holds_out):
    """Return the checks that `rows_to_fit` should make.

    "lbfgs" and held-out rows require data in memory, so they exclude Dask arrays.

    Parameters
    ----------
    model : BackpropMLP
    classifies : bool
    trains : bool
        Whether the rows are used for training.
    holds_out : bool
        Whether a part of them is held out.

    Returns
    -------
    dict
    """
    remedies = []
    if trains and model.solver == "lbfgs":
        remedies.append("use another solver, such as 'adam'")
    if holds_out:
        remedies.append("pass X_val and y_val, so that no rows are held out")
    return {
        "accept_sparse": "csr",
        "multi_output": True,
        "y_numeric": not classifies,
        "takes_dask": not remedies,
        "instead": ", or " + " and ".join(remedies) if remedies else "",
    }


def check_validation(X_val, y_val, sample_weight_val):
    """Raise a ValueError if a part of the validation set is missing.

    Parameters
    ----------
    X_val, y_val, sample_weight_val : array-like or None
    """
    for name, value in (("y_val", y_val), ("sample_weight_val", sample_weight_val)):
        if value is not None and X_val is None:
            raise ValueError(f"{name} was passed without X_val: pass both or neither.")
    if X_val is not None and y_val is None:
        raise ValueError("X_val was passed without y_val: pass both or neither.")


def check_in_memory(X):
    """Raise a TypeError for a Dask array, whose gradients would need all its rows."""
    if is_dask(X):
        raise TypeError(
            "gradients and check_gradients do not support Dask arrays. Pass some of "
            "the rows, such as X[:1000].compute() and y[:1000].compute()."
        )


def check_unstandardized(model, layers):
    """Raise a ValueError if no weights reproduce the outputs in the units of y.

    Parameters
    ----------
    model : BackpropMLP
    layers : list of layers
    """
    if model.standardize and isinstance(layers[-1], IncreasingOutputs):
        raise ValueError(
            "unstandardized is not available for several quantiles: their differences "
            "are log(1 + e^z) of standardised outputs z, for which there are no "
            "weights in the units of y. Use coefs_ and intercepts_, or fit with "
            "standardize=False."
        )


def count_targets(y):
    """Return the number of columns of y."""
    return y.shape[1] if y.ndim == 2 else 1


def check_count(y, n_targets):
    """Raise a ValueError if y has another number of columns than in `fit`.

    Parameters
    ----------
    y : array of shape (n_samples,) or (n_samples, n_outputs)
    n_targets : int
    """
    n = count_targets(y)
    if n != n_targets:
        columns = "1 column" if n == 1 else f"{n} columns"
        raise ValueError(
            f"y has {columns}, but the network was fitted with {n_targets}: pass as "
            "many, or fit a new model."
        )


def check_targets(model, rows, loss, n_classes):
    """Raise a ValueError if targets, loss and class weights do not fit together.

    Parameters
    ----------
    model : BackpropMLP
    rows : Rows
        Rows with class codes, columns of labels or numbers for y.
    loss : object of `skmath.calculus.losses`
    n_classes : int
        0 for regression and for multilabel targets.
    """
    check_loss_is_logistic(model, loss)
    classifies, n_labels = loss.task == "classification", count_targets(rows.y)
    check_class_weight(model.class_weight, classifies, n_labels)
    if not classifies:
        check_domain(rows, loss, model.loss, n_classes)


def validated_rows(
    model, data, classifies, table=None, *, reset=False, trains=False, holds_out=False
):
    """Return validated rows, with a dense y, and the table that describes X.

    Parameters
    ----------
    model : BackpropMLP
    data : tuple (X, y, sample_weight)
    classifies : bool
    table : Table, default=None
        Description of the columns in `fit`; None for a matrix of numbers.
    reset : bool, default=False
        Whether the columns are learnt from these rows.
    trains, holds_out : bool, default=False
        See `reading_checks`.

    Returns
    -------
    rows : Rows
    table : Table or None
    """
    checks = reading_checks(model, classifies, trains, holds_out)
    X, y, weight = data
    rows, table = rows_to_learn(model, X, y, weight, table, reset=reset, **checks)
    rows.y = dense_targets(rows.y, classifies)
    if rows.weight is not None and not is_dask(rows.X) and is_constant(rows.weight):
        rows.weight = None  # to the last bit: no rounding of means
    return rows, table


def is_constant(weight):
    """Return whether all weights are the same and positive."""
    return bool((weight == weight[0]).all() and weight[0] > 0)


def check_labels(rows, is_multilabel):
    """Raise a ValueError if multilabel targets are not zeros and ones."""
    if is_multilabel and rows.sum(_count_non_binary) > 0:
        raise ValueError(
            "y has several columns with values other than 0 and 1: multilabel targets "
            "must be zeros and ones."
        )


def _count_non_binary(X, y, weight):
    return float(((y != 0) & (y != 1)).sum())


def for_quantiles(rows, loss):
    """Return rows with the targets repeated for each quantile, if there are several.

    Parameters
    ----------
    rows : Rows
    loss : object of `skmath.calculus.losses`
    """
    if not isinstance(loss, Quantiles):
        return rows
    if rows.y.ndim == 2 and rows.y.shape[1] == 1:
        rows = rows.with_y(_only_column)
    return targets_for_each(rows, loss.quantile)


def _only_column(y):
    return y[:, 0]


def held_out(model, rows, n_classes, random_state):
    """Return training rows, and rows that are held out for validation.

    Parameters
    ----------
    model : BackpropMLP
    rows : Rows
    n_classes : int
    random_state : int
    """
    purpose = "early_stopping=True" if model.early_stopping else "calibrate=True"
    codes = rows.y if n_classes else None
    parts = rows, model.validation_fraction, random_state, codes
    return hold_out(*parts, " Or pass X_val and y_val.", purpose)
