"""Display of learning and validation curves, with a verdict such as overfitting."""

from textwrap import fill
from typing import Any, Self

import numpy as np

from skmath.display._matplotlib import BLUE, GREY, ORANGE, host, panels, styled
from skmath.statistics.diagnosis import diagnose

__all__ = ["FitDiagnosisDisplay"]


class FitDiagnosisDisplay:
    """Training and held-out scores against the number of rows or a parameter.

    The title is the verdict (such as overfitting or underfitting) on the last point of
    a learning curve, or on the best point of a validation curve.

    Parameters
    ----------
    x : array of shape (n_points,)
        Numbers of rows, or values of the parameter.
    train_scores, validation_scores : array of shape (n_points, n_folds)
        Scores; higher is better.
    x_name : str, default="training rows"
        Label of the x axis.
    score_name : str, default="score"
        Label of the y axis.
    baseline : float, default=0.0
        Score of a constant prediction.
    wanted : float, default=None
        Score that the model should reach; see `skmath.statistics.diagnose`.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    train_line_, validation_line_ : matplotlib Line2D
        Means over the folds.
    bands_ : list of 2 matplotlib PolyCollection
        Bands of two standard errors on either side.
    verdicts_ : list of Diagnosis
        The verdict on each point.
    diagnosis_ : Diagnosis
        The verdict on the last point of a learning curve, or on the point of a
        validation curve with the best validation score.

    See Also
    --------
    skmath.statistics.diagnose : The rule.
    sklearn.model_selection.learning_curve : Computes the scores.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skmath import SVDRegressor
    >>> from skmath.display import FitDiagnosisDisplay
    >>> X, y = load_diabetes(return_X_y=True)
    >>> display = FitDiagnosisDisplay.from_estimator(SVDRegressor(), X, y, wanted=0.4)
    >>> display.diagnosis_.verdict
    'fitting'
    """

    def __init__(
        self,
        *,
        x: Any,
        train_scores: Any,
        validation_scores: Any,
        x_name: str = "training rows",
        score_name: str = "score",
        baseline: float = 0.0,
        wanted: float | None = None,
    ) -> None:
        self.x = x
        self.train_scores = train_scores
        self.validation_scores = validation_scores
        self.x_name = x_name
        self.score_name = score_name
        self.baseline = baseline
        self.wanted = wanted

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any = None,
        *,
        param_name: str | None = None,
        param_range: Any = None,
        train_sizes: Any = None,
        cv: Any = None,
        scoring: Any = None,
        baseline: float | None = None,
        wanted: float | None = None,
        n_jobs: int | None = None,
        random_state: Any = None,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Fit clones of an estimator and draw their scores.

        Parameters
        ----------
        estimator : estimator or Pipeline
            Estimator to clone and fit; it need not be fitted itself.
        X : array-like of shape (n_samples, n_features)
            Data.
        y : array-like of shape (n_samples,), default=None
            Target.
        param_name : str, default=None
            Name of the estimator's parameter for a validation curve over `param_range`.
            None draws a learning curve over `train_sizes`.
        param_range : array-like, default=None
            Values of the parameter.
        train_sizes : array-like, default=None
            Numbers or fractions of training rows, as in
            `sklearn.model_selection.learning_curve`; None is eight sizes from a tenth
            of the rows to all.
        cv : int, splitter or iterable, default=None
            Cross-validation, as in `sklearn.model_selection.cross_val_score`.
        scoring : str or callable, default=None
            Score; None uses the estimator's ``score``.
        baseline : float, default=None
            Score of a constant prediction; None computes it with scikit-learn's dummy
            estimator.
        wanted : float, default=None
            Score that the model should reach; see `skmath.statistics.diagnose`.
        n_jobs : int, default=None
            Number of fits to run in parallel.
        random_state : int, RandomState instance or None, default=None
            Controls the shuffling of rows before a learning curve.
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        **kwargs : dict
            Keywords of `matplotlib.axes.Axes.plot` for both lines.

        Returns
        -------
        display : FitDiagnosisDisplay

        Raises
        ------
        ValueError
            If param_name is passed without param_range.
        """
        from sklearn.model_selection import learning_curve, validation_curve

        common = {"cv": cv, "scoring": scoring, "n_jobs": n_jobs}
        if param_name is None:
            sizes = np.linspace(0.1, 1.0, 8) if train_sizes is None else train_sizes
            shuffle = {"shuffle": True, "random_state": random_state}
            x, train, validation = learning_curve(
                estimator, X, y, train_sizes=sizes, **shuffle, **common
            )[:3]
            name = "training rows"
        else:
            if param_range is None:
                raise ValueError(
                    "param_name was passed without param_range, the values to try."
                )
            x, name = np.asarray(param_range), param_name
            given = {"param_name": param_name, "param_range": param_range}
            train, validation = validation_curve(estimator, X, y, **given, **common)
        if baseline is None:
            baseline = _constant_guess(estimator, X, y, common)
        display = cls(
            x=x,
            train_scores=train,
            validation_scores=validation,
            x_name=name,
            score_name=scoring if isinstance(scoring, str) else "score",
            baseline=baseline,
            wanted=wanted,
        )
        return display.plot(ax, **kwargs)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Draw the display, or draw it again on other axes.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        **kwargs : dict
            Keywords of `matplotlib.axes.Axes.plot` for both lines.

        Returns
        -------
        self : FitDiagnosisDisplay
        """
        (self.ax_,) = panels(self, ax, 1, 1, (6.4, 4.0))
        self.figure_ = self.ax_.figure
        self._judge()
        self.bands_: list[Any] = []
        self.train_line_ = self._plot_scores(
            self.train_scores, ORANGE, "training rows", kwargs
        )
        self.validation_line_ = self._plot_scores(
            self.validation_scores, BLUE, "held-out rows", kwargs
        )
        self.ax_.axhline(self.baseline, color=GREY, linewidth=0.8, linestyle=":")
        self.ax_.set(
            # The rule is too long for one line.
            title=fill(f"{self.diagnosis_.verdict}: {self.diagnosis_.rule}", 60),
            xlabel=self.x_name,
            ylabel=self.score_name,
        )
        self.ax_.title.set_fontsize("medium")
        self._scale_axis()
        self.ax_.legend()
        return self

    def _judge(self):
        train, validation = map(np.asarray, (self.train_scores, self.validation_scores))
        self.verdicts_ = [
            diagnose(t, v, baseline=self.baseline, wanted=self.wanted)
            for t, v in zip(train, validation, strict=True)
        ]
        of_rows = self.x_name == "training rows"
        best = -1 if of_rows else int(np.argmax(validation.mean(axis=1)))
        self.diagnosis_ = self.verdicts_[best]

    def _plot_scores(self, scores, colour, label, kwargs):
        from matplotlib.lines import Line2D

        scores, at = np.asarray(scores), self._positions()
        mean = scores.mean(axis=1)
        n_folds = scores.shape[1]
        error = scores.std(axis=1, ddof=min(1, n_folds - 1)) / np.sqrt(n_folds)
        default = {"color": colour, "marker": "o", "label": label}
        (line,) = self.ax_.plot(at, mean, **styled(Line2D, default, kwargs))
        band = self.ax_.fill_between(
            at, mean - 2 * error, mean + 2 * error, color=line.get_color(), alpha=0.15
        )
        self.bands_.append(band)
        return line

    def _positions(self):
        """Return x if it is numeric, else its indices."""
        x = np.asarray(self.x)
        return x if x.dtype.kind in "iuf" else np.arange(len(x))

    def _scale_axis(self):
        x = np.asarray(self.x)
        if x.dtype.kind not in "iuf":
            self.ax_.set_xticks(np.arange(len(x)), [str(value) for value in x])
        elif x.min() > 0 and x.max() >= 50 * x.min():
            self.ax_.set_xscale("log")


def _constant_guess(estimator, X, y, common):
    """Return the mean score of scikit-learn's dummy estimator on held-out rows."""
    from sklearn.base import is_classifier
    from sklearn.dummy import DummyClassifier, DummyRegressor
    from sklearn.model_selection import cross_val_score

    if y is None:
        return 0.0
    dummy = DummyClassifier() if is_classifier(estimator) else DummyRegressor()
    # The dummy estimator ignores X.
    nothing = np.zeros((len(host(y)), 1))
    return float(cross_val_score(dummy, nothing, y, **common).mean())
