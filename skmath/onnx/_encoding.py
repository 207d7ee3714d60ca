"""A table's codes as the numbers that a network multiplies."""

import numpy as np

from skmath.onnx._cells import among

__all__ = ["embedded", "encoded"]


def encoded(graph, encoding, X):
    """Return the numbers, missing values and categories of few values of X."""
    Z = graph.Gather(X, encoding.numbers, axis=1)
    missing = graph.IsNaN(Z)
    parts = [graph.Where(missing, encoding.medians[None, :], Z)]
    if len(encoding.had_missing):
        with_missing = graph.Gather(Z, encoding.had_missing, axis=1)
        parts.append(graph.doubles(graph.IsNaN(with_missing)))
    for known in encoding.one_hot:
        parts += indicators(graph, known, X)
    return parts[0] if len(parts) == 1 else graph.Concat(*parts, axis=1)


def indicators(graph, known, X):
    """Yield a column for each category, or one of two, and one for missing values."""
    x = column(graph, known, X)
    if len(known.codes):
        hits = graph.doubles(graph.Equal(x, known.codes[None, :]))
        if len(known.codes) == 2:
            hits = graph.MatMul(hits, np.array([[-1.0], [1.0]]))
        yield hits
    if known.had_missing:
        yield graph.doubles(graph.IsNaN(x))


def embedded(graph, encoding, embeddings, X):
    """Return the embeddings of the categories of many values."""
    parts = []
    for known, E in zip(encoding.embedded, embeddings, strict=True):
        x = column(graph, known, X)
        place = among(graph, known.codes)(x)
        place = graph.Where(graph.IsNaN(x), float(len(known.codes) + 1), place)
        place = graph.column(graph.integers(place))
        parts.append(graph.Gather(E.astype(np.float64), place, axis=0))
    return parts[0] if len(parts) == 1 else graph.Concat(*parts, axis=1)


def column(graph, known, X):
    """Return a column of codes."""
    return graph.Gather(X, np.array([known.column]), axis=1)
