"""The loss of a network while it learns."""

import numpy as np

from skmath.display._matplotlib import (
    LINES,
    drawable,
    fitted_step,
    host,
    panels,
    plain_logarithms,
    styled,
    whole_numbers,
)

__all__ = ["LossCurveDisplay"]


class LossCurveDisplay:
    """Mean loss and penalty of each epoch.

    The axis of the loss is logarithmic where the loss is positive.

    Parameters
    ----------
    loss_curve : array of shape (n_epochs,)

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    line_ : matplotlib Line2D
        Loss against epoch, which counts from 1.

    See Also
    --------
    skmath.BackpropMLP : The estimator.

    Examples
    --------
    Two networks on the same axes; a label makes a legend.

    >>> from sklearn.datasets import load_iris
    >>> from skmath import BackpropMLP
    >>> from skmath.display import LossCurveDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> ax = None
    >>> for rate in (0.001, 0.01):
    ...     model = BackpropMLP(learning_rate=rate, random_state=0).fit(X, y)
    ...     display = LossCurveDisplay.from_estimator(model, ax=ax, label=f"{rate}")
    ...     ax = display.ax_
    >>> len(ax.lines)
    2
    """

    def __init__(self, *, loss_curve):
        self.loss_curve = loss_curve

    @classmethod
    def from_estimator(cls, estimator, X=None, *, ax=None, **kwargs):
        """Draw a fitted network.

        Parameters
        ----------
        estimator : BackpropMLP, or Pipeline that ends in one
            Fitted.
        X : ignored
            All displays take it.
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            For `matplotlib.axes.Axes.plot`.

        Returns
        -------
        display : LossCurveDisplay

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        """
        estimator, _ = fitted_step(estimator)
        return cls(loss_curve=host(estimator.loss_curve_)).plot(ax, **kwargs)

    def plot(self, ax=None, **kwargs):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            For `matplotlib.axes.Axes.plot`.

        Returns
        -------
        self : LossCurveDisplay
        """
        (self.ax_,) = panels(self, ax, 1, 1, (6.4, 4.0))
        self.figure_ = self.ax_.figure
        from matplotlib.lines import Line2D

        colour = LINES[len(self.ax_.lines) % len(LINES)]
        marker = "o" if len(self.loss_curve) < 50 else ""
        style = styled(Line2D, {"color": colour, "marker": marker}, kwargs)
        epochs = np.arange(1, len(self.loss_curve) + 1)
        (self.line_,) = self.ax_.plot(epochs, drawable(self.loss_curve), **style)
        self._name_axes("label" in kwargs)
        return self

    def _name_axes(self, has_label):
        positive = not any(np.any(line.get_ydata() <= 0) for line in self.ax_.lines)
        self.ax_.set(
            yscale="log" if positive else "linear",
            title="Loss during training",
            xlabel="epoch",
            ylabel="mean loss and penalty",
        )
        if positive:
            plain_logarithms(self.ax_.yaxis)
        whole_numbers(self.ax_.xaxis)
        if has_label:
            self.ax_.legend()
