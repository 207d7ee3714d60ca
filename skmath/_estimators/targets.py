"""Targets: encoding of y for fits, and decoding of outputs to predictions.

`GDLinearModel` and `BackpropMLP` are regressors or classifiers depending on their loss;
`TaskByLossMixin` has the methods that both share.
"""

from collections.abc import Callable
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.metrics import (
    accuracy_score,
    d2_pinball_score,
    d2_tweedie_score,
    r2_score,
)
from sklearn.utils import ClassifierTags, RegressorTags
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted

from skmath import _arrays
from skmath._estimators.base import Estimator
from skmath._estimators.decorators import available_if
from skmath._estimators.fitting import warn
from skmath._estimators.host import on_host
from skmath._estimators.score import in_memory
from skmath._rows.checks import rows_to_apply
from skmath._rows.rows import is_dask
from skmath.calculus import (
    LOSSES,
    LogLoss,
    Loss,
    OneClass,
    Ordinal,
    Quantiles,
    resolve_loss,
)
from skmath.statistics import indicators

LARGEST = 2**63
"""The smallest positive integer that does not fit into int64."""


def with_class_codes(rows: Any) -> tuple[Any, Any]:
    """Return the sorted classes of y, and the rows with each label's index for y.

    Parameters
    ----------
    rows : Rows
        Rows whose y holds labels: numbers or strings.

    Returns
    -------
    classes : array of shape (n_classes,)
        Classes in the namespace of y.
    rows : Rows
    """
    y = plain_labels(rows.y)
    if y is not rows.y:
        rows = rows.with_y(plain_labels)
    if rows.weight is not None:
        # Rows of weight 0 are ignored, and so are classes that only they have.
        y = y[rows.weight > 0 if is_dask(y) else _arrays.like(rows.weight > 0, y)]
    if is_dask(y):
        import dask.array as da

        classes = plain_labels(rows.computed(da.unique(y)))
    else:
        classes = unique_labels(y)
    # Whole numbers are labels, however many there are.
    if not (y.ndim == 1 and str(y.dtype).startswith(("int", "uint", "bool"))):
        check_labels(classes if is_dask(y) else rows.y)
    return classes, rows.with_y(class_codes, classes)


def plain_labels(y: Any) -> Any:
    """Convert labels that are numbers in an array of dtype object to a numeric array.

    Parameters
    ----------
    y : array

    Returns
    -------
    array
        Array of bools, integers or floats; y itself if it holds anything else.

    Raises
    ------
    ValueError
        If some labels are bools and others are numbers.
    """
    if not (isinstance(y, np.ndarray) and is_of_objects(y)):
        return y
    kinds = set(map(type, y.ravel().tolist()))
    bools = {kind for kind in kinds if issubclass(kind, bool | np.bool_)}
    if not kinds or not all(issubclass(kind, Real) for kind in kinds - bools):
        return y
    if bools and bools != kinds:
        raise ValueError(
            "y has labels of two types, bools and numbers. Convert them to one type, "
            "for example with y.astype(int)."
        )
    whole = all(issubclass(kind, Integral) for kind in kinds - bools)
    try:
        return y.astype(bool if bools else np.int64 if whole else np.float64)
    except OverflowError:
        return y


def is_of_objects(y: Any) -> bool:
    """Return whether an array or a series has dtype object."""
    return str(getattr(y, "dtype", "")) == "object"


def check_labels(y: Any) -> None:
    """Raise a ValueError if y does not hold labels of classes."""
    with np.errstate(invalid="ignore"):  # floats too large for a cast to int
        check_classification_targets(y)


def unique_labels(y: Any) -> Any:
    """Return the sorted distinct labels."""
    if type(y) is np.ndarray and y.dtype.kind in "iu" and y.ndim == 1 and len(y):
        low, high = int(y.min()), int(y.max())
        if high - low < len(y) and high < LARGEST:
            # Differences of 8-bit integers may overflow.
            y_wide = y.astype(np.int64, copy=False)
            counts = np.bincount(y_wide - low if low else y_wide)
            return (np.flatnonzero(counts) + low).astype(y.dtype)
    try:
        return _arrays.namespace(y).unique_values(y)
    except TypeError:
        kinds = sorted({type(label).__name__ for label in y.tolist()})
        raise ValueError(
            f"y has labels that cannot be sorted, of types {', '.join(kinds)}. Convert "
            "them all to strings, or all to numbers."
        ) from None


