r"""Standard errors of the coefficients, from the curvature and the rows' scores.

At the optimum of the cost the coefficients have the covariance

.. math:: \phi H^{-1} \quad\text{or}\quad H^{-1} \Big(\sum_i v_i u_i u_i^T\Big) H^{-1},

with the second derivative :math:`H = \sum_i v_i h_i x_i x_i^T` of the loss (and of the
penalty), the dispersion :math:`\phi` and the scores :math:`u_i`, the derivatives of the
rows' losses. The first holds if the loss is the negative log-likelihood, and H is then
its expectation; the second, a sandwich, holds for the observed H of any smooth loss.

1. One pass over the rows sums H, the gradient and the squared errors;
2. :math:`H = T^T T` is factored, and undetermined coefficients are found;
3. for a sandwich, a second pass sums the products of the scores :math:`T^{-T} u_i`.

A fitted model stores no rows, and a pass at the end of each `fit` would cost every user
a step: therefore the rows are passed again. The time is that of two Newton steps, the
memory that of a block and of p x p matrices.

Columns are centred and scaled to unit standard deviation. A multinomial regression
without a penalty is only determined up to a vector common to all classes: its
coefficients are reported as differences to those of the first class.

References
----------
.. [1] P. McCullagh and J. A. Nelder, *Generalized Linear Models*, 2nd edition, 1989,
   sections 2.5 and 9.2.
.. [2] P. J. Huber, "The behavior of maximum likelihood estimates under nonstandard
   conditions", Proc. 5th Berkeley Symposium, 1, 1967.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.linalg import solve_triangular

from skmath import _arrays
from skmath._estimators.summary import (
    note_of_no_spread,
    robust_root,
    summary_table,
    without_spread,
)
from skmath.calculus import (
    ElasticNet,
    FusedLasso,
    LinearlyConstrained,
    LogLoss,
    Quantiles,
    Tikhonov,
)
from skmath.calculus.partly_smooth import PartlySmooth
from skmath.gd_linear_model.quantile_errors import (
    KinkedAtDensity,
    at_density,
    has_density,
)
from skmath.gd_linear_model.scores import (
    Derivatives,
    Design,
    Optimum,
    curvature_sums,
    curved_triangle,
    sums_of_scores,
)
from skmath.linear_algebra import LeastSquares, from_factor, from_gram

__all__ = ["Labels", "summarize"]

EPSILON = 2.0**-52
"""Rounding unit of sums of products."""

WELL_CONDITIONED = EPSILON**-0.4
"""Square of the condition number up to which squaring costs at most a fifth of the
digits."""

COUPLING_PENALTIES = (FusedLasso, LinearlyConstrained, Tikhonov)
"""Penalties that are not sums over coefficients, or over groups of them."""

WEAK_PENALTY = 0.01
"""Degrees of freedom removed by a penalty that are too few to matter in any test."""

MAX_DISTANCE = 0.1
"""Distance from the optimum, in standard errors, that indicates different rows."""


@dataclass(frozen=True)
class Labels:
    """Names and facts about the fit that a summary reports.

    Parameters
    ----------
    names : list of str
        Names of the columns.
    classes : list or None
    is_one : bool
        Whether there is one output, so that arrays have no axis for outputs.
    loss : str or object
        The loss as the user specified it.
    weighs_classes : bool
        Whether class weights multiply the rows' weights.
    is_chosen : bool
        Whether alpha was chosen from the rows.
    estimates_scale : bool
        Whether Huber's delta or the negative binomial dispersion was estimated.
    is_firth : bool
        Whether the penalty is Firth's.
    converged : bool
    """

    names: list[str]
    classes: list[Any] | None
    is_one: bool
    loss: Any
    weighs_classes: bool
    is_chosen: bool
    estimates_scale: bool
    is_firth: bool
    converged: bool


@dataclass(frozen=True)
class SolvedEquation:
    """The factored curvature of one equation.

    Parameters
    ----------
    basis : ndarray of int of shape (r,)
        Coefficients of the design that are independent and not held at 0.
    inverse : ndarray of shape (r, r)
        T^-1, where T'T is their curvature.
    parameters : ndarray of shape (k, r)
        Matrix that maps these to the coefficients of X.
    is_open : ndarray of bool of shape (k,)
        Coefficients that the data do not determine.
    is_held : ndarray of bool of shape (k,)
        Coefficients that a penalty holds at 0.
    removed_degrees : float
        Degrees of freedom removed by the penalty.
    is_exact : ndarray of bool of shape (k,), default=False
        Coefficients along which all scores are 0, so that a sandwich gives no error.
    """

    basis: np.ndarray
    inverse: np.ndarray
    parameters: np.ndarray
    is_open: np.ndarray
    is_held: np.ndarray
    removed_degrees: float
    is_exact: Any = False

    @property
    def degrees(self):
        """Degrees of freedom of the coefficients."""
        return len(self.basis) - self.removed_degrees

    @property
    def axes(self):
        """Matrix that maps the coordinates of the scores to the coefficients of X."""
        return self.inverse.T @ self.parameters.T

    def in_scores(self, gradient):
        """Return a gradient in the coordinates of the scores, T^-T g."""
        return self.inverse.T @ gradient[self.basis]

    def without_errors(self, is_exact):
        """Return a copy that reports no errors for some coefficients."""
        return replace(self, is_exact=is_exact & ~self.is_held)

    def factor(self, root):
        """Return an F with F'F the covariance, from a root of the sandwich's middle."""
        no_error = self.is_open | self.is_held | self.is_exact
        return np.where(no_error, np.nan, root @ self.axes)

    def errors(self, factor):
        """Return the standard errors; infinite if the data do not determine them."""
        unknown = self.is_open | self.is_exact
        return np.where(unknown, np.inf, np.linalg.norm(factor, axis=0))


def summarize(cost, theta, options, labels):
    """Return the `Summary` of a fitted linear model.

    Parameters
    ----------
    cost : Cost
        Cost of the training rows.
    theta : array of shape (n_features + 1, n_outputs)
    options : SummaryOptions
    labels : Labels

    Raises
    ------
    ValueError
        If the loss or penalty has no standard errors, or no degrees of freedom are
        left.
    """
    check_has_errors(cost, options, labels.loss)
    w = _arrays.to_numpy(theta[:-1, :]).astype(float)
    optimum = optimum_of(cost, theta, w, options)
    rows, loss = rows_of(cost, optimum), optimum.derivatives.loss
    # Sum the curvature, the gradient and the squared errors over the rows,
    sums = rows.sum(curvature_sums, optimum)
    count, squares, gradients, curvatures = map(_arrays.to_numpy, sums)
    n = cost.weight if options.repeats else float(count)
    # factor the curvature of each equation with that of the penalty,
    penalties = [
        PenaltyTerms.of(cost, w, e, optimum.design) for e in range(len(curvatures))
    ]
    solved = [
        solve(rows, optimum, e, H, penalty)
        for e, (H, penalty) in enumerate(zip(curvatures, penalties, strict=True))
    ]
    dispersion = dispersions(loss, squares, n, solved)
    # and put the products of the scores between its inverses, or the dispersion.
    if options.is_robust:
        score_products = rows.sum(sums_of_scores, optimum, solved)
        # Scores sum to 0, except for the penalty and the remaining gradient.
        sums = [
            equation.in_scores(g) for equation, g in zip(solved, gradients, strict=True)
        ]
        roots = [
            robust_root(M, options, n, equation.degrees, g)
            for equation, M, g in zip(solved, score_products, sums, strict=True)
        ]
        solved = [
            equation.without_errors(without_spread(root, equation.axes, g))
            for equation, root, g in zip(solved, roots, sums, strict=True)
        ]
    else:
        roots = [
            phi**0.5 * np.eye(len(equation.basis))
            for equation, phi in zip(solved, dispersion, strict=True)
        ]
    factors = [
        equation.factor(root) for equation, root in zip(solved, roots, strict=True)
    ]
    errors = [equation.errors(F) for equation, F in zip(solved, factors, strict=True)]
    slopes = [g + p.slope for g, p in zip(gradients, penalties, strict=True)]
    distance = farthest(solved, slopes, errors)
    return summary_table(
        **by_output(cost, theta, factors, errors, labels),
        df=degrees_of_freedom(loss, n, solved, options),
        options=options,
        notes=notes_of(cost, loss, options, labels, errors, solved, distance),
        dispersion=dispersion_of(loss, dispersion, cost.coupled or labels.is_one),
    )


def check_has_errors(cost, options, name):
    """Raise a ValueError if standard errors are not defined for the loss or penalty."""
    loss = cost.plain_loss
    if has_density(loss):
        if options.cov_type in ("HC2", "HC3"):
            raise ValueError(
                f"cov_type={options.cov_type!r} needs a curvature for each row, which "
                f"loss={name!r} does not have: use 'HC1'."
            )
    elif loss.has_kink:
        raise ValueError(
            f"loss={name!r} has no second derivative, which standard errors need. Use "
            "the bootstrap: fit to rows drawn with replacement a few hundred times "
            "(sklearn.utils.resample); the coefficients' standard deviation is their "
            "standard error."
        )
    elif loss.likelihood is None and not options.is_robust:
        raise ValueError(
            f"loss={name!r} is not a likelihood, so cov_type='classical' does not "
            "apply. Use 'HC1' or 'HC3', or 'cluster' with groups."
        )
    if isinstance(cost.penalty, COUPLING_PENALTIES):
        raise ValueError(
            "Standard errors are not known for a penalty or constraints that couple "
            "coefficients. Use the bootstrap: fit to rows drawn with replacement a few "
            "hundred times (sklearn.utils.resample)."
        )
    if cost.coupled:
        check_classes_have_errors(cost, options, name)


def check_classes_have_errors(cost, options, name):
    """Raise a ValueError if several classes have no standard errors."""
    if not isinstance(cost.plain_loss, LogLoss):
        raise ValueError(
            f"loss={name!r} has no known curvature between several classes. Fit one "
            "class against the others."
        )
    if options.cov_type in ("HC2", "HC3"):
        raise ValueError(
            f"cov_type={options.cov_type!r} does not support more than two classes; "
            "use 'HC1'."
        )
    if not cost.penalty.is_smooth:
        raise ValueError(
            "summary does not support more than two classes with a penalty with kinks "
            "or positive=True, because the coefficients that are held at 0 depend on "
            "how the classes are compared. Use penalty='l2' or None."
        )


def optimum_of(cost, theta, w, options):
    """Return the `Optimum` at theta, with its coefficients w on the host."""
    loss = cost.plain_loss
    if loss.has_kink:
        loss = at_density(cost, theta)
    kept = np.flatnonzero(free_of(cost.penalty, w).any(axis=1))
    design = Design.of(cost.columns, cost.fit_intercept, kept)
    if not design.width:
        raise ValueError(
            "The penalty holds all coefficients at 0, so none has a standard error. "
            "Use a smaller alpha."
        )
    derivatives = Derivatives(loss, cost.coupled, expected=not options.is_robust)
    return Optimum(theta, cost.loss, cost.n_classes, derivatives, design, options)


def rows_of(cost, optimum):
    """Return the rows in dense blocks, with group codes as further columns of y."""
    rows, groups = cost.rows, optimum.options.groups
    if groups is not None:
        rows = rows.with_columns(groups)
    widest = optimum.design.width * (optimum.theta.shape[1] if cost.coupled else 1)
    return rows.in_blocks(dense=True, rows_per_feature=1, widest_output=widest)


@dataclass(frozen=True)
class PenaltyTerms:
    """Contribution of the penalty to an equation, for the coefficients of the design.

    Parameters
    ----------
    curvature : ndarray of shape (q k, q k)
    slope : ndarray of shape (q k,)
    free : ndarray of bool of shape (q k,)
        Coefficients that the penalty does not hold at 0.
    """

    curvature: np.ndarray
    slope: np.ndarray
    free: np.ndarray

    @classmethod
    def of(cls, cost, w, equation, design):
        """Return the contribution to an equation at w (n_features, n_outputs)."""
        penalty, weight, K = cost.penalty, cost.weight, w.shape[1]
        like = _arrays.like(w, cost.columns.mean, "same")
        ridge, kinks = (
            np.broadcast_to(_host(getattr(penalty, name, 0.0)), w.shape)
            for name in ("curvature", "kink_strength")
        )
        slope = _host(penalty.gradient(like)) + kinks * np.sign(w)
        is_free = free_of(penalty, w)
        ridge, slope, is_free = (a[design.kept] for a in (ridge, slope, is_free))
        outputs: Sequence[int] = [equation]
        between = np.eye(1)
        if cost.coupled:
            # For differences to the first class, where all classes sum to zero.
            outputs, between = range(1, K), np.eye(K - 1) - 1 / K
        first = int(design.intercept)
        pad = [(first, 0), (0, 0)]
        square, slope, free = (
            np.pad(a, pad, constant_values=c)
            for a, c in (
                (weight * ridge / design.scale[:, None] ** 2, 0.0),
                (weight * slope / design.scale[:, None], 0.0),
                (is_free, True),
            )
        )
        return cls(
            np.kron(between, np.diag(square[:, outputs[0]])),
            np.concatenate([slope[:, k] for k in outputs]),
            np.concatenate([free[:, k] for k in outputs]),
        )


def free_of(penalty, w):
    """Return which coefficients a penalty does not hold at a kink or a bound."""
    if isinstance(penalty, PartlySmooth):
        return np.broadcast_to(penalty.free(w), w.shape)
    return np.full(w.shape, penalty.is_smooth) | (w != 0)


def _host(x):
    return _arrays.to_numpy(x) if _arrays.is_array(x) else np.asarray(x, dtype=float)


def solve(rows, optimum, equation, H, penalty):
    """Return the `SolvedEquation` of an equation with the curvature H of its loss."""
    design = optimum.design
    free, size = np.flatnonzero(penalty.free), penalty.free.sum()
    A = (H + penalty.curvature)[np.ix_(free, free)]
    problem, condition = from_gram(A, size)
    q = len(H) // design.width
    if problem is None or not condition**2 < WELL_CONDITIONED:
        if q == 1:  # factor the rows, which does not square the condition number
            triangle = rows.sum(curved_triangle, optimum, equation)
            problem = _of_triangle(triangle, penalty, free, design, H)
        else:
            problem = from_gram(A, size, 10 * EPSILON * max(10, size))[0]
    basis = np.arange(size) if problem.basis is None else problem.basis
    if problem.basis is None and problem.rank < size:
        raise ValueError(
            f"There are fewer rows than the {size} coefficients, so the data do not "
            "determine them. Use fewer columns, or a penalty."
        )
    inverse = solve_triangular(problem.T, np.eye(problem.rank), check_finite=False)
    basis = free[basis]
    is_held, is_open = _without_errors(problem, free, design, q)
    ridge = inverse.T @ penalty.curvature[np.ix_(basis, basis)] @ inverse
    return SolvedEquation(
        basis,
        inverse,
        design.parameters(q)[:, basis],
        is_open,
        is_held,
        float(np.trace(ridge)),
    )


def _of_triangle(
    triangle: Any, penalty: Any, free: Any, design: Any, H: Any
) -> LeastSquares:
    """Return the `LeastSquares` of a triangle's free columns with the penalty."""
    R, ridge = _arrays.to_numpy(triangle.R), np.diag(np.diag(penalty.curvature) ** 0.5)
    A = np.vstack([R, ridge[np.diag(ridge) > 0]])[:, free]
    # The rounding of centred columns is relative to their size before.
    rounding = np.abs(design.mean) / design.scale
    rounding = np.append(np.zeros(int(design.intercept)), rounding)
    total = H[0, 0] if design.intercept else 1.0
    return from_factor(
        A,
        np.empty((len(A), 0)),
        EPSILON * max(10, len(free)),
        rounding[free] * max(total, 0.0) ** 0.5,
    )


