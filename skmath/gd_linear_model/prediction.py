"""Predictions of a fitted linear model, optionally with an offset."""

from typing import Any

from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from skmath._estimators.decorators import available_if
from skmath._estimators.targets import (
    TaskByLossMixin,
    as_decision,
    as_labels,
    as_likeliest,
    as_log_probabilities,
    as_numbers,
    as_probabilities,
    classifies,
    gives_probabilities,
)
from skmath._rows.checks import aligned_offset, rows_of, rows_to_apply

__all__ = ["OffsetPredictions"]


class OffsetPredictions(TaskByLossMixin):
    """Prediction methods of a fitted model, with an optional offset of the outputs."""

    _follows_x: Any = ("classes_", "coef_", "intercept_", "thresholds_")

    def _map_with_offset(self, method, X, offset, finish, *parameters):
        """Return ``finish`` applied to the outputs plus the offset."""
        if offset is None:
            return self._map(method, X, finish, *parameters)
        rows = rows_to_apply(
            self, X, fitted=self._fitted, method=method, accept_sparse="csr"
        )
        outputs, fitted = self._outputs()
        z = rows.map(outputs, *fitted) + aligned_offset(offset, rows, self._widest())
        return rows_of(z).map(finish, _unchanged, (), *parameters)

    def predict(self, X: Any, offset: ArrayLike | None = None) -> Any:
        """Predict numbers or class labels, depending on the loss.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
        offset : array-like of shape (n_samples,) or (n_samples, n_outputs), \
default=None
            Added to the outputs, before the inverse link; None means 0, so that with
            a log link the predictions are those for an exposure of 1.

        Returns
        -------
        array of shape (n_samples,) or (n_samples, n_outputs)
        """
        check_is_fitted(self)
        finish: tuple[Any, ...] = (as_numbers, self._loss_)
        if hasattr(self, "classes_"):
            finish = (as_labels, self.classes_, self._loss_.boundary)
        if hasattr(self, "thresholds_"):
            finish = (as_likeliest, self.classes_, self._loss_)
        return self._map_with_offset("predict", X, offset, *finish)

    @available_if(gives_probabilities)
    def predict_proba(self, X: Any, offset: ArrayLike | None = None) -> Any:
        """Return the probability of each class.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
        offset : array-like of shape (n_samples,) or (n_samples, n_outputs), \
default=None
            As in `predict`.

        Returns
        -------
        array of shape (n_samples, n_classes)
        """
        check_is_fitted(self)
        finish = (as_probabilities, self._loss_)
        return self._map_with_offset("predict_proba", X, offset, *finish)

    @available_if(gives_probabilities)
    def predict_log_proba(self, X: Any, offset: ArrayLike | None = None) -> Any:
        """Return the logarithm of the probability of each class.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
        offset : array-like of shape (n_samples,) or (n_samples, n_outputs), \
default=None
            As in `predict`.

        Returns
        -------
        array of shape (n_samples, n_classes)
        """
        check_is_fitted(self)
        finish = (as_log_probabilities, self._loss_)
        return self._map_with_offset("predict_log_proba", X, offset, *finish)

    @available_if(classifies)
    def decision_function(self, X: Any, offset: ArrayLike | None = None) -> Any:
        """Return the outputs: log odds for two classes, one column per class for more.

        For more than two ordered classes the columns are the log probabilities, because
        the single output, ``X @ coef_[0]``, does not determine the most likely class.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
        offset : array-like of shape (n_samples,) or (n_samples, n_outputs), \
default=None
            As in `predict`.

        Returns
        -------
        array of shape (n_samples,) or (n_samples, n_classes)
        """
        check_is_fitted(self)
        finish: tuple[Any, ...] = (as_decision, self._loss_.boundary)
        if hasattr(self, "thresholds_") and self.classes_.shape[0] > 2:
            finish = (as_log_probabilities, self._loss_)
        return self._map_with_offset("decision_function", X, offset, *finish)

    def score(
        self,
        X: Any,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        offset: ArrayLike | None = None,
    ) -> float:
        """Return the accuracy of a classifier, or the R^2 of a regressor.

        For counts and amounts ("poisson", "gamma", "tweedie", "inverse_gaussian") it is
        the fraction of deviance explained, `d2_tweedie_score`; for several quantiles
        the mean of their `d2_pinball_score`.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like of shape (n_samples,), default=None
        offset : array-like of shape (n_samples,) or (n_samples, n_outputs), \
default=None
            As in `predict`.

        Returns
        -------
        float
        """
        return self._score_of(y, self.predict(X, offset), sample_weight)


def _unchanged(z):
    return z


for _name in ("predict", "predict_proba", "predict_log_proba", "decision_function"):
    _method = vars(OffsetPredictions)[_name]
    # Python's error of an unknown keyword shows it.
    getattr(_method, "fn", _method).__qualname__ = f"GDLinearModel.{_name}"
