r"""Normal densities, feature by feature.

.. math:: \log P(x | y) = -\tfrac12 \log(2 \pi v_y) - \frac{(x - \theta_y)^2}{2 v_y}
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from skmath import _arrays
from skmath.probability.left_out import as_numbers, remaining
from skmath.statistics.moments import moments_by_class

__all__ = ["Gaussian"]

NEAR = 1e4
"""Squared distance of the centre from zero, in variances, up to which sums about zero
lose few digits."""


@dataclass(frozen=True)
class Gaussian:
    r"""log P(x | y) = -log(2 pi var) / 2 - (x - theta)^2 / (2 var).

    Parameters
    ----------
    var_smoothing : float or "auto", default=1e-9
        Fraction of a feature's variance (over all classes) that is added to its
        variance in each class. "auto" adds one row with that variance to each class.
    unit : float, default=1.0
        Weight of one row.
    """

    var_smoothing: float | str = 1e-9
    unit: float = 1.0

    def statistics(self, X: Any, members: Any, weight: Any) -> Any:
        """Return the moments of a block by class."""
        return moments_by_class(X, members, weight)

    def fit(self, sums: Any) -> dict[str, Any]:
        """Return theta_ and var_, (n_classes, n_columns), and the data's centre."""
        _, centre, pooled = _of_all_classes(sums)
        theta, variance = self._smoothed(
            sums.weight, sums.mean, sums.variance, centre, pooled
        )
        xp = _arrays.namespace(variance)
        near = float(xp.max(_distance(centre, variance))) < NEAR
        return {"theta_": theta, "var_": variance, "_centre_": centre, "_near_": near}

    def _smoothed(
        self, weight: Any, mean: Any, variance: Any, centre: Any, pooled: Any
    ) -> tuple[Any, Any]:
        """Return means and variances; a class without values gets the overall ones."""
        xp, observed = _arrays.namespace(mean), weight > 0
        # A feature that is constant up to rounding is not informative: it gets the same
        # variance in every class.
        rounding = (8 * _arrays.epsilon(centre) * centre) ** 2
        pooled = xp.where(pooled > rounding, pooled, xp.ones_like(pooled))
        if self.var_smoothing == "auto":
            # As a fraction, because the weight of a row times a square may underflow.
            share = self.unit / (weight + self.unit)
            variance = variance + share * (pooled - variance)
        else:
            smoothing = max(self.var_smoothing, _arrays.epsilon(pooled) ** 2)
            variance = variance + smoothing * pooled
        # A class without values gets the parameters over all classes.
        theta = xp.where(observed, mean, centre)
        variance = xp.where(observed, variance, pooled)
        # Squares of tiny deviations underflow, and no variance is zero.
        least = float(xp.finfo(variance.dtype).smallest_normal)
        return theta, xp.where(variance < least, 0 * variance + least, variance)

    def left_out(
        self, X: Any, codes: Any, unit: float, sums: Any, parameters: Any
    ) -> Any:
        """Return the leave-one-out sums of log densities."""
        X, observed = as_numbers(X)
        weight = np.broadcast_to(sums.weight, sums.mean.shape)[codes]
        own = _without(X, unit, weight, sums.mean[codes], sums.variance[codes])
        _, *rest = _without(X, unit, *_of_all_classes(sums))
        theta, variance = self._smoothed(*own, *rest)
        error = self._near(X - theta, variance)
        each = np.log(2 * math.pi * variance) + error**2 / variance
        return -0.5 * np.sum(each, axis=1, where=observed)

    def by_feature(self, X: Any, parameters: Any) -> Any:
        """Return the log density of each value in each class; 0 for missing values."""
        xp = _arrays.namespace(parameters["theta_"])
        centre, var = parameters["_centre_"], parameters["var_"].T
        X, observed = _arrays.without_missing(_arrays.dense(X), centre)
        error = self._near(_arrays.widen(X) - centre, var.T)[:, :, None]
        error = error - (parameters["theta_"] - centre).T
        each = -0.5 * (xp.log(2 * math.pi * var) + error * error / var)
        return each if observed is None else each * observed[:, :, None]

    def log_likelihood(self, X: Any, parameters: Any) -> Any:
        """Return the sum over the columns as x^2 A + x B + c about the data's centre.

        Two matrix products are enough for all classes. Centring and the widest float
        avoid cancellation: terms may be as large as 1 / var_smoothing.
        """
        centre = parameters["_centre_"]
        if _arrays.is_array(X) and parameters["_near_"]:
            with np.errstate(over="ignore", invalid="ignore"):
                total = self._quadratic(_arrays.widen(X), 0 * centre, parameters)
            # Neither missing values nor outliers whose squares overflow.
            if _arrays.all_finite(total):
                return total
        if not _arrays.is_array(X):
            return self._of_sparse(X, parameters)
        X, observed = _arrays.without_missing(X, centre)
        X = self._near(_arrays.widen(X) - centre, parameters["var_"])
        return self._quadratic(X, centre, parameters, observed)

    def _quadratic(
        self, X: Any, centre: Any, parameters: dict[str, Any], observed: Any = None
    ) -> Any:
        """Return x^2 A + x B + c for X that was centred."""
        xp = _arrays.namespace(parameters["theta_"])
        theta, var = parameters["theta_"] - centre, parameters["var_"]
        each = theta * theta / var + xp.log(2 * math.pi * var)
        constant = xp.sum(each, axis=1) if observed is None else observed @ each.T
        squares = X * X if _arrays.is_array(X) else X.multiply(X)
        total = _arrays.dense(squares @ (-0.5 / var).T)
        total += X @ (theta / var).T
        total -= 0.5 * constant
        return total

    def _of_sparse(self, X: Any, parameters: dict[str, Any]) -> np.ndarray:
        """Return the sum for sparse X; columns far from zero are made dense."""
        distance = _distance(parameters["_centre_"], parameters["var_"])
        far = np.flatnonzero(distance.max(axis=0) >= NEAR)
        if not len(far):
            return self._quadratic(_arrays.widen(X), 0.0, parameters)
        near = np.setdiff1d(np.arange(X.shape[1]), far)
        parts = [
            {k: v if k == "_near_" else v[..., c] for k, v in parameters.items()}
            for c in (near, far)
        ]
        total = self._quadratic(_arrays.widen(X[:, near]), 0.0, parts[0])
        return total + self.log_likelihood(X[:, far].toarray(), parts[1])

    def draw(self, parameters: Any, codes: Any, state: Any) -> np.ndarray:
        """Draw a value of each column, given class codes."""
        theta, var = (np.asarray(parameters[name]) for name in ("theta_", "var_"))
        return state.normal(theta[codes], np.sqrt(var[codes]))

    def _near(self, centred: Any, var: Any) -> Any:
        """Return the deviations, with outliers clipped so that squares are finite."""
        xp = _arrays.namespace(centred)
        far = 1e140 * float(xp.min(var)) ** 0.5
        if float(xp.max(xp.abs(centred))) <= far:
            return centred
        return xp.clip(centred, -far, far)


def _distance(centre: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Return the squared distance of the centre from zero, in variances."""
    with np.errstate(over="ignore"):  # infinite is far, too
        return centre**2 / variance


def _of_all_classes(sums: Any) -> tuple[Any, Any, Any]:
    """Return weight, mean and variance of the columns over all classes."""
    xp = _arrays.namespace(sums.mean)
    total = xp.sum(sums.weight, axis=0)
    share = sums.weight / xp.where(total > 0, total, xp.ones_like(total))
    centre = xp.sum(share * sums.mean, axis=0)
    between = (sums.mean - centre) ** 2
    return total, centre, xp.sum(share * (sums.variance + between), axis=0)


def _without(
    x: np.ndarray,
    unit: float,
    weight: np.ndarray,
    mean: np.ndarray,
    variance: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return weight, mean and variance without one unit of weight at x."""
    left, has_others = remaining(weight, unit)
    error = (x - mean) / left
    scatter = weight * variance - unit * weight * error * (x - mean)
    weight = np.where(has_others, left, 0.0)
    return weight, mean - unit * error, np.maximum(scatter, 0) / left
