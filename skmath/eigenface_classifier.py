r"""Face recognition by eigenfaces.

1. Collect faces, each a row of grey values.
2. Find the directions of maximum variance about the mean face: the eigenvectors of the
   covariance matrix, which are images themselves, the eigenfaces. For an eigenvector e,
   :math:`Ae = \lambda e`: the eigenvalue is the variance along it.
3. Choose the top M, those of the highest eigenvalues: they span the face space.
4. Project all the faces into it.
5. Project a new face; find the closest face(s) there, and say who it is, or, if even
   the closest is too far, that it is unknown.

With n faces of p pixels the eigenproblem is that of the smaller of the n x n and p x p
matrices: O(n p min(n, p)) time. Beside X it takes memory of X's size where n < p, and
of p x p otherwise.

References
----------
M. Turk and A. Pentland, "Eigenfaces for recognition", J. Cognitive Neuroscience, 3(1),
1991.
"""

from numbers import Integral, Real

import numpy as np
from sklearn.base import (
    BaseEstimator,
    ClassifierMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    _fit_context,
)
from sklearn.neighbors import NearestNeighbors
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_array, check_is_fitted

from skmath import _arrays
from skmath._fit import all_or_nothing
from skmath._registry import Configuration, Entry, Task
from skmath._rows import check_squares, rows_to_apply, rows_to_fit
from skmath._targets import one_hot, with_class_codes
from skmath.linear_algebra import principal_axes, project
from skmath.statistics import column_moments, cross_moments

__all__ = ["EigenfaceClassifier"]


