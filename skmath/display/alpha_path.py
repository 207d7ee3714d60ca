"""Display of the coefficients and the held-out loss along a path of alphas."""

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
)

__all__ = ["AlphaPathDisplay"]


class AlphaPathDisplay:
    """Plot of the held-out loss, with its standard error, above the coefficients.

    Parameters
    ----------
    alphas : array of shape (n_alphas,)
        Regularization strengths.
    loss, error : arrays of shape (n_alphas,)
        Mean loss of the held-out rows, and its standard error.
    coefs : array of shape (n_alphas, n_coefficients)
        Coefficients for each alpha.
    alpha : float
        The selected alpha.

    Attributes
    ----------
    ax_ : ndarray of two matplotlib Axes
    figure_ : matplotlib Figure
    line_ : matplotlib Line2D
        Mean loss against alpha.
    band_ : matplotlib PolyCollection
        Band of one standard error on either side.
    coef_lines_ : list of matplotlib Line2D
        One line per coefficient.
    chosen_lines_ : list of two matplotlib Line2D
        Marks of the selected alpha.

    See Also
    --------
    skmath.GDLinearModel : The estimator, with ``alpha="cv"``.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skmath import GDLinearModel
    >>> from skmath.display import AlphaPathDisplay
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = GDLinearModel(penalty="l1", alpha="cv", n_alphas=20).fit(X, y)
    >>> len(AlphaPathDisplay.from_estimator(model).coef_lines_)
    10
    """

    def __init__(
        self, *, alphas: Any, loss: Any, error: Any, coefs: Any, alpha: float
    ) -> None:
        self.alphas = alphas
        self.loss = loss
        self.error = error
        self.coefs = coefs
        self.alpha = alpha

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any = None, *, ax: Any = None, **kwargs: Any
    ) -> Self:
        """Draw how a fitted model selected alpha.

        Parameters
        ----------
        estimator : GDLinearModel, or Pipeline that ends in one
            Fitted with ``alpha="cv"`` or several alphas.
        X : None
            Ignored; it is there for API consistency.
        ax : array of two matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        **kwargs : dict
            Keywords of `matplotlib.axes.Axes.plot` for the loss.

        Returns
        -------
        display : AlphaPathDisplay

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If the model was fitted with a single alpha.
        """
        estimator, _ = fitted_step(estimator)
        results = getattr(estimator, "cv_results_", None)
        if results is None:
            raise ValueError(
                "AlphaPathDisplay requires a model that selected alpha: fit with "
                "alpha='cv' or several alphas."
            )
        coefs = host(estimator.coef_path_)
        return cls(
            alphas=results["param_alpha"],
            loss=results["mean_test_loss"],
            error=results["std_error_test_loss"],
            coefs=coefs.reshape(len(coefs), -1),
            alpha=estimator.alpha_,
        ).plot(ax, **kwargs)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Draw the display, or draw it again on other axes.

        Parameters
        ----------
        ax : array of two matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        **kwargs : dict
            Keywords of `matplotlib.axes.Axes.plot` for the loss.

        Returns
        -------
        self : AlphaPathDisplay
        """
        self.ax_ = panels(self, ax, 2, 1, (6.4, 6.4))
        self.figure_ = self.ax_[0].figure
        from matplotlib.lines import Line2D

        above, below = self.ax_
        style = styled(Line2D, {"color": BLUE, "marker": "o", "ms": 3}, kwargs)
        loss, error = drawable(self.loss), drawable(self.error)
        (self.line_,) = above.plot(self.alphas, loss, **style)
        self.band_ = above.fill_between(
            self.alphas, loss - error, loss + error, color=BLUE, alpha=0.2, lw=0
        )
        self.coef_lines_ = below.plot(self.alphas, drawable(self.coefs), lw=1)
        mark = {"color": ORANGE, "linestyle": "--", "zorder": 1}
        label = f"chosen: {self.alpha:.3g}"
        self.chosen_lines_ = [
            ax.axvline(self.alpha, label=label, **mark) for ax in self.ax_
        ]
        for ax in self.ax_:
            ax.set_xscale("log" if np.min(self.alphas) > 0 else "symlog")
        above.set(title="Held-out rows", ylabel="mean loss")
        below.set(title="Coefficients", ylabel="coefficient", xlabel="alpha")
        above.legend()
        return self
