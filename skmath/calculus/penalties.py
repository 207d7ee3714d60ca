r"""Penalties: the cost of large coefficients, and the duality gap of a penalised cost.

A penalty is the sum of a smooth part, which is differentiated with the loss, and a part
with a kink or a constraint, which acts through its proximal map
prox(v) = argmin_w (w - v)^2 / (2 step) + kink(w).

- ``value(w)``: the whole penalty, a number;
- ``gradient(w)``: of the smooth part, shape of w;
- ``prox(v, step)``: of the other part, shape of v; step broadcasts against it.

Any object with these methods is a valid penalty for `GDLinearModel`. Further attributes
enable more; all penalties of this package use the same ones:

- ``curvature``, the second derivative of the smooth part (0 if it has none), and
  ``is_smooth``, whether the proximal map returns v: enable the quasi-Newton rule;
- ``quadratic_minimum(start, H, b, scale, step)``, its proximal map in a Hessian's
  metric: enables Newton steps. `skmath.calculus.partly_smooth.PartlySmooth` implements
  it for any penalty that knows where it is smooth (``free``), with its ``slope`` and
  ``hessian``;
- ``times(factor)``, the penalty with its strength multiplied: enables the choice among
  several strengths by cross-validation, with ``largest_factor(gradient)`` along a path
  that starts where all coefficients are at their kink, and with ``keeps_nonzero`` if
  some coefficients are not zero there;
- ``slack(w, gradient)``, ``whole_groups(indices)`` and ``of_columns(indices)``: enable
  working sets of the columns that matter;
- ``dual_scale(gradient)`` and ``fenchel_gap(w, gradient)``: enable a duality gap;
- ``in_units(slope, curvature)``: enables ``alpha="auto"`` for standardised columns;
  ``with_curvature(curvature)`` sets the unit of a concave part;
- ``project(w, scale)``: lets a descent start at the nearest feasible w;
- ``kink_slope(w, d)``, the derivative along a line, and with ``has_constraints`` the
  largest feasible step, ``largest_step(w, d)``: enable line searches where a loss's
  curvature jumps;
- ``restricted(n_features)``, which coefficients are penalised and which are
  constrained, with ``has_unpenalized``: enable the detection of an optimum at infinity.

================================  =====================================================
penalty                           object
================================  =====================================================
"l2", "l1", "elasticnet", None    `ElasticNet`, with ``positive``
"group", "sparse_group"           `skmath.calculus.SparseGroup`
bounds                            `skmath.calculus.Bounded`
constraints                       `skmath.calculus.LinearlyConstrained`
"mcp", "scad"                     `skmath.calculus.MCP`, `skmath.calculus.SCAD`
"fused"                           `skmath.calculus.FusedLasso`
penalty_matrix                    `skmath.calculus.Tikhonov`
================================  =====================================================

A convex cost F(w) = f(w) + P(w), where f is the mean of a loss of X w, is bounded from
below by its Fenchel dual: every slope u of the losses gives a bound. If u are the
losses' own slopes at w, and g is the gradient of f, the cost at w is above the optimum
by at most the duality gap,

.. math:: P(w) + P^*(-g) + g^T w,

which is 0 exactly if -g is a subgradient of the penalty at w. P* is finite everywhere
if each coefficient has an l2 part; for a lasso u is shrunk until P* is finite. This
costs a squared error little, and any other loss at most the fraction by which u is
shrunk times the mean loss above its minimum, because L* is convex and L*(0) = -min L.
The bound assumes that the gradient with respect to the intercept is 0.

References
----------
.. [1] N. Parikh and S. Boyd, "Proximal algorithms", Foundations and Trends in
   Optimization, 1(3), 2014, section 6.5.2.
.. [2] S. Boyd and L. Vandenberghe, *Convex Optimization*, 2004, section 5.5.1.
.. [3] S.-J. Kim, K. Koh, M. Lustig, S. Boyd and D. Gorinevsky, "An interior-point
   method for large-scale l1-regularized least squares", IEEE J. Sel. Topics Signal
   Process., 1(4), 2007, equations (12) to (14).
"""

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from skmath import _arrays

__all__ = ["L1", "L2", "PENALTIES", "ElasticNet", "duality_gap", "resolve_penalty"]


