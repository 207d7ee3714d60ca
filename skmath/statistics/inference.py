r"""Inference: standard errors, intervals and tests of estimates, robust covariances.

An estimate that is a root of sums of scores, :math:`\sum_i v_i u_i = 0`, has

.. math:: \operatorname{cov} = H^{-1} M H^{-1}, \quad
    M = \sum_i v_i u_i u_i^T,

with the scores' derivative H: the sandwich estimator, which is valid even if the
model's assumption on the variance is wrong (HC0). If it is right, M is H times the
dispersion, and the covariance is :math:`\phi H^{-1}` ("classical"). Here the scores are
given in coordinates in which H is the identity, :math:`T^{-T} u_i` with
:math:`H = T^T T`, so that all coordinates have about the same size, whatever the units
of the columns.

References
----------
.. [1] H. White, "A heteroskedasticity-consistent covariance matrix estimator and a
   direct test for heteroskedasticity", Econometrica, 48(4), 1980.
.. [2] J. G. MacKinnon and H. White, "Some heteroskedasticity-consistent covariance
   matrix estimators with improved finite sample properties", Journal of Econometrics,
   29(3), 1985.
.. [3] K.-Y. Liang and S. L. Zeger, "Longitudinal data analysis using generalized linear
   models", Biometrika, 73(1), 1986.
.. [4] P. Hall and S. J. Sheather, "On the distribution of a Studentized quantile",
   J. R. Statist. Soc. B, 50(3), 1988.
.. [5] A. Wald, "Tests of statistical hypotheses concerning several parameters when the
   number of observations is large", Trans. Amer. Math. Soc., 54(3), 1943.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse, stats

from skmath import _arrays

__all__ = [
    "COVARIANCES",
    "GroupSums",
    "density_at_quantile",
    "estimates_table",
    "leverage_correction",
    "score_products",
    "semidefinite_factor",
    "small_sample_factor",
    "wald_statistic",
    "wald_test_of",
]

COVARIANCES = ("classical", "HC0", "HC1", "HC2", "HC3", "cluster")
"""The covariances of estimates, by name."""

FITTED_EXACTLY = 1e-10
"""Minimum of 1 - h for a leverage h; below it the row is fitted exactly."""

ROUNDING = 10 * 2.0**-52
"""Relative rounding of a sum of products, per column."""

DEPENDENT = 1e-10
"""Singular value, of a factor of the hypotheses' correlation matrix, below which they
are dependent."""


def estimates_table(
    estimate: Any, error: Any, degrees_of_freedom: float, confidence: float
) -> dict[str, np.ndarray]:
    """Return t, p and intervals of estimates, as a dict of arrays.

    Parameters
    ----------
    estimate, error : ndarray of one shape
        Estimates and their standard errors. The error is infinite for estimates that
        the data do not determine, and NaN for estimates that are fixed; both have no t
        and p.
    degrees_of_freedom : float
        Degrees of freedom of Student's distribution; infinity for the normal one.
    confidence : float
        Confidence level of the intervals, in (0, 1).

    Returns
    -------
    dict
        With the keys estimate, standard_error, t, p (two-sided, for the value 0) and
        interval (..., 2).

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.statistics import estimates_table
    >>> table = estimates_table(np.array([1.96, 3.0]), np.array([1.0, np.inf]), np.inf,
    ...                         0.95)
    >>> table["p"].round(4)
    array([0.05,  nan])
    """
    # An estimate without error is infinitely far from 0, unless it is 0.
    t = np.where(estimate == 0, 0.0, np.copysign(np.inf, estimate))
    np.divide(estimate, error, out=t, where=error > 0)
    t = np.where(np.isfinite(error), t, np.nan)
    half = stats.t.isf((1 - confidence) / 2, degrees_of_freedom) * error
    return {
        "estimate": estimate,
        "standard_error": error,
        "t": t,
        "p": 2 * stats.t.sf(np.abs(t), degrees_of_freedom),
        "interval": np.stack([estimate - half, estimate + half], axis=-1),
    }


def small_sample_factor(
    cov_type: str, n: float, k: float, n_groups: int | None = None
) -> float:
    """Return the small-sample correction factor of a sandwich estimator.

    It is n / (n - k) for "HC1" (MacKinnon and White 1985), g / (g - 1) (n - 1) / (n -
    k) for "cluster" with g groups (as in Stata and statsmodels), and 1 for the others.

    Parameters
    ----------
    cov_type : str
        A name in `COVARIANCES`.
    n, k : float
        Numbers of rows and coefficients.
    n_groups : int, default=None
    """
    if cov_type == "HC1":
        return n / (n - k)
    if cov_type == "cluster":
        g: Any = n_groups
        return g / (g - 1) * (n - 1) / (n - k)
    return 1.0


def leverage_correction(cov_type: str, h: Any) -> Any:
    """Return the correction factors of the scores of rows with leverage h.

    They are (1 - h)^-1/2 for "HC2", which is unbiased if the variance is constant;
    1 / (1 - h) for "HC3", which approximates the jackknife; and 1 for the others. They
    are infinite for rows that are fitted exactly, whatever their targets.

    Parameters
    ----------
    cov_type : str
        A name in `COVARIANCES`.
    h : array of shape (n_samples,)
    """
    if cov_type not in ("HC2", "HC3"):
        return _arrays.namespace(h).ones_like(h)
    xp, left = _arrays.namespace(h), 1 - h
    fitted = left < FITTED_EXACTLY
    safe = xp.where(fitted, xp.ones_like(left), left)
    correction = 1 / (xp.sqrt(safe) if cov_type == "HC2" else safe)
    return xp.where(fitted, xp.full_like(left, xp.inf), correction)


def score_products(U: Any, weight: Any) -> Any:
    """Return U' diag(weight) U, the sum of the products of scores.

    Parameters
    ----------
    U : array of shape (n_samples, k)
    weight : array of shape (n_samples,) or None
    """
    return U.T @ _arrays.weigh(U, weight)


@dataclass(frozen=True)
class GroupSums:
    """Sums of scores by group, which can be added; groups are merged at the end.

    Parameters
    ----------
    parts : tuple of (codes, sums)
        For each block, the codes of its groups and their sums (n_codes, k).

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.statistics import GroupSums
    >>> sums = GroupSums.of(np.array([[1.0], [2.0], [5.0]]), np.array([0, 1, 0]))
    >>> sums.products()
    array([[40.]])
    """

    parts: tuple[Any, ...]

    @classmethod
    def of(cls, U: Any, codes: Any) -> Any:
        """Return the sums of a block's scores U by group; codes start at 0."""
        return cls((_sums_by_code(_arrays.to_numpy(U), _arrays.to_numpy(codes)),))

    def __add__(self, other: "GroupSums") -> "GroupSums":
        return GroupSums(self.parts + other.parts)

    def products(self) -> Any:
        """Return the sum over the groups of the products of their sums."""
        codes, sums = (np.concatenate(p) for p in zip(*self.parts, strict=True))
        _, sums = _sums_by_code(sums, codes)
        return sums.T @ sums


