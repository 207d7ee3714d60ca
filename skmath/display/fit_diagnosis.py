"""Learning and validation curves, with a verdict."""

from textwrap import fill

import numpy as np

from skmath.display._matplotlib import BLUE, GREY, ORANGE, host, panels, styled
from skmath.statistics.diagnosis import diagnose

__all__ = ["FitDiagnosisDisplay"]


class FitDiagnosisDisplay:
    """Scores on training and on held-out rows, against rows or a parameter.

    The title is the verdict on the last point of a learning curve, or on the best point
    of a validation curve.

    Parameters
    ----------
    x : array of shape (n_points,)
        Numbers of rows, or values of the parameter.
    train_scores, validation_scores : array of shape (n_points, n_folds)
        Higher is better.
    x_name : str, default="training rows"
    score_name : str, default="score"
    baseline : float, default=0.0
        Score of a constant guess.
    wanted : float, default=None
        Lowest score that is wanted; see `skmath.statistics.diagnose`.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    train_line_, validation_line_ : matplotlib Line2D
        Means over the folds.
    bands_ : list of 2 matplotlib PolyCollection
        Two standard errors either way.
    verdicts_ : list of Diagnosis
        The verdict on each point.
    diagnosis_ : Diagnosis
        The verdict on the last point of a learning curve, or on the point of a
        validation curve whose validation score is best.

    See Also
    --------
    skmath.statistics.diagnose : The rule.
    sklearn.model_selection.learning_curve : Where the scores come from.

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
        x,
        train_scores,
        validation_scores,
        x_name="training rows",
        score_name="score",
        baseline=0.0,
        wanted=None,
    ):
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
        estimator,
        X,
        y=None,
        *,
        param_name=None,
        param_range=None,
        train_sizes=None,
        cv=None,
        scoring=None,
        baseline=None,
        wanted=None,
        n_jobs=None,
        random_state=None,
        ax=None,
        **kwargs,
    ):
        """Fit clones of an estimator and draw their scores.

        Parameters
        ----------
        estimator : estimator or Pipeline
            Need not be fitted; clones of it are.
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,), default=None
        param_name : str, default=None
            A parameter of the estimator: a validation curve over `param_range`. None
            draws a learning curve over `train_sizes`.
        param_range : array-like, default=None
        train_sizes : array-like, default=None
            As `sklearn.model_selection.learning_curve` takes them; None is a tenth to
            all of the rows in eight steps.
        cv : int, splitter or iterable, default=None
        scoring : str or callable, default=None
            None is the estimator's own score.
        baseline : float, default=None
            None is the score of scikit-learn's dummy estimator.
        wanted : float, default=None
        n_jobs : int, default=None
        random_state : int, RandomState instance or None, default=None
            Shuffles the rows before the learning curve takes the first of them.
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            For `matplotlib.axes.Axes.plot` of both lines.

        Returns
        -------
        display : FitDiagnosisDisplay

        Raises
        ------
        ValueError
            If there is a param_name without a param_range.
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
                raise ValueError("param_name needs the values to try: param_range.")
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

    def plot(self, ax=None, **kwargs):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            For `matplotlib.axes.Axes.plot` of both lines.

        Returns
        -------
        self : FitDiagnosisDisplay
        """
        (self.ax_,) = panels(self, ax, 1, 1, (6.4, 4.0))
        self.figure_ = self.ax_.figure
        self._judge()
        self.bands_ = []
        self.train_line_ = self._plot_scores(
            self.train_scores, ORANGE, "training rows", kwargs
        )
        self.validation_line_ = self._plot_scores(
            self.validation_scores, BLUE, "held-out rows", kwargs
        )
        self.ax_.axhline(self.baseline, color=GREY, linewidth=0.8, linestyle=":")
        self.ax_.set(
            # On one line the rule is wider than the axes.
            title=fill(f"{self.diagnosis_.verdict}: {self.diagnosis_.rule}", 60),
            xlabel=self.x_name,
            ylabel=self.score_name,
        )
        self.ax_.title.set_fontsize("medium")
        self._scale_axis()
        self.ax_.legend()
        return self

    def _judge(self):
        options = {"baseline": self.baseline, "wanted": self.wanted}
        train, validation = map(np.asarray, (self.train_scores, self.validation_scores))
        self.verdicts_ = [
            diagnose(t, v, **options) for t, v in zip(train, validation, strict=True)
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
        """Return the numbers of x; places of what is no number."""
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
    # It looks at y alone.
    nothing = np.zeros((len(host(y)), 1))
    return float(cross_val_score(dummy, nothing, y, **common).mean())
