"""Recognition of new images by a fitted `EigenfaceClassifier`.

A `Recogniser` is an immutable object with the fitted attributes that prediction needs;
the estimator creates one in each call.

*Several images of one person*, such as a track or a burst, are pooled by the mean of
their coordinates in face space, which are the coordinates of their mean image. This
reduces the differences between the images and keeps what they have in common. On ORL's
training images (two enrolled per person, three pooled), .955 are identified correctly,
and .887 of single images. At a threshold that accepts .050 of unknown people's single
images, it accepts .070 of pooled ones. Using the closest of all pairs identifies .965,
but accepts .125 of unknown people; the mean of the log probabilities identifies .948.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils import column_or_1d, gen_batches

from skmath.eigenface_classifier.contrast import without_contrast
from skmath.eigenface_classifier.details import Details
from skmath.eigenface_classifier.face_space import NO_DETAILS, project_images
from skmath.eigenface_classifier.gallery import Gallery
from skmath.eigenface_classifier.likelihood import FaceLikelihood
from skmath.eigenface_classifier.probabilities import class_distances
from skmath.linear_algebra.distances import BLOCK_DISTANCES
from skmath.statistics.within_class import Whitening

__all__ = ["Groups", "Recogniser", "groups_of", "people_distances"]


@dataclass(frozen=True)
class Recogniser:
    """A face space, the enrolled faces, and the calibrated thresholds.

    Parameters
    ----------
    prepare : callable
        Normalises brightness and contrast of a block of images.
    details : Details
        Fine details of an image, which help to distinguish faces from other images.
    mean : ndarray of shape (n_features,)
    axes : ndarray of shape (M, n_features)
    whitening : Whitening
    gallery : Gallery
    likelihood : FaceLikelihood
    temperature : float
        Temperature of the probabilities.
    known_threshold : float or ndarray of shape (n_classes,)
    face_threshold : float
    n_neighbors : int
        Number of closest faces that vote.
    by_distance : bool
        Whether votes are divided by the distance.
    classes : ndarray of shape (n_classes,)
    unknown_label : int or str
    """

    prepare: Callable[[Any], Any]
    details: Details
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
    classes: Any
    unknown_label: Any

    @property
    def limits(self):
        """Distance in face space up to which a face is recognised, for each person."""
        return np.broadcast_to(self.known_threshold, self.gallery.n_classes)

    @property
    def rejects(self):
        """Whether there is a threshold beyond which images are rejected."""
        thresholds = np.append(self.known_threshold, self.face_threshold)
        return not np.isposinf(thresholds).all()

    def project(self, rows, details=NO_DETAILS):
        """Return coordinates, squared distances from face space, and details.

        Parameters
        ----------
        rows : Rows
        details : Details, default=NO_DETAILS

        Returns
        -------
        C : ndarray of shape (m, M)
        outside : ndarray of shape (m,)
        D : ndarray of shape (m, n_details)
        """
        space = self.prepare, self.mean, self.axes
        columns, M = rows.map(project_images, *space, details), len(self.axes)
        return columns[:, :M], columns[:, M], columns[:, M + 1 :]

    def embed(self, rows, groups=None):
        """Return the coordinates in which faces are compared.

        Parameters
        ----------
        rows : Rows
        groups : Groups, default=None
            Groups of rows to pool.

        Returns
        -------
        ndarray of shape (m, M)
            One row per group, if there are groups.
        """
        C = self.project(rows)[0]
        if groups is not None:
            C = groups.means(C, rows.map(without_contrast))
        return self.whitening.apply(C)

    def identify(self, rows, groups=None):
        """Return the columns of `EigenfaceClassifier.identify`.

        Parameters
        ----------
        rows : Rows
        groups : Groups, default=None
            Groups of rows to pool.

        Returns
        -------
        dict of ndarray of shape (m,)
            The columns of `EigenfaceClassifier.identify`.
        """
        C, outside, D = self.project(rows, self.details)
        blank = rows.map(without_contrast)
        from_space = np.where(blank, np.inf, self.likelihood.distance(C, outside, D))
        if groups is not None:
            C, from_space = (groups.means(A, blank) for A in (C, from_space))
        Z = self.whitening.apply(C)
        distance, closest, enrolled = self.gallery.closest(Z)
        known = enrolled | (distance <= self.limits[closest])
        rounding = np.sqrt(np.finfo(Z.dtype).eps)
        face = np.isfinite(from_space)
        face &= from_space <= (1 + rounding) * self.face_threshold
        named = closest if self.n_neighbors == 1 else self.probabilities(Z).argmax(1)
        label = self.classes[named]
        if self.rejects:
            # As an array, so that unsigned labels are widened.
            label = np.where(known & face, label, np.asarray(self.unknown_label))
        answers = {
            "label": label,
            "closest": self.classes[closest],
            "distance_in_face_space": distance,
            "distance_from_face_space": from_space,
            "known": known,
            "face": face,
        }
        if groups is None:
            return answers
        return {name: column[groups.place] for name, column in answers.items()}

    def score(self, rows):
        """Return the threshold minus the distance, or minus the distance without one.

        Parameters
        ----------
        rows : Rows

        Returns
        -------
        ndarray of shape (m,)
            The lowest possible number for an image without contrast.
        """
        distance, codes, _ = self.gallery.closest(self.embed(rows))
        limit = self.limits[codes]
        score = np.where(np.isfinite(limit), limit, 0.0) - distance
        lowest = np.finfo(score.dtype).min
        return np.where(rows.map(without_contrast), lowest, score)

    def probabilities(self, Z):
        """Return the probability of each class.

        Parameters
        ----------
        Z : ndarray of shape (m, M)

        Returns
        -------
        ndarray of shape (m, n_classes)
        """
        p = self.gallery.probabilities(
            Z, self.temperature, self.n_neighbors, self.by_distance
        )
        if self.n_neighbors > 1:
            return p
        # Among people at the same distance, the predicted one gets the highest value.
        top = p.max(axis=1)
        # Small distances have half of the digits.
        rounding = np.finfo(p.dtype).eps ** 0.25
        equal = (p >= top[:, None] * (1 - rounding)).sum(axis=1)
        tied = np.flatnonzero(equal > 1)
        if len(tied):
            named = self.gallery.closest(Z[tied])[1]
            p[tied, named] = np.nextafter(top[tied], np.inf, dtype=p.dtype)
        return p

    def watch_list(self, Z, k):
        """Return the closest people, their distances, and whether they are known.

        Parameters
        ----------
        Z : ndarray of shape (m, M)
        k : int

        Returns
        -------
        labels : ndarray of shape (m, min(k, n_people))
            Nearest first.
        distances : ndarray of the same shape
            Distances to the closest face of each person.
        known : ndarray of bool of the same shape
        """
        D = people_distances(self.gallery, Z)
        k = min(k, int(np.isfinite(D[0]).sum())) if len(D) else 0
        codes = np.argsort(D, axis=1, kind="stable")[:, :k]
        distances = np.take_along_axis(D, codes, axis=1)
        return self.classes[codes], distances, distances <= self.limits[codes]


def people_distances(gallery, Z):
    """Return the distance to the closest face of each class.

    Parameters
    ----------
    gallery : Gallery
    Z : ndarray of shape (m, M)

    Returns
    -------
    ndarray of shape (m, n_classes)
        Infinite for a class without faces.
    """
    distances = np.empty((len(Z), gallery.n_classes), dtype=Z.dtype)
    for rows in gen_batches(len(Z), max(1, BLOCK_DISTANCES // len(gallery.Z))):
        D = gallery.distance.between(Z[rows], gallery.Z)
        distances[rows] = class_distances(D, gallery.codes, gallery.n_classes)
    return distances


@dataclass(frozen=True)
class Groups:
    """Groups of rows.

    Parameters
    ----------
    place : ndarray of int of shape (m,)
        Index of each row's group.
    sizes : ndarray of int of shape (n_groups,)
    """

    place: Any
    sizes: Any

    def means(self, values, blank):
        """Return the mean of each group's rows, without blank ones if there are others.

        Parameters
        ----------
        values : ndarray of shape (m,) or (m, M)
        blank : ndarray of bool of shape (m,)
            Images without contrast, such as a covered lens in a burst.

        Returns
        -------
        ndarray of shape (n_groups,) or (n_groups, M)
        """
        order = np.argsort(self.place, kind="stable")
        starts = np.cumsum(self.sizes) - self.sizes
        n_blank = np.add.reduceat(blank[order], starts, dtype=np.intp)
        all_blank = n_blank == self.sizes
        left_out = blank & ~all_blank[self.place]
        counts = np.where(all_blank, self.sizes, self.sizes - n_blank)
        by_row = (slice(None), *[None] * (values.ndim - 1))
        values = np.where(left_out[by_row], 0, values)
        sums = np.add.reduceat(values[order], starts, axis=0)
        return sums / counts[by_row].astype(sums.dtype)


def groups_of(groups, n_rows):
    """Return the `Groups` for one label per row, or None.

    Parameters
    ----------
    groups : array-like of shape (n_rows,) or None
    n_rows : int

    Returns
    -------
    Groups or None

    Raises
    ------
    ValueError
        If there is not one label per row.
    """
    if groups is None:
        return None
    groups = column_or_1d(groups)
    if len(groups) != n_rows:
        raise ValueError(
            f"groups has {len(groups)} labels, but X has {n_rows} rows. Pass one label "
            "per row, the same for all images of a person."
        )
    _, place, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    return Groups(place, sizes)
