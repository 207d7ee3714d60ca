"""What the parameters of `SVDRegressor` mean for the rows at hand."""

from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.metrics import get_scorer_names
from sklearn.utils._param_validation import Interval, StrOptions

from skmath import _arrays
from skmath._rows.rows import is_dask
from skmath.svd_regressor.solvers import SOLVERS, STREAMING

__all__ = [
    "CHECKS",
    "CONSTRAINTS",
    "Options",
    "can_stream",
    "candidates_of",
    "options_for",
]

CONSTRAINTS = {
    "n_components": [
        Interval(Integral, 1, None, closed="left"),
        Interval(Real, 0, 1, closed="neither"),
        StrOptions({"auto"}),
        None,
    ],
    "alpha": [Interval(Real, 0, None, closed="left"), "array-like"],
    "alpha_per_target": ["boolean"],
    "criterion": [StrOptions({"auto", "loo", "gcv", "cv", "gavish-donoho"})],
    "cv": ["cv_object"],
    "scoring": [StrOptions(set(get_scorer_names())), callable, None],
    "store_cv_results": ["boolean"],
    "positive": ["boolean"],
    "fit_intercept": ["boolean"],
    "rcond": [Interval(Real, 0, 1, closed="left"), None],
    "solver": [StrOptions(set(SOLVERS))],
    "random_state": ["random_state"],
}
"""What the parameters of `SVDRegressor` may be."""

CHECKS = {"accept_sparse": "csr", "multi_output": True, "y_numeric": True}
"""What X and y may be."""


@dataclass(frozen=True)
class Options:
    """What was asked for, with "auto" and None resolved as far as rows allow it.

    Parameters
    ----------
    n_components : int, float, "auto" or None
    alphas : ndarray of shape (n_alphas,) or (n_alphas, n_outputs)
        With a column for each output there is one to choose for each.
    chooses : bool
        Whether there is a rank or an alpha to choose, or one to look at.
    criterion : {"loo", "gcv", "cv", "gavish-donoho"}
    cv : int, splitter or iterable
    scoring : str, callable or None
        What "cv" and "loo" compare; None is the squared error.
    keeps_predictions : bool
        Whether those of the rows that are left out one by one are wanted.
    positive : bool
    intercept : bool
    rcond : float
    epsilon : float
        Rounding unit of X.
    solver : str
        "auto" is decided by the solver itself, which looks at what it has summed.
    random_state : int, RandomState instance or None
    """

    n_components: Any
    alphas: np.ndarray
    chooses: bool
    criterion: str
    cv: Any
    scoring: Any
    keeps_predictions: bool
    positive: bool
    intercept: bool
    rcond: float
    epsilon: float
    solver: str
    random_state: Any


def options_for(model, rows):
    """Return the `Options` of a model, or raise a ValueError if they do not suit X.

    Parameters
    ----------
    model : SVDRegressor
    rows : Rows

    Returns
    -------
    Options
    """
    n, p = rows.X.shape
    smaller = p if n != n else min(n, p)  # a Dask array may not know n
    k, epsilon = model.n_components, _arrays.epsilon(rows.X)
    if isinstance(k, Integral) and k > smaller:
        raise ValueError(
            f"n_components={k} must be at most min(n_samples, n_features) = "
            f"{smaller}, for X with n_samples={n} and n_features={p}. None takes "
            "as many as there are."
        )
    several = not isinstance(model.alpha, Real)
    alphas = candidates_of(model.alpha) if several else np.array([float(model.alpha)])
    if model.alpha_per_target or alphas.ndim == 2:
        alphas = columns_of_candidates(alphas, model, rows)
        several = len(alphas) > 1
    chooses = several or k == "auto" or model.store_cv_results
    if model.positive and k is not None:
        raise ValueError(
            f"positive=True bounds each coefficient, and n_components={k!r} drops"
            " directions that mix them: set n_components=None, and alpha to damp."
        )
    return Options(
        n_components=k,
        alphas=alphas,
        chooses=chooses,
        criterion=criterion_of(model, rows) if chooses else "loo",
        cv=5 if model.cv is None else model.cv,
        scoring=model.scoring,
        keeps_predictions=model.store_cv_results,
        positive=model.positive,
        intercept=model.fit_intercept,
        rcond=epsilon * max(10, p) if model.rcond is None else model.rcond,
        epsilon=epsilon,
        solver=model.solver,
        random_state=model.random_state,
    )


