"""Decorators of fits: all-or-nothing updates, fits on the host, and warnings."""

import copy
import functools
import re
from typing import Any, cast

from sklearn import get_config

from skmath import _arrays
from skmath._estimators.decorators import Method
from skmath._estimators.host import (
    LEARNT,
    call_with_numpy,
    first_array,
    in_namespace_of,
)
from skmath._rows.warnings import warn

__all__ = [
    "all_or_nothing",
    "changes_on_host",
    "fits_on_host",
    "forget",
    "learnt",
    "replace_fitted",
    "restored_if_it_fails",
    "warn",
]


def all_or_nothing(fit: Method) -> Method:
    """Make a fit delete earlier fitted attributes, and restore them if it fails.

    Fitted attributes are those that end with an underscore. So a model never mixes the
    classes of one fit with the coefficients of another, even after an error or an
    interrupt.

    Parameters
    ----------
    fit : callable
        Method of an estimator.

    Returns
    -------
    callable
    """
    return _restoring(fit, forgets=True)


def learnt(estimator: Any) -> dict[str, Any]:
    """Return the fitted attributes of an estimator, by name.

    Parameters
    ----------
    estimator : estimator

    Returns
    -------
    dict
    """
    return {n: value for n, value in vars(estimator).items() if re.fullmatch(LEARNT, n)}


def forget(estimator: Any) -> None:
    """Delete the fitted attributes of an estimator.

    Parameters
    ----------
    estimator : estimator
    """
    for name in learnt(estimator):
        delattr(estimator, name)


def restored_if_it_fails(fit: Method) -> Method:
    """Make a method that fits leave the estimator unchanged if it fails.

    Parameters
    ----------
    fit : callable
        Method of an estimator.

    Returns
    -------
    callable
    """
    return _restoring(fit, forgets=False)


def _restoring(fit: Method, forgets: bool) -> Method:
    @functools.wraps(fit)
    def fit_or_restore(self: Any, *args: Any, **kwargs: Any) -> Any:
        before = dict(vars(self))
        try:
            if forgets:
                forget(self)
            return fit(self, *args, **kwargs)
        except BaseException:
            vars(self).clear()
            vars(self).update(before)
            raise

    return cast(Method, fit_or_restore)


def fits_on_host(fit: Method) -> Method:
    """Make a method fit a copy on NumPy arrays if X is of another namespace.

    The fitted attributes of the copy are then converted to the namespace of X.
    """

    @functools.wraps(fit)
    def fit_anywhere(self: Any, X: Any, *args: Any, **kwargs: Any) -> Any:
        dispatches = get_config()["array_api_dispatch"] and _arrays.is_array(X)
        computes_there = self._follows_x is not None
        if not dispatches or computes_there or _arrays.is_numpy(X):
            fitted = fit(self, X, *args, **kwargs)
            # Only after a successful fit: a fit that fails keeps the copy.
            vars(self).pop("_host_", None)
            return fitted
        # The copy has the estimator's current parameters and callbacks.
        host = copy.copy(self)
        if hasattr(self, "_host_"):
            replace_fitted(host, learnt(self._host_))
        call_with_numpy(getattr(host, fit.__name__), X, *args, **kwargs)
        replace_fitted(
            self, {name: in_namespace_of(v, X) for name, v in learnt(host).items()}
        )
        self._host_ = host
        return self

    return cast(Method, fit_anywhere)


def changes_on_host(method: Method) -> Method:
    """Make a method change the copy on the host, if `fits_on_host` made one.

    Parameters
    ----------
    method : callable
        Method of an estimator that changes fitted attributes without new rows.

    Returns
    -------
    callable
    """

    @functools.wraps(method)
    def change(self: Any, *args: Any, **kwargs: Any) -> Any:
        if not hasattr(self, "_host_"):
            return method(self, *args, **kwargs)
        there = getattr(self, first_array(self))
        host = copy.copy(self._host_).set_params(**self.get_params(deep=False))
        getattr(host, method.__name__)(*args, **kwargs)
        new = {name: in_namespace_of(v, there) for name, v in learnt(host).items()}
        replace_fitted(self, new)
        self._host_ = host
        return self

    return cast(Method, change)


def replace_fitted(estimator: Any, values: dict[str, Any]) -> None:
    """Replace the fitted attributes of an estimator.

    Parameters
    ----------
    estimator : estimator
    values : dict
        Fitted attributes by name.
    """
    forget(estimator)
    vars(estimator).update(values)
