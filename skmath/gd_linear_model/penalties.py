"""The penalty that the parameters of `GDLinearModel` define for the given columns."""

from dataclasses import replace
from numbers import Real

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint

from skmath import _arrays
from skmath._arrays import host
from skmath.calculus import (
    MCP,
    PENALTIES,
    SCAD,
    Bounded,
    ElasticNet,
    FusedLasso,
    LinearlyConstrained,
    SparseGroup,
    Tikhonov,
    resolve_penalty,
)
from skmath.calculus.linear_constraints import conflict
from skmath.calculus.metrics import STILL
from skmath.gd_linear_model.families import FIRTH

__all__ = ["ALPHA", "NAMES", "penalty_for", "roots_of"]

ALPHA = 1e-4
"""Strength of the penalty with ``alpha="auto"``: with standardised columns it shrinks
coefficients of a squared error by a ten thousandth, which no test could detect."""


SYMMETRIC = 1e-10
"""Relative size of a matrix's antisymmetric part, or of its negative eigenvalues, that
counts as rounding."""


def penalty_for(model, rows, loss, alpha):
    """Return the penalty of an estimator for the columns of X.

    Parameters
    ----------
    model : GDLinearModel
    rows : Rows
    loss : object of `skmath.calculus.losses`
    alpha : float
        Strength of the penalty.

    Raises
    ------
    ValueError
        If a parameter does not have one entry per column, or is invalid.
    """
    weights, positive = 1.0, model.positive
    if model.penalty_weights is not None:
        weights = weights_of_columns(model.penalty_weights, rows)
    if not isinstance(positive, bool | np.bool_):
        positive = _arrays.like(
            as_column(positive, "positive", rows, bool), rows.zero()
        )
    lower = upper = None
    if model.bounds is not None:
        lower, upper, positive = bounds_of_columns(model.bounds, positive, rows)
    each = weights, positive
    if isinstance(model.penalty, str) and model.penalty in MAKERS:
        penalty = MAKERS[model.penalty](model, rows, alpha, *each)
    else:
        penalty = resolve_penalty(model.penalty, alpha, model.l1_ratio, *each)
    if model.constraints is not None:
        return constrained(penalty, (lower, upper), model, rows, loss)
    return penalty if lower is None else within_bounds(penalty, lower, upper, model)


def bounds_of_columns(bounds, positive, rows):
    """Return lower and upper bounds as columns, or None and which must be nonnegative.

    The latter is enough if all bounds are 0 from below.
    """
    if isinstance(bounds, Bounds):
        bounds = bounds.lb, bounds.ub
    if len(bounds) != 2:
        raise ValueError(
            "bounds must be a pair (lower, upper), each a number or an array with one "
            f"entry per column; got {len(bounds)} entries."
        )
    lower, upper = (
        bound_of_columns(bound, name, rows)
        for bound, name in zip(bounds, ("lower", "upper"), strict=True)
    )
    lower = np.where(host(positive), np.maximum(lower, 0.0), lower)
    check_bounds(lower, upper)
    if np.isin(lower, [0.0, -np.inf]).all() and (upper == np.inf).all():
        return None, None, _arrays.like(lower == 0.0, rows.zero())
    return lower, upper, False


def bound_of_columns(bound, name, rows):
    """Return one bound per column, from an array or a number for all."""
    if isinstance(bound, Real) or np.size(bound) == 1:
        bound = np.full(rows.n_features, np.ravel(bound)[0])
    return as_column(bound, f"The {name} bounds", rows, float)


def check_bounds(lower, upper):
    """Raise a ValueError if a lower bound is above its upper bound."""
    if np.isnan(lower).any() or np.isnan(upper).any():
        raise ValueError("bounds contains NaN; use inf or -inf for no bound.")
    empty = (lower > upper) | (lower == np.inf) | (upper == -np.inf)
    if empty.any():
        j = int(np.argmax(empty))
        raise ValueError(
            f"bounds allow no value for column {j}: the lower bound is "
            f"{lower[j, 0]:g}, the upper bound {upper[j, 0]:g}. Set lower <= upper."
        )


def within_bounds(penalty, lower, upper, model):
    """Return a penalty with bounds on the coefficients."""
    if not isinstance(penalty, ElasticNet):
        raise ValueError(
            f"bounds other than (0, inf) require penalty='l2', 'l1', 'elasticnet' or "
            f"None, got penalty={model.penalty!r}."
        )
    return Bounded(penalty, lower, upper)


def group(model, rows, alpha, weights, positive):
    """Return the group lasso."""
    groups = groups_of_columns(model, rows)
    return SparseGroup(alpha, 0.0, groups, weights, positive)


