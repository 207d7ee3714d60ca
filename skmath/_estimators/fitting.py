"""A fit is all or nothing, and warns where it was called."""

import functools
import re
import sys
import warnings

LEARNT = "(?!__).*_"
"""Pattern of the names of what a fit has learnt: they end with an underscore."""


def all_or_nothing(fit):
    """Make a fit forget what an earlier one learnt, and restore it if it fails.

    What is learnt is what ends with an underscore. So a model never mixes the classes
    of one fit with the coefficients of another, whether the data changed, a parameter
    did, or an error or an interrupt came in between.

    Parameters
    ----------
    fit : callable
        An estimator's method.

    Returns
    -------
    callable
    """
    return _restoring(fit, forgets=True)


def learnt(estimator):
    """Return what a fit has learnt, by name.

    Parameters
    ----------
    estimator : estimator

    Returns
    -------
    dict
    """
    return {n: value for n, value in vars(estimator).items() if re.fullmatch(LEARNT, n)}


def forget(estimator):
    """Delete what a fit has learnt.

    Parameters
    ----------
    estimator : estimator
    """
    for name in [name for name in vars(estimator) if re.fullmatch(LEARNT, name)]:
        delattr(estimator, name)


def restored_if_it_fails(fit):
    """Make a method that learns leave the estimator as it was if it fails.

    Parameters
    ----------
    fit : callable
        An estimator's method.

    Returns
    -------
    callable
    """
    return _restoring(fit, forgets=False)


def _restoring(fit, forgets):
    @functools.wraps(fit)
    def fit_or_restore(self, *args, **kwargs):
        before = dict(vars(self))
        try:
            if forgets:
                forget(self)
            return fit(self, *args, **kwargs)
        except BaseException:
            vars(self).clear()
            vars(self).update(before)
            raise

    return fit_or_restore


def warn(message, category=UserWarning):
    """Warn at the line that called the library, however deep below it this is.

    Parameters
    ----------
    message : str or Warning
    category : type, default=UserWarning
        Of a message that is a str.
    """
    frame, level, between = sys._getframe(1), 2, ("skmath", "sklearn")
    while frame.f_back and frame.f_globals["__name__"].split(".")[0] in between:
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)
