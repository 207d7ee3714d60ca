"""The rule that finds text and identifiers among columns of categories.

References
----------
.. [1] I. J. Good, "The population frequencies of species and the estimation of
   population parameters", Biometrika, 40, 1953.
"""

import math

import numpy as np

from skmath._rows.tables import CategoricalColumn

__all__ = ["as_numbers_instead", "n_categories", "tells_rows_apart"]


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
    >>> from skmath._rows.identifiers import tells_rows_apart
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


def as_numbers_instead(column):
    """Return what to do about a column most of whose values are text of numbers."""
    if np.mean([_is_text_of_a_number(value) for value in column.values]) > 0.5:
        return " Most are text of numbers: pandas.to_numeric makes them such."
    return ""


def _is_text_of_a_number(value):
    """Tell whether a value can be read as a number."""
    try:
        return math.isfinite(float(value))
    except (TypeError, ValueError):
        return False
