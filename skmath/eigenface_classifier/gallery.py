"""Nearest-neighbour search and votes among the enrolled faces."""

from dataclasses import dataclass, fields, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
from sklearn.neighbors import NearestNeighbors
from sklearn.utils import gen_batches

from skmath._rows.rows import in_threads
from skmath.eigenface_classifier.approximate import approximate_index, measured_recall
from skmath.eigenface_classifier.probabilities import class_distances, soft_votes
from skmath.linear_algebra import DISTANCES, nearest, searched
from skmath.linear_algebra.distances import BLOCK_DISTANCES

__all__ = ["Gallery", "weighted_votes"]


QUERIES = 512
"""Number of faces per block of a search."""


@dataclass(frozen=True)
class Gallery:
    """Coordinates and classes of the enrolled faces.

    Parameters
    ----------
    Z : ndarray of shape (n, M)
    codes : ndarray of int of shape (n,)
        Index of each face's class.
    weight : ndarray of shape (n,)
    n_classes : int
    metric : {"cosine", "euclidean", "manhattan"}
    index : ApproximateIndex, default=None
        Index for the search; None is an exact search.
    """

    Z: Any
    codes: Any
    weight: Any
    n_classes: int
    metric: str
    index: Any = None

    def __getstate__(self):
        """Return the fields only; cached objects of the search are created again."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def indexed(self):
        """Return the same gallery with an approximate index."""
        return replace(self, index=approximate_index(self.Z, self.metric))

    def recall(self, random_state):
        """Return the fraction of faces whose closest other face the index finds."""
        return measured_recall(self.index, self.Z, random_state)

    @property
    def distance(self):
        """The `Distance` with the name `metric`."""
        return DISTANCES[self.metric]

    @cached_property
    def _points(self):
        return searched(self.Z, self.metric)

    @cached_property
    def _search(self):
        # Brute force, because trees do not help in tens of dimensions.
        return NearestNeighbors(metric=self.metric, algorithm="brute").fit(self.Z)

    def neighbors(self, Z, k):
        """Return the distances of faces to their k closest faces, and their indices.

        Parameters
        ----------
        Z : ndarray of shape (m, M)
        k : int

        Returns
        -------
        distances, indices : ndarray of shape (m, min(k, n))
            Nearest first.
        """
        k = min(k, len(self.Z))
        if self.index is not None:
            return self.index.neighbors(Z, self.Z, k)
        if self.distance.scaled is None:
            return self._search.kneighbors(Z, k)
        search = partial(nearest, among=self._points, k=k)
        blocks = [(Z[rows],) for rows in gen_batches(len(Z), QUERIES)]
        if len(blocks) == 1:  # BLAS uses the threads
            return search(Z)
        result = zip(*in_threads(search, blocks), strict=True)
        return tuple(map(np.concatenate, result))

    def closest(self, Z):
        """Return the distance to the closest face, its class, and whether it is equal.

        Parameters
        ----------
        Z : ndarray of shape (m, M)

        Returns
        -------
        distance : ndarray of shape (m,)
        codes : ndarray of int of shape (m,)
            Class of the closest face.
        same : ndarray of bool of shape (m,)
            Whether it has the same coordinates up to rounding.
        """
        distance, index = (result[:, 0] for result in self.neighbors(Z, 1))
        rounding = np.sqrt(np.finfo(Z.dtype).eps)
        separation = np.linalg.norm(Z - self.Z[index], axis=1)
        same = separation <= rounding * np.linalg.norm(Z, axis=1)
        return distance, self.codes[index], same

    def probabilities(self, Z, temperature, n_votes, by_distance):
        """Return the probability of each class, by its closest face and by votes.

        Parameters
        ----------
        Z : ndarray of shape (m, M)
        temperature : float
            Temperature of `soft_votes`.
        n_votes : int
            Number of votes; with 1, only the distances are used.
        by_distance : bool
            Whether votes are divided by the distance.

        Returns
        -------
        ndarray of shape (m, n_classes)
        """

        def by_closest(Z):
            between = self.distance.between(Z, self.Z)
            closest = class_distances(between, self.codes, self.n_classes)
            return soft_votes(closest, temperature)

        step = max(1, BLOCK_DISTANCES // len(self.Z))
        blocks = [by_closest(Z[rows]) for rows in gen_batches(len(Z), step)]
        soft = np.concatenate(blocks)
        if n_votes == 1:
            return soft
        # The neighbours' votes, and one more of mean weight, which breaks ties.
        hard = self.votes(Z, n_votes, by_distance)
        total = hard.sum(axis=1, keepdims=True)
        return (hard + total / n_votes * soft) / (total + total / n_votes)

    def votes(self, Z, n_votes, by_distance):
        """Return the votes of the closest faces for each class, `n_votes` in total.

        Parameters
        ----------
        Z : ndarray of shape (m, M)
        n_votes : int
        by_distance : bool

        Returns
        -------
        ndarray of shape (m, n_classes)
        """
        distances, indices = self.neighbors(Z, n_votes)
        votes = weighted_votes(self.weight[indices], n_votes)
        if by_distance:
            # Faces at a distance of rounding errors share the vote.
            size = self.distance.between(Z, np.zeros_like(Z[:1]))
            near = np.maximum(distances, np.sqrt(np.finfo(Z.dtype).eps) * size)
            near = np.maximum(near, np.finfo(np.float64).tiny)
            shares = votes * (near[:, :1] / near)
            votes = shares * (votes.sum(axis=1) / shares.sum(axis=1))[:, None]
        m, n_classes = len(Z), self.n_classes
        cell = np.arange(m)[:, None] * n_classes + self.codes[indices]
        sums = np.bincount(cell.ravel(), votes.ravel(), minlength=m * n_classes)
        return sums.reshape(m, n_classes)


def weighted_votes(weight, n_votes):
    """Return how many of n_votes votes each neighbour, nearest first, casts.

    A face of weight w represents w equal faces, which vote one after the other until
    the votes are used up.

    Parameters
    ----------
    weight : ndarray of shape (m, k)
    n_votes : int

    Returns
    -------
    ndarray of shape (m, k)

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.eigenface_classifier.gallery import weighted_votes
    >>> weighted_votes(np.array([[2.0, 2.0, 1.0]]), 3)
    array([[2., 1., 0.]])
    """
    used = np.cumsum(weight, axis=1) - weight
    return np.clip(n_votes - used, 0, weight)
