"""Exported to ONNX: the same answers in onnxruntime."""

import numpy as np
import pytest
from graphs import run
from skl2onnx import to_onnx
from sklearn.datasets import (
    load_breast_cancer,
    load_diabetes,
    load_digits,
    load_iris,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmath import (
    BackpropMLP,
    EigenfaceClassifier,
    FromScratchNB,
    GDLinearModel,
    LaplacianSpectralClustering,
    SVDRegressor,
)
from skmath.probability import Gaussian

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
    GDLinearModel("poisson", link="identity"),
    GDLinearModel("inverse_gaussian"),
    GDLinearModel("negative_binomial"),
    GDLinearModel("squared_error", link="log"),
    BackpropMLP((20, 5), max_iter=20, activation="elu", loss="squared_error"),
    BackpropMLP((9,), max_iter=20, activation="softplus", loss="poisson"),
]

CLASSIFIERS = [
    GDLinearModel("log_loss", alpha=1e-2),
    GDLinearModel("hinge"),
    GDLinearModel("modified_huber"),
    GDLinearModel("ordinal"),
    *(
        BackpropMLP((9, 4), max_iter=20, activation=F)
        for F in ("relu", "tanh", "logistic", "gelu", "leaky_relu", "identity")
    ),
    BackpropMLP((9,), max_iter=20, label_smoothing=0.1, calibrate=True, alpha=1e-4),
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
@pytest.mark.parametrize("n_members", [1, 3])
@pytest.mark.parametrize("quantile", [[0.1, 0.9], [0.1, 0.3, 0.5, 0.9]])
def test_quantiles_of_a_network_are_the_same(quantile, n_members, dtype):
    X, y = load_diabetes(return_X_y=True)
    X = X.astype(dtype)
    options = {"n_members": n_members, "max_iter": 20}
    model = BackpropMLP((9,), loss="quantile", quantile=quantile, **options)
    expected = model.fit(X, y).predict(X)
    found = run(model, X)["variable"]
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(y).max())


def test_one_class_is_certain_there_too():
    X = load_iris().data
    check_classifier(BackpropMLP(4, max_iter=3).fit(X, ["a"] * len(X)), X)


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


@pytest.mark.parametrize("calibrate", [None, "temperature"])
@pytest.mark.parametrize("distribution", ["gaussian", "bernoulli", "poisson"])
def test_the_temperature_divides_the_evidence(distribution, calibrate):
    X, y = load_digits(return_X_y=True)
    model = FromScratchNB(distribution, calibrate=calibrate).fit(X[:900], y[:900])
    assert (model.temperature_ > 2) == (calibrate is not None)
    found = run(model, X[900:])["probabilities"]
    np.testing.assert_allclose(found, model.predict_proba(X[900:]), atol=1e-9)


@pytest.mark.parametrize("distribution", ["gaussian", "complement"])
def test_costs_of_classes_are_in_the_graph(distribution):
    X, y = load_digits(return_X_y=True)
    costs = {0: 1e6, 1: 1e-6}
    model = FromScratchNB(distribution, class_weight=costs).fit(X[:900], y[:900])
    found = run(model, X[900:])["probabilities"]
    np.testing.assert_allclose(found, model.predict_proba(X[900:]), atol=1e-9)


def test_strangers_are_told():
    X, y = load_digits(return_X_y=True)
    X, y = X[:600], y[:600]
    known = y < 5
    model = EigenfaceClassifier(20, known_threshold="auto", face_threshold="auto")
    model.fit(X[known], y[known])
    answers = run(model, X)["label"]
    assert (answers == model.predict(X)).mean() > 0.999
    assert (answers[~known] == -1).mean() > 0.3


@pytest.mark.filterwarnings("ignore:known_threshold='per-class' requires")
@pytest.mark.parametrize("known", [0, "auto", "per-class"])
@pytest.mark.parametrize("metric", ["cosine", "euclidean", "manhattan"])
@each_dtype
def test_an_enrolled_face_is_known_whatever_the_threshold(known, metric, dtype):
    X, y = load_digits(return_X_y=True)
    X, y = X[:300].astype(dtype), y[:300]
    model = EigenfaceClassifier(10, metric=metric, known_threshold=known)
    model.fit(X[y < 5], y[y < 5])
    np.testing.assert_array_equal(run(model, X)["label"], model.predict(X))


@pytest.mark.parametrize("brightness", ["root", "standard"])
@each_dtype
def test_images_without_contrast_are_black_to_both(brightness, dtype):
    X, y = load_digits(return_X_y=True)
    model = EigenfaceClassifier(10, brightness=brightness).fit(
        X[:300].astype(dtype), y[:300]
    )
    flat = np.outer([0.0, 0.1, 1 / 3, 1e6], np.ones(64)).astype(dtype)
    expected = model.predict_proba(flat)
    np.testing.assert_allclose(run(model, flat)["probabilities"], expected, atol=1e-5)


@pytest.mark.parametrize("brightness", ["root", "standard", None])
@each_dtype
def test_smoothed_images_are_told_and_blank_ones_refused(brightness, dtype):
    X, y = load_digits(return_X_y=True)
    X, y = X[:300].astype(dtype), y[:300]
    model = EigenfaceClassifier(10, brightness=brightness, known_threshold=0.3)
    model.set_params(image_shape=(8, 8), smoothing=0.7).fit(X, y)
    flat = np.outer([0.0, 0.1, 1 / 3, 1e6], np.ones(64)).astype(dtype)
    new = np.concatenate([X * dtype(1.5), flat])
    answers = run(model, new)
    assert (answers["label"] == model.predict(new)).mean() > 0.99
    np.testing.assert_array_equal(answers["label"][-4:], -1)
    expected = model.predict_proba(new[:300])
    np.testing.assert_allclose(answers["probabilities"][:300], expected, atol=1e-3)


