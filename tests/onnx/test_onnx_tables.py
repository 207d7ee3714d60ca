"""A network that was fitted on a table answers the same in ONNX."""

import numpy as np
import pandas as pd
import pytest

from skmath import BackpropMLP

onnxruntime = pytest.importorskip("onnxruntime")
skl2onnx = pytest.importorskip("skl2onnx")

pytestmark = pytest.mark.filterwarnings("ignore:The loss was still falling")

LETTERS = list("abcdefghijklmno")


def table(n=200, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "number": rng.normal(size=n),
            "two": rng.choice(["no", "yes"], n),
            "few": rng.choice(["red", "green", "blue"], n),
            "many": rng.choice(LETTERS, n),
            "other": rng.choice(LETTERS, n),
            "flag": rng.random(n) > 0.5,
        }
    )
    y = frame.number + (frame.few == "red") + (frame.many < "f") > 0.5
    for name in ("number", "few", "many"):
        frame.loc[rng.random(n) < 0.1, name] = None
    return frame, y.to_numpy()


def answers(model, example, rows):
    """Return what onnxruntime makes of rows, a column an input."""
    from skmath.onnx import register

    register()
    content = skl2onnx.to_onnx(model, example[:1]).SerializeToString()
    session = onnxruntime.InferenceSession(content)
    inputs = {name: rows[[name]].to_numpy() for name in rows.columns}
    return session.run(None, inputs)


def as_strings(frame):
    """Return a frame with "None" for what is missing among strings."""
    text = frame.select_dtypes(exclude=["number", "bool"]).columns
    return frame.assign(**{name: frame[name].fillna("None") for name in text})


@pytest.mark.parametrize("columns", ["few", "many", "all", "no numbers"])
def test_a_table_gives_the_same_answers(columns):
    frame, y = table()
    kept = {
        "few": ["number", "two", "few"],
        "many": ["number", "many"],
        "all": list(frame.columns),
        "no numbers": ["few", "many", "other"],
    }[columns]
    frame = frame[kept]
    model = BackpropMLP((16, 8), random_state=0, max_iter=20).fit(frame, y)
    new = frame.copy()
    new.loc[:20, [name for name in kept if name in ("few", "many", "two")]] = "unseen"
    for rows in (frame, new):
        rows = as_strings(rows)
        expected = rows.replace("None", None)
        labels, p = answers(model, as_strings(frame), rows)
        np.testing.assert_allclose(p, model.predict_proba(expected), atol=1e-6)
        np.testing.assert_array_equal(labels.astype(bool), model.predict(expected))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_holes_in_numbers_give_the_same_answers(dtype):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(250, 3)).astype(dtype)
    y = X[:, 0] + np.abs(X[:, 1])
    X[rng.random(X.shape) < 0.2] = np.nan
    model = BackpropMLP((16, 8), loss="squared_error", random_state=0, max_iter=20).fit(
        X, y
    )
    from skmath.onnx import register

    register()
    content = skl2onnx.to_onnx(model, X[:1]).SerializeToString()
    (found,) = onnxruntime.InferenceSession(content).run(None, {"X": X})
    np.testing.assert_allclose(found[:, 0], model.predict(X), rtol=1e-4, atol=1e-5)


def test_dates_are_refused():
    frame, y = table()
    frame = frame.assign(day=pd.date_range("2024-01-01", periods=len(y)))
    model = BackpropMLP(random_state=0, max_iter=5).fit(frame, y)
    with pytest.raises(NotImplementedError, match="of dates or times"):
        answers(model, as_strings(frame.assign(day=1.0)), frame)