def sparse_group(model, rows, alpha, weights, positive):
    """Return the sparse group lasso."""
    groups = groups_of_columns(model, rows)
    return SparseGroup(alpha, model.l1_ratio, groups, weights, positive)


def none(model, rows, alpha, weights, positive):
    """Return no penalty: Firth's determinant is part of the cost."""
    return resolve_penalty(None, alpha, model.l1_ratio, weights, positive)


def mcp(model, rows, alpha, weights, positive):
    """Return the minimax concave penalty."""
    return MCP(alpha, concavity(model, least=1, usual=3.0), weights, positive)


def scad(model, rows, alpha, weights, positive):
    """Return the smoothly clipped absolute deviation."""
    return SCAD(alpha, concavity(model, least=2, usual=3.7), weights, positive)


def fused(model, rows, alpha, weights, positive):
    """Return the fused lasso."""
    check_no_sign_constraint(positive)
    one = np.zeros(rows.n_features, dtype=np.intp)
    groups = one if model.groups is None else groups_of_columns(model, rows)
    return FusedLasso(alpha, groups, weights)


def l2(model, rows, alpha, weights, positive):
    """Return half the sum of squares, or Tikhonov's penalty if there is a matrix."""
    if model.penalty_matrix is None:
        return ElasticNet(alpha, 0.0, weights, positive)
    check_no_sign_constraint(positive, "penalty_matrix")
    if model.penalty_weights is not None:
        raise ValueError(
            "penalty_weights cannot be combined with penalty_matrix: multiply the "
            "matrix's rows and columns by the square roots of the weights instead."
        )
    P = matrix_of_columns(model.penalty_matrix, rows)
    return Tikhonov(alpha, P, like=rows.zero())


MAKERS = {
    FIRTH: none,
    "l2": l2,
    "group": group,
    "sparse_group": sparse_group,
    "mcp": mcp,
    "scad": scad,
    "fused": fused,
}
"""The penalties that need more than a strength, by name."""

NAMES = {name for name in PENALTIES if name} | set(MAKERS)
"""All names of penalties."""


def constrained(penalty, bounds, model, rows, loss):
    """Return a penalty with linear constraints on the coefficients."""
    walls = getattr(penalty, "has_constraints", False)
    if not isinstance(penalty, ElasticNet) or penalty.has_kinks:
        raise ValueError(
            "constraints require a penalty without kinks, penalty='l2' or None, got "
            f"penalty={model.penalty!r}."
        )
    if loss.has_kink:
        raise ValueError(
            f"constraints require a loss without kinks, got loss={model.loss!r}; use "
            "for example 'huber' or 'squared_hinge', which are smooth."
        )
    A, lower, upper = constraint_rows(model.constraints, rows)
    p, n_own = rows.n_features, len(A)
    if walls:
        positive = np.broadcast_to(host(penalty.positive), (p, 1))
        bounds = np.where(positive, 0.0, -np.inf), np.full((p, 1), np.inf)
        penalty = replace(penalty, positive=False)
    if bounds[0] is not None:
        A = np.concatenate([A, np.eye(p)])
        lower = np.append(lower, bounds[0])
        upper = np.append(upper, bounds[1])
    rows_in_conflict = conflict(A, lower, upper)
    if rows_in_conflict.size:
        own = rows_in_conflict[rows_in_conflict < n_own].tolist()
        more = " together with bounds" if rows_in_conflict[-1] >= n_own else ""
        if len(own) == 1 and not more:
            raise ValueError(
                f"constraints cannot be satisfied: no w satisfies row {own[0]} of A. "
                "Its lower bound must not be above its upper bound, and for a row of "
                "zeros the bounds must include 0."
            )
        raise ValueError(
            f"constraints cannot be satisfied: rows {own} of A contradict each other"
            f"{more}. Remove one of them, or relax its bound."
        )
    return LinearlyConstrained(penalty, A, lower, upper, n_own)


def constraint_rows(constraints, rows):
    """Return A, lower and upper of lower <= A w <= upper."""
    if isinstance(constraints, LinearConstraint):
        A, lower, upper = constraints.A, constraints.lb, constraints.ub
    elif len(constraints) == 2:
        (A, upper), lower = constraints, -np.inf
    else:
        raise ValueError(
            "constraints must be a pair (A, b), for A w <= b, or a scipy.optimize."
            f"LinearConstraint; got {len(constraints)} entries."
        )
    A = A.toarray() if sparse.issparse(A) else A
    try:
        A, lower, upper = (np.asarray(x, dtype=np.float64) for x in (A, lower, upper))
    except (TypeError, ValueError) as failure:
        raise ValueError(
            "constraints must hold numbers: a matrix A with one column per feature, "
            f"and one bound per row of A. {failure}"
        ) from failure
    A = np.atleast_2d(A)
    if A.ndim != 2 or A.shape[1] != rows.n_features:
        raise ValueError(
            "The matrix A of constraints must have one column for each of the "
            f"{rows.n_features} features, got shape {A.shape}."
        )
    ends = [lower, upper]
    if any(x.ndim > 1 or x.size not in (1, len(A)) for x in ends):
        raise ValueError(
            f"The bounds of constraints must have one entry for each of the {len(A)} "
            f"rows of A, got shapes {ends[0].shape} and {ends[1].shape}."
        )
    lower, upper = (np.broadcast_to(x, (len(A),)) for x in ends)
    if not np.isfinite(A).all() or np.isnan(lower).any() or np.isnan(upper).any():
        raise ValueError(
            "constraints contains NaN, or A contains infinity. A must be finite; use "
            "inf or -inf for no bound."
        )
    return A, lower, upper


