"""Moving of fitted estimators to another array namespace or device.

scikit-learn's `move_estimator_to` calls ``__sklearn_array_api_convert__`` with a
function that moves one array. The result is as if the estimator had been fitted on
arrays of that namespace: attributes that follow X are moved. Text and arrays that are
always on the host, such as candidates of a search, are not.
"""

import copy
import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.base import clone

from skmath import _arrays
from skmath._estimators.fitting import learnt, replace_fitted
from skmath._estimators.host import first_array, in_namespace_of

__all__ = ["MovableMixin", "converted"]


class MovableMixin:
    """Mixin of an estimator that scikit-learn can move to another array namespace."""

    _follows_x: Any = None
    """Names of the fitted attributes that follow X; None if `fit` runs on the host."""

    def __sklearn_array_api_convert__(self, converter: Any) -> Any:
        """Return a copy of the estimator whose arrays are moved.

        Parameters
        ----------
        converter : callable
            Moves an array to a namespace and device.

        Returns
        -------
        estimator
        """
        if first_array(self) is None:
            return clone(self)
        if self._follows_x is None or hasattr(self, "_host_"):
            return _with_host(self, converter)
        moved = copy.copy(self)
        for name in vars(self).keys() & set(self._follows_x):
            setattr(moved, name, converted(getattr(self, name), converter))
        return moved


def _with_host(estimator: Any, converter: Callable[[Any], Any]) -> Any:
    """Return a copy of an estimator that computes on the host, with moved arrays."""
    there = converter(getattr(estimator, first_array(estimator)))
    host = copy.copy(getattr(estimator, "_host_", estimator))
    host.set_params(**estimator.get_params(deep=False))
    if _arrays.is_numpy(there):
        return host
    moved = copy.copy(host)
    new = {name: in_namespace_of(v, there) for name, v in learnt(host).items()}
    replace_fitted(moved, new)
    moved._host_ = host
    return moved


def converted(value: Any, converter: Callable[[Any], Any]) -> Any:
    """Return a value with the arrays moved that it is or contains.

    Parameters
    ----------
    value : object
        An array; a list, tuple, dict or dataclass, in which only floating-point arrays
        are moved (indices of columns stay on the host); or an object with the method
        ``__sklearn_array_api_convert__``. Any other value is returned unchanged.
    converter : callable
        Moves an array.

    Returns
    -------
    object
    """
    if hasattr(value, "__sklearn_array_api_convert__"):
        return value.__sklearn_array_api_convert__(converter)
    if _is_movable(value, "biuf"):
        return converter(value)
    return _with_floats_moved(value, converter)


def _with_floats_moved(value: Any, converter: Callable[[Any], Any]) -> Any:
    if _is_movable(value, "f"):
        return converter(value)
    if type(value) in (list, tuple):
        return type(value)(_with_floats_moved(v, converter) for v in value)
    if type(value) is dict:
        return {name: _with_floats_moved(v, converter) for name, v in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        return dataclasses.replace(value, **_with_floats_moved(fields, converter))
    return value


def _is_movable(value: Any, kinds: str) -> bool:
    """Return whether a value is an array of numbers of the given kinds."""
    if isinstance(value, (np.ndarray, np.generic)):
        return value.dtype.kind in kinds and value.dtype.names is None
    if not _arrays.is_array(value):
        return False
    xp = _arrays.namespace(value)
    return kinds != "f" or xp.isdtype(value.dtype, "real floating")
