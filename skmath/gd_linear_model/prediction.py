"""What a fitted linear model predicts, with an offset added to its outputs."""

from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

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
from skmath._rows.checks import offset_beside, rows_of, rows_to_apply

__all__ = ["OffsetPredictions"]


class OffsetPredictions(TaskByLossMixin):
    """The methods of a fitted model whose outputs an offset may be added to."""

    def _map_with_offset(self, method, X, offset, finish, *parameters):
        """Return ``finish`` of the outputs with the offset added."""
        if offset is None:
            return self._map(method, X, finish, *parameters)
        rows = rows_to_apply(
            self, X, fitted=self._fitted, method=method, accept_sparse="csr"
        )
        outputs, fitted = self._outputs()
        z = rows.map(outputs, *fitted) + offset_beside(offset, rows, self._widest())
        return rows_of(z).map(finish, _unchanged, (), *parameters)

    def predict(self, X, offset=None):
        """Predict numbers or classes, as the loss says.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
        offset : array-like of shape (n_samples,) or (n_samples, n_outputs), \
default=None
            Added to the outputs, before the inverse link; None is 0. With a logarithmic
            link the predictions are then those of an exposure of 1.

        Returns
        -------
        array of shape (n_samples,) or (n_samples, n_outputs)
        """
        check_is_fitted(self)
        finish = (as_numbers, self._loss_)
        if hasattr(self, "classes_"):
            finish = (as_labels, self.classes_, self._loss_.boundary)
        if hasattr(self, "thresholds_"):
            finish = (as_likeliest, self.classes_, self._loss_)
        return self._map_with_offset("predict", X, offset, *finish)

    @available_if(gives_probabilities)
    def predict_proba(self, X, offset=None):
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
    def predict_log_proba(self, X, offset=None):
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
    def decision_function(self, X, offset=None):
        """Return the outputs: log odds of two classes, a column each of more.

        Of ordered classes (more than two) the columns are the log probabilities, as the
        one output, ``X @ coef_[0]``, does not tell the likeliest class.

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
        finish = (as_decision, self._loss_.boundary)
        if hasattr(self, "thresholds_") and self.classes_.shape[0] > 2:
            finish = (as_log_probabilities, self._loss_)
        return self._map_with_offset("decision_function", X, offset, *finish)

    def score(self, X, y, sample_weight=None, offset=None):
        """Return the accuracy of a classifier, the R^2 of a regressor.

        Of counts and amounts ("poisson", "gamma", "tweedie", "inverse_gaussian") it is
        the share of the deviance, `d2_tweedie_score`, of several quantiles the mean of
        their `d2_pinball_score`.

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
