"""The Laplacian of a graph, its eigenvectors, and their extension to new rows."""

import contextlib

from scipy import sparse

from skmath._rows.rows import one_thread
from skmath.laplacian_spectral_clustering.eigenvectors import Extension
from skmath.laplacian_spectral_clustering.signed import (
    SignedExtension,
    SignedLaplacian,
    signed_laplacian,
    signed_spectrum,
)
from skmath.linear_algebra import LAPLACIANS, degrees, top_eigenvectors


def degrees_and_laplacian(A, weight, laplacian):
    """Return the degrees D, and the Laplacian: A - D, or that divided by D.

    Parameters
    ----------
    A : array or csr_array of shape (n_nodes, n_nodes)
        Affinity matrix.
    weight : ndarray of shape (n_nodes,) or None
    laplacian : str
        A key of `LAPLACIANS`, or "signed".

    Returns
    -------
    D : ndarray of shape (n_nodes,)
    L : Laplacian or SignedLaplacian
    """
    if laplacian == "signed":
        return signed_laplacian(A, weight)
    return degrees(A, weight), LAPLACIANS[laplacian](A, weight)


def highest_eigenvectors(L, k, tol):
    """Return the `Spectrum` of the k highest eigenvalues of a Laplacian.

    A sparse graph is solved on one BLAS thread: its many short products gain nothing
    from more threads, and lose much if other processes use the cores, because each
    product waits for all threads.

    Parameters
    ----------
    L : Laplacian or SignedLaplacian
    k : int
    tol : float
        Tolerance of the residual, relative to the width of the spectrum.

    Returns
    -------
    Spectrum
    """
    if isinstance(L, SignedLaplacian):
        return signed_spectrum(L, k, tol)
    with one_thread() if sparse.issparse(L.A) else contextlib.nullcontext():
        return top_eigenvectors(L, k, tol)


def extension_of(graph, spectrum, D, options, column_weights=None):
    """Return the object that extends the eigenvectors of a graph to new rows.

    Parameters
    ----------
    graph : RowGraph or LandmarkGraph
    spectrum : Spectrum
    D : ndarray of shape (n_nodes,)
    options : Options
    column_weights : ndarray of shape (q,), default=None

    Returns
    -------
    Extension
    """
    extension = SignedExtension if graph.laplacian == "signed" else Extension
    return extension(
        affinity=graph.affinity,
        columns=graph.positive if options.is_pairwise else None,
        laplacian=graph.laplacian,
        spectrum=spectrum,
        degrees=D,
        weight=graph.weight,
        normalize_rows=options.normalize_rows,
        column_weights=column_weights,
    )
