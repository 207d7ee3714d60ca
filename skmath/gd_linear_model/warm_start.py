"""Starting points of a descent from the coefficients of earlier fits."""

import numpy as np

from skmath import _arrays

__all__ = ["extrapolated", "resumed"]


def resumed(cost, start, classes_now):
    """Return theta of an earlier fit's coefficients, or of the best constant.

    Parameters
    ----------
    cost : Cost
    start : tuple or None
        coef (n_features, n_outputs), intercept (n_outputs,) and classes (None for a
        regression) of the earlier fit; None if there is none.
    classes_now : array of shape (n_classes,) or None
        Classes of the rows of the cost.

    Raises
    ------
    ValueError
        If the earlier fit had other features, outputs or classes.
    """
    if start is None:
        return cost.best_constant()
    coef, intercept, classes = start
    matches = cost.best_constant().shape == (coef.shape[0] + 1, coef.shape[1])
    if classes is not None:
        matches = matches and np.array_equal(
            *map(_arrays.to_numpy, (classes, classes_now))
        )
    if not matches:
        raise ValueError(
            "warm_start=True continues from coefficients for other features, outputs "
            "or classes than these data have; use warm_start=False."
        )
    theta = cost.like_theta(coef, intercept[None, :])
    # For these rows the outputs may be negative there.
    is_infeasible = cost.loss.positive_outputs and not np.isfinite(cost(theta)[0])
    return cost.best_constant() if is_infeasible else theta


def extrapolated(alphas, thetas):
    """Return the point for the last alpha on the line of the two before it.

    Parameters
    ----------
    alphas : sequence of k + 1 floats
    thetas : sequence of k arrays
        Points for all alphas except the last.
    """
    here = thetas[-1]
    if len(thetas) < 2 or alphas[-2] == alphas[-3]:
        return here
    ratio = (alphas[-1] - alphas[-2]) / (alphas[-2] - alphas[-3])
    return here + min(ratio, 1.0) * (here - thetas[-2])
