r"""Choose the number of eigenvectors in which clusters are found.

If clusters are well separated, the k highest eigenvectors are their indicators, and the
normalised cut of the clusters is close to its lower bound, the sum of the absolute
eigenvalues. Otherwise, for example on graphs with small parts connected to the rest by
a few edges, the k highest eigenvectors separate these small parts, and too many of the
k clusters are small. Then more eigenvectors are tried, each divided by the square root
of its absolute eigenvalue (the commute-time embedding), and the partition with the
greatest modularity is taken among those with a normalised cut clearly below the first.

If the first partition is so unbalanced that its sum of squared volumes is that of fewer
than k / 2 equal clusters, up to twice its cut is allowed. These decisions depend on the
graph alone.

For an ensemble, 2 k weighted eigenvectors are used from the start: some of them
separate small base clusters that occur in a single base clustering.

References
----------
.. [1] H. Qiu and E. R. Hancock, "Clustering and embedding using commute times", IEEE
   TPAMI, 29(11), 2007.
.. [2] J. Shi and J. Malik, "Normalized cuts and image segmentation", IEEE TPAMI, 22(8),
   2000.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from skmath.laplacian_spectral_clustering.eigenvectors import normalized
from skmath.laplacian_spectral_clustering.labels import clusters_of
from skmath.laplacian_spectral_clustering.signed import quality
from skmath.laplacian_spectral_clustering.spectra import (
    degrees_and_laplacian,
    highest_eigenvectors,
)
from skmath.linear_algebra import Spectrum

MAX_CUT_TO_BOUND = 2.5
"""k eigenvectors are enough if the cut is at most this multiple of its lower bound."""

WIDTH_FACTORS = (1.5, 2.0)
"""The numbers of eigenvectors that are tried, as multiples of k."""

MAX_CUT_RATIO = 0.95
"""The largest cut, relative to the first, at which another partition is considered."""

UNBALANCED = 0.5
"""The first partition is unbalanced if its volumes are those of fewer than this times k
equal clusters."""

MAX_CUT_RATIO_IF_UNBALANCED = 2.0
"""Replaces `MAX_CUT_RATIO` if the first partition is unbalanced."""

MIN_DIVISOR = 0.1
"""The smallest divisor, relative to the size of the eigenvalue after the kth."""

DECIMALS = 6
"""Number of decimals at which rows of the embedding are compared."""

ROUNDING = 1e-8
"""Rounding error of a cut of k clusters, relative to k."""


@dataclass(frozen=True)
class Partition:
    """The clusters of a graph's nodes by some of the eigenvectors.

    Parameters
    ----------
    spectrum : Spectrum
        The eigenvectors that were used.
    column_weights : ndarray of shape (q,) or None
        Factors of the eigenvectors; None is 1.
    clusters : Clusters
    cut : float
        Normalised cut of the clusters.
    modularity : float
    n_equal : float
        Number of equal clusters with the same sum of squared volumes.
    """

    spectrum: Spectrum
    column_weights: np.ndarray | None
    clusters: Any
    cut: float
    modularity: float
    n_equal: float


def commute_weights(eigenvalues, k):
    """Return 1 / sqrt(-lambda) for each eigenvalue, divided by that of the (k+1)th.

    Parameters
    ----------
    eigenvalues : ndarray of shape (q,)
        More than k eigenvalues, highest first; none is above 0.
    k : int

    Returns
    -------
    ndarray of shape (q,)

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.laplacian_spectral_clustering.embedding_width import commute_weights
    >>> commute_weights(np.array([0.0, -0.25, -1.0, -4.0]), 2).round(2)
    array([3.16, 2.  , 1.  , 0.5 ])
    """
    next_size = -eigenvalues[k]
    if next_size == 0:
        return np.ones(len(eigenvalues))
    return 1.0 / np.sqrt(np.maximum(-eigenvalues / next_size, MIN_DIVISOR))


def first_columns(spectrum, q):
    """Return the spectrum of the q highest eigenvalues."""
    return spectrum._replace(
        eigenvalues=spectrum.eigenvalues[:q], vectors=spectrum.vectors[:, :q]
    )


def partition_by(spectrum, column_weights, graph, k, options, random_state):
    """Return the partition of a graph's nodes by the given eigenvectors."""
    E = spectrum.vectors
    E = normalized(E if column_weights is None else E * column_weights)
    clusters = clusters_of(E, graph.weight, k, options, random_state)
    A, weight, labels = graph.matrix, graph.weight, clusters.of(E)
    gain, cut, volume = quality(A, labels, weight, graph.laplacian)
    fraction = volume / volume.sum()
    return Partition(
        spectrum=spectrum,
        column_weights=column_weights,
        clusters=clusters,
        cut=cut,
        modularity=gain,
        n_equal=float(1 / np.sum(fraction**2)),
    )


