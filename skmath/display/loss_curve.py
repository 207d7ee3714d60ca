"""Display of a network's loss during training."""

from typing import Any, Self

import numpy as np

from skmath.display._matplotlib import (
    GREY,
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
    """Plot of the loss in each epoch, on training and on validation rows.

    The axis of the loss is logarithmic if all losses are positive.

    Parameters
    ----------
    loss_curve : array of shape (n_epochs,)
        Mean training loss plus penalty.
    validation_curve : array of shape (n_epochs,), default=None
        Mean loss on validation rows, without the penalty.
    best_iteration : int, default=None
        Epoch with the lowest validation loss, counted from 0.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    line_ : matplotlib Line2D
        Training loss against epoch, counted from 1.
    validation_line_ : matplotlib Line2D or None
        Validation loss.
    best_line_ : matplotlib Line2D or None
        Mark of the epoch with the lowest validation loss.

    See Also
    --------
    skmath.BackpropMLP : The estimator.

    Examples
    --------
    Two networks on the same axes; passing a label draws a legend:

    >>> from sklearn.datasets import load_iris
    >>> from skmath import BackpropMLP
    >>> from skmath.display import LossCurveDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> ax = None
    >>> for rate in (0.001, 0.01):
    ...     model = BackpropMLP(learning_rate=rate, preset="fast", random_state=0)
    ...     display = LossCurveDisplay.from_estimator(
    ...         model.fit(X, y), ax=ax, label=f"{rate}"
    ...     )
    ...     ax = display.ax_
    >>> len(display.ax_.lines)
    2
    """

    def __init__(
        self,
        *,
        loss_curve: Any,
        validation_curve: Any = None,
        best_iteration: int | None = None,
    ) -> None:
        self.loss_curve = loss_curve
        self.validation_curve = validation_curve
        self.best_iteration = best_iteration

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any = None, *, ax: Any = None, **kwargs: Any
    ) -> Self:
        """Draw the loss curves of a fitted network.

        Parameters
        ----------
        estimator : BackpropMLP, or Pipeline that ends in one
            Fitted estimator.
        X : None
            Ignored; it is there for API consistency.
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        **kwargs : dict
            Keywords of `matplotlib.axes.Axes.plot`.

        Returns
        -------
        display : LossCurveDisplay

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        """
        estimator, _ = fitted_step(estimator)
        validation = getattr(estimator, "validation_curve_", None) or None
        display = cls(
            loss_curve=host(estimator.loss_curve_),
            validation_curve=None if validation is None else host(validation),
            best_iteration=getattr(estimator, "best_iteration_", None),
        )
        return display.plot(ax, **kwargs)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Draw the display, or draw it again on other axes.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        **kwargs : dict
            Keywords of `matplotlib.axes.Axes.plot`.

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
        self._plot_validation()
        has_label = "label" in kwargs or self.validation_line_ is not None
        self._name_axes(has_label)
        return self

    def _plot_validation(self):
        """Draw the loss on validation rows, and mark the best epoch."""
        self.validation_line_ = self.best_line_ = None
        if self.validation_curve is None:
            return
        if self.line_.get_label().startswith("_"):
            self.line_.set_label("training")
        epochs = np.arange(1, len(self.validation_curve) + 1)
        (self.validation_line_,) = self.ax_.plot(
            epochs,
            drawable(self.validation_curve),
            color=self.line_.get_color(),
            marker=self.line_.get_marker(),
            linestyle="--",
            label="validation",
        )
        if self.best_iteration is not None:
            self.best_line_ = self.ax_.axvline(
                self.best_iteration + 1,
                color=GREY,
                linewidth=1,
                label=f"best: epoch {self.best_iteration + 1}",
            )

    def _name_axes(self, has_label):
        # Marks of epochs are not losses.
        losses = (
            np.asarray(line.get_ydata())
            for line in self.ax_.lines
            if line.get_transform() == self.ax_.transData
        )
        positive = not any(np.any(values <= 0) for values in losses)
        self.ax_.set(
            yscale="log" if positive else "linear",
            title="Loss during training",
            xlabel="epoch",
            ylabel="mean loss plus penalty",
        )
        if positive:
            plain_logarithms(self.ax_.yaxis)
        whole_numbers(self.ax_.xaxis)
        if has_label:
            self.ax_.legend()
