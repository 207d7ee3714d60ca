"""Extension of the eigenvectors of a graph's Laplacian to new rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from skmath.linear_algebra import Spectrum, degrees, nystroem_extension


@dataclass(frozen=True)
class Extension:
    """Eigenvectors that Nystroem's formula extends to new rows (Bengio et al.).

    It holds only what is needed for new rows, so that it is small enough to send to
    the workers of a Dask array.

    Parameters
    ----------
    affinity : object
        Object with a method ``to_known(X)`` that returns affinities to the nodes.
    columns : ndarray of int or None
        If X is a pairwise matrix, the columns that belong to nodes; None is all.
    laplacian : str
        A key of `LAPLACIANS`.
    spectrum : Spectrum
    degrees : ndarray of shape (n_nodes,)
    weight : ndarray of shape (n_nodes,) or None
    normalize_rows : bool
        Whether rows of the embedding are scaled to length one.
    column_weights : ndarray of shape (q,) or None
        Factors of the eigenvectors, applied before this scaling; None is 1.
    """

    affinity: Any
    columns: np.ndarray | None
    laplacian: str
    spectrum: Spectrum
    degrees: np.ndarray
    weight: np.ndarray | None
    normalize_rows: bool
    column_weights: np.ndarray | None = None

    def affinities(self, X):
        """Return the affinities of new rows to the nodes."""
        return self.affinity.to_known(X if self.columns is None else X[:, self.columns])

    def degrees_of(self, X):
        """Return the degrees of new rows."""
        return degrees(self.affinities(X), self.weight)

    def embedding_of(self, X):
        """Return the embedding of new rows."""
        return self.embedding_by(self.affinities(X))

    def embedding_by(self, B):
        """Return the embedding of rows with affinities B to the nodes."""
        values, vectors = self.spectrum[:2]
        of_known = values, vectors, self.degrees, self.weight
        E = nystroem_extension(B, self.laplacian, *of_known)
        return self.scaled(E)

    def scaled(self, E):
        """Return E with column weights, and rows of length one if `normalize_rows`."""
        if self.column_weights is not None:
            E = E * self.column_weights
        return normalized(E) if self.normalize_rows else E


def normalized(E):
    """Return the rows scaled to length one; rows of zeros do not change."""
    length = np.linalg.norm(E, axis=1, keepdims=True)
    return E / np.where(length > 0, length, 1.0)
