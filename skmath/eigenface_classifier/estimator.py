r"""Face recognition by eigenfaces (Turk and Pentland 1991), known, unknown or none.

1. Collect faces, each a row of grey values, and take their brightness and contrast out.
2. Find the directions of maximum variance about the mean face: the eigenvectors of the
   covariance matrix, which are images themselves, the eigenfaces. For an eigenvector e,
   :math:`Ae = \lambda e`: the eigenvalue is the variance along it.
3. Choose the top M, those of the highest eigenvalues: they span the face space.
4. Project all the faces into it, and whiten there how one person's images differ.
5. Project a new face, find the closest face(s) there, and say who it is. If even the
   closest is too far it is unknown; an image that is far from face space is no face.

With n faces of p pixels the eigenproblem is that of the smaller of the n x n and p x p
matrices: O(n p min(n, p)) time. Beside X it takes memory of X's size where n < p, and
of p x p otherwise. A threshold in face space takes up to 10 n^3 more time for up to
1,000 faces, and O(n^2 M) beyond; what else is calibrated takes little.
"""

from dataclasses import replace

import numpy as np
from sklearn.base import (
    _fit_context,
)
from sklearn.utils.validation import check_is_fitted

from skmath._estimators import fitting
from skmath._estimators.targets import with_class_codes
from skmath._rows.rows import dtype_of_numbers
from skmath.eigenface_classifier.answers import FaceAnswers
from skmath.eigenface_classifier.calibration import calibrated, is_due
from skmath.eigenface_classifier.enlarging import check_first_call, enlarged
from skmath.eigenface_classifier.enrolment import Faces, more_classes
from skmath.eigenface_classifier.face_space import collected, learn_face_space
from skmath.eigenface_classifier.forgetting import (
    face_space_left,
    faces_left,
    threshold_left,
    who_leaves,
)
from skmath.eigenface_classifier.gallery import Gallery
from skmath.eigenface_classifier.images import images_to_fit
from skmath.eigenface_classifier.options import (
    CONSTRAINTS,
    unknown_label,
    warn_of_space,
)

__all__ = ["EigenfaceClassifier"]


