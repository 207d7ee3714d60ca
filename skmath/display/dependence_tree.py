"""Display of the tree of tree-augmented naive Bayes: which feature depends on which."""

from typing import Any, Self

import numpy as np

from skmath.display._matplotlib import BLUE, GREY, ORANGE, fitted_step, panels, styled
from skmath.display.evidence import names_of, shortened

__all__ = ["DependenceTreeDisplay"]

ROW, STEP = 0.3, 0.7
"""Height of a feature's row and width of a tree level, in inches."""


class DependenceTreeDisplay:
    """Plot of the parent of each feature, given the class.

    Each feature has one row, and its children have the rows below it, one level to the
    right, so that the names stay readable for any number of features. All features also
    depend on the class, which is not drawn. Ignored columns are not drawn either, and
    features that are not counted in pairs are roots.

    Parameters
    ----------
    tree : array of int of shape (n_features,)
        Index of the parent of each feature, -1 for a root.
    feature_names : sequence of str
        Names of the features.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    lines_ : list of matplotlib Line2D
        One edge per feature that has a parent, in the order of the features.
    nodes_ : list of matplotlib Line2D
        One marker per feature, in the order of the features.
    texts_ : list of matplotlib Text
        Names of the features.

    See Also
    --------
    skmath.FromScratchNB : The estimator, with ``dependence="tan"``.
    EvidenceDisplay : The evidence of all features for one row.

    References
    ----------
    .. [1] N. Friedman, D. Geiger and M. Goldszmidt, "Bayesian network classifiers",
       Machine Learning, 29, 1997, figure 3.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skmath import FromScratchNB
    >>> from skmath.display import DependenceTreeDisplay
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> model = FromScratchNB(dependence="tan").fit(X, y)
    >>> display = DependenceTreeDisplay.from_estimator(model)
    >>> len(display.lines_), len(display.nodes_)
    (3, 4)
    """

    def __init__(self, *, tree: Any, feature_names: Any) -> None:
        self.tree = tree
        self.feature_names = feature_names

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any = None,
        *,
        feature_names: Any = None,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the tree of a fitted classifier.

        Parameters
        ----------
        estimator : FromScratchNB, or Pipeline that ends in one
            Fitted estimator with ``dependence_ == "tan"``.
        X : None
            Ignored; it is there for API consistency.
        feature_names : sequence of str, default=None
            Names of the features; None uses ``feature_names_in_``, or x0, x1, ...
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        **kwargs : dict
            Keywords of `matplotlib.axes.Axes.plot` for the edges.

        Returns
        -------
        display : DependenceTreeDisplay

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If the model was not fitted with ``dependence="tan"``, or if feature_names
            does not have one name per feature.
        """
        estimator, _ = fitted_step(estimator)
        dependence = getattr(estimator, "dependence_", None)
        if dependence != "tan":
            raise ValueError(
                f"DependenceTreeDisplay requires dependence='tan', but this "
                f"{type(estimator).__name__} has dependence_={dependence!r}."
            )
        kinds, tree = np.array(estimator.distributions_), np.asarray(estimator.tree_)
        kept = np.flatnonzero(kinds != "ignored")
        parents = np.where(tree < 0, -1, np.searchsorted(kept, tree))[kept]
        names = [names_of(estimator, feature_names)[j] for j in kept]
        display = cls(tree=parents, feature_names=names)
        return display.plot(ax, **kwargs)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Draw the display, or draw it again on other axes.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        **kwargs : dict
            Keywords of `matplotlib.axes.Axes.plot` for the edges.

        Returns
        -------
        self : DependenceTreeDisplay
        """
        from matplotlib.lines import Line2D

        depth, row = places(np.asarray(self.tree))
        names = [shortened(str(name)) for name in self.feature_names]
        # Room for the longest name right of the deepest feature.
        width = depth.max() + 2 + max(map(len, names)) / 8
        size = (max(4.0, STEP * width), 1.0 + ROW * len(depth))
        (self.ax_,) = panels(self, ax, 1, 1, size)
        self.figure_ = self.ax_.figure
        self.lines_, self.nodes_, self.texts_ = [], [], []
        style = styled(Line2D, {"color": GREY, "zorder": 1}, kwargs)
        for j, parent in enumerate(self.tree):
            x, y = depth[j], row[j]
            if parent >= 0:
                above = (depth[parent], row[parent])
                (line,) = self.ax_.plot(
                    [above[0], above[0], x], [above[1], y, y], **style
                )
                self.lines_.append(line)
            colour = ORANGE if parent < 0 else BLUE
            (node,) = self.ax_.plot(x, y, "o", color=colour, zorder=2)
            self.nodes_.append(node)
            self.texts_.append(self.ax_.text(x + 0.2, y, names[j], va="center"))
        self.ax_.set(
            title="Parent of each feature, given the class",
            xlim=(-0.5, width - 0.5),
            ylim=(len(depth) - 0.5, -0.5),
        )
        self.ax_.set_axis_off()
        return self


def places(tree):
    """Return the level of each feature in the tree, and its row in the plot.

    Parameters
    ----------
    tree : ndarray of int of shape (n_features,)
        Index of the parent of each feature, -1 for a root.

    Returns
    -------
    depth, row : ndarray of int of shape (n_features,)
        A feature's descendants have the rows below it.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.display.dependence_tree import places
    >>> places(np.array([1, -1, 1, 0]))
    (array([1, 0, 1, 2]), array([1, 0, 3, 2]))
    """
    depth, row = np.zeros(len(tree), dtype=int), np.zeros(len(tree), dtype=int)
    waiting, n_placed = np.flatnonzero(tree < 0)[::-1].tolist(), 0
    while waiting:
        j = waiting.pop()
        depth[j] = depth[tree[j]] + 1 if tree[j] >= 0 else 0
        row[j], n_placed = n_placed, n_placed + 1
        waiting += np.flatnonzero(tree == j)[::-1].tolist()
    return depth, row
