"""What a fitted `EigenfaceClassifier` does with new images: project, compare, answer.

A `Recogniser` holds what was learnt and nothing that changes: the estimator makes one
of its fitted attributes when it is asked something.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from skmath.eigenface_classifier.face_space import FaceLikelihood, project_images
from skmath.eigenface_classifier.gallery import Gallery
from skmath.statistics.within_class import Whitening

__all__ = ["Recogniser"]


@dataclass(frozen=True)
class Recogniser:
    """A face space, the faces enrolled in it, and how near is near.

    Parameters
    ----------
    prepare : callable
        Takes brightness and contrast out of a block of images.
    mean : ndarray of shape (n_features,)
    axes : ndarray of shape (M, n_features)
    whitening : Whitening
    gallery : Gallery
    likelihood : FaceLikelihood
    temperature : float
        Of the probabilities.
    known_threshold : float or ndarray of shape (n_classes,)
    face_threshold : float
    n_neighbors : int
        Closest faces that vote.
    by_distance : bool
        Whether votes are divided by the distance.
    """

    prepare: Callable
    mean: Any
    axes: Any
    whitening: Whitening
    gallery: Gallery
    likelihood: FaceLikelihood
    temperature: float
    known_threshold: Any
    face_threshold: float
    n_neighbors: int
    by_distance: bool

    @property
    def limits(self):
        """Distance in face space up to which a face is known as each person's."""
        return np.broadcast_to(self.known_threshold, self.gallery.n_classes)

    @property
    def refuses(self):
        """Whether there is a threshold, beyond which an image is nobody's."""
        thresholds = np.append(self.known_threshold, self.face_threshold)
        return not np.isposinf(thresholds).all()

    def project(self, rows):
        """Return coordinates along the eigenfaces, and squared distances from them.

        Parameters
        ----------
        rows : Rows

        Returns
        -------
        C : ndarray of shape (m, M)
        outside : ndarray of shape (m,)
        """
        columns = rows.map(project_images, self.prepare, self.mean, self.axes)
        return columns[:, :-1], columns[:, -1]

    def embed(self, rows):
        """Return the coordinates in which faces are compared.

        Parameters
        ----------
        rows : Rows

        Returns
        -------
        ndarray of shape (m, M)
        """
        return self.whitening.apply(self.project(rows)[0])

    def identify(self, rows):
        """Return who is on images, how near, whether it is known, and whether a face.

        Parameters
        ----------
        rows : Rows

        Returns
        -------
        named, closest : ndarray of int of shape (m,)
            Codes of the class that is voted for, and of the closest face's.
        distance : ndarray of shape (m,)
            In face space, to that face.
        from_space : ndarray of shape (m,)
            From face space.
        known, face : ndarray of bool of shape (m,)
        """
        C, outside = self.project(rows)
        Z = self.whitening.apply(C)
        distance, closest, enrolled = self.gallery.closest(Z)
        known = enrolled | (distance <= self.limits[closest])
        from_space = self.likelihood.distance(C, outside)
        rounding = np.sqrt(np.finfo(Z.dtype).eps)
        face = from_space <= (1 + rounding) * self.face_threshold
        named = closest if self.n_neighbors == 1 else self.probabilities(Z).argmax(1)
        return named, closest, distance, from_space, known, face

    def score(self, Z):
        """Return how far within the threshold faces are; without one, how near.

        Parameters
        ----------
        Z : ndarray of shape (m, M)

        Returns
        -------
        ndarray of shape (m,)
        """
        distance, codes, _ = self.gallery.closest(Z)
        limit = self.limits[codes]
        return np.where(np.isfinite(limit), limit, 0.0) - distance

    def probabilities(self, Z):
        """Return how likely each class is.

        Parameters
        ----------
        Z : ndarray of shape (m, M)

        Returns
        -------
        ndarray of shape (m, n_classes)
        """
        return self.gallery.probabilities(
            Z, self.temperature, self.n_neighbors, self.by_distance
        )