def _without_errors(problem, free, design, q):
    """Return which coefficients of X are held at 0, and which are undetermined."""
    k, places = design.width, design.places(q)
    is_held = np.ones(q * design.full_width, dtype=bool)
    is_open = np.zeros_like(is_held)
    is_held[places[free]] = False
    is_open[places[free]] = problem.left_open(np.zeros(len(free)))[1:]
    for start in range(0, q * k, k) if design.intercept else ():
        # The intercept of X is the one at the means minus mean'w.
        along = np.zeros(q * k)
        along[start] = 1.0
        along[start + 1 : start + k] = -design.mean / design.scale
        is_open[places[start]] = problem.left_open(along[free])[0]
    return is_held, is_open


def dispersions(loss, squares, n, solved):
    """Return the dispersion of each equation: 1, or estimated by Pearson's errors.

    For a loss with a kink it is the mean square of the scores.

    Raises
    ------
    ValueError
        If no degrees of freedom are left.
    """
    left = n - np.array([equation.degrees for equation in solved])
    if not (left > 1e-8 * n).all():
        raise ValueError(
            f"{n:g} rows leave no degree of freedom after {n - left.min():g} "
            "coefficients. Use fewer columns or a larger alpha, or, if sample_weight "
            "holds inverse variances, weights_are='precision'."
        )
    if loss.likelihood == "estimated":
        return squares / left
    return loss.scales if isinstance(loss, KinkedAtDensity) else np.ones(len(solved))


