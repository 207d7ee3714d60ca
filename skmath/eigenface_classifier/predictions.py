"""Prediction methods of a fitted `EigenfaceClassifier`.

They are kept in a file of their own, so that the file of the estimator shows only what
is learnt: `fit`, `partial_fit` and `forget`.
"""

from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import (
    ClassifierMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
)
from sklearn.utils import check_scalar
from sklearn.utils.validation import check_array, check_is_fitted

from skmath._estimators.base import Estimator
from skmath._estimators.host import on_host
from skmath._estimators.score import ChunkedScoreMixin
from skmath._estimators.tasks import TasksMixin
from skmath.eigenface_classifier.contrast import without_contrast
from skmath.eigenface_classifier.images import images_to_apply
from skmath.eigenface_classifier.options import options_of
from skmath.eigenface_classifier.recogniser import Recogniser, groups_of
from skmath.eigenface_classifier.verification import (
    compared,
    enrolled_pairs,
    pair_likelihood,
)

__all__ = ["FacePredictions"]


class FacePredictions(
    TasksMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    ChunkedScoreMixin,
    ClassifierMixin,
    Estimator,
):
    """Base class of `EigenfaceClassifier` with its prediction methods."""

    n_images_: int
    known_threshold_: Any
    _faces_: Any
    _gallery_: Any
    _likelihood_: Any
    _n_calibrated_: int
    _pairs_: Any

    _by_chunks: tuple[str, ...] = ("prepare", "transform", "predict", "identify")
    _by_chunks += ("open_set_score", "predict_proba")

    @on_host
    def prepare(self, X: Any) -> np.ndarray:
        """Smooth the images and normalise their brightness and contrast.

        This is the first step of every other method.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features)
            Images in any of the forms that `fit` takes.

        Returns
        -------
        ndarray of shape (n_images, n_features)
        """
        return self._rows(X, "prepare").map(self._prepare_)

    @on_host
    def transform(self, X: Any) -> np.ndarray:
        """Return the coordinates of faces in face space.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features)
            Images in any of the forms that `fit` takes.

        Returns
        -------
        ndarray of shape (n_images, n_components_)
        """
        return self._embedded(X, "transform")

    @on_host
    def inverse_transform(self, X: Any) -> np.ndarray:
        """Return the faces that have the given coordinates in face space.

        Parameters
        ----------
        X : array-like of shape (n_images, n_components_)
            Coordinates as `transform` returns them.

        Returns
        -------
        ndarray of shape (n_images, n_features)
            Prepared images, as `prepare` returns them.

        Raises
        ------
        ValueError
            If X does not have n_components_ columns.
        """
        check_is_fitted(self)
        X = check_array(X, dtype=[np.float64, np.float32], input_name="X")
        if X.shape[1] != self.n_components_:
            raise ValueError(
                f"X has {X.shape[1]} columns, but inverse_transform expects the "
                f"n_components_={self.n_components_} coordinates that transform "
                "returns."
            )
        return self._whitening_.undo(X) @ self.components_ + self.mean_face_

    def _rows(self, X, method):
        return images_to_apply(self, X, method)

    def _options(self):
        params = self.get_params(deep=False) | {"image_shape": self.image_shape_}
        return options_of(params, self.n_features_in_)

    def _recogniser(self):
        """Return the fitted attributes and the voting parameters in one object."""
        return Recogniser(
            prepare=self._prepare_,
            details=self._details_,
            mean=self.mean_face_,
            axes=self.components_,
            whitening=self._whitening_,
            gallery=self._gallery_,
            likelihood=self._likelihood_,
            temperature=self._temperature_,
            known_threshold=self.known_threshold_,
            face_threshold=self.face_threshold_,
            n_neighbors=self.n_neighbors,
            by_distance=self.weights == "distance",
            classes=self.classes_,
            unknown_label=self.unknown_label_,
        )

    def _embedded(self, X, method):
        """Return the coordinates in which faces are compared."""
        rows = self._rows(X, method)
        return self._recogniser().embed(rows)

    def _identified(self, X, groups, method):
        """Return the columns of `identify`, by name."""
        rows = self._rows(X, method)
        return self._recogniser().identify(rows, groups_of(groups, len(rows.X)))

    @on_host
    def kneighbors(
        self, X: Any, n_neighbors: int | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the closest enrolled faces.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features)
            Images in any of the forms that `fit` takes.
        n_neighbors : int, default=None
            Number of faces to return; fewer if fewer are enrolled. None uses the
            parameter `n_neighbors` of the classifier.

        Returns
        -------
        distances : ndarray of shape (n_images, n_neighbors)
            Distances in face space, nearest first.
        indices : ndarray of shape (n_images, n_neighbors)
            Row indices of these faces in `embedding_`.

        Raises
        ------
        TypeError, ValueError
            If n_neighbors is not a positive integer.
        """
        k = self.n_neighbors if n_neighbors is None else n_neighbors
        check_scalar(k, "n_neighbors", Integral, min_val=1)
        Z = self._embedded(X, "kneighbors")
        return self._gallery_.neighbors(Z, k)

    @on_host
    def predict(self, X: Any, groups: ArrayLike | None = None) -> np.ndarray:
        """Return the person on each image, or `unknown_label_`.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features)
            Images in any of the forms that `fit` takes.
        groups : array-like of shape (n_images,), default=None
            One label per image, the same for images that show one person, such as a
            track or a burst. Images of a group are pooled, and each of them gets the
            answer for the group.

        Returns
        -------
        ndarray of shape (n_images,)
            Labels of the people. An image gets `unknown_label_` if its closest face is
            farther than `known_threshold_`, or if its distance from face space exceeds
            `face_threshold_`.
        """
        return self._identified(X, groups, "predict")["label"]

    @on_host
    def identify(self, X: Any, groups: ArrayLike | None = None) -> np.recarray:
        """Return the closest person with both distances, and both decisions.

        An image is near face space or far from it, and within face space near an
        enrolled face or far from all: these are the four cases of Turk and Pentland
        (1991). A person is recognised only if both are near. An image at the same place
        in face space as an enrolled face always counts as known.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features)
            Images in any of the forms that `fit` takes.
        groups : array-like of shape (n_images,), default=None
            One label per image; images of a group are pooled, as in `predict`.

        Returns
        -------
        record array of shape (n_images,)
            Its fields are ``label``, what `predict` returns; ``closest``, the person
            with the closest face, even if several neighbours vote;
            ``distance_in_face_space``, the distance to that face;
            ``distance_from_face_space``, which is 1 for a new face on average;
            ``known`` and ``face``, whether these distances are within the thresholds.
            An image without contrast is never a face; its distance from face space is
            infinite.
        """
        answers = self._identified(X, groups, "identify")
        names: Any = list(answers)
        return np.rec.fromarrays(list(answers.values()), names=names)

    @on_host
    def watch_list(
        self, X: Any, k: int = 5
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the k enrolled people who are most similar to each face.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features)
            Images in any of the forms that `fit` takes.
        k : int, default=5
            Number of people to return; fewer if fewer are enrolled.

        Returns
        -------
        labels : ndarray of shape (n_images, k)
            Labels of the people, nearest first.
        distances : ndarray of shape (n_images, k)
            Distance in face space to the closest face of each person.
        known : ndarray of bool of shape (n_images, k)
            Whether that distance is within `known_threshold_`; always False for an
            image without contrast.

        Notes
        -----
        The fraction of images whose person is among the first j, for j = 1 to k, is
        the cumulative match characteristic:
        ``np.cumsum((labels == y[:, None]).mean(axis=0))``.
        """
        check_scalar(k, "k", Integral, min_val=1)
        rows, recogniser = self._rows(X, "watch_list"), self._recogniser()
        labels, distances, known = recogniser.watch_list(recogniser.embed(rows), k)
        return labels, distances, known & ~rows.map(without_contrast)[:, None]

    @on_host
    def verify(self, A: Any, B: Any, prior: float = 0.5) -> np.recarray:
        """Decide whether the two images of each pair show the same person.

        The people need not be enrolled. The relation between distance and probability
        is learnt from pairs of enrolled faces in the first call (``verification.py``
        has the formulas). The order of A and B does not matter.

        Parameters
        ----------
        A, B : array-like of shape (n_pairs, n_features)
            Images in any of the forms that `fit` takes; row i of A is compared with
            row i of B.
        prior : float, default=0.5
            Expected fraction of the pairs that show the same person.

        Returns
        -------
        record array of shape (n_pairs,)
            Its fields are ``same``, whether the probability exceeds one half;
            ``probability``, that both images show the same person; ``score``, the
            logarithm of the likelihood ratio, which does not depend on the prior, for
            `sklearn.metrics.det_curve`; ``distance``. An image without contrast matches
            nobody: its distance is infinite, and its score the lowest possible.

        Raises
        ------
        ValueError
            If only one person is enrolled, or nobody with two different images.
        """
        check_scalar(
            prior, "prior", Real, min_val=0, max_val=1, include_boundaries="neither"
        )
        sides = [self._rows(X, "verify") for X in (A, B)]
        A, B = map(self._recogniser().embed, sides)
        blank = tuple(rows.map(without_contrast) for rows in sides)
        if self._pairs_ is None:
            pairs = enrolled_pairs(self._faces_, self._options())
            self._pairs_ = pair_likelihood(*pairs)
        return compared(A, B, blank, self._pairs_, prior, self._gallery_.metric)

    @on_host
    def open_set_score(self, X: Any) -> np.ndarray:
        """Return a score for each face that is higher for known people.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features)
            Images in any of the forms that `fit` takes.

        Returns
        -------
        ndarray of shape (n_images,)
            The threshold minus the distance to the closest face, so that known people
            have scores of at least 0; without a threshold, minus the distance. An image
            without contrast has the lowest possible score.
        """
        return self._recogniser().score(self._rows(X, "open_set_score"))

    @on_host
    def predict_proba(self, X: Any, groups: ArrayLike | None = None) -> np.ndarray:
        """Return the probability of each enrolled person.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features)
            Images in any of the forms that `fit` takes.
        groups : array-like of shape (n_images,), default=None
            One label per image; images of a group are pooled, as in `predict`.

        Returns
        -------
        ndarray of shape (n_images, n_classes)
            Probabilities under the assumption that the face belongs to one of the
            enrolled people, so that each row sums to 1. Use `identify` to check that
            assumption.
        """
        rows, recogniser = self._rows(X, "predict_proba"), self._recogniser()
        pooled = groups_of(groups, len(rows.X))
        p = recogniser.probabilities(recogniser.embed(rows, pooled))
        return p if pooled is None else p[pooled.place]

    @property
    def _n_features_out(self):
        return self.n_components_
