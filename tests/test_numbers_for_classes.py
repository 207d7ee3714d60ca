"""A y of many different numbers is told apart from labels of classes."""

import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_diabetes
from sklearn.exceptions import ConvergenceWarning

from skmath import BackpropMLP, GDLinearModel

MODELS = [
    BackpropMLP((4,), max_iter=1, preset="fast", numeric_embedding=None),
    GDLinearModel("log_loss", max_iter=1, tol=1.0),
]
TOLD = r"y has {} different numbers, each treated as a class; set loss='squared_error'"

pytestmark = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning",
    "ignore:The number of unique classes is greater than 50%",
)


@pytest.mark.parametrize("model", MODELS, ids=repr)
@pytest.mark.parametrize("dtype", [np.float64, np.int64, object])
def test_numbers_that_are_taken_for_classes_are_told(model, dtype):
    X, y = load_diabetes(return_X_y=True)
    y = 100 * y  # whole numbers so near each other as 25 to 346 may be codes
    n_different = len(set(y.tolist()))
    with pytest.warns(UserWarning, match=TOLD.format(n_different)):
        clone(model).fit(X, y.astype(dtype))


rng = np.random.default_rng(0)
LABELS = {
    "few floats": rng.permutation(np.arange(60) % 20).astype(float),
    "few integers": rng.permutation(np.arange(60) % 3),
    "codes": rng.permutation(np.arange(60) % 30) + 7,
    "many rows each": rng.permutation(np.arange(200) % 25) * 100,
    "text": np.array([f"name {i}" for i in range(60)]),
    "bools": np.arange(60) > 30,
}


@pytest.mark.parametrize("model", MODELS, ids=repr)
@pytest.mark.parametrize("kind", LABELS)
def test_nothing_is_said_of_labels(model, kind):
    y = LABELS[kind]
    X = rng.normal(size=(len(y), 3))
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", "The number of unique classes")
        clone(model).fit(X, y)


def test_nothing_is_said_of_an_order_or_of_classes_that_are_named():
    X, y = load_diabetes(return_X_y=True)
    with warnings.catch_warnings():
        warnings.filterwarnings("error", "y has")
        GDLinearModel("ordinal", max_iter=1, tol=1.0).fit(X[:60], y[:60])
        BackpropMLP((4,), preset="fast").partial_fit(X, y, classes=np.unique(y))
