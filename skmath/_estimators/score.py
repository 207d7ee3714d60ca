"""Scores of predictions for Dask arrays."""

from typing import Any

from sklearn.base import is_classifier
from sklearn.metrics import accuracy_score, r2_score

from skmath._rows.rows import is_dask

__all__ = ["ChunkedScoreMixin", "in_memory"]


def in_memory(*values: Any) -> tuple[Any, Any, Any]:
    """Return values, with Dask collections computed.

    Parameters
    ----------
    *values : array-like, Dask collections or None

    Returns
    -------
    tuple
    """
    return tuple(a.compute() if is_dask(a) else a for a in values)


class ChunkedScoreMixin:
    """Mixin of an estimator whose predictions for Dask collections are lazy.

    scikit-learn's scores require their length, which Dask may not know.
    """

    predict: Any

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the accuracy of a classifier or the R^2 of a regressor.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask collection
            Rows to predict.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            True targets. Dask collections are loaded into memory, like the predictions.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        float
        """
        y, predicted, weight = in_memory(y, self.predict(X), sample_weight)
        metric = accuracy_score if is_classifier(self) else r2_score
        return metric(y, predicted, sample_weight=weight)
