r"""A descent in orthonormal columns, if the columns of X are nearly collinear.

For a smoothed loss with kinks only few rows have curvature, and a slope says little
about the remaining distance along a direction in which the columns hardly differ. With
the columns' singular value decomposition

.. math:: X - 1 m^T = U S V^T, \quad Q = \sqrt{n} U, \quad b = S V^T w / \sqrt{n}

the outputs are X w + c = Q b + (c + m'w), and no direction of Q is hidden. Without a
penalty on w the cost is the same function of b. Singular values that are rounding are
dropped, so that w has no component in the null space of the scaled columns.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg import svd

from skmath import _arrays
from skmath._rows.rows import Rows
from skmath.calculus import L2, ElasticNet
from skmath.gd_linear_model.minimum_norm import (
    MAX_COLUMNS,
    dependence,
)

__all__ = ["Basis"]

ENTRIES = 2_000_000
"""Entries of X up to which its orthonormal columns are computed: this takes a copy of X
in memory, and the time of some Newton steps."""

ROUNDING = 4
"""Multiple of max(n, p) rounding units of the largest singular value below which a
singular value counts as zero."""


@dataclass(frozen=True)
class Basis:
    """Orthonormal columns, and the conversion of their coefficients to those of X.

    Parameters
    ----------
    to_w : ndarray of shape (n_features, rank)
        w = to_w b.
    to_b : ndarray of shape (rank, n_features)
        b = to_b w.
    mean : ndarray of shape (n_features,)
        Means of the columns; zeros without an intercept.
    null : ndarray of shape (n_features, n_features - rank)
        Basis of the w with X w constant.
    """

    to_w: Any
    to_b: Any
    mean: Any
    null: Any

    def in_columns(self, theta):
        """Convert coefficients and intercepts of the basis to those of X."""
        w = self.to_w @ theta[:-1, :]
        return np.concatenate([w, theta[-1:, :] - self.mean[None, :] @ w])

    def in_basis(self, theta):
        """Convert coefficients and intercepts of X to those of the basis."""
        w = theta[:-1, :]
        return np.concatenate([self.to_b @ w, theta[-1:, :] + self.mean[None, :] @ w])


def cost_in_basis(cost):
    """Return the cost in orthonormal columns, or None if it is not useful.

    It is not if the loss's curvature has no jumps, there is a penalty, the columns are
    far from dependent, or X is too large or neither a NumPy array nor a CSR matrix.

    Parameters
    ----------
    cost : Cost

    Returns
    -------
    Cost or None
        With the attribute ``basis``.
    """
    X, penalty = cost.rows.X, cost.penalty
    is_supported = isinstance(penalty, ElasticNet) and not cost.loss.smooth_curvature
    if not is_supported or not (_arrays.is_numpy(X) or hasattr(X, "nnz")):
        return None
    n, p = X.shape
    is_held = any(part.any() for part in penalty.restricted(p))
    if is_held or p > MAX_COLUMNS or not n * p <= ENTRIES:
        return None
    null, is_ill_conditioned = dependence(cost, np.ones(p, dtype=bool))
    if not is_ill_conditioned and not null.shape[1]:
        return None
    Q, basis = decompose(cost)
    rows = Rows(Q, cost.rows.y, cost.rows.weight)
    rotated = cost.of(rows=rows, penalty=L2(0.0))
    rotated.basis = basis
    return rotated


def decompose(cost):
    """Return the orthonormal columns of a cost's rows, and their `Basis`."""
    rows, variance = cost.rows, cost.squares()
    mean = cost.columns.mean if cost.fit_intercept else 0.0 * cost.columns.mean
    varies = variance > 0
    scale = np.where(varies, variance, 1.0) ** 0.5
    X = (_arrays.dense(rows.X) - mean) / scale
    X[:, ~varies] = 0.0
    weight = np.ones(len(X)) if rows.weight is None else rows.weight
    R = np.linalg.qr(_arrays.weigh(X, (weight / cost.weight) ** 0.5), mode="r")
    _, s, Vt = svd(R)
    rounding = ROUNDING * max(X.shape) * cost.centred_epsilon()
    rank = int((s > rounding * s[0]).sum())
    V = Vt[:rank].T
    null = Vt[rank:].T / scale[:, None]
    null /= np.linalg.norm(null, axis=0)
    basis = Basis(V / s[:rank] / scale[:, None], (V * s[:rank]).T * scale, mean, null)
    return (X @ (V / s[:rank])).astype(rows.X.dtype, copy=False), basis