def criterion_of(model, rows):
    """Return the criterion of a choice, with "auto" decided, or raise a ValueError."""
    if model.store_cv_results and (
        model.positive or model.criterion not in ("auto", "loo")
    ):
        raise ValueError(
            "store_cv_results=True keeps the leave-one-out predictions of a linear fit:"
            " set criterion='loo' and positive=False."
        )
    needs_folds = model.positive or model.scoring is not None
    if not needs_folds:
        return "loo" if model.criterion == "auto" else model.criterion
    name = "positive=True" if model.positive else f"scoring={model.scoring!r}"
    left_out = model.store_cv_results or (
        model.criterion == "loo" and not model.positive
    )
    if not left_out and model.criterion not in ("auto", "cv"):
        raise ValueError(
            f"criterion={model.criterion!r} is a formula of the squared error of "
            f"a linear fit, and {name} needs predictions for folds: set criterion='cv'."
        )
    if model.scoring is not None and is_dask(rows.X):
        raise ValueError(
            f"{name} is computed of predictions of all rows at once, and X is a Dask "
            "array: set scoring=None, or pass X.compute() if it fits into memory."
        )
    return "loo" if left_out else "cv"


def candidates_of(alpha):
    """Return several alphas as an array, or raise a ValueError."""
    alphas = np.asarray(alpha)
    if alphas.dtype.kind not in "iuf":
        raise ValueError(f"alpha must be a number or hold numbers, got {alpha!r}.")
    alphas = alphas.astype(float)
    if alphas.ndim not in (1, 2) or not alphas.size or not np.all(alphas >= 0):
        raise ValueError(
            "alpha must be a number of 0 or more, a sequence of such candidates, or a "
            f"table of them with a column for each output; got {alpha!r}."
        )
    if not np.isfinite(alphas).all():
        raise ValueError(f"alpha must be finite, got {alpha!r}.")
    return alphas


def columns_of_candidates(alphas, model, rows):
    """Return candidates in an array of shape (n_alphas, n_outputs), or raise an error.

    Parameters
    ----------
    alphas : ndarray of shape (n_alphas,) or (n_alphas, n_outputs)
    model : SVDRegressor
    rows : Rows

    Returns
    -------
    ndarray of shape (n_alphas, n_outputs)
    """
    n_outputs = 1 if rows.y.ndim == 1 else rows.y.shape[1]
    if alphas.ndim == 2 and alphas.shape[1] != n_outputs:
        raise ValueError(
            f"alpha has {alphas.shape[1]} columns, one for each output, and y has "
            f"{n_outputs}. Give candidates for all outputs as a flat sequence."
        )
    if isinstance(model.n_components, str):
        raise ValueError(
            "n_components='auto' chooses one rank for all outputs, and alpha_per_target"
            "=True one alpha for each. Set n_components to a number or None, or fit "
            "each output by scikit-learn's MultiOutputRegressor."
        )
    alphas = alphas if alphas.ndim == 2 else alphas[:, None]
    return np.broadcast_to(alphas, (len(alphas), n_outputs))


def can_stream(model):
    """Return True, or raise an AttributeError, which hides `partial_fit`."""
    shape = np.shape(model.alpha)
    several = shape and not (len(shape) == 2 and shape[0] == 1)
    chooses = several or isinstance(model.n_components, str)
    if model.solver not in STREAMING:
        reason = f"solver={model.solver!r} keeps no sums that rows could be added to"
    elif model.store_cv_results:
        reason = "store_cv_results=True reads the rows again"
    elif chooses and (model.positive or model.scoring is not None):
        reason = "a choice by positive=True or by scoring reads the rows again"
    elif chooses and model.criterion not in ("gcv", "gavish-donoho"):
        reason = f"criterion={model.criterion!r} reads the rows again"
    else:
        return True
    raise AttributeError(f"partial_fit is not available: {reason}.")
