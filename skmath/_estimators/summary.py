"""Summaries: estimates with their errors as a table, and tests of hypotheses of them.

What is asked of a summary is decided here for all estimators; the covariance is theirs.
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
"""What weights of rows may be: how often a row was seen, or inverse variances."""

WIDTH = 88
"""Columns of text in which notes are printed."""

LEFT_OVER = 0.1
"""Share of the spread of scores in a direction that their sum is at least, where the
spread may be nothing else; and of the largest spread that it is at most."""

SMALL = 1e-2
"""Spread of the scores in a direction, of the largest, that may be nothing else."""

NO_SPREAD = 1e-8
"""Standard error, of the largest that such scores could give, that is rounding."""


class Summary(Bunch):
    """Estimates with their standard errors, t and p values and intervals.

    A `Bunch` that is printed as a table.

    Attributes
    ----------
    name : list of str
        Of the coefficients, the intercept first; thresholds of ordered classes last.
    output : list or None
        Labels of the outputs where there are several, the names of the columns of y if
        it was given as a frame; of a multinomial regression the classes, each against
        the first.
    estimate, standard_error, t, p : ndarray of shape (k,) or (n_outputs, k)
        p is two-sided, of the coefficient being 0. What the data do not determine, or
        not its error, has an infinite standard error, and NaN for t and p; one that a
        penalty holds at 0 or a bound has NaN for all three.
    interval : ndarray of shape (..., 2)
    covariance : ndarray of shape (k, k) or (n_outputs, k, k)
        Of the estimates; of a multinomial regression of all of them, class by class,
        (n_outputs k, n_outputs k). NaN where they have none. Computed when it is asked
        for, from `covariance_factor`, an F with F'F = covariance.
    degrees_of_freedom : float
        Of t: infinite where it is the normal distribution's z.
    cov_type : str
    n_groups : int or None
        Of "cluster": those that have a row with a weight.
    confidence : float
        Of the intervals.
    notes : list of str
        What the numbers are not, printed under the table.

    See Also
    --------
    skmath.SVDRegressor.summary : Of least squares.
    skmath.GDLinearModel.summary : Of generalised linear models.

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
        """Return the table, a line for each coefficient of each output, and notes."""
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
    def covariance(self):
        """Covariance of the estimates."""
        F = self._factor()
        return np.swapaxes(F, -1, -2) @ F

    def wald_test(self, R, q=None):
        r"""Test linear hypotheses of the coefficients, R b = q, together.

        The statistic is :math:`(Rb - q)^T (R C R^T)^{-1} (Rb - q)` with the covariance
        C: chi-squared with as many degrees of freedom as there are hypotheses; divided
        by them it is F where t has Student's distribution.

        Parameters
        ----------
        R : array-like of shape (n_hypotheses, k) or (k,), or list of str or int
            A row for each hypothesis, the intercept's column first; of a multinomial
            regression the coefficients class by class. Or names of columns, or their
            indices in X, whose coefficients are all to be 0.
        q : float or array-like of shape (n_hypotheses,), default=None
            None is 0.

        Returns
        -------
        WaldTests
            A Bunch of `statistic`, `df` (hypotheses), `df_residual` and `p`; arrays of
            shape (n_outputs,) where the outputs are tested one by one.

        Raises
        ------
        ValueError
            If R or q has another shape, the hypotheses depend on each other, or one is
            of a coefficient that the data do not determine.
        """
        R = self._hypotheses(R)
        q = np.broadcast_to(np.asarray(0.0 if q is None else q, dtype=float), (len(R),))
        return WaldTests(term=None, **self._tests([(R, q)]))

    def wald_test_terms(self, terms=None):
        """Test whether all coefficients of a term are 0, term by term.

        Parameters
        ----------
        terms : dict, default=None
            {term: columns}, of names or of indices in X: those of one factor's levels,
            or of one variable's powers. None is each column by itself.

        Returns
        -------
        WaldTests
            A Bunch of arrays, `term`, `statistic`, `df` and `p`, printed as a table.
            Of a multinomial regression a term is the coefficients of all classes.

        Raises
        ------
        ValueError
            As `wald_test`.
        """
        if terms is None:
            terms = {name: [name] for name in self.name if name != "intercept"}
        hypotheses = [self._hypotheses(list(each)) for each in terms.values()]
        found = self._tests([(R, np.zeros(len(R))) for R in hypotheses])
        return WaldTests(term=list(terms), **found)

    def _factor(self):
        if self.covariance_factor is None:
            raise ValueError(
                "There are so many coefficients of which the prior knows more than the "
                "data that their covariance is not kept: they have standard errors."
            )
        return self.covariance_factor

    def _hypotheses(self, R):
        """Return R as an array of rows: columns by name or index are told apart."""
        k = self._factor().shape[-1]
        if isinstance(R, list | tuple) and R and all(map(_is_column, R)):
            places = [self._place(column) for column in R]
            starts = range(0, k, len(self.name))
            return np.eye(k)[[start + j for start in starts for j in places]]
        R = np.atleast_2d(np.asarray(R, dtype=float))
        if R.ndim != 2 or R.shape[1] != k or not len(R):
            raise ValueError(
                f"R has shape {R.shape}, and needs {k} columns, one for each "
                f"coefficient: {', '.join(map(str, self.name))}."
            )
        return R

    def _place(self, column):
        """Return the place of a column of X, by name or index, among the names."""
        first = int(self.name[0] == "intercept")
        if isinstance(column, str):
            if column not in self.name:
                raise ValueError(f"{column!r} is none of {', '.join(self.name)}.")
            return self.name.index(column)
        if not 0 <= column < len(self.name) - first:
            raise ValueError(f"X has no column {column}.")
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
                "A hypothesis is of a coefficient that the data do not determine, or "
                "its error, or that the penalty holds at 0 or a bound: it cannot be "
                "tested."
            )
        if self.n_groups is not None and len(R) >= self.n_groups:
            raise ValueError(
                f"The covariance of {self.n_groups} groups has a rank of "
                f"{self.n_groups - 1} at most, and does not test {len(R)} hypotheses "
                "together. Test fewer of them, or take another cov_type."
            )
        difference = R[:, used] @ b[used] - q
        statistic = wald_statistic(difference, F[:, used] @ R[:, used].T)
        return wald_test_of(statistic, len(R), df_residual)


