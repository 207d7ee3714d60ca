"""Uncertainty of a fit: degrees of freedom, noise, and errors of predictions."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from skmath import _arrays
from skmath._rows.rows import is_dask
from skmath.linear_algebra import filtered_inverse
from skmath.svd_regressor.solvers import Decomposition
from skmath.svd_regressor.summary import (
    FitStatistics,
    leverages,
    noise_variance,
    standard_deviations,
)

__all__ = ["NotLinearError", "Uncertainty", "fit_statistics", "in_new_axis"]


class NotLinearError(ValueError, AttributeError):
    """Raised if predictions are not a linear function of y (``positive=True``)."""


@dataclass(frozen=True)
class Uncertainty:
    """Degrees of freedom, noise and prediction errors of a fit.

    If `alpha` is an array, each output has its own alpha, and all results that depend
    on alpha are computed for each output.

    Parameters
    ----------
    A : Decomposition
    k : int
        Number of directions kept.
    alpha : float or ndarray of shape (n_outputs,)
    is_flat : bool
        Whether y and the predictions are one-dimensional.
    like : array of shape ()
        Defines the namespace, device and dtype of results.
    """

    A: Decomposition
    k: int
    alpha: Any
    is_flat: bool
    like: Any

    @cached_property
    def of_each_output(self):
        """The `Uncertainty` of each single output, with its own alpha."""
        return [
            replace(self, A=self.A.of_output(j), alpha=float(alpha), is_flat=True)
            for j, alpha in enumerate(self.alpha)
        ]

    @property
    def filter_factors(self):
        """Filter factors, of shape (k,) or (n_outputs, k)."""
        f = self.A.problem.filter_factors(self.k, self.alpha)
        f = np.ones((self.k, np.size(self.alpha))) if f is None else f[: self.k]
        return f.T if np.ndim(self.alpha) else f[:, 0]

    @property
    def degrees(self):
        """Degrees of freedom of the coefficients, without the intercept."""
        if np.ndim(self.alpha):
            return np.sum(self.filter_factors, axis=1)
        return float(self.k if self.alpha == 0 else np.sum(self.filter_factors))

    @property
    def residual_degrees(self):
        """Degrees of freedom of the residuals."""
        return self._as_input(self.A.weight - self.degrees - self.A.intercept)

    @property
    def noise_variance(self):
        """Residual variance per output; an error if no degrees of freedom are left."""
        if np.ndim(self.alpha):
            return np.concatenate([one.noise_variance for one in self.of_each_output])
        return noise_variance(self.A, self.degrees, self.A.weight)

    @property
    def noise(self):
        """Residual standard deviation: a number, or one per output."""
        noise = self._as_input(np.sqrt(self.noise_variance))
        return noise[0] if self.is_flat else noise

    @property
    def axes(self):
        """diag(f^1/2 / s) V': sums of its squared columns are variances of b."""
        s, Vt, _ = self.A.problem.svd
        inverse = filtered_inverse(s[: self.k], np.sqrt(self.filter_factors))
        return inverse[:, None] * Vt[: self.k]

    def leverages(self, rows):
        """Return the leverages of rows, one column per output if alpha is an array."""
        if np.ndim(self.alpha):
            return _in_columns([one.leverages(rows) for one in self.of_each_output])
        return rows.map(leverages, *self._leverage_parameters())

    def deviations(self, rows):
        """Return the standard deviations of new observations at these rows."""
        if np.ndim(self.alpha):
            return _in_columns([one.deviations(rows) for one in self.of_each_output])
        return rows.map(standard_deviations, *self._leverage_parameters(), self.noise)

    def _leverage_parameters(self):
        axes, share = self.axes, 1 / self.A.weight if self.A.intercept else 0.0
        mean = self.A.mean[: axes.shape[1]]
        return self._as_input(mean), self._as_input(axes), share

    def _as_input(self, values):
        return _arrays.like(np.asarray(values), self.like, "same")


def _in_columns(parts):
    """Stack the results of each output as columns of one array."""
    return in_new_axis(parts, axis=1)


def in_new_axis(parts, axis):
    """Stack arrays of one shape along a new axis."""
    # Chunks of a Parquet table have no known sizes, but the same ones in all arrays.
    unknown = {"allow_unknown_chunksizes": True} if is_dask(parts[0]) else {}
    return _arrays.namespace(*parts).stack(parts, axis=axis, **unknown)


def fit_statistics(uncertainty, coef, intercept, is_chosen, names):
    """Return the `FitStatistics` of a fit with one alpha.

    Parameters
    ----------
    uncertainty : Uncertainty
    coef, intercept : ndarray
    is_chosen : bool
    names : list of str
    """
    fit = (
        uncertainty.A,
        uncertainty.axes,
        uncertainty.degrees,
        uncertainty.k,
        uncertainty.alpha,
        is_chosen,
    )
    return FitStatistics(*fit, coef, intercept, names)
