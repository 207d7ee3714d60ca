r"""Proximal Newton steps by coordinate descent, for a sparse X, compiled by Numba.

At a point w the loss is replaced by its second-order expansion, with the slope g and
the curvature h of each row, and the displacement d minimises

.. math:: g^T d + \tfrac{1}{2} \sum_i h_i (x_i^T d + c)^2 +
    \sum_j \tfrac{\rho_j}{2} d_j^2 + \lambda_j |w_j + d_j|,

where c is the change of the intercept, which is always at its own minimum: this centres
the columns at their weighted means without making any column dense. One coordinate
after another is set to the minimum along it, which reads the entries of one column.
Sweeps over all coordinates alternate with several over the nonzero ones. The step is
then taken on the cost of all columns, and halved until this decreases.

A sweep takes as long as one or two products with X, but a thousand times that in
Python: without Numba these steps are not taken, and the others of `working_sets` lead
to the same optimum. They also take over for one step when the sweeps do not converge,
for example with nearly dependent columns, and permanently if no coefficient is zero:
then conjugate gradients are faster.

References
----------
.. [1] J. Friedman, T. Hastie and R. Tibshirani, "Regularization paths for generalized
   linear models via coordinate descent", J. Stat. Softw., 33(1), 2010.
.. [2] G.-X. Yuan, C.-H. Ho and C.-J. Lin, "An improved GLMNET for l1-regularized
   logistic regression", JMLR 13, 2012.
"""

import functools
from typing import Any

import numpy as np
from scipy import sparse

from skmath.calculus.descent import Rule, backtrack
from skmath.calculus.metrics import STILL
from skmath.gd_linear_model.block_sums import of_columns

__all__ = ["CoordinateNewton", "compiled_minimum", "minimum_for", "quadratic_minimum"]

SWEEPS = 100
"""Maximum number of sweeps per step."""

SWEEP_TOL = 0.1
"""Ratio of the longest move of the last sweep to that of the first at which they
end."""

SWEEP_TOL_OF_SQUARES = 1e-3
"""The same for a squared error, whose expansion is exact."""

ROUNDING = 1e-12
"""Minimum of a column's mean square about its mean, relative to that about zero."""


class CoordinateNewton(Rule):
    """The rule for a `Cost` of a sparse X with a kinked penalty and smooth curvature.

    Its working set has all columns that violated their condition at some step.
    """

    def __init__(self):
        self.indices = np.empty(0, dtype=np.intp)
        self.columns: Any = None
        self.pauses = self.ends = False

    def advance(self, here, metric, cost, penalty, learning_rate):
        """Return the next point, or None if another rule is faster."""
        minimum = minimum_for(cost)
        if minimum is None or self.pauses or self.ends:
            self.pauses = False
            return None
        self._include_missing(here, cost, penalty)
        d = self._direction(here, cost, penalty.of_columns(self.indices), minimum)
        w, to = here.theta[:-1, :], here.theta[:-1, :] + d[:-1, :]
        self.ends = bool(((to != 0) | (metric.scale >= STILL)).all())
        if self.ends:
            return None
        kinks = penalty.kink_strength * (np.abs(to) - np.abs(w))
        return backtrack(
            lambda step: here.theta + step * d,
            *(here, metric, cost, 1.0, here.value),
            slope=min(float((here.gradient * d).sum() + kinks.sum()), -0.0),
        )

    def _direction(self, here, cost, penalty, minimum):
        """Return the displacement to the minimum of the expansion, per output."""
        W, X, d = self.indices, self.columns, np.zeros_like(here.theta)
        shape = (W.size, d.shape[1])
        kink, ridge, is_nonnegative = (
            np.broadcast_to(x, shape)
            for x in (penalty.kink_strength, penalty.curvature, penalty.positive)
        )
        h = cost.curvature_at(here.theta).y
        tol = SWEEP_TOL_OF_SQUARES if cost.loss.constant_curvature else SWEEP_TOL
        for j in range(d.shape[1]):
            d[W, j], d[-1, j], converged = minimum(
                *(X.data, X.indices, X.indptr, np.ascontiguousarray(h[:, j])),
                *(here.theta[W, j], here.gradient[W, j], here.gradient[-1, j]),
                *(kink[:, j], ridge[:, j], is_nonnegative[:, j]),
                *(cost.fit_intercept, tol),
            )
            self.pauses = self.pauses or not converged
        return d

    def _include_missing(self, here, cost, penalty):
        """Copy the columns that may leave zero, in addition to the earlier ones."""
        w, g = here.theta[:-1, :], here.gradient[:-1, :]
        stays_zero = (w == 0) & (np.abs(g) <= penalty.kink_strength)
        missing = ~stays_zero.all(axis=1)
        missing[self.indices] = False
        if self.columns is None or missing.any():
            missing[self.indices] = True
            self.indices = np.flatnonzero(missing)
            self.columns = sparse.csc_array(of_columns(cost.rows, self.indices).X)
            self.columns.sum_duplicates()


