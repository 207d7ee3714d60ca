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

Nearest neighbours make A sparse, O(n k) numbers; "rbf" and a dense precomputed matrix
hold all n x n pairs in memory, and their eigenvectors take O(n^3) time.

References
----------
U. von Luxburg, "A tutorial on spectral clustering", Statistics and Computing, 17(4),
2007.
"""

import warnings
from numbers import Integral, Real

import numpy as np
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    ClusterMixin,
    TransformerMixin,
    _fit_context,
)
from sklearn.cluster import KMeans
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions

from skmath._affinities import AFFINITIES
from skmath._fit import all_or_nothing
from skmath._registry import Configuration, Entry, Task
from skmath._rows import rows_to_apply, rows_to_fit
from skmath.linear_algebra import continued, degrees, laplacian, top_eigenvectors

__all__ = ["LaplacianSpectralClustering"]


class LaplacianSpectralClustering(
    ClassNamePrefixFeaturesOutMixin, TransformerMixin, ClusterMixin, BaseEstimator
):
    r"""Spectral clustering by the highest eigenvectors of L = A - D, with `predict`.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of clusters, and of eigenvectors.
    affinity : str, default="self_tuning"
        How A is made: "self_tuning", "nearest_neighbors", "rbf" or "precomputed".
        "self_tuning" joins nearest neighbours with weights
        exp(-d_ij^2 / (sigma_i sigma_j)), sigma being the distance to the 7th neighbour,
        so that units and local density do not matter; "nearest_neighbors" joins them
        with weight 1; both join i and j if either is a neighbour of the other. "rbf" is
        exp(-gamma d_ij^2) for all pairs. "precomputed" takes X for A, symmetric and not
        negative; new rows are then given as affinities to the rows of `fit`.
    n_neighbors : int, default=10
        Neighbours of a row, itself among them.
    gamma : float or None, default=None
        Of "rbf". None is 1 / (2 m^2), m being the median distance of the rows.
    laplacian : {"symmetric", "random_walk", "unnormalized"}, default="symmetric"
        D^-1/2 (A - D) D^-1/2, D^-1 (A - D), or the seed's A - D.
    normalize_rows : bool, default=True
        Whether each row of eigenvectors is brought to length one before k-means (Ng,
        Jordan and Weiss).
    n_init : int, default=10
        Starts of k-means.
    n_jobs : int, default=None
        Threads of the neighbour search.
    random_state : int, RandomState instance or None, default=None
        Of Lanczos' first vector and of k-means.

    Attributes
    ----------
    labels_ : ndarray of shape (n_samples,)
        Cluster of each row.
    affinity_matrix_ : csr_array or ndarray of shape (n_samples, n_samples)
        A.
    degrees_ : ndarray of shape (n_samples,)
        Diagonal of D.
    eigenvalues_ : ndarray of shape (n_clusters,)
        Of the Laplacian, highest first; none is above 0.
    embedding_ : ndarray of shape (n_samples, n_clusters)
        The eigenvectors, a column each, rows normalised if so asked.
    n_connected_components_ : int
        Of the graph A.
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
    component.

    For a new x with affinities a(x, j) and degree d(x), Nystroem's formula continues an
    eigenvector u with eigenvalue lambda of the symmetric Laplacian as

    .. math:: u(x) = \frac{1}{1 + \lambda}
              \sum_j \frac{a(x, j)}{\sqrt{d(x) d_j}} u_j,

    which for "rbf" gives back u_i at x = x_i exactly. With neighbours it does so
    nearly: a new row chooses its neighbours, but is not chosen by them. `transform`
    always uses it, also in `fit_transform`.

    References
    ----------
    .. [1] U. von Luxburg, "A tutorial on spectral clustering", Statistics and
       Computing, 17(4), 2007.
    .. [2] A. Y. Ng, M. I. Jordan and Y. Weiss, "On spectral clustering: analysis and an
       algorithm", NIPS 2001.
    .. [3] L. Zelnik-Manor and P. Perona, "Self-tuning spectral clustering", NIPS 2004.
    .. [4] Y. Bengio et al., "Out-of-sample extensions for LLE, Isomap, MDS, eigenmaps,
       and spectral clustering", NIPS 2003, equation 4.

    Examples
    --------
    >>> from sklearn.datasets import make_moons
    >>> from skmath import LaplacianSpectralClustering
    >>> X, y = make_moons(200, noise=0.05, random_state=0)
    >>> model = LaplacianSpectralClustering(2, random_state=0).fit(X)
    >>> len({*zip(model.labels_.tolist(), y.tolist())})
    2
    >>> bool(model.predict([[0.0, 1.0]])[0] == model.labels_[y == 0][0])
    True
    """

    _parameter_constraints = {
        "n_clusters": [Interval(Integral, 1, None, closed="left")],
        "affinity": [
            StrOptions({"self_tuning", "nearest_neighbors", "rbf", "precomputed"})
        ],
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
        "gamma": [Interval(Real, 0, None, closed="neither"), None],
        "laplacian": [StrOptions({"symmetric", "random_walk", "unnormalized"})],
        "normalize_rows": ["boolean"],
        "n_init": [Interval(Integral, 1, None, closed="left")],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        n_clusters=8,
        *,
        affinity="self_tuning",
        n_neighbors=10,
        gamma=None,
        laplacian="symmetric",
        normalize_rows=True,
        n_init=10,
        n_jobs=None,
        random_state=None,
    ):
        self.n_clusters = n_clusters
        self.affinity = affinity
        self.n_neighbors = n_neighbors
        self.gamma = gamma
        self.laplacian = laplacian
        self.normalize_rows = normalize_rows
        self.n_init = n_init
        self.n_jobs = n_jobs
        self.random_state = random_state

    @_fit_context(prefer_skip_nested_validation=True)
    @all_or_nothing
    def fit(self, X, y=None):
        """Cluster the rows of X.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Or of shape (n_samples, n_samples), if the affinity is precomputed.
        y : ignored

        Returns
        -------
        self : LaplacianSpectralClustering

        Raises
        ------
        ValueError
            If X cannot be used, has fewer rows than clusters, or is not a symmetric
            matrix of affinities if precomputed.

        Warns
        -----
        UserWarning
            If the graph has more connected components than clusters are asked for.
        """
        X = rows_to_fit(self, X, accept_sparse="csr", takes_dask=False).X
        if X.shape[0] < self.n_clusters:
            raise ValueError(
                f"n_samples={X.shape[0]} should be >= n_clusters={self.n_clusters}."
            )
        random_state = check_random_state(self.random_state)
        # How similar one object is to another.
        self._affinity_ = AFFINITIES[self.affinity](X, self.get_params())
        A = self.affinity_matrix_ = self._affinity_.matrix
        # How many objects each is similar to.
        self.degrees_ = degrees(A)
        # L = A - D.
        L, scaling = laplacian(A, self.laplacian)
        # The highest k eigenvectors.
        self.eigenvalues_, vectors, self.n_connected_components_ = top_eigenvectors(
            L, self.n_clusters, random_state
        )
        self._warn_of_components()
        self._vectors_ = vectors * scaling[:, None]
        # k-means on these.
        self.embedding_ = self._normalized(self._vectors_)
        k_means = KMeans(self.n_clusters, n_init=self.n_init, random_state=random_state)
        self._k_means_ = k_means.fit(self.embedding_)
        self.labels_ = self._k_means_.labels_
        return self

    def _warn_of_components(self):
        if self.n_connected_components_ > self.n_clusters:
            warnings.warn(
                f"The graph has {self.n_connected_components_} connected components "
                f"but n_clusters={self.n_clusters}: the smallest are put together. "
                "Raise n_neighbors to join them, or n_clusters.",
                UserWarning,
                stacklevel=4,
            )

    def _normalized(self, vectors):
        """Bring rows to length one (Ng, Jordan and Weiss), if so asked."""
        if not self.normalize_rows:
            return vectors
        length = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / np.where(length > 0, length, 1.0)

    def transform(self, X):
        """Continue the eigenvectors to new rows.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Or affinities to the rows of `fit`, if precomputed.

        Returns
        -------
        ndarray of shape (n_samples, n_clusters)
        """
        rows = rows_to_apply(
            self, X, fitted="embedding_", method="transform", accept_sparse="csr"
        )
        return rows.map(self._continued)

    def _continued(self, X):
        vectors = continued(
            self._affinity_.to_known(X),
            self.laplacian,
            self.eigenvalues_,
            self._vectors_,
            self.degrees_,
        )
        return self._normalized(vectors)

    def predict(self, X):
        """Return the cluster of each row.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Or affinities to the rows of `fit`, if precomputed.

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        embedded = self.transform(X)
        return self._k_means_.predict(embedded)

    @property
    def _n_features_out(self):
        return self.n_clusters

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.pairwise = self.affinity == "precomputed"
        tags.input_tags.positive_only = self.affinity == "precomputed"
        tags.transformer_tags.preserves_dtype = []
        return tags


