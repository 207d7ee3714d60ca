"""skmath: machine learning whose mathematics can be read, checked and trusted.

Six scikit-learn estimators, each of which reads as its derivation; the mathematics they
are composed of is in `skmath.linear_algebra`, `skmath.calculus`, `skmath.probability`
and `skmath.statistics`.
"""

import importlib
from typing import TYPE_CHECKING

from skmath._estimators.version import __version__

if TYPE_CHECKING:
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

_HOMES = {
    "BackpropMLP": "backprop_mlp",
    "EigenfaceClassifier": "eigenface_classifier",
    "FromScratchNB": "from_scratch_nb",
    "GDLinearModel": "gd_linear_model",
    "LaplacianSpectralClustering": "laplacian_spectral_clustering",
    "SVDRegressor": "svd_regressor",
    "show_versions": "versions",
    "trusted_types": "persistence",
}
"""Where each name is; it is imported when it is first asked for."""

_MODULES = (
    *_HOMES.values(),
    *("calculus", "callbacks", "datasets", "display", "exceptions"),
    *("linear_algebra", "onnx", "probability", "statistics"),
)
"""Modules that are imported when they are first asked for."""


def __getattr__(name):
    if name in _MODULES:
        return importlib.import_module(f"skmath.{name}")
    if name in _HOMES:
        found = getattr(importlib.import_module(f"skmath.{_HOMES[name]}"), name)
        return globals().setdefault(name, found)
    raise AttributeError(f"module 'skmath' has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *_HOMES, *_MODULES})