def farthest(solved, gradients, errors):
    """Return the largest Newton step of a coefficient, in its standard errors."""
    distance = 0.0
    for equation, g, error in zip(solved, gradients, errors, strict=True):
        step = equation.in_scores(g) @ equation.axes
        known = np.isfinite(error) & (error > 0)
        distance = max(
            distance, np.max(np.abs(step[known]) / error[known], initial=0.0)
        )
    return float(distance)


def degrees_of_freedom(loss, n, solved, options):
    """Return the degrees of freedom of t: infinite except for a squared error."""
    if not loss.constant_curvature:
        return np.inf
    if options.groups is not None:
        return options.n_groups - 1.0
    return n - max(equation.degrees for equation in solved)


def by_output(cost, theta, factors, errors, labels):
    """Return the arguments of `summary_table` that depend on the output, as a dict."""
    w, c = map(_arrays.to_numpy, cost.parameters(theta))
    estimate, names = w.T.astype(float), labels.names
    if cost.fit_intercept:
        estimate = np.hstack([np.reshape(c, (-1, 1)), estimate])
        names = ["intercept", *names]
    output = None
    if cost.coupled:
        estimate, output = estimate[1:] - estimate[:1], labels.classes[1:]
        factor, error = factors[0], errors[0].reshape(estimate.shape)
    elif labels.is_one:
        estimate, factor, error = estimate[0], factors[0], errors[0]
    else:
        rank = max(map(len, factors))
        padded = [np.pad(F, [(0, rank - len(F)), (0, 0)]) for F in factors]
        factor, error = np.stack(padded), np.stack(errors)
        output = labels.classes or outputs_of(cost.plain_loss, len(estimate))
    return {
        "estimate": estimate,
        "factor": factor,
        "names": names,
        "error": error,
        "output": output,
    }


