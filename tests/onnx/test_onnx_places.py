"""Where an exported estimator may stand: the same answers there, or refused by name."""

from functools import cache

import numpy as np
import pytest
from graphs import answers_of, run
from skl2onnx import to_onnx
from skl2onnx.common.data_types import DoubleTensorType
from sklearn.base import clone, is_classifier
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_iris
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression, RANSACRegressor
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier, MultiOutputRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmath import (
    BackpropMLP,
    EigenfaceClassifier,
    FromScratchNB,
    GDLinearModel,
    SVDRegressor,
)

pytestmark = [
    pytest.mark.filterwarnings("ignore:The loss was still falling"),
    # On top of a stack of one.
    pytest.mark.filterwarnings("ignore:In a face space of one dimension"),
]

MLP = BackpropMLP((4,), max_iter=10, random_state=0)
HINGE = GDLinearModel("hinge", alpha=0.1)
CLIPPED = GDLinearModel("modified_huber", alpha=0.1)
PROBABLE = [
    GDLinearModel("log_loss", alpha=0.1),
    MLP,
    FromScratchNB("gaussian"),
    EigenfaceClassifier(2),
]
REGRESSORS = [
    SVDRegressor(),
    GDLinearModel(alpha=0.1),
    BackpropMLP((4,), loss="squared_error", max_iter=10, random_state=0),
]

SCALED = make_pipeline(StandardScaler(), GDLinearModel("log_loss", alpha=0.1))


@cache
def flowers(two_classes=False):
    X, y = load_iris(return_X_y=True)
    rng = np.random.default_rng(0)
    X, y = X + 0.3 * rng.normal(size=X.shape), y
    return (X[y > 0], y[y > 0]) if two_classes else (X, y)


def others(model):
    return (
        LogisticRegression(max_iter=1000)
        if is_classifier(model)
        else LinearRegression()
    )


def vote(model, **parameters):
    return VotingClassifier(
        [("one", model), ("two", others(model))], flatten_transform=False, **parameters
    )


def stack(model):
    kind = StackingClassifier if is_classifier(model) else StackingRegressor
    return kind([("one", model), ("two", others(model))], cv=2)


AROUND_CLASSIFIERS = {
    "vote": lambda model: vote(model, voting="soft"),
    "hard vote": lambda model: vote(model, voting="hard"),
    "stack": stack,
    "top of a stack": lambda model: StackingClassifier(
        [("one", LogisticRegression())], model, cv=2
    ),
    "bag": lambda model: BaggingClassifier(model, 2, random_state=0),
    "bag of columns": lambda model: BaggingClassifier(
        model, 2, max_features=0.5, random_state=0
    ),
    "one against the rest": OneVsRestClassifier,
}


def is_on_a_line(model):
    """Tell whether many faces are equally near, of which the first is the label."""
    top = getattr(model, "final_estimator_", None)
    return isinstance(top, EigenfaceClassifier) and top.n_components_ == 1


@pytest.mark.parametrize("two_classes", [True, False])
@pytest.mark.parametrize("wrap", AROUND_CLASSIFIERS.values(), ids=AROUND_CLASSIFIERS)
@pytest.mark.parametrize("model", [*PROBABLE, SCALED], ids=lambda m: type(m).__name__)
def test_a_wrapped_classifier_answers_the_same(model, wrap, two_classes):
    X, y = flowers(two_classes)
    y = np.array(["no", "yes", "perhaps"])[y]
    model = wrap(clone(model)).fit(X, y)
    if is_on_a_line(model):
        with pytest.raises(NotImplementedError, match="face space of one dimension"):
            to_onnx(model, X[:1])
        return
    answers = run(model, X, {id(model): {"zipmap": False}})
    np.testing.assert_array_equal(answers["label"], model.predict(X))
    if hasattr(model, "predict_proba"):
        found, expected = answers["probabilities"], model.predict_proba(X)
        np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize(
    "model", [PROBABLE[0], PROBABLE[2]], ids=lambda m: type(m).__name__
)
def test_boosted_classifiers_answer_the_same_in_float32_alone(model):
    X, y = flowers()
    model = AdaBoostClassifier(clone(model), n_estimators=3, random_state=0).fit(X, y)
    options = {id(model): {"zipmap": False}}
    answers = run(model, X.astype(np.float32), options)
    np.testing.assert_allclose(
        answers["probabilities"], model.predict_proba(X), atol=1e-5
    )
    with pytest.raises(NotImplementedError, match=r"float64 .* AdaBoostClassifier"):
        run(model, X, options)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda model: AdaBoostRegressor(model, n_estimators=2, random_state=0),
        lambda model: BaggingRegressor(model, 2, max_features=0.5, random_state=0),
        stack,
        lambda model: StackingRegressor([("one", LinearRegression())], model, cv=2),
        lambda model: VotingRegressor([("one", model), ("two", LinearRegression())]),
        lambda model: RANSACRegressor(model, min_samples=50, random_state=0),
        lambda model: GridSearchCV(model, {}, cv=2),
        lambda model: GridSearchCV(make_pipeline(StandardScaler(), model), {}, cv=2),
        lambda model: VotingRegressor([("a", make_pipeline(StandardScaler(), model))]),
    ],
)
@pytest.mark.parametrize("model", REGRESSORS, ids=lambda m: type(m).__name__)
def test_a_wrapped_regressor_answers_the_same(model, wrap):
    X, _ = flowers()
    y = X @ [1.0, -2.0, 3.0, 1.0]
    model = wrap(clone(model)).fit(X, y)
    found = run(model, X)["variable"].ravel()
    np.testing.assert_allclose(found, model.predict(X), atol=1e-5 * np.abs(y).max())


