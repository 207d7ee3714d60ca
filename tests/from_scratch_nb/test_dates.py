"""Dates, times and durations in FromScratchNB: seconds, whatever holds them."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from skmath import FromScratchNB
from skmath._rows.tables import columns_of
from skmath._rows.times import seconds

N = 24
Y = np.arange(N) % 2
START = dt.datetime(2024, 2, 28, 13, 30)
MOMENTS = [
    START + dt.timedelta(hours=7 * i, microseconds=125_000 * i) for i in range(N)
]
DAYS = [moment.date() for moment in MOMENTS]
STEPS = [moment - START for moment in MOMENTS]
CLOCK = [moment.time() for moment in MOMENTS]


def in_utc(moment):
    """Return seconds since 1970, as Python's module has them."""
    return moment.replace(tzinfo=dt.UTC).timestamp()


NUMBERS = {
    "moments": [in_utc(moment) for moment in MOMENTS],
    "days": [in_utc(dt.datetime.combine(day, dt.time())) for day in DAYS],
    "steps": [step.total_seconds() for step in STEPS],
    "clock": [
        3600 * t.hour + 60 * t.minute + t.second + t.microsecond / 1e6 for t in CLOCK
    ],
}


def polars_column(values, dtype=None):
    polars = pytest.importorskip("polars")
    column = polars.Series(values)
    return polars.DataFrame({"t": column if dtype is None else dtype(polars, column)})


def arrow_column(values, dtype):
    pyarrow = pytest.importorskip("pyarrow")
    kind = pd.ArrowDtype(dtype(pyarrow))
    return pd.DataFrame({"t": pd.array(values, dtype=kind)})


def objects(values):
    return pd.DataFrame({"t": pd.Series(values, dtype=object)})


def frames():
    moments = pd.Series(MOMENTS)
    for unit in ("ms", "us", "ns"):
        yield (
            f"pandas {unit}",
            "moments",
            lambda u=unit: pd.DataFrame({"t": moments.astype(f"datetime64[{u}]")}),
        )
        yield (
            f"numpy {unit}",
            "moments",
            lambda u=unit: moments.to_numpy().astype(f"datetime64[{u}]")[:, None],
        )
        yield (
            f"durations {unit}",
            "steps",
            lambda u=unit: pd.DataFrame(
                {"t": pd.Series(STEPS).astype(f"timedelta64[{u}]")}
            ),
        )
        yield (
            f"polars {unit}",
            "moments",
            lambda u=unit: polars_column(MOMENTS, lambda pl, c: c.cast(pl.Datetime(u))),
        )
        yield (
            f"polars durations {unit}",
            "steps",
            lambda u=unit: polars_column(STEPS, lambda pl, c: c.cast(pl.Duration(u))),
        )
        yield (
            f"arrow {unit}",
            "moments",
            lambda u=unit: arrow_column(MOMENTS, lambda pa: pa.timestamp(u)),
        )
    yield "datetime", "moments", lambda: objects(MOMENTS)
    yield "Timestamp", "moments", lambda: objects([pd.Timestamp(m) for m in MOMENTS])
    yield "datetime64", "moments", lambda: objects([np.datetime64(m) for m in MOMENTS])
    yield "lists", "moments", lambda: [[m] for m in MOMENTS]
    yield "dates", "days", lambda: objects(DAYS)
    yield "dates of pandas", "days", lambda: pd.DataFrame({"t": pd.to_datetime(DAYS)})
    yield "dates of numpy", "days", lambda: np.array(DAYS, "datetime64[D]")[:, None]
    yield "dates of polars", "days", lambda: polars_column(DAYS)
    yield "dates of arrow", "days", lambda: arrow_column(DAYS, lambda pa: pa.date32())
    yield (
        "periods",
        "days",
        lambda: pd.DataFrame({"t": pd.to_datetime(DAYS).to_period("D")}),
    )
    yield (
        "objects that are periods",
        "days",
        lambda: objects([pd.Period(day, "D") for day in DAYS]),
    )
    yield "timedelta", "steps", lambda: objects(STEPS)
    yield "Timedelta", "steps", lambda: objects([pd.Timedelta(s) for s in STEPS])
    yield (
        "durations of arrow",
        "steps",
        lambda: arrow_column(STEPS, lambda pa: pa.duration("us")),
    )
    yield "times", "clock", lambda: objects(CLOCK)
    yield "times of polars", "clock", lambda: polars_column(CLOCK)
    yield (
        "times of arrow",
        "clock",
        lambda: arrow_column(CLOCK, lambda pa: pa.time64("us")),
    )


FRAMES = {name: (numbers, frame) for name, numbers, frame in frames()}


@pytest.mark.parametrize("name", FRAMES)
def test_the_number_is_that_of_seconds(name):
    numbers, frame = FRAMES[name]
    (column,) = columns_of(frame())
    np.testing.assert_array_equal(column.seconds, NUMBERS[numbers])


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
@pytest.mark.filterwarnings("ignore:X has feature names")
@pytest.mark.parametrize("name", FRAMES)
def test_any_container_predicts_as_seconds_do(name):
    numbers, frame = FRAMES[name]
    X = np.array(NUMBERS[numbers])[:, None]
    expected = FromScratchNB().fit(X, Y)
    model = FromScratchNB().fit(frame(), Y)
    assert model.distributions_ == expected.distributions_
    np.testing.assert_allclose(model.predict_proba(frame()), expected.predict_proba(X))
    for other, same in FRAMES.values():
        if other == numbers:
            found = model.predict_proba(same())
            np.testing.assert_allclose(found, expected.predict_proba(X))


