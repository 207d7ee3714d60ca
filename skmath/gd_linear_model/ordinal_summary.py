r"""Standard errors of the coefficients and thresholds for ordered classes.

Both are in one Hessian,

.. math:: H = \begin{pmatrix} A & -B \\ -B^T & T \end{pmatrix},

of the observed loss, as in statsmodels' OrderedModel and R's polr; its inverse is their
covariance, or with the rows' scores a sandwich (`skmath.gd_linear_model.inference`).
Columns are standardised: thresholds are then relative to the mean of the outputs, and
are converted back to those for X with the joint covariance.
"""

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg import solve_triangular

from skmath import _arrays
from skmath._estimators.summary import robust_root, score_sums, summary_table
from skmath.gd_linear_model.inference import (
    COUPLING_PENALTIES,
    EPSILON,
    WELL_CONDITIONED,
    SolvedEquation,
    dispersions,
    farthest,
    free_of,
    notes_of,
)
from skmath.gd_linear_model.ordinal import ordered, threshold_sums
from skmath.gd_linear_model.scores import Design
from skmath.linear_algebra import from_gram
from skmath.statistics import indicators

__all__ = ["summarize_ordinal"]


def summarize_ordinal(cost, theta, options, labels):
    """Return the `Summary` of ordered classes.

    Parameters
    ----------
    cost : OrdinalCost
        Cost of the training rows.
    theta : array of shape (n_features + 1, 1)
    options : SummaryOptions
    labels : Labels

    Raises
    ------
    ValueError
        If the penalty or the covariance has no such errors, or no degree of freedom is
        left.
    """
    check_has_errors(cost, options)
    cost.take_thresholds(theta)
    w = _arrays.to_numpy(theta[:-1, :]).astype(float)
    free = free_of(cost.penalty, w)[:, 0]
    design = Design.of(cost.columns, cost.fit_intercept, np.flatnonzero(free))
    at = Optimum(theta, cost.loss, design, options)
    # Sum the second derivatives and the slopes over the rows,
    rows = rows_of(cost, design, options)
    n_rows, slopes, H = map(_arrays.to_numpy, rows.sum(curvature_sums, at))
    n = cost.weight if options.repeats else float(n_rows)
    # factor the matrix of both with the curvature of the penalty,
    ridge, slope = of_penalty(cost, w, design)
    solved = solve(H, ridge, design, cost.n_ordered - 1)
    dispersions(cost.plain_loss, None, n, [solved])
    # and put the products of the scores between its inverses.
    root = np.eye(len(solved.basis))
    if options.is_robust:
        score_products = rows.sum(sums_of_scores, at, solved)
        root = robust_root(score_products, options, n, solved.degrees)
    factor = solved.factor(root)
    error = solved.errors(factor)
    distance = farthest([solved], [slopes + slope], [error])
    facts = (cost.plain_loss, options, labels, [error], [solved], distance)
    return summary_table(
        np.concatenate([w[:, 0], -_arrays.to_numpy(cost.parameters(theta)[1])]),
        factor,
        [*labels.names, *names_of_thresholds(labels.classes)],
        np.inf,
        options,
        error=error,
        notes=notes_of(cost, *facts),
        dispersion=1.0,
    )


def names_of_thresholds(classes):
    """Return names for thresholds: the classes on either side, as in R's polr."""
    return [f"{a}|{b}" for a, b in itertools.pairwise(classes)]


def check_has_errors(cost, options):
    """Raise a ValueError if standard errors are not defined."""
    if isinstance(cost.penalty, COUPLING_PENALTIES):
        raise ValueError(
            "Standard errors are not known for a penalty or constraints that couple "
            "coefficients. Use the bootstrap: fit to rows drawn with replacement a few "
            "hundred times (sklearn.utils.resample)."
        )
    if options.cov_type in ("HC2", "HC3"):
        raise ValueError(
            f"cov_type={options.cov_type!r} does not support ordered classes; use "
            "'HC1'."
        )


def rows_of(cost, design, options):
    """Return the rows in dense blocks, with group codes as further columns of y."""
    rows = cost.rows
    if options.groups is not None:
        rows = rows.with_columns(options.groups)
    width = design.width + cost.n_ordered
    return rows.in_blocks(dense=True, rows_per_feature=1, widest_output=width)


def of_penalty(cost, w, design):
    """Return the curvature and slope of the penalty for the design's coefficients."""
    penalty, kept, n_thresholds = cost.penalty, design.kept, cost.n_ordered - 1
    like = _arrays.like(w, cost.columns.mean, "same")
    ridge, kinks = (
        np.broadcast_to(_arrays.host(getattr(penalty, name, 0.0)), w.shape)
        for name in ("curvature", "kink_strength")
    )
    slope = _arrays.to_numpy(penalty.gradient(like)) + kinks * np.sign(w)
    zeros = np.zeros(n_thresholds)
    ridge = np.append(cost.weight * ridge[kept, 0] / design.scale**2, zeros)
    slope = np.append(cost.weight * slope[kept, 0] / design.scale, zeros)
    return np.diag(ridge), slope