def quadratic_minimum(
    data, rows, starts, h, w, slope, slope_c, kink, ridge, is_nonnegative, centres, tol
):
    """Return the displacement d to the minimum of the quadratic, and the intercept's.

    Parameters
    ----------
    data, rows, starts : arrays
        Entries of X by column, their rows, and the start of each column.
    h : ndarray of shape (n_samples,)
        Curvature of each row.
    w, slope : ndarrays of shape (n_columns,)
        The point, and the gradient of the smooth part there.
    slope_c : float
        Derivative with respect to the intercept.
    kink, ridge : ndarrays of shape (n_columns,)
    is_nonnegative : ndarray of shape (n_columns,), bool
        Where w + d must be nonnegative.
    centres : bool
        Whether there is an intercept.
    tol : float
        Ratio to the longest move of the first sweep at which the sweeps end.

    Returns
    -------
    d : ndarray of shape (n_columns,)
    c : float
    converged : bool
        Whether this ratio was reached.
    """
    k = w.size
    d, u = np.zeros(k), np.zeros(h.size)  # u = diag(h) X d
    sums, curvatures = np.zeros(k), np.zeros(k)
    total = max(h.sum(), 1e-300) if centres else np.inf
    for j in range(k):
        square = 0.0
        for e in range(starts[j], starts[j + 1]):
            sums[j] += h[rows[e]] * data[e]
            square += h[rows[e]] * data[e] * data[e]
        curvatures[j] = max(square - sums[j] ** 2 / total, ROUNDING * square) + ridge[j]
    c = -slope_c / total
    first, active, is_full = 0.0, curvatures > 0, True
    for sweep in range(SWEEPS):
        longest = 0.0
        for j in range(k):
            if not (curvatures[j] > 0 and (is_full or active[j])):
                continue
            g = slope[j] + ridge[j] * d[j] + sums[j] * c
            for e in range(starts[j], starts[j + 1]):
                g += data[e] * u[rows[e]]
            here = w[j] + d[j]
            updated, shift = here - g / curvatures[j], kink[j] / curvatures[j]
            if updated > shift:
                updated -= shift
            elif updated < -shift and not is_nonnegative[j]:
                updated += shift
            else:
                updated = 0.0
            active[j] = updated != 0
            if updated != here:
                move = updated - here
                d[j] += move
                c -= sums[j] * move / total
                for e in range(starts[j], starts[j + 1]):
                    u[rows[e]] += move * h[rows[e]] * data[e]
                longest = max(longest, move * move * curvatures[j])
        if sweep == 0:
            first = longest
        converged = longest <= tol**2 * first
        if converged and is_full:
            return d, c, True
        is_full = converged
    return d, c, False


def minimum_for(cost):
    """Return the function that minimises the expansion of a cost, or None.

    It is the compiled `quadratic_minimum`, for a sparse X, a loss with smooth curvature
    per output, and a separable kink. For a dense X products and systems are as fast.
    """
    is_separable = hasattr(cost.penalty, "kink_strength")
    is_supported = is_separable and cost.loss.smooth_curvature and not cost.coupled
    return compiled_minimum() if is_supported and sparse.issparse(cost.rows.X) else None


@functools.cache
def compiled_minimum():
    """Return `quadratic_minimum` compiled by Numba, or None if Numba is not installed.

    Numba is imported here, when a fit first uses it. Compiled code is cached on disk if
    a folder for this is available.
    """
    try:
        import numba
    except ImportError:
        return None
    try:
        return numba.njit(cache=True, nogil=True)(quadratic_minimum)
    except RuntimeError:
        return numba.njit(nogil=True)(quadratic_minimum)
