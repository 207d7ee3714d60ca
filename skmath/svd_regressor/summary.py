"""Summary of a fit: a table of estimates with their standard errors."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from skmath import _arrays
from skmath._estimators.estimates import Summary
from skmath._estimators.summary import (
    note_of_no_spread,
    robust_root,
    score_sums,
    summary_table,
    without_spread,
)
from skmath._rows.checks import check_squares
from skmath.linear_algebra import affine, project
from skmath.statistics import as_columns

__all__ = [
    "FitStatistics",
    "joined",
    "leverages",
    "noise_variance",
    "standard_deviations",
    "summarize",
]

FEWER_COMPONENTS = "Use fewer n_components or a larger alpha."
"""Advice if no degrees of freedom are left."""

SUM_OF_WEIGHTS = (
    "Weights count repetitions of rows, so their sum is the number of observations. If "
    "they are inverse variances, scale sample_weight to sum to the number of rows, or "
    "call summary with weights_are='precision'."
)
"""Advice if the weights sum to less than the number of rows."""

MAX_PRIOR_COLUMNS = 2000
"""Maximum number of columns for which the covariance due to the prior is stored."""

SAME_ROWS = 1e-3
"""Relative difference of the squared errors that shows that rows were not fitted."""


def joined(summaries):
    """Combine the summaries of single outputs into one, with one array row per output.

    Its degrees of freedom are an array, because each output has its own.
    """
    first, *_ = summaries
    common = {"name": first.name, "cov_type": first.cov_type}
    common["confidence"], common["output"] = first.confidence, None
    common["n_groups"] = first.n_groups
    arrays = {
        name: np.stack([summary[name] for summary in summaries])
        for name in first
        if name not in ("notes", *common) and first[name] is not None
    }
    common["notes"] = list(
        dict.fromkeys(note for summary in summaries for note in summary.notes)
    )
    common["output"] = [f"y{j}" for j in range(len(summaries))]
    return Summary(**{"covariance_factor": None, **common, **arrays})


@dataclass(frozen=True)
class FitStatistics:
    """The parts of a fit that its standard errors depend on.

    Parameters
    ----------
    A : Decomposition
    axes : ndarray of shape (k, n_features)
        diag(f^1/2 / s) V'. axes' axes is the regularized inverse of A'A.
    degrees : float
        Sum of the filter factors.
    n_components : int
    alpha : float
    is_chosen : bool
        Whether n_components or alpha was chosen from the data.
    coef : ndarray of shape (n_features,) or (n_outputs, n_features)
    intercept : ndarray of shape () or (n_outputs,)
    names : list of str
        Names of the columns.
    """

    A: Any
    axes: np.ndarray
    degrees: float
    n_components: int
    alpha: float
    is_chosen: bool
    coef: np.ndarray
    intercept: np.ndarray
    names: list[str]

    @property
    def mean(self):
        """Means of the columns; zeros without an intercept."""
        return self.A.mean[: self.axes.shape[1]]

    def parameters(self, share):
        """Return the axes of all coefficients, with those of the intercept.

        Parameters
        ----------
        share : float
            Weight of the row of ones in the intercept at the mean.
        """
        if not self.A.intercept:
            return self.axes
        of_ones = np.append(share, np.zeros(self.axes.shape[1]))
        return np.vstack([of_ones, _with_intercept(self.axes, self.mean)])


def summarize(fit, rows, options):
    """Return the `Summary` of a fit.

    Parameters
    ----------
    fit : FitStatistics
    rows : Rows or None
        The training rows; only needed for a robust covariance.
    options : SummaryOptions

    Raises
    ------
    ValueError
        If no degrees of freedom are left.
    """
    A, coef = fit.A, np.atleast_2d(fit.coef).astype(float)
    n = A.weight if options.repeats else float(A.rows.weighted)
    variance = noise_variance(A, fit.degrees, n)
    residual_degrees, names, estimate = n - fit.degrees - A.intercept, fit.names, coef
    if A.intercept:
        names = ["intercept", *names]
        estimate = np.hstack([np.reshape(fit.intercept, (-1, 1)), coef])
    undetermined = undetermined_errors(A.problem, fit.n_components, fit.alpha, fit.mean)
    undetermined = undetermined if A.intercept else undetermined[1:]
    notes = _notes(fit, undetermined, options)
    if options.is_robust:
        factor, is_exact = _robust_factor(fit, rows, n, options, notes)
        if is_exact.any():
            places = np.flatnonzero(is_exact.any(axis=0))
            notes.append(note_of_no_spread([names[j] for j in places], options))
        undetermined = np.where(np.isinf(undetermined) | is_exact, np.inf, 0.0)
        df = residual_degrees if options.groups is None else options.n_groups - 1.0
    else:
        root, df = fit.parameters(A.weight**-0.5), residual_degrees
        prior = _factor_of_prior(fit, undetermined)
        root = root if prior is None else np.vstack([root, prior])
        factor = np.sqrt(variance)[:, None, None] * root
    error = np.linalg.norm(factor, axis=1)
    if not options.is_robust and len(fit.names) > MAX_PRIOR_COLUMNS:
        error = np.hypot(error, np.sqrt(variance)[:, None] * undetermined)
        factor = (
            None if (np.isfinite(undetermined) & (undetermined > 0)).any() else factor
        )
    error = np.where(np.isinf(undetermined), np.inf, error)
    if factor is not None:
        factor = np.where(np.isinf(error)[:, None, :], np.nan, factor)
    is_flat = fit.coef.ndim == 1
    if is_flat:
        estimate, error, variance = estimate[0], error[0], variance[0]
        factor = None if factor is None else factor[0]
    return summary_table(
        *(estimate, factor, names, df, options),
        error=error,
        output=None if is_flat else [f"y{j}" for j in range(len(coef))],
        notes=notes,
        noise_variance=variance,
    )


def noise_variance(A, degrees, n):
    """Return the residual variance per output; raise if no degrees of freedom are left.

    Parameters
    ----------
    A : Decomposition
    degrees : float
        Degrees of freedom of the coefficients, without the intercept.
    n : float
        Number of rows, or sum of their weights.
    """
    residual_degrees = n - degrees - A.intercept
    # The sum of filter factors is rounded, and the sum of weights may be too.
    if not residual_degrees > 1e-8 * n:
        remedy = SUM_OF_WEIGHTS if n < A.rows.weighted else FEWER_COMPONENTS
        raise ValueError(
            f"{n:g} rows leave no degree of freedom to estimate the noise, after "
            f"fitting {degrees:g} components. {remedy}"
        )
    check_squares(A.residual_squares, "y")
    return A.residual_squares / residual_degrees


def _notes(fit, undetermined, options):
    """Return notes on the limits of the table's numbers."""
    notes = []
    if fit.is_chosen:
        notes.append(
            "n_components or alpha was chosen from the same rows; the standard errors "
            "do not account for this choice."
        )
    if fit.alpha > 0:
        notes.append(
            f"alpha={fit.alpha:g} shrinks the estimates towards 0, and the intervals "
            "are centred at the shrunken values. "
            + (
                "The standard errors do not include this bias."
                if options.is_robust
                else "The standard errors are those of the posterior for the prior "
                "N(0, noise_variance / alpha)."
            )
        )
    if fit.n_components < fit.A.problem.rank:
        notes.append(
            f"{fit.n_components} of {fit.A.problem.rank} components are kept: the "
            "standard errors only hold within their span."
        )
    if np.isinf(undetermined).any():
        notes.append("Columns are linearly dependent: see CollinearityWarning.")
    return notes


