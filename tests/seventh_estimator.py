r"""A classifier by the nearest class mean.

Each class k has a mean; a row goes to the class whose mean is nearest to it:

.. math:: \mu_k = \frac{\sum_{i: y_i = k} w_i x_i}{\sum_{i: y_i = k} w_i}, \qquad
          \hat y(x) = \arg\min_k \; d(x, \mu_k) .

1. Sum the weighted rows of each class and divide by its weight: the means;
2. for a new row, find the nearest mean.

The fit takes O(n p) time and O(K p) memory beside X, for n rows, p features, K classes.

References
----------
T. Hastie, R. Tibshirani and J. Friedman, *The Elements of Statistical Learning*, 2nd
edition, 2009, section 18.2.
"""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import assert_all_finite, check_consistent_length, column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from skmath.linear_algebra import DISTANCES
from skmath.statistics import class_means

__all__ = ["NearestMean"]


class NearestMean(ClassifierMixin, BaseEstimator):
    """Assign each row to the class whose mean is nearest.

    Parameters
    ----------
    metric : {"euclidean", "cosine", "manhattan"}, default="euclidean"
        Distance between a row and a mean.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Sorted labels.
    means_ : ndarray of shape (n_classes, n_features)
        Mean of each class, in the units of X.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features,)
        Only if X has names, all of them strings.

    See Also
    --------
    sklearn.neighbors.NearestCentroid : The same with euclidean distances.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> model = NearestMean().fit(X, y)
    >>> model.means_.round(1)
    array([[5. , 3.4, 1.5, 0.2],
           [5.9, 2.8, 4.3, 1.3],
           [6.6, 3. , 5.6, 2. ]])
    >>> round(model.score(X, y), 3)
    0.927
    """

    def __init__(self, metric="euclidean"):
        self.metric = metric

    def fit(self, X, y, sample_weight=None):
        """Find the mean of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,)
        sample_weight : array-like of shape (n_samples,), default=None
            A weight of 2 is the same row twice. None is 1 for each row.

        Returns
        -------
        self : NearestMean
        """
        if self.metric not in DISTANCES:
            names = ", ".join(DISTANCES)
            raise ValueError(f"metric must be one of {names}, got {self.metric!r}.")
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        weight = checked_weight(sample_weight, X)
        present = weight > 0
        self.classes_, codes = np.unique(y[present], return_inverse=True)
        self.means_ = class_means(X[present], codes, weight[present])
        return self

    def predict(self, X):
        """Return the class of the nearest mean of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        distances = DISTANCES[self.metric].between(X, self.means_)
        return self.classes_[distances.argmin(axis=1)]


def checked_weight(sample_weight, X):
    """Return the weights of the rows of X: 1 for each by default."""
    if sample_weight is None:
        return np.ones(X.shape[0])
    weight = column_or_1d(sample_weight, dtype=np.float64)
    assert_all_finite(weight, input_name="sample_weight")
    check_consistent_length(X, weight)
    if weight.min() < 0 or not weight.any():
        raise ValueError("sample_weight must not be negative, nor zero for every row.")
    return weight
