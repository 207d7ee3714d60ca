"""Outputs of a fitted network for a block of rows."""

import math

import numpy as np

from skmath import _arrays
from skmath.calculus import LogLoss, last_output

__all__ = [
    "dense",
    "last_hidden",
    "mean_of_members",
    "outputs_of",
    "spread_of_members",
    "standardized",
]

MAX_MAGNITUDE = 1e18
"""Magnitude of new rows above which overflow is possible: the product of two such
numbers is close to the maximum of single precision."""


def outputs_of(X, layers, to_input, target_mean, target_scale, loss, temperature):
    """Return X_n of a block in the units of the target; the mean of several networks.

    The mean is divided by the temperature, so that the predicted class is unchanged.
    """
    Z = _last_outputs(X, layers, to_input) * target_scale + target_mean
    Z = Z if Z.ndim == 2 else mean_of_members(Z, loss)
    return (Z if temperature == 1 else Z / temperature).astype(X.dtype, copy=False)


def spread_of_members(X, layers, to_input, target_mean, target_scale, loss, _):
    """Return the standard deviation of the predictions of several networks."""
    Z = _last_outputs(X, layers, to_input) * target_scale + target_mean
    spread = np.std([loss.inverse_link(of_member) for of_member in Z], axis=0, ddof=1)
    spread = spread.astype(X.dtype, copy=False)
    return spread[:, 0] if spread.shape[1] == 1 else spread


def _last_outputs(X, layers, to_input):
    """Return X_n of a block in standardised units, without overflow."""
    Z = last_output(to_input(X), layers)
    if _arrays.all_finite(Z):
        return Z
    # Clip values that overflow in the network's dtype.
    clipped = np.clip(dense(X), -MAX_MAGNITUDE, MAX_MAGNITUDE)
    return last_output(to_input(clipped), layers)


def mean_of_members(Z, loss):
    """Return the outputs for the mean prediction of several networks.

    Parameters
    ----------
    Z : ndarray of shape (n_members, n_samples, n_outputs)
    loss : object of `skmath.calculus.losses`
        Loss whose link converts the mean to outputs; log odds stay logarithms.

    Returns
    -------
    ndarray of shape (n_samples, n_outputs)
    """
    if not isinstance(loss, LogLoss):
        means = [loss.inverse_link(of_member) for of_member in Z]
        return loss.link(np.mean(means, axis=0)) if loss.is_probability else Z.mean(0)
    if loss.exclusive and Z.shape[2] > 1:
        Z = Z - np.logaddexp.reduce(Z, axis=2, keepdims=True)
        return np.logaddexp.reduce(Z, axis=0) - math.log(len(Z))
    above = -np.logaddexp(0, -Z)  # log p, and log (1 - p) = log p - Z
    return np.logaddexp.reduce(above) - np.logaddexp.reduce(above - Z)


def last_hidden(X, layers, to_input):
    """Return X_(n-1) of a block; those of several networks are concatenated."""
    H = last_output(to_input(X), layers).astype(X.dtype, copy=False)
    return H if H.ndim == 2 else np.concatenate(H, axis=1)


def standardized(X, standardizer):
    """Return X_0 of a block as a dense array."""
    return dense(standardizer.columns(X)).astype(X.dtype, copy=False)


def dense(X):
    """Return rows that may be sparse as a dense array."""
    return X.toarray() if hasattr(X, "toarray") else X
