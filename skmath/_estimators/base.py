"""Base class of the six estimators: links to the documentation, and saved versions."""

import sklearn
from sklearn.base import BaseEstimator
from sklearn.exceptions import InconsistentVersionWarning

from skmath._estimators import version
from skmath._estimators.fitting import warn

__all__ = ["DOCUMENTATION", "Estimator"]

DOCUMENTATION = "https://skmath.github.io/skmath"


class VersionedMixin:
    """Mixin of an estimator that warns if it is loaded by another version.

    scikit-learn's own estimators do so for scikit-learn; this also checks skmath's.
    """

    def __getstate__(self):
        return {**super().__getstate__(), "_versions": _versions()}

    def __setstate__(self, state):
        state = dict(state)
        saved, here = state.pop("_versions", {}), _versions()
        for package, now in here.items():
            before = saved.get(package, "an unknown version")
            if before != now:
                warn(_warning(type(self).__name__, package, before, now))
        super().__setstate__(state)


class Estimator(VersionedMixin, BaseEstimator):
    """Base class of the estimators, whose HTML diagrams link to the documentation.

    scikit-learn reads the two attributes below for these links.
    """

    _doc_link_module = "skmath"
    _doc_link_template = DOCUMENTATION + "/api/skmath.{estimator_name}.html"


def _versions():
    return {"scikit-learn": sklearn.__version__, "skmath": version.__version__}


def _warning(name, package, before, now):
    """Return scikit-learn's warning for scikit-learn, and a similar one for skmath."""
    if package == "scikit-learn":
        return InconsistentVersionWarning(
            estimator_name=name,
            current_sklearn_version=now,
            original_sklearn_version=before,
        )
    return UserWarning(
        f"{name} was saved by {package} {before} and is loaded by {now}. This might "
        "lead to breaking code or invalid results. Fit it again with this version."
    )
