r"""How sure the coefficients are: the curvature at the optimum, and the rows' scores.

At the optimum of the cost the coefficients have the covariance

.. math:: \phi H^{-1} \quad\text{or}\quad H^{-1} \Big(\sum_i v_i u_i u_i^T\Big) H^{-1},

with the second derivative :math:`H = \sum_i v_i h_i x_i x_i^T` of the loss (and of the
penalty), the dispersion :math:`\phi` and the scores :math:`u_i`, the derivatives of the
rows' losses. The first holds if the loss is the negative log-likelihood, and H is then
its expectation; the second, a sandwich, holds for the observed H of any smooth loss.

1. One pass over the rows sums H, the gradient and the errors;
2. :math:`H = T^T T` is factored, and what the columns leave open is found;
3. for a sandwich, a second pass sums the products of the scores :math:`T^{-T} u_i`.

A fitted model keeps no rows, and a pass at the end of each `fit` would cost every user
a step: so the rows are given again. The time is that of two steps of Newton's, the
memory that of a block and of p x p matrices.

Columns enter less their means, in units of their standard deviations. A multinomial
regression without a penalty is known up to what all classes share: its coefficients are
those of each class less those of the first.

References
----------
.. [1] P. McCullagh and J. A. Nelder, *Generalized Linear Models*, 2nd edition, 1989,
   sections 2.5 and 9.2.
.. [2] P. J. Huber, "The behavior of maximum likelihood estimates under nonstandard
   conditions", Proc. 5th Berkeley Symposium, 1, 1967.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg import solve_triangular

from skmath import _arrays
from skmath._estimators.summary import robust_root, score_sums, summary_table
from skmath.calculus import LogLoss
from skmath.gd_linear_model.cost import targets_and_outputs
from skmath.linear_algebra import Triangle, from_factor, from_gram

__all__ = ["Labels", "summarize"]

SQUARED = 2.0**-52
"""Rounding unit of the sums of products."""

WELL_CONDITIONED = SQUARED**-0.4
"""Square of a condition number up to which squaring costs a fifth of the digits."""

FAR = 0.1
"""Standard errors from the optimum at which coefficients are not those of the rows."""


@dataclass(frozen=True)
class Labels:
    """What the numbers of a summary belong to.

    Parameters
    ----------
    names : list of str
        Of the columns.
    classes : list or None
    is_one : bool
        Whether there is one output, and the numbers have no axis for it.
    loss : str or object
        What the user calls it.
    weighs_classes : bool
        Whether weights of classes multiply those of the rows.
    """

    names: list
    classes: list | None
    is_one: bool
    loss: Any
    weighs_classes: bool


@dataclass(frozen=True)
class Derivatives:
    """The loss's derivatives, in equations that are solved one by one.

    Each output of most losses is an equation of its own. Those of softmax are one, in
    the differences to the first class.

    Parameters
    ----------
    loss : Loss
    n_classes : int
        As in `skmath._estimators.targets.as_outputs`.
    is_softmax : bool
    expected : bool
        Whether to take the curvature where y is its mean. As it is linear in y, that is
        its expectation.
    """

    loss: Any
    n_classes: int
    is_softmax: bool
    expected: bool

    def of_rows(self, y, z):
        """Return scores (n_samples, n_equations, q), and curvatures (..., q, q)."""
        if self.is_softmax:
            p, S = self.loss.inverse_link(z)[:, 1:], self.loss.gradient(y, z)[:, 1:]
            xp = _arrays.namespace(p)
            eye = xp.eye(p.shape[1], dtype=p.dtype, device=_arrays.device(p))
            C = p[:, :, None] * (eye[None, :, :] - p[:, None, :])
            return S[:, None, :], C[:, None, :, :]
        at = self.loss.inverse_link(z) if self.expected else y
        C = self.loss.curvature(at, z)
        return self.loss.gradient(y, z)[:, :, None], C[:, :, None, None]

    def squared_errors(self, y, z):
        """Return the squares of Pearson's errors, (y - m)^2 / V(m).

        The gradient is (m - y) m' / V and the expected curvature m'^2 / V, with the
        derivative m' of the mean.
        """
        mean = self.loss.inverse_link(z)
        return self.loss.gradient(y, z) ** 2 / self.loss.curvature(mean, z)


@dataclass(frozen=True)
class Design:
    """The columns less their means, in units of their spread, after one of ones.

    Parameters
    ----------
    mean, scale : ndarray of shape (n_features,)
    varies : ndarray of bool of shape (n_features,)
        Of the others nothing is left.
    intercept : bool
        Without one there are neither ones nor means.
    """

    mean: np.ndarray
    scale: np.ndarray
    varies: np.ndarray
    intercept: bool

    @classmethod
    def of(cls, columns, intercept):
        """Return the design of columns with these `ColumnMoments`."""
        mean, variance = map(_arrays.to_numpy, (columns.mean, columns.variance))
        mean, variance = mean.astype(float), variance.astype(float)
        if not intercept:
            mean, variance = 0 * mean, variance + mean**2
        varies = variance > 0
        scale = np.where(varies, variance, np.maximum(mean**2, 1.0)) ** 0.5
        scale = np.where(varies | (mean == 0), scale, np.abs(mean))
        return cls(mean, scale, varies, intercept)

    def rows(self, X):
        """Return the rows of a dense block."""
        mean, factor = (
            _arrays.like(a, X, "same") for a in (self.mean, self.varies / self.scale)
        )
        Z = (X - mean) * factor
        if not self.intercept:
            return Z
        xp = _arrays.namespace(Z)
        return xp.concat([xp.ones_like(Z[:, :1]), Z], axis=1)

    @property
    def width(self):
        """How many coefficients an output has."""
        return len(self.mean) + self.intercept

    def parameters(self, q):
        """Return the matrix that makes of q outputs' coefficients those of X."""
        L = np.diag(1 / self.scale)
        if self.intercept:
            L = np.vstack([-self.mean / self.scale, L])
            L = np.hstack([np.eye(len(L))[:, :1], L])
        return np.kron(np.eye(q), L)


