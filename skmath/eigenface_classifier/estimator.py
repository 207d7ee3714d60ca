r"""Face recognition by eigenfaces (Turk and Pentland 1991), with a reject option.

1. Collect faces, one row of grey values per image, and normalise their brightness and
   contrast.
2. Find the directions of maximum variance about the mean face: the eigenvectors of the
   covariance matrix, which are images themselves, the eigenfaces. For an eigenvector e,
   :math:`Ae = \lambda e`: the eigenvalue is the variance along it.
3. Choose the top M, those of the highest eigenvalues: they span the face space.
4. Project all the faces into it, and whiten there the variation within each person.
5. Project a new face, find the closest enrolled face(s), and return that person. If
   even the closest face is too far away, the person is unknown; an image that is far
   from face space is not a face.

With n faces of p pixels, the eigenproblem is solved for the smaller of the n x n and
p x p matrices: O(n p min(n, p)) time. In addition to X it needs as much memory as X
where n < p, and p x p numbers otherwise. Calibrating a threshold in face space takes up
to 10 n^3 more time for up to 1,000 faces, and O(n^2 M) beyond; the other calibrations
are cheap.
"""

from dataclasses import replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from skmath._estimators import fitting
from skmath._estimators.decorators import checks_parameters
from skmath._estimators.targets import with_class_codes
from skmath._estimators.tasks import in_steps
from skmath._rows.rows import dtype_of_numbers
from skmath.eigenface_classifier.calibration import calibrated, needs_calibration
from skmath.eigenface_classifier.enrolment import Faces, merged_classes
from skmath.eigenface_classifier.erasure import (
    options_without_calibration,
    remaining_face_space,
    remaining_faces,
    select_erased,
)
from skmath.eigenface_classifier.face_space import collected, learn_face_space
from skmath.eigenface_classifier.gallery import Gallery
from skmath.eigenface_classifier.images import images_to_fit
from skmath.eigenface_classifier.incremental import check_first_call, enlarged
from skmath.eigenface_classifier.options import (
    CONSTRAINTS,
    unknown_label,
    warn_of_space,
)
from skmath.eigenface_classifier.predictions import FacePredictions

__all__ = ["EigenfaceClassifier"]