def test_places_of_a_multiple_output_answer_the_same():
    X, y = flowers()
    Y = np.column_stack([X @ [1.0, -2.0, 3.0, 1.0], X[:, 0] ** 2])
    model = MultiOutputRegressor(SVDRegressor()).fit(X, Y)
    np.testing.assert_allclose(run(model, X)["variable"], model.predict(X), atol=1e-8)
    labels = np.column_stack([y == 0, y == 2]).astype(int)
    model = MultiOutputClassifier(FromScratchNB("gaussian")).fit(X, labels)
    answers = run(model, X, {id(model): {"zipmap": False}})
    np.testing.assert_array_equal(answers["label"], model.predict(X))
    expected = model.predict_proba(X)
    np.testing.assert_allclose(answers["probabilities"], expected, atol=1e-8)


REFUSED = {
    "a tuned threshold": (
        TunedThresholdClassifierCV(FromScratchNB("gaussian"), cv=2),
        "FromScratchNB .* inside of TunedThresholdClassifierCV",
    ),
    "one against one": (
        OneVsOneClassifier(MLP),
        "BackpropMLP .* inside of OneVsOneClassifier",
    ),
    "a place of a multiple output": (
        MultiOutputClassifier(MLP),
        "BackpropMLP .* MultiOutputClassifier",
    ),
    "a vote of margins": (
        vote(HINGE, voting="hard"),
        "GDLinearModel .* no probabilities inside of VotingClassifier",
    ),
    "a stack of margins": (stack(HINGE), "no probabilities inside of Stacking"),
    "margins on top of a stack": (
        StackingClassifier([("one", LogisticRegression())], HINGE, cv=2),
        "no probabilities inside of StackingClassifier",
    ),
    "a bag of margins": (BaggingClassifier(HINGE, 2), "inside of BaggingClassifier"),
    "margins against the rest": (OneVsRestClassifier(HINGE), "inside of OneVsRest"),
    "a vote of clipped probabilities": (
        vote(CLIPPED, voting="hard"),
        "loss='modified_huber' .* inside of VotingClassifier",
    ),
    "a stack that predicts": (
        StackingClassifier([("one", MLP)], stack_method="predict", cv=2),
        "BackpropMLP .* stack_method_ .* inside of StackingClassifier",
    ),
    "a vote of strangers": (
        vote(EigenfaceClassifier(2, known_threshold="auto"), voting="soft"),
        "EigenfaceClassifier .* label for strangers inside of VotingClassifier",
    ),
    "a threshold": (
        FixedThresholdClassifier(FromScratchNB("gaussian")),
        "FixedThresholdClassifier",
    ),
    "a transformed target": (
        TransformedTargetRegressor(SVDRegressor()),
        "TransformedTargetRegressor",
    ),
}


@pytest.mark.parametrize(("model", "told"), REFUSED.values(), ids=REFUSED)
def test_a_wrapper_that_would_be_answered_otherwise_is_refused(model, told):
    X, y = flowers(two_classes=True)
    if isinstance(model, MultiOutputClassifier):
        y = np.column_stack([y == 1, X[:, 0] > X[:, 0].mean()]).astype(int)
    model = clone(model).fit(X, y)
    with pytest.raises((NotImplementedError, RuntimeError), match=told):
        to_onnx(model, X[:1])


def test_raw_scores_and_maps_of_probabilities_are_refused():
    X, y = flowers()
    model = GDLinearModel("log_loss", alpha=0.1).fit(X, y)
    for option in ({"zipmap": True}, {"zipmap": "columns"}, {"nocl": True}):
        with pytest.raises(ValueError, match=r"GDLinearModel"):
            to_onnx(model, X[:1], options={id(model): option})
    with pytest.raises(NameError, match=r"raw_scores.*GDLinearModel"):
        to_onnx(model, X[:1], options={id(model): {"raw_scores": True}})
    bag = BaggingClassifier(model, 2, random_state=0).fit(X, y)
    options = {id(bag): {"zipmap": False, "raw_scores": True}}
    with pytest.raises(NotImplementedError, match="raw_scores inside of Bagging"):
        to_onnx(bag, X[:1], options=options)


def test_bags_whose_samples_lack_a_class_are_refused():
    X, y = flowers()
    model = BaggingClassifier(FromScratchNB("gaussian"), 3, random_state=0).fit(X, y)
    model.estimators_[1] = FromScratchNB("gaussian").fit(X[y > 0], y[y > 0])
    with pytest.raises(NotImplementedError, match="samples that lack a class"):
        to_onnx(model, X[:1])


def test_registering_again_changes_nothing():
    import skmath.onnx

    skmath.onnx.register()
    X, y = flowers()
    model = make_pipeline(StandardScaler(), SVDRegressor()).fit(X, y)
    types = [(f"x{j}", DoubleTensorType([None, 1])) for j in range(4)]
    graph = to_onnx(model, initial_types=types)
    assert [node.op_type for node in graph.graph.node].count("Concat") == 1
    found = answers_of(graph, {f"x{j}": X[:, [j]] for j in range(4)})["variable"]
    np.testing.assert_allclose(found[:, 0], model.predict(X), atol=1e-8)