@dataclass(frozen=True)
class Solved:
    """The factor of an equation's curvature.

    Parameters
    ----------
    basis : ndarray of int of shape (r,)
        Coefficients of the design that are independent and not held at 0.
    inverse : ndarray of shape (r, r)
        T^-1, with T'T their curvature.
    parameters : ndarray of shape (k, r)
        What makes of these the coefficients of X.
    is_open : ndarray of bool of shape (k,)
        Those that the data do not determine.
    is_held : ndarray of bool of shape (k,)
        Those that a penalty holds at 0.
    degrees : float
        Degrees of freedom that the coefficients take.
    """

    basis: np.ndarray
    inverse: np.ndarray
    parameters: np.ndarray
    is_open: np.ndarray
    is_held: np.ndarray
    degrees: float

    def factor(self, root=None):
        """Return F with F'F the covariance, of the root of a sandwich's middle."""
        F = self.inverse.T @ self.parameters.T
        F = F if root is None else root @ F
        return np.where(self.is_open | self.is_held, np.nan, F)

    def errors(self, factor):
        """Return the standard errors, infinite where the data determine nothing."""
        return np.where(self.is_open, np.inf, np.linalg.norm(factor, axis=0))


def summarize(cost, theta, asked, labels):
    """Return the `Summary` of a fitted linear model.

    Parameters
    ----------
    cost : Cost
        Of the rows that it was fitted to.
    theta : array of shape (n_features + 1, n_outputs)
    asked : SummaryOptions
    labels : Labels

    Raises
    ------
    ValueError
        If the loss or penalty has no such errors, or no degree of freedom is left.
    """
    check_has_errors(cost, asked, labels.loss)
    is_softmax = cost.coupled
    derivatives = Derivatives(
        cost.loss, cost.n_classes, is_softmax, expected=not asked.is_robust
    )
    design = Design.of(cost.columns, cost.fit_intercept)
    rows = rows_of(cost, theta, design, asked)
    # Sum the curvature, the gradient and the squared errors over the rows,
    sums = rows.sum(curvature_sums, theta, derivatives, design, asked)
    count, squares, gradients, curvatures = map(_arrays.to_numpy, sums)
    n = cost.weight if asked.repeats else float(count)
    # factor the curvature of each equation with that of the penalty,
    w = _arrays.to_numpy(theta[:-1, :]).astype(float)
    penalties = [Penalised.of(cost, w, e, design) for e in range(len(curvatures))]
    solved = [
        solve(rows, theta, derivatives, design, asked, e, H, penalty)
        for e, (H, penalty) in enumerate(zip(curvatures, penalties, strict=True))
    ]
    degrees = max(each.degrees for each in solved)
    dispersion = dispersions(cost.loss, squares, n, solved)
    # and put the products of the scores between its inverses, or the dispersion.
    if asked.is_robust:
        middles = rows.sum(sums_of_scores, theta, derivatives, design, solved, asked)
        factors = [
            one.factor(robust_root(M, asked, n, one.degrees))
            for one, M in zip(solved, middles, strict=True)
        ]
    else:
        factors = [
            one.factor() * phi**0.5 for one, phi in zip(solved, dispersion, strict=True)
        ]
    df = np.inf
    if cost.loss.constant_curvature:
        df = n - degrees if asked.groups is None else asked.n_groups - 1.0
    errors = [one.errors(F) for one, F in zip(solved, factors, strict=True)]
    gradients = [g + p.slope for g, p in zip(gradients, penalties, strict=True)]
    far = farthest(solved, gradients, errors)
    return table(cost, theta, factors, errors, df, asked, labels, dispersion, far)


