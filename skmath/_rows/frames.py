"""Conversion of data frames of further libraries to those that skmath reads directly.

Frames of pandas (and modin, which has the same interface), polars and pyarrow are read
directly. None of these libraries is imported here.
"""

import sys
from typing import Any

__all__ = ["native"]


def native(data: Any) -> Any:
    """Convert a frame or series to one of a library that is read directly.

    Parameters
    ----------
    data : object
        Input of any type.

    Returns
    -------
    object
        The native frame or series of a narwhals object; a pyarrow table for a DuckDB
        relation or a pyarrow record batch. Other objects are returned unchanged.

    Examples
    --------
    >>> import narwhals, pandas
    >>> from skmath._rows.frames import native
    >>> type(native(narwhals.from_native(pandas.DataFrame({"a": [1.0]})))).__module__
    'pandas'
    """
    kind = type(data)
    library = kind.__module__.partition(".")[0]
    if library == "narwhals" and hasattr(data, "to_native"):
        return native(data.to_native())
    if library in ("duckdb", "_duckdb") and hasattr(data, "to_arrow_table"):
        return data.to_arrow_table()
    if library == "pyarrow" and kind.__name__ == "RecordBatch":
        return sys.modules["pyarrow"].Table.from_batches([data])
    return data
