"""The faces that an `EigenfaceClassifier` has enrolled, and what is learnt of them.

A face is kept as its coordinates along the eigenfaces and its squared distance from
their span. That is enough to enrol others without the images, and to learn face space
anew without some of the people, for which only inner products count: what lies outside
of face space is taken to be every image's own.
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
    "more_classes",
]

OWN_DIRECTIONS = 1000
"""Different faces up to which each has a direction outside face space of its own.

With n faces face space is learnt anew of n coordinates more, in O(n^3) time; of more
faces what is outside is a small part, as face space has most of their variance.
"""


@dataclass(frozen=True)
class Faces:
    """The enrolled: who they are, and where in and about face space.

    Parameters
    ----------
    codes : ndarray of int of shape (n,)
        Index of each one's class.
    weight : ndarray of shape (n,)
    image, copy : ndarray of shape (n,)
        Numbers, the same for one image and its mirror image; for equal images.
    details : ndarray of shape (n, n_details)
        What tells faces from other images; no columns where it does not count.
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
        """Return all."""
        pairs = zip(vars(self).values(), vars(new).values(), strict=True)
        return Faces(*(np.concatenate(pair) for pair in pairs))

    def carried(self, before, after):
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
        # What was outside is taken to be so still.
        lengths = np.einsum("ij,ij->i", self.C, self.C) + self.outside
        lengths += self.C @ (2 * before.axes @ shift) + shift @ shift
        return replace(self, C=C, outside=squares_outside(lengths, C))

    def without(self, left_out, n_components, whiten):
        """Return coordinates in the face space that is learnt of the others alone.

        Parameters
        ----------
        left_out : ndarray of bool of shape (n,)
        n_components : int or float
            How many axes to keep, as `count_axes` takes it.
        whiten : callable
            Of coordinates, codes and weights; returns a `Whitening`.

        Returns
        -------
        theirs, others : ndarray of shapes (m, M') and (n - m, M')
            Of those left out, and of the others.
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
        """Return coordinates of what is outside, one direction an image."""
        rows = np.arange(len(self.codes))
        column = np.unique(self.copy, return_inverse=True)[1]
        D = np.zeros((len(rows), column.max() + 1))
        D[rows, column] = np.sqrt(self.outside)
        return D


def more_classes(classes, labels):
    """Return the sorted classes with labels added, and where the old ones are now.

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
        If labels are not finite, or numbers beside strings.
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