class EigenfaceClassifier(FaceAnswers):
    r"""Nearest face in face space; tells unknown people and what is no face.

    Parameters
    ----------
    n_components : int, float or "auto", default=0.95
        M, the number of eigenfaces, or as a float in (0, 1] the share of the variance
        that they explain, 1.0 for all. "auto" takes those above the noise, by Gavish
        and Donoho's threshold of the singular values.
    brightness : {"root", "standard"} or None, default="root"
        What is done to each image first. "standard" subtracts its mean and divides by
        its standard deviation, so that brightness and contrast of the light do not
        matter; "root" does so to the square roots of the grey values, which count
        highlights less. None leaves the grey values as they are, for plain eigenfaces.
        An image of one or two pixels is left as it is.
    smoothing : float, "auto" or None, default="auto"
        Standard deviation, in pixels, of the Gaussian by which images are smoothed
        first, so that a face that stands a little aside is the same. "auto" is 1/56 of
        the height where that is known: 2 of 112. It is known of images of shape
        (n_images, height, width) and by `image_shape`. None: images stay sharp.
    whiten : {"within"} or bool, default="within"
        What coordinates in face space are divided by. "within": how one person's
        images differ, :math:`W_\gamma^{-1/2}` with W the scatter within persons. True:
        their standard deviation. False: nothing.
    shrinkage : float or "auto", default=0.2
        gamma, in [0, 1], the share of the scatter within persons that is not W: 85% of
        it the identity, 15% how all images vary along the axes. "auto" is Ledoit and
        Wolf's share of the identity, best for W in squared error; its inverse, by which
        faces are measured, is better with less.
    metric : {"cosine", "euclidean", "manhattan"}, default="cosine"
        Distance in face space.
    n_neighbors : int, default=1
        Closest faces that vote. A face of weight w has w votes, until n_neighbors
        votes are used up. A tie goes to the person whose face is closest.
    weights : {"uniform", "distance"}, default="uniform"
        Whether votes are divided by the distance; of no effect on a single one.
    known_threshold : float, "auto", "per-class" or None, default=None
        Distance in face space beyond which a face is unknown. "auto" calibrates one
        for all, "per-class" one a person (from 20 people on; of fewer all have the
        same), on enrolled people who are left out, as impostors. None: every face is
        known.
    face_threshold : float, "auto" or None, default=None
        Distance from face space beyond which an image is no face. "auto" calibrates it
        on enrolled people who are left out, or of one person on images. Where height
        and width of the images are known it counts their details too, without which
        smooth patches are near to faces. None: every image is a face.
    face_components : int, default=3
        Eigenfaces that span the space from which that distance is measured. The more,
        the nearer to it smooth patches of anything are.
    target_far : float, default=0.01
        False alarm rate, in (0, 1): the share of unknown people's images that a
        calibrated `known_threshold` lets in.
    target_frr : float, default=0.05
        False rejection rate, in (0, 1): the share of new faces that a calibrated
        `face_threshold` takes for none. It is met for new images of the enrolled, if
        they are eight or more; of unknown people's faces more are refused, the more
        the fewer people are enrolled.
    unknown_label : int or str, default=None
        What `predict` answers for an unknown person and for what is no face. None is
        "unknown" for strings, and for numbers -1, or one less than the smallest label
        if that is negative.
    mirror : bool, default=False
        Whether left-right mirrored copies of the images are enrolled too; needs
        `image_shape`.
    image_shape : tuple of two ints, default=None
        Height and width of the images, for `eigenface_images_` and `mirror`. Images of
        shape (n_images, height, width) tell it themselves.
    solver : {"auto", "gram", "krylov"}, default="auto"
        "gram" decomposes the Gram matrix of the smaller side, "krylov" finds only
        `n_components` (an int) of its eigenvectors, by randomised block Krylov
        iteration. "auto" takes that for few of a large matrix.
    search : {"exact", "approximate"}, default="exact"
        How the closest faces are found. "approximate" builds an index of them (of
        usearch, the extra ``index``), for galleries of several hundred thousand: it
        may miss the closest, as `index_recall_` tells. `predict_proba`, and `predict`
        with several neighbours, measure the distances to all.
    random_state : int, RandomState instance or None, default=None
        For the start of that iteration, and for which faces calibrate if there are
        more than 500.

    Attributes
    ----------
    mean_face_ : ndarray of shape (n_features,)
        Of the images as `prepare` returns them.
    components_ : ndarray of shape (n_components_, n_features)
        The eigenfaces: of unit length, a row each.
    eigenface_images_ : ndarray of shape (n_components_, height, width)
        The same as images; only where `image_shape_` is known.
    image_shape_ : tuple of two ints or None
        Height and width of the images, if they are known.
    explained_variance_ : ndarray of shape (n_components_,)
        Eigenvalues of the covariance matrix.
    explained_variance_ratio_ : ndarray of shape (n_components_,)
        Their shares of the whole variance.
    n_components_ : int
        M.
    embedding_ : ndarray of shape (n_images_, n_components_)
        The enrolled faces in face space, as `transform` returns them; with `mirror`
        the mirrored ones of each call follow its others.
    known_threshold_ : float or ndarray of shape (n_classes,)
        Distance in face space up to which a face is known, one a person for
        "per-class"; infinite if `known_threshold` is None.
    false_alarm_rate_ : float
        Share of unknown people's images that a calibrated `known_threshold` is expected
        to let in; only with one. ``open_set.py`` has the formulas.
    false_alarm_interval_ : tuple of two floats
        Its interval at 95% confidence: the wider, the fewer people are enrolled.
    false_refusal_rate_ : float
        Share of new images of the enrolled that it is expected to refuse.
    face_threshold_ : float
        Distance from face space up to which an image is a face; infinite if
        `face_threshold` is None.
    classes_ : ndarray of shape (n_classes,)
        Sorted labels of the people.
    unknown_label_ : int or str
        What `predict` answers for an unknown person and for what is no face.
        `partial_fit` changes it if it is a person's who comes, and was not asked for.
    index_recall_ : float
        Share of the enrolled faces, up to 500 drawn, of which the index finds the
        closest other; only with search="approximate".
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
    skmath.display.FaceDistanceDisplay : Both distances of images, drawn.

    Notes
    -----
    The plain eigenfaces of the references are ``brightness=None, whiten=False,
    metric="euclidean"``: `transform` is then PCA's, up to signs.

    *Known.* People are left out in groups, of face space and whitening too, and their
    images' distances to the others are those of impostors. The threshold is the largest
    that lets in no more than `target_far` of them, or, if these are fewer than five,
    that of the law of smallest distances (`calibration`). How well it holds for others
    depends on how many there were: of ten people ten others may differ by a factor of
    two or three.

    *A face.* Turk and Pentland's distance from face space is small for smooth patches
    of anything; the distance here adds to it that within, as the likelihood of a
    Gaussian does (Moghaddam and Pentland 1997), and the likelihood of the details of
    images whose shape is known (`likelihood`, `details`). On halves of the ORL faces
    it takes 98.9% of the other halves for faces, and 0.9% of 1,194 other images, blank
    frames to pictures of animals; without details 94.8% and 10.4%
    (``benchmarks/face_gate.py``).

    *Probabilities* are :math:`p_c \propto e^{-d_c / \tau}` of the distances to the
    closest face of each person, with the tau that makes enrolled faces likeliest that
    are left out, of the whitening too (`probabilities`). With one image a person tau is
    the mean distance to the closest other. Votes of several neighbours are added to
    them: shares of votes, of which only the tie is calibrated. All sum to 1 over the
    enrolled people, whether it is one of them or not.

    *Defaults.* They were chosen on ORL faces (``benchmarks/eigenface_defaults.py``),
    `smoothing` and `shrinkage` on halves of the training images alone. Chosen so anew
    in each of 20 splits they name 97.7% of the test images, and the area under the ROC
    curve of 20 people against 20 unknown ones is .976; of flat rows 97.2% and .973.

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
        n_components=0.95,
        *,
        brightness="root",
        smoothing="auto",
        whiten="within",
        shrinkage=0.2,
        metric="cosine",
        n_neighbors=1,
        weights="uniform",
        known_threshold=None,
        face_threshold=None,
        face_components=3,
        target_far=0.01,
        target_frr=0.05,
        unknown_label=None,
        mirror=False,
        image_shape=None,
        solver="auto",
        search="exact",
        random_state=None,
    ):
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
    def for_embeddings(cls, **params):
        """Return a classifier of vectors that a network made of faces, or of others.

        Such vectors (of ArcFace, dlib, SFace, sentences) have no brightness to take
        out, how one person's differ was made small already, and cosines compare them:
        it is ``brightness=None, n_components=1.0, whiten=False`` with a calibrated
        gate, ``known_threshold="auto"``. A tolerance that is usual for the network was
        found on other faces; the gate is that of the enrolled.

        Parameters
        ----------
        **params : dict
            Parameters of the class, in place of these or beside them.

        Returns
        -------
        EigenfaceClassifier
            Not fitted.

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
    @_fit_context(prefer_skip_nested_validation=True)
    @fitting.all_or_nothing
    def fit(self, X, y, sample_weight=None):
        """Learn the face space, enrol the faces and calibrate who is known.

        Parameters
        ----------
        X : array-like or Dask array of shape (n_images, n_features)
            Flattened grey images, of any scale. Also images of shape (n_images, height,
            width) or (n_images, height, width, channels), RGB or RGBA, of which the
            luma is taken; a list of such images, or of Pillow's; and in other methods
            one image, of shape (height, width) if `image_shape_` is known.
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
            If X or y cannot be used, all the faces are equal, image_shape is not that
            of the rows of X or missing for `mirror`, a threshold is to be calibrated on
            one person alone, unknown_label is a person's or a string beside numbers,
            or solver="krylov" is not given the number of components.
        TypeError
            If X is sparse, or if `mirror` is set and X is a Dask array.

        Warns
        -----
        UserWarning
            If whiten="within" and no person has two images that differ, if images are
            too few to calibrate a threshold at the rate asked, if cosine distances are
            taken in one dimension, or if an image has no contrast.
        """
        # Collect faces.
        rows = images_to_fit(self, X, y, sample_weight, keeps_bytes=True)
        options = self._options()
        self.classes_, rows = with_class_codes(rows)
        self.unknown_label_ = unknown_label(options, self.classes_)
        rows, *who = collected(rows, options)
        # The mean face, and of the directions of maximum variance about it the top M.
        space, C, outside = learn_face_space(rows, options.n_components, options)
        self._store(space, options, dtype_of_numbers(rows.X))
        # Project all the faces into it, and whiten there how one person's differ.
        self._enrol(Faces(*who, C, outside), options)
        # How near is near, to a person and to a face?
        self._calibrate(options)
        return self

    @fitting.fits_on_host
    @_fit_context(prefer_skip_nested_validation=True)
    @fitting.restored_if_it_fails
    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Enrol new images, of people known or new, without the old images.

        The face space is merged with that of the new images (incremental singular value
        decomposition, Ross et al. 2008). If no direction was cut off, the model is that
        of `fit` on all the images; otherwise it lacks what was cut off of the old ones,
        the more the smaller the first calls were. n_components="auto" takes what was
        cut off for noise, the same in all directions.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features)
        y : array-like of shape (n_images,)
            Who each is. New people may come at any call.
        classes : array-like of shape (n_classes,), default=None
            Labels that may come, so that `predict_proba` has their columns already.
        sample_weight : array-like of shape (n_images,), default=None

        Returns
        -------
        self : EigenfaceClassifier

        Raises
        ------
        ValueError
            As by `fit`; if labels are numbers once and strings once; or if the first
            call has one image: two that differ make an eigenface.

        Notes
        -----
        Beyond 1,000 enrolled faces probabilities and thresholds are calibrated again
        only when the faces have grown by a tenth; "per-class" thresholds always.
        """
        if hasattr(self, "mean_face_"):
            return self._enlarge(X, y, classes, sample_weight)
        check_first_call(X)
        self.fit(X, y, sample_weight)
        if classes is not None:
            options = self._options()
            self._admit(classes, options)
            self._calibrate(options)
        return self

    def _enlarge(self, X, y, classes, sample_weight):
        """Merge new images into a model that is fitted."""
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
        self._admit(new, options)
        if classes is not None:
            self._admit(classes, options)
        rows = rows.with_y(np.searchsorted(self.classes_, new).take)
        # Merge the old face space and the new images' one; enrol all in it.
        space, faces = enlarged(self._space_, self._faces_, rows, options)
        self._store(space, options, dtype)
        self._enrol(faces, options)
        thresholds = options.known_threshold == "per-class"  # one a new person too
        if thresholds or is_due(self.n_images_, self._n_calibrated_):
            self._calibrate(options)
        else:
            variance = self.explained_variance_[: len(self._likelihood_.variance)]
            self._likelihood_ = replace(self._likelihood_, variance=variance)
        return self

    @fitting.changes_on_host
    @_fit_context(prefer_skip_nested_validation=True)
    @fitting.restored_if_it_fails
    def forget(self, labels=None, *, index=None, refit=False):
        """Erase people, or single faces: nothing of them stays in the gallery.

        Whitening, thresholds and probabilities become those of the faces that remain,
        in the same face space. Its mean and eigenfaces, which were learnt with the
        images that leave, remain: no image can be had of them, but their part in the
        averages is taken out only by `refit`, or by a fit of the images that remain.

        Parameters
        ----------
        labels : label or array-like of labels, default=None
            People of `classes_` who leave, all faces of each.
        index : int or array-like of int, default=None
            In place of labels: faces that leave, as rows of `embedding_`. Mirrored and
            equal images of the same person leave with them, and a person without faces.
        refit : bool, default=False
            Whether face space becomes that of the others alone. It is exact, and done
            only where no direction of theirs was cut off, as if `n_components` is not
            less than there are images.

        Returns
        -------
        self : EigenfaceClassifier

        Raises
        ------
        ValueError
            If labels are not enrolled, an index is none of a face, nobody would remain,
            or face space cannot be refitted without the images.

        Notes
        -----
        Beyond 1,000 enrolled faces probabilities and thresholds are calibrated again
        only when the faces have become fewer by a tenth. Until then they are what they
        were: a few numbers about all faces together, those that left among them. So is
        an "auto" threshold if one person remains.
        """
        check_is_fitted(self)
        options = self._fitted_options()
        leave, who = who_leaves(self._faces_, self.classes_, labels, index)
        faces = faces_left(self._faces_, leave, who)
        if refit:
            space, faces = face_space_left(self._space_, faces, options.n_components)
            self._store(space, options, faces.C.dtype)
        self.classes_ = self.classes_[~who]
        self.unknown_label_ = unknown_label(options, self.classes_)
        if np.ndim(self.known_threshold_):
            self.known_threshold_ = self.known_threshold_[~who]
        self._enrol(faces, options)
        if refit or is_due(self.n_images_, self._n_calibrated_):
            self._calibrate(threshold_left(options, faces, self.known_threshold_))
        else:
            self._likelihood_ = self._likelihood_.without_probes()
        return self

    def _fitted_options(self):
        """Return the options, with the images looked at as in `fit`."""
        looks = {"prepare": self._prepare_, "details": self._details_}
        return replace(self._options(), **looks)

    def _admit(self, labels, options):
        """Add labels to the classes; the enrolled faces' codes follow."""
        self.classes_, place = more_classes(self.classes_, labels)
        codes, n_classes = place[self._faces_.codes], len(self.classes_)
        self._faces_ = replace(self._faces_, codes=codes)
        self._gallery_ = replace(self._gallery_, codes=codes, n_classes=n_classes)
        self.unknown_label_ = unknown_label(options, self.classes_)

    def _store(self, space, options, dtype):
        """Keep the face space."""
        M = self.n_components_ = len(space.axes)
        if M == 0:
            raise ValueError(
                "All the images are equal, or so nearly that squares of their "
                "differences vanish: there is no direction of variance to make an "
                f"eigenface of. n_features = {self.n_features_in_}, n_samples = "
                f"{space.weight:g}."
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
        self._pairs_ = None  # learnt when it is first asked for

    def _calibrate(self, options):
        """Learn how near the same person's images, others' and faces are."""
        self._n_calibrated_ = self.n_images_
        found = calibrated(self._faces_, self._gallery_, self._whitening_, options)
        self._temperature_, self._likelihood_ = found.temperature, found.likelihood
        self.known_threshold_ = found.known_threshold
        self.face_threshold_ = found.face_threshold
        if found.rates is not None:
            self.false_alarm_rate_ = found.rates.false_alarm
            self.false_alarm_interval_ = found.rates.interval
            self.false_refusal_rate_ = found.rates.false_refusal

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        tags.array_api_support = True  # on the host: see skmath._estimators.host
        return tags