@dataclass(frozen=True)
class ElasticNet:
    """alpha v (l1_ratio |w| + (1 - l1_ratio) w^2 / 2), summed over the coefficients.

    Parameters
    ----------
    alpha : float
        Strength of the penalty.
    l1_ratio : float
        Between 0 (l2) and 1 (l1).
    weights : float or array of shape (n_features, 1), default=1.0
        v: per-coefficient weights of the penalty; 0 means unpenalised.
    positive : bool or array of shape (n_features, 1), default=False
        Which coefficients must be nonnegative.

    Attributes
    ----------
    kink_strength, curvature : float or array of shape (n_features, 1)
        Slope of the part with a kink at zero, alpha v l1_ratio, and second derivative
        of the smooth part, alpha v (1 - l1_ratio).
    has_constraints : bool
        Whether some coefficients must be nonnegative.
    has_kinks : bool
        Whether some coefficients have a kink at zero, which can hold them there.
    is_smooth : bool
        Whether there are neither kinks nor sign constraints.
    has_unpenalized : bool
        Whether some coefficients are not penalised.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import ElasticNet
    >>> ElasticNet(alpha=1.0, l1_ratio=1.0).prox(np.array([3.0, -0.5]), 1.0)
    array([ 2., -0.])
    >>> ElasticNet(1.0, 0.0, positive=True).prox(np.array([3.0, -0.5]), 1.0)
    array([3., 0.])
    """

    alpha: float
    l1_ratio: float
    weights: Any = 1.0
    positive: Any = False

    if TYPE_CHECKING:  # computed below, and not fields of the dataclass
        kink_strength: Any = field(init=False)
        curvature: Any = field(init=False)
        has_constraints: bool = field(init=False)
        has_kinks: bool = field(init=False)
        is_smooth: bool = field(init=False)
        has_unpenalized: bool = field(init=False)

    def __post_init__(self) -> None:
        kink = self.alpha * self.l1_ratio * self.weights
        curvature = self.alpha * (1 - self.l1_ratio) * self.weights
        has_constraints = _any(self.positive)
        vars(self).update(
            kink_strength=kink,
            curvature=curvature,
            has_constraints=has_constraints,
            has_kinks=_any(kink),
            is_smooth=not (_any(kink) or has_constraints),
            has_unpenalized=_any(kink + curvature == 0),
        )

    def in_units(self, slope: Any, curvature: Any) -> Self:
        """Multiply the kinks by slope, and the squares by curvature.

        Parameters
        ----------
        slope, curvature : array of shape (n_features, n_outputs or 1)

        Returns
        -------
        ElasticNet
        """
        return self.with_parts(self.kink_strength * slope, self.curvature * curvature)

    def with_parts(self, kink_strength: Any, curvature: Any) -> Self:
        """Return the penalty with other strengths of its two parts."""
        other = replace(self)
        vars(other).update(kink_strength=kink_strength, curvature=curvature)
        return other

    def times(self, factor: float) -> Self:
        """Return the penalty with its strength multiplied by a factor."""
        scaled = replace(self, alpha=self.alpha * factor)
        kink, ridge = self.kink_strength * factor, self.curvature * factor
        vars(scaled).update(kink_strength=kink, curvature=ridge)
        return scaled

    def value(self, w: Any) -> float:
        """Return the penalty summed over all coefficients, a number."""
        xp = _arrays.namespace(w)
        cost = 0.5 * self.curvature * (w * w) + self.kink_strength * xp.abs(w)
        return float(xp.sum(cost))

    def gradient(self, w: Any) -> Any:
        """Return alpha v (1 - l1_ratio) w."""
        return self.curvature * w

    def kink_slope(self, w: Any, d: Any) -> Any:
        """Return the derivative of the kinks at w along d, for each output."""
        xp = _arrays.namespace(w)
        # At zero, a kink increases for either sign of d.
        signs = xp.where(w == 0, xp.sign(d), xp.sign(w))
        return xp.sum(self.kink_strength * signs * d, axis=0)

    def centred(self, w: Any) -> Any:
        """Subtract a number from each row of w to minimise the penalty.

        With a |w_k - u| + b (w_k - u)^2 / 2 summed over K outputs, of which i are below
        u, the slope is zero at mean(w) + a (K - 2 i) / (b K); as the slope is
        increasing, the best u is the median of these numbers and the w_k. Return None
        with sign constraints, or if outputs have different penalties.
        """
        K, u = w.shape[1], _arrays.host(w)
        strengths = (self.kink_strength, self.curvature)
        a, b = (_arrays.host(x) + 0.0 * u for x in strengths)
        if self.has_constraints or np.ptp(a, axis=1).any() or np.ptp(b, axis=1).any():
            return None
        steps = K - 2.0 * np.arange(K + 1)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            level = u.mean(axis=1, keepdims=True) + steps * (a / b)[:, :1] / K
        # With l1 alone all u between two w_k are equally good; take the one nearest 0.
        ends = np.where(steps > 0, np.inf, -np.inf)
        without = np.where(steps == 0, 0.0, ends)
        level = np.where(b[:, :1] > 0, level, without)
        centre = np.median(np.concatenate([u, level], axis=1), axis=1, keepdims=True)
        centre = np.where((a + b)[:, :1] > 0, centre, 0.0)
        return _arrays.like(u - centre, w, "same")

    def largest_step(self, w: Any, d: Any) -> float:
        """Return the largest s for which w + s d is feasible, a number."""
        xp = _arrays.namespace(d)
        nonnegative = xp.asarray(self.positive, device=_arrays.device(d))
        falls = nonnegative & (d < 0)
        steps = xp.where(falls, w / xp.where(falls, -d, 1.0), xp.inf)
        return float(xp.min(steps))

    def prox(self, v: Any, step: Any) -> Any:
        """Soft thresholding: move v towards zero by alpha v l1_ratio step.

        Coefficients that must be nonnegative are lowered by that, but not below zero.
        """
        if self.is_smooth:
            return v
        xp = _arrays.namespace(v)
        zero = xp.zeros_like(v)
        shift = self.kink_strength * step
        shorter = xp.abs(v) - shift
        free = xp.sign(v) * xp.where(shorter > 0, shorter, zero)
        if not self.has_constraints:
            return free
        above = xp.where(v - shift > 0, v - shift, zero)
        return xp.where(
            xp.asarray(self.positive, device=_arrays.device(v)), above, free
        )

    def restricted(self, n_features: int) -> tuple[Any, ...]:
        """Return which coefficients are penalised, and which must be nonnegative.

        Parameters
        ----------
        n_features : int

        Returns
        -------
        penalized, nonnegative : ndarray of bool of shape (n_features,)
        """
        parts: Any = (self.kink_strength + self.curvature > 0, self.positive)
        parts = (_arrays.to_numpy(p) if _arrays.is_array(p) else p for p in parts)
        columns = (np.atleast_2d(p).any(axis=1) for p in parts)
        return tuple(np.broadcast_to(c, (n_features,)) for c in columns)

    def dual_scale(self, gradient: Any) -> float | None:
        """Return the largest fraction, up to 1, of a slope for which P* is finite.

        Return None if P* is finite for every slope, NaN if the fraction is not known.
        """
        xp = _arrays.namespace(gradient)
        a, b = (x + 0.0 * gradient for x in (self.kink_strength, self.curvature))
        if bool(xp.all(b > 0)):
            return None
        if bool(xp.any(b > 0)):
            return math.nan
        # Without l2, shrunk slopes are feasible; this increases the losses' part.
        outward = self._outward(gradient)
        share = xp.where(a > 0, a, 0.0) / xp.where(outward == 0, 1.0, outward)
        share = xp.where(outward == 0, xp.ones_like(gradient), share)
        return min(1.0, float(xp.min(share)))

    def largest_factor(self, gradient: Any) -> float:
        """Return the factor of the strength above which all zeros stay zero.

        It is 0 if no coefficient has a kink.
        """
        xp = _arrays.namespace(gradient)
        kinks = self.kink_strength + 0.0 * gradient
        ratios = self._outward(gradient) / xp.where(kinks > 0, kinks, xp.inf)
        return float(xp.max(ratios))

    def fenchel_gap(self, w: Any, gradient: Any) -> float:
        """Return P(w) + P*(-gradient) + gradient'w, for a slope with finite P*."""
        xp = _arrays.namespace(w)
        a, b = self.kink_strength + 0.0 * w, self.curvature + 0.0 * w
        beyond = xp.clip(self._outward(gradient) - a, 0.0, None)
        conjugate = xp.where(b > 0, beyond**2 / xp.where(b > 0, 2 * b, 1.0), 0.0)
        gap = a * xp.abs(w) + 0.5 * b * w**2 + conjugate + gradient * w
        return float(xp.sum(gap))

    def _outward(self, gradient: Any) -> Any:
        """Return the size of a slope, 0 if it pushes against a sign constraint."""
        xp = _arrays.namespace(gradient)
        nonnegative = xp.asarray(self.positive, device=_arrays.device(gradient))
        blocked = nonnegative & (gradient > 0)
        return xp.where(blocked, 0.0, xp.abs(gradient))

    def slack(self, w: Any, gradient: Any) -> Any:
        """Return how far a slope of the loss is from moving a coefficient off zero.

        It is minus infinity if a coefficient is not zero or not held there.
        """
        kink = self.kink_strength + 0.0 * w
        held = self.positive & (gradient > 0)
        free = (w != 0) | ((kink == 0) & ~held)
        slack = kink - np.where(held, 0.0, np.abs(gradient))
        return np.where(free, -math.inf, slack)

    def whole_groups(self, indices: Any) -> Any:
        """Return the columns that must enter together with some: only these."""
        return indices

    def of_columns(self, indices: Any) -> Self:
        """Return the penalty for some of the coefficients."""
        part = replace(self)
        for name in ("weights", "positive", "kink_strength", "curvature"):
            x = getattr(self, name)
            if _arrays.is_array(x) and x.ndim:
                vars(part)[name] = x[indices, ...]
        return part

    def of_output(self, j: int) -> Self:
        """Return the penalty for the coefficients of one output."""
        part = replace(self)
        for name in ("kink_strength", "curvature"):
            x = getattr(self, name)
            if _arrays.is_array(x) and x.ndim == 2 and x.shape[1] > 1:
                vars(part)[name] = x[:, j : j + 1]
        return part


