"""The likelihood of a feature in each class, over the values it was learnt from."""

import datetime
from numbers import Real

import numpy as np

from skmath.display._matplotlib import LINES, fitted_step, host, panels, styled

__all__ = ["LikelihoodDisplay"]

POINTS = 400
"""Of a curve."""

MOST_VALUES = 40
"""Different whole numbers up to which they are drawn one by one."""

DAY, TICKS = 86_400, 4
"""Seconds, and ticks of an axis of times at about most."""

TIMES = {
    "dates": (datetime.date, np.datetime64),
    "durations": (datetime.timedelta, np.timedelta64),
}
"""Types of dates and durations; those of pandas are their subclasses."""


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
    edges : array, default=None
        Between the intervals of numbers of which the likelihood is a probability, as it
        is where features depend on one another. None of a density.
    times : {"dates", "durations"}, default=None
        What the values are the seconds of, which is written at the axis.

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
        self,
        *,
        values,
        likelihood,
        classes,
        feature_name,
        distribution,
        seen=None,
        edges=None,
        times=None,
    ):
        self.values = values
        self.likelihood = likelihood
        self.classes = classes
        self.feature_name = feature_name
        self.distribution = distribution
        self.seen = seen
        self.edges = edges
        self.times = times

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
            If X has no such feature, or it is left out; or it belongs to a multinomial
            or complement group, whose columns have no likelihood of their own.
        """
        estimator, X = fitted_step(estimator, X)
        j, name = _column(estimator, feature)
        distribution = estimator.distributions_[j]
        if distribution in ("multinomial", "complement"):
            raise ValueError(
                f"Feature {name} is {distribution}: its columns are counts of one "
                "draw, and have no likelihood of their own."
            )
        if distribution == "ignored":
            raise ValueError(
                f"Feature {name} is left out of the product, and has no likelihood."
            )
        x, times = _values(X, j)
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
            edges=_edges(estimator, j),
            times=times,
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
            raise ValueError(f"X has no feature {feature!r}.")
        feature = int(np.flatnonzero(names == feature)[0])
    if not 0 <= feature < estimator.n_features_in_:
        raise ValueError(
            f"feature is {feature}, X has {estimator.n_features_in_} features."
        )
    return feature, f"feature {feature}" if names is None else str(names[feature])


def _edges(estimator, j):
    """Return the edges of a feature's intervals whose pairs were counted, or None."""
    kinds = estimator.distributions_
    if estimator.dependence_ is None or kinds[j] != "bins":
        return None
    return estimator.edges_[kinds[:j].count("bins")]


def _values(X, j):
    """Return a column's values: floats, or objects with None where one is missing.

    Of dates and durations they are seconds, of which the second output says what they
    are; None of any other.
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
    """Return "dates" or "durations" if all values are such, else None."""
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
    # The numbers of times would have any unit.
    return list(X[:, j]) if X.dtype.kind in "mM" else X[:, j].tolist()


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
    least = {
        "exponential": 0.0,
        "gamma": 0.1 * different[0],
        "lognormal": 0.1 * different[0],
    }
    low = max(different[0] - span, least.get(distribution, -np.inf))
    return np.linspace(low, different[-1] + span, POINTS)
