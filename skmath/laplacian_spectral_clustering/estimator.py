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

import copy
from contextlib import contextmanager
from numbers import Integral, Real

import numpy as np
from scipy import sparse
from sklearn.base import (
    ClassNamePrefixFeaturesOutMixin,
    ClusterMixin,
    TransformerMixin,
    _fit_context,
)
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions

from skmath import _arrays
from skmath._estimators.base import Estimator
from skmath._estimators.fitting import all_or_nothing, warn
from skmath._estimators.host import fits_on_host, on_host
from skmath._rows.checks import check_squares, rows_of, rows_to_apply, rows_to_fit
from skmath._rows.rows import Rows, is_dask
from skmath.laplacian_spectral_clustering.affinities import (
    AFFINITIES,
    PAIRWISE,
    check_square,
)
from skmath.laplacian_spectral_clustering.eigenvectors import spectrum_of
from skmath.laplacian_spectral_clustering.graph import graph_of
from skmath.laplacian_spectral_clustering.labels import (
    ASSIGNMENTS,
    numbers_by_first_node,
)
from skmath.laplacian_spectral_clustering.number_of_clusters import (
    by_criterion,
    normalized,
)
from skmath.linear_algebra import EDGES, LAPLACIANS

__all__ = ["LaplacianSpectralClustering"]

