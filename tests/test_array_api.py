"""scikit-learn's checks of array namespaces, values too, on every configuration."""

import importlib.util
import os

import array_api_strict
import numpy as np
import pytest
import sklearn
from configurations import instances_of
from instances import data_for, instances, settled
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import check_array_api_input_and_values

from skmath import EigenfaceClassifier, FromScratchNB, GDLinearModel, SVDRegressor
from skmath._rows.rows import Rows
from skmath._tour.registry import entries

NAMESPACES = ["array_api_strict"]
NAMESPACES += ["torch"] if importlib.util.find_spec("torch") else []


@pytest.fixture(autouse=True)
def torchs_floats():
    """Let scikit-learn's accuracy have 16 digits: it is of torch's default dtype."""
    if "torch" not in NAMESPACES:
        yield
        return
    import torch

    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


of_rows = pytest.mark.parametrize(
    ("estimator", "configuration"),
    # The check's X is no matrix of affinities.
    [p for p in instances() if not get_tags(p.values[0]).input_tags.pairwise],
)


@pytest.mark.parametrize("library", ["torch", "cupy", "dpnp"])
def test_a_library_is_here_whose_checks_scikit_learn_has(library):
    # conftest.py leaves out the checks of those that are missing: named here, once.
    pytest.importorskip(library)


def test_the_checks_are_not_skipped():
    # scikit-learn skips them where SciPy was imported without it; conftest sets it.
    assert os.environ["SCIPY_ARRAY_API"] == "1"
    assert all(
        get_tags(estimator).array_api_support
        for entry in entries()
        for estimator, _ in instances_of(entry)
    )


@of_rows
@pytest.mark.parametrize("namespace", NAMESPACES)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.filterwarnings("ignore")  # of 30 rows of noise, by design of the check
def test_values_follow_x(estimator, configuration, namespace, dtype):
    name = type(estimator).__name__
    if name == "GDLinearModel" and dtype == "float32":
        # Columns of the check's X depend on others: with less damping their share of
        # the sum is decided by float32's rounding, which is each namespace's own.
        estimator.set_params(alpha=1.0)
    check_array_api_input_and_values(
        name,
        settled(estimator, tol=1e-8 if dtype == "float64" else 1e-5),
        array_namespace=namespace,
        device_name="cpu" if namespace == "torch" else None,
        dtype_name=dtype,
    )


def test_a_fit_on_the_host_is_one_of_numpys():
    X, y = data_for(EigenfaceClassifier())
    strict = array_api_strict.asarray(X)
    model = EigenfaceClassifier(known_threshold="auto")
    with sklearn.config_context(array_api_dispatch=True):
        elsewhere = model.fit(strict, array_api_strict.asarray(y))
        found = elsewhere.transform(strict)
        labels = elsewhere.predict(strict)
    assert found.__array_namespace__() is array_api_strict
    own = EigenfaceClassifier(known_threshold="auto").fit(X, y)
    np.testing.assert_allclose(np.asarray(found), own.transform(X))
    np.testing.assert_array_equal(np.asarray(labels), own.predict(X))
    # Fitted on NumPy's arrays again it is as if it had never been elsewhere.
    again = elsewhere.fit(X, y)
    np.testing.assert_array_equal(again.predict(X), own.predict(X))
    assert not hasattr(again, "_host_")


def test_namespaces_of_fit_and_predict_must_agree():
    X, y = data_for(FromScratchNB("kde"))
    with sklearn.config_context(array_api_dispatch=True):
        model = FromScratchNB("kde").fit(
            array_api_strict.asarray(X), array_api_strict.asarray(y)
        )
        with pytest.raises(ValueError, match="must use the same namespace"):
            model.predict(X)


def test_blocks_on_an_accelerator_are_large():
    X = np.zeros((10_000, 10))
    far = array_api_strict.asarray(X, device=array_api_strict.Device("device1"))
    assert Rows(far)._rows_per_block() > 10**6 > Rows(X)._rows_per_block()


@pytest.mark.parametrize(
    "model", [SVDRegressor(), GDLinearModel(), FromScratchNB("gaussian")], ids=repr
)
def test_a_device_out_of_memory_leaves_the_estimator_unfitted(model, monkeypatch):
    # As libraries tell it: torch.OutOfMemoryError is a RuntimeError.
    def full(*_):
        raise RuntimeError("device out of memory: tried to allocate 20.00 GiB")

    monkeypatch.setattr(Rows, "_blocks", full)
    X, y = (array_api_strict.asarray(a) for a in data_for(model))
    with (
        sklearn.config_context(array_api_dispatch=True),
        pytest.raises(RuntimeError, match="out of memory"),
    ):
        model.fit(X, y)
    assert not [name for name in vars(model) if name.endswith("_")]


def test_a_failed_fit_elsewhere_leaves_the_estimator_unfitted():
    X, y = data_for(EigenfaceClassifier())
    X[3, 2] = np.nan
    model = EigenfaceClassifier()
    with (
        sklearn.config_context(array_api_dispatch=True),
        pytest.raises(ValueError, match="NaN"),
    ):
        model.fit(array_api_strict.asarray(X), array_api_strict.asarray(y))
    assert not [name for name in vars(model) if name.endswith("_")]
