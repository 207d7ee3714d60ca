"""Several quantiles of one target, each with an output."""

import copy

import numpy as np

from skmath import _arrays
from skmath._rows.rows import is_dask

__all__ = ["sorted_quantiles", "targets_for_each"]


def sorted_quantiles(quantile):
    """Return several quantiles as a tuple in ascending order, one as it is.

    Parameters
    ----------
    quantile : float or array-like of shape (n_quantiles,)

    Raises
    ------
    ValueError
        If one is no number.
    """
    if not np.ndim(quantile):
        return quantile
    try:
        return tuple(np.sort(np.asarray(quantile, dtype=float)).tolist())
    except ValueError as failure:
        told = f"quantile must hold numbers, got {quantile!r}."
        raise ValueError(told) from failure


def targets_for_each(rows, quantiles):
    """Return rows whose y is in a column for each of several quantiles.

    Parameters
    ----------
    rows : Rows
    quantiles : tuple of float

    Raises
    ------
    ValueError
        If y has several columns already.
    """
    if rows.y.ndim > 1:
        raise ValueError(
            f"quantile={list(quantiles)} has an output for each quantile, and y has "
            f"{rows.y.shape[1]} columns: use one quantile, or fit each column alone."
        )
    rows, shape = copy.copy(rows), (1, len(quantiles))
    xp = np if is_dask(rows.y) else _arrays.namespace(rows.y)
    place = {} if xp is np else {"device": _arrays.device(rows.y)}
    rows.y = rows.y[:, None] * xp.ones(shape, dtype=rows.y.dtype, **place)
    return rows
