"""Categories of text in ONNX are the same as in Python; what cannot be is refused."""

import numpy as np
import pandas as pd
import pytest

from skmath import FromScratchNB

onnxruntime = pytest.importorskip("onnxruntime")
skl2onnx = pytest.importorskip("skl2onnx")
StringTensorType = pytest.importorskip("skl2onnx.common.data_types").StringTensorType

Y = [0, 1, 0, 1, 1, 0, 1, 1] * 5


def exported(model, width):
    from skmath.onnx import register

    register()
    kinds = [("X", StringTensorType([None, width]))]
    return skl2onnx.to_onnx(model, initial_types=kinds).SerializeToString()


def test_a_text_is_the_category_that_it_is_in_python():
    values = ["0", "1.5", "red", "True"] * 10
    X = np.array([values, [f"row {i}" for i in range(40)]], dtype=object).T
    model = FromScratchNB({1: "ignored"}).fit(X, Y)
    rows = np.array([["0.0", "1.5", "red", "1", "007", "False", None], list("abcdefg")])
    rows = rows.T.astype(object)
    session = onnxruntime.InferenceSession(exported(model, 2))
    found = session.run(None, {"X": np.where(np.equal(rows, None), "nan", rows)})[1]
    np.testing.assert_allclose(found, model.predict_proba(rows), rtol=1e-6)


def test_a_text_of_no_number_is_no_category_of_numbers():
    X = np.array([1.0, 7.0, 0.5, -1.0, 1.0] * 8)
    model = FromScratchNB("categorical").fit(pd.DataFrame({"x": X.astype(object)}), Y)
    model.partial_fit(pd.DataFrame({"x": [7, "red"] * 20}, dtype=object), Y)
    rows = ["1", "1.0", "True", "7", "007", "0.5", "0.50", "-1", "red", "blue", "nan"]
    rows = np.array([rows], dtype=object).T
    session = onnxruntime.InferenceSession(exported(model, 1))
    found = session.run(None, {"X": rows})[1]
    rows[-1] = None
    expected = model.predict_proba(pd.DataFrame(rows, columns=["x"]))
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_dates_are_refused():
    X = pd.DataFrame({"t": pd.date_range("2024-01-01", periods=40)})
    model = FromScratchNB().fit(X, Y)
    with pytest.raises(NotImplementedError, match="of dates or times"):
        exported(model, 1)
