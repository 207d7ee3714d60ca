r"""Ordered classes as pairs of rows, to decide whether their optimum is at infinity.

A row of class k requires its output to be below the threshold above it and above the
one below. A direction d of the coefficients with changes e of the thresholds is one of
recession if

.. math:: x_i^T d - e_k \le 0 \quad\text{and}\quad x_i^T d - e_{k - 1} \ge 0

for all rows, and not always with equality. This is the condition for two classes with
rows (x, -1 at the threshold): each row gives two of them, one for each of its
thresholds, with a column for each threshold. `skmath.gd_linear_model.recession` uses
these rows, with the derivatives of the loss in a and b as slopes.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from skmath import _arrays
from skmath.calculus import Loss
from skmath.calculus.descent import Point
from skmath.gd_linear_model.ordinal import ordered, threshold_sums

__all__ = ["as_pairs"]

MANY_THRESHOLDS = 10
"""Thresholds per column of X above which their columns are stored as sparse."""


def as_pairs(cost, point, moves):
    """Return the cost of pairs, with the point and the moves of both parameters.

    Parameters
    ----------
    cost : OrdinalCost
    point : Point
    moves : sequence of arrays of shape (n_features + 1, 1)
    """
    theta, centre = point.theta, _arrays.to_numpy(cost.columns.mean).astype(float)
    if hasattr(cost.rows.X, "nnz"):
        centre = 0.0 * centre
    cost.take_thresholds(theta)
    rows = cost.rows.in_blocks(widest_output=2 * (len(centre) + cost.n_ordered))
    pairs = PairCost(
        rows=PairRows(rows, theta, cost.loss, centre),
        weight=cost.weight,
        penalty=PairPenalty(cost.penalty, cost.n_ordered - 1),
    )
    sums = cost.rows.sum(threshold_sums, theta, cost.loss)
    threshold_slope = _arrays.to_numpy(sums[1]) / cost.weight
    slope = _arrays.to_numpy(point.gradient)[:, 0].astype(float)
    slope = slope[:-1] - centre * slope[-1]
    gradient = np.concatenate([slope, threshold_slope, [0.0]])[:, None]
    moves = [theta - move for move in moves]
    current, *previous = (both_parameters(cost, t, centre) for t in (theta, *moves))
    moves = [current - parameters for parameters in previous]
    return pairs, Point(current, point.value, gradient, point.step), moves


def both_parameters(cost, theta, centre):
    """Return coefficients, thresholds for centred columns, and 0, in one column."""
    thresholds = cost.thresholds_at(theta)
    theta = _arrays.to_numpy(theta)[:, 0].astype(float)
    thresholds = thresholds - (theta[-1] + centre @ theta[:-1])
    return np.concatenate([theta[:-1], thresholds, [0.0]])[:, None]


@dataclass(frozen=True)
class PairCost:
    """The interface of a cost that `skmath.gd_linear_model.recession` needs.

    Parameters
    ----------
    rows : PairRows
    weight : float
    penalty : PairPenalty
    """

    rows: Any
    weight: float
    penalty: Any
    may_recede = True
    coupled = False
    fit_intercept = False
    n_classes = 0

    @property
    def loss(self):
        """The loss whose derivatives are stored in y."""
        return PairLoss()


class PairLoss(Loss):
    """A loss whose signs, slopes and curvatures are stored in y."""

    task = "classification"

    def receding(self, y):
        """Return the sign of the output along which the row's loss falls."""
        return y[:, :1]

    def gradient(self, y, z):
        """Return the slope."""
        return y[:, 1:2]

    def curvature(self, y, z):
        """Return the second derivative."""
        return y[:, 2:3]


@dataclass(frozen=True)
class PairPenalty:
    """A penalty that leaves the thresholds free.

    Parameters
    ----------
    penalty : object of `skmath.calculus.penalties`
    n_thresholds : int
    """

    penalty: Any
    n_thresholds: int

    def restricted(self, n_features):
        """Return which coefficients are held, and which must be nonnegative."""
        free = np.zeros(self.n_thresholds, dtype=bool)
        of_X = self.penalty.restricted(n_features - self.n_thresholds)
        return tuple(np.append(part, free) for part in of_X)


@dataclass(frozen=True)
class PairRows:
    """The rows as pairs, which are computed block by block.

    Parameters
    ----------
    rows : Rows
    theta : array of shape (n_features + 1, 1)
    loss : Ordinal, or one with an offset
    centre : ndarray of shape (n_features,)
        Subtracted from the columns; the thresholds absorb it.
    """

    rows: Any
    theta: Any
    loss: Any
    centre: Any

    @property
    def X(self):
        """The columns of the rows; only their number is used."""
        return self.rows.X

    def sum(self, statistic, *parameters):
        """Sum a statistic of the pairs over the blocks."""
        at = (self.theta, self.loss, self.centre)
        return self.rows.sum(sum_of_pairs, *at, statistic, parameters)


def sum_of_pairs(X, y, weight, theta, loss, centre, statistic, parameters):
    """Return a statistic of a block's pairs."""
    y, z, loss = ordered(X, y, theta, loss)
    terms, n_thresholds = loss.terms(y, z), len(loss.thresholds)
    codes = _arrays.to_numpy(y)[:, 0].astype(np.intp)
    above = np.flatnonzero(codes < n_thresholds)
    below = np.flatnonzero(codes > 0)
    rows, at = np.append(above, below), np.append(codes[above], codes[below] - 1)
    parts_of_y = {
        "signs": (-np.ones(len(above)), np.ones(len(below))),
        "slopes": (_host(terms.at_b)[above], -_host(terms.at_a)[below]),
        "curvatures": (_host(terms.bend_b)[above], _host(terms.bend_a)[below]),
    }
    y = np.stack([np.concatenate(parts) for parts in parts_of_y.values()], axis=1)
    weight = None if weight is None else _host(weight[:, None])[rows]
    X = with_threshold_columns(X, centre, rows, at, n_thresholds)
    return statistic(X, y, weight, *parameters)


def with_threshold_columns(X, centre, rows, at, n_thresholds):
    """Return some rows of X, with a column per threshold: -1 at the row's threshold."""
    columns = sparse.csr_matrix(
        (-np.ones(len(rows)), (np.arange(len(rows)), at)),
        shape=(len(rows), n_thresholds),
    )
    if sparse.issparse(X):
        return sparse.hstack([X.astype(np.float64)[rows], columns]).tocsr()
    X = (_arrays.to_numpy(X).astype(np.float64, copy=False) - centre)[rows]
    if n_thresholds > MANY_THRESHOLDS * X.shape[1]:
        return sparse.hstack([sparse.csr_matrix(X), columns]).tocsr()
    return np.hstack([X, columns.toarray()])


def _host(x):
    return _arrays.to_numpy(x)[:, 0].astype(np.float64, copy=False)