class EigenfaceClassifier(FacePredictions):
    r"""Eigenface classifier that can also reject unknown people and non-faces.

    Parameters
    ----------
    n_components : int, float or "auto", default=0.95
        M, the number of eigenfaces. A float in (0, 1] keeps as many as explain this
        fraction of the variance, 1.0 all of them. "auto" keeps those above the noise,
        by Gavish and Donoho's threshold on the singular values.
    brightness : {"root", "standard"} or None, default="root"
        How each image is normalised. "standard" subtracts its mean and divides by its
        standard deviation, so that brightness and contrast of the light do not matter.
        "root" does the same to the square roots of the grey values, which reduces the
        influence of highlights. None leaves the grey values unchanged, for plain
        eigenfaces. Images of one or two pixels are never changed.
    smoothing : float, "auto" or None, default="auto"
        Standard deviation, in pixels, of the Gaussian filter that is applied to the
        images, which makes the classifier less sensitive to small shifts of a face.
        "auto" is 1/56 of the height (2 of 112) if the height is known: for images of
        shape (n_images, height, width), or with `image_shape`. None does not smooth.
    whiten : {"within"} or bool, default="within"
        How the coordinates in face space are scaled. "within" divides by the variation
        within each person, :math:`W_\gamma^{-1/2}` with W the within-person scatter.
        True divides each coordinate by its standard deviation. False does not scale.
    shrinkage : float or "auto", default=0.2
        gamma in [0, 1], how strongly W is shrunk for ``whiten="within"``. The target is
        85% the identity and 15% the variances of all images along the axes. "auto" is
        Ledoit and Wolf's shrinkage towards the identity, which minimises the expected
        squared error of W; the default recognises faces better, because distances use
        the inverse of W.
    metric : {"cosine", "euclidean", "manhattan"}, default="cosine"
        Distance in face space.
    n_neighbors : int, default=1
        Number of closest faces that vote. A face of sample weight w has w votes, until
        n_neighbors votes are used up. Ties go to the person with the closest face.
    weights : {"uniform", "distance"}, default="uniform"
        Whether all votes count the same, or are divided by the distance. It has no
        effect with a single neighbour.
    known_threshold : float, "auto", "per-class" or None, default=None
        Distance in face space beyond which a person is unknown. "auto" calibrates one
        threshold for everybody, "per-class" one per person (from 20 people on; with
        fewer people all have the same). Both leave enrolled people out and use them as
        impostors. None never rejects anybody as unknown.
    face_threshold : float, "auto" or None, default=None
        Distance from face space beyond which an image is not a face. "auto" calibrates
        it on enrolled people who are left out, or, with one person, on left-out images.
        If height and width of the images are known, their fine details are used too;
        without these, smooth patches pass as faces. None accepts every image.
    face_components : int, default=3
        Number of eigenfaces that span the space from which that distance is measured.
        With more of them, smooth patches of any kind are closer to face space.
    target_far : float, default=0.01
        False alarm rate, in (0, 1): the fraction of unknown people's images that a
        calibrated `known_threshold` accepts.
    target_frr : float, default=0.05
        False rejection rate, in (0, 1): the fraction of new faces that a calibrated
        `face_threshold` rejects. It holds for new images of the enrolled people, if
        there are at least eight; more faces of unknown people are rejected, especially
        if few people are enrolled.
    unknown_label : int or str, default=None
        What `predict` returns for unknown people and non-faces. None is "unknown" if
        the labels are strings; for numbers it is -1, or one less than the smallest
        label if that is negative.
    mirror : bool, default=False
        Whether left-right mirrored copies of the images are enrolled too. Requires
        `image_shape` or images of shape (n_images, height, width).
    image_shape : tuple of two ints, default=None
        Height and width of the images, for `eigenface_images_` and `mirror`. It is not
        needed for images of shape (n_images, height, width).
    solver : {"auto", "gram", "krylov"}, default="auto"
        "gram" decomposes the Gram matrix of the smaller side. "krylov" computes only
        `n_components` (an int) eigenvectors of it, by randomised block Krylov
        iteration. "auto" uses "krylov" where few are needed of a large matrix.
    search : {"exact", "approximate"}, default="exact"
        How the closest faces are found. "approximate" builds an index of them (with
        usearch, the extra ``index``), for galleries of several hundred thousand faces.
        It may miss the closest face; `index_recall_` measures how often.
        `predict_proba`, and `predict` with several neighbours, always compute all
        distances.
    random_state : int, RandomState instance or None, default=None
        Controls the start of the Krylov iteration, and which faces are used for
        calibration if there are more than 500.

    Attributes
    ----------
    mean_face_ : ndarray of shape (n_features,)
        Mean of the images as `prepare` returns them.
    components_ : ndarray of shape (n_components_, n_features)
        The eigenfaces, one per row, of unit length.
    eigenface_images_ : ndarray of shape (n_components_, height, width)
        The eigenfaces as images; only if `image_shape_` is known.
    image_shape_ : tuple of two ints or None
        Height and width of the images, if they are known.
    explained_variance_ : ndarray of shape (n_components_,)
        Eigenvalues of the covariance matrix.
    explained_variance_ratio_ : ndarray of shape (n_components_,)
        Fraction of the total variance that each eigenface explains.
    n_components_ : int
        M, the number of eigenfaces kept.
    embedding_ : ndarray of shape (n_images_, n_components_)
        The enrolled faces in face space, as `transform` returns them. With `mirror`,
        each call appends its images first and their mirrored copies after them.
    known_threshold_ : float or ndarray of shape (n_classes,)
        Distance in face space up to which a person is known, one per person for
        "per-class"; infinite if `known_threshold` is None.
    false_alarm_rate_ : float
        Expected fraction of unknown people's images that a calibrated
        `known_threshold` accepts; only with a calibrated threshold. ``open_set.py``
        has the formulas.
    false_alarm_interval_ : tuple of two floats
        95% confidence interval of that rate. It is wider if fewer people are enrolled.
    false_rejection_rate_ : float
        Expected fraction of new images of the enrolled people that a calibrated
        `known_threshold` rejects.
    face_threshold_ : float
        Distance from face space up to which an image is a face; infinite if
        `face_threshold` is None.
    classes_ : ndarray of shape (n_classes,)
        Sorted labels of the people.
    unknown_label_ : int or str
        What `predict` returns for unknown people and non-faces. If `unknown_label` is
        None and `partial_fit` enrols a person with this label, another one is chosen.
    index_recall_ : float
        Fraction of the enrolled faces, up to 500 drawn at random, for which the index
        finds the closest other face; only with ``search="approximate"``.
    n_images_ : int
        Number of enrolled faces.
    n_features_in_ : int
        Number of pixels seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if all column names of X are strings.

    See Also
    --------
    sklearn.decomposition.PCA : The face space alone.
    sklearn.neighbors.KNeighborsClassifier : The vote alone.
    skmath.display.FaceDistanceDisplay : Plot of both distances.

    Notes
    -----
    The plain eigenfaces of the references are ``brightness=None, whiten=False,
    metric="euclidean"``: `transform` is then PCA's, up to signs.

    *Known.* Groups of people are left out, of face space and whitening too, and serve
    as impostors: the distances of their images to the other people are measured. The
    threshold is the largest that accepts at most a fraction `target_far` of them. If
    these would be fewer than five images, it is extrapolated from the distribution of
    the smallest distances (`calibration`). How well it holds for new people depends on
    how many were enrolled: with ten people the rate for ten others may differ by a
    factor of two or three.

    *A face.* Turk and Pentland's distance from face space is small for smooth patches
    of any kind. The distance here adds the distance within face space, as the
    likelihood of a Gaussian does (Moghaddam and Pentland 1997), and, for images of
    known shape, the likelihood of their fine details (`likelihood`, `details`). Fitted
    on half of the ORL faces, it accepts 98.9% of the other half, and 0.9% of 1,194
    images of other things, from blank frames to pictures of animals; without details
    94.8% and 10.4% (``benchmarks/face_gate.py``).

    *Probabilities* are :math:`p_c \propto e^{-d_c / \tau}` with :math:`d_c` the
    distance to the closest face of person c. The temperature tau maximises the
    likelihood of enrolled faces that are left out, of the whitening too
    (`probabilities`). With one image per person, tau is the mean distance to the
    closest other face. With several neighbours the probabilities are the shares of
    their votes, with one additional vote that is split by :math:`p_c` and breaks ties;
    the shares of votes are not calibrated. All probabilities sum to 1 over the enrolled
    people, whether or not the face belongs to one of them.

    *Callbacks* of scikit-learn, such as ``ProgressBar``, follow the steps "collect",
    "face space", "enrol" and "calibrate" of `fit` and the passes over the images.

    *Defaults* were chosen on ORL faces (``benchmarks/eigenface_defaults.py``),
    `smoothing` and `shrinkage` on halves of the training images alone. Repeating this
    choice in each of 20 splits, 97.7% of the test images are identified, and the area
    under the ROC curve of 20 enrolled against 20 unknown people is .976; 97.2% and .973
    if the images are passed as flat rows.

    References
    ----------
    .. [1] M. Turk and A. Pentland, "Eigenfaces for recognition", J. Cognitive
       Neuroscience, 3(1), 1991.
    .. [2] B. Moghaddam and A. Pentland, "Probabilistic visual learning for object
       representation", IEEE Trans. Pattern Analysis and Machine Intelligence, 19(7),
       1997.
    .. [3] D. A. Ross, J. Lim, R.-S. Lin and M.-H. Yang, "Incremental learning for
       robust visual tracking", Int. J. Computer Vision, 77, 2008.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath import EigenfaceClassifier
    >>> ann = [[9.0, 1, 1, 1, 4, 4], [8, 1, 2, 1, 5, 4]]
    >>> bob = [[1.0, 1, 1, 9, 4, 4], [1, 2, 1, 8, 4, 5]]
    >>> model = EigenfaceClassifier(3, known_threshold=0.5)
    >>> model = model.fit(ann + bob, ["Ann", "Ann", "Bob", "Bob"])
    >>> model.predict([[75, 12, 9, 10, 40, 35], [1, 9, 9, 1, 4, 4]]).tolist()
    ['Ann', 'unknown']
    """

    _parameter_constraints = CONSTRAINTS

    def __init__(
        self,
        n_components: Any = 0.95,
        *,
        brightness: str | None = "root",
        smoothing: Any = "auto",
        whiten: Any = "within",
        shrinkage: Any = 0.2,
        metric: str = "cosine",
        n_neighbors: int = 1,
        weights: str = "uniform",
        known_threshold: Any = None,
        face_threshold: Any = None,
        face_components: int = 3,
        target_far: float = 0.01,
        target_frr: float = 0.05,
        unknown_label: Any = None,
        mirror: bool = False,
        image_shape: Any = None,
        solver: str = "auto",
        search: str = "exact",
        random_state: Any = None,
    ) -> None:
        self.n_components = n_components
        self.brightness = brightness
        self.smoothing = smoothing
        self.whiten = whiten
        self.shrinkage = shrinkage
        self.metric = metric
        self.n_neighbors = n_neighbors
        self.weights = weights
        self.known_threshold = known_threshold
        self.face_threshold = face_threshold
        self.face_components = face_components
        self.target_far = target_far
        self.target_frr = target_frr
        self.unknown_label = unknown_label
        self.mirror = mirror
        self.image_shape = image_shape
        self.solver = solver
        self.search = search
        self.random_state = random_state

    @classmethod
    def for_embeddings(cls, **params: Any) -> Self:
        """Return a classifier for embeddings, of faces or of anything else.

        Embedding vectors (ArcFace, dlib, SFace, sentence encoders) have no brightness
        to normalise, the network has already reduced the variation within a person, and
        they are compared by cosines. The preset is therefore ``brightness=None,
        smoothing=None, n_components=1.0, whiten=False`` with a calibrated threshold,
        ``known_threshold="auto"``. A threshold that is commonly used for the network
        was found on other faces; this one is calibrated on the enrolled faces.

        Parameters
        ----------
        **params : dict
            Further parameters of the class; they override the preset.

        Returns
        -------
        EigenfaceClassifier
            A classifier that is not fitted yet.

        Examples
        --------
        >>> from skmath import EigenfaceClassifier
        >>> EigenfaceClassifier.for_embeddings(target_far=0.001).n_components
        1.0
        """
        preset = {"brightness": None, "n_components": 1.0, "whiten": False}
        preset |= {"smoothing": None}
        return cls(**preset | {"known_threshold": "auto"} | params)

    @fitting.fits_on_host
    @checks_parameters
    @fitting.all_or_nothing
    @in_steps(4)
    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Learn the face space, enrol the faces and calibrate the thresholds.

        Parameters
        ----------
        X : array-like or Dask array of shape (n_images, n_features)
            Flattened grey images with any range of values. Images may also be passed as
            an array of shape (n_images, height, width) or (n_images, height, width,
            channels), where RGB or RGBA is converted to luma; or as a list of such
            images or of Pillow's. The other methods also take a single image, of shape
            (height, width) if `image_shape_` is known.
        y : array-like of shape (n_images,)
            Label of the person on each image.
        sample_weight : array-like of shape (n_images,), default=None
            A weight of 2 has the same effect as passing the image twice.

        Returns
        -------
        self : EigenfaceClassifier

        Raises
        ------
        ValueError
            If X or y cannot be used; all faces are equal; `image_shape` does not match
            the rows of X or is missing for `mirror`; a threshold is to be calibrated
            on a single person; `unknown_label` is a label in y, or a string while the
            labels are numbers (or the reverse); or ``solver="krylov"`` is used without
            an integer `n_components`.
        TypeError
            If X is sparse, or if `mirror` is set and X is a Dask array.

        Warns
        -----
        UserWarning
            If ``whiten="within"`` and no person has two different images, if there are
            too few images to calibrate a threshold at the requested rate, if cosine
            distances are used in a face space of one dimension, or if an image has no
            contrast.
        """
        return self._learn(X, y, sample_weight)

    def _learn(self, X, y, sample_weight):
        """Fit the model; with callbacks only if `fit` was called."""
        with self._step("collect", reads_rows=True):
            # Collect faces.
            rows = images_to_fit(self, X, y, sample_weight, keeps_bytes=True)
            options = self._options()
            self.classes_, rows = with_class_codes(rows)
            self.unknown_label_ = unknown_label(options, self.classes_)
            rows, codes, weight, image, copy, details = collected(rows, options)
        with self._step("face space", reads_rows=True):
            # The mean face, and the top M directions of maximum variance about it.
            space, C, outside = learn_face_space(rows, options.n_components, options)
            self._set_face_space(space, options, dtype_of_numbers(rows.X))
        with self._step("enrol"):
            # Project all faces into it, and whiten the variation within each person.
            people = codes, weight, image, copy, details
            self._enrol(Faces(*people, C, outside), options)
        with self._step("calibrate"):
            # Calibrate the distances up to which a face is known, and an image a face.
            self._calibrate(options)
        return self

    @fitting.fits_on_host
    @checks_parameters
    @fitting.restored_if_it_fails
    def partial_fit(
        self,
        X: Any,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Enrol more images, of known or new people, without the old images.

        The face space is merged with that of the new images (incremental singular value
        decomposition, Ross et al. 2008). If no direction was cut off, the model is the
        same as after `fit` on all images. Otherwise it lacks what was cut off from the
        old images, which is more if the first calls had few images.
        ``n_components="auto"`` treats what was cut off as isotropic noise.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features)
            Images in any of the forms that `fit` takes, except Dask arrays.
        y : array-like of shape (n_images,)
            Label of the person on each image. Every call may add new people.
        classes : array-like of shape (n_classes,), default=None
            Labels that may come later, so that `predict_proba` already has their
            columns.
        sample_weight : array-like of shape (n_images,), default=None
            A weight of 2 has the same effect as passing the image twice.

        Returns
        -------
        self : EigenfaceClassifier

        Raises
        ------
        ValueError
            As for `fit`; if some labels are numbers and others strings; or if the first
            call has a single image: pass at least two different ones.

        Notes
        -----
        With more than 1,000 enrolled faces, probabilities and thresholds are calibrated
        again only after the number of faces has grown by a tenth; "per-class"
        thresholds are calibrated in every call.
        """
        if hasattr(self, "mean_face_"):
            return self._enlarge(X, y, classes, sample_weight)
        check_first_call(X)
        self._learn(X, y, sample_weight)
        if classes is not None:
            options = self._options()
            self._add_classes(classes, options)
            self._calibrate(options)
        return self

    def _enlarge(self, X, y, classes, sample_weight):
        """Merge new images into a fitted model."""
        dtype = self.mean_face_.dtype
        rows = images_to_fit(
            self,
            X,
            y,
            sample_weight,
            takes_dask=False,
            reset=False,
            dtype=dtype,
            keeps_bytes=True,
        )
        options = self._fitted_options()
        new, rows = with_class_codes(rows)
        self._add_classes(new, options)
        if classes is not None:
            self._add_classes(classes, options)
        rows = rows.with_y(np.searchsorted(self.classes_, new).take)
        # Merge the face spaces of old and new images, and enrol all faces in it.
        space, faces = enlarged(self._space_, self._faces_, rows, options)
        self._set_face_space(space, options, dtype)
        self._enrol(faces, options)
        thresholds = options.known_threshold == "per-class"  # new people need one
        if thresholds or needs_calibration(self.n_images_, self._n_calibrated_):
            self._calibrate(options)
        else:
            variance = self.explained_variance_[: len(self._likelihood_.variance)]
            self._likelihood_ = replace(self._likelihood_, variance=variance)
        return self

    @fitting.changes_on_host
    @checks_parameters
    @fitting.restored_if_it_fails
    def forget(
        self,
        labels: ArrayLike | None = None,
        *,
        index: ArrayLike | None = None,
        refit: bool = False,
    ) -> Self:
        """Erase people or single faces from the gallery.

        Whitening, thresholds and probabilities are computed again from the remaining
        faces, in the same face space. The mean face and the eigenfaces, which were
        learnt with the erased images, stay: no single image can be recovered from them,
        but its contribution to the averages is only removed by ``refit=True``, or by
        calling `fit` on the remaining images.

        Parameters
        ----------
        labels : label or array-like of labels, default=None
            People in `classes_` to erase, with all their faces.
        index : int or array-like of int, default=None
            Faces to erase, as row indices of `embedding_`; an alternative to `labels`.
            Mirrored and equal images of the same person are erased too, and so are
            people who have no faces left.
        refit : bool, default=False
            Whether to compute the face space again from the remaining faces. It is
            exact, and only possible if none of their directions was cut off, for
            example if `n_components` is at least the number of images.

        Returns
        -------
        self : EigenfaceClassifier

        Raises
        ------
        ValueError
            If labels are not enrolled, an index is not a row of `embedding_`, nobody
            would remain, or face space cannot be computed without the images.

        Notes
        -----
        With more than 1,000 enrolled faces, probabilities and thresholds are calibrated
        again only after the number of faces has fallen by a tenth. Until then they are
        unchanged: a few numbers that summarise all faces, the erased ones included. An
        "auto" threshold is also unchanged if one person remains.
        """
        check_is_fitted(self)
        options = self._fitted_options()
        erased_faces, erased_classes = select_erased(
            self._faces_, self.classes_, labels, index
        )
        faces = remaining_faces(self._faces_, erased_faces, erased_classes)
        if refit:
            space, faces = remaining_face_space(
                self._space_, faces, options.n_components
            )
            self._set_face_space(space, options, faces.C.dtype)
        self.classes_ = self.classes_[~erased_classes]
        self.unknown_label_ = unknown_label(options, self.classes_)
        if np.ndim(self.known_threshold_):
            self.known_threshold_ = self.known_threshold_[~erased_classes]
        self._enrol(faces, options)
        if refit or needs_calibration(self.n_images_, self._n_calibrated_):
            self._calibrate(
                options_without_calibration(options, faces, self.known_threshold_)
            )
        else:
            self._likelihood_ = self._likelihood_.without_probes()
        return self

    def _fitted_options(self):
        """Return the options, with images prepared in the same way as in `fit`."""
        preparation = {"prepare": self._prepare_, "details": self._details_}
        return replace(self._options(), **preparation)

    def _add_classes(self, labels, options):
        """Add labels to the classes; the enrolled faces' codes follow."""
        self.classes_, place = merged_classes(self.classes_, labels)
        codes, n_classes = place[self._faces_.codes], len(self.classes_)
        self._faces_ = replace(self._faces_, codes=codes)
        self._gallery_ = replace(self._gallery_, codes=codes, n_classes=n_classes)
        self.unknown_label_ = unknown_label(options, self.classes_)

    def _set_face_space(self, space, options, dtype):
        """Keep the face space."""
        M = self.n_components_ = len(space.axes)
        if M == 0:
            raise ValueError(
                "All the images are equal, or so close that the squares of their "
                "differences vanish: no direction has variance, so there is no "
                "eigenface. Pass at least two different images. n_features = "
                f"{self.n_features_in_}, n_samples = {space.weight:g}."
            )
        self._prepare_, self._details_ = options.prepare, options.details
        self.mean_face_ = space.mean.astype(dtype)
        self.components_ = space.axes.astype(dtype)
        self.explained_variance_ = (space.squares / space.weight).astype(dtype)
        shares = space.squares / space.scatter
        self.explained_variance_ratio_ = shares.astype(dtype)
        self._space_ = replace(space, mean=self.mean_face_, axes=self.components_)
        if options.image_shape is not None:
            self.eigenface_images_ = self.components_.reshape(M, *options.image_shape)

    def _enrol(self, faces, options):
        """Keep the faces, and the coordinates in which they are compared."""
        self._faces_, self.n_images_ = faces, len(faces.codes)
        self._whitening_ = options.whiten(faces.C, faces.codes, faces.weight)
        warn_of_space(options, self._whitening_, self.n_components_)
        Z = self.embedding_ = self._whitening_.apply(faces.C)
        people = faces.codes, faces.weight, len(self.classes_)
        self._gallery_ = Gallery(Z, *people, options.metric)
        if options.search == "approximate":
            self._gallery_ = self._gallery_.indexed()
            self.index_recall_ = self._gallery_.recall(options.random_state)
        self._pairs_ = None  # learnt when `verify` is first called

    def _calibrate(self, options):
        """Calibrate probabilities and thresholds on the enrolled faces."""
        self._n_calibrated_ = self.n_images_
        calibration = calibrated(
            self._faces_, self._gallery_, self._whitening_, options
        )
        self._temperature_, self._likelihood_ = (
            calibration.temperature,
            calibration.likelihood,
        )
        self.known_threshold_ = calibration.known_threshold
        self.face_threshold_ = calibration.face_threshold
        if calibration.rates is not None:
            self.false_alarm_rate_ = calibration.rates.false_alarm
            self.false_alarm_interval_ = calibration.rates.interval
            self.false_rejection_rate_ = calibration.rates.false_rejection

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        tags.array_api_support = True  # on the host: see skmath._estimators.host
        return tags
