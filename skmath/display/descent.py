"""Display of a descent: the cost in each iteration, and the step lengths."""

from typing import Any, Self

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
    """Plot of the cost minus its lowest value, and of the step lengths.

    Parameters
    ----------
    loss_curve : array of shape (n_iter + 1,)
        Cost before each step and at the end.
    step_sizes : array of shape (n_iter,)
        Length of each step.
    metric : str, default=None
        Norm in which steps are measured, for the label of the axis.

    Attributes
    ----------
    ax_ : ndarray of 2 matplotlib Axes
    figure_ : matplotlib Figure
    line_ : matplotlib Line2D
        Cost minus the lowest cost against iteration. It is NaN for the lowest cost,
        because a logarithmic axis cannot show 0, and for costs of a divergent descent
        that are too large to draw.
    lowest_ : matplotlib Line2D
        Mark at the lower edge, at the iteration with the lowest cost.
    step_line_ : matplotlib Line2D
        Length of the step that led to each iteration.

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

    def __init__(
        self, *, loss_curve: Any, step_sizes: Any, metric: str | None = None
    ) -> None:
        self.loss_curve = loss_curve
        self.step_sizes = step_sizes
        self.metric = metric

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any = None, *, ax: Any = None, **kwargs: Any
    ) -> Self:
        """Draw the descent of a fitted linear model.

        Parameters
        ----------
        estimator : GDLinearModel, or Pipeline that ends in one
            Fitted estimator.
        X : None
            Ignored; it is there for API consistency.
        ax : matplotlib Axes or array-like of 2, default=None
            Axes to draw on; a single one is divided. None makes a new figure.
        **kwargs : dict
            Keywords of `matplotlib.axes.Axes.plot` for the cost.

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

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Draw the display, or draw it again on other axes.

        Parameters
        ----------
        ax : matplotlib Axes or array-like of 2, default=None
            Axes to draw on; a single one is divided. None makes a new figure.
        **kwargs : dict
            Keywords of `matplotlib.axes.Axes.plot` for the cost.

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
        ax.set(title="Cost above the lowest", ylabel="cost minus lowest cost")
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
    """Return each cost minus the lowest; NaN for the lowest and if not drawable.

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
    """Return the first iteration with the lowest finite cost, and that cost.

    Examples
    --------
    >>> from skmath.display.descent import first_lowest
    >>> first_lowest([5.0, 2.0, 2.0, float("nan")])
    (1, 2.0)
    """
    finite = np.where(np.isfinite(costs), costs, np.inf)
    index = int(np.argmin(finite))
    return index, float(finite[index])
