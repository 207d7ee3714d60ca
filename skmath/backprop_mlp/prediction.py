"""What a fitted network makes of a block of rows: outputs, and hidden ones."""

import numpy as np

from skmath import _arrays
from skmath.calculus import last_output

__all__ = ["dense", "last_hidden", "outputs_of", "standardized"]

FARTHEST = 1e18
"""Entries of new rows beyond which an overflow is possible: the product of two such
numbers is near the largest of single precision."""


def outputs_of(X, layers, to_input, target_mean, target_scale):
    """Return X_n of a block, in the target's units."""
    with np.errstate(over="ignore", invalid="ignore"):
        Z = last_output(to_input(X), layers)
        if not _arrays.all_finite(Z):
            # Rows beyond what the network's dtype holds are as far as it does.
            near = np.clip(dense(X), -FARTHEST, FARTHEST)
            Z = last_output(to_input(near), layers)
    return (Z * target_scale + target_mean).astype(X.dtype, copy=False)


def last_hidden(X, layers, to_input):
    """Return X_(n-1) of a block."""
    return last_output(to_input(X), layers).astype(X.dtype, copy=False)


def standardized(X, standardizer):
    """Return X_0 of a block, with all its entries."""
    return dense(standardizer.columns(X)).astype(X.dtype, copy=False)


def dense(X):
    """Return an array of rows that may be sparse."""
    return X.toarray() if hasattr(X, "toarray") else X
