"""The decisions that `GDLinearModel` takes from its parameters and the given rows."""

import math
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions

from skmath import _arrays
from skmath._rows.rows import is_dask
from skmath.calculus import (
    LINKS,
    LOSSES,
    RULES,
    Huber,
    Ordinal,
)
from skmath.gd_linear_model.cost import Cost
from skmath.gd_linear_model.families import (
    FIRTH,
    ORDINAL,
    check_firth,
    check_ordinal,
    check_positive_outputs,
    estimates_dispersion,
)
from skmath.gd_linear_model.firth import FirthCost
from skmath.gd_linear_model.ordinal import OrdinalCost
from skmath.gd_linear_model.penalties import ALPHA, NAMES, penalty_for
from skmath.gd_linear_model.working_sets import WORKING_SETS

__all__ = [
    "CONSTRAINTS",
    "STOCHASTIC",
    "Options",
    "check_partial_fit",
    "options_for",
    "options_of_stream",
]

STOCHASTIC = ("sgd", "adam")
"""The solvers that take one step per batch of rows."""

BATCH = 256
"""Rows per batch with ``batch_size="auto"`` for large data."""

BATCHES = 16
"""Minimum number of batches per epoch and of rows per batch for small data: larger
batches would leave too few steps per epoch."""

HESSIAN_COLUMNS = 500
"""Columns up to which ``metric="auto"`` solves a linear system in each step: a larger
system takes longer than the steps that it saves."""

HESSIAN_OUTPUTS = 500
"""The same limit for outputs: one system per output costs as much as more steps."""

GRAM_COLUMNS = 2000
"""Columns up to which ``metric="auto"`` solves a single system, for a squared error."""

WORKING_SET_COLUMNS = 100
"""Number of columns from which selecting the ones that matter saves time."""

WORKING_SET_ROWS = 250
"""Maximum number of rows per column for which it does, for losses other than a squared
error. Beyond it, or with more than two classes, working sets are only used if there are
too many columns for a Hessian."""


CONSTRAINTS = {
    "loss": [
        StrOptions({*LOSSES, ORDINAL}),
        HasMethods(["value", "gradient", "curvature"]),
    ],
    "penalty": [
        StrOptions(NAMES),
        None,
        HasMethods(["value", "gradient", "prox"]),
    ],
    "alpha": [
        StrOptions({"auto", "cv"}),
        Interval(Real, 0, None, closed="left"),
        "array-like",
    ],
    "n_alphas": [Interval(Integral, 2, None, closed="left")],
    "alpha_rule": [StrOptions({"min", "1se"})],
    "cv": ["cv_object"],
    "n_jobs": [Integral, None],
    "l1_ratio": [Interval(Real, 0, 1, closed="both")],
    "penalty_weights": ["array-like", None],
    "groups": ["array-like", None],
    "gamma": [StrOptions({"auto"}), Interval(Real, 1, None, closed="neither")],
    "penalty_matrix": ["array-like", "sparse matrix", None],
    "positive": ["boolean", "array-like"],
    "bounds": ["array-like", Bounds, None],
    "constraints": ["array-like", LinearConstraint, None],
    "fit_intercept": ["boolean"],
    "solver": [StrOptions({"auto", *RULES, *STOCHASTIC})],
    "metric": [StrOptions({"auto", "identity", "diagonal", "hessian"})],
    "learning_rate": [
        StrOptions({"auto"}),
        Interval(Real, 0, None, closed="neither"),
    ],
    "batch_size": [
        StrOptions({"auto"}),
        Interval(Integral, 1, None, closed="left"),
    ],
    "max_iter": [Interval(Integral, 1, None, closed="left")],
    "tol": [Interval(Real, 0, None, closed="left")],
    "class_weight": [dict, StrOptions({"balanced"}), None],
    "early_stopping": ["boolean"],
    "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
    "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
    "warm_start": ["boolean"],
    "average": ["boolean", Interval(Integral, 1, None, closed="left")],
    "quantile": [Interval(Real, 0, 1, closed="neither"), "array-like"],
    "delta": [StrOptions({"auto"}), Interval(Real, 0, None, closed="neither")],
    "delta_scales": [Interval(Real, 1, None, closed="neither")],
    "epsilon": [Interval(Real, 0, None, closed="left")],
    "power": [Interval(Real, None, None, closed="neither")],
    "link": [
        StrOptions({"auto", *(name for links in LINKS.values() for name in links)})
    ],
    "dispersion": [StrOptions({"auto"}), Interval(Real, 0, None, closed="neither")],
    "random_state": ["random_state"],
}
"""Valid types and values of the parameters of `GDLinearModel`."""


