r"""The strength of a penalty by cross-validation, along a path of strengths.

1. The path starts with the smallest strength that sets all penalised coefficients to
   zero,

   .. math:: \alpha_{\max} = \max_j \frac{|g_j|}{\kappa_j},

   with the gradient g there and the kink of strength 1, :math:`\kappa`, and ends at a
   thousandth of it. MCP and SCAD have the same kink at zero; for the fused lasso the
   differences of adjacent levels are zero, with cumulative sums of g. A penalty without
   a kink has no such strength: its path goes from a thousand times to a millionth of
   the loss's curvature.
2. For each fold the optima along the path are computed on all other rows, each starting
   from the last one; the fold's own rows give the loss. For a squared error both follow
   from sums of products, which are computed once per fold: the training rows' sums are
   the total of the other folds' sums, and no row is read again.
3. The strength with the lowest mean loss is chosen, or the largest whose loss is within
   one standard error of it (Breiman et al. 1984).

References
----------
.. [1] L. Breiman et al., *Classification and Regression Trees*, 1984, section 3.4.3.
.. [2] J. Friedman, T. Hastie and R. Tibshirani, "Regularization paths for generalized
   linear models via coordinate descent", J. Stat. Softw., 33(1), 2010, section 2.5.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.utils.parallel import Parallel, delayed

from skmath import _arrays
from skmath._estimators.folds import all_but_each, fold_of_each_row, sums_by_fold
from skmath._rows.rows import is_dask
from skmath.gd_linear_model.descent import Descent, Trace, last_of
from skmath.gd_linear_model.kept_hessian import PathStarts
from skmath.gd_linear_model.options import is_narrow
from skmath.gd_linear_model.quadratic_cost import QuadraticCost
from skmath.statistics import cross_moments

__all__ = ["AlphaSearch", "alpha_grid", "search_alpha"]

MIN_ALPHA_RATIO, MIN_ALPHA_RATIO_WIDE = 1e-3, 1e-2
"""Smallest strength of a path with a kink, as a fraction of the largest: smaller ones
hardly penalise; with more columns than rows they interpolate the data."""

LARGEST_ALPHA, SMALLEST_ALPHA = 1e3, 1e-6
"""Largest and smallest strength without a kink, times the columns' curvature."""

ROUGHLY = 1e-5
"""Tolerance along the path of a fold, whose losses are only known to a few percent."""


TIED_LOSS = 1e-10
"""Relative difference to the lowest loss that may be due to rounding: small folded
penalties leave large coefficients unchanged, and the largest of these is chosen."""

MARGIN = 10 * ROUGHLY
"""Relative amount by which a path starts above its computed largest strength."""

MAX_STEPS = 50
"""Maximum number of steps in the metric of a quadratic; each step reduces the distance
to the optimum to a small fraction."""


@dataclass(frozen=True)
class AlphaSearch:
    """Results of a search over strengths.

    Parameters
    ----------
    alphas : ndarray of shape (n_alphas,)
        Strengths in descending order.
    losses : ndarray of shape (n_folds, n_alphas)
        Mean held-out loss of each fold, without the penalty.
    weights : ndarray of shape (n_folds,)
        Sum of the weights of each fold's rows.
    thetas : list of n_alphas arrays of shape (n_features + 1, n_outputs)
        Optima on all rows.
    """

    alphas: Any
    losses: Any
    weights: Any
    thetas: Any

    @property
    def mean(self):
        """Mean held-out loss of each strength."""
        return np.average(self.losses, axis=0, weights=self.weights)

    @property
    def error(self):
        """Standard error of the mean loss, from the variation between folds."""
        squares = (self.losses - self.mean) ** 2
        spread = np.average(squares, axis=0, weights=self.weights)
        return (spread / (len(self.losses) - 1)) ** 0.5

    def best(self, rule):
        """Return the index of the strength that a rule chooses, "min" or "1se"."""
        least = np.min(self.mean)
        lowest = int(np.argmax(self.mean <= least + TIED_LOSS * abs(least)))
        if rule == "min":
            return lowest
        return int(np.argmax(self.mean <= self.mean[lowest] + self.error[lowest]))

    def results(self):
        """Return a dict of arrays, in the format of scikit-learn's searches."""
        splits = {f"split{k}_test_loss": loss for k, loss in enumerate(self.losses)}
        return {
            "param_alpha": self.alphas,
            **splits,
            "mean_test_loss": self.mean,
            "std_error_test_loss": self.error,
        }


def search_alpha(cost, options, model):
    """Search for the best strength of a cost whose penalty has strength 1.

    Parameters
    ----------
    cost : Cost
    options : Options
    model : GDLinearModel
        Provides cv, n_alphas and n_jobs.

    Returns
    -------
    AlphaSearch

    Raises
    ------
    ValueError
        If there is no strength to choose, or cv does not hold out each row once.
    """
    penalty = cost.penalty  # in the units of all rows, for each fold
    if not hasattr(penalty, "times") or model.penalty is None:
        raise ValueError(
            f"alpha={model.alpha!r} requires a penalty with a strength, such as 'l2', "
            f"'l1' or 'mcp', not {model.penalty!r}: set alpha to a number."
        )
    n = cost.rows.X.shape[0]
    if is_dask(cost.rows.X) and not follows_from_sums(cost):
        raise ValueError(
            "Choosing alpha on a Dask array requires loss='squared_error' and up to "
            "2,000 columns; set alpha to a number."
        )
    codes = None
    if cost.loss.task == "classification":
        codes = _arrays.to_numpy(cost.rows.y)
        codes = codes[:, 0] if codes.ndim == 2 else codes
    labels = fold_of_each_row(n, 5 if model.cv is None else model.cv, codes)
    make_folds = folds_by_sums if follows_from_sums(cost) else folds_by_rows
    full_cost, folds = make_folds(cost, labels)
    alphas = options.alphas
    if alphas is None:
        alphas = alpha_grid(full_cost, options, model.n_alphas)
    penalties = [penalty.times(float(alpha)) for alpha in alphas]
    rough_options = replace(options, tol=max(ROUGHLY, options.tol))
    tasks = [delayed(losses_along)(*fold, penalties, rough_options) for fold in folds]
    tasks.append(delayed(optima)(full_cost, penalties, rough_options))
    *losses, thetas = Parallel(n_jobs=model.n_jobs)(tasks)
    weights = np.asarray([held_out.weight for _, held_out in folds])
    return AlphaSearch(alphas, np.asarray(losses), weights, thetas)


