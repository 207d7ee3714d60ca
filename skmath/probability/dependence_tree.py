r"""Dependence tree of features with the most mutual information, given the class.

Of all trees, it maximises the likelihood of the rows (Chow and Liu 1968; given the
class, Friedman, Geiger and Goldszmidt 1997, section 4):

.. math:: I(x_i; x_j | y) = \sum_{y, s, t} P(s, t, y)
          \log \frac{P(s, t | y)}{P(s | y) P(t | y)}.

References
----------
.. [1] C. K. Chow and C. N. Liu, "Approximating discrete probability distributions with
   dependence trees", IEEE Transactions on Information Theory, 14(3), 1968.
.. [2] G. A. Miller, "Note on the bias of information estimates", *Information Theory in
   Psychology*, 1955.
"""

from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

__all__ = ["conditional_mutual_information", "most_informative_tree"]

TIE = 1e-9
"""Fraction of the mutual information that may be rounding."""


def conditional_mutual_information(
    pairs: Any, first: Any, unit: float = 1.0
) -> np.ndarray:
    """Return the conditional mutual information of pairs of features, in nats.

    Parameters
    ----------
    pairs : iterable of sparse arrays of shape (n_slots, n_slots)
        Weights of pairs in each class, see `PairCounts`.
    first : ndarray of int of shape (n_columns + 1,)
        First slot of each column.
    unit : float, default=1.0
        Weight of one row.

    Returns
    -------
    ndarray of shape (n_columns, n_columns)
        The expected value for independent features, (v_i - 1)(v_j - 1) / 2n in each
        class (Miller 1955), is subtracted: otherwise features with many values would
        become everybody's parents.
    """
    information: Any = 0.0
    start, n_rows = first[:-1], 0.0
    p = len(start)
    columns = np.repeat(np.arange(p), np.diff(first))
    for counts in (each.toarray() for each in pairs):
        n = np.add.reduceat(np.add.reduceat(counts, start, axis=0), start, axis=1)
        # Only rows in which both are known count.
        rows = np.add.reduceat(counts, start, axis=1)
        s, t = np.nonzero(counts[:-1, :-1])
        i, j, both = columns[s], columns[t], counts[s, t]
        terms = np.log(both) + np.log(n[i, j]) - np.log(rows[s, j]) - np.log(rows[t, i])
        total = np.bincount(i * p + j, both * terms, minlength=p * p).reshape(p, p)
        n_values = np.add.reduceat((np.diagonal(counts) > 0).astype(float), start)
        expected = 0.5 * unit * np.outer(n_values - 1, n_values - 1)
        information = information + np.where(n > 0, total - expected, 0.0)
        n_rows += np.diagonal(n).max()
    return information / n_rows if n_rows > 0 else information


def most_informative_tree(information: Any) -> np.ndarray:
    """Return the parent of each feature in the tree with the most information.

    Parameters
    ----------
    information : ndarray of shape (n_columns, n_columns)
        Symmetric matrix of mutual information.

    Returns
    -------
    ndarray of int of shape (n_columns,)
        -1 for the root, the feature with the most information about all others.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.probability import most_informative_tree
    >>> most_informative_tree(np.array([[0, 3, 1], [3, 0, 2], [1, 2, 0]]))
    array([ 1, -1,  1])
    """
    between = information - np.diag(np.diagonal(information))
    # The minimum spanning tree; lengths must not be 0, which means no edge.
    length = between.max() - between + np.ptp(between) + 1.0
    tree = csgraph.minimum_spanning_tree(sparse.csr_array(length))
    # The first of those that are equal up to rounding: units must not matter.
    total = between.sum(axis=1)
    root = int(np.argmax(total >= total.max() - TIE * np.ptp(between)))
    _, parents = csgraph.breadth_first_order(tree, root, directed=False)
    return np.maximum(parents, -1).astype(np.intp)
