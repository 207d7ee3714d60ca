"""Checks of `priors`, and priors that take the costs of errors into account."""

from skmath import _arrays
from skmath._estimators.weights import class_weights

__all__ = ["check_priors", "times_class_weight"]


def check_priors(priors, class_count):
    """Return the parameter `priors` as a checked array.

    Parameters
    ----------
    priors : array-like of shape (n_classes,)
    class_count : array of shape (n_classes,)
        Array whose namespace, device and dtype the result has.

    Returns
    -------
    array of shape (n_classes,)

    Raises
    ------
    ValueError
        If they are not one probability per class.
    """
    xp, n_classes = _arrays.namespace(class_count), class_count.shape[0]
    try:
        checked = _arrays.like(priors, class_count, "same")
    except (TypeError, ValueError) as failure:
        raise ValueError(
            f"priors must be one number per class, got {priors!r}."
        ) from failure
    if checked.shape != (n_classes,):
        raise ValueError(
            f"priors must have one entry for each of the {n_classes} classes, got an "
            f"array of shape {tuple(checked.shape)}."
        )
    if bool(xp.any(checked < 0)) or abs(float(xp.sum(checked)) - 1) > 1e-6:
        raise ValueError(f"priors must be non-negative and sum to 1, got {priors}.")
    return checked


def times_class_weight(prior, class_weight, classes):
    r"""Return priors with which the most probable class has the smallest expected cost.

    If an error on a row of class y costs :math:`c_y`, that is the class with the
    largest :math:`c_y P(y) P(x | y)`.

    Parameters
    ----------
    prior : array of shape (n_classes,)
    class_weight : dict, "balanced" or None
    classes : array of shape (n_classes,)

    Returns
    -------
    array of shape (n_classes,)
        The products of prior and weight, divided by their sum.

    Raises
    ------
    ValueError
        If a weight is negative or not of a class, or all resulting priors are 0.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.from_scratch_nb.priors import times_class_weight
    >>> times_class_weight(np.array([0.9, 0.1]), {1: 9.0}, np.array([0, 1]))
    array([0.5, 0.5])
    """
    if class_weight is None:
        return prior
    labels = _arrays.to_numpy(classes).tolist()
    weights = class_weights(class_weight, labels, _arrays.to_numpy(prior))
    weights = weights / (weights.max() or 1.0)
    weighted = prior * _arrays.like(weights, prior, "same")
    total = _arrays.namespace(prior).sum(weighted)
    if not float(total) > 0:
        raise ValueError(
            f"class_weight={class_weight!r} makes the priors of all classes 0."
        )
    return weighted / total
