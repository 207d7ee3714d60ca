"""Graphs of several inputs: all are read, of whatever types, or refused by name."""

import numpy as np
import pandas
import pytest
from graphs import answers_of, run_frame
from skl2onnx import to_onnx
from skl2onnx.common.data_types import (
    DoubleTensorType,
    FloatTensorType,
    Int64TensorType,
)
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    MinMaxScaler,
    OneHotEncoder,
    PolynomialFeatures,
    StandardScaler,
)

from skmath import (
    BackpropMLP,
    EigenfaceClassifier,
    FromScratchNB,
    GDLinearModel,
    SVDRegressor,
)

pytestmark = [
    pytest.mark.filterwarnings("ignore:The loss was still falling"),
    # Of columns as they are, in float32.
    pytest.mark.filterwarnings("ignore:optimality_ is"),
]

MODELS = [
    SVDRegressor(),
    GDLinearModel("log_loss", alpha=0.1),
    GDLinearModel("hinge", alpha=0.1),
    BackpropMLP((4,), max_iter=20, random_state=0),
    BackpropMLP((4,), loss="poisson", max_iter=20, random_state=0),
    FromScratchNB("gaussian"),
    EigenfaceClassifier(2),
]

TYPES = {
    "float64": {"a": float, "b": float, "c": float},
    "float32": {"a": np.float32, "b": np.float32, "c": np.float32},
    "int and floats": {"c": int, "a": np.float32, "b": float},
    "bool": {"d": bool, "b": float, "a": float},
    "small ints": {"c": np.int8, "d": np.uint8, "a": np.float32},
}


def table(types):
    """Return a frame of columns of these types, and two classes of its rows."""
    rng = np.random.default_rng(0)
    n = 60
    frame = pandas.DataFrame(
        {
            "a": rng.random(n),
            "b": 100 + 10 * rng.random(n),
            "c": rng.integers(0, 9, n),
            "d": rng.random(n) > 0.5,
        }
    )
    y = (frame.a + frame.b / 10 + frame.c / 5 > 11.8).astype(int)
    return frame[list(types)].astype(types), y.to_numpy()


def check(model, answers, frame):
    """Compare numbers, and labels where there are any, with the estimator's own."""
    names = {"probabilities": "predict_proba", "scores": "decision_function"}
    *label, numbers = answers
    expected = getattr(model, names.get(numbers, "predict"))(frame)
    found = answers[numbers].reshape(expected.shape)
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())
    if label:
        np.testing.assert_array_equal(answers["label"], model.predict(frame))


@pytest.mark.parametrize("types", TYPES.values(), ids=TYPES)
@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_every_column_of_a_frame_is_read(model, types):
    frame, y = table(types)
    check(model.fit(frame, y), run_frame(model, frame), frame)


@pytest.mark.parametrize("types", list(TYPES.values())[:4], ids=list(TYPES)[:4])
@pytest.mark.parametrize(
    "step",
    [
        StandardScaler(),
        PolynomialFeatures(2, include_bias=False),
        SelectKBest(k=2),
        PCA(2),
        make_pipeline(StandardScaler(), PCA(2)),
        FeatureUnion([("scaled", StandardScaler()), ("ranged", MinMaxScaler())]),
    ],
    ids=lambda step: type(step).__name__,
)
def test_a_pipelines_first_step_reads_every_column(step, types):
    frame, y = table(types)
    # What skl2onnx writes of these in float32 is wrong by as much for one input.
    if types == TYPES["float32"] and isinstance(step, PCA | PolynomialFeatures):
        frame["b"] -= 100
    model = make_pipeline(step, GDLinearModel("log_loss", alpha=0.1)).fit(frame, y)
    check(model, run_frame(model, frame), frame)


def test_a_search_over_a_pipeline_reads_every_column():
    frame, y = table(TYPES["int and floats"])
    pipeline = make_pipeline(StandardScaler(), SVDRegressor())
    model = GridSearchCV(pipeline, {"svdregressor__n_components": [2, 3]}, cv=2)
    check(model.fit(frame, y), run_frame(model, frame), frame)


def test_columns_of_strings_pass_an_encoder():
    frame, y = table(TYPES["int and floats"])
    frame["c"] = frame["c"].astype(str)
    encoded = ColumnTransformer(
        [("coded", OneHotEncoder(), ["c"]), ("scaled", StandardScaler(), ["a"])],
        remainder="passthrough",
    )
    model = make_pipeline(encoded, FromScratchNB("gaussian")).fit(frame, y)
    check(model, run_frame(model, frame), frame)


