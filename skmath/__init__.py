"""skmath: machine learning whose mathematics can be read, checked and trusted.

Six scikit-learn estimators, each of which reads as its derivation; the mathematics they
are composed of is in `skmath.linear_algebra`, `skmath.calculus`, `skmath.probability`
and `skmath.statistics`.
"""

import platform

from skmath.backprop_mlp import BackpropMLP
from skmath.eigenface_classifier import EigenfaceClassifier
from skmath.from_scratch_nb import FromScratchNB
from skmath.gd_linear_model import GDLinearModel
from skmath.laplacian_spectral_clustering import LaplacianSpectralClustering
from skmath.svd_regressor import SVDRegressor

__version__ = "0.1.0.dev0"

__all__ = [
    "BackpropMLP",
    "EigenfaceClassifier",
    "FromScratchNB",
    "GDLinearModel",
    "LaplacianSpectralClustering",
    "SVDRegressor",
    "__version__",
    "show_versions",
]


def show_versions():
    """Print the versions of skmath, Python and the packages it may use.

    Examples
    --------
    >>> import skmath
    >>> skmath.show_versions()  # doctest: +ELLIPSIS
    skmath: ...
    """
    from importlib.metadata import PackageNotFoundError, version

    packages = ("scikit-learn", "numpy", "scipy", "array-api-compat")
    packages += ("array-api-extra", "matplotlib", "pandas", "dask", "distributed")
    print(f"skmath: {__version__}")
    print(f"python: {platform.python_version()} on {platform.platform()}")
    for package in packages:
        try:
            print(f"{package}: {version(package)}")
        except PackageNotFoundError:
            print(f"{package}: not installed")
