"""Values of scikit-learn scorers for held-out predictions."""

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.metrics import get_scorer

from skmath import _arrays
from skmath.linear_algebra import affine

__all__ = ["LinearFit", "Predicted", "score_of", "score_of_fit"]


class LinearFit(RegressorMixin, BaseEstimator):
    """A linear model given by its coefficients, in the form that scorers accept."""

    def __init__(self, coef=None, intercept=None):
        self.coef = coef
        self.intercept = intercept

    def predict(self, X):
        """Return X coef + intercept."""
        return affine(X, self.coef, self.intercept)


class Predicted(RegressorMixin, BaseEstimator):
    """A model whose predictions are passed in place of X."""

    def predict(self, X):
        """Return X."""
        return X


def score_of_fit(b, c, rows, j, scoring):
    """Return the score of coefficients b and intercept c on a fold's rows, output j."""
    like = rows.zero()
    model = LinearFit(*(_arrays.like(np.asarray(v), like, "same") for v in (b, c)))
    y = rows.y if rows.y.ndim == 1 else rows.y[:, j]
    return score_of(model, rows.X, y, rows.weight, scoring)


def score_of(model, X, y, weight, scoring):
    """Return the score of a model on the rows of X, or raise a ValueError.

    Parameters
    ----------
    model : estimator
    X : array or sparse matrix of shape (n_samples, n_features)
    y : array of shape (n_samples,) or (n_samples, n_outputs)
    weight : array of shape (n_samples,) or None
    scoring : str or callable
    """
    weighted = {} if weight is None else {"sample_weight": weight}
    try:
        return float(get_scorer(scoring)(model, X, y, **weighted))
    except TypeError as failure:
        if not weighted:
            raise
        raise ValueError(
            f"scoring={scoring!r} does not accept sample_weight, which is also used "
            "to score the held-out rows: use one that does, or fit without weights."
        ) from failure
    except (ValueError, AttributeError) as failure:
        raise ValueError(
            f"scoring={scoring!r} cannot score predictions of a regressor ({failure}): "
            "use a regression scorer, such as 'neg_mean_absolute_error'."
        ) from failure
