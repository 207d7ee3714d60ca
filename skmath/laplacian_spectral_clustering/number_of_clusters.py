"""Choose the number of clusters of a graph by the criterion of `skmath.statistics`."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.cluster import KMeans
from sklearn.utils import Bunch

from skmath._estimators.fitting import warn
from skmath.laplacian_spectral_clustering.eigenvectors import normalized
from skmath.laplacian_spectral_clustering.labels import pivoted_rows
from skmath.laplacian_spectral_clustering.spectra import highest_eigenvectors
from skmath.linear_algebra import symmetric_laplacian
from skmath.linear_algebra.graphs import connected_nodes
from skmath.statistics import cluster_criterion, modularity, relative_gaps

MIN_NODES = 4
"""Smallest number of nodes that has a gap after the second eigenvalue."""

STARTS = 3
"""Number of further k-means starts for a number of clusters that may be the best."""

FURTHER = 3
"""Largest number of candidates that get further starts."""

ITERATIONS = 30
"""Largest number of k-means iterations, which are many if there are no clusters."""

SAMPLE_ROWS = 4000
"""Largest number of rows of the embedding on which candidates are compared."""

MIN_CRITERION = 0.07
"""Lowest criterion that counts as evidence of clusters. Normal and uniform rows without
clusters, of 2 to 10 columns, grids, rings and random graphs stay below it; moons, iris,
wine and digits are above."""

MIN_CRITERION_TIMES_NODES = 5.0
"""Lowest criterion times the number of nodes, for graphs of fewer than about 70 nodes,
which often have clusters by chance."""


def number_of_clusters(graph, options, random_state):
    """Return the given number of clusters, or the one that the criterion chooses.

    Parameters
    ----------
    graph : RowGraph or LandmarkGraph
    options : Options
    random_state : RandomState

    Returns
    -------
    n_clusters : int
        At most the number of nodes.
    path : Bunch or None
        The candidates; None if none were compared.
    """
    n = graph.matrix.shape[0]
    if options.n_clusters is None and n >= MIN_NODES:
        return by_criterion(graph, options, random_state)
    return min(options.n_clusters or 2, n), None


def by_criterion(graph, options, random_state):
    """Return the number of clusters with the highest criterion, and all candidates.

    It is never below the number of connected components of two or more nodes, and
    equal to it where the criterion is close to 0 for all candidates.

    Parameters
    ----------
    graph : RowGraph or LandmarkGraph
        A graph with at least `MIN_NODES` nodes.
    options : Options
    random_state : RandomState

    Returns
    -------
    n_clusters : int
    path : Bunch
        Arrays `n_clusters`, `gap`, `distortion`, `modularity` and `criterion`. If no
        candidates were compared, they hold the returned number only, with gap 0.

    Warns
    -----
    UserWarning
        If no number stands out, if there are more components than `max_clusters`, or
        if the graph has no edges.
    """
    A, weight = graph.matrix_without_sharing, graph.weight
    if A.min() < 0:
        raise ValueError(
            "n_clusters='auto' does not support negative affinities: set a number of "
            "clusters."
        )
    component, n_components = components_of_edges(A)
    candidates = np.arange(2, min(options.max_clusters, A.shape[0] - 2) + 1)
    if not n_components <= candidates[-1]:
        warn_of_components(n_components, options)
        measures = [0.0], [0.0], [modularity(A, component, weight)]
        return n_components, path_of([n_components], *measures)
    if n_components == 0:
        warn("The graph has no edges: all rows are put into one cluster.")
        return 1, path_of([1], [0.0], [0.0], [0.0])
    L = symmetric_laplacian(A, weight)
    spectrum = highest_eigenvectors(L, candidates[-1] + 1, options.eigen_tol)
    path = evaluated(A, weight, candidates, spectrum, random_state)
    is_enough = candidates >= n_components
    best = np.argmax(np.where(is_enough, path.criterion, -1.0))
    min_criterion = max(MIN_CRITERION, MIN_CRITERION_TIMES_NODES / A.shape[0])
    if path.criterion[best] >= min_criterion:
        return int(candidates[best]), path
    if n_components == 1:
        warn_of_no_winner(candidates, path.criterion, options)
    return n_components, path


def evaluated(A, weight, candidates, spectrum, random_state):
    """Return gap, distortion, modularity and criterion of each number of clusters.

    Parameters
    ----------
    A : array or sparse matrix of shape (n, n)
    weight : ndarray of shape (n,) or None
    candidates : ndarray of int of shape (m,)
        The candidates 2, 3, ..., m + 1.
    spectrum : Spectrum
        The m + 2 highest eigenvalues and their eigenvectors.
    random_state : RandomState

    Returns
    -------
    Bunch
    """
    rows = sample_of_rows(spectrum.vectors)
    scorer = CandidateScorer(A, weight, spectrum.vectors, rows, random_state)
    gaps = relative_gaps(spectrum.eigenvalues)
    first = np.array([scorer(k, *scorer.from_pivots(k)) for k in candidates])
    path = path_of(candidates, gaps, *first.T)
    # Upper bound of each criterion: that of distortion 0, with the modularity found.
    bound = cluster_criterion(gaps, np.zeros(len(candidates)), path.modularity)
    may_be_best = np.flatnonzero(bound > path.criterion.max())
    for i in may_be_best[np.argsort(-bound[may_be_best])][:FURTHER]:
        further = scorer(candidates[i], "k-means++", STARTS)
        first[i] = min(first[i].tolist(), further, key=lambda found: found[0])
    return path_of(candidates, gaps, *first.T)


@dataclass(frozen=True)
class CandidateScorer:
    """Function that returns the distortion and the modularity for a number of clusters.

    Parameters
    ----------
    A : array or sparse matrix of shape (n, n)
    weight : ndarray of shape (n,) or None
    vectors : ndarray of shape (n, any)
        Eigenvectors.
    rows : ndarray of int
        Indices of the rows on which k-means is fitted.
    random_state : RandomState
    """

    A: Any
    weight: np.ndarray | None
    vectors: np.ndarray
    rows: np.ndarray
    random_state: Any

    def embedding(self, k):
        """Return the rows of the first k eigenvectors, scaled to length one."""
        return normalized(self.vectors[:, :k])

    def from_pivots(self, k):
        """Return the most orthogonal rows as initial means, and one start."""
        E = self.embedding(k)[self.rows]
        return E[pivoted_rows(E, k)], 1

    def __call__(self, k, init, n_starts):
        """Return the distortion and the modularity of k clusters by k-means."""
        E = self.embedding(k)
        weight = np.ones(len(E)) if self.weight is None else self.weight
        k_means = KMeans(k, init=init, n_init=n_starts, max_iter=ITERATIONS)
        k_means.set_params(random_state=self.random_state)
        k_means.fit(E[self.rows], sample_weight=weight[self.rows])
        labels = k_means.labels_
        labels = labels if len(labels) == len(E) else k_means.predict(E)
        distortion = k_means.inertia_ / weight[self.rows].sum()
        return distortion, modularity(self.A, labels, self.weight)


def path_of(candidates, gaps, distortions, modularities):
    """Return the three measures of each candidate, with their criterion."""
    gaps, distortions, modularities = map(np.asarray, (gaps, distortions, modularities))
    return Bunch(
        n_clusters=np.asarray(candidates, dtype=int),
        gap=gaps,
        distortion=distortions,
        modularity=modularities,
        criterion=cluster_criterion(gaps, distortions, modularities),
    )


def sample_of_rows(vectors):
    """Return the indices of the rows on which candidates are compared.

    The rows most orthogonal to each other are among them, so that a cluster too small
    for a random sample is represented.

    Parameters
    ----------
    vectors : ndarray of shape (n, k)
        Eigenvectors.
    """
    n, k = vectors.shape
    if n <= SAMPLE_ROWS:
        return np.arange(n)
    sample = np.random.RandomState(0).permutation(n)[:SAMPLE_ROWS]
    return np.union1d(sample, pivoted_rows(normalized(vectors), k))


def components_of_edges(A):
    """Return each node's component, and the number of those of two or more nodes."""
    component = connected_nodes(A)
    return component, int(np.count_nonzero(np.bincount(component) > 1))


def warn_of_components(n_components, options):
    """Warn that the connected components are the clusters."""
    warn(
        f"The graph has {n_components} connected components, more than max_clusters="
        f"{options.max_clusters}: each of them is a cluster. Raise max_clusters to "
        "look for clusters inside them."
    )


def warn_of_no_winner(candidates, criterion, options):
    """Warn that there may be no clusters, or more of them than were tried."""
    best = candidates[np.argmax(criterion)]
    also = f" (the best is {best})" if criterion.max() > 0 else ""
    warn(
        f"No number of clusters from 2 to {candidates[-1]} stands out{also}: all rows "
        f"are put into one cluster. If there may be more than max_clusters="
        f"{options.max_clusters} clusters, raise it, or set n_clusters."
    )
