"""Forest plot: display of coefficients with their confidence intervals."""

from typing import Any, Self

import numpy as np

from skmath.display._matplotlib import (
    GREY,
    LINES,
    drawable,
    fitted_step,
    panels,
    styled,
)

__all__ = ["SummaryDisplay"]

SPREAD = 0.6
"""Fraction of a row's height that the intervals of several outputs take."""


class SummaryDisplay:
    """Forest plot: one row per coefficient, with its confidence interval.

    If an interval does not include 0, the test of that coefficient rejects 0 at the
    same level. To compare the coefficients of columns in different units, standardise
    the columns first.

    Parameters
    ----------
    names : list of str
        Names of the coefficients.
    estimate : ndarray of shape (k,) or (n_outputs, k)
        Estimated coefficients.
    interval : ndarray of shape (k, 2) or (n_outputs, k, 2)
        Confidence intervals. Coefficients without a finite interval are not drawn, and
        labelled "(no interval)".
    confidence : float
        Confidence level of the intervals.
    outputs : list, default=None
        Labels of several outputs.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    lines_ : list of matplotlib Line2D
        The estimates of each output.
    intervals_ : list of matplotlib LineCollection
        The intervals of each output.

    See Also
    --------
    skmath.SVDRegressor.summary : Summary of least squares.
    skmath.GDLinearModel.summary : Summary of other losses.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skmath import SVDRegressor
    >>> from skmath.display import SummaryDisplay
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> model = SVDRegressor().fit(X, y)
    >>> display = SummaryDisplay.from_summary(model.summary(X, y, cov_type="HC3"))
    >>> [text.get_text() for text in display.ax_.get_yticklabels()][:3]
    ['age', 'sex', 'bmi']
    """

    def __init__(
        self,
        *,
        names: Any,
        estimate: Any,
        interval: Any,
        confidence: float,
        outputs: Any = None,
    ) -> None:
        self.names = names
        self.estimate = estimate
        self.interval = interval
        self.confidence = confidence
        self.outputs = outputs

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any = None,
        y: Any = None,
        *,
        intercept: bool = False,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the summary of a fitted model.

        Parameters
        ----------
        estimator : SVDRegressor or GDLinearModel, or Pipeline that ends in one
            Fitted estimator.
        X : array-like of shape (n_samples, n_features), default=None
            The rows of the fit, which `GDLinearModel` requires; ignored without y.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            The target of the fit, which `GDLinearModel` requires.
        intercept : bool, default=False
            Whether to draw the intercept, which has another unit than the coefficients.
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        **kwargs : dict
            Keywords of `matplotlib.axes.Axes.plot` for the estimates.

        Returns
        -------
        display : SummaryDisplay

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If the model has no standard errors, or requires X and y.
        """
        estimator, X = fitted_step(estimator, X if y is not None else None)
        summary = estimator.summary() if y is None else estimator.summary(X, y)
        return cls.from_summary(summary, intercept=intercept, ax=ax, **kwargs)

    @classmethod
    def from_summary(
        cls, summary: Any, *, intercept: bool = False, ax: Any = None, **kwargs: Any
    ) -> Self:
        """Draw a summary, for example with robust standard errors.

        Parameters
        ----------
        summary : Summary
            Result of the method `summary` of a model.
        intercept : bool, default=False
            Whether to draw the intercept, which has another unit than the coefficients.
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        **kwargs : dict
            Keywords of `matplotlib.axes.Axes.plot` for the estimates.

        Returns
        -------
        display : SummaryDisplay
        """
        first = int(not intercept and summary.name[0] == "intercept")
        display = cls(
            names=summary.name[first:],
            estimate=summary.estimate[..., first:],
            interval=summary.interval[..., first:, :],
            confidence=summary.confidence,
            outputs=summary.output,
        )
        return display.plot(ax, **kwargs)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Draw the display, or draw it again on other axes.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        **kwargs : dict
            Keywords of `matplotlib.axes.Axes.plot` for the estimates.

        Returns
        -------
        self : SummaryDisplay
        """
        estimate, interval = np.atleast_2d(self.estimate), drawable(self.interval)
        interval = interval.reshape(*estimate.shape, 2)
        n_outputs, k = estimate.shape
        size = (6.4, 1.4 + 0.3 * k * max(1, n_outputs / 2))
        (self.ax_,) = panels(self, ax, 1, 1, size)
        self.figure_ = self.ax_.figure
        self.ax_.axvline(0.0, color=GREY, linewidth=0.8, zorder=0)
        self.lines_: list[Any] = []
        self.intervals_: list[Any] = []
        shifts = (np.arange(n_outputs) - (n_outputs - 1) / 2) * SPREAD / n_outputs
        for j, shift in enumerate(shifts):
            self._plot_output(j, estimate[j], interval[j], shift, kwargs)
        self._name_axes(np.isnan(interval).any(axis=(0, 2)))
        return self

    def _plot_output(self, j, estimate, interval, shift, kwargs):
        from matplotlib.lines import Line2D

        colour, rows = LINES[j % len(LINES)], np.arange(len(estimate)) + shift
        known = ~np.isnan(interval).any(axis=1)
        label = None if self.outputs is None else str(self.outputs[j])
        style = {"color": colour, "marker": "o", "ms": 5, "ls": "", "label": label}
        at = np.where(known, drawable(estimate), np.nan)
        (line,) = self.ax_.plot(at, rows, **styled(Line2D, style, kwargs))
        self.lines_.append(line)
        bars = self.ax_.hlines(
            rows, interval[:, 0], interval[:, 1], color=colour, linewidth=2, alpha=0.6
        )
        self.intervals_.append(bars)

    def _name_axes(self, without):
        names = [
            f"{name} (no interval)" if missing else str(name)
            for name, missing in zip(self.names, without, strict=True)
        ]
        self.ax_.set_yticks(np.arange(len(names)), names)
        self.ax_.set(
            ylim=(len(names) - 0.5, -0.5),
            title=f"Coefficients and their {100 * self.confidence:g}% intervals",
            xlabel="coefficient",
        )
        if self.outputs is not None:
            self.ax_.legend()