EIGEN_TOL = 1e-4
"""What eigen_tol="auto" is: clusters do not change below."""


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
        `max_clusters` by the criterion in the notes.
    affinity : str or callable, default="self_tuning"
        How A is made.

        - "self_tuning" joins nearest neighbours with weights
          :math:`s_{ij}^2 \exp(-d_{ij}^2 / (\sigma_i \sigma_j))`, sigma being the
          distance to the 7th neighbour and s the share of their neighbours that i and j
          have in common: units and local density do not matter.
        - "nearest_neighbors" joins them with weight 1.
        - "rbf" is :math:`\exp(-\gamma d_{ij}^2)` for all pairs.
        - "precomputed" takes X for A, dense or sparse, not negative; new rows are then
          given as affinities to the rows of `fit`.
        - "precomputed_distances" is "self_tuning" with X, dense, for d; new rows are
          given as distances to the rows of `fit`.
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
        Of "rbf". "auto" is 1 / (2 m^2), m being the median distance of the rows.
    laplacian : {"symmetric", "random_walk", "unnormalized"}, default="symmetric"
        D^-1/2 (A - D) D^-1/2, D^-1 (A - D), or the seed's A - D.
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

    Attributes
    ----------
    labels_ : ndarray of shape (n_samples,)
        Cluster of each row. Their numbers do not depend on the order of the rows.
    n_clusters_ : int
        Number of clusters.
    eigenvalues_ : ndarray of shape (n_clusters_,)
        Of the Laplacian, highest first; none is above 0.
    embedding_ : ndarray of shape (n_samples, n_clusters_)
        The eigenvectors, a column each, rows normalised if so asked.
    degrees_ : ndarray of shape (n_samples,)
        Diagonal of D. Ones with landmarks.
    affinity_matrix_ : csr_array or ndarray of shape (n_samples, n_samples)
        A; zeros for rows of weight 0. With landmarks the affinities of rows to
        landmarks Z, shape (n_samples, n_landmarks), which make A = Z diag(Z'w)^-1 Z'.
    n_connected_components_ : int
        Of the graph A.
    landmarks_ : ndarray of shape (n_landmarks, n_features) or None
        The landmarks.
    eigen_residual_ : float
        How far the eigenvectors are from satisfying their equation: the largest
        residual, relative to the width of the spectrum.
    criterion_path_ : Bunch of ndarrays of shape (n_tried,)
        With n_clusters="auto", for each number in `n_clusters`: `gap`, `distortion`,
        `modularity` and `criterion`.
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

    n_clusters="auto" takes the k with the highest

    .. math:: \log \frac{\delta - \lambda_{k+1}}{\delta - \lambda_k} \;
              \max(0, 1 - \frac{v_k}{0.08}) \;
              \left(\frac{Q_k}{1 - 1/k}\right)^2,

    delta being 0.02 of the last eigenvalue's size, v_k the mean squared distance of the
    normalised rows from their cluster's mean, Q_k the modularity of the clusters. It is
    judged by the symmetric Laplacian of the graph, for "self_tuning" without s. It
    does not consider that there is one cluster only.

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
        "laplacian": [StrOptions({*LAPLACIANS})],
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

    @fits_on_host
    @_fit_context(prefer_skip_nested_validation=True)
    @all_or_nothing
    @with_callbacks
    def fit(self, X, y=None, sample_weight=None):
        """Cluster the rows of X.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
            Or of shape (n_samples, n_samples), if affinities or distances are given.
        y : ignored
        sample_weight : array-like of shape (n_samples,), default=None
            How many rows each stands for.

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
        self._unit_rows_, self._pairwise_ = self.normalize_rows, self._is_pairwise()
        X, weight = self._checked(X, sample_weight)
        with self._step(progress, "affinity"):
            # How similar one object is to another.
            graph = self._graph_ = graph_of(
                self._to_known(self._kept(X)), weight, self.get_params(), random_state
            )
        with self._step(progress, "number of clusters"):
            self.n_clusters_ = self._number_of_clusters(random_state)
        with self._step(progress, "eigenvectors"):
            # L = A - D, and its highest k eigenvectors.
            L = LAPLACIANS[graph.kind](graph.matrix, graph.weight)
            self._spectrum_ = spectrum_of(L, self.n_clusters_, self._tol())
        with self._step(progress, "labels"):
            # k-means on these.
            self.embedding_ = self._embedded(X)
            k, assign = self.n_clusters_, ASSIGNMENTS[self.assign_labels]
            some, weight = graph.sample(self._kept(self.embedding_), random_state)
            self._labels_of_ = assign(k, self.n_init, random_state).fit(some, weight)
            found = self._labels_of_.predict(some)
            self._numbers_ = numbers_by_first_node(found, k)
            self.labels_ = self._numbered(self.embedding_)
        self._set_of_graph(X)
        self._tell()
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
        ndarray of shape (n_samples, n_clusters_)
        """
        rows = rows_to_apply(
            self, X, fitted="embedding_", method="transform", accept_sparse="csr"
        )
        return rows.map(self._sent()._continued)

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
        rows = rows_to_apply(
            self, X, fitted="embedding_", method="predict", accept_sparse="csr"
        )
        return rows.map(self._sent()._predicted)

    def _predicted(self, X):
        return self._numbered(self._continued(X))

    def _sent(self):
        """Return a copy without what belongs to the rows of `fit`, for the workers."""
        sent = copy.copy(self)
        for name in ("embedding_", "labels_", "degrees_"):
            vars(sent).pop(name, None)
        return sent

    def _numbered(self, E):
        if is_dask(E):
            numbered = self._sent()._numbered
            return E.map_blocks(numbered, drop_axis=1, dtype=np.intp)
        return self._numbers_[self._labels_of_.predict(E)]

    @property
    def affinity_matrix_(self):
        """A, or Z, if there are landmarks; zeros for rows of weight 0."""
        A = self._graph_.affinities()
        if self._counted_ is None:
            return A
        n = len(self.labels_)
        place = sparse.csr_array(
            (np.ones(A.shape[0]), (self._counted_, np.arange(A.shape[0]))),
            shape=(n, A.shape[0]),
        )
        return place @ A if self.landmarks_ is not None else place @ A @ place.T

    def _checked(self, X, sample_weight):
        """Return X and the weights above 0, None if all are 1."""
        accepted = "csr" if self._takes_sparse() else False
        rows = rows_to_fit(self, X, None, sample_weight, accept_sparse=accepted)
        X, weight = in_memory_but_rows(rows)
        if self._is_pairwise():
            check_square(X, self.affinity)
        with np.errstate(over="ignore", invalid="ignore"):
            extent = _arrays.dense(X.max(axis=0)) - _arrays.dense(X.min(axis=0))
            extent = extent.compute() if is_dask(extent) else extent
            squares = np.sum(extent**2, dtype=X.dtype)
        check_squares(squares)
        if squares == 0 < extent.max() and not self._is_pairwise():
            raise ValueError(
                "Rows of X are so near to each other that the squares of their "
                "differences vanish. Multiply X by a constant first."
            )
        self._counted_ = None
        if weight is not None:
            if (weight == 0).any():
                self._counted_ = np.flatnonzero(weight)
            weight = self._kept(weight).astype(np.float64)
        n = X.shape[0] if weight is None else len(weight)
        least = 1 if self.n_clusters == "auto" else self.n_clusters
        if n < max(least, 1):
            of_weight = "" if self._counted_ is None else " of weight above 0"
            raise ValueError(
                f"n_samples={n}{of_weight} should be >= n_clusters={self.n_clusters}."
            )
        return X, weight

    def _kept(self, rows):
        """Return those of weight above 0."""
        return rows if self._counted_ is None else rows[self._counted_]

    def _to_known(self, X):
        """Return the columns of rows of weight above 0, if columns are rows."""
        if self._counted_ is None or not self._pairwise_:
            return X
        return X[:, self._counted_]

    def _is_pairwise(self):
        return isinstance(self.affinity, str) and self.affinity in PAIRWISE

    def _takes_sparse(self):
        return self.affinity != "precomputed_distances"  # 0 would be a distance

    def _number_of_clusters(self, random_state):
        n = self._graph_.matrix.shape[0]
        if self.n_clusters != "auto":
            return min(int(self.n_clusters), n)
        if n < 4:
            return min(n, 2)
        n_clusters, self.criterion_path_ = by_criterion(
            self._graph_.plain,
            self._graph_.weight,
            self.max_clusters,
            self._tol(),
            random_state,
        )
        return n_clusters

    def _tol(self):
        return EIGEN_TOL if self.eigen_tol == "auto" else self.eigen_tol

    def _embedded(self, X):
        """Return the embedding of the rows of `fit`."""
        E = self._normalized(self._graph_.embedded(self._spectrum_))
        return self._with_others(X, E, self._sent()._continued)

    def _with_others(self, X, counted, function):
        """Return what is known of rows that count, and a function of the others."""
        if self._counted_ is None:
            return counted
        if is_dask(X):
            return rows_of(X).map(function)
        others = np.setdiff1d(np.arange(X.shape[0]), self._counted_)
        of_all = np.empty((X.shape[0], *counted.shape[1:]))
        of_all[self._counted_] = counted
        of_all[others] = Rows(X[others]).map(function)
        return of_all

    def _continued(self, X):
        """Return the embedding of new rows."""
        X = self._to_known(X)
        return self._normalized(self._graph_.continued(X, self._spectrum_))

    def _normalized(self, vectors):
        """Bring rows to length one (Ng, Jordan and Weiss), if so asked."""
        return normalized(vectors) if self._unit_rows_ else vectors

    def _set_of_graph(self, X):
        graph, spectrum, sent = self._graph_, self._spectrum_, self._sent()
        self.degrees_ = self._with_others(
            X, graph.degrees(), lambda X: graph.degrees_of(sent._to_known(X))
        )
        self.eigenvalues_ = spectrum.eigenvalues
        self.eigen_residual_ = spectrum.residual
        self.n_connected_components_ = spectrum.n_components
        self.landmarks_ = graph.landmarks

    def _tell(self):
        """Warn of what the user may not expect."""
        k, n_components = self.n_clusters_, self.n_connected_components_
        if k < (self.n_clusters if self.n_clusters != "auto" else 0):
            warn(
                f"The graph has only {k} nodes, the rows that differ, fewer than "
                f"n_clusters={self.n_clusters}: each of them is a cluster.",
            )
        sizes = np.bincount(self._spectrum_.component)
        alone = np.flatnonzero(sizes[self._spectrum_.component] == 1)
        told = f"{len(alone)} of them single nodes without an edge to others"
        if n_components > k:
            warn(
                f"The graph has {n_components} connected components "
                + (f"({told}) " if len(alone) else "")
                + f"but n_clusters={k}: only the {k} largest are told apart. Raise "
                "n_neighbors to join them, or n_clusters.",
            )
        elif len(alone) and n_components > 1:
            warn(
                f"The graph has {n_components} connected components, {told}.",
            )
        if self.eigen_residual_ > 20 * self._tol():
            warn(
                f"The eigenvectors' residual {self.eigen_residual_:.1e} is above "
                f"eigen_tol={self._tol():g}. Raise it, or ask for fewer clusters.",
                ConvergenceWarning,
            )

    @contextmanager
    def _step(self, progress, name):
        """Tell the callbacks that a step begins and ends."""
        step = progress.subcontext(task_name=name)
        step.call_on_fit_task_begin(estimator=self)
        yield
        step.call_on_fit_task_end(estimator=self)

    @property
    def _n_features_out(self):
        return self.n_clusters_

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = self._takes_sparse()
        tags.input_tags.pairwise = self._is_pairwise()
        tags.input_tags.positive_only = self._is_pairwise()
        tags.transformer_tags.preserves_dtype = []
        tags.array_api_support = True  # on the host: see skmath._estimators.host
        return tags


def in_memory_but_rows(rows):
    """Return X, with known sizes of chunks if it is Dask's, and NumPy's weights."""
    X, weight = rows.X, rows.weight
    if is_dask(X):
        X = X.compute_chunk_sizes() if np.isnan(X.shape[0]) else X
        weight = weight if weight is None else weight.compute()
    return X, weight
