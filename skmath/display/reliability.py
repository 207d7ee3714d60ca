"""Reliability diagram: observed class frequencies against predicted probabilities."""

from typing import Any, Self

import numpy as np
from scipy import stats
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss
from sklearn.utils.validation import check_is_fitted

from skmath.display._matplotlib import GREY, LINES, fitted_step, host, panels, styled

__all__ = ["ReliabilityDisplay"]

MOST_CURVES = 7
"""Maximum number of classes with a curve each: more colours are hard to distinguish."""


class ReliabilityDisplay:
    r"""Reliability diagram: observed frequency of a class against its probability.

    Rows are put into bins by their predicted probability of a class. If probabilities
    are calibrated, the frequency of the class in a bin equals the mean probability, and
    the curve is the diagonal; for an over-confident model it is flatter. If
    probabilities are calibrated, the frequency is within the bar on the diagonal for 19
    of 20 bins (by the binomial distribution [2]_). The legend shows the Brier score,
    the mean squared difference between the probability and the outcome (0 or 1).

    Parameters
    ----------
    probabilities : array of shape (n_samples, n_classes)
        Predicted probabilities P(y | x).
    y : array of shape (n_samples,)
        True classes.
    classes : sequence
        Labels of the classes.
    untempered : array of shape (n_samples, n_classes), default=None
        Probabilities at a temperature of 1, whose curves are dashed.
    n_bins : int, default=10
        Number of bins; empty ones are left out.
    strategy : {"uniform", "quantile"}, default="uniform"
        Whether bins have equal width or equal numbers of rows.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    lines_ : list of matplotlib Line2D
        One curve per class (one-vs-rest); for two classes a single one, of the second;
        for more than seven, one of the most probable class of each row.
    untempered_lines_ : list of matplotlib Line2D
        The curves at a temperature of 1; empty if the temperature is 1.
    reference_ : matplotlib Line2D
        The diagonal.
    bars_ : list of matplotlib LineCollection
        Bars on the diagonal, for each curve.
    scores_ : list of float
        Brier score of each curve.

    See Also
    --------
    skmath.FromScratchNB : The estimator; ``calibrate`` sets its temperature.
    LikelihoodDisplay : The likelihoods behind the probabilities.
    sklearn.calibration.CalibrationDisplay : Reliability diagrams of two classes.

    References
    ----------
    .. [1] M. H. DeGroot and S. E. Fienberg, "The comparison and evaluation of
       forecasters", The Statistician, 32, 1983.
    .. [2] J. Broecker and L. A. Smith, "Increasing the reliability of reliability
       diagrams", Weather and Forecasting, 22, 2007.
    .. [3] C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, "On calibration of modern
       neural networks", ICML 2017.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.model_selection import train_test_split
    >>> from skmath import FromScratchNB
    >>> from skmath.display import ReliabilityDisplay
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> X, X_test, y, y_test = train_test_split(X, y, random_state=0)
    >>> model = FromScratchNB("gaussian", calibrate="temperature").fit(X, y)
    >>> display = ReliabilityDisplay.from_estimator(model, X_test, y_test)
    >>> len(display.lines_), len(display.untempered_lines_)
    (1, 1)
    """

    def __init__(
        self,
        *,
        probabilities: Any,
        y: Any,
        classes: Any,
        untempered: Any = None,
        n_bins: int = 10,
        strategy: str = "uniform",
    ) -> None:
        self.probabilities = probabilities
        self.y = y
        self.classes = classes
        self.untempered = untempered
        self.n_bins = n_bins
        self.strategy = strategy

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any = None,
        y: Any = None,
        *,
        n_bins: int = 10,
        strategy: str = "uniform",
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the reliability of a fitted classifier on held-out rows.

        Parameters
        ----------
        estimator : classifier, or Pipeline that ends in one
            Fitted, with ``predict_proba``. For a FromScratchNB or BackpropMLP whose
            ``temperature_`` is not 1, the curves at 1 are drawn too, dashed.
        X : array-like, sparse matrix or data frame of shape (n_samples, n_features)
            Held-out rows.
        y : array-like of shape (n_samples,)
            True classes.
        n_bins : int, default=10
            Number of bins; empty ones are left out.
        strategy : {"uniform", "quantile"}, default="uniform"
            Whether bins have equal width or equal numbers of rows.
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        **kwargs : dict
            Keywords of `matplotlib.axes.Axes.plot` for the curves.

        Returns
        -------
        display : ReliabilityDisplay

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If X or y is not passed, or the estimator has no `predict_proba`.
        """
        check_is_fitted(estimator)
        if X is None or y is None:
            raise ValueError(
                "ReliabilityDisplay requires X and y: pass rows that the estimator was "
                "not fitted on."
            )
        if not hasattr(estimator, "predict_proba"):
            raise ValueError(
                f"ReliabilityDisplay requires an estimator with predict_proba, which "
                f"{type(estimator).__name__} does not have."
            )
        display = cls(
            probabilities=host(estimator.predict_proba(X)),
            y=host(y),
            classes=host(estimator.classes_),
            untempered=_untempered(estimator, X),
            n_bins=n_bins,
            strategy=strategy,
        )
        return display.plot(ax, **kwargs)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Draw the display, or draw it again on other axes.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        **kwargs : dict
            Keywords of `matplotlib.axes.Axes.plot` for the curves.

        Returns
        -------
        self : ReliabilityDisplay
        """
        (self.ax_,) = panels(self, ax, 1, 1, (5.4, 5.0))
        self.figure_ = self.ax_.figure
        style = {"color": GREY, "linestyle": ":", "zorder": 0}
        (self.reference_,) = self.ax_.plot([0, 1], [0, 1], **style)
        self.reference_.set_label("perfectly calibrated")
        self.lines_: list[Any] = []
        self.untempered_lines_: list[Any] = []
        self.scores_: list[Any] = []
        self.bars_: list[Any] = []
        for k, (name, outcomes, p) in enumerate(self._curves(self.probabilities)):
            colour = LINES[k % len(LINES)]
            self.scores_.append(float(brier_score_loss(outcomes, p)))
            style = {"marker": "o", "color": colour}
            line = self._plot_curve(outcomes, p, style, kwargs)
            line.set_label(f"{name} ({self.scores_[-1]:.3f})")
            self.lines_.append(line)
            self._plot_bars(p, line.get_xdata(), colour)
        self._plot_untempered()
        self.ax_.set(
            title="Reliability",
            xlabel="mean predicted probability",
            ylabel="observed frequency",
            aspect="equal",
        )
        self.ax_.legend(title="class (Brier score)", loc="best")
        return self

    def _plot_bars(self, p, mean, colour):
        """Draw where frequencies would be if the probabilities were calibrated."""
        n = _sizes(p, self.n_bins, self.strategy)
        low, high = stats.binom.interval(0.95, n, np.clip(mean, 0.0, 1.0))
        bars = self.ax_.vlines(mean, low / n, high / n, colour, lw=5, alpha=0.25)
        bars.set_zorder(0)
        self.bars_.append(bars)

    def _plot_untempered(self):
        """Draw the curves at a temperature of 1, with a single entry in the legend."""
        if self.untempered is None:
            return
        for k, (_, outcomes, p) in enumerate(self._curves(self.untempered)):
            style = {"color": LINES[k % len(LINES)], "linestyle": "--", "alpha": 0.6}
            line = self._plot_curve(outcomes, p, style, {})
            line.set_label("_" if k else "at temperature 1")
            self.untempered_lines_.append(line)

    def _plot_curve(self, outcomes, p, style, kwargs):
        """Draw one curve."""
        from matplotlib.lines import Line2D

        share, mean = calibration_curve(
            outcomes, p, pos_label=True, n_bins=self.n_bins, strategy=self.strategy
        )
        (line,) = self.ax_.plot(mean, share, **styled(Line2D, style, kwargs))
        return line

    def _curves(self, probabilities):
        """Yield each curve's name, whether its class occurred, and its probability."""
        p, classes = np.clip(probabilities, 0.0, 1.0), np.asarray(self.classes)
        if len(classes) > MOST_CURVES:
            outcomes = classes[p.argmax(axis=1)] == self.y
            yield "the most probable", outcomes, p.max(axis=1)
            return
        # With two classes both curves have the same information.
        for k in range(len(classes)) if len(classes) != 2 else [1]:
            yield str(classes[k]), self.y == classes[k], p[:, k]


def _sizes(p, n_bins, strategy):
    """Return the number of rows in each non-empty bin, with scikit-learn's bins."""
    shares = np.linspace(0.0, 1.0, n_bins + 1)
    edges = np.percentile(p, shares * 100) if strategy == "quantile" else shares
    counts = np.bincount(np.searchsorted(edges[1:-1], p), minlength=n_bins)
    return counts[counts > 0]


def _untempered(estimator, X):
    """Return the probabilities at a temperature of 1; None if the temperature is 1.

    For naive Bayes (1 - 1 / T) log P(x | y) is added to log P(y) + log P(x | y) / T;
    for a network the outputs z / T are multiplied by T.
    """
    last, X = fitted_step(estimator, X)
    temperature = getattr(last, "temperature_", 1.0)
    if temperature == 1.0:
        return None
    if hasattr(last, "predict_joint_log_proba"):
        logs = host(last.transform(X)).astype(float)
        joint = host(last.predict_joint_log_proba(X)) + (1 - 1 / temperature) * logs
    else:
        joint = temperature * host(last.predict_log_proba(X)).astype(float)
    p = np.exp(joint - joint.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)
