"""Display of false acceptances against false rejections, for all thresholds."""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats
from sklearn.metrics import det_curve
from sklearn.utils.validation import check_consistent_length

from skmath.display._matplotlib import BLUE, ORANGE, fitted_step, host, panels, styled

__all__ = ["DETDisplay"]

CONFIDENCE = 0.95

TICKS = (0.001, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99)


class DETDisplay:
    r"""Detection error tradeoff: unknown people accepted against enrolled rejected.

    Both rates are drawn on normal quantile axes, :math:`\Phi^{-1}`, on which the curve
    for two Gaussian scores is a straight line [1]_. The threshold in use is a point on
    the curve; its error bars are exact binomial intervals [2]_ of both rates at 95%
    confidence, which assume that the images are independent.

    Parameters
    ----------
    is_known : array of bool of shape (n,)
        Whether an image shows an enrolled person, or a pair the same person.
    score : array of shape (n,)
        Scores, higher for known people.
    threshold : float, default=None
        Score from which on a person is accepted; None does not mark a threshold.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    line_ : matplotlib Line2D
        The curve.
    point_ : matplotlib ErrorbarContainer or None
        The threshold.
    false_alarm_rate_, false_rejection_rate_ : float or None
        Rates at the threshold.
    false_alarm_interval_, false_rejection_interval_ : tuple of two floats or None
        95% confidence intervals of these rates.

    See Also
    --------
    skmath.EigenfaceClassifier : Its `open_set_score` and `verify` give the scores.
    sklearn.metrics.DetCurveDisplay : The curve alone.

    References
    ----------
    .. [1] A. Martin, G. Doddington, T. Kamm, M. Ordowski and M. Przybocki, "The DET
       curve in assessment of detection task performance", Eurospeech, 1997.
    .. [2] C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits
       illustrated in the case of the binomial", Biometrika, 26(4), 1934.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skmath import EigenfaceClassifier
    >>> from skmath.display import DETDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> model = EigenfaceClassifier(known_threshold="auto", target_far=0.05)
    >>> model = model.fit(X[::2][y[::2] < 8], y[::2][y[::2] < 8])
    >>> display = DETDisplay.from_estimator(model, X[1::2], y[1::2])
    >>> display.false_rejection_rate_ < 0.5
    True
    """

    def __init__(
        self, *, is_known: Any, score: Any, threshold: float | None = None
    ) -> None:
        self.is_known = is_known
        self.score = score
        self.threshold = threshold

    # None without a threshold, for which a caller need not check if there is one.
    false_alarm_rate_: float | Any
    false_rejection_rate_: float | Any
    false_alarm_interval_: tuple[float, float] | Any
    false_rejection_interval_: tuple[float, float] | Any

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, y: Any, *, ax: Any = None, **kwargs: Any
    ) -> Self:
        """Draw the error rates of a fitted classifier on new images.

        Parameters
        ----------
        estimator : EigenfaceClassifier, or Pipeline that ends in one
            Fitted estimator.
        X : array-like of shape (n_images, n_features)
            New images of enrolled and of other people.
        y : array-like of shape (n_images,)
            Label of the person on each image; people who are not in ``classes_`` count
            as unknown.
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        **kwargs : dict
            Keywords of `matplotlib.axes.Axes.plot`.

        Returns
        -------
        display : DETDisplay
        """
        model, X = fitted_step(estimator, X)
        is_known = np.isin(host(y), host(model.classes_))
        gated = np.isfinite(np.asarray(model.known_threshold_)).all()
        score = host(model.open_set_score(X))
        return cls.from_predictions(
            is_known, score, threshold=0.0 if gated else None, ax=ax, **kwargs
        )

    @classmethod
    def from_predictions(
        cls,
        is_known: ArrayLike,
        score: ArrayLike,
        *,
        threshold: float | None = None,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the error rates of scores.

        Parameters
        ----------
        is_known : array-like of bool of shape (n,)
            Whether an image shows an enrolled person, or a pair the same person.
        score : array-like of shape (n,)
            Scores, such as ``verify(A, B).score``.
        threshold : float, default=None
            Score from which on a person is accepted; None does not mark a threshold.
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        **kwargs : dict
            Keywords of `matplotlib.axes.Axes.plot`.

        Returns
        -------
        display : DETDisplay

        Raises
        ------
        ValueError
            If is_known is the same for all.
        """
        is_known, score = np.asarray(is_known, dtype=bool), np.asarray(score)
        check_consistent_length(is_known, score)
        if is_known.all() or not is_known.any():
            raise ValueError(
                "DETDisplay requires scores of both known and unknown people, but "
                "is_known is the same for all."
            )
        display = cls(is_known=is_known, score=score, threshold=threshold)
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
        self : DETDisplay
        """
        from matplotlib.lines import Line2D

        (self.ax_,) = panels(self, ax, 1, 1, (5.4, 5.0))
        self.figure_ = self.ax_.figure
        alarms, refusals, _ = det_curve(self.is_known, self.score)
        # Rates of 0 and 1 are drawn at half a count from there.
        n = np.bincount(self.is_known, minlength=2)
        x, y = _quantile(alarms, n[0]), _quantile(refusals, n[1])
        style = styled(Line2D, {"color": BLUE, "drawstyle": "default"}, kwargs)
        (self.line_,) = self.ax_.plot(x, y, **style)
        self.line_.set_label("every threshold")
        reach = self._mark_threshold(n)
        for axis in (self.ax_.xaxis, self.ax_.yaxis):
            axis.set_ticks(stats.norm.ppf(TICKS), [f"{t:.3g}" for t in TICKS])
        self.ax_.set(
            title="False acceptances and false rejections",
            xlabel="false acceptances: unknown people accepted",
            ylabel="false rejections: enrolled people rejected",
            xlim=_limits([*x, *reach[0]]),
            ylim=_limits([*y, *reach[1]]),
        )
        self.ax_.grid(alpha=0.3)
        self.ax_.legend()
        return self

    def _mark_threshold(self, n):
        """Mark the threshold in use; return the ends of both rates' intervals."""
        self.point_ = self.false_alarm_rate_ = self.false_rejection_rate_ = None
        self.false_alarm_interval_ = self.false_rejection_interval_ = None
        if self.threshold is None:
            return (), ()
        accepted = self.score >= self.threshold
        counts = (
            int(accepted[~self.is_known].sum()),
            int((~accepted)[self.is_known].sum()),
        )
        rates = [k / int(m) for k, m in zip(counts, n, strict=True)]
        intervals = [_interval(k, m) for k, m in zip(counts, n, strict=True)]
        self.false_alarm_rate_, self.false_rejection_rate_ = rates
        self.false_alarm_interval_, self.false_rejection_interval_ = intervals
        place = [float(_quantile(r, m)) for r, m in zip(rates, n, strict=True)]
        reach = [
            _quantile(np.array(interval), m)
            for interval, m in zip(intervals, n, strict=True)
        ]
        bars = [
            np.abs(ends - at)[:, None] for ends, at in zip(reach, place, strict=True)
        ]
        self.point_ = self.ax_.errorbar(
            *place, xerr=bars[0], yerr=bars[1], fmt="o", color=ORANGE, capsize=3
        )
        self.point_.set_label(f"threshold: {rates[0]:.1%} and {rates[1]:.1%}")
        return reach


def _quantile(rate, n):
    """Return the normal quantiles of rates out of n, kept finite."""
    return stats.norm.ppf(np.clip(rate, 0.5 / n, 1 - 0.5 / n))


def _limits(values):
    """Return the ends of an axis."""
    return np.min(values) - 0.2, np.max(values) + 0.2


def _interval(k, n):
    """Return Clopper and Pearson's interval for k out of n."""
    interval = stats.binomtest(k, int(n)).proportion_ci(CONFIDENCE, "exact")
    return float(interval.low), float(interval.high)