def _factor_of_prior(fit, undetermined):
    """Return a factor of the covariance that only the prior determines."""
    p = len(fit.names)
    is_open = np.isfinite(undetermined) & (undetermined > 0)
    if not is_open.any() or p > MAX_PRIOR_COLUMNS:
        return None
    Vt = fit.A.problem.svd.Vt
    F = (np.eye(p) - Vt.T @ Vt) / fit.alpha**0.5
    F = _with_intercept(F, fit.mean) if fit.A.intercept else F
    return np.where(is_open, F, 0.0)


def _with_intercept(axes, mean):
    """Prepend the intercept's axes -mean'b to those of the coefficients."""
    return np.hstack([-(axes @ mean)[:, None], axes])


def _robust_factor(fit, rows, n, options, notes):
    """Return a factor of each output's sandwich, and what it does not determine.

    Returns
    -------
    factor : ndarray of shape (n_outputs, k, k)
    is_exact : ndarray of bool of shape (n_outputs, k)
    """
    A = fit.A
    if options.groups is not None:
        rows = rows.with_columns(options.groups)
    share = 1 / A.weight if A.intercept else 0.0
    W, c = np.atleast_2d(fit.coef).T, np.reshape(fit.intercept, (-1,))
    squares, score_products = rows.in_blocks(rows_per_feature=1).sum(
        *(residual_scores, W, c, fit.mean, fit.axes, share, options)
    )
    squares = _arrays.to_numpy(squares)
    if (np.abs(squares - A.residual_squares) > SAME_ROWS * squares).any():
        notes.append(
            "The residuals of X and y differ from those of the fit: pass the rows and "
            "the sample_weight used in fit."
        )
    k = fit.degrees + A.intercept
    # Without regularization the scores sum to 0; with it (X - mean)'e = alpha b.
    sums = fit.alpha * (fit.axes @ W).T
    sums = np.pad(sums, [(0, 0), (int(A.intercept), 0)])
    roots = np.stack(
        [
            robust_root(M, options, n, k, g)
            for M, g in zip(score_products, sums, strict=True)
        ]
    )
    axes = fit.parameters(share)
    is_exact = [
        without_spread(root, axes, g) for root, g in zip(roots, sums, strict=True)
    ]
    return roots @ axes, np.stack(is_exact)


