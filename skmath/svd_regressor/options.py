"""The decisions that `SVDRegressor` takes from its parameters and the given rows."""

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
    "can_update",
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
"""Valid types and values of the parameters of `SVDRegressor`."""

CHECKS: dict[str, Any] = {
    "accept_sparse": "csr",
    "multi_output": True,
    "y_numeric": True,
}
"""Kinds of X and y that are accepted."""


@dataclass(frozen=True)
class Options:
    """The parameters, with "auto" and None resolved as far as the rows allow it.

    Parameters
    ----------
    n_components : int, float, "auto" or None
    alphas : ndarray of shape (n_alphas,) or (n_alphas, n_outputs)
        If two-dimensional, one is chosen for each output from its column.
    searches : bool
        Whether a rank or an alpha has to be chosen, or candidates evaluated.
    criterion : {"loo", "gcv", "cv", "gavish-donoho"}
    cv : int, splitter or iterable
    scoring : str, callable or None
        Score that "cv" and "loo" compare; None means the squared error.
    stores_predictions : bool
        Whether the leave-one-out predictions are stored.
    positive : bool
    intercept : bool
    rcond : float
    epsilon : float
        Machine epsilon of X's dtype.
    solver : str
        "auto" is resolved by the solver itself, from the sums that it computes.
    random_state : int, RandomState instance or None
    """

    n_components: Any
    alphas: np.ndarray
    searches: bool
    criterion: str
    cv: Any
    scoring: Any
    stores_predictions: bool
    positive: bool
    intercept: bool
    rcond: float
    epsilon: float
    solver: str
    random_state: Any


def options_for(model, rows):
    """Resolve the `Options` of an estimator; raise a ValueError if they do not suit X.

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
            f"{smaller}, for X with n_samples={n} and n_features={p}. Use None to keep "
            "all components."
        )
    has_candidates = not isinstance(model.alpha, Real)
    alphas = (
        candidates_of(model.alpha) if has_candidates else np.array([float(model.alpha)])
    )
    if model.alpha_per_target or alphas.ndim == 2:
        alphas = columns_of_candidates(alphas, model, rows)
        has_candidates = len(alphas) > 1
    searches = has_candidates or k == "auto" or model.store_cv_results
    if model.positive and k is not None:
        raise ValueError(
            f"positive=True cannot be combined with n_components={k!r}: set "
            "n_components=None, and use alpha to regularize."
        )
    return Options(
        n_components=k,
        alphas=alphas,
        searches=searches,
        criterion=criterion_of(model, rows) if searches else "loo",
        cv=5 if model.cv is None else model.cv,
        scoring=model.scoring,
        stores_predictions=model.store_cv_results,
        positive=model.positive,
        intercept=model.fit_intercept,
        rcond=epsilon * max(10, p) if model.rcond is None else model.rcond,
        epsilon=epsilon,
        solver=model.solver,
        random_state=model.random_state,
    )


def criterion_of(model, rows):
    """Return the criterion with "auto" resolved, or raise a ValueError."""
    if model.store_cv_results and (
        model.positive or model.criterion not in ("auto", "loo")
    ):
        raise ValueError(
            "store_cv_results=True stores leave-one-out predictions, which requires "
            "criterion='loo' and positive=False."
        )
    needs_folds = model.positive or model.scoring is not None
    if not needs_folds:
        return "loo" if model.criterion == "auto" else model.criterion
    name = "positive=True" if model.positive else f"scoring={model.scoring!r}"
    uses_loo = model.store_cv_results or (
        model.criterion == "loo" and not model.positive
    )
    if not uses_loo and model.criterion not in ("auto", "cv"):
        raise ValueError(
            f"criterion={model.criterion!r} computes the squared error of a linear fit "
            f"and cannot be used with {name}: set criterion='cv'."
        )
    if model.scoring is not None and is_dask(rows.X):
        raise ValueError(
            f"{name} needs the predictions of all rows in memory, but X is a Dask "
            "array: set scoring=None, or pass X.compute() if it fits into memory."
        )
    return "loo" if uses_loo else "cv"


def candidates_of(alpha):
    """Return several alphas as an array, or raise a ValueError."""
    alphas = np.asarray(alpha)
    if alphas.dtype.kind not in "iuf":
        raise ValueError(
            f"alpha must be a number or an array of numbers, got {alpha!r}."
        )
    alphas = alphas.astype(float)
    if alphas.ndim not in (1, 2) or not alphas.size or not np.all(alphas >= 0):
        raise ValueError(
            "alpha must be a nonnegative number, a sequence of such candidates, or a "
            f"two-dimensional array of them with one column per output; got {alpha!r}."
        )
    if not np.isfinite(alphas).all():
        raise ValueError(f"alpha must be finite, got {alpha!r}.")
    return alphas


def columns_of_candidates(alphas, model, rows):
    """Return candidates of shape (n_alphas, n_outputs), or raise a ValueError.

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
            f"alpha has {alphas.shape[1]} columns, but y has {n_outputs} outputs: it "
            "needs one column per output. Pass a one-dimensional sequence to use the "
            "same candidates for all outputs."
        )
    if isinstance(model.n_components, str):
        raise ValueError(
            "n_components='auto' chooses one rank for all outputs and cannot be "
            "combined with one alpha per output. Set n_components to a number or None, "
            "or fit each output separately with scikit-learn's MultiOutputRegressor."
        )
    alphas = alphas if alphas.ndim == 2 else alphas[:, None]
    return np.broadcast_to(alphas, (len(alphas), n_outputs))


def can_update(model):
    """Return True if `partial_fit` is available; else raise an AttributeError."""
    shape = np.shape(model.alpha)
    has_candidates = shape and not (len(shape) == 2 and shape[0] == 1)
    searches = has_candidates or isinstance(model.n_components, str)
    if model.solver not in STREAMING:
        reason = f"solver={model.solver!r} does not store sums that can be updated"
    elif model.store_cv_results:
        reason = "store_cv_results=True needs to read the rows again"
    elif searches and (model.positive or model.scoring is not None):
        reason = (
            "choosing alpha with positive=True or scoring needs to read the rows again"
        )
    elif searches and model.criterion not in ("gcv", "gavish-donoho"):
        reason = f"criterion={model.criterion!r} needs to read the rows again"
    else:
        return True
    raise AttributeError(f"partial_fit is not available: {reason}.")
