"""Summaries of fitted models: options, standard errors and notes.

The options of a summary are checked here for all estimators, which provide the
covariance.
"""

from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skmath import _arrays
from skmath._estimators.estimates import Summary
from skmath._rows.checks import group_codes
from skmath._rows.rows import is_dask
from skmath.statistics import (
    COVARIANCES,
    GroupSums,
    estimates_table,
    leverage_correction,
    score_products,
    semidefinite_factor,
    small_sample_factor,
)

__all__ = [
    "WEIGHTS",
    "SummaryMixin",
    "SummaryOptions",
    "names_of_columns",
    "note_of_no_spread",
    "robust_root",
    "score_sums",
    "summary_options",
    "summary_table",
    "without_spread",
]

WEIGHTS = ("repetitions", "precision")
"""Meaning of the rows' weights: numbers of repetitions, or inverse variances."""

LEFT_OVER = 0.1
"""In `robust_root` the spread of the scores in a direction may be due to their sum
alone if the sum is more than this fraction of it; the sum itself must be less than this
fraction of the largest spread."""

SMALL = 1e-2
"""Largest such spread, as a fraction of the largest spread in any direction."""

NO_SPREAD = 1e-8
"""Standard error that is rounding, as a fraction of the largest possible one."""


# Options


class SummaryMixin:
    """Mixin of an estimator whose coefficients have standard errors.

    It has ``_rows_again(X, y, sample_weight)``, which checks rows like `fit` does, and
    ``_summarized(rows, options)``, which returns the `Summary` (also for an offset, if
    `fit` has one). ``_keeps_errors`` is True if classical errors do not need the rows.
    """

    _keeps_errors = False
    _rows_again: Any
    _summarized: Any

    def summary(
        self,
        X: Any = None,
        y: Any = None,
        sample_weight: Any = None,
        *,
        cov_type: str = "classical",
        groups: Any = None,
        confidence: float = 0.95,
        weights_are: str = "repetitions",
        offset: Any = None,
    ) -> Summary:
        r"""Return a table of coefficients with standard errors, p-values and intervals.

        Notes below the table state the limitations of the numbers: with a penalty the
        errors are those of a posterior whose prior is the penalty, and they do not
        account for the selection of coefficients by l1 or of a rank. Coefficients that
        the data do not determine, because columns are linearly dependent, have an
        infinite standard error and NaN for t and p (R has NA). So have coefficients for
        which the scores of a robust covariance are all 0, for example if columns fit a
        group exactly.

        Parameters
        ----------
        X, y, sample_weight : array-like, default=None
            The data of `fit`. `SVDRegressor` does not need them for "classical"; in all
            other cases they are required, because a fitted model does not store rows.
        cov_type : {"classical", "HC0", "HC1", "HC2", "HC3", "cluster"}, \
                default="classical"
            "classical" assumes the variance of the model: the dispersion times the
            inverse curvature. The dispersion is 1 for "log_loss" and "poisson", and is
            estimated from Pearson residuals for a squared error, "gamma" and "tweedie";
            for "quantile" and "absolute_error" the density of the errors determines
            both. The others are sandwich estimators, which are valid for any variance,
            and for losses that are not a likelihood ("huber"): "HC0" to "HC3" for
            independent rows, the latter three with small-sample corrections, "cluster"
            for groups of dependent rows. The factors are those of statsmodels and
            Stata: n / (n - k) for HC1 and g / (g - 1) (n - 1) / (n - k) for g groups.
        groups : array-like of shape (n_samples,), default=None
            The group of each row, for "cluster". Groups of weight 0 do not count. With
            g groups, at most g - 1 hypotheses can be tested jointly.
        confidence : float, default=0.95
            Confidence level of the intervals, in (0, 1).
        weights_are : {"repetitions", "precision"}, default="repetitions"
            Meaning of the weights of the fit: numbers of repetitions of a row (Stata's
            frequency weights), or inverse variances up to a factor (R's weights,
            statsmodels' WLS and var_weights).
        offset : array-like, default=None
            The offset of the fit, for a `GDLinearModel`.

        Returns
        -------
        Summary
            A Bunch, printed as a table, with `name` (the intercept first), `estimate`,
            `standard_error`, `t`, `p`, `interval`, `covariance`, `notes`, and the
            methods `wald_test` and `wald_test_terms`. The arrays have one row per
            output, or per class but the first for more than two classes. t has
            Student's distribution for squared errors and quantiles, with the degrees of
            freedom of the residuals (g - 1 for "cluster"), and the normal distribution
            for other losses.

        Raises
        ------
        ValueError
            If the loss has no standard errors, no degree of freedom is left, a
            parameter cannot be used, or X and y are required.
        """
        check_is_fitted(self)
        if isinstance(X, Real):
            raise ValueError(f"X={X!r} must be an array; pass confidence by name.")
        if X is not None:
            _arrays.check_same_namespace(X, self, attribute="coef_", method="summary")
            rows = self._rows_again(X, y, sample_weight)
        elif self._keeps_errors and cov_type == "classical":
            rows = None
        else:
            raise ValueError(
                f"cov_type={cov_type!r} requires the rows of the fit, which "
                f"{type(self).__name__} does not store: call summary(X, y, ...) with "
                "them."
            )
        options = summary_options(cov_type, groups, confidence, weights_are, rows)
        offsets = () if offset is None else (offset,)
        return _with_names_of(y, self._summarized(rows, options, *offsets))