def L2(alpha: float) -> ElasticNet:
    """Return alpha w^2 / 2, the ridge penalty."""
    return ElasticNet(alpha, 0.0)


def L1(alpha: float) -> ElasticNet:
    """Return alpha |w|, the lasso penalty."""
    return ElasticNet(alpha, 1.0)


PENALTIES = {
    "l2": lambda alpha, l1_ratio, *each: ElasticNet(alpha, 0.0, *each),
    "l1": lambda alpha, l1_ratio, *each: ElasticNet(alpha, 1.0, *each),
    "elasticnet": ElasticNet,
    None: lambda alpha, l1_ratio, *each: ElasticNet(0.0, 0.0, *each),
}
"""Named penalties, as functions of alpha, l1_ratio, weights and positive."""


def resolve_penalty(
    penalty: Any,
    alpha: float,
    l1_ratio: float,
    weights: Any = 1.0,
    positive: Any = False,
) -> Any:
    """Return the penalty of a given name, or a custom one completed by the defaults.

    Parameters
    ----------
    penalty : str, None or object
        A custom object has its own strength and ignores the other parameters.
    alpha, l1_ratio : float
        As in `ElasticNet`.
    weights : float or array of shape (n_features,), default=1.0
    positive : bool or array of shape (n_features,), default=False

    Returns
    -------
    object
        With ``value``, ``gradient``, ``prox``, ``curvature`` and ``is_smooth``.
    """
    if penalty is None or isinstance(penalty, str):
        return PENALTIES[penalty](alpha, l1_ratio, weights, positive)
    return _Completed(penalty)


