"""Where the documentation of an estimator is read."""

__all__ = ["DOCUMENTATION", "DocumentedMixin"]

DOCUMENTATION = "https://skmath.github.io/skmath"


class DocumentedMixin:
    """Diagrams of an estimator link to its page of the documentation.

    scikit-learn asks for these two, and without them links its own estimators only.
    """

    _doc_link_module = "skmath"
    _doc_link_template = DOCUMENTATION + "/api/skmath.{estimator_name}.html"
