"""What `transform` returns, in ONNX: alone, and as a step before others."""

from functools import cache

import numpy as np
import palmerpenguins
import pytest
from graphs import run, run_frame
from skl2onnx import to_onnx
from sklearn.base import clone, is_classifier
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_digits, load_iris
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import StandardScaler
from test_onnx_places import MLP, flowers, stack, vote

from skmath import BackpropMLP, EigenfaceClassifier, FromScratchNB, SVDRegressor

pytestmark = pytest.mark.filterwarnings("ignore:The loss was still falling")

MODELS = [SVDRegressor(1), MLP, FromScratchNB("gaussian"), EigenfaceClassifier(2)]

SEARCHED = "its transform, which another step wants, inside of a search or a stack"


def last(model):
    return (
        LogisticRegression(max_iter=1000)
        if is_classifier(model)
        else LinearRegression()
    )


def places(model):
    """Return models that transform by an estimator, by what they are."""
    columns = [("one", model, [0, 1, 2])]
    scaled = make_pipeline(StandardScaler(), model)
    return {
        "step": make_pipeline(model, last(model)),
        "step of three": make_pipeline(StandardScaler(), model, last(model)),
        "step before a number": make_pipeline(model, LinearRegression()),
        "union": FeatureUnion([("one", model)]),
        "part of a union": make_pipeline(
            FeatureUnion([("one", model), ("two", StandardScaler())]), last(model)
        ),
        "pipeline of a union": FeatureUnion([("one", scaled)]),
        "columns": ColumnTransformer(columns),
        "columns of several": ColumnTransformer(columns, remainder="passthrough"),
        "columns before": make_pipeline(ColumnTransformer(columns), last(model)),
        "weighted columns": ColumnTransformer(columns, transformer_weights={"one": 2}),
        "columns of a pipeline": ColumnTransformer([("one", scaled, [0, 1, 2])]),
        "pipeline of a pipeline": make_pipeline(scaled, last(model)),
        "pipeline of a search": GridSearchCV(
            make_pipeline(model, last(model)), {}, cv=2
        ),
        "step of what is stacked": stack(make_pipeline(model, last(model))),
        "columns of it": stack(make_pipeline(ColumnTransformer(columns), last(model))),
    }


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("place", places(SVDRegressor()))
@pytest.mark.parametrize("model", MODELS, ids=lambda m: type(m).__name__)
def test_a_step_that_transforms_answers_the_same(model, place, dtype):
    X, y = flowers()
    model = places(clone(model))[place].fit(X, y)
    X, atol = X.astype(dtype), 1e-8 if dtype is np.float64 else 1e-4
    if is_classifier(model):
        answers = run(model, X, {id(model): {"zipmap": False}})
        expected = model.predict_proba(X)
        np.testing.assert_allclose(answers["probabilities"], expected, atol=1e-5)
        return
    [found] = run(model, X).values()
    expected = model.predict(X) if hasattr(model, "predict") else model.transform(X)
    np.testing.assert_allclose(found, expected.reshape(found.shape), atol=atol)


def test_a_classifier_of_a_vote_may_be_a_pipeline_of_two_of_ours():
    X, y = flowers()
    one = make_pipeline(SVDRegressor(2), FromScratchNB("gaussian"))
    model = vote(one, voting="soft").fit(X, y)
    found = run(model, X, {id(model): {"zipmap": False}})["probabilities"]
    np.testing.assert_allclose(found, model.predict_proba(X), atol=1e-5)


@pytest.mark.parametrize("model", MODELS, ids=lambda m: type(m).__name__)
def test_an_option_asks_for_it(model):
    X, y = flowers()
    model = clone(model).fit(X, y)
    found = run(model, X, {id(model): {"transform": True}})
    assert list(found) == ["variable"]
    np.testing.assert_allclose(found["variable"], model.transform(X), atol=1e-8)
    model = make_pipeline(StandardScaler(), clone(model)).fit(X, y)
    found = run(model, X, {id(model[-1]): {"transform": True}})
    np.testing.assert_allclose(found["variable"], model.transform(X), atol=1e-8)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda model: make_pipeline(GridSearchCV(model, {}, cv=2), last(model)),
        lambda model: ColumnTransformer(
            [("one", GridSearchCV(model, {}, cv=2), [0, 1, 2])]
        ),
        lambda model: stack(
            make_pipeline(GridSearchCV(model, {}, cv=2), LinearRegression())
        ),
        lambda model: make_pipeline(stack(model), last(model)),
    ],
    ids=["search", "columns of a search", "stacked search", "stack"],
)
def test_searches_and_stacks_that_transform_are_refused(wrap):
    X, _ = flowers()
    model = wrap(SVDRegressor(1)).fit(X, X @ [1.0, -2.0, 3.0, 1.0])
    with pytest.raises(NotImplementedError, match=SEARCHED):
        to_onnx(model, X[:1])