def _with_names_of(y: Any, table: Summary) -> Summary:
    """Return a table whose outputs have the names of the columns of y, if any."""
    names = [str(name) for name in getattr(y, "columns", ())]
    if table.output is not None and len(names) == len(table.output) > 1:
        table.output = names
    return table


@dataclass(frozen=True)
class SummaryOptions:
    """Options of a summary.

    Parameters
    ----------
    cov_type : str
        A name in `skmath.statistics.COVARIANCES`.
    confidence : float
        Confidence level of the intervals.
    repeats : bool
        Whether weights are repetitions of rows; else they are inverse variances.
    groups : ndarray of int of shape (n_samples,) or None
        Codes of the groups for "cluster".
    n_groups : int or None
        Number of groups.
    """

    cov_type: str
    confidence: float
    repeats: bool
    groups: Any = None
    n_groups: int | None = None

    @property
    def is_robust(self) -> bool:
        """Whether the covariance is a sandwich, which requires the rows."""
        return self.cov_type != "classical"


def names_of_columns(estimator: Any) -> list[str]:
    """Return the names of the columns of a fitted estimator, or x0, x1, ..."""
    names = getattr(estimator, "feature_names_in_", None)
    if names is None:
        return [f"x{j}" for j in range(estimator.n_features_in_)]
    return names.tolist()


def summary_options(
    cov_type: str, groups: Any, confidence: float, weights_are: str, rows: Any = None
) -> SummaryOptions:
    """Check the options of a summary and return them as `SummaryOptions`.

    Parameters
    ----------
    cov_type, groups, confidence, weights_are
        See `SummaryMixin.summary`.
    rows : Rows, default=None
        None without X.

    Raises
    ------
    ValueError
        If one of them cannot be used; the message names it.
    """
    if not (np.ndim(confidence) == 0 and 0 < confidence < 1):
        raise ValueError(f"confidence must be in (0, 1), got {confidence!r}.")
    for name, value, known in (
        ("cov_type", cov_type, COVARIANCES),
        ("weights_are", weights_are, WEIGHTS),
    ):
        if not (isinstance(value, str) and value in known):
            raise ValueError(f"{name}={value!r} must be one of {list(known)}.")
    if (groups is None) == (cov_type == "cluster"):
        raise ValueError(
            "cov_type='cluster' requires groups, the group of each row."
            if groups is None
            else f"groups requires cov_type='cluster', got {cov_type!r}."
        )
    options = SummaryOptions(cov_type, float(confidence), weights_are == "repetitions")
    if groups is None:
        return options
    codes, n_groups = _codes_of(groups, rows)
    return SummaryOptions(
        options.cov_type, options.confidence, options.repeats, codes, n_groups
    )


def _codes_of(groups: Any, rows: Any) -> tuple[np.ndarray, int]:
    """Return the index of each row's group, and the number of groups with a weight."""
    _, codes = group_codes(groups, rows.X.shape[0])
    weight, counted = rows.weight, codes
    if weight is not None:  # rows of weight 0 are ignored
        weight = weight.compute() if is_dask(weight) else weight
        counted = codes[_arrays.to_numpy(weight) > 0]
    n_groups = len(np.unique(counted))
    if n_groups < 2:
        raise ValueError("groups has only one group; cov_type='cluster' requires two.")
    return codes, n_groups


# Sums over rows for all sandwich estimators


def score_sums(U: Any, h: Any, weight: Any, codes: Any, options: SummaryOptions) -> Any:
    """Return the contribution of a block to the middle of a sandwich.

    Parameters
    ----------
    U : array of shape (n_samples, k)
        Scores of the rows, for a weight of 1.
    h : array of shape (n_samples,) or None
        Leverages of the rows for a weight of 1; for "HC2" and "HC3".
    weight : array of shape (n_samples,) or None
    codes : array of shape (n_samples,) or None
        Codes of the groups for "cluster".
    options : SummaryOptions

    Returns
    -------
    array of shape (k, k) or GroupSums
    """
    squared = weight is not None and not options.repeats
    # An inverse variance scales the leverage; each repetition has the one of weight 1.
    if h is not None:
        correction = leverage_correction(options.cov_type, h * weight if squared else h)
        xp = _arrays.namespace(U)
        if weight is not None:  # rows of weight 0 are ignored
            correction = xp.where(weight > 0, correction, xp.ones_like(correction))
        U = _arrays.weigh(U, correction)
    if codes is not None:
        return GroupSums.of(_arrays.weigh(U, weight), codes)
    return score_products(U, weight * weight if squared else weight)


