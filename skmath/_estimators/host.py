"""Support of other array namespaces by estimators that compute with NumPy.

Neighbour searches, k-means, LAPACK's tridiagonal solvers and a network's stochastic
steps run on the CPU, on NumPy arrays. Data of another namespace or device are copied to
it once and fitted by a copy of the estimator; fitted attributes and results are
converted back. So these estimators work in pipelines of any namespace, but are not
faster there.
"""

import copy
import functools
import inspect
import re
from collections.abc import Callable
from typing import Any, cast

from skmath import _arrays
from skmath._estimators.decorators import Method
from skmath._rows.rows import is_dask

__all__ = ["LEARNT", "call_with_numpy", "first_array", "in_namespace_of", "on_host"]

LEARNT = "(?!__).*_"
"""Pattern of the names of fitted attributes: they end with an underscore."""


def on_host(method: Method) -> Method:
    """Make a method call the copy on the host, if `fitting.fits_on_host` made one.

    The methods in an estimator's list ``_by_chunks`` are applied lazily to the chunks
    of a Dask array. An error about the arguments names the estimator, and not a base
    class that defines the method.
    """
    signature = inspect.signature(method)

    @functools.wraps(method)
    def answer(self: Any, X: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            signature.bind(self, X, *args, **kwargs)
        except TypeError as error:
            name = f"{type(self).__name__}.{method.__name__}"
            raise TypeError(f"{name}() {error}") from None
        if is_dask(X) and hasattr(self, "_by_chunks"):
            return _by_chunks(self, X, method.__name__, *args, **kwargs)
        if hasattr(self, "_host_"):
            return _answer_of_host(self, method.__name__, X, *args, **kwargs)
        return method(self, X, *args, **kwargs)

    return cast(Method, answer)


def _answer_of_host(
    estimator: Any, name: str, X: Any, *args: Any, **kwargs: Any
) -> Any:
    """Return the result of the copy on the host, in the namespace of X."""
    attribute = first_array(estimator)
    _arrays.check_same_namespace(X, estimator, attribute=attribute, method=name)
    host = estimator._host_.set_params(**estimator.get_params(deep=False))
    return in_namespace_of(call_with_numpy(getattr(host, name), X, *args, **kwargs), X)


def call_with_numpy(
    method: Callable[..., Any], X: Any, *args: Any, **kwargs: Any
) -> Any:
    """Call a method with arrays converted to NumPy arrays."""
    by_name = {name: _to_numpy(a) for name, a in kwargs.items()}
    return method(_to_numpy(X), *(_to_numpy(a) for a in args), **by_name)


def _by_chunks(estimator: Any, X: Any, name: str, *args: Any, **kwargs: Any) -> Any:
    """Return a lazy Dask array of the method's results for the chunks of X."""
    if name not in estimator._by_chunks:
        raise TypeError(
            f"{type(estimator).__name__}.{name}() does not support Dask arrays. Pass "
            "X.compute() if it fits in memory."
        )
    rows = estimator._rows(X, name)
    # The names of the columns have been checked; the chunks are arrays without names.
    unnamed = copy.copy(estimator)
    vars(unnamed).pop("feature_names_in_", None)
    return rows.map(_answer, unnamed, name, args, kwargs)


def _answer(
    X: Any, estimator: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    return getattr(estimator, name)(X, *args, **kwargs)


def _to_numpy(x: Any) -> Any:
    return _arrays.to_numpy(x) if _arrays.is_array(x) else x


def first_array(estimator: Any) -> Any:
    """Return the name of a fitted attribute that is an array of numbers, or None.

    Parameters
    ----------
    estimator : estimator

    Returns
    -------
    str or None
    """
    for name, value in vars(estimator).items():
        if not (re.fullmatch(LEARNT, name) and _arrays.is_array(value)):
            continue
        if not _arrays.is_numpy(value) or value.dtype.kind in "biuf":
            return name
    return None


def in_namespace_of(value: Any, X: Any) -> Any:
    """Convert NumPy arrays, alone or in a list or tuple, to the namespace of X."""
    if type(value) in (list, tuple):
        return type(value)(in_namespace_of(v, X) for v in value)
    if not _arrays.is_array(value) or value.dtype.kind not in "biuf":
        return value
    if value.dtype.names is not None:
        return value
    return _arrays.like(value, X)
