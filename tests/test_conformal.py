"""Conformal intervals by MAPIE, as the user guide shows them."""

import numpy as np
import pytest
from mapie.regression import SplitConformalRegressor

from skmath import GDLinearModel, SVDRegressor


def conformal_quantiles(X, y, X_more, y_more):
    """Return a conformalised quantile regression, by rows that it is not fitted to."""
    from mapie.regression import ConformalizedQuantileRegressor, quantile_regression

    known = quantile_regression._MapieQuantileRegressor.quantile_estimator_params
    known["GDLinearModel"] = {"loss_name": "loss", "alpha_name": "quantile"}
    model = ConformalizedQuantileRegressor(GDLinearModel("quantile"), 0.9)
    return model.fit(X, y).conformalize(X_more, y_more)


@pytest.fixture(scope="module")
def rows():
    """Return rows whose errors grow along the first column, in three parts."""
    random = np.random.default_rng(0)
    X = random.uniform(0, 1, (3000, 2))
    y = X @ [1.0, 2.0] + X[:, 0] * random.standard_t(3, 3000)
    return [(X[part], y[part]) for part in np.array_split(np.arange(3000), 3)]


def covered(intervals, y):
    return np.mean((intervals[:, 0, 0] <= y) & (y <= intervals[:, 1, 0]))


def test_quantiles_are_widened_to_hold_what_they_say(rows):
    (X, y), more, (X_new, y_new) = rows
    _, intervals = conformal_quantiles(X, y, *more).predict_interval(X_new)
    # Of 1,000 new rows 90% have a standard error of 1%, and so have those of `more`.
    assert covered(intervals, y_new) == pytest.approx(0.9, abs=0.03)
    width = intervals[:, 1, 0] - intervals[:, 0, 0]
    assert np.corrcoef(width, X_new[:, 0])[0, 1] > 0.9


@pytest.mark.parametrize("model", [GDLinearModel("huber"), SVDRegressor()])
def test_any_regressor_has_intervals(model, rows):
    (X, y), more, (X_new, y_new) = rows
    conformal = SplitConformalRegressor(model, confidence_level=0.9, prefit=False)
    _, intervals = conformal.fit(X, y).conformalize(*more).predict_interval(X_new)
    assert covered(intervals, y_new) == pytest.approx(0.9, abs=0.03)
