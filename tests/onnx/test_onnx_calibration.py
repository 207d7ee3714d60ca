"""Calibrated classifiers answer in ONNX as scikit-learn's `CalibratedClassifierCV`."""

import numpy as np
import pytest
from graphs import run
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV
from test_onnx_places import CLIPPED, HINGE, MLP, SCALED, flowers

from skmath import EigenfaceClassifier, FromScratchNB, GDLinearModel

pytestmark = pytest.mark.filterwarnings("ignore:The loss was still falling")

MODELS = {
    "network": MLP,
    "hinge": HINGE,
    "modified huber": CLIPPED,
    "logistic": GDLinearModel("log_loss", alpha=0.1),
    "ordinal": GDLinearModel("ordinal", alpha=0.1),
    "pipeline": SCALED,
    "search": GridSearchCV(SCALED, {}, cv=2),
    "naive Bayes": FromScratchNB("gaussian"),
    "faces": EigenfaceClassifier(2),
}


@pytest.mark.parametrize("frozen", [False, True], ids=["cv", "frozen"])
@pytest.mark.parametrize("two_classes", [True, False], ids=["two", "three"])
@pytest.mark.parametrize("method", ["sigmoid", "isotonic", "temperature"])
@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_a_calibrated_classifier_answers_the_same(model, method, two_classes, frozen):
    X, y = flowers(two_classes)
    y = np.array(["no", "yes", "perhaps"])[y]
    model = clone(model)
    if frozen:
        model = FrozenEstimator(model.fit(X, y))
    model = CalibratedClassifierCV(model, cv=3, method=method).fit(X, y)
    answers = run(model, X, {id(model): {"zipmap": False}})
    p = model.predict_proba(X)
    np.testing.assert_allclose(answers["probabilities"], p, atol=1e-8)
    clear = np.diff(np.sort(p, axis=1)[:, -2:], axis=1)[:, 0] > 1e-8
    np.testing.assert_array_equal(answers["label"][clear], model.predict(X)[clear])


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_float32_answers_the_same_within_its_digits(model):
    X, y = flowers()
    model = CalibratedClassifierCV(clone(model), cv=3).fit(X, y)
    X = X.astype(np.float32)
    answers = run(model, X, {id(model): {"zipmap": False}})
    expected = model.predict_proba(X)
    np.testing.assert_allclose(answers["probabilities"], expected, atol=1e-4)


def test_others_are_converted_as_before():
    from sklearn.naive_bayes import GaussianNB

    X, y = flowers()
    model = CalibratedClassifierCV(GaussianNB(), cv=3).fit(X, y)
    answers = run(model, X.astype(np.float32), {id(model): {"zipmap": False}})
    expected = model.predict_proba(X)
    np.testing.assert_allclose(answers["probabilities"], expected, atol=1e-4)