def check_has_errors(cost, asked, name):
    """Raise a ValueError if the loss or the penalty has no such errors."""
    loss = cost.loss
    if loss.has_kink:
        raise ValueError(
            f"loss={name!r} has no second derivative, which standard errors are made "
            "of. Fit it to rows drawn with replacement, some hundred times: the spread "
            "of the coefficients is their standard error (sklearn.utils.resample)."
        )
    if loss.dispersion is None and not asked.is_robust:
        raise ValueError(
            f"loss={name!r} is no likelihood, so cov_type='classical' says nothing of "
            "it. Use 'HC1' or 'HC3', or 'cluster' with groups."
        )
    if not cost.coupled:
        return
    if not isinstance(loss, LogLoss):
        raise ValueError(
            f"loss={name!r} of several classes together has no known curvature between "
            "them. Fit one class against the others."
        )
    if asked.cov_type in ("HC2", "HC3"):
        raise ValueError(
            f"cov_type={asked.cov_type!r} is for one output; use 'HC1' for more than "
            "two classes."
        )
    if not cost.penalty.is_smooth:
        raise ValueError(
            "Which coefficients a penalty with kinks holds at 0 depends on how the "
            "classes are compared: there is no summary of more than two classes with "
            "l1 or positive."
        )


def rows_of(cost, theta, design, asked):
    """Return the rows in dense blocks, with the codes of the groups beside y."""
    rows = cost.rows
    if asked.groups is not None:
        rows = rows.with_column(asked.groups)
    widest = design.width * (theta.shape[1] if cost.coupled else 1)
    return rows.in_blocks(dense=True, rows_per_feature=1, widest_output=widest)


def block_of(X, y, weight, theta, derivatives, design, asked):
    """Return Z, y, z, the weights and the codes of the groups of a block, widened."""
    X, codes = _arrays.widen(X), None
    if asked.groups is not None:
        codes, y = y[:, -1], y[:, :-1]
        if derivatives.n_classes:
            xp = _arrays.namespace(y)
            y = xp.astype(y[:, 0], xp.int64)
    y, z = targets_and_outputs(X, y, theta, derivatives.n_classes)
    weight = None if weight is None else _arrays.widen(weight)
    return design.rows(X), y, z, weight, codes


