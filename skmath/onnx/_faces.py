"""Faces: into face space, and the nearest there."""

import numpy as np

from skmath.eigenface_classifier.contrast import ROUNDINGS
from skmath.eigenface_classifier.preparation import PIXELS
from skmath.onnx._graph import refuse

__all__ = ["face_coordinates", "faces"]

CONSTANT = 32
"""Of a row's brightness, how many roundings are no deviation."""


def faces(graph, model, X):
    """Return who is nearest, or that it is nobody, and the probabilities."""
    if model.n_neighbors != 1:
        refuse(model, f"n_neighbors={model.n_neighbors}", "Fit with n_neighbors=1.")
    images = prepared(graph, model, X)
    A, C, Z = in_face_space(graph, model, images)
    D = DISTANCES[model.metric](graph, Z, model.embedding_.astype(np.float64))
    distance, face = graph.top(D, 1, largest=0)
    distance, face = graph.column(distance), graph.column(face)
    codes = graph.Gather(model._faces_.codes, face)
    label = graph.labels(codes, model.classes_)
    thresholds = np.append(model.known_threshold_, model.face_threshold_)
    if np.isfinite(thresholds).any() and model.n_features_in_ >= PIXELS:
        label = unless_stranger(graph, model, label, has_contrast(graph, model, X))
    if not np.isposinf(model.known_threshold_).all():
        label = unless_stranger(
            graph, model, label, is_known(graph, model, Z, distance, face, codes)
        )
    if not np.isposinf(model.face_threshold_):
        label = unless_stranger(
            graph, model, label, is_face(graph, model, images, A, C)
        )
    return [label, probabilities(graph, model, D)]


def face_coordinates(graph, model, X):
    """Return the coordinates of images in face space."""
    return [in_face_space(graph, model, prepared(graph, model, X))[-1]]


def in_face_space(graph, model, images):
    """Return images less the mean face, their coordinates, and these whitened."""
    A = graph.Sub(images, model.mean_face_)
    C = graph.MatMul(A, model.components_.T)
    Z = C if model._whitening_.map is None else graph.MatMul(C, model._whitening_.map)
    return A, C, Z


def prepared(graph, model, X):
    """Return the images as face space sees them."""
    before, after = BRIGHTNESS[model.brightness]
    return after(graph, smoothed(graph, before(graph, X, model), model), model)


def unless_stranger(graph, model, label, is_one):
    """Return the labels, and that of strangers where a condition does not hold."""
    return graph.Where(is_one, label, np.asarray(model.unknown_label_))


def has_contrast(graph, model, X):
    """Tell which images are not of one grey level, but for rounding."""
    first = graph.Gather(X, np.array([0]), axis=1)
    off = graph.Sub(X, first)
    squares = graph.Div(graph.total(graph.Mul(off, off)), float(model.n_features_in_))
    rounding = ROUNDINGS * float(np.finfo(graph.dtype).eps)
    varies = graph.Greater(graph.Sqrt(squares), graph.Mul(graph.Abs(first), rounding))
    return graph.column(varies)


def is_known(graph, model, Z, distance, face, codes):
    """Tell whether images are within the threshold, or where an enrolled face is."""
    limits = np.broadcast_to(model.known_threshold_, len(model.classes_)).astype(float)
    near = graph.LessOrEqual(distance, graph.Gather(limits, codes))
    apart = graph.Sub(Z, graph.Gather(model.embedding_.astype(float), face, axis=0))
    rounding = graph.Mul(length(graph, Z), rounding_of(model.embedding_.dtype))
    same = graph.LessOrEqual(length(graph, apart), rounding)
    return graph.Or(near, graph.column(same))


def rounding_of(dtype):
    """Return by how much of itself a distance may be off."""
    return float(np.sqrt(np.finfo(dtype).eps))


def is_face(graph, model, images, A, C):
    """Tell whether images are near enough to face space, as `FaceLikelihood` says."""
    likelihood, k = model._likelihood_, len(model._likelihood_.variance)
    squares = graph.Mul(C, C)
    whole = graph.total(graph.Mul(A, A))
    first = np.arange(model.n_components_) < k
    within = graph.MatMul(
        squares, np.where(first, 1 / np.resize(likelihood.variance, len(first)), 0.0)
    )
    # Of the axes beyond the leading ones, and of what is outside of them all.
    leading = graph.MatMul(squares, first * 1.0)
    outside = graph.Max(graph.Sub(graph.column(whole), leading), 0.0)
    a, b = likelihood.factors[:2] / likelihood.scale**2
    distance = graph.Add(graph.Mul(within, a), graph.Mul(outside, b))
    if len(likelihood.factors) > 2:
        distance = graph.Add(distance, detail_distance(graph, model, images))
    threshold = model.face_threshold_ * (1 + rounding_of(model.embedding_.dtype))
    return graph.LessOrEqual(distance, threshold)


