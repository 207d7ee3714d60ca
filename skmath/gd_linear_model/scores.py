"""Sums over rows for standard errors of coefficients: curvatures and scores.

The columns are centred, in units of their standard deviations, in the widest float.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from skmath import _arrays
from skmath._estimators.summary import score_sums
from skmath.calculus import WithOffset
from skmath.gd_linear_model.block_sums import targets_and_outputs
from skmath.linear_algebra import Triangle

__all__ = [
    "Derivatives",
    "Design",
    "Optimum",
    "curvature_sums",
    "curved_triangle",
    "sums_of_scores",
]


@dataclass(frozen=True)
class Derivatives:
    """The loss's derivatives, for equations that are solved one by one.

    For most losses each output is an equation of its own. Softmax has a single one, in
    the differences to the first class.

    Parameters
    ----------
    loss : Loss
    is_softmax : bool
    expected : bool
        Whether to take the curvature at the mean of y, which is its expectation, as the
        curvature is linear in y.
    """

    loss: Any
    is_softmax: bool
    expected: bool

    def of_rows(self, y, z):
        """Return scores (n_samples, n_equations, q), and curvatures (..., q, q)."""
        if self.is_softmax:
            p, S = self.loss.inverse_link(z)[:, 1:], self.loss.gradient(y, z)[:, 1:]
            xp = _arrays.namespace(p)
            eye = xp.eye(p.shape[1], dtype=p.dtype, device=_arrays.device(p))
            C = p[:, :, None] * (eye[None, :, :] - p[:, None, :])
            return S[:, None, :], C[:, None, :, :]
        at = self.loss.inverse_link(z) if self.expected else y
        C = self.loss.curvature(at, z)
        return self.loss.gradient(y, z)[:, :, None], C[:, :, None, None]

    def squared_errors(self, y, z):
        """Return the squares of Pearson's errors, (y - m)^2 / V(m).

        The gradient is (m - y) m' / V and the expected curvature m'^2 / V, with the
        derivative m' of the mean.
        """
        mean = self.loss.inverse_link(z)
        xp, C = _arrays.namespace(mean), self.loss.curvature(mean, z)
        # If a mean has underflowed to 0, either V is 1 or y is 0 too.
        is_positive = C > 0
        squares = self.loss.gradient(y, z) ** 2
        squares = squares / xp.where(is_positive, C, xp.ones_like(C))
        return xp.where(is_positive, squares, (y - mean) ** 2)


@dataclass(frozen=True)
class Design:
    """The standardised columns, with a column of ones.

    Parameters
    ----------
    kept : ndarray of int
        Columns of X with a coefficient that is not held at 0.
    n_features : int
        Number of columns of X.
    mean, scale : ndarray of the shape of kept
    varies : ndarray of bool of the shape of kept
        Constant columns become zero.
    intercept : bool
        Without one there are neither ones nor means.
    """

    kept: np.ndarray
    n_features: int
    mean: np.ndarray
    scale: np.ndarray
    varies: np.ndarray
    intercept: bool

    @classmethod
    def of(cls, columns, intercept, kept):
        """Return the design of some of the columns with these `ColumnMoments`."""
        moments = (_arrays.to_numpy(a) for a in (columns.mean, columns.variance))
        mean, variance = (a[kept].astype(float) for a in moments)
        if not intercept:
            mean, variance = 0 * mean, variance + mean**2
        varies = variance > 0
        scale = np.where(varies, variance, np.maximum(mean**2, 1.0)) ** 0.5
        scale = np.where(varies | (mean == 0), scale, np.abs(mean))
        return cls(kept, columns.mean.shape[0], mean, scale, varies, intercept)

    def rows(self, X):
        """Return the rows of a dense block."""
        if len(self.kept) < self.n_features:
            X = _arrays.namespace(X).take(X, _arrays.like(self.kept, X), axis=1)
        mean, factor = (
            _arrays.like(a, X, "same") for a in (self.mean, self.varies / self.scale)
        )
        Z = (X - mean) * factor
        if not self.intercept:
            return Z
        xp = _arrays.namespace(Z)
        ones = xp.ones((Z.shape[0], 1), dtype=Z.dtype, device=_arrays.device(Z))
        return xp.concat([ones, Z], axis=1)

    @property
    def width(self):
        """Number of coefficients of an output in the design."""
        return len(self.kept) + self.intercept

    @property
    def full_width(self):
        """Number of coefficients of an output for X."""
        return self.n_features + self.intercept

    def places(self, q):
        """Return the positions of q outputs' coefficients among those for X."""
        columns = self.kept
        if self.intercept:
            columns = np.append(0, 1 + columns)
        return (self.full_width * np.arange(q)[:, None] + columns).ravel()

    def parameters(self, q):
        """Return the matrix that maps q outputs' coefficients to those for X."""
        L = np.zeros((self.full_width, self.width))
        first = int(self.intercept)
        L[first + self.kept, first + np.arange(len(self.kept))] = 1 / self.scale
        if first:
            L[0, 0], L[0, 1:] = 1.0, -self.mean / self.scale
        return np.kron(np.eye(q), L)


