"""Versions: which made an estimator that is loaded, and which are here."""

import platform
import sys
import warnings
from importlib.metadata import PackageNotFoundError, version

import sklearn
from sklearn.exceptions import InconsistentVersionWarning
from threadpoolctl import threadpool_info

__all__ = ["VersionedMixin", "show_versions"]

PACKAGES = (
    *("scikit-learn", "numpy", "scipy", "array-api-compat", "array-api-extra"),
    *("threadpoolctl", "joblib", "matplotlib", "pandas", "polars", "dask"),
    *("distributed", "array-api-strict", "torch", "cupy"),
    *("skops", "skl2onnx", "onnxruntime"),
)
"""What is needed, and what is used where it is there."""


def show_versions():
    """Print the versions of skmath, Python and the packages it may use, and devices.

    Of array libraries that were imported the devices are told; BLAS and OpenMP with
    their threads.

    Examples
    --------
    >>> import skmath
    >>> skmath.show_versions()  # doctest: +ELLIPSIS
    skmath: ...
    """
    import skmath

    print(f"skmath: {skmath.__version__}")
    print(f"python: {platform.python_version()} on {platform.platform()}")
    for package in PACKAGES:
        try:
            print(f"{package}: {version(package)}")
        except PackageNotFoundError:
            print(f"{package}: not installed")
    for pool in threadpool_info():
        told = pool.get("version") or "of an unknown version"
        print(f"{pool['internal_api']}: {told}, {pool['num_threads']} threads")
    print(f"devices: {', '.join(_devices())}")


def _devices():
    """Return the processor, and the accelerators of libraries that were imported."""
    found = ["cpu"]
    torch, cupy = sys.modules.get("torch"), sys.modules.get("cupy")
    if torch is not None and torch.cuda.is_available():
        names = map(torch.cuda.get_device_name, range(torch.cuda.device_count()))
        found += [f"cuda (torch): {name}" for name in names]
    if torch is not None and torch.backends.mps.is_available():
        found.append("mps (torch)")
    if cupy is not None:
        found.append(f"cuda (cupy): {cupy.cuda.runtime.getDeviceCount()}")
    return found


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
                warnings.warn(
                    _warning(type(self).__name__, package, before, now), stacklevel=2
                )
        super().__setstate__(state)


def _versions():
    import skmath

    return {"scikit-learn": sklearn.__version__, "skmath": skmath.__version__}


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
