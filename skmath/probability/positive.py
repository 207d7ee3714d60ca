r"""Densities of positive values: exponential, gamma and log-normal.

Missing values (NaN) are left out of the sums and of the product. Gamma and log-normal
also leave out values that are not positive from their sums. In prediction they replace
them by a value that is as low as values of any class get: ten standard deviations of
the logarithm below its mean.

References
----------
.. [1] T. P. Minka, "Estimating a Gamma distribution", Microsoft Research, 2002,
   equations 11 and 12.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import gammaln, polygamma, psi

from skmath import _arrays
from skmath.probability.counts import Poisson, _class_weights, _zero_filled
from skmath.probability.gaussian import Gaussian
from skmath.probability.left_out import as_numbers, remaining
from skmath.statistics.moments import moments_by_class

__all__ = ["Exponential", "Gamma", "LogNormal"]

FAR = 10
"""Distance of the lowest value below the mean of the logarithms, in their standard
deviations."""

LEAST = 1e-7
"""Minimum difference between the logarithm of the mean and the mean logarithm, whose
rounding is 1e-9: a relative deviation of 0.05%."""

SERIES = 5e-5
"""Difference up to which a series gives the shape to 14 digits."""

LARGE = 1e3
"""Shape from which Stirling's series is accurate to 16 digits."""

STEPS = 3
"""Newton steps for a shape, from a start that is accurate to a few percent."""


@dataclass(frozen=True)
class Exponential(Poisson):
    """log P(x | y) = -log mean - x / mean, for waiting times and amounts.

    Parameters
    ----------
    alpha : float, default=1.0
        Pseudo-rows, with the mean over all classes, added to each class.
    """

    def fit(self, sums: Any) -> dict[str, Any]:
        """Return mean_, (n_classes, n_columns)."""
        return {"mean_": super().fit(sums)["rate_"]}

    def by_feature(self, X: Any, parameters: Any) -> Any:
        """Return the log density of each value."""
        X, observed = _zero_filled(_arrays.dense(X))
        xp, mean = _arrays.namespace(X), parameters["mean_"].T
        each = -xp.log(mean) - X[:, :, None] / mean
        return each if observed is None else each * observed[:, :, None]

    def log_likelihood(self, X: Any, parameters: Any) -> Any:
        """Return the sum over the columns, as one matrix product."""
        X, observed = _zero_filled(_arrays.dense(X))
        xp, mean = _arrays.namespace(X), parameters["mean_"]
        logs = xp.log(mean)
        constant = xp.sum(logs, axis=1) if observed is None else observed @ logs.T
        return -(X @ (1 / mean).T) - constant

    def _logs(self, X: np.ndarray, rate: np.ndarray) -> np.ndarray:
        """Return the log density of each value for its own mean."""
        return -np.log(rate) - X / rate

    def draw(self, parameters: Any, codes: Any, state: Any) -> np.ndarray:
        """Draw a value of each column, given class codes."""
        return state.exponential(np.asarray(parameters["mean_"])[codes])


@dataclass(frozen=True)
class LogNormal:
    r"""log P(x | y) is the log of the normal density of log x, minus log x.

    Zeros are left out of the sums: their number in a class has no effect.

    Parameters
    ----------
    var_smoothing : float or "auto", default=1e-9
        Smoothing of the variance of the logarithm, see `Gaussian`.
    unit : float, default=1.0
        Weight of one row.
    """

    var_smoothing: float | str = 1e-9
    unit: float = 1.0
    counts = True

    @property
    def _of_logs(self) -> Gaussian:
        return Gaussian(self.var_smoothing, self.unit)

    def statistics(self, X: Any, members: Any, weight: Any) -> Any:
        """Return the moments of the logarithms by class."""
        X, _ = _positive_part(X)
        with np.errstate(invalid="ignore"):
            return moments_by_class(np.log(X), members, weight)

    def fit(self, sums: Any) -> dict[str, Any]:
        """Return log_theta_ and log_var_, (n_classes, n_columns)."""
        fitted = self._of_logs.fit(sums)
        theta, var = fitted["theta_"], fitted["var_"]
        return {
            "log_theta_": theta,
            "log_var_": var,
            "_centre_": fitted["_centre_"],
            "_near_": fitted["_near_"],
            "_least_": np.min(theta - FAR * np.sqrt(var), axis=0),
        }

    def by_feature(self, X: Any, parameters: Any) -> Any:
        """Return the log density of each value in each class; 0 for missing values."""
        logs = _logarithms(X, parameters["_least_"])
        each = self._of_logs.by_feature(logs, _as_gaussian(parameters))
        return each - np.nan_to_num(logs)[:, :, None]

    def log_likelihood(self, X: Any, parameters: Any) -> Any:
        """Return the sum over the columns."""
        logs = _logarithms(X, parameters["_least_"])
        total = self._of_logs.log_likelihood(logs, _as_gaussian(parameters))
        return total - np.nansum(logs, axis=1)[:, None]

    def left_out(
        self, X: Any, codes: Any, unit: float, sums: Any, parameters: Any
    ) -> Any:
        """Return the leave-one-out sums of log densities."""
        logs = _logarithms(X, parameters["_least_"])
        fitted = _as_gaussian(parameters)
        total = self._of_logs.left_out(logs, codes, unit, sums, fitted)
        return total - np.nansum(logs, axis=1)

    def draw(self, parameters: Any, codes: Any, state: Any) -> np.ndarray:
        """Draw a value of each column, given class codes."""
        return np.exp(self._of_logs.draw(_as_gaussian(parameters), codes, state))


