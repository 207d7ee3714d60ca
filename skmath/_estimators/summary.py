"""Summaries: tables of estimates with standard errors, and hypothesis tests.

The options of a summary are checked here for all estimators, which provide the
covariance.
"""

import textwrap
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from sklearn.utils import Bunch
from sklearn.utils.validation import check_is_fitted

from skmath import _arrays
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
    wald_statistic,
    wald_test_of,
)

__all__ = [
    "WEIGHTS",
    "Summary",
    "SummaryMixin",
    "SummaryOptions",
    "WaldTests",
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

WIDTH = 88
"""Width of the printed notes, in characters."""

LEFT_OVER = 0.1
"""In `robust_root` the spread of the scores in a direction may be due to their sum
alone if the sum is more than this fraction of it; the sum itself must be less than this
fraction of the largest spread."""

SMALL = 1e-2
"""Largest such spread, as a fraction of the largest spread in any direction."""

NO_SPREAD = 1e-8
"""Standard error that is rounding, as a fraction of the largest possible one."""


class Summary(Bunch):
    """Estimates with their standard errors, t and p values and intervals.

    It is a `Bunch` that is printed as a table.

    Attributes
    ----------
    name : list of str
        Names of the coefficients, the intercept first; thresholds of ordered classes
        last.
    output : list or None
        Labels of several outputs: the column names of y if it is a frame; for a
        multinomial regression the classes, each compared with the first.
    estimate, standard_error, t, p : ndarray of shape (k,) or (n_outputs, k)
        p is the two-sided p-value for the coefficient being 0. If the data do not
        determine a coefficient, or its error, the standard error is infinite, and t and
        p are NaN; all three are NaN if a penalty or bound fixes the coefficient.
    interval : ndarray of shape (..., 2)
        Confidence intervals.
    covariance : ndarray of shape (k, k) or (n_outputs, k, k)
        Covariance of the estimates; for a multinomial regression of all of them, class
        by class, (n_outputs k, n_outputs k). It is NaN for estimates without standard
        errors. It is computed on access from `covariance_factor`, F with F'F =
        covariance.
    degrees_of_freedom : float
        Degrees of freedom of t; infinite if it is the normal distribution's z.
    cov_type : str
        Kind of covariance.
    n_groups : int or None
        Number of groups for "cluster", without those whose rows all have weight 0.
    confidence : float
        Confidence level of the intervals.
    notes : list of str
        Limitations of the numbers, printed below the table.

    See Also
    --------
    skmath.SVDRegressor.summary : Summary of least squares.
    skmath.GDLinearModel.summary : Summary of generalised linear models.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skmath import SVDRegressor
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> table = SVDRegressor().fit(X[["age", "bmi", "bp"]], y).summary()
    >>> dict(zip(table.name, table.standard_error.round(3).tolist()))
    {'intercept': 2.859, 'age': 63.923, 'bmi': 65.562, 'bp': 68.392}
    >>> table.wald_test_terms({"age": ["age"], "size": ["bmi", "bp"]})
    term    statistic   df            p
    age       0.16532    1      0.68451
    size       130.91    2   2.6941e-45
    """

    def __repr__(self):
        """Return the table, with one line per coefficient and output, and the notes."""
        several = self.output is not None
        names = (
            [f"{o}: {n}" for o in self.output for n in self.name]
            if several
            else (self.name)
        )
        letter = "t" if np.isfinite(self.degrees_of_freedom).all() else "z"
        header = ["estimate", "std. error", letter, "p", "low", "high"]
        width = max(len(name) for name in [*names, "name"])
        lines = [f"{'name':<{width}}" + "".join(f"{h:>13}" for h in header)]
        columns = (self.estimate, self.standard_error, self.t, self.p)
        flat = [column.reshape(-1) for column in columns]
        flat += list(self.interval.reshape(-1, 2).T)
        for name, row in zip(names, zip(*flat, strict=True), strict=True):
            lines.append(f"{name:<{width}}" + _cells(*row))
        return "\n".join([*lines, *(_wrapped(note) for note in self.notes)])

    __str__ = __repr__

    @property
    def covariance(self) -> np.ndarray:
        """Covariance of the estimates."""
        F = self._factor()
        return np.swapaxes(F, -1, -2) @ F

    def wald_test(self, R: Any, q: Any = None) -> "WaldTests":
        r"""Test linear hypotheses about the coefficients, R b = q, jointly.

        With the covariance C the statistic is :math:`(Rb - q)^T (R C R^T)^{-1}
        (Rb - q)`: chi-squared with one degree of freedom per hypothesis. If t has
        Student's distribution, it is divided by their number and is F.

        Parameters
        ----------
        R : array-like of shape (n_hypotheses, k) or (k,), or list of str or int
            One row per hypothesis, with the intercept's column first; for a multinomial
            regression the coefficients class by class. Or names of columns, or their
            indices in X, to test that all their coefficients are 0.
        q : float or array-like of shape (n_hypotheses,), default=None
            Right-hand side; None is 0.

        Returns
        -------
        WaldTests
            A Bunch with `statistic`, `df` (number of hypotheses), `df_residual` and
            `p`; arrays of shape (n_outputs,) if outputs are tested separately.

        Raises
        ------
        ValueError
            If R or q has another shape, the hypotheses are linearly dependent, or one
            has a coefficient that the data do not determine.
        """
        R = self._hypotheses(R)
        q = np.broadcast_to(np.asarray(0.0 if q is None else q, dtype=float), (len(R),))
        return WaldTests(term=None, **self._tests([(R, q)]))

    def wald_test_terms(self, terms: dict[str, Any] | None = None) -> "WaldTests":
        """Test for each term whether all its coefficients are 0.

        Parameters
        ----------
        terms : dict, default=None
            {term: columns}, with names of columns or their indices in X: for example
            the levels of a factor, or the powers of a variable. None makes each column
            a term.

        Returns
        -------
        WaldTests
            A Bunch of arrays, `term`, `statistic`, `df` and `p`, printed as a table.
            For a multinomial regression a term has the coefficients of all classes.

        Raises
        ------
        ValueError
            As for `wald_test`.
        """
        if terms is None:
            terms = {name: [name] for name in self.name if name != "intercept"}
        hypotheses = [self._hypotheses(list(each)) for each in terms.values()]
        found = self._tests([(R, np.zeros(len(R))) for R in hypotheses])
        return WaldTests(term=list(terms), **found)

    def _factor(self):
        if self.covariance_factor is None:
            raise ValueError(
                "The covariance is not stored for so many coefficients that the prior "
                "determines more than the data; they only have standard errors."
            )
        return self.covariance_factor

    def _hypotheses(self, R):
        """Return R as an array with one row per hypothesis."""
        k = self._factor().shape[-1]
        if isinstance(R, list | tuple) and R and all(map(_is_column, R)):
            places = [self._place(column) for column in R]
            starts = range(0, k, len(self.name))
            return np.eye(k)[[start + j for start in starts for j in places]]
        R = np.atleast_2d(np.asarray(R, dtype=float))
        if R.ndim != 2 or R.shape[1] != k or not len(R):
            raise ValueError(
                f"R has shape {R.shape}, but must have {k} columns, one per "
                f"coefficient: {', '.join(map(str, self.name))}."
            )
        return R

    def _place(self, column):
        """Return the index among the names of a column of X, given by name or index."""
        first = int(self.name[0] == "intercept")
        if isinstance(column, str):
            if column not in self.name:
                raise ValueError(f"{column!r} is not one of {', '.join(self.name)}.")
            return self.name.index(column)
        if not 0 <= column < len(self.name) - first:
            raise ValueError(f"Column index {column} is out of range for X.")
        return first + int(column)

    def _tests(self, hypotheses):
        """Return statistic, df and p of each of several R b = q, as a dict."""
        F, b = self._factor(), self.estimate
        if F.ndim == 2:
            F, b = F[None], b.reshape(1, -1)
        df = np.broadcast_to(self.degrees_of_freedom, len(F))
        found = np.array(
            [
                [self._test(R, q, *each) for each in zip(F, b, df, strict=True)]
                for R, q in hypotheses
            ]
        )
        one = found[:, 0] if self.covariance_factor.ndim == 2 else found
        df = np.array([len(R) for R, _ in hypotheses])
        return {
            "statistic": one[..., 0],
            "df": df,
            "df_residual": self.degrees_of_freedom,
            "p": one[..., 1],
        }

    def _test(self, R, q, F, b, df_residual):
        used = (R != 0).any(axis=0)
        if np.isnan(F[:, used]).any():
            raise ValueError(
                "A hypothesis cannot be tested: the data do not determine one of its "
                "coefficients, or its error, or a penalty or bound fixes it."
            )
        if self.n_groups is not None and len(R) >= self.n_groups:
            raise ValueError(
                f"{len(R)} hypotheses cannot be tested jointly: the covariance of "
                f"{self.n_groups} groups has a rank of at most {self.n_groups - 1}. "
                "Test fewer hypotheses, or use another cov_type."
            )
        difference = R[:, used] @ b[used] - q
        statistic = wald_statistic(difference, F[:, used] @ R[:, used].T)
        return wald_test_of(statistic, len(R), df_residual)


class WaldTests(Bunch):
    """Wald tests of linear hypotheses, a `Bunch` that is printed as a table.

    Attributes
    ----------
    term : list or None
        Names of the terms.
    statistic : float or ndarray
        F if `df_residual` is finite, else chi-squared.
    df : int or ndarray of int
        Number of hypotheses that are tested jointly.
    df_residual : float
        Degrees of freedom of the residuals.
    p : float or ndarray
        p-values.
    """

    def __init__(self, **values: Any) -> None:
        if values["term"] is None:  # a single test has numbers
            for name in ("statistic", "df", "p"):
                values[name] = values[name][0]
        super().__init__(**values)

    def __repr__(self):
        """Return the table, with one line per test."""
        n = 1 if self.term is None else len(self.term)
        terms = [""] if self.term is None else self.term
        width = max(len(str(term)) for term in [*terms, "term"])
        lines = [f"{'term':<{width}}{'statistic':>13}{'df':>5}{'p':>13}"]
        statistics, p = (np.reshape(a, (n, -1)) for a in (self.statistic, self.p))
        for term, f, df, each in zip(
            terms, statistics, np.reshape(self.df, n), p, strict=True
        ):
            for one in range(len(f)):
                line = f"{term!s:<{width}}{f[one]:>13.5g}{df:>5}{each[one]:>13.5g}"
                lines.append(line)
        return "\n".join(lines)

    __str__ = __repr__


def _is_column(entry):
    return isinstance(entry, str | int | np.integer) and not isinstance(entry, bool)


def _cells(estimate, error, t, p, low, high):
    """Return the cells of a line, or a reason if there is no standard error."""
    if np.isfinite(error):
        cells = (estimate, error, t, p, low, high)
        return "".join(f"{value:>13.5g}" for value in cells)
    held = f"held at {estimate + 0.0:.5g}"
    reason = held if np.isnan(error) else "not determined"
    return f"{estimate:>13.5g}  {reason}"


def _wrapped(note):
    return textwrap.fill(f"Note: {note}", WIDTH, subsequent_indent="  ")


# Options


class SummaryMixin:
    """Mixin of an estimator whose coefficients have standard errors.

    It has ``_rows_again(X, y, sample_weight)``, which checks rows like `fit` does, and
    ``_summarized(rows, asked)``, which returns the `Summary` (also for an offset, if
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
        asked = summary_options(cov_type, groups, confidence, weights_are, rows)
        offsets = () if offset is None else (offset,)
        return _with_names_of(y, self._summarized(rows, asked, *offsets))


def _with_names_of(y, table):
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
    def is_robust(self):
        """Whether the covariance is a sandwich, which requires the rows."""
        return self.cov_type != "classical"


def names_of_columns(estimator):
    """Return the names of the columns of a fitted estimator, or x0, x1, ..."""
    names = getattr(estimator, "feature_names_in_", None)
    if names is None:
        return [f"x{j}" for j in range(estimator.n_features_in_)]
    return names.tolist()


def summary_options(cov_type, groups, confidence, weights_are, rows=None):
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
    asked = SummaryOptions(cov_type, float(confidence), weights_are == "repetitions")
    if groups is None:
        return asked
    codes, n_groups = _codes_of(groups, rows)
    return SummaryOptions(
        asked.cov_type, asked.confidence, asked.repeats, codes, n_groups
    )


def _codes_of(groups, rows):
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


def score_sums(U, h, weight, codes, asked):
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
    asked : SummaryOptions

    Returns
    -------
    array of shape (k, k) or GroupSums
    """
    squared = weight is not None and not asked.repeats
    # An inverse variance scales the leverage; each repetition has the one of weight 1.
    if h is not None:
        correction = leverage_correction(asked.cov_type, h * weight if squared else h)
        xp = _arrays.namespace(U)
        if weight is not None:  # rows of weight 0 are ignored
            correction = xp.where(weight > 0, correction, xp.ones_like(correction))
        U = _arrays.weigh(U, correction)
    if codes is not None:
        return GroupSums.of(_arrays.weigh(U, weight), codes)
    return score_products(U, weight * weight if squared else weight)


def robust_root(middle, asked, n, k, gradient=None):
    """Return F with F'F the middle of a sandwich, times the small-sample factor.

    If columns fit a row or a group exactly, its scores are 0 along a direction, except
    for what a weak penalty or an unfinished descent leaves of their sum. Spreads that
    can be explained by that sum are set to 0.

    Parameters
    ----------
    middle : ndarray of shape (k, k) or GroupSums
        Result of `score_sums`.
    asked : SummaryOptions
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
            f"cov_type={asked.cov_type!r} divides by 1 - h, which is 0 for a row with "
            "leverage h = 1, which is fitted exactly. Use 'HC1'."
        )
    F = semidefinite_factor(middle)
    if gradient is not None:
        spread = np.linalg.norm(F, axis=1)
        along = np.abs(F @ gradient)  # times the spread, as F's rows are orthogonal
        rest = (spread < SMALL * spread.max()) & (along > LEFT_OVER * spread**2)
        rest &= np.linalg.norm(gradient) < LEFT_OVER * spread.max()
        F = np.where(rest[:, None], 0.0, F)
    return small_sample_factor(asked.cov_type, n, k, asked.n_groups) ** 0.5 * F


def without_spread(root, axes, gradient=None):
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


def note_of_no_spread(names, asked, most=4):
    """Return the note about coefficients that are `without_spread`."""
    names = list(dict.fromkeys(names))
    listed = ", ".join(names[:most])
    listed += f" and {len(names) - most} more" if len(names) > most else ""
    which = "groups" if asked.groups is not None else "rows"
    return (
        f"The scores of all {which} are 0 for {listed}, because columns fit some of "
        f"them exactly or separate classes: cov_type={asked.cov_type!r} has no "
        "standard error for these, but 'classical' has."
    )


# The table


def summary_table(
    estimate, factor, names, df, asked, *, error=None, output=None, **more
):
    """Return the `Summary` of estimates and a factor of their covariance.

    Parameters
    ----------
    estimate : ndarray of shape (k,) or (n_outputs, k)
    factor : ndarray of shape (m, k), (n_outputs, m, k) or (m, n_outputs k), or None
    names : list of str
    df : float
        Degrees of freedom of t.
    asked : SummaryOptions
    error : ndarray of the shape of estimate, default=None
        Standard errors, if the factor does not determine all of them.
    output : list, default=None
    **more : dict
        Further entries of the summary.
    """
    if error is None:
        error = np.linalg.norm(factor, axis=-2).reshape(estimate.shape)
    notes = more.pop("notes", [])
    if asked.is_robust:
        k = len(names) if factor is None else factor.shape[-1]
        notes = [*_notes_of_robust(asked, k), *notes]
    return Summary(
        name=list(names),
        output=output,
        **estimates_table(estimate, error, df, asked.confidence),
        covariance_factor=factor,
        degrees_of_freedom=df,
        cov_type=asked.cov_type,
        n_groups=asked.n_groups,
        confidence=asked.confidence,
        notes=notes,
        **more,
    )


def _notes_of_robust(asked, k):
    """Return the notes about robust errors of k coefficients."""
    if asked.groups is None:
        return [f"The standard errors are robust ({asked.cov_type})."]
    g = asked.n_groups
    notes = [f"The standard errors are robust ({asked.cov_type}, of {g} groups)."]
    if g <= k:
        notes.append(
            f"With {g} groups, at most {g - 1} hypotheses can be tested jointly."
        )
    return notes