class EigenfaceClassifier(
    ClassNamePrefixFeaturesOutMixin, TransformerMixin, ClassifierMixin, BaseEstimator
):
    r"""Nearest face in face space; strangers can be told.

    Parameters
    ----------
    n_components : int or float, default=0.95
        The seed's M: a number of eigenfaces, or as a float in (0, 1) the share of the
        variance that they explain.
    whiten : bool, default=False
        Whether coordinates are divided by their standard deviation.
    metric : {"euclidean", "cosine", "manhattan"}, default="euclidean"
        Distance in face space.
    n_neighbors : int, default=1
        Closest faces that vote. A face of weight w has w votes, until n_neighbors
        votes are used up.
    known_threshold : float, default=None
        Distance in face space beyond which a face is unknown; in the units of X for
        the unwhitened euclidean distance. None: every face is known.
    unknown_label : int or str, default=None
        What `predict` answers for an unknown face. None is "unknown" for strings, and
        for numbers -1, or one less than the smallest label if that is negative.
    image_shape : tuple of two ints, default=None
        Height and width of the images, for `eigenface_images_`.

    Attributes
    ----------
    mean_face_ : ndarray of shape (n_features,)
    components_ : ndarray of shape (n_components_, n_features)
        The eigenfaces: of unit length, a row each.
    eigenface_images_ : ndarray of shape (n_components_, height, width)
        The same as images; only with image_shape.
    explained_variance_ : ndarray of shape (n_components_,)
        Eigenvalues of the covariance matrix, in squared units of X.
    explained_variance_ratio_ : ndarray of shape (n_components_,)
        Their shares of the whole variance.
    n_components_ : int
        M.
    embedding_ : ndarray of shape (n_images, n_components_)
        The faces of `fit` in face space.
    classes_ : ndarray of shape (n_classes,)
        Sorted labels of the people.
    n_images_ : int
        Faces enrolled.
    n_features_in_ : int
        Number of pixels seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X has them all as strings.

    See Also
    --------
    sklearn.decomposition.PCA : The face space alone.
    sklearn.neighbors.KNeighborsClassifier : The vote alone.

    References
    ----------
    .. [1] M. Turk and A. Pentland, "Eigenfaces for recognition", J. Cognitive
       Neuroscience, 3(1), 1991.
    .. [2] L. Sirovich and M. Kirby, "Low-dimensional procedure for the characterization
       of human faces", J. Opt. Soc. Am. A, 4(3), 1987.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath import EigenfaceClassifier
    >>> faces = np.array([[9.0, 1, 1, 1], [8, 1, 1, 1], [1, 1, 1, 9], [1, 1, 1, 8]])
    >>> names = ["Ann", "Ann", "Bob", "Bob"]
    >>> model = EigenfaceClassifier(n_components=1, known_threshold=3).fit(faces, names)
    >>> model.predict([[7.5, 1, 1, 1], [1, 1, 1, 30]]).tolist()
    ['Ann', 'unknown']
    """

    _parameter_constraints = {
        "n_components": [
            Interval(Integral, 1, None, closed="left"),
            Interval(Real, 0, 1, closed="neither"),
        ],
        "whiten": ["boolean"],
        "metric": [StrOptions({"euclidean", "cosine", "manhattan"})],
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
        "known_threshold": [Interval(Real, 0, None, closed="left"), None],
        "unknown_label": [Integral, str, None],
        "image_shape": ["array-like", None],
    }

    def __init__(
        self,
        n_components=0.95,
        *,
        whiten=False,
        metric="euclidean",
        n_neighbors=1,
        known_threshold=None,
        unknown_label=None,
        image_shape=None,
    ):
        self.n_components = n_components
        self.whiten = whiten
        self.metric = metric
        self.n_neighbors = n_neighbors
        self.known_threshold = known_threshold
        self.unknown_label = unknown_label
        self.image_shape = image_shape

    @_fit_context(prefer_skip_nested_validation=True)
    @all_or_nothing
    def fit(self, X, y, sample_weight=None):
        """Learn the face space and enrol the faces.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features)
            Flattened grey images, of any scale.
        y : array-like of shape (n_images,)
            Who each is.
        sample_weight : array-like of shape (n_images,), default=None
            A weight of 2 is the same image twice.

        Returns
        -------
        self : EigenfaceClassifier

        Raises
        ------
        ValueError
            If X or y cannot be used, all the faces are equal, or image_shape is not
            that of the rows of X.
        """
        # Collect faces.
        rows = rows_to_fit(self, X, y, sample_weight, takes_dask=False)
        self._check_image_shape(rows.n_features)
        self.classes_, rows = with_class_codes(rows)
        self._check_unknown_label()
        # The directions of maximum variance about the mean face.
        moments = rows.sum(column_moments)
        check_squares(moments.scatter)
        eigenvalues, eigenfaces = self._directions(rows, moments)
        # The top M eigenfaces define the face space.
        variance = eigenvalues / float(moments.weight[0])
        share = variance / float(np.sum(moments.variance))
        M = self.n_components_ = self._count_top(share)
        dtype = rows.X.dtype
        self.mean_face_ = moments.mean.astype(dtype)
        self.components_ = eigenfaces[:M].astype(dtype)
        self.explained_variance_ = variance[:M].astype(dtype)
        self.explained_variance_ratio_ = share[:M].astype(dtype)
        scale = np.sqrt(self.explained_variance_)
        self._scale_ = scale if self.whiten else np.ones_like(scale)
        if self.image_shape is not None:
            self.eigenface_images_ = self.components_.reshape(M, *self.image_shape)
        # Project all the faces into it.
        self._enrol(rows)
        return self

    def _directions(self, rows, moments):
        """Return eigenvalues of the centred sum of squares, and their eigenvectors."""
        if rows.X.shape[0] >= rows.n_features:
            found = principal_axes(rows.sum(_scatter).scatter)
        else:
            A = rows.X - moments.mean.astype(rows.X.dtype)
            if rows.weight is not None:
                A *= np.sqrt(rows.weight)[:, None]
            found = principal_axes(_arrays.widen(A @ A.T), A)
        if found[0].size == 0:
            raise ValueError(
                "All the rows of X are equal, or so nearly that squares of their "
                "differences vanish: there is no direction of variance to make an "
                f"eigenface of. n_samples = {rows.X.shape[0]}."
            )
        return found

    def _count_top(self, share):
        """Return M: as asked, or the fewest that explain the asked share."""
        if isinstance(self.n_components, Integral):
            return min(int(self.n_components), share.size)
        return min(int(np.sum(np.cumsum(share) < self.n_components)) + 1, share.size)

    def _enrol(self, rows):
        """Store the faces' coordinates, those of no weight left out."""
        coordinates = rows.map(project, *self._face_space())
        kept = slice(None) if rows.weight is None else rows.weight > 0
        self.embedding_ = coordinates[kept]
        self._codes_ = rows.y[kept]
        self._weight_ = np.ones(len(self._codes_))
        if rows.weight is not None:
            self._weight_ = rows.weight[kept]
        self.n_images_ = len(self._codes_)
        # Brute force: in tens of dimensions trees do not help.
        search = NearestNeighbors(metric=self.metric, algorithm="brute")
        self._search_ = search.fit(self.embedding_)

    def _check_image_shape(self, n_features):
        if self.image_shape is None:
            return
        shape = np.asarray(self.image_shape)
        if shape.shape != (2,) or shape.dtype.kind not in "iu" or (shape < 1).any():
            raise ValueError(
                "image_shape must be two positive integers, height and width; got "
                f"{self.image_shape!r}."
            )
        if int(np.prod(self.image_shape)) != n_features:
            raise ValueError(
                f"image_shape={self.image_shape} holds {int(np.prod(self.image_shape))}"
                f" pixels, but the rows of X have {n_features}."
            )

    def _check_unknown_label(self):
        """Raise a ValueError if the label of strangers could be a person's."""
        if self.known_threshold is None:
            return
        label, numbers = self._unknown(), self.classes_.dtype.kind in "biuf"
        if isinstance(label, str) == numbers:
            raise ValueError(
                f"unknown_label={label!r} and the labels in y, such as "
                f"{self.classes_[0]}, must be both numbers or both strings."
            )
        if label in self.classes_.tolist():
            raise ValueError(
                f"unknown_label={label!r} is a label in y; choose another, by which "
                "strangers can be told."
            )

    def _face_space(self):
        """Return the mean face and the axes, divided by the scale of coordinates."""
        return self.mean_face_, self.components_ / self._scale_[:, None]

    def transform(self, X):
        """Return the coordinates of faces in face space.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features)

        Returns
        -------
        ndarray of shape (n_images, n_components_)
        """
        rows = rows_to_apply(self, X, fitted="mean_face_", method="transform")
        return rows.map(project, *self._face_space())

    def inverse_transform(self, X):
        """Return the faces that have given coordinates in face space.

        Parameters
        ----------
        X : array-like of shape (n_images, n_components_)

        Returns
        -------
        ndarray of shape (n_images, n_features)
        """
        check_is_fitted(self)
        X = check_array(X, dtype=[np.float64, np.float32], input_name="X")
        if X.shape[1] != self.n_components_:
            raise ValueError(
                f"X has {X.shape[1]} columns; face space has n_components_="
                f"{self.n_components_} coordinates."
            )
        return (X * self._scale_) @ self.components_ + self.mean_face_

    def kneighbors(self, X, n_neighbors=None):
        """Return the closest enrolled faces.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features)
        n_neighbors : int, default=None
            How many; None is the parameter of that name.

        Returns
        -------
        distances : ndarray of shape (n_images, n_neighbors)
            In face space, nearest first.
        indices : ndarray of shape (n_images, n_neighbors)
            Among the enrolled faces, the rows of `embedding_`.
        """
        coordinates = self.transform(X)
        k = self.n_neighbors if n_neighbors is None else n_neighbors
        k = min(k, self.n_images_)
        return self._search_.kneighbors(coordinates, k)

    def predict(self, X):
        """Say who each face is, or that it is unknown.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features)

        Returns
        -------
        ndarray of shape (n_images,)
            Labels, and `unknown_label` where the closest face is beyond
            `known_threshold`.
        """
        distances, indices = self.kneighbors(X)
        votes = weighted_votes(self._weight_[indices], self.n_neighbors)
        members = one_hot(self._codes_[indices].ravel(), len(self.classes_), votes)
        members = members.reshape(*votes.shape, -1)
        names = self.classes_[np.einsum("ik,ikc->ic", votes, members).argmax(axis=1)]
        if self.known_threshold is None:
            return names
        unknown = np.asarray(self._unknown())  # an array: unsigned labels are widened
        return np.where(distances[:, 0] <= self.known_threshold, names, unknown)

    def _unknown(self):
        if self.unknown_label is not None:
            return self.unknown_label
        if self.classes_.dtype.kind not in "biuf":
            return "unknown"
        return min(-1, int(self.classes_[0]) - 1)

    @property
    def _n_features_out(self):
        return self.n_components_

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def weighted_votes(weight, n_votes):
    """Return how many of n_votes votes each neighbour, nearest first, casts.

    A face of weight w stands for w equal faces, which vote one after the other until
    the votes are used up.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.eigenface_classifier import weighted_votes
    >>> weighted_votes(np.array([[2.0, 2.0, 1.0]]), 3)
    array([[2., 1., 0.]])
    """
    used = np.cumsum(weight, axis=1) - weight
    return np.clip(n_votes - used, 0, weight)