def test_inputs_feed_the_features_of_their_names():
    frame, y = table(TYPES["float64"])
    model = GDLinearModel("log_loss", alpha=0.1).fit(frame, y)
    check(model, run_frame(model, frame, example=frame[["c", "a", "b"]]), frame)


def test_inputs_of_several_columns_are_joined_in_their_order():
    frame, y = table(TYPES["float64"])
    X = np.rint(frame.to_numpy())
    model = GDLinearModel("log_loss", alpha=0.1).fit(X, y)
    types = [
        ("first", DoubleTensorType([None, 1])),
        ("others", Int64TensorType([None, 2])),
    ]
    graph = to_onnx(model, initial_types=types)
    feed = {"first": X[:, :1], "others": X[:, 1:].astype(np.int64)}
    check(model, answers_of(graph, feed), X)


@pytest.mark.parametrize(
    ("types", "dtype"),
    [
        ([FloatTensorType, FloatTensorType], np.float32),
        ([FloatTensorType, DoubleTensorType], np.float64),
        ([Int64TensorType, FloatTensorType], np.float32),
    ],
)
def test_answers_are_in_float64_if_an_input_is(types, dtype):
    X = np.arange(12.0).reshape(6, 2) % 5
    model = SVDRegressor().fit(X, X[:, 0] + 2 * X[:, 1])
    inputs = [(f"x{j}", type_([None, 1])) for j, type_ in enumerate(types)]
    graph = to_onnx(model, initial_types=inputs)
    of_type = {
        FloatTensorType: np.float32,
        DoubleTensorType: float,
        Int64TensorType: int,
    }
    feed = {
        f"x{j}": X[:, j : j + 1].astype(of_type[t], copy=False)
        for j, t in enumerate(types)
    }
    assert answers_of(graph, feed)["variable"].dtype == dtype


@pytest.mark.parametrize("columns", [["a"], ["a", "b"], ["a", "b", "c", "d"]])
def test_inputs_of_another_width_are_refused(columns):
    frame, y = table(TYPES["float64"])
    model = SVDRegressor().fit(frame, y)
    example = frame.assign(d=1.0)[columns]
    told = (
        rf"SVDRegressor .* {len(columns)} input.* {len(columns)} columns.*fitted with 3"
    )
    with pytest.raises(NotImplementedError, match=told):
        to_onnx(model, example[:1])


def test_a_table_of_another_width_is_not_broadcast():
    frame, y = table(TYPES["float64"])
    model = FromScratchNB("gaussian").fit(frame.to_numpy(), y)
    graph = to_onnx(model, initial_types=[("X", DoubleTensorType([None, None]))])
    check(model, answers_of(graph, {"X": frame.to_numpy()}), frame.to_numpy())
    # Of another class in each version of onnxruntime.
    with pytest.raises(Exception, match="cannot be reshaped"):
        answers_of(graph, {"X": frame[["a"]].to_numpy()})


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_an_input_of_strings_is_refused(model):
    frame, y = table(TYPES["float64"])
    model.fit(frame, y)
    told = f"{type(model).__name__} .* input 'b' of type String.* 3 inputs"
    with pytest.raises(NotImplementedError, match=told):
        to_onnx(model, frame.astype({"b": str}).astype({"b": object})[:1])


def test_steps_that_read_one_input_of_several_are_refused():
    frame, y = table(TYPES["float64"])
    union = FeatureUnion(
        [
            ("scaled", StandardScaler()),
            ("columns", ColumnTransformer([("scaled", StandardScaler(), ["a"])])),
        ]
    )
    model = make_pipeline(union, SVDRegressor(alpha=1.0)).fit(frame, y)
    with pytest.raises(NotImplementedError, match="3 inputs of StandardScaler"):
        to_onnx(model, frame[:1])


def test_labels_and_scores_of_a_step_are_no_inputs():
    frame, y = table(TYPES["float64"])
    clusters = KMeans(2, n_init=1, random_state=0)
    model = make_pipeline(clusters, SVDRegressor()).fit(frame, y)
    with pytest.raises(NotImplementedError, match="2 outputs of the step before"):
        to_onnx(model, frame.to_numpy()[:1])
