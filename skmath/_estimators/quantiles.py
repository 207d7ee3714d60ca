"""Targets of several quantiles, with one output each."""

import copy
from typing import Any

import numpy as np

from skmath import _arrays
from skmath._rows.rows import is_dask

__all__ = ["sorted_quantiles", "targets_for_each"]


def sorted_quantiles(quantile: Any) -> Any:
    """Return several quantiles as a sorted tuple, and a single one unchanged.

    Parameters
    ----------
    quantile : float or array-like of shape (n_quantiles,)

    Raises
    ------
    ValueError
        If one is not a number.
    """
    if not np.ndim(quantile):
        return quantile
    try:
        return tuple(np.sort(np.asarray(quantile, dtype=float)).tolist())
    except ValueError as failure:
        message = f"quantile must be a number or a list of numbers, got {quantile!r}."
        raise ValueError(message) from failure


def targets_for_each(rows: Any, quantiles: Any) -> Any:
    """Return rows whose y is repeated in one column per quantile.

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
            f"quantile={list(quantiles)} requires a one-dimensional y, but y has "
            f"{rows.y.shape[1]} columns: use a single quantile, or fit each column "
            "separately."
        )
    rows, shape = copy.copy(rows), (1, len(quantiles))
    xp = np if is_dask(rows.y) else _arrays.namespace(rows.y)
    place = {} if xp is np else {"device": _arrays.device(rows.y)}
    rows.y = rows.y[:, None] * xp.ones(shape, dtype=rows.y.dtype, **place)
    return rows
