"""Values so large that squares overflow: an answer or an error, never NaN."""

import numpy as np
import pytest
from instances import data_for, instances, outputs, settled
from sklearn.base import is_regressor

pytestmark = pytest.mark.filterwarnings("ignore:The loss was still falling")


@pytest.mark.parametrize(("estimator", "configuration"), instances())
@pytest.mark.parametrize("scale", [1e-300, 1e-170, 1e170, 1e300])
def test_extreme_scales_are_answered_or_told(estimator, configuration, scale):
    X, y = data_for(estimator)
    X = X.astype(float) / np.abs(X).max() * scale
    try:
        fitted = settled(estimator).fit(X, y)
    except ValueError as error:
        told = "so large" if scale > 1 else "squares of their differences vanish"
        assert told in str(error)
        return
    for name, values in outputs(fitted, X).items():
        assert np.isfinite(values).all(), name


@pytest.mark.parametrize(
    ("estimator", "configuration"),
    [p for p in instances() if is_regressor(p.values[0])],
)
def test_a_target_that_is_extreme_is_answered_or_told(estimator, configuration):
    X, y = data_for(estimator)
    try:
        predicted = settled(estimator).fit(X, y / np.abs(y).max() * 1e200).predict(X)
    except ValueError as error:
        assert "so large" in str(error)
    else:
        assert np.isfinite(predicted).all()


@pytest.mark.parametrize(("estimator", "configuration"), instances())
def test_an_unknown_argument_of_a_prediction_names_the_estimator(
    estimator, configuration
):
    X, y = data_for(estimator)
    fitted, name = settled(estimator).fit(X, y), type(estimator).__name__
    for method in ("predict", "predict_proba", "decision_function", "transform"):
        if hasattr(fitted, method):
            with pytest.raises(TypeError, match=f"{name}.{method}.*unknown"):
                getattr(fitted, method)(X, unknown=1)
