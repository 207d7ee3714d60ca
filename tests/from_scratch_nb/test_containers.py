"""A category is the same in every container; a column of another kind warns."""

import enum
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skmath import FromScratchNB
from skmath._rows.categories import as_number, identity

PLAIN = {"alpha": 1.0, "dependence": None, "calibrate": None}


class Grade(enum.Enum):
    NONE = 0


class Size(enum.IntEnum):
    NONE = 0


def one_cell(value):
    """Return the value in every kind of table that can hold it."""
    yield pd.DataFrame({"d": [value]})
    yield pd.DataFrame({"d": pd.Series([value], dtype=object)})
    yield pd.DataFrame({"d": pd.Categorical([value])})


ZEROS = [
    "0",
    np.str_("0"),
    b"0",
    0,
    0.0,
    False,
    np.False_,
    np.int64(0),
    np.uint8(0),
    np.float32(0),
    Decimal(0),
    Decimal("0.00"),
    Fraction(0),
    Grade.NONE,
    Size.NONE,
]


def other_zeros():
    for dtype in ("Int64", "Float64", "boolean", "string", "int8", "float32"):
        value = "0" if dtype == "string" else 0
        yield (
            f"pandas {dtype}",
            lambda d=dtype, v=value: pd.DataFrame({"d": pd.array([v], dtype=d)}),
        )
    for dtype in ("int32", "float64", "bool_", "string"):
        value = {"bool_": False, "string": "0", "float64": 0.0}.get(dtype, 0)
        yield f"pyarrow {dtype}", lambda d=dtype, v=value: arrow_frame(d, v)
    for dtype in ("Int16", "Float64", "Boolean", "String", "Categorical", "Decimal"):
        yield f"polars {dtype}", lambda d=dtype: polars_frame(d)
    yield "polars Enum", lambda: polars_frame("Enum")
    yield "text array", lambda: np.array([["0"]])
    yield "bytes array", lambda: np.array([[b"0"]])
    yield "int array", lambda: np.array([[0]])
    yield "bool array", lambda: np.array([[False]])
    yield "lists", lambda: [[0]]


def arrow_frame(dtype, value):
    pyarrow = pytest.importorskip("pyarrow")
    kind = pd.ArrowDtype(getattr(pyarrow, dtype)())
    return pd.DataFrame({"d": pd.array([value], dtype=kind)})


def polars_frame(dtype):
    polars = pytest.importorskip("polars")
    if dtype == "Enum":
        return polars.DataFrame({"d": polars.Series(["0"], dtype=polars.Enum(["0"]))})
    if dtype in ("String", "Categorical"):
        series = polars.Series(["0"], dtype=getattr(polars, dtype))
        return polars.DataFrame({"d": series})
    if dtype == "Decimal":
        return polars.DataFrame({"d": polars.Series([Decimal("0.0")])})
    column = polars.Series([False if dtype == "Boolean" else 0])
    return polars.DataFrame({"d": column.cast(getattr(polars, dtype))})


def models():
    """Return models that learned the categories 0, 1, 2, 3+ and False, True."""
    text = pd.DataFrame({"d": ["0", "1", "2", "3+"] * 20})
    yield "text", FromScratchNB(**PLAIN).fit(text, [0, 0, 1, 1] * 20), 21 / 22
    mixed = pd.DataFrame({"d": pd.Series([0, 1, 2, "3+"] * 20, dtype=object)})
    yield "mixed", FromScratchNB(**PLAIN).fit(mixed, [0, 0, 1, 1] * 20), 21 / 22
    flags = pd.DataFrame({"d": [False, True] * 20})
    yield "booleans", FromScratchNB(**PLAIN).fit(flags, [0, 1] * 20), 21 / 22
    numbers = pd.DataFrame({"d": [0, 1, 2, 3] * 20})
    model = FromScratchNB("categorical", **PLAIN).fit(numbers, [0, 0, 1, 1] * 20)
    yield "numbers", model, 21 / 22
    parts = FromScratchNB("categorical", **PLAIN)
    parts.partial_fit(numbers, [0, 0, 1, 1] * 20)
    yield "numbers, then text", parts.partial_fit(text, [0, 0, 1, 1] * 20), 41 / 42


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
@pytest.mark.parametrize("value", ZEROS, ids=lambda v: f"{type(v).__name__}-{v!r}")
def test_every_zero_is_the_category_zero(value):
    for name, model, expected in models():
        for X in one_cell(value):
            found = model.predict_proba(X)[0, 0]
            assert found == pytest.approx(expected), name


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
@pytest.mark.parametrize("kind", dict(other_zeros()))
def test_every_container_holds_the_category_zero(kind):
    table = dict(other_zeros())[kind]
    for name, model, expected in models():
        found = model.predict_proba(table())[0, 0]
        assert found == pytest.approx(expected), name


