"""What the options of `GDLinearModel` mean for the data at hand."""

import math

import numpy as np
from sklearn.utils import check_random_state

from skmath import _arrays
from skmath._estimators.held_out import hold_out
from skmath._rows.rows import is_dask
from skmath.gd_linear_model.stochastic import STOCHASTIC

__all__ = ["choose_descent", "held_out", "per_feature"]

HESSIAN_COLUMNS = 500
"""Columns up to which ``metric="auto"`` solves linear systems in each of its steps."""

HESSIAN_OUTPUTS = 500
"""The same of outputs: a system for each of more costs what more steps do."""

GRAM_COLUMNS = 2000
"""Columns up to which it does so once, for a squared error."""


def choose_descent(model, cost):
    """Return the names of the solver and the metric, with "auto" decided.

    Parameters
    ----------
    model : GDLinearModel
    cost : Cost

    Returns
    -------
    solver, metric : str

    Raises
    ------
    ValueError
        If they do not go together, or not with the penalty.
    """
    solver, metric, penalty = model.solver, model.metric, cost.penalty
    by_hand = model.learning_rate != "auto"
    can_solve = penalty.is_smooth or hasattr(penalty, "kink_strength")
    if metric == "auto":
        quick = model.solver in ("auto", "lbfgs", "newton") and not by_hand
        solves = quick and can_solve and _is_narrow(cost)
        metric = "hessian" if solves else "diagonal"
    if solver == "auto" and not by_hand:
        solver = "lbfgs" if penalty.is_smooth else "gd"
        bends = not (cost.loss.smooth_curvature or is_dask(cost.rows.X))
        if metric == "hessian" and bends and can_solve:
            solver = "newton"
    elif solver == "auto":
        solver = "gd"
    if solver == "lbfgs" and not penalty.is_smooth:
        raise ValueError(
            "solver='lbfgs' cannot follow the kink of a penalty or the wall of positive"
            "=True; use solver='auto' or 'gd'."
        )
    if metric == "hessian" and not can_solve:
        raise ValueError(
            "metric='hessian' cannot follow the kink of a penalty of your own; use "
            "metric='diagonal', or give it the attribute is_smooth=True if it has none."
        )
    if solver in STOCHASTIC and metric == "hessian":
        raise ValueError(
            f"solver={solver!r} takes steps in the metric 'diagonal' or 'identity'."
        )
    return solver, metric


def _is_narrow(cost):
    """Tell whether X has few enough columns for systems of p equations."""
    n, p = cost.rows.X.shape
    if cost.loss.constant_curvature and not (math.isnan(n) or 4 * p > n):
        return p <= GRAM_COLUMNS and not hasattr(cost.rows.X, "nnz")
    outputs = cost.mean.shape[0]
    return p * outputs**0.5 <= HESSIAN_COLUMNS and outputs <= HESSIAN_OUTPUTS


def per_feature(model, rows):
    """Return penalty_weights and positive as columns of X's namespace, or numbers.

    Raises
    ------
    ValueError
        If they have not one entry for each feature, or a weight is negative.
    """
    weights, positive = model.penalty_weights, model.positive
    if weights is not None:
        weights = _column(weights, "penalty_weights", rows, float)
        if not (np.isfinite(weights).all() and (weights >= 0).all()):
            raise ValueError("penalty_weights must be zero or more, and finite.")
        weights = _arrays.widen(_arrays.like(weights, rows.zero(), "same"))
    if not isinstance(positive, bool | np.bool_):
        positive = _column(positive, "positive", rows, bool)
        positive = _arrays.like(positive, rows.zero())
    return (1.0 if weights is None else weights), positive


def _column(values, name, rows, dtype):
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


class Held:
    """Rows that are not fitted, whose loss tells when to stop.

    Parameters
    ----------
    training, validation : Cost
    patience : int
    """

    def __init__(self, training, validation, patience):
        self.training, self.validation, self.patience = training, validation, patience
        self.best, self.lowest, self.since = None, math.inf, 0

    def stops(self, theta):
        """Return whether the loss has not fallen for too many steps."""
        value = self.validation(theta)[0] - self.validation.penalty.value(theta[:-1, :])
        self.since += 1
        if value < self.lowest or self.best is None:
            self.best, self.lowest, self.since = theta, value, 0
        return self.since >= self.patience


def held_out(model, cost):
    """Return the cost's rows in two parts, one for training, one for validation."""
    codes = None
    if cost.loss.task == "classification":
        codes = _arrays.to_numpy(cost.rows.y)
        codes = codes[:, 0] if codes.ndim == 2 else codes
    state = check_random_state(model.random_state)
    parts = hold_out(cost.rows, model.validation_fraction, state, codes)
    return Held(*(cost.of(rows=rows) for rows in parts), model.n_iter_no_change)
