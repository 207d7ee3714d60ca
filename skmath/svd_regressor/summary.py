"""How sure estimates are: a table of them, and the errors of predictions."""

import numpy as np
from scipy import stats
from sklearn.utils import Bunch

from skmath import _arrays
from skmath._rows.checks import check_squares
from skmath.linear_algebra import project

__all__ = [
    "Summary",
    "joined",
    "leverages",
    "noise_variance",
    "spread_left_open",
    "stacked",
    "standard_deviations",
    "students_t",
]

FEWER = "Take fewer n_components or a larger alpha."
"""What to do where no degree of freedom is left."""

SUM_OF_WEIGHTS = (
    "A weight counts how often a row was seen, and they sum to that. If they say how "
    "precise a row is, multiply sample_weight until its sum is the number of rows."
)
"""The same where the weights sum to less than there are rows."""


class Summary(Bunch):
    """Estimates with their standard errors, t and p values and intervals.

    A `Bunch` whose entries are arrays of one length, printed as a table.
    """

    def __repr__(self):
        """Return the table, a line for each coefficient of each output."""
        header = ["estimate", "std. error", "t", "p", "low", "high"]
        width = max(len(name) for name in [*self.name, "name"])
        lines = [f"{'name':<{width}}" + "".join(f"{h:>13}" for h in header)]
        columns = (self.estimate, self.standard_error, self.t, self.p)
        flat = [column.reshape(-1) for column in columns]
        flat += list(self.interval.reshape(-1, 2).T)
        for i, row in enumerate(zip(*flat, strict=True)):
            name = self.name[i % len(self.name)]
            lines.append(f"{name:<{width}}" + "".join(f"{v:>13.5g}" for v in row))
        return "\n".join(lines)

    __str__ = __repr__


def joined(summaries):
    """Return the summaries of single outputs as one, whose arrays have a row of each.

    Its degrees of freedom are an array, as each output has its own.
    """
    first, *_ = summaries
    arrays = {
        name: np.stack([one[name] for one in summaries])
        for name in first
        if name != "name"
    }
    return Summary(name=first.name, **arrays)


def stacked(columns):
    """Return what was computed for each output as the columns of an array."""
    return _arrays.namespace(*columns).stack(columns, axis=1)


def noise_variance(A, degrees, n):
    """Return the residuals' variance, by output; an error if there is none left.

    Parameters
    ----------
    A : Decomposition
    degrees : float
        Those that the coefficients take, without the intercept.
    n : float
        Rows, or repetitions of rows.
    """
    left = n - degrees - A.intercept
    # The sum of filter factors is rounded, and so may be a sum of weights.
    if not left > 1e-8 * n:
        remedy = SUM_OF_WEIGHTS if n < A.rows.weighted else FEWER
        raise ValueError(
            f"{n:g} rows leave no degree of freedom to estimate the noise from, after "
            f"{degrees:g} components. {remedy}"
        )
    check_squares(A.residual_squares, "y")
    return A.residual_squares / left


def students_t(estimate, error, degrees_of_freedom, confidence):
    """Return what Student's distribution says of estimates, as a dict of arrays.

    Parameters
    ----------
    estimate, error : ndarray of one shape
        Estimates and their standard errors.
    degrees_of_freedom : float
        Of the residuals that the errors are from.
    confidence : float
        Of the intervals, in (0, 1).

    Returns
    -------
    dict
        With estimate, standard_error, t, p (two-sided, of 0) and interval (..., 2).
    """
    # An estimate without error is infinitely far from 0, unless it is 0.
    t = np.where(estimate == 0, 0.0, np.copysign(np.inf, estimate))
    np.divide(estimate, error, out=t, where=error > 0)
    half = stats.t.isf((1 - confidence) / 2, degrees_of_freedom) * error
    return {
        "estimate": estimate,
        "standard_error": error,
        "t": t,
        "p": 2 * stats.t.sf(np.abs(t), degrees_of_freedom),
        "interval": np.stack([estimate - half, estimate + half], axis=-1),
    }


def spread_left_open(problem, k, alpha, mean):
    """Return the standard errors, in units of the noise, by what X says nothing of.

    Parameters
    ----------
    problem : LeastSquares
    k : int
        Directions that are kept.
    alpha : float
        With 0 they are infinite where anything is left open; above, those of the prior.
    mean : ndarray of shape (n_features,)

    Returns
    -------
    ndarray of shape (1 + n_features,)
        Of mean'b and of each entry of b.
    """
    if k < problem.rank or problem.length is not None:
        return np.zeros(1 + problem.n_features)
    is_open = problem.left_open(mean)
    if alpha == 0 or not is_open.any():
        return np.where(is_open, np.inf, 0.0)
    Vt = problem.svd.Vt
    rest = np.sqrt(np.maximum(1 - np.sum(Vt**2, axis=0), 0.0))
    along_mean = np.linalg.norm(mean - Vt.T @ (Vt @ mean))
    return np.where(is_open, np.append(along_mean, rest), 0.0) / alpha**0.5


def leverages(X, mean, axes, share):
    """Return the squared lengths of (X - mean) axes', and the intercept's share.

    Parameters
    ----------
    X : array or CSR matrix of shape (n_samples, n_features)
    mean : array of shape (n_features,)
    axes : array of shape (k, n_features)
        diag(f^1/2 / s) V'.
    share : float
        1/n; 0 without an intercept.

    Returns
    -------
    array of shape (n_samples,)
    """
    T = project(X, mean, axes)
    return _arrays.namespace(T).sum(T * T, axis=1) + share


def standard_deviations(X, mean, axes, share, noise):
    """Return noise (1 + h)^1/2 with the `leverages` h.

    Parameters
    ----------
    X, mean, axes, share
        As in `leverages`.
    noise : array of shape () or (n_outputs,)

    Returns
    -------
    array of shape (n_samples,) or (n_samples, n_outputs)
    """
    h = leverages(X, mean, axes, share)
    root = _arrays.namespace(h).sqrt(1 + h)
    return root * noise if noise.ndim == 0 else root[:, None] * noise