def curvature_sums(X, y, weight, theta, derivatives, design, asked):
    """Return the sums of a block.

    Returns
    -------
    count : array of shape ()
        Rows with a weight.
    squares : array of shape (n_outputs,)
        Pearson's errors, squared, where they tell the dispersion.
    gradients : array of shape (n_equations, q k)
    curvatures : array of shape (n_equations, q k, q k)
    """
    Z, y, z, weight, _ = block_of(X, y, weight, theta, derivatives, design, asked)
    xp = _arrays.namespace(Z)
    S, C = derivatives.of_rows(y, z)
    n_equations, q = S.shape[1:]
    squares = 0.0 * z
    if derivatives.loss.dispersion == "estimated":
        squares = derivatives.squared_errors(y, z)
    ones = xp.ones_like(Z[:, 0])
    seen = ones if weight is None else xp.astype(weight > 0, Z.dtype)
    gradients = [
        xp.concat([Z.T @ _arrays.weigh(S[:, e, a], weight) for a in range(q)])
        for e in range(n_equations)
    ]
    curvatures = [_products(Z, C[:, e, :, :], weight) for e in range(n_equations)]
    return (
        xp.sum(seen),
        xp.sum(_arrays.weigh(squares, weight), axis=0),
        xp.stack(gradients),
        xp.stack(curvatures),
    )


def _products(Z, C, weight):
    """Return the sum of the Kronecker products of C_i and z_i z_i'."""
    xp, q = _arrays.namespace(Z), C.shape[1]
    blocks = {}
    for a in range(q):
        for b in range(a, q):
            H = Z.T @ _arrays.weigh(Z, _arrays.weigh(C[:, a, b], weight))
            blocks[a, b] = blocks[b, a] = H  # each is symmetric
    return xp.concat(
        [xp.concat([blocks[a, b] for b in range(q)], axis=1) for a in range(q)], axis=0
    )


@dataclass(frozen=True)
class Penalised:
    """What the penalty adds to an equation, in the coefficients of the design.

    Parameters
    ----------
    curvature : ndarray of shape (q k, q k)
    slope : ndarray of shape (q k,)
    free : ndarray of bool of shape (q k,)
        Coefficients that it does not hold at 0.
    """

    curvature: np.ndarray
    slope: np.ndarray
    free: np.ndarray

    @classmethod
    def of(cls, cost, w, equation, design):
        """Return that of an equation, for coefficients w (n_features, n_outputs)."""
        penalty, weight, K = cost.penalty, cost.weight, w.shape[1]
        like = _arrays.like(w, cost.columns.mean, "same")
        ridge, kinks = (
            np.broadcast_to(_host(getattr(penalty, name, 0.0)), w.shape)
            for name in ("curvature", "kink_strength")
        )
        slope = _host(penalty.gradient(like)) + kinks * np.sign(w)
        outputs = [equation]
        between = np.eye(1)
        if cost.coupled:
            # Of the differences to the first class, where all sum to zero.
            outputs, between = range(1, K), np.eye(K - 1) - 1 / K
        first = int(design.intercept)
        pad = [(first, 0), (0, 0)]
        square, slope, free = (
            np.pad(a, pad, constant_values=c)
            for a, c in (
                (weight * ridge / design.scale[:, None] ** 2, 0.0),
                (weight * slope / design.scale[:, None], 0.0),
                (np.full(w.shape, penalty.is_smooth) | (w != 0), True),
            )
        )
        return cls(
            np.kron(between, np.diag(square[:, outputs[0]])),
            np.concatenate([slope[:, k] for k in outputs]),
            np.concatenate([free[:, k] for k in outputs]),
        )


def _host(x):
    return _arrays.to_numpy(x) if _arrays.is_array(x) else np.asarray(x, dtype=float)