class Rate:
    """A loss of somebody's own: of counts whose logarithm is linear."""

    task = "regression"

    def value(self, y, z):
        return (np.exp(z) - y * z).sum(axis=1)

    def gradient(self, y, z):
        return np.exp(z) - y

    def curvature(self, y, z):
        return np.exp(z)

    def link(self, mean):
        return np.log(mean)

    def inverse_link(self, z):
        return np.exp(z)


class Square:
    """An activation of somebody's own."""

    def value(self, z):
        return z * z

    def derivative(self, z, x):
        return 2 * z


class Laplacian(Gaussian):
    """A likelihood of somebody's own, whose density is not the normal one."""

    def log_likelihood(self, X, parameters):
        error = np.abs(X[:, None, :] - parameters["theta_"])
        return -error.sum(axis=2)


def test_objects_of_ones_own_say_so():
    X, y = load_diabetes(return_X_y=True)
    model = GDLinearModel(Rate(), alpha=0.1).fit(X, y / 100)
    with pytest.raises(NotImplementedError, match=r"GDLinearModel .* loss=.*Rate"):
        to_onnx(model, X[:1])
    model = BackpropMLP((3,), activation=Square(), loss="squared_error", max_iter=3)
    with pytest.raises(NotImplementedError, match=r"BackpropMLP .*=.*Square"):
        to_onnx(model.fit(X, y), X[:1])


def test_shares_are_converted_and_other_links_are_refused():
    X, y = load_breast_cancer(return_X_y=True)
    X = X[:, :5] / X[:, :5].max(axis=0)
    model = GDLinearModel("binomial").fit(X, 0.1 + 0.8 * y)
    np.testing.assert_allclose(run(model, X)["variable"][:, 0], model.predict(X), 1e-9)
    for loss in ("binomial", "log_loss"):
        model = GDLinearModel(loss, link="cloglog").fit(X, y)
        told = f"loss='{loss}', link='cloglog'.*link='auto'"
        with pytest.raises(NotImplementedError, match=told):
            to_onnx(model, X[:1])


def test_ordered_classes_are_converted_and_other_links_are_refused():
    X, y = load_diabetes(return_X_y=True)
    y = np.digitize(y, [70, 100, 150, 250])
    for classes in (y, np.minimum(y, 1)):
        check_classifier(GDLinearModel("ordinal").fit(X, classes), X)
    model = GDLinearModel("ordinal", link="probit").fit(X, y)
    with pytest.raises(NotImplementedError, match=r"link='probit'.*link='logit'"):
        to_onnx(model, X[:1])


def test_several_quantiles_are_refused():
    X, y = load_diabetes(return_X_y=True)
    model = GDLinearModel("quantile", quantile=[0.1, 0.9]).fit(X, y)
    with pytest.raises(
        NotImplementedError, match=r"quantile=\[0.1, 0.9\].*one quantile"
    ):
        to_onnx(model, X[:1])


@pytest.mark.parametrize(
    "labels", [[0.0, 1.0, 2.0], [-3, 0, 7], ["é", "ß", "日本"], [2**60, 2**60 + 1, 3]]
)
@pytest.mark.parametrize("model", [CLASSIFIERS[0], FromScratchNB("gaussian")], ids=repr)
def test_labels_of_any_type_are_answered(model, labels):
    X, y = load_iris(return_X_y=True)
    model.fit(X, np.array(labels)[y])
    np.testing.assert_array_equal(run(model, X)["label"], model.predict(X))


@pytest.mark.parametrize("weights", ["balanced", {0: 1.0, 1: 5.0, 2: 0.1}])
@pytest.mark.parametrize("hidden", [(), (4,)])
def test_class_weights_and_no_hidden_layer_change_nothing(weights, hidden):
    X, y = load_iris(return_X_y=True)
    network = BackpropMLP(hidden, class_weight=weights, max_iter=9, random_state=0)
    for model in (network, GDLinearModel("log_loss", alpha=0.1, class_weight=weights)):
        check_classifier(model.fit(X, y), X)


def test_a_network_is_exact_far_from_the_origin():
    X, y = load_diabetes(return_X_y=True)
    X = X + np.where(np.arange(10) == 0, 1e7, 0.0)
    X[:, 2] = 3.0  # does not vary
    model = BackpropMLP((4,), loss="squared_error", max_iter=9, random_state=0)
    found = run(model.fit(X, y), X)["variable"][:, 0]
    np.testing.assert_allclose(found, model.predict(X), rtol=1e-6)


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (FromScratchNB(Laplacian()), r"FromScratchNB .* distribution=.*Laplacian"),
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
    with pytest.raises(NotImplementedError, match="LaplacianSpectralClustering"):
        to_onnx(LaplacianSpectralClustering(3).fit(X), X[:1])


@each_dtype
def test_details_by_which_a_face_is_told_are_in_the_graph(dtype):
    X, y = load_digits(return_X_y=True)
    X, y = X[:300].astype(dtype), y[:300]
    model = EigenfaceClassifier(20, face_threshold="auto", image_shape=(8, 8))
    model.fit(X[y < 5], y[y < 5])
    others = np.random.default_rng(0).uniform(0, 16, (50, 64)).astype(dtype)
    images = np.concatenate([X, others, np.zeros((2, 64), dtype=dtype)])
    answers = run(model, images)["label"]
    np.testing.assert_array_equal(answers, model.predict(images))
    assert (answers[-52:] == -1).mean() > 0.9 > (answers[:300] == -1).mean()