@dataclass(frozen=True)
class Options:
    """What to minimise and how to descend: the parameters with "auto" resolved.

    Parameters
    ----------
    cost : type
        The class of the cost: `Cost`, or a subclass for a certain penalty or loss.
    loss : object of `skmath.calculus.losses`
    loss_name : str or object
        The loss as the user specified it.
    penalty : object of `skmath.calculus.penalties`
    in_units : bool
        Whether the penalty is to be scaled to the units of the loss and the columns.
    searches_alpha : bool
        Whether the strength has to be chosen; it is 1 in `penalty` then.
    alphas : ndarray of shape (n_alphas,) or None
        Candidates in descending order; None for the default grid.
    n_classes : int
        0 for a regression.
    fit_intercept : bool
    solver : str
        A name of `skmath.calculus.RULES` or of `STOCHASTIC`.
    metric : {"identity", "diagonal", "hessian"}
    learning_rate : float or "auto"
    centres_targets : bool
        Whether the mean of y is subtracted first, which only changes the intercept.
    estimates_scale : bool
        Whether Huber's delta is estimated with the coefficients.
    estimates_dispersion : bool
        Whether the dispersion of the negative binomial family is.
    is_firth : bool
        Whether the penalty is Firth's.
    max_iter : int
    tol : float
    batch_size : int or None
        For a stochastic solver.
    average : bool or int
        For a stochastic solver: whether its iterates are averaged, or the number of
        rows before averaging starts.
    patience : int
        Epochs without progress after which a stochastic descent ends.
    """

    cost: Any
    loss: Any
    loss_name: Any
    penalty: Any
    in_units: bool
    searches_alpha: bool
    alphas: Any
    n_classes: int
    fit_intercept: bool
    solver: str
    metric: str
    learning_rate: Any
    centres_targets: bool
    estimates_scale: bool
    estimates_dispersion: bool
    is_firth: bool
    max_iter: int
    tol: float
    batch_size: int | None
    average: bool | int
    patience: int


def options_for(model, rows, loss, n_classes):
    """Resolve the `Options` of an estimator for the rows that it is fitted to.

    Parameters
    ----------
    model : GDLinearModel
    rows : Rows
    loss : object of `skmath.calculus.losses`
    n_classes : int

    Raises
    ------
    ValueError
        If solver, metric and penalty cannot be combined, or a parameter of the penalty
        is invalid.
    """
    in_units = isinstance(model.alpha, str)
    alphas = None if isinstance(model.alpha, str | Real) else alphas_of(model.alpha)
    chooses = model.alpha == "cv" if in_units else alphas is not None
    alpha = 1.0 if chooses else ALPHA if in_units else model.alpha
    penalty = penalty_for(model, rows, loss, alpha)
    is_firth = isinstance(model.penalty, str) and model.penalty == FIRTH
    if is_firth:
        check_firth(model, rows, loss, n_classes)
    is_ordinal = isinstance(loss, Ordinal)
    if is_ordinal:
        check_ordinal(model)
    metric = choose_metric(model, rows, loss, penalty, n_classes)
    arguments = (model, rows, loss, penalty, metric)
    if not penalty.is_smooth and uses_working_sets(*arguments, n_classes):
        solver, metric = WORKING_SETS, "diagonal"
    else:
        solver = choose_solver(model, rows, loss, penalty, metric)
    check_together(solver, metric, penalty)
    if chooses:
        check_choice(model, solver)
    if loss.positive_outputs:
        check_positive_outputs(model)
    return Options(
        cost=FirthCost if is_firth else OrdinalCost if is_ordinal else Cost,
        loss=loss,
        loss_name=model.loss,
        penalty=penalty,
        in_units=in_units and hasattr(penalty, "in_units"),
        searches_alpha=chooses,
        alphas=alphas,
        n_classes=n_classes,
        fit_intercept=model.fit_intercept,
        solver=solver,
        metric=metric,
        learning_rate=model.learning_rate,
        centres_targets=(
            model.fit_intercept and getattr(loss, "is_translation_invariant", False)
        ),
        estimates_scale=model.delta == "auto" and isinstance(loss, Huber),
        estimates_dispersion=estimates_dispersion(model, loss),
        is_firth=is_firth,
        max_iter=model.max_iter,
        tol=model.tol,
        batch_size=rows_of_batch(model, rows) if solver in STOCHASTIC else None,
        average=np.asarray(model.average).item(),
        patience=model.n_iter_no_change,
    )


def check_choice(model, solver):
    """Raise a ValueError if alpha is to be chosen, but optima are not computed."""
    if model.early_stopping or solver in STOCHASTIC:
        raise ValueError(
            f"alpha={model.alpha!r} requires the optimum for each candidate: use "
            "early_stopping=False, and a solver other than 'sgd' and 'adam'."
        )


def alphas_of(alpha):
    """Return several strengths in descending order."""
    alphas = np.asarray(alpha, dtype=np.float64)
    if alphas.ndim != 1 or not alphas.size:
        raise ValueError(f"alpha must be a number or a list of numbers, got {alpha!r}.")
    if not (np.isfinite(alphas).all() and (alphas >= 0).all()):
        raise ValueError(f"alpha must be nonnegative and finite, got {alpha!r}.")
    return np.sort(alphas)[::-1]


