"""Estimators that compute on the host, wherever the rows lie.

Neighbour searches, k-means, LAPACK's tridiagonal solvers and a network's stochastic
steps run on the processor, on NumPy's arrays. What comes in another namespace is
brought there once and fitted by a copy of the estimator; what was learnt, and what its
methods return, goes back to where the rows lie. So such an estimator takes part in a
pipeline of arrays of any namespace, without being faster there.
"""

import copy
import functools

from sklearn import get_config

from skmath import _arrays
from skmath._estimators.fitting import forget, learnt
from skmath._rows.checks import rows_to_apply
from skmath._rows.rows import is_dask

__all__ = ["fits_on_host", "on_host"]


def fits_on_host(fit):
    """Fit a copy on NumPy's arrays if X is of another namespace."""

    @functools.wraps(fit)
    def fit_anywhere(self, X, *args, **kwargs):
        dispatches = get_config()["array_api_dispatch"] and _arrays.is_array(X)
        computes_there = getattr(self, "_computes_anywhere", False)
        if not dispatches or computes_there or _arrays.is_numpy(X):
            fitted = fit(self, X, *args, **kwargs)
            # Only now: a fit that fails leaves what was there.
            vars(self).pop("_host_", None)
            return fitted
        # Parameters and callbacks are the estimator's own, as they are now.
        host = copy.copy(self)
        if hasattr(self, "_host_"):
            _learn_anew(host, learnt(self._host_))
        _call_with_numpy(getattr(host, fit.__name__), X, *args, **kwargs)
        _learn_anew(self, {name: _back(v, X) for name, v in learnt(host).items()})
        self._host_ = host
        return self

    return fit_anywhere


def _learn_anew(estimator, values):
    """Replace all that an estimator has learnt."""
    forget(estimator)
    vars(estimator).update(values)


def on_host(method):
    """Answer by the copy on the host, if `fits_on_host` made one.

    An estimator with a list of names, ``_by_chunks``, answers to a Dask array lazily,
    by these methods' answers to its chunks.
    """

    @functools.wraps(method)
    def answer(self, X, *args, **kwargs):
        if is_dask(X) and hasattr(self, "_by_chunks"):
            return _by_chunks(self, X, method.__name__, *args, **kwargs)
        if hasattr(self, "_host_"):
            return _answer_of_host(self, method.__name__, X, *args, **kwargs)
        return method(self, X, *args, **kwargs)

    return answer


def _answer_of_host(estimator, name, X, *args, **kwargs):
    """Return what the copy on the host answers, where X is."""
    attribute = next(a for a, v in vars(estimator).items() if _arrays.is_array(v))
    _arrays.check_same_namespace(X, estimator, attribute=attribute, method=name)
    host = estimator._host_.set_params(**estimator.get_params(deep=False))
    return _back(_call_with_numpy(getattr(host, name), X, *args, **kwargs), X)


def _call_with_numpy(method, X, *args, **kwargs):
    """Call a method with NumPy's arrays in the place of others."""
    args = [_to_numpy(a) for a in args]
    kwargs = {name: _to_numpy(a) for name, a in kwargs.items()}
    return method(_to_numpy(X), *args, **kwargs)


def _by_chunks(estimator, X, name, *args, **kwargs):
    """Return the method's answers to the chunks of a Dask array, lazily."""
    if name not in estimator._by_chunks:
        raise TypeError(
            f"{type(estimator).__name__}.{name}() takes no Dask array. Pass "
            "X.compute() if it fits into memory."
        )
    rows = rows_to_apply(estimator, X, fitted="n_features_in_", method=name)
    return rows.map(_answer, estimator, name, args, kwargs)


def _answer(X, estimator, name, args, kwargs):
    return getattr(estimator, name)(X, *args, **kwargs)


def _to_numpy(x):
    return _arrays.to_numpy(x) if _arrays.is_array(x) else x


def _back(value, X):
    """Return plain arrays, alone or in a list or tuple, as arrays where X lies."""
    if type(value) in (list, tuple):
        return type(value)(_back(v, X) for v in value)
    if not _arrays.is_array(value) or value.dtype.kind not in "biuf":
        return value
    if value.dtype.names is not None:
        return value
    return _arrays.like(value, X)
