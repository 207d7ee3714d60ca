"""`EigenfaceClassifier`: read `estimator` first; the other files are its parts."""

from skmath.eigenface_classifier.estimator import EigenfaceClassifier

__all__ = ["EigenfaceClassifier"]
