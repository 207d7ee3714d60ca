"""A fit is all or nothing, forgets the one before, and keeps to what it was given."""

import array_api_strict
import dask.array as da
import numpy as np
import pandas as pd
import pytest
from instances import data_for, instances, outputs, settled
from sklearn import config_context
from sklearn.exceptions import NotFittedError

from skmath import (
    BackpropMLP,
    EigenfaceClassifier,
    FromScratchNB,
    GDLinearModel,
    SVDRegressor,
)

pytestmark = pytest.mark.filterwarnings("ignore:The loss was still falling")


@pytest.mark.parametrize(("estimator", "configuration"), instances())
def test_a_fit_that_fails_leaves_the_model_as_it_was(
    estimator, configuration, monkeypatch
):
    X, y = data_for(estimator)
    fitted = settled(estimator).fit(X, y)
    before, learnt = outputs(fitted, X), set(vars(fitted))
    # The same failure late in a fit, whatever the estimator: no more sums or storing.
    module, faces = type(estimator).__module__, "skmath.eigenface_classifier"
    late = {
        "skmath.svd_regressor": f"{module}.choose",
        faces: f"{faces}.calibration.face_likelihood",
        "skmath.laplacian_spectral_clustering": (
            "skmath.laplacian_spectral_clustering.spectra.top_eigenvectors"
        ),
        "skmath.gd_linear_model": "skmath.gd_linear_model.descent.descend",
        "skmath.backprop_mlp": "skmath.backprop_mlp.training.forward",
        "skmath.from_scratch_nb": f"{module}.sums_by_class",
    }[module.removesuffix(".estimator")]

    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(late, interrupted)
        with pytest.raises(KeyboardInterrupt):
            fitted.fit(X / 2, y)
        fresh = settled(estimator)
        with pytest.raises(KeyboardInterrupt):
            fresh.fit(X, y)
    assert set(vars(fitted)) == learnt
    for name, values in outputs(fitted, X).items():
        np.testing.assert_array_equal(values, before[name])
    with pytest.raises(NotFittedError):
        fresh.predict(X)


def test_nothing_of_an_earlier_fit_stays():
    X, y = np.random.default_rng(0).normal(size=(40, 4)), np.arange(40) % 2
    model = FromScratchNB("gaussian").fit(X, y).set_params(distribution="bernoulli")
    assert not hasattr(model.fit(X, y), "theta_")
    for model in (GDLinearModel("log_loss"), BackpropMLP(max_iter=2)):
        model.fit(X, y).set_params(loss="squared_error").fit(X, X[:, 0])
        assert not hasattr(model, "classes_")
    model = EigenfaceClassifier(2, image_shape=(2, 2)).fit(X, y)
    model.set_params(image_shape=None).fit(X, y)
    assert not hasattr(model, "eigenface_images_")
    model = SVDRegressor().fit(pd.DataFrame(X, columns=list("abcd")), y)
    lazy = da.from_array(X, chunks=(10, 4))
    assert not hasattr(model.fit(lazy, y), "feature_names_in_")


@pytest.mark.parametrize("first", [np.asarray, array_api_strict.asarray])
def test_nothing_of_an_earlier_fit_stays_where_a_copy_is_fitted_on_the_host(first):
    X, y = np.random.default_rng(0).normal(size=(40, 4)), np.arange(40) % 2
    there = array_api_strict.asarray
    with config_context(array_api_dispatch=True):
        model = BackpropMLP(max_iter=2).fit(first(X), first(y))
        model.set_params(loss="squared_error").fit(there(X), there(X[:, 0]))
        assert not hasattr(model, "classes_")
        model = EigenfaceClassifier(2, image_shape=(2, 2)).fit(first(X), first(y))
        model.set_params(image_shape=None).fit(there(X), there(y))
        assert not hasattr(model, "eigenface_images_")


