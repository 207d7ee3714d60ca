"""The way of a descent: how far the cost fell, and by what steps."""

import numpy as np

from skmath.display._matplotlib import (
    BLUE,
    ORANGE,
    drawable,
    fitted_step,
    host,
    panels,
    styled,
    whole_numbers,
)

__all__ = ["DescentDisplay"]


class DescentDisplay:
    """Cost above the lowest reached, and lengths of the steps.

    Parameters
    ----------
    loss_curve : array of shape (n_iter + 1,)
        Cost before each step and at the end.
    step_sizes : array of shape (n_iter,)
    metric : str, default=None
        In which steps are measured, for the axis's label.

    Attributes
    ----------
    ax_ : ndarray of 2 matplotlib Axes
    figure_ : matplotlib Figure
    line_ : matplotlib Line2D
        Cost less the lowest cost against iteration. The lowest itself is zero, which a
        logarithmic axis has no place for: it is NaN, as are costs of a descent that
        diverged to more than can be drawn.
    lowest_ : matplotlib Line2D
        Mark on the lower edge, at the iteration of the lowest cost.
    step_line_ : matplotlib Line2D
        Length of the step that led to the iteration.

    See Also
    --------
    skmath.GDLinearModel : The estimator.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from skmath import GDLinearModel
    >>> from skmath.display import DescentDisplay
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> model = GDLinearModel("log_loss", alpha=1e-3).fit(X, y)
    >>> display = DescentDisplay.from_estimator(model)
    >>> len(display.line_.get_ydata()) == model.n_iter_ + 1
    True
    """

    def __init__(self, *, loss_curve, step_sizes, metric=None):
        self.loss_curve = loss_curve
        self.step_sizes = step_sizes
        self.metric = metric

    @classmethod
    def from_estimator(cls, estimator, X=None, *, ax=None, **kwargs):
        """Draw a fitted linear model.

        Parameters
        ----------
        estimator : GDLinearModel, or Pipeline that ends in one
            Fitted.
        X : ignored
            All displays take it.
        ax : matplotlib Axes or array-like of 2, default=None
            Where to draw; one is divided. None makes a new figure.
        **kwargs : dict
            For `matplotlib.axes.Axes.plot` of the cost.

        Returns
        -------
        display : DescentDisplay

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        """
        estimator, _ = fitted_step(estimator)
        display = cls(
            loss_curve=host(estimator.loss_curve_),
            step_sizes=host(estimator.step_sizes_),
            metric=estimator.metric_,
        )
        return display.plot(ax, **kwargs)

    def plot(self, ax=None, **kwargs):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes or array-like of 2, default=None
            Where to draw; one is divided. None makes a new figure.
        **kwargs : dict
            For `matplotlib.axes.Axes.plot` of the cost.

        Returns
        -------
        self : DescentDisplay
        """
        self.ax_ = panels(self, ax, 1, 2, (8.0, 3.6))
        self.figure_ = self.ax_[0].figure
        self._plot_cost(self.ax_[0], kwargs)
        self._plot_steps(self.ax_[1])
        for axes in self.ax_:
            axes.set(xlabel="iteration", yscale="log")
            whole_numbers(axes.xaxis)
        self.ax_[1].set_xlim(self.ax_[0].get_xlim(), auto=None)
        return self

    def _plot_cost(self, ax, kwargs):
        from matplotlib.lines import Line2D

        above = above_lowest(self.loss_curve)
        marker = "o" if len(above) < 50 else ""
        style = styled(Line2D, {"color": BLUE, "marker": marker}, kwargs)
        (self.line_,) = ax.plot(np.arange(len(above)), above, **style)
        ax.set(title="Cost above the lowest", ylabel="cost less lowest cost")
        lowest, cost = first_lowest(self.loss_curve)
        (self.lowest_,) = ax.plot(
            lowest,
            0.03,
            transform=ax.get_xaxis_transform(),
            color=ORANGE,
            linestyle="none",
            marker="v",
            label=f"lowest: {cost:.6g}",
        )
        ax.legend(loc="upper right")

    def _plot_steps(self, ax):
        numbers = np.arange(1, len(self.step_sizes) + 1)
        many = len(numbers) >= 50
        # Points: lengths may jump from step to step, and lines would fill the panel.
        (self.step_line_,) = ax.plot(
            numbers,
            self.step_sizes,
            color=self.line_.get_color(),
            linestyle="none",
            marker="o",
            markersize=1.5 if many else 6,
        )
        within = "" if self.metric is None else f" in the metric {self.metric!r}"
        ax.set(title="Lengths of the steps", ylabel=f"step length{within}")


def above_lowest(costs):
    """Return each cost less the lowest; NaN for the lowest, and where not drawable.

    Examples
    --------
    >>> from skmath.display.descent import above_lowest
    >>> above_lowest([5.0, 3.0, 2.0])
    array([ 3.,  1., nan])
    """
    _, lowest = first_lowest(costs)
    above = drawable(costs) - lowest
    return np.where(above > 0, above, np.nan)


def first_lowest(costs):
    """Return where the lowest of the finite costs is first reached, and that cost.

    Examples
    --------
    >>> from skmath.display.descent import first_lowest
    >>> first_lowest([5.0, 2.0, 2.0, float("nan")])
    (1, 2.0)
    """
    finite = np.where(np.isfinite(costs), costs, np.inf)
    index = int(np.argmin(finite))
    return index, float(finite[index])