def solve(H, ridge, design, n_thresholds):
    """Return the `SolvedEquation` of coefficients and thresholds."""
    size, k = len(H), len(design.kept)
    problem, condition = from_gram(H + ridge, size)
    if problem is None or not condition**2 < WELL_CONDITIONED:
        problem, _ = from_gram(H + ridge, size, 10 * EPSILON * max(10, size))
    basis = np.arange(size) if problem.basis is None else problem.basis
    inverse = solve_triangular(problem.T, np.eye(problem.rank), check_finite=False)
    # The thresholds for X are those for centred columns plus m'w.
    L = np.zeros((design.n_features + n_thresholds, size))
    L[design.kept, np.arange(k)] = 1 / design.scale
    L[design.n_features :, :k] = design.mean / design.scale
    L[design.n_features + np.arange(n_thresholds), k + np.arange(n_thresholds)] = 1.0
    is_held = np.ones(len(L), dtype=bool)
    is_held[design.kept] = is_held[design.n_features :] = False
    is_open = np.zeros(len(L), dtype=bool)
    is_open[design.kept] = problem.left_open(np.zeros(size))[1 : 1 + k]
    for j in range(design.n_features, len(L)):
        is_open[j] = problem.left_open(L[j])[0]
    removed_degrees = np.trace(inverse.T @ ridge[np.ix_(basis, basis)] @ inverse)
    return SolvedEquation(
        basis, inverse, L[:, basis], is_open, is_held, float(removed_degrees)
    )


@dataclass(frozen=True)
class Optimum:
    """The point and the derivatives for the sums over rows.

    Parameters
    ----------
    theta : array of shape (n_features + 1, 1)
    loss : Ordinal, or one with an offset
    design : Design
    options : SummaryOptions
    """

    theta: Any
    loss: Any
    design: Any
    options: Any

    def block(self, X, y, weight):
        """Return the design, the derivatives, weights and groups of a block.

        Returns
        -------
        X, y, weight : arrays
        Z : array of shape (n_samples, k)
            The columns of the design, without ones.
        below, above : array of shape (n_samples, n_thresholds)
            Whether a threshold is the one below, or above, the row's class.
        terms : IntervalTerms
        codes : array of shape (n_samples,) or None
            Codes of the groups.
        """
        X, codes = _arrays.widen(X), None
        if self.options.groups is not None:
            codes, y = y[:, -1], y[:, :-1]
        weight = None if weight is None else _arrays.widen(weight)
        targets, z, loss = ordered(X, y, self.theta, self.loss)
        members = indicators(targets[:, 0], len(loss.thresholds) + 1, z)
        Z = self.design.rows(X)[:, int(self.design.intercept) :]
        terms = loss.terms(targets, z)
        return X, y, weight, Z, members[:, 1:], members[:, :-1], terms, codes


def curvature_sums(X, y, weight, at):
    """Return a block's number of rows with a weight, the slopes, and H."""
    X, y, weight, Z, below, above, terms, _ = at.block(X, y, weight)
    xp = _arrays.namespace(Z)
    _, in_thresholds, diagonal, beside = threshold_sums(X, y, weight, at.theta, at.loss)
    slopes = xp.sum(Z * _arrays.weigh(terms.slope, weight), axis=0)
    h = _arrays.weigh(terms.bend_a + terms.bend_b, weight)
    G = _arrays.weigh(below * terms.bend_a + above * terms.bend_b, weight)
    A, B = _arrays.to_numpy(Z.T @ (Z * h)), _arrays.to_numpy(Z.T @ G)
    T = np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1)
    ones = xp.ones_like(Z[:, 0]) if weight is None else xp.astype(weight > 0, Z.dtype)
    slopes = np.append(_arrays.to_numpy(slopes), in_thresholds)
    return float(xp.sum(ones)), slopes, np.block([[A, -B], [-B.T, T]])


def sums_of_scores(X, y, weight, at, solved):
    """Return a block's sums of products of the scores T^-T u."""
    _, _, weight, Z, below, above, terms, codes = at.block(X, y, weight)
    xp = _arrays.namespace(Z)
    in_thresholds = below * terms.at_a - above * terms.at_b
    U = xp.concat([Z * terms.slope, in_thresholds], axis=1)
    U = xp.take(U, _arrays.like(solved.basis, Z), axis=1)
    U = U @ _arrays.like(solved.inverse, Z, "same")
    return score_sums(U, None, weight, codes, at.options)