def _sums_by_code(U: np.ndarray, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the codes that occur, and the sums of their rows of U."""
    known, place = np.unique(codes, return_inverse=True)
    entries = np.ones(len(codes)), (place, np.arange(len(codes)))
    members = sparse.csr_array(entries, shape=(len(known), len(codes)))
    return known, members @ U


def semidefinite_factor(M: Any) -> np.ndarray:
    """Return F with F'F = M for a positive semi-definite matrix M.

    Eigenvalues up to the rounding of the largest are set to 0.

    Parameters
    ----------
    M : ndarray of shape (k, k)

    Returns
    -------
    ndarray of shape (k, k)
        Its rows are orthogonal.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.statistics import semidefinite_factor
    >>> F = semidefinite_factor(np.array([[1.0, 1.0], [1.0, 1.0]]))
    >>> np.abs(F).round(9)
    array([[0., 0.],
           [1., 1.]])
    """
    eigenvalues, V = np.linalg.eigh(M)
    rounding = ROUNDING * max(10, len(M)) * eigenvalues[-1]
    kept = np.where(eigenvalues > rounding, eigenvalues, 0.0)
    return np.sqrt(kept)[:, None] * V.T


def wald_statistic(difference: Any, factor: Any) -> float:
    """Return Wald's statistic d' V^-1 d for hypotheses with differences d and V = F'F.

    Parameters
    ----------
    difference : ndarray of shape (r,)
        R b - q.
    factor : ndarray of shape (m, r)
        F: a factor of the covariance of R b.

    Raises
    ------
    ValueError
        If the hypotheses are dependent.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.statistics import wald_statistic
    >>> wald_statistic(np.array([2.0, 3.0]), np.diag([1.0, 3.0]))
    5.0
    """
    # In units of the standard errors, because hypotheses may have any scale.
    size = np.linalg.norm(factor, axis=0)
    safe = np.where(size > 0, size, 1.0)
    _, s, Vt = np.linalg.svd(factor / safe, full_matrices=False)
    if len(s) < len(difference) or not s[-1] > DEPENDENT:
        raise ValueError(
            "The hypotheses are linearly dependent, or one has no standard error: "
            "remove those that follow from the others."
        )
    return float(np.sum((Vt @ (difference / safe) / s) ** 2))


def wald_test_of(statistic: Any, df: float, df_residual: float) -> tuple[float, float]:
    """Return the statistic and p of a Wald test.

    If the residuals have finite degrees of freedom, it is F, the statistic divided by
    df; otherwise it is chi-squared.

    Parameters
    ----------
    statistic : float
        Result of `wald_statistic`.
    df : int
        Number of hypotheses.
    df_residual : float

    Returns
    -------
    statistic, p : float
    """
    if np.isfinite(df_residual):
        return statistic / df, float(stats.f.sf(statistic / df, df, df_residual))
    return statistic, float(stats.chi2.sf(statistic, df))


def density_at_quantile(
    errors: Any, y: Any, q: float, weight: Any = None, confidence: float = 0.95
) -> Any:
    """Return the density of errors at 0, which is their quantile q.

    It is estimated by Epanechnikov's kernel, with the bandwidth of Hall and Sheather
    (1988) in units of the errors' spread (as in Stata's qreg and statsmodels'
    QuantReg).

    Parameters
    ----------
    errors : ndarray of shape (n_samples,)
    y : ndarray of shape (n_samples,)
        Targets; their standard deviation limits the spread.
    q : float
        Probability of the quantile, in (0, 1).
    weight : ndarray of shape (n_samples,), default=None
        Number of repetitions of each error.
    confidence : float, default=0.95
        Confidence level of the interval that the bandwidth is optimal for.

    Raises
    ------
    ValueError
        If the errors have no spread, or none is near 0.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.statistics import density_at_quantile
    >>> e = np.linspace(-1, 1, 2001)
    >>> density_at_quantile(e, e, 0.5).round(3)
    np.float64(0.5)
    """
    weight = np.ones(len(errors)) if weight is None else weight
    n, mean = weight.sum(), np.average(y, weights=weight)
    deviation = np.average((y - mean) ** 2, weights=weight) ** 0.5
    low, high = _quantiles(errors, weight, [0.25, 0.75])
    z = stats.norm.ppf(q)
    h = (1.5 * stats.norm.pdf(z) ** 2 / (2 * z**2 + 1) / n) ** (1 / 3)
    h = h * stats.norm.ppf((1 + confidence) / 2) ** (2 / 3)
    while not 0 < q - h < q + h < 1:
        h = h / 2
    width = stats.norm.ppf(q + h) - stats.norm.ppf(q - h)
    width = width * min(deviation, (high - low) / 1.34)
    u = errors / width if width > 0 else np.full_like(errors, np.inf)
    density = weight @ np.maximum(0.75 * (1 - u**2), 0.0)
    if not density > 0:
        raise ValueError(
            "The density of the errors at 0 cannot be estimated: too many errors are "
            "equal, or there are too few."
        )
    return density / (n * width)


def _quantiles(x: np.ndarray, weight: np.ndarray, q: list[float]) -> np.ndarray:
    """Return quantiles of repeated values, interpolated linearly."""
    order = np.argsort(x, kind="stable")
    x, last = x[order], np.cumsum(weight[order])
    at = np.asarray(q) * (last[-1] - 1)
    below = np.floor(at)
    # A position belongs to the first value whose cumulated weight exceeds it.
    i, j = (np.searchsorted(last, a, side="right") for a in (below, below + 1))
    i, j = (np.minimum(a, len(x) - 1) for a in (i, j))
    return x[i] + (at - below) * (x[j] - x[i])
