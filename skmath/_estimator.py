"""What all six are besides scikit-learn's: documented, and saved with versions."""

from sklearn.base import BaseEstimator

from skmath._versions import VersionedMixin

__all__ = ["DOCUMENTATION", "Estimator"]

DOCUMENTATION = "https://skmath.github.io/skmath"


class Estimator(VersionedMixin, BaseEstimator):
    """Base of the estimators; their diagrams link to their pages of the documentation.

    scikit-learn asks for these two, and without them links its own estimators only.
    """

    _doc_link_module = "skmath"
    _doc_link_template = DOCUMENTATION + "/api/skmath.{estimator_name}.html"
