"""What all six are besides scikit-learn's: documented, and saved with versions."""

import sklearn
from sklearn.base import BaseEstimator
from sklearn.exceptions import InconsistentVersionWarning

from skmath._estimators import version
from skmath._estimators.fitting import warn

__all__ = ["DOCUMENTATION", "Estimator"]

DOCUMENTATION = "https://skmath.github.io/skmath"


class VersionedMixin:
    """Mixin of an estimator that warns where it is loaded by other versions.

    As scikit-learn's own estimators do, of scikit-learn and of skmath.
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
    """Base of the estimators; their diagrams link to their pages of the documentation.

    scikit-learn asks for these two, and without them links its own estimators only.
    """

    _doc_link_module = "skmath"
    _doc_link_template = DOCUMENTATION + "/api/skmath.{estimator_name}.html"


def _versions():
    return {"scikit-learn": sklearn.__version__, "skmath": version.__version__}


def _warning(name, package, before, now):
    """Return scikit-learn's warning, which names scikit-learn, or ours in its words."""
    if package == "scikit-learn":
        return InconsistentVersionWarning(
            estimator_name=name,
            current_sklearn_version=now,
            original_sklearn_version=before,
        )
    return UserWarning(
        f"{name} was saved by {package} {before} and is loaded by {now}. This might "
        "lead to breaking code or invalid results. Use at your own risk."
    )
