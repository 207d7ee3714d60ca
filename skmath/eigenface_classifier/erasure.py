r"""Erasing of people and faces from the gallery.

An `EigenfaceClassifier` stores for each face its coordinates in face space, its squared
distance from it, its weight and two fingerprints. Erasing a face removes these rows
from every array by copying the others, so that no view keeps the old rows in memory.
Whitening and gallery are computed from the remaining faces, and thresholds, temperature
and likelihood are calibrated on them.

Face space itself, its mean and axes, was learnt with the erased images. No single image
can be recovered from it, but their contribution to the mean and the scatter stays. It
can be removed exactly if no direction of the remaining faces was cut off. Then they are
determined by their coordinates, :math:`x_i = m + E^T c_i`, and their face space is

.. math::
   m' = m + E^T \bar c, \qquad E' = U E, \qquad
   \sum_i w_i (c_i - \bar c)(c_i - \bar c)^T = U^T \Sigma^2 U ,

with an eigenproblem of size M or n, and without the images. If directions were cut off,
only the lengths of the faces' components in them are known, and only a fit of the
remaining images is exact.
"""

from dataclasses import replace

import numpy as np
from sklearn.utils import column_or_1d

from skmath._estimators.fitting import warn
from skmath.eigenface_classifier.face_space import squares_outside
from skmath.linear_algebra import FaceSpace, fix_signs, principal_axes

__all__ = [
    "options_without_calibration",
    "remaining_face_space",
    "remaining_faces",
    "select_erased",
]

ROUNDING = 64
"""Rounding of a decomposition, in units in the last place of the total scatter: if less
than that is outside of the eigenfaces, nothing was cut off."""


def select_erased(faces, classes, labels, index):
    """Return which faces and which classes are erased.

    Parameters
    ----------
    faces : Faces
    classes : ndarray of shape (n_classes,)
    labels : label, array-like of labels, or None
        People to erase with all their faces.
    index : int, array-like of int, or None
        Faces to erase, with equal and mirrored images of the same person.

    Returns
    -------
    erased_faces : ndarray of bool of shape (n,)
    erased_classes : ndarray of bool of shape (n_classes,)
        The named classes, and those that lose their last face.

    Raises
    ------
    ValueError
        If labels are not enrolled, an index is not of a face, neither or both are
        passed, or nobody would remain.
    """
    if (labels is None) == (index is None):
        raise ValueError(
            "forget() requires either labels (people) or index (rows of embedding_), "
            "and not both."
        )
    is_named = np.zeros(len(classes), dtype=bool)
    if labels is not None:
        is_named[_codes_of(labels, classes)] = True
        erased = is_named[faces.codes]
    else:
        erased = _with_copies(_rows_of(index, len(faces.codes)), faces)
    if erased.all():
        raise ValueError(
            "forget() would erase all faces, but at least one must remain. To erase "
            "everybody, delete the model and fit a new one."
        )
    enrolled, remaining = (
        np.isin(np.arange(len(classes)), codes)
        for codes in (faces.codes, faces.codes[~erased])
    )
    return erased, is_named | (enrolled & ~remaining)


def _codes_of(labels, classes):
    """Return the indices of labels among the classes."""
    labels = column_or_1d(np.atleast_1d(labels))
    known = classes.tolist()
    not_enrolled = [label for label in labels.tolist() if label not in known]
    if not_enrolled:
        listed = ", ".join(map(repr, not_enrolled))
        raise ValueError(
            f"forget() got labels that are not enrolled: {listed}. The enrolled labels "
            "are in classes_."
        )
    return [known.index(label) for label in labels.tolist()]


def _rows_of(index, n):
    """Return a mask of the rows with the given indices."""
    index = column_or_1d(np.atleast_1d(index))
    if index.dtype == bool and len(index) == n:
        return index
    if index.dtype.kind not in "iu" or not np.all((index >= 0) & (index < n)):
        raise ValueError(
            f"index must hold integers from 0 to {n - 1} (rows of embedding_) or be a "
            f"boolean mask of length {n}; got {index!r}."
        )
    return np.isin(np.arange(n), index)


def _with_copies(erased, faces):
    """Return a mask of the faces and of all copies with the same label."""
    images = np.unique(faces.image, return_inverse=True)[1]
    pairs = images * (faces.codes.max() + 1) + faces.codes
    return np.isin(pairs, pairs[erased])


def remaining_faces(faces, erased_faces, erased_classes):
    """Return the remaining faces, as copies.

    Parameters
    ----------
    faces : Faces
    erased_faces : ndarray of bool of shape (n,)
    erased_classes : ndarray of bool of shape (n_classes,)

    Returns
    -------
    Faces
        Faces with codes among the remaining classes.
    """
    columns = {name: values[~erased_faces] for name, values in vars(faces).items()}
    place = np.cumsum(~erased_classes) - 1
    return replace(faces, **columns | {"codes": place[columns["codes"]]})


def options_without_calibration(options, faces, known_threshold):
    """Return the options, with the old threshold if it cannot be calibrated.

    Parameters
    ----------
    options : Options
    faces : Faces
        The remaining faces.
    known_threshold : float or ndarray of shape (n_classes,)
        The current threshold.

    Returns
    -------
    Options
    """
    is_single = len(np.unique(faces.codes)) == 1
    if not is_single or not isinstance(options.known_threshold, str):
        return options
    warn(
        "Only one person remains, and a threshold cannot be calibrated on a single "
        "person: known_threshold_ is left unchanged."
    )
    return replace(options, known_threshold=known_threshold)


def remaining_face_space(space, faces, n_components):
    """Return the face space of the remaining faces, and the faces in it.

    Parameters
    ----------
    space : FaceSpace
        Face space that was also learnt from erased faces.
    faces : Faces
        The remaining faces, all of them within face space.
    n_components : int, float or "auto"
        How many axes to keep, as `count_axes` takes it.

    Returns
    -------
    space : FaceSpace
    faces : Faces

    Raises
    ------
    ValueError
        If some of the faces are partly outside of the old face space.
    """
    eps = np.finfo(faces.C.dtype).eps
    if faces.weight @ faces.outside > ROUNDING * eps * space.scatter:
        raise ValueError(
            "refit=True requires a face space that represents the remaining faces "
            f"exactly, but its {len(space.axes)} eigenfaces do not. Use refit=False, "
            "or call fit on the remaining images."
        )
    C, weight = faces.C.astype(np.float64), faces.weight
    total, shift = weight.sum(), weight @ C / weight.sum()
    C -= shift
    A = C * np.sqrt(weight)[:, None]
    is_wide = A.shape[0] < A.shape[1]
    G = A @ A.T if is_wide else A.T @ A
    rotation, squares, _ = principal_axes(G, n_components, A if is_wide else None)
    axes, sign = fix_signs(rotation @ space.axes)
    lengths = np.einsum("ij,ij->i", C, C)
    C = C @ (rotation * np.reshape(sign, (-1, 1))).T
    C = C.astype(faces.C.dtype)
    outside = squares_outside(lengths, C).astype(faces.outside.dtype)
    mean = space.mean + shift @ space.axes
    scatter = float(np.trace(G))
    return FaceSpace(float(total), mean, axes, squares, scatter), replace(
        faces, C=C, outside=outside
    )
