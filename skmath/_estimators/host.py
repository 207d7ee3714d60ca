"""Estimators that compute on the host, wherever the rows lie.

Neighbour searches, k-means, LAPACK's tridiagonal solvers and a network's stochastic
steps run on the processor, on NumPy's arrays. What comes in another namespace is
brought there once and fitted by a copy of the estimator; what was learnt, and what its
methods return, goes back to where the rows lie. So such an estimator takes part in a
pipeline of arrays of any namespace, without being faster there.
"""

import functools

from skmath import _arrays
from skmath._rows.rows import is_dask

__all__ = ["back_where", "call_with_numpy", "on_host"]


def on_host(method):
    """Answer by the copy on the host, if `fitting.fits_on_host` made one.

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
    return back_where(call_with_numpy(getattr(host, name), X, *args, **kwargs), X)


def call_with_numpy(method, X, *args, **kwargs):
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
    return estimator._rows(X, name).map(_answer, estimator, name, args, kwargs)


def _answer(X, estimator, name, args, kwargs):
    return getattr(estimator, name)(X, *args, **kwargs)


def _to_numpy(x):
    return _arrays.to_numpy(x) if _arrays.is_array(x) else x


def back_where(value, X):
    """Return plain arrays, alone or in a list or tuple, as arrays where X lies."""
    if type(value) in (list, tuple):
        return type(value)(back_where(v, X) for v in value)
    if not _arrays.is_array(value) or value.dtype.kind not in "biuf":
        return value
    if value.dtype.names is not None:
        return value
    return _arrays.like(value, X)