@dataclass(frozen=True)
class Gamma:
    r"""The gamma density of shape k and mean m, for amounts and durations.

    .. math:: \log P(x | y) = k \log\frac{k}{m} - \log\Gamma(k) + (k - 1) \log x
              - \frac{k x}{m}

    The shape of highest likelihood solves log k - psi(k) = log m - (mean of log x).
    Zeros are left out of the sums: their number in a class has no effect.

    Parameters
    ----------
    var_smoothing : float or "auto", default=1e-9
        Fraction of a feature's spread, log m - (mean of log x) over all classes, that
        is added to the spread of each class; it is half of the squared relative
        deviation, if that is small. "auto" adds one row with that spread to each class.
    unit : float, default=1.0
        Weight of one row.
    """

    var_smoothing: float | str = 1e-9
    unit: float = 1.0
    counts = True

    def statistics(self, X: Any, members: Any, weight: Any) -> tuple[Any, ...]:
        """Return the sums of the values, of their logarithms, and the counts."""
        X, _ = _positive_part(X)
        X, observed = _zero_filled(X)
        members, count = _class_weights(members, weight, observed)
        logs = np.log(np.where(X > 0, X, 1.0))
        return members.T @ X, members.T @ logs, count

    def fit(self, sums: Any) -> dict[str, Any]:
        """Return shape_ and gamma_mean_, (n_classes, n_columns)."""
        total, logs, count = sums
        count = count + 0 * total
        mean, spread = self._smoothed(
            _mean_and_spread(total, logs, count),
            _mean_and_spread(total.sum(0), logs.sum(0), count.sum(0)),
            count,
        )
        shape = _shape(spread)
        mean_log = np.log(mean) - spread
        least = mean_log - FAR * np.sqrt(polygamma(1, shape))
        return {"shape_": shape, "gamma_mean_": mean, "_least_": np.min(least, axis=0)}

    def _smoothed(
        self,
        own: tuple[np.ndarray, np.ndarray],
        pooled: tuple[np.ndarray, np.ndarray],
        count: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and spread; those over all classes if a class has no values."""
        (mean, spread), (all_mean, all_spread) = own, pooled
        # A constant feature is not informative: it has the same spread in every class.
        all_spread = np.where(all_spread > LEAST, all_spread, 1.0)
        if self.var_smoothing == "auto":
            total = count + self.unit
            spread = (count * spread + self.unit * all_spread) / total
        else:
            spread = spread + self.var_smoothing * all_spread
        mean = np.where(count > 0, mean, all_mean)
        return mean, np.where(count > 0, np.maximum(spread, LEAST), all_spread)

    def by_feature(self, X: Any, parameters: Any) -> Any:
        """Return the log density of each value in each class; 0 for missing values."""
        logs = _logarithms(X, parameters["_least_"])
        shape, mean = parameters["shape_"].T, parameters["gamma_mean_"].T
        each = _log_gamma_density(logs[:, :, None], shape, mean)
        return np.where(np.isnan(logs)[:, :, None], 0.0, each)

    def log_likelihood(self, X: Any, parameters: Any) -> Any:
        """Return the sum over the columns, one class after another."""
        log_x, observed = as_numbers(_logarithms(X, parameters["_least_"]))
        of_classes = zip(parameters["shape_"], parameters["gamma_mean_"], strict=True)
        logs = (_log_gamma_density(log_x, *of_class) for of_class in of_classes)
        return np.stack([np.sum(k, axis=1, where=observed) for k in logs], axis=1)

    def left_out(
        self, X: Any, codes: Any, unit: float, sums: Any, parameters: Any
    ) -> Any:
        """Return the leave-one-out sums of log densities."""
        logs = _logarithms(X, parameters["_least_"])
        log_x, observed = as_numbers(logs)
        values = (np.exp(log_x), log_x)
        total, of_logs, count = sums
        count = count + 0 * total
        own = _without(values, unit, total[codes], of_logs[codes], count[codes])
        rest = _without(values, unit, total.sum(0), of_logs.sum(0), count.sum(0))
        mean, spread = self._smoothed(own[0], rest[0], own[1])
        each = _log_gamma_density(log_x, _shape(spread), mean)
        return np.sum(each, axis=1, where=observed)

    def draw(self, parameters: Any, codes: Any, state: Any) -> np.ndarray:
        """Draw a value of each column, given class codes."""
        shape, mean = (parameters[name][codes] for name in ("shape_", "gamma_mean_"))
        return state.gamma(shape, mean / shape)


def _positive_part(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return X as float64, NaN where it is not positive, and where it is."""
    X = np.asarray(_arrays.dense(X), dtype=np.float64)
    positive = X > 0
    return np.where(positive, X, np.nan), positive


def _logarithms(X: np.ndarray, least: np.ndarray) -> np.ndarray:
    """Return log X with a lower bound; NaN for missing values."""
    X = np.asarray(_arrays.dense(X), dtype=np.float64)
    logs = np.log(np.where(X <= 0, 1.0, X))
    return np.where(X <= 0, least, np.maximum(logs, least))


def _as_gaussian(parameters: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters of the logarithms with the names of `Gaussian`."""
    return {
        "theta_": parameters["log_theta_"],
        "var_": parameters["log_var_"],
        "_centre_": parameters["_centre_"],
        "_near_": parameters["_near_"],
    }


def _mean_and_spread(
    total: np.ndarray, logs: np.ndarray, count: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean, and its logarithm minus the mean logarithm; 1 and 0 if empty."""
    has_rows = count > 0
    count = np.where(has_rows, count, 1.0)
    # The mean of positive values is positive, but may underflow.
    mean = np.maximum(np.where(has_rows, total, count) / count, np.finfo(float).tiny)
    spread = np.log(mean) - np.where(has_rows, logs, 0.0) / count
    return mean, np.maximum(spread, 0.0)


def _without(
    values: tuple[np.ndarray, np.ndarray],
    unit: float,
    total: np.ndarray,
    logs: np.ndarray,
    count: np.ndarray,
) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """Return mean and spread without one unit of weight, and the remaining weight."""
    left, has_others = remaining(count, unit)
    x, log_x = values
    # A lower bound that accounts for rounding.
    rest = np.maximum(total - unit * x, 1e-15 * total)
    left = np.where(has_others, left, 0.0)
    return _mean_and_spread(rest, logs - unit * log_x, left), left


def _log_gamma_density(
    log_x: np.ndarray, shape: np.ndarray, mean: np.ndarray
) -> np.ndarray:
    ratio = log_x - np.log(mean)
    return shape * (ratio - np.expm1(ratio)) + _peak(shape) - log_x


def _peak(shape: np.ndarray) -> np.ndarray:
    """Return k log k - k - log Gamma(k): for large k by Stirling's series."""
    k = np.maximum(shape, LARGE)
    series = 0.5 * np.log(k / (2 * np.pi)) - 1 / (12 * k) + 1 / (360 * k**3)
    k = np.minimum(shape, LARGE)
    return np.where(shape > LARGE, series, k * np.log(k) - k - gammaln(k))


def _shape(spread: np.ndarray) -> np.ndarray:
    """Return the k with log k - psi(k) = spread, by Newton steps in 1 / k.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.special import psi
    >>> from skmath.probability.positive import _shape
    >>> k = np.array([1e-3, 0.5, 2.0, 1e3, 1e6])
    >>> bool(np.allclose(_shape(np.log(k) - psi(k)), k, rtol=1e-7))
    True
    """
    # log k - psi(k) = 1 / 2k + 1 / 12k^2 - ...
    series = (3 + np.sqrt(9 + 12 * spread)) / (12 * spread)
    far = spread > SERIES
    s = np.where(far, spread, 1.0)
    k = (3 - s + np.sqrt((s - 3) ** 2 + 24 * s)) / (12 * s)
    for _ in range(STEPS):
        slope = k * k * (1 / k - polygamma(1, k))
        k = 1 / (1 / k + (np.log(k) - psi(k) - s) / slope)
    return np.where(far, k, series)
