"""Display of the singular values of a regression, and of those that it uses."""

from typing import Any, Self

import numpy as np

from skmath.display._matplotlib import (
    BLUE,
    GREY,
    ORANGE,
    fitted_step,
    host,
    panels,
    plain_logarithms,
    styled,
    whole_numbers,
)

__all__ = ["SpectrumDisplay"]


class SpectrumDisplay:
    """Plots of the singular values, and of the variance of X that they explain.

    All singular values are drawn; those that are not inverted have a shaded background.

    Parameters
    ----------
    singular_values : array of shape (rank,)
        All non-zero singular values, or those that were computed, largest first.
    explained_variance_ratio : array of shape (rank,)
        Fraction of the total variance of X along each direction.
    n_components : int
        Number of singular values that are inverted, from the first.

    Attributes
    ----------
    ax_ : ndarray of 2 matplotlib Axes
    figure_ : matplotlib Figure
    line_ : matplotlib Line2D
        Singular value against its number, from 1.
    cumulative_line_ : matplotlib Line2D
        Fraction of the total variance explained by the first k, against k.
    chosen_lines_ : list of 2 matplotlib Line2D
        Mark of the last singular value that is inverted, in each panel.

    See Also
    --------
    skmath.SVDRegressor : The estimator.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skmath import SVDRegressor
    >>> from skmath.display import SpectrumDisplay
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = SVDRegressor(n_components=8).fit(X, y)
    >>> display = SpectrumDisplay.from_estimator(model)
    >>> display.cumulative_line_.get_ydata().round(2)
    array([0.4 , 0.55, 0.67, 0.77, 0.83, 0.89, 0.95, 0.99, 1.  , 1.  ])
    >>> display.n_components
    8
    """

    def __init__(
        self, *, singular_values: Any, explained_variance_ratio: Any, n_components: int
    ) -> None:
        self.singular_values = singular_values
        self.explained_variance_ratio = explained_variance_ratio
        self.n_components = n_components

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any = None, *, ax: Any = None, **kwargs: Any
    ) -> Self:
        """Draw the singular values of a fitted regression.

        Parameters
        ----------
        estimator : SVDRegressor, or Pipeline that ends in one
            Fitted estimator.
        X : None
            Ignored; it is there for API consistency.
        ax : matplotlib Axes or array-like of 2, default=None
            Axes to draw on; a single one is divided. None makes a new figure.
        **kwargs : dict
            Keywords of `matplotlib.axes.Axes.plot` for the singular values.

        Returns
        -------
        display : SpectrumDisplay

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        """
        estimator, _ = fitted_step(estimator)
        s = host(estimator.spectrum_)
        # The variance along a direction is proportional to its squared singular value.
        share_of_first = host(estimator.explained_variance_ratio_)[:1]
        display = cls(
            singular_values=s,
            explained_variance_ratio=share_of_first * (s / s[:1]) ** 2,
            n_components=estimator.n_components_,
        )
        return display.plot(ax, **kwargs)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Draw the display, or draw it again on other axes.

        Parameters
        ----------
        ax : matplotlib Axes or array-like of 2, default=None
            Axes to draw on; a single one is divided. None makes a new figure.
        **kwargs : dict
            Keywords of `matplotlib.axes.Axes.plot` for the singular values.

        Returns
        -------
        self : SpectrumDisplay
        """
        self.ax_ = panels(self, ax, 1, 2, (8.0, 3.6))
        self.figure_ = self.ax_[0].figure
        self._plot_values(self.ax_[0], kwargs)
        self._plot_shares(self.ax_[1])
        self._mark_chosen()
        return self

    def _plot_values(self, ax, kwargs):
        from matplotlib.lines import Line2D

        style = styled(Line2D, {"color": BLUE, "marker": "o"}, kwargs)
        s = self.singular_values
        (self.line_,) = ax.plot(np.arange(1, len(s) + 1), s, **style)
        ax.set(
            yscale="log",
            title="Singular values, centred X",
            xlabel="number k",
            ylabel="singular value (units of X)",
        )
        plain_logarithms(ax.yaxis)

    def _plot_shares(self, ax):
        share = np.cumsum(self.explained_variance_ratio)
        (self.cumulative_line_,) = ax.plot(
            np.arange(1, len(share) + 1),
            share,
            color=self.line_.get_color(),
            marker="o",
        )
        ax.axhline(1.0, color=GREY, linewidth=0.8)
        ax.set(
            ylim=(0, 1.05),
            title="Variance of X explained",
            xlabel="number k",
            ylabel="fraction explained by the first k",
        )

    def _mark_chosen(self):
        """Mark the last singular value that is inverted, and shade the others."""
        chosen, rank = self.n_components, len(self.singular_values)
        self.chosen_lines_ = []
        for ax in self.ax_:
            mark = ax.axvline(chosen, color=ORANGE, linestyle="--", zorder=1)
            mark.set_label(f"inverted: {chosen} of {rank}")
            self.chosen_lines_.append(mark)
            end = max(rank, 1) + 0.5
            if chosen < rank:
                ax.axvspan(chosen, end, color=ORANGE, alpha=0.1, linewidth=0, zorder=0)
            ax.set_xlim(0.5, end)
            whole_numbers(ax.xaxis)
        self.ax_[1].legend(handles=self.chosen_lines_[1:], loc="lower right")