def detail_distance(graph, model, images):
    """Return what details and their strength add, as `DetailLikelihood` says."""
    likelihood, p = model._likelihood_.details, model.n_features_in_
    F, q = details(graph, model._details_, images), len(likelihood.mean)
    contrast = graph.Div(graph.total(graph.Mul(images, images)), float(p))
    mean = graph.Div(graph.total(images), float(p))
    contrast = graph.Sqrt(graph.Max(graph.Sub(contrast, graph.Mul(mean, mean)), 0.0))
    contrast = graph.Where(graph.Greater(contrast, 0.0), contrast, 1.0)
    long = length(graph, F)
    unit = graph.Div(F, graph.Where(graph.Greater(long, 0.0), long, 1.0))
    apart = graph.MatMul(graph.Sub(unit, likelihood.mean), likelihood.root)
    least = float(np.finfo(model.embedding_.dtype).eps)
    strength = graph.Max(graph.Div(graph.Div(long, np.sqrt(q)), contrast), least)
    off = graph.Sub(graph.Log(strength), float(likelihood.strength[0]))
    a, b = model._likelihood_.factors[2:] / [1.0, float(likelihood.variance[0])]
    return graph.column(
        graph.Add(
            graph.Mul(graph.total(graph.Mul(apart, apart)), a),
            graph.Mul(graph.Mul(off, off), b),
        )
    )


def details(graph, looks, images):
    """Return the difference of Gaussians of the cells of images, a row each."""
    height, width = (S.shape[1] for S in looks.fine)
    images = graph.Reshape(images, np.array([-1, height, width]))
    fine, coarse = (
        graph.MatMul(graph.MatMul(down, images), across.T)
        for down, across in (looks.fine, looks.coarse)
    )
    n_cells = np.prod([len(S) for S in looks.fine])
    return graph.Reshape(graph.Sub(fine, coarse), np.array([-1, n_cells]))


def probabilities(graph, model, D):
    """Return the softmax of the distances to each person's closest face."""
    closest = [
        graph.smallest(
            graph.Gather(D, np.flatnonzero(model._faces_.codes == k), axis=1)
        )
        for k in range(len(model.classes_))
    ]
    tau = max(model._temperature_, np.finfo(float).tiny)
    return graph.softmax(graph.Div(graph.Concat(*closest, axis=1), -tau))


def as_they_are(graph, X, model):
    """Return the images."""
    return X


def standardized_rows(graph, X, model):
    """Return rows of mean 0 and variance 1; zeros where a row is constant."""
    p = model.n_features_in_
    if p < PIXELS:
        return X
    A = graph.Sub(X, graph.Div(graph.total(X), float(p)))
    deviation = graph.Sqrt(graph.Div(graph.total(graph.Mul(A, A)), float(p)))
    rounding = CONSTANT * float(np.finfo(graph.dtype).eps)
    first = graph.Abs(graph.Gather(X, np.array([0]), axis=1))
    varies = graph.Greater(deviation, graph.Mul(first, rounding))
    A = graph.Div(A, graph.Where(varies, deviation, 1.0))
    return graph.Where(varies, A, 0.0)


def signed_roots(graph, X, model):
    """Return the square roots of the grey values."""
    if model.n_features_in_ < PIXELS:
        return X
    return graph.Mul(graph.Sign(X), graph.Sqrt(graph.Abs(X)))


def smoothed(graph, X, model):
    """Return the images smoothed down and across, if they are."""
    down, across = model._prepare_.down, model._prepare_.across
    if down is None:
        return X
    images = graph.Reshape(X, np.array([-1, len(down), len(across)]))
    images = graph.MatMul(graph.MatMul(down, images), across.T)
    return graph.Reshape(images, np.array([-1, len(down) * len(across)]))


BRIGHTNESS = {
    None: (as_they_are, as_they_are),
    "standard": (as_they_are, standardized_rows),
    "root": (signed_roots, standardized_rows),
}
"""What is done before and after smoothing, as nodes: of (graph, X, model)."""


def length(graph, Z):
    """Return the lengths of the rows, a column."""
    return graph.Sqrt(graph.total(graph.Mul(Z, Z)))


def euclidean(graph, Z, enrolled):
    squares = np.einsum("ij,ij->i", enrolled, enrolled)
    own = graph.total(graph.Mul(Z, Z))
    twice = graph.MatMul(Z, 2 * enrolled.T)
    return graph.Sqrt(graph.Max(graph.Sub(graph.Add(own, squares), twice), 0.0))


def cosine(graph, Z, enrolled):
    lengths = np.linalg.norm(enrolled, axis=1, keepdims=True)
    unit = enrolled / np.where(lengths > 0, lengths, 1.0)
    own = length(graph, Z)
    product = graph.MatMul(Z, unit.T)
    return graph.Sub(1.0, graph.Div(product, graph.Max(own, np.finfo(float).tiny)))


def manhattan(graph, Z, enrolled):
    apart = graph.Abs(graph.Sub(graph.Unsqueeze(Z, np.array([1])), enrolled[None]))
    return graph.ReduceSum(apart, np.array([2]), keepdims=0)


DISTANCES = {"euclidean": euclidean, "cosine": cosine, "manhattan": manhattan}
"""Distances to the enrolled, as nodes: of (graph, Z, enrolled)."""
