"""Display of the likelihood of one feature in each class."""

import datetime
from numbers import Real
from typing import Any, Self

import numpy as np

from skmath.display._matplotlib import LINES, fitted_step, host, panels, styled

__all__ = ["LikelihoodDisplay"]

POINTS = 400
"""Number of points of a curve."""

MOST_VALUES = 40
"""Maximum number of distinct values that are drawn one by one."""

DAY, TICKS = 86_400, 4
"""Seconds of a day, and approximate maximum number of ticks on an axis of times."""

TIMES = {
    "dates": (datetime.date, np.datetime64),
    "durations": (datetime.timedelta, np.timedelta64),
}
"""Types of dates and durations; those of pandas are their subclasses."""


class LikelihoodDisplay:
    """Plot of P(x_j | y) for one feature, with one curve per class.

    Parameters
    ----------
    values : array of shape (n_values,)
        Values of the feature: numbers or categories.
    likelihood : array of shape (n_values, n_classes)
        Density, or probability of a category or count.
    classes : sequence
        Labels of the classes.
    feature_name : str
        Name of the feature.
    distribution : str
        Name of its distribution.
    samples : list of array, default=None
        Values of the rows of each class, for histograms.
    edges : array, default=None
        Edges of the intervals, if the likelihood is the probability of an interval, as
        with ``dependence="tan"``. None for a density.
    times : {"dates", "durations"}, default=None
        Whether the values are seconds of dates or durations, for the labels of the
        axis.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    lines_ : list of matplotlib Line2D
        One per class: a curve for a density, markers for probabilities.
    histograms_ : list of ndarray
        Heights of the histogram of each class; empty without rows.

    See Also
    --------
    skmath.FromScratchNB : The estimator.
    EvidenceDisplay : The evidence of all features for one row.

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
        self,
        *,
        values: Any,
        likelihood: Any,
        classes: Any,
        feature_name: str,
        distribution: str,
        samples: Any = None,
        edges: Any = None,
        times: str | None = None,
    ) -> None:
        self.values = values
        self.likelihood = likelihood
        self.classes = classes
        self.feature_name = feature_name
        self.distribution = distribution
        self.samples = samples
        self.edges = edges
        self.times = times

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any = None,
        *,
        feature: int | str = 0,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the likelihood of one feature of a fitted classifier.

        Parameters
        ----------
        estimator : FromScratchNB, or Pipeline that ends in one
            Fitted estimator.
        X : array-like or data frame of shape (n_samples, n_features)
            Rows that determine the range of values.
        y : array-like of shape (n_samples,), default=None
            Classes of the rows, for histograms. None does not draw histograms.
        feature : int or str, default=0
            Index or name of the column.
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        **kwargs : dict
            Keywords of `matplotlib.axes.Axes.plot`.

        Returns
        -------
        display : LikelihoodDisplay

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If X has no such feature, if it is ignored, or if its distribution is
            multinomial or complement, where single columns have no likelihood.
        """
        estimator, X = fitted_step(estimator, X)
        j, name = _column(estimator, feature)
        distribution = estimator.distributions_[j]
        if distribution in ("multinomial", "complement"):
            raise ValueError(
                f"LikelihoodDisplay cannot draw feature {name}: its distribution is "
                f"{distribution!r}, where single columns have no likelihood."
            )
        if distribution == "ignored":
            raise ValueError(
                f"LikelihoodDisplay cannot draw feature {name}: its distribution is "
                "'ignored', so it has no likelihood."
            )
        x, times = _values(X, j)
        values = _grid(x, distribution)
        classes = host(estimator.classes_)
        samples = None if y is None else [x[host(y) == k] for k in classes]
        display = cls(
            values=values,
            likelihood=np.exp(host(estimator.feature_log_likelihood(values, j))),
            classes=classes,
            feature_name=name,
            distribution=distribution,
            samples=samples,
            edges=_edges(estimator, j),
            times=times,
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
        self : LikelihoodDisplay
        """
        (self.ax_,) = panels(self, ax, 1, 1, (6.4, 4.0))
        self.figure_ = self.ax_.figure
        from matplotlib.lines import Line2D

        one_by_one = len(self.values) <= MOST_VALUES
        default = {"marker": "o", "linestyle": "none"} if one_by_one else {}
        self.lines_: list[Any] = []
        self.histograms_: list[Any] = []
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
        """Draw the rows of a class: bars of their frequency, or a histogram."""
        if self.samples is None:
            return
        rows = self.samples[k]
        if len(self.values) <= MOST_VALUES:
            heights = np.array([np.mean(rows == value) for value in self.values])
            width = 0.8 if len(at) < 2 else 0.8 * np.min(np.diff(at))
            self.ax_.bar(at, heights, width=width, color=colour, alpha=0.25)
        else:
            rows = rows[~np.isnan(rows)]
            how = {"bins": "auto", "density": True}
            if self.edges is not None:
                bins = [self.values[0], *self.edges, self.values[-1]]
                how = {"bins": bins, "weights": np.full(len(rows), 1 / len(rows))}
            heights, _, _ = self.ax_.hist(rows, color=colour, alpha=0.25, **how)
        self.histograms_.append(np.asarray(heights))

    def _name_axes(self, one_by_one):
        from matplotlib.ticker import MaxNLocator, MultipleLocator

        densities = ("kde", "gaussian", "exponential", "gamma", "lognormal")
        probability = one_by_one and self.distribution not in densities
        kind = "probability" if probability else "density"
        self.ax_.set(
            title=f"{self.feature_name}: {self.distribution}",
            xlabel=self.feature_name,
            ylabel=kind if self.edges is None else "probability of the interval",
        )
        if self._of_text():
            self.ax_.set_xticks(np.arange(len(self.values)), list(self.values))
        if self.times is not None:
            days = int((self.values[-1] - self.values[0]) / DAY / TICKS)
            locator = MultipleLocator(DAY * days) if days else MaxNLocator(TICKS)
            self.ax_.xaxis.set_major_locator(locator)
            self.ax_.xaxis.set_major_formatter(self._name_of_time)
        self.ax_.legend(title="class")

    def _name_of_time(self, seconds, _):
        """Return the date or duration at a tick, to the second."""
        seconds = round(seconds)
        if self.times == "durations":
            return str(datetime.timedelta(seconds=seconds)).removesuffix(", 0:00:00")
        shown = str(np.datetime64(seconds, "s"))
        return shown.removesuffix("T00:00:00").replace("T", " ")


def _column(estimator, feature):
    """Return the index of a feature and its name."""
    names = getattr(estimator, "feature_names_in_", None)
    if isinstance(feature, str):
        if names is None or feature not in names:
            raise ValueError(f"feature={feature!r} is not a column of X.")
        feature = int(np.flatnonzero(names == feature)[0])
    if not 0 <= feature < estimator.n_features_in_:
        raise ValueError(
            f"feature={feature} must be the index of one of the "
            f"{estimator.n_features_in_} columns of X."
        )
    return feature, f"feature {feature}" if names is None else str(names[feature])


def _edges(estimator, j):
    """Return the edges of the intervals of a feature counted in pairs, or None."""
    kinds = estimator.distributions_
    if estimator.dependence_ is None or kinds[j] != "bins":
        return None
    return estimator.edges_[kinds[:j].count("bins")]


def _values(X, j):
    """Return a column's values as floats or objects, and the kind of times.

    Missing values are NaN or None. Dates and durations become seconds; the kind is None
    for other values.
    """
    column = _cells(X, j)
    present = [not _is_missing(value) for value in column]
    there = [value for value, yes in zip(column, present, strict=True) if yes]
    times = _kind_of_times(there)
    if times is not None:
        values = np.full(len(column), np.nan)
        values[present] = _seconds(there, times)
        return values, times
    if all(isinstance(value, Real) for value in there):
        rest = zip(column, present, strict=True)
        return np.array([float(v) if yes else np.nan for v, yes in rest]), None
    texts = [str(v) if yes else None for v, yes in zip(column, present, strict=True)]
    return np.array(texts, dtype=object), None


def _kind_of_times(values):
    """Return "dates" or "durations" if all values have such a type, else None."""
    for name, types in TIMES.items():
        if values and all(isinstance(value, types) for value in values):
            return name
    return None


def _seconds(values, times):
    """Return the seconds of dates since the start of 1970, in UTC, or of durations."""
    values = [
        value.astimezone(datetime.UTC).replace(tzinfo=None)
        if getattr(value, "tzinfo", None) is not None
        else value
        for value in values
    ]
    unit = "datetime64[us]" if times == "dates" else "timedelta64[us]"
    return np.array(values, dtype=unit).astype(np.int64) / 1e6


def _cells(X, j):
    """Return the cells of a column, a list."""
    if hasattr(X, "iloc"):
        return X.iloc[:, j].tolist()
    if hasattr(X, "get_columns"):
        return X.get_columns()[j].to_list()
    if isinstance(X, list):
        return [row[j] for row in X]
    # tolist() may turn times into integers of some unit.
    return list(X[:, j]) if X.dtype.kind in "mM" else X[:, j].tolist()


def _is_missing(value):
    return type(value).__name__ in ("NoneType", "NAType", "NaTType") or value != value


def _grid(x, distribution):
    """Return the values at which to draw: each one, or a grid over their range."""
    if x.dtype == object:
        return np.array(sorted({v for v in x if v is not None}), dtype=object)
    different = np.unique(x[~np.isnan(x)])
    if distribution in ("categorical", "bernoulli"):
        return different
    if distribution == "poisson":
        return np.arange(different.min(), different.max() + 1)
    span = 0.1 * (different[-1] - different[0]) or 1.0
    least = {
        "exponential": 0.0,
        "gamma": 0.1 * different[0],
        "lognormal": 0.1 * different[0],
    }
    low = max(different[0] - span, least.get(distribution, -np.inf))
    return np.linspace(low, different[-1] + span, POINTS)
