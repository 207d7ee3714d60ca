"""Base class of the six estimators: links to the documentation, and saved versions."""

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import sklearn
from sklearn.base import BaseEstimator
from sklearn.exceptions import InconsistentVersionWarning

from skmath._estimators import version
from skmath._estimators.fitting import warn
from skmath._estimators.moving import MovableMixin

__all__ = ["DOCUMENTATION", "Estimator"]

DOCUMENTATION = "https://skmath.github.io/skmath"


class Estimator(MovableMixin, BaseEstimator):
    """Base class of the estimators, which warns if one is loaded by another version.

    scikit-learn's own estimators do so for scikit-learn; this also checks skmath's. A
    model saved by another version of skmath gets the defaults of parameters that it did
    not have, and an error about a missing attribute names that version.
    """

    # scikit-learn reads these for the links of its HTML diagrams.
    _doc_link_module = "skmath"
    _doc_link_template = DOCUMENTATION + "/api/skmath.{estimator_name}.html"

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_versions": _versions()}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        state = dict(state)
        saved, here = state.pop("_versions", {}), _versions()
        for package, now in here.items():
            before = saved.get(package, "an unknown version")
            if before != now:
                warn(_warning(type(self).__name__, package, before, now))
        if saved.get("skmath") != here["skmath"]:
            state = _defaults(type(self)) | state
            state["_saved_by"] = saved.get("skmath", "an unknown version")
        super().__setstate__(state)

    if not TYPE_CHECKING:  # else every name would be an attribute of any type

        def __getattr__(self, name: str) -> Any:
            """Name the version that saved the estimator without an attribute."""
            try:
                # Again, for the error: a method that is not available says why itself.
                return object.__getattribute__(self, name)
            except AttributeError as error:
                saved_by = vars(self).get("_saved_by")
                if saved_by is None or name.startswith("__"):
                    raise
                raise AttributeError(
                    f"{error}. It was saved by skmath {saved_by} and is loaded by "
                    f"{version.__version__}, which keeps other attributes: fit it "
                    f"again, or load it with skmath=={saved_by}.",
                    name=name,
                    obj=self,
                ) from error


def _defaults(estimator: type) -> dict[str, Any]:
    """Return the default values of the parameters of a class, by name."""
    parameters = inspect.signature(estimator).parameters.values()
    return {p.name: p.default for p in parameters if p.default is not p.empty}


def _versions() -> dict[str, str]:
    return {"scikit-learn": sklearn.__version__, "skmath": version.__version__}


def _warning(name: str, package: str, before: str, now: str) -> Warning:
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