def class_codes(y: Any, classes: Any) -> Any:
    """Return the index of each label among the sorted classes.

    A label that is not among them (of a row of weight 0) gets an arbitrary index.
    """
    if type(y) is np.ndarray and y.dtype.kind in "iu" and len(classes):
        low, high = int(classes[0]), int(classes[-1])
        if high - low < max(1000, len(y)) and high < LARGEST:
            # For labels in a small range a table is faster than a search.
            table = np.searchsorted(classes, np.arange(low, high + 1))
            y_wide = y.astype(np.int64, copy=False)
            return table.take(y_wide - low if low else y_wide, mode="clip")
    xp, last = _arrays.namespace(y), classes.shape[0] - 1
    codes = xp.searchsorted(classes, y)
    return xp.where(codes <= last, codes, xp.full_like(codes, last))


def warn_of_numbers(classes: Any, n_rows: float) -> None:
    """Warn if the labels of classes look like numbers that were to be predicted.

    They do if there are more than 20 classes, with fewer than four rows each, and the
    labels are floating-point numbers, or integers whose range exceeds twice the number
    of classes.

    Parameters
    ----------
    classes : array of shape (n_classes,)
        Sorted.
    n_rows : int or NaN
        NaN where Dask does not know.
    """
    xp, n_classes = _arrays.namespace(classes), classes.shape[0]
    if not (n_classes > 20 and n_rows < 4 * n_classes):
        return
    if xp.isdtype(classes.dtype, "integral"):
        spread = int(classes[-1]) - int(classes[0])
        looks_like_numbers = spread > 2 * n_classes
    else:
        looks_like_numbers = xp.isdtype(classes.dtype, "real floating")
    if looks_like_numbers:
        warn(
            f"y has {n_classes} different numbers, each treated as a class; set "
            "loss='squared_error' to predict a number.",
            UserWarning,
        )


def codes_among(rows: Any, classes: Any) -> Any:
    """Return sorted classes, and the rows with each label's index among them for y.

    Parameters
    ----------
    rows : Rows
        Rows whose y holds labels.
    classes : array-like of shape (n_classes,)

    Raises
    ------
    ValueError
        If y has labels that are not among the classes.
    """
    found, _ = with_class_codes(rows)
    classes = _arrays.namespace(found).unique_values(_arrays.like(classes, found))
    known = set(_arrays.to_numpy(classes).tolist())
    unknown = set(_arrays.to_numpy(found).tolist()) - known
    if unknown:
        raise ValueError(
            f"y has labels that are not among the classes: {sorted(unknown)}."
        )
    return classes, rows.with_y(class_codes, classes)


def as_outputs(y: Any, X: Any, n_classes: int = 0) -> Any:
    """Return y in the form that a loss compares with outputs, one column per output.

    Parameters
    ----------
    y : array of shape (n_samples,) or (n_samples, n_outputs)
        Class codes if n_classes, else numbers.
    X : array or sparse matrix
        Array whose namespace and dtype the result has.
    n_classes : int, default=0
        0 for a regression; 2 gives one column.

    Returns
    -------
    array of shape (n_samples, n_outputs)
    """
    if n_classes:
        Y = indicators(y, n_classes, X)
        return Y[:, 1:] if n_classes == 2 else Y
    with np.errstate(over="ignore"):  # overflow to infinity raises an error later
        y = _arrays.like(y, X, "same")
    return y[:, None] if y.ndim == 1 else y


def check_domain(rows: Any, loss: Any, name: Any, n_classes: int) -> None:
    """Raise a ValueError if some targets are outside the domain of the loss.

    Parameters
    ----------
    rows : Rows
    loss : object of `skmath.calculus.losses`
    name : str or object
        The parameter `loss`, for the message.
    n_classes : int
        See `as_outputs`.
    """
    outside = float(rows.sum(_count_outside, loss, n_classes))
    if outside > 0:
        raise ValueError(
            f"loss={name!r} requires targets that are {loss.domain}; y has "
            f"{outside:.0f} that are not."
        )


def _count_outside(X: Any, y: Any, weight: Any, loss: Any, n_classes: int) -> Any:
    """Return how many of a block's targets are outside the domain of the loss."""
    outside = loss.outside(as_outputs(y, X, n_classes))
    xp = _arrays.namespace(outside)
    return xp.sum(xp.astype(outside, X.dtype))


