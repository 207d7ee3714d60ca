r"""Spectral clustering.

Similar objects are grouped by the eigenvectors of a matrix of their similarities:

1. the affinity matrix A: how similar two objects are, or whether an edge connects
   them;
2. the degree matrix D: the sums of A's rows, on a diagonal;
3. the Laplacian L = A - D;
4. the k eigenvectors of L with the highest eigenvalues;
5. k-means on the rows of these eigenvectors, one row per object.

The affinities of a new object to the known ones extend the eigenvectors to it
(Nystroem's formula), which assigns it to a cluster.

With K neighbours per row, A has O(n K) entries, and each step of the eigenvector
iteration multiplies as many. "rbf" and a dense precomputed matrix store all n^2. Beyond
20,000 rows, m landmarks represent the rows: memory O(n K), time O(n m), and O(m^3) for
the eigenvectors.

References
----------
U. von Luxburg, "A tutorial on spectral clustering", Statistics and Computing, 17(4),
2007.
"""

from numbers import Integral, Real
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import (
    ClassNamePrefixFeaturesOutMixin,
    ClusterMixin,
    TransformerMixin,
)
from sklearn.utils import Bunch, check_random_state, get_tags
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from skmath._arrays import of_sparse_interface
from skmath._estimators import decorators
from skmath._estimators.base import Estimator
from skmath._estimators.fitting import all_or_nothing, fits_on_host
from skmath._estimators.host import on_host
from skmath._estimators.tasks import TasksMixin, in_steps
from skmath._rows.checks import rows_to_apply, rows_to_fit
from skmath._rows.rows import is_dask
from skmath.laplacian_spectral_clustering.affinities import AFFINITIES
from skmath.laplacian_spectral_clustering.balance import balanced_labels
from skmath.laplacian_spectral_clustering.checks import check_extent, warn_of_graph
from skmath.laplacian_spectral_clustering.constraints import constrained
from skmath.laplacian_spectral_clustering.embedding_width import (
    chosen_eigenvectors,
    first_width,
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
    cast_like,
    embedding_of_new,
    has_ensemble,
    membership_of,
    memberships,
    memberships_of_rows,
    score_of,
    stability,
)
from skmath.laplacian_spectral_clustering.number_of_clusters import number_of_clusters
from skmath.laplacian_spectral_clustering.options import Options, text_of
from skmath.laplacian_spectral_clustering.outliers import (
    clusters_of_new,
    graph_without_outliers,
    labels_of,
    rescaled,
)
from skmath.laplacian_spectral_clustering.spectra import (
    degrees_and_laplacian,
    extension_of,
    highest_eigenvectors,
)
from skmath.linear_algebra import EDGES, LAPLACIANS

__all__ = ["LaplacianSpectralClustering"]


