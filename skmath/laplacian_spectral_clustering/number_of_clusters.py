"""The number of clusters of a graph, by the criterion of `skmath.statistics`."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.cluster import KMeans
from sklearn.utils import Bunch

from skmath._estimators.fitting import warn
from skmath.laplacian_spectral_clustering.eigenvectors import normalized, spectrum_of
from skmath.laplacian_spectral_clustering.labels import pivoted_rows
from skmath.linear_algebra import symmetric_laplacian
from skmath.linear_algebra.graphs import connected_nodes
from skmath.statistics import cluster_criterion, modularity, relative_gaps

FEWEST_NODES = 4
"""Of which there are eigenvalues enough for a gap after the second."""

STARTS = 3
"""Further ones of k-means, for a number that may be the best."""

FURTHER = 3
"""Numbers at most that get them."""

ITERATIONS = 30
"""Of k-means: of clusters that are none it takes many."""

SAMPLE_ROWS = 4000
"""Rows of the embedding at most by which a number of clusters is judged."""

LEAST_CRITERION = 0.07
"""Below it is the highest criterion of rows without clusters, normal or uniform, of 2
to 10 columns, and of grids, rings and random graphs; moons, iris, wine and digits are
above."""

LEAST_OF_FEW_NODES = 5.0
"""The same of fewer than 70 nodes, divided by their number: chance makes clusters."""


def by_criterion(graph, options, random_state):
    """Return the number of clusters whose criterion is highest, and what was tried.

    Never fewer than the connected components of two nodes or more; and these, or one,
    where the criterion is next to 0 for all numbers.

    Parameters
    ----------
    graph : RowGraph or LandmarkGraph
        Of `FEWEST_NODES` or more.
    options : Options
    random_state : RandomState

    Returns
    -------
    n_clusters : int
    path : Bunch
        Arrays `n_clusters`, `gap`, `distortion`, `modularity` and `criterion`; without
        a gap, of the number that is returned, where no other was tried.

    Warns
    -----
    UserWarning
        If no number stands out, there are more components than numbers that are tried,
        or the graph has no edges.
    """
    A, weight = graph.matrix_without_sharing, graph.weight
    if A.min() < 0:
        raise ValueError(
            "n_clusters='auto' needs affinities that are not negative: give a number."
        )
    component, n_components = components_of_edges(A)
    tried = np.arange(2, min(options.max_clusters, A.shape[0] - 2) + 1)
    if not n_components <= tried[-1]:
        warn_of_components(n_components, options)
        together = modularity(A, component, weight)
        return n_components, path_of([n_components], [0.0], [0.0], [together])
    if n_components == 0:
        warn("The graph has no edges: all rows are taken for one cluster.")
        return 1, path_of([1], [0.0], [0.0], [0.0])
    L = symmetric_laplacian(A, weight)
    spectrum = spectrum_of(L, tried[-1] + 1, options.eigen_tol)
    path = judged(A, weight, tried, spectrum, random_state)
    enough = tried >= n_components
    best = np.argmax(np.where(enough, path.criterion, -1.0))
    least = max(LEAST_CRITERION, LEAST_OF_FEW_NODES / A.shape[0])
    if path.criterion[best] >= least:
        return int(tried[best]), path
    if n_components == 1:
        warn_of_no_winner(tried, path.criterion, options)
    return n_components, path


def judged(A, weight, tried, spectrum, random_state):
    """Return what is judged of each number of clusters.

    Parameters
    ----------
    A : array or sparse matrix of shape (n, n)
    weight : ndarray of shape (n,) or None
    tried : ndarray of int of shape (m,)
        2, 3, ..., m + 1.
    spectrum : Spectrum
        Of m + 2 eigenvalues.
    random_state : RandomState

    Returns
    -------
    Bunch
    """
    rows = sample_of_rows(spectrum.vectors)
    judge = Judge(A, weight, spectrum.vectors, rows, random_state)
    gaps = relative_gaps(spectrum.eigenvalues)
    first = np.array([judge(k, *judge.from_pivots(k)) for k in tried])
    path = path_of(tried, gaps, *first.T)
    # The most that a criterion can be, by the modularity that was found.
    bound = cluster_criterion(gaps, np.zeros(len(tried)), path.modularity)
    may_be_best = np.flatnonzero(bound > path.criterion.max())
    for i in may_be_best[np.argsort(-bound[may_be_best])][:FURTHER]:
        again = judge(tried[i], "k-means++", STARTS)
        first[i] = min(first[i].tolist(), again, key=lambda found: found[0])
    return path_of(tried, gaps, *first.T)


@dataclass(frozen=True)
class Judge:
    """What tells how good numbers of clusters are, but for the gap.

    Parameters
    ----------
    A : array or sparse matrix of shape (n, n)
    weight : ndarray of shape (n,) or None
    vectors : ndarray of shape (n, any)
        Eigenvectors.
    rows : ndarray of int
        Those by which clusters are found.
    random_state : RandomState
    """

    A: Any
    weight: np.ndarray | None
    vectors: np.ndarray
    rows: np.ndarray
    random_state: Any

    def embedding(self, k):
        """Return the rows of k eigenvectors, of length one."""
        return normalized(self.vectors[:, :k])

    def from_pivots(self, k):
        """Return the start from the rows most orthogonal to each other."""
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


def path_of(tried, gaps, distortions, modularities):
    """Return the arrays and the criterion."""
    gaps, distortions, modularities = map(np.asarray, (gaps, distortions, modularities))
    return Bunch(
        n_clusters=np.asarray(tried, dtype=int),
        gap=gaps,
        distortion=distortions,
        modularity=modularities,
        criterion=cluster_criterion(gaps, distortions, modularities),
    )


def sample_of_rows(vectors):
    """Return the indices of rows by which clusters are judged.

    Those most orthogonal to each other are among them: a cluster so small that a sample
    has no row of it is found in the end, and has to be when it is judged.

    Parameters
    ----------
    vectors : ndarray of shape (n, k)
        Eigenvectors.
    """
    n, k = vectors.shape
    if n <= SAMPLE_ROWS:
        return np.arange(n)
    some = np.random.RandomState(0).permutation(n)[:SAMPLE_ROWS]
    return np.union1d(some, pivoted_rows(normalized(vectors), k))


def components_of_edges(A):
    """Return each node's component, and how many have an edge between two nodes."""
    component = connected_nodes(A)
    return component, int(np.count_nonzero(np.bincount(component) > 1))


def warn_of_components(n_components, options):
    """Warn that only components are clusters."""
    warn(
        f"The graph has {n_components} connected components, more than max_clusters="
        f"{options.max_clusters}: each of them is a cluster. Raise max_clusters to "
        "look for clusters inside them."
    )


def warn_of_no_winner(tried, criterion, options):
    """Warn that there may be no clusters, or others than were tried."""
    best = tried[np.argmax(criterion)]
    also = f" (the best of them is {best})" if criterion.max() > 0 else ""
    warn(
        f"No number of clusters from 2 to {tried[-1]} stands out{also}: all rows are "
        f"taken for one cluster. If there may be more than max_clusters="
        f"{options.max_clusters}, raise it, or give n_clusters."
    )
