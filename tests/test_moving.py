"""scikit-learn's `move_estimator_to` moves fitted models between array namespaces."""

import warnings

import array_api_strict as strict
import numpy as np
import pytest
from instances import METHODS, assert_same, data_for, instances
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils._array_api import (
    get_namespace_and_device,
    move_estimator_to,
    move_to,
)

from skmath import (
    BackpropMLP,
    EigenfaceClassifier,
    FromScratchNB,
    GDLinearModel,
    LaplacianSpectralClustering,
    SVDRegressor,
)

CPU, FAR = strict.Device("CPU_DEVICE"), strict.Device("device1")


@pytest.fixture(autouse=True)
def dispatch():
    with config_context(array_api_dispatch=True):
        yield


def to_numpy(values):
    return move_to(values, xp=np, device="cpu")


def results(model, X):
    """Return the results of the methods as NumPy arrays, which are where X is."""
    found = {name: getattr(model, name)(X) for name in METHODS if hasattr(model, name)}
    there = get_namespace_and_device(X)
    for values in found.values():
        assert get_namespace_and_device(values)[::2] == there[::2]
    return {name: to_numpy(values) for name, values in found.items()}


def quick():
    return [p for p in instances() if not p.values[1].slow]


@pytest.mark.parametrize(("estimator", "configuration"), quick())
@pytest.mark.filterwarnings("ignore")
def test_a_moved_model_predicts_the_same(estimator, configuration):
    X, y = data_for(estimator)
    X_strict, y_strict = strict.asarray(X), strict.asarray(y)
    model = clone(estimator).fit(X, y)
    expected = results(model, X)
    there = move_estimator_to(model, strict, CPU)
    assert_same(results(there, X_strict), expected)
    far = move_estimator_to(there, strict, FAR)
    assert_same(results(far, strict.asarray(X, device=FAR)), expected)
    assert_same(results(move_estimator_to(far, np, "cpu"), X), expected)
    if hasattr(model, "feature_importances_"):
        for moved in (there, far):
            importances = to_numpy(moved.feature_importances_)
            np.testing.assert_allclose(importances, model.feature_importances_)
    # The original is unchanged.
    assert_same(results(model, X), expected, rtol=0, atol=0)

    model = clone(estimator).fit(X_strict, y_strict)
    expected = results(model, X_strict)
    assert_same(results(move_estimator_to(model, np, "cpu"), X), expected)
    far = move_estimator_to(model, strict, FAR)
    assert_same(results(far, strict.asarray(X, device=FAR)), expected)
    with pytest.raises(ValueError, match="must use the same namespace"):
        far.predict(X)


@pytest.mark.parametrize(("estimator", "configuration"), quick())
@pytest.mark.filterwarnings("ignore")
def test_a_moved_model_has_the_attributes_of_a_fit_there(estimator, configuration):
    X, y = data_for(estimator)
    fitted = clone(estimator).fit(strict.asarray(X), strict.asarray(y))
    moved = move_estimator_to(clone(estimator).fit(X, y), strict, CPU)
    back = move_estimator_to(fitted, np, "cpu")
    for name, value in vars(fitted).items():
        if name != "_sample_":  # rows in memory, for feature_importances_
            assert type(getattr(moved, name)) is type(value), name
        assert not isinstance(getattr(back, name, None), type(strict.zeros(1))), name


@pytest.mark.parametrize(
    "model",
    [
        SVDRegressor(),
        SVDRegressor(solver="qr"),
        FromScratchNB("gaussian"),
        FromScratchNB("multinomial"),
        FromScratchNB("kde"),
        EigenfaceClassifier(n_components=30, random_state=0),
        BackpropMLP((5,), random_state=0),
    ],
    ids=repr,
)
def test_a_moved_model_learns_more_rows(model):
    loads = load_diabetes if isinstance(model, SVDRegressor) else load_breast_cancer
    X, y = loads(return_X_y=True)
    X = np.abs(X)
    some, more = slice(0, 300), slice(300, None)
    here = clone(model).partial_fit(X[some], y[some])
    there = move_estimator_to(here, strict, CPU)
    here.partial_fit(X[more], y[more])
    there.partial_fit(strict.asarray(X[more]), strict.asarray(y[more]))
    assert_same(results(there, strict.asarray(X)), results(here, X))
    back = move_estimator_to(there, np, "cpu")
    here.partial_fit(X[some], y[some])
    back.partial_fit(X[some], y[some])
    assert_same(results(back, X), results(here, X))


