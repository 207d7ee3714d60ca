"""Faces: into face space, and the nearest there."""

import numpy as np

from skmath.eigenface_classifier.brightness import (
    PIXELS,
    as_they_are,
    standardized_roots,
    standardized_rows,
)
from skmath.onnx._graph import refuse

__all__ = ["faces"]

ROUNDING = 1e-8
"""By which a face may be farther than the threshold, relatively."""


def faces(graph, model, X):
    """Return who is nearest, or that it is nobody, and the probabilities."""
    if model.n_neighbors != 1:
        refuse(model, f"n_neighbors={model.n_neighbors}, of which only 1 can be")
    A = graph.Sub(
        BRIGHTNESS[model._even_](graph, X, model.n_features_in_), model.mean_face_
    )
    C = graph.MatMul(A, model.components_.T)
    Z = C
    if model._whitening_.map is not None:
        Z = graph.MatMul(C, model._whitening_.map)
    D = DISTANCES[model.metric](graph, Z, model.embedding_.astype(np.float64))
    closest, nearest = graph.top(D, 1, largest=0)
    codes = graph.Gather(model._faces_.codes, graph.Squeeze(nearest, np.array([1])))
    label = graph.labels(codes, model.classes_)
    if model._refuses():
        limits = graph.Gather(np.asarray(model._limits(), dtype=float), codes)
        known = graph.LessOrEqual(graph.Squeeze(closest, np.array([1])), limits)
        known = graph.And(known, is_face(graph, model, A, C))
        label = graph.Where(known, label, np.asarray(model.unknown_label_))
    return [label, probabilities(graph, model, D)]


def is_face(graph, model, A, C):
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
    outside = graph.Max(graph.Sub(graph.Squeeze(whole, np.array([1])), leading), 0.0)
    a, b = likelihood.factors / likelihood.scale**2
    distance = graph.Add(graph.Mul(within, a), graph.Mul(outside, b))
    return graph.LessOrEqual(distance, model.face_threshold_ * (1 + ROUNDING))


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


def _rows(graph, X, p):
    if p < PIXELS:
        return X
    A = graph.Sub(X, graph.Div(graph.total(X), float(p)))
    deviation = graph.Sqrt(graph.Div(graph.total(graph.Mul(A, A)), float(p)))
    return graph.Div(A, graph.Where(graph.Equal(deviation, 0.0), 1.0, deviation))


def _roots(graph, X, p):
    if p < PIXELS:
        return X
    return _rows(graph, graph.Mul(graph.Sign(X), graph.Sqrt(graph.Abs(X))), p)


BRIGHTNESS = {
    as_they_are: lambda graph, X, p: X,
    standardized_rows: _rows,
    standardized_roots: _roots,
}


def _euclidean(graph, Z, enrolled):
    squares = np.einsum("ij,ij->i", enrolled, enrolled)
    own = graph.total(graph.Mul(Z, Z))
    twice = graph.MatMul(Z, 2 * enrolled.T)
    return graph.Sqrt(graph.Max(graph.Sub(graph.Add(own, squares), twice), 0.0))


def _cosine(graph, Z, enrolled):
    lengths = np.linalg.norm(enrolled, axis=1, keepdims=True)
    unit = enrolled / np.where(lengths > 0, lengths, 1.0)
    own = graph.Sqrt(graph.total(graph.Mul(Z, Z)))
    product = graph.MatMul(Z, unit.T)
    return graph.Sub(1.0, graph.Div(product, graph.Max(own, np.finfo(float).tiny)))


def _manhattan(graph, Z, enrolled):
    apart = graph.Abs(graph.Sub(graph.Unsqueeze(Z, np.array([1])), enrolled[None]))
    return graph.ReduceSum(apart, np.array([2]), keepdims=0)


DISTANCES = {"euclidean": _euclidean, "cosine": _cosine, "manhattan": _manhattan}
"""Distances to the enrolled, as nodes: of (graph, Z, enrolled)."""
