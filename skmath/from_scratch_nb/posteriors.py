"""What a fitted naive Bayes says: posteriors, evidence, and rows drawn from it."""

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from skmath import _arrays
from skmath._estimators.host import on_host
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
    """The methods of `FromScratchNB` that take what it has learnt."""

    def _map(self, method, X, function, *parameters):
        # One that is not fitted has neither; what reads the rows tells it.
        known = getattr(self, "_table_", None), getattr(self, "_likelihoods_", ())
        rows = rows_to_predict(self, X, *known, method)
        rows = rows.in_blocks(widest_output=self.classes_.shape[0])
        fitted = (self._groups_, self._log_prior_, self.temperature_)
        return rows.map(of_finite, function, *fitted, *parameters)

    @on_host
    def predict(self, X):
        """Return the most probable class of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), as of `fit`

        Returns
        -------
        array of shape (n_samples,)
        """
        classes = getattr(self, "classes_", None)
        return self._map("predict", X, most_probable, classes)

    @on_host
    def predict_joint_log_proba(self, X):
        """Return log P(y) + log P(x | y) / T for each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), as of `fit`

        Returns
        -------
        array of shape (n_samples, n_classes)
        """
        return self._map("predict_joint_log_proba", X, log_joint)

    @on_host
    def predict_log_proba(self, X):
        """Return log P(y | x) for each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), as of `fit`

        Returns
        -------
        array of shape (n_samples, n_classes)
        """
        return self._map("predict_log_proba", X, posterior)

    @on_host
    def predict_proba(self, X):
        """Return P(y | x) for each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), as of `fit`

        Returns
        -------
        array of shape (n_samples, n_classes)
        """
        return self._map("predict_proba", X, probabilities)

    @on_host
    def feature_evidence(self, X):
        """Return what each feature of each row says for and against each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), as of `fit`

        Returns
        -------
        array of shape (n_samples, n_features, n_classes)
            log P(x_j | y) / T less its mean over the classes. The difference between
            two classes is the log-likelihood ratio; summed over the features, and with
            the difference of the log priors, it is their posterior log odds. Of a
            feature that depends on another one it is log P(x_j | y, parent); of several
            parents the mean, each weighing its share of P(x | y).
        """
        return self._map("feature_evidence", X, evidence)

    def feature_log_likelihood(self, values, feature):
        """Return log P(x_j | y) of values of one feature, all others being missing.

        Parameters
        ----------
        values : array-like of shape (n_values,)
            Numbers, categories, or dates (or their seconds).
        feature : int
            Index of the column.

        Returns
        -------
        ndarray of shape (n_values, n_classes)
            Of a number's density, or a category's or a count's probability.

        Raises
        ------
        ValueError
            If there is no such column, or a value cannot be one of it.
        """
        check_is_fitted(self)
        if not 0 <= feature < self.n_features_in_:
            raise ValueError(
                f"feature={feature} is none of the {self.n_features_in_} columns."
            )
        values = np.asarray(values, dtype=object)
        (column,) = columns_of(values[:, None])
        table, held = self._table_, which_categorical(self._likelihoods_)
        is_categorical = (held if table is None else table.categorical)[feature]
        categories = table and table.categories[feature]
        X = np.full((len(values), self.n_features_in_), np.nan)
        if self.distributions_[feature] != "ignored":
            X[:, feature] = encode_column(column, is_categorical, categories, feature)
        groups = of_one_feature(getattr(self, "_host_", self)._groups_, feature)
        return _arrays.to_numpy(log_likelihood(X, groups, None, 1.0))

    @on_host
    def transform(self, X):
        """Return log P(x | y) for each class, priors and temperature left out.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), as of `fit`

        Returns
        -------
        array of shape (n_samples, n_classes)
        """
        return self._map("transform", X, log_likelihood)

    @property
    def _n_features_out(self):
        return self.classes_.shape[0]

    def sample(self, n_samples=1, random_state=None):
        """Draw rows from the model: a class, then each feature given the class.

        Parameters
        ----------
        n_samples : int, default=1
        random_state : int, RandomState instance or None, default=None

        Returns
        -------
        X : ndarray of shape (n_samples, n_features)
            Of objects if there are categories, else of floats.
        y : ndarray of shape (n_samples,)

        Raises
        ------
        ValueError
            If a column's distribution cannot be drawn from: of multinomial counts the
            number of words is not known.
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
                    f"{type(likelihood).__name__} columns cannot be drawn from."
                )
            everything = slice(None) if columns is None else columns
            X[:, everything] = likelihood.draw(parameters, codes, state)
        labels = _arrays.to_numpy(self.classes_)[codes]
        return X if self._table_ is None else self._table_.decode(X), labels

    @property
    def feature_importances_(self):
        """Expected evidence of each feature, ndarray of shape (n_features_in_,).

        The mean of log P(x_j | y) / P(x_j), the mutual information of the feature and
        the class, in nats: of 500 rows of the last fit at most.
        """
        check_is_fitted(self)
        if self._seen_ is None:
            raise AttributeError(
                "feature_importances_ is of rows in memory; these were not."
            )
        X, codes, weight = self._seen_
        groups = getattr(self, "_host_", self)._groups_
        prior = log_prior(_arrays.to_numpy(self.class_count_))
        return expected_evidence(X, groups, prior, self.temperature_, codes, weight)