def check_no_sign_constraint(positive, name="penalty='fused'"):
    """Raise a ValueError if a coefficient is constrained to be nonnegative."""
    if host(positive).any():
        raise ValueError(
            f"positive and bounds cannot be combined with {name}: leave them at their "
            "defaults."
        )


def concavity(model, least, usual):
    """Return gamma, with "auto" resolved."""
    if isinstance(model.gamma, str):
        return usual
    if not model.gamma > least:
        raise ValueError(
            f"gamma must be above {least} for penalty={model.penalty!r}, got "
            f"{model.gamma}: the penalty would be more concave than the loss is convex."
        )
    return float(model.gamma)


def matrix_of_columns(P, rows):
    """Return penalty_matrix as a symmetric ndarray without negative eigenvalues."""
    P = P.toarray() if sparse.issparse(P) else np.asarray(P, dtype=np.float64)
    p = rows.n_features
    if P.shape != (p, p) or not np.isfinite(P).all():
        raise ValueError(
            f"penalty_matrix must be a finite matrix of shape ({p}, {p}), with one row "
            f"and one column per feature; got shape {P.shape}."
        )
    size = np.abs(P).max(initial=0.0)
    if np.abs(P - P.T).max(initial=0.0) > SYMMETRIC * size:
        raise ValueError("penalty_matrix must be symmetric; use (P + P.T) / 2.")
    P = 0.5 * (P + P.T)
    # In units in which each coefficient has the same penalty.
    length = np.sqrt(np.abs(np.diag(P)))
    length = np.where(length > 0, length, 1.0)
    least = np.linalg.eigvalsh(P / length / length[:, None]).min(initial=0.0)
    if least < -SYMMETRIC * p:
        raise ValueError(
            "penalty_matrix must be positive semidefinite, or the cost would have no "
            "minimum; scaled to unit diagonal, its smallest eigenvalue is "
            f"{least:.1e}. D.T @ D is positive semidefinite for any D."
        )
    return P


def groups_of_columns(model, rows):
    """Return the group of each column as a number from 0."""
    if model.groups is None:
        raise ValueError(
            f"penalty={model.penalty!r} requires groups: an array with one label for "
            f"each of the {rows.n_features} columns of X, equal within a group."
        )
    labels = np.asarray(model.groups)
    if labels.shape != (rows.n_features,):
        raise ValueError(
            f"groups must have one label for each of the {rows.n_features} columns of "
            f"X, got shape {labels.shape}. Give a single column a label of its own."
        )
    if any(label is None or label != label for label in labels.tolist()):
        raise ValueError(
            "groups contains missing labels, but must cover all columns of X. Give a "
            "single column a label of its own."
        )
    return np.unique(labels, return_inverse=True)[1].ravel()


def weights_of_columns(weights, rows):
    """Return penalty_weights as a column in X's namespace."""
    weights = as_column(weights, "penalty_weights", rows, float)
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise ValueError("penalty_weights must be nonnegative and finite.")
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


def roots_of(penalty, scale):
    """Return R per output, with R'R the penalty's Hessian, and columns over scale."""
    scale = _arrays.to_numpy(scale)
    if hasattr(penalty, "hessians"):
        values, vectors = np.linalg.eigh(penalty.hessians(scale.shape[1]))
        roots = np.maximum(values, 0.0)[:, :, None] ** 0.5 * np.swapaxes(vectors, 1, 2)
        roots = roots / scale.T[:, None, :]
    else:
        curvature = penalty.curvature
        if _arrays.is_array(curvature):
            curvature = _arrays.to_numpy(curvature)
        ridge = (curvature + 0.0 * scale) ** 0.5 / scale
        roots = np.stack([np.diag(r) for r in ridge.T])
    # Constant columns must not count as linear dependencies of others.
    for root, still in zip(roots, (scale >= STILL).T, strict=True):
        root[still, :] = root[:, still] = 0.0
        root[still, still] = 1.0
    return roots