def robust_root(
    middle: np.ndarray,
    options: SummaryOptions,
    n: float,
    k: float,
    gradient: np.ndarray | None = None,
) -> np.ndarray:
    """Return F with F'F the middle of a sandwich, times the small-sample factor.

    If columns fit a row or a group exactly, its scores are 0 along a direction, except
    for what a weak penalty or an unfinished descent leaves of their sum. Spreads that
    can be explained by that sum are set to 0.

    Parameters
    ----------
    middle : ndarray of shape (k, k) or GroupSums
        Result of `score_sums`.
    options : SummaryOptions
    n, k : float
        Numbers of rows and coefficients.
    gradient : ndarray of shape (k,), default=None
        Sum of the scores; None is 0.

    Raises
    ------
    ValueError
        If a row is fitted exactly, so that "HC2" and "HC3" divide by 0.
    """
    if isinstance(middle, GroupSums):
        middle = middle.products()
    middle = _arrays.to_numpy(middle)
    if not np.isfinite(middle).all():
        raise ValueError(
            f"cov_type={options.cov_type!r} divides by 1 - h, which is 0 for a row "
            "with leverage h = 1, which is fitted exactly. Use 'HC1'."
        )
    F = semidefinite_factor(middle)
    if gradient is not None:
        spread = np.linalg.norm(F, axis=1)
        along = np.abs(F @ gradient)  # times the spread, as F's rows are orthogonal
        rest = (spread < SMALL * spread.max()) & (along > LEFT_OVER * spread**2)
        rest &= np.linalg.norm(gradient) < LEFT_OVER * spread.max()
        F = np.where(rest[:, None], 0.0, F)
    return small_sample_factor(options.cov_type, n, k, options.n_groups) ** 0.5 * F


def without_spread(
    root: np.ndarray, axes: np.ndarray, gradient: np.ndarray | None = None
) -> np.ndarray:
    """Return the coefficients for which the scores of a sandwich have no spread.

    Parameters
    ----------
    root : ndarray of shape (r, k)
        Result of `robust_root`.
    axes : ndarray of shape (k, n_coefficients)
        Matrix that converts coordinates of the scores to those of the coefficients.
    gradient : ndarray of shape (k,), default=None
        See `robust_root`. An error that is not larger than the step due to the gradient
        goes to 0 with it, for example for separable classes.

    Returns
    -------
    ndarray of bool of shape (n_coefficients,)
        All False if all scores are 0: then the fit has no errors at all.
    """
    lengths = np.linalg.norm(axes, axis=0)
    error, largest = np.linalg.norm(root @ axes, axis=0), np.linalg.norm(root, 2)
    step = 0.0 if gradient is None else np.linalg.norm(gradient)
    falls = (error < SMALL * largest * lengths) & (LEFT_OVER * error < step * lengths)
    falls &= step < LEFT_OVER * largest
    return (error < NO_SPREAD * largest * lengths) | falls


def note_of_no_spread(names: list[str], options: SummaryOptions, most: int = 4) -> str:
    """Return the note about coefficients that are `without_spread`."""
    names = list(dict.fromkeys(names))
    listed = ", ".join(names[:most])
    listed += f" and {len(names) - most} more" if len(names) > most else ""
    which = "groups" if options.groups is not None else "rows"
    return (
        f"The scores of all {which} are 0 for {listed}, because columns fit some of "
        f"them exactly or separate classes: cov_type={options.cov_type!r} has no "
        "standard error for these, but 'classical' has."
    )


# The table


def summary_table(
    estimate: np.ndarray,
    factor: np.ndarray,
    names: list[str],
    df: float,
    options: SummaryOptions,
    *,
    error: np.ndarray | None = None,
    output: Any = None,
    **more: Any,
) -> Summary:
    """Return the `Summary` of estimates and a factor of their covariance.

    Parameters
    ----------
    estimate : ndarray of shape (k,) or (n_outputs, k)
    factor : ndarray of shape (m, k), (n_outputs, m, k) or (m, n_outputs k), or None
    names : list of str
    df : float
        Degrees of freedom of t.
    options : SummaryOptions
    error : ndarray of the shape of estimate, default=None
        Standard errors, if the factor does not determine all of them.
    output : list, default=None
    **more : dict
        Further entries of the summary.
    """
    if error is None:
        error = np.linalg.norm(factor, axis=-2).reshape(estimate.shape)
    notes = more.pop("notes", [])
    if options.is_robust:
        k = len(names) if factor is None else factor.shape[-1]
        notes = [*_notes_of_robust(options, k), *notes]
    return Summary(
        name=list(names),
        output=output,
        **estimates_table(estimate, error, df, options.confidence),
        covariance_factor=factor,
        degrees_of_freedom=df,
        cov_type=options.cov_type,
        n_groups=options.n_groups,
        confidence=options.confidence,
        notes=notes,
        **more,
    )


def _notes_of_robust(options: SummaryOptions, k: int) -> list[str]:
    """Return the notes about robust errors of k coefficients."""
    g = options.n_groups
    if g is None:
        return [f"The standard errors are robust ({options.cov_type})."]
    notes = [f"The standard errors are robust ({options.cov_type}, of {g} groups)."]
    if g <= k:
        notes.append(
            f"With {g} groups, at most {g - 1} hypotheses can be tested jointly."
        )
    return notes