@dataclass(frozen=True)
class Optimum:
    """The point and the derivatives for the sums over rows.

    Parameters
    ----------
    theta : array of shape (n_features + 1, n_outputs)
    loss : Loss
        Loss of the rows, whose y may have offset columns.
    n_classes : int
        As in `skmath._estimators.targets.as_outputs`.
    derivatives : Derivatives
    design : Design
    options : SummaryOptions
    """

    theta: Any
    loss: Any
    n_classes: int
    derivatives: Derivatives
    design: Design
    options: Any

    def block(self, X, y, weight):
        """Return the design, scores, curvatures, weights and groups of a block.

        Returns
        -------
        Z : array of shape (n_samples, k)
        y, z : array of shape (n_samples, n_outputs)
        S : array of shape (n_samples, n_equations, q)
        C : array of shape (n_samples, n_equations, q, q)
        weight, codes : array of shape (n_samples,) or None
        """
        X, codes, n_classes = _arrays.widen(X), None, self.n_classes
        if self.options.groups is not None:
            codes, y = y[:, -1], y[:, :-1]
            if n_classes:
                xp = _arrays.namespace(y)
                y = xp.astype(y[:, 0], xp.int64)
        y, z = targets_and_outputs(X, y, self.theta, n_classes)
        if isinstance(self.loss, WithOffset):
            y, z = self.loss.at(y, z)
        S, C = self.derivatives.of_rows(y, z)
        weight = None if weight is None else _arrays.widen(weight)
        return self.design.rows(X), y, z, S, C, weight, codes


def curvature_sums(X, y, weight, optimum):
    """Return a block's sums.

    Returns
    -------
    count : array of shape ()
        Number of rows with a weight.
    squares : array of shape (n_outputs,)
        Sum of Pearson's squared errors, if the dispersion is estimated.
    gradients : array of shape (n_equations, q k)
    curvatures : array of shape (n_equations, q k, q k)
    """
    Z, y, z, S, C, weight, _ = optimum.block(X, y, weight)
    xp, (n_equations, q) = _arrays.namespace(Z), S.shape[1:]
    squares, derivatives = 0.0 * z, optimum.derivatives
    if derivatives.loss.likelihood == "estimated":
        squares = derivatives.squared_errors(y, z)
    ones = xp.ones_like(z[:, 0])
    has_weight = ones if weight is None else xp.astype(weight > 0, Z.dtype)
    gradients = [
        xp.concat([Z.T @ _arrays.weigh(S[:, e, a], weight) for a in range(q)])
        for e in range(n_equations)
    ]
    curvatures = [_products(Z, C[:, e, :, :], weight) for e in range(n_equations)]
    return (
        xp.sum(has_weight),
        xp.sum(_arrays.weigh(squares, weight), axis=0),
        xp.stack(gradients),
        xp.stack(curvatures),
    )


def _products(Z, C, weight):
    """Return the sum of the Kronecker products of C_i and z_i z_i'."""
    xp, q = _arrays.namespace(Z), C.shape[1]
    blocks = {}
    for a in range(q):
        for b in range(a, q):
            H = Z.T @ _arrays.weigh(Z, _arrays.weigh(C[:, a, b], weight))
            blocks[a, b] = blocks[b, a] = H  # each is symmetric
    return xp.concat(
        [xp.concat([blocks[a, b] for b in range(q)], axis=1) for a in range(q)], axis=0
    )


def curved_triangle(X, y, weight, optimum, equation):
    """Return the `Triangle` of a block's rows times the root of the curvature."""
    Z, _, _, _, C, weight, _ = optimum.block(X, y, weight)
    h = _arrays.weigh(C[:, equation, 0, 0], weight)
    h = _arrays.namespace(h).clip(h, 0.0, None) ** 0.5
    return Triangle(_arrays.triangle(_arrays.weigh(Z, h)))


def sums_of_scores(X, y, weight, optimum, solved):
    """Return a block's sums of products of T^-T u, for each equation."""
    Z, _, _, S, C, weight, codes = optimum.block(X, y, weight)
    xp, products = _arrays.namespace(Z), []
    for e, equation in enumerate(solved):
        inverse = _arrays.like(equation.inverse, Z, "same")
        basis = _arrays.like(equation.basis, Z)
        if S.shape[2] == 1:
            T = xp.take(Z, basis, axis=1) @ inverse
            U, h = S[:, e, :] * T, C[:, e, 0, 0] * xp.sum(T * T, axis=1)
        else:
            U = xp.reshape(S[:, e, :, None] * Z[:, None, :], (Z.shape[0], -1))
            U, h = xp.take(U, basis, axis=1) @ inverse, None
        products.append(score_sums(U, h, weight, codes, optimum.options))
    return tuple(products)