class WaldTests(Bunch):
    """Wald tests of linear hypotheses, a `Bunch` that is printed as a table.

    Attributes
    ----------
    term : list or None
    statistic : float or ndarray
        F where `df_residual` is finite, else chi-squared.
    df : int or ndarray of int
        How many hypotheses are tested together.
    df_residual : float
    p : float or ndarray
    """

    def __init__(self, **values):
        if values["term"] is None:  # a single test has numbers
            for name in ("statistic", "df", "p"):
                values[name] = values[name][0]
        super().__init__(**values)

    def __repr__(self):
        """Return a line for each test."""
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
    """Return the cells of a line; what has no error has none of what follows."""
    if np.isfinite(error):
        cells = (estimate, error, t, p, low, high)
        return "".join(f"{value:>13.5g}" for value in cells)
    held = f"held at {estimate + 0.0:.5g}"
    reason = held if np.isnan(error) else "not determined"
    return f"{estimate:>13.5g}  {reason}"


def _wrapped(note):
    return textwrap.fill(f"Note: {note}", WIDTH, subsequent_indent="  ")


# What is asked


class SummaryMixin:
    """Mixin of an estimator whose coefficients have errors.

    It has ``_rows_again(X, y, sample_weight)``, the rows checked as those of its fit,
    and ``_summarized(rows, asked)``, the `Summary`, of an offset too if its fit takes
    one. ``_keeps_errors`` tells whether the classical ones need no rows.
    """

    _keeps_errors = False

    def summary(
        self,
        X=None,
        y=None,
        sample_weight=None,
        *,
        cov_type="classical",
        groups=None,
        confidence=0.95,
        weights_are="repetitions",
        offset=None,
    ):
        r"""Return how sure each coefficient is: a table with tests of hypotheses.

        Notes under the table say what its numbers are not: with a penalty or damping
        the errors are those of a posterior, whose prior it is, and of a choice of
        coefficients by l1 or of a rank they know nothing. Coefficients that the data do
        not determine, of columns that depend on each other, have an infinite standard
        error and NaN for t and p (R has NA). So have those along which the scores of
        a robust covariance are all 0, as where columns fit a group exactly.

        Parameters
        ----------
        X, y, sample_weight : array-like, default=None
            Those of `fit`. `SVDRegressor` keeps sums that are enough for "classical";
            all else reads the rows, of which a fitted model keeps none.
        cov_type : {"classical", "HC0", "HC1", "HC2", "HC3", "cluster"}, \
                default="classical"
            "classical" holds if the variance is that of the model: the dispersion times
            the inverse curvature. The dispersion is 1 for "log_loss" and "poisson", and
            told by Pearson's errors for a squared error, "gamma" and "tweedie"; of
            "quantile" and "absolute_error" the density of the errors tells both. The
            others are sandwiches of the squared scores, which hold for other variances,
            and for losses that are no likelihood ("huber"): "HC0" to "HC3" of
            independent rows, the latter three corrected for there being few, "cluster"
            of groups whose rows depend on each other. The factors are those of
            statsmodels and Stata: n / (n - k) of HC1 and
            g / (g - 1) (n - 1) / (n - k) of g groups.
        groups : array-like of shape (n_samples,), default=None
            The group of each row, for "cluster". A group without weight does not count,
            and g groups test g - 1 hypotheses together at most.
        confidence : float, default=0.95
            Of the intervals, in (0, 1).
        weights_are : {"repetitions", "precision"}, default="repetitions"
            What the weights of the fit say: how often a row was seen (Stata's frequency
            weights), or the inverse of its variance up to a factor (R's weights,
            statsmodels' WLS and var_weights).
        offset : array-like, default=None
            That of the fit of a `GDLinearModel`.

        Returns
        -------
        Summary
            A Bunch, printed as a table, with `name` (the intercept first), `estimate`,
            `standard_error`, `t`, `p`, `interval`, `covariance`, `notes`, and
            `wald_test` and `wald_test_terms`. Of several outputs the arrays have a row
            for each; of more than two classes for each but the first, against it. t has
            Student's distribution for squared errors and quantiles, with the degrees of
            freedom of the residuals, or g - 1 of "cluster", and the normal one for
            other losses.

        Raises
        ------
        ValueError
            If the loss has no such errors, no degree of freedom is left, a parameter
            cannot be used, or X and y are needed.
        """
        check_is_fitted(self)
        if isinstance(X, Real):
            raise ValueError(f"X={X!r} is no array; confidence is given by its name.")
        if X is not None:
            _arrays.check_same_namespace(X, self, attribute="coef_", method="summary")
            rows = self._rows_again(X, y, sample_weight)
        elif self._keeps_errors and cov_type == "classical":
            rows = None
        else:
            raise ValueError(
                f"{type(self).__name__} keeps no rows, which cov_type={cov_type!r} is "
                "made of: ask summary(X, y, ...) with those of fit."
            )
        asked = summary_options(cov_type, groups, confidence, weights_are, rows)
        beside = () if offset is None else (offset,)
        return _with_names_of(y, self._summarized(rows, asked, *beside))


