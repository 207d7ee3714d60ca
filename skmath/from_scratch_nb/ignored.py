"""Columns that are left out of the product."""

from dataclasses import dataclass

import numpy as np

from skmath import _arrays

__all__ = ["Ignored"]


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
