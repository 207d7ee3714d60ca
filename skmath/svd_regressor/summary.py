"""A table of estimates and how sure they are."""

import numpy as np
from scipy import stats
from sklearn.utils import Bunch

__all__ = ["Summary", "students_t"]


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
