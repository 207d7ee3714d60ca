r"""Normal densities, feature by feature.

.. math:: \log P(x | y) = -\tfrac12 \log(2 \pi v_y) - \frac{(x - \theta_y)^2}{2 v_y}
"""

import math
from dataclasses import dataclass

import numpy as np

from skmath import _arrays
from skmath.statistics.moments import moments_by_class

__all__ = ["Gaussian"]

NEAR = 1e4
"""Variances between the square of the data's centre and zero."""


@dataclass(frozen=True)
class Gaussian:
    r"""log P(x | y) = -log(2 pi var) / 2 - (x - theta)^2 / (2 var).

    Parameters
    ----------
    var_smoothing : float, default=1e-9
        Share of a feature's own variance (over all classes) that is added to its
        variance in each class.
    """

    var_smoothing: float = 1e-9

    def statistics(self, X, members, weight):
        """Return the block's moments by class."""
        return moments_by_class(X, members, weight)

    def fit(self, sums):
        """Return theta_ and var_, (n_classes, n_columns), and the data's centre."""
        xp = _arrays.namespace(sums.mean)
        observed = sums.weight > 0
        total = xp.sum(sums.weight, axis=0)
        share = sums.weight / xp.where(total > 0, total, xp.ones_like(total))
        centre = xp.sum(share * sums.mean, axis=0)
        between = (sums.mean - centre) ** 2
        pooled = xp.sum(share * (sums.variance + between), axis=0)
        # A feature that is constant, rounding of its mean aside, tells nothing: it gets
        # the same variance in every class.
        rounding = (8 * _arrays.epsilon(centre) * centre) ** 2
        pooled = xp.where(pooled > rounding, pooled, xp.ones_like(pooled))
        smoothing = max(self.var_smoothing, _arrays.epsilon(pooled) ** 2)
        # A class that the feature was never seen in gets what all classes have.
        theta = xp.where(observed, sums.mean, centre)
        variance = xp.where(observed, sums.variance + smoothing * pooled, pooled)
        return {"theta_": theta, "var_": variance, "_centre_": centre}

    def by_feature(self, X, parameters):
        """Return the log density of each value in each class; 0 of a missing one."""
        xp = _arrays.namespace(parameters["theta_"])
        centre, var = parameters["_centre_"], parameters["var_"].T
        X, observed = _arrays.without_missing(_arrays.dense(X), centre)
        error = self._near(_arrays.widen(X) - centre, var.T)[:, :, None]
        error = error - (parameters["theta_"] - centre).T
        each = -0.5 * (xp.log(2 * math.pi * var) + error * error / var)
        return each if observed is None else each * observed[:, :, None]

    def log_likelihood(self, X, parameters):
        """Return the sum over the columns as x^2 A + x B + c about the data's centre.

        Two matrix products serve all classes; about the centre little cancels, in the
        widest float: terms may be as large as 1 / var_smoothing.
        """
        centre = parameters["_centre_"]
        if _arrays.is_array(X) and self._is_near(parameters):
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

    def _quadratic(self, X, centre, parameters, observed=None):
        """Return x^2 A + x B + c of what is left of X about a centre."""
        xp = _arrays.namespace(parameters["theta_"])
        theta, var = parameters["theta_"] - centre, parameters["var_"]
        each = theta * theta / var + xp.log(2 * math.pi * var)
        constant = xp.sum(each, axis=1) if observed is None else observed @ each.T
        squares = X * X if _arrays.is_array(X) else X.multiply(X)
        total = _arrays.dense(squares @ (-0.5 / var).T)
        total += X @ (theta / var).T
        total -= 0.5 * constant
        return total

    def _of_sparse(self, X, parameters):
        """Return the sum about zero, but that of columns far from zero as dense."""
        far = np.flatnonzero(self._distance(parameters).max(axis=0) >= NEAR)
        if not len(far):
            return self._quadratic(_arrays.widen(X), 0.0, parameters)
        near = np.setdiff1d(np.arange(X.shape[1]), far)
        parts = [{k: v[..., c] for k, v in parameters.items()} for c in (near, far)]
        total = self._quadratic(_arrays.widen(X[:, near]), 0.0, parts[0])
        return total + self.log_likelihood(X[:, far].toarray(), parts[1])

    def _is_near(self, parameters):
        """Tell whether zero is near enough for little to cancel about it."""
        xp = _arrays.namespace(parameters["var_"])
        return float(xp.max(self._distance(parameters))) < NEAR

    def _distance(self, parameters):
        """Return the square of the centre's distance from zero, in variances."""
        with np.errstate(over="ignore"):  # far, however far
            return parameters["_centre_"] ** 2 / parameters["var_"]

    def draw(self, parameters, codes, state):
        """Draw a value of each column, given class codes."""
        theta, var = (np.asarray(parameters[name]) for name in ("theta_", "var_"))
        return state.normal(theta[codes], np.sqrt(var[codes]))

    def _near(self, centred, var):
        """Return the deviations, outliers brought to where squares are finite."""
        xp = _arrays.namespace(centred)
        far = 1e140 * float(xp.min(var)) ** 0.5
        if float(xp.max(xp.abs(centred))) <= far:
            return centred
        return xp.clip(centred, -far, far)