def _with_names_of(y, table):
    """Return a table whose outputs are called as the columns of y, if it has names."""
    names = [str(name) for name in getattr(y, "columns", ())]
    if table.output is not None and len(names) == len(table.output) > 1:
        table.output = names
    return table


@dataclass(frozen=True)
class SummaryOptions:
    """What is asked of a summary.

    Parameters
    ----------
    cov_type : str
        Of `skmath.statistics.COVARIANCES`.
    confidence : float
    repeats : bool
        Whether a weight counts repetitions of a row; else it is an inverse variance.
    groups : ndarray of int of shape (n_samples,) or None
        Codes of "cluster".
    n_groups : int or None
    """

    cov_type: str
    confidence: float
    repeats: bool
    groups: Any = None
    n_groups: int | None = None

    @property
    def is_robust(self):
        """Whether the covariance is a sandwich, which reads the rows."""
        return self.cov_type != "classical"


def names_of_columns(estimator):
    """Return the names of the columns that a fitted estimator has seen."""
    names = getattr(estimator, "feature_names_in_", None)
    if names is None:
        return [f"x{j}" for j in range(estimator.n_features_in_)]
    return names.tolist()


def summary_options(cov_type, groups, confidence, weights_are, rows=None):
    """Return the `SummaryOptions`.

    Parameters
    ----------
    cov_type, groups, confidence, weights_are
        As the methods `summary` take them.
    rows : Rows, default=None
        None if there is no X.

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
            raise ValueError(f"{name}={value!r} is none of {list(known)}.")
    if (groups is None) == (cov_type == "cluster"):
        raise ValueError(
            "cov_type='cluster' needs groups, the group of each row."
            if groups is None
            else f"groups are for cov_type='cluster', not for {cov_type!r}."
        )
    asked = SummaryOptions(cov_type, float(confidence), weights_are == "repetitions")
    if groups is None:
        return asked
    codes, n_groups = _codes_of(groups, rows)
    return SummaryOptions(
        asked.cov_type, asked.confidence, asked.repeats, codes, n_groups
    )


def _codes_of(groups, rows):
    """Return the index of each row's group, and how many have a row with a weight."""
    _, codes = group_codes(groups, rows.X.shape[0])
    weight, seen = rows.weight, codes
    if weight is not None:  # a row without weight is not there
        weight = weight.compute() if is_dask(weight) else weight
        seen = codes[_arrays.to_numpy(weight) > 0]
    n_groups = len(np.unique(seen))
    if n_groups < 2:
        raise ValueError("groups holds one group only; 'cluster' needs two.")
    return codes, n_groups


