"""Display of images by their distance from face space and to the closest face."""

from typing import Any, Self

import numpy as np

from skmath.display._matplotlib import GREY, LINES, fitted_step, panels, styled

__all__ = ["FaceDistanceDisplay"]

CASES = ("known", "unknown", "not a face")
"""Cases of an image. One far from face space is "not a face", however close it is to an
enrolled face within face space."""


class FaceDistanceDisplay:
    """Plot of images by both distances and thresholds: known, unknown, not a face.

    The thresholds divide the plane into the four cases of Turk and Pentland (1991).

    Parameters
    ----------
    distance_in_face_space : array of shape (n_images,)
        Distance to the closest enrolled face.
    distance_from_face_space : array of shape (n_images,)
        Distance from face space.
    case : array of str of shape (n_images,)
        "known", "unknown" or "not a face".
    known_threshold : float or None
        Threshold of the distance in face space; None if each person has another one.
    face_threshold : float
        Threshold of the distance from face space.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    points_ : dict of str to matplotlib PathCollection
        The images of each case that occurs.
    threshold_lines_ : list of matplotlib Line2D
        The known threshold (vertical) and the face threshold (horizontal), if they are
        finite.

    See Also
    --------
    skmath.EigenfaceClassifier : The estimator, whose `identify` gives the distances.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skmath import EigenfaceClassifier
    >>> from skmath.display import FaceDistanceDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> model = EigenfaceClassifier(known_threshold="auto", face_threshold="auto")
    >>> model = model.fit(X[y < 8], y[y < 8])
    >>> display = FaceDistanceDisplay.from_estimator(model, X[y >= 8])
    >>> len(display.case)
    354
    """

    def __init__(
        self,
        *,
        distance_in_face_space: Any,
        distance_from_face_space: Any,
        case: Any,
        known_threshold: float | None,
        face_threshold: float,
    ) -> None:
        self.distance_in_face_space = distance_in_face_space
        self.distance_from_face_space = distance_from_face_space
        self.case = case
        self.known_threshold = known_threshold
        self.face_threshold = face_threshold

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, *, ax: Any = None, **kwargs: Any
    ) -> Self:
        """Draw the distances of images for a fitted classifier.

        Parameters
        ----------
        estimator : EigenfaceClassifier, or Pipeline that ends in one
            Fitted estimator.
        X : array-like of shape (n_images, n_features)
            Images in any of the forms that `skmath.EigenfaceClassifier.fit` takes.
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        **kwargs : dict
            Keywords of `matplotlib.axes.Axes.scatter`.

        Returns
        -------
        display : FaceDistanceDisplay

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        """
        estimator, X = fitted_step(estimator, X)
        identified = estimator.identify(X)
        known = np.unique(np.asarray(estimator.known_threshold_))
        case = np.where(
            identified["face"],
            np.where(identified["known"], CASES[0], CASES[1]),
            CASES[2],
        )
        display = cls(
            distance_in_face_space=identified["distance_in_face_space"],
            distance_from_face_space=identified["distance_from_face_space"],
            case=case,
            known_threshold=float(known[0]) if len(known) == 1 else None,
            face_threshold=float(estimator.face_threshold_),
        )
        return display.plot(ax, **kwargs)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Draw the display, or draw it again on other axes.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        **kwargs : dict
            Keywords of `matplotlib.axes.Axes.scatter`.

        Returns
        -------
        self : FaceDistanceDisplay
        """
        (self.ax_,) = panels(self, ax, 1, 1, (6.4, 4.6))
        self.figure_ = self.ax_.figure
        self._plot_images(kwargs)
        self._mark_thresholds()
        self.ax_.set(
            title="Known, unknown, not a face",
            xlabel="distance to the closest face, in face space",
            ylabel="distance from face space",
        )
        self.ax_.legend()
        return self

    def _plot_images(self, kwargs):
        from matplotlib.collections import PathCollection

        self.points_ = {}
        for case, colour in zip(CASES, LINES, strict=False):
            here = np.asarray(self.case) == case
            if here.any():
                default = {"color": colour, "s": 14, "alpha": 0.7}
                self.points_[case] = self.ax_.scatter(
                    np.asarray(self.distance_in_face_space)[here],
                    np.asarray(self.distance_from_face_space)[here],
                    **styled(PathCollection, default, kwargs),
                    label=f"{case}: {here.sum()}",
                )

    def _mark_thresholds(self):
        self.threshold_lines_ = []
        style = {"color": GREY, "linestyle": "--", "linewidth": 1}
        for threshold, draw in (
            (self.known_threshold, self.ax_.axvline),
            (self.face_threshold, self.ax_.axhline),
        ):
            if threshold is not None and np.isfinite(threshold):
                self.threshold_lines_.append(draw(threshold, **style))