class LaplacianSpectralClustering(
    TasksMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    ClusterMixin,
    Estimator,
):
    r"""Spectral clustering that can also assign new rows to its clusters.

    Parameters
    ----------
    n_clusters : int or "auto", default=8
        Number of clusters. "auto" chooses it from 2 to `max_clusters` by the criterion
        in the notes, or takes 1 if no number stands out. It never takes fewer than the
        graph has connected components.
    affinity : str or callable, default="self_tuning"
        How the affinity matrix A is computed.

        - "self_tuning" connects nearest neighbours, with weights
          :math:`s_{ij}^2 \exp(-d_{ij}^2 / (\sigma_i \sigma_j))`, where sigma is the
          distance to the 7th neighbour and s the fraction of neighbours that i and j
          share. It adapts to the unit and to the local density.
        - "nearest_neighbors" connects them with weight 1.
        - "rbf" is :math:`\exp(-\gamma d_{ij}^2)` for all pairs.
        - "cosine", "laplacian", "chi2", "polynomial", "sigmoid" and "linear" are the
          kernels of :mod:`sklearn.metrics.pairwise`; their values must not be negative.
        - "precomputed" means that X is A: a dense or sparse matrix without negative
          entries, or a networkx or igraph graph. New rows are then given as affinities
          to the rows of `fit`.
        - "precomputed_distances" is "self_tuning", and "precomputed_nearest_neighbors"
          "nearest_neighbors", with X as the distances; new rows are given as distances
          to the rows of `fit`. Infinite distances, and those that a sparse X does not
          store, are no edges.
        - A function that maps two arrays of shapes (m, p) and (n, p) to an (m, n) array
          of nonnegative numbers, or one that maps two rows to one number.
    n_neighbors : int or "auto", default="auto"
        Number of neighbours of each row, itself included. "auto" is log2(n) + 1,
        rounded, and is doubled while the graph has more connected components than
        clusters are requested. With landmarks, it is the 5 nearest of them.
    edges : {"union", "mutual"}, default="union"
        "union" connects i and j if either is a neighbour of the other, with the mean of
        both weights; "mutual" only if both are, with the smaller weight.
    sharing : float, default=2.0
        Exponent of s in "self_tuning". 0 gives the weights of Zelnik-Manor and Perona.
    metric : str or callable, default="euclidean"
        Distance by which neighbours are found; any metric of scikit-learn.
    gamma : float or "auto", default="auto"
        Kernel coefficient. For "rbf", "auto" is 1 / (2 m^2), where m is the median
        distance between rows; for other kernels it is scikit-learn's default.
    laplacian : {"symmetric", "random_walk", "unnormalized", "signed"}, \
            default="symmetric"
        D^-1/2 (A - D) D^-1/2, D^-1 (A - D), or A - D. "signed" is the first one with
        the row sums of \|A\| as D (Kunegis et al.): it allows negative affinities,
        which push two objects into different clusters.
    normalize_rows : bool, default=True
        Whether each row of the eigenvectors is scaled to length one before k-means
        (Ng, Jordan and Weiss).
    n_landmarks : int, None or "auto", default="auto"
        Number of k-means centres that represent the rows in the eigenproblem. None
        makes every row a node of the graph, which takes more time and usually finds
        better clusters. "auto" is 1000 beyond 20,000 rows, if X holds rows and
        distances are Euclidean, and else None.
    assign_labels : {"kmeans", "cluster_qr", "discretize"}, default="kmeans"
        How clusters are found from the eigenvectors: by k-means, by a rotation towards
        the k rows that QR with pivoting selects (Damle, Minden and Ying), or by the
        rotation closest to cluster indicators (Yu and Shi). If a rotation leaves a
        cluster empty, k-means is used instead.
    n_init : int, default=10
        Maximum number of k-means starts. They stop as soon as the best solution has
        been found twice. The first start is from rows that are nearly orthogonal to
        each other (Ng, Jordan and Weiss). Beyond 20,000 rows the others compete on a
        random sample, and the best of them continues on all rows.
    eigen_tol : float or "auto", default="auto"
        Tolerance of the eigenvectors' residual, relative to the width of the spectrum.
        "auto" is 1e-4. Graphs of up to 500 nodes are solved to machine precision.
    max_clusters : int, default=20
        Largest number of clusters that n_clusters="auto" considers.
    n_jobs : int, default=None
        Number of threads of the neighbour search. None uses as many as OpenMP may.
    random_state : int, RandomState instance or None, default=None
        Controls k-means and the choice of landmarks. Eigenvectors do not depend on it.
    outliers : {"nearest", "label"}, default="nearest"
        The label of outliers: "nearest" gives them that of the nearest cluster, or of
        the largest one if they have no edge to any; "label" gives them -1. Outliers are
        rows without edges, or with edges of negligible weight, and too few to be a
        cluster; see the notes.
    metric_params : dict, default=None
        Keyword arguments of `metric`. By default "mahalanobis" uses the inverse
        covariance matrix of the rows, and "seuclidean" their variances.
    kernel_params : dict, default=None
        Keyword arguments of a kernel, or of a function given as affinity.
    directed : {"mean", "random_walk"}, default=None
        How precomputed affinities that are not symmetric are made so. "mean" is
        :math:`(A + A^T) / 2`, and None the same with a warning. "random_walk" is
        :math:`(\Pi P + P^T \Pi) / 2` (Chung), where P holds the transition
        probabilities of a random walk and Pi its stationary distribution, on a
        diagonal.
    n_components : int or "auto", default="auto"
        Number of eigenvectors. "auto" is one per cluster, or more where that cuts the
        graph better; see the notes.
    n_ensemble : int, default=None
        Number of base clusterings. If given, the clusters are those on which the base
        clusterings agree (Huang et al.), and `predict_proba` is available.
    balance : bool, default=False
        Whether the clusters of the rows of `fit` have equal sizes, up to one row. It
        has no effect on `predict`.

    Attributes
    ----------
    labels_ : ndarray of shape (n_samples,)
        Cluster of each row. Cluster numbers do not depend on the order of the rows.
    n_clusters_ : int
        Number of clusters.
    eigenvalues_ : ndarray of shape (n_components,)
        Eigenvalues of the Laplacian, highest first; none is above 0.
    embedding_ : ndarray of shape (n_samples, n_components)
        The eigenvectors as columns, with rows of length one if `normalize_rows`.
        float32 if X is.
    degrees_ : ndarray of shape (n_samples,)
        Diagonal of D. With landmarks, all ones.
    affinity_matrix_ : csr_matrix, csr_array or ndarray of shape (n_samples, n_samples)
        The affinity matrix A, with zeros for rows of weight 0. With landmarks it is Z
        of shape (n_samples, n_landmarks), the affinities of rows to landmarks, and
        :math:`A = Z \operatorname{diag}(Z^T w)^{-1} Z^T`. Scikit-learn's option
        ``sparse_interface`` determines the type if it is sparse.
    n_connected_components_ : int
        Number of connected components of the graph. Edges too weak to change an
        eigenvalue do not count.
    landmarks_ : ndarray of shape (n_landmarks, n_features) or None
        The landmarks.
    row_stability_ : ndarray of shape (n_samples,)
        With an ensemble, the fraction of a row's base clusters that belong to its
        cluster: 1 if all base clusterings agree on it.
    cluster_stability_ : ndarray of shape (n_clusters_,)
        Mean of `row_stability_` over the rows of each cluster.
    eigen_residual_ : float
        How far the eigenvectors are from satisfying their equation: the largest
        residual, relative to the width of the spectrum.
    eigen_certificate_ : {"exact", "inertia", "second_start", "none"}
        Evidence that no higher eigenvalue was missed. "exact": all eigenvalues are
        known; "inertia": a triangular factor counts the higher ones, which is a proof;
        "second_start": an iteration from another start found none, which is likely but
        not a proof; "none": there is no evidence, and a warning says so.
    criterion_path_ : Bunch of ndarrays of shape (n_tried,)
        With n_clusters="auto", for each number in `n_clusters`: `gap`, `distortion`,
        `modularity` and `criterion`.
    outliers_ : ndarray of int
        Indices of the rows that are outliers, whatever their label.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if X has string names for all of them.

    See Also
    --------
    sklearn.cluster.SpectralClustering : Has no `predict`, and does not normalise rows.

    Notes
    -----
    Scikit-learn and most texts define the Laplacian as D - A, which has the same
    eigenvectors and eigenvalues of the opposite sign. Here 0 is the highest eigenvalue.
    It occurs once per connected component, and the indicators of the components are
    computed exactly. If there are more components than clusters, the eigenvectors are
    the indicators of the largest ones, and the rows of the others are at 0.

    For a new row x with affinities a(x, j) and degree d(x), Nystroem's formula extends
    an eigenvector u with eigenvalue lambda of the symmetric Laplacian as

    .. math:: u(x) = \frac{1}{1 + \lambda}
              \sum_j \frac{a(x, j)}{\sqrt{d(x) d_j}} u_j,

    which equals u_i at x = x_i. A new row has its own nearest neighbours as neighbours,
    but is not added to theirs; a new row that equals a row of `fit` has the affinities
    of that row.

    Equal rows are one node. ``sample_weight`` counts rows: a row of weight w is a node
    that represents w equal rows in A, D, L and k-means. A row of weight 0 takes no part
    in `fit`, and is assigned to a cluster as a new row is. So weights are equivalent to
    repetitions, with two exceptions: landmarks are drawn at random, and eigenvectors of
    the unnormalised Laplacian that separate equal rows are left out.

    Outliers take no part in the graph, like rows of weight 0, and do not change the
    clusters of other rows. They are sets of rows that a random walk leaves with a
    probability of at most 0.01, and that either have fewer than five rows and less than
    a tenth of a cluster, or less than a hundredth of a cluster; a cluster is n / k rows
    here, or as many as are connected. With landmarks, which are judged in the same way,
    outliers are the rows nearest to such a landmark. In a Dask array there are none.

    n_components="auto" takes k eigenvectors if the normalised cut of the clusters is at
    most 2.5 times its lower bound, :math:`-\sum_{i \le k} \lambda_i`. If it is above,
    1.5 k and 2 k eigenvectors are tried too, divided by the square roots of the sizes
    of their eigenvalues, and the partition with the greatest modularity is taken among
    those whose cut is at most 0.95 times that by k eigenvectors (or twice that, if the
    clusters are so unequal that their sum of squared volumes is that of fewer than
    k / 2 equal ones). This applies to k-means on normalised rows, where X holds rows
    and there are no landmarks. An ensemble takes 2 k such eigenvectors, and a signed
    graph k - 1 or k eigenvectors, whichever has the smaller signed cut.

    n_clusters="auto" takes the k with the highest value of

    .. math:: \log \frac{\delta - \lambda_{k+1}}{\delta - \lambda_k} \;
              \max(0, 1 - \frac{v_k}{0.08}) \;
              \left(\frac{Q_k}{1 - 1/k}\right)^2,

    where delta is 0.02 times the size of the last eigenvalue, v_k the mean squared
    distance of the normalised rows from their cluster's mean, and Q_k the modularity of
    the clusters. It is computed from the symmetric Laplacian of the graph, for
    "self_tuning" without s. If it is below 0.07, or below 5 / n, for every k, the
    connected components are the clusters.

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
        n_clusters: Any = 8,
        *,
        affinity: Any = "self_tuning",
        n_neighbors: Any = "auto",
        edges: str = "union",
        sharing: float = 2.0,
        metric: Any = "euclidean",
        gamma: Any = "auto",
        laplacian: str = "symmetric",
        normalize_rows: bool = True,
        n_landmarks: Any = "auto",
        assign_labels: str = "kmeans",
        n_init: int = 10,
        eigen_tol: Any = "auto",
        max_clusters: int = 20,
        n_jobs: int | None = None,
        random_state: Any = None,
        outliers: str = "nearest",
        metric_params: Any = None,
        kernel_params: Any = None,
        directed: str | None = None,
        n_components: Any = "auto",
        n_ensemble: int | None = None,
        balance: bool = False,
    ) -> None:
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
    @decorators.checks_parameters
    @all_or_nothing
    @in_steps(4)
    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: ArrayLike | None = None,
        *,
        must_link: ArrayLike | None = None,
        cannot_link: ArrayLike | None = None,
    ) -> Self:
        """Cluster the rows of X.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
            Or a matrix of shape (n_samples, n_samples) of affinities or distances.
        y : ignored
        sample_weight : array-like of shape (n_samples,), default=None
            How many rows each row represents.
        must_link, cannot_link : array-like of int of shape (n_pairs, 2), default=None
            Pairs of row indices that are known to belong to the same cluster, or to
            different ones. This knowledge spreads along the graph to other rows (Lu and
            Ip); it is not enforced. Not available with landmarks.

        Returns
        -------
        self : LaplacianSpectralClustering

        Raises
        ------
        ValueError
            If X cannot be used, has fewer rows than clusters, or, if precomputed, is
            not a square matrix of nonnegative numbers.

        Warns
        -----
        UserWarning
            If the graph has isolated rows or more components than clusters, if X has
            fewer distinct rows than clusters, or if affinities are not symmetric.
        ConvergenceWarning
            If the eigenvectors are less accurate than `eigen_tol` asks.
        """
        random_state = check_random_state(self.random_state)
        X, weight = self._validated(X, sample_weight)
        options = Options.of(self, X)
        with self._step("affinity"):
            # A: how similar two objects are. Outliers take no part in the graph.
            graph, outliers = graph_without_outliers(X, weight, options, random_state)
            graph = constrained(graph, must_link, cannot_link)
        with self._step("number of clusters"):
            k, path = number_of_clusters(graph, options, random_state)
            if path is not None:
                self.criterion_path_ = path
        with self._step("eigenvectors"):
            if options.n_ensemble is not None:
                # Base clusters represent the rows as landmarks do.
                graph = ensemble_graph(graph, X, weight, k, options, random_state)
            # D, the sums of A's rows; L = A - D, or that divided by D.
            A, n_vectors = graph.matrix, first_width(graph, k, options)
            D, L = degrees_and_laplacian(A, graph.weight, graph.laplacian)
            # The highest eigenvectors of L.
            spectrum = highest_eigenvectors(L, n_vectors, options.eigen_tol)
        with self._step("labels"):
            # k-means on the rows of the eigenvectors, one row per object.
            spectrum, column_weights, clusters = chosen_eigenvectors(
                graph, spectrum, k, options, random_state
            )
            extension = extension_of(graph, spectrum, D, options, column_weights)
            E = graph.embedding(extension, X)
            if clusters is None:
                sample, w = graph.sample(E, random_state)
                clusters = clusters_of(sample, w, k, options, random_state)
            self.degrees_ = graph.degrees(extension, X)
            labels = clusters.of(rescaled(E, self.degrees_, extension))
            self.labels_, self._outliers_ = labels_of(
                X, weight, outliers, self.degrees_, labels, options
            )
            if options.balance:
                self.labels_ = balanced_labels(E, clusters.of(E), k, weight)
        self.n_clusters_, self.outliers_ = k, outliers
        self.embedding_ = cast_like(E, X)
        self._membership_ = membership_of(graph, extension, clusters, k)
        if options.n_ensemble is not None:
            parts = extension, clusters, self._membership_
            P = memberships_of_rows(graph, X, self.labels_, *parts)
            self.row_stability_, self.cluster_stability_ = stability(P, self.labels_)
        self.eigenvalues_ = spectrum.eigenvalues
        self.eigen_residual_ = spectrum.residual
        self.eigen_certificate_ = spectrum.certificate
        self.n_connected_components_ = spectrum.n_components
        self._graph_, self._extension_, self._clusters_ = graph, extension, clusters
        self.landmarks_, self._options_ = graph.landmarks, options
        warn_of_graph(spectrum, k, self.degrees_[outliers], options)
        return self

    @on_host
    def transform(self, X: Any) -> Any:
        """Return the embedding of new rows, by extending the eigenvectors to them.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
            Or affinities or distances to the rows of `fit`, if those were given.

        Returns
        -------
        ndarray of shape (n_samples, n_components)
        """
        return self._rows(X, "transform").map(embedding_of_new, self._extension_)

    @on_host
    def predict(self, X: Any) -> Any:
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

    @decorators.available_if(has_ensemble)
    @on_host
    def predict_proba(self, X: Any) -> Any:
        r"""Return the soft membership of each row in each cluster (`n_ensemble` only).

        It is the fraction of a row's affinities that lead to the nodes of the cluster,
        :math:`\sum_{j \in c} w_j a(x, j) / d(x)`. The nodes are the base clusters. The
        largest membership is usually, but not always, that of the cluster of `predict`.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
            Or affinities or distances to the rows of `fit`, if those were given.

        Returns
        -------
        ndarray of shape (n_samples, n_clusters_)
            Each row sums to one.
        """
        rows = self._rows(X, "predict_proba")
        parts = self._extension_, self._clusters_, self._membership_
        return rows.map(memberships, *parts)

    @on_host
    def score(
        self, X: Any, y: Any = None, sample_weight: ArrayLike | None = None
    ) -> float:
        """Return the modularity of the clusters, a score that needs no classes.

        For the rows of `fit` it is Newman's modularity: how much more of the affinities
        is within clusters than expected from the degrees alone. For new rows it is that
        of their affinities to the nodes. It is below 1 - 1/k for k clusters, favours
        many clusters where clusters touch, and depends on the affinity.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
            Or affinities or distances to the rows of `fit`, if those were given.
        y : ignored
        sample_weight : array-like of shape (n_samples,), default=None
            How many rows each row represents.

        Returns
        -------
        float
            Below 1; higher is better.
        """
        rows = self._rows(X, "score")
        parts = self._extension_, self._clusters_, self._membership_
        return score_of(rows, sample_weight, *parts)

    def labels_path(self, k_values: Any) -> Bunch:
        """Return the clusters of the rows of `fit` for several numbers of clusters.

        The graph and its eigenvectors are computed once for all of them.

        Parameters
        ----------
        k_values : iterable of int
            The numbers of clusters.

        Returns
        -------
        Bunch
            Arrays `n_clusters`, of shape (n_values,); `labels`, of shape (n_values,
            n_samples), with -1 for rows that are not part of the graph; `modularity`
            and `normalized_cut`, of shape (n_values,).
        """
        check_is_fitted(self, "embedding_")
        random_state = check_random_state(self.random_state)
        return labels_path(self._graph_, k_values, self._options_, random_state)

    @property
    def affinity_matrix_(self) -> Any:
        """The affinities A, or Z with landmarks; zeros for rows of weight 0."""
        return of_sparse_interface(self._graph_.affinities())

    def _validated(self, X, sample_weight):
        """Return X and the weights; only the rows of a Dask array stay lazy."""
        X = matrix_of_graph(X, self.affinity)
        rows = rows_to_fit(self, X, None, sample_weight, **self._checks())
        X, weight = rows.X, rows.weight
        if is_dask(X):
            X = X.compute_chunk_sizes() if np.isnan(X.shape[0]) else X
            weight = weight if weight is None else weight.compute()
        if get_tags(self).input_tags.pairwise:
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
        """Return new rows, or a graph, in the form that a method needs."""
        X = matrix_of_graph(X, self.affinity)
        return rows_to_apply(
            self, X, fitted="embedding_", method=method, **self._checks()
        )

    def _checks(self):
        """Return scikit-learn's options for checking X: distances may be infinite."""
        by_distances = PAIRWISE.get(text_of(self.affinity)) == "distances"
        return {"accept_sparse": "csr", "ensure_all_finite": not by_distances}

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
