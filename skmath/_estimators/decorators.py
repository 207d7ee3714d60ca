"""scikit-learn's decorators of methods, with types: a method keeps its signature."""

from collections.abc import Callable
from typing import Any, TypeVar

from sklearn import callback
from sklearn.base import _fit_context
from sklearn.utils import metaestimators

__all__ = ["Method", "available_if", "checks_parameters", "with_callbacks"]

Method = TypeVar("Method", bound=Callable[..., Any])
"""A method, whose decorated form has the same signature."""


def available_if(condition: Callable[[Any], bool]) -> Callable[[Method], Method]:
    """Make a method available only if a condition on the estimator holds.

    Parameters
    ----------
    condition : callable
        Function of the estimator; if it raises an error, this is the reason.

    Returns
    -------
    callable
        The decorator.
    """
    decorator: Callable[[Method], Method] = metaestimators.available_if(condition)
    return decorator


def checks_parameters(fit: Method) -> Method:
    """Make a fit check the estimator's parameters first.

    Parameters
    ----------
    fit : callable
        Method of an estimator.

    Returns
    -------
    callable
    """
    checked: Method = _fit_context(prefer_skip_nested_validation=True)(fit)
    return checked


def with_callbacks(fit: Method) -> Method:
    """Make a fit set up and tear down the estimator's callbacks.

    Parameters
    ----------
    fit : callable
        Method of an estimator.

    Returns
    -------
    callable
    """
    decorated: Method = callback.with_callbacks(fit)
    return decorated
