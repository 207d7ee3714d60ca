"""Merging of a fitted face space with new images.

The old images are represented by their face space and their coordinates in it; the
images themselves are not needed. See `skmath.linear_algebra.face_space` for the merge.
"""

from dataclasses import replace

import numpy as np

from skmath._rows.rows import dtype_of_numbers
from skmath.eigenface_classifier.enrolment import Faces
from skmath.eigenface_classifier.face_space import (
    collected,
    learn_face_space,
    project_images,
)
from skmath.linear_algebra import count_axes

__all__ = ["check_first_call", "enlarged", "merged"]


def check_first_call(X):
    """Raise a ValueError if the first call has a single image.

    Parameters
    ----------
    X : array-like of shape (n_images, n_features)
    """
    if np.ndim(X) == 2 and len(X) == 1:
        raise ValueError(
            "The first call of partial_fit got a single image (n_samples = 1), which "
            "has no variance to compute eigenfaces from. Pass at least two different "
            "images in the first call; later calls may have one."
        )


def enlarged(space, faces, rows, options):
    """Return the face space of all images, and all faces in it.

    Parameters
    ----------
    space : FaceSpace
        Face space of the old images.
    faces : Faces
        The old faces.
    rows : Rows
        The new images, with class codes for y.
    options : Options

    Returns
    -------
    space : FaceSpace
    faces : Faces
    """
    rows, codes, weight, image, copy, details = collected(rows, options)
    n, dtype = len(rows.X), dtype_of_numbers(rows.X)
    # The new images keep all their directions until both are merged; then as many are
    # kept as n_components asks for.
    batch, _, _ = learn_face_space(rows, n, options)
    both = merged(space, batch, options.n_components, len(faces.codes) + n)
    mean, axes = both.mean.astype(dtype), both.axes.astype(dtype)
    columns = rows.map(project_images, options.prepare, mean, axes)
    C, outside = columns[:, :-1], columns[:, -1]
    new = Faces(codes, weight, image, copy, details, C, outside)
    both = replace(both, mean=mean, axes=axes)
    return both, faces.projected_onto(space, both) + new


def merged(space, batch, n_components, n_images):
    """Return the leading part of the face space of all images, old and new.

    Parameters
    ----------
    space, batch : FaceSpace
        Face spaces of the old images, with some directions cut off, and of the new.
    n_components : int, float or "auto"
        How many axes to keep, as `count_axes` takes it.
    n_images : int
        Number of all images.

    Returns
    -------
    FaceSpace
    """
    both = space + batch
    r, p = both.axes.shape
    # What was cut off earlier is treated as isotropic noise.
    n_cut = min(n_images - 1, p) - r
    return both.first(count_axes(n_components, both.squares, both.scatter, p, n_cut))