def solve(rows, theta, derivatives, design, asked, equation, H, penalty):
    """Return the `Solved` of an equation with the curvature H of its loss."""
    free, size = np.flatnonzero(penalty.free), penalty.free.sum()
    A = (H + penalty.curvature)[np.ix_(free, free)]
    problem, condition = from_gram(A, size)
    q = len(H) // design.width
    if problem is None or not condition**2 < WELL_CONDITIONED:
        if q == 1:  # factor the rows, which does not square the condition number
            triangle = rows.sum(
                *(curved_triangle, theta, derivatives, design, asked, equation)
            )
            problem = _of_triangle(triangle, penalty, free, design, H)
        else:
            problem = from_gram(A, size, 10 * SQUARED * max(10, size))[0]
    basis = np.arange(size) if problem.basis is None else problem.basis
    if problem.basis is None and problem.rank < size:
        raise ValueError(
            f"There are fewer rows than the {size} coefficients: the data determine "
            "none. Take fewer columns, or a penalty."
        )
    inverse = solve_triangular(problem.T, np.eye(problem.rank), check_finite=False)
    basis = free[basis]
    held, is_open = _without_errors(problem, free, design, q)
    ridge = inverse.T @ penalty.curvature[np.ix_(basis, basis)] @ inverse
    return Solved(
        basis,
        inverse,
        design.parameters(q)[:, basis],
        is_open,
        held,
        problem.rank - float(np.trace(ridge)),
    )


def curved_triangle(X, y, weight, theta, derivatives, design, asked, equation):
    """Return the `Triangle` of a block's rows times the root of their curvature."""
    Z, y, z, weight, _ = block_of(X, y, weight, theta, derivatives, design, asked)
    C = derivatives.of_rows(y, z)[1][:, equation, 0, 0]
    h = _arrays.weigh(C, weight) ** 0.5
    return Triangle(_arrays.triangle(_arrays.weigh(Z, h)))


def _of_triangle(triangle, penalty, free, design, H):
    """Return the `LeastSquares` of the free columns of a triangle and a penalty."""
    R, ridge = _arrays.to_numpy(triangle.R), np.diag(np.diag(penalty.curvature) ** 0.5)
    A = np.vstack([R, ridge[np.diag(ridge) > 0]])[:, free]
    # What centring leaves is rounded as the columns were before.
    rounding = np.abs(design.mean) / design.scale
    rounding = np.append(np.zeros(int(design.intercept)), rounding)
    total = H[0, 0] if design.intercept else 1.0
    return from_factor(
        A,
        np.empty((len(A), 0)),
        SQUARED * max(10, len(free)),
        rounding[free] * max(total, 0.0) ** 0.5,
    )


def _without_errors(problem, free, design, q):
    """Return which coefficients of X are held at 0, and which are left open."""
    k = design.width
    held, is_open = np.ones(q * k, dtype=bool), np.zeros(q * k, dtype=bool)
    held[free] = False
    for a in range(q):
        along = np.zeros(q * k)
        if design.intercept:
            # The intercept of X is that at the means, less the way there.
            along[a * k] = 1.0
            along[a * k + 1 : (a + 1) * k] = -design.mean / design.scale
        at_zero, *entries = problem.left_open(along[free])
        is_open[free] = entries
        if design.intercept:
            is_open[a * k] = at_zero
        if q == 1:
            return held, is_open
    # Which columns depend on which is the same for each class.
    at_zeros = [is_open[a * k] for a in range(q)]
    is_open[free] = entries
    if design.intercept:
        is_open[::k] = at_zeros
    return held, is_open


def dispersions(loss, squares, n, solved):
    """Return the dispersion of each equation: 1, or what Pearson's errors tell.

    Raises
    ------
    ValueError
        If no degree of freedom is left.
    """
    left = n - np.array([one.degrees for one in solved])
    if not (left > 1e-8 * n).all():
        raise ValueError(
            f"{n:g} rows leave no degree of freedom after {n - left.min():g} "
            "coefficients. Take fewer columns or a larger alpha, or, if weights say "
            "how precise a row is, weights_are='precision'."
        )
    if loss.dispersion == "estimated":
        return squares / left
    return np.ones(len(solved))


