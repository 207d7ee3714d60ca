"""What fit is given is refused by name where it cannot be used, by all that take it."""

import numpy as np
import pytest

from skmath import (
    BackpropMLP,
    EigenfaceClassifier,
    FromScratchNB,
    GDLinearModel,
    LaplacianSpectralClustering,
    SVDRegressor,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

CLASSIFIERS = [
    GDLinearModel("log_loss"),
    BackpropMLP(loss="log_loss", max_iter=2),
    FromScratchNB(),
    EigenfaceClassifier(),
]
ALL = [*CLASSIFIERS, SVDRegressor(), LaplacianSpectralClustering(2)]


def name(estimator):
    return type(estimator).__name__


@pytest.fixture
def X():
    return np.random.default_rng(0).random((60, 9))


def pandas_labels(dtype, values=("a", None, "b")):
    return pytest.importorskip("pandas").Series([*values] * 20, dtype=dtype)


def polars_labels(values):
    return pytest.importorskip("polars").Series([*values] * 20)


MISSING = {
    "list": lambda: ["a", None, "b"] * 20,
    "list with nan": lambda: ["a", float("nan"), "b"] * 20,
    "objects with None": lambda: np.array(["a", None, "b"] * 20, dtype=object),
    "objects with nan": lambda: np.array(["a", np.nan, "b"] * 20, dtype=object),
    "integers with None": lambda: np.array([1, None, 2] * 20, dtype=object),
    "dates": lambda: np.array(["2020", "NaT", "2021"] * 20, dtype="M8[D]"),
    "pandas strings": lambda: pandas_labels("string"),
    "pandas objects": lambda: pandas_labels(object),
    "pandas categories": lambda: pandas_labels("category"),
    "pandas integers": lambda: pandas_labels("Int64", (1, None, 2)),
    "pandas booleans": lambda: pandas_labels("boolean", (True, None, False)),
    "polars strings": lambda: polars_labels(("a", None, "b")),
    "polars integers": lambda: polars_labels((1, None, 2)),
}


@pytest.mark.parametrize("classifier", CLASSIFIERS, ids=name)
@pytest.mark.parametrize("labels", MISSING)
def test_labels_that_are_missing(classifier, labels, X):
    with pytest.raises(
        ValueError, match=r"y contains NaN: 20 labels are missing.*fill"
    ):
        classifier.fit(X, MISSING[labels]())


@pytest.mark.parametrize("classifier", CLASSIFIERS, ids=name)
@pytest.mark.parametrize("dtype", ["string", "category", object])
def test_labels_of_pandas_that_are_all_there(classifier, dtype, X):
    y = pandas_labels(dtype, ("a", "c", "b"))
    assert classifier.fit(X, y).classes_.tolist() == ["a", "b", "c"]


@pytest.mark.parametrize("estimator", ALL, ids=name)
def test_a_query_that_has_not_run(estimator, X):
    pl = pytest.importorskip("polars")
    frame, y = pl.DataFrame(X), np.tile([0, 1], 30)
    with pytest.raises(
        TypeError, match=r"LazyFrame is a lazy query.*call \.collect\(\)"
    ):
        estimator.fit(frame.lazy(), y)
    estimator.fit(frame, y)
    with pytest.raises(TypeError, match=r"call \.collect\(\) first"):
        estimator.predict(frame.lazy())
    if not isinstance(estimator, LaplacianSpectralClustering):
        with pytest.raises(TypeError, match=r"call \.collect\(\) first"):
            estimator.fit(frame, pl.DataFrame({"y": y}).lazy())


@pytest.mark.parametrize(
    "estimator",
    [
        GDLinearModel("log_loss"),
        SVDRegressor(),
        EigenfaceClassifier(),
        LaplacianSpectralClustering(2),
    ],
    ids=name,
)
def test_what_takes_missing_values_is_named(estimator, X):
    y = np.arange(60) % 2
    told = (
        r"consider skmath.FromScratchNB \(of classes\), skmath.BackpropMLP, or sklearn"
    )
    estimator.fit(X, y)
    X[3, 4] = np.nan
    with pytest.raises(ValueError, match=told):
        estimator.fit(X, y)
    with pytest.raises(ValueError, match=told):
        estimator.predict(X)


@pytest.mark.parametrize(
    "method", ["predict", "predict_proba", "predict_log_proba", "decision_function"]
)
def test_an_unknown_keyword_names_the_estimator(method, X):
    model = GDLinearModel("log_loss").fit(X, np.arange(60) % 2)
    with pytest.raises(
        TypeError, match=rf"^GDLinearModel.{method}\(\) got an unexpected"
    ):
        getattr(model, method)(X, return_std=True)
