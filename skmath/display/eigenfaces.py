"""Display of the mean face, the eigenfaces, and a face reconstructed from them."""

import math
from typing import Any, Self

import numpy as np

from skmath.display._matplotlib import first_row, fitted_step, host, panels

__all__ = ["EigenfacesDisplay"]

MAX_COLUMNS = 5


class EigenfacesDisplay:
    """Images of the mean face, the first eigenfaces, a face and its reconstruction.

    All faces have the same grey scale. Each eigenface has its own, in which zero is
    medium grey: adding the eigenface makes a face brighter where the eigenface is light
    and darker where it is dark.

    Parameters
    ----------
    mean_face : array of shape (height, width)
        The mean face.
    eigenfaces : array of shape (n_eigenfaces, height, width)
        The eigenfaces.
    explained_variance_ratio : array of shape (n_eigenfaces,)
        Fraction of the variance that each eigenface explains.
    face : array of shape (height, width), default=None
        A face.
    reconstruction : array of shape (height, width), default=None
        The face's projection to face space; required with `face`.
    n_components : int, default=None
        Dimensions of face space, for the title; None is the number of eigenfaces.

    Attributes
    ----------
    ax_ : ndarray of matplotlib Axes
        One per image.
    figure_ : matplotlib Figure
    images_ : list of matplotlib AxesImage
        Mean face; face and reconstruction, if X is passed; eigenfaces.

    See Also
    --------
    skmath.EigenfaceClassifier : The estimator.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skmath import EigenfaceClassifier
    >>> from skmath.display import EigenfacesDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> model = EigenfaceClassifier(n_components=20).fit(X, y)
    >>> display = EigenfacesDisplay.from_estimator(
    ...     model, X, image_shape=(8, 8), n_eigenfaces=3
    ... )
    >>> len(display.images_)
    6
    """

    def __init__(
        self,
        *,
        mean_face: Any,
        eigenfaces: Any,
        explained_variance_ratio: Any,
        face: Any = None,
        reconstruction: Any = None,
        n_components: int | None = None,
    ) -> None:
        self.mean_face = mean_face
        self.eigenfaces = eigenfaces
        self.explained_variance_ratio = explained_variance_ratio
        self.face = face
        self.reconstruction = reconstruction
        self.n_components = n_components

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any = None,
        *,
        image_shape: tuple[int, int] | None = None,
        n_eigenfaces: int = 9,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the eigenfaces of a fitted classifier.

        Parameters
        ----------
        estimator : EigenfaceClassifier, or Pipeline that ends in one
            Fitted estimator.
        X : array-like of shape (n_images, n_features), default=None
            If passed, its first row is drawn, as `prepare` returns it, with its
            reconstruction from the eigenfaces.
        image_shape : tuple of two ints, default=None
            Height and width of the images. None uses the estimator's.
        n_eigenfaces : int, default=9
            Maximum number of eigenfaces to draw.
        ax : matplotlib Axes or array-like, default=None
            Axes to draw on: a single one, which is divided, or one per image. None
            makes a new figure.
        **kwargs : dict
            Keywords of `matplotlib.axes.Axes.imshow` for all images.

        Returns
        -------
        display : EigenfacesDisplay

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If the shape of the images is unknown, or does not match their pixels.
        """
        estimator, X = fitted_step(estimator, X)
        shape = _checked_shape(estimator, image_shape)
        face = reconstruction = None
        if X is not None:
            row = first_row(X)
            projected = estimator.inverse_transform(estimator.transform(row))
            face = host(estimator.prepare(row)).reshape(shape)
            reconstruction = projected.reshape(shape)
        display = cls(
            mean_face=estimator.mean_face_.reshape(shape),
            eigenfaces=estimator.components_[:n_eigenfaces].reshape(-1, *shape),
            explained_variance_ratio=estimator.explained_variance_ratio_[:n_eigenfaces],
            face=face,
            reconstruction=reconstruction,
            n_components=estimator.n_components_,
        )
        return display.plot(ax, **kwargs)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Draw the display, or draw it again on other axes.

        Parameters
        ----------
        ax : matplotlib Axes or array-like, default=None
            Axes to draw on: a single one, which is divided, or one per image. None
            makes a new figure.
        **kwargs : dict
            Keywords of `matplotlib.axes.Axes.imshow` for all images.

        Returns
        -------
        self : EigenfacesDisplay
        """
        pictures = [*self._faces(), *self._eigenfaces()]
        self.ax_ = self._axes(ax, len(pictures))
        self.figure_ = self.ax_[0].figure
        self.images_ = []
        for axes, (title, image, limits) in zip(self.ax_, pictures, strict=True):
            style = {"cmap": "gray", "vmin": limits[0], "vmax": limits[1], **kwargs}
            self.images_.append(axes.imshow(image, **style))
            axes.set_title(title, fontsize="medium")
            axes.set(xticks=[], yticks=[])
        return self

    def _axes(self, ax, n_images):
        """Return one axes per image; the rest of the grid stays empty."""
        if ax is not None and np.size(ax) > 1:
            return panels(self, ax, 1, n_images, None)
        n_columns = min(MAX_COLUMNS, n_images)
        n_rows = math.ceil(n_images / n_columns)
        height, width = np.shape(self.mean_face)
        size = 1.6 * n_columns, n_rows * (1.6 * height / width + 0.5)
        axes = panels(self, ax, n_rows, n_columns, size)
        for empty in axes[n_images:]:
            empty.set_axis_off()
        return axes[:n_images]

    def _faces(self):
        """Return (title, image, limits of the grey scale) of the faces."""
        faces = {"mean face": self.mean_face}
        if self.face is not None:
            error = np.sqrt(np.mean((self.face - self.reconstruction) ** 2))
            M = self.n_components or len(self.eigenfaces)
            faces["face, first of X"] = self.face
            faces[f"from {M} eigenfaces\nRMS error {error:.3g}"] = self.reconstruction
        # The reconstruction may exceed these limits a little: it is clipped.
        shown = [self.mean_face] if self.face is None else [self.mean_face, self.face]
        limits = np.min(shown), np.max(shown)
        return [(title, image, limits) for title, image in faces.items()]

    def _eigenfaces(self):
        """Return (title, image, limits of the grey scale) of the eigenfaces."""
        shares = self.explained_variance_ratio
        tops = [np.abs(image).max() for image in self.eigenfaces]
        return [
            (f"eigenface {i}\n{share:.1%} of variance", image, (-top, top))
            for i, (share, image, top) in enumerate(
                zip(shares, self.eigenfaces, tops, strict=True), start=1
            )
        ]


def _checked_shape(estimator, image_shape):
    """Return height and width of the images."""
    n_pixels = estimator.mean_face_.shape[0]
    shape = estimator.image_shape_ if image_shape is None else image_shape
    if shape is None:
        raise ValueError(
            f"The height and width of the images with {n_pixels} pixels are unknown: "
            "pass image_shape=(height, width) here or to EigenfaceClassifier."
        )
    if len(shape) != 2 or math.prod(shape) != n_pixels:
        raise ValueError(
            f"image_shape={shape} does not match images with {n_pixels} pixels."
        )
    return tuple(shape)