def test_all_other_methods_of_a_moved_svd_regressor():
    X, y = load_diabetes(return_X_y=True)
    Y = np.column_stack([y, X[:, 0] + y])
    model = SVDRegressor(alpha=[0.1, 1.0], alpha_per_target=True).fit(X, Y)
    there, X_strict = move_estimator_to(model, strict, CPU), strict.asarray(X)
    for ours, expected in zip(
        there.predict(X_strict, return_std=True),
        model.predict(X, return_std=True),
        strict=True,
    ):
        np.testing.assert_allclose(to_numpy(ours), expected)
    for name in ("spectrum_", "components_", "filter_factors_"):
        ours = getattr(there, name)
        assert get_namespace_and_device(ours)[0] is strict
        np.testing.assert_allclose(to_numpy(ours), getattr(model, name))
    np.testing.assert_allclose(
        to_numpy(there.leverage(X_strict)), model.leverage(X), rtol=1e-10
    )
    np.testing.assert_array_equal(there.alpha_, model.alpha_)


@pytest.mark.parametrize(
    "model",
    [
        GDLinearModel("log_loss"),
        BackpropMLP((5,), max_iter=5, random_state=0),
        EigenfaceClassifier(brightness=None),
        FromScratchNB("gaussian"),
        FromScratchNB(),
    ],
    ids=repr,
)
@pytest.mark.filterwarnings("ignore:The loss was still falling")
@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_labels_and_names_of_text_are_not_moved(model):
    pd = pytest.importorskip("pandas")
    iris = load_iris()
    table = pd.DataFrame(iris.data, columns=iris.feature_names)
    model = clone(model).fit(table, iris.target_names[iris.target])
    there = move_estimator_to(model, strict, CPU)
    assert there.classes_.tolist() == model.classes_.tolist()
    assert there.feature_names_in_.tolist() == iris.feature_names
    p = there.predict_proba(strict.asarray(iris.data))
    np.testing.assert_allclose(to_numpy(p), model.predict_proba(table))


def test_a_model_moves_within_a_pipeline():
    X, y = load_breast_cancer(return_X_y=True)
    model = make_pipeline(StandardScaler(), GDLinearModel("log_loss")).fit(X, y)
    there = move_estimator_to(model, strict, CPU)
    p = there.predict_proba(strict.asarray(X))
    np.testing.assert_allclose(to_numpy(p), model.predict_proba(X))


def test_a_parameter_that_is_an_array_does_not_stand_for_the_fitted_ones():
    X, y = load_iris(return_X_y=True)
    model = FromScratchNB("kde", priors=np.full(3, 1 / 3))
    there = clone(model).fit(strict.asarray(X), strict.asarray(y))
    expected = model.fit(X, y).predict_proba(X)
    np.testing.assert_allclose(
        to_numpy(there.predict_proba(strict.asarray(X))), expected
    )
    moved = move_estimator_to(model, strict, CPU)
    np.testing.assert_allclose(
        to_numpy(moved.predict_proba(strict.asarray(X))), expected
    )


@pytest.mark.parametrize(
    "model", [SVDRegressor(), EigenfaceClassifier(), FromScratchNB()], ids=repr
)
def test_an_unfitted_model_stays_unfitted(model):
    moved = move_estimator_to(model, strict, CPU)
    assert moved is not model
    with pytest.raises(NotFittedError):
        moved.predict(strict.asarray(np.eye(3)))


def test_parameters_that_change_after_the_move_are_used():
    X, _ = load_iris(return_X_y=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = LaplacianSpectralClustering(3, random_state=0).fit(X)
    there = move_estimator_to(model, strict, CPU).set_params(n_jobs=2)
    labels = there.predict(strict.asarray(X))
    assert there._host_.n_jobs == 2
    assert model.n_jobs is None
    np.testing.assert_array_equal(to_numpy(labels), model.predict(X))


def test_importances_of_a_fit_elsewhere():
    X, y = load_iris(return_X_y=True)
    model = FromScratchNB().fit(strict.asarray(X), strict.asarray(y))
    expected = FromScratchNB().fit(X, y).feature_importances_
    np.testing.assert_allclose(to_numpy(model.feature_importances_), expected)
