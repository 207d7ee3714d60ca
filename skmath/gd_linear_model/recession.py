"""Decides whether a cost has its optimum at infinity, with a proof on the rows.

`find_recession` considers the coefficients that neither a penalty nor a constraint
holds back, and the intercept. In most cases some of the rows are enough:

1. if the slopes at the final point can be corrected to leave no gradient, by changing
   those of some of the rows, the optimum is finite. This is the case at the end of
   nearly every descent with a finite optimum;
2. otherwise the final point may itself be the direction: one pass over all rows checks
   that none of their losses increases along it;
3. otherwise a linear program searches a direction for some of the rows, a pass over all
   rows finds those whose losses increase along it, and these are added, until none does
   or there is no direction.

`skmath.calculus.recession` has the mathematics.
"""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse

from skmath import _arrays
from skmath._estimators.targets import as_outputs
from skmath.calculus import Binomial, LogLoss
from skmath.calculus.recession import (
    constraints,
    falling_rates,
    has_multipliers,
    null_direction,
    recession_direction,
)
from skmath.gd_linear_model.block_sums import targets_and_outputs
from skmath.gd_linear_model.ordinal import OrdinalCost
from skmath.gd_linear_model.ordinal_recession import as_pairs
from skmath.linear_algebra import affine

__all__ = ["Recession", "find_recession"]

FEW_ROWS = 300
"""Rows of the first subset; for more than two classes, rows times other classes."""

MORE_ROWS = 3000
"""The same for the second subset, and the number of rows added at a time."""

ROWS_PER_COLUMN = 2
"""Minimum number of rows per column."""

SPANNED_COLUMNS = 1000
"""Columns up to which the subset of rows is extended to span the same space as all
rows."""

ENTRIES = 5_000_000
"""Largest number of entries in a linear program's matrix."""

FEW_ENTRIES = 200_000
"""The same if the descent did not converge, which is reported anyway: about .1 s."""

MAX_NAMED_COLUMNS = 5
"""Maximum number of columns that a message names."""

MIN_NAMED_PART = 1e-6
"""Smallest part in the direction, relative to the largest, for a column to be named."""

GOLDEN = 0.5 * (5**0.5 - 1)
"""Golden ratio: the fractional parts of its multiples are spread evenly."""

ROUNDS = 20
"""Maximum number of linear programs, each with more rows; few need five."""


@dataclass(frozen=True)
class Recession:
    """A direction along which the cost decreases forever.

    Parameters
    ----------
    direction : ndarray of shape (n_features + 1, n_outputs) or None
        None if it is not known whether there is one.
    shares : ndarray of shape (n_features,)
        Size of each column's part in the direction.
    """

    direction: Any
    shares: Any = None

    def of_columns(self, n_columns):
        """Return the same with the parts of the first columns only, those of X."""
        shares = None if self.shares is None else self.shares[:n_columns]
        return replace(self, shares=shares)

    def message(self, loss, names=None):
        """Return the text of the warning.

        Parameters
        ----------
        loss : object of `skmath.calculus.losses`
        names : ndarray of str, default=None
            Names of the columns, if known.
        """
        if loss.task == "classification":
            separable = "The classes are separable, in some or all rows"
        else:
            lowest = "0, or 1," if loss.is_proportion else "zero"
            separable = f"The rows in which y is {lowest} are separable from the others"
        is_single = self.direction is None or self.direction.shape[1] == 1
        is_logit = loss in (LogLoss(), Binomial())
        firth = "penalty='firth', or " if is_logit and is_single else ""
        remedy = (
            "and coef_ is where the descent stopped. Use alpha > 0 with a penalty and "
            f"penalty_weights > 0 for these columns, or {firth}remove them."
        )
        if self.direction is None:
            return (
                f"{separable}, or nearly so, by columns that are not penalised: "
                f"whether the optimum is at infinity could not be decided, {remedy}"
            )
        order = np.argsort(-self.shares, kind="stable")
        order = order[self.shares[order] > MIN_NAMED_PART * self.shares.max()]
        shown = [str(j) if names is None else repr(str(names[j])) for j in order]
        n_more = len(order) - MAX_NAMED_COLUMNS
        more = f" and {n_more} more" if n_more > 0 else ""
        named = ", ".join(shown[:MAX_NAMED_COLUMNS])
        columns = f"column{'s' * (len(order) > 1)} {named}{more}"
        return (
            f"{separable}, by unpenalised {columns}: the optimum is at infinity, "
            f"{remedy}"
        )


