"""The columns of a table: learned, encoded and decoded, or refused by name."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from skmath import FromScratchNB
from skmath._rows.columns import Table
from skmath._rows.tables import columns_of

Y = np.arange(6) % 2


@pytest.fixture
def table():
    rows = [["red", 1.5, 3], ["blue", None, 1], [None, 2.5, 3]]
    columns = columns_of(rows)
    return Table(None, (True, False, True)).learn(columns), columns


def test_categories_are_sorted_and_numbers_are_their_own_codes(table):
    table, columns = table
    assert table.categories[0].texts == ("blue", "red")
    assert table.categories[1] is None
    assert table.categories[2].numbers
    assert not table.categories[2].texts
    expected = [[1, 1.5, 3], [0, np.nan, 1], [np.nan, 2.5, 3]]
    np.testing.assert_array_equal(table.encode(columns), expected)


def test_decoding_is_the_inverse_of_encoding(table):
    table, columns = table
    decoded = table.decode(table.encode(columns)[:2])
    assert decoded[:, 0].tolist() == ["red", "blue"]
    assert decoded[:, 2].tolist() == [3, 1]


def test_later_categories_come_after_those_that_are_known(table):
    table, _ = table
    more = columns_of([["azure", 1.0, 7], ["red", 2.0, 1]])
    later = table.learn(more)
    assert later.categories[0].texts == ("blue", "red", "azure")
    np.testing.assert_array_equal(later.encode(more)[:, 0], [2, 1])
    # What a failing partial_fit goes back to is as it was.
    assert table.categories[0].texts == ("blue", "red")


def test_a_category_that_is_not_known_is_none_of_the_codes(table):
    table, _ = table
    code = table.encode(columns_of([["azure", 1.0, 7]]))[0, 0]
    assert np.isfinite(code)
    assert code not in (0, 1)


def test_text_in_a_column_of_numbers_names_the_column_and_is_learned(table):
    table, _ = table
    more = columns_of([["red", 1.0, "seven"]])
    with pytest.warns(UserWarning, match="Column 2 of X contains strings but had num"):
        later = table.learn(more)
    assert later.categories[2].texts == ("seven",)
    rows = columns_of([["red", 1.0, "seven"], ["red", 1.0, 3], ["red", 1.0, "3"]])
    codes = later.encode(rows)
    assert later.decode(codes)[:, 2].tolist() == ["seven", 3, 3]


def complex_frames():
    z = np.arange(6) + 1j
    yield pytest.param(pd.DataFrame({"a": np.arange(6.0), "z": z}), "'z'", id="pandas")
    objects = pd.DataFrame({"a": np.arange(6.0), "z": pd.Series(list(z), dtype=object)})
    yield pytest.param(objects, "'z'", id="objects")
    yield pytest.param(np.column_stack([np.arange(6.0), z]), "0", id="array")
    lists = [[float(i), complex(v)] for i, v in enumerate(z)]
    yield pytest.param(lists, "1", id="lists")


@pytest.mark.parametrize(("X", "name"), complex_frames())
@pytest.mark.parametrize("distribution", ["auto", "gaussian", "categorical"])
def test_complex_columns_are_refused_by_name(X, name, distribution):
    with pytest.raises(ValueError, match=f"Complex data not supported.*{name} of X"):
        FromScratchNB(distribution).fit(X, Y)


@pytest.mark.parametrize(("X", "name"), complex_frames())
@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_complex_columns_to_predict_of_are_refused_by_name(X, name):
    known = pd.DataFrame({"a": np.arange(6.0), "z": list("xyxyxy")})
    if not isinstance(X, pd.DataFrame):
        known = known.to_numpy()
    model = FromScratchNB().fit(known, Y)
    with pytest.raises(ValueError, match=f"Complex data not supported.*{name} of X"):
        model.predict(X)


@pytest.mark.parametrize("library", ["pandas", "polars"])
@pytest.mark.parametrize("values", [[1.0, 2.0] * 3, list("ababab"), [True, False] * 3])
def test_a_series_is_no_table(library, values):
    library = pytest.importorskip(library)
    series = library.Series(values)
    with pytest.raises(ValueError, match="Expected a 2-dimensional container but got"):
        FromScratchNB().fit(series, Y)
    model = FromScratchNB().fit([[v, "x"] for v in values], Y)
    with pytest.raises(ValueError, match="Expected a 2-dimensional container but got"):
        model.predict(series)


def test_a_date_below_the_first_row_of_lists_is_found():
    rows = [
        [None, 1.0],
        [None, 2.0],
        *([dt.date(2024, 1, d), 3.0] for d in range(1, 5)),
    ]
    days = FromScratchNB("gaussian").fit(rows, Y)
    midnight = 1_704_067_200.0  # of 2024-01-01, by the shell's date
    expected = midnight + 86_400 * np.array([[1.0, 2.0]])
    np.testing.assert_allclose(days.theta_[:, 0], expected[0], rtol=1e-15)
    model = FromScratchNB().fit([["a", 1.0], ["b", 2.0]] * 3, Y)
    with pytest.raises(TypeError, match="Column 0 of X contains dates"):
        model.predict(rows)