def alpha_grid(cost, options, n_alphas):
    """Return n_alphas strengths in descending order, from the largest that matters."""
    penalty, theta = cost.penalty, cost.best_constant()
    if not penalty.has_kinks:
        return np.geomspace(LARGEST_ALPHA, SMALLEST_ALPHA, n_alphas)
    largest = largest_alpha(cost, theta)
    if penalty.has_unpenalized or getattr(penalty, "keeps_nonzero", False):
        # Unpenalised coefficients are not zero when all others are. They are computed
        # to the accuracy of the path's first optimum.
        theta_at_largest = optima(cost, [penalty.times(10.0 * largest)], options)[0]
        largest = (1 + MARGIN) * largest_alpha(cost, theta_at_largest)
    n, p = cost.rows.X.shape
    lowest = MIN_ALPHA_RATIO if n > p else MIN_ALPHA_RATIO_WIDE
    return np.geomspace(largest, lowest * largest, n_alphas)


def largest_alpha(cost, theta):
    """Return the smallest strength above which the zeros of theta stay zero."""
    largest = cost.penalty.largest_factor(cost(theta)[1][:-1, :])
    return largest if 0 < largest < np.inf else 1.0


def follows_from_sums(cost):
    """Return True if the cost of any rows follows from sums of products of columns."""
    rows = cost.rows
    n = rows.X.shape[0]
    return cost.loss.constant_curvature and is_narrow(rows, n, 1, cost.loss)


def folds_by_sums(cost, labels):
    """Return costs from sums: for all rows, and pairs of training and held-out rows."""
    n_folds = int(labels.max()) + 1
    # A block has rows of all folds, whose products are computed one by one.
    rows = cost.rows.in_blocks(rows_per_feature=4 * n_folds).with_columns(labels)
    parts = rows.sum(sums_by_fold, n_folds, cross_moments)
    training_sums = all_but_each(parts)
    pairs = zip(training_sums, parts, strict=True)
    folds = [tuple(QuadraticCost(cost, part) for part in pair) for pair in pairs]
    return QuadraticCost(cost, training_sums[0] + parts[0]), folds


def folds_by_rows(cost, labels):
    """Return the same costs from the rows themselves."""
    folds = []
    for k in range(int(labels.max()) + 1):
        parts = (np.flatnonzero(labels != k), np.flatnonzero(labels == k))
        folds.append(tuple(cost.of(rows=cost.rows.take(part)) for part in parts))
    return cost, folds


def losses_along(cost, held_out, penalties, options):
    """Return the mean losses of held-out rows at the optima along a path."""
    thetas = optima(cost, penalties, options)
    if isinstance(held_out, QuadraticCost):
        return held_out.losses(thetas)
    return np.asarray([held_out.mean_loss(theta, cost) for theta in thetas])


def quadratic_optimum(cost, metric, theta):
    """Minimise a quadratic cost by steps in its own metric: one, if it is convex."""
    longest = 0.0
    for _ in range(MAX_STEPS):
        previous = theta
        theta = metric.move(previous, cost(previous)[1], 1.0, cost.penalty, ROUGHLY)
        length = metric.norm(theta - previous)
        longest = max(longest, length)
        if getattr(cost.penalty, "is_convex", True) or length <= ROUGHLY * longest:
            break
    return theta


def optima(cost, penalties, options):
    """Return theta of the optimum for each penalty, each starting from the last one."""
    theta, thetas = cost.best_constant(), []
    is_quadratic = isinstance(cost, QuadraticCost)
    is_separable = is_quadratic and hasattr(cost.penalty, "kink_strength")
    if is_separable and cost.penalty.has_kinks and not np.any(cost.penalty.curvature):
        factors = [penalty.alpha / cost.penalty.alpha for penalty in penalties]
        return cost.lassos(factors, ROUGHLY)
    if is_quadratic:
        metric, ridge = None, None
        for penalty in penalties:
            part = cost.of(penalty=penalty)
            if metric is None or not np.all(ridge == penalty.curvature):
                metric, ridge = part.hessian_metric(theta), penalty.curvature
            theta = quadratic_optimum(part, metric, theta)
            thetas.append(theta)
        return thetas
    width = None
    with np.errstate(over="ignore", invalid="ignore"):
        starts = PathStarts(cost, options)
        for part in cost.with_penalties(penalties):
            theta, is_optimal = starts.next(part, theta)
            if is_optimal:
                thetas.append(theta)
                continue
            descent = Descent(options, np.random.RandomState(0), Trace(), width)
            stages = descent.stages(part, theta, from_constant=not thetas)
            stage = last_of(stages)
            theta, width = stage.best.theta, stage.width
            thetas.append(theta)
    return thetas
