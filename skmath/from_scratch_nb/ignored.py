"""Columns that are not used."""

from dataclasses import dataclass

import numpy as np

from skmath import _arrays

__all__ = ["Ignored"]


@dataclass(frozen=True)
class Ignored:
    """Likelihood of ignored columns, P(x | y) = 1."""

    def statistics(self, X, members, weight):
        """Return a zero for each class."""
        return np.zeros(members.shape[1])

    def fit(self, sums):
        """Return the number of classes."""
        return {"_n_classes_": len(sums)}

    def log_likelihood(self, X, parameters):
        """Return zeros, (n_samples, n_classes)."""
        return _zeros_for(X, X.shape[0], parameters["_n_classes_"])

    def by_feature(self, X, parameters):
        """Return zeros, (n_samples, n_columns, n_classes)."""
        return _zeros_for(X, *X.shape, parameters["_n_classes_"])

    def left_out(self, X, codes, unit, sums, parameters):
        """Return a zero for each row that is left out."""
        return np.zeros(X.shape[0])

    def draw(self, parameters, codes, state):
        """Return missing values, because the columns were not learnt."""
        return np.nan


def _zeros_for(X, *shape):
    """Return zeros of a shape in the namespace of X."""
    if not _arrays.is_array(X):
        return np.zeros(shape)
    xp = _arrays.namespace(X)
    return xp.zeros(shape, dtype=X.dtype, device=_arrays.device(X))
