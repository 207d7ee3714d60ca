r"""How many eigenvectors the clusters are sought in, if that is not given.

The k highest eigenvectors are the clusters' indicators where clusters are far apart:
then the normalised cut of the clusters is near its lower bound, the sum of the
eigenvalues' sizes. Where it is not, as on graphs whose small parts hang together by a
few edges, the k highest separate small parts from the rest, and clusters of their size
fill the partition. More eigenvectors are tried then, each divided by the square root of
its eigenvalue's size (the commute-time embedding). The partition with the greatest
modularity is taken among those whose normalised cut is clearly below that of the first.

If the first is so unbalanced that its sum of squared volumes is that of fewer than
k / 2 equal clusters, up to twice its cut is allowed. All of this is decided by the
graph alone.

The base clusters of an ensemble are clustered by twice as many weighted eigenvectors as
clusters at once: some are of small base clusters that no other base clustering has.

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
from skmath.laplacian_spectral_clustering.spectra import eigenvectors_of
from skmath.linear_algebra import Spectrum
from skmath.statistics import affinities_between

NEAR_THE_BOUND = 2.5
"""A cut of up to so many times its lower bound shows that k eigenvectors are enough."""

WIDER = (1.5, 2.0)
"""The numbers of eigenvectors that are tried, as multiples of k."""

CLEARLY_BELOW = 0.95
"""The largest cut, relative to the first, at which another partition is considered."""

UNBALANCED = 0.5
"""The first partition is unbalanced if its volumes are those of fewer than this times k
equal clusters."""

CUT_IF_UNBALANCED = 2.0
"""The same as `CLEARLY_BELOW`, if the first partition is unbalanced."""

LEAST = 0.1
"""The smallest divisor, relative to the size of the eigenvalue after the kth."""

DECIMALS = 6
"""Decimals by which rows of the embedding are compared."""

ROUNDING = 1e-8
"""Rounding error of a cut of k clusters, relative to k."""


@dataclass(frozen=True)
class Partition:
    """The clusters of a graph's nodes by some of the eigenvectors.

    Parameters
    ----------
    spectrum : Spectrum
        The eigenvectors that were taken.
    column_weights : ndarray of shape (q,) or None
        What they were multiplied by; None is 1.
    clusters : Clusters
    cut : float
        Normalised cut.
    modularity : float
    n_equal : float
        The number of equal clusters of the same sum of squared volumes.
    """

    spectrum: Spectrum
    column_weights: np.ndarray | None
    clusters: Any
    cut: float
    modularity: float
    n_equal: float


def commute_weights(eigenvalues, k):
    """Return 1 / sqrt(-lambda) of each eigenvalue, relative to that after the kth.

    Parameters
    ----------
    eigenvalues : ndarray of shape (q,)
        More than k, highest first, none above 0.
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
    after = -eigenvalues[k]
    if after == 0:
        return np.ones(len(eigenvalues))
    return 1.0 / np.sqrt(np.maximum(-eigenvalues / after, LEAST))


def first_columns(spectrum, q):
    """Return the spectrum of the q highest eigenvalues."""
    return spectrum._replace(
        eigenvalues=spectrum.eigenvalues[:q], vectors=spectrum.vectors[:, :q]
    )


def partition_by(spectrum, column_weights, graph, k, options, random_state):
    """Return the partition of a graph's nodes by eigenvectors."""
    E = spectrum.vectors
    E = normalized(E if column_weights is None else E * column_weights)
    clusters = clusters_of(E, graph.weight, k, options, random_state)
    A, weight, labels = graph.matrix, graph.weight, clusters.of(E)
    gain, cut = quality(A, labels, weight, graph.laplacian)
    volume = affinities_between(abs(A), labels, weight).sum(axis=1)
    fraction = volume / volume.sum()
    return Partition(
        spectrum=spectrum,
        column_weights=column_weights,
        clusters=clusters,
        cut=cut,
        modularity=gain,
        n_equal=float(1 / np.sum(fraction**2)),
    )


def best_partition(graph, spectrum, k, options, random_state):
    """Return the partition by k eigenvectors, or by more if these cut better.

    Parameters
    ----------
    graph : RowGraph
    spectrum : Spectrum
        Of the k highest eigenvalues.
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
    if first.cut <= NEAR_THE_BOUND * bound + ROUNDING * k:
        return first
    n_most = round(max(WIDER) * k)
    if n_most >= graph.matrix.shape[0]:
        return first
    _, wider = eigenvectors_of(graph.matrix, graph, n_most, options.eigen_tol)
    weights = commute_weights(wider.eigenvalues, k)
    is_unbalanced = first.n_equal < UNBALANCED * k
    allowed = first.cut * (CUT_IF_UNBALANCED if is_unbalanced else CLEARLY_BELOW)
    best = first
    for width in WIDER:
        q = round(width * k)
        columns = first_columns(wider, q)
        other = partition_by(columns, weights[:q], graph, k, options, random_state)
        if other.cut <= allowed and other.modularity > best.modularity:
            best = other
    return best


def best_signed_partition(graph, spectrum, k, options, random_state):
    """Return the partition of a signed graph by k - 1 or k eigenvectors, by its cut.

    The signs of the first eigenvector are two clusters, if all that is negative is
    between them (Kunegis et al.); the eigenvector of other graphs is constant.

    Parameters
    ----------
    graph : RowGraph
    spectrum : Spectrum
        Of the k highest eigenvalues.
    k : int
    options : Options
    random_state : RandomState

    Returns
    -------
    Partition
    """
    best = partition_by(spectrum, None, graph, k, options, random_state)
    fewer = first_columns(spectrum, k - 1)
    if len(np.unique(normalized(fewer.vectors).round(DECIMALS), axis=0)) < k:
        return best
    other = partition_by(fewer, None, graph, k, options, random_state)
    return other if other.cut < best.cut else best


def may_widen(graph, k, options):
    """Tell whether other numbers of eigenvectors are to be tried than k.

    The bound on the cut is of the Laplacians that degrees divide, and landmarks smooth
    the graph themselves. Of a given graph, which may be a picture's, the cut that is
    asked for is the one that counts.
    """
    if not chooses_width(k, options) or options.n_ensemble is not None:
        return False
    if graph.laplacian == "signed":
        return True
    return (
        not options.takes_pairs
        and options.n_landmarks is None
        and graph.laplacian in ("symmetric", "random_walk")
    )


def chooses_width(k, options):
    """Tell whether k is not the number of eigenvectors; rotations take as many."""
    return (
        options.n_components is None
        and options.normalize_rows
        and options.assign_labels == "kmeans"
        and k > 1
    )


def first_width(graph, k, options):
    """Return the number of eigenvectors that are found at first.

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
    if options.n_ensemble is not None and chooses_width(k, options):
        q = round(max(WIDER) * k)
    return min(q, graph.matrix.shape[0])


def ensemble_weights(spectrum, k, options):
    """Return the weights of an ensemble's eigenvectors, None if they have none.

    Parameters
    ----------
    spectrum : Spectrum
    k : int
    options : Options

    Returns
    -------
    ndarray of shape (q,) or None
    """
    is_wider = options.n_ensemble is not None and chooses_width(k, options)
    if not is_wider or len(spectrum.eigenvalues) <= k:
        return None
    return commute_weights(spectrum.eigenvalues, k)
