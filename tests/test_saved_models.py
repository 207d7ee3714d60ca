"""What earlier releases saved loads and predicts the same, or says why it does not."""

import pickle
import runpy
from pathlib import Path

import numpy as np
import pytest

import skmath

HERE = Path(__file__).parent

pytestmark = [
    pytest.mark.filterwarnings("ignore:The loss was still falling"),
    pytest.mark.filterwarnings("ignore:.*was saved by skmath"),
    pytest.mark.filterwarnings("ignore:Trying to unpickle estimator"),
]


def save(folder):
    script = HERE / "project" / "save_models.py"
    return runpy.run_path(str(script))["save"](folder)


def check(path):
    """Load the models of a file and compare what they predict."""
    version, n_same = path.stem, 0
    for name, content, X, expected in pickle.loads(path.read_bytes()):
        try:
            found = pickle.loads(content).predict(X)
        except AttributeError as error:
            if f"skmath=={version}" not in str(error):
                raise
        else:
            np.testing.assert_array_equal(found.shape, expected.shape)
            if expected.dtype.kind == "f":
                np.testing.assert_allclose(found, expected, rtol=1e-6, err_msg=name)
            else:
                np.testing.assert_array_equal(found, expected, err_msg=name)
            n_same += 1
    return n_same


def test_this_version_loads_what_it_saves(tmp_path):
    assert check(save(tmp_path)) == 8


def test_another_version_says_why_it_cannot_predict(tmp_path, monkeypatch):
    monkeypatch.setattr("skmath._estimators.version.__version__", "0.0.1")
    monkeypatch.setattr(skmath, "__version__", "0.0.1")
    path = save(tmp_path)
    monkeypatch.undo()
    saved = pickle.loads(path.read_bytes())
    _, content, X, _ = saved[0]
    with pytest.warns(UserWarning, match=r"saved by skmath 0\.0\.1"):
        model = pickle.loads(content)
    del model.coef_
    with pytest.raises(AttributeError, match=r"skmath==0\.0\.1"):
        model.predict(X)
    assert path.stem == "0.0.1"
    assert check(path) == len(saved)


@pytest.mark.parametrize(
    "path", sorted((HERE / "saved").glob("*.pickle")), ids=lambda path: path.stem
)
def test_earlier_releases(path):
    check(path)