# Sums over rows that all sandwiches share


def score_sums(U, h, weight, codes, asked):
    """Return what a block adds to the middle of a sandwich.

    Parameters
    ----------
    U : array of shape (n_samples, k)
        Scores of rows of weight 1.
    h : array of shape (n_samples,) or None
        Leverages of rows of weight 1; for "HC2" and "HC3".
    weight : array of shape (n_samples,) or None
    codes : array of shape (n_samples,) or None
        Of the groups of "cluster".
    asked : SummaryOptions

    Returns
    -------
    array of shape (k, k) or GroupSums
    """
    squared = weight is not None and not asked.repeats
    # A row of a weight is as near to its fit as that many; of repetitions one is.
    if h is not None:
        correction = leverage_correction(asked.cov_type, h * weight if squared else h)
        xp = _arrays.namespace(U)
        if weight is not None:  # a row without weight is not there
            correction = xp.where(weight > 0, correction, xp.ones_like(correction))
        U = _arrays.weigh(U, correction)
    if codes is not None:
        return GroupSums.of(_arrays.weigh(U, weight), codes)
    return score_products(U, weight * weight if squared else weight)


def robust_root(middle, asked, n, k, gradient=None):
    """Return an F with F'F the middle of a sandwich, times what its estimation costs.

    Where columns fit a row or a group exactly, its scores are 0 along a direction, but
    for a weak penalty and the end of a descent, which leave something of their sum:
    what is no more than that is taken for 0.

    Parameters
    ----------
    middle : ndarray of shape (k, k) or GroupSums
        Of `score_sums`.
    asked : SummaryOptions
    n, k : float
        Rows and coefficients.
    gradient : ndarray of shape (k,), default=None
        Sum of the scores; None is 0.

    Raises
    ------
    ValueError
        If rows are left out of which "HC2" and "HC3" know nothing, or none are left.
    """
    if isinstance(middle, GroupSums):
        middle = middle.products()
    middle = _arrays.to_numpy(middle)
    if not np.isfinite(middle).all():
        raise ValueError(
            f"cov_type={asked.cov_type!r} divides by 1 - h, which is 0 for a row that "
            "is fitted exactly (its leverage h is 1). Use 'HC1'."
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
    """Return of which coefficients the scores of a sandwich say nothing.

    Parameters
    ----------
    root : ndarray of shape (r, k)
        Of `robust_root`.
    axes : ndarray of shape (k, n_coefficients)
        What makes of the scores' coordinates those of the coefficients.
    gradient : ndarray of shape (k,), default=None
        As in `robust_root`. An error that is no larger than the step which it may
        ask for falls with it, as of separable classes.

    Returns
    -------
    ndarray of bool of shape (n_coefficients,)
        All False where all scores are 0: then the fit has no errors at all.
    """
    lengths = np.linalg.norm(axes, axis=0)
    error, largest = np.linalg.norm(root @ axes, axis=0), np.linalg.norm(root, 2)
    step = 0.0 if gradient is None else np.linalg.norm(gradient)
    falls = (error < SMALL * largest * lengths) & (LEFT_OVER * error < step * lengths)
    falls &= step < LEFT_OVER * largest
    return (error < NO_SPREAD * largest * lengths) | falls


def note_of_no_spread(names, asked, most=4):
    """Return what is to be said of coefficients that are `without_spread`."""
    names = list(dict.fromkeys(names))
    said = ", ".join(names[:most])
    said += f" and {len(names) - most} more" if len(names) > most else ""
    which = "groups" if asked.groups is not None else "rows"
    return (
        f"The scores of all {which} are 0 along {said}, as where columns fit some of "
        f"them exactly or separate classes: cov_type={asked.cov_type!r} knows no error "
        "of these, and 'classical' does."
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
        Standard errors, where the factor does not tell all of them.
    output : list, default=None
    **more : dict
        Further entries.
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
    """Return what kind of robust errors k coefficients have together."""
    if asked.groups is None:
        return [f"The standard errors are robust ({asked.cov_type})."]
    g = asked.n_groups
    notes = [f"The standard errors are robust ({asked.cov_type}, of {g} groups)."]
    if g <= k:
        notes.append(
            f"With {g} groups, {g - 1} hypotheses at most are tested together."
        )
    return notes