def test_categories_are_listed_once_however_they_come():
    first = pd.DataFrame({"d": ["0", "1", "3+"]})
    second = pd.DataFrame({"d": [0, 1, 2]})
    third = pd.DataFrame({"d": [2.0, np.nan, 0.0]})
    y = [0, 1, 1]
    model = FromScratchNB({"d": "categorical"}, **PLAIN).partial_fit(first, y)
    model.partial_fit(second, y).partial_fit(third, y)
    assert model.categories_[0].tolist() == ["0", "1", "3+", "2"]
    back = FromScratchNB({"d": "categorical"}, **PLAIN).partial_fit(third, y)
    back.partial_fit(second, y).partial_fit(first, y)
    assert back.categories_[0].tolist() == [0, 1, 2, "3+"]
    for X in (first, second, third):
        np.testing.assert_allclose(back.predict_proba(X), model.predict_proba(X))
    drawn, _ = back.sample(200, random_state=0)
    assert set(drawn[:, 0]) == {0, 1, 2, "3+"}


def test_text_after_an_array_of_numbers():
    X, y = np.array([[0], [1], [2], [3]] * 5), [0, 0, 1, 1] * 5
    model = FromScratchNB("categorical", **PLAIN).fit(X, y)
    numbers = FromScratchNB("categorical", **PLAIN).fit(X.astype(str), y)
    rows = np.array([["0"], ["2"], ["3+"], [None]], dtype=object)
    np.testing.assert_allclose(model.predict_proba(rows), numbers.predict_proba(rows))


@given(st.one_of(st.integers(-(2**53), 2**53), st.floats(-1e15, 1e15)))
def test_a_number_and_its_text_are_one_category(number):
    assert identity(number) == identity(repr(number)) == identity(np.float64(number))
    assert as_number(repr(number)) == number


@pytest.mark.parametrize(
    "text",
    [
        "007",
        "1.50",
        "+1",
        " 1",
        "1_000",
        "1e3",
        "",
        "-",
        "nan",
        "0x1",
        "true",
        "9" * 20,
    ],
)
def test_other_texts_stay_text(text):
    assert as_number(text) is None
    assert identity(text) == text


def test_texts_of_long_integers_are_not_rounded():
    values = ["12345678901234567890", "12345678901234567891"]
    column = pd.DataFrame({"a": values * 4})
    model = FromScratchNB(**PLAIN).fit(column, [0, 1] * 4)
    assert model.categories_[0].tolist() == values

    assert identity(int(values[1])) == values[1]

    assert model.predict(column[1:2]).tolist() == [1]


@pytest.mark.parametrize(
    ("learned", "now"),
    [
        (["red", "blue"], [1, 2]),
        (["red", "blue"], [1.5, np.nan]),
        (["red", "blue"], [True, False]),
        ([True, False], ["yes", "no"]),
    ],
)
def test_a_column_that_has_changed_its_kind_warns_by_name(learned, now):
    y = [0, 1] * 10
    model = FromScratchNB(**PLAIN).fit(pd.DataFrame({"d": learned * 10}), y)
    with pytest.warns(UserWarning, match="Column 'd' of X contains strings but had nu"):
        found = model.predict_proba(pd.DataFrame({"d": now}))
    np.testing.assert_allclose(found, 0.5)
    with pytest.warns(UserWarning, match="Column 'd' of X contains strings but had nu"):
        model.partial_fit(pd.DataFrame({"d": now}), [0, 1])


@pytest.mark.parametrize("now", [["pink"], [None], [np.nan], ["red", 1], ["1"]])
def test_new_categories_of_the_same_kind_do_not_warn(now):
    X = pd.DataFrame({"d": ["red", "blue", "0"] * 10})
    model = FromScratchNB(**PLAIN).fit(X, [0, 1, 1] * 10)
    model.predict(pd.DataFrame({"d": pd.Series(now, dtype=object)}))


@pytest.mark.parametrize("library", ["pandas", "polars"])
@pytest.mark.parametrize("distribution", ["auto", "gaussian"])
def test_a_series_says_what_to_pass(library, distribution):
    library = pytest.importorskip(library)
    X, y = library.DataFrame({"a": [1.0, 2.0, 3.0, 5.0]}), [0, 1, 0, 1]
    model = FromScratchNB(distribution)
    with pytest.raises(ValueError, match=r"X.to_frame\(\), or frame\[\['a'\]\]"):
        model.fit(X["a"], y)
    model.fit(X, y)
    with pytest.raises(ValueError, match=r"X.to_frame\(\), or frame\[\['a'\]\]"):
        model.predict(X["a"])