def uses_working_sets(model, rows, loss, penalty, metric, n_classes):
    """Return True to minimise over the columns that matter, for a kinked penalty."""
    is_given = (model.solver, model.metric, model.learning_rate) != ("auto",) * 3
    # The Hessian of ordered classes is not that of the rows.
    is_given = is_given or isinstance(loss, Ordinal)
    if is_given or not hasattr(penalty, "slack") or is_dask(rows.X):
        return False
    n, p = rows.X.shape
    # With many rows, a sample estimates the curvature for all columns.
    has_few_rows = loss.smooth_curvature and n_classes < 3 and n <= WORKING_SET_ROWS * p
    pays_off = loss.constant_curvature or has_few_rows
    pays_off = (p >= WORKING_SET_COLUMNS and pays_off) or metric == "diagonal"
    return pays_off and _arrays.is_numpy(rows.X) and penalty.has_kinks


def choose_metric(model, rows, loss, penalty, n_classes):
    """Return the name of the metric; "auto" is "hessian" if its systems are small.

    Solvers that take few steps, and find their lengths, are worth the systems.
    """
    if model.metric != "auto":
        return model.metric
    takes_few = model.solver in ("auto", "lbfgs", "newton")
    if takes_few and model.learning_rate == "auto" and supports_kinks(penalty):
        n_outputs = 1 if rows.y.ndim == 1 else rows.y.shape[1]
        n_outputs = n_classes if n_classes > 2 else n_outputs
        n_rows = rows.X.shape[0]
        if model.early_stopping:
            n_rows = n_rows * (1 - model.validation_fraction)
        if is_narrow(rows, n_rows, n_outputs, loss):
            return "hessian"
    return "diagonal"


def supports_kinks(penalty):
    """Return True if the penalty's proximal map is known in the Hessian's metric."""
    names = ("kink_strength", "quadratic_minimum")
    return penalty.is_smooth or any(hasattr(penalty, name) for name in names)


def is_narrow(rows, n_rows, n_outputs, loss):
    """Return True if X has few enough columns to solve systems of p equations."""
    p, sums = rows.n_features, loss.constant_curvature
    if sums and 4 * p <= n_rows and not math.isnan(n_rows):
        # Products of the columns are only summed once.
        return p <= GRAM_COLUMNS and not hasattr(rows.X, "nnz")
    return p * n_outputs**0.5 <= HESSIAN_COLUMNS and n_outputs <= HESSIAN_OUTPUTS


def choose_solver(model, rows, loss, penalty, metric):
    """Return the name of the solver, with "auto" resolved."""
    if model.solver != "auto":
        return model.solver
    if model.learning_rate != "auto":
        return "gd"
    has_jumps = not (loss.smooth_curvature or is_dask(rows.X))
    if metric == "hessian" and has_jumps and hasattr(penalty, "kink_slope"):
        return "newton"  # its line search finds where the curvature jumps
    return "lbfgs" if penalty.is_smooth else "gd"


def check_together(solver, metric, penalty):
    """Raise a ValueError if solver, metric and penalty cannot be combined."""
    if solver == "lbfgs" and not penalty.is_smooth:
        raise ValueError(
            "solver='lbfgs' does not support penalties with kinks, positive=True, "
            "bounds or constraints; use solver='auto' or 'gd'."
        )
    if metric == "hessian" and not supports_kinks(penalty):
        raise ValueError(
            "metric='hessian' does not support a custom penalty with kinks; use metric="
            "'diagonal', or set the penalty's attribute is_smooth=True if it has none."
        )
    if solver in STOCHASTIC and metric == "hessian":
        raise ValueError(
            f"solver={solver!r} does not support metric='hessian'; use metric="
            "'diagonal' or 'identity'."
        )


def rows_of_batch(model, rows):
    """Return the number of rows per batch, with "auto" resolved."""
    if model.batch_size != "auto":
        return model.batch_size
    return int(min(BATCH, max(BATCHES, rows.X.shape[0] // BATCHES)))


def options_of_stream(model, options):
    """Return the options for a model whose next rows come in another call.

    The mean of their targets may differ, and if they are few each call is one batch.
    """
    size = BATCH if model.batch_size == "auto" else model.batch_size
    return replace(options, centres_targets=False, batch_size=size)


def check_partial_fit(model, loss):
    """Raise a ValueError for parameters that `partial_fit` does not support."""
    if model.early_stopping:
        raise ValueError(
            "early_stopping=True is not supported by partial_fit, which only has part "
            "of the rows; use early_stopping=False, and score on separate rows between "
            "the calls."
        )
    if not isinstance(model.alpha, Real) and model.alpha != "auto":
        raise ValueError(
            f"alpha={model.alpha!r} is not supported by partial_fit, which only has "
            "part of the rows; set alpha to a number."
        )
    if model.class_weight == "balanced":
        raise ValueError(
            "class_weight='balanced' is not supported by partial_fit, which only has "
            "part of the rows; use class_weight={label: weight}."
        )
    if estimates_dispersion(model, loss):
        raise ValueError(
            "dispersion='auto' is not supported by partial_fit, which only has part of "
            "the rows; set dispersion to a number."
        )
    if model.delta == "auto" and isinstance(loss, Huber):
        raise ValueError(
            "delta='auto' is not supported by partial_fit, which only has part of the "
            "rows; set delta to a number."
        )