def agreement(estimator, X, y):
    """Score a fitted pipeline's clusters by normalised mutual information with y."""
    from sklearn.metrics import normalized_mutual_info_score

    return normalized_mutual_info_score(y, estimator[-1].labels_)


def all_rows(X):
    """Return one fold, all rows for fitting and scoring: clusters never see y."""
    return [(np.arange(X.shape[0]), np.arange(X.shape[0]))]


def _tasks():
    from sklearn.cluster import SpectralClustering
    from sklearn.datasets import load_digits, make_moons
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MinMaxScaler, StandardScaler

    def task(data, load, scaler, k, neighbors):
        return Task(
            data=data,
            load=load,
            ours=make_pipeline(scaler, LaplacianSpectralClustering(k, random_state=0)),
            grid={"laplacianspectralclustering__n_neighbors": neighbors},
            peer=make_pipeline(
                scaler,
                SpectralClustering(k, affinity="nearest_neighbors", random_state=0),
            ),
            peer_grid={"spectralclustering__n_neighbors": neighbors},
            scoring=agreement,
            metric="NMI",
            cv=all_rows,
        )

    return [
        task(
            "two moons",
            lambda: make_moons(500, noise=0.06, random_state=0),
            StandardScaler(),
            2,
            [8, 10, 12],
        ),
        task(
            "digits", lambda: load_digits(return_X_y=True), MinMaxScaler(), 10, [10, 15]
        ),
    ]


ENTRY = Entry(
    estimator=LaplacianSpectralClustering,
    counterpart="SpectralClustering",
    adds="predicts new rows, adapts to local scale, exact on disconnected graphs",
    configurations=(
        Configuration({}, ("numpy", "sparse")),
        Configuration(
            {"affinity": "rbf", "laplacian": "random_walk"}, ("numpy", "sparse")
        ),
        Configuration(
            {"affinity": "nearest_neighbors", "laplacian": "unnormalized"},
            ("numpy", "sparse"),
        ),
        Configuration(
            {"affinity": "precomputed"},
            ("numpy", "sparse"),
            excused={
                "check_clustering": "it passes coordinates, not affinities between rows"
            },
        ),
    ),
    tasks=_tasks,
    display="EmbeddingDisplay",
)
