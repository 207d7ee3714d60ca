"""Rule to detect free text and identifiers among categorical columns.

References
----------
.. [1] I. J. Good, "The population frequencies of species and the estimation of
   population parameters", Biometrika, 40, 1953.
"""

import math
from typing import Any

import numpy as np

from skmath._rows.tables import CategoricalColumn

__all__ = ["advice_on_numbers", "holds_identifiers", "n_categories"]


def n_categories(column: CategoricalColumn) -> int:
    """Return how many categories a column has."""
    return len(np.unique(column.codes[column.codes >= 0]))


def holds_identifiers(column: Any) -> bool:
    r"""Return whether a column has free text or identifiers and not categories.

    The fraction of n rows whose value occurs only once estimates the probability that a
    new row has an unknown value [1]_. The rule is that this is more likely than not, by
    two standard deviations of the number of heads of n fair coins:

    .. math:: n_1 > n / 2 + \sqrt n.

    Parameters
    ----------
    column : CategoricalColumn
        A categorical column, whose missing values do not count.

    Returns
    -------
    bool

    Examples
    --------
    >>> import numpy as np
    >>> from skmath._rows.tables import CategoricalColumn
    >>> from skmath._rows.identifiers import holds_identifiers
    >>> holds_identifiers(CategoricalColumn(list("abcdefgh"), np.arange(8)))
    True
    >>> holds_identifiers(CategoricalColumn(list("abcd"), np.arange(8) // 2))
    False
    """
    if not isinstance(column, CategoricalColumn):
        return False
    counts = np.bincount(column.codes[column.codes >= 0])
    n_rows, n_once = int(counts.sum()), int((counts == 1).sum())
    return n_once > n_rows / 2 + math.sqrt(n_rows)


def advice_on_numbers(column: CategoricalColumn) -> str:
    """Return advice for a column most of whose values are numbers stored as strings."""
    if np.mean([_is_text_of_a_number(value) for value in column.values]) > 0.5:
        return " Most values are numbers as strings: convert with pandas.to_numeric."
    return ""


def _is_text_of_a_number(value: Any) -> bool:
    """Return whether a value can be converted to a number."""
    try:
        return math.isfinite(float(value))
    except (TypeError, ValueError):
        return False
