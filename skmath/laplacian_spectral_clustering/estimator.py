r"""Spectral clustering.

Similar objects are grouped by the eigenvectors of a matrix of their similarities:

1. the affinity matrix A: how similar one object is to another, or whether an edge
   joins them;
2. the degree matrix D: how many objects each is similar to, the sums of A's rows;
3. the Laplacian L = A - D;
4. the k eigenvectors of L with the highest eigenvalues;
5. k-means on them, an object being a row.

The affinity of a new object to the known ones continues the eigenvectors to it
(Nystroem's formula), and so gives it a cluster.

With K neighbours A holds O(n K) numbers, and so many are multiplied in each step of
the search for eigenvectors. "rbf" and a dense precomputed matrix hold all n^2. Beyond
20,000 rows, m landmarks stand for the rows: memory O(n K), time O(n m), and O(m^3) for
their eigenvectors.

References
----------
U. von Luxburg, "A tutorial on spectral clustering", Statistics and Computing, 17(4),
2007.
"""

from contextlib import contextmanager
from numbers import Integral, Real

import numpy as np
from sklearn.base import (
    ClassNamePrefixFeaturesOutMixin,
    ClusterMixin,
    TransformerMixin,
    _fit_context,
)
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.utils import check_random_state, get_tags
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from skmath._estimators.base import Estimator
from skmath._estimators.fitting import all_or_nothing, fits_on_host
from skmath._estimators.host import on_host
from skmath._rows.checks import rows_to_apply, rows_to_fit
from skmath._rows.rows import is_dask
from skmath.laplacian_spectral_clustering.affinities import AFFINITIES
from skmath.laplacian_spectral_clustering.balance import balanced_labels
from skmath.laplacian_spectral_clustering.checks import check_extent, warn_of_graph
from skmath.laplacian_spectral_clustering.constraints import constrained
from skmath.laplacian_spectral_clustering.embedding_width import (
    best_partition,
    ensemble_weights,
    first_width,
    may_widen,
)
from skmath.laplacian_spectral_clustering.ensemble import ensemble_graph
from skmath.laplacian_spectral_clustering.inputs import (
    PAIRWISE,
    check_square,
    matrix_of_graph,
    without_nan,
)
from skmath.laplacian_spectral_clustering.labels import ASSIGNMENTS, clusters_of
from skmath.laplacian_spectral_clustering.labels_path import labels_path
from skmath.laplacian_spectral_clustering.membership import (
    embedding_of_new,
    kept_narrow,
    membership_of,
    memberships,
    memberships_of_rows,
    score_of,
    stability,
)
from skmath.laplacian_spectral_clustering.number_of_clusters import (
    FEWEST_NODES,
    by_criterion,
)
from skmath.laplacian_spectral_clustering.options import Options, text_of
from skmath.laplacian_spectral_clustering.outliers import (
    clusters_of_new,
    graph_without_outliers,
    labels_of,
    landmarks_without_outliers,
    lifted,
)
from skmath.laplacian_spectral_clustering.spectra import eigenvectors_of, extension_of
from skmath.linear_algebra import EDGES, LAPLACIANS

__all__ = ["LaplacianSpectralClustering"]


def has_an_ensemble(model):
    """Tell whether base clusterings say how sure a row's cluster is."""
    return model.n_ensemble is not None


