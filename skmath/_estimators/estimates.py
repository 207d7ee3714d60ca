"""Tables of estimates with standard errors, and of the Wald tests about them."""

import textwrap
from typing import Any

import numpy as np
from sklearn.utils import Bunch

from skmath.statistics import wald_statistic, wald_test_of

__all__ = ["Summary", "WaldTests"]

WIDTH = 88
"""Width of the printed notes, in characters."""


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

    def __repr__(self) -> str:
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

    def _factor(self) -> np.ndarray:
        if self.covariance_factor is None:
            raise ValueError(
                "The covariance is not stored for so many coefficients that the prior "
                "determines more than the data; they only have standard errors."
            )
        return self.covariance_factor

    def _hypotheses(self, R: Any) -> np.ndarray:
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

    def _place(self, column: Any) -> int:
        """Return the index among the names of a column of X, given by name or index."""
        first = int(self.name[0] == "intercept")
        if isinstance(column, str):
            if column not in self.name:
                raise ValueError(f"{column!r} is not one of {', '.join(self.name)}.")
            return self.name.index(column)
        if not 0 <= column < len(self.name) - first:
            raise ValueError(f"Column index {column} is out of range for X.")
        return first + int(column)

    def _tests(self, hypotheses: list[tuple[Any, ...]]) -> dict[str, Any]:
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

    def _test(
        self,
        R: np.ndarray,
        q: np.ndarray,
        F: np.ndarray,
        b: np.ndarray,
        df_residual: float,
    ) -> tuple[float, float]:
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

    def __repr__(self) -> str:
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


def _is_column(entry: Any) -> bool:
    return isinstance(entry, str | int | np.integer) and not isinstance(entry, bool)


def _cells(estimate: Any, error: Any, t: Any, p: Any, low: Any, high: Any) -> str:
    """Return the cells of a line, or a reason if there is no standard error."""
    if np.isfinite(error):
        cells = (estimate, error, t, p, low, high)
        return "".join(f"{value:>13.5g}" for value in cells)
    held = f"held at {estimate + 0.0:.5g}"
    reason = held if np.isnan(error) else "not determined"
    return f"{estimate:>13.5g}  {reason}"


def _wrapped(note: str) -> str:
    return textwrap.fill(f"Note: {note}", WIDTH, subsequent_indent="  ")