def test_a_time_zone_is_another_way_to_write_an_instant():
    utc = pd.Series(MOMENTS).dt.tz_localize("UTC")
    vienna = pd.DataFrame({"t": utc.dt.tz_convert("Europe/Vienna")})
    tables = [
        pd.DataFrame({"t": utc}),
        objects([m.replace(tzinfo=dt.UTC) for m in MOMENTS]),
        objects([m.to_pydatetime() for m in vienna["t"]]),
        arrow_column(utc, lambda pa: pa.timestamp("us", "America/Lima")),
        polars_column(
            MOMENTS,
            lambda pl, c: c.dt.replace_time_zone("UTC").dt.convert_time_zone(
                "Asia/Tokyo"
            ),
        ),
    ]
    model = FromScratchNB("gaussian").fit(vienna, Y)
    for X in tables:
        np.testing.assert_array_equal(columns_of(X)[0].seconds, NUMBERS["moments"])
        np.testing.assert_allclose(model.predict_proba(X), model.predict_proba(vienna))
    drawn, _ = model.sample(5, random_state=0)
    assert all(value.tzinfo is dt.UTC for value in drawn[:, 0])
    model.predict(objects(drawn[:, 0]))


@pytest.mark.parametrize(
    ("learned", "now"),
    [
        (MOMENTS, [m.replace(tzinfo=dt.UTC) for m in MOMENTS]),
        ([m.replace(tzinfo=dt.UTC) for m in MOMENTS], MOMENTS),
        (MOMENTS, STEPS),
        (STEPS, CLOCK),
        (MOMENTS, list(range(N))),
        (MOMENTS, list("ab") * (N // 2)),
        (list("ab") * (N // 2), MOMENTS),
    ],
)
def test_another_kind_of_time_is_refused_by_name(learned, now):
    model = FromScratchNB().fit(pd.DataFrame({"a": range(N), "t": learned}), Y)
    X = pd.DataFrame({"a": range(N), "t": now})
    for method in (model.predict, lambda X: model.partial_fit(X, Y)):
        with pytest.raises(
            TypeError, match=r"Column 't' of X contains .*dates, times or"
        ):
            method(X)


@pytest.mark.parametrize(
    "values", [[START, START.replace(tzinfo=dt.UTC)], [START, STEPS[1]], [START, 3]]
)
def test_a_mixture_is_refused_by_name(values):
    X = objects(values * (N // 2))
    with pytest.raises(
        TypeError, match="Column 't' of X mixes different kinds of dates"
    ):
        FromScratchNB().fit(X, Y)


def test_missing_dates():
    is_there = np.arange(N) % 5 > 0
    X = pd.DataFrame({"t": pd.Series(MOMENTS).where(is_there)})
    numbers = np.where(is_there, NUMBERS["moments"], np.nan)[:, None]
    expected = FromScratchNB("gaussian").fit(numbers, Y)
    with_holes = [m if yes else None for m, yes in zip(MOMENTS, is_there, strict=True)]
    model = FromScratchNB("gaussian").fit(X, Y)
    for table in (X, objects(with_holes), polars_column(with_holes)):
        found = model.predict_proba(table)
        np.testing.assert_allclose(found, expected.predict_proba(numbers))
    # A batch without a value is of any kind.
    model.predict(objects([None, None]))
    later = FromScratchNB("gaussian", missing="category")
    later.partial_fit(pd.DataFrame({"t": [None, None]}), [0, 1])
    later.partial_fit(X, Y)
    np.testing.assert_allclose(later.theta_, expected.theta_, rtol=1e-15)


def test_categories_of_dates():
    days = pd.Series(pd.to_datetime(DAYS[:2] * (N // 2)))
    named = FromScratchNB({"t": "categorical"}).fit(pd.DataFrame({"t": days}), Y)
    kind = FromScratchNB().fit(pd.DataFrame({"t": days.astype("category")}), Y)
    for model in (named, kind):
        assert model.distributions_ == ["categorical"]
        shown = [value.date() for value in model.categories_[0]]
        assert shown == sorted(set(days.dt.date))
        found = model.predict_proba(objects(DAYS[:2]))
        np.testing.assert_allclose(
            found, kind.predict_proba(pd.DataFrame({"t": days[:2].astype("category")}))
        )


def test_the_likelihood_of_dates():
    model = FromScratchNB("gaussian").fit(objects(MOMENTS), Y)
    found = model.feature_log_likelihood(MOMENTS[:3], 0)
    expected = model.feature_log_likelihood(NUMBERS["moments"][:3], 0)
    np.testing.assert_array_equal(found, expected)


def test_units_without_a_length_are_refused():
    with pytest.raises(TypeError, match="'M' cannot be converted to seconds"):
        seconds(np.array([1, 2], dtype="timedelta64[M]"))


def test_months_and_weeks():
    found = seconds(np.array(["2024-03", "NaT"], dtype="datetime64[M]"))
    np.testing.assert_array_equal(found, [in_utc(dt.datetime(2024, 3, 1)), np.nan])
    assert seconds(np.array([2], dtype="timedelta64[W]")) == 14 * 86_400
