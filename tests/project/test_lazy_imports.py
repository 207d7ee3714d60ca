"""`import skmath` is immediate: an estimator is imported when it is first asked for."""

import subprocess
import sys

import pytest

import skmath

MODULES = (
    *("calculus", "callbacks", "datasets", "display", "exceptions", "linear_algebra"),
    *("onnx", "persistence", "probability", "statistics", "svd_regressor", "versions"),
)


def run(program):
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def imported(program):
    """Return the modules that a fresh Python has imported at the end."""
    return {*run(f"{program}; import sys; print(*sys.modules)")}


def test_the_plain_import_needs_neither_scikit_learn_nor_numpy():
    modules = imported("import skmath; skmath.__version__; dir(skmath)")
    assert "skmath" in modules
    assert not modules & {"numpy", "scipy", "sklearn"}


def test_one_estimator_does_not_import_the_others():
    modules = imported("from skmath import SVDRegressor")
    folders = {name.split(".")[1] for name in modules if name.startswith("skmath.")}
    assert "svd_regressor" in folders
    others = {"backprop_mlp", "eigenface_classifier", "from_scratch_nb"}
    assert not folders & {*others, "gd_linear_model", "laplacian_spectral_clustering"}
    assert not modules & {"matplotlib", "dask", "onnx", "skl2onnx", "numba"}


@pytest.mark.parametrize("name", [*skmath.__all__, *MODULES])
def test_each_name_is_there_after_the_plain_import(name):
    assert run(f"import skmath; print(skmath.{name} is skmath.{name})") == ["True"]
    assert name in dir(skmath)


def test_all_names_are_imported_by_an_asterisk():
    names = run("from skmath import *; print(*dir())")
    assert {*skmath.__all__} <= {*names}


def test_another_name_is_no_attribute():
    with pytest.raises(AttributeError, match="'skmath' has no attribute 'other'"):
        _ = skmath.other
