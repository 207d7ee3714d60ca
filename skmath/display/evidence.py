"""Display of the evidence of each feature for the predicted class of a row."""

from numbers import Real
from typing import Any, Self

import numpy as np

from skmath.display._matplotlib import (
    BLUE,
    GREY,
    ORANGE,
    first_row,
    fitted_step,
    host,
    panels,
    styled,
)

__all__ = ["EvidenceDisplay"]

LABEL_LENGTH = 40
"""Maximum number of characters in the label of a bar."""


class EvidenceDisplay:
    """Explain one prediction: the log odds of the two best classes, by feature.

    The prior and the features add up to the posterior log odds: each bar starts where
    the one above it ends, and the last bar is the sum.

    Parameters
    ----------
    evidence : array of shape (n_features,)
        Log-likelihood ratio of each feature, positive if it favours the predicted
        class.
    prior : float
        Log odds of the priors.
    classes : tuple of two
        The predicted class and the second most probable one.
    feature_names : sequence of str
        Names of the features.
    values : sequence, default=None
        Values of the features in the row, for the labels.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    bars_ : matplotlib BarContainer
        Bars of the prior and of the features, the strongest first; the last one is the
        sum of all features without a bar of their own.
    total_bar_ : matplotlib Rectangle
        The posterior log odds.

    See Also
    --------
    skmath.FromScratchNB : The estimator.

    Examples
    --------
    >>> from skmath import FromScratchNB
    >>> from skmath.datasets import load_play_tennis
    >>> from skmath.display import EvidenceDisplay
    >>> X, y = load_play_tennis(return_X_y=True)
    >>> model = FromScratchNB().fit(X, y)
    >>> display = EvidenceDisplay.from_estimator(
    ...     model, X, feature_names=["outlook", "temperature", "humidity", "wind"]
    ... )
    >>> [text.get_text() for text in display.ax_.get_yticklabels()][:2]
    ['prior', 'outlook = sunny']
    """

    def __init__(
        self,
        *,
        evidence: Any,
        prior: float,
        classes: Any,
        feature_names: Any,
        values: Any = None,
    ) -> None:
        self.evidence = evidence
        self.prior = prior
        self.classes = classes
        self.feature_names = feature_names
        self.values = values

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any = None,
        *,
        feature_names: Any = None,
        max_features: int = 15,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Explain the prediction of a fitted classifier for the first row of X.

        Parameters
        ----------
        estimator : FromScratchNB, or Pipeline that ends in one
            Fitted estimator.
        X : array-like, sparse matrix or data frame of shape (n_samples, n_features)
            Its first row is drawn.
        feature_names : sequence of str, default=None
            Names of the features; None uses ``feature_names_in_``, or x0, x1, ...
        max_features : int, default=15
            Maximum number of features with a bar of their own; the others share one.
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        **kwargs : dict
            Keywords of `matplotlib.axes.Axes.barh` for the prior and the features.

        Returns
        -------
        display : EvidenceDisplay

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If X is not passed, if feature_names does not have one name per feature, or
            if only one class has a probability above 0.
        TypeError
            If the estimator is not a FromScratchNB.
        """
        estimator, X = fitted_step(estimator, X)
        if not hasattr(estimator, "feature_evidence"):
            raise TypeError(
                "EvidenceDisplay needs a FromScratchNB, for its feature_evidence; a "
                f"{type(estimator).__name__} does not have it. In a linear model a "
                "column contributes (x - X.mean(axis=0)) * coef_."
            )
        if X is None:
            raise ValueError("EvidenceDisplay requires X, whose first row it explains.")
        row = first_row(X)
        a, b = _first_and_second(estimator, row)
        evidence = host(estimator.feature_evidence(row))[0]
        log_prior = np.log(host(estimator.class_prior_)[[a, b]])
        display = cls(
            evidence=evidence[:, a] - evidence[:, b],
            prior=float(log_prior[0] - log_prior[1]),
            classes=tuple(host(estimator.classes_)[[a, b]].tolist()),
            feature_names=names_of(estimator, feature_names),
            values=host(row)[0],
        )
        return display.plot(ax, max_features=max_features, **kwargs)

    def plot(self, ax: Any = None, *, max_features: int = 15, **kwargs: Any) -> Self:
        """Draw the display, or draw it again on other axes.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        max_features : int, default=15
            Features that have a bar of their own; the others share one.
        **kwargs : dict
            Keywords of `matplotlib.axes.Axes.barh` for the prior and the features.

        Returns
        -------
        self : EvidenceDisplay
        """
        names, widths = self._bars(max_features)
        n = len(widths)
        (self.ax_,) = panels(self, ax, 1, 1, (7.0, 1.6 + 0.32 * (n + 1)))
        self.figure_ = self.ax_.figure
        self._plot_bars(widths, kwargs)
        total = widths.sum()
        bars = self.ax_.barh(n, total, color=GREY)
        (self.total_bar_,) = bars
        self.ax_.bar_label(bars, fmt="%+.2f", padding=3)
        self._name_axes([*names, "posterior log odds"])
        return self

    def _bars(self, max_features):
        """Return names and widths of the bars, the prior first."""
        order = np.argsort(-np.abs(self.evidence), kind="stable")
        shown, others = order[:max_features], order[max_features:]
        names = ["prior", *(self._label(j) for j in shown)]
        widths = [self.prior, *self.evidence[shown]]
        if others.size:
            names.append(f"{others.size} other features")
            widths.append(self.evidence[others].sum())
        return names, np.array(widths)

    def _label(self, j):
        name = self.feature_names[j]
        if self.values is None:
            return shortened(str(name))
        value = self.values[j]
        value = format(value, ".4g") if isinstance(value, Real) else str(value)
        return shortened(f"{name} = {value}")

    def _plot_bars(self, widths, kwargs):
        from matplotlib.patches import Patch

        colours = np.where(widths >= 0, BLUE, ORANGE)
        starts = np.cumsum(widths) - widths
        self.bars_ = self.ax_.barh(
            np.arange(len(widths)),
            widths,
            left=starts,
            **styled(Patch, {"color": colours}, kwargs),
        )
        self.ax_.bar_label(self.bars_, [f"{w:+.2f}" for w in widths], padding=3)

    def _name_axes(self, names):
        first, second = self.classes
        self.ax_.axvline(0.0, color=GREY, linewidth=0.8, zorder=0)
        self.ax_.set_yticks(np.arange(len(names)), names)
        self.ax_.set(
            ylim=(len(names) - 0.5, -0.5),
            title=f"Evidence for {first!r} against {second!r}",
            xlabel=f"log odds of {first!r} against {second!r} (natural logarithm)",
        )
        # Room for the bars' numbers.
        self.ax_.use_sticky_edges = False
        self.ax_.margins(x=0.15)


def shortened(label):
    """Return a label of at most 40 characters.

    Examples
    --------
    >>> from skmath.display.evidence import shortened
    >>> len(shortened("a" * 100))
    40
    """
    return label if len(label) <= LABEL_LENGTH else label[: LABEL_LENGTH - 3] + "..."


def _first_and_second(estimator, row):
    """Return the indices of the most probable class and of the runner-up.

    The order is that of the probabilities; their logarithms do not underflow.
    """
    log_p = host(estimator.predict_log_proba(row))[0]
    order = np.argsort(-log_p, kind="stable")
    if np.count_nonzero(np.isfinite(log_p)) < 2:
        raise ValueError(
            "EvidenceDisplay compares two classes, but only one has a probability "
            "above zero."
        )
    return order[0], order[1]


def names_of(estimator, feature_names):
    """Return the names of the features: those passed, learnt in fit, or x0, x1, ..."""
    n_features = estimator.n_features_in_
    if feature_names is None:
        numbered = [f"x{j}" for j in range(n_features)]
        feature_names = getattr(estimator, "feature_names_in_", numbered)
    if len(feature_names) != n_features:
        raise ValueError(
            f"feature_names has {len(feature_names)} names, but X has {n_features} "
            "features."
        )
    return list(feature_names)
