"""Which penalty the parameters of `GDLinearModel` mean for the columns at hand."""

import numpy as np

from skmath import _arrays
from skmath.calculus import PENALTIES, SparseGroup, resolve_penalty
from skmath.gd_linear_model.families import FIRTH

__all__ = ["ALPHA", "NAMES", "penalty_for"]

ALPHA = 1e-4
"""Strength of the penalty with ``alpha="auto"``: of standardised columns it takes a ten
thousandth off a coefficient of a squared error, which no test could tell."""


def penalty_for(model, rows, alpha):
    """Return the penalty of a model for the columns of X.

    Parameters
    ----------
    model : GDLinearModel
    rows : Rows
    alpha : float
        Its strength.

    Raises
    ------
    ValueError
        If a parameter has not one entry for each column, or cannot be used.
    """
    weights, positive = 1.0, model.positive
    if model.penalty_weights is not None:
        weights = weights_of_columns(model.penalty_weights, rows)
    if not isinstance(positive, bool | np.bool_):
        positive = _arrays.like(
            as_column(positive, "positive", rows, bool), rows.zero()
        )
    each = weights, positive
    if isinstance(model.penalty, str) and model.penalty in MAKERS:
        return MAKERS[model.penalty](model, rows, alpha, *each)
    return resolve_penalty(model.penalty, alpha, model.l1_ratio, *each)


def group(model, rows, alpha, weights, positive):
    """Return the group lasso."""
    groups = groups_of_columns(model, rows)
    return SparseGroup(alpha, 0.0, groups, weights, positive)


def sparse_group(model, rows, alpha, weights, positive):
    """Return the sparse group lasso."""
    groups = groups_of_columns(model, rows)
    return SparseGroup(alpha, model.l1_ratio, groups, weights, positive)


def none(model, rows, alpha, weights, positive):
    """Return no penalty: that of the determinant is the cost's own."""
    return resolve_penalty(None, alpha, model.l1_ratio, weights, positive)


MAKERS = {FIRTH: none, "group": group, "sparse_group": sparse_group}
"""The penalties that need more than a strength, by name."""

NAMES = {name for name in PENALTIES if name} | set(MAKERS)
"""All names of penalties."""


def groups_of_columns(model, rows):
    """Return the group of each column, a number from 0."""
    if model.groups is None:
        raise ValueError(
            f"penalty={model.penalty!r} needs groups: an array with a label for each "
            f"of the {rows.n_features} columns of X, the same for those of a group."
        )
    labels = np.asarray(model.groups)
    if labels.shape != (rows.n_features,):
        raise ValueError(
            f"groups must have a label for each of the {rows.n_features} columns of X, "
            f"got shape {labels.shape}. A column on its own is a group of one."
        )
    if any(label is None or label != label for label in labels.tolist()):
        raise ValueError(
            "groups must cover all columns of X, and some labels are missing. A column "
            "on its own is a group of one, with a label of its own."
        )
    return np.unique(labels, return_inverse=True)[1].ravel()


def weights_of_columns(weights, rows):
    """Return penalty_weights as a column of X's namespace, zero or more."""
    weights = as_column(weights, "penalty_weights", rows, float)
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise ValueError("penalty_weights must be zero or more, and finite.")
    return _arrays.widen(_arrays.like(weights, rows.zero(), "same"))


def as_column(values, name, rows, dtype):
    """Return one value for each feature as an ndarray of shape (n_features, 1)."""
    try:
        values = np.asarray(values, dtype=dtype)
    except (TypeError, ValueError) as failure:
        raise ValueError(f"{name} must hold numbers, got {values!r}.") from failure
    if values.shape != (rows.n_features,):
        raise ValueError(
            f"{name} must have one entry for each of the {rows.n_features} features, "
            f"got shape {values.shape}."
        )
    return values[:, None]
