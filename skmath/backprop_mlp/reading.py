"""How `BackpropMLP` reads rows: what it asks of them, and which are held out."""

from skmath._estimators.held_out import hold_out
from skmath._estimators.targets import check_domain
from skmath._estimators.weights import check_class_weight
from skmath.backprop_mlp.training_loss import check_loss_is_logistic

__all__ = ["check_targets", "held_out", "how_to_read"]


def how_to_read(model, X_val, classifies):
    """Return what `rows_to_fit` has to check.

    Steps on all rows at once, and parts of them, are for one machine.

    Parameters
    ----------
    model : BackpropMLP
    X_val : array-like or None
        Rows to validate on; of None a part may be held out.
    classifies : bool

    Returns
    -------
    dict
    """
    remedies = []
    if model.solver == "lbfgs":
        remedies.append("use another solver, such as 'adam'")
    if X_val is None and (model.early_stopping or model.calibrate):
        remedies.append("give X_val and y_val, so that no rows are held out")
    return {
        "accept_sparse": "csr",
        "multi_output": True,
        "y_numeric": not classifies,
        "takes_dask": not remedies,
        "instead": ", or " + " and ".join(remedies) if remedies else "",
    }


def check_targets(model, rows, loss, n_classes):
    """Raise a ValueError if targets, loss and what weighs them do not go together.

    Parameters
    ----------
    model : BackpropMLP
    rows : Rows
        With class codes, columns of labels or numbers for y.
    loss : object of `skmath.calculus.losses`
    n_classes : int
        0 for numbers and for labels that do not exclude each other.
    """
    check_loss_is_logistic(model, loss)
    n_labels = rows.y.shape[1] if rows.y.ndim == 2 else 1
    check_class_weight(model.class_weight, loss.task == "classification", n_labels)
    if loss.task != "classification":
        check_domain(rows, loss, model.loss, n_classes)


def held_out(model, rows, n_classes, random_state):
    """Return rows to train on, and rows that are held out of it; None if none are.

    Parameters
    ----------
    model : BackpropMLP
    rows : Rows
    n_classes : int
    random_state : int
    """
    if not (model.early_stopping or model.calibrate):
        return rows, None
    purpose = "early_stopping=True" if model.early_stopping else "calibrate=True"
    codes = rows.y if n_classes else None
    parts = rows, model.validation_fraction, random_state, codes
    return hold_out(*parts, " Or give X_val and y_val.", purpose)