def chosen_eigenvectors(graph, spectrum, k, options, random_state):
    """Return the eigenvectors on which clusters are found, and their weights.

    Parameters
    ----------
    graph : RowGraph or LandmarkGraph
    spectrum : Spectrum
        The highest eigenvalues and their eigenvectors, as many as `first_width`.
    k : int
        Number of clusters.
    options : Options
    random_state : RandomState

    Returns
    -------
    spectrum : Spectrum
        The same, or more or fewer eigenvectors if they give better clusters.
    column_weights : ndarray of shape (q,) or None
        Factors of the eigenvectors; None is 1.
    clusters : Clusters or None
        The clusters of the nodes, if several numbers of eigenvectors were compared.
    """
    if not compares_widths(graph, k, options):
        return spectrum, ensemble_weights(spectrum, k, options), None
    best = best_partition(graph, spectrum, k, options, random_state)
    return best.spectrum, best.column_weights, best.clusters


def best_partition(graph, spectrum, k, options, random_state):
    """Return the partition by k eigenvectors, or by more if they cut better.

    Parameters
    ----------
    graph : RowGraph
    spectrum : Spectrum
        The k highest eigenvalues and their eigenvectors.
    k : int
    options : Options
    random_state : RandomState

    Returns
    -------
    Partition
    """
    if graph.laplacian == "signed":
        return best_signed_partition(graph, spectrum, k, options, random_state)
    first = partition_by(spectrum, None, graph, k, options, random_state)
    bound = -spectrum.eigenvalues.sum()
    if first.cut <= MAX_CUT_TO_BOUND * bound + ROUNDING * k:
        return first
    n_most = round(max(WIDTH_FACTORS) * k)
    if n_most >= graph.matrix.shape[0]:
        return first
    _, L = degrees_and_laplacian(graph.matrix, graph.weight, graph.laplacian)
    wider = highest_eigenvectors(L, n_most, options.eigen_tol)
    weights = commute_weights(wider.eigenvalues, k)
    is_unbalanced = first.n_equal < UNBALANCED * k
    ratio = MAX_CUT_RATIO_IF_UNBALANCED if is_unbalanced else MAX_CUT_RATIO
    allowed = ratio * first.cut
    best = first
    for width in WIDTH_FACTORS:
        q = round(width * k)
        columns = first_columns(wider, q)
        candidate = partition_by(columns, weights[:q], graph, k, options, random_state)
        if candidate.cut <= allowed and candidate.modularity > best.modularity:
            best = candidate
    return best


def best_signed_partition(graph, spectrum, k, options, random_state):
    """Return the partition of a signed graph by k - 1 or k eigenvectors, by its cut.

    If all negative edges are between two clusters, the signs of the first eigenvector
    are these clusters (Kunegis et al.). Without negative edges it is constant. The
    parameters are those of `best_partition`.
    """
    best = partition_by(spectrum, None, graph, k, options, random_state)
    fewer = first_columns(spectrum, k - 1)
    if len(np.unique(normalized(fewer.vectors).round(DECIMALS), axis=0)) < k:
        return best
    candidate = partition_by(fewer, None, graph, k, options, random_state)
    return candidate if candidate.cut < best.cut else best


def compares_widths(graph, k, options):
    """Return whether other numbers of eigenvectors than k may be tried.

    The bound on the cut holds for the Laplacians normalised by degrees, and landmarks
    smooth the graph anyway. For a precomputed graph, such as that of an image, the
    partition by k eigenvectors is used as it is. For a signed graph, k - 1
    eigenvectors may be tried.
    """
    if not chooses_width(k, options) or options.n_ensemble is not None:
        return False
    if graph.laplacian == "signed":
        return True
    return (
        not options.is_pairwise
        and options.n_landmarks is None
        and graph.laplacian in ("symmetric", "random_walk")
    )


def chooses_width(k, options):
    """Return whether the number of eigenvectors may differ from k."""
    return (
        options.n_components is None
        and options.normalize_rows
        and options.assign_labels == "kmeans"
        and k > 1
    )


def is_wider_ensemble(k, options):
    """Return whether an ensemble takes more eigenvectors than clusters."""
    return options.n_ensemble is not None and chooses_width(k, options)


def first_width(graph, k, options):
    """Return the number of eigenvectors that are computed at first.

    Parameters
    ----------
    graph : RowGraph or LandmarkGraph
    k : int
    options : Options

    Returns
    -------
    int
    """
    q = options.n_components or k
    if is_wider_ensemble(k, options):
        q = round(max(WIDTH_FACTORS) * k)
    return min(q, graph.matrix.shape[0])


def ensemble_weights(spectrum, k, options):
    """Return the weights of an ensemble's eigenvectors, or None if unweighted.

    Parameters
    ----------
    spectrum : Spectrum
    k : int
    options : Options

    Returns
    -------
    ndarray of shape (q,) or None
    """
    if not is_wider_ensemble(k, options) or len(spectrum.eigenvalues) <= k:
        return None
    return commute_weights(spectrum.eigenvalues, k)
