"""Saved and loaded: the same predictions, no code of anybody else's, versions told."""

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import skops.io
from instances import assert_same, data_for, instances, outputs, settled
from sklearn.base import clone
from sklearn.exceptions import InconsistentVersionWarning, NotFittedError

import skmath
from skmath import (
    BackpropMLP,
    EigenfaceClassifier,
    FromScratchNB,
    GDLinearModel,
    LaplacianSpectralClustering,
    SVDRegressor,
)

pytestmark = pytest.mark.filterwarnings("ignore:The loss was still falling")


@pytest.mark.parametrize(("estimator", "configuration"), instances())
def test_skops_loads_what_it_saved_of_trusted_types_alone(estimator, configuration):
    X, y = data_for(estimator)
    fitted = settled(estimator).fit(X, y)
    loaded = skops.io.loads(skops.io.dumps(fitted), trusted=skmath.trusted_types())
    assert_same(outputs(loaded, X), outputs(fitted, X), rtol=0, atol=0)


@pytest.mark.parametrize(
    "model",
    [
        LaplacianSpectralClustering(3),
        LaplacianSpectralClustering(3, n_landmarks=100),
        LaplacianSpectralClustering(3, metric="chebyshev"),
        GDLinearModel("tweedie"),
        BackpropMLP(dropout=0.2, schedule="cosine", solver="rmsprop", max_iter=5),
        BackpropMLP(early_stopping=True, max_iter=5),
        BackpropMLP(calibrate=True, label_smoothing=0.1, max_iter=5),
        BackpropMLP(loss="quantile", quantile=[0.1, 0.5, 0.9], max_iter=5),
    ],
    ids=repr,
)
@pytest.mark.parametrize("saved", ["skops", "pickle"])
def test_options_are_saved_too(model, saved):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 2))  # so few columns that neighbours are found by a tree
    model.fit(X, rng.gamma(1.0, size=400) if "tweedie" in repr(model) else X[:, 0] > 0)
    if saved == "pickle":
        loaded = pickle.loads(pickle.dumps(model))
    else:
        content = skops.io.dumps(model)
        loaded = skops.io.loads(content, trusted=skmath.trusted_types())
    assert_same(outputs(loaded, X), outputs(model, X), rtol=0, atol=0)


def test_no_type_that_runs_code_is_trusted():
    trusted = skmath.trusted_types()
    ours = [name for name in trusted if name.startswith("skmath.")]
    assert sorted(set(trusted) - set(ours)) == [
        "numpy.dtype",
        "scipy.sparse._csr.csr_array",
        "sklearn.utils._bunch.Bunch",
    ]
    assert not [name for name in ours if ".datasets." in name or "onnx" in name]


def test_no_optional_package_is_needed_to_name_them():
    program = (
        "import extra_alone; extra_alone.hide_all_but('none'); import skmath; "
        "print(*skmath.trusted_types())"
    )
    here = Path(__file__).parent / "project"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=here, capture_output=True, text=True
    )
    assert done.stdout.split() == skmath.trusted_types(), done.stderr


def test_a_function_of_ones_own_is_not_trusted():
    X, _ = data_for(SVDRegressor())
    model = LaplacianSpectralClustering(3, affinity=_affinity).fit(X)
    with pytest.raises(skops.io.exceptions.UntrustedTypesFoundException):
        skops.io.loads(skops.io.dumps(model), trusted=skmath.trusted_types())


def _affinity(A, B):
    return np.exp(-np.abs(A[:, None] - B[None, :]).sum(axis=2))


@pytest.mark.parametrize(
    ("module", "warning"),
    [
        ("sklearn", InconsistentVersionWarning),
        ("skmath._estimators.version", UserWarning),
    ],
)
def test_other_versions_are_told_as_scikit_learn_does(module, warning, monkeypatch):
    saved = pickle.dumps(SVDRegressor().fit([[1.0], [2.0]], [1.0, 2.0]))
    monkeypatch.setattr(f"{module}.__version__", "99.0")
    with pytest.warns(warning, match=r"SVDRegressor.*99\.0"):
        loaded = pickle.loads(saved)
    assert loaded.predict([[3.0]]) == pytest.approx(3.0)


def of_another_version(model, without):
    """Return a model as skmath 0.0.1 would have saved it, without an attribute."""
    state = model.__getstate__()
    state["_versions"]["skmath"] = "0.0.1"
    del state[without]
    loaded = type(model).__new__(type(model))
    with pytest.warns(UserWarning, match=r"saved by skmath 0\.0\.1"):
        loaded.__setstate__(state)
    return loaded


MODELS = [
    SVDRegressor(),
    GDLinearModel("log_loss", alpha=0.1),
    BackpropMLP((4,), max_iter=5, random_state=0),
    FromScratchNB("gaussian"),
    EigenfaceClassifier(2),
    LaplacianSpectralClustering(2, random_state=0),
]


@pytest.mark.parametrize("model", MODELS, ids=lambda m: type(m).__name__)
def test_parameters_that_another_version_did_not_have_get_their_defaults(model):
    X, y = data_for(model)
    model, defaults = clone(model).fit(X, y), type(model)().get_params()
    for name in defaults:
        loaded = of_another_version(model, name)
        assert loaded.get_params()[name] is defaults[name]
        clone(loaded)


@pytest.mark.parametrize("model", MODELS, ids=lambda m: type(m).__name__)
def test_attributes_that_another_version_did_not_save_are_told(model):
    X, y = data_for(model)
    model = clone(model).fit(X, y)
    told = 0
    for name in [name for name in vars(model) if name.startswith("_")]:
        loaded = of_another_version(model, name)
        with pytest.raises(AttributeError, match=r"skmath 0\.0\.1 .* fit it again"):
            getattr(loaded, name)
        again = pickle.loads(pickle.dumps(loaded))  # does not warn twice
        try:
            found = again.predict(X)
        except (AttributeError, NotFittedError) as error:
            told += "skmath==0.0.1" in str(error)
        else:
            np.testing.assert_array_equal(found, model.predict(X))
    # Least squares are predicted by public attributes alone.
    assert told > 0 or isinstance(model, SVDRegressor)


def test_methods_that_are_not_available_still_say_why():
    X, _ = data_for(SVDRegressor())
    model = GDLinearModel().fit(X, X[:, 0])
    loaded = of_another_version(model, "n_iter_")
    for one in (model, loaded):
        with pytest.raises(AttributeError, match="has no attribute 'predict_proba'"):
            one.predict_proba(X)
        assert not hasattr(one, "predict_proba")


def test_versions_and_devices_are_shown(capsys):
    skmath.show_versions()
    told = capsys.readouterr().out
    assert f"skmath: {skmath.__version__}" in told
    assert "devices: cpu" in told
    assert "torch: " in told