def outputs_of(loss, n_outputs):
    """Return names for the outputs of a regression."""
    if isinstance(loss, Quantiles):
        return [f"q={q:g}" for q in loss.quantile]
    return [f"y{j}" for j in range(n_outputs)]


def dispersion_of(loss, dispersion, is_one):
    """Return the dispersion of a likelihood, per output if there are several."""
    if loss.likelihood is None:
        return None
    return float(dispersion[0]) if is_one else dispersion


def notes_of(cost, loss, options, labels, errors, solved, distance):
    """Return notes on the meaning and the limits of the table's numbers."""
    n_held = int(np.isnan(np.stack(errors)).sum())
    removed_degrees = max(equation.removed_degrees for equation in solved)
    notes = [*notes_of_loss(cost, loss, labels)]
    notes += notes_of_penalty(cost.penalty, n_held, removed_degrees, options)
    if labels.is_chosen:
        notes.append(
            "alpha was chosen from the same rows; the standard errors do not account "
            "for this choice."
        )
    if any(equation.is_open.any() for equation in solved):
        why = "Columns are linearly dependent"
        why += "" if labels.converged else ", or classes are separable"
        notes.append(f"{why}: the data only determine sums of some coefficients.")
    exact = [equation.is_exact for equation in solved if np.any(equation.is_exact)]
    if exact:
        names = ["intercept", *labels.names] if cost.fit_intercept else labels.names
        places = np.flatnonzero(np.any(exact, axis=0)) % len(names)
        notes.append(note_of_no_spread([names[j] for j in places], options))
    # For other kinks the slopes are not known.
    has_known_slope = cost.penalty.is_smooth or isinstance(cost.penalty, ElasticNet)
    has_known_slope = has_known_slope and not (
        labels.is_firth or isinstance(loss, KinkedAtDensity)
    )
    if distance > MAX_DISTANCE and has_known_slope:
        notes.append(
            f"The optimum for X and y is up to {distance:.2g} standard errors away: "
            "they are not the rows of the fit, or the fit stopped early (see "
            "optimality_)."
        )
    elif not labels.converged:
        notes.append(
            "The fit did not converge, and its coefficients may have no finite "
            "optimum: see its ConvergenceWarning."
        )
    return notes