def check_same_classes(classes: Any, known: Any) -> None:
    """Raise a ValueError if `partial_fit` gets other classes than in its first call.

    Parameters
    ----------
    classes : array-like of shape (n_classes,) or None
        None means those of the first call.
    known : array of shape (n_classes,) or None
        None in the first call.
    """
    if classes is None or known is None:
        return
    known = _arrays.to_numpy(known).tolist()
    given = np.unique(_arrays.to_numpy(np.asarray(classes))).tolist()
    if given != known:
        raise ValueError(
            f"classes={given} differ from those of the first call of partial_fit, "
            f"{known}. Omit classes, or fit a new model."
        )


def check_one_class_is_meant(found: Any, classes: Any) -> None:
    """Raise a ValueError if the first `partial_fit` has one class, without `classes`.

    Parameters
    ----------
    found : array of shape (1,)
        The class in y.
    classes : array-like or None
        The argument `classes`.
    """
    if classes is None:
        raise ValueError(
            f"The first call of partial_fit has only one class, {found[0]}: pass all "
            "labels that any call may contain as classes."
        )


def labels_of(scores: Any, classes: Any) -> Any:
    """Return the class with the largest score in each row."""
    if type(scores) is np.ndarray and scores.shape[1] == 2:
        # Many times faster than argmax over each row.
        codes = (scores[:, 1] > scores[:, 0]).astype(np.intp)
    else:
        codes = _arrays.namespace(scores).argmax(scores, axis=1)
    return _arrays.take_rows(classes, codes)


# Functions that turn an estimator's outputs z into predictions, block by block.


def as_numbers(
    X: Any, outputs: Callable[..., Any], parameters: tuple[Any, ...], loss: Any
) -> Any:
    z = loss.inverse_link(outputs(X, *parameters))
    return z[:, 0] if z.shape[1] == 1 else z


def as_labels(
    X: Any,
    outputs: Callable[..., Any],
    parameters: tuple[Any, ...],
    classes: Any,
    boundary: float,
) -> Any:
    z = outputs(X, *parameters)
    if z.shape[1] == 1 and classes.shape[0] > 1:
        xp = _arrays.namespace(z)
        return _arrays.take_rows(classes, xp.astype(z[:, 0] > boundary, xp.int64))
    return labels_of(z, classes)


def as_likeliest(
    X: Any,
    outputs: Callable[..., Any],
    parameters: tuple[Any, ...],
    classes: Any,
    loss: Any,
) -> Any:
    return labels_of(loss.log_probabilities(outputs(X, *parameters))[0], classes)


def as_label_sets(X: Any, outputs: Any, parameters: Any) -> Any:
    xp = _arrays.namespace(X)
    return xp.astype(outputs(X, *parameters) > 0, xp.int64)


def as_probabilities(
    X: Any, outputs: Callable[..., Any], parameters: tuple[Any, ...], loss: Any
) -> Any:
    p = loss.inverse_link(outputs(X, *parameters))
    if p.shape[1] > 1 or not getattr(loss, "exclusive", True):
        return p
    return _arrays.namespace(p).concat([1 - p, p], axis=1)


def as_log_probabilities(
    X: Any, outputs: Callable[..., Any], parameters: tuple[Any, ...], loss: Any
) -> Any:
    z = outputs(X, *parameters)
    xp = _arrays.namespace(z)
    if hasattr(loss, "log_probabilities"):
        return xp.concat(loss.log_probabilities(z), axis=1)
    if not isinstance(loss, LogLoss):
        with np.errstate(divide="ignore"):
            return xp.log(as_probabilities(X, outputs, parameters, loss))
    if not loss.exclusive:
        return -xp.logaddexp(xp.zeros_like(z), -z)
    if z.shape[1] == 1:
        z = xp.concat([xp.zeros_like(z), z], axis=1)
    return z - _arrays.logsumexp(z)


def as_decision(
    X: Any, outputs: Callable[..., Any], parameters: tuple[Any, ...], boundary: float
) -> Any:
    z = outputs(X, *parameters)
    z = z - boundary if boundary else z
    return z[:, 0] if z.shape[1] == 1 else z


