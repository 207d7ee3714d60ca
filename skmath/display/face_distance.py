"""Where images lie: their distance from face space, and to the closest face in it."""

import numpy as np

from skmath.display._matplotlib import GREY, LINES, fitted_step, panels, styled

__all__ = ["FaceDistanceDisplay"]

CASES = ("known", "unknown", "not a face")
"""What an image can be; not a face, whether or not it lies near one in face space."""


class FaceDistanceDisplay:
    """Four cases of Turk and Pentland: known or not, a face or not.

    Parameters
    ----------
    distance_in_face_space : array of shape (n_images,)
        To the closest enrolled face.
    distance_from_face_space : array of shape (n_images,)
    case : array of str of shape (n_images,)
        "known", "unknown" or "not a face".
    known_threshold : float or None
        In face space; None if each person has one.
    face_threshold : float

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    points_ : dict of str to matplotlib PathCollection
        Of the images of each case that there is.
    threshold_lines_ : list of matplotlib Line2D
        The known threshold, upright, and the face threshold, level; those that there
        are.

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
        distance_in_face_space,
        distance_from_face_space,
        case,
        known_threshold,
        face_threshold,
    ):
        self.distance_in_face_space = distance_in_face_space
        self.distance_from_face_space = distance_from_face_space
        self.case = case
        self.known_threshold = known_threshold
        self.face_threshold = face_threshold

    @classmethod
    def from_estimator(cls, estimator, X, *, ax=None, **kwargs):
        """Draw where images lie.

        Parameters
        ----------
        estimator : EigenfaceClassifier, or Pipeline that ends in one
            Fitted.
        X : array-like of shape (n_images, n_features)
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            For `matplotlib.axes.Axes.scatter`.

        Returns
        -------
        display : FaceDistanceDisplay

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        """
        estimator, X = fitted_step(estimator, X)
        said = estimator.identify(X)
        known = np.unique(np.asarray(estimator.known_threshold_))
        case = np.where(
            said["face"], np.where(said["known"], CASES[0], CASES[1]), CASES[2]
        )
        display = cls(
            distance_in_face_space=said["distance_in_face_space"],
            distance_from_face_space=said["distance_from_face_space"],
            case=case,
            known_threshold=float(known[0]) if len(known) == 1 else None,
            face_threshold=float(estimator.face_threshold_),
        )
        return display.plot(ax, **kwargs)

    def plot(self, ax=None, **kwargs):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            For `matplotlib.axes.Axes.scatter`.

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
