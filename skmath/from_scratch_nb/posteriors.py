"""Prediction methods of `FromScratchNB`: posteriors, evidence and random rows."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from skmath import _arrays
from skmath._estimators.host import on_host
from skmath._estimators.moving import converted
from skmath._rows.columns import encode_column
from skmath._rows.tables import columns_of
from skmath.from_scratch_nb.distributions import which_categorical
from skmath.from_scratch_nb.missingness import of_one_feature
from skmath.from_scratch_nb.reading import rows_to_predict
from skmath.from_scratch_nb.sums import (
    evidence,
    expected_evidence,
    log_joint,
    log_likelihood,
    most_probable,
    of_finite,
    posterior,
    probabilities,
)
from skmath.probability import log_prior

__all__ = ["Posteriors"]


class Posteriors(ClassNamePrefixFeaturesOutMixin, TransformerMixin):
    """Base class of `FromScratchNB` with its prediction methods."""

    classes_: Any
    class_count_: Any
    class_prior_: Any
    distributions_: list[Any]
    n_features_in_: int
    temperature_: float
    _groups_: Any
    _likelihoods_: Any
    _sample_: Any
    _sums_: Any
    _table_: Any

    def _map(self, method, X, function, *parameters):
        # An unfitted model has neither; `rows_to_predict` raises NotFittedError.
        known = getattr(self, "_table_", None), getattr(self, "_likelihoods_", ())
        rows = rows_to_predict(self, X, *known, method)
        rows = rows.in_blocks(widest_output=self.classes_.shape[0])
        fitted = (self._groups_, self._log_prior_, self.temperature_)
        return rows.map(of_finite, function, *fitted, *parameters)

    @on_host
    def predict(self, X: Any) -> Any:
        """Return the most probable class of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), in any form that `fit` takes

        Returns
        -------
        array of shape (n_samples,)
        """
        classes = getattr(self, "classes_", None)
        return self._map("predict", X, most_probable, classes)

    @on_host
    def predict_joint_log_proba(self, X: Any) -> Any:
        """Return log P(y) + log P(x | y) / T for each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), in any form that `fit` takes

        Returns
        -------
        array of shape (n_samples, n_classes)
        """
        return self._map("predict_joint_log_proba", X, log_joint)

    @on_host
    def predict_log_proba(self, X: Any) -> Any:
        """Return log P(y | x) for each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), in any form that `fit` takes

        Returns
        -------
        array of shape (n_samples, n_classes)
        """
        return self._map("predict_log_proba", X, posterior)

    @on_host
    def predict_proba(self, X: Any) -> Any:
        """Return P(y | x) for each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), in any form that `fit` takes

        Returns
        -------
        array of shape (n_samples, n_classes)
        """
        return self._map("predict_proba", X, probabilities)

    @on_host
    def feature_evidence(self, X: Any) -> Any:
        """Explain predictions: the evidence of each feature for and against each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), in any form that `fit` takes

        Returns
        -------
        array of shape (n_samples, n_features, n_classes)
            log P(x_j | y) / T minus its mean over the classes. The difference between
            two classes is the log-likelihood ratio of the feature; these differences
            summed over the features, plus the difference of the log priors, give the
            posterior log odds. For a feature that depends on another one it is
            log P(x_j | y, parent); for several parents, the mean with each weighted by
            its share of P(x | y).
        """
        return self._map("feature_evidence", X, evidence)

    def feature_log_likelihood(self, values: ArrayLike, feature: int) -> np.ndarray:
        """Return log P(x_j | y) for values of one feature, with all others missing.

        Parameters
        ----------
        values : array-like of shape (n_values,)
            Numbers, categories, or dates (as such or in seconds).
        feature : int
            Index of the column.

        Returns
        -------
        ndarray of shape (n_values, n_classes)
            Logarithm of the density of a number, or of the probability of a category
            or count.

        Raises
        ------
        ValueError
            If there is no such column, or a value does not fit its type.
        """
        check_is_fitted(self)
        if not 0 <= feature < self.n_features_in_:
            raise ValueError(
                f"feature={feature} must be the index of one of the "
                f"{self.n_features_in_} columns, from 0."
            )
        (column,) = columns_of(np.asarray(values, dtype=object)[:, None])
        table, is_category = self._table_, which_categorical(self._likelihoods_)
        is_categorical = (is_category if table is None else table.categorical)[feature]
        categories = table and table.categories[feature]
        X = np.full((len(column), self.n_features_in_), np.nan)
        if self.distributions_[feature] != "ignored":
            X[:, feature] = encode_column(column, is_categorical, categories, feature)
        host: Any = getattr(self, "_host_", self)
        groups = of_one_feature(host._groups_, feature)
        return _arrays.to_numpy(log_likelihood(X, groups, None, 1.0))

    @on_host
    def transform(self, X: Any) -> Any:
        """Return log P(x | y) for each class, without priors and temperature.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), in any form that `fit` takes

        Returns
        -------
        array of shape (n_samples, n_classes)
        """
        return self._map("transform", X, log_likelihood)

    @property
    def _n_features_out(self):
        return self.classes_.shape[0]

    def sample(
        self, n_samples: int = 1, random_state: Any = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Draw random rows from the model: a class, then each feature given the class.

        Parameters
        ----------
        n_samples : int, default=1
            Number of rows to draw.
        random_state : int, RandomState instance or None, default=None
            Pass an int for reproducible rows.

        Returns
        -------
        X : ndarray of shape (n_samples, n_features)
            Of dtype object if there are categorical columns, else float.
        y : ndarray of shape (n_samples,)
            Class of each row.

        Raises
        ------
        ValueError
            If a distribution does not support sampling, such as "multinomial", for
            which the number of words is not known.
        """
        check_is_fitted(self)
        state = check_random_state(random_state)
        prior = _arrays.to_numpy(self.class_prior_)
        codes = state.choice(len(prior), size=n_samples, p=prior / prior.sum())
        X = np.empty((n_samples, len(self.distributions_)))
        for columns, likelihood, parameters in self._groups_:
            if not hasattr(likelihood, "draw"):
                likelihood = getattr(likelihood, "likelihood", likelihood)
                raise ValueError(
                    f"sample does not support {type(likelihood).__name__} columns."
                )
            selected = slice(None) if columns is None else columns
            X[:, selected] = likelihood.draw(parameters, codes, state)
        labels = _arrays.to_numpy(self.classes_)[codes]
        return X if self._table_ is None else self._table_.decode(X), labels

    @property
    def feature_importances_(self) -> np.ndarray:
        """Expected evidence of each feature, ndarray of shape (n_features_in_,).

        It is the mean of log P(x_j | y) / P(x_j), an estimate of the mutual information
        of feature and class in nats, on up to 500 rows of the last fit.
        """
        check_is_fitted(self)
        if self._sample_ is None:
            raise AttributeError(
                "feature_importances_ requires a fit on data in memory, not on a Dask "
                "array."
            )
        host: Any = getattr(self, "_host_", self)
        X, codes, weight = host._sample_
        groups = converted(host._groups_, _arrays.to_numpy)
        prior = log_prior(_arrays.to_numpy(self.class_count_))
        return expected_evidence(X, groups, prior, self.temperature_, codes, weight)