def find_recession(cost, point, moves=(), *, converged=True):
    """Return the `Recession` of a cost, or None if its optimum is finite.

    Parameters
    ----------
    cost : Cost
    point : Point
        Final point of the descent.
    moves : sequence of arrays of theta's shape
        Further candidates for the direction, besides the point itself.
    converged : bool, default=True
        Whether the point counts as an optimum; if not, less time is spent on a proof.

    Returns
    -------
    Escape or None
    """
    n_columns = point.theta.shape[0] - 1
    if isinstance(cost, OrdinalCost):
        cost, point, moves = as_pairs(cost, point, moves)
    penalty, (p, k) = cost.penalty, point.theta.shape
    recedes = cost.may_recede and hasattr(penalty, "restricted")
    if not recedes or cost.loss.receding(np.ones((1, k))) is None:
        return None
    is_held, walls = penalty.restricted(p - 1)
    if is_held.all():
        return None
    free = np.append(~is_held, cost.fit_intercept)
    entries = ENTRIES if converged else FEW_ENTRIES
    free, walls = np.flatnonzero(free), np.append(walls, False)
    search = Search(cost, point.theta, free, walls, entries)
    small_subset = search.subset_of_rows(FEW_ROWS)
    gradient = _host(point.gradient) * cost.weight
    together = cost.coupled or k == 1
    for outputs in [slice(0, k)] if together else [slice(j, j + 1) for j in range(k)]:
        if not search.is_finite(small_subset, outputs, gradient):
            recession = search.decide(outputs, gradient, (point.theta, *moves))
            if recession is not None:
                return recession.of_columns(n_columns)
    return None


