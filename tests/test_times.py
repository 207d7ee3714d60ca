"""Dates, times and durations are refused by name; decimals are numbers: all six.

BackpropMLP and FromScratchNB read dates as numbers where they learn them: their own
folders have tests of it. Where they learned numbers they refuse them as all do.
"""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from instances import assert_same, data_for, outputs, settled
from sklearn.base import clone

from skmath import BackpropMLP, FromScratchNB, GDLinearModel, SVDRegressor
from skmath._tour.registry import entries

pytestmark = pytest.mark.filterwarnings("ignore:The loss was still falling")

N = 60
DAYS = pd.date_range("2024-01-01", periods=N)
WITH_HOLE = [None, *DAYS[1:].date]


def numbers(X):
    """Return a frame of the first three columns."""
    return pd.DataFrame(X[:, :3], columns=["a", "b", "c"])


def estimators():
    return [pytest.param(settled(e.estimator()), id=e.name) for e in entries()]


def pandas_frame(values):
    return lambda X: numbers(X).assign(day=values)


def polars_frame(values, dtype):
    def frame(X):
        polars = pytest.importorskip("polars")
        day = polars.Series(values, dtype=getattr(polars, dtype))
        return polars.DataFrame({**numbers(X).to_dict("list"), "day": day})

    return frame


def arrow_column(dtype, values):
    def frame(X):
        pyarrow = pytest.importorskip("pyarrow")
        dtype_of_days = pd.ArrowDtype(getattr(pyarrow, dtype)())
        return numbers(X).assign(day=pd.array(values, dtype=dtype_of_days))

    return frame


def arrow_table(X):
    pyarrow = pytest.importorskip("pyarrow")
    return pyarrow.table({**numbers(X).to_dict("list"), "day": WITH_HOLE})


def object_array(X):
    return np.column_stack([numbers(X).astype(object), DAYS.date])


def late_date(X):
    """Return rows of numbers, of which the last ends with a date."""
    rows = X.tolist()
    rows[-1][3] = np.datetime64("2024-03-01")
    return rows


TABLES = {
    "datetime": (pandas_frame(DAYS), "'day'"),
    "with a time zone": (pandas_frame(DAYS.tz_localize("Europe/Vienna")), "'day'"),
    "timedelta": (pandas_frame(DAYS - DAYS[0]), "'day'"),
    "period": (pandas_frame(DAYS.to_period("D")), "'day'"),
    "NaT": (pandas_frame(pd.Series(DAYS).where(np.arange(N) > 0)), "'day'"),
    "nothing but NaT": (pandas_frame(np.full(N, pd.NaT)), "'day'"),
    "objects, dates": (pandas_frame(pd.Series(WITH_HOLE, dtype=object)), "'day'"),
    "objects, times": (pandas_frame([dt.time(i % 24) for i in range(N)]), "'day'"),
    "pyarrow's dates": (arrow_column("date32", WITH_HOLE), "'day'"),
    "pyarrow's table": (arrow_table, "'day'"),
    "polars' Date": (polars_frame(WITH_HOLE, "Date"), "'day'"),
    "polars' Datetime": (polars_frame(WITH_HOLE, "Datetime"), "'day'"),
    "polars' Duration": (
        polars_frame([None, *(dt.timedelta(i) for i in range(1, N))], "Duration"),
        "'day'",
    ),
    "an array of dates": (
        lambda X: DAYS.to_numpy()[:, None].repeat(4, 1),
        "X contains",
    ),
    "an array of durations": (
        lambda X: (DAYS - DAYS[0]).to_numpy()[:, None].repeat(4, 1),
        "X contains",
    ),
    "an array of objects": (object_array, "Column 3 of X"),
    "lists": (lambda X: object_array(X).tolist(), "Column 3 of X"),
    "one date in lists": (late_date, "Column 3 of X"),
}


def data(estimator):
    return data_for(estimator, n=N, p=4)


def refusing():
    reading = (BackpropMLP, FromScratchNB)
    return [e for e in estimators() if not isinstance(e.values[0], reading)]


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("estimator", refusing())
def test_times_are_refused_by_name(estimator, kind):
    table, name = TABLES[kind]
    X, y = data(estimator)
    with pytest.raises(TypeError, match=f"{name}.*dates, times or durations"):
        clone(estimator).fit(table(X), y)


@pytest.mark.parametrize(
    "model",
    [SVDRegressor(), GDLinearModel(), BackpropMLP(loss="squared_error")],
    ids=repr,
)
@pytest.mark.parametrize("days", [DAYS, DAYS.to_numpy(), pd.Series(DAYS - DAYS[0])])
def test_a_target_of_times_is_refused(model, days):
    with pytest.raises(TypeError, match="y contains dates, times or durations"):
        model.fit(np.arange(N)[:, None], days)


@pytest.fixture(scope="module")
def fitted():
    """Return the six, each fitted on a frame of floats."""
    models = {}
    for entry in entries():
        model = settled(entry.estimator())
        X, y = data(model)
        models[entry.name] = model.fit(numbers(X).assign(day=X[:, 3]), y)
    return models


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("name", [entry.name for entry in entries()])
def test_times_to_predict_of_are_refused_by_name(fitted, name, kind):
    table, column = TABLES[kind]
    X, _ = data(fitted[name])
    with pytest.raises(TypeError, match=f"{column}.*dates, times or durations"):
        fitted[name].predict(table(X))


@pytest.mark.parametrize("estimator", estimators())
def test_categories_that_are_dates_are_categories_or_refused(estimator):
    X, y = data(estimator)
    table = numbers(X).assign(day=pd.Categorical(DAYS[np.arange(N) // 6]))
    if isinstance(estimator, FromScratchNB):
        assert clone(estimator).fit(table, y).distributions_[3] == "categorical"
    elif isinstance(estimator, BackpropMLP):
        assert clone(estimator).fit(table, y).embeddings_["day"].shape[-2] == N / 6 + 2
    else:
        with pytest.raises(TypeError, match=r"'day'.*dates, times or durations"):
            clone(estimator).fit(table, y)


@pytest.mark.parametrize("estimator", estimators())
@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_decimals_are_numbers(estimator, library):
    library = pytest.importorskip(library)
    X, y = data(estimator)
    X = X.round(3)
    floats = library.DataFrame(numbers(X).to_dict("list"))
    decimals = library.DataFrame(
        {name: [Decimal(f"{x:.3f}") for x in floats[name]] for name in "abc"}
    )
    expected = outputs(clone(estimator).fit(floats, y), floats)
    assert_same(outputs(clone(estimator).fit(decimals, y), decimals), expected)


@pytest.mark.parametrize("dtype", ["Categorical", "Enum"])
def test_polars_categories_are_texts(dtype):
    polars = pytest.importorskip("polars")
    dtype = polars.Enum(["1", "2", "3"]) if dtype == "Enum" else polars.Categorical
    column = polars.Series(["1", "2", "1", "3", "2", "1"], dtype=dtype)
    X, y = polars.DataFrame({"a": column}), np.arange(6) % 2
    assert FromScratchNB().fit(X, y).distributions_ == ["categorical"]
    # As scikit-learn reads texts of numbers.
    numbers = column.cast(polars.String).cast(polars.Float64).to_numpy()[:, None]
    expected = SVDRegressor().fit(numbers, y).predict(numbers)
    np.testing.assert_allclose(SVDRegressor().fit(X, y).predict(X), expected)
