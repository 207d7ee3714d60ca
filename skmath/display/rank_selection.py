"""Display of how a regression's rank or regularization strength was selected."""

from typing import Any, Self

import numpy as np

from skmath.display._matplotlib import (
    BLUE,
    ORANGE,
    drawable,
    fitted_step,
    host,
    panels,
    plain_logarithms,
    styled,
    whole_numbers,
)

__all__ = ["RankSelectionDisplay"]


class RankSelectionDisplay:
    """Plot of the expected error on new rows against rank or regularization strength.

    Parameters
    ----------
    candidates : array of shape (n_candidates,)
        Ranks or alphas.
    criterion : array of shape (n_candidates,)
        Estimated mean squared error, score or singular value of each candidate.
    chosen : int
        Index of the selected candidate.
    candidate_name : {"n_components", "alpha"}, default="n_components"
        Which parameter was selected.
    threshold : float, default=None
        If the rank was selected by the singular values, those above this are kept.
    is_score : bool, default=False
        Whether the criterion is a score, where higher is better.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    line_ : matplotlib Line2D
        Criterion against candidate.
    chosen_line_ : matplotlib Line2D
        Mark of the selected candidate.
    threshold_line_ : matplotlib Line2D or None

    See Also
    --------
    skmath.SVDRegressor : The estimator.
    SpectrumDisplay : The singular values, and how many are inverted.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skmath import SVDRegressor
    >>> from skmath.display import RankSelectionDisplay
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = SVDRegressor(n_components="auto").fit(X, y)
    >>> display = RankSelectionDisplay.from_estimator(model)
    >>> int(display.candidates[display.chosen]) == model.n_components_
    True
    """

    def __init__(
        self,
        *,
        candidates: Any,
        criterion: Any,
        chosen: int,
        candidate_name: str = "n_components",
        threshold: float | None = None,
        is_score: bool = False,
    ) -> None:
        self.candidates = candidates
        self.criterion = criterion
        self.chosen = chosen
        self.candidate_name = candidate_name
        self.threshold = threshold
        self.is_score = is_score

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any = None, *, ax: Any = None, **kwargs: Any
    ) -> Self:
        """Draw how a fitted regression selected its rank or alpha.

        Parameters
        ----------
        estimator : SVDRegressor, or Pipeline that ends in one
            Fitted with ``n_components="auto"`` or several `alpha`.
        X : None
            Ignored; it is there for API consistency.
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        **kwargs : dict
            Keywords of `matplotlib.axes.Axes.plot` for the criterion.

        Returns
        -------
        display : RankSelectionDisplay

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If the model was fitted with a fixed rank and a single alpha, or if it
            selected one alpha per output.
        """
        estimator, _ = fitted_step(estimator)
        path = estimator.criterion_path_
        if path is None:
            raise ValueError(
                "RankSelectionDisplay requires a model that selected its rank or "
                "alpha: fit with n_components='auto' or several alpha."
            )
        if np.ndim(path.get("alpha", 0)) == 2:
            raise ValueError(
                "RankSelectionDisplay does not support one alpha per output: fit a "
                "single output, as a one-dimensional y."
            )
        return cls(**_choice(estimator, path)).plot(ax, **kwargs)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Draw the display, or draw it again on other axes.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        **kwargs : dict
            Keywords of `matplotlib.axes.Axes.plot` for the criterion.

        Returns
        -------
        self : RankSelectionDisplay
        """
        (self.ax_,) = panels(self, ax, 1, 1, (6.4, 4.0))
        self.figure_ = self.ax_.figure
        from matplotlib.lines import Line2D

        style = styled(Line2D, {"color": BLUE, "marker": "o", "ms": 4}, kwargs)
        criterion = drawable(self.criterion)
        (self.line_,) = self.ax_.plot(self.candidates, criterion, **style)
        chosen = self.candidates[self.chosen]
        self.chosen_line_ = self.ax_.axvline(
            chosen,
            color=ORANGE,
            linestyle="--",
            zorder=1,
            label=f"chosen: {chosen:.4g}",
        )
        self._mark_threshold()
        self._name_axes()
        return self

    def _mark_threshold(self):
        self.threshold_line_ = None
        if self.threshold is not None:
            self.threshold_line_ = self.ax_.axhline(
                self.threshold, color=ORANGE, linewidth=1, label="threshold"
            )

    def _name_axes(self):
        by_rank, ax = self.candidate_name == "n_components", self.ax_
        title, ylabel = "Error expected on new rows", "mean squared error"
        if self.threshold is not None:
            title, ylabel = "Singular values kept", "singular value"
        elif self.is_score:
            title, ylabel = "Score expected on new rows", "score"
        xlabel = "rank k" if by_rank else "regularization strength alpha"
        ax.set(title=title, xlabel=xlabel, ylabel=ylabel)
        if by_rank:
            whole_numbers(ax.xaxis)
        else:
            ax.set_xscale("log" if np.min(self.candidates) > 0 else "symlog")
        if not self.is_score and np.all(np.asarray(self.criterion) > 0):
            ax.set_yscale("log")
            plain_logarithms(ax.yaxis)
        ax.legend()


def _choice(estimator, path):
    """Return the parameters of the display for a criterion path."""
    chosen = estimator.n_components_
    if "threshold" in path:
        s = host(path.singular_values)
        return {
            "candidates": np.arange(1, len(s) + 1),
            "criterion": s,
            "chosen": max(int(chosen) - 1, 0),
            "threshold": float(path.threshold),
        }
    measure = "score" if "score" in path else "error"
    ranks, alphas, error = (
        host(path[name]) for name in ("n_components", "alpha", measure)
    )
    # Draw the parameter that varies; for a grid of both, ranks at the selected alpha.
    if len(set(ranks.tolist())) > 1:
        here = np.flatnonzero(alphas == estimator.alpha_)
        name, candidates, value = "n_components", ranks[here], chosen
    else:
        here, name = np.arange(len(alphas)), "alpha"
        candidates, value = alphas, estimator.alpha_
    order = np.argsort(candidates, kind="stable")
    return {
        "candidates": candidates[order],
        "criterion": error[here][order],
        "chosen": int(np.flatnonzero(candidates[order] == value)[0]),
        "candidate_name": name,
        "is_score": measure == "score",
    }
