"""The eigenvectors of the graph's Laplacian, and their continuation to new rows."""

import contextlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from skmath._rows.rows import one_thread
from skmath.linear_algebra import Spectrum, continued, degrees, top_eigenvectors


def spectrum_of(L, k, tol):
    """Return `top_eigenvectors`; of a sparse graph on one thread of linear algebra.

    Its many short products gain nothing from more, and lose much where other processes
    hold the cores: each then waits for all.

    Parameters
    ----------
    L : Laplacian
    k : int
    tol : float

    Returns
    -------
    Spectrum
    """
    with one_thread() if sparse.issparse(L.A) else contextlib.nullcontext():
        return top_eigenvectors(L, k, tol)


@dataclass(frozen=True)
class Extension:
    """The eigenvectors, extended to new rows by Nystroem's formula (Bengio et al.).

    It holds what new rows need and nothing that belongs to the rows of `fit`, so that
    it can be sent to where a Dask array's chunks are.

    Parameters
    ----------
    affinity : object
        With ``to_known(X)``, the affinities of new rows to the nodes.
    columns : ndarray of int or None
        The columns of a new row that are nodes, if a row is given as its affinities or
        distances to all rows of `fit`; None is all.
    laplacian : str
        A key of `LAPLACIANS`.
    spectrum : Spectrum
    degrees : ndarray of shape (n_nodes,)
    weight : ndarray of shape (n_nodes,) or None
    normalize_rows : bool
        Whether rows of the embedding are brought to length one.
    column_weights : ndarray of shape (q,) or None
        What eigenvectors are multiplied by before that; None is 1.
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
        """Return the embedding of rows whose affinities to the nodes are B."""
        values, vectors = self.spectrum[:2]
        E = continued(B, self.laplacian, values, vectors, self.degrees, self.weight)
        return self.scaled(E)

    def scaled(self, E):
        """Return the rows, of length one if so asked (Ng, Jordan and Weiss)."""
        if self.column_weights is not None:
            E = E * self.column_weights
        return normalized(E) if self.normalize_rows else E


def normalized(E):
    """Return the rows brought to length one; rows of zeros stay."""
    length = np.linalg.norm(E, axis=1, keepdims=True)
    return E / np.where(length > 0, length, 1.0)