class _Completed:
    """A custom penalty, completed by defaults."""

    curvature = 0.0
    is_smooth = False
    has_unpenalized = False

    def __init__(self, own: Any) -> None:
        for name in dir(own):
            if not name.startswith("__"):
                setattr(self, name, getattr(own, name))


def duality_gap(
    penalty: Any,
    w: Any,
    gradient: Any,
    value: float,
    *,
    squared_error: bool = False,
    least: float | None = None,
) -> float:
    """Bound how far a cost is above its optimum; infinity if no bound is known.

    Parameters
    ----------
    penalty : object of this module
        The bound is known for penalties with a ``fenchel_gap``, such as `ElasticNet`.
    w : array of shape (n_features, n_outputs)
    gradient : array of shape (n_features, n_outputs)
        Gradient of the mean loss, without the penalty.
    value : float
        Mean of the loss.
    squared_error : bool, default=False
        Whether the loss is half the squared error, with one output.
    least : float, default=None
        Lower bound of the mean loss; None if none is known.

    Returns
    -------
    float
        In the units of the cost.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import L2, duality_gap
    >>> w = np.array([[2.0]])
    >>> duality_gap(L2(0.5), w, -0.5 * w, 1.0)  # the penalty's slope: the optimum
    0.0
    """
    if not hasattr(penalty, "fenchel_gap"):
        return math.inf
    share, rest = penalty.dual_scale(gradient), 0.0
    if share is None:  # of any slope
        share = 1.0
    elif math.isnan(share):
        return math.inf
    elif squared_error:
        rest = (1 - share) ** 2 * value
    elif least is not None:
        rest = (1 - share) * (value - least)
    else:
        return math.inf
    with np.errstate(over="ignore", invalid="ignore"):
        gap = rest + penalty.fenchel_gap(w, share * gradient)
    return max(0.0, gap) if math.isfinite(gap) else math.inf


def _any(x: Any) -> bool:
    """Return True if a number, or any entry of an array, is not zero."""
    return bool(_arrays.namespace(x).any(x != 0) if _arrays.is_array(x) else x != 0)
