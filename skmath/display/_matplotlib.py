"""Helpers of the displays: fitted steps, axes, colours and ticks.

matplotlib is only imported when something is drawn.
"""

import numpy as np
from scipy import sparse
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skmath import _arrays

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#666666"
"""Colour-blind safe colours (Okabe and Ito 2008); the main artist is blue."""

LINES = (BLUE, ORANGE, "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Cycle of colours for lines on the same axes (Okabe and Ito 2008)."""

PALETTE = (
    *("#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6"),
    *("#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd"),
)
"""Colour-blind safe colours for up to ten groups (Petroff 2021)."""

LARGEST = 1e150
"""Largest number that is drawn: beyond it logarithmic axes have no room for margins."""


def pyplot(caller):
    """Return matplotlib.pyplot.

    Parameters
    ----------
    caller : object
        The display, for the message.

    Raises
    ------
    ImportError
        If matplotlib is not installed; the message says how to get it.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            f"{type(caller).__name__} requires matplotlib, which cannot be imported. "
            'Install it with pip install "skmath[plot]".'
        ) from error
    return plt


def fitted_step(estimator, X=None):
    """Return the fitted estimator to draw, and X after the steps before it.

    Parameters
    ----------
    estimator : estimator or Pipeline
        For a Pipeline, the last step is drawn.
    X : array-like, sparse matrix or data frame, default=None
        Input of the estimator or Pipeline.

    Raises
    ------
    NotFittedError
        If the estimator is not fitted.
    """
    check_is_fitted(estimator)
    if not isinstance(estimator, Pipeline):
        return estimator, X
    if X is not None and len(estimator) > 1:
        X = estimator[:-1].transform(X)
    return fitted_step(estimator[-1], X)


def first_row(X):
    """Return the first row of X, of shape (1, n_features), in the type of X."""
    if hasattr(X, "iloc"):
        return X.iloc[:1]
    if sparse.issparse(X):
        return X.tocsr()[:1]
    return X[:1, ...] if _arrays.is_array(X) else X[:1]


def host(x):
    """Convert x (array of any namespace, sparse matrix or list) to a NumPy array."""
    if hasattr(x, "__dask_graph__"):
        x = x.compute()
    x = _arrays.dense(x)
    return _arrays.to_numpy(x) if _arrays.is_array(x) else np.asarray(x)


def panels(caller, ax, n_rows, n_columns, size, n_axes=None):
    """Return the axes to draw on.

    Parameters
    ----------
    caller : object
        The display, for messages.
    ax : matplotlib Axes, array-like of them, or None
        A single one is divided into as many as are needed; None makes a new figure.
    n_rows, n_columns : int
    size : (float, float)
        Width and height of a new figure, in inches.
    n_axes : int, default=None
        Number of axes to use if several are given; None is all of the grid.

    Returns
    -------
    ndarray of n_axes Axes if several are given, else of n_rows * n_columns
    """
    plt, n_axes = pyplot(caller), n_axes or n_rows * n_columns
    if ax is None:
        figure = plt.figure(figsize=size, layout="constrained")
        figure.get_layout_engine().set(wspace=0.04)
        return figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    given = np.asarray(ax, dtype=object).ravel()
    if given.size == 1 and n_axes > 1:
        return _divided(given[0], n_rows, n_columns, n_axes)
    if given.size < n_axes:
        raise ValueError(
            f"{type(caller).__name__} requires {n_axes} axes, or a single one that it "
            f"divides; ax has {given.size}."
        )
    return given[:n_axes]


def _divided(ax, n_rows, n_columns, n_axes):
    """Return new axes in the place of a single one."""
    place = ax.get_subplotspec()
    if place is None:
        raise ValueError(
            "ax is not part of a grid of subplots, so it cannot be divided: create it "
            f"with plt.subplots(), or pass {n_axes} axes."
        )
    ax.set_axis_off()
    grid = place.subgridspec(n_rows, n_columns)
    return grid.subplots(squeeze=False).ravel()


def styled(artist, defaults, kwargs):
    """Return the keywords of an artist: the caller's override the defaults.

    Parameters
    ----------
    artist : type
        Class of the artist, which defines aliases such as ``lw`` for ``linewidth``.
    defaults, kwargs : dict
    """
    from matplotlib.cbook import normalize_kwargs

    return {**defaults, **normalize_kwargs(kwargs, artist)}


def drawable(values):
    """Return the values, with NaN for those that are not finite or too large to draw.

    Examples
    --------
    >>> from skmath.display._matplotlib import drawable
    >>> drawable([2.0, float("inf"), 1e300])
    array([ 2., nan, nan])
    """
    values = np.asarray(values, dtype=float)
    return np.where(np.abs(values) < LARGEST, values, np.nan)


def plain_logarithms(axis):
    """Label a logarithmic axis with 20 and not 2 x 10^1, if it spans few decades."""
    from matplotlib.ticker import LogLocator, NullFormatter

    low, high = axis.get_view_interval()
    if 1e-3 <= low < high < min(100 * low, 1e5):
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter(NullFormatter())


def whole_numbers(axis):
    """Put the ticks of an axis on whole numbers."""
    from matplotlib.ticker import MaxNLocator

    steps = [1, 2, 5, 10]
    axis.set_major_locator(
        MaxNLocator(nbins="auto", steps=steps, integer=True, min_n_ticks=1)
    )
