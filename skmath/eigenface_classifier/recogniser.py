"""What a fitted `EigenfaceClassifier` does with new images: project, compare, answer.

A `Recogniser` holds what was learnt and nothing that changes: the estimator makes one
of its fitted attributes when it is asked something.

*Several images of one person*, a track or a burst, are pooled by the mean of their
coordinates in face space, which is where their mean image is. What differs between them
becomes smaller by it, and what they share, who they are, remains. Of ORL's training
images (two enrolled a person, three pooled) .955 are named so, of single ones .887; at
a threshold that lets .050 of strangers' single images in, .070 of pooled ones come in.
The closest of all pairs names .965, but lets in .125; the mean of the logarithms of the
probabilities names .948.
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
    """A face space, the faces enrolled in it, and how near is near.

    Parameters
    ----------
    prepare : callable
        Takes brightness and contrast out of a block of images.
    details : Details
        What tells faces from other images, beside their grey values.
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
    classes : ndarray of shape (n_classes,)
    unknown_label : int or str
    """

    prepare: Callable
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
        """Distance in face space up to which a face is known as each person's."""
        return np.broadcast_to(self.known_threshold, self.gallery.n_classes)

    @property
    def refuses(self):
        """Whether there is a threshold, beyond which an image is nobody's."""
        thresholds = np.append(self.known_threshold, self.face_threshold)
        return not np.isposinf(thresholds).all()

    def project(self, rows, details=NO_DETAILS):
        """Return coordinates along the eigenfaces, how far off, and the details.

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
            Of rows that are pooled.

        Returns
        -------
        ndarray of shape (m, M)
            A row a group, if there are some.
        """
        C = self.project(rows)[0]
        if groups is not None:
            C = groups.means(C, rows.map(without_contrast))
        return self.whitening.apply(C)

    def identify(self, rows, groups=None):
        """Return who is on images, how near, whether it is known, and whether a face.

        Parameters
        ----------
        rows : Rows
        groups : Groups, default=None
            Of rows that are pooled.

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
        if self.refuses:
            # An array: unsigned labels are widened.
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
        """Return how far within the threshold faces are; without one, how near.

        Parameters
        ----------
        rows : Rows

        Returns
        -------
        ndarray of shape (m,)
            The lowest number that there is for an image without contrast.
        """
        distance, codes, _ = self.gallery.closest(self.embed(rows))
        limit = self.limits[codes]
        score = np.where(np.isfinite(limit), limit, 0.0) - distance
        lowest = np.finfo(score.dtype).min
        return np.where(rows.map(without_contrast), lowest, score)

    def probabilities(self, Z):
        """Return how likely each class is.

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
        # Of people who are equally close the one is likelier who is named.
        top = p.max(axis=1)
        # A small distance keeps half its digits.
        rounding = np.finfo(p.dtype).eps ** 0.25
        equal = (p >= top[:, None] * (1 - rounding)).sum(axis=1)
        tied = np.flatnonzero(equal > 1)
        if len(tied):
            named = self.gallery.closest(Z[tied])[1]
            p[tied, named] = np.nextafter(top[tied], np.inf, dtype=p.dtype)
        return p

    def watch_list(self, Z, k):
        """Return the people who are closest, how far they are, and whether near enough.

        Parameters
        ----------
        Z : ndarray of shape (m, M)
        k : int

        Returns
        -------
        labels : ndarray of shape (m, min(k, n_people))
            Nearest first.
        distances : ndarray of the same shape
            To the closest face of each.
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
    found = np.empty((len(Z), gallery.n_classes), dtype=Z.dtype)
    for rows in gen_batches(len(Z), max(1, BLOCK_DISTANCES // len(gallery.Z))):
        D = gallery.distance.between(Z[rows], gallery.Z)
        found[rows] = class_distances(D, gallery.codes, gallery.n_classes)
    return found


@dataclass(frozen=True)
class Groups:
    """Which rows belong together.

    Parameters
    ----------
    place : ndarray of int of shape (m,)
        Number of each row's group.
    sizes : ndarray of int of shape (n_groups,)
    """

    place: Any
    sizes: Any

    def means(self, values, blank):
        """Return the mean of each group's rows, but for blank ones beside others.

        Parameters
        ----------
        values : ndarray of shape (m,) or (m, M)
        blank : ndarray of bool of shape (m,)
            A covered lens in a burst says nothing of who is on the others.

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
    """Return the `Groups` of labels, one a row; None of none.

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
        If there is not one a row.
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
