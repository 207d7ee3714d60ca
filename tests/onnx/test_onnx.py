"""Exported to ONNX: the same answers in onnxruntime."""

import numpy as np
import onnxruntime
import pytest
from skl2onnx import to_onnx
from sklearn.datasets import (
    load_breast_cancer,
    load_diabetes,
    load_digits,
    load_iris,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skmath.onnx
from skmath import (
    BackpropMLP,
    EigenfaceClassifier,
    FromScratchNB,
    GDLinearModel,
    LaplacianSpectralClustering,
    SVDRegressor,
)

pytestmark = [
    pytest.mark.filterwarnings("ignore:The loss was still falling"),
    # Of columns as they are, in float32.
    pytest.mark.filterwarnings("ignore:optimality_ is"),
]

REGRESSORS = [
    SVDRegressor(),
    SVDRegressor(n_components=3, fit_intercept=False),
    GDLinearModel(),
    GDLinearModel("quantile", quantile=0.9),
    GDLinearModel("poisson"),
    BackpropMLP((20, 5), max_iter=20, activation="elu", loss="squared_error"),
    BackpropMLP((9,), max_iter=20, activation="softplus", loss="poisson"),
]

CLASSIFIERS = [
    GDLinearModel("log_loss", alpha=1e-2),
    GDLinearModel("hinge"),
    GDLinearModel("modified_huber"),
    *(
        BackpropMLP((9, 4), max_iter=20, activation=F)
        for F in ("relu", "tanh", "logistic", "gelu", "leaky_relu", "identity")
    ),
    EigenfaceClassifier(3),
    EigenfaceClassifier(3, metric="euclidean", brightness=None, whiten=False),
    EigenfaceClassifier(3, metric="manhattan", brightness="standard"),
    EigenfaceClassifier(3, known_threshold="auto", face_threshold="auto"),
    FromScratchNB("gaussian"),
]

OF_COUNTS = [
    FromScratchNB(distribution)
    for distribution in (
        *("gaussian", "categorical", "bernoulli", "multinomial", "complement"),
        *("poisson", "exponential", ["gaussian"] * 32 + ["categorical"] * 32),
    )
]


@pytest.fixture(autouse=True, scope="module")
def registered():
    skmath.onnx.register()


def run(model, X):
    """Return what onnxruntime makes of the exported model, by name."""
    content = to_onnx(model, X[:1]).SerializeToString()
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(
        zip(names, session.run(None, {session.get_inputs()[0].name: X}), strict=True)
    )


def check_classifier(model, X):
    answers = run(model, X)
    if hasattr(model, "predict_proba"):
        scores, expected = answers["probabilities"], model.predict_proba(X)
    else:
        scores, expected = answers["scores"], model.decision_function(X)
        scores = scores.reshape(expected.shape)
    assert scores.dtype == X.dtype
    # Our probabilities of faces in float32 are of distances that keep four digits; the
    # graph's of float64.
    coarse = "EigenfaceClassifier" in repr(model) and X.dtype == np.float32
    atol = (1e-3 if coarse else 1e-5) * max(1.0, np.abs(expected).max())
    np.testing.assert_allclose(scores, expected, atol=atol)
    # Rounding may choose between two that are as likely.
    assert (answers["label"] == model.predict(X)).mean() > 0.99


alone_or_scaled = pytest.mark.parametrize("scaled", [False, True])
each_dtype = pytest.mark.parametrize("dtype", [np.float64, np.float32])


@each_dtype
@alone_or_scaled
@pytest.mark.parametrize("model", REGRESSORS, ids=repr)
def test_a_regressor_predicts_the_same(model, scaled, dtype):
    X, y = load_diabetes(return_X_y=True)
    X = X.astype(dtype)
    model = make_pipeline(StandardScaler(), model) if scaled else model
    model.fit(X, y)
    found = run(model, X)["variable"]
    assert found.dtype == dtype
    scale = np.abs(y).max()
    np.testing.assert_allclose(found[:, 0], model.predict(X), atol=1e-5 * scale)


@each_dtype
@alone_or_scaled
@pytest.mark.parametrize("model", CLASSIFIERS, ids=repr)
@pytest.mark.parametrize("load", [load_iris, load_breast_cancer])
def test_a_classifier_predicts_the_same(model, load, scaled, dtype):
    X, y = load(return_X_y=True)
    X, y = X.astype(dtype), np.array(["no", "yes", "perhaps"])[y]
    model = make_pipeline(StandardScaler(), model) if scaled else model
    with np.errstate(all="ignore"):
        model.fit(X, y)
    check_classifier(model, X)


@each_dtype
@pytest.mark.parametrize("model", OF_COUNTS, ids=repr)
def test_naive_bayes_predicts_the_same_of_counts(model, dtype):
    X, y = load_digits(return_X_y=True)
    check_classifier(model.fit(X[:900].astype(dtype), y[:900]), X[900:].astype(dtype))


def test_missing_values_and_new_categories_are_marginalised_too():
    X, y = load_iris(return_X_y=True)
    X = np.round(X)
    X[::7, 1] = np.nan
    for distribution in ("gaussian", "categorical"):
        model = FromScratchNB(distribution).fit(X, y)
        new = X[:20].copy()
        new[3, 2], new[4] = 99.0, np.nan
        answers = run(model, new)
        np.testing.assert_allclose(
            answers["probabilities"], model.predict_proba(new), atol=1e-5
        )


def test_strangers_are_told():
    X, y = load_digits(return_X_y=True)
    known = y < 5
    model = EigenfaceClassifier(20, known_threshold="auto", face_threshold="auto")
    model.fit(X[known], y[known])
    answers = run(model, X)["label"]
    assert (answers == model.predict(X)).mean() > 0.999
    assert (answers[~known] == -1).mean() > 0.3


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (FromScratchNB("kde"), r"FromScratchNB .* distribution='kde'"),
        (FromScratchNB("bins"), r"FromScratchNB .* distribution='bins'"),
        (
            EigenfaceClassifier(3, n_neighbors=3),
            r"EigenfaceClassifier .* n_neighbors=3",
        ),
    ],
    ids=repr,
)
def test_what_has_no_converter_says_so(model, told):
    X, y = load_iris(return_X_y=True)
    with pytest.raises(NotImplementedError, match=told):
        to_onnx(model.fit(X, y), X[:1])


def test_columns_of_strings_and_several_labels_say_so():
    X, y = load_iris(return_X_y=True)
    words = np.column_stack([X.astype(object), np.array(["a", "b", "c"])[y]])
    with pytest.raises(NotImplementedError, match="columns of strings"):
        to_onnx(FromScratchNB("dtype").fit(words, y), np.ones((1, 5)))
    with pytest.raises(NotImplementedError, match="several labels"):
        to_onnx(BackpropMLP(max_iter=5).fit(X, np.eye(3, dtype=int)[y]), X[:1])


def test_clustering_has_no_converter():
    X, _ = load_iris(return_X_y=True)
    with pytest.raises(RuntimeError, match="LaplacianSpectralClustering"):
        to_onnx(LaplacianSpectralClustering(3).fit(X), X[:1])