def classifies(estimator: Any) -> bool:
    if estimator._task() != "classification":
        raise AttributeError(
            f"loss={estimator.loss!r} makes {type(estimator).__name__} a regressor; "
            "this method requires a classification loss, such as 'log_loss'."
        )
    return True


def gives_probabilities(estimator: Any) -> bool:
    if not (classifies(estimator) and estimator._resolve_loss().is_probability):
        raise AttributeError(
            f"loss={estimator.loss!r} does not provide probabilities; use 'log_loss' "
            "or 'modified_huber', or wrap the classifier in CalibratedClassifierCV."
        )
    return True


class TaskByLossMixin(Estimator):
    """Mixin of an estimator that is a regressor or classifier depending on ``loss``.

    The estimator provides ``_outputs()``: a pure function of a block of X, and its
    parameters; the loss compares its result with the targets. ``_fitted`` names a
    fitted array, and ``_widest()`` returns the number of columns of the widest
    intermediate array.
    """

    loss: Any
    _fitted: str
    _outputs: Callable[[], tuple[Any, Any]]
    _widest: Callable[[], int]
    _takes_labels_together = False
    _takes_one_class = False
    _rows_per_feature = 0

    def _resolve_loss(self) -> Any:
        return resolve_loss(self.loss)

    def _wants_positive_targets(self) -> bool:
        if isinstance(self.loss, str) and self._task() == "classification":
            return False
        try:
            return self._resolve_loss().domain != Loss.domain
        except (AttributeError, ValueError):
            return False  # fit says what is wrong with the loss

    def _task(self) -> str:
        if isinstance(self.loss, str) and self.loss in LOSSES:
            return LOSSES[self.loss].task  # fast: this is called many times
        try:
            return self._resolve_loss().task
        except (AttributeError, ValueError):
            return "regression"  # fit says what is wrong with the loss

    def _check_is_fitted(self) -> None:
        if not hasattr(self, self._fitted):
            check_is_fitted(self)

    def _learn_targets(self, rows: Any, classes: Any = None) -> tuple[Any, int]:
        """Return rows with y encoded for the loss, and the number of classes, or 0.

        If classes are given, y may have only some of them, but no others.
        """
        self._loss_, self._labels_together_ = self._resolve_loss(), False
        if self._task() != "classification":
            return rows, 0
        if self._takes_labels_together and rows.y.ndim == 2:
            return self._learn_labels(rows), 0
        try:
            if classes is None:
                self.classes_, rows = with_class_codes(rows)
                if not isinstance(self._loss_, Ordinal):
                    warn_of_numbers(self.classes_, rows.y.shape[0])
            else:
                self.classes_, rows = codes_among(rows, classes)
        except ValueError as error:
            if "Unknown label type: continuous" not in str(error):
                raise
            raise ValueError(
                f"{error} For regression, use loss='squared_error'."
            ) from error
        n_classes = self.classes_.shape[0]
        if n_classes == 1 and self._takes_one_class:
            self._loss_ = OneClass()
        elif n_classes < 2:
            raise ValueError(
                f"{type(self).__name__} requires at least two classes, but y has one "
                f"class only: {self.classes_[0]}."
            )
        return rows.in_blocks(widest_output=n_classes), n_classes

    def _learn_labels(self, rows: Any) -> Any:
        """Return rows whose y has one column per label, with 1 where it applies."""
        check_labels(rows.y)
        if type_of_target(rows.y) != "multilabel-indicator":
            raise ValueError(
                "y has several columns with values other than 0 and 1: fit one "
                "classifier per column, with sklearn.multioutput.MultiOutputClassifier."
            )
        self._loss_ = self._loss_.by_label()
        if self._loss_ is None:
            raise ValueError(
                f"loss={self.loss!r} does not support multilabel targets (several "
                "columns of y). Use 'log_loss' or 'hinge'."
            )
        self._labels_together_ = True
        self.classes_ = np.arange(rows.y.shape[1])
        return rows

    def _rows(self, X: Any, method: str) -> Any:
        return rows_to_apply(
            self, X, fitted=self._fitted, method=method, accept_sparse="csr"
        )

    def _map(
        self, method: str, X: Any, finish: Callable[..., Any], *parameters: Any
    ) -> Any:
        rows = self._rows(X, method)
        outputs, fitted = self._outputs()
        rows = rows.in_blocks(
            rows_per_feature=self._rows_per_feature, widest_output=self._widest()
        )
        return rows.map(finish, outputs, fitted, *parameters)

    @on_host
    def predict(self, X: Any) -> Any:
        """Predict numbers or classes, depending on the loss.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
            Rows to predict.

        Returns
        -------
        array of shape (n_samples,) or (n_samples, n_outputs)
        """
        self._check_is_fitted()
        if getattr(self, "_labels_together_", False):
            return self._map("predict", X, as_label_sets)
        if hasattr(self, "classes_"):
            return self._map(
                "predict", X, as_labels, self.classes_, self._loss_.boundary
            )
        return self._map("predict", X, as_numbers, self._loss_)

    @available_if(gives_probabilities)
    @on_host
    def predict_proba(self, X: Any) -> Any:
        """Return the probability of each class.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
            Rows to predict.

        Returns
        -------
        array of shape (n_samples, n_classes)
        """
        self._check_is_fitted()
        return self._map("predict_proba", X, as_probabilities, self._loss_)

    @available_if(gives_probabilities)
    @on_host
    def predict_log_proba(self, X: Any) -> Any:
        """Return the logarithm of the probability of each class.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
            Rows to predict.

        Returns
        -------
        array of shape (n_samples, n_classes)
        """
        self._check_is_fitted()
        return self._map("predict_log_proba", X, as_log_probabilities, self._loss_)

    @available_if(classifies)
    @on_host
    def decision_function(self, X: Any) -> Any:
        """Return the outputs of the model: one number per class, or a single one.

        For two classes it is a single number (with "log_loss", the log odds), whose
        sign gives the predicted class; with the complementary log-log link it is the
        output minus log(log 2).

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
            Rows to predict.

        Returns
        -------
        array of shape (n_samples,) or (n_samples, n_classes)
        """
        self._check_is_fitted()
        return self._map("decision_function", X, as_decision, self._loss_.boundary)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the accuracy of a classifier or the R^2 of a regressor.

        For the losses "poisson", "gamma", "tweedie" and "inverse_gaussian" it is the
        fraction of deviance explained, `d2_tweedie_score`; for quantiles, the mean of
        their `d2_pinball_score`.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows to predict.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            True targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        float
        """
        return self._score_of(y, self.predict(X), sample_weight)

    def _score_of(self, y: Any, predicted: Any, sample_weight: Any) -> float:
        """Return the score of predictions."""
        y, predicted, sample_weight = in_memory(y, predicted, sample_weight)
        loss = getattr(self, "_loss_", None)
        if isinstance(loss, Quantiles):
            columns = predicted.T if len(loss.quantile) > 1 else [predicted]
            shares = (
                d2_pinball_score(y, z, alpha=q, sample_weight=sample_weight)
                for q, z in zip(loss.quantile, columns, strict=True)
            )
            return float(np.mean(list(shares)))
        power = getattr(loss, "tweedie_power", None)
        if power is not None:
            return share_of_deviance(y, predicted, sample_weight, power)
        if self._task() == "classification":
            # Of pandas too.
            y = plain_labels(np.asarray(y)) if is_of_objects(y) else y
            return accuracy_score(y, predicted, sample_weight=sample_weight)
        return r2_score(y, predicted, sample_weight=sample_weight)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        if self._task() == "classification":
            tags.estimator_type, tags.classifier_tags = "classifier", ClassifierTags()
            tags.classifier_tags.multi_label = self._takes_labels_together
        else:
            tags.estimator_type, tags.regressor_tags = "regressor", RegressorTags()
            tags.target_tags.multi_output = True
            tags.target_tags.positive_only = self._wants_positive_targets()
        return tags


def share_of_deviance(
    y: Any, predicted: Any, sample_weight: Any, power: float
) -> float:
    """Return the fraction of Tweedie's deviance that predictions explain, D^2.

    For several targets it is the mean over the targets.
    """
    xp = _arrays.namespace(predicted)
    predicted = xp.clip(predicted, float(xp.finfo(predicted.dtype).smallest_normal))
    if predicted.ndim == 1:
        return d2_tweedie_score(y, predicted, sample_weight=sample_weight, power=power)
    y = _arrays.like(y, predicted)
    shares = [
        share_of_deviance(y[:, j], predicted[:, j], sample_weight, power)
        for j in range(predicted.shape[1])
    ]
    return sum(shares) / len(shares)
