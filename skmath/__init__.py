"""skmath: machine learning whose mathematics can be read, checked and trusted.

Six scikit-learn estimators, each of which reads as its derivation; the mathematics they
are composed of is in `skmath.linear_algebra`, `skmath.calculus`, `skmath.probability`
and `skmath.statistics`.
"""

import importlib

from skmath._estimators.version import __version__
from skmath.backprop_mlp import BackpropMLP
from skmath.eigenface_classifier import EigenfaceClassifier
from skmath.from_scratch_nb import FromScratchNB
from skmath.gd_linear_model import GDLinearModel
from skmath.laplacian_spectral_clustering import LaplacianSpectralClustering
from skmath.persistence import trusted_types
from skmath.svd_regressor import SVDRegressor
from skmath.versions import show_versions

__all__ = [
    "BackpropMLP",
    "EigenfaceClassifier",
    "FromScratchNB",
    "GDLinearModel",
    "LaplacianSpectralClustering",
    "SVDRegressor",
    "__version__",
    "show_versions",
    "trusted_types",
]

_LATER = ("callbacks", "datasets", "display", "exceptions", "onnx")
"""Modules that are imported when they are first asked for."""


def __getattr__(name):
    if name in _LATER:
        return importlib.import_module(f"skmath.{name}")
    raise AttributeError(f"module 'skmath' has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *_LATER})
