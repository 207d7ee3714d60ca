"""The likelihood of a feature in each class, over the values it was learnt from."""

from numbers import Real

import numpy as np

from skmath.display._matplotlib import LINES, fitted_step, host, panels, styled

__all__ = ["LikelihoodDisplay"]

POINTS = 400
"""Of a curve."""

MOST_VALUES = 40
"""Different whole numbers up to which they are drawn one by one."""


class LikelihoodDisplay:
    """P(x_j | y) of one feature, a curve or a row of bars a class.

    Parameters
    ----------
    values : array of shape (n_values,)
        Of the feature: numbers, or categories.
    likelihood : array of shape (n_values, n_classes)
        Density, or probability of a category or a count.
    classes : sequence
    feature_name : str
    distribution : str
        What it was taken to be.
    seen : list of array, default=None
        Values of the rows of each class, of which a histogram is drawn.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    lines_ : list of matplotlib Line2D
        One a class: a curve of a density, markers of probabilities.
    histograms_ : list of ndarray
        Heights that were drawn of each class's rows; empty without rows.

    See Also
    --------
    skmath.FromScratchNB : The estimator.
    EvidenceDisplay : What the features of one row say together.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skmath import FromScratchNB
    >>> from skmath.display import LikelihoodDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> model = FromScratchNB("kde").fit(X, y)
    >>> display = LikelihoodDisplay.from_estimator(model, X, y, feature=2)
    >>> display.distribution, len(display.lines_)
    ('kde', 3)
    """

    def __init__(
        self, *, values, likelihood, classes, feature_name, distribution, seen=None
    ):
        self.values = values
        self.likelihood = likelihood
        self.classes = classes
        self.feature_name = feature_name
        self.distribution = distribution
        self.seen = seen

    @classmethod
    def from_estimator(cls, estimator, X, y=None, *, feature=0, ax=None, **kwargs):
        """Draw one feature of a fitted classifier.

        Parameters
        ----------
        estimator : FromScratchNB, or Pipeline that ends in one
            Fitted.
        X : array-like or data frame of shape (n_samples, n_features)
            Rows between whose values the likelihood is drawn.
        y : array-like of shape (n_samples,), default=None
            Their classes, for histograms of the rows. None draws none.
        feature : int or str, default=0
            Index of the column, or its name.
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            For `matplotlib.axes.Axes.plot`.

        Returns
        -------
        display : LikelihoodDisplay

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If X has no such feature, or it belongs to a multinomial or complement
            group, whose columns have no likelihood of their own.
        """
        estimator, X = fitted_step(estimator, X)
        j, name = _column(estimator, feature)
        distribution = estimator.distributions_[j]
        if distribution in ("multinomial", "complement"):
            raise ValueError(
                f"Feature {name} is {distribution}: its columns are counts of one "
                "draw, and have no likelihood of their own."
            )
        x = _values(X, j)
        values = _grid(x, distribution)
        classes = host(estimator.classes_)
        seen = None if y is None else [x[host(y) == k] for k in classes]
        display = cls(
            values=values,
            likelihood=np.exp(host(estimator.feature_log_likelihood(values, j))),
            classes=classes,
            feature_name=name,
            distribution=distribution,
            seen=seen,
        )
        return display.plot(ax, **kwargs)

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
        self : LikelihoodDisplay
        """
        (self.ax_,) = panels(self, ax, 1, 1, (6.4, 4.0))
        self.figure_ = self.ax_.figure
        from matplotlib.lines import Line2D

        one_by_one = len(self.values) <= MOST_VALUES
        default = {"marker": "o", "linestyle": "none"} if one_by_one else {}
        self.lines_, self.histograms_ = [], []
        for k, label in enumerate(self.classes):
            colour = LINES[k % len(LINES)]
            style = styled(Line2D, {**default, "color": colour}, kwargs)
            at = np.arange(len(self.values)) if self._of_text() else self.values
            (line,) = self.ax_.plot(at, self.likelihood[:, k], **style)
            line.set_label(str(label))
            self.lines_.append(line)
            self._plot_rows(k, at, colour)
        self._name_axes(one_by_one)
        return self

    def _of_text(self):
        return np.asarray(self.values).dtype.kind == "O"

    def _plot_rows(self, k, at, colour):
        """Draw the rows of a class: bars of their share, or a histogram."""
        if self.seen is None:
            return
        rows = self.seen[k]
        if len(self.values) <= MOST_VALUES:
            heights = np.array([np.mean(rows == value) for value in self.values])
            width = 0.8 if len(at) < 2 else 0.8 * np.min(np.diff(at))
            self.ax_.bar(at, heights, width=width, color=colour, alpha=0.25)
        else:
            rows = rows[~np.isnan(rows)]
            heights, _, _ = self.ax_.hist(
                rows, bins="auto", density=True, color=colour, alpha=0.25
            )
        self.histograms_.append(np.asarray(heights))

    def _name_axes(self, one_by_one):
        probability = one_by_one and self.distribution not in ("kde", "gaussian")
        self.ax_.set(
            title=f"{self.feature_name}: {self.distribution}",
            xlabel=self.feature_name,
            ylabel="probability" if probability else "density",
        )
        if self._of_text():
            self.ax_.set_xticks(np.arange(len(self.values)), list(self.values))
        self.ax_.legend(title="class")


def _column(estimator, feature):
    """Return the index of a feature and its name."""
    names = getattr(estimator, "feature_names_in_", None)
    if isinstance(feature, str):
        if names is None or feature not in names:
            raise ValueError(f"X has no feature {feature!r}.")
        feature = int(np.flatnonzero(names == feature)[0])
    if not 0 <= feature < estimator.n_features_in_:
        raise ValueError(
            f"feature is {feature}, X has {estimator.n_features_in_} features."
        )
    return feature, f"feature {feature}" if names is None else str(names[feature])


def _values(X, j):
    """Return a column's values: floats, or objects with None where one is missing."""
    if hasattr(X, "iloc"):
        column = X.iloc[:, j].tolist()
    elif hasattr(X, "get_columns"):
        column = X.get_columns()[j].to_list()
    else:
        column = [row[j] for row in X] if isinstance(X, list) else X[:, j].tolist()
    present = [not _is_missing(value) for value in column]
    if all(isinstance(v, Real) for v, yes in zip(column, present, strict=True) if yes):
        rest = zip(column, present, strict=True)
        return np.array([float(v) if yes else np.nan for v, yes in rest])
    texts = [str(v) if yes else None for v, yes in zip(column, present, strict=True)]
    return np.array(texts, dtype=object)


def _is_missing(value):
    return type(value).__name__ in ("NoneType", "NAType", "NaTType") or value != value


def _grid(x, distribution):
    """Return where the likelihood is drawn: at each value, or evenly between them."""
    if x.dtype == object:
        return np.array(sorted({v for v in x if v is not None}), dtype=object)
    different = np.unique(x[~np.isnan(x)])
    if distribution in ("categorical", "bernoulli"):
        return different
    if distribution == "poisson":
        return np.arange(different.min(), different.max() + 1)
    span = 0.1 * (different[-1] - different[0]) or 1.0
    low = max(different[0] - span, 0.0 if distribution == "exponential" else -np.inf)
    return np.linspace(low, different[-1] + span, POINTS)
