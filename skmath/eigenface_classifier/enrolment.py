"""The faces that an `EigenfaceClassifier` has enrolled, and what is learnt of them.

A face is kept as its coordinates along the eigenfaces and its squared distance from
their span. That is enough to enrol others without the images, and to learn face space
anew without some of the people, for which only inner products count: what lies outside
of face space is taken to be every image's own.
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from skmath.eigenface_classifier.face_space import beyond
from skmath.linear_algebra import principal_space

OWN_DIRECTIONS = 1000
"""Faces up to which each has a direction of its own; of more the space is full."""

KEY_PIXELS = 256
"""Pixels, evenly spread, by which equal images are told from others."""


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
    C : ndarray of shape (n, M), default=None
        Coordinates along the eigenfaces.
    outside : ndarray of shape (n,), default=None
        Squared distance from their span.
    """

    codes: Any
    weight: Any
    image: Any
    copy: Any
    C: Any = None
    outside: Any = None

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
        whole = np.einsum("ij,ij->i", self.C, self.C) + self.outside
        whole += self.C @ (2 * before.axes @ shift) + shift @ shift
        return replace(self, C=C, outside=beyond(whole, C))

    def without(self, left_out, count, whiten):
        """Return coordinates in the face space that is learnt of the others alone.

        Parameters
        ----------
        left_out : ndarray of bool of shape (n,)
        count : callable
            Of the squares along the axes and the whole scatter; how many to keep.
        whiten : callable
            Of coordinates, codes and weights; returns a `Whitening`.

        Returns
        -------
        theirs, others : ndarray of shapes (m, M') and (n - m, M')
            Of those left out, and of the others.
        """
        own = len(self.codes) <= OWN_DIRECTIONS
        C = np.hstack([self.C, self._own_directions()]) if own else self.C
        codes, weight = self.codes[~left_out], self.weight[~left_out]
        mean = weight @ C[~left_out] / weight.sum()
        C = C - mean
        A = C[~left_out] * np.sqrt(weight)[:, None]
        wide = A.shape[0] < A.shape[1]
        G = A @ A.T if wide else A.T @ A
        scatter = np.trace(G) + (0.0 if own else weight @ self.outside[~left_out])
        count = partial(count, scatter=scatter)
        A = A if wide else None
        space, _ = principal_space(G, mean, weight.sum(), count, A)
        C = C @ space.axes.T
        even = whiten(C[~left_out], codes, weight).apply
        return even(C[left_out]), even(C[~left_out])

    def _own_directions(self):
        """Return coordinates of what is outside, one direction an image."""
        rows = np.arange(len(self.codes))
        column = np.unique(self.copy, return_inverse=True)[1]
        D = np.zeros((len(rows), column.max() + 1))
        D[rows, column] = np.sqrt(self.outside)
        return D


def keys(X):
    """Return numbers that are the same for equal rows, and as good as only for them.

    Parameters
    ----------
    X : ndarray of shape (n, p)
        Rows are told apart by no more than KEY_PIXELS of their columns.

    Returns
    -------
    ndarray of shape (n,)

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.eigenface_classifier.enrolment import keys
    >>> key = keys(np.array([[2.0, 1.0], [1.0, 2.0], [2.0, 1.0]]))
    >>> bool(key[0] == key[2] != key[1])
    True
    """
    some = X[:, :: -(-X.shape[1] // KEY_PIXELS)]
    factors = np.random.default_rng(0).random(some.shape[1])
    with np.errstate(over="ignore"):
        return np.sum(some * factors, axis=1)


def mirrored(X, shape):
    """Return images of a height and width with left and right exchanged.

    Parameters
    ----------
    X : ndarray of shape (n, height * width)
    shape : tuple of two ints

    Returns
    -------
    ndarray of shape (n, height * width)
    """
    return X.reshape(-1, *shape)[:, :, ::-1].reshape(X.shape)


def check_image_shape(shape, mirror, n_features):
    """Raise a ValueError if images of a shape do not have so many pixels.

    Parameters
    ----------
    shape : tuple of two ints or None
    mirror : bool
        Whether a shape is needed.
    n_features : int
    """
    if shape is None:
        if mirror:
            raise ValueError(
                "mirror=True needs image_shape, the height and width of the images."
            )
        return
    sides = np.asarray(shape)
    if sides.shape != (2,) or sides.dtype.kind not in "iu" or (sides < 1).any():
        raise ValueError(
            "image_shape must be two positive integers, height and width; got "
            f"{shape!r}."
        )
    if int(np.prod(sides)) != n_features:
        raise ValueError(
            f"image_shape={shape} holds {int(np.prod(sides))} pixels, but the rows of "
            f"X have {n_features}."
        )
