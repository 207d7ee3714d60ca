r"""A classifier by the nearest mean.

Each class has a mean; a new row goes to the class whose mean is nearest:

.. math:: \hat y = \arg\min_k \; \|x - \mu_k\|^2
          = \arg\max_k \; x' \mu_k - \tfrac12 \|\mu_k\|^2 .

1. Sum the rows of each class, and their weights;
2. divide: the means;
3. for a new row compare the classes' scores, one matrix product.

One pass over X: O(n p) time, O(p K) memory beside X.

References
----------
T. Hastie, R. Tibshirani and J. Friedman, *The Elements of Statistical Learning*, 2nd
edition, 2009, section 18.2.
"""

from sklearn.base import BaseEstimator, ClassifierMixin, _fit_context

from skmath import _arrays
from skmath._estimators.fitting import all_or_nothing
from skmath._estimators.targets import labels_of, with_class_codes
from skmath._rows.checks import check_squares, rows_to_apply, rows_to_fit
from skmath._tour.registry import Entry, Task
from skmath.statistics import indicators

__all__ = ["NearestMean"]


class NearestMean(ClassifierMixin, BaseEstimator):
    """Each row is of the class whose mean is nearest.

    Parameters
    ----------
    fit_intercept : bool, default=True
        Whether the means' lengths count; False compares directions only.

    Attributes
    ----------
    classes_ : array of shape (n_classes,)
        Sorted labels.
    means_ : array of shape (n_classes, n_features)
        In the units of X.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> round(NearestMean().fit(X, y).score(X, y), 3)
    0.927
    """

    _parameter_constraints = {"fit_intercept": ["boolean"]}

    def __init__(self, fit_intercept=True):
        self.fit_intercept = fit_intercept

    @_fit_context(prefer_skip_nested_validation=True)
    @all_or_nothing
    def fit(self, X, y, sample_weight=None):
        """Find the mean of each class.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
        y : array-like of shape (n_samples,)
        sample_weight : array-like of shape (n_samples,), default=None

        Returns
        -------
        self : NearestMean
        """
        rows = rows_to_fit(self, X, y, sample_weight, accept_sparse="csr")
        self.classes_, rows = with_class_codes(rows)
        total, count = rows.sum(sums_of_classes, self.classes_.shape[0])
        self.means_ = _arrays.like(total / count[:, None], rows.zero(), "same")
        check_squares(self.means_**2)
        return self

    def predict(self, X):
        """Return the class of the nearest mean of each row.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)

        Returns
        -------
        array of shape (n_samples,)
        """
        checks = {"fitted": "means_", "method": "predict", "accept_sparse": "csr"}
        rows = rows_to_apply(self, X, **checks)
        lengths = 0.5 * (self.means_**2).sum(axis=1)
        constant = lengths if self.fit_intercept else 0 * lengths
        return rows.map(nearest, self.means_, constant, self.classes_)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def sums_of_classes(X, y, weight, n_classes):
    """Return the sum of the rows of each class of a block, and their weight."""
    members = indicators(y, n_classes, X)
    weighted = _arrays.weigh(members, weight)
    return _arrays.cross_product(weighted, X), weighted.sum(axis=0)


def nearest(X, means, constant, classes):
    """Return the labels of a block's rows."""
    return labels_of(_arrays.dense(X @ means.T) - constant, classes)


def _tasks():
    from sklearn.datasets import load_digits
    from sklearn.model_selection import StratifiedKFold
    from sklearn.neighbors import NearestCentroid

    return [
        Task(
            data="digits",
            load=lambda: load_digits(return_X_y=True),
            ours=NearestMean(),
            grid={"fit_intercept": [True, False]},
            peer=NearestCentroid(),
            peer_grid={"metric": ["euclidean"]},
            scoring="accuracy",
            metric="accuracy",
            cv=StratifiedKFold(5),
        )
    ]


ENTRY = Entry(
    estimator=NearestMean,
    counterpart="NearestCentroid",
    adds="weights, sparse and Dask rows",
    tasks=_tasks,
    display="EvidenceDisplay",
)
