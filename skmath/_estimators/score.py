"""Scores of predictions that are in the chunks of a Dask array."""

from sklearn.base import is_classifier
from sklearn.metrics import accuracy_score, r2_score

from skmath._rows.rows import is_dask

__all__ = ["ChunkedScoreMixin", "in_memory"]


def in_memory(*values):
    """Return values, those computed that are lazy.

    Parameters
    ----------
    *values : array-like, Dask collections or None

    Returns
    -------
    tuple
    """
    return tuple(a.compute() if is_dask(a) else a for a in values)


class ChunkedScoreMixin:
    """Mixin of an estimator whose predictions of Dask collections are lazy.

    scikit-learn's scores ask for their length, which Dask may not know.
    """

    def score(self, X, y, sample_weight=None):
        """Return the accuracy of a classifier, the R^2 of a regressor.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask collection
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Brought to memory, as the predictions are, if it is a Dask collection.
        sample_weight : array-like of shape (n_samples,), default=None

        Returns
        -------
        float
        """
        y, predicted, weight = in_memory(y, self.predict(X), sample_weight)
        metric = accuracy_score if is_classifier(self) else r2_score
        return metric(y, predicted, sample_weight=weight)