def notes_of_loss(cost, loss, labels):
    """Yield notes on the loss, and on parameters estimated with it."""
    classes = labels.classes
    if classes is not None and isinstance(loss, LogLoss):
        label = "each class" if cost.coupled else repr(classes[1])
        yield f"Log odds of {label} against {classes[0]!r}."
    if loss.likelihood is None:
        yield (
            f"loss={labels.loss!r} is not a likelihood: the intervals are asymptotic, "
            "for the optimum of its expected value."
        )
    if isinstance(loss, KinkedAtDensity):
        yield (
            "The density of the errors at 0 is assumed to be the same for all rows; it "
            "is estimated within Hall and Sheather's bandwidth."
        )
    if isinstance(cost.plain_loss, Quantiles):
        yield (
            "The standard errors are those of each quantile alone; sorting the "
            "predictions is not accounted for."
        )
    if labels.is_firth:
        yield (
            "The standard errors use the information at Firth's penalised estimates; "
            "for separable classes they are rough."
        )
    if labels.estimates_scale:
        yield (
            "delta or dispersion is taken as known: the standard errors do not account "
            "for its estimation."
        )
    if labels.weighs_classes:
        yield "class_weight is treated like sample_weight."


def notes_of_penalty(penalty, n_held, removed_degrees, options):
    """Return notes on how the penalty affects the errors, as a list."""
    if not penalty.is_smooth:
        return [
            f"The penalty holds {n_held} of the coefficients at 0 or a bound. The "
            "errors of the others take this selection as given and do not include "
            "their bias: their p values and intervals are not valid after the "
            "selection."
        ]
    if 0 < removed_degrees < WEAK_PENALTY:
        return [
            "The standard errors include a weak penalty; alpha=0 gives those without."
        ]
    if not removed_degrees:
        return []
    bias = (
        "The standard errors do not include this bias; alpha=0 has none."
        if options.is_robust
        else "The standard errors are those of the posterior with the penalty as "
        "prior; alpha=0 gives those of maximum likelihood."
    )
    return [
        "With alpha > 0 the estimates are shrunk towards 0, and the intervals are "
        f"centred at the shrunken values. {bias}"
    ]
