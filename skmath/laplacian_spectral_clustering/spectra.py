"""Degrees and eigenvectors of a graph for each Laplacian, and their extension."""

from skmath.laplacian_spectral_clustering.eigenvectors import Extension, spectrum_of
from skmath.laplacian_spectral_clustering.signed import (
    SignedExtension,
    signed_eigenvectors,
)
from skmath.linear_algebra import LAPLACIANS, degrees


def eigenvectors_of(A, graph, k, tol):
    """Return the degrees of the nodes, and the Laplacian's k highest eigenvectors."""
    if graph.laplacian == "signed":
        return signed_eigenvectors(A, graph.weight, k, tol)
    L = LAPLACIANS[graph.laplacian](A, graph.weight)
    return degrees(A, graph.weight), spectrum_of(L, k, tol)


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
        columns=graph.positive if options.takes_pairs else None,
        laplacian=graph.laplacian,
        spectrum=spectrum,
        degrees=D,
        weight=graph.weight,
        normalize_rows=options.normalize_rows,
        column_weights=column_weights,
    )
