"""Columns that are left out of the product, and the rule that finds identifiers.

References
----------
.. [1] I. J. Good, "The population frequencies of species and the estimation of
   population parameters", Biometrika, 40, 1953.
"""

import math
from dataclasses import dataclass

import numpy as np

from skmath import _arrays
from skmath._rows.tables import CategoricalColumn

__all__ = ["Ignored", "n_categories", "tells_rows_apart"]


@dataclass(frozen=True)
class Ignored:
    """P(x | y) = 1: the columns say nothing of the class."""

    def statistics(self, X, members, weight):
        """Return a zero for each class, which adds."""
        return np.zeros(members.shape[1])

    def fit(self, sums):
        """Return how many classes there are."""
        return {"_n_classes_": len(sums)}

    def log_likelihood(self, X, parameters):
        """Return zeros, (n_samples, n_classes)."""
        return _zeros_beside(X, X.shape[0], parameters["_n_classes_"])

    def by_feature(self, X, parameters):
        """Return zeros, (n_samples, n_columns, n_classes)."""
        return _zeros_beside(X, *X.shape, parameters["_n_classes_"])

    def left_out(self, X, codes, unit, sums, parameters):
        """Return a zero for each row that is left out."""
        return np.zeros(X.shape[0])

    def draw(self, parameters, codes, state):
        """Return missing values: what the columns hold was not learned."""
        return np.nan


def _zeros_beside(X, *shape):
    """Return zeros of a shape, where X is."""
    if not _arrays.is_array(X):
        return np.zeros(shape)
    xp = _arrays.namespace(X)
    return xp.zeros(shape, dtype=X.dtype, device=_arrays.device(X))


def n_categories(column):
    """Return how many categories a column has."""
    return len(np.unique(column.codes[column.codes >= 0]))


def tells_rows_apart(column):
    r"""Tell whether a column holds text or identifiers in place of categories.

    The share of n rows whose value occurs once estimates the probability that the value
    of a new row was never seen [1]_. It does where that is more likely than not, by two
    standard deviations of a count of n fair coins:

    .. math:: n_1 > n / 2 + \sqrt n.

    Parameters
    ----------
    column : CategoricalColumn
        Missing values do not count.

    Returns
    -------
    bool

    Examples
    --------
    >>> import numpy as np
    >>> from skmath._rows.tables import CategoricalColumn
    >>> from skmath.from_scratch_nb.ignored import tells_rows_apart
    >>> tells_rows_apart(CategoricalColumn(list("abcdefgh"), np.arange(8)))
    True
    >>> tells_rows_apart(CategoricalColumn(list("abcd"), np.arange(8) // 2))
    False
    """
    if not isinstance(column, CategoricalColumn):
        return False
    counts = np.bincount(column.codes[column.codes >= 0])
    n_rows, n_once = int(counts.sum()), int((counts == 1).sum())
    return n_once > n_rows / 2 + math.sqrt(n_rows)
