"""Where a descent goes on from: the coefficients of an earlier fit."""

import numpy as np

from skmath import _arrays

__all__ = ["resumed"]


def resumed(cost, coef, intercept, classes, classes_now):
    """Return theta of an earlier fit's coefficients.

    Parameters
    ----------
    cost : Cost
    coef : array of shape (n_features, n_outputs)
    intercept : array of shape (n_outputs,)
    classes, classes_now : array of shape (n_classes,) or None
        Those of the earlier fit, and of the rows of the cost.

    Raises
    ------
    ValueError
        If they are of other features, outputs or classes.
    """
    same = cost.best_constant().shape == (coef.shape[0] + 1, coef.shape[1])
    if classes is not None:
        same = same and np.array_equal(*map(_arrays.to_numpy, (classes, classes_now)))
    if not same:
        raise ValueError(
            "warm_start=True goes on from coefficients of other features, outputs or "
            "classes than these data have; use warm_start=False."
        )
    theta = cost.like_theta(coef, intercept[None, :])
    # These data may have rows with negative outputs there.
    away = cost.loss.positive_outputs and not np.isfinite(cost(theta)[0])
    return cost.best_constant() if away else theta
