"""Conversion of dates, times and durations to seconds.

Dates count from the start of 1970, in UTC if they have a time zone. The same instant is
the same number in any library and at any resolution.
"""

import datetime
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = [
    "NAMES_OF_TIMES",
    "TIMES",
    "WITH_ZONE",
    "TimeColumn",
    "is_time",
    "seconds",
    "seconds_of_values",
    "shown_times",
]

TIMES = (
    datetime.date,
    datetime.time,
    datetime.timedelta,
    np.datetime64,
    np.timedelta64,
)
"""Types of dates, times and durations; those of pandas are their subclasses."""

NAMES_OF_TIMES = ("period", "timestamp", "date", "time", "duration")
"""Prefixes of the names of dtypes in pandas and pyarrow for dates and times."""

DATES, WITH_ZONE = "dates without a time zone", "dates with a time zone"
DURATIONS, OF_DAY = "durations", "times of day"

SECONDS = {"W": 604_800, "D": 86_400, "h": 3600, "m": 60, "s": 1}
"""Seconds per unit of NumPy."""

PARTS = {
    "ms": 10**3,
    "us": 10**6,
    "ns": 10**9,
    "ps": 10**12,
    "fs": 10**15,
    "as": 10**18,
}
"""Units of NumPy per second."""


@dataclass(frozen=True)
class TimeColumn:
    """A column of dates, times or durations.

    Parameters
    ----------
    seconds : ndarray of float of shape (n_samples,)
        Seconds; NaN for missing values.
    kind : str
        Description of the values.
    """

    seconds: np.ndarray
    kind: str

    def __len__(self) -> int:
        return len(self.seconds)

    def __getitem__(self, rows: Any) -> "TimeColumn":
        """Return some rows."""
        return TimeColumn(self.seconds[rows], self.kind)

    @classmethod
    def of_array(cls, times: np.ndarray, kind: Any = None) -> "TimeColumn":
        """Return an array of datetime64 or timedelta64 as a column."""
        if kind is None:
            kind = DATES if times.dtype.kind == "M" else DURATIONS
        return cls(seconds(times), kind)


def is_time(kind: Any) -> bool:
    """Return whether a type is a date, time or duration."""
    return issubclass(kind, TIMES) or kind.__name__ == "Period"  # of pandas


def seconds(times: np.ndarray) -> np.ndarray:
    """Return datetime64 or timedelta64 as seconds, NaN for NaT.

    Parameters
    ----------
    times : ndarray of datetime64 or timedelta64

    Returns
    -------
    ndarray of float

    Examples
    --------
    >>> import numpy as np
    >>> from skmath._rows.times import seconds
    >>> seconds(np.array(["1970-01-02", "NaT"], dtype="datetime64[ns]"))
    array([86400.,    nan])
    """
    unit, step = np.datetime_data(times.dtype)
    if unit in ("Y", "M") and times.dtype.kind == "M":
        times, unit, step = times.astype("datetime64[D]"), "D", 1
    counts = times.astype(np.int64) * step
    if unit in SECONDS:
        found = counts.astype(np.float64) * SECONDS[unit]
    elif unit in PARTS:
        # The whole and the part are exact: all resolutions give the same number.
        whole, part = np.divmod(counts, PARTS[unit])
        found = whole + part / PARTS[unit]
    else:
        raise TypeError(
            f"Durations in the unit {unit!r} cannot be converted to seconds. Convert "
            "them first, for example to days."
        )
    return np.where(np.isnat(times), np.nan, found)


def seconds_of_values(values: Any, name: Any) -> Any:
    """Return the seconds of dates, times or durations, and their kind.

    Parameters
    ----------
    values : list
        Values, none of them missing.
    name : str
        Name of the column for messages.

    Returns
    -------
    seconds : ndarray of float
    kind : str

    Raises
    ------
    TypeError
        If the values are of different kinds.
    """
    kinds = {_kind(value) for value in values}
    if len(kinds) > 1:
        raise TypeError(
            f"Column {name} of X mixes different kinds of dates, times or durations: "
            f"{', '.join(sorted(kinds))}. Convert them to one kind first, for example "
            "with pandas.to_datetime(column, utc=True)."
        )
    instants, found = [_of_numpy(value) for value in values], np.empty(len(values))
    dtypes = np.array([str(instant.dtype) for instant in instants])
    for dtype in set(dtypes.tolist()):
        here = np.flatnonzero(dtypes == dtype)
        found[here] = seconds(np.array([instants[i] for i in here], dtype=dtype))
    return found, kinds.pop()


def _kind(value: Any) -> Any:
    """Return a description of the type of a value."""
    if isinstance(value, datetime.time):
        return OF_DAY
    if isinstance(value, datetime.timedelta | np.timedelta64):
        return DURATIONS
    if not is_time(type(value)):
        return f"values of type {type(value).__name__}"
    return DATES if getattr(value, "tzinfo", None) is None else WITH_ZONE


def _of_numpy(value: Any) -> Any:
    """Return a date, time or duration as a NumPy scalar, in UTC."""
    if isinstance(value, np.datetime64 | np.timedelta64):
        return value
    if hasattr(value, "asm8"):  # of pandas
        return value.asm8
    if hasattr(value, "start_time"):  # a period of pandas
        return value.start_time.asm8
    if isinstance(value, datetime.time):
        hours, minutes = value.hour, value.minute
        value = datetime.timedelta(0, value.second, value.microsecond)
        value += datetime.timedelta(hours=hours, minutes=minutes)
    if isinstance(value, datetime.timedelta):
        return np.timedelta64(value)
    if getattr(value, "tzinfo", None) is not None:
        value = value.astimezone(datetime.UTC).replace(tzinfo=None)
    return np.datetime64(value)


def shown_times(seconds: Any, kind: Any) -> Any:
    """Return seconds as dates, times or durations, to the microsecond.

    Parameters
    ----------
    seconds : ndarray of float
    kind : str
        See `TimeColumn`.

    Returns
    -------
    ndarray of object
        Objects of the module `datetime`; None for NaN.
    """
    shown = np.full(len(seconds), None, dtype=object)
    for i in np.flatnonzero(~np.isnan(seconds)):
        shown[i] = _shown(float(seconds[i]), kind)
    return shown


def _shown(number: Any, kind: Any) -> Any:
    """Return seconds as the nearest date, time or duration."""
    if kind == DURATIONS:
        return datetime.timedelta(seconds=number)
    if kind == OF_DAY:
        number = min(max(number, 0.0), 86_399.999_999)
    start = datetime.datetime(1970, 1, 1)
    low, high = datetime.datetime.min - start, datetime.datetime.max - start
    number = min(max(number, low.total_seconds()), high.total_seconds() - 1)
    shown = start + datetime.timedelta(seconds=number)
    if kind == OF_DAY:
        return shown.time()
    return shown if kind == DATES else shown.replace(tzinfo=datetime.UTC)
