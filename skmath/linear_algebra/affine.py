"""X W + c: the outputs of every linear model."""

from typing import Any

__all__ = ["affine"]


def affine(X: Any, W: Any, c: Any) -> Any:
    """Return X W + c, with one temporary of the result's size.

    Parameters
    ----------
    X : array or sparse matrix of shape (n_samples, n_features)
    W : array of shape (n_features,) or (n_features, n_outputs)
    c : array of shape (), (n_outputs,) or (1, n_outputs)

    Returns
    -------
    array of shape (n_samples,) or (n_samples, n_outputs)

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.linear_algebra import affine
    >>> affine(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([1.0, -1.0]), 0.5)
    array([-0.5, -0.5])
    """
    outputs = X @ W
    outputs += c
    return outputs
