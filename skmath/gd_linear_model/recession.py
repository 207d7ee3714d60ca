"""Decides whether a cost has its optimum at infinity, with a proof on the rows.

`escape` considers the coefficients that neither a penalty nor a constraint holds back,
and the intercept. In most cases some of the rows are enough:

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

__all__ = ["Escape", "escape"]

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

SHOWN = 5
"""Maximum number of columns that a message names."""

NAMED = 1e-6
"""Smallest part in the direction, relative to the largest, for a column to be named."""

GOLDEN = 0.5 * (5**0.5 - 1)
"""Golden ratio: the fractional parts of its multiples are spread evenly."""

ROUNDS = 20
"""Maximum number of linear programs, each with more rows; few need five."""


@dataclass(frozen=True)
class Escape:
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
        one = self.direction is None or self.direction.shape[1] == 1
        is_logit = loss in (LogLoss(), Binomial())
        firth = "penalty='firth', or " if is_logit and one else ""
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
        order = order[self.shares[order] > NAMED * self.shares.max()]
        shown = [str(j) if names is None else repr(str(names[j])) for j in order]
        more = f" and {len(order) - SHOWN} more" if len(order) > SHOWN else ""
        columns = f"column{'s' * (len(order) > 1)} {', '.join(shown[:SHOWN])}{more}"
        return (
            f"{separable}, by unpenalised {columns}: the optimum is at infinity, "
            f"{remedy}"
        )


def escape(cost, point, moves=(), *, converged=True):
    """Return the `Escape` of a cost, or None if its optimum is finite.

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
    held, walls = penalty.restricted(p - 1)
    if held.all():
        return None
    free = np.append(~held, cost.fit_intercept)
    entries = ENTRIES if converged else FEW_ENTRIES
    free, walls = np.flatnonzero(free), np.append(walls, False)
    search = Search(cost, point.theta, free, walls, entries)
    few = search.some_rows(FEW_ROWS)
    gradient = _host(point.gradient) * cost.weight
    together = cost.coupled or k == 1
    for outputs in [slice(0, k)] if together else [slice(j, j + 1) for j in range(k)]:
        if not search.is_finite(few, outputs, gradient):
            found = search.decide(outputs, gradient, (point.theta, *moves))
            if found is not None:
                return found.of_columns(n_columns)
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

    def some_rows(self, n_rows):
        """Return about n_rows of the rows, and several per free column."""
        cost = self.cost
        share = self.theta.shape[1] - 1 if cost.coupled else 1
        limit = max(n_rows // share, ROWS_PER_COLUMN * len(self.free))
        some = self._rows(spread, limit, cost.rows.X.shape[0])
        return replace(some, spans=some.count == some.seen)

    def spanning(self, some):
        """Return rows extended by others until they span the same space as all rows.

        For example, an indicator that is 1 in few rows may be 0 in all of the given
        ones.
        """
        while not some.spans and len(self.free) <= SPANNED_COLUMNS:
            units = Units.of(some.X, self)
            d = null_direction(_arrays.dense(units.design))
            if d is None:
                return replace(some, spans=True)
            d = self._embedded(units.to_columns(d[:, None]), slice(0, 1))
            more = self._rows(with_part_in, d, self._reach(d, units), some.limit)
            some = some.and_also(more) if more.count else replace(some, spans=True)
        return some

    def decide(self, outputs, gradient, tries):
        """Return an `Escape` of some outputs, or None if there is none."""
        some = self.spanning(self.some_rows(MORE_ROWS))
        if self.is_finite(some, outputs, gradient):
            return None
        units = Units.of(some.X, self)
        for attempt in tries:
            d = self._embedded(_host(attempt)[self.free, outputs], outputs)
            if self._recedes(d, some, units) and self._rising(d, units).shows_ray:
                return self._found(d, units)
        if not some.spans or some.count < some.seen:
            many = self.some_rows(self.entries // len(self.free))
            if many.count > some.count and self.is_finite(many, outputs, gradient):
                return None
        return self._by_programs(some, outputs)

    def is_finite(self, some, outputs, gradient):
        """Return True if slopes of some rows are proven to leave no gradient."""
        coupled, walls = self.cost.coupled, self.walls[self.free, None]
        units = Units.of(some.X, self)
        slopes, bends = some.slopes[:, outputs], some.bends[:, outputs]
        A, B, of_A, of_B = constraints(units.design, some.signs[:, outputs], coupled)
        u = some.weight[of_A[0]] * np.abs(slopes[of_A])
        t = some.weight[of_B[0]] * bends[of_B]
        size = np.abs(slopes[:, 0]) + bends[:, 0]
        if self.cost.loss.task == "classification":
            size = np.ones_like(size)  # a probability minus 1
        total = 4 * some.epsilon * self.cost.weight / some.weight.sum()
        noise = total * (abs(units.design).T @ (some.weight * size))
        g = units.of_gradient(gradient[self.free, outputs])
        # A sign constraint balances slopes that push against it.
        g = np.where(walls, np.minimum(g, 0.0), g)
        if coupled and not walls.any():
            # Adding the same to all classes changes nothing: fix the last one.
            g = g[:, :-1]
            A, B = A[:, : g.size], B[:, : g.size]
        noise = np.tile(noise, g.shape[1])
        return has_multipliers(A, B, u, t, g.T.ravel(), noise)

    def _by_programs(self, some, outputs):
        """Return the result of linear programs with more and more rows."""
        n_outputs = outputs.stop - outputs.start
        walls = np.tile(self.walls[self.free], n_outputs)
        for _ in range(ROUNDS):
            units = Units.of(some.X, self)
            signs = some.signs[:, outputs]
            A, B, _, _ = constraints(units.design, signs, self.cost.coupled)
            if getattr(A, "nnz", A.size) > self.entries:
                break
            d, decided = recession_direction(A, B, walls)
            if d is None and decided and some.spans:
                return None
            if d is None:
                break
            d = units.to_columns(d.reshape(n_outputs, -1).T)
            d = self._embedded(d, outputs)
            if not self._recedes(d, some, units):
                break  # not decided, because of rounding
            rising = self._rising(d, units, MORE_ROWS)
            if rising.shows_ray:
                return self._found(d, units)
            some = some.and_also(rising)
        return Escape(None)

    def _rising(self, d, units, limit=1):
        """Return the rows whose losses increase most along d, and their number."""
        return self._rows(rising, d, self._reach(d, units), self.cost.coupled, limit)

    def _recedes(self, d, some, units):
        """Return True if d is a direction of recession for some rows."""
        reach = self._reach(d, units)
        _, rises, falls = rates(some.X, some.signs, d, reach, self.cost.coupled)
        ahead = not (d[self.walls] < 0).any()
        return ahead and not rises.any() and bool(falls.any())

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
        reach = np.zeros((len(d), 1))
        w = d[self.free]
        largest = np.abs(units.from_columns(w)).max(initial=0.0)
        reach[self.free, 0] = np.abs(w).max(axis=1) + largest * units.spread_of_one()
        return reach

    def _found(self, d, units):
        shares = np.zeros(len(d))
        shares[self.free] = np.abs(units.from_columns(d[self.free])).max(axis=1)
        return Escape(d, shares[:-1])


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
class Picked:
    """Some rows, on the host, with their losses at a point.

    Parameters
    ----------
    X : ndarray or CSR matrix of shape (n_picked, n_features)
    signs, slopes, bends : ndarrays of shape (n_picked, n_outputs)
        ``receding``, gradient and curvature of the losses.
    weight, score : ndarrays of shape (n_picked,)
        Rows with the largest scores are kept.
    limit : float
        Maximum number of rows; may be infinite.
    epsilon : float
        Rounding unit of the gradient.
    seen : int
        Number of rows from which they were picked.
    rises, falls : int
        Number of these with losses that increase, or decrease, along a direction.
    spans : bool
        Whether they span the same space as all rows.
    """

    X: Any
    signs: Any
    slopes: Any
    bends: Any
    weight: Any
    score: Any
    limit: float
    epsilon: float
    seen: int = 0
    rises: int = 0
    falls: int = 0
    spans: bool = False

    @property
    def count(self):
        """Number of rows."""
        return len(self.weight)

    @property
    def shows_ray(self):
        """Whether no loss increases along the direction, and one decreases."""
        return not self.rises and self.falls > 0

    def and_also(self, other):
        """Return these rows together with others, without a limit."""
        return replace(self, limit=math.inf) + other

    def __add__(self, other):
        parts = (self, other)
        stack: Any = sparse.vstack if sparse.issparse(self.X) else np.vstack
        X = stack([part.X for part in parts])
        joined: dict[str, Any] = {
            name: np.concatenate([getattr(part, name) for part in parts])
            for name in ("signs", "slopes", "bends", "weight", "score")
        }
        joined["X"] = X.tocsr() if sparse.issparse(X) else X
        totals: dict[str, Any] = {
            name: sum(getattr(part, name) for part in parts)
            for name in ("seen", "rises", "falls")
        }
        return replace(self, **joined, **totals).cut()

    def cut(self):
        """Return the rows with the largest scores."""
        if self.count <= self.limit:
            return self
        kept = np.sort(np.argsort(-self.score, kind="stable")[: self.limit])
        names = ("X", "signs", "slopes", "bends", "weight", "score")
        return replace(self, **{name: getattr(self, name)[kept] for name in names})


def rates(X, signs, d, reach, coupled):
    """Return each row's lowest rate of decrease along d, and where it rises or falls.

    Changes that may be due to rounding of X d, or of d itself, count as neither.
    """
    X = _arrays.widen(X)
    d, reach = (_arrays.like(part, X, "same") for part in (d, reach))
    signs = _arrays.like(signs, d, "same")
    s = affine(X, d[:-1, :], d[-1:, :])
    size = abs(X) if sparse.issparse(X) else _arrays.namespace(X).abs(X)
    size = affine(size, reach[:-1, :], reach[-1:, :])[:, 0]
    least, most = falling_rates(signs, s, coupled)
    rounding = 2 * (d.shape[0] + 1) * _arrays.epsilon(d) * size
    return least, least < -rounding, most > rounding


# Statistics of a block: which of its rows to take. ``at`` is theta, loss and n_classes.


def spread(X, y, weight, at, limit, n_rows):
    """Return evenly spaced rows, about limit of all n_rows."""
    there, n = _weighted(X, weight), X.shape[0]
    share = limit if math.isnan(n_rows) else math.ceil(limit * n / max(1, n_rows))
    some = there[:: max(1, len(there) // max(1, share))]
    return replace(_picked(X, y, weight, at, some, limit), seen=len(there))


def with_part_in(X, y, weight, at, d, reach, limit):
    """Return rows whose outputs change along a direction."""
    signs = _arrays.to_numpy(_signs(X, y, at)[:, :1])
    _, one, other = rates(X, 0 * signs, d[:, :1], reach, False)
    there = _weighted(X, weight)
    some = there[_arrays.to_numpy(one | other)[there]]
    return _picked(X, y, weight, at, some, limit)


def rising(X, y, weight, at, d, reach, coupled, limit):
    """Return the rows whose losses increase most along a direction."""
    least, rises, falls = rates(X, _signs(X, y, at), d, reach, coupled)
    there = _weighted(X, weight)
    least, rises, falls = (_arrays.to_numpy(a)[there] for a in (least, rises, falls))
    worst = np.flatnonzero(rises)
    worst = worst[np.argsort(least[worst], kind="stable")[:limit]]
    picked = _picked(X, y, weight, at, there[worst], limit, -least[worst])
    return replace(picked, rises=int(rises.sum()), falls=int(falls.sum()))


def _signs(X, y, at):
    """Return ``receding`` of a block's losses."""
    _, loss, n_classes = at
    return loss.receding(as_outputs(y, X, n_classes))


def _weighted(X, weight):
    """Return the indices of a block's rows that have a weight."""
    if weight is None:
        return np.arange(X.shape[0])
    return np.flatnonzero(_arrays.to_numpy(weight) > 0)


def _picked(X, y, weight, at, some, limit, score=None):
    """Return some rows of a block as `Picked`; without scores all are equal."""
    theta, loss, n_classes = at
    X, y = _arrays.take_rows(X, some), _arrays.take_rows(y, some)
    weight = None if weight is None else _arrays.take_rows(weight, some)
    y, z = targets_and_outputs(X, y, theta, n_classes)
    signs, slopes, bends = loss.receding(y), loss.gradient(y, z), loss.curvature(y, z)
    if score is None:
        # Scores that keep rows evenly spaced at any limit (golden section).
        score = np.arange(1.0, len(some) + 1) * GOLDEN % 1
    return Picked(
        X.astype(np.float64) if sparse.issparse(X) else _host(X),
        *(_host(signs), _host(slopes), _host(bends)),
        np.ones(len(some)) if weight is None else _host(weight),
        score,
        limit,
        _arrays.epsilon(X),
    ).cut()


def _host(x):
    x = x if type(x) is np.ndarray else _arrays.to_numpy(x)
    return x.astype(np.float64, copy=False)
