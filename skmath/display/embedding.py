"""Display of spectral clustering: affinities, eigenvectors, eigenvalues."""

import math
from typing import Any, Self

import numpy as np
from scipy import sparse

from skmath import _arrays
from skmath.display._matplotlib import (
    BLUE,
    GREY,
    PALETTE,
    fitted_step,
    panels,
    whole_numbers,
)

__all__ = ["EmbeddingDisplay"]

MAX_TILES = 150
"""Maximum number of rows and columns in the image of the affinity."""

MAX_NAMES = 20
"""Maximum number of clusters with a name in the plot."""

ROUNDING = 1e-10
"""Eigenvalues above minus this number are zero up to rounding."""


class EmbeddingDisplay:
    """Plots of the affinity matrix sorted by cluster, the embedding and eigenvalues.

    Parameters
    ----------
    affinity : array or sparse matrix of shape (n_samples, n_samples)
        Affinities of all pairs; or, of shape (n_samples, n_landmarks), of rows to
        landmarks.
    embedding : array of shape (n_samples, n_clusters)
        Eigenvectors, one per column.
    eigenvalues : array of shape (n_clusters,)
        Eigenvalues, highest first.
    labels : array of shape (n_samples,)
        Cluster of each row.
    n_connected_components : int, default=None
        Number of connected components of the graph. If it is 1, the first eigenvector
        can only separate rows by their degrees, and the embedding is drawn from the
        second eigenvector on, if there are three.

    Attributes
    ----------
    ax_ : ndarray of 3 matplotlib Axes
    figure_ : matplotlib Figure
    scatter_ : matplotlib PathCollection
        Two coordinates of the embedding, coloured by cluster.
    image_ : matplotlib AxesImage
        Affinities; for more than 150 rows, means over square tiles, so that the entries
        of a sparse matrix are visible. Colours are proportional to the square root.
    eigenvalue_line_ : matplotlib Line2D
        Eigenvalue against its number, from 1.

    See Also
    --------
    skmath.LaplacianSpectralClustering : The estimator.

    Examples
    --------
    >>> from sklearn.datasets import make_moons
    >>> from skmath import LaplacianSpectralClustering
    >>> from skmath.display import EmbeddingDisplay
    >>> X, _ = make_moons(200, noise=0.05, random_state=0)
    >>> model = LaplacianSpectralClustering(2, random_state=0).fit(X)
    >>> display = EmbeddingDisplay.from_estimator(model)
    >>> display.image_.get_array().shape
    (100, 100)
    """

    def __init__(
        self,
        *,
        affinity: Any,
        embedding: Any,
        eigenvalues: Any,
        labels: Any,
        n_connected_components: int | None = None,
    ) -> None:
        self.affinity = affinity
        self.embedding = embedding
        self.eigenvalues = eigenvalues
        self.labels = labels
        self.n_connected_components = n_connected_components

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any = None, *, ax: Any = None, **kwargs: Any
    ) -> Self:
        """Draw the embedding of a fitted clustering.

        Parameters
        ----------
        estimator : LaplacianSpectralClustering, or Pipeline that ends in one
            Fitted estimator.
        X : None
            Ignored; it is there for API consistency. The rows of `fit` are drawn.
        ax : matplotlib Axes or array-like of 3, default=None
            Axes to draw on; a single one is divided. None makes a new figure.
        **kwargs : dict
            Keywords of `matplotlib.axes.Axes.scatter` for the embedding.

        Returns
        -------
        display : EmbeddingDisplay

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        """
        estimator, _ = fitted_step(estimator)
        display = cls(
            affinity=estimator.affinity_matrix_,
            embedding=estimator.embedding_,
            eigenvalues=estimator.eigenvalues_,
            labels=estimator.labels_,
            n_connected_components=estimator.n_connected_components_,
        )
        return display.plot(ax, **kwargs)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Draw the display, or draw it again on other axes.

        Parameters
        ----------
        ax : matplotlib Axes or array-like of 3, default=None
            Axes to draw on; a single one is divided. None makes a new figure.
        **kwargs : dict
            Keywords of `matplotlib.axes.Axes.scatter` for the embedding.

        Returns
        -------
        self : EmbeddingDisplay
        """
        self.ax_ = self._axes(ax)
        self.figure_ = self.ax_[0].figure
        self._plot_affinity(self.ax_[0])
        self._plot_embedding(self.ax_[1], kwargs)
        self._plot_eigenvalues(self.ax_[2])
        return self

    def _axes(self, ax):
        """Return three axes; in a new figure two of them are below each other."""
        axes = panels(self, ax, 2, 2, (8.0, 5.4), n_axes=3)
        if len(axes) == 3:
            return axes
        left, above, rest, below = axes
        rest.remove()
        left.set_subplotspec(left.get_gridspec()[:, 0])
        return np.array([left, above, below])

    def _plot_affinity(self, ax):
        from matplotlib.colors import PowerNorm

        order = np.argsort(self.labels, kind="stable")
        tiles = mean_tiles(self.affinity, order)
        n, size = len(order), tile_size(len(order))
        end = size * len(tiles)
        self.image_ = ax.imshow(
            tiles,
            cmap="Blues",
            norm=PowerNorm(0.5, vmin=0),
            interpolation="nearest",
            extent=(0, end, end, 0),
        )
        label = "affinity" if size == 1 else f"mean affinity of {size} x {size} rows"
        self.figure_.colorbar(self.image_, ax=ax, label=label, location="bottom")
        ax.set(title="Affinity, rows by cluster", xlabel="cluster", ylabel="cluster")
        ax.set(xlim=(0, n), ylim=(n, 0))
        middles, names = _cluster_ticks(self.labels)
        ax.set_xticks(middles, names)
        ax.set_yticks(middles, names)

    def _plot_embedding(self, ax, kwargs):
        i, j = self._coordinates()
        x, y = self.embedding[:, i], self.embedding[:, j]
        by_cluster = {} if {"c", "color"} & {*kwargs} else self._cluster_colours()
        self.scatter_ = ax.scatter(x, y, **{"s": 8, **by_cluster, **kwargs})
        ax.set(
            title=self._graph_title(),
            xlabel=f"coordinate {i + 1}",
            ylabel=f"coordinate {j + 1}",
        )
        if by_cluster and self._n_clusters() <= MAX_NAMES:
            handles, names = self.scatter_.legend_elements(num=None)
            place = {"loc": "upper left", "bbox_to_anchor": (1, 1)}
            n_columns = 1 if self._n_clusters() <= MAX_NAMES // 2 else 2
            ax.legend(handles, names, title="cluster", ncols=n_columns, **place)

    def _cluster_colours(self):
        """Return the keywords of `scatter` for colours by cluster."""
        from matplotlib.colors import ListedColormap

        n = self._n_clusters()
        colours = ListedColormap(_colours(n))
        return {"c": self.labels, "cmap": colours, "vmin": -0.5, "vmax": n - 0.5}

    def _n_clusters(self):
        return int(np.max(self.labels)) + 1

    def _coordinates(self):
        """Return the columns of the embedding to draw."""
        n_columns = self.embedding.shape[1]
        first = 1 if self.n_connected_components == 1 and n_columns > 2 else 0
        return first, min(first + 1, n_columns - 1)

    def _graph_title(self):
        n = self.n_connected_components
        if n == 1:
            return "Embedding (connected graph)"
        return "Embedding" if n is None else f"Embedding ({n} components)"

    def _plot_eigenvalues(self, ax):
        numbers = np.arange(1, len(self.eigenvalues) + 1)
        ax.axhline(0.0, color=GREY, linewidth=0.8)
        (self.eigenvalue_line_,) = ax.plot(
            numbers, self.eigenvalues, color=BLUE, marker="o"
        )
        ax.set(
            title="Eigenvalues of the Laplacian",
            xlabel="number, highest first",
            ylabel="eigenvalue",
        )
        if np.min(self.eigenvalues) > -ROUNDING:
            ax.set_ylim(-1, 0.05)
        whole_numbers(ax.xaxis)


def tile_size(n):
    """Return how many of n rows a tile has, for at most `MAX_TILES` tiles."""
    return math.ceil(n / MAX_TILES)


def mean_tiles(affinity, order):
    """Return the affinity with its rows in a given order, or means over tiles.

    Parameters
    ----------
    affinity : array or sparse matrix of shape (n, n) or (n, m)
        Affinities of all pairs; or Z, of rows to m landmarks, which stands for
        Z diag(Z'1)^-1 Z'.
    order : array of shape (n,)
        Indices of the rows.

    Returns
    -------
    ndarray of shape (n_tiles, n_tiles)
        Tiles are as small as `MAX_TILES` allows; the last may have fewer rows.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.display.embedding import mean_tiles
    >>> mean_tiles(np.array([[1.0, 0.0], [0.0, 2.0]]), [1, 0])
    array([[2., 0.],
           [0., 1.]])
    """
    n = len(order)
    tile = np.arange(n) // tile_size(n)
    members = sparse.csr_array((np.ones(n), (tile, order)))
    means = sparse.diags_array(1 / members.sum(axis=1)) @ members
    if affinity.shape[1] == n:
        return _arrays.dense(means @ affinity @ means.T)
    Z = _arrays.dense(means @ affinity)
    share = np.asarray(affinity.sum(axis=0)).ravel()
    return (Z / np.where(share > 0, share, 1.0)) @ Z.T


def _cluster_ticks(labels):
    """Return the middle of each cluster's rows, and its name.

    Clusters that are too small for a name are left out.
    """
    sizes = np.bincount(labels)
    middles = np.cumsum(sizes) - sizes / 2
    named = np.flatnonzero(sizes * MAX_NAMES >= len(labels))
    return middles[named], named


def _colours(n):
    """Return n colours: of the palette, or of a colour map for more than ten."""
    if n <= len(PALETTE):
        return PALETTE[:n]
    from matplotlib import colormaps

    return colormaps["viridis"](np.linspace(0, 1, n))