def sums_of_scores(X, y, weight, theta, derivatives, design, solved, asked):
    """Return the sums over a block of the products of T^-T u, equation by equation."""
    Z, y, z, weight, codes = block_of(X, y, weight, theta, derivatives, design, asked)
    xp = _arrays.namespace(Z)
    S, C = derivatives.of_rows(y, z)
    middles = []
    for e, one in enumerate(solved):
        inverse = _arrays.like(one.inverse, Z, "same")
        basis = _arrays.like(one.basis, Z)
        if S.shape[2] == 1:
            T = xp.take(Z, basis, axis=1) @ inverse
            U, h = S[:, e, :] * T, C[:, e, 0, 0] * xp.sum(T * T, axis=1)
        else:
            U = xp.reshape(S[:, e, :, None] * Z[:, None, :], (Z.shape[0], -1))
            U, h = xp.take(U, basis, axis=1) @ inverse, None
        middles.append(score_sums(U, h, weight, codes, asked))
    return tuple(middles)


def farthest(solved, gradients, errors):
    """Return how many standard errors a step of Newton's is, of the farthest."""
    far = 0.0
    for one, g, error in zip(solved, gradients, errors, strict=True):
        step = one.parameters @ (one.inverse @ (one.inverse.T @ g[one.basis]))
        known = np.isfinite(error) & (error > 0)
        far = max(far, np.max(np.abs(step[known]) / error[known], initial=0.0))
    return float(far)


def table(cost, theta, factors, errors, df, asked, labels, dispersion, far):
    """Return the `Summary` of factors and errors, equation by equation."""
    w, c = map(_arrays.to_numpy, cost.parameters(theta))
    estimate, names = w.T.astype(float), labels.names
    if cost.fit_intercept:
        estimate = np.hstack([np.reshape(c, (-1, 1)), estimate])
        names = ["intercept", *names]
    notes = notes_of(cost, asked, labels, errors, far)
    output = None if labels.is_one else labels.classes
    if cost.coupled:
        estimate, output = estimate[1:] - estimate[:1], labels.classes[1:]
        factor, error = factors[0], errors[0].reshape(estimate.shape)
    elif labels.is_one:
        estimate, factor, error = estimate[0], factors[0], errors[0]
        dispersion = dispersion[0]
    else:
        rank = max(map(len, factors))
        padded = [np.pad(F, [(0, rank - len(F)), (0, 0)]) for F in factors]
        factor, error = np.stack(padded), np.stack(errors)
        output = output or [f"y{j}" for j in range(len(estimate))]
    if cost.loss.dispersion is None:
        dispersion = None
    elif cost.coupled:
        dispersion = 1.0
    return summary_table(
        *(estimate, factor, names, df, asked),
        error=error,
        output=output,
        notes=notes,
        dispersion=dispersion,
    )


def notes_of(cost, asked, labels, errors, far):
    """Return what the numbers are, where a name does not say it, and are not."""
    notes, classes, penalty = [], labels.classes, cost.penalty
    if classes is not None and isinstance(cost.loss, LogLoss):
        which = "each class" if cost.coupled else repr(classes[1])
        notes.append(f"Log odds of {which} against {classes[0]!r}.")
    if cost.loss.dispersion is None:
        notes.append(
            f"loss={labels.loss!r} is no likelihood: the intervals are those of many "
            "rows, around where its optimum is for all rows that there could be."
        )
    if labels.weighs_classes:
        notes.append("The weights of class_weight count as those of rows do.")
    held = int(np.isnan(np.stack(errors)).sum())
    if not penalty.is_smooth:
        notes.append(
            f"The penalty holds {held} coefficients at 0. The errors of the others "
            "take this choice as given and leave out how far it moves them: their p "
            "values and intervals are not valid after the selection."
        )
    elif np.any(_host(penalty.curvature) > 0):
        notes.append(
            "With alpha > 0 the estimates are nearer to 0 than without a penalty, and "
            "the intervals are about where they are. "
            + (
                "The errors leave this bias out; alpha=0 has none."
                if asked.is_robust
                else "The errors are those of the posterior with the penalty for its "
                "prior; alpha=0 gives those of maximum likelihood."
            )
        )
    if np.isinf(np.stack(errors)).any():
        notes.append("Columns depend on each other: the data determine sums of some.")
    if far > FAR:
        notes.append(
            f"The optimum for X and y is up to {far:.2g} standard errors away: these "
            "are not the rows of the fit, or it ended before (see optimality_)."
        )
    return notes