def test_parameters_set_after_a_fit_wait_for_the_next():
    X, y = np.random.default_rng(0).normal(size=(40, 4)), np.arange(40) % 2
    model = GDLinearModel("log_loss").fit(X, y)
    predicted = model.predict(X)
    model.set_params(loss="squared_error")
    np.testing.assert_array_equal(model.predict(X), predicted)
    faces = EigenfaceClassifier(2).fit(X, y)
    coordinates = faces.transform(X)
    np.testing.assert_array_equal(
        faces.set_params(whiten=True).transform(X), coordinates
    )


def test_coefficients_that_are_replaced_are_used():
    X, y = np.random.default_rng(0).normal(size=(40, 4)), np.arange(40) % 2
    model = BackpropMLP(max_iter=2).fit(X, y)
    model.coefs_ = [0 * W for W in model.coefs_]
    model.intercepts_ = [0 * b for b in model.intercepts_]
    np.testing.assert_array_equal(model.predict_proba(X), 0.5)


def test_a_class_of_rows_without_weight_is_not_there():
    X, y = np.random.default_rng(0).normal(size=(60, 3)), np.arange(60) % 3
    for model in (
        FromScratchNB(),
        GDLinearModel("log_loss"),
        BackpropMLP(max_iter=2),
        EigenfaceClassifier(2),
    ):
        fitted = model.fit(X, y, sample_weight=(y != 1) * 1.0)
        assert fitted.classes_.tolist() == [0, 2]
        assert set(fitted.predict(X)) <= {0, 2}


@pytest.mark.parametrize(
    ("y", "weight", "message"),
    [
        (np.full(20, np.nan), None, "Input y contains NaN"),
        (np.ones(20), -np.ones(20), r"Negative values.*sample_weight"),
        (np.ones(20), np.full(20, np.nan), "Input sample_weight contains NaN"),
        (np.ones(19), None, "X has 20 rows, but y has 19"),
        (None, None, "requires y"),
    ],
)
def test_bad_targets_and_weights_beside_dask_are_told(y, weight, message):
    X = da.from_array(np.random.default_rng(0).normal(size=(20, 3)), chunks=(5, 3))
    with pytest.raises(ValueError, match=message):
        SVDRegressor().fit(X, y, weight)


def test_dask_rows_without_weight_are_told_when_they_are_summed():
    X = da.from_array(np.random.default_rng(0).normal(size=(20, 3)), chunks=(5, 3))
    with pytest.raises(ValueError, match="sample_weight is zero for all"):
        SVDRegressor().fit(X, np.ones(20), np.zeros(20))


def test_folds_of_dask_rows_are_those_of_rows_whatever_the_dtype_of_y():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(600, 3)), rng.integers(0, 2, 600).astype(np.int8)
    model = SVDRegressor(alpha=[0.1, 10.0], criterion="cv", cv=200)
    expected = model.fit(X, y).criterion_path_.error
    for target in (y, y > 0):
        lazy = model.fit(da.from_array(X, chunks=(100, 3)), da.from_array(target))
        np.testing.assert_allclose(lazy.criterion_path_.error, expected)


def test_targets_beside_dask_may_be_chunked_otherwise_or_not_at_all():
    X = np.random.default_rng(0).normal(size=(20, 3))
    Y = X @ np.ones((3, 2)) + 1
    expected = SVDRegressor().fit(X, Y).coef_
    lazy = da.from_array(X, chunks=(5, 3))
    for y in (Y, pd.DataFrame(Y), da.from_array(Y, chunks=(7, 1))):
        np.testing.assert_allclose(SVDRegressor().fit(lazy, y).coef_, expected)
    with pytest.raises(ValueError, match="0 sample"):
        SVDRegressor().fit(lazy[:0], Y[:0])


def test_evidence_of_dask_rows_is_that_of_rows():
    X, y = np.random.default_rng(0).normal(size=(20, 3)), np.arange(20) % 2
    model = FromScratchNB().fit(X, y)
    lazily = model.feature_evidence(da.from_array(X, chunks=(5, 3)))
    assert lazily.shape == (20, 3, 2)
    np.testing.assert_allclose(lazily.compute(), model.feature_evidence(X))