class LaplacianSpectralClustering(
    CallbackSupportMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    ClusterMixin,
    Estimator,
):
    r"""Spectral clustering by the highest eigenvectors of L = A - D, with `predict`.

    Parameters
    ----------
    n_clusters : int or "auto", default=8
        Number of clusters, and of eigenvectors. "auto" takes the best number from 2 to
        `max_clusters` by the criterion in the notes, or one if none stands out; and
        never less than the number of connected components.
    affinity : str or callable, default="self_tuning"
        How A is made.

        - "self_tuning" joins nearest neighbours with weights
          :math:`s_{ij}^2 \exp(-d_{ij}^2 / (\sigma_i \sigma_j))`, sigma being the
          distance to the 7th neighbour and s the share of their neighbours that i and j
          have in common: units and local density do not matter.
        - "nearest_neighbors" joins them with weight 1.
        - "rbf" is :math:`\exp(-\gamma d_{ij}^2)` for all pairs.
        - "cosine", "laplacian", "chi2", "polynomial", "sigmoid" and "linear" are the
          kernels of :mod:`sklearn.metrics.pairwise`; none may be below 0.
        - "precomputed" takes X for A, dense or sparse, not negative, or a graph of
          networkx or igraph; new rows are then given as affinities to the rows of
          `fit`.
        - "precomputed_distances" is "self_tuning" with X for d, and
          "precomputed_nearest_neighbors" is "nearest_neighbors"; new rows are given as
          distances to the rows of `fit`. What is infinite, or not stored in a sparse
          X, is no edge.
        - A function of two arrays of rows (m, p) and (n, p) that returns (m, n) numbers
          not below 0, or a function of two rows that returns one.
    n_neighbors : int or "auto", default="auto"
        Neighbours of a row, itself among them. "auto" is log2(n) + 1, rounded, and
        twice as many while the graph has more connected components than clusters are
        asked for; 5 nearest landmarks where there are landmarks.
    edges : {"union", "mutual"}, default="union"
        Whether i and j are joined, by the mean of both weights, if either counts the
        other among its neighbours, or only, by the lesser, if both do.
    sharing : float, default=2.0
        The exponent of s in "self_tuning"; 0 leaves Zelnik-Manor and Perona's weights.
    metric : str or callable, default="euclidean"
        Distance of the neighbours; any of scikit-learn's.
    gamma : float or "auto", default="auto"
        Of "rbf": "auto" is 1 / (2 m^2), m being the median distance of the rows. Of
        other kernels that have one, "auto" is scikit-learn's default.
    laplacian : {"symmetric", "random_walk", "unnormalized", "signed"}, \
            default="symmetric"
        D^-1/2 (A - D) D^-1/2, D^-1 (A - D), or A - D. "signed" is the first with the
        sums of \|A\| for D: affinities may be negative (Kunegis et al.), between
        what is to be apart.
    normalize_rows : bool, default=True
        Whether each row of eigenvectors is brought to length one before k-means (Ng,
        Jordan and Weiss).
    n_landmarks : int, None or "auto", default="auto"
        Means of clusters that stand for the rows in the eigenproblem; None makes every
        row a node of the graph. "auto" takes 1000 beyond 20,000 rows, if rows are given
        and distances are Euclidean.
    assign_labels : {"kmeans", "cluster_qr", "discretize"}, default="kmeans"
        From eigenvectors to clusters: by k-means, by the rotation to the k rows that QR
        with pivoting chooses (Damle, Minden and Ying), or by the rotation nearest to
        indicators (Yu and Shi). If a rotation left a cluster empty, k-means is taken.
    n_init : int, default=10
        Starts of k-means at most; they end when the best has been found twice. The
        first is from the rows most orthogonal to each other (Ng, Jordan and Weiss).
    eigen_tol : float or "auto", default="auto"
        Of the eigenvectors' residual, relative to the width of the spectrum. "auto" is
        1e-4; graphs of up to 500 nodes are solved to rounding.
    max_clusters : int, default=20
        The most that n_clusters="auto" considers.
    n_jobs : int, default=None
        Threads of the neighbour search; None is as many as OpenMP may take.
    random_state : int, RandomState instance or None, default=None
        Of k-means and of the choice of landmarks. Eigenvectors do not depend on it.
    outliers : {"nearest", "label"}, default="nearest"
        What outliers are labelled with: the nearest cluster, which without an edge to
        any is the one of the largest volume, or -1. They are rows without edges, or
        with edges of next to no weight, and too few for a cluster; see the notes.
    metric_params : dict, default=None
        Of `metric`. "mahalanobis" takes the inverse covariance of the rows by default,
        and "seuclidean" their variances.
    kernel_params : dict, default=None
        Keyword arguments of a kernel, or of a function given as affinity.
    directed : {"mean", "random_walk"}, default=None
        What is made of affinities A that are given and not symmetric: (A + A') / 2,
        with a warning by default, or :math:`(\Pi P + P^T \Pi) / 2` (Chung), P being
        the steps of a random walk and Pi its stationary distribution on a diagonal.
    n_components : int or "auto", default="auto"
        Number of eigenvectors. "auto" is one a cluster, and more where the clusters by
        these cut the graph better: see the notes.
    n_ensemble : int, default=None
        Base clusterings, of which the clusters are what they agree on (Huang et al.).
    balance : bool, default=False
        Whether clusters are of equal size, to one row. `predict` does not count.

    Attributes
    ----------
    labels_ : ndarray of shape (n_samples,)
        Cluster of each row. Their numbers do not depend on the order of the rows.
    n_clusters_ : int
        Number of clusters.
    eigenvalues_ : ndarray of shape (n_components,)
        Of the Laplacian, highest first; none is above 0.
    embedding_ : ndarray of shape (n_samples, n_components)
        The eigenvectors, a column each, rows normalised if so asked; float32 if X is.
    degrees_ : ndarray of shape (n_samples,)
        Diagonal of D. Ones with landmarks.
    affinity_matrix_ : csr_array or ndarray of shape (n_samples, n_samples)
        A; zeros for rows of weight 0. With landmarks the affinities of rows to
        landmarks Z, shape (n_samples, n_landmarks), which make A = Z diag(Z'w)^-1 Z'.
    n_connected_components_ : int
        Of the graph A; edges too weak to change an eigenvalue join nothing.
    landmarks_ : ndarray of shape (n_landmarks, n_features) or None
        The landmarks.
    row_stability_ : ndarray of shape (n_samples,)
        With an ensemble, the share of a row's base clusters that are in its cluster.
    cluster_stability_ : ndarray of shape (n_clusters_,)
        Its mean over the rows of each cluster.
    eigen_residual_ : float
        How far the eigenvectors are from satisfying their equation: the largest
        residual, relative to the width of the spectrum.
    eigen_certificate_ : {"exact", "inertia", "second_start", "none"}
        What shows that the eigenvectors found are the highest. "exact": all are known;
        "inertia": the higher eigenvalues are counted by a triangular factor, a proof;
        "second_start": a search from another start found none, likely but no proof;
        "none": nothing does, and a warning says so.
    criterion_path_ : Bunch of ndarrays of shape (n_tried,)
        With n_clusters="auto", for each number in `n_clusters`: `gap`, `distortion`,
        `modularity` and `criterion`.
    outliers_ : ndarray of int
        Indices of the rows that are outliers.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X has them all as strings.

    See Also
    --------
    sklearn.cluster.SpectralClustering : No predict; does not normalise the rows.

    Notes
    -----
    Scikit-learn and most texts write D - A: the same eigenvectors, eigenvalues of the
    other sign. The eigenvalue 0 is the highest, and occurs once for each connected
    component; their indicators are found exactly. If there are more than clusters, the
    eigenvectors are the indicators of the largest, and rows of the others are at 0.

    For a new x with affinities a(x, j) and degree d(x), Nystroem's formula continues an
    eigenvector u with eigenvalue lambda of the symmetric Laplacian as

    .. math:: u(x) = \frac{1}{1 + \lambda}
              \sum_j \frac{a(x, j)}{\sqrt{d(x) d_j}} u_j,

    which gives back u_i at x = x_i. A new row chooses its neighbours, but is not chosen
    by them; one that equals a row of `fit` has that row's affinities.

    Equal rows are one node. ``sample_weight`` counts rows: a row of weight w is a node
    that stands for w equal rows, in A, D, L and in k-means; one of weight 0 is not
    there in `fit`, and gets its cluster as a new row does. So weights are repetitions,
    exactly, with two exceptions: landmarks are drawn by chance, and of the unnormalised
    Laplacian the eigenvectors that tell equal rows apart are left out.

    Outliers have no part in the graph, as rows of weight 0 have none, and do not change
    what becomes of the others. They are sets of rows that a random walk leaves with a
    probability of at most 0.01, and that are smaller than a tenth of a cluster and have
    fewer than five rows, or a hundredth of a cluster; a cluster being n / k rows, or as
    many as are connected. With landmarks, which are judged in the same way, they are
    the rows nearest to such a landmark; of a Dask array there are none.

    n_components="auto" takes k eigenvectors if the normalised cut of the clusters is at
    most 2.5 times its lower bound, :math:`-\sum_{i \le k} \lambda_i`. If not, it also
    tries 1.5 k and 2 k, divided by the roots of their eigenvalues' sizes or not, and
    takes the partition of the greatest modularity among those whose cut is not above
    that by k eigenvectors; or not above twice that, if the clusters have the sum of
    squared volumes of fewer than k / 2 equal ones. It does so for k-means on normalised
    rows of a graph of rows.

    n_clusters="auto" takes the k with the highest

    .. math:: \log \frac{\delta - \lambda_{k+1}}{\delta - \lambda_k} \;
              \max(0, 1 - \frac{v_k}{0.08}) \;
              \left(\frac{Q_k}{1 - 1/k}\right)^2,

    delta being 0.02 of the last eigenvalue's size, v_k the mean squared distance of the
    normalised rows from their cluster's mean, Q_k the modularity of the clusters. It is
    judged by the symmetric Laplacian of the graph, for "self_tuning" without s. If it
    is below 0.07, or 5 / n, for every k, the connected components are the clusters.

    References
    ----------
    .. [1] U. von Luxburg, "A tutorial on spectral clustering", Statistics and
       Computing, 17(4), 2007.
    .. [2] A. Y. Ng, M. I. Jordan and Y. Weiss, "On spectral clustering: analysis and an
       algorithm", NIPS 2001.
    .. [3] L. Zelnik-Manor and P. Perona, "Self-tuning spectral clustering", NIPS 2004.
    .. [4] Y. Bengio et al., "Out-of-sample extensions for LLE, Isomap, MDS, eigenmaps,
       and spectral clustering", NIPS 2003, equation 4.
    .. [5] X. Chen and D. Cai, "Large scale spectral clustering with landmark-based
       representation", AAAI 2011.
    .. [6] D. Huang et al., "Ultra-scalable spectral clustering and ensemble
       clustering", IEEE TKDE, 32(6), 2020.
    .. [7] F. Chung, "Laplacians and the Cheeger inequality for directed graphs", Annals
       of Combinatorics, 9, 2005.
    .. [8] J. Kunegis et al., "Spectral analysis of signed graphs for clustering,
       prediction and visualization", SIAM International Conference on Data Mining,
       2010.

    Examples
    --------
    >>> from sklearn.datasets import make_moons
    >>> from skmath import LaplacianSpectralClustering
    >>> X, y = make_moons(200, noise=0.05, random_state=0)
    >>> model = LaplacianSpectralClustering("auto", random_state=0).fit(X)
    >>> model.n_clusters_
    2
    >>> len({*zip(model.labels_.tolist(), y.tolist())})
    2
    >>> bool(model.predict([[0.0, 1.0]])[0] == model.labels_[y == 0][0])
    True
    """

    _parameter_constraints = {
        "n_clusters": [
            Interval(Integral, 1, None, closed="left"),
            StrOptions({"auto"}),
        ],
        "affinity": [StrOptions({*AFFINITIES}), callable],
        "n_neighbors": [
            Interval(Integral, 1, None, closed="left"),
            StrOptions({"auto"}),
        ],
        "edges": [StrOptions({*EDGES})],
        "sharing": [Interval(Real, 0, None, closed="left")],
        "metric": [str, callable],
        "gamma": [Interval(Real, 0, None, closed="neither"), StrOptions({"auto"})],
        "laplacian": [StrOptions({*LAPLACIANS, "signed"})],
        "normalize_rows": ["boolean"],
        "n_landmarks": [
            Interval(Integral, 2, None, closed="left"),
            StrOptions({"auto"}),
            None,
        ],
        "assign_labels": [StrOptions({*ASSIGNMENTS})],
        "n_init": [Interval(Integral, 1, None, closed="left")],
        "eigen_tol": [Interval(Real, 0, None, closed="neither"), StrOptions({"auto"})],
        "max_clusters": [Interval(Integral, 2, None, closed="left")],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
        "outliers": [StrOptions({"nearest", "label"})],
        "metric_params": [dict, None],
        "kernel_params": [dict, None],
        "directed": [StrOptions({"mean", "random_walk"}), None],
        "n_components": [
            Interval(Integral, 1, None, closed="left"),
            StrOptions({"auto"}),
        ],
        "n_ensemble": [Interval(Integral, 1, None, closed="left"), None],
        "balance": ["boolean"],
    }

    def __init__(
        self,
        n_clusters=8,
        *,
        affinity="self_tuning",
        n_neighbors="auto",
        edges="union",
        sharing=2.0,
        metric="euclidean",
        gamma="auto",
        laplacian="symmetric",
        normalize_rows=True,
        n_landmarks="auto",
        assign_labels="kmeans",
        n_init=10,
        eigen_tol="auto",
        max_clusters=20,
        n_jobs=None,
        random_state=None,
        outliers="nearest",
        metric_params=None,
        kernel_params=None,
        directed=None,
        n_components="auto",
        n_ensemble=None,
        balance=False,
    ):
        self.n_clusters = n_clusters
        self.affinity = affinity
        self.n_neighbors = n_neighbors
        self.edges = edges
        self.sharing = sharing
        self.metric = metric
        self.gamma = gamma
        self.laplacian = laplacian
        self.normalize_rows = normalize_rows
        self.n_landmarks = n_landmarks
        self.assign_labels = assign_labels
        self.n_init = n_init
        self.eigen_tol = eigen_tol
        self.max_clusters = max_clusters
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.outliers = outliers
        self.metric_params = metric_params
        self.kernel_params = kernel_params
        self.directed = directed
        self.n_components = n_components
        self.n_ensemble = n_ensemble
        self.balance = balance

    @fits_on_host
    @_fit_context(prefer_skip_nested_validation=True)
    @all_or_nothing
    @with_callbacks
    def fit(self, X, y=None, sample_weight=None, *, must_link=None, cannot_link=None):
        """Cluster the rows of X.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
            Or of shape (n_samples, n_samples), if affinities or distances are given.
        y : ignored
        sample_weight : array-like of shape (n_samples,), default=None
            How many rows each stands for.
        must_link, cannot_link : array-like of int of shape (n_pairs, 2), default=None
            Pairs of row numbers of which it is known that their clusters are the same,
            or are not. What they say goes along the graph to other rows (Lu and Ip);
            it is not forced. Not with landmarks.

        Returns
        -------
        self : LaplacianSpectralClustering

        Raises
        ------
        ValueError
            If X cannot be used, has fewer rows than clusters, or is not a square matrix
            of numbers not below 0 if precomputed.

        Warns
        -----
        UserWarning
            If the graph has more connected components than clusters are asked for or
            rows without an edge, if X has fewer different rows than that, or if given
            affinities are not symmetric.
        ConvergenceWarning
            If the eigenvectors are not as near as `eigen_tol` asks.
        """
        progress = self._init_callback_context(max_subtasks=4)
        progress.call_on_fit_task_begin(estimator=self, X=X, y=y)
        random_state = check_random_state(self.random_state)
        X, weight = self._validated(X, sample_weight)
        options = Options.of(self, X)
        with self._step(progress, "affinity"):
            # A: how similar one object is to another.
            # What has no volume to speak of is no cluster, and has no part in it.
            if options.n_landmarks is None:
                graph, outliers = graph_without_outliers(X, weight, options)
            else:
                graph, outliers = landmarks_without_outliers(
                    X, weight, options, random_state
                )
            graph = constrained(graph, must_link, cannot_link)
            A = graph.matrix
        with self._step(progress, "number of clusters"):
            k = min(options.n_clusters or 2, A.shape[0])
            if options.n_clusters is None and A.shape[0] >= FEWEST_NODES:
                k, self.criterion_path_ = by_criterion(graph, options, random_state)
        with self._step(progress, "eigenvectors"):
            if options.n_ensemble is not None:
                # Base clusterings, which stand for the rows as landmarks would.
                graph = ensemble_graph(graph, X, weight, k, options, random_state)
                A = graph.matrix
            # D, the sums of A's rows, and L = A - D, or that divided by D; and the k
            # highest eigenvectors of L.
            q = first_width(graph, k, options)
            D, spectrum = eigenvectors_of(A, graph, q, options.eigen_tol)
        with self._step(progress, "labels"):
            # k-means on these, an object being a row.
            if may_widen(graph, k, options):
                part = best_partition(graph, spectrum, k, options, random_state)
                spectrum, clusters = part.spectrum, part.clusters
                w = part.column_weights
                extension = extension_of(graph, spectrum, D, options, w)
                E = graph.embedding(extension, X)
            else:
                w = ensemble_weights(spectrum, k, options)
                extension = extension_of(graph, spectrum, D, options, w)
                E = graph.embedding(extension, X)
                sample = graph.sample(E, random_state)
                clusters = clusters_of(*sample, k, options, random_state)
            self.degrees_ = graph.degrees(extension, X)
            self.labels_, self._outliers_ = labels_of(
                X,
                weight,
                outliers,
                self.degrees_,
                clusters.of(lifted(E, self.degrees_, extension)),
                options,
            )
            if options.balance:
                self.labels_ = balanced_labels(E, clusters.of(E), k, weight)
        self.n_clusters_, self.outliers_ = k, outliers
        self.embedding_ = kept_narrow(E, X)
        self._membership_ = membership_of(graph, extension, clusters, k)
        if options.n_ensemble is not None:
            parts = extension, clusters, self._membership_
            P = memberships_of_rows(graph, X, self.labels_, *parts)
            self.row_stability_, self.cluster_stability_ = stability(P, self.labels_)
        self.eigenvalues_ = spectrum.eigenvalues
        self.eigen_residual_ = spectrum.residual
        self.eigen_certificate_ = spectrum.certificate
        self.n_connected_components_ = spectrum.n_components
        self.landmarks_ = graph.landmarks
        self._graph_, self._extension_, self._clusters_ = graph, extension, clusters
        self._options_ = options
        warn_of_graph(spectrum, k, self.degrees_[outliers], options)
        progress.call_on_fit_task_end(estimator=self, X=X, y=y)
        return self

    @on_host
    def transform(self, X):
        """Continue the eigenvectors to new rows.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
            Or affinities or distances to the rows of `fit`, if those were given.

        Returns
        -------
        ndarray of shape (n_samples, n_components)
        """
        rows = self._rows(X, "transform")
        return rows.map(embedding_of_new, self._extension_)

    @on_host
    def predict(self, X):
        """Return the cluster of each row.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
            Or affinities or distances to the rows of `fit`, if those were given.

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        rows = self._rows(X, "predict")
        parts = self._extension_, self._clusters_, self._outliers_
        return rows.map(clusters_of_new, *parts)

    @available_if(has_an_ensemble)
    @on_host
    def predict_proba(self, X):
        r"""Return how far each row belongs to each cluster; with `n_ensemble` only.

        It is the share of a row's affinities that lead to the cluster's nodes,
        :math:`\sum_{j \in c} w_j a(x, j) / d(x)`, the nodes being the base clusters,
        of which a row has one for each base clustering. The largest is mostly, but not
        always, that of the cluster that `predict` gives.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
            Or affinities or distances to the rows of `fit`, if those were given.

        Returns
        -------
        ndarray of shape (n_samples, n_clusters_)
            Of sum one.
        """
        rows = self._rows(X, "predict_proba")
        return rows.map(
            memberships, self._extension_, self._clusters_, self._membership_
        )

    @on_host
    def score(self, X, y=None, sample_weight=None):
        """Return the modularity of the clusters of rows, which needs no classes.

        Of the rows of `fit` it is Newman's, of the graph: how much more of the
        affinities are within clusters than if degrees alone decided. Of new rows it is
        that of their affinities to the nodes. Of k clusters it is below 1 - 1/k, and
        where clusters touch it prefers many; another affinity is another scale.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
            Or affinities or distances to the rows of `fit`, if those were given.
        y : ignored
        sample_weight : array-like of shape (n_samples,), default=None
            How many rows each stands for.

        Returns
        -------
        float
            Below 1; the higher, the better.
        """
        rows = self._rows(X, "score")
        parts = self._extension_, self._clusters_, self._membership_
        return score_of(rows, sample_weight, *parts)

    def labels_path(self, k_values):
        """Return the clusters of the rows of `fit` for several numbers of clusters.

        All are of the same graph and of the same eigenvectors, which are found once.

        Parameters
        ----------
        k_values : iterable of int
            Numbers of clusters.

        Returns
        -------
        Bunch
            `n_clusters`, shape (n_values,); `labels`, shape (n_values, n_samples), -1
            for rows that are not part of the graph; `modularity` and `normalized_cut`,
            shape (n_values,).
        """
        check_is_fitted(self, "embedding_")
        random_state = check_random_state(self.random_state)
        return labels_path(self._graph_, k_values, self._options_, random_state)

    @property
    def affinity_matrix_(self):
        """A, or Z, if there are landmarks; zeros for rows of weight 0."""
        return self._graph_.affinities()

    def _validated(self, X, sample_weight):
        """Return X and the weights, in memory but for the rows of a Dask array."""
        takes = get_tags(self).input_tags
        X = matrix_of_graph(X, self.affinity)
        rows = rows_to_fit(self, X, None, sample_weight, **self._checks())
        X, weight = rows.X, rows.weight
        if is_dask(X):
            X = X.compute_chunk_sizes() if np.isnan(X.shape[0]) else X
            weight = weight if weight is None else weight.compute()
        if takes.pairwise:
            check_square(without_nan(X), self.affinity)
        else:
            check_extent(X)
        n = X.shape[0] if weight is None else np.count_nonzero(weight)
        if n < (1 if self.n_clusters == "auto" else self.n_clusters):
            of_weight = " of weight above 0" if n < X.shape[0] else ""
            raise ValueError(
                f"n_samples={n}{of_weight} should be >= n_clusters={self.n_clusters}."
            )
        return X, weight if weight is None else weight.astype(np.float64)

    def _rows(self, X, method):
        """Return new rows, or a graph, as a method takes them."""
        X = matrix_of_graph(X, self.affinity)
        return rows_to_apply(
            self, X, fitted="embedding_", method=method, **self._checks()
        )

    def _checks(self):
        """Return what scikit-learn is to check of X: a distance may be infinite."""
        by_distances = PAIRWISE.get(text_of(self.affinity)) == "distances"
        return {"accept_sparse": "csr", "ensure_all_finite": not by_distances}

    @contextmanager
    def _step(self, progress, name):
        """Inform the callbacks that a step begins and ends."""
        step = progress.subcontext(task_name=name)
        step.call_on_fit_task_begin(estimator=self)
        yield
        step.call_on_fit_task_end(estimator=self)

    @property
    def _n_features_out(self):
        return self.embedding_.shape[1]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        pairwise = isinstance(self.affinity, str) and self.affinity in PAIRWISE
        tags.input_tags.pairwise = pairwise
        tags.input_tags.positive_only = pairwise and self.laplacian != "signed"
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        tags.array_api_support = True  # on the host: see skmath._estimators.host
        return tags