def test_one_estimator_in_two_places_is_refused():
    X, y = flowers()
    model = FromScratchNB("gaussian").fit(X, y)
    pipeline = make_pipeline(StandardScaler(), model).fit(X, y)
    pipeline.steps.insert(0, ("first", pipeline[-1]))
    with pytest.raises(NotImplementedError, match="two places in one pipeline"):
        to_onnx(pipeline, X[:1])


@pytest.mark.parametrize(
    "model",
    [
        BackpropMLP((6, 4), n_members=3, max_iter=5, random_state=0),
        BackpropMLP((), max_iter=5, random_state=0),
        BackpropMLP((5,), activation="gelu", max_iter=5, random_state=0),
    ],
    ids=["members", "no hidden layer", "gelu"],
)
def test_hidden_layers_answer_the_same(model):
    X, y = flowers()
    model = clone(model).fit(X, y)
    found = run(model, X, {id(model): {"transform": True}})["variable"]
    np.testing.assert_allclose(found, model.transform(X), atol=1e-5)


@pytest.mark.parametrize("dependence", [None, "tan", "aode"])
@pytest.mark.parametrize(
    "distribution",
    [
        *("gaussian", "kde", "bins", "gamma", "lognormal", "exponential"),
        *("multinomial", "complement", "bernoulli", "categorical", "poisson"),
    ],
)
def test_log_likelihoods_answer_the_same(distribution, dependence):
    if dependence and distribution not in ("bins", "categorical"):
        pytest.skip("it has no pairs of values")
    X, y = load_iris(return_X_y=True)
    if distribution in ("multinomial", "complement", "categorical", "poisson"):
        X = np.round(X)
    model = FromScratchNB(distribution, dependence=dependence).fit(X, y)
    if distribution == "poisson":
        with pytest.raises(NotImplementedError, match="ONNX has no factorial"):
            to_onnx(model, X[:1], options={id(model): {"transform": True}})
        return
    found = run(model, X, {id(model): {"transform": True}})["variable"]
    np.testing.assert_allclose(found, model.transform(X), rtol=1e-8, atol=1e-8)


@cache
def penguins():
    """Return columns of text and numbers, holes in some, and the species."""
    frame = palmerpenguins.load_penguins()
    text = frame.select_dtypes(exclude="number").columns
    frame = frame.astype(dict.fromkeys(text, object))
    return frame.drop(columns=["species", "year"]), frame["species"].to_numpy()


@pytest.mark.parametrize(
    "model",
    [
        FromScratchNB(),
        FromScratchNB({"bill_length_mm": "kde", "body_mass_g": "bins"}),
        FromScratchNB(dependence="tan"),
        BackpropMLP((8,), max_iter=20, random_state=0),
    ],
    ids=["default", "kde and bins", "tan", "network"],
)
def test_penguins_with_strings_and_holes_answer_the_same(model):
    X, y = penguins()
    model = clone(model).fit(X, y)
    answers = run_frame(model, X)
    np.testing.assert_array_equal(answers["label"], model.predict(X))
    expected = model.predict_proba(X)
    np.testing.assert_allclose(answers["probabilities"], expected, atol=1e-5)
    pipeline = make_pipeline(model, LogisticRegression(max_iter=5000)).fit(X, y)
    answers = run_frame(pipeline, X, options={id(pipeline): {"zipmap": False}})
    expected = pipeline.predict_proba(X)
    np.testing.assert_allclose(answers["probabilities"], expected, atol=1e-5)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("metric", ["euclidean", "cosine", "manhattan"])
def test_embeddings_of_a_network_answer_the_same(metric, dtype):
    # The digits' hidden layer stands for a network's embeddings of faces.
    X, y = load_digits(return_X_y=True)
    network = BackpropMLP((32,), max_iter=15, random_state=0).fit(X[:900], y[:900])
    E = network.transform(X).astype(dtype)
    model = EigenfaceClassifier.for_embeddings(metric=metric).fit(E[:600], y[:600])
    E = np.concatenate([E[600:900], E[600:700, ::-1]])
    answers = run(model, E)
    assert (answers["label"] == model.unknown_label_).any()
    np.testing.assert_array_equal(answers["label"], model.predict(E))
    expected = model.predict_proba(E)
    np.testing.assert_allclose(answers["probabilities"], expected, atol=1e-4)
    pipeline = make_pipeline(network, model).fit(X[:600], y[:600])
    X = X[600:].astype(dtype)
    answers = run(pipeline, X, {id(pipeline): {"zipmap": False}})
    np.testing.assert_array_equal(answers["label"], pipeline.predict(X))