def residual_scores(X, y, weight, W, c, mean, axes, share, options):
    """Return a block's sums of squared errors and of products of scores.

    The score of a row is its error times [1, (x - mean) axes'], for each output.
    """
    y, codes = as_columns(y, X), None
    if options.groups is not None:
        y, codes = y[:, :-1], y[:, -1]
    X, y = _arrays.widen(X), _arrays.widen(y)
    weight = None if weight is None else _arrays.widen(weight)
    W, c, mean, axes = (_arrays.like(a, y, "same") for a in (W, c, mean, axes))
    xp, T, errors = _arrays.namespace(y), project(X, mean, axes), y - affine(X, W, c)
    h = xp.sum(T * T, axis=1) + share
    if share:
        T = xp.concat([xp.ones_like(y[:, :1]), T], axis=1)
    squares = xp.sum(_arrays.weigh(errors * errors, weight), axis=0)
    return squares, tuple(
        score_sums(_arrays.weigh(T, errors[:, j]), h, weight, codes, options)
        for j in range(errors.shape[1])
    )


def undetermined_errors(problem, k, alpha, mean):
    """Return standard errors, in units of the noise, where X does not determine b.

    Parameters
    ----------
    problem : LeastSquares
    k : int
        Number of directions kept.
    alpha : float
        If 0, they are infinite for undetermined coefficients; otherwise those of the
        prior.
    mean : ndarray of shape (n_features,)

    Returns
    -------
    ndarray of shape (1 + n_features,)
        For mean'b and for each entry of b.
    """
    if k < problem.rank or problem.length is not None:
        return np.zeros(1 + problem.n_features)
    is_open = problem.left_open(mean)
    if alpha == 0 or not is_open.any():
        return np.where(is_open, np.inf, 0.0)
    Vt = problem.svd.Vt
    undetermined = np.sqrt(np.maximum(1 - np.sum(Vt**2, axis=0), 0.0))
    along_mean = np.linalg.norm(mean - Vt.T @ (Vt @ mean))
    return np.where(is_open, np.append(along_mean, undetermined), 0.0) / alpha**0.5


def leverages(X, mean, axes, share):
    """Return the leverages: squared lengths of (X - mean) axes', plus `share`.

    Parameters
    ----------
    X : array or CSR matrix of shape (n_samples, n_features)
    mean : array of shape (n_features,)
    axes : array of shape (k, n_features)
        diag(f^1/2 / s) V'.
    share : float
        Contribution of the intercept: 1/n, or 0 without one.

    Returns
    -------
    array of shape (n_samples,)
    """
    T = project(X, mean, axes)
    return _arrays.namespace(T).sum(T * T, axis=1) + share


def standard_deviations(X, mean, axes, share, noise):
    """Return noise (1 + h)^1/2 with the `leverages` h.

    Parameters
    ----------
    X, mean, axes, share
        As in `leverages`.
    noise : array of shape () or (n_outputs,)

    Returns
    -------
    array of shape (n_samples,) or (n_samples, n_outputs)
    """
    h = leverages(X, mean, axes, share)
    root = _arrays.namespace(h).sqrt(1 + h)
    return root * noise if noise.ndim == 0 else root[:, None] * noise
