"""Products of columns of X, computed only for the columns that are needed."""

import numpy as np
from scipy import sparse

from skmath import _arrays
from skmath.calculus.metrics import ROUNDING
from skmath.calculus.proximal_newton import Factor

__all__ = ["ColumnProducts"]


class ColumnProducts:
    """Correlations of the requested columns, in the order of the requests.

    Parameters
    ----------
    rows : Rows
    centre : ndarray of shape (n_features,) or None
        Subtracted from the columns (their means); None for zero.
    square : ndarray of shape (n_features,)
        Mean square of each column after that.
    weight : float
        Sum of the weights of the rows.

    Attributes
    ----------
    indices : ndarray of int of shape (n_asked,)
        Indices of the columns.
    length : ndarray of shape (n_asked,)
        Square roots of their mean squares.
    """

    def __init__(self, rows, centre, square, weight):
        self.rows, self.centre, self.weight = rows, centre, weight
        self.square = square
        n, p = rows.X.shape
        # Copy columns if there are few rows; else copies may be a large part of X.
        self._copies = n <= p and not sparse.issparse(rows.X)
        self._columns = []
        self.indices = np.empty(0, dtype=np.intp)
        self.length = np.empty(0)
        self._memory, self._factors = np.empty((0, 0)), {}

    def with_ridge(self, ridge, output=0):
        """Return the mean products of these columns in their lengths, with a ridge.

        Parameters
        ----------
        ridge : ndarray of shape (n_asked,)
            Added to the diagonal.
        output : int, default=0
            Output whose systems are solved.

        Returns
        -------
        matrix : ndarray of shape (n_asked, n_asked)
            The same memory each time.
        factor : Factor
            Factor of the last system of that output; a new one if the ridge changed.
        """
        k = self.indices.size
        before, factor = self._factors.get(output, (ridge, None))
        n_shared = min(k, before.size)
        if factor is None or not np.array_equal(ridge[:n_shared], before[:n_shared]):
            factor = Factor()
        self._factors[output] = ridge, factor
        matrix = self._memory[:k, :k]
        matrix[np.diag_indices(k)] = 1.0 + ridge + ROUNDING * k * _arrays.epsilon(ridge)
        return matrix, factor

    def include(self, added):
        """Add columns that are not included yet.

        Parameters
        ----------
        added : ndarray of int
        """
        k, all_columns = self.indices.size, np.concatenate([self.indices, added])
        self._allocate(all_columns.size)
        self.indices = all_columns
        self.length = np.concatenate([self.length, self.square[added] ** 0.5])
        products = self._of_copies(added) if self._copies else self._of_blocks(added)
        products /= self.length[k:, None] * self.length
        self._memory[k : all_columns.size, : all_columns.size] = products
        self._memory[:k, k : all_columns.size] = products[:, :k].T

    def _of_copies(self, added):
        """Return the mean products of new columns with all, from copies of them."""
        X, weight = self.rows.X, self.rows.weight
        new = np.ascontiguousarray(X.T[added])
        if self.centre is not None:
            new -= self.centre[added, None].astype(X.dtype)
        if weight is not None:
            new *= np.sqrt(weight)
        self._columns.append(new)
        products = [new @ old.T for old in self._columns]
        return _arrays.widen(np.concatenate(products, axis=1)) / self.weight

    def _of_blocks(self, added):
        """Return the same from one pass over blocks of rows."""
        all_columns, about_zero = self.indices, sparse.issparse(self.rows.X)
        centre = None if about_zero or self.centre is None else self.centre[all_columns]
        sums = self.rows.sum(products_of_columns, added, all_columns, centre)
        products = sums / self.weight
        if about_zero and self.centre is not None:
            products -= self.centre[added][:, None] * self.centre[all_columns]
        return products

    def _allocate(self, size):
        """Allocate memory for the products of so many columns, if necessary."""
        k = self.indices.size
        if size <= self._memory.shape[0]:
            return
        memory = np.zeros((2 * size, 2 * size))
        memory[:k, :k] = self._memory[:k, :k]
        self._memory = memory


def products_of_columns(X, y, weight, added, all_columns, centre):
    """Return a block's sums of the products of the added columns with all columns.

    The columns of `added` are the last ones of `all_columns`.
    """
    Z = X[:, all_columns]
    if centre is not None:
        Z -= centre
    new = Z[:, all_columns.size - added.size :]
    return _arrays.dense(new.T @ _arrays.weigh(Z, weight))
