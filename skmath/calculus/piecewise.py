r"""Piecewise linear encoding of numbers, with edges at their quantiles.

A layer that only gets a number x has to build any nonlinear function of x from units
that bend. If it also gets the pieces of x, any function that is linear between the
edges :math:`b_0 < \dots < b_T` is a weighted sum of its inputs:

.. math:: e_t(x) = \operatorname{clip}\Big(\frac{x - b_{t-1}}{b_t - b_{t-1}}, 0, 1\Big)
          - \tfrac12, \qquad t = 1, \dots, T.

The edges are quantiles, so that each piece contains equally many rows, in any unit, and
an outlier counts no more than the last edge.

References
----------
.. [1] Y. Gorishniy, I. Rubachev and A. Babenko, "On embeddings for numerical features
   in tabular deep learning", NeurIPS 2022, equation 1.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

__all__ = ["PiecewiseLinear"]


@dataclass(frozen=True)
class PiecewiseLinear:
    """The pieces of some columns.

    Parameters
    ----------
    columns : ndarray of int of shape (n_pieces,)
        The column of each piece.
    left, inverse : ndarray of shape (n_pieces,)
        Where each piece starts, and 1 / its width.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import PiecewiseLinear
    >>> X = np.arange(5.0)[:, None]
    >>> pieces = PiecewiseLinear.of(X, n_pieces=2)
    >>> pieces.appended_to(X)[:, 1:]
    array([[-0.5, -0.5],
           [ 0. , -0.5],
           [ 0.5, -0.5],
           [ 0.5,  0. ],
           [ 0.5,  0.5]])
    """

    columns: Any
    left: Any
    inverse: Any

    @classmethod
    def of(cls, X: np.ndarray, n_pieces: int, weight: np.ndarray | None = None) -> Self:
        """Return the pieces between the quantiles of columns.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_features)
        n_pieces : int
            Number of pieces per column; fewer if values repeat, none for two values.
        weight : ndarray of shape (n_samples,), default=None

        Returns
        -------
        PiecewiseLinear
        """
        shares = np.linspace(0, 1, n_pieces + 1)
        edges = np.quantile(X, shares, axis=0, method="inverted_cdf", weights=weight)
        columns: Any
        left: Any
        right: Any
        columns, left, right = [], [], []
        for j, of_column in enumerate(edges.T):
            distinct = np.unique(of_column)
            if len(distinct) > 2:
                columns += [j] * (len(distinct) - 1)
                left.append(distinct[:-1])
                right.append(distinct[1:])
        none = np.empty(0, dtype=X.dtype)
        left, right = np.concatenate([none, *left]), np.concatenate([none, *right])
        return cls(np.array(columns, dtype=np.intp), left, 1 / (right - left))

    def appended_to(self, X: np.ndarray) -> np.ndarray:
        """Return the columns with their pieces appended to the right.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_features + n_pieces)
        """
        n_features = X.shape[1]
        both = np.empty((X.shape[0], n_features + len(self.columns)), dtype=X.dtype)
        both[:, :n_features] = X
        pieces = both[:, n_features:]
        X.take(self.columns, axis=1, out=pieces, mode="clip")
        pieces -= self.left
        pieces *= self.inverse
        np.maximum(pieces, 0, out=pieces)
        np.minimum(pieces, 1, out=pieces)
        pieces -= 0.5
        return both
