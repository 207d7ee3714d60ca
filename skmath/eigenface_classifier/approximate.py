"""Approximate index of the enrolled faces, for galleries of a million faces.

It is a graph that connects each face to some close faces, in a few layers, the upper
ones with fewer faces (Malkov and Yashunin 2020). A search moves from face to closer
face, and visits a few hundred of a million. It may miss the closest face; how often is
measured on the enrolled faces themselves.

References
----------
.. [1] Y. A. Malkov and D. A. Yashunin, "Efficient and robust approximate nearest
   neighbor search using hierarchical navigable small world graphs", IEEE Trans. Pattern
   Analysis and Machine Intelligence, 42(4), 2020.
"""

import numpy as np

from skmath._rows.rows import blas_threads
from skmath.eigenface_classifier.probabilities import sample_indices
from skmath.linear_algebra import DISTANCES, nearest, searched

__all__ = ["ApproximateIndex", "approximate_index", "measured_recall"]

CANDIDATES = 16
"""Minimum number of candidates from the graph, whose distances are then exact."""

RECALL_FACES = 500
"""Maximum number of faces to measure the recall: 1% then has an error of .5%."""

CONNECTIVITY, EXPANSION_ADD, EXPANSION_SEARCH = 16, 128, 128
"""Number of edges per face, and of candidates while adding and searching faces."""


class ApproximateIndex:
    """Graph of close faces, in which the faces closest to a new one are searched.

    Parameters
    ----------
    graph : usearch.index.Index
        Graph of the scaled faces, in single precision.
    metric : {"cosine", "euclidean"}
    top : float
        Divisor of the faces.
    """

    def __init__(self, graph, metric, top):
        self.graph, self.metric, self.top = graph, metric, top

    def __getstate__(self):
        """Return the state for pickling, with the graph as bytes."""
        content = np.frombuffer(bytes(self.graph.save()), dtype=np.uint8)
        return {"content": content, "metric": self.metric, "top": self.top}

    def __setstate__(self, state):
        content = bytes(np.ascontiguousarray(state["content"]))
        graph = _usearch().Index.restore(content)
        graph.expansion_search = EXPANSION_SEARCH
        self.graph, self.metric, self.top = graph, state["metric"], state["top"]

    def neighbors(self, A, points, k):
        """Return distances and indices of approximately the k closest faces.

        Parameters
        ----------
        A : ndarray of shape (m, M)
        points : ndarray of shape (n, M)
            The points of the index.
        k : int
            At most n.

        Returns
        -------
        distances, indices : ndarray of shape (m, k)
            Nearest first; the distances are exact.
        """
        distance = DISTANCES[self.metric]
        scaled = distance.scaled(A / self.top)
        count = min(max(CANDIDATES, 2 * k), len(points))
        found = self.graph.search(
            scaled.astype(np.float32), count, threads=blas_threads()
        )
        indices = np.asarray(found.keys).reshape(len(A), -1).astype(np.intp)
        counts = np.broadcast_to(getattr(found, "counts", indices.shape[1]), len(A))
        empty = np.arange(indices.shape[1]) >= counts[:, None]
        indices[empty] = 0
        columns = [
            distance.of_pairs(scaled, distance.scaled(points[c] / self.top))
            for c in indices.T
        ]
        distances = np.stack(columns, axis=1)
        distances[empty] = np.inf
        order = np.argsort(distances, axis=1, kind="stable")[:, :k]
        distances = np.take_along_axis(distances, order, axis=1)
        indices = np.take_along_axis(indices, order, axis=1)
        is_incomplete = counts < k  # disconnected parts of the graph
        if is_incomplete.any():
            exact = nearest(A[is_incomplete], searched(points, self.metric), k)
            return _with_rows(distances * self._unit, indices, is_incomplete, exact)
        return distances * self._unit, indices

    @property
    def _unit(self):
        """Factor from distances of scaled faces to those of the faces."""
        return self.top if self.metric == "euclidean" else 1.0


def _with_rows(distances, indices, rows, exact):
    """Return distances and indices with some rows replaced."""
    if indices.shape[1] < exact[1].shape[1]:
        width = ((0, 0), (0, exact[1].shape[1] - indices.shape[1]))
        distances, indices = np.pad(distances, width), np.pad(indices, width)
    distances[rows], indices[rows] = exact
    return distances, indices


def approximate_index(points, metric):
    """Return the index of some points.

    Parameters
    ----------
    points : ndarray of shape (n, M)
    metric : {"cosine", "euclidean"}

    Returns
    -------
    ApproximateIndex

    Raises
    ------
    ImportError
        If usearch is not installed.
    ValueError
        If the metric is not supported.
    """
    if metric not in ("cosine", "euclidean"):
        raise ValueError(
            "search='approximate' requires metric='cosine' or 'euclidean', got "
            f"{metric!r}. Use one of these metrics, or search='exact'."
        )
    index = _usearch().Index
    scaled = searched(points, metric)
    graph = index(
        ndim=points.shape[1],
        metric="l2sq",
        dtype="f32",
        connectivity=CONNECTIVITY,
        expansion_add=EXPANSION_ADD,
        expansion_search=EXPANSION_SEARCH,
    )
    graph.add(np.arange(len(points)), scaled.single, threads=blas_threads())
    return ApproximateIndex(graph, metric, scaled.top)


def measured_recall(index, points, random_state):
    """Return the fraction of points for which the index finds the closest other.

    Parameters
    ----------
    index : ApproximateIndex
    points : ndarray of shape (n, M)
        The points of the index; RECALL_FACES of them are drawn.
    random_state : int, RandomState instance or None

    Returns
    -------
    float
        From 0 to 1. Another point at the same distance counts as found; 1 for a single
        point.
    """
    if len(points) == 1:
        return 1.0
    probes = sample_indices(len(points), RECALL_FACES, random_state)
    A = points[probes]
    truth = nearest(A, searched(points, index.metric), 2)
    found = index.neighbors(A, points, 2)
    least = [
        np.where(indices == probes[:, None], np.inf, distances).min(axis=1)
        for distances, indices in (truth, found)
    ]
    # Allow for the rounding of both distances.
    tolerance = 1 + np.sqrt(np.finfo(points.dtype).eps)
    return float(np.mean(least[1] <= tolerance * least[0]))


def _usearch():
    """Return usearch's module, or raise an ImportError that names the extra."""
    try:
        import usearch.index
    except ImportError as error:
        raise ImportError(
            "search='approximate' requires usearch. Install it with pip install "
            "'skmath[index]', or set search='exact'."
        ) from error
    return usearch.index