@dataclass(frozen=True)
class Search:
    """The rows of a cost, and the coefficients that are free.

    Parameters
    ----------
    cost : Cost
    theta : array of shape (n_features + 1, n_outputs)
    free : ndarray of int
        Indices in theta of the free coefficients; the intercept, if free, comes last.
    walls : ndarray of bool of shape (n_features + 1,)
        Coefficients that must be nonnegative.
    entries : int
        Maximum number of entries of a matrix.
    """

    cost: Any
    theta: Any
    free: Any
    walls: Any
    entries: int

    def subset_of_rows(self, n_rows):
        """Return about n_rows of the rows, and several per free column."""
        cost = self.cost
        share = self.theta.shape[1] - 1 if cost.coupled else 1
        limit = max(n_rows // share, ROWS_PER_COLUMN * len(self.free))
        subset = self._rows(spread, limit, cost.rows.X.shape[0])
        return replace(subset, spans=subset.count == subset.n_candidates)

    def spanning(self, subset):
        """Return rows extended by others until they span the same space as all rows.

        For example, an indicator that is 1 in few rows may be 0 in all of the given
        ones.
        """
        while not subset.spans and len(self.free) <= SPANNED_COLUMNS:
            units = Units.of(subset.X, self)
            d = null_direction(_arrays.dense(units.design))
            if d is None:
                return replace(subset, spans=True)
            d = self._embedded(units.to_columns(d[:, None]), slice(0, 1))
            more = self._rows(with_part_in, d, self._reach(d, units), subset.limit)
            if not more.count:
                return replace(subset, spans=True)
            subset = subset.joined_with(more)
        return subset

    def decide(self, outputs, gradient, candidates):
        """Return a `Recession` of some outputs, or None if there is none."""
        subset = self.spanning(self.subset_of_rows(MORE_ROWS))
        if self.is_finite(subset, outputs, gradient):
            return None
        units = Units.of(subset.X, self)
        for candidate in candidates:
            d = self._embedded(_host(candidate)[self.free, outputs], outputs)
            if self._recedes(d, subset, units) and self._rising(d, units).is_recession:
                return self._result(d, units)
        if not subset.spans or subset.count < subset.n_candidates:
            larger = self.subset_of_rows(self.entries // len(self.free))
            is_larger = larger.count > subset.count
            if is_larger and self.is_finite(larger, outputs, gradient):
                return None
        return self._by_programs(subset, outputs)

    def is_finite(self, subset, outputs, gradient):
        """Return True if slopes of some rows are proven to leave no gradient."""
        coupled, walls = self.cost.coupled, self.walls[self.free, None]
        units = Units.of(subset.X, self)
        slopes, curvatures = subset.slopes[:, outputs], subset.curvatures[:, outputs]
        A, B, of_A, of_B = constraints(units.design, subset.signs[:, outputs], coupled)
        u = subset.weight[of_A[0]] * np.abs(slopes[of_A])
        t = subset.weight[of_B[0]] * curvatures[of_B]
        size = np.abs(slopes[:, 0]) + curvatures[:, 0]
        if self.cost.loss.task == "classification":
            size = np.ones_like(size)  # a probability minus 1
        total = 4 * subset.epsilon * self.cost.weight / subset.weight.sum()
        noise = total * (abs(units.design).T @ (subset.weight * size))
        g = units.of_gradient(gradient[self.free, outputs])
        # A sign constraint balances slopes that push against it.
        g = np.where(walls, np.minimum(g, 0.0), g)
        if coupled and not walls.any():
            # Adding the same to all classes changes nothing: fix the last one.
            g = g[:, :-1]
            A, B = A[:, : g.size], B[:, : g.size]
        noise = np.tile(noise, g.shape[1])
        return has_multipliers(A, B, u, t, g.T.ravel(), noise)

    def _by_programs(self, subset, outputs):
        """Return the result of linear programs with more and more rows."""
        n_outputs = outputs.stop - outputs.start
        walls = np.tile(self.walls[self.free], n_outputs)
        for _ in range(ROUNDS):
            units = Units.of(subset.X, self)
            signs = subset.signs[:, outputs]
            A, B, _, _ = constraints(units.design, signs, self.cost.coupled)
            if getattr(A, "nnz", A.size) > self.entries:
                break
            d, decided = recession_direction(A, B, walls)
            if d is None and decided and subset.spans:
                return None
            if d is None:
                break
            d = units.to_columns(d.reshape(n_outputs, -1).T)
            d = self._embedded(d, outputs)
            if not self._recedes(d, subset, units):
                break  # not decided, because of rounding
            rising = self._rising(d, units, MORE_ROWS)
            if rising.is_recession:
                return self._result(d, units)
            subset = subset.joined_with(rising)
        return Recession(None)

    def _rising(self, d, units, limit=1):
        """Return the rows whose losses increase most along d, and their number."""
        return self._rows(rising, d, self._reach(d, units), self.cost.coupled, limit)

    def _recedes(self, d, subset, units):
        """Return True if d is a direction of recession for some rows."""
        bound = self._reach(d, units)
        _, rises, falls = rates(subset.X, subset.signs, d, bound, self.cost.coupled)
        is_feasible = not (d[self.walls] < 0).any()
        return is_feasible and not rises.any() and bool(falls.any())

    def _rows(self, statistic, *parameters):
        cost = self.cost
        at = (self.theta, cost.loss, cost.n_classes)
        return cost.rows.sum(statistic, at, *parameters)

    def _embedded(self, d, outputs):
        """Return a theta with d at the free coefficients of some outputs."""
        whole = np.zeros(self.theta.shape)
        whole[self.free, outputs] = d
        return whole

    def _reach(self, d, units):
        """Return the size of each coefficient of d plus its possible rounding error.

        The error of each may be the rounding of the largest, in units of the columns.
        """
        bound = np.zeros((len(d), 1))
        w = d[self.free]
        largest = np.abs(units.from_columns(w)).max(initial=0.0)
        bound[self.free, 0] = np.abs(w).max(axis=1) + largest * units.spread_of_one()
        return bound

    def _result(self, d, units):
        shares = np.zeros(len(d))
        shares[self.free] = np.abs(units.from_columns(d[self.free])).max(axis=1)
        return Recession(d, shares[:-1])


@dataclass(frozen=True)
class Units:
    """The free columns of some rows, each centred and divided by its largest entry.

    Parameters
    ----------
    design : ndarray or sparse matrix of shape (n_samples, n_columns)
        With an intercept, the last column is of ones.
    centre, scale : ndarrays of shape (n_columns,)
    """

    design: Any
    centre: Any
    scale: Any

    @classmethod
    def of(cls, X, search):
        """Return the units of X; sparse columns are not centred."""
        linear = search.cost.fit_intercept
        columns = search.free[:-1] if linear else search.free
        X = X[:, columns]
        centre = np.zeros(len(columns))
        if linear and not sparse.issparse(X):
            centre = X.mean(axis=0)
            X = X - centre
        scale = abs(X).max(axis=0)
        scale = (
            scale.toarray() if sparse.issparse(scale) else np.asarray(scale)
        ).ravel()
        scale = np.where(scale > 0, scale, 1.0)
        if sparse.issparse(X):
            X = (X @ sparse.diags_array(1 / scale)).tocsr()
        else:
            X = X / scale
        if linear:
            ones = np.ones((X.shape[0], 1))
            stack = sparse.hstack if sparse.issparse(X) else np.hstack
            X = stack([X, ones])
            X = X.tocsr() if sparse.issparse(X) else X
            centre, scale = np.append(centre, 0.0), np.append(scale, 1.0)
        return cls(X, centre, scale)

    def to_columns(self, d):
        """Convert a direction to the columns' own units."""
        w = d / self.scale[:, None]
        if self.centre.any():
            w[-1] -= self.centre @ w
        return w

    def spread_of_one(self):
        """Return the largest size, in the columns' units, of a direction of ones."""
        w = 1 / self.scale
        if self.centre.any():
            w[-1] += np.abs(self.centre) @ w
        return w

    def from_columns(self, d):
        """Convert a direction in the columns' own units to these units."""
        w = d * self.scale[:, None]
        if self.centre.any():
            w[-1] += self.centre @ d
        return w

    def of_gradient(self, g):
        """Return the gradient in these units."""
        if self.centre.any():
            g = g - self.centre[:, None] * g[-1]
        return g / self.scale[:, None]


@dataclass(frozen=True)
class RowSubset:
    """Some rows, on the host, with their losses at a point.

    Parameters
    ----------
    X : ndarray or CSR matrix of shape (n_subset, n_features)
    signs, slopes, curvatures : ndarrays of shape (n_subset, n_outputs)
        ``receding``, gradient and curvature of the losses.
    weight, score : ndarrays of shape (n_subset,)
        Rows with the largest scores are kept.
    limit : float
        Maximum number of rows; may be infinite.
    epsilon : float
        Rounding unit of the gradient.
    n_candidates : int
        Number of rows from which they were picked.
    rises, falls : int
        Number of these with losses that increase, or decrease, along a direction.
    spans : bool
        Whether they span the same space as all rows.
    """

    X: Any
    signs: Any
    slopes: Any
    curvatures: Any
    weight: Any
    score: Any
    limit: float
    epsilon: float
    n_candidates: int = 0
    rises: int = 0
    falls: int = 0
    spans: bool = False

    @property
    def count(self):
        """Number of rows."""
        return len(self.weight)

    @property
    def is_recession(self):
        """Whether no loss increases along the direction, and one decreases."""
        return not self.rises and self.falls > 0

    def joined_with(self, other):
        """Return these rows together with others, without a limit."""
        return replace(self, limit=math.inf) + other

    def __add__(self, other):
        parts = (self, other)
        stack: Any = sparse.vstack if sparse.issparse(self.X) else np.vstack
        X = stack([part.X for part in parts])
        joined: dict[str, Any] = {
            name: np.concatenate([getattr(part, name) for part in parts])
            for name in ("signs", "slopes", "curvatures", "weight", "score")
        }
        joined["X"] = X.tocsr() if sparse.issparse(X) else X
        totals: dict[str, Any] = {
            name: sum(getattr(part, name) for part in parts)
            for name in ("n_candidates", "rises", "falls")
        }
        return replace(self, **joined, **totals).cut()

    def cut(self):
        """Return the rows with the largest scores."""
        if self.count <= self.limit:
            return self
        kept = np.sort(np.argsort(-self.score, kind="stable")[: self.limit])
        names = ("X", "signs", "slopes", "curvatures", "weight", "score")
        return replace(self, **{name: getattr(self, name)[kept] for name in names})


def rates(X, signs, d, bound, coupled):
    """Return each row's lowest rate of decrease along d, and where it rises or falls.

    Changes that may be due to rounding of X d, or of d itself, count as neither.
    """
    X = _arrays.widen(X)
    d, bound = (_arrays.like(part, X, "same") for part in (d, bound))
    signs = _arrays.like(signs, d, "same")
    s = affine(X, d[:-1, :], d[-1:, :])
    size = abs(X) if sparse.issparse(X) else _arrays.namespace(X).abs(X)
    size = affine(size, bound[:-1, :], bound[-1:, :])[:, 0]
    lowest, highest = falling_rates(signs, s, coupled)
    rounding = 2 * (d.shape[0] + 1) * _arrays.epsilon(d) * size
    return lowest, lowest < -rounding, highest > rounding


# Statistics of a block: which of its rows to take. ``at`` is theta, loss and n_classes.


def spread(X, y, weight, at, limit, n_rows):
    """Return evenly spaced rows, about limit of all n_rows."""
    has_weight, n = _weighted(X, weight), X.shape[0]
    share = limit if math.isnan(n_rows) else math.ceil(limit * n / max(1, n_rows))
    subset = has_weight[:: max(1, len(has_weight) // max(1, share))]
    return replace(
        _row_subset(X, y, weight, at, subset, limit), n_candidates=len(has_weight)
    )


def with_part_in(X, y, weight, at, d, bound, limit):
    """Return rows whose outputs change along a direction."""
    signs = _arrays.to_numpy(_signs(X, y, at)[:, :1])
    _, rises, falls = rates(X, 0 * signs, d[:, :1], bound, False)
    has_weight = _weighted(X, weight)
    subset = has_weight[_arrays.to_numpy(rises | falls)[has_weight]]
    return _row_subset(X, y, weight, at, subset, limit)


def rising(X, y, weight, at, d, bound, coupled, limit):
    """Return the rows whose losses increase most along a direction."""
    lowest, rises, falls = rates(X, _signs(X, y, at), d, bound, coupled)
    has_weight = _weighted(X, weight)
    lowest, rises, falls = (
        _arrays.to_numpy(a)[has_weight] for a in (lowest, rises, falls)
    )
    worst = np.flatnonzero(rises)
    worst = worst[np.argsort(lowest[worst], kind="stable")[:limit]]
    highest = _row_subset(X, y, weight, at, has_weight[worst], limit, -lowest[worst])
    return replace(highest, rises=int(rises.sum()), falls=int(falls.sum()))


def _signs(X, y, at):
    """Return ``receding`` of a block's losses."""
    _, loss, n_classes = at
    return loss.receding(as_outputs(y, X, n_classes))


def _weighted(X, weight):
    """Return the indices of a block's rows that have a weight."""
    if weight is None:
        return np.arange(X.shape[0])
    return np.flatnonzero(_arrays.to_numpy(weight) > 0)


def _row_subset(X, y, weight, at, subset, limit, score=None):
    """Return some rows of a block as `RowSubset`; without scores all are equal."""
    theta, loss, n_classes = at
    X, y = _arrays.take_rows(X, subset), _arrays.take_rows(y, subset)
    weight = None if weight is None else _arrays.take_rows(weight, subset)
    y, z = targets_and_outputs(X, y, theta, n_classes)
    signs, slopes, bends = loss.receding(y), loss.gradient(y, z), loss.curvature(y, z)
    if score is None:
        # Scores that keep rows evenly spaced at any limit (golden section).
        score = np.arange(1.0, len(subset) + 1) * GOLDEN % 1
    return RowSubset(
        X.astype(np.float64) if sparse.issparse(X) else _host(X),
        *(_host(signs), _host(slopes), _host(bends)),
        np.ones(len(subset)) if weight is None else _host(weight),
        score,
        limit,
        _arrays.epsilon(X),
    ).cut()


def _host(x):
    x = x if type(x) is np.ndarray else _arrays.to_numpy(x)
    return x.astype(np.float64, copy=False)
