"""A fit is all or nothing."""

import functools


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

    @functools.wraps(fit)
    def fit_anew(self, *args, **kwargs):
        for name in list(vars(self)):
            if name.endswith("_") and not name.startswith("__"):
                delattr(self, name)
        return fit(self, *args, **kwargs)

    return restored_if_it_fails(fit_anew)


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

    @functools.wraps(fit)
    def fit_or_restore(self, *args, **kwargs):
        before = dict(vars(self))
        try:
            return fit(self, *args, **kwargs)
        except BaseException:
            vars(self).clear()
            vars(self).update(before)
            raise

    return fit_or_restore