def _scatter(X, y, weight):
    return cross_moments(X, None, weight)


def _tasks():
    from sklearn.decomposition import PCA
    from sklearn.model_selection import StratifiedKFold
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    from skmath.datasets import load_orl_faces

    numbers = [40, 80, 120]
    return [
        Task(
            data="ORL faces",
            load=lambda: load_orl_faces(return_X_y=True),
            ours=make_pipeline(FunctionTransformer(), EigenfaceClassifier()),
            grid={"eigenfaceclassifier__n_components": numbers},
            peer=make_pipeline(PCA(random_state=0), KNeighborsClassifier(1)),
            peer_grid={"pca__n_components": numbers},
            scoring="accuracy",
            metric="accuracy",
            cv=StratifiedKFold(5, shuffle=True, random_state=0),
        )
    ]


ENTRY = Entry(
    estimator=EigenfaceClassifier,
    counterpart="PCA + KNeighborsClassifier",
    adds="says unknown, decomposes the smaller side, shows its eigenfaces",
    configurations=(
        Configuration({}),
        Configuration({"n_components": 3, "whiten": True}),
        Configuration({"metric": "cosine", "n_neighbors": 3, "known_threshold": 10.0}),
    ),
    tasks=_tasks,
    display="EigenfacesDisplay",
    # The faces have 112 x 92 pixels, those that stand in for them 64 x 64.
    display_options=lambda X: {
        "image_shape": (112, 92) if X.shape[1] == 112 * 92 else (64, 64)
    },
)
