"""Frames of several libraries, as one that the rest of this room reads.

Those of pandas (and of modin, which has its interface), polars and pyarrow are read as
they are. None of these libraries is imported here.
"""

import sys

__all__ = ["native"]


def native(data):
    """Return a frame or a series as one that is read as it is.

    Parameters
    ----------
    data : object
        Of any kind.

    Returns
    -------
    object
        What a frame or series of narwhals holds; the result of a DuckDB relation, and
        a record batch of pyarrow, as a table of pyarrow. Anything else as it is.

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
