"""What a fitted `EigenfaceClassifier` answers: methods that learn nothing.

It stands apart from the estimator, which learns, so that `fit`, `partial_fit` and
`forget` can be read alone.
"""

from numbers import Integral, Real

import numpy as np
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
from skmath.eigenface_classifier.contrast import without_contrast
from skmath.eigenface_classifier.images import images_to_apply
from skmath.eigenface_classifier.options import options_of
from skmath.eigenface_classifier.recogniser import Recogniser, groups_of
from skmath.eigenface_classifier.verification import (
    compared,
    enrolled_pairs,
    pair_likelihood,
)

__all__ = ["FaceAnswers"]


class FaceAnswers(
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    ChunkedScoreMixin,
    ClassifierMixin,
    Estimator,
):
    """Base of `EigenfaceClassifier`: its methods that answer of what was learnt."""

    _by_chunks: tuple = ("prepare", "transform", "predict", "identify")
    _by_chunks += ("open_set_score", "predict_proba")

    @on_host
    def prepare(self, X):
        """Return images as face space sees them: brightness and contrast taken out.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features)

        Returns
        -------
        ndarray of shape (n_images, n_features)
        """
        return self._rows(X, "prepare").map(self._prepare_)

    @on_host
    def transform(self, X):
        """Return the coordinates of faces in face space.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features)

        Returns
        -------
        ndarray of shape (n_images, n_components_)
        """
        return self._embedded(X, "transform")

    @on_host
    def inverse_transform(self, X):
        """Return the faces that have given coordinates in face space.

        Parameters
        ----------
        X : array-like of shape (n_images, n_components_)

        Returns
        -------
        ndarray of shape (n_images, n_features)
            As `prepare` returns faces.

        Raises
        ------
        ValueError
            If X does not have n_components_ columns.
        """
        check_is_fitted(self)
        X = check_array(X, dtype=[np.float64, np.float32], input_name="X")
        if X.shape[1] != self.n_components_:
            raise ValueError(
                f"X has {X.shape[1]} columns; face space has n_components_="
                f"{self.n_components_} coordinates."
            )
        return self._whitening_.undo(X) @ self.components_ + self.mean_face_

    def _rows(self, X, method):
        return images_to_apply(self, X, method)

    def _options(self):
        params = self.get_params(deep=False) | {"image_shape": self.image_shape_}
        return options_of(params, self.n_features_in_)

    def _recogniser(self):
        """Return what answers, of what was learnt and how it is asked to vote."""
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
    def kneighbors(self, X, n_neighbors=None):
        """Return the closest enrolled faces.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features)
        n_neighbors : int, default=None
            How many, or all if there are fewer; None is the parameter of that name.

        Returns
        -------
        distances : ndarray of shape (n_images, n_neighbors)
            In face space, nearest first.
        indices : ndarray of shape (n_images, n_neighbors)
            Among the enrolled faces, the rows of `embedding_`.

        Raises
        ------
        TypeError, ValueError
            If n_neighbors is not an int of 1 or more.
        """
        k = self.n_neighbors if n_neighbors is None else n_neighbors
        check_scalar(k, "n_neighbors", Integral, min_val=1)
        Z = self._embedded(X, "kneighbors")
        return self._gallery_.neighbors(Z, k)

    @on_host
    def predict(self, X, groups=None):
        """Say who each face is, or that it is unknown.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features)
        groups : array-like of shape (n_images,), default=None
            A label an image, the same for images of one person, such as a track or a
            burst: they are pooled, and each of them has the answer of all.

        Returns
        -------
        ndarray of shape (n_images,)
            Labels, and `unknown_label` where the closest face is beyond
            `known_threshold_` or the image beyond `face_threshold_` from face space.
        """
        return self._identified(X, groups, "predict")["label"]

    @on_host
    def identify(self, X, groups=None):
        """Say who each face is, how near, whether it is known, whether it is a face.

        An image is near face space or not, and in it near an enrolled face or not: the
        four cases of Turk and Pentland (1991), of which the first alone is a person
        recognised. What lies where an enrolled face does in face space is known.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features)
        groups : array-like of shape (n_images,), default=None
            Images that are pooled, as by `predict`.

        Returns
        -------
        record array of shape (n_images,)
            With the fields ``label``, what `predict` answers; ``closest``, whose the
            closest face is, also where several vote; ``distance_in_face_space``, to
            that face; ``distance_from_face_space``, 1 for a new face on average;
            ``known`` and ``face``, whether these are within the thresholds. An image
            without contrast is no face, at an infinite distance from face space.
        """
        answers = self._identified(X, groups, "identify")
        return np.rec.fromarrays(list(answers.values()), names=list(answers))

    @on_host
    def watch_list(self, X, k=5):
        """Return the k enrolled people who are most like each face.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features)
        k : int, default=5
            How many, or all if there are fewer.

        Returns
        -------
        labels : ndarray of shape (n_images, k)
            Of `classes_`, nearest first.
        distances : ndarray of shape (n_images, k)
            To the closest face of each, in face space.
        known : ndarray of bool of shape (n_images, k)
            Whether that is within `known_threshold_`. Nobody is known of an image
            without contrast.

        Notes
        -----
        The share of images whose person is among the first j, for j = 1 to k, is the
        cumulative match characteristic:
        ``np.cumsum((labels == y[:, None]).mean(axis=0))``.
        """
        check_scalar(k, "k", Integral, min_val=1)
        rows, recogniser = self._rows(X, "watch_list"), self._recogniser()
        labels, distances, known = recogniser.watch_list(recogniser.embed(rows), k)
        return labels, distances, known & ~rows.map(without_contrast)[:, None]

    @on_host
    def verify(self, A, B, prior=0.5):
        """Say whether pairs of images show the same person, and how probably.

        The people need not be enrolled: what a distance says is learnt of pairs of the
        enrolled, when it is first asked for (``verification.py`` has the formulas). The
        order of A and B does not matter.

        Parameters
        ----------
        A, B : array-like of shape (n_pairs, n_features)
            Row i of one is compared with row i of the other.
        prior : float, default=0.5
            Share of the pairs that show one person, before they are seen.

        Returns
        -------
        record array of shape (n_pairs,)
            With the fields ``same``, whether that is more probable than not;
            ``probability``; ``score``, the logarithm of the likelihood ratio, in which
            the prior has no part, for `sklearn.metrics.det_curve`; ``distance``. An
            image without contrast is nobody's, at an infinite distance from all others,
            with the lowest score that there is.

        Raises
        ------
        ValueError
            If one person alone is enrolled, or nobody with two images that differ.
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
    def open_set_score(self, X):
        """Return how surely a face is a known person's, higher for surer.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features)

        Returns
        -------
        ndarray of shape (n_images,)
            The threshold less the distance to the closest face, not negative where it
            is known; without a threshold, minus the distance. An image without
            contrast has the lowest number that there is.
        """
        return self._recogniser().score(self._rows(X, "open_set_score"))

    @on_host
    def predict_proba(self, X, groups=None):
        """Return the probability of each enrolled person.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features)
        groups : array-like of shape (n_images,), default=None
            Images that are pooled, as by `predict`.

        Returns
        -------
        ndarray of shape (n_images, n_classes)
            Each row sums to 1: how likely the person is among those enrolled. Whether
            it is one of them `identify` says.
        """
        rows, recogniser = self._rows(X, "predict_proba"), self._recogniser()
        groups = groups_of(groups, len(rows.X))
        p = recogniser.probabilities(recogniser.embed(rows, groups))
        return p if groups is None else p[groups.place]

    @property
    def _n_features_out(self):
        return self.n_components_
