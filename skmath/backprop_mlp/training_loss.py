"""The training loss, with label smoothing and class weights of multilabel targets."""

from skmath._estimators.weights import label_weights
from skmath.calculus import LogLoss, OneClass, SmoothedLogLoss, WeightedLabels

__all__ = ["check_loss_is_logistic", "loss_to_train"]


def loss_to_train(model, rows, loss):
    """Return the loss whose mean is minimised.

    Parameters
    ----------
    model : BackpropMLP
    rows : Rows
        Training rows.
    loss : object of `skmath.calculus.losses`
        Loss without label smoothing and weights.

    Returns
    -------
    object of `skmath.calculus.losses`

    Raises
    ------
    ValueError
        If ``class_weight`` cannot be used.
    """
    if model.label_smoothing and isinstance(loss, LogLoss):
        loss = SmoothedLogLoss(loss.exclusive, model.label_smoothing)
    has_labels_together = loss.task == "classification" and rows.y.ndim == 2
    if model.class_weight is not None and has_labels_together:
        loss = WeightedLabels(loss, label_weights(rows, model.class_weight))
    return loss


def check_loss_is_logistic(model, loss):
    """Raise a ValueError if options that require the log loss are used with another.

    Parameters
    ----------
    model : BackpropMLP
    loss : object of `skmath.calculus.losses`
        Loss of the model.
    """
    if isinstance(loss, LogLoss | OneClass):
        return
    if model.label_smoothing:
        raise ValueError(
            f"label_smoothing={model.label_smoothing} requires loss='log_loss'; with "
            f"loss={model.loss!r} use label_smoothing=0."
        )
    if model.calibrate:
        remedy = "use calibrate=False"
        if loss.task == "classification":
            remedy += ", and wrap the classifier in CalibratedClassifierCV"
        raise ValueError(
            "calibrate=True requires loss='log_loss', whose log odds it divides by a "
            f"temperature; with loss={model.loss!r} {remedy}."
        )
