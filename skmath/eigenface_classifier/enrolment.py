"""The enrolled faces of an `EigenfaceClassifier`.

A face is stored as its coordinates along the eigenfaces and its squared distance from
their span. That is enough to enrol others without the images, and to compute face space
without some of the people, which only requires inner products: the components outside
of face space are assumed to be orthogonal between images.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.utils import column_or_1d
from sklearn.utils.validation import assert_all_finite

from skmath.eigenface_classifier.face_space import squares_outside
from skmath.linear_algebra import principal_axes

__all__ = [
    "Faces",
    "merged_classes",
]

OWN_DIRECTIONS = 1000
"""Maximum number of different faces that get their own direction outside face space.

With n faces this adds n coordinates, which takes O(n^3) time. With more faces the part
outside is small, because face space has most of their variance.
"""


@dataclass(frozen=True)
class Faces:
    """The enrolled faces: their persons, and their positions relative to face space.

    Parameters
    ----------
    codes : ndarray of int of shape (n,)
        Index of each face's class.
    weight : ndarray of shape (n,)
    image, copy : ndarray of shape (n,)
        Numbers that are equal for an image and its mirror image; and for equal images.
    details : ndarray of shape (n, n_details)
        Details as `Details` returns them; without columns if they are not used.
    C : ndarray of shape (n, M)
        Coordinates along the eigenfaces.
    outside : ndarray of shape (n,)
        Squared distance from their span.
    """

    codes: Any
    weight: Any
    image: Any
    copy: Any
    details: Any
    C: Any
    outside: Any

    def __add__(self, new):
        """Return the faces of both."""
        pairs = zip(vars(self).values(), vars(new).values(), strict=True)
        return Faces(*(np.concatenate(pair) for pair in pairs))

    def projected_onto(self, before, after):
        """Return the same faces in a face space that has changed.

        Parameters
        ----------
        before, after : FaceSpace

        Returns
        -------
        Faces
        """
        shift = before.mean - after.mean
        C = self.C @ (before.axes @ after.axes.T)
        C += shift @ after.axes.T
        # What was outside is assumed to stay outside.
        lengths = np.einsum("ij,ij->i", self.C, self.C) + self.outside
        lengths += self.C @ (2 * before.axes @ shift) + shift @ shift
        return replace(self, C=C, outside=squares_outside(lengths, C))

    def without(self, left_out, n_components, whiten):
        """Return coordinates in the face space of the faces that are not left out.

        Parameters
        ----------
        left_out : ndarray of bool of shape (n,)
        n_components : int or float
            How many axes to keep, as `count_axes` takes it.
        whiten : callable
            Takes coordinates, codes and weights; returns a `Whitening`.

        Returns
        -------
        Z_left_out, Z_kept : ndarray of shapes (m, M') and (n - m, M')
            Coordinates of the left-out faces, and of the others.
        """
        own = len(np.unique(self.copy)) <= OWN_DIRECTIONS
        C = np.hstack([self.C, self._own_directions()]) if own else self.C
        codes, weight = self.codes[~left_out], self.weight[~left_out]
        C = C - weight @ C[~left_out] / weight.sum()
        A = C[~left_out] * np.sqrt(weight)[:, None]
        outside = 0.0 if own else weight @ self.outside[~left_out]
        if A.shape[0] < A.shape[1]:
            axes, _, _ = principal_axes(
                A @ A.T, n_components, A, scatter_outside=outside
            )
        else:
            axes, _, _ = principal_axes(A.T @ A, n_components, scatter_outside=outside)
        C = C @ axes.T
        whitening = whiten(C[~left_out], codes, weight)
        return whitening.apply(C[left_out]), whitening.apply(C[~left_out])

    def _own_directions(self):
        """Return coordinates outside of face space, with one direction per image."""
        rows = np.arange(len(self.codes))
        column = np.unique(self.copy, return_inverse=True)[1]
        D = np.zeros((len(rows), column.max() + 1))
        D[rows, column] = np.sqrt(self.outside)
        return D


def merged_classes(classes, labels):
    """Return the sorted classes with labels added, and the new indices of the old.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)
    labels : array-like of shape (n_labels,)

    Returns
    -------
    classes : ndarray of shape (n_more,)
    place : ndarray of int of shape (n_classes,)

    Raises
    ------
    ValueError
        If labels are not finite, or numbers and strings are mixed.
    """
    labels = np.unique(column_or_1d(labels))
    if labels.size == 0:
        return classes, np.arange(len(classes))
    assert_all_finite(labels, input_name="classes")
    if (labels.dtype.kind in "OUST") != (classes.dtype.kind in "OUST"):
        raise ValueError(
            f"New labels, such as {labels[0]!r}, and the labels enrolled before, such "
            f"as {classes[0]!r}, must both be numbers or both be strings."
        )
    more = np.union1d(classes, labels)
    return more, np.searchsorted(more, classes)
